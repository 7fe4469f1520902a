/* Strings, bytes, lists and tuples: CPython's growth and hashes, and random operations against
 * plain arrays. */
#include "heap_fixture.h"
#include "runtime/object/bytes.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"

/* ---- lists ---- */

static size_t capacity(const struct object *list) { return ((const struct list *)list)->capacity; }

/* Recorded from sys.getsizeof while appending 200 items, then while popping 100 of 100. */
static void list_grows_and_shrinks_as_recorded(void **state) {
  static const size_t grown[] = {4, 8, 16, 24, 32, 40, 52, 64, 76, 92, 108, 128, 148, 172, 200};
  static const struct {
    size_t times, capacity;
  } shrunk[] = {{46, 108}, {22, 64}, {12, 40}, {8, 24}, {4, 16}, {2, 12}, {4, 8}, {1, 4}, {1, 0}};
  struct object *list = fixture.roots[0] = list_new(0);
  size_t seen = 0, before = 0;
  for (int i = 0; i < 200; i++) {
    assert_int_equal(list_append(list, NONE), 0);
    if (capacity(list) != before)
      assert_int_equal(capacity(list), grown[seen++]);
    before = capacity(list);
  }
  assert_int_equal(seen, ARRAY_SIZE(grown));
  list_clear(list);
  assert_int_equal(capacity(list), 0);
  for (int i = 0; i < 100; i++)
    list_append(list, NONE);
  for (size_t i = 0; i < ARRAY_SIZE(shrunk); i++)
    for (size_t k = 0; k < shrunk[i].times; k++) {
      assert_ptr_equal(list_pop(list), NONE);
      assert_int_equal(capacity(list), shrunk[i].capacity);
    }
  fixture_check(list);
}

/* Recorded: 50 appends, del l[5:45]; 30 inserts at 0, del l[1:]. */
static void list_ranges_shrink_as_recorded(void **state) {
  struct object *list = fixture.roots[0] = list_new(0);
  for (int i = 0; i < 50; i++)
    list_append_taking(list, int_from_i64(i));
  list_remove_range(list, 5, 45);
  assert_int_equal(list_length(list), 10);
  assert_int_equal(capacity(list), 16);
  assert_int_equal(int_value(list_get_borrowed(list, 5)), 45);
  list_clear(list);
  for (int i = 0; i < 30; i++)
    assert_int_equal(list_insert(list, 0, NONE), 0);
  assert_int_equal(capacity(list), 32);
  list_remove_range(list, 1, 30);
  assert_int_equal(capacity(list), 4);
}

static void list_agrees_with_an_array(void **state) {
  enum { MAX = 3000 };
  static int64_t model[MAX];
  size_t n = 0;
  struct object *list = fixture.roots[0] = list_new(random_below(&fixture.random, 9));
  for (int step = 0; step < 40000; step++) {
    int64_t value = (int64_t)random_below(&fixture.random, 1000000);
    uint64_t dice = random_below(&fixture.random, 100);
    struct object *v;
    if (n == MAX || dice < 2) {
      size_t start = random_below(&fixture.random, n + 1);
      size_t stop = start + random_below(&fixture.random, n - start + 1);
      list_remove_range(list, start, stop);
      memmove(model + start, model + stop, (n - stop) * sizeof *model);
      n -= stop - start;
    } else if (dice < 55) {
      assert_int_equal(list_append_taking(list, int_from_i64(value)), 0);
      model[n++] = value;
    } else if (dice < 70) {
      size_t at = random_below(&fixture.random, n + 1);
      v = int_from_i64(value);
      assert_int_equal(list_insert(list, at, v), 0);
      drop(v);
      memmove(model + at + 1, model + at, (n - at) * sizeof *model);
      model[at] = value;
      n++;
    } else if (n && dice < 85) {
      v = list_pop(list);
      assert_int_equal(int_value(v), model[--n]);
      drop(v);
    } else if (n) {
      size_t at = random_below(&fixture.random, n);
      list_set_taking(list, at, int_from_i64(value));
      model[at] = value;
    }
    assert_int_equal(list_length(list), n);
    if (step % 200 == 0) {
      fixture_check(list);
      for (size_t i = 0; i < n; i++)
        assert_int_equal(int_value(list_get_borrowed(list, i)), model[i]);
    }
    gc_safepoint();
  }
}

