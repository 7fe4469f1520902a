/* The runtime as a whole: opening, the streams and __main__; closing in an order in which programs
 * find what they need to the last. */
#include "ouropy/interpreter.h"
#include "alloc/fault.h"
#include "base/check.h"
#include "gc/heap.h"
#include "gc/report.h"
#include "os/file.h"
#include "ouropy/ending.h"
#include "runtime/bytecode/locations.h"
#include "runtime/modules/atexit.h"
#include "runtime/modules/builtins/builtins.h"
#include "runtime/modules/faulthandler/faulthandler.h"
#include "runtime/modules/import/import.h"
#include "runtime/modules/io_exit.h"
#include "runtime/modules/sys.h"
#include "runtime/modules/sys_hooks.h"
#include "runtime/object/attribute.h"
#include "runtime/object/codec.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/weakref.h"
#include "runtime/vm/gil.h"
#include "runtime/vm/thread.h"
#include "runtime/vm/vm.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct object *interpreter_main;
static struct object *first_builtins; /* as they were before the program and site added theirs */
static struct alloc *allocator;
static char executable[PATH_MAX + 16];
static struct gc_report report; /* --gc-stats */

/* How far opening has come: closing undoes so much. */
static enum stage { CLOSED, ALLOCATOR, HEAP, OBJECTS, MODEL, VM, MODULES } stage;

/* ---- Allocator and heap ---- */

enum { SPEC_BYTES = 1024, C_STACK_BYTES = 64 << 20, EXIT_NOT_FLUSHED = 120 };
static char opened_gc[SPEC_BYTES];
static const char *opened_alloc;

/* "name:options" and what single options add. False: too long. */
static bool gc_spec(const struct ouropy_options *o, char spec[SPEC_BYTES]) {
  const char *gc = o->gc;
  char threshold[256] = "";
  if (o->gc_threshold) {
    /* As gc.set_threshold: those left out stay as they are by default. */
    static const char *const rest[] = {"/10/10", "/10", ""};
    snprintf(threshold, sizeof threshold, "%s", o->gc_threshold);
    size_t given = 0;
    for (char *at = threshold; *at; at++)
      if (*at == ',' || *at == '/') {
        *at = '/';
        given++;
      }
    if (given < ARRAY_SIZE(rest))
      strncat(threshold, rest[given], sizeof threshold - strlen(threshold) - 1);
  }
  const struct {
    const char *key, *value;
  } given[] = {{"threshold", o->gc_threshold ? threshold : NULL},
               {"at", o->gc_at},
               {"stress", o->gc_stress},
               {"limit", o->heap_limit}};
  size_t n = (size_t)snprintf(spec, SPEC_BYTES, "%s", gc);
  bool has_options = strchr(gc, ':') != NULL;
  for (size_t i = 0; i < ARRAY_SIZE(given) && n < SPEC_BYTES; i++)
    if (given[i].value) {
      n += (size_t)snprintf(spec + n, SPEC_BYTES - n, "%c%s=%s", has_options ? ',' : ':',
                            given[i].key, given[i].value);
      has_options = true;
    }
  return n < SPEC_BYTES;
}

static bool open_heap(const struct ouropy_options *o) {
  char error[1024], spec[SPEC_BYTES];
  if (!gc_spec(o, spec)) {
    fprintf(stderr, "ouropy: the collector's options are too long\n");
    return false;
  }
  memcpy(opened_gc, spec, sizeof opened_gc);
  opened_alloc = o->alloc;
  allocator = alloc_open(o->alloc, error, sizeof error);
  if (allocator) {
    stage = ALLOCATOR;
    if (gc_open(allocator, spec, error, sizeof error)) {
      stage = HEAP;
      if (!strchr(spec, ':')) /* nothing is said about when to collect */
        gc_start_begins();
      return true;
    }
  }
  fprintf(stderr, "ouropy: %s\n", error);
  return false;
}

/* ---- sys: what the command line says ---- */

