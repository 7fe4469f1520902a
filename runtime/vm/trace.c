/* Trace and profile functions: events, and the way of frames between their two streams. */
#include "runtime/vm/trace.h"
#include "runtime/bytecode/opcode.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/generator.h"
#include "runtime/vm/operations.h"
#include "runtime/vm/thread.h"
#include "runtime/vm/vm.h"

/* ---- Streams ---- */

static void use_traced(struct frame *f) {
  struct derived *plain = f->derived;
  if (plain->is_traced)
    return;
  struct derived *d = derive_traced(f->code);
  if (!d) { /* no memory: it goes on as it is */
    error_clear();
    return;
  }
  uint32_t word = (uint32_t)(f->ip - plain->words), unit = d->starts[word];
  f->traced_unit = word ? plain->to_canonical[word - 1] : ~0u;
  f->ip = d->words + (unit == ~0u ? d->words_n : d->from_canonical[unit]);
  f->derived = d;
}

/* At the start of a line, or of another part of the code where nothing is fused across. */
static void use_plain(struct frame *f, uint32_t unit) {
  struct derived *plain = f->derived->plain;
  f->ip = plain->words + plain->from_canonical[unit];
  f->derived = plain;
}

static bool is_on(const struct vm_thread *t) { return (t->trace || t->profile) && !t->is_tracing; }

/* Frames below belong to the same run of the loop up to one that C called. */
void trace_adopt(struct frame *f) {
  if (!is_on(vm_thread))
    return;
  struct error_saved pending;
  error_save(&pending);
  for (;; f = f->previous) {
    use_traced(f);
    if (f->flags & FRAME_ENTRY || !f->previous)
      break;
  }
  error_restore(&pending);
}

/* ---- Setting ---- */

/* What goes may run code as it dies, which must not set another one meanwhile. */
static int set(struct object **slot, bool *is_installing, struct object *function,
               const char *what) {
  if (*is_installing) {
    error_set(ERROR_RUNTIME,
              "Cannot install a %s function while another %s function is being installed", what,
              what);
    return -1;
  }
  struct object *before = *slot;
  *slot = function ? hold(function) : NULL;
  vm_attention.tracing = vm_thread->trace || vm_thread->profile;
  if (function)
    for (struct frame *f = vm_stack.top; f; f = f->previous)
      f->flags |= FRAME_TRACED;
  *is_installing = true;
  drop_null(before);
  *is_installing = false;
  return 0;
}
int trace_set(struct object *function) {
  return set(&vm_thread->trace, &vm_thread->is_installing_trace, function, "trace");
}
int trace_set_profile(struct object *function) {
  return set(&vm_thread->profile, &vm_thread->is_installing_profile, function, "profile");
}
struct object *trace_get_borrowed(void) {
  return vm_thread->trace;
}
struct object *trace_get_profile_borrowed(void) {
  return vm_thread->profile;
}

struct object *trace_call_tracing(struct object *function, struct object *args) {
  struct vm_thread *t = vm_thread;
  uint32_t before = t->is_tracing;
  uint8_t event = t->trace_event;
  t->is_tracing = 0;
  struct object *result = call_tuple_dict(function, args, NULL);
  t->is_tracing = before;
  t->trace_event = event;
  return result;
}

/* ---- Calling them ---- */

static struct object *name_of(enum trace_event event) {
  static const char *const names[] = {"call",   "exception",   "line",     "return",
                                      "c_call", "c_exception", "c_return", "opcode"};
  return str_intern(names[event]);
}

/* function(frame, event, argument), with the variables in f_locals before and after. */
static struct object *call_function(struct frame *f, struct object *function,
                                    enum trace_event event, struct object *argument) {
  struct object *fo = frame_object_borrowed(f), *name = fo ? name_of(event) : NULL;
  struct object *names = name ? frame_object_locals(fo) : NULL;
  if (!names)
    return NULL;
  drop(names);
  struct vm_thread *t = vm_thread;
  uint8_t before = t->trace_event;
  t->trace_event = (uint8_t)event;
  t->is_tracing++;
  hold(fo);
  hold(function);
  struct object *const args[] = {fo, name, argument ? argument : NONE};
  struct object *result = call_object(function, args, 3, NULL);
  if (result && frame_write_back(fo) < 0) {
    drop(result);
    result = NULL;
  } else if (!result) {
    struct error_saved raised;
    error_save(&raised);
    if (frame_write_back(fo) < 0)
      error_clear();
    error_restore(&raised);
    int32_t last = frame_last_instruction(f);
    (void)!traceback_add(fo, last, TRACEBACK_UNRESOLVED); /* without memory it lacks this */
  }
  drop(function);
  drop(fo);
  t->is_tracing--;
  t->trace_event = before;
  return result;
}

/* One that raised is gone; its error stays. */
static void forget(struct object **slot) {
  struct error_saved raised;
  error_save(&raised);
  struct object *before = *slot;
  *slot = NULL;
  vm_attention.tracing = vm_thread->trace || vm_thread->profile;
  drop_null(before);
  error_restore(&raised);
}

/* The trace function answers with the one for this frame's other events. */
static int tell_tracer(struct frame *f, enum trace_event event, struct object *argument) {
  struct vm_thread *t = vm_thread;
  if (!t->trace || t->is_tracing)
    return 0;
  struct object *function = event == TRACE_CALL ? t->trace : f->object ? f->object->trace : NULL;
  if (!function)
    return 0;
  struct object *result = call_function(f, function, event, argument);
  if (!result) {
    forget(&t->trace);
    if (f->object)
      store(&f->object->head, &f->object->trace, NULL);
    return -1;
  }
  if (result != NONE && f->object)
    store(&f->object->head, &f->object->trace, result);
  else
    drop(result);
  return 0;
}

