/* Generators, coroutines, asynchronous generators: a frame and its window in a heap object.
 * Resuming links the frame in front of the caller's; what the window holds is visited with the
 * object.
 *
 *   | header | code name qualname function ... | frame | state | slots[slots_n]: window |
 *
 * Invariant: slots in [0, frame.sp - slots) hold references or NULL, those above are never read;
 * an ended generator has none. */
#include "runtime/object/attribute.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/weakref.h"
#include "runtime/vm/frame.h"
#include "runtime/vm/operations.h"
#include "runtime/vm/vm.h"
#include <stddef.h>
#include <stdio.h>

/* ---- Life ---- */

static unsigned spans(struct object *o, struct gc_span out[GC_SPANS_MAX]) {
  struct generator *g = (struct generator *)o;
  bool ended = g->state == GENERATOR_ENDED;
  out[0] = (struct gc_span){&g->code, 5};
  out[1] = (struct gc_span){&g->handled.value, 1};
  out[2] = (struct gc_span){&g->finalizer, 1};
  out[3] = (struct gc_span){g->slots, ended ? 0 : (size_t)(g->frame.sp - g->slots)};
  return 4;
}

static void release_window(struct generator *g) {
  struct object **end = g->frame.sp;
  g->state = GENERATOR_ENDED;
  g->frame.sp = g->slots;
  for (struct object **slot = g->slots; slot < end; slot++) {
    struct object *o = *slot;
    *slot = NULL;
    drop_null(o);
  }
}

static void clear(struct object *o) {
  struct generator *g = (struct generator *)o;
  if (g->state != GENERATOR_RUNNING)
    release_window(g);
}

static size_t size(const struct object *o) {
  return sizeof(struct generator) +
         ((const struct generator *)o)->slots_n * sizeof(struct object *);
}

struct object *generator_from_frame(struct frame *f) {
  struct derived *d = f->derived;
  uint32_t flags = f->code->flags;
  struct type *t = flags & CODE_ASYNC_GENERATOR ? &async_generator_type
                   : flags & CODE_COROUTINE     ? &coroutine_type
                                                : &generator_type;
  size_t bytes = sizeof(struct generator) + d->slots * sizeof(struct object *);
  struct generator *g = (struct generator *)gc_new_container(t, bytes);
  if (!g)
    return error_no_memory();
  struct function *fn = (struct function *)f->function;
  g->code = hold(&f->code->head);
  g->name = hold(fn->name);
  g->qualname = hold(fn->qualname);
  g->function = hold(f->function);
  g->origin = g->weakrefs = g->finalizer = NULL;
  g->handled = (struct error_handled){0};
  g->state = GENERATOR_CREATED;
  g->is_closed = g->is_running_async = 0;
  g->slots_n = d->slots;
  g->frame = *f;
  g->frame.locals = g->frame.result = g->slots;
  g->frame.sp = g->slots + d->variables;
  g->frame.previous = g->frame.next = NULL;
  g->frame.free = NULL;
  g->frame.object = f->object;
  g->frame.flags = FRAME_GENERATOR;
  if (f->object)
    f->object->frame = &g->frame;
  f->object = NULL;
  for (uint32_t i = 0; i < d->variables; i++) {
    store_first(&g->head, &g->slots[i], f->locals[i]);
    f->locals[i] = NULL;
  }
  gc_track(&g->head);
  return &g->head;
}

void generator_enter(struct generator *g, struct frame *previous, struct object **free) {
  g->state = GENERATOR_RUNNING;
  g->frame.previous = previous;
  g->frame.next = previous ? previous->next : vm_stack.frames;
  g->frame.free = free;
  g->frame.depth = previous ? previous->depth + 1 : 1;
  g->handled.previous = error_thread.handled;
  error_thread.handled = &g->handled;
  hold(&g->head); /* while it runs */
  vm_stack.top = &g->frame;
}

void generator_leave(struct generator *g, bool has_ended) {
  vm_stack.top = g->frame.previous;
  error_thread.handled = g->handled.previous;
  g->handled.previous = NULL;
  if (has_ended) {
    if (g->frame.object)
      frame_detach(&g->frame);
    release_window(g);
    struct object *handled = g->handled.value;
    g->handled.value = NULL;
    drop_null(handled);
  } else {
    g->state = GENERATOR_SUSPENDED;
  }
  g->frame.previous = NULL;
  drop(&g->head);
}

void generator_convert_stop(struct generator *g) {
  const char *kind = type_of(&g->head) == &coroutine_type         ? "coroutine"
                     : type_of(&g->head) == &async_generator_type ? "async generator"
                                                                  : "generator";
  const char *what = NULL;
  if (error_matches(ERROR_STOP_ITERATION))
    what = "StopIteration";
  else if (type_of(&g->head) == &async_generator_type && error_matches(ERROR_STOP_ASYNC_ITERATION))
    what = "StopAsyncIteration";
  if (!what)
    return;
  char message[64];
  snprintf(message, sizeof message, "%s raised %s", kind, what);
  error_set_from_pending(ERROR_RUNTIME, message);
}

