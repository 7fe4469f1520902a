/* Cells that end in every way there is; what is kept when a run is cut short. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/instrument/fake_run.h"

static const char *const one[] = {"pool", NULL};

/* Runs one cell of a workload and reads it back. */
static struct results run_one(const char *workload, double time_limit) {
  char error[512];
  struct results results;
  struct plan plan = fake_plan(workload, one, 1);
  struct runner_request request = fake_request();
  request.time_limit_seconds = time_limit;
  assert_int_equal(runner_run(&plan, &request, error, sizeof error), RUNNER_DONE);
  plan_close(&plan);
  assert_true(results_read(&results, fake_directory, error, sizeof error));
  return results;
}

static void expect(const char *workload, enum outcome outcome, const char *why) {
  struct results results = run_one(workload, 20);
  const struct result *r = &results.cells[0];
  if (r->outcome != outcome || !strstr(r->message, why))
    fail_msg("%s: %s: '%s', wanted %s: '%s'", workload, outcome_name(r->outcome), r->message,
             outcome_name(outcome), why);
  /* Tools that read google-benchmark's files must see the failure too. */
  bool marked = json_is_true(json_object_get(r->row, "error_occurred"));
  assert_int_equal(marked, outcome != OUTCOME_ok);
  assert_string_equal(json_string_value(json_object_get(r->row, "name")),
                      results.plan.cells.items[0].name);
  results_close(&results);
}

static void a_good_cell(void **state) {
  struct results results = run_one("good", 20);
  const struct result *r = &results.cells[0];
  assert_int_equal(r->outcome, OUTCOME_ok);
  assert_string_equal(r->checksum, "0x1");
  /* Times come in ms and are kept in ns; the program's own figures stay. */
  assert_true(results_figure(r, "real_time") == 2e6);
  assert_true(results_figure(r, "cpu_time") == 1.5e6);
  assert_true(results_figure(r, "gc_collections_0") == 3);
  assert_true(results_figure(r, "process_cpu_seconds") > 0);
  assert_true(results_figure(r, "process_wall_seconds") > 0);
  assert_true(results_figure(r, "peak_rss_bytes") > 500e3);
  assert_true(results_figure(r, "minor_faults") > 0);
  assert_true(isnan(results_figure(r, "no_such_figure")));
  results_close(&results);
}

static void detail_is_copied(void **state) {
  struct results results = run_one("detail", 20);
  json_t *wall = json_object_get(
      json_object_get(json_object_get(results.cells[0].json, "detail"), "pauses"), "wall_ns");
  assert_int_equal(json_integer_value(json_array_get(wall, 1)), 6);
  results_close(&results);
  /* The next cell does not see it. */
  results = run_one("good", 20);
  assert_int_equal(json_object_size(json_object_get(results.cells[0].json, "detail")), 0);
  results_close(&results);
}

static void a_crash(void **state) { expect("crash", OUTCOME_crash, "signal 11"); }
static void last_words(void **state) { expect("crash", OUTCOME_crash, "about to fall"); }
static void an_exit_code(void **state) {
  expect("exit", OUTCOME_exit, "exit code 3: no such thing");
}
static void garbage(void **state) { expect("garbage", OUTCOME_output, "not JSON"); }
static void silence(void **state) { expect("silent", OUTCOME_output, "not JSON"); }
static void no_row(void **state) { expect("none", OUTCOME_output, "0 rows"); }
static void an_error_row(void **state) { expect("error", OUTCOME_error, "checks failed"); }
static void memory_by_its_own_word(void **state) {
  expect("hungry-row", OUTCOME_memory, "Out of memory");
}
static void memory_limit(void **state) { expect("eats", OUTCOME_memory, "killed at"); }
static void flood(void **state) { expect("floods", OUTCOME_output, "32 MiB"); }

