/* Figures over many workloads: ratios of variants to a baseline. */
#include "bench/preset.h"
#include "bench/summary.h"
#include "cli/figures.h"
#include <math.h>
#include <string.h>

/* Allocators and collectors of a kind's variants, in order of appearance. */
struct axes {
  const char *allocs[32], *gcs[16];
  size_t n_allocs, n_gcs;
};

static void add(const char **names, size_t *n, size_t most, const char *name) {
  for (size_t i = 0; i < *n; i++)
    if (!strcmp(names[i], name))
      return;
  if (*n < most)
    names[(*n)++] = name;
}

void figure_sort(const char **names, size_t n) {
  size_t sorted = 0;
  const char *known;
  for (size_t k = 0; (known = preset_order(k)); k++)
    for (size_t i = sorted; i < n; i++)
      if (!strcmp(names[i], known)) {
        const char *name = names[i];
        memmove(&names[sorted + 1], &names[sorted], (i - sorted) * sizeof *names);
        names[sorted++] = name;
      }
}

static struct axes axes_of(const struct results *results, const char *kind) {
  struct axes axes = {0};
  struct summary_variants all = {0};
  summary_list(results, kind, false, &all);
  for (size_t i = 0; i < all.n; i++) {
    add(axes.allocs, &axes.n_allocs, ARRAY_SIZE(axes.allocs), all.items[i].alloc);
    add(axes.gcs, &axes.n_gcs, ARRAY_SIZE(axes.gcs), all.items[i].gc);
  }
  vec_free(&all);
  figure_sort(axes.allocs, axes.n_allocs);
  figure_sort(axes.gcs, axes.n_gcs);
  return axes;
}

/* The size of a picture in which so many names, the longest of them too, fit beside the plot:
 * gnuplot assignments. */
static void append_size(struct figure_text *text, const struct axes *axes, size_t lines) {
  size_t longest = 14;
  for (size_t i = 0; i < axes->n_allocs; i++)
    longest = strlen(axes->allocs[i]) > longest ? strlen(axes->allocs[i]) : longest;
  size_t n = strlen(text->variables);
  snprintf(text->variables + n, sizeof text->variables - n, "width=%zu; height=%zu; longer=%zu; ",
           960 + 9 * (longest - 14), lines <= 14 ? 560 : 560 + 26 * (lines - 14), longest - 14);
}

static const char *kind_of(const struct figure *self) {
  return !strncmp(self->name, "trace", 5)    ? "trace"
         : !strncmp(self->name, "python", 6) ? "python"
                                             : "graph";
}

static const char *quantity_of(const char *field) {
  return !strcmp(field, "peak_rss_bytes") ? "peak resident memory"
         : !strcmp(field, "cpu_time")     ? "CPU time of the replay alone"
                                          : "CPU time";
}

static void write_names(FILE *table, const char *const *names, size_t n, size_t first) {
  fprintf(table, "\n\n");
  for (size_t i = 0; i < n; i++)
    fprintf(table, "%zu\t%s\n", i + first, *names[i] ? names[i] : "replayed");
}

/* What every caption says: how many workloads, how many processes each, what marks mean, where. */
static void caption(struct figure_text *text, const struct figure_request *request,
                    const char *kind, size_t rows, const char *marks) {
  snprintf(text->caption, sizeof text->caption,
           "Geometric mean over %zu %s; %u processes each, interleaved; %s.\n%s", rows,
           !strcmp(kind, "trace")    ? "recordings"
           : !strcmp(kind, "python") ? "Python programs"
                                     : "graphs",
           request->results->plan.repetitions, marks, figure_machine(request->results));
}

static const char bars_mark[] = "bars: 95% intervals of paired ratios";

bool figure_bars(const struct figure *self, const struct figure_request *request, FILE *table,
                 struct figure_text *text, char *reason, size_t reason_bytes) {
  const char *kind = kind_of(self);
  struct axes axes = axes_of(request->results, kind);
  double floors[ARRAY_SIZE(axes.gcs)];
  size_t rows = 0;
  for (size_t g = 0; g < axes.n_gcs; g++) {
    struct summary_variant to = {request->baseline, axes.gcs[g], 0};
    floors[g] = strcmp(self->field, "process_cpu_seconds")
                    ? NAN
                    : summary_floor(request->results, kind, to);
    for (size_t a = 0; a < axes.n_allocs; a++) {
      struct summary_variant of = {axes.allocs[a], axes.gcs[g], 0};
      struct summary_ratio r = summary_compare(request->results, kind, NULL, self->field, of, to);
      if (!isnan(r.ratio))
        fprintf(table, "%s\t%zu\t%zu\t%.5f\t%.5f\t%.5f\n", axes.gcs[g], a + 1, g, r.ratio, r.low,
                r.high);
      rows = r.rows > rows ? r.rows : rows;
    }
  }
  if (!rows) {
    snprintf(reason, reason_bytes, "no valid %s cells of allocator '%s' to compare with", kind,
             request->baseline);
    return false;
  }
  write_names(table, axes.allocs, axes.n_allocs, 1);
  write_names(table, axes.gcs, axes.n_gcs, 0);
  fprintf(table, "\n\n");
  for (size_t g = 0; g < axes.n_gcs; g++)
    fprintf(table, isnan(floors[g]) ? "%zu\t-\n" : "%zu\t%.5f\n", g, floors[g]);
  snprintf(text->heading, sizeof text->heading, "%s of the allocators, %s",
           strcmp(self->field, "peak_rss_bytes") ? "CPU time" : "Peak memory",
           !strcmp(kind, "trace")    ? "replaying real programs"
           : !strcmp(kind, "python") ? "running Python programs"
                                     : "by collector");
  caption(text, request, kind, rows,
          isnan(floors[0])
              ? bars_mark
              : "bars: 95% intervals; line: least that any pairing needs without collections");
  snprintf(text->variables, sizeof text->variables, "quantity='%s, ratio to %s'; ",
           quantity_of(self->field), request->baseline);
  append_size(text, &axes, axes.n_allocs);
  return true;
}

