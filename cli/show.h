/* Tables of a run. */
#pragma once
#include "bench/results.h"
#include "cli/cli.h"

/* The matrix: what each allocator under each collector needs, relative to the baseline (an
 * allocator, or allocator/collector; NULL: malloc, three-generation), over all graphs, and each
 * allocator over all traces. */
void show_matrix(const struct results *results, const char *baseline, enum cli_format format);
/* What failed, what is void, what is missing, what waited: on standard error. Returns the exit code
 * that a run with these results has. */
int show_problems(const struct results *results, bool quiet);
