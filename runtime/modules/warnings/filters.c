/* What becomes of a warning: registries of those already shown, filters, actions. */
#include "runtime/modules/module.h"
#include "runtime/modules/sys.h"
#include "runtime/modules/warnings/warnings.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/vm.h"
#include <string.h>

struct object *warning_filters, *warning_once_registry, *warning_default_action;
int64_t warning_version;

/* ---- State ---- */

static int add_filter(const char *action, enum error_kind category, const char *module) {
  struct object *parts[2] = {str_intern(action), module ? str_intern(module) : hold(NONE)};
  struct object *filter = NULL;
  if (parts[0] && parts[1])
    filter = tuple_pack(5, parts[0], NONE, &exception_type(category)->head, parts[1],
                        &int_small[-INT_SMALL_MIN].head);
  drop_null(parts[0]);
  drop_null(parts[1]);
  return filter ? list_append_taking(warning_filters, filter) : -1;
}

int warning_state_open(void) {
  if (warning_default_action)
    return 0;
  if (module_root(&warning_filters) < 0 || module_root(&warning_once_registry) < 0 ||
      module_root(&warning_default_action) < 0)
    return -1;
  if ((!warning_filters && !(warning_filters = list_new(8))) ||
      (!warning_once_registry && !(warning_once_registry = dict_new())))
    return -1;
  list_clear(warning_filters);
  if (add_filter("default", ERROR_DEPRECATION_WARNING, "__main__") < 0 ||
      add_filter("ignore", ERROR_DEPRECATION_WARNING, NULL) < 0 ||
      add_filter("ignore", ERROR_PENDING_DEPRECATION_WARNING, NULL) < 0 ||
      add_filter("ignore", ERROR_IMPORT_WARNING, NULL) < 0 ||
      add_filter("ignore", ERROR_RESOURCE_WARNING, NULL) < 0)
    return -1;
  warning_version = 0;
  return (warning_default_action = str_intern("default")) ? 0 : -1;
}

/* An attribute of the library's module: 1 with a reference, 0 if it has none or is not imported;
 * -1. must_import: it is imported if need be. */
static int library_attribute(const char *name, bool must_import, struct object **value) {
  *value = NULL;
  struct object *module_name = str_intern("warnings"), *module = NULL;
  struct object *modules = sys_modules_borrowed();
  if (!module_name)
    return -1;
  if (must_import && !sys_is_finalizing && vm_import) {
    module = vm_import(module_name, NULL, NULL, NULL, 0);
    if (!module && !error_clear_if(ERROR_IMPORT)) {
      drop(module_name);
      return -1;
    }
  } else if (modules && is_any_dict(modules)) {
    module = dict_get_borrowed(modules, module_name);
    if (module)
      hold(module);
  }
  drop(module_name);
  if (!module)
    return error_pending() == ERROR_NONE ? 0 : -1;
  struct object *key = str_intern(name);
  int found = key ? attribute_find(module, key, value) : -1;
  drop_null(key);
  drop(module);
  return found;
}

static struct object *once_registry(void) {
  struct object *registry;
  int found = library_attribute("onceregistry", false, &registry);
  if (found < 0)
    return NULL;
  if (!found)
    return hold(warning_once_registry);
  if (is_any_dict(registry))
    return registry;
  error_format(ERROR_TYPE, "_warnings.onceregistry must be a dict, not '%N'", registry);
  drop(registry);
  return NULL;
}

static struct object *default_action(void) {
  struct object *action;
  int found = library_attribute("defaultaction", false, &action);
  if (found < 0)
    return NULL;
  if (!found)
    return hold(warning_default_action);
  if (is_any_str(action))
    return action;
  error_format(ERROR_TYPE, "_warnings.defaultaction must be a string, not '%N'", action);
  drop(action);
  return NULL;
}

/* ---- Filters ---- */

