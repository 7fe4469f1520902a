/* The processes below one: what a shell runs.
 *
 * Found through /proc/PID/task/TID/children at each look, so a process that starts and ends between
 * two looks is missed. Resident sizes are added up: pages that processes share count in each. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { TREE_MOST = 256 }; /* processes; those beyond are not looked at */

struct tree {
  struct tree_process {
    pid_t pid;
    uint64_t wait_ns; /* of its main thread, as of the last look */
  } seen[TREE_MOST];  /* every process that was ever seen */
  size_t n;
};

/* Adds the memory of all processes below `root`, without root's own. */
void tree_add_below(struct tree *tree, pid_t root, uint64_t *rss_bytes, uint64_t *mapped_bytes);
/* Time that they were runnable without running. */
uint64_t tree_wait_ns(const struct tree *tree);
