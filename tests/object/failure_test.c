/* The failure sweep: the nth allocation fails, for every n until a scenario gets through. One
 * failure alone must be survived by an emergency collection; failures in a row, or by chance, are
 * reported, and nothing leaks or is left half made. */
#include "alloc/fault.h"
#include "heap_fixture.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/weakref.h"

/* A scenario works on fixture.roots, checks what it has at every failure, and returns -1 then. */
typedef int scenario_fn(void);

/* Checks all roots; an error must be what stopped the scenario. */
static int stop(void) {
  for (size_t i = 0; i < FIXTURE_ROOTS; i++)
    if (fixture.roots[i])
      fixture_check(fixture.roots[i]);
  assert_int_equal(error_pending(), ERROR_MEMORY);
  return -1;
}
#define TRY(condition)                                                                             \
  do {                                                                                             \
    if (!(condition))                                                                              \
      return stop();                                                                               \
  } while (0)

static int use_lists(void) {
  TRY(fixture.roots[0] = list_new(0));
  TRY(fixture.roots[1] = list_new(10));
  for (int i = 0; i < 60; i++) {
    struct object *x = int_from_i64(i * 100);
    TRY(x);
    TRY(list_append_taking(fixture.roots[0], x) == 0);
    TRY(list_insert(fixture.roots[1], list_length(fixture.roots[1]) / 2, x) == 0);
  }
  size_t n = list_length(fixture.roots[0]);
  list_remove_range(fixture.roots[0], 3, 40);
  assert_int_equal(list_length(fixture.roots[0]), n - 37);
  assert_int_equal(int_value(list_get_borrowed(fixture.roots[0], 3)), 4000);
  while (list_length(fixture.roots[1])) {
    struct object *x = list_pop(fixture.roots[1]);
    drop(x);
  }
  return 0;
}

static int use_dicts(void) {
  char text[32];
  TRY(fixture.roots[0] = dict_new());
  for (int i = 0; i < 50; i++) {
    snprintf(text, sizeof text, "key %d", i);
    struct object *key = str_from_ascii(text);
    TRY(key);
    int done = dict_set(fixture.roots[0], key, key);
    drop(key);
    size_t n = dict_length(fixture.roots[0]);
    assert_int_equal(n, i + (done == 0));
    TRY(done == 0);
  }
  TRY(fixture.roots[1] = dict_copy(fixture.roots[0]));
  for (int i = 0; i < 50; i++) {
    struct object *key = int_from_i64(i * 1000);
    TRY(key);
    int done = dict_set(fixture.roots[1], key, fixture.roots[0]);
    drop(key);
    TRY(done == 0);
  }
  assert_int_equal(dict_length(fixture.roots[1]), 100);
  TRY(fixture.roots[2] = dict_new_sized(100));
  return 0;
}

static int use_sets(void) {
  TRY(fixture.roots[0] = set_new());
  for (int i = 0; i < 100; i++) {
    struct object *key = int_from_i64(i * 1000);
    TRY(key);
    int done = set_add(fixture.roots[0], key);
    assert_int_equal(set_length(fixture.roots[0]), i + (done == 1));
    if (i % 3 == 0 && done == 1) {
      assert_int_equal(set_discard(fixture.roots[0], key), 1);
      done = set_add(fixture.roots[0], key);
    }
    drop(key);
    TRY(done == 1);
  }
  return 0;
}

static int use_texts(void) {
  TRY(fixture.roots[0] = str_from_ascii("growing"));
  for (int i = 0; i < 40; i++) {
    struct object *tail = str_from_utf8(i % 8 ? "text " : "t\xe2\x82\xac", i % 8 ? 5 : 4);
    TRY(tail);
    struct object *s = fixture.roots[0];
    fixture.roots[0] = NULL;
    fixture.roots[0] = i % 2 ? str_append_taking(s, tail) : str_concat(s, tail);
    if (i % 2 == 0)
      drop(s);
    drop(tail);
    TRY(fixture.roots[0]);
  }
  TRY(fixture.roots[1] = str_slice(fixture.roots[0], 3, 90));
  for (int i = 0; i < 300; i++) {
    char text[32];
    snprintf(text, sizeof text, "interned_%d", i);
    struct object *s = str_intern(text);
    TRY(s);
    drop(s);
  }
  TRY(fixture.roots[2] = bytes_from("some bytes", 10));
  TRY(fixture.roots[3] = bytearray_new(10));
  for (int i = 0; i < 50; i++)
    TRY(bytearray_append(fixture.roots[3], "0123456789", 10) == 0);
  assert_int_equal(bytearray_resize(fixture.roots[3], 30), 0); /* shrinking can't fail */
  return 0;
}

