/* What the files of `faulthandler` share, and how the interpreter starts and ends it. */
#pragma once
#include "runtime/object/call.h"

/* enable(), as -X faulthandler asks for. -1 with an error. */
int faulthandler_start(void);
/* Before the interpreter closes: signals have their old handlers again, no thread is waiting. */
void faulthandler_close(void);

/* ---- dump.c: in a signal handler, allocating nothing, whoever holds the GIL ---- */

void dump_text(int fd, const char *text);
/* The calling thread's Python frames, the newest first; nothing if it has none. */
void dump_this_thread(int fd);
/* Those of all threads, the newest first. */
void dump_all_threads(int fd);

/* ---- watchdog.c: dump_traceback_later ---- */

extern const struct method_def watchdog_functions[];
int watchdog_open(void);
void watchdog_close(void);

/* ---- fatal.c: the signals of a process that can't go on ---- */

/* A place for the handlers to run where the stack is used up; kept until the process ends. */
bool fatal_open_stack(void);
int fatal_enable(int fd, bool all_threads); /* -1 with an error */
bool fatal_disable(void);                   /* whether it was enabled */
bool fatal_is_enabled(void);
bool fatal_owns(int number);
void fatal_error(const char *message)
    __attribute__((noreturn)); /* says where all are, and aborts */

/* The descriptor of a file argument: an int, or what has fileno() and flush(); None or NULL:
 * sys.stderr. *owner is what has to live as long as it is used, a new reference or NULL. -1 with an
 * error. */
int faulthandler_file(struct object *file, struct object **owner);
