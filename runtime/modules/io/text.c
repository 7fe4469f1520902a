/* TextIOWrapper: text over a buffered stream of bytes. Making, changing and closing it; what it
 * says of itself. */
#include "runtime/modules/io/text.h"
#include "runtime/modules/sys.h"
#include "runtime/object/attribute.h"
#include "runtime/object/codec.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/warning.h"
#include <stddef.h>
#include <string.h>

/* ---- State ---- */

int text_check_ready(struct text *t) {
  if (LIKELY(t->is_ready))
    return 0;
  error_format(ERROR_VALUE, t->is_detached ? "underlying buffer has been detached"
                                           : "I/O operation on uninitialized object");
  return -1;
}
struct object *text_buffer(struct text *t) {
  if (LIKELY(t->buffer != NULL))
    return hold(t->buffer);
  return error_format(ERROR_VALUE, "underlying buffer has been detached");
}
int text_check_open(struct text *t) {
  if (text_check_ready(t) < 0)
    return -1;
  bool is_buffered = io_is_reader(t->buffer) || io_is_writer(t->buffer) || io_is_random(t->buffer);
  if (LIKELY(is_buffered && type_of(&t->base.head) == &io_text_type)) {
    if (LIKELY(!buffered_is_closed(t->buffer)))
      return 0;
    error_format(ERROR_VALUE, "I/O operation on closed file.");
    return -1;
  }
  return io_check_open(&t->base.head);
}

/* ---- Making ---- */

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  struct object *o = type_generic_alloc(t);
  if (o) {
    text_of(o)->chunk_size = IO_BUFFER_SIZE;
    exit_watch(&text_of(o)->at_exit, o);
  }
  return o;
}
static void release(struct object *o) {
  struct text *t = text_of(o);
  exit_forget(&t->at_exit);
  if (t->pending)
    gc_buffer_free(t->pending, t->pending_room);
  t->pending = NULL;
}

/* The text of newline, or NULL for None; must be one of five. 0, -1. */
static int read_newline(struct object *o, const char **newline) {
  *newline = NULL;
  if (!o || o == NONE)
    return 0;
  if (!is_any_str(o)) {
    error_format(ERROR_TYPE, "TextIOWrapper() argument 'newline' must be str or None, not %s",
                 type_of(o)->name);
    return -1;
  }
  static const char *const valid[] = {"", "\n", "\r", "\r\n"};
  for (size_t i = 0; i < ARRAY_SIZE(valid); i++)
    if (str_is(o, valid[i])) {
      *newline = valid[i];
      return 0;
    }
  error_format(ERROR_VALUE, "illegal newline value: %U", o);
  return -1;
}

/* encoding=None: the locale's. A new reference. */
static struct object *choose_encoding(struct object *given) {
  if (given && given != NONE) {
    if (!is_any_str(given))
      return error_format(ERROR_TYPE,
                          "TextIOWrapper() argument 'encoding' must be str or None, not %s",
                          type_of(given)->name);
    if (str_is(given, "locale"))
      return str_from_ascii(io_locale_encoding());
    return hold(given);
  }
  if (sys_start.warn_default_encoding &&
      warning_format(ERROR_ENCODING_WARNING, 1, "'encoding' argument not specified") < 0)
    return NULL;
  return str_from_ascii(sys_start.utf8_mode ? "utf-8" : io_locale_encoding());
}
static struct object *choose_errors(struct object *given) {
  if (!given || given == NONE)
    return str_intern("strict");
  if (!is_any_str(given))
    return error_format(ERROR_TYPE, "TextIOWrapper() argument 'errors' must be str or None, not %s",
                        type_of(given)->name);
  struct object *owner;
  if (!argument_text(given, "errors", &owner))
    return NULL;
  if (owner) { /* no handler has such a name; its text must be C's */
    drop(owner);
    return error_format(ERROR_LOOKUP, "unknown error handler name '%U'", given);
  }
  if (sys_start.dev_mode) { /* else it is looked up when it is needed */
    struct object *handler = codec_lookup_error(str_data(given));
    if (!handler)
      return NULL;
    drop(handler);
  }
  return hold(given);
}

static bool is_utf_with_mark(struct object *encoding) {
  return is_str(encoding) && (str_is(encoding, "utf-16") || str_is(encoding, "utf-32"));
}

/* Behind something written already an encoder writes no mark; where nobody can tell, those of
 * UTF-16 and UTF-32 write none. */
