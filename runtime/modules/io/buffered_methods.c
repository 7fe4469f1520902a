/* BufferedReader, BufferedWriter, BufferedRandom: their methods. A method checks, locks, works on
 * the buffer (buffered.c), unlocks. */
#include "runtime/modules/io/buffered.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* ---- Life ---- */

struct object *buffered_new(struct type *t, struct object *const *args, size_t n,
                            struct object *kwnames) {
  struct object *o = type_generic_alloc(t);
  if (o) {
    buffered_of(o)->read_end = buffered_of(o)->write_end = -1;
    exit_watch(&buffered_of(o)->at_exit, o);
  }
  return o;
}
void buffered_release(struct object *o) {
  struct buffered *b = buffered_of(o);
  exit_forget(&b->at_exit);
  if (b->buffer)
    gc_buffer_free(b->buffer, (size_t)b->size);
  b->buffer = NULL;
}

static int start(struct object *o, struct object *raw, struct object *size_given, bool reads,
                 bool writes) {
  struct buffered *b = buffered_of(o);
  int64_t size = IO_BUFFER_SIZE;
  b->is_ready = b->is_detached = false;
  if (size_given && argument_size(size_given, &size) < 0)
    return -1;
  if ((reads && writes && io_check_able(raw, IO_NAME_seekable) < 0) ||
      (reads && io_check_able(raw, IO_NAME_readable) < 0) ||
      (writes && io_check_able(raw, IO_NAME_writable) < 0))
    return -1;
  if (size <= 0) {
    error_format(ERROR_VALUE, "buffer size must be strictly positive");
    return -1;
  }
  if (!buffered_enter(b)) /* it works on the raw stream and the buffer it has */
    return -1;
  struct object *before = b->raw;
  io_disown(before);
  io_own(raw);
  store(o, &b->raw, hold(raw));
  if (b->buffer)
    gc_buffer_free(b->buffer, (size_t)b->size);
  b->buffer = gc_buffer_new((size_t)size);
  b->size = b->buffer ? size : 0;
  if (!b->buffer) {
    buffered_leave(b);
    return error_no_memory(), -1;
  }
  b->raw_is_file = io_is_file(raw);
  b->is_readable = reads;
  b->is_writable = writes;
  b->read_end = b->write_end = -1;
  b->pos = b->raw_pos = b->write_pos = 0;
  b->abs_pos = -1;
  if (buffered_raw_tell(b) < 0) /* pipes have none */
    error_clear();
  b->is_ready = true;
  buffered_leave(b);
  return 0;
}
static int start_from(struct object *o, struct object *const *args, size_t n,
                      struct object *kwnames, const char *function, bool reads, bool writes) {
  static const char *const names[] = {"raw", "buffer_size"};
  const struct args_spec spec = {function, names, 2, 0, 2, 1};
  struct object *v[2];
  buffered_of(o)->is_ready = false;
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return -1;
  return start(o, v[0], v[1], reads, writes);
}
static int reader_init(struct object *o, struct object *const *args, size_t n,
                       struct object *kwnames) {
  return start_from(o, args, n, kwnames, "BufferedReader", true, false);
}
static int writer_init(struct object *o, struct object *const *args, size_t n,
                       struct object *kwnames) {
  return start_from(o, args, n, kwnames, "BufferedWriter", false, true);
}
static int random_init(struct object *o, struct object *const *args, size_t n,
                       struct object *kwnames) {
  return start_from(o, args, n, kwnames, "BufferedRandom", true, true);
}

/* ---- Closing and flushing ---- */

static struct object *flush_locked(struct buffered *b) {
  if (!buffered_enter(b))
    return NULL;
  int status = buffered_flush_and_rewind(b);
  buffered_leave(b);
  return status < 0 ? NULL : hold(NONE);
}
static struct object *flush_method(struct object *o) {
  struct buffered *b = buffered_of(o);
  return buffered_check_open(b, "flush of closed file") < 0 ? NULL : flush_locked(b);
}
/* A reader hands it on. */
static struct object *simple_flush(struct object *o) {
  struct buffered *b = buffered_of(o);
  return buffered_check_ready(b) < 0 ? NULL : io_call(b->raw, IO_NAME_flush);
}

