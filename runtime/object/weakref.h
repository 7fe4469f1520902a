/* Weak references, linked into a list that the referent heads.
 *
 *   referent.weakrefs -> plain one (at most one, shared) -> with callback, newest first
 *
 * They die or are cleared in that order, and their callbacks run in it, as in CPython. */
#pragma once
#include "runtime/object/type.h"

extern struct type weakref_type;

struct weakref {
  struct object head;
  struct object *callable; /* the callback where it is an object: called by weakref_call_object */
  struct object *referent; /* not owned; NULL: cleared */
  struct weakref *next, *previous;         /* in the referent's list */
  struct weakref *all_next, *all_previous; /* tracing: all that refer to something */
  void (*callback)(struct object *weakref, void *data);
  void *data;
};

/* callback: called once with `data` after the referent died and while the weakref object lives;
 * may be NULL: then there is one weakref object per referent, and this returns it again.
 * ERROR_TYPE when objects of that type can't be weakly referenced. */
struct object *weakref_new(struct object *referent,
                           void (*callback)(struct object *weakref, void *data), void *data);
/* The same with an object for a callback, which the weakref holds. */
struct object *weakref_new_calling(struct object *referent, struct object *callable);
/* How such an object is called; set by whoever knows how to call objects. */
extern void (*weakref_call_object)(struct object *callable, struct object *weakref);
struct object *weakref_get(struct object *weakref); /* a new reference, or NULL without an error */
static inline bool is_weakref(const struct object *o) { return type_of(o) == &weakref_type; }

/* Head of the list of weak references on o, whose type t has GC_WEAKREFS. */
static inline struct object **weakref_list_of(struct object *o, const struct type *t) {
  return (struct object **)((char *)o + t->shape.weak_offset);
}
/* rc: o is dying: clears all weak references to it, then runs the callbacks. */
void weakref_referent_dies(struct object *o);
void weakref_clear(struct weakref *w);
void weakref_call(struct weakref *w);                      /* once: the callback is forgotten */
void weakref_visit_all(gc_visit_fn *visit, void *context); /* tracing: host_visit_weakrefs */
