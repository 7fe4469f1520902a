/* Arithmetic on constants: what the operators of their types say, within CPython's limits on how
 * large a constant may get.
 *
 * Operands are of exact builtin types. What raises an exception is left to run time. */
#include "runtime/compile/flow.h"
#include "runtime/compile/fold.h"
#include "runtime/object/bytes.h"
#include "runtime/object/complex.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <math.h>

/* Bits of products, powers and shifts; items of a repeated tuple, its tuples' items included in the
 * last of these; characters and bytes. */
enum { INT_BITS = 128, COLLECTION_MOST = 256, TEXT_MOST = 4096, ITEMS_MOST = 1024 };

/* ---- Limits ---- */

/* What is left of a limit on items, counted all the way down; negative: exceeded. */
static int64_t items_left(const struct object *o, int64_t limit) {
  if (!is_tuple(o))
    return limit;
  limit -= (int64_t)tuple_length(o);
  for (size_t i = 0; limit >= 0 && i < tuple_length(o); i++)
    limit = items_left(tuple_get_borrowed(o, i), limit);
  return limit;
}

static int64_t length_of(const struct object *o) {
  return (int64_t)(is_tuple(o) ? tuple_length(o) : is_str(o) ? str_length(o) : bytes_length(o));
}
static bool repeats_too_much(const struct object *o, const struct object *count) {
  bool is_collection = is_tuple(o);
  int64_t times, length = length_of(o);
  if (!length)
    return false;
  if (!int_to_i64(count, &times) || times < 0 ||
      times > (is_collection ? COLLECTION_MOST : TEXT_MOST) / length)
    return true;
  return is_collection && times && items_left(o, ITEMS_MOST / times) < 0;
}

/* Of two ints. The limits on powers and shifts are those of a positive right operand. */
static bool is_int_too_large(const struct object *a, const struct object *b,
                             enum tree_operator operator) {
  int64_t n, bits = (int64_t)int_bit_length(a);
  if (int_is_zero(a) || int_is_zero(b))
    return false;
  if (operator== operator_Mult)
    return bits + (int64_t)int_bit_length(b) > INT_BITS;
  if (int_sign(b) < 0)
    return false;
  if (!int_to_i64(b, &n))
    return true;
  return operator== operator_Pow ? bits > INT_BITS / n : n> INT_BITS || bits> INT_BITS - n;
}

static bool is_repeatable(const struct object *o) {
  return is_str(o) || is_bytes(o) || is_tuple(o);
}

static bool is_too_large(const struct object *a, const struct object *b,
                         enum tree_operator operator) {
  bool limited = operator== operator_Mult || operator== operator_Pow || operator== operator_LShift;
  if (!limited)
    return false;
  if (is_int(a) && is_int(b))
    return is_int_too_large(a, b, operator);
  return operator== operator_Mult &&((is_repeatable(a) && is_int(b) && repeats_too_much(a, b)) ||
                                     (is_int(a) && is_repeatable(b) && repeats_too_much(b, a)));
}

/* ---- Operators ----
 *
 * Those of the types themselves, which tell errors without making an exception: none of the object
 * model is needed. */

static bool is_number(const struct object *o) { return is_int(o) || is_float(o) || is_complex(o); }

static binary_fn *slot_of(const struct type_number *n, enum tree_operator operator) {
  switch (operator) {
  case operator_Add:
    return n->add;
  case operator_Sub:
    return n->subtract;
  case operator_Mult:
    return n->multiply;
  case operator_Div:
    return n->true_divide;
  case operator_Mod:
    return n->remainder;
  case operator_FloorDiv:
    return n->floor_divide;
  case operator_LShift:
    return n->lshift;
  case operator_RShift:
    return n->rshift;
  case operator_BitAnd:
    return n->bit_and;
  case operator_BitOr:
    return n->bit_or;
  case operator_BitXor:
    return n->bit_xor;
  default:
    return NULL;
  }
}

/* That error alone is an exception with arguments of its own. */
static bool power_overflows(const struct object *a, const struct object *b) {
  double x, y;
  return (is_float(a) ? (x = float_value(a), 0) : int_to_double(a, &x)) == 0 &&
         (is_float(b) ? (y = float_value(b), 0) : int_to_double(b, &y)) == 0 && isfinite(x) &&
         isfinite(y) && isinf(pow(x, y));
}

static struct object *fold_numbers(struct object *a, struct object *b,
                                   enum tree_operator operator) {
  const struct type *t = &int_type;
  if (is_complex(a) || is_complex(b))
    t = &complex_type;
  else if (is_float(a) || is_float(b) || (operator== operator_Pow && int_sign(b) < 0))
    t = &float_type;
  else if (type_of(a) == &bool_type && type_of(b) == &bool_type &&
           slot_of(&bool_type.number, operator))
    t = &bool_type;
  if (operator== operator_Pow)
    return t == &float_type && power_overflows(a, b) ? NULL : t->number.power(a, b, NONE);
  binary_fn *f = slot_of(&t->number, operator);
  return f ? f(a, b) : NULL;
}

/* ---- The entries ---- */

static struct object *or_memory_error(struct object *result) {
  if (!result && error_pending() != ERROR_NONE && error_pending() != ERROR_MEMORY)
    error_clear();
  return result;
}

struct object *fold_binary(struct object *a, struct object *b, enum tree_operator operator) {
  struct object *result = NULL;
  int64_t times;
  if (is_too_large(a, b, operator))
    return NULL;
  if (is_number(a) && is_number(b))
    result = fold_numbers(a, b, operator);
  else if (operator== operator_Add && is_repeatable(a) && type_of(a) == type_of(b))
    result = type_of(a)->sequence.concat(a, b);
  else if (operator== operator_Mult && is_repeatable(a) && is_int(b) && int_to_i64(b, &times))
    result = type_of(a)->sequence.repeat(a, times);
  else if (operator== operator_Mult && is_repeatable(b) && is_int(a) && int_to_i64(a, &times))
    result = type_of(b)->sequence.repeat(b, times);
  return or_memory_error(result);
}

struct object *fold_unary(struct object *a, enum tree_unaryop operator) {
  if (operator== unaryop_Not)
    return hold(bool_from(!flow_constant_is_true(a)));
  if (!is_number(a))
    return NULL;
  const struct type_number *n = is_int(a) ? &int_type.number : &type_of(a)->number;
  unary_fn *f = operator== unaryop_Invert ? n->invert :
                operator== unaryop_UAdd   ? n->positive
                                          : n->negative;
  return f ? f(a) : NULL;
}

struct object *fold_subscript(struct object *a, struct object *index) {
  int64_t at;
  if (!is_repeatable(a) || !is_int(index) || !int_to_i64(index, &at))
    return NULL;
  return or_memory_error(type_of(a)->sequence.item(a, at < 0 ? at + length_of(a) : at));
}
