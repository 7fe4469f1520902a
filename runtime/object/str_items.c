/* Strings as sequences: items, slices, repetition, order, iterators. */
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/str_internal.h"
#include <string.h>

int64_t str_length_slot(struct object *s) { return (int64_t)str_length(s); }

struct object *str_item(struct object *s, int64_t i) {
  if (UNLIKELY(i < 0 || i >= (int64_t)str_length(s))) {
    error_set(ERROR_INDEX, "string index out of range");
    return NULL;
  }
  if (LIKELY(str_kind(s) == 0))
    return str_from_byte(((const unsigned char *)str_data(s))[i]);
  return str_slice(s, (size_t)i, (size_t)i + 1);
}

static struct object *stepped(struct object *s, int64_t start, int64_t step, size_t n) {
  unsigned kind = str_kind(s);
  struct object *o = str_new_open(n, kind);
  if (!o)
    return NULL;
  struct text_units in = str_units(s);
  void *data = str_room(o);
  for (size_t i = 0; i < n; i++)
    str_put(data, kind, i, text_unit(in, (size_t)(start + (int64_t)i * step)));
  return str_seal_taking(o, str_is_ascii(s));
}

struct object *str_subscript(struct object *s, struct object *key) {
  int64_t i, stop, step;
  if (LIKELY(type_of(key) == &int_type && int_is_compact(key)))
    i = int_value(key);
  else if (is_slice(key)) {
    if (slice_unpack(key, &i, &stop, &step) < 0)
      return NULL;
    int64_t n = slice_adjust((int64_t)str_length(s), &i, &stop, step);
    if (n <= 0)
      return str_from_ascii("");
    if (step == 1)
      return str_slice(s, (size_t)i, (size_t)stop);
    return stepped(s, i, step, (size_t)n);
  } else if (!type_of(key)->number.index)
    return error_format(ERROR_TYPE, "string indices must be integers, not '%N'", key);
  else if (number_to_i64(key, &i, ERROR_INDEX) < 0)
    return NULL;
  return str_item(s, i < 0 ? i + (int64_t)str_length(s) : i);
}

struct object *str_concat_slot(struct object *a, struct object *b) {
  if (UNLIKELY(!is_any_str(b)))
    return error_format(ERROR_TYPE, "can only concatenate str (not \"%N\") to str", b);
  return str_concat(a, b);
}

struct object *str_repeat(struct object *s, int64_t times) {
  size_t n = str_length(s), length;
  if (times <= 0 || n == 0)
    return str_from_ascii("");
  if (times == 1)
    return str_exact(s);
  if (__builtin_mul_overflow(n, (size_t)times, &length) || length > INT64_MAX) {
    error_set(ERROR_OVERFLOW, "repeated string is too long");
    return NULL;
  }
  const struct str *from = (const struct str *)s;
  struct object *o = str_new_settled(length, from->shape & (STR_KIND | STR_ASCII));
  if (!o)
    return NULL;
  unsigned char *out = str_room(o);
  size_t bytes = n << str_kind(s), all = length << str_kind(s);
  if (bytes == 1)
    memset(out, from->data[0], all);
  else {
    memcpy(out, from->data, bytes);
    for (size_t done = bytes; done < all;) {
      size_t more = done < all - done ? done : all - done;
      memcpy(out + done, out, more);
      done += more;
    }
  }
  return o;
}

struct object *str_compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if (UNLIKELY(!is_any_str(a) || !is_any_str(b)))
    return hold(NOT_IMPLEMENTED);
  bool holds;
  if (op == COMPARE_EQ || op == COMPARE_NE)
    holds = (a == b || str_same_text(a, b)) == (op == COMPARE_EQ);
  else {
    int order = a == b ? 0 : str_compare(a, b);
    holds = op == COMPARE_LT   ? order < 0
            : op == COMPARE_LE ? order <= 0
            : op == COMPARE_GT ? order > 0
                               : order >= 0;
  }
  return hold(bool_from(holds));
}

/* ---- Iterators ---- */

struct object *str_iter(struct object *s) {
  return sequence_iterator_at(str_is_ascii(s) ? &str_ascii_iterator_type : &str_iterator_type, s,
                              0);
}
static struct object *next(struct object *o) {
  struct sequence_iterator *it = (struct sequence_iterator *)o;
  if (UNLIKELY(!it->sequence))
    return NULL;
  size_t i = (size_t)it->i;
  if (UNLIKELY(i >= str_length(it->sequence)))
    return sequence_iterator_exhaust(o);
  it->i++;
  if (LIKELY(str_kind(it->sequence) == 0))
    return str_from_byte(((const unsigned char *)str_data(it->sequence))[i]);
  return str_slice(it->sequence, i, i + 1);
}
static struct object *reduce(struct object *o) {
  return sequence_iterator_reduce_taking(o, builtins_get("iter"), str_from_ascii(""));
}
SEQUENCE_ITERATOR_METHODS(iterator_methods, sequence_iterator_hint, reduce,
                          sequence_iterator_set_state);
SEQUENCE_ITERATOR_TYPE(str_iterator_type, "str_iterator", next, iterator_methods);
SEQUENCE_ITERATOR_TYPE(str_ascii_iterator_type, "str_ascii_iterator", next, iterator_methods);
