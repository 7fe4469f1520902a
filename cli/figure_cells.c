/* Figures of single cells: memory over time, pauses, size classes, arenas. */
#include "cli/figures.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct found {
  const struct plan_cell *cell;
  const struct result *result;
};

static bool matches(const char *wanted, const char *is) { return !wanted || !strcmp(wanted, is); }

/* An array of a valid cell: section "samples", or a table of "detail" with its column. */
static json_t *column(const struct result *result, const char *section, const char *key) {
  json_t *in = json_object_get(result->json, section);
  return json_object_get(
      in ? in : json_object_get(json_object_get(result->json, "detail"), section), key);
}

static double at(json_t *array, size_t i) { return json_number_value(json_array_get(array, i)); }

/* The first valid cell of an allocator that matches (NULL: any) and has something in the column.
 * Where no workload is asked for, the one in which the column is longest. */
static struct found find(const struct results *results, const char *workload, const char *alloc,
                         const char *gc, const char *section, const char *key) {
  struct found best = {0};
  size_t longest = 0;
  for (size_t i = 0; i < results->plan.cells.n; i++) {
    const struct plan_cell *cell = &results->plan.cells.items[i];
    const struct result *result = &results->cells[i];
    if (result->outcome != OUTCOME_ok || cell->twin || !*cell->alloc ||
        !matches(workload, cell->row.workload) || !matches(alloc, cell->alloc) ||
        !matches(gc, cell->gc))
      continue;
    size_t n = json_array_size(column(result, section, key));
    if (n > longest) {
      longest = n;
      best = (struct found){cell, result};
    }
  }
  return best;
}

static void caption(struct figure_text *text, const struct figure_request *request,
                    const struct found *found, const char *what) {
  const char *scale = plan_parameter_get(&found->cell->row.parameters, "scale");
  snprintf(text->caption, sizeof text->caption, "%s. Workload %s, scale %s, seed %llu.\n%s", what,
           found->cell->row.workload, scale ? scale : "1",
           (unsigned long long)request->results->plan.seed, figure_machine(request->results));
}

