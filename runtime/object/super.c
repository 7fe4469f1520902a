/* super: attributes of what comes behind a class in the mro of an object. */
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/model.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

struct super {
  struct object head;
  struct object *start, *object, *object_type; /* the last two NULL: unbound */
};
static struct super *super_of(struct object *o) { return (struct super *)o; }
int (*super_find_arguments)(struct type **start, struct object **o);

/* By the mro alone: one that a metaclass made may leave out the class itself. */
static bool is_behind(const struct type *t, const struct type *start) {
  if (!t->mro)
    return type_is_subtype(t, start);
  for (size_t i = 0; i < tuple_length(t->mro); i++)
    if (tuple_get_borrowed(t->mro, i) == &start->head)
      return true;
  return false;
}

/* The type whose mro is searched; new reference, NULL with an error. */
static struct object *check(struct type *start, struct object *o) {
  if (is_type(o) && is_behind((struct type *)o, start))
    return hold(o);
  if (type_is_subtype(type_of(o), start))
    return hold(&type_of(o)->head);
  struct object *cls; /* a proxy that says another __class__ */
  int found = attribute_find(o, NAME(class), &cls);
  if (found > 0 && is_type(cls) && cls != &type_of(o)->head &&
      type_is_subtype((struct type *)cls, start))
    return cls;
  drop_null(cls);
  if (found < 0)
    return NULL;
  return error_format(ERROR_TYPE, "super(type, obj): obj must be an instance or subtype of type");
}

/* NULL without an error: nothing behind start has it. */
static struct object *find(struct object *start, struct object *o, struct object *cls,
                           struct object *name) {
  struct object *mro = ((struct type *)cls)->mro;
  if (!mro)
    return NULL;
  size_t n = tuple_length(mro), i = 0;
  while (i < n && tuple_get_borrowed(mro, i) != start)
    i++;
  hold(mro);
  struct object *result = NULL;
  for (i++; i < n && !result; i++) {
    struct object *dict = ((struct type *)tuple_get_borrowed(mro, i))->attributes;
    struct object *found = dict ? dict_get_borrowed(dict, name) : NULL;
    if (!found)
      continue;
    hold(found);
    ternary_fn *get = type_of(found)->descr_get;
    if (!get) {
      result = found;
      break;
    }
    result = get(found, o == cls ? NULL : o, cls);
    drop(found);
    if (!result)
      break;
  }
  drop(mro);
  return result;
}

static struct object *new_bound(struct type *start, struct object *o, struct object *cls) {
  struct object *s = type_generic_alloc(&super_type);
  if (!s)
    return NULL;
  store_first(s, &super_of(s)->start, hold(&start->head));
  store_first(s, &super_of(s)->object, hold(o));
  store_first(s, &super_of(s)->object_type, hold(cls));
  return s;
}

struct object *super_get_attribute(struct type *start, struct object *o, struct object *name) {
  struct object *cls = check(start, o);
  if (!cls)
    return NULL;
  struct object *result = find(&start->head, o, cls, name);
  if (!result && error_pending() == ERROR_NONE) { /* what super objects have themselves */
    struct object *s = new_bound(start, o, cls);
    result = s ? attribute_get_generic(s, name) : NULL;
    drop_null(s);
  }
  drop(cls);
  return result;
}

static struct object *getattr(struct object *o, struct object *name) {
  struct super *s = super_of(o);
  if (s->object && is_str(name) && !str_same_text(name, NAME(class))) {
    struct object *result = find(s->start, s->object, s->object_type, name);
    if (result || error_pending() != ERROR_NONE)
      return result;
  }
  return attribute_get_generic(o, name);
}

static int init(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  struct super *s = super_of(o);
  if (args_check_no_keywords("super", kwnames) < 0 || args_check_count("super", n, 0, 2) < 0)
    return -1;
  struct type *start = NULL;
  struct object *object = NULL;
  if (n == 0) {
    if (!super_find_arguments) {
      error_format(ERROR_RUNTIME, "super(): no current frame");
      return -1;
    }
    if (super_find_arguments(&start, &object) < 0)
      return -1;
  } else {
    if (!is_type(args[0])) {
      error_format(ERROR_TYPE, "super() argument 1 must be a type, not %N", args[0]);
      return -1;
    }
    start = (struct type *)args[0];
    object = n > 1 && args[1] != NONE ? args[1] : NULL;
  }
  struct object *cls = NULL;
  if (object && !(cls = check(start, object)))
    return -1;
  store(o, &s->start, hold(&start->head));
  store(o, &s->object, object ? hold(object) : NULL);
  store(o, &s->object_type, cls);
  return 0;
}
static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  return type_generic_alloc(t);
}
static struct object *descr_get(struct object *o, struct object *instance, struct object *owner) {
  struct super *s = super_of(o);
  if (!instance || instance == NONE || s->object)
    return hold(o);
  struct object *args[] = {NULL, s->start, instance};
  return call_object(&type_of(o)->head, args + 1, 2 | CALL_SCRATCH, NULL);
}
static struct object *repr(struct object *o) {
  struct super *s = super_of(o);
  const char *name = s->start ? ((struct type *)s->start)->name : "NULL";
  return s->object_type ? str_format("<super: <class '%s'>, <%T object>>", name, s->object_type)
                        : str_format("<super: <class '%s'>, NULL>", name);
}
static const struct member_def members[] = {
    {"__thisclass__", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct super, start),
     "the class invoking super()"},
    {"__self__", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct super, object),
     "the instance invoking super(); may be None"},
    {"__self_class__", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct super, object_type),
     "the type of the instance invoking super(); may be None"},
    {NULL}};
struct type super_type = {.head = OBJECT_STATIC(type_type),
                          .shape = {.layout = GC_FIXED,
                                    .flags = GC_CONTAINER | GC_PLAIN,
                                    .refs_offset = offsetof(struct super, start),
                                    .refs_n = 3,
                                    .basic_bytes = sizeof(struct super)},
                          .name = "super",
                          .flags = TYPE_BASE,
                          .new_ = new_slot,
                          .init = init,
                          .getattr = getattr,
                          .descr_get = descr_get,
                          .repr = repr,
                          .members = members,
                          .doc =
                              "super() -> same as super(__class__, <first argument>)\nsuper(type) "
                              "-> unbound super object\nsuper(type, obj) -> bound super object; "
                              "requires isinstance(obj, type)\nsuper(type, type2) -> bound super "
                              "object; requires issubclass(type2, type)",
                          .base = &object_type};
