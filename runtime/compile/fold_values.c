/* Arithmetic on constants, with CPython's results and its limits on how large they may get.
 *
 * Operands are of exact builtin types. What would raise an exception is left to run time. */
#include "runtime/compile/flow.h"
#include "runtime/compile/fold.h"
#include "runtime/compile/fold_ints.h"
#include "runtime/object/bytes.h"
#include "runtime/object/complex.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <math.h>
#include <string.h>

enum { COLLECTION_MOST = 256, TEXT_MOST = 4096, ITEMS_MOST = 1024 };

static bool is_bool(const struct object *o) { return type_of(o) == &bool_type; }

/* ---- Floats ---- */

static struct object *float_remainder(double x, double y, bool quotient) {
  if (y == 0)
    return NULL;
  double rest = fmod(x, y), whole = (x - rest) / y;
  if (rest == 0)
    rest = copysign(0, y);
  else if ((y < 0) != (rest < 0)) {
    rest += y;
    whole -= 1;
  }
  if (!quotient)
    return float_from(rest);
  if (whole == 0)
    return float_from(copysign(0, x / y));
  double rounded = floor(whole);
  return float_from(whole - rounded > 0.5 ? rounded + 1 : rounded);
}

struct pair { /* a complex number */
  double real, imag;
};
static struct object *power_of_pairs(struct pair a, struct pair b);

static struct object *power_of_floats(double x, double y) {
  if (x == 0 && y < 0)
    return NULL;
  if (x < 0 && isfinite(x) && isfinite(y) && floor(y) != y)
    return power_of_pairs((struct pair){x, 0}, (struct pair){y, 0});
  double result = pow(x, y);
  return isinf(result) && isfinite(x) && isfinite(y) ? NULL : float_from(result);
}

static struct object *fold_floats(double x, double y, enum tree_operator operator) {
  switch (operator) {
  case operator_Add:
    return float_from(x + y);
  case operator_Sub:
    return float_from(x - y);
  case operator_Mult:
    return float_from(x * y);
  case operator_Div:
    return y == 0 ? NULL : float_from(x / y);
  case operator_Mod:
    return float_remainder(x, y, false);
  case operator_FloorDiv:
    return float_remainder(x, y, true);
  case operator_Pow:
    return power_of_floats(x, y);
  default:
    return NULL;
  }
}

/* ---- Complex numbers ---- */

static struct pair product(struct pair a, struct pair b) {
  return (struct pair){a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real};
}

/* Smith's method (1962): scaled by the larger part of the divisor. */
static struct pair quotient(struct pair a, struct pair b) {
  if (fabs(b.real) >= fabs(b.imag)) {
    double ratio = b.imag / b.real, divisor = b.real + b.imag * ratio;
    return (struct pair){(a.real + a.imag * ratio) / divisor, (a.imag - a.real * ratio) / divisor};
  }
  if (fabs(b.imag) >= fabs(b.real)) {
    double ratio = b.real / b.imag, divisor = b.real * ratio + b.imag;
    return (struct pair){(a.real * ratio + a.imag) / divisor, (a.imag * ratio - a.real) / divisor};
  }
  return (struct pair){NAN, NAN};
}

static struct object *from_pair(struct pair p) { return complex_from(p.real, p.imag); }

static struct pair whole_power(struct pair base, unsigned n) {
  struct pair result = {1, 0};
  for (unsigned bit = 1; bit <= n; bit <<= 1) {
    if (n & bit)
      result = product(result, base);
    base = product(base, base);
  }
  return result;
}

static struct object *power_of_pairs(struct pair a, struct pair b) {
  struct pair result;
  if (b.imag == 0 && b.real == floor(b.real) && fabs(b.real) <= 100) {
    if (b.real < 0 && a.real == 0 && a.imag == 0)
      return NULL;
    result = whole_power(a, (unsigned)fabs(b.real));
    if (b.real < 0)
      result = quotient((struct pair){1, 0}, result);
  } else if (a.real == 0 && a.imag == 0) {
    if (b.imag != 0 || b.real < 0)
      return NULL;
    result = (struct pair){0, 0};
  } else {
    double size = hypot(a.real, a.imag), length = pow(size, b.real);
    double angle = atan2(a.imag, a.real), phase = angle * b.real;
    if (b.imag != 0) {
      length /= exp(angle * b.imag);
      phase += b.imag * log(size);
    }
    result = (struct pair){length * cos(phase), length * sin(phase)};
  }
  return isinf(result.real) || isinf(result.imag) ? NULL : from_pair(result);
}

static struct object *fold_pairs(struct pair a, struct pair b, enum tree_operator operator) {
  switch (operator) {
  case operator_Add:
    return complex_from(a.real + b.real, a.imag + b.imag);
  case operator_Sub:
    return complex_from(a.real - b.real, a.imag - b.imag);
  case operator_Mult:
    return from_pair(product(a, b));
  case operator_Div:
    return b.real == 0 && b.imag == 0 ? NULL : from_pair(quotient(a, b));
  case operator_Pow:
    return power_of_pairs(a, b);
  default:
    return NULL;
  }
}

/* ---- Numbers of any kind ---- */

static bool is_number(const struct object *o) { return is_int(o) || is_float(o) || is_complex(o); }

/* False when an int is too large. */
static bool to_double(const struct object *o, double *value) {
  if (is_float(o))
    *value = float_value(o);
  else
    *value = fold_int_to_double(o);
  return is_float(o) || isfinite(*value);
}

static bool to_pair(const struct object *o, struct pair *value) {
  if (is_complex(o)) {
    const struct complex_object *c = (const struct complex_object *)o;
    *value = (struct pair){c->real, c->imag};
    return true;
  }
  value->imag = 0;
  return to_double(o, &value->real);
}

