/* The standard streams: sys.stdin, sys.stdout, sys.stderr. */
#include "runtime/modules/io/text.h"
#include "runtime/modules/standard_streams.h"
#include "runtime/modules/sys.h"
#include "runtime/object/attribute.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/vm/vm.h"
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct choice {
  char encoding[64], errors[64];
};

/* The locale that counts for characters, by the environment. */
static bool is_c_locale(void) {
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
    const char *value = getenv(names[i]);
    if (value && *value)
      return !strcmp(value, "C") || !strcmp(value, "POSIX");
  }
  return true;
}

/* PYTHONIOENCODING is "encoding", ":errors", or both. */
static void choose(struct choice *c) {
  bool utf8 = sys_start.utf8_mode || is_c_locale();
  strcpy(c->encoding, utf8 ? "utf-8" : io_locale_encoding());
  strcpy(c->errors, utf8 ? "surrogateescape" : "strict");
  const char *given = sys_start.ignore_environment ? NULL : getenv("PYTHONIOENCODING");
  if (!given || !*given)
    return;
  const char *colon = strchr(given, ':');
  size_t n = colon ? (size_t)(colon - given) : strlen(given);
  if (n && n < sizeof c->encoding) {
    memcpy(c->encoding, given, n);
    c->encoding[n] = 0;
    strcpy(c->errors, "strict");
  }
  if (colon && colon[1] && strlen(colon + 1) < sizeof c->errors)
    strcpy(c->errors, colon + 1);
}

static struct object *call(struct type *t, struct object *const *args, size_t n) {
  return call_object(&t->head, args, n, NULL);
}

/* The text over the bytes over the descriptor, each as far as it goes. */
static struct object *text_over(struct object *buffer, const char *encoding, const char *errors,
                                bool line_buffering, bool write_through) {
  struct object *args[] = {buffer,
                           str_from_ascii(encoding),
                           str_from_ascii(errors),
                           str_from_ascii("\n"),
                           bool_from(line_buffering),
                           bool_from(write_through)};
  struct object *text = args[1] && args[2] && args[3] ? call(&io_text_type, args, 6) : NULL;
  for (size_t i = 1; i < 4; i++)
    drop_null(args[i]);
  return text;
}
static struct object *make(int fd, const char *name, bool writes, const struct choice *c,
                           const char *errors, bool unbuffered) {
  struct object *number = int_from_i64(fd), *mode = str_from_ascii(writes ? "wb" : "rb");
  struct object *raw = NULL, *buffer = NULL, *text = NULL, *label = NULL, *letter = NULL;
  if (number && mode) {
    struct object *const args[] = {number, mode, FALSE_};
    raw = call(&io_file_type, args, 3);
  }
  if (raw && (label = str_from_ascii(name)) != NULL &&
      attribute_set(raw, IO_NAME(name), label) == 0) {
    if (unbuffered && writes)
      buffer = hold(raw);
    else
      buffer = call(writes ? &io_writer_type : &io_reader_type, &raw, 1);
  }
  bool lines = writes && !unbuffered && (fd == STDERR_FILENO || isatty(fd));
  if (buffer)
    text = text_over(buffer, c->encoding, errors, lines, unbuffered && writes);
  if (text && ((letter = str_from_ascii(writes ? "w" : "r")) == NULL ||
               attribute_set(text, IO_NAME(mode), letter) < 0)) {
    drop(text);
    text = NULL;
  }
  drop_null(letter);
  drop_null(label);
  drop_null(buffer);
  drop_null(raw);
  drop_null(mode);
  drop_null(number);
  return text;
}

static int set_both(const char *name, const char *copy, struct object *stream) {
  int status = stream && sys_set(copy, stream) == 0 && sys_set(name, stream) == 0 ? 0 : -1;
  drop_null(stream);
  return status;
}

int io_open_standard_streams(bool unbuffered) {
  struct object *name = str_intern("_io");
  struct object *module = name && vm_import ? vm_import(name, NONE, NONE, NONE, 0) : NULL;
  drop_null(name);
  if (!module)
    return -1;
  drop(module);
  static const struct {
    const char *name, *copy, *label;
  } streams[] = {{"stdin", "__stdin__", "<stdin>"},
                 {"stdout", "__stdout__", "<stdout>"},
                 {"stderr", "__stderr__", "<stderr>"}};
  struct choice c;
  choose(&c);
  for (int fd = 0; fd < 3; fd++) {
    struct stat s;
    struct object *stream =
        fstat(fd, &s) < 0 ? hold(NONE)
                          : make(fd, streams[fd].label, fd > 0, &c,
                                 fd == STDERR_FILENO ? "backslashreplace" : c.errors, unbuffered);
    if (set_both(streams[fd].name, streams[fd].copy, stream) < 0)
      return -1;
  }
  return 0;
}

static int flush_one(const char *name, bool reports) {
  struct object *stream = sys_get_borrowed(name);
  if (!stream || stream == NONE)
    return 0;
  hold(stream);
  int closed = io_is_closed(stream), status = 0;
  if (closed < 0) {
    error_clear();
    closed = 0;
  }
  if (!closed) {
    struct object *result = io_call(stream, IO_NAME_flush);
    if (!result) {
      if (reports)
        error_report_object(stream);
      error_clear();
      status = -1;
    }
    drop_null(result);
  }
  drop(stream);
  return status;
}
int io_flush_standard_streams(void) {
  int out = flush_one("stdout", true), error = flush_one("stderr", false);
  return out < 0 || error < 0 ? -1 : 0;
}
