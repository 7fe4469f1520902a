/* property, classmethod, staticmethod and mappingproxy. */
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

struct property {
  struct object head;
  struct object *get, *set, *delete_, *doc, *name;
  bool doc_is_of_getter;
};
static struct property *property_of(struct object *o) { return (struct property *)o; }
struct object *property_getter_borrowed(const struct object *o) {
  return ((const struct property *)o)->get;
}

static struct object *or_null(struct object *o) { return o && o != NONE ? hold(o) : NULL; }

/* The doc of a subclass of property goes into its instance's dict, where reading finds it. */
static int fill(struct object *o, struct object *get, struct object *set, struct object *delete_,
                struct object *doc) {
  struct property *p = property_of(o);
  store(o, &p->get, or_null(get));
  store(o, &p->set, or_null(set));
  store(o, &p->delete_, or_null(delete_));
  store(o, &p->name, NULL);
  p->doc_is_of_getter = false;
  struct object *own = doc && doc != NONE ? hold(doc) : NULL;
  if (!own && p->get) {
    int found = attribute_find(p->get, NAME(doc), &own);
    if (found < 0)
      return -1;
    if (own == NONE) {
      drop(own);
      own = NULL;
    }
    p->doc_is_of_getter = own != NULL;
  }
  if (type_of(o) != &property_type && own) {
    int status = attribute_set(o, NAME(doc), own);
    drop(own);
    store(o, &p->doc, NULL);
    return status;
  }
  store(o, &p->doc, own);
  return 0;
}

static int property_init(struct object *o, struct object *const *args, size_t n,
                         struct object *kwnames) {
  static const char *const names[] = {"fget", "fset", "fdel", "doc"};
  static const struct args_spec spec = {"property", names, 4, 0, 4, 0};
  struct object *values[4];
  if (args_parse(&spec, args, n, kwnames, values) < 0)
    return -1;
  return fill(o, values[0], values[1], values[2], values[3]);
}
struct object *property_new(struct object *get, struct object *set, struct object *delete_,
                            struct object *doc) {
  struct object *o = type_generic_alloc(&property_type);
  if (o && fill(o, get, set, delete_, doc) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}
static struct object *generic_new(struct type *t, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  return type_generic_alloc(t);
}

/* "property 'x' of 'C' object has no getter" */
static void *lacks(struct object *o, struct object *owner, const char *what) {
  struct property *p = property_of(o);
  struct object *qualname = type_qualname(type_of(owner));
  if (!qualname)
    return NULL;
  if (p->name)
    error_format(ERROR_ATTRIBUTE, "property %R of %R object has no %s", p->name, qualname, what);
  else
    error_format(ERROR_ATTRIBUTE, "property of %R object has no %s", qualname, what);
  drop(qualname);
  return NULL;
}

static struct object *property_get(struct object *o, struct object *instance,
                                   struct object *owner) {
  if (!instance || instance == NONE)
    return hold(o);
  struct property *p = property_of(o);
  return p->get ? call_one(p->get, instance) : lacks(o, instance, "getter");
}
static int property_set(struct object *o, struct object *instance, struct object *value) {
  struct property *p = property_of(o);
  struct object *f = value ? p->set : p->delete_;
  if (!f)
    return lacks(o, instance, value ? "setter" : "deleter"), -1;
  struct object *result = value ? call_two(f, instance, value) : call_one(f, instance);
  if (!result)
    return -1;
  drop(result);
  return 0;
}

static struct object *copy_with(struct object *o, int which, struct object *f) {
  struct property *p = property_of(o);
  struct object *parts[] = {p->get, p->set, p->delete_, p->doc_is_of_getter ? NULL : p->doc};
  if (f != NONE || !parts[which])
    parts[which] = f;
  struct object *args[5] = {NULL};
  for (int i = 0; i < 4; i++)
    args[i + 1] = parts[i] ? parts[i] : NONE;
  if (which == 0 && p->doc_is_of_getter && f != NONE)
    args[4] = NONE;
  struct object *copy = call_object(&type_of(o)->head, args + 1, 4 | CALL_SCRATCH, NULL);
  if (copy && p->name && object_is_instance(copy, &property_type))
    store(copy, &property_of(copy)->name, hold(p->name));
  return copy;
}
static struct object *getter(struct object *o, struct object *f) { return copy_with(o, 0, f); }
static struct object *setter(struct object *o, struct object *f) { return copy_with(o, 1, f); }
static struct object *deleter(struct object *o, struct object *f) { return copy_with(o, 2, f); }
static struct object *set_name(struct object *o, struct object *const *args, size_t n) {
  if (n != 2)
    return error_format(ERROR_TYPE,
                        "__set_name__() takes 2 positional arguments but %zu were given", n);
  store(o, &property_of(o)->name, hold(args[1]));
  return hold(NONE);
}
static struct object *property_isabstract(struct object *o, void *closure) {
  struct property *p = property_of(o);
  struct object *const parts[] = {p->get, p->set, p->delete_};
  for (int i = 0; i < 3; i++) {
    struct object *value = NULL;
    int found = parts[i] ? attribute_find(parts[i], NAME(isabstractmethod), &value) : 0;
    int truth = found > 0 ? object_truth(value) : found;
    drop_null(value);
    if (truth)
      return truth < 0 ? NULL : hold(TRUE_);
  }
  return hold(FALSE_);
}

static const struct method_def property_methods[] = {
    METHOD_ONE_("getter", getter,
                "Descriptor to obtain a copy of the property with a different getter."),
    METHOD_ONE_("setter", setter,
                "Descriptor to obtain a copy of the property with a different setter."),
    METHOD_ONE_("deleter", deleter,
                "Descriptor to obtain a copy of the property with a different deleter."),
    METHOD_FAST_("__set_name__", set_name, "Method to set name of a property."),
    {NULL}};
static const struct member_def property_members[] = {
    {"fget", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct property, get), NULL},
    {"fset", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct property, set), NULL},
    {"fdel", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct property, delete_), NULL},
    {"__doc__", MEMBER_OBJECT, 0, offsetof(struct property, doc), NULL},
    {NULL}};
