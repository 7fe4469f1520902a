/* What the files that print exceptions share. */
#pragma once
#include "runtime/modules/sys.h"
#include "runtime/object/str_builder.h"

/* Where lines of a traceback go: nested exception groups indent and draw a margin. */
struct traceback_out {
  struct object *file; /* NULL: the standard error of C */
  unsigned depth;      /* of exception groups */
  bool needs_close;    /* the frame around a group's members is still open */
};
/* The indentation, and the margin unless it is NULL: "| " or another. */
int traceback_begin_line(const struct traceback_out *out, const char *margin);
const char *traceback_margin(const struct traceback_out *out);
int traceback_write_taking(struct object *text, struct object *file); /* NULL: -1 */

/* Its own traceback, type and text, without what it was raised from. */
int traceback_print_alone(struct object *exception, struct object *file);

/* ---- traceback_lines.c ---- */

/* The line of a file, indented by four, and marks under the part that bytes_offset (of an
 * instruction of `code`) says failed; nothing where there is no such line. */
int traceback_print_source(const struct traceback_out *out, struct object *code, int32_t line,
                           int32_t last_instruction);

/* Line number `line` of a file as a str, without its newline; NULL without an error: none. */
struct object *traceback_source_line(struct object *filename, int32_t line);

/* ---- suggestions.c ---- */

/* A name that exists where the exception (NameError, AttributeError) found none; new reference,
 * NULL without an error when there is none near enough. */
struct object *suggestion_for(struct object *exception);
