/* Counting references: deaths, deferred deaths, limits, and what leaks without a cycle collector.
 */
#include "tests/gc_contract/host.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const collectors[] = {"refcount:verify=1", "three-generation:verify=1"};

static uint64_t live(void) { return gc_read_stats()->live_objects; }

static void objects_die_with_their_last_reference(void **state) {
  (void)state;
  for (size_t c = 0; c < ARRAY_SIZE(collectors); c++) {
    host_open(collectors[c]);
    struct object *a = pair_new(), *b = shelf_new(3), *l = leaf_new(100);
    set(a, 0, hold(b));
    set(b, 2, l);
    drop(b);
    assert_int_equal(live(), 3);
    set(a, 1, hold(l));
    drop(a);
    assert_int_equal(live(), 0);
    assert_int_equal(gc_read_stats()->live_bytes, 0);
    assert_int_equal(gc_read_stats()->objects_created, 3);
    assert_int_equal(gc_read_stats()->objects_freed, 3);
    assert_int_equal(host_close(), 0);
  }
}

static void cycles_leak_and_are_reported_without_a_collector(void **state) {
  (void)state;
  host_open("refcount:verify=1,stress=1");
  for (int i = 0; i < 100; i++) {
    struct object *a = pair_new();
    set(a, 0, hold(a));
    assert_false(gc_is_tracked(a));
    drop(a);
    gc_safepoint();
  }
  uint32_t numbers[GC_GENERATIONS] = {1, 2, 3};
  gc_set_thresholds(numbers);
  gc_get_thresholds(numbers);
  assert_int_equal(numbers[0] + numbers[1] + numbers[2], 0);
  gc_get_counts(numbers);
  assert_int_equal(numbers[0] + numbers[1] + numbers[2], 0);
  assert_int_equal(gc_collect(2), 0);
  assert_int_equal(live(), 100);
  assert_int_equal(host_close(), 100);
}

/* ---- deep chains ---- */

enum { DEEP = 1000000 };

static struct object *chain_of(size_t n, struct object *(*make)(void)) {
  struct object *head = make();
  for (size_t i = 1; i < n; i++) {
    struct object *o = make();
    set(o, 0, head);
    head = o;
  }
  return head;
}

static struct object *mortal_7(void) { return mortal_new(7); }

static void chains_of_a_million_die_on_a_small_stack(void **state) {
  (void)state;
  struct object *(*const makers[])(void) = {pair_new, odd_new, mortal_7};
  for (size_t c = 0; c < ARRAY_SIZE(collectors); c++)
    for (size_t m = 0; m < ARRAY_SIZE(makers); m++) {
      host_open(collectors[c]);
      gc_enable(false);
      struct object *head = chain_of(DEEP, makers[m]);
      assert_int_equal(live(), DEEP);
      drop(head);
      assert_int_equal(live(), 0);
      assert_int_equal(host_events_n, makers[m] == mortal_7 ? DEEP : 0);
      host_close();
    }
}

/* Every object of a chain is weakly referenced; one that waits for its death is not to be seen. */
static struct weak *watchers[1000];

static void see_nobody_half_dead(struct weak *w) {
  assert_null(w->referent);
  for (size_t i = 0; i < ARRAY_SIZE(watchers); i++) {
    struct object *o = watchers[i]->referent;
    if (o && !gc_is_dying(o)) {
      assert_in_range(o->count, 1, 2);
      assert_int_equal(((struct mortal *)o)->id, i);
    }
  }
}

static void deferred_deaths_are_visible_as_such(void **state) {
  (void)state;
  host_open("three-generation:verify=1");
  host_on_callback = see_nobody_half_dead;
  struct object *head = NULL;
  for (size_t i = 0; i < ARRAY_SIZE(watchers); i++) {
    struct object *o = mortal_new(i);
    watchers[i] = (struct weak *)weak_new(o, true, i);
    set(o, 0, head);
    head = o;
  }
  drop(head);
  assert_int_equal(live(), ARRAY_SIZE(watchers));
  assert_int_equal(host_events_n, 2 * ARRAY_SIZE(watchers));
  host_on_callback = NULL;
  for (size_t i = 0; i < ARRAY_SIZE(watchers); i++)
    drop(&watchers[i]->head);
  assert_int_equal(live(), 0);
  host_close();
}

