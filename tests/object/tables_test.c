/* Dicts and sets: random operations against a plain table that remembers insertion order, recorded
 * orders of CPython's sets, and keys whose comparison changes the table they are looked up in. */
#include "heap_fixture.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"

enum { KEYS = 3000 };

static struct { /* by number of key: its value and when it was inserted; 0: absent */
  int64_t value;
  uint64_t since;
} model[KEYS];

/* A key of some type, equal for equal numbers. */
enum key_mix { STRINGS, INTS, MIXED };

static struct object *key_of(unsigned number, enum key_mix mix) {
  char text[32];
  unsigned type = mix == STRINGS ? 0 : mix == INTS ? 1 : number % 4;
  struct object *part, *key;
  switch (type) {
  case 0:
    snprintf(text, sizeof text, number % 3 ? "k%u" : "a longer key with number %u", number);
    return str_from_ascii(text);
  case 1:
    return int_from_i64((int64_t)number << (number % 7 * 8));
  case 2:
    return float_from(number + 0.5);
  default:
    part = int_from_i64(number);
    key = tuple_pack(2, part, NONE);
    drop(part);
    return key;
  }
}

static void dict_agrees(struct object *dict, size_t live, enum key_mix mix) {
  fixture_check(dict);
  assert_int_equal(dict_length(dict), live);
  struct object *key, *value;
  size_t seen = 0;
  uint64_t last = 0;
  for (size_t position = 0; dict_next(dict, &position, &key, &value); seen++) {
    int64_t number = int_value(value) / 1000;
    assert_int_equal(model[number].value, int_value(value));
    assert_true(model[number].since > last);
    last = model[number].since;
  }
  assert_int_equal(seen, live);
}

static void torture_dict(enum key_mix mix, unsigned keys, int steps) {
  struct object *dict = fixture.roots[0] = dict_new();
  memset(model, 0, sizeof model);
  size_t live = 0;
  unsigned add_share = 50;
  for (int step = 1; step <= steps; step++) {
    if (step % 4096 == 0)
      add_share = 20 + (unsigned)random_below(&fixture.random, 60);
    unsigned number = (unsigned)random_below(&fixture.random, keys);
    struct object *key = key_of(number, mix), *value;
    bool present = model[number].since != 0;
    uint64_t dice = random_below(&fixture.random, 100);
    if (dice < 20) {
      value = dict_get_borrowed(dict, key);
      assert_int_equal(value != NULL, present);
      if (present)
        assert_int_equal(int_value(value), model[number].value);
    } else if (dice < 20 + add_share * 4 / 5) {
      model[number].value = number * 1000 + step % 1000;
      if (!present) {
        model[number].since = (uint64_t)step;
        live++;
      }
      value = int_from_i64(model[number].value);
      assert_int_equal(dict_set(dict, key, value), 0);
      drop(value);
    } else {
      if (dice & 1)
        assert_int_equal(dict_delete(dict, key), present);
      else {
        value = dict_pop(dict, key);
        assert_int_equal(value != NULL, present);
        drop_null(value);
      }
      live -= present;
      model[number].since = 0;
    }
    drop(key);
    assert_int_equal(error_pending(), ERROR_NONE);
    if (step % 997 == 0)
      dict_agrees(dict, live, mix);
    gc_safepoint();
  }
  dict_agrees(dict, live, mix);
  struct object *copy = fixture.roots[1] = dict_copy(dict);
  dict_agrees(copy, live, mix);
  assert_int_equal(object_equal(dict, copy), 1);
  dict_clear(dict);
  assert_int_equal(dict_length(dict), 0);
  fixture_check(dict);
  assert_int_equal(object_equal(dict, copy), live == 0);
}

static void dict_of_few_strings(void **state) { torture_dict(STRINGS, 12, 30000); }
static void dict_of_strings(void **state) { torture_dict(STRINGS, KEYS, 60000); }
static void dict_of_ints(void **state) { torture_dict(INTS, 200, 60000); }
static void dict_of_all_kinds(void **state) { torture_dict(MIXED, KEYS, 60000); }

