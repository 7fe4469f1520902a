/* Medians, bootstraps, rank tests, adjustments. */
#include "bench/statistics.h"
#include "base/check.h"
#include "base/random.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EXACT_MOST = 50 };

static void *sure(void *p) {
  if (!p)
    fatal("out of memory");
  return p;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double *sorted_copy(const double *values, size_t n) {
  double *copy = sure(malloc((n + 1) * sizeof *copy));
  memcpy(copy, values, n * sizeof *copy);
  qsort(copy, n, sizeof *copy, by_value);
  return copy;
}

static double quantile_sorted(const double *sorted, size_t n, double q) {
  if (n == 0)
    return NAN;
  double position = q * (double)(n - 1);
  size_t below = (size_t)position;
  if (below + 1 >= n)
    return sorted[n - 1];
  return sorted[below] + (position - (double)below) * (sorted[below + 1] - sorted[below]);
}

double statistics_quantile(const double *values, size_t n, double q) {
  double *sorted = sorted_copy(values, n), result = quantile_sorted(sorted, n, q);
  free(sorted);
  return result;
}

double statistics_median(const double *values, size_t n) {
  return statistics_quantile(values, n, 0.5);
}

double statistics_mean(const double *values, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += values[i];
  return n ? sum / (double)n : NAN;
}

double statistics_geometric_mean(const double *values, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += log(values[i]);
  return n ? exp(sum / (double)n) : NAN;
}

double statistics_normal(double z) { return erfc(-z / M_SQRT2) / 2; }

/* Bisection: erfc is exact to the last bits, and this is called twice per interval. */
double statistics_normal_inverse(double p) {
  double low = -40, high = 40;
  for (int i = 0; i < 200 && low < high; i++) {
    double middle = (low + high) / 2;
    if (middle == low || middle == high)
      break;
    *(statistics_normal(middle) < p ? &low : &high) = middle;
  }
  return (low + high) / 2;
}

double statistics_mean_of_medians(const struct stratum *strata, size_t n_strata) {
  double sum = 0;
  for (size_t i = 0; i < n_strata; i++)
    sum += statistics_median(strata[i].values, strata[i].n);
  return n_strata ? sum / (double)n_strata : NAN;
}

/* Acceleration from the jackknife, in its form for several samples (Davison and Hinkley, eq. 5.28):
 * sum of (l / n)^3 over 6 (sum of (l / n)^2)^1.5, l the empirical influence of an observation. */
static double acceleration(const struct stratum *strata, size_t n_strata, statistic_fn *statistic) {
  struct stratum *without = sure(malloc((n_strata + 1) * sizeof *without));
  memcpy(without, strata, n_strata * sizeof *without);
  double squares = 0, cubes = 0;
  for (size_t s = 0; s < n_strata; s++) {
    size_t n = strata[s].n;
    if (n < 2)
      continue;
    double *rest = sure(malloc(n * sizeof *rest)), *left = sure(malloc(n * sizeof *left));
    double mean = 0;
    for (size_t i = 0; i < n; i++) {
      memcpy(rest, strata[s].values, i * sizeof *rest);
      memcpy(rest + i, strata[s].values + i + 1, (n - i - 1) * sizeof *rest);
      without[s] = (struct stratum){rest, n - 1};
      left[i] = statistic(without, n_strata);
      mean += left[i] / (double)n;
    }
    without[s] = strata[s];
    for (size_t i = 0; i < n; i++) {
      double share = (double)(n - 1) * (mean - left[i]) / (double)n;
      squares += share * share;
      cubes += share * share * share;
    }
    free(rest);
    free(left);
  }
  free(without);
  return squares > 0 ? cubes / (6 * pow(squares, 1.5)) : 0;
}

/* Draws the resamples' statistics, sorted. */
static double *resample(const struct stratum *strata, size_t n_strata, statistic_fn *statistic,
                        uint64_t seed) {
  size_t total = 0;
  for (size_t s = 0; s < n_strata; s++)
    total += strata[s].n;
  double *drawn = sure(malloc((total + 1) * sizeof *drawn));
  struct stratum *copies = sure(malloc((n_strata + 1) * sizeof *copies));
  double *found = sure(malloc(STATISTICS_RESAMPLES * sizeof *found));
  struct random random;
  random_seed(&random, seed);
  for (size_t r = 0; r < STATISTICS_RESAMPLES; r++) {
    double *to = drawn;
    for (size_t s = 0; s < n_strata; s++) {
      copies[s] = (struct stratum){to, strata[s].n};
      for (size_t i = 0; i < strata[s].n; i++)
        *to++ = strata[s].values[random_below(&random, strata[s].n)];
    }
    found[r] = statistic(copies, n_strata);
  }
  qsort(found, STATISTICS_RESAMPLES, sizeof *found, by_value);
  free(drawn);
  free(copies);
  return found;
}

struct interval statistics_bca(const struct stratum *strata, size_t n_strata,
                               statistic_fn *statistic, double confidence, uint64_t seed) {
  double estimate = statistic(strata, n_strata);
  double *found = resample(strata, n_strata, statistic, seed);
  struct interval interval = {estimate, estimate};
  /* Ties with the estimate count half, else the bias of a discrete statistic is overrated. */
  double below = 0;
  for (size_t r = 0; r < STATISTICS_RESAMPLES; r++)
    below += found[r] < estimate ? 1 : found[r] == estimate ? 0.5 : 0;
  if (found[0] < found[STATISTICS_RESAMPLES - 1]) {
    double least = 0.5 / STATISTICS_RESAMPLES, share = below / STATISTICS_RESAMPLES;
    share = share < least ? least : share > 1 - least ? 1 - least : share;
    double bias = statistics_normal_inverse(share);
    double a = acceleration(strata, n_strata, statistic);
    double ends[2];
    for (int i = 0; i < 2; i++) {
      double tail = (1 - confidence) / 2;
      double z = bias + statistics_normal_inverse(i ? 1 - tail : tail);
      double denominator = 1 - a * z;
      double q = statistics_normal(bias + z / (denominator > 1e-9 ? denominator : 1e-9));
      ends[i] = quantile_sorted(found, STATISTICS_RESAMPLES, q);
    }
    interval = (struct interval){ends[0], ends[1]};
  }
  free(found);
  return interval;
}

struct ranked {
  double value;
  bool from_x;
};
static int by_ranked(const void *a, const void *b) {
  return by_value(&((const struct ranked *)a)->value, &((const struct ranked *)b)->value);
}

/* Twice the midranks of the pooled sample (so that they are whole), in order of value. Returns the
 * sum of t^3 - t over groups of t ties. */
static double rank_pooled(struct ranked *pooled, size_t n, unsigned *doubled) {
  qsort(pooled, n, sizeof *pooled, by_ranked);
  double ties = 0;
  for (size_t i = 0; i < n;) {
    size_t j = i;
    while (j < n && pooled[j].value == pooled[i].value)
      j++;
    for (size_t k = i; k < j; k++)
      doubled[k] = (unsigned)(i + 1 + j);
    double t = (double)(j - i);
    ties += t * t * t - t;
    i = j;
  }
  return ties;
}

/* The exact two-sided p: ways[k][s] counts the choices of k of the ranks with doubled sum s; each
 * choice of n_x is equally likely when the samples do not differ. Twice the smaller tail. */
static double exact_p(const unsigned *doubled, size_t n, size_t n_x, unsigned observed) {
  unsigned most = 0;
  for (size_t i = 0; i < n; i++)
    most += doubled[i];
  size_t width = most + 1u;
  double *ways = sure(calloc((n_x + 1) * width, sizeof *ways));
  ways[0] = 1;
  for (size_t i = 0; i < n; i++)
    for (size_t k = i + 1 < n_x ? i + 1 : n_x; k > 0; k--)
      for (size_t s = most; s >= doubled[i]; s--)
        ways[k * width + s] += ways[(k - 1) * width + s - doubled[i]];
  double low = 0, high = 0, all = 0;
  for (size_t s = 0; s < width; s++) {
    double w = ways[n_x * width + s];
    all += w;
    low += s <= observed ? w : 0;
    high += s >= observed ? w : 0;
  }
  free(ways);
  double p = 2 * (low < high ? low : high) / all;
  return p < 1 ? p : 1;
}

static double approximate_p(double u, size_t n_x, size_t n_y, double ties) {
  double x = (double)n_x, y = (double)n_y, n = x + y;
  double variance = x * y / 12 * (n + 1 - ties / (n * (n - 1)));
  if (variance <= 0)
    return 1;
  double distance = fabs(u - x * y / 2) - 0.5;
  double p = 2 * statistics_normal(-(distance > 0 ? distance : 0) / sqrt(variance));
  return p < 1 ? p : 1;
}

struct rank_test statistics_mann_whitney(const double *x, size_t n_x, const double *y, size_t n_y) {
  size_t n = n_x + n_y;
  struct rank_test test = {.p = 1, .exact = n <= EXACT_MOST};
  if (!n_x || !n_y)
    return test;
  struct ranked *pooled = sure(malloc(n * sizeof *pooled));
  unsigned *doubled = sure(malloc(n * sizeof *doubled)), sum = 0;
  for (size_t i = 0; i < n; i++)
    pooled[i] = (struct ranked){i < n_x ? x[i] : y[i - n_x], i < n_x};
  double ties = rank_pooled(pooled, n, doubled);
  for (size_t i = 0; i < n; i++)
    sum += pooled[i].from_x ? doubled[i] : 0;
  test.u = (double)sum / 2 - (double)n_x * ((double)n_x + 1) / 2;
  test.p = test.exact ? exact_p(doubled, n, n_x, sum) : approximate_p(test.u, n_x, n_y, ties);
  free(pooled);
  free(doubled);
  return test;
}

double statistics_mann_whitney_least(size_t n_x, size_t n_y) {
  double choices = 1; /* n_x + n_y over n_x */
  for (size_t i = 1; i <= n_x; i++)
    choices *= (double)(n_y + i) / (double)i;
  return choices > 2 ? 2 / choices : 1;
}

double statistics_hodges_lehmann(const double *x, size_t n_x, const double *y, size_t n_y) {
  double *differences = sure(malloc((n_x * n_y + 1) * sizeof *differences));
  for (size_t i = 0; i < n_x; i++)
    for (size_t j = 0; j < n_y; j++)
      differences[i * n_y + j] = x[i] - y[j];
  double shift = statistics_median(differences, n_x * n_y);
  free(differences);
  return shift;
}

struct indexed {
  double p;
  size_t at;
};
static int by_p(const void *a, const void *b) {
  return by_value(&((const struct indexed *)a)->p, &((const struct indexed *)b)->p);
}

static struct indexed *sort_p(const double *p, size_t n) {
  struct indexed *sorted = sure(malloc((n + 1) * sizeof *sorted));
  for (size_t i = 0; i < n; i++)
    sorted[i] = (struct indexed){p[i], i};
  qsort(sorted, n, sizeof *sorted, by_p);
  return sorted;
}

void statistics_holm(const double *p, size_t n, double *adjusted) {
  struct indexed *sorted = sort_p(p, n);
  double most = 0;
  for (size_t i = 0; i < n; i++) {
    double candidate = sorted[i].p * (double)(n - i);
    most = candidate > most ? candidate : most;
    adjusted[sorted[i].at] = most < 1 ? most : 1;
  }
  free(sorted);
}

void statistics_benjamini_hochberg(const double *p, size_t n, double *adjusted) {
  struct indexed *sorted = sort_p(p, n);
  double least = 1;
  for (size_t i = n; i-- > 0;) {
    double candidate = sorted[i].p * (double)n / (double)(i + 1);
    least = candidate < least ? candidate : least;
    adjusted[sorted[i].at] = least;
  }
  free(sorted);
}
