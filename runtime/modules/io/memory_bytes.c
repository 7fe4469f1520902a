/* BytesIO: bytes in memory as a stream.
 *
 * The content is either an immutable bytes object (what it was made from, or what getvalue gave
 * away), shared until the first change, or an own buffer that grows. */
#include "runtime/modules/io/io.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

struct memory {
  struct io_base base;
  struct object *shared; /* bytes: the content; NULL: it is in data */
  unsigned char *data;
  size_t room; /* of data */
  int64_t n, pos;
  int64_t exports; /* views on data: its size can't change */
  bool is_closed;
};
static struct memory *memory_of(struct object *o) { return (struct memory *)o; }

static const unsigned char *content(const struct memory *m) {
  return m->shared ? bytes_data(m->shared) : m->data ? m->data : (const unsigned char *)"";
}
static int check_open(struct memory *m) {
  if (LIKELY(!m->is_closed))
    return 0;
  error_format(ERROR_VALUE, "I/O operation on closed file.");
  return -1;
}
static int check_exports(struct memory *m) {
  if (LIKELY(!m->exports))
    return 0;
  error_format(ERROR_BUFFER, "Existing exports of data: object cannot be re-sized");
  return -1;
}

/* ---- Changing ---- */

static void free_data(struct memory *m) {
  if (m->data)
    gc_buffer_free(m->data, m->room);
  m->data = NULL;
  m->room = 0;
}
/* Where memory is exhausted the collection for it may run what changes the stream: then what
 * callers know of it is not true any more, and it is an error. */
static unsigned char *new_data(const struct memory *m, size_t room) {
  for (int attempt = 0; attempt < 2; attempt++) {
    struct memory before = *m;
    unsigned char *data =
        gc_buffer_resize(m->shared ? NULL : m->data, m->shared ? 0 : m->room, room);
    if (LIKELY(data != NULL))
      return data;
    if (m->shared != before.shared || m->data != before.data || m->room != before.room ||
        m->n != before.n || m->pos != before.pos || m->exports != before.exports)
      break;
  }
  return error_no_memory();
}
/* The content in an own buffer with room for `size` bytes. */
static int make_own(struct object *o, int64_t size) {
  struct memory *m = memory_of(o);
  if (!m->shared && (size_t)size <= m->room)
    return 0;
  size_t room = (size_t)size;
  if (!m->shared && m->room) /* grows: an eighth more, so that n writes cost n */
    room += (room >> 3) + (room < 9 ? 3 : 6);
  if (room == 0)
    room = 1;
  if (room > SIZE_MAX / 4) {
    error_format(ERROR_OVERFLOW, "new buffer size too large");
    return -1;
  }
  unsigned char *data = new_data(m, room);
  if (!data)
    return -1;
  if (m->shared)
    memcpy(data, bytes_data(m->shared), (size_t)(m->n < size ? m->n : size));
  m->data = data;
  m->room = room;
  store(o, &m->shared, NULL);
  return 0;
}
static int64_t write_bytes(struct object *o, const void *data, int64_t n) {
  struct memory *m = memory_of(o);
  if (n == 0)
    return 0;
  int64_t end;
  if (__builtin_add_overflow(m->pos, n, &end)) {
    error_format(ERROR_OVERFLOW, "new position too large");
    return -1;
  }
  if (make_own(o, end > m->n ? end : m->n) < 0)
    return -1;
  if (m->pos > m->n) /* a hole reads as zeros */
    memset(m->data + m->n, 0, (size_t)(m->pos - m->n));
  memcpy(m->data + m->pos, data, (size_t)n);
  m->pos = end;
  if (end > m->n)
    m->n = end;
  return n;
}

/* ---- Reading ---- */

static int64_t left(const struct memory *m) { return m->pos < m->n ? m->n - m->pos : 0; }
/* A part of it, which stays where it is whatever the collection for the copy runs: a shared one is
 * held, and an own one can't be changed. */
