/* The module `_weakref`, and proxies: weak references that stand for their referent in every
 * operation, and raise ReferenceError once it is gone. */
#include "runtime/object/weakref.h"
#include "runtime/modules/module.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include <stddef.h>

static struct type proxy_type, callable_proxy_type;

static bool is_proxy(const struct object *o) {
  return type_of(o) == &proxy_type || type_of(o) == &callable_proxy_type;
}

static struct object *gone(void) {
  return error_format(ERROR_REFERENCE, "weakly-referenced object no longer exists");
}

/* What an operand stands for: a new reference; NULL with ReferenceError. */
static struct object *behind(struct object *o) {
  if (!is_proxy(o))
    return hold(o);
  struct object *referent = weakref_get(o);
  return referent ? referent : gone();
}

/* ---- Operations ---- */

/* do_(x) with the referent of one operand, then of two. */
#define UNARY(name_, expression)                                                                   \
  static struct object *proxy_##name_(struct object *o) {                                          \
    struct object *x = behind(o);                                                                  \
    struct object *result = x ? (expression) : NULL;                                               \
    drop_null(x);                                                                                  \
    return result;                                                                                 \
  }
#define BINARY(name_, expression)                                                                  \
  static struct object *proxy_##name_(struct object *a, struct object *b) {                        \
    struct object *x = behind(a), *y = x ? behind(b) : NULL;                                       \
    struct object *result = y ? (expression) : NULL;                                               \
    drop_null(x);                                                                                  \
    drop_null(y);                                                                                  \
    return result;                                                                                 \
  }
#define STATUS(name_, type_, parameters_, expression)                                              \
  static type_ proxy_##name_ parameters_ {                                                         \
    struct object *x = behind(o);                                                                  \
    type_ result = x ? (expression) : -1;                                                          \
    drop_null(x);                                                                                  \
    return result;                                                                                 \
  }

UNARY(str, object_str(x))
UNARY(negative, number_negative(x))
UNARY(positive, number_positive(x))
UNARY(absolute, number_absolute(x))
UNARY(invert, number_invert(x))
UNARY(int, number_int(x))
UNARY(float, number_float(x))
UNARY(index, number_index(x))
UNARY(iter, iterate(x))

#define NUMBERS(X)                                                                                 \
  X(add, ADD)                                                                                      \
  X(subtract, SUBTRACT)                                                                            \
  X(multiply, MULTIPLY)                                                                            \
  X(remainder, REMAINDER)                                                                          \
  X(lshift, LSHIFT)                                                                                \
  X(rshift, RSHIFT)                                                                                \
  X(and, AND)                                                                                      \
  X(xor, XOR)                                                                                      \
  X(or, OR)                                                                                        \
  X(floor_divide, FLOOR_DIVIDE)                                                                    \
  X(true_divide, TRUE_DIVIDE)                                                                      \
  X(matrix_multiply, MATRIX_MULTIPLY)
