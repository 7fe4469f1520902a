/* The module mmap: files and anonymous memory as mutable bytes. While views on it are open, a
 * mapping can be neither closed nor resized. */
#include "runtime/modules/argument.h"
#include "runtime/modules/blocking.h"
#include "runtime/modules/module.h"
#include "runtime/object/audit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum access { ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY };

struct map {
  struct object head;
  struct object *weakrefs; /* not owned */
  char *data;              /* NULL: closed */
  size_t n, pos;
  off_t offset;
  int64_t exports;
  int fd; /* a copy of the file's; -1: anonymous */
  enum access access;
};
static struct map *map_of(struct object *o) { return (struct map *)o; }

static int check_open(struct map *m) {
  if (LIKELY(m->data != NULL))
    return 0;
  error_format(ERROR_VALUE, "mmap closed or invalid");
  return -1;
}
static int check_writable(struct map *m) {
  if (check_open(m) < 0)
    return -1;
  if (m->access != ACCESS_READ)
    return 0;
  error_format(ERROR_TYPE, "mmap can't modify a readonly memory map.");
  return -1;
}
static int check_resizable(struct map *m) {
  if (m->exports > 0) {
    error_format(ERROR_BUFFER, "mmap can't resize with extant buffers exported.");
    return -1;
  }
  if (m->access == ACCESS_WRITE || m->access == ACCESS_DEFAULT)
    return 0;
  error_format(ERROR_TYPE, "mmap can't resize a readonly or copy-on-write memory map.");
  return -1;
}

/* ---- Making ---- */

struct wish {
  int fd, flags, protection, access;
  int64_t length, offset;
};
static int read_wish(struct wish *w, struct object *const *args, size_t n, struct object *kwnames) {
  static const char *const names[] = {"fileno", "length", "flags", "prot", "access", "offset"};
  static const struct args_spec spec = {"mmap", names, 6, 0, 6, 2};
  struct object *v[6];
  *w = (struct wish){.flags = MAP_SHARED, .protection = PROT_READ | PROT_WRITE};
  if (args_parse(&spec, args, n, kwnames, v) < 0 || argument_int(v[0], &w->fd) < 0 ||
      argument_size(v[1], &w->length) < 0 || (v[2] && argument_int(v[2], &w->flags) < 0) ||
      (v[3] && argument_int(v[3], &w->protection) < 0) ||
      (v[4] && argument_int(v[4], &w->access) < 0) || (v[5] && argument_size(v[5], &w->offset) < 0))
    return -1;
  if (w->length < 0)
    error_format(ERROR_OVERFLOW, "memory mapped length must be positive");
  else if (w->offset < 0)
    error_format(ERROR_OVERFLOW, "memory mapped offset must be positive");
  else if (w->access != ACCESS_DEFAULT && (v[2] || v[3]) &&
           (w->flags != MAP_SHARED || w->protection != (PROT_READ | PROT_WRITE)))
    error_format(ERROR_VALUE, "mmap can't specify both access and flags, prot.");
  else
    return 0;
  return -1;
}
static int settle_access(struct wish *w) {
  switch (w->access) {
  case ACCESS_READ:
    w->flags = MAP_SHARED;
    w->protection = PROT_READ;
    return 0;
  case ACCESS_WRITE:
    w->flags = MAP_SHARED;
    w->protection = PROT_READ | PROT_WRITE;
    return 0;
  case ACCESS_COPY:
    w->flags = MAP_PRIVATE;
    w->protection = PROT_READ | PROT_WRITE;
    return 0;
  case ACCESS_DEFAULT:
    if ((w->protection & PROT_READ) && !(w->protection & PROT_WRITE))
      w->access = ACCESS_READ;
    else if (!(w->protection & PROT_READ) && (w->protection & PROT_WRITE))
      w->access = ACCESS_WRITE;
    return 0;
  default:
    error_format(ERROR_VALUE, "mmap invalid access parameter.");
    return -1;
  }
}
/* Length 0 is the whole file. */
static int settle_length(struct wish *w) {
  struct stat s;
  if (w->fd < 0 || fstat(w->fd, &s) < 0 || !S_ISREG(s.st_mode))
    return 0;
  if (w->length == 0) {
    if (s.st_size == 0)
      error_format(ERROR_VALUE, "cannot mmap an empty file");
    else if (w->offset >= s.st_size)
      error_format(ERROR_VALUE, "mmap offset is greater than file size");
    else {
      w->length = s.st_size - w->offset;
      return 0;
    }
    return -1;
  }
  if (w->offset > s.st_size || s.st_size - w->offset < w->length) {
    error_format(ERROR_VALUE, "mmap length is greater than file size");
    return -1;
  }
  return 0;
}
static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  struct wish w;
  if (read_wish(&w, args, n, kwnames) < 0)
    return NULL;
  if (AUDIT_FAILS("mmap.__new__",
                  tuple_pack_taking(4, int_from_i64(w.fd), int_from_i64(w.length),
                                    int_from_i64(w.access), int_from_i64(w.offset))))
    return NULL;
  if (settle_access(&w) < 0 || settle_length(&w) < 0)
    return NULL;
  struct object *o = type_generic_alloc(t);
  if (!o)
    return NULL;
  struct map *m = map_of(o);
  m->fd = -1;
  if (w.fd == -1)
    w.flags |= MAP_ANONYMOUS;
  else if ((m->fd = fcntl(w.fd, F_DUPFD_CLOEXEC, 0)) < 0) {
    error_errno(errno, NULL, NULL);
    return drop(o), NULL;
  }
  void *data = mmap(NULL, (size_t)w.length, w.protection, w.flags, w.fd, w.offset);
  if (data == MAP_FAILED) {
    error_errno(errno, NULL, NULL);
    return drop(o), NULL;
  }
  m->data = data;
  m->n = (size_t)w.length;
  m->offset = w.offset;
  m->access = (enum access)w.access;
  return o;
}
static void release(struct object *o) {
  struct map *m = map_of(o);
  if (m->data)
    munmap(m->data, m->n);
  if (m->fd >= 0)
    close(m->fd);
  m->data = NULL;
  m->fd = -1;
}
static struct object *close_method(struct object *o) {
  struct map *m = map_of(o);
  if (m->exports > 0)
    return error_format(ERROR_BUFFER, "cannot close exported pointers exist");
  char *data = m->data;
  int fd = m->fd;
  m->data = NULL;
  m->fd = -1;
  gil_release();
  if (fd >= 0)
    close(fd);
  if (data)
    munmap(data, m->n);
  gil_acquire();
  return hold(NONE);
}

