/* What tuning says: the table, the advice in words, and tune.json. */
#include "base/check.h"
#include "cli/table.h"
#include "cli/tune.h"
#include "os/file.h"
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct words {
  char text[4000];
  size_t n;
};

__attribute__((format(printf, 2, 3))) static void say(struct words *words, const char *format,
                                                      ...) {
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(words->text + words->n, sizeof words->text - words->n, format, arguments);
  va_end(arguments);
  words->n += n < 0 ? 0 : (size_t)n;
  if (words->n >= sizeof words->text)
    words->n = sizeof words->text - 1;
}

static bool has_thresholds(const struct tune_findings *f) { return !f->grid.axes[0].bytes; }

static const struct advice_measured *at(const struct advice_list *list, long i) {
  return i < 0 ? NULL : &list->items[i];
}

/* The setting that the verdict is to use, or NULL. */
static const struct advice_measured *advised(const struct tune_findings *f) {
  switch (f->verdict) {
  case ADVICE_use:
  case ADVICE_comply:
    return f->contender;
  case ADVICE_keep:
    return f->fallback ? f->fallback : at(&f->refined, f->choice.fallback);
  case ADVICE_broken:
  case ADVICE_none:
    break;
  }
  return NULL;
}

static double percent(double ratio) { return fabs(ratio - 1) * 100; }

static void say_interval(struct words *w, const struct advice_confirmation *c) {
  say(w, "(ratio %.3f, 95%% interval %.3f to %.3f, %zu pairs of fresh processes)", c->ratio, c->low,
      c->high, c->pairs);
}

static void say_twin(struct words *w, const struct advice_confirmation *c) {
  say(w,
      "The default under two names came out at %.3f of itself (%.3f to %.3f) in the same blocks: a "
      "gain counts from %.1f%%.\n",
      c->twin_ratio, c->twin_low, c->twin_high, advice_least_gain(c) * 100);
}

static void say_limits(struct words *w, const struct tune_findings *f) {
  if (f->limits.rss_bytes > 0)
    say(w, "peak RSS up to %s", table_bytes(f->limits.rss_bytes));
  if (f->limits.rss_bytes > 0 && f->limits.pause_ns > 0)
    say(w, ", ");
  if (f->limits.pause_ns > 0)
    say(w, "p99 pause up to %s", table_seconds(f->limits.pause_ns * 1e-9));
}

static void say_figures(struct words *w, const struct advice_measured *m) {
  say(w, "peak RSS %s, p99 pause %s, CPU time %s", table_bytes(m->rss_bytes),
      table_seconds(m->pause_ns * 1e-9), table_seconds(m->cpu_seconds));
}

/* What the contender costs beside time, from the confirmation. */
static void say_costs(struct words *w, const struct tune_findings *f) {
  const struct advice_measured *c = f->contender, *d = f->fallback;
  say(w, "Peak RSS: %s instead of %s", table_bytes(c->rss_bytes), table_bytes(d->rss_bytes));
  if (f->rss_ratio > 0)
    say(w, " (%+.1f%%)", (f->rss_ratio - 1) * 100);
  say(w, ". p99 pause: %s instead of %s, over %.0f collections instead of %.0f.\n",
      table_seconds(c->pause_ns * 1e-9), table_seconds(d->pause_ns * 1e-9), c->pauses, d->pauses);
  if (c->pauses < 1 && d->pauses >= 1)
    say(w,
        "Under it the collector never ran: here nothing was lost by that, but a program that makes "
        "%s for longer would keep them until it does.\n",
        has_thresholds(f) ? "cycles" : "dead objects");
  else if (c->pauses < 100)
    say(w, "With so few collections the 99th percentile is the longest pause.\n");
}

