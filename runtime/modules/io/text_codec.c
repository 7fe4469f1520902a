/* The codec of a text stream: bytes to characters and back, with a state between pieces. */
#include "runtime/modules/io/text.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <limits.h>
#include <string.h>

/* ---- Choosing ---- */

/* The names under which the three are mostly asked for; others are found by the registry. */
static enum text_codec codec_named(const char *name) {
  static const struct {
    const char *name;
    enum text_codec codec;
  } known[] = {{"utf_8", TEXT_UTF8},        {"utf8", TEXT_UTF8},       {"ascii", TEXT_ASCII},
               {"us_ascii", TEXT_ASCII},    {"latin_1", TEXT_LATIN1},  {"latin1", TEXT_LATIN1},
               {"iso_8859_1", TEXT_LATIN1}, {"iso8859_1", TEXT_LATIN1}};
  char plain[16];
  size_t n = 0;
  for (const char *p = name; *p; p++) {
    if (n + 1 == sizeof plain)
      return TEXT_OBJECT;
    plain[n++] = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p == '-' || *p == ' ' ? '_' : *p;
  }
  plain[n] = 0;
  for (size_t i = 0; i < ARRAY_SIZE(known); i++)
    if (!strcmp(plain, known[i].name))
      return known[i].codec;
  return TEXT_OBJECT;
}

static struct object *codec_object(struct object *info, enum io_name factory,
                                   struct object *errors) {
  struct object *make = attribute_get(info, io_names[factory]);
  struct object *result = make ? call_one(make, errors) : NULL;
  drop_null(make);
  return result;
}

int text_set_codec(struct object *o, struct object *encoding, struct object *errors, bool reads,
                   bool writes) {
  struct text *t = text_of(o);
  struct object *owner, *decoder = NULL, *encoder = NULL;
  const char *name = argument_text(encoding, "TextIOWrapper() argument 'encoding'", &owner);
  if (!name)
    return -1;
  enum text_codec codec = codec_named(name);
  int status = 0;
  if (codec == TEXT_OBJECT) {
    struct object *info = codec_lookup_text(name, "codecs.open()");
    status = info ? 0 : -1;
    if (info && reads && !(decoder = codec_object(info, IO_NAME_incrementaldecoder, errors)))
      status = -1;
    if (status == 0 && writes &&
        !(encoder = codec_object(info, IO_NAME_incrementalencoder, errors)))
      status = -1;
    drop_null(info);
  }
  drop_null(owner);
  if (status < 0) {
    drop_null(decoder);
    drop_null(encoder);
    return -1;
  }
  t->codec = codec;
  t->tail_n = 0;
  t->reads = reads;
  t->writes = writes;
  store(o, &t->decoder, decoder);
  store(o, &t->encoder, encoder);
  store(o, &t->encoding, hold(encoding));
  store(o, &t->errors, hold(errors));
  return 0;
}

void text_set_newline(struct text *t, const char *newline) {
  t->universal = !newline || !newline[0];
  t->newlines = (struct newline_state){.translate = !newline};
  strcpy(t->read_newline, newline ? newline : "\n");
  strcpy(t->write_newline, newline && newline[0] && strcmp(newline, "\n") ? newline : "");
}

/* ---- Decoding ---- */

static const char *errors_of(const struct text *t) { return str_data(t->errors); }

static struct object *decode_in_c(struct text *t, const unsigned char *data, size_t n,
                                  size_t *consumed) {
  switch (t->codec) {
  case TEXT_UTF8:
    return codec_utf8_decode(data, n, errors_of(t), consumed);
  case TEXT_ASCII:
    return codec_ascii_decode(data, n, errors_of(t), NULL);
  default:
    return codec_latin1_decode(data, n, errors_of(t), NULL);
  }
}
static struct object *decode_here(struct text *t, const unsigned char *data, size_t n, bool final) {
  struct object *joined = NULL;
  if (t->tail_n) {
    joined = bytes_new_open(t->tail_n + n);
    if (!joined)
      return NULL;
    unsigned char *to = ((struct bytes *)joined)->data;
    memcpy(to, t->tail, t->tail_n);
    memcpy(to + t->tail_n, data, n);
    data = to;
    n += t->tail_n;
  }
  size_t used = n;
  struct object *result = decode_in_c(t, data, n, final || t->codec != TEXT_UTF8 ? NULL : &used);
  if (result) {
    t->tail_n = (uint8_t)(n - used);
    memcpy(t->tail, data + used, t->tail_n);
  }
  drop_null(joined);
  return result;
}
static struct object *decode_by_object(struct text *t, const unsigned char *data, size_t n,
                                       bool final) {
  struct object *bytes = bytes_from(data, n);
  struct object *const args[] = {t->decoder, bytes, bool_from(final)};
  struct object *result = bytes ? call_method(IO_NAME(decode), args, 3, NULL) : NULL;
  drop_null(bytes);
  if (!result || is_any_str(result))
    return result;
  error_format(ERROR_TYPE, "decoder should return a string result, not '%N'", result);
  drop(result);
  return NULL;
}
struct object *text_decode(struct text *t, const unsigned char *data, size_t n, bool final) {
  struct object *s = t->codec == TEXT_OBJECT ? decode_by_object(t, data, n, final)
                                             : decode_here(t, data, n, final);
  return s && t->universal ? newline_decode_taking(&t->newlines, s, final) : s;
}

