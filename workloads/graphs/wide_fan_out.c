/* A few hubs with very many children each. */
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/root.h"
#include "workloads/graphs/workload.h"

enum { HUBS, CHILDREN, REPLACEMENTS };
static const struct graph_param params[] = {
    {"hubs", "hubs", 4, 1, 10000, GRAPH_CONSTANT},
    {"children", "children of each hub", 20000, 1, 100000000, GRAPH_LINEAR},
    {"replacements", "children replaced", 200000, 0, 1000000000, GRAPH_LINEAR},
    {0},
};

enum { VALUE, FRIEND, SLOTS };
enum { STRIPE = 64, REPLACEMENTS_PER_STRIPE = 256 };

struct world {
  struct graph_context *g;
  struct type *child;
  struct object *hubs; /* list of lists */
};

/* `friend` (borrowed, may be NULL) is a child of the same hub. */
static struct object *child_new(struct world *w, struct object *friend) {
  struct object *number = int_from_i64((int64_t)graph_below(w->g, 1 << 20));
  struct object *o = number ? instance_new(w->child) : NULL;
  if (!o) {
    drop_null(number);
    return NULL;
  }
  instance_set_taking(o, VALUE, number);
  if (friend)
    instance_set_taking(o, FRIEND, hold(friend));
  return o;
}

static bool fill(struct world *w) {
  for (int64_t h = 0; h < w->g->value[HUBS]; h++) {
    struct object *hub = list_new(0);
    if (!hub || list_append_taking(w->hubs, hub) < 0)
      return false;
    for (int64_t i = 0; i < w->g->value[CHILDREN]; i++) {
      struct object *o = child_new(w, NULL);
      if (!o || list_append_taking(hub, o) < 0)
        return false;
      graph_step(w->g);
    }
  }
  return true;
}

static uint64_t child_value(const struct object *child) {
  return (uint64_t)int_value(instance_get_borrowed(child, VALUE));
}

/* Reads neighbouring children of a hub and their friends. */
static void read_stripe(struct world *w, struct object *hub) {
  size_t n = list_length(hub), at = graph_below(w->g, n);
  for (size_t i = 0; i < STRIPE; i++) {
    struct object *o = list_get_borrowed(hub, (at + i) % n);
    struct object *friend = instance_get_borrowed(o, FRIEND);
    graph_mix(w->g, child_value(o) + (friend ? child_value(friend) : 0));
  }
}

/* A child keeps a friend, but not the friend's friend: else the replaced would never die. */
static bool replace(struct world *w, struct object *hub) {
  size_t n = list_length(hub);
  struct object *friend = list_get_borrowed(hub, graph_below(w->g, n));
  instance_set_taking(friend, FRIEND, NULL);
  struct object *o = child_new(w, friend);
  if (!o)
    return false;
  list_set_taking(hub, graph_below(w->g, n), o);
  return true;
}

static bool run_with(struct world *w) {
  if (!fill(w))
    return false;
  for (int64_t i = 0; i < w->g->value[REPLACEMENTS]; i++) {
    struct object *hub = list_get_borrowed(w->hubs, graph_below(w->g, list_length(w->hubs)));
    if (!replace(w, hub))
      return false;
    if (i % REPLACEMENTS_PER_STRIPE == 0)
      read_stripe(w, hub);
    graph_step(w->g);
  }
  return true;
}

static bool run(struct graph_context *g) {
  struct world w = {.g = g};
  w.child = type_new("Child", SLOTS, NULL);
  w.hubs = w.child ? list_new(0) : NULL;
  root_push(&w.hubs, 1);
  bool ok = w.hubs && run_with(&w);
  root_pop(&w.hubs);
  if (ok)
    graph_telling_moment(g);
  drop_null(w.hubs);
  if (w.child)
    drop(&w.child->head);
  return ok;
}

const struct graph graph_wide_fan_out = {
    .name = "wide-fan-out",
    .summary = "a few hubs with tens of thousands of children, replaced at random",
    .story =
        "Two levels, and all edges leave a handful of objects: a collector that works object by "
        "object meets one with tens of thousands of references, which makes a long step for "
        "incremental ones and a queue that overflows for others. The hubs are old and always "
        "point to young children, so a barrier by object makes every collection scan them "
        "whole. Their buffers are large requests that grow by reallocation.",
    .operation = "child built or replaced",
    .params = params,
    .run = run,
};