static struct object *dealloc_warn(struct object *o, struct object *source) {
  struct buffered *b = buffered_of(o);
  if (b->is_ready && b->raw) {
    struct object *result = io_call_one(b->raw, IO_NAME__dealloc_warn, source);
    if (!result)
      error_clear();
    drop_null(result);
  }
  return hold(NONE);
}

static struct object *close_method(struct object *o) {
  struct buffered *b = buffered_of(o);
  if (buffered_check_ready(b) < 0 || !buffered_enter(b))
    return NULL;
  int closed = buffered_closed(b);
  buffered_leave(b);
  if (closed)
    return closed < 0 ? NULL : hold(NONE);
  if (b->base.is_finalizing)
    drop_null(dealloc_warn(o, o));
  struct object *flushed = io_call(o, IO_NAME_flush);
  struct object *error = flushed ? NULL : error_fetch();
  drop_null(flushed);
  struct object *result = NULL;
  if (buffered_check_ready(b) == 0 && buffered_enter(b)) { /* others wait, and find it closed */
    result = io_call(b->raw, IO_NAME_close);
    if (b->buffer) {
      gc_buffer_free(b->buffer, (size_t)b->size);
      b->buffer = NULL;
      b->size = 0;
      b->read_end = b->write_end = -1;
      b->pos = b->raw_pos = 0;
    }
    buffered_leave(b);
  }
  if (!error)
    return result;
  io_chain_taking(error);
  drop_null(result);
  return NULL;
}

static struct object *detach_method(struct object *o) {
  struct buffered *b = buffered_of(o);
  if (buffered_check_ready(b) < 0)
    return NULL;
  struct object *flushed = io_call(o, IO_NAME_flush);
  if (!flushed)
    return NULL;
  drop(flushed);
  if (buffered_check_ready(b) < 0 || !buffered_enter(b))
    return NULL;
  struct object *raw = hold(b->raw);
  store(o, &b->raw, NULL);
  io_disown(raw);
  b->is_detached = true;
  b->is_ready = false;
  buffered_leave(b);
  return raw;
}

/* ---- What the raw stream says ---- */

#define ASK_RAW(method)                                                                            \
  static struct object *method##_method(struct object *o) {                                        \
    struct buffered *b = buffered_of(o);                                                           \
    return buffered_check_ready(b) < 0 ? NULL : io_call(b->raw, IO_NAME_##method);                 \
  }
ASK_RAW(seekable)
ASK_RAW(readable)
ASK_RAW(writable)
ASK_RAW(fileno)
ASK_RAW(isatty)
static struct object *get_closed(struct object *o, void *closure) {
  struct buffered *b = buffered_of(o);
  return buffered_check_ready(b) < 0 ? NULL : attribute_get(b->raw, IO_NAME(closed));
}
static struct object *get_name(struct object *o, void *closure) {
  struct buffered *b = buffered_of(o);
  return buffered_check_ready(b) < 0 ? NULL : attribute_get(b->raw, IO_NAME(name));
}
static struct object *get_mode(struct object *o, void *closure) {
  struct buffered *b = buffered_of(o);
  return buffered_check_ready(b) < 0 ? NULL : attribute_get(b->raw, IO_NAME(mode));
}

/* ---- Positions ---- */

static struct object *tell_method(struct object *o) {
  struct buffered *b = buffered_of(o);
  if (buffered_check_ready(b) < 0)
    return NULL;
  int64_t position = buffered_raw_tell(b);
  if (position < 0)
    return NULL;
  position -= buffered_raw_offset(b);
  return int_from_i64(position < 0 ? 0 : position);
}

static int64_t raw_tell_cached(struct buffered *b) {
  return b->abs_pos != -1 ? b->abs_pos : buffered_raw_tell(b);
}

