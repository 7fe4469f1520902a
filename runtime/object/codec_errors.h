/* What encoders and decoders do about errors: by the name of a handler.
 *
 * The well-known handlers are done in place; any other is looked up when the first error is met and
 * called with the exception, which tells it the place and may be told another input. */
#pragma once
#include "runtime/object/byte_builder.h"
#include "runtime/object/call.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/str_internal.h"

enum codec_policy {
  CODEC_STRICT,
  CODEC_IGNORE,
  CODEC_REPLACE,
  CODEC_SURROGATEESCAPE,
  CODEC_BACKSLASHREPLACE,
  CODEC_XMLCHARREFREPLACE,
  CODEC_OTHER,
};

struct codec_decoder {  /* on the C stack */
  const char *encoding; /* as exceptions name it */
  const char *errors;
  enum codec_policy policy;
  bool has_policy;
  const unsigned char *data; /* the input; a handler may replace it */
  size_t n;
  struct object *input;     /* owned: the input as bytes; NULL: nobody asked for it yet */
  struct object *handler;   /* owned; NULL: not looked up yet */
  struct object *exception; /* owned; NULL: no error yet */
  struct str_builder out;
};
struct codec_encoder { /* on the C stack */
  const char *encoding, *errors;
  enum codec_policy policy;
  bool has_policy;
  struct object *text; /* borrowed */
  struct text_units in;
  struct object *handler, *exception; /* owned; NULL: not yet */
  struct byte_builder out;
};

struct codec_decoder codec_decoder_begin(const char *encoding, const char *errors,
                                         const unsigned char *data, size_t n);
/* The bytes from start to stop mean nothing: puts into d->out what stands for them, and says in *at
 * where to go on. -1 with an error. */
int codec_decoder_error(struct codec_decoder *d, size_t start, size_t stop, const char *reason,
                        size_t *at);
/* The text; drops all. NULL with an error, too if status is negative. */
struct object *codec_decoder_finish(struct codec_decoder *d, int status);

struct codec_encoder codec_encoder_begin(const char *encoding, const char *errors,
                                         struct object *text);
/* The code points from start to stop have no encoding: *replacement is a str to be encoded, or
 * bytes as they are (owned), and *at where to go on. -1 with an error. */
int codec_encoder_error(struct codec_encoder *e, size_t start, size_t stop, const char *reason,
                        struct object **replacement, size_t *at);
/* The same for encodings of one byte a code point below `limit`: the replacement is written out;
 * text at or above the limit is an error. */
int codec_encoder_replace(struct codec_encoder *e, size_t start, size_t stop, const char *reason,
                          uint32_t limit, size_t *at);
void *codec_encoder_raise(struct codec_encoder *e, size_t start, size_t stop, const char *reason);
struct object *codec_encoder_finish(struct codec_encoder *e, int status);

void codec_add_escaped(struct str_builder *b, uint32_t c);   /* \x.., \u.... or \U........ */
void codec_add_reference(struct str_builder *b, uint32_t c); /* &#...; */

enum codec_policy codec_policy_of(const char *errors);
/* The handlers as Python functions: str names and method_defs, ended by a NULL. */
extern const struct method_def codec_handlers[];
