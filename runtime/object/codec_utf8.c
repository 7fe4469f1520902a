/* UTF-8. A text without errors is read twice: once to check it, find its length and widest code
 * point, once to write these where they stay. */
#include "runtime/object/bytes.h"
#include "runtime/object/codec_errors.h"
#include <string.h>

static inline size_t ascii_run(const unsigned char *p, const unsigned char *end) {
  const unsigned char *start = p;
  for (uint64_t four[4]; end - p >= (ptrdiff_t)sizeof four; p += sizeof four) {
    memcpy(four, p, sizeof four);
    if (((four[0] | four[1]) | (four[2] | four[3])) & UINT64_C(0x8080808080808080))
      break;
  }
  for (uint64_t word; end - p >= 8; p += 8) {
    memcpy(&word, p, 8);
    word &= UINT64_C(0x8080808080808080);
    if (word)
      return (size_t)(p - start) + (size_t)(__builtin_ctzll(word) >> 3);
  }
  while (p < end && *p < 0x80)
    p++;
  return (size_t)(p - start);
}

/* The code point at p, which begins with no ASCII. Its length; 0: cut off by the end; negative:
 * bad, so many bytes of it could have been the beginning of one. */
static inline int read(const unsigned char *p, const unsigned char *end, uint32_t *c) {
  uint32_t first = p[0], least = 0x80, most = 0xbf;
  int n;
  if (first < 0xc2 || first > 0xf4)
    return -1;
  if (first < 0xe0) {
    n = 2;
    *c = first & 0x1f;
  } else if (first < 0xf0) {
    n = 3;
    *c = first & 0x0f;
    if (first == 0xe0)
      least = 0xa0;
    if (first == 0xed)
      most = 0x9f;
  } else {
    n = 4;
    *c = first & 0x07;
    if (first == 0xf0)
      least = 0x90;
    if (first == 0xf4)
      most = 0x8f;
  }
  for (int i = 1; i < n; i++) {
    if (p + i == end)
      return 0;
    if (p[i] < least || p[i] > most)
      return -i;
    *c = *c << 6 | (p[i] & 0x3f);
    least = 0x80;
    most = 0xbf;
  }
  return n;
}

/* Half of a surrogate at the end may still be let pass by a handler once it is whole. */
static bool is_cut_surrogate(const unsigned char *p, const unsigned char *end) {
  return end - p == 2 && p[0] == 0xed && p[1] >= 0xa0 && p[1] <= 0xbf;
}

/* With what handlers say, or up to an incomplete end. */
static struct object *decode_slowly(const unsigned char *data, size_t n, const char *errors,
                                    size_t *consumed) {
  struct codec_decoder d = codec_decoder_begin("utf-8", errors, data, n);
  int status = str_builder_reserve(&d.out, n, 0);
  size_t at = 0;
  while (at < d.n && status == 0) {
    const unsigned char *p = d.data + at, *end = d.data + d.n;
    size_t plain = ascii_run(p, end);
    if (plain) {
      status = str_builder_add_ascii(&d.out, (const char *)p, plain);
      at += plain;
      continue;
    }
    uint32_t c;
    int length = read(p, end, &c);
    if (length > 0) {
      status = str_builder_add_char(&d.out, c);
      at += (size_t)length;
    } else if (consumed && (length == 0 || is_cut_surrogate(p, end)))
      break;
    else if (length == 0)
      status = codec_decoder_error(&d, at, d.n, "unexpected end of data", &at);
    else
      status = codec_decoder_error(
          &d, at, at + (size_t)-length,
          *p < 0xc2 || *p > 0xf4 ? "invalid start byte" : "invalid continuation byte", &at);
  }
  if (consumed)
    *consumed = at;
  return codec_decoder_finish(&d, status);
}

