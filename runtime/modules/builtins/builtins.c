/* The module builtins: its table, its types, and the functions over single objects. */
#include "runtime/modules/builtins/builtins.h"
#include "runtime/object/attribute.h"
#include "runtime/object/audit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/complex.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/iterators.h"
#include "runtime/object/list.h"
#include "runtime/object/memoryview.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/range.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/vm.h"

static struct object *abs_(struct object *self, struct object *o) { return number_absolute(o); }
static struct object *ascii(struct object *self, struct object *o) { return object_ascii(o); }
static struct object *repr(struct object *self, struct object *o) { return object_repr(o); }
static struct object *callable(struct object *self, struct object *o) {
  return hold(bool_from(is_callable(o)));
}
static struct object *hash(struct object *self, struct object *o) {
  int64_t value = object_hash(o);
  return value == -1 ? NULL : int_from_i64(value);
}
static struct object *id(struct object *self, struct object *o) {
  struct object *number = int_from_u64((uintptr_t)o);
  if (number && AUDIT_FAILS("builtins.id", tuple_pack(1, number))) {
    drop(number);
    return NULL;
  }
  return number;
}

/* ---- Numbers ---- */

/* bin, oct, hex: the index behind its prefix. */
static struct object *in_base(struct object *o, unsigned base) {
  struct object *number = number_index(o), *text = number ? int_repr_in_base(number, base) : NULL;
  drop_null(number);
  return text;
}
static struct object *bin(struct object *self, struct object *o) { return in_base(o, 2); }
static struct object *oct(struct object *self, struct object *o) { return in_base(o, 8); }
static struct object *hex(struct object *self, struct object *o) { return in_base(o, 16); }

static struct object *chr(struct object *self, struct object *o) {
  int c;
  if (args_to_c_int(o, &c) < 0)
    return NULL;
  if (c < 0 || c > 0x10ffff)
    return error_format(ERROR_VALUE, "chr() arg not in range(0x110000)");
  return str_from_code_point((uint32_t)c);
}
static struct object *ord(struct object *self, struct object *o) {
  size_t n;
  if (is_any_str(o)) {
    n = str_length(o);
    if (n == 1)
      return int_from_i64(str_at(o, 0));
  } else if (is_any_bytes(o)) {
    n = bytes_length(o);
    if (n == 1)
      return int_from_i64(bytes_data(o)[0]);
  } else if (object_has(o, TYPE_IS_BYTEARRAY)) {
    n = bytearray_length(o);
    if (n == 1)
      return int_from_i64(bytearray_data(o)[0]);
  } else
    return error_format(ERROR_TYPE, "ord() expected string of length 1, but %N found", o);
  return error_format(ERROR_TYPE, "ord() expected a character, but string of length %zu found", n);
}

static struct object *divmod(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("divmod", n, 2, 2) < 0)
    return NULL;
  return number_divmod(args[0], args[1]);
}
static struct object *pow_(struct object *self, struct object *const *args, size_t n,
                           struct object *kwnames) {
  static const char *const names[] = {"base", "exp", "mod"};
  static const struct args_spec spec = {"pow", names, 3, 0, 3, 2};
  struct object *v[3];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  return number_power(v[0], v[1], v[2] ? v[2] : NONE);
}
static struct object *round_(struct object *self, struct object *const *args, size_t n,
                             struct object *kwnames) {
  static const char *const names[] = {"number", "ndigits"};
  static const struct args_spec spec = {"round", names, 2, 0, 2, 1};
  struct object *v[2];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  struct object *result = call_special(NAME(round), v, v[1] && v[1] != NONE ? 2 : 1);
  if (!result && error_pending() == ERROR_NONE)
    error_format(ERROR_TYPE, "type %N doesn't define __round__ method", v[0]);
  return result;
}

