/* Asynchronous generators, and what their methods return: awaitables of the next value (asend), of
 * an exception's way through (athrow), of the end (aclose). */
#include "runtime/object/attribute.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/generator_type.h"
#include "runtime/vm/thread.h"
#include "runtime/vm/vm.h"

static struct generator *generator_of(struct object *o) { return (struct generator *)o; }
static struct object *same(struct object *o) { return hold(o); }

static void *stop_iteration(void) {
  error_set_object(&exception_type(ERROR_STOP_ITERATION)->head, NULL);
  return NULL;
}

/* ---- Values that it yields ---- */

struct wrapped_value {
  struct object head;
  struct object *value;
};

struct type async_generator_value_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct wrapped_value, value),
              .refs_n = 1,
              .basic_bytes = sizeof(struct wrapped_value)},
    .name = "async_generator_wrapped_value",
    .flags = TYPE_NO_INSTANCE,
    .base = &object_type,
};

struct object *async_generator_wrap(struct object *value) {
  struct wrapped_value *w =
      (struct wrapped_value *)gc_new_container(&async_generator_value_type, sizeof *w);
  if (!w)
    return error_no_memory();
  w->value = hold(value);
  gc_track(&w->head);
  return &w->head;
}
static bool is_wrapped(const struct object *o) { return type_of(o) == &async_generator_value_type; }

static bool is_over(void) {
  return error_matches(ERROR_STOP_ASYNC_ITERATION) || error_matches(ERROR_GENERATOR_EXIT);
}

/* What came out of the generator, as its awaitable says it: a yielded value is the awaitable's
 * result (StopIteration), anything else is awaited further up. Takes `result`. */
static struct object *unwrap_taking(struct generator *g, struct object *result) {
  if (!result) {
    if (error_pending() == ERROR_NONE)
      error_set_object(&exception_type(ERROR_STOP_ASYNC_ITERATION)->head, NULL);
    if (is_over())
      g->is_closed = 1;
    g->is_running_async = 0;
    return NULL;
  }
  if (!is_wrapped(result))
    return result;
  error_stop_iteration(((struct wrapped_value *)result)->value);
  g->is_running_async = 0;
  drop(result);
  return NULL;
}

/* ---- Awaitables ---- */

enum awaitable_state { AWAITABLE_FRESH, AWAITABLE_RUNNING, AWAITABLE_CLOSED };

struct awaitable {
  struct object head;
  struct object *generator;
  struct object *value; /* asend: what to send, NULL: None. athrow: a tuple; aclose: NULL */
  uint8_t state;
};

static struct object *awaitable_new(struct type *t, struct object *generator,
                                    struct object *value) {
  struct awaitable *a = (struct awaitable *)gc_new_container(t, sizeof *a);
  if (!a)
    return error_no_memory();
  a->generator = hold(generator);
  a->value = value ? hold(value) : NULL;
  a->state = AWAITABLE_FRESH;
  gc_track(&a->head);
  return &a->head;
}
static struct awaitable *awaitable_of(struct object *o) { return (struct awaitable *)o; }

static struct object *awaitable_close(struct object *o) {
  awaitable_of(o)->state = AWAITABLE_CLOSED;
  return hold(NONE);
}

static int check_reuse(const struct awaitable *a, const char *what) {
  if (a->state != AWAITABLE_CLOSED)
    return 0;
  error_set(ERROR_RUNTIME, "cannot reuse already awaited %s", what);
  return -1;
}

/* ---- asend, __anext__ ---- */

