/* The figures of a run: each is a table written from the results, and a gnuplot template (plots/)
 * that draws it as SVG and PNG. */
#pragma once
#include "bench/results.h"
#include <stdio.h>

struct figure_request {
  const struct results *results;
  const char *output;    /* folder for pictures; exists. Tables go into output/data */
  const char *workload;  /* for the figures that show one; NULL: a fitting one is chosen */
  const char *baseline;  /* allocator that ratios are taken to */
  const char *gc;        /* collector of the figures that show one */
  const char *templates; /* folder of the templates */
};

/* What a figure's table function adds for its template. */
struct figure_text {
  char heading[160];
  char caption[400];
  char variables[400]; /* more gnuplot assignments, "a='b'; c=1; " */
};

struct figure {
  const char *name, *template, *summary;
  const char *field; /* the figure in the row that it shows, or NULL */
  /* Writes the table. False with a reason where the run holds nothing to draw. */
  bool (*write)(const struct figure *self, const struct figure_request *request, FILE *table,
                struct figure_text *text, char *reason, size_t reason_bytes);
};

/* Ends with a NULL name. */
extern const struct figure figures[];

/* Over many rows (figure_ratios.c). */
bool figure_bars(const struct figure *, const struct figure_request *, FILE *, struct figure_text *,
                 char *, size_t);
bool figure_matrix(const struct figure *, const struct figure_request *, FILE *,
                   struct figure_text *, char *, size_t);
bool figure_pareto(const struct figure *, const struct figure_request *, FILE *,
                   struct figure_text *, char *, size_t);
/* Sorts names of allocators or collectors into the order in which they are always shown; unknown
 * ones stay behind, as they came. */
void figure_sort(const char **names, size_t n);

/* Of one workload or one cell (figure_cells.c). */
bool figure_memory(const struct figure *, const struct figure_request *, FILE *,
                   struct figure_text *, char *, size_t);
bool figure_pauses(const struct figure *, const struct figure_request *, FILE *,
                   struct figure_text *, char *, size_t);
bool figure_classes(const struct figure *, const struct figure_request *, FILE *,
                    struct figure_text *, char *, size_t);
bool figure_arenas(const struct figure *, const struct figure_request *, FILE *,
                   struct figure_text *, char *, size_t);

/* Python programs by ouropy and by CPython (figure_versus.c). */
bool figure_versus(const struct figure *, const struct figure_request *, FILE *,
                   struct figure_text *, char *, size_t);

/* "8 cores of MODEL, Linux VERSION", from the run's environment. */
const char *figure_machine(const struct results *results);

/* Writes a table's pictures: runs gnuplot twice. `variables` are gnuplot assignments. False with a
 * message. */
bool figure_draw(const char *templates, const char *template, const char *table, const char *output,
                 const char *name, const struct figure_text *text, char *error, size_t error_bytes);
/* The folder of the templates: OURO_PLOTS, or as built. */
const char *figure_templates(void);
/* Draws all figures (or the one called `only`), writes output/index.html. Says on standard error
 * which figures the run has nothing for. Returns how many were drawn; -1 with a message when
 * drawing failed. */
int figures_draw(const struct figure_request *request, const char *only, char *error,
                 size_t error_bytes);
