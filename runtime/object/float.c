/* Floats: equality with ints and the hash that goes with it. */
#include "runtime/object/float.h"
#include "runtime/object/complex.h"
#include "runtime/object/int.h"
#include <math.h>

struct freelist float_free;

void float_destroy(struct object *o) {
  if (!freelist_push(&float_free, o))
    gc_delete(o, sizeof(struct float_object));
}

int64_t float_hash(struct object *o) {
  double value = float_value(o);
  return isnan(value) ? object_hash_identity(o) : float_hash_double(value);
}

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

int float_equal(struct object *a, struct object *b) {
  double value = float_value(a);
  if (is_any_float(b))
    return value == float_value(b);
  if (is_any_complex(b))
    return complex_equal(b, a);
  return is_any_int(b) && !isnan(value) && int_compare_double(b, value) == 0;
}