static void say_keep(struct words *w, const struct tune_findings *f, const char *spec) {
  const struct advice_confirmation *c = &f->confirmation;
  say(w, "Keep the default. ");
  if (!c->ran) {
    say(w, f->choice.contender < 0
               ? "No other setting that was tried keeps the limits.\n"
               : "No other setting that was tried was faster in the second look.\n");
    return;
  }
  say(w, "The contender, %s, ", spec);
  if (!c->contender_allowed)
    say(w, "kept the limits at first, but not in the confirmation");
  else if (c->low <= 1 && c->high >= 1)
    say(w, "can't be told from it in CPU time");
  else if (c->ratio > 1)
    say(w, "turned out slower");
  else
    say(w, "comes out %.1f%% faster, less than the %.1f%% that count", percent(c->ratio),
        advice_least_gain(c) * 100);
  say(w, " ");
  say_interval(w, c);
  say(w, ".\n");
  say_twin(w, c);
}

static void say_use(struct words *w, const struct tune_findings *f, const char *spec) {
  if (f->verdict == ADVICE_use) {
    say(w, "Use %s: %.1f%% less CPU time than the default ", spec, percent(f->confirmation.ratio));
    say_interval(w, &f->confirmation);
    say(w, ".\n");
  } else {
    say(w, "The default breaks the limits (");
    say_limits(w, f);
    say(w, "). Use %s: it keeps them, with %.1f%% %s CPU time ", spec,
        percent(f->confirmation.ratio), f->confirmation.ratio > 1 ? "more" : "less");
    say_interval(w, &f->confirmation);
    say(w, ".\n");
  }
  say_costs(w, f);
  say_twin(w, &f->confirmation);
}

static void say_refusal(struct words *w, const struct tune_findings *f, const char *spec) {
  if (f->verdict == ADVICE_broken) {
    say(w,
        "The default breaks the limits, and the best setting found, %s, kept them at first, but "
        "not in the confirmation: ",
        spec);
    say_figures(w, f->contender);
    say(w, " (limits: ");
    say_limits(w, f);
    say(w, "). It is too close to them to rely on.\n");
    return;
  }
  const struct advice_measured *near = at(&f->refined, f->choice.nearest);
  char nearest[GRID_SPEC_BYTES];
  say(w, "No setting that was tried keeps the limits: ");
  say_limits(w, f);
  say(w, ".\n");
  if (near) {
    grid_spec(&f->grid, near->setting, nearest);
    say(w, "Nearest is %s: ", nearest);
    say_figures(w, near);
    say(w, ".\n");
  }
}

/* How to apply it, and what it stands for. */
static void say_application(struct words *w, const struct tune_findings *f) {
  const struct advice_measured *m = advised(f);
  if (m && f->verdict != ADVICE_keep) {
    char spec[GRID_SPEC_BYTES];
    const double *v = m->setting.values;
    grid_spec(&f->grid, m->setting, spec);
    say(w, "\n    --gc=%s\n", spec);
    if (has_thresholds(f))
      say(w, "    gc.set_threshold(%.0f, %.0f, %.0f)\n", v[0], v[1], v[2]);
  }
  say(w, "\nThis stands for %s (%s) at scale %s under %s, on this machine. ", f->workload,
      f->summary, f->scale, f->alloc);
  if (has_thresholds(f))
    say(w, "Thresholds count objects, so the best ones move with how many live at once and how "
           "many die in cycles; high ones put off collecting cycles, and a program that runs "
           "longer than this workload holds more of them. ");
  else
    say(w, "Budgets in bytes move with the size of the live heap. ");
  say(w, "Measure your own program before you change it.\n");
}

static void describe(const struct tune_findings *f, struct words *w) {
  char spec[GRID_SPEC_BYTES] = "";
  *w = (struct words){0};
  if (f->contender)
    grid_spec(&f->grid, f->contender->setting, spec);
  switch (f->verdict) {
  case ADVICE_use:
  case ADVICE_comply:
    say_use(w, f, spec);
    break;
  case ADVICE_keep:
    say_keep(w, f, spec);
    break;
  case ADVICE_broken:
  case ADVICE_none:
    say_refusal(w, f, spec);
    break;
  }
  say_application(w, f);
}

