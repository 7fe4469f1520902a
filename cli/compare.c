/* ouro compare: verdicts. */
#include "base/nearest.h"
#include "bench/comparison.h"
#include "cli/cli.h"
#include "cli/table.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const adjustments[] = {"bh", "holm", "none", NULL};
static const struct cli_option option_adjust = {
    .name = "adjust",
    .kind = CLI_CHOICE,
    .argument = "METHOD",
    .fallback = "bh",
    .help = "how p-values are adjusted for the number of rows",
    .choices = adjustments,
};

/* The field's value for people. */
static const char *show_value(const char *field, double value) {
  static char text[2][32];
  static unsigned next;
  if (strstr(field, "_bytes"))
    return table_bytes(value);
  if (strstr(field, "_seconds"))
    return table_seconds(value);
  if (strstr(field, "_ns") || !strcmp(field, "cpu_time") || !strcmp(field, "real_time"))
    return table_seconds(value * 1e-9);
  char *to = text[next++ % 2];
  snprintf(to, 32, "%.4g", value);
  return to;
}

static bool is_time(const char *field) {
  return strstr(field, "_seconds") || strstr(field, "_ns") || strstr(field, "_time");
}

static void add_verdict(struct table *table, const struct comparison_row *r, const char *field,
                        double limit) {
  bool beyond = r->verdict == COMPARISON_HIGHER && limit >= 0 && r->ratio > 1 + limit;
  switch (r->verdict) {
  case COMPARISON_SAME:
    table_text(table, TABLE_FAINT, "no significant difference");
    break;
  case COMPARISON_LOWER:
    table_text(table, TABLE_GOOD, "%s", is_time(field) ? "faster" : "less");
    break;
  case COMPARISON_HIGHER:
    table_text(table, TABLE_BAD, "%s%s", is_time(field) ? "slower" : "more",
               beyond ? ", beyond the limit" : "");
    break;
  case COMPARISON_VOID:
    table_text(table, TABLE_BAD, "void: %s", r->reason);
    break;
  }
}

static void show_rows(const struct comparison *c, const char *field, double limit,
                      enum cli_format format) {
  static const char *const columns[] = {"<workload", "<A",  "<B",   "n",     "A",
                                        "B",         "B/A", "<95%", "shift", "p (adjusted)",
                                        "<verdict",  NULL};
  struct table table;
  table_open(&table, columns);
  for (size_t i = 0; i < c->rows.n; i++) {
    const struct comparison_row *r = &c->rows.items[i];
    table_text(&table, TABLE_PLAIN, "%s/%s", r->row->kind, r->row->workload);
    table_text(&table, TABLE_FAINT, "%s%s%s", r->a.alloc, *r->a.gc ? "/" : "", r->a.gc);
    table_text(&table, TABLE_FAINT, "%s%s%s", r->b.alloc, *r->b.gc ? "/" : "", r->b.gc);
    table_text(&table, TABLE_PLAIN, "%zu+%zu", r->n_a, r->n_b);
    table_number(&table, TABLE_PLAIN, r->median_a, "%s", show_value(field, r->median_a));
    table_number(&table, TABLE_PLAIN, r->median_b, "%s", show_value(field, r->median_b));
    if (isnan(r->ratio)) {
      for (int k = 0; k < 4; k++)
        table_text(&table, TABLE_PLAIN, "-");
    } else {
      table_number(&table, TABLE_PLAIN, r->ratio, "%.3f", r->ratio);
      table_text(&table, TABLE_FAINT, "%.3f-%.3f", r->interval.low, r->interval.high);
      table_number(&table, TABLE_PLAIN, r->shift, "%.3f", r->shift);
      table_number(&table, TABLE_PLAIN, r->adjusted, "%.2g", r->adjusted);
    }
    add_verdict(&table, r, field, limit);
  }
  table_print(&table, format, stdout);
  table_close(&table);
}

static void show_control(const struct results *results, const char *field, FILE *out) {
  struct comparison_control control;
  comparison_control(&control, results, field);
  if (!control.pairs)
    fprintf(out,
            "A/A: %s has no variant under two names; how often equal things come out "
            "different here is not known\n",
            results->directory);
  else
    fprintf(out,
            "A/A in %s: of %zu comparisons of a variant with itself %zu came out different at "
            "p < 0.05 (%.1f expected); 95%% of them were within %.1f%%\n",
            results->directory, control.pairs, control.positives, 0.05 * (double)control.pairs,
            control.spread * 100);
}

