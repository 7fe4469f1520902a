/* Unbounded integers. Those from -5 to 256 exist once and are immortal.
 *
 * Two forms, told apart by the lowest bit of `word` (struct int_object, object.h):
 *   compact   value * 2                                       -2^62 <= value < 2^62, no limbs
 *   wide      limbs * 4 + negative * 2 + 1, then the limbs    everything else
 * Adding or comparing two compact ints works on the words as they are; an overflow of the word is
 * exactly the need for the wide form. A compact int takes 24 bytes (16 where headers are 8).
 *
 * Invariant: a value has one form only; the top limb of a wide int is not 0. */
#pragma once
#include "runtime/object/type.h"

extern struct type int_type;

#define INT_COMPACT_MAX ((INT64_C(1) << 62) - 1)
#define INT_COMPACT_MIN (-(INT64_C(1) << 62))
enum { INT_SMALL_MIN = -5, INT_SMALL_MAX = 256 };

struct int_small { /* an int_object without limbs */
  struct object head;
  int64_t word;
};
extern struct int_small int_small[INT_SMALL_MAX - INT_SMALL_MIN + 1];

struct object *int_from_i64_cold(int64_t value); /* not a small one */
struct object *int_from_u64(uint64_t value);
/* magnitude: n limbs, least significant first; leading zeros are allowed. */
struct object *int_from_limbs(const uint64_t *magnitude, size_t n, bool negative);

/* The value of n digits in a base from 2 to 36, valid ones only, underscores among them are passed
 * over. In bases that are no power of two at most int_text_digits digits (0: any number), as
 * CPython's sys.set_int_max_str_digits: beyond, ERROR_VALUE. */
struct object *int_from_text(const char *digits, size_t n, unsigned base);
extern size_t int_text_digits;
/* The decimal digits, with the same limit: a new str. */
struct object *int_repr(struct object *o);

/* Always a reference the caller owns. */
static inline struct object *int_from_i64(int64_t value) {
  if ((uint64_t)value - (uint64_t)INT_SMALL_MIN <= INT_SMALL_MAX - INT_SMALL_MIN)
    return hold(&int_small[value - INT_SMALL_MIN].head);
  return int_from_i64_cold(value);
}

static inline bool is_int(const struct object *o) {
  return type_of(o) == &int_type || type_of(o) == &bool_type;
}
static inline bool int_is_compact(const struct object *o) {
  return !(((const struct int_object *)o)->word & 1);
}
/* Of two objects of any type: both ints (no bools) whose values are their words. */
static inline bool int_both_compact(const struct object *a, const struct object *b) {
  return type_of(a) == &int_type && type_of(b) == &int_type && int_is_compact(a) &&
         int_is_compact(b);
}
static inline size_t int_limbs_n(const struct int_object *i) { return (size_t)i->word >> 2; }
static inline bool int_wide_is_negative(const struct int_object *i) { return i->word >> 1 & 1; }

bool int_to_i64(const struct object *o, int64_t *value); /* false when it does not fit; no error */
/* The value of an int that fits; overflow is a fatal error in check builds, wraps elsewhere. */
int64_t int_value_wide(const struct object *o);
static inline int64_t int_value(const struct object *o) {
  return LIKELY(int_is_compact(o)) ? ((const struct int_object *)o)->word >> 1 : int_value_wide(o);
}

/* Arithmetic on ints (bools included) of any size. */
struct object *int_add_wide(struct object *a, struct object *b);
struct object *int_subtract_wide(struct object *a, struct object *b);
struct object *int_multiply(struct object *a, struct object *b);
struct object *int_negate(struct object *a);
int int_compare(const struct object *a, const struct object *b); /* -1, 0, 1 */

static inline struct object *int_add(struct object *a, struct object *b) {
  int64_t x = ((struct int_object *)a)->word, y = ((struct int_object *)b)->word, sum;
  if (LIKELY(!((x | y) & 1)) && LIKELY(!__builtin_add_overflow(x, y, &sum)))
    return int_from_i64(sum >> 1);
  return int_add_wide(a, b);
}
static inline struct object *int_subtract(struct object *a, struct object *b) {
  int64_t x = ((struct int_object *)a)->word, y = ((struct int_object *)b)->word, difference;
  if (LIKELY(!((x | y) & 1)) && LIKELY(!__builtin_sub_overflow(x, y, &difference)))
    return int_from_i64(difference >> 1);
  return int_subtract_wide(a, b);
}

/* The hash of a number: its value modulo the prime 2^61 - 1, with the sign, and -2 for -1. */
#define INT_HASH_MODULUS ((INT64_C(1) << 61) - 1)
static inline int64_t int_hash_i64(int64_t value) {
  int64_t hash = value;
  if (UNLIKELY(value >= INT_HASH_MODULUS || value <= -INT_HASH_MODULUS))
    hash = value % INT_HASH_MODULUS;
  return UNLIKELY(hash == -1) ? -2 : hash;
}
/* object_hash with the most frequent case in place. */
static inline int64_t int_or_object_hash(struct object *o) {
  if (LIKELY(type_of(o) == &int_type) && LIKELY(int_is_compact(o)))
    return int_hash_i64(((struct int_object *)o)->word >> 1);
  return object_hash(o);
}
int int_equal(struct object *a, struct object *b);
int64_t int_hash(struct object *o);

void int_open(void);
void int_release_caches(void);
