/* Taking strings apart and putting them together: split, strip, partition, join. */
#include "runtime/object/character.h"
#include "runtime/object/exception.h"
#include "runtime/object/list_internal.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str_internal.h"
#include "runtime/object/text_split.h"
#include "runtime/object/tuple.h"
#include <string.h>

/* The list of parts begins with CPython's room, doubles it, and gives back at the end what many
 * parts did not need. */
enum { PARTS_FIRST = 12 };
static struct object *list_for_parts(size_t limit) {
  return list_new(limit < PARTS_FIRST ? limit + 1 : PARTS_FIRST);
}
static int add_taking(struct object *list, struct object *part) {
  size_t n = list_length(list);
  if (UNLIKELY(!part))
    return -1;
  if (UNLIKELY(n == ((struct list *)list)->capacity) && list_reserve(list, 2 * n) < 0) {
    drop(part);
    return -1;
  }
  return list_append_taking(list, part);
}
/* Adds s[start:stop] to a list. */
static int add(struct object *list, struct object *s, size_t start, size_t stop) {
  return add_taking(list, str_slice(s, start, stop));
}
/* The same, where s is ASCII and more than the part. */
static inline int add_ascii(struct object *list, struct object *s, size_t start, size_t stop) {
  return add_taking(list, str_from_ascii_units((const char *)str_data(s) + start, stop - start));
}
static struct object *list_or_error(struct object *list, int status) {
  if (list && status < 0) {
    drop(list);
    return NULL;
  }
  if (list)
    list_fit(list);
  return list;
}

/* Below 128: a bit for each. */
static inline bool is_ascii_space(unsigned char c) {
  return c <= ' ' && (UINT64_C(0x1f0003e00) >> c & 1);
}
static inline bool is_ascii_line(unsigned char c) {
  return c < ' ' && (UINT64_C(0x70003c00) >> c & 1);
}
static inline bool is_space(struct text_units in, size_t i) {
  uint32_t c = text_unit(in, i);
  return c < 128 ? is_ascii_space((unsigned char)c) : character_is_space(c);
}

/* The most frequent split: of ASCII, without a limit. */
static struct object *split_ascii(struct object *s) {
  struct object *list = list_new(PARTS_FIRST);
  const unsigned char *data = str_data(s);
  size_t n = str_length(s);
  int status = 0;
  for (size_t at = 0; list && status == 0;) {
    while (at < n && is_ascii_space(data[at]))
      at++;
    if (at == n)
      break;
    size_t start = at;
    while (at < n && !is_ascii_space(data[at]))
      at++;
    status = UNLIKELY(at - start == n) ? add(list, s, 0, n) : add_ascii(list, s, start, at);
  }
  return list_or_error(list, status);
}

/* The next most frequent: at a byte, without a limit. The parts of long texts are counted first. */
enum { SPLIT_SHORT = 128 };
static struct object *split_short_at_byte(struct object *s, unsigned char separator) {
  struct object *list = list_new(PARTS_FIRST);
  const unsigned char *data = str_data(s);
  size_t n = str_length(s), start = 0;
  bool is_ascii = str_is_ascii(s);
  int status = 0;
  for (size_t at = 0; list && status == 0 && at < n; at++)
    if (data[at] == separator) {
      status = is_ascii ? add_ascii(list, s, start, at) : add(list, s, start, at);
      start = at + 1;
    }
  if (list && status == 0)
    status = add(list, s, start, n);
  return list_or_error(list, status);
}
static struct object *split_at_byte(struct object *s, unsigned char separator) {
  if (str_length(s) <= SPLIT_SHORT)
    return split_short_at_byte(s, separator);
  const unsigned char *data = str_data(s);
  struct text_units what = {&separator, 1, 0};
  size_t n = str_length(s), parts = text_count(str_units(s), what, SIZE_MAX) + 1, start = 0;
  struct object *list = list_new(parts);
  bool is_ascii = str_is_ascii(s);
  int status = 0;
  for (; list && status == 0 && parts > 1; parts--) {
    const unsigned char *found = memchr(data + start, separator, n - start);
    size_t at = (size_t)(found - data);
    status = is_ascii ? add_ascii(list, s, start, at) : add(list, s, start, at);
    start = at + 1;
  }
  if (list && status == 0)
    status = add(list, s, start, n);
  return list_or_error(list, status);
}

