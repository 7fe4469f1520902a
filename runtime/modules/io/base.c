/* _IOBase and _RawIOBase: what a stream has without doing anything, built on the few methods that a
 * real one defines. */
#include "runtime/modules/io/io.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <errno.h>
#include <stddef.h>
#include <string.h>

struct object *io_names[IO_NAMES_N];
struct object *io_unsupported_class;

/* ---- Any stream, by its methods ---- */

void *io_unsupported(const char *message) {
  return error_format_of(io_unsupported_class, "%s", message);
}

static COLD struct object *is_detached(void) {
  return error_format(ERROR_VALUE, "underlying stream has been detached");
}
struct object *io_call(struct object *o, enum io_name name) {
  if (UNLIKELY(!o))
    return is_detached();
  hold(o); /* which what is called may let go of */
  struct object *result = call_method_none(o, io_names[name]);
  gc_keep(o);
  drop(o);
  return result;
}
struct object *io_call_one(struct object *o, enum io_name name, struct object *argument) {
  if (UNLIKELY(!o))
    return is_detached();
  hold(o);
  struct object *result = call_method_one(o, io_names[name], argument);
  gc_keep(o);
  drop(o);
  return result;
}
static int truth_taking(struct object *o) {
  int truth = o ? object_truth(o) : -1;
  drop_null(o);
  return truth;
}
int io_ask(struct object *o, enum io_name method) { return truth_taking(io_call(o, method)); }
int io_is_closed(struct object *o) { return truth_taking(attribute_get(o, IO_NAME(closed))); }

struct object *io_view_of(struct object *o) {
  struct object *type = builtins_get("memoryview");
  struct object *view = type ? call_one(type, o) : NULL;
  drop_null(type);
  return view;
}

int io_check_open(struct object *o) {
  int closed = io_is_closed(o);
  if (closed > 0)
    error_format(ERROR_VALUE, "I/O operation on closed file.");
  return closed ? -1 : 0;
}

/* The answer must be True itself: None and the like are no promise. */
int io_check_able(struct object *o, enum io_name method) {
  struct object *answer = io_call(o, method);
  if (!answer)
    return -1;
  bool able = answer == TRUE_;
  drop(answer);
  if (able)
    return 0;
  io_unsupported(method == IO_NAME_readable   ? "File or stream is not readable."
                 : method == IO_NAME_writable ? "File or stream is not writable."
                                              : "File or stream is not seekable.");
  return -1;
}

int64_t io_position_taking(struct object *result, const char *what) {
  if (!result)
    return -1;
  int64_t position;
  struct object *index = number_index(result);
  drop(result);
  if (!index)
    return -1;
  bool fits = int_to_i64(index, &position);
  drop(index);
  if (!fits) {
    error_format(ERROR_OVERFLOW, "int too big to convert");
    return -1;
  }
  if (position >= 0)
    return position;
  error_format(ERROR_OS, what, (long long)position);
  return -1;
}

void io_own(struct object *stream) {
  if (object_is_instance(stream, &io_base_type))
    io_base_of(stream)->owners++;
}
void io_disown(struct object *stream) {
  if (stream && object_is_instance(stream, &io_base_type) && io_base_of(stream)->owners)
    io_base_of(stream)->owners--;
}

void io_chain_taking(struct object *before) {
  if (!before)
    return;
  struct object *now = error_fetch();
  if (!now) {
    error_raise_taking(before);
    return;
  }
  bool same = now == before;
  error_raise_taking(now);
  if (same)
    drop(before);
  else
    exception_set_context_taking(now, before);
}

bool io_was_interrupted(void) {
  if (!error_matches(ERROR_OS))
    return false;
  struct object *raised = error_pending_borrowed();
  struct object *number = ((struct exception_os *)raised)->error_number;
  int64_t value;
  if (!number || !is_any_int(number) || !int_to_i64(number, &value) || value != EINTR)
    return false;
  error_clear();
  return true;
}

/* ---- The end of a stream ---- */

void io_finalize(struct object *o) {
  if (io_base_of(o)->owners) /* the owner closes it, after what it still has to write */
    return;
  int closed = io_is_closed(o);
  if (closed < 0) {
    error_clear();
    return;
  }
  if (closed)
    return;
  io_base_of(o)->is_finalizing = true;
  if ((type_of(o)->flags & TYPE_HEAP) && attribute_set(o, IO_NAME(_finalizing), TRUE_) < 0)
    error_clear(); /* a class of Python need not care */
  struct object *result = io_call(o, IO_NAME_close);
  if (!result)
    error_clear();
  drop_null(result);
}

/* ---- _IOBase ---- */

