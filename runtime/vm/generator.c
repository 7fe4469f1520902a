/* Generators: birth, resuming, throwing, closing, death; and what all three kinds share. Resuming
 * links the frame in front of the caller's; what the window holds is visited with the object. */
#include "runtime/vm/generator.h"
#include "runtime/object/attribute.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/weakref.h"
#include "runtime/vm/generator_type.h"
#include "runtime/vm/thread.h"
#include "runtime/vm/vm.h"
#include <stdio.h>

static struct generator *generator_of(struct object *o) { return (struct generator *)o; }

/* ---- Life ---- */

/* rc: of a running one the variables only, as in frame_visit_stack. */
unsigned generator_spans(struct object *o, struct gc_span out[GC_SPANS_MAX]) {
  struct generator *g = generator_of(o);
  size_t slots = g->state == GENERATOR_ENDED              ? 0
                 : GC_RC && g->state == GENERATOR_RUNNING ? g->frame.derived->variables
                                                          : (size_t)(g->frame.sp - g->slots);
  out[0] = (struct gc_span){&g->code, 6};
  out[1] = (struct gc_span){&g->handled.value, 1};
  out[2] = (struct gc_span){(struct object **)&g->frame.object, 1};
  out[3] = (struct gc_span){g->slots, slots};
  return 4;
}

static void release_window(struct generator *g) {
  struct object **end = g->frame.sp;
  bool had = g->state != GENERATOR_ENDED;
  g->state = GENERATOR_ENDED;
  g->frame.sp = g->slots;
  for (struct object **slot = g->slots; had && slot < end; slot++) {
    struct object *o = *slot;
    *slot = NULL;
    drop_null(o);
  }
}

/* The end, by whatever way it came. */
static void end(struct generator *g) {
  if (g->frame.object)
    frame_detach(&g->frame);
  release_window(g);
  if (g->frame.object) /* what died with the window asked for it */
    frame_detach(&g->frame);
  struct object *handled = g->handled.value;
  g->handled.value = NULL;
  drop_null(handled);
}

void generator_clear(struct object *o) {
  struct generator *g = generator_of(o);
  if (g->state != GENERATOR_RUNNING)
    end(g);
}

size_t generator_size(const struct object *o) {
  return sizeof(struct generator) +
         ((const struct generator *)o)->slots_n * sizeof(struct object *);
}

/* Closing one that waits for nobody and guards nothing at its `yield` would only end it. */
bool generator_wants_finalizer(const struct object *o) {
  struct generator *g = generator_of((struct object *)(uintptr_t)o);
  switch ((enum generator_state)g->state) {
  case GENERATOR_ENDED:
  case GENERATOR_RUNNING:
    return false;
  case GENERATOR_CREATED: /* a coroutine warns; of an async generator the finaliser is called */
    return is_async_generator(o) ? g->origin != NULL : !is_generator(o);
  default:
    return is_async_generator(o) || !vm_thread || vm_thread->trace || vm_thread->profile ||
           unwind_has_handler(&g->frame) || generator_delegate_borrowed(g);
  }
}

/* CPython's order: weak references, finaliser, references. */
void generator_destroy(struct object *o) {
  struct generator *g = generator_of(o);
  if (UNLIKELY(g->weakrefs != NULL))
    weakref_referent_dies(o);
#if GC_RC
  if (g->state != GENERATOR_ENDED && generator_wants_finalizer(o) && gc_finalize_dying(o))
    return;
#endif
  gc_untrack(o);
  end(g);
  struct object *refs[] = {g->code, g->name, g->qualname, g->function, g->origin, g->names};
  gc_delete(o, generator_size(o));
  for (size_t i = 0; i < ARRAY_SIZE(refs); i++)
    drop_null(refs[i]);
}

static void finalize_now(struct generator *g) {
  struct object *o = &g->head;
  if (is_async_generator(o) && async_generator_finalize(g))
    return;
  if (is_coroutine(o) && g->state == GENERATOR_CREATED) {
    coroutine_warn_unawaited(o);
    return;
  }
  struct object *closed = generator_close(g);
  if (!closed)
    error_report_object(o);
  drop_null(closed);
}

