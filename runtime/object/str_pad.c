/* Strings made wider: aligned, filled with zeros, tabs made spaces. */
#include "runtime/object/exception.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str_internal.h"
#include <string.h>

static void fill(void *data, unsigned kind, size_t start, size_t n, uint32_t c) {
  if (kind == 0)
    memset((unsigned char *)data + start, (int)c, n);
  else
    for (size_t i = start; i < start + n; i++)
      str_put(data, kind, i, c);
}

static struct object *pad(struct object *s, size_t left, size_t right, uint32_t c) {
  size_t n = str_length(s), sum;
  if (left == 0 && right == 0)
    return str_exact(s);
  if (__builtin_add_overflow(left, right, &sum) || sum > INT64_MAX - n) {
    error_set(ERROR_OVERFLOW, "padded string is too long");
    return NULL;
  }
  unsigned of_c = c < 0x100 ? 0 : c < 0x10000 ? 1 : 2, kind = str_kind(s);
  if (of_c > kind)
    kind = of_c;
  struct object *o = str_new_settled(n + sum, kind | (str_is_ascii(s) && c < 128 ? STR_ASCII : 0));
  if (!o)
    return NULL;
  unsigned char *data = str_room(o);
  fill(data, kind, 0, left, c);
  str_copy_units(data + (left << kind), kind, str_data(s), str_kind(s), n);
  fill(data, kind, left + n, right, c);
  return str_settle_taking(o);
}

/* The missing width, and the character to fill it with; -1: error. */
static int missing(const char *name, struct object *s, struct object *const *args, size_t n,
                   int64_t *width, size_t *more, uint32_t *c) {
  *c = ' ';
  if (args_check_count(name, n, 1, 2) < 0 || args_to_size(args[0], width) < 0)
    return -1;
  if (n > 1) {
    if (!is_any_str(args[1])) {
      error_format(ERROR_TYPE, "The fill character must be a unicode character, not %N", args[1]);
      return -1;
    }
    if (str_length(args[1]) != 1) {
      error_set(ERROR_TYPE, "The fill character must be exactly one character long");
      return -1;
    }
    *c = str_at(args[1], 0);
  }
  int64_t length = (int64_t)str_length(s);
  *more = *width > length ? (size_t)(*width - length) : 0;
  return 0;
}

struct object *str_center(struct object *s, struct object *const *args, size_t n) {
  int64_t width;
  size_t more;
  uint32_t c;
  if (missing("center", s, args, n, &width, &more, &c) < 0)
    return NULL;
  size_t left = more / 2 + (more & (size_t)width & 1);
  return pad(s, left, more - left, c);
}
struct object *str_ljust(struct object *s, struct object *const *args, size_t n) {
  int64_t width;
  size_t more;
  uint32_t c;
  return missing("ljust", s, args, n, &width, &more, &c) < 0 ? NULL : pad(s, 0, more, c);
}
struct object *str_rjust(struct object *s, struct object *const *args, size_t n) {
  int64_t width;
  size_t more;
  uint32_t c;
  return missing("rjust", s, args, n, &width, &more, &c) < 0 ? NULL : pad(s, more, 0, c);
}

/* A sign stays in front of the zeros. */
struct object *str_zfill(struct object *s, struct object *argument) {
  int64_t width;
  size_t n = str_length(s);
  if (args_to_size(argument, &width) < 0)
    return NULL;
  if (width <= (int64_t)n)
    return str_exact(s);
  size_t more = (size_t)width - n;
  struct object *o = pad(s, more, 0, '0');
  if (!o || n == 0)
    return o;
  uint32_t first = str_at(s, 0);
  if (first == '+' || first == '-') {
    void *data = str_room(o);
    str_put(data, str_kind(o), 0, first);
    str_put(data, str_kind(o), more, '0');
  }
  return o;
}

/* The column counts from the last line break. Tabs are ASCII: without them the kind is the same. */
struct object *str_expandtabs(struct object *s, struct object *const *args, size_t n,
                              struct object *kwnames) {
  static const char *const names[] = {"tabsize"};
  static const struct args_spec spec = {"expandtabs", names, 1, 0, 1, 0};
  struct object *value;
  int tab = 8;
  if (args_parse(&spec, args, n, kwnames, &value) < 0 || (value && args_to_c_int(value, &tab) < 0))
    return NULL;
  struct text_units in = str_units(s);
  size_t size = tab > 0 ? (size_t)tab : 0, length = 0, column = 0;
  bool found = false;
  for (size_t i = 0; i < in.n; i++) {
    uint32_t c = text_unit(in, i);
    if (c == '\t') {
      found = true;
      size_t gap = size ? size - column % size : 0;
      column += gap;
      length += gap;
    } else {
      length++;
      column = c == '\n' || c == '\r' ? 0 : column + 1;
    }
    if (length > INT64_MAX) {
      error_set(ERROR_OVERFLOW, "new string is too long");
      return NULL;
    }
  }
  if (!found)
    return str_exact(s);
  struct object *o = str_new_settled(length, in.kind | (str_is_ascii(s) ? STR_ASCII : 0));
  if (!o)
    return NULL;
  void *data = str_room(o);
  size_t at = 0;
  column = 0;
  for (size_t i = 0; i < in.n; i++) {
    uint32_t c = text_unit(in, i);
    if (c == '\t') {
      size_t gap = size ? size - column % size : 0;
      fill(data, in.kind, at, gap, ' ');
      at += gap;
      column += gap;
    } else {
      str_put(data, in.kind, at++, c);
      column = c == '\n' || c == '\r' ? 0 : column + 1;
    }
  }
  return str_settle_taking(o);
}
