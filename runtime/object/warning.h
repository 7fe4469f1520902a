/* Warnings: told to whoever filters and shows them, which may make an exception of one. */
#pragma once
#include "runtime/object/error.h"
#include <stdint.h>

/* warnings.warn(text, category, stacklevel): 0, or -1 with an error. The format is error_format's.
 * Nothing happens while nobody has set warning_hook. */
int warning_format(enum error_kind category, int64_t stack_level, const char *format, ...)
    __attribute__((cold));
/* Set by the module _warnings. */
extern int (*warning_hook)(struct object *category, struct object *text, int64_t stack_level);
