/* The module `_imp`: what importlib asks of the interpreter. There are no extension modules. */
#include "runtime/bytecode/code.h"
#include "runtime/modules/import/import.h"
#include "runtime/modules/marshal/marshal.h"
#include "runtime/modules/module.h"
#include "runtime/modules/sys.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/gil.h"
#include <pthread.h>
#include <string.h>

/* ---- The import lock ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t owner; /* valid while level > 0; both under the GIL */
static unsigned level;

static struct object *lock_held(struct object *self) { return hold(bool_from(level > 0)); }

void import_lock(void) {
  if (level == 0 || !pthread_equal(owner, pthread_self())) {
    if (pthread_mutex_trylock(&lock) != 0) {
      gil_release();
      pthread_mutex_lock(&lock);
      gil_acquire();
    }
    owner = pthread_self();
  }
  level++;
}

void import_unlock(void) {
  if (--level == 0)
    pthread_mutex_unlock(&lock);
}

static struct object *acquire_lock(struct object *self) { return import_lock(), hold(NONE); }

static struct object *release_lock(struct object *self) {
  if (level == 0 || !pthread_equal(owner, pthread_self()))
    return error_format(ERROR_RUNTIME, "not holding the import lock");
  import_unlock();
  return hold(NONE);
}

/* ---- Arguments ---- */

static bool is_text(struct object *o, const char *function) {
  if (is_any_str(o))
    return true;
  error_format(ERROR_TYPE, "%s() argument must be str, not %N", function, o);
  return false;
}

static struct object *import_error(const char *format, struct object *name) {
  struct object *message = str_format(format, name);
  if (message)
    error_import(message, name, NULL, false);
  drop_null(message);
  return NULL;
}

/* The frozen module of that name, or an ImportError. */
static const struct frozen_module *frozen_or_error(struct object *name) {
  bool is_disabled;
  const struct frozen_module *frozen = frozen_find(name, &is_disabled);
  if (!frozen)
    import_error(is_disabled ? "Frozen modules are disabled and the frozen object named %R is not "
                               "essential"
                             : "No such frozen object named %R",
                 name);
  return frozen;
}

/* ---- Frozen modules ---- */

static struct object *is_frozen(struct object *self, struct object *name) {
  bool is_disabled;
  if (!is_text(name, "is_frozen"))
    return NULL;
  return hold(bool_from(frozen_find(name, &is_disabled) != NULL));
}

static struct object *is_frozen_package(struct object *self, struct object *name) {
  if (!is_text(name, "is_frozen_package"))
    return NULL;
  const struct frozen_module *frozen = frozen_or_error(name);
  return frozen ? hold(bool_from(frozen->is_package)) : NULL;
}

static struct object *find_frozen(struct object *self, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  static const char *const names[] = {"", "withdata"};
  static const struct args_spec spec = {"find_frozen", names, 2, 1, 1, 1};
  struct object *v[2];
  bool is_disabled;
  if (args_parse(&spec, args, n, kwnames, v) < 0 || !is_text(v[0], "find_frozen"))
    return NULL;
  int with_data = v[1] ? object_truth(v[1]) : 0;
  if (with_data < 0)
    return NULL;
  const struct frozen_module *frozen = frozen_find(v[0], &is_disabled);
  if (!frozen)
    return hold(NONE);
  struct object *data = NULL, *original = NULL, *result = NULL;
  if (with_data) {
    struct object *code = frozen_code(frozen);
    struct object *bytes = code ? marshal_write(code, MARSHAL_VERSION) : NULL;
    struct object *view = bytes ? builtins_get("memoryview") : NULL;
    data = view ? call_one(view, bytes) : NULL;
    drop_null(view);
    drop_null(bytes);
    drop_null(code);
  } else
    data = hold(NONE);
  if (data && (original = frozen->original ? str_from_ascii(frozen->original) : hold(NONE)))
    result = tuple_pack(3, data, frozen->is_package ? TRUE_ : FALSE_, original);
  drop_null(data);
  drop_null(original);
  return result;
}

