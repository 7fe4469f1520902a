/* Plans and figures of ouropy against CPython. */
#include "bench/versus.h"
#include "base/check.h"
#include "base/nearest.h"
#include "bench/command.h"
#include "bench/summary.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char empty_program[] = "empty";

/* ---- what is run ---- */

static void add(struct plan *plan, const struct versus_request *r, const struct plan_row *row,
                const char *alloc, const char *gc) {
  struct plan_cell cell = {
      .row = *row, .alloc = (char *)(uintptr_t)alloc, .gc = (char *)(uintptr_t)gc};
  char *name = plan_cell_name(&cell);
  if (!r->wants || r->wants(name, r->context))
    plan_add(plan, row, alloc, gc, 0);
  free(name);
}

static void add_program(struct plan *plan, const struct versus_request *r, const char *name) {
  bool empty = !strcmp(name, empty_program);
  struct plan_row row = {.kind = (char *)(uintptr_t)(empty ? "python-start" : "python"),
                         .workload = (char *)(uintptr_t)name};
  char scale[32];
  snprintf(scale, sizeof scale, "%g", r->scale);
  if (!empty)
    plan_parameter_set(&row.parameters, "scale", scale);
  add(plan, r, &row, COMMAND_CPYTHON_ALLOC, r->cpython);
  for (size_t a = 0; a < r->allocs.n; a++)
    for (size_t g = 0; g < r->gcs.n; g++)
      add(plan, r, &row, r->allocs.items[a], r->gcs.items[g]);
  plan_parameters_free(&row.parameters);
}

/* "python/nbody" and "nbody" name the same program; NULL with a message when there is none. */
static const char *find_program(const struct catalogue *catalogue, const char *named, char *error,
                                size_t error_bytes) {
  const char *name = strncmp(named, "python/", 7) ? named : named + 7;
  if (catalogue_find(catalogue->programs, name))
    return name;
  struct nearest nearest;
  nearest_start(&nearest, name);
  size_t i;
  json_t *entry;
  json_array_foreach(catalogue->programs, i, entry)
      nearest_try(&nearest, json_string_value(json_object_get(entry, "name")));
  const char *best = nearest_end(&nearest);
  snprintf(error, error_bytes, "there is no Python program '%s'%s%s%s", named,
           best ? "; did you mean '" : "", best ? best : "", best ? "'?" : "");
  return NULL;
}

static bool check(const struct versus_request *r, const struct catalogue *catalogue, char *error,
                  size_t error_bytes) {
  if (!catalogue->has_interpreter) {
    snprintf(error, error_bytes, "there is no ouropy beside ouro");
    return false;
  }
  for (size_t i = 0; i < r->allocs.n; i++)
    if (!catalogue_check_alloc(catalogue, r->allocs.items[i], error, error_bytes))
      return false;
  for (size_t i = 0; i < r->gcs.n; i++)
    if (!catalogue_check_gc(catalogue, r->gcs.items[i], error, error_bytes))
      return false;
  for (size_t i = 0; i < r->programs.n; i++)
    if (!find_program(catalogue, r->programs.items[i], error, error_bytes))
      return false;
  return true;
}

bool versus_plan(struct plan *plan, const struct versus_request *r,
                 const struct catalogue *catalogue, char *error, size_t error_bytes) {
  if (!check(r, catalogue, error, error_bytes))
    return false;
  plan_open(plan, "versus", r->seed, r->repetitions);
  size_t i;
  json_t *entry;
  if (!r->programs.n)
    json_array_foreach(catalogue->programs, i, entry)
        add_program(plan, r, json_string_value(json_object_get(entry, "name")));
  for (i = 0; i < r->programs.n; i++)
    add_program(plan, r, find_program(catalogue, r->programs.items[i], error, error_bytes));
  if (!plan->cells.n) {
    snprintf(error, error_bytes, "no cell is left: nothing fits all of what is asked for");
    plan_close(plan);
    return false;
  }
  plan_freeze(plan);
  return true;
}

/* ---- what came out ---- */

static struct comparison_side side_of(struct summary_variant v) {
  return (struct comparison_side){v.alloc, v.gc, v.twin};
}

static struct versus_pairing compare(const struct results *results, struct comparison_side ours,
                                     struct comparison_side cpython) {
  struct versus_pairing p = {.side = ours};
  struct comparison_request request = {
      .field = "process_cpu_seconds", .adjust = COMPARISON_BH, .kind = "python"};
  comparison_sides(&p.programs, results, ours, cpython, &request);
  request.kind = "python-start";
  comparison_sides(&p.start, results, ours, cpython, &request);
  return p;
}

/* The place of a name in the order in which all tables show them; unknown ones come last. */
static size_t place_of(const char *name) {
  size_t i = 0;
  while (preset_order(i) && strcmp(preset_order(i), name))
    i++;
  return i;
}

static int by_order(const void *x, const void *y) {
  const struct versus_pairing *a = x, *b = y;
  size_t left = place_of(a->side.alloc) * 100 + place_of(a->side.gc);
  size_t right = place_of(b->side.alloc) * 100 + place_of(b->side.gc);
  return (left > right) - (left < right);
}

bool versus_read(struct versus *versus, const struct results *results) {
  *versus = (struct versus){0};
  struct summary_variants all = {0};
  summary_list(results, "python", false, &all);
  if (!all.n)
    summary_list(results, "python-start", false, &all);
  for (size_t i = 0; i < all.n; i++)
    if (command_is_cpython(all.items[i].gc))
      versus->cpython = side_of(all.items[i]);
  for (size_t i = 0; i < all.n && versus->cpython.gc; i++)
    if (!command_is_cpython(all.items[i].gc) &&
        !vec_push(&versus->pairings, compare(results, side_of(all.items[i]), versus->cpython)))
      fatal("out of memory");
  vec_free(&all);
  if (versus->pairings.n)
    qsort(versus->pairings.items, versus->pairings.n, sizeof *versus->pairings.items, by_order);
  return versus->pairings.n > 0;
}

void versus_close(struct versus *versus) {
  for (size_t i = 0; i < versus->pairings.n; i++) {
    comparison_close(&versus->pairings.items[i].programs);
    comparison_close(&versus->pairings.items[i].start);
  }
  vec_free(&versus->pairings);
}

const char *versus_name(const struct versus *versus, size_t pairing) {
  static char names[4][256];
  static unsigned next;
  struct comparison_side side = versus->pairings.items[pairing].side;
  bool several = false;
  for (size_t i = 0; i < versus->pairings.n; i++)
    several |= strcmp(versus->pairings.items[i].side.alloc, side.alloc) != 0;
  char *name = names[next++ % 4];
  snprintf(name, sizeof names[0], "%s%s%s", several ? side.alloc : "", several ? "/" : "", side.gc);
  return name;
}
