/* Running one command as a measured process, seen from the runner: starts the launcher, waits, and
 * hands over what it reports and what the program wrote. */
#pragma once
#include "os/child.h"

struct launch_request {
  const char *launcher; /* path of ouro-cell */
  char *const *argv;
  int cpu; /* -1: not pinned */
  double time_limit_seconds;
  uint64_t memory_limit_bytes;
  uint64_t sample_ns;
  bool whole_tree;         /* as in struct child_request */
  const char *detail_path; /* becomes OURO_DETAIL; NULL: unset */
  const volatile sig_atomic_t *stop;
};

struct launch_result {
  struct child_report report;
  uint64_t launcher_rss_bytes;
  char *out, *err; /* all of standard output, the last 4 KiB of standard error; freed by close */
  size_t out_bytes, err_bytes;
};

enum { LAUNCH_TAIL_BYTES = 4096, LAUNCH_OUTPUT_LIMIT_BYTES = 32 << 20 };

/* False with a message when there is no report: the launcher can't be started or died. How the
 * program itself ended is in the report. In both cases launch_close must be called. */
bool launch_run(const struct launch_request *request, struct launch_result *result, char *error,
                size_t error_bytes);
void launch_close(struct launch_result *result);
