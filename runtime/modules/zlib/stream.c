/* Streams of zlib: loading, memory through the heap's door, and the loop around a step. */
#include "runtime/modules/zlib/stream.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/str.h"
#include "runtime/vm/gil.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char library[] = "libz.so.1";
struct libz libz;
struct object *stream_error;

int libz_load(void) {
  if (libz.handle)
    return 0;
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  const char *missing = handle ? NULL : library;
#define FUNCTION(name)                                                                             \
  if (handle && !missing && !(*(void **)&libz.name##_ = dlsym(handle, #name)))                     \
    missing = #name;
  LIBZ_FUNCTIONS(FUNCTION)
#undef FUNCTION
  if (missing) {
    struct object *message = str_format("zlib needs %s (Debian package zlib1g), which is not to be "
                                        "had: %s",
                                        library, handle ? missing : dlerror());
    struct object *name = str_intern("zlib");
    if (message && name)
      error_import(message, name, NULL, false);
    drop_null(message);
    if (handle)
      dlclose(handle);
    return -1;
  }
  libz.handle = handle;
  return 0;
}

/* ---- Errors ---- */

void *stream_fail(const z_stream *z, int result, const char *what) {
  const char *reason = z->msg;
  if (result == Z_VERSION_ERROR)
    reason = "library version mismatch";
  else if (!reason && result == Z_BUF_ERROR)
    reason = "incomplete or truncated stream";
  else if (!reason && result == Z_STREAM_ERROR)
    reason = "inconsistent stream state";
  else if (!reason && result == Z_DATA_ERROR)
    reason = "invalid input data";
  struct object *message =
      str_format("Error %d %s%s%.200s", result, what, reason ? ": " : "", reason ? reason : "");
  if (message)
    error_set_object(result == Z_MEM_ERROR ? &exception_type(ERROR_MEMORY)->head : stream_error,
                     message);
  drop_null(message);
  return NULL;
}
void *stream_no_memory(const char *message) {
  error_set(ERROR_MEMORY, "%s", message);
  return NULL;
}

/* ---- Memory ---- */

/* The size stands in front of a block. Inflating makes its window in the middle of a step, when the
 * GIL is with others. */
enum { FRONT = 16 };

static void *take(void *context, unsigned items, unsigned size) {
  size_t bytes = (size_t)items * size + FRONT;
  bool held = gil_is_held();
  if (!held)
    gil_acquire();
  char *block = gc_buffer_new(bytes);
  if (!held)
    gil_release();
  if (!block)
    return NULL;
  memcpy(block, &bytes, sizeof bytes);
  return block + FRONT;
}
static void give_back(void *context, void *address) {
  if (!address)
    return;
  char *block = (char *)address - FRONT;
  size_t bytes;
  memcpy(&bytes, block, sizeof bytes);
  bool held = gil_is_held();
  if (!held)
    gil_acquire();
  gc_buffer_free(block, bytes);
  if (!held)
    gil_release();
}
void stream_prepare(z_stream *z) {
  memset(z, 0, sizeof *z);
  z->zalloc = take;
  z->zfree = give_back;
}

/* ---- Objects ---- */

bool stream_opened(struct stream *s, int result, const char *what, const char *doing,
                   const char *wrong) {
  char text[64];
  s->is_open = result == Z_OK;
  if (result == Z_STREAM_ERROR)
    error_set(ERROR_VALUE, "%s", wrong);
  else if (result == Z_MEM_ERROR) {
    snprintf(text, sizeof text, "Can't allocate memory for %s", what);
    stream_no_memory(text);
  } else if (result != Z_OK) {
    snprintf(text, sizeof text, "while %s %s", doing, what);
    stream_fail(&s->z, result, text);
  }
  return s->is_open;
}

struct object *stream_copy_taking(struct object *copy, struct object *o,
                                  int (*copy_state)(z_stream *, z_stream *), const char *what) {
  struct stream *s = stream_of(o), *to = copy ? stream_of(copy) : NULL;
  if (!to)
    return NULL;
  bool is_copied = false;
  if (busy_begin(&s->busy)) {
    int result = copy_state(&to->z, &s->z);
    is_copied = stream_opened(to, result, what, "copying", "Inconsistent stream state");
    busy_end(&s->busy);
  }
  if (is_copied)
    return copy;
  drop(copy);
  return NULL;
}

/* ---- Output ---- */

/* By how much it grows: as in CPython, for how data that does not compress is cut into blocks
 * depends on the room there is. */
static const unsigned growth_kib[] = {32,    64,    256,    1024,   4096,  8192,
                                      16384, 16384, 32768,  32768,  32768, 32768,
                                      65536, 65536, 131072, 131072, 262144};

/* Room for the next step: 1, 0 at the limit, -1 without memory. */
static int offer(struct stream_output *out, z_stream *z) {
  if (out->n == out->room) {
    if (out->n == out->most)
      return 0;
    size_t more = (size_t)growth_kib[out->grown_n] * 1024;
    if (out->grown_n == 0 && out->first)
      more = out->first;
    if (more > out->most - out->n)
      more = out->most - out->n;
    if (out->grown_n + 1 < ARRAY_SIZE(growth_kib))
      out->grown_n++;
    size_t room = out->room + more;
    unsigned char *larger =
        room <= INT64_MAX ? gc_buffer_resize_own(out->data, out->room, room) : NULL;
    if (!larger)
      return -1;
    out->data = larger;
    out->room = room;
  }
  size_t free_bytes = out->room - out->n;
  z->next_out = out->data + out->n;
  z->avail_out = free_bytes > UINT_MAX ? UINT_MAX : (unsigned)free_bytes;
  return 1;
}
void stream_output_discard(struct stream_output *out) {
  gc_buffer_free(out->data, out->room);
  out->data = NULL;
}
struct object *stream_output_finish(struct stream_output *out) {
  struct object *result = bytes_from(out->data ? (void *)out->data : "", out->n);
  stream_output_discard(out);
  return result;
}

/* ---- The loop ---- */

int stream_set_dictionary(z_stream *z, struct object *dictionary) {
  struct buffer_view view;
  if (buffer_get(dictionary, &view, BUFFER_SIMPLE) < 0)
    return -1;
  int result = Z_OK;
  bool fits = view.bytes <= UINT_MAX;
  if (fits)
    result = libz.inflateSetDictionary_(z, view.data, (unsigned)view.bytes);
  buffer_release(&view);
  if (!fits)
    error_set(ERROR_OVERFLOW, "zdict length does not fit in an unsigned int");
  else if (result != Z_OK)
    stream_fail(z, result, "while setting zdict");
  return fits && result == Z_OK ? 0 : -1;
}

int stream_run(z_stream *z, int (*step)(z_stream *, int), const unsigned char *data, size_t n,
               int between, int flush, struct object *dictionary, struct stream_output *out,
               size_t *rest) {
  int result = Z_OK;
  bool asks;
  z->next_in = (unsigned char *)(uintptr_t)data;
  z->avail_in = 0;
  do {
    size_t more = n > UINT_MAX - z->avail_in ? UINT_MAX - z->avail_in : n;
    z->avail_in += (unsigned)more;
    n -= more;
    *rest = n;
    do {
      int offered = offer(out, z);
      if (offered < 0)
        return error_no_memory(), STREAM_RAISED;
      if (offered == 0)
        return result;
      gil_release();
      result = step(z, n ? between : flush);
      gil_acquire();
      out->n = (size_t)(z->next_out - out->data);
      asks = result == Z_NEED_DICT && dictionary;
      if (asks && stream_set_dictionary(z, dictionary) < 0)
        return STREAM_RAISED;
      if (!asks && result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END)
        return result;
    } while (z->avail_out == 0 || asks);
  } while (result != Z_STREAM_END && n);
  return result;
}
