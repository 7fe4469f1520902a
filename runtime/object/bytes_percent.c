/* bytes % values, bytearray % values. */
#include "runtime/object/byte_builder.h"
#include "runtime/object/bytes_internal.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/percent.h"
#include "runtime/object/str.h"
#include <string.h>

static void add_padded(struct byte_builder *b, const void *data, size_t n,
                       const struct percent_conversion *c) {
  size_t missing = c->width > (int64_t)n ? (size_t)c->width - n : 0;
  unsigned char *room = byte_builder_room(b, n + missing);
  if (!room)
    return;
  bool left = c->flags & PERCENT_LEFT;
  memset(left ? room + n : room, ' ', missing);
  memcpy(left ? room : room + missing, data, n);
  b->n += n + missing;
}
static size_t cut(const struct percent_conversion *c, size_t n) {
  return c->precision >= 0 && (size_t)c->precision < n ? (size_t)c->precision : n;
}

static int byte_of(struct object *o, unsigned char *byte) {
  if ((is_any_bytes(o) || is_any_bytearray(o)) && bytes_units(o).n == 1) {
    *byte = bytes_at(bytes_units(o))[0];
    return 0;
  }
  struct object *index = is_any_bytes(o) || is_any_bytearray(o) ? NULL : number_index(o);
  if (!index) {
    if (error_pending() == ERROR_NONE || error_clear_if(ERROR_TYPE))
      error_format(ERROR_TYPE, "%%c requires an integer in range(256) or a single byte");
    return -1;
  }
  int64_t value;
  bool fits = int_to_i64(index, &value) && value >= 0 && value < 256;
  drop(index);
  if (!fits) {
    error_format(ERROR_OVERFLOW, "%%c arg not in range(256)");
    return -1;
  }
  *byte = (unsigned char)value;
  return 0;
}

/* %b: bytes, what makes itself bytes, or a buffer. */
static int add_bytes(struct byte_builder *b, struct object *o, const struct percent_conversion *c) {
  if (is_any_bytes(o) || is_any_bytearray(o)) {
    struct text_units in = bytes_units(o);
    bytes_pin(o);
    add_padded(b, in.data, cut(c, in.n), c);
    bytes_unpin(o);
    return 0;
  }
  struct object *self[] = {o}, *made = call_special(NAME(bytes), self, 1);
  if (made) {
    int status = 0;
    if (is_any_bytes(made))
      add_padded(b, bytes_data(made), cut(c, bytes_length(made)), c);
    else {
      error_format(ERROR_TYPE, "__bytes__ returned non-bytes (type %N)", made);
      status = -1;
    }
    drop(made);
    return status;
  }
  if (error_pending() != ERROR_NONE)
    return -1;
  if (!has_buffer(o)) {
    error_format(ERROR_TYPE,
                 "%%b requires a bytes-like object, or an object that implements __bytes__, not "
                 "'%N'",
                 o);
    return -1;
  }
  struct object *copy = object_bytes(o);
  if (!copy)
    return -1;
  add_padded(b, bytes_data(copy), cut(c, bytes_length(copy)), c);
  drop(copy);
  return 0;
}

static int convert(struct percent *p, struct byte_builder *b) {
  struct percent_conversion c;
  unsigned char byte;
  if (percent_take_sign(p))
    return byte_builder_add_byte(b, '%');
  if (percent_read(p, &c) < 0)
    return -1;
  struct object *o = percent_next_borrowed(p), *text = NULL;
  if (!o)
    return -1;
  switch (c.type) {
  case 'b':
  case 's':
    return add_bytes(b, o, &c);
  case 'c':
    if (byte_of(o, &byte) < 0)
      return -1;
    add_padded(b, &byte, 1, &c);
    return 0;
  case 'r':
  case 'a':
    text = object_ascii(o);
    break;
  default:
    if (!percent_is_number(c.type)) {
      percent_unsupported(p, &c);
      return -1;
    }
    text = number_format_percent(o, (char)c.type, c.flags | PERCENT_BYTES, c.width, c.precision);
    c.width = c.precision = -1;
  }
  if (!text)
    return -1;
  add_padded(b, str_data(text), cut(&c, str_length(text)), &c);
  drop(text);
  return 0;
}

struct object *bytes_percent_slot(struct object *format, struct object *args) {
  if (!is_any_bytes(format) && !is_any_bytearray(format))
    return hold(NOT_IMPLEMENTED);
  struct bytes_argument view; /* a bytearray can't change its size meanwhile */
  if (bytes_argument_get(format, &view) < 0)
    return NULL;
  struct percent p = percent_begin(format, view.units, true, args);
  struct byte_builder b = BYTE_BUILDER_EMPTY;
  int status = 0;
  while (status == 0 && !b.failed && p.at < p.text.n) {
    size_t next = text_find_unit(text_part(p.text, p.at, p.text.n), '%');
    if (next == TEXT_NOT_FOUND)
      next = p.text.n - p.at;
    status = byte_builder_add(&b, bytes_at(p.text) + p.at, next);
    p.at += next;
    if (status == 0 && p.at < p.text.n) {
      p.at++;
      status = convert(&p, &b);
    }
  }
  if (status == 0 && !b.failed)
    status = percent_end(&p);
  percent_close(&p);
  bytes_argument_release(&view);
  struct object *result = NULL;
  if (status < 0 && !b.failed)
    byte_builder_discard(&b);
  else if (is_any_bytes(format))
    result = byte_builder_finish(&b);
  else {
    if (!b.failed)
      result = bytearray_from(b.data, b.n);
    byte_builder_discard(&b);
  }
  return result;
}
