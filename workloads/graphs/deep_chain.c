/* A chain of a million objects, each held by the one before, dropped at its head. */
#include "runtime/object/instance.h"
#include "runtime/object/list.h"
#include "runtime/object/root.h"
#include "runtime/object/tuple.h"
#include "workloads/graphs/workload.h"

enum { LENGTH, ROUNDS };
static const struct graph_param params[] = {
    {"length", "objects in the chain", 1000000, 1, 500000000, GRAPH_LINEAR},
    {"rounds", "chains built and dropped", 1, 1, 1000000, GRAPH_CONSTANT},
    {0},
};

enum { INNER, SLOTS };

/* A new object around `inner`, which it takes: an instance, a tuple or a list in turn. */
static struct object *wrap_taking(struct type *link, struct object *inner, int64_t i) {
  struct object *outer;
  switch (i % 3) {
  case 0:
    outer = instance_new(link);
    if (outer)
      instance_set_taking(outer, INNER, inner);
    else
      drop(inner);
    return outer;
  case 1:
    outer = tuple_pack(1, inner);
    drop(inner);
    return outer;
  default:
    outer = list_new(1);
    if (!outer) {
      drop(inner);
    } else if (list_append_taking(outer, inner) < 0) {
      drop(outer);
      outer = NULL;
    }
    return outer;
  }
}

static uint64_t depth_of(const struct object *o) {
  uint64_t depth = 0;
  for (; o != NONE; depth++)
    o = type_of(o) == &tuple_type  ? tuple_get_borrowed(o, 0)
        : type_of(o) == &list_type ? list_get_borrowed(o, 0)
                                   : instance_get_borrowed(o, INNER);
  return depth;
}

static bool build_and_drop(struct graph_context *g, struct type *link) {
  struct object *chain = hold(NONE);
  root_push(&chain, 1);
  for (int64_t i = 0; chain && i < g->value[LENGTH]; i++) {
    chain = wrap_taking(link, chain, i);
    graph_step(g);
  }
  root_pop(&chain);
  if (!chain)
    return false;
  graph_mix(g, depth_of(chain));
  graph_telling_moment(g);
  drop(chain);
  return true;
}

static bool run(struct graph_context *g) {
  struct type *link = type_new("Link", SLOTS, NULL);
  bool ok = link != NULL;
  for (int64_t i = 0; ok && i < g->value[ROUNDS]; i++)
    ok = build_and_drop(g, link);
  if (link)
    drop(&link->head);
  return ok;
}

const struct graph graph_deep_chain = {
    .name = "deep-chain",
    .summary = "a chain a million deep through instances, tuples and lists, dropped at its head",
    .story =
        "A test of correctness as much as of speed: releasing, marking and analysing must not use "
        "the C stack in proportion to the depth, or the program dies here. Three types in turn "
        "make sure that none of them recurses. It also is the longest serial chain of cache "
        "misses a collector can meet.",
    .operation = "object made",
    .params = params,
    .run = run,
};