void generator_finalize(struct object *o) {
  struct generator *g = generator_of(o);
  if (g->state == GENERATOR_ENDED || g->state == GENERATOR_RUNNING || !vm_thread)
    return;
  struct error_saved saved;
  error_save(&saved);
  finalize_now(g);
  error_restore(&saved);
}

struct object *generator_from_frame(struct frame *f) {
  struct derived *d = f->derived;
  uint32_t flags = f->code->flags;
  struct type *t = flags & CODE_ASYNC_GENERATOR ? &async_generator_type
                   : flags & CODE_COROUTINE     ? &coroutine_type
                                                : &generator_type;
  struct object *origin = NULL;
  if (UNLIKELY(vm_thread->coroutine_origin_depth) && t == &coroutine_type &&
      !(origin = coroutine_origin()))
    return NULL;
  size_t bytes = sizeof(struct generator) + d->slots * sizeof(struct object *);
  struct generator *g = (struct generator *)gc_new_container(t, bytes);
  if (!g) {
    drop_null(origin);
    return error_no_memory();
  }
  struct function *fn = (struct function *)f->function;
  g->code = hold(&f->code->head);
  g->name = hold(fn->name);
  g->qualname = hold(fn->qualname);
  g->function = hold(f->function);
  g->origin = origin;
  g->names = f->names ? hold(f->names) : NULL;
  g->weakrefs = NULL;
  g->handled = (struct error_handled){0};
  g->state = GENERATOR_CREATED;
  g->is_closed = g->is_running_async = g->has_hooks = 0;
  g->slots_n = d->slots;
  g->frame = *f;
  g->frame.locals = g->frame.result = g->slots;
  g->frame.sp = g->slots + d->variables;
  g->frame.previous = g->frame.next = NULL;
  g->frame.free = NULL;
  g->frame.flags = FRAME_GENERATOR;
  if (f->object) {
    f->object->frame = &g->frame;
    f->object->generator = &g->head;
  }
  f->object = NULL;
  for (uint32_t i = 0; i < d->variables; i++) {
    store_first(&g->head, &g->slots[i], f->locals[i]);
    f->locals[i] = NULL;
  }
  gc_track(&g->head);
  return &g->head;
}

/* ---- Linking ---- */

static void link_frame(struct generator *g, struct frame *previous, struct object **free) {
  g->state = GENERATOR_RUNNING;
  g->frame.previous = previous;
  g->frame.next = previous ? previous->next : vm_stack.frames;
  g->frame.free = free;
  g->frame.depth = previous ? previous->depth + 1 : 1;
  vm_stack.top = &g->frame;
}

void generator_enter(struct generator *g, struct frame *previous, struct object **free) {
  link_frame(g, previous, free);
  g->handled.previous = error_thread.handled;
  error_thread.handled = &g->handled;
  hold(&g->head); /* while it runs */
}

void generator_leave(struct generator *g, bool has_ended) {
  vm_stack.top = g->frame.previous;
  error_thread.handled = g->handled.previous;
  g->handled.previous = NULL;
  if (has_ended)
    end(g);
  else
    g->state = GENERATOR_SUSPENDED;
  g->frame.previous = NULL;
  drop(&g->head);
}

const char *generator_kind(const struct generator *g) {
  return is_coroutine(&g->head)         ? "coroutine"
         : is_async_generator(&g->head) ? "async generator"
                                        : "generator";
}

void generator_convert_stop(struct generator *g) {
  const char *what = NULL;
  if (error_matches(ERROR_STOP_ITERATION))
    what = "StopIteration";
  else if (is_async_generator(&g->head) && error_matches(ERROR_STOP_ASYNC_ITERATION))
    what = "StopAsyncIteration";
  if (what)
    error_set_from_pending(ERROR_RUNTIME, "%s raised %s", generator_kind(g), what);
}

/* ---- Resuming from C ---- */

static struct object **free_for_entry(void) {
  struct frame *f = vm_stack.top;
  return !f ? vm_stack.first : f->free ? f->free : f->locals + f->derived->slots;
}

static int finish(struct generator *g, struct object *value, struct object **result) {
  *result = value;
  return !value ? -1 : g->state != GENERATOR_ENDED;
}

static int already_executing(const struct generator *g) {
  error_format(ERROR_VALUE, "%s already executing", generator_kind(g));
  return -1;
}

static int check_depth(void) {
  if (vm_depth() < vm_recursion_limit && !thread_c_stack_is_low())
    return 0;
  frame_recursion_error();
  return -1;
}

