/* What every collector that collects cycles must do, in either family. Built twice. */
#include "tests/gc_contract/host.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SPEC(options) HOST_COLLECTOR ":verify=1" options

static uint64_t live(void) { return gc_read_stats()->live_objects; }

static void assert_sound(void) {
  char error[256];
  if (!gc_check(error, sizeof error))
    fail_msg("%s", error);
}

/* Makes o refer to itself and lets go of it: garbage that only a collector finds. */
static void abandon(struct object *o) {
  if (o) {
    set(o, 0, hold(o));
    drop(o);
  }
}

static struct object *(*const makers[])(void) = {pair_new, odd_new};
static struct object *(*const sized_makers[])(size_t) = {row_new, shelf_new, split_new};

static void make_all_kinds(void *context) {
  (void)context;
  size_t root = 0;
  for (size_t i = 0; i < ARRAY_SIZE(makers); i++) {
    struct object *o = makers[i]();
    set(o, 1, leaf_new(100 + i));
    root_set(root++, o);
    abandon(makers[i]());
  }
  for (size_t i = 0; i < ARRAY_SIZE(sized_makers); i++) {
    struct object *o = sized_makers[i](50);
    for (size_t k = 0; k < slots_of(o); k += 7)
      set(o, k, leaf_new(k));
    root_set(root++, o);
    abandon(sized_makers[i](20));
  }
  abandon(mortal_new(7));
}

static void every_layout_is_traced_and_swept(void **state) {
  (void)state;
  host_open(SPEC(""));
  host_away(make_all_kinds, NULL);
  assert_int_equal(live(), 5 + 2 + 8 * 3 + 6);
  host_collect();
  host_collect(); /* the finalised one */
  assert_int_equal(live(), 5 + 2 + 8 * 3);
  for (size_t r = 2; r < 5; r++)
    for (size_t k = 0; k < slots_of(host_roots[r]); k += 7) {
      struct leaf *l = (struct leaf *)*slot_of(host_roots[r], k);
      assert_int_equal(l->n, k);
      for (size_t i = 0; i < k; i++)
        assert_int_equal(l->payload[i], 0x5a);
    }
  assert_sound();
  assert_int_equal(host_begun, host_ended);
  assert_int_equal(host_close(), 0);
}

static void make_cycles(void *context) {
  for (size_t i = 0; i < *(size_t *)context; i++) {
    struct object *a = shelf_new(1), *b = shelf_new(1);
    set(a, 0, hold(b));
    set(b, 0, hold(a));
    drop(a);
    drop(b);
  }
}

static void cycles_are_reclaimed_and_counted(void **state) {
  (void)state;
  host_open(SPEC(""));
  gc_enable(false);
  size_t n = 10000;
  host_away(make_cycles, &n);
  assert_int_equal(live(), 2 * n);
  assert_int_equal(host_collect(), 2 * n);
  assert_int_equal(live(), 0);
  const struct gc_stats *s = gc_read_stats();
  assert_int_equal(s->objects_reclaimed, 2 * n);
  assert_int_equal(s->live_bytes, 0);
  assert_int_equal(s->collections[2], 1);
  assert_int_equal(s->pauses.n, 1);
  assert_int_equal(s->pauses.items[0].reclaimed, 2 * n);
  host_close();
}

static void let_all_go(void *context) {
  (void)context;
  root_set(0, NULL);
}

static void make_chain(void *context) {
  size_t n = *(size_t *)context;
  struct object *head = pair_new(), *last = head;
  for (size_t i = 1; i < n; i++) {
    struct object *o = i % 3 ? pair_new() : shelf_new(1);
    set(last, 0, o);
    last = o;
  }
  set(last, 0, hold(head)); /* a ring */
  root_set(0, head);
}

static void rings_of_a_million_are_marked_and_reclaimed(void **state) {
  (void)state;
  host_open(SPEC(""));
  size_t n = 1000000;
  host_away(make_chain, &n);
  host_collect();
  assert_int_equal(live(), n);
  host_away(let_all_go, NULL);
  assert_int_equal(host_collect(), n);
  assert_int_equal(live(), 0);
  host_close();
}

/* ---- finalisers and weak references ---- */

static void make_dying_mortals(void *context) {
  (void)context;
  for (uint64_t id = 1; id <= 5; id++)
    abandon(mortal_new(id));
}

static void finalizers_run_once_in_creation_order(void **state) {
  (void)state;
  host_open(SPEC(""));
  host_away(make_dying_mortals, NULL);
  for (int i = 0; i < 3; i++)
    host_collect();
  assert_int_equal(host_events_n, 5);
  for (size_t i = 0; i < 5; i++)
    assert_int_equal(host_events[i], i + 1);
  assert_int_equal(live(), 0);
  assert_int_equal(gc_read_stats()->finalizers_run, 5);
  host_close();
}

