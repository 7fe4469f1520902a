/* Reading runs. */
#include "bench/results.h"
#include "base/check.h"
#include "os/file.h"
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *sure(void *p) {
  if (!p)
    fatal("out of memory");
  return p;
}

const char *results_cell_path(const char *directory, const struct plan_cell *cell) {
  static char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/cells/%s.json", directory, cell->id);
  return path;
}

void results_cell_close(struct result *result) {
  free(result->message);
  free(result->checksum);
  json_decref(result->json);
  *result = (struct result){0};
}

static bool refuse(struct result *result, json_t *json, const char *message) {
  json_decref(json);
  *result = (struct result){
      .outcome = OUTCOME_missing, .message = sure(strdup(message)), .checksum = sure(strdup(""))};
  return false;
}

bool results_read_cell(struct result *result, const char *directory, const struct plan_cell *cell) {
  const char *path = results_cell_path(directory, cell);
  char error[PATH_MAX + 256] = "";
  size_t bytes;
  if (access(path, F_OK) != 0 && errno == ENOENT)
    return refuse(result, NULL, "");
  char *text = file_read(path, &bytes, error, sizeof error);
  if (!text)
    return refuse(result, NULL, error);
  json_error_t problem;
  json_t *json = json_loadb(text, bytes, 0, &problem);
  free(text);
  if (!json) {
    snprintf(error, sizeof error, "%s is damaged: line %d: %s", path, problem.line, problem.text);
    return refuse(result, NULL, error);
  }
  const char *id, *status, *message, *checksum;
  json_t *row;
  enum outcome outcome;
  if (json_unpack_ex(json, &problem, 0, "{s:{s:s}, s:[o], s:{s:s, s:s, s:s}}", "cell", "id", &id,
                     "benchmarks", &row, "outcome", "status", &status, "message", &message,
                     "checksum", &checksum) != 0)
    snprintf(error, sizeof error, "%s is damaged: %s", path, problem.text);
  else if (strcmp(id, cell->id))
    snprintf(error, sizeof error, "%s holds another cell, %s", path, id);
  else if (!outcome_from_name(status, &outcome) || outcome >= OUTCOME_void)
    snprintf(error, sizeof error, "%s is damaged: status '%s'", path, status);
  if (*error)
    return refuse(result, json, error);
  *result = (struct result){.outcome = outcome,
                            .message = sure(strdup(message)),
                            .checksum = sure(strdup(checksum)),
                            .json = json,
                            .row = row};
  return true;
}

/* Marks the cells of one row, given by the index of its first cell, whose checksums deviate. */
static void judge_row(struct results *results, size_t first, bool *judged) {
  const struct plan *plan = &results->plan;
  const char *best = NULL;
  size_t best_votes = 0, rivals = 0, n = 0, *members = sure(calloc(plan->cells.n, sizeof *members));
  for (size_t i = first; i < plan->cells.n; i++)
    if (plan_same_row(&plan->cells.items[first].row, &plan->cells.items[i].row)) {
      judged[i] = true;
      if (results->cells[i].outcome == OUTCOME_ok)
        members[n++] = i;
    }
  for (size_t i = 0; i < n; i++) {
    const char *checksum = results->cells[members[i]].checksum;
    size_t votes = 0;
    bool seen = false;
    for (size_t j = 0; j < n; j++) {
      bool equal = !strcmp(results->cells[members[j]].checksum, checksum);
      votes += equal;
      seen |= equal && j < i;
    }
    if (votes > best_votes)
      best = checksum, best_votes = votes, rivals = 0;
    else if (votes == best_votes && !seen && strcmp(best, checksum))
      rivals++;
  }
  for (size_t i = 0; i < n; i++) {
    struct result *r = &results->cells[members[i]];
    if (!rivals && !strcmp(r->checksum, best))
      continue;
    char message[256];
    snprintf(message, sizeof message,
             rivals ? "its checksum is %s, and the row agrees on none"
                    : "its checksum is %s, the row's is %s",
             *r->checksum ? r->checksum : "missing", best);
    free(r->message);
    r->message = sure(strdup(message));
    r->outcome = OUTCOME_void;
  }
  free(members);
}

static void read_environment(struct results *results) {
  char path[PATH_MAX], error[PATH_MAX + 256];
  snprintf(path, sizeof path, "%s/environment.json", results->directory);
  size_t bytes;
  json_error_t problem;
  char *text = file_read(path, &bytes, error, sizeof error);
  if (!text)
    return; /* a run without it is whole otherwise; readers see the NULL */
  if (!(results->environment = json_loadb(text, bytes, 0, &problem)))
    fprintf(stderr, "ouro: %s is damaged: line %d: %s\n", path, problem.line, problem.text);
  free(text);
}

bool results_read(struct results *results, const char *directory, char *error, size_t error_bytes) {
  char path[PATH_MAX];
  *results = (struct results){0};
  snprintf(path, sizeof path, "%s/plan.json", directory);
  if (!plan_read(&results->plan, path, error, error_bytes))
    return false;
  results->directory = sure(strdup(directory));
  size_t n = results->plan.cells.n;
  results->cells = sure(calloc(n + 1, sizeof *results->cells));
  bool *judged = sure(calloc(n + 1, sizeof *judged));
  for (size_t i = 0; i < n; i++)
    results_read_cell(&results->cells[i], directory, &results->plan.cells.items[i]);
  for (size_t i = 0; i < n; i++)
    if (!judged[i])
      judge_row(results, i, judged);
  for (size_t i = 0; i < n; i++)
    results->counts[results->cells[i].outcome]++;
  free(judged);
  read_environment(results);
  return true;
}

void results_close(struct results *results) {
  for (size_t i = 0; results->cells && i < results->plan.cells.n; i++)
    results_cell_close(&results->cells[i]);
  free(results->cells);
  free(results->directory);
  json_decref(results->environment);
  plan_close(&results->plan);
  *results = (struct results){0};
}

double results_figure(const struct result *result, const char *field) {
  json_t *value = result->outcome == OUTCOME_ok ? json_object_get(result->row, field) : NULL;
  return json_is_number(value) ? json_number_value(value) : NAN;
}

json_t *results_join(const struct results *results) {
  json_t *rows = json_array(), *context = NULL;
  for (size_t i = 0; i < results->plan.cells.n; i++) {
    const struct result *r = &results->cells[i];
    if (!r->json)
      continue;
    json_t *row = json_copy(r->row);
    if (r->outcome == OUTCOME_void) {
      json_object_set_new(row, "error_occurred", json_true());
      json_object_set_new(row, "error_message", json_string(r->message));
    }
    json_array_append_new(rows, row);
    json_t *candidate = json_object_get(r->json, "context");
    if (!context && json_object_size(candidate))
      context = json_copy(candidate);
  }
  if (!context)
    context = json_object();
  if (results->environment)
    json_object_set(context, "ouroboros", results->environment);
  return sure(json_pack("{s:o, s:o}", "context", context, "benchmarks", rows));
}
