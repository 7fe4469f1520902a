/* Threads: their stacks, their list, their beginning and end. */
#include "runtime/vm/thread.h"
#include "os/map.h"
#include "runtime/object/int.h"
#include "runtime/vm/signals.h"
#include "runtime/vm/vm.h"
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>

/* Address space only: memory comes with use. */
enum {
  MAIN_SLOTS = 1 << 26,
  MAIN_FRAMES = 1 << 21,
  OTHER_SLOTS = 1 << 22,
  OTHER_FRAMES = 1 << 17,
};

struct vm_stack vm_stack;
struct vm_thread *vm_thread, *vm_main_thread, *vm_threads;
void (*thread_ended)(struct vm_thread *t);
static uint64_t serials;

/* ---- Stacks ---- */

static void *map_room(size_t bytes) {
  void *room = map_reserve(bytes, 0);
  if (room && !map_commit(room, bytes)) {
    map_release(room, bytes);
    return NULL;
  }
  return room;
}

static bool map_stack(struct vm_stack *stack, size_t slots, size_t frames) {
  *stack = (struct vm_stack){0};
  if (!(stack->first = map_room(slots * sizeof *stack->first)))
    return false;
  if (!(stack->frames = map_room(frames * sizeof *stack->frames))) {
    map_release(stack->first, slots * sizeof *stack->first);
    stack->first = NULL;
    return false;
  }
  stack->end = stack->first + slots;
  stack->frames_end = stack->frames + frames;
  return true;
}

static void release_stack(struct vm_stack *stack) {
  if (stack->first) {
    map_release(stack->first, (size_t)((char *)stack->end - (char *)stack->first));
    map_release(stack->frames, (size_t)((char *)stack->frames_end - (char *)stack->frames));
  }
  *stack = (struct vm_stack){0};
}

/* ---- Threads ---- */

static struct vm_thread *make(size_t slots, size_t frames) {
  struct vm_thread *t = gc_buffer_new(sizeof *t);
  if (!t)
    return error_no_memory();
  memset(t, 0, sizeof *t);
  t->serial = int_from_u64(++serials);
  if (!t->serial || !map_stack(&t->stack, slots, frames)) {
    drop_null(t->serial);
    gc_buffer_free(t, sizeof *t);
    return error_no_memory();
  }
  t->next = vm_threads;
  vm_threads = t;
  return t;
}

static void unlink_thread(struct vm_thread *t) {
  for (struct vm_thread **link = &vm_threads; *link; link = &(*link)->next)
    if (*link == t) {
      *link = t->next;
      return;
    }
}

static struct object **references(struct vm_thread *t) { return &t->raise; }

static void drop_references(struct vm_thread *t) {
  for (size_t i = 0; i < VM_THREAD_REFERENCES; i++) {
    struct object *o = references(t)[i];
    references(t)[i] = NULL;
    drop_null(o);
  }
}

bool thread_open(void) {
  struct vm_thread *t = make(MAIN_SLOTS, MAIN_FRAMES);
  if (!t)
    return false;
  t->ident = (uint64_t)pthread_self();
  t->errors = &error_thread;
  t->is_started = true;
  vm_thread = vm_main_thread = t;
  vm_stack = t->stack;
  return true;
}

void thread_close(void) {
  struct vm_thread *t = vm_main_thread;
  if (!t)
    return;
  drop_references(t);
  unlink_thread(t);
  release_stack(&vm_stack);
  gc_buffer_free(t, sizeof *t);
  vm_thread = vm_main_thread = NULL;
}

struct vm_thread *thread_new(void) {
  struct vm_thread *t = make(OTHER_SLOTS, OTHER_FRAMES);
  if (t)
    t->coroutine_origin_depth = 0;
  return t;
}

void thread_discard(struct vm_thread *t) {
  drop_references(t);
  unlink_thread(t);
  release_stack(&t->stack);
  gc_buffer_free(t, sizeof *t);
}

