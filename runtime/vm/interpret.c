/* The loop: one function, whose handlers stand in loop_*.inc by subject; bodies that are long or rare
 * in operations.c. Here: how it begins, and what happens to errors.
 *
 * Registers of the loop: ip, sp, locals, consts, f (see README.md). In the tracing family the slots
 * below f->sp are the roots, so a value is taken off the stack only when it is not needed any more. */
#include "runtime/bytecode/opcode.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/range.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/generator.h"
#include "runtime/vm/loop_arithmetic.h"
#include "runtime/vm/loop_forms.h"
#include "runtime/vm/loop_frames.h"
#include "runtime/vm/operations.h"
#include "runtime/vm/places.h"
#include "runtime/vm/signals.h"
#include "runtime/vm/thread.h"
#include "runtime/vm/trace.h"
#include "runtime/vm/vm.h"
#include <string.h>

uint32_t word_handlers[WORDS_N];
union vm_attention vm_attention;

static int safepoint(void) {
  gc_safepoint();
  return vm_attention.event ? interrupt_handle() : 0;
}

static struct object *run(struct frame *f, bool raising);
struct object *interpret(struct frame *f) {
  return run(f, false);
}
struct object *interpret_raising(struct frame *f) {
  return run(f, true);
}

void interpret_open(void) { run(NULL, false); }

static struct object *run(struct frame *entered, bool raising) {
#if INTERPRET_GOTO
  if (!entered) {
#define WORD(name, caches)                                                                         \
  word_handlers[WORD_##name] = (uint32_t)(int32_t)((char *)&&op_##name - (char *)&&op_base);
    WORDS(WORD)
#undef WORD
    return NULL;
  }
#else
  if (!entered) {
    for (uint32_t i = 0; i < WORDS_N; i++)
      word_handlers[i] = i;
    return NULL;
  }
#endif
  register const uint64_t *ip LOOP_REGISTER("rbx");
  register struct object **sp LOOP_REGISTER("r12");
  register struct object **locals LOOP_REGISTER("r13");
  register struct frame *f LOOP_REGISTER("r14") = entered;
  struct object **consts;
  uint64_t w;
  struct object *r, *kwnames, **args, **base; /* of a call under way */
  struct object *fresh = NULL;                /* tracing: what arithmetic left on the stack last */
  struct function *fn;
  struct derived *d;
  size_t n;
  uint32_t flags;
  bool is_reraise, tells;
  LOAD_FRAME();
  if (UNLIKELY(raising)) {
    if (UNLIKELY(vm_attention.tracing)) {
      trace_enter_raising(f);
      LOAD_FRAME();
    }
    goto error;
  }
#if INTERPRET_GOTO
op_base:
  NEXT;
#else
dispatch:
  w = *ip++;
  switch ((enum word)(uint32_t)w) {
  case WORDS_N:
    break;
#endif

#include "runtime/vm/loop_variables.inc"
#include "runtime/vm/loop_arithmetic.inc"
#include "runtime/vm/loop_control.inc"
#include "runtime/vm/loop_attributes.inc"
#include "runtime/vm/loop_calls.inc"
#include "runtime/vm/loop_generators.inc"
#include "runtime/vm/loop_exceptions.inc"
#include "runtime/vm/loop_building.inc"
#include "runtime/vm/loop_patterns.inc"
#include "runtime/vm/loop_modules.inc"

#if !INTERPRET_GOTO
}
fatal("a word of the derived stream has no handler: %u", (unsigned)w);
#endif

leave_failed : /* an error of its own when the frame's work is done: no handler in it applies */
               is_reraise = false;
goto leave_by_error;
reraise : is_reraise = true;
goto unwind;
error_in_frame : /* f->ip and f->sp are exact already */
                 ip = f->ip;
sp = f->sp;
error : f->ip = ip;
f->sp = sp;
is_reraise = false;
unwind : for (;;) {
  const uint64_t *handler = unwind_to_handler(f, ip, is_reraise);
  if (handler) {
    f->ip = handler;
    LOAD_FRAME();
    NEXT;
  }
  if (UNLIKELY(f->flags & FRAME_TRACED))
    (void)trace_leave(f, NULL); /* an error of its own is pending then */
leave_by_error:;
  flags = f->flags;
  struct frame *below = f->previous;
  if (flags & FRAME_GENERATOR) {
    struct generator *g = generator_of_frame(f);
    generator_convert_stop(g);
    generator_leave(g, true);
  } else {
    drop_slots(f->locals + f->derived->variables, f->sp);
    pop_frame(f);
  }
  if (flags & FRAME_ENTRY)
    return NULL;
  f = below;
  ip = f->ip;
  is_reraise = false;
}
}
