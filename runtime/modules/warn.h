/* Warnings issued by C code: the module _warnings decides what becomes of them. */
#pragma once
#include "runtime/object/error.h"

/* stack_level 1: the Python code that called. The format is that of error_format. -1 with an error:
 * the warning is an exception now. */
int warn_format(enum error_kind category, int stack_level, const char *format, ...)
    __attribute__((cold));
/* ResourceWarning "unclosed <repr>" with the object as its source. */
int warn_unclosed(struct object *source) __attribute__((cold));
