/* What the loop does with numbers in place: ints and floats that need no call. Everything else is
 * operation_binary, compare, object_get_item. */
#pragma once
#include "runtime/bytecode/opcode.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/frame.h"

/* A result whose word is given; a dying int is reused: `box` may be NULL. */
ALWAYS_INLINE struct object *int_from_word(int64_t word) { return int_from_i64(word >> 1); }

/* float_from and drop where floats come from their free list and go back to it, mostly. */
ALWAYS_INLINE struct object *new_float(double value) {
  struct object *o = freelist_pop(&float_free);
  if (UNLIKELY(!o))
    return float_from(value);
  ((struct float_object *)o)->value = value;
  return o;
}
ALWAYS_INLINE void drop_float(struct object *o) {
#if GC_RC
  if (LIKELY(--o->count != 0))
    return;
  if (UNLIKELY(!is_float(o)) || UNLIKELY(!freelist_push(&float_free, o)))
    rc_die(o);
#else
  (void)o;
#endif
}
/* drop of what is an int, mostly: no need to look whether it is tracked. */
ALWAYS_INLINE void drop_int(struct object *o) {
#if GC_RC
  if (LIKELY(--o->count != 0))
    return;
  if (LIKELY(type_of(o) == &int_type))
    int_destroy(o);
  else
    rc_die(o);
#else
  (void)o;
#endif
}

/* drop of an operand that is a number, mostly. */
ALWAYS_INLINE void drop_number(struct object *o) {
  if (is_float(o))
    drop_float(o);
  else
    drop_int(o);
}

enum {
  KIND_ADD = BINARY_ADD,
  KIND_SUBTRACT = BINARY_SUBTRACT,
  KIND_MULTIPLY = BINARY_MULTIPLY,
  KIND_REMAINDER = BINARY_REMAINDER,
  KIND_FLOOR_DIVIDE = BINARY_FLOOR_DIVIDE,
  KIND_TRUE_DIVIDE = BINARY_TRUE_DIVIDE,
  KIND_AND = BINARY_AND,
  KIND_OR = BINARY_OR,
  KIND_XOR = BINARY_XOR,
  KIND_LSHIFT = BINARY_LSHIFT,
  KIND_RSHIFT = BINARY_RSHIFT,
};

/* Words (twice the values) of two compact ints: false when the result needs the slow path. */
ALWAYS_INLINE bool int_binary(int kind, int64_t x, int64_t y, int64_t *word) {
  switch (kind) {
  case KIND_ADD:
    return !__builtin_add_overflow(x, y, word);
  case KIND_SUBTRACT:
    return !__builtin_sub_overflow(x, y, word);
  case KIND_MULTIPLY:
    return !__builtin_mul_overflow(x >> 1, y, word);
  case KIND_AND:
    return *word = x & y, true;
  case KIND_OR:
    return *word = x | y, true;
  case KIND_XOR:
    return *word = x ^ y, true;
  case KIND_RSHIFT:
    if (UNLIKELY(y < 0))
      return false;
    return *word = (x >> (y > 124 ? 62 : y >> 1)) & ~INT64_C(1), true;
  case KIND_LSHIFT: {
    if (UNLIKELY((uint64_t)y >= 2 * 62))
      return false;
    int64_t shifted = (int64_t)((uint64_t)x << (y >> 1));
    return *word = shifted, shifted >> (y >> 1) == x;
  }
  case KIND_FLOOR_DIVIDE: {
    if (UNLIKELY(y == 0 || y == -2))
      return false;
    int64_t quotient = x / y;
    quotient -= (quotient * y != x) & ((x ^ y) < 0);
    return *word = quotient * 2, true;
  }
  case KIND_REMAINDER: {
    if (UNLIKELY(y == 0))
      return false;
    if (y == -2)
      return *word = 0, true;
    int64_t rest = x % y;
    return *word = rest + (((rest != 0) & ((rest ^ y) < 0)) ? y : 0), true;
  }
  default:
    return false;
  }
}

/* The same for exact ints of any size, but for division: a new reference, or NULL with an error. */
ALWAYS_INLINE struct object *int_binary_wide(int kind, struct object *a, struct object *b) {
  switch (kind) {
  case KIND_ADD:
    return int_add_wide(a, b);
  case KIND_SUBTRACT:
    return int_subtract_wide(a, b);
  case KIND_MULTIPLY:
    return int_multiply(a, b);
  case KIND_AND:
    return int_and(a, b);
  case KIND_OR:
    return int_or(a, b);
  case KIND_XOR:
    return int_xor(a, b);
  case KIND_LSHIFT:
    return int_shift_left(a, b);
  default:
    return int_shift_right(a, b);
  }
}
ALWAYS_INLINE bool is_divided(int kind) {
  return kind == KIND_REMAINDER || kind == KIND_FLOOR_DIVIDE || kind == KIND_TRUE_DIVIDE;
}

