/* What a collector asks of the runtime: gc/host.h, for both families. */
#include "runtime/object/host.h"
#include "gc/host.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/root.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/weakref.h"

void host_visit_roots(gc_visit_fn *visit, void *context) {
  root_visit(visit, context);
  model_visit_roots(visit, context);
  if (!GC_RC) /* counts tell who is interned, and a str is in no cycle */
    str_visit_interned(visit, context);
}

bool host_wants_finalizer(const struct object *o) {
  bool (*wants)(const struct object *) = type_of(o)->wants_finalizer;
  return !wants || wants(o);
}

void host_finalize(struct object *o) {
  void (*finalize)(struct object *) = type_of(o)->finalize;
  if (!finalize)
    return;
  struct error_saved saved;
  error_save(&saved);
  finalize(o);
  error_report("a finalizer");
  error_restore(&saved);
}

void host_clear(struct object *o) {
  void (*clear)(struct object *) = type_of(o)->clear;
  if (clear)
    clear(o);
  else
    type_clear_generic(o);
}

void host_release(struct object *o) {
  void (*release)(struct object *) = type_of(o)->release;
  if (release)
    release(o);
}

void host_destroy(struct object *o) { type_of(o)->destroy(o); }

bool host_may_untrack(struct object *o, unsigned generation) {
  if (type_of(o) == &tuple_type)
    return tuple_may_untrack(o);
  return type_of(o) == &dict_type && generation == GC_GENERATIONS - 1 && dict_may_untrack(o);
}

struct object *host_weakref_next(struct object *weakref) {
  return (struct object *)((struct weakref *)weakref)->next;
}
struct object *host_weakref_referent(struct object *weakref) {
  return ((struct weakref *)weakref)->referent;
}
struct object *host_weakref_callback(struct object *weakref) {
  struct weakref *w = (struct weakref *)weakref;
  return w->callable ? w->callable : w->callback ? NONE : NULL; /* None stands for a C function */
}
void host_weakref_clear(struct object *weakref) { weakref_clear((struct weakref *)weakref); }
void host_weakref_call(struct object *weakref) { weakref_call((struct weakref *)weakref); }
void host_visit_weakrefs(gc_visit_fn *visit, void *context) { weakref_visit_all(visit, context); }

void (*host_begins_hook)(unsigned generation);
void (*host_ended_hook)(unsigned generation, size_t collected, size_t uncollectable);
struct host_collections host_collections[GC_GENERATIONS];

/* In the middle of whatever allocates: an error that is pending there is none of the hook's. */
void host_collection_begins(unsigned generation) {
  if (!host_begins_hook)
    return;
  struct error_saved saved;
  error_save(&saved);
  host_begins_hook(generation);
  error_clear();
  error_restore(&saved);
}

void host_collection_ended(unsigned generation, size_t collected, size_t uncollectable) {
  host_collections[generation].n++;
  host_collections[generation].collected += collected;
  host_collections[generation].uncollectable += uncollectable;
  if (!host_ended_hook)
    return;
  struct error_saved saved;
  error_save(&saved);
  host_ended_hook(generation, collected, uncollectable);
  error_clear();
  error_restore(&saved);
}

void host_release_caches(void) {
  int_release_caches();
  float_release_caches();
  tuple_release_caches();
  list_release_caches();
  set_release_caches();
  dict_release_caches();
  slice_release_caches();
}
