/* Hexadecimal digits from and to bytes; translation tables. */
#include "runtime/object/bytes_internal.h"
#include "runtime/object/exception.h"
#include "runtime/object/str_internal.h"
#include <string.h>

/* Runs no foreign code where there is one: it might take away the bytes that are shown. */
static int separator_of(struct object *sep, unsigned char *c) {
  int64_t length = is_any_str(sep)     ? (int64_t)str_length(sep)
                   : is_any_bytes(sep) ? (int64_t)bytes_length(sep)
                                       : object_length(sep);
  if (length < 0)
    return -1;
  if (length != 1) {
    error_set(ERROR_VALUE, "sep must be length 1.");
    return -1;
  }
  if (is_any_str(sep)) {
    if (str_at(sep, 0) > 127) {
      error_set(ERROR_VALUE, "sep must be ASCII.");
      return -1;
    }
    *c = (unsigned char)str_at(sep, 0);
  } else if (is_any_bytes(sep))
    *c = bytes_data(sep)[0];
  else {
    error_set(ERROR_TYPE, "sep must be str or bytes.");
    return -1;
  }
  if (*c > 127) {
    error_set(ERROR_VALUE, "sep must be ASCII.");
    return -1;
  }
  return 0;
}

struct object *bytes_hex_of(const unsigned char *data, size_t n, struct object *sep,
                            int bytes_per_sep) {
  static const char digits[] = "0123456789abcdef";
  unsigned char separator = 0;
  if (sep && separator_of(sep, &separator) < 0)
    return NULL;
  /* Groups are counted from the end, negative ones from the beginning. */
  size_t group = !sep ? 0 : (size_t)(bytes_per_sep < 0 ? -(int64_t)bytes_per_sep : bytes_per_sep);
  size_t gaps = n && group ? (n - 1) / group : 0;
  if (n == 0)
    return str_from_ascii("");
  if (n > INT64_MAX / 4)
    return error_no_memory();
  struct object *o = str_new_settled(n * 2 + gaps, STR_ASCII);
  if (!o)
    return NULL;
  unsigned char *out = str_room(o);
  size_t until = !gaps ? n : bytes_per_sep < 0 ? group : (n - 1) % group + 1;
  for (size_t i = 0; i < n; i++) {
    if (i == until) {
      *out++ = separator;
      until += group;
    }
    *out++ = (unsigned char)digits[data[i] >> 4];
    *out++ = (unsigned char)digits[data[i] & 15];
  }
  return o;
}

struct object *bytes_hex(struct object *self, struct object *const *args, size_t n,
                         struct object *kwnames) {
  static const char *const names[] = {"sep", "bytes_per_sep"};
  static const struct args_spec spec = {"hex", names, 2, 0, 2, 0};
  struct object *values[2];
  int group = 1;
  if (args_parse(&spec, args, n, kwnames, values) < 0 ||
      (values[1] && args_to_c_int(values[1], &group) < 0))
    return NULL;
  struct text_units in = bytes_units(self);
  bytes_pin(self);
  struct object *text = bytes_hex_of(in.data, in.n, values[0], group);
  bytes_unpin(self);
  return text;
}

static int digit(uint32_t c) {
  return c - '0' < 10 ? (int)(c - '0') : (c | 0x20) - 'a' < 6 ? (int)((c | 0x20) - 'a') + 10 : -1;
}

/* A class method: `self` is bytes, bytearray or derived from them. */
struct object *bytes_fromhex(struct object *self, struct object *text) {
  if (!is_any_str(text))
    return args_wrong_type("fromhex", "argument", "str", text);
  struct text_units in = str_units(text);
  struct object *bytes = bytes_new_open(in.n / 2);
  if (!bytes)
    return NULL;
  unsigned char *out = ((struct bytes *)bytes)->data;
  size_t n = 0, i = 0;
  while (i < in.n) {
    uint32_t c = text_unit(in, i);
    if (c == ' ' || (c >= 9 && c <= 13)) {
      i++;
      continue;
    }
    int high = digit(c), low = high >= 0 && i + 1 < in.n ? digit(text_unit(in, i + 1)) : -1;
    if (low < 0) {
      error_format(ERROR_VALUE, "non-hexadecimal number found in fromhex() arg at position %zu",
                   high < 0 ? i : i + 1);
      drop(bytes);
      return NULL;
    }
    out[n++] = (unsigned char)(high << 4 | low);
    i += 2;
  }
  struct type *t = (struct type *)self;
  struct object *exact = t == &bytearray_type ? bytearray_from(out, n) : bytes_from(out, n);
  drop(bytes);
  if (!exact || t == &bytearray_type || t == &bytes_type)
    return exact;
  struct object *result = call_one(self, exact);
  drop(exact);
  return result;
}

/* ---- Translation ---- */

struct object *bytes_maketrans(struct object *self, struct object *const *args, size_t n) {
  struct bytes_argument from, to;
  struct object *table = NULL;
  if (args_check_count("maketrans", n, 2, 2) < 0 || bytes_argument_get(args[0], &from) < 0)
    return NULL;
  if (bytes_argument_get(args[1], &to) == 0) {
    if (from.units.n != to.units.n)
      error_set(ERROR_VALUE, "maketrans arguments must have same length");
    else if ((table = bytes_new_open(256))) {
      unsigned char *data = ((struct bytes *)table)->data;
      for (unsigned i = 0; i < 256; i++)
        data[i] = (unsigned char)i;
      for (size_t i = 0; i < from.units.n; i++)
        data[bytes_at(from.units)[i]] = bytes_at(to.units)[i];
    }
    bytes_argument_release(&to);
  }
  bytes_argument_release(&from);
  return table;
}

static struct object *translate(struct object *self, const unsigned char *table,
                                const bool *deleted) {
  struct text_units in = bytes_units(self);
  size_t n = 0;
  bool changes = false;
  for (size_t i = 0; i < in.n; i++) {
    unsigned char c = bytes_at(in)[i];
    changes |= deleted[c] || (table && table[c] != c);
    n += !deleted[c];
  }
  if (!changes)
    return bytes_same(self);
  unsigned char *out;
  struct object *o = bytes_make_open_like(self, n, &out);
  for (size_t i = 0; o && i < in.n; i++) {
    unsigned char c = bytes_at(in)[i];
    if (!deleted[c])
      *out++ = table ? table[c] : c;
  }
  return o;
}

struct object *bytes_translate(struct object *self, struct object *const *args, size_t n,
                               struct object *kwnames) {
  static const char *const names[] = {"", "delete"};
  static const struct args_spec spec = {"translate", names, 2, 1, 2, 1};
  struct object *values[2], *result = NULL;
  struct bytes_argument table, removed;
  bool deleted[256] = {false};
  if (args_parse(&spec, args, n, kwnames, values) < 0)
    return NULL;
  bool has_table = values[0] != NONE;
  if (has_table && bytes_argument_get(values[0], &table) < 0)
    return NULL;
  if (has_table && table.units.n != 256)
    error_set(ERROR_VALUE, "translation table must be 256 characters long");
  else if (!values[1])
    result = translate(self, has_table ? table.units.data : NULL, deleted);
  else if (bytes_argument_get(values[1], &removed) == 0) {
    for (size_t i = 0; i < removed.units.n; i++)
      deleted[bytes_at(removed.units)[i]] = true;
    bytes_argument_release(&removed);
    result = translate(self, has_table ? table.units.data : NULL, deleted);
  }
  if (has_table)
    bytes_argument_release(&table);
  return result;
}
