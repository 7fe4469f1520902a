/* The module _asyncio: its parts put together, and what it takes from the library. */
#include "runtime/modules/asyncio/asyncio.h"
#include "runtime/modules/import/import.h"
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/vm.h"

struct object *asyncio_names[ASYNCIO_NAMES_N], *asyncio_context_keyword;
static struct object *library[LIBRARY_N];
static const struct {
  const char *module, *name;
} places[LIBRARY_N] = {
    [LIBRARY_CANCELLED_ERROR] = {"asyncio.exceptions", "CancelledError"},
    [LIBRARY_INVALID_STATE_ERROR] = {"asyncio.exceptions", "InvalidStateError"},
    [LIBRARY_FUTURE_REPR] = {"asyncio.base_futures", "_future_repr"},
    [LIBRARY_TASK_REPR] = {"asyncio.base_tasks", "_task_repr"},
    [LIBRARY_TASK_GET_STACK] = {"asyncio.base_tasks", "_task_get_stack"},
    [LIBRARY_TASK_PRINT_STACK] = {"asyncio.base_tasks", "_task_print_stack"},
    [LIBRARY_IS_COROUTINE] = {"asyncio.coroutines", "iscoroutine"},
    [LIBRARY_EXTRACT_STACK] = {"traceback", "extract_stack"},
    [LIBRARY_GET_POLICY] = {"asyncio.events", "get_event_loop_policy"},
};

void *asyncio_is_closed(void) {
  return error_format(ERROR_RUNTIME, "the interpreter has closed asyncio");
}

struct object *asyncio_library(enum asyncio_library which) {
  return LIKELY(library[which] != NULL) ? library[which] : asyncio_is_closed();
}

void *asyncio_error(enum asyncio_library which, const char *text) {
  struct object *class = asyncio_library(which);
  return class ? error_format_of(class, "%s", text) : NULL;
}

struct object *asyncio_import(const char *module_name, const char *name) {
  struct object *module = import_module(module_name);
  struct object *value = module ? attribute_get_ascii(module, name) : NULL;
  drop_null(module);
  return value;
}

/* Importing the library may import this module once more, which then fills in all of it. */
static int open_library(void) {
  for (int i = 0; i < LIBRARY_N; i++) {
    if (module_root(&library[i]) < 0)
      return -1;
    if (library[i])
      continue;
    struct object *value = asyncio_import(places[i].module, places[i].name);
    if (!value)
      return -1;
    if (library[i])
      drop(value);
    else
      library[i] = value;
  }
  return 0;
}
static int open_names(void) {
  static const char *const texts[] = {
#define TEXT(name) #name,
      ASYNCIO_NAMES(TEXT)
#undef TEXT
  };
  for (int i = 0; i < ASYNCIO_NAMES_N; i++) {
    struct object *name = str_intern(texts[i]);
    if (!name)
      return -1;
    asyncio_names[i] = name; /* for good: finalisers of the last futures ask for them, too */
  }
  if (module_root(&asyncio_context_keyword) < 0)
    return -1;
  if (!asyncio_context_keyword)
    asyncio_context_keyword = tuple_pack(1, ASYNCIO_NAME(context));
  return asyncio_context_keyword ? 0 : -1;
}

int module_asyncio_fill(struct object *module) {
  if (!vm_import) {
    error_set(ERROR_IMPORT, "nothing can be imported yet");
    return -1;
  }
  if (open_names() < 0 || type_ready(&asyncio_step_type) < 0 ||
      type_ready(&asyncio_future_iterator_type) < 0 ||
      module_add_type(module, &asyncio_future_type) < 0 ||
      module_add_type(module, &asyncio_task_type) < 0 ||
      module_add_functions(module, running_functions) < 0 ||
      module_add_text(module, "__doc__", "What of asyncio is written in C.") < 0)
    return -1;
  return open_library() < 0 ? -1 : running_open(module);
}