ALWAYS_INLINE bool float_binary(int kind, double x, double y, double *result) {
  switch (kind) {
  case KIND_ADD:
    return *result = x + y, true;
  case KIND_SUBTRACT:
    return *result = x - y, true;
  case KIND_MULTIPLY:
    return *result = x * y, true;
  case KIND_TRUE_DIVIDE:
    return *result = x / y, y != 0;
  default:
    return false;
  }
}

/* The value of a float or of a small enough int, for mixed arithmetic. */
ALWAYS_INLINE bool as_double(const struct object *o, double *value) {
  if (is_float(o))
    return *value = float_value(o), true;
  if (type_of(o) == &int_type && int_is_compact(o)) {
    int64_t whole = ((const struct int_object *)o)->word >> 1;
    return *value = (double)whole, whole <= (INT64_C(1) << 53) && whole >= -(INT64_C(1) << 53);
  }
  return false;
}

/* Writes an int or float result over an object that only one reference holds and that dies. */
ALWAYS_INLINE bool reuse_int(struct object *o, int64_t word) {
  if (!GC_RC || !object_is_unshared(o) || type_of(o) != &int_type || !int_is_compact(o))
    return false;
  int64_t value = word >> 1;
  if (value >= INT_SMALL_MIN && value <= INT_SMALL_MAX)
    return false;
  ((struct int_object *)o)->word = word;
  return true;
}
ALWAYS_INLINE bool reuse_float(struct object *o, double value) {
  if (!GC_RC || !object_is_unshared(o) || !is_float(o))
    return false;
  ((struct float_object *)o)->value = value;
  return true;
}

/* In the tracing family no count tells who holds a number. But a result that the word before left
 * on the stack is held by nobody else, if that word computed it here (`fresh`) and did not get it
 * from somebody's method. It is written over, and is then the result; NULL: it can't be. */
ALWAYS_INLINE struct object *renew_int(struct object *o, struct object *fresh, int64_t word) {
  if (o != fresh || type_of(o) != &int_type || !int_is_compact(o))
    return NULL;
  int64_t before = ((struct int_object *)o)->word >> 1, value = word >> 1;
  if ((before >= INT_SMALL_MIN && before <= INT_SMALL_MAX) ||
      (value >= INT_SMALL_MIN && value <= INT_SMALL_MAX))
    return NULL;
  ((struct int_object *)o)->word = word;
  return o;
}
ALWAYS_INLINE struct object *renew_float(struct object *o, struct object *fresh, double value) {
  if (o != fresh || !is_float(o))
    return NULL;
  ((struct float_object *)o)->value = value;
  return o;
}

/* Whether key is an int, no bool, that names one of `length` items, counted from the end if it is
 * negative: which. */
ALWAYS_INLINE bool item_index(const struct object *key, size_t length, size_t *i) {
  if (type_of(key) != &int_type || !int_is_compact(key))
    return false;
  int64_t given = ((const struct int_object *)key)->word >> 1;
  *i = (size_t)(given + (given < 0 ? (int64_t)length : 0));
  return LIKELY(*i < length);
}

/* A new reference; NULL: ask object_get_item. */
ALWAYS_INLINE struct object *subscript_fast(struct object *o, struct object *key) {
  size_t i;
  if (is_list(o))
    return item_index(key, list_length(o), &i) ? hold(list_get_borrowed(o, i)) : NULL;
  if (is_tuple(o))
    return item_index(key, tuple_length(o), &i) ? hold(tuple_get_borrowed(o, i)) : NULL;
  if (is_str(o) && LIKELY(str_is_ascii(o)) && item_index(key, str_length(o), &i))
    return str_from_byte(((const unsigned char *)str_data(o))[i]);
  return NULL;
}
/* False: nothing was done, ask object_set_item. */
ALWAYS_INLINE bool subscript_store_taking(struct object *o, struct object *key,
                                          struct object *value) {
  size_t i;
  if (!is_list(o) || !item_index(key, list_length(o), &i))
    return false;
  list_set_taking(o, i, value);
  return true;
}

/* A bound of a slice: None or an int that is no bool and fits, cut to [0, length]. */
ALWAYS_INLINE bool slice_bound(const struct object *o, size_t length, size_t none, size_t *bound) {
  if (o == NONE)
    return *bound = none, true;
  if (type_of(o) != &int_type || !int_is_compact(o))
    return false;
  *bound = sequence_clip(((const struct int_object *)o)->word >> 1, length);
  return true;
}
/* o[start:stop] of a list, tuple or str without a slice object: *is_plain says whether that was it;
 * the result is then a new reference, or NULL with an error. */
static inline struct object *slice_fast(struct object *o, const struct object *start,
                                        const struct object *stop, bool *is_plain) {
  size_t n, from, to;
  if (is_list(o))
    n = list_length(o);
  else if (is_str(o))
    n = str_length(o);
  else if (is_tuple(o))
    n = tuple_length(o);
  else
    return NULL;
  if (!slice_bound(start, n, 0, &from) || !slice_bound(stop, n, n, &to))
    return NULL;
  *is_plain = true;
  to = to < from ? from : to;
  return is_list(o)  ? list_slice(o, from, to)
         : is_str(o) ? str_slice(o, from, to)
                     : tuple_slice(o, from, to);
}