static const struct getset_def property_getsets[] = {{"__isabstractmethod__", property_isabstract},
                                                     {NULL}};

struct type property_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct property, get),
              .refs_n = 5,
              .basic_bytes = sizeof(struct property)},
    .name = "property",
    .flags = TYPE_BASE,
    .new_ = generic_new,
    .init = property_init,
    .descr_get = property_get,
    .descr_set = property_set,
    .methods = property_methods,
    .members = property_members,
    .getsets = property_getsets,
    .doc = "property(fget=None, fset=None, fdel=None, doc=None)\n--\n\nProperty attribute.",
    .base = &object_type};

/* ---- classmethod and staticmethod ---- */

struct wrapped {
  struct object head;
  struct object *callable, *dict;
};
static struct wrapped *wrapped_of(struct object *o) { return (struct wrapped *)o; }

static int wrap_in(struct object *o, struct object *callable) {
  store(o, &wrapped_of(o)->callable, hold(callable));
  struct object *const names[] = {NAME(module), NAME(name), NAME(qualname), NAME(doc),
                                  NAME(annotations)};
  for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
    struct object *value;
    int found = attribute_find(callable, names[i], &value);
    int status = found > 0 ? attribute_set(o, names[i], value) : found;
    drop_null(value);
    if (status < 0)
      return -1;
  }
  return 0;
}
static int wrapped_init(struct object *o, struct object *const *args, size_t n,
                        struct object *kwnames) {
  const char *name = object_is_instance(o, &classmethod_type) ? "classmethod" : "staticmethod";
  if (args_check_no_keywords(name, kwnames) < 0 || args_check_count(name, n, 1, 1) < 0)
    return -1;
  return wrap_in(o, args[0]);
}
static struct object *wrapped_new(struct type *t, struct object *callable) {
  struct object *o = type_generic_alloc(t);
  if (o && wrap_in(o, callable) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}
struct object *classmethod_new(struct object *callable) {
  return wrapped_new(&classmethod_type, callable);
}
struct object *staticmethod_new(struct object *callable) {
  return wrapped_new(&staticmethod_type, callable);
}
static struct object *classmethod_get(struct object *o, struct object *instance,
                                      struct object *owner) {
  struct object *callable = wrapped_of(o)->callable;
  if (!callable)
    return error_format(ERROR_RUNTIME, "uninitialized classmethod object");
  if (!owner)
    owner = &type_of(instance)->head;
  if (type_of(callable)->descr_get)
    return type_of(callable)->descr_get(callable, owner, owner);
  return method_new(callable, owner);
}
static struct object *staticmethod_get(struct object *o, struct object *instance,
                                       struct object *owner) {
  struct object *callable = wrapped_of(o)->callable;
  return callable ? hold(callable)
                  : error_format(ERROR_RUNTIME, "uninitialized staticmethod object");
}
static struct object *staticmethod_call(struct object *o, struct object *const *args, size_t n,
                                        struct object *kwnames) {
  return call_object(wrapped_of(o)->callable, args, n, kwnames);
}
static struct object *classmethod_repr(struct object *o) {
  return str_format("<classmethod(%R)>", wrapped_of(o)->callable);
}
static struct object *staticmethod_repr(struct object *o) {
  return str_format("<staticmethod(%R)>", wrapped_of(o)->callable);
}
static struct object *wrapped_isabstract(struct object *o, void *closure) {
  struct object *value = NULL, *callable = wrapped_of(o)->callable;
  int found = callable ? attribute_find(callable, NAME(isabstractmethod), &value) : 0;
  int truth = found > 0 ? object_truth(value) : found;
  drop_null(value);
  return truth < 0 ? NULL : hold(bool_from(truth));
}
static struct object *wrapped_dict(struct object *o, void *closure) {
  struct object *dict = instance_dict_borrowed(o);
  return dict ? hold(dict) : NULL;
}
static const struct member_def wrapped_members[] = {
    {"__func__", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct wrapped, callable), NULL},
    {"__wrapped__", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct wrapped, callable), NULL},
    {NULL}};
