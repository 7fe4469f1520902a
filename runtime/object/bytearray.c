/* What only bytearray can: change. */
#include "runtime/object/byte_builder.h"
#include "runtime/object/bytes_internal.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <string.h>

static struct bytearray *array_of(struct object *o) { return (struct bytearray *)o; }

int bytearray_replace(struct object *o, size_t start, size_t stop, const void *data, size_t n) {
  struct bytearray *b = array_of(o);
  size_t behind = b->n - stop, length = start + n + behind;
  if (length > b->n) {
    size_t before = b->n;
    if (bytearray_resize(o, length) < 0)
      return -1;
    memmove(b->data + start + n, b->data + stop, before - stop);
  } else if (length < b->n) {
    if (b->exports) {
      error_set(ERROR_BUFFER, "Existing exports of data: object cannot be re-sized");
      return -1;
    }
    memmove(b->data + start + n, b->data + stop, behind);
    if (n)
      memcpy(b->data + start, data, n);
    return bytearray_resize(o, length);
  }
  if (n)
    memcpy(b->data + start, data, n);
  return 0;
}

/* ---- Items ---- */

int bytearray_set_item_slot(struct object *o, int64_t i, struct object *value) {
  int byte = 0;
  if (value && (byte = bytes_value(value)) < 0)
    return -1;
  if (i < 0) /* the value's __index__ may have changed the length */
    i += (int64_t)bytearray_length(o);
  if ((uint64_t)i >= bytearray_length(o)) {
    error_set(ERROR_INDEX, "bytearray index out of range");
    return -1;
  }
  if (!value)
    return bytearray_replace(o, (size_t)i, (size_t)i + 1, NULL, 0);
  bytearray_data(o)[i] = (unsigned char)byte;
  return 0;
}

static int delete_steps(struct object *o, int64_t start, int64_t step, int64_t n) {
  struct bytearray *b = array_of(o);
  if (n <= 0)
    return 0;
  if (b->exports) {
    error_set(ERROR_BUFFER, "Existing exports of data: object cannot be re-sized");
    return -1;
  }
  if (step < 0) {
    start += step * (n - 1);
    step = -step;
  }
  int64_t to = start, stop = start + step * (n - 1);
  for (int64_t from = start; from < (int64_t)b->n; from++)
    if (from > stop || (from - start) % step)
      b->data[to++] = b->data[from];
  return bytearray_resize(o, (size_t)to);
}

/* The data is what the caller has when all foreign code has run. */
static int set_range(struct object *o, int64_t start, int64_t stop, int64_t step, const void *data,
                     size_t n) {
  int64_t wanted = slice_adjust((int64_t)bytearray_length(o), &start, &stop, step);
  if (step == 1) {
    if (stop < start)
      stop = start;
    return bytearray_replace(o, (size_t)start, (size_t)stop, data, n);
  }
  if (n == 0)
    return delete_steps(o, start, step, wanted);
  if ((int64_t)n != wanted) {
    error_format(ERROR_VALUE, "attempt to assign bytes of size %zu to extended slice of size %ld",
                 n, (long)wanted);
    return -1;
  }
  for (size_t i = 0; i < n; i++, start += step)
    bytearray_data(o)[start] = ((const unsigned char *)data)[i];
  return 0;
}

/* What is no bytearray or bytes is made one first, and the slice asked again, as in CPython. */
static int set_slice(struct object *o, struct object *key, struct object *value) {
  int64_t start, stop, step;
  if (slice_unpack(key, &start, &stop, &step) < 0)
    return -1;
  if (!value)
    return set_range(o, start, stop, step, NULL, 0);
  if (value != o && (is_any_bytes(value) || is_any_bytearray(value))) {
    bytes_pin(value);
    int status = set_range(o, start, stop, step, bytes_units(value).data, bytes_units(value).n);
    bytes_unpin(value);
    return status;
  }
  if (is_number(value) || is_any_str(value)) {
    error_format(ERROR_TYPE,
                 "can assign only bytes, buffers, or iterables of ints in range(0, 256)");
    return -1;
  }
  struct object *copy = call_one(&bytearray_type.head, value);
  if (!copy)
    return -1;
  int status = set_slice(o, key, copy);
  drop(copy);
  return status;
}