static void lists_compare_by_content(void **state) {
  struct object *a = fixture.roots[0] = list_new(0), *b = fixture.roots[1] = list_new(4);
  for (int i = 0; i < 5; i++) {
    list_append_taking(a, int_from_i64(i * 1000));
    list_append_taking(b, float_from(i * 1000));
  }
  assert_int_equal(object_equal(a, b), 1);
  list_set_taking(b, 4, hold(NONE));
  assert_int_equal(object_equal(a, b), 0);
  assert_int_equal(object_hash(a), -1);
  assert_int_equal(error_pending(), ERROR_TYPE);
  assert_string_equal(error_message(), "unhashable type: 'list'");
  error_clear();
}

/* Structures too deep to compare are an error, not an overflow of the C stack. */
static void deep_comparison_is_an_error(void **state) {
  for (int which = 0; which < 2; which++) {
    struct object *deep = list_new(0);
    for (int i = 0; i < 100000; i++) {
      struct object *outer = list_new(1);
      list_append_taking(outer, deep);
      deep = outer;
    }
    fixture.roots[which] = deep;
  }
  assert_int_equal(object_equal(fixture.roots[0], fixture.roots[1]), -1);
  assert_int_equal(error_pending(), ERROR_RECURSION);
  error_clear();
}

/* ---- tuples ---- */

static struct object *count_to(size_t n) {
  struct object *t = tuple_new(n);
  for (size_t i = 0; i < n; i++)
    tuple_init_taking(t, i, int_from_i64((int64_t)i));
  return t;
}

/* Recorded: hash(tuple). */
static void tuple_hash_is_recorded(void **state) {
  struct object *t = tuple_new(0);
  assert_int_equal(object_hash(t), 5740354900026072187);
  assert_ptr_equal(t, tuple_new(0));
  struct object *one = int_from_i64(1), *two = int_from_i64(2), *three = int_from_i64(3),
                *four = int_from_i64(4), *minus = int_from_i64(-1), *real = float_from(2.5);
  struct object *p = tuple_pack(1, one);
  assert_int_equal(object_hash(p), -6644214454873602895);
  drop(p);
  p = tuple_pack(3, one, two, three);
  assert_int_equal(object_hash(p), 529344067295497451);
  drop(p);
  p = tuple_pack(1, minus);
  assert_int_equal(object_hash(p), 8078679518589016365);
  drop(p);
  struct object *x = tuple_pack(2, one, two), *y = tuple_pack(2, three, four);
  p = tuple_pack(2, x, y);
  assert_int_equal(object_hash(p), -1467267874458550984);
  drop(x), drop(y), drop(p);
  x = tuple_pack(1, FALSE_);
  p = tuple_pack(4, one, real, TRUE_, x);
  assert_int_equal(object_hash(p), 6151088403012739542);
  drop(x), drop(p), drop(real);
  p = count_to(20);
  assert_int_equal(object_hash(p), -9217304902224717415);
  drop(p);
}

static void tuples_of_all_lengths_live_and_die(void **state) {
  for (int round = 0; round < 3; round++)
    for (size_t n = 0; n < 60; n++) {
      struct object *a = count_to(n), *b = count_to(n), *c = count_to(n + 1);
      fixture_check(a);
      assert_int_equal(tuple_length(a), n);
      assert_int_equal(object_equal(a, b), 1);
      assert_int_equal(object_hash(a), object_hash(b));
      assert_int_equal(object_equal(a, c), 0);
      drop(a), drop(b), drop(c);
    }
  struct object *list = list_new(0), *t = tuple_pack(1, list);
  assert_int_equal(object_hash(t), -1);
  error_clear();
  drop(list);
  drop(t);
}

