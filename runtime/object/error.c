/* The pending error of each thread: kind and text until somebody asks for the exception object,
 * then that. */
#include "runtime/object/error.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stdio.h>
#include <string.h>

_Thread_local struct error_thread error_thread;
static struct error_thread *threads; /* all attached; changes under the GIL */

void error_thread_attach(void) {
  struct error_thread *me = &error_thread;
  if (me->is_attached)
    return;
  me->is_attached = true;
  me->handled = &me->bottom;
  me->previous = NULL;
  me->next = threads;
  if (threads)
    threads->previous = me;
  threads = me;
}

void error_thread_detach(void) {
  struct error_thread *me = &error_thread;
  if (!me->is_attached)
    return;
  error_clear();
  struct object *handled = me->bottom.value;
  me->bottom.value = NULL;
  drop_null(handled);
  if (me->previous)
    me->previous->next = me->next;
  else
    threads = me->next;
  if (me->next)
    me->next->previous = me->previous;
  me->is_attached = false;
}

void error_thread_after_fork(void) {
  threads = &error_thread;
  error_thread.next = error_thread.previous = NULL;
}

void error_visit_roots(gc_visit_fn *visit, void *context) {
  for (struct error_thread *t = threads; t; t = t->next) {
    if (t->raised)
      visit(t->raised, context);
    for (struct error_handled *each = t->handled; each; each = each->previous)
      if (each->value)
        visit(each->value, context);
  }
}

static void forget(void) {
  struct object *raised = error_thread.raised;
  error_thread.raised = NULL;
  error_thread.kind = ERROR_NONE;
  drop_null(raised);
}

void error_set(enum error_kind kind, const char *format, ...) {
  forget();
  size_t n = strlen(format);
  if (n < sizeof error_thread.message && !memchr(format, '%', n)) /* nothing to be filled in */
    memcpy(error_thread.message, format, n + 1);
  else {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error_thread.message, sizeof error_thread.message, format, arguments);
    va_end(arguments);
  }
  error_thread.kind = kind;
}

void *error_no_memory(void) {
  forget();
  error_thread.kind = ERROR_MEMORY;
  error_thread.message[0] = 0;
  return NULL;
}

enum error_kind error_pending(void) { return error_thread.kind; }

const char *error_message(void) {
  if (error_thread.kind == ERROR_NONE)
    return "";
  if (error_thread.raised) { /* the text is asked for by programs in C that know no objects */
    struct object *raised = error_thread.raised;
    enum error_kind kind = error_thread.kind;
    error_thread.kind = ERROR_NONE;
    error_thread.raised = NULL;
    struct object *text = object_str(raised);
    error_clear();
    struct object *utf8 = text ? str_encode_utf8(text) : NULL;
    error_clear();
    snprintf(error_thread.message, sizeof error_thread.message, "%s",
             utf8 ? (const char *)bytes_data(utf8) : "");
    drop_null(utf8);
    drop_null(text);
    error_thread.kind = kind;
    error_thread.raised = raised;
  }
  return error_thread.message;
}

const char *error_name(enum error_kind kind) {
  static const char *const names[ERROR_KINDS_N] = {
      [ERROR_NONE] = "no error",
#define EXCEPTION(symbol, text, base, layout, doc) [ERROR_##symbol] = text,
#include "runtime/object/exceptions.def"
#undef EXCEPTION
  };
  return names[kind];
}

void error_clear(void) { forget(); }

void error_report(const char *where) {
  if (error_thread.kind == ERROR_NONE)
    return;
  if (error_unraisable_hook && model_is_open()) {
    struct object *exception = error_fetch();
    if (exception) {
      error_unraisable_hook(exception, where, NULL);
      drop(exception);
    }
    error_clear();
    return;
  }
  const char *message = error_message();
  fprintf(stderr, "Exception ignored in %s: %s%s%s\n", where, error_name(error_thread.kind),
          message[0] ? ": " : "", message);
  error_clear();
}

void error_save(struct error_saved *saved) {
  saved->kind = error_thread.kind;
  saved->raised = error_thread.raised;
  if (saved->kind != ERROR_NONE && !saved->raised)
    memcpy(saved->message, error_thread.message, sizeof saved->message);
  error_thread.kind = ERROR_NONE;
  error_thread.raised = NULL;
}

void error_restore(const struct error_saved *saved) {
  forget();
  error_thread.kind = saved->kind;
  error_thread.raised = saved->raised;
  if (saved->kind != ERROR_NONE && !saved->raised)
    memcpy(error_thread.message, saved->message, sizeof error_thread.message);
}
