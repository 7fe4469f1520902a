/* The prompt: statements are read line by line until they are complete, then run. */
#include "os/file.h"
#include "ouropy/interpreter.h"
#include "runtime/modules/builtins/builtins.h"
#include "runtime/modules/import/import.h"
#include "runtime/modules/readline.h"
#include "runtime/modules/sys.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/vm/gil.h"
#include "runtime/vm/vm.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct text {
  char *bytes;
  size_t n, capacity;
};
static bool text_add(struct text *t, const char *more, size_t n) {
  if (t->capacity - t->n < n + 1) {
    size_t capacity = (t->n + n + 1) * 2;
    char *bytes = realloc(t->bytes, capacity);
    if (!bytes)
      return false;
    t->bytes = bytes;
    t->capacity = capacity;
  }
  memcpy(t->bytes + t->n, more, n);
  t->n += n;
  t->bytes[t->n] = 0;
  return true;
}

/* sys.ps1 or sys.ps2 as text, asked for each time: it may be any object. */
static struct object *prompt_text(const char *name) {
  struct object *o = sys_get_borrowed(name);
  if (o)
    hold(o);
  struct object *shown = o ? object_str(o) : NULL, *utf8 = shown ? str_encode_utf8(shown) : NULL;
  drop_null(shown);
  drop_null(o);
  error_clear();
  return utf8;
}

/* 1: a line with its newline was added; 0: the end of input; -1: an error is pending, of a signal's
 * handler (KeyboardInterrupt) or for want of memory. */
static int read_plain(const char *prompt, struct text *t) {
  fputs(prompt, stderr);
  fflush(stderr);
  for (;;) {
    char *line = NULL;
    size_t room = 0;
    gil_release();
    errno = 0;
    ssize_t n = getline(&line, &room, stdin);
    gil_acquire();
    bool is_added = n > 0 && text_add(t, line, (size_t)n), is_interrupted = errno == EINTR;
    free(line);
    if (n > 0)
      return is_added ? 1 : (error_no_memory(), -1);
    if (!is_interrupted)
      return 0;
    clearerr(stdin);
    if (vm_handle_signals() < 0)
      return -1;
  }
}
static int read_edited(const char *prompt, struct text *t) {
  char *line = NULL;
  enum readline_end end = readline_read(prompt, &line);
  bool is_added = end == READLINE_LINE && text_add(t, line, strlen(line)) && text_add(t, "\n", 1);
  free(line);
  if (end == READLINE_NO_MEMORY || (end == READLINE_LINE && !is_added))
    error_no_memory();
  return is_added ? 1 : end == READLINE_EOF ? 0 : -1;
}
static int read_line(const char *name, struct text *t) {
  struct object *prompt = prompt_text(name);
  const char *text = prompt ? (const char *)bytes_data(prompt) : "";
  bool is_edited = readline_read && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  int got = is_edited ? read_edited(text, t) : read_plain(text, t);
  drop_null(prompt);
  return got;
}

static bool parses(const struct text *t, size_t n, struct object *filename, bool *is_incomplete) {
  struct tree tree = {0};
  struct syntax_error error;
  bool is_good = builtins_parse(t->bytes, n, filename, PARSE_SINGLE,
                                COMPILE_IGNORE_COOKIE | COMPILE_DONT_IMPLY_DEDENT |
                                    COMPILE_INCOMPLETE_INPUT | COMPILE_NO_WARNINGS,
                                0, &tree, &error) == 0;
  if (is_good)
    tree_free(&tree);
  *is_incomplete = !is_good && error.message && str_is(error.message, "incomplete input");
  syntax_error_clear(&error);
  error_clear();
  return is_good;
}
/* Whether what stands there is a whole statement, or wrong. One that is whole only with the newline
 * of its last line is compound, and ends with an empty line. */
static bool is_whole(const struct text *t, struct object *filename) {
  bool is_incomplete;
  return parses(t, t->n - (t->bytes[t->n - 1] == '\n'), filename, &is_incomplete) ||
         (!parses(t, t->n, filename, &is_incomplete) && !is_incomplete);
}