/* ---- strings ---- */

static void utf8_is_decoded_or_refused(void **state) {
  static const struct {
    const char *utf8;
    size_t length;
    unsigned kind;
    uint32_t last;
  } good[] = {{"", 0, 0, 0},
              {"a", 1, 0, 'a'},
              {"hello, world!", 13, 0, '!'},
              {"\xc3\xa9", 1, 0, 0xe9},
              {"na\xc3\xafve", 5, 0, 'e'},
              {"\xe2\x82\xac", 1, 1, 0x20ac},
              {"12345678\xe2\x82\xac", 9, 1, 0x20ac},
              {"\xf0\x9f\x90\x8d", 1, 2, 0x1f40d},
              {"x\xf4\x8f\xbf\xbf", 2, 2, 0x10ffff},
              {"\xef\xbf\xbf", 1, 1, 0xffff}};
  for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
    struct object *s = str_from_utf8(good[i].utf8, strlen(good[i].utf8));
    assert_non_null(s);
    fixture_check(s);
    assert_int_equal(str_length(s), good[i].length);
    assert_int_equal(str_kind(s), good[i].kind);
    if (good[i].length)
      assert_int_equal(str_at(s, good[i].length - 1), good[i].last);
    drop(s);
  }
  static const char *const bad[] = {"\x80",
                                    "\xc3",
                                    "\xc0\xaf",
                                    "\xc1\xbf",
                                    "\xe2\x82",
                                    "\xe0\x80\x80",
                                    "\xed\xa0\x80",
                                    "\xf5\x80\x80\x80",
                                    "\xf4\x90\x80\x80",
                                    "ab\xff",
                                    "\xe2\x28\xa1",
                                    "\xf0\x80\x80\x80"};
  for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
    assert_null(str_from_utf8(bad[i], strlen(bad[i])));
    assert_int_equal(error_pending(), ERROR_VALUE);
    error_clear();
  }
}

/* Random joins, appends and cuts of strings of all kinds against an array of code points. */
static void strings_agree_with_an_array(void **state) {
  enum { MAX = 4000 };
  static uint32_t model[MAX], piece[64];
  static const uint32_t largest[] = {0x80, 0x100, 0x10000, 0x110000};
  size_t n = 0;
  struct object *s = str_from_ascii("");
  for (int step = 0; step < 20000; step++) {
    uint64_t dice = random_below(&fixture.random, 100);
    if (n > MAX - 64 || dice < 5) {
      size_t start = random_below(&fixture.random, n + 1);
      size_t stop = start + random_below(&fixture.random, n - start + 1);
      struct object *cut = str_slice(s, start, stop);
      drop(s);
      s = cut;
      memmove(model, model + start, (stop - start) * sizeof *model);
      n = stop - start;
    } else {
      size_t more = random_below(&fixture.random, dice < 95 ? 5 : 64);
      uint32_t below = largest[random_below(&fixture.random, 40) % 37 < 34 ? 0 : dice % 4];
      for (size_t i = 0; i < more; i++)
        piece[i] = (uint32_t)random_below(&fixture.random, below);
      struct object *tail = str_from_data(piece, more, 2);
      fixture_check(tail);
      struct object *shared = dice % 3 == 0 ? hold(s) : NULL, *longer;
      size_t before = n;
      if (dice % 2) {
        longer = str_concat(s, tail);
        drop(s);
      } else
        longer = str_append_taking(s, tail);
      if (shared)
        assert_int_equal(str_length(shared), before);
      drop_null(shared);
      drop(tail);
      s = longer;
      memcpy(model + n, piece, more * sizeof *model);
      n += more;
    }
    assert_int_equal(str_length(s), n);
    if (step % 50 == 0) {
      str_hash(s);
      fixture_check(s);
      struct object *fresh = str_from_data(model, n, 2);
      assert_int_equal(object_equal(s, fresh), 1);
      assert_int_equal(object_hash(s), object_hash(fresh));
      assert_int_equal(str_compare(s, fresh), 0);
      for (size_t i = 0; i < n; i++)
        assert_int_equal(str_at(s, i), model[i]);
      drop(fresh);
    }
  }
  drop(s);
}

