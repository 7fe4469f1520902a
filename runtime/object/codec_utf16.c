/* UTF-16 and UTF-32, of either byte order, with and without a mark in front. */
#include "runtime/object/bytes.h"
#include "runtime/object/codec_errors.h"
#include <string.h>

static inline uint32_t read(const unsigned char *p, unsigned unit, bool is_big) {
  if (unit == 2)
    return is_big ? (uint32_t)(p[0] << 8 | p[1]) : (uint32_t)(p[1] << 8 | p[0]);
  return is_big ? (uint32_t)p[0] << 24 | (uint32_t)(p[1] << 16 | p[2] << 8 | p[3])
                : (uint32_t)p[3] << 24 | (uint32_t)(p[2] << 16 | p[1] << 8 | p[0]);
}
static inline unsigned char *write(unsigned char *p, uint32_t c, unsigned unit, bool is_big) {
  for (unsigned i = 0; i < unit; i++)
    p[i] = (unsigned char)(c >> 8 * (is_big ? unit - 1 - i : i));
  return p + unit;
}

static const char *name_of(unsigned unit, int order, bool is_big) {
  if (order == CODEC_NATIVE)
    return unit == 2 ? "utf-16" : "utf-32";
  return unit == 2 ? is_big ? "utf-16-be" : "utf-16-le" : is_big ? "utf-32-be" : "utf-32-le";
}

/* Takes the mark at the beginning, if there may be one; how many bytes it has. */
static size_t read_mark(const unsigned char *data, size_t n, unsigned unit, int *order) {
  if (*order != CODEC_NATIVE || n < unit)
    return 0;
  for (int big = 0; big < 2; big++)
    if (read(data, unit, big) == 0xfeff) {
      *order = big ? CODEC_BIG : CODEC_LITTLE;
      return unit;
    }
  return 0;
}

/* One code point of UTF-16 at p; the bytes it takes. 0 with *reason and *bad (bytes in error);
 * incomplete with more to come: *reason "". */
static unsigned read16(const unsigned char *p, size_t left, bool is_big, uint32_t *c,
                       const char **reason, size_t *bad) {
  *bad = left;
  if (left < 2) {
    *reason = "truncated data";
    return 0;
  }
  *c = read(p, 2, is_big);
  if (LIKELY(*c - 0xd800 >= 0x800))
    return 2;
  if (*c >= 0xdc00) {
    *reason = "illegal encoding";
    *bad = 2;
    return 0;
  }
  if (left < 4) {
    *reason = "unexpected end of data";
    return 0;
  }
  uint32_t low = read(p + 2, 2, is_big);
  if (low - 0xdc00 >= 0x400) {
    *reason = "illegal UTF-16 surrogate";
    *bad = 2;
    return 0;
  }
  *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
  return 4;
}
static unsigned read32(const unsigned char *p, size_t left, bool is_big, uint32_t *c,
                       const char **reason, size_t *bad) {
  *bad = left;
  if (left < 4) {
    *reason = "truncated data";
    return 0;
  }
  *c = read(p, 4, is_big);
  *bad = 4;
  if (*c - 0xd800 < 0x800)
    *reason = "code point in surrogate code point range(0xd800, 0xe000)";
  else if (*c > 0x10ffff)
    *reason = "code point not in range(0x110000)";
  else
    return 4;
  return 0;
}

static struct object *decode(const unsigned char *data, size_t n, const char *errors, unsigned unit,
                             int *order, size_t *consumed) {
  size_t at = read_mark(data, n, unit, order);
  bool is_big = *order == CODEC_BIG;
  /* Without a mark the machine's order is meant, which is the little one. */
  struct codec_decoder d = codec_decoder_begin(
      name_of(unit, *order == CODEC_NATIVE ? CODEC_LITTLE : *order, is_big), errors, data, n);
  int status = 0;
  while (at < d.n && status == 0) {
    uint32_t c;
    const char *reason;
    size_t left = d.n - at, bad;
    unsigned bytes = unit == 2 ? read16(d.data + at, left, is_big, &c, &reason, &bad)
                               : read32(d.data + at, left, is_big, &c, &reason, &bad);
    if (LIKELY(bytes)) {
      status = str_builder_add_char(&d.out, c);
      at += bytes;
    } else if (consumed && bad == left && left < 4 &&
               (left < unit || !strcmp(reason, "unexpected end of data")))
      break;
    else
      status = codec_decoder_error(&d, at, at + bad, reason, &at);
  }
  if (consumed)
    *consumed = at;
  return codec_decoder_finish(&d, status);
}
struct object *codec_utf16_decode(const unsigned char *data, size_t n, const char *errors,
                                  int *order, size_t *consumed) {
  return decode(data, n, errors, 2, order, consumed);
}
struct object *codec_utf32_decode(const unsigned char *data, size_t n, const char *errors,
                                  int *order, size_t *consumed) {
  return decode(data, n, errors, 4, order, consumed);
}

/* ---- Encoding ---- */

static int add(struct byte_builder *b, uint32_t c, unsigned unit, bool is_big) {
  unsigned char *p = byte_builder_room(b, 4), *start = p;
  if (!p)
    return -1;
  if (unit == 2 && c >= 0x10000) {
    p = write(p, 0xd7c0 + (c >> 10), 2, is_big);
    p = write(p, 0xdc00 + (c & 0x3ff), 2, is_big);
  } else
    p = write(p, c, unit, is_big);
  b->n += (size_t)(p - start);
  return 0;
}

/* What a handler gives must be whole units, or ASCII. */
static int replace(struct codec_encoder *e, size_t start, unsigned unit, bool is_big, size_t *at) {
  static const char reason[] = "surrogates not allowed";
  struct object *replacement;
  if (codec_encoder_error(e, start, start + 1, reason, &replacement, at) < 0)
    return -1;
  int status = 0;
  if (is_any_bytes(replacement)) {
    if (bytes_length(replacement) % unit)
      status = -1;
    else
      status = byte_builder_add(&e->out, bytes_data(replacement), bytes_length(replacement));
  } else if (!str_is_ascii(replacement))
    status = -1;
  else
    for (size_t i = 0; i < str_length(replacement) && status == 0; i++)
      status = add(&e->out, str_at(replacement, i), unit, is_big);
  drop(replacement);
  if (status < 0 && error_pending() == ERROR_NONE)
    codec_encoder_raise(e, start, start + 1, reason);
  return status;
}

static struct object *encode(struct object *text, const char *errors, unsigned unit, int order) {
  bool is_big = order == CODEC_BIG;
  struct codec_encoder e = codec_encoder_begin(name_of(unit, order, is_big), errors, text);
  struct text_units in = e.in;
  int status = order == CODEC_NATIVE ? add(&e.out, 0xfeff, unit, is_big) : 0;
  if (status == 0 && !byte_builder_room(&e.out, in.n * unit))
    status = -1;
  for (size_t at = 0; at < in.n && status == 0;) {
    uint32_t c = text_unit(in, at);
    if (LIKELY(c - 0xd800 >= 0x800)) {
      status = add(&e.out, c, unit, is_big);
      at++;
    } else
      status = replace(&e, at, unit, is_big, &at);
  }
  return codec_encoder_finish(&e, status);
}
struct object *codec_utf16_encode(struct object *text, const char *errors, int order) {
  return encode(text, errors, 2, order);
}
struct object *codec_utf32_encode(struct object *text, const char *errors, int order) {
  return encode(text, errors, 4, order);
}
