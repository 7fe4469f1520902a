/* The parser of command lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/cli.h"

static int nothing(const struct cli_line *line) { return 0; }

static const struct cli_command command = {
    .name = "probe",
    .operands = "A [B]",
    .least = 1,
    .most = 2,
    .options = (const struct cli_option *const[]){&cli_format, &cli_filter, &cli_seed, &cli_alloc,
                                                  &cli_quiet, &cli_memory_limit, &cli_scale,
                                                  &cli_repetitions, &cli_output, NULL},
    .run = nothing,
};
static const struct cli_command wrapper = {
    .name = "wrap",
    .operands = "COMMAND",
    .least = 1,
    .most = 100,
    .rest = true,
    .options = (const struct cli_option *const[]){&cli_quiet, NULL},
    .run = nothing,
};

/* Parses words; what was said on standard error is in `said`. */
static char said[1024];
static bool parse(struct cli_line *line, const struct cli_command *c, int n, char **words) {
  FILE *capture = tmpfile();
  fflush(stderr);
  int kept = dup(2);
  dup2(fileno(capture), 2);
  bool ok = cli_parse(line, c, n, words);
  fflush(stderr);
  dup2(kept, 2);
  close(kept);
  rewind(capture);
  said[fread(said, 1, sizeof said - 1, capture)] = 0;
  fclose(capture);
  return ok;
}
#define PARSE(line, c, ...)                                                                        \
  parse(line, c, (int)(sizeof(char *[]){__VA_ARGS__} / sizeof(char *)), (char *[]){__VA_ARGS__})

static void values(void **state) {
  struct cli_line line;
  assert_true(PARSE(&line, &command, "one", "--format=csv", "--seed", "42", "--alloc=pool:a=1,b=2",
                    "--alloc", "malloc", "--memory-limit=3M", "--scale=0.25", "two"));
  assert_int_equal(line.n_operands, 2);
  assert_string_equal(line.operands[1], "two");
  assert_int_equal(cli_choice(&line, &cli_format), CLI_CSV);
  assert_int_equal(cli_count(&line, &cli_seed), 42);
  assert_string_equal(cli_each(&line, &cli_alloc, 0), "pool:a=1,b=2");
  assert_string_equal(cli_each(&line, &cli_alloc, 1), "malloc");
  assert_null(cli_each(&line, &cli_alloc, 2));
  assert_int_equal(cli_size(&line, &cli_memory_limit), 3 << 20);
  assert_true(cli_real(&line, &cli_scale) == 0.25);
  assert_false(cli_flag(&line, &cli_quiet));
  cli_free(&line);
}

static void fallbacks(void **state) {
  struct cli_line line;
  assert_true(PARSE(&line, &command, "one"));
  assert_int_equal(cli_choice(&line, &cli_format), CLI_CONSOLE);
  assert_int_equal(cli_count(&line, &cli_seed), 1);
  assert_false(cli_given(&line, &cli_seed));
  assert_null(cli_text(&line, &cli_filter));
  assert_true(cli_matches(&line, &cli_filter, "anything"));
  cli_free(&line);
}

static void filters(void **state) {
  struct cli_line line;
  assert_true(PARSE(&line, &command, "one", "--filter=tree.*(pool|malloc)$"));
  assert_true(cli_matches(&line, &cli_filter, "graph/binary-trees/alloc:pool"));
  assert_false(cli_matches(&line, &cli_filter, "graph/binary-trees/alloc:tbb"));
  cli_free(&line);
}

static void refuse(const char *word, const char *why) {
  struct cli_line line;
  assert_false(PARSE(&line, &command, "one", (char *)(uintptr_t)word));
  if (!strstr(said, why))
    fail_msg("%s: '%s' does not say '%s'", word, said, why);
  cli_free(&line);
}

static void refusals(void **state) {
  refuse("--fromat=csv", "did you mean --format?");
  refuse("--format=cvs", "did you mean csv?");
  refuse("--format=zzzzzz", "one of console json csv md");
  refuse("--xyzzy", "unknown option --xyzzy");
  refuse("--seed=abc", "wants a whole number");
  refuse("--seed=-1", "wants a whole number");
  refuse("--seed=99999999999999999999999", "wants a whole number");
  refuse("--seed", "wants an argument");
  refuse("--quiet=1", "takes no argument");
  refuse("--scale=-2", "from 0 to");
  refuse("--scale=nan", "from 0 to");
  refuse("--scale=inf", "from 0 to");
  refuse("--scale=0", "from 1e-06 to 1e+06");
  refuse("--repetitions=0", "from 1 to 10000");
  refuse("--repetitions=4294967297", "from 1 to 10000");
  refuse("--output=", "not empty");
  refuse("--memory-limit=3Q", "suffix");
  refuse("--filter=a(", "no regular expression");
  refuse("-q", "unknown option -q");
}

static void operands(void **state) {
  struct cli_line line;
  assert_false(PARSE(&line, &command, "--quiet"));
  assert_non_null(strstr(said, "too few operands"));
  cli_free(&line);
  assert_false(PARSE(&line, &command, "1", "2", "3"));
  assert_non_null(strstr(said, "too many operands"));
  cli_free(&line);
  assert_false(PARSE(&line, &command, ""));
  assert_non_null(strstr(said, "operand is empty"));
  cli_free(&line);
  assert_true(PARSE(&line, &command, "--", "--quiet"));
  assert_string_equal(line.operands[0], "--quiet");
  assert_false(cli_flag(&line, &cli_quiet));
  cli_free(&line);
}

static void rest_belongs_to_the_command(void **state) {
  struct cli_line line;
  assert_true(PARSE(&line, &wrapper, "--quiet", "ls", "--format=x", "-l", "--"));
  assert_int_equal(line.n_operands, 4);
  assert_string_equal(line.operands[1], "--format=x");
  assert_true(cli_flag(&line, &cli_quiet));
  cli_free(&line);
  assert_true(PARSE(&line, &wrapper, "--", "ls", "--quiet"));
  assert_int_equal(line.n_operands, 2);
  assert_false(cli_flag(&line, &cli_quiet));
  cli_free(&line);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values),   cmocka_unit_test(fallbacks),
      cmocka_unit_test(filters),  cmocka_unit_test(refusals),
      cmocka_unit_test(operands), cmocka_unit_test(rest_belongs_to_the_command),
  };
  return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
