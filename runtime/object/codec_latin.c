/* ASCII and Latin-1: a byte is a code point. */
#include "runtime/object/bytes.h"
#include "runtime/object/codec_errors.h"
#include <string.h>

static size_t ascii_prefix(const unsigned char *data, size_t n) {
  size_t i = 0;
  for (uint64_t word; i + 8 <= n; i += 8) {
    memcpy(&word, data + i, 8);
    if (word & UINT64_C(0x8080808080808080))
      break;
  }
  while (i < n && data[i] < 0x80)
    i++;
  return i;
}

struct object *codec_latin1_decode(const unsigned char *data, size_t n, const char *errors,
                                   size_t *consumed) {
  if (consumed)
    *consumed = n;
  return str_from_data(data, n, 0);
}

/* With some byte that is no ASCII: a code point for each, so that the result is as long. */
VECTORIZED static struct object *decode_replacing(const unsigned char *data, size_t n,
                                                  bool by_one) {
  struct object *s = str_new_settled(n, 1);
  if (!s)
    return NULL;
  uint16_t *out = str_room(s);
  for (size_t i = 0; i < n; i++)
    out[i] = (uint16_t)(data[i] < 0x80 ? data[i] : by_one ? 0xfffd : 0xdc00 + data[i]);
  return s;
}
static struct object *decode_ignoring(const unsigned char *data, size_t n) {
  size_t length = 0;
  for (size_t i = 0; i < n; i++)
    length += data[i] < 0x80;
  struct object *s = str_new_open(length, 0);
  if (!s)
    return NULL;
  unsigned char *out = str_room(s);
  for (size_t i = 0; i < n; i++)
    if (data[i] < 0x80)
      *out++ = data[i];
  return str_seal_taking(s, true);
}

struct object *codec_ascii_decode(const unsigned char *data, size_t n, const char *errors,
                                  size_t *consumed) {
  if (consumed)
    *consumed = n;
  if (LIKELY(ascii_prefix(data, n) == n))
    return str_from_data(data, n, 0);
  enum codec_policy policy = codec_policy_of(errors);
  if (policy == CODEC_REPLACE || policy == CODEC_SURROGATEESCAPE)
    return decode_replacing(data, n, policy == CODEC_REPLACE);
  if (policy == CODEC_IGNORE)
    return decode_ignoring(data, n);
  struct codec_decoder d = codec_decoder_begin("ascii", errors, data, n);
  int status = 0;
  for (size_t at = 0; at < d.n && status == 0;) {
    size_t plain = ascii_prefix(d.data + at, d.n - at);
    status = str_builder_add_ascii(&d.out, (const char *)d.data + at, plain);
    at += plain;
    if (at < d.n && status == 0)
      status = codec_decoder_error(&d, at, at + 1, "ordinal not in range(128)", &at);
  }
  return codec_decoder_finish(&d, status);
}

static struct object *encode(struct object *text, const char *encoding, const char *errors,
                             uint32_t limit, const char *reason) {
  struct codec_encoder e = codec_encoder_begin(encoding, errors, text);
  struct text_units in = e.in;
  int status = 0;
  for (size_t at = 0; at < in.n && status == 0;) {
    size_t stop = at;
    unsigned char *room = byte_builder_room(&e.out, in.n - at), *out = room;
    if (!room) {
      status = -1;
      break;
    }
    for (uint32_t c; stop < in.n && (c = text_unit(in, stop)) < limit; stop++)
      *out++ = (unsigned char)c;
    e.out.n += (size_t)(out - room);
    if ((at = stop++) == in.n)
      break;
    while (stop < in.n && text_unit(in, stop) >= limit)
      stop++;
    /* Escaped bytes among others: those in front are handled by themselves. */
    status = codec_encoder_replace(&e, at, stop, reason, limit, &at);
  }
  return codec_encoder_finish(&e, status);
}

struct object *codec_ascii_encode(struct object *text, const char *errors) {
  if (LIKELY(str_is_ascii(text)))
    return bytes_from(str_data(text), str_length(text));
  return encode(text, "ascii", errors, 128, "ordinal not in range(128)");
}
struct object *codec_latin1_encode(struct object *text, const char *errors) {
  if (LIKELY(str_kind(text) == 0))
    return bytes_from(str_data(text), str_length(text));
  return encode(text, "latin-1", errors, 256, "ordinal not in range(256)");
}
