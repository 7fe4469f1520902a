/* Frames as collectors and tracebacks see them: roots, and where each stands. */
#include "runtime/bytecode/locations.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/vm/generator.h"
#include "runtime/vm/thread.h"
#include "runtime/vm/vm.h"

/* rc: variables only, for the operands of a frame in the middle of an instruction may have been
 * dropped already; the counts know them. tracing: all that is in use. A generator's own slots are
 * visited with the generator, which the frame below holds. */
void frame_visit_stack(const struct vm_stack *stack, gc_visit_fn *visit, void *context) {
  for (struct frame *f = stack->top; f; f = f->previous) {
    struct object **end = GC_RC ? f->locals + f->derived->variables : f->sp;
    for (struct object **slot = f->result; slot < end; slot++)
      if (*slot)
        visit(*slot, context);
    if (f->object)
      visit(&f->object->head, context);
    if (f->function)
      visit(f->function, context);
    if (f->names)
      visit(f->names, context);
    if (f->flags & FRAME_OWNS_CODE)
      visit(&f->code->head, context);
    if (f->flags & FRAME_GENERATOR)
      visit(&generator_of_frame(f)->head, context);
  }
  for (const struct frame_binding *b = GC_RC ? NULL : stack->binding; b; b = b->previous)
    for (size_t i = 0; i < b->n; i++)
      if (b->first[i])
        visit(b->first[i], context);
}

/* A frame without an object whose code goes away, or with one; NULL: there is none (any more). */
static struct frame *next_of_function(struct frame *f, const struct object *function, bool object) {
  const struct object *code = ((const struct function *)function)->code;
  while (f && (f->function != function || &f->code->head != code || (f->object != NULL) != object ||
               f->flags & (FRAME_GENERATOR | FRAME_OWNS_CODE)))
    f = f->previous;
  return f;
}
static struct frame *top_of(const struct vm_thread *t) {
  return t == vm_thread ? vm_stack.top : t->stack.top;
}

/* Each gets an object, for only then does a frame that is ending already look at what it owns.
 * Making one may run code, and let other threads run: the search then begins anew. */
int frame_keep_code(struct object *function) {
  struct frame *f;
  for (struct vm_thread *t = vm_threads; t;)
    if (!(f = next_of_function(top_of(t), function, false)))
      t = t->next;
    else if (frame_object_borrowed(f))
      t = vm_threads;
    else
      return -1;
  for (struct vm_thread *t = vm_threads; t; t = t->next)
    for (f = top_of(t); (f = next_of_function(f, function, true)); f = f->previous) {
      f->flags |= FRAME_OWNS_CODE;
      hold(&f->code->head);
    }
  return 0;
}

int32_t frame_last_instruction(const struct frame *f) {
  if (f->ip <= f->derived->words)
    return -1;
  return (int32_t)(2 * f->derived->to_canonical[f->ip - 1 - f->derived->words]);
}

int32_t frame_line(const struct code *code, int32_t last_instruction) {
  struct location_reader reader =
      location_read(bytes_data(code->linetable), bytes_length(code->linetable), code->firstlineno);
  struct location where;
  if (last_instruction < 0)
    return code->firstlineno;
  while (location_next(&reader, &where))
    if ((uint32_t)last_instruction / 2 < reader.stop)
      return where.line;
  return -1;
}

void frame_recursion_error(void) { error_set(ERROR_RECURSION, "maximum recursion depth exceeded"); }
