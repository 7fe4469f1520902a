/* Futures: outcomes, callbacks, and the type. */
#include "runtime/modules/argument.h"
#include "runtime/modules/asyncio/asyncio.h"
#include "runtime/modules/contextvars/contextvars.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/weakref.h"
#include <stddef.h>

bool future_is_alive(struct object *o) {
  if (LIKELY(future_of(o)->loop != NULL))
    return true;
  error_set(ERROR_RUNTIME, "Future object is not initialized.");
  return false;
}

/* ---- Beginning ---- */

int future_init(struct object *o, struct object *loop) {
  struct future *f = future_of(o);
  f->state = FUTURE_PENDING;
  f->logs_traceback = f->is_blocking = false;
  for (struct object **ref = &f->loop; ref != &f->dict; ref++)
    if (UNLIKELY(*ref != NULL))
      store(o, ref, NULL);
  loop = loop == NONE ? running_event_loop() : hold(loop);
  if (!loop)
    return -1;
  FUTURE_SET(o, loop, loop);
  struct object *debug = call_method_none(loop, ASYNCIO_NAME(get_debug));
  int debugs = debug == FALSE_ ? 0 : debug ? object_truth(debug) : -1;
  drop_null(debug);
  if (LIKELY(debugs <= 0))
    return debugs;
  struct object *extract = asyncio_library(LIBRARY_EXTRACT_STACK);
  struct object *stack = extract ? call_none(extract) : NULL;
  if (!stack)
    return -1;
  FUTURE_SET(o, source_traceback, stack);
  return 0;
}

/* ---- Callbacks ---- */

int future_call_soon(struct object *loop, struct object *callback, struct object *argument,
                     struct object *context) {
  if (UNLIKELY(!asyncio_context_keyword))
    return asyncio_is_closed(), -1;
  struct object *args[4] = {loop, callback};
  size_t n = 2;
  if (argument)
    args[n++] = argument;
  args[n] = context;
  struct object *handle =
      call_method(ASYNCIO_NAME(call_soon), args, n, context ? asyncio_context_keyword : NULL);
  drop_null(handle);
  return handle ? 0 : -1;
}

int future_add_callback(struct object *o, struct object *callback, struct object *context) {
  struct future *f = future_of(o);
  if (f->state != FUTURE_PENDING)
    return future_call_soon(f->loop, callback, o, context);
  if (LIKELY(!f->callback && !f->callbacks)) {
    FUTURE_SET(o, callback, hold(callback));
    FUTURE_SET(o, callback_context, hold(context));
    return 0;
  }
  struct object *pair = tuple_pack(2, callback, context);
  if (!pair)
    return -1;
  if (!f->callbacks) {
    struct object *list = list_new(1);
    if (!list) {
      drop(pair);
      return -1;
    }
    if (f->callbacks)
      drop(list); /* a collection's finalisers were quicker */
    else
      FUTURE_SET(o, callbacks, list);
  }
  return list_append_taking(f->callbacks, pair);
}

static bool is_pair(const struct object *item) { return is_tuple(item) && tuple_length(item) == 2; }
/* All are forgotten, on failure too. */
static int schedule(struct object *o) {
  struct future *f = future_of(o);
  struct object *first = f->callback, *context = f->callback_context, *rest = f->callbacks;
  int status = 0;
  f->callback = f->callback_context = f->callbacks = NULL;
  if (first)
    status = future_call_soon(f->loop, first, o, context);
  for (size_t i = 0; rest && status == 0 && i < list_length(rest); i++) {
    struct object *pair = list_get_borrowed(rest, i);
    if (is_pair(pair)) { /* others have been put there through _callbacks */
      hold(pair);
      status =
          future_call_soon(f->loop, tuple_get_borrowed(pair, 0), o, tuple_get_borrowed(pair, 1));
      drop(pair);
    }
  }
  drop_null(rest);
  drop_null(context);
  drop_null(first);
  return status;
}

METHOD(add_done_callback, "add_done_callback", 1, 1, 1, "", "context") {
  if (!future_is_alive(self))
    return NULL;
  struct object *context = v[1] ? hold(v[1]) : context_copy_current();
  int status = context ? future_add_callback(self, v[0], context) : -1;
  drop_null(context);
  return status < 0 ? NULL : hold(NONE);
}

