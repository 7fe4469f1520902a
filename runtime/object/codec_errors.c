/* Errors of encoders and decoders: raising them, handling them in place or by a handler. */
#include "runtime/object/codec_errors.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <string.h>

enum codec_policy codec_policy_of(const char *errors) {
  static const char *const names[] = {"strict",          "ignore",           "replace",
                                      "surrogateescape", "backslashreplace", "xmlcharrefreplace"};
  if (!errors)
    return CODEC_STRICT;
  for (size_t i = 0; i < ARRAY_SIZE(names); i++)
    if (!strcmp(errors, names[i]))
      return (enum codec_policy)i;
  return CODEC_OTHER;
}

static struct exception_unicode *unicode_of(struct object *o) {
  return (struct exception_unicode *)o;
}

/* Tells the exception of an earlier error about this one, or makes the first. */
static int describe(struct object **exception, enum error_kind kind, const char *encoding,
                    struct object *object, size_t start, size_t stop, const char *reason) {
  struct object *why = str_from_ascii(reason);
  if (!why)
    return -1;
  if (*exception) {
    struct exception_unicode *e = unicode_of(*exception);
    e->start = (int64_t)start;
    e->end = (int64_t)stop;
    store(*exception, &e->reason, why);
    return 0;
  }
  struct object *name = str_from_ascii(encoding), *from = int_from_i64((int64_t)start),
                *to = int_from_i64((int64_t)stop);
  if (name && from && to) {
    struct object *args[] = {name, object, from, to, why};
    *exception = call_object(&exception_type(kind)->head, args, 5, NULL);
  }
  drop_null(name);
  drop_null(from);
  drop_null(to);
  drop(why);
  return *exception ? 0 : -1;
}

static int raise_taking(struct object **exception) {
  struct object *o = *exception;
  *exception = NULL;
  error_raise_taking(o);
  return -1;
}

/* Calls the handler: *replacement and *position (not yet checked against the length). */
static int call_handler(struct object **handler, const char *errors, struct object *exception,
                        bool allows_bytes, struct object **replacement, int64_t *position) {
  if (!*handler && !(*handler = codec_lookup_error(errors)))
    return -1;
  struct object *result = call_one(*handler, exception);
  if (!result)
    return -1;
  struct object *text =
      is_any_tuple(result) && tuple_length(result) == 2 ? tuple_get_borrowed(result, 0) : NULL;
  if (!text || !(is_any_str(text) || (allows_bytes && is_any_bytes(text)))) {
    error_format(ERROR_TYPE, "%s error handler must return (%s, int) tuple",
                 allows_bytes ? "encoding" : "decoding", allows_bytes ? "str/bytes" : "str");
    drop(result);
    return -1;
  }
  int status = args_to_size(tuple_get_borrowed(result, 1), position);
  if (status == 0)
    *replacement = hold(text);
  drop(result);
  return status;
}
static int check_position(int64_t position, size_t length, size_t *at) {
  if (position < 0)
    position += (int64_t)length;
  if (position < 0 || position > (int64_t)length) {
    error_set(ERROR_INDEX, "position %ld from error handler out of bounds", (long)position);
    return -1;
  }
  *at = (size_t)position;
  return 0;
}

/* ---- Escapes in place of what can't be coded ---- */

enum { ESCAPED_MAX = 10 }; /* characters of the longest */
static size_t write_escaped(char *text, uint32_t c) {
  static const char digits[] = "0123456789abcdef";
  text[0] = '\\';
  if (LIKELY(c - 0x100 < 0x10000 - 0x100)) {
    text[1] = 'u';
    text[2] = digits[c >> 12];
    text[3] = digits[c >> 8 & 15];
    text[4] = digits[c >> 4 & 15];
    text[5] = digits[c & 15];
    return 6;
  }
  unsigned n = c < 0x100 ? 2 : 8;
  text[1] = n == 2 ? 'x' : 'U';
  for (unsigned i = 0; i < n; i++)
    text[2 + i] = digits[c >> 4 * (n - 1 - i) & 15];
  return 2 + n;
}
static size_t write_reference(char *text, uint32_t c) {
  char digits[8], *end = text;
  unsigned n = 0;
  for (; c || n == 0; c /= 10)
    digits[n++] = (char)('0' + c % 10);
  *end++ = '&';
  *end++ = '#';
  while (n)
    *end++ = digits[--n];
  *end++ = ';';
  return (size_t)(end - text);
}

void codec_add_escaped(struct str_builder *b, uint32_t c) {
  char text[ESCAPED_MAX];
  str_builder_add_ascii(b, text, write_escaped(text, c));
}
void codec_add_reference(struct str_builder *b, uint32_t c) {
  char text[ESCAPED_MAX];
  str_builder_add_ascii(b, text, write_reference(text, c));
}

