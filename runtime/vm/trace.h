/* Trace and profile functions: sys.settrace, sys.setprofile.
 *
 * No handler of the loop tests for them. While a thread has one, vm_attention.tracing makes its
 * frames come here at safepoints: at the start of a function the frame is moved to the traced
 * stream of its code (derive.h), which has a word TRACE in front of each instruction and words of
 * its own for calls; frames that run already follow at their next call or backward jump. Ends of
 * frames are told through FRAME_TRACED. Without a function frames move back at the next line. */
#pragma once
#include "runtime/vm/frame.h"

enum trace_event {
  TRACE_CALL,
  TRACE_EXCEPTION,
  TRACE_LINE,
  TRACE_RETURN,
  TRACE_C_CALL,
  TRACE_C_EXCEPTION,
  TRACE_C_RETURN,
  TRACE_OPCODE,
  TRACE_NONE
};

/* Of the running thread; NULL: none. -1: RuntimeError, one is being set already. */
int trace_set(struct object *function);
int trace_set_profile(struct object *function);
struct object *trace_get_borrowed(void);
struct object *trace_get_profile_borrowed(void);
/* sys.call_tracing: calls with tracing on although a trace function is being called. */
struct object *trace_call_tracing(struct object *function, struct object *args);

/* ---- for the loop; f->ip and f->sp are exact, and may be others afterwards ---- */

/* At RESUME: `call`. */
int trace_enter(struct frame *f) __attribute__((cold));
/* Where an exception is thrown into a generator, pending: likewise; what a function raises takes its
 * place. */
void trace_enter_raising(struct frame *f) __attribute__((cold));
/* At other safepoints: the frame and its callers go over to traced streams. Changes f->ip only. */
void trace_adopt(struct frame *f) __attribute__((cold));
/* At TRACE: `line` and `opcode`. `argument`: of the word. */
int trace_instruction(struct frame *f, uint32_t argument) __attribute__((cold));
/* `return`: -1 when a function raised. Without a result (NULL), an exception is pending: it stays,
 * unless a function replaces it. */
int trace_leave(struct frame *f, struct object *result) __attribute__((cold));
/* `exception`: the pending one; likewise. */
void trace_exception(struct frame *f) __attribute__((cold));
/* A call that may be one of a function in C: c_call and its relatives. As call_object; kwnames may
 * be NULL. */
struct object *trace_c_call(struct frame *f, struct object *callable, struct object *const *args,
                            size_t n, struct object *kwnames) __attribute__((cold));
/* The same for f(*args, **kwargs): operation_call_ex. */
struct object *trace_c_call_ex(struct frame *f, struct object *callable, struct object **args,
                               struct object *kwargs) __attribute__((cold));
