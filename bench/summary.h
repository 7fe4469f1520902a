/* Many rows in one figure: how much of something a variant needs, relative to another, over all the
 * workloads of a run.
 *
 * Within a row the two are compared block by block (the same repetition, run next to each other),
 * and the row's ratio is the median of these; over rows it is the geometric mean, so that no
 * workload counts more than another. The interval is a BCa bootstrap stratified by row: repetitions
 * are drawn within each row, the workloads are taken as they are. */
#pragma once
#include "bench/results.h"

struct summary_variant {
  const char *alloc, *gc; /* borrowed from the results */
  unsigned twin;
};

struct summary_variants {
  VEC(struct summary_variant);
};

/* All variants of a kind, in order of first appearance in the plan; twins only where asked for. */
void summary_list(const struct results *results, const char *kind, bool twins,
                  struct summary_variants *out);

struct summary_ratio {
  double ratio;     /* of `of` to `to`; NAN when no row has both */
  double low, high; /* 95% */
  size_t rows;      /* workloads in which both have valid cells */
  size_t pairs;     /* pairs in them */
  bool differs;     /* the interval does not hold 1, and there were repetitions */
};

/* Compares a field (results/schema.md) over the rows of a kind. `workload`: NULL for all. */
struct summary_ratio summary_compare(const struct results *results, const char *kind,
                                     const char *workload, const char *field,
                                     struct summary_variant of, struct summary_variant to);

/* The lower bound that a variant's CPU time is over (Cai and others, "Distilling the real cost of
 * production garbage collectors", 2022): per row the least that any variant of it needs once its
 * own collections are taken off, relative to what `of` needs; medians over repetitions, geometric
 * mean over rows. Below 1; NAN when no row has valid cells of `of`. */
double summary_floor(const struct results *results, const char *kind, struct summary_variant of);
