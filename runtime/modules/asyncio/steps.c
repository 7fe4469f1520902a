/* How tasks go on: a step resumes the coroutine by a send without a call, looks at the future that
 * it yields, and leaves a wakeup there. */
#include "runtime/modules/asyncio/asyncio.h"
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/generator.h"
#include "runtime/vm/operations.h"
#include <stddef.h>

static struct object *step(struct object *o, struct object *exception);

/* ---- Callbacks ---- */

/* What the loop is given to call: the next step of a task. */
struct step {
  struct object head;
  struct object *task, *exception; /* NULL: sends None */
};

int task_step_soon(struct object *o, struct object *exception) {
  struct step *s = (struct step *)gc_new_container(&asyncio_step_type, sizeof(struct step));
  if (UNLIKELY(!s))
    return error_no_memory(), -1;
  s->task = s->exception = NULL;
  store_first(&s->head, &s->task, hold(o));
  if (exception)
    store_first(&s->head, &s->exception, hold(exception));
  gc_track(&s->head);
  int status = future_call_soon(future_of(o)->loop, &s->head, NULL, task_of(o)->context);
  drop(&s->head);
  return status;
}

static struct object *call_step(struct object *o, struct object *const *args, size_t n,
                                struct object *kwnames) {
  struct step *s = (struct step *)o;
  if (kwnames && tuple_length(kwnames))
    return error_format(ERROR_TYPE, "function takes no keyword arguments");
  if (call_count(n))
    return error_format(ERROR_TYPE, "function takes no positional arguments");
  if (!s->task)
    return error_format(ERROR_RUNTIME, "uninitialized Task object");
  return step(s->task, s->exception);
}
static struct object *get_self(struct object *o, void *closure) {
  struct object *task = ((struct step *)o)->task;
  return hold(task ? task : NONE);
}
static const struct getset_def step_getsets[] = {{"__self__", get_self}, {NULL}};
struct type asyncio_step_type = {.head = OBJECT_STATIC(type_type),
                                 .shape = {.layout = GC_FIXED,
                                           .flags = GC_CONTAINER | GC_PLAIN,
                                           .refs_offset = offsetof(struct step, task),
                                           .refs_n = 2,
                                           .basic_bytes = sizeof(struct step)},
                                 .name = "TaskStepMethWrapper",
                                 .flags = TYPE_NO_INSTANCE,
                                 .call = call_step,
                                 .getsets = step_getsets,
                                 .base = &object_type};

/* The future is done that the task waits for. */
static struct object *wakeup(struct object *o, struct object *future) {
  struct object *value;
  int status;
  if (LIKELY(is_plain_future(future)))
    status = future_outcome(future, &value);
  else {
    value = call_method_none(future, ASYNCIO_NAME(result));
    status = value ? 0 : -1;
  }
  if (status < 0)
    value = error_fetch();
  struct object *done = step(o, status ? value : NULL);
  drop(value);
  return done;
}
static const struct method_def wakeup_def = METHOD_ONE_("task_wakeup", wakeup, NULL);

/* ---- What the coroutine yields ---- */

static struct object *none_if(int status) { return status < 0 ? NULL : hold(NONE); }

/* The task goes on with a RuntimeError. */
static struct object *fail_soon(struct object *o, struct object *message) {
  struct object *error = message ? call_one(&exception_type(ERROR_RUNTIME)->head, message) : NULL;
  int status = error ? task_step_soon(o, error) : -1;
  drop_null(error);
  drop_null(message);
  return none_if(status);
}
static struct object *wrong_loop(struct object *o, struct object *yielded) {
  return fail_soon(o, str_format("Task %R got Future %R attached to a different loop", o, yielded));
}
static struct object *not_awaited(struct object *o, struct object *yielded) {
  return fail_soon(
      o, str_format("yield was used instead of yield from in task %R with %R", o, yielded));
}

