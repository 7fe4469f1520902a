/* What is executed for a cell: the one place that knows the benchmark binaries' command lines. */
#pragma once
#include <stdbool.h>
struct plan_cell;

/* The variant that is no pairing of ours: an installed CPython over its own allocator. Its spec of
 * a collector is "cpython", or "cpython:PATH" for another one than Debian's. */
#define COMMAND_CPYTHON       "cpython"
#define COMMAND_CPYTHON_ALLOC "pymalloc"
#define COMMAND_CPYTHON_PATH  "/usr/bin/python3.11"
/* The word of a command that becomes the path of a file for the program's figures (gc/report.h). */
#define COMMAND_FIGURES "--gc-stats="

/* Is this spec of a collector that variant? */
bool command_is_cpython(const char *gc);

/* Kinds whose workload is a Python program: "python", and "python-start" for the one that does
 * nothing. The program's file is named as in the folder of programs; the runner completes it. */
bool command_is_python(const char *kind);

/* argv, NULL-terminated, in memory of the caller's; a bare program name is meant to stand beside
 * `ouro`. Out of memory ends the program. */
char **command_make(const struct plan_cell *cell);
/* The binary that runs cells of a kind, or NULL for an unknown kind and for "command". */
const char *command_program(const char *kind);
