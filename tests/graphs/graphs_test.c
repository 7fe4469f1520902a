/* Every graph under every collector of one family: the same checksum everywhere and always, no
 * leaks, and clean errors when memory runs out at any moment. Built once per family. */
#include "base/mix.h"
#include "workloads/graphs/graph.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Under the address sanitizer: what `refcount` leaks by design is not to be reported. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static const struct {
  const char *graph;
  uint64_t checksum;
} expected[] = {
#define CHECKSUM(graph, value) {graph, value},
#include "checksums.h"
#undef CHECKSUM
};

enum { EXPECTED_PERMILLE = 20, SWEEP_PERMILLE = 1, STRESS_PERMILLE = 2 };

struct pairing { /* what one case runs */
  const struct graph *graph;
  const char *collector;
};

static struct graph_result result; /* large */

static uint64_t expected_of(const char *graph) {
  for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
    if (!strcmp(expected[i].graph, graph))
      return expected[i].checksum;
  fail_msg("no expected checksum for %s in checksums.h", graph);
  return 0;
}

static bool leaks_cycles(const char *gc) { return !strncmp(gc, "refcount", strlen("refcount")); }

/* Runs; the result stays in `result` and owns nothing. */
static enum graph_status run(const char *graph, const char *alloc, const char *gc,
                             unsigned permille, uint64_t seed) {
  struct graph_request request = {
      .graph = graph, .alloc = alloc, .gc = gc, .scale = permille / 1000.0, .seed = seed};
  bool quiet = leaks_cycles(gc) && __lsan_disable;
  if (quiet)
    __lsan_disable();
  graph_run(&request, &result);
  if (quiet)
    __lsan_enable();
  graph_result_free(&result);
  bool lost_blocks = result.leaked_blocks && result.leaked_blocks != UINT64_MAX;
  if (!leaks_cycles(gc) && (result.leaked || lost_blocks))
    fail_msg("%s under %s over %s leaked %llu objects, %llu blocks (%s)", graph, gc, alloc,
             (unsigned long long)result.leaked, (unsigned long long)result.leaked_blocks,
             result.error);
  return result.status;
}

/* ---- equal everywhere ---------------------------------------------------------------------- */

static void expect_checksum(const struct pairing *p, const char *alloc) {
  if (run(p->graph->name, alloc, p->collector, EXPECTED_PERMILLE, 1) != GRAPH_OK)
    fail_msg("%s over %s: %s", p->graph->name, alloc, result.error);
  uint64_t value = expected_of(p->graph->name);
  if (result.checksum != value)
    fail_msg("%s over %s: checksum 0x%016llx, expected 0x%016llx", p->graph->name, alloc,
             (unsigned long long)result.checksum, (unsigned long long)value);
}

static void test_checksum(void **state) {
  const struct pairing *p = *state;
  expect_checksum(p, "pool");
  uint64_t operations = result.operations, created = result.gc.objects_created;
  expect_checksum(p, "malloc");
  assert_int_equal(result.operations, operations);
  expect_checksum(p, "pool");
  assert_int_equal(result.operations, operations);
  assert_int_equal(result.gc.objects_created, created);
}

/* These have no random numbers in them. */
static bool ignores_seed(const char *graph) {
  return !strcmp(graph, "empty") || !strcmp(graph, "binary-trees") || !strcmp(graph, "deep-chain");
}

static void test_seed(void **state) {
  const struct pairing *p = *state;
  assert_int_equal(run(p->graph->name, "pool", p->collector, EXPECTED_PERMILLE, 2), GRAPH_OK);
  uint64_t second = result.checksum;
  if (ignores_seed(p->graph->name))
    assert_int_equal(second, expected_of(p->graph->name));
  else
    assert_int_not_equal(second, expected_of(p->graph->name));
  assert_int_equal(run(p->graph->name, "pool", p->collector, EXPECTED_PERMILLE, 2), GRAPH_OK);
  assert_int_equal(result.checksum, second);
}