static int resume(struct generator *g, struct object *(*run)(struct frame *),
                  struct object **result) {
  g->frame.flags = FRAME_GENERATOR | FRAME_ENTRY;
  hold(&g->head);
  generator_enter(g, vm_stack.top, free_for_entry());
  int sent = finish(g, run(&g->frame), result);
  drop(&g->head);
  return sent;
}

int generator_send(struct generator *g, struct object *value, struct object **result) {
  if (g->state == GENERATOR_RUNNING)
    return already_executing(g);
  if (g->state == GENERATOR_ENDED) {
    if (is_coroutine(&g->head)) {
      error_set(ERROR_RUNTIME, "cannot reuse already awaited coroutine");
      return -1;
    }
    *result = hold(NONE);
    return 0;
  }
  if (g->state == GENERATOR_CREATED && value && value != NONE) {
    error_format(ERROR_TYPE, "can't send non-None value to a just-started %s", generator_kind(g));
    return -1;
  }
  if (check_depth() < 0)
    return -1;
  *g->frame.sp++ = hold(value ? value : NONE);
  return resume(g, interpret, result);
}

/* Raises the pending error where the generator stands. `closing`: its end is no reuse. */
static int resume_raising(struct generator *g, struct object **result, bool closing) {
  *result = NULL;
  if (g->state == GENERATOR_RUNNING)
    return already_executing(g);
  if (g->state == GENERATOR_ENDED) {
    if (is_coroutine(&g->head) && !closing)
      error_set(ERROR_RUNTIME, "cannot reuse already awaited coroutine");
    return -1;
  }
  struct object *exception = error_fetch();
  if (check_depth() < 0) {
    drop(exception);
    return -1;
  }
  /* What it is handling itself is the context of what is thrown into it. */
  if (g->handled.value && g->handled.value != NONE) {
    g->handled.previous = error_thread.handled;
    error_thread.handled = &g->handled;
    error_raise_taking(exception);
    error_thread.handled = g->handled.previous;
    g->handled.previous = NULL;
  } else {
    error_restore_taking(exception);
  }
  return resume(g, interpret_raising, result);
}

/* What Python sees of an end: StopIteration. */
static struct object *answer(struct generator *g, int sent, struct object *result) {
  if (sent != 0)
    return sent < 0 ? NULL : result;
  if (is_async_generator(&g->head))
    error_set_object(&exception_type(ERROR_STOP_ASYNC_ITERATION)->head, NULL);
  else
    error_stop_iteration(result == NONE ? NULL : result);
  drop(result);
  return NULL;
}

struct object *generator_send_or_stop(struct generator *g, struct object *value) {
  struct object *result = NULL;
  int sent = generator_send(g, value, &result);
  return answer(g, sent, result);
}

static struct object *raise_in(struct generator *g) {
  struct object *result;
  int sent = resume_raising(g, &result, false);
  return answer(g, sent, result);
}

/* ---- Delegates ---- */

/* A generator that stands in `yield from` or `await` is before a RESUME that says so, and SEND has
 * what it waits for on top of the stack. */
struct object *generator_delegate_borrowed(struct generator *g) {
  const struct frame *f = &g->frame;
  if (g->state != GENERATOR_SUSPENDED || f->sp <= g->slots + f->derived->variables ||
      (uint32_t)*f->ip != word_handlers[WORD_RESUME] || word_argument(*f->ip) < 2)
    return NULL;
  return f->sp[-1];
}

static int close_delegate(struct generator *g, struct object *delegate) {
  hold(delegate);
  g->state = GENERATOR_RUNNING;
  int closed = 0;
  if (is_generator(delegate) || is_coroutine(delegate)) {
    struct object *result = generator_close(generator_of(delegate));
    closed = result ? 0 : -1;
    drop_null(result);
  } else {
    struct object *name = str_intern("close"), *method = NULL;
    if (!name || attribute_find(delegate, name, &method) < 0)
      error_report_object(delegate);
    if (method) {
      struct object *result = call_none(method);
      closed = result ? 0 : -1;
      drop_null(result);
      drop(method);
    }
  }
  g->state = GENERATOR_SUSPENDED;
  drop(delegate);
  return closed;
}

