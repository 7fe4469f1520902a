/* zlib.decompress, and objects that decompress piece by piece. */
#include "runtime/modules/argument.h"
#include "runtime/modules/zlib/stream.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include <stddef.h>
#include <string.h>

static const char WHAT[] = "decompression object";

FUNCTION(decompress, "decompress", 1, 3, 1, "", "wbits", "bufsize") {
  int bits = MAX_WBITS;
  int64_t room = STREAM_ROOM;
  struct buffer_view view;
  if ((v[1] && argument_int(v[1], &bits) < 0) || (v[2] && argument_size(v[2], &room) < 0))
    return NULL;
  if (buffer_get(v[0], &view, BUFFER_SIMPLE) < 0)
    return NULL;
  z_stream z;
  stream_prepare(&z);
  struct stream_output out = {.first = room ? (size_t)room : 1, .most = SIZE_MAX};
  struct object *data = NULL;
  size_t rest;
  int result;
  if (room < 0)
    error_set(ERROR_VALUE, "bufsize must be non-negative");
  else if ((result = libz.inflateInit2__(&z, bits, ZLIB_VERSION, sizeof z)) == Z_OK) {
    result = stream_run(&z, libz.inflate_, view.data, (size_t)view.bytes, Z_NO_FLUSH, Z_FINISH,
                        NULL, &out, &rest);
    if (result == Z_MEM_ERROR)
      stream_no_memory("Out of memory while decompressing data");
    else if (result != Z_STREAM_END && result != STREAM_RAISED)
      stream_fail(&z, result, "while decompressing data");
    int ended = libz.inflateEnd_(&z);
    if (result == Z_STREAM_END && ended != Z_OK)
      stream_fail(&z, ended, "while finishing decompression");
    else if (result == Z_STREAM_END)
      data = stream_output_finish(&out);
    stream_output_discard(&out);
  } else if (result == Z_MEM_ERROR)
    stream_no_memory("Out of memory while decompressing data");
  else
    stream_fail(&z, result, "while preparing to decompress data");
  buffer_release(&view);
  return data;
}
struct object *zlib_decompress(struct object *module, struct object *const *args, size_t n,
                               struct object *kwnames) {
  return decompress_call(module, args, n, kwnames);
}

/* ---- Objects ---- */

static struct object *new_object(void) {
  struct object *o = type_generic_alloc(&decompress_type);
  if (!o)
    return NULL;
  stream_prepare(&stream_of(o)->z);
  if (!(stream_of(o)->unused_data = bytes_from("", 0)) ||
      !(stream_of(o)->unconsumed_tail = bytes_from("", 0))) {
    drop(o);
    return NULL;
  }
  return o;
}

FUNCTION(decompressobj, "decompressobj", 0, 2, 0, "wbits", "zdict") {
  int bits = MAX_WBITS;
  if (v[0] && argument_int(v[0], &bits) < 0)
    return NULL;
  if (v[1] && !has_buffer(v[1]))
    return error_format(ERROR_TYPE, "zdict argument must support the buffer protocol");
  struct object *o = new_object();
  if (!o)
    return NULL;
  struct stream *s = stream_of(o);
  if (v[1])
    store(o, &s->dictionary, hold(v[1]));
  int result = libz.inflateInit2__(&s->z, bits, ZLIB_VERSION, sizeof s->z);
  /* A stream without a header can't ask for a dictionary. */
  if (stream_opened(s, result, WHAT, "creating", "Invalid initialization option") &&
      !(s->dictionary && bits < 0 && stream_set_dictionary(&s->z, s->dictionary) < 0))
    return o;
  drop(o);
  return NULL;
}
struct object *zlib_decompressobj(struct object *module, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  return decompressobj_call(module, args, n, kwnames);
}

/* What was not taken: behind the end of the stream it is unused data; before it, where a limit
 * ended the work, the tail to be given again. CPython makes it the tail as well where the stream
 * ends with a tail left from before, and so it is here. */
static int keep_rest(struct object *o, const unsigned char *from, size_t n, int result) {
  struct stream *s = stream_of(o);
  if (result == Z_STREAM_END) {
    if (n) {
      size_t old = bytes_length(s->unused_data);
      struct object *all = bytes_new_open(old + n);
      if (!all)
        return -1;
      memcpy(((struct bytes *)all)->data, bytes_data(s->unused_data), old);
      memcpy(((struct bytes *)all)->data + old, from, n);
      store(o, &s->unused_data, all);
    }
  }
  if ((n && result != Z_STREAM_END) || bytes_length(s->unconsumed_tail)) {
    struct object *tail = bytes_from(n ? (const void *)from : "", n);
    if (!tail)
      return -1;
    store(o, &s->unconsumed_tail, tail);
  }
  return 0;
}

