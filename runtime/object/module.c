/* Modules, and SimpleNamespace: objects that are little more than a dict. */
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/weakref.h"
#include <stddef.h>

static struct module *module_of(struct object *o) { return (struct module *)o; }
struct object *module_dict_borrowed(const struct object *o) {
  return ((const struct module *)o)->dict;
}

static int fill(struct object *dict, struct object *name, struct object *doc) {
  struct object *const none[] = {NAME(package), NAME(loader), NAME(spec)};
  if (dict_set(dict, NAME(name), name) < 0 || dict_set(dict, NAME(doc), doc) < 0)
    return -1;
  for (size_t i = 0; i < ARRAY_SIZE(none); i++)
    if (dict_set(dict, none[i], NONE) < 0)
      return -1;
  return 0;
}

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  struct object *o = type_generic_alloc(t), *dict = o ? dict_new() : NULL;
  if (!dict) {
    drop_null(o);
    return NULL;
  }
  store_first(o, &module_of(o)->dict, dict);
  return o;
}
struct object *module_new(struct object *name) {
  struct object *o = new_slot(&module_type, NULL, 0, NULL);
  if (o && fill(module_of(o)->dict, name, NONE) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}
struct object *module_new_ascii(const char *name) {
  struct object *text = str_intern(name);
  struct object *o = text ? module_new(text) : NULL;
  drop_null(text);
  return o;
}
int module_add(struct object *module, const char *name, struct object *value) {
  struct object *key = str_intern(name);
  int status = key ? dict_set(module_of(module)->dict, key, value) : -1;
  drop_null(key);
  return status;
}
int module_add_taking(struct object *module, const char *name, struct object *value) {
  int status = value ? module_add(module, name, value) : -1;
  drop_null(value);
  return status;
}
int module_add_functions(struct object *module, const struct method_def *methods) {
  struct object *name = dict_get_borrowed(module_of(module)->dict, NAME(name));
  for (; methods->name; methods++)
    if (module_add_taking(module, methods->name, builtin_function_new(methods, module, name)) < 0)
      return -1;
  return 0;
}

static int init(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  static const char *const names[] = {"name", "doc"};
  static const struct args_spec spec = {"module", names, 2, 0, 2, 1};
  struct object *v[2];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return -1;
  if (!is_any_str(v[0])) {
    args_wrong_type("module", "argument 'name'", "str", v[0]);
    return -1;
  }
  return fill(module_of(o)->dict, v[0], v[1] ? v[1] : NONE);
}

/* importlib keeps the names of submodules that are being imported in their parent's spec. */
static bool is_submodule_on_its_way(struct object *spec, struct object *name) {
  struct object *key = str_intern("_uninitialized_submodules"), *names = NULL;
  int found = key ? attribute_find(spec, key, &names) : -1;
  if (found > 0)
    found = object_contains(names, name);
  drop_null(key);
  drop_null(names);
  if (found < 0)
    error_clear();
  return found > 0;
}

/* module.__getattr__ is asked last; the message tells modules that are still being imported. */
static struct object *getattr(struct object *o, struct object *name) {
  struct object *result;
  if (!is_any_str(name))
    return attribute_get_generic(o, name); /* says that it must be one */
  if (attribute_find_generic(o, name, &result))
    return result;
  struct object *dict = module_of(o)->dict;
  struct object *f = dict_get_borrowed(dict, NAME(getattr));
  if (f)
    return call_one(f, name);
  if (error_pending() != ERROR_NONE)
    return NULL;
  struct object *own_name = dict_get_borrowed(dict, NAME(name));
  struct object *spec = dict_get_borrowed(dict, NAME(spec)), *initializing = NULL;
  bool partly = false, below = false;
  if (own_name && is_any_str(own_name)) {
    if (spec && spec != NONE) {
      struct object *key = str_intern("_initializing");
      int found = key ? attribute_find(spec, key, &initializing) : -1;
      drop_null(key);
      partly = found > 0 && object_truth(initializing) > 0;
      drop_null(initializing);
      error_clear();
      below = !partly && is_submodule_on_its_way(spec, name);
    }
    if (below)
      error_format(ERROR_ATTRIBUTE,
                   "cannot access submodule '%U' of module '%U' (most likely due to a circular "
                   "import)",
                   name, own_name);
    else
      error_format(ERROR_ATTRIBUTE,
                   partly
                       ? "partially initialized module '%U' has no attribute '%U' (most likely due "
                         "to a circular import)"
                       : "module '%U' has no attribute '%U'",
                   own_name, name);
  } else
    error_format(ERROR_ATTRIBUTE, "module has no attribute '%U'", name);
  return error_set_attribute_place(o, name);
}

int module_find_attribute(struct object *o, struct object *name, struct object **value) {
  int found = attribute_find_generic(o, name, value);
  struct object *f = found ? NULL : dict_get_borrowed(module_of(o)->dict, NAME(getattr));
  if (!f)
    return error_pending() == ERROR_NONE ? found : -1;
  *value = call_one(f, name);
  return *value ? 1 : error_clear_if(ERROR_ATTRIBUTE) ? 0 : -1;
}

struct object *(*module_repr_by_loader)(struct object *module);

static struct object *repr(struct object *o) {
  struct object *text = module_repr_by_loader ? module_repr_by_loader(o) : NULL;
  if (text || error_pending() != ERROR_NONE)
    return text;
  struct object *dict = module_of(o)->dict;
  struct object *name = dict_get_borrowed(dict, NAME(name));
  struct object *file = dict_get_borrowed(dict, NAME(file));
  text = name ? object_repr(name) : str_from_ascii("'?'");
  struct object *result = !text  ? NULL
                          : file ? str_format("<module %U from %R>", text, file)
                                 : str_format("<module %U>", text);
  drop_null(text);
  return result;
}

static struct object *get_dict(struct object *o, void *closure) { return hold(module_of(o)->dict); }
static struct object *get_annotations(struct object *o, void *closure) {
  struct object *dict = module_of(o)->dict, *found = dict_get_borrowed(dict, NAME(annotations));
  if (found)
    return hold(found);
  struct object *made = dict_new();
  if (made && dict_set(dict, NAME(annotations), made) < 0) {
    drop(made);
    return NULL;
  }
  return made;
}
static int set_annotations(struct object *o, struct object *value, void *closure) {
  if (value)
    return dict_set(module_of(o)->dict, NAME(annotations), value);
  int found = dict_delete(module_of(o)->dict, NAME(annotations));
  if (found == 0)
    error_format(ERROR_ATTRIBUTE, "__annotations__");
  return found > 0 ? 0 : -1;
}
static struct object *dir(struct object *o) {
  struct object *dict = attribute_get(o, NAME(dict)); /* of a subclass: it may be anything */
  if (!dict)
    return NULL;
  struct object *result = NULL;
  if (is_any_dict(dict)) {
    struct object *f = dict_get_borrowed(dict, NAME(dir));
    result = f ? call_none(f) : error_pending() == ERROR_NONE ? mapping_keys(dict) : NULL;
  } else
    error_format(ERROR_TYPE, "<module>.__dict__ is not a dictionary");
  drop(dict);
  return result;
}
static const struct method_def methods[] = {METHOD_NOARGS_("__dir__", dir, NULL), {NULL}};
static const struct getset_def getsets[] = {
    {"__annotations__", get_annotations, set_annotations}, {"__dict__", get_dict}, {NULL}};

struct type module_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN | GC_WEAKREFS,
              .refs_offset = offsetof(struct module, dict),
              .refs_n = 1,
              .weak_offset = offsetof(struct module, weakrefs),
              .basic_bytes = sizeof(struct module)},
    .name = "module",
    .flags = TYPE_BASE,
    .dict_offset = offsetof(struct module, dict),
    .new_ = new_slot,
    .init = init,
    .getattr = getattr,
    .repr = repr,
    .methods = methods,
    .getsets = getsets,
    .doc =
        "module(name, doc=None)\n--\n\nCreate a module object.\n\nThe name must be a string; the "
        "optional docstring can have any type.",
    .base = &object_type};

