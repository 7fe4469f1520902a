/* The module gc, as the end of the program sees it. */
#pragma once

/* Warns of what is left in gc.garbage. */
void gc_module_report_garbage(void);

/* From here on objects die as if nobody had asked the module for anything. */
void gc_module_close(void);
