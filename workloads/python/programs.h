/* The Python programs of the suite: their names and what they say of themselves.
 *
 * A program is a file NAME.py (its hyphens are underscores in the file's name) that takes a scale,
 * prints `checksum=0x...` and opens with a docstring: up to the first stop it is the summary that
 * `ouro list` shows, the whole of it is the program's story. */
#pragma once
#include "base/vec.h"
#include <stdbool.h>

struct python_program {
  char *name, *summary, *story; /* owned by the list */
};

struct python_programs {
  VEC(struct python_program); /* by name */
};

/* Reads the folder of programs. False with a message when there is none, or a program does not say
 * what it is; the list is then empty. */
bool python_programs_read(struct python_programs *programs, char *error, size_t error_bytes);
void python_programs_close(struct python_programs *programs);

/* The path of a program's file. $OURO_PROGRAMS, the folder beside the source, and
 * share/ouroboros/python beside the program's folder are looked into. False when it is in none. */
bool python_programs_path(const char *name, char *path, size_t path_bytes);