/* ---- Resuming from C ---- */

static const char *kind_of(const struct generator *g) {
  return type_of(&g->head) == &coroutine_type         ? "coroutine"
         : type_of(&g->head) == &async_generator_type ? "async generator"
                                                      : "generator";
}

static struct object **free_for_entry(void) {
  struct frame *f = vm_stack.top;
  return !f ? vm_stack.first : f->free ? f->free : f->locals + f->derived->slots;
}

static int finish(struct generator *g, struct object *value, struct object **result) {
  *result = value;
  return !value ? -1 : g->state != GENERATOR_ENDED;
}

int generator_send(struct generator *g, struct object *value, struct object **result) {
  if (g->state == GENERATOR_RUNNING) {
    error_format(ERROR_VALUE, "%s already executing", kind_of(g));
    return -1;
  }
  if (g->state == GENERATOR_ENDED) {
    if (type_of(&g->head) == &coroutine_type) {
      error_set(ERROR_RUNTIME, "cannot reuse already awaited coroutine");
      return -1;
    }
    *result = hold(NONE);
    return 0;
  }
  if (g->state == GENERATOR_CREATED && value && value != NONE) {
    error_format(ERROR_TYPE, "can't send non-None value to a just-started %s", kind_of(g));
    return -1;
  }
  if (vm_depth() >= vm_recursion_limit) {
    error_set(ERROR_RECURSION, "maximum recursion depth exceeded");
    return -1;
  }
  *g->frame.sp++ = hold(value ? value : NONE);
  g->frame.flags = FRAME_GENERATOR | FRAME_ENTRY;
  hold(&g->head);
  generator_enter(g, vm_stack.top, free_for_entry());
  int sent = finish(g, interpret(&g->frame), result);
  drop(&g->head);
  return sent;
}

/* Raises the pending error where the generator stands. */
static int resume_raising(struct generator *g, struct object **result) {
  if (g->state == GENERATOR_CREATED || g->state == GENERATOR_ENDED) {
    release_window(g);
    return -1;
  }
  g->frame.flags = FRAME_GENERATOR | FRAME_ENTRY;
  hold(&g->head);
  generator_enter(g, vm_stack.top, free_for_entry());
  int sent = finish(g, interpret_raising(&g->frame), result);
  drop(&g->head);
  return sent;
}

/* ---- Methods ---- */

static struct object *answer(int sent, struct object *result) {
  if (sent != 0)
    return sent < 0 ? NULL : result;
  error_stop_iteration(result == NONE ? NULL : result);
  drop(result);
  return NULL;
}

static struct object *generator_next(struct object *o) {
  struct object *result = NULL;
  int sent = generator_send((struct generator *)o, NULL, &result);
  if (sent == 0 && result == NONE) {
    drop(result);
    return NULL; /* the end, without an error */
  }
  return answer(sent, result);
}

static struct object *method_send(struct object *o, struct object *value) {
  struct object *result = NULL;
  return answer(generator_send((struct generator *)o, value, &result), result);
}

/* What a generator that stands in `yield from` is waiting for: SEND has it on top of the stack. */
static struct object *delegate_borrowed(struct generator *g) {
  const uint64_t *ip = g->frame.ip;
  uint32_t next = (uint32_t)(ip - g->frame.derived->words);
  if (g->state != GENERATOR_SUSPENDED || next + 1 >= g->frame.derived->words_n)
    return NULL;
  uint64_t behind = g->frame.derived->words[next + 1];
  if ((uint32_t)g->frame.derived->words[next] != word_handlers[WORD_RESUME] ||
      (uint32_t)behind != word_handlers[WORD_JUMP_BACKWARD_NO_INTERRUPT])
    return NULL;
  return g->frame.sp > g->slots ? g->frame.sp[-1] : NULL;
}

static int close_generator(struct object *o);

static int close_delegate(struct object *o) {
  if (is_generator(o) || type_of(o) == &coroutine_type)
    return close_generator(o);
  struct object *name = str_intern("close"), *method;
  int found = name ? attribute_find(o, name, &method) : -1;
  if (found <= 0)
    return found;
  struct object *result = call_none(method);
  drop(method);
  drop_null(result);
  return result ? 0 : -1;
}

