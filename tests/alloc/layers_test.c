/* The layers count, fault and log, and a sweep of failures over every layer and backend. */
#include "alloc/count.h"
#include "alloc/fault.h"
#include "base/bits.h"
#include "specs.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char error[512];

static struct alloc *open_or_fail(const char *spec) {
  struct alloc *a = alloc_open(spec, error, sizeof error);
  if (!a)
    fail_msg("%s: %s", spec, error);
  return a;
}

static void count_knows_what_is_alive(void **state) {
  struct alloc *a = open_or_fail("count+malloc");
  struct count_figures f;
  void *p = alloc_get(a, 100), *q = a->zalloc(a, 1000), *r = alloc_get(a, 0);
  assert_true(count_read(a, &f));
  assert_int_equal(f.live_bytes, 1100);
  assert_int_equal(f.live_blocks, 3);
  alloc_put(a, q);
  p = a->realloc(a, p, 300);
  assert_true(count_read(a, &f));
  assert_int_equal(f.live_bytes, 300);
  assert_int_equal(f.live_blocks, 2);
  assert_int_equal(f.peak_bytes, 1100);
  assert_int_equal(f.peak_blocks, 3);
  assert_int_equal(f.allocations, 3);
  assert_int_equal(f.frees, 1);
  assert_int_equal(f.resizes, 1);
  assert_int_equal(f.total_bytes, 1300);
  assert_int_equal(f.histogram[0], 1);  /* 0 */
  assert_int_equal(f.histogram[7], 1);  /* 64..127: 100 */
  assert_int_equal(f.histogram[9], 1);  /* 256..511: 300 */
  assert_int_equal(f.histogram[10], 1); /* 512..1023: 1000 */
  count_reset_peak(a);
  assert_true(count_read(a, &f));
  assert_int_equal(f.peak_bytes, 300);
  p = a->realloc(a, p, 10);
  alloc_put(a, p);
  alloc_put(a, r);
  assert_true(count_read(a, &f));
  assert_int_equal(f.live_bytes, 0);
  assert_int_equal(f.live_blocks, 0);
  assert_true(alloc_check(a, error, sizeof error));
  alloc_close(a);
  a = open_or_fail("malloc");
  assert_false(count_read(a, &f));
  alloc_close(a);
}

static void count_keeps_its_limit(void **state) {
  struct alloc *a = open_or_fail("guard+count:limit=1K+malloc");
  struct count_figures f;
  char *p = alloc_get(a, 500);
  assert_non_null(p);
  assert_null(alloc_get(a, 600));
  memset(p, 1, 500);
  assert_null(a->realloc(a, p, 900));
  assert_int_equal(p[499], 1);
  assert_true(count_read(a, &f)); /* found below guard, with its red zones */
  assert_int_equal(f.failures, 2);
  assert_int_equal(f.live_bytes, 500 + 32);
  alloc_put(a, p);
  alloc_close(a);
}

static void fault_fails_the_nth(void **state) {
  struct alloc *a = open_or_fail("fault:nth=3+malloc");
  struct fault_figures f;
  void *blocks[5];
  for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
    blocks[i] = i == 3 ? a->zalloc(a, 10) : alloc_get(a, 10);
    assert_int_equal(blocks[i] == NULL, i == 2);
  }
  assert_true(fault_read(a, &f));
  assert_int_equal(f.requests, 5);
  assert_int_equal(f.failures, 1);
  for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
    alloc_put(a, blocks[i]);
  alloc_close(a);
}

