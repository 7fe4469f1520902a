/* print, input: text through sys.stdout and sys.stdin, whatever these are. */
#include "runtime/modules/builtins/builtins.h"
#include "runtime/modules/sys.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"

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

static struct object *input(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("input", n, 0, 1) < 0)
    return NULL;
  struct object *in = stream("stdin"), *out = in ? stream("stdout") : NULL;
  struct object *err = out ? stream("stderr") : NULL;
  if (!err)
    return NULL;
  if (flush(err) < 0)
    error_clear();
  if (n) {
    struct object *text = object_str(args[0]);
    int done = text ? write_text(out, text) : -1;
    drop_null(text);
    if (done < 0)
      return NULL;
  }
  if (flush(out) < 0)
    error_clear();
  struct object *line = call_method_none(in, str_intern("readline"));
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

const struct method_def builtins_print_functions[] = {
    METHOD_KEYWORDS_("print", print,
                     "($module, /, *args, sep=' ', end='\\n', file=None, flush=False)\n--\n\n"
                     "Prints the values to a stream, or to sys.stdout by default."),
    METHOD_FAST_("input", input,
                 "($module, prompt='', /)\n--\n\nRead a string from standard input."),
    {NULL}};
