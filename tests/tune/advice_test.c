/* Choosing among settings whose figures are made by hand: limits, ties, noise, failures. */
#include "bench/advice.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct grid_setting fallback = {{700, 10, 10}};

static struct advice_measured made(double threshold, double cpu, double rss, double pause) {
  return (struct advice_measured){.setting = {{threshold, 10, 10}},
                                  .cpu_seconds = cpu,
                                  .rss_bytes = rss,
                                  .pause_ns = pause,
                                  .noise = 0.001,
                                  .n = 5,
                                  .outcome = OUTCOME_ok};
}

#define CHOOSE(limits, ...)                                                                        \
  choose(limits, (struct advice_measured[]){__VA_ARGS__},                                          \
         sizeof((struct advice_measured[]){__VA_ARGS__}) / sizeof(struct advice_measured))

static struct advice_choice choose(struct advice_limits limits, struct advice_measured *items,
                                   size_t n) {
  struct advice_list list = {items, n, n};
  return advice_choose(&list, fallback, limits);
}

static const struct advice_limits no_limits;

static void the_fastest_wins(void **state) {
  (void)state;
  struct advice_choice c = CHOOSE(no_limits, made(700, 1.0, 100, 10), made(2000, 0.9, 200, 90),
                                  made(5000, 0.8, 300, 900));
  assert_int_equal(c.best, 2);
  assert_int_equal(c.contender, 2);
  assert_int_equal(c.fallback, 0);
  assert_int_equal(c.allowed, 3);
}

static void limits_bind(void **state) {
  (void)state;
  struct advice_choice c =
      CHOOSE(((struct advice_limits){.rss_bytes = 250}), made(700, 1.0, 100, 10),
             made(2000, 0.9, 200, 90), made(5000, 0.8, 300, 900));
  assert_int_equal(c.best, 1);
  assert_int_equal(c.allowed, 2);
  c = CHOOSE(((struct advice_limits){.rss_bytes = 250, .pause_ns = 50}), made(700, 1.0, 100, 10),
             made(2000, 0.9, 200, 90), made(5000, 0.8, 300, 900));
  assert_int_equal(c.best, 0);
  assert_int_equal(c.contender, ADVICE_NOBODY);
  c = CHOOSE(((struct advice_limits){.rss_bytes = 200}), made(700, 1.0, 201, 10),
             made(2000, 0.9, 200, 90));
  assert_int_equal(c.best, 1); /* a limit includes its value; the default may break it */
  assert_int_equal(c.allowed, 1);
}

static void none_keeps_the_limits(void **state) {
  (void)state;
  struct advice_choice c =
      CHOOSE(((struct advice_limits){.rss_bytes = 50, .pause_ns = 100}), made(700, 1.0, 100, 10),
             made(300, 1.2, 60, 90), made(5000, 0.8, 300, 900));
  assert_int_equal(c.best, ADVICE_NOBODY);
  assert_int_equal(c.contender, ADVICE_NOBODY);
  assert_int_equal(c.nearest, 1);
  assert_int_equal(c.allowed, 0);
  assert_int_equal(advice_judge(&c, &(struct advice_confirmation){0}), ADVICE_none);
}

static void ties_go_to_the_default(void **state) {
  (void)state;
  struct advice_choice c =
      CHOOSE(no_limits, made(2000, 0.99, 90, 10), made(700, 1.0, 100, 10), made(5000, 1.5, 1, 1));
  assert_int_equal(c.best, 1);
  assert_int_equal(c.contender, 0);
}

static void ties_without_it_go_to_memory(void **state) {
  (void)state;
  struct advice_choice c = CHOOSE(no_limits, made(700, 2.0, 100, 10), made(2000, 1.00, 300, 10),
                                  made(5000, 1.01, 150, 10), made(9000, 1.05, 10, 10));
  assert_int_equal(c.best, 2);
  /* Memory within a percent is equal: then the faster one. */
  c = CHOOSE(no_limits, made(700, 2.0, 100, 10), made(2000, 1.00, 150.9, 10),
             made(5000, 1.01, 150, 10));
  assert_int_equal(c.best, 1);
}

static void memory_costs_half_the_gain_at_most(void **state) {
  (void)state;
  struct advice_measured items[] = {made(700, 1.0, 100, 10), made(2000, 0.90, 300, 10),
                                    made(5000, 0.94, 200, 10), made(9000, 0.98, 50, 10)};
  for (size_t i = 0; i < 4; i++)
    items[i].noise = 0.05;
  assert_int_equal(choose(no_limits, items, 4).contender, 2);
}

