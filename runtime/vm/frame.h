/* Frames: control frames in a row of their own, windows on the value stack.
 *
 *   caller's variables | its operands ... callable | argument 0 ... | more variables | operands ...
 *                                         ^ result    ^ locals                         ^ base
 *
 * Invariant: slots in [result, sp) belong to the frame (NULL or a reference it owns); when it ends
 * they are dropped, and the result is put at `result`. Slots of the caller end there. */
#pragma once
#include "runtime/bytecode/code.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/vm/derive.h"

enum frame_flags {
  FRAME_ENTRY = 1,          /* ends the loop that runs it: C called */
  FRAME_GENERATOR = 2,      /* in a generator object */
  FRAME_CONSTRUCT = 4,      /* an __init__ called for a new instance, which stands at result[0] */
  FRAME_FOR = 8,            /* a generator resumed by FOR_ITER: its end is a jump there */
  FRAME_SEND = 16,          /* by SEND: likewise, its result being pushed */
  FRAME_OWNS_FUNCTION = 32, /* holds `function` */
  FRAME_OWNS_CODE = 64,     /* holds `code`, as the function has got another one; has an object */
  FRAME_TRACED = 128,       /* its end is told to trace and profile functions */
};

struct frame {
  const uint64_t *ip;      /* next word; exact at calls, errors and yields */
  struct object **locals;  /* variables: derived->variables of them */
  struct object **sp;      /* end of the slots in use */
  struct object **result;  /* see above */
  struct object **free;    /* where windows of callees may begin; NULL: at their arguments */
  struct derived *derived; /* of `code` */
  struct code *code;       /* borrowed: from the function or the generator */
  struct object *globals, *builtins; /* borrowed likewise */
  struct object *function;           /* borrowed; NULL: code run by vm_run_code */
  struct object *names;        /* locals() of modules and classes, borrowed; NULL: a function's */
  struct frame_object *object; /* owned; NULL: nobody asked for one */
  struct frame *previous;      /* who called */
  struct frame *next;          /* where the next control frame goes */
  uint32_t flags;
  uint32_t depth;       /* frames below, entries included */
  uint32_t traced_unit; /* traced streams: the instruction before; ~0: none yet */
};

/* What Python sees of a frame. While it runs it points to the frame; afterwards it keeps what it
 * needs: the variables as they were at the end. */
struct frame_object {
  struct object head;
  struct frame *frame; /* NULL: ended */
  struct object *code, *globals, *builtins;
  struct object *back;      /* frame object of the caller, once it has ended; NULL */
  struct object *locals;    /* dict: f_locals; NULL: not made */
  struct object *values;    /* tuple of the variables of an ended frame; NULL */
  struct object *trace;     /* f_trace; NULL: none */
  struct object *generator; /* whose frame it is, until that ends; not owned. tracing: a reference,
                               so that `frame` stays valid */
  int32_t last_instruction; /* bytes; of an ended frame */
  bool traces_lines, traces_opcodes; /* f_trace_lines, f_trace_opcodes */
  bool stays_traced; /* variables may be unbound where the plain stream does not test that */
};
extern struct type frame_type;

/* Variables of a call whose arguments are being bound: no frame has them yet. tracing family: what
 * is bound may be held by nothing else any more. */
struct frame_binding {
  struct object **first;
  size_t n;
  struct frame_binding *previous;
};

struct vm_stack {
  struct object **first, **end; /* the value stack */
  struct frame *frames, *frames_end;
  struct frame *top;             /* the running frame; NULL: none */
  struct frame_binding *binding; /* tracing family: the innermost; NULL: none */
};
extern struct vm_stack vm_stack; /* of the running thread: thread.h */

/* What the frames of a stack hold. */
void frame_visit_stack(const struct vm_stack *stack, gc_visit_fn *visit, void *context);

/* Frames that run the code of a function take hold of it, as the function gets another one. -1 with
 * an error. */
int frame_keep_code(struct object *function);

