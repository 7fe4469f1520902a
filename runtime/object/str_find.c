/* Finding and replacing in strings. */
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str_internal.h"
#include "runtime/object/text_range.h"
#include "runtime/object/tuple.h"
#include <string.h>

static int parse(const char *name, struct object *self, struct object *const *args, size_t n,
                 struct text_range *range) {
  if (text_range_parse(name, args, n, str_length(self), range) < 0)
    return -1;
  if (LIKELY(is_any_str(args[0])))
    return 0;
  error_format(ERROR_TYPE, "must be str, not %N", args[0]);
  return -1;
}

/* -2: error; -1: not found. */
static int64_t find(const char *name, struct object *self, struct object *const *args, size_t n,
                    bool from_end) {
  struct text_range range;
  if (parse(name, self, args, n, &range) < 0)
    return -2;
  if (text_range_is_none(range))
    return -1;
  struct text_units in = text_part(str_units(self), range.start, range.stop);
  size_t at = from_end ? text_find_last(in, str_units(args[0])) : text_find(in, str_units(args[0]));
  return at == TEXT_NOT_FOUND ? -1 : (int64_t)(range.start + at);
}
static struct object *position(int64_t at, bool must_be) {
  if (at == -1 && must_be)
    error_set(ERROR_VALUE, "substring not found");
  return at == -2 || (at == -1 && must_be) ? NULL : int_from_i64(at);
}
struct object *str_find(struct object *self, struct object *const *args, size_t n) {
  return position(find("find", self, args, n, false), false);
}
struct object *str_rfind(struct object *self, struct object *const *args, size_t n) {
  return position(find("rfind", self, args, n, true), false);
}
struct object *str_index(struct object *self, struct object *const *args, size_t n) {
  return position(find("index", self, args, n, false), true);
}
struct object *str_rindex(struct object *self, struct object *const *args, size_t n) {
  return position(find("rindex", self, args, n, true), true);
}
struct object *str_count(struct object *self, struct object *const *args, size_t n) {
  struct text_range range;
  if (parse("count", self, args, n, &range) < 0)
    return NULL;
  if (text_range_is_none(range))
    return int_from_i64(0);
  return int_from_i64((int64_t)text_count(text_part(str_units(self), range.start, range.stop),
                                          str_units(args[0]), SIZE_MAX));
}

int str_contains(struct object *s, struct object *what) {
  if (UNLIKELY(!is_any_str(what))) {
    error_format(ERROR_TYPE, "'in <string>' requires string as left operand, not %N", what);
    return -1;
  }
  return text_find(str_units(s), str_units(what)) != TEXT_NOT_FOUND;
}

/* ---- Beginnings and ends ---- */

static bool stands_at(struct object *s, size_t at, struct object *what) {
  struct text_units a = str_units(s), b = str_units(what);
  if (a.kind == b.kind)
    return memcmp((const char *)a.data + (at << a.kind), b.data, b.n << b.kind) == 0;
  if (a.kind < b.kind)
    return b.n == 0;
  for (size_t i = 0; i < b.n; i++)
    if (text_unit(a, at + i) != text_unit(b, i))
      return false;
  return true;
}
static bool matches(struct object *s, struct object *what, struct text_range range, bool at_end) {
  size_t n = str_length(what);
  if (text_range_is_none(range) || range.stop - range.start < n)
    return false;
  return stands_at(s, at_end ? range.stop - n : range.start, what);
}
static struct object *matches_any(const char *name, struct object *self, struct object *const *args,
                                  size_t n, bool at_end) {
  struct text_range range;
  if (text_range_parse(name, args, n, str_length(self), &range) < 0)
    return NULL;
  struct object *what = args[0];
  if (LIKELY(is_any_str(what)))
    return hold(bool_from(matches(self, what, range, at_end)));
  if (!is_any_tuple(what))
    return error_format(ERROR_TYPE, "%s first arg must be str or a tuple of str, not %N", name,
                        what);
  for (size_t i = 0; i < tuple_length(what); i++) {
    struct object *each = tuple_get_borrowed(what, i);
    if (!is_any_str(each))
      return error_format(ERROR_TYPE, "tuple for %s must only contain str, not %N", name, each);
    if (matches(self, each, range, at_end))
      return hold(TRUE_);
  }
  return hold(FALSE_);
}
struct object *str_startswith(struct object *self, struct object *const *args, size_t n) {
  return matches_any("startswith", self, args, n, false);
}
struct object *str_endswith(struct object *self, struct object *const *args, size_t n) {
  return matches_any("endswith", self, args, n, true);
}
struct object *str_removeprefix(struct object *self, struct object *prefix) {
  if (!is_any_str(prefix))
    return args_wrong_type("removeprefix", "argument", "str", prefix);
  struct text_range all = {0, str_length(self)};
  return matches(self, prefix, all, false) ? str_slice(self, str_length(prefix), all.stop)
                                           : str_exact(self);
}
struct object *str_removesuffix(struct object *self, struct object *suffix) {
  if (!is_any_str(suffix))
    return args_wrong_type("removesuffix", "argument", "str", suffix);
  struct text_range all = {0, str_length(self)};
  return matches(self, suffix, all, true) ? str_slice(self, 0, all.stop - str_length(suffix))
                                          : str_exact(self);
}

