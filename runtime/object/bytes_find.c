/* Finding and replacing in bytes and bytearray. */
#include "runtime/object/bytes_internal.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/text_range.h"
#include "runtime/object/tuple.h"
#include <string.h>

/* What is looked for: bytes, or one given as a number. */
static int get_what(struct object *o, struct bytes_argument *a, unsigned char *byte) {
  if (is_any_bytes(o) || has_buffer(o))
    return bytes_argument_get(o, a);
  a->view.object = NULL;
  if (!type_of(o)->number.index) {
    error_format(ERROR_TYPE, "argument should be integer or bytes-like object, not '%N'", o);
    return -1;
  }
  int value = bytes_value(o);
  *byte = (unsigned char)value;
  a->units = (struct text_units){byte, 1, 0};
  return value < 0 ? -1 : 0;
}

/* The range is fitted to the length after everything that may change it has run. */
struct search {
  struct bytes_argument what;
  unsigned char byte;
  struct text_range range;
};
static int begin(const char *name, struct object *self, struct object *const *args, size_t n,
                 struct search *s) {
  if (text_range_parse(name, args, n, bytes_units(self).n, &s->range) < 0 ||
      get_what(args[0], &s->what, &s->byte) < 0)
    return -1;
  if (s->range.stop > bytes_units(self).n)
    s->range.stop = bytes_units(self).n;
  return 0;
}

/* -2: error; -1: not found. */
static int64_t find(const char *name, struct object *self, struct object *const *args, size_t n,
                    bool from_end) {
  struct search s;
  if (begin(name, self, args, n, &s) < 0)
    return -2;
  int64_t result = -1;
  if (!text_range_is_none(s.range)) {
    struct text_units in = text_part(bytes_units(self), s.range.start, s.range.stop);
    size_t at = from_end ? text_find_last(in, s.what.units) : text_find(in, s.what.units);
    if (at != TEXT_NOT_FOUND)
      result = (int64_t)(s.range.start + at);
  }
  bytes_argument_release(&s.what);
  return result;
}
static struct object *position(int64_t at, bool must_be) {
  if (at == -1 && must_be)
    error_set(ERROR_VALUE, "subsection not found");
  return at == -2 || (at == -1 && must_be) ? NULL : int_from_i64(at);
}
struct object *bytes_find(struct object *self, struct object *const *args, size_t n) {
  return position(find("find", self, args, n, false), false);
}
struct object *bytes_rfind(struct object *self, struct object *const *args, size_t n) {
  return position(find("rfind", self, args, n, true), false);
}
struct object *bytes_index(struct object *self, struct object *const *args, size_t n) {
  return position(find("index", self, args, n, false), true);
}
struct object *bytes_rindex(struct object *self, struct object *const *args, size_t n) {
  return position(find("rindex", self, args, n, true), true);
}
struct object *bytes_count(struct object *self, struct object *const *args, size_t n) {
  struct search s;
  if (begin("count", self, args, n, &s) < 0)
    return NULL;
  size_t count = 0;
  if (!text_range_is_none(s.range))
    count = text_count(text_part(bytes_units(self), s.range.start, s.range.stop), s.what.units,
                       SIZE_MAX);
  bytes_argument_release(&s.what);
  return int_from_i64((int64_t)count);
}

int bytes_contains_slot(struct object *self, struct object *value) {
  struct bytes_argument what;
  if (type_of(value)->number.index) {
    int byte = bytes_value(value);
    if (byte >= 0)
      return text_find_unit(bytes_units(self), (uint32_t)byte) != TEXT_NOT_FOUND;
    if (!error_clear_if(ERROR_TYPE))
      return -1;
  }
  if (bytes_argument_get(value, &what) < 0)
    return -1;
  bool found = text_find(bytes_units(self), what.units) != TEXT_NOT_FOUND;
  bytes_argument_release(&what);
  return found;
}

/* ---- Beginnings and ends ---- */

