/* bytes and bytearray as sequences: items, slices, repetition, order, iterators. */
#include "runtime/object/bytes_internal.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/warning.h"
#include <string.h>

int bytes_warning_level;

int64_t bytes_length_slot(struct object *o) { return (int64_t)bytes_units(o).n; }

struct object *bytes_item_slot(struct object *o, int64_t i) {
  struct text_units in = bytes_units(o);
  if (UNLIKELY((uint64_t)i >= in.n)) {
    error_set(ERROR_INDEX, is_any_bytes(o) ? "index out of range" : "bytearray index out of range");
    return NULL;
  }
  return int_from_i64(bytes_at(in)[i]);
}

static struct object *get_slice(struct object *o, struct object *key) {
  int64_t start, stop, step;
  if (slice_unpack(key, &start, &stop, &step) < 0)
    return NULL;
  struct text_units in = bytes_units(o);
  int64_t n = slice_adjust((int64_t)in.n, &start, &stop, step);
  if (n <= 0)
    return bytes_make_like(o, "", 0);
  if (step == 1)
    return (size_t)n == in.n ? bytes_same(o) : bytes_make_like(o, bytes_at(in) + start, (size_t)n);
  unsigned char *out;
  struct object *slice = bytes_make_open_like(o, (size_t)n, &out);
  for (int64_t i = start; slice && n-- > 0; i += step)
    *out++ = bytes_at(in)[i];
  return slice;
}

struct object *bytes_subscript_slot(struct object *o, struct object *key) {
  int64_t i;
  if (LIKELY(type_of(key) == &int_type && int_is_compact(key)))
    i = int_value(key);
  else if (is_slice(key))
    return get_slice(o, key);
  else if (!type_of(key)->number.index)
    return error_format(ERROR_TYPE, "%s indices must be integers or slices, not %N",
                        is_any_bytes(o) ? "byte" : "bytearray", key);
  else if (number_to_i64(key, &i, ERROR_INDEX) < 0)
    return NULL;
  return bytes_item_slot(o, i < 0 ? i + (int64_t)bytes_units(o).n : i);
}

struct object *bytes_concat_slot(struct object *a, struct object *b) {
  struct bytes_argument x, y;
  if (is_bytes(a) && is_bytes(b)) {
    if (bytes_length(b) == 0)
      return hold(a);
    if (bytes_length(a) == 0)
      return hold(b);
  }
  bool failed = bytes_argument_get(a, &x) < 0;
  if (!failed && bytes_argument_get(b, &y) < 0) {
    bytes_argument_release(&x);
    failed = true;
  }
  if (failed)
    return error_matches(ERROR_MEMORY) ? NULL
                                       : error_format(ERROR_TYPE, "can't concat %N to %N", b, a);
  unsigned char *out;
  struct object *o = bytes_make_open_like(a, x.units.n + y.units.n, &out);
  if (o) {
    memcpy(out, x.units.data, x.units.n);
    memcpy(out + x.units.n, y.units.data, y.units.n);
  }
  bytes_argument_release(&y);
  bytes_argument_release(&x);
  return o;
}

struct object *bytes_repeat_slot(struct object *o, int64_t times) {
  struct text_units in = bytes_units(o);
  size_t n;
  if (times < 0)
    times = 0;
  if (__builtin_mul_overflow(in.n, (size_t)times, &n) || n > INT64_MAX - 64) {
    if (is_any_bytes(o))
      error_set(ERROR_OVERFLOW, "repeated bytes are too long");
    else
      error_no_memory();
    return NULL;
  }
  if (n == in.n && is_bytes(o))
    return hold(o);
  unsigned char *out;
  struct object *result = bytes_make_open_like(o, n, &out);
  if (!result || n == 0)
    return result;
  in = bytes_units(o);
  if (in.n == 1)
    memset(out, bytes_at(in)[0], n);
  else {
    memcpy(out, in.data, in.n);
    for (size_t done = in.n; done < n;) {
      size_t more = done < n - done ? done : n - done;
      memcpy(out + done, out, more);
      done += more;
    }
  }
  return result;
}

/* ---- Order ---- */

