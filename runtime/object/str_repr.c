/* Strings and bytes as literals. */
#include "runtime/object/bytes_internal.h"
#include "runtime/object/str_internal.h"
#include "runtime/object/unicode.h"
#include <stdio.h>
#include <string.h>

/* What a code point becomes. Returns how many characters; text is NULL: only count. */
static size_t write_escaped(uint32_t c, char quote, char *text) {
  char room[12];
  if (!text)
    text = room;
  text[0] = '\\';
  if (c == (unsigned char)quote || c == '\\')
    return text[1] = (char)c, 2;
  if (c == '\n' || c == '\r' || c == '\t')
    return text[1] = c == '\n' ? 'n' : c == '\r' ? 'r' : 't', 2;
  static const char digits[] = "0123456789abcdef";
  unsigned n = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
  text[1] = n == 2 ? 'x' : n == 4 ? 'u' : 'U';
  for (unsigned i = 0; i < n; i++)
    text[2 + i] = digits[c >> 4 * (n - 1 - i) & 15];
  return 2 + n;
}

static inline bool is_plain(uint32_t c, char quote) {
  if (c < 127)
    return c >= ' ' && c != (unsigned char)quote && c != '\\';
  return c == ' ' || (c != (unsigned char)quote && c != '\\' && unicode_is_printable(c));
}

/* Double quotes only around a text that has single ones and no double. */
static char choose_quote(bool has_single, bool has_double) {
  return has_single && !has_double ? '"' : '\'';
}

/* ASCII: one pass to see what has to be escaped, which is mostly nothing. */
static struct object *repr_ascii(const unsigned char *data, size_t n) {
  bool has_single = memchr(data, '\'', n), has_double = has_single && memchr(data, '"', n);
  char quote = choose_quote(has_single, has_double);
  size_t more = 0;
  for (size_t i = 0; i < n; i++) {
    unsigned char c = data[i];
    if (c < ' ' || c == 127)
      more += c == '\n' || c == '\r' || c == '\t' ? 1 : 3;
    else
      more += c == (unsigned char)quote || c == '\\';
  }
  struct object *result = str_new_open(n + more + 2, 0);
  if (!result)
    return NULL;
  char *out = str_room(result);
  *out++ = quote;
  if (!more) {
    memcpy(out, data, n);
    out += n;
  } else
    for (size_t i = 0; i < n; i++) {
      unsigned char c = data[i];
      if (c < ' ' || c == 127 || c == (unsigned char)quote || c == '\\')
        out += write_escaped(c, quote, out);
      else
        *out++ = (char)c;
    }
  *out = quote;
  return str_seal_taking(result, true);
}

struct object *str_repr(struct object *s) {
  size_t n = str_length(s);
  if (LIKELY(str_is_ascii(s)))
    return repr_ascii(str_data(s), n);
  bool has_single = text_find_unit(str_units(s), '\'') != TEXT_NOT_FOUND;
  bool has_double = has_single && text_find_unit(str_units(s), '"') != TEXT_NOT_FOUND;
  char quote = choose_quote(has_single, has_double);
  struct text_units in = str_units(s);
  size_t length = 2;
  for (size_t i = 0; i < n; i++) {
    uint32_t c = text_unit(in, i);
    length += is_plain(c, quote) ? 1 : write_escaped(c, quote, NULL);
  }
  struct object *result = str_new_open(length, in.kind);
  if (!result)
    return NULL;
  void *room = str_room(result);
  size_t at = 0;
  str_put(room, in.kind, at++, (unsigned char)quote);
  if (length == n + 2) {
    memcpy((char *)room + (1u << in.kind), in.data, n << in.kind);
    at += n;
  } else
    for (size_t i = 0; i < n; i++) {
      uint32_t c = text_unit(in, i);
      char text[12];
      size_t escaped = is_plain(c, quote) ? 0 : write_escaped(c, quote, text);
      if (!escaped)
        str_put(room, in.kind, at++, c);
      for (size_t k = 0; k < escaped; k++)
        str_put(room, in.kind, at++, (unsigned char)text[k]);
    }
  str_put(room, in.kind, at, (unsigned char)quote);
  return str_seal_taking(result, false);
}

struct object *bytes_repr_of(const unsigned char *data, size_t n, bool escapes_single) {
  char quote = choose_quote(memchr(data, '\'', n), memchr(data, '"', n));
  size_t bytes = n * 4 + 3, at = 0;
  char *room = n < SIZE_MAX / 8 ? gc_buffer_new(bytes) : NULL;
  if (!room)
    return error_no_memory();
  room[at++] = 'b';
  room[at++] = quote;
  for (size_t i = 0; i < n; i++) {
    unsigned char c = data[i];
    if (c >= ' ' && c < 127 && c != (unsigned char)quote && c != '\\' &&
        (c != '\'' || !escapes_single))
      room[at++] = (char)c;
    else
      at += write_escaped(c, c == '\'' ? '\'' : quote, room + at);
  }
  room[at++] = quote;
  struct object *result = str_from_data(room, at, 0);
  gc_buffer_free(room, bytes);
  return result;
}

struct object *bytes_repr(const struct object *o) {
  return bytes_repr_of(bytes_data(o), bytes_length(o), false);
}
