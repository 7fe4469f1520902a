/* Taking bytes and bytearray apart and putting them together: split, strip, partition, join. */
#include "runtime/object/byte_builder.h"
#include "runtime/object/bytes_internal.h"
#include "runtime/object/exception.h"
#include "runtime/object/list_internal.h"
#include "runtime/object/text_split.h"
#include "runtime/object/tuple.h"
#include <string.h>

static inline bool is_space(struct text_units in, size_t i) {
  unsigned char c = bytes_at(in)[i];
  return c == ' ' || (c >= 9 && c <= 13);
}

/* Pinned, so that what `in` shows stays. */
struct splitter {
  struct object *self, *list;
  struct text_units in;
  int status;
};
enum { PARTS_FIRST = 12 }; /* CPython's room for parts, of which is kept what they need */
static struct splitter begin(struct object *self) {
  struct object *list = list_new(PARTS_FIRST);
  bytes_pin(self);
  return (struct splitter){self, list, bytes_units(self), list ? 0 : -1};
}
static void add(struct splitter *s, size_t start, size_t stop) {
  struct object *part;
  if (start == 0 && stop == s->in.n)
    part = bytes_same(s->self);
  else
    part = bytes_make_like(s->self, bytes_at(s->in) + start, stop - start);
  s->status = part ? list_append_taking(s->list, part) : -1;
}
static struct object *finish(struct splitter *s, bool reversed) {
  bytes_unpin(s->self);
  if (s->status < 0) {
    drop_null(s->list);
    return NULL;
  }
  list_fit(s->list);
  if (reversed)
    list_reverse(s->list);
  return s->list;
}

static struct object *split_at_spaces(struct object *self, size_t limit) {
  struct splitter s = begin(self);
  struct text_units in = s.in;
  for (size_t at = 0; s.status == 0; limit--) {
    while (at < in.n && is_space(in, at))
      at++;
    if (at == in.n)
      break;
    size_t start = at;
    if (limit == 0) {
      add(&s, start, in.n);
      break;
    }
    while (at < in.n && !is_space(in, at))
      at++;
    add(&s, start, at);
  }
  return finish(&s, false);
}
static struct object *rsplit_at_spaces(struct object *self, size_t limit) {
  struct splitter s = begin(self);
  struct text_units in = s.in;
  for (size_t at = in.n; s.status == 0; limit--) {
    while (at > 0 && is_space(in, at - 1))
      at--;
    if (at == 0)
      break;
    size_t stop = at;
    if (limit == 0) {
      add(&s, 0, stop);
      break;
    }
    while (at > 0 && !is_space(in, at - 1))
      at--;
    add(&s, at, stop);
  }
  return finish(&s, true);
}
static struct object *split_at(struct object *self, struct text_units what, size_t limit) {
  struct splitter s = begin(self);
  size_t at = 0;
  for (; s.status == 0 && limit > 0; limit--) {
    size_t next = text_find(text_part(s.in, at, s.in.n), what);
    if (next == TEXT_NOT_FOUND)
      break;
    add(&s, at, at + next);
    at += next + what.n;
  }
  if (s.status == 0)
    add(&s, at, s.in.n);
  return finish(&s, false);
}
static struct object *rsplit_at(struct object *self, struct text_units what, size_t limit) {
  struct splitter s = begin(self);
  size_t stop = s.in.n;
  for (; s.status == 0 && limit > 0; limit--) {
    size_t at = text_find_last(text_part(s.in, 0, stop), what);
    if (at == TEXT_NOT_FOUND)
      break;
    add(&s, at + what.n, stop);
    stop = at;
  }
  if (s.status == 0)
    add(&s, 0, stop);
  return finish(&s, true);
}

