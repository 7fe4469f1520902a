/* CPython's generations: when which is collected, who moves where, and what the gc module asks. */
#include "gc/side_table.h"
#include "tests/gc_contract/host.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t live(void) { return gc_read_stats()->live_objects; }

static void assert_sound(void) {
  char error[256];
  if (!gc_check(error, sizeof error))
    fail_msg("%s", error);
}

static struct object *abandoned(struct object *o) {
  set(o, 0, hold(o));
  drop(o);
  return o;
}

/* ---- when ---- */

static struct object *held[400000];

static void put(size_t i, struct object *o) {
  struct object *before = held[i];
  held[i] = o;
  drop_null(before);
}

static void live_pattern(size_t n) {
  for (size_t i = 0; i < n; i++)
    put(i, pair_new());
}
static void third_pattern(size_t n) {
  for (size_t i = 0; i < n; i++) {
    put(i, pair_new());
    if (i % 3)
      put(i, NULL);
  }
}
static void queue_pattern(size_t n) {
  for (size_t i = 0; i < n; i++)
    put(i % 500, pair_new());
}
static void garbage_pattern(size_t n) {
  for (size_t i = 0; i < n; i++)
    abandoned(pair_new());
}

#define live    live_pattern
#define third   third_pattern
#define queue   queue_pattern
#define garbage garbage_pattern
static const struct {
  void (*pattern)(size_t n);
  uint32_t thresholds[GC_GENERATIONS];
  size_t n;
  uint32_t counts[GC_GENERATIONS];
} recorded[] = {
#include "tests/gc_rc/cpython_counts.inc"
};
#undef live
#undef third
#undef queue
#undef garbage

static void counts_are_those_of_cpython(void **state) {
  (void)state;
  for (size_t r = 0; r < ARRAY_SIZE(recorded); r++) {
    host_open("three-generation:at=allocation,verify=0");
    gc_set_thresholds(recorded[r].thresholds);
    recorded[r].pattern(recorded[r].n);
    uint32_t counts[GC_GENERATIONS];
    gc_get_counts(counts);
    if (memcmp(counts, recorded[r].counts, sizeof counts))
      fail_msg("row %zu: %u %u %u, CPython has %u %u %u", r, counts[0], counts[1], counts[2],
               recorded[r].counts[0], recorded[r].counts[1], recorded[r].counts[2]);
    assert_sound();
    for (size_t i = 0; i < ARRAY_SIZE(held); i++)
      put(i, NULL);
    assert_int_equal(host_close(), 0);
  }
}

static void a_due_collection_waits_for_the_safepoint(void **state) {
  (void)state;
  host_open("three-generation");
  for (int i = 0; i < 800; i++)
    root_set(0, NULL), put((size_t)i, pair_new());
  assert_int_equal(gc_read_stats()->collections[0], 0);
  gc_safepoint();
  assert_int_equal(gc_read_stats()->collections[0], 1);
  gc_safepoint();
  assert_int_equal(gc_read_stats()->collections[0], 1);
  /* Due, but deaths have made it undue before the safepoint comes. */
  for (size_t i = 800; i < 1502; i++)
    put(i, pair_new());
  for (size_t i = 800; i < 1502; i++)
    put(i, NULL);
  gc_safepoint();
  assert_int_equal(gc_read_stats()->collections[0], 1);
  for (size_t i = 0; i < 800; i++)
    put(i, NULL);
  host_close();
}

static void the_oldest_due_generation_takes_the_younger_along(void **state) {
  (void)state;
  host_open("three-generation:threshold=2/1/1,at=allocation");
  uint32_t thresholds[GC_GENERATIONS];
  gc_get_thresholds(thresholds);
  assert_int_equal(thresholds[0], 2);
  assert_int_equal(thresholds[1], 1);
  assert_int_equal(thresholds[2], 1);
  for (size_t i = 0; i < 30; i++)
    put(i, pair_new());
  const struct gc_stats *s = gc_read_stats();
  static const uint32_t order[] = {0, 0, 1, 0, 0, 1, 2, 0, 0, 1};
  assert_int_equal(s->pauses.n, ARRAY_SIZE(order));
  for (size_t i = 0; i < ARRAY_SIZE(order); i++)
    assert_int_equal(s->pauses.items[i].generation, order[i]);
  for (size_t i = 0; i < 30; i++)
    put(i, NULL);
  host_close();
}

