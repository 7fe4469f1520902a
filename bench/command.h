/* What is executed for a cell: the one place that knows the benchmark binaries' command lines. */
#pragma once
struct plan_cell;

/* argv, NULL-terminated, in memory of the caller's; a bare program name is meant to stand beside
 * `ouro`. Out of memory ends the program. */
char **command_make(const struct plan_cell *cell);
/* The binary that runs cells of a kind, or NULL for an unknown kind and for "command". */
const char *command_program(const char *kind);
