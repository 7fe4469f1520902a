/* The pending error: one preallocated record per thread. */
#include "runtime/object/error.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local struct {
  enum error_kind kind;
  char message[256];
} pending;

void error_set(enum error_kind kind, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(pending.message, sizeof pending.message, format, arguments);
  va_end(arguments);
  pending.kind = kind;
}

void *error_no_memory(void) {
  pending.kind = ERROR_MEMORY;
  pending.message[0] = 0;
  return NULL;
}

enum error_kind error_pending(void) { return pending.kind; }
const char *error_message(void) { return pending.kind == ERROR_NONE ? "" : pending.message; }

const char *error_name(enum error_kind kind) {
  static const char *const names[ERROR_KINDS_N] = {[ERROR_NONE] = "no error",
#define EXCEPTION(symbol, text, base, layout, doc) [ERROR_##symbol] = text,
#include "runtime/object/exceptions.def"
#undef EXCEPTION
  };
  return names[kind];
}

void error_clear(void) { pending.kind = ERROR_NONE; }

void error_report(const char *where) {
  if (pending.kind == ERROR_NONE)
    return;
  fprintf(stderr, "Exception ignored in %s: %s%s%s\n", where, error_name(pending.kind),
          pending.message[0] ? ": " : "", pending.message);
  error_clear();
}

void error_save(struct error_saved *saved) {
  saved->kind = pending.kind;
  saved->raised = NULL;
  if (pending.kind != ERROR_NONE)
    memcpy(saved->message, pending.message, sizeof saved->message);
  pending.kind = ERROR_NONE;
}

void error_restore(const struct error_saved *saved) {
  pending.kind = saved->kind;
  if (saved->kind != ERROR_NONE)
    memcpy(pending.message, saved->message, sizeof pending.message);
}