/* ---- where ---- */

struct sought {
  const struct object *o;
  unsigned found;
};
static void seek(struct object *o, void *context) {
  struct sought *s = context;
  s->found += o == s->o;
}
static int generation_of(const struct object *o) {
  int found = -1;
  for (unsigned g = 0; g <= GC_GENERATIONS; g++) {
    struct sought s = {o, 0};
    gc_visit_tracked(g, seek, &s);
    if (g == GC_GENERATIONS)
      assert_int_equal(s.found, found >= 0);
    else if (s.found)
      found = found < 0 ? (int)g : 100;
    assert_in_range(s.found, 0, 1);
  }
  return found;
}

static void survivors_move_up(void **state) {
  (void)state;
  host_open("three-generation:verify=1");
  gc_enable(false);
  struct object *a = shelf_new(2), *b = pair_new();
  assert_int_equal(generation_of(a), 0);
  assert_int_equal(gc_collect(0), 0);
  assert_int_equal(generation_of(a), 1);
  struct object *c = pair_new();
  assert_int_equal(generation_of(c), 0);
  gc_collect(1);
  assert_int_equal(generation_of(a), 2);
  assert_int_equal(generation_of(c), 2);
  struct object *d = pair_new();
  gc_collect(2);
  assert_int_equal(generation_of(d), 2);
  assert_int_equal(gc_read_stats()->objects_promoted, 2 + 3 + 1);
  gc_untrack(a);
  assert_int_equal(generation_of(a), -1);
  gc_track(a);
  assert_int_equal(generation_of(a), 0);
  drop(a), drop(b), drop(c), drop(d);
  host_close();
}

static void old_garbage_waits_for_a_full_collection(void **state) {
  (void)state;
  host_open("three-generation:verify=1");
  gc_enable(false);
  struct object *a = pair_new(), *b = pair_new();
  gc_collect(1);
  set(a, 0, hold(a));
  drop(a);
  /* Young garbage that holds old garbage. */
  struct object *y = pair_new();
  set(y, 0, hold(y));
  set(b, 0, hold(b));
  set(y, 1, b);
  drop(y);
  assert_int_equal(gc_collect(0), 1);
  assert_int_equal(live(), 2);
  y = pair_new();
  set(y, 0, hold(y));
  set(y, 1, hold(b));
  drop(y);
  assert_int_equal(gc_collect(2), 3);
  assert_int_equal(live(), 0);
  host_close();
}

/* A queue keeps the number of live objects constant: no collection closes the vector's holes. */
static void holes_do_not_pile_up(void **state) {
  (void)state;
  host_open("three-generation");
  uint64_t before = gc_read_stats()->metadata_bytes;
  for (size_t i = 0; i < 1000000; i++)
    put(i % 600, pair_new());
  assert_int_equal(gc_read_stats()->pauses.n, 0);
  assert_in_range(gc_read_stats()->metadata_bytes, before, before + (64 << 10));
  assert_sound();
  for (size_t i = 0; i < 600; i++)
    put(i, NULL);
  host_close();
}

/* ---- the gc module ---- */

