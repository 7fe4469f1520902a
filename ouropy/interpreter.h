/* The runtime as a whole: everything opened in order, and closed in the reverse one. */
#pragma once
#include "ouropy/options.h"
#include "runtime/object/object.h"

/* Allocator, heap, objects, interpreter, modules, standard streams, __main__. -1: go on; else the
 * exit code, everything having been said on standard error and closed again. */
int interpreter_open(const struct ouropy_options *o);
/* After the program: threads are waited for, atexit functions run, streams flushed, modules
 * emptied, everything closed. `status` is what the program ended with; returns the exit code. */
int interpreter_close(int status);
extern struct object *interpreter_main; /* module __main__; a root */

/* ---- paths.c ---- */

/* Sets sys_start.library: $OURO_LIBRARY, $PYTHONHOME/lib/python3.11, or where the build says. */
void paths_find_library(void);
int paths_fill_sys(void); /* sys.path, sys.prefix and their like */

/* ---- locale.c ---- */

/* Chooses it, and sys_start.utf8_mode where the command line does not. */
void locale_open(void);
bool locale_is_lenient(void);

/* ---- streams.c ---- */

/* sys.stdin, sys.stdout, sys.stderr, and open() of builtins. -1 with the error; -2: standard input
 * is a folder; -3: there is no such encoding as PYTHONIOENCODING says, with the error. */
int streams_open(const struct ouropy_options *o);
/* Before anything can be imported: a sys.stderr that can do little more than write. */
int streams_open_first(void);

/* ---- run.c ---- */

/* Runs what the command line says, prompt included. Returns the exit code. */
int run_program(const struct ouropy_options *o);
/* Deals with the pending exception as the interpreter does at the end of a program: SystemExit
 * gives the exit code (with -i it is like others), everything else is printed. */
int run_report_exception(void);
extern bool run_was_interrupted; /* the last one was a KeyboardInterrupt */

/* ---- prompt.c ---- */

/* Reads and runs statements from standard input until its end: as the program (with its greeting
 * and PYTHONSTARTUP), or after one. */
int prompt_run(bool is_program);