/* ---- Replacing ---- */

/* Writes pieces of strings one behind the other into a string of a kind that holds all. */
struct writer {
  unsigned char *data;
  unsigned kind;
  size_t at;
};
static inline void write(struct writer *w, struct text_units piece) {
  str_copy_units(w->data + (w->at << w->kind), w->kind, piece.data, piece.kind, piece.n);
  w->at += piece.n;
}

VECTORIZED static void replace_bytes(unsigned char *out, const unsigned char *in, size_t n,
                                     unsigned char from, unsigned char to) {
  for (size_t i = 0; i < n; i++)
    out[i] = in[i] == from ? to : in[i];
}

static struct object *replace_one_unit(struct object *s, uint32_t from, uint32_t to, size_t limit) {
  size_t n = str_length(s);
  unsigned kind = str_kind(s);
  size_t at = text_find_unit(str_units(s), from);
  if (at == TEXT_NOT_FOUND)
    return str_exact(s);
  struct object *o = str_new_open(n, kind);
  if (!o)
    return NULL;
  void *data = str_room(o);
  if (kind == 0 && limit == SIZE_MAX) {
    replace_bytes(data, str_data(s), n, (unsigned char)from, (unsigned char)to);
    return str_seal_taking(o, str_is_ascii(s) && to < 128);
  }
  memcpy(data, str_data(s), n << kind);
  for (; limit > 0; limit--) {
    str_put(data, kind, at, to);
    size_t next = text_find_unit(text_part(str_units(s), at + 1, n), from);
    if (next == TEXT_NOT_FOUND)
      break;
    at += 1 + next;
  }
  return str_seal_taking(o, str_is_ascii(s) && to < 128);
}

/* Where the first occurrences begin, so that they need not be looked for twice. */
enum { PLACES_N = 32 };
static size_t find_places(struct text_units in, struct text_units what, size_t limit,
                          size_t *places) {
  size_t n = 0;
  for (size_t at = 0; n < PLACES_N && n < limit; n++) {
    size_t next = text_find(text_part(in, at, in.n), what);
    if (next == TEXT_NOT_FOUND)
      break;
    places[n] = at + next;
    at += next + what.n;
  }
  return n;
}

static struct object *replace(struct object *s, struct object *from, struct object *to,
                              size_t limit) {
  struct text_units in = str_units(s), old = str_units(from), new = str_units(to);
  if (limit == 0 || old.n > in.n || old.kind > in.kind)
    return str_exact(s);
  if (old.n == 1 && new.n == 1 && new.kind <= in.kind)
    return replace_one_unit(s, text_unit(old, 0), text_unit(new, 0), limit);
  size_t places[PLACES_N], times = old.n ? find_places(in, old, limit, places) : 0, n;
  if (times == PLACES_N || old.n == 0)
    times = text_count(in, old, limit);
  if (times == 0)
    return str_exact(s);
  if (__builtin_mul_overflow(times, new.n, &n) ||
      __builtin_add_overflow(n, in.n - times * old.n, &n) || n > INT64_MAX) {
    error_set(ERROR_OVERFLOW, "replace string is too long");
    return NULL;
  }
  unsigned flags = str_joint_flags(s, to);
  struct object *o = str_new_open(n, flags & STR_KIND);
  if (!o)
    return NULL;
  struct writer w = {str_room(o), flags & STR_KIND, 0};
  size_t at = 0;
  if (old.n == 0)
    for (; times > 0; times--) {
      write(&w, new);
      if (at < in.n)
        write(&w, text_part(in, at, at + 1));
      at++;
    }
  else
    for (size_t i = 0; i < times; i++) {
      size_t next = i < PLACES_N ? places[i] : at + text_find(text_part(in, at, in.n), old);
      write(&w, text_part(in, at, next));
      write(&w, new);
      at = next + old.n;
    }
  if (at < in.n)
    write(&w, text_part(in, at, in.n));
  return str_seal_taking(o, (flags & STR_ASCII) != 0);
}

struct object *str_replace(struct object *self, struct object *const *args, size_t n) {
  int64_t limit = -1;
  if (args_check_count("replace", n, 2, 3) < 0)
    return NULL;
  for (size_t i = 0; i < 2; i++)
    if (!is_any_str(args[i]))
      return args_wrong_type("replace", i ? "argument 2" : "argument 1", "str", args[i]);
  if (n > 2 && args_to_size(args[2], &limit) < 0)
    return NULL;
  return replace(self, args[0], args[1], limit < 0 ? SIZE_MAX : (size_t)limit);
}