static int marked_closed(struct object *o) {
  struct object *value;
  int found = attribute_find(o, IO_NAME(__IOBase_closed), &value);
  if (found > 0)
    drop(value);
  return found;
}
static struct object *get_closed(struct object *o, void *closure) {
  int closed = marked_closed(o);
  return closed < 0 ? NULL : hold(bool_from(closed));
}
static struct object *closed_error(void) {
  return error_format(ERROR_VALUE, "I/O operation on closed file.");
}

static struct object *base_seek(struct object *o, struct object *const *args, size_t n) {
  return io_unsupported("seek");
}
static struct object *base_truncate(struct object *o, struct object *const *args, size_t n) {
  return io_unsupported("truncate");
}
static struct object *base_fileno(struct object *o) { return io_unsupported("fileno"); }
static struct object *base_tell(struct object *o) {
  struct object *zero = int_from_i64(0), *one = int_from_i64(1);
  struct object *const args[] = {o, zero, one};
  return call_method(IO_NAME(seek), args, 3, NULL);
}
static struct object *base_flush(struct object *o) {
  int closed = marked_closed(o);
  return closed < 0 ? NULL : closed ? closed_error() : hold(NONE);
}
struct object *io_base_close(struct object *o) {
  int closed = marked_closed(o);
  if (closed)
    return closed < 0 ? NULL : hold(NONE);
  struct object *result = io_call(o, IO_NAME_flush);
  struct object *error = result ? NULL : error_fetch();
  int status = attribute_set(o, IO_NAME(__IOBase_closed), TRUE_);
  io_chain_taking(error);
  if (!result || status < 0) {
    drop_null(result);
    return NULL;
  }
  drop(result);
  return hold(NONE);
}
static struct object *answer_false(struct object *o) { return hold(FALSE_); }
static struct object *base_isatty(struct object *o) {
  return io_check_open(o) < 0 ? NULL : hold(FALSE_);
}
static struct object *check_closed(struct object *o) {
  return io_check_open(o) < 0 ? NULL : hold(NONE);
}
static struct object *check_seekable(struct object *o) {
  return io_check_able(o, IO_NAME_seekable) < 0 ? NULL : hold(TRUE_);
}
static struct object *check_readable(struct object *o) {
  return io_check_able(o, IO_NAME_readable) < 0 ? NULL : hold(TRUE_);
}
static struct object *check_writable(struct object *o) {
  return io_check_able(o, IO_NAME_writable) < 0 ? NULL : hold(TRUE_);
}
static struct object *base_enter(struct object *o) { return io_check_open(o) < 0 ? NULL : hold(o); }
static struct object *base_exit(struct object *o, struct object *const *args, size_t n) {
  return io_call(o, IO_NAME_close);
}
static struct object *base_iter(struct object *o) { return base_enter(o); }
static struct object *base_next(struct object *o) {
  struct object *line = io_call(o, IO_NAME_readline);
  if (!line)
    return NULL;
  int64_t n = object_length(line);
  if (n > 0)
    return line;
  drop(line);
  return NULL;
}

/* How many bytes the next read may take: up to a newline that peek shows, else one. */
static int64_t line_step(struct object *o, struct object *peek, int64_t left) {
  struct object *one = int_from_i64(1), *shown;
  do {
    shown = call_one(peek, one);
  } while (!shown && io_was_interrupted());
  if (!shown)
    return -1;
  int64_t step = 1;
  if (!is_any_bytes(shown)) {
    error_format(ERROR_OS, "peek() should have returned a bytes object, not '%N'", shown);
    step = -1;
  } else if (bytes_length(shown)) {
    int64_t n = (int64_t)bytes_length(shown);
    if (left >= 0 && left < n)
      n = left;
    const void *end = memchr(bytes_data(shown), '\n', (size_t)n);
    step = end ? (const unsigned char *)end - bytes_data(shown) + 1 : n;
  }
  drop(shown);
  return step;
}
static struct object *base_readline(struct object *o, struct object *const *args, size_t n) {
  int64_t limit = -1;
  if (args_check_count("readline", n, 0, 1) < 0 ||
      argument_optional_size(n ? args[0] : NULL, &limit) < 0)
    return NULL;
  struct object *peek = NULL, *line = NULL;
  if (attribute_find(o, IO_NAME(peek), &peek) < 0 || !(line = bytearray_new(0))) {
    drop_null(peek);
    return NULL;
  }
  bool good = true;
  while (limit < 0 || (int64_t)bytearray_length(line) < limit) {
    int64_t left = limit < 0 ? -1 : limit - (int64_t)bytearray_length(line);
    int64_t step = peek ? line_step(o, peek, left) : 1;
    struct object *size = step < 0 ? NULL : int_from_i64(step);
    struct object *piece = size ? io_call_one(o, IO_NAME_read, size) : NULL;
    drop_null(size);
    if (!piece && step >= 0 && io_was_interrupted())
      continue;
    if (piece && !is_any_bytes(piece)) {
      error_format(ERROR_OS, "read() should have returned a bytes object, not '%N'", piece);
      drop(piece);
      piece = NULL;
    }
    size_t got = piece ? bytes_length(piece) : 0;
    good = piece && bytearray_append(line, bytes_data(piece), got) == 0;
    drop_null(piece);
    if (!good || !got || bytearray_data(line)[bytearray_length(line) - 1] == '\n')
      break;
  }
  struct object *result = good ? bytes_from(bytearray_data(line), bytearray_length(line)) : NULL;
  drop(line);
  drop_null(peek);
  return result;
}