/* Every width of index up to 32 bits, filled in order and emptied from the front. */
static void large_dict_keeps_order(void **state) {
  enum { N = 120000 };
  struct object *dict = fixture.roots[0] = dict_new();
  for (int64_t i = 0; i < N; i++) {
    struct object *key = int_from_i64(i * 1000003);
    assert_int_equal(dict_set(dict, key, key), 0);
    drop(key);
  }
  fixture_check(dict);
  struct object *key, *value;
  int64_t i = 0;
  for (size_t position = 0; dict_next(dict, &position, &key, &value); i++)
    assert_int_equal(int_value(key), i * 1000003);
  assert_int_equal(i, N);
  for (i = 0; i < N; i += 2) {
    key = int_from_i64(i * 1000003);
    assert_int_equal(dict_delete(dict, key), 1);
    drop(key);
  }
  fixture_check(dict);
  assert_int_equal(dict_length(dict), N / 2);
}

static void equal_numbers_are_one_key(void **state) {
  struct object *dict = fixture.roots[0] = dict_new(), *one = int_from_i64(1),
                *real = float_from(1.0), *text = str_from_ascii("true");
  dict_set(dict, text, text); /* starts as a dict of strings */
  dict_set(dict, one, NONE);
  dict_set(dict, TRUE_, text);
  assert_int_equal(dict_length(dict), 2);
  assert_ptr_equal(dict_get_borrowed(dict, real), text);
  struct object *key, *value;
  size_t position = 1;
  dict_next(dict, &position, &key, &value);
  assert_ptr_equal(key, one); /* the first key stays */
  drop(one), drop(real), drop(text);
  struct object *list = list_new(0);
  assert_int_equal(dict_set(dict, list, NONE), -1);
  assert_int_equal(error_pending(), ERROR_TYPE);
  error_clear();
  assert_null(dict_get_borrowed(dict, list));
  assert_int_equal(error_pending(), ERROR_TYPE);
  error_clear();
  drop(list);
}

/* ---- keys that misbehave ---- */

static struct object *victim; /* the table their comparison changes */
static int mischief, calls;

static int nasty_equal(struct object *a, struct object *b) {
  if (++calls > 1000)
    fail_msg("a search never ends");
  if (mischief && is_dict(victim)) {
    if (mischief == 1)
      dict_clear(victim);
    for (int i = 0; mischief == 2 && i < 50; i++) {
      struct object *filler = int_from_i64(calls * 1000 + i);
      dict_set(victim, filler, filler);
      drop(filler);
    }
    if (mischief == 3)
      dict_delete(victim, a);
  } else if (mischief) {
    if (mischief == 1)
      set_clear(victim);
    for (int i = 0; mischief == 2 && i < 50; i++) {
      struct object *filler = int_from_i64(calls * 1000 + i);
      set_add(victim, filler);
      drop(filler);
    }
    if (mischief == 3)
      set_discard(victim, a);
  }
  mischief = 0;
  return type_of(a) == type_of(b) && instance_get_borrowed(a, 0) == instance_get_borrowed(b, 0);
}
static int64_t nasty_hash(struct object *o) { return 42; }
static int failing_equal(struct object *a, struct object *b) {
  error_set(ERROR_RUNTIME, "no comparison");
  return -1;
}

static struct type *nasty_type(void) {
  struct type *t = type_new("nasty", 1, NULL);
  fixture.roots[10] = &t->head;
  t->equal = nasty_equal;
  t->hash = nasty_hash;
  return t;
}
static struct object *nasty_new(struct type *t, struct object *name) {
  struct object *o = instance_new(t);
  instance_set_taking(o, 0, hold(name));
  return o;
}