/* Within the buffer no call is made. */
static bool seek_within(struct buffered *b, int64_t target, int whence, int64_t *result) {
  if (whence == SEEK_END || !b->is_readable)
    return false;
  int64_t current = raw_tell_cached(b);
  if (current < 0) {
    error_clear();
    return false;
  }
  int64_t ahead = buffered_ahead(b);
  if (ahead <= 0)
    return false;
  int64_t user = current - buffered_raw_offset(b);
  int64_t step = whence == SEEK_SET ? target - user : target;
  if (step < -b->pos || step > ahead)
    return false;
  b->pos += step;
  *result = user + step;
  return true;
}
static struct object *seek_locked(struct buffered *b, int64_t target, int whence) {
  int64_t result;
  if (b->is_writable && buffered_flush_writes(b) < 0)
    return NULL;
  if (whence == SEEK_CUR)
    target -= buffered_raw_offset(b);
  if ((result = buffered_raw_seek(b, target, whence)) < 0)
    return NULL;
  b->raw_pos = -1;
  if (b->is_readable)
    buffered_reset_read(b);
  return int_from_i64(result);
}
static struct object *seek_method(struct object *o, struct object *const *args, size_t n) {
  struct buffered *b = buffered_of(o);
  int whence = SEEK_SET;
  if (args_check_count("seek", n, 1, 2) < 0 || (n > 1 && argument_int(args[1], &whence) < 0) ||
      buffered_check_ready(b) < 0)
    return NULL;
  if ((whence < 0 || whence > 2) && whence != SEEK_DATA && whence != SEEK_HOLE)
    return error_format(ERROR_VALUE, "whence value %d unsupported", whence);
  if (buffered_check_open(b, "seek of closed file") < 0 ||
      io_check_able(b->raw, IO_NAME_seekable) < 0)
    return NULL;
  off_t target;
  if (argument_offset(args[0], &target) < 0)
    return NULL;
  int64_t result;
  if (whence <= 2 && seek_within(b, target, whence, &result))
    return int_from_i64(result);
  if (!buffered_enter(b))
    return NULL;
  struct object *position = seek_locked(b, target, whence);
  buffered_leave(b);
  return position;
}
static struct object *truncate_method(struct object *o, struct object *const *args, size_t n) {
  struct buffered *b = buffered_of(o);
  if (args_check_count("truncate", n, 0, 1) < 0 ||
      buffered_check_open(b, "truncate of closed file") < 0)
    return NULL;
  if (!b->is_writable)
    return io_unsupported("truncate");
  if (!buffered_enter(b))
    return NULL;
  struct object *result = NULL;
  if (buffered_flush_and_rewind(b) == 0) {
    result = io_call_one(b->raw, IO_NAME_truncate, n ? args[0] : NONE);
    if (result && buffered_raw_tell(b) < 0)
      error_clear();
  }
  buffered_leave(b);
  return result;
}

/* ---- Reading ---- */

