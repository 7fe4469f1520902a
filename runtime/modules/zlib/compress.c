/* zlib.compress, and objects that compress piece by piece. */
#include "runtime/modules/argument.h"
#include "runtime/modules/zlib/stream.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include <limits.h>

enum { MEMORY_LEVEL = 8 }; /* zlib.DEF_MEM_LEVEL */
static const char WHAT[] = "compression object";

FUNCTION(compress, "compress", 1, 3, 1, "", "level", "wbits") {
  int level = Z_DEFAULT_COMPRESSION, bits = MAX_WBITS;
  struct buffer_view view;
  if ((v[1] && argument_int(v[1], &level) < 0) || (v[2] && argument_int(v[2], &bits) < 0) ||
      buffer_get(v[0], &view, BUFFER_SIMPLE) < 0)
    return NULL;
  z_stream z;
  stream_prepare(&z);
  struct stream_output out = {.most = SIZE_MAX};
  struct object *compressed = NULL;
  size_t rest;
  int result = libz.deflateInit2__(&z, level, Z_DEFLATED, bits, MEMORY_LEVEL, Z_DEFAULT_STRATEGY,
                                   ZLIB_VERSION, sizeof z);
  if (result == Z_OK) {
    result = stream_run(&z, libz.deflate_, view.data, (size_t)view.bytes, Z_NO_FLUSH, Z_FINISH,
                        NULL, &out, &rest);
    int ended = libz.deflateEnd_(&z);
    if (result != Z_STREAM_END) {
      if (result != STREAM_RAISED)
        stream_fail(&z, result, "while compressing data");
    } else if (ended != Z_OK)
      stream_fail(&z, ended, "while finishing compression");
    else
      compressed = stream_output_finish(&out);
    stream_output_discard(&out);
  } else if (result == Z_MEM_ERROR)
    stream_no_memory("Out of memory while compressing data");
  else if (result == Z_STREAM_ERROR) {
    struct object *message = str_format("Bad compression level");
    if (message)
      error_set_object(stream_error, message);
    drop_null(message);
  } else
    stream_fail(&z, result, "while compressing data");
  buffer_release(&view);
  return compressed;
}
struct object *zlib_compress(struct object *module, struct object *const *args, size_t n,
                             struct object *kwnames) {
  return compress_call(module, args, n, kwnames);
}

/* ---- Objects ---- */

static int set_dictionary(z_stream *z, const struct buffer_view *view) {
  int result = libz.deflateSetDictionary_(z, view->data, (unsigned)view->bytes);
  if (result == Z_OK)
    return 0;
  error_set(ERROR_VALUE,
            result == Z_STREAM_ERROR ? "Invalid dictionary" : "deflateSetDictionary()");
  return -1;
}

FUNCTION(compressobj, "compressobj", 0, 6, 0, "level", "method", "wbits", "memLevel", "strategy",
         "zdict") {
  int values[] = {Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY};
  struct buffer_view view = {.object = NULL};
  for (size_t i = 0; i < ARRAY_SIZE(values); i++)
    if (v[i] && argument_int(v[i], &values[i]) < 0)
      return NULL;
  if (v[5] && buffer_get(v[5], &view, BUFFER_SIMPLE) < 0)
    return NULL;
  struct object *o = NULL;
  if (v[5] && view.bytes > UINT_MAX)
    error_set(ERROR_OVERFLOW, "zdict length does not fit in an unsigned int");
  else if ((o = type_generic_alloc(&compress_type))) {
    struct stream *s = stream_of(o);
    stream_prepare(&s->z);
    int result = libz.deflateInit2__(&s->z, values[0], values[1], values[2], values[3], values[4],
                                     ZLIB_VERSION, sizeof s->z);
    if (!stream_opened(s, result, WHAT, "creating", "Invalid initialization option") ||
        (v[5] && set_dictionary(&s->z, &view) < 0)) {
      drop(o);
      o = NULL;
    }
  }
  buffer_release(&view);
  return o;
}
struct object *zlib_compressobj(struct object *module, struct object *const *args, size_t n,
                                struct object *kwnames) {
  return compressobj_call(module, args, n, kwnames);
}