static int tell_profiler(struct frame *f, enum trace_event event, struct object *argument) {
  struct vm_thread *t = vm_thread;
  if (!t->profile || t->is_tracing)
    return 0;
  struct object *result = call_function(f, t->profile, event, argument);
  if (!result) {
    forget(&t->profile);
    return -1;
  }
  drop(result);
  return 0;
}

/* ---- Events of the loop ---- */

int trace_enter(struct frame *f) {
  if (!is_on(vm_thread))
    return 0;
  bool from_start = f->ip - f->derived->words > 0 && word_argument(f->ip[-1]) == 0;
  struct error_saved none;
  error_save(&none);
  use_traced(f);
  error_restore(&none);
  f->flags |= FRAME_TRACED;
  f->traced_unit = from_start ? ~0u : f->derived->to_canonical[f->ip - 1 - f->derived->words];
  return tell_tracer(f, TRACE_CALL, NULL) < 0 || tell_profiler(f, TRACE_CALL, NULL) < 0 ? -1 : 0;
}

void trace_enter_raising(struct frame *f) {
  struct error_saved pending;
  error_save(&pending);
  if (trace_enter(f) < 0)
    drop_null(pending.raised);
  else
    error_restore(&pending);
}

int trace_instruction(struct frame *f, uint32_t argument) {
  uint32_t unit = argument >> 1, before = f->traced_unit;
  struct vm_thread *t = vm_thread;
  struct frame_object *fo = f->object;
  f->traced_unit = unit;
  if (!t->trace && !t->profile) {
    if (argument & 1 && !(fo && fo->stays_traced))
      use_plain(f, unit);
    return 0;
  }
  if (!t->trace || t->is_tracing || !fo || !fo->trace)
    return 0;
  const int32_t *lines = f->derived->lines;
  int32_t line = lines[unit];
  const uint64_t *ip = f->ip;
  if (line >= 0 && fo->traces_lines) {
    int32_t last_line = before == ~0u ? -1 : lines[before];
    const unsigned char *code = bytes_data(f->code->code);
    if (line != last_line || (before != ~0u && unit < before && code[2 * unit] != OP_SEND)) {
      if (tell_tracer(f, TRACE_LINE, NULL) < 0)
        return -1;
      if (f->ip != ip) /* f_lineno was set */
        return 0;
    }
  }
  return fo->traces_opcodes && f->object && f->object->trace ? tell_tracer(f, TRACE_OPCODE, NULL)
                                                             : 0;
}

/* Both are told what happens while an error is pending; theirs replace it. */
static int tell_protected(struct frame *f, enum trace_event event, struct object *argument,
                          int (*tell)(struct frame *, enum trace_event, struct object *)) {
  struct error_saved pending;
  error_save(&pending);
  if (tell(f, event, argument) < 0) {
    drop_null(pending.raised);
    return -1;
  }
  error_restore(&pending);
  return 0;
}

int trace_leave(struct frame *f, struct object *result) {
  return tell_protected(f, TRACE_RETURN, result, tell_tracer) < 0 ||
                 tell_protected(f, TRACE_RETURN, result, tell_profiler) < 0
             ? -1
             : 0;
}

void trace_exception(struct frame *f) {
  if (!is_on(vm_thread) || !vm_thread->trace || !f->object || !f->object->trace)
    return;
  struct object *raised = error_fetch();
  struct object *traceback = exception_traceback_borrowed(raised);
  struct object *triple =
      tuple_pack(3, &type_of(raised)->head, raised, traceback ? traceback : NONE);
  int told = triple ? tell_tracer(f, TRACE_EXCEPTION, triple) : -1;
  drop_null(triple);
  if (told < 0)
    drop(raised);
  else
    error_restore_taking(raised);
}

/* ---- Functions in C ---- */

/* What is told of: builtin functions, and methods of builtin types, which are bound for it. New
 * reference; NULL without an error: nothing is told. */
static struct object *told_of(struct object *callable, struct object *const *args, size_t n) {
  if (!vm_thread->profile || vm_thread->is_tracing)
    return NULL;
  if (type_of(callable) == &builtin_function_type)
    return hold(callable);
  if (type_of(callable) != &method_descriptor_type || n == 0)
    return NULL;
  return type_of(callable)->descr_get(callable, args[0], &type_of(args[0])->head);
}

static struct object *tell_result(struct frame *f, struct object *about, struct object *result) {
  if (!result) {
    tell_protected(f, TRACE_C_EXCEPTION, about, tell_profiler);
  } else if (tell_profiler(f, TRACE_C_RETURN, about) < 0) {
    drop(result);
    result = NULL;
  }
  drop(about);
  return result;
}

struct object *trace_c_call(struct frame *f, struct object *callable, struct object *const *args,
                            size_t n, struct object *kwnames) {
  struct object *about = told_of(callable, args, call_count(n));
  if (!about)
    return error_pending() != ERROR_NONE ? NULL : call_object(callable, args, n, kwnames);
  if (tell_profiler(f, TRACE_C_CALL, about) < 0) {
    drop(about);
    return NULL;
  }
  return tell_result(f, about, call_object(callable, args, n, kwnames));
}

struct object *trace_c_call_ex(struct frame *f, struct object *callable, struct object **args,
                               struct object *kwargs) {
  size_t n = is_tuple(*args) ? tuple_length(*args) : 0;
  struct object *about = told_of(callable, n ? ((struct tuple *)*args)->items : NULL, n);
  if (!about)
    return error_pending() != ERROR_NONE ? NULL : operation_call_ex(callable, args, kwargs);
  if (tell_profiler(f, TRACE_C_CALL, about) < 0) {
    drop(about);
    return NULL;
  }
  return tell_result(f, about, operation_call_ex(callable, args, kwargs));
}
