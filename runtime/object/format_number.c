/* __format__ of int, float and complex: which digits, by the type of presentation. */
#include "runtime/object/complex.h"
#include "runtime/object/exception.h"
#include "runtime/object/float_text.h"
#include "runtime/object/format_spec.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <string.h>

/* ---- int ---- */

static void *refuse(const char *message) {
  error_set(ERROR_VALUE, "%s", message);
  return NULL;
}

static struct object *format_character(struct object *o, const struct format_spec *spec) {
  if (spec->sign)
    return refuse("Sign not allowed with integer format specifier 'c'");
  if (spec->alternate)
    return refuse("Alternate form (#) not allowed with integer format specifier 'c'");
  int64_t value;
  if (!int_to_i64(o, &value)) {
    error_set(ERROR_OVERFLOW, "Python int too large to convert to C long");
    return NULL;
  }
  if (value < 0 || value > 0x10ffff) {
    error_set(ERROR_OVERFLOW, "%%c arg not in range(0x110000)");
    return NULL;
  }
  int64_t padding = spec->width - 1, left = 0;
  if (padding > 0)
    left = spec->align == '<' ? 0 : spec->align == '^' ? padding / 2 : padding;
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder out = STR_BUILDER_IN(few);
  if (left > 0)
    str_builder_add_grow(&out, spec->fill, (size_t)left);
  str_builder_add_char(&out, (uint32_t)value);
  if (padding > left)
    str_builder_add_grow(&out, spec->fill, (size_t)(padding - left));
  return str_builder_finish(&out);
}

static void to_upper(const char *text, size_t n) {
  for (char *p = (char *)(uintptr_t)text; n--; p++)
    *p = (char)toupper((unsigned char)*p);
}

static struct object *format_in_base(struct object *o, const struct format_spec *spec) {
  unsigned base = spec->type == 'b'   ? 2
                  : spec->type == 'o' ? 8
                  : spec->type == 'x' ? 16
                  : spec->type == 'X' ? 16
                                      : 10;
  static const char *const prefixes[] = {[2] = "0b", [8] = "0o", [10] = "", [16] = "0x"};
  struct int_digits d;
  if (int_digits_open(&d, o, base) < 0)
    return NULL;
  if (spec->type == 'X')
    to_upper(d.text, d.n);
  struct format_number number = {.sign = d.is_negative ? '-' : 0,
                                 .prefix = !spec->alternate    ? ""
                                           : spec->type == 'X' ? "0X"
                                                               : prefixes[base],
                                 .digits = d.text,
                                 .digits_n = d.n,
                                 .by_locale = spec->type == 'n'};
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder out = STR_BUILDER_IN(few);
  format_spec_put_number(spec, &number, &out);
  int_digits_close(&d);
  return str_builder_finish(&out);
}

static struct object *format_double(double value, struct object *o, const struct format_spec *spec);

static struct object *format_int_by(struct object *o, const struct format_spec *spec) {
  if (spec->precision != -1)
    return refuse("Precision not allowed in integer format specifier");
  if (spec->no_minus_zero)
    return refuse("Negative zero coercion (z) not allowed in integer format specifier");
  return spec->type == 'c' ? format_character(o, spec) : format_in_base(o, spec);
}

struct object *format_int(struct object *o, struct object *spec) {
  if (!str_length(spec))
    return type_of(o) == &int_type ? int_repr(o) : object_str(o);
  struct format_spec s;
  if (format_spec_read(spec, o, 'd', '>', &s) < 0)
    return NULL;
  switch (s.type) {
  case 'b':
  case 'c':
  case 'd':
  case 'o':
  case 'x':
  case 'X':
  case 'n':
    return format_int_by(o, &s);
  case 'e':
  case 'E':
  case 'f':
  case 'F':
  case 'g':
  case 'G':
  case '%': {
    double value;
    return int_to_double(o, &value) < 0 ? NULL : format_double(value, o, &s);
  }
  default:
    return format_spec_unknown_type(s.type, o);
  }
}

/* ---- float ---- */

static inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
/* Cuts a float's text into sign, digits and what follows them. */
static void cut(const char *text, size_t n, struct format_number *number) {
  if (n && *text == '-') {
    number->sign = '-';
    text++, n--;
  }
  number->digits = text;
  while (number->digits_n < n && is_digit(text[number->digits_n]))
    number->digits_n++;
  text += number->digits_n, n -= number->digits_n;
  if (n && *text == '.') {
    number->has_point = true;
    text++, n--;
  }
  number->rest = text;
  number->rest_n = n;
}

