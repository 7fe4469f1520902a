/* Call paths, and forks: a sweep over all ways to a failing request within one run of a program. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct fault_paths;

/* For paths of so many callers; NULL without memory. */
struct fault_paths *fault_paths_open(uint64_t callers);
void fault_paths_close(struct fault_paths *p);

/* Whether this thread's innermost callers have not stood in that order before. */
bool fault_paths_are_new(struct fault_paths *p);
/* Forks. true: this is the child, in which request n shall fail. The parent waits until the child
 * has ended, and says how on stderr: "fault: request N ended with STATUS", minus the signal if one
 * ended it. A child that does not end is ended after a minute. For processes of one thread: others
 * are not in the child; and what the child writes into files stays. */
bool fault_paths_fork(uint64_t n);