/* ---- out of memory ------------------------------------------------------------------------- */

/* The run with one or all later requests failing ends well or with a clean error. */
static void run_failing(const struct pairing *p, const char *option, uint64_t n, size_t *failed) {
  char alloc[64];
  snprintf(alloc, sizeof alloc, "fault:%s=%llu+count+%s", option, (unsigned long long)n,
           n % 5 ? "pool" : "guard+pool"); /* the guard is slow */
  enum graph_status status = run(p->graph->name, alloc, p->collector, SWEEP_PERMILLE, 1);
  if (status == GRAPH_NO_MEMORY) {
    ++*failed;
    assert_true(strlen(result.error) > 0);
  } else if (status != GRAPH_OK) {
    fail_msg("%s over %s: status %d, %s", p->graph->name, alloc, status, result.error);
  }
}

/* Each of the first requests, and a spread over the rest. */
static void test_failures(void **state) {
  enum { FIRST = 24, SPREAD = 24 };
  const struct pairing *p = *state;
  assert_int_equal(run(p->graph->name, "count+pool", p->collector, SWEEP_PERMILLE, 1), GRAPH_OK);
  uint64_t total = result.alloc.allocations;
  size_t failed = 0;
  for (uint64_t n = 1; n <= FIRST && n <= total; n++) {
    run_failing(p, "nth", n, &failed);
    run_failing(p, "after", n, &failed);
  }
  for (uint64_t i = 0; total > FIRST && i < SPREAD; i++) {
    uint64_t n = FIRST + 1 + i * (total - FIRST) / SPREAD + mix(i, total) % 7;
    run_failing(p, i % 4 ? "nth" : "after", n, &failed);
  }
  assert_true(failed > 0 || total == 0);
}

static void test_limit(void **state) {
  const char *collector = *state;
  char gc[64];
  snprintf(gc, sizeof gc, "%s:limit=256K", collector);
  assert_int_equal(run("everything-survives", "malloc", gc, 100, 1), GRAPH_NO_MEMORY);
  assert_true(strlen(result.error) > 0);
  assert_int_equal(run("everything-survives", "malloc", gc, 1, 1), GRAPH_OK);
}

/* ---- collections at every allocation ------------------------------------------------------- */

static void test_stress(void **state) {
  const struct pairing *p = *state;
  assert_int_equal(run(p->graph->name, "pool", p->collector, STRESS_PERMILLE, 1), GRAPH_OK);
  uint64_t checksum = result.checksum;
  const char *const options[] = {"stress=1", "stress=7,at=allocation", "verify=1,stress=50"};
  for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
    char gc[64];
    snprintf(gc, sizeof gc, "%s:%s", p->collector, options[i]);
    if (run(p->graph->name, "pool", gc, STRESS_PERMILLE, 1) != GRAPH_OK)
      fail_msg("%s under %s: %s", p->graph->name, gc, result.error);
    assert_int_equal(result.checksum, checksum);
  }
}

/* ---- requests and tables ------------------------------------------------------------------- */

static void expect_usage(struct graph_request request, const char *message) {
  if (!request.alloc)
    request.alloc = "malloc";
  if (!request.gc)
    request.gc = gc_registry[0]->name;
  if (!request.graph)
    request.graph = "linked-list";
  assert_false(graph_run(&request, &result));
  assert_int_equal(result.status, GRAPH_USAGE);
  if (!strstr(result.error, message))
    fail_msg("\"%s\" is not in \"%s\"", message, result.error);
}