static struct object *base_readlines(struct object *o, struct object *const *args, size_t n) {
  int64_t hint = -1, length = 0;
  if (args_check_count("readlines", n, 0, 1) < 0 ||
      argument_optional_size(n ? args[0] : NULL, &hint) < 0)
    return NULL;
  if (hint <= 0)
    return iterate_to_list(o);
  struct object *list = list_new(0), *iterator = list ? iterate(o) : NULL, *line;
  bool good = iterator != NULL;
  while (good && (line = iterate_next(iterator)) != NULL) {
    int64_t each = list_append(list, line) < 0 ? -1 : object_length(line);
    drop(line);
    good = each >= 0;
    length += each;
    if (length > hint)
      break;
  }
  drop_null(iterator);
  if (good && error_pending() == ERROR_NONE)
    return list;
  drop_null(list);
  return NULL;
}
static struct object *base_writelines(struct object *o, struct object *lines) {
  if (io_check_open(o) < 0)
    return NULL;
  struct object *iterator = iterate(lines), *line;
  if (!iterator)
    return NULL;
  while ((line = iterate_next(iterator)) != NULL) {
    struct object *result;
    do {
      result = io_call_one(o, IO_NAME_write, line);
    } while (!result && io_was_interrupted());
    drop(line);
    if (!result)
      break;
    drop(result);
  }
  drop(iterator);
  return error_pending() == ERROR_NONE ? hold(NONE) : NULL;
}

static struct object *get_dict(struct object *o, void *closure) {
  struct object *dict = instance_dict_borrowed(o);
  return dict ? hold(dict) : NULL;
}
static struct object *base_new(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  return type_generic_alloc(t);
}

static const struct method_def base_methods[] = {
    METHOD_FAST_("seek", base_seek, "Move the stream to a position; returns the new position."),
    METHOD_NOARGS_("tell", base_tell, DOC("tell", "$self, /", "The position of the stream.")),
    METHOD_FAST_("truncate", base_truncate, "Make the file end at a position."),
    METHOD_NOARGS_("flush", base_flush,
                   DOC("flush", "$self, /", "Write out what waits in buffers.")),
    METHOD_NOARGS_("close", io_base_close,
                   DOC("close", "$self, /", "Flush and close; without effect the second time.")),
    METHOD_NOARGS_("seekable", answer_false,
                   DOC("seekable", "$self, /", "Whether the stream has positions.")),
    METHOD_NOARGS_("readable", answer_false,
                   DOC("readable", "$self, /", "Whether the stream can be read.")),
    METHOD_NOARGS_("writable", answer_false,
                   DOC("writable", "$self, /", "Whether the stream can be written.")),
    METHOD_NOARGS_("_checkClosed", check_closed, NULL),
    METHOD_NOARGS_("_checkSeekable", check_seekable, NULL),
    METHOD_NOARGS_("_checkReadable", check_readable, NULL),
    METHOD_NOARGS_("_checkWritable", check_writable, NULL),
    METHOD_NOARGS_("fileno", base_fileno,
                   DOC("fileno", "$self, /", "The file descriptor, if there is one.")),
    METHOD_NOARGS_("isatty", base_isatty,
                   DOC("isatty", "$self, /", "Whether the stream is a terminal.")),
    METHOD_NOARGS_("__enter__", base_enter, NULL),
    METHOD_FAST_("__exit__", base_exit, NULL),
    METHOD_FAST_("readline", base_readline,
                 DOC("readline", "$self, size=-1, /", "Read a line, at most `size` bytes of it.")),
    METHOD_FAST_("readlines", base_readlines,
                 DOC("readlines", "$self, hint=-1, /",
                     "A list of lines, until they have more than `hint` characters.")),
    METHOD_ONE_(
        "writelines", base_writelines,
        DOC("writelines", "$self, lines, /", "Write lines, which bring their own newlines.")),
    {NULL}};
