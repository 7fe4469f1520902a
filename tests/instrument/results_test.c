/* Reading runs: damaged files, void rows, comparisons and their verdicts. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "bench/comparison.h"
#include "bench/outcome.h"
#include "tests/instrument/fake_run.h"

static const struct comparison_request by_time = {.field = "process_cpu_seconds"};
static const struct comparison_request by_time_holm = {.field = "process_cpu_seconds",
                                                       .adjust = COMPARISON_HOLM};
static const char *const two[] = {"pool", "malloc", NULL};

/* Writes a cell's file as if its process had used so much CPU time. */
static void write_cell(const char *directory, const struct plan_cell *cell, double seconds,
                       const char *checksum) {
  static struct launch_result result;
  char out[512], error[256], path[128];
  result = (struct launch_result){0};
  result.report.usage.user_ns = (uint64_t)(seconds * 1e9);
  result.report.usage.peak_rss_bytes = 1 << 20;
  result.report.wall_ns = result.report.usage.user_ns;
  snprintf(out, sizeof out,
           "{\"context\":{},\"benchmarks\":[{\"run_type\":\"iteration\",\"iterations\":1,"
           "\"real_time\":1,\"cpu_time\":1,\"time_unit\":\"ns\",\"label\":\"checksum=%s\"}]}",
           checksum);
  result.out = out;
  result.out_bytes = strlen(out);
  json_t *json = outcome_to_json(cell, &result, -1, "", NULL, NULL);
  char *text = json_dumps(json, 0);
  snprintf(path, sizeof path, "%s/cells", directory);
  assert_true(file_make_folders(path, error, sizeof error));
  assert_true(file_write_atomic(results_cell_path(directory, cell), text, strlen(text), error,
                                sizeof error));
  free(text);
  json_decref(json);
}

static struct results read_run(void) {
  char error[512];
  struct results results;
  assert_true(results_read(&results, fake_directory, error, sizeof error));
  return results;
}

static void damaged_files_count_as_missing(void **state) {
  struct plan plan = fake_plan("w", two, 2);
  for (size_t i = 0; i < plan.cells.n; i++)
    write_cell(fake_directory, &plan.cells.items[i], 0.1, "0x1");
  const char *path = results_cell_path(fake_directory, &plan.cells.items[2]);
  char error[256], kept[128];
  snprintf(kept, sizeof kept, "%s", path);
  size_t bytes;
  char *text = file_read(kept, &bytes, error, sizeof error);
  for (size_t n = 0; n < bytes; n += 31) {
    FILE *file = fopen(kept, "w");
    fwrite(text, 1, n, file);
    fclose(file);
    struct results results = read_run();
    assert_int_equal(results.cells[2].outcome, OUTCOME_missing);
    assert_non_null(strstr(results.cells[2].message, "damaged"));
    assert_int_equal(results.counts[OUTCOME_ok], 3);
    results_close(&results);
  }
  /* Random bytes. */
  struct random random;
  random_seed(&random, 3);
  for (int round = 0; round < 200; round++) {
    FILE *file = fopen(kept, "w");
    for (size_t i = 0; i < bytes; i++)
      fputc(random_below(&random, 40) ? text[i] : (int)random_below(&random, 256), file);
    fclose(file);
    struct results results = read_run();
    results_close(&results);
  }
  free(text);
  plan_close(&plan);
}

static void another_cells_file_is_refused(void **state) {
  struct plan plan = fake_plan("w", two, 1);
  for (size_t i = 0; i < 2; i++)
    write_cell(fake_directory, &plan.cells.items[i], 0.1, "0x1");
  char from[128];
  snprintf(from, sizeof from, "%s", results_cell_path(fake_directory, &plan.cells.items[0]));
  assert_int_equal(rename(from, results_cell_path(fake_directory, &plan.cells.items[1])), 0);
  struct results results = read_run();
  assert_non_null(strstr(results.cells[1].message, "holds another cell"));
  assert_int_equal(results.counts[OUTCOME_missing], 2);
  results_close(&results);
  plan_close(&plan);
}

static void a_row_without_majority_is_void(void **state) {
  struct plan plan = fake_plan("w", two, 1);
  write_cell(fake_directory, &plan.cells.items[0], 0.1, "0x1");
  write_cell(fake_directory, &plan.cells.items[1], 0.1, "0x2");
  struct results results = read_run();
  assert_int_equal(results.counts[OUTCOME_void], 2);
  assert_true(isnan(results_figure(&results.cells[0], "process_cpu_seconds")));
  results_close(&results);
  plan_close(&plan);
}