struct object *codec_ascii_from(struct object *text) {
  struct text_units in = str_units(text);
  size_t n = 0;
  for (size_t i = 0; i < in.n; i++) {
    uint32_t c = text_unit(in, i);
    n += c < 0x80 ? 1 : c < 0x100 ? 4 : c < 0x10000 ? 6 : 10;
  }
  struct object *result = str_new_open(n, 0);
  if (!result)
    return NULL;
  char *out = str_room(result);
  for (size_t i = 0; i < in.n; i++) {
    uint32_t c = text_unit(in, i);
    if (c < 0x80)
      *out++ = (char)c;
    else
      out += write_escaped(out, c);
  }
  return str_seal_taking(result, true);
}

/* ---- Decoding ---- */

struct codec_decoder codec_decoder_begin(const char *encoding, const char *errors,
                                         const unsigned char *data, size_t n) {
  return (struct codec_decoder){
      .encoding = encoding, .errors = errors, .data = data, .n = n, .out = STR_BUILDER_EMPTY};
}

static int ask_decoding_handler(struct codec_decoder *d, size_t start, size_t stop,
                                const char *reason, size_t *at) {
  if (!d->input && !(d->input = bytes_from(d->n ? d->data : (const unsigned char *)"", d->n)))
    return -1;
  if (describe(&d->exception, ERROR_UNICODE_DECODE, d->encoding, d->input, start, stop, reason) < 0)
    return -1;
  if (d->policy == CODEC_STRICT)
    return raise_taking(&d->exception);
  struct object *text;
  int64_t position;
  if (call_handler(&d->handler, d->errors, d->exception, false, &text, &position) < 0)
    return -1;
  struct object *input = unicode_of(d->exception)->object;
  int status = -1;
  if (!input || !is_any_bytes(input))
    error_set(ERROR_TYPE, input ? "object attribute must be bytes" : "object attribute not set");
  else {
    if (input != d->input) {
      struct object *before = d->input;
      d->input = hold(input);
      drop(before);
    }
    d->data = bytes_data(d->input);
    d->n = bytes_length(d->input);
    status = check_position(position, d->n, at);
  }
  if (status == 0)
    status = str_builder_add(&d->out, text);
  drop(text);
  return status;
}

int codec_decoder_error(struct codec_decoder *d, size_t start, size_t stop, const char *reason,
                        size_t *at) {
  if (!d->has_policy) {
    d->policy = codec_policy_of(d->errors);
    d->has_policy = true;
  }
  *at = stop;
  switch (d->policy) {
  case CODEC_IGNORE:
    return 0;
  case CODEC_REPLACE:
    return str_builder_add_char(&d->out, 0xfffd);
  case CODEC_SURROGATEESCAPE: /* as much as is no ASCII; if that is nothing, it is an error */
    if (stop > start && d->data[start] >= 0x80) {
      size_t i = start;
      for (; i < stop && d->data[i] >= 0x80; i++)
        str_builder_add_char(&d->out, 0xdc00u + d->data[i]);
      *at = i;
      return d->out.failed ? -1 : 0;
    }
    break;
  case CODEC_BACKSLASHREPLACE:
    for (size_t i = start; i < stop; i++)
      codec_add_escaped(&d->out, d->data[i]);
    return d->out.failed ? -1 : 0;
  default:
    break;
  }
  return ask_decoding_handler(d, start, stop, reason, at);
}

struct object *codec_decoder_finish(struct codec_decoder *d, int status) {
  struct object *text = NULL;
  if (status >= 0 || d->out.failed)
    text = str_builder_finish(&d->out);
  else
    str_builder_discard(&d->out);
  drop_null(d->input);
  drop_null(d->handler);
  drop_null(d->exception);
  return text;
}

/* ---- Encoding ---- */

struct codec_encoder codec_encoder_begin(const char *encoding, const char *errors,
                                         struct object *text) {
  return (struct codec_encoder){.encoding = encoding,
                                .errors = errors,
                                .text = text,
                                .in = str_units(text),
                                .out = BYTE_BUILDER_EMPTY};
}

void *codec_encoder_raise(struct codec_encoder *e, size_t start, size_t stop, const char *reason) {
  if (describe(&e->exception, ERROR_UNICODE_ENCODE, e->encoding, e->text, start, stop, reason) == 0)
    raise_taking(&e->exception);
  return NULL;
}