static struct object *copy_part(struct memory *m, int64_t start, int64_t n) {
  struct object *shared = m->shared ? hold(m->shared) : NULL;
  m->exports += !shared;
  struct object *bytes = bytes_from(content(m) + start, (size_t)n);
  m->exports -= !shared;
  drop_null(shared);
  return bytes;
}
/* All of a shared content is the object itself. */
static struct object *take(struct memory *m, int64_t n) {
  if (n > 1 && m->shared && m->pos == 0 && n == (int64_t)bytes_length(m->shared)) {
    m->pos = n;
    return hold(m->shared);
  }
  int64_t start = m->pos;
  struct object *bytes = copy_part(m, n ? start : 0, n);
  if (bytes)
    m->pos = start + n;
  return bytes;
}
static int64_t line_bytes(const struct memory *m, int64_t limit) {
  int64_t n = left(m);
  if (!n)
    return 0;
  if (limit >= 0 && limit < n)
    n = limit;
  const unsigned char *start = content(m) + m->pos, *end = memchr(start, '\n', (size_t)n);
  return end ? end - start + 1 : n;
}
static int read_size(const char *function, struct object *const *args, size_t n, int64_t *size) {
  *size = -1;
  return args_check_count(function, n, 0, 1) < 0 ? -1
                                                 : argument_optional_size(n ? args[0] : NULL, size);
}
static struct object *read_method(struct object *o, struct object *const *args, size_t n) {
  struct memory *m = memory_of(o);
  int64_t size;
  if (read_size("read", args, n, &size) < 0 || check_open(m) < 0)
    return NULL;
  return take(m, size < 0 || size > left(m) ? left(m) : size);
}
static struct object *read1_method(struct object *o, struct object *const *args, size_t n) {
  struct memory *m = memory_of(o);
  int64_t size;
  if (read_size("read1", args, n, &size) < 0 || check_open(m) < 0)
    return NULL;
  return take(m, size < 0 || size > left(m) ? left(m) : size);
}
static struct object *readline_method(struct object *o, struct object *const *args, size_t n) {
  struct memory *m = memory_of(o);
  int64_t limit;
  if (read_size("readline", args, n, &limit) < 0 || check_open(m) < 0)
    return NULL;
  return take(m, line_bytes(m, limit));
}
static struct object *next(struct object *o) {
  struct memory *m = memory_of(o);
  if (check_open(m) < 0)
    return NULL;
  int64_t n = line_bytes(m, -1);
  return n ? take(m, n) : NULL;
}
static struct object *iter(struct object *o) {
  return check_open(memory_of(o)) < 0 ? NULL : hold(o);
}
static struct object *readlines_method(struct object *o, struct object *const *args, size_t n) {
  struct memory *m = memory_of(o);
  int64_t hint, total = 0, each;
  if (read_size("readlines", args, n, &hint) < 0 || check_open(m) < 0)
    return NULL;
  struct object *list = list_new(0);
  while (list && (each = line_bytes(m, -1)) > 0) {
    struct object *line = take(m, each);
    if (!line || list_append_taking(list, line) < 0) {
      drop(list);
      return NULL;
    }
    total += each;
    if (hint > 0 && total >= hint)
      break;
  }
  return list;
}
static struct object *readinto_method(struct object *o, struct object *buffer) {
  struct memory *m = memory_of(o);
  struct buffer_view view;
  if (buffer_get(buffer, &view, BUFFER_WRITABLE) < 0) {
    if (error_matches(ERROR_TYPE) || error_matches(ERROR_BUFFER))
      error_format(ERROR_TYPE, "readinto() argument must be read-write bytes-like object, not %N",
                   buffer);
    return NULL;
  }
  struct object *result = NULL;
  if (check_open(m) == 0) {
    int64_t n = left(m) < view.bytes ? left(m) : view.bytes;
    if (n)
      memmove(view.data, content(m) + m->pos, (size_t)n);
    m->pos += n;
    result = int_from_i64(n);
  }
  buffer_release(&view);
  return result;
}

/* ---- Writing ---- */

