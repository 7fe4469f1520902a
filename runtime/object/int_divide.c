/* Division of ints: rounded down, to the nearest int, and to the nearest double; what doubles and
 * ints are to each other. */
#include "runtime/object/float.h"
#include "runtime/object/int_limbs.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* ---- Rounded down ---- */

/* A remainder of magnitude r < |b|, of the dividend's sign, becomes one of the divisor's: then the
 * quotient is one less, which is one more in magnitude. */
static int divide_limbs(struct object *a, struct object *b, struct object **quotient,
                        struct object **remainder) {
  struct int_operand x, y;
  int_read_operand(a, &x);
  int_read_operand(b, &y);
  bool differ = x.negative != y.negative;
  if (x.n < y.n || x.n == 0) {
    bool adjust = differ && x.n;
    if (quotient && !(*quotient = int_from_i64(adjust ? -1 : 0)))
      return -1;
    if (remainder && !(*remainder = adjust ? int_add(a, b) : int_copy(a))) {
      if (quotient)
        drop(*quotient);
      return -1;
    }
    return 0;
  }
  if (!quotient && y.n == 1) {
    uint64_t rest = (uint64_t)mpn_mod_1(int_mp(x.limbs), (mp_size_t)x.n, (mp_limb_t)y.limbs[0]);
    return (*remainder = int_from_few(differ && rest ? y.limbs[0] - rest : rest, y.negative)) ? 0
                                                                                              : -1;
  }
  size_t q_room = x.n - y.n + 2, r_room = y.n;
  struct int_object *q = int_new_wide(q_room);
  if (!q)
    return -1;
  q->word = (int64_t)(q_room << 2 | 1);
  struct int_object *r = int_new_wide(r_room);
  if (!r) {
    gc_delete(&q->head, sizeof *q + q_room * sizeof(uint64_t));
    return -1;
  }
  r->word = (int64_t)(r_room << 2 | 1);
  if (y.n == 1)
    r->limbs[0] = mpn_divrem_1(int_mp_room(q->limbs), 0, int_mp(x.limbs), (mp_size_t)x.n,
                               (mp_limb_t)y.limbs[0]);
  else
    mpn_tdiv_qr(int_mp_room(q->limbs), int_mp_room(r->limbs), 0, int_mp(x.limbs), (mp_size_t)x.n,
                int_mp(y.limbs), (mp_size_t)y.n);
  q->limbs[q_room - 1] = 0;
  if (differ && !mpn_zero_p(int_mp(r->limbs), (mp_size_t)r_room)) {
    mpn_sub_n(int_mp_room(r->limbs), int_mp(y.limbs), int_mp(r->limbs), (mp_size_t)r_room);
    mpn_add_1(int_mp_room(q->limbs), int_mp(q->limbs), (mp_size_t)q_room, 1);
  }
  struct object *rest = NULL, *whole = NULL;
  if (remainder)
    rest = int_finish(r, r_room, y.negative);
  else
    gc_delete(&r->head, sizeof *r + r_room * sizeof(uint64_t));
  if (quotient && (rest || !remainder))
    whole = int_finish(q, q_room, differ);
  else
    gc_delete(&q->head, sizeof *q + q_room * sizeof(uint64_t));
  if ((remainder && !rest) || (quotient && !whole)) {
    drop_null(rest);
    return -1;
  }
  if (quotient)
    *quotient = whole;
  if (remainder)
    *remainder = rest;
  return 0;
}

static int divide_few(const struct int_few *x, const struct int_few *y, struct object **quotient,
                      struct object **remainder) {
  int_u128 q, r;
  if ((x->magnitude | y->magnitude) >> 64) {
    q = x->magnitude / y->magnitude;
    r = x->magnitude - q * y->magnitude;
  } else {
    q = (uint64_t)x->magnitude / (uint64_t)y->magnitude;
    r = (uint64_t)x->magnitude % (uint64_t)y->magnitude;
  }
  bool differ = x->negative != y->negative;
  if (differ && r) {
    r = y->magnitude - r;
    q++;
  }
  if (quotient && !(*quotient = int_from_few(q, differ)))
    return -1;
  if (remainder && !(*remainder = int_from_few(r, y->negative))) {
    if (quotient)
      drop(*quotient);
    return -1;
  }
  return 0;
}

int int_divide(struct object *a, struct object *b, struct object **quotient,
               struct object **remainder) {
  if (UNLIKELY(!int_is_compact(a) || !int_is_compact(b))) {
    struct int_few few_a, few_b;
    return LIKELY(int_read_two(a, b, &few_a, &few_b))
               ? divide_few(&few_a, &few_b, quotient, remainder)
               : divide_limbs(a, b, quotient, remainder);
  }
  int64_t x = int_value(a), y = int_value(b);
  int64_t q = x / y, r = x % y; /* the smallest is -2^62: no overflow */
  if (r && (r ^ y) < 0) {
    q--;
    r += y;
  }
  if (quotient && !(*quotient = int_from_i64(q)))
    return -1;
  if (remainder && !(*remainder = int_from_i64(r))) {
    if (quotient)
      drop(*quotient);
    return -1;
  }
  return 0;
}

