/* Call paths, and forks: a sweep over all ways to a failing request within one run of a program; or
 * their numbers, for a run each where a fork can't be one (fault_paths_fork). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct fault_paths;

/* For paths of so many callers; NULL without memory. */
struct fault_paths *fault_paths_open(uint64_t callers);
void fault_paths_close(struct fault_paths *p);

/* Whether this thread's innermost callers have not stood in that order before. */
bool fault_paths_are_new(struct fault_paths *p);
/* Says on stderr "fault: request N comes in a new way". */
void fault_paths_tell(uint64_t n);
/* Forks. true: this is the child, in which request n shall fail. The parent waits until the child
 * has ended, and says how on stderr: "fault: request N ended with STATUS", minus the signal if one
 * ended it. A child that does not end is ended after a minute. For processes of one thread: others
 * are not in the child; and what the child writes into files and connections stays, and it has no
 * children to wait for. */
bool fault_paths_fork(uint64_t n);
