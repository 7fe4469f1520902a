/* Weak references.
 *
 * In the rc family a weakref that dies unlinks itself. In the tracing family it can't, because its
 * neighbours may be dead and swept before it; there the collector finds all weakrefs through a list
 * of their own, and clears the dead ones before it sweeps. */
#include "runtime/object/weakref.h"
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

void (*weakref_call_object)(struct object *callable, struct object *weakref);

static struct weakref *all; /* tracing family only */

static int weakref_equal(struct object *a, struct object *b);
static bool weakref_check(const struct object *o, char *error, size_t error_bytes);
static int64_t weakref_hash(struct object *o);
static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames);
static int init_slot(struct object *o, struct object *const *args, size_t n,
                     struct object *kwnames);
static struct object *call_slot(struct object *o, struct object *const *args, size_t n,
                                struct object *kwnames);
static struct object *repr_slot(struct object *o);

static const struct member_def members[] = {
    {"__callback__", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct weakref, callable), NULL},
    {NULL}};
static const struct method_def methods[] = {METHOD_CLASS_GETITEM, {NULL}};

struct type weakref_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER,
              .refs_offset = offsetof(struct weakref, callable),
              .refs_n = 1,
              .basic_bytes = sizeof(struct weakref)},
    .name = "weakref.ReferenceType",
    .flags = TYPE_BASE,
    .destroy = weakref_destroy,
    .release = weakref_release,
    .equal = weakref_equal,
    .hash = weakref_hash,
    .check = weakref_check,
    .new_ = new_slot,
    .init = init_slot,
    .call = call_slot,
    .repr = repr_slot,
    .compare = weakref_compare,
    .methods = methods,
    .members = members,
    .base = &object_type,
};

static bool has_callback(const struct weakref *w) { return w->callback || w->callable; }

static bool is_plain(const struct weakref *w) {
  return w && !has_callback(w) && type_of(&w->head) == &weakref_type;
}
static bool is_plain_proxy(const struct weakref *w) { return w && !has_callback(w) && w->is_proxy; }

/* The plain ones among the first two; each NULL if there is none that may be shared. */
static void find_plain(struct object **list, struct weakref **plain, struct weakref **proxy) {
  struct weakref *w = (struct weakref *)*list;
  *plain = *proxy = NULL;
  if (is_plain(w)) {
    *plain = w;
    w = w->next;
  }
  if (is_plain_proxy(w))
    *proxy = w;
}