/* 1: it is the callback; 0; -1. */
static int same_callback(struct object *a, struct object *b) {
  hold(a);
  int equal = compare_true(a, b, COMPARE_EQ);
  drop(a);
  return equal;
}
/* The pairs of the list whose callback is another one, as a new list. The list may change. */
static struct object *others(struct object *list, struct object *callback) {
  struct object *kept = list_new(0);
  for (size_t i = 0; kept && i < list_length(list); i++) {
    struct object *pair = hold(list_get_borrowed(list, i));
    int equal = is_pair(pair) ? same_callback(tuple_get_borrowed(pair, 0), callback) : 0;
    if (equal < 0 || (equal == 0 && list_append(kept, pair) < 0)) {
      drop(kept);
      kept = NULL;
    }
    drop(pair);
  }
  return kept;
}
static struct object *remove_done_callback(struct object *o, struct object *callback) {
  struct future *f = future_of(o);
  int64_t removed = 0;
  if (!future_is_alive(o))
    return NULL;
  if (f->callback) {
    int equal = same_callback(f->callback, callback);
    if (equal < 0)
      return NULL;
    if (equal) {
      FUTURE_SET(o, callback, NULL);
      FUTURE_SET(o, callback_context, NULL);
      removed = 1;
    }
  }
  struct object *list = f->callbacks;
  if (!list)
    return int_from_i64(removed);
  hold(list);
  struct object *kept = others(list, callback);
  if (!kept) {
    drop(list);
    return NULL;
  }
  removed += (int64_t)list_length(list) - (int64_t)list_length(kept);
  if (f->callbacks == list) {
    if (list_length(kept) == 0)
      FUTURE_SET(o, callbacks, NULL);
    else
      FUTURE_SET(o, callbacks, hold(kept));
  }
  drop(kept);
  drop(list);
  return int_from_i64(removed);
}

/* ---- Outcomes ---- */

static bool is_pending(struct object *o) {
  if (LIKELY(future_of(o)->state == FUTURE_PENDING))
    return true;
  asyncio_error(LIBRARY_INVALID_STATE_ERROR, "invalid state");
  return false;
}

int future_set_result(struct object *o, struct object *result) {
  if (!future_is_alive(o) || !is_pending(o))
    return -1;
  FUTURE_SET(o, result, hold(result));
  future_of(o)->state = FUTURE_FINISHED;
  return schedule(o);
}

int future_set_exception(struct object *o, struct object *exception) {
  if (!future_is_alive(o) || !is_pending(o))
    return -1;
  exception = exception_is_class(exception) ? call_none(exception) : hold(exception);
  if (!exception)
    return -1;
  if (!is_pending(o)) {
    drop(exception);
    return -1;
  }
  if (!is_exception(exception) || type_of(exception) == exception_type(ERROR_STOP_ITERATION)) {
    error_set(ERROR_TYPE, is_exception(exception)
                              ? "StopIteration interacts badly with generators and cannot be "
                                "raised into a Future"
                              : "invalid exception object");
    drop(exception);
    return -1;
  }
  struct object *traceback = exception_traceback_borrowed(exception);
  FUTURE_SET(o, traceback, traceback ? hold(traceback) : NULL);
  FUTURE_SET(o, exception, exception);
  future_of(o)->state = FUTURE_FINISHED;
  if (schedule(o) < 0)
    return -1;
  future_of(o)->logs_traceback = true;
  return 0;
}

int future_cancel(struct object *o, struct object *message) {
  struct future *f = future_of(o);
  f->logs_traceback = false;
  if (f->state != FUTURE_PENDING)
    return 0;
  f->state = FUTURE_CANCELLED;
  FUTURE_SET(o, cancel_message, message ? hold(message) : NULL);
  return schedule(o) < 0 ? -1 : 1;
}

struct object *future_cancelled_error(struct object *o) {
  struct future *f = future_of(o);
  struct object *error = f->cancelled;
  if (error) {
    f->cancelled = NULL;
    return error;
  }
  struct object *class = asyncio_library(LIBRARY_CANCELLED_ERROR);
  if (!class)
    return NULL;
  return f->cancel_message && f->cancel_message != NONE ? call_one(class, f->cancel_message)
                                                        : call_none(class);
}
static int raise_cancelled(struct object *o) {
  struct object *error = future_cancelled_error(o);
  if (error)
    error_raise_taking(error);
  return -1;
}