void thread_enter(struct vm_thread *t) {
  gc_thread_attach();
  gil_enter(t);
  error_thread_attach();
  t->ident = (uint64_t)pthread_self();
  t->errors = &error_thread;
  t->is_started = true;
}

void thread_leave(void) {
  struct vm_thread *t = vm_thread;
  if (thread_ended)
    thread_ended(t);
  drop_references(t);
  error_thread_detach();
  unlink_thread(t);
  release_stack(&vm_stack);
  gc_buffer_free(t, sizeof *t);
  gc_thread_detach();
  gil_leave();
}

unsigned thread_raise(uint64_t ident, struct object *exception) {
  for (struct vm_thread *t = vm_threads; t; t = t->next)
    if (t->ident == ident && t->is_started) {
      struct object *before = t->raise;
      t->raise = exception ? hold(exception) : NULL;
      drop_null(before);
      if (t == vm_thread)
        interrupt_look_again();
      return 1;
    }
  return 0;
}

void thread_visit_roots(gc_visit_fn *visit, void *context) {
  for (struct vm_thread *t = vm_threads; t; t = t->next) {
    frame_visit_stack(t == vm_thread ? &vm_stack : &t->stack, visit, context);
    for (size_t i = 0; i < VM_THREAD_REFERENCES; i++)
      if (references(t)[i])
        visit(references(t)[i], context);
  }
}

/* Their objects are nobody's now: what held them has not run to its end, and never will. What
 * Python has of their frames stays, as it was at the fork; generators among them run for ever. */
static void leave_frames(const struct vm_stack *stack) {
  for (struct frame *f = stack->top, *previous; f; f = previous) {
    previous = f->previous;
    if (f->flags & FRAME_GENERATOR)
      f->previous = NULL;
    else if (f->object)
      frame_detach(f);
  }
}

void thread_after_fork(void) {
  struct vm_thread *me = vm_main_thread = vm_thread;
  me->ident = (uint64_t)pthread_self();
  for (struct vm_thread *t = vm_threads; t; t = t->next)
    if (t != me)
      leave_frames(&t->stack);
  unlink_thread(me);
  struct vm_thread *others = vm_threads;
  me->next = NULL;
  vm_threads = me;
  for (struct vm_thread *next; others; others = next) {
    next = others->next;
    thread_discard(others);
  }
}

/* ---- The C stack ---- */

enum { C_STACK_RESERVE = 256 << 10 };
static _Thread_local char *c_stack_limit;

static char *find_limit(void) {
  pthread_attr_t attributes;
  void *low;
  size_t bytes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0)
    return NULL;
  pthread_attr_getstack(&attributes, &low, &bytes);
  pthread_attr_destroy(&attributes);
  size_t reserve = bytes / 4 < C_STACK_RESERVE ? bytes / 4 : C_STACK_RESERVE;
  return (char *)low + reserve;
}

bool thread_c_stack_is_low(void) {
  if (UNLIKELY(!c_stack_limit))
    c_stack_limit = find_limit();
  return (char *)__builtin_frame_address(0) < c_stack_limit;
}

/* Touching the far end makes the kernel extend the stack, which it allows by the limit of that
 * moment; the limit itself stays what children should inherit. */
void thread_extend_c_stack(size_t bytes) {
  struct rlimit before, wide;
  if (getrlimit(RLIMIT_STACK, &before) < 0)
    return;
  wide = before;
  size_t room = bytes + (1 << 20);
  if (before.rlim_cur != RLIM_INFINITY && before.rlim_cur < room) {
    if (before.rlim_max != RLIM_INFINITY && before.rlim_max < room)
      return;
    wide.rlim_cur = room;
    if (setrlimit(RLIMIT_STACK, &wide) < 0)
      return;
  }
  char *here = __builtin_frame_address(0);
  *(volatile char *)(here - bytes) = 0;
  c_stack_limit = here - bytes + C_STACK_RESERVE;
  setrlimit(RLIMIT_STACK, &before);
}
