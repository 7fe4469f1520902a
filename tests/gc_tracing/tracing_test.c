/* What only the tracing family does: stacks, registers, interior pointers, triggers, the mark
 * stack's overflow, never-collect, and the side table by itself. */
#include "gc/side_table.h"
#include "tests/gc_contract/host.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t live(void) { return gc_read_stats()->live_objects; }

/* ---- what is found on the stack ---- */

static NO_INLINE void deep(size_t n, struct object *held) { /* held is in a frame above */
  struct object *volatile here = held;
  if (n)
    deep(n - 1, n % 10 ? NULL : pair_new());
  else
    gc_collect(2);
  if (here)
    assert_ptr_equal(type_of(here), &pair_type);
}

static void held_on_stack(void *context) {
  (void)context;
  deep(100, NULL);
  assert_int_equal(live(), 10);
}

static void stack_references_keep_objects(void **state) {
  (void)state;
  host_open("mark-sweep:verify=1");
  host_away(held_on_stack, NULL);
  host_collect();
  assert_int_equal(live(), 0);
  host_close();
}

/* ---- interior pointers ---- */

enum { PAYLOAD = 1000, LARGE_PAYLOAD = 3 << 20 };

struct derived {
  size_t payload;
  ptrdiff_t offset;
  char *volatile only; /* the one pointer there is */
};

static void derive(void *context) {
  struct derived *d = context;
  d->only = (char *)leaf_new(d->payload) + d->offset;
}

static size_t survivors_of_interior(size_t payload, ptrdiff_t offset) {
  struct derived d = {payload, offset, NULL};
  host_away(derive, &d);
  host_collect();
  size_t survivors = live();
  d.only = NULL;
  return survivors;
}

static void interior_pointers_keep_objects(void **state) {
  (void)state;
  const size_t sizes[] = {PAYLOAD, LARGE_PAYLOAD};
  host_open("mark-sweep:verify=1");
  for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
    ptrdiff_t end = (ptrdiff_t)(sizeof(struct leaf) + sizes[s]);
    const ptrdiff_t inside[] = {0, 1, 8, 16, 17, 500, end / 2, end - 1};
    const ptrdiff_t outside[] = {-64, -16, -1, end, end + 8};
    for (size_t i = 0; i < ARRAY_SIZE(inside); i++) {
      assert_int_equal(survivors_of_interior(sizes[s], inside[i]), 1);
      host_collect();
      assert_int_equal(live(), 0);
    }
    for (size_t i = 0; i < ARRAY_SIZE(outside); i++)
      assert_int_equal(survivors_of_interior(sizes[s], outside[i]), 0);
  }
  host_close();
}

static void words_that_are_no_pointers_do_no_harm(void **state) {
  (void)state;
  host_open("mark-sweep:verify=1");
  volatile uintptr_t words[] = {0,
                                1,
                                ~(uintptr_t)0,
                                (uintptr_t)1 << 63,
                                1ull << 47,
                                0x7fffffffffff,
                                (uintptr_t)&words,
                                (uintptr_t)host_open,
                                0xdeadbeefdeadbeef};
  root_set(0, shelf_new(3));
  host_collect();
  assert_int_equal(words[1], 1);
  assert_int_equal(live(), 1);
  host_close();
}

/* ---- threads that take turns ---- */

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t meet;

static void *mutator(void *context) {
  (void)context;
  gc_thread_attach();
  for (int i = 0; i < 30; i++) {
    pthread_mutex_lock(&turn);
    gc_thread_unpark();
    struct object *volatile mine = pair_new();
    set(mine, 0, pair_new());
    for (int k = 0; k < 100; k++)
      set(mine, 1, pair_new());
    if (i % 5 == 0)
      gc_collect(2);
    gc_thread_park();
    pthread_mutex_unlock(&turn);
    sched_yield();
    pthread_mutex_lock(&turn);
    gc_thread_unpark();
    assert_ptr_equal(type_of(mine), &pair_type);
    assert_ptr_equal(type_of(*slot_of(mine, 0)), &pair_type);
    assert_ptr_equal(type_of(*slot_of(mine, 1)), &pair_type);
    gc_thread_park();
    pthread_mutex_unlock(&turn);
  }
  gc_thread_detach();
  pthread_barrier_wait(&meet);
  return NULL;
}

static void parked_threads_keep_what_they_hold(void **state) {
  (void)state;
  host_open("mark-sweep:verify=1");
  pthread_t threads[3];
  pthread_barrier_init(&meet, NULL, ARRAY_SIZE(threads) + 1);
  gc_thread_park();
  for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
    assert_int_equal(pthread_create(&threads[i], NULL, mutator, NULL), 0);
  pthread_barrier_wait(&meet);
  gc_thread_unpark();
  for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
    pthread_join(threads[i], NULL);
  pthread_barrier_destroy(&meet);
  host_collect();
  assert_int_equal(live(), 0);
  host_close();
}

/* ---- the mark stack ---- */

static void make_fan(void *context) {
  size_t n = *(size_t *)context;
  struct object *wide = shelf_new(n);
  root_set(0, wide);
  for (size_t i = 0; i < n; i++) {
    struct object *o = i % 2 ? row_new(3) : split_new(2), *hidden = odd_new();
    set(hidden, 0, pair_new());
    set(o, 1, hidden);
    set(o, 2, pair_new());
    set(wide, i, o);
  }
}

