/* StringIO: text in memory as a stream. The characters stand in one buffer whose unit widens when a
 * character needs it, so that every position is an index. */
#include "runtime/modules/io/io.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

struct memory {
  struct io_base base;
  unsigned char *data; /* room units of 1 << kind bytes, the first n of them valid */
  size_t n, room, pos;
  uint8_t kind;
  bool is_ready, is_closed;
  bool is_ascii;         /* all that was ever written */
  bool universal;        /* newlines of all kinds are seen when written */
  char read_newline[3];  /* "" any */
  char write_newline[3]; /* "" as it is */
  bool newline_given;    /* not None */
  struct newline_state newlines;
};
static struct memory *memory_of(struct object *o) { return (struct memory *)o; }

static int check(struct memory *m) {
  if (LIKELY(m->is_ready && !m->is_closed))
    return 0;
  error_format(ERROR_VALUE, m->is_ready ? "I/O operation on closed file"
                                        : "I/O operation on uninitialized object");
  return -1;
}

/* ---- The buffer ---- */

static void free_data(struct memory *m) {
  if (m->data)
    gc_buffer_free(m->data, m->room << m->kind);
  m->data = NULL;
  m->n = m->room = m->pos = 0;
  m->kind = 0;
  m->is_ascii = true;
}
/* Where memory is exhausted the collection for it may run what changes the stream: then what
 * callers know of it is not true any more, and it is an error. */
static unsigned char *new_data(const struct memory *m, size_t room, unsigned kind) {
  for (int attempt = 0; attempt < 2; attempt++) {
    struct memory before = *m;
    bool moves = kind == m->kind;
    unsigned char *data =
        gc_buffer_resize(moves ? m->data : NULL, moves ? m->room << kind : 0, room << kind);
    if (LIKELY(data != NULL))
      return data;
    if (m->data != before.data || m->room != before.room || m->kind != before.kind ||
        m->n != before.n || m->pos != before.pos)
      break;
  }
  return error_no_memory();
}
static int make_room(struct memory *m, size_t n, unsigned kind) {
  if (n <= m->room && kind <= m->kind)
    return 0;
  if (kind < m->kind)
    kind = m->kind;
  size_t room = n <= m->room ? m->room : m->room ? n + (n >> 3) + 16 : n < 64 ? 64 : n;
  if (room > SIZE_MAX / 16) {
    error_format(ERROR_OVERFLOW, "new buffer size too large");
    return -1;
  }
  unsigned char *data = new_data(m, room, kind);
  if (!data)
    return -1;
  if (m->data && kind != m->kind) {
    str_copy_units(data, kind, m->data, m->kind, m->n);
    gc_buffer_free(m->data, m->room << m->kind);
  }
  m->data = data;
  m->room = room;
  m->kind = (uint8_t)kind;
  return 0;
}
static int put(struct memory *m, struct object *s) {
  size_t n = str_length(s), end = m->pos + n;
  if (!n)
    return 0;
  if (m->pos > (SIZE_MAX >> 8) - n) {
    error_format(ERROR_OVERFLOW, "new position too large");
    return -1;
  }
  if (make_room(m, end > m->n ? end : m->n, str_kind(s)) < 0)
    return -1;
  if (m->pos > m->n) /* a hole reads as zeros */
    memset(m->data + (m->n << m->kind), 0, (m->pos - m->n) << m->kind);
  str_copy_units(m->data + (m->pos << m->kind), m->kind, str_data(s), str_kind(s), n);
  m->is_ascii &= str_is_ascii(s);
  m->pos = end;
  if (end > m->n)
    m->n = end;
  return 0;
}
static uint32_t at(const struct memory *m, size_t i) {
  return m->kind == 0   ? m->data[i]
         : m->kind == 1 ? ((const uint16_t *)(const void *)m->data)[i]
                        : ((const uint32_t *)(const void *)m->data)[i];
}
static struct object *part(struct memory *m, size_t start, size_t n) {
  for (;;) { /* until no collection changes it meanwhile */
    start = start < m->n ? start : m->n;
    n = n < m->n - start ? n : m->n - start;
    if (n < 2)
      return n ? str_from_code_point(at(m, start)) : str_from_ascii("");
    unsigned kind = m->kind;
    struct object *s = str_new_open(n, kind);
    if (!s)
      return NULL;
    if (LIKELY(kind == m->kind && n <= m->n && start <= m->n - n)) {
      memcpy(str_room(s), m->data + (start << kind), n << kind);
      return str_seal_taking(s, kind == 0 && m->is_ascii);
    }
    drop(s);
  }
}
static size_t left(const struct memory *m) { return m->pos < m->n ? m->n - m->pos : 0; }

