/* The module gc, as the end of the program sees it. */
#pragma once
#include <stdbool.h>

/* Warns of what is left in gc.garbage. */
void gc_module_report_garbage(void);

/* Whether collections are told of, or have left something to tell of. */
bool gc_module_is_heard(void);

/* From here on objects die as if nobody had asked the module for anything. */
void gc_module_close(void);
