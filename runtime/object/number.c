/* Operators: which operand is asked first, what is tried next, and how failure is told.
 *
 * The order for a + b: b's reflected form first where b's type derives from a's and differs in it;
 * then a's, then b's; then, for + and *, what sequences do. */
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int_limbs.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/warning.h"
#include <stddef.h>
#include <string.h>

static const struct {
  const char *sign;
  uint16_t offset, inplace;
} operators[NUMBER_OPS] = {
#define OPERATOR(op, sign, member, inplace)                                                        \
  [op] = {sign, offsetof(struct type, number.member), offsetof(struct type, number.inplace)}
    OPERATOR(NUMBER_ADD, "+", add, inplace_add),
    OPERATOR(NUMBER_AND, "&", bit_and, inplace_and),
    OPERATOR(NUMBER_FLOOR_DIVIDE, "//", floor_divide, inplace_floor_divide),
    OPERATOR(NUMBER_LSHIFT, "<<", lshift, inplace_lshift),
    OPERATOR(NUMBER_MATRIX_MULTIPLY, "@", matrix_multiply, inplace_matrix_multiply),
    OPERATOR(NUMBER_MULTIPLY, "*", multiply, inplace_multiply),
    OPERATOR(NUMBER_REMAINDER, "%", remainder, inplace_remainder),
    OPERATOR(NUMBER_OR, "|", bit_or, inplace_or),
    OPERATOR(NUMBER_POWER, "** or pow()", power, inplace_power),
    OPERATOR(NUMBER_RSHIFT, ">>", rshift, inplace_rshift),
    OPERATOR(NUMBER_SUBTRACT, "-", subtract, inplace_subtract),
    OPERATOR(NUMBER_TRUE_DIVIDE, "/", true_divide, inplace_true_divide),
    OPERATOR(NUMBER_XOR, "^", bit_xor, inplace_xor),
};

static binary_fn *slot(const struct object *o, size_t offset) {
  return *(binary_fn *const *)((const char *)type_of(o) + offset);
}

/* NOT_IMPLEMENTED, held, when neither knows. */
static struct object *try_both(struct object *a, struct object *b, size_t offset) {
  binary_fn *of_a = slot(a, offset);
  binary_fn *of_b = type_of(a) == type_of(b) ? NULL : slot(b, offset);
  if (of_b == of_a)
    of_b = NULL;
  struct object *result;
  if (of_a) {
    if (of_b && type_is_subtype(type_of(b), type_of(a))) {
      if ((result = of_b(a, b)) != NOT_IMPLEMENTED)
        return result;
      drop(result);
      of_b = NULL;
    }
    if ((result = of_a(a, b)) != NOT_IMPLEMENTED)
      return result;
    drop(result);
  }
  return of_b ? of_b(a, b) : hold(NOT_IMPLEMENTED);
}

static struct object *try_power(struct object *a, struct object *b, struct object *modulus) {
  ternary_fn *of_a = type_of(a)->number.power;
  ternary_fn *of_b = type_of(a) == type_of(b) ? NULL : type_of(b)->number.power;
  if (of_b == of_a)
    of_b = NULL;
  struct object *result;
  if (of_a) {
    if (of_b && type_is_subtype(type_of(b), type_of(a))) {
      if ((result = of_b(a, b, modulus)) != NOT_IMPLEMENTED)
        return result;
      drop(result);
      of_b = NULL;
    }
    if ((result = of_a(a, b, modulus)) != NOT_IMPLEMENTED)
      return result;
    drop(result);
  }
  if (of_b && (result = of_b(a, b, modulus)) != NOT_IMPLEMENTED)
    return result;
  ternary_fn *of_c = type_of(modulus)->number.power;
  if (modulus != NONE && of_c && of_c != of_a && of_c != type_of(b)->number.power)
    return of_c(a, b, modulus);
  return hold(NOT_IMPLEMENTED);
}

static bool is_print(const struct object *o) {
  return type_of(o) == &builtin_function_type && !strcmp(builtin_function_def(o)->name, "print");
}

static COLD void *unsupported(struct object *a, struct object *b, const char *sign,
                              const char *suffix) {
  return error_format(ERROR_TYPE, "unsupported operand type(s) for %s%s: '%N' and '%N'", sign,
                      suffix, a, b);
}

static struct object *repeat(struct object *sequence, struct object *times, bool inplace) {
  if (!type_of(times)->number.index)
    return error_format(ERROR_TYPE, "can't multiply sequence by non-int of type '%N'", times);
  int64_t n;
  if (number_to_i64(times, &n, ERROR_OVERFLOW) < 0)
    return NULL;
  const struct type_sequence *s = &type_of(sequence)->sequence;
  return inplace && s->inplace_repeat ? s->inplace_repeat(sequence, n) : s->repeat(sequence, n);
}

