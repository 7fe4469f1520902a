/* Statistics against published examples, hand-worked values and brute force. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "bench/statistics.h"

#define NEAR(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

static void medians_and_quantiles(void **state) {
  const double odd[] = {3, 1, 2}, even[] = {4, 1, 3, 2}, one[] = {7};
  NEAR(statistics_median(odd, 3), 2, 0);
  NEAR(statistics_median(even, 4), 2.5, 0);
  NEAR(statistics_median(one, 1), 7, 0);
  assert_true(isnan(statistics_median(one, 0)));
  /* Type 7: position q (n - 1) = 0.75 between 1 and 2. */
  NEAR(statistics_quantile(even, 4, 0.25), 1.75, 1e-15);
  NEAR(statistics_quantile(even, 4, 1), 4, 0);
  NEAR(odd[0], 3, 0); /* the input stays as it is */
}

static void means(void **state) {
  const double values[] = {1, 10, 100};
  NEAR(statistics_geometric_mean(values, 3), 10, 1e-12);
  NEAR(statistics_mean(values, 3), 37, 1e-12);
}

static void normal_distribution(void **state) {
  /* From the tables. */
  NEAR(statistics_normal(1.959963984540054), 0.975, 1e-12);
  NEAR(statistics_normal(-1), 0.15865525393145705, 1e-15);
  NEAR(statistics_normal_inverse(0.975), 1.959963984540054, 1e-12);
  NEAR(statistics_normal_inverse(0.5), 0, 1e-12);
  NEAR(statistics_normal_inverse(1e-9), -5.997807015007687, 1e-9);
}

/* Choices of n_x out of n positions, by bit mask: the definition, counted out. */
static double brute_p(const double *x, size_t n_x, const double *y, size_t n_y) {
  double pooled[20];
  size_t n = n_x + n_y;
  memcpy(pooled, x, n_x * sizeof *x);
  memcpy(pooled + n_x, y, n_y * sizeof *y);
  double low = 0, high = 0, all = 0, observed = 0;
  for (size_t i = 0; i < n_x; i++)
    for (size_t j = 0; j < n_y; j++)
      observed += x[i] > y[j] ? 1 : x[i] == y[j] ? 0.5 : 0;
  for (unsigned mask = 0; mask < 1u << n; mask++) {
    if ((size_t)__builtin_popcount(mask) != n_x)
      continue;
    double u = 0;
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < n; j++)
        if ((mask >> i & 1) && !(mask >> j & 1))
          u += pooled[i] > pooled[j] ? 1 : pooled[i] == pooled[j] ? 0.5 : 0;
    all++;
    low += u <= observed;
    high += u >= observed;
  }
  double p = 2 * (low < high ? low : high) / all;
  return p < 1 ? p : 1;
}

