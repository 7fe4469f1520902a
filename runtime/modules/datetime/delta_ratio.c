/* timedelta times and by numbers, and by each other. Quotients by numbers are rounded, half to
 * even; a float counts as the ratio of ints that it is. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/object/attribute.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"

static void *by_zero(const char *what) { return error_format(ERROR_ZERO_DIVISION, "%s", what); }
static const char division[] = "integer division or modulo by zero";

static struct object *divide_nearest(struct object *a, struct object *b) {
  return int_is_zero(b) ? by_zero(division) : int_divide_nearest(a, b);
}

static struct object *from_int_taking(struct object *us) {
  struct object *result = us ? delta_from_int(&delta_type, us) : NULL;
  drop_null(us);
  return result;
}

/* ---- By ints ---- */

static struct object *multiply_int(struct object *delta, struct object *number) {
  wide_int us = delta_us(delta), factor, product;
  if (LIKELY(wide_from_int(number, &factor)) && !__builtin_mul_overflow(us, factor, &product))
    return delta_from_us(product);
  struct object *a = delta_to_int(us), *b = a ? int_multiply(a, number) : NULL;
  drop_null(a);
  return from_int_taking(b);
}
static struct object *floor_by_int(struct object *delta, struct object *number) {
  if (int_is_zero(number))
    return by_zero(division);
  struct object *us = delta_to_int(delta_us(delta)),
                *quotient = us ? int_floor_divide(us, number) : NULL;
  drop_null(us);
  return from_int_taking(quotient);
}
static struct object *divide_by_int(struct object *delta, struct object *number) {
  struct object *us = delta_to_int(delta_us(delta)),
                *quotient = us ? divide_nearest(us, number) : NULL;
  drop_null(us);
  return from_int_taking(quotient);
}

/* ---- By floats ---- */

static struct object *ratio_of(struct object *number) {
  struct object *ratio = call_method_none(number, datetime_names[NAME_RATIO]);
  if (!ratio)
    return NULL;
  if (!is_any_tuple(ratio))
    error_format(ERROR_TYPE,
                 "unexpected return type from as_integer_ratio(): expected tuple, got '%N'", ratio);
  else if (tuple_length(ratio) != 2)
    error_format(ERROR_VALUE, "as_integer_ratio() must return a 2-tuple");
  else
    return ratio;
  drop(ratio);
  return NULL;
}
static struct object *by_float(struct object *delta, struct object *number, bool divides) {
  struct object *ratio = ratio_of(number), *us = ratio ? delta_to_int(delta_us(delta)) : NULL;
  struct object *product =
      us ? number_binary(us, tuple_get_borrowed(ratio, divides), NUMBER_MULTIPLY) : NULL;
  drop_null(us);
  struct object *quotient = NULL;
  if (product) {
    struct object *divisor = tuple_get_borrowed(ratio, !divides);
    if (is_any_int(product) && is_any_int(divisor))
      quotient = divide_nearest(product, divisor);
    else
      error_format(ERROR_TYPE, "non-integer arguments in division");
  }
  drop_null(product);
  drop_null(ratio);
  return from_int_taking(quotient);
}

/* ---- Operators ---- */

struct object *delta_multiply(struct object *a, struct object *b) {
  if (!is_delta(a)) {
    struct object *other = a;
    a = b;
    b = other;
  }
  if (is_any_int(b))
    return multiply_int(a, b);
  return is_any_float(b) ? by_float(a, b, false) : hold(NOT_IMPLEMENTED);
}
struct object *delta_true_divide(struct object *a, struct object *b) {
  if (!is_delta(a))
    return hold(NOT_IMPLEMENTED);
  if (is_any_int(b))
    return divide_by_int(a, b);
  if (is_any_float(b))
    return by_float(a, b, true);
  if (!is_delta(b))
    return hold(NOT_IMPLEMENTED);
  if (delta_is_zero(b))
    return by_zero("division by zero");
  wide_int x = delta_us(a), y = delta_us(b);
  const wide_int exact = INT64_C(1) << 53;
  if (LIKELY(x >= -exact && x <= exact && y >= -exact && y <= exact))
    return float_from((double)(int64_t)x / (double)(int64_t)y);
  struct object *p = delta_to_int(x), *q = p ? delta_to_int(y) : NULL;
  struct object *result = q ? int_true_divide(p, q) : NULL;
  drop_null(q);
  drop_null(p);
  return result;
}

/* Rounded down; y is not 0. */
static wide_int floor_wide(wide_int x, wide_int y, wide_int *rest) {
  wide_int quotient;
  if (LIKELY(x > INT64_MIN && x <= INT64_MAX && y > INT64_MIN && y <= INT64_MAX)) {
    quotient = (int64_t)x / (int64_t)y;
  } else
    quotient = x / y;
  *rest = x - quotient * y;
  if (*rest != 0 && (*rest < 0) != (y < 0)) {
    *rest += y;
    quotient--;
  }
  return quotient;
}
struct object *delta_floor_divide(struct object *a, struct object *b) {
  if (!is_delta(a))
    return hold(NOT_IMPLEMENTED);
  if (is_any_int(b))
    return floor_by_int(a, b);
  if (!is_delta(b))
    return hold(NOT_IMPLEMENTED);
  if (delta_is_zero(b))
    return by_zero(division);
  wide_int rest;
  return delta_to_int(floor_wide(delta_us(a), delta_us(b), &rest));
}
struct object *delta_remainder(struct object *a, struct object *b) {
  if (!is_delta(a) || !is_delta(b))
    return hold(NOT_IMPLEMENTED);
  if (delta_is_zero(b))
    return by_zero("integer modulo by zero");
  wide_int rest;
  floor_wide(delta_us(a), delta_us(b), &rest);
  return delta_from_us(rest);
}
struct object *delta_divmod(struct object *a, struct object *b) {
  if (!is_delta(a) || !is_delta(b))
    return hold(NOT_IMPLEMENTED);
  if (delta_is_zero(b))
    return by_zero(division);
  wide_int rest, quotient = floor_wide(delta_us(a), delta_us(b), &rest);
  struct object *first = delta_to_int(quotient), *second = first ? delta_from_us(rest) : NULL;
  if (!second) {
    drop_null(first);
    return NULL;
  }
  return tuple_pair_taking(first, second);
}