static int asend_begin(struct awaitable *a, struct object **value) {
  struct generator *g = generator_of(a->generator);
  if (check_reuse(a, "__anext__()/asend()") < 0)
    return -1;
  if (a->state == AWAITABLE_FRESH) {
    if (g->is_running_async) {
      error_set(ERROR_RUNTIME, "anext(): asynchronous generator is already running");
      return -1;
    }
    if (!*value || *value == NONE)
      *value = a->value;
    a->state = AWAITABLE_RUNNING;
  }
  g->is_running_async = 1;
  return 0;
}
static struct object *asend_send(struct object *o, struct object *value) {
  struct awaitable *a = awaitable_of(o);
  struct generator *g = generator_of(a->generator);
  if (asend_begin(a, &value) < 0)
    return NULL;
  struct object *result = unwrap_taking(g, generator_send_or_stop(g, value));
  if (!result)
    a->state = AWAITABLE_CLOSED;
  return result;
}
/* The same for who awaits it: the value comes without the StopIteration that would carry it. */
static int async_generator_send(struct object *asend, struct object *value,
                                struct object **result) {
  struct awaitable *a = awaitable_of(asend);
  struct generator *g = generator_of(a->generator);
  if (asend_begin(a, &value) < 0)
    return -1;
  struct object *sent = generator_send_or_stop(g, value);
  if (sent && is_wrapped(sent)) {
    *result = hold(((struct wrapped_value *)sent)->value);
    drop(sent);
    g->is_running_async = 0;
    a->state = AWAITABLE_CLOSED;
    return 0;
  }
  if ((*result = unwrap_taking(g, sent)) != NULL)
    return 1;
  a->state = AWAITABLE_CLOSED;
  return -1;
}
static struct object *asend_next(struct object *o) { return asend_send(o, NULL); }

static struct object *asend_throw(struct object *o, struct object *const *args, size_t n) {
  struct awaitable *a = awaitable_of(o);
  struct generator *g = generator_of(a->generator);
  if (check_reuse(a, "__anext__()/asend()") < 0)
    return NULL;
  struct object *result = unwrap_taking(g, generator_method_throw(a->generator, args, n));
  if (!result)
    a->state = AWAITABLE_CLOSED;
  return result;
}

/* ---- athrow, aclose ---- */

static struct object *ignored_exit(struct awaitable *a) {
  generator_of(a->generator)->is_running_async = 0;
  a->state = AWAITABLE_CLOSED;
  return error_format(ERROR_RUNTIME, "async generator ignored GeneratorExit");
}

/* aclose is done when the generator is: that is no error to whoever awaits. */
static struct object *check_end(struct awaitable *a) {
  generator_of(a->generator)->is_running_async = 0;
  a->state = AWAITABLE_CLOSED;
  if (!a->value && is_over()) {
    error_clear();
    stop_iteration();
  }
  return NULL;
}

static struct object *athrow_begin(struct awaitable *a, struct object *value) {
  struct generator *g = generator_of(a->generator);
  if (g->is_running_async) {
    a->state = AWAITABLE_CLOSED;
    return error_format(ERROR_RUNTIME, "%s(): asynchronous generator is already running",
                        a->value ? "athrow" : "aclose");
  }
  if (g->is_closed) {
    a->state = AWAITABLE_CLOSED;
    error_set_object(&exception_type(ERROR_STOP_ASYNC_ITERATION)->head, NULL);
    return NULL;
  }
  if (value && value != NONE)
    return error_format(ERROR_RUNTIME, "can't send non-None value to a just-started coroutine");
  a->state = AWAITABLE_RUNNING;
  g->is_running_async = 1;
  struct object *result;
  if (!a->value) {
    g->is_closed = 1;
    result = generator_throw(g, &exception_type(ERROR_GENERATOR_EXIT)->head, NULL, NULL, false);
    if (result && is_wrapped(result)) {
      drop(result);
      return ignored_exit(a);
    }
  } else {
    size_t n = tuple_length(a->value);
    if (args_check_count("athrow", n, 1, 3) < 0)
      return NULL;
    struct object *const *args = ((struct tuple *)a->value)->items;
    result = unwrap_taking(
        g, generator_throw(g, args[0], n > 1 ? args[1] : NULL, n > 2 ? args[2] : NULL, false));
  }
  return result ? result : check_end(a);
}

static struct object *athrow_send(struct object *o, struct object *value) {
  struct awaitable *a = awaitable_of(o);
  struct generator *g = generator_of(a->generator);
  if (check_reuse(a, "aclose()/athrow()") < 0)
    return NULL;
  if (g->state == GENERATOR_ENDED) {
    a->state = AWAITABLE_CLOSED;
    return stop_iteration();
  }
  if (a->state == AWAITABLE_FRESH)
    return athrow_begin(a, value);
  struct object *result = generator_send_or_stop(g, value);
  if (a->value)
    return unwrap_taking(g, result);
  if (!result)
    return check_end(a);
  if (!is_wrapped(result))
    return result;
  drop(result);
  return ignored_exit(a);
}
static struct object *athrow_next(struct object *o) { return athrow_send(o, NULL); }

