/* The end of all streams: what the program that runs the interpreter asks of _io. */
#pragma once

/* Writes out what waits in every stream that is still open; errors are ignored. After sys.stdout
 * and sys.stderr were flushed (whose errors count), before the modules close: in the tracing family
 * nothing else does it. */
void io_flush_all(void);