static const struct getset_def base_getsets[] = {
    {"__dict__", get_dict, NULL, NULL, NULL}, {"closed", get_closed, NULL, NULL, NULL}, {NULL}};
struct type io_base_type = {.head = OBJECT_STATIC(type_type),
                            .shape = IO_SHAPE(struct io_base, 0, GC_FINALIZES),
                            .name = "_io._IOBase",
                            .flags = TYPE_BASE,
                            .dict_offset = offsetof(struct io_base, dict),
                            .new_ = base_new,
                            .finalize = io_finalize,
                            .iter = base_iter,
                            .next = base_next,
                            .methods = base_methods,
                            .getsets = base_getsets,
                            .doc = "The base of all streams: methods that do nothing or say that "
                                   "they can't.",
                            .base = &object_type};

/* ---- _RawIOBase ---- */

static struct object *raw_read(struct object *o, struct object *const *args, size_t n) {
  int64_t size = -1;
  if (args_check_count("read", n, 0, 1) < 0 ||
      (n && number_to_i64(args[0], &size, ERROR_OVERFLOW) < 0))
    return NULL;
  if (size < 0)
    return io_call(o, IO_NAME_readall);
  struct object *room = bytearray_new((size_t)size);
  struct object *got = room ? io_call_one(o, IO_NAME_readinto, room) : NULL, *result = NULL;
  int64_t count;
  if (got == NONE)
    result = hold(NONE);
  else if (got && number_to_i64(got, &count, ERROR_VALUE) == 0) {
    int64_t have = (int64_t)bytearray_length(room);
    if (count < 0 || count > have)
      count = count < 0 && count + have > 0 ? count + have : count < 0 ? 0 : have;
    result = bytes_from(bytearray_data(room), (size_t)count);
  }
  drop_null(got);
  drop_null(room);
  return result;
}
static struct object *raw_readall(struct object *o) {
  struct object *all = bytearray_new(0), *size = int_from_i64(IO_BUFFER_SIZE);
  struct object *result = NULL;
  while (all && size) {
    struct object *piece = io_call_one(o, IO_NAME_read, size);
    if (!piece) {
      if (io_was_interrupted())
        continue;
      break;
    }
    if (piece == NONE && !bytearray_length(all)) {
      result = piece;
      break;
    }
    if (piece != NONE && !is_any_bytes(piece)) {
      error_format(ERROR_TYPE, "read() should return bytes");
      drop(piece);
      break;
    }
    size_t n = piece == NONE ? 0 : bytes_length(piece);
    int status = n ? bytearray_append(all, bytes_data(piece), n) : 0;
    drop(piece);
    if (status < 0)
      break;
    if (!n) {
      result = bytes_from(bytearray_data(all), bytearray_length(all));
      break;
    }
  }
  drop_null(size);
  drop_null(all);
  return result;
}
static struct object *raw_not_implemented(struct object *o, struct object *argument) {
  error_set_object(&exception_type(ERROR_NOT_IMPLEMENTED)->head, NULL);
  return NULL;
}
static const struct method_def raw_methods[] = {
    METHOD_FAST_("read", raw_read, DOC("read", "$self, size=-1, /", "Read by one system call.")),
    METHOD_NOARGS_("readall", raw_readall, DOC("readall", "$self, /", "Read until the end.")),
    METHOD_ONE_("readinto", raw_not_implemented, NULL),
    METHOD_ONE_("write", raw_not_implemented, NULL),
    {NULL}};
struct type io_raw_type = {.head = OBJECT_STATIC(type_type),
                           .shape = IO_SHAPE(struct io_base, 0, GC_FINALIZES),
                           .name = "_io._RawIOBase",
                           .flags = TYPE_BASE,
                           .dict_offset = offsetof(struct io_base, dict),
                           .methods = raw_methods,
                           .doc = "Base class for raw binary I/O.",
                           .base = &io_base_type};

/* ---- _BufferedIOBase ---- */

