/* Birth and death: weak references, finalisers, resurrection, untracking, deep structures, types
 * made at run time. What only the counts can promise (death at once) is asked of the rc family
 * only. */
#include "heap_fixture.h"
#include "runtime/object/dict.h"
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/weakref.h"

/* Overwrites what earlier calls left on the C stack, which a tracing collector reads. */
static NO_INLINE void clean_stack(void) {
  volatile char space[16384];
  memset((char *)space, 0, sizeof space);
}
static void collect(void) {
  clean_stack();
  gc_collect(GC_GENERATIONS - 1);
}

/* ---- what happened, in order ---- */

static char events[256];
static struct object *kept; /* by a resurrecting finaliser */

static void note(const char *format, int64_t n) {
  size_t used = strlen(events);
  snprintf(events + used, sizeof events - used, format, (long)n);
}
static int64_t name_of(struct object *o) { return int_value(instance_get_borrowed(o, 0)); }
static void finalizer(struct object *o) { note("~%ld ", name_of(o)); }
static void resurrecting(struct object *o) {
  note("~%ld ", name_of(o));
  kept = hold(o);
}
static void on_death(struct object *weakref, void *data) {
  assert_null(weakref_get(weakref));
  note("w%ld ", (int64_t)(intptr_t)data);
}

static struct type *node_type(void (*finalize)(struct object *)) {
  struct type *t = type_new("node", 3, finalize);
  fixture.roots[FIXTURE_ROOTS - 1] = &t->head;
  fixture_check(&t->head);
  events[0] = 0;
  return t;
}
static struct object *node(struct type *t, int64_t name) {
  struct object *o = instance_new(t);
  instance_set_taking(o, 0, int_from_i64(name));
  return o;
}

/* ---- weak references ---- */

static void callbacks_run_newest_first(void **state) {
  struct type *t = node_type(NULL);
  struct object *o = node(t, 1);
  for (int i = 0; i < 3; i++)
    fixture.roots[i] = weakref_new(o, on_death, (void *)(intptr_t)i);
  struct object *plain = fixture.roots[3] = weakref_new(o, NULL, NULL);
  fixture.roots[4] = weakref_new(o, on_death, (void *)4);
  assert_ptr_equal(weakref_new(o, NULL, NULL), plain);
  drop(plain);
  struct object *again = weakref_get(plain);
  assert_ptr_equal(again, o);
  drop(again);
  for (int i = 0; i < 5; i++)
    fixture_check(fixture.roots[i]);
  assert_int_equal(object_equal(fixture.roots[0], fixture.roots[1]), 1);
  drop(fixture.roots[1]); /* a weakref that died is not called */
  fixture.roots[1] = NULL;
  fixture_check(fixture.roots[0]);
  if (GC_RC) {
    drop(o);
    assert_string_equal(events, "w4 w2 w0 ");
    assert_null(weakref_get(plain));
  }
}

static NO_INLINE void make_cycle(struct type *t, int64_t first, int slot) {
  struct object *a = node(t, first), *b = node(t, first + 1);
  instance_set_taking(a, 1, hold(b));
  instance_set_taking(b, 1, hold(a));
  fixture.roots[slot] = weakref_new(a, on_death, (void *)(intptr_t)first);
  drop(a);
  drop(b);
}

static void cycles_are_collected_and_weakrefs_cleared(void **state) {
  struct type *t = node_type(finalizer);
  if (GC_RC) {
    make_cycle(t, 1, 0);
    collect();
    assert_string_equal(events, "w1 ~1 ~2 ");
    assert_null(weakref_get(fixture.roots[0]));
    fixture_check(fixture.roots[0]);
  } else { /* a stale word on the C stack may keep some */
    enum { CYCLES = 40 };
    int cleared = 0;
    for (int i = 0; i < CYCLES; i++)
      make_cycle(t, 2 * i, i);
    collect();
    for (int i = 0; i < CYCLES; i++) {
      fixture_check(fixture.roots[i]);
      cleared += ((struct weakref *)fixture.roots[i])->referent == NULL;
    }
    assert_in_range(cleared, CYCLES - 4, CYCLES);
    assert_non_null(strstr(events, "w2 "));
  }
  fixture_check_heap();
}

static void only_some_types_can_be_referenced(void **state) {
  assert_null(weakref_new(NONE, NULL, NULL));
  assert_int_equal(error_pending(), ERROR_TYPE);
  error_clear();
}

/* ---- finalisers ---- */

static void finalizers_run_once_in_order(void **state) {
  struct type *t = node_type(finalizer);
  struct object *o = node(t, 1);
  fixture.roots[0] = weakref_new(o, on_death, (void *)7);
  instance_set_taking(o, 1, node(t, 2));
  if (GC_RC) {
    drop(o);
    assert_string_equal(events, "~1 w7 ~2 "); /* a finaliser sees its object whole */
  }
}

