/* The module _signal: what its files share. */
#pragma once
#include "runtime/modules/module.h"
#include <signal.h>

extern const struct method_def signal_set_functions[], signal_timer_functions[];

/* "signal number out of range" unless it is one. */
int signal_number(struct object *o, int *number);
/* timers.c: ItimerError; sets.c: struct_siginfo. */
int signal_timers_fill(struct object *module);
int signal_sets_fill(struct object *module);