/* A finaliser deep in a chain collects: those that wait are in nobody's way. */
static void collect_everything(struct mortal *m) {
  if (m->id % 1000 == 0)
    gc_collect(2);
}

static void collections_inside_deep_deaths(void **state) {
  (void)state;
  host_open("three-generation:verify=1");
  host_on_finalize = collect_everything;
  struct object *head = NULL;
  for (size_t i = 0; i < 20000; i++) {
    struct object *o = mortal_new(i), *cyclic = pair_new();
    set(o, 0, head);
    set(o, 1, cyclic);
    set(cyclic, 0, hold(cyclic));
    head = o;
  }
  drop(head);
  gc_collect(2);
  assert_int_equal(live(), 0);
  assert_int_equal(host_events_n, 20000);
  host_close();
}

/* ---- death and resurrection by count ---- */

static void put_in_root(struct mortal *m) { root_set(3, hold(&m->head)); }

static void finalizers_resurrect_once(void **state) {
  (void)state;
  for (size_t c = 0; c < ARRAY_SIZE(collectors); c++) {
    host_open(collectors[c]);
    host_on_finalize = put_in_root;
    struct object *m = mortal_new(1), *inside = leaf_new(5);
    set(m, 0, inside);
    drop(m);
    assert_ptr_equal(host_roots[3], m);
    assert_ptr_equal(*slot_of(m, 0), inside);
    assert_true(gc_is_finalized(m));
    assert_int_equal(gc_is_tracked(m), c);
    root_set(3, NULL);
    assert_int_equal(host_events_n, 1);
    assert_int_equal(live(), 0);
    host_close();
  }
}

static void immortals_never_die(void **state) {
  (void)state;
  host_open("refcount");
  struct object *o = pair_new(), *l = leaf_new(1);
  gc_immortalize(l);
  for (int i = 0; i < 1000000; i++)
    set(o, 0, l); /* never held: drops more than holds */
  drop(l);
  drop(o);
  assert_int_equal(live(), 1);
  assert_int_equal(host_close(), 1);
}

/* ---- bytes ---- */

static void bytes_are_counted_and_limited(void **state) {
  (void)state;
  for (size_t c = 0; c < ARRAY_SIZE(collectors); c++) {
    char spec[80];
    snprintf(spec, sizeof spec, "%s,limit=10000", collectors[c]);
    host_open(spec);
    void *p = gc_buffer_new(4000);
    assert_int_equal(gc_read_stats()->live_bytes, 4000);
    p = gc_buffer_resize(p, 4000, 9000);
    assert_int_equal(gc_read_stats()->live_bytes, 9000);
    assert_null(gc_buffer_resize(p, 9000, 10001));
    assert_null(gc_buffer_new(1001));
    assert_null(leaf_new(1001));
    assert_int_equal(gc_read_stats()->live_bytes, 9000);
    struct object *o = leaf_new(1000 - sizeof(struct leaf));
    assert_non_null(o);
    assert_int_equal(gc_read_stats()->live_bytes, 10000);
    assert_int_equal(gc_read_stats()->peak_bytes, 10000);
    p = gc_buffer_resize(p, 9000, 100);
    assert_int_equal(gc_read_stats()->live_bytes, 1100);
    assert_int_equal(gc_read_stats()->peak_bytes, 10000);
    gc_buffer_free(p, 100);
    gc_buffer_free(NULL, 0);
    drop(o);
    assert_int_equal(gc_read_stats()->live_bytes, 0);
    assert_int_equal(gc_read_stats()->emergency_collections, 3);
    assert_int_equal(host_released_caches, 3);
    host_close();
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(objects_die_with_their_last_reference),
      cmocka_unit_test(cycles_leak_and_are_reported_without_a_collector),
      cmocka_unit_test(chains_of_a_million_die_on_a_small_stack),
      cmocka_unit_test(deferred_deaths_are_visible_as_such),
      cmocka_unit_test(collections_inside_deep_deaths),
      cmocka_unit_test(finalizers_resurrect_once),
      cmocka_unit_test(immortals_never_die),
      cmocka_unit_test(bytes_are_counted_and_limited),
  };
  return cmocka_run_group_tests_name("gc_rc_refcount", tests, NULL, NULL);
}