static struct object *get_frozen_object(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("get_frozen_object", n, 1, 2) < 0 || !is_text(args[0], "get_frozen_object"))
    return NULL;
  struct object *code = NULL;
  if (n < 2 || args[1] == NONE) {
    const struct frozen_module *frozen = frozen_or_error(args[0]);
    return frozen ? frozen_code(frozen) : NULL;
  }
  struct buffer_view view;
  if (buffer_get(args[1], &view, BUFFER_SIMPLE) < 0)
    return NULL;
  if (view.bytes > 0)
    code = marshal_read(view.data, (size_t)view.bytes);
  buffer_release(&view);
  if (!code && error_pending() != ERROR_MEMORY) {
    error_clear();
    return import_error("Frozen object named %R is invalid", args[0]);
  }
  if (code && !is_code(code)) {
    drop(code);
    return error_format(ERROR_TYPE, "frozen object %R is not a code object", args[0]);
  }
  return code;
}

static struct object *init_frozen(struct object *self, struct object *name) {
  bool is_disabled;
  if (!is_text(name, "init_frozen"))
    return NULL;
  const struct frozen_module *frozen = frozen_find(name, &is_disabled);
  return frozen ? frozen_import(frozen) : hold(NONE);
}

static struct object *override_frozen(struct object *self, struct object *argument) {
  int64_t value;
  if (number_to_i64(argument, &value, ERROR_OVERFLOW) < 0)
    return NULL;
  frozen_override = value > 0 ? 1 : value < 0 ? -1 : 0;
  return hold(NONE);
}

static struct object *frozen_module_names(struct object *self) { return frozen_names(); }

/* ---- Built-in modules ---- */

static struct object *is_builtin(struct object *self, struct object *name) {
  if (!is_text(name, "is_builtin"))
    return NULL;
  struct object *text = str_encode_utf8(name);
  if (!text)
    return NULL;
  const struct module_row *row = module_find((const char *)bytes_data(text));
  drop(text);
  /* -1: there, but made once for all. */
  bool is_first = row && (!strcmp(row->name, "sys") || !strcmp(row->name, "builtins"));
  return int_from_i64(!row ? 0 : is_first ? -1 : 1);
}

static struct object *create_builtin(struct object *self, struct object *spec) {
  struct object *name = attribute_get(spec, NAME(plain_name)), *module = NULL;
  if (!name)
    return NULL;
  bool known;
  if (!is_any_str(name))
    error_format(ERROR_TYPE, "name must be str, not %N", name);
  else {
    module = import_builtin(name, &known);
    if (!known && error_pending() == ERROR_NONE)
      module = hold(NONE);
  }
  drop(name);
  return module;
}

/* Creating has filled it. */
static struct object *exec_builtin(struct object *self, struct object *module) {
  return int_from_i64(0);
}

static struct object *extension_suffixes(struct object *self) { return list_new(0); }

static struct object *create_dynamic(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("create_dynamic", n, 1, 2) < 0)
    return NULL;
  struct object *name = attribute_get(args[0], NAME(plain_name)), *path = NULL, *message = NULL;
  struct object *origin = name ? str_intern("origin") : NULL;
  if (origin && (path = attribute_get(args[0], origin)) &&
      (message = str_format("no extension modules can be loaded: %R", name)))
    error_import(message, name, path, false);
  drop_null(name);
  drop_null(origin);
  drop_null(path);
  drop_null(message);
  return NULL;
}
static struct object *exec_dynamic(struct object *self, struct object *module) {
  return int_from_i64(0);
}

/* ---- Code ---- */

static struct object *fix_co_filename(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("_fix_co_filename", n, 2, 2) < 0)
    return NULL;
  if (!is_code(args[0]))
    return args_wrong_type("_fix_co_filename", "argument 1", "code", args[0]);
  if (!is_any_str(args[1]))
    return args_wrong_type("_fix_co_filename", "argument 2", "str", args[1]);
  return frozen_fix_filename(args[0], args[1]) < 0 ? NULL : hold(NONE);
}

