/* Searching against the plain definition, over small alphabets where needles repeat, and in all
 * widths; and code points against what is known of them. */
#include "base/random.h"
#include "runtime/object/character.h"
#include "runtime/object/text_search.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct random random_;

static bool occurs(struct text_units in, size_t at, struct text_units what) {
  if (at + what.n > in.n)
    return false;
  for (size_t i = 0; i < what.n; i++)
    if (text_unit(in, at + i) != text_unit(what, i))
      return false;
  return true;
}

static struct text_units fill(void *room, size_t n, unsigned kind, unsigned letters) {
  for (size_t i = 0; i < n; i++) {
    uint32_t c = 'a' + (uint32_t)(random_next(&random_) % letters);
    if (kind == 0)
      ((uint8_t *)room)[i] = (uint8_t)c;
    else if (kind == 1)
      ((uint16_t *)room)[i] = (uint16_t)(c + (i % 7 == 3 ? 0x100 : 0));
    else
      ((uint32_t *)room)[i] = c;
  }
  return (struct text_units){room, n, kind};
}

static void check(struct text_units in, struct text_units what) {
  size_t first = TEXT_NOT_FOUND, last = TEXT_NOT_FOUND, count = 0, free_from = 0;
  for (size_t at = 0; at + what.n <= in.n; at++)
    if (occurs(in, at, what)) {
      if (first == TEXT_NOT_FOUND)
        first = at;
      last = at;
      if (at >= free_from) {
        count++;
        free_from = at + (what.n ? what.n : 1);
      }
    }
  assert_int_equal(text_find(in, what), first);
  assert_int_equal(text_find_last(in, what), last);
  assert_int_equal(text_count(in, what, SIZE_MAX), count);
  assert_int_equal(text_count(in, what, 1), count ? 1 : 0);
}

static void searches_agree(void **state) {
  static uint32_t in_room[512], what_room[128];
  for (int i = 0; i < 60000; i++) {
    unsigned letters = 1 + (unsigned)(random_next(&random_) % 3);
    unsigned kind = (unsigned)(random_next(&random_) % 3),
             what_kind = (unsigned)(random_next(&random_) % (kind + 1));
    struct text_units in =
                          fill(in_room, random_next(&random_) % (i % 50 ? 60 : 512), kind, letters),
                      what = fill(what_room, random_next(&random_) % (i % 9 ? 9 : 100), what_kind,
                                  letters);
    check(in, what);
  }
}

/* Needles cut out of the haystack, with long periods: what the two-way part is for. */
static void periodic_needles_are_found(void **state) {
  static uint32_t in_room[512];
  for (int i = 0; i < 20000; i++) {
    unsigned kind = (unsigned)(random_next(&random_) % 3);
    size_t period = 1 + random_next(&random_) % 12;
    struct text_units in = fill(in_room, 400, kind, 2);
    for (size_t k = period; k < 400; k++)
      memcpy((char *)in_room + (k << kind), (char *)in_room + ((k - period) << kind),
             (size_t)1 << kind);
    size_t odd = random_next(&random_) % 400;
    memset((char *)in_room + (odd << kind), 'z', (size_t)1 << kind);
    size_t start = random_next(&random_) % 400;
    check(in, text_part(in, start, start + random_next(&random_) % (400 - start)));
  }
}

static void characters_are_known(void **state) {
  uint32_t mapped[CHARACTER_MAPPED_MAX];
  assert_int_equal(character_map(0xdf, CHARACTER_TO_UPPER, mapped), 2); /* sharp s: SS */
  assert_int_equal(mapped[0], 'S');
  assert_int_equal(mapped[1], 'S');
  assert_int_equal(character_map(0x130, CHARACTER_TO_LOWER, mapped), 2); /* i and a dot above */
  assert_int_equal(mapped[1], 0x307);
  assert_int_equal(character_map(0x10400, CHARACTER_TO_LOWER, mapped), 1);
  assert_int_equal(mapped[0], 0x10428);
  assert_true(character_is(0x1c5, CHARACTER_TITLE));
  assert_true(character_is(0x3000, CHARACTER_SPACE));
  assert_true(character_is(0x2028, CHARACTER_LINE));
  assert_int_equal(character_digit(0x1d7ff), 9);
  assert_int_equal(character_digit(0xb2), 2);
  assert_false(character_is(0xb2, CHARACTER_DECIMAL));
  assert_false(character_is(0x1f6dc, CHARACTER_PRINTABLE)); /* of Unicode 15 */
  assert_int_equal(character_flags(0x110000), 0);
}

int main(void) {
  random_seed(&random_, 20);
  const struct CMUnitTest tests[] = {cmocka_unit_test(searches_agree),
                                     cmocka_unit_test(periodic_needles_are_found),
                                     cmocka_unit_test(characters_are_known)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
