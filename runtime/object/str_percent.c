/* str % values. */
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/percent.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/str_internal.h"

static void *no_character(void) { return error_format(ERROR_TYPE, "%%c requires int or char"); }
static struct object *character(struct object *o) {
  if (is_any_str(o))
    return str_length(o) == 1 ? str_exact(o) : no_character();
  struct object *index = number_index(o);
  int64_t c;
  if (!index)
    return error_clear_if(ERROR_TYPE) ? no_character() : NULL;
  bool fits = int_to_i64(index, &c);
  drop(index);
  if (!fits || c < 0 || c > 0x10ffff)
    return error_format(ERROR_OVERFLOW, "%%c arg not in range(0x110000)");
  return str_from_code_point((uint32_t)c);
}

static struct object *text_of(struct object *o, uint32_t type) {
  return type == 's' ? object_str(o) : type == 'r' ? object_repr(o) : object_ascii(o);
}

static void add_padded(struct str_builder *b, struct object *text, size_t n, bool left,
                       int64_t width) {
  size_t missing = width > (int64_t)n ? (size_t)width - n : 0;
  if (missing && !left)
    str_builder_add_grow(b, ' ', missing);
  str_builder_add_part(b, text, 0, n);
  if (missing && left)
    str_builder_add_grow(b, ' ', missing);
}

static int convert(struct percent *p, struct str_builder *b) {
  struct percent_conversion c;
  if (percent_take_sign(p))
    return str_builder_add_char(b, '%');
  if (percent_read(p, &c) < 0)
    return -1;
  struct object *o = percent_next_borrowed(p), *text;
  if (!o)
    return -1;
  size_t n;
  switch (c.type) {
  case 's':
    if (c.width < 0 && c.precision < 0)
      return str_builder_add_str_of(b, o);
    /* fall through */
  case 'r':
  case 'a':
    text = text_of(o, c.type);
    n = text ? str_length(text) : 0;
    if (c.precision >= 0 && (size_t)c.precision < n)
      n = (size_t)c.precision;
    break;
  case 'c':
    text = character(o);
    n = 1;
    break;
  case 'd':
    if (type_of(o) == &int_type && int_is_compact(o) && !c.flags && c.width < 0 && c.precision < 0)
      return str_builder_add_int(b, int_value(o));
    /* fall through */
  default:
    if (LIKELY(percent_is_number(c.type)))
      return number_put_percent(b, o, (char)c.type, c.flags, c.width, c.precision);
    percent_unsupported(p, &c);
    return -1;
  }
  if (!text)
    return -1;
  add_padded(b, text, n, c.flags & PERCENT_LEFT, c.width);
  drop(text);
  return b->failed ? -1 : 0;
}

/* The place of the next '%' at or behind `at`, else the end. Mostly it is near. */
static inline size_t next_sign(struct text_units in, size_t at) {
  if (LIKELY(in.kind == 0)) {
    const unsigned char *data = in.data;
    size_t near = in.n - at < 16 ? in.n : at + 16;
    while (at < near && data[at] != '%')
      at++;
    if (at < near || at == in.n)
      return at;
  }
  size_t next = text_find_unit(text_part(in, at, in.n), '%');
  return next == TEXT_NOT_FOUND ? in.n : at + next;
}

struct object *str_percent(struct object *format, struct object *args) {
  if (UNLIKELY(!is_any_str(format)))
    return hold(NOT_IMPLEMENTED);
  bool is_plain = next_sign(str_units(format), 0) == str_length(format);
  struct percent p = percent_begin(format, str_units(format), false, args);
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder b = STR_BUILDER_IN(few);
  int status = 0;
  while (status == 0 && p.at < p.text.n) {
    size_t next = next_sign(p.text, p.at);
    if (next > p.at)
      status = str_builder_add_part(&b, format, p.at, next);
    p.at = next + 1;
    if (next == p.text.n)
      break;
    if (status == 0)
      status = convert(&p, &b);
  }
  if (status == 0)
    status = percent_end(&p);
  percent_close(&p);
  if (status < 0 && !b.failed) {
    str_builder_discard(&b);
    return NULL;
  }
  if (status == 0 && is_plain && str_length(format)) { /* of a subclass, too */
    str_builder_discard(&b);
    return hold(format);
  }
  return str_builder_finish(&b);
}
