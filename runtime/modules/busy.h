/* Objects that work outside the GIL, one thread at a time each: a flag of theirs, changed with the
 * GIL held, says that a thread is at it.
 *
 * Two threads seldom work on one such object at once, so who comes second looks again from time to
 * time instead of being woken. */
#pragma once
#include "base/bits.h"
#include "runtime/vm/gil.h"
#include <time.h>

/* May let other threads run: what was read of the object before is old. */
static inline void busy_wait(const bool *busy) {
  while (UNLIKELY(*(const volatile bool *)busy)) {
    gil_release();
    nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
    gil_acquire();
  }
}
/* Around the work without the GIL; called without and with it. */
static inline void busy_begin(bool *busy) {
  busy_wait(busy);
  *busy = true;
  gil_release();
}
static inline void busy_end(bool *busy) {
  gil_acquire();
  *busy = false;
}
