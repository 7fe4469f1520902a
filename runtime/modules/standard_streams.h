/* The standard streams of the process, and the end of all streams: what the program that runs the
 * interpreter asks of _io. */
#pragma once
#include <stdbool.h>

/* Makes sys.stdin, sys.stdout, sys.stderr (None where the descriptor is closed) and their __x__
 * copies, with encodings as CPython chooses them: PYTHONIOENCODING ("encoding:errors"), else the
 * locale's; surrogateescape under the C and POSIX locales, backslashreplace for stderr. Needs sys
 * and _io (imported here), and encodings other than UTF-8, ASCII and Latin-1 need the library.
 * `unbuffered`: -u or PYTHONUNBUFFERED. -1 with an error. */
int io_open_standard_streams(bool unbuffered);
/* Flushes sys.stdout and sys.stderr: -1 if one could not be (reported for stdout): the exit code is
 * 120 then. */
int io_flush_standard_streams(void);
/* Flushes every stream that is still open; errors are ignored. Before the modules close. */
void io_flush_all(void);