static void tables_survive_changes_by_comparisons(void **state) {
  struct type *t = nasty_type();
  for (mischief = 0; mischief <= 3; mischief++)
    for (int as_set = 0; as_set < 2; as_set++) {
      int kind = mischief;
      mischief = 0;
      calls = 0;
      victim = fixture.roots[0] = as_set ? set_new() : dict_new();
      struct object *a = fixture.roots[1] = nasty_new(t, TRUE_);
      struct object *b = fixture.roots[2] = nasty_new(t, FALSE_);
      struct object *c = fixture.roots[3] = nasty_new(t, NONE);
      struct object *like_b = fixture.roots[4] = nasty_new(t, FALSE_);
      struct object *keys[] = {a, b, c};
      for (int i = 0; i < 3; i++)
        assert_int_equal(as_set ? set_add(victim, keys[i]) : dict_set(victim, keys[i], keys[i]),
                         as_set);
      mischief = kind;
      int found = as_set ? set_contains(victim, like_b) : dict_get_borrowed(victim, like_b) == b;
      assert_int_equal(error_pending(), ERROR_NONE);
      assert_int_equal(found, kind != 1);
      fixture_check(victim);
      mischief = kind;
      if (as_set)
        set_add(victim, like_b);
      else
        dict_set(victim, like_b, NONE);
      fixture_check(victim);
      for (int i = 0; i < 5; i++) {
        drop(fixture.roots[i]);
        fixture.roots[i] = NULL;
      }
      mischief = kind;
    }
  mischief = 0;
}

static void failing_comparisons_are_reported(void **state) {
  struct type *t = nasty_type();
  struct object *dict = fixture.roots[0] = dict_new(), *set = fixture.roots[1] = set_new();
  struct object *a = fixture.roots[2] = nasty_new(t, TRUE_);
  struct object *b = fixture.roots[3] = nasty_new(t, FALSE_);
  dict_set(dict, a, NONE);
  set_add(set, a);
  t->equal = failing_equal;
  assert_null(dict_get_borrowed(dict, b));
  assert_int_equal(error_pending(), ERROR_RUNTIME);
  error_clear();
  assert_int_equal(dict_set(dict, b, NONE), -1);
  error_clear();
  assert_int_equal(dict_delete(dict, b), -1);
  error_clear();
  assert_int_equal(set_contains(set, b), -1);
  error_clear();
  assert_int_equal(set_add(set, b), -1);
  error_clear();
  assert_int_equal(set_discard(set, a), 1); /* identity needs no comparison */
  assert_int_equal(dict_length(dict), 1);
  fixture_check(dict);
  fixture_check(set);
}

/* ---- sets ---- */

static void torture_set(enum key_mix mix, unsigned keys, int steps) {
  struct object *set = fixture.roots[0] = set_new();
  memset(model, 0, sizeof model);
  size_t live = 0;
  for (int step = 1; step <= steps; step++) {
    unsigned number = (unsigned)random_below(&fixture.random, keys);
    struct object *key = key_of(number, mix);
    bool present = model[number].since != 0;
    uint64_t dice = random_below(&fixture.random, 100);
    if (dice < 20)
      assert_int_equal(set_contains(set, key), present);
    else if (dice < 60) {
      assert_int_equal(set_add(set, key), !present);
      model[number].since = 1;
      live += !present;
    } else {
      assert_int_equal(set_discard(set, key), present);
      model[number].since = 0;
      live -= present;
    }
    drop(key);
    assert_int_equal(set_length(set), live);
    if (step % 997 == 0) {
      fixture_check(set);
      struct object *each;
      size_t seen = 0;
      for (size_t position = 0; set_next(set, &position, &each);)
        seen++;
      assert_int_equal(seen, live);
    }
    gc_safepoint();
  }
}

static void set_of_few(void **state) { torture_set(MIXED, 10, 30000); }
static void set_of_many(void **state) { torture_set(MIXED, KEYS, 60000); }

