/* ouro show: a run as tables. */
#include "cli/show.h"
#include "base/bits.h"
#include "base/check.h"
#include "base/nearest.h"
#include "bench/comparison.h"
#include "bench/preset.h"
#include "bench/statistics.h"
#include "bench/summary.h"
#include "cli/table.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A cell that spent more than this share of its wall time waiting for a CPU was disturbed. */
static const double waited_share = 0.05;
/* With more than this share of such cells a run is unstable under --strict. */
static const double unstable_share = 0.10;
/* What is shown as a matrix, by which figures. Where a program repeats one operation, its own time
 * per operation says more than the process's. */
static const struct {
  const char *kind, *fields[2];
} kinds[] = {
    {"graph", {"process_cpu_seconds", "peak_rss_bytes"}},
    {"python", {"process_cpu_seconds", "peak_rss_bytes"}},
    {"trace", {"cpu_time", "peak_rss_bytes"}},
    {"ladder", {"cpu_time"}},
    {"churn", {"cpu_time"}},
    {"mixed", {"cpu_time"}},
    {"bulk", {"cpu_time", "peak_rss_bytes"}},
    {"cross", {"real_time"}},
    {"collect", {"cpu_time"}},
    {"mark", {"cpu_time"}},
    {"young", {"cpu_time"}},
    {"count", {"cpu_time"}},
};

static const char *field_title(const char *field) {
  return !strcmp(field, "peak_rss_bytes") ? "peak RSS"
         : !strcmp(field, "cpu_time")     ? "CPU time of the work"
         : !strcmp(field, "real_time")    ? "wall time of the work"
                                          : "CPU time";
}

static bool waited(const struct result *r) {
  return results_figure(r, "runqueue_wait_seconds") >
         waited_share * results_figure(r, "process_wall_seconds");
}

static bool is_variant(const struct plan_cell *cell, const char *kind, struct summary_variant v) {
  return !strcmp(cell->row.kind, kind) && !strcmp(cell->alloc, v.alloc) &&
         !strcmp(cell->gc, v.gc) && cell->twin == v.twin;
}

struct tally {
  size_t cells, ok, waited;
};

static struct tally count_variant(const struct results *results, const char *kind,
                                  struct summary_variant v) {
  struct tally tally = {0};
  for (size_t i = 0; i < results->plan.cells.n; i++)
    if (is_variant(&results->plan.cells.items[i], kind, v)) {
      tally.cells++;
      tally.ok += results->cells[i].outcome == OUTCOME_ok;
      tally.waited += waited(&results->cells[i]);
    }
  return tally;
}

/* The variant that a baseline names; without a match the first there is. */
static struct summary_variant choose_baseline(const struct summary_variants *variants,
                                              const char *baseline) {
  const char *named = baseline ? baseline : "malloc/three-generation";
  size_t n = strcspn(named, "/");
  struct summary_variant best = variants->items[0];
  int best_score = -1;
  for (size_t i = 0; i < variants->n; i++) {
    const struct summary_variant *v = &variants->items[i];
    int score = 2 * (strlen(v->alloc) == n && !strncmp(v->alloc, named, n)) +
                (named[n] && !strcmp(v->gc, named + n + 1));
    if (!v->twin && score > best_score)
      best = *v, best_score = score;
  }
  return best;
}

bool show_knows_baseline(const struct plan *plan, const char *baseline) {
  if (!baseline)
    return true;
  char alloc[256];
  snprintf(alloc, sizeof alloc, "%.*s", (int)strcspn(baseline, "/"), baseline);
  const char *gc = baseline[strlen(alloc)] ? baseline + strlen(alloc) + 1 : NULL;
  bool has_alloc = false;
  struct nearest allocs, gcs;
  nearest_start(&allocs, alloc);
  nearest_start(&gcs, gc ? gc : "");
  for (size_t i = 0; i < plan->cells.n; i++) {
    const struct plan_cell *cell = &plan->cells.items[i];
    bool fits = !strcmp(cell->alloc, alloc);
    if (fits && (!gc || !strcmp(cell->gc, gc)))
      return true;
    nearest_try(&allocs, cell->alloc);
    if (fits)
      nearest_try(&gcs, cell->gc);
    has_alloc |= fits;
  }
  const char *best = nearest_end(has_alloc ? &gcs : &allocs);
  fprintf(stderr, "ouro: no variant '%s' to count as 1.00%s%s%s%s%s\n", baseline,
          best ? "; did you mean '" : "", best && has_alloc ? alloc : "",
          best && has_alloc ? "/" : "", best ? best : "", best ? "'?" : "");
  return false;
}

