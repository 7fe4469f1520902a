/* What happens, on standard error: a bar with the time left on a terminal, a line per cell
 * elsewhere, failures in any case. */
#pragma once
#include "bench/runner.h"

struct progress {
  bool quiet, bar, colours;
  size_t failed;
};

void progress_open(struct progress *progress, bool quiet);
/* A runner_request's progress function; the context is the struct. */
void progress_show(const struct runner_progress *now, void *context);
void progress_close(struct progress *progress); /* takes the bar away */
