/* The part of measuring that has nothing to do with what is measured. */
#include "cli/measure.h"
#include "bench/environment.h"
#include "bench/preset.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "os/file.h"
#include "os/pin.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stop;
static void on_signal(int number) { stop = number; }

/* Writes a new plan, or takes up the one that is there. The exit code, or -1 to go on. */
static int open_directory(const struct measure *m) {
  const struct cli_line *line = m->line;
  const char *directory = m->directory;
  struct plan *plan = m->plan;
  char path[PATH_MAX], error[PATH_MAX + 256];
  struct environment_run run = {plan, m->cpu, line->operands};
  char environment[PATH_MAX];
  snprintf(environment, sizeof environment, "%s/environment.json", directory);
  snprintf(path, sizeof path, "%s/plan.json", directory);
  if (access(path, F_OK) == 0) {
    struct plan there;
    if (!plan_read(&there, path, error, sizeof error)) {
      cli_complain(line, "%s", error);
      return CLI_USAGE;
    }
    if (!cli_flag(line, &cli_resume)) {
      cli_complain(line, "%s holds a run; --resume goes on with it, --output names another place",
                   directory);
      plan_close(&there);
      return CLI_USAGE;
    }
    /* What was frozen counts; a plan asked for in so many words must be the same one. */
    bool same = !strcmp(there.hash, plan->hash);
    plan_close(plan);
    *plan = there;
    if (m->asked && !same) {
      cli_complain(line,
                   "%s holds another plan than the one asked for; resume it without naming "
                   "cells, or use another --output",
                   directory);
      return CLI_USAGE;
    }
    /* A run that ended between the plan and this file has none yet. */
    if (access(environment, F_OK) != 0 &&
        !environment_write(&run, environment, error, sizeof error)) {
      cli_complain(line, "%s", error);
      return CLI_INCOMPLETE;
    }
    return -1;
  }
  if (cli_flag(line, &cli_resume) && !cli_flag(line, &cli_quiet))
    cli_complain(line, "%s holds no run yet: this one begins", directory);
  if (!plan_write(plan, path, error, sizeof error) ||
      !environment_write(&run, environment, error, sizeof error)) {
    cli_complain(line, "%s", error);
    return CLI_INCOMPLETE;
  }
  return -1;
}

bool measure_read_shard(const struct cli_line *line, unsigned *shard, unsigned *shards) {
  const char *text = cli_text(line, &cli_shard);
  char rest;
  *shard = *shards = 0;
  if (!text)
    return true;
  if (strchr(text, '-') || sscanf(text, "%u/%u%c", shard, shards, &rest) != 2 || !*shard ||
      *shard > *shards) {
    cli_complain(line, "--shard=%s wants K/N with K from 1 to N", text);
    return false;
  }
  --*shard;
  return true;
}

bool measure_read_cpu(const struct cli_line *line, int *cpu) {
  const char *text = cli_text(line, &cli_cpu);
  *cpu = pin_choose();
  if (!text)
    return true;
  char *end;
  long number = strtol(text, &end, 10);
  if (!strcmp(text, "none"))
    *cpu = -1;
  else if (end != text && !*end && number >= 0 && pin_is_allowed((int)number))
    *cpu = (int)number;
  else {
    cli_complain(line, "--cpu=%s wants `none` or a CPU that this process may use", text);
    return false;
  }
  return true;
}

const volatile sig_atomic_t *measure_catch_signals(void) {
  struct sigaction action = {.sa_handler = on_signal}, before;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  /* Under nohup the end of the terminal is not the end of the run. */
  if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
    sigaction(SIGHUP, &action, NULL);
  return &stop;
}

int measure_cut_short(const struct measure *m, enum runner_end end, size_t kept, size_t cells,
                      const char *message) {
  bool interrupted = end == RUNNER_INTERRUPTED;
  cli_complain(m->line, "%s", interrupted ? "interrupted" : message);
  cli_complain(m->line,
               "%zu of %zu cells are kept in %s; ouro %s --resume --output %s does the rest", kept,
               cells, m->directory, m->line->command->name, m->directory);
  return interrupted ? CLI_INTERRUPTED : CLI_INCOMPLETE;
}

/* As measure_run, in a directory that no other process writes into. */
static int measure_alone(const struct measure *m,
                         int (*finish)(const struct measure *m, enum runner_end end,
                                       const char *message)) {
  const struct cli_line *line = m->line;
  char launcher[PATH_MAX + 32], error[PATH_MAX + 256];
  snprintf(launcher, sizeof launcher, "%s/../libexec/ouro-cell", m->folder);
  int code = open_directory(m);
  if (code >= 0)
    return code;
  /* Only now: a run that is taken up brings its own preset. */
  bool full = !strcmp(m->plan->preset, "full");
  struct progress progress;
  struct runner_request request = {
      .directory = m->directory,
      .program_folder = m->folder,
      .launcher = launcher,
      .shard = m->shard,
      .shards = m->shards,
      .cpu = m->cpu,
      .time_limit_seconds = cli_given(line, &cli_time_limit) ? cli_real(line, &cli_time_limit)
                                                             : preset_time_limit_seconds(full),
      .memory_limit_bytes = cli_given(line, &cli_memory_limit) ? cli_size(line, &cli_memory_limit)
                                                               : preset_memory_limit_bytes(full),
      .sample_ns = (uint64_t)(cli_real(line, &cli_sample) * 1e6),
      .stop = measure_catch_signals(),
      .progress = progress_show,
      .context = &progress,
  };
  progress_open(&progress, cli_flag(line, &cli_quiet));
  enum runner_end end = runner_run(m->plan, &request, error, sizeof error);
  progress_close(&progress);
  return finish(m, end, error);
}

int measure_lock(const struct cli_line *line, const char *directory, int *code) {
  char error[PATH_MAX + 256];
  int lock = file_lock_folder(directory, error, sizeof error);
  if (lock < 0) {
    *code = errno == EWOULDBLOCK ? CLI_USAGE : CLI_INCOMPLETE;
    cli_complain(line, "%s", error);
  }
  return lock;
}

int measure_run(const struct measure *m,
                int (*finish)(const struct measure *m, enum runner_end end, const char *message)) {
  int code, lock = measure_lock(m->line, m->directory, &code);
  if (lock < 0)
    return code;
  code = measure_alone(m, finish);
  close(lock);
  return code;
}

void measure_show_plan(const struct plan *plan, unsigned shard, unsigned shards,
                       enum cli_format format) {
  static const char *const columns[] = {"<id", "block", "<cell", "<command", NULL};
  struct table table;
  table_open(&table, columns);
  for (size_t i = 0; i < plan->cells.n; i++) {
    const struct plan_cell *cell = &plan->cells.items[i];
    if (!runner_in_shard(cell, shard, shards))
      continue;
    table_text(&table, TABLE_FAINT, "%s", cell->id);
    table_number(&table, TABLE_PLAIN, cell->block, "%u", cell->block);
    table_text(&table, TABLE_PLAIN, "%s", cell->name);
    char text[1024] = "";
    size_t n = 0;
    for (char **word = cell->command; *word && n < sizeof text; word++)
      n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? " " : "", *word);
    table_text(&table, TABLE_FAINT, "%s", text);
  }
  table_print(&table, format, stdout);
  table_close(&table);
}
