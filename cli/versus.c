/* ouro versus: Python programs by ouropy and by CPython, in pairs. */
#include "bench/versus.h"
#include "base/check.h"
#include "bench/command.h"
#include "cli/figures.h"
#include "cli/measure.h"
#include "cli/show.h"
#include "cli/table.h"
#include "os/file.h"
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct cli_option option_alloc = {.name = "alloc",
                                               .kind = CLI_TEXT,
                                               .argument = "SPEC",
                                               .fallback = "magazine-inline",
                                               .help = "allocators of ouropy",
                                               .many = true};
static const struct cli_option option_gc = {
    .name = "gc",
    .kind = CLI_TEXT,
    .argument = "SPEC",
    .help = "collectors of ouropy (default: three-generation and mark-sweep)",
    .many = true};
static const struct cli_option option_python = {.name = "python",
                                                .kind = CLI_TEXT,
                                                .argument = "PATH",
                                                .fallback = COMMAND_CPYTHON_PATH,
                                                .help = "the CPython to compare with"};
static const struct cli_option option_scale = {.name = "scale",
                                               .kind = CLI_REAL,
                                               .argument = "X",
                                               .fallback = "1",
                                               .help = "size of the programs: 1 is about 0.4 s "
                                                       "of CPython's time",
                                               .least = 1e-6,
                                               .most = 1e6};
static const struct cli_option option_repetitions = {.name = "repetitions",
                                                     .kind = CLI_COUNT,
                                                     .argument = "N",
                                                     .fallback = "9",
                                                     .help = "pairs of fresh processes per program",
                                                     .least = 1,
                                                     .most = 10000};

static bool wants(const char *name, void *line) { return cli_matches(line, &cli_filter, name); }

static void push(struct preset_words *words, const char *word) {
  if (!vec_push(words, word))
    fatal("out of memory");
}

static bool make_plan(const struct cli_line *line, const char *folder, struct plan *plan) {
  static char cpython[PATH_MAX + 16];
  char error[512];
  const char *path = cli_text(line, &option_python), *word;
  if (!strchr(path, '/') || access(path, X_OK) != 0) {
    cli_complain(line, "--python=%s: %s", path,
                 strchr(path, '/') ? strerror(errno) : "wants a path, such as /usr/bin/python3");
    return false;
  }
  bool standard = !strcmp(path, COMMAND_CPYTHON_PATH);
  snprintf(cpython, sizeof cpython, standard ? "%s" : "%s:%s", COMMAND_CPYTHON, path);
  struct versus_request request = {.cpython = cpython,
                                   .seed = cli_count(line, &cli_seed),
                                   .repetitions = (unsigned)cli_count(line, &option_repetitions),
                                   .scale = cli_real(line, &option_scale),
                                   .wants = wants,
                                   .context = (void *)(uintptr_t)line};
  for (unsigned i = 0; i < line->n_operands; i++)
    push(&request.programs, line->operands[i]);
  for (unsigned i = 0; (word = cli_each(line, &option_alloc, i)); i++)
    push(&request.allocs, word);
  for (unsigned i = 0; (word = cli_each(line, &option_gc, i)); i++)
    push(&request.gcs, word);
  if (!request.allocs.n)
    push(&request.allocs, option_alloc.fallback);
  if (!request.gcs.n) {
    push(&request.gcs, "three-generation");
    push(&request.gcs, "mark-sweep");
  }
  struct catalogue catalogue;
  bool ok = catalogue_read(&catalogue, folder, error, sizeof error);
  if (ok) {
    ok = versus_plan(plan, &request, &catalogue, error, sizeof error);
    catalogue_close(&catalogue);
  }
  vec_free(&request.programs);
  vec_free(&request.allocs);
  vec_free(&request.gcs);
  if (!ok)
    cli_complain(line, "%s", error);
  return ok;
}

/* ---- the table ---- */

enum { COLUMNS_FIXED = 3, COLUMNS_EACH = 4 };

static const struct comparison *part(const struct versus *v, size_t pairing, bool start) {
  return start ? &v->pairings.items[pairing].start : &v->pairings.items[pairing].programs;
}

/* What a pairing says about a program; NULL where it has no such row. */
static const struct comparison_row *find_row(const struct comparison *c,
                                             const struct plan_row *row) {
  for (size_t i = 0; i < c->rows.n; i++)
    if (plan_same_row(c->rows.items[i].row, row))
      return &c->rows.items[i];
  return NULL;
}

