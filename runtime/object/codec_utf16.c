/* UTF-16 and UTF-32, of either byte order, with and without a mark in front. What has no errors is
 * looked over once, which tells how long the result is, and then written where it stays; anything
 * else goes unit by unit, with what the handlers say. */
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

/* ---- Rows of units ---- */

typedef uint16_t unit_2 __attribute__((aligned(1), may_alias));
typedef uint32_t unit_4 __attribute__((aligned(1), may_alias));

#define SAME(c) (c)
/* Writes n units of type F as units of type T, which hold them. */
#define CONVERT(NAME, T, F, IN, OUT)                                                               \
  VECTORIZED static void NAME(void *to, const void *from, size_t n) {                              \
    T *out = to;                                                                                   \
    const F *in = from;                                                                            \
    for (size_t i = 0; i < n; i++)                                                                 \
      out[i] = (T)OUT((T)IN(in[i]));                                                               \
  }
CONVERT(from_2_to_1, uint8_t, unit_2, SAME, SAME)
CONVERT(from_2_to_2, uint16_t, unit_2, SAME, SAME)
CONVERT(from_4_to_1, uint8_t, unit_4, SAME, SAME)
CONVERT(from_4_to_2, uint16_t, unit_4, SAME, SAME)
CONVERT(from_4_to_4, uint32_t, unit_4, SAME, SAME)
CONVERT(from_big_2_to_1, uint8_t, unit_2, __builtin_bswap16, SAME)
CONVERT(from_big_2_to_2, uint16_t, unit_2, __builtin_bswap16, SAME)
CONVERT(from_big_4_to_1, uint8_t, unit_4, __builtin_bswap32, SAME)
CONVERT(from_big_4_to_2, uint16_t, unit_4, __builtin_bswap32, SAME)
CONVERT(from_big_4_to_4, uint32_t, unit_4, __builtin_bswap32, SAME)
CONVERT(to_2_from_1, unit_2, uint8_t, SAME, SAME)
CONVERT(to_2_from_2, unit_2, uint16_t, SAME, SAME)
CONVERT(to_4_from_1, unit_4, uint8_t, SAME, SAME)
CONVERT(to_4_from_2, unit_4, uint16_t, SAME, SAME)
CONVERT(to_4_from_4, unit_4, uint32_t, SAME, SAME)
CONVERT(to_big_2_from_1, unit_2, uint8_t, SAME, __builtin_bswap16)
CONVERT(to_big_2_from_2, unit_2, uint16_t, SAME, __builtin_bswap16)
CONVERT(to_big_4_from_1, unit_4, uint8_t, SAME, __builtin_bswap32)
CONVERT(to_big_4_from_2, unit_4, uint16_t, SAME, __builtin_bswap32)
CONVERT(to_big_4_from_4, unit_4, uint32_t, SAME, __builtin_bswap32)
#undef CONVERT

typedef void convert_fn(void *to, const void *from, size_t n);
/* By the kind of the str, whether the units are big-endian, and whether they are of 4 bytes. */
static convert_fn *const readers[3][2][2] = {
    {{from_2_to_1, from_4_to_1}, {from_big_2_to_1, from_big_4_to_1}},
    {{from_2_to_2, from_4_to_2}, {from_big_2_to_2, from_big_4_to_2}},
    {{NULL, from_4_to_4}, {NULL, from_big_4_to_4}}};
static convert_fn *const writers[3][2][2] = {
    {{to_2_from_1, to_4_from_1}, {to_big_2_from_1, to_big_4_from_1}},
    {{to_2_from_2, to_4_from_2}, {to_big_2_from_2, to_big_4_from_2}},
    {{NULL, to_4_from_4}, {NULL, to_big_4_from_4}}};

/* All bits of n units; UINT32_MAX: some are surrogates or above 0x10ffff. */
#define NEVER(c)    0
#define IS_LARGE(c) ((c) > 0x10ffff)
#define LOOK_OVER(NAME, T, F, IN, LARGE)                                                           \
  VECTORIZED static uint32_t NAME(const void *data, size_t n) {                                    \
    const F *in = data;                                                                            \
    T bits = 0, wrong = 0;                                                                         \
    for (size_t i = 0; i < n; i++) {                                                               \
      T c = IN(in[i]);                                                                             \
      bits |= c;                                                                                   \
      wrong |= (T)((T)(c - 0xd800) < 0x800) | LARGE(c);                                            \
    }                                                                                              \
    return wrong ? UINT32_MAX : bits;                                                              \
  }