static void resurrect(struct mortal *m) { root_set(m->id, hold(&m->head)); }

static void let_resurrected_go(void *context) {
  (void)context;
  for (size_t i = 1; i <= 5; i++) {
    assert_int_equal(((struct mortal *)host_roots[i])->id, i);
    assert_true(gc_is_finalized(host_roots[i]));
    assert_ptr_equal(*slot_of(host_roots[i], 0), host_roots[i]);
    root_set(i, NULL);
  }
}

static void resurrected_objects_live_on_and_are_not_finalized_again(void **state) {
  (void)state;
  host_open(SPEC(""));
  host_on_finalize = resurrect;
  host_away(make_dying_mortals, NULL);
  host_collect();
  assert_int_equal(host_events_n, 5);
  host_collect();
  assert_int_equal(live(), 5);
  host_away(let_resurrected_go, NULL);
  host_collect();
  assert_int_equal(host_events_n, 5);
  assert_int_equal(live(), 0);
  host_close();
}

static void give_birth(struct mortal *m) {
  for (int i = 0; i < 1000; i++)
    abandon(pair_new());
  struct object *kept = mortal_new(100 + m->id);
  root_set(m->id, kept);
}

static void finalizers_may_allocate(void **state) {
  (void)state;
  host_open(SPEC(""));
  host_on_finalize = give_birth;
  host_away(make_dying_mortals, NULL);
  host_collect();
  host_on_finalize = NULL;
  for (size_t i = 1; i <= 5; i++)
    assert_int_equal(((struct mortal *)host_roots[i])->id, 100 + i);
  host_collect();
  assert_int_equal(live(), 5);
  assert_int_equal(host_events_n, 5);
  host_close();
}

static void make_weakly_referenced(void *context) {
  (void)context;
  struct object *dies = mortal_new(1), *lives = mortal_new(2), *dies_too = mortal_new(3);
  root_set(0, weak_new(dies, true, 10));
  root_set(1, weak_new(dies, false, 11));
  root_set(2, weak_new(lives, true, 12));
  root_set(3, hold(lives));
  root_set(4, weak_new(dies_too, true, 13));
  /* Dies together with its referent: no call. */
  set(dies, 1, weak_new(dies, true, 14));
  drop(lives);
  /* A weak reference that is dead while its referent lives. */
  struct object *owner = pair_new();
  set(owner, 1, weak_new(host_roots[3], true, 15));
  abandon(owner);
  abandon(dies);
  abandon(dies_too);
}

static bool was(uint64_t event) {
  for (size_t i = 0; i < host_events_n; i++)
    if (host_events[i] == event)
      return true;
  return false;
}

static void see_cleared(struct weak *w) { assert_null(w->referent); }

static void see_weak_cleared(struct mortal *m) {
  assert_null(m->weakrefs);
  for (size_t r = 0; r <= 1; r++)
    assert_null(((struct weak *)host_roots[r])->referent);
}

static void let_referent_go(void *context) {
  (void)context;
  assert_non_null(((struct weak *)host_roots[2])->referent);
  root_set(3, NULL);
}

static void weak_references_are_cleared_called_then_finalizers_run(void **state) {
  (void)state;
  host_open(SPEC(""));
  gc_enable(false);
  host_on_callback = see_cleared;
  host_on_finalize = see_weak_cleared;
  host_away(make_weakly_referenced, NULL);
  host_collect();
  assert_int_equal(host_events_n, 4);
  /* Callbacks come first, whatever their order, then finalisers in creation order. */
  assert_true(host_events[0] > 1000 && host_events[1] > 1000);
  assert_true(was(1010) && was(1013));
  assert_int_equal(host_events[2], 1);
  assert_int_equal(host_events[3], 3);
  host_collect();
  assert_int_equal(host_events_n, 4);
  assert_int_equal(live(), 5); /* four weak references and the one that lives */
  host_on_finalize = NULL;
  host_away(let_referent_go, NULL);
  host_collect();
  assert_true(was(1012));
  assert_null(((struct weak *)host_roots[2])->referent);
  host_close();
}

/* ---- run-time types ---- */

static void make_classes(void *context) {
  (void)context;
  for (int i = 0; i < 50; i++) {
    struct type *c = class_new();
    for (int k = 0; k < 20; k++) {
      struct object *o = instance_new(c);
      if (i == 0 && k == 0)
        root_set(0, hold(o));
      abandon(o);
    }
    drop(&c->head);
  }
}

static void let_instance_go(void *context) {
  (void)context;
  assert_string_equal(type_of(host_roots[0])->name, "class");
  set(host_roots[0], 0, NULL);
  root_set(0, NULL);
}

