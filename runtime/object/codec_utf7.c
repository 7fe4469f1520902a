/* UTF-7 (RFC 2152): ASCII as it is, the rest as UTF-16 in base 64 between '+' and '-'. */
#include "runtime/object/codec_errors.h"
#include <string.h>

static int from_base64(unsigned c) {
  return c - 'A' < 26   ? (int)(c - 'A')
         : c - 'a' < 26 ? (int)(c - 'a') + 26
         : c - '0' < 10 ? (int)(c - '0') + 52
         : c == '+'     ? 62
         : c == '/'     ? 63
                        : -1;
}
static bool is_base64(unsigned c) { return from_base64(c) >= 0; }
static bool is_direct(uint32_t c) { /* written as itself */
  return c && c < 127 &&
         (c >= ' ' ? c != '+' && c != '\\' && c != '~' : c == '\t' || c == '\n' || c == '\r');
}

struct shift { /* within base 64 */
  bool is_on;
  uint32_t surrogate; /* a first half that waits; 0: none */
  uint32_t buffer;
  unsigned bits;
  size_t start;     /* of its '+' in the input */
  size_t out_start; /* where its text begins */
};

static void add_unit(struct codec_decoder *d, struct shift *s, uint32_t unit) {
  if (s->surrogate) {
    uint32_t first = s->surrogate;
    s->surrogate = 0;
    if (unit - 0xdc00 < 0x400) {
      str_builder_add_char(&d->out, 0x10000 + ((first - 0xd800) << 10) + (unit - 0xdc00));
      return;
    }
    str_builder_add_char(&d->out, first);
  }
  if (unit - 0xd800 < 0x400)
    s->surrogate = unit;
  else
    str_builder_add_char(&d->out, unit);
}

/* The end of base 64 at *at, which is no digit; NULL, or what is wrong. */
static const char *leave(struct codec_decoder *d, struct shift *s, size_t *at) {
  unsigned char c = d->data[*at];
  s->is_on = false;
  if (s->bits >= 6 || (s->bits && s->buffer)) {
    (*at)++;
    return s->bits >= 6 ? "partial character in base64 sequence"
                        : "non-zero padding bits in shift sequence";
  }
  if (s->surrogate && c < 128 && c != '+')
    str_builder_add_char(&d->out, s->surrogate);
  s->surrogate = 0;
  if (c == '-')
    (*at)++;
  return NULL;
}

struct object *codec_utf7_decode(const unsigned char *data, size_t n, const char *errors,
                                 size_t *consumed) {
  struct codec_decoder d = codec_decoder_begin("utf7", errors, data, n);
  struct shift s = {0};
  size_t at = 0;
  int status = 0;
  for (;;) {
    while (at < d.n && status == 0) {
      unsigned char c = d.data[at];
      const char *reason = NULL;
      if (s.is_on && is_base64(c)) {
        s.buffer = s.buffer << 6 | (uint32_t)from_base64(c);
        s.bits += 6;
        at++;
        if (s.bits >= 16) {
          s.bits -= 16;
          uint32_t unit = s.buffer >> s.bits & 0xffff;
          s.buffer &= (1u << s.bits) - 1;
          add_unit(&d, &s, unit);
        }
      } else if (s.is_on)
        reason = leave(&d, &s, &at);
      else if (c == '+') {
        size_t start = at++;
        if (at < d.n && d.data[at] == '-') {
          at++;
          str_builder_add_char(&d.out, '+');
        } else if (at < d.n && !is_base64(d.data[at])) {
          s.start = start;
          at++;
          reason = "ill-formed sequence";
        } else
          s = (struct shift){.is_on = true, .start = start, .out_start = d.out.n};
      } else if (c < 128) {
        str_builder_add_char(&d.out, c);
        at++;
      } else {
        s.start = at++;
        reason = "unexpected special character";
      }
      if (reason)
        status = codec_decoder_error(&d, s.start, at, reason, &at);
    }
    if (status < 0 || !s.is_on || consumed)
      break;
    s.is_on = false;
    if (s.surrogate || s.bits >= 6 || (s.bits && s.buffer))
      status = codec_decoder_error(&d, s.start, d.n, "unterminated shift sequence", &at);
    if (at >= d.n || status < 0)
      break;
  }
  if (consumed) {
    *consumed = s.is_on ? s.start : at;
    if (s.is_on && !d.out.failed)
      d.out.n = s.out_start;
  }
  return codec_decoder_finish(&d, status);
}

/* ---- Encoding ---- */

static void put_digit(struct byte_builder *b, unsigned value) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  byte_builder_add_byte(b, (unsigned char)digits[value & 63]);
}
static void put_unit(struct byte_builder *b, struct shift *s, uint32_t unit) {
  s->buffer = s->buffer << 16 | unit;
  s->bits += 16;
  for (; s->bits >= 6; s->bits -= 6)
    put_digit(b, s->buffer >> (s->bits - 6));
  s->buffer &= (1u << s->bits) - 1;
}
static void put_rest(struct byte_builder *b, struct shift *s) {
  if (s->bits)
    put_digit(b, s->buffer << (6 - s->bits));
  s->bits = s->buffer = 0;
}

struct object *codec_utf7_encode(struct object *text, const char *errors) {
  struct byte_builder b = BYTE_BUILDER_EMPTY;
  struct text_units in = str_units(text);
  struct shift s = {0};
  for (size_t i = 0; i < in.n; i++) {
    uint32_t c = text_unit(in, i);
    if (is_direct(c)) {
      if (s.is_on) {
        put_rest(&b, &s);
        s.is_on = false;
        if (is_base64(c) || c == '-')
          byte_builder_add_byte(&b, '-');
      }
      byte_builder_add_byte(&b, (unsigned char)c);
      continue;
    }
    if (!s.is_on && c == '+') {
      byte_builder_add(&b, "+-", 2);
      continue;
    }
    if (!s.is_on)
      byte_builder_add_byte(&b, '+');
    s.is_on = true;
    if (c >= 0x10000) {
      put_unit(&b, &s, 0xd7c0 + (c >> 10));
      c = 0xdc00 + (c & 0x3ff);
    }
    put_unit(&b, &s, c);
  }
  put_rest(&b, &s);
  if (s.is_on)
    byte_builder_add_byte(&b, '-');
  return byte_builder_finish(&b);
}