static void a_hang(void **state) {
  uint64_t begin = clock_wall_ns();
  struct results results = run_one("hang", 0.3);
  assert_int_equal(results.cells[0].outcome, OUTCOME_timeout);
  assert_true(clock_wall_ns() - begin < 5000000000u);
  results_close(&results);
  /* The grandchild is gone with its group: nobody sleeps for a hundred seconds. */
  assert_int_not_equal(system("pgrep -f '^sleep 100$' >/dev/null"), 0);
}

static void a_program_that_is_missing(void **state) {
  char error[512];
  struct plan plan = fake_plan("good", one, 1);
  struct runner_request request = fake_request();
  request.program_folder = "/nowhere";
  assert_int_equal(runner_run(&plan, &request, error, sizeof error), RUNNER_DONE);
  plan_close(&plan);
  struct results results;
  assert_true(results_read(&results, fake_directory, error, sizeof error));
  assert_int_equal(results.cells[0].outcome, OUTCOME_start);
  assert_non_null(strstr(results.cells[0].message, "No such file"));
  results_close(&results);
}

static void a_launcher_that_is_missing(void **state) {
  char error[512];
  struct plan plan = fake_plan("good", one, 1);
  struct runner_request request = fake_request();
  request.launcher = "/nowhere/ouro-cell";
  assert_int_equal(runner_run(&plan, &request, error, sizeof error), RUNNER_BROKEN);
  assert_non_null(strstr(error, "/nowhere/ouro-cell"));
  plan_close(&plan);
}

static void a_deviating_checksum(void **state) {
  static const char *const three[] = {"pool", "malloc", "tbb", NULL};
  char error[512];
  struct results results;
  struct plan plan = fake_plan("deviates", three, 2);
  struct runner_request request = fake_request();
  assert_int_equal(runner_run(&plan, &request, error, sizeof error), RUNNER_DONE);
  plan_close(&plan);
  assert_true(results_read(&results, fake_directory, error, sizeof error));
  assert_int_equal(results.counts[OUTCOME_void], 2);
  assert_int_equal(results.counts[OUTCOME_ok], 4);
  for (size_t i = 0; i < results.plan.cells.n; i++)
    assert_int_equal(results.cells[i].outcome == OUTCOME_void,
                     !strcmp(results.plan.cells.items[i].alloc, "tbb"));
  results_close(&results);
}

static void resume_runs_what_is_missing(void **state) {
  static const char *const three[] = {"pool", "malloc", "tbb", NULL};
  char error[512];
  struct plan plan = fake_plan("good", three, 2);
  struct runner_request request = fake_request();
  assert_int_equal(runner_run(&plan, &request, error, sizeof error), RUNNER_DONE);
  assert_int_equal(fake_starts(), 6);
  unlink(results_cell_path(fake_directory, &plan.cells.items[1]));
  /* A file cut in the middle, as by a machine that lost power before rename was synced. */
  assert_int_equal(truncate(results_cell_path(fake_directory, &plan.cells.items[3]), 100), 0);
  assert_int_equal(runner_run(&plan, &request, error, sizeof error), RUNNER_DONE);
  assert_int_equal(fake_starts(), 8);
  assert_int_equal(runner_run(&plan, &request, error, sizeof error), RUNNER_DONE);
  assert_int_equal(fake_starts(), 8);
  plan_close(&plan);
}

static void shards_share_the_work(void **state) {
  static const char *const three[] = {"pool", "malloc", "tbb", NULL};
  char error[512];
  struct plan plan = fake_plan("good", three, 4);
  struct runner_request request = fake_request();
  request.shards = 3;
  for (request.shard = 0; request.shard < 3; request.shard++)
    assert_int_equal(runner_run(&plan, &request, error, sizeof error), RUNNER_DONE);
  assert_int_equal(fake_starts(), 12);
  struct results results;
  assert_true(results_read(&results, fake_directory, error, sizeof error));
  assert_int_equal(results.counts[OUTCOME_ok], 12);
  results_close(&results);
  plan_close(&plan);
}

