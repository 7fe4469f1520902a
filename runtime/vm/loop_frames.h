/* Frames pushed and popped, and functions in C called, inside the loop and where C enters it. */
#pragma once
#include "runtime/object/attribute.h"
#include "runtime/vm/frame.h"
#include "runtime/vm/vm.h"

static inline struct object **free_slots(struct frame *f) {
  return f->free ? f->free : f->locals + f->derived->slots;
}

/* Makes the next control frame over a window whose arguments are in place; the function's code may
 * be another by now (FRAME_OWNS_CODE). NULL, without an error yet: frame_recursion_error,
 * frame_refuse. */
ALWAYS_INLINE struct frame *push_frame(struct frame *f, struct function *function,
                                       struct code *code, struct derived *d, struct object **result,
                                       struct object **locals, uint32_t bound, uint32_t flags) {
  struct frame *g = f ? f->next : vm_stack.frames;
  uint32_t depth = f ? f->depth + 1 : 1;
  if (UNLIKELY(depth > vm_recursion_limit) || UNLIKELY(g >= vm_stack.frames_end) ||
      UNLIKELY(locals + d->slots > vm_stack.end))
    return NULL;
  for (uint32_t i = bound; i < d->variables; i++)
    locals[i] = NULL;
  g->ip = d->words;
  g->locals = locals;
  g->sp = locals + d->variables;
  g->result = result;
  g->free = NULL;
  g->derived = d;
  g->code = code;
  g->globals = function->globals;
  g->builtins = function->builtins;
  g->function = &function->head;
  g->names = UNLIKELY(d->has_names) ? function->globals : NULL;
  g->object = NULL;
  g->previous = f;
  g->next = g + 1;
  g->flags = flags;
  g->depth = depth;
  vm_stack.top = g;
  return g;
}

/* Functions in C, called without a detour where what is called is one and the count of arguments
 * fits; else *called stays false and the general way tells what is wrong. */
ALWAYS_INLINE struct object *call_def_fast(const struct method_def *def, struct object *self,
                                           struct object *const *args, size_t n, bool *called) {
  unsigned form = def->flags & METHOD_FORM;
  if (UNLIKELY((form == METHOD_NOARGS && n != 0) || (form == METHOD_ONE && n != 1)))
    return NULL;
  *called = true;
  switch (form) {
  case METHOD_NOARGS:
    return def->noargs(self);
  case METHOD_ONE:
    return def->one(self, args[0]);
  case METHOD_FAST:
    return def->fast(self, args, n);
  default:
    return def->keywords(self, args, n, NULL);
  }
}
ALWAYS_INLINE struct object *call_c_fast(struct object *callable, struct object *const *args,
                                         size_t n, bool *called) {
  if (type_of(callable) == &method_descriptor_type) {
    const struct descriptor *method = (const struct descriptor *)callable;
    if (LIKELY(n > 0) && LIKELY(&type_of(args[0])->head == method->owner))
      return call_def_fast(method->method, args[0], args + 1, n - 1, called);
  } else if (type_of(callable) == &builtin_function_type) {
    const struct builtin_function *function = (const struct builtin_function *)callable;
    return call_def_fast(function->def, function->self, args, n, called);
  }
  return NULL;
}

static inline void drop_slots(struct object **first, struct object **end) {
  for (; GC_RC && first < end; first++) {
    struct object *o = *first;
    *first = NULL;
    drop_null(o);
  }
}

/* What a frame holds by itself, where nobody else does for as long as it runs. */
static inline void release_owned(struct frame *f) {
  if (f->flags & FRAME_OWNS_CODE)
    drop(&f->code->head);
  if (f->flags & FRAME_OWNS_FUNCTION)
    drop(f->function);
}

/* What died with the variables may have asked for the frame (a traceback through a generator that
 * was closed does): its object must not go on pointing here. It may have given the function another
 * code as well: then there is an object. */
ALWAYS_INLINE void end_frame(struct frame *f) {
  if (UNLIKELY(f->object != NULL))
    frame_detach(f);
  release_owned(f);
}
ALWAYS_INLINE void end_plain_frame(struct frame *f) { /* that had no flags before */
  if (UNLIKELY(f->object != NULL))
    end_frame(f);
}

/* A frame ends: what it owns is dropped. */
static inline void pop_frame(struct frame *f) {
  if (UNLIKELY(f->object != NULL))
    frame_detach(f);
  drop_slots(f->result, f->locals + f->derived->variables);
  end_frame(f);
  vm_stack.top = f->previous;
}
