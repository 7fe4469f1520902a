/* The machine, the libraries, the build and the knobs a run was made with: environment.json. */
#pragma once
#include "bench/plan.h"

struct environment_run {
  const struct plan *plan;
  int cpu;
  char *const *command; /* argv of the program that runs, NULL-terminated */
};

/* A new reference. What this machine does not tell is null. */
json_t *environment_describe(const struct environment_run *run);
bool environment_write(const struct environment_run *run, const char *path, char *error,
                       size_t error_bytes);
