/* What a process has used: CPU time, faults, memory, waiting. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct usage {
  uint64_t user_ns, system_ns; /* the kernel rounds both to microseconds */
  uint64_t minor_faults, major_faults;
  uint64_t voluntary_switches, involuntary_switches;
  uint64_t peak_rss_bytes; /* inherited over exec: a floor is the RSS of whoever called exec */
};

void usage_from_rusage(const struct rusage *from, struct usage *to);
void usage_read_self(struct usage *to);

/* Resident and mapped bytes from an open /proc/PID/statm, one pread each time; false at the end of
 * the process. The kernel keeps the resident count per CPU, so it may lag by some pages. */
bool usage_read_statm(int statm_fd, uint64_t *rss_bytes, uint64_t *mapped_bytes);
/* Time that the thread ran and that it was runnable without running. Works on zombies too, so that
 * a parent can read it between the end of a child and wait. False where the kernel has no
 * schedstat. */
bool usage_read_schedstat(pid_t pid, uint64_t *run_ns, uint64_t *wait_ns);

/* The sum over all mappings, /proc/PID/smaps_rollup: exact, but it walks the page tables while
 * holding the lock that the process needs for page faults. Not for timed runs. */
struct usage_smaps {
  uint64_t rss_bytes, pss_bytes, private_dirty_bytes, anonymous_bytes, huge_bytes, swap_bytes;
};
bool usage_read_smaps(pid_t pid, struct usage_smaps *to);