static struct object *athrow_throw(struct object *o, struct object *const *args, size_t n) {
  struct awaitable *a = awaitable_of(o);
  if (check_reuse(a, "aclose()/athrow()") < 0)
    return NULL;
  struct object *result = generator_method_throw(a->generator, args, n);
  if (a->value)
    return unwrap_taking(generator_of(a->generator), result);
  if (result && is_wrapped(result)) {
    drop(result);
    return ignored_exit(a);
  }
  if (!result && is_over()) {
    error_clear();
    stop_iteration();
  }
  return result;
}

#define AWAITABLE_TYPE(variable, name_, kind, send_)                                               \
  static const struct method_def kind##_methods[] = {                                              \
      METHOD_ONE_("send", kind##_send,                                                             \
                  "send(arg) -> send 'arg' into the generator, return what it awaits next."),      \
      METHOD_FAST_("throw", kind##_throw, "throw(value)\n\nRaises the exception inside."),         \
      METHOD_NOARGS_("close", awaitable_close, "close() -> it can't be awaited any more."),        \
      {NULL}};                                                                                     \
  struct type variable = {.head = OBJECT_STATIC(type_type),                                        \
                          .shape = {.layout = GC_FIXED,                                            \
                                    .flags = GC_CONTAINER | GC_PLAIN,                              \
                                    .refs_offset = offsetof(struct awaitable, generator),          \
                                    .refs_n = 2,                                                   \
                                    .basic_bytes = sizeof(struct awaitable)},                      \
                          .name = name_,                                                           \
                          .iter = same,                                                            \
                          .next = kind##_next,                                                     \
                          .async = {.await = same, .send = send_},                                 \
                          .methods = kind##_methods,                                               \
                          .flags = TYPE_NO_INSTANCE,                                               \
                          .base = &object_type}
AWAITABLE_TYPE(async_generator_asend_type, "async_generator_asend", asend, async_generator_send);
AWAITABLE_TYPE(async_generator_athrow_type, "async_generator_athrow", athrow, NULL);

/* ---- Hooks: sys.set_asyncgen_hooks ---- */

/* Before the first awaitable is made. */
static int ask_hooks(struct object *o) {
  struct generator *g = generator_of(o);
  if (g->has_hooks)
    return 0;
  g->has_hooks = 1;
  struct object *finalizer = vm_thread->asyncgen_finalize, *first = vm_thread->asyncgen_first;
  if (finalizer)
    store(o, &g->origin, hold(finalizer));
  if (!first)
    return 0;
  hold(first);
  struct object *result = call_one(first, o);
  drop(first);
  drop_null(result);
  return result ? 0 : -1;
}

bool async_generator_finalize(struct generator *g) {
  if (!g->origin || g->is_closed)
    return false;
  struct object *finalizer = hold(g->origin), *result = call_one(finalizer, &g->head);
  if (!result)
    error_report_object(&g->head);
  drop_null(result);
  drop(finalizer);
  return true;
}

/* ---- The type ---- */

static struct object *anext(struct object *o) {
  return ask_hooks(o) < 0 ? NULL : awaitable_new(&async_generator_asend_type, o, NULL);
}
static struct object *method_asend(struct object *o, struct object *value) {
  return ask_hooks(o) < 0 ? NULL : awaitable_new(&async_generator_asend_type, o, value);
}
static struct object *method_aclose(struct object *o) {
  return ask_hooks(o) < 0 ? NULL : awaitable_new(&async_generator_athrow_type, o, NULL);
}
static struct object *method_athrow(struct object *o, struct object *const *args, size_t n) {
  struct object *tuple = ask_hooks(o) < 0 ? NULL : tuple_from(args, n);
  struct object *result = tuple ? awaitable_new(&async_generator_athrow_type, o, tuple) : NULL;
  drop_null(tuple);
  return result;
}