/* How many code points the bytes are, and all their bits; SIZE_MAX: there is an error. */
static size_t look_over(const unsigned char *p, const unsigned char *end, uint32_t *bits) {
  size_t length = 0;
  uint32_t all = 0, c;
  while (p < end) {
    unsigned first = *p;
    if (first < 0x80) {
      size_t plain = ascii_run(p, end);
      p += plain;
      length += plain;
      continue;
    }
    length++;
    /* The most frequent ones, which have no exceptions. */
    if (first - 0xe1 < 0xc && end - p >= 3 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
      all |= (first & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6;
      p += 3;
    } else if (first - 0xc2 < 0x1e && end - p >= 2 && (p[1] & 0xc0) == 0x80) {
      all |= (first & 0x1f) << 6;
      p += 2;
    } else {
      int bytes = read(p, end, &c);
      if (bytes <= 0)
        return SIZE_MAX;
      all |= c;
      p += bytes;
    }
  }
  *bits = all;
  return length;
}

/* Writes the code points of bytes without errors, which fit into T. */
#define WRITE_UNITS(T, NAME)                                                                       \
  VECTORIZED static void NAME(T *out, const unsigned char *p, const unsigned char *end) {          \
    while (p < end) {                                                                              \
      uint32_t c = *p;                                                                             \
      uint64_t word;                                                                               \
      if (c < 0x80) {                                                                              \
        if (end - p >= 8) {                                                                        \
          memcpy(&word, p, 8);                                                                     \
          if (!(word & UINT64_C(0x8080808080808080))) {                                            \
            for (unsigned i = 0; i < 8; i++)                                                       \
              out[i] = p[i];                                                                       \
            out += 8;                                                                              \
            p += 8;                                                                                \
            continue;                                                                              \
          }                                                                                        \
        }                                                                                          \
        *out++ = (T)c;                                                                             \
        p++;                                                                                       \
      } else if (c < 0xe0) {                                                                       \
        *out++ = (T)((c & 0x1f) << 6 | (p[1] & 0x3f));                                             \
        p += 2;                                                                                    \
      } else if (c < 0xf0) {                                                                       \
        *out++ = (T)((c & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f));             \
        p += 3;                                                                                    \
      } else {                                                                                     \
        *out++ = (T)((c & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |                            \
                     (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f));                                \
        p += 4;                                                                                    \
      }                                                                                            \
    }                                                                                              \
  }
WRITE_UNITS(uint8_t, write_units_1)
WRITE_UNITS(uint16_t, write_units_2)
WRITE_UNITS(uint32_t, write_units_4)
#undef WRITE_UNITS

struct object *codec_utf8_decode(const unsigned char *data, size_t n, const char *errors,
                                 size_t *consumed) {
  const unsigned char *end = data + n;
  size_t plain = ascii_run(data, end);
  if (LIKELY(plain == n)) {
    if (consumed)
      *consumed = n;
    return str_from_ascii_units(data, n);
  }
  uint32_t bits;
  size_t more = look_over(data + plain, end, &bits);
  if (more == SIZE_MAX)
    return decode_slowly(data, n, errors, consumed);
  if (consumed)
    *consumed = n;
  unsigned kind = bits < 0x100 ? 0 : bits < 0x10000 ? 1 : 2;
  struct object *s = str_new_settled(plain + more, kind);
  if (!s)
    return NULL;
  if (kind == 0)
    write_units_1(str_room(s), data, end);
  else if (kind == 1)
    write_units_2(str_room(s), data, end);
  else
    write_units_4(str_room(s), data, end);
  return str_settle_taking(s);
}

/* ---- Encoding ---- */

static inline bool is_surrogate(uint32_t c) { return c - 0xd800 < 0x800; }

static inline unsigned char *write(unsigned char *p, uint32_t c) {
  if (c < 0x80)
    *p++ = (unsigned char)c;
  else if (c < 0x800) {
    *p++ = (unsigned char)(0xc0 | c >> 6);
    *p++ = (unsigned char)(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    *p++ = (unsigned char)(0xe0 | c >> 12);
    *p++ = (unsigned char)(0x80 | (c >> 6 & 0x3f));
    *p++ = (unsigned char)(0x80 | (c & 0x3f));
  } else {
    *p++ = (unsigned char)(0xf0 | c >> 18);
    *p++ = (unsigned char)(0x80 | (c >> 12 & 0x3f));
    *p++ = (unsigned char)(0x80 | (c >> 6 & 0x3f));
    *p++ = (unsigned char)(0x80 | (c & 0x3f));
  }
  return p;
}

static struct object *encode_slowly(struct object *text, const char *errors) {
  struct codec_encoder e = codec_encoder_begin("utf-8", errors, text);
  struct text_units in = e.in;
  int status = 0;
  bool passes = errors && !strcmp(errors, "surrogatepass");
  for (size_t at = 0; at < in.n && status == 0;) {
    uint32_t c = text_unit(in, at);
    if (!is_surrogate(c) || passes) {
      unsigned char bytes[4];
      status = byte_builder_add(&e.out, bytes, (size_t)(write(bytes, c) - bytes));
      at++;
      continue;
    }
    size_t stop = at + 1;
    while (stop < in.n && is_surrogate(text_unit(in, stop)))
      stop++;
    status = codec_encoder_replace(&e, at, stop, "surrogates not allowed", 128, &at);
  }
  return codec_encoder_finish(&e, status);
}

/* How many bytes a text takes; SIZE_MAX: it has surrogates. */
#define SIZE(T, NAME)                                                                              \
  VECTORIZED static size_t NAME(const T *data, size_t n) {                                         \
    size_t bytes = n;                                                                              \
    uint32_t surrogates = 0;                                                                       \
    for (size_t i = 0; i < n; i++) {                                                               \
      uint32_t c = data[i];                                                                        \
      bytes += (c >= 0x80) + (sizeof(T) > 1 && c >= 0x800) + (sizeof(T) > 2 && c >= 0x10000);      \
      surrogates |= sizeof(T) > 1 && is_surrogate(c);                                              \
    }                                                                                              \
    return surrogates ? SIZE_MAX : bytes;                                                          \
  }
SIZE(uint8_t, size_1)
SIZE(uint16_t, size_2)
SIZE(uint32_t, size_4)
#undef SIZE

struct object *codec_utf8_encode(struct object *text, const char *errors) {
  size_t n = str_length(text);
  if (LIKELY(str_is_ascii(text)))
    return bytes_from(str_data(text), n);
  struct text_units in = str_units(text);
  size_t bytes = in.kind == 0   ? size_1(in.data, n)
                 : in.kind == 1 ? size_2(in.data, n)
                                : size_4(in.data, n);
  if (UNLIKELY(bytes == SIZE_MAX))
    return encode_slowly(text, errors);
  struct object *o = bytes_new_open(bytes);
  if (!o)
    return NULL;
  unsigned char *p = ((struct bytes *)o)->data;
#define WRITE(T)                                                                                   \
  for (const T *at = in.data, *end = at + n; at < end; at++)                                       \
  p = write(p, *at)
  if (in.kind == 0) {
    /* Each writes two bytes, of which one may be the next one's, or the NUL behind all. */
    for (const uint8_t *at = in.data, *end = at + n; at < end; at++) {
      uint8_t c = *at;
      bool wide = c >= 0x80;
      p[0] = wide ? (unsigned char)(0xc0 | c >> 6) : c;
      p[1] = (unsigned char)(0x80 | (c & 0x3f));
      p += 1 + wide;
    }
    *p = 0;
  } else if (in.kind == 1)
    WRITE(uint16_t);
  else
    WRITE(uint32_t);
#undef WRITE
  return o;
}

struct object *str_encode_filename(struct object *text) {
  return codec_utf8_encode(text, "surrogateescape");
}
struct object *str_decode_filename(const char *name, size_t n) {
  return codec_utf8_decode((const unsigned char *)name, n, "surrogateescape", NULL);
}