int bytearray_set_slot(struct object *o, struct object *key, struct object *value) {
  int64_t i;
  if (LIKELY(type_of(key) == &int_type && int_is_compact(key)))
    i = int_value(key);
  else if (is_slice(key))
    return set_slice(o, key, value);
  else if (!type_of(key)->number.index) {
    error_format(ERROR_TYPE, "bytearray indices must be integers or slices, not %N", key);
    return -1;
  } else if (number_to_i64(key, &i, ERROR_INDEX) < 0)
    return -1;
  return bytearray_set_item_slot(o, i, value);
}

struct object *bytearray_inplace_concat_slot(struct object *o, struct object *other) {
  struct bytes_argument a;
  if (bytes_argument_get(other, &a) < 0)
    return error_matches(ERROR_MEMORY)
               ? NULL
               : error_format(ERROR_TYPE, "can't concat %N to %N", other, o);
  int status = bytearray_append(o, a.units.data, a.units.n);
  bytes_argument_release(&a);
  return status < 0 ? NULL : hold(o);
}
struct object *bytearray_inplace_repeat_slot(struct object *o, int64_t times) {
  size_t n = bytearray_length(o), length;
  if (times < 0)
    times = 0;
  if (__builtin_mul_overflow(n, (size_t)times, &length) || length > INT64_MAX)
    return error_no_memory();
  if (bytearray_resize(o, length) < 0)
    return NULL;
  for (size_t done = n; n && done < length; done += n)
    memcpy(bytearray_data(o) + done, bytearray_data(o), n);
  return hold(o);
}

/* ---- Methods ---- */

static struct object *none_unless(int status) { return status < 0 ? NULL : hold(NONE); }

static struct object *copy(struct object *o) {
  return bytes_make_like(o, bytes_units(o).data, bytes_units(o).n);
}
static struct object *append(struct object *o, struct object *item) {
  int byte = bytes_value(item);
  if (byte < 0)
    return NULL;
  unsigned char c = (unsigned char)byte;
  return none_unless(bytearray_append(o, &c, 1));
}
static struct object *extend(struct object *o, struct object *iterable) {
  if (iterable == o) { /* its view would keep it from growing */
    struct object *same = copy(o);
    int status = same ? bytearray_append(o, bytes_units(same).data, bytes_units(same).n) : -1;
    drop_null(same);
    return none_unless(status);
  }
  if (has_buffer(iterable)) {
    struct object *result = bytearray_inplace_concat_slot(o, iterable);
    drop_null(result);
    return result ? hold(NONE) : NULL;
  }
  struct object *iterator = iterate(iterable), *each;
  if (!iterator)
    return error_clear_if(ERROR_TYPE)
               ? error_format(ERROR_TYPE, "can't extend bytearray with %N", iterable)
               : NULL;
  struct byte_builder b = BYTE_BUILDER_EMPTY;
  int status = object_length_hint(iterable, 32) < 0 ? -1 : 0;
  while (status == 0 && (each = iterate_next(iterator))) {
    int byte = bytes_value(each);
    drop(each);
    status = byte < 0 ? -1 : byte_builder_add_byte(&b, (unsigned char)byte);
  }
  drop(iterator);
  if (status == 0 && error_pending() == ERROR_NONE)
    status = bytearray_append(o, b.data, b.n);
  else
    status = -1;
  byte_builder_discard(&b);
  return none_unless(status);
}
static struct object *insert(struct object *o, struct object *const *args, size_t n) {
  int64_t i;
  if (args_check_count("insert", n, 2, 2) < 0 || args_to_size(args[0], &i) < 0)
    return NULL;
  int byte = bytes_value(args[1]);
  if (byte < 0)
    return NULL;
  int64_t length = (int64_t)bytearray_length(o);
  if (i < 0)
    i = i + length < 0 ? 0 : i + length;
  if (i > length)
    i = length;
  unsigned char c = (unsigned char)byte;
  return none_unless(bytearray_replace(o, (size_t)i, (size_t)i, &c, 1));
}
static struct object *pop(struct object *o, struct object *const *args, size_t n) {
  int64_t i = -1, length;
  if (args_check_count("pop", n, 0, 1) < 0 || (n && args_to_size(args[0], &i) < 0))
    return NULL;
  length = (int64_t)bytearray_length(o);
  if (length == 0)
    return error_format(ERROR_INDEX, "pop from empty bytearray");
  if (i < 0)
    i += length;
  if (i < 0 || i >= length)
    return error_format(ERROR_INDEX, "pop index out of range");
  unsigned char c = bytearray_data(o)[i];
  if (bytearray_replace(o, (size_t)i, (size_t)i + 1, NULL, 0) < 0)
    return NULL;
  return int_from_i64(c);
}
static struct object *remove_(struct object *o, struct object *value) {
  int byte = bytes_value(value);
  if (byte < 0)
    return NULL;
  size_t at = text_find_unit(bytes_units(o), (uint32_t)byte);
  if (at == TEXT_NOT_FOUND)
    return error_format(ERROR_VALUE, "value not found in bytearray");
  return none_unless(bytearray_replace(o, at, at + 1, NULL, 0));
}
static struct object *reverse(struct object *o) {
  unsigned char *data = bytearray_data(o);
  for (size_t i = 0, n = bytearray_length(o); i < n / 2; i++) {
    unsigned char c = data[i];
    data[i] = data[n - 1 - i];
    data[n - 1 - i] = c;
  }
  return hold(NONE);
}
static struct object *clear(struct object *o) { return none_unless(bytearray_resize(o, 0)); }
static struct object *alloc(struct object *o) {
  size_t capacity = array_of(o)->capacity;
  return int_from_i64(capacity ? (int64_t)capacity + (capacity == bytearray_length(o)) : 0);
}

