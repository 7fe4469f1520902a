/* The pending error of the running thread. Core types set it; the interpreter turns it into an
 * exception object. A function that reports failure has set it.
 *
 * The record is a preallocated one per thread: reporting that memory is exhausted takes no memory.
 */
#pragma once
#include <stdbool.h>

enum error_kind {
  ERROR_NONE,
  ERROR_MEMORY,
  ERROR_TYPE,
  ERROR_VALUE,
  ERROR_INDEX,
  ERROR_KEY,
  ERROR_OVERFLOW,
  ERROR_RUNTIME,
  ERROR_RECURSION,
};

/* Replaces a pending error; messages are cut at 255 bytes. */
void error_set(enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold));
void *error_no_memory(void) __attribute__((cold)); /* sets ERROR_MEMORY; returns NULL */
enum error_kind error_pending(void);
const char *error_message(void);              /* "" when none; valid until the next error_set */
const char *error_name(enum error_kind kind); /* as Python names the exception */
void error_clear(void);
/* For errors that nobody can catch (finalisers, callbacks): prints it on standard error with where
 * it happened, and clears it. */
void error_report(const char *where);
/* Finalisers and callbacks run in the middle of what others do: an error that is pending then waits
 * aside, and is pending again afterwards. */
struct error_saved {
  enum error_kind kind;
  char message[256];
};
void error_save(struct error_saved *saved); /* leaves no error pending */
void error_restore(const struct error_saved *saved);