static int add_texts(const char *name, const struct ouropy_texts *texts) {
  struct object *list = sys_get_borrowed(name);
  for (size_t i = 0; list && i < texts->n; i++) {
    struct object *each = str_decode_filename(texts->items[i], strlen(texts->items[i]));
    if (!each || list_append_taking(list, each) < 0)
      return -1;
  }
  return list ? 0 : -1;
}
static int add_implementation_options(const struct ouropy_texts *texts) {
  struct object *dict = sys_get_borrowed("_xoptions");
  int done = dict ? 0 : -1;
  for (size_t i = 0; done == 0 && i < texts->n; i++) {
    const char *each = texts->items[i], *equals = strchr(each, '=');
    size_t n = equals ? (size_t)(equals - each) : strlen(each);
    struct object *key = str_decode_filename(each, n);
    struct object *value =
        equals ? str_decode_filename(equals + 1, strlen(equals + 1)) : hold(TRUE_);
    done = key && value ? dict_set(dict, key, value) : -1;
    drop_null(value);
    drop_null(key);
  }
  return done;
}
/* -X dev and -b ask for warnings too: the first comes before all others, the second wins. */
static int add_warnings(const struct ouropy_options *o) {
  const char *dev = "default",
             *bytes = sys_start.bytes_warning > 1 ? "error::BytesWarning" : "default::BytesWarning";
  struct ouropy_texts first = {&dev, sys_start.dev_mode != 0};
  struct ouropy_texts last = {&bytes, sys_start.bytes_warning != 0};
  return add_texts("warnoptions", &first) < 0 || add_texts("warnoptions", &o->warnings) < 0
             ? -1
             : add_texts("warnoptions", &last);
}

/* -X pycache_prefix=FOLDER, else the variable; none where it is empty. */
static int set_cache_prefix(void) {
  struct object *options = sys_get_borrowed("_xoptions"), *key = str_intern("pycache_prefix");
  struct object *given = options && key ? dict_get_borrowed(options, key) : NULL;
  const char *variable = given ? NULL : sys_environment("PYTHONPYCACHEPREFIX");
  struct object *prefix = given      ? hold(is_any_str(given) ? given : NONE)
                          : variable ? str_decode_filename(variable, strlen(variable))
                                     : hold(NONE);
  if (prefix && is_any_str(prefix) && !str_length(prefix)) {
    drop(prefix);
    prefix = hold(NONE);
  }
  int done = key && prefix ? sys_set("pycache_prefix", prefix) : -1;
  drop_null(prefix);
  drop_null(key);
  return done;
}

static int add_original_arguments(void) {
  struct object *list = list_new((size_t)sys_start.arguments_n);
  int done = list ? 0 : -1;
  for (int i = 0; done == 0 && i < sys_start.arguments_n; i++) {
    const char *each = i ? sys_start.arguments[i] : executable;
    struct object *text = str_decode_filename(each, strlen(each));
    done = text ? list_append_taking(list, text) : -1;
  }
  if (done == 0)
    done = sys_set("orig_argv", list);
  drop_null(list);
  return done;
}

static int fill_sys(const struct ouropy_options *o) {
  struct object *path = str_decode_filename(executable, strlen(executable));
  int done =
      path && sys_set("executable", path) == 0 && sys_set("_base_executable", path) == 0 ? 0 : -1;
  drop_null(path);
  if (done < 0 || add_original_arguments() < 0 || add_warnings(o) < 0 ||
      add_implementation_options(&o->implementation) < 0 || set_cache_prefix() < 0)
    return -1;
  return paths_fill_sys();
}

/* ---- Modules ---- */

static int register_module(const char *name, struct object *module) {
  struct object *modules = sys_modules_borrowed(), *key = str_intern(name);
  return modules && key ? dict_set(modules, key, module) : -1;
}

static int open_builtin_modules(const struct ouropy_options *o) {
  if (module_root(&sys_module) < 0 || module_root(&interpreter_main) < 0 ||
      module_root(&first_builtins) < 0)
    return -1;
  sys_module = module_create(module_find("sys"));
  if (!sys_module || register_module("sys", sys_module) < 0 || fill_sys(o) < 0)
    return -1;
  struct object *builtins = module_create(module_find("builtins"));
  if (!builtins)
    return -1;
  vm_set_builtins_taking(hold(module_dict_borrowed(builtins)));
  first_builtins = dict_copy(vm_builtins);
  int done = first_builtins ? register_module("builtins", builtins) : -1;
  drop(builtins);
  return done;
}

