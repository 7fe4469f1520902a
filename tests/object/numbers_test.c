/* Ints and floats: values, hashes and equality as CPython 3.11 computes them, arithmetic against
 * 128-bit integers. */
#include "heap_fixture.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include <math.h>

static struct object *from_hex(const char *text) {
  bool negative = *text == '-';
  text += negative;
  uint64_t limbs[16] = {0};
  size_t digits = strlen(text);
  for (size_t i = 0; i < digits; i++) {
    char c = text[digits - 1 - i];
    uint64_t digit = (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    limbs[i / 16] |= digit << i % 16 * 4;
  }
  return int_from_limbs(limbs, ARRAY_SIZE(limbs), negative);
}

/* Recorded: hash(int). */
static const struct {
  const char *hex;
  int64_t hash;
} int_hashes[] = {
    {"0", 0},
    {"1", 1},
    {"-1", -2},
    {"2", 2},
    {"-2", -2},
    {"100", 256},
    {"101", 257},
    {"-5", -5},
    {"-6", -6},
    {"40000000", 1073741824},
    {"80000000", 2147483648},
    {"1ffffffffffffffe", 2305843009213693950},
    {"1fffffffffffffff", 0},
    {"2000000000000000", 1},
    {"-1fffffffffffffff", 0},
    {"-2000000000000000", -2},
    {"3fffffffffffffff", 1},
    {"4000000000000000", 2},
    {"-4000000000000000", -2},
    {"-4000000000000001", -3},
    {"7fffffffffffffff", 3},
    {"8000000000000000", 4},
    {"-8000000000000000", -4},
    {"ffffffffffffffff", 7},
    {"10000000000000000", 8},
    {"10000000000000001", 9},
    {"-10000000000000000", -8},
    {"10000000000000000000000000", 549755813888},
    {"5a4653ca673768565b41f775d6947d55cf3813d1", 1175369268131054105},
    {"-5a4653ca673768565b41f775d6947d55cf3813d1", -1175369268131054105},
    {"2c5a8fd3207f67131d59dcc947d48126b05c09b6d7f023e994293489c1b8d790e65254e7e2fe76097ea3dc43f94a"
     "1026c4e808bff409a860f2c56e40d0b991441a81430abd8c1",
     790471870335901833},
    {"3ffffffffffffffffffffffffffffff", 0},
    {"446c3b15f9926687d2c40534fdb564000000000000", 619332571178673746},
};

static void int_hash_is_recorded(void **state) {
  for (size_t i = 0; i < ARRAY_SIZE(int_hashes); i++) {
    struct object *o = from_hex(int_hashes[i].hex);
    fixture_check(o);
    if (object_hash(o) != int_hashes[i].hash)
      fail_msg("hash(0x%s) is %ld", int_hashes[i].hex, (long)object_hash(o));
    drop(o);
  }
}

/* Recorded: hash(float). */
static const struct {
  double value;
  int64_t hash;
} float_hashes[] = {
    {0x0.0p+0, 0},
    {-0x0.0p+0, 0},
    {0x1.0000000000000p+0, 1},
    {-0x1.0000000000000p+0, -2},
    {0x1.0000000000000p-1, 1152921504606846976},
    {0x1.8000000000000p+0, 1152921504606846977},
    {-0x1.0000000000000p-2, -576460752303423488},
    {0x1.921f9f01b866ep+1, 326484311674566659},
    {0x1.2a05f20000000p+33, 10000000000},
    {0x1.249ad2594c37dp+332, 1822893315824342674},
    {0x1.1ccf385ebc8a0p+1023, 156575653125701},
    {0x0.0000000000001p-1022, 16777216},
    {0x1.0000000000000p+61, 1},
    {0x1.ffffffffffffcp+60, 2305843009213692928},
    {-0x1.0000000000000p+62, -2},
    {0x1.0000000000000p+64, 8},
    {0x1.0f0cf064dd592p+73, 1864712049423028464},
    {0x1.999999999999ap-4, 230584300921369408},
    {-0x1.999999999999ap-4, -230584300921369408},
    {0x1.e240c9fbe76c9p+16, 1819310134279660096},
    {0x1.0000000000000p-1022, 32768},
    {INFINITY, 314159},
    {-INFINITY, -314159},
};

static void float_hash_is_recorded(void **state) {
  for (size_t i = 0; i < ARRAY_SIZE(float_hashes); i++) {
    struct object *o = float_from(float_hashes[i].value);
    if (object_hash(o) != float_hashes[i].hash)
      fail_msg("hash(%a) is %ld", float_hashes[i].value, (long)object_hash(o));
    drop(o);
  }
  struct object *nan = float_from(NAN);
  assert_int_equal(object_hash(nan), object_hash_identity(nan));
  drop(nan);
}

static void small_ints_exist_once(void **state) {
  for (int64_t value = INT_SMALL_MIN - 1; value <= INT_SMALL_MAX + 1; value++) {
    struct object *a = int_from_i64(value), *b = int_from_i64(value);
    assert_int_equal(a == b, value >= INT_SMALL_MIN && value <= INT_SMALL_MAX);
    assert_int_equal(int_value(a), value);
    assert_int_equal(object_equal(a, b), 1);
    drop(a);
    drop(b);
  }
}

static void values_return(void **state) {
  const int64_t edges[] = {0, INT_COMPACT_MAX, INT_COMPACT_MIN, INT64_MAX, INT64_MIN, 1L << 61};
  for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
    for (int64_t d = -2; d <= 2; d++) {
      int64_t value = (int64_t)((uint64_t)edges[i] + (uint64_t)d), back;
      struct object *o = int_from_i64(value);
      fixture_check(o);
      assert_int_equal(int_value(o), value);
      assert_true(int_to_i64(o, &back) && back == value);
      assert_int_equal(int_is_compact(o), value >= INT_COMPACT_MIN && value <= INT_COMPACT_MAX);
      drop(o);
    }
  struct object *large = from_hex("8000000000000000"), *least = from_hex("-8000000000000000");
  int64_t value;
  assert_false(int_to_i64(large, &value));
  assert_true(int_to_i64(least, &value) && value == INT64_MIN);
  drop(large);
  drop(least);
}

static struct object *from_i128(__int128 value) {
  unsigned __int128 magnitude = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
  uint64_t limbs[2] = {(uint64_t)magnitude, (uint64_t)(magnitude >> 64)};
  return int_from_limbs(limbs, 2, value < 0);
}

static void expect_i128(struct object *o, __int128 value) {
  struct object *expected = from_i128(value);
  fixture_check(o);
  assert_int_equal(int_compare(o, expected), 0);
  assert_int_equal(object_equal(o, expected), 1);
  assert_int_equal(object_hash(o), object_hash(expected));
  drop(expected);
  drop(o);
}

/* All lengths of operands, so that both forms and every carry meet. */
static __int128 random_i128(unsigned bits_max) {
  unsigned bits = (unsigned)random_below(&fixture.random, bits_max + 1);
  unsigned __int128 x = random_next(&fixture.random);
  x = x << 64 | random_next(&fixture.random);
  x = bits ? x >> (128 - bits) : 0;
  if (random_below(&fixture.random, 8) == 0 && bits) /* next to a power of two */
    x = ((unsigned __int128)1 << (bits - 1)) - (random_next(&fixture.random) & 1);
  return random_next(&fixture.random) & 1 ? -(__int128)x : (__int128)x;
}

static void arithmetic_agrees_with_128_bits(void **state) {
  for (int i = 0; i < 20000; i++) {
    __int128 x = random_i128(125), y = random_i128(125);
    struct object *a = from_i128(x), *b = from_i128(y);
    expect_i128(int_add(a, b), x + y);
    expect_i128(int_subtract(a, b), x - y);
    expect_i128(int_negate(a), -x);
    assert_int_equal(int_compare(a, b), (x > y) - (x < y));
    drop(a);
    drop(b);
    x = random_i128(62), y = random_i128(62);
    a = from_i128(x), b = from_i128(y);
    expect_i128(int_multiply(a, b), x * y);
    drop(a);
    drop(b);
  }
}

/* (a + b) * c == a * c + b * c and (a + b) - b == a, with operands of up to 20 limbs. */
static void long_arithmetic_keeps_its_laws(void **state) {
  for (int i = 0; i < 2000; i++) {
    struct object *x[3];
    for (int k = 0; k < 3; k++) {
      uint64_t limbs[20];
      size_t n = random_below(&fixture.random, 21);
      for (size_t l = 0; l < n; l++)
        limbs[l] = random_below(&fixture.random, 4)   ? random_next(&fixture.random)
                   : random_below(&fixture.random, 2) ? UINT64_MAX
                                                      : 0;
      x[k] = int_from_limbs(limbs, n, random_next(&fixture.random) & 1);
    }
    struct object *sum = int_add(x[0], x[1]), *left = int_multiply(sum, x[2]);
    struct object *p = int_multiply(x[0], x[2]), *q = int_multiply(x[2], x[1]);
    struct object *right = int_add(p, q), *back = int_subtract(sum, x[1]);
    fixture_check(left);
    assert_int_equal(int_compare(left, right), 0);
    assert_int_equal(int_compare(back, x[0]), 0);
    struct object *all[] = {x[0], x[1], x[2], sum, left, p, q, right, back};
    for (size_t k = 0; k < ARRAY_SIZE(all); k++)
      drop(all[k]);
  }
}

static int equal_and_drop(struct object *a, struct object *b) {
  int equal = object_equal(a, b);
  assert_int_equal(object_equal(b, a), equal);
  if (equal)
    assert_int_equal(object_hash(a), object_hash(b));
  drop(a);
  drop(b);
  return equal;
}

static void numbers_compare_across_types(void **state) {
  assert_int_equal(equal_and_drop(float_from(1.0), int_from_i64(1)), 1);
  assert_int_equal(equal_and_drop(float_from(1.5), int_from_i64(1)), 0);
  assert_int_equal(equal_and_drop(hold(TRUE_), int_from_i64(1)), 1);
  assert_int_equal(equal_and_drop(hold(FALSE_), float_from(-0.0)), 1);
  assert_int_equal(equal_and_drop(hold(TRUE_), hold(FALSE_)), 0);
  assert_int_equal(equal_and_drop(float_from(0x1p53), int_from_i64(1L << 53)), 1);
  assert_int_equal(equal_and_drop(float_from(0x1p53), int_from_i64((1L << 53) + 1)), 0);
  assert_int_equal(equal_and_drop(float_from(0x1p62), int_from_i64(1L << 62)), 1);
  assert_int_equal(equal_and_drop(float_from(-0x1p62), int_from_i64(-(1L << 62))), 1);
  assert_int_equal(equal_and_drop(float_from(0x1p62), int_from_i64((1L << 62) + 1)), 0);
  assert_int_equal(equal_and_drop(float_from(-0x1p63), int_from_i64(INT64_MIN)), 1);
  assert_int_equal(equal_and_drop(float_from(0x1p100), from_hex("10000000000000000000000000")), 1);
  assert_int_equal(equal_and_drop(float_from(0x1p100), from_hex("10000000000000000000000001")), 0);
  assert_int_equal(equal_and_drop(float_from(0x1.8p100), from_hex("18000000000000000000000000")),
                   1);
  assert_int_equal(equal_and_drop(float_from(0x1.fffffffffffffp127),
                                  from_hex("fffffffffffff8000000000000000000")),
                   1);
  assert_int_equal(equal_and_drop(float_from(INFINITY), from_hex("10000000000000000000000000")), 0);
  assert_int_equal(equal_and_drop(float_from(NAN), float_from(NAN)), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
      CASE(int_hash_is_recorded),
      CASE(float_hash_is_recorded),
      CASE(small_ints_exist_once),
      CASE(values_return),
      CASE(arithmetic_agrees_with_128_bits),
      CASE(long_arithmetic_keeps_its_laws),
      CASE(numbers_compare_across_types),
  };
  return cmocka_run_group_tests_name("object_numbers", tests, NULL, NULL);
}