static struct object *write_method(struct object *o, struct object *buffer) {
  struct memory *m = memory_of(o);
  struct buffer_view view;
  if (LIKELY(is_bytes(buffer) && !m->is_closed && !m->exports)) {
    int64_t put = write_bytes(o, bytes_data(buffer), (int64_t)bytes_length(buffer));
    return put < 0 ? NULL : int_from_i64(put);
  }
  if (check_open(m) < 0 || check_exports(m) < 0 || buffer_get(buffer, &view, BUFFER_SIMPLE) < 0)
    return NULL;
  int64_t n = check_open(m) < 0 ? -1 : write_bytes(o, view.data, view.bytes);
  buffer_release(&view);
  return n < 0 ? NULL : int_from_i64(n);
}
static struct object *writelines_method(struct object *o, struct object *lines) {
  if (check_open(memory_of(o)) < 0)
    return NULL;
  struct object *iterator = iterate(lines), *line;
  if (!iterator)
    return NULL;
  while ((line = iterate_next(iterator)) != NULL) {
    struct object *result = write_method(o, line);
    drop(line);
    if (!result)
      break;
    drop(result);
  }
  drop(iterator);
  return error_pending() == ERROR_NONE ? hold(NONE) : NULL;
}

/* ---- Positions ---- */

static struct object *tell_method(struct object *o) {
  return check_open(memory_of(o)) < 0 ? NULL : int_from_i64(memory_of(o)->pos);
}
static struct object *seek_method(struct object *o, struct object *const *args, size_t n) {
  struct memory *m = memory_of(o);
  int64_t position, base = 0;
  int whence = 0;
  if (args_check_count("seek", n, 1, 2) < 0 ||
      number_to_i64(args[0], &position, ERROR_OVERFLOW) < 0 ||
      (n > 1 && argument_int(args[1], &whence) < 0) || check_open(m) < 0)
    return NULL;
  if (position < 0 && whence == 0)
    return error_format(ERROR_VALUE, "negative seek value %lld", (long long)position);
  if (whence == 1)
    base = m->pos;
  else if (whence == 2)
    base = m->n;
  else if (whence)
    return error_format(ERROR_VALUE, "invalid whence (%i, should be 0, 1 or 2)", whence);
  if (__builtin_add_overflow(base, position, &position))
    return error_format(ERROR_OVERFLOW, "new position too large");
  m->pos = position < 0 ? 0 : position;
  return int_from_i64(m->pos);
}
static struct object *truncate_method(struct object *o, struct object *const *args, size_t n) {
  struct memory *m = memory_of(o);
  int64_t size = m->pos;
  if (args_check_count("truncate", n, 0, 1) < 0 || check_open(m) < 0 || check_exports(m) < 0 ||
      argument_optional_size(n ? args[0] : NULL, &size) < 0)
    return NULL;
  if (size < 0)
    return error_format(ERROR_VALUE, "negative size value %lld", (long long)size);
  if (size < m->n) {
    if (make_own(o, size) < 0)
      return NULL;
    m->n = size;
  }
  return int_from_i64(size);
}

/* ---- The whole content ---- */

/* The bytes given away stay the content, until the next change. */
static struct object *value(struct object *o) {
  struct memory *m = memory_of(o);
  if (!m->shared) {
    struct object *bytes = copy_part(m, 0, m->n);
    if (!bytes || m->exports)
      return bytes;
    free_data(m);
    store(o, &m->shared, bytes);
  }
  return hold(m->shared);
}
static struct object *getvalue_method(struct object *o) {
  return check_open(memory_of(o)) < 0 ? NULL : value(o);
}

/* What a view refers to: it keeps the stream, which counts it. */
struct exporter {
  struct object head;
  struct object *stream;
};
static int exporter_get(struct object *o, struct buffer_view *view, int flags) {
  struct object *stream = ((struct exporter *)o)->stream;
  struct memory *m = memory_of(stream);
  if (make_own(stream, m->n) < 0)
    return -1;
  if (buffer_fill(view, o, m->data, m->n, false, flags) < 0)
    return -1;
  m->exports++;
  return 0;
}
static void exporter_release(struct object *o, struct buffer_view *view) {
  memory_of(((struct exporter *)o)->stream)->exports--;
}
static struct type exporter_type = {.head = OBJECT_STATIC(type_type),
                                    .shape = {.layout = GC_FIXED,
                                              .flags = GC_CONTAINER,
                                              .refs_offset = offsetof(struct exporter, stream),
                                              .refs_n = 1,
                                              .basic_bytes = sizeof(struct exporter)},
                                    .name = "_io._BytesIOBuffer",
                                    .flags = TYPE_NO_INSTANCE,
                                    .buffer = {exporter_get, exporter_release},
                                    .base = &object_type};
