/* FileIO: a file descriptor as a raw stream. Each method is one system call, or as few as will do.
 */
#include "runtime/modules/blocking.h"
#include "runtime/modules/io/io.h"
#include "runtime/modules/path.h"
#include "runtime/modules/sys.h"
#include "runtime/modules/warnings/warnings.h"
#include "runtime/object/attribute.h"
#include "runtime/object/audit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
  struct io_base base;
  int fd;                                    /* -1: closed, or not opened yet */
  bool is_created, is_readable, is_writable; /* by the mode */
  bool is_appending, closes_fd;
  int8_t seekable;    /* -1: not asked yet */
  int32_t block_size; /* what the file system likes: _blksize */
};
static struct file *file_of(struct object *o) { return (struct file *)o; }

bool io_file_is_closed(const struct object *o) { return ((const struct file *)o)->fd < 0; }
static bool wants_finalizer(const struct object *o) { return !io_file_is_closed(o); }

static void *closed_error(void) {
  return error_format(ERROR_VALUE, "I/O operation on closed file");
}
static void *mode_error(const char *action) {
  char text[64] = "File not open for ";
  strcat(text, action);
  return io_unsupported(text);
}

/* ---- Opening and closing ---- */

static struct object *file_new(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  struct object *o = type_generic_alloc(t);
  if (!o)
    return NULL;
  file_of(o)->fd = -1;
  file_of(o)->seekable = -1;
  file_of(o)->closes_fd = true;
  return o;
}

static int close_fd(struct file *f) {
  int fd = f->fd;
  f->fd = -1; /* whatever happens: it may be another's by now */
  if (fd < 0 || BLOCKING(close(fd)) == 0 || errno == EINTR)
    return 0;
  error_errno(errno, NULL, NULL);
  return -1;
}

/* The flags of open for a mode like "rb+". -1: ValueError. */
static int read_mode(struct file *f, const char *mode) {
  int flags = 0;
  bool chosen = false, plus = false, bad = false;
  for (const char *p = mode; *p; p++)
    switch (*p) {
    case 'x':
      bad |= chosen;
      chosen = f->is_created = f->is_writable = true;
      flags |= O_EXCL | O_CREAT;
      break;
    case 'r':
      bad |= chosen;
      chosen = f->is_readable = true;
      break;
    case 'w':
      bad |= chosen;
      chosen = f->is_writable = true;
      flags |= O_CREAT | O_TRUNC;
      break;
    case 'a':
      bad |= chosen;
      chosen = f->is_writable = f->is_appending = true;
      flags |= O_APPEND | O_CREAT;
      break;
    case 'b':
      break;
    case '+':
      bad |= plus;
      plus = f->is_readable = f->is_writable = true;
      break;
    default:
      error_format(ERROR_VALUE, "invalid mode: %s", mode);
      return -1;
    }
  if (bad || !chosen) {
    error_format(ERROR_VALUE, "Must have exactly one of create/read/write/append mode and at most "
                              "one plus");
    return -1;
  }
  return flags | O_CLOEXEC |
         (f->is_readable && f->is_writable ? O_RDWR
          : f->is_readable                 ? O_RDONLY
                                           : O_WRONLY);
}

static int open_by(struct object *opener, struct object *name, int flags) {
  struct object *number = int_from_i64(flags);
  struct object *result = number ? call_two(opener, name, number) : NULL;
  drop_null(number);
  if (!result)
    return -1;
  int fd = -1;
  if (!is_any_int(result))
    error_format(ERROR_TYPE, "expected integer from opener");
  else if (argument_int(result, &fd) < 0)
    fd = -1;
  else if (fd < 0) {
    error_format(ERROR_VALUE, "opener returned %d", fd);
    fd = -1;
  } else if (fcntl(fd, F_SETFD, fcntl(fd, F_GETFD) | FD_CLOEXEC) < 0) {
    error_errno(errno, NULL, NULL);
    fd = -1;
  }
  drop(result);
  return fd;
}
static int open_by_name(struct object *name, int flags) {
  struct object *bytes = path_to_bytes(name);
  if (!bytes)
    return -1;
  bool raised = false;
  int fd = BLOCKING_RETRY(&raised, open((const char *)bytes_data(bytes), flags, 0666));
  int error_number = errno;
  drop(bytes);
  if (fd < 0 && !raised)
    error_errno(error_number, name, NULL);
  return fd;
}