/* With universal newlines the flags are doubled, and the lowest bit is the waiting '\r': as
 * IncrementalNewlineDecoder does it. */
int text_decoder_get(struct text *t, struct object **tail, int64_t *flags) {
  *flags = 0;
  if (t->codec != TEXT_OBJECT)
    *tail = bytes_from(t->tail, t->tail_n);
  else {
    struct object *state = io_call(t->decoder, IO_NAME_getstate);
    if (!state)
      return -1;
    *tail = NULL;
    if (!is_any_tuple(state) || tuple_length(state) != 2)
      error_format(ERROR_TYPE, "illegal decoder state");
    else if (!is_any_bytes(tuple_get_borrowed(state, 0)))
      error_format(ERROR_TYPE,
                   "illegal decoder state: the first item should be a bytes object, not '%N'",
                   tuple_get_borrowed(state, 0));
    else if (argument_long(tuple_get_borrowed(state, 1), flags) == 0)
      *tail = hold(tuple_get_borrowed(state, 0));
    drop(state);
  }
  if (t->universal)
    *flags = (int64_t)((uint64_t)*flags << 1) | t->newlines.pending_cr;
  return *tail ? 0 : -1;
}
int text_decoder_set(struct text *t, const unsigned char *tail, size_t n, int64_t flags) {
  if (t->universal) {
    t->newlines.pending_cr = flags & 1;
    flags >>= 1;
  }
  if (t->codec != TEXT_OBJECT) {
    t->tail_n = n < sizeof t->tail ? (uint8_t)n : (uint8_t)sizeof t->tail;
    if (t->tail_n)
      memcpy(t->tail, tail, t->tail_n);
    return 0;
  }
  struct object *bytes = bytes_from(tail, n), *number = NULL, *pair = NULL;
  if (bytes && (number = int_from_i64(flags)) != NULL)
    pair = tuple_pack(2, bytes, number);
  struct object *result = pair ? io_call_one(t->decoder, IO_NAME_setstate, pair) : NULL;
  drop_null(pair);
  drop_null(number);
  drop_null(bytes);
  drop_null(result);
  return result ? 0 : -1;
}
int text_decoder_reset(struct text *t) {
  t->tail_n = 0;
  t->newlines.pending_cr = false;
  t->newlines.seen = 0;
  if (!t->reads || t->codec != TEXT_OBJECT)
    return 0;
  struct object *result = io_call(t->decoder, IO_NAME_reset);
  drop_null(result);
  return result ? 0 : -1;
}

/* ---- Encoding ---- */

static unsigned char *make_room(struct text *t, size_t n) {
  /* Where memory is exhausted a collection may run what writes, too. */
  for (int attempt = 0; attempt < 2; attempt++) {
    if (t->pending && n <= t->pending_room - t->pending_n)
      return t->pending + t->pending_n;
    size_t room = t->pending_n + n + !t->pending;
    if (room < (size_t)t->chunk_size && t->chunk_size <= 1 << 20)
      room = (size_t)t->chunk_size;
    unsigned char *larger = gc_buffer_resize(t->pending, t->pending_room, room);
    if (larger) {
      t->pending = larger;
      t->pending_room = room;
      return t->pending + t->pending_n;
    }
  }
  return error_no_memory();
}

static struct object *encode_to_bytes(struct text *t, struct object *s) {
  struct object *bytes;
  switch (t->codec) {
  case TEXT_UTF8:
    return codec_utf8_encode(s, errors_of(t));
  case TEXT_ASCII:
    return codec_ascii_encode(s, errors_of(t));
  case TEXT_LATIN1:
    return codec_latin1_encode(s, errors_of(t));
  default:
    bytes = io_call_one(t->encoder, IO_NAME_encode, s);
    if (!bytes || is_any_bytes(bytes))
      return bytes;
    error_format(ERROR_TYPE, "encoder should return a bytes object, not '%N'", bytes);
    drop(bytes);
    return NULL;
  }
}

/* More than a chunk at once does not pile up: what waits is written first. */
static int reserve(struct object *o, size_t n) {
  struct text *t = text_of(o);
  return t->pending_n && t->pending_n + n > (size_t)t->chunk_size ? text_write_pending(o) : 0;
}
int text_encode(struct object *o, struct object *s, size_t *n) {
  struct text *t = text_of(o);
  unsigned char *to;
  if (LIKELY(t->codec != TEXT_OBJECT && str_is_ascii(s))) {
    *n = str_length(s);
    if (reserve(o, *n) < 0 || !(to = make_room(t, *n)))
      return -1;
    memcpy(to, str_data(s), *n);
    t->pending_n += *n;
    return 0;
  }
  struct object *bytes = encode_to_bytes(t, s);
  if (!bytes)
    return -1;
  *n = bytes_length(bytes);
  int status = reserve(o, *n);
  if (status == 0 && (to = make_room(t, *n)) != NULL) {
    memcpy(to, bytes_data(bytes), *n);
    t->pending_n += *n;
  } else
    status = -1;
  drop(bytes);
  return status;
}

int text_encoder_reset(struct text *t, bool at_start) {
  t->at_start = at_start;
  if (!t->encoder)
    return 0;
  struct object *result;
  if (at_start)
    result = io_call(t->encoder, IO_NAME_reset);
  else {
    struct object *zero = int_from_i64(0);
    result = io_call_one(t->encoder, IO_NAME_setstate, zero);
  }
  drop_null(result);
  return result ? 0 : -1;
}