static void no_space(void **state) {
  static const char *const three[] = {"pool", "malloc", "tbb", NULL};
  char error[512];
  struct plan plan = fake_plan("good", three, 1);
  struct runner_request request = fake_request();
  assert_int_equal(runner_run(&plan, &request, error, sizeof error), RUNNER_DONE);
  unlink(results_cell_path(fake_directory, &plan.cells.items[2]));
  /* As on a full disk: the file can't be written. It must not be left behind half. */
  struct rlimit before, small;
  getrlimit(RLIMIT_FSIZE, &before);
  small = (struct rlimit){900, before.rlim_max}; /* the report of the launcher fits */
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  enum runner_end end = runner_run(&plan, &request, error, sizeof error);
  setrlimit(RLIMIT_FSIZE, &before);
  assert_int_equal(end, RUNNER_NO_SPACE);
  assert_non_null(strstr(error, "File too large"));
  struct results results;
  assert_true(results_read(&results, fake_directory, error, sizeof error));
  assert_int_equal(results.counts[OUTCOME_ok], 2);
  assert_int_equal(results.counts[OUTCOME_missing], 1);
  char partial[256];
  snprintf(partial, sizeof partial, "%s.partial",
           results_cell_path(fake_directory, &plan.cells.items[2]));
  assert_int_not_equal(access(partial, F_OK), 0);
  results_close(&results);
  plan_close(&plan);
}

static volatile sig_atomic_t stop;
static void on_alarm(int number) { stop = 1; }

static void an_interrupt(void **state) {
  char error[512];
  struct plan plan = fake_plan("hang", one, 3);
  struct runner_request request = fake_request();
  request.stop = &stop;
  stop = 0;
  sigaction(SIGINT, &(struct sigaction){.sa_handler = on_alarm}, NULL);
  pid_t child = fork();
  if (child == 0) {
    usleep(300000);
    kill(getppid(), SIGINT);
    _exit(0);
  }
  uint64_t begin = clock_wall_ns();
  assert_int_equal(runner_run(&plan, &request, error, sizeof error), RUNNER_INTERRUPTED);
  assert_true(clock_wall_ns() - begin < 5000000000u);
  waitpid(child, NULL, 0);
  assert_int_equal(fake_starts(), 1);
  /* The cell in flight left nothing. */
  assert_int_not_equal(access(results_cell_path(fake_directory, &plan.cells.items[0]), F_OK), 0);
  plan_close(&plan);
}

static void measured_memory_is_the_cells_own(void **state) {
  /* This process is made large; the cell's peak must not show it. */
  size_t bytes = 200u << 20;
  char *large = malloc(bytes);
  memset(large, 1, bytes);
  struct results results = run_one("good", 20);
  assert_true(results_figure(&results.cells[0], "peak_rss_bytes") < 20e6);
  results_close(&results);
  free(large);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_cell),
      cmocka_unit_test(detail_is_copied),
      cmocka_unit_test(a_crash),
      cmocka_unit_test(last_words),
      cmocka_unit_test(an_exit_code),
      cmocka_unit_test(garbage),
      cmocka_unit_test(silence),
      cmocka_unit_test(no_row),
      cmocka_unit_test(an_error_row),
      cmocka_unit_test(memory_by_its_own_word),
      cmocka_unit_test(memory_limit),
      cmocka_unit_test(flood),
      cmocka_unit_test(a_hang),
      cmocka_unit_test(a_program_that_is_missing),
      cmocka_unit_test(a_launcher_that_is_missing),
      cmocka_unit_test(a_deviating_checksum),
      cmocka_unit_test(resume_runs_what_is_missing),
      cmocka_unit_test(shards_share_the_work),
      cmocka_unit_test(no_space),
      cmocka_unit_test(an_interrupt),
      cmocka_unit_test(measured_memory_is_the_cells_own),
  };
  return cmocka_run_group_tests_name("runner", tests, fake_open, fake_close);
}
