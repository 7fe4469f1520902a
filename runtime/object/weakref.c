/* Weak references.
 *
 * In the rc family a weakref that dies unlinks itself. In the tracing family it can't, because its
 * neighbours may be dead and swept before it; there the collector finds all weakrefs through a list
 * of their own, and clears the dead ones before it sweeps. */
#include "runtime/object/weakref.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

void (*weakref_call_object)(struct object *callable, struct object *weakref);

static struct weakref *all; /* tracing family only */

static void weakref_destroy(struct object *o);
static int weakref_equal(struct object *a, struct object *b);
static bool weakref_check(const struct object *o, char *error, size_t error_bytes);
static int64_t weakref_hash(struct object *o);

struct type weakref_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER,
              .refs_offset = offsetof(struct weakref, callable),
              .refs_n = 1,
              .basic_bytes = sizeof(struct weakref)},
    .name = "weakref",
    .destroy = weakref_destroy,
    .equal = weakref_equal,
    .hash = weakref_hash,
    .check = weakref_check,
    .base = &object_type,
};

static bool has_callback(const struct weakref *w) { return w->callback || w->callable; }

static void link_in(struct weakref *w, struct object **list) {
  struct weakref *first = (struct weakref *)*list;
  if (has_callback(w) && first && !has_callback(first)) { /* the plain one stays in front */
    w->previous = first;
    w->next = first->next;
    first->next = w;
  } else {
    w->previous = NULL;
    w->next = first;
    *list = &w->head;
  }
  if (w->next)
    w->next->previous = w;
  if (GC_TRACING) {
    w->all_previous = NULL;
    w->all_next = all;
    if (all)
      all->all_previous = w;
    all = w;
  }
}

void weakref_clear(struct weakref *w) {
  if (!w->referent)
    return;
  if (w->previous)
    w->previous->next = w->next;
  else
    *weakref_list_of(w->referent, type_of(w->referent)) = (struct object *)w->next;
  if (w->next)
    w->next->previous = w->previous;
  if (GC_TRACING) {
    if (w->all_previous)
      w->all_previous->all_next = w->all_next;
    else
      all = w->all_next;
    if (w->all_next)
      w->all_next->all_previous = w->all_previous;
  }
  w->referent = NULL;
  w->next = w->previous = NULL;
}

static struct object *new (struct object *referent, struct object *callable,
                           void (*callback)(struct object *, void *), void *data) {
  struct type *t = type_of(referent);
  if (!(t->shape.flags & GC_WEAKREFS)) {
    error_set(ERROR_TYPE, "cannot create weak reference to '%s' object", t->name);
    return NULL;
  }
  struct weakref *first = (struct weakref *)*weakref_list_of(referent, t);
  if (!callable && !callback && first && !has_callback(first) && !gc_is_dying(&first->head))
    return hold(&first->head);
  struct weakref *w = (struct weakref *)gc_new_container(&weakref_type, sizeof *w);
  if (!w)
    return error_no_memory();
  *w = (struct weakref){.head = w->head,
                        .callable = callable ? hold(callable) : NULL,
                        .referent = referent,
                        .callback = callback,
                        .data = data};
  link_in(w, weakref_list_of(referent, t));
  gc_track(&w->head);
  return &w->head;
}

struct object *weakref_new(struct object *referent,
                           void (*callback)(struct object *weakref, void *data), void *data) {
  return new (referent, NULL, callback, data);
}

struct object *weakref_new_calling(struct object *referent, struct object *callable) {
  return new (referent, callable, NULL, NULL);
}

struct object *weakref_get(struct object *weakref) {
  struct object *referent = ((struct weakref *)weakref)->referent;
  return referent && !gc_is_dying(referent) ? hold(referent) : NULL;
}

void weakref_call(struct weakref *w) {
  void (*callback)(struct object *, void *) = w->callback;
  struct object *callable = w->callable;
  w->callback = NULL;
  w->callable = NULL;
  struct error_saved saved;
  error_save(&saved);
  if (callback)
    callback(&w->head, w->data);
  if (callable) {
    if (weakref_call_object)
      weakref_call_object(callable, &w->head);
    drop(callable);
  }
  error_report("a weak reference's callback");
  error_restore(&saved);
}

/* All are cleared before any callback runs, so that no callback reaches the dying object. Those
 * with callbacks are chained through `next` meanwhile, each held. */
void weakref_referent_dies(struct object *o) {
  struct object **list = weakref_list_of(o, type_of(o));
  struct weakref *calls = NULL, **last = &calls;
  for (struct weakref *w; (w = (struct weakref *)*list);) {
    weakref_clear(w);
    if (has_callback(w) && !gc_is_dying(&w->head)) {
      hold(&w->head);
      *last = w;
      last = &w->next;
    }
  }
  for (struct weakref *w; (w = calls);) {
    calls = w->next;
    w->next = NULL;
    weakref_call(w);
    drop(&w->head);
  }
}

static void weakref_destroy(struct object *o) {
  struct weakref *w = (struct weakref *)o;
  gc_untrack(o);
  weakref_clear(w);
  struct object *callable = w->callable;
  gc_delete(o, sizeof *w);
  drop_null(callable);
}

void weakref_visit_all(gc_visit_fn *visit, void *context) {
  for (struct weakref *w = all, *next; w; w = next) {
    next = w->all_next;
    visit(&w->head, context);
  }
}

/* As in CPython: by the referents while both live, else by identity. */
static int weakref_equal(struct object *a, struct object *b) {
  if (!is_weakref(b))
    return 0;
  struct object *x = weakref_get(a), *y = weakref_get(b);
  int equal = x && y ? object_equal(x, y) : a == b;
  drop_null(x);
  drop_null(y);
  return equal;
}

static int64_t weakref_hash(struct object *o) {
  struct object *referent = weakref_get(o);
  if (!referent) {
    error_set(ERROR_TYPE, "weak object has gone away");
    return -1;
  }
  int64_t hash = object_hash(referent);
  drop(referent);
  return hash;
}

static bool weakref_check(const struct object *o, char *error, size_t error_bytes) {
  const struct weakref *w = (const struct weakref *)o;
  if (!w->referent)
    return true;
  const struct type *t = type_of(w->referent);
  if (!(t->shape.flags & GC_WEAKREFS))
    return check_failed(error, error_bytes, "weakref %p to a %s", (const void *)o, t->name);
  size_t found = 0;
  const struct weakref *before = NULL;
  for (const struct weakref *each = (const struct weakref *)*weakref_list_of(w->referent, t); each;
       before = each, each = each->next) {
    if (each->previous != before || each->referent != w->referent)
      return check_failed(error, error_bytes, "weakref %p is badly linked", (const void *)each);
    if (before && !has_callback(each))
      return check_failed(error, error_bytes, "plain weakref %p is not the first",
                          (const void *)each);
    found += each == w;
  }
  if (found != 1)
    return check_failed(error, error_bytes, "weakref %p is %zu times in its list", (const void *)o,
                        found);
  return true;
}