LOOK_OVER(look_over_2, uint16_t, unit_2, SAME, NEVER)
LOOK_OVER(look_over_4, uint32_t, unit_4, SAME, IS_LARGE)
LOOK_OVER(look_over_big_2, uint16_t, unit_2, __builtin_bswap16, NEVER)
LOOK_OVER(look_over_big_4, uint32_t, unit_4, __builtin_bswap32, IS_LARGE)
#undef LOOK_OVER
#undef NEVER
#undef IS_LARGE

/* UTF-16 with pairs of surrogates, all of them whole; NULL with no error: it isn't so. */
static struct object *decode_pairs(const unsigned char *data, size_t n, bool is_big) {
  const char *reason;
  size_t length = 0, bad;
  uint32_t c;
  for (size_t at = 0, bytes; at < n; at += bytes, length++)
    if (!(bytes = read16(data + at, n - at, is_big, &c, &reason, &bad)))
      return NULL;
  struct object *s = str_new_settled(length, 2);
  if (!s)
    return NULL;
  uint32_t *out = str_room(s);
  for (size_t at = 0; at < n;)
    at += read16(data + at, n - at, is_big, out++, &reason, &bad);
  return s;
}
/* What has no errors; NULL with no error: it has. */
static struct object *decode_at_once(const unsigned char *data, size_t bytes, unsigned unit,
                                     bool is_big) {
  size_t n = bytes / unit;
  if (n * unit != bytes)
    return NULL;
  uint32_t bits = unit == 2 ? (is_big ? look_over_big_2 : look_over_2)(data, n)
                            : (is_big ? look_over_big_4 : look_over_4)(data, n);
  if (bits == UINT32_MAX)
    return unit == 2 ? decode_pairs(data, bytes, is_big) : NULL;
  if (n == 0)
    return str_from_ascii("");
  unsigned kind = bits < 0x100 ? 0 : bits < 0x10000 ? 1 : 2;
  struct object *s = str_new_settled(n, bits < 0x80 ? STR_ASCII : kind);
  if (!s)
    return NULL;
  readers[kind][is_big][unit == 4](str_room(s), data, n);
  return str_settle_taking(s);
}

static struct object *decode(const unsigned char *data, size_t n, const char *errors, unsigned unit,
                             int *order, size_t *consumed) {
  size_t at = read_mark(data, n, unit, order);
  bool is_big = *order == CODEC_BIG;
  struct object *text = decode_at_once(data + at, n - at, unit, is_big);
  if (text || error_pending() != ERROR_NONE) {
    if (consumed)
      *consumed = n;
    return text;
  }
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

/* A text without surrogates; NULL with no error: it has some. */
static struct object *encode_at_once(struct text_units in, unsigned unit, int order) {
  bool is_big = order == CODEC_BIG;
  size_t pairs = 0, mark = order == CODEC_NATIVE ? unit : 0;
  if (in.kind && (in.kind == 1 ? look_over_2 : look_over_4)(in.data, in.n) == UINT32_MAX)
    return NULL;
  if (unit == 2 && in.kind == 2)
    for (size_t i = 0; i < in.n; i++)
      pairs += ((const uint32_t *)in.data)[i] >= 0x10000;
  size_t bytes = mark + (in.n + pairs) * unit;
  struct object *o = bytes_new_open(bytes);
  if (!o || bytes == 0)
    return o;
  unsigned char *p = ((struct bytes *)o)->data;
  if (mark)
    p = write(p, 0xfeff, unit, is_big);
  convert_fn *convert = writers[in.kind][is_big][unit == 4];
  if (convert)
    convert(p, in.data, in.n);
  else
    for (size_t i = 0; i < in.n; i++) {
      uint32_t c = ((const uint32_t *)in.data)[i];
      if (c >= 0x10000) {
        p = write(p, 0xd7c0 + (c >> 10), 2, is_big);
        c = 0xdc00 + (c & 0x3ff);
      }
      p = write(p, c, 2, is_big);
    }
  return o;
}

static struct object *encode(struct object *text, const char *errors, unsigned unit, int order) {
  bool is_big = order == CODEC_BIG;
  struct object *whole = encode_at_once(str_units(text), unit, order);
  if (whole || error_pending() != ERROR_NONE)
    return whole;
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