/* ---- Writing ---- */

/* Newlines as they are kept: universal ones translated if newline is None, then '\n' replaced. */
static int write_text(struct object *o, struct object *s) {
  struct memory *m = memory_of(o);
  struct object *text = hold(s);
  if (m->universal && !(text = newline_decode_taking(&m->newlines, text, true)))
    return -1;
  if (m->write_newline[0]) {
    struct object *from = str_intern("\n"), *to = str_intern(m->write_newline);
    struct object *const args[] = {text, from, to};
    struct object *replaced = from && to ? call_method(IO_NAME(replace), args, 3, NULL) : NULL;
    drop_null(from);
    drop_null(to);
    drop(text);
    if (!(text = replaced))
      return -1;
  }
  int status = put(m, text);
  drop(text);
  return status;
}
static struct object *write_method(struct object *o, struct object *s) {
  struct memory *m = memory_of(o);
  if (m->is_ready && !is_any_str(s))
    return error_format(ERROR_TYPE, "string argument expected, got '%N'", s);
  if (check(m) < 0)
    return NULL;
  int status;
  if (LIKELY(is_any_str(s) && !m->universal && !m->write_newline[0]))
    status = put(m, s);
  else
    status = write_text(o, s);
  return status < 0 ? NULL : int_from_i64((int64_t)str_length(s));
}

/* ---- Reading ---- */

/* The length of the line at pos. */
static size_t line_length(const struct memory *m) {
  size_t n = left(m);
  if (n && !m->kind && m->read_newline[0] && !m->read_newline[1]) {
    const unsigned char *start = m->data + m->pos;
    const unsigned char *end = memchr(start, m->read_newline[0], n);
    return end ? (size_t)(end - start) + 1 : n;
  }
  for (size_t i = 0; i < n; i++) {
    uint32_t c = at(m, m->pos + i);
    bool more = i + 1 < n;
    if (!m->read_newline[0]) {
      if (c == '\n')
        return i + 1;
      if (c == '\r')
        return more && at(m, m->pos + i + 1) == '\n' ? i + 2 : i + 1;
    } else if (c == (unsigned char)m->read_newline[0]) {
      if (!m->read_newline[1])
        return i + 1;
      if (more && at(m, m->pos + i + 1) == (unsigned char)m->read_newline[1])
        return i + 2;
    }
  }
  return n;
}
static struct object *take(struct memory *m, size_t n) {
  struct object *s = part(m, m->pos, n);
  if (s)
    m->pos += n;
  return s;
}
static struct object *read_method(struct object *o, struct object *const *args, size_t n) {
  struct memory *m = memory_of(o);
  int64_t size = -1;
  if (args_check_count("read", n, 0, 1) < 0 ||
      argument_optional_size(n ? args[0] : NULL, &size) < 0 || check(m) < 0)
    return NULL;
  return take(m, size < 0 || (size_t)size > left(m) ? left(m) : (size_t)size);
}
static struct object *readline_method(struct object *o, struct object *const *args, size_t n) {
  struct memory *m = memory_of(o);
  int64_t limit = -1;
  if (args_check_count("readline", n, 0, 1) < 0 ||
      argument_optional_size(n ? args[0] : NULL, &limit) < 0 || check(m) < 0)
    return NULL;
  size_t length = line_length(m);
  return take(m, limit >= 0 && (size_t)limit < length ? (size_t)limit : length);
}
static struct object *next(struct object *o) {
  struct memory *m = memory_of(o);
  if (check(m) < 0)
    return NULL;
  struct object *line;
  if (LIKELY(type_of(o) == &io_string_type)) {
    size_t n = line_length(m);
    return n ? take(m, n) : NULL;
  }
  line = io_call(o, IO_NAME_readline);
  if (line && !is_any_str(line)) {
    error_format(ERROR_OS, "readline() should have returned a str object, not '%N'", line);
    drop(line);
    return NULL;
  }
  if (line && !str_length(line)) {
    drop(line);
    return NULL;
  }
  return line;
}

/* ---- Positions ---- */

