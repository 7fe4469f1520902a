/* The module `_warnings`, and warnings issued by C code: whom a warning is about. */
#include "runtime/modules/warnings/warnings.h"
#include "runtime/modules/builtins/builtins.h"
#include "runtime/modules/module.h"
#include "runtime/modules/traceback.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/vm/frame.h"
#include <string.h>

/* ---- Printing, without the library ---- */

static struct object *without_indent(struct object *line) {
  size_t n = str_length(line), start = 0;
  while (start < n &&
         (str_at(line, start) == ' ' || str_at(line, start) == '\t' || str_at(line, start) == '\f'))
    start++;
  return str_slice(line, start, n);
}

/* Whatever goes wrong here is not told: there is nobody to tell. */
void warning_print(const struct warning *w, struct object *category, struct object *text) {
  struct object *file = sys_get_borrowed("stderr"), *name = NULL, *shown = NULL, *line = NULL;
  if (file == NONE)
    return;
  if (file)
    hold(file);
  if ((name = attribute_get(category, NAME(name))) &&
      (shown = str_format("%U:%ld: %S: %S\n", w->filename, (long)w->line, name, text)) &&
      traceback_write(shown, file) == 0 &&
      (line = w->source_line ? hold(w->source_line)
                             : traceback_source_line(w->filename, (int32_t)w->line))) {
    drop(shown);
    shown = line;
    line = without_indent(line);
    drop(shown);
    if ((shown = line ? str_format("  %U\n", line) : NULL))
      traceback_write(shown, file);
  }
  drop_null(file);
  drop_null(name);
  drop_null(shown);
  drop_null(line);
  error_clear();
}

/* ---- Whom it is about ---- */

static bool contains(const struct object *s, const char *part) {
  size_t n = strlen(part), length = str_length(s);
  if (str_kind(s) != 0 || length < n)
    return false;
  return memmem(str_data(s), length, part, n) != NULL;
}

static bool is_internal(const struct frame *f) {
  return f && contains(f->code->filename, "importlib") && contains(f->code->filename, "_bootstrap");
}

static struct frame *outer(struct frame *f, bool skip_internal) {
  do
    f = f->previous;
  while (skip_internal && is_internal(f));
  return f;
}

/* Fills in file, line, module and registry; *owned are to be dropped. */
static int find_place(struct warning *w, int64_t stack_level, struct object *owned[3]) {
  struct frame *f = vm_stack.top;
  bool skip = stack_level > 0 && !is_internal(f);
  while (--stack_level > 0 && f)
    f = outer(f, skip);
  struct object *globals, *registry_name = str_intern("__warningregistry__");
  if (!registry_name)
    return -1;
  if (f) {
    globals = f->globals;
    owned[0] = hold(f->code->filename);
    w->line = frame_line(f->code, frame_last_instruction(f));
  } else {
    globals = module_dict_borrowed(sys_module);
    owned[0] = str_intern("sys");
    w->line = 1;
  }
  hold(globals);
  struct object *registry = owned[0] ? dict_get_borrowed(globals, registry_name) : NULL;
  if (registry)
    owned[1] = hold(registry);
  else if (owned[0] && error_pending() == ERROR_NONE && (owned[1] = dict_new()) &&
           dict_set(globals, registry_name, owned[1]) < 0) {
    drop(owned[1]);
    owned[1] = NULL;
  }
  if (owned[1]) {
    struct object *name = dict_get_borrowed(globals, NAME(name));
    if (name && (name == NONE || is_any_str(name)))
      owned[2] = hold(name);
    else if (error_pending() == ERROR_NONE)
      owned[2] = str_intern("<string>");
  }
  drop(globals);
  drop(registry_name);
  w->filename = owned[0];
  w->registry = owned[1];
  w->module = owned[2];
  return owned[0] && owned[1] && owned[2] ? 0 : -1;
}

static int issue(struct object *category, struct object *message, int64_t stack_level,
                 struct object *source) {
  struct warning w = {.category = category, .message = message, .source = source};
  struct object *owned[3] = {NULL};
  if (!sys_module) /* the end of the program: nobody is left to be warned */
    return 0;
  if (warning_state_open() < 0)
    return -1;
  int status = find_place(&w, stack_level, owned);
  if (status == 0)
    status = warning_explicit(&w);
  for (size_t i = 0; i < 3; i++)
    drop_null(owned[i]);
  return status;
}

static int hook(struct object *category, struct object *text, int64_t stack_level) {
  return issue(category, text, stack_level, NULL);
}

int warning_open(void) {
  if (warning_state_open() < 0)
    return -1;
  warning_hook = hook;
  builtins_warn_explicit = warning_at;
  return 0;
}
void warning_close(void) {
  warning_hook = NULL;
  builtins_warn_explicit = NULL;
}

static int issue_taking(enum error_kind category, struct object *message, int64_t stack_level,
                        struct object *source) {
  if (!message)
    return -1;
  int status = issue(&exception_type(category)->head, message, stack_level, source);
  drop(message);
  return status;
}

int warning_issue(enum error_kind category, const char *message, int64_t stack_level) {
  return issue_taking(category, str_from_utf8(message, strlen(message)), stack_level, NULL);
}

int warning_about(enum error_kind category, struct object *source, int64_t stack_level,
                  const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  struct object *message = str_format_list(format, arguments);
  va_end(arguments);
  return issue_taking(category, message, stack_level, source);
}