static void a_resurrected_object_is_finalized_once(void **state) {
  struct type *t = node_type(resurrecting);
  struct object *o = node(t, 1);
  instance_set_taking(o, 1, node(t, 2));
  drop(o);
  assert_string_equal(events, "~1 ");
  assert_ptr_equal(kept, o);
  struct object *inner = instance_get_borrowed(kept, 1);
  assert_int_equal(name_of(inner), 2);
  kept = NULL;
  drop(o); /* not finalised again; its part is, and stays */
  assert_string_equal(events, "~1 ~2 ");
  assert_ptr_equal(kept, inner);
  drop(kept);
  assert_string_equal(events, "~1 ~2 ");
}

static NO_INLINE void make_resurrecting_cycle(struct type *t) {
  struct object *a = node(t, 1);
  instance_set_taking(a, 1, hold(a));
  drop(a);
}

static void a_cycle_can_be_resurrected(void **state) {
  struct type *t = node_type(resurrecting);
  kept = NULL;
  do { /* a stale word on the C stack may keep one */
    make_resurrecting_cycle(t);
    collect();
  } while (GC_TRACING && !kept);
  events[3] = 0;
  assert_string_equal(events, "~1 ");
  assert_non_null(kept);
  fixture.roots[0] = kept;
  kept = NULL;
  collect();
  assert_int_equal(name_of(fixture.roots[0]), 1);
  fixture_check(fixture.roots[0]);
  drop(fixture.roots[0]);
  fixture.roots[0] = NULL;
  collect();
  assert_true(GC_TRACING || strcmp(events, "~1 ") == 0);
}

static void failing(struct object *o) { error_set(ERROR_RUNTIME, "not today"); }
static void errors_of_finalizers_are_reported(void **state) {
  struct type *t = node_type(failing);
  drop(node(t, 1));
  collect();
  assert_int_equal(error_pending(), ERROR_NONE);
}

/* ---- tracking ---- */

static void atomic_tuples_and_dicts_are_untracked(void **state) {
  struct object *one = int_from_i64(1000), *text = str_from_ascii("text");
  struct object *atoms = fixture.roots[0] = tuple_pack(2, one, text);
  struct object *nested = fixture.roots[1] = tuple_pack(2, atoms, NONE);
  struct object *list = fixture.roots[2] = list_new(0);
  struct object *holder = fixture.roots[3] = tuple_pack(1, list);
  struct object *dict = fixture.roots[4] = dict_new();
  assert_true(gc_is_tracked(atoms));
  assert_true(gc_is_tracked(list));
  assert_false(gc_is_tracked(dict)); /* empty */
  dict_set(dict, text, one);
  assert_false(gc_is_tracked(dict));
  gc_collect(0);
  gc_collect(1);
  assert_false(gc_is_tracked(atoms));
  assert_false(gc_is_tracked(nested));
  assert_true(gc_is_tracked(holder));
  assert_true(gc_is_tracked(list));
  dict_set(dict, text, nested); /* an untracked tuple is an atom */
  assert_false(gc_is_tracked(dict));
  dict_set(dict, one, list);
  assert_true(gc_is_tracked(dict));
  dict_delete(dict, one);
  gc_collect(0);
  gc_collect(1);
  assert_true(gc_is_tracked(dict)); /* dicts only in a full collection */
  gc_collect(2);
  assert_false(gc_is_tracked(dict));
  for (int i = 0; i < 5; i++)
    fixture_check(fixture.roots[i]);
  fixture_check_heap();
  drop(one);
  drop(text);
}

/* ---- depth ---- */

enum { DEEP = 1000000 };

static struct object *deeper(int kind, struct type *t, struct object *inner) {
  struct object *o;
  switch (kind) {
  case 0:
    o = list_new(1);
    list_append_taking(o, inner);
    return o;
  case 1:
    o = tuple_new(1);
    tuple_init_taking(o, 0, inner);
    return o;
  case 2:
    o = dict_new();
    dict_set(o, NONE, inner);
    drop(inner);
    return o;
  default:
    o = instance_new(t);
    instance_set_taking(o, 1, inner);
    return o;
  }
}

static void die_deep(int kind) {
  struct type *t = node_type(kind == 4 ? finalizer : NULL);
  int depth = strchr(getenv("OURO_TEST_GC") ? getenv("OURO_TEST_GC") : "", '=') ? 10000 : DEEP;
  if (OURO_CHECK && depth == DEEP)
    depth = DEEP / 10;
  struct object *o = NULL;
  if (kind == 4) { /* each finaliser notes something: not so many */
    depth = 20;
    o = node(t, 0);
  } else
    o = hold(NONE);
  for (int i = 0; i < depth; i++) {
    o = deeper(kind, t, o);
    if (kind == 4)
      instance_set_taking(o, 0, int_from_i64(i));
    fixture.roots[0] = o;
    gc_safepoint();
  }
  fixture.roots[0] = NULL;
  drop(o);
}
static void deep_lists_die(void **state) { die_deep(0); }
static void deep_tuples_die(void **state) { die_deep(1); }
static void deep_dicts_die(void **state) { die_deep(2); }
static void deep_chains_die(void **state) { die_deep(3); }
static void deep_finalizers_run(void **state) { die_deep(4); }

