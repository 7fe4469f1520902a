/* What there is to run: a file, a command, a module, standard input. */
#include "os/file.h"
#include "ouropy/interpreter.h"
#include "runtime/bytecode/code.h"
#include "runtime/modules/builtins/builtins.h"
#include "runtime/modules/import/import.h"
#include "runtime/modules/marshal/marshal.h"
#include "runtime/modules/sys.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/vm.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool run_was_interrupted;

static struct object *text(const char *bytes) { return str_decode_filename(bytes, strlen(bytes)); }

/* ---- The end by an exception ---- */

static int exit_status(struct object *e) {
  struct object *code = ((struct exception_system_exit *)e)->code;
  if (!code || code == NONE)
    return 0;
  int64_t status;
  if (is_any_int(code))
    return int_to_i64(code, &status) ? (int)(status & 0xff) : 255;
  struct object *file = sys_get_borrowed("stderr");
  file = file && file != NONE ? hold(file) : NULL;
  struct object *shown = object_str(code);
  if (shown)
    traceback_write(shown, file);
  error_clear();
  traceback_write_text("\n", file);
  drop_null(shown);
  drop_null(file);
  error_clear();
  return 1;
}

int run_report_exception(void) {
  struct object *e = error_fetch();
  if (!e)
    return 1;
  if (object_is_instance(e, exception_type(ERROR_SYSTEM_EXIT)) && !sys_start.inspect) {
    int status = exit_status(e);
    drop(e);
    return status;
  }
  run_was_interrupted =
      object_is_instance(e, exception_type(ERROR_KEYBOARD_INTERRUPT)) && !sys_start.inspect;
  fflush(stdout);
  sys_print_exception_taking(e);
  return 1;
}

/* ---- Code in __main__ ---- */

static struct object *globals(void) { return module_dict_borrowed(interpreter_main); }

static int run_code_taking(struct object *code) {
  struct object *result = code ? vm_run_code(code, globals(), NULL) : NULL;
  drop_null(code);
  if (!result)
    return run_report_exception();
  drop(result);
  return 0;
}

static int run_source(const char *bytes, size_t n, const char *name, unsigned flags) {
  struct object *filename = text(name);
  struct object *code =
      filename ? builtins_compile_bytes(bytes, n, filename, PARSE_EXEC, flags, -1) : NULL;
  drop_null(filename);
  return run_code_taking(code);
}

/* ---- A module of the library, by runpy ---- */

static int run_runpy(struct object *module_name, bool sets_argv) {
  struct object *runpy = module_name ? import_module("runpy") : NULL;
  struct object *f = runpy ? attribute_get_ascii(runpy, "_run_module_as_main") : NULL;
  struct object *result = f ? call_two(f, module_name, bool_from(sets_argv)) : NULL;
  drop_null(f);
  drop_null(runpy);
  drop_null(module_name);
  if (!result)
    return run_report_exception();
  drop(result);
  return 0;
}

/* ---- A file, or a folder or archive with a __main__ ---- */

/* An importer of the library that takes the path: then it goes to the front of sys.path, and its
 * __main__ is run. 1: so it is. */
static int is_importable(struct object *path) {
  struct object *hooks = sys_get_borrowed("path_hooks");
  if (!hooks || !is_list(hooks))
    return 0;
  hold(hooks);
  int found = 0;
  for (size_t i = 0; found == 0 && i < list_length(hooks); i++) {
    struct object *hook = hold(list_get_borrowed(hooks, i));
    struct object *importer = call_one(hook, path);
    found = importer ? 1 : error_clear_if(ERROR_IMPORT) ? 0 : -1;
    drop_null(importer);
    drop(hook);
  }
  drop(hooks);
  return found;
}

static int insert_path(struct object *path) {
  struct object *list = sys_get_borrowed("path");
  return list && is_list(list) ? list_insert(list, 0, path) : -1;
}

static bool ends_in(const char *name, const char *suffix) {
  size_t n = strlen(name), suffix_n = strlen(suffix);
  return n > suffix_n && !strcmp(name + n - suffix_n, suffix);
}

/* By its name, or by half of the number that it begins with. */
static bool is_compiled(const char *name, const char *bytes, size_t n) {
  uint32_t magic = PYC_MAGIC;
  return ends_in(name, ".pyc") || (n >= 2 && !memcmp(bytes, &magic, 2));
}

