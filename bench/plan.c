/* Plans. */
#include "bench/plan.h"
#include "base/check.h"
#include "base/mix.h"
#include "base/random.h"
#include "bench/command.h"
#include "os/file.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void *sure(void *p) {
  if (!p)
    fatal("out of memory");
  return p;
}
static char *copy_text(const char *text) { return sure(strdup(text)); }

static char **copy_words(char *const *words) {
  size_t n = 0;
  while (words && words[n])
    n++;
  char **copy = sure(calloc(n + 1, sizeof *copy));
  for (size_t i = 0; i < n; i++)
    copy[i] = copy_text(words[i]);
  return copy;
}
static void free_words(char **words) {
  for (size_t i = 0; words && words[i]; i++)
    free(words[i]);
  free(words);
}

void plan_parameter_set(struct plan_parameters *parameters, const char *key, const char *value) {
  size_t at = 0;
  while (at < parameters->n && strcmp(parameters->items[at].key, key) < 0)
    at++;
  if (at < parameters->n && !strcmp(parameters->items[at].key, key)) {
    free(parameters->items[at].value);
    parameters->items[at].value = copy_text(value);
    return;
  }
  if (!vec_reserve(parameters, 1))
    fatal("out of memory");
  /* Sorted by key, so that the order of setting does not change the id. */
  memmove(parameters->items + at + 1, parameters->items + at,
          (parameters->n - at) * sizeof *parameters->items);
  parameters->items[at] = (struct plan_parameter){copy_text(key), copy_text(value)};
  parameters->n++;
}

const char *plan_parameter_get(const struct plan_parameters *parameters, const char *key) {
  for (size_t i = 0; i < parameters->n; i++)
    if (!strcmp(parameters->items[i].key, key))
      return parameters->items[i].value;
  return NULL;
}

void plan_parameters_free(struct plan_parameters *parameters) {
  for (size_t i = 0; i < parameters->n; i++) {
    free(parameters->items[i].key);
    free(parameters->items[i].value);
  }
  vec_free(parameters);
}

static struct plan_row copy_row(const struct plan_row *row) {
  struct plan_row copy = {.kind = copy_text(row->kind),
                          .workload = copy_text(row->workload),
                          .command = row->command ? copy_words(row->command) : NULL,
                          .threads = row->threads};
  for (size_t i = 0; i < row->parameters.n; i++)
    plan_parameter_set(&copy.parameters, row->parameters.items[i].key,
                       row->parameters.items[i].value);
  return copy;
}

void plan_cell_free(struct plan_cell *cell) {
  free(cell->name);
  free(cell->row.kind);
  free(cell->row.workload);
  plan_parameters_free(&cell->row.parameters);
  free_words(cell->row.command);
  free(cell->alloc);
  free(cell->gc);
  free_words(cell->command);
  *cell = (struct plan_cell){0};
}

void plan_open(struct plan *plan, const char *preset, uint64_t seed, unsigned repetitions) {
  char created[32];
  time_t now = time(NULL);
  strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
  *plan = (struct plan){.preset = copy_text(preset),
                        .created = copy_text(created),
                        .seed = seed,
                        .repetitions = repetitions};
}

void plan_close(struct plan *plan) {
  for (size_t i = 0; i < plan->cells.n; i++)
    plan_cell_free(&plan->cells.items[i]);
  vec_free(&plan->cells);
  free(plan->preset);
  free(plan->created);
  *plan = (struct plan){0};
}

bool plan_same_row(const struct plan_row *a, const struct plan_row *b) {
  if (strcmp(a->kind, b->kind) || strcmp(a->workload, b->workload) ||
      a->parameters.n != b->parameters.n)
    return false;
  for (size_t i = 0; i < a->parameters.n; i++)
    if (strcmp(a->parameters.items[i].key, b->parameters.items[i].key) ||
        strcmp(a->parameters.items[i].value, b->parameters.items[i].value))
      return false;
  return true;
}