static struct object *format(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("format", n, 1, 2) < 0)
    return NULL;
  if (n == 2 && !is_any_str(args[1]))
    return args_wrong_type("format", "argument 2", "str", args[1]);
  return object_format(args[0], n == 2 ? args[1] : NULL);
}

/* ---- Attributes ---- */

static struct object *getattr(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("getattr", n, 2, 3) < 0)
    return NULL;
  if (n == 2)
    return attribute_get(args[0], args[1]);
  struct object *value;
  int found = attribute_find(args[0], args[1], &value);
  return found < 0 ? NULL : found ? value : hold(args[2]);
}
static struct object *hasattr(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("hasattr", n, 2, 2) < 0)
    return NULL;
  int has = attribute_has(args[0], args[1]);
  return has < 0 ? NULL : hold(bool_from(has));
}
static struct object *setattr(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("setattr", n, 3, 3) < 0)
    return NULL;
  return attribute_set(args[0], args[1], args[2]) < 0 ? NULL : hold(NONE);
}
static struct object *delattr(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("delattr", n, 2, 2) < 0)
    return NULL;
  return attribute_set(args[0], args[1], NULL) < 0 ? NULL : hold(NONE);
}

/* ---- Names in scope ---- */

static struct object *globals(struct object *self) {
  struct object *dict = vm_globals_borrowed();
  return dict ? hold(dict) : error_format(ERROR_SYSTEM, "no Python code runs");
}
static struct object *locals(struct object *self) { return vm_locals(); }
static struct object *vars(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("vars", n, 0, 1) < 0)
    return NULL;
  if (!n)
    return vm_locals();
  struct object *dict;
  int found = attribute_find(args[0], NAME(dict), &dict);
  if (found == 0)
    error_set(ERROR_TYPE, "vars() argument must have __dict__ attribute");
  return found > 0 ? dict : NULL;
}
static struct object *dir(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("dir", n, 0, 1) < 0)
    return NULL;
  if (n)
    return object_dir(args[0]);
  struct object *names = vm_locals(), *list = names ? mapping_keys(names) : NULL;
  drop_null(names);
  struct object *done = list ? call_method_none(list, NAME(plain_sort)) : NULL;
  if (!done) {
    drop_null(list);
    return NULL;
  }
  drop(done);
  return list;
}

static const struct method_def object_functions[] = {
    METHOD_ONE_("abs", abs_, "($module, x, /)\n--\n\nReturn the absolute value of the argument."),
    METHOD_ONE_("ascii", ascii, "($module, obj, /)\n--\n\nReturn an ASCII-only representation."),
    METHOD_ONE_("bin", bin,
                "($module, number, /)\n--\n\nReturn the binary representation of an integer."),
    METHOD_ONE_("callable", callable,
                "($module, obj, /)\n--\n\nReturn whether the object can be called."),
    METHOD_ONE_("chr", chr,
                "($module, i, /)\n--\n\nReturn a Unicode string of one character with ordinal i."),
    METHOD_FAST_("delattr", delattr,
                 "($module, obj, name, /)\n--\n\nDeletes the named attribute from the object."),
    METHOD_FAST_("dir", dir,
                 "dir([object]) -> list of strings\n\nThe names in scope, or of the "
                 "attributes of an object."),
    METHOD_FAST_("divmod", divmod, "($module, x, y, /)\n--\n\nReturn the tuple (x//y, x%y)."),
    METHOD_FAST_("format", format,
                 "($module, value, format_spec='', /)\n--\n\nReturn type(value).__format__(value, "
                 "format_spec)"),
    METHOD_FAST_("getattr", getattr,
                 "getattr(object, name[, default]) -> value\n\nGet a named attribute; the default "
                 "when it does not exist."),
    METHOD_NOARGS_("globals", globals,
                   "($module, /)\n--\n\nReturn the dictionary of the current global variables."),
    METHOD_FAST_("hasattr", hasattr,
                 "($module, obj, name, /)\n--\n\nReturn whether the object has an attribute of "
                 "that name."),
    METHOD_ONE_("hash", hash, "($module, obj, /)\n--\n\nReturn the hash value of the object."),
    METHOD_ONE_("hex", hex,
                "($module, number, /)\n--\n\nReturn the hexadecimal representation of an integer."),
    METHOD_ONE_("id", id,
                "($module, obj, /)\n--\n\nReturn the identity of an object: its address."),
    METHOD_NOARGS_("locals", locals,
                   "($module, /)\n--\n\nReturn a dictionary of the current local variables."),
    METHOD_ONE_("oct", oct,
                "($module, number, /)\n--\n\nReturn the octal representation of an integer."),
    METHOD_ONE_("ord", ord,
                "($module, c, /)\n--\n\nReturn the Unicode code point of a one-character string."),
    METHOD_KEYWORDS_("pow", pow_,
                     "($module, /, base, exp, mod=None)\n--\n\nbase**exp, or base**exp % mod."),
    METHOD_ONE_("repr", repr, "($module, obj, /)\n--\n\nReturn the canonical string of an object."),
    METHOD_KEYWORDS_("round", round_,
                     "($module, /, number, ndigits=None)\n--\n\nRound a number to a given "
                     "precision in decimal digits."),
    METHOD_FAST_("setattr", setattr,
                 "($module, obj, name, value, /)\n--\n\nSets the named attribute on the object."),
    METHOD_FAST_("vars", vars, "vars([object]) -> dictionary\n\nlocals(), or object.__dict__."),
    {NULL}};