static void mann_whitney_tables(void **state) {
  /* Complete separation: 2 / C(n_x + n_y, n_x). */
  const double low[] = {1, 2, 3, 4, 5}, high[] = {6, 7, 8, 9, 10};
  struct rank_test t = statistics_mann_whitney(low, 5, high, 5);
  assert_true(t.exact);
  NEAR(t.u, 0, 0);
  NEAR(t.p, 2.0 / 252, 1e-15);
  NEAR(statistics_mann_whitney_least(5, 5), 2.0 / 252, 1e-15);
  NEAR(statistics_mann_whitney_least(3, 3), 0.1, 1e-15);
  NEAR(statistics_mann_whitney_least(1, 1), 1, 0);
  NEAR(statistics_mann_whitney(high, 5, low, 5).u, 25, 0);
  /* Hollander and Wolfe (1973), table 4.1, permeability of membranes: U = 35, two-sided
   * p = 0.2544. */
  const double term[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
  const double early[] = {1.15, 0.88, 0.90, 0.74, 1.21};
  t = statistics_mann_whitney(term, 10, early, 5);
  NEAR(t.u, 35, 0);
  NEAR(t.p, 0.2544, 5e-5);
  /* The same data's Hodges-Lehmann shift: 0.305. */
  NEAR(statistics_hodges_lehmann(term, 10, early, 5), 0.305, 1e-12);
}

static void mann_whitney_brute_force(void **state) {
  struct random random;
  random_seed(&random, 7);
  for (int round = 0; round < 300; round++) {
    double x[6], y[6];
    size_t n_x = 1 + random_below(&random, 6), n_y = 1 + random_below(&random, 6);
    /* Few distinct values: many ties. */
    uint64_t values = round % 2 ? 4 : 1000;
    for (size_t i = 0; i < n_x; i++)
      x[i] = (double)random_below(&random, values);
    for (size_t i = 0; i < n_y; i++)
      y[i] = (double)random_below(&random, values);
    struct rank_test t = statistics_mann_whitney(x, n_x, y, n_y);
    assert_true(t.exact);
    NEAR(t.p, brute_p(x, n_x, y, n_y), 1e-12);
  }
}

static void mann_whitney_approximation(void **state) {
  /* Just beyond the exact range the approximation must agree with the exact value of nearly the
   * same samples. */
  double x[26], y[26];
  for (int i = 0; i < 26; i++)
    x[i] = i, y[i] = i + 6.5;
  struct rank_test exact = statistics_mann_whitney(x, 25, y, 25);
  struct rank_test near = statistics_mann_whitney(x, 26, y, 26);
  assert_true(exact.exact);
  assert_false(near.exact);
  assert_true(near.p < 0.06 && near.p > 0.001);
  NEAR(near.p, exact.p, 0.02);
  NEAR(statistics_mann_whitney(x, 0, y, 5).p, 1, 0);
  const double same[30] = {0};
  NEAR(statistics_mann_whitney(same, 30, same, 30).p, 1, 0);
}

static void adjustments(void **state) {
  /* Holm 1979's procedure by hand: sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1, kept rising. */
  const double p[] = {0.04, 0.01, 0.03, 0.02};
  double holm[4], bh[4];
  statistics_holm(p, 4, holm);
  NEAR(holm[1], 0.04, 1e-15);
  NEAR(holm[3], 0.06, 1e-15);
  NEAR(holm[2], 0.06, 1e-15);
  NEAR(holm[0], 0.06, 1e-15);
  /* Benjamini and Hochberg 1995: their 15 p-values; four are rejected at 0.05, the fourth is
   * 0.0095 * 15 / 4. */
  const double bh15[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                         0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000};
  double q[15];
  statistics_benjamini_hochberg(bh15, 15, q);
  NEAR(q[3], 0.035625, 1e-12);
  int rejected = 0;
  for (int i = 0; i < 15; i++)
    rejected += q[i] < 0.05;
  assert_int_equal(rejected, 4);
  statistics_benjamini_hochberg(p, 4, bh);
  for (int i = 0; i < 4; i++)
    NEAR(bh[i], 0.04, 1e-15);
}

static double mean_of(const struct stratum *strata, size_t n) {
  return statistics_mean(strata[0].values, strata[0].n);
}

static void bca_known(void **state) {
  /* Without variation there is no interval. */
  const double same[] = {2, 2, 2, 2};
  struct stratum s = {same, 4};
  struct interval i = statistics_bca(&s, 1, statistics_mean_of_medians, 0.95, 1);
  NEAR(i.low, 2, 0);
  NEAR(i.high, 2, 0);
  /* A symmetric sample's mean: close to the normal interval, mean 1.96 standard errors (population
   * form: sqrt(8.25 / 10)) around 4.5. */
  const double ten[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  s = (struct stratum){ten, 10};
  i = statistics_bca(&s, 1, mean_of, 0.95, 1);
  NEAR(i.low, 4.5 - 1.96 * sqrt(0.825), 0.12);
  NEAR(i.high, 4.5 + 1.96 * sqrt(0.825), 0.12);
  /* The same seed, the same interval. */
  struct interval again = statistics_bca(&s, 1, mean_of, 0.95, 1);
  NEAR(i.low, again.low, 0);
  NEAR(i.high, again.high, 0);
  /* Two-stratum mean of medians: the estimate is between the ends. */
  const double a[] = {1, 2, 3, 4, 50}, b[] = {5, 6, 7, 8, 9};
  struct stratum both[] = {{a, 5}, {b, 5}};
  i = statistics_bca(both, 2, statistics_mean_of_medians, 0.95, 1);
  assert_true(i.low <= 5 && i.high >= 5 && i.low >= 3 && i.high <= 29.5);
}

static void bca_skewed(void **state) {
  /* A skewed sample's interval reaches further on the long side (that is what BCa is for); the
   * percentile interval of the mean would be nearly symmetric. */
  const double skewed[] = {1, 1, 1, 2, 2, 3, 4, 6, 12, 40};
  struct stratum s = {skewed, 10};
  struct interval i = statistics_bca(&s, 1, mean_of, 0.95, 3);
  double mean = 7.2;
  assert_true(i.high - mean > 1.5 * (mean - i.low));
}

static double coverage(size_t n, int rounds) {
  struct random random;
  random_seed(&random, 11);
  int covered = 0;
  for (int r = 0; r < rounds; r++) {
    double x[40];
    for (size_t k = 0; k < n; k++)
      x[k] = -log(1 - random_unit(&random)); /* exponential, mean 1 */
    struct stratum s = {x, n};
    struct interval i = statistics_bca(&s, 1, mean_of, 0.95, (uint64_t)r);
    covered += i.low <= 1 && i.high >= 1;
  }
  return (double)covered / rounds;
}

static void bca_covers(void **state) {
  /* On exponential samples of 30 a nominal 95% covers 92 to 94% (Efron 1987 reports the like). */
  double share = coverage(30, 300);
  assert_true(share > 0.89 && share < 0.98);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(medians_and_quantiles),
      cmocka_unit_test(means),
      cmocka_unit_test(normal_distribution),
      cmocka_unit_test(mann_whitney_tables),
      cmocka_unit_test(mann_whitney_brute_force),
      cmocka_unit_test(mann_whitney_approximation),
      cmocka_unit_test(adjustments),
      cmocka_unit_test(bca_known),
      cmocka_unit_test(bca_skewed),
      cmocka_unit_test(bca_covers),
  };
  return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}