static struct object *split(const char *name, struct object *self, struct object *const *args,
                            size_t n, struct object *kwnames, bool from_end) {
  struct object *by;
  size_t limit;
  if (text_split_parse(name, args, n, kwnames, &by, &limit) < 0)
    return NULL;
  if (!by)
    return from_end ? rsplit_at_spaces(self, limit) : split_at_spaces(self, limit);
  struct bytes_argument separator;
  if (bytes_argument_get(by, &separator) < 0)
    return NULL;
  struct object *list = NULL;
  if (separator.units.n == 0)
    error_set(ERROR_VALUE, "empty separator");
  else
    list =
        from_end ? rsplit_at(self, separator.units, limit) : split_at(self, separator.units, limit);
  bytes_argument_release(&separator);
  return list;
}
struct object *bytes_split(struct object *self, struct object *const *args, size_t n,
                           struct object *kwnames) {
  return split("split", self, args, n, kwnames, false);
}
struct object *bytes_rsplit(struct object *self, struct object *const *args, size_t n,
                            struct object *kwnames) {
  return split("rsplit", self, args, n, kwnames, true);
}

struct object *bytes_splitlines(struct object *self, struct object *const *args, size_t n,
                                struct object *kwnames) {
  int keep;
  if (text_splitlines_parse(args, n, kwnames, &keep) < 0)
    return NULL;
  struct splitter s = begin(self);
  const unsigned char *data = bytes_at(s.in);
  for (size_t at = 0; s.status == 0 && at < s.in.n;) {
    size_t start = at;
    while (at < s.in.n && data[at] != '\n' && data[at] != '\r')
      at++;
    size_t stop = at;
    if (at < s.in.n)
      at += data[at] == '\r' && at + 1 < s.in.n && data[at + 1] == '\n' ? 2 : 1;
    add(&s, start, keep ? at : stop);
  }
  return finish(&s, false);
}

/* ---- Strip ---- */

enum sides { LEFT = 1, RIGHT = 2 };
static struct object *strip(const char *name, struct object *self, struct object *const *args,
                            size_t n, unsigned sides) {
  bool in_set[256] = {false};
  if (args_check_count(name, n, 0, 1) < 0)
    return NULL;
  if (n == 0 || args[0] == NONE) {
    in_set[' '] = true;
    for (int c = 9; c <= 13; c++)
      in_set[c] = true;
  } else {
    struct bytes_argument set;
    if (bytes_argument_get(args[0], &set) < 0)
      return NULL;
    for (size_t i = 0; i < set.units.n; i++)
      in_set[bytes_at(set.units)[i]] = true;
    bytes_argument_release(&set);
  }
  struct text_units in = bytes_units(self);
  const unsigned char *data = bytes_at(in);
  size_t start = 0, stop = in.n;
  while ((sides & LEFT) && start < stop && in_set[data[start]])
    start++;
  while ((sides & RIGHT) && stop > start && in_set[data[stop - 1]])
    stop--;
  if (start == 0 && stop == in.n)
    return bytes_same(self);
  return bytes_make_like(self, data + start, stop - start);
}
struct object *bytes_strip(struct object *self, struct object *const *args, size_t n) {
  return strip("strip", self, args, n, LEFT | RIGHT);
}
struct object *bytes_lstrip(struct object *self, struct object *const *args, size_t n) {
  return strip("lstrip", self, args, n, LEFT);
}
struct object *bytes_rstrip(struct object *self, struct object *const *args, size_t n) {
  return strip("rstrip", self, args, n, RIGHT);
}

/* ---- Partition ---- */

