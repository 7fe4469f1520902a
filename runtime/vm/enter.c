/* From C into the loop: calls of Python functions, and code that runs with its names in a mapping.
 */
#include "runtime/vm/loop_frames.h"
#include "runtime/vm/thread.h"

struct object *vm_call_function(struct object *function, struct object *const *args, size_t n,
                                struct object *kwnames) {
  n = call_count(n);
  struct function *fn = (struct function *)function;
  struct frame *f = vm_stack.top;
  struct derived *d = derived_of((struct code *)fn->code);
  if (!d)
    return NULL;
  struct object **window = f ? free_slots(f) : vm_stack.first;
  if (UNLIKELY(thread_c_stack_is_low()) || UNLIKELY(window + d->slots > vm_stack.end)) {
    frame_recursion_error();
    return NULL;
  }
  uint32_t bound = d->argcount;
  if (d->is_simple && n == bound && !kwnames) {
    for (size_t i = 0; i < n; i++)
      window[i] = hold(args[i]);
  } else {
    if (bind_arguments(fn, window, args, n, kwnames) < 0)
      return NULL;
    bound = d->variables;
  }
  struct frame *g = push_frame(f, fn, d, window, window, bound, FRAME_ENTRY);
  if (!g) {
    drop_slots(window, window + bound);
    return NULL;
  }
  hold(function); /* the caller may have found it where it can be replaced */
  struct object *result = interpret(g);
  drop(function);
  return result;
}

struct object *vm_run_in_frame(struct function *fn, struct object *names) {
  struct frame *f = vm_stack.top;
  struct derived *d = derived_of((struct code *)fn->code);
  if (!d)
    return NULL;
  struct object **window = f ? free_slots(f) : vm_stack.first;
  if (thread_c_stack_is_low()) {
    frame_recursion_error();
    return NULL;
  }
  struct frame *g = push_frame(f, fn, d, window, window, 0, FRAME_ENTRY);
  if (!g)
    return NULL;
  g->names = names;
  return interpret(g);
}