static bool is_blank(const struct text *t) {
  for (size_t i = 0; i < t->n; i++)
    if (!strchr(" \t\f\r\n", t->bytes[i]))
      return t->bytes[i] == '#';
  return true;
}

static void set_default(const char *name, const char *value) {
  struct object *text = sys_get_borrowed(name) ? NULL : str_intern(value);
  if (text && sys_set(name, text) < 0)
    error_clear();
}

/* ---- What is run: -1, or the exit code where it ended by SystemExit ---- */

static int end_taking(struct object *result) {
  if (result) {
    drop(result);
    return -1;
  }
  bool is_exit = error_matches(ERROR_SYSTEM_EXIT);
  int status = run_report_exception();
  return is_exit ? status : -1;
}
static int run_code_taking(struct object *code) {
  struct object *result =
      code ? vm_run_code(code, module_dict_borrowed(interpreter_main), NULL) : NULL;
  drop_null(code);
  return end_taking(result);
}

static int run_startup_file(void) {
  const char *path = sys_environment("PYTHONSTARTUP");
  struct object *filename = path ? str_decode_filename(path, strlen(path)) : NULL;
  if (!filename)
    return path ? end_taking(NULL) : -1;
  char error[PATH_MAX + 256];
  size_t n;
  char *bytes = file_read(path, &n, error, sizeof error);
  struct object *code = NULL;
  if (bytes) {
    code = builtins_compile_bytes(bytes, n, filename, PARSE_EXEC, 0, -1);
  } else {
    error_errno(errno, filename, NULL);
    fputs("Could not open PYTHONSTARTUP\n", stderr);
  }
  free(bytes);
  drop(filename);
  return run_code_taking(code);
}

static int run_interactive_hook(void) {
  struct object *hook = sys_get_borrowed("__interactivehook__");
  if (!hook)
    return -1;
  hold(hook);
  struct object *done = call_none(hook);
  drop(hook);
  if (!done)
    fputs("Failed calling sys.__interactivehook__\n", stderr);
  return end_taking(done);
}

static void flush(const char *name) {
  struct object *file = sys_get_borrowed(name);
  if (!file)
    return;
  hold(file);
  struct object *done = call_method_none(file, NAME(plain_flush));
  drop_null(done);
  drop(file);
  error_clear();
}

/* Reads and runs one statement. */
static int run_statement(struct object *filename) {
  struct text t = {0};
  int got = read_line("ps1", &t);
  if (got > 0 && is_blank(&t)) {
    free(t.bytes);
    return -1;
  }
  while (got > 0 && !is_whole(&t, filename))
    got = read_line("ps2", &t);
  if (got <= 0)
    fputc('\n', stderr);
  bool is_end = got == 0 && !t.n;
  if (got == 0)
    clearerr(stdin); /* it ends what was begun, and is read again */
  struct object *code =
      got < 0 || is_end
          ? NULL
          : builtins_compile_bytes(t.bytes, t.n, filename, PARSE_SINGLE, COMPILE_IGNORE_COOKIE, -1);
  free(t.bytes);
  if (is_end)
    return 0;
  int status = run_code_taking(code);
  flush("stderr");
  flush("stdout");
  return status;
}

int prompt_run(bool is_program) {
  int status = -1;
  if (is_program && !sys_start.quiet)
    fprintf(stderr, "Python " SYS_VERSION " on linux\n%s",
            sys_start.no_site ? ""
                              : "Type \"help\", \"copyright\", \"credits\" or \"license\" "
                                "for more information.\n");
  set_default("ps1", ">>> ");
  set_default("ps2", "... ");
  sys_start.inspect = 0; /* what ends the prompt ends the program */
  if (is_program)
    status = run_startup_file();
  if (status < 0)
    status = run_interactive_hook();
  struct object *filename = str_intern("<stdin>");
  if (!filename)
    return run_report_exception();
  while (status < 0)
    status = run_statement(filename);
  run_was_interrupted = false;
  return status;
}