static int use_numbers(void) {
  TRY(fixture.roots[0] = int_from_i64(1000));
  for (int i = 0; i < 12; i++) {
    struct object *square = int_multiply(fixture.roots[0], fixture.roots[0]);
    TRY(square);
    store(NULL, &fixture.roots[0], square);
    TRY(fixture.roots[1] = int_add(square, square));
    struct object *back = int_subtract(fixture.roots[1], square);
    drop(fixture.roots[1]);
    fixture.roots[1] = back;
    TRY(back);
    assert_int_equal(int_compare(back, square), 0);
    drop(back);
    fixture.roots[1] = NULL;
  }
  TRY(fixture.roots[1] = float_from(1.5));
  return 0;
}

static void finalizer(struct object *o) {}
static void on_death(struct object *weakref, void *data) {}

static int use_instances(void) {
  struct type *t = type_new("node", 3, finalizer);
  TRY(t);
  fixture.roots[0] = &t->head;
  struct object *name = str_from_ascii("attribute");
  TRY(name);
  int done = type_set_attribute(t, name, name);
  drop(name);
  TRY(done == 0);
  for (int i = 0; i < 30; i++) {
    struct object *o = instance_new(t);
    TRY(o);
    instance_set_taking(o, 0, fixture.roots[1]);
    fixture.roots[1] = o;
    struct object *w = weakref_new(o, i % 2 ? on_death : NULL, NULL);
    TRY(w);
    instance_set_taking(o, 1, w);
    struct object *pair = tuple_pack(2, w, NONE);
    TRY(pair);
    instance_set_taking(o, 2, pair);
    if (i == 20 && (GC_TRACING || object_is_tracking())) { /* a cycle to collect */
      instance_set_taking(o, 1, hold(o));
      drop(fixture.roots[1]);
      fixture.roots[1] = NULL;
    }
    gc_safepoint();
  }
  return 0;
}

/* Runs the scenario with injected failures; true if it got through. */
static bool run(scenario_fn *scenario, const char *faults, uint64_t *failures) {
  char spec[128];
  snprintf(spec, sizeof spec, "fault:%s+count+malloc", faults);
  *failures = 1;
  if (!fixture_open(spec)) {
    if (error_pending() !=
        ERROR_NONE) /* opening the runtime reports, opening the heap has a text */
      assert_int_equal(error_pending(), ERROR_MEMORY);
    error_clear();
    return false;
  }
  bool through = scenario() == 0;
  if (!through)
    error_clear();
  struct fault_figures figures;
  assert_true(fault_read(fixture.alloc, &figures));
  *failures = figures.failures;
  fixture_close();
  return through;
}

static void sweep(scenario_fn *scenario) {
  char faults[64];
  uint64_t failures;
  for (int mode = 0; mode < 2; mode++) {
    bool through = false;
    for (uint64_t n = 1; n < 5000 && !(through && failures == 0); n++) {
      snprintf(faults, sizeof faults, mode ? "after=%lu" : "nth=%lu", n);
      through = run(scenario, faults, &failures);
      if (mode) /* only giving room back may fail unnoticed, at each pop */
        assert_true(!through || failures <= 200);
      else
        assert_true(through || n == 1);
    }
    assert_true(through && failures == 0);
  }
  for (uint64_t seed = 1; seed <= 200; seed++) {
    snprintf(faults, sizeof faults, "probability=0.%lu,seed=%lu", 1 + seed % 5, seed);
    run(scenario, faults, &failures);
  }
}

static void lists(void **state) { sweep(use_lists); }
static void dicts(void **state) { sweep(use_dicts); }
static void sets(void **state) { sweep(use_sets); }
static void texts(void **state) { sweep(use_texts); }
static void numbers(void **state) { sweep(use_numbers); }
static void instances(void **state) { sweep(use_instances); }

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lists), cmocka_unit_test(dicts),   cmocka_unit_test(sets),
      cmocka_unit_test(texts), cmocka_unit_test(numbers), cmocka_unit_test(instances),
  };
  return cmocka_run_group_tests_name("object_failures", tests, NULL, NULL);
}
