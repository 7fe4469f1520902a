/* Running cells. */
#include "bench/runner.h"
#include "base/check.h"
#include "base/clock.h"
#include "bench/launch.h"
#include "bench/results.h"
#include "os/file.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

bool runner_in_shard(const struct plan_cell *cell, unsigned shard, unsigned shards) {
  return shards <= 1 || strtoull(cell->id, NULL, 16) % shards == shard;
}

/* The object that the program wrote to OURO_DETAIL; NULL when it wrote nothing or no object. */
static json_t *read_detail(const char *path) {
  size_t bytes;
  char ignored[PATH_MAX + 64];
  char *text = file_read(path, &bytes, ignored, sizeof ignored);
  json_t *detail = text && bytes ? json_loadb(text, bytes, 0, NULL) : NULL;
  free(text);
  if (detail && !json_is_object(detail)) {
    json_decref(detail);
    detail = NULL;
  }
  return detail;
}

/* The command with its program's path instead of a bare name; free both with one free. */
static char **resolve(const struct plan_cell *cell, const char *folder) {
  size_t n = 0;
  while (cell->command[n])
    n++;
  char **argv = malloc((n + 1) * sizeof *argv + PATH_MAX);
  if (!argv)
    fatal("out of memory");
  memcpy(argv, cell->command, (n + 1) * sizeof *argv);
  if (!strchr(argv[0], '/') && folder) {
    char *path = (char *)(argv + n + 1);
    snprintf(path, PATH_MAX, "%s/%s", folder, argv[0]);
    /* Commands of the user's own come from PATH. */
    if (strcmp(cell->row.kind, "command") || access(path, X_OK) == 0)
      argv[0] = path;
  }
  return argv;
}

/* Gathering and writing details costs: our own programs do so only where nothing is timed. */
static bool looks_inside(const struct plan_cell *cell) {
  return cell->row.command || !strcmp(cell->row.kind, "inside");
}

/* Runs one cell. Its file's content, or NULL with a message when there is no launcher. */
static json_t *run_cell(const struct plan_cell *cell, const struct runner_request *request,
                        const char *detail_path, bool *stopped, char *error, size_t error_bytes) {
  static struct launch_result result; /* its samples are large */
  char started[32];
  time_t now = time(NULL);
  strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
  int cpu = cell->row.threads ? -1 : request->cpu;
  char **argv = resolve(cell, request->program_folder);
  if (truncate(detail_path, 0) != 0 && errno != ENOENT)
    unlink(detail_path);
  struct launch_request launch = {.launcher = request->launcher,
                                  .argv = argv,
                                  .cpu = cpu,
                                  .time_limit_seconds = request->time_limit_seconds,
                                  .memory_limit_bytes = request->memory_limit_bytes,
                                  .sample_ns = request->sample_ns,
                                  .whole_tree = !strcmp(cell->row.kind, "command"),
                                  .detail_path = looks_inside(cell) ? detail_path : NULL,
                                  .stop = request->stop};
  json_t *json = NULL;
  if (launch_run(&launch, &result, error, error_bytes)) {
    *stopped = result.report.end == CHILD_STOPPED;
    json_t *detail = read_detail(detail_path);
    json = outcome_to_json(cell, &result, cpu, started, detail);
    json_decref(detail);
  }
  launch_close(&result);
  free(argv);
  return json;
}

static bool write_cell(const char *directory, const struct plan_cell *cell, const json_t *json,
                       char *error, size_t error_bytes) {
  char *text = json_dumps(json, JSON_COMPACT);
  if (!text)
    fatal("out of memory");
  bool ok =
      file_write_atomic(results_cell_path(directory, cell), text, strlen(text), error, error_bytes);
  free(text);
  return ok;
}

static enum outcome outcome_in(const json_t *json) {
  enum outcome outcome = OUTCOME_missing;
  const char *status =
      json_string_value(json_object_get(json_object_get(json, "outcome"), "status"));
  if (status)
    outcome_from_name(status, &outcome);
  return outcome;
}

static void tell(const struct runner_request *request, struct runner_progress *progress) {
  if (request->progress)
    request->progress(progress, request->context);
}

/* Marks the cells that have no whole file yet. */
static bool *find_missing(const struct plan *plan, const struct runner_request *request,
                          size_t *total) {
  bool *missing = calloc(plan->cells.n + 1, sizeof *missing);
  if (!missing)
    fatal("out of memory");
  *total = 0;
  for (size_t i = 0; i < plan->cells.n; i++) {
    const struct plan_cell *cell = &plan->cells.items[i];
    if (!runner_in_shard(cell, request->shard, request->shards))
      continue;
    struct result result;
    missing[i] = !results_read_cell(&result, request->directory, cell);
    if (missing[i] && *result.message)
      fprintf(stderr, "ouro: %s: runs again\n", result.message);
    results_cell_close(&result);
    *total += missing[i];
  }
  return missing;
}

enum runner_end runner_run(const struct plan *plan, const struct runner_request *request,
                           char *error, size_t error_bytes) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/cells", request->directory);
  if (!file_make_folders(path, error, error_bytes))
    return RUNNER_NO_SPACE;
  struct runner_progress progress = {.seconds_left = -1};
  bool *missing = find_missing(plan, request, &progress.total);
  snprintf(path, sizeof path, "%s/detail.partial", request->directory);
  enum runner_end end = RUNNER_DONE;
  uint64_t begin = clock_wall_ns();
  for (size_t i = 0; i < plan->cells.n && end == RUNNER_DONE; i++) {
    if (!missing[i])
      continue;
    progress.cell = &plan->cells.items[i];
    progress.json = NULL;
    tell(request, &progress);
    bool stopped = false;
    json_t *json = request->stop && *request->stop
                       ? NULL
                       : run_cell(progress.cell, request, path, &stopped, error, error_bytes);
    if (stopped || (request->stop && *request->stop))
      end = RUNNER_INTERRUPTED; /* the cell in flight is lost, nothing else */
    else if (!json)
      end = RUNNER_BROKEN;
    else if (!write_cell(request->directory, progress.cell, json, error, error_bytes))
      end = RUNNER_NO_SPACE;
    else {
      progress.done++;
      progress.seconds_left = (double)(clock_wall_ns() - begin) * 1e-9 / (double)progress.done *
                              (double)(progress.total - progress.done);
      progress.json = json;
      progress.outcome = outcome_in(json);
      tell(request, &progress);
    }
    json_decref(json);
  }
  unlink(path);
  free(missing);
  return end;
}
