/* ouro tune: looks for settings of a collector that suit a workload better than the default.
 *
 * Four phases, each a run directory of its own under --output, so that each can be resumed, shown
 * and compared like any run: `probe` (the default alone: what a cell takes), `sweep` (the grid),
 * `refine` (the best of it again, and points between), `confirm` (contender against default, fresh
 * and paired). A later phase follows from the figures of the earlier ones; its plan is frozen when
 * it starts. The contender is chosen by `refine` and judged by `confirm` alone: a setting that was
 * merely lucky among many does not get through. */
#include "cli/tune.h"
#include "base/check.h"
#include "base/options.h"
#include "bench/environment.h"
#include "bench/preset.h"
#include "bench/runner.h"
#include "bench/summary.h"
#include "cli/measure.h"
#include "cli/progress.h"
#include "os/file.h"
#include "os/pin.h"
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  PROBE_REPETITIONS = 3,
  SWEEP_REPETITIONS = 3,
  REFINE_REPETITIONS = 5,
  FRONT_MOST = 6,    /* of the sweep's front, in the second phase again */
  BETWEEN_MOST = 16, /* new settings around it */
  SWEEP_LEAST = 8,   /* settings, whatever the budget says */
  PAIRS_LEAST = 11,
  PAIRS_MOST = 31,
};
/* Shares of the budget. */
#define SWEEP_SHARE   0.6
#define REFINE_SHARE  0.2
#define CONFIRM_SHARE 0.2
/* On limits relative to the default's peak RSS: what that varies by on its own, in pages. */
#define RSS_SLACK 1.005
/* Launcher and bookkeeping per cell, beside the process itself. */
#define CELL_OVERHEAD_SECONDS 0.015

static const struct cli_option option_gc = {
    .name = "gc",
    .kind = CLI_CHOICE,
    .argument = "NAME",
    .fallback = "three-generation",
    .help = "collector to tune",
    .choices = grid_collectors,
};
static const struct cli_option option_alloc = {.name = "alloc",
                                               .kind = CLI_TEXT,
                                               .argument = "SPEC",
                                               .fallback = "magazine",
                                               .help = "allocator under it"};
static const struct cli_option option_max_rss = {
    .name = "max-rss",
    .kind = CLI_TEXT,
    .argument = "BYTES|Nx",
    .help = "only settings with at most this peak RSS; 1.2x: times the default's"};
static const struct cli_option option_max_pause = {
    .name = "max-pause",
    .kind = CLI_REAL,
    .argument = "MS",
    .help = "only settings whose 99th percentile of pauses is at most this"};
static const struct cli_option option_budget = {.name = "budget",
                                                .kind = CLI_REAL,
                                                .argument = "SECONDS",
                                                .fallback = "60",
                                                .help = "about how long to measure"};

struct tune {
  const volatile sig_atomic_t *stop; /* an interrupt sets it */
  const struct cli_line *line;
  char folder[PATH_MAX], launcher[PATH_MAX + 32], directory[PATH_MAX];
  struct catalogue catalogue;
  int cpu;
  double cell_seconds; /* of the default setting, by the probe */
  double peak_bytes;   /* most that was alive in it */
  struct results probe, sweep, refine, confirm;
  struct tune_findings f;
};

static struct preset_request request_for(const struct tune *t, unsigned repetitions) {
  struct preset_request request = {.seed = cli_count(t->line, &cli_seed),
                                   .repetitions = repetitions,
                                   .scale = cli_real(t->line, &cli_scale)};
  const char *alloc = cli_text(t->line, &option_alloc), *setting;
  bool ok = vec_push(&request.workloads, t->line->operands[0]) && vec_push(&request.allocs, alloc);
  for (unsigned i = 0; (setting = cli_each(t->line, &cli_set, i)); i++)
    ok = ok && vec_push(&request.settings, setting);
  if (!ok)
    fatal("out of memory");
  return request;
}

/* Puts the default under a second name beside what is confirmed: what the machine makes of equal
 * things is measured in the same blocks. */