/* ---- Pickling ---- */

/* The type, what it is made of, and the state of a subclass. */
static struct object *reduce_by(struct object *o, int protocol) {
  struct object *state = call_method_none(o, NAME(getstate)), *args = NULL, *value = NULL;
  if (!state)
    return NULL;
  struct text_units in = bytes_units(o);
  bytes_pin(o);
  if (in.n == 0)
    args = tuple_new(0);
  else if (protocol < 3) {
    value = str_from_data(in.data, in.n, 0);
    struct object *encoding = value ? str_from_ascii("latin-1") : NULL;
    args = encoding ? tuple_pack(2, value, encoding) : NULL;
    drop_null(encoding);
  } else {
    value = bytes_from(in.data, in.n);
    args = value ? tuple_pack(1, value) : NULL;
  }
  bytes_unpin(o);
  struct object *result = args ? tuple_pack(3, &type_of(o)->head, args, state) : NULL;
  drop_null(args);
  drop_null(value);
  drop(state);
  return result;
}
static struct object *reduce(struct object *o) { return reduce_by(o, 2); }
static struct object *reduce_ex(struct object *o, struct object *const *args, size_t n) {
  int protocol = 0;
  if (args_check_count("__reduce_ex__", n, 0, 1) < 0 ||
      (n && args_to_c_int(args[0], &protocol) < 0))
    return NULL;
  return reduce_by(o, protocol);
}

const struct method_def bytearray_methods[] = {
    METHOD_ONE_("append", append, "($self, item, /)\n--\n\nAppends one byte, given as an int."),
    METHOD_ONE_("extend", extend,
                "($self, iterable_of_ints, /)\n--\n\nAppends all bytes of an iterator or buffer."),
    METHOD_FAST_("insert", insert,
                 "($self, index, item, /)\n--\n\nPuts one byte in front of the index."),
    METHOD_FAST_("pop", pop,
                 "($self, index=-1, /)\n--\n\nTakes the byte at the index out and returns it."),
    METHOD_ONE_("remove", remove_,
                "($self, value, /)\n--\n\nTakes the first occurrence of a byte out."),
    METHOD_NOARGS_("reverse", reverse, "($self, /)\n--\n\nReverses the order in place."),
    METHOD_NOARGS_("clear", clear, "($self, /)\n--\n\nTakes all bytes out."),
    METHOD_NOARGS_("copy", copy, "($self, /)\n--\n\nA copy."),
    METHOD_NOARGS_("__alloc__", alloc, "B.__alloc__() -> int\n\nHow many bytes there is room for."),
    METHOD_NOARGS_("__reduce__", reduce, "($self, /)\n--\n\nState for pickling."),
    METHOD_FAST_("__reduce_ex__", reduce_ex, "($self, proto=0, /)\n--\n\nState for pickling."),
#include "runtime/object/bytes_methods.inc"
    {NULL}};