static void test_usage(void **state) {
  expect_usage((struct graph_request){.graph = "linked-lst", .scale = 1}, "\"linked-list\"");
  expect_usage((struct graph_request){.graph = "nothing-like-it", .scale = 1}, "unknown graph");
  expect_usage((struct graph_request){.scale = 0}, "scale");
  expect_usage((struct graph_request){.scale = -1}, "scale");
  expect_usage((struct graph_request){.scale = 1e9}, "scale");
  expect_usage((struct graph_request){.scale = 1, .alloc = "pol"}, "pool");
  expect_usage((struct graph_request){.scale = 1, .gc = "nun"}, "nun");
  static const struct {
    const char *setting, *message;
  } cases[] = {{"lenght=4", "\"length\""},  {"length", "key=value"},
               {"length=-1", "from 1 to"},  {"length=0", "from 1 to"},
               {"length=", "from 1 to"},    {"length=1x", "from 1 to"},
               {"=4", "unknown parameter"}, {"rounds=1M", "from 1 to 1000"}};
  for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
    expect_usage((struct graph_request){.scale = 1, .settings = &cases[i].setting, .n_settings = 1},
                 cases[i].message);
}

static void test_settings(void **state) {
  const char *settings[] = {"length=7", "rounds=3"};
  struct graph_request request = {.graph = "linked-list",
                                  .alloc = "malloc",
                                  .gc = gc_registry[0]->name,
                                  .scale = 100,
                                  .seed = 1,
                                  .settings = settings,
                                  .n_settings = 2};
  assert_true(graph_run(&request, &result));
  graph_result_free(&result);
  assert_int_equal(result.operations, 3 * (7 + 7 + 2));
}

static void test_tables(void **state) {
  for (const struct graph *const *g = graph_registry; *g; g++) {
    assert_ptr_equal(graph_find((*g)->name), *g);
    assert_int_equal(strspn((*g)->name, "abcdefghijklmnopqrstuvwxyz-"), strlen((*g)->name));
    assert_true(strlen((*g)->summary) > 10 && strlen((*g)->summary) < 90);
    assert_true(strlen((*g)->story) > 100);
    assert_non_null((*g)->operation);
    size_t n = 0;
    for (const struct graph_param *p = (*g)->params; p->key; p++, n++) {
      assert_true(p->min <= p->fallback && p->fallback <= p->max);
      assert_int_equal(graph_param_scaled(p, 1), p->fallback);
      assert_int_equal(graph_param_scaled(p, 1e-6) >= p->min, 1);
      assert_int_equal(graph_param_scaled(p, 1e6) <= p->max, 1);
      assert_true(graph_param_scaled(p, 2) >= p->fallback);
      for (const struct graph_param *q = (*g)->params; q != p; q++)
        assert_string_not_equal(p->key, q->key);
    }
    assert_true(n <= GRAPH_PARAMS_MAX);
  }
  assert_null(graph_find("no-such-graph"));
}

/* The README's table says what the registry says, in the same order, and nothing else. */
static void test_readme(void **state) {
  FILE *file = fopen(README, "r");
  assert_non_null(file);
  char line[512], row[512];
  bool found = false;
  while (!found && fgets(line, sizeof line, file))
    found = !strcmp(line, "| graph | what it does |\n");
  assert_true(found && fgets(line, sizeof line, file));
  for (const struct graph *const *g = graph_registry; *g; g++) {
    snprintf(row, sizeof row, "| `%s` | %s |\n", (*g)->name, (*g)->summary);
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, row);
  }
  assert_true(!fgets(line, sizeof line, file) || line[0] != '|');
  fclose(file);
}

/* ---- figures ------------------------------------------------------------------------------- */

static void test_latency(void **state) {
  struct graph_request request = {.graph = "service-sessions",
                                  .alloc = "pool",
                                  .gc = gc_registry[0]->name,
                                  .scale = 0.05,
                                  .seed = 1};
  assert_true(graph_run(&request, &result));
  assert_int_equal(result.simple.n, 1000);
  assert_int_equal(result.metered.n, 1000);
  assert_int_equal(result.latencies.n, 1000);
  uint64_t total = 0;
  for (size_t i = 0; i < result.latencies.n; i++)
    total += result.latencies.items[i];
  assert_int_equal(total, result.simple.sum);
  assert_true(result.simple.sum <= result.wall_ns);
  assert_true(result.metered.sum >= result.simple.sum);
  assert_true(histogram_quantile(&result.simple, 0.5) <= histogram_quantile(&result.simple, 0.99));
  graph_result_free(&result);
}

