/* The end of all streams: what the program that runs the interpreter asks of _io. */
#pragma once

/* Writes out what waits in every stream that is still open; errors are ignored. After finalisers
 * had their chance, before the modules close: for what lives on (under `none` everything, under
 * `refcount` cycles) nothing else does it. */
void io_flush_all(void);