/* One run, with a fork for each of two ways to the same function. */
static __attribute__((noinline)) char *get_here(struct alloc *a) {
  char *block = alloc_get(a, 10);
  __asm__ volatile("" : "+r"(block)); /* a jump would be no caller */
  return block;
}
static void fault_forks_where_the_way_is_new(void **state) {
  struct alloc *a = open_or_fail("fault:fork=6+malloc");
  int failed[2], told[2], stderr_before = dup(STDERR_FILENO);
  assert_int_equal(pipe(failed) | pipe(told), 0);
  dup2(told[1], STDERR_FILENO);
  for (volatile int round = 0; round < 4; round++) { /* volatile: unrolled it would be more ways */
    int i = round;
    char *block = i % 2 ? get_here(a) : alloc_get(a, 10);
    if (!block && write(failed[1], &i, sizeof i) != sizeof i)
      abort();
    if (!block)
      _exit(7);
    alloc_put(a, block);
  }
  dup2(stderr_before, STDERR_FILENO);
  close(failed[1]);
  close(told[1]);
  int each, n = 0;
  while (read(failed[0], &each, sizeof each) == sizeof each)
    assert_int_equal(each, n++);
  assert_int_equal(n, 2);
  char text[200] = "";
  assert_true(read(told[0], text, sizeof text - 1) > 0);
  assert_string_equal(text, "fault: request 1 ended with 7\nfault: request 2 ended with 7\n");
  close(failed[0]);
  close(told[0]);
  close(stderr_before);
  alloc_close(a);
}

static void fault_lists_where_the_way_is_new(void **state) {
  struct alloc *a = open_or_fail("fault:list=6,children=0+malloc");
  int told[2], stderr_before = dup(STDERR_FILENO);
  assert_int_equal(pipe(told), 0);
  dup2(told[1], STDERR_FILENO);
  for (volatile int round = 0; round < 4; round++) {
    char *block = round % 2 ? get_here(a) : alloc_get(a, 10);
    assert_non_null(block);
    alloc_put(a, block);
  }
  dup2(stderr_before, STDERR_FILENO);
  close(told[1]);
  char text[200] = "";
  assert_true(read(told[0], text, sizeof text - 1) > 0);
  assert_string_equal(text, "fault: request 1 comes in a new way\n"
                            "fault: request 2 comes in a new way\n");
  close(told[0]);
  close(stderr_before);
  alloc_close(a);
}

/* Whether a request fails in a process that the program forks. */
static int child_fails(const char *spec) {
  struct alloc *a = open_or_fail(spec);
  pid_t child = fork();
  if (child == 0)
    _exit(alloc_get(a, 10) == NULL);
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  alloc_close(a);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}
static void fault_may_leave_children_alone(void **state) {
  assert_int_equal(child_fails("fault:nth=1+malloc"), 1);
  assert_int_equal(child_fails("fault:nth=1,children=0+malloc"), 0);
}

static void fault_fails_all_after(void **state) {
  struct alloc *a = open_or_fail("fault:after=2,least=100,most=1K+malloc");
  void *p = alloc_get(a, 100), *q = alloc_get(a, 1024);
  assert_non_null(p);
  assert_non_null(q);
  for (int i = 0; i < 5; i++) {
    assert_null(alloc_get(a, 500));
    assert_null(a->zalloc(a, 500));
    assert_null(a->realloc(a, p, 101));
    void *small = alloc_get(a, 99), *large = alloc_get(a, 1025); /* outside the filter */
    assert_non_null(small);
    assert_non_null(large);
    alloc_put(a, small);
    alloc_put(a, large);
  }
  alloc_put(a, p);
  alloc_put(a, q);
  alloc_close(a);
}

static uint64_t failures_by_chance(const char *spec, unsigned *count) {
  struct alloc *a = open_or_fail(spec);
  uint64_t which = 0;
  *count = 0;
  for (unsigned i = 0; i < 10000; i++) {
    void *p = alloc_get(a, 16);
    if (!p) {
      ++*count;
      which = which * 31 + i;
    }
    alloc_put(a, p);
  }
  alloc_close(a);
  return which;
}

static void fault_by_chance_can_be_repeated(void **state) {
  unsigned n, m, other;
  uint64_t first = failures_by_chance("fault:probability=0.1,seed=5+malloc", &n);
  assert_true(first == failures_by_chance("fault:probability=0.1,seed=5+malloc", &m));
  assert_true(first != failures_by_chance("fault:probability=0.1,seed=6+malloc", &other));
  assert_int_equal(n, m);
  assert_true(n > 850 && n < 1150); /* 1000 expected, five standard deviations of 30 */
  failures_by_chance("fault:probability=1+malloc", &n);
  assert_int_equal(n, 10000);
}