static void a_full_mark_stack_loses_nothing(void **state) {
  (void)state;
  host_open("mark-sweep:verify=1,stack=4096");
  size_t n = 20000;
  host_away(make_fan, &n);
  host_collect();
  assert_int_equal(live(), 1 + 4 * n);
  root_set(0, NULL);
  host_collect();
  assert_int_equal(live(), 0);
  host_close();
}

/* ---- when ---- */

static void make_leaves(void *context) {
  for (size_t i = 0; i < *(size_t *)context; i++) {
    (void)leaf_new(1000 - sizeof(struct leaf));
    gc_safepoint();
  }
}

static void make_and_keep(void *context) {
  size_t n = *(size_t *)context;
  root_set(0, row_new(n));
  for (size_t i = 0; i < n; i++) {
    set(host_roots[0], i, leaf_new(1000 - sizeof(struct leaf)));
    gc_safepoint();
  }
}

static void collections_come_after_the_budget(void **state) {
  (void)state;
  host_open("mark-sweep:trigger=1M,growth=0");
  size_t n = 10486; /* 10 MiB and a little */
  host_away(make_leaves, &n);
  assert_int_equal(gc_read_stats()->collections[2], 9);
  host_close();
  host_open("mark-sweep:trigger=64K,growth=1");
  n = 16384;
  host_away(make_and_keep, &n);
  assert_in_range(gc_read_stats()->collections[2], 6, 10); /* the heap doubles between two */
  uint64_t before = gc_read_stats()->collections[2];
  n = 16000;
  host_away(make_leaves, &n);
  assert_in_range(gc_read_stats()->collections[2], before, before + 1);
  host_close();
}

static void none_never_frees(void **state) {
  (void)state;
  host_open("none:verify=1,stress=3");
  size_t n = 5000;
  host_away(make_leaves, &n);
  assert_int_equal(host_collect(), 0);
  assert_int_equal(live(), n);
  assert_int_equal(gc_read_stats()->objects_freed, 0);
  host_close();
  host_open("none:limit=100K");
  n = 0;
  while (leaf_new(1000))
    n++;
  assert_in_range(n, 95, 102);
  host_close();
}

/* ---- the side table ---- */

static void side_table_finds_starts(void **state) {
  (void)state;
  struct side_table t;
  assert_true(side_open(&t));
  char *base = (char *)0x123450000000; /* nothing is read there */
  assert_false(side_is_valid(&t, base));
  assert_null(side_find_start(&t, base, 1 << 20));
  const size_t starts[] = {0, 16, 64, 1008, 1024, 5000 * 16, 64 << 20, (64 << 20) + 32};
  for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
    assert_true(side_set_valid(&t, base + starts[i]));
  for (size_t i = 0; i + 1 < ARRAY_SIZE(starts); i++) {
    assert_true(side_is_valid(&t, base + starts[i]));
    assert_ptr_equal(side_find_start(&t, base + starts[i] + 7, 0x20), base + starts[i]);
    assert_ptr_equal(side_find_start(&t, base + starts[i + 1] - 1, 128 << 20), base + starts[i]);
  }
  assert_null(side_find_start(&t, base + (32 << 20), 1 << 20));
  assert_null(side_find_start(&t, base - 1, 1 << 20));
  assert_null(side_find_start(&t, base + ((uintptr_t)1 << 47), 1 << 20));
  side_clear_valid(&t, base + 16);
  assert_false(side_is_valid(&t, base + 16));
  assert_ptr_equal(side_find_start(&t, base + 16, 1 << 20), base);
  size_t leaves = 0;
  for (struct side_leaf *leaf = t.leaves; leaf; leaf = leaf->next)
    leaves++;
  assert_int_equal(leaves, 2);
  side_close(&t);
}

/* ---- the second trace sees what is wrong ---- */

static void the_check_finds_what_was_broken(void **state) {
  (void)state;
  char error[256];
  host_open("mark-sweep");
  struct object *a = pair_new(), *b = pair_new();
  root_set(0, a);
  set(a, 0, b);
  assert_true(gc_check(error, sizeof error));
  side_clear_valid(&tracing.side, b);
  assert_false(gc_check(error, sizeof error));
  assert_true(side_set_valid(&tracing.side, b));
  assert_true(gc_check(error, sizeof error));
  struct side_leaf *leaf = side_leaf_of(&tracing.side, b);
  leaf->words[side_word_index(b)].mark |= side_bit(b);
  assert_false(gc_check(error, sizeof error));
  assert_non_null(strstr(error, "mark"));
  leaf->words[side_word_index(b)].mark = 0;
  *slot_of(b, 1) = (struct object *)((char *)a + 16);
  assert_false(verify_heap(false, error, sizeof error));
  assert_non_null(strstr(error, "does not live"));
  *slot_of(b, 1) = NULL;
  tracing.created++;
  assert_false(gc_check(error, sizeof error));
  tracing.created--;
  assert_true(gc_check(error, sizeof error));
  host_close();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(stack_references_keep_objects),
      cmocka_unit_test(interior_pointers_keep_objects),
      cmocka_unit_test(words_that_are_no_pointers_do_no_harm),
      cmocka_unit_test(parked_threads_keep_what_they_hold),
      cmocka_unit_test(a_full_mark_stack_loses_nothing),
      cmocka_unit_test(collections_come_after_the_budget),
      cmocka_unit_test(none_never_frees),
      cmocka_unit_test(side_table_finds_starts),
      cmocka_unit_test(the_check_finds_what_was_broken),
  };
  return cmocka_run_group_tests_name("gc_tracing", tests, NULL, NULL);
}
