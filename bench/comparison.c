/* Comparing. */
#include "bench/comparison.h"
#include "base/bits.h"
#include "base/check.h"
#include "base/nearest.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rank tests work on aligned figures where a block has at least so many variants that its mean
 * hardly depends on the two that are compared. */
enum { ALIGN_LEAST = 6, BOOTSTRAP_SEED = 1 };
static const double significance = 0.05;

static void *sure(void *p) {
  if (!p)
    fatal("out of memory");
  return p;
}

struct sample {
  VEC(double);
};
static void push(struct sample *sample, double value) {
  if (!vec_push(sample, value))
    fatal("out of memory");
}

static bool is_side(const struct plan_cell *cell, struct comparison_side side) {
  return !strcmp(cell->alloc, side.alloc) && !strcmp(cell->gc, side.gc) && cell->twin == side.twin;
}

/* The logarithm of a valid figure, or NAN. */
static double log_figure(const struct results *results, size_t at, const char *field) {
  double value = results_figure(&results->cells[at], field);
  return value > 0 ? log(value) : NAN;
}

/* The mean logarithm of the block that holds a cell; *n: its valid cells. Blocks are contiguous. */
static double block_mean(const struct results *results, size_t at, const char *field, size_t *n) {
  const struct plan_cell *cells = results->plan.cells.items;
  size_t first = at;
  double sum = 0;
  *n = 0;
  while (first > 0 && cells[first - 1].block == cells[at].block)
    first--;
  for (size_t i = first; i < results->plan.cells.n && cells[i].block == cells[at].block; i++) {
    double value = log_figure(results, i, field);
    if (!isnan(value))
      sum += value, ++*n;
  }
  return *n ? sum / (double)*n : 0;
}

static const char *checksum_of(const struct results *results, const struct plan_row *row,
                               struct comparison_side side) {
  for (size_t i = 0; i < results->plan.cells.n; i++)
    if (results->cells[i].outcome == OUTCOME_ok && is_side(&results->plan.cells.items[i], side) &&
        plan_same_row(&results->plan.cells.items[i].row, row))
      return results->cells[i].checksum;
  return NULL;
}

/* The mean over rows of the difference between the medians of two samples: strata come in pairs. */
static double difference_of_medians(const struct stratum *strata, size_t n_strata) {
  double sum = 0;
  for (size_t i = 0; i + 1 < n_strata; i += 2)
    sum += statistics_median(strata[i + 1].values, strata[i + 1].n) -
           statistics_median(strata[i].values, strata[i].n);
  return n_strata ? sum / (double)(n_strata / 2) : NAN;
}

/* The logarithms of one side of a row, aligned ones beside them. */
struct gathered {
  struct sample logs, aligned;
  struct sample blocks; /* of the cells, for pairing */
  bool alignable;
};

static struct gathered gather(const struct results *results, const struct plan_row *row,
                              struct comparison_side side, const char *field) {
  struct gathered g = {.alignable = true};
  for (size_t i = 0; i < results->plan.cells.n; i++) {
    const struct plan_cell *cell = &results->plan.cells.items[i];
    if (!is_side(cell, side) || !plan_same_row(&cell->row, row))
      continue;
    double value = log_figure(results, i, field);
    if (isnan(value))
      continue;
    size_t n;
    double mean = block_mean(results, i, field, &n);
    g.alignable &= n >= ALIGN_LEAST;
    push(&g.logs, value);
    push(&g.aligned, value - mean);
    push(&g.blocks, cell->block);
  }
  return g;
}

static void gathered_free(struct gathered *g) {
  vec_free(&g->logs);
  vec_free(&g->aligned);
  vec_free(&g->blocks);
}

static void pair_up(struct comparison_row *r, const struct gathered *a, const struct gathered *b) {
  struct sample ratios = {0};
  for (size_t i = 0; i < a->logs.n; i++)
    for (size_t j = 0; j < b->logs.n; j++)
      if (a->blocks.items[i] == b->blocks.items[j])
        push(&ratios, b->logs.items[j] - a->logs.items[i]);
  r->log_ratios = ratios.items;
  r->n_ratios = ratios.n;
}