void frame_recursion_error(void); /* RecursionError: the limit, or a stack, is reached */
/* The same where variables in [first, end) have been bound already, which are dropped. */
void frame_refuse(struct object **first, struct object **end) __attribute__((cold));

/* The frame object of a frame, made if need be; borrowed; NULL when memory is exhausted. */
struct object *frame_object_borrowed(struct frame *f);
/* The frame ends: its object takes over what it needs. */
void frame_detach(struct frame *f) __attribute__((cold));
/* Byte offset of the instruction being run (f->ip is exact), and its line (-1: none). */
int32_t frame_last_instruction(const struct frame *f);
int32_t frame_line(const struct code *code, int32_t last_instruction);
/* locals(): a new reference; of a function the dict of f_locals, brought up to date. */
struct object *frame_locals(struct frame *f);
int32_t frame_object_line(struct object *frame_object, int32_t last_instruction);
struct object *frame_object_locals(struct object *frame_object);
/* What has been changed in f_locals goes back into the variables. -1 with an error. */
int frame_write_back(struct object *frame_object);

/* ---- super_arguments.c ---- */

/* super_find_arguments (attribute.h): of the running function. */
int super_arguments_of_frame(struct type **start, struct object **o);

/* ---- bind.c ---- */

/* Puts arguments into the window at `locals`: args are `n` positional values, then those for
 * kwnames. References of args are held anew, not taken; the function is held by the caller. d: of
 * the function's code. FRAME_OWNS_CODE: the function has got another code meanwhile, and the caller
 * now owns a reference to d->code; else 0, or -1 with CPython's TypeError: the window then holds
 * nothing. */
int bind_arguments(struct function *function, struct derived *d, struct object **locals,
                   struct object *const *args, size_t n, struct object *kwnames);

/* ---- interpret.c ---- */

void interpret_open(void);
/* Runs a FRAME_ENTRY frame that has been made the top, until it returns or yields. */
struct object *interpret(struct frame *f);
/* The same, but raising the pending error where the frame stands (generator.throw). */
struct object *interpret_raising(struct frame *f);
/* Runs a function's code without arguments, its names in a mapping (class bodies, modules). */
struct object *vm_run_in_frame(struct function *function, struct object *names);
/* Frames of functions for callers in C: function_entry. */
struct object *vm_call_function(struct object *function, struct object *const *args, size_t n,
                                struct object *kwnames);

/* ---- unwind.c ---- */

/* An error is pending in f; ip is behind the word that failed and decides on the handler; f->ip is
 * behind the one that is said to have failed (another one only where RERAISE restores it); f->sp is
 * exact. Adds a traceback entry, and when there is a handler, cuts the stack, pushes what the
 * handler expects and returns where it begins; else NULL. */
const uint64_t *unwind_to_handler(struct frame *f, const uint64_t *ip, bool is_reraise);
/* Whether an error in the word before f->ip would meet a handler. */
bool unwind_has_handler(const struct frame *f);

/* ---- predict.c ---- */

/* type_predict_attributes (runtime/object/instance.h). */
unsigned predict_attributes(struct type *t, struct object **names, unsigned max);

/* ---- specialize.c: each may rewrite the word at `at` ---- */

/* What STORE_ATTR_SLOT remembers of its slot. */
enum { STORE_INLINE, STORE_MEMBER };
void specialize_attribute(uint64_t *at, struct object *o, struct object *name);
void specialize_method(uint64_t *at, struct object *o, struct object *name);
void specialize_store(uint64_t *at, struct object *o, struct object *name);
void specialize_global(uint64_t *at, struct object *globals, struct object *builtins,
                       struct object *name);
/* FOR_ITER: `at` is followed by the word that takes what comes. */
void specialize_loop(uint64_t *at, const struct object *iterator);
/* The __init__ of a class whose instances come from object.__new__ and are given to a function in
 * Python; borrowed, and remembered in the class. NULL: it is no such class. */
struct function *class_init(struct type *t);
/* CALL of base[0], or base[1] where that is NULL, with n arguments behind base[1]. */
void specialize_call(uint64_t *at, struct object *const *base, size_t n);