static struct object *split_at_spaces(struct object *s, size_t limit) {
  struct object *list = list_for_parts(limit);
  struct text_units in = str_units(s);
  int status = 0;
  for (size_t at = 0; list && status == 0; limit--) {
    while (at < in.n && is_space(in, at))
      at++;
    if (at == in.n)
      break;
    size_t start = at;
    if (limit == 0) {
      status = add(list, s, start, in.n);
      break;
    }
    while (at < in.n && !is_space(in, at))
      at++;
    status = add(list, s, start, at);
  }
  return list_or_error(list, status);
}
static struct object *split_at(struct object *s, struct object *separator, size_t limit) {
  struct text_units in = str_units(s), what = str_units(separator);
  struct object *list = list_for_parts(limit);
  size_t at = 0;
  int status = 0;
  for (; list && status == 0 && limit > 0; limit--) {
    size_t next = text_find(text_part(in, at, in.n), what);
    if (next == TEXT_NOT_FOUND)
      break;
    status = add(list, s, at, at + next);
    at += next + what.n;
  }
  if (list && status == 0)
    status = add(list, s, at, in.n);
  return list_or_error(list, status);
}

static struct object *rsplit_at_spaces(struct object *s, size_t limit) {
  struct object *list = list_for_parts(limit);
  struct text_units in = str_units(s);
  int status = 0;
  for (size_t at = in.n; list && status == 0; limit--) {
    while (at > 0 && is_space(in, at - 1))
      at--;
    if (at == 0)
      break;
    size_t stop = at;
    if (limit == 0) {
      status = add(list, s, 0, stop);
      break;
    }
    while (at > 0 && !is_space(in, at - 1))
      at--;
    status = add(list, s, at, stop);
  }
  if ((list = list_or_error(list, status)))
    list_reverse(list);
  return list;
}
static struct object *rsplit_at(struct object *s, struct object *separator, size_t limit) {
  struct text_units in = str_units(s), what = str_units(separator);
  struct object *list = list_for_parts(limit);
  size_t stop = in.n;
  int status = 0;
  for (; list && status == 0 && limit > 0; limit--) {
    size_t at = text_find_last(text_part(in, 0, stop), what);
    if (at == TEXT_NOT_FOUND)
      break;
    status = add(list, s, at + what.n, stop);
    stop = at;
  }
  if (list && status == 0)
    status = add(list, s, 0, stop);
  if ((list = list_or_error(list, status)))
    list_reverse(list);
  return list;
}

static struct object *split(const char *name, struct object *s, struct object *const *args,
                            size_t n, struct object *kwnames, bool from_end) {
  struct object *separator;
  size_t limit;
  if (text_split_parse(name, args, n, kwnames, &separator, &limit) < 0)
    return NULL;
  if (!from_end && limit == SIZE_MAX && str_is_ascii(s) && !separator)
    return split_ascii(s);
  if (!separator)
    return from_end ? rsplit_at_spaces(s, limit) : split_at_spaces(s, limit);
  if (!is_any_str(separator))
    return error_format(ERROR_TYPE, "must be str or None, not %N", separator);
  if (str_length(separator) == 0)
    return error_format(ERROR_VALUE, "empty separator");
  if (str_kind(s) < str_kind(separator) || str_length(s) < str_length(separator)) {
    struct object *list = list_new(1); /* of s itself, whatever its type */
    return list_or_error(list, list ? list_append(list, s) : -1);
  }
  if (!from_end && limit == SIZE_MAX && str_length(separator) == 1 && str_kind(separator) == 0 &&
      str_kind(s) == 0)
    return split_at_byte(s, *(const unsigned char *)str_data(separator));
  return from_end ? rsplit_at(s, separator, limit) : split_at(s, separator, limit);
}
struct object *str_split(struct object *s, struct object *const *args, size_t n,
                         struct object *kwnames) {
  return split("split", s, args, n, kwnames, false);
}
struct object *str_rsplit(struct object *s, struct object *const *args, size_t n,
                          struct object *kwnames) {
  return split("rsplit", s, args, n, kwnames, true);
}

