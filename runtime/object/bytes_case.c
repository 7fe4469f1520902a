/* Case, kinds of characters and padding of bytes and bytearray: as ASCII, whatever the locale. */
#include "runtime/object/bytes_internal.h"
#include "runtime/object/exception.h"
#include <string.h>

static inline bool is_lower(unsigned char c) { return (unsigned char)(c - 'a') < 26; }
static inline bool is_upper(unsigned char c) { return (unsigned char)(c - 'A') < 26; }
static inline bool is_letter(unsigned char c) { return is_lower(c | 0x20); }
static inline bool is_digit(unsigned char c) { return (unsigned char)(c - '0') < 10; }
static inline bool is_alnum(unsigned char c) { return is_letter(c) || is_digit(c); }
static inline bool is_space(unsigned char c) { return c == ' ' || (c >= 9 && c <= 13); }
static inline unsigned char to_lower(unsigned char c) { return is_upper(c) ? c | 0x20 : c; }
static inline unsigned char to_upper(unsigned char c) { return is_lower(c) ? c & 0xdf : c; }

/* ---- Case ---- */

#define MAPPED(name, before, expression)                                                           \
  VECTORIZED struct object *bytes_##name(struct object *self) {                                    \
    unsigned char *out;                                                                            \
    size_t n = bytes_units(self).n;                                                                \
    struct object *o = bytes_make_open_like(self, n, &out);                                        \
    const unsigned char *in = bytes_at(bytes_units(self));                                         \
    before;                                                                                        \
    for (size_t i = 0; o && i < n; i++) {                                                          \
      unsigned char c = in[i];                                                                     \
      out[i] = expression;                                                                         \
    }                                                                                              \
    return o;                                                                                      \
  }
MAPPED(lower, (void)0, to_lower(c))
MAPPED(upper, (void)0, to_upper(c))
MAPPED(swapcase, (void)0, is_letter(c) ? c ^ 0x20 : c)
MAPPED(capitalize, (void)0, i ? to_lower(c) : to_upper(c))
static inline unsigned char title_step(unsigned char c, bool *in_word) {
  unsigned char mapped = *in_word ? to_lower(c) : to_upper(c);
  *in_word = is_letter(c);
  return mapped;
}
MAPPED(title, bool in_word = false, title_step(c, &in_word))

/* ---- Kinds ---- */

#define ALL(name, test)                                                                            \
  struct object *bytes_##name(struct object *self) {                                               \
    struct text_units in = bytes_units(self);                                                      \
    for (size_t i = 0; i < in.n; i++) {                                                            \
      unsigned char c = bytes_at(in)[i];                                                           \
      if (!(test))                                                                                 \
        return hold(FALSE_);                                                                       \
    }                                                                                              \
    return hold(bool_from(in.n > 0));                                                              \
  }
ALL(isalnum, is_alnum(c))
ALL(isalpha, is_letter(c))
ALL(isdigit, is_digit(c))
ALL(isspace, is_space(c))
struct object *bytes_isascii(struct object *self) {
  struct text_units in = bytes_units(self);
  for (size_t i = 0; i < in.n; i++)
    if (bytes_at(in)[i] >= 0x80)
      return hold(FALSE_);
  return hold(TRUE_);
}
static struct object *one_case(struct object *self, bool upper) {
  struct text_units in = bytes_units(self);
  bool any = false;
  for (size_t i = 0; i < in.n; i++) {
    unsigned char c = bytes_at(in)[i];
    if (upper ? is_lower(c) : is_upper(c))
      return hold(FALSE_);
    any |= is_letter(c);
  }
  return hold(bool_from(any));
}
struct object *bytes_islower(struct object *self) {
  return one_case(self, false);
}
struct object *bytes_isupper(struct object *self) {
  return one_case(self, true);
}
struct object *bytes_istitle(struct object *self) {
  struct text_units in = bytes_units(self);
  bool any = false, in_word = false;
  for (size_t i = 0; i < in.n; i++) {
    unsigned char c = bytes_at(in)[i];
    if (is_upper(c) ? in_word : is_lower(c) && !in_word)
      return hold(FALSE_);
    in_word = is_letter(c);
    any |= in_word;
  }
  return hold(bool_from(any));
}

/* ---- Padding ---- */