static void frozen_objects_are_left_alone(void **state) {
  (void)state;
  host_open("three-generation:verify=1");
  gc_enable(false);
  struct object *old = pair_new();
  gc_collect(2);
  struct object *young = mortal_new(1), *seen = pair_new();
  gc_freeze();
  assert_int_equal(gc_frozen_count(), 3);
  assert_int_equal(generation_of(old), -1);
  assert_true(gc_is_tracked(old));
  set(old, 0, hold(old));
  drop(old);
  set(young, 0, hold(young));
  drop(young);
  assert_int_equal(gc_collect(2), 0);
  drop(seen); /* dies by its count, frozen or not */
  assert_int_equal(gc_frozen_count(), 2);
  struct object *later = pair_new();
  gc_collect(2);
  gc_freeze();
  assert_int_equal(gc_frozen_count(), 3);
  assert_sound();
  gc_unfreeze();
  assert_int_equal(gc_frozen_count(), 0);
  assert_int_equal(generation_of(later), 2);
  assert_int_equal(gc_collect(2), 2);
  assert_int_equal(host_events[0], 1);
  drop(later);
  assert_int_equal(live(), 0);
  host_close();
}

static struct object *saved[8];
static size_t saved_n;
static void save(struct object *o) { saved[saved_n++] = hold(o); }

static void save_all_keeps_the_unreachable(void **state) {
  (void)state;
  host_open("three-generation:verify=1");
  gc_enable(false);
  saved_n = 0;
  gc_save_all(save);
  abandoned(pair_new());
  abandoned(mortal_new(5));
  assert_int_equal(gc_collect(0), 2);
  assert_int_equal(saved_n, 2);
  assert_int_equal(live(), 2);
  assert_int_equal(generation_of(saved[0]), 1);
  assert_int_equal(host_events_n, 1);
  assert_int_equal(gc_collect(2), 0);
  gc_save_all(NULL);
  drop(saved[0]);
  drop(saved[1]);
  assert_int_equal(gc_collect(2), 2);
  assert_int_equal(host_events_n, 1);
  assert_int_equal(live(), 0);
  host_close();
}

static void count_reference(struct object *o, void *context) {
  (void)o;
  ++*(size_t *)context;
}

static void references_are_visited(void **state) {
  (void)state;
  host_open("three-generation");
  struct type *class = class_new();
  struct object *const all[] = {pair_new(),   row_new(4), shelf_new(4),
                                split_new(3), odd_new(),  instance_new(class)};
  for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
    for (size_t k = 0; k < slots_of(all[i]); k += 2)
      set(all[i], k, leaf_new(k));
    size_t n = 0;
    gc_visit_references(all[i], count_reference, &n);
    assert_int_equal(n, (slots_of(all[i]) + 1) / 2 + (type_of(all[i]) == class));
  }
  for (size_t i = 0; i < ARRAY_SIZE(all); i++)
    drop(all[i]);
  drop(&class->head);
  assert_int_equal(live(), 0);
  host_close();
}

/* ---- untracking ---- */

static bool holds_only_leaves(struct object *o, unsigned generation) {
  if (type_of(o) == &shelf_type && generation < 2) /* as dicts */
    return false;
  for (size_t i = 0; i < slots_of(o); i++) {
    struct object *referent = *slot_of(o, i);
    if (referent && gc_is_tracked(referent))
      return false;
  }
  return true;
}

static void idle_objects_are_untracked(void **state) {
  (void)state;
  uint8_t flags[] = {row_type.shape.flags, shelf_type.shape.flags};
  row_type.shape.flags |= GC_UNTRACKS;
  shelf_type.shape.flags |= GC_UNTRACKS;
  host_open("three-generation:verify=1");
  host_on_may_untrack = holds_only_leaves;
  gc_enable(false);
  struct object *idle = row_new(3), *busy = row_new(3), *like_dict = shelf_new(2),
                *rooted = shelf_new(1);
  set(idle, 1, leaf_new(1));
  set(busy, 1, pair_new());
  root_set(0, rooted);
  gc_collect(0);
  assert_false(gc_is_tracked(idle));
  assert_true(gc_is_tracked(busy));
  assert_true(gc_is_tracked(like_dict));
  gc_collect(1);
  assert_true(gc_is_tracked(like_dict));
  gc_collect(2);
  assert_false(gc_is_tracked(like_dict));
  assert_false(gc_is_tracked(rooted));
  assert_true(gc_is_tracked(busy));
  assert_sound();
  drop(idle), drop(busy), drop(like_dict);
  root_set(0, NULL);
  assert_int_equal(live(), 0);
  host_close();
  host_on_may_untrack = NULL;
  row_type.shape.flags = flags[0];
  shelf_type.shape.flags = flags[1];
}

