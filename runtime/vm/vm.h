/* The interpreter: what the rest of the runtime and the programs call. */
#pragma once
#include "runtime/object/type.h"

/* After object_open and model_open; readies the types of this folder and of code objects. False
 * when memory is exhausted; vm_close must then be called all the same. */
bool vm_open(void);
void vm_close(void); /* before model_close */

/* Runs a code object without parameters (module, class body, exec). `locals` may be NULL: the
 * globals. `builtins` is taken from globals["__builtins__"] (a module or a dict), which is set to
 * vm_builtins if missing. NULL with the exception pending. */
struct object *vm_run_code(struct object *code, struct object *globals, struct object *locals);
/* The same with cells for its free variables: a tuple, or NULL. */
struct object *vm_run_code_in(struct object *code, struct object *globals, struct object *locals,
                              struct object *closure);
/* Runs the body of a class, a function without parameters, with its names in `namespace`. Returns
 * what the body returns: the cell of __class__, or None. */
struct object *vm_run_class_body(struct object *function, struct object *namespace);

/* The dict of module builtins, a root; set by whoever makes it. Takes the reference. */
extern struct object *vm_builtins;
void vm_set_builtins_taking(struct object *dict);

/* __import__'s work, set by whoever can import: NULL: ImportError. Borrows all. */
extern struct object *(*vm_import)(struct object *name, struct object *globals,
                                   struct object *locals, struct object *from, int64_t level);
/* builtins.__import__ as it was at the start, borrowed: while it is the one in builtins, vm_import
 * is called without it. NULL: unknown. */
extern struct object *vm_import_function;
/* `from module import name` where the module has no such attribute: a submodule on its way, or
 * NULL with the ImportError. Set with vm_import. */
extern struct object *(*vm_import_from)(struct object *module, struct object *name);

/* What becomes of the value of a statement at the prompt: set by sys, which calls sys.displayhook.
 * -1 with the error. */
extern int (*vm_display)(struct object *value);

/* sys.setrecursionlimit; frames of Python code, and entries from C into it. */
extern uint32_t vm_recursion_limit;
uint32_t vm_depth(void);

/* Of the running Python code, borrowed; NULL: none runs. */
struct object *vm_globals_borrowed(void);
struct object *vm_code_borrowed(void);
struct object *vm_locals(void); /* a new reference: locals() */
/* The frame object `back` levels up, made now; NULL without an error if there are not so many. */
struct object *vm_frame(uint32_t back);

/* What a safepoint must look at, in one word. `event`: something wants to run (signals.h); set by
 * threads and signal handlers. `tracing`: the running thread has a trace or profile function. */
extern union vm_attention {
  volatile uint16_t any;
  struct {
    volatile bool event, tracing;
  };
} vm_attention;