static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

static void add_measured(json_t *array, const struct tune_findings *f, const char *phase,
                         const struct advice_list *list) {
  for (size_t i = 0; i < list->n; i++) {
    const struct advice_measured *m = &list->items[i];
    char spec[GRID_SPEC_BYTES];
    grid_spec(&f->grid, m->setting, spec);
    json_t *values = json_object();
    for (size_t a = 0; a < GRID_AXES; a++)
      json_object_set_new(values, f->grid.axes[a].name, json_real(m->setting.values[a]));
    json_array_append_new(
        array, json_pack("{s:s, s:s, s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:b, s:b}", "phase", phase,
                         "gc", spec, "values", values, "status", outcome_name(m->outcome), "n",
                         (json_int_t)m->n, "process_cpu_seconds", number(m->cpu_seconds),
                         "peak_rss_bytes", number(m->rss_bytes), "gc_pause_p99_ns",
                         number(m->pause_ns), "gc_pause_count", number(m->pauses), "within_limits",
                         advice_allowed(m, f->limits), "front", advice_on_front(list, i)));
  }
}

static json_t *describe_axes(const struct tune_findings *f) {
  json_t *axes = json_array();
  for (size_t a = 0; a < GRID_AXES; a++) {
    const struct grid_axis *axis = &f->grid.axes[a];
    json_t *levels = json_array();
    for (size_t i = 0; i < axis->n; i++)
      json_array_append_new(levels, json_real(axis->levels[i]));
    json_array_append_new(axes,
                          json_pack("{s:s, s:s, s:f, s:o}", "name", axis->name, "meaning",
                                    axis->meaning, "default", axis->fallback, "levels", levels));
  }
  return axes;
}

static json_t *spec_of(const struct tune_findings *f, const struct advice_measured *m) {
  char spec[GRID_SPEC_BYTES];
  if (!m)
    return json_null();
  grid_spec(&f->grid, m->setting, spec);
  return json_string(spec);
}

static json_t *describe_confirmation(const struct tune_findings *f) {
  const struct advice_confirmation *c = &f->confirmation;
  if (!c->ran)
    return json_null();
  return json_pack("{s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:b, s:b}", "contender",
                   spec_of(f, f->contender), "pairs", (json_int_t)c->pairs, "cpu_ratio",
                   number(c->ratio), "low", number(c->low), "high", number(c->high),
                   "peak_rss_ratio", number(f->rss_ratio), "twin_ratio", number(c->twin_ratio),
                   "twin_low", number(c->twin_low), "twin_high", number(c->twin_high), "least_gain",
                   advice_least_gain(c), "contender_within_limits", c->contender_allowed,
                   "default_within_limits", c->default_allowed);
}

static json_t *to_json(const struct tune_findings *f) {
  struct words words;
  describe(f, &words);
  json_t *settings = json_array(), *thresholds = json_null();
  add_measured(settings, f, "sweep", &f->sweep);
  add_measured(settings, f, "refine", &f->refined);
  add_measured(settings, f, "confirm", &f->confirmed);
  const struct advice_measured *m = advised(f);
  if (m && has_thresholds(f))
    thresholds = json_pack("[I,I,I]", (json_int_t)m->setting.values[0],
                           (json_int_t)m->setting.values[1], (json_int_t)m->setting.values[2]);
  json_t *json = json_pack(
      "{s:s, s:i, s:O, s:s, s:s, s:o, s:o, s:o, s:o, s:{s:o, s:o}, s:f, s:o, s:o}", "format",
      "ouroboros-tune", "version", 1, "request", f->request, "verdict",
      advice_verdict_name(f->verdict), "advice", words.text, "gc", spec_of(f, m), "set_threshold",
      thresholds, "nearest",
      spec_of(f, f->verdict == ADVICE_none ? at(&f->refined, f->choice.nearest) : NULL),
      "confirmation", describe_confirmation(f), "limits", "peak_rss_bytes",
      f->limits.rss_bytes > 0 ? json_real(f->limits.rss_bytes) : json_null(), "gc_pause_p99_ns",
      f->limits.pause_ns > 0 ? json_real(f->limits.pause_ns) : json_null(), "noise",
      f->choice.noise, "axes", describe_axes(f), "settings", settings);
  if (!json)
    fatal("out of memory");
  return json;
}