struct object *str_splitlines(struct object *s, struct object *const *args, size_t n,
                              struct object *kwnames) {
  int keep, status = 0;
  if (text_splitlines_parse(args, n, kwnames, &keep) < 0)
    return NULL;
  struct object *list = list_new(PARTS_FIRST);
  struct text_units in = str_units(s);
  bool is_ascii = str_is_ascii(s);
  const unsigned char *bytes = in.data;
  for (size_t at = 0; list && status == 0 && at < in.n;) {
    size_t start = at;
    if (is_ascii)
      while (at < in.n && !is_ascii_line(bytes[at]))
        at++;
    else
      while (at < in.n && !character_is(text_unit(in, at), CHARACTER_LINE))
        at++;
    size_t stop = at;
    if (at < in.n)
      at += text_unit(in, at) == '\r' && at + 1 < in.n && text_unit(in, at + 1) == '\n' ? 2 : 1;
    if (keep)
      stop = at;
    status = is_ascii && stop - start < in.n ? add_ascii(list, s, start, stop)
                                             : add(list, s, start, stop);
  }
  return list_or_error(list, status);
}

/* ---- Strip ---- */

enum sides { LEFT = 1, RIGHT = 2 };
static struct object *strip(const char *name, struct object *s, struct object *const *args,
                            size_t n, unsigned sides) {
  if (args_check_count(name, n, 0, 1) < 0)
    return NULL;
  struct text_units in = str_units(s);
  size_t start = 0, stop = in.n;
  if (n == 0 || args[0] == NONE) {
    while ((sides & LEFT) && start < stop && is_space(in, start))
      start++;
    while ((sides & RIGHT) && stop > start && is_space(in, stop - 1))
      stop--;
    return str_slice(s, start, stop);
  }
  if (!is_any_str(args[0]))
    return error_format(ERROR_TYPE, "%s arg must be None or str", name);
  struct text_units set = str_units(args[0]);
  uint64_t mask = 0; /* the units' lowest bits: most others are told apart by them */
  for (size_t i = 0; i < set.n; i++)
    mask |= UINT64_C(1) << (text_unit(set, i) & 63);
#define IN_SET(i)                                                                                  \
  ((mask >> (text_unit(in, i) & 63) & 1) && text_find_unit(set, text_unit(in, i)) != TEXT_NOT_FOUND)
  while ((sides & LEFT) && start < stop && IN_SET(start))
    start++;
  while ((sides & RIGHT) && stop > start && IN_SET(stop - 1))
    stop--;
#undef IN_SET
  return str_slice(s, start, stop);
}
struct object *str_strip(struct object *s, struct object *const *args, size_t n) {
  return strip("strip", s, args, n, LEFT | RIGHT);
}
struct object *str_lstrip(struct object *s, struct object *const *args, size_t n) {
  return strip("lstrip", s, args, n, LEFT);
}
struct object *str_rstrip(struct object *s, struct object *const *args, size_t n) {
  return strip("rstrip", s, args, n, RIGHT);
}

/* ---- Partition ---- */