/* ---- As a stream ---- */

static size_t left(const struct map *m) { return m->pos < m->n ? m->n - m->pos : 0; }
static struct object *take(struct map *m, size_t n) {
  struct object *bytes = bytes_from(m->data + m->pos, n);
  if (bytes)
    m->pos += n;
  return bytes;
}
static struct object *read_method(struct object *o, struct object *const *args, size_t n) {
  struct map *m = map_of(o);
  int64_t size = -1;
  if (check_open(m) < 0 || args_check_count("read", n, 0, 1) < 0 ||
      argument_optional_size(n ? args[0] : NULL, &size) < 0 || check_open(m) < 0)
    return NULL;
  return take(m, size < 0 || (size_t)size > left(m) ? left(m) : (size_t)size);
}
static struct object *readline_method(struct object *o) {
  struct map *m = map_of(o);
  if (check_open(m) < 0)
    return NULL;
  const char *start = m->data + m->pos, *end = left(m) ? memchr(start, '\n', left(m)) : NULL;
  return take(m, end ? (size_t)(end - start) + 1 : left(m));
}
static struct object *read_byte_method(struct object *o) {
  struct map *m = map_of(o);
  if (check_open(m) < 0)
    return NULL;
  if (!left(m))
    return error_format(ERROR_VALUE, "read byte out of range");
  return int_from_i64((unsigned char)m->data[m->pos++]);
}
static struct object *write_method(struct object *o, struct object *buffer) {
  struct map *m = map_of(o);
  struct buffer_view view;
  if (check_open(m) < 0 || buffer_get(buffer, &view, BUFFER_SIMPLE) < 0)
    return NULL;
  struct object *result = NULL;
  if (check_writable(m) == 0) {
    if ((size_t)view.bytes > left(m))
      error_format(ERROR_VALUE, "data out of range");
    else {
      memmove(m->data + m->pos, view.data, (size_t)view.bytes);
      m->pos += (size_t)view.bytes;
      result = int_from_i64(view.bytes);
    }
  }
  buffer_release(&view);
  return result;
}
static struct object *write_byte_method(struct object *o, struct object *value) {
  struct map *m = map_of(o);
  int byte;
  if (check_open(m) < 0 || argument_int(value, &byte) < 0)
    return NULL;
  if (byte < 0 || byte > 255)
    return error_format(ERROR_OVERFLOW, byte < 0 ? "unsigned byte integer is less than minimum"
                                                 : "unsigned byte integer is greater than maximum");
  if (check_writable(m) < 0)
    return NULL;
  if (!left(m))
    return error_format(ERROR_VALUE, "write byte out of range");
  m->data[m->pos++] = (char)byte;
  return hold(NONE);
}
static struct object *tell_method(struct object *o) {
  return check_open(map_of(o)) < 0 ? NULL : int_from_i64((int64_t)map_of(o)->pos);
}
static struct object *seek_method(struct object *o, struct object *const *args, size_t n) {
  struct map *m = map_of(o);
  int64_t distance, base;
  int whence = 0;
  if (check_open(m) < 0 || args_check_count("seek", n, 1, 2) < 0 ||
      argument_size(args[0], &distance) < 0 || (n > 1 && argument_int(args[1], &whence) < 0) ||
      check_open(m) < 0)
    return NULL;
  if (whence < 0 || whence > 2)
    return error_format(ERROR_VALUE, "unknown seek type");
  base = whence == 1 ? (int64_t)m->pos : whence == 2 ? (int64_t)m->n : 0;
  if (__builtin_add_overflow(base, distance, &distance) || distance < 0 || distance > (int64_t)m->n)
    return error_format(ERROR_VALUE, "seek out of range");
  m->pos = (size_t)distance;
  return hold(NONE);
}
static struct object *size_method(struct object *o) {
  struct map *m = map_of(o);
  struct stat s;
  if (check_open(m) < 0)
    return NULL;
  return fstat(m->fd, &s) < 0 ? error_errno(errno, NULL, NULL) : int_from_i64(s.st_size);
}

