/* The command line of ouropy: python3's, and what chooses allocator and collector. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum ouropy_mode { OUROPY_FILE, OUROPY_COMMAND, OUROPY_MODULE, OUROPY_STDIN };

struct ouropy_texts {
  const char **items;
  size_t n;
};

struct ouropy_options {
  enum ouropy_mode mode;
  const char *what; /* file, command or module; NULL: standard input */
  char **arguments; /* what follows it */
  int arguments_n;
  int unbuffered, skip_first_line, random_hashes;
  struct ouropy_texts warnings, implementation; /* -W, -X in order */
  const char *alloc;                            /* spec; NULL: the default */
  const char *gc; /* collector, perhaps with options; NULL: the default */
  const char *gc_threshold, *gc_at, *gc_stress, *heap_limit; /* NULL: not given */
  const char *gc_stats;                                      /* file; NULL: none */
};

/* Fills in the options and sys_start. Returns -1 to go on, or the exit code: 0 after --help and its
 * like, 2 with a message on standard error. */
int ouropy_options_read(struct ouropy_options *o, int argc, char **argv);