static struct object *read_compiled(const char *bytes, size_t n) {
  uint32_t magic = PYC_MAGIC;
  if (n < PYC_HEADER_BYTES || memcmp(bytes, &magic, sizeof magic)) {
    error_set(ERROR_RUNTIME, "Bad magic number in .pyc file");
    return NULL;
  }
  struct object *code =
      marshal_read((const unsigned char *)bytes + PYC_HEADER_BYTES, n - PYC_HEADER_BYTES);
  if ((code && is_code(code)) || (!code && error_matches(ERROR_MEMORY)))
    return code;
  drop_null(code);
  error_clear();
  error_set(ERROR_RUNTIME, "Bad code object in .pyc file");
  return NULL;
}

static void skip_line(const char **bytes, size_t *n) {
  const char *end = memchr(*bytes, '\n', *n);
  size_t skipped = end ? (size_t)(end - *bytes) : *n; /* the newline stays: lines keep numbers */
  *bytes += skipped;
  *n -= skipped;
}

/* The script's name as its code and __file__ have it: from the root, but not simplified. */
enum { SCRIPT_NAME_BYTES = 4 * PATH_MAX }; /* also of what is too long to be there */
static void name_of_script(const char *what, char name[SCRIPT_NAME_BYTES]) {
  char here[PATH_MAX];
  if ((!*what || !strcmp(what, ".")) && getcwd(name, SCRIPT_NAME_BYTES))
    return;
  if (what[0] == '/' || !getcwd(here, sizeof here) ||
      snprintf(name, SCRIPT_NAME_BYTES, "%s/%s", here, what) >= SCRIPT_NAME_BYTES)
    snprintf(name, SCRIPT_NAME_BYTES, "%s", what);
}

/* "PROGRAM: FORMAT" on sys.stderr, the name as a literal in it. */
static void complain(const char *format, struct object *name, int error) {
  char whole[128];
  snprintf(whole, sizeof whole, "%%s: %s\n", format);
  struct object *message = error
                               ? str_format(whole, sys_start.program, name, error, strerror(error))
                               : str_format(whole, sys_start.program, name);
  struct object *file = sys_get_borrowed("stderr");
  if (message && file && file != NONE)
    traceback_write(message, file);
  drop_null(message);
  error_clear();
}

static bool name_main(struct object *path) {
  return module_add(interpreter_main, "__file__", path) == 0 &&
         module_add(interpreter_main, "__cached__", NONE) == 0;
}

/* __loader__ of a program out of a file. */
static bool set_loader(struct object *path, const char *kind) {
  struct object *library = sys_start.library ? import_module("_frozen_importlib_external") : NULL;
  struct object *type = library ? attribute_get_ascii(library, kind) : NULL;
  struct object *name = type ? str_intern("__main__") : NULL;
  struct object *loader = name ? call_two(type, name, path) : NULL;
  bool done = loader ? module_add(interpreter_main, "__loader__", loader) == 0 : !sys_start.library;
  drop_null(loader);
  drop_null(name);
  drop_null(type);
  drop_null(library);
  return done;
}

static int run_file(const struct ouropy_options *o) {
  struct stat facts;
  bool is_folder = stat(*o->what ? o->what : ".", &facts) == 0 && S_ISDIR(facts.st_mode);
  bool is_archive = is_folder || ends_in(o->what, ".zip") || ends_in(o->what, ".pyz");
  char name[SCRIPT_NAME_BYTES];
  name_of_script(o->what, name);
  struct object *path = text(name);
  int importable = path && is_archive ? is_importable(path) : 0;
  if (!path || importable < 0)
    return run_report_exception();
  if (importable) {
    int done = insert_path(path);
    drop(path);
    return done < 0 ? run_report_exception() : run_runpy(str_intern("__main__"), false);
  }
  if (is_folder) {
    complain("%R is a directory, cannot continue", path, 0);
    drop(path);
    return 1;
  }
  char error[PATH_MAX + 256];
  size_t n;
  char *bytes = file_read(o->what, &n, error, sizeof error);
  if (!bytes) {
    complain("can't open file %R: [Errno %d] %s", path, errno);
    drop(path);
    return 2;
  }
  const char *start = bytes;
  if (o->skip_first_line)
    skip_line(&start, &n);
  bool compiled = is_compiled(o->what, start, n);
  bool is_named =
      name_main(path) && set_loader(path, compiled ? "SourcelessFileLoader" : "SourceFileLoader");
  drop(path);
  if (!is_named) {
    free(bytes);
    return run_report_exception();
  }
  int status;
  if (compiled)
    status = run_code_taking(read_compiled(start, n));
  else
    status = run_source(start, n, name, COMPILE_PROGRAM_FILE);
  free(bytes);
  return status;
}