/* What kind of file it is; directories can't be read. */
static int look(struct file *f, struct object *name) {
  struct stat s;
  f->block_size = IO_BUFFER_SIZE;
  if (BLOCKING(fstat(f->fd, &s)) < 0) {
    if (errno != EBADF)
      return 0;
    error_errno(EBADF, NULL, NULL);
    return -1;
  }
  if (S_ISDIR(s.st_mode)) {
    error_errno(EISDIR, name, NULL);
    return -1;
  }
  if (s.st_blksize > 1)
    f->block_size = (int32_t)s.st_blksize;
  return 0;
}

static int set_name_and_end(struct object *o, struct object *name) {
  if (attribute_set(o, IO_NAME(name), name) < 0)
    return -1;
  if (!file_of(o)->is_appending || BLOCKING(lseek(file_of(o)->fd, 0, SEEK_END)) >= 0 ||
      errno == ESPIPE)
    return 0;
  error_errno(errno, NULL, NULL);
  return -1;
}

static int file_init(struct object *o, struct object *const *args, size_t n,
                     struct object *kwnames) {
  static const char *const names[] = {"file", "mode", "closefd", "opener"};
  static const struct args_spec spec = {"FileIO", names, 4, 0, 4, 1};
  struct object *v[4], *owner = NULL;
  struct file *f = file_of(o);
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return -1;
  const char *mode = "r";
  if (v[1] && !(mode = argument_text(v[1], "FileIO() argument 'mode'", &owner)))
    return -1;
  bool closes = true;
  int given = -1;
  if (v[2] && argument_int_bool(v[2], &closes) < 0)
    return drop_null(owner), -1;
  if (f->fd >= 0) {
    if (f->closes_fd) {
      if (close_fd(f) < 0)
        return drop_null(owner), -1;
    } else
      f->fd = -1;
  }
  if (type_of(v[0])->number.index) {
    if (argument_int(v[0], &given) < 0)
      error_clear();
    else if (given < 0) {
      error_format(ERROR_VALUE, "negative file descriptor");
      return drop_null(owner), -1;
    }
  }
  f->is_created = f->is_readable = f->is_writable = f->is_appending = false;
  f->seekable = -1;
  f->closes_fd = closes;
  int flags = read_mode(f, mode);
  bool refused =
      flags >= 0 &&
      AUDIT_FAILS("open", tuple_pack_taking(3, hold(v[0]), str_from_utf8(mode, strlen(mode)),
                                            int_from_i64(flags)));
  drop_null(owner);
  if (flags < 0 || refused)
    return -1;
  bool own = given < 0;
  if (!own)
    f->fd = given;
  else {
    f->closes_fd = true;
    if (!closes) {
      error_format(ERROR_VALUE, "Cannot use closefd=False with file name");
      return -1;
    }
    f->fd = v[3] && v[3] != NONE ? open_by(v[3], v[0], flags) : open_by_name(v[0], flags);
    if (f->fd < 0)
      return -1;
  }
  if (look(f, v[0]) == 0 && set_name_and_end(o, v[0]) == 0)
    return 0;
  struct object *error = error_fetch();
  if (!own)
    f->fd = -1; /* not ours to close */
  else
    close_fd(f);
  io_chain_taking(error);
  return -1;
}

static struct object *dealloc_warn(struct object *o, struct object *source) {
  struct file *f = file_of(o);
  if (f->fd >= 0 && f->closes_fd) {
    struct error_saved saved;
    error_save(&saved);
    if (warning_about(ERROR_RESOURCE_WARNING, source, 1, "unclosed file %R", source) < 0 &&
        error_matches(ERROR_WARNING))
      error_report_object(o);
    error_clear();
    error_restore(&saved);
  }
  return hold(NONE);
}

static struct object *file_close(struct object *o) {
  struct file *f = file_of(o);
  struct object *result = io_base_close(o); /* flushes, and marks the stream closed */
  if (!f->closes_fd) {
    f->fd = -1;
    return result;
  }
  struct object *error = result ? NULL : error_fetch();
  if (f->base.is_finalizing)
    drop_null(dealloc_warn(o, o));
  int status = close_fd(f);
  io_chain_taking(error);
  if (status < 0 && result) {
    drop(result);
    return NULL;
  }
  return result;
}

/* ---- Reading and writing ---- */

enum { PIECE_MAX = INT_MAX & ~4095 }; /* what Linux moves at once */

