/* Warnings issued by C code. */
#include "runtime/modules/warn.h"
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/vm.h"

/* Takes message and source (may be NULL). */
static int issue_taking(enum error_kind category, struct object *message, int stack_level,
                        struct object *source) {
  struct object *name = str_intern("_warnings"), *function = NULL, *level = NULL, *result = NULL;
  struct object *module =
      message && name && vm_import ? vm_import(name, NONE, NONE, NONE, 0) : NULL;
  if (module && (function = attribute_get_ascii(module, "warn")) != NULL &&
      (level = int_from_i64(stack_level)) != NULL) {
    struct object *const args[] = {message, &exception_type(category)->head, level, source};
    result = call_object(function, args, source ? 4 : 3, NULL);
  }
  int status = result || (message && name && !vm_import) ? 0 : -1;
  drop_null(result);
  drop_null(level);
  drop_null(function);
  drop_null(module);
  drop_null(name);
  drop_null(message);
  drop_null(source);
  return status;
}

int warn_format(enum error_kind category, int stack_level, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  struct object *message = str_format_list(format, arguments);
  va_end(arguments);
  return issue_taking(category, message, stack_level, NULL);
}

int warn_unclosed(struct object *source) {
  return issue_taking(ERROR_RESOURCE_WARNING, str_format("unclosed file %R", source), 1,
                      hold(source));
}
