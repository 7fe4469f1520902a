/* Functions of Python, bound methods, cells. */
#include "runtime/object/function.h"
#include "runtime/object/attribute.h"
#include "runtime/object/audit.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/weakref.h"
#include <stddef.h>

/* ---- Functions ---- */

static uint32_t last_version;
static struct function *function_of(struct object *o) { return (struct function *)o; }

static struct object *no_entry(struct object *o, struct object *const *args, size_t n,
                               struct object *kwnames) {
  return error_format(ERROR_SYSTEM, "functions of Python can't run: there is no interpreter");
}
call_fn *function_entry = no_entry;
static bool read_nothing(struct object *code, struct function_code_facts *facts) { return false; }
bool (*function_read_code)(struct object *code, struct function_code_facts *facts) = read_nothing;
int (*function_code_changes)(struct object *function);

struct object *(*function_default_builtins)(void);

struct object *function_new(struct object *code, struct object *globals, struct object *qualname) {
  struct function_code_facts facts = {0};
  if (!function_read_code(code, &facts))
    return args_wrong_type("function", "argument 'code'", "code", code);
  struct object *module = dict_get_borrowed(globals, NAME(name));
  struct object *builtins = dict_get_borrowed(globals, NAME(builtins));
  if (!builtins && error_pending() == ERROR_NONE && function_default_builtins)
    builtins = function_default_builtins();
  if (builtins && is_any_module(builtins))
    builtins = module_dict_borrowed(builtins);
  struct function *f = (struct function *)gc_new_container(&function_type, sizeof *f);
  if (!f)
    return error_no_memory();
  f->code = hold(code);
  f->globals = hold(globals);
  f->builtins = builtins ? hold(builtins) : NULL;
  f->name = hold(facts.name);
  f->qualname = hold(qualname ? qualname : facts.qualname);
  f->defaults = f->kwdefaults = f->closure = f->annotations = NULL;
  f->doc = facts.doc ? hold(facts.doc) : NULL;
  f->module = module ? hold(module) : NULL;
  f->dict = f->weakrefs = NULL;
  f->entry = function_entry;
  f->version = ++last_version;
  gc_track(&f->head);
  return &f->head;
}

static void changed(struct object *o) { function_of(o)->version = ++last_version; }
void function_set_defaults_taking(struct object *o, struct object *tuple) {
  store(o, &function_of(o)->defaults, tuple);
  changed(o);
}
void function_set_kwdefaults_taking(struct object *o, struct object *dict) {
  store(o, &function_of(o)->kwdefaults, dict);
  changed(o);
}
void function_set_closure_taking(struct object *o, struct object *tuple) {
  store(o, &function_of(o)->closure, tuple);
}
void function_set_annotations_taking(struct object *o, struct object *annotations) {
  store(o, &function_of(o)->annotations, annotations);
}

/* Finalisers may still see a function that the collector clears: it stays one that can be shown and
 * called. Its cycles are cut nevertheless: globals and builtins are dicts, and cells clear
 * themselves; names of a subclass of str could be part of one, so an empty str takes their place.
 */
static void clear(struct object *o) {
  struct function *f = function_of(o);
  struct object *empty = str_from_ascii(""); /* one of its kind: nothing is allocated */
  struct object **const optional[] = {&f->defaults, &f->kwdefaults,  &f->doc,
                                      &f->module,   &f->annotations, &f->dict};
  if (empty) {
    store(o, &f->name, hold(empty));
    store(o, &f->qualname, empty);
  }
  changed(o);
  for (size_t i = 0; i < ARRAY_SIZE(optional); i++)
    store(o, optional[i], NULL);
}

static struct object *call(struct object *o, struct object *const *args, size_t n,
                           struct object *kwnames) {
  return function_of(o)->entry(o, args, n, kwnames);
}
static struct object *descr_get(struct object *o, struct object *instance, struct object *owner) {
  return instance && instance != NONE                   ? method_new(o, instance)
         : instance == NONE && owner == &none_type.head ? method_new(o, NONE)
                                                        : hold(o);
}
static struct object *repr(struct object *o) {
  return str_format("<function %U at %p>", function_of(o)->qualname, (void *)o);
}