static struct object *fold_two_ints(struct object *a, struct object *b,
                                    enum tree_operator operator) {
  bool both_bools = is_bool(a) && is_bool(b);
  if (both_bools &&
      (operator== operator_BitAnd || operator== operator_BitOr || operator== operator_BitXor)) {
    bool x = a == TRUE_, y = b == TRUE_;
    bool result = operator== operator_BitAnd ? x && y : operator== operator_BitOr ? x || y : x != y;
    return hold(bool_from(result));
  }
  double x, y;
  if (operator== operator_Pow && fold_int_sign(b) < 0)
    return to_double(a, &x) && to_double(b, &y) ? power_of_floats(x, y) : NULL;
  return fold_ints(a, b, operator);
}

static struct object *fold_numbers(struct object *a, struct object *b,
                                   enum tree_operator operator) {
  if (is_int(a) && is_int(b))
    return fold_two_ints(a, b, operator);
  if (is_complex(a) || is_complex(b)) {
    struct pair x, y;
    return to_pair(a, &x) && to_pair(b, &y) ? fold_pairs(x, y, operator) : NULL;
  }
  double x, y;
  return to_double(a, &x) && to_double(b, &y) ? fold_floats(x, y, operator) : NULL;
}

/* ---- Sequences ---- */

static size_t length_of(const struct object *o) {
  return is_str(o) ? str_length(o) : is_bytes(o) ? bytes_length(o) : tuple_length(o);
}

static struct object *concat(struct object *a, struct object *b) {
  if (is_str(a))
    return str_concat(a, b);
  size_t n = length_of(a), more = length_of(b);
  if (is_bytes(a)) {
    struct object *result = bytes_from(NULL, n + more);
    if (result && n + more) {
      unsigned char *data = (unsigned char *)(uintptr_t)bytes_data(result);
      memcpy(data, bytes_data(a), n);
      memcpy(data + n, bytes_data(b), more);
    }
    return result;
  }
  struct object *result = tuple_new(n + more);
  for (size_t i = 0; result && i < n + more; i++)
    tuple_init_taking(result, i,
                      hold(i < n ? tuple_get_borrowed(a, i) : tuple_get_borrowed(b, i - n)));
  return result;
}

/* What is left of a limit on items, counted all the way down; negative: exceeded. */
static int64_t items_left(const struct object *o, int64_t limit) {
  if (!is_tuple(o))
    return limit;
  limit -= (int64_t)tuple_length(o);
  for (size_t i = 0; limit >= 0 && i < tuple_length(o); i++)
    limit = items_left(tuple_get_borrowed(o, i), limit);
  return limit;
}

static struct object *repeat(struct object *o, const struct object *count) {
  int64_t times, length = (int64_t)length_of(o);
  bool fits = int_to_i64(count, &times);
  if (length) {
    if (!fits || times < 0 || times > (is_tuple(o) ? COLLECTION_MOST : TEXT_MOST) / length)
      return NULL;
    if (is_tuple(o) && times && items_left(o, ITEMS_MOST / times) < 0)
      return NULL;
  } else if (!fits)
    return NULL;
  else
    return hold(o);
  struct object *result = is_str(o)     ? str_from_ascii("")
                          : is_bytes(o) ? bytes_from("", 0)
                                        : tuple_new(0);
  for (int64_t i = 0; result && i < times; i++) {
    struct object *longer = concat(result, o);
    drop(result);
    result = longer;
  }
  return result;
}

static bool is_sequence(const struct object *o) { return is_str(o) || is_bytes(o) || is_tuple(o); }

/* ---- The entries ---- */

static struct object *or_memory_error(struct object *result) {
  if (!result && error_pending() != ERROR_NONE && error_pending() != ERROR_MEMORY)
    error_clear();
  return result;
}

struct object *fold_binary(struct object *a, struct object *b, enum tree_operator operator) {
  struct object *result = NULL;
  if (is_number(a) && is_number(b))
    result = fold_numbers(a, b, operator);
  else if (operator== operator_Add && is_sequence(a) && type_of(a) == type_of(b))
    result = concat(a, b);
  else if (operator== operator_Mult && is_sequence(a) && is_int(b))
    result = repeat(a, b);
  else if (operator== operator_Mult && is_int(a) && is_sequence(b))
    result = repeat(b, a);
  return or_memory_error(result);
}

struct object *fold_unary(struct object *a, enum tree_unaryop operator) {
  if (operator== unaryop_Not)
    return hold(bool_from(!flow_constant_is_true(a)));
  if (!is_number(a) || (operator== unaryop_Invert && !is_int(a)))
    return NULL;
  if (is_int(a)) {
    struct object *number = int_add(a, &int_small[-INT_SMALL_MIN].head); /* a bool becomes an int */
    if (!number || operator== unaryop_UAdd)
      return number;
    struct object *result = operator== unaryop_Invert ? fold_int_invert(number)
                                                      : int_negate(number);
    drop(number);
    return result;
  }
  if (operator== unaryop_UAdd)
    return hold(a);
  if (is_float(a))
    return float_from(-float_value(a));
  const struct complex_object *c = (const struct complex_object *)a;
  return complex_from(-c->real, -c->imag);
}

struct object *fold_subscript(struct object *a, struct object *index) {
  int64_t at;
  if (!is_sequence(a) || !is_int(index) || !int_to_i64(index, &at))
    return NULL;
  int64_t n = (int64_t)length_of(a);
  if (at < 0)
    at += n;
  if (at < 0 || at >= n)
    return NULL;
  if (is_str(a))
    return str_slice(a, (size_t)at, (size_t)at + 1);
  if (is_bytes(a))
    return int_from_i64(bytes_data(a)[at]);
  return hold(tuple_get_borrowed(a, (size_t)at));
}
