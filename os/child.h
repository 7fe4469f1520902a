/* One child process, watched from its start to its end.
 *
 * The caller should be small: the kernel counts the memory of whoever called exec into the peak of
 * the program that exec started. The child leads a process group of its own, which is killed as a
 * whole; it dies with its parent. */
#pragma once
#include "os/usage.h"
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct child_request {
  char *const *argv;           /* argv[0] as for execvp */
  int stdout_fd, stderr_fd;    /* -1: /dev/null */
  int cpu;                     /* pinned to it; -1: wherever the parent may run */
  uint64_t time_limit_ns;      /* wall; 0: none */
  uint64_t memory_limit_bytes; /* resident; checked at each sample; 0: none */
  uint64_t output_limit_bytes; /* of each file it writes; 0: none */
  bool whole_tree; /* samples, the limit of memory and the wait cover all processes below it too */
  uint64_t sample_ns; /* interval of memory samples; 0: none, limits are checked at 10 ms */
  const volatile sig_atomic_t *stop; /* set by a signal handler: kill and return */
};

enum child_end {
  CHILD_EXITED,
  CHILD_SIGNALLED,
  CHILD_TIMEOUT,
  CHILD_MEMORY,
  CHILD_STOPPED,
  CHILD_NOT_STARTED,
};

struct child_sample {
  uint64_t time_ns; /* since start_ns */
  uint64_t rss_bytes, mapped_bytes;
};

/* Room for samples is fixed, so that the watcher does not grow. When it is full every second sample
 * is dropped and the interval doubled. */
enum { CHILD_SAMPLES = 2048 };

struct child_report {
  enum child_end end;
  int exit_code, signal, start_errno;
  uint64_t start_ns; /* wall clock, just before exec */
  uint64_t wall_ns;  /* from there to the end */
  uint64_t wait_ns;  /* main thread runnable but not running; UINT64_MAX: unknown */
  struct usage usage;
  uint64_t interval_ns; /* at the end */
  uint64_t watcher_cpu_ns;
  size_t n_samples;
  struct child_sample samples[CHILD_SAMPLES];
};

/* Runs a child to its end. The calling thread must be the only one and keep SIGCHLD at its default.
 * Signals that set *stop must be blocked by the caller; they are let in only while it waits. */
void child_run(const struct child_request *request, struct child_report *report);
const char *child_end_name(enum child_end end);