static bool audit_read(struct object *o, const char *name) {
  return AUDIT_FAILS("object.__getattr__", tuple_pack_taking(2, hold(o), str_intern(name)));
}
static struct object *get_code(struct object *o, void *closure) {
  return audit_read(o, "__code__") ? NULL : hold(function_of(o)->code);
}
static int set_code(struct object *o, struct object *value, void *closure) {
  struct function *f = function_of(o);
  struct function_code_facts facts = {0};
  if (!value || !function_read_code(value, &facts)) {
    error_format(ERROR_TYPE, "__code__ must be set to a code object");
    return -1;
  }
  size_t closure_n = f->closure ? tuple_length(f->closure) : 0;
  if (facts.free_n != closure_n) {
    error_format(ERROR_VALUE, "%U() requires a code object with %zu free vars, not %zu", f->name,
                 closure_n, facts.free_n);
    return -1;
  }
  if (AUDIT_FAILS("object.__setattr__",
                  tuple_pack_taking(3, hold(o), str_intern("__code__"), hold(value))) ||
      (function_code_changes && function_code_changes(o) < 0))
    return -1;
  store(o, &f->code, hold(value));
  changed(o);
  return 0;
}
static struct object *get_defaults(struct object *o, void *closure) {
  if (audit_read(o, "__defaults__"))
    return NULL;
  return hold(function_of(o)->defaults ? function_of(o)->defaults : NONE);
}
static int audit_change(struct object *o, struct object *value, const char *name) {
  if (value && value != NONE)
    return AUDIT_FAILS("object.__setattr__",
                       tuple_pack_taking(3, hold(o), str_intern(name), hold(value)))
               ? -1
               : 0;
  return AUDIT_FAILS("object.__delattr__", tuple_pack_taking(2, hold(o), str_intern(name))) ? -1
                                                                                            : 0;
}
static int set_defaults(struct object *o, struct object *value, void *closure) {
  if (value && value != NONE && !is_any_tuple(value)) {
    error_format(ERROR_TYPE, "__defaults__ must be set to a tuple object");
    return -1;
  }
  if (audit_change(o, value, "__defaults__") < 0)
    return -1;
  function_set_defaults_taking(o, value && value != NONE ? hold(value) : NULL);
  return 0;
}
static struct object *get_kwdefaults(struct object *o, void *closure) {
  if (audit_read(o, "__kwdefaults__"))
    return NULL;
  return hold(function_of(o)->kwdefaults ? function_of(o)->kwdefaults : NONE);
}
static int set_kwdefaults(struct object *o, struct object *value, void *closure) {
  if (value && value != NONE && !is_any_dict(value)) {
    error_format(ERROR_TYPE, "__kwdefaults__ must be set to a dict object");
    return -1;
  }
  if (audit_change(o, value, "__kwdefaults__") < 0)
    return -1;
  function_set_kwdefaults_taking(o, value && value != NONE ? hold(value) : NULL);
  return 0;
}
static int set_text(struct object *o, struct object *value, struct object **field,
                    const char *name) {
  if (!value || !is_any_str(value)) {
    error_format(ERROR_TYPE, "%s must be set to a string object", name);
    return -1;
  }
  store(o, field, hold(value));
  return 0;
}
static struct object *get_name(struct object *o, void *closure) {
  return hold(function_of(o)->name);
}
static int set_name(struct object *o, struct object *value, void *closure) {
  return set_text(o, value, &function_of(o)->name, "__name__");
}
static struct object *get_qualname(struct object *o, void *closure) {
  return hold(function_of(o)->qualname);
}
static int set_qualname(struct object *o, struct object *value, void *closure) {
  return set_text(o, value, &function_of(o)->qualname, "__qualname__");
}
static struct object *get_dict(struct object *o, void *closure) {
  struct object *dict = instance_dict_borrowed(o);
  return dict ? hold(dict) : NULL;
}
static int set_dict(struct object *o, struct object *value, void *closure) {
  if (!value || !is_any_dict(value)) {
    error_format(ERROR_TYPE, "__dict__ must be set to a dictionary, not a '%N'",
                 value ? value : NONE);
    return -1;
  }
  return instance_set_dict(o, value);
}