/* None matches all, a str itself, anything else by its match(). */
static int matches(struct object *pattern, struct object *text) {
  if (pattern == NONE)
    return 1;
  if (is_str(pattern))
    return compare_true(pattern, text, COMPARE_EQ);
  struct object *name = str_intern("match");
  struct object *result = name ? call_method_one(pattern, name, text) : NULL;
  int truth = result ? object_truth(result) : -1;
  drop_null(name);
  drop_null(result);
  return truth;
}

/* 1: the filter applies; its action is put into *action. */
static int applies(struct object *filter, const struct warning *w, struct object *category,
                   struct object *text, struct object *module, struct object **action) {
  struct object *const *part = ((struct tuple *)filter)->items;
  int64_t line;
  if (!is_any_str(part[0])) {
    error_format(ERROR_TYPE, "action must be a string, not '%N'", part[0]);
    return -1;
  }
  int message_fits = matches(part[1], text);
  int module_fits = message_fits < 0 ? -1 : matches(part[3], module);
  int category_fits = module_fits < 0 ? -1 : object_is_subclass_of(category, part[2]);
  if (category_fits < 0 || number_to_i64(part[4], &line, ERROR_OVERFLOW) < 0)
    return -1;
  if (!message_fits || !module_fits || !category_fits || (line != 0 && line != w->line))
    return 0;
  *action = hold(part[0]);
  return 1;
}

/* The action, owned, and the filter it comes from, owned (None: the default). */
static struct object *find_action(const struct warning *w, struct object *category,
                                  struct object *text, struct object *module,
                                  struct object **filter) {
  struct object *filters, *action = NULL;
  int found = library_attribute("filters", false, &filters);
  if (found < 0)
    return NULL;
  if (found) {
    struct object *before = warning_filters;
    warning_filters = filters;
    drop_null(before);
  }
  filters = warning_filters;
  if (!filters || !is_any_list(filters))
    return error_format(ERROR_VALUE, "_warnings.filters must be a list");
  hold(filters);
  int status = 0;
  for (size_t i = 0; status == 0 && i < list_length(filters); i++) {
    struct object *each = hold(list_get_borrowed(filters, i));
    if (!is_any_tuple(each) || tuple_length(each) != 5) {
      error_format(ERROR_VALUE, "_warnings.filters item %zu isn't a 5-tuple", i);
      status = -1;
    } else
      status = applies(each, w, category, text, module, &action);
    if (status > 0)
      *filter = each;
    else
      drop(each);
  }
  drop(filters);
  if (status == 0 && (action = default_action()))
    *filter = hold(NONE);
  return action;
}

/* ---- Registries ---- */

/* Whether the registry says that this was shown; entries of older filters are forgotten. */
static int was_shown(struct object *registry, struct object *key, bool set) {
  struct object *version_key = str_intern("version");
  struct object *version = version_key ? dict_get_borrowed(registry, version_key) : NULL;
  int64_t number;
  int status = 0;
  if (!version_key || (!version && error_pending() != ERROR_NONE))
    status = -1;
  else if (!version || !is_any_int(version) || !int_to_i64(version, &number) ||
           number != warning_version) {
    dict_clear(registry);
    struct object *now = int_from_i64(warning_version);
    status = now ? dict_set(registry, version_key, now) : -1;
    drop_null(now);
  } else {
    struct object *shown = dict_get_borrowed(registry, key);
    if (shown) {
      hold(shown);
      status = object_truth(shown);
      drop(shown);
    } else if (error_pending() != ERROR_NONE)
      status = -1;
  }
  drop_null(version_key);
  return status == 0 && set ? dict_set(registry, key, TRUE_) : status;
}

static int update_registry(struct object *registry, struct object *text, struct object *category) {
  struct object *key = tuple_pack(2, text, category);
  int shown = key ? was_shown(registry, key, true) : -1;
  drop_null(key);
  return shown;
}

/* ---- Showing ---- */

