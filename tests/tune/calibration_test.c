/* Measuring the machine: jiffies read right, and figures that hold on any machine. */
#include "bench/calibration.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void jiffies(void **state) {
  (void)state;
  uint64_t total, stolen;
  assert_true(calibration_read_stat("cpu  10 20 30 40 50 60 70 80 90 100", &total, &stolen));
  assert_int_equal(total, 360); /* guests are inside user and nice */
  assert_int_equal(stolen, 80);
  assert_false(calibration_read_stat("cpu0 1 2 3 4 5 6 7 8", &total, &stolen));
  assert_false(calibration_read_stat("cpu  1 2 3", &total, &stolen));
  assert_false(calibration_read_stat("", &total, &stolen));
}

static void equal_work_takes_time(void **state) {
  (void)state;
  struct calibration c;
  calibration_spin(&c, -1);
  assert_true(c.sample_ns > 1000);
  assert_true(c.cpu_spread >= 0 && c.wall_spread >= 0 && c.worst_gap_ns >= 0);
  assert_true(isnan(c.wait_share) || c.wait_share >= 0);
  assert_true(isnan(c.steal_share) || (c.steal_share >= 0 && c.steal_share <= 1));
}

static void the_clock_steps(void **state) {
  (void)state;
  double read_ns, step_ns = calibration_timer_ns(&read_ns);
  assert_true(step_ns >= 1 && read_ns > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(jiffies),
      cmocka_unit_test(equal_work_takes_time),
      cmocka_unit_test(the_clock_steps),
  };
  return cmocka_run_group_tests_name("calibration", tests, NULL, NULL);
}