bool figure_memory(const struct figure *self, const struct figure_request *request, FILE *table,
                   struct figure_text *text, char *reason, size_t reason_bytes) {
  (void)self;
  const struct results *results = request->results;
  struct found first = find(results, request->workload ? request->workload : "fragmentation", NULL,
                            request->gc, "samples", "rss_bytes");
  if (!first.cell && !request->workload)
    first = find(results, NULL, NULL, request->gc, "samples", "rss_bytes");
  if (!first.cell) {
    snprintf(reason, reason_bytes, "no cell with samples under %s", request->gc);
    return false;
  }
  const char *workload = first.cell->row.workload, *allocs[32];
  size_t n = 0;
  for (size_t i = 0; i < results->plan.cells.n && n < ARRAY_SIZE(allocs); i++) {
    const struct plan_cell *cell = &results->plan.cells.items[i];
    if (!cell->repetition && !cell->twin && !strcmp(cell->row.workload, workload) &&
        !strcmp(cell->gc, request->gc) && strcmp(cell->row.kind, "inside"))
      allocs[n++] = cell->alloc;
  }
  figure_sort(allocs, n);
  for (size_t a = 0; a < n; a++) {
    struct found cell = find(results, workload, allocs[a], request->gc, "samples", "rss_bytes");
    if (!cell.cell)
      continue;
    json_t *time = column(cell.result, "samples", "time_ns");
    json_t *rss = column(cell.result, "samples", "rss_bytes");
    fprintf(table, "%s\t%s\n", allocs[a], allocs[a]);
    for (size_t k = 0; k < json_array_size(rss); k++)
      fprintf(table, "%.4f\t%.0f\n", at(time, k) / 1e6, at(rss, k));
    fprintf(table, "\n\n");
  }
  struct found live = find(results, workload, NULL, request->gc, "timeline", "live_bytes");
  if (live.cell) {
    double start = json_number_value(
        json_object_get(json_object_get(live.result->json, "process"), "start_ns"));
    json_t *time = column(live.result, "timeline", "time_ns");
    json_t *bytes = column(live.result, "timeline", "live_bytes");
    fprintf(table, "live bytes\tlive bytes (%s)\n", live.cell->alloc);
    for (size_t k = 0; k < json_array_size(bytes); k++)
      fprintf(table, "%.4f\t%.0f\n", (at(time, k) - start) / 1e6, at(bytes, k));
    fprintf(table, "\n\n");
  }
  snprintf(text->heading, sizeof text->heading, "Resident memory over time: %s", workload);
  char what[160];
  snprintf(what, sizeof what, "One process per allocator, collector %s%s", request->gc,
           live.cell ? "; live bytes counted in a run of its own" : "");
  caption(text, request, &first, what);
  return true;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

struct pauses {
  VEC(double);
};

/* Percentiles in even steps of nines, up to the longest pause. */
static void write_pauses(FILE *table, const char *gc, struct pauses *all) {
  qsort(all->items, all->n, sizeof *all->items, by_value);
  fprintf(table, "%s\t%s (%zu pauses)\n", gc, gc, all->n);
  double nines = log10((double)all->n);
  for (double x = 0; x < nines; x += 0.05) {
    size_t rank = (size_t)((1 - pow(10, -x)) * (double)all->n);
    fprintf(table, "%.3f\t%.4f\n", x, all->items[rank < all->n ? rank : all->n - 1] / 1e3);
  }
  fprintf(table, "%.3f\t%.4f\n\n\n", nines, all->items[all->n - 1] / 1e3);
}

bool figure_pauses(const struct figure *self, const struct figure_request *request, FILE *table,
                   struct figure_text *text, char *reason, size_t reason_bytes) {
  (void)self;
  const struct results *results = request->results;
  struct found any = find(results, request->workload, NULL, NULL, "pauses", "wall_ns");
  if (!any.cell) {
    snprintf(reason, reason_bytes, "no cell recorded pauses");
    return false;
  }
  const char *done[16];
  size_t n_done = 0;
  for (size_t i = 0; i < results->plan.cells.n && n_done < ARRAY_SIZE(done); i++) {
    const char *gc = results->plan.cells.items[i].gc;
    bool seen = false;
    for (size_t k = 0; k < n_done && !seen; k++)
      seen = !strcmp(done[k], gc);
    if (seen)
      continue;
    done[n_done++] = gc;
    struct pauses all = {0};
    for (size_t j = i; j < results->plan.cells.n; j++) {
      const struct plan_cell *cell = &results->plan.cells.items[j];
      if (strcmp(cell->gc, gc) || results->cells[j].outcome != OUTCOME_ok ||
          !matches(request->workload, cell->row.workload))
        continue;
      /* A collector that never visits anything makes no pauses worth the name. */
      json_t *wall = column(&results->cells[j], "pauses", "wall_ns");
      json_t *visited = column(&results->cells[j], "pauses", "visited");
      for (size_t k = 0; k < json_array_size(wall); k++)
        if (at(visited, k) > 0 && !vec_push(&all, at(wall, k))) {
          snprintf(reason, reason_bytes, "out of memory");
          vec_free(&all);
          return false;
        }
    }
    if (all.n)
      write_pauses(table, gc, &all);
    vec_free(&all);
  }
  snprintf(text->heading, sizeof text->heading, "Pauses of the collectors");
  snprintf(text->caption, sizeof text->caption,
           "Wall time of every collection in the runs of %s that look inside.\n%s",
           request->workload ? request->workload : "all graphs", figure_machine(results));
  return true;
}

bool figure_classes(const struct figure *self, const struct figure_request *request, FILE *table,
                    struct figure_text *text, char *reason, size_t reason_bytes) {
  (void)self;
  const char *workload = request->workload ? request->workload : "json-document";
  struct found found = find(request->results, workload, "count+pool", request->gc, "size_classes",
                            "requested_bytes");
  if (!found.cell && !request->workload)
    found =
        find(request->results, NULL, "count+pool", request->gc, "size_classes", "requested_bytes");
  if (!found.cell) {
    snprintf(reason, reason_bytes, "no cell of count+pool under %s recorded its size classes",
             request->gc);
    return false;
  }
  json_t *block = column(found.result, "size_classes", "block_bytes");
  json_t *requested = column(found.result, "size_classes", "requested_bytes");
  json_t *live = column(found.result, "size_classes", "live_blocks");
  json_t *capacity = column(found.result, "size_classes", "capacity_blocks");
  for (size_t i = 0; i < json_array_size(block); i++) {
    double bytes = at(block, i), held = at(live, i) * bytes;
    double asked = i < json_array_size(requested) ? at(requested, i) : held;
    if (at(capacity, i) > 0)
      fprintf(table, "%.0f\t%.0f\t%.0f\t%.0f\n", bytes, asked, held - asked,
              (at(capacity, i) - at(live, i)) * bytes);
  }
  snprintf(text->heading, sizeof text->heading, "Memory by size class: %s under pool",
           found.cell->row.workload);
  caption(text, request, &found, "At the moment of most live bytes");
  return true;
}

/* A hue per class, paler the emptier the pool. */
static void class_colour(size_t rank, size_t ranks, double full, int rgb[3]) {
  double hue = ranks > 1 ? 0.83 * (double)rank / (double)(ranks - 1) : 0, h = hue * 6;
  double strong[3] = {fabs(h - 3) - 1, 2 - fabs(h - 2), 2 - fabs(h - 4)};
  for (int c = 0; c < 3; c++) {
    double value = strong[c] < 0 ? 0 : strong[c] > 1 ? 1 : strong[c];
    value = 0.15 + 0.7 * value;
    rgb[c] = (int)lround(255 * (1 - (0.15 + 0.85 * full) * (1 - value)));
  }
}

bool figure_arenas(const struct figure *self, const struct figure_request *request, FILE *table,
                   struct figure_text *text, char *reason, size_t reason_bytes) {
  (void)self;
  struct found found =
      find(request->results, request->workload, "pool", request->gc, "arenas", "pool");
  if (!found.cell) {
    snprintf(reason, reason_bytes, "no cell of allocator 'pool' under %s recorded its arenas",
             request->gc);
    return false;
  }
  json_t *arena = column(found.result, "arenas", "arena"),
         *pool = column(found.result, "arenas", "pool");
  json_t *block = column(found.result, "arenas", "block_bytes");
  json_t *live = column(found.result, "arenas", "live_blocks");
  json_t *capacity = column(found.result, "arenas", "capacity_blocks");
  size_t n = json_array_size(pool), n_classes = 0;
  double classes[64];
  for (size_t i = 0; i < n; i++) {
    bool known = at(block, i) == 0;
    for (size_t c = 0; c < n_classes && !known; c++)
      known = classes[c] == at(block, i);
    if (!known && n_classes < ARRAY_SIZE(classes))
      classes[n_classes++] = at(block, i);
  }
  qsort(classes, n_classes, sizeof *classes, by_value);
  int rgb[3];
  for (size_t i = 0; i < n; i++) {
    size_t rank = 0;
    while (rank + 1 < n_classes && classes[rank] != at(block, i))
      rank++;
    if (at(block, i) > 0 && at(capacity, i) > 0)
      class_colour(rank, n_classes, at(live, i) / at(capacity, i), rgb);
    else
      rgb[0] = rgb[1] = rgb[2] = 255;
    fprintf(table, "%.0f\t%.0f\t%d\t%d\t%d\n", at(pool, i), at(arena, i), rgb[0], rgb[1], rgb[2]);
  }
  fprintf(table, "\n\n");
  for (size_t c = 0; c < n_classes; c++) {
    class_colour(c, n_classes, 1, rgb);
    fprintf(table, "%.0f\t%d\t%d\t%d\n", classes[c], rgb[0], rgb[1], rgb[2]);
  }
  snprintf(text->heading, sizeof text->heading, "Arena map: %s under pool",
           found.cell->row.workload);
  caption(text, request, &found,
          "A cell is a pool: hue its size class, strength how full, white unused");
  return true;
}