struct object *buffered_read_all(struct object *o) {
  struct buffered *b = buffered_of(o);
  if (!buffered_enter(b))
    return NULL;
  int64_t ahead = buffered_ahead(b);
  struct object *result = NULL, *rest = NULL;
  struct object *front =
      bytes_from(ahead ? (void *)(b->buffer + b->pos) : (void *)"", (size_t)ahead);
  if (front)
    b->pos += ahead;
  if (front && (!b->is_writable || buffered_flush_and_rewind(b) == 0)) {
    buffered_reset_read(b);
    struct object *readall = NULL;
    int found = b->raw_is_file ? 0 : attribute_find(b->raw, IO_NAME(readall), &readall);
    if (b->raw_is_file) {
      rest = io_file_is_closed(b->raw) ? error_format(ERROR_VALUE, "I/O operation on closed file")
                                       : io_file_read_all(b->raw);
    } else if (found > 0)
      rest = call_none(readall);
    else if (found == 0) { /* by pieces */
      struct object *all = bytearray_new(0), *piece = NULL;
      bool none = false;
      while (all && (piece = io_call(b->raw, IO_NAME_read)) != NULL) {
        if (piece != NONE && !is_any_bytes(piece)) {
          error_format(ERROR_TYPE, "read() should return bytes");
          break;
        }
        none = piece == NONE;
        size_t got = none ? 0 : bytes_length(piece);
        if (!got || bytearray_append(all, bytes_data(piece), got) < 0)
          break;
        drop(piece);
      }
      drop_null(piece);
      if (all && error_pending() == ERROR_NONE)
        rest = none && !bytearray_length(all)
                   ? hold(NONE)
                   : bytes_from(bytearray_data(all), bytearray_length(all));
      drop_null(all);
    }
    drop_null(readall);
    if (rest && b->abs_pos != -1)
      b->abs_pos += rest != NONE && is_any_bytes(rest) ? (int64_t)bytes_length(rest) : 0;
    if (rest && rest != NONE && !is_any_bytes(rest))
      error_format(ERROR_TYPE, "readall() should return bytes");
    else if (rest == NONE)
      result = ahead ? hold(front) : hold(NONE);
    else if (rest && !ahead)
      result = hold(rest);
    else if (rest) {
      size_t n = bytes_length(rest);
      result = bytes_new_open((size_t)ahead + n);
      if (result) {
        memcpy(((struct bytes *)result)->data, bytes_data(front), (size_t)ahead);
        memcpy(((struct bytes *)result)->data + ahead, bytes_data(rest), n);
      }
    }
  }
  drop_null(rest);
  drop_null(front);
  buffered_leave(b);
  return result;
}

static struct object *take_ahead(struct buffered *b, int64_t n) {
  struct object *bytes = bytes_from(n ? (void *)(b->buffer + b->pos) : (void *)"", (size_t)n);
  if (bytes)
    b->pos += n;
  return bytes;
}
static struct object *read_method(struct object *o, struct object *const *args, size_t n) {
  struct buffered *b = buffered_of(o);
  int64_t size = -1;
  if (args_check_count("read", n, 0, 1) < 0 ||
      argument_optional_size(n ? args[0] : NULL, &size) < 0 || buffered_check_ready(b) < 0)
    return NULL;
  if (size < -1)
    return error_format(ERROR_VALUE, "read length must be non-negative or -1");
  if (buffered_check_open(b, "read of closed file") < 0)
    return NULL;
  if (size == -1)
    return buffered_read_all(o);
  if (size <= buffered_ahead(b))
    return take_ahead(b, size);
  if (!buffered_enter(b))
    return NULL;
  struct object *result = buffered_read(b, size);
  buffered_leave(b);
  return result;
}

struct object *buffered_read_once(struct object *o, int64_t size) {
  struct buffered *b = buffered_of(o);
  if (size < 0)
    size = b->size;
  if (buffered_check_open(b, "read of closed file") < 0)
    return NULL;
  int64_t ahead = buffered_ahead(b);
  if (ahead > 0 || size == 0)
    return take_ahead(b, size < ahead ? size : ahead);
  struct object *bytes = bytes_new_open((size_t)size);
  if (!bytes)
    return NULL;
  if (!buffered_enter(b))
    return drop(bytes), NULL;
  buffered_reset_read(b);
  int64_t got = buffered_raw_read(b, ((struct bytes *)bytes)->data, size);
  buffered_leave(b);
  if (got != -1)
    return bytes_cut_taking(bytes, got > 0 ? (size_t)got : 0);
  drop(bytes);
  return NULL;
}
static struct object *read1_method(struct object *o, struct object *const *args, size_t n) {
  int64_t size = -1;
  if (args_check_count("read1", n, 0, 1) < 0 ||
      (n && number_to_i64(args[0], &size, ERROR_OVERFLOW) < 0) ||
      buffered_check_ready(buffered_of(o)) < 0)
    return NULL;
  return buffered_read_once(o, size);
}

