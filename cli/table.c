/* Printing tables. */
#include "cli/table.h"
#include "base/check.h"
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void table_open(struct table *table, const char *const *columns) {
  *table = (struct table){.columns = columns};
  while (columns[table->n_columns])
    table->n_columns++;
}

void table_close(struct table *table) {
  for (size_t i = 0; i < table->cells.n; i++)
    free(table->cells.items[i].text);
  vec_free(&table->cells);
}

static void push(struct table *table, enum table_style style, double number, const char *format,
                 va_list arguments) {
  struct table_cell cell = {.number = number, .style = style};
  if (vasprintf(&cell.text, format, arguments) < 0 || !vec_push(&table->cells, cell))
    fatal("out of memory");
}

void table_text(struct table *table, enum table_style style, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  push(table, style, NAN, format, arguments);
  va_end(arguments);
}

void table_number(struct table *table, enum table_style style, double number, const char *format,
                  ...) {
  va_list arguments;
  va_start(arguments, format);
  push(table, style, number, format, arguments);
  va_end(arguments);
}

static bool is_left(const struct table *table, size_t column) {
  return table->columns[column][0] == '<';
}
static const char *heading(const struct table *table, size_t column) {
  return table->columns[column] + is_left(table, column);
}

/* Code points, so that the multiplication sign and the like do not shift columns. */
static size_t width_of(const char *text) {
  size_t n = 0;
  for (; *text; text++)
    n += ((unsigned char)*text & 0xc0) != 0x80;
  return n;
}

static void pad(FILE *out, size_t n) { fprintf(out, "%*s", (int)n, ""); }

static void print_console(const struct table *table, FILE *out, bool colours) {
  static const char *const colour[] = {"", "\033[31m", "\033[32m", "\033[2m"};
  size_t n = table->n_columns, *widths = calloc(n, sizeof *widths);
  if (!widths)
    fatal("out of memory");
  for (size_t c = 0; c < n; c++)
    widths[c] = width_of(heading(table, c));
  for (size_t i = 0; i < table->cells.n; i++)
    if (width_of(table->cells.items[i].text) > widths[i % n])
      widths[i % n] = width_of(table->cells.items[i].text);
  for (size_t i = 0; i < n + table->cells.n; i++) {
    size_t c = i % n;
    const struct table_cell *cell = i < n ? NULL : &table->cells.items[i - n];
    const char *text = cell ? cell->text : heading(table, c);
    size_t space = widths[c] - width_of(text);
    const char *on = colours ? (cell ? colour[cell->style] : "\033[1m") : "";
    if (!is_left(table, c))
      pad(out, space);
    fprintf(out, "%s%s%s", on, text, *on ? "\033[0m" : "");
    if (c + 1 == n) {
      fputc('\n', out);
      continue;
    }
    if (is_left(table, c))
      pad(out, space);
    fputs("  ", out);
  }
  free(widths);
}

static void print_md(const struct table *table, FILE *out) {
  for (size_t c = 0; c < table->n_columns; c++)
    fprintf(out, "| %s ", heading(table, c));
  fputs("|\n", out);
  for (size_t c = 0; c < table->n_columns; c++)
    fputs(is_left(table, c) ? "|---" : "|--:", out);
  fputs("|\n", out);
  for (size_t i = 0; i < table->cells.n; i++) {
    fputs("| ", out);
    for (const char *p = table->cells.items[i].text; *p; p++)
      fprintf(out, *p == '|' ? "\\%c" : "%c", *p);
    fputs((i + 1) % table->n_columns ? " " : " |\n", out);
  }
}

static void print_quoted(const char *text, FILE *out) {
  if (!strpbrk(text, ",\"\n")) {
    fputs(text, out);
    return;
  }
  fputc('"', out);
  for (; *text; text++)
    fprintf(out, *text == '"' ? "\"%c" : "%c", *text);
  fputc('"', out);
}

static void print_csv(const struct table *table, FILE *out) {
  for (size_t c = 0; c < table->n_columns; c++) {
    print_quoted(heading(table, c), out);
    fputc(c + 1 < table->n_columns ? ',' : '\n', out);
  }
  for (size_t i = 0; i < table->cells.n; i++) {
    const struct table_cell *cell = &table->cells.items[i];
    if (isnan(cell->number))
      print_quoted(cell->text, out);
    else
      fprintf(out, "%.9g", cell->number);
    fputc((i + 1) % table->n_columns ? ',' : '\n', out);
  }
}

static void print_json(const struct table *table, FILE *out) {
  json_t *rows = json_array();
  for (size_t i = 0; i < table->cells.n; i++) {
    size_t c = i % table->n_columns;
    if (c == 0)
      json_array_append_new(rows, json_object());
    const struct table_cell *cell = &table->cells.items[i];
    json_object_set_new(json_array_get(rows, i / table->n_columns), heading(table, c),
                        isnan(cell->number) ? json_string(cell->text) : json_real(cell->number));
  }
  json_dumpf(rows, out, JSON_INDENT(1));
  fputc('\n', out);
  json_decref(rows);
}

void table_print(const struct table *table, enum cli_format format, FILE *out) {
  switch (format) {
  case CLI_CONSOLE:
    print_console(table, out, cli_colours(fileno(out)));
    break;
  case CLI_JSON:
    print_json(table, out);
    break;
  case CLI_CSV:
    print_csv(table, out);
    break;
  case CLI_MD:
    print_md(table, out);
    break;
  }
}

static char *buffer(void) {
  static char buffers[4][32];
  static unsigned next;
  return buffers[next++ % 4];
}

const char *table_bytes(double bytes) {
  char *text = buffer();
  if (isnan(bytes))
    return "-";
  static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  while (bytes >= 1024 && unit < 4)
    bytes /= 1024, unit++;
  snprintf(text, 32,
           bytes < 10 && unit    ? "%.2f %s"
           : bytes < 100 && unit ? "%.1f %s"
                                 : "%.0f %s",
           bytes, units[unit]);
  return text;
}

const char *table_seconds(double seconds) {
  char *text = buffer();
  if (isnan(seconds))
    return "-";
  double size = fabs(seconds);
  if (size >= 100)
    snprintf(text, 32, "%.0f s", seconds);
  else if (size >= 1)
    snprintf(text, 32, "%.2f s", seconds);
  else if (size >= 1e-3)
    snprintf(text, 32, "%.3g ms", seconds * 1e3);
  else if (size >= 1e-6)
    snprintf(text, 32, "%.3g us", seconds * 1e6);
  else
    snprintf(text, 32, "%.3g ns", seconds * 1e9);
  return text;
}
