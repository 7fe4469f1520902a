/* Tables of a run. */
#pragma once
#include "bench/results.h"
#include "cli/cli.h"

/* The matrix: what each allocator under each collector needs, relative to the baseline (an
 * allocator, or allocator/collector; NULL: malloc, three-generation), over all graphs, and each
 * allocator over all traces. */
void show_matrix(const struct results *results, const char *baseline, enum cli_format format);
/* Is there a variant that this names? False after a message, which suggests the nearest. */
bool show_knows_baseline(const struct plan *plan, const char *baseline);
/* One line per workload and variant: medians and intervals. `wants` NULL: all. */
void show_rows(const struct results *results, enum cli_format format,
               bool (*wants)(const char *name, void *context), void *context);
/* What failed, what is void, what is missing, what waited: on standard error. Strict: more than a
 * tenth of the cells having waited is a failure too. Returns the exit code
 * that a run with these results has. */
int show_problems(const struct results *results, bool quiet, bool strict);