struct object *generator_close(struct generator *g) {
  if (g->state == GENERATOR_ENDED)
    return hold(NONE);
  struct object *delegate = generator_delegate_borrowed(g);
  if (!delegate || close_delegate(g, delegate) == 0)
    error_set_object(&exception_type(ERROR_GENERATOR_EXIT)->head, NULL);
  struct object *result;
  int sent = resume_raising(g, &result, true);
  if (sent > 0) {
    drop(result);
    return error_format(ERROR_RUNTIME, "%s ignored GeneratorExit", generator_kind(g));
  }
  drop_null(result);
  if (sent == 0 || error_clear_if(ERROR_STOP_ITERATION) || error_clear_if(ERROR_GENERATOR_EXIT) ||
      (is_async_generator(&g->head) && error_clear_if(ERROR_STOP_ASYNC_ITERATION)))
    return hold(NONE);
  return NULL;
}

/* Makes what is thrown the pending error. */
static int set_thrown(struct object *type, struct object *value, struct object *traceback) {
  if (traceback == NONE)
    traceback = NULL;
  if (traceback && type_of(traceback) != &traceback_type) {
    error_set(ERROR_TYPE, "throw() third argument must be a traceback object");
    return -1;
  }
  if (is_exception(type)) {
    if (value && value != NONE) {
      error_set(ERROR_TYPE, "instance exception may not have a separate value");
      return -1;
    }
    error_restore_taking(hold(type));
  } else if (exception_is_class(type)) {
    /* The context is the generator's affair; a failure to make it is thrown in its place. */
    struct object *exception = exception_instantiate(type, value);
    if (exception)
      error_restore_taking(exception);
  } else {
    error_format(ERROR_TYPE,
                 "exceptions must be classes or instances deriving from BaseException, not %N",
                 type);
    return -1;
  }
  struct object *pending = traceback ? error_pending_borrowed() : NULL;
  if (pending)
    exception_set_traceback(pending, traceback);
  return 0;
}

static struct object *throw_here(struct generator *g, struct object *type, struct object *value,
                                 struct object *traceback) {
  return set_thrown(type, value, traceback) < 0 ? NULL : raise_in(g);
}

/* The delegate has ended, by a return or an error: it leaves the stack, and what follows happens
 * behind the loop that sent to it. */
static struct object *go_on_without_delegate(struct generator *g) {
  struct object *delegate = *--g->frame.sp;
  drop(delegate);
  /* Words: SEND, YIELD_VALUE, RESUME (next), JUMP_BACKWARD_NO_INTERRUPT. */
  const uint64_t *back = g->frame.ip;
  while ((uint32_t)*back != word_handlers[WORD_JUMP_BACKWARD_NO_INTERRUPT])
    back++;
  const uint64_t *send = back + 1 + word_jump(*back);
  while ((uint32_t)*send != word_handlers[WORD_SEND])
    send++; /* a traced stream has a word in front of it */
  g->frame.ip = send + 1 + word_jump(*send);
  if (!error_matches(ERROR_STOP_ITERATION))
    return raise_in(g);
  struct object *stop = error_fetch();
  struct object *value = ((struct exception_stop_iteration *)stop)->value;
  hold(value ? value : NONE);
  struct object *result = generator_send_or_stop(g, value);
  drop(value ? value : NONE);
  drop(stop);
  return result;
}

static bool is_exit(struct object *type) {
  return exception_matches(type, &exception_type(ERROR_GENERATOR_EXIT)->head);
}

struct object *generator_throw(struct generator *g, struct object *type, struct object *value,
                               struct object *traceback, bool closes) {
  struct object *delegate = generator_delegate_borrowed(g), *result;
  if (!delegate)
    return throw_here(g, type, value, traceback);
  if (closes && (is_type(type) || is_exception(type)) && is_exit(type))
    return close_delegate(g, delegate) < 0 ? raise_in(g) : throw_here(g, type, value, traceback);
  if (is_generator(delegate) || is_coroutine(delegate)) {
    hold(delegate);
    hold(&g->head);
    link_frame(g, vm_stack.top, free_for_entry());
    result = generator_throw(generator_of(delegate), type, value, traceback, closes);
    vm_stack.top = g->frame.previous;
    g->frame.previous = NULL;
    g->state = GENERATOR_SUSPENDED;
    drop(delegate);
    if (!result)
      result = go_on_without_delegate(g);
    drop(&g->head);
    return result;
  }
  struct object *name = str_intern("throw"), *method;
  int found = name ? attribute_find(delegate, name, &method) : -1;
  if (found <= 0)
    return found < 0 ? NULL : throw_here(g, type, value, traceback);
  struct object *const args[] = {type, value, traceback};
  hold(&g->head);
  g->state = GENERATOR_RUNNING;
  result = call_object(method, args, traceback ? 3 : value ? 2 : 1, NULL);
  g->state = GENERATOR_SUSPENDED;
  drop(method);
  if (!result)
    result = go_on_without_delegate(g);
  drop(&g->head);
  return result;
}