static void measure(struct comparison_row *r, const struct gathered *a, const struct gathered *b) {
  bool aligned = r->paired && a->alignable && b->alignable;
  const struct sample *x = aligned ? &a->aligned : &a->logs, *y = aligned ? &b->aligned : &b->logs;
  r->p = statistics_mann_whitney(y->items, y->n, x->items, x->n).p;
  r->shift = exp(statistics_hodges_lehmann(y->items, y->n, x->items, x->n));
  struct stratum both[2] = {{a->logs.items, a->logs.n}, {b->logs.items, b->logs.n}};
  struct stratum pairs = {r->log_ratios, r->n_ratios};
  bool by_pairs = r->paired && r->n_ratios > 0;
  statistic_fn *statistic = by_pairs ? statistics_mean_of_medians : difference_of_medians;
  const struct stratum *strata = by_pairs ? &pairs : both;
  size_t n = by_pairs ? 1 : 2;
  r->ratio = exp(statistic(strata, n));
  struct interval i = statistics_bca(strata, n, statistic, 0.95, BOOTSTRAP_SEED);
  r->interval = (struct interval){exp(i.low), exp(i.high)};
}

static void add_row(struct comparison *c, const struct results *in_a, const struct results *in_b,
                    const struct plan_row *row, struct comparison_side a, struct comparison_side b,
                    const char *field) {
  struct comparison_row r = {.row = row,
                             .a = a,
                             .b = b,
                             .paired = in_a == in_b,
                             .p = 1,
                             .adjusted = 1,
                             .ratio = NAN,
                             .shift = NAN,
                             .interval = {NAN, NAN},
                             .median_a = NAN,
                             .median_b = NAN};
  struct gathered ga = gather(in_a, row, a, field), gb = gather(in_b, row, b, field);
  r.n_a = ga.logs.n;
  r.n_b = gb.logs.n;
  /* One side's median is worth knowing even where there is nothing to compare it with. */
  r.median_a = r.n_a ? exp(statistics_median(ga.logs.items, ga.logs.n)) : NAN;
  r.median_b = r.n_b ? exp(statistics_median(gb.logs.items, gb.logs.n)) : NAN;
  const char *sum_a = checksum_of(in_a, row, a), *sum_b = checksum_of(in_b, row, b);
  if (!r.n_a || !r.n_b) {
    r.verdict = COMPARISON_VOID;
    r.reason = !r.n_a && !r.n_b ? "neither has a valid figure"
               : !r.n_a         ? "A has no valid figure"
                                : "B has no valid figure";
  } else if (sum_a && sum_b && strcmp(sum_a, sum_b)) {
    r.verdict = COMPARISON_VOID;
    r.reason = "the checksums differ: not the same work";
  } else {
    if (r.paired)
      pair_up(&r, &ga, &gb);
    measure(&r, &ga, &gb);
    r.logs_a = ga.logs.items;
    r.logs_b = gb.logs.items;
    ga.logs.items = gb.logs.items = NULL;
    c->valid++;
  }
  gathered_free(&ga);
  gathered_free(&gb);
  if (!vec_push(&c->rows, r))
    fatal("out of memory");
}

static void adjust_rows(struct comparison *c, enum comparison_adjust adjust) {
  double *p = sure(malloc((c->valid + 1) * sizeof *p)),
         *adjusted = sure(malloc((c->valid + 1) * sizeof *p));
  double least = 1;
  size_t n = 0;
  for (size_t i = 0; i < c->rows.n; i++) {
    struct comparison_row *r = &c->rows.items[i];
    if (r->verdict == COMPARISON_VOID)
      continue;
    p[n++] = r->p;
    double possible = statistics_mann_whitney_least(r->n_a, r->n_b);
    least = possible < least ? possible : least;
  }
  if (adjust == COMPARISON_HOLM)
    statistics_holm(p, n, adjusted);
  else if (adjust == COMPARISON_BH)
    statistics_benjamini_hochberg(p, n, adjusted);
  else
    memcpy(adjusted, p, n * sizeof *p);
  /* Holm multiplies the smallest by the number of rows; under the others all rows may reach it. */
  c->least_p = adjust == COMPARISON_HOLM ? least * (double)n : least;
  n = 0;
  for (size_t i = 0; i < c->rows.n; i++) {
    struct comparison_row *r = &c->rows.items[i];
    if (r->verdict == COMPARISON_VOID)
      continue;
    r->adjusted = adjusted[n++];
    r->verdict = r->adjusted >= significance || r->shift == 1 ? COMPARISON_SAME
                 : r->shift > 1                               ? COMPARISON_HIGHER
                                                              : COMPARISON_LOWER;
  }
  free(p);
  free(adjusted);
}

