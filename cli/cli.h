/* The command line: subcommands and options are tables, and the tables feed everything: the parser,
 * --help, the man page, the completion of shells.
 *
 * To add a subcommand: one file with a `const struct cli_command cli_NAME`, one line in the table
 * in ouro.c. Options that several subcommands share are in options.c; a subcommand's own stand
 * beside it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cli_exit {
  CLI_OK = 0,
  CLI_REGRESSION = 1, /* beyond the limit that was asked for */
  CLI_USAGE = 2,      /* arguments, unreadable input, refused combinations */
  CLI_FAILED = 3,     /* a cell failed, or its row is void */
  CLI_UNSTABLE = 4,   /* --strict and the machine was disturbed */
  CLI_INCOMPLETE = 5, /* cells are missing; what finished is kept */
  CLI_INTERRUPTED = 130,
};

enum cli_kind {
  CLI_FLAG, /* takes no argument */
  CLI_TEXT,
  CLI_COUNT, /* a whole number */
  CLI_REAL,  /* a number from 0 to CLI_REAL_MOST */
  CLI_SIZE,  /* bytes, with an optional suffix K, M or G */
  CLI_CHOICE,
  CLI_REGEX, /* POSIX extended */
};

enum { CLI_REAL_MOST = 1000000000 };

struct cli_option {
  const char *name; /* without the dashes */
  enum cli_kind kind;
  const char *argument;       /* what help calls the argument; NULL for a flag */
  const char *fallback;       /* the default as text; NULL: none */
  const char *help;           /* one phrase, without a full stop */
  const char *const *choices; /* CLI_CHOICE: the words, NULL-terminated */
  bool many;                  /* may be given again; the values add up */
  char letter;                /* its short form, 'o' for -o; 0: none */
  double least, most;         /* CLI_COUNT, CLI_REAL: bounds; most 0: none but the kind's own */
};

struct cli_line;

struct cli_command {
  const char *name, *summary;
  const char *operands;    /* as in the usage line: "[RUN]" */
  const char *description; /* paragraphs for --help and the man page */
  unsigned least, most;    /* number of operands */
  bool rest; /* the first operand ends the options: what follows is another program's */
  const struct cli_option *const *options; /* NULL-terminated */
  int (*run)(const struct cli_line *line); /* returns an enum cli_exit */
};

/* A parsed command line. The values of CLI_COUNT, CLI_REAL, CLI_SIZE, CLI_CHOICE and CLI_REGEX have
 * been checked. */
struct cli_line {
  const struct cli_command *command;
  char **operands; /* NULL-terminated */
  unsigned n_operands;
  struct cli_value *values;
  size_t n_values;
};

/* The value given last, or the fallback, or NULL. Asking for an option that the command does not
 * have is fatal, here and below. */
const char *cli_text(const struct cli_line *line, const struct cli_option *option);
bool cli_given(const struct cli_line *line, const struct cli_option *option);
bool cli_flag(const struct cli_line *line, const struct cli_option *option);
uint64_t cli_count(const struct cli_line *line, const struct cli_option *option);
double cli_real(const struct cli_line *line, const struct cli_option *option);
uint64_t cli_size(const struct cli_line *line, const struct cli_option *option);
/* The index of the word in the option's choices. */
unsigned cli_choice(const struct cli_line *line, const struct cli_option *option);
/* The i-th value of an option that may be given again; NULL behind the last. */
const char *cli_each(const struct cli_line *line, const struct cli_option *option, unsigned i);
/* Does the text match the regular expression given? True when none was. */
bool cli_matches(const struct cli_line *line, const struct cli_option *option, const char *text);

/* Parses what follows the subcommand's name. False after a message on standard error. */
bool cli_parse(struct cli_line *line, const struct cli_command *command, int argc, char **argv);
void cli_free(struct cli_line *line);

/* "ouro COMMAND: MESSAGE" on standard error. */
void cli_complain(const struct cli_line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Colours on this stream: it is a terminal, and NO_COLOR is not set. */
bool cli_colours(int fd);

/* Options that several subcommands share. */
enum cli_format { CLI_CONSOLE, CLI_JSON, CLI_CSV, CLI_MD };
extern const struct cli_option cli_format, cli_filter, cli_seed, cli_repetitions, cli_dry_run,
    cli_resume, cli_quiet, cli_output, cli_json, cli_limit, cli_metric, cli_strict, cli_time_limit,
    cli_memory_limit, cli_sample, cli_cpu, cli_shard, cli_alloc, cli_gc, cli_scale, cli_set,
    cli_baseline;

extern const struct cli_command *const cli_commands[]; /* NULL-terminated */