static void types_die_after_their_instances(void **state) {
  (void)state;
  host_open(SPEC(""));
  gc_enable(false);
  host_away(make_classes, NULL);
  assert_int_equal(live(), 50 * 21);
  host_collect();
  assert_int_equal(live(), 2);
  host_away(let_instance_go, NULL);
  host_collect();
  assert_int_equal(live(), 0);
  host_close();
}

/* ---- when ---- */

static void make_garbage_with_safepoints(void *context) {
  for (size_t i = 0; i < *(size_t *)context; i++) {
    abandon(shelf_new(30));
    gc_safepoint();
  }
}

static void collections_happen_by_themselves(void **state) {
  (void)state;
  const char *specs[] = {HOST_COLLECTOR, HOST_COLLECTOR ":at=allocation"};
  for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
    host_open(specs[i]);
    size_t n = 200000;
    host_away(make_garbage_with_safepoints, &n);
    assert_in_range(live(), 0, n / 4);
    assert_in_range(gc_read_stats()->peak_bytes, 1, 16 << 20);
    assert_int_equal(gc_read_stats()->emergency_collections, 0);
    host_close();
  }
}

static void disabling_stops_them(void **state) {
  (void)state;
  host_open(HOST_COLLECTOR);
  gc_enable(false);
  size_t n = 100000;
  host_away(make_garbage_with_safepoints, &n);
  assert_int_equal(live(), n);
  gc_enable(true);
  assert_true(gc_is_enabled());
  host_away(make_garbage_with_safepoints, &n);
  assert_in_range(live(), 0, n);
  host_close();
}

static void fill_up_to_limit(void *context) {
  size_t *made = context;
  for (;;) {
    struct object *o = row_new(10);
    if (!o)
      break;
    set(o, 0, host_roots[0]);
    host_roots[0] = o;
    ++*made;
  }
}

static void the_limit_holds_and_garbage_makes_room(void **state) {
  (void)state;
  host_open(SPEC(",limit=1M"));
  size_t made = 0, n = 30000;
  host_away(fill_up_to_limit, &made);
  size_t most = (1 << 20) / (sizeof(struct row) + 10 * sizeof(void *));
  assert_in_range(made, most - 2, most);
  assert_in_range(gc_read_stats()->live_bytes, 1, 1 << 20);
  assert_in_range(gc_read_stats()->emergency_collections, 1, 1000000);
  assert_null(leaf_new(100000));
  assert_null(gc_buffer_new(100000));
  assert_sound();
  host_away(let_all_go, NULL);
  gc_enable(false); /* only the limit asks for collections from here on */
  host_away(make_garbage_with_safepoints, &n);
  assert_in_range(gc_read_stats()->peak_bytes, 1, (1 << 20) + 1000);
  assert_in_range(gc_read_stats()->emergency_collections, 2, 200); /* each makes a lot of room */
  host_close();
}

/* Up to the limit but for a little; then cycles, of which there is room for some ten. */
static void churn_at_limit(void *context) {
  size_t *made = context;
  while (gc_read_stats()->live_bytes < (1 << 20) - 2000) {
    struct object *o = row_new(10);
    assert_non_null(o);
    set(o, 0, host_roots[0]);
    host_roots[0] = o;
  }
  for (struct object *o; *made < 100000 && (o = row_new(10)); ++*made) {
    set(o, 0, hold(o));
    drop(o);
  }
}

static void collections_in_vain_come_to_an_end(void **state) {
  (void)state;
  host_open(SPEC(",limit=1M"));
  gc_enable(false);
  size_t made = 0;
  host_away(churn_at_limit, &made);
  assert_in_range(made, 1, 1000); /* an error, before most of the time goes into collections */
  assert_in_range(gc_read_stats()->emergency_collections, 1, 10);
  assert_sound();
  host_away(let_all_go, NULL);
  size_t n = 30000; /* once there is garbage worth it, all is well again */
  host_away(make_garbage_with_safepoints, &n);
  assert_in_range(gc_read_stats()->emergency_collections, 2, 200);
  host_close();
}

static void stress_collects_at_every_nth(void **state) {
  (void)state;
  host_open(SPEC(",stress=10,at=allocation"));
  size_t n = 500;
  uint64_t before = host_begun;
  host_away(make_garbage_with_safepoints, &n);
  assert_in_range(host_begun - before, 2 * n / 10 - 1, 2 * n / 10 + 1); /* a shelf is two */
  host_close();
}

/* ---- specs ---- */

static void bad_specs_are_refused(void **state) {
  (void)state;
  static const char *const bad[][2] = {
      {"mark-swoop", "unknown collector"},
      {HOST_COLLECTOR ":limit=many", "limit"},
      {HOST_COLLECTOR ":colour=red", "colour"},
      {HOST_COLLECTOR ":at=sunday", "at"},
  };
  char error[256];
  struct alloc *a = alloc_open("malloc", error, sizeof error);
  assert_non_null(a);
  for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
    error[0] = 0;
    assert_false(gc_open(a, bad[i][0], error, sizeof error));
    if (!strstr(error, bad[i][1]))
      fail_msg("'%s' does not speak of '%s'", error, bad[i][1]);
    assert_null(gc_current());
  }
  alloc_close(a);
}

