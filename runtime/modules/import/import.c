/* The import statement: what is in sys.modules is found here; what is not, by importlib. */
#include "runtime/modules/import/import.h"
#include "base/clock.h"
#include "runtime/bytecode/code.h"
#include "runtime/modules/module.h"
#include "runtime/modules/sys.h"
#include "runtime/modules/warnings/warnings.h"
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
#include "runtime/vm/frame.h"
#include "runtime/vm/vm.h"
#include <inttypes.h>
#include <stdio.h>

/* Registered by import_open. importlib is NULL where there is no library. */
static struct object *importlib, *import_function;
static struct object *name_parent, *name_initializing, *name_find_and_load, *name_handle_fromlist,
    *name_lock_unlock;

/* ---- sys.modules ---- */

struct object *import_find(struct object *name) {
  struct object *modules = sys_modules_borrowed();
  if (!modules) {
    if (error_pending() == ERROR_NONE)
      error_set(ERROR_RUNTIME, "unable to get sys.modules");
    return NULL;
  }
  if (LIKELY(is_any_dict(modules))) {
    struct object *module = dict_get_borrowed(modules, name);
    return module ? hold(module) : NULL;
  }
  struct object *module = object_get_item(modules, name);
  if (!module)
    error_clear_if(ERROR_KEY);
  return module;
}

bool import_is_initializing(struct object *spec) {
  struct object *value = NULL;
  if (!spec)
    return false;
  int truth = attribute_find(spec, name_initializing, &value);
  if (truth > 0)
    truth = object_truth(value);
  drop_null(value);
  if (truth < 0)
    error_clear();
  return truth > 0;
}

/* Waits until another thread has finished with the module, unless it is this one's. */
static int ensure_initialized(struct object *module, struct object *name) {
  struct object *spec;
  int found = attribute_find(module, NAME(spec), &spec);
  if (found <= 0)
    return found;
  bool wait = importlib && import_is_initializing(spec);
  drop(spec);
  if (!wait)
    return 0;
  struct object *done = call_method_one(importlib, name_lock_unlock, name);
  drop_null(done);
  return done ? 0 : -1;
}

/* ---- Relative names ---- */

static int64_t last_dot(const struct object *s, int64_t end) {
  while (end-- > 0)
    if (str_at(s, (size_t)end) == '.')
      return end;
  return -1;
}
static int64_t first_dot(const struct object *s) {
  for (size_t i = 0; i < str_length(s); i++)
    if (str_at(s, i) == '.')
      return (int64_t)i;
  return -1;
}

static struct object *no_parent(void) {
  return error_format(ERROR_IMPORT, "attempted relative import with no known parent package");
}

/* globals[key] or NULL, borrowed; -1: an error. */
static int global(struct object *globals, struct object *key, struct object **value) {
  *value = dict_get_borrowed(globals, key);
  return !*value && error_pending() != ERROR_NONE ? -1 : 0;
}

/* The package from __name__, for want of anything better. */
static struct object *package_from_name(struct object *globals) {
  if (warning_issue(ERROR_IMPORT_WARNING,
                    "can't resolve package from __spec__ or __package__, falling back on __name__ "
                    "and __path__",
                    1) < 0)
    return NULL;
  struct object *name, *path;
  if (global(globals, NAME(name), &name) < 0)
    return NULL;
  if (!name)
    return error_format(ERROR_KEY, "'__name__' not in globals");
  if (!is_any_str(name))
    return error_format(ERROR_TYPE, "__name__ must be a string");
  hold(name);
  int has_path = global(globals, NAME(path), &path) < 0 ? -1 : path != NULL;
  int64_t dot = has_path == 0 ? last_dot(name, (int64_t)str_length(name)) : 0;
  struct object *package = NULL;
  if (has_path > 0)
    return name;
  if (has_path == 0)
    package = dot < 0 ? no_parent() : str_slice(name, 0, (size_t)dot);
  drop(name);
  return package;
}

static struct object *package_of(struct object *globals) {
  struct object *package, *spec, *parent;
  if (global(globals, NAME(package), &package) < 0 || global(globals, NAME(spec), &spec) < 0)
    return NULL;
  bool has_spec = spec && spec != NONE;
  if (package && package != NONE) {
    if (!is_any_str(package))
      return error_format(ERROR_TYPE, "package must be a string");
    hold(package);
    if (!has_spec)
      return package;
    if (!(parent = attribute_get(spec, name_parent))) {
      drop(package);
      return NULL;
    }
    int equal = compare_true(package, parent, COMPARE_EQ);
    drop(parent);
    if (equal == 0)
      equal = warning_issue(ERROR_IMPORT_WARNING, "__package__ != __spec__.parent", 1);
    if (equal < 0) {
      drop(package);
      return NULL;
    }
    return package;
  }
  if (!has_spec)
    return package_from_name(globals);
  if ((parent = attribute_get(spec, name_parent)) && !is_any_str(parent)) {
    drop(parent);
    return error_format(ERROR_TYPE, "__spec__.parent must be a string");
  }
  return parent;
}

