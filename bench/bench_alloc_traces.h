/* The traces of bench-alloc: `trace/NAME/alloc:SPEC`, one benchmark per recording and allocator. */
#pragma once
#include "workloads/traces/replay.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench_alloc_traces {
  const char *const *specs; /* allocators, NULL-terminated */
  const char *trace;        /* one more recording by its path, as trace/FILE-NAME; NULL: none */
  enum replay_touch touch;
  uint64_t iterations; /* runs per benchmark, each in an allocator opened for it; at least 1 */
};

/* Registers them. One iteration replays a whole recording; the clocks run while its events are
 * replayed, not while the file is read, nor while the blocks that the program never freed are
 * freed. False with a message. */
bool bench_alloc_traces_add(const struct bench_alloc_traces *settings, char *error,
                            size_t error_bytes);
/* After the last benchmark. */
void bench_alloc_traces_close(void);