static bool matches(struct text_units in, struct text_units what, struct text_range range,
                    bool at_end) {
  if (range.stop > in.n)
    range.stop = in.n;
  if (text_range_is_none(range) || range.stop - range.start < what.n)
    return false;
  return memcmp(bytes_at(in) + (at_end ? range.stop - what.n : range.start), what.data, what.n) ==
         0;
}
static int matches_object(struct object *self, struct object *o, struct text_range range,
                          bool at_end) {
  struct bytes_argument what;
  if (bytes_argument_get(o, &what) < 0)
    return -1;
  bool is = matches(bytes_units(self), what.units, range, at_end);
  bytes_argument_release(&what);
  return is;
}
static struct object *matches_any(const char *name, struct object *self, struct object *const *args,
                                  size_t n, bool at_end) {
  struct text_range range;
  int is = 0;
  if (text_range_parse(name, args, n, bytes_units(self).n, &range) < 0)
    return NULL;
  if (is_any_tuple(args[0]))
    for (size_t i = 0; is == 0 && i < tuple_length(args[0]); i++)
      is = matches_object(self, tuple_get_borrowed(args[0], i), range, at_end);
  else {
    is = matches_object(self, args[0], range, at_end);
    if (is < 0 && error_clear_if(ERROR_TYPE))
      error_format(ERROR_TYPE, "%s first arg must be bytes or a tuple of bytes, not %N", name,
                   args[0]);
  }
  return is < 0 ? NULL : hold(bool_from(is));
}
struct object *bytes_startswith(struct object *self, struct object *const *args, size_t n) {
  return matches_any("startswith", self, args, n, false);
}
struct object *bytes_endswith(struct object *self, struct object *const *args, size_t n) {
  return matches_any("endswith", self, args, n, true);
}

static struct object *remove_end(struct object *self, struct object *o, bool at_end) {
  struct bytes_argument what;
  if (bytes_argument_get(o, &what) < 0)
    return NULL;
  struct text_units in = bytes_units(self);
  size_t n = what.units.n;
  struct object *result;
  if (n && matches(in, what.units, (struct text_range){0, in.n}, at_end))
    result = bytes_make_like(self, bytes_at(in) + (at_end ? 0 : n), in.n - n);
  else
    result = bytes_same(self);
  bytes_argument_release(&what);
  return result;
}
struct object *bytes_removeprefix(struct object *self, struct object *prefix) {
  return remove_end(self, prefix, false);
}
struct object *bytes_removesuffix(struct object *self, struct object *suffix) {
  return remove_end(self, suffix, true);
}

/* ---- Replacing ---- */

static unsigned char *put(unsigned char *out, struct text_units piece) {
  memcpy(out, piece.data, piece.n);
  return out + piece.n;
}

static struct object *replace(struct object *self, struct text_units old, struct text_units new,
                              size_t limit) {
  struct text_units in = bytes_units(self);
  size_t times = limit == 0 || old.n > in.n ? 0 : text_count(in, old, limit), n;
  if (times == 0)
    return bytes_same(self);
  if (__builtin_mul_overflow(times, new.n, &n) ||
      __builtin_add_overflow(n, in.n - times * old.n, &n) || n > INT64_MAX) {
    error_set(ERROR_OVERFLOW, "replace bytes is too long");
    return NULL;
  }
  unsigned char *out;
  struct object *o = bytes_make_open_like(self, n, &out);
  if (!o)
    return NULL;
  size_t at = 0;
  for (; times > 0; times--)
    if (old.n == 0) {
      out = put(out, new);
      if (at < in.n)
        out = put(out, text_part(in, at, at + 1));
      at++;
    } else {
      size_t next = at + text_find(text_part(in, at, in.n), old);
      out = put(out, text_part(in, at, next));
      out = put(out, new);
      at = next + old.n;
    }
  if (at < in.n)
    put(out, text_part(in, at, in.n));
  return o;
}

struct object *bytes_replace(struct object *self, struct object *const *args, size_t n) {
  struct bytes_argument old, new;
  int64_t limit = -1;
  struct object *result = NULL;
  if (args_check_count("replace", n, 2, 3) < 0 || bytes_argument_get(args[0], &old) < 0)
    return NULL;
  if (bytes_argument_get(args[1], &new) == 0) {
    if (n < 3 || args_to_size(args[2], &limit) == 0)
      result = replace(self, old.units, new.units, limit < 0 ? SIZE_MAX : (size_t)limit);
    bytes_argument_release(&new);
  }
  bytes_argument_release(&old);
  return result;
}