static void sets_compare_by_content(void **state) {
  struct object *a = fixture.roots[0] = set_new(), *b = fixture.roots[1] = set_new();
  for (int64_t i = 0; i < 100; i++) {
    struct object *x = int_from_i64(i * 17), *y = float_from((double)(99 - i) * 17);
    set_add(a, x);
    set_add(b, y);
    drop(x), drop(y);
  }
  assert_int_equal(object_equal(a, b), 1);
  set_discard(a, FALSE_); /* 0 */
  assert_int_equal(object_equal(a, b), 0);
  set_add(a, NONE);
  assert_int_equal(object_equal(a, b), 0);
  set_clear(a);
  fixture_check(a);
}

/* Recorded: the order after adding i*i % 5003 (i < 60), removing each third, adding each sixth + 1;
 * and likewise of other sequences. */
static void sets_iterate_as_recorded(void **state) {
  static const int64_t squares[] = {1,    256,  1024, 4,    2305, 1156, 901,  16,   1297, 400,
                                    529,  784,  145,  1681, 1936, 2704, 25,   3481, 289,  2209,
                                    3136, 676,  1444, 3364, 37,   169,  49,   2809, 1849, 64,
                                    961,  577,  196,  325,  1600, 2116, 2500, 841,  1225, 3025,
                                    1369, 2401, 100,  484,  2917, 1765, 361,  625,  121};
  static const int64_t primes[] = {2944,  5888,  1,     55433, 58377, 913,   50458, 53402, 47515,
                                   39595, 42540, 45483, 97972, 95029, 34620, 31676, 37565, 87109,
                                   90054, 92997, 69240, 26701, 29645, 79190, 82134, 85079, 15838,
                                   21726, 74215, 77159, 7919,  10863, 63352};
  static const int64_t collisions[] = {0, 32, 3, 5, 8, 48, 17, -2, 24, 56};
  static const int64_t third[] = {-1, -2, 5, 1L << 40, 3, 8, 16, 24, 32, 40, 48, 56};
  for (int which = 0; which < 3; which++) {
    int64_t sequence[60];
    size_t n = which == 0 ? 60 : which == 1 ? 40 : ARRAY_SIZE(third);
    for (size_t i = 0; i < n; i++)
      sequence[i] = which == 0   ? (int64_t)(i * i % 5003)
                    : which == 1 ? (int64_t)(i * 7919 % 100003)
                                 : third[i];
    struct object *set = fixture.roots[0] = set_new();
    for (size_t i = 0; i < n; i++) {
      struct object *key = int_from_i64(sequence[i]);
      set_add(set, key);
      drop(key);
    }
    for (size_t i = 0; i < n; i += 3) {
      struct object *key = int_from_i64(sequence[i]);
      set_discard(set, key);
      drop(key);
    }
    for (size_t i = 0; i < n; i += 6) {
      struct object *key = int_from_i64(sequence[i] + 1);
      set_add(set, key);
      drop(key);
    }
    const int64_t *expected = which == 0 ? squares : which == 1 ? primes : collisions;
    struct object *key;
    size_t i = 0;
    for (size_t position = 0; set_next(set, &position, &key); i++)
      assert_int_equal(int_value(key), expected[i]);
    assert_int_equal(i, which == 0   ? ARRAY_SIZE(squares)
                        : which == 1 ? ARRAY_SIZE(primes)
                                     : ARRAY_SIZE(collisions));
    drop(set);
    fixture.roots[0] = NULL;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
      CASE(dict_of_few_strings),
      CASE(dict_of_strings),
      CASE(dict_of_ints),
      CASE(dict_of_all_kinds),
      CASE(large_dict_keeps_order),
      CASE(equal_numbers_are_one_key),
      CASE(tables_survive_changes_by_comparisons),
      CASE(failing_comparisons_are_reported),
      CASE(set_of_few),
      CASE(set_of_many),
      CASE(sets_compare_by_content),
      CASE(sets_iterate_as_recorded),
  };
  return cmocka_run_group_tests_name("object_tables", tests, NULL, NULL);
}
