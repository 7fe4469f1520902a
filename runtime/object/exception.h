/* Exception objects, and the raised and handled exceptions of a thread.
 *
 * A raised exception is one object: its type is its type, its traceback hangs on it. Errors that C
 * code sets by error_set (error.h) are kept as kind and text until somebody asks for the object.
 *
 * Handled exceptions (sys.exc_info) form a stack of items; a generator has one of its own, which is
 * linked in while it runs. Raising during handling sets __context__ to the innermost handled one,
 * breaking a cycle as CPython does. */
#pragma once
#include "runtime/object/type.h"
#include <stdarg.h>

/* The references from `dict` on are one span, with those that a layout adds. __notes__ lives in the
 * dict. */
struct exception_plain {
  struct object head;
  uint64_t suppress_context; /* 0 or 1 */
  struct object *dict;       /* NULL: none yet */
  struct object *args;       /* tuple */
  struct object *traceback;  /* NULL: none */
  struct object *context, *cause;
};
struct exception_group {
  struct exception_plain plain;
  struct object *message, *exceptions; /* str, tuple */
};
struct exception_system_exit {
  struct exception_plain plain;
  struct object *code;
};
struct exception_stop_iteration {
  struct exception_plain plain;
  struct object *value;
};
struct exception_attribute {
  struct exception_plain plain;
  struct object *object, *name;
};
struct exception_name {
  struct exception_plain plain;
  struct object *name;
};
struct exception_import {
  struct exception_plain plain;
  struct object *message, *name, *path;
};
struct exception_os {
  struct exception_plain plain;
  struct object *error_number, *text, *filename, *filename2;
  int64_t written; /* BlockingIOError.characters_written; -1: not set */
};
struct exception_syntax {
  struct exception_plain plain;
  struct object *message, *filename, *line, *offset, *end_line, *end_offset, *text, *print_file;
};
struct exception_unicode {
  struct exception_plain plain;
  struct object *encoding, *object, *reason;
  int64_t start, end;
};

/* The type of each kind; ERROR_NONE has none. */
struct type *exception_type(enum error_kind kind);
/* The kind of the nearest builtin exception type; ERROR_NONE: t is no exception. */
enum error_kind exception_kind_of_type(const struct type *t);
/* A MemoryError without arguments: from a stock made at opening while it lasts, then one that all
 * share. Never NULL. */
struct object *exception_memory_error(void);
/* Whether a raised thing matches what an except clause names: a class or a tuple of classes. The
 * caller has checked that these are exception classes. */
static inline bool exception_is_class(const struct object *o) {
  return is_type(o) && (((const struct type *)o)->flags & TYPE_IS_EXCEPTION);
}
bool exception_matches(struct object *exception_or_type, struct object *classes);

/* ---- Raising ---- */

/* Raises an exception object, taking it; replaces a pending one. Sets __context__. */
void error_raise_taking(struct object *exception);
/* Raises it again as it is: its __context__ stays. */
void error_restore_taking(struct object *exception);
/* A new instance of an exception class, as `raise type(value)` makes it; NULL with an error. */
struct object *exception_instantiate(struct object *type, struct object *value);
/* What `raise type(value)` does: value NULL or NONE: type(); a tuple: type(*value); an instance of
 * type: itself; else type(value). */
void error_set_object(struct object *type, struct object *value);
/* printf's formats, of any length, as UTF-8; further %R (repr of a struct object *), %S (str), %N
 * (name of the type of a struct object *), %T (name of a struct type *), %U (a str as it is). */
void *error_format(enum error_kind kind, const char *format, ...) __attribute__((cold));
/* The same for a class of exceptions that has no kind of its own; no error may be pending. */
void *error_format_of(struct object *type, const char *format, ...) __attribute__((cold));
struct object *str_format(const char *format, ...);
struct object *str_format_list(const char *format, va_list arguments);
struct object *str_encode_utf8(struct object *s); /* bytes; lone surrogates as they are */
void *error_key(struct object *key);              /* KeyError(key); returns NULL, as all below */
void *error_stop_iteration(struct object *value); /* NULL: StopIteration() */
void *error_name_not_defined(struct object *name, const char *format); /* NameError, %U the name */
void *error_unbound_local(struct object *name, const char *format);    /* likewise */
void *error_import(struct object *message, struct object *name, struct object *path,
                   bool not_found);
