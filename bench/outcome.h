/* From the end of a process to the cell's file: classification, figures, JSON. */
#pragma once
#include "bench/launch.h"
#include "bench/plan.h"

/* X(name, meaning); the names are those in results/schema.md. The last two are never in a file. */
#define OUTCOMES(X)                                                                                \
  X(ok, "a valid row")                                                                             \
  X(error, "the program reported an error")                                                        \
  X(exit, "the exit code is not 0")                                                                \
  X(crash, "ended by a signal")                                                                    \
  X(timeout, "killed at the time limit")                                                           \
  X(memory, "out of memory, or killed at the memory limit")                                        \
  X(output, "ended well without a valid row")                                                      \
  X(start, "could not be started")                                                                 \
  X(void, "its checksum deviates from the row's")                                                  \
  X(missing, "not run")

enum outcome {
#define OUTCOME_NAME(name, meaning) OUTCOME_##name,
  OUTCOMES(OUTCOME_NAME)
#undef OUTCOME_NAME
};

const char *outcome_name(enum outcome outcome);
const char *outcome_meaning(enum outcome outcome);
/* False where no outcome has that name. */
bool outcome_from_name(const char *name, enum outcome *outcome);

/* The content of the cell's file, a new reference. `detail` is what the program wrote to
 * OURO_DETAIL, `figures` what it wrote to --gc-stats; both borrowed, or NULL. */
json_t *outcome_to_json(const struct plan_cell *cell, const struct launch_result *result, int cpu,
                        const char *started, json_t *detail, json_t *figures);
