/* The collector's own memory runs out: at every possible point, for once or for good. A collection
 * may then find less, never more, and nothing crashes; when there is memory again, all is found. */
#include "os/map.h"
#include "tests/gc_contract/host.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t left, refused, asked;

static bool refuse(void) {
  asked++;
  if (left) {
    left--;
    return false;
  }
  if (!refused)
    return false;
  refused--;
  return true;
}

void *__real_map_anonymous(size_t bytes, size_t alignment);
void *__wrap_map_anonymous(size_t bytes, size_t alignment);
void *__wrap_map_anonymous(size_t bytes, size_t alignment) {
  return refuse() ? NULL : __real_map_anonymous(bytes, alignment);
}
bool __real_map_commit(void *start, size_t bytes);
bool __wrap_map_commit(void *start, size_t bytes);
bool __wrap_map_commit(void *start, size_t bytes) {
  return !refuse() && __real_map_commit(start, bytes);
}
void *__real_map_reserve(size_t bytes, size_t alignment);
void *__wrap_map_reserve(size_t bytes, size_t alignment);
void *__wrap_map_reserve(size_t bytes, size_t alignment) {
  return refuse() ? NULL : __real_map_reserve(bytes, alignment);
}

enum { WIDE = 20000 };

/* Live: a wide shelf of rows that weak references look at. Garbage: pairs, mortals in cycles with
 * weak references that call. */
static void populate(void) {
  struct object *wide = shelf_new(WIDE);
  root_set(0, wide);
  for (size_t i = 0; i < WIDE; i++) {
    struct object *r = i % 7 ? row_new(2) : mortal_new(1000000 + i);
    set(wide, i, r);
    set(r, 1, pair_new());
    struct object *g = i % 5 ? pair_new() : mortal_new(i);
    if (i % 50 == 0)
      root_set(1 + i / 50 % 60, weak_new(g, true, i));
    set(g, 0, hold(g));
    drop(g);
    if (i % 6000 == 0)
      gc_collect((unsigned)(i / 6000) % 2);
  }
}

static void assert_sound(void) {
  char error[256];
  uint64_t was = refused;
  refused = 0; /* the second trace needs memory as well */
  if (!gc_check(error, sizeof error))
    fail_msg("%s", error);
  refused = was;
}

/* The live ones: the shelf, rows and mortals in it, a pair each. Weak references come on top. */
static size_t expected(void) {
  size_t weak = 0;
  for (size_t i = 1; i < HOST_ROOTS; i++)
    weak += host_roots[i] != NULL;
  return 1 + 2 * WIDE + weak;
}

static bool run(uint64_t after, uint64_t times) {
  left = after;
  refused = times;
  asked = 0;
  char error[256];
  struct alloc *a = alloc_open("malloc", error, sizeof error);
  assert_non_null(a);
  memset(host_roots, 0, sizeof host_roots);
  host_events_n = 0;
  bool opened = gc_open(a, "three-generation:verify=0", error, sizeof error);
  if (opened) {
    gc_enable(false);
    populate();
    gc_collect(1);
    assert_sound();
    gc_collect(2);
    assert_sound();
    bool untracked = refused < times; /* objects that found no place are not found by collections */
    refused = 0;
    left = UINT64_MAX;
    gc_collect(2);
    gc_collect(2);
    assert_sound();
    if (untracked)
      assert_in_range(gc_read_stats()->live_objects, expected(), 4 * WIDE);
    else
      assert_int_equal(gc_read_stats()->live_objects, expected());
    for (size_t i = 0; i < HOST_ROOTS; i++)
      root_set(i, NULL);
    gc_close();
  } else {
    assert_non_null(strstr(error, "memory"));
  }
  alloc_close(a);
  return opened;
}

static void every_map_may_fail_once(void **state) {
  (void)state;
  assert_true(run(UINT64_MAX, 0));
  uint64_t points = asked;
  assert_in_range(points, 10, 1000);
  for (uint64_t n = 0; n < points; n++)
    run(n, 1);
}

static void every_map_from_here_on_may_fail(void **state) {
  (void)state;
  assert_true(run(UINT64_MAX, 0));
  uint64_t points = asked, failures_to_open = 0;
  for (uint64_t n = 0; n < points; n++)
    failures_to_open += !run(n, UINT64_MAX);
  assert_in_range(failures_to_open, 3, 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_map_may_fail_once),
      cmocka_unit_test(every_map_from_here_on_may_fail),
  };
  return cmocka_run_group_tests_name("gc_rc_scarcity", tests, NULL, NULL);
}
