/* The module _io: layered streams.
 *
 *   TextIOWrapper   text, lines, encodings           text*.c
 *   Buffered*       fewer and larger system calls    buffered*.c
 *   FileIO          a file descriptor                file.c
 *   BytesIO, StringIO   in memory                    memory_bytes.c, memory_text.c
 *
 * Any layer may be an object of Python. Where it is one of these very types, the layer above calls
 * its C functions; otherwise its methods. */
#pragma once
#include "runtime/modules/argument.h"
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"
#include "runtime/object/protocol.h"

enum { IO_BUFFER_SIZE = 8192 }; /* DEFAULT_BUFFER_SIZE */

/* What all streams begin with. A stream that another one owns leaves closing to its owner when both
 * are finalised, so that nothing is lost that waits there. References begin with dict. */
struct io_base {
  struct object head;
  struct object *weakrefs; /* not owned */
  uint32_t owners;         /* streams above that have not been finalised */
  bool is_finalizing;      /* being closed because nothing refers to it any more */
  struct object *dict;     /* NULL: none yet */
};
static inline struct io_base *io_base_of(struct object *o) { return (struct io_base *)o; }

extern struct type io_base_type, io_raw_type, io_buffered_base_type, io_text_base_type,
    io_file_type, io_reader_type, io_writer_type, io_random_type, io_pair_type, io_bytes_type,
    io_string_type, io_text_type, io_newline_type;

/* The layout of a type whose references are dict and n more behind it. */
#define IO_SHAPE(struct_, n, flags_)                                                               \
  {                                                                                                \
    .layout = GC_FIXED, .flags = GC_CONTAINER | GC_WEAKREFS | (flags_),                            \
    .refs_offset = offsetof(struct io_base, dict), .refs_n = 1 + (n),                              \
    .weak_offset = offsetof(struct io_base, weakrefs), .basic_bytes = sizeof(struct_)              \
  }

/* Names asked for all the time, interned: IO_NAME(readinto). */
#define IO_NAMES(X)                                                                                \
  X(readinto)                                                                                      \
  X(readinto1)                                                                                     \
  X(read)                                                                                          \
  X(read1)                                                                                         \
  X(readall)                                                                                       \
  X(readline)                                                                                      \
  X(write)                                                                                         \
  X(flush)                                                                                         \
  X(close)                                                                                         \
  X(closed)                                                                                        \
  X(seek)                                                                                          \
  X(tell)                                                                                          \
  X(truncate)                                                                                      \
  X(fileno)                                                                                        \
  X(isatty)                                                                                        \
  X(readable)                                                                                      \
  X(writable)                                                                                      \
  X(seekable)                                                                                      \
  X(name)                                                                                          \
  X(mode)                                                                                          \
  X(peek)                                                                                          \
  X(raw)                                                                                           \
  X(buffer)                                                                                        \
  X(decode)                                                                                        \
  X(encode)                                                                                        \
  X(reset)                                                                                         \
  X(getstate)                                                                                      \
  X(setstate)                                                                                      \
  X(_dealloc_warn)                                                                                 \
  X(__IOBase_closed)                                                                               \
  X(_finalizing)                                                                                   \
  X(encoding)                                                                                      \
  X(errors)                                                                                        \
  X(newlines)                                                                                      \
  X(incrementaldecoder)                                                                            \
  X(incrementalencoder)                                                                            \
  X(replace)                                                                                       \
  X(_blksize)                                                                                      \
  X(update)                                                                                        \
  X(_checkClosed) X(_checkSeekable) X(_checkReadable) X(_checkWritable) X(__dict__) X(extend)
enum io_name {
#define X(name) IO_NAME_##name,
  IO_NAMES(X)
#undef X
      IO_NAMES_N
};
extern struct object *io_names[IO_NAMES_N];
#define IO_NAME(name) (io_names[IO_NAME_##name])

/* io.UnsupportedOperation(message); returns NULL. */
void *io_unsupported(const char *message);
extern struct object *io_unsupported_class; /* a root */

