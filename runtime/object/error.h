/* The pending error of the running thread. A function that reports failure has set it.
 *
 * What is set here is a kind and a text in a preallocated record of the thread, which takes no
 * memory; it becomes an exception object when somebody asks for that (exception.h, which also
 * raises exceptions that are objects from the start). */
#pragma once
#include <stdbool.h>

struct object;

/* One for each exception of Python: ERROR_TYPE, ERROR_VALUE, ERROR_MEMORY, ... */
enum error_kind {
  ERROR_NONE,
#define EXCEPTION(kind, name, base, layout, doc) ERROR_##kind,
#include "runtime/object/exceptions.def"
#undef EXCEPTION
  ERROR_KINDS_N
};

/* Replaces a pending error; messages are cut at 255 bytes. */
void error_set(enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold));
void *error_no_memory(void) __attribute__((cold)); /* sets ERROR_MEMORY; returns NULL */
/* The kind of the pending error: of an exception object, its nearest builtin type's. */
enum error_kind error_pending(void);
const char *error_message(void);              /* "" when none; valid until the next error_set */
const char *error_name(enum error_kind kind); /* as Python names the exception */
void error_clear(void);
/* For errors that nobody can catch (finalisers, callbacks): prints it on standard error with where
 * it happened, and clears it. */
void error_report(const char *where);
/* Finalisers and callbacks run in the middle of what others do: an error that is pending then waits
 * aside, and is pending again afterwards. */
struct error_saved { /* on the C stack */
  enum error_kind kind;
  struct object *raised; /* owned; NULL: kind and message are all there is */
  char message[256];
};
void error_save(struct error_saved *saved); /* leaves no error pending */
void error_restore(const struct error_saved *saved);
