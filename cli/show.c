/* ouro show: a run as tables. */
#include "cli/show.h"
#include "base/check.h"
#include "bench/statistics.h"
#include "bench/summary.h"
#include "cli/table.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A cell that spent more than this share of its wall time waiting for a CPU was disturbed. */
static const double waited_share = 0.05;

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

static void add_ratio(struct table *table, const struct results *results, const char *kind,
                      const char *field, struct summary_variant v, struct summary_variant base) {
  struct summary_ratio r = summary_compare(results, kind, NULL, field, v, base);
  bool same = !strcmp(v.alloc, base.alloc) && !strcmp(v.gc, base.gc) && v.twin == base.twin;
  if (isnan(r.ratio)) {
    table_text(table, TABLE_BAD, "-");
    table_text(table, TABLE_PLAIN, "%s", "");
    return;
  }
  enum table_style style = !r.differs ? TABLE_FAINT : r.ratio > 1 ? TABLE_BAD : TABLE_GOOD;
  table_number(table, same ? TABLE_PLAIN : style, r.ratio, "%.2f", r.ratio);
  if (same)
    table_text(table, TABLE_FAINT, "= 1");
  else
    table_text(table, TABLE_FAINT, "%.2f-%.2f%s", r.low, r.high, r.differs ? "" : " ~");
}

static void show_kind(const struct results *results, const char *kind, const char *baseline,
                      enum cli_format format) {
  struct summary_variants variants = {0};
  summary_list(results, kind, true, &variants);
  if (!variants.n)
    return;
  struct summary_variant base = choose_baseline(&variants, baseline);
  if (format == CLI_CONSOLE || format == CLI_MD)
    printf("%s: cost relative to %s%s%s, geometric mean over workloads, 95%% intervals\n\n", kind,
           base.alloc, *base.gc ? "/" : "", base.gc);
  static const char *const columns[] = {"<kind",    "<allocator", "<collector",  "CPU time", "<95%",
                                        "peak RSS", "<95%",       "valid cells", "<remarks", NULL};
  struct table table;
  table_open(&table, columns);
  for (size_t i = 0; i < variants.n; i++) {
    struct summary_variant v = variants.items[i];
    struct tally tally = count_variant(results, kind, v);
    table_text(&table, TABLE_FAINT, "%s", kind);
    table_text(&table, TABLE_PLAIN, "%s%s", v.alloc, v.twin ? " (twin)" : "");
    table_text(&table, TABLE_PLAIN, "%s", *v.gc ? v.gc : "-");
    add_ratio(&table, results, kind, "process_cpu_seconds", v, base);
    add_ratio(&table, results, kind, "peak_rss_bytes", v, base);
    table_text(&table, tally.ok == tally.cells ? TABLE_PLAIN : TABLE_BAD, "%zu/%zu", tally.ok,
               tally.cells);
    char remarks[128] = "";
    size_t n = 0;
    if (tally.ok < tally.cells)
      n += (size_t)snprintf(remarks, sizeof remarks, "%zu without a valid row  ",
                            tally.cells - tally.ok);
    if (tally.waited)
      snprintf(remarks + n, sizeof remarks - n, "* %zu waited for a CPU", tally.waited);
    table_text(&table, tally.ok < tally.cells ? TABLE_BAD : TABLE_FAINT, "%s", remarks);
  }
  table_print(&table, format, stdout);
  if (format == CLI_CONSOLE || format == CLI_MD)
    putchar('\n');
  table_close(&table);
  vec_free(&variants);
}

void show_matrix(const struct results *results, const char *baseline, enum cli_format format) {
  if (format == CLI_JSON) {
    json_t *all = results_join(results);
    json_dumpf(all, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(all);
    return;
  }
  static const char *const kinds[] = {"graph", "trace", "ladder", "collect", "mark", "command"};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    show_kind(results, kinds[i], baseline, format);
  if (format == CLI_CONSOLE)
    puts("~ not significantly different from the baseline");
}

int show_problems(const struct results *results, bool quiet) {
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
  return failed ? CLI_FAILED : results->counts[OUTCOME_missing] ? CLI_INCOMPLETE : CLI_OK;
}

/* Median and interval of a field over a variant's repetitions in one row. */
static void add_median(struct table *table, const double *values, size_t n, bool bytes) {
  if (!n) {
    table_text(table, TABLE_BAD, "-");
    table_text(table, TABLE_PLAIN, "%s", "");
    return;
  }
  struct stratum stratum = {values, n};
  double median = statistics_median(values, n);
  struct interval i = statistics_bca(&stratum, 1, statistics_mean_of_medians, 0.95, 1);
  table_number(table, TABLE_PLAIN, median, "%s",
               bytes ? table_bytes(median) : table_seconds(median));
  if (bytes)
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
static void show_rows(const struct cli_line *line, const struct results *results,
                      enum cli_format format) {
  static const char *const columns[] = {"<name", "CPU time", "<95%",     "peak RSS",
                                        "<95%",  "n",        "<remarks", NULL};
  struct table table;
  size_t n_cells = results->plan.cells.n, n_order = 0;
  double *values = calloc(n_cells + 1, sizeof *values);
  size_t *order = calloc(n_cells + 1, sizeof *order);
  if (!values || !order)
    fatal("out of memory");
  for (size_t i = 0; i < n_cells; i++)
    if (is_first(results, i) && cli_matches(line, &cli_filter, results->plan.cells.items[i].name))
      order[n_order++] = i;
  qsort_r(order, n_order, sizeof *order, by_name, results->plan.cells.items);
  table_open(&table, columns);
  for (size_t k = 0; k < n_order; k++) {
    const struct plan_cell *cell = &results->plan.cells.items[order[k]];
    table_text(&table, TABLE_PLAIN, "%s", cell->name);
    size_t n = gather(results, order[k], "process_cpu_seconds", values);
    add_median(&table, values, n, false);
    gather(results, order[k], "peak_rss_bytes", values);
    add_median(&table, values, n, true);
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

static int run(const struct cli_line *line) {
  char error[512];
  struct results results;
  if (!results_read(&results, line->operands[0], error, sizeof error)) {
    cli_complain(line, "%s", error);
    return CLI_USAGE;
  }
  enum cli_format format = cli_choice(line, &cli_format);
  if (format != CLI_JSON && cli_flag(line, &option_rows))
    show_rows(line, &results, format);
  else
    show_matrix(&results, cli_text(line, &cli_baseline), format);
  int code = show_problems(&results, cli_flag(line, &cli_quiet));
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
        "joins\n"
        "all cells into one file of google-benchmark's form. The exit code is the one the run had.",
    .least = 1,
    .most = 1,
    .options = (const struct cli_option *const[]){&option_rows, &cli_filter, &cli_baseline,
                                                  &cli_format, &cli_quiet, NULL},
    .run = run,
};