static struct object *pad(struct object *self, size_t left, size_t right, unsigned char c) {
  size_t n = bytes_units(self).n, sum;
  if (left == 0 && right == 0)
    return bytes_same(self);
  if (__builtin_add_overflow(left, right, &sum) || sum > INT64_MAX - n)
    return error_no_memory();
  unsigned char *out;
  struct object *o = bytes_make_open_like(self, n + sum, &out);
  if (!o)
    return NULL;
  memset(out, c, left);
  memcpy(out + left, bytes_units(self).data, n);
  memset(out + left + n, c, right);
  return o;
}

static int missing(const char *name, struct object *self, struct object *const *args, size_t n,
                   int64_t *width, size_t *more, unsigned char *c) {
  *c = ' ';
  if (args_check_count(name, n, 1, 2) < 0 || args_to_size(args[0], width) < 0)
    return -1;
  if (n > 1) {
    if (!(is_any_bytes(args[1]) || is_any_bytearray(args[1])) || bytes_units(args[1]).n != 1) {
      args_wrong_type(name, "argument 2", "a byte string of length 1", args[1]);
      return -1;
    }
    *c = bytes_at(bytes_units(args[1]))[0];
  }
  int64_t length = (int64_t)bytes_units(self).n;
  *more = *width > length ? (size_t)(*width - length) : 0;
  return 0;
}
struct object *bytes_center(struct object *self, struct object *const *args, size_t n) {
  int64_t width;
  size_t more;
  unsigned char c;
  if (missing("center", self, args, n, &width, &more, &c) < 0)
    return NULL;
  size_t left = more / 2 + (more & (size_t)width & 1);
  return pad(self, left, more - left, c);
}
struct object *bytes_ljust(struct object *self, struct object *const *args, size_t n) {
  int64_t width;
  size_t more;
  unsigned char c;
  return missing("ljust", self, args, n, &width, &more, &c) < 0 ? NULL : pad(self, 0, more, c);
}
struct object *bytes_rjust(struct object *self, struct object *const *args, size_t n) {
  int64_t width;
  size_t more;
  unsigned char c;
  return missing("rjust", self, args, n, &width, &more, &c) < 0 ? NULL : pad(self, more, 0, c);
}

struct object *bytes_zfill(struct object *self, struct object *argument) {
  int64_t width;
  if (args_to_size(argument, &width) < 0)
    return NULL;
  size_t n = bytes_units(self).n;
  if (width <= (int64_t)n)
    return bytes_same(self);
  size_t more = (size_t)width - n;
  struct object *o = pad(self, more, 0, '0');
  if (!o || n == 0)
    return o;
  unsigned char *data = (unsigned char *)(uintptr_t)bytes_units(o).data;
  if (data[more] == '+' || data[more] == '-') {
    data[0] = data[more];
    data[more] = '0';
  }
  return o;
}

/* The column counts from the last line break. */
struct object *bytes_expandtabs(struct object *self, struct object *const *args, size_t n,
                                struct object *kwnames) {
  static const char *const names[] = {"tabsize"};
  static const struct args_spec spec = {"expandtabs", names, 1, 0, 1, 0};
  struct object *value;
  int tab = 8;
  if (args_parse(&spec, args, n, kwnames, &value) < 0 || (value && args_to_c_int(value, &tab) < 0))
    return NULL;
  struct text_units in = bytes_units(self);
  const unsigned char *data = bytes_at(in);
  size_t size = tab > 0 ? (size_t)tab : 0, length = 0, column = 0;
  for (size_t i = 0; i < in.n; i++) {
    size_t step = data[i] != '\t' ? 1 : size ? size - column % size : 0;
    length += step;
    column = data[i] == '\n' || data[i] == '\r' ? 0 : column + step;
    if (length > INT64_MAX) {
      error_set(ERROR_OVERFLOW, "result too long");
      return NULL;
    }
  }
  unsigned char *out;
  struct object *o = bytes_make_open_like(self, length, &out);
  column = 0;
  for (size_t i = 0; o && i < in.n; i++) {
    size_t step = data[i] != '\t' ? 1 : size ? size - column % size : 0;
    memset(out, data[i] == '\t' ? ' ' : data[i], step);
    out += step;
    column = data[i] == '\n' || data[i] == '\r' ? 0 : column + step;
  }
  return o;
}
