/* The shared options, and the parser that all options go through. */
#include "base/options.h"
#include "base/check.h"
#include "base/nearest.h"
#include "base/vec.h"
#include "cli/cli.h"
#include <errno.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const formats[] = {"console", "json", "csv", "md", NULL};

#define OPTION(variable) const struct cli_option cli_##variable
OPTION(format) = {"format", CLI_CHOICE, "FORM", "console", "form of standard output", formats};
OPTION(filter) = {"filter", CLI_REGEX, "REGEX", NULL, "only cells whose name matches"};
OPTION(seed) = {"seed", CLI_COUNT, "N", "1", "seed of workloads and of the order of cells"};
OPTION(repetitions) = {.name = "repetitions",
                       .kind = CLI_COUNT,
                       .argument = "N",
                       .help = "fresh processes per variant",
                       .least = 1,
                       .most = 10000};
OPTION(dry_run) = {"dry-run", CLI_FLAG, NULL, NULL, "say what would run, and stop"};
OPTION(resume) = {"resume", CLI_FLAG, NULL, NULL, "run what is missing in --output"};
OPTION(quiet) = {"quiet", CLI_FLAG, NULL, NULL, "no progress, warnings only"};
OPTION(output) = {"output", CLI_TEXT, "DIR", NULL, "where results go"};
OPTION(json) = {"json", CLI_FLAG, NULL, NULL, "the same as --format=json"};
OPTION(limit) = {"limit", CLI_REAL, "PERCENT", NULL,
                 "a significant slowdown beyond this is a regression (exit code 1)"};
OPTION(metric) = {"metric", CLI_TEXT, "FIELD", "process_cpu_seconds",
                  "figure that is compared: a field of results/schema.md"};
OPTION(strict) = {"strict", CLI_FLAG, NULL, NULL,
                  "exit code 4 when the machine disturbed the measurement"};
OPTION(time_limit) = {"time-limit", CLI_REAL, "SECONDS", NULL,
                      "per cell; it is killed beyond; 0: none"};
OPTION(memory_limit) = {"memory-limit", CLI_SIZE, "BYTES", NULL,
                        "per cell, resident; it is killed beyond; 0: none"};
OPTION(sample) = {"sample", CLI_REAL, "MS", "2", "interval of memory samples; 0: none"};
OPTION(cpu) = {"cpu", CLI_TEXT, "N|none", NULL, "pin cells to this CPU (default: the last)"};
OPTION(shard) = {"shard", CLI_TEXT, "K/N", NULL, "run the K-th of N parts of the plan, K from 1"};
OPTION(alloc) = {"alloc", CLI_TEXT, "SPEC", NULL, "allocators, instead of the preset's",
                 NULL,    true};
OPTION(gc) = {"gc", CLI_TEXT, "SPEC", NULL, "collectors, instead of the preset's", NULL, true};
OPTION(scale) = {.name = "scale",
                 .kind = CLI_REAL,
                 .argument = "X",
                 .help = "size of graphs and Python programs, instead of the preset's",
                 .least = 1e-6,
                 .most = 1e6};
OPTION(set) = {"set", CLI_TEXT, "KEY=VALUE", NULL, "parameter of the graphs", NULL, true};
OPTION(baseline) = {"baseline", CLI_TEXT, "VARIANT", NULL,
                    "allocator, or allocator/collector, that counts as 1.00"};

struct cli_value {
  const struct cli_option *option;
  const char *text;
};

void cli_complain(const struct cli_line *line, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "ouro %s: ", line->command->name);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
}

bool cli_colours(int fd) {
  const char *no = getenv("NO_COLOR");
  return isatty(fd) && !(no && *no);
}

static const struct cli_option *find(const struct cli_command *command, const char *name,
                                     size_t n) {
  for (const struct cli_option *const *o = command->options; *o; o++)
    if (strlen((*o)->name) == n && !memcmp((*o)->name, name, n))
      return *o;
  return NULL;
}

static bool refuse_unknown(const struct cli_line *line, const char *name, size_t n) {
  char *word = strndup(name, n);
  struct nearest nearest;
  nearest_start(&nearest, word ? word : "");
  for (const struct cli_option *const *o = line->command->options; *o; o++)
    nearest_try(&nearest, (*o)->name);
  nearest_try(&nearest, "help");
  const char *best = nearest_end(&nearest);
  if (best)
    cli_complain(line, "unknown option --%s; did you mean --%s?", word, best);
  else
    cli_complain(line, "unknown option --%s; see ouro %s --help", word, line->command->name);
  free(word);
  return false;
}