/* Into a buffer; `once`: by at most one read of the raw stream. */
static struct object *read_into(struct buffered *b, const struct buffer_view *view, bool once) {
  unsigned char *to = view->data;
  int64_t n = view->bytes, done = buffered_ahead(b), got = 0;
  if (done > n)
    done = n;
  memcpy(to, b->buffer + b->pos, (size_t)done);
  b->pos += done;
  if (done == n)
    return int_from_i64(done);
  if (!buffered_enter(b))
    return NULL;
  bool good = true;
  if (b->is_writable)
    good = buffered_flush_and_rewind(b) == 0;
  buffered_reset_read(b);
  b->pos = 0;
  while (good && done < n) {
    /* What is larger than the buffer does not pass through it; nor does a single read. */
    if (n - done > b->size)
      got = buffered_raw_read(b, to + done, n - done);
    else if (!(once && done)) {
      got = buffered_fill(b);
      if (got > 0) {
        got = got < n - done ? got : n - done;
        memcpy(to + done, b->buffer, (size_t)got);
        b->pos += got;
        done += got;
        if (done < n && !once) {
          buffered_reset_read(b);
          b->pos = 0;
          continue;
        }
        break;
      }
    } else
      got = 0;
    good = got != -1;
    if (got <= 0)
      break;
    done += got;
    if (once)
      break;
  }
  buffered_leave(b);
  if (!good)
    return NULL;
  return !done && got == -2 ? hold(NONE) : int_from_i64(done);
}
static struct object *read_into_method(struct object *o, struct object *buffer, bool once) {
  struct buffered *b = buffered_of(o);
  struct buffer_view view;
  if (buffered_check_ready(b) < 0)
    return NULL;
  if (buffer_get(buffer, &view, BUFFER_WRITABLE) < 0) {
    if (error_matches(ERROR_TYPE) || error_matches(ERROR_BUFFER))
      error_format(ERROR_TYPE, "readinto%s() argument must be read-write bytes-like object, not %N",
                   once ? "1" : "", buffer);
    return NULL;
  }
  struct object *result = NULL;
  if (buffered_check_open(b, "readinto of closed file") == 0)
    result = read_into(b, &view, once);
  buffer_release(&view);
  return result;
}
static struct object *readinto_method(struct object *o, struct object *buffer) {
  return read_into_method(o, buffer, false);
}
static struct object *readinto1_method(struct object *o, struct object *buffer) {
  return read_into_method(o, buffer, true);
}

static struct object *peek_method(struct object *o, struct object *const *args, size_t n) {
  struct buffered *b = buffered_of(o);
  int64_t size = 0; /* read, but not followed: one call shows what it shows */
  if (args_check_count("peek", n, 0, 1) < 0 ||
      (n && number_to_i64(args[0], &size, ERROR_OVERFLOW) < 0) ||
      buffered_check_open(b, "peek of closed file") < 0 || !buffered_enter(b))
    return NULL;
  struct object *result = NULL;
  if (!b->is_writable || buffered_flush_and_rewind(b) == 0) {
    int64_t ahead = buffered_ahead(b);
    if (!ahead) {
      buffered_reset_read(b);
      int64_t got = buffered_fill(b);
      ahead = got == -2 ? 0 : got;
      b->pos = 0;
    }
    if (ahead >= 0)
      result = bytes_from(ahead ? (void *)(b->buffer + b->pos) : (void *)"", (size_t)ahead);
  }
  buffered_leave(b);
  return result;
}

