/* Warnings, on their way to the module that handles them. */
#include "runtime/object/warning.h"
#include "runtime/object/exception.h"

int (*warning_hook)(struct object *category, struct object *text, int64_t stack_level);

int warning_format(enum error_kind category, int64_t stack_level, const char *format, ...) {
  if (!warning_hook)
    return 0;
  va_list arguments;
  va_start(arguments, format);
  struct object *text = str_format_list(format, arguments);
  va_end(arguments);
  if (!text)
    return -1;
  int status = warning_hook(&exception_type(category)->head, text, stack_level);
  drop(text);
  return status;
}