static int close_generator(struct object *o) {
  struct generator *g = (struct generator *)o;
  if (g->state == GENERATOR_RUNNING) {
    error_format(ERROR_VALUE, "%s already executing", kind_of(g));
    return -1;
  }
  if (g->state != GENERATOR_SUSPENDED) {
    release_window(g);
    return 0;
  }
  struct object *delegate = delegate_borrowed(g);
  int closed = 0;
  if (delegate) {
    hold(delegate);
    g->state = GENERATOR_RUNNING;
    closed = close_delegate(delegate);
    g->state = GENERATOR_SUSPENDED;
    drop(delegate);
  }
  if (closed == 0)
    error_set_object(&exception_type(ERROR_GENERATOR_EXIT)->head, NULL);
  struct object *result = NULL;
  int sent = resume_raising(g, &result);
  if (sent > 0) {
    drop(result);
    error_format(ERROR_RUNTIME, "%s ignored GeneratorExit", kind_of(g));
    return -1;
  }
  if (sent == 0) {
    drop(result);
    return 0;
  }
  return error_clear_if(ERROR_GENERATOR_EXIT) || error_clear_if(ERROR_STOP_ITERATION) ? 0 : -1;
}

static struct object *method_close(struct object *o) {
  return close_generator(o) < 0 ? NULL : hold(NONE);
}

static int set_thrown(struct object *const *args, size_t n) {
  struct object *type = args[0], *value = n > 1 && args[1] != NONE ? args[1] : NULL;
  if (is_exception(type)) {
    if (value) {
      error_set(ERROR_TYPE, "instance exception may not have a separate value");
      return -1;
    }
    error_raise_taking(hold(type));
  } else if (is_type(type) && type_is_subtype((struct type *)type, exception_type(ERROR_BASE))) {
    error_set_object(type, value);
  } else {
    error_format(ERROR_TYPE,
                 "exceptions must be classes or instances deriving from BaseException, not %N",
                 type);
    return -1;
  }
  return 0;
}

/* yield from: the exception goes to the delegate first. 1: it yielded, else the generator itself
 * goes on: 0 with the delegate's value to push, -1 with an error to raise. */
