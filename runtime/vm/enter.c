/* From C into the loop: calls of Python functions, and code that runs with its names in a mapping.
 */
#include "runtime/vm/loop_frames.h"
#include "runtime/vm/thread.h"

struct object *vm_call_function(struct object *function, struct object *const *args, size_t n,
                                struct object *kwnames) {
  n = call_count(n);
  struct function *fn = (struct function *)function;
  struct frame *f = vm_stack.top;
  hold(function); /* the caller may have found it where it can be replaced */
  struct object *result = NULL, **window = f ? free_slots(f) : vm_stack.first;
  struct derived *d = derived_of_function(fn);
  if (UNLIKELY(!d))
    goto done;
  if (UNLIKELY(thread_c_stack_is_low()) || UNLIKELY(window + d->slots > vm_stack.end)) {
    frame_recursion_error();
    goto done;
  }
  uint32_t bound = d->argcount, flags = FRAME_ENTRY;
  if (d->is_simple && n == bound && !kwnames) {
    for (size_t i = 0; i < n; i++)
      window[i] = hold(args[i]);
  } else {
    int changed = bind_arguments(fn, d, window, args, n, kwnames);
    if (changed < 0)
      goto done;
    flags |= (uint32_t)changed;
    bound = d->variables;
  }
  struct frame *g = push_frame(f, fn, d->code, d, window, window, bound, flags);
  if (LIKELY(g != NULL)) {
    result = interpret(g);
  } else {
    frame_refuse(window, window + bound);
    if (flags & FRAME_OWNS_CODE)
      drop(&d->code->head);
  }
done:
  drop(function);
  return result;
}

struct object *vm_run_in_frame(struct function *fn, struct object *names) {
  struct frame *f = vm_stack.top;
  struct derived *d = derived_of_function(fn);
  if (!d)
    return NULL;
  struct object **window = f ? free_slots(f) : vm_stack.first;
  if (thread_c_stack_is_low()) {
    frame_recursion_error();
    return NULL;
  }
  struct frame *g = push_frame(f, fn, d->code, d, window, window, 0, FRAME_ENTRY);
  if (!g) {
    frame_recursion_error();
    return NULL;
  }
  g->names = names;
  return interpret(g);
}