/* ---- SimpleNamespace ---- */

struct namespace {
  struct object head;
  struct object *dict;
};
static struct object *dict_of(struct object *o) { return ((struct namespace *)o)->dict; }

static struct object *namespace_new_slot(struct type *t, struct object *const *args, size_t n,
                                         struct object *kwnames) {
  struct object *o = type_generic_alloc(t), *dict = o ? dict_new() : NULL;
  if (!dict) {
    drop_null(o);
    return NULL;
  }
  store_first(o, &((struct namespace *)o)->dict, dict);
  return o;
}
struct object *namespace_new(struct object *dict) {
  struct object *o = namespace_new_slot(&namespace_type, NULL, 0, NULL), *key, *value;
  size_t position = 0;
  while (o && dict && dict_next(dict, &position, &key, &value))
    if (dict_set(dict_of(o), key, value) < 0) {
      drop(o);
      return NULL;
    }
  return o;
}
static int namespace_init(struct object *o, struct object *const *args, size_t n,
                          struct object *kwnames) {
  if (n) {
    error_format(ERROR_TYPE, "no positional arguments expected");
    return -1;
  }
  for (size_t i = 0; kwnames && i < tuple_length(kwnames); i++)
    if (dict_set(dict_of(o), tuple_get_borrowed(kwnames, i), args[i]) < 0)
      return -1;
  return 0;
}
static struct object *namespace_repr(struct object *o) {
  const char *name = type_of(o) == &namespace_type ? "namespace" : type_short_name(type_of(o));
  int again = repr_enter(o);
  if (again)
    return again < 0 ? NULL : str_format("%s(...)", name);
  struct object *text = str_from_ascii(""), *key, *value, *copy = dict_copy(dict_of(o));
  size_t position = 0;
  bool first = true;
  while (text && copy && dict_next(copy, &position, &key, &value)) {
    if (!is_any_str(key) || !str_length(key))
      continue;
    struct object *longer = str_format("%U%s%U=%R", text, first ? "" : ", ", key, value);
    drop(text);
    text = longer;
    first = false;
  }
  struct object *result = text && copy ? str_format("%s(%U)", name, text) : NULL;
  drop_null(copy);
  drop_null(text);
  repr_leave(o);
  return result;
}
static struct object *namespace_compare(struct object *a, struct object *b, enum compare_op op) {
  if (!object_is_instance(a, &namespace_type) || !object_is_instance(b, &namespace_type))
    return hold(NOT_IMPLEMENTED);
  return compare(dict_of(a), dict_of(b), op);
}
static struct object *namespace_reduce(struct object *o) {
  struct object *args = tuple_new(0);
  struct object *result = args ? tuple_pack(3, &type_of(o)->head, args, dict_of(o)) : NULL;
  drop_null(args);
  return result;
}
static const struct method_def namespace_methods[] = {
    METHOD_NOARGS_("__reduce__", namespace_reduce, "Return state information for pickling"),
    {NULL}};
static const struct member_def namespace_members[] = {
    {"__dict__", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct namespace, dict), NULL}, {NULL}};
struct type namespace_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct namespace, dict),
              .refs_n = 1,
              .basic_bytes = sizeof(struct namespace)},
    .name = "types.SimpleNamespace",
    .flags = TYPE_BASE,
    .dict_offset = offsetof(struct namespace, dict),
    .new_ = namespace_new_slot,
    .init = namespace_init,
    .repr = namespace_repr,
    .compare = namespace_compare,
    .hash = type_unhashable,
    .methods = namespace_methods,
    .members = namespace_members,
    .doc = "A simple attribute-based namespace.\n\nSimpleNamespace(**kwargs)",
    .base = &object_type};