/* ---- Searching, moving, flushing ---- */

static struct object *search(const char *function, struct object *o, struct object *const *args,
                             size_t n, bool backwards) {
  struct map *m = map_of(o);
  struct buffer_view view;
  int64_t start = (int64_t)m->pos, end = (int64_t)m->n, found = -1;
  if (check_open(m) < 0 || args_check_count(function, n, 1, 3) < 0 ||
      (n > 1 && argument_size(args[1], &start) < 0) ||
      (n > 2 && argument_size(args[2], &end) < 0) || buffer_get(args[0], &view, BUFFER_SIMPLE) < 0)
    return NULL;
  if (check_open(m) < 0)
    return buffer_release(&view), NULL;
  int64_t size = (int64_t)m->n, *const bounds[] = {&start, &end};
  for (size_t i = 0; i < 2; i++) {
    *bounds[i] += *bounds[i] < 0 ? size : 0;
    *bounds[i] = *bounds[i] < 0 ? 0 : *bounds[i] > size ? size : *bounds[i];
  }
  int64_t last = end - view.bytes;
  if (backwards) {
    for (int64_t at = last; at >= start && found < 0; at--)
      if (!memcmp(m->data + at, view.data, (size_t)view.bytes))
        found = at;
  } else if (last >= start) {
    const char *p = memmem(m->data + start, (size_t)(end - start), view.data, (size_t)view.bytes);
    found = p ? p - m->data : -1;
  }
  buffer_release(&view);
  return int_from_i64(found);
}
static struct object *find_method(struct object *o, struct object *const *args, size_t n) {
  return search("find", o, args, n, false);
}
static struct object *rfind_method(struct object *o, struct object *const *args, size_t n) {
  return search("rfind", o, args, n, true);
}
static struct object *move_method(struct object *o, struct object *const *args, size_t n) {
  struct map *m = map_of(o);
  int64_t to, from, count;
  if (check_open(m) < 0 || args_check_count("move", n, 3, 3) < 0 ||
      argument_size(args[0], &to) < 0 || argument_size(args[1], &from) < 0 ||
      argument_size(args[2], &count) < 0 || check_writable(m) < 0)
    return NULL;
  int64_t size = (int64_t)m->n;
  if (to < 0 || from < 0 || count < 0 || size - to < count || size - from < count)
    return error_format(ERROR_VALUE, "source, destination, or count out of range");
  memmove(m->data + to, m->data + from, (size_t)count);
  return hold(NONE);
}
static struct object *flush_method(struct object *o, struct object *const *args, size_t n) {
  struct map *m = map_of(o);
  int64_t offset = 0, size = (int64_t)m->n;
  if (check_open(m) < 0 || args_check_count("flush", n, 0, 2) < 0 ||
      (n > 0 && argument_size(args[0], &offset) < 0) ||
      (n > 1 && argument_size(args[1], &size) < 0) || check_open(m) < 0)
    return NULL;
  if (offset < 0 || size < 0 || (int64_t)m->n - offset < size)
    return error_format(ERROR_VALUE, "flush values out of range");
  if (m->access == ACCESS_READ || m->access == ACCESS_COPY)
    return hold(NONE);
  return msync(m->data + offset, (size_t)size, MS_SYNC) < 0 ? error_errno(errno, NULL, NULL)
                                                            : hold(NONE);
}
static struct object *resize_method(struct object *o, struct object *value) {
  struct map *m = map_of(o);
  int64_t size;
  if (check_open(m) < 0 || argument_size(value, &size) < 0 || check_open(m) < 0 ||
      check_resizable(m) < 0)
    return NULL;
  if (size < 0 || INT64_MAX - size < m->offset)
    return error_format(ERROR_VALUE, "new size out of range");
  if (m->fd >= 0 && ftruncate(m->fd, m->offset + size) < 0)
    return error_errno(errno, NULL, NULL);
  void *data = mremap(m->data, m->n, (size_t)size, MREMAP_MAYMOVE);
  if (data == MAP_FAILED)
    return error_errno(errno, NULL, NULL);
  m->data = data;
  m->n = (size_t)size;
  return hold(NONE);
}
static struct object *madvise_method(struct object *o, struct object *const *args, size_t n) {
  struct map *m = map_of(o);
  int advice;
  int64_t start = 0, length = (int64_t)m->n;
  if (check_open(m) < 0 || args_check_count("madvise", n, 1, 3) < 0 ||
      argument_int(args[0], &advice) < 0 || (n > 1 && argument_size(args[1], &start) < 0) ||
      (n > 2 && argument_size(args[2], &length) < 0) || check_open(m) < 0)
    return NULL;
  if (start < 0 || start >= (int64_t)m->n)
    return error_format(ERROR_VALUE, "madvise start out of bounds");
  if (length < 0)
    return error_format(ERROR_VALUE, "madvise length invalid");
  if (INT64_MAX - start < length)
    return error_format(ERROR_OVERFLOW, "madvise length too large");
  if (start + length > (int64_t)m->n)
    length = (int64_t)m->n - start;
  return madvise(m->data + start, (size_t)length, advice) < 0 ? error_errno(errno, NULL, NULL)
                                                              : hold(NONE);
}

