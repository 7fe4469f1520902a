/* Objects with finalisers and weak references, in and out of cycles; some come back to life. */
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/root.h"
#include "runtime/object/weakref.h"
#include "workloads/graphs/workload.h"

enum { OBJECTS, KEPT, WATCHED };
static const struct graph_param params[] = {
    {"objects", "objects made; each is finalised and watched", 250000, 1, 1000000000, GRAPH_LINEAR},
    {"kept", "of them alive at a time", 2000, 1, 10000000, GRAPH_CONSTANT},
    {"watched", "weak references that outlive their objects", 4000, 1, 10000000, GRAPH_CONSTANT},
    {0},
};

enum { VALUE, PARTNER, SLOTS };
enum { RESURRECTED_ONE_IN = 64 };

/* A finaliser gets nothing but its object, and may run as late as the closing of the heap: what it
 * reports to is static. */
static struct {
  uint64_t finalized, resurrected, callbacks;
  struct object *revived; /* the last one that came back; a root while `running` */
  bool running;
} state;

static void finalize(struct object *o) {
  state.finalized++;
  struct object *number = instance_get_borrowed(o, VALUE);
  if (!state.running || !number || int_value(number) % RESURRECTED_ONE_IN)
    return;
  state.resurrected++;
  struct object *before = state.revived;
  state.revived = hold(o);
  drop_null(before);
}

static void watched_object_died(struct object *weakref, void *data) { state.callbacks++; }

struct world {
  struct graph_context *g;
  struct type *resource;
  struct object *kept;    /* list of resources */
  struct object *handles; /* list: the weak reference of each */
  struct object *watched; /* list: weak references of earlier ones */
};

/* One in three has a partner that refers back. */
static struct object *resource_new(struct world *w) {
  struct object *number = int_from_i64((int64_t)graph_below(w->g, 1 << 20));
  struct object *o = number ? instance_new(w->resource) : NULL;
  if (!o) {
    drop_null(number);
    return NULL;
  }
  instance_set_taking(o, VALUE, number);
  if (graph_below(w->g, 3))
    return o;
  struct object *partner = instance_new(w->resource);
  if (!partner) {
    drop(o);
    return NULL;
  }
  instance_set_taking(partner, PARTNER, hold(o));
  instance_set_taking(o, PARTNER, partner);
  return o;
}

/* Takes a weak reference among those that are only watched; the oldest leaves. */
static bool watch_taking(struct world *w, struct object *weakref, int64_t i) {
  if ((int64_t)list_length(w->watched) < w->g->value[WATCHED])
    return list_append_taking(w->watched, weakref) >= 0;
  list_set_taking(w->watched, (size_t)(i % w->g->value[WATCHED]), weakref);
  return true;
}

static bool make_one(struct world *w, int64_t i) {
  struct object *o = resource_new(w);
  if (!o)
    return false;
  struct object *handle = weakref_new(o, i % 2 ? watched_object_died : NULL, NULL);
  if (!handle) {
    instance_set_taking(o, PARTNER, NULL);
    drop(o);
    return false;
  }
  if (i < w->g->value[KEPT]) {
    bool ok = list_append_taking(w->kept, o) >= 0;
    if (!ok) {
      drop(handle);
      return false;
    }
    return list_append_taking(w->handles, handle) >= 0;
  }
  size_t place = (size_t)(i % w->g->value[KEPT]);
  if (!watch_taking(w, hold(list_get_borrowed(w->handles, place)), i)) {
    drop(handle);
    drop(o);
    return false;
  }
  list_set_taking(w->kept, place, o);
  list_set_taking(w->handles, place, handle);
  return true;
}

/* What is kept must be found through its weak reference. */
static bool look_up(struct world *w) {
  size_t place = graph_below(w->g, list_length(w->kept));
  struct object *o = weakref_get(list_get_borrowed(w->handles, place));
  if (o != list_get_borrowed(w->kept, place)) {
    drop_null(o);
    error_set(ERROR_RUNTIME, "a weak reference lost an object that is alive");
    return false;
  }
  graph_mix(w->g, (uint64_t)int_value(instance_get_borrowed(o, VALUE)));
  drop(o);
  return true;
}

static void report(struct world *w) {
  uint64_t dead = 0;
  for (size_t i = 0; i < list_length(w->watched); i++) {
    struct object *o = weakref_get(list_get_borrowed(w->watched, i));
    dead += o == NULL;
    drop_null(o);
  }
  graph_count(w->g, "finalized", (double)state.finalized);
  graph_count(w->g, "resurrected", (double)state.resurrected);
  graph_count(w->g, "callbacks", (double)state.callbacks);
  graph_count(w->g, "dead_of_watched", (double)dead);
}

static bool run_with(struct world *w) {
  for (int64_t i = 0; i < w->g->value[OBJECTS]; i++) {
    if (!make_one(w, i) || !look_up(w))
      return false;
    graph_step(w->g);
  }
  report(w);
  return true;
}

static bool run(struct graph_context *g) {
  struct world w = {.g = g};
  state.finalized = state.resurrected = state.callbacks = 0;
  state.revived = NULL;
  root_push(&state.revived, 1);
  state.running = true;
  w.resource = type_new("Resource", SLOTS, finalize);
  w.kept = w.resource ? list_new(0) : NULL;
  w.handles = w.kept ? list_new(0) : NULL;
  w.watched = w.handles ? list_new(0) : NULL;
  bool ok = w.watched && run_with(&w);
  state.running = false;
  drop_null(w.watched);
  drop_null(w.handles);
  drop_null(w.kept);
  struct object *revived = state.revived;
  state.revived = NULL;
  root_pop(&state.revived);
  drop_null(revived);
  if (w.resource)
    drop(&w.resource->head);
  return ok;
}

const struct graph graph_finalizers_weakrefs = {
    .name = "finalizers-weakrefs",
    .summary = "every object has a finaliser and a weak reference; a third is in cycles",
    .story =
        "What makes collection slow and order matter: before anything may be freed, weak "
        "references are cleared, callbacks run, finalisers run, and the dead are examined again "
        "because one in sixty-four came back to life. No bulk release is possible. The counts of "
        "finalised, resurrected and cleared objects are reported beside the checksum, since they "
        "depend on when a collector looks.",
    .operation = "object made and looked up",
    .params = params,
    .run = run,
};
