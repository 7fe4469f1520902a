/* Ints as sign and limbs, with GMP's mpn on buffers of the heap. */
#include "runtime/compile/fold_ints.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include <gmp.h>
#include <math.h>
#include <string.h>

struct number { /* magnitude: n limbs, the top one not 0; n == 0: zero */
  const uint64_t *limbs;
  uint64_t one;
  size_t n;
  bool negative;
};

static void read_number(const struct object *o, struct number *x) {
  const struct int_object *i = (const struct int_object *)o;
  if (int_is_compact(o)) {
    int64_t value = i->word >> 1;
    x->negative = value < 0;
    x->one = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    x->limbs = &x->one;
    x->n = value != 0;
  } else {
    x->negative = int_wide_is_negative(i);
    x->limbs = i->limbs;
    x->n = int_limbs_n(i);
  }
}

static size_t bits_of(const struct number *x) {
  return x->n ? 64 * (x->n - 1) + bit_highest(x->limbs[x->n - 1]) + 1 : 0;
}

int fold_int_sign(const struct object *a) {
  struct number x;
  read_number(a, &x);
  return x.n == 0 ? 0 : x.negative ? -1 : 1;
}

/* Limbs of scratch memory, zeroed; NULL with ERROR_MEMORY. */
static uint64_t *scratch_new(size_t n) {
  uint64_t *limbs = gc_buffer_new(n * sizeof *limbs);
  if (!limbs)
    return error_no_memory();
  memset(limbs, 0, n * sizeof *limbs);
  return limbs;
}
static void scratch_free(uint64_t *limbs, size_t n) { gc_buffer_free(limbs, n * sizeof *limbs); }

/* The top 64 bits of a magnitude, the lowest of them set where bits below are lost; the value is
 * about result * 2^*exponent. */
static uint64_t top_bits(const uint64_t *limbs, size_t n, int64_t *exponent) {
  struct number x = {.limbs = limbs, .n = n};
  size_t bits = bits_of(&x);
  if (bits <= 64) {
    *exponent = 0;
    return n ? limbs[0] : 0;
  }
  size_t shift = bits - 64, limb = shift / 64, by = shift % 64;
  uint64_t top = limbs[limb] >> by;
  if (by)
    top |= limbs[limb + 1] << (64 - by);
  bool lost = by && limbs[limb] << (64 - by);
  for (size_t i = 0; i < limb; i++)
    lost |= limbs[i] != 0;
  *exponent = (int64_t)shift;
  return top | lost;
}

/* Rounds once: long doubles hold 64 bits and the exponent of every double. */
static double to_double(uint64_t top, int64_t exponent, bool negative) {
  if (exponent > 2000)
    return negative ? -INFINITY : INFINITY;
  double value = (double)ldexpl((long double)top, exponent < -4000 ? -4000 : (int)exponent);
  return negative ? -value : value;
}

double fold_int_to_double(const struct object *a) {
  struct number x;
  int64_t exponent;
  read_number(a, &x);
  uint64_t top = top_bits(x.limbs, x.n, &exponent);
  return to_double(top, exponent, x.negative);
}

/* ---- Division ---- */

/* Rounds down, the remainder has the sign of the divisor. */
static struct object *divide(struct object *a, struct object *b, bool want_quotient) {
  struct number x, y;
  read_number(a, &x);
  read_number(b, &y);
  if (y.n == 0)
    return NULL;
  size_t quotient_n = x.n >= y.n ? x.n - y.n + 1 : 1, n = quotient_n + y.n;
  uint64_t *quotient = scratch_new(n), *rest;
  if (!quotient)
    return NULL;
  rest = quotient + quotient_n;
  if (x.n >= y.n)
    mpn_tdiv_qr(quotient, rest, 0, x.limbs, (mp_size_t)x.n, y.limbs, (mp_size_t)y.n);
  else
    memcpy(rest, x.limbs, x.n * sizeof *rest);
  struct object *whole = int_from_limbs(quotient, quotient_n, x.negative != y.negative);
  struct object *left = int_from_limbs(rest, y.n, x.negative), *result = NULL;
  scratch_free(quotient, n);
  if (whole && left) {
    struct object *minus_one = &int_small[-1 - INT_SMALL_MIN].head;
    bool off = fold_int_sign(left) && x.negative != y.negative;
    if (want_quotient)
      result = off ? int_add(whole, minus_one) : hold(whole);
    else
      result = off ? int_add(left, b) : hold(left);
  }
  drop_null(whole);
  drop_null(left);
  return result;
}

/* Correctly rounded: a quotient of more than 64 bits, its lowest bit set by the remainder. */
static struct object *divide_true(struct object *a, struct object *b) {
  struct number x, y;
  read_number(a, &x);
  read_number(b, &y);
  if (y.n == 0)
    return NULL;
  bool negative = x.negative != y.negative;
  if (x.n == 0)
    return float_from(y.negative ? -0.0 : 0.0);
  size_t up = y.n + 2, n = x.n + up, quotient_n = n - y.n + 1; /* limbs of zeros below x */
  uint64_t *raised = scratch_new(n + quotient_n + y.n);
  if (!raised)
    return NULL;
  uint64_t *quotient = raised + n, *rest = quotient + quotient_n;
  memcpy(raised + up, x.limbs, x.n * sizeof *raised);
  mpn_tdiv_qr(quotient, rest, 0, raised, (mp_size_t)n, y.limbs, (mp_size_t)y.n);
  bool lost = false;
  for (size_t i = 0; i < y.n; i++)
    lost |= rest[i] != 0;
  size_t top_n = quotient_n;
  while (top_n && !quotient[top_n - 1])
    top_n--;
  int64_t exponent;
  uint64_t top = top_bits(quotient, top_n, &exponent) | lost;
  scratch_free(raised, n + quotient_n + y.n);
  double value = to_double(top, exponent - 64 * (int64_t)up, negative);
  return isinf(value) ? NULL : float_from(value);
}