int64_t io_file_read(struct object *o, void *to, size_t n) {
  int fd = file_of(o)->fd;
  bool raised = false;
  ssize_t got = BLOCKING_RETRY(&raised, read(fd, to, n < PIECE_MAX ? n : PIECE_MAX));
  if (LIKELY(got >= 0))
    return got;
  if (!raised && (errno == EAGAIN || errno == EWOULDBLOCK))
    return -2;
  if (!raised)
    error_errno(errno, NULL, NULL);
  return -1;
}
int64_t io_file_write(struct object *o, const void *data, size_t n) {
  int fd = file_of(o)->fd;
  bool raised = false;
  ssize_t put = BLOCKING_RETRY(&raised, write(fd, data, n < PIECE_MAX ? n : PIECE_MAX));
  if (LIKELY(put >= 0))
    return put;
  if (!raised && (errno == EAGAIN || errno == EWOULDBLOCK))
    return -2;
  if (!raised)
    error_errno(errno, NULL, NULL);
  return -1;
}

static int check_reads(struct file *f) {
  if (f->fd < 0)
    closed_error();
  else if (!f->is_readable)
    mode_error("reading");
  else
    return 0;
  return -1;
}

/* Bytes to the end by the file's size, and one to notice the end; 0: unknown. */
static size_t expected(int fd) {
  struct stat s;
  off_t at = lseek(fd, 0, SEEK_CUR);
  if (at < 0 || fstat(fd, &s) < 0 || !S_ISREG(s.st_mode) || s.st_size < at)
    return 0;
  return (size_t)(s.st_size - at) + 1;
}

/* The whole of a file whose size is known goes into its bytes directly. NULL without an error: it
 * was not so; *n bytes of `bytes` are read then. */
static struct object *read_known(struct object *o, struct object *bytes, size_t *n) {
  size_t size = bytes_length(bytes);
  unsigned char *to = ((struct bytes *)bytes)->data, more;
  int64_t got = 1;
  while (*n < size && (got = io_file_read(o, to + *n, size - *n)) > 0)
    *n += (size_t)got;
  if (got == -1)
    return NULL;
  if (*n < size) /* shorter than it said, or nothing more now */
    return *n || got != -2 ? bytes_from(to, *n) : hold(NONE);
  got = io_file_read(o, &more, 1);
  if (got == -1)
    return NULL;
  if (got <= 0)
    return hold(bytes);
  to[size] = more; /* where the closing 0 was: the bytes are nobody's yet, and will be copied */
  *n = size + 1;
  return NULL;
}

struct object *io_file_read_all(struct object *o) {
  struct file *f = file_of(o);
  size_t room = BLOCKING(expected(f->fd)), n = 0;
  struct object *result = NULL, *known = NULL;
  if (room >= 2) {
    if (!(known = bytes_new_open(room - 1)))
      return NULL;
    result = read_known(o, known, &n);
    if (result || error_pending() != ERROR_NONE)
      return drop(known), result;
  }
  room = n + IO_BUFFER_SIZE;
  unsigned char *data = gc_buffer_new(room);
  if (data && n)
    memcpy(data, bytes_data(known), n);
  drop_null(known);
  if (!data)
    return error_no_memory();
  for (;;) {
    if (n == room) {
      size_t more = room < 65536 ? room * 2 : room + (room >> 1);
      unsigned char *larger = gc_buffer_resize_own(data, room, more);
      if (!larger) {
        error_no_memory();
        break;
      }
      data = larger;
      room = more;
    }
    int64_t got = io_file_read(o, data + n, room - n);
    if (got == -1)
      break;
    if (got == -2 && !n) {
      result = hold(NONE);
      break;
    }
    if (got <= 0) {
      result = bytes_from(data, n);
      break;
    }
    n += (size_t)got;
  }
  gc_buffer_free(data, room);
  return result;
}
static struct object *readall(struct object *o) {
  if (file_of(o)->fd < 0)
    return closed_error();
  return io_file_read_all(o);
}