static struct object *source_hash_of(struct object *self, struct object *const *args, size_t n,
                                     struct object *kwnames) {
  static const char *const names[] = {"key", "source"};
  static const struct args_spec spec = {"source_hash", names, 2, 0, 2, 2};
  struct object *v[2];
  int64_t key;
  struct buffer_view view;
  if (args_parse(&spec, args, n, kwnames, v) < 0 || number_to_i64(v[0], &key, ERROR_OVERFLOW) < 0 ||
      buffer_get(v[1], &view, BUFFER_SIMPLE) < 0)
    return NULL;
  uint64_t hash = source_hash((uint64_t)key, view.data, (size_t)view.bytes);
  buffer_release(&view);
  return bytes_from(&hash, sizeof hash);
}

static const struct method_def methods[] = {
    METHOD_NOARGS_("extension_suffixes", extension_suffixes,
                   "extension_suffixes($module, /)\n--\n\n"
                   "Returns the list of file suffixes used to identify extension modules."),
    METHOD_NOARGS_("lock_held", lock_held,
                   "lock_held($module, /)\n--\n\nReturn True if the import lock is held."),
    METHOD_NOARGS_("acquire_lock", acquire_lock,
                   "acquire_lock($module, /)\n--\n\nAcquires the interpreter's import lock."),
    METHOD_NOARGS_("release_lock", release_lock,
                   "release_lock($module, /)\n--\n\nRelease the interpreter's import lock."),
    METHOD_KEYWORDS_("find_frozen", find_frozen,
                     "find_frozen($module, name, /, *, withdata=False)\n--\n\n"
                     "Return info about the corresponding frozen module, or None."),
    METHOD_FAST_("get_frozen_object", get_frozen_object,
                 "get_frozen_object($module, name, data=None, /)\n--\n\n"
                 "Create a code object for a frozen module."),
    METHOD_ONE_("is_frozen_package", is_frozen_package,
                "is_frozen_package($module, name, /)\n--\n\n"
                "Returns True if the module name is of a frozen package."),
    METHOD_ONE_("create_builtin", create_builtin,
                "create_builtin($module, spec, /)\n--\n\nCreate a built-in module."),
    METHOD_ONE_("init_frozen", init_frozen,
                "init_frozen($module, name, /)\n--\n\nInitializes a frozen module."),
    METHOD_ONE_("is_builtin", is_builtin,
                "is_builtin($module, name, /)\n--\n\n"
                "Returns True if the module name corresponds to a built-in module."),
    METHOD_ONE_("is_frozen", is_frozen,
                "is_frozen($module, name, /)\n--\n\n"
                "Returns True if the module name corresponds to a frozen module."),
    METHOD_NOARGS_("_frozen_module_names", frozen_module_names,
                   "_frozen_module_names($module, /)\n--\n\n"
                   "Returns the list of available frozen modules."),
    METHOD_ONE_("_override_frozen_modules_for_tests", override_frozen,
                "_override_frozen_modules_for_tests($module, override, /)\n--\n\n"
                "Whether frozen modules are used: 1, -1, or 0 for the default."),
    METHOD_FAST_("create_dynamic", create_dynamic,
                 "create_dynamic($module, spec, file=<unrepresentable>, /)\n--\n\n"
                 "Always an ImportError: there are no extension modules."),
    METHOD_ONE_("exec_dynamic", exec_dynamic,
                "exec_dynamic($module, mod, /)\n--\n\nNothing to do."),
    METHOD_ONE_("exec_builtin", exec_builtin,
                "exec_builtin($module, mod, /)\n--\n\nInitialize a built-in module."),
    METHOD_FAST_("_fix_co_filename", fix_co_filename,
                 "_fix_co_filename($module, code, path, /)\n--\n\n"
                 "Changes code.co_filename to specify the passed-in file path."),
    METHOD_KEYWORDS_("source_hash", source_hash_of,
                     "source_hash($module, /, key, source)\n--\n\n"
                     "The hash of a source that hash-based caches hold."),
    {NULL}};

int module__imp_fill(struct object *module) {
  if (module_add_functions(module, methods) < 0)
    return -1;
  const char *check = sys_start.check_hash_based_pycs;
  if (module_add_text(module, "check_hash_based_pycs", check ? check : "default") < 0)
    return -1;
  return module_add_text(
      module, "__doc__",
      "(Extremely) low-level import machinery bits as used by importlib and imp.");
}