bool tune_write(const struct tune_findings *f, char *error, size_t error_bytes) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/tune.json", f->directory);
  json_t *json = to_json(f);
  char *text = json_dumps(json, JSON_INDENT(1));
  if (!text)
    fatal("out of memory");
  bool ok = file_write_atomic(path, text, strlen(text), error, error_bytes);
  free(text);
  json_decref(json);
  return ok;
}

static void add_row(struct table *table, const struct tune_findings *f, const char *phase,
                    const struct advice_measured *m) {
  const struct advice_measured *d = at(&f->refined, f->choice.fallback);
  bool is_default = grid_same(m->setting, grid_default(&f->grid));
  bool is_contender = f->contender && grid_same(m->setting, f->contender->setting);
  enum table_style style = is_contender ? TABLE_GOOD : is_default ? TABLE_PLAIN : TABLE_FAINT;
  bool allowed = advice_allowed(m, f->limits);
  char spec[GRID_SPEC_BYTES];
  grid_spec(&f->grid, m->setting, spec);
  table_text(table, TABLE_FAINT, "%s", phase);
  table_text(table, style, "%s", spec);
  if (m->n) {
    table_number(table, style, m->cpu_seconds, "%s", table_seconds(m->cpu_seconds));
    table_number(table, style, m->cpu_seconds / d->cpu_seconds, "%.3f",
                 m->cpu_seconds / d->cpu_seconds);
    table_number(table, style, m->rss_bytes, "%s", table_bytes(m->rss_bytes));
    table_number(table, style, m->pause_ns * 1e-9, "%s", table_seconds(m->pause_ns * 1e-9));
    table_number(table, style, m->pauses, "%.0f", m->pauses);
  } else {
    for (int i = 0; i < 5; i++)
      table_text(table, style, "-");
  }
  table_number(table, style, (double)m->n, "%zu", m->n);
  table_text(table, allowed ? TABLE_FAINT : TABLE_BAD, "%s%s%s",
             is_default     ? "default"
             : is_contender ? "contender"
                            : "",
             allowed                        ? ""
             : (is_default || is_contender) ? ", "
                                            : "",
             allowed                    ? ""
             : m->outcome == OUTCOME_ok ? "breaks the limits"
                                        : outcome_name(m->outcome));
}

void tune_print(const struct tune_findings *f, enum cli_format format) {
  static const char *const columns[] = {"<phase",   "<setting",  "CPU time", "to default",
                                        "peak RSS", "p99 pause", "pauses",   "n",
                                        "<",        NULL};
  if (format == CLI_JSON) {
    json_t *json = to_json(f);
    json_dumpf(json, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(json);
    return;
  }
  struct table table;
  struct words words;
  table_open(&table, columns);
  /* Spreadsheets get everything; people what the advice rests on. */
  for (size_t i = 0; format == CLI_CSV && i < f->sweep.n; i++)
    add_row(&table, f, "sweep", &f->sweep.items[i]);
  for (size_t i = 0; i < f->refined.n; i++)
    add_row(&table, f, "refine", &f->refined.items[i]);
  for (size_t i = 0; i < f->confirmed.n; i++)
    add_row(&table, f, "confirm", &f->confirmed.items[i]);
  table_print(&table, format, stdout);
  table_close(&table);
  describe(f, &words);
  FILE *out = format == CLI_CSV ? stderr : stdout;
  fprintf(out, "\n%s", words.text);
  if (format != CLI_CSV)
    fprintf(out, "\n%zu settings swept; heat maps in %s/plots, everything in %s/tune.json\n",
            f->sweep.n, f->directory, f->directory);
}