/* What sequences do for + and *; NOT_IMPLEMENTED where that is nothing. */
static struct object *as_sequences(struct object *a, struct object *b, enum number_op op,
                                   bool inplace) {
  const struct type_sequence *s = &type_of(a)->sequence, *t = &type_of(b)->sequence;
  if (op == NUMBER_ADD) {
    if (inplace && s->inplace_concat)
      return s->inplace_concat(a, b);
    return s->concat ? s->concat(a, b) : hold(NOT_IMPLEMENTED);
  }
  if (op == NUMBER_MULTIPLY) {
    if (s->repeat)
      return repeat(a, b, inplace);
    if (t->repeat && !(inplace && type_acts_as_sequence(type_of(a))))
      return repeat(b, a, false);
  }
  return hold(NOT_IMPLEMENTED);
}

/* Of two exact ints nothing is left to find out; NULL: of other types, or there is none. */
ALWAYS_INLINE binary_fn *int_operator(const struct object *a, const struct object *b,
                                      enum number_op op) {
  static binary_fn *const of_ints[NUMBER_OPS] = {
      [NUMBER_ADD] = int_add_wide,
      [NUMBER_SUBTRACT] = int_subtract_wide,
      [NUMBER_MULTIPLY] = int_multiply,
      [NUMBER_AND] = int_and,
      [NUMBER_OR] = int_or,
      [NUMBER_XOR] = int_xor,
      [NUMBER_LSHIFT] = int_shift_left,
      [NUMBER_RSHIFT] = int_shift_right,
      [NUMBER_FLOOR_DIVIDE] = int_floor_divide_slot,
      [NUMBER_REMAINDER] = int_remainder_slot,
  };
  return type_of(a) == &int_type && type_of(b) == &int_type ? of_ints[op] : NULL;
}

struct object *number_binary(struct object *a, struct object *b, enum number_op op) {
  binary_fn *of_ints = int_operator(a, b, op);
  if (LIKELY(of_ints != NULL))
    return of_ints(a, b);
  const struct type *t = type_of(a);
  if (op == NUMBER_ADD && t == type_of(b) && !t->number.add && t->sequence.concat)
    return t->sequence.concat(a, b);
  if (op == NUMBER_POWER)
    return number_power(a, b, NONE);
  struct object *result = try_both(a, b, operators[op].offset);
  if (result != NOT_IMPLEMENTED)
    return result;
  drop(result);
  if ((result = as_sequences(a, b, op, false)) != NOT_IMPLEMENTED)
    return result;
  drop(result);
  if (op == NUMBER_RSHIFT && is_print(a))
    return error_format(ERROR_TYPE,
                        "unsupported operand type(s) for >>: '%N' and '%N'. Did you mean "
                        "\"print(<message>, file=<output_stream>)\"?",
                        a, b);
  return unsupported(a, b, operators[op].sign, "");
}

struct object *number_inplace(struct object *a, struct object *b, enum number_op op) {
  struct object *result;
  if (op == NUMBER_POWER) {
    ternary_fn *own = type_of(a)->number.inplace_power;
    if (own) {
      if ((result = own(a, b, NONE)) != NOT_IMPLEMENTED)
        return result;
      drop(result);
    }
    if ((result = try_power(a, b, NONE)) != NOT_IMPLEMENTED)
      return result;
    drop(result);
    return unsupported(a, b, "**", "=");
  }
  binary_fn *of_ints = int_operator(a, b, op);
  if (LIKELY(of_ints != NULL))
    return of_ints(a, b);
  binary_fn *own = slot(a, operators[op].inplace);
  if (own) {
    if ((result = own(a, b)) != NOT_IMPLEMENTED)
      return result;
    drop(result);
  }
  if ((result = try_both(a, b, operators[op].offset)) != NOT_IMPLEMENTED)
    return result;
  drop(result);
  if ((result = as_sequences(a, b, op, true)) != NOT_IMPLEMENTED)
    return result;
  drop(result);
  return unsupported(a, b, operators[op].sign, "=");
}

struct object *number_divmod(struct object *a, struct object *b) {
  struct object *result = try_both(a, b, offsetof(struct type, number.divmod));
  if (result != NOT_IMPLEMENTED)
    return result;
  drop(result);
  return unsupported(a, b, "divmod()", "");
}

struct object *number_power(struct object *a, struct object *b, struct object *modulus) {
  struct object *result = try_power(a, b, modulus);
  if (result != NOT_IMPLEMENTED)
    return result;
  drop(result);
  if (modulus == NONE)
    return unsupported(a, b, "** or pow()", "");
  return error_format(ERROR_TYPE, "unsupported operand type(s) for ** or pow(): '%N', '%N', '%N'",
                      a, b, modulus);
}

