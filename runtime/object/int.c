/* Unbounded integers: compact ones in a word, wide ones in limbs with GMP's mpn for the arithmetic.
 */
#include "runtime/object/int.h"
#include "runtime/object/complex.h"
#include "runtime/object/float.h"
#include "runtime/object/freelist.h"
#include "runtime/object/int_limbs.h"
#include <string.h>

struct int_small int_small[INT_SMALL_MAX - INT_SMALL_MIN + 1];
enum { FEW_LIMBS = 2 };
static struct freelist few_free[FEW_LIMBS + 1]; /* by limbs; 0: compact ints */

size_t int_bytes(const struct object *o) {
  const struct int_object *i = (const struct int_object *)o;
  return sizeof *i + (int_is_compact(o) ? 0 : int_limbs_n(i) * sizeof(uint64_t));
}

static size_t wide_bytes(size_t limbs_n) {
  return sizeof(struct int_object) + limbs_n * sizeof(uint64_t);
}

static NO_INLINE void free_block(struct object *o) { gc_delete(o, int_bytes(o)); }

void int_destroy(struct object *o) {
  size_t n = int_is_compact(o) ? 0 : int_limbs_n((struct int_object *)o);
  if (UNLIKELY(n > FEW_LIMBS) || !freelist_push(&few_free[n], o))
    free_block(o);
}

void int_open(void) {
  for (int value = INT_SMALL_MIN; value <= INT_SMALL_MAX; value++) {
    struct int_small *i = &int_small[value - INT_SMALL_MIN];
    *i = (struct int_small){.head = OBJECT_STATIC(int_type), .word = (int64_t)value * 2};
    gc_immortalize(&i->head);
  }
  for (size_t n = 0; n <= FEW_LIMBS; n++)
    freelist_open(&few_free[n], 100);
}

void int_release_caches(void) {
  for (size_t n = 0; n <= FEW_LIMBS; n++)
    freelist_release(&few_free[n], wide_bytes(n));
}

/* ---- From and to C's integers ---- */

struct int_object *int_new_wide(size_t limbs_n) {
  struct int_object *i = NULL;
  if (limbs_n < SIZE_MAX / 16)
    i = (struct int_object *)gc_new(&int_type, wide_bytes(limbs_n));
  return LIKELY(i != NULL) ? i : error_no_memory();
}

ALWAYS_INLINE struct object *new_block(size_t limbs_n) {
  struct object *o = gc_new(&int_type, wide_bytes(limbs_n));
  return LIKELY(o != NULL) ? o : error_no_memory();
}
static NO_INLINE struct object *new_block_cold(size_t limbs_n) { return new_block(limbs_n); }
ALWAYS_INLINE struct int_object *new_few(size_t limbs_n) {
  struct object *o = freelist_pop(&few_free[limbs_n]);
  if (!o)
    o = GC_RC ? new_block_cold(limbs_n) : new_block(limbs_n);
  return (struct int_object *)o;
}

struct object *int_from_few(int_u128 magnitude, bool negative) {
  uint64_t low = (uint64_t)magnitude, high = (uint64_t)(magnitude >> 64);
  if (high == 0 && low <= (uint64_t)INT_COMPACT_MAX + negative)
    return int_from_i64(negative ? -(int64_t)low : (int64_t)low);
  struct int_object *i;
  if (high) {
    if (UNLIKELY(!(i = new_few(2))))
      return NULL;
    i->limbs[1] = high;
  } else if (UNLIKELY(!(i = new_few(1))))
    return NULL;
  i->limbs[0] = low;
  i->word = (high ? 2 : 1) << 2 | negative << 1 | 1;
  return &i->head;
}

struct object *int_from_limbs(const uint64_t *magnitude, size_t n, bool negative) {
  while (n && magnitude[n - 1] == 0)
    n--;
  if (n <= FEW_LIMBS)
    return int_from_few((n > 0 ? magnitude[0] : 0) | (int_u128)(n > 1 ? magnitude[1] : 0) << 64,
                        negative);
  struct int_object *i = int_new_wide(n);
  if (!i)
    return NULL;
  i->word = (int64_t)(n << 2 | (size_t)negative << 1 | 1);
  memcpy(i->limbs, magnitude, n * sizeof(uint64_t));
  return &i->head;
}

struct object *int_from_u64(uint64_t value) {
  return value <= INT_COMPACT_MAX ? int_from_i64((int64_t)value) : int_from_few(value, false);
}