char *plan_cell_name(const struct plan_cell *cell) {
  char *name;
  bool alloc = *cell->alloc, gc = *cell->gc;
  if (asprintf(&name, "%s/%s%s%s%s%s%s", cell->row.kind, cell->row.workload, alloc ? "/alloc:" : "",
               cell->alloc, gc ? "/gc:" : "", cell->gc, cell->twin ? "/twin" : "") < 0)
    fatal("out of memory");
  return name;
}

static uint64_t mix_text(uint64_t sum, const char *text) {
  return mix_bytes(sum, text, strlen(text));
}

static void make_id(const struct plan_cell *cell, char id[PLAN_ID_BYTES]) {
  uint64_t sum = mix(MIX_START, PLAN_VERSION);
  const struct plan_row *row = &cell->row;
  sum = mix_text(mix_text(sum, row->kind), row->workload);
  sum = mix(sum, row->parameters.n);
  for (size_t i = 0; i < row->parameters.n; i++)
    sum = mix_text(mix_text(sum, row->parameters.items[i].key), row->parameters.items[i].value);
  for (size_t i = 0; row->command && row->command[i]; i++)
    sum = mix_text(sum, row->command[i]);
  sum = mix_text(mix_text(sum, cell->alloc), cell->gc);
  sum = mix(mix(sum, cell->repetition), cell->twin);
  snprintf(id, PLAN_ID_BYTES, "%016" PRIx64, sum);
}

static void make_hash(const struct plan *plan, char hash[PLAN_ID_BYTES]) {
  uint64_t sum = mix(MIX_START, plan->cells.n);
  for (size_t i = 0; i < plan->cells.n; i++)
    sum = mix_text(sum, plan->cells.items[i].id);
  snprintf(hash, PLAN_ID_BYTES, "%016" PRIx64, sum);
}

static struct plan_cell copy_cell(const struct plan_row *row, const char *alloc, const char *gc,
                                  unsigned twin) {
  return (struct plan_cell){
      .row = copy_row(row), .alloc = copy_text(alloc), .gc = copy_text(gc), .twin = twin};
}

void plan_add(struct plan *plan, const struct plan_row *row, const char *alloc, const char *gc,
              unsigned twin) {
  if (plan->frozen)
    fatal("plan_add: the plan is frozen");
  for (size_t i = 0; i < plan->cells.n; i++) {
    const struct plan_cell *c = &plan->cells.items[i];
    if (plan_same_row(&c->row, row) && !strcmp(c->alloc, alloc) && !strcmp(c->gc, gc) &&
        c->twin == twin)
      return;
  }
  if (!vec_push(&plan->cells, copy_cell(row, alloc, gc, twin)))
    fatal("out of memory");
}

/* Groups of variants by row, as [first, end) into an array of cell indexes. */
struct rows {
  size_t *members, *starts, n;
};

static struct rows group_rows(const struct plan *plan) {
  size_t n = plan->cells.n;
  struct rows rows = {sure(calloc(n + 1, sizeof(size_t))), sure(calloc(n + 1, sizeof(size_t))), 0};
  bool *taken = sure(calloc(n + 1, sizeof *taken));
  size_t filled = 0;
  for (size_t i = 0; i < n; i++) {
    if (taken[i])
      continue;
    rows.starts[rows.n++] = filled;
    for (size_t j = i; j < n; j++)
      if (!taken[j] && plan_same_row(&plan->cells.items[i].row, &plan->cells.items[j].row)) {
        taken[j] = true;
        rows.members[filled++] = j;
      }
  }
  rows.starts[rows.n] = filled;
  free(taken);
  return rows;
}