static bool is_same(struct summary_variant a, struct summary_variant b) {
  return !strcmp(a.alloc, b.alloc) && !strcmp(a.gc, b.gc) && a.twin == b.twin;
}

/* One ratio with its marks. */
static void add_ratio(struct table *table, const struct results *results, const char *kind,
                      const char *field, struct summary_variant v, struct summary_variant base) {
  struct tally tally = count_variant(results, kind, v);
  struct summary_ratio r = summary_compare(results, kind, NULL, field, v, base);
  bool failed = tally.ok<tally.cells, often = tally.waited * 2> tally.cells;
  const char *marks = failed ? (often ? " !*" : " !") : often ? " *" : "";
  if (!tally.cells)
    table_text(table, TABLE_FAINT, "-");
  else if (isnan(r.ratio))
    table_text(table, TABLE_BAD, "none%s", marks);
  else if (is_same(v, base))
    table_number(table, TABLE_PLAIN, 1, "1 =%s", marks);
  else
    table_number(table,
                 failed        ? TABLE_BAD
                 : !r.differs  ? TABLE_FAINT
                 : r.ratio < 1 ? TABLE_GOOD
                               : TABLE_PLAIN,
                 r.ratio, "%.2f%s%s", r.ratio, r.differs ? "" : " ~", marks);
}

/* Columns or lines of the matrix: distinct values of alloc or gc, in the order of `order`, then of
 * first appearance. */
struct names {
  VEC(const char *);
};

static void add_name(struct names *names, const char *name) {
  for (size_t i = 0; i < names->n; i++)
    if (!strcmp(names->items[i], name))
      return;
  if (!vec_push(names, name))
    fatal("out of memory");
}

static struct names names_of(const struct summary_variants *variants, bool gc) {
  struct names names = {0}, all = {0};
  for (size_t i = 0; i < variants->n; i++)
    add_name(&all, gc ? variants->items[i].gc : variants->items[i].alloc);
  for (size_t i = 0; preset_order(i); i++)
    for (size_t j = 0; j < all.n; j++)
      if (!strcmp(all.items[j], preset_order(i)))
        add_name(&names, all.items[j]);
  for (size_t j = 0; j < all.n; j++)
    add_name(&names, all.items[j]);
  vec_free(&all);
  return names;
}

/* Allocators down, collectors across, one table per figure. */
static void show_field(const struct results *results, const char *kind, const char *field,
                       const struct names *allocs, const struct names *gcs,
                       struct summary_variant base, enum cli_format format) {
  const char **columns = calloc(gcs->n + 2, sizeof *columns);
  if (!columns)
    fatal("out of memory");
  char title[64];
  snprintf(title, sizeof title, "<%s", field_title(field));
  columns[0] = title;
  for (size_t g = 0; g < gcs->n; g++)
    columns[g + 1] = *gcs->items[g] ? gcs->items[g] : "all";
  struct table table;
  table_open(&table, columns);
  for (size_t a = 0; a < allocs->n; a++) {
    table_text(&table, TABLE_PLAIN, "%s", allocs->items[a]);
    for (size_t g = 0; g < gcs->n; g++)
      add_ratio(&table, results, kind, field,
                (struct summary_variant){allocs->items[a], gcs->items[g], 0}, base);
  }
  table_print(&table, format, stdout);
  putchar('\n');
  table_close(&table);
  free(columns);
}

static void show_control(const struct results *results, const char *field) {
  struct comparison_control control;
  comparison_control(&control, results, field);
  if (control.pairs)
    printf("%s, the same variant under two names: %zu of %zu workloads came out different (p < "
           "0.05); 95%% within %.1f%%\n",
           !strcmp(field, "peak_rss_bytes") ? "Peak RSS" : "CPU time", control.positives,
           control.pairs, control.spread * 100);
}