static const struct getset_def wrapped_getsets[] = {
    {"__isabstractmethod__", wrapped_isabstract}, {"__dict__", wrapped_dict}, {NULL}};
#define WRAPPED_SHAPE                                                                              \
  {                                                                                                \
    .layout = GC_FIXED, .flags = GC_CONTAINER | GC_PLAIN,                                          \
    .refs_offset = offsetof(struct wrapped, callable), .refs_n = 2,                                \
    .basic_bytes = sizeof(struct wrapped)                                                          \
  }
struct type classmethod_type = {.head = OBJECT_STATIC(type_type),
                                .shape = WRAPPED_SHAPE,
                                .name = "classmethod",
                                .flags = TYPE_BASE,
                                .dict_offset = offsetof(struct wrapped, dict),
                                .new_ = generic_new,
                                .init = wrapped_init,
                                .repr = classmethod_repr,
                                .descr_get = classmethod_get,
                                .members = wrapped_members,
                                .getsets = wrapped_getsets,
                                .doc =
                                    "classmethod(function) -> method\n\nConvert a function to be a "
                                    "class method.",
                                .base = &object_type};
struct type staticmethod_type = {.head = OBJECT_STATIC(type_type),
                                 .shape = WRAPPED_SHAPE,
                                 .name = "staticmethod",
                                 .flags = TYPE_BASE,
                                 .dict_offset = offsetof(struct wrapped, dict),
                                 .new_ = generic_new,
                                 .init = wrapped_init,
                                 .call = staticmethod_call,
                                 .repr = staticmethod_repr,
                                 .descr_get = staticmethod_get,
                                 .members = wrapped_members,
                                 .getsets = wrapped_getsets,
                                 .doc =
                                     "staticmethod(function) -> method\n\nConvert a function to be "
                                     "a static method.",
                                 .base = &object_type};

/* ---- mappingproxy ---- */

struct mappingproxy {
  struct object head;
  struct object *mapping;
};
static struct object *mapping_of(struct object *o) { return ((struct mappingproxy *)o)->mapping; }

