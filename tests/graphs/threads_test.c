/* The graph that has threads: blocks made in one and freed in another, over every allocator. */
#include "workloads/graphs/graph.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct graph_result result;

static enum graph_status run(const char *alloc, const char *threads) {
  const char *settings[] = {threads, "batches=40"};
  struct graph_request request = {.graph = "producer-consumer",
                                  .alloc = alloc,
                                  .gc = gc_registry[0]->name,
                                  .scale = 1,
                                  .seed = 1,
                                  .settings = settings,
                                  .n_settings = 2};
  graph_run(&request, &result);
  graph_result_free(&result);
  return result.status;
}

/* The C library's own allocator is called behind the thread sanitizer's back: what orders its
 * threads is then unseen, and looks like races. */
#ifdef __SANITIZE_THREAD__
#define C_LIBRARY "pool"
#else
#define C_LIBRARY "malloc"
#endif

static void test_equal(void **state) {
  static const char *const allocators[] = {C_LIBRARY, "pool", "magazine", "bump"};
  static const char *const rings[] = {"threads=1", "threads=2", "threads=4"};
  for (size_t r = 0; r < ARRAY_SIZE(rings); r++) {
    uint64_t checksum = 0;
    for (size_t i = 0; i < ARRAY_SIZE(allocators); i++) {
      if (run(allocators[i], rings[r]) != GRAPH_OK)
        fail_msg("%s over %s: %s", rings[r], allocators[i], result.error);
      if (!checksum)
        checksum = result.checksum;
      assert_int_equal(result.checksum, checksum);
    }
  }
}

static void test_layers(void **state) {
  assert_int_equal(run("pool", "threads=3"), GRAPH_OK);
  uint64_t checksum = result.checksum;
  assert_int_equal(run("count+pool", "threads=3"), GRAPH_OK);
  assert_int_equal(result.checksum, checksum);
  assert_int_equal(run("guard+pool", "threads=3"), GRAPH_OK);
  assert_int_equal(result.checksum, checksum);
}

/* A failing thread must neither leave the others waiting nor lose blocks. */
static void test_failures(void **state) {
  for (unsigned n = 1; n < 20000; n = n * 3 + 1) {
    char alloc[64];
    snprintf(alloc, sizeof alloc, "fault:nth=%u+pool", n);
    enum graph_status status = run(alloc, "threads=3");
    assert_true(status == GRAPH_OK || status == GRAPH_NO_MEMORY);
    snprintf(alloc, sizeof alloc, "fault:after=%u+magazine", n);
    status = run(alloc, "threads=3");
    assert_true(status == GRAPH_OK || status == GRAPH_NO_MEMORY);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_equal), cmocka_unit_test(test_layers),
                                     cmocka_unit_test(test_failures)};
  return cmocka_run_group_tests_name("graph threads", tests, NULL, NULL);
}