void *error_errno(int error_number, struct object *filename, struct object *filename2);
/* The next error's cause is the pending one: `raise ... from` in C. */
void error_set_from_pending(enum error_kind kind, const char *format, ...) __attribute__((cold));

/* ---- The pending exception ---- */

/* The exception object of the pending error, taken out: no error is pending then. NULL: none was.
 */
struct object *error_fetch(void);
struct object *error_pending_borrowed(void); /* left pending; NULL: none */
bool error_matches(enum error_kind kind);    /* the pending one is of that type or below */
bool error_matches_type(struct type *t);
/* Clears a pending error of that kind: true if it was one. */
bool error_clear_if(enum error_kind kind);
/* After a `next` that gave NULL: whether by an error; a StopIteration is none, and is cleared. */
static inline bool iterate_failed(void) {
  return error_pending() != ERROR_NONE && !error_clear_if(ERROR_STOP_ITERATION);
}
/* Prints "Exception ignored in: ..." through the hook (sys.unraisablehook), or plainly; clears. */
void error_report_object(struct object *where);
extern void (*error_unraisable_hook)(struct object *exception, const char *message,
                                     struct object *where);

/* ---- Handled exceptions ---- */

struct error_handled {
  struct object *value; /* the exception being handled; NULL or NONE: none */
  struct error_handled *previous;
};
/* What the object core keeps per thread. Threads other than the opening one call
 * error_thread_attach before they touch the heap, and detach. */
struct error_thread {
  struct object *raised;         /* the pending exception, once it is an object */
  enum error_kind kind;          /* ERROR_NONE: nothing is pending */
  struct error_handled *handled; /* top of the stack */
  struct error_handled bottom;
  struct error_thread *next, *previous;
  bool is_attached;
  char message[256]; /* of a pending error that is no object yet */
};
extern _Thread_local struct error_thread error_thread;
void error_thread_attach(void);
void error_thread_detach(void);
void error_thread_after_fork(void); /* in the child: the other threads are gone */
/* The innermost exception that is being handled; NULL: none. */
struct object *error_handled_borrowed(void);
/* Visits what the threads hold: for host_visit_roots. */
void error_visit_roots(gc_visit_fn *visit, void *context);

/* ---- Exception objects ---- */

struct object *exception_new(enum error_kind kind, struct object *message); /* NULL: no args */
struct object *exception_args_borrowed(const struct object *exception);
void exception_set_cause_taking(struct object *exception, struct object *cause); /* may be NULL */
void exception_set_context_taking(struct object *exception, struct object *context);
struct object *exception_traceback_borrowed(const struct object *exception);
void exception_set_traceback(struct object *exception, struct object *traceback);
struct object *exception_group_derive(struct object *group, struct object *exceptions);
/* except*: splits by classes: *matching and *rest, owned, NULL where empty. */
int exception_group_split(struct object *group, struct object *classes, struct object **matching,
                          struct object **rest);

/* The part of a group whose leaves are leaves of the exceptions in the list `kept`, too; *result is
 * owned, NULL where empty. */
int exception_group_keep(struct object *group, struct object *kept, struct object **result);

/* ---- Tracebacks ---- */

extern struct type traceback_type;
extern struct type *traceback_frame_type; /* of `frame`: set by the interpreter; NULL: any */
struct traceback {
  struct object head;
  struct object *next, *frame; /* next NULL: the innermost */
  int32_t last_instruction;    /* tb_lasti, in bytes */
  int32_t line;                /* TRACEBACK_UNRESOLVED: traceback_line asks for it */
};
enum { TRACEBACK_UNRESOLVED = -2 };
int32_t traceback_line(const struct traceback *t); /* -1: none */
/* The line of an instruction of a frame object; set by the interpreter. */
extern int32_t (*traceback_find_line)(struct object *frame, int32_t last_instruction);
struct object *traceback_new(struct object *next, struct object *frame, int32_t last_instruction,
                             int32_t line);
/* Puts one more level in front of the pending exception's traceback. -1: no memory. */
int traceback_add(struct object *frame, int32_t last_instruction, int32_t line);