static struct object *tell_method(struct object *o) {
  return check(memory_of(o)) < 0 ? NULL : int_from_i64((int64_t)memory_of(o)->pos);
}
static struct object *seek_method(struct object *o, struct object *const *args, size_t n) {
  struct memory *m = memory_of(o);
  int64_t position;
  int whence = 0;
  if (args_check_count("seek", n, 1, 2) < 0 ||
      number_to_i64(args[0], &position, ERROR_OVERFLOW) < 0 ||
      (n > 1 && argument_int(args[1], &whence) < 0) || check(m) < 0)
    return NULL;
  if (whence < 0 || whence > 2)
    return error_format(ERROR_VALUE, "Invalid whence (%i, should be 0, 1 or 2)", whence);
  if (position < 0 && whence == 0)
    return error_format(ERROR_VALUE, "Negative seek position %lld", (long long)position);
  if (whence && position)
    return error_format(ERROR_OS, "Can't do nonzero cur-relative seeks");
  m->pos = whence == 0 ? (size_t)position : whence == 2 ? m->n : m->pos;
  return int_from_i64((int64_t)m->pos);
}
static struct object *truncate_method(struct object *o, struct object *const *args, size_t n) {
  struct memory *m = memory_of(o);
  int64_t size = (int64_t)m->pos;
  if (args_check_count("truncate", n, 0, 1) < 0 || check(m) < 0 ||
      argument_optional_size(n ? args[0] : NULL, &size) < 0)
    return NULL;
  if (size < 0)
    return error_format(ERROR_VALUE, "Negative size value %lld", (long long)size);
  if ((size_t)size < m->n)
    m->n = (size_t)size;
  return int_from_i64(size);
}

static struct object *getvalue_method(struct object *o) {
  struct memory *m = memory_of(o);
  return check(m) < 0 ? NULL : part(m, 0, m->n);
}

/* ---- Life ---- */

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  return type_generic_alloc(t);
}
static int set_newline(struct memory *m, struct object *o) {
  const char *newline = "\n";
  static const char *const valid[] = {"", "\n", "\r", "\r\n"};
  if (o == NONE)
    newline = NULL;
  else if (o) {
    if (!is_any_str(o)) {
      error_format(ERROR_TYPE, "newline must be str or None, not %N", o);
      return -1;
    }
    size_t i = 0;
    while (i < ARRAY_SIZE(valid) && !str_is(o, valid[i]))
      i++;
    if (i == ARRAY_SIZE(valid)) {
      error_format(ERROR_VALUE, "illegal newline value: %R", o);
      return -1;
    }
    newline = valid[i];
  }
  m->newline_given = newline != NULL;
  m->universal = !newline || !newline[0];
  m->newlines = (struct newline_state){.translate = !newline};
  strcpy(m->read_newline, newline ? newline : "\n");
  strcpy(m->write_newline, newline && newline[0] == '\r' ? newline : "");
  return 0;
}
static int start(struct object *o, struct object *initial, struct object *newline) {
  struct memory *m = memory_of(o);
  m->is_ready = false;
  if (initial && initial != NONE && !is_any_str(initial)) {
    error_format(ERROR_TYPE, "initial_value must be str or None, not %N", initial);
    return -1;
  }
  free_data(m);
  if (set_newline(m, newline) < 0)
    return -1;
  m->is_closed = false;
  if (initial && initial != NONE && write_text(o, initial) < 0)
    return -1;
  m->pos = 0;
  m->is_ready = true;
  return 0;
}
static int init(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  static const char *const names[] = {"initial_value", "newline"};
  static const struct args_spec spec = {"StringIO", names, 2, 0, 2, 0};
  struct object *v[2];
  return args_parse(&spec, args, n, kwnames, v) < 0 ? -1 : start(o, v[0], v[1]);
}
static struct object *close_method(struct object *o) {
  memory_of(o)->is_closed = true;
  free_data(memory_of(o));
  return hold(NONE);
}
static void release(struct object *o) { free_data(memory_of(o)); }

