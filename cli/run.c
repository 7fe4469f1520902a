/* ouro run: measures a preset, or what is named, cell by cell. */
#include "base/check.h"
#include "bench/environment.h"
#include "bench/preset.h"
#include "bench/results.h"
#include "bench/runner.h"
#include "cli/progress.h"
#include "cli/show.h"
#include "cli/table.h"
#include "os/file.h"
#include "os/pin.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile sig_atomic_t stop;
static void on_signal(int number) { stop = number; }

static const struct cli_option option_quick = {
    .name = "quick", .kind = CLI_FLAG, .help = "the quick preset (the default)"};
static const struct cli_option option_full = {
    .name = "full", .kind = CLI_FLAG, .help = "the full preset: every graph, more repetitions"};
static const struct cli_option option_command = {
    .name = "command",
    .kind = CLI_TEXT,
    .argument = "LINE",
    .help = "measure this shell command instead of workloads",
    .many = true};

static bool wants(const char *name, void *line) { return cli_matches(line, &cli_filter, name); }

static bool gather(const struct cli_line *line, const struct cli_option *option,
                   struct preset_words *words) {
  const char *word;
  for (unsigned i = 0; (word = cli_each(line, option, i)); i++)
    if (!vec_push(words, word))
      return false;
  return true;
}

static void plan_commands(const struct cli_line *line, struct plan *plan) {
  uint64_t repetitions = cli_count(line, &cli_repetitions);
  plan_open(plan, "command", cli_count(line, &cli_seed), repetitions ? (unsigned)repetitions : 5);
  const char *text;
  for (unsigned i = 0; (text = cli_each(line, &option_command, i)); i++) {
    char *words[] = {(char *)"sh", (char *)"-c", (char *)(uintptr_t)text, NULL};
    struct plan_row row = {
        .kind = (char *)"command", .workload = (char *)(uintptr_t)text, .command = words};
    plan_add(plan, &row, "", "", 0);
  }
  plan_freeze(plan);
}

static bool make_plan(const struct cli_line *line, const char *folder, struct plan *plan) {
  char error[512];
  if (cli_given(line, &option_command)) {
    plan_commands(line, plan);
    return true;
  }
  struct preset_request request = {.full = cli_flag(line, &option_full),
                                   .seed = cli_count(line, &cli_seed),
                                   .repetitions = (unsigned)cli_count(line, &cli_repetitions),
                                   .scale = cli_real(line, &cli_scale),
                                   .wants = wants,
                                   .context = (void *)(uintptr_t)line};
  for (unsigned i = 0; i < line->n_operands; i++)
    if (!vec_push(&request.workloads, line->operands[i]))
      fatal("out of memory");
  if (!gather(line, &cli_alloc, &request.allocs) || !gather(line, &cli_gc, &request.gcs) ||
      !gather(line, &cli_set, &request.settings))
    fatal("out of memory");
  struct catalogue catalogue;
  bool ok = catalogue_read(&catalogue, folder, error, sizeof error);
  if (ok) {
    ok = preset_plan(plan, &request, &catalogue, error, sizeof error);
    catalogue_close(&catalogue);
  }
  vec_free(&request.workloads);
  vec_free(&request.allocs);
  vec_free(&request.gcs);
  vec_free(&request.settings);
  if (!ok)
    cli_complain(line, "%s", error);
  return ok;
}

