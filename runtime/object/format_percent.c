/* Numbers in printf-style formatting. */
#include "runtime/object/format_percent.h"
#include "runtime/object/complex.h"
#include "runtime/object/exception.h"
#include "runtime/object/float_text.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str_builder.h"
#include <ctype.h>
#include <limits.h>
#include <string.h>

/* sign, prefix, zeros and digits: all that a conversion says about a number. */
struct pieces {
  char sign; /* '-'; 0: none */
  char prefix[2];
  size_t prefix_n;
  int64_t zeros;
  const char *digits;
  size_t n;
};

static int lay_out(struct str_builder *out, const struct pieces *p, unsigned flags, int64_t width) {
  char sign = p->sign ? p->sign : flags & PERCENT_SIGN ? '+' : flags & PERCENT_SPACE ? ' ' : 0;
  int64_t columns = (sign != 0) + (int64_t)p->prefix_n + p->zeros + (int64_t)p->n;
  int64_t padding = width > columns ? width - columns : 0;
  bool left = flags & PERCENT_LEFT;
  if (padding && !left && !(flags & PERCENT_ZERO))
    str_builder_add_grow(out, ' ', (size_t)padding);
  if (sign)
    str_builder_add_char(out, (uint32_t)sign);
  str_builder_add_ascii(out, p->prefix, p->prefix_n);
  int64_t zeros = p->zeros + (!left && (flags & PERCENT_ZERO) ? padding : 0);
  if (zeros)
    str_builder_add_grow(out, '0', (size_t)zeros);
  str_builder_add_ascii(out, p->digits, p->n);
  if (padding && left)
    str_builder_add_grow(out, ' ', (size_t)padding);
  return out->failed ? -1 : 0;
}

/* The int that d or x print of a value. */
static struct object *int_of(struct object *value, char conversion, unsigned flags) {
  if (conversion == 'i' && (flags & PERCENT_BYTES)) /* messages about bytes have it so */
    conversion = 'd';
  bool wants_int = conversion == 'x' || conversion == 'X' || conversion == 'o';
  if (is_any_int(value))
    return hold(value);
  if (is_number(value)) {
    struct object *o = wants_int ? number_index(value) : number_int(value);
    if (o || !error_matches(ERROR_TYPE))
      return o;
    error_clear();
  }
  return error_format(ERROR_TYPE, "%%%c format: %s is required, not %N", conversion,
                      wants_int ? "an integer" : "a real number", value);
}

static int put_whole(struct str_builder *out, struct object *value, char conversion, unsigned flags,
                     int64_t width, int64_t precision) {
  struct object *o = int_of(value, conversion, flags);
  if (!o)
    return -1;
  int status = -1;
  struct int_digits d;
  bool is_hex = conversion == 'x' || conversion == 'X', is_octal = conversion == 'o';
  if (precision > INT_MAX - 3)
    error_set(ERROR_OVERFLOW, "precision too large");
  else if (int_digits_open(&d, o, is_hex ? 16 : is_octal ? 8 : 10) == 0) {
    struct pieces p = {.sign = d.is_negative ? '-' : 0, .digits = d.text, .n = d.n};
    if (conversion == 'X')
      for (size_t i = 0; i < d.n; i++)
        ((char *)(uintptr_t)d.text)[i] = (char)toupper((unsigned char)d.text[i]);
    if ((flags & PERCENT_ALTERNATE) && (is_hex || is_octal)) {
      p.prefix[0] = '0';
      p.prefix[1] = conversion;
      p.prefix_n = 2;
    }
    if (precision > (int64_t)d.n)
      p.zeros = precision - (int64_t)d.n;
    status = lay_out(out, &p, flags, width);
    int_digits_close(&d);
  }
  drop(o);
  return status;
}

static int put_real(struct str_builder *out, struct object *o, char conversion, unsigned flags,
                    int64_t width, int64_t precision) {
  double value;
  if (number_to_double(o, &value) < 0) {
    if ((flags & PERCENT_BYTES) && error_matches(ERROR_TYPE)) {
      error_clear();
      error_format(ERROR_TYPE, "float argument required, not %N", o);
    }
    return -1;
  }
  if (precision > INT_MAX) {
    error_format(ERROR_VALUE, "precision too big");
    return -1;
  }
  struct float_text t;
  if (float_text_open(&t, value, conversion, precision < 0 ? 6 : (int)precision,
                      (flags & PERCENT_ALTERNATE ? FLOAT_PRINT_ALTERNATE : 0) |
                          (flags & PERCENT_NO_MINUS_ZERO ? FLOAT_PRINT_NO_MINUS_ZERO : 0)) < 0)
    return -1;
  struct pieces p = {.digits = t.text, .n = t.n};
  if (*t.text == '-') {
    p.sign = '-';
    p.digits++, p.n--;
  }
  int status = lay_out(out, &p, flags, width);
  float_text_close(&t);
  return status;
}

int number_put_percent(struct str_builder *out, struct object *value, char conversion,
                       unsigned flags, int64_t width, int64_t precision) {
  switch (conversion) {
  case 'd':
  case 'i':
  case 'u':
  case 'o':
  case 'x':
  case 'X':
    return put_whole(out, value, conversion, flags, width, precision);
  default:
    return put_real(out, value, conversion, flags, width, precision);
  }
}

struct object *number_format_percent(struct object *value, char conversion, unsigned flags,
                                     int64_t width, int64_t precision) {
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder out = STR_BUILDER_IN(few);
  if (number_put_percent(&out, value, conversion, flags, width, precision) < 0 && !out.failed) {
    str_builder_discard(&out);
    return NULL;
  }
  return str_builder_finish(&out);
}