static const struct method_def methods[] = {
    METHOD_ONE_("asend", method_asend, "asend(v) -> send 'v' in generator."),
    METHOD_FAST_("athrow", method_athrow,
                 "athrow(value)\nathrow(type[,value[,tb]])\n\nraise exception in generator."),
    METHOD_NOARGS_("aclose", method_aclose, "aclose() -> raise GeneratorExit inside generator."),
    METHOD_NOARGS_("__del__", generator_method_del, NULL),
    METHOD_CLASS_GETITEM,
    {NULL}};
static const struct getset_def getsets[] = {GENERATOR_GETSETS("ag_", "ag_await", "async generator"),
                                            {NULL}};
static const struct member_def members[] = {GENERATOR_CODE_MEMBER("ag_"),
                                            {"ag_running", MEMBER_BOOL, MEMBER_READONLY,
                                             offsetof(struct generator, is_running_async), NULL},
                                            {NULL}};

struct type async_generator_type =
    GENERATOR_TYPE_INIT("async_generator", .async = {.aiter = same, .anext = anext},
                        .methods = methods, .getsets = getsets, .members = members);

/* ---- anext(iterator, default) ---- */

struct anext_awaitable {
  struct object head;
  struct object *awaitable, *fallback;
};

struct object *async_generator_anext_default(struct object *awaitable, struct object *fallback) {
  struct anext_awaitable *a =
      (struct anext_awaitable *)gc_new_container(&anext_awaitable_type, sizeof *a);
  if (!a)
    return error_no_memory();
  a->awaitable = hold(awaitable);
  a->fallback = hold(fallback);
  gc_track(&a->head);
  return &a->head;
}

/* The iterator to forward to: a coroutine is asked for its own. */
static struct object *iterator_of(struct anext_awaitable *a) {
  struct object *iterator = coroutine_awaitable_iterator(a->awaitable);
  if (!iterator || !is_coroutine(iterator))
    return iterator;
  struct object *wrapped = coroutine_wrap(iterator);
  drop(iterator);
  return wrapped;
}

/* The end of the iterator is the default as this awaitable's result. Takes `result`. */
static struct object *or_fallback(struct anext_awaitable *a, struct object *result) {
  if (!result && error_clear_if(ERROR_STOP_ASYNC_ITERATION))
    error_stop_iteration(a->fallback);
  return result;
}

static struct object *forward(struct object *o, const char *method, struct object *const *args,
                              size_t n) {
  struct anext_awaitable *a = (struct anext_awaitable *)o;
  struct object *iterator = iterator_of(a), *result = NULL;
  struct object *bound = iterator ? attribute_get_ascii(iterator, method) : NULL;
  if (bound)
    result = call_object(bound, args, n, NULL);
  drop_null(bound);
  drop_null(iterator);
  return or_fallback(a, result);
}
static struct object *anext_next(struct object *o) {
  struct anext_awaitable *a = (struct anext_awaitable *)o;
  struct object *iterator = iterator_of(a);
  if (!iterator)
    return NULL;
  struct object *result = type_of(iterator)->next(iterator);
  if (!result && error_pending() == ERROR_NONE)
    stop_iteration();
  drop(iterator);
  return or_fallback(a, result);
}
static struct object *anext_send(struct object *o, struct object *value) {
  return forward(o, "send", &value, 1);
}
static struct object *anext_throw(struct object *o, struct object *const *args, size_t n) {
  return forward(o, "throw", args, n);
}
static struct object *anext_close(struct object *o) { return forward(o, "close", NULL, 0); }

static const struct method_def anext_methods[] = {
    METHOD_ONE_("send", anext_send, "send(arg) -> send 'arg' into the awaitable."),
    METHOD_FAST_("throw", anext_throw, "throw(value)\n\nRaises the exception inside."),
    METHOD_NOARGS_("close", anext_close, "close() -> raise GeneratorExit inside."),
    {NULL}};

struct type anext_awaitable_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct anext_awaitable, awaitable),
              .refs_n = 2,
              .basic_bytes = sizeof(struct anext_awaitable)},
    .name = "anext_awaitable",
    .iter = same,
    .next = anext_next,
    .async = {.await = same},
    .methods = anext_methods,
    .flags = TYPE_NO_INSTANCE,
    .base = &object_type,
};