static struct object *line_of(struct buffered *b, int64_t limit) {
  if (buffered_check_open(b, "readline of closed file") < 0 || !buffered_enter(b))
    return NULL;
  struct object *line = buffered_line(b, limit);
  buffered_leave(b);
  return line;
}
static struct object *readline_method(struct object *o, struct object *const *args, size_t n) {
  int64_t limit = -1;
  if (args_check_count("readline", n, 0, 1) < 0 ||
      argument_optional_size(n ? args[0] : NULL, &limit) < 0)
    return NULL;
  if (buffered_check_ready(buffered_of(o)) < 0)
    return NULL;
  return line_of(buffered_of(o), limit < 0 ? -1 : limit);
}
/* A subclass may read lines in its own way. */
struct object *buffered_next(struct object *o) {
  struct object *line;
  if (LIKELY(io_is_reader(o) || io_is_random(o)))
    line = line_of(buffered_of(o), -1);
  else {
    line = io_call(o, IO_NAME_readline);
    if (line && !is_any_bytes(line)) {
      error_format(ERROR_OS, "readline() should have returned a bytes object, not '%N'", line);
      drop(line);
      return NULL;
    }
  }
  if (line && !bytes_length(line)) {
    drop(line);
    return NULL;
  }
  return line;
}

/* ---- Writing ---- */

static int64_t write_locked(struct buffered *b, const void *data, int64_t bytes) {
  int64_t n = -1;
  if (!buffered_enter(b))
    return -1;
  if (buffered_check_open(b, "write to closed file") == 0)
    n = buffered_write(b, data, bytes);
  buffered_leave(b);
  return n;
}
static struct object *write_method(struct object *o, struct object *buffer) {
  struct buffered *b = buffered_of(o);
  struct buffer_view view;
  int64_t n;
  if (buffered_check_ready(b) < 0)
    return NULL;
  if (LIKELY(is_bytes(buffer)))
    n = write_locked(b, bytes_data(buffer), (int64_t)bytes_length(buffer));
  else {
    if (buffer_get(buffer, &view, BUFFER_SIMPLE) < 0)
      return NULL;
    n = write_locked(b, view.data, view.bytes);
    buffer_release(&view);
  }
  return n < 0 ? NULL : int_from_i64(n);
}
int buffered_write_bytes(struct object *o, const void *data, size_t n) {
  return write_locked(buffered_of(o), data, (int64_t)n) < 0 ? -1 : 0;
}
int buffered_flush(struct object *o) {
  struct object *result = flush_method(o);
  drop_null(result);
  return result ? 0 : -1;
}
bool buffered_is_closed(struct object *o) {
  struct buffered *b = buffered_of(o);
  if (!b->is_ready)
    return true;
  int closed = buffered_closed(b);
  if (closed < 0)
    error_clear();
  return closed != 0;
}

/* ---- The types ---- */

struct object *buffered_repr(struct object *o) {
  struct object *name = NULL, *result;
  if (attribute_find(o, IO_NAME(name), &name) < 0) {
    if (!error_matches(ERROR_VALUE)) /* a stream that is not ready has none */
      return NULL;
    error_clear();
    name = NULL;
  }
  if (!name)
    return str_format("<%s>", type_of(o)->name);
  int entered = repr_enter(o);
  if (entered) {
    if (entered > 0)
      error_format(ERROR_RUNTIME, "reentrant call inside %s.__repr__", type_of(o)->name);
    drop(name);
    return NULL;
  }
  result = str_format("<%s name=%R>", type_of(o)->name, name);
  repr_leave(o);
  drop(name);
  return result;
}
static struct object *sizeof_method(struct object *o) {
  return int_from_i64((int64_t)gc_object_bytes(o) + buffered_of(o)->size);
}

const struct member_def buffered_members[] = {
    {"raw", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct buffered, raw), NULL},
    {"_finalizing", MEMBER_BOOL, MEMBER_READONLY, offsetof(struct io_base, is_finalizing), NULL},
    {NULL}};
const struct getset_def buffered_getsets[] = {{"closed", get_closed, NULL, NULL, NULL},
                                              {"name", get_name, NULL, NULL, NULL},
                                              {"mode", get_mode, NULL, NULL, NULL},
                                              {NULL}};