/* ---- As a sequence ---- */

static int64_t length(struct object *o) {
  return check_open(map_of(o)) < 0 ? -1 : (int64_t)map_of(o)->n;
}
/* An index counts from the end where it is negative; checked. */
static int read_index(struct map *m, struct object *key, int64_t *i) {
  if (number_to_i64(key, i, ERROR_INDEX) < 0 || check_open(m) < 0)
    return -1;
  if (*i < 0)
    *i += (int64_t)m->n;
  if (*i >= 0 && *i < (int64_t)m->n)
    return 0;
  error_format(ERROR_INDEX, "mmap index out of range");
  return -1;
}
static struct object *get(struct object *o, struct object *key) {
  struct map *m = map_of(o);
  int64_t i, start, stop, step;
  if (check_open(m) < 0)
    return NULL;
  if (type_of(key)->number.index)
    return read_index(m, key, &i) < 0 ? NULL : int_from_i64((unsigned char)m->data[i]);
  if (!is_slice(key))
    return error_format(ERROR_TYPE, "mmap indices must be integers");
  if (slice_unpack(key, &start, &stop, &step) < 0 || check_open(m) < 0)
    return NULL;
  int64_t n = slice_adjust((int64_t)m->n, &start, &stop, step);
  struct object *bytes = bytes_new_open((size_t)n);
  for (i = 0; bytes && i < n; i++)
    ((struct bytes *)bytes)->data[i] = (unsigned char)m->data[start + i * step];
  return bytes;
}
static int set_slice(struct map *m, struct object *key, struct object *value) {
  int64_t start, stop, step;
  struct buffer_view view;
  if (slice_unpack(key, &start, &stop, &step) < 0 || buffer_get(value, &view, BUFFER_SIMPLE) < 0)
    return -1;
  int status = check_open(m);
  if (status == 0) {
    int64_t n = slice_adjust((int64_t)m->n, &start, &stop, step);
    if (view.bytes != n) {
      error_format(ERROR_INDEX, "mmap slice assignment is wrong size");
      status = -1;
    } else if (step == 1)
      memmove(m->data + start, view.data, (size_t)n);
    else
      for (int64_t i = 0; i < n; i++)
        m->data[start + i * step] = ((const char *)view.data)[i];
  }
  buffer_release(&view);
  return status;
}
static int set(struct object *o, struct object *key, struct object *value) {
  struct map *m = map_of(o);
  if (check_writable(m) < 0)
    return -1;
  bool by_index = type_of(key)->number.index != NULL;
  if (!by_index && !is_slice(key)) {
    error_format(ERROR_TYPE, "mmap indices must be integers");
    return -1;
  }
  if (!value) {
    error_format(ERROR_TYPE, by_index ? "mmap doesn't support item deletion"
                                      : "mmap object doesn't support slice deletion");
    return -1;
  }
  if (!by_index)
    return set_slice(m, key, value);
  int64_t i, byte;
  if (read_index(m, key, &i) < 0)
    return -1;
  if (!type_of(value)->number.index) {
    error_format(ERROR_TYPE, "mmap item value must be an int");
    return -1;
  }
  if (number_to_i64(value, &byte, ERROR_TYPE) < 0 || check_open(m) < 0)
    return -1;
  if (byte < 0 || byte > 255) {
    error_format(ERROR_VALUE, "mmap item value must be in range(0, 256)");
    return -1;
  }
  m->data[i] = (char)byte;
  return 0;
}
static struct object *item(struct object *o, int64_t i) {
  struct map *m = map_of(o);
  if (check_open(m) < 0)
    return NULL;
  if (i < 0 || i >= (int64_t)m->n)
    return error_format(ERROR_INDEX, "mmap index out of range");
  return bytes_from(m->data + i, 1);
}