static void add_twin(const struct tune *t, struct plan *plan) {
  struct plan twinned;
  char fallback[GRID_SPEC_BYTES];
  grid_spec(&t->f.grid, grid_default(&t->f.grid), fallback);
  plan_open(&twinned, plan->preset, plan->seed, plan->repetitions);
  for (size_t i = 0; i < plan->cells.n; i++) {
    const struct plan_cell *cell = &plan->cells.items[i];
    plan_add(&twinned, &cell->row, cell->alloc, cell->gc, 0);
    if (!strcmp(cell->gc, fallback))
      plan_add(&twinned, &cell->row, cell->alloc, cell->gc, 1);
  }
  plan_freeze(&twinned);
  plan_close(plan);
  *plan = twinned;
}

static bool make_plan(struct tune *t, const char *phase, const struct grid_settings *settings,
                      unsigned repetitions, struct plan *plan) {
  struct preset_request request = request_for(t, repetitions);
  char(*specs)[GRID_SPEC_BYTES] = calloc(settings->n, sizeof *specs), error[512], name[64];
  if (!specs)
    fatal("out of memory");
  for (size_t i = 0; i < settings->n; i++) {
    grid_spec(&t->f.grid, settings->items[i], specs[i]);
    if (!vec_push(&request.gcs, specs[i]))
      fatal("out of memory");
  }
  bool ok = preset_plan(plan, &request, &t->catalogue, error, sizeof error);
  if (ok && !*plan->cells.items[0].gc) {
    snprintf(error, sizeof error, "%s runs without a collector: there is nothing to tune",
             t->line->operands[0]);
    plan_close(plan);
    ok = false;
  }
  if (!ok)
    cli_complain(t->line, "%s", error);
  if (ok) {
    snprintf(name, sizeof name, "tune-%s", phase);
    free(plan->preset);
    plan->preset = strdup(name);
    if (!plan->preset)
      fatal("out of memory");
    if (!strcmp(phase, "confirm"))
      add_twin(t, plan);
  }
  vec_free(&request.workloads);
  vec_free(&request.allocs);
  vec_free(&request.gcs);
  vec_free(&request.settings);
  free(specs);
  return ok;
}

/* The frozen plan of a phase: the one that is there, or a new one. The exit code, or -1. */
static int open_phase(struct tune *t, const char *phase, const char *directory,
                      const struct grid_settings *settings, unsigned repetitions,
                      struct plan *plan) {
  char path[PATH_MAX + 64], environment[PATH_MAX + 64], error[PATH_MAX + 256];
  snprintf(path, sizeof path, "%s/plan.json", directory);
  snprintf(environment, sizeof environment, "%s/environment.json", directory);
  if (access(path, F_OK) == 0) {
    if (plan_read(plan, path, error, sizeof error))
      return -1;
    cli_complain(t->line, "%s", error);
    return CLI_USAGE;
  }
  if (!make_plan(t, phase, settings, repetitions, plan))
    return CLI_USAGE;
  struct environment_run run = {plan, t->cpu, t->line->operands};
  if (file_make_folders(directory, error, sizeof error) &&
      environment_write(&run, environment, error, sizeof error) &&
      plan_write(plan, path, error, sizeof error))
    return -1;
  cli_complain(t->line, "%s", error);
  plan_close(plan);
  return CLI_INCOMPLETE;
}

/* A heap limit may be too small for what lives: that is a finding, not a failure. */
static bool is_finding(const struct tune *t, const struct plan_cell *cell, enum outcome outcome) {
  struct grid_setting setting;
  return (outcome == OUTCOME_memory || outcome == OUTCOME_error) &&
         grid_parse(&t->f.grid, cell->gc, &setting) && t->f.grid.axes[2].bytes &&
         setting.values[2] > 0;
}

