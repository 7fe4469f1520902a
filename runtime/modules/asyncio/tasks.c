/* Tasks: beginning, cancelling, and the type. steps.c makes them go on. */
#include "runtime/modules/argument.h"
#include "runtime/modules/asyncio/asyncio.h"
#include "runtime/modules/contextvars/contextvars.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/vm/generator.h"
#include <stddef.h>

/* ---- Beginning ---- */

/* What `asyncio.iscoroutine` says; 1, 0, -1. */
static int is_coroutine_object(struct object *o) {
  if (LIKELY(is_coroutine(o)))
    return 1;
  struct object *function = asyncio_library(LIBRARY_IS_COROUTINE);
  struct object *answer = function ? call_one(function, o) : NULL;
  int truth = answer ? object_truth(answer) : -1;
  drop_null(answer);
  return truth;
}

/* Without a name it gets a number, and the name that this makes when somebody asks. */
static int set_first_name(struct object *o, struct object *given) {
  static uint64_t last;
  struct object *name = NULL;
  if (!given || given == NONE)
    task_of(o)->number = ++last;
  else if (!(name = is_str(given) ? hold(given) : object_str(given)))
    return -1;
  TASK_SET(o, name, name);
  return 0;
}

static int init(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  static const char *const names[] = {"coro", "loop", "name", "context"};
  static const struct args_spec spec = {"Task", names, 4, 0, 1, 1};
  struct object *v[4];
  struct future *f = future_of(o);
  if (args_parse(&spec, args, n, kwnames, v) < 0 || future_init(o, v[1] ? v[1] : NONE) < 0)
    return -1;
  int is_right = is_coroutine_object(v[0]);
  if (is_right <= 0) {
    f->logs_destroy = false;
    if (is_right == 0)
      error_format(ERROR_TYPE, "a coroutine was expected, got %R", v[0]);
    return -1;
  }
  struct object *context = v[3] && v[3] != NONE ? hold(v[3]) : context_copy_current();
  if (!context)
    return -1;
  TASK_SET(o, context, context);
  TASK_SET(o, waiter, NULL);
  f->must_cancel = false;
  f->logs_destroy = true;
  f->cancels = 0;
  TASK_SET(o, coroutine, hold(v[0]));
  if (set_first_name(o, v[2]) < 0)
    return -1;
  return task_step_soon(o, NULL) < 0 ? -1 : running_register(o);
}

/* ---- Cancelling ---- */

METHOD(cancel, "cancel", 0, 1, 0, "msg") {
  struct future *f = future_of(self);
  struct object *message = v[0] ? v[0] : NONE, *waiter = task_of(self)->waiter;
  f->logs_traceback = false;
  if (f->state != FUTURE_PENDING)
    return hold(FALSE_);
  f->cancels++;
  if (waiter) {
    hold(waiter);
    struct object *answer = call_method_one(waiter, ASYNCIO_NAME(cancel), message);
    int truth = answer ? object_truth(answer) : -1;
    drop_null(answer);
    drop(waiter);
    if (truth)
      return truth < 0 ? NULL : hold(TRUE_);
  }
  f->must_cancel = true;
  FUTURE_SET(self, cancel_message, hold(message));
  return hold(TRUE_);
}
static struct object *cancelling(struct object *o) { return int_from_i64(future_of(o)->cancels); }
static struct object *uncancel(struct object *o) {
  if (future_of(o)->cancels > 0)
    future_of(o)->cancels--;
  return cancelling(o);
}

/* ---- Stacks ---- */

static struct object *call_library(enum asyncio_library which, struct object *o,
                                   struct object *const *v, size_t n) {
  struct object *function = asyncio_library(which);
  struct object *args[3] = {o};
  for (size_t i = 0; i < n; i++)
    args[1 + i] = v[i] ? v[i] : NONE;
  return function ? call_object(function, args, 1 + n, NULL) : NULL;
}
METHOD(get_stack, "get_stack", 0, 0, 0, "limit") {
  return call_library(LIBRARY_TASK_GET_STACK, self, v, 1);
}
METHOD(print_stack, "print_stack", 0, 0, 0, "limit", "file") {
  return call_library(LIBRARY_TASK_PRINT_STACK, self, v, 2);
}

/* ---- Attributes ---- */

