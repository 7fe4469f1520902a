/* Histograms against the sorted values themselves. */
#include "base/histogram.h"
#include "base/random.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct histogram h;

static void clear(void) { memset(&h, 0, sizeof h); }

static void test_empty(void **state) {
  clear();
  assert_int_equal(histogram_quantile(&h, 0.5), 0);
  assert_true(histogram_mean(&h) == 0);
}

/* Values below 128 have a bucket each. */
static void test_small_values_are_exact(void **state) {
  clear();
  for (uint64_t v = 0; v < 100; v++)
    histogram_add(&h, v);
  assert_int_equal(h.n, 100);
  assert_int_equal(h.min, 0);
  assert_int_equal(h.max, 99);
  assert_int_equal(histogram_quantile(&h, 0), 0);
  assert_int_equal(histogram_quantile(&h, 0.5), 49);
  assert_int_equal(histogram_quantile(&h, 0.99), 98);
  assert_int_equal(histogram_quantile(&h, 1), 99);
  assert_true(fabs(histogram_mean(&h) - 49.5) < 1e-9);
}

/* Buckets follow each other without gap or overlap: the lowest value of each is the first one that
 * is counted in it. */
static void test_buckets_join(void **state) {
  for (unsigned b = 1; b < HISTOGRAM_BUCKETS; b++) {
    uint64_t low = histogram_bucket_low(b);
    assert_true(low > histogram_bucket_low(b - 1));
    clear();
    histogram_add(&h, low - 1);
    histogram_add(&h, low);
    assert_int_equal(h.buckets[b - 1], 1);
    assert_int_equal(h.buckets[b], 1);
  }
  clear();
  histogram_add(&h, UINT64_MAX);
  assert_int_equal(h.buckets[HISTOGRAM_BUCKETS - 1], 1);
  assert_true(histogram_quantile(&h, 0.5) == UINT64_MAX);
}

static int by_value(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static void test_error_bound(void **state) {
  enum { N = 20000 };
  static uint64_t values[N];
  struct random r;
  random_seed(&r, 7);
  clear();
  for (size_t i = 0; i < N; i++) {
    values[i] = random_next(&r) >> (20 + random_below(&r, 40)); /* over forty octaves */
    histogram_add(&h, values[i]);
  }
  qsort(values, N, sizeof *values, by_value);
  static const double quantiles[] = {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};
  for (size_t i = 0; i < ARRAY_SIZE(quantiles); i++) {
    size_t rank = (size_t)ceil(quantiles[i] * N);
    double exact = (double)values[rank - 1], got = (double)histogram_quantile(&h, quantiles[i]);
    assert_true(got >= exact && got <= exact * (1 + 1.0 / 64) + 1);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_empty), cmocka_unit_test(test_small_values_are_exact),
      cmocka_unit_test(test_buckets_join), cmocka_unit_test(test_error_bound)};
  return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
