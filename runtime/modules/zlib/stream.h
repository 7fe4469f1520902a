/* What compressing and decompressing share: the library, its memory, and the loop that feeds a
 * stream and takes what comes out. */
#pragma once
#include "runtime/modules/busy.h"
#include "runtime/object/protocol.h"
#include <zlib.h>

/* The library is loaded when the module is imported: programs that don't, don't pay for it. */
#define LIBZ_FUNCTIONS(X)                                                                          \
  X(zlibVersion)                                                                                   \
  X(adler32)                                                                                       \
  X(crc32)                                                                                         \
  X(deflateInit2_)                                                                                 \
  X(deflateSetDictionary)                                                                          \
  X(deflate)                                                                                       \
  X(deflateCopy)                                                                                   \
  X(deflateEnd)                                                                                    \
  X(inflateInit2_)                                                                                 \
  X(inflateSetDictionary)                                                                          \
  X(inflate)                                                                                       \
  X(inflateCopy)                                                                                   \
  X(inflateEnd)
struct libz {
  void *handle; /* NULL: not loaded */
#define FIELD(name) __typeof__(name) *name##_;
  LIBZ_FUNCTIONS(FIELD)
#undef FIELD
};
extern struct libz libz;
int libz_load(void); /* -1 with an ImportError */

enum { STREAM_ROOM = 16384 };   /* zlib.DEF_BUF_SIZE: the first room where it can be chosen */
enum { STREAM_RAISED = -1000 }; /* among zlib's results: an error is set */

extern struct object *stream_error; /* zlib.error */
/* "Error -3 while decompressing data: incorrect header check"; returns NULL. */
void *stream_fail(const z_stream *z, int result, const char *what);
void *stream_no_memory(const char *message);

/* An object that compresses or decompresses. */
struct stream {
  struct object head;
  z_stream z;
  busy_by busy; /* while one of its methods runs */
  bool is_open; /* z has a state to be given back */
  bool eof;     /* decompressing: the end of the stream was seen */
  struct object *unused_data, *unconsumed_tail, *dictionary; /* NULL: none; one span */
};
enum { STREAM_REFS_N = 3 };
static inline struct stream *stream_of(struct object *o) { return (struct stream *)o; }
/* zlib's state is an item buffer. */
void stream_prepare(z_stream *z);
/* Whether an object is open by what zlib said when it made its state; false with the error.
 * "compression object", "creating". */
bool stream_opened(struct stream *s, int result, const char *what, const char *doing,
                   const char *wrong);
/* Copies zlib's state from o into a new object, which it takes: that, or NULL with the error. */
struct object *stream_copy_taking(struct object *copy, struct object *o,
                                  int (*copy_state)(z_stream *, z_stream *), const char *what);

/* Bytes that come out. */
struct stream_output {
  unsigned char *data; /* item buffer; NULL: none yet */
  size_t n, room;
  size_t first;     /* the room to begin with; 0: the usual */
  unsigned grown_n; /* how often it grew */
  size_t most;      /* SIZE_MAX: no limit */
};
struct object *stream_output_finish(struct stream_output *out); /* bytes; gives the buffer back */
void stream_output_discard(struct stream_output *out);

/* Feeds n bytes and gathers what comes out, without the GIL meanwhile: `step` is deflate or
 * inflate, called with `flush` for the last piece of input and with `between` before. `dictionary`
 * is there for streams that ask for one (NULL: none). zlib's last result: Z_OK, Z_BUF_ERROR and
 * Z_STREAM_END are none but fine; STREAM_RAISED. What was not taken is left in z->next_in,
 * z->avail_in, and *rest. */
int stream_run(z_stream *z, int (*step)(z_stream *, int), const unsigned char *data, size_t n,
               int between, int flush, struct object *dictionary, struct stream_output *out,
               size_t *rest);
int stream_set_dictionary(z_stream *z, struct object *dictionary); /* inflate's; -1 */

/* For module.c: what the two halves add. */
extern struct type compress_type, decompress_type;
struct object *zlib_compress(struct object *module, struct object *const *args, size_t n,
                             struct object *kwnames);
struct object *zlib_compressobj(struct object *module, struct object *const *args, size_t n,
                                struct object *kwnames);
struct object *zlib_decompress(struct object *module, struct object *const *args, size_t n,
                               struct object *kwnames);
struct object *zlib_decompressobj(struct object *module, struct object *const *args, size_t n,
                                  struct object *kwnames);