static int check_cells(const struct tune *t, const char *phase, const struct results *results) {
  size_t failed = 0, refused = 0;
  for (size_t i = 0; i < results->plan.cells.n; i++) {
    enum outcome outcome = results->cells[i].outcome;
    if (outcome == OUTCOME_ok)
      continue;
    bool finding = is_finding(t, &results->plan.cells.items[i], outcome);
    refused += finding;
    failed += !finding;
    if (outcome == OUTCOME_void)
      cli_complain(t->line, "%s: its checksum deviates", results->plan.cells.items[i].name);
  }
  if (refused)
    cli_complain(t->line, "%zu cells of the phase %s did not fit into their heap limit", refused,
                 phase);
  if (failed)
    cli_complain(t->line, "%zu cells of the phase %s failed; ouro show %s/%s", failed, phase,
                 t->directory, phase);
  return failed ? CLI_FAILED : -1;
}

/* Runs what is missing of a phase and reads it back. The exit code, or -1 to go on. */
static int run_phase(struct tune *t, const char *phase, const struct grid_settings *settings,
                     unsigned repetitions, struct results *results) {
  char directory[PATH_MAX + 16], error[PATH_MAX + 256] = "";
  struct plan plan;
  snprintf(directory, sizeof directory, "%s/%s", t->directory, phase);
  int code = open_phase(t, phase, directory, settings, repetitions, &plan);
  if (code >= 0)
    return code;
  struct progress progress;
  double fair = fmax(30, 20 * t->cell_seconds);
  struct runner_request request = {
      .directory = directory,
      .program_folder = t->folder,
      .launcher = t->launcher,
      .cpu = t->cpu,
      .time_limit_seconds = cli_given(t->line, &cli_time_limit)
                                ? cli_real(t->line, &cli_time_limit)
                                : (t->cell_seconds > 0 ? fair : preset_time_limit_seconds(true)),
      .memory_limit_bytes = cli_given(t->line, &cli_memory_limit)
                                ? cli_size(t->line, &cli_memory_limit)
                                : preset_memory_limit_bytes(true),
      .stop = t->stop,
      .progress = progress_show,
      .context = &progress,
  };
  if (!cli_flag(t->line, &cli_quiet))
    fprintf(stderr, "%s: %zu cells\n", phase, plan.cells.n);
  progress_open(&progress, cli_flag(t->line, &cli_quiet));
  enum runner_end end = runner_run(&plan, &request, error, sizeof error);
  progress_close(&progress);
  plan_close(&plan);
  if (end != RUNNER_DONE) {
    cli_complain(t->line, "%s", end == RUNNER_INTERRUPTED ? "interrupted" : error);
    cli_complain(t->line, "what finished is kept; the same command with --resume goes on");
    return end == RUNNER_INTERRUPTED ? CLI_INTERRUPTED : CLI_INCOMPLETE;
  }
  if (!results_read(results, directory, error, sizeof error)) {
    cli_complain(t->line, "%s", error);
    return CLI_INCOMPLETE;
  }
  return check_cells(t, phase, results);
}

/* The least over the cells of a run; 0 where none has the field. */
static double least_of(const struct results *results, const char *field) {
  double least = INFINITY;
  for (size_t i = 0; i < results->plan.cells.n; i++)
    least = fmin(least, results_figure(&results->cells[i], field));
  return isfinite(least) ? least : 0;
}

static void push(struct grid_settings *settings, struct grid_setting setting) {
  if (!vec_push(settings, setting))
    fatal("out of memory");
}

static int probe(struct tune *t) {
  struct grid_settings only = {0};
  push(&only, grid_default(&t->f.grid));
  int code = run_phase(t, "probe", &only, PROBE_REPETITIONS, &t->probe);
  vec_free(&only);
  if (code >= 0)
    return code;
  t->cell_seconds = least_of(&t->probe, "process_wall_seconds") + CELL_OVERHEAD_SECONDS;
  t->peak_bytes = least_of(&t->probe, "gc_peak_bytes");
  return -1;
}

/* How many settings a share of the budget pays for. */
static size_t affordable(const struct tune *t, double share, unsigned repetitions) {
  double n = cli_real(t->line, &option_budget) * share / (t->cell_seconds * repetitions);
  return n < 1e6 ? (size_t)n : (size_t)1e6;
}