static struct object *or_none(struct object *o) { return hold(o ? o : NONE); }
static struct object *get_coro(struct object *o) { return or_none(task_of(o)->coroutine); }
static struct object *get_name(struct object *o) {
  struct task *t = task_of(o);
  if (!t->name && t->number) {
    struct object *name = str_format("Task-%llu", (unsigned long long)t->number);
    if (!name)
      return NULL;
    TASK_SET(o, name, name);
  }
  return or_none(t->name);
}
static struct object *set_name(struct object *o, struct object *value) {
  struct object *name = is_str(value) ? hold(value) : object_str(value);
  if (!name)
    return NULL;
  TASK_SET(o, name, name);
  return hold(NONE);
}
static struct object *set_result(struct object *o, struct object *value) {
  return error_format(ERROR_RUNTIME, "Task does not support set_result operation");
}
static struct object *set_exception(struct object *o, struct object *value) {
  return error_format(ERROR_RUNTIME, "Task does not support set_exception operation");
}
static struct object *coroutine_attribute(struct object *o, void *closure) { return get_coro(o); }
static struct object *waiter_attribute(struct object *o, void *closure) {
  return or_none(task_of(o)->waiter);
}
static struct object *must_cancel_attribute(struct object *o, void *closure) {
  return hold(bool_from(future_of(o)->must_cancel));
}
static struct object *logs_destroy_attribute(struct object *o, void *closure) {
  return hold(bool_from(future_of(o)->logs_destroy));
}
static int set_logs_destroy(struct object *o, struct object *value, void *closure) {
  int truth = future_refuse_deletion(value) == 0 ? object_truth(value) : -1;
  if (truth < 0)
    return -1;
  future_of(o)->logs_destroy = truth;
  return 0;
}

/* ---- The type ---- */

static struct object *repr(struct object *o) { return future_repr_by(LIBRARY_TASK_REPR, o); }
static bool is_left_pending(const struct object *o) {
  const struct future *f = (const struct future *)o;
  return f->state == FUTURE_PENDING && f->logs_destroy;
}
static void finalize(struct object *o) {
  if (is_left_pending(o)) {
    struct error_saved saved;
    error_save(&saved);
    future_tell_loop_taking(o, str_from_ascii("Task was destroyed but it is pending!"),
                            ASYNCIO_NAME(task), NULL);
    error_restore(&saved);
  }
  future_finalize(o);
}
static bool wants_finalizer(const struct object *o) {
  return is_left_pending(o) || future_wants_finalizer(o);
}

static const struct method_def methods[] = {
    METHOD_KEYWORDS_(
        "cancel", cancel_call,
        DOC("cancel", "$self, /, msg=None",
            "Ask the task to end: its coroutine gets a CancelledError when it goes "
            "on, which\nit may also handle. False if the task is done already.\n\nEach "
            "call is counted: see cancelling() and uncancel().")),
    METHOD_NOARGS_("cancelling", cancelling,
                   DOC("cancelling", "$self, /",
                       "How often the task was asked to end and not told otherwise.")),
    METHOD_NOARGS_("uncancel", uncancel,
                   DOC("uncancel", "$self, /", "Take one request to end back; how many are left.")),
    METHOD_KEYWORDS_("get_stack", get_stack_call,
                     DOC("get_stack", "$self, /, *, limit=None",
                         "The frames of the coroutine, oldest first: where it waits, or those of "
                         "the\ntraceback it ended with.")),
    METHOD_KEYWORDS_("print_stack", print_stack_call,
                     DOC("print_stack", "$self, /, *, limit=None, file=None",
                         "Print what get_stack() tells, to sys.stderr unless a file is given.")),
    METHOD_ONE_("set_result", set_result, DOC("set_result", "$self, result, /", "")),
    METHOD_ONE_("set_exception", set_exception, DOC("set_exception", "$self, exception, /", "")),
    METHOD_NOARGS_("get_name", get_name, DOC("get_name", "$self, /", "")),
    METHOD_ONE_("set_name", set_name, DOC("set_name", "$self, value, /", "")),
    METHOD_NOARGS_("get_coro", get_coro, DOC("get_coro", "$self, /", "")),
    METHOD_NOARGS_("__del__", future_del, NULL),
    METHOD_CLASS_GETITEM,
    {NULL}};
static const struct getset_def getsets[] = {
    {"_log_destroy_pending", logs_destroy_attribute, set_logs_destroy},
    {"_must_cancel", must_cancel_attribute},
    {"_coro", coroutine_attribute},
    {"_fut_waiter", waiter_attribute},
    {NULL}};

struct type asyncio_task_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN | GC_WEAKREFS | GC_FINALIZES,
              .refs_offset = offsetof(struct future, loop),
              .refs_n = TASK_REFERENCES,
              .weak_offset = offsetof(struct future, weakrefs),
              .basic_bytes = sizeof(struct task)},
    .name = "_asyncio.Task",
    .flags = TYPE_BASE | TYPE_STATIC_DICT,
    .dict_offset = offsetof(struct future, dict),
    .init = init,
    .destroy = future_destroy,
    .finalize = finalize,
    .wants_finalizer = wants_finalizer,
    .repr = repr,
    .methods = methods,
    .getsets = getsets,
    .doc = DOC("Task", "coro, *, loop=None, name=None, context=None",
               "A future whose outcome is a coroutine's, which it makes the loop run."),
    .base = &asyncio_future_type};
