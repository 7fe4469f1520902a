/* Functions to be called at the end of the program. */
#pragma once

/* Calls them, the last registered first, and forgets them; errors are reported. */
void atexit_run(void);