static int open_main(void) {
  interpreter_main = module_new_ascii("__main__");
  if (!interpreter_main || register_module("__main__", interpreter_main) < 0)
    return -1;
  struct object *annotations = dict_new();
  int done = annotations ? module_add(interpreter_main, "__annotations__", annotations) : -1;
  drop_null(annotations);
  struct object *name = done == 0 ? str_intern("builtins") : NULL;
  struct object *builtins = name ? import_find(name) : NULL;
  done = builtins ? module_add(interpreter_main, "__builtins__", builtins) : -1;
  drop_null(builtins);
  if (done < 0 || !sys_start.library)
    return done;
  struct object *importlib = import_module("_frozen_importlib");
  struct object *loader = importlib ? attribute_get_ascii(importlib, "BuiltinImporter") : NULL;
  done = loader ? module_add(interpreter_main, "__loader__", loader) : -1;
  drop_null(loader);
  drop_null(importlib);
  return done;
}

/* -W, PYTHONWARNINGS: the library's module reads them when it is imported. */
static void import_warnings(void) {
  struct object *options = sys_get_borrowed("warnoptions");
  if (!sys_start.library || !options || !is_list(options) || !list_length(options))
    return;
  struct object *warnings = import_module("warnings");
  if (warnings) {
    drop(warnings);
    return;
  }
  fprintf(stderr, "'import warnings' failed; traceback:\n");
  sys_print_exception_taking(error_fetch());
}

/* From here on SIGINT is KeyboardInterrupt. */
static int import_signals(void) {
  struct object *module = import_module("_signal");
  drop_null(module);
  return module ? 0 : -1;
}

/* Whether -X NAME is given, or the variable that says the same. */
static bool is_asked(const char *option, const char *variable) {
  struct object *options = sys_get_borrowed("_xoptions"), *name = str_intern(option);
  bool given = options && name && dict_get_borrowed(options, name) != NULL;
  drop_null(name);
  error_clear();
  return given || sys_environment(variable);
}

static int start_faulthandler(void) {
  return sys_start.dev_mode || is_asked("faulthandler", "PYTHONFAULTHANDLER") ? faulthandler_start()
                                                                              : 0;
}

static int import_site(void) {
  if (sys_start.no_site || !sys_start.library)
    return 0;
  struct object *site = import_module("site");
  drop_null(site);
  return site ? 0 : -1;
}

static bool open_objects(void) {
  const struct {
    enum stage stage;
    bool (*open)(void);
  } steps[] = {{OBJECTS, object_open}, {MODEL, model_open}, {VM, vm_open}, {MODULES, modules_open}};
  for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
    bool opened = steps[i].open();
    stage = steps[i].stage; /* a step that failed half-way is closed all the same */
    if (!opened)
      return false;
  }
  return true;
}

static bool close_all(void);

static int fail(const char *what) {
  fprintf(stderr, "Fatal Python error: %s\nPython runtime state: core initialized\n", what);
  struct object *e = model_is_open() ? error_fetch() : NULL; /* else there are no exceptions yet */
  if (e) {
    traceback_print(e, NULL);
    drop(e);
  } else if (error_pending() != ERROR_NONE)
    fprintf(stderr, "%s: %s\n", error_name(error_pending()), error_message());
  error_clear();
  fprintf(stderr, "\nCurrent thread 0x%016lx (most recent call first):\n  <no Python frame>\n",
          (unsigned long)pthread_self());
  close_all();
  return 1;
}