/* The summary below the table, and the exit code. */
static int conclude(const struct cli_line *line, const struct comparison *c, const char *field,
                    double limit, FILE *out) {
  size_t counts[4] = {0}, beyond = 0;
  for (size_t i = 0; i < c->rows.n; i++) {
    const struct comparison_row *r = &c->rows.items[i];
    counts[r->verdict]++;
    beyond += r->verdict == COMPARISON_HIGHER && limit >= 0 && r->ratio > 1 + limit;
  }
  fprintf(out, "\n%s, B/A over %zu rows: geometric mean %.3f (95%%: %.3f to %.3f)%s\n", field,
          c->valid, c->ratio, c->interval.low, c->interval.high,
          c->interval.low <= 1 && c->interval.high >= 1 ? ": no significant difference" : "");
  fprintf(out, "%zu rows %s, %zu %s, %zu without a significant difference, %zu void\n",
          counts[COMPARISON_LOWER], is_time(field) ? "faster" : "less", counts[COMPARISON_HIGHER],
          is_time(field) ? "slower" : "more", counts[COMPARISON_SAME], counts[COMPARISON_VOID]);
  if (c->valid && c->least_p >= 0.05)
    fprintf(out,
            "With so few repetitions no row can come out different (least p: %.2g); run more "
            "--repetitions\n",
            c->least_p);
  if (c->only_a || c->only_b)
    cli_complain(line, "not compared: %zu cells are only in A, %zu only in B", c->only_a,
                 c->only_b);
  if (counts[COMPARISON_VOID])
    return CLI_FAILED;
  if (limit >= 0 && (beyond || c->interval.low > 1 + limit)) {
    fprintf(out, "Regression: %zu rows beyond %.1f%%%s\n", beyond, limit * 100,
            c->interval.low > 1 + limit ? ", and the mean" : "");
    return CLI_REGRESSION;
  }
  return CLI_OK;
}

static bool read_run(const struct cli_line *line, struct results *results, const char *directory) {
  char error[512];
  if (results_read(results, directory, error, sizeof error))
    return true;
  cli_complain(line, "%s", error);
  return false;
}

static bool wants(const char *name, void *line) { return cli_matches(line, &cli_filter, name); }

/* Is there a figure of this name in a valid cell, or no valid cell at all? Else a message. */
static bool knows_field(const struct cli_line *line, const struct results *results,
                        const char *field) {
  struct nearest nearest;
  nearest_start(&nearest, field);
  bool any = false;
  for (size_t i = 0; i < results->plan.cells.n; i++) {
    const char *key;
    json_t *value;
    if (results->cells[i].outcome != OUTCOME_ok)
      continue;
    any = true;
    json_object_foreach(results->cells[i].row, key, value) {
      if (json_is_number(value) && !strcmp(key, field))
        return true;
      if (json_is_number(value))
        nearest_try(&nearest, key);
    }
  }
  const char *best = any ? nearest_end(&nearest) : NULL;
  if (any)
    cli_complain(line, "no cell of %s has the figure '%s'%s%s%s", results->directory, field,
                 best ? "; did you mean '" : "; results/schema.md names them", best ? best : "",
                 best ? "'?" : "");
  return !any;
}

static int compare(const struct cli_line *line, struct results *a, struct results *b) {
  const char *field = cli_text(line, &cli_metric);
  if (!knows_field(line, a, field) || (b && !knows_field(line, b, field)))
    return CLI_USAGE;
  double limit = cli_given(line, &cli_limit) ? cli_real(line, &cli_limit) / 100 : -1;
  enum cli_format format = cli_choice(line, &cli_format);
  struct comparison_request request = {.field = field,
                                       .adjust = cli_choice(line, &option_adjust),
                                       .wants = wants,
                                       .context = (void *)(uintptr_t)line};
  struct comparison c;
  char error[512];
  if (b)
    comparison_runs(&c, a, b, &request);
  else if (!comparison_variants(&c, a, line->operands[1], line->operands[2], &request, error,
                                sizeof error)) {
    cli_complain(line, "%s", error);
    return CLI_USAGE;
  }
  int code = CLI_USAGE;
  if (!c.rows.n) {
    cli_complain(line, "there is nothing to compare: no row and variant is in both");
  } else {
    show_rows(&c, field, limit, format);
    /* Machines get the table alone. */
    FILE *out = format == CLI_JSON || format == CLI_CSV ? stderr : stdout;
    code = conclude(line, &c, field, limit, out);
    struct comparison_control control;
    show_control(a, field, out);
    if (b)
      show_control(b, field, out);
    comparison_control(&control, a, field);
    if (cli_flag(line, &cli_strict) && code == CLI_OK &&
        (!control.pairs || (double)control.positives > 0.05 * (double)control.pairs + 1))
      code = CLI_UNSTABLE;
  }
  comparison_close(&c);
  return code;
}

static int run(const struct cli_line *line) {
  struct results a, b;
  bool two = line->n_operands == 2;
  if (!read_run(line, &a, line->operands[0]))
    return CLI_USAGE;
  int code = CLI_USAGE;
  if (!two) {
    code = compare(line, &a, NULL);
  } else if (read_run(line, &b, line->operands[1])) {
    code = compare(line, &a, &b);
    results_close(&b);
  }
  results_close(&a);
  return code;
}

const struct cli_command cli_compare = {
    .name = "compare",
    .summary = "verdicts: two runs, or two variants of one run",
    .operands = "RUN RUN | RUN VARIANT VARIANT",
    .description =
        "Compares run B with run A, or variant B with variant A within one run: pool and malloc "
        "(each\n"
        "under every collector), /none and /mark-sweep (each under every allocator), or pool/none "
        "and\n"
        "malloc/mark-sweep. Per row: medians, the ratio B/A with its 95% interval (BCa bootstrap;\n"
        "within one run paired in blocks), the Hodges-Lehmann shift as a ratio, the Mann-Whitney "
        "p\n"
        "adjusted for the number of rows, and a verdict; \"no significant difference\" is one. "
        "Below:\n"
        "the geometric mean, and how often equal variants came out different in the same run.",
    .least = 2,
    .most = 3,
    .options = (const struct cli_option *const[]){&cli_metric, &cli_filter, &cli_limit,
                                                  &option_adjust, &cli_strict, &cli_format, NULL},
    .run = run,
};