#define COMMON_ROWS                                                                                \
  METHOD_NOARGS_("detach", detach_method, NULL), METHOD_NOARGS_("close", close_method, NULL),      \
      METHOD_NOARGS_("seekable", seekable_method, NULL),                                           \
      METHOD_NOARGS_("fileno", fileno_method, NULL),                                               \
      METHOD_NOARGS_("isatty", isatty_method, NULL),                                               \
      METHOD_ONE_("_dealloc_warn", dealloc_warn, NULL),                                            \
      METHOD_FAST_("seek", seek_method, DOC("seek", "$self, target, whence=0, /", "Move.")),       \
      METHOD_NOARGS_("tell", tell_method, NULL),                                                   \
      METHOD_FAST_("truncate", truncate_method,                                                    \
                   DOC("truncate", "$self, pos=None, /", "Set the length.")),                      \
      METHOD_NOARGS_("__sizeof__", sizeof_method, NULL)
#define READING_ROWS                                                                               \
  METHOD_NOARGS_("readable", readable_method, NULL),                                               \
      METHOD_FAST_("read", read_method,                                                            \
                   DOC("read", "$self, size=-1, /", "Read `size` bytes, or all there are.")),      \
      METHOD_FAST_("peek", peek_method,                                                            \
                   DOC("peek", "$self, size=0, /", "What comes next, without moving.")),           \
      METHOD_FAST_("read1", read1_method,                                                          \
                   DOC("read1", "$self, size=-1, /", "Read with at most one system call.")),       \
      METHOD_ONE_("readinto", readinto_method,                                                     \
                  DOC("readinto", "$self, buffer, /", "Read into a buffer.")),                     \
      METHOD_ONE_("readinto1", readinto1_method,                                                   \
                  DOC("readinto1", "$self, buffer, /", "The same with one system call.")),         \
      METHOD_FAST_("readline", readline_method,                                                    \
                   DOC("readline", "$self, size=-1, /", "Read a line."))
#define WRITING_ROWS                                                                               \
  METHOD_NOARGS_("writable", writable_method, NULL), METHOD_NOARGS_("flush", flush_method, NULL),  \
      METHOD_ONE_("write", write_method,                                                           \
                  DOC("write", "$self, buffer, /", "Write a buffer; returns how many bytes."))

static const struct method_def reader_methods[] = {
    COMMON_ROWS, READING_ROWS, METHOD_NOARGS_("flush", simple_flush, NULL), {NULL}};
static const struct method_def writer_methods[] = {COMMON_ROWS, WRITING_ROWS, {NULL}};
static const struct method_def random_methods[] = {COMMON_ROWS, READING_ROWS, WRITING_ROWS, {NULL}};

/* What has been closed needs none. */
static bool wants_finalizer(const struct object *o) {
  const struct buffered *b = (const struct buffered *)o;
  return !b->raw || !b->raw_is_file || !io_file_is_closed(b->raw);
}

#define TYPE(variable, name_, init_, methods_, next_, doc_)                                        \
  struct type variable = {.head = OBJECT_STATIC(type_type),                                        \
                          .shape = IO_SHAPE(struct buffered, 1, GC_FINALIZES | GC_RELEASES),       \
                          .name = name_,                                                           \
                          .flags = TYPE_BASE,                                                      \
                          .release = buffered_release,                                             \
                          .wants_finalizer = wants_finalizer,                                      \
                          .dict_offset = offsetof(struct io_base, dict),                           \
                          .new_ = buffered_new,                                                    \
                          .init = init_,                                                           \
                          .repr = buffered_repr,                                                   \
                          .next = next_,                                                           \
                          .methods = methods_,                                                     \
                          .members = buffered_members,                                             \
                          .getsets = buffered_getsets,                                             \
                          .doc = doc_,                                                             \
                          .base = &io_buffered_base_type}
TYPE(io_reader_type, "_io.BufferedReader", reader_init, reader_methods, buffered_next,
     "BufferedReader(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nReads a raw stream by larger "
     "pieces.");
TYPE(io_writer_type, "_io.BufferedWriter", writer_init, writer_methods, NULL,
     "BufferedWriter(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nWrites a raw stream by larger "
     "pieces.");
TYPE(io_random_type, "_io.BufferedRandom", random_init, random_methods, buffered_next,
     "BufferedRandom(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nReads and writes a raw stream "
     "that has positions.");
