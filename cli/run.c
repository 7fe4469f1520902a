/* ouro run: measures a preset, or what is named, cell by cell. */
#include "base/check.h"
#include "bench/preset.h"
#include "bench/results.h"
#include "cli/measure.h"
#include "cli/show.h"
#include "os/file.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

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

/* What is said about workloads means nothing for a shell command: not to be left out in silence. */
static bool fits_commands(const struct cli_line *line) {
  const struct cli_option *const others[] = {&option_quick, &option_full, &cli_filter,
                                             &cli_alloc,    &cli_gc,      &cli_scale,
                                             &cli_set,      &cli_baseline};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (cli_given(line, others[i])) {
      cli_complain(line, "--%s is not for --command", others[i]->name);
      return false;
    }
  if (!line->n_operands)
    return true;
  cli_complain(line, "--command takes the place of workloads: '%s' would not be run",
               line->operands[0]);
  return false;
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
    if (!fits_commands(line))
      return false;
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
  else if (!cli_flag(line, &cli_resume) &&
           !show_knows_baseline(plan, cli_text(line, &cli_baseline))) {
    plan_close(plan);
    ok = false;
  }
  return ok;
}

/* Was a plan asked for, or just a directory to be gone on with? */
static bool asked(const struct cli_line *line) {
  return cli_flag(line, &option_quick) || cli_flag(line, &option_full) || line->n_operands ||
         cli_given(line, &cli_filter) || cli_given(line, &cli_seed) ||
         cli_given(line, &cli_repetitions) || cli_given(line, &cli_alloc) ||
         cli_given(line, &cli_gc) || cli_given(line, &cli_scale) || cli_given(line, &cli_set) ||
         cli_given(line, &option_command);
}

static int finish(const struct measure *m, enum runner_end end, const char *message) {
  const struct cli_line *line = m->line;
  const char *directory = m->directory;
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
  else if (end == RUNNER_DONE && show_knows_baseline(&results.plan, cli_text(line, &cli_baseline)))
    show_matrix(&results, cli_text(line, &cli_baseline), format);
  else if (end == RUNNER_DONE)
    show_matrix(&results, NULL, format);
  if (end == RUNNER_DONE && !cli_flag(line, &cli_quiet))
    fprintf(stderr, "Results: %s\n", directory);
  bool sharded = cli_given(line, &cli_shard);
  int code = show_problems(&results, cli_flag(line, &cli_quiet), cli_flag(line, &cli_strict));
  if (end == RUNNER_DONE && sharded && code == CLI_INCOMPLETE)
    code = CLI_OK;
  if (end != RUNNER_DONE)
    code = measure_cut_short(m, end, kept, results.plan.cells.n, message);
  results_close(&results);
  return code;
}

static int run(const struct cli_line *line) {
  char folder[PATH_MAX], fallback[64];
  if (!file_program_folder(folder, sizeof folder)) {
    cli_complain(line, "cannot find out where this program is");
    return CLI_USAGE;
  }
  if (cli_flag(line, &option_quick) && cli_flag(line, &option_full)) {
    cli_complain(line, "--quick and --full exclude each other");
    return CLI_USAGE;
  }
  struct plan plan;
  struct measure m = {.line = line, .plan = &plan, .folder = folder, .asked = asked(line)};
  if (!measure_read_cpu(line, &m.cpu) || !measure_read_shard(line, &m.shard, &m.shards) ||
      !make_plan(line, folder, &plan))
    return CLI_USAGE;
  snprintf(fallback, sizeof fallback, "out/%s", plan.preset);
  m.directory = cli_text(line, &cli_output) ? cli_text(line, &cli_output) : fallback;
  int code = CLI_OK;
  if (cli_flag(line, &cli_dry_run))
    measure_show_plan(&plan, m.shard, m.shards, cli_choice(line, &cli_format));
  else
    code = measure_run(&m, finish);
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
