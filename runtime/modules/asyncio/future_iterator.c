/* What `await future` iterates: yields the future once, if it is pending, and then has its result.
 * The interpreter asks `send` and so makes no StopIteration. */
#include "runtime/modules/asyncio/asyncio.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include <stddef.h>

struct future_iterator {
  struct object head;
  struct object *future; /* NULL: it has ended */
};
static struct future_iterator *iterator_of(struct object *o) { return (struct future_iterator *)o; }

struct object *future_iterate(struct object *o) {
  if (UNLIKELY(!future_is_alive(o)))
    return NULL;
  struct future_iterator *it = (struct future_iterator *)gc_new_container(
      &asyncio_future_iterator_type, sizeof(struct future_iterator));
  if (UNLIKELY(!it))
    return error_no_memory();
  it->future = NULL;
  store_first(&it->head, &it->future, hold(o));
  gc_track(&it->head);
  return &it->head;
}

static int send(struct object *o, struct object *value, struct object **result) {
  struct object *future = iterator_of(o)->future;
  if (UNLIKELY(!future)) {
    *result = hold(NONE);
    return 0;
  }
  struct future *f = future_of(future);
  if (f->state == FUTURE_PENDING) {
    if (UNLIKELY(f->is_blocking)) {
      error_set(ERROR_RUNTIME, "await wasn't used with future");
      return -1;
    }
    f->is_blocking = true;
    *result = hold(future);
    return 1;
  }
  iterator_of(o)->future = NULL;
  *result = future_result(future);
  drop(future);
  return *result ? 0 : -1;
}

static struct object *next(struct object *o) {
  struct object *result = NULL;
  int sent = send(o, NONE, &result);
  if (sent)
    return sent < 0 ? NULL : result;
  if (result != NONE)
    error_stop_iteration(result);
  drop(result);
  return NULL;
}
static struct object *send_method(struct object *o, struct object *ignored) {
  struct object *result = next(o);
  if (!result && error_pending() == ERROR_NONE)
    error_stop_iteration(NULL);
  return result;
}

static struct object *throw_method(struct object *o, struct object *const *args, size_t n) {
  if (args_check_count("throw", n, 1, 3) < 0)
    return NULL;
  struct object *type = args[0], *value = n > 1 && args[1] != NONE ? args[1] : NULL;
  struct object *traceback = n > 2 && args[2] != NONE ? args[2] : NULL;
  if (traceback && type_of(traceback) != &traceback_type)
    return error_format(ERROR_TYPE, "throw() third argument must be a traceback");
  struct object *exception;
  if (exception_is_class(type)) {
    exception = exception_instantiate(type, value);
    if (!exception)
      exception = error_fetch(); /* thrown in its place */
  } else if (!is_exception(type)) {
    return error_format(ERROR_TYPE,
                        "exceptions must be classes deriving BaseException or instances of such a "
                        "class");
  } else if (value) {
    return error_format(ERROR_TYPE, "instance exception may not have a separate value");
  } else {
    exception = hold(type);
  }
  store(o, &iterator_of(o)->future, NULL);
  if (traceback)
    exception_set_traceback(exception, traceback);
  error_restore_taking(exception);
  return NULL;
}
static struct object *close_method(struct object *o) {
  store(o, &iterator_of(o)->future, NULL);
  return hold(NONE);
}
static struct object *same(struct object *o) { return hold(o); }

static const struct method_def methods[] = {METHOD_ONE_("send", send_method, NULL),
                                            METHOD_FAST_("throw", throw_method, NULL),
                                            METHOD_NOARGS_("close", close_method, NULL),
                                            {NULL}};

struct type asyncio_future_iterator_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct future_iterator, future),
              .refs_n = 1,
              .basic_bytes = sizeof(struct future_iterator)},
    .name = "_asyncio.FutureIter",
    .flags = TYPE_NO_INSTANCE,
    .iter = same,
    .next = next,
    .async = {.send = send},
    .methods = methods,
    .base = &object_type};
