/* What tuning found out, handed from the phases that run to what is written from it. */
#pragma once
#include "bench/advice.h"
#include "cli/cli.h"

struct tune_findings {
  const char *directory, *workload, *summary, *alloc, *scale;
  json_t *request;                              /* what was asked for, as it stands in tune.json */
  struct grid grid;                             /* of the sweep */
  struct advice_list sweep, refined, confirmed; /* by phase; the choice is among `refined` */
  struct advice_limits limits;
  struct advice_choice choice;
  struct advice_confirmation confirmation;
  /* Contender and default in the confirmation; NULL where none ran. */
  const struct advice_measured *contender, *fallback;
  double rss_ratio; /* contender to default, paired; NAN: none */
  enum advice_verdict verdict;
};

/* Heat maps of time, memory and pauses into DIRECTORY/plots; false with a message. */
bool tune_draw(const struct tune_findings *findings, const struct results *sweep, char *error,
               size_t error_bytes);
/* tune.json; false with a message. */
bool tune_write(const struct tune_findings *findings, char *error, size_t error_bytes);
/* The table and the advice on standard output; in the form csv the advice goes to standard error.
 */
void tune_print(const struct tune_findings *findings, enum cli_format format);
