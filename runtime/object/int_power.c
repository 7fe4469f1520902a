/* Powers of ints, plain and modulo, and the greatest common divisor. */
#include "runtime/object/int_limbs.h"
#include <string.h>

/* base^n by squaring, from the highest bit of the exponent down. */
static struct object *power_by_squaring(struct object *base, uint64_t n) {
  struct object *result = hold(base);
  for (unsigned bit = bit_highest(n); result && bit-- > 0;) {
    struct object *square = int_multiply(result, result);
    drop(result);
    result = square;
    if (result && (n >> bit & 1)) {
      struct object *product = int_multiply(result, base);
      drop(result);
      result = product;
    }
  }
  return result;
}

struct object *int_power(struct object *base, struct object *exponent) {
  if (int_is_zero(exponent))
    return int_from_i64(1);
  if (!int_is_compact(exponent)) {
    int64_t value = int_is_compact(base) ? int_value(base) : 2;
    if (value >= -1 && value <= 1)
      return int_from_i64(value < 0 && !(((struct int_object *)exponent)->limbs[0] & 1) ? 1
                                                                                        : value);
    return error_no_memory();
  }
  uint64_t n = (uint64_t)int_value(exponent);
  if (int_is_compact(base)) {
    int64_t value = int_value(base), result = 1;
    if (value == 0 || value == 1)
      return int_from_i64(value);
    if (value == -1)
      return int_from_i64(n & 1 ? -1 : 1);
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    if (is_power_of_two(magnitude)) {
      uint64_t bits = bit_lowest(magnitude);
      if (n > UINT64_MAX / 64)
        return error_no_memory();
      return int_shift_left_by(&int_small[(value < 0 && (n & 1) ? -1 : 1) - INT_SMALL_MIN].head,
                               bits * n);
    }
    /* Small results without objects on the way. */
    int64_t factor = value;
    uint64_t rest = n;
    for (;;) {
      if ((rest & 1) && __builtin_mul_overflow(result, factor, &result))
        break;
      if (!(rest >>= 1))
        return int_from_i64(result);
      if (__builtin_mul_overflow(factor, factor, &factor))
        break;
    }
  }
  struct object *exact = int_copy(base);
  struct object *result = exact ? power_by_squaring(exact, n) : NULL;
  drop_null(exact);
  return result;
}

/* A read-only view of an operand as GMP's own kind of integer, whose powers modulo are better than
 * any loop over divisions. */
static mpz_srcptr view(mpz_t z, const struct int_operand *x) {
  return mpz_roinit_n(z, int_mp(x->limbs), x->negative ? -(mp_size_t)x->n : (mp_size_t)x->n);
}

/* Modulo what is below 2^32, of whose residues each product fits into a word. */
static uint64_t power_of_residue(uint64_t base, uint64_t exponent, uint64_t modulus) {
  uint64_t result = 1;
  for (; exponent; exponent >>= 1) {
    if (exponent & 1)
      result = result * base % modulus;
    base = base * base % modulus;
  }
  return result;
}

struct object *int_power_modulo(struct object *base, struct object *exponent,
                                struct object *modulus) {
  struct int_operand x, n, m;
  int_read_operand(base, &x);
  int_read_operand(exponent, &n);
  int_read_operand(modulus, &m);
  if (!m.n) {
    error_set(ERROR_VALUE, "pow() 3rd argument cannot be 0");
    return NULL;
  }
  bool negative = m.negative;
  m.negative = false;
  if (m.n == 1 && m.limbs[0] == 1)
    return int_from_i64(0);
  if (m.n == 1 && m.limbs[0] >> 32 == 0 && x.n <= 1 && n.n <= 1 && !n.negative) {
    int64_t word = (int64_t)m.limbs[0];
    uint64_t residue = x.n ? x.limbs[0] % m.limbs[0] : 0;
    if (x.negative && residue)
      residue = m.limbs[0] - residue;
    int64_t power = (int64_t)power_of_residue(residue, n.n ? n.limbs[0] : 0, m.limbs[0]);
    return int_from_i64(negative && power ? power - word : power);
  }
  mpz_t xz, nz, mz, result;
  mpz_srcptr b = view(xz, &x), e = view(nz, &n), c = view(mz, &m);
  mpz_init(result);
  bool invertible = true;
  if (n.negative) {
    mpz_t inverse;
    mpz_init(inverse);
    invertible = mpz_invert(inverse, b, c);
    if (invertible) {
      n.negative = false;
      mpz_powm(result, inverse, view(nz, &n), c);
    }
    mpz_clear(inverse);
  } else
    mpz_powm(result, b, e, c);
  struct object *power = NULL;
  if (!invertible)
    error_set(ERROR_VALUE, "base is not invertible for the given modulus");
  else {
    if (negative && mpz_sgn(result) != 0)
      mpz_sub(result, result, c);
    power = int_from_limbs((const uint64_t *)mpz_limbs_read(result), mpz_size(result),
                           mpz_sgn(result) < 0);
  }
  mpz_clear(result);
  return power;
}

static uint64_t gcd_words(uint64_t a, uint64_t b) {
  if (!a || !b)
    return a | b;
  unsigned twos = bit_lowest(a | b);
  a >>= bit_lowest(a);
  while (b) {
    b >>= bit_lowest(b);
    if (a > b) {
      uint64_t t = a;
      a = b;
      b = t;
    }
    b -= a;
  }
  return a << twos;
}

struct object *int_gcd(struct object *a, struct object *b) {
  struct int_operand x, y;
  int_read_operand(a, &x);
  int_read_operand(b, &y);
  if (x.n <= 1 && y.n <= 1)
    return int_from_u64(gcd_words(x.n ? x.limbs[0] : 0, y.n ? y.limbs[0] : 0));
  if (!x.n || !y.n) {
    const struct int_operand *other = x.n ? &x : &y;
    return int_from_limbs(other->limbs, other->n, false);
  }
  x.negative = y.negative = false;
  mpz_t xz, yz, result;
  mpz_init(result);
  mpz_gcd(result, view(xz, &x), view(yz, &y));
  struct object *gcd =
      int_from_limbs((const uint64_t *)mpz_limbs_read(result), mpz_size(result), false);
  mpz_clear(result);
  return gcd;
}