static struct object *read_method(struct object *o, struct object *const *args, size_t n) {
  int64_t size = -1;
  if (args_check_count("read", n, 0, 1) < 0 ||
      argument_optional_size(n ? args[0] : NULL, &size) < 0 || check_reads(file_of(o)) < 0)
    return NULL;
  if (size < 0)
    return io_call(o, IO_NAME_readall);
  size_t room = size < PIECE_MAX ? (size_t)size : PIECE_MAX;
  struct object *bytes = bytes_new_open(room);
  if (!bytes)
    return NULL;
  int64_t got = io_file_read(o, ((struct bytes *)bytes)->data, room);
  if (got >= 0)
    return bytes_cut_taking(bytes, (size_t)got);
  drop(bytes);
  return got == -2 ? hold(NONE) : NULL;
}
static struct object *count(int64_t n) {
  return n >= 0 ? int_from_i64(n) : n == -2 ? hold(NONE) : NULL;
}
static struct object *readinto(struct object *o, struct object *buffer) {
  struct buffer_view view;
  if (check_reads(file_of(o)) < 0)
    return NULL;
  if (buffer_get(buffer, &view, BUFFER_WRITABLE) < 0) {
    if (error_matches(ERROR_TYPE) || error_matches(ERROR_BUFFER))
      error_format(ERROR_TYPE, "readinto() argument must be read-write bytes-like object, not %N",
                   buffer);
    return NULL;
  }
  int64_t got = io_file_read(o, view.data, (size_t)view.bytes);
  buffer_release(&view);
  return count(got);
}
static struct object *write_method(struct object *o, struct object *buffer) {
  struct file *f = file_of(o);
  struct buffer_view view;
  if (f->fd < 0)
    return closed_error();
  if (!f->is_writable)
    return mode_error("writing");
  if (buffer_get(buffer, &view, BUFFER_SIMPLE) < 0)
    return NULL;
  int64_t put = io_file_write(o, view.data, (size_t)view.bytes);
  buffer_release(&view);
  return count(put);
}

/* ---- Positions ---- */

int64_t io_file_seek(struct object *o, int64_t position, int whence) {
  int fd = file_of(o)->fd;
  off_t result = BLOCKING(lseek(fd, position, whence));
  if (file_of(o)->seekable < 0)
    file_of(o)->seekable = result >= 0;
  if (result < 0)
    error_errno(errno, NULL, NULL);
  return result;
}
static struct object *seek_method(struct object *o, struct object *const *args, size_t n) {
  int whence = 0;
  off_t position;
  if (args_check_count("seek", n, 1, 2) < 0 || (n > 1 && argument_int(args[1], &whence) < 0))
    return NULL;
  if (file_of(o)->fd < 0)
    return closed_error();
  if (argument_offset(args[0], &position) < 0)
    return NULL;
  int64_t result = io_file_seek(o, position, whence);
  return result < 0 ? NULL : int_from_i64(result);
}
static struct object *tell_method(struct object *o) {
  if (file_of(o)->fd < 0)
    return closed_error();
  int64_t result = io_file_seek(o, 0, SEEK_CUR);
  return result < 0 ? NULL : int_from_i64(result);
}
static struct object *truncate_method(struct object *o, struct object *const *args, size_t n) {
  struct file *f = file_of(o);
  if (args_check_count("truncate", n, 0, 1) < 0)
    return NULL;
  if (f->fd < 0)
    return closed_error();
  if (!f->is_writable)
    return mode_error("writing");
  struct object *size = n && args[0] != NONE ? hold(args[0]) : tell_method(o);
  off_t length;
  if (!size || argument_offset(size, &length) < 0)
    return drop_null(size), NULL;
  bool raised = false;
  if (BLOCKING_RETRY(&raised, ftruncate(f->fd, length)) < 0) {
    if (!raised)
      error_errno(errno, NULL, NULL);
    drop(size);
    return NULL;
  }
  return size;
}

/* ---- Facts ---- */

static struct object *seekable(struct object *o) {
  struct file *f = file_of(o);
  if (f->fd < 0)
    return closed_error();
  if (f->seekable < 0)
    f->seekable = BLOCKING(lseek(f->fd, 0, SEEK_CUR)) >= 0;
  return hold(bool_from(f->seekable > 0));
}
static struct object *readable(struct object *o) {
  return file_of(o)->fd < 0 ? closed_error() : hold(bool_from(file_of(o)->is_readable));
}
static struct object *writable(struct object *o) {
  return file_of(o)->fd < 0 ? closed_error() : hold(bool_from(file_of(o)->is_writable));
}
static struct object *fileno_method(struct object *o) {
  return file_of(o)->fd < 0 ? closed_error() : int_from_i64(file_of(o)->fd);
}
static struct object *isatty_method(struct object *o) {
  int fd = file_of(o)->fd;
  if (fd < 0)
    return closed_error();
  int result = BLOCKING(isatty(fd));
  return hold(bool_from(result));
}