void plan_freeze(struct plan *plan) {
  struct plan variants = *plan;
  struct rows rows = group_rows(&variants);
  plan->cells.items = NULL;
  plan->cells.n = plan->cells.capacity = 0;
  struct random random;
  random_seed(&random, plan->seed);
  size_t *order = sure(calloc(rows.n + 1, sizeof *order));
  for (size_t i = 0; i < rows.n; i++)
    order[i] = i;
  unsigned block = 0;
  for (unsigned repetition = 0; repetition < plan->repetitions; repetition++) {
    random_shuffle(&random, order, rows.n, sizeof *order);
    for (size_t i = 0; i < rows.n; i++, block++) {
      size_t first = rows.starts[order[i]], n = rows.starts[order[i] + 1] - first;
      random_shuffle(&random, rows.members + first, n, sizeof *rows.members);
      for (size_t j = first; j < first + n; j++) {
        const struct plan_cell *v = &variants.cells.items[rows.members[j]];
        struct plan_cell cell = copy_cell(&v->row, v->alloc, v->gc, v->twin);
        cell.repetition = repetition;
        cell.block = block;
        cell.name = plan_cell_name(&cell);
        cell.command = command_make(&cell);
        make_id(&cell, cell.id);
        if (!vec_push(&plan->cells, cell))
          fatal("out of memory");
      }
    }
  }
  make_hash(plan, plan->hash);
  plan->frozen = true;
  for (size_t i = 0; i < variants.cells.n; i++)
    plan_cell_free(&variants.cells.items[i]);
  vec_free(&variants.cells);
  free(order);
  free(rows.members);
  free(rows.starts);
}

static json_t *words_to_json(char *const *words) {
  json_t *array = json_array();
  for (size_t i = 0; words && words[i]; i++)
    json_array_append_new(array, json_string(words[i]));
  return array;
}

json_t *plan_cell_to_json(const struct plan_cell *cell) {
  json_t *parameters = json_object();
  for (size_t i = 0; i < cell->row.parameters.n; i++)
    json_object_set_new(parameters, cell->row.parameters.items[i].key,
                        json_string(cell->row.parameters.items[i].value));
  json_t *json =
      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:i, s:i, s:b, s:o}", "id", cell->id,
                "name", cell->name, "kind", cell->row.kind, "workload", cell->row.workload, "alloc",
                cell->alloc, "gc", cell->gc, "parameters", parameters, "repetition",
                (int)cell->repetition, "twin", (int)cell->twin, "block", (int)cell->block,
                "threads", (int)cell->row.threads, "command", words_to_json(cell->command));
  return sure(json);
}

static char **words_from_json(const json_t *array) {
  size_t n = json_array_size(array);
  char **words = sure(calloc(n + 1, sizeof *words));
  for (size_t i = 0; i < n; i++) {
    const char *word = json_string_value(json_array_get(array, i));
    words[i] = copy_text(word ? word : "");
  }
  return words;
}

bool plan_cell_from_json(struct plan_cell *cell, const json_t *json, char *error,
                         size_t error_bytes) {
  const char *id, *name, *kind, *workload, *alloc, *gc;
  json_t *parameters, *command;
  int repetition, twin, block, with_threads = 0;
  json_error_t problem;
  *cell = (struct plan_cell){0};
  if (json_unpack_ex((json_t *)(uintptr_t)json, &problem, 0,
                     "{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:i, s:i, s?b, s:o}", "id", &id,
                     "name", &name, "kind", &kind, "workload", &workload, "alloc", &alloc, "gc",
                     &gc, "parameters", &parameters, "repetition", &repetition, "twin", &twin,
                     "block", &block, "threads", &with_threads, "command", &command) != 0) {
    snprintf(error, error_bytes, "not a cell: %s", problem.text);
    return false;
  }
  if (!json_array_size(command) || !json_string_length(json_array_get(command, 0))) {
    snprintf(error, error_bytes, "cell %s has no command", id);
    return false;
  }
  snprintf(cell->id, sizeof cell->id, "%s", id);
  cell->name = copy_text(name);
  cell->row.kind = copy_text(kind);
  cell->row.workload = copy_text(workload);
  cell->row.threads = with_threads;
  cell->alloc = copy_text(alloc);
  cell->gc = copy_text(gc);
  cell->repetition = (unsigned)repetition;
  cell->twin = (unsigned)twin;
  cell->block = (unsigned)block;
  cell->command = words_from_json(command);
  if (!strcmp(kind, "command"))
    cell->row.command = words_from_json(command);
  const char *key;
  json_t *value;
  json_object_foreach(parameters, key, value) {
    plan_parameter_set(&cell->row.parameters, key,
                       json_is_string(value) ? json_string_value(value) : "");
  }
  char wanted[PLAN_ID_BYTES];
  make_id(cell, wanted);
  if (strcmp(wanted, id)) {
    snprintf(error, error_bytes, "cell %s: the id does not belong to its parameters (%s does)", id,
             wanted);
    plan_cell_free(cell);
    return false;
  }
  return true;
}

