/* sys.stdin, sys.stdout, sys.stderr: text over buffers over the three descriptors. */
#include "ouropy/interpreter.h"
#include "runtime/modules/import/import.h"
#include "runtime/modules/sys.h"
#include "runtime/object/attribute.h"
#include "runtime/object/codec.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/vm.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* PYTHONIOENCODING=encoding:errors; each may be left out. */
struct encoding {
  char name[64], errors[64];
};

static bool choose_encoding(struct encoding *e) {
  const char *given = sys_environment("PYTHONIOENCODING"),
             *colon = given ? strchr(given, ':') : NULL;
  *e = (struct encoding){"utf-8", ""};
  strcpy(e->errors, locale_is_lenient() ? "surrogateescape" : "strict");
  if (!given)
    return true;
  size_t n = colon ? (size_t)(colon - given) : strlen(given);
  if (n >= sizeof e->name || (colon && strlen(colon + 1) >= sizeof e->errors))
    return false;
  if (n) {
    memcpy(e->name, given, n);
    e->name[n] = 0;
    strcpy(e->errors, "strict");
  }
  if (colon && colon[1])
    strcpy(e->errors, colon + 1);
  return true;
}

/* f(*args, name=value, ...) with owned values, all of which are taken. */
static struct object *call_taking(struct object *f, struct object *const *args, size_t n,
                                  const char *const *names, size_t names_n) {
  struct object *kwnames = tuple_new(names_n), *result = NULL;
  bool complete = kwnames != NULL;
  for (size_t i = 0; complete && i < names_n; i++) {
    struct object *name = str_intern(names[i]);
    complete = name != NULL;
    if (complete)
      tuple_init_taking(kwnames, i, name);
  }
  for (size_t i = 0; i < n + names_n; i++)
    complete = complete && args[i];
  if (complete)
    result = call_object(f, args, n, kwnames);
  for (size_t i = 0; i < n + names_n; i++)
    drop_null(args[i]);
  drop_null(kwnames);
  return result;
}

static struct object *text(const char *bytes) { return str_decode_filename(bytes, strlen(bytes)); }

static struct object *open_buffer(struct object *io, int descriptor, bool is_raw) {
  static const char *const names[] = {"buffering", "closefd"};
  struct object *open = attribute_get_ascii(io, "open");
  struct object *const args[] = {int_from_i64(descriptor), text(descriptor ? "wb" : "rb"),
                                 int_from_i64(is_raw ? 0 : -1), hold(FALSE_)};
  struct object *buffer = open ? call_taking(open, args, 2, names, 2) : NULL;
  drop_null(open);
  return buffer;
}

static int set_name(struct object *stream, const char *attribute, const char *value) {
  struct object *name = text(value);
  int done = name ? attribute_set_ascii(stream, attribute, name) : -1;
  drop_null(name);
  return done;
}

static struct object *open_text(struct object *io, int descriptor, const char *encoding,
                                const char *errors, bool unbuffered) {
  static const char *const labels[] = {"<stdin>", "<stdout>", "<stderr>"};
  static const char *const names[] = {"encoding", "errors", "newline", "line_buffering",
                                      "write_through"};
  bool is_raw = descriptor && unbuffered;
  struct object *buffer = open_buffer(io, descriptor, is_raw);
  struct object *raw = !buffer ? NULL : is_raw ? hold(buffer) : attribute_get_ascii(buffer, "raw");
  struct object *wrapper = raw && set_name(raw, "name", labels[descriptor]) == 0
                               ? attribute_get_ascii(io, "TextIOWrapper")
                               : NULL;
  struct object *stream = NULL;
  if (wrapper) {
    bool by_line = descriptor == 2 || isatty(descriptor);
    struct object *const args[] = {hold(buffer),
                                   text(encoding),
                                   text(errors),
                                   text("\n"),
                                   hold(bool_from(by_line && !unbuffered)),
                                   hold(bool_from(unbuffered))};
    stream = call_taking(wrapper, args, 1, names, 5);
  }
  if (stream && set_name(stream, "mode", descriptor ? "w" : "r") < 0) {
    drop(stream);
    stream = NULL;
  }
  drop_null(wrapper);
  drop_null(raw);
  drop_null(buffer);
  return stream;
}

/* ---- Before there are streams ---- */

/* Straight to the descriptor: importing reports there (-v) while it sets itself up. */
static struct object *printer_write(struct object *o, struct object *message) {
  if (!is_any_str(message))
    return error_format(ERROR_TYPE, "write() argument must be str, not %N", message);
  return traceback_write(message, NULL) < 0 ? NULL : int_from_i64((int64_t)str_length(message));
}
static struct object *printer_flush(struct object *o) { return hold(NONE); }
static struct object *printer_fileno(struct object *o) { return int_from_i64(STDERR_FILENO); }
static struct object *printer_isatty(struct object *o) {
  return hold(bool_from(isatty(STDERR_FILENO)));
}
static const struct method_def printer_methods[] = {
    METHOD_ONE_("write", printer_write, NULL),      METHOD_NOARGS_("flush", printer_flush, NULL),
    METHOD_NOARGS_("close", printer_flush, NULL),   METHOD_NOARGS_("fileno", printer_fileno, NULL),
    METHOD_NOARGS_("isatty", printer_isatty, NULL), {NULL}};
static struct type printer_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .basic_bytes = sizeof(struct object)},
    .name = "stderrprinter",
    .methods = printer_methods,
    .flags = TYPE_NO_INSTANCE,
    .base = &object_type,
};

int streams_open_first(void) {
  struct object *printer =
      type_ready(&printer_type) < 0 ? NULL : gc_new(&printer_type, sizeof(struct object));
  if (!printer && error_pending() == ERROR_NONE)
    error_no_memory();
  int done = printer ? sys_set("stderr", printer) : -1;
  drop_null(printer);
  return done;
}

/* ---- All three ---- */

int streams_open(const struct ouropy_options *o) {
  static const char *const names[][2] = {
      {"stdin", "__stdin__"}, {"stdout", "__stdout__"}, {"stderr", "__stderr__"}};
  struct encoding encoding;
  struct object *io = import_module("_io");
  if (!choose_encoding(&encoding))
    error_set(ERROR_VALUE, "PYTHONIOENCODING is too long");
  int done = io && error_pending() == ERROR_NONE ? 0 : -1;
  struct object *codec = done == 0 ? codec_lookup(encoding.name) : NULL;
  if (done == 0 && !codec) {
    drop(io);
    return -3;
  }
  drop_null(codec);
  struct stat facts;
  if (done == 0 && fstat(STDIN_FILENO, &facts) == 0 && S_ISDIR(facts.st_mode)) {
    drop(io);
    return -2;
  }
  for (int i = 0; done == 0 && i < 3; i++) {
    bool is_open = fcntl(i, F_GETFD) >= 0;
    const char *errors = i == 2 ? "backslashreplace" : encoding.errors;
    struct object *stream =
        is_open ? open_text(io, i, encoding.name, errors, o->unbuffered) : hold(NONE);
    done = stream && sys_set(names[i][0], stream) == 0 ? sys_set(names[i][1], stream) : -1;
    drop_null(stream);
  }
  struct object *open = done == 0 ? attribute_get_ascii(io, "open") : NULL;
  struct object *key = str_intern("open");
  done = open && key ? dict_set(vm_builtins, key, open) : -1;
  drop_null(open);
  drop_null(io);
  return done;
}