static struct object *buffered_detach(struct object *o) { return io_unsupported("detach"); }
static struct object *buffered_read(struct object *o, struct object *const *args, size_t n) {
  return io_unsupported("read");
}
static struct object *buffered_read1(struct object *o, struct object *const *args, size_t n) {
  return io_unsupported("read1");
}
static struct object *buffered_write(struct object *o, struct object *const *args, size_t n) {
  return io_unsupported("write");
}
static struct object *read_into(struct object *o, struct object *buffer, enum io_name method) {
  struct buffer_view view;
  if (buffer_get(buffer, &view, BUFFER_WRITABLE) < 0)
    return NULL;
  struct object *size = int_from_i64(view.bytes), *result = NULL;
  struct object *got = size ? io_call_one(o, method, size) : NULL;
  if (got && !is_any_bytes(got))
    error_format(ERROR_TYPE, "read() should return bytes");
  else if (got && (int64_t)bytes_length(got) > view.bytes)
    error_format(ERROR_VALUE, "read() returned too much data: %lld bytes requested, %zu returned",
                 (long long)view.bytes, bytes_length(got));
  else if (got) {
    memcpy(view.data, bytes_data(got), bytes_length(got));
    result = int_from_i64((int64_t)bytes_length(got));
  }
  drop_null(got);
  drop_null(size);
  buffer_release(&view);
  return result;
}
static struct object *buffered_readinto(struct object *o, struct object *buffer) {
  return read_into(o, buffer, IO_NAME_read);
}
static struct object *buffered_readinto1(struct object *o, struct object *buffer) {
  return read_into(o, buffer, IO_NAME_read1);
}
static const struct method_def buffered_methods[] = {
    METHOD_NOARGS_("detach", buffered_detach,
                   DOC("detach", "$self, /", "Give up and return the raw stream.")),
    METHOD_FAST_("read", buffered_read, "Read at most n bytes, all of them without an argument."),
    METHOD_FAST_("read1", buffered_read1, "Read at most n bytes by one system call."),
    METHOD_ONE_("readinto", buffered_readinto,
                DOC("readinto", "$self, buffer, /", "Read into a buffer.")),
    METHOD_ONE_("readinto1", buffered_readinto1,
                DOC("readinto1", "$self, buffer, /", "Read into a buffer by one system call.")),
    METHOD_FAST_("write", buffered_write, "Write a buffer; returns how many bytes it has."),
    {NULL}};
struct type io_buffered_base_type = {.head = OBJECT_STATIC(type_type),
                                     .shape = IO_SHAPE(struct io_base, 0, GC_FINALIZES),
                                     .name = "_io._BufferedIOBase",
                                     .flags = TYPE_BASE,
                                     .dict_offset = offsetof(struct io_base, dict),
                                     .methods = buffered_methods,
                                     .doc = "Base class for buffered streams.",
                                     .base = &io_base_type};

/* ---- _TextIOBase ---- */

static struct object *text_detach(struct object *o, struct object *const *args, size_t n) {
  return io_unsupported("detach");
}
static struct object *text_read(struct object *o, struct object *const *args, size_t n) {
  return io_unsupported("read");
}
static struct object *text_readline(struct object *o, struct object *const *args, size_t n) {
  return io_unsupported("readline");
}
static struct object *text_write(struct object *o, struct object *const *args, size_t n) {
  return io_unsupported("write");
}
static struct object *get_none(struct object *o, void *closure) { return hold(NONE); }
static const struct method_def text_methods[] = {
    METHOD_FAST_("detach", text_detach, "Give up and return the buffer."),
    METHOD_FAST_("read", text_read, "Read at most n characters."),
    METHOD_FAST_("readline", text_readline, "Read until a newline or the end."),
    METHOD_FAST_("write", text_write, "Write a string; returns how many characters it has."),
    {NULL}};
static const struct getset_def text_getsets[] = {
    {"encoding", get_none, NULL, "The encoding of the stream.", NULL},
    {"newlines", get_none, NULL, "The kinds of newlines read so far.", NULL},
    {"errors", get_none, NULL, "How errors of the encoding are handled.", NULL},
    {NULL}};
struct type io_text_base_type = {.head = OBJECT_STATIC(type_type),
                                 .shape = IO_SHAPE(struct io_base, 0, GC_FINALIZES),
                                 .name = "_io._TextIOBase",
                                 .flags = TYPE_BASE,
                                 .dict_offset = offsetof(struct io_base, dict),
                                 .methods = text_methods,
                                 .getsets = text_getsets,
                                 .doc = "Base class for text streams.",
                                 .base = &io_base_type};

int io_fill_base(struct object *module) {
  static const char *const texts[] = {
#define X(name) #name,
      IO_NAMES(X)
#undef X
  };
  for (size_t i = 0; i < IO_NAMES_N; i++)
    if (!(io_names[i] = str_intern(texts[i])))
      return -1;
  return module_add_type(module, &io_base_type) < 0 || module_add_type(module, &io_raw_type) < 0 ||
                 module_add_type(module, &io_buffered_base_type) < 0 ||
                 module_add_type(module, &io_text_base_type) < 0
             ? -1
             : 0;
}
