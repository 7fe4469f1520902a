/* A against B: two runs, or two variants within one.
 *
 * Each row gives a ratio B/A with an interval, the Hodges-Lehmann shift, and a rank test. Within
 * one run, ratios are paired within blocks and the rank test works on figures from which the
 * block's mean was taken off (aligned ranks), so that drift of the machine between blocks does not
 * hide differences; two runs are compared as independent samples. The p-values are adjusted for the
 * number of rows. The verdict stands beside what the same procedure says about variants that are
 * equal: the twins of the run. */
#pragma once
#include "bench/results.h"
#include "bench/statistics.h"

enum comparison_adjust { COMPARISON_BH, COMPARISON_HOLM, COMPARISON_NONE };

struct comparison_side {
  const char *alloc, *gc; /* borrowed from the plan */
  unsigned twin;
};

enum comparison_verdict {
  COMPARISON_SAME,   /* no significant difference */
  COMPARISON_LOWER,  /* B needs less */
  COMPARISON_HIGHER, /* B needs more */
  COMPARISON_VOID,   /* one side has no valid cells, or the checksums differ */
};

struct comparison_row {
  const struct plan_row *row; /* borrowed */
  struct comparison_side a, b;
  size_t n_a, n_b;
  bool paired;
  double median_a, median_b;
  double ratio;             /* B/A: median of paired ratios, or ratio of medians */
  struct interval interval; /* of it, 95% */
  double shift;             /* Hodges-Lehmann, as a ratio */
  double p, adjusted;
  enum comparison_verdict verdict;
  const char *reason;                   /* of COMPARISON_VOID */
  double *logs_a, *logs_b, *log_ratios; /* what the mean over rows is made from; owned */
  size_t n_ratios;
};

struct comparison {
  struct {
    VEC(struct comparison_row);
  } rows;
  size_t valid, only_a, only_b; /* rows; cells that have no counterpart */
  double ratio;                 /* geometric mean over the valid rows; NAN without any */
  struct interval interval;
  double least_p; /* the smallest adjusted p that so few repetitions can give */
};

/* What is compared, and how. */
struct comparison_request {
  const char *field; /* of the row */
  enum comparison_adjust adjust;
  const char *kind; /* only rows of this kind, even of one that no mean holds; NULL: all others */
  /* Is this cell wanted, by its name? NULL: all are. */
  bool (*wants)(const char *name, void *context);
  void *context;
};

/* Every row and variant that both runs have. */
void comparison_runs(struct comparison *comparison, const struct results *a,
                     const struct results *b, const struct comparison_request *request);
/* Two variants of one run: "pool" and "malloc" (each under every collector), "/none" and
 * "/mark-sweep" (each under every allocator), or "pool/none" and "malloc/mark-sweep". False with a
 * message when a name fits nothing in the run. */
bool comparison_variants(struct comparison *comparison, const struct results *results,
                         const char *a, const char *b, const struct comparison_request *request,
                         char *error, size_t error_bytes);
/* Two variants of one run, given as such. */
void comparison_sides(struct comparison *comparison, const struct results *results,
                      struct comparison_side a, struct comparison_side b,
                      const struct comparison_request *request);
void comparison_close(struct comparison *comparison);

/* Twins of a run compared with each other. */
struct comparison_control {
  size_t pairs, positives; /* positives: p < 0.05, unadjusted */
  double spread;           /* 95% of the ratios are within 1 / (1 + spread) and 1 + spread */
};
void comparison_control(struct comparison_control *control, const struct results *results,
                        const char *field);