static int add_callback_to(struct object *future, struct object *callback, struct object *context) {
  if (LIKELY(is_plain_future(future)))
    return future_add_callback(future, callback, context);
  struct object *args[] = {future, callback, context};
  struct object *added = asyncio_context_keyword ? call_method(ASYNCIO_NAME(add_done_callback),
                                                               args, 2, asyncio_context_keyword)
                                                 : asyncio_is_closed();
  drop_null(added);
  return added ? 0 : -1;
}
/* Leaves a wakeup there. */
static struct object *wait_for(struct object *o, struct object *future) {
  struct object *callback = builtin_function_new(&wakeup_def, o, NULL);
  int status = callback ? add_callback_to(future, callback, task_of(o)->context) : -1;
  drop_null(callback);
  if (UNLIKELY(status < 0))
    return NULL;
  TASK_SET(o, waiter, hold(future));
  if (LIKELY(!future_of(o)->must_cancel))
    return hold(NONE);
  /* The task was cancelled during its step: what it begins to wait for is cancelled at once. */
  struct object *message = future_of(o)->cancel_message;
  message = hold(message ? message : NONE);
  struct object *answer = call_method_one(future, ASYNCIO_NAME(cancel), message);
  drop(message);
  int truth = answer ? object_truth(answer) : -1;
  drop_null(answer);
  if (truth > 0)
    future_of(o)->must_cancel = false;
  return none_if(truth);
}

static struct object *wait_for_plain(struct object *o, struct object *future) {
  struct future *f = future_of(future);
  if (UNLIKELY(f->loop != future_of(o)->loop))
    return wrong_loop(o, future);
  if (UNLIKELY(!f->is_blocking))
    return not_awaited(o, future);
  f->is_blocking = false;
  return wait_for(o, future);
}

static struct object *loop_of(struct object *future) {
  struct object *get, *loop;
  int found = attribute_find(future, ASYNCIO_NAME(get_loop), &get);
  if (found < 0)
    return NULL;
  if (!found)
    return attribute_get(future, ASYNCIO_NAME(_loop));
  loop = call_none(get);
  drop(get);
  return loop;
}
/* Of a derived class, or one that acts as a future. */
static struct object *wait_for_any(struct object *o, struct object *future, bool is_blocking) {
  struct object *loop = loop_of(future);
  if (!loop)
    return NULL;
  bool is_ours = loop == future_of(o)->loop;
  drop(loop);
  if (!is_ours)
    return wrong_loop(o, future);
  if (!is_blocking)
    return not_awaited(o, future);
  if (attribute_set(future, ASYNCIO_NAME(_asyncio_future_blocking), FALSE_) < 0)
    return NULL;
  return wait_for(o, future);
}

static struct object *yielded(struct object *o, struct object *value) {
  if (UNLIKELY(value == o))
    return fail_soon(o, str_format("Task cannot await on itself: %R", o));
  if (LIKELY(is_plain_future(value)))
    return wait_for_plain(o, value);
  if (LIKELY(value == NONE))
    return none_if(task_step_soon(o, NULL));
  struct object *blocking;
  int found = attribute_find(value, ASYNCIO_NAME(_asyncio_future_blocking), &blocking);
  if (found < 0)
    return NULL;
  if (found) {
    bool acts_as_future = blocking != NONE;
    int truth = acts_as_future ? object_truth(blocking) : 0;
    drop(blocking);
    if (acts_as_future)
      return truth < 0 ? NULL : wait_for_any(o, value, truth);
  }
  if (is_generator(value))
    return fail_soon(o, str_format("yield was used instead of yield from for generator in task %R "
                                   "with %R",
                                   o, value));
  return fail_soon(o, str_format("Task got bad yield: %R", value));
}

/* ---- Steps ---- */

