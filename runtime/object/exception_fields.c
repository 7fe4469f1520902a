/* The exceptions with fields of their own, but for OSError and groups. */
#include "runtime/object/attribute.h"
#include "runtime/object/bytes_internal.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception_internal.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <stdio.h>

#define INIT(layout)                                                                               \
  int exception_##layout##_init(struct object *o, struct object *const *args, size_t n,            \
                                struct object *kwnames)
#define INHERITED_NEW(layout)                                                                      \
  struct object *exception_##layout##_new(struct type *t, struct object *const *args, size_t n,    \
                                          struct object *kwnames) {                                \
    return exception_new_slot(t, args, n, kwnames);                                                \
  }
#define INHERITED_STR(layout)                                                                      \
  struct object *exception_##layout##_str(struct object *o) {                                      \
    return exception_str_slot(o);                                                                  \
  }
#define NO_METHODS(layout) const struct method_def exception_##layout##_methods[] = {{NULL}};
#define NO_GETSETS(layout) const struct getset_def exception_##layout##_getsets[] = {{NULL}};
#define FIELD(layout, name, field, doc)                                                            \
  { name, MEMBER_OBJECT, 0, offsetof(struct exception_##layout, field), doc }

struct object *exception_plain_new(struct type *t, struct object *const *args, size_t n,
                                   struct object *kwnames) {
  return exception_new_slot(t, args, n, kwnames);
}
INIT(plain) { return exception_init_slot(o, args, n, kwnames); }
INHERITED_STR(plain)

/* Fields given by name only; those not given become None where `none` says so. */
static int named_fields(struct object *o, struct object *const *args, size_t n,
                        struct object *kwnames, const char *const *names, size_t names_n,
                        struct object ***fields, const char *function) {
  if (exception_set_args(o, args, n) < 0)
    return -1;
  struct object *values[4] = {NULL};
  struct args_spec spec = {function, names, (uint8_t)names_n, 0, 0, 0};
  if (kwnames && args_parse(&spec, args + n, 0, kwnames, values) < 0)
    return -1;
  for (size_t i = 0; i < names_n; i++)
    store(o, fields[i], values[i] ? hold(values[i]) : NULL);
  return 0;
}

/* ---- SystemExit, StopIteration ---- */

INHERITED_NEW(system_exit)
INHERITED_STR(system_exit)
INIT(system_exit) {
  if (exception_init_slot(o, args, n, kwnames) < 0)
    return -1;
  struct object *code = n == 1 ? args[0] : n > 1 ? exception_plain_of(o)->args : NULL;
  store(o, &((struct exception_system_exit *)o)->code, code ? hold(code) : NULL);
  return 0;
}
const struct member_def exception_system_exit_members[] = {
    FIELD(system_exit, "code", code, "exception code"), {NULL}};
NO_METHODS(system_exit)
NO_GETSETS(system_exit)

INHERITED_NEW(stop_iteration)
INHERITED_STR(stop_iteration)
INIT(stop_iteration) {
  if (exception_init_slot(o, args, n, kwnames) < 0)
    return -1;
  store(o, &((struct exception_stop_iteration *)o)->value, hold(n ? args[0] : NONE));
  return 0;
}
const struct member_def exception_stop_iteration_members[] = {
    FIELD(stop_iteration, "value", value, "generator return value"), {NULL}};
NO_METHODS(stop_iteration)
NO_GETSETS(stop_iteration)

/* ---- AttributeError, NameError, ImportError ---- */

INHERITED_NEW(attribute)
INHERITED_STR(attribute)
INIT(attribute) {
  static const char *const names[] = {"name", "obj"};
  struct exception_attribute *e = (struct exception_attribute *)o;
  struct object **fields[] = {&e->name, &e->object};
  return named_fields(o, args, n, kwnames, names, 2, fields, "AttributeError");
}
const struct member_def exception_attribute_members[] = {
    FIELD(attribute, "name", name, "attribute name"),
    FIELD(attribute, "obj", object, "object"),
    {NULL}};
NO_METHODS(attribute)
NO_GETSETS(attribute)

INHERITED_NEW(name)
INHERITED_STR(name)
INIT(name) {
  static const char *const names[] = {"name"};
  struct object **fields[] = {&((struct exception_name *)o)->name};
  return named_fields(o, args, n, kwnames, names, 1, fields, "NameError");
}
const struct member_def exception_name_members[] = {FIELD(name, "name", name, "name"), {NULL}};
NO_METHODS(name)
NO_GETSETS(name)

INHERITED_NEW(import)
INIT(import) {
  static const char *const names[] = {"name", "path"};
  struct exception_import *e = (struct exception_import *)o;
  struct object **fields[] = {&e->name, &e->path};
  if (named_fields(o, args, n, kwnames, names, 2, fields, "ImportError") < 0)
    return -1;
  store(o, &e->message, n == 1 ? hold(args[0]) : NULL);
  return 0;
}
struct object *exception_import_str(struct object *o) {
  struct object *message = ((struct exception_import *)o)->message;
  return message && is_str(message) ? hold(message) : exception_str_slot(o);
}
static struct object *import_reduce(struct object *o) {
  struct exception_import *e = (struct exception_import *)o;
  struct object *state = NULL;
  if (e->name || e->path || e->plain.dict) {
    state = e->plain.dict ? dict_copy(e->plain.dict) : dict_new();
    struct object *name = state ? str_intern("name") : NULL,
                  *path = name ? str_intern("path") : NULL;
    bool ok = path && (!e->name || dict_set(state, name, e->name) == 0) &&
              (!e->path || dict_set(state, path, e->path) == 0);
    drop_null(name);
    drop_null(path);
    if (!ok) {
      drop_null(state);
      return NULL;
    }
  }
  struct object *result = state ? tuple_pack(3, &type_of(o)->head, e->plain.args, state)
                                : tuple_pack(2, &type_of(o)->head, e->plain.args);
  drop_null(state);
  return result;
}
const struct method_def exception_import_methods[] = {
    METHOD_NOARGS_("__reduce__", import_reduce, NULL), {NULL}};
const struct member_def exception_import_members[] = {
    FIELD(import, "msg", message, "exception message"),
    FIELD(import, "name", name, "module name"),
    FIELD(import, "path", path, "module path"),
    {NULL}};
NO_GETSETS(import)

/* ---- SyntaxError ---- */

INHERITED_NEW(syntax)
INIT(syntax) {
  struct exception_syntax *e = (struct exception_syntax *)o;
  if (exception_init_slot(o, args, n, kwnames) < 0)
    return -1;
  if (n >= 1)
    store(o, &e->message, hold(args[0]));
  if (n != 2)
    return 0;
  struct object *details = iterate_to_tuple(args[1]);
  if (!details)
    return -1;
  size_t count = tuple_length(details);
  if (count < 4 || count > 6 || count == 5) {
    if (count == 5)
      error_format(ERROR_TYPE, "end_offset must be provided when end_lineno is provided");
    else
      error_format(ERROR_TYPE, "function takes %s %d arguments (%zu given)",
                   count < 4 ? "at least" : "at most", count < 4 ? 4 : 6, count);
    drop(details);
    return -1;
  }
  struct object **const fields[] = {&e->filename, &e->line,     &e->offset,
                                    &e->text,     &e->end_line, &e->end_offset};
  for (size_t i = 0; i < 6; i++)
    store(o, fields[i], i < count ? hold(tuple_get_borrowed(details, i)) : NULL);
  drop(details);
  return 0;
}
struct object *exception_syntax_str(struct object *o) {
  struct exception_syntax *e = (struct exception_syntax *)o;
  bool has_file = e->filename && is_any_str(e->filename);
  bool has_line = e->line && is_any_int(e->line);
  struct object *message = e->message ? e->message : NONE;
  if (!has_file && !has_line)
    return object_str(message);
  struct object *file = NULL;
  if (has_file) { /* its last part */
    size_t length = str_length(e->filename), start = length;
    while (start && str_at(e->filename, start - 1) != '/')
      start--;
    if (!(file = str_slice(e->filename, start, length)))
      return NULL;
  }
  struct object *result = has_file && has_line
                              ? str_format("%S (%U, line %S)", message, file, e->line)
                          : has_file ? str_format("%S (%U)", message, file)
                                     : str_format("%S (line %S)", message, e->line);
  drop_null(file);
  return result;
}
const struct member_def exception_syntax_members[] = {
    FIELD(syntax, "msg", message, "exception msg"),
    FIELD(syntax, "filename", filename, "exception filename"),
    FIELD(syntax, "lineno", line, "exception lineno"),
    FIELD(syntax, "offset", offset, "exception offset"),
    FIELD(syntax, "text", text, "exception text"),
    FIELD(syntax, "end_lineno", end_line, "exception end lineno"),
    FIELD(syntax, "end_offset", end_offset, "exception end offset"),
    FIELD(syntax, "print_file_and_line", print_file, "exception print_file_and_line"),
    {NULL}};
NO_METHODS(syntax)
NO_GETSETS(syntax)

/* ---- UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError ---- */

static bool translates(struct object *o) {
  return object_is_instance(o, exception_type(ERROR_UNICODE_TRANSLATE));
}
static bool decodes(struct object *o) {
  return object_is_instance(o, exception_type(ERROR_UNICODE_DECODE));
}

INHERITED_NEW(unicode)
INIT(unicode) {
  struct exception_unicode *e = (struct exception_unicode *)o;
  if (exception_init_slot(o, args, n, kwnames) < 0)
    return -1;
  size_t skip = translates(o) ? 0 : 1, wanted = 4 + skip;
  if (n != wanted) {
    error_format(ERROR_TYPE, "function takes exactly %zu arguments (%zu given)", wanted, n);
    return -1;
  }
  struct object *const *rest = args + skip;
  const struct {
    struct object *value;
    bool ok;
    const char *what;
  } checks[] = {{args[0], !skip || is_any_str(args[0]), "str"},
                {rest[0],
                 decodes(o) ? has_buffer(rest[0]) || is_any_bytes(rest[0]) || is_bytearray(rest[0])
                            : is_any_str(rest[0]),
                 decodes(o) ? "bytes" : "str"},
                {rest[3], is_any_str(rest[3]), "str"}};
  for (size_t i = 0; i < 3; i++)
    if (!checks[i].ok) {
      if (i == 1 && decodes(o))
        error_format(ERROR_TYPE, "a bytes-like object is required, not '%N'", checks[i].value);
      else
        error_format(ERROR_TYPE, "argument %d must be %s, not %N",
                     (int)(i == 0   ? 1
                           : i == 1 ? skip + 1
                                    : skip + 4),
                     checks[i].what, checks[i].value);
      return -1;
    }
  if (number_to_i64(rest[1], &e->start, ERROR_OVERFLOW) < 0 ||
      number_to_i64(rest[2], &e->end, ERROR_OVERFLOW) < 0)
    return -1;
  store(o, &e->encoding, skip ? hold(args[0]) : NULL);
  struct object *object = hold(rest[0]);
  if (decodes(o) && !is_any_bytes(object)) {
    struct bytes_argument a;
    struct object *copy = NULL;
    if (bytes_argument_get(object, &a) == 0) {
      copy = bytes_from(a.units.data, a.units.n);
      bytes_argument_release(&a);
    }
    drop(object);
    if (!(object = copy))
      return -1;
  }
  store(o, &e->object, object);
  store(o, &e->reason, hold(rest[3]));
  return 0;
}
static struct object *one_place(struct exception_unicode *e, struct object *o) {
  if (decodes(o)) {
    unsigned byte = bytes_data(e->object)[e->start];
    return str_format("'%S' codec can't decode byte 0x%02x in position %ld: %S", e->encoding, byte,
                      (long)e->start, e->reason);
  }
  uint32_t c = str_at(e->object, (size_t)e->start);
  const char *escape = c <= 0xff ? "x%02x" : c <= 0xffff ? "u%04x" : "U%08x";
  char shown[16];
  snprintf(shown, sizeof shown, escape, c);
  if (translates(o))
    return str_format("can't translate character '\\%s' in position %ld: %S", shown, (long)e->start,
                      e->reason);
  return str_format("'%S' codec can't encode character '\\%s' in position %ld: %S", e->encoding,
                    shown, (long)e->start, e->reason);
}
struct object *exception_unicode_str(struct object *o) {
  struct exception_unicode *e = (struct exception_unicode *)o;
  if (!e->object || !e->reason)
    return str_from_ascii("");
  int64_t length = (int64_t)(decodes(o) ? bytes_length(e->object) : str_length(e->object));
  if (e->start >= 0 && e->start < length && e->end == e->start + 1)
    return one_place(e, o);
  long start = (long)e->start, last = (long)e->end - 1;
  if (translates(o))
    return str_format("can't translate characters in position %ld-%ld: %S", start, last, e->reason);
  if (decodes(o))
    return str_format("'%S' codec can't decode bytes in position %ld-%ld: %S", e->encoding, start,
                      last, e->reason);
  return str_format("'%S' codec can't encode characters in position %ld-%ld: %S", e->encoding,
                    start, last, e->reason);
}
const struct member_def exception_unicode_members[] = {
    FIELD(unicode, "encoding", encoding, "exception encoding"),
    FIELD(unicode, "object", object, "exception object"),
    {"start", MEMBER_INT64, 0, offsetof(struct exception_unicode, start), "exception start"},
    {"end", MEMBER_INT64, 0, offsetof(struct exception_unicode, end), "exception end"},
    FIELD(unicode, "reason", reason, "exception reason"),
    {NULL}};
NO_METHODS(unicode)
NO_GETSETS(unicode)
