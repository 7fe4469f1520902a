/* The functions of integers: factorials, binomials, divisors, square roots. */
#include "runtime/modules/math/math.h"
#include "runtime/object/exception.h"
#include "runtime/object/int_limbs.h"
#include "runtime/object/protocol.h"
#include <limits.h>

static struct object *from_mpz_clear(mpz_t z) {
  struct object *o =
      int_from_limbs((const uint64_t *)mpz_limbs_read(z), mpz_size(z), mpz_sgn(z) < 0);
  mpz_clear(z);
  return o;
}

struct object *math_factorial(struct object *module, struct object *argument) {
  int64_t n;
  struct object *index = number_index(argument);
  if (!index)
    return NULL;
  bool fits = int_to_i64(index, &n), negative = int_sign(index) < 0;
  drop(index);
  if (negative)
    return error_format(ERROR_VALUE, "factorial() not defined for negative values");
  if (!fits)
    return error_format(ERROR_OVERFLOW, "factorial() argument should not exceed %ld", LONG_MAX);
  if (n > 20000000) /* the result would have a hundred million digits and more */
    return error_no_memory();
  mpz_t z;
  mpz_init(z);
  mpz_fac_ui(z, (unsigned long)n);
  return from_mpz_clear(z);
}

struct object *math_isqrt(struct object *module, struct object *argument) {
  struct object *n = number_index(argument);
  if (!n)
    return NULL;
  struct object *result = NULL;
  struct int_operand x;
  int_read_operand(n, &x);
  if (x.negative)
    error_set(ERROR_VALUE, "isqrt() argument must be nonnegative");
  else if (!x.n)
    result = int_from_i64(0);
  else {
    struct int_room room;
    if (int_room_open(&room, (x.n + 1) / 2)) {
      mpn_sqrtrem(int_mp_room(room.limbs), NULL, int_mp(x.limbs), (mp_size_t)x.n);
      result = int_from_limbs(room.limbs, room.n, false);
      int_room_close(&room);
    }
  }
  drop(n);
  return result;
}

static struct object *absolute_taking(struct object *o) {
  if (!o || int_sign(o) >= 0)
    return o;
  struct object *result = int_negate(o);
  drop(o);
  return result;
}

/* Folds the arguments; once it is so far (a gcd of 1, an lcm of 0) they are only checked. */
static struct object *fold(struct object *const *args, size_t n, int64_t start, int64_t final,
                           struct object *(*step)(struct object *, struct object *)) {
  struct object *result = int_from_i64(start);
  for (size_t i = 0; i < n && result; i++) {
    struct object *x = number_index(args[i]);
    struct object *next = NULL;
    if (x && int_is_compact(result) && int_value(result) == final)
      next = hold(result);
    else if (x)
      next = i ? step(result, x) : absolute_taking(int_copy(x));
    drop_null(x);
    drop(result);
    result = next;
  }
  return result;
}
struct object *math_gcd(struct object *module, struct object *const *args, size_t n) {
  return fold(args, n, 0, 1, int_gcd);
}
static struct object *lcm_step(struct object *a, struct object *b) {
  if (int_is_zero(a) || int_is_zero(b))
    return int_from_i64(0);
  struct object *gcd = int_gcd(a, b), *quotient = gcd ? int_floor_divide(a, gcd) : NULL;
  struct object *product = quotient ? int_multiply(quotient, b) : NULL;
  drop_null(quotient);
  drop_null(gcd);
  return absolute_taking(product);
}
struct object *math_lcm(struct object *module, struct object *const *args, size_t n) {
  return n ? fold(args, n, 1, 0, lcm_step) : int_from_i64(1);
}

/* ---- Choosing ---- */

/* n * (n - 1) * ... of `count` factors, those that differ least multiplied last. */
static struct object *falling_product(struct object *n, int64_t count) {
  if (count == 0)
    return int_from_i64(1);
  if (count == 1)
    return int_copy(n);
  int64_t half = count / 2;
  struct object *step = int_from_i64(half), *lower = step ? int_subtract(n, step) : NULL;
  struct object *a = lower ? falling_product(n, half) : NULL;
  struct object *b = a ? falling_product(lower, count - half) : NULL;
  struct object *result = b ? int_multiply(a, b) : NULL;
  drop_null(step);
  drop_null(lower);
  drop_null(a);
  drop_null(b);
  return result;
}

/* n and k as ints, not negative. */
static int read_choice(struct object *const *args, struct object **n, struct object **k) {
  *n = number_index(args[0]);
  *k = *n ? number_index(args[1]) : NULL;
  const char *wrong = !*k                ? NULL
                      : int_sign(*n) < 0 ? "n must be a non-negative integer"
                      : int_sign(*k) < 0 ? "k must be a non-negative integer"
                                         : NULL;
  if (*k && !wrong)
    return 0;
  if (wrong)
    error_set(ERROR_VALUE, "%s", wrong);
  drop_null(*k);
  drop_null(*n);
  return -1;
}

struct object *math_perm(struct object *module, struct object *const *args, size_t count) {
  if (args_check_count("perm", count, 1, 2) < 0)
    return NULL;
  if (count == 1 || args[1] == NONE)
    return math_factorial(module, args[0]);
  struct object *n, *k, *result = NULL;
  if (read_choice(args, &n, &k) < 0)
    return NULL;
  int64_t factors;
  if (int_compare(n, k) < 0)
    result = int_from_i64(0);
  else if (!int_to_i64(k, &factors))
    error_set(ERROR_OVERFLOW, "k must not exceed %lld", LLONG_MAX);
  else
    result = falling_product(n, factors);
  drop(n);
  drop(k);
  return result;
}

struct object *math_comb(struct object *module, struct object *const *args, size_t count) {
  struct object *n, *k, *result = NULL;
  if (args_check_count("comb", count, 2, 2) < 0 || read_choice(args, &n, &k) < 0)
    return NULL;
  struct object *other = int_subtract(n, k);
  struct object *least = other ? int_compare(other, k) < 0 ? other : k : NULL;
  int64_t number;
  if (!least)
    ;
  else if (int_sign(other) < 0)
    result = int_from_i64(0);
  else if (!int_to_i64(least, &number))
    error_set(ERROR_OVERFLOW, "min(n - k, k) must not exceed %lld", LLONG_MAX);
  else {
    struct int_operand x;
    int_read_operand(n, &x);
    mpz_t view, z;
    mpz_init(z);
    mpz_bin_ui(z, mpz_roinit_n(view, int_mp(x.limbs), (mp_size_t)x.n), (unsigned long)number);
    result = from_mpz_clear(z);
  }
  drop_null(other);
  drop(n);
  drop(k);
  return result;
}
