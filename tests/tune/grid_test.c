/* Grids: they hold the default however thin, specs read back, what lies between is seeded. */
#include "bench/grid.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct grid open_grid(const char *collector, double peak) {
  struct grid grid;
  assert_true(grid_open(&grid, collector, peak));
  return grid;
}

static void has_its_collectors(void **state) {
  (void)state;
  struct grid grid;
  for (size_t i = 0; grid_collectors[i]; i++)
    assert_true(grid_open(&grid, grid_collectors[i], 0));
  assert_false(grid_open(&grid, "refcount", 0));
}

static void holds_the_default_however_thin(void **state) {
  (void)state;
  for (size_t c = 0; grid_collectors[c]; c++)
    for (size_t most = 1; most < 130; most++) {
      struct grid grid = open_grid(grid_collectors[c], 40 << 20);
      struct grid_settings points = {0};
      grid_thin(&grid, most);
      grid_points(&grid, &points);
      assert_true(points.n <= most && points.n == grid_count(&grid));
      assert_true(grid_holds(&points, grid_default(&grid)));
      for (size_t a = 0; a < GRID_AXES; a++)
        for (size_t i = 1; i < grid.axes[a].n; i++)
          assert_true(grid.axes[a].levels[i - 1] < grid.axes[a].levels[i] ||
                      grid.axes[a].levels[i] == 0);
      vec_free(&points);
    }
}

static void thinning_keeps_the_ends(void **state) {
  (void)state;
  struct grid grid = open_grid("three-generation", 0);
  grid_thin(&grid, 27);
  assert_int_equal(grid.axes[0].n, 3);
  assert_true(grid.axes[0].levels[0] == 100 && grid.axes[0].levels[2] == 50000);
}

static void limits_are_shares_of_the_peak(void **state) {
  (void)state;
  struct grid grid = open_grid("mark-sweep", 64 << 20);
  const struct grid_axis *limit = &grid.axes[2];
  assert_int_equal(limit->n, 3);
  assert_true(limit->levels[0] == 32 << 20 && limit->levels[1] == 48 << 20);
  assert_true(limit->levels[2] == 0);
  grid = open_grid("mark-sweep", 0);
  assert_int_equal(grid.axes[2].n, 1);
}

static void specs_read_back(void **state) {
  (void)state;
  char spec[GRID_SPEC_BYTES];
  struct grid_setting back;
  for (size_t c = 0; grid_collectors[c]; c++) {
    struct grid grid = open_grid(grid_collectors[c], 12345678);
    struct grid_settings points = {0};
    grid_points(&grid, &points);
    size_t whole = points.n;
    grid_between(&grid, &points, &points, 7, 1000, &points);
    assert_true(points.n > whole);
    for (size_t i = 0; i < points.n; i++) {
      grid_spec(&grid, points.items[i], spec);
      assert_true(grid_parse(&grid, spec, &back));
      assert_true(grid_same(back, points.items[i]));
    }
    vec_free(&points);
  }
  struct grid grid = open_grid("three-generation", 0);
  grid_spec(&grid, grid_default(&grid), spec);
  assert_string_equal(spec, "three-generation:threshold=700/10/10");
  assert_false(grid_parse(&grid, "three-generation", &back));
  assert_false(grid_parse(&grid, "three-generation:threshold=700/10", &back));
  assert_false(grid_parse(&grid, "three-generation:threshold=700/10/10,at=safepoint", &back));
  grid = open_grid("mark-sweep", 0);
  grid_spec(&grid, grid_default(&grid), spec);
  assert_string_equal(spec, "mark-sweep:trigger=4M,growth=1");
  assert_false(grid_parse(&grid, "mark-sweep:trigger=x,growth=1", &back));
}

static void between_is_seeded_and_new(void **state) {
  (void)state;
  struct grid grid = open_grid("three-generation", 0);
  struct grid_settings known = {0}, around = {0}, a = {0}, b = {0}, other = {0}, all = {0};
  grid_points(&grid, &known);
  assert_true(vec_push(&around, grid_default(&grid)));
  grid_between(&grid, &around, &known, 1, 3, &a);
  grid_between(&grid, &around, &known, 1, 3, &b);
  grid_between(&grid, &around, &known, 1, 100, &all);
  assert_int_equal(a.n, 3);
  assert_int_equal(all.n, 6); /* both ways along each of three axes */
  assert_memory_equal(a.items, b.items, a.n * sizeof *a.items);
  bool differs = false;
  for (uint64_t seed = 2; seed < 12; seed++) {
    other.n = 0;
    grid_between(&grid, &around, &known, seed, 3, &other);
    differs |= memcmp(a.items, other.items, a.n * sizeof *a.items) != 0;
  }
  assert_true(differs);
  for (size_t i = 0; i < all.n; i++) {
    size_t moved = 0;
    assert_false(grid_holds(&known, all.items[i]));
    for (size_t x = 0; x < GRID_AXES; x++)
      moved += all.items[i].values[x] != grid_default(&grid).values[x];
    assert_int_equal(moved, 1);
  }
  vec_free(&known);
  vec_free(&around);
  vec_free(&a);
  vec_free(&b);
  vec_free(&other);
  vec_free(&all);
}

static void nothing_lies_towards_unlimited(void **state) {
  (void)state;
  struct grid grid = open_grid("mark-sweep", 64 << 20);
  struct grid_settings known = {0}, around = {0}, all = {0};
  assert_true(vec_push(&around, grid_default(&grid)));
  grid_between(&grid, &around, &known, 1, 100, &all);
  for (size_t i = 0; i < all.n; i++)
    assert_true(all.items[i].values[2] == 0);
  assert_int_equal(all.n, 4);
  vec_free(&around);
  vec_free(&all);
}

static void positions_go_by_factor(void **state) {
  (void)state;
  struct grid_axis axis = {.levels = {100, 400, 1600}, .n = 3};
  assert_true(grid_position(&axis, 100) == 0 && grid_position(&axis, 1600) == 2);
  assert_true(fabs(grid_position(&axis, 200) - 0.5) < 1e-9);
  assert_true(grid_position(&axis, 1) == 0 && grid_position(&axis, 1e6) == 2);
  struct grid_axis bytes = {.bytes = true, .levels = {1024, 0}, .n = 2};
  assert_true(grid_position(&bytes, 0) == 1);
}

static void the_settings_tell_the_grid(void **state) {
  (void)state;
  struct grid grid = open_grid("mark-sweep", 64 << 20), again;
  struct grid_settings points = {0};
  grid_thin(&grid, 20);
  grid_points(&grid, &points);
  again = open_grid("mark-sweep", 0);
  grid_from_settings(&again, &points);
  for (size_t a = 0; a < GRID_AXES; a++) {
    assert_int_equal(again.axes[a].n, grid.axes[a].n);
    assert_memory_equal(again.axes[a].levels, grid.axes[a].levels, grid.axes[a].n * sizeof(double));
  }
  vec_free(&points);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(has_its_collectors),
      cmocka_unit_test(holds_the_default_however_thin),
      cmocka_unit_test(thinning_keeps_the_ends),
      cmocka_unit_test(limits_are_shares_of_the_peak),
      cmocka_unit_test(specs_read_back),
      cmocka_unit_test(between_is_seeded_and_new),
      cmocka_unit_test(nothing_lies_towards_unlimited),
      cmocka_unit_test(positions_go_by_factor),
      cmocka_unit_test(the_settings_tell_the_grid),
  };
  return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