static void noise_widens_ties(void **state) {
  (void)state;
  struct advice_measured quiet[] = {made(700, 1.0, 100, 10), made(2000, 0.93, 200, 90)};
  assert_int_equal(choose(no_limits, quiet, 2).best, 1);
  struct advice_measured noisy[] = {quiet[0], quiet[1]};
  noisy[0].noise = noisy[1].noise = 0.05;
  struct advice_choice c = choose(no_limits, noisy, 2);
  assert_int_equal(c.best, 0);
  assert_int_equal(c.contender, 1);
  assert_true(c.noise > 0.13 && c.noise < 0.15);
}

static void failures_are_never_chosen(void **state) {
  (void)state;
  struct advice_measured fails = made(5000, 0.1, 1, 1);
  fails.outcome = OUTCOME_memory;
  struct advice_choice c = CHOOSE(no_limits, made(700, 1.0, 100, 10), fails);
  assert_int_equal(c.best, 0);
  assert_int_equal(c.contender, ADVICE_NOBODY);
  assert_true(isinf(advice_excess(&fails, no_limits)));
  struct advice_measured silent = made(5000, 0.1, 1, NAN);
  assert_true(advice_allowed(&silent, no_limits));
  assert_false(advice_allowed(&silent, (struct advice_limits){.pause_ns = 5}));
}

static void the_front(void **state) {
  (void)state;
  struct advice_measured items[] = {made(700, 1.0, 100, 10), made(800, 1.1, 100, 10),
                                    made(900, 0.9, 200, 10), made(950, 2.0, 300, 1)};
  struct advice_list list = {items, 4, 4};
  assert_true(advice_on_front(&list, 0));
  assert_false(advice_on_front(&list, 1));
  assert_true(advice_on_front(&list, 2));
  assert_true(advice_on_front(&list, 3));
}

static struct advice_confirmation confirmed(double ratio, double low, double high) {
  return (struct advice_confirmation){true, ratio, low, high, 21, 1, 0.99, 1.005, true, true};
}

static void verdicts(void **state) {
  (void)state;
  struct advice_choice choice = {.best = 1, .contender = 1, .fallback = 0};
  struct advice_confirmation c = confirmed(0.9, 0.88, 0.92);
  assert_int_equal(advice_judge(&choice, &c), ADVICE_use);
  c = confirmed(0.9, 0.8, 1.01); /* the interval holds 1 */
  assert_int_equal(advice_judge(&choice, &c), ADVICE_keep);
  c = confirmed(0.985, 0.98, 0.99); /* sure, but too little */
  assert_int_equal(advice_judge(&choice, &c), ADVICE_keep);
  c = confirmed(1.1, 1.05, 1.2);
  assert_int_equal(advice_judge(&choice, &c), ADVICE_keep);
  c = confirmed(0.95, 0.94, 0.96);
  c.twin_low = 0.93; /* equals differ by more than that */
  assert_true(fabs(advice_least_gain(&c) - 0.07) < 1e-9);
  assert_int_equal(advice_judge(&choice, &c), ADVICE_keep);
  c.twin_low = c.twin_high = NAN;
  assert_true(advice_least_gain(&c) == ADVICE_LEAST_GAIN);
  c = confirmed(1.1, 1.05, 1.2);
  c.default_allowed = false;
  assert_int_equal(advice_judge(&choice, &c), ADVICE_comply);
  c.contender_allowed = false;
  assert_int_equal(advice_judge(&choice, &c), ADVICE_broken);
  c.default_allowed = true;
  assert_int_equal(advice_judge(&choice, &c), ADVICE_keep);
  assert_int_equal(advice_judge(&choice, &(struct advice_confirmation){0}), ADVICE_keep);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_fastest_wins),
      cmocka_unit_test(limits_bind),
      cmocka_unit_test(none_keeps_the_limits),
      cmocka_unit_test(ties_go_to_the_default),
      cmocka_unit_test(ties_without_it_go_to_memory),
      cmocka_unit_test(memory_costs_half_the_gain_at_most),
      cmocka_unit_test(noise_widens_ties),
      cmocka_unit_test(failures_are_never_chosen),
      cmocka_unit_test(the_front),
      cmocka_unit_test(verdicts),
  };
  return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
