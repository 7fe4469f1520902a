/* Plans: interleaving, ids, the way to disk and back, and what is refused on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/plan.h"
#include "os/file.h"

static char path[] = "/tmp/ouro-plan-XXXXXX";

static void fill(struct plan *plan, uint64_t seed, unsigned repetitions) {
  static const char *const allocs[] = {"pool", "malloc:a=1", "lib:/x.so"};
  plan_open(plan, "test", seed, repetitions);
  for (int w = 0; w < 3; w++) {
    char name[16];
    snprintf(name, sizeof name, "work-%d", w);
    struct plan_row row = {.kind = (char *)"graph", .workload = name};
    plan_parameter_set(&row.parameters, "seed", "1");
    plan_parameter_set(&row.parameters, "scale", "2");
    for (int a = 0; a < 3; a++)
      plan_add(plan, &row, allocs[a], "none", 0);
    plan_add(plan, &row, allocs[0], "none", 1);
    plan_add(plan, &row, allocs[0], "none", 0); /* there already */
    plan_parameters_free(&row.parameters);
  }
  plan_freeze(plan);
}

static void blocks_hold_each_variant_once(void **state) {
  struct plan plan;
  fill(&plan, 5, 4);
  assert_int_equal(plan.cells.n, 3 * 4 * 4);
  for (size_t first = 0; first < plan.cells.n; first += 4) {
    const struct plan_cell *c = &plan.cells.items[first];
    for (size_t i = 0; i < 4; i++) {
      assert_int_equal(c[i].block, c[0].block);
      assert_int_equal(c[i].repetition, c[0].repetition);
      assert_true(plan_same_row(&c[i].row, &c[0].row));
      for (size_t j = 0; j < i; j++)
        assert_true(strcmp(c[i].alloc, c[j].alloc) || c[i].twin != c[j].twin);
    }
    assert_int_equal(c[0].repetition, first / 12);
  }
  plan_close(&plan);
}

static void order_is_random_and_seeded(void **state) {
  struct plan a, b, c;
  fill(&a, 5, 4);
  fill(&b, 5, 4);
  fill(&c, 6, 4);
  assert_string_equal(a.hash, b.hash);
  assert_string_not_equal(a.hash, c.hash);
  /* Another order, but the same cells: ids do not depend on the order. */
  for (size_t i = 0; i < a.cells.n; i++) {
    size_t found = 0;
    for (size_t j = 0; j < c.cells.n; j++)
      found += !strcmp(a.cells.items[i].id, c.cells.items[j].id);
    assert_int_equal(found, 1);
  }
  bool shuffled = false;
  for (size_t i = 4; i < a.cells.n; i += 4)
    shuffled |= strcmp(a.cells.items[i].alloc, a.cells.items[0].alloc) != 0;
  assert_true(shuffled);
  plan_close(&a);
  plan_close(&b);
  plan_close(&c);
}

static void ids_follow_parameters(void **state) {
  struct plan a, b;
  struct plan_row row = {.kind = (char *)"graph", .workload = (char *)"w"};
  plan_open(&a, "t", 1, 1);
  plan_parameter_set(&row.parameters, "scale", "1");
  plan_add(&a, &row, "pool", "none", 0);
  plan_freeze(&a);
  plan_open(&b, "t", 1, 1);
  plan_parameter_set(&row.parameters, "scale", "2");
  plan_add(&b, &row, "pool", "none", 0);
  plan_freeze(&b);
  assert_string_not_equal(a.cells.items[0].id, b.cells.items[0].id);
  assert_string_equal(a.cells.items[0].name, "graph/w/alloc:pool/gc:none");
  assert_string_equal(b.cells.items[0].command[0], "bench-graph");
  plan_parameters_free(&row.parameters);
  plan_close(&a);
  plan_close(&b);
}