struct object *int_from_i64_cold(int64_t value) {
  if (UNLIKELY(value > INT_COMPACT_MAX || value < INT_COMPACT_MIN)) {
    return int_from_few(value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
  }
  struct int_object *i = new_few(0);
  if (UNLIKELY(!i))
    return NULL;
  i->word = value * 2;
  return &i->head;
}

bool int_to_i64(const struct object *o, int64_t *value) {
  const struct int_object *i = (const struct int_object *)o;
  if (int_is_compact(o)) {
    *value = i->word >> 1;
    return true;
  }
  bool negative = int_wide_is_negative(i);
  if (int_limbs_n(i) != 1 || i->limbs[0] > (uint64_t)INT64_MAX + negative)
    return false;
  *value = (int64_t)(negative ? -i->limbs[0] : i->limbs[0]);
  return true;
}

int64_t int_value_wide(const struct object *o) {
  int64_t value;
  if (int_to_i64(o, &value))
    return value;
  CHECK(!"an int that fits 64 bits");
  const struct int_object *i = (const struct int_object *)o;
  return (int64_t)(int_wide_is_negative(i) ? -i->limbs[0] : i->limbs[0]);
}

/* ---- Arithmetic ---- */

static int compare_magnitudes(const struct int_operand *x, const struct int_operand *y) {
  if (x->n != y->n)
    return x->n < y->n ? -1 : 1;
  return x->n ? mpn_cmp((const mp_limb_t *)x->limbs, (const mp_limb_t *)y->limbs, (mp_size_t)x->n)
              : 0;
}

struct object *int_finish(struct int_object *i, size_t room, bool negative) {
  size_t n = room;
  while (n && i->limbs[n - 1] == 0)
    n--;
  i->word = (int64_t)(room << 2 | 1);
  if (n == room && (n > 1 || i->limbs[0] > (uint64_t)INT_COMPACT_MAX + negative)) {
    i->word = (int64_t)(n << 2 | (size_t)negative << 1 | 1);
    return &i->head;
  }
  struct object *fitting = int_from_limbs(i->limbs, n, negative);
  gc_delete(&i->head, wide_bytes(room));
  return fitting;
}

static NO_INLINE struct object *add_limbs(struct object *a, struct object *b, bool subtract) {
  struct int_operand x, y;
  int_read_operand(a, &x);
  int_read_operand(b, &y);
  y.negative ^= subtract;
  int order = compare_magnitudes(&x, &y);
  bool x_is_larger = order >= 0;
  const struct int_operand *large = x_is_larger ? &x : &y, *small = x_is_larger ? &y : &x;
  if (large->n == 0)
    return int_from_i64(0);
  size_t room = large->n + 1;
  struct int_object *i = int_new_wide(room);
  if (!i)
    return NULL;
  mp_limb_t *result = (mp_limb_t *)i->limbs;
  const mp_limb_t *l = (const mp_limb_t *)large->limbs, *s = (const mp_limb_t *)small->limbs;
  i->limbs[large->n] = 0;
  if (x.negative == y.negative)
    i->limbs[large->n] = small->n ? mpn_add(result, l, (mp_size_t)large->n, s, (mp_size_t)small->n)
                                  : (mpn_copyi(result, l, (mp_size_t)large->n), 0);
  else if (small->n)
    mpn_sub(result, l, (mp_size_t)large->n, s, (mp_size_t)small->n);
  else
    mpn_copyi(result, l, (mp_size_t)large->n);
  return int_finish(i, room, large->negative);
}

ALWAYS_INLINE struct object *add_signed(struct object *a, struct object *b, bool subtract) {
  struct int_few x, y;
  if (LIKELY(int_read_two(a, b, &x, &y))) {
    y.negative ^= subtract;
    int_u128 sum;
    if (x.negative != y.negative)
      return x.magnitude < y.magnitude ? int_from_few(y.magnitude - x.magnitude, y.negative)
                                       : int_from_few(x.magnitude - y.magnitude, x.negative);
    if (LIKELY(!__builtin_add_overflow(x.magnitude, y.magnitude, &sum)))
      return int_from_few(sum, x.negative);
  }
  return add_limbs(a, b, subtract);
}

struct object *int_add_wide(struct object *a, struct object *b) {
  return add_signed(a, b, false);
}
struct object *int_subtract_wide(struct object *a, struct object *b) {
  return add_signed(a, b, true);
}

static NO_INLINE struct object *multiply_limbs(struct object *a, struct object *b) {
  struct int_operand x, y;
  int_read_operand(a, &x);
  int_read_operand(b, &y);
  const struct int_operand *large = x.n >= y.n ? &x : &y, *small = x.n >= y.n ? &y : &x;
  if (small->n == 0)
    return int_from_i64(0);
  size_t room = x.n + y.n;
  struct int_object *i = int_new_wide(room);
  if (!i)
    return NULL;
  mpn_mul((mp_limb_t *)i->limbs, (const mp_limb_t *)large->limbs, (mp_size_t)large->n,
          (const mp_limb_t *)small->limbs, (mp_size_t)small->n);
  return int_finish(i, room, x.negative != y.negative);
}

/* Two limbs by two: no column of the school's method exceeds 128 bits. */
static struct object *multiply_few(const struct int_few *x, const struct int_few *y) {
  uint64_t x0 = (uint64_t)x->magnitude, x1 = (uint64_t)(x->magnitude >> 64);
  uint64_t y0 = (uint64_t)y->magnitude, y1 = (uint64_t)(y->magnitude >> 64);
  int_u128 low = (int_u128)x0 * y0;
  int_u128 middle = (int_u128)x1 * y0 + (uint64_t)(low >> 64);
  int_u128 other = (int_u128)x0 * y1 + (uint64_t)middle;
  int_u128 high = (int_u128)x1 * y1 + (uint64_t)(middle >> 64) + (uint64_t)(other >> 64);
  uint64_t limbs[] = {(uint64_t)low, (uint64_t)other, (uint64_t)high, (uint64_t)(high >> 64)};
  return int_from_limbs(limbs, ARRAY_SIZE(limbs), x->negative != y->negative);
}

struct object *int_multiply(struct object *a, struct object *b) {
  struct int_few x, y;
  if (UNLIKELY(!int_read_two(a, b, &x, &y)))
    return multiply_limbs(a, b);
  if (LIKELY(!((x.magnitude | y.magnitude) >> 64)))
    return int_from_few((int_u128)(uint64_t)x.magnitude * (uint64_t)y.magnitude,
                        x.negative != y.negative);
  return multiply_few(&x, &y);
}

struct object *int_negate(struct object *a) {
  struct int_operand x;
  int_read_operand(a, &x);
  return int_from_limbs(x.limbs, x.n, !x.negative);
}

struct object *int_copy(struct object *a) {
  if (type_of(a) == &int_type)
    return hold(a);
  struct int_operand x;
  int_read_operand(a, &x);
  return int_from_limbs(x.limbs, x.n, x.negative);
}

int int_sign(const struct object *o) {
  const struct int_object *i = (const struct int_object *)o;
  if (int_is_compact(o))
    return (i->word > 0) - (i->word < 0);
  return int_wide_is_negative(i) ? -1 : 1;
}

int int_compare(const struct object *a, const struct object *b) {
  int64_t v = ((const struct int_object *)a)->word, w = ((const struct int_object *)b)->word;
  if (LIKELY(!((v | w) & 1)))
    return (v > w) - (v < w);
  struct int_few p, q;
  if (LIKELY(int_read_two(a, b, &p, &q))) {
    if (p.negative != q.negative)
      return p.negative ? -1 : 1;
    int few = (p.magnitude > q.magnitude) - (p.magnitude < q.magnitude);
    return p.negative ? -few : few;
  }
  struct int_operand x, y;
  int_read_operand(a, &x);
  int_read_operand(b, &y);
  if (x.negative != y.negative)
    return x.negative ? -1 : 1;
  int order = compare_magnitudes(&x, &y);
  return x.negative ? -order : order;
}

/* ---- Equality and hash ---- */

int int_equal(struct object *a, struct object *b) {
  if (LIKELY(is_any_int(b)))
    return int_compare(a, b) == 0;
  if (is_any_float(b))
    return float_equal(b, a);
  return is_any_complex(b) ? complex_equal(b, a) : 0;
}

/* 2^64 is 8 modulo 2^61 - 1, so each further limb is a rotation of 61 bits by 3 and an addition. */
int64_t int_hash(struct object *o) {
  const struct int_object *i = (const struct int_object *)o;
  if (LIKELY(int_is_compact(o)))
    return int_hash_i64(i->word >> 1);
  const uint64_t modulus = (uint64_t)INT_HASH_MODULUS;
  uint64_t hash = 0;
  for (size_t n = int_limbs_n(i); n-- > 0;) {
    hash = (hash << 3 & modulus) | hash >> 58;
    hash += i->limbs[n] % modulus;
    if (hash >= modulus)
      hash -= modulus;
  }
  int64_t result = int_wide_is_negative(i) ? -(int64_t)hash : (int64_t)hash;
  return result == -1 ? -2 : result;
}

bool int_check(const struct object *o, char *error, size_t error_bytes) {
  const struct int_object *i = (const struct int_object *)o;
  if (int_is_compact(o)) {
    int64_t value = i->word >> 1;
    if (type_of(o) == &int_type && value >= INT_SMALL_MIN && value <= INT_SMALL_MAX &&
        o != &int_small[value - INT_SMALL_MIN].head)
      return check_failed(error, error_bytes, "int %ld exists twice", (long)value);
    return true;
  }
  size_t n = int_limbs_n(i);
  if (n == 0 || i->limbs[n - 1] == 0)
    return check_failed(error, error_bytes, "int %p has leading zeros", (const void *)o);
  if (n == 1 && i->limbs[0] <= (uint64_t)INT_COMPACT_MAX + int_wide_is_negative(i))
    return check_failed(error, error_bytes, "int %p should be compact", (const void *)o);
  return true;
}
