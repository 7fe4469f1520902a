/* From a raised exception to its handler. */
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/vm/thread.h"
#include "runtime/vm/trace.h"

static const struct derived_handler *find(const struct derived *d, uint32_t word) {
  for (uint32_t i = 0; i < d->handlers_n; i++)
    if (d->handlers[i].start <= word && word < d->handlers[i].end)
      return &d->handlers[i];
  return NULL;
}

static void add_traceback(struct frame *f) {
  int32_t last = frame_last_instruction(f);
  struct object *frame = frame_object_borrowed(f);
  if (!frame || traceback_add(frame, last, TRACEBACK_UNRESOLVED) < 0) {
    /* Without memory the exception goes on without this entry. */
  }
}

bool unwind_has_handler(const struct frame *f) {
  return find(f->derived, (uint32_t)(f->ip - f->derived->words) - 1) != NULL;
}

const uint64_t *unwind_to_handler(struct frame *f, const uint64_t *ip, bool is_reraise) {
  if (!is_reraise) {
    add_traceback(f);
    if (UNLIKELY(vm_thread->trace != NULL))
      trace_exception(f);
  }
  uint32_t word = (uint32_t)(ip - f->derived->words) - 1;
  const struct derived_handler *h = find(f->derived, word);
  if (!h)
    return NULL;
  struct object **floor = f->locals + f->derived->variables + h->depth;
  while (f->sp > floor) {
    struct object *o = *--f->sp;
    drop_null(o);
  }
  if (h->keeps_last) {
    struct object *last = int_from_i64(frame_last_instruction(f));
    *f->sp++ = last ? last : hold(&int_small[-INT_SMALL_MIN].head);
  }
  struct object *exception = error_fetch();
  *f->sp++ = exception ? exception : hold(NONE);
  return f->derived->words + h->target;
}