static struct object *getbuffer_method(struct object *o) {
  if (check_open(memory_of(o)) < 0)
    return NULL;
  struct object *exporter = type_generic_alloc(&exporter_type);
  if (!exporter)
    return NULL;
  store_first(exporter, &((struct exporter *)exporter)->stream, hold(o));
  struct object *view = io_view_of(exporter);
  drop(exporter);
  return view;
}

/* ---- Life ---- */

static void clear(struct object *o) {
  struct memory *m = memory_of(o);
  store(o, &m->shared, NULL);
  free_data(m);
  m->n = m->pos = 0;
}
static int set_initial(struct object *o, struct object *initial) {
  struct memory *m = memory_of(o);
  if (is_bytes(initial)) {
    store(o, &m->shared, hold(initial));
    m->n = (int64_t)bytes_length(initial);
    return 0;
  }
  struct object *result = write_method(o, initial);
  if (!result)
    return -1;
  drop(result);
  m->pos = 0;
  return 0;
}
static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  return type_generic_alloc(t);
}
static int init(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  static const char *const names[] = {"initial_bytes"};
  static const struct args_spec spec = {"BytesIO", names, 1, 0, 1, 0};
  struct object *v[1];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return -1;
  if (check_exports(memory_of(o)) < 0)
    return -1;
  clear(o);
  return v[0] && v[0] != NONE ? set_initial(o, v[0]) : 0;
}
static struct object *close_method(struct object *o) {
  if (check_exports(memory_of(o)) < 0)
    return NULL;
  clear(o);
  memory_of(o)->is_closed = true;
  return hold(NONE);
}
static void release(struct object *o) { free_data(memory_of(o)); }

static struct object *getstate(struct object *o) {
  struct object *bytes = getvalue_method(o);
  if (!bytes)
    return NULL;
  struct object *dict = instance_dict_borrowed(o);
  struct object *copy = !dict ? NULL : dict_length(dict) ? dict_copy(dict) : hold(NONE);
  struct object *position = copy ? int_from_i64(memory_of(o)->pos) : NULL;
  struct object *result = position ? tuple_pack(3, bytes, position, copy) : NULL;
  drop_null(position);
  drop_null(copy);
  drop(bytes);
  return result;
}
static struct object *setstate(struct object *o, struct object *state) {
  if (!is_any_tuple(state) || tuple_length(state) < 3)
    return error_format(ERROR_TYPE, "%N.__setstate__ argument should be 3-tuple, got %N", o, state);
  if (check_exports(memory_of(o)) < 0 || check_open(memory_of(o)) < 0)
    return NULL;
  clear(o);
  struct object *position = tuple_get_borrowed(state, 1), *dict = tuple_get_borrowed(state, 2);
  if (set_initial(o, tuple_get_borrowed(state, 0)) < 0)
    return NULL;
  if (!is_any_int(position))
    return error_format(ERROR_TYPE, "second item of state must be an integer, got %N", position);
  int64_t pos;
  if (number_to_i64(position, &pos, ERROR_OVERFLOW) < 0)
    return NULL;
  if (pos < 0)
    return error_format(ERROR_VALUE, "position value cannot be negative");
  memory_of(o)->pos = pos;
  if (dict == NONE)
    return hold(NONE);
  if (!is_any_dict(dict))
    return error_format(ERROR_TYPE, "third item of state should be a dict, got a %N", dict);
  struct object *own = instance_dict_borrowed(o);
  return own ? io_call_one(own, IO_NAME_update, dict) : NULL;
}

