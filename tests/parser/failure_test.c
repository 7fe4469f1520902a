/* The failure sweep of parser and compiler: the nth allocation fails, and all from it on, for every
 * n until a program gets through. Nothing crashes, nothing leaks, and what is told is the lack of
 * memory, or what would have been told without it. */
#include "alloc/fault.h"
#include "heap_fixture.h"
#include "runtime/bytecode/code.h"
#include "runtime/compile/compile.h"
#include "runtime/object/str.h"

/* 1: compiled; 0: a syntax error; -1: no memory. */
static int compile_once(const char *source, enum parse_mode mode) {
  struct object *filename = str_from_ascii("<test>");
  if (!filename) {
    assert_int_equal(error_pending(), ERROR_MEMORY);
    error_clear();
    return -1;
  }
  const struct parse_options parse = {.mode = mode};
  const struct compile_options options = {.filename = filename};
  struct syntax_error error = {0};
  struct object *code = compile_source(source, strlen(source), &parse, &options, &error);
  int result = code ? 1 : error.kind != SYNTAX_ERROR_NONE ? 0 : -1;
  if (result < 0)
    assert_int_equal(error_pending(), ERROR_MEMORY);
  error_clear();
  syntax_error_clear(&error);
  drop_null(code);
  drop(filename);
  return result;
}

static int run(const char *source, enum parse_mode mode, const char *faults, uint64_t *failures) {
  char spec[128];
  snprintf(spec, sizeof spec, "fault:%s+count+malloc", faults);
  *failures = 1;
  if (!fixture_open(spec)) {
    error_clear();
    return -1;
  }
  code_open();
  int result = compile_once(source, mode);
  code_close();
  struct fault_figures figures;
  assert_true(fault_read(fixture.alloc, &figures));
  *failures = figures.failures;
  fixture_close();
  return result;
}

static void sweep(const char *source, enum parse_mode mode) {
  char faults[64];
  uint64_t failures = 0;
  int wanted = run(source, mode, "nth=1000000", &failures);
  assert_true(wanted >= 0 && failures == 0);
  for (int all = 0; all < 2; all++) {
    int result = -1;
    failures = 1;
    for (uint64_t n = 1; n < 20000 && !(result == wanted && failures == 0); n++) {
      snprintf(faults, sizeof faults, all ? "after=%lu" : "nth=%lu", n);
      result = run(source, mode, faults, &failures);
      assert_true(result == wanted || result == -1);
    }
    assert_true(result == wanted && failures == 0);
  }
}

static void small(void **state) {
  sweep("", PARSE_EXEC);
  sweep("a", PARSE_EVAL);
  sweep("pass\n", PARSE_SINGLE);
}
static void program(void **state) {
  sweep("import os\nclass A(B, metaclass=C):\n    '''doc'''\n    def f(self, a, *b, c=1, **d):\n"
        "        return [x for x in b if x], {a: 1.5}, {*b}, f'{a!r:>{c}} {self}', 10**30\n"
        "try:\n    pass\nexcept* E as e:\n    raise\nmatch x:\n    case [1, *_] | {'a': A(b=2)}: "
        "pass\n"
        "async def g():\n    async with a as b: await b\n    yield lambda: __class__\n",
        PARSE_EXEC);
}
static void wrong(void **state) {
  sweep("{{{a b}}}", PARSE_EXEC);
  sweep("f(a for b in c, d)", PARSE_EXEC);
  sweep("x = f'{a b}'", PARSE_EXEC);
  sweep("def f():\n  x\n y", PARSE_EXEC);
  sweep("return", PARSE_EXEC);
  sweep("'\xc3\xa9' $", PARSE_EXEC);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(small), cmocka_unit_test(program),
                                     cmocka_unit_test(wrong)};
  return cmocka_run_group_tests_name("parser_failures", tests, NULL, NULL);
}