/* The coroutine has returned. */
static struct object *ended(struct object *o, struct object *value) {
  if (LIKELY(!future_of(o)->must_cancel))
    return none_if(future_set_result(o, value));
  future_of(o)->must_cancel = false; /* cancelled right before its end */
  struct object *message = future_of(o)->cancel_message;
  if (message)
    hold(message);
  int status = future_cancel(o, message);
  drop_null(message);
  return none_if(status);
}
/* It has ended by the pending error. */
static struct object *failed(struct object *o) {
  struct object *cancelled = asyncio_library(LIBRARY_CANCELLED_ERROR);
  struct object *error = error_fetch();
  if (cancelled && exception_matches(error, cancelled)) {
    FUTURE_SET(o, cancelled, error); /* what result() raises */
    int status = future_cancel(o, NULL);
    return status < 0 ? NULL : hold(bool_from(status));
  }
  int status = future_set_exception(o, error);
  if (status == 0 && (exception_matches(error, &exception_type(ERROR_KEYBOARD_INTERRUPT)->head) ||
                      exception_matches(error, &exception_type(ERROR_SYSTEM_EXIT)->head))) {
    error_restore_taking(error);
    return NULL;
  }
  drop(error);
  return none_if(status);
}

/* As generator_send. */
static int throw_into(struct object *coroutine, struct object *exception, struct object **result) {
  *result = is_coroutine(coroutine)
                ? generator_throw((struct generator *)coroutine, exception, NULL, NULL, true)
                : call_method_one(coroutine, ASYNCIO_NAME(throw), exception);
  if (*result)
    return 1;
  if (!error_matches(ERROR_STOP_ITERATION))
    return -1;
  struct object *stop = error_fetch();
  struct object *value = ((struct exception_stop_iteration *)stop)->value;
  *result = hold(value ? value : NONE);
  drop(stop);
  return 0;
}

/* What is thrown when the task has been asked to end: a CancelledError, the given one or its own;
 * a new reference. */
static struct object *cancelling_exception(struct object *o, struct object *given) {
  struct object *class = asyncio_library(LIBRARY_CANCELLED_ERROR);
  if (!class)
    return NULL;
  future_of(o)->must_cancel = false;
  return given && exception_matches(given, class) ? hold(given) : future_cancelled_error(o);
}

static struct object *step_entered(struct object *o, struct object *given) {
  struct future *f = future_of(o);
  if (UNLIKELY(f->state != FUTURE_PENDING)) {
    struct object *class = asyncio_library(LIBRARY_INVALID_STATE_ERROR);
    return class ? error_format_of(class, "__step(): already done: %R %R", o, given ? given : NONE)
                 : NULL;
  }
  struct object *exception = given;
  if (UNLIKELY(f->must_cancel)) {
    if (!(exception = cancelling_exception(o, given)))
      return NULL;
  } else if (given)
    hold(given);
  if (task_of(o)->waiter)
    TASK_SET(o, waiter, NULL);
  struct object *coroutine = task_of(o)->coroutine, *result = NULL;
  if (UNLIKELY(!coroutine)) {
    drop_null(exception);
    return error_format(ERROR_RUNTIME, "uninitialized Task object");
  }
  hold(coroutine);
  int sent = exception ? throw_into(coroutine, exception, &result)
                       : operation_send(coroutine, NONE, &result);
  drop(coroutine);
  drop_null(exception);
  if (sent < 0)
    return failed(o);
  struct object *done = sent ? yielded(o, result) : ended(o, result);
  drop(result);
  return done;
}

static struct object *step(struct object *o, struct object *exception) {
  struct object *loop = future_of(o)->loop;
  if (UNLIKELY(!loop))
    return error_format(ERROR_RUNTIME, "uninitialized Task object");
  hold(loop);
  if (running_enter(loop, o) < 0) {
    drop(loop);
    return NULL;
  }
  hold(o);
  struct object *done = step_entered(o, exception), *error = done ? NULL : error_fetch();
  if (running_leave(loop, o) < 0) {
    drop_null(done);
    done = NULL;
    if (error) {
      struct object *other = error_fetch();
      exception_set_context_taking(other, error);
      error_restore_taking(other);
    }
  } else if (error)
    error_restore_taking(error);
  drop(o);
  drop(loop);
  return done;
}
