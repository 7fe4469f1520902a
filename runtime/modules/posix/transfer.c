/* Bytes in and out of descriptors. One call moves at most what the system moves at once. */
#include "runtime/modules/posix/posix.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <limits.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static struct object *moved(ssize_t n, bool raised) {
  if (n >= 0)
    return int_from_i64(n);
  return raised ? NULL : error_errno(errno, NULL, NULL);
}

static struct object *read_at(const char *function, struct object *const *args, size_t n,
                              bool positioned) {
  int fd;
  int64_t length;
  off_t offset = 0;
  if (args_check_count(function, n, 2 + positioned, 2 + positioned) < 0 ||
      argument_int(args[0], &fd) < 0 || argument_size(args[1], &length) < 0 ||
      (positioned && argument_offset(args[2], &offset) < 0))
    return NULL;
  if (length < 0) {
    errno = EINVAL;
    return posix_done(-1);
  }
  if (length > SSIZE_MAX - 4096)
    length = SSIZE_MAX - 4096;
  struct object *bytes = bytes_new_open((size_t)length);
  if (!bytes)
    return NULL;
  unsigned char *to = ((struct bytes *)bytes)->data;
  bool raised = false;
  ssize_t got = positioned ? BLOCKING_RETRY(&raised, pread(fd, to, (size_t)length, offset))
                           : BLOCKING_RETRY(&raised, read(fd, to, (size_t)length));
  if (got < 0) {
    int error_number = errno;
    drop(bytes);
    return raised ? NULL : error_errno(error_number, NULL, NULL);
  }
  return bytes_cut_taking(bytes, (size_t)got);
}
static struct object *read_fast(struct object *module, struct object *const *args, size_t n) {
  return read_at("read", args, n, false);
}
static struct object *pread_fast(struct object *module, struct object *const *args, size_t n) {
  return read_at("pread", args, n, true);
}

static struct object *write_at(const char *function, struct object *const *args, size_t n,
                               bool positioned) {
  int fd;
  off_t offset = 0;
  struct buffer_view view;
  if (args_check_count(function, n, 2 + positioned, 2 + positioned) < 0 ||
      argument_int(args[0], &fd) < 0 || buffer_get(args[1], &view, BUFFER_SIMPLE) < 0)
    return NULL;
  if (positioned && argument_offset(args[2], &offset) < 0)
    return buffer_release(&view), NULL;
  bool raised = false;
  ssize_t put = positioned
                    ? BLOCKING_RETRY(&raised, pwrite(fd, view.data, (size_t)view.bytes, offset))
                    : BLOCKING_RETRY(&raised, write(fd, view.data, (size_t)view.bytes));
  struct object *result = moved(put, raised);
  buffer_release(&view);
  return result;
}
static struct object *write_fast(struct object *module, struct object *const *args, size_t n) {
  return write_at("write", args, n, false);
}
static struct object *pwrite_fast(struct object *module, struct object *const *args, size_t n) {
  return write_at("pwrite", args, n, true);
}

/* ---- Several buffers at once ---- */

struct vectors {
  struct object *sequence; /* list or tuple; keeps the buffers' objects */
  struct buffer_view *views;
  struct iovec *vectors;
  int n;
};

static void vectors_close(struct vectors *s, int opened) {
  for (int i = 0; i < opened; i++)
    buffer_release(&s->views[i]);
  gc_buffer_free(s->views, (size_t)s->n * sizeof *s->views);
  gc_buffer_free(s->vectors, (size_t)s->n * sizeof *s->vectors);
  drop_null(s->sequence);
}

/* The views' objects are held by the sequence too, which is on the stack: they need no root. */
static int vectors_open(struct vectors *s, const char *function, struct object *o, int flags) {
  *s = (struct vectors){0};
  if (!is_sequence(o)) {
    error_format(ERROR_TYPE, "%s() arg 2 must be a sequence", function);
    return -1;
  }
  s->sequence = iterate_to_tuple(o);
  if (!s->sequence)
    return -1;
  size_t n = tuple_length(s->sequence);
  s->n = n > INT_MAX / 64 ? INT_MAX / 64 : (int)n;
  s->views = s->n ? gc_buffer_new((size_t)s->n * sizeof *s->views) : NULL;
  s->vectors = s->views ? gc_buffer_new((size_t)s->n * sizeof *s->vectors) : NULL;
  if (s->n && !s->vectors) {
    error_no_memory();
    gc_buffer_free(s->views, s->views ? (size_t)s->n * sizeof *s->views : 0);
    drop(s->sequence);
    return -1;
  }
  for (int i = 0; i < s->n; i++) {
    if (buffer_get(tuple_get_borrowed(s->sequence, (size_t)i), &s->views[i], flags) < 0) {
      vectors_close(s, i);
      return -1;
    }
    s->vectors[i] = (struct iovec){s->views[i].data, (size_t)s->views[i].bytes};
  }
  return 0;
}