/* How a type of presentation is printed; false: there is none such. */
struct presentation {
  char form;
  int precision;
  unsigned flags;
};
static bool present(const struct format_spec *spec, bool is_complex, struct presentation *p) {
  p->flags = (spec->alternate ? FLOAT_PRINT_ALTERNATE : 0u) |
             (spec->no_minus_zero ? FLOAT_PRINT_NO_MINUS_ZERO : 0u);
  p->precision = spec->precision < 0 ? 6 : (int)spec->precision;
  switch (spec->type) {
  case 0:
    p->form = spec->precision < 0 ? 'r' : 'g';
    if (!is_complex)
      p->flags |= FLOAT_PRINT_DOT;
    return true;
  case 'n':
    p->form = 'g';
    return true;
  case '%':
    p->form = 'f';
    return !is_complex;
  case 'e':
  case 'E':
  case 'f':
  case 'F':
  case 'g':
  case 'G':
    p->form = (char)spec->type;
    return true;
  default:
    return false;
  }
}

static struct object *format_double(double value, struct object *o,
                                    const struct format_spec *spec) {
  struct presentation p;
  if (spec->precision > INT_MAX)
    return refuse("precision too big");
  if (!present(spec, false, &p))
    return format_spec_unknown_type(spec->type, o);
  struct float_text t;
  if (float_text_open(&t, spec->type == '%' ? value * 100 : value, p.form, p.precision, p.flags) <
      0)
    return NULL;
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder out = STR_BUILDER_IN(few);
  struct format_number number = {.prefix = "", .by_locale = spec->type == 'n'};
  cut(t.text, t.n, &number);
  if (spec->type != '%')
    format_spec_put_number(spec, &number, &out);
  else {
    /* The sign of per cent is one more column of the rest. */
    size_t bytes = number.rest_n + 1;
    char short_rest[64], *rest = bytes <= sizeof short_rest ? short_rest : gc_buffer_new(bytes);
    if (!rest) {
      float_text_close(&t);
      return error_no_memory();
    }
    memcpy(rest, number.rest, number.rest_n);
    rest[number.rest_n++] = '%';
    number.rest = rest;
    format_spec_put_number(spec, &number, &out);
    if (rest != short_rest)
      gc_buffer_free(rest, bytes);
  }
  float_text_close(&t);
  return str_builder_finish(&out);
}

struct object *format_float(struct object *o, struct object *spec) {
  if (!str_length(spec))
    return is_float(o) ? float_repr(float_value(o)) : object_str(o);
  struct format_spec s;
  if (format_spec_read(spec, o, 0, '>', &s) < 0)
    return NULL;
  return format_double(float_value(o), o, &s);
}

/* ---- complex ---- */

static int put_part(double value, const struct presentation *p, const struct format_spec *spec,
                    struct str_builder *out) {
  struct float_text t;
  if (float_text_open(&t, value, p->form, p->precision, p->flags) < 0) {
    out->failed = true;
    return -1;
  }
  struct format_number number = {.prefix = "", .by_locale = spec->type == 'n'};
  cut(t.text, t.n, &number);
  int status = format_spec_put_number(spec, &number, out);
  float_text_close(&t);
  return status;
}

static struct object *format_complex_by(const struct complex_object *c, struct object *o,
                                        const struct format_spec *spec) {
  struct presentation p;
  if (spec->precision > INT_MAX)
    return refuse("precision too big");
  if (!present(spec, true, &p))
    return format_spec_unknown_type(spec->type, o);
  if (spec->fill == '0')
    return refuse("Zero padding is not allowed in complex format specifier");
  if (spec->align == '=')
    return refuse("'=' alignment flag is not allowed in complex format specifier");
  bool skip_real = spec->type == 0 && c->real == 0 && !signbit(c->real);
  bool parentheses = spec->type == 0 && !skip_real;
  struct format_spec part = *spec; /* the parts are padded together */
  part.fill = 0;
  part.align = '<';
  part.width = -1;
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder out = STR_BUILDER_IN(few);
  if (!skip_real) {
    put_part(c->real, &p, &part, &out);
    part.sign = '+';
  }
  put_part(c->imag, &p, &part, &out);
  struct object *text = str_builder_finish(&out);
  if (!text)
    return NULL;
  int64_t columns = (int64_t)str_length(text) + 1 + 2 * parentheses,
          padding = spec->width > columns ? spec->width - columns : 0;
  int64_t left = spec->align == '>' ? padding : spec->align == '^' ? padding / 2 : 0;
  if (left)
    str_builder_add_grow(&out, spec->fill, (size_t)left);
  if (parentheses)
    str_builder_add_char(&out, '(');
  str_builder_add(&out, text);
  str_builder_add_char(&out, 'j');
  if (parentheses)
    str_builder_add_char(&out, ')');
  if (padding > left)
    str_builder_add_grow(&out, spec->fill, (size_t)(padding - left));
  drop(text);
  return str_builder_finish(&out);
}

struct object *format_complex(struct object *o, struct object *spec) {
  if (!str_length(spec))
    return is_complex(o) ? complex_repr(o) : object_str(o);
  struct format_spec s;
  if (format_spec_read(spec, o, 0, '>', &s) < 0)
    return NULL;
  return format_complex_by((const struct complex_object *)o, o, &s);
}
