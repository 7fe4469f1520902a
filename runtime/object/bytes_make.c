/* Making bytes and bytearray from anything: their constructors. */
#include "runtime/object/byte_builder.h"
#include "runtime/object/bytes_internal.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <string.h>

/* ---- For all methods ---- */

int bytes_argument_get(struct object *o, struct bytes_argument *a) {
  a->view.object = NULL;
  if (LIKELY(is_bytes(o))) {
    a->units = bytes_units(o);
    return 0;
  }
  if (buffer_get(o, &a->view, BUFFER_SIMPLE) < 0)
    return -1;
  a->units = (struct text_units){a->view.data, (size_t)a->view.bytes, 0};
  return 0;
}

struct object *bytearray_from(const void *data, size_t n) {
  struct object *o = bytearray_new(n);
  if (o && n)
    memcpy(bytearray_data(o), data, n);
  return o;
}
struct object *bytes_make_open_like(const struct object *like, size_t n, unsigned char **data) {
  static unsigned char nothing[1];
  struct object *o;
  if (is_any_bytes(like)) {
    o = bytes_new_open(n);
    *data = o ? ((struct bytes *)o)->data : NULL;
  } else {
    bytes_pin(like);
    o = bytearray_new(n);
    bytes_unpin(like);
    *data = o && n ? bytearray_data(o) : nothing;
  }
  return o;
}
struct object *bytes_make_like(const struct object *like, const void *data, size_t n) {
  if (is_any_bytes(like))
    return bytes_from(data, n);
  unsigned char *out;
  struct object *o = bytes_make_open_like(like, n, &out);
  if (o && n)
    memcpy(out, data, n);
  return o;
}
struct object *bytes_same(struct object *o) {
  if (is_bytes(o))
    return hold(o);
  struct text_units in = bytes_units(o);
  return bytes_make_like(o, in.data, in.n);
}

static int value_of(struct object *o, const char *message) {
  int64_t value;
  if (LIKELY(type_of(o) == &int_type && int_is_compact(o)))
    value = int_value(o);
  else {
    struct object *index = number_index(o);
    if (!index)
      return -1;
    bool fits = int_to_i64(index, &value);
    drop(index);
    if (!fits)
      value = -1;
  }
  if (LIKELY(value >= 0 && value < 256))
    return (int)value;
  error_set(ERROR_VALUE, "%s", message);
  return -1;
}
int bytes_value(struct object *o) { return value_of(o, "byte must be in range(0, 256)"); }

/* ---- From what is no str ---- */

/* Where ints from an iterable go: to bytes being made, or straight to a bytearray, which everybody
 * may look at meanwhile. */
struct sink {
  struct byte_builder *builder;
  struct object *array;
  const char *message; /* where a value is out of range */
};
static int put_taking(const struct sink *to, struct object *o) {
  int value = value_of(o, to->message);
  drop(o);
  if (value < 0)
    return -1;
  unsigned char byte = (unsigned char)value;
  return to->array ? bytearray_append(to->array, &byte, 1)
                   : byte_builder_add_byte(to->builder, byte);
}

/* Lists and tuples are read in place, anew in each round. */
static int add_ints(const struct sink *to, struct object *iterable) {
  if (is_list(iterable) || is_tuple(iterable)) {
    for (size_t i = 0;; i++) {
      size_t n = is_list(iterable) ? list_length(iterable) : tuple_length(iterable);
      if (i >= n)
        return 0;
      if (put_taking(to, hold(is_list(iterable) ? list_get_borrowed(iterable, i)
                                                : tuple_get_borrowed(iterable, i))) < 0)
        return -1;
    }
  }
  struct object *iterator = iterate(iterable), *each;
  if (!iterator)
    return -1;
  int status = object_length_hint(iterable, 64) < 0 ? -1 : 0;
  while (status == 0 && (each = iterate_next(iterator)))
    status = put_taking(to, each);
  drop(iterator);
  return status < 0 || error_pending() != ERROR_NONE ? -1 : 0;
}

/* A count of zeros: 1 with *n; 0: it is none. */
static int read_count(struct object *o, int64_t *n) {
  if (!type_of(o)->number.index)
    return 0;
  if (number_to_i64(o, n, ERROR_OVERFLOW) < 0)
    return error_clear_if(ERROR_TYPE) ? 0 : -1;
  if (*n >= 0)
    return 1;
  error_set(ERROR_VALUE, "negative count");
  return -1;
}

static bool can_iterate(struct object *o) { return type_of(o)->iter || is_sequence(o); }

static struct object *bytes_from_object(struct object *o) {
  if (is_bytes(o))
    return hold(o);
  if (has_buffer(o)) {
    struct buffer_view view;
    if (buffer_get(o, &view, BUFFER_FULL_READ) < 0)
      return NULL;
    struct object *bytes = bytes_new_open((size_t)view.bytes);
    if (bytes && view.bytes)
      buffer_copy_out(((struct bytes *)bytes)->data, &view);
    buffer_release(&view);
    return bytes;
  }
  if (is_any_str(o) || !can_iterate(o))
    return error_format(ERROR_TYPE, "cannot convert '%N' object to bytes", o);
  struct byte_builder b = BYTE_BUILDER_EMPTY;
  const struct sink to = {&b, NULL, "bytes must be in range(0, 256)"};
  if (add_ints(&to, o) < 0) {
    byte_builder_discard(&b);
    return NULL;
  }
  return byte_builder_finish(&b);
}