static const char *mode_text(const struct file *f) {
  if (f->is_created)
    return f->is_readable ? "xb+" : "xb";
  if (f->is_appending)
    return f->is_readable ? "ab+" : "ab";
  return f->is_readable ? f->is_writable ? "rb+" : "rb" : "wb";
}
static struct object *get_mode(struct object *o, void *closure) {
  return str_from_ascii(mode_text(file_of(o)));
}
static struct object *get_closed(struct object *o, void *closure) {
  return hold(bool_from(file_of(o)->fd < 0));
}
static struct object *get_closefd(struct object *o, void *closure) {
  return hold(bool_from(file_of(o)->closes_fd));
}

static struct object *repr(struct object *o) {
  struct file *f = file_of(o);
  if (f->fd < 0)
    return str_from_ascii("<_io.FileIO [closed]>");
  struct object *name, *result;
  const char *closes = f->closes_fd ? "True" : "False";
  int found = attribute_find(o, IO_NAME(name), &name);
  if (found < 0)
    return NULL;
  if (!found)
    return str_format("<_io.FileIO fd=%d mode='%s' closefd=%s>", f->fd, mode_text(f), closes);
  int entered = repr_enter(o);
  if (entered) {
    if (entered > 0)
      error_format(ERROR_RUNTIME, "reentrant call inside %s.__repr__", type_of(o)->name);
    drop(name);
    return NULL;
  }
  result = str_format("<_io.FileIO name=%R mode='%s' closefd=%s>", name, mode_text(f), closes);
  repr_leave(o);
  drop(name);
  return result;
}

static const struct method_def methods[] = {
    METHOD_FAST_("read", read_method,
                 DOC("read", "$self, size=-1, /",
                     "At most `size` bytes by one system call; None if there is nothing now.")),
    METHOD_NOARGS_("readall", readall, DOC("readall", "$self, /", "All bytes up to the end.")),
    METHOD_ONE_("readinto", readinto,
                DOC("readinto", "$self, buffer, /", "Read into a buffer; returns how many.")),
    METHOD_ONE_("write", write_method,
                DOC("write", "$self, b, /", "Write bytes; returns how many were written.")),
    METHOD_FAST_("seek", seek_method,
                 DOC("seek", "$self, pos, whence=0, /", "Move; returns the new position.")),
    METHOD_NOARGS_("tell", tell_method, DOC("tell", "$self, /", "The position.")),
    METHOD_FAST_("truncate", truncate_method,
                 DOC("truncate", "$self, size=None, /", "Set the length of the file.")),
    METHOD_NOARGS_("close", file_close,
                   DOC("close", "$self, /", "Close the file, and its descriptor if it is ours.")),
    METHOD_NOARGS_("seekable", seekable,
                   DOC("seekable", "$self, /", "Whether the file has positions.")),
    METHOD_NOARGS_("readable", readable,
                   DOC("readable", "$self, /", "Whether it was opened for reading.")),
    METHOD_NOARGS_("writable", writable,
                   DOC("writable", "$self, /", "Whether it was opened for writing.")),
    METHOD_NOARGS_("fileno", fileno_method, DOC("fileno", "$self, /", "The file descriptor.")),
    METHOD_NOARGS_("isatty", isatty_method, DOC("isatty", "$self, /", "Whether it is a terminal.")),
    METHOD_ONE_("_dealloc_warn", dealloc_warn, NULL),
    {NULL}};
static const struct member_def members[] = {
    {"_blksize", MEMBER_INT32, 0, offsetof(struct file, block_size), NULL},
    {"_finalizing", MEMBER_BOOL, 0, offsetof(struct io_base, is_finalizing), NULL},
    {NULL}};
static const struct getset_def getsets[] = {
    {"closed", get_closed, NULL, "True if the file is closed", NULL},
    {"closefd", get_closefd, NULL, "True if the file descriptor will be closed by close().", NULL},
    {"mode", get_mode, NULL, "String giving the file mode", NULL},
    {NULL}};
struct type io_file_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = IO_SHAPE(struct file, 0, GC_FINALIZES),
    .name = "_io.FileIO",
    .wants_finalizer = wants_finalizer,
    .flags = TYPE_BASE,
    .dict_offset = offsetof(struct io_base, dict),
    .new_ = file_new,
    .init = file_init,
    .repr = repr,
    .methods = methods,
    .members = members,
    .getsets = getsets,
    .doc = "FileIO(file, mode='r', closefd=True, opener=None)\n--\n\nOpen a file by its name or "
           "descriptor, as a raw stream of bytes.",
    .base = &io_raw_type};
