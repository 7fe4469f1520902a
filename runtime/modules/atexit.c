/* The module `atexit`: functions to be called at the end, with their arguments, in a list of
 * (function, args tuple, kwargs dict or None). None stands where one was unregistered. */
#include "runtime/modules/atexit.h"
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"

static struct object *calls; /* NULL: none yet */

static struct object *register_(struct object *self, struct object *const *args, size_t n,
                                struct object *kwnames) {
  if (n == 0)
    return error_format(ERROR_TYPE, "register() takes at least 1 argument (0 given)");
  if (!is_callable(args[0]))
    return error_format(ERROR_TYPE, "the first argument must be callable");
  struct object *positional = tuple_from(args + 1, n - 1), *named = NULL, *call = NULL;
  named = kwnames && tuple_length(kwnames) ? call_kwargs_dict(args + n, kwnames) : hold(NONE);
  if (positional && named)
    call = tuple_pack(3, args[0], positional, named);
  drop_null(positional);
  drop_null(named);
  if (!call)
    return NULL;
  if (!calls && !(calls = list_new(0))) {
    drop(call);
    return NULL;
  }
  return list_append_taking(calls, call) < 0 ? NULL : hold(args[0]);
}

static void report(struct object *function) {
  if (!error_unraisable_hook) {
    error_report_object(function);
    return;
  }
  struct object *exception = error_fetch();
  if (exception)
    error_unraisable_hook(exception, "atexit callback", function);
  drop_null(exception);
  error_clear();
}

/* What is registered meanwhile is forgotten without having been called. */
void atexit_run(void) {
  for (size_t i = calls ? list_length(calls) : 0; i-- > 0;) {
    struct object *call = i < list_length(calls) ? hold(list_get_borrowed(calls, i)) : hold(NONE);
    if (call != NONE) {
      struct object *function = tuple_get_borrowed(call, 0), *named = tuple_get_borrowed(call, 2);
      struct object *result =
          call_tuple_dict(function, tuple_get_borrowed(call, 1), named == NONE ? NULL : named);
      if (!result)
        report(function);
      drop_null(result);
    }
    drop(call);
  }
  if (calls)
    list_clear(calls);
}

static struct object *run_exitfuncs(struct object *self) {
  atexit_run();
  return hold(NONE);
}

static struct object *clear(struct object *self) {
  if (calls)
    list_clear(calls);
  return hold(NONE);
}

static struct object *unregister(struct object *self, struct object *function) {
  for (size_t i = 0; calls && i < list_length(calls); i++) {
    struct object *call = list_get_borrowed(calls, i);
    if (call == NONE)
      continue;
    hold(call);
    int equal = compare_true(tuple_get_borrowed(call, 0), function, COMPARE_EQ);
    if (equal > 0 && i < list_length(calls) && list_get_borrowed(calls, i) == call)
      list_set_taking(calls, i, hold(NONE));
    drop(call);
    if (equal < 0)
      return NULL;
  }
  return hold(NONE);
}

static struct object *count(struct object *self) {
  return int_from_i64(calls ? (int64_t)list_length(calls) : 0);
}

static const struct method_def methods[] = {
    METHOD_KEYWORDS_("register", register_,
                     "register(func, *args, **kwargs) -> func\n\n"
                     "Register a function to be executed upon normal program termination."),
    METHOD_NOARGS_("_clear", clear,
                   "_clear() -> None\n\nClear the list of previously registered exit functions."),
    METHOD_ONE_("unregister", unregister,
                "unregister(func) -> None\n\nUnregister an exit function which was previously "
                "registered."),
    METHOD_NOARGS_("_run_exitfuncs", run_exitfuncs,
                   "_run_exitfuncs() -> None\n\nRun all registered exit functions."),
    METHOD_NOARGS_("_ncallbacks", count,
                   "_ncallbacks() -> int\n\nReturn the number of registered exit functions."),
    {NULL}};

int module_atexit_fill(struct object *module) {
  if (module_root(&calls) < 0 || module_add_functions(module, methods) < 0)
    return -1;
  return module_add_text(module, "__doc__",
                         "allow programmer to define multiple exit functions to be executed\n"
                         "upon normal program termination.\n");
}