/* What __bytes__ gives; NULL without an error: there is none. */
static struct object *by_special_method(struct object *o) {
  struct object *self[] = {o}, *result = call_special(NAME(bytes), self, 1);
  if (!result || is_any_bytes(result))
    return result;
  error_format(ERROR_TYPE, "__bytes__ returned non-bytes (type %N)", result);
  drop(result);
  return NULL;
}
struct object *object_bytes(struct object *o) {
  struct object *result = is_bytes(o) ? NULL : by_special_method(o);
  return result || error_pending() != ERROR_NONE ? result : bytes_from_object(o);
}

/* The arguments source, encoding, errors of either constructor: *text is what a str is encoded as;
 * NULL without an error: the source is no str. */
static int read_arguments(const char *function, struct object *const *args, size_t n,
                          struct object *kwnames, struct object **source, struct object **text) {
  static const char *const names[] = {"source", "encoding", "errors"};
  struct args_spec spec = {function, names, 3, 0, 3, 0};
  struct object *values[3];
  const char *encoding = NULL, *errors = NULL;
  *text = NULL;
  if (args_parse(&spec, args, n, kwnames, values) < 0 ||
      (values[1] && !(encoding = args_to_name(function, "argument 'encoding'", values[1]))) ||
      (values[2] && !(errors = args_to_name(function, "argument 'errors'", values[2]))))
    return -1;
  *source = values[0];
  if (encoding || errors) {
    if (values[0] && is_any_str(values[0]) && encoding)
      return (*text = codec_encode(values[0], encoding, errors)) ? 0 : -1;
    error_set(ERROR_TYPE, values[0] && is_any_str(values[0]) ? "string argument without an encoding"
                          : encoding                         ? "encoding without a string argument"
                                                             : "errors without a string argument");
    return -1;
  }
  return 0;
}

static struct object *make_bytes(struct object *const *args, size_t n, struct object *kwnames) {
  struct object *source, *text;
  if (read_arguments("bytes", args, n, kwnames, &source, &text) < 0)
    return NULL;
  if (text || !source)
    return text ? text : bytes_from("", 0);
  if (is_bytes(source))
    return hold(source);
  struct object *result = by_special_method(source);
  if (result || error_pending() != ERROR_NONE)
    return result;
  if (is_any_str(source))
    return error_format(ERROR_TYPE, "string argument without an encoding");
  int64_t count;
  int has_count = read_count(source, &count);
  if (has_count)
    return has_count < 0 ? NULL : bytes_from(NULL, (size_t)count);
  return bytes_from_object(source);
}

struct object *bytes_new_slot(struct type *t, struct object *const *args, size_t n,
                              struct object *kwnames) {
  struct object *bytes = make_bytes(args, n, kwnames);
  if (!bytes || t == &bytes_type)
    return bytes;
  size_t length = bytes_length(bytes);
  struct bytes *o = (struct bytes *)type_allocate(t, sizeof *o + 1 + length);
  if (o) {
    o->hash = -1;
    o->n = length;
    memcpy(o->data, bytes_data(bytes), length + 1);
    gc_track(&o->head);
  }
  drop(bytes);
  return (struct object *)o;
}

/* ---- bytearray ---- */

struct object *bytearray_new_slot(struct type *t, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  if (t == &bytearray_type)
    return bytearray_new(0);
  struct object *o = type_allocate(t, sizeof(struct bytearray)); /* zeroed: an empty one */
  if (o)
    gc_track(o);
  return o;
}

static int init_from(struct object *o, struct object *source) {
  int64_t count;
  int has_count = read_count(source, &count);
  if (has_count)
    return has_count < 0 ? -1 : bytearray_resize(o, (size_t)count);
  if (has_buffer(source)) {
    struct buffer_view view;
    if (buffer_get(source, &view, BUFFER_FULL_READ) < 0)
      return -1;
    int status = bytearray_resize(o, (size_t)view.bytes);
    if (status == 0 && view.bytes)
      buffer_copy_out(bytearray_data(o), &view);
    buffer_release(&view);
    return status;
  }
  if (!can_iterate(source)) {
    error_format(ERROR_TYPE, "cannot convert '%N' object to bytearray", source);
    return -1;
  }
  return add_ints(&(const struct sink){NULL, o, "byte must be in range(0, 256)"}, source);
}

int bytearray_init_slot(struct object *o, struct object *const *args, size_t n,
                        struct object *kwnames) {
  struct object *source, *text;
  if (bytearray_length(o) && bytearray_resize(o, 0) < 0)
    return -1;
  if (read_arguments("bytearray", args, n, kwnames, &source, &text) < 0)
    return -1;
  if (text) {
    int status = bytearray_append(o, bytes_data(text), bytes_length(text));
    drop(text);
    return status;
  }
  if (!source)
    return 0;
  if (is_any_str(source)) {
    error_set(ERROR_TYPE, "string argument without an encoding");
    return -1;
  }
  return init_from(o, source);
}