static int look_at_position(struct text *t) {
  t->at_start = true;
  if (!t->encoder)
    return 0;
  if (!t->is_seekable)
    return is_utf_with_mark(t->encoding) ? text_encoder_reset(t, false) : 0;
  struct object *position = io_call(t->buffer, IO_NAME_tell), *zero = int_from_i64(0);
  int start = position && zero ? compare_true(position, zero, COMPARE_EQ) : -1;
  drop_null(zero);
  drop_null(position);
  return start < 0 ? -1 : start ? 0 : text_encoder_reset(t, false);
}

static int set_up(struct object *o, struct object *buffer, struct object *encoding,
                  struct object *errors, const char *newline) {
  struct text *t = text_of(o);
  io_disown(t->buffer);
  io_own(buffer);
  store(o, &t->buffer, hold(buffer));
  text_set_newline(t, newline);
  int reads = io_ask(buffer, IO_NAME_readable);
  int writes = reads < 0 ? -1 : io_ask(buffer, IO_NAME_writable);
  if (writes < 0 || text_set_codec(o, encoding, errors, reads, writes) < 0)
    return -1;
  int seekable = io_ask(buffer, IO_NAME_seekable);
  int read1 = seekable < 0 ? -1 : attribute_has(buffer, IO_NAME(read1));
  if (read1 < 0)
    return -1;
  t->is_seekable = t->is_telling = seekable;
  t->has_read1 = read1;
  return look_at_position(t);
}

static int init(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  static const char *const names[] = {"buffer",  "encoding",       "errors",
                                      "newline", "line_buffering", "write_through"};
  static const struct args_spec spec = {"TextIOWrapper", names, 6, 0, 6, 1};
  struct text *t = text_of(o);
  struct object *v[6];
  const char *newline;
  t->is_ready = t->is_detached = false;
  bool line_buffering = false, write_through = false;
  if (args_parse(&spec, args, n, kwnames, v) < 0 || read_newline(v[3], &newline) < 0 ||
      (v[4] && argument_int_bool(v[4], &line_buffering) < 0) ||
      (v[5] && argument_int_bool(v[5], &write_through) < 0))
    return -1;
  t->line_buffering = line_buffering;
  t->write_through = write_through;
  t->pending_n = 0;
  t->used = 0;
  t->bytes_per_char = 0;
  store(o, &t->decoded, NULL);
  store(o, &t->snapshot, NULL);
  struct object *errors = choose_errors(v[2]);
  struct object *encoding = errors ? choose_encoding(v[1]) : NULL;
  int status = encoding ? set_up(o, v[0], encoding, errors, newline) : -1;
  drop_null(encoding);
  drop_null(errors);
  t->is_ready = status == 0;
  return status;
}

/* ---- Changing ---- */

static int optional_bool(struct object *o, bool *value) {
  return !o || o == NONE ? 0 : argument_int_bool(o, value);
}
static int change_codec(struct object *o, struct object *encoding_given,
                        struct object *errors_given) {
  struct text *t = text_of(o);
  bool keeps = !encoding_given || encoding_given == NONE;
  if (keeps && (!errors_given || errors_given == NONE))
    return 0;
  struct object *errors = choose_errors(errors_given);
  struct object *encoding = !errors ? NULL
                            : keeps ? hold(t->encoding)
                                    : choose_encoding(encoding_given);
  int status = encoding ? text_set_codec(o, encoding, errors, t->reads, t->writes) : -1;
  drop_null(encoding);
  drop_null(errors);
  return status < 0 ? -1 : look_at_position(t);
}
METHOD(reconfigure, "reconfigure", 0, 0, 0, "encoding", "errors", "newline", "line_buffering",
       "write_through") {
  struct text *t = text_of(self);
  const char *newline;
  if (text_check_ready(t) < 0)
    return NULL;
  bool changes = (v[0] && v[0] != NONE) || (v[1] && v[1] != NONE) || v[2];
  if (t->decoded && changes)
    return io_unsupported("It is not possible to set the encoding or newline of stream after the "
                          "first read");
  bool line_buffering = t->line_buffering, write_through = t->write_through;
  if (read_newline(v[2], &newline) < 0 || optional_bool(v[3], &line_buffering) < 0 ||
      optional_bool(v[4], &write_through) < 0)
    return NULL;
  struct object *flushed = io_call(self, IO_NAME_flush);
  if (!flushed)
    return NULL;
  drop(flushed);
  t->bytes_per_char = 0;
  if (v[2])
    text_set_newline(t, newline);
  if (change_codec(self, v[0], v[1]) < 0)
    return NULL;
  t->line_buffering = line_buffering;
  t->write_through = write_through;
  return hold(NONE);
}