int warning_at(enum error_kind category, const char *message, struct object *filename,
               int32_t line) {
  struct object *text = str_from_utf8(message, strlen(message));
  if (!text)
    return -1;
  struct warning w = {.category = &exception_type(category)->head,
                      .message = text,
                      .filename = filename,
                      .line = line};
  int status = warning_explicit(&w);
  drop(text);
  return status;
}

/* ---- Functions of the module ---- */

static struct object *category_of(struct object *message, struct object *category) {
  struct object *warning_class = &exception_type(ERROR_WARNING)->head;
  int is_warning = object_is_instance_of(message, warning_class);
  if (is_warning < 0)
    return NULL;
  if (is_warning)
    category = &type_of(message)->head;
  else if (!category || category == NONE)
    category = &exception_type(ERROR_USER_WARNING)->head;
  int ok = object_is_subclass_of(category, warning_class);
  if (ok > 0)
    return category;
  if (ok < 0)
    error_clear();
  return error_format(ERROR_TYPE, "category must be a Warning subclass, not '%N'", category);
}

static struct object *warn(struct object *self, struct object *const *args, size_t n,
                           struct object *kwnames) {
  static const char *const names[] = {"message", "category", "stacklevel", "source"};
  static const struct args_spec spec = {"warn", names, 4, 0, 4, 1};
  struct object *v[4];
  int64_t stack_level = 1;
  if (args_parse(&spec, args, n, kwnames, v) < 0 ||
      (v[2] && number_to_i64(v[2], &stack_level, ERROR_OVERFLOW) < 0))
    return NULL;
  struct object *category = category_of(v[0], v[1]);
  if (!category)
    return NULL;
  struct object *source = v[3] == NONE ? NULL : v[3];
  return issue(category, v[0], stack_level, source) < 0 ? NULL : hold(NONE);
}

/* The line as the loader of a module has it; NULL without an error when it has none. */
static struct object *line_of_loader(struct object *globals, int64_t line) {
  struct object *loader = dict_get_borrowed(globals, NAME(loader));
  struct object *name = loader ? dict_get_borrowed(globals, NAME(name)) : NULL;
  if (!loader || !name)
    return NULL;
  hold(loader);
  hold(name);
  struct object *get_source_name = str_intern("get_source"), *get_source = NULL, *source = NULL;
  struct object *splitlines = NULL, *lines = NULL,
                *result = NULL; /* str's own, whatever the type */
  int found = get_source_name && (splitlines = attribute_get_ascii(&str_type.head, "splitlines"))
                  ? attribute_find(loader, get_source_name, &get_source)
                  : -1;
  if (found > 0 && (source = call_one(get_source, name)) && source != NONE &&
      (lines = call_one(splitlines, source)))
    result = sequence_get_item(lines, line - 1);
  drop(loader);
  drop(name);
  drop_null(get_source_name);
  drop_null(splitlines);
  drop_null(get_source);
  drop_null(source);
  drop_null(lines);
  return result;
}

static struct object *warn_explicit(struct object *self, struct object *const *args, size_t n,
                                    struct object *kwnames) {
  static const char *const names[] = {"message", "category", "filename",       "lineno",
                                      "module",  "registry", "module_globals", "source"};
  static const struct args_spec spec = {"warn_explicit", names, 8, 0, 8, 4};
  struct object *v[8];
  int64_t line;
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  if (!is_any_str(v[2]))
    return args_wrong_type("warn_explicit", "argument 3", "str", v[2]);
  if (number_to_i64(v[3], &line, ERROR_OVERFLOW) < 0)
    return NULL;
  struct object *source_line = NULL;
  if (v[6] && v[6] != NONE) {
    if (!is_any_dict(v[6]))
      return error_format(ERROR_TYPE, "module_globals must be a dict, not '%N'", v[6]);
    source_line = line_of_loader(v[6], line);
    if (!source_line && error_pending() != ERROR_NONE)
      return NULL;
  }
  struct warning w = {.category = v[1],
                      .message = v[0],
                      .filename = v[2],
                      .line = line,
                      .module = v[4],
                      .registry = v[5],
                      .source_line = source_line,
                      .source = v[7] == NONE ? NULL : v[7]};
  int status = warning_explicit(&w);
  drop_null(source_line);
  return status < 0 ? NULL : hold(NONE);
}

static struct object *filters_mutated(struct object *self) {
  warning_version++;
  return hold(NONE);
}

static const struct method_def methods[] = {
    METHOD_KEYWORDS_("warn", warn,
                     "warn($module, /, message, category=None, stacklevel=1, source=None)\n--\n\n"
                     "Issue a warning, or maybe ignore it or raise an exception."),
    METHOD_KEYWORDS_("warn_explicit", warn_explicit,
                     "Issue a warning, or maybe ignore it or raise an exception."),
    METHOD_NOARGS_("_filters_mutated", filters_mutated, NULL),
    {NULL}};

int module__warnings_fill(struct object *module) {
  if (warning_state_open() < 0 || module_add_functions(module, methods) < 0 ||
      module_add(module, "filters", warning_filters) < 0 ||
      module_add(module, "_onceregistry", warning_once_registry) < 0 ||
      module_add(module, "_defaultaction", warning_default_action) < 0)
    return -1;
  return module_add_text(module, "__doc__",
                         "_warnings provides basic warning filtering support.\n"
                         "It is a helper module to speed up interpreter start-up.");
}