static struct type bare_type = {
    .head = {.type = &type_type}, /* nobody counts or frees it */
    .shape = {.layout = GC_LEAF, .basic_bytes = sizeof(struct object)},
    .name = "bare",
};

enum { BARE = 1000 };

/* A row of objects that are a header and nothing else; every third goes at once. */
static void make_bare(void *context) {
  (void)context;
  struct object *row = row_new(BARE);
  root_set(0, row);
  for (size_t i = 0; i < BARE; i++) {
    struct object *o = gc_new(&bare_type, sizeof *o);
    assert_non_null(o);
    set(row, i, o);
  }
  for (size_t i = 0; i < BARE; i += 3)
    set(row, i, NULL);
}

/* Blocks that lie 8 bytes apart, and objects that start where another granule's middle is. */
static void objects_may_be_aligned_to_8(void **state) {
  (void)state;
  static const char *const specs[] = {"pool:align=8", "count+magazine:align=8",
                                      "pool:preset=cpython-2.7", "mimalloc"};
  for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
    host_open_over(specs[i], SPEC(""));
    host_away(make_bare, NULL);
    host_collect();
    assert_int_equal(live(), 1 + BARE - (BARE + 2) / 3);
    assert_sound();
    gc_freeze();
    assert_sound();
    gc_unfreeze();
    for (size_t k = 0; k < BARE; k++)
      assert_true(!*slot_of(host_roots[0], k) == (k % 3 == 0));
    host_away(make_all_kinds, NULL);
    host_collect();
    assert_sound();
    host_away(make_all_kinds, NULL); /* what was there is let go */
    host_collect();
    host_collect();
    assert_int_equal(live(), 5 + 2 + 8 * 3);
    assert_sound();
    assert_int_equal(host_close(), 0);
  }
}

enum { BULKY = 30000, BULKY_BYTES = 1000 };

static void make_bulky(void *context) {
  (void)context;
  struct object *row = row_new(BULKY);
  root_set(0, row);
  for (size_t i = 0; i < BULKY; i++)
    set(row, i, leaf_new(BULKY_BYTES));
}

static uint64_t mapped_bytes(void) {
  struct alloc_stats stats;
  alloc_read_stats(gc_heap.alloc, &stats);
  return stats.mapped_bytes;
}

/* An allocator that kept idle memory because it was needed again and again learns that it is not
 * any more; through layers, too. */
static void full_collections_let_idle_memory_go(void **state) {
  (void)state;
  host_open_over("count+magazine", SPEC(""));
  uint64_t most = 0;
  for (size_t i = 0; i < 6; i++) {
    host_away(make_bulky, NULL);
    most = mapped_bytes() > most ? mapped_bytes() : most;
    host_away(let_all_go, NULL);
    if (GC_TRACING)
      host_collect();
  }
  assert_in_range(most, BULKY * BULKY_BYTES, 8 * BULKY * BULKY_BYTES);
  if (GC_RC) /* no collection has happened: what the last round used is still there */
    assert_in_range(mapped_bytes(), BULKY * BULKY_BYTES / 2, most);
  for (size_t i = 0; i < 5; i++)
    host_collect();
  assert_in_range(mapped_bytes(), 0, 10 << 20);
  assert_int_equal(host_close(), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_layout_is_traced_and_swept),
      cmocka_unit_test(cycles_are_reclaimed_and_counted),
      cmocka_unit_test(rings_of_a_million_are_marked_and_reclaimed),
      cmocka_unit_test(finalizers_run_once_in_creation_order),
      cmocka_unit_test(resurrected_objects_live_on_and_are_not_finalized_again),
      cmocka_unit_test(finalizers_may_allocate),
      cmocka_unit_test(weak_references_are_cleared_called_then_finalizers_run),
      cmocka_unit_test(types_die_after_their_instances),
      cmocka_unit_test(collections_happen_by_themselves),
      cmocka_unit_test(disabling_stops_them),
      cmocka_unit_test(the_limit_holds_and_garbage_makes_room),
      cmocka_unit_test(collections_in_vain_come_to_an_end),
      cmocka_unit_test(stress_collects_at_every_nth),
      cmocka_unit_test(bad_specs_are_refused),
      cmocka_unit_test(objects_may_be_aligned_to_8),
      cmocka_unit_test(full_collections_let_idle_memory_go),
  };
  return cmocka_run_group_tests_name("gc_contract_" HOST_COLLECTOR, tests, NULL, NULL);
}