/* A chain in which each link has a weak reference, kept by the next link. */
static void deep_chains_with_weakrefs_die(void **state) {
  struct type *t = node_type(NULL);
  struct object *chain = NULL;
  for (int i = 0; i < 20000; i++) {
    struct object *o = instance_new(t);
    if (chain) /* dropped before what it refers to, or after */
      instance_set_taking(o, i % 3 ? 0 : 2, weakref_new(chain, i % 2 ? on_death : NULL, NULL));
    instance_set_taking(o, 1, chain);
    fixture.roots[0] = chain = o;
    gc_safepoint();
  }
  fixture.roots[0] = NULL;
  drop(chain);
  collect();
}

/* Each link's weak references lie deeper in the chain than the link: they die, deferred, while what
 * they refer to dies too. */
static void weakrefs_dying_with_their_referents(void **state) {
  struct type *t = node_type(NULL);
  enum { N = 3000 };
  struct object *links[N];
  for (int i = 0; i < N; i++) {
    links[i] = instance_new(t);
    if (i)
      instance_set_taking(links[i], 1, hold(links[i - 1]));
    fixture.roots[0] = links[i];
    gc_safepoint();
  }
  for (int i = 0; i + 1 < N; i++)
    instance_set_taking(links[i], 2, weakref_new(links[N - 1 - i / 2], on_death, NULL));
  for (int i = 0; i + 1 < N; i++)
    drop(links[i]);
  fixture.roots[0] = NULL;
  drop(links[N - 1]);
  memset(links, 0, sizeof links);
  collect();
}

/* ---- types ---- */

static void types_die_after_their_instances(void **state) {
  struct type *t = type_new("short-lived", 2, NULL);
  struct object *name = str_intern("colour"), *value = str_from_ascii("red and yellow");
  uint32_t version = t->version;
  assert_int_equal(type_set_attribute(t, name, value), 0);
  assert_int_not_equal(t->version, version);
  assert_ptr_equal(type_get_attribute_borrowed(t, name), value);
  struct object *o = fixture.roots[0] = instance_new(t);
  instance_set_taking(o, 0, hold(&t->head)); /* a cycle through the type */
  fixture_check(&t->head);
  drop(&t->head);
  collect();
  assert_string_equal(type_of(o)->name, "short-lived");
  instance_set_taking(o, 0, NULL);
  drop(value);
  drop(name);
  assert_null(type_new("too wide", TYPE_SLOTS_MAX + 1, NULL));
  assert_int_equal(error_pending(), ERROR_VALUE);
  error_clear();
}

/* ---- free lists ---- */

static void free_lists_can_be_switched_off(void **state) {
  struct object *first = list_new(0), *dict = dict_new();
  drop(dict);
  drop(first);
  struct object *second = list_new(0);
  uint64_t created = gc_read_stats()->objects_created;
  drop(second);
  second = list_new(0);
  assert_int_equal(gc_read_stats()->objects_created - created,
                   object_options.freelists && GC_RC ? 0 : 1);
  drop(second);
}
static int setup_without_freelists(void **state) {
  object_options.freelists = false;
  return fixture_setup(state);
}
static int teardown_without_freelists(void **state) {
  int failed = fixture_teardown(state);
  object_options.freelists = true;
  return failed;
}

/* Cases that a collector makes no promise about are left out of its list. */
int main(void) {
  const char *collector = getenv("OURO_TEST_GC");
  if (!collector)
    collector = gc_registry[0]->name;
  bool cycles = strcmp(collector, "refcount") != 0 && strcmp(collector, "none") != 0;
  struct CMUnitTest tests[32];
  size_t n = 0;
#define CASE(f) tests[n++] = (struct CMUnitTest){#f, f, fixture_setup, fixture_teardown, NULL}
  CASE(callbacks_run_newest_first);
  if (cycles)
    CASE(cycles_are_collected_and_weakrefs_cleared);
  CASE(only_some_types_can_be_referenced);
  CASE(finalizers_run_once_in_order);
  if (GC_RC)
    CASE(a_resurrected_object_is_finalized_once);
  if (cycles)
    CASE(a_cycle_can_be_resurrected);
  CASE(errors_of_finalizers_are_reported);
  if (GC_RC && cycles)
    CASE(atomic_tuples_and_dicts_are_untracked);
  CASE(deep_lists_die);
  CASE(deep_tuples_die);
  CASE(deep_dicts_die);
  CASE(deep_chains_die);
  CASE(deep_finalizers_run);
  CASE(deep_chains_with_weakrefs_die);
  CASE(weakrefs_dying_with_their_referents);
  CASE(types_die_after_their_instances);
  CASE(free_lists_can_be_switched_off);
  tests[n++] = (struct CMUnitTest){"without_free_lists", free_lists_can_be_switched_off,
                                   setup_without_freelists, teardown_without_freelists, NULL};
  return _cmocka_run_group_tests("object_life", tests, n, NULL, NULL);
}