static void add_pairing(struct table *table, const struct comparison_row *r) {
  if (!r || r->verdict == COMPARISON_VOID) {
    table_text(table, TABLE_BAD, r ? "void" : "-");
    table_text(table, TABLE_PLAIN, "-");
    table_text(table, TABLE_PLAIN, "-");
    table_text(table, TABLE_PLAIN, "-");
    return;
  }
  enum table_style style = r->verdict == COMPARISON_HIGHER  ? TABLE_GOOD
                           : r->verdict == COMPARISON_LOWER ? TABLE_BAD
                                                            : TABLE_FAINT;
  table_number(table, TABLE_PLAIN, r->median_a, "%s", table_seconds(r->median_a));
  table_number(table, style, r->ratio, "%.2f", r->ratio);
  table_number(table, TABLE_FAINT, r->interval.low, "%.2f", r->interval.low);
  table_number(table, TABLE_FAINT, r->interval.high, "%.2f", r->interval.high);
}

static void add_rows(struct table *table, const struct versus *v, bool start) {
  const struct comparison *first = part(v, 0, start);
  for (size_t i = 0; i < first->rows.n; i++) {
    const struct comparison_row *any = &first->rows.items[i];
    size_t pairs = any->n_ratios;
    double cpython = any->median_b;
    for (size_t p = 1; p < v->pairings.n; p++) {
      const struct comparison_row *r = find_row(part(v, p, start), any->row);
      if (r && isnan(cpython))
        cpython = r->median_b;
      pairs = r && r->n_ratios > pairs ? r->n_ratios : pairs;
    }
    table_text(table, TABLE_PLAIN, "%s", any->row->workload);
    table_number(table, TABLE_PLAIN, (double)pairs, "%zu", pairs);
    table_number(table, TABLE_PLAIN, cpython, "%s", table_seconds(cpython));
    for (size_t p = 0; p < v->pairings.n; p++)
      add_pairing(table, find_row(part(v, p, start), any->row));
  }
}

static void add_means(struct table *table, const struct versus *v) {
  size_t least = SIZE_MAX;
  for (size_t p = 0; p < v->pairings.n; p++)
    least =
        v->pairings.items[p].programs.valid < least ? v->pairings.items[p].programs.valid : least;
  table_text(table, TABLE_PLAIN, "geometric mean");
  table_number(table, TABLE_PLAIN, (double)least, "%zu", least);
  table_text(table, TABLE_PLAIN, "%s", "");
  for (size_t p = 0; p < v->pairings.n; p++) {
    const struct comparison *c = &v->pairings.items[p].programs;
    table_text(table, TABLE_PLAIN, "%s", "");
    if (!c->valid) {
      for (size_t k = 1; k < COLUMNS_EACH; k++)
        table_text(table, TABLE_PLAIN, "-");
      continue;
    }
    table_number(table, TABLE_PLAIN, c->ratio, "%.2f", c->ratio);
    table_number(table, TABLE_FAINT, c->interval.low, "%.2f", c->interval.low);
    table_number(table, TABLE_FAINT, c->interval.high, "%.2f", c->interval.high);
  }
}

static void show_table(const struct versus *v, enum cli_format format) {
  size_t n = COLUMNS_FIXED + COLUMNS_EACH * v->pairings.n;
  const char **columns = calloc(n + 1, sizeof *columns);
  char(*texts)[300] = calloc(n, sizeof *texts);
  if (!columns || !texts)
    fatal("out of memory");
  /* For people the heading stands once; machines want a name for every column. */
  static const char *const brief[COLUMNS_EACH] = {"", "x", "low", "high"};
  static const char *const full[COLUMNS_EACH] = {"", " times as fast", " low", " high"};
  bool machine = format == CLI_JSON || format == CLI_CSV;
  columns[0] = "<program";
  columns[1] = "pairs";
  columns[2] = v->cpython.gc;
  for (size_t p = 0; p < v->pairings.n; p++)
    for (size_t k = 0; k < COLUMNS_EACH; k++) {
      size_t at = COLUMNS_FIXED + p * COLUMNS_EACH + k;
      snprintf(texts[at], sizeof texts[at], "%s%s", k == 0 || machine ? versus_name(v, p) : "",
               machine ? full[k] : brief[k]);
      columns[at] = texts[at];
    }
  struct table table;
  table_open(&table, columns);
  add_rows(&table, v, false);
  add_rows(&table, v, true);
  if (format == CLI_CONSOLE || format == CLI_MD)
    add_means(&table, v);
  table_print(&table, format, stdout);
  table_close(&table);
  free(texts);
  free(columns);
}

static void show_means(const struct versus *v, const struct results *results, FILE *out) {
  fprintf(out,
          "\nCPU time of %s by that of ouropy: above 1 ouropy is so many times as fast. "
          "Medians of pairs with 95%% intervals; %u pairs, seed %llu.\n%s\n",
          v->cpython.gc, results->plan.repetitions, (unsigned long long)results->plan.seed,
          figure_machine(results));
  for (size_t p = 0; p < v->pairings.n; p++) {
    const struct comparison *c = &v->pairings.items[p].programs;
    if (!c->valid) {
      fprintf(out, "%s: no program ran validly by both\n", versus_name(v, p));
      continue;
    }
    size_t faster = 0, slower = 0;
    for (size_t i = 0; i < c->rows.n; i++) {
      faster += c->rows.items[i].verdict == COMPARISON_HIGHER;
      slower += c->rows.items[i].verdict == COMPARISON_LOWER;
    }
    fprintf(out,
            "%s: geometric mean over %zu programs %.2f times as fast (95%%: %.2f to %.2f); %zu "
            "faster, %zu slower, %zu without a significant difference, %zu void\n",
            versus_name(v, p), c->valid, c->ratio, c->interval.low, c->interval.high, faster,
            slower, c->valid - faster - slower, c->rows.n - c->valid);
    if (c->least_p >= 0.05)
      fprintf(out, "With so few pairs no program can come out different; run more --repetitions\n");
  }
}