static struct object *flush_method(struct object *o) {
  struct text *t = text_of(o);
  if (text_check_open(t) < 0)
    return NULL;
  t->is_telling = t->is_seekable;
  return text_flush(o) < 0 ? NULL : hold(NONE);
}
static struct object *detach(struct object *o) {
  struct text *t = text_of(o);
  if (text_check_ready(t) < 0)
    return NULL;
  struct object *flushed = io_call(o, IO_NAME_flush);
  if (!flushed)
    return NULL;
  drop(flushed);
  if (text_check_ready(t) < 0)
    return NULL;
  struct object *buffer = hold(t->buffer);
  store(o, &t->buffer, NULL);
  io_disown(buffer);
  t->is_detached = true;
  t->is_ready = false;
  return buffer;
}
static struct object *close_method(struct object *o) {
  struct text *t = text_of(o);
  if (text_check_ready(t) < 0)
    return NULL;
  int closed = io_is_closed(o);
  if (closed)
    return closed < 0 ? NULL : hold(NONE);
  if (t->base.is_finalizing) {
    struct object *result = io_call_one(t->buffer, IO_NAME__dealloc_warn, o);
    if (!result)
      error_clear();
    drop_null(result);
  }
  struct object *flushed = io_call(o, IO_NAME_flush);
  struct object *error = flushed ? NULL : error_fetch();
  drop_null(flushed);
  struct object *result = t->buffer ? io_call(t->buffer, IO_NAME_close) : hold(NONE);
  if (!error)
    return result;
  io_chain_taking(error);
  drop_null(result);
  return NULL;
}

/* ---- What it says of itself ---- */

#define ASK_BUFFER(method)                                                                         \
  static struct object *method##_method(struct object *o) {                                        \
    struct text *t = text_of(o);                                                                   \
    return text_check_ready(t) < 0 ? NULL : io_call(t->buffer, IO_NAME_##method);                  \
  }
ASK_BUFFER(fileno)
ASK_BUFFER(seekable)
ASK_BUFFER(readable)
ASK_BUFFER(writable)
ASK_BUFFER(isatty)

static struct object *get_closed(struct object *o, void *closure) {
  struct text *t = text_of(o);
  return text_check_ready(t) < 0 ? NULL : attribute_get(t->buffer, IO_NAME(closed));
}
static struct object *get_name(struct object *o, void *closure) {
  struct text *t = text_of(o);
  return text_check_ready(t) < 0 ? NULL : attribute_get(t->buffer, IO_NAME(name));
}
static struct object *get_newlines(struct object *o, void *closure) {
  struct text *t = text_of(o);
  if (text_check_ready(t) < 0)
    return NULL;
  return t->reads && t->universal ? newline_seen(t->newlines.seen) : hold(NONE);
}
static struct object *get_errors(struct object *o, void *closure) {
  struct text *t = text_of(o);
  return !t->is_detached && text_check_ready(t) < 0 ? NULL : hold(t->errors);
}
static struct object *get_chunk_size(struct object *o, void *closure) {
  return text_check_ready(text_of(o)) < 0 ? NULL : int_from_i64(text_of(o)->chunk_size);
}
static int set_chunk_size(struct object *o, struct object *value, void *closure) {
  int64_t n;
  if (text_check_ready(text_of(o)) < 0)
    return -1;
  if (!value) {
    error_format(ERROR_ATTRIBUTE, "cannot delete attribute");
    return -1;
  }
  if (number_to_i64(value, &n, ERROR_VALUE) < 0)
    return -1;
  if (n <= 0) {
    error_format(ERROR_VALUE, "a strictly positive integer is required");
    return -1;
  }
  text_of(o)->chunk_size = n;
  return 0;
}

/* NULL without an error: it has none, or can't tell. */
static struct object *find_quietly(struct object *o, struct object *name) {
  struct object *value;
  int found = attribute_find(o, name, &value);
  if (found < 0 && error_matches(ERROR_EXCEPTION))
    error_clear();
  return found > 0 ? value : NULL;
}
static struct object *describe(struct object *o) {
  struct object *text = str_from_ascii("<_io.TextIOWrapper");
  static const enum io_name names[] = {IO_NAME_name, IO_NAME_mode};
  for (size_t i = 0; text && i < ARRAY_SIZE(names); i++) {
    struct object *value = find_quietly(o, io_names[names[i]]);
    if (value) {
      struct object *more = str_format("%U %U=%R", text, io_names[names[i]], value);
      drop(value);
      drop(text);
      text = more;
    } else if (error_pending() != ERROR_NONE) {
      drop(text);
      return NULL;
    }
  }
  struct object *result = text ? str_format("%U encoding=%R>", text, text_of(o)->encoding) : NULL;
  drop_null(text);
  return result;
}
static struct object *repr(struct object *o) {
  if (text_check_ready(text_of(o)) < 0) {
    if (!text_of(o)->encoding)
      return NULL;
    error_clear();
    if (!text_of(o)->is_detached)
      return text_check_ready(text_of(o)), NULL;
  }
  int entered = repr_enter(o);
  if (entered)
    return entered < 0
               ? NULL
               : error_format(ERROR_RUNTIME, "reentrant call inside %s.__repr__", type_of(o)->name);
  struct object *result = describe(o);
  repr_leave(o);
  return result;
}