/* The geometric mean over rows, paired where all rows are. */
static void summarise(struct comparison *c) {
  struct stratum *strata = sure(calloc(2 * c->valid + 1, sizeof *strata));
  bool paired = true;
  for (size_t i = 0; i < c->rows.n; i++)
    paired &= c->rows.items[i].verdict == COMPARISON_VOID || c->rows.items[i].n_ratios > 0;
  size_t n = 0;
  for (size_t i = 0; i < c->rows.n; i++) {
    const struct comparison_row *r = &c->rows.items[i];
    if (r->verdict == COMPARISON_VOID)
      continue;
    if (paired) {
      strata[n++] = (struct stratum){r->log_ratios, r->n_ratios};
    } else {
      strata[n++] = (struct stratum){r->logs_a, r->n_a};
      strata[n++] = (struct stratum){r->logs_b, r->n_b};
    }
  }
  c->ratio = NAN;
  c->interval = (struct interval){NAN, NAN};
  if (n) {
    statistic_fn *statistic = paired ? statistics_mean_of_medians : difference_of_medians;
    struct interval i = statistics_bca(strata, n, statistic, 0.95, BOOTSTRAP_SEED);
    c->ratio = exp(statistic(strata, n));
    c->interval = (struct interval){exp(i.low), exp(i.high)};
  }
  free(strata);
}

/* What opening and closing costs is no workload: it would weigh as much as one in the mean. Cells
 * that look inside are not for comparing at all. */
static bool is_compared(const struct plan_cell *cell, const struct comparison_request *request) {
  static const char *const apart[] = {"start", "python-start", "inside"};
  const char *wanted = request ? request->kind : NULL;
  for (size_t i = 0; i < ARRAY_SIZE(apart) && !wanted; i++)
    if (!strcmp(cell->row.kind, apart[i]))
      return false;
  if (wanted && strcmp(cell->row.kind, wanted))
    return false;
  return cell->repetition == 0 &&
         (!request || !request->wants || request->wants(cell->name, request->context));
}

static int by_name(const void *x, const void *y) {
  const struct comparison_row *a = x, *b = y;
  int order = strcmp(a->row->kind, b->row->kind);
  order = order ? order : strcmp(a->row->workload, b->row->workload);
  order = order ? order : strcmp(a->a.alloc, b->a.alloc);
  return order ? order : strcmp(a->a.gc, b->a.gc);
}

static void finish(struct comparison *c, enum comparison_adjust adjust) {
  qsort(c->rows.items, c->rows.n, sizeof *c->rows.items, by_name);
  adjust_rows(c, adjust);
  summarise(c);
}

static struct comparison_side side_of(const struct plan_cell *cell) {
  return (struct comparison_side){cell->alloc, cell->gc, cell->twin};
}

/* The first cell of the plan with this row and variant; SIZE_MAX when there is none. */
static size_t find_cell(const struct plan *plan, const struct plan_row *row,
                        struct comparison_side side) {
  for (size_t i = 0; i < plan->cells.n; i++)
    if (is_side(&plan->cells.items[i], side) && plan_same_row(&plan->cells.items[i].row, row))
      return i;
  return SIZE_MAX;
}

void comparison_runs(struct comparison *c, const struct results *a, const struct results *b,
                     const struct comparison_request *request) {
  *c = (struct comparison){0};
  for (size_t i = 0; i < a->plan.cells.n; i++) {
    const struct plan_cell *cell = &a->plan.cells.items[i];
    struct comparison_side side = side_of(cell);
    if (find_cell(&b->plan, &cell->row, side) == SIZE_MAX)
      c->only_a++;
    else if (is_compared(cell, request) && !cell->twin)
      add_row(c, a, b, &cell->row, side, side, request->field);
  }
  for (size_t i = 0; i < b->plan.cells.n; i++)
    c->only_b += find_cell(&a->plan, &b->plan.cells.items[i].row,
                           side_of(&b->plan.cells.items[i])) == SIZE_MAX;
  finish(c, request->adjust);
}

/* How a name fits a variant: "alloc", "/gc", or "alloc/gc". */
enum fit { FIT_NONE, FIT_ALLOC, FIT_GC, FIT_BOTH };

