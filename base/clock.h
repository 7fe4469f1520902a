/* Clocks, in nanoseconds. */
#pragma once
#include <stdint.h>
#include <time.h>

static inline uint64_t clock_read_ns(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
/* Wall time since an arbitrary start; never goes back. */
static inline uint64_t clock_wall_ns(void) { return clock_read_ns(CLOCK_MONOTONIC); }
/* CPU time of the calling thread / of the whole process. */
static inline uint64_t clock_thread_ns(void) { return clock_read_ns(CLOCK_THREAD_CPUTIME_ID); }
static inline uint64_t clock_process_ns(void) { return clock_read_ns(CLOCK_PROCESS_CPUTIME_ID); }