METHOD(compress_method, "compress", 1, 1, 1, "") {
  struct object *o = self, *data = v[0];
  struct stream *s = stream_of(o);
  struct buffer_view view;
  if (buffer_get(data, &view, BUFFER_SIMPLE) < 0)
    return NULL;
  if (!busy_begin(&s->busy))
    return buffer_release(&view), NULL;
  struct stream_output out = {.most = SIZE_MAX};
  size_t rest;
  int result = stream_run(&s->z, libz.deflate_, view.data, (size_t)view.bytes, Z_NO_FLUSH,
                          Z_NO_FLUSH, NULL, &out, &rest);
  if (result == Z_STREAM_ERROR)
    stream_fail(&s->z, result, "while compressing data");
  busy_end(&s->busy);
  struct object *compressed = NULL;
  if (result != Z_STREAM_ERROR && result != STREAM_RAISED)
    compressed = stream_output_finish(&out);
  stream_output_discard(&out);
  buffer_release(&view);
  return compressed;
}

/* Whether a flush went well; finishing gives the state back. */
static bool flushed(struct stream *s, int result, int mode) {
  if (result == STREAM_RAISED)
    return false;
  if (result == Z_STREAM_END && mode == Z_FINISH) {
    result = libz.deflateEnd_(&s->z);
    if (result != Z_OK)
      return stream_fail(&s->z, result, "while finishing compression"), false;
    s->is_open = false;
  } else if (result != Z_OK && result != Z_BUF_ERROR)
    return stream_fail(&s->z, result, "while flushing"), false;
  return true;
}
static struct object *flush_method(struct object *o, struct object *const *args, size_t n) {
  struct stream *s = stream_of(o);
  int mode = Z_FINISH;
  if (args_check_count("flush", n, 0, 1) < 0 || (n && argument_int(args[0], &mode) < 0))
    return NULL;
  if (mode == Z_NO_FLUSH)
    return bytes_from("", 0);
  if (!busy_begin(&s->busy))
    return NULL;
  struct stream_output out = {.most = SIZE_MAX};
  size_t rest;
  int result = stream_run(&s->z, libz.deflate_, NULL, 0, mode, mode, NULL, &out, &rest);
  bool done = flushed(s, result, mode);
  busy_end(&s->busy);
  struct object *compressed = done ? stream_output_finish(&out) : NULL;
  stream_output_discard(&out);
  return compressed;
}

static struct object *copy_method(struct object *o) {
  return stream_copy_taking(type_generic_alloc(&compress_type), o, libz.deflateCopy_, WHAT);
}
static struct object *deepcopy_method(struct object *o, struct object *memo) {
  return copy_method(o);
}

static void release(struct object *o) {
  struct stream *s = stream_of(o);
  if (s->is_open)
    libz.deflateEnd_(&s->z);
  s->is_open = false;
}

static const struct method_def methods[] = {
    METHOD_KEYWORDS_("compress", compress_method_call,
                     "($self, data, /)\n--\n\nCompress these bytes; return what is ready."),
    METHOD_FAST_("flush", flush_method,
                 "($self, mode=zlib.Z_FINISH, /)\n--\n\nReturn what is left, and finish unless "
                 "the mode says otherwise."),
    METHOD_NOARGS_("copy", copy_method,
                   "($self, /)\n--\n\nReturn a copy of the compression object."),
    METHOD_NOARGS_("__copy__", copy_method, "($self, /)\n--\n\nReturn a copy."),
    METHOD_ONE_("__deepcopy__", deepcopy_method, "($self, memo, /)\n--\n\nReturn a copy."),
    {NULL}};

struct type compress_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .flags = GC_RELEASES, .basic_bytes = sizeof(struct stream)},
    .name = "zlib.Compress",
    .flags = TYPE_NO_INSTANCE,
    .release = release,
    .methods = methods,
    .base = &object_type};