int interpreter_open(const struct ouropy_options *o) {
  thread_extend_c_stack(C_STACK_BYTES);
  /* A broken pipe is an OSError, not the end. */
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  sys_start.program = program_invocation_name;
  char folder[PATH_MAX];
  if (file_program_folder(folder, sizeof folder)) {
    size_t n = strlen(folder); /* builds that are given way to stand in libexec, beside bin */
    bool is_aside = n > 8 && !strcmp(folder + n - 8, "/libexec");
    snprintf(executable, sizeof executable, "%.*s%s/ouropy", (int)(is_aside ? n - 8 : n), folder,
             is_aside ? "/bin" : "");
  }
  sys_start.executable = executable;
  locale_open();
  paths_find_library();
  builtins_optimize = sys_start.optimize > 2 ? 2 : sys_start.optimize;
  if (!open_heap(o)) {
    close_all();
    return 2;
  }
  if (!open_objects())
    return fail("the object model can't be opened");
  if (sys_start.int_max_str_digits >= 0)
    int_text_digits = (size_t)sys_start.int_max_str_digits;
  if (open_builtin_modules(o) < 0)
    return fail("the built-in modules can't be made");
  import_is_timed = is_asked("importtime", "PYTHONPROFILEIMPORTTIME");
  location_keeps_columns = !is_asked("no_debug_ranges", "PYTHONNODEBUGRANGES");
  if (streams_open_first() < 0)
    return fail("sys.stderr can't be made");
  if (import_open() < 0)
    return fail("importing can't be set up");
  if (import_signals() < 0)
    return fail("can't initialize signals");
  if (start_faulthandler() < 0)
    return fail("failed to enable faulthandler");
  int streams = streams_open(o);
  if (streams < 0)
    return fail(streams == -2   ? "init_sys_streams: <stdin> is a directory, cannot continue"
                : streams == -3 ? "init_stdio_encoding: failed to get the Python codec name of the "
                                  "stdio encoding"
                                : "init_sys_streams: can't initialize sys standard streams");
  if (open_main() < 0)
    return fail("can't add the module __main__");
  import_warnings();
  if (import_site() < 0)
    return fail("init_import_site: Failed to import the site module");
  gc_start_ended();
  report.path = o->gc_stats;
  gc_report_opened(&report);
  fault_arm(allocator); /* requests of the program fail, not those of its start */
  return -1;
}

/* ---- Closing ---- */

static void call_if_there(const char *module, const char *function) {
  struct object *name = str_intern(module), *m = name ? import_find(name) : NULL, *f = NULL;
  name = m ? str_intern(function) : NULL;
  if (name && attribute_find(m, name, &f) > 0) {
    struct object *done = call_none(f);
    if (!done)
      error_report_object(f);
    drop_null(done);
    drop(f);
  }
  drop_null(m);
  error_clear();
}

/* False: something could not be written. What stays in their buffers is told of once. */
static bool flush_streams(bool tells) {
  bool fine = true;
  static const char *const names[] = {"stdout", "stderr"};
  for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
    struct object *file = sys_get_borrowed(names[i]);
    if (!file || file == NONE)
      continue;
    hold(file);
    struct object *closed = attribute_get_ascii(file, "closed");
    bool is_closed = closed && object_truth(closed) > 0;
    drop_null(closed);
    error_clear();
    struct object *done = is_closed ? hold(NONE) : call_method_none(file, NAME(plain_flush));
    if (!done) {
      fine = false;
      if (i == 0 && tells)
        error_report_object(file);
      error_clear();
    }
    drop_null(done);
    drop(file);
  }
  return fine;
}

/* A module's names are set to None: private ones first, __builtins__ last of all, so that
 * finalisers still find what they call. */
static void empty_module(struct object *module) {
  struct object *dict = module_dict_borrowed(module), *names = mapping_keys(dict);
  for (int pass = 0; names && pass < 2; pass++)
    for (size_t i = 0; i < list_length(names); i++) {
      struct object *name = list_get_borrowed(names, i);
      if (!is_str(name) || str_same_text(name, NAME(builtins)))
        continue;
      bool is_private = str_length(name) && str_at(name, 0) == '_' &&
                        !(str_length(name) > 1 && str_at(name, 1) == '_');
      if (is_private == (pass == 0) && dict_set(dict, name, NONE) < 0)
        error_clear();
    }
  drop_null(names);
  error_clear();
}

/* What a program may have left in sys: the streams are again those from the start. */
static void forget_what_holds_much(void) {
  static const char *const holders[] = {"path",
                                        "argv",
                                        "ps1",
                                        "ps2",
                                        "last_type",
                                        "last_value",
                                        "last_traceback",
                                        "path_hooks",
                                        "meta_path",
                                        "path_importer_cache",
                                        "__interactivehook__"};
  static const char *const streams[][2] = {
      {"stdin", "__stdin__"}, {"stdout", "__stdout__"}, {"stderr", "__stderr__"}};
  struct object *underscore = str_intern("_");
  if (underscore && vm_builtins && dict_set(vm_builtins, underscore, NONE) < 0)
    error_clear();
  for (size_t i = 0; i < ARRAY_SIZE(holders); i++)
    if (sys_get_borrowed(holders[i]) && sys_set(holders[i], NONE) < 0)
      error_clear();
  for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
    struct object *first = sys_get_borrowed(streams[i][1]);
    if (sys_set(streams[i][0], first ? first : NONE) < 0)
      error_clear();
  }
}