static int throw_at_delegate(struct generator *g, struct object *delegate,
                             struct object *const *args, size_t n, struct object **result) {
  if (is_type(args[0])
          ? type_is_subtype((struct type *)args[0], exception_type(ERROR_GENERATOR_EXIT))
          : object_is_instance(args[0], exception_type(ERROR_GENERATOR_EXIT))) {
    g->state = GENERATOR_RUNNING;
    int closed = close_delegate(delegate);
    g->state = GENERATOR_SUSPENDED;
    if (closed == 0)
      set_thrown(args, n);
    return -1;
  }
  struct object *name = str_intern("throw"), *method;
  int found = name ? attribute_find(delegate, name, &method) : -1;
  if (found <= 0) {
    if (found == 0)
      set_thrown(args, n);
    return -1;
  }
  g->state = GENERATOR_RUNNING;
  *result = call_object(method, args, n, NULL);
  g->state = GENERATOR_SUSPENDED;
  drop(method);
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

static struct object *method_throw(struct object *o, struct object *const *args, size_t n) {
  struct generator *g = (struct generator *)o;
  struct object *result = NULL;
  if (args_check_count("throw", n, 1, 3) < 0)
    return NULL;
  if (g->state == GENERATOR_RUNNING)
    return error_format(ERROR_VALUE, "%s already executing", kind_of(g));
  struct object *delegate = delegate_borrowed(g);
  if (delegate) {
    hold(delegate);
    int thrown = throw_at_delegate(g, delegate, args, n, &result);
    drop(delegate);
    if (thrown > 0)
      return result;
    if (thrown < 0)
      return answer(resume_raising(g, &result), result);
    /* The delegate has returned: go on behind its SEND with its value in its place. */
    drop(*--g->frame.sp);
    const uint64_t *back = g->frame.ip + 2;
    const uint64_t *send = back + word_jump(g->frame.ip[1]);
    g->frame.ip = send + 1 + word_jump(*send);
    *g->frame.sp++ = result;
    g->frame.flags = FRAME_GENERATOR | FRAME_ENTRY;
    hold(o);
    generator_enter(g, vm_stack.top, free_for_entry());
    struct object *got;
    int sent = finish(g, interpret(&g->frame), &got);
    drop(o);
    return answer(sent, got);
  }
  if (set_thrown(args, n) < 0)
    return NULL;
  return answer(resume_raising(g, &result), result);
}

/* __del__: a suspended one is closed. */
static void finalize(struct object *o) {
  struct generator *g = (struct generator *)o;
  if (g->state == GENERATOR_SUSPENDED && vm_stack.first && close_generator(o) < 0)
    error_report_object(o);
}

static struct object *generator_repr(struct object *o) {
  return str_format("<%T object %U at %p>", type_of(o), ((struct generator *)o)->qualname,
                    (void *)o);
}
static struct object *same(struct object *o) { return hold(o); }

/* ---- Attributes ---- */

static struct object *get_frame(struct object *o, void *closure) {
  struct generator *g = (struct generator *)o;
  if (g->state == GENERATOR_ENDED)
    return hold(NONE);
  struct object *frame = frame_object_borrowed(&g->frame);
  return frame ? hold(frame) : NULL;
}
static struct object *get_running(struct object *o, void *closure) {
  return hold(bool_from(((struct generator *)o)->state == GENERATOR_RUNNING));
}
static struct object *get_suspended(struct object *o, void *closure) {
  return hold(bool_from(((struct generator *)o)->state == GENERATOR_SUSPENDED));
}
static struct object *get_delegate(struct object *o, void *closure) {
  struct object *delegate = delegate_borrowed((struct generator *)o);
  return hold(delegate ? delegate : NONE);
}

#define GETSETS(variable, prefix, delegate_name)                                                   \
  static const struct getset_def variable[] = {{.name = prefix "frame", .get = get_frame},         \
                                               {.name = prefix "running", .get = get_running},     \
                                               {.name = prefix "suspended", .get = get_suspended}, \
                                               {.name = delegate_name, .get = get_delegate},       \
                                               {.name = NULL}}
GETSETS(generator_getsets, "gi_", "gi_yieldfrom");
GETSETS(coroutine_getsets, "cr_", "cr_await");
GETSETS(async_generator_getsets, "ag_", "ag_await");
#define MEMBERS(variable, prefix)                                                                  \
  static const struct member_def variable[] = {                                                    \
      {.name = "__name__", .kind = MEMBER_OBJECT, .offset = offsetof(struct generator, name)},     \
      {.name = "__qualname__",                                                                     \
       .kind = MEMBER_OBJECT,                                                                      \
       .offset = offsetof(struct generator, qualname)},                                            \
      {.name = prefix "code",                                                                      \
       .kind = MEMBER_OBJECT,                                                                      \
       .flags = MEMBER_READONLY,                                                                   \
       .offset = offsetof(struct generator, code)},                                                \
      {.name = NULL}}
MEMBERS(generator_members, "gi_");
MEMBERS(coroutine_members, "cr_");
MEMBERS(async_generator_members, "ag_");

static const struct method_def methods[] = {
    METHOD_ONE_("send", method_send, "send(arg) -> send 'arg' into it, return the next value."),
    METHOD_FAST_("throw", method_throw, "throw(value)\n\nRaises the exception where it stands."),
    METHOD_NOARGS_("close", method_close, "close() -> raises GeneratorExit inside."),
    {.name = NULL}};

#define GENERATOR_TYPE(variable, name_, ...)                                                       \
  struct type variable = {.head = OBJECT_STATIC(type_type),                                        \
                          .shape = {.layout = GC_SPANS,                                            \
                                    .flags = GC_CONTAINER | GC_FINALIZES | GC_WEAKREFS,            \
                                    .weak_offset = offsetof(struct generator, weakrefs),           \
                                    .basic_bytes = sizeof(struct generator),                       \
                                    .bytes = size,                                                 \
                                    .spans = spans},                                               \
                          .name = name_,                                                           \
                          .destroy = type_destroy_generic,                                         \
                          .clear = clear,                                                          \
                          .finalize = finalize,                                                    \
                          .repr = generator_repr,                                                  \
                          .flags = TYPE_NO_INSTANCE,                                               \
                          .base = &object_type,                                                    \
                          __VA_ARGS__}
GENERATOR_TYPE(generator_type, "generator", .iter = same, .next = generator_next,
               .methods = methods, .getsets = generator_getsets, .members = generator_members);
GENERATOR_TYPE(coroutine_type, "coroutine", .methods = methods, .getsets = coroutine_getsets,
               .members = coroutine_members);
GENERATOR_TYPE(async_generator_type, "async_generator", .getsets = async_generator_getsets,
               .members = async_generator_members);

/* ---- Values of asynchronous generators ---- */

struct async_generator_value {
  struct object head;
  struct object *value;
};

struct type async_generator_value_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct async_generator_value, value),
              .refs_n = 1,
              .basic_bytes = sizeof(struct async_generator_value)},
    .name = "async_generator_wrapped_value",
    .destroy = type_destroy_generic,
    .flags = TYPE_NO_INSTANCE,
    .base = &object_type,
};

struct object *async_generator_wrap(struct object *value) {
  struct async_generator_value *wrapped = (struct async_generator_value *)gc_new_container(
      &async_generator_value_type, sizeof *wrapped);
  if (!wrapped)
    return error_no_memory();
  wrapped->value = hold(value);
  gc_track(&wrapped->head);
  return &wrapped->head;
}
