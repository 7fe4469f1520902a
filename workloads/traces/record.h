/* Recording a command and every process that comes out of it.
 *
 * Each program in each process is a recording of its own: a fork makes one (it begins with the
 * blocks that the child has from its parent), an exec makes one. The first goes to the file that
 * was asked for, the others beside it, with their number before the suffix. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record_options {
  const char *output;  /* of the first recording */
  const char *library; /* the recorder, an absolute path */
  const char *only;    /* record only programs whose file has this name; NULL: all */
  uint64_t
      max_bytes;   /* of each file; the recording stops there, the program goes on; 0: no limit */
  int level;       /* of compression, 1 to 19 */
  bool first_only; /* leave out children: only the process that was started, through its execs */
  bool quiet;      /* no line per recording on standard error */
  char *const *command;
};

enum record_result {
  RECORD_COMPLETE,
  RECORD_INCOMPLETE, /* events are missing, or processes: messages said which */
  RECORD_FAILED,     /* no recording, or a file could not be written; what is complete was kept */
};

/* Runs the command to its end, and records until all its descendants have ended too. `status` is
 * what the command returned: its exit code, 128 + the signal that ended it, 127 when there is no
 * such command, 126 when it can't be started. Messages go to standard error. The caller must be the
 * only thread and have no other children. */
enum record_result record_run(const struct record_options *options, int *status);

/* Finds the recorder's library: $OURO_RECORDER, or ../lib beside the running program. False with a
 * message. */
bool record_find_library(char *path, size_t path_bytes, char *error, size_t error_bytes);
