/* Which CPUs a process may run on. */
#pragma once
#include <stdbool.h>

/* CPUs this process may use; at least 1. */
int pin_count(void);
/* The CPU that measured processes are pinned to: the last allowed one, because the first takes most
 * of the machine's interrupts. -1 when it can't be found out. */
int pin_choose(void);
/* Restricts the calling process to one CPU; false when the kernel refuses. */
bool pin_to(int cpu);
/* Keeps the calling process off one CPU where it has another; false when it has none. */
bool pin_away_from(int cpu);
/* True when this process may run on that CPU. */
bool pin_is_allowed(int cpu);