static const struct method_def methods[] = {
    METHOD_NOARGS_("detach", detach, DOC("detach", "$self, /", "Give up and return the buffer.")),
    METHOD_KEYWORDS_("reconfigure", reconfigure_call,
                     DOC("reconfigure",
                         "$self, /, *, encoding=None, errors=None, newline=None,\n            "
                         "line_buffering=None, write_through=None",
                         "Change how text is read and written from now on.")),
    METHOD_ONE_("write", text_write_method,
                DOC("write", "$self, text, /", "Write text; returns how many characters.")),
    METHOD_FAST_("read", text_read_method,
                 DOC("read", "$self, size=-1, /", "Read characters, all without a size.")),
    METHOD_FAST_("readline", text_readline_method,
                 DOC("readline", "$self, size=-1, /", "Read a line.")),
    METHOD_NOARGS_("flush", flush_method, DOC("flush", "$self, /", "Write out what waits.")),
    METHOD_NOARGS_("close", close_method, DOC("close", "$self, /", "Flush and close.")),
    METHOD_NOARGS_("fileno", fileno_method, DOC("fileno", "$self, /", "The descriptor.")),
    METHOD_NOARGS_("seekable", seekable_method,
                   DOC("seekable", "$self, /", "Whether there are positions.")),
    METHOD_NOARGS_("readable", readable_method,
                   DOC("readable", "$self, /", "Whether it can be read.")),
    METHOD_NOARGS_("writable", writable_method,
                   DOC("writable", "$self, /", "Whether it can be written.")),
    METHOD_NOARGS_("isatty", isatty_method, DOC("isatty", "$self, /", "Whether it is a terminal.")),
    METHOD_FAST_("seek", text_seek_method,
                 DOC("seek", "$self, cookie, whence=0, /", "Move to a position that tell() gave.")),
    METHOD_NOARGS_("tell", text_tell_method, DOC("tell", "$self, /", "The position.")),
    METHOD_FAST_("truncate", text_truncate_method,
                 DOC("truncate", "$self, pos=None, /", "Set the length of the file.")),
    {NULL}};
static const struct member_def members[] = {
    {"encoding", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct text, encoding), NULL},
    {"buffer", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct text, buffer), NULL},
    {"line_buffering", MEMBER_BOOL, MEMBER_READONLY, offsetof(struct text, line_buffering), NULL},
    {"write_through", MEMBER_BOOL, MEMBER_READONLY, offsetof(struct text, write_through), NULL},
    {"_finalizing", MEMBER_BOOL, 0, offsetof(struct io_base, is_finalizing), NULL},
    {NULL}};
static const struct getset_def getsets[] = {
    {"name", get_name, NULL, NULL, NULL},
    {"closed", get_closed, NULL, NULL, NULL},
    {"newlines", get_newlines, NULL, NULL, NULL},
    {"errors", get_errors, NULL, NULL, NULL},
    {"_CHUNK_SIZE", get_chunk_size, set_chunk_size, NULL, NULL},
    {NULL}};
static bool wants_finalizer(const struct object *o) {
  const struct object *buffer = ((const struct text *)o)->buffer;
  bool (*wants)(const struct object *) = buffer ? type_of(buffer)->wants_finalizer : NULL;
  return !wants || wants(buffer);
}

struct type io_text_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = IO_SHAPE(struct text, 7, GC_FINALIZES | GC_RELEASES),
    .name = "_io.TextIOWrapper",
    .wants_finalizer = wants_finalizer,
    .flags = TYPE_BASE,
    .dict_offset = offsetof(struct io_base, dict),
    .release = release,
    .new_ = new_slot,
    .init = init,
    .repr = repr,
    .next = text_next,
    .methods = methods,
    .members = members,
    .getsets = getsets,
    .doc = "TextIOWrapper(buffer, encoding=None, errors=None, newline=None,\n              "
           "line_buffering=False, write_through=False)\n--\n\nText over a buffered stream of "
           "bytes. newline=None reads newlines of all kinds as '\\n' and writes\n'\\n'; '' reads "
           "them as they are; any other ends lines, and is written in place of '\\n'.",
    .base = &io_text_base_type};
