/* _thread._local: an object with other attributes in each thread.
 *
 * `dicts` maps the serial number of a thread to its attributes; before each access those of the
 * running thread are put where the generic attribute functions look. */
#include "runtime/modules/thread/thread.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/weakref.h"
#include "runtime/vm/thread.h"
#include <stddef.h>

struct local {
  struct object head;
  struct object *weakrefs;              /* not owned */
  struct object *dict;                  /* of the thread that looked last */
  struct object *dicts, *args, *kwargs; /* kwargs NULL: none */
  struct local *next, *previous;        /* all that are alive */
};
enum { LOCAL_REFERENCES = 4 };
static struct local *first;

static struct local *local_of(struct object *o) { return (struct local *)o; }

static void release(struct object *o) {
  struct local *l = local_of(o);
  if (l->next)
    l->next->previous = l->previous;
  if (l->previous)
    l->previous->next = l->next;
  else if (first == l)
    first = l->next;
}

/* The running thread's attributes: 1 if they are new. */
static int enter(struct local *l) {
  struct object *dict = dict_get_borrowed(l->dicts, vm_thread->serial);
  int is_new = 0;
  if (!dict && error_pending() == ERROR_NONE) {
    struct object *made = dict_new();
    is_new = made && dict_set(l->dicts, vm_thread->serial, made) == 0 ? 1 : -1;
    dict = is_new > 0 ? made : NULL;
    drop_null(made);
  }
  if (!dict)
    return -1;
  if (l->dict != dict)
    store(&l->head, &l->dict, hold(dict));
  return is_new;
}

/* A thread that is new to the object runs its __init__ with the first one's arguments. */
static int enter_and_initialize(struct object *o) {
  struct local *l = local_of(o);
  int is_new = enter(l);
  if (is_new <= 0 || type_of(o)->init == object_type.init)
    return is_new < 0 ? -1 : 0;
  struct object *f = type_lookup_borrowed(type_of(o), NAME(init));
  size_t n = tuple_length(l->args);
  struct object *args = f ? tuple_new(n + 1) : NULL;
  if (args) {
    tuple_init_taking(args, 0, hold(o));
    for (size_t i = 0; i < n; i++)
      tuple_init_taking(args, i + 1, hold(tuple_get_borrowed(l->args, i)));
  }
  struct object *done = args ? call_tuple_dict(f, args, l->kwargs) : NULL;
  drop_null(args);
  if (!done) {
    struct error_saved saved; /* the thread begins anew the next time */
    error_save(&saved);
    if (dict_delete(l->dicts, vm_thread->serial) < 0)
      error_clear();
    error_restore(&saved);
    return -1;
  }
  drop(done);
  return enter(l) < 0 ? -1 : 0;
}

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  bool has_arguments = n || (kwnames && tuple_length(kwnames));
  if (has_arguments && t->init == object_type.init)
    return error_format(ERROR_TYPE, "Initialization arguments are not supported");
  struct object *o = type_generic_alloc(t);
  if (!o)
    return NULL;
  struct local *l = local_of(o);
  l->next = first;
  if (first)
    first->previous = l;
  first = l;
  struct object *dicts = dict_new();
  if (dicts)
    store_first(o, &l->dicts, dicts);
  struct object *tuple = dicts ? tuple_from(args, n) : NULL;
  if (tuple)
    store_first(o, &l->args, tuple);
  struct object *kwargs =
      tuple && kwnames && tuple_length(kwnames) ? call_kwargs_dict(args + n, kwnames) : NULL;
  if (kwargs)
    store_first(o, &l->kwargs, kwargs);
  if (!tuple || error_pending() != ERROR_NONE || enter(l) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}

static struct object *getattr(struct object *o, struct object *name) {
  return enter_and_initialize(o) < 0 ? NULL : attribute_get_generic(o, name);
}
static int setattr(struct object *o, struct object *name, struct object *value) {
  if (enter_and_initialize(o) < 0)
    return -1;
  if (is_str(name) && str_same_text(name, NAME(dict))) {
    error_format(ERROR_ATTRIBUTE, "'%N' object attribute '__dict__' is read-only", o);
    return -1;
  }
  return attribute_set_generic(o, name, value);
}
static struct object *get_dict(struct object *o, void *closure) {
  return enter_and_initialize(o) < 0 ? NULL : hold(local_of(o)->dict);
}

/* One that dies is in the list until its references are dropped, and code that runs meanwhile may
 * let a thread end. */
static struct local *alive_from(struct local *l) {
  while (l && gc_is_dying(&l->head))
    l = l->next;
  return l;
}
void local_thread_ended(struct object *serial) {
  struct local *l = alive_from(first);
  if (l)
    hold(&l->head); /* what dies with the attributes may be the last to hold the object */
  while (l) {
    if (l->dicts) {
      struct object *dict = dict_get_borrowed(l->dicts, serial);
      if (dict && dict == l->dict)
        store(&l->head, &l->dict, NULL);
      dict_delete(l->dicts, serial);
    }
    error_clear();
    struct local *next = alive_from(l->next);
    if (next)
      hold(&next->head); /* it may die with this one */
    drop(&l->head);
    l = next;
  }
  error_clear();
}

static const struct getset_def getsets[] = {
    {"__dict__", get_dict, NULL, "Local-data dictionary", NULL}, {NULL}};

struct type local_type = {.head = OBJECT_STATIC(type_type),
                          .shape = {.layout = GC_FIXED,
                                    .flags = GC_CONTAINER | GC_WEAKREFS | GC_RELEASES,
                                    .refs_offset = offsetof(struct local, dict),
                                    .refs_n = LOCAL_REFERENCES,
                                    .weak_offset = offsetof(struct local, weakrefs),
                                    .basic_bytes = sizeof(struct local)},
                          .name = "_thread._local",
                          .flags = TYPE_BASE | TYPE_STATIC_DICT,
                          .dict_offset = offsetof(struct local, dict),
                          .base = &object_type,
                          .new_ = new_slot,
                          .release = release,
                          .getattr = getattr,
                          .setattr = setattr,
                          .getsets = getsets,
                          .doc = "Thread-local data"};