static struct object *absolute_name(struct object *name, struct object *globals, int64_t level) {
  if (!globals)
    return error_format(ERROR_KEY, "'__name__' not in globals");
  if (!is_any_dict(globals))
    return error_format(ERROR_TYPE, "globals must be a dict");
  struct object *package = package_of(globals);
  if (!package)
    return NULL;
  int64_t end = (int64_t)str_length(package);
  struct object *base = NULL;
  if (end == 0)
    no_parent();
  else {
    while (--level > 0 && end >= 0)
      end = last_dot(package, end);
    if (end < 0)
      error_set(ERROR_IMPORT, "attempted relative import beyond top-level package");
    else
      base = str_slice(package, 0, (size_t)end);
  }
  drop(package);
  if (!base || str_length(name) == 0)
    return base;
  struct object *absolute = str_format("%U.%U", base, name);
  drop(base);
  return absolute;
}

/* ---- Tracebacks without importlib ---- */

/* Stretches of importlib's frames are taken out of the pending exception's traceback: all of an
 * ImportError's, else those that end in _call_with_frames_removed. */
static void remove_frames(void) {
  if (sys_start.verbose)
    return;
  struct object *exception = error_pending_borrowed();
  if (!exception)
    return;
  hold(exception);
  bool always = object_is_instance(exception, exception_type(ERROR_IMPORT)), inside = false;
  struct object *first = exception_traceback_borrowed(exception);
  first = first ? hold(first) : NULL;
  struct object **link = &first, **outer = NULL, *link_owner = NULL, *outer_owner = NULL;
  for (struct object *o = first; o;) {
    struct traceback *t = (struct traceback *)o;
    struct object *next = t->next;
    const struct code *code = (const struct code *)((struct frame_object *)t->frame)->code;
    bool is_importlib = str_is(code->filename, "<frozen importlib._bootstrap>") ||
                        str_is(code->filename, "<frozen importlib._bootstrap_external>");
    if (is_importlib && !inside) {
      outer = link;
      outer_owner = link_owner;
    }
    inside = is_importlib;
    if (inside && (always || str_is(code->name, "_call_with_frames_removed"))) {
      if (next)
        hold(next);
      if (outer_owner)
        store(outer_owner, outer, next);
      else {
        struct object *before = *outer;
        *outer = next;
        drop_null(before);
      }
      link = outer;
      link_owner = outer_owner;
    } else {
      link = &t->next;
      link_owner = o;
    }
    o = next;
  }
  if (exception_traceback_borrowed(exception) != first)
    exception_set_traceback(exception, first);
  drop_null(first);
  drop(exception);
}

/* ---- __import__ ---- */

static struct object *without_library(struct object *name) {
  bool known;
  struct object *module = import_builtin(name, &known);
  if (known)
    return module;
  struct object *message =
      str_format("No module named %R (the library of Python was not found)", name);
  if (message)
    error_import(message, name, NULL, true);
  drop_null(message);
  return NULL;
}

/* ("import", name, None, sys.path, sys.meta_path, sys.path_hooks) */
static struct object *audited(struct object *name) {
  static const char *const lists[] = {"path", "meta_path", "path_hooks"};
  struct object *each[ARRAY_SIZE(lists)];
  for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
    struct object *list = sys_get_borrowed(lists[i]);
    each[i] = hold(list ? list : NONE);
  }
  return tuple_pack_taking(5, hold(name), hold(NONE), each[0], each[1], each[2]);
}

static struct object *find_and_load(struct object *name) {
  struct object *const args[] = {importlib, name, import_function};
  return call_method(name_find_and_load, args, 3, NULL);
}

bool import_is_timed;

/* A line for each import when it has ended, so that what it imports stands above it, further to the
 * right; the time of that is in the second column alone. */