static bool is_whole(const char *text) {
  char *end;
  errno = 0;
  strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && !*end && !errno;
}

static bool check_choice(const struct cli_line *line, const struct cli_option *option,
                         const char *text) {
  struct nearest nearest;
  nearest_start(&nearest, text);
  for (const char *const *c = option->choices; *c; c++) {
    if (!strcmp(*c, text))
      return true;
    nearest_try(&nearest, *c);
  }
  const char *best = nearest_end(&nearest);
  if (best) {
    cli_complain(line, "--%s=%s is unknown; did you mean %s?", option->name, text, best);
    return false;
  }
  fprintf(stderr, "ouro %s: --%s=%s is unknown; it is one of", line->command->name, option->name,
          text);
  for (const char *const *c = option->choices; *c; c++)
    fprintf(stderr, " %s", *c);
  fputc('\n', stderr);
  return false;
}

static bool in_bounds(const struct cli_option *option, double value) {
  return !option->most || (value >= option->least && value <= option->most);
}

static bool check_value(const struct cli_line *line, const struct cli_option *option,
                        const char *text) {
  char *end = NULL;
  uint64_t bytes;
  const char *wanted = NULL;
  if (option->kind == CLI_CHOICE)
    return check_choice(line, option, text);
  if (option->kind == CLI_COUNT && !is_whole(text))
    wanted = "a whole number";
  if (option->kind == CLI_REAL) {
    /* Not a number compares false: it is out of every range. */
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= 0 && value <= CLI_REAL_MOST))
      wanted = "a number from 0 to 1000000000";
  }
  if (option->kind == CLI_TEXT && !*text)
    wanted = "something that is not empty";
  char bounds[64];
  if (!wanted && (option->kind == CLI_COUNT || option->kind == CLI_REAL) &&
      !in_bounds(option, strtod(text, NULL))) {
    snprintf(bounds, sizeof bounds, "a number from %g to %g", option->least, option->most);
    wanted = bounds;
  }
  if (option->kind == CLI_SIZE && !options_read_size(text, &bytes))
    wanted = "a number of bytes, with an optional suffix K, M or G";
  if (option->kind == CLI_REGEX) {
    regex_t regex;
    int bad = regcomp(&regex, text, REG_EXTENDED | REG_NOSUB);
    if (bad) {
      char why[128];
      regerror(bad, &regex, why, sizeof why);
      cli_complain(line, "--%s=%s is no regular expression: %s", option->name, text, why);
      return false;
    }
    regfree(&regex);
  }
  if (wanted)
    cli_complain(line, "--%s=%s wants %s", option->name, text, wanted);
  return !wanted;
}

/* Takes an option's argument, `text` or the next word; returns how many words the whole took, 0
 * after a message. */
static int take_argument(struct cli_line *line, const struct cli_option *option, const char *text,
                         int argc, char **argv) {
  int taken = 1;
  if (option->kind == CLI_FLAG) {
    if (text) {
      cli_complain(line, "--%s takes no argument", option->name);
      return 0;
    }
    text = "1";
  } else if (!text) {
    if (argc < 2) {
      cli_complain(line, "--%s wants an argument: %s", option->name, option->argument);
      return 0;
    }
    text = argv[1];
    taken = 2;
  }
  if (option->kind != CLI_FLAG && !check_value(line, option, text))
    return 0;
  line->values[line->n_values++] = (struct cli_value){option, text};
  return taken;
}

/* Takes "--name", "--name=TEXT" or "--name TEXT"; returns as above. */
static int take_option(struct cli_line *line, int argc, char **argv) {
  const char *name = argv[0] + 2;
  size_t n = strcspn(name, "=");
  const struct cli_option *option = find(line->command, name, n);
  if (!option)
    return refuse_unknown(line, name, n);
  return take_argument(line, option, name[n] ? name + n + 1 : NULL, argc, argv);
}

/* The option whose short form the word is, or NULL. */
static const struct cli_option *find_letter(const struct cli_command *command, const char *word) {
  for (const struct cli_option *const *o = command->options; *o; o++)
    if ((*o)->letter && word[0] == '-' && word[1] == (*o)->letter && !word[2])
      return *o;
  return NULL;
}