/* Writes a new plan, or takes up the one that is there. The exit code, or -1 to go on. */
static int open_directory(const struct cli_line *line, const char *directory, struct plan *plan,
                          int cpu) {
  char path[PATH_MAX], error[PATH_MAX + 256];
  struct environment_run run = {plan, cpu, line->operands};
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
    bool asked = cli_flag(line, &option_quick) || cli_flag(line, &option_full) ||
                 line->n_operands || cli_given(line, &cli_filter) || cli_given(line, &cli_seed) ||
                 cli_given(line, &cli_repetitions) || cli_given(line, &cli_alloc) ||
                 cli_given(line, &cli_gc) || cli_given(line, &cli_scale) ||
                 cli_given(line, &cli_set) || cli_given(line, &option_command);
    bool same = !strcmp(there.hash, plan->hash);
    plan_close(plan);
    *plan = there;
    if (asked && !same) {
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
  if (!file_make_folders(directory, error, sizeof error) ||
      !plan_write(plan, path, error, sizeof error) ||
      !environment_write(&run, environment, error, sizeof error)) {
    cli_complain(line, "%s", error);
    return CLI_INCOMPLETE;
  }
  return -1;
}

/* The shard counts from 0; 0 shards when none was asked for. */
static bool read_shard(const struct cli_line *line, unsigned *shard, unsigned *shards) {
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

static bool read_cpu(const struct cli_line *line, int *cpu) {
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

static void catch_signals(void) {
  struct sigaction action = {.sa_handler = on_signal}, before;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  /* Under nohup the end of the terminal is not the end of the run. */
  if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
    sigaction(SIGHUP, &action, NULL);
}

static int finish(const struct cli_line *line, enum runner_end end, const char *directory,
                  const char *message) {
  char error[512];
  struct results results;
  if (!results_read(&results, directory, error, sizeof error)) {
    cli_complain(line, "%s", error);
    return CLI_INCOMPLETE;
  }
  size_t kept = results.plan.cells.n - results.counts[OUTCOME_missing];
  enum cli_format format = cli_choice(line, &cli_format);
  if (end == RUNNER_DONE && !strcmp(results.plan.preset, "command") && format != CLI_JSON)
    show_rows(&results, format, NULL, NULL);
  else if (end == RUNNER_DONE)
    show_matrix(&results, cli_text(line, &cli_baseline), format);
  if (end == RUNNER_DONE && !cli_flag(line, &cli_quiet))
    fprintf(stderr, "Results: %s\n", directory);
  bool sharded = cli_given(line, &cli_shard);
  int code = show_problems(&results, cli_flag(line, &cli_quiet), cli_flag(line, &cli_strict));
  if (end == RUNNER_DONE && sharded && code == CLI_INCOMPLETE)
    code = CLI_OK;
  if (end != RUNNER_DONE) {
    if (end == RUNNER_INTERRUPTED)
      cli_complain(line, "interrupted");
    else
      cli_complain(line, "%s", message);
    cli_complain(line,
                 "%zu of %zu cells are kept in %s; ouro run --resume --output %s does the rest",
                 kept, results.plan.cells.n, directory, directory);
    code = end == RUNNER_INTERRUPTED ? CLI_INTERRUPTED : CLI_INCOMPLETE;
  }
  results_close(&results);
  return code;
}

static int measure(const struct cli_line *line, struct plan *plan, const char *directory,
                   const char *folder, int cpu) {
  char launcher[PATH_MAX + 32], error[PATH_MAX + 256];
  snprintf(launcher, sizeof launcher, "%s/../libexec/ouro-cell", folder);
  unsigned shard, shards;
  if (!read_shard(line, &shard, &shards))
    return CLI_USAGE;
  int code = open_directory(line, directory, plan, cpu);
  if (code >= 0)
    return code;
  /* Only now: a run that is taken up brings its own preset. */
  bool full = !strcmp(plan->preset, "full");
  struct progress progress;
  struct runner_request request = {
      .directory = directory,
      .program_folder = folder,
      .launcher = launcher,
      .shard = shard,
      .shards = shards,
      .cpu = cpu,
      .time_limit_seconds = cli_given(line, &cli_time_limit) ? cli_real(line, &cli_time_limit)
                                                             : preset_time_limit_seconds(full),
      .memory_limit_bytes = cli_given(line, &cli_memory_limit) ? cli_size(line, &cli_memory_limit)
                                                               : preset_memory_limit_bytes(full),
      .sample_ns = (uint64_t)(cli_real(line, &cli_sample) * 1e6),
      .stop = &stop,
      .progress = progress_show,
      .context = &progress,
  };
  catch_signals();
  progress_open(&progress, cli_flag(line, &cli_quiet));
  enum runner_end end = runner_run(plan, &request, error, sizeof error);
  progress_close(&progress);
  return finish(line, end, directory, error);
}

static void show_plan(const struct plan *plan, unsigned shard, unsigned shards,
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

static int run(const struct cli_line *line) {
  char folder[PATH_MAX], fallback[64];
  int cpu;
  if (!file_program_folder(folder, sizeof folder)) {
    cli_complain(line, "cannot find out where this program is");
    return CLI_USAGE;
  }
  if (cli_flag(line, &option_quick) && cli_flag(line, &option_full)) {
    cli_complain(line, "--quick and --full exclude each other");
    return CLI_USAGE;
  }
  struct plan plan;
  unsigned shard, shards;
  if (!read_cpu(line, &cpu) || !read_shard(line, &shard, &shards) ||
      !make_plan(line, folder, &plan))
    return CLI_USAGE;
  snprintf(fallback, sizeof fallback, "out/%s", plan.preset);
  const char *directory = cli_text(line, &cli_output);
  int code = CLI_OK;
  if (cli_flag(line, &cli_dry_run))
    show_plan(&plan, shard, shards, cli_choice(line, &cli_format));
  else
    code = measure(line, &plan, directory ? directory : fallback, folder, cpu);
  plan_close(&plan);
  return code;
}

const struct cli_command cli_run = {
    .name = "run",
    .summary = "measure: a preset, or the workloads named",
    .operands = "[WORKLOAD ...]",
    .description =
        "Runs every cell (workload, allocator, collector, repetition) as a process of its own, "
        "pinned,\n"
        "in seeded random blocks that hold each variant once, and writes one file per cell into\n"
        "--output (default: out/PRESET). An interrupted run loses the cell in flight, no more;\n"
        "--resume does what is missing.\n\n"
        "Workloads are named as `ouro list` shows them. --alloc and --gc take specs with options\n"
        "(pool:preset=cpython-3.11) and may be given again.",
    .most = UINT_MAX,
    .options = (const struct cli_option *const[]){&option_quick,
                                                  &option_full,
                                                  &option_command,
                                                  &cli_filter,
                                                  &cli_alloc,
                                                  &cli_gc,
                                                  &cli_scale,
                                                  &cli_set,
                                                  &cli_seed,
                                                  &cli_repetitions,
                                                  &cli_output,
                                                  &cli_resume,
                                                  &cli_dry_run,
                                                  &cli_shard,
                                                  &cli_cpu,
                                                  &cli_time_limit,
                                                  &cli_memory_limit,
                                                  &cli_sample,
                                                  &cli_baseline,
                                                  &cli_format,
                                                  &cli_quiet,
                                                  &cli_strict,
                                                  NULL},
    .run = run,
};
