/* Ints of any size as their operations see them: sign and magnitude, limbs least significant first.
 * For the files int*.c, and modules that compute with limbs. */
#pragma once
#include "runtime/object/int.h"
#include <gmp.h>

_Static_assert(GMP_NUMB_BITS == 64, "a limb must be 64 bits");

struct int_operand {
  const uint64_t *limbs; /* points at `own` for a compact int: the struct must not be copied */
  size_t n;              /* 0: the value is 0 */
  bool negative;
  uint64_t own;
};

static inline bool int_is_odd(const struct object *o) {
  return int_is_compact(o) ? int_value(o) & 1 : ((const struct int_object *)o)->limbs[0] & 1;
}
static inline void int_read_operand(const struct object *o, struct int_operand *x) {
  const struct int_object *i = (const struct int_object *)o;
  if (int_is_compact(o)) {
    int64_t value = i->word >> 1;
    x->negative = value < 0;
    x->own = value < 0 ? -(uint64_t)value : (uint64_t)value;
    x->limbs = &x->own;
    x->n = value != 0;
  } else {
    x->negative = int_wide_is_negative(i);
    x->limbs = i->limbs;
    x->n = int_limbs_n(i);
  }
}

/* Ints of at most two limbs are computed in registers: what exceeds a word is mostly a checksum, a
 * hash or a random number of 64 or 128 bits. */
__extension__ typedef unsigned __int128 int_u128;
__extension__ typedef __int128 int_i128;
struct int_few {
  int_u128 magnitude;
  bool negative;
};
ALWAYS_INLINE bool int_read_few(const struct object *o, struct int_few *x) {
  const struct int_object *i = (const struct int_object *)o;
  int64_t word = i->word;
  if (!(word & 1)) {
    int64_t value = word >> 1;
    x->negative = value < 0;
    x->magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    return true;
  }
  size_t n = (size_t)word >> 2;
  if (UNLIKELY(n > 2))
    return false;
  x->negative = word >> 1 & 1;
  x->magnitude = n == 1 ? i->limbs[0] : (int_u128)i->limbs[1] << 64 | i->limbs[0];
  return true;
}
/* Both, or false. */
ALWAYS_INLINE bool int_read_two(const struct object *a, const struct object *b, struct int_few *x,
                                struct int_few *y) {
  return int_read_few(a, x) && int_read_few(b, y);
}
struct object *int_from_few(int_u128 magnitude, bool negative);

static inline const mp_limb_t *int_mp(const uint64_t *limbs) { return (const mp_limb_t *)limbs; }
static inline mp_limb_t *int_mp_room(uint64_t *limbs) { return (mp_limb_t *)limbs; }

/* An exact int with room for so many limbs, its word to be set by int_finish; NULL: no memory. */
struct int_object *int_new_wide(size_t limbs_n);
/* Cuts a result to what it needs: leading zeros go, a small value becomes compact. Takes i. */
struct object *int_finish(struct int_object *i, size_t room, bool negative);

/* int.c, for the types. */
size_t int_bytes(const struct object *o);
struct object *int_floor_divide_slot(struct object *a, struct object *b); /* by 0: an error */
struct object *int_remainder_slot(struct object *a, struct object *b);
struct object *int_compare_slot(struct object *a, struct object *b, enum compare_op op);
bool int_check(const struct object *o, char *error, size_t error_bytes);

/* Limbs for the time of a computation: in the struct if they are few. */
struct int_room {
  uint64_t *limbs;
  size_t n;
  uint64_t few[16];
};
static inline bool int_room_open(struct int_room *r, size_t n) {
  r->n = n;
  if (n <= ARRAY_SIZE(r->few))
    r->limbs = r->few;
  else
    r->limbs = n < SIZE_MAX / 16 ? gc_buffer_new(n * sizeof(uint64_t)) : NULL;
  return r->limbs != NULL || (error_no_memory(), false);
}
static inline void int_room_close(struct int_room *r) {
  if (r->limbs != r->few)
    gc_buffer_free(r->limbs, r->n * sizeof(uint64_t));
}