static int sweep(struct tune *t) {
  struct grid *grid = &t->f.grid;
  grid_open(grid, grid->collector, t->peak_bytes);
  size_t most = affordable(t, SWEEP_SHARE, SWEEP_REPETITIONS);
  if (most < SWEEP_LEAST)
    cli_complain(t->line, "one cell takes %.3g s: the least sweep alone takes about %.0f s",
                 t->cell_seconds, t->cell_seconds * SWEEP_LEAST * SWEEP_REPETITIONS);
  grid_thin(grid, most > SWEEP_LEAST ? most : SWEEP_LEAST);
  struct grid_settings points = {0};
  grid_points(grid, &points);
  int code = run_phase(t, "sweep", &points, SWEEP_REPETITIONS, &t->sweep);
  if (code < 0) {
    /* A resumed sweep keeps the grid that it was started with. */
    advice_measure(&t->sweep, grid, &t->f.sweep);
    points.n = 0;
    for (size_t i = 0; i < t->f.sweep.n; i++)
      push(&points, t->f.sweep.items[i].setting);
    grid_from_settings(grid, &points);
  }
  vec_free(&points);
  return code;
}

static const struct advice_measured *find(const struct advice_list *list,
                                          struct grid_setting setting) {
  for (size_t i = 0; i < list->n; i++)
    if (grid_same(list->items[i].setting, setting))
      return &list->items[i];
  return NULL;
}

/* "N", "N M" or "1.2x" of the default's. */
static bool read_max_rss(struct tune *t) {
  const char *text = cli_text(t->line, &option_max_rss);
  uint64_t bytes;
  char *end;
  t->f.limits.rss_bytes = 0;
  if (!text)
    return true;
  double factor = strtod(text, &end);
  if (end != text && !strcmp(end, "x") && factor > 0) {
    const struct advice_measured *fallback = find(&t->f.sweep, grid_default(&t->f.grid));
    t->f.limits.rss_bytes = fallback ? factor * fallback->rss_bytes * RSS_SLACK : 0;
    return true;
  }
  if (options_read_size(text, &bytes) && bytes) {
    t->f.limits.rss_bytes = (double)bytes;
    return true;
  }
  cli_complain(t->line,
               "--max-rss=%s: wanted is a size (300M) or a multiple of the default's (1.2x)", text);
  return false;
}

/* The front of the sweep, what keeps the limits first, the fastest first. */
static const struct advice_list *sorted_list;
static struct advice_limits sorted_limits;
static int by_merit(const void *a, const void *b) {
  const struct advice_measured *x = &sorted_list->items[*(const size_t *)a],
                               *y = &sorted_list->items[*(const size_t *)b];
  double ex = fmax(1, advice_excess(x, sorted_limits)),
         ey = fmax(1, advice_excess(y, sorted_limits));
  if (ex != ey)
    return ex < ey ? -1 : 1;
  return (x->cpu_seconds > y->cpu_seconds) - (x->cpu_seconds < y->cpu_seconds);
}

static void best_of_sweep(const struct tune *t, struct grid_settings *out) {
  const struct advice_list *list = &t->f.sweep;
  struct advice_choice choice = advice_choose(list, grid_default(&t->f.grid), t->f.limits);
  size_t *order = calloc(list->n + 1, sizeof *order), n = 0;
  if (!order)
    fatal("out of memory");
  for (size_t i = 0; i < list->n; i++)
    if (advice_on_front(list, i))
      order[n++] = i;
  sorted_list = list;
  sorted_limits = t->f.limits;
  qsort(order, n, sizeof *order, by_merit);
  if (choice.contender >= 0)
    push(out, list->items[choice.contender].setting);
  for (size_t i = 0; i < n && out->n < FRONT_MOST; i++)
    if (!grid_holds(out, list->items[order[i]].setting))
      push(out, list->items[order[i]].setting);
  free(order);
}

