/* ouro record: writes down what a command asks of its allocator. */
#include "workloads/traces/record.h"
#include "cli/cli.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

static const struct cli_option option_file = {
    .name = "output",
    .kind = CLI_TEXT,
    .argument = "FILE",
    .help = "the recording (default: the command's name with .otrace)",
    .letter = 'o'};
static const struct cli_option option_max_size = {
    .name = "max-size",
    .kind = CLI_SIZE,
    .argument = "BYTES",
    .help = "end a recording before its file grows beyond; the command runs on"};
static const struct cli_option option_only = {.name = "only",
                                              .kind = CLI_TEXT,
                                              .argument = "NAME",
                                              .help =
                                                  "record only programs whose file is called NAME"};
static const char *const children_words[] = {"record", "ignore", NULL};
static const struct cli_option option_children = {.name = "children",
                                                  .kind = CLI_CHOICE,
                                                  .argument = "WHAT",
                                                  .fallback = "record",
                                                  .help = "what to do with child processes",
                                                  .choices = children_words};
static const struct cli_option option_level = {.name = "level",
                                               .kind = CLI_COUNT,
                                               .argument = "1-19",
                                               .fallback = "3",
                                               .help = "zstd's level; 19 is small and slow"};

/* "gcc.otrace" for /usr/bin/gcc. */
static void choose_output(const char *command, char *path, size_t bytes) {
  const char *slash = strrchr(command, '/');
  snprintf(path, bytes, "%s.otrace", slash ? slash + 1 : command);
}

static int run(const struct cli_line *line) {
  char library[PATH_MAX], output[PATH_MAX], error[512];
  uint64_t level = cli_count(line, &option_level);
  if (level < 1 || level > 19) {
    cli_complain(line, "--level wants 1 to 19, not %llu", (unsigned long long)level);
    return CLI_USAGE;
  }
  if (!record_find_library(library, sizeof library, error, sizeof error)) {
    cli_complain(line, "%s", error);
    return CLI_USAGE;
  }
  choose_output(line->operands[0], output, sizeof output);
  const char *given = cli_text(line, &option_file);
  struct record_options options = {
      .output = given ? given : output,
      .library = library,
      .only = cli_text(line, &option_only),
      .max_bytes = cli_given(line, &option_max_size) ? cli_size(line, &option_max_size) : 0,
      .level = (int)level,
      .first_only = cli_choice(line, &option_children) == 1,
      .quiet = cli_flag(line, &cli_quiet),
      .command = line->operands};
  int status;
  enum record_result result = record_run(&options, &status);
  if (status || result == RECORD_COMPLETE)
    return status;
  return result == RECORD_FAILED ? CLI_FAILED : CLI_INCOMPLETE;
}

const struct cli_command cli_record = {
    .name = "record",
    .summary = "record every allocation of a command and its children",
    .operands = "COMMAND [ARGUMENT]...",
    .description =
        "Runs the command with a preloaded recorder and writes a trace of what it asks of its "
        "allocator, for ouro replay. Every fork and every exec makes a recording of its own: the "
        "first is FILE, the others stand beside it as FILE-1, FILE-2 and so on, before the "
        "suffix. Programs that are linked statically or run with privileges can't be recorded, "
        "nor what a program asks of an allocator that it has linked in itself.\n\n"
        "Returns what the command returned, or 128 + the number of the signal that ended it. "
        "Where the command returned 0: 3 when a recording could not be written (what is complete "
        "is kept), 5 when something is missing from it. 127: there is no such command; 126: it "
        "can't be started.",
    .least = 1,
    .most = UINT32_MAX,
    .rest = true,
    .options =
        (const struct cli_option *const[]){&option_file, &option_max_size, &option_only,
                                           &option_children, &option_level, &cli_quiet, NULL},
    .run = run,
};
