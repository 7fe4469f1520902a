/* TextIOWrapper: what its files share.
 *
 * Reading: a chunk of bytes is decoded whole into `decoded`; `used` characters of it were read. To
 * tell where that is, the decoder's state before the chunk and the chunk itself are kept
 * (snapshot). Writing: text is encoded at once and waits in `pending`.
 *
 * Most files are UTF-8, ASCII or Latin-1: these are decoded and encoded in C, the state being the
 * few bytes of an incomplete character. Others go through the objects of their codec. */
#pragma once
#include "runtime/modules/io/exit.h"
#include "runtime/modules/io/io.h"

enum text_codec { TEXT_OBJECT, TEXT_UTF8, TEXT_ASCII, TEXT_LATIN1 };

struct text {
  struct io_base base;              /* dict begins the references */
  struct object *buffer;            /* NULL: detached, or not initialised */
  struct object *encoding, *errors; /* str */
  struct object *decoder, *encoder; /* of TEXT_OBJECT; NULL: it can't, or is not needed */
  struct object *decoded;           /* str; NULL: none */
  struct object *snapshot;          /* bytes: the chunk with what waited before it; NULL: none */
  size_t used;                      /* of decoded, in characters */
  enum text_codec codec;
  bool is_ready, is_detached;
  bool reads, writes; /* a decoder or encoder is there */
  bool universal;     /* reading: newlines of all kinds, by `newlines` */
  bool has_read1;
  bool is_seekable, is_telling, line_buffering, write_through;
  bool at_start;         /* writing: an encoder's mark has not been written */
  char read_newline[3];  /* ends lines: "" any kind (newline=''), "\n" when translated */
  char write_newline[3]; /* in place of '\n'; "": as it is */
  struct newline_state newlines;
  unsigned char tail[4]; /* an incomplete character */
  uint8_t tail_n;
  int64_t snapshot_flags; /* of the decoder's state before the snapshot */
  int64_t chunk_size;
  double bytes_per_char;  /* of the last chunk */
  unsigned char *pending; /* encoded, not handed to the buffer yet */
  size_t pending_n, pending_room;
  struct exit_node at_exit;
};
static inline struct text *text_of(struct object *o) { return (struct text *)o; }

/* 0, or -1: not initialised, detached; closed. */
int text_check_ready(struct text *t);
int text_check_open(struct text *t);
/* The buffer, held while it works: a raw stream in Python may call detach meanwhile. NULL with an
 * error: that has happened already. */
struct object *text_buffer(struct text *t);

/* ---- text_codec.c ---- */

/* Chooses by the name; errors: a str, its text NUL-free. -1: LookupError and the like. */
int text_set_codec(struct object *o, struct object *encoding, struct object *errors, bool reads,
                   bool writes);
/* Newlines by the argument newline: NULL for None. */
void text_set_newline(struct text *t, const char *newline);
struct object *text_decode(struct text *t, const unsigned char *data, size_t n, bool final);
/* The state: *tail bytes (new), *flags. */
int text_decoder_get(struct text *t, struct object **tail, int64_t *flags);
int text_decoder_set(struct text *t, const unsigned char *tail, size_t n, int64_t flags);
int text_decoder_reset(struct text *t);
/* Appends the encoded text to pending; *n: how many bytes. */
int text_encode(struct object *o, struct object *text, size_t *n);
int text_encoder_reset(struct text *t, bool at_start);

/* ---- text_read.c, text_write.c ---- */

static inline void text_set_decoded_taking(struct object *o, struct object *decoded) {
  store(o, &text_of(o)->decoded, decoded);
  text_of(o)->used = 0;
}
/* Reads and decodes once: 1; 0 at the end; -1. */
int text_read_chunk(struct object *o, int64_t hint);
struct object *text_take(struct text *t, int64_t n); /* of decoded; -1: all that is left */
struct object *text_line(struct object *o, int64_t limit);
struct object *text_next(struct object *o);
int text_write_pending(struct object *o); /* to the buffer */
int text_flush(struct object *o);         /* pending, and the buffer */

struct object *text_read_method(struct object *o, struct object *const *args, size_t n);
struct object *text_readline_method(struct object *o, struct object *const *args, size_t n);
struct object *text_write_method(struct object *o, struct object *s);
struct object *text_seek_method(struct object *o, struct object *const *args, size_t n);
struct object *text_tell_method(struct object *o);
struct object *text_truncate_method(struct object *o, struct object *const *args, size_t n);
