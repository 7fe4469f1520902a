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
/* In base 2, 8 or 16 behind 0b, 0o or 0x: a new str. */
struct object *int_repr_in_base(struct object *o, unsigned base);

/* The decimal digits of a value, with a '-' if it is negative; returns how many bytes. */
enum { INT_DECIMAL_BYTES = 20 };
size_t int_write_decimal(int64_t value, char out[INT_DECIMAL_BYTES]);

/* The digits of the magnitude, lower case, in a base from 2 to 36; those of base 10 have the same
 * limit. -1: an error, and nothing to close. The struct lives on the C stack and isn't copied. */
struct int_digits {
  const char *text; /* not NUL-terminated */
  size_t n;
  bool is_negative;
  char *room; /* item buffer; NULL: none */
  size_t room_bytes;
  char few[64];
};
int int_digits_open(struct int_digits *d, const struct object *o, unsigned base);
void int_digits_close(struct int_digits *d);

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
struct object *int_copy(struct object *a); /* an exact int; a itself if it is one */
static inline bool int_is_zero(const struct object *o) {
  return ((const struct int_object *)o)->word == 0;
}
int int_sign(const struct object *o);                            /* -1, 0, 1 */
int int_compare(const struct object *a, const struct object *b); /* -1, 0, 1 */

/* Division rounds down, as Python's; 0 is no divisor here (callers have said so). */
int int_divide(struct object *a, struct object *b, struct object **quotient,
               struct object **remainder); /* either may be NULL */
struct object *int_floor_divide(struct object *a, struct object *b);
struct object *int_remainder(struct object *a, struct object *b);
/* The nearest int to the quotient, ties to the even one. */
struct object *int_divide_nearest(struct object *a, struct object *b);
/* The quotient as the nearest double; OverflowError. b is not 0. */
struct object *int_true_divide(struct object *a, struct object *b);
/* exponent >= 0. */
struct object *int_power(struct object *base, struct object *exponent);
/* ValueError for a modulus of 0, and for a negative exponent where the base has no inverse. */
struct object *int_power_modulo(struct object *base, struct object *exponent,
                                struct object *modulus);
struct object *int_gcd(struct object *a, struct object *b);
/* Shifts by any int; "negative shift count". The right one rounds down. */
struct object *int_shift_left(struct object *a, struct object *b);
struct object *int_shift_right(struct object *a, struct object *b);
struct object *int_shift_left_by(struct object *a, uint64_t bits);
struct object *int_shift_right_by(struct object *a, uint64_t bits);
/* On two's complement of unlimited width. */
struct object *int_and(struct object *a, struct object *b);
struct object *int_or(struct object *a, struct object *b);
struct object *int_xor(struct object *a, struct object *b);
struct object *int_invert(struct object *a);
uint64_t int_bit_length(const struct object *o); /* of the magnitude */
uint64_t int_bit_count(const struct object *o);

/* The nearest double; -1: OverflowError "int too large to convert to float". */
int int_to_double(const struct object *o, double *value);
/* mantissa * 2^exponent with 0.5 <= |mantissa| < 1, correctly rounded; 0 for 0. */
double int_to_mantissa(const struct object *o, int64_t *exponent);
struct object *int_from_double(double value); /* cut towards 0; value is finite */
/* Exactly; value is no NaN. */
int int_compare_double(const struct object *o, double value);

/* The value as n bytes of two's complement, least significant first (or last: big). False without
 * an error when it does not fit (or is negative and unsigned). */
bool int_to_bytes(const struct object *o, unsigned char *bytes, size_t n, bool big, bool is_signed);
struct object *int_from_bytes(const unsigned char *bytes, size_t n, bool big, bool is_signed);

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

void int_destroy(struct object *o); /* of the type: one that nobody holds, and no bool */
void int_open(void);
void int_scratch_open(void); /* GMP's memory: int_scratch.c */
void int_scratch_close(void);
void int_release_caches(void);