/* MAKE_FUNCTION hands over a tuple of names and values; the dict is made when asked for. */
static struct object *get_annotations(struct object *o, void *closure) {
  struct function *f = function_of(o);
  if (!f->annotations || is_any_tuple(f->annotations)) {
    struct object *dict = dict_new();
    for (size_t i = 0; dict && f->annotations && i + 1 < tuple_length(f->annotations); i += 2)
      if (dict_set(dict, tuple_get_borrowed(f->annotations, i),
                   tuple_get_borrowed(f->annotations, i + 1)) < 0) {
        drop(dict);
        dict = NULL;
      }
    if (!dict)
      return NULL;
    store(o, &f->annotations, dict);
  }
  return hold(f->annotations);
}
static int set_annotations(struct object *o, struct object *value, void *closure) {
  if (value && value != NONE && !is_any_dict(value)) {
    error_format(ERROR_TYPE, "__annotations__ must be set to a dict object");
    return -1;
  }
  store(o, &function_of(o)->annotations, value && value != NONE ? hold(value) : NULL);
  return 0;
}
static struct object *get_builtins(struct object *o, void *closure) {
  return hold(function_of(o)->builtins ? function_of(o)->builtins : NONE);
}

static struct object *function_new_slot(struct type *t, struct object *const *args, size_t n,
                                        struct object *kwnames) {
  static const char *const names[] = {"code", "globals", "name", "argdefs", "closure"};
  static const struct args_spec spec = {"function", names, 5, 0, 5, 2};
  struct object *v[5];
  struct function_code_facts facts = {0};
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  if (!function_read_code(v[0], &facts))
    return args_wrong_type("function", "argument 'code'", "code", v[0]);
  if (!is_any_dict(v[1]))
    return args_wrong_type("function", "argument 'globals'", "dict", v[1]);
  if (v[2] && v[2] != NONE && !is_any_str(v[2]))
    return error_format(ERROR_TYPE, "arg 3 (name) must be None or string");
  if (v[3] && v[3] != NONE && !is_any_tuple(v[3]))
    return error_format(ERROR_TYPE, "arg 4 (defaults) must be None or tuple");
  bool has_closure = v[4] && v[4] != NONE;
  if (has_closure ? !is_any_tuple(v[4]) : facts.free_n != 0)
    return error_format(ERROR_TYPE, has_closure || facts.free_n == 0
                                        ? "arg 5 (closure) must be None or tuple"
                                        : "arg 5 (closure) must be tuple");
  size_t closure_n = has_closure ? tuple_length(v[4]) : 0;
  if (closure_n != facts.free_n)
    return error_format(ERROR_VALUE, "%U requires closure of length %zu, not %zu", facts.name,
                        facts.free_n, closure_n);
  for (size_t i = 0; i < closure_n; i++)
    if (!is_cell(tuple_get_borrowed(v[4], i)))
      return error_format(ERROR_TYPE, "arg 5 (closure) expected cell, found %N",
                          tuple_get_borrowed(v[4], i));
  struct object *f = function_new(v[0], v[1], NULL);
  if (!f)
    return NULL;
  if (v[2] && v[2] != NONE)
    store(f, &function_of(f)->name, hold(v[2]));
  if (v[3] && v[3] != NONE)
    function_set_defaults_taking(f, hold(v[3]));
  if (closure_n)
    function_set_closure_taking(f, hold(v[4]));
  return f;
}

static const struct getset_def function_getsets[] = {
    {"__code__", get_code, set_code},
    {"__defaults__", get_defaults, set_defaults},
    {"__kwdefaults__", get_kwdefaults, set_kwdefaults},
    {"__annotations__", get_annotations, set_annotations},
    {"__dict__", get_dict, set_dict},
    {"__name__", get_name, set_name},
    {"__qualname__", get_qualname, set_qualname},
    {"__builtins__", get_builtins},
    {NULL}};
