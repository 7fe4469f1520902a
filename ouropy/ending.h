/* Whether the end of the program can be seen. */
#pragma once
#include <stdbool.h>

/* True: nothing that still lives would do or say anything when it dies: no finaliser would run, no
 * callback of a weak reference be called, nobody listens to the collector. Then the process may end
 * with all it has. Asked when the standard streams have been flushed. */
bool ending_is_silent(void);