static struct object *decompress_some(struct object *o, struct object *data, int64_t most) {
  struct stream *s = stream_of(o);
  struct buffer_view view;
  if (buffer_get(data, &view, BUFFER_SIMPLE) < 0)
    return NULL;
  if (!busy_begin(&s->busy))
    return buffer_release(&view), NULL;
  struct stream_output out = {.most = most ? (size_t)most : SIZE_MAX};
  size_t rest = 0;
  int result = stream_run(&s->z, libz.inflate_, view.data, (size_t)view.bytes, Z_SYNC_FLUSH,
                          Z_SYNC_FLUSH, s->dictionary, &out, &rest);
  bool failed =
      result == STREAM_RAISED || keep_rest(o, s->z.next_in, s->z.avail_in + rest, result) < 0;
  if (!failed && result == Z_STREAM_END)
    s->eof = true;
  else if (!failed && result != Z_OK && result != Z_BUF_ERROR) {
    stream_fail(&s->z, result, "while decompressing data");
    failed = true;
  }
  busy_end(&s->busy);
  struct object *decompressed = failed ? NULL : stream_output_finish(&out);
  stream_output_discard(&out);
  buffer_release(&view);
  return decompressed;
}
METHOD(decompress_method, "decompress", 1, 2, 1, "", "max_length") {
  int64_t most = 0;
  if (v[1] && argument_size(v[1], &most) < 0)
    return NULL;
  if (most < 0) {
    /* What is no bytes is told first. */
    struct buffer_view view;
    if (buffer_get(v[0], &view, BUFFER_SIMPLE) < 0)
      return NULL;
    buffer_release(&view);
    return error_format(ERROR_VALUE, "max_length must be non-negative");
  }
  return decompress_some(self, v[0], most);
}

static struct object *flush_method(struct object *o, struct object *const *args, size_t n) {
  struct stream *s = stream_of(o);
  int64_t room = STREAM_ROOM;
  if (args_check_count("flush", n, 0, 1) < 0 || (n && argument_size(args[0], &room) < 0))
    return NULL;
  if (room <= 0)
    return error_format(ERROR_VALUE, "length must be greater than zero");
  if (!busy_begin(&s->busy))
    return NULL;
  struct object *tail = hold(s->unconsumed_tail);
  struct stream_output out = {.first = (size_t)room, .most = SIZE_MAX};
  size_t rest = 0;
  int result = stream_run(&s->z, libz.inflate_, bytes_data(tail), bytes_length(tail), Z_NO_FLUSH,
                          Z_FINISH, s->dictionary, &out, &rest);
  bool failed =
      result == STREAM_RAISED || keep_rest(o, s->z.next_in, s->z.avail_in + rest, result) < 0;
  if (!failed && result == Z_STREAM_END) {
    s->eof = true;
    s->is_open = false;
    int ended = libz.inflateEnd_(&s->z);
    if (ended != Z_OK) {
      stream_fail(&s->z, ended, "while finishing decompression");
      failed = true;
    }
  }
  busy_end(&s->busy);
  struct object *decompressed = failed ? NULL : stream_output_finish(&out);
  stream_output_discard(&out);
  gc_keep(tail);
  drop(tail);
  return decompressed;
}

static struct object *copy_method(struct object *o) {
  struct object *copy = stream_copy_taking(new_object(), o, libz.inflateCopy_, WHAT);
  if (!copy)
    return NULL;
  struct stream *s = stream_of(o), *to = stream_of(copy);
  to->eof = s->eof;
  store(copy, &to->unused_data, hold(s->unused_data));
  store(copy, &to->unconsumed_tail, hold(s->unconsumed_tail));
  if (s->dictionary)
    store(copy, &to->dictionary, hold(s->dictionary));
  return copy;
}
static struct object *deepcopy_method(struct object *o, struct object *memo) {
  return copy_method(o);
}

static void release(struct object *o) {
  struct stream *s = stream_of(o);
  if (s->is_open)
    libz.inflateEnd_(&s->z);
  s->is_open = false;
}

static const struct method_def methods[] = {
    METHOD_KEYWORDS_("decompress", decompress_method_call,
                     "($self, data, /, max_length=0)\n--\n\nDecompress these bytes, into no more "
                     "than max_length unless that is 0."),
    METHOD_FAST_("flush", flush_method,
                 "($self, length=zlib.DEF_BUF_SIZE, /)\n--\n\nReturn what is left."),
    METHOD_NOARGS_("copy", copy_method,
                   "($self, /)\n--\n\nReturn a copy of the decompression object."),
    METHOD_NOARGS_("__copy__", copy_method, "($self, /)\n--\n\nReturn a copy."),
    METHOD_ONE_("__deepcopy__", deepcopy_method, "($self, memo, /)\n--\n\nReturn a copy."),
    {NULL}};
static const struct member_def members[] = {
    {"unused_data", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct stream, unused_data), NULL},
    {"unconsumed_tail", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct stream, unconsumed_tail),
     NULL},
    {"eof", MEMBER_BOOL, MEMBER_READONLY, offsetof(struct stream, eof), NULL},
    {NULL}};

struct type decompress_type = {.head = OBJECT_STATIC(type_type),
                               .shape = {.layout = GC_FIXED,
                                         .flags = GC_CONTAINER | GC_PLAIN | GC_RELEASES,
                                         .refs_offset = offsetof(struct stream, unused_data),
                                         .refs_n = STREAM_REFS_N,
                                         .basic_bytes = sizeof(struct stream)},
                               .name = "zlib.Decompress",
                               .flags = TYPE_NO_INSTANCE,
                               .release = release,
                               .methods = methods,
                               .members = members,
                               .base = &object_type};