/* ---- the dead ---- */

static void resurrect_first(struct mortal *m) {
  if (m->id == 1)
    root_set(0, hold(&m->head));
}

static void who_lives_again_moves_up_with_all_it_holds(void **state) {
  (void)state;
  for (unsigned generation = 0; generation < GC_GENERATIONS; generation++) {
    host_open("three-generation:verify=1");
    gc_enable(false);
    host_on_finalize = resurrect_first;
    struct object *ring[4];
    for (uint64_t i = 0; i < 4; i++)
      ring[i] = mortal_new(i + 1);
    for (size_t i = 0; i < 2; i++) { /* 1 and 2 hold each other, 3 and 4, too; 3 holds 1 */
      set(ring[i], 0, hold(ring[1 - i]));
      set(ring[2 + i], 0, hold(ring[3 - i]));
    }
    set(ring[2], 1, hold(ring[0]));
    for (size_t i = 0; i < 4; i++)
      drop(ring[i]);
    assert_int_equal(gc_collect(generation), 2);
    assert_int_equal(live(), 2);
    assert_int_equal(host_events_n, 4);
    int next = generation < 2 ? (int)generation + 1 : 2;
    assert_int_equal(generation_of(ring[0]), next);
    assert_int_equal(generation_of(ring[1]), next);
    assert_int_equal(ring[0]->count, 2);
    assert_int_equal(ring[1]->count, 1);
    assert_sound();
    root_set(0, NULL);
    gc_collect(2);
    assert_int_equal(live(), 0);
    assert_int_equal(host_events_n, 4);
    host_close();
  }
}

static struct object *victim;
static void untrack_victim(struct mortal *m) {
  (void)m;
  if (victim && gc_is_tracked(victim))
    gc_untrack(victim);
}

static void dead_objects_may_be_untracked_by_a_finalizer(void **state) {
  (void)state;
  host_open("three-generation:verify=1");
  gc_enable(false);
  host_on_finalize = untrack_victim;
  struct object *a = mortal_new(1), *b = pair_new();
  set(a, 0, hold(b));
  set(b, 0, hold(a));
  victim = hold(b);
  drop(a), drop(b);
  drop(victim);                       /* only the cycle holds it now */
  assert_int_equal(gc_collect(2), 0); /* a is held by b, which nobody looks at any more */
  assert_int_equal(live(), 2);
  gc_track(b);
  assert_int_equal(gc_collect(2), 2);
  assert_int_equal(live(), 0);
  victim = NULL;
  host_close();
}

static void collect_again(struct mortal *m) {
  (void)m;
  assert_int_equal(gc_collect(2), 0);
  for (int i = 0; i < 2000; i++) {
    abandoned(pair_new());
    gc_safepoint();
  }
}

static void collections_do_not_nest(void **state) {
  (void)state;
  host_open("three-generation:verify=1");
  host_on_finalize = collect_again;
  abandoned(mortal_new(1));
  assert_int_equal(gc_collect(2), 1);
  assert_int_equal(gc_read_stats()->pauses.n, 1);
  abandoned(pair_new()); /* the next birth sees that a collection is due */
  gc_safepoint();
  assert_int_equal(gc_read_stats()->pauses.n, 2);
  host_close();
}