/* ---- Methods ---- */

static struct object *generator_next(struct object *o) {
  struct object *result = NULL;
  int sent = generator_send(generator_of(o), NULL, &result);
  if (sent == 0 && result == NONE) {
    drop(result);
    return NULL; /* the end, without an error */
  }
  return answer(generator_of(o), sent, result);
}

struct object *generator_method_send(struct object *o, struct object *value) {
  return generator_send_or_stop(generator_of(o), value);
}
struct object *generator_method_close(struct object *o) {
  return generator_close(generator_of(o));
}
struct object *generator_method_throw(struct object *o, struct object *const *args, size_t n) {
  if (args_check_count("throw", n, 1, 3) < 0)
    return NULL;
  return generator_throw(generator_of(o), args[0], n > 1 ? args[1] : NULL, n > 2 ? args[2] : NULL,
                         true);
}
struct object *generator_method_del(struct object *o) {
  generator_finalize(o);
  return hold(NONE);
}
struct object *generator_repr(struct object *o) {
  return str_format("<%T object %U at %p>", type_of(o), generator_of(o)->qualname, (void *)o);
}
static struct object *same(struct object *o) { return hold(o); }

static const struct method_def methods[] = {
    METHOD_ONE_("send", generator_method_send,
                "send(arg) -> send 'arg' into generator,\nreturn next yielded value or raise "
                "StopIteration."),
    METHOD_FAST_("throw", generator_method_throw,
                 "throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return "
                 "next yielded value or raise\nStopIteration."),
    METHOD_NOARGS_("close", generator_method_close,
                   "close() -> raise GeneratorExit inside generator."),
    METHOD_NOARGS_("__del__", generator_method_del, NULL),
    {.name = NULL}};

/* ---- Attributes ---- */

struct object *generator_get_frame(struct object *o, void *closure) {
  struct generator *g = generator_of(o);
  if (g->state == GENERATOR_ENDED)
    return hold(NONE);
  struct object *frame = frame_object_borrowed(&g->frame);
  return frame ? hold(frame) : NULL;
}
struct object *generator_get_running(struct object *o, void *closure) {
  return hold(bool_from(generator_of(o)->state == GENERATOR_RUNNING));
}
struct object *generator_get_suspended(struct object *o, void *closure) {
  return hold(bool_from(generator_of(o)->state == GENERATOR_SUSPENDED));
}
struct object *generator_get_delegate(struct object *o, void *closure) {
  struct object *delegate = generator_delegate_borrowed(generator_of(o));
  return hold(delegate ? delegate : NONE);
}
struct object *generator_get_text(struct object *o, void *closure) {
  return hold(closure ? generator_of(o)->qualname : generator_of(o)->name);
}
int generator_set_text(struct object *o, struct object *value, void *closure) {
  struct generator *g = generator_of(o);
  if (!value || !is_any_str(value)) {
    error_format(ERROR_TYPE, "%s must be set to a string object",
                 closure ? "__qualname__" : "__name__");
    return -1;
  }
  store(o, closure ? &g->qualname : &g->name, hold(value));
  return 0;
}

static const struct getset_def getsets[] = {GENERATOR_GETSETS("gi_", "gi_yieldfrom", "generator"),
                                            {"gi_running", generator_get_running},
                                            {"gi_suspended", generator_get_suspended},
                                            {NULL}};
static const struct member_def members[] = {GENERATOR_CODE_MEMBER("gi_"), {NULL}};
struct type generator_type =
    GENERATOR_TYPE_INIT("generator", .iter = same, .next = generator_next, .methods = methods,
                        .getsets = getsets, .members = members);
