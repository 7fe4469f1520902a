/* The statistics that verdicts rest on: robust, seeded, exact where samples are small.
 *
 * Nothing here assumes a distribution. All functions leave their input as it is; none of them
 * accepts NAN. Sources: Efron 1987 (BCa), Davison and Hinkley 1997 chapter 5 (its stratified form),
 * Mann and Whitney 1947, Hodges and Lehmann 1963, Holm 1979, Benjamini and Hochberg 1995. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct interval {
  double low, high;
};

/* One group of observations; a bootstrap resamples within each. */
struct stratum {
  const double *values;
  size_t n;
};

/* NAN when n is 0. */
double statistics_median(const double *values, size_t n);
double statistics_mean(const double *values, size_t n);
/* Of positive values. */
double statistics_geometric_mean(const double *values, size_t n);
/* Linear interpolation between order statistics (type 7), q in [0, 1]. */
double statistics_quantile(const double *values, size_t n, double q);

/* Standard normal distribution function and its inverse (p in (0, 1)). */
double statistics_normal(double z);
double statistics_normal_inverse(double p);

/* What a bootstrap is taken of. */
typedef double statistic_fn(const struct stratum *strata, size_t n_strata);
/* The mean over strata of their medians: of logarithms of paired ratios it gives the logarithm of a
 * geometric mean over workloads. */
double statistics_mean_of_medians(const struct stratum *strata, size_t n_strata);

enum { STATISTICS_RESAMPLES = 2000 };
/* The bias-corrected and accelerated interval. The same seed gives the same interval. Strata of one
 * value do not vary; where nothing varies both ends equal the estimate. */
struct interval statistics_bca(const struct stratum *strata, size_t n_strata,
                               statistic_fn *statistic, double confidence, uint64_t seed);

struct rank_test {
  double u;   /* pairs with x > y, ties counting one half */
  double p;   /* two-sided */
  bool exact; /* else: normal approximation with corrections for ties and continuity */
};
/* Mann-Whitney U. Exact, also with ties (all assignments of the pooled midranks), while n_x and n_y
 * together are at most 50. p is 1 when a sample is empty. */
struct rank_test statistics_mann_whitney(const double *x, size_t n_x, const double *y, size_t n_y);
/* The smallest p that this test can give for such sample sizes without ties. */
double statistics_mann_whitney_least(size_t n_x, size_t n_y);
/* The shift from y to x: the median of all differences x - y. */
double statistics_hodges_lehmann(const double *x, size_t n_x, const double *y, size_t n_y);

/* Adjusts p-values for how many there are; `adjusted` may be `p`. Holm bounds the chance of any
 * false positive, Benjamini-Hochberg the share of false ones among the positives. */
void statistics_holm(const double *p, size_t n, double *adjusted);
void statistics_benjamini_hochberg(const double *p, size_t n, double *adjusted);
