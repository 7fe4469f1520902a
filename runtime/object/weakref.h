/* Weak references, linked into a list that the referent heads.
 *
 *   referent.weakrefs -> plain one -> plain proxy -> all others, newest first
 *
 * Plain is what has no callback and is of no subclass: at most one of each, shared. They die or are
 * cleared in that order, and their callbacks run in it, as in CPython. Proxies (runtime/modules)
 * are the same struct with another type. */
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
  int64_t hash; /* of the referent; -1: not asked yet */
  bool is_proxy;
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
/* Of the type or a subclass; no proxy. */
static inline bool is_weakref(const struct object *o) {
  return type_of(o) == &weakref_type || type_of(o)->builtin_base == &weakref_type;
}
bool weakref_is_one(const struct object *o); /* also a proxy */
/* What ref(referent, callable) and the proxies do, for any type that has the struct. callable NULL:
 * none; a plain one is then shared if there is one already. */
struct object *weakref_make(struct type *t, struct object *referent, struct object *callable,
                            bool is_proxy);
/* rc: for types that derive from weakref_type, and proxies. */
void weakref_destroy(struct object *o);
void weakref_release(struct object *o);
/* As a and b compare while both referents live, else by identity; other orders are not known. */
struct object *weakref_compare(struct object *a, struct object *b, enum compare_op op);

/* Head of the list of weak references on o, whose type t has GC_WEAKREFS. */
static inline struct object **weakref_list_of(struct object *o, const struct type *t) {
  return gc_weakrefs_of(o, &t->shape);
}
/* rc: o is dying: clears all weak references to it, then runs the callbacks. */
void weakref_referent_dies(struct object *o);
void weakref_clear(struct weakref *w);
void weakref_call(struct weakref *w);                      /* once: the callback is forgotten */
void weakref_visit_all(gc_visit_fn *visit, void *context); /* tracing: host_visit_weakrefs */