static struct object *newline_object(struct memory *m) {
  if (!m->newline_given)
    return hold(NONE);
  return str_from_ascii(m->write_newline[0] ? m->write_newline : m->read_newline);
}
static struct object *getstate(struct object *o) {
  struct object *text = getvalue_method(o);
  if (!text)
    return NULL;
  struct object *dict = instance_dict_borrowed(o);
  struct object *copy = !dict ? NULL : dict_length(dict) ? dict_copy(dict) : hold(NONE);
  struct object *newline = copy ? newline_object(memory_of(o)) : NULL;
  struct object *position = newline ? int_from_i64((int64_t)memory_of(o)->pos) : NULL;
  struct object *result = position ? tuple_pack(4, text, newline, position, copy) : NULL;
  drop_null(position);
  drop_null(newline);
  drop_null(copy);
  drop(text);
  return result;
}
/* The text goes in as it is: it was translated when it was written. */
static struct object *setstate(struct object *o, struct object *state) {
  struct memory *m = memory_of(o);
  if (m->is_closed)
    return check(m), NULL;
  if (!is_any_tuple(state) || tuple_length(state) < 4)
    return error_format(ERROR_TYPE, "%N.__setstate__ argument should be 4-tuple, got %N", o, state);
  struct object *text = tuple_get_borrowed(state, 0), *position = tuple_get_borrowed(state, 2);
  struct object *dict = tuple_get_borrowed(state, 3);
  if (text != NONE && !is_any_str(text))
    return error_format(ERROR_TYPE, "initial_value must be str or None, not %N", text);
  if (start(o, NULL, tuple_get_borrowed(state, 1)) < 0)
    return NULL;
  if (text != NONE && put(m, text) < 0)
    return NULL;
  if (!is_any_int(position))
    return error_format(ERROR_TYPE, "third item of state must be an integer, got %N", position);
  int64_t pos;
  if (number_to_i64(position, &pos, ERROR_OVERFLOW) < 0)
    return NULL;
  if (pos < 0)
    return error_format(ERROR_VALUE, "position value cannot be negative");
  m->pos = (size_t)pos;
  if (dict == NONE)
    return hold(NONE);
  if (!is_any_dict(dict))
    return error_format(ERROR_TYPE, "fourth item of state should be a dict, got a %N", dict);
  struct object *own = instance_dict_borrowed(o);
  return own ? io_call_one(own, IO_NAME_update, dict) : NULL;
}

static struct object *answer_true(struct object *o) {
  return check(memory_of(o)) < 0 ? NULL : hold(TRUE_);
}
static struct object *get_closed(struct object *o, void *closure) {
  struct memory *m = memory_of(o);
  return !m->is_ready ? check(m), NULL : hold(bool_from(m->is_closed));
}
static struct object *get_line_buffering(struct object *o, void *closure) {
  return check(memory_of(o)) < 0 ? NULL : hold(FALSE_);
}
static struct object *get_newlines(struct object *o, void *closure) {
  struct memory *m = memory_of(o);
  if (check(m) < 0)
    return NULL;
  return m->universal ? newline_seen(m->newlines.seen) : hold(NONE);
}

static const struct method_def methods[] = {
    METHOD_NOARGS_("close", close_method, DOC("close", "$self, /", "Let the text go.")),
    METHOD_NOARGS_("getvalue", getvalue_method,
                   DOC("getvalue", "$self, /", "All text, wherever the position is.")),
    METHOD_FAST_("read", read_method, DOC("read", "$self, size=-1, /", "Read characters.")),
    METHOD_FAST_("readline", readline_method, DOC("readline", "$self, size=-1, /", "Read a line.")),
    METHOD_NOARGS_("tell", tell_method, DOC("tell", "$self, /", "The position.")),
    METHOD_FAST_("truncate", truncate_method,
                 DOC("truncate", "$self, pos=None, /", "Cut to a size.")),
    METHOD_FAST_("seek", seek_method, DOC("seek", "$self, pos, whence=0, /", "Move.")),
    METHOD_ONE_("write", write_method, DOC("write", "$self, s, /", "Write text.")),
    METHOD_NOARGS_("seekable", answer_true, DOC("seekable", "$self, /", "True.")),
    METHOD_NOARGS_("readable", answer_true, DOC("readable", "$self, /", "True.")),
    METHOD_NOARGS_("writable", answer_true, DOC("writable", "$self, /", "True.")),
    METHOD_NOARGS_("__getstate__", getstate, NULL),
    METHOD_ONE_("__setstate__", setstate, NULL),
    {NULL}};
static const struct getset_def getsets[] = {
    {"closed", get_closed, NULL, NULL, NULL},
    {"newlines", get_newlines, NULL, NULL, NULL},
    {"line_buffering", get_line_buffering, NULL, NULL, NULL},
    {NULL}};
struct type io_string_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = IO_SHAPE(struct memory, 0, GC_RELEASES),
    .name = "_io.StringIO",
    .flags = TYPE_BASE,
    .dict_offset = offsetof(struct io_base, dict),
    .release = release,
    .new_ = new_slot,
    .init = init,
    .next = next,
    .methods = methods,
    .getsets = getsets,
    .doc = "StringIO(initial_value='', newline='\\n')\n--\n\nText in memory as a stream.",
    .base = &io_text_base_type};