/* ---- One operand ---- */

static struct object *unary(struct object *o, unary_fn *f, const char *sign) {
  return f ? f(o) : error_format(ERROR_TYPE, "bad operand type for %s: '%N'", sign, o);
}
struct object *number_negative(struct object *o) {
  return unary(o, type_of(o)->number.negative, "unary -");
}
struct object *number_positive(struct object *o) {
  return unary(o, type_of(o)->number.positive, "unary +");
}
struct object *number_invert(struct object *o) {
  return unary(o, type_of(o)->number.invert, "unary ~");
}
struct object *number_absolute(struct object *o) {
  return unary(o, type_of(o)->number.absolute, "abs()");
}

/* A result of a subclass of int is accepted, with a warning, and cut to an int. */
static struct object *exact_int(struct object *o, const char *method) {
  if (!o || type_of(o) == &int_type)
    return o;
  struct object *result = NULL;
  if (!method ||
      warning_format(
          ERROR_DEPRECATION_WARNING, 1,
          "%s returned non-int (type %N).  The ability to return an instance of a "
          "strict subclass of int is deprecated, and may be removed in a future version of "
          "Python.",
          method, o) == 0)
    result = int_copy(o);
  drop(o);
  return result;
}

bool is_number(const struct object *o) {
  const struct type_number *n = &type_of(o)->number;
  return n->index || n->to_int || n->to_float || object_has(o, TYPE_IS_COMPLEX);
}

struct object *number_index(struct object *o) {
  if (LIKELY(type_of(o) == &int_type))
    return hold(o);
  if (is_any_int(o))
    return exact_int(hold(o), NULL);
  unary_fn *index = type_of(o)->number.index;
  if (!index)
    return error_format(ERROR_TYPE, "'%N' object cannot be interpreted as an integer", o);
  struct object *result = index(o);
  if (!result || is_any_int(result))
    return exact_int(result, "__index__");
  error_format(ERROR_TYPE, "__index__ returned non-int (type %N)", result);
  drop(result);
  return NULL;
}

int number_to_i64(struct object *o, int64_t *value, enum error_kind exception) {
  struct object *index = number_index(o);
  if (!index)
    return -1;
  bool fits = int_to_i64(index, value);
  if (!fits && exception == ERROR_NONE)
    *value = int_compare(index, &int_small[-INT_SMALL_MIN].head) < 0 ? INT64_MIN : INT64_MAX;
  drop(index);
  if (fits || exception == ERROR_NONE)
    return 0;
  error_format(exception, "cannot fit '%N' into an index-sized integer", o);
  return -1;
}

static bool is_text(const struct object *o) {
  return is_any_str(o) || is_any_bytes(o) || object_has(o, TYPE_IS_BYTEARRAY) || has_buffer(o);
}

struct object *number_int(struct object *o) {
  if (LIKELY(type_of(o) == &int_type))
    return hold(o);
  if (is_str(o)) /* which has none of the methods asked for first */
    return number_int_from_text(o, 10);
  unary_fn *to_int = type_of(o)->number.to_int;
  if (to_int) {
    struct object *result = to_int(o);
    if (!result || is_any_int(result))
      return exact_int(result, "__int__");
    error_format(ERROR_TYPE, "__int__ returned non-int (type %N)", result);
    drop(result);
    return NULL;
  }
  if (type_of(o)->number.index)
    return number_index(o);
  struct object *args[] = {o};
  struct object *result = call_special(NAME(trunc), args, 1);
  if (result) {
    if (warning_format(ERROR_DEPRECATION_WARNING, 1,
                       "The delegation of int() to __trunc__ is deprecated.") < 0) {
      drop(result);
      return NULL;
    }
    struct object *index =
        is_any_int(result) || type_of(result)->number.index
            ? number_index(result)
            : error_format(ERROR_TYPE, "__trunc__ returned non-Integral (type %N)", result);
    drop(result);
    return index;
  }
  if (error_pending() != ERROR_NONE)
    return NULL;
  if (is_text(o)) {
    struct object *number = number_int_from_text(o, 10);
    if (number || !error_clear_if(ERROR_BUFFER)) /* else it has no bytes in a row */
      return number;
  }
  return error_format(ERROR_TYPE,
                      "int() argument must be a string, a bytes-like object or a real number, not "
                      "'%N'",
                      o);
}