/* What a process costs before and after the work: the medians of the variants of a kind. */
static void show_start(const struct results *results, const char *kind, const char *what) {
  struct summary_variants variants = {0};
  double *values = calloc(results->plan.cells.n + 1, sizeof *values), low = INFINITY, high = 0;
  if (!values)
    fatal("out of memory");
  summary_list(results, kind, false, &variants);
  for (size_t v = 0; v < variants.n; v++) {
    size_t n = 0;
    for (size_t i = 0; i < results->plan.cells.n; i++) {
      double value = results_figure(&results->cells[i], "process_cpu_seconds");
      if (is_variant(&results->plan.cells.items[i], kind, variants.items[v]) && !isnan(value))
        values[n++] = value;
    }
    double median = statistics_median(values, n);
    low = median < low ? median : low;
    high = median > high ? median : high;
  }
  if (high > 0)
    printf("%s costs %s to %s of CPU time, start and end of the process included\n", what,
           table_seconds(low), table_seconds(high));
  free(values);
  vec_free(&variants);
}

static void show_kind(const struct results *results, const char *kind, const char *const fields[2],
                      const char *baseline, enum cli_format format) {
  struct summary_variants variants = {0};
  summary_list(results, kind, false, &variants);
  if (!variants.n)
    return;
  struct summary_variant base = choose_baseline(&variants, baseline);
  size_t workloads = 0;
  for (size_t i = 0; i < results->plan.cells.n; i++) {
    const struct plan_cell *cell = &results->plan.cells.items[i];
    workloads += is_variant(cell, kind, base) && cell->repetition == 0;
  }
  printf("%s: relative to %s%s%s, geometric mean over %zu workloads, %u processes each\n\n", kind,
         base.alloc, *base.gc ? "/" : "", base.gc, workloads, results->plan.repetitions);
  struct names allocs = names_of(&variants, false), gcs = names_of(&variants, true);
  for (size_t i = 0; i < 2 && fields[i]; i++)
    show_field(results, kind, fields[i], &allocs, &gcs, base, format);
  vec_free(&allocs);
  vec_free(&gcs);
  vec_free(&variants);
}

/* For spreadsheets: one line per variant, with intervals. */
static void show_variants(const struct results *results, const char *baseline,
                          enum cli_format format) {
  static const char *const columns[] = {"<kind",        "<allocator", "<collector",  "twin",
                                        "cpu_ratio",    "cpu_low",    "cpu_high",    "rss_ratio",
                                        "rss_low",      "rss_high",   "valid_cells", "cells",
                                        "waited_cells", NULL};
  struct table table;
  table_open(&table, columns);
  for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
    const char *kind = kinds[k].kind;
    struct summary_variants variants = {0};
    summary_list(results, kind, true, &variants);
    for (size_t i = 0; i < variants.n; i++) {
      struct summary_variant v = variants.items[i], base = choose_baseline(&variants, baseline);
      struct tally tally = count_variant(results, kind, v);
      table_text(&table, TABLE_PLAIN, "%s", kind);
      table_text(&table, TABLE_PLAIN, "%s", v.alloc);
      table_text(&table, TABLE_PLAIN, "%s", v.gc);
      table_number(&table, TABLE_PLAIN, v.twin, "%u", v.twin);
      const char *fields[] = {kinds[k].fields[0], "peak_rss_bytes"};
      for (size_t f = 0; f < 2; f++) {
        struct summary_ratio r = summary_compare(results, kind, NULL, fields[f], v, base);
        table_number(&table, TABLE_PLAIN, r.ratio, "%.4f", r.ratio);
        table_number(&table, TABLE_PLAIN, r.low, "%.4f", r.low);
        table_number(&table, TABLE_PLAIN, r.high, "%.4f", r.high);
      }
      table_number(&table, TABLE_PLAIN, (double)tally.ok, "%zu", tally.ok);
      table_number(&table, TABLE_PLAIN, (double)tally.cells, "%zu", tally.cells);
      table_number(&table, TABLE_PLAIN, (double)tally.waited, "%zu", tally.waited);
    }
    vec_free(&variants);
  }
  table_print(&table, format, stdout);
  table_close(&table);
}

