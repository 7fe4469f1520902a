/* A plan: the frozen set of cells of a run, and the order in which they run.
 *
 * Filled row by row, variant by variant, then frozen: freezing multiplies by the repetitions,
 * interleaves (each repetition visits the rows in a new random order; inside a row all its variants
 * run next to each other, in a new random order: that is a block), and gives every cell its id. The
 * same rows, variants, repetitions and seed give the same plan. */
#pragma once
#include "base/vec.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { PLAN_VERSION = 1, PLAN_ID_BYTES = 17 };

struct plan_parameter {
  char *key, *value;
};
struct plan_parameters {
  VEC(struct plan_parameter);
};

/* What is compared: one workload with its parameters. */
struct plan_row {
  char *kind, *workload; /* see results/schema.md */
  struct plan_parameters parameters;
  char **command; /* kind "command": the program to run; NULL otherwise */
  bool threads;   /* runs threads of its own: not pinned to one CPU */
};

struct plan_cell {
  char id[PLAN_ID_BYTES];
  char *name;
  struct plan_row row; /* every cell owns a copy */
  char *alloc, *gc;    /* specs, "" where the kind has none */
  unsigned twin;       /* 1: the same variant under a second name */
  unsigned repetition, block;
  char **command; /* what is executed; NULL-terminated */
};

struct plan {
  char *preset, *created;
  char hash[PLAN_ID_BYTES];
  uint64_t seed;
  unsigned repetitions;
  bool frozen;
  struct {
    VEC(struct plan_cell);
  } cells;
};

/* Every function that allocates ends the program when memory is exhausted: this is the instrument's
 * own memory, before anything is measured. */
void plan_open(struct plan *plan, const char *preset, uint64_t seed, unsigned repetitions);
void plan_close(struct plan *plan);
void plan_parameter_set(struct plan_parameters *parameters, const char *key, const char *value);
const char *plan_parameter_get(const struct plan_parameters *parameters, const char *key);
void plan_parameters_free(struct plan_parameters *parameters);

/* Adds one variant of one row; the row is copied. A variant that is there already is not added
 * again. */
void plan_add(struct plan *plan, const struct plan_row *row, const char *alloc, const char *gc,
              unsigned twin);
void plan_freeze(struct plan *plan);

/* True when both cells belong to the same row: kind, workload, and parameters are equal. */
bool plan_same_row(const struct plan_row *a, const struct plan_row *b);
/* The name of a cell as google-benchmark writes it; the caller frees it. */
char *plan_cell_name(const struct plan_cell *cell);

/* A plan as JSON (a new reference), and back. plan_read refuses another format or version, ids
 * that do not match their cells, and a hash that does not match the ids: false with a message, and
 * the plan is then closed. */
json_t *plan_cell_to_json(const struct plan_cell *cell);
bool plan_cell_from_json(struct plan_cell *cell, const json_t *json, char *error,
                         size_t error_bytes);
void plan_cell_free(struct plan_cell *cell);
bool plan_write(const struct plan *plan, const char *path, char *error, size_t error_bytes);
bool plan_read(struct plan *plan, const char *path, char *error, size_t error_bytes);
