/* The heat maps of tuning: two knobs span a map, the third gives one map per level. */
#include "bench/statistics.h"
#include "cli/figures.h"
#include "cli/table.h"
#include "cli/tune.h"
#include "os/file.h"
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>

struct map {
  const char *name, *heading, *quantity;
  bool logarithmic;
  double (*value)(const struct advice_measured *m, const struct advice_measured *fallback);
  const char *format; /* of the number in a field */
};

static double time_of(const struct advice_measured *m, const struct advice_measured *fallback) {
  return m->cpu_seconds / fallback->cpu_seconds;
}
static double memory_of(const struct advice_measured *m, const struct advice_measured *fallback) {
  (void)fallback;
  return m->rss_bytes / (1 << 20);
}
static double pause_of(const struct advice_measured *m, const struct advice_measured *fallback) {
  (void)fallback;
  return m->pause_ns * 1e-6;
}

static const struct map maps[] = {
    {"heat-time", "CPU time", "CPU time (default = 1)", false, time_of, "%.2f"},
    {"heat-memory", "Peak memory", "peak RSS (MiB)", false, memory_of, "%.3g"},
    {"heat-pause", "p99 pause", "p99 pause (ms)", true, pause_of, "%.2g"},
};

static const struct advice_measured *find(const struct advice_list *list, struct grid_setting s) {
  for (size_t i = 0; i < list->n; i++)
    if (grid_same(list->items[i].setting, s))
      return &list->items[i];
  return NULL;
}

static void write_place(FILE *table, const struct grid *grid, struct grid_setting setting) {
  double place[GRID_AXES];
  for (size_t a = 0; a < GRID_AXES; a++)
    place[a] = grid_position(&grid->axes[a], setting.values[a]);
  fprintf(table, "%.0f\t%.3f\t%.3f\n", round(place[2]), place[0], place[1]);
}

static void write_axis(FILE *table, const struct grid_axis *axis, const char *prefix) {
  for (size_t i = 0; i < axis->n; i++) {
    char label[32];
    grid_label(axis, axis->levels[i], label, sizeof label);
    fprintf(table, "%zu\t%s%s\n", i, prefix, label);
  }
  fprintf(table, "\n\n");
}

/* The setting that the advice is about: what was confirmed, or else the best or nearest one. */
static const struct advice_measured *shown(const struct tune_findings *f) {
  const struct advice_choice *c = &f->choice;
  if (f->contender && f->verdict != ADVICE_keep)
    return f->contender;
  long at = f->verdict == ADVICE_none ? c->nearest : c->fallback;
  return at < 0 ? NULL : &f->refined.items[at];
}

static void write_table(FILE *table, const struct tune_findings *f, const struct map *map) {
  const struct advice_measured *fallback = find(&f->sweep, grid_default(&f->grid));
  const struct advice_measured *best = shown(f);
  fprintf(table, "# panel\tx\ty\tvalue\tlabel\tbreaks limits\n");
  for (size_t i = 0; i < f->sweep.n; i++) {
    const struct advice_measured *m = &f->sweep.items[i];
    double value = m->outcome == OUTCOME_ok ? map->value(m, fallback) : NAN;
    char number[32] = "-", label[32] = "failed";
    if (!isnan(value)) {
      snprintf(number, sizeof number, "%.6g", value);
      if (map->logarithmic && value <= 0)
        snprintf(label, sizeof label, "none");
      else
        snprintf(label, sizeof label, map->format, value);
    } else if (m->outcome == OUTCOME_ok) {
      snprintf(label, sizeof label, "?");
    }
    fprintf(table, "%.0f\t%.0f\t%.0f\t%s\t%s\t%d\n",
            grid_position(&f->grid.axes[2], m->setting.values[2]),
            grid_position(&f->grid.axes[0], m->setting.values[0]),
            grid_position(&f->grid.axes[1], m->setting.values[1]), number, label,
            !advice_allowed(m, f->limits));
  }
  char prefix[64];
  fprintf(table, "\n\n# x levels\n");
  write_axis(table, &f->grid.axes[0], "");
  fprintf(table, "# y levels\n");
  write_axis(table, &f->grid.axes[1], "");
  fprintf(table, "# panels\n");
  snprintf(prefix, sizeof prefix, "%s = ", f->grid.axes[2].name);
  write_axis(table, &f->grid.axes[2], prefix);
  fprintf(table, "# advised\n");
  if (best)
    write_place(table, &f->grid, best->setting);
  fprintf(table, "\n\n# default\n");
  write_place(table, &f->grid, grid_default(&f->grid));
}

static void describe(const struct tune_findings *f, const struct results *sweep,
                     const struct map *map, struct figure_text *text) {
  const struct advice_measured *fallback = find(&f->sweep, grid_default(&f->grid));
  const struct advice_measured *best = shown(f);
  char limits[160] = "", spec[GRID_SPEC_BYTES] = "nothing";
  if (best)
    grid_spec(&f->grid, best->setting, spec);
  if (f->limits.rss_bytes > 0)
    snprintf(limits, sizeof limits, ", peak RSS up to %s", table_bytes(f->limits.rss_bytes));
  if (f->limits.pause_ns > 0)
    snprintf(limits + strlen(limits), sizeof limits - strlen(limits), ", p99 pause up to %s",
             table_seconds(f->limits.pause_ns * 1e-9));
  snprintf(text->heading, sizeof text->heading, "%s of %s under %s, by its settings", map->heading,
           f->workload, f->grid.collector);
  snprintf(text->caption, sizeof text->caption,
           "Medians of %u fresh processes per setting; allocator %s, scale %s, seed %llu. Default: "
           "%s CPU, %s, p99 pause %s.\n%s %s%s%s. %s",
           sweep->plan.repetitions, f->alloc, f->scale, (unsigned long long)sweep->plan.seed,
           table_seconds(fallback->cpu_seconds), table_bytes(fallback->rss_bytes),
           table_seconds(fallback->pause_ns * 1e-9),
           f->verdict == ADVICE_none ? "Nearest to the limits:" : "Advised:", spec,
           *limits ? "; limits" : "", *limits ? limits + 1 : "", figure_machine(sweep));
  snprintf(text->variables, sizeof text->variables,
           "x_quantity='%s%s'; y_quantity='%s%s'; quantity='%s'; logarithmic=%d; best_title='%s'; ",
           f->grid.axes[0].name, f->grid.axes[0].bytes ? " (bytes)" : "", f->grid.axes[1].name,
           f->grid.axes[1].bytes ? " (bytes)" : "", map->quantity, map->logarithmic,
           f->verdict == ADVICE_none ? "nearest to the limits" : "advised");
}

bool tune_draw(const struct tune_findings *f, const struct results *sweep, char *error,
               size_t error_bytes) {
  char folder[PATH_MAX], path[PATH_MAX + 64];
  snprintf(folder, sizeof folder, "%s/plots/data", f->directory);
  if (!file_make_folders(folder, error, error_bytes))
    return false;
  for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
    struct figure_text text = {0};
    snprintf(path, sizeof path, "%s/%s.tsv", folder, maps[i].name);
    FILE *table = fopen(path, "we");
    if (!table) {
      snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
      return false;
    }
    write_table(table, f, &maps[i]);
    bool written = !ferror(table);
    if (fclose(table) != 0 || !written) {
      snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
      return false;
    }
    describe(f, sweep, &maps[i], &text);
    char output[PATH_MAX + 16];
    snprintf(output, sizeof output, "%s/plots", f->directory);
    if (!figure_draw(figure_templates(), "heat.gp", path, output, maps[i].name, &text, error,
                     error_bytes))
      return false;
  }
  return true;
}