static struct object *find_and_load_timed(struct object *name) {
  static uint64_t inside_ns; /* of the import under way: what it has imported so far */
  static int depth = -1;
  if (depth < 0) {
    depth = 0;
    fputs("import time: self [us] | cumulative | imported package\n", stderr);
  }
  uint64_t inside_outer_ns = inside_ns, start = clock_wall_ns();
  inside_ns = 0;
  depth++;
  struct object *module = find_and_load(name);
  depth--;
  uint64_t all = clock_wall_ns() - start, own = all - inside_ns;
  inside_ns = inside_outer_ns + all;
  struct error_saved saved;
  error_save(&saved);
  struct object *text = str_encode_utf8(name);
  fprintf(stderr, "import time: %9" PRIu64 " | %10" PRIu64 " | %*s%s\n", (own + 999) / 1000,
          (all + 999) / 1000, 2 * depth, "", text ? (const char *)bytes_data(text) : "?");
  drop_null(text);
  error_restore(&saved);
  return module;
}

static struct object *load(struct object *absolute) {
  struct object *module = import_find(absolute);
  if (!module && error_pending() != ERROR_NONE)
    return NULL;
  if (module && module != NONE) {
    if (ensure_initialized(module, absolute) == 0)
      return module;
    drop(module);
    return NULL;
  }
  drop_null(module);
  if (AUDIT_FAILS("import", audited(absolute)))
    return NULL;
  if (!importlib)
    return without_library(absolute);
  return UNLIKELY(import_is_timed) ? find_and_load_timed(absolute) : find_and_load(absolute);
}

/* `import a.b` binds a; `from .a.b import ...` has already been dealt with. */
static struct object *first_part(struct object *module, struct object *name,
                                 struct object *absolute, int64_t level) {
  int64_t dot = first_dot(name);
  if (dot < 0)
    return hold(module);
  if (level == 0) {
    struct object *front = str_slice(name, 0, (size_t)dot);
    struct object *result = front ? import_module_level(front, NULL, NULL, NULL, 0) : NULL;
    drop_null(front);
    return result;
  }
  size_t behind = str_length(name) - (size_t)dot;
  struct object *wanted = str_slice(absolute, 0, str_length(absolute) - behind);
  struct object *result = wanted ? import_find(wanted) : NULL;
  if (wanted && !result && error_pending() == ERROR_NONE)
    error_format(ERROR_KEY, "%R not in sys.modules as expected", wanted);
  drop_null(wanted);
  return result;
}

static struct object *with_fromlist(struct object *module, struct object *from) {
  struct object *path;
  int found = attribute_find(module, NAME(path), &path);
  if (found < 0)
    return NULL;
  if (!found)
    return hold(module);
  drop(path);
  if (!importlib)
    return hold(module);
  struct object *const args[] = {importlib, module, from, import_function};
  return call_method(name_handle_fromlist, args, 4, NULL);
}

struct object *import_module_level(struct object *name, struct object *globals,
                                   struct object *locals, struct object *from, int64_t level) {
  struct object *absolute = NULL, *module = NULL, *result = NULL;
  if (!is_any_str(name))
    return error_format(ERROR_TYPE, "module name must be a string");
  if (level < 0)
    return error_format(ERROR_VALUE, "level must be >= 0");
  if (level == 0 && str_length(name) == 0)
    return error_format(ERROR_VALUE, "Empty module name");
  absolute = level > 0 ? absolute_name(name, globals, level) : hold(name);
  if (absolute && (module = load(absolute))) {
    int has_from = from && from != NONE ? object_truth(from) : 0;
    if (has_from > 0)
      result = with_fromlist(module, from);
    else if (has_from == 0)
      result =
          level == 0 || str_length(name) ? first_part(module, name, absolute, level) : hold(module);
  }
  drop_null(absolute);
  drop_null(module);
  if (!result)
    remove_frames();
  return result;
}

struct object *import_module(const char *name) {
  struct object *text = str_intern(name), *result = NULL;
  struct object *first = text ? import_module_level(text, NULL, NULL, NULL, 0) : NULL;
  if (first && first_dot(text) >= 0) {
    result = import_find(text);
    if (!result && error_pending() == ERROR_NONE)
      error_key(text);
  } else if (first)
    result = hold(first);
  drop_null(first);
  drop_null(text);
  return result;
}

/* ---- from ... import name ---- */

static struct object *cannot_import(struct object *module, struct object *name,
                                    struct object *module_name) {
  struct object *file = NULL, *spec = NULL, *message = NULL;
  struct object *unknown = str_from_ascii("<unknown module name>");
  if (is_any_module(module)) {
    struct object *found = dict_get_borrowed(module_dict_borrowed(module), NAME(file));
    if (found && is_any_str(found))
      file = hold(found);
  }
  error_clear();
  struct object *shown = module_name ? module_name : unknown;
  if (!shown)
    goto done;
  if (!file)
    message = str_format("cannot import name %R from %R (unknown location)", name, shown);
  else {
    if (attribute_find(module, NAME(spec), &spec) < 0)
      error_clear();
    message = str_format(import_is_initializing(spec)
                             ? "cannot import name %R from partially initialized module %R (most "
                               "likely due to a circular import) (%S)"
                             : "cannot import name %R from %R (%S)",
                         name, shown, file);
  }
  if (message)
    error_import(message, module_name, file, false);
done:
  drop_null(unknown);
  drop_null(file);
  drop_null(spec);
  drop_null(message);
  return NULL;
}