/* Builds a few blocks of several kinds, as a caller that takes failure seriously. True when nothing
 * failed; either way nothing is left. */
static bool build(struct alloc *a) {
  void *blocks[12] = {0};
  bool complete = true;
  for (size_t i = 0; i < ARRAY_SIZE(blocks) && complete; i++) {
    size_t bytes = (size_t)16 << i;
    blocks[i] = i % 3 == 1 ? a->zalloc(a, bytes) : alloc_get(a, bytes);
    complete = blocks[i] != NULL;
    if (complete && i % 2) {
      memset(blocks[i], (int)i, bytes);
      unsigned char *moved = a->realloc(a, blocks[i], bytes * 3);
      complete = moved != NULL;
      if (moved)
        blocks[i] = moved;
      assert_int_equal(((unsigned char *)blocks[i])[bytes - 1], i); /* there in both cases */
    }
  }
  for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
    alloc_put(a, blocks[i]);
  return complete;
}

/* Fails the 1st, 2nd, ... request below everything else until none fails: nothing crashes, nothing
 * leaks, every check holds. */
static void a_sweep_of_failures_leaves_nothing_behind(void **state) {
  for (size_t i = 0; alloc_registry[i]; i++) {
    const struct alloc_backend *b = alloc_registry[i];
    if (!strcmp(b->name, "fault"))
      continue;
    bool complete = false;
    for (unsigned nth = 1; !complete && nth < 100; nth++) {
      char spec[2 * SPEC_BYTES];
      if (b->is_layer)
        snprintf(spec, sizeof spec, "count+%s%s+fault:nth=%u+pool", b->name,
                 specs_required_options(b->name), nth);
      else
        snprintf(spec, sizeof spec, "count+guard+fault:nth=%u+%s%s", nth, b->name,
                 specs_required_options(b->name));
      struct alloc *a = open_or_fail(spec);
      struct count_figures f;
      complete = build(a);
      if (!alloc_check(a, error, sizeof error))
        fail_msg("%s: %s", spec, error);
      assert_true(count_read(a, &f));
      assert_int_equal(f.live_blocks, 0);
      assert_int_equal(f.live_bytes, 0);
      assert_int_equal(f.failures > 0, !complete);
      assert_true(complete || nth > 0);
      alloc_close(a);
      assert_true(!complete || nth > 10);
    }
    assert_true(complete);
  }
}

static void log_writes_every_operation(void **state) {
  char path[] = "/tmp/ouro-log-XXXXXX", spec[64], expected[512], line[128], all[1024] = "";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  snprintf(spec, sizeof spec, "log:file=%s+fault:nth=4+malloc", path);
  struct alloc *a = open_or_fail(spec);
  void *p = alloc_get(a, 10), *q = a->zalloc(a, 20);
  size_t p_address = (size_t)p, q_address = (size_t)q;
  void *moved = a->realloc(a, p, 5000);
  assert_null(alloc_get(a, 77));
  alloc_put(a, moved);
  alloc_put(a, q);
  snprintf(expected, sizeof expected,
           "a 0 %zx 10\nz 0 %zx 20\nr 0 %zx 5000 %zx\na 0 0 77\nf 0 %zx\nf 0 %zx\n", p_address,
           q_address, (size_t)moved, p_address, (size_t)moved, q_address);
  alloc_close(a);
  FILE *file = fopen(path, "re");
  assert_non_null(file);
  while (fgets(line, sizeof line, file))
    strncat(all, line, sizeof all - strlen(all) - 1);
  fclose(file);
  unlink(path);
  assert_string_equal(all, expected);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(count_knows_what_is_alive),
      cmocka_unit_test(count_keeps_its_limit),
      cmocka_unit_test(fault_fails_the_nth),
      cmocka_unit_test(fault_forks_where_the_way_is_new),
      cmocka_unit_test(fault_lists_where_the_way_is_new),
      cmocka_unit_test(fault_may_leave_children_alone),
      cmocka_unit_test(fault_fails_all_after),
      cmocka_unit_test(fault_by_chance_can_be_repeated),
      cmocka_unit_test(a_sweep_of_failures_leaves_nothing_behind),
      cmocka_unit_test(log_writes_every_operation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