struct object *int_floor_divide(struct object *a, struct object *b) {
  struct object *result;
  return int_divide(a, b, &result, NULL) < 0 ? NULL : result;
}
struct object *int_remainder(struct object *a, struct object *b) {
  struct object *result;
  return int_divide(a, b, NULL, &result) < 0 ? NULL : result;
}

struct object *int_divide_nearest(struct object *a, struct object *b) {
  struct object *quotient, *remainder;
  if (int_divide(a, b, &quotient, &remainder) < 0)
    return NULL;
  /* The remainder has the sign of b: twice its magnitude against that of b. */
  struct object *twice = int_add(remainder, remainder);
  drop(remainder);
  if (!twice) {
    drop(quotient);
    return NULL;
  }
  int order = int_sign(b) < 0 ? int_compare(b, twice) : int_compare(twice, b);
  drop(twice);
  if (order < 0 || (order == 0 && !int_is_odd(quotient)))
    return quotient;
  struct object *one = int_from_i64(1), *up = one ? int_add(quotient, one) : NULL;
  drop_null(one);
  drop(quotient);
  return up;
}

/* ---- To doubles ---- */

static uint64_t bits_of(const struct int_operand *x) {
  return x->n ? (uint64_t)(x->n - 1) * 64 + bit_highest(x->limbs[x->n - 1]) + 1 : 0;
}

/* The top 64 bits, the highest set; the lowest is also set where anything below was. x is not 0. */
static uint64_t top_bits(const struct int_operand *x) {
  uint64_t top = x->limbs[x->n - 1];
  unsigned shift = 63 - bit_highest(top);
  uint64_t result = top << shift;
  bool lost = false;
  if (x->n > 1) {
    uint64_t next = x->limbs[x->n - 2];
    if (shift) {
      result |= next >> (64 - shift);
      lost = next << shift;
    } else
      lost = next;
    for (size_t i = x->n - 2; !lost && i-- > 0;)
      lost = x->limbs[i];
  }
  return result | lost;
}

/* To 53 bits, ties to even: a value in [2^63, 2^64], whose low 11 bits are 0. */
static double round_top(uint64_t top) {
  uint64_t low = top & 0x7ff, kept = top & ~UINT64_C(0x7ff);
  if (low > 0x400 || (low == 0x400 && (kept & 0x800)))
    return (double)kept + 0x800;
  return (double)kept;
}

double int_to_mantissa(const struct object *o, int64_t *exponent) {
  struct int_operand x;
  int_read_operand(o, &x);
  *exponent = 0;
  if (!x.n)
    return 0;
  double mantissa = round_top(top_bits(&x)) * 0x1p-64;
  *exponent = (int64_t)bits_of(&x);
  if (mantissa == 1) {
    mantissa = 0.5;
    ++*exponent;
  }
  return x.negative ? -mantissa : mantissa;
}

int int_to_double(const struct object *o, double *value) {
  if (LIKELY(int_is_compact(o))) {
    *value = (double)int_value(o);
    return 0;
  }
  int64_t exponent;
  double mantissa = int_to_mantissa(o, &exponent);
  if (exponent > DBL_MAX_EXP) {
    error_set(ERROR_OVERFLOW, "int too large to convert to float");
    return -1;
  }
  *value = ldexp(mantissa, (int)exponent);
  return 0;
}

static struct object *too_large(void) {
  error_set(ERROR_OVERFLOW, "integer division result too large for a float");
  return NULL;
}

/* x / (y * 2^shift) as an integer with its lowest bit set where a rest was left; -1: no memory. */
static int scaled_quotient(const struct int_operand *x, const struct int_operand *y, int64_t shift,
                           uint64_t *quotient) {
  uint64_t up = shift < 0 ? (uint64_t)-shift : 0, down = shift > 0 ? (uint64_t)shift : 0;
  size_t n = x->n + up / 64 + 2;
  struct int_room room;
  if (!int_room_open(&room, 2 * n + y->n + 2))
    return -1;
  mp_limb_t *dividend = int_mp_room(room.limbs), *q = dividend + n, *r = q + n;
  bool lost = false;
  memset(dividend, 0, n * sizeof *dividend);
  if (down) {
    size_t whole = down / 64;
    for (size_t i = 0; i < whole && i < x->n; i++)
      lost |= x->limbs[i] != 0;
    n = x->n > whole ? x->n - whole : 0;
    if (n) {
      memcpy(dividend, x->limbs + whole, n * sizeof *dividend);
      if (down % 64)
        lost |= mpn_rshift(dividend, dividend, (mp_size_t)n, down % 64) != 0;
    }
  } else {
    size_t whole = up / 64;
    memcpy(dividend + whole, x->limbs, x->n * sizeof *dividend);
    if (up % 64)
      mpn_lshift(dividend, dividend, (mp_size_t)n, up % 64);
  }
  while (n && !dividend[n - 1])
    n--;
  uint64_t result = 0;
  if (n >= y->n) {
    mpn_tdiv_qr(q, r, 0, dividend, (mp_size_t)n, int_mp(y->limbs), (mp_size_t)y->n);
    result = (uint64_t)q[0];
    lost |= !mpn_zero_p(r, (mp_size_t)y->n);
  } else
    lost |= n != 0;
  int_room_close(&room);
  *quotient = result | lost;
  return 0;
}