static int refine(struct tune *t) {
  struct grid_settings settings = {0}, known = {0};
  best_of_sweep(t, &settings);
  for (size_t i = 0; i < t->f.sweep.n; i++)
    push(&known, t->f.sweep.items[i].setting);
  size_t afford = affordable(t, REFINE_SHARE, REFINE_REPETITIONS);
  size_t more = afford > settings.n + 1 ? afford - settings.n - 1 : 0;
  struct grid_settings between = {0};
  grid_between(&t->f.grid, &settings, &known, cli_count(t->line, &cli_seed),
               more < BETWEEN_MOST ? more : BETWEEN_MOST, &between);
  for (size_t i = 0; i < between.n; i++)
    push(&settings, between.items[i]);
  if (!grid_holds(&settings, grid_default(&t->f.grid)))
    push(&settings, grid_default(&t->f.grid));
  int code = run_phase(t, "refine", &settings, REFINE_REPETITIONS, &t->refine);
  if (code < 0)
    advice_measure(&t->refine, &t->f.grid, &t->f.refined);
  vec_free(&settings);
  vec_free(&known);
  vec_free(&between);
  return code;
}

/* Is there something to confirm: a contender, and it is the faster one or the default is out? */
static bool worth_confirming(const struct tune_findings *f) {
  const struct advice_choice *c = &f->choice;
  if (c->contender < 0 || c->fallback < 0)
    return false;
  const struct advice_measured *contender = &f->refined.items[c->contender],
                               *fallback = &f->refined.items[c->fallback];
  return !advice_allowed(fallback, f->limits) || contender->cpu_seconds < fallback->cpu_seconds;
}

/* A setting to the default, in a field, over the confirmation's blocks. */
static struct summary_ratio compare(const struct tune *t, const char *field,
                                    struct grid_setting setting, unsigned twin) {
  const struct plan_cell *cell = &t->confirm.plan.cells.items[0];
  char spec[GRID_SPEC_BYTES], fallback[GRID_SPEC_BYTES];
  grid_spec(&t->f.grid, setting, spec);
  grid_spec(&t->f.grid, grid_default(&t->f.grid), fallback);
  return summary_compare(&t->confirm, cell->row.kind, NULL, field,
                         (struct summary_variant){cell->alloc, spec, twin},
                         (struct summary_variant){cell->alloc, fallback, 0});
}

static int confirm(struct tune *t) {
  struct tune_findings *f = &t->f;
  struct grid_setting fallback = grid_default(&f->grid);
  struct grid_setting contender = f->refined.items[f->choice.contender].setting;
  struct grid_settings two = {0};
  push(&two, contender);
  push(&two, fallback);
  size_t pairs = affordable(t, CONFIRM_SHARE, 3);
  pairs = pairs < PAIRS_LEAST ? PAIRS_LEAST : pairs > PAIRS_MOST ? PAIRS_MOST : pairs;
  int code = run_phase(t, "confirm", &two, (unsigned)pairs, &t->confirm);
  vec_free(&two);
  if (code >= 0)
    return code;
  advice_measure(&t->confirm, &f->grid, &f->confirmed);
  f->contender = find(&f->confirmed, contender);
  f->fallback = find(&f->confirmed, fallback);
  if (!f->contender || !f->fallback) {
    cli_complain(
        t->line,
        "%s/confirm compares other settings than the figures ask for; use another --output",
        t->directory);
    return CLI_USAGE;
  }
  struct summary_ratio time = compare(t, "process_cpu_seconds", contender, 0);
  struct summary_ratio twin = compare(t, "process_cpu_seconds", fallback, 1);
  f->rss_ratio = compare(t, "peak_rss_bytes", contender, 0).ratio;
  f->confirmation = (struct advice_confirmation){
      .ran = true,
      .ratio = time.ratio,
      .low = time.low,
      .high = time.high,
      .pairs = time.pairs,
      .twin_ratio = twin.ratio,
      .twin_low = twin.low,
      .twin_high = twin.high,
      .contender_allowed = advice_allowed(f->contender, f->limits),
      .default_allowed = advice_allowed(f->fallback, f->limits),
  };
  return -1;
}