struct object *mappingproxy_new(struct object *mapping) {
  struct object *o = type_generic_alloc(&mappingproxy_type);
  if (o)
    store_first(o, &((struct mappingproxy *)o)->mapping, hold(mapping));
  return o;
}
static struct object *proxy_new(struct type *t, struct object *const *args, size_t n,
                                struct object *kwnames) {
  static const char *const names[] = {"mapping"};
  static const struct args_spec spec = {"mappingproxy", names, 1, 0, 1, 1};
  struct object *mapping;
  if (args_parse(&spec, args, n, kwnames, &mapping) < 0)
    return NULL;
  if (!is_mapping(mapping) || is_any_list(mapping) || is_any_tuple(mapping))
    return error_format(ERROR_TYPE, "mappingproxy() argument must be a mapping, not %N", mapping);
  return mappingproxy_new(mapping);
}
static int64_t proxy_length(struct object *o) { return object_length(mapping_of(o)); }
static struct object *proxy_get(struct object *o, struct object *key) {
  return object_get_item(mapping_of(o), key);
}
static int proxy_contains(struct object *o, struct object *key) {
  return object_contains(mapping_of(o), key);
}
static struct object *proxy_iter(struct object *o) { return iterate(mapping_of(o)); }
static struct object *proxy_repr(struct object *o) {
  return str_format("mappingproxy(%R)", mapping_of(o));
}
static struct object *proxy_str(struct object *o) { return object_str(mapping_of(o)); }
static struct object *proxy_compare(struct object *a, struct object *b, enum compare_op op) {
  if (type_of(b) == &mappingproxy_type)
    b = mapping_of(b);
  return compare(mapping_of(a), b, op);
}
static int64_t proxy_hash(struct object *o) { return object_hash(mapping_of(o)); }
static struct object *proxy_or(struct object *a, struct object *b) {
  if (type_of(a) == &mappingproxy_type)
    a = mapping_of(a);
  if (type_of(b) == &mappingproxy_type)
    b = mapping_of(b);
  return number_binary(a, b, NUMBER_OR);
}
static struct object *proxy_inplace_or(struct object *a, struct object *b) {
  return error_format(ERROR_TYPE, "'|=' is not supported by %N; use '|' instead", a);
}
static struct object *forward(struct object *o, struct object *name, struct object *const *args,
                              size_t n) {
  struct object *row[4] = {NULL, mapping_of(o)};
  for (size_t i = 0; i < n && i < 2; i++)
    row[2 + i] = args[i];
  return call_method(name, row + 1, (n + 1) | CALL_SCRATCH, NULL);
}
static struct object *proxy_get_method(struct object *o, struct object *const *args, size_t n) {
  if (args_check_count("get", n, 1, 2) < 0)
    return NULL;
  struct object *both[] = {args[0], n > 1 ? args[1] : NONE};
  return forward(o, NAME(plain_get), both, 2);
}
static struct object *proxy_keys(struct object *o) { return forward(o, NAME(plain_keys), NULL, 0); }
static struct object *proxy_values(struct object *o) {
  return forward(o, NAME(plain_values), NULL, 0);
}
static struct object *proxy_items(struct object *o) {
  return forward(o, NAME(plain_items), NULL, 0);
}
static struct object *proxy_copy(struct object *o) { return forward(o, NAME(plain_copy), NULL, 0); }
static struct object *proxy_reversed(struct object *o) {
  return forward(o, NAME(reversed), NULL, 0);
}
static const struct method_def proxy_methods[] = {
    METHOD_FAST_("get", proxy_get_method,
                 "Return the value for key if key is in the mapping, else default."),
    METHOD_NOARGS_("keys", proxy_keys, "a set-like object providing a view on D's keys"),
    METHOD_NOARGS_("values", proxy_values, "an object providing a view on D's values"),
    METHOD_NOARGS_("items", proxy_items, "a set-like object providing a view on D's items"),
    METHOD_NOARGS_("copy", proxy_copy, "a shallow copy of D"),
    METHOD_NOARGS_("__reversed__", proxy_reversed, "reverse iterator"),
    METHOD_CLASS_GETITEM,
    {NULL}};
struct type mappingproxy_type = {.head = OBJECT_STATIC(type_type),
                                 .shape = {.layout = GC_FIXED,
                                           .flags = GC_CONTAINER | GC_PLAIN,
                                           .refs_offset = offsetof(struct mappingproxy, mapping),
                                           .refs_n = 1,
                                           .basic_bytes = sizeof(struct mappingproxy)},
                                 .name = "mappingproxy",
                                 .flags = TYPE_MAPPING,
                                 .new_ = proxy_new,
                                 .repr = proxy_repr,
                                 .str = proxy_str,
                                 .iter = proxy_iter,
                                 .compare = proxy_compare,
                                 .hash = proxy_hash,
                                 .number = {.bit_or = proxy_or, .inplace_or = proxy_inplace_or},
                                 .sequence = {.contains = proxy_contains},
                                 .mapping = {.length = proxy_length, .get = proxy_get},
                                 .methods = proxy_methods,
                                 .base = &object_type};
