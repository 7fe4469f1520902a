/* Coroutines: what they have beyond generators. */
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/warning.h"
#include "runtime/vm/generator_type.h"
#include "runtime/vm/thread.h"
#include "runtime/vm/vm.h"

static struct generator *generator_of(struct object *o) { return (struct generator *)o; }

/* ---- Where it was made ---- */

static struct object *place_of(const struct frame *f) {
  struct object *line = int_from_i64(frame_line(f->code, frame_last_instruction(f)));
  struct object *place = line ? tuple_pack(3, f->code->filename, line, f->code->name) : NULL;
  drop_null(line);
  return place;
}

struct object *coroutine_origin(void) {
  size_t n = 0;
  const struct frame *first = vm_stack.top->previous;
  for (const struct frame *f = first; f && n < vm_thread->coroutine_origin_depth; f = f->previous)
    n++;
  struct object *origin = tuple_new(n);
  for (size_t i = 0; origin && i < n; i++, first = first->previous) {
    struct object *place = place_of(first);
    if (!place) {
      drop(origin);
      return NULL;
    }
    tuple_init_taking(origin, i, place);
  }
  return origin;
}

/* The module `warnings` knows how to tell where it was made. */
void coroutine_warn_unawaited(struct object *o) {
  struct object *name = str_intern("warnings"), *key = str_intern("_warn_unawaited_coroutine");
  struct object *module = name && vm_import ? vm_import(name, NULL, NULL, NULL, 0) : NULL;
  struct object *warn = NULL;
  if (module && key)
    (void)!attribute_find(module, key, &warn);
  drop_null(module);
  error_clear();
  struct object *result = warn ? call_one(warn, o) : NULL;
  drop_null(warn);
  if (error_pending() != ERROR_NONE)
    error_report_object(o);
  if (!result && warning_format(ERROR_RUNTIME_WARNING, 1, "coroutine '%U' was never awaited",
                                generator_of(o)->qualname) < 0)
    error_report_object(o);
  drop_null(result);
}

/* ---- await ---- */

struct object *coroutine_awaitable_iterator(struct object *o) {
  if (is_coroutine(o) ||
      (is_generator(o) && ((struct code *)generator_of(o)->code)->flags & CODE_ITERABLE_COROUTINE))
    return hold(o);
  unary_fn *await = type_of(o)->async.await;
  if (!await)
    return error_format(ERROR_TYPE, "object %N can't be used in 'await' expression", o);
  struct object *iterator = await(o);
  if (!iterator)
    return NULL;
  if (is_coroutine(iterator) ||
      (is_generator(iterator) &&
       ((struct code *)generator_of(iterator)->code)->flags & CODE_ITERABLE_COROUTINE)) {
    error_set(ERROR_TYPE, "__await__() returned a coroutine");
  } else if (!is_iterator(iterator)) {
    error_format(ERROR_TYPE, "__await__() returned non-iterator of type '%N'", iterator);
  } else {
    return iterator;
  }
  drop(iterator);
  return NULL;
}

/* ---- The iterator that __await__ returns ---- */

struct wrapper {
  struct object head;
  struct object *coroutine;
};

static struct generator *wrapped(struct object *o) {
  return generator_of(((struct wrapper *)o)->coroutine);
}
static struct object *wrapper_next(struct object *o) {
  return generator_send_or_stop(wrapped(o), NULL);
}
static struct object *wrapper_send(struct object *o, struct object *value) {
  return generator_send_or_stop(wrapped(o), value);
}
static struct object *wrapper_throw(struct object *o, struct object *const *args, size_t n) {
  return generator_method_throw(&wrapped(o)->head, args, n);
}
static struct object *wrapper_close(struct object *o) { return generator_close(wrapped(o)); }
static struct object *same(struct object *o) { return hold(o); }

static const struct method_def wrapper_methods[] = {
    METHOD_ONE_("send", wrapper_send,
                "send(arg) -> send 'arg' into coroutine,\nreturn next yielded value or raise "
                "StopIteration."),
    METHOD_FAST_("throw", wrapper_throw,
                 "throw(value)\nthrow(type[,value[,traceback]])\n\nRaise exception in coroutine, "
                 "return next yielded value or raise\nStopIteration."),
    METHOD_NOARGS_("close", wrapper_close, "close() -> raise GeneratorExit inside coroutine."),
    {NULL}};

struct type coroutine_wrapper_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct wrapper, coroutine),
              .refs_n = 1,
              .basic_bytes = sizeof(struct wrapper)},
    .name = "coroutine_wrapper",
    .iter = same,
    .next = wrapper_next,
    .methods = wrapper_methods,
    .flags = TYPE_NO_INSTANCE,
    .doc = "A wrapper object implementing __await__ for coroutines.",
    .base = &object_type,
};

struct object *coroutine_wrap(struct object *coroutine) {
  struct wrapper *w =
      (struct wrapper *)gc_new_container(&coroutine_wrapper_type, sizeof(struct wrapper));
  if (!w)
    return error_no_memory();
  w->coroutine = hold(coroutine);
  gc_track(&w->head);
  return &w->head;
}

/* ---- The type ---- */

static const struct method_def methods[] = {
    METHOD_ONE_("send", generator_method_send,
                "send(arg) -> send 'arg' into coroutine,\nreturn next yielded value or raise "
                "StopIteration."),
    METHOD_FAST_("throw", generator_method_throw,
                 "throw(value)\nthrow(type[,value[,traceback]])\n\nRaise exception in coroutine, "
                 "return next yielded value or raise\nStopIteration."),
    METHOD_NOARGS_("close", generator_method_close,
                   "close() -> raise GeneratorExit inside coroutine."),
    METHOD_NOARGS_("__del__", generator_method_del, NULL),
    {NULL}};
static const struct getset_def getsets[] = {GENERATOR_GETSETS("cr_", "cr_await", "coroutine"),
                                            {"cr_running", generator_get_running},
                                            {"cr_suspended", generator_get_suspended},
                                            {NULL}};
static const struct member_def members[] = {
    GENERATOR_CODE_MEMBER("cr_"),
    {"cr_origin", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct generator, origin), NULL},
    {NULL}};

struct type coroutine_type =
    GENERATOR_TYPE_INIT("coroutine", .async = {.await = coroutine_wrap}, .methods = methods,
                        .getsets = getsets, .members = members);