/* The phases in turn. The exit code, or -1 when all is measured. */
static int measure(struct tune *t) {
  int code = probe(t);
  if (code < 0)
    code = sweep(t);
  if (code < 0 && !read_max_rss(t))
    code = CLI_USAGE;
  if (code < 0)
    code = refine(t);
  if (code >= 0)
    return code;
  struct tune_findings *f = &t->f;
  f->choice = advice_choose(&f->refined, grid_default(&f->grid), f->limits);
  if (f->choice.fallback < 0 || !find(&f->sweep, grid_default(&f->grid))) {
    cli_complain(t->line, "%s holds a run without the default setting; use another --output",
                 t->directory);
    return CLI_USAGE;
  }
  if (worth_confirming(f))
    code = confirm(t);
  f->verdict = advice_judge(&f->choice, &f->confirmation);
  return code;
}

/* What was asked for, as far as it decides what is measured. */
static json_t *describe_request(const struct tune *t) {
  const struct cli_line *line = t->line;
  json_t *settings = json_array();
  const char *setting, *rss = cli_text(line, &option_max_rss);
  for (unsigned i = 0; (setting = cli_each(line, &cli_set, i)); i++)
    json_array_append_new(settings, json_string(setting));
  json_t *json =
      json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:f}", "workload", line->operands[0],
                "gc", t->f.grid.collector, "alloc", cli_text(line, &option_alloc), "scale",
                t->f.scale, "seed", (json_int_t)cli_count(line, &cli_seed), "set", settings,
                "max_rss", rss ? json_string(rss) : json_null(), "max_pause_ms",
                cli_given(line, &option_max_pause) ? json_real(cli_real(line, &option_max_pause))
                                                   : json_null(),
                "budget_seconds", cli_real(line, &option_budget));
  if (!json)
    fatal("out of memory");
  return json;
}

/* A folder that holds a tuning is only gone on with when asked to, and for the same request. */
static bool claim_directory(struct tune *t) {
  char path[PATH_MAX + 64], error[PATH_MAX + 256];
  snprintf(path, sizeof path, "%s/request.json", t->directory);
  json_error_t problem;
  json_t *there = json_load_file(path, 0, &problem);
  bool exists = access(path, F_OK) == 0, ok = true;
  if (exists && !cli_flag(t->line, &cli_resume)) {
    cli_complain(t->line,
                 "%s holds a tuning; --resume goes on with it, --output names another place",
                 t->directory);
    ok = false;
  } else if (exists && !there) {
    cli_complain(t->line, "%s is damaged: %s", path, problem.text);
    ok = false;
  } else if (exists && !json_equal(there, t->f.request)) {
    const char *key = "";
    json_t *value;
    json_object_foreach(t->f.request, key, value) {
      if (!json_equal(value, json_object_get(there, key)))
        break;
    }
    cli_complain(t->line, "%s was started with another %s; use another --output", t->directory,
                 key);
    ok = false;
  } else if (!exists) {
    char *text = json_dumps(t->f.request, JSON_INDENT(1));
    if (!text)
      fatal("out of memory");
    ok = file_write_atomic(path, text, strlen(text), error, sizeof error);
    if (!ok)
      cli_complain(t->line, "%s", error);
    free(text);
  }
  json_decref(there);
  return ok;
}

static int report(struct tune *t) {
  char error[4096];
  struct tune_findings *f = &t->f;
  int code = CLI_OK;
  if (!tune_draw(f, &t->sweep, error, sizeof error)) {
    cli_complain(t->line, "%s", error);
    code = CLI_FAILED;
  }
  if (!tune_write(f, error, sizeof error)) {
    cli_complain(t->line, "%s", error);
    code = CLI_INCOMPLETE;
  }
  tune_print(f, cli_choice(t->line, &cli_format));
  return code;
}