static enum fit fit(const char *name, const struct plan_cell *cell) {
  size_t n = strlen(cell->alloc);
  if (cell->twin)
    return FIT_NONE;
  if (*cell->alloc && !strcmp(name, cell->alloc))
    return FIT_ALLOC;
  if (*name == '/' && *cell->gc && !strcmp(name + 1, cell->gc))
    return FIT_GC;
  if (!strncmp(name, cell->alloc, n) && name[n] == '/' && !strcmp(name + n + 1, cell->gc))
    return FIT_BOTH;
  return FIT_NONE;
}

static enum fit fit_anywhere(const struct plan *plan, const char *name, char *error,
                             size_t error_bytes) {
  struct nearest nearest;
  nearest_start(&nearest, name);
  for (size_t i = 0; i < plan->cells.n; i++) {
    enum fit found = fit(name, &plan->cells.items[i]);
    if (found)
      return found;
    nearest_try(&nearest, plan->cells.items[i].alloc);
  }
  const char *best = nearest_end(&nearest);
  snprintf(error, error_bytes, "the run has no variant '%s'%s%s%s (ALLOCATOR, /COLLECTOR, or both)",
           name, best ? "; did you mean '" : "", best ? best : "", best ? "'?" : "");
  return FIT_NONE;
}

bool comparison_variants(struct comparison *c, const struct results *results, const char *a,
                         const char *b, const struct comparison_request *request, char *error,
                         size_t error_bytes) {
  const struct plan *plan = &results->plan;
  *c = (struct comparison){0};
  enum fit fit_a = fit_anywhere(plan, a, error, error_bytes);
  enum fit fit_b = fit_a ? fit_anywhere(plan, b, error, error_bytes) : FIT_NONE;
  if (!fit_a || !fit_b)
    return false;
  if (fit_a != fit_b) {
    snprintf(error, error_bytes, "'%s' and '%s' do not name the same kind of thing", a, b);
    return false;
  }
  for (size_t i = 0; i < plan->cells.n; i++) {
    const struct plan_cell *cell = &plan->cells.items[i];
    if (!is_compared(cell, request) || !fit(a, cell))
      continue;
    for (size_t j = 0; j < plan->cells.n; j++) {
      const struct plan_cell *other = &plan->cells.items[j];
      if (other->repetition || !fit(b, other) || !plan_same_row(&cell->row, &other->row) ||
          (fit_a == FIT_ALLOC && strcmp(cell->gc, other->gc)) ||
          (fit_a == FIT_GC && strcmp(cell->alloc, other->alloc)))
        continue;
      add_row(c, results, results, &cell->row, side_of(cell), side_of(other), request->field);
      break;
    }
  }
  finish(c, request->adjust);
  return true;
}

void comparison_sides(struct comparison *c, const struct results *results, struct comparison_side a,
                      struct comparison_side b, const struct comparison_request *request) {
  *c = (struct comparison){0};
  for (size_t i = 0; i < results->plan.cells.n; i++) {
    const struct plan_cell *cell = &results->plan.cells.items[i];
    if (is_compared(cell, request) && is_side(cell, a) &&
        find_cell(&results->plan, &cell->row, b) != SIZE_MAX)
      add_row(c, results, results, &cell->row, a, b, request->field);
  }
  finish(c, request->adjust);
}

void comparison_close(struct comparison *c) {
  for (size_t i = 0; i < c->rows.n; i++) {
    free(c->rows.items[i].logs_a);
    free(c->rows.items[i].logs_b);
    free(c->rows.items[i].log_ratios);
  }
  vec_free(&c->rows);
}

void comparison_control(struct comparison_control *control, const struct results *results,
                        const char *field) {
  struct comparison c = {0};
  struct sample spreads = {0};
  *control = (struct comparison_control){.spread = NAN};
  for (size_t i = 0; i < results->plan.cells.n; i++) {
    const struct plan_cell *cell = &results->plan.cells.items[i];
    struct comparison_side twin = side_of(cell), first = twin;
    first.twin = 0;
    if (cell->twin && is_compared(cell, NULL) &&
        find_cell(&results->plan, &cell->row, first) != SIZE_MAX)
      add_row(&c, results, results, &cell->row, first, twin, field);
  }
  for (size_t i = 0; i < c.rows.n; i++) {
    const struct comparison_row *r = &c.rows.items[i];
    if (r->verdict == COMPARISON_VOID)
      continue;
    control->pairs++;
    control->positives += r->p < significance;
    push(&spreads, fabs(log(r->ratio)));
  }
  if (spreads.n)
    control->spread = exp(statistics_quantile(spreads.items, spreads.n, 0.95)) - 1;
  vec_free(&spreads);
  comparison_close(&c);
}