static void joined_rows_are_google_benchmarks(void **state) {
  struct plan plan = fake_plan("w", two, 2);
  for (size_t i = 0; i < plan.cells.n; i++)
    write_cell(fake_directory, &plan.cells.items[i], 0.1, "0x1");
  struct results results = read_run();
  json_t *joined = results_join(&results), *rows = json_object_get(joined, "benchmarks");
  assert_true(json_is_object(json_object_get(joined, "context")));
  assert_int_equal(json_array_size(rows), 4);
  for (size_t i = 0; i < 4; i++) {
    json_t *row = json_array_get(rows, i);
    static const char *const wanted[] = {"name",      "run_name", "run_type", "iterations",
                                         "real_time", "cpu_time", "time_unit"};
    for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++)
      assert_non_null(json_object_get(row, wanted[k]));
  }
  json_decref(joined);
  results_close(&results);
  plan_close(&plan);
}

/* A run in which malloc needs `factor` times what pool needs, with noise and drift between blocks.
 */
static struct results noisy_run(double factor, unsigned repetitions, uint64_t seed) {
  struct plan plan = fake_plan("w", two, repetitions);
  struct random random;
  random_seed(&random, seed);
  for (size_t i = 0; i < plan.cells.n; i++) {
    const struct plan_cell *c = &plan.cells.items[i];
    double seconds = 0.1 * (1 + 0.01 * random_unit(&random)) * (1 + 0.02 * c->block);
    write_cell(fake_directory, c, strcmp(c->alloc, "malloc") ? seconds : seconds * factor, "0x1");
  }
  plan_close(&plan);
  return read_run();
}

static void a_difference_is_found(void **state) {
  struct results results = noisy_run(1.5, 8, 1);
  struct comparison c;
  char error[256];
  assert_true(comparison_variants(&c, &results, "pool", "malloc", &by_time, error, sizeof error));
  assert_int_equal(c.rows.n, 1);
  const struct comparison_row *r = &c.rows.items[0];
  assert_int_equal(r->verdict, COMPARISON_HIGHER);
  assert_int_equal(r->n_ratios, 8);
  assert_true(fabs(r->ratio - 1.5) < 0.02);
  assert_true(r->interval.low <= r->ratio && r->ratio <= r->interval.high);
  assert_true(r->interval.low > 1.48 && r->interval.high < 1.52);
  comparison_close(&c);
  /* The other way round. */
  assert_true(comparison_variants(&c, &results, "malloc/none", "pool/none", &by_time_holm, error,
                                  sizeof error));
  assert_int_equal(c.rows.items[0].verdict, COMPARISON_LOWER);
  assert_true(fabs(c.ratio - 1 / 1.5) < 0.02);
  comparison_close(&c);
  assert_false(comparison_variants(&c, &results, "pol", "malloc", &by_time, error, sizeof error));
  assert_non_null(strstr(error, "did you mean 'pool'?"));
  results_close(&results);
}

static void no_difference_is_a_result(void **state) {
  int found = 0;
  for (uint64_t seed = 1; seed <= 20; seed++) {
    struct results results = noisy_run(1, 6, seed);
    struct comparison c;
    char error[256];
    assert_true(comparison_variants(&c, &results, "pool", "malloc", &by_time, error, sizeof error));
    found += c.rows.items[0].verdict != COMPARISON_SAME;
    comparison_close(&c);
    results_close(&results);
  }
  assert_true(found <= 4); /* one expected; five or more in one of 400 */
}

static void few_repetitions_are_said_to_be_few(void **state) {
  struct results results = noisy_run(3, 3, 1);
  struct comparison c;
  char error[256];
  assert_true(comparison_variants(&c, &results, "pool", "malloc", &by_time, error, sizeof error));
  assert_true(c.least_p >= 0.05);
  assert_int_equal(c.rows.items[0].verdict, COMPARISON_SAME);
  comparison_close(&c);
  results_close(&results);
}

static void runs_are_compared(void **state) {
  struct results first = noisy_run(1, 6, 1);
  /* The second run replaces the first's files; what was read stays in memory. */
  struct results second = noisy_run(2, 6, 2);
  struct comparison c;
  comparison_runs(&c, &first, &second, &by_time);
  assert_int_equal(c.rows.n, 2);
  for (size_t i = 0; i < 2; i++) {
    bool malloc_row = !strcmp(c.rows.items[i].a.alloc, "malloc");
    assert_int_equal(c.rows.items[i].verdict, malloc_row ? COMPARISON_HIGHER : COMPARISON_SAME);
  }
  assert_true(fabs(c.ratio - sqrt(2)) < 0.05);
  assert_int_equal(c.only_a, 0);
  comparison_close(&c);
  results_close(&first);
  results_close(&second);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(damaged_files_count_as_missing),
      cmocka_unit_test(another_cells_file_is_refused),
      cmocka_unit_test(a_row_without_majority_is_void),
      cmocka_unit_test(joined_rows_are_google_benchmarks),
      cmocka_unit_test(a_difference_is_found),
      cmocka_unit_test(no_difference_is_a_result),
      cmocka_unit_test(few_repetitions_are_said_to_be_few),
      cmocka_unit_test(runs_are_compared),
  };
  return cmocka_run_group_tests_name("results", tests, fake_open, fake_close);
}