struct object *number_float(struct object *o) {
  if (is_float(o))
    return hold(o);
  unary_fn *to_float = type_of(o)->number.to_float;
  if (to_float) {
    struct object *result = to_float(o);
    if (!result || is_float(result))
      return result;
    struct object *exact = NULL;
    if (!is_any_float(result))
      error_format(ERROR_TYPE, "%N.__float__ returned non-float (type %N)", o, result);
    else if (warning_format(ERROR_DEPRECATION_WARNING, 1,
                            "%N.__float__ returned non-float (type %N).  The ability to return an "
                            "instance of a strict subclass of float is deprecated, and may be "
                            "removed in a future version of Python.",
                            o, result) == 0)
      exact = float_from(float_value(result));
    drop(result);
    return exact;
  }
  if (type_of(o)->number.index) {
    struct object *index = number_index(o);
    struct object *result = index ? number_float(index) : NULL;
    drop_null(index);
    return result;
  }
  if (is_any_float(o))
    return float_from(float_value(o));
  if (is_text(o)) {
    struct object *result = number_float_from_text(o);
    if (result || !error_clear_if(ERROR_BUFFER))
      return result;
  }
  return error_format(ERROR_TYPE, "float() argument must be a string or a real number, not '%N'",
                      o);
}

int number_to_double(struct object *o, double *value) {
  if (is_any_float(o)) {
    *value = float_value(o);
    return 0;
  }
  if (is_int(o))
    return int_to_double(o, value);
  if (!type_of(o)->number.to_float && !type_of(o)->number.index) {
    error_format(ERROR_TYPE, "must be real number, not %N", o);
    return -1;
  }
  struct object *f = number_float(o);
  if (!f)
    return -1;
  *value = float_value(f);
  drop(f);
  return 0;
}

/* ---- Comparison and truth ---- */

static COLD void *unordered(struct object *a, struct object *b, enum compare_op op) {
  static const char *const signs[] = {"<", "<=", "==", "!=", ">", ">="};
  return error_format(ERROR_TYPE, "'%s' not supported between instances of '%N' and '%N'",
                      signs[op], a, b);
}

struct object *compare(struct object *a, struct object *b, enum compare_op op) {
  static const enum compare_op swapped[] = {COMPARE_GT, COMPARE_GE, COMPARE_EQ,
                                            COMPARE_NE, COMPARE_LT, COMPARE_LE};
  if (!object_enter())
    return NULL;
  struct object *result = NULL;
  bool reflected = false;
  struct object *(*of_a)(struct object *, struct object *, enum compare_op) = type_of(a)->compare;
  struct object *(*of_b)(struct object *, struct object *, enum compare_op) = type_of(b)->compare;
  if (type_of(a) != type_of(b) && type_is_subtype(type_of(b), type_of(a)) && of_b) {
    reflected = true;
    if ((result = of_b(b, a, swapped[op])) != NOT_IMPLEMENTED)
      goto done;
    drop(result);
  }
  if (of_a) {
    if ((result = of_a(a, b, op)) != NOT_IMPLEMENTED)
      goto done;
    drop(result);
  }
  if (!reflected && of_b) {
    if ((result = of_b(b, a, swapped[op])) != NOT_IMPLEMENTED)
      goto done;
    drop(result);
  }
  if (op == COMPARE_EQ || op == COMPARE_NE)
    result = hold(bool_from((a == b) == (op == COMPARE_EQ)));
  else
    result = unordered(a, b, op);
done:
  object_leave();
  return result;
}

int compare_true(struct object *a, struct object *b, enum compare_op op) {
  if (a == b && (op == COMPARE_EQ || op == COMPARE_NE))
    return op == COMPARE_EQ;
  /* Of the plain types no object needs to be made, or nothing asked of their types. */
  const struct type *t = type_of(a);
  if (t == &int_type) {
    if (int_both_compact(a, b)) {
      int64_t x = ((struct int_object *)a)->word, y = ((struct int_object *)b)->word;
      return ordered_words(op, x, y);
    }
  } else if (t == type_of(b)) {
    if (t == &float_type) {
      double x = float_value(a), y = float_value(b);
      return ordered_doubles(op, x, y);
    }
    if (t == &str_type) {
      if (op == COMPARE_EQ || op == COMPARE_NE)
        return str_same_text(a, b) == (op == COMPARE_EQ);
      return ordered_words(op, str_compare(a, b), 0);
    }
    if (t == &tuple_type)
      return tuple_compare_true(a, b, op);
  }
  struct object *result = compare(a, b, op);
  if (!result)
    return -1;
  int truth = object_truth(result);
  drop(result);
  return truth;
}

int object_truth(struct object *o) {
  if (o == TRUE_)
    return 1;
  if (o == FALSE_ || o == NONE)
    return 0;
  const struct type *t = type_of(o);
  if (t->number.truth)
    return t->number.truth(o);
  int64_t length = t->mapping.length    ? t->mapping.length(o)
                   : t->sequence.length ? t->sequence.length(o)
                                        : 1;
  return length < 0 ? -1 : length > 0;
}