static void interned_strings_exist_once(void **state) {
  struct object *first[500];
  char name[32];
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < 500; i++) {
      snprintf(name, sizeof name, "name_%d", i);
      struct object *s = str_intern(name);
      fixture_check(s);
      if (round == 0)
        first[i] = s;
      else
        assert_ptr_equal(s, first[i]);
    }
  struct object *grown = str_from_ascii("grown");
  struct object *tail = str_from_ascii(" up");
  grown = str_append_taking(grown, tail);
  grown = str_intern_taking(grown);
  fixture_check(grown);
  assert_ptr_equal(grown, str_intern("grown up"));
  drop(tail);
  struct object *letter = str_intern("q");
  assert_ptr_equal(letter, str_from_ascii("q"));
}

static void strings_order_by_code_points(void **state) {
  static const char *const sorted[] = {
      "", "a", "aa", "ab", "b", "b\xc3\xa9", "b\xe2\x82\xac", "b\xf0\x9f\x90\x8d", "c"};
  struct object *s[ARRAY_SIZE(sorted)];
  for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
    s[i] = str_from_utf8(sorted[i], strlen(sorted[i]));
  for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
    for (size_t k = 0; k < ARRAY_SIZE(sorted); k++)
      assert_int_equal(str_compare(s[i], s[k]), (i > k) - (i < k));
  for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
    drop(s[i]);
}

/* ---- bytes ---- */

static void bytes_compare_and_grow(void **state) {
  struct object *b = bytes_from("abc", 3), *s = str_from_ascii("abc"), *a = bytearray_new(0);
  fixture_check(b);
  assert_int_equal(object_hash(b), object_hash(s)); /* as in CPython */
  assert_int_equal(object_equal(b, s), 0);
  size_t resizes = 0, before = 0;
  for (int i = 0; i < 10000; i++) {
    unsigned char byte = (unsigned char)i;
    assert_int_equal(bytearray_append(a, &byte, 1), 0);
    resizes += ((struct bytearray *)a)->capacity != before;
    before = ((struct bytearray *)a)->capacity;
  }
  fixture_check(a);
  assert_in_range(resizes, 10, 100);
  for (int i = 0; i < 10000; i++)
    assert_int_equal(bytearray_data(a)[i], i & 255);
  assert_int_equal(bytearray_resize(a, 100), 0);
  assert_int_equal(((struct bytearray *)a)->capacity, 100);
  struct object *same = bytes_from(bytearray_data(a), 100);
  assert_int_equal(object_equal(a, same), 1);
  assert_int_equal(object_equal(same, a), 1);
  assert_int_equal(object_hash(a), -1);
  error_clear();
  assert_int_equal(bytearray_resize(a, 0), 0);
  fixture_check(a);
  struct object *zeros = bytes_from(NULL, 5);
  assert_memory_equal(bytes_data(zeros), "\0\0\0\0\0", 6);
  drop(b), drop(s), drop(a), drop(same), drop(zeros);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
      CASE(list_grows_and_shrinks_as_recorded), CASE(list_ranges_shrink_as_recorded),
      CASE(list_agrees_with_an_array),          CASE(lists_compare_by_content),
      CASE(deep_comparison_is_an_error),        CASE(tuple_hash_is_recorded),
      CASE(tuples_of_all_lengths_live_and_die), CASE(utf8_is_decoded_or_refused),
      CASE(strings_agree_with_an_array),        CASE(interned_strings_exist_once),
      CASE(strings_order_by_code_points),       CASE(bytes_compare_and_grow),
  };
  return cmocka_run_group_tests_name("object_sequences", tests, NULL, NULL);
}