static const struct member_def function_members[] = {
    {"__closure__", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct function, closure), NULL},
    {"__doc__", MEMBER_OBJECT, 0, offsetof(struct function, doc), NULL},
    {"__globals__", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct function, globals), NULL},
    {"__module__", MEMBER_OBJECT, 0, offsetof(struct function, module), NULL},
    {NULL}};

struct type function_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN | GC_WEAKREFS,
              .refs_offset = offsetof(struct function, code),
              .refs_n = (offsetof(struct function, dict) - offsetof(struct function, code)) /
                            sizeof(void *) +
                        1,
              .weak_offset = offsetof(struct function, weakrefs),
              .basic_bytes = sizeof(struct function)},
    .name = "function",
    .flags = TYPE_METHOD,
    .dict_offset = offsetof(struct function, dict),
    .clear = clear,
    .new_ = function_new_slot,
    .call = call,
    .descr_get = descr_get,
    .repr = repr,
    .getsets = function_getsets,
    .members = function_members,
    .doc =
        "function(code, globals, name=None, argdefs=None, closure=None)\n--\n\nCreate a function "
        "object.",
    .base = &object_type};

/* ---- Bound methods ---- */

static struct method *method_of(struct object *o) { return (struct method *)o; }

struct object *method_new(struct object *function, struct object *self) {
  struct method *m = (struct method *)gc_new_container(&method_type, sizeof *m);
  if (!m)
    return error_no_memory();
  m->function = hold(function);
  m->self = hold(self);
  m->weakrefs = NULL;
  gc_track(&m->head);
  return &m->head;
}
static struct object *method_call(struct object *o, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  return call_prepended(method_of(o)->function, method_of(o)->self, args, n, kwnames);
}
static struct object *method_getattr(struct object *o, struct object *name) {
  struct object *found = type_lookup_borrowed(&method_type, name);
  if (found)
    return attribute_get_generic(o, name);
  return attribute_get(method_of(o)->function, name);
}
static struct object *method_repr(struct object *o) {
  struct object *name;
  int found = attribute_find(method_of(o)->function, NAME(qualname), &name);
  if (found == 0)
    found = attribute_find(method_of(o)->function, NAME(name), &name);
  if (found < 0)
    return NULL;
  struct object *result = name && is_any_str(name)
                              ? str_format("<bound method %U of %R>", name, method_of(o)->self)
                              : str_format("<bound method ? of %R>", method_of(o)->self);
  drop_null(name);
  return result;
}
static struct object *method_compare(struct object *a, struct object *b, enum compare_op op) {
  if (type_of(a) != type_of(b) || (op != COMPARE_EQ && op != COMPARE_NE))
    return hold(NOT_IMPLEMENTED);
  int equal = object_equal(method_of(a)->function, method_of(b)->function);
  if (equal < 0)
    return NULL;
  equal = equal && method_of(a)->self == method_of(b)->self;
  return hold(bool_from(equal == (op == COMPARE_EQ)));
}
static int64_t method_hash(struct object *o) {
  int64_t hash = object_hash(method_of(o)->function);
  if (hash == -1)
    return -1;
  hash ^= object_hash_identity(method_of(o)->self);
  return hash == -1 ? -2 : hash;
}
static struct object *method_new_slot(struct type *t, struct object *const *args, size_t n,
                                      struct object *kwnames) {
  if (args_check_no_keywords("method", kwnames) < 0 || args_check_count("method", n, 2, 2) < 0)
    return NULL;
  if (!is_callable(args[0]))
    return error_format(ERROR_TYPE, "first argument must be callable");
  if (args[1] == NONE)
    return error_format(ERROR_TYPE, "instance must not be None");
  return method_new(args[0], args[1]);
}
static struct object *method_reduce(struct object *o) {
  struct object *get = builtins_get("getattr");
  struct object *name = get ? attribute_get(method_of(o)->function, NAME(name)) : NULL;
  struct object *args = name ? tuple_pack(2, method_of(o)->self, name) : NULL;
  struct object *result = args ? tuple_pack(2, get, args) : NULL;
  drop_null(args);
  drop_null(name);
  drop_null(get);
  return result;
}
static struct object *method_doc(struct object *o, void *closure) {
  return attribute_get(method_of(o)->function, NAME(doc));
}
static const struct method_def method_methods[] = {
    METHOD_NOARGS_("__reduce__", method_reduce, NULL), {NULL}};
