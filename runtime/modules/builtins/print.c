/* print, input: text through sys.stdout and sys.stdin, whatever these are. */
#include "runtime/modules/builtins/builtins.h"
#include "runtime/modules/readline.h"
#include "runtime/modules/sys.h"
#include "runtime/object/attribute.h"
#include "runtime/object/audit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int write_text(struct object *file, struct object *text) {
  struct object *result = call_method_one(file, NAME(plain_write), text);
  drop_null(result);
  return result ? 0 : -1;
}
static int flush(struct object *file) {
  struct object *result = call_method_none(file, NAME(plain_flush));
  drop_null(result);
  return result ? 0 : -1;
}

/* NULL and None stand for the usual text. */
static int check_text(struct object **text, const char *what, const char *usual) {
  if (*text && *text != NONE) {
    if (is_any_str(*text))
      return 0;
    error_format(ERROR_TYPE, "%s must be None or a string, not %N", what, *text);
    return -1;
  }
  *text = str_intern(usual); /* interned strings are immortal */
  return *text ? 0 : -1;
}

static struct object *print(struct object *self, struct object *const *args, size_t n,
                            struct object *kwnames) {
  enum { SEP, END, FILE_, FLUSH, OPTIONS_N };
  static const char *const names[] = {"sep", "end", "file", "flush"};
  static const struct args_spec spec = {"print", names, OPTIONS_N, 0, 0, 0};
  struct object *v[OPTIONS_N] = {NULL};
  if (kwnames && args_parse(&spec, args + n, 0, kwnames, v) < 0)
    return NULL;
  struct object *file = v[FILE_];
  if (!file || file == NONE) {
    file = sys_get_borrowed("stdout");
    if (!file)
      return error_format(ERROR_RUNTIME, "lost sys.stdout");
    if (file == NONE)
      return hold(NONE);
  }
  if (check_text(&v[SEP], "sep", " ") < 0 || check_text(&v[END], "end", "\n") < 0)
    return NULL;
  hold(file); /* printing may replace sys.stdout */
  int done = 0;
  for (size_t i = 0; done == 0 && i < n; i++) {
    if (i)
      done = write_text(file, v[SEP]);
    struct object *text = done == 0 ? is_str(args[i]) ? hold(args[i]) : object_str(args[i]) : NULL;
    done = text ? write_text(file, text) : -1;
    drop_null(text);
  }
  if (done == 0)
    done = write_text(file, v[END]);
  if (done == 0 && v[FLUSH]) {
    int wanted = object_truth(v[FLUSH]);
    done = wanted > 0 ? flush(file) : wanted;
  }
  drop(file);
  return done < 0 ? NULL : hold(NONE);
}

static struct object *lost(const char *name) {
  return error_format(ERROR_RUNTIME, "input(): lost sys.%s", name);
}
static struct object *stream(const char *name) {
  struct object *o = sys_get_borrowed(name);
  return o && o != NONE ? o : lost(name);
}

static bool is_descriptor(struct object *file, int64_t descriptor) {
  struct object *number = call_method_none(file, NAME(plain_fileno));
  int64_t value;
  bool is = number && is_any_int(number) && int_to_i64(number, &value) && value == descriptor;
  drop_null(number);
  error_clear();
  return is;
}

/* At a terminal, with editing. */
static struct object *read_edited(struct object *prompt) {
  struct object *utf8 = prompt ? str_encode_utf8(prompt) : NULL;
  if (prompt && !utf8)
    return NULL;
  char *line = NULL;
  enum readline_end end = readline_read(utf8 ? (const char *)bytes_data(utf8) : "", &line);
  drop_null(utf8);
  struct object *text = NULL;
  switch (end) {
  case READLINE_LINE:
    text = str_decode_filename(line, strlen(line));
    break;
  case READLINE_EOF:
    error_set(ERROR_EOF, "EOF when reading a line");
    break;
  case READLINE_INTERRUPTED:
    break;
  case READLINE_NO_MEMORY:
    error_no_memory();
    break;
  }
  free(line);
  return text;
}

/* Through the methods of the streams. */
static struct object *read_plain(struct object *in, struct object *out, struct object *prompt) {
  if (prompt && write_text(out, prompt) < 0)
    return NULL;
  if (flush(out) < 0)
    error_clear();
  struct object *line = call_method_none(in, NAME(plain_readline));
  if (!line)
    return NULL;
  if (!is_any_str(line)) {
    drop(line);
    return error_format(ERROR_TYPE, "object.readline() returned non-string");
  }
  size_t length = str_length(line);
  if (!length) {
    drop(line);
    return error_format(ERROR_EOF, "EOF when reading a line");
  }
  if (str_at(line, length - 1) != '\n')
    return line;
  struct object *shorter = str_slice(line, 0, length - 1);
  drop(line);
  return shorter;
}

static struct object *input(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("input", n, 0, 1) < 0)
    return NULL;
  if (AUDIT_FAILS("builtins.input", tuple_pack(1, n ? args[0] : NONE)))
    return NULL;
  struct object *in = stream("stdin"), *out = in ? stream("stdout") : NULL;
  struct object *err = out ? stream("stderr") : NULL;
  if (!err)
    return NULL;
  if (flush(err) < 0)
    error_clear();
  struct object *prompt = n ? object_str(args[0]) : NULL;
  if (n && !prompt)
    return NULL;
  hold(in);
  hold(out);
  bool is_edited = readline_read && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
                   is_descriptor(in, STDIN_FILENO) && is_descriptor(out, STDOUT_FILENO);
  struct object *line = is_edited ? read_edited(prompt) : read_plain(in, out, prompt);
  drop(out);
  drop(in);
  drop_null(prompt);
  return line;
}

static struct object *breakpoint(struct object *self, struct object *const *args, size_t n,
                                 struct object *kwnames) {
  struct object *hook = sys_get_borrowed("breakpointhook");
  if (!hook)
    return error_format(ERROR_RUNTIME, "lost sys.breakpointhook");
  hold(hook);
  struct object *result = AUDIT_FAILS("builtins.breakpoint", tuple_pack(1, hook))
                              ? NULL
                              : call_object(hook, args, n, kwnames);
  drop(hook);
  return result;
}

const struct method_def builtins_print_functions[] = {
    METHOD_KEYWORDS_("breakpoint", breakpoint,
                     "breakpoint(*args, **kws)\n\nCall sys.breakpointhook(*args, **kws)."),
    METHOD_KEYWORDS_("print", print,
                     "($module, /, *args, sep=' ', end='\\n', file=None, flush=False)\n--\n\n"
                     "Prints the values to a stream, or to sys.stdout by default."),
    METHOD_FAST_("input", input,
                 "($module, prompt='', /)\n--\n\nRead a string from standard input."),
    {NULL}};