/* ---- Standard input that is no terminal ---- */

static int run_input(void) {
  size_t n;
  char *bytes = file_read_rest(STDIN_FILENO, &n);
  if (!bytes && errno == EBADF) /* none is open: as at its end */
    return 0;
  if (!bytes) {
    fprintf(stderr, "%s: standard input: %s\n", sys_start.program, strerror(errno));
    return 1;
  }
  struct object *name = text("<stdin>");
  bool is_named = name && name_main(name);
  drop_null(name);
  int status =
      is_named ? run_source(bytes, n, "<stdin>", COMPILE_PROGRAM_FILE) : run_report_exception();
  free(bytes);
  return status;
}

/* ---- sys.argv and sys.path[0] ---- */

static int set_arguments(const struct ouropy_options *o) {
  struct object *list = list_new((size_t)o->arguments_n + 1);
  const char *first = o->mode == OUROPY_COMMAND  ? "-c"
                      : o->mode == OUROPY_MODULE ? "-m"
                      : o->what                  ? o->what
                                                 : "";
  int done = list ? 0 : -1;
  for (int i = -1; done == 0 && i < o->arguments_n; i++) {
    struct object *each = text(i < 0 ? first : o->arguments[i]);
    done = each ? list_append_taking(list, each) : -1;
  }
  if (done == 0)
    done = sys_set("argv", list);
  drop_null(list);
  return done;
}

/* The folder of the file (through links), the current one for a module, "" otherwise. */
static int set_first_path(const struct ouropy_options *o) {
  if (sys_start.safe_path)
    return 0;
  char path[PATH_MAX] = "";
  if (o->mode == OUROPY_FILE) {
    struct stat facts;
    if (stat(o->what, &facts) == 0 && S_ISDIR(facts.st_mode))
      return 0; /* the folder itself: run_file */
    if (!realpath(o->what, path))
      snprintf(path, sizeof path, "%s", o->what);
    char *slash = strrchr(path, '/');
    if (slash)
      slash[slash == path] = 0;
    else
      *path = 0;
  } else if (o->mode == OUROPY_MODULE && !getcwd(path, sizeof path))
    return 0;
  struct object *first = text(path);
  int done = first ? insert_path(first) : -1;
  drop_null(first);
  return done;
}

/* The text of -c, which gets a newline of its own: what the command line has beside UTF-8 can't be
 * in a program. */
static int run_command(const char *command) {
  struct object *given = text(command), *line = given ? str_format("%U\n", given) : NULL,
                *utf8 = line ? codec_encode(line, "utf-8", NULL) : NULL;
  drop_null(line);
  drop_null(given);
  if (!utf8) {
    fputs("Unable to decode the command from the command line:\n", stderr);
    return run_report_exception();
  }
  int status = run_source((const char *)bytes_data(utf8), bytes_length(utf8), "<string>",
                          COMPILE_IGNORE_COOKIE);
  drop(utf8);
  return status;
}

int run_program(const struct ouropy_options *o) {
  bool is_interactive = isatty(STDIN_FILENO) || sys_start.interactive;
  if (set_arguments(o) < 0 || set_first_path(o) < 0)
    return run_report_exception();
  int status = 0;
  switch (o->mode) {
  case OUROPY_FILE:
    status = run_file(o);
    break;
  case OUROPY_COMMAND:
    status = run_command(o->what);
    break;
  case OUROPY_MODULE:
    status = run_runpy(text(o->what), true);
    break;
  case OUROPY_STDIN:
    return is_interactive ? prompt_run(true) : run_input();
  }
  /* The program may have asked for a prompt behind it by setting the variable. */
  if (is_interactive && (sys_start.inspect || sys_environment("PYTHONINSPECT")))
    status = prompt_run(false);
  return status;
}