static void link_in(struct weakref *w, struct object **list) {
  struct weakref *plain, *proxy;
  find_plain(list, &plain, &proxy);
  struct weakref *before = is_plain(w) ? NULL : is_plain_proxy(w) || !proxy ? plain : proxy;
  w->previous = before;
  w->next = before ? before->next : (struct weakref *)*list;
  if (before)
    before->next = w;
  else
    *list = &w->head;
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

static bool can_be_referred_to(struct object *referent) {
  struct type *t = type_of(referent);
  if (t->shape.flags & GC_WEAKREFS)
    return true;
  error_set(ERROR_TYPE, "cannot create weak reference to '%s' object", t->name);
  return false;
}

static struct object *share(struct object *referent, bool is_proxy) {
  struct weakref *plain, *proxy;
  find_plain(weakref_list_of(referent, type_of(referent)), &plain, &proxy);
  struct weakref *w = is_proxy ? proxy : plain;
  return w && !gc_is_dying(&w->head) ? hold(&w->head) : NULL;
}

static struct object *new (struct object *referent, struct object *callable,
                           void (*callback)(struct object *, void *), void *data) {
  if (!can_be_referred_to(referent))
    return NULL;
  struct object *shared = callable || callback ? NULL : share(referent, false);
  if (shared)
    return shared;
  struct weakref *w = (struct weakref *)gc_new_container(&weakref_type, sizeof *w);
  if (!w)
    return error_no_memory();
  *w = (struct weakref){.head = w->head,
                        .callable = callable ? hold(callable) : NULL,
                        .referent = referent,
                        .callback = callback,
                        .data = data,
                        .hash = -1};
  link_in(w, weakref_list_of(referent, type_of(referent)));
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

struct object *weakref_make(struct type *t, struct object *referent, struct object *callable,
                            bool is_proxy) {
  if (t == &weakref_type)
    return new (referent, callable, NULL, NULL);
  if (!can_be_referred_to(referent))
    return NULL;
  struct object *shared = is_proxy && !callable ? share(referent, true) : NULL;
  if (shared)
    return shared;
  struct weakref *w = (struct weakref *)type_generic_alloc(t);
  if (!w)
    return NULL;
  if (callable)
    store_first(&w->head, &w->callable, hold(callable));
  w->hash = -1;
  w->is_proxy = is_proxy;
  w->referent = referent;
  link_in(w, weakref_list_of(referent, type_of(referent)));
  return &w->head;
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

void weakref_destroy(struct object *o) {
  struct weakref *w = (struct weakref *)o;
  gc_untrack(o);
  weakref_clear(w);
  struct object *callable = w->callable;
  gc_delete(o, sizeof *w);
  drop_null(callable);
}

/* What is left to do where the generic destroy runs. */
void weakref_release(struct object *o) { weakref_clear((struct weakref *)o); }

void weakref_visit_all(gc_visit_fn *visit, void *context) {
  for (struct weakref *w = all, *next; w; w = next) {
    next = w->all_next;
    visit(&w->head, context);
  }
}

/* ---- What Python sees ---- */

bool weakref_is_one(const struct object *o) { return type_of(o)->release == weakref_release; }

struct object *weakref_compare(struct object *a, struct object *b, enum compare_op op) {
  if ((op != COMPARE_EQ && op != COMPARE_NE) || !weakref_is_one(a) || !weakref_is_one(b))
    return hold(NOT_IMPLEMENTED);
  struct object *x = weakref_get(a), *y = weakref_get(b);
  struct object *result =
      x && y ? compare(x, y, op) : hold(bool_from((a == b) == (op == COMPARE_EQ)));
  drop_null(x);
  drop_null(y);
  return result;
}

/* For containers. Referents are asked even where they are the same object, as in CPython. */
static int weakref_equal(struct object *a, struct object *b) {
  if (!weakref_is_one(b))
    return 0;
  struct object *result = weakref_compare(a, b, COMPARE_EQ);
  int equal = result ? object_truth(result) : -1;
  drop_null(result);
  return equal;
}

static int64_t weakref_hash(struct object *o) {
  struct weakref *w = (struct weakref *)o;
  if (w->hash != -1)
    return w->hash;
  struct object *referent = weakref_get(o);
  if (!referent) {
    error_set(ERROR_TYPE, "weak object has gone away");
    return -1;
  }
  int64_t hash = object_hash(referent);
  drop(referent);
  return w->hash = hash;
}

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  if (args_check_count("__new__", n, 1, 2) < 0)
    return NULL;
  return weakref_make(t, args[0], n > 1 && args[1] != NONE ? args[1] : NULL, false);
}

static int init_slot(struct object *o, struct object *const *args, size_t n,
                     struct object *kwnames) {
  if (args_check_no_keywords("ref", kwnames) < 0)
    return -1;
  return args_check_count("__init__", n, 1, 2);
}

static struct object *call_slot(struct object *o, struct object *const *args, size_t n,
                                struct object *kwnames) {
  if (args_check_no_keywords("weakref", kwnames) < 0 ||
      args_check_count("weakref", call_count(n), 0, 0) < 0)
    return NULL;
  struct object *referent = weakref_get(o);
  return referent ? referent : hold(NONE);
}

static struct object *repr_slot(struct object *o) {
  struct object *referent = weakref_get(o), *name = NULL, *text = NULL;
  if (!referent)
    return str_format("<weakref at %p; dead>", (void *)o);
  int found = attribute_find(referent, NAME(name), &name);
  if (found > 0 && is_any_str(name))
    text = str_format("<weakref at %p; to '%N' at %p (%U)>", (void *)o, referent, (void *)referent,
                      name);
  else if (found >= 0)
    text = str_format("<weakref at %p; to '%N' at %p>", (void *)o, referent, (void *)referent);
  drop_null(name);
  drop(referent);
  return text;
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
    if (before && is_plain(each))
      return check_failed(error, error_bytes, "plain weakref %p is not the first",
                          (const void *)each);
    found += each == w;
  }
  if (found != 1)
    return check_failed(error, error_bytes, "weakref %p is %zu times in its list", (const void *)o,
                        found);
  return true;
}
