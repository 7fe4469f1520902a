/* The module `_operator`: operators as functions. itemgetter and its relatives: operator_getters.c.
 */
#include "runtime/modules/argument.h"
#include "runtime/modules/module.h"
#include "runtime/modules/operator_getters.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"

static struct object *truth_of(int status) { return status < 0 ? NULL : hold(bool_from(status)); }

#define BINARY(name, expression)                                                                   \
  static struct object *name(struct object *module, struct object *const *args, size_t n) {        \
    (void)module;                                                                                  \
    if (args_check_count(#name, n, 2, 2) < 0)                                                      \
      return NULL;                                                                                 \
    struct object *a = args[0], *b = args[1];                                                      \
    return expression;                                                                             \
  }
/* The same under a name that C has for something else. */
#define BINARY_AS(identifier, name, expression)                                                    \
  static struct object *identifier(struct object *module, struct object *const *args, size_t n) {  \
    (void)module;                                                                                  \
    if (args_check_count(name, n, 2, 2) < 0)                                                       \
      return NULL;                                                                                 \
    struct object *a = args[0], *b = args[1];                                                      \
    return expression;                                                                             \
  }
#define UNARY(name, expression)                                                                    \
  static struct object *name(struct object *module, struct object *a) {                            \
    (void)module;                                                                                  \
    return expression;                                                                             \
  }

BINARY(lt, compare(a, b, COMPARE_LT))
BINARY(le, compare(a, b, COMPARE_LE))
BINARY(eq, compare(a, b, COMPARE_EQ))
BINARY(ne, compare(a, b, COMPARE_NE))
BINARY(gt, compare(a, b, COMPARE_GT))
BINARY(ge, compare(a, b, COMPARE_GE))
BINARY(add, number_binary(a, b, NUMBER_ADD))
BINARY(sub, number_binary(a, b, NUMBER_SUBTRACT))
BINARY(mul, number_binary(a, b, NUMBER_MULTIPLY))
BINARY(matmul, number_binary(a, b, NUMBER_MATRIX_MULTIPLY))
BINARY(floordiv, number_binary(a, b, NUMBER_FLOOR_DIVIDE))
BINARY(truediv, number_binary(a, b, NUMBER_TRUE_DIVIDE))
BINARY(mod, number_binary(a, b, NUMBER_REMAINDER))
BINARY_AS(pow_, "pow", number_power(a, b, NONE))
BINARY(lshift, number_binary(a, b, NUMBER_LSHIFT))
BINARY(rshift, number_binary(a, b, NUMBER_RSHIFT))
BINARY(and_, number_binary(a, b, NUMBER_AND))
BINARY(xor, number_binary(a, b, NUMBER_XOR))
BINARY(or_, number_binary(a, b, NUMBER_OR))
BINARY(iadd, number_inplace(a, b, NUMBER_ADD))
BINARY(isub, number_inplace(a, b, NUMBER_SUBTRACT))
BINARY(imul, number_inplace(a, b, NUMBER_MULTIPLY))
BINARY(imatmul, number_inplace(a, b, NUMBER_MATRIX_MULTIPLY))
BINARY(ifloordiv, number_inplace(a, b, NUMBER_FLOOR_DIVIDE))
BINARY(itruediv, number_inplace(a, b, NUMBER_TRUE_DIVIDE))
BINARY(imod, number_inplace(a, b, NUMBER_REMAINDER))
BINARY(ipow, number_inplace(a, b, NUMBER_POWER))
BINARY(ilshift, number_inplace(a, b, NUMBER_LSHIFT))
BINARY(irshift, number_inplace(a, b, NUMBER_RSHIFT))
BINARY(iand, number_inplace(a, b, NUMBER_AND))
BINARY(ixor, number_inplace(a, b, NUMBER_XOR))
BINARY(ior, number_inplace(a, b, NUMBER_OR))
BINARY(is_, hold(bool_from(a == b)))
BINARY(is_not, hold(bool_from(a != b)))
BINARY(contains, truth_of(object_contains(a, b)))
BINARY(getitem, object_get_item(a, b))
BINARY(delitem, object_set_item(a, b, NULL) < 0 ? NULL : hold(NONE))
UNARY(neg, number_negative(a))
UNARY(pos, number_positive(a))
UNARY(abs_, number_absolute(a))
UNARY(invert, number_invert(a))
UNARY(index_, number_index(a))
UNARY(truth, truth_of(object_truth(a)))
static struct object *not_(struct object *module, struct object *a) {
  int is_true = object_truth(a);
  return is_true < 0 ? NULL : hold(bool_from(!is_true));
}
static struct object *setitem(struct object *module, struct object *const *args, size_t n) {
  if (args_check_count("setitem", n, 3, 3) < 0 || object_set_item(args[0], args[1], args[2]) < 0)
    return NULL;
  return hold(NONE);
}

/* ---- Sequences ---- */

static struct object *concat_of(struct object *a, struct object *b, bool inplace) {
  const struct type_sequence *s = &type_of(a)->sequence;
  if (inplace && s->inplace_concat)
    return s->inplace_concat(a, b);
  if (s->concat)
    return s->concat(a, b);
  /* Instances of classes with __add__ count as sequences where they have items. */
  if (!is_sequence(a) || !is_sequence(b))
    return error_format(ERROR_TYPE, "'%N' object can't be concatenated", a);
  return inplace ? number_inplace(a, b, NUMBER_ADD) : number_binary(a, b, NUMBER_ADD);
}
BINARY(concat, concat_of(a, b, false))
BINARY(iconcat, concat_of(a, b, true))

/* How many items of a equal b, or where the first is (-1: none); -2: error. */
static int64_t search(struct object *a, struct object *b, bool all) {
  if (!type_of(a)->iter && !is_sequence(a)) {
    error_format(ERROR_TYPE, "argument of type '%N' is not iterable", a);
    return -2;
  }
  struct object *iterator = iterate(a), *each;
  if (!iterator)
    return -2;
  int64_t count = 0, found = -1;
  for (int64_t i = 0; found == -1 && (each = iterate_next(iterator)); i++) {
    int equal = object_equal(each, b);
    drop(each);
    if (equal < 0)
      found = -2;
    else if (equal && all)
      count++;
    else if (equal)
      found = i;
  }
  drop(iterator);
  if (found == -2 || error_pending() != ERROR_NONE)
    return -2;
  return all ? count : found;
}
static struct object *count_of(struct object *module, struct object *const *args, size_t n) {
  if (args_check_count("countOf", n, 2, 2) < 0)
    return NULL;
  int64_t count = search(args[0], args[1], true);
  return count < 0 ? NULL : int_from_i64(count);
}
static struct object *index_of(struct object *module, struct object *const *args, size_t n) {
  if (args_check_count("indexOf", n, 2, 2) < 0)
    return NULL;
  int64_t i = search(args[0], args[1], false);
  if (i == -1)
    error_set(ERROR_VALUE, "sequence.index(x): x not in sequence");
  return i < 0 ? NULL : int_from_i64(i);
}
static struct object *length_hint(struct object *module, struct object *const *args, size_t n) {
  int64_t fallback = 0;
  if (args_check_count("length_hint", n, 1, 2) < 0)
    return NULL;
  if (n > 1) {
    if (!is_any_int(args[1]) && !type_of(args[1])->number.index)
      return error_format(ERROR_TYPE, "'%N' object cannot be interpreted as an integer", args[1]);
    if (number_to_i64(args[1], &fallback, ERROR_OVERFLOW) < 0)
      return NULL;
  }
  int64_t hint = object_length_hint(args[0], fallback);
  return hint == -1 && error_pending() != ERROR_NONE ? NULL : int_from_i64(hint);
}

/* ---- Others ---- */

/* Takes the same time for all texts of one length. */
static bool same_bytes(const void *a, size_t n, const void *b, size_t m) {
  const volatile unsigned char *x = n == m ? a : b, *y = b;
  unsigned char different = n != m;
  for (size_t i = 0; i < m; i++)
    different |= (unsigned char)(x[i] ^ y[i]);
  return !different;
}
static struct object *compare_digest(struct object *module, struct object *const *args, size_t n) {
  if (args_check_count("_compare_digest", n, 2, 2) < 0)
    return NULL;
  struct object *a = args[0], *b = args[1];
  if (is_any_str(a) && is_any_str(b)) {
    if (!str_is_ascii(a) || !str_is_ascii(b))
      return error_format(ERROR_TYPE,
                          "comparing strings with non-ASCII characters is not supported");
    return hold(bool_from(same_bytes(str_data(a), str_length(a), str_data(b), str_length(b))));
  }
  if (!has_buffer(a) && !has_buffer(b))
    return error_format(
        ERROR_TYPE, "unsupported operand types(s) or combination of types: '%N' and '%N'", a, b);
  struct buffer_view x, y;
  if (buffer_get(a, &x, BUFFER_SIMPLE) < 0)
    return NULL;
  if (buffer_get(b, &y, BUFFER_SIMPLE) < 0) {
    buffer_release(&x);
    return NULL;
  }
  struct object *result = NULL;
  if (x.dimensions > 1 || y.dimensions > 1)
    error_set(ERROR_BUFFER, "Buffer must be single dimension");
  else
    result = hold(bool_from(same_bytes(x.data, (size_t)x.bytes, y.data, (size_t)y.bytes)));
  buffer_release(&y);
  buffer_release(&x);
  return result;
}
static struct object *call(struct object *module, struct object *const *args, size_t n,
                           struct object *kwnames) {
  if (n < 1)
    return error_format(ERROR_TYPE, "call expected at least 1 argument, got 0");
  return call_object(args[0], args + 1, n - 1, kwnames);
}

#define ROW2(name, function, text) METHOD_FAST_(name, function, DOC(name, "$module, a, b, /", text))
#define ROW1(name, function, text) METHOD_ONE_(name, function, DOC(name, "$module, a, /", text))
static const struct method_def functions[] = {
    ROW2("lt", lt, "Same as a < b."),
    ROW2("le", le, "Same as a <= b."),
    ROW2("eq", eq, "Same as a == b."),
    ROW2("ne", ne, "Same as a != b."),
    ROW2("gt", gt, "Same as a > b."),
    ROW2("ge", ge, "Same as a >= b."),
    ROW2("add", add, "Same as a + b."),
    ROW2("sub", sub, "Same as a - b."),
    ROW2("mul", mul, "Same as a * b."),
    ROW2("matmul", matmul, "Same as a @ b."),
    ROW2("floordiv", floordiv, "Same as a // b."),
    ROW2("truediv", truediv, "Same as a / b."),
    ROW2("mod", mod, "Same as a % b."),
    ROW2("pow", pow_, "Same as a ** b."),
    ROW2("lshift", lshift, "Same as a << b."),
    ROW2("rshift", rshift, "Same as a >> b."),
    ROW2("and_", and_, "Same as a & b."),
    ROW2("xor", xor, "Same as a ^ b."),
    ROW2("or_", or_, "Same as a | b."),
    ROW2("iadd", iadd, "Same as a += b."),
    ROW2("isub", isub, "Same as a -= b."),
    ROW2("imul", imul, "Same as a *= b."),
    ROW2("imatmul", imatmul, "Same as a @= b."),
    ROW2("ifloordiv", ifloordiv, "Same as a //= b."),
    ROW2("itruediv", itruediv, "Same as a /= b."),
    ROW2("imod", imod, "Same as a %= b."),
    ROW2("ipow", ipow, "Same as a **= b."),
    ROW2("ilshift", ilshift, "Same as a <<= b."),
    ROW2("irshift", irshift, "Same as a >>= b."),
    ROW2("iand", iand, "Same as a &= b."),
    ROW2("ixor", ixor, "Same as a ^= b."),
    ROW2("ior", ior, "Same as a |= b."),
    ROW2("is_", is_, "Same as a is b."),
    ROW2("is_not", is_not, "Same as a is not b."),
    ROW2("contains", contains, "Same as b in a (the operands are the other way round)."),
    ROW2("getitem", getitem, "Same as a[b]."),
    ROW2("delitem", delitem, "Same as del a[b]."),
    METHOD_FAST_("setitem", setitem, DOC("setitem", "$module, a, b, c, /", "Same as a[b] = c.")),
    ROW2("concat", concat, "Same as a + b, for sequences."),
    ROW2("iconcat", iconcat, "Same as a += b, for sequences."),
    ROW2("countOf", count_of, "How many items of a equal b."),
    ROW2("indexOf", index_of, "The position of the first item of a that equals b."),
    ROW1("neg", neg, "Same as -a."),
    ROW1("pos", pos, "Same as +a."),
    ROW1("abs", abs_, "Same as abs(a)."),
    ROW1("inv", invert, "Same as ~a."),
    ROW1("invert", invert, "Same as ~a."),
    ROW1("index", index_, "Same as a.__index__()"),
    ROW1("truth", truth, "Whether a is true."),
    ROW1("not_", not_, "Same as not a."),
    METHOD_FAST_("length_hint", length_hint,
                 DOC("length_hint", "$module, obj, default=0, /",
                     "An estimate of len(obj), or the default where there is none.")),
    ROW2("_compare_digest", compare_digest,
         "Whether a equals b, in a time that does not tell where they differ."),
    METHOD_KEYWORDS_(
        "call", call,
        DOC("call", "$module, obj, /, *args, **kwargs", "Same as obj(*args, **kwargs).")),
    {NULL}};

int module_operator_fill(struct object *module) {
  if (module_add_text(module, "__doc__", "Operators as functions.") < 0 ||
      module_add_functions(module, functions) < 0 ||
      module_add_type(module, &itemgetter_type) < 0 ||
      module_add_type(module, &attrgetter_type) < 0)
    return -1;
  return module_add_type(module, &methodcaller_type);
}