/* What the program left in builtins dies while all else there works; `open`, which comes late, is
 * gone too, as in CPython. A copy has it die when they are in place again, where it dies at once.
 */
static void restore_builtins(void) {
  struct object *left = GC_RC ? dict_copy(vm_builtins) : NULL;
  if (first_builtins && (left || !GC_RC)) {
    dict_clear(vm_builtins);
    if (dict_update(vm_builtins, first_builtins) < 0)
      error_clear();
  }
  drop_null(left);
  error_clear();
}

/* Modules die with sys.modules; those that something still holds are emptied, the newest first. */
static void empty_modules(void) {
  struct object *modules = sys_modules_borrowed();
  if (!modules)
    return;
  hold(modules);
  struct object *alive = list_new(0), *key, *value;
  for (size_t at = 0; alive && dict_next(modules, &at, &key, &value);)
    if (is_any_module(value) && value != sys_module) {
      hold(value);
      struct object *weak = weakref_new(value, NULL, NULL);
      if (!weak || list_append_taking(alive, weak) < 0)
        error_clear();
      drop(value);
    }
  forget_what_holds_much();
  struct object *main_module = interpreter_main;
  interpreter_main = NULL;
  drop_null(main_module);
  dict_clear(modules);
  drop(modules);
  restore_builtins();
  gc_collect(GC_GENERATIONS - 1);
  for (size_t i = alive ? list_length(alive) : 0; i-- > 0;) {
    struct object *module = weakref_get(list_get_borrowed(alive, i));
    if (!module)
      continue;
    if (module_dict_borrowed(module) != vm_builtins)
      empty_module(module);
    drop(module);
  }
  drop_null(alive);
  gc_collect(GC_GENERATIONS - 1);
  error_clear();
}

/* Whether anybody is told what was given back, and what was not. Else the process ends with what it
 * has: the kernel takes it faster than we return it piece by piece. */
static bool is_told_of_the_end(void) {
  return OURO_CHECK || report.path || getenv("OUROPY_REPORT") || strchr(opened_alloc, '+');
}

/* False: --gc-stats could not be written. */
static bool close_all(void) {
  enum stage reached = stage;
  bool fine = true;
  char error[1024];
  stage = CLOSED;
  if (reached >= MODULES) {
    sys_hooks_close();
    import_close();
    modules_close();
    vm_set_builtins_taking(NULL); /* nothing that a program can see comes after this */
    if (!is_told_of_the_end())
      return true;
  }
  if (reached >= VM)
    vm_close();
  if (reached >= MODEL)
    model_close();
  if (reached >= OBJECTS)
    object_close();
  if (reached >= HEAP) {
    size_t left = gc_close();
    struct fault_figures faults = {0};
    fault_read(allocator, &faults);
    if (getenv("OUROPY_REPORT"))
      fprintf(stderr, "ouropy: %zu objects are left, %llu of %llu requests failed\n", left,
              (unsigned long long)faults.failures, (unsigned long long)faults.requests);
    fine = gc_report_write(&report, opened_alloc, opened_gc, left, error, sizeof error);
    if (!fine)
      fprintf(stderr, "ouropy: %s\n", error);
  }
  if (reached >= ALLOCATOR)
    alloc_close(allocator);
  return fine;
}

int interpreter_close(int status) {
  call_if_there("threading", "_shutdown");
  atexit_run();
  bool flushed = flush_streams(true);
  sys_is_finalizing = true;
  gil_keep(); /* threads that are left would find modules without what they need */
  if (!is_told_of_the_end() && ending_is_silent())
    return flushed ? status : EXIT_NOT_FLUSHED;
  gc_report_take(&report, allocator);
  empty_modules();
  flushed &= flush_streams(false);
  empty_module(sys_module); /* what dies with it still finds the interpreter open */
  io_flush_all(); /* what no finaliser closed: in a cycle that stays, or where nothing dies */
  if (!close_all() && status == 0)
    status = 1;
  return flushed ? status : EXIT_NOT_FLUSHED;
}
