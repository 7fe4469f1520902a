/* The prompt: statements are read line by line until they are complete, then run. */
#include "ouropy/interpreter.h"
#include "runtime/modules/builtins/builtins.h"
#include "runtime/modules/import/import.h"
#include "runtime/modules/readline.h"
#include "runtime/modules/sys.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/vm/gil.h"
#include "runtime/vm/vm.h"
#include <errno.h>
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
  struct object *shown = o ? object_str(o) : NULL, *utf8 = shown ? str_encode_utf8(shown) : NULL;
  drop_null(shown);
  error_clear();
  return utf8;
}

/* 1: a line with its newline was added; 0: the end of input; -1: interrupted or no memory. */
static int read_plain(const char *prompt, struct text *t) {
  fputs(prompt, stderr);
  fflush(stderr);
  char *line = NULL;
  size_t room = 0;
  gil_release();
  errno = 0;
  ssize_t n = getline(&line, &room, stdin);
  gil_acquire();
  bool interrupted = n <= 0 && errno == EINTR;
  int got = n > 0 ? text_add(t, line, (size_t)n) ? 1 : -1 : interrupted ? -1 : 0;
  free(line);
  if (interrupted) {
    clearerr(stdin);
    vm_handle_signals();
  }
  return got;
}
static int read_edited(const char *prompt, struct text *t) {
  char *line = NULL;
  enum readline_end end = readline_read(prompt, &line);
  int got = end == READLINE_LINE  ? text_add(t, line, strlen(line)) && text_add(t, "\n", 1) ? 1 : -1
            : end == READLINE_EOF ? 0
                                  : -1;
  free(line);
  return got;
}
static int read_line(const char *name, struct text *t) {
  struct object *prompt = prompt_text(name);
  const char *text = prompt ? (const char *)bytes_data(prompt) : "";
  bool is_edited = readline_read && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  int got = is_edited ? read_edited(text, t) : read_plain(text, t);
  drop_null(prompt);
  error_clear(); /* a KeyboardInterrupt ends the statement, not the prompt */
  return got;
}

/* Whether what stands there is a whole statement: *code, or NULL with the error pending. A compound
 * statement ends with an empty line. */
static bool compile_whole(const struct text *t, struct object *filename, struct object **code) {
  *code = builtins_compile_bytes(
      t->bytes, t->n, filename, PARSE_SINGLE,
      COMPILE_IGNORE_COOKIE | COMPILE_DONT_IMPLY_DEDENT | COMPILE_INCOMPLETE_INPUT, -1);
  if (*code || !error_matches(ERROR_SYNTAX))
    return true;
  struct object *message = ((struct exception_syntax *)error_pending_borrowed())->message;
  struct object *incomplete = str_intern("incomplete input");
  if (!message || !incomplete || !is_str(message) || !str_same_text(message, incomplete))
    return true;
  error_clear();
  return false;
}

static bool is_blank(const struct text *t) {
  for (size_t i = 0; i < t->n; i++)
    if (!strchr(" \t\f\r\n", t->bytes[i]))
      return t->bytes[i] == '#';
  return true;
}

static void set_default(const char *name, const char *value) {
  struct object *text = sys_get_borrowed(name) ? NULL : str_intern(value);
  if (text)
    sys_set(name, text);
}

static void run_startup_file(const struct ouropy_options *o) {
  const char *path = sys_start.ignore_environment ? NULL : getenv("PYTHONSTARTUP");
  FILE *file = path && *path ? fopen(path, "r") : NULL;
  if (path && *path && !file)
    fprintf(stderr, "Could not open PYTHONSTARTUP\nFileNotFoundError: [Errno %d] %s: '%s'\n", errno,
            strerror(errno), path);
  if (!file)
    return;
  struct text t = {0};
  char part[4096];
  for (size_t n; (n = fread(part, 1, sizeof part, file)) && text_add(&t, part, n);)
    ;
  fclose(file);
  struct object *filename = str_from_utf8(path, strlen(path));
  struct object *code =
      filename ? builtins_compile_bytes(t.bytes ? t.bytes : "", t.n, filename, PARSE_EXEC, 0, -1)
               : NULL;
  struct object *done =
      code ? vm_run_code(code, module_dict_borrowed(interpreter_main), NULL) : NULL;
  if (!done)
    run_report_exception(o);
  drop_null(done);
  drop_null(code);
  drop_null(filename);
  free(t.bytes);
}

static void run_interactive_hook(const struct ouropy_options *o) {
  struct object *hook = sys_get_borrowed("__interactivehook__");
  struct object *done = hook ? call_none(hook) : NULL;
  if (hook && !done) {
    fputs("Failed calling sys.__interactivehook__\n", stderr);
    run_report_exception(o);
  }
  drop_null(done);
}

/* Reads and runs one statement. -1: go on; else the exit code: of sys.exit, 0 at the end. */
static int run_statement(const struct ouropy_options *o, struct object *filename) {
  struct text t = {0};
  struct object *code = NULL;
  int got = read_line("ps1", &t);
  if (got > 0 && is_blank(&t)) {
    free(t.bytes);
    return -1;
  }
  while (got > 0 && !compile_whole(&t, filename, &code))
    got = read_line("ps2", &t);
  free(t.bytes);
  if (got == 0) {
    fputc('\n', stderr);
    return 0;
  }
  if (got < 0) {
    fputs("\nKeyboardInterrupt\n", stderr);
    return -1;
  }
  struct object *done =
      code ? vm_run_code(code, module_dict_borrowed(interpreter_main), NULL) : NULL;
  drop_null(code);
  int status = -1;
  if (!done) {
    bool is_exit = error_matches(ERROR_SYSTEM_EXIT);
    int code_of_exit = run_report_exception(o);
    if (is_exit && !o->inspect)
      status = code_of_exit;
  }
  drop_null(done);
  fflush(stdout);
  return status;
}

int prompt_run(const struct ouropy_options *o) {
  if (!o->quiet)
    fprintf(stderr, "Python 3.11.2 (ouroboros) on linux\nType \"help\", \"copyright\", \"credits\" "
                    "or \"license\" for more information.\n");
  set_default("ps1", ">>> ");
  set_default("ps2", "... ");
  struct ouropy_options plain = *o;
  plain.inspect = 0;
  run_startup_file(&plain);
  run_interactive_hook(&plain);
  struct object *filename = str_intern("<stdin>");
  int status = -1;
  while (status < 0)
    status = run_statement(&plain, filename);
  run_was_interrupted = false;
  return status;
}
