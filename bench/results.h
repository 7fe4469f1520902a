/* A run as it lies on disk, read back: the plan, and for each of its cells what became of it. */
#pragma once
#include "bench/outcome.h"
#include "bench/plan.h"

struct result {
  enum outcome outcome;
  char *message;  /* "" when there is nothing to say */
  char *checksum; /* "" when there is none */
  json_t *json;   /* the whole file; NULL when missing */
  json_t *row;    /* borrowed from it */
};

struct results {
  char *directory;
  struct plan plan;
  json_t *environment;  /* NULL when there is none */
  struct result *cells; /* parallel to plan.cells */
  size_t counts[OUTCOME_missing + 1];
};

/* Reads a run. A damaged cell file counts as missing, with a message in its result. Rows whose
 * checksums differ are void: those that deviate from the majority, and all where there is none.
 * False with a message when there is no readable plan. */
bool results_read(struct results *results, const char *directory, char *error, size_t error_bytes);
void results_close(struct results *results);

/* The path of a cell's file, in a static buffer. */
const char *results_cell_path(const char *directory, const struct plan_cell *cell);
/* Reads one cell's file and checks that it belongs to the cell. False with a message in `result`
 * when it is absent ("" then), damaged, or another cell's. */
bool results_read_cell(struct result *result, const char *directory, const struct plan_cell *cell);
void results_cell_close(struct result *result);

/* A figure of a valid cell by its field name in the row; NAN where it is absent or the cell
 * failed.*/
double results_figure(const struct result *result, const char *field);
/* All rows of the run in one object of google-benchmark's form; a new reference. */
json_t *results_join(const struct results *results);
