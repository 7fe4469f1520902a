/* ouro doctor: what on this machine disturbs measurements, what that does to them, and what to do.
 *
 * Settings are read (bench/findings.h), the machine's own noise is measured: with equal pieces of
 * arithmetic (bench/calibration.h), and with equal cells, run as any run does, under two names. */
#include "base/check.h"
#include "bench/calibration.h"
#include "bench/catalogue.h"
#include "bench/environment.h"
#include "bench/findings.h"
#include "bench/runner.h"
#include "bench/statistics.h"
#include "bench/summary.h"
#include "cli/table.h"
#include "os/file.h"
#include "os/pin.h"
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 5, BATCHES = 8 };

static volatile sig_atomic_t stop;
static void on_signal(int number) { stop = number; }

static const char *const forms[] = {"console", "json", "md", NULL};
enum { FORM_CONSOLE, FORM_JSON, FORM_MD };
static const struct cli_option option_format = {.name = "format",
                                                .kind = CLI_CHOICE,
                                                .argument = "FORM",
                                                .fallback = "console",
                                                .help = "form of standard output",
                                                .choices = forms};
static const struct cli_option option_root = {
    .name = "root",
    .kind = CLI_TEXT,
    .argument = "DIR",
    .fallback = "",
    .help = "read /proc and /sys below this folder; nothing is measured then"};
static const struct cli_option option_no_cells = {
    .name = "no-cells", .kind = CLI_FLAG, .help = "leave out what runs cells: allocators and A/A"};
static const struct cli_option option_output = {.name = "output",
                                                .kind = CLI_TEXT,
                                                .argument = "DIR",
                                                .fallback = "out",
                                                .help = "where results would go"};

static void check_spin(struct findings *f, int cpu) {
  struct calibration c;
  calibration_spin(&c, cpu);
  bool noisy = c.cpu_spread > 0.05, some = c.cpu_spread > 0.01;
  finding_add(f,
              noisy  ? FINDING_WARNING
              : some ? FINDING_NOTE
                     : FINDING_FINE,
              "spin",
              some ? "CPU times of equal work differ: small differences need more repetitions" : "",
              some ? "fix the clock, stop neighbours, or raise --repetitions" : "",
              "%d equal pieces of work of %.2g ms: CPU time spreads %.1f%% (p10 to p90), wall time "
              "%.1f%%",
              CALIBRATION_SAMPLES, c.sample_ns * 1e-6, c.cpu_spread * 100, c.wall_spread * 100);
  if (isnan(c.wait_share)) {
    finding_add(f, FINDING_NOTE, "wait", "waiting for a CPU goes unnoticed", "",
                "the kernel does not show how long processes wait");
  } else {
    bool much = c.wait_share > 0.05, little = c.wait_share > 0.01;
    finding_add(f,
                much     ? FINDING_WARNING
                : little ? FINDING_NOTE
                         : FINDING_FINE,
                "wait",
                little ? "wall times, pauses and latencies hold time in which something else ran"
                       : "",
                little ? "stop what runs beside; compare CPU times" : "",
                "waited for the CPU %.1f%% of the time; the longest gap was %.2g ms",
                c.wait_share * 100, c.worst_gap_ns * 1e-6);
  }
  if (isnan(c.steal_share))
    finding_add(f, FINDING_NOTE, "steal", "", "", "too little time passed to see any stolen");
  else
    finding_add(f, c.steal_share > 0.01 ? FINDING_WARNING : FINDING_FINE, "steal",
                c.steal_share > 0.01 ? "the host runs other machines in between: even CPU time "
                                       "may hold that"
                                     : "",
                c.steal_share > 0.01 ? "use a dedicated host" : "", "%.1f%% of the time was stolen",
                c.steal_share * 100);
}

static void check_clock(struct findings *f) {
  double read_ns, step_ns = calibration_timer_ns(&read_ns);
  bool coarse = step_ns > 1000 || read_ns > 500;
  finding_add(f, coarse ? FINDING_WARNING : FINDING_FINE, "timer",
              coarse ? "pauses are rounded, and reading the clock shows in the times" : "",
              coarse ? "boot with clocksource=tsc where it is stable" : "",
              "the clock steps by %.0f ns and takes %.0f ns to read", step_ns, read_ns);
}

static void check_counters(struct findings *f) {
  if (calibration_counters())
    finding_add(f, FINDING_FINE, "counters", "", "", "hardware events can be counted");
  else
    finding_add(f, FINDING_NOTE, "counters", "no instructions or cache misses beside the times",
                errno == EACCES || errno == EPERM ? "sysctl kernel.perf_event_paranoid=1" : "",
                "hardware events can't be counted: %s", strerror(errno));
}