static void draw(const struct measure *m, const struct results *results) {
  char folder[PATH_MAX + 16], error[900];
  snprintf(folder, sizeof folder, "%s/plots", m->directory);
  mkdir(folder, 0777);
  struct figure_request request = {.results = results,
                                   .output = folder,
                                   .baseline = "malloc",
                                   .gc = "three-generation",
                                   .templates = figure_templates()};
  int drawn = figures_draw(&request, "versus", error, sizeof error);
  if (drawn < 0)
    cli_complain(m->line, "%s", error);
  else if (drawn && !cli_flag(m->line, &cli_quiet))
    fprintf(stderr, "Picture: %s/versus.svg, .png\n", folder);
}

static int finish(const struct measure *m, enum runner_end end, const char *message) {
  char error[512];
  struct results results;
  if (!results_read(&results, m->directory, error, sizeof error)) {
    cli_complain(m->line, "%s", error);
    return CLI_INCOMPLETE;
  }
  enum cli_format format = cli_choice(m->line, &cli_format);
  struct versus versus;
  bool any = versus_read(&versus, &results);
  if (!any)
    cli_complain(m->line, "%s holds no programs by both", m->directory);
  if (end == RUNNER_DONE && any) {
    show_table(&versus, format);
    show_means(&versus, &results, format == CLI_CONSOLE || format == CLI_MD ? stdout : stderr);
    draw(m, &results);
  }
  versus_close(&versus);
  int code = show_problems(&results, cli_flag(m->line, &cli_quiet), cli_flag(m->line, &cli_strict));
  size_t kept = results.plan.cells.n - results.counts[OUTCOME_missing];
  if (end != RUNNER_DONE)
    code = measure_cut_short(m, end, kept, results.plan.cells.n, message);
  results_close(&results);
  return any ? code : CLI_USAGE;
}

static bool asked(const struct cli_line *line) {
  return line->n_operands || cli_given(line, &cli_filter) || cli_given(line, &cli_seed) ||
         cli_given(line, &option_repetitions) || cli_given(line, &option_alloc) ||
         cli_given(line, &option_gc) || cli_given(line, &option_scale) ||
         cli_given(line, &option_python);
}

static int run(const struct cli_line *line) {
  char folder[PATH_MAX];
  if (!file_program_folder(folder, sizeof folder)) {
    cli_complain(line, "cannot find out where this program is");
    return CLI_USAGE;
  }
  struct plan plan;
  const char *output = cli_text(line, &cli_output);
  struct measure m = {.line = line,
                      .plan = &plan,
                      .folder = folder,
                      .directory = output ? output : "out/versus",
                      .asked = asked(line)};
  if (!measure_read_cpu(line, &m.cpu) || !make_plan(line, folder, &plan))
    return CLI_USAGE;
  int code = CLI_OK;
  if (cli_flag(line, &cli_dry_run))
    measure_show_plan(&plan, 0, 0, cli_choice(line, &cli_format));
  else
    code = measure_run(&m, finish);
  plan_close(&plan);
  return code;
}

extern const struct cli_command cli_versus;
const struct cli_command cli_versus = {
    .name = "versus",
    .summary = "Python programs by ouropy and by CPython, in pairs",
    .operands = "[PROGRAM ...]",
    .description =
        "Runs the suite's Python programs (all, or those named) by an installed CPython and by\n"
        "ouropy under each collector, each in a process of its own, in seeded random order next "
        "to\n"
        "each other, and tells for each program how many times as fast ouropy is: the median of\n"
        "the ratios of CPU time within pairs, with a 95% interval, and over all programs the\n"
        "geometric mean. A program whose checksums differ is void. `empty` is start-up; it is in "
        "no\n"
        "mean. The run is kept in --output (default: out/versus), with a picture in plots/; the\n"
        "same command with --resume goes on with it, or shows it again.",
    .most = UINT_MAX,
    .options =
        (const struct cli_option *const[]){&option_gc, &option_alloc, &option_python, &option_scale,
                                           &option_repetitions, &cli_seed, &cli_filter, &cli_output,
                                           &cli_resume, &cli_dry_run, &cli_cpu, &cli_time_limit,
                                           &cli_memory_limit, &cli_sample, &cli_format, &cli_quiet,
                                           &cli_strict, NULL},
    .run = run,
};