/* Creation order, even when addresses run the other way and all are old. */
static void old_objects_are_finalized_in_creation_order(void **state) {
  (void)state;
  host_open("three-generation:verify=1");
  gc_enable(false);
  enum { N = 1000 };
  static struct object *blocks[N], *mortals[N];
  for (size_t i = 0; i < N; i++)
    blocks[i] = leaf_new(sizeof(struct mortal) - sizeof(struct leaf));
  for (size_t i = 0; i < N; i++) { /* freed blocks come back last in, first out */
    drop(blocks[i]);
    if (i % 10 == 9)
      for (size_t k = i - 9; k <= i; k++) {
        mortals[k] = mortal_new(k);
        set(mortals[k], 0, hold(mortals[k]));
        if (k % 3 == 0)
          gc_collect(k % 2);
      }
  }
  gc_collect(2);
  for (size_t i = 0; i < N; i += 2) /* the registry gets holes, and is closed up */
    set(mortals[i], 0, NULL), drop(mortals[i]);
  for (size_t i = 0; i < 100000; i++) {
    put(i % 64, mortal_new(i));
    if (i % 64 == 63)
      gc_collect(1);
  }
  for (size_t i = 0; i < 64; i++)
    put(i, NULL);
  host_events_n = 0;
  for (size_t i = 1; i < N; i += 2)
    drop(mortals[i]);
  assert_int_equal(gc_collect(2), N / 2);
  assert_int_equal(host_events_n, N / 2);
  for (size_t i = 0; i < N / 2; i++)
    assert_int_equal(host_events[i], 2 * i + 1);
  assert_int_equal(live(), 0);
  host_close();
}

/* ---- the checks find what was broken ---- */

static void check_finds_broken_positions(void **state) {
  (void)state;
  char error[256];
  host_open("three-generation");
  struct object *young = pair_new(), *old = pair_new();
  root_set(0, young);
  root_set(1, old);
  assert_sound();
  young->pos++;
  assert_false(gc_check(error, sizeof error));
  young->pos--;
  gc_collect(2);
  assert_sound();
  uint32_t pos = old->pos;
  old->pos = 1;
  assert_false(gc_check(error, sizeof error));
  old->pos = pos;
  old->count--;
  assert_false(gc_check(error, sizeof error));
  old->count++;
  struct object *lost = pair_new(),
                *deep = pair_new(); /* out of reach of any trace from the roots */
  set(lost, 0, hold(deep));
  set(lost, 1, deep);
  deep->count--;
  assert_false(gc_check(error, sizeof error));
  deep->count++;
  drop(lost);
  rc_heap.boundary = rc_heap.young_n + 1;
  assert_false(gc_check(error, sizeof error));
  rc_heap.boundary = rc_heap.young_n;
  assert_sound();
  host_close();
}

static void bad_thresholds_are_refused(void **state) {
  (void)state;
  static const char *const bad[] = {"700",  "1/2",    "1/2/3/4",        "a/b/c",
                                    "1//2", "-1/2/3", "1/2/99999999999"};
  char error[256], spec[80];
  struct alloc *a = alloc_open("malloc", error, sizeof error);
  for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
    snprintf(spec, sizeof spec, "three-generation:threshold=%s", bad[i]);
    error[0] = 0;
    assert_false(gc_open(a, spec, error, sizeof error));
    assert_non_null(strstr(error, bad[i]));
  }
  alloc_close(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_are_those_of_cpython),
      cmocka_unit_test(a_due_collection_waits_for_the_safepoint),
      cmocka_unit_test(the_oldest_due_generation_takes_the_younger_along),
      cmocka_unit_test(survivors_move_up),
      cmocka_unit_test(old_garbage_waits_for_a_full_collection),
      cmocka_unit_test(holes_do_not_pile_up),
      cmocka_unit_test(frozen_objects_are_left_alone),
      cmocka_unit_test(save_all_keeps_the_unreachable),
      cmocka_unit_test(references_are_visited),
      cmocka_unit_test(idle_objects_are_untracked),
      cmocka_unit_test(who_lives_again_moves_up_with_all_it_holds),
      cmocka_unit_test(dead_objects_may_be_untracked_by_a_finalizer),
      cmocka_unit_test(collections_do_not_nest),
      cmocka_unit_test(old_objects_are_finalized_in_creation_order),
      cmocka_unit_test(check_finds_broken_positions),
      cmocka_unit_test(bad_thresholds_are_refused),
  };
  return cmocka_run_group_tests_name("gc_rc_generations", tests, NULL, NULL);
}