bool cli_parse(struct cli_line *line, const struct cli_command *command, int argc, char **argv) {
  *line = (struct cli_line){.command = command,
                            .operands = calloc((size_t)argc + 1, sizeof(char *)),
                            .values = calloc((size_t)argc + 1, sizeof(struct cli_value))};
  if (!line->operands || !line->values)
    fatal("out of memory");
  bool options_end = false;
  for (int i = 0; i < argc;) {
    bool is_option = !options_end && !strncmp(argv[i], "--", 2);
    if (is_option && !argv[i][2]) {
      options_end = true;
      i++;
    } else if (is_option) {
      int taken = take_option(line, argc - i, argv + i);
      if (!taken)
        return false;
      i += taken;
    } else if (!options_end && find_letter(command, argv[i])) {
      int taken = take_argument(line, find_letter(command, argv[i]), NULL, argc - i, argv + i);
      if (!taken)
        return false;
      i += taken;
    } else if (!options_end && argv[i][0] == '-' && argv[i][1]) {
      cli_complain(line, "unknown option %s; options have long names, see ouro %s --help", argv[i],
                   command->name);
      return false;
    } else {
      line->operands[line->n_operands++] = argv[i++];
      options_end |= command->rest;
    }
  }
  for (unsigned i = 0; i < line->n_operands && !command->rest; i++)
    if (!*line->operands[i]) {
      cli_complain(line, "an operand is empty; usage: ouro %s [OPTION ...] %s", command->name,
                   command->operands);
      return false;
    }
  if (line->n_operands < command->least || line->n_operands > command->most) {
    cli_complain(line, "%s operands; usage: ouro %s [OPTION ...] %s",
                 line->n_operands < command->least ? "too few" : "too many", command->name,
                 command->operands);
    return false;
  }
  return true;
}

void cli_free(struct cli_line *line) {
  free(line->operands);
  free(line->values);
}

static void demand(const struct cli_line *line, const struct cli_option *option) {
  for (const struct cli_option *const *o = line->command->options; *o; o++)
    if (*o == option)
      return;
  fatal("ouro %s has no option --%s", line->command->name, option->name);
}

const char *cli_each(const struct cli_line *line, const struct cli_option *option, unsigned i) {
  demand(line, option);
  for (size_t v = 0; v < line->n_values; v++)
    if (line->values[v].option == option && i-- == 0)
      return line->values[v].text;
  return NULL;
}

const char *cli_text(const struct cli_line *line, const struct cli_option *option) {
  demand(line, option);
  const char *text = option->fallback;
  for (size_t v = 0; v < line->n_values; v++)
    if (line->values[v].option == option)
      text = line->values[v].text;
  return text;
}

bool cli_given(const struct cli_line *line, const struct cli_option *option) {
  return cli_each(line, option, 0) != NULL;
}
bool cli_flag(const struct cli_line *line, const struct cli_option *option) {
  return cli_given(line, option);
}
uint64_t cli_count(const struct cli_line *line, const struct cli_option *option) {
  const char *text = cli_text(line, option);
  return text ? strtoull(text, NULL, 10) : 0;
}
double cli_real(const struct cli_line *line, const struct cli_option *option) {
  const char *text = cli_text(line, option);
  return text ? strtod(text, NULL) : 0;
}
uint64_t cli_size(const struct cli_line *line, const struct cli_option *option) {
  const char *text = cli_text(line, option);
  uint64_t bytes = 0;
  return text && options_read_size(text, &bytes) ? bytes : 0;
}
unsigned cli_choice(const struct cli_line *line, const struct cli_option *option) {
  const char *text = cli_text(line, option);
  unsigned i = 0;
  while (text && option->choices[i] && strcmp(option->choices[i], text))
    i++;
  return i;
}

bool cli_matches(const struct cli_line *line, const struct cli_option *option, const char *text) {
  const char *pattern = cli_text(line, option);
  if (!pattern)
    return true;
  regex_t regex;
  if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
    fatal("a checked regular expression does not compile: %s", pattern);
  bool matches = regexec(&regex, text, 0, NULL, 0) == 0;
  regfree(&regex);
  return matches;
}