static int get_buffer(struct object *o, struct buffer_view *view, int flags) {
  struct map *m = map_of(o);
  if (check_open(m) < 0 ||
      buffer_fill(view, o, m->data, (int64_t)m->n, m->access == ACCESS_READ, flags) < 0)
    return -1;
  m->exports++;
  return 0;
}
static void release_buffer(struct object *o, struct buffer_view *view) { map_of(o)->exports--; }

static struct object *enter(struct object *o) { return check_open(map_of(o)) < 0 ? NULL : hold(o); }
static struct object *exit_method(struct object *o, struct object *const *args, size_t n) {
  return close_method(o);
}
static struct object *get_closed(struct object *o, void *closure) {
  return hold(bool_from(!map_of(o)->data));
}
static struct object *repr(struct object *o) {
  static const char *const names[] = {"ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE",
                                      "ACCESS_COPY"};
  struct map *m = map_of(o);
  if (!m->data)
    return str_format("<%s closed=True>", type_of(o)->name);
  return str_format("<%s closed=False, access=%s, length=%zu, pos=%zu, offset=%lld>",
                    type_of(o)->name, names[m->access], m->n, m->pos, (long long)m->offset);
}

static const struct method_def methods[] = {METHOD_NOARGS_("close", close_method, NULL),
                                            METHOD_FAST_("find", find_method, NULL),
                                            METHOD_FAST_("rfind", rfind_method, NULL),
                                            METHOD_FAST_("flush", flush_method, NULL),
                                            METHOD_FAST_("madvise", madvise_method, NULL),
                                            METHOD_FAST_("move", move_method, NULL),
                                            METHOD_FAST_("read", read_method, NULL),
                                            METHOD_NOARGS_("read_byte", read_byte_method, NULL),
                                            METHOD_NOARGS_("readline", readline_method, NULL),
                                            METHOD_ONE_("resize", resize_method, NULL),
                                            METHOD_FAST_("seek", seek_method, NULL),
                                            METHOD_NOARGS_("size", size_method, NULL),
                                            METHOD_NOARGS_("tell", tell_method, NULL),
                                            METHOD_ONE_("write", write_method, NULL),
                                            METHOD_ONE_("write_byte", write_byte_method, NULL),
                                            METHOD_NOARGS_("__enter__", enter, NULL),
                                            METHOD_FAST_("__exit__", exit_method, NULL),
                                            {NULL}};