int future_outcome(struct object *o, struct object **value) {
  struct future *f = future_of(o);
  *value = NULL;
  if (f->state == FUTURE_CANCELLED)
    return raise_cancelled(o);
  if (f->state != FUTURE_FINISHED) {
    asyncio_error(LIBRARY_INVALID_STATE_ERROR, "Result is not set.");
    return -1;
  }
  f->logs_traceback = false;
  if (LIKELY(!f->exception)) {
    *value = hold(f->result ? f->result : NONE);
    return 0;
  }
  *value = hold(f->exception);
  exception_set_traceback(*value, f->traceback);
  FUTURE_SET(o, traceback, NULL);
  return 1;
}

struct object *future_result(struct object *o) {
  struct object *value;
  int status = future_outcome(o, &value);
  if (status > 0)
    error_raise_taking(value);
  return status ? NULL : value;
}

static struct object *result(struct object *o) {
  return future_of(o)->loop
             ? future_result(o)
             : asyncio_error(LIBRARY_INVALID_STATE_ERROR, "Future object is not initialized.");
}
static struct object *exception(struct object *o) {
  struct future *f = future_of(o);
  if (!f->loop)
    return asyncio_error(LIBRARY_INVALID_STATE_ERROR, "Future object is not initialized.");
  if (f->state == FUTURE_CANCELLED) {
    raise_cancelled(o);
    return NULL;
  }
  if (f->state != FUTURE_FINISHED)
    return asyncio_error(LIBRARY_INVALID_STATE_ERROR, "Exception is not set.");
  if (!f->exception)
    return hold(NONE);
  f->logs_traceback = false;
  return hold(f->exception);
}
static struct object *set_result(struct object *o, struct object *value) {
  return future_set_result(o, value) < 0 ? NULL : hold(NONE);
}
static struct object *set_exception(struct object *o, struct object *value) {
  return future_set_exception(o, value) < 0 ? NULL : hold(NONE);
}
METHOD(cancel, "cancel", 0, 1, 0, "msg") {
  int status = future_is_alive(self) ? future_cancel(self, v[0] ? v[0] : NONE) : -1;
  return status < 0 ? NULL : hold(bool_from(status));
}
static struct object *cancelled(struct object *o) {
  return hold(bool_from(future_of(o)->loop && future_of(o)->state == FUTURE_CANCELLED));
}
static struct object *done(struct object *o) {
  return hold(bool_from(future_of(o)->loop && future_of(o)->state != FUTURE_PENDING));
}
static struct object *get_loop(struct object *o) {
  return future_is_alive(o) ? hold(future_of(o)->loop) : NULL;
}

/* ---- End ---- */

void future_tell_loop_taking(struct object *o, struct object *message, struct object *kind,
                             struct object *error) {
  struct future *f = future_of(o);
  struct object *report = message && f->loop ? dict_new() : NULL, *function = NULL;
  struct object *source = f->source_traceback;
  if (report && dict_set(report, ASYNCIO_NAME(message), message) == 0 &&
      (!error || dict_set(report, ASYNCIO_NAME(exception), error) == 0) &&
      dict_set(report, kind, o) == 0 &&
      (!source || dict_set(report, ASYNCIO_NAME(source_traceback), source) == 0))
    function = attribute_get(f->loop, ASYNCIO_NAME(call_exception_handler));
  struct object *called = function ? call_one(function, report) : NULL;
  if (error_pending() != ERROR_NONE)
    error_report_object(message ? function : o);
  drop_null(called);
  drop_null(function);
  drop_null(report);
  drop_null(message);
}

void future_destroy(struct object *o) {
  struct type *t = type_of(o);
  if (UNLIKELY(type_has(t, TYPE_HEAP))) {
    type_destroy_generic(o);
    return;
  }
#if GC_RC
  if (UNLIKELY(t->wants_finalizer(o)) && gc_finalize_dying(o))
    return;
#endif
  gc_untrack(o);
  if (UNLIKELY(future_of(o)->weakrefs != NULL))
    weakref_referent_dies(o);
  struct object **refs = &future_of(o)->loop;
  for (size_t i = 0, n = t->shape.refs_n; i < n; i++)
    drop_null(refs[i]);
  gc_delete(o, t->shape.basic_bytes);
}

