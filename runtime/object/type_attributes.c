/* What types themselves can do: calling them, their attributes and methods. */
#include "runtime/object/attribute.h"
#include "runtime/object/audit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type_internal.h"
#include "runtime/object/weakref.h"
#include <stddef.h>
#include <string.h>

/* ---- Calling ---- */

struct object *type_call_slot(struct object *type, struct object *const *args, size_t n,
                              struct object *kwnames) {
  struct type *t = (struct type *)type;
  if (t->construct && type_of(type) == &type_type)
    return t->construct(type, args, n, kwnames);
  n = call_count(n);
  if (t == &type_type) { /* type(x) */
    if (n == 1 && kwnames && tuple_length(kwnames))
      return error_format(ERROR_TYPE, "type() takes no keyword arguments");
    if (n == 1)
      return hold(&type_of(args[0])->head);
    if (n != 3)
      return error_format(ERROR_TYPE, "type() takes 1 or 3 arguments");
  }
  if (!t->new_ || (t->flags & TYPE_NO_INSTANCE))
    return error_format(ERROR_TYPE, "cannot create '%s' instances", t->name);
  struct object *o = t->new_(t, args, n, kwnames);
  if (!o || !type_is_subtype(type_of(o), t))
    return o;
  int (*init)(struct object *, struct object *const *, size_t, struct object *) = type_of(o)->init;
  if (init && init(o, args, n, kwnames) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}

struct object *type_new_slot(struct type *t, struct object *const *args, size_t n,
                             struct object *kwnames) {
  if (n != 3)
    return error_format(ERROR_TYPE, "type.__new__() takes exactly 3 arguments (%zu given)", n);
  if (!is_any_str(args[0]))
    return args_wrong_type("type.__new__", "argument 1", "str", args[0]);
  if (!is_any_tuple(args[1]))
    return args_wrong_type("type.__new__", "argument 2", "tuple", args[1]);
  if (!is_any_dict(args[2]))
    return args_wrong_type("type.__new__", "argument 3", "dict", args[2]);
  return type_make(t, args[0], args[1], args[2], args + 3, kwnames);
}
int type_init_slot(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  if (n == 1 && kwnames && tuple_length(kwnames)) {
    error_format(ERROR_TYPE, "type.__init__() takes no keyword arguments");
    return -1;
  }
  if (n != 1 && n != 3) {
    error_format(ERROR_TYPE, "type.__init__() takes 1 or 3 arguments");
    return -1;
  }
  return 0;
}

/* ---- Names ---- */

struct object *type_module(struct type *t) {
  if (t->flags & TYPE_HEAP) {
    struct object *module = dict_get_borrowed(t->attributes, NAME(module));
    return module ? hold(module) : error_pending() != ERROR_NONE ? NULL : str_intern("builtins");
  }
  const char *dot = strrchr(t->name, '.');
  return dot ? str_from_utf8(t->name, (size_t)(dot - t->name)) : str_intern("builtins");
}
struct object *type_qualname(struct type *t) {
  if (t->qualname)
    return hold(t->qualname);
  if (t->short_name)
    return hold(t->short_name);
  return str_intern(type_short_name(t));
}
struct object *type_repr_slot(struct object *o) {
  struct type *t = (struct type *)o;
  struct object *module = type_module(t);
  if (!module) /* a class half made */
    return NULL;
  struct object *qualname = type_qualname(t), *result = NULL;
  if (qualname)
    result = is_any_str(module) && !str_same_text(module, NAME(plain_builtins))
                 ? str_format("<class '%U.%U'>", module, qualname)
                 : str_format("<class '%s'>", type_short_name(t));
  drop_null(qualname);
  drop(module);
  return result;
}

static struct type *type_at(struct object *o) { return (struct type *)o; }
static int check_mutable(struct object *o, struct object *value, const char *name) {
  struct type *t = type_at(o);
  if (!(t->flags & TYPE_HEAP))
    error_format(ERROR_TYPE, "cannot set '%s' attribute of immutable type '%s'", name, t->name);
  else if (!value)
    error_format(ERROR_TYPE, "cannot delete '%s' attribute of immutable type '%s'", name, t->name);
  else
    return AUDIT_FAILS("object.__setattr__",
                       tuple_pack_taking(3, hold(o), str_intern(name), hold(value)))
               ? -1
               : 0;
  return -1;
}
static struct object *get_name(struct object *o, void *closure) {
  struct type *t = type_at(o);
  return t->short_name ? hold(t->short_name) : str_intern(type_short_name(t));
}
static int set_name(struct object *o, struct object *value, void *closure) {
  struct type *t = type_at(o);
  if (check_mutable(o, value, "__name__") < 0)
    return -1;
  if (!is_any_str(value)) {
    error_format(ERROR_TYPE, "can only assign string to %s.__name__, not '%N'", t->name, value);
    return -1;
  }
  struct object *utf8 = codec_encode(value, NULL, NULL);
  if (!utf8)
    return -1;
  size_t bytes = bytes_length(utf8) + 1;
  if (memchr(bytes_data(utf8), 0, bytes - 1)) {
    error_format(ERROR_VALUE, "type name must not contain null characters");
    return drop(utf8), -1;
  }
  char *own = gc_buffer_new(bytes);
  if (!own)
    return drop(utf8), error_no_memory(), -1;
  memcpy(own, bytes_data(utf8), bytes);
  drop(utf8);
  if (!t->qualname && t->short_name)
    store(o, &t->qualname, hold(t->short_name)); /* stays as it is */
  char *before = (char *)(uintptr_t)t->name;
  t->name = own;
  gc_buffer_free(before, strlen(before) + 1);
  store(o, &t->short_name, hold(value));
  return 0;
}
static struct object *get_qualname(struct object *o, void *closure) {
  return type_qualname(type_at(o));
}
static int set_qualname(struct object *o, struct object *value, void *closure) {
  if (check_mutable(o, value, "__qualname__") < 0)
    return -1;
  if (!is_any_str(value)) {
    error_format(ERROR_TYPE, "can only assign string to %s.__qualname__, not '%N'",
                 type_at(o)->name, value);
    return -1;
  }
  store(o, &type_at(o)->qualname, hold(value));
  return 0;
}
static struct object *get_module(struct object *o, void *closure) {
  struct type *t = type_at(o);
  if ((t->flags & TYPE_HEAP) && !dict_get_borrowed(t->attributes, NAME(module)))
    return error_format(ERROR_ATTRIBUTE, "__module__");
  return type_module(t);
}
static int set_module(struct object *o, struct object *value, void *closure) {
  if (check_mutable(o, value, "__module__") < 0)
    return -1;
  return type_set_attribute(type_at(o), NAME(module), value);
}
static struct object *get_doc(struct object *o, void *closure) {
  struct type *t = type_at(o);
  if (!(t->flags & TYPE_HEAP))
    return doc_text(t->doc);
  struct object *doc = type_lookup_borrowed(t, NAME(doc));
  if (!doc)
    return hold(NONE);
  ternary_fn *get = type_of(doc)->descr_get;
  return get ? get(doc, NULL, o) : hold(doc);
}
static int set_doc(struct object *o, struct object *value, void *closure) {
  if (check_mutable(o, value, "__doc__") < 0)
    return -1;
  return type_set_attribute(type_at(o), NAME(doc), value);
}
static struct object *get_signature(struct object *o, void *closure) {
  return doc_signature(type_at(o)->doc);
}

/* ---- Bases ---- */

static struct object *get_base(struct object *o, void *closure) {
  return hold(type_at(o)->base ? &type_at(o)->base->head : NONE);
}
static struct object *get_bases(struct object *o, void *closure) {
  return type_at(o)->bases ? hold(type_at(o)->bases) : tuple_new(0);
}
static struct object *get_mro(struct object *o, void *closure) {
  return hold(type_at(o)->mro ? type_at(o)->mro : NONE);
}

static int renew(struct type *t, void *context) {
  if (type_set_mro(t) < 0)
    return -1;
  type_fix_slots(t);
  return type_each_subclass(t, renew, context);
}
/* By the chain of bases, which is changed before mro() is asked, and so before __mro__. */
static bool is_based_on(const struct type *t, const struct type *base) {
  while (t && t != base)
    t = t->base;
  return t != NULL;
}

static int set_bases(struct object *o, struct object *value, void *closure) {
  struct type *t = type_at(o);
  if (check_mutable(o, value, "__bases__") < 0)
    return -1;
  if (!is_any_tuple(value) || !tuple_length(value)) {
    if (!is_any_tuple(value))
      error_format(ERROR_TYPE, "can only assign tuple to %s.__bases__, not %N", t->name, value);
    else
      error_format(ERROR_TYPE, "can only assign non-empty tuple to %s.__bases__, not ()", t->name);
    return -1;
  }
  struct type *best = NULL;
  for (size_t i = 0; i < tuple_length(value); i++) {
    struct object *each = tuple_get_borrowed(value, i);
    if (!is_type(each)) {
      error_format(ERROR_TYPE, "%s.__bases__ must be tuple of classes, not '%N'", t->name, each);
      return -1;
    }
    if (type_is_subtype((struct type *)each, t) || is_based_on((struct type *)each, t)) {
      error_format(ERROR_TYPE, "a __bases__ item causes an inheritance cycle");
      return -1;
    }
  }
  best = type_best_base_borrowed(value);
  if (!best)
    return -1;
  if (best->builtin_base != t->base->builtin_base || best->members_n != t->base->members_n ||
      best->shape.weak_offset != t->base->shape.weak_offset ||
      !best->dict_offset != !t->base->dict_offset) {
    error_format(ERROR_TYPE, "__bases__ assignment: '%s' object layout differs from '%s'",
                 best->name, t->base->name);
    return -1;
  }
  struct object *bases = hold(t->bases);
  struct type *base = (struct type *)hold(&t->base->head);
  store(o, &t->bases, hold(value));
  hold(&best->head);
  struct type *before = t->base;
  t->base = best;
  drop(&before->head);
  int status = renew(t, NULL);
  if (t->bases != value) {
    /* mro() has given it other bases meanwhile, and put them in order */
  } else if (status < 0) {
    store(o, &t->bases, hold(bases));
    before = t->base;
    t->base = (struct type *)hold(&base->head);
    drop(&before->head);
    struct error_saved saved;
    error_save(&saved);
    renew(t, NULL);
    error_restore(&saved);
  } else {
    for (size_t i = 0; i < tuple_length(bases); i++)
      type_remove_subclass((struct type *)tuple_get_borrowed(bases, i), t);
    for (size_t i = 0; status == 0 && i < tuple_length(value); i++)
      status = type_add_subclass((struct type *)tuple_get_borrowed(value, i), t);
  }
  drop(bases);
  drop(&base->head);
  return status;
}

static struct object *get_dict(struct object *o, void *closure) {
  struct object *dict = type_at(o)->attributes;
  return dict ? mappingproxy_new(dict) : hold(NONE);
}
static struct object *get_annotations(struct object *o, void *closure) {
  struct type *t = type_at(o);
  if (!(t->flags & TYPE_HEAP))
    return error_format(ERROR_ATTRIBUTE, "type object '%s' has no attribute '__annotations__'",
                        t->name);
  struct object *found = dict_get_borrowed(t->attributes, NAME(annotations));
  if (found) {
    ternary_fn *get = type_of(found)->descr_get;
    return get ? get(found, NULL, o) : hold(found);
  }
  struct object *dict = dict_new();
  if (dict && type_set_attribute(t, NAME(annotations), dict) < 0) {
    drop(dict);
    return NULL;
  }
  return dict;
}
static int set_annotations(struct object *o, struct object *value, void *closure) {
  if (!value && type_at(o)->flags & TYPE_HEAP &&
      !dict_get_borrowed(type_at(o)->attributes, NAME(annotations))) {
    error_format(ERROR_ATTRIBUTE, "__annotations__");
    return -1;
  }
  return type_set_attribute(type_at(o), NAME(annotations), value);
}
static struct object *get_abstract(struct object *o, void *closure) {
  struct type *t = type_at(o);
  struct object *found = t == &type_type || !t->attributes
                             ? NULL
                             : dict_get_borrowed(t->attributes, NAME(abstractmethods));
  return found ? hold(found) : error_format(ERROR_ATTRIBUTE, "__abstractmethods__");
}
static int set_abstract(struct object *o, struct object *value, void *closure) {
  struct type *t = type_at(o);
  int abstract = value ? object_truth(value) : 0;
  if (abstract < 0)
    return -1;
  if (!value && !dict_get_borrowed(t->attributes, NAME(abstractmethods))) {
    error_format(ERROR_ATTRIBUTE, "__abstractmethods__");
    return -1;
  }
  if (type_set_attribute(t, NAME(abstractmethods), value) < 0)
    return -1;
  t->flags = abstract ? t->flags | TYPE_ABSTRACT : t->flags & ~(uint32_t)TYPE_ABSTRACT;
  return 0;
}
static struct object *get_flags(struct object *o, void *closure) {
  uint32_t f = type_at(o)->flags;
  uint32_t shown = 1u << 12 | (f & TYPE_HEAP ? 1u << 9 : 1u << 8) | (f & TYPE_BASE ? 1u << 10 : 0) |
                   (f & TYPE_ABSTRACT ? 1u << 20 : 0) | (f & TYPE_IS_INT ? 1u << 24 : 0) |
                   (f & TYPE_IS_LIST ? 1u << 25 : 0) | (f & TYPE_IS_TUPLE ? 1u << 26 : 0) |
                   (f & TYPE_IS_BYTES ? 1u << 27 : 0) | (f & TYPE_IS_STR ? 1u << 28 : 0) |
                   (f & TYPE_IS_DICT ? 1u << 29 : 0) | (f & TYPE_IS_EXCEPTION ? 1u << 30 : 0) |
                   (f & TYPE_IS_TYPE ? 1u << 31 : 0) | (f & TYPE_SEQUENCE ? 1u << 5 : 0) |
                   (f & TYPE_MAPPING ? 1u << 6 : 0) |
                   (type_at(o)->shape.flags & GC_CONTAINER ? 1u << 14 : 0);
  return int_from_i64(shown);
}
static struct object *get_basicsize(struct object *o, void *closure) {
  return int_from_i64(type_at(o)->shape.basic_bytes);
}
static struct object *get_itemsize(struct object *o, void *closure) {
  return int_from_i64(type_at(o)->builtin_base ? type_at(o)->builtin_base->shape.item_bytes : 0);
}
static struct object *get_dictoffset(struct object *o, void *closure) {
  return int_from_i64(type_at(o)->dict_offset);
}
static struct object *get_weakrefoffset(struct object *o, void *closure) {
  uint16_t offset = type_at(o)->shape.weak_offset; /* from the end, where it is the last word */
  return int_from_i64(offset == GC_WEAK_LAST ? -(int64_t)sizeof(void *) : offset);
}

const struct member_def type_members[] = {{NULL}};
const struct getset_def type_getsets[] = {{"__name__", get_name, set_name},
                                          {"__qualname__", get_qualname, set_qualname},
                                          {"__bases__", get_bases, set_bases},
                                          {"__base__", get_base},
                                          {"__mro__", get_mro},
                                          {"__module__", get_module, set_module},
                                          {"__abstractmethods__", get_abstract, set_abstract},
                                          {"__dict__", get_dict},
                                          {"__doc__", get_doc, set_doc},
                                          {"__text_signature__", get_signature},
                                          {"__annotations__", get_annotations, set_annotations},
                                          {"__flags__", get_flags},
                                          {"__basicsize__", get_basicsize},
                                          {"__itemsize__", get_itemsize},
                                          {"__dictoffset__", get_dictoffset},
                                          {"__weakrefoffset__", get_weakrefoffset},
                                          {NULL}};

/* ---- Methods ---- */

static struct object *mro(struct object *o) {
  struct object *tuple = type_linearize(type_at(o));
  struct object *list = tuple ? iterate_to_list(tuple) : NULL;
  drop_null(tuple);
  return list;
}
static int collect(struct type *t, void *list) { return list_append(list, &t->head); }
static struct object *subclasses(struct object *o) {
  struct object *list = list_new(0);
  if (list && type_each_subclass(type_at(o), collect, list) < 0) {
    drop(list);
    return NULL;
  }
  return list;
}
static struct object *prepare(struct object *cls, struct object *const *args, size_t n,
                              struct object *kwnames) {
  return dict_new();
}
static struct object *instance_check(struct object *cls, struct object *o) {
  int result = object_is_real_instance(o, cls);
  return result < 0 ? NULL : hold(bool_from(result));
}
static struct object *subclass_check(struct object *cls, struct object *derived) {
  int result = object_is_real_subclass(derived, cls);
  return result < 0 ? NULL : hold(bool_from(result));
}
static struct object *dir(struct object *o) { return object_dir_of_class(type_at(o)); }
static struct object *size_of(struct object *o) { return int_from_u64(sizeof(struct type)); }

const struct method_def type_methods[] = {
    METHOD_NOARGS_("mro", mro, "($self, /)\n--\n\nReturn a type's method resolution order."),
    METHOD_NOARGS_("__subclasses__", subclasses,
                   "($self, /)\n--\n\nReturn a list of immediate subclasses."),
    {"__prepare__", METHOD_KEYWORDS | METHOD_CLASS, .keywords = prepare,
     .doc = "__prepare__() -> dict\nused to create the namespace for the class statement"},
    METHOD_ONE_("__instancecheck__", instance_check,
                "($self, instance, /)\n--\n\nCheck if an object is an instance."),
    METHOD_ONE_("__subclasscheck__", subclass_check,
                "($self, subclass, /)\n--\n\nCheck if a class is a subclass."),
    METHOD_NOARGS_("__dir__", dir,
                   "($self, /)\n--\n\nSpecialized __dir__ implementation for types."),
    METHOD_NOARGS_("__sizeof__", size_of,
                   "($self, /)\n--\n\nReturn memory consumption of the type object."),
    {NULL}};