static int ask_encoding_handler(struct codec_encoder *e, size_t start, size_t stop,
                                const char *reason, struct object **replacement, size_t *at) {
  if (e->policy == CODEC_STRICT) {
    codec_encoder_raise(e, start, stop, reason);
    return -1;
  }
  int64_t position;
  if (describe(&e->exception, ERROR_UNICODE_ENCODE, e->encoding, e->text, start, stop, reason) <
          0 ||
      call_handler(&e->handler, e->errors, e->exception, true, replacement, &position) < 0)
    return -1;
  if (check_position(position, e->in.n, at) == 0)
    return 0;
  drop(*replacement);
  return -1;
}

static void settle_policy(struct codec_encoder *e) {
  if (e->has_policy)
    return;
  e->policy = codec_policy_of(e->errors);
  e->has_policy = true;
}
int codec_encoder_error(struct codec_encoder *e, size_t start, size_t stop, const char *reason,
                        struct object **replacement, size_t *at) {
  settle_policy(e);
  struct str_builder b = STR_BUILDER_EMPTY;
  *at = stop;
  switch (e->policy) {
  case CODEC_IGNORE:
    break;
  case CODEC_REPLACE:
    str_builder_add_grow(&b, '?', stop - start);
    break;
  case CODEC_XMLCHARREFREPLACE:
    for (size_t i = start; i < stop; i++)
      codec_add_reference(&b, text_unit(e->in, i));
    break;
  case CODEC_BACKSLASHREPLACE:
    for (size_t i = start; i < stop; i++)
      codec_add_escaped(&b, text_unit(e->in, i));
    break;
  case CODEC_SURROGATEESCAPE:
    /* As many as stand for bytes; the handler itself complains of the others. */
    for (size_t i = start; i <= stop; i++)
      if (i == stop || text_unit(e->in, i) < 0xdc80 || text_unit(e->in, i) > 0xdcff) {
        if (i == start)
          break;
        struct object *bytes = bytes_new_open(i - start);
        for (size_t k = start; bytes && k < i; k++)
          ((struct bytes *)bytes)->data[k - start] = (unsigned char)text_unit(e->in, k);
        *replacement = bytes;
        *at = i;
        return bytes ? 0 : -1;
      }
    return ask_encoding_handler(e, start, stop, reason, replacement, at);
  default:
    return ask_encoding_handler(e, start, stop, reason, replacement, at);
  }
  return (*replacement = str_builder_finish(&b)) ? 0 : -1;
}

/* Writes what stands for the code points, all of it ASCII, for those policies that need no object
 * in between: */
static bool writes_in_place(enum codec_policy policy) {
  return policy == CODEC_IGNORE || policy == CODEC_REPLACE || policy == CODEC_XMLCHARREFREPLACE ||
         policy == CODEC_BACKSLASHREPLACE;
}
static int write_in_place(struct codec_encoder *e, size_t start, size_t stop) {
  if (e->policy == CODEC_IGNORE)
    return 0;
  size_t n = stop - start;
  char *room = (char *)byte_builder_room(&e->out, n * ESCAPED_MAX), *out = room;
  if (!room)
    return -1;
  if (e->policy == CODEC_REPLACE) {
    memset(out, '?', n);
    out += n;
  } else
    for (; start < stop; start++) {
      uint32_t c = text_unit(e->in, start);
      out += e->policy == CODEC_BACKSLASHREPLACE ? write_escaped(out, c) : write_reference(out, c);
    }
  e->out.n += (size_t)(out - room);
  return 0;
}

int codec_encoder_replace(struct codec_encoder *e, size_t start, size_t stop, const char *reason,
                          uint32_t limit, size_t *at) {
  settle_policy(e);
  if (writes_in_place(e->policy)) {
    *at = stop;
    return write_in_place(e, start, stop);
  }
  struct object *replacement;
  if (codec_encoder_error(e, start, stop, reason, &replacement, at) < 0)
    return -1;
  int status = 0;
  if (is_any_bytes(replacement))
    status = byte_builder_add(&e->out, bytes_data(replacement), bytes_length(replacement));
  else {
    struct text_units text = str_units(replacement);
    for (size_t i = 0; i < text.n && status == 0; i++)
      if (text_unit(text, i) >= limit) {
        codec_encoder_raise(e, start, stop, reason);
        status = -1;
      } else
        status = byte_builder_add_byte(&e->out, (unsigned char)text_unit(text, i));
  }
  drop(replacement);
  return status;
}

struct object *codec_encoder_finish(struct codec_encoder *e, int status) {
  struct object *bytes = NULL;
  if (status >= 0 || e->out.failed)
    bytes = byte_builder_finish(&e->out);
  else
    byte_builder_discard(&e->out);
  drop_null(e->handler);
  drop_null(e->exception);
  return bytes;
}