void future_finalize(struct object *o) {
  struct future *f = future_of(o);
  if (!f->logs_traceback || !f->exception)
    return;
  f->logs_traceback = false;
  struct error_saved saved;
  error_save(&saved);
  struct object *message =
      str_format("%s exception was never retrieved", type_short_name(type_of(o)));
  struct object *error = hold(f->exception);
  future_tell_loop_taking(o, message, ASYNCIO_NAME(future), error);
  drop(error);
  error_restore(&saved);
}
bool future_wants_finalizer(const struct object *o) {
  return ((const struct future *)o)->logs_traceback;
}
struct object *future_del(struct object *o) {
  type_of(o)->builtin_base->finalize(o);
  return hold(NONE);
}

/* ---- Attributes ---- */

struct object *future_repr_by(enum asyncio_library function, struct object *o) {
  struct object *repr = asyncio_library(function);
  return repr ? call_one(repr, o) : NULL;
}
static struct object *repr(struct object *o) {
  return future_is_alive(o) ? future_repr_by(LIBRARY_FUTURE_REPR, o) : NULL;
}

static struct object *or_none(struct object *o) { return hold(o ? o : NONE); }
int future_refuse_deletion(struct object *value) {
  if (value)
    return 0;
  error_set(ERROR_ATTRIBUTE, "cannot delete attribute");
  return -1;
}
static struct object *get_blocking(struct object *o, void *closure) {
  return hold(bool_from(future_of(o)->loop && future_of(o)->is_blocking));
}
static int set_blocking(struct object *o, struct object *value, void *closure) {
  int truth = future_is_alive(o) && future_refuse_deletion(value) == 0 ? object_truth(value) : -1;
  if (truth < 0)
    return -1;
  future_of(o)->is_blocking = truth;
  return 0;
}
static struct object *get_logs(struct object *o, void *closure) {
  return future_is_alive(o) ? hold(bool_from(future_of(o)->logs_traceback)) : NULL;
}
static int set_logs(struct object *o, struct object *value, void *closure) {
  int truth = future_refuse_deletion(value) == 0 ? object_truth(value) : -1;
  if (truth < 0)
    return -1;
  if (truth) {
    error_set(ERROR_VALUE, "_log_traceback can only be set to False");
    return -1;
  }
  future_of(o)->logs_traceback = false;
  return 0;
}
static struct object *get_loop_or_none(struct object *o, void *closure) {
  return or_none(future_of(o)->loop);
}
static struct object *get_callbacks(struct object *o, void *closure) {
  struct future *f = future_of(o);
  if (!future_is_alive(o))
    return NULL;
  if (!f->callback)
    return or_none(f->callbacks);
  struct object *list = list_new(1),
                *pair = list ? tuple_pack(2, f->callback, f->callback_context) : NULL;
  if (!pair || list_append_taking(list, pair) < 0 ||
      (f->callbacks && list_extend(list, f->callbacks) < 0)) {
    drop_null(list);
    return NULL;
  }
  return list;
}
static struct object *get_result(struct object *o, void *closure) {
  return future_is_alive(o) ? or_none(future_of(o)->result) : NULL;
}
static struct object *get_exception(struct object *o, void *closure) {
  return future_is_alive(o) ? or_none(future_of(o)->exception) : NULL;
}
static struct object *get_source_traceback(struct object *o, void *closure) {
  return or_none(future_of(o)->loop ? future_of(o)->source_traceback : NULL);
}
static struct object *get_cancel_message(struct object *o, void *closure) {
  return or_none(future_of(o)->cancel_message);
}
static int set_cancel_message(struct object *o, struct object *value, void *closure) {
  if (future_refuse_deletion(value) < 0)
    return -1;
  FUTURE_SET(o, cancel_message, hold(value));
  return 0;
}
static struct object *get_state(struct object *o, void *closure) {
  if (!future_is_alive(o))
    return NULL;
  switch ((enum future_state)future_of(o)->state) {
  case FUTURE_PENDING:
    return hold(ASYNCIO_NAME(PENDING));
  case FUTURE_CANCELLED:
    return hold(ASYNCIO_NAME(CANCELLED));
  default:
    return hold(ASYNCIO_NAME(FINISHED));
  }
}

