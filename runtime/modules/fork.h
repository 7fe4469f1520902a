/* Forking with Python's callbacks around it (os.register_at_fork). */
#pragma once
#include "runtime/object/object.h"
#include <sys/types.h>

/* fork() itself with everything around; -1 with errno, in the parent. */
pid_t fork_process(void);
/* For callers with a fork of their own: before, then one of the two others. */
void fork_before(void);
void fork_after_in_parent(void);
void fork_after_in_child(void);
