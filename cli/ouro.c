/* ouro: the instrument. Finds the subcommand and hands over. */
#include "base/nearest.h"
#include "cli/help.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All subcommands, in the order of the help; a line adds one. */
#define COMMANDS(X)                                                                                \
  X(list)                                                                                          \
  X(run)                                                                                           \
  X(show)                                                                                          \
  X(compare)                                                                                       \
  X(plot)                                                                                          \
  X(merge)                                                                                         \
  X(record)                                                                                        \
  X(replay)                                                                                        \
  X(versus)                                                                                        \
  X(tune)                                                                                          \
  X(doctor)                                                                                        \
  X(man)                                                                                           \
  X(completion)

#define COMMAND_DECLARE(name) extern const struct cli_command cli_##name;
COMMANDS(COMMAND_DECLARE)

#define COMMAND_ENTRY(name) &cli_##name,
const struct cli_command *const cli_commands[] = {COMMANDS(COMMAND_ENTRY) NULL};

static const struct cli_command *find(const char *name) {
  struct nearest nearest;
  nearest_start(&nearest, name);
  for (const struct cli_command *const *c = cli_commands; *c; c++) {
    if (!strcmp((*c)->name, name))
      return *c;
    nearest_try(&nearest, (*c)->name);
  }
  const char *best = nearest_end(&nearest);
  if (best)
    fprintf(stderr, "ouro: unknown command '%s'; did you mean '%s'?\n", name, best);
  else
    fprintf(stderr, "ouro: unknown command '%s'; ouro --help lists them\n", name);
  return NULL;
}

static bool wants_help(const struct cli_command *command, int argc, char **argv) {
  for (int i = 0; i < argc && strcmp(argv[i], "--"); i++) {
    if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
      return true;
    if (command->rest && argv[i][0] != '-')
      return false;
  }
  return false;
}

static int run(const struct cli_command *command, int argc, char **argv) {
  if (wants_help(command, argc, argv)) {
    help_command(stdout, command);
    return CLI_OK;
  }
  struct cli_line line;
  int code = CLI_USAGE;
  if (cli_parse(&line, command, argc, argv))
    code = command->run(&line);
  cli_free(&line);
  return code;
}

/* Where a standard stream is closed, the next file that is opened would become it, and be written
 * into. What is put in its place can't be used the wrong way round, so that output is missed. */
static void fill_streams(void) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0)
      open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR);
}

int main(int argc, char **argv) {
  fill_streams();
  /* Measured programs inherit it: a Python program's hashes of strings are then those of every
   * other process of the run. */
  setenv("PYTHONHASHSEED", "0", 0);
  /* A full disk or a file size limit is an error to report, not a signal to die of. */
  signal(SIGXFSZ, SIG_IGN);
  if (argc < 2) {
    help_all(stderr);
    return CLI_USAGE;
  }
  const char *name = argv[1];
  int code = CLI_USAGE;
  if (!strcmp(name, "--help") || !strcmp(name, "-h") || (!strcmp(name, "help") && argc == 2)) {
    help_all(stdout);
    code = CLI_OK;
  } else if (!strcmp(name, "--version")) {
    puts("ouro " OURO_VERSION);
    code = CLI_OK;
  } else {
    bool help = !strcmp(name, "help");
    const struct cli_command *command = find(help ? argv[2] : name);
    if (command && help) {
      help_command(stdout, command);
      code = CLI_OK;
    } else if (command) {
      code = run(command, argc - 2, argv + 2);
    }
  }
  if (fflush(stdout) != 0 || ferror(stdout)) {
    fprintf(stderr, "ouro: standard output can't be written\n");
    return code ? code : CLI_INCOMPLETE;
  }
  return code;
}