static struct object *answer_true(struct object *o) {
  return check_open(memory_of(o)) < 0 ? NULL : hold(TRUE_);
}
static struct object *answer_false(struct object *o) {
  return check_open(memory_of(o)) < 0 ? NULL : hold(FALSE_);
}
static struct object *flush_method(struct object *o) {
  return check_open(memory_of(o)) < 0 ? NULL : hold(NONE);
}
static struct object *get_closed(struct object *o, void *closure) {
  return hold(bool_from(memory_of(o)->is_closed));
}
static struct object *sizeof_method(struct object *o) {
  struct memory *m = memory_of(o);
  return int_from_i64((int64_t)gc_object_bytes(o) + (int64_t)m->room +
                      (m->shared ? (int64_t)gc_object_bytes(m->shared) : 0));
}

static const struct method_def methods[] = {
    METHOD_NOARGS_("readable", answer_true, DOC("readable", "$self, /", "True.")),
    METHOD_NOARGS_("seekable", answer_true, DOC("seekable", "$self, /", "True.")),
    METHOD_NOARGS_("writable", answer_true, DOC("writable", "$self, /", "True.")),
    METHOD_NOARGS_("close", close_method, DOC("close", "$self, /", "Let the content go.")),
    METHOD_NOARGS_("flush", flush_method, DOC("flush", "$self, /", "Does nothing.")),
    METHOD_NOARGS_("isatty", answer_false, DOC("isatty", "$self, /", "False.")),
    METHOD_NOARGS_("tell", tell_method, DOC("tell", "$self, /", "The position.")),
    METHOD_ONE_("write", write_method, DOC("write", "$self, b, /", "Write bytes.")),
    METHOD_ONE_("writelines", writelines_method,
                DOC("writelines", "$self, lines, /", "Write several.")),
    METHOD_FAST_("read1", read1_method, DOC("read1", "$self, size=-1, /", "Read bytes.")),
    METHOD_ONE_("readinto", readinto_method,
                DOC("readinto", "$self, buffer, /", "Read into a buffer.")),
    METHOD_FAST_("readline", readline_method, DOC("readline", "$self, size=-1, /", "Read a line.")),
    METHOD_FAST_("readlines", readlines_method,
                 DOC("readlines", "$self, size=None, /", "A list of lines.")),
    METHOD_FAST_("read", read_method, DOC("read", "$self, size=-1, /", "Read bytes.")),
    METHOD_NOARGS_("getbuffer", getbuffer_method,
                   DOC("getbuffer", "$self, /", "A writable view of the content.")),
    METHOD_NOARGS_("getvalue", getvalue_method,
                   DOC("getvalue", "$self, /", "All bytes, wherever the position is.")),
    METHOD_FAST_("seek", seek_method, DOC("seek", "$self, pos, whence=0, /", "Move.")),
    METHOD_FAST_("truncate", truncate_method,
                 DOC("truncate", "$self, size=None, /", "Cut to a size.")),
    METHOD_NOARGS_("__getstate__", getstate, NULL),
    METHOD_ONE_("__setstate__", setstate, NULL),
    METHOD_NOARGS_("__sizeof__", sizeof_method, NULL),
    {NULL}};
static const struct getset_def getsets[] = {
    {"closed", get_closed, NULL, "True if the file is closed.", NULL}, {NULL}};
struct type io_bytes_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = IO_SHAPE(struct memory, 1, GC_RELEASES),
    .name = "_io.BytesIO",
    .flags = TYPE_BASE,
    .dict_offset = offsetof(struct io_base, dict),
    .release = release,
    .new_ = new_slot,
    .init = init,
    .iter = iter,
    .next = next,
    .methods = methods,
    .getsets = getsets,
    .doc = "BytesIO(initial_bytes=b'')\n--\n\nBytes in memory as a buffered stream.",
    .base = &io_buffered_base_type};

int io_fill_bytes(struct object *module) {
  return type_ready(&exporter_type) < 0 ? -1 : module_add_type(module, &io_bytes_type);
}