struct work {
  unsigned begun, ended;
};
static void on_work(void *context, bool begins) {
  struct work *w = context;
  assert_int_equal(w->begun, begins ? w->ended : w->ended + 1);
  w->begun += begins;
  w->ended += !begins;
}

static void test_hooks(void **state) {
  struct work w = {0};
  struct graph_request request = {.graph = "fragmentation",
                                  .alloc = "pool",
                                  .gc = gc_registry[0]->name,
                                  .scale = 0.3,
                                  .seed = 1,
                                  .on_work = on_work,
                                  .context = &w,
                                  .wants_inside = true};
  assert_true(graph_run(&request, &result));
  assert_int_equal(w.ended, 1);
  assert_true(result.has_telling && result.telling.n_classes > 0);
  assert_true(result.regions.n > 0);
  double fill = 0, trim = 0;
  for (size_t i = 0; i < result.n_counters; i++) {
    if (!strcmp(result.counters[i].name, "mapped_after_fill"))
      fill = result.counters[i].value;
    if (!strcmp(result.counters[i].name, "mapped_after_trim"))
      trim = result.counters[i].value;
  }
  assert_true(fill > 0 && trim < fill);
  graph_result_free(&result);
}

/* A million deep, whatever the scale of the other cases. What check builds do after each of a thousand
 * collections would take minutes here; collections are checked at smaller depth by the other cases. */
static void test_deep(void **state) {
  char collector[64];
  snprintf(collector, sizeof collector, "%s:verify=0", (const char *)*state);
  const char *settings[] = {"length=1000000"};
  struct graph_request request = {.graph = "deep-chain",
                                  .alloc = "pool",
                                  .gc = collector,
                                  .scale = 1,
                                  .seed = 1,
                                  .settings = settings,
                                  .n_settings = 1};
  assert_true(graph_run(&request, &result));
  graph_result_free(&result);
  assert_int_equal(result.leaked, 0);
}

/* ---- all cases ----------------------------------------------------------------------------- */

enum { CASES_MAX = 512 };
static struct CMUnitTest cases[CASES_MAX];
static size_t n_cases;

static void add_case(CMUnitTestFunction function, void *initial, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add_case(CMUnitTestFunction function, void *initial, const char *format, ...) {
  char *name;
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&name, format, arguments) < 0 || n_cases == CASES_MAX)
    abort();
  va_end(arguments);
  cases[n_cases++] =
      (struct CMUnitTest){.name = name, .test_func = function, .initial_state = initial};
}

int main(void) {
  static struct pairing pairings[CASES_MAX];
  size_t n = 0;
  add_case(test_tables, NULL, "tables");
  add_case(test_readme, NULL, "readme");
  add_case(test_usage, NULL, "usage");
  add_case(test_settings, NULL, "settings");
  add_case(test_latency, NULL, "latency");
  add_case(test_hooks, NULL, "hooks");
  for (const struct gc_collector *const *c = gc_registry; *c; c++) {
    void *name = (void *)(uintptr_t)(*c)->name;
    add_case(test_deep, name, "deep %s", (*c)->name);
    add_case(test_limit, name, "limit %s", (*c)->name);
    for (const struct graph *const *g = graph_registry; *g && n < CASES_MAX; g++) {
      struct pairing *p = &pairings[n++];
      *p = (struct pairing){*g, (*c)->name};
      add_case(test_checksum, p, "checksum %s %s", (*g)->name, (*c)->name);
      add_case(test_seed, p, "seed %s %s", (*g)->name, (*c)->name);
      add_case(test_failures, p, "failures %s %s", (*g)->name, (*c)->name);
      add_case(test_stress, p, "stress %s %s", (*g)->name, (*c)->name);
    }
  }
  int failed = _cmocka_run_group_tests("graphs", cases, n_cases, NULL, NULL);
  for (size_t i = 0; i < n_cases; i++)
    free((char *)(uintptr_t)cases[i].name);
  return failed;
}
