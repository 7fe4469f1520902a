/* Warnings: what C code issues. The filters decide whether a warning is shown, dropped, or raised.
 *
 * The library's module `warnings` shares its state with this one; where it has not been imported,
 * the filters and the printing of this folder do alone. */
#pragma once
#include "runtime/object/warning.h"
#include <stdint.h>

struct object;

/* Lets warning_format (runtime/object/warning.h) and the compiler's warnings end here. -1: no
 * memory.
 */
int warning_open(void);
void warning_close(void);

/* A warning about the code that is stack_level calls up (1: the Python code that runs). -1: it has
 * become an exception. `category`: ERROR_DEPRECATION_WARNING and the like. */
int warning_issue(enum error_kind category, const char *message, int64_t stack_level)
    __attribute__((cold));
/* The same about an object (its `source`), with error_format's conversions. */
int warning_about(enum error_kind category, struct object *source, int64_t stack_level,
                  const char *format, ...) __attribute__((cold));
/* A warning about a place in a file. */
int warning_at(enum error_kind category, const char *message, struct object *filename, int32_t line)
    __attribute__((cold));

/* ---- between the files of this folder ---- */

struct warning {           /* on the C stack; all borrowed, NULL where there is none */
  struct object *category; /* a class; NULL: the message is a Warning */
  struct object *message;
  struct object *filename; /* str */
  int64_t line;
  struct object *module;      /* NULL: from the file name; NONE: nobody to warn */
  struct object *registry;    /* dict or NONE */
  struct object *source_line; /* str */
  struct object *source;
};
/* 0, or -1 with the error. */
int warning_explicit(struct warning *w);
/* The filters, `once` registry and default action of this folder, made if need be. */
int warning_state_open(void);
extern struct object *warning_filters, *warning_once_registry, *warning_default_action;
extern int64_t warning_version; /* changes with the filters */
/* Prints as `warnings` does when that is not there to do it. `text`: str of the message. */
void warning_print(const struct warning *w, struct object *category, struct object *text);
