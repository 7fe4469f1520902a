/* Paired ratios over rows. */
#include "bench/summary.h"
#include "base/check.h"
#include "bench/statistics.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 1 };

static bool same_variant(const struct plan_cell *cell, struct summary_variant v) {
  return !strcmp(cell->alloc, v.alloc) && !strcmp(cell->gc, v.gc) && cell->twin == v.twin;
}

void summary_list(const struct results *results, const char *kind, bool twins,
                  struct summary_variants *out) {
  for (size_t i = 0; i < results->plan.cells.n; i++) {
    const struct plan_cell *cell = &results->plan.cells.items[i];
    bool known = strcmp(cell->row.kind, kind) || (cell->twin && !twins);
    for (size_t j = 0; j < out->n && !known; j++)
      known = same_variant(cell, out->items[j]);
    struct summary_variant v = {cell->alloc, cell->gc, cell->twin};
    if (!known && !vec_push(out, v))
      fatal("out of memory");
  }
}

/* The logarithms of the ratios of one row's pairs. */
struct row_ratios {
  const struct plan_row *row;
  VEC(double);
};
struct rows {
  VEC(struct row_ratios);
};

static struct row_ratios *row_of(struct rows *rows, const struct plan_row *row) {
  for (size_t i = 0; i < rows->n; i++)
    if (plan_same_row(rows->items[i].row, row))
      return &rows->items[i];
  if (!vec_push(rows, (struct row_ratios){.row = row}))
    fatal("out of memory");
  return &rows->items[rows->n - 1];
}

/* Pairs cells of the same row and block. */
static void collect(const struct results *results, const char *kind, const char *workload,
                    const char *field, struct summary_variant of, struct summary_variant to,
                    struct rows *rows) {
  const struct plan_cell *cells = results->plan.cells.items;
  size_t n = results->plan.cells.n;
  for (size_t i = 0; i < n; i++) {
    if (strcmp(cells[i].row.kind, kind) || (workload && strcmp(cells[i].row.workload, workload)) ||
        !same_variant(&cells[i], of))
      continue;
    /* A block is contiguous in the plan: look around for the partner. */
    size_t first = i, end = i + 1;
    while (first > 0 && cells[first - 1].block == cells[i].block)
      first--;
    while (end < n && cells[end].block == cells[i].block)
      end++;
    for (size_t j = first; j < end; j++) {
      if (!same_variant(&cells[j], to) || !plan_same_row(&cells[i].row, &cells[j].row))
        continue;
      double a = results_figure(&results->cells[i], field);
      double b = results_figure(&results->cells[j], field);
      if (a > 0 && b > 0) {
        struct row_ratios *row = row_of(rows, &cells[i].row);
        if (!vec_push(row, log(a / b)))
          fatal("out of memory");
      }
      break;
    }
  }
}

struct summary_ratio summary_compare(const struct results *results, const char *kind,
                                     const char *workload, const char *field,
                                     struct summary_variant of, struct summary_variant to) {
  struct rows rows = {0};
  collect(results, kind, workload, field, of, to, &rows);
  struct summary_ratio out = {.ratio = NAN, .low = NAN, .high = NAN, .rows = rows.n};
  struct stratum *strata = calloc(rows.n + 1, sizeof *strata);
  bool repeated = false;
  if (!strata)
    fatal("out of memory");
  for (size_t r = 0; r < rows.n; r++) {
    strata[r] = (struct stratum){rows.items[r].items, rows.items[r].n};
    out.pairs += rows.items[r].n;
    repeated |= rows.items[r].n > 1;
  }
  if (rows.n) {
    struct interval i = statistics_bca(strata, rows.n, statistics_mean_of_medians, 0.95, SEED);
    out.ratio = exp(statistics_mean_of_medians(strata, rows.n));
    out.low = exp(i.low);
    out.high = exp(i.high);
    /* Without repetitions there is nothing to tell a difference from noise by. */
    out.differs = repeated && (out.low > 1 || out.high < 1);
  }
  free(strata);
  for (size_t r = 0; r < rows.n; r++)
    vec_free(&rows.items[r]);
  vec_free(&rows);
  return out;
}

/* The median over a variant's valid cells of a row, of CPU seconds or of those outside collections;
 * NAN without any. */
static double row_median(const struct results *results, const struct plan_row *row,
                         struct summary_variant v, bool collections) {
  struct row_ratios values = {0};
  for (size_t i = 0; i < results->plan.cells.n; i++) {
    const struct plan_cell *cell = &results->plan.cells.items[i];
    if (!same_variant(cell, v) || !plan_same_row(&cell->row, row))
      continue;
    double cpu = results_figure(&results->cells[i], "process_cpu_seconds");
    double gc = results_figure(&results->cells[i], "gc_collection_cpu_ns") / 1e9;
    if (!isnan(cpu) && !vec_push(&values, collections || isnan(gc) ? cpu : cpu - gc))
      fatal("out of memory");
  }
  double median = statistics_median(values.items, values.n);
  vec_free(&values);
  return median;
}

double summary_floor(const struct results *results, const char *kind, struct summary_variant of) {
  struct summary_variants all = {0};
  summary_list(results, kind, false, &all);
  double sum = 0;
  size_t rows = 0;
  for (size_t i = 0; i < results->plan.cells.n; i++) {
    const struct plan_cell *cell = &results->plan.cells.items[i];
    if (strcmp(cell->row.kind, kind) || cell->repetition || !same_variant(cell, of))
      continue;
    double own = row_median(results, &cell->row, of, true), least = own;
    for (size_t v = 0; v < all.n; v++) {
      double bound = row_median(results, &cell->row, all.items[v], false);
      least = bound < least ? bound : least;
    }
    if (own > 0 && least > 0) {
      sum += log(least / own);
      rows++;
    }
  }
  vec_free(&all);
  return rows ? exp(sum / (double)rows) : NAN;
}
