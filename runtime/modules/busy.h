/* Objects that work outside the GIL, one thread at a time each: a field of theirs, changed with the
 * GIL held, says which thread is at it.
 *
 * Two threads seldom work on one such object at once, so who comes second looks again from time to
 * time instead of being woken. */
#pragma once
#include "runtime/object/exception.h"
#include "runtime/vm/gil.h"
#include <time.h>

typedef const struct error_thread *busy_by; /* NULL: nobody */

/* Waits for another thread. What was read of the object before is old then. */
static inline void busy_wait(const busy_by *busy) {
  while (UNLIKELY(*(const volatile busy_by *)busy != NULL)) {
    gil_release();
    nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
    gil_acquire();
  }
}
/* Around the work. False with a RuntimeError for a thread that is at it already: memory ran out in
 * the middle, and a finaliser came back here. */
static inline bool busy_begin(busy_by *busy) {
  if (UNLIKELY(*busy == &error_thread)) {
    error_set(ERROR_RUNTIME, "reentrant call");
    return false;
  }
  busy_wait(busy);
  *busy = &error_thread;
  return true;
}
static inline void busy_end(busy_by *busy) { *busy = NULL; }