static const struct getset_def method_getsets[] = {{"__doc__", method_doc}, {NULL}};
static const struct member_def method_members[] = {
    {"__func__", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct method, function),
     "the function (or other callable) implementing a method"},
    {"__self__", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct method, self),
     "the instance to which a method is bound"},
    {NULL}};
struct type method_type = {.head = OBJECT_STATIC(type_type),
                           .shape = {.layout = GC_FIXED,
                                     .flags = GC_CONTAINER | GC_PLAIN | GC_WEAKREFS,
                                     .refs_offset = offsetof(struct method, function),
                                     .refs_n = 2,
                                     .weak_offset = offsetof(struct method, weakrefs),
                                     .basic_bytes = sizeof(struct method)},
                           .name = "method",
                           .new_ = method_new_slot,
                           .call = method_call,
                           .getattr = method_getattr,
                           .repr = method_repr,
                           .compare = method_compare,
                           .hash = method_hash,
                           .methods = method_methods,
                           .getsets = method_getsets,
                           .members = method_members,
                           .doc =
                               "method(function, instance)\n--\n\nCreate a bound instance method "
                               "object.",
                           .base = &object_type};

/* ---- Cells ---- */

struct object *cell_new(struct object *value) {
  struct cell *c = (struct cell *)gc_new_container(&cell_type, sizeof *c);
  if (!c)
    return error_no_memory();
  c->value = value ? hold(value) : NULL;
  gc_track(&c->head);
  return &c->head;
}
static struct object *cell_repr(struct object *o) {
  struct object *value = cell_get_borrowed(o);
  return value ? str_format("<cell at %p: %N object at %p>", (void *)o, value, (void *)value)
               : str_format("<cell at %p: empty>", (void *)o);
}
static struct object *cell_compare(struct object *a, struct object *b, enum compare_op op) {
  if (type_of(a) != &cell_type || type_of(b) != &cell_type)
    return hold(NOT_IMPLEMENTED);
  struct object *x = cell_get_borrowed(a), *y = cell_get_borrowed(b);
  if (x && y)
    return compare(x, y, op);
  int order = (x != NULL) - (y != NULL);
  const bool results[] = {order<0, order <= 0, order == 0, order != 0, order> 0, order >= 0};
  return hold(bool_from(results[op]));
}
static struct object *cell_contents(struct object *o, void *closure) {
  struct object *value = cell_get_borrowed(o);
  return value ? hold(value) : error_format(ERROR_VALUE, "Cell is empty");
}
static int set_cell_contents(struct object *o, struct object *value, void *closure) {
  cell_set_taking(o, value ? hold(value) : NULL);
  return 0;
}
static struct object *cell_new_slot(struct type *t, struct object *const *args, size_t n,
                                    struct object *kwnames) {
  if (args_check_no_keywords("cell", kwnames) < 0 || args_check_count("cell", n, 0, 1) < 0)
    return NULL;
  return cell_new(n ? args[0] : NULL);
}
static const struct getset_def cell_getsets[] = {
    {"cell_contents", cell_contents, set_cell_contents}, {NULL}};
struct type cell_type = {.head = OBJECT_STATIC(type_type),
                         .shape = {.layout = GC_FIXED,
                                   .flags = GC_CONTAINER | GC_PLAIN,
                                   .refs_offset = offsetof(struct cell, value),
                                   .refs_n = 1,
                                   .basic_bytes = sizeof(struct cell)},
                         .name = "cell",
                         .new_ = cell_new_slot,
                         .compare = cell_compare,
                         .hash = type_unhashable,
                         .repr = cell_repr,
                         .getsets = cell_getsets,
                         .base = &object_type};
