/* Ints as bits: shifts, logic on two's complement, bytes. */
#include "runtime/object/int_limbs.h"
#include <string.h>

/* ---- Shifts ---- */

struct object *int_shift_left_by(struct object *a, uint64_t bits) {
  struct int_few few;
  if (bits < 128 && int_read_few(a, &few) && few.magnitude << bits >> bits == few.magnitude)
    return int_from_few(few.magnitude << bits, few.negative);
  struct int_operand x;
  int_read_operand(a, &x);
  if (!x.n)
    return int_from_i64(0);
  size_t whole = bits / 64, room = x.n + whole + 1;
  struct int_object *i = int_new_wide(room);
  if (!i)
    return NULL;
  memset(i->limbs, 0, whole * sizeof(uint64_t));
  mp_limb_t *to = int_mp_room(i->limbs) + whole;
  if (bits % 64)
    i->limbs[room - 1] = mpn_lshift(to, int_mp(x.limbs), (mp_size_t)x.n, bits % 64);
  else {
    memcpy(to, x.limbs, x.n * sizeof(uint64_t));
    i->limbs[room - 1] = 0;
  }
  return int_finish(i, room, x.negative);
}

struct object *int_shift_right_by(struct object *a, uint64_t bits) {
  if (LIKELY(int_is_compact(a)))
    return int_from_i64(int_value(a) >> (bits > 63 ? 63 : bits));
  struct int_few few;
  if (bits < 128 && int_read_few(a, &few))
    return few.negative ? int_from_few(((few.magnitude - 1) >> bits) + 1, true)
                        : int_from_few(few.magnitude >> bits, false);
  struct int_operand x;
  int_read_operand(a, &x);
  size_t whole = bits / 64;
  if (whole >= x.n)
    return int_from_i64(x.negative ? -1 : 0);
  size_t n = x.n - whole, room = n + 1;
  struct int_object *i = int_new_wide(room);
  if (!i)
    return NULL;
  bool lost = false;
  for (size_t k = 0; k < whole && x.negative; k++)
    lost |= x.limbs[k] != 0;
  i->limbs[n] = 0;
  if (bits % 64)
    lost |=
        mpn_rshift(int_mp_room(i->limbs), int_mp(x.limbs + whole), (mp_size_t)n, bits % 64) != 0;
  else
    memcpy(i->limbs, x.limbs + whole, n * sizeof(uint64_t));
  if (x.negative && lost) /* down, not towards 0 */
    mpn_add_1(int_mp_room(i->limbs), int_mp(i->limbs), (mp_size_t)room, 1);
  return int_finish(i, room, x.negative);
}

static bool is_negative_count(const struct object *b) {
  if (int_sign(b) >= 0)
    return false;
  error_set(ERROR_VALUE, "negative shift count");
  return true;
}

/* Counts beyond 3.75 * 2**64 give more digits than CPython has a number for. */
static bool is_beyond_digits(struct object *count) {
  struct int_operand x;
  int_read_operand(count, &x);
  return x.n > 2 || (x.n == 2 && (x.limbs[1] > 3 || (x.limbs[1] == 3 && x.limbs[0] >> 62 == 3)));
}

struct object *int_shift_left(struct object *a, struct object *b) {
  if (is_negative_count(b))
    return NULL;
  if (int_is_zero(a))
    return int_from_i64(0);
  if (int_is_compact(b))
    return int_shift_left_by(a, (uint64_t)int_value(b));
  if (is_beyond_digits(b))
    return error_set(ERROR_OVERFLOW, "too many digits in integer"), NULL;
  return error_no_memory();
}
struct object *int_shift_right(struct object *a, struct object *b) {
  if (is_negative_count(b))
    return NULL;
  return int_shift_right_by(a, int_is_compact(b) ? (uint64_t)int_value(b) : UINT64_MAX);
}

/* ---- Logic ---- */

/* Limbs of the two's complement, one after the other; the sign goes on for ever. */
struct complement {
  const struct int_operand *x;
  uint64_t carry;
};
static inline uint64_t next_limb(struct complement *c, size_t i) {
  uint64_t limb = i < c->x->n ? c->x->limbs[i] : 0;
  if (!c->x->negative)
    return limb;
  limb = ~limb + c->carry;
  c->carry &= limb == 0;
  return limb;
}

static NO_INLINE struct object *combine_limbs(struct object *a, struct object *b, char op) {
  struct int_operand x, y;
  int_read_operand(a, &x);
  int_read_operand(b, &y);
  size_t room = (x.n > y.n ? x.n : y.n) + 1;
  if (op == '&' && !x.negative && !y.negative) /* above the shorter one are only zeros */
    room = (x.n < y.n ? x.n : y.n) + 1;
  struct int_object *i = int_new_wide(room);
  if (!i)
    return NULL;
  struct complement p = {&x, 1}, q = {&y, 1};
  for (size_t k = 0; k < room; k++) {
    uint64_t u = next_limb(&p, k), v = next_limb(&q, k);
    i->limbs[k] = op == '&' ? u & v : op == '|' ? u | v : u ^ v;
  }
  bool negative = i->limbs[room - 1] >> 63;
  if (negative)
    mpn_neg(int_mp_room(i->limbs), int_mp(i->limbs), (mp_size_t)room);
  return int_finish(i, room, negative);
}