/* Names are checked before anything is written: the plan of the probe, thrown away again. */
static bool check_names(struct tune *t) {
  struct grid_settings only = {0};
  struct plan plan;
  push(&only, grid_default(&t->f.grid));
  bool ok = make_plan(t, "probe", &only, PROBE_REPETITIONS, &plan);
  vec_free(&only);
  if (!ok)
    return false;
  const struct plan_cell *cell = &plan.cells.items[0];
  const char *scale = plan_parameter_get(&cell->row.parameters, "scale");
  static char scale_text[64], workload[128];
  snprintf(scale_text, sizeof scale_text, "%s", scale ? scale : "1");
  snprintf(workload, sizeof workload, "%s", cell->row.workload);
  t->f.scale = scale_text;
  t->f.workload = workload;
  const json_t *entry = catalogue_find(t->catalogue.graphs, workload);
  const char *summary = json_string_value(json_object_get(entry, "summary"));
  t->f.summary = summary ? summary : "";
  plan_close(&plan);
  return true;
}

static int tune(struct tune *t) {
  const char *output = cli_text(t->line, &cli_output);
  grid_open(&t->f.grid, grid_collectors[cli_choice(t->line, &option_gc)], 0);
  t->f.alloc = cli_text(t->line, &option_alloc);
  t->f.limits.pause_ns =
      cli_given(t->line, &option_max_pause) ? cli_real(t->line, &option_max_pause) * 1e6 : 0;
  if (!read_max_rss(t) || !check_names(t))
    return CLI_USAGE;
  if (output)
    snprintf(t->directory, sizeof t->directory, "%s", output);
  else
    snprintf(t->directory, sizeof t->directory, "out/tune-%s-%s", t->f.workload,
             t->f.grid.collector);
  t->f.directory = t->directory;
  t->f.request = describe_request(t);
  int code = CLI_USAGE, lock = measure_lock(t->line, t->directory, &code);
  if (lock < 0)
    return code;
  if (claim_directory(t)) {
    t->stop = measure_catch_signals();
    code = measure(t);
    if (code < 0)
      code = report(t);
  }
  close(lock);
  return code;
}

static int run(const struct cli_line *line) {
  char error[512];
  struct tune *t = calloc(1, sizeof *t);
  if (!t)
    fatal("out of memory");
  t->line = line;
  t->cpu = pin_choose();
  t->f.rss_ratio = NAN;
  int code = CLI_USAGE;
  if (!file_program_folder(t->folder, sizeof t->folder)) {
    cli_complain(line, "cannot find out where this program is");
  } else if (!catalogue_read(&t->catalogue, t->folder, error, sizeof error)) {
    cli_complain(line, "%s", error);
  } else {
    snprintf(t->launcher, sizeof t->launcher, "%s/../libexec/ouro-cell", t->folder);
    code = tune(t);
    catalogue_close(&t->catalogue);
  }
  struct results *phases[] = {&t->probe, &t->sweep, &t->refine, &t->confirm};
  for (size_t i = 0; i < sizeof phases / sizeof *phases; i++)
    if (phases[i]->directory)
      results_close(phases[i]);
  vec_free(&t->f.sweep);
  vec_free(&t->f.refined);
  vec_free(&t->f.confirmed);
  json_decref(t->f.request);
  free(t);
  return code;
}

const struct cli_command cli_tune = {
    .name = "tune",
    .summary = "look for better settings of a collector, and confirm them",
    .operands = "WORKLOAD",
    .description =
        "Sweeps the knobs of a collector over a grid that holds the default (three-generation: "
        "the\n"
        "three thresholds; mark-sweep: trigger, growth, heap limit), refines around the best, and\n"
        "names the fastest setting that keeps --max-rss and --max-pause. Fresh interleaved runs\n"
        "against the default then decide whether it is worth a change; \"keep the default\" is an\n"
        "answer. Every setting runs in processes of its own, in seeded random blocks.\n\n"
        "--output (default: out/tune-WORKLOAD-COLLECTOR) gets a run directory per phase, "
        "tune.json\n"
        "with the advice, and heat maps of time, peak memory and pauses.",
    .least = 1,
    .most = 1,
    .options =
        (const struct cli_option *const[]){&option_gc, &option_alloc, &cli_scale, &cli_set,
                                           &option_max_rss, &option_max_pause, &option_budget,
                                           &cli_seed, &cli_output, &cli_resume, &cli_time_limit,
                                           &cli_memory_limit, &cli_format, &cli_quiet, NULL},
    .run = run,
};