/* ---- Bits ---- */

/* Two's complement in n limbs. */
static void to_complement(uint64_t *to, const struct number *x, size_t n) {
  memcpy(to, x->limbs, x->n * sizeof *to);
  memset(to + x->n, 0, (n - x->n) * sizeof *to);
  if (x->negative)
    mpn_neg(to, to, (mp_size_t)n);
}

static struct object *from_complement(uint64_t *limbs, size_t n) {
  bool negative = limbs[n - 1] >> 63;
  if (negative)
    mpn_neg(limbs, limbs, (mp_size_t)n);
  return int_from_limbs(limbs, n, negative);
}

static struct object *combine(struct object *a, struct object *b, enum tree_operator operator) {
  struct number x, y;
  read_number(a, &x);
  read_number(b, &y);
  size_t n = (x.n > y.n ? x.n : y.n) + 1;
  uint64_t *first = scratch_new(2 * n), *second;
  if (!first)
    return NULL;
  second = first + n;
  to_complement(first, &x, n);
  to_complement(second, &y, n);
  for (size_t i = 0; i < n; i++)
    first[i] = operator== operator_BitAnd ? first[i] & second[i] :
               operator== operator_BitOr  ? first[i] | second[i]
                                          : first[i] ^ second[i];
  struct object *result = from_complement(first, n);
  scratch_free(first, 2 * n);
  return result;
}

struct object *fold_int_invert(struct object *a) { /* -a - 1 */
  struct object *negated = int_negate(a);
  struct object *result = negated ? int_add(negated, &int_small[-1 - INT_SMALL_MIN].head) : NULL;
  drop_null(negated);
  return result;
}

/* 2^shift, as an int. */
static struct object *power_of_two(size_t shift) {
  size_t n = shift / 64 + 1;
  uint64_t *limbs = scratch_new(n);
  if (!limbs)
    return NULL;
  limbs[n - 1] = UINT64_C(1) << shift % 64;
  struct object *result = int_from_limbs(limbs, n, false);
  scratch_free(limbs, n);
  return result;
}

static struct object *shift_left(struct object *a, struct object *b) {
  struct number x, y;
  read_number(a, &x);
  read_number(b, &y);
  if (y.negative)
    return NULL;
  if (x.n && y.n &&
      (y.n > 1 || y.limbs[0] > FOLD_INT_BITS || bits_of(&x) > FOLD_INT_BITS - y.limbs[0]))
    return NULL;
  if (!x.n)
    return int_from_i64(0);
  struct object *factor = power_of_two(y.n ? y.limbs[0] : 0);
  struct object *result = factor ? int_multiply(a, factor) : NULL;
  drop_null(factor);
  return result;
}

static struct object *shift_right(struct object *a, struct object *b) {
  struct number x, y;
  read_number(a, &x);
  read_number(b, &y);
  if (y.negative)
    return NULL;
  if (y.n > 1 || (y.n && y.limbs[0] >= bits_of(&x)))
    return int_from_i64(x.negative ? -1 : 0);
  struct object *divisor = power_of_two(y.n ? y.limbs[0] : 0);
  struct object *result = divisor ? divide(a, divisor, true) : NULL;
  drop_null(divisor);
  return result;
}

/* ---- Products ---- */

static struct object *multiply(struct object *a, struct object *b) {
  struct number x, y;
  read_number(a, &x);
  read_number(b, &y);
  if (x.n && y.n && bits_of(&x) + bits_of(&y) > FOLD_INT_BITS)
    return NULL;
  return int_multiply(a, b);
}

static struct object *power(struct object *a, struct object *b) {
  struct number x, y;
  read_number(a, &x);
  read_number(b, &y);
  if (x.n && y.n && (y.n > 1 || bits_of(&x) > FOLD_INT_BITS / y.limbs[0]))
    return NULL;
  if (!x.n && y.n)
    return int_from_i64(0);
  struct object *result = int_from_i64(1);
  for (uint64_t i = 0; result && i < (y.n ? y.limbs[0] : 0); i++) {
    struct object *more = int_multiply(result, a);
    drop(result);
    result = more;
  }
  return result;
}

struct object *fold_ints(struct object *a, struct object *b, enum tree_operator operator) {
  switch (operator) {
  case operator_Add:
    return int_add(a, b);
  case operator_Sub:
    return int_subtract(a, b);
  case operator_Mult:
    return multiply(a, b);
  case operator_Div:
    return divide_true(a, b);
  case operator_Mod:
    return divide(a, b, false);
  case operator_FloorDiv:
    return divide(a, b, true);
  case operator_Pow:
    return power(a, b);
  case operator_LShift:
    return shift_left(a, b);
  case operator_RShift:
    return shift_right(a, b);
  case operator_BitAnd:
  case operator_BitOr:
  case operator_BitXor:
    return combine(a, b, operator);
  default:
    return NULL;
  }
}
