/* Measuring a frozen plan into a directory, as `ouro run` and `ouro versus` do: a new run or one
 * that is taken up, progress, interrupts, what is kept. */
#pragma once
#include "bench/runner.h"
#include "cli/cli.h"

struct measure {
  const struct cli_line *line; /* knows cli_resume, cli_quiet, cli_sample and the limits */
  struct plan *plan;      /* frozen; replaced by the one in the directory when that is resumed */
  const char *directory;  /* made where it is not there */
  const char *folder;     /* of the programs */
  int cpu;                /* -1: not pinned */
  unsigned shard, shards; /* from 0; 0 shards: all */
  bool asked;             /* the plan was asked for in so many words: one that is resumed must
                             be the same */
};

/* Runs what is missing. `finish` is called once cells may have been run, and its result returned;
 * on an error before that a message is given, and an enum cli_exit returned. */
int measure_run(const struct measure *m,
                int (*finish)(const struct measure *m, enum runner_end end, const char *message));
/* From now on an interrupt, a termination and the end of the terminal only set what is returned. */
const volatile sig_atomic_t *measure_catch_signals(void);
/* Makes the folder and locks it, so that no two runs mix in it. What closes the lock again, or -1
 * after a message, with the exit code. */
int measure_lock(const struct cli_line *line, const char *directory, int *code);
/* Says what was kept of a run that was not done. Returns its exit code. */
int measure_cut_short(const struct measure *m, enum runner_end end, size_t kept, size_t cells,
                      const char *message);

/* --cpu: the last one by default, -1 for `none`. False after a message. */
bool measure_read_cpu(const struct cli_line *line, int *cpu);
/* --shard=K/N, counted from 0 then; 0 shards when none was asked for. False after a message. */
bool measure_read_shard(const struct cli_line *line, unsigned *shard, unsigned *shards);
/* What would run, as a table. */
void measure_show_plan(const struct plan *plan, unsigned shard, unsigned shards,
                       enum cli_format format);