static struct object *partition(struct object *s, struct object *separator, bool from_end) {
  if (!is_any_str(separator))
    return error_format(ERROR_TYPE, "must be str, not %N", separator);
  struct text_units in = str_units(s), what = str_units(separator);
  if (what.n == 0)
    return error_format(ERROR_VALUE, "empty separator");
  size_t at = from_end ? text_find_last(in, what) : text_find(in, what);
  if (at == TEXT_NOT_FOUND) {
    struct object *none = NAME(empty); /* the whole is s itself, whatever its type */
    return from_end ? tuple_pack_taking(3, hold(none), hold(none), hold(s))
                    : tuple_pack_taking(3, hold(s), hold(none), hold(none));
  }
  struct object *before = str_slice(s, 0, at);
  struct object *behind = before ? str_slice(s, at + what.n, in.n) : NULL;
  return tuple_pack_taking(3, before, hold(separator), behind);
}
struct object *str_partition(struct object *s, struct object *separator) {
  return partition(s, separator, false);
}
struct object *str_rpartition(struct object *s, struct object *separator) {
  return partition(s, separator, true);
}

/* ---- Join ---- */

/* `list`: NULL, or what the items are read from, which a collection may change. */
static struct object *join(struct object *separator, struct object *const *items, size_t n,
                           struct object *list) {
  if (n == 0)
    return str_from_ascii("");
  if (n == 1 && is_str(items[0]))
    return hold(items[0]);
  size_t length = 0, gap = str_length(separator);
  unsigned kind = n > 1 ? str_kind(separator) : 0;
  bool is_ascii = n == 1 || str_is_ascii(separator);
  for (size_t i = 0; i < n; i++) {
    struct object *each = items[i];
    if (UNLIKELY(!is_any_str(each)))
      return error_format(ERROR_TYPE, "sequence item %zu: expected str instance, %N found", i,
                          each);
    if (str_kind(each) > kind)
      kind = str_kind(each);
    is_ascii &= str_is_ascii(each);
    if (__builtin_add_overflow(length, str_length(each) + (i ? gap : 0), &length) ||
        length > INT64_MAX) {
      error_set(ERROR_OVERFLOW, "join() result is too long for a Python string");
      return NULL;
    }
  }
  uint32_t serial = gc_serial();
  struct object *o = str_new_settled(length, kind | (is_ascii ? STR_ASCII : 0));
  if (!o)
    return NULL;
  if (UNLIKELY(gc_serial() != serial) && list) {
    drop(o);
    struct object *tuple = list_to_tuple(list);
    o = tuple ? join(separator, ((struct tuple *)tuple)->items, tuple_length(tuple), NULL) : NULL;
    drop_null(tuple);
    return o;
  }
  unsigned char *out = str_room(o);
  if (LIKELY(kind == 0)) {
    const unsigned char *between = str_data(separator);
    for (size_t i = 0; i < n; i++) {
      if (i && gap == 1)
        *out++ = *between;
      else if (i && gap) {
        copy_bytes(out, between, gap);
        out += gap;
      }
      size_t more = str_length(items[i]);
      copy_bytes(out, str_data(items[i]), more);
      out += more;
    }
    return str_settle_taking(o);
  }
  for (size_t i = 0; i < n; i++) {
    if (i && gap) {
      str_copy_units(out, kind, str_data(separator), str_kind(separator), gap);
      out += gap << kind;
    }
    size_t more = str_length(items[i]);
    str_copy_units(out, kind, str_data(items[i]), str_kind(items[i]), more);
    out += more << kind;
  }
  return str_settle_taking(o);
}

struct object *str_concat_all(struct object *const *parts, size_t n) {
  return join(NAME(empty), parts, n, NULL);
}

struct object *str_join(struct object *separator, struct object *iterable) {
  struct object *const *items;
  size_t n;
  struct object *sequence = sequence_fast(iterable, "can only join an iterable", &items, &n);
  if (!sequence)
    return NULL;
  struct object *result = join(separator, items, n, is_list(sequence) ? sequence : NULL);
  drop(sequence);
  return result;
}
