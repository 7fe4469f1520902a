/* Strings from a format: printf's conversions, and objects by their repr, str or type's name. */
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t put_utf8(unsigned char *out, uint32_t c) {
  if (c < 0x80)
    return out[0] = (unsigned char)c, 1;
  if (c < 0x800) {
    out[0] = (unsigned char)(0xc0 | c >> 6);
    out[1] = (unsigned char)(0x80 | (c & 63));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = (unsigned char)(0xe0 | c >> 12);
    out[1] = (unsigned char)(0x80 | (c >> 6 & 63));
    out[2] = (unsigned char)(0x80 | (c & 63));
    return 3;
  }
  out[0] = (unsigned char)(0xf0 | c >> 18);
  out[1] = (unsigned char)(0x80 | (c >> 12 & 63));
  out[2] = (unsigned char)(0x80 | (c >> 6 & 63));
  out[3] = (unsigned char)(0x80 | (c & 63));
  return 4;
}

struct object *str_encode_utf8(struct object *s) {
  size_t bytes = 0, n = str_length(s);
  unsigned char some[4];
  for (size_t i = 0; i < n; i++)
    bytes += put_utf8(some, str_at(s, i));
  struct object *o = bytes_from(NULL, bytes);
  unsigned char *out = o ? ((struct bytes *)o)->data : NULL;
  for (size_t i = 0; o && i < n; i++)
    out += put_utf8(out, str_at(s, i));
  return o;
}

/* Pieces are collected as a str that grows. */
static int add_taking(struct object **text, struct object *piece) {
  if (!piece)
    return -1;
  struct object *longer = str_append_taking(*text, piece);
  *text = longer;
  drop(piece);
  return longer ? 0 : -1;
}

static struct object *bytes_as_text(const char *s, size_t n) {
  struct object *o = str_from_utf8(s, n);
  if (!o && error_pending() == ERROR_VALUE) { /* no UTF-8: byte by byte */
    error_clear();
    o = str_from_data(s, n, 0);
  }
  return o;
}

/* One conversion; *format stands behind the '%'. */
static struct object *convert(const char **format, va_list *arguments) {
  const char *start = *format - 1, *at = *format;
  int precision = -1;
  while (strchr("-+ #0123456789.", *at) && *at) {
    if (*at == '.') {
      if (at[1] == '*') {
        precision = va_arg(*arguments, int);
        at++;
      } else
        precision = atoi(at + 1);
    }
    at++;
  }
  int longs = 0;
  while (*at == 'l' || *at == 'z' || *at == 'j' || *at == 't') {
    longs++;
    at++;
  }
  char conversion = *at, spec[32], out[400];
  *format = at + 1;
  size_t n = (size_t)(at + 1 - start);
  if (n >= sizeof spec)
    n = sizeof spec - 1;
  memcpy(spec, start, n);
  spec[n] = 0;
  struct object *o;
  switch (conversion) {
  case '%':
    return str_from_ascii("%");
  case 'R':
    return object_repr(va_arg(*arguments, struct object *));
  case 'S':
    return object_str(va_arg(*arguments, struct object *));
  case 'U':
    return hold(va_arg(*arguments, struct object *));
  case 'N':
    o = va_arg(*arguments, struct object *);
    return bytes_as_text(type_of(o)->name, strlen(type_of(o)->name));
  case 'T': {
    const char *name = ((struct type *)va_arg(*arguments, void *))->name;
    return bytes_as_text(name, strlen(name));
  }
  case 's': {
    const char *s = va_arg(*arguments, const char *);
    size_t length = precision >= 0 ? strnlen(s, (size_t)precision) : strlen(s);
    return bytes_as_text(s, length);
  }
  case 'c':
    return str_from_code_point((uint32_t)va_arg(*arguments, int));
  case 'p':
    snprintf(out, sizeof out, "%p", va_arg(*arguments, void *));
    break;
  case 'g':
  case 'f':
    snprintf(out, sizeof out, spec, va_arg(*arguments, double));
    break;
  default:
    if (longs)
      snprintf(out, sizeof out, spec, va_arg(*arguments, long));
    else
      snprintf(out, sizeof out, spec, va_arg(*arguments, int));
  }
  return str_from_ascii(out);
}

struct object *str_format_list(const char *format, va_list arguments) {
  va_list rest;
  va_copy(rest, arguments);
  struct object *text = str_from_ascii("");
  while (text && *format) {
    const char *percent = strchr(format, '%');
    size_t plain = percent ? (size_t)(percent - format) : strlen(format);
    if (plain && add_taking(&text, bytes_as_text(format, plain)) < 0)
      break;
    format += plain;
    if (!percent)
      break;
    format++;
    if (add_taking(&text, convert(&format, &rest)) < 0)
      break;
  }
  va_end(rest);
  if (text && error_pending() != ERROR_NONE) {
    drop(text);
    text = NULL;
  }
  return text;
}

struct object *str_format(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  struct object *text = str_format_list(format, arguments);
  va_end(arguments);
  return text;
}