/* A module that does not have the attribute may be on its way, its submodule being in sys.modules
 * already: a circular import. */
static struct object *import_from(struct object *module, struct object *name) {
  struct object *module_name = NULL, *full = NULL, *found = NULL;
  if (attribute_find(module, NAME(name), &module_name) < 0)
    error_clear();
  if (module_name && !is_any_str(module_name)) {
    drop(module_name);
    module_name = NULL;
  }
  if (module_name) {
    full = str_format("%U.%U", module_name, name);
    found = full ? import_find(full) : NULL;
    drop_null(full);
  }
  if (!found && (error_pending() == ERROR_NONE || !module_name))
    cannot_import(module, name, module_name);
  drop_null(module_name);
  return found;
}

/* ---- Opening ---- */

struct object *import_builtin(struct object *name, bool *known) {
  *known = false;
  const struct module_row *row = NULL;
  for (const struct module_row *each = module_rows; each->name && !row; each++)
    if (str_is(name, each->name))
      row = each;
  if (!row)
    return NULL;
  *known = true;
  struct object *module = module_create(row), *modules = sys_modules_borrowed();
  if (module && (!modules || dict_set(modules, name, module) < 0)) {
    drop(module);
    return NULL;
  }
  return module;
}

static int open_names(void) {
  static const struct {
    struct object **slot;
    const char *text;
  } names[] = {{&name_parent, "parent"},
               {&name_initializing, "_initializing"},
               {&name_find_and_load, "_find_and_load"},
               {&name_handle_fromlist, "_handle_fromlist"},
               {&name_lock_unlock, "_lock_unlock_module"}};
  for (size_t i = 0; i < ARRAY_SIZE(names); i++)
    if (module_root(names[i].slot) < 0 || !(*names[i].slot = str_intern(names[i].text)))
      return -1;
  return module_root(&importlib) < 0 || module_root(&import_function) < 0 ? -1 : 0;
}

/* What CPython does at its start, in this order. */
static struct object *module_repr(struct object *module) {
  struct object *f = importlib ? attribute_get_ascii(importlib, "_module_repr") : NULL;
  struct object *text = f ? call_one(f, module) : NULL;
  drop_null(f);
  return text;
}

static int open_importlib(void) {
  bool is_disabled;
  struct object *name = str_intern("_frozen_importlib"), *module = NULL, *imp = NULL, *done = NULL,
                *imp_name = str_intern("_imp");
  const struct frozen_module *frozen = name ? frozen_find(name, &is_disabled) : NULL;
  if (frozen)
    module = frozen_import(frozen);
  struct object *install = str_intern("_install");
  struct object *install_external = str_intern("_install_external_importers");
  bool known;
  if (module && install && install_external && imp_name &&
      (imp = import_builtin(imp_name, &known))) {
    struct object *const args[] = {module, sys_module, imp};
    if ((done = call_method(install, args, 3, NULL))) {
      drop(done);
      importlib = hold(module);
      module_repr_by_loader = module_repr;
      done = call_method_none(module, install_external);
    }
  }
  drop_null(name);
  drop_null(module);
  drop_null(imp);
  drop_null(imp_name);
  drop_null(install);
  drop_null(install_external);
  drop_null(done);
  return done ? 0 : -1;
}

/* The library's search function for codecs comes with its package. */
static int import_encodings(void) {
  struct object *module = import_module("encodings");
  drop_null(module);
  return module ? 0 : -1;
}

int import_open(void) {
  if (warning_open() < 0 || open_names() < 0)
    return -1;
  vm_import = import_module_level;
  codec_import_encodings = import_encodings;
  vm_import_from = import_from;
  struct object *key = str_intern("__import__");
  struct object *function = key && vm_builtins ? dict_get_borrowed(vm_builtins, key) : NULL;
  drop_null(key);
  if (!function) {
    if (error_pending() == ERROR_NONE)
      error_set(ERROR_IMPORT, "__import__ not found");
    return -1;
  }
  import_function = hold(function);
  vm_import_function = function;
  if (!sys_start.library)
    return 0;
  return open_importlib() < 0 ? -1 : archive_add_hook();
}

void import_close(void) {
  codec_import_encodings = NULL;
  warning_close();
  vm_import = NULL;
  vm_import_from = NULL;
  vm_import_function = NULL;
}