static void check_build(struct findings *f, const struct cli_line *line) {
  struct plan none = {0};
  struct environment_run nothing = {&none, -1, line->operands};
  json_t *environment = environment_describe(&nothing),
         *build = json_object_get(environment, "build");
  const char *type = json_string_value(json_object_get(build, "type")),
             *compiler = json_string_value(json_object_get(build, "compiler"));
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  bool sanitized = true;
#else
  bool sanitized = false;
#endif
#ifdef NDEBUG
  bool checked = false;
#else
  bool checked = true;
#endif
  bool slow = sanitized || checked || strcmp(type, "release") != 0;
  finding_add(f, slow ? FINDING_WARNING : FINDING_FINE, "build",
              slow ? "times are those of the checks, not of allocators and collectors" : "",
              slow ? "meson setup build --buildtype=release" : "", "build type %s%s%s, %s", type,
              sanitized ? ", with sanitizers" : "", checked ? ", with checks" : "", compiler);
  json_decref(environment);
}

static void check_gnuplot(struct findings *f) {
  const char *path = getenv("PATH");
  char program[PATH_MAX];
  for (const char *at = path ? path : ""; *at;) {
    size_t n = strcspn(at, ":");
    snprintf(program, sizeof program, "%.*s/gnuplot", (int)n, at);
    if (access(program, X_OK) == 0) {
      finding_add(f, FINDING_FINE, "gnuplot", "", "", "%s", program);
      return;
    }
    at += n + (at[n] == ':');
  }
  finding_add(f, FINDING_NOTE, "gnuplot", "measuring works, drawing does not",
              "apt-get install gnuplot-nox", "gnuplot is not in PATH");
}

static void check_cpus(struct findings *f, int cpu) {
  int count = pin_count();
  finding_add(f, count < 2 ? FINDING_WARNING : FINDING_FINE, "cpus",
              count < 2 ? "the sampler and everything else run on the measured CPU" : "",
              count < 2 ? "allow this process another CPU" : "",
              "%d CPUs may be used; cells are pinned to CPU %d", count, cpu);
}

struct cells {
  const struct cli_line *line;
  struct catalogue catalogue;
  char folder[PATH_MAX], launcher[PATH_MAX + 32];
  int cpu;
};

static int remove_entry(const char *path, const struct stat *s, int type, struct FTW *where) {
  return remove(path);
}

/* Runs a plan in a folder of its own that is gone afterwards. False with a finding. */
static bool run_plan(struct findings *f, const struct cells *c, struct plan *plan,
                     struct results *results, char directory[PATH_MAX]) {
  char path[PATH_MAX + 16], error[PATH_MAX + 256] = "";
  const char *temporary = getenv("TMPDIR");
  snprintf(directory, PATH_MAX, "%s/ouro-doctor-XXXXXX", temporary ? temporary : "/tmp");
  if (!mkdtemp(directory)) {
    finding_add(f, FINDING_WARNING, "cells", "nothing could be run", "", "%s: %s", directory,
                strerror(errno));
    *directory = 0;
    return false;
  }
  snprintf(path, sizeof path, "%s/plan.json", directory);
  struct runner_request request = {.directory = directory,
                                   .program_folder = c->folder,
                                   .launcher = c->launcher,
                                   .cpu = c->cpu,
                                   .time_limit_seconds = 30,
                                   .stop = &stop};
  bool ok = plan_write(plan, path, error, sizeof error) &&
            runner_run(plan, &request, error, sizeof error) == RUNNER_DONE &&
            results_read(results, directory, error, sizeof error);
  if (!ok && !stop)
    finding_add(f, FINDING_WARNING, "cells", "nothing can be measured", "", "%s", error);
  return ok;
}