static struct object *partition(struct object *self, struct object *o, bool from_end) {
  struct bytes_argument separator;
  if (bytes_argument_get(o, &separator) < 0)
    return NULL;
  struct text_units what = separator.units, in = bytes_units(self);
  struct object *result = NULL;
  bytes_pin(self);
  if (what.n == 0)
    error_set(ERROR_VALUE, "empty separator");
  else {
    size_t at = from_end ? text_find_last(in, what) : text_find(in, what);
    if (at == TEXT_NOT_FOUND) {
      struct object *whole = bytes_same(self);
      struct object *none = whole ? bytes_make_like(self, "", 0) : NULL;
      struct object *none2 = none ? bytes_make_like(self, "", 0) : NULL;
      result = from_end ? tuple_pack_taking(3, none, none2, whole)
                        : tuple_pack_taking(3, whole, none, none2);
    } else {
      struct object *before = bytes_make_like(self, in.data, at);
      struct object *behind =
          before ? bytes_make_like(self, bytes_at(in) + at + what.n, in.n - at - what.n) : NULL;
      struct object *between = !behind ? NULL
                               : is_any_bytes(self) && is_bytes(o)
                                   ? hold(o)
                                   : bytes_make_like(self, what.data, what.n);
      result = tuple_pack_taking(3, before, between, behind);
    }
  }
  bytes_unpin(self);
  bytes_argument_release(&separator);
  return result;
}
struct object *bytes_partition(struct object *self, struct object *separator) {
  return partition(self, separator, false);
}
struct object *bytes_rpartition(struct object *self, struct object *separator) {
  return partition(self, separator, true);
}

/* ---- Join ---- */

static struct object *join_any(struct object *self, struct object *sequence);

static struct object *join_exact(struct object *self, struct object *const *items, size_t n,
                                 struct object *sequence) {
  struct text_units gap = bytes_units(self);
  size_t length = 0;
  for (size_t i = 0; i < n; i++)
    if (__builtin_add_overflow(length, bytes_length(items[i]) + (i ? gap.n : 0), &length) ||
        length > INT64_MAX) {
      error_set(ERROR_OVERFLOW, "join() result is too long");
      return NULL;
    }
  unsigned char *out;
  uint32_t serial = gc_serial();
  struct object *o = bytes_make_open_like(self, length, &out);
  if (UNLIKELY(gc_serial() != serial) && o) { /* the items may be others */
    drop(o);
    return join_any(self, sequence);
  }
  gap = bytes_units(self);
  for (size_t i = 0; o && i < n; i++) {
    if (i) {
      memcpy(out, gap.data, gap.n);
      out += gap.n;
    }
    memcpy(out, bytes_data(items[i]), bytes_length(items[i]));
    out += bytes_length(items[i]);
  }
  return o;
}

/* Anything with a buffer; the sequence is read anew in each round, for an exporter may run code. */
static struct object *join_any(struct object *self, struct object *sequence) {
  struct byte_builder b = BYTE_BUILDER_EMPTY;
  for (size_t i = 0;; i++) {
    size_t n = is_any_list(sequence) ? list_length(sequence) : tuple_length(sequence);
    if (i >= n)
      break;
    struct object *each = hold(is_any_list(sequence) ? list_get_borrowed(sequence, i)
                                                     : tuple_get_borrowed(sequence, i));
    struct bytes_argument a;
    if (bytes_argument_get(each, &a) < 0) {
      if (!error_matches(ERROR_MEMORY))
        error_format(ERROR_TYPE, "sequence item %zu: expected a bytes-like object, %N found", i,
                     each);
      drop(each);
      byte_builder_discard(&b);
      return NULL;
    }
    struct text_units gap = bytes_units(self);
    if (i)
      byte_builder_add(&b, gap.data, gap.n);
    byte_builder_add(&b, a.units.data, a.units.n);
    bytes_argument_release(&a);
    drop(each);
  }
  struct object *bytes = byte_builder_finish(&b);
  if (!bytes || is_any_bytes(self))
    return bytes;
  struct object *result = bytearray_from(bytes_data(bytes), bytes_length(bytes));
  drop(bytes);
  return result;
}

struct object *bytes_join(struct object *self, struct object *iterable) {
  struct object *const *items;
  size_t n;
  struct object *sequence = sequence_fast(iterable, "can only join an iterable", &items, &n);
  if (!sequence)
    return NULL;
  struct object *result;
  bool all_exact = true;
  for (size_t i = 0; i < n && all_exact; i++)
    all_exact = is_bytes(items[i]);
  if (n == 1 && all_exact && is_any_bytes(self))
    result = hold(items[0]);
  else
    result = all_exact ? join_exact(self, items, n, sequence) : join_any(self, sequence);
  drop(sequence);
  return result;
}
