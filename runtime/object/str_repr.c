/* Strings and bytes as literals. */
#include "runtime/object/bytes_internal.h"
#include "runtime/object/str.h"
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
  bool has_single = false, has_double = false;
  for (size_t i = 0; i < n; i++) {
    has_single |= str_at(s, i) == '\'';
    has_double |= str_at(s, i) == '"';
  }
  char quote = choose_quote(has_single, has_double);
  unsigned kind = str_kind(s);
  size_t length = 2;
  for (size_t i = 0; i < n; i++)
    length += is_plain(str_at(s, i), quote) ? 1 : write_escaped(str_at(s, i), quote, NULL);
  size_t bytes = length << kind;
  unsigned char *room = gc_buffer_new(bytes);
  if (!room)
    return error_no_memory();
  size_t at = 0;
#define PUT(c)                                                                                     \
  (kind == 0   ? (void)(room[at++] = (unsigned char)(c))                                           \
   : kind == 1 ? (void)(((uint16_t *)room)[at++] = (uint16_t)(c))                                  \
               : (void)(((uint32_t *)room)[at++] = (uint32_t)(c)))
  PUT(quote);
  for (size_t i = 0; i < n; i++) {
    uint32_t c = str_at(s, i);
    char text[12];
    size_t escaped = is_plain(c, quote) ? 0 : write_escaped(c, quote, text);
    if (!escaped)
      PUT(c);
    for (size_t k = 0; k < escaped; k++)
      PUT((unsigned char)text[k]);
  }
  PUT(quote);
#undef PUT
  struct object *result = str_from_data(room, at, kind);
  gc_buffer_free(room, bytes);
  return result;
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