void show_matrix(const struct results *results, const char *baseline, enum cli_format format) {
  if (format == CLI_JSON) {
    json_t *all = results_join(results);
    json_dumpf(all, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(all);
    return;
  }
  if (format == CLI_CSV) {
    show_variants(results, baseline, format);
    return;
  }
  for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
    show_kind(results, kinds[i].kind, kinds[i].fields, baseline, format);
  puts("= the baseline   ~ no significant difference from it   * most cells waited for a CPU   ! "
       "cells "
       "without a valid row");
  show_control(results, "process_cpu_seconds");
  show_control(results, "peak_rss_bytes");
  show_start(results, "start", "An empty workload");
  show_start(results, "python-start", "An empty Python program");
}

int show_problems(const struct results *results, bool quiet, bool strict) {
  size_t failed = 0, disturbed = 0;
  for (size_t i = 0; i < results->plan.cells.n; i++) {
    const struct result *r = &results->cells[i];
    const char *name = results->plan.cells.items[i].name;
    if (r->outcome == OUTCOME_void || (r->outcome == OUTCOME_missing && *r->message))
      fprintf(stderr, "%s %s (repetition %u): %s\n", outcome_name(r->outcome), name,
              results->plan.cells.items[i].repetition, r->message);
    failed += r->outcome != OUTCOME_ok && r->outcome != OUTCOME_missing;
    disturbed += waited(r);
  }
  if (!results->environment)
    fprintf(stderr, "ouro: %s has no readable environment.json: the machine is not known\n",
            results->directory);
  if (failed || results->counts[OUTCOME_missing]) {
    fprintf(stderr, "ouro: of %zu cells", results->plan.cells.n);
    for (int o = 0; o <= OUTCOME_missing; o++)
      if (results->counts[o])
        fprintf(stderr, ", %zu %s", results->counts[o], outcome_name((enum outcome)o));
    fputc('\n', stderr);
  }
  if (disturbed && !quiet)
    fprintf(stderr, "ouro: %zu of %zu cells waited for a CPU for more than %.0f%% of their time\n",
            disturbed, results->plan.cells.n, waited_share * 100);
  if (failed || results->counts[OUTCOME_missing])
    return failed ? CLI_FAILED : CLI_INCOMPLETE;
  if (!strict || (double)disturbed <= unstable_share * (double)results->plan.cells.n)
    return CLI_OK;
  fprintf(stderr, "ouro: unstable: more than %.0f%% of the cells waited\n", unstable_share * 100);
  return CLI_UNSTABLE;
}

/* Median and interval of a field over a variant's repetitions in one row: two columns for people,
 * three numbers for machines. */
static void add_median(struct table *table, const double *values, size_t n, bool bytes,
                       bool machine) {
  if (!n) {
    table_text(table, TABLE_BAD, "-");
    table_text(table, TABLE_PLAIN, "%s", "");
    if (machine)
      table_text(table, TABLE_PLAIN, "%s", "");
    return;
  }
  struct stratum stratum = {values, n};
  double median = statistics_median(values, n);
  struct interval i = statistics_bca(&stratum, 1, statistics_mean_of_medians, 0.95, 1);
  table_number(table, TABLE_PLAIN, median, "%s",
               bytes ? table_bytes(median) : table_seconds(median));
  if (machine) {
    table_number(table, TABLE_PLAIN, i.low, "%g", i.low);
    table_number(table, TABLE_PLAIN, i.high, "%g", i.high);
  } else if (bytes)
    table_text(table, TABLE_FAINT, "%s - %s", table_bytes(i.low), table_bytes(i.high));
  else
    table_text(table, TABLE_FAINT, "%s - %s", table_seconds(i.low), table_seconds(i.high));
}

static size_t gather(const struct results *results, size_t first, const char *field,
                     double *values) {
  const struct plan_cell *cells = results->plan.cells.items, *cell = &cells[first];
  size_t n = 0;
  for (size_t i = first; i < results->plan.cells.n; i++) {
    struct summary_variant v = {cell->alloc, cell->gc, cell->twin};
    if (!is_variant(&cells[i], cell->row.kind, v) || !plan_same_row(&cells[i].row, &cell->row))
      continue;
    double value = results_figure(&results->cells[i], field);
    if (!isnan(value))
      values[n++] = value;
  }
  return n;
}

static bool is_first(const struct results *results, size_t at) {
  const struct plan_cell *cell = &results->plan.cells.items[at];
  return cell->repetition == 0;
}

static int by_name(const void *a, const void *b, void *cells) {
  const struct plan_cell *c = cells;
  return strcmp(c[*(const size_t *)a].name, c[*(const size_t *)b].name);
}

/* One line per row and variant. */
void show_rows(const struct results *results, enum cli_format format,
               bool (*wants)(const char *name, void *context), void *context) {
  static const char *const people[] = {"<name", "CPU time", "<95%",     "peak RSS",
                                       "<95%",  "n",        "<remarks", NULL};
  static const char *const machines[] = {"<name",     "cpu_seconds", "cpu_low",  "cpu_high",
                                         "rss_bytes", "rss_low",     "rss_high", "n",
                                         "<remarks",  NULL};
  bool machine = format == CLI_JSON || format == CLI_CSV;
  struct table table;
  size_t n_cells = results->plan.cells.n, n_order = 0;
  double *values = calloc(n_cells + 1, sizeof *values);
  size_t *order = calloc(n_cells + 1, sizeof *order);
  if (!values || !order)
    fatal("out of memory");
  for (size_t i = 0; i < n_cells; i++)
    if (is_first(results, i) && (!wants || wants(results->plan.cells.items[i].name, context)))
      order[n_order++] = i;
  qsort_r(order, n_order, sizeof *order, by_name, results->plan.cells.items);
  table_open(&table, machine ? machines : people);
  for (size_t k = 0; k < n_order; k++) {
    const struct plan_cell *cell = &results->plan.cells.items[order[k]];
    table_text(&table, TABLE_PLAIN, "%s", cell->name);
    size_t n = gather(results, order[k], "process_cpu_seconds", values);
    add_median(&table, values, n, false, machine);
    gather(results, order[k], "peak_rss_bytes", values);
    add_median(&table, values, n, true, machine);
    table_number(&table, TABLE_PLAIN, (double)n, "%zu", n);
    table_text(&table, n < results->plan.repetitions ? TABLE_BAD : TABLE_PLAIN, "%s",
               n < results->plan.repetitions ? "repetitions are missing or failed" : "");
  }
  table_print(&table, format, stdout);
  table_close(&table);
  free(values);
  free(order);
}

static const struct cli_option option_rows = {
    .name = "rows", .kind = CLI_FLAG, .help = "one line per workload and variant"};

static bool wants(const char *name, void *line) { return cli_matches(line, &cli_filter, name); }

static int run(const struct cli_line *line) {
  char error[512];
  if (cli_given(line, &cli_filter) && !cli_flag(line, &option_rows)) {
    cli_complain(line, "--filter chooses --rows; the means are over all cells");
    return CLI_USAGE;
  }
  struct results results;
  if (!results_read(&results, line->operands[0], error, sizeof error)) {
    cli_complain(line, "%s", error);
    return CLI_USAGE;
  }
  enum cli_format format = cli_choice(line, &cli_format);
  if (!show_knows_baseline(&results.plan, cli_text(line, &cli_baseline))) {
    results_close(&results);
    return CLI_USAGE;
  }
  if (cli_flag(line, &option_rows))
    show_rows(&results, format, wants, (void *)(uintptr_t)line);
  else
    show_matrix(&results, cli_text(line, &cli_baseline), format);
  int code = show_problems(&results, cli_flag(line, &cli_quiet), cli_flag(line, &cli_strict));
  results_close(&results);
  return code;
}

const struct cli_command cli_show = {
    .name = "show",
    .summary = "a run as tables",
    .operands = "RUN",
    .description =
        "Shows a run: what each allocator under each collector costs relative to a baseline, over\n"
        "all workloads; with --rows the medians of every workload and variant. --format=json "
        "without\n"
        "--rows joins all cells into one file of google-benchmark's form. The exit code is the one "
        "the run had.",
    .least = 1,
    .most = 1,
    .options = (const struct cli_option *const[]){&option_rows, &cli_filter, &cli_baseline,
                                                  &cli_format, &cli_quiet, &cli_strict, NULL},
    .run = run,
};