/* The quotient is made with two or three bits more than a double has, or fewer if the result is
 * subnormal; then rounded once, ties to even. */
struct object *int_true_divide(struct object *a, struct object *b) {
  const int64_t exact = INT64_C(1) << 53;
  if (int_is_compact(a) && int_is_compact(b)) {
    int64_t p = int_value(a), q = int_value(b);
    if (p >= -exact && p <= exact && q >= -exact && q <= exact)
      return float_from((double)p / (double)q);
  }
  struct int_operand x, y;
  int_read_operand(a, &x);
  int_read_operand(b, &y);
  bool negative = x.negative != y.negative;
  if (!x.n)
    return float_from(negative ? -0.0 : 0.0);
  int64_t difference = (int64_t)bits_of(&x) - (int64_t)bits_of(&y);
  if (difference > DBL_MAX_EXP)
    return too_large();
  if (difference < DBL_MIN_EXP - DBL_MANT_DIG - 1)
    return float_from(negative ? -0.0 : 0.0);
  int64_t shift = (difference > DBL_MIN_EXP ? difference : DBL_MIN_EXP) - DBL_MANT_DIG - 2;
  uint64_t q;
  if (scaled_quotient(&x, &y, shift, &q) < 0)
    return NULL;
  int64_t bits = q ? bit_highest(q) + 1 : 0;
  int64_t least = DBL_MIN_EXP - shift, extra = (bits > least ? bits : least) - DBL_MANT_DIG;
  uint64_t half = UINT64_C(1) << (extra - 1), rest = q & (2 * half - 1);
  q -= rest;
  if (rest > half || (rest == half && (q & (2 * half))))
    q += 2 * half;
  double value = ldexp((double)q, (int)shift);
  return isinf(value) ? too_large() : float_from(negative ? -value : value);
}

/* ---- From doubles ---- */

struct object *int_from_double(double value) {
  if (value > -0x1p62 && value < 0x1p62)
    return int_from_i64((int64_t)value);
  int exponent;
  uint64_t mantissa = (uint64_t)(frexp(fabs(value), &exponent) * 0x1p53);
  unsigned shift = (unsigned)exponent - 53;
  uint64_t limbs[17] = {0};
  limbs[shift / 64] = mantissa << shift % 64;
  if (shift % 64)
    limbs[shift / 64 + 1] = mantissa >> (64 - shift % 64);
  return int_from_limbs(limbs, shift / 64 + 2, value < 0);
}

int int_compare_double(const struct object *o, double value) {
  if (LIKELY(int_is_compact(o))) {
    int64_t n = int_value(o);
    if (value >= 0x1p62)
      return -1;
    if (value < -0x1p62)
      return 1;
    int64_t whole = (int64_t)value;
    if (n != whole)
      return n < whole ? -1 : 1;
    double part = value - (double)whole; /* exact: beyond 2^53 there is none */
    return part > 0 ? -1 : part < 0;
  }
  const struct int_object *i = (const struct int_object *)o;
  int sign = int_wide_is_negative(i) ? -1 : 1;
  if ((value < 0) != (sign < 0) || fabs(value) < 0x1p62)
    return sign;
  size_t n = int_limbs_n(i);
  if (isinf(value))
    return -sign;
  int exponent;
  uint64_t mantissa = (uint64_t)(frexp(fabs(value), &exponent) * 0x1p53);
  int64_t bits = (int64_t)(n - 1) * 64 + bit_highest(i->limbs[n - 1]) + 1;
  if (bits != exponent)
    return bits < exponent ? -sign : sign;
  unsigned shift = (unsigned)exponent - 53;
  for (size_t k = n; k-- > 0;) {
    uint64_t limb = 0;
    if (k == shift / 64)
      limb = mantissa << shift % 64;
    else if (k == shift / 64 + 1 && shift % 64)
      limb = mantissa >> (64 - shift % 64);
    if (i->limbs[k] != limb)
      return i->limbs[k] < limb ? -sign : sign;
  }
  return 0;
}
