/* Raising: from kinds and formats to exception objects, their chaining, and asking what is pending.
 */
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct exception_plain *plain(struct object *o) { return (struct exception_plain *)o; }

struct object *error_handled_borrowed(void) {
  for (struct error_handled *each = error_thread.handled; each; each = each->previous)
    if (each->value && each->value != NONE)
      return each->value;
  return NULL;
}

static enum error_kind kind_of(struct object *exception) {
  enum error_kind kind = exception_kind_of_type(type_of(exception));
  return kind == ERROR_NONE ? ERROR_BASE : kind;
}

/* The context of a new exception is the innermost handled one; where that is already among the
 * contexts of the new one, the chain is cut there. The walk is bounded by Floyd's two runners. */
static void set_context(struct object *exception) {
  struct object *handled = error_handled_borrowed();
  if (!handled || handled == exception)
    return;
  struct object *each = handled, *slow = handled;
  bool step = false;
  for (struct object *context; (context = plain(each)->context); each = context) {
    if (context == exception) {
      store(each, &plain(each)->context, NULL);
      break;
    }
    if (step)
      slow = plain(slow)->context;
    step = !step;
    if (slow == context)
      break;
  }
  store(exception, &plain(exception)->context, hold(handled));
}

void error_restore_taking(struct object *exception) {
  error_clear();
  error_thread.kind = kind_of(exception);
  error_thread.raised = exception;
}

void error_raise_taking(struct object *exception) {
  set_context(exception);
  error_restore_taking(exception);
}

static bool is_ascii(const char *text, size_t n) {
  unsigned char bits = 0;
  for (size_t i = 0; i < n; i++)
    bits |= (unsigned char)text[i];
  return bits < 0x80;
}
/* Of a message that may be cut within a character. Apart from it: should that fail, there is
 * another. */
static struct object *text_of_any(const char *pending, size_t n) {
  char message[sizeof error_thread.message];
  memcpy(message, pending, n);
  struct object *text = str_from_utf8(message, n);
  if (!text && error_thread.kind == ERROR_VALUE) {
    error_clear();
    text = str_from_data(message, n, 0);
  }
  return text;
}

/* Makes the pending error an object. False, with MemoryError pending, when that is impossible. */
static bool make_object(void) {
  if (error_thread.raised || error_thread.kind == ERROR_NONE)
    return true;
  enum error_kind kind = error_thread.kind;
  struct object *exception = NULL;
  if (kind == ERROR_MEMORY && !error_thread.message[0])
    exception = exception_memory_error();
  else {
    size_t n = strlen(error_thread.message);
    error_thread.kind = ERROR_NONE;
    struct object *text = is_ascii(error_thread.message, n)
                              ? str_from_ascii_units(error_thread.message, n)
                              : text_of_any(error_thread.message, n);
    exception = text ? exception_new(kind, text) : NULL;
    drop_null(text);
    if (!exception)
      exception = exception_memory_error();
  }
  error_raise_taking(exception);
  return true;
}

struct object *error_fetch(void) {
  make_object();
  struct object *raised = error_thread.raised;
  error_thread.raised = NULL;
  error_thread.kind = ERROR_NONE;
  return raised;
}
struct object *error_pending_borrowed(void) {
  make_object();
  return error_thread.raised;
}

bool error_matches_type(struct type *t) {
  if (error_thread.kind == ERROR_NONE)
    return false;
  struct type *raised =
      error_thread.raised ? type_of(error_thread.raised) : exception_type(error_thread.kind);
  return type_is_subtype(raised, t);
}
bool error_matches(enum error_kind kind) {
  return error_thread.kind == kind ||
         (error_thread.kind != ERROR_NONE && error_matches_type(exception_type(kind)));
}
bool error_clear_if(enum error_kind kind) {
  if (!error_matches(kind))
    return false;
  error_clear();
  return true;
}

bool exception_matches(struct object *raised, struct object *classes) {
  struct type *t = is_type(raised) ? (struct type *)raised : type_of(raised);
  if (is_any_tuple(classes)) {
    for (size_t i = 0; i < tuple_length(classes); i++)
      if (exception_matches(raised, tuple_get_borrowed(classes, i)))
        return true;
    return false;
  }
  return is_type(classes) && type_is_subtype(t, (struct type *)classes);
}

/* ---- Ways to raise ---- */

struct object *exception_instantiate(struct object *type, struct object *value) {
  struct object *exception;
  if (value && value != NONE && is_exception(value) &&
      type_is_subtype(type_of(value), (struct type *)type))
    exception = hold(value);
  else if (!value || value == NONE)
    exception = call_none(type);
  else if (is_any_tuple(value))
    exception = call_object(type, ((struct tuple *)value)->items, tuple_length(value), NULL);
  else
    exception = call_one(type, value);
  if (exception && !is_exception(exception)) {
    error_format(ERROR_TYPE, "calling %R should have returned an instance of BaseException, not %R",
                 type, &type_of(exception)->head);
    drop(exception);
    return NULL;
  }
  return exception;
}