struct object *bytes_compare_units(struct text_units a, struct text_units b, enum compare_op op) {
  if (op == COMPARE_EQ || op == COMPARE_NE)
    return hold(bool_from((a.n == b.n && memcmp(a.data, b.data, a.n) == 0) == (op == COMPARE_EQ)));
  int order = memcmp(a.data, b.data, a.n < b.n ? a.n : b.n);
  if (order == 0)
    order = (a.n > b.n) - (a.n < b.n);
  return hold(bool_from(op == COMPARE_LT   ? order < 0
                        : op == COMPARE_LE ? order <= 0
                        : op == COMPARE_GT ? order > 0
                                           : order >= 0));
}

static int warn(struct object *a, struct object *b, enum compare_op op, const char *type) {
  if (!bytes_warning_level || (op != COMPARE_EQ && op != COMPARE_NE))
    return 0;
  const char *other = is_any_str(a) || is_any_str(b)   ? "string"
                      : is_any_int(a) || is_any_int(b) ? "int"
                                                       : NULL;
  if (!other || (other[0] == 'i' && *type == 'B'))
    return 0;
  return warning_format(ERROR_BYTES_WARNING, 1, "Comparison between %s and %s", type, other);
}

struct object *bytes_compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if (LIKELY(is_any_bytes(a) && is_any_bytes(b)))
    return bytes_compare_units(bytes_units(a), bytes_units(b), op);
  return warn(a, b, op, "bytes") < 0 ? NULL : hold(NOT_IMPLEMENTED);
}
struct object *bytearray_compare_slot(struct object *a, struct object *b, enum compare_op op) {
  struct bytes_argument x, y;
  if (!has_buffer(a) || !has_buffer(b))
    return warn(a, b, op, "Bytearray") < 0 ? NULL : hold(NOT_IMPLEMENTED);
  struct object *result = NULL;
  if (bytes_argument_get(a, &x) == 0) {
    if (bytes_argument_get(b, &y) == 0) {
      result = bytes_compare_units(x.units, y.units, op);
      bytes_argument_release(&y);
    }
    bytes_argument_release(&x);
  }
  if (!result && !error_matches(ERROR_MEMORY)) {
    error_clear();
    return hold(NOT_IMPLEMENTED);
  }
  return result;
}

struct object *bytes_repr_slot(struct object *o) {
  struct text_units in = bytes_units(o);
  if (is_any_bytes(o))
    return bytes_repr_of(in.data, in.n, false);
  bytes_pin(o);
  struct object *text = bytes_repr_of(in.data, in.n, true);
  bytes_unpin(o);
  struct object *result = text ? str_format("%s(%U)", type_short_name(type_of(o)), text) : NULL;
  drop_null(text);
  return result;
}
struct object *bytes_str_slot(struct object *o) {
  if (bytes_warning_level && warning_format(ERROR_BYTES_WARNING, 1, "str() on a %s instance",
                                            is_any_bytes(o) ? "bytes" : "bytearray") < 0)
    return NULL;
  return bytes_repr_slot(o);
}

/* ---- Iterators ---- */

struct object *bytes_iter_slot(struct object *o) {
  return sequence_iterator_at(is_any_bytes(o) ? &bytes_iterator_type : &bytearray_iterator_type, o,
                              0);
}
static struct object *next(struct object *o) {
  struct sequence_iterator *it = (struct sequence_iterator *)o;
  if (UNLIKELY(!it->sequence))
    return NULL;
  struct text_units in = bytes_units(it->sequence);
  if (UNLIKELY((size_t)it->i >= in.n))
    return sequence_iterator_exhaust(o);
  return int_from_i64(bytes_at(in)[it->i++]);
}
static struct object *reduce(struct object *o) {
  return sequence_iterator_reduce_taking(o, builtins_get("iter"), tuple_new(0));
}
SEQUENCE_ITERATOR_METHODS(iterator_methods, sequence_iterator_hint, reduce,
                          sequence_iterator_set_state);
SEQUENCE_ITERATOR_TYPE(bytes_iterator_type, "bytes_iterator", next, iterator_methods);
SEQUENCE_ITERATOR_TYPE(bytearray_iterator_type, "bytearray_iterator", next, iterator_methods);