static const struct getset_def getsets[] = {{"closed", get_closed, NULL, NULL, NULL}, {NULL}};
static struct type map_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF,
              .flags = GC_RELEASES | GC_WEAKREFS,
              .weak_offset = offsetof(struct map, weakrefs),
              .basic_bytes = sizeof(struct map)},
    .name = "mmap.mmap",
    .flags = TYPE_BASE,
    .release = release,
    .new_ = new_slot,
    .repr = repr,
    .sequence = {.length = length, .item = item},
    .mapping = {.length = length, .get = get, .set = set},
    .buffer = {get_buffer, release_buffer},
    .methods = methods,
    .getsets = getsets,
    .doc = "mmap(fileno, length[, flags[, prot[, access[, offset]]]])\n\nMaps a file (-1: memory "
           "without one) as mutable bytes. Length 0 is the whole file; flags and prot are\nthe "
           "system's, access one of ACCESS_READ, ACCESS_WRITE and ACCESS_COPY instead of them.",
    .base = &object_type};

static const struct module_int constants[] = {
    CONSTANT(ACCESS_DEFAULT),  CONSTANT(ACCESS_READ),      CONSTANT(ACCESS_WRITE),
    CONSTANT(ACCESS_COPY),     CONSTANT(PROT_EXEC),        CONSTANT(PROT_READ),
    CONSTANT(PROT_WRITE),      CONSTANT(MAP_SHARED),       CONSTANT(MAP_PRIVATE),
    CONSTANT(MAP_DENYWRITE),   CONSTANT(MAP_EXECUTABLE),   CONSTANT(MAP_ANON),
    CONSTANT(MAP_ANONYMOUS),   CONSTANT(MAP_POPULATE),     CONSTANT(MAP_STACK),
    CONSTANT(MADV_NORMAL),     CONSTANT(MADV_RANDOM),      CONSTANT(MADV_SEQUENTIAL),
    CONSTANT(MADV_WILLNEED),   CONSTANT(MADV_DONTNEED),    CONSTANT(MADV_REMOVE),
    CONSTANT(MADV_DONTFORK),   CONSTANT(MADV_DOFORK),      CONSTANT(MADV_HWPOISON),
    CONSTANT(MADV_MERGEABLE),  CONSTANT(MADV_UNMERGEABLE), CONSTANT(MADV_HUGEPAGE),
    CONSTANT(MADV_NOHUGEPAGE), CONSTANT(MADV_DONTDUMP),    CONSTANT(MADV_DODUMP),
    CONSTANT(MADV_FREE),
};

int module_mmap_fill(struct object *module) {
  if (module_add(module, "error", &exception_type(ERROR_OS)->head) < 0 ||
      module_add_type(module, &map_type) < 0 ||
      module_add_int(module, "PAGESIZE", sysconf(_SC_PAGESIZE)) < 0 ||
      module_add_int(module, "ALLOCATIONGRANULARITY", sysconf(_SC_PAGESIZE)) < 0)
    return -1;
  return module_add_ints(module, constants, ARRAY_SIZE(constants));
}
