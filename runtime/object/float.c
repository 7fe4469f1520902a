/* Floats: equality with ints and the hash that goes with it. */
#include "runtime/object/float.h"
#include "runtime/object/complex.h"
#include "runtime/object/int.h"
#include <math.h>

struct freelist float_free;

static void float_destroy(struct object *o) {
  if (!freelist_push(&float_free, o))
    gc_delete(o, sizeof(struct float_object));
}

static int64_t float_hash(struct object *o) {
  double value = float_value(o);
  return isnan(value) ? object_hash_identity(o) : float_hash_double(value);
}

struct type float_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .basic_bytes = sizeof(struct float_object)},
    .name = "float",
    .destroy = float_destroy,
    .equal = float_equal,
    .hash = float_hash,
    .base = &object_type,
};

void float_open(void) { freelist_open(&float_free, 100); }
void float_release_caches(void) { freelist_release(&float_free, sizeof(struct float_object)); }

/* The mantissa is taken 28 bits at a time, the exponent by rotation: 2^61 is 1 modulo the prime. */
int64_t float_hash_double(double value) {
  if (isinf(value))
    return value > 0 ? 314159 : -314159;
  int exponent;
  double mantissa = frexp(fabs(value), &exponent);
  const uint64_t modulus = (uint64_t)INT_HASH_MODULUS;
  uint64_t hash = 0;
  while (mantissa != 0.0) {
    hash = (hash << 28 & modulus) | hash >> 33;
    mantissa *= 0x1p28;
    exponent -= 28;
    uint64_t digits = (uint64_t)mantissa;
    mantissa -= (double)digits;
    hash += digits;
    if (hash >= modulus)
      hash -= modulus;
  }
  unsigned turn = (unsigned)(exponent >= 0 ? exponent % 61 : 60 - (-1 - exponent) % 61);
  hash = turn ? (hash << turn & modulus) | hash >> (61 - turn) : hash;
  int64_t result = value < 0 ? -(int64_t)hash : (int64_t)hash;
  return result == -1 ? -2 : result;
}

/* Exact: a double with an integral value in range is compared as an integer, never the int rounded.
 */
static bool equals_int(double value, const struct object *i) {
  if (int_is_compact(i)) {
    int64_t n = int_value(i);
    return value >= -0x1p62 && value < 0x1p62 && (double)(int64_t)value == value &&
           (int64_t)value == n;
  }
  if (!isfinite(value) || fabs(value) < 0x1p62)
    return false;
  const struct int_object *w = (const struct int_object *)i;
  size_t n = int_limbs_n(w);
  int exponent; /* |value| = mantissa * 2^(exponent - 53) with an integral mantissa of 53 bits */
  uint64_t mantissa = (uint64_t)(frexp(fabs(value), &exponent) * 0x1p53);
  if ((value < 0) != int_wide_is_negative(w) ||
      (size_t)exponent != 64 * (n - 1) + bit_highest(w->limbs[n - 1]) + 1)
    return false;
  unsigned shift = (unsigned)exponent - 53;
  for (size_t k = 0; k < n; k++) {
    uint64_t expected = 0;
    if (k == shift / 64)
      expected = mantissa << shift % 64;
    else if (k == shift / 64 + 1 && shift % 64)
      expected = mantissa >> (64 - shift % 64);
    if (w->limbs[k] != expected)
      return false;
  }
  return true;
}

int float_equal(struct object *a, struct object *b) {
  if (is_float(b))
    return float_value(a) == float_value(b);
  if (is_complex(b))
    return complex_equal(b, a);
  return is_int(b) ? equals_int(float_value(a), b) : 0;
}
