/* Escapes with backslashes: unicode_escape, raw_unicode_escape, and those of byte literals. */
#include "runtime/object/bytes.h"
#include "runtime/object/codec_errors.h"
#include "runtime/object/warning.h"
#include <string.h>

static int digit(unsigned char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ---- unicode_escape ---- */

enum result { DONE, BAD, CUT_OFF };
struct escape {
  size_t at; /* behind the backslash, then behind what was read */
  const char *reason;
  unsigned char unknown[4]; /* the first escape that is none, or an octal one above 0377 */
};

static void remember(unsigned char *unknown, const unsigned char *escape, size_t n) {
  if (!*unknown)
    memcpy(unknown, escape, n);
}
static int warn_of(const unsigned char *unknown) {
  if (!*unknown)
    return 0;
  bool is_octal = *unknown >= '4' && *unknown <= '7';
  return is_octal ? warning_format(ERROR_DEPRECATION_WARNING, 1,
                                   "invalid octal escape sequence '\\%.3s'", unknown)
                  : warning_format(ERROR_DEPRECATION_WARNING, 1, "invalid escape sequence '\\%c'",
                                   *unknown);
}

static enum result read_hex(struct codec_decoder *d, struct escape *e, int digits,
                            const char *reason, uint32_t *c) {
  e->reason = reason;
  for (*c = 0; digits > 0; digits--, e->at++) {
    if (e->at >= d->n)
      return CUT_OFF;
    int value = digit(d->data[e->at]);
    if (value < 0)
      return BAD;
    *c = *c << 4 | (uint32_t)value;
  }
  e->reason = "illegal Unicode character";
  return *c > 0x10ffff ? BAD : DONE;
}

static enum result read_name(struct codec_decoder *d, struct escape *e, uint32_t *c) {
  e->reason = "malformed \\N character escape";
  if (e->at >= d->n)
    return CUT_OFF;
  if (d->data[e->at] != '{')
    return BAD;
  size_t start = ++e->at;
  while (e->at < d->n && d->data[e->at] != '}')
    e->at++;
  if (e->at >= d->n)
    return CUT_OFF;
  if (e->at == start)
    return BAD;
  e->at++;
  e->reason = "unknown Unicode character name";
  return codec_character_named &&
                 codec_character_named((const char *)d->data + start, e->at - 1 - start, c)
             ? DONE
             : BAD;
}

static enum result read_escape(struct codec_decoder *d, struct escape *e) {
  uint32_t value;
  enum result result = DONE;
  e->reason = "\\ at end of string";
  if (e->at >= d->n)
    return CUT_OFF;
  unsigned char c = d->data[e->at++];
  static const char letters[] = "\\'\"abfnrtv", meanings[] = "\\'\"\a\b\f\n\r\t\v";
  const char *letter = c ? strchr(letters, c) : NULL;
  if (c == '\n')
    return DONE;
  if (letter)
    value = (unsigned char)meanings[letter - letters];
  else if (c >= '0' && c <= '7') {
    value = (uint32_t)(c - '0');
    for (int i = 0; i < 2 && e->at < d->n && d->data[e->at] >= '0' && d->data[e->at] <= '7'; i++)
      value = value << 3 | (uint32_t)(d->data[e->at++] - '0');
    if (value > 0xff)
      remember(e->unknown, d->data + e->at - 3, 3);
  } else if (c == 'x')
    result = read_hex(d, e, 2, "truncated \\xXX escape", &value);
  else if (c == 'u')
    result = read_hex(d, e, 4, "truncated \\uXXXX escape", &value);
  else if (c == 'U')
    result = read_hex(d, e, 8, "truncated \\UXXXXXXXX escape", &value);
  else if (c == 'N')
    result = read_name(d, e, &value);
  else {
    remember(e->unknown, &c, 1);
    str_builder_add_char(&d->out, '\\');
    value = c;
  }
  if (result == DONE)
    str_builder_add_char(&d->out, value);
  return result;
}

struct object *codec_unicode_escape_decode(const unsigned char *data, size_t n, const char *errors,
                                           size_t *consumed) {
  struct codec_decoder d = codec_decoder_begin("unicodeescape", errors, data, n);
  struct escape e = {0};
  size_t at = 0;
  int status = 0;
  while (at < d.n && status == 0) {
    const unsigned char *next = memchr(d.data + at, '\\', d.n - at);
    size_t plain = next ? (size_t)(next - d.data) - at : d.n - at;
    if (plain) {
      status = str_builder_add_units(&d.out, d.data + at, plain, 0, false);
      at += plain;
      continue;
    }
    e.at = at + 1;
    enum result result = read_escape(&d, &e);
    if (result == CUT_OFF && consumed)
      break;
    if (result == DONE)
      at = e.at;
    else
      status = codec_decoder_error(&d, at, e.at, e.reason, &at);
  }
  if (consumed)
    *consumed = at;
  if (status == 0 && warn_of(e.unknown) < 0)
    status = -1;
  return codec_decoder_finish(&d, status);
}

static const char digits[] = "0123456789abcdef";
static int add_escape(struct byte_builder *b, char letter, uint32_t c, int n) {
  unsigned char text[10] = {'\\', (unsigned char)letter};
  for (int i = 0; i < n; i++)
    text[2 + i] = (unsigned char)digits[c >> 4 * (n - 1 - i) & 15];
  return byte_builder_add(b, text, (size_t)n + 2);
}
static int add_wide(struct byte_builder *b, uint32_t c) {
  return c < 0x10000 ? add_escape(b, 'u', c, 4) : add_escape(b, 'U', c, 8);
}

struct object *codec_unicode_escape_encode(struct object *text, const char *errors) {
  struct byte_builder b = BYTE_BUILDER_EMPTY;
  struct text_units in = str_units(text);
  for (size_t i = 0; i < in.n; i++) {
    uint32_t c = text_unit(in, i);
    if (c == '\\')
      byte_builder_add(&b, "\\\\", 2);
    else if (c >= ' ' && c < 127)
      byte_builder_add_byte(&b, (unsigned char)c);
    else if (c == '\t' || c == '\n' || c == '\r')
      byte_builder_add(&b, c == '\t' ? "\\t" : c == '\n' ? "\\n" : "\\r", 2);
    else if (c < 0x100)
      add_escape(&b, 'x', c, 2);
    else
      add_wide(&b, c);
  }
  return byte_builder_finish(&b);
}

/* ---- raw_unicode_escape: only \u and \U are escapes ---- */

struct object *codec_raw_unicode_escape_decode(const unsigned char *data, size_t n,
                                               const char *errors, size_t *consumed) {
  struct codec_decoder d = codec_decoder_begin("rawunicodeescape", errors, data, n);
  struct escape e = {0};
  size_t at = 0;
  int status = 0;
  while (at < d.n && status == 0) {
    unsigned char c = d.data[at];
    if (c != '\\' || (at + 1 >= d.n && !consumed)) {
      status = str_builder_add_char(&d.out, c);
      at++;
      continue;
    }
    if (at + 1 >= d.n)
      break;
    c = d.data[at + 1];
    if (c != 'u' && c != 'U') {
      str_builder_add_char(&d.out, '\\');
      status = str_builder_add_char(&d.out, c);
      at += 2;
      continue;
    }
    uint32_t value;
    e.at = at + 2;
    enum result result =
        read_hex(&d, &e, c == 'u' ? 4 : 8,
                 c == 'u' ? "truncated \\uXXXX escape" : "truncated \\UXXXXXXXX escape", &value);
    if (result == CUT_OFF && consumed)
      break;
    if (result == DONE) {
      status = str_builder_add_char(&d.out, value);
      at = e.at;
    } else
      status = codec_decoder_error(
          &d, at, e.at, !strncmp(e.reason, "illegal", 7) ? "\\Uxxxxxxxx out of range" : e.reason,
          &at);
  }
  if (consumed)
    *consumed = at;
  return codec_decoder_finish(&d, status);
}

struct object *codec_raw_unicode_escape_encode(struct object *text, const char *errors) {
  struct byte_builder b = BYTE_BUILDER_EMPTY;
  struct text_units in = str_units(text);
  for (size_t i = 0; i < in.n; i++) {
    uint32_t c = text_unit(in, i);
    if (c < 0x100)
      byte_builder_add_byte(&b, (unsigned char)c);
    else
      add_wide(&b, c);
  }
  return byte_builder_finish(&b);
}

/* ---- Byte literals ---- */

/* \x without two digits: what `errors` wants. */
static int bad_hex(struct byte_builder *b, const char *errors, size_t position) {
  if (!errors || !strcmp(errors, "strict"))
    error_set(ERROR_VALUE, "invalid \\x escape at position %zu", position);
  else if (!strcmp(errors, "replace"))
    return byte_builder_add_byte(b, '?');
  else if (!strcmp(errors, "ignore"))
    return 0;
  else
    error_set(ERROR_VALUE, "decoding error; unknown error handling code: %s", errors);
  return -1;
}

struct object *codec_escape_decode(const unsigned char *data, size_t n, const char *errors) {
  struct byte_builder b = BYTE_BUILDER_EMPTY;
  unsigned char unknown[4] = {0};
  int status = 0;
  for (size_t at = 0; at < n && status == 0;) {
    unsigned char c = data[at++];
    if (c != '\\') {
      status = byte_builder_add_byte(&b, c);
      continue;
    }
    if (at == n) {
      error_set(ERROR_VALUE, "Trailing \\ in string");
      status = -1;
      break;
    }
    c = data[at++];
    static const char letters[] = "\\'\"abfnrtv", meanings[] = "\\'\"\a\b\f\n\r\t\v";
    const char *letter = c ? strchr(letters, c) : NULL;
    if (c == '\n')
      continue;
    if (letter)
      status = byte_builder_add_byte(&b, (unsigned char)meanings[letter - letters]);
    else if (c >= '0' && c <= '7') {
      unsigned value = c - '0';
      for (int i = 0; i < 2 && at < n && data[at] >= '0' && data[at] <= '7'; i++)
        value = value << 3 | (unsigned)(data[at++] - '0');
      if (value > 0xff)
        remember(unknown, data + at - 3, 3);
      status = byte_builder_add_byte(&b, (unsigned char)value);
    } else if (c == 'x') {
      int high = at < n ? digit(data[at]) : -1, low = at + 1 < n ? digit(data[at + 1]) : -1;
      if (high >= 0 && low >= 0) {
        status = byte_builder_add_byte(&b, (unsigned char)(high << 4 | low));
        at += 2;
      } else {
        status = bad_hex(&b, errors, at - 2);
        at += high >= 0;
      }
    } else {
      remember(unknown, &c, 1);
      byte_builder_add_byte(&b, '\\');
      status = byte_builder_add_byte(&b, c);
    }
  }
  if (status == 0)
    status = warn_of(unknown);
  if (status == 0 || b.failed)
    return byte_builder_finish(&b);
  byte_builder_discard(&b);
  return NULL;
}

struct object *codec_escape_encode(const unsigned char *data, size_t n) {
  struct byte_builder b = BYTE_BUILDER_EMPTY;
  for (size_t i = 0; i < n; i++) {
    unsigned char c = data[i];
    if (c == '\'' || c == '\\') {
      byte_builder_add_byte(&b, '\\');
      byte_builder_add_byte(&b, c);
    } else if (c == '\t' || c == '\n' || c == '\r')
      byte_builder_add(&b, c == '\t' ? "\\t" : c == '\n' ? "\\n" : "\\r", 2);
    else if (c < ' ' || c >= 0x7f)
      add_escape(&b, 'x', c, 2);
    else
      byte_builder_add_byte(&b, c);
  }
  return byte_builder_finish(&b);
}