/* ---- The module ---- */

static struct object *find(const char *name) {
  struct object *key = vm_builtins ? str_intern(name) : NULL;
  struct object *found = key ? dict_get_borrowed(vm_builtins, key) : NULL;
  return found ? hold(found) : NULL;
}

static int add_exceptions(struct object *module) {
  for (enum error_kind kind = ERROR_NONE + 1; kind < ERROR_KINDS_N; kind++)
    if (module_add(module, type_short_name(exception_type(kind)), &exception_type(kind)->head) < 0)
      return -1;
  return module_add(module, "EnvironmentError", &exception_type(ERROR_OS)->head) < 0 ||
                 module_add(module, "IOError", &exception_type(ERROR_OS)->head) < 0
             ? -1
             : 0;
}

int module_builtins_fill(struct object *module) {
  static const struct method_def *const tables[] = {
      builtins_class_functions, builtins_compile_functions, builtins_iterate_functions,
      builtins_print_functions, object_functions};
  static struct type *const types[] = {
      &memoryview_type, &bool_type,     &bytearray_type, &bytes_type, &classmethod_type,
      &complex_type,    &dict_type,     &float_type,     &int_type,   &list_type,
      &object_type,     &property_type, &set_type,       &slice_type, &staticmethod_type,
      &str_type,        &super_type,    &tuple_type,     &type_type,  &frozenset_type,
      &enumerate_type,  &filter_type,   &map_type,       &range_type, &reversed_type,
      &zip_type};
  const struct {
    const char *name;
    struct object *value;
  } constants[] = {
      {"None", NONE},    {"Ellipsis", ELLIPSIS}, {"NotImplemented", NOT_IMPLEMENTED},
      {"False", FALSE_}, {"True", TRUE_},        {"__debug__", bool_from(!builtins_optimize)}};
  if (module_add_text(module, "__doc__",
                      "Functions, types and exceptions that every program sees.") < 0)
    return -1;
  for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
    if (module_add_functions(module, tables[i]) < 0)
      return -1;
  for (size_t i = 0; i < ARRAY_SIZE(types); i++)
    if (module_add_type(module, types[i]) < 0)
      return -1;
  for (size_t i = 0; i < ARRAY_SIZE(constants); i++)
    if (module_add(module, constants[i].name, constants[i].value) < 0)
      return -1;
  builtins_find = find;
  return add_exceptions(module);
}