#define NUMBER(name_, op_)                                                                         \
  BINARY(name_, number_binary(x, y, NUMBER_##op_))                                                 \
  BINARY(inplace_##name_, number_inplace(x, y, NUMBER_##op_))
NUMBERS(NUMBER)
BINARY(divmod, number_divmod(x, y))
BINARY(get_item, object_get_item(x, y))
BINARY(getattr, attribute_get(x, y))

static struct object *power(struct object *a, struct object *b, struct object *c, bool in_place) {
  struct object *x = behind(a), *y = x ? behind(b) : NULL, *z = y ? behind(c) : NULL;
  struct object *result = NULL;
  if (z)
    result = in_place && z == NONE ? number_inplace(x, y, NUMBER_POWER) : number_power(x, y, z);
  drop_null(x);
  drop_null(y);
  drop_null(z);
  return result;
}
static struct object *proxy_power(struct object *a, struct object *b, struct object *c) {
  return power(a, b, c, false);
}
static struct object *proxy_inplace_power(struct object *a, struct object *b, struct object *c) {
  return power(a, b, c, true);
}

STATUS(truth, int, (struct object * o), object_truth(x))
STATUS(length, int64_t, (struct object * o), object_length(x))
STATUS(set_item, int, (struct object * o, struct object *key, struct object *value),
       object_set_item(x, key, value))
STATUS(setattr, int, (struct object * o, struct object *name, struct object *value),
       attribute_set(x, name, value))

static int proxy_contains(struct object *o, struct object *value) {
  struct object *x = behind(o), *y = x ? behind(value) : NULL;
  int result = y ? object_contains(x, y) : -1;
  drop_null(x);
  drop_null(y);
  return result;
}

static struct object *proxy_compare(struct object *a, struct object *b, enum compare_op op) {
  struct object *x = behind(a), *y = x ? behind(b) : NULL;
  struct object *result = y ? compare(x, y, op) : NULL;
  drop_null(x);
  drop_null(y);
  return result;
}
static int proxy_equal(struct object *a, struct object *b) {
  struct object *result = proxy_compare(a, b, COMPARE_EQ);
  int truth = result ? object_truth(result) : -1;
  drop_null(result);
  return truth;
}

static struct object *proxy_next(struct object *o) {
  struct object *x = behind(o), *result = NULL;
  if (x && !is_iterator(x))
    error_format(ERROR_TYPE, "Weakref proxy referenced a non-iterator '%N' object", x);
  else if (x)
    result = iterate_next(x);
  drop_null(x);
  return result;
}

static struct object *proxy_call(struct object *o, struct object *const *args, size_t n,
                                 struct object *kwnames) {
  struct object *x = behind(o);
  struct object *result = x ? call_object(x, args, n, kwnames) : NULL;
  drop_null(x);
  return result;
}

static struct object *proxy_repr(struct object *o) {
  struct object *x = weakref_get(o);
  struct object *shown = x ? x : NONE;
  struct object *text =
      str_format("<weakproxy at %p to %N at %p>", (void *)o, shown, (void *)shown);
  drop_null(x);
  return text;
}

static struct object *bytes_method(struct object *o) {
  struct object *x = behind(o);
  struct object *result = x ? call_method_none(x, NAME(bytes)) : NULL;
  drop_null(x);
  return result;
}
static struct object *reversed_method(struct object *o) {
  struct object *x = behind(o);
  struct object *result = x ? call_method_none(x, NAME(reversed)) : NULL;
  drop_null(x);
  return result;
}
static const struct method_def proxy_methods[] = {METHOD_NOARGS_("__bytes__", bytes_method, NULL),
                                                  {NULL}};
static const struct method_def callable_methods[] = {
    METHOD_NOARGS_("__bytes__", bytes_method, NULL),
    METHOD_NOARGS_("__reversed__", reversed_method, NULL),
    {NULL}};

#define PROXY_TYPE(variable, name_, ...)                                                           \
  static struct type variable = {                                                                  \
      .head = OBJECT_STATIC(type_type),                                                            \
      .shape = {.layout = GC_FIXED,                                                                \
                .flags = GC_CONTAINER,                                                             \
                .refs_offset = offsetof(struct weakref, callable),                                 \
                .refs_n = 1,                                                                       \
                .basic_bytes = sizeof(struct weakref)},                                            \
      .name = name_,                                                                               \
      .flags = TYPE_NO_INSTANCE,                                                                   \
      .destroy = weakref_destroy,                                                                  \
      .release = weakref_release,                                                                  \
      .equal = proxy_equal,                                                                        \
      .hash = type_unhashable,                                                                     \
      .repr = proxy_repr,                                                                          \
      .str = proxy_str,                                                                            \
      .compare = proxy_compare,                                                                    \
      .getattr = proxy_getattr,                                                                    \
      .setattr = proxy_setattr,                                                                    \
      .iter = proxy_iter,                                                                          \
      .next = proxy_next,                                                                          \
      .number = {.add = proxy_add,                                                                 \
                 .subtract = proxy_subtract,                                                       \
                 .multiply = proxy_multiply,                                                       \
                 .remainder = proxy_remainder,                                                     \
                 .divmod = proxy_divmod,                                                           \
                 .power = proxy_power,                                                             \
                 .negative = proxy_negative,                                                       \
                 .positive = proxy_positive,                                                       \
                 .absolute = proxy_absolute,                                                       \
                 .truth = proxy_truth,                                                             \
                 .invert = proxy_invert,                                                           \
                 .lshift = proxy_lshift,                                                           \
                 .rshift = proxy_rshift,                                                           \
                 .bit_and = proxy_and,                                                             \
                 .bit_xor = proxy_xor,                                                             \
                 .bit_or = proxy_or,                                                               \
                 .to_int = proxy_int,                                                              \
                 .to_float = proxy_float,                                                          \
                 .inplace_add = proxy_inplace_add,                                                 \
                 .inplace_subtract = proxy_inplace_subtract,                                       \
                 .inplace_multiply = proxy_inplace_multiply,                                       \
                 .inplace_remainder = proxy_inplace_remainder,                                     \
                 .inplace_power = proxy_inplace_power,                                             \
                 .inplace_lshift = proxy_inplace_lshift,                                           \
                 .inplace_rshift = proxy_inplace_rshift,                                           \
                 .inplace_and = proxy_inplace_and,                                                 \
                 .inplace_xor = proxy_inplace_xor,                                                 \
                 .inplace_or = proxy_inplace_or,                                                   \
                 .floor_divide = proxy_floor_divide,                                               \
                 .true_divide = proxy_true_divide,                                                 \
                 .inplace_floor_divide = proxy_inplace_floor_divide,                               \
                 .inplace_true_divide = proxy_inplace_true_divide,                                 \
                 .index = proxy_index,                                                             \
                 .matrix_multiply = proxy_matrix_multiply,                                         \
                 .inplace_matrix_multiply = proxy_inplace_matrix_multiply},                        \
      .sequence = {.length = proxy_length, .contains = proxy_contains},                            \
      .mapping = {.length = proxy_length, .get = proxy_get_item, .set = proxy_set_item},           \
      .base = &object_type,                                                                        \
      __VA_ARGS__}

PROXY_TYPE(proxy_type, "weakref.ProxyType", .methods = callable_methods);
PROXY_TYPE(callable_proxy_type, "weakref.CallableProxyType", .methods = proxy_methods,
           .call = proxy_call);

/* ---- Functions ---- */

static struct object *proxy(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("proxy", n, 1, 2) < 0)
    return NULL;
  struct object *callback = n > 1 && args[1] != NONE ? args[1] : NULL;
  return weakref_make(is_callable(args[0]) ? &callable_proxy_type : &proxy_type, args[0], callback,
                      true);
}

static struct weakref *first_of(struct object *o) {
  const struct type *t = type_of(o);
  return t->shape.flags & GC_WEAKREFS ? (struct weakref *)*weakref_list_of(o, t) : NULL;
}

static struct object *get_count(struct object *self, struct object *o) {
  int64_t n = 0;
  for (struct weakref *w = first_of(o); w; w = w->next)
    n += !gc_is_dying(&w->head);
  return int_from_i64(n);
}

static struct object *get_all(struct object *self, struct object *o) {
  size_t n = 0;
  for (struct weakref *w = first_of(o); w; w = w->next)
    n++;
  struct object *list = list_new(n); /* from here on nothing is allocated */
  for (struct weakref *w = list ? first_of(o) : NULL; w && list_length(list) < n; w = w->next)
    if (!gc_is_dying(&w->head) && list_append(list, &w->head) < 0) {
      drop(list);
      return NULL;
    }
  return list;
}

/* Removes key from the dict if its value is a dead weak reference, without running code between
 * looking and removing. */
static struct object *remove_dead(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("_remove_dead_weakref", n, 2, 2) < 0)
    return NULL;
  if (!is_any_dict(args[0]))
    return args_wrong_type("_remove_dead_weakref", "argument 1", "dict", args[0]);
  struct object *value = dict_get_borrowed(args[0], args[1]);
  if (!value)
    return error_pending() == ERROR_NONE ? hold(NONE) : NULL;
  if (!is_weakref(value) && !is_proxy(value))
    return error_format(ERROR_TYPE, "not a weakref");
  struct object *referent = weakref_get(value);
  if (referent) {
    drop(referent);
    return hold(NONE);
  }
  return dict_delete(args[0], args[1]) < 0 ? NULL : hold(NONE);
}

static const struct method_def methods[] = {
    METHOD_ONE_("getweakrefcount", get_count,
                "getweakrefcount($module, object, /)\n--\n\n"
                "Return the number of weak references to 'object'."),
    METHOD_FAST_("_remove_dead_weakref", remove_dead,
                 "_remove_dead_weakref($module, dct, key, /)\n--\n\n"
                 "Remove a key from dict if it points to a dead weakref."),
    METHOD_ONE_("getweakrefs", get_all,
                "getweakrefs($module, object, /)\n--\n\n"
                "Return a list of all weak reference objects pointing to 'object'."),
    METHOD_FAST_("proxy", proxy,
                 "proxy($module, object, callback=None, /)\n--\n\n"
                 "Create a proxy object that weakly references 'object'."),
    {NULL}};

int module__weakref_fill(struct object *module) {
  if (type_ready(&weakref_type) < 0 || module_add(module, "ref", &weakref_type.head) < 0 ||
      module_add_type(module, &weakref_type) < 0 || module_add_type(module, &proxy_type) < 0 ||
      module_add_type(module, &callable_proxy_type) < 0 ||
      module_add_functions(module, methods) < 0)
    return -1;
  return module_add_text(module, "__doc__", "Weak-reference support module.");
}
