/* Options as text, sizes with suffixes, and suggestions for mistyped names. */
#include "base/nearest.h"
#include "base/options.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const table[] = {
    "kept",     "arenas", "4",  "limit", "bytes",     "0",    "share",    "a part", "0.5", "verify",
    "checking", "no",     "at", "where", "safepoint", "file", "where to", "",       NULL,
};
static char message[256];

static struct options parse(const char *text) {
  struct options o;
  message[0] = '\0';
  options_open(&o, "pool", text, table, message, sizeof message);
  return o;
}

static void fallbacks_are_read_by_the_getters(void **state) {
  struct options o = parse("");
  static const char *const places[] = {"allocation", "safepoint", NULL};
  char file[8];
  assert_int_equal(options_count(&o, "kept", 0, 10), 4);
  assert_int_equal(options_size(&o, "limit", 0, UINT64_MAX), 0);
  assert_true(options_real(&o, "share", 0, 1) == 0.5);
  assert_false(options_flag(&o, "verify"));
  assert_int_equal(options_choice(&o, "at", places), 1);
  assert_int_equal(options_text(&o, "file", file, sizeof file), 0);
  assert_false(options_given(&o, "kept"));
  assert_false(o.failed);
}

static void given_values_win(void **state) {
  struct options o = parse("limit=3M,kept=7,verify=yes,file=a=b");
  char file[8];
  assert_int_equal(options_count(&o, "kept", 0, 10), 7);
  assert_int_equal(options_size(&o, "limit", 0, UINT64_MAX), 3 << 20);
  assert_true(options_flag(&o, "verify"));
  assert_true(options_given(&o, "kept"));
  options_text(&o, "file", file, sizeof file);
  assert_string_equal(file, "a=b");
  assert_false(o.failed);
}

static void form_and_keys_are_checked(void **state) {
  parse("kep=3");
  assert_string_equal(message, "pool: unknown option 'kep', did you mean 'kept'? (options: kept, "
                               "limit, share, verify, at, file)");
  parse("zzzzzz=3");
  assert_string_equal(message,
                      "pool: unknown option 'zzzzzz' (options: kept, limit, share, verify, "
                      "at, file)");
  parse("kept");
  assert_string_equal(message, "pool: 'kept' is not of the form key=value");
  parse("kept=1,kept=2");
  assert_string_equal(message, "pool: option 'kept' is given twice");
  parse("kept=1,");
  assert_string_equal(message, "");
  parse(",");
  assert_string_equal(message, "pool: '' is not of the form key=value");
}

static void values_are_checked(void **state) {
  struct options o = parse("kept=1K");
  options_count(&o, "kept", 0, 10);
  assert_string_equal(message, "pool: option 'kept' wants a whole number, not '1K'");
  o = parse("kept=11");
  options_count(&o, "kept", 0, 10);
  assert_string_equal(message, "pool: option 'kept' must be from 0 to 10, not 11");
  o = parse("limit=-1");
  options_size(&o, "limit", 0, 10);
  assert_string_equal(
      message,
      "pool: option 'limit' wants a number of bytes such as 4096, 64K, 1M or 2G, not '-1'");
  o = parse("verify=maybe");
  options_flag(&o, "verify");
  assert_string_equal(message, "pool: option 'verify' wants yes or no (1 or 0), not 'maybe'");
  o = parse("at=safepiont");
  static const char *const places[] = {"allocation", "safepoint", NULL};
  options_choice(&o, "at", places);
  assert_string_equal(message, "pool: option 'at' can't be 'safepiont', did you mean 'safepoint'? "
                               "(choices: allocation, safepoint)");
  o = parse("share=x");
  options_real(&o, "share", 0, 1);
  assert_string_equal(message, "pool: option 'share' wants a number, not 'x'");
  o = parse("file=much-too-long");
  char file[4];
  options_text(&o, "file", file, sizeof file);
  assert_string_equal(message, "pool: the value of option 'file' is longer than 3 characters");
}

static void sizes_have_suffixes_and_do_not_overflow(void **state) {
  uint64_t n;
  assert_true(options_read_size("64K", &n) && n == 65536);
  assert_true(options_read_size("2g", &n) && n == (uint64_t)2 << 30);
  assert_true(options_read_size("18446744073709551615", &n) && n == UINT64_MAX);
  assert_false(options_read_size("18446744073709551616", &n));
  assert_false(options_read_size("17179869184G", &n));
  assert_false(options_read_size("", &n));
  assert_false(options_read_size("4KB", &n));
  assert_false(options_read_size(" 4", &n));
}

static const char *suggest(const char *word) {
  static const char *const names[] = {"malloc", "mimalloc", "jemalloc", "tcmalloc", "pool", "tbb"};
  struct nearest nearest;
  nearest_start(&nearest, word);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    nearest_try(&nearest, names[i]);
  return nearest_end(&nearest);
}

static void near_names_are_suggested(void **state) {
  assert_string_equal(suggest("jemaloc"), "jemalloc");
  assert_string_equal(suggest("mimallco"), "mimalloc");
  assert_string_equal(suggest("polo"), "pool");
  assert_string_equal(suggest("tc"), "tcmalloc");
  assert_null(suggest("hoard"));
  assert_null(suggest(""));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fallbacks_are_read_by_the_getters),
      cmocka_unit_test(given_values_win),
      cmocka_unit_test(form_and_keys_are_checked),
      cmocka_unit_test(values_are_checked),
      cmocka_unit_test(sizes_have_suffixes_and_do_not_overflow),
      cmocka_unit_test(near_names_are_suggested),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