/* In two's complement of 128 bits, where that has room for the sign. */
ALWAYS_INLINE bool fits_few(const struct int_few *x, const struct int_few *y) {
  return (!x->negative && !y->negative) || !((x->magnitude | y->magnitude) >> 127);
}
ALWAYS_INLINE struct object *combine_few(const struct int_few *x, const struct int_few *y,
                                         char op) {
#define COMBINED(u, v) (op == '&' ? (u) & (v) : op == '|' ? (u) | (v) : (u) ^ (v))
  int_u128 p = x->magnitude, q = y->magnitude;
  if (LIKELY(!x->negative && !y->negative))
    return int_from_few(COMBINED(p, q), false);
  p = x->negative ? -p : p;
  q = y->negative ? -q : q;
  int_u128 result = COMBINED(p, q);
  bool negative = result >> 127;
  return int_from_few(negative ? -result : result, negative);
#undef COMBINED
}

ALWAYS_INLINE struct object *combine_wide(struct object *a, struct object *b, char op) {
  struct int_few x, y;
  if (LIKELY(int_read_two(a, b, &x, &y)) && fits_few(&x, &y))
    return combine_few(&x, &y, op);
  return combine_limbs(a, b, op);
}

#define BITWISE(name, op, sign)                                                                    \
  struct object *name(struct object *a, struct object *b) {                                        \
    if (LIKELY(int_is_compact(a) && int_is_compact(b)))                                            \
      return int_from_i64(int_value(a) op int_value(b));                                           \
    return combine_wide(a, b, sign);                                                               \
  }
BITWISE(int_and, &, '&')
BITWISE(int_or, |, '|')
BITWISE(int_xor, ^, '^')

struct object *int_invert(struct object *a) {
  if (LIKELY(int_is_compact(a)))
    return int_from_i64(~int_value(a));
  return combine_wide(a, &int_small[-1 - INT_SMALL_MIN].head, '^');
}

uint64_t int_bit_length(const struct object *o) {
  struct int_operand x;
  int_read_operand(o, &x);
  return x.n ? (uint64_t)(x.n - 1) * 64 + bit_highest(x.limbs[x.n - 1]) + 1 : 0;
}
uint64_t int_bit_count(const struct object *o) {
  struct int_operand x;
  int_read_operand(o, &x);
  uint64_t count = 0;
  for (size_t i = 0; i < x.n; i++)
    count += bit_count(x.limbs[i]);
  return count;
}

/* ---- Bytes ---- */

bool int_to_bytes(const struct object *o, unsigned char *bytes, size_t n, bool big,
                  bool is_signed) {
  struct int_operand x;
  int_read_operand(o, &x);
  if (x.negative && !is_signed)
    return false;
  struct complement c = {&x, 1};
  uint64_t limb = 0;
  size_t limbs = 0;
  for (size_t i = 0; i < n; i++) {
    if (i % 8 == 0)
      limb = next_limb(&c, limbs++);
    bytes[big ? n - 1 - i : i] = (unsigned char)limb;
    limb >>= 8;
  }
  /* What is left must be the sign alone, and the last byte must show it. */
  unsigned char rest = x.negative ? 0xff : 0;
  if (n % 8)
    for (size_t k = n % 8; k < 8; k++, limb >>= 8)
      if ((unsigned char)limb != rest)
        return false;
  for (; limbs < x.n; limbs++)
    if (next_limb(&c, limbs) != (x.negative ? UINT64_MAX : 0))
      return false;
  if (!is_signed)
    return true;
  if (n == 0)
    return x.n == 0;
  return bytes[big ? 0 : n - 1] >> 7 == x.negative;
}

struct object *int_from_bytes(const unsigned char *bytes, size_t n, bool big, bool is_signed) {
  bool negative = is_signed && n && bytes[big ? 0 : n - 1] >> 7;
  if (n <= 8) {
    uint64_t value = negative && n < 8 ? UINT64_MAX << 8 * n : 0;
    for (size_t i = 0; i < n; i++)
      value |= (uint64_t)bytes[big ? n - 1 - i : i] << 8 * i;
    return negative ? int_from_i64((int64_t)value) : int_from_u64(value);
  }
  size_t room = n / 8 + 1;
  struct int_object *r = int_new_wide(room);
  if (!r)
    return NULL;
  memset(r->limbs, negative ? 0xff : 0, room * sizeof(uint64_t));
  for (size_t i = 0; i < n; i++)
    ((unsigned char *)r->limbs)[i] = bytes[big ? n - 1 - i : i];
  if (negative)
    mpn_neg(int_mp_room(r->limbs), int_mp(r->limbs), (mp_size_t)room);
  return int_finish(r, room, negative);
}