/* ---- Any stream, by its methods ---- */

struct object *io_call(struct object *o, enum io_name name);
struct object *io_call_one(struct object *o, enum io_name name, struct object *argument);
/* The truth of what a method or an attribute gives: 1, 0, -1. */
int io_ask(struct object *o, enum io_name method);
int io_is_closed(struct object *o);
/* A new object that shows `bytes` (bytes, bytearray, an exporter): memoryview(o). */
struct object *io_view_of(struct object *o);
/* ValueError "I/O operation on closed file." if o.closed. */
int io_check_open(struct object *o);
/* Like io.IOBase's checks: UnsupportedOperation "File or stream is not readable." */
int io_check_able(struct object *o, enum io_name method);
/* The number a method like seek or tell gave (takes it): -1 with an error. `what` is in the
 * OSError for a negative one, with %lld. */
int64_t io_position_taking(struct object *result, const char *what);
/* A stream is taken into or let go from another's care. */
void io_own(struct object *stream);
void io_disown(struct object *stream);
/* finalize of all stream types: closes what is open. */
void io_finalize(struct object *o);
/* _IOBase.close: flushes by the method, and marks the stream closed. */
struct object *io_base_close(struct object *o);
/* `before` (taken; may be NULL) becomes the context of the pending error; where none is pending, it
 * is pending again. */
void io_chain_taking(struct object *before);
/* The error that is pending came from a signal without an exception: EINTR, to be tried again. */
bool io_was_interrupted(void);

/* ---- FileIO ---- */

static inline bool io_is_file(const struct object *o) { return type_of(o) == &io_file_type; }
bool io_file_is_closed(const struct object *file);
/* At most n bytes: how many; -1 with an error; -2: nothing now, try again later. */
int64_t io_file_read(struct object *file, void *to, size_t n);
int64_t io_file_write(struct object *file, const void *data, size_t n);
struct object *io_file_read_all(struct object *file); /* bytes; None: nothing now */
int64_t io_file_seek(struct object *file, int64_t position, int whence); /* the new position */

/* ---- Buffered ---- */

static inline bool io_is_reader(const struct object *o) { return type_of(o) == &io_reader_type; }
static inline bool io_is_writer(const struct object *o) { return type_of(o) == &io_writer_type; }
static inline bool io_is_random(const struct object *o) { return type_of(o) == &io_random_type; }
/* Of one of the three types exactly. */
struct object *buffered_read_all(struct object *o);
struct object *buffered_read_once(struct object *o, int64_t n);         /* read1 */
int buffered_write_bytes(struct object *o, const void *data, size_t n); /* all of them */
int buffered_flush(struct object *o);
bool buffered_is_closed(struct object *o);

/* ---- Newlines ---- */

/* Universal newlines: '\r' and '\r\n' are seen, and become '\n' where `translate`. */
struct newline_state {
  bool translate, pending_cr; /* a '\r' at the end waits for what follows */
  uint8_t seen;               /* NEWLINE_CR | ... */
};
enum { NEWLINE_CR = 1, NEWLINE_LF = 2, NEWLINE_CRLF = 4 };
/* Takes and returns a str. */
struct object *newline_decode_taking(struct newline_state *s, struct object *text, bool final);
struct object *newline_seen(unsigned seen); /* None, a str, or a tuple of them */
/* Where the line that begins at `start` ends (behind its newline); SIZE_MAX: it does not end here.
 * `newline`: "" any kind, else that one. *consumed tells how far no newline begins, for the next
 * try with more text. */
size_t newline_find(struct object *text, size_t start, const char *newline, size_t *consumed);

/* ---- The module ---- */

/* "utf-8" in UTF-8 mode, else "locale", for encoding=None; a new reference. */
struct object *io_text_encoding(struct object *encoding, int stack_level);
const char *io_locale_encoding(void);

int io_fill_base(struct object *module);
int io_fill_bytes(struct object *module);