bool figure_matrix(const struct figure *self, const struct figure_request *request, FILE *table,
                   struct figure_text *text, char *reason, size_t reason_bytes) {
  const char *kind = kind_of(self);
  struct axes axes = axes_of(request->results, kind);
  struct summary_variant to = {request->baseline, request->gc, 0};
  size_t rows = 0;
  for (size_t g = 0; g < axes.n_gcs; g++)
    for (size_t a = 0; a < axes.n_allocs; a++) {
      struct summary_variant of = {axes.allocs[a], axes.gcs[g], 0};
      struct summary_ratio r = summary_compare(request->results, kind, NULL, self->field, of, to);
      if (isnan(r.ratio))
        continue;
      fprintf(table, "%zu\t%zu\t%.5f\t%d\t%.2f\n", g, a, r.ratio, r.differs, r.ratio);
      rows = r.rows > rows ? r.rows : rows;
    }
  if (!rows) {
    snprintf(reason, reason_bytes, "no valid %s cells of %s with %s to compare with", kind,
             request->baseline, request->gc);
    return false;
  }
  write_names(table, axes.gcs, axes.n_gcs, 0);
  write_names(table, axes.allocs, axes.n_allocs, 0);
  snprintf(text->heading, sizeof text->heading, "%s, allocator x collector%s",
           strcmp(self->field, "peak_rss_bytes") ? "CPU time" : "Peak memory",
           strcmp(kind, "python") ? "" : ", Python programs");
  caption(text, request, kind, rows, "hatched: the 95% interval holds 1");
  snprintf(text->variables, sizeof text->variables, "quantity='%s, ratio to %s + %s'; ",
           quantity_of(self->field), request->baseline, request->gc);
  append_size(text, &axes, axes.n_allocs);
  return true;
}

struct point {
  double memory, time;
};

/* The points that no other beats in both, by memory; returns how many. n is small. */
static size_t front_of(const struct point *all, size_t n, struct point *front) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    bool beaten = false;
    for (size_t j = 0; j < n && !beaten; j++)
      beaten = j != i && all[j].memory <= all[i].memory && all[j].time <= all[i].time &&
               (all[j].memory < all[i].memory || all[j].time < all[i].time);
    if (beaten)
      continue;
    size_t at = count++;
    for (; at > 0 && front[at - 1].memory > all[i].memory; at--)
      front[at] = front[at - 1];
    front[at] = all[i];
  }
  return count;
}

bool figure_pareto(const struct figure *self, const struct figure_request *request, FILE *table,
                   struct figure_text *text, char *reason, size_t reason_bytes) {
  (void)self;
  struct axes axes = axes_of(request->results, "graph");
  struct summary_variant to = {request->baseline, request->gc, 0};
  struct point all[ARRAY_SIZE(axes.allocs) * ARRAY_SIZE(axes.gcs)], front[ARRAY_SIZE(all)];
  size_t n = 0, rows = 0;
  for (size_t a = 0; a < axes.n_allocs; a++)
    for (size_t g = 0; g < axes.n_gcs; g++) {
      struct summary_variant of = {axes.allocs[a], axes.gcs[g], 0};
      struct summary_ratio m =
          summary_compare(request->results, "graph", NULL, "peak_rss_bytes", of, to);
      struct summary_ratio t =
          summary_compare(request->results, "graph", NULL, "process_cpu_seconds", of, to);
      if (isnan(m.ratio) || isnan(t.ratio))
        continue;
      fprintf(table, "%s\t%zu\t%s\t%zu\t%.5f\t%.5f\t%.5f\t%.5f\t%.5f\t%.5f\n", axes.allocs[a],
              a + 1, axes.gcs[g], g + 1, m.ratio, m.low, m.high, t.ratio, t.low, t.high);
      all[n++] = (struct point){m.ratio, t.ratio};
      rows = t.rows > rows ? t.rows : rows;
    }
  if (!n) {
    snprintf(reason, reason_bytes, "no valid graph cells of %s with %s to compare with",
             request->baseline, request->gc);
    return false;
  }
  write_names(table, axes.allocs, axes.n_allocs, 1);
  write_names(table, axes.gcs, axes.n_gcs, 1);
  fprintf(table, "\n\n");
  size_t n_front = front_of(all, n, front);
  for (size_t i = 0; i < n_front; i++)
    fprintf(table, "%.5f\t%.5f\n", front[i].memory, front[i].time);
  snprintf(text->heading, sizeof text->heading, "CPU time against peak memory");
  caption(text, request, "graph", rows, bars_mark);
  snprintf(text->variables, sizeof text->variables,
           "memory_quantity='peak resident memory, ratio to %s + %s'; "
           "time_quantity='CPU time, ratio to %s + %s'; ",
           request->baseline, request->gc, request->baseline, request->gc);
  append_size(text, &axes, axes.n_allocs + axes.n_gcs);
  return true;
}
