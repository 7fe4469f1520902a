/* Reading the conversions of printf-style formats: %[(key)][flags][width][.precision][hlL]type. */
#include "runtime/object/percent.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <limits.h>

struct percent percent_begin(struct object *format, struct text_units text, bool is_bytes,
                             struct object *args) {
  bool is_tuple = is_any_tuple(args);
  bool is_text =
      is_any_str(args) || (is_bytes && (is_any_bytes(args) || object_has(args, TYPE_IS_BYTEARRAY)));
  return (struct percent){.format = format,
                          .text = text,
                          .is_bytes = is_bytes,
                          .args = args,
                          .mapping = !is_tuple && !is_text && is_mapping(args) ? args : NULL,
                          .is_tuple = is_tuple};
}

struct object *percent_next_borrowed(struct percent *p) {
  size_t n = p->is_tuple ? tuple_length(p->args) : 1;
  if (UNLIKELY(p->next >= n)) {
    error_set(ERROR_TYPE, "not enough arguments for format string");
    return NULL;
  }
  struct object *o = p->is_tuple ? tuple_get_borrowed(p->args, p->next) : p->args;
  p->next++;
  return o;
}

int percent_end(struct percent *p) {
  if (p->mapping || p->next >= (p->is_tuple ? tuple_length(p->args) : 1))
    return 0;
  error_format(ERROR_TYPE, "not all arguments converted during %s formatting",
               p->is_bytes ? "bytes" : "string");
  return -1;
}
void percent_close(struct percent *p) { drop_null(p->value_of_key); }

/* The value of the key in parentheses, which may contain others, becomes the argument. */
static int read_key(struct percent *p) {
  if (!p->mapping) {
    error_set(ERROR_TYPE, "format requires a mapping");
    return -1;
  }
  size_t start = ++p->at;
  int depth = 1;
  for (; p->at < p->text.n && depth > 0; p->at++) {
    uint32_t c = text_unit(p->text, p->at);
    depth += (c == '(') - (c == ')');
  }
  if (depth > 0) {
    error_set(ERROR_VALUE, "incomplete format key");
    return -1;
  }
  size_t n = p->at - 1 - start;
  struct object *key = p->is_bytes ? bytes_from((const unsigned char *)p->text.data + start, n)
                                   : str_slice(p->format, start, start + n);
  struct object *value = key ? object_get_item(p->mapping, key) : NULL;
  drop_null(key);
  if (!value)
    return -1;
  drop_null(p->value_of_key);
  p->value_of_key = p->args = value;
  p->is_tuple = false;
  p->next = 0;
  return 0;
}

static uint32_t peek(const struct percent *p) {
  return p->at < p->text.n ? text_unit(p->text, p->at) : 0;
}
/* Digits; nothing is no number here but 0. */
static int read_digits(struct percent *p, int64_t most, const char *too_big, int64_t *value) {
  *value = 0;
  for (uint32_t c; (c = peek(p)) >= '0' && c <= '9'; p->at++) {
    if (*value > (most - (int64_t)(c - '0')) / 10) {
      error_set(ERROR_VALUE, "%s", too_big);
      return -1;
    }
    *value = *value * 10 + (int64_t)(c - '0');
  }
  return 0;
}
static struct object *next_int_borrowed(struct percent *p) {
  struct object *o = percent_next_borrowed(p);
  if (!o || is_any_int(o))
    return o;
  return error_format(ERROR_TYPE, "* wants int");
}

static int read_width(struct percent *p, struct percent_conversion *c) {
  uint32_t first = peek(p);
  if (first == '*') {
    p->at++;
    struct object *o = next_int_borrowed(p);
    if (!o || args_to_size(o, &c->width) < 0)
      return -1;
    if (c->width < 0) {
      c->flags |= PERCENT_LEFT;
      c->width = c->width == INT64_MIN ? INT64_MAX : -c->width;
    }
  } else if (first >= '0' && first <= '9')
    return read_digits(p, INT64_MAX, "width too big", &c->width);
  return 0;
}
static int read_precision(struct percent *p, struct percent_conversion *c) {
  if (peek(p) != '.')
    return 0;
  p->at++;
  c->precision = 0;
  if (peek(p) != '*')
    return read_digits(p, INT_MAX, p->is_bytes ? "prec too big" : "precision too big",
                       &c->precision);
  p->at++;
  int given;
  struct object *o = next_int_borrowed(p);
  if (!o || args_to_c_int(o, &given) < 0)
    return -1;
  c->precision = given < 0 ? 0 : given;
  return 0;
}

int percent_read(struct percent *p, struct percent_conversion *c) {
  *c = (struct percent_conversion){.width = -1, .precision = -1};
  uint32_t plain = peek(p); /* nothing but the type */
  if (LIKELY(plain >= 'a' && plain <= 'z' && plain != 'h' && plain != 'l' && plain != 'z')) {
    c->type = plain;
    p->at++;
    return 0;
  }
  if (peek(p) == '(' && read_key(p) < 0)
    return -1;
  for (bool more = true; more; p->at += more)
    switch (peek(p)) {
    case '-':
      c->flags |= PERCENT_LEFT;
      break;
    case '+':
      c->flags |= PERCENT_SIGN;
      break;
    case ' ':
      c->flags |= PERCENT_SPACE;
      break;
    case '#':
      c->flags |= PERCENT_ALTERNATE;
      break;
    case '0':
      c->flags |= PERCENT_ZERO;
      break;
    case 'z': /* of bytes only, as CPython has it */
      if ((more = p->is_bytes))
        c->flags |= PERCENT_NO_MINUS_ZERO;
      break;
    default:
      more = false;
    }
  if (read_width(p, c) < 0 || read_precision(p, c) < 0)
    return -1;
  uint32_t size = peek(p);
  if (size == 'h' || size == 'l' || size == 'L')
    p->at++;
  if (p->at >= p->text.n) {
    error_set(ERROR_VALUE, "incomplete format");
    return -1;
  }
  c->type = text_unit(p->text, p->at++);
  return 0;
}

void *percent_unsupported(const struct percent *p, const struct percent_conversion *c) {
  bool shown = p->is_bytes || (c->type >= 31 && c->type <= 126);
  return error_format(ERROR_VALUE, "unsupported format character '%c' (0x%x) at index %zu",
                      shown ? (int)c->type : '?', c->type, p->at - 1);
}
