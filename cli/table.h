/* A table of text, printed for people, for spreadsheets, for Markdown or as JSON. */
#pragma once
#include "base/vec.h"
#include "cli/cli.h"
#include <stdio.h>

enum table_style { TABLE_PLAIN, TABLE_BAD, TABLE_GOOD, TABLE_FAINT };

struct table_cell {
  char *text;
  double number; /* what JSON and CSV get; NAN: the text */
  enum table_style style;
};

struct table {
  const char *const *columns; /* headings, NULL-terminated, borrowed; "<" in front: left-aligned */
  size_t n_columns;
  struct {
    VEC(struct table_cell);
  } cells; /* row by row */
};

/* Ends the program when memory is exhausted, like all of table_*. */
void table_open(struct table *table, const char *const *columns);
void table_close(struct table *table);
void table_text(struct table *table, enum table_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A number that machines get in full and people as `text`. */
void table_number(struct table *table, enum table_style style, double number, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));
void table_print(const struct table *table, enum cli_format format, FILE *out);

/* "12.3 MiB", "1.50 ms": a size or a time for people, in a static buffer (four of them in turn). */
const char *table_bytes(double bytes);
const char *table_seconds(double seconds);