static struct object *vector_call(const char *function, struct object *const *args, size_t n,
                                  bool reads, bool positioned) {
  int fd, flags = 0;
  off_t offset = 0;
  bool raised = false;
  struct vectors s;
  if (args_check_count(function, n, 2 + positioned, 2 + 2 * positioned) < 0 ||
      argument_int(args[0], &fd) < 0 || (n > 2 && argument_offset(args[2], &offset) < 0) ||
      (n > 3 && argument_int(args[3], &flags) < 0) ||
      vectors_open(&s, function, args[1], reads ? BUFFER_WRITABLE : BUFFER_SIMPLE) < 0)
    return NULL;
  ssize_t got;
  if (positioned)
    got = reads ? BLOCKING_RETRY(&raised, preadv2(fd, s.vectors, s.n, offset, flags))
                : BLOCKING_RETRY(&raised, pwritev2(fd, s.vectors, s.n, offset, flags));
  else
    got = reads ? BLOCKING_RETRY(&raised, readv(fd, s.vectors, s.n))
                : BLOCKING_RETRY(&raised, writev(fd, s.vectors, s.n));
  struct object *result = moved(got, raised);
  vectors_close(&s, s.n);
  return result;
}
static struct object *readv_fast(struct object *module, struct object *const *args, size_t n) {
  return vector_call("readv", args, n, true, false);
}
static struct object *writev_fast(struct object *module, struct object *const *args, size_t n) {
  return vector_call("writev", args, n, false, false);
}
static struct object *preadv_fast(struct object *module, struct object *const *args, size_t n) {
  return vector_call("preadv", args, n, true, true);
}
static struct object *pwritev_fast(struct object *module, struct object *const *args, size_t n) {
  return vector_call("pwritev", args, n, false, true);
}

/* ---- From descriptor to descriptor ---- */

FUNCTION(sendfile, "sendfile", 0, 4, 4, "out_fd", "in_fd", "offset", "count") {
  int out, in;
  off_t offset = 0;
  int64_t count;
  bool raised = false;
  if (argument_int(v[0], &out) < 0 || argument_int(v[1], &in) < 0 ||
      (v[2] != NONE && argument_offset(v[2], &offset) < 0) || argument_size(v[3], &count) < 0)
    return NULL;
  ssize_t n =
      BLOCKING_RETRY(&raised, sendfile(out, in, v[2] == NONE ? NULL : &offset, (size_t)count));
  return moved(n, raised);
}

/* The two that take an offset for either end, None: its position. */
static int two_ends(struct object *const *v, int *in, int *out, int64_t *count, off_t *in_at,
                    off_t *out_at) {
  *in_at = *out_at = 0;
  if (argument_int(v[0], in) < 0 || argument_int(v[1], out) < 0 || argument_size(v[2], count) < 0)
    return -1;
  if (*count < 0) {
    error_format(ERROR_VALUE, "negative value for 'count' not allowed");
    return -1;
  }
  return (v[3] && v[3] != NONE && argument_offset(v[3], in_at) < 0) ||
                 (v[4] && v[4] != NONE && argument_offset(v[4], out_at) < 0)
             ? -1
             : 0;
}
FUNCTION(copy_file_range, "copy_file_range", 0, 5, 3, "src", "dst", "count", "offset_src",
         "offset_dst") {
  int in, out;
  int64_t count;
  off_t in_at, out_at;
  bool raised = false;
  if (two_ends(v, &in, &out, &count, &in_at, &out_at) < 0)
    return NULL;
  off_t *from = v[3] && v[3] != NONE ? &in_at : NULL, *to = v[4] && v[4] != NONE ? &out_at : NULL;
  ssize_t n = BLOCKING_RETRY(&raised, copy_file_range(in, from, out, to, (size_t)count, 0));
  return moved(n, raised);
}
FUNCTION(splice, "splice", 0, 6, 3, "src", "dst", "count", "offset_src", "offset_dst", "flags") {
  int in, out;
  int64_t count;
  unsigned flags = 0;
  off_t in_at, out_at;
  bool raised = false;
  if (two_ends(v, &in, &out, &count, &in_at, &out_at) < 0 ||
      (v[5] && argument_unsigned(v[5], &flags) < 0))
    return NULL;
  off_t *from = v[3] && v[3] != NONE ? &in_at : NULL, *to = v[4] && v[4] != NONE ? &out_at : NULL;
  ssize_t n = BLOCKING_RETRY(&raised, splice(in, from, out, to, (size_t)count, flags));
  return moved(n, raised);
}

static const struct method_def functions[] = {
    METHOD_FAST_("read", read_fast,
                 DOC("read", "$module, fd, length, /", "Read at most so many bytes.")),
    METHOD_FAST_("write", write_fast,
                 DOC("write", "$module, fd, data, /", "Write bytes; returns how many.")),
    METHOD_FAST_(
        "pread", pread_fast,
        DOC("pread", "$module, fd, length, offset, /", "Read from a place, leaving the position.")),
    METHOD_FAST_(
        "pwrite", pwrite_fast,
        DOC("pwrite", "$module, fd, buffer, offset, /", "Write to a place, leaving the position.")),
    METHOD_FAST_("readv", readv_fast,
                 DOC("readv", "$module, fd, buffers, /", "Read into several buffers.")),
    METHOD_FAST_("writev", writev_fast,
                 DOC("writev", "$module, fd, buffers, /", "Write several buffers.")),
    METHOD_FAST_("preadv", preadv_fast,
                 DOC("preadv", "$module, fd, buffers, offset, flags=0, /",
                     "Read into several buffers from a place.")),
    METHOD_FAST_("pwritev", pwritev_fast,
                 DOC("pwritev", "$module, fd, buffers, offset, flags=0, /",
                     "Write several buffers to a place.")),
    METHOD_KEYWORDS_("sendfile", sendfile_call,
                     DOC("sendfile", "$module, /, out_fd, in_fd, offset, count",
                         "Copy bytes from in_fd to out_fd.")),
    METHOD_KEYWORDS_("copy_file_range", copy_file_range_call,
                     DOC("copy_file_range",
                         "$module, /, src, dst, count, offset_src=None,\n                "
                         "offset_dst=None",
                         "Copy bytes from file to file within the system.")),
    METHOD_KEYWORDS_("splice", splice_call,
                     DOC("splice",
                         "$module, /, src, dst, count, offset_src=None, offset_dst=None,\n       "
                         "flags=0",
                         "Move bytes between a pipe and a descriptor.")),
    {NULL}};

int posix_fill_transfer(struct object *module) { return module_add_functions(module, functions); }