bool plan_write(const struct plan *plan, const char *path, char *error, size_t error_bytes) {
  json_t *cells = json_array();
  for (size_t i = 0; i < plan->cells.n; i++)
    json_array_append_new(cells, plan_cell_to_json(&plan->cells.items[i]));
  json_t *json = json_pack("{s:s, s:i, s:s, s:s, s:I, s:i, s:s, s:o}", "format", "ouroboros-plan",
                           "version", (int)PLAN_VERSION, "hash", plan->hash, "preset", plan->preset,
                           "seed", (json_int_t)plan->seed, "repetitions", (int)plan->repetitions,
                           "created", plan->created, "cells", cells);
  char *text = sure(json_dumps(json, JSON_INDENT(1)));
  bool ok = file_write_atomic(path, text, strlen(text), error, error_bytes);
  free(text);
  json_decref(json);
  return ok;
}

static bool read_cells(struct plan *plan, const json_t *cells, const char *path, char *error,
                       size_t error_bytes) {
  size_t i;
  json_t *value;
  json_array_foreach(cells, i, value) {
    char problem[256];
    struct plan_cell cell;
    if (!plan_cell_from_json(&cell, value, problem, sizeof problem)) {
      snprintf(error, error_bytes, "%s: entry %zu: %s", path, i, problem);
      return false;
    }
    if (!vec_push(&plan->cells, cell))
      fatal("out of memory");
  }
  return true;
}

bool plan_read(struct plan *plan, const char *path, char *error, size_t error_bytes) {
  *plan = (struct plan){0};
  size_t bytes;
  char *text = file_read(path, &bytes, error, error_bytes);
  if (!text)
    return false;
  json_error_t problem;
  json_t *json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &problem);
  free(text);
  const char *format = json_string_value(json_object_get(json, "format"));
  json_int_t version = json_integer_value(json_object_get(json, "version"));
  const char *hash, *preset, *created;
  json_int_t seed;
  int repetitions;
  json_t *cells;
  bool ok = false;
  if (!json)
    snprintf(error, error_bytes, "%s is damaged: line %d: %s", path, problem.line, problem.text);
  else if (!format || strcmp(format, "ouroboros-plan"))
    snprintf(error, error_bytes, "%s is not a plan", path);
  else if (version != PLAN_VERSION)
    snprintf(error, error_bytes, "%s is a plan of version %lld; this program reads version %d",
             path, (long long)version, PLAN_VERSION);
  else if (json_unpack_ex(json, &problem, 0, "{s:s, s:s, s:s, s:I, s:i, s:o}", "hash", &hash,
                          "preset", &preset, "created", &created, "seed", &seed, "repetitions",
                          &repetitions, "cells", &cells) != 0)
    snprintf(error, error_bytes, "%s is damaged: %s", path, problem.text);
  else {
    *plan = (struct plan){.preset = copy_text(preset),
                          .created = copy_text(created),
                          .seed = (uint64_t)seed,
                          .repetitions = (unsigned)repetitions,
                          .frozen = true};
    ok = read_cells(plan, cells, path, error, error_bytes);
    make_hash(plan, plan->hash);
    if (ok && strcmp(plan->hash, hash)) {
      snprintf(error, error_bytes, "%s is damaged: its hash is %s, its cells give %s", path, hash,
               plan->hash);
      ok = false;
    }
    if (!ok)
      plan_close(plan);
  }
  json_decref(json);
  return ok;
}