static int show(const struct warning *w, struct object *category, struct object *message,
                struct object *text) {
  struct object *show_message, *class;
  int found = library_attribute("_showwarnmsg", w->source != NULL, &show_message);
  if (found < 0)
    return -1;
  if (!found) {
    warning_print(w, category, text);
    return error_pending() == ERROR_NONE ? 0 : -1;
  }
  struct object *line = NULL, *description = NULL, *result = NULL;
  if (!is_callable(show_message))
    error_set(ERROR_TYPE, "warnings._showwarnmsg() must be set to a callable");
  else if ((found = library_attribute("WarningMessage", false, &class)) <= 0) {
    if (found == 0)
      error_set(ERROR_RUNTIME, "unable to get warnings.WarningMessage");
  } else {
    if ((line = int_from_i64(w->line))) {
      struct object *const args[] = {
          message, category, w->filename, line, NONE, NONE, w->source ? w->source : NONE};
      description = call_object(class, args, ARRAY_SIZE(args), NULL);
    }
    result = description ? call_one(show_message, description) : NULL;
    drop(class);
  }
  drop(show_message);
  drop_null(line);
  drop_null(description);
  drop_null(result);
  return result ? 0 : -1;
}

/* ---- One warning ---- */

static bool is_action(struct object *action, const char *name) {
  size_t n = strlen(name);
  return str_is_ascii(action) && str_length(action) == n && !memcmp(str_data(action), name, n);
}

static struct object *module_of_file(struct object *filename) {
  size_t n = str_length(filename);
  if (n == 0)
    return str_from_ascii("<unknown>");
  if (n >= 3 && str_at(filename, n - 3) == '.' && str_at(filename, n - 2) == 'p' &&
      str_at(filename, n - 1) == 'y')
    return str_slice(filename, 0, n - 3);
  return hold(filename);
}

static int act(const struct warning *w, struct object *category, struct object *message,
               struct object *text, struct object *key, struct object *action,
               struct object *filter) {
  struct object *registry = w->registry == NONE ? NULL : w->registry;
  if (is_action(action, "error")) {
    error_set_object(category, message);
    return -1;
  }
  if (is_action(action, "ignore"))
    return 0;
  int shown = 0;
  if (!is_action(action, "always")) {
    if (registry && dict_set(registry, key, TRUE_) < 0)
      return -1;
    if (is_action(action, "once")) {
      struct object *once = registry ? hold(registry) : once_registry();
      shown = once ? update_registry(once, text, category) : -1;
      drop_null(once);
    } else if (is_action(action, "module"))
      shown = registry ? update_registry(registry, text, category) : 0;
    else if (!is_action(action, "default")) {
      error_format(ERROR_RUNTIME, "Unrecognized action (%R) in warnings.filters:\n %R", action,
                   filter);
      return -1;
    }
  }
  return shown ? (shown < 0 ? -1 : 0) : show(w, category, message, text);
}

int warning_explicit(struct warning *w) {
  if (warning_state_open() < 0)
    return -1;
  if (w->module == NONE)
    return 0;
  if (w->registry && w->registry != NONE && !is_any_dict(w->registry)) {
    error_set(ERROR_TYPE, "'registry' must be a dict or None");
    return -1;
  }
  struct object *warning_class = &exception_type(ERROR_WARNING)->head;
  int is_warning = object_is_instance_of(w->message, warning_class), status = -1, shown = 0;
  if (is_warning < 0)
    return -1;
  struct object *module = w->module ? hold(w->module) : module_of_file(w->filename);
  struct object *category = is_warning ? &type_of(w->message)->head : w->category;
  struct object *text = is_warning ? object_str(w->message) : hold(w->message);
  struct object *message = is_warning ? hold(w->message) : call_one(category, w->message);
  struct object *line = int_from_i64(w->line), *key = NULL, *action = NULL, *filter = NULL;
  hold(category);
  if (module && text && message && line && (key = tuple_pack(3, text, category, line))) {
    if (w->registry && w->registry != NONE)
      shown = was_shown(w->registry, key, false);
    if (shown > 0)
      status = 0;
    else if (shown == 0 && (action = find_action(w, category, text, module, &filter)))
      status = act(w, category, message, text, key, action, filter);
  }
  drop_null(module);
  drop(category);
  drop_null(text);
  drop_null(message);
  drop_null(line);
  drop_null(key);
  drop_null(action);
  drop_null(filter);
  return status;
}