const struct getset_def future_getsets[] = {
    {"_state", get_state},
    {"_asyncio_future_blocking", get_blocking, set_blocking},
    {"_loop", get_loop_or_none},
    {"_callbacks", get_callbacks},
    {"_result", get_result},
    {"_exception", get_exception},
    {"_log_traceback", get_logs, set_logs},
    {"_source_traceback", get_source_traceback},
    {"_cancel_message", get_cancel_message, set_cancel_message},
    {NULL}};

static const struct method_def methods[] = {
    METHOD_NOARGS_("result", result,
                   DOC("result", "$self, /",
                       "The result.\n\nRaises the exception if there is one instead, "
                       "CancelledError if the future was\ncancelled, InvalidStateError if it is "
                       "pending.")),
    METHOD_NOARGS_("exception", exception,
                   DOC("exception", "$self, /",
                       "The exception, or None if there is a result.\n\nRaises CancelledError if "
                       "the future was cancelled, InvalidStateError if it is\npending.")),
    METHOD_ONE_("set_result", set_result,
                DOC("set_result", "$self, result, /",
                    "End a pending future by a result; InvalidStateError for others.")),
    METHOD_ONE_("set_exception", set_exception,
                DOC("set_exception", "$self, exception, /",
                    "End a pending future by an exception; InvalidStateError for others.")),
    METHOD_KEYWORDS_("add_done_callback", add_done_callback_call,
                     DOC("add_done_callback", "$self, fn, /, *, context=<unrepresentable>",
                         "Have the loop call fn(future) soon after the future is done.")),
    METHOD_ONE_("remove_done_callback", remove_done_callback,
                DOC("remove_done_callback", "$self, fn, /",
                    "Forget all callbacks that equal fn; how many these were.")),
    METHOD_KEYWORDS_("cancel", cancel_call,
                     DOC("cancel", "$self, /, msg=None",
                         "Cancel a pending future: True; False if it was done already.")),
    METHOD_NOARGS_("cancelled", cancelled,
                   DOC("cancelled", "$self, /", "Whether the future was cancelled.")),
    METHOD_NOARGS_("done", done,
                   DOC("done", "$self, /", "Whether the future is not pending any more.")),
    METHOD_NOARGS_("get_loop", get_loop,
                   DOC("get_loop", "$self, /", "The event loop that calls its callbacks.")),
    METHOD_NOARGS_("_make_cancelled_error", future_cancelled_error,
                   DOC("_make_cancelled_error", "$self, /",
                       "The CancelledError to be raised, which is then forgotten.")),
    METHOD_NOARGS_("__del__", future_del, NULL),
    METHOD_CLASS_GETITEM,
    {NULL}};

static int init(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  static const char *const names[] = {"loop"};
  static const struct args_spec spec = {"Future", names, 1, 0, 0, 0};
  struct object *v[1];
  return args_parse(&spec, args, n, kwnames, v) < 0 ? -1 : future_init(o, v[0] ? v[0] : NONE);
}
static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  return type_generic_alloc(t);
}

struct type asyncio_future_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN | GC_WEAKREFS | GC_FINALIZES,
              .refs_offset = offsetof(struct future, loop),
              .refs_n = FUTURE_REFERENCES,
              .weak_offset = offsetof(struct future, weakrefs),
              .basic_bytes = sizeof(struct future)},
    .name = "_asyncio.Future",
    .flags = TYPE_BASE | TYPE_STATIC_DICT,
    .dict_offset = offsetof(struct future, dict),
    .new_ = new_slot,
    .init = init,
    .destroy = future_destroy,
    .finalize = future_finalize,
    .wants_finalizer = future_wants_finalizer,
    .repr = repr,
    .iter = future_iterate,
    .async = {.await = future_iterate},
    .methods = methods,
    .getsets = future_getsets,
    .doc =
        DOC("Future", "*, loop=None",
            "A result that is not there yet.\n\nMuch like concurrent.futures.Future, but of one "
            "event loop: result() and exception()\nnever wait, callbacks are called by the loop."),
    .base = &object_type};