void error_set_object(struct object *type, struct object *value) {
  struct object *exception = exception_instantiate(type, value);
  if (exception)
    error_raise_taking(exception);
}

/* An instance with one argument, or none (NULL). */
static void raise_new(enum error_kind kind, struct object *argument) {
  struct object *exception = exception_new(kind, argument);
  if (exception)
    error_raise_taking(exception);
}
static void raise_with(enum error_kind kind, struct object *message) {
  if (message)
    raise_new(kind, message);
  drop_null(message);
}

void *error_format(enum error_kind kind, const char *format, ...) {
  struct error_saved before;
  error_save(&before); /* making the text must not see it */
  drop_null(before.raised);
  va_list arguments;
  va_start(arguments, format);
  if (model_is_open())
    raise_with(kind, str_format_list(format, arguments));
  else {
    struct object *text = str_format_list(format, arguments);
    struct object *utf8 = text ? str_encode_utf8(text) : NULL;
    if (utf8)
      error_set(kind, "%s", (const char *)bytes_data(utf8));
    drop_null(utf8);
    drop_null(text);
  }
  va_end(arguments);
  return NULL;
}

void *error_format_of(struct object *type, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  struct object *message = str_format_list(format, arguments);
  va_end(arguments);
  if (message)
    error_set_object(type, message);
  drop_null(message);
  return NULL;
}

void *error_key(struct object *key) {
  raise_new(ERROR_KEY, key);
  return NULL;
}
void *error_stop_iteration(struct object *value) {
  raise_new(ERROR_STOP_ITERATION, value);
  return NULL;
}

void *error_set_attribute_place(struct object *o, struct object *name) {
  struct object *raised = model_is_open() ? error_pending_borrowed() : NULL;
  if (raised && error_matches(ERROR_ATTRIBUTE)) {
    struct exception_attribute *e = (struct exception_attribute *)raised;
    if (!e->object && !e->name) { /* whoever raised it may have said so */
      store(raised, &e->object, hold(o));
      store(raised, &e->name, hold(name));
    }
  }
  return NULL;
}

static void *name_error(enum error_kind kind, struct object *name, const char *format) {
  raise_with(kind, str_format(format, name));
  struct object *raised = error_pending_borrowed();
  if (raised && error_matches(ERROR_NAME)) {
    struct exception_name *e = (struct exception_name *)raised;
    store(raised, &e->name, hold(name));
  }
  return NULL;
}
void *error_name_not_defined(struct object *name, const char *format) {
  return name_error(ERROR_NAME, name, format);
}
void *error_unbound_local(struct object *name, const char *format) {
  raise_with(ERROR_UNBOUND_LOCAL, str_format(format, name));
  return NULL;
}

void *error_import(struct object *message, struct object *name, struct object *path,
                   bool not_found) {
  struct object *exception =
      exception_new(not_found ? ERROR_MODULE_NOT_FOUND : ERROR_IMPORT, message);
  if (!exception)
    return NULL;
  struct exception_import *e = (struct exception_import *)exception;
  store(exception, &e->name, hold(name ? name : NONE));
  store(exception, &e->path, hold(path ? path : NONE));
  error_raise_taking(exception);
  return NULL;
}

void *error_errno(int error_number, struct object *filename, struct object *filename2) {
  struct object *number = int_from_i64(error_number);
  const char *text = strerror(error_number);
  struct object *message = number ? str_from_utf8(text, strlen(text)) : NULL;
  struct object *args = NULL;
  if (message)
    args = filename2  ? tuple_pack(5, number, message, filename, NONE, filename2)
           : filename ? tuple_pack(3, number, message, filename)
                      : tuple_pack(2, number, message);
  if (args)
    error_set_object(&exception_type(ERROR_OS)->head, args);
  drop_null(args);
  drop_null(message);
  drop_null(number);
  return NULL;
}

void error_set_from_pending(enum error_kind kind, const char *format, ...) {
  struct object *cause = error_fetch();
  va_list arguments;
  va_start(arguments, format);
  struct object *message = str_format_list(format, arguments);
  va_end(arguments);
  raise_with(kind, message);
  struct object *raised = error_pending_borrowed();
  if (!raised || !cause) {
    drop_null(cause);
    return;
  }
  exception_set_cause_taking(raised, hold(cause));
  exception_set_context_taking(raised, cause);
}

/* ---- Errors nobody can catch ---- */

void (*error_unraisable_hook)(struct object *exception, const char *message, struct object *where);

void error_report_object(struct object *where) {
  struct object *exception = error_fetch();
  if (!exception)
    return;
  if (error_unraisable_hook)
    error_unraisable_hook(exception, NULL, where);
  else {
    struct object *text =
        str_format("Exception ignored in: %R\n%N: %S", where ? where : NONE, exception, exception);
    error_clear();
    struct object *utf8 = text ? str_encode_utf8(text) : NULL;
    fprintf(stderr, "%s\n", utf8 ? (const char *)bytes_data(utf8) : "Exception ignored");
    drop_null(utf8);
    drop_null(text);
  }
  drop(exception);
  error_clear();
}