static void names_and_commands(void **state) {
  struct plan plan;
  plan_open(&plan, "t", 1, 1);
  struct plan_row row = {.kind = (char *)"graph", .workload = (char *)"a+b"};
  plan_parameter_set(&row.parameters, "scale", "0.5");
  plan_parameter_set(&row.parameters, "depth", "9");
  plan_add(&plan, &row, "pool:kept=4", "none", 1);
  plan_freeze(&plan);
  const struct plan_cell *c = &plan.cells.items[0];
  assert_string_equal(c->name, "graph/a+b/alloc:pool:kept=4/gc:none/twin");
  const char *wanted[] = {"bench-graph",
                          "--benchmark_filter=^graph/a\\+b/alloc:",
                          "--benchmark_format=json",
                          "--alloc=pool:kept=4",
                          "--gc=none",
                          "--set=depth=9",
                          "--scale=0.5"};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
    assert_string_equal(c->command[i], wanted[i]);
  assert_null(c->command[sizeof wanted / sizeof *wanted]);
  plan_parameters_free(&row.parameters);
  plan_close(&plan);
}

static void round_trip(void **state) {
  struct plan plan, read;
  char error[512];
  fill(&plan, 9, 2);
  assert_true(plan_write(&plan, path, error, sizeof error));
  assert_true(plan_read(&read, path, error, sizeof error));
  assert_string_equal(read.hash, plan.hash);
  assert_int_equal(read.seed, 9);
  assert_int_equal(read.cells.n, plan.cells.n);
  for (size_t i = 0; i < plan.cells.n; i++) {
    assert_string_equal(read.cells.items[i].name, plan.cells.items[i].name);
    assert_int_equal(read.cells.items[i].block, plan.cells.items[i].block);
    for (size_t w = 0; plan.cells.items[i].command[w]; w++)
      assert_string_equal(read.cells.items[i].command[w], plan.cells.items[i].command[w]);
  }
  plan_close(&read);
  plan_close(&plan);
}

/* Writes a plan with one piece of text replaced, and expects a refusal that says `why`. */
static void refuse(const char *from, const char *to, const char *why) {
  struct plan plan;
  char error[512];
  size_t bytes;
  fill(&plan, 9, 2);
  assert_true(plan_write(&plan, path, error, sizeof error));
  plan_close(&plan);
  char *text = file_read(path, &bytes, error, sizeof error), *at = strstr(text, from);
  assert_non_null(at);
  FILE *file = fopen(path, "w");
  fprintf(file, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
  fclose(file);
  free(text);
  assert_false(plan_read(&plan, path, error, sizeof error));
  if (!strstr(error, why))
    fail_msg("'%s' does not say '%s'", error, why);
}

static void refusals(void **state) {
  refuse("\"version\": 1", "\"version\": 2", "version 2; this program reads version 1");
  refuse("ouroboros-plan", "shopping-list", "is not a plan");
  refuse("\"workload\": \"work-1\"", "\"workload\": \"work-9\"",
         "does not belong to its parameters");
  refuse("\"hash\": \"", "\"hash\": \"0", "its hash is");
  refuse("\"cells\"", "\"sells\"", "damaged");
}

static void every_truncation_is_refused(void **state) {
  struct plan plan;
  char error[512];
  size_t bytes;
  fill(&plan, 9, 1);
  assert_true(plan_write(&plan, path, error, sizeof error));
  plan_close(&plan);
  char *text = file_read(path, &bytes, error, sizeof error);
  for (size_t n = 0; n + 2 < bytes; n += 17) {
    FILE *file = fopen(path, "w");
    fwrite(text, 1, n, file);
    fclose(file);
    assert_false(plan_read(&plan, path, error, sizeof error));
    assert_non_null(strstr(error, path));
  }
  free(text);
}

static int make_path(void **state) {
  int fd = mkstemp(path);
  return fd < 0 || close(fd) != 0;
}
static int remove_path(void **state) { return unlink(path); }

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_hold_each_variant_once),
      cmocka_unit_test(order_is_random_and_seeded),
      cmocka_unit_test(ids_follow_parameters),
      cmocka_unit_test(names_and_commands),
      cmocka_unit_test(round_trip),
      cmocka_unit_test(refusals),
      cmocka_unit_test(every_truncation_is_refused),
  };
  return cmocka_run_group_tests_name("plan", tests, make_path, remove_path);
}