static void remove_folder(const char *directory) {
  if (*directory)
    nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *version_of(const json_t *libraries, const char *name) {
  const char *library = strcmp(name, "malloc") ? name : "glibc";
  return json_string_value(json_object_get(json_object_get(libraries, library), "version"));
}

/* One cell of the empty graph under each allocator: what can't be opened says so. */
static void check_allocators(struct findings *f, const struct cells *c) {
  struct plan plan;
  struct plan_row row = {.kind = (char *)(uintptr_t) "graph",
                         .workload = (char *)(uintptr_t) "empty"};
  plan_open(&plan, "doctor", 1, 1);
  size_t i;
  json_t *entry;
  json_array_foreach(c->catalogue.allocators, i, entry) {
    const char *name = json_string_value(json_object_get(entry, "name"));
    if (name && strcmp(name, "lib") && !json_is_true(json_object_get(entry, "layer")))
      plan_add(&plan, &row, name, "refcount", 0);
  }
  plan_freeze(&plan);
  struct environment_run run = {&plan, c->cpu, c->line->operands};
  json_t *environment = environment_describe(&run);
  const json_t *libraries = json_object_get(environment, "libraries");
  struct results results;
  char directory[PATH_MAX], known[1024] = "";
  if (run_plan(f, c, &plan, &results, directory)) {
    for (i = 0; i < results.plan.cells.n; i++) {
      const char *alloc = results.plan.cells.items[i].alloc,
                 *version = version_of(libraries, alloc);
      size_t n = strlen(known);
      if (results.cells[i].outcome == OUTCOME_ok)
        snprintf(known + n, sizeof known - n, "%s%s%s%s", n ? ", " : "", alloc, version ? " " : "",
                 version ? version : "");
      else
        finding_add(f, FINDING_WARNING, "allocator", "its cells fail",
                    "install its package (./run.sh does)", "%s does not work: %s", alloc,
                    results.cells[i].message);
    }
    if (*known)
      finding_add(f, FINDING_FINE, "allocators", "", "", "%s", known);
    results_close(&results);
  }
  remove_folder(directory);
  json_decref(environment);
  plan_close(&plan);
}

/* The figures of one of the two names, in order of repetition. */
static size_t collect(const struct results *results, unsigned twin, double *values) {
  size_t n = 0;
  for (unsigned repetition = 0; repetition < results->plan.repetitions; repetition++)
    for (size_t i = 0; i < results->plan.cells.n; i++) {
      const struct plan_cell *cell = &results->plan.cells.items[i];
      if (cell->twin == twin && cell->repetition == repetition)
        values[n++] = results_figure(&results->cells[i], "process_cpu_seconds");
    }
  return n;
}

/* A/A: the same variant under two names, as many small comparisons. */
static void judge_twins(struct findings *f, const struct results *results) {
  double a[BATCH * BATCHES], b[BATCH * BATCHES], off[BATCH * BATCHES], shares[BATCHES];
  size_t n = collect(results, 0, a), different = 0;
  if (results->counts[OUTCOME_ok] != results->plan.cells.n || collect(results, 1, b) != n) {
    finding_add(f, FINDING_WARNING, "noise", "nothing can be compared", "",
                "A/A: %zu of %zu cells failed", results->plan.cells.n - results->counts[OUTCOME_ok],
                results->plan.cells.n);
    return;
  }
  for (size_t i = 0; i < n; i++)
    off[i] = fabs(a[i] / b[i] - 1);
  for (size_t i = 0; i < BATCHES; i++) {
    different += statistics_mann_whitney(a + i * BATCH, BATCH, b + i * BATCH, BATCH).p < 0.05;
    shares[i] =
        fabs(statistics_median(a + i * BATCH, BATCH) / statistics_median(b + i * BATCH, BATCH) - 1);
  }
  double floor = statistics_quantile(shares, BATCHES, 1), pairs = statistics_quantile(off, n, 0.95);
  bool noisy = floor > 0.05 || different > 2, some = floor > 0.02 || different > 1;
  finding_add(f,
              noisy  ? FINDING_WARNING
              : some ? FINDING_NOTE
                     : FINDING_FINE,
              "noise", some ? "differences below this are the machine's" : "",
              some ? "more --repetitions, and the remedies above" : "",
              "A/A: the same cells under two names, %d comparisons of %d against %d: medians up to "
              "%.1f%% apart, single pairs within %.1f%% (95%%), %zu came out different (p < 0.05)",
              BATCHES, BATCH, BATCH, floor * 100, pairs * 100, different);
}

static void check_noise(struct findings *f, const struct cells *c) {
  struct plan plan;
  struct results results;
  char directory[PATH_MAX];
  struct plan_row row = {.kind = (char *)(uintptr_t) "graph",
                         .workload = (char *)(uintptr_t) "binary-trees"};
  plan_parameter_set(&row.parameters, "scale", "0.5");
  plan_open(&plan, "doctor", 1, BATCH * BATCHES);
  plan_add(&plan, &row, "malloc", "refcount", 0);
  plan_add(&plan, &row, "malloc", "refcount", 1);
  plan_freeze(&plan);
  if (run_plan(f, c, &plan, &results, directory)) {
    judge_twins(f, &results);
    results_close(&results);
  }
  remove_folder(directory);
  plan_parameters_free(&row.parameters);
  plan_close(&plan);
}

static void check_cells(struct findings *f, const struct cli_line *line, int cpu) {
  char error[512] = "cannot find out where this program is";
  struct cells *c = calloc(1, sizeof *c);
  if (!c)
    fatal("out of memory");
  c->line = line;
  c->cpu = cpu;
  if (!file_program_folder(c->folder, sizeof c->folder) ||
      !catalogue_read(&c->catalogue, c->folder, error, sizeof error)) {
    finding_add(f, FINDING_WARNING, "cells", "nothing can be measured", "", "%s", error);
  } else {
    snprintf(c->launcher, sizeof c->launcher, "%s/../libexec/ouro-cell", c->folder);
    check_allocators(f, c);
    if (!stop)
      check_noise(f, c);
    catalogue_close(&c->catalogue);
  }
  free(c);
}

static void print_table(const struct findings *f) {
  static const char *const columns[] = {"<", "<subject", "<found", "<effect", "<remedy", NULL};
  struct table table;
  table_open(&table, columns);
  for (size_t i = 0; i < f->n; i++) {
    const struct finding *finding = &f->items[i];
    table_text(&table, TABLE_PLAIN, "%s", finding_level_name(finding->level));
    table_text(&table, TABLE_PLAIN, "%s", finding->subject);
    table_text(&table, TABLE_PLAIN, "%s", finding->found);
    table_text(&table, TABLE_PLAIN, "%s", finding->effect);
    table_text(&table, TABLE_PLAIN, "%s", finding->remedy);
  }
  table_print(&table, CLI_MD, stdout);
  table_close(&table);
}

/* Warnings first: what is fine is there to show what was looked at. */
static void print_list(const struct findings *f) {
  static const char *const colours[] = {"", "\033[33m", "\033[31m"};
  bool coloured = cli_colours(1);
  for (int level = FINDING_WARNING; level >= FINDING_FINE; level--)
    for (size_t i = 0; i < f->n; i++) {
      const struct finding *finding = &f->items[i];
      if ((int)finding->level != level)
        continue;
      printf("%s%-8s%s%-14s%s\n", coloured ? colours[level] : "",
             finding_level_name(finding->level), coloured && level ? "\033[0m" : "",
             finding->subject, finding->found);
      if (*finding->effect)
        printf("%22s%s\n", "", finding->effect);
      if (*finding->remedy)
        printf("%22s> %s\n", "", finding->remedy);
    }
  printf("\n%zu warnings, %zu notes, %zu fine\n", findings_count(f, FINDING_WARNING),
         findings_count(f, FINDING_NOTE), findings_count(f, FINDING_FINE));
}

static void print_json(const struct findings *f) {
  json_t *json =
      json_pack("{s:s, s:i, s:I, s:I, s:o}", "format", "ouroboros-doctor", "version", 1, "warnings",
                (json_int_t)findings_count(f, FINDING_WARNING), "notes",
                (json_int_t)findings_count(f, FINDING_NOTE), "findings", findings_to_json(f));
  if (!json)
    fatal("out of memory");
  json_dumpf(json, stdout, JSON_INDENT(1));
  putchar('\n');
  json_decref(json);
}

extern char **environ;

static int run(const struct cli_line *line) {
  struct findings f = {0};
  const char *root = cli_text(line, &option_root);
  bool here = !*root;
  int cpu = pin_choose();
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  if (!here && access(root, R_OK | X_OK) != 0) {
    cli_complain(line, "%s: %s", root, strerror(errno));
    return CLI_USAGE;
  }
  findings_cpu(&f, root);
  findings_memory(&f, root);
  findings_knobs(&f, environ);
  findings_space(&f, cli_text(line, &option_output));
  check_build(&f, line);
  check_gnuplot(&f);
  if (here) {
    check_cpus(&f, cpu);
    check_clock(&f);
    check_counters(&f);
    check_spin(&f, cpu);
    if (!cli_flag(line, &option_no_cells))
      check_cells(&f, line, cpu);
  }
  unsigned form = cli_flag(line, &cli_json) ? FORM_JSON : cli_choice(line, &option_format);
  if (form == FORM_JSON)
    print_json(&f);
  else if (form == FORM_MD)
    print_table(&f);
  else
    print_list(&f);
  bool warned = findings_count(&f, FINDING_WARNING) > 0;
  findings_free(&f);
  if (stop)
    return CLI_INTERRUPTED;
  return warned && cli_flag(line, &cli_strict) ? CLI_UNSTABLE : CLI_OK;
}

const struct cli_command cli_doctor = {
    .name = "doctor",
    .summary = "what on this machine disturbs measurements, and what to do",
    .operands = "",
    .description =
        "Looks at clock, load, memory and environment, times equal pieces of work, opens every\n"
        "allocator, and runs the same cells under two names: how far apart these come out is the\n"
        "least difference that can be believed here. Takes some seconds. Nothing is changed: the\n"
        "remedies are for you to type. With --strict, warnings end in exit code 4.",
    .options =
        (const struct cli_option *const[]){&option_format, &cli_json, &cli_strict, &option_no_cells,
                                           &option_root, &option_output, NULL},
    .run = run,
};
