/* Running cells. */
#include "bench/runner.h"
#include "base/check.h"
#include "base/clock.h"
#include "bench/command.h"
#include "bench/launch.h"
#include "bench/results.h"
#include "os/file.h"
#include "workloads/python/programs.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

bool runner_in_shard(const struct plan_cell *cell, unsigned shard, unsigned shards) {
  return shards <= 1 || cell->block % shards == shard;
}

/* The object that the program wrote to a file; NULL when it wrote nothing or no object. */
static json_t *read_object(const char *path) {
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

static char *sure(char *text) {
  if (!text)
    fatal("out of memory");
  return text;
}

static char *join(const char *folder, const char *rest) {
  char *path;
  return asprintf(&path, "%s%s", folder, rest) < 0 ? sure(NULL) : path;
}

/* A word of the command of a Python program, completed. */
static char *resolve_python(const struct plan_cell *cell, const char *word, const char *figures) {
  char path[PATH_MAX];
  if (!strcmp(word, COMMAND_FIGURES))
    return join(word, figures);
  size_t n = strlen(cell->row.workload);
  bool is_program = !strncmp(word, cell->row.workload, n) && !strcmp(word + n, ".py");
  return sure(strdup(
      is_program && python_programs_path(cell->row.workload, path, sizeof path) ? path : word));
}

/* The command with paths instead of bare names. */
static char **resolve(const struct plan_cell *cell, const char *folder, const char *figures) {
  size_t n = 0;
  while (cell->command[n])
    n++;
  char **argv = calloc(n + 1, sizeof *argv);
  if (!argv)
    fatal("out of memory");
  for (size_t i = 0; i < n; i++)
    argv[i] = command_is_python(cell->row.kind) ? resolve_python(cell, cell->command[i], figures)
                                                : sure(strdup(cell->command[i]));
  if (n && !strchr(argv[0], '/') && folder) {
    char *path = join(folder, "/"), *whole = join(path, argv[0]);
    free(path);
    /* Commands of the user's own come from PATH. */
    if (strcmp(cell->row.kind, "command") || access(whole, X_OK) == 0) {
      free(argv[0]);
      argv[0] = whole;
    } else {
      free(whole);
    }
  }
  return argv;
}

static void free_words(char **words) {
  for (size_t i = 0; words[i]; i++)
    free(words[i]);
  free(words);
}

/* Gathering and writing details costs: our own programs do so only where nothing is timed. */
static bool looks_inside(const struct plan_cell *cell) {
  return cell->row.command || !strcmp(cell->row.kind, "inside");
}

/* Files that programs write; emptied before each. */
struct notes {
  char detail[PATH_MAX], figures[PATH_MAX];
};

static void empty_notes(const struct notes *notes) {
  if (truncate(notes->detail, 0) != 0 && errno != ENOENT)
    unlink(notes->detail);
  unlink(notes->figures);
}

/* Runs one cell. Its file's content, or NULL with a message when there is no launcher. */
static json_t *run_cell(const struct plan_cell *cell, const struct runner_request *request,
                        const struct notes *notes, bool *stopped, char *error, size_t error_bytes) {
  static struct launch_result result; /* its samples are large */
  char started[32];
  time_t now = time(NULL);
  strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
  int cpu = cell->row.threads ? -1 : request->cpu;
  char **argv = resolve(cell, request->program_folder, notes->figures);
  empty_notes(notes);
  struct launch_request launch = {.launcher = request->launcher,
                                  .argv = argv,
                                  .cpu = cpu,
                                  .time_limit_seconds = request->time_limit_seconds,
                                  .memory_limit_bytes = request->memory_limit_bytes,
                                  .sample_ns = request->sample_ns,
                                  .whole_tree = !strcmp(cell->row.kind, "command"),
                                  .detail_path = looks_inside(cell) ? notes->detail : NULL,
                                  .stop = request->stop};
  json_t *json = NULL;
  if (launch_run(&launch, &result, error, error_bytes)) {
    *stopped = result.report.end == CHILD_STOPPED;
    json_t *detail = read_object(notes->detail), *figures = read_object(notes->figures);
    json = outcome_to_json(cell, &result, cpu, started, detail, figures);
    json_decref(detail);
    json_decref(figures);
  }
  launch_close(&result);
  free_words(argv);
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
  struct notes notes;
  char folder[PATH_MAX], here[PATH_MAX];
  snprintf(folder, sizeof folder, "%s/cells", request->directory);
  if (!file_make_folders(folder, error, error_bytes))
    return RUNNER_NO_SPACE;
  /* Whole paths: a measured program may stand in another folder. */
  const char *directory = realpath(request->directory, here) ? here : request->directory;
  if (snprintf(notes.detail, PATH_MAX, "%s/detail.partial", directory) >= PATH_MAX ||
      snprintf(notes.figures, PATH_MAX, "%s/gc-stats.partial", directory) >= PATH_MAX) {
    snprintf(error, error_bytes, "the path of %s is too long", request->directory);
    return RUNNER_NO_SPACE;
  }
  struct runner_progress progress = {.seconds_left = -1};
  bool *missing = find_missing(plan, request, &progress.total);
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
                       : run_cell(progress.cell, request, &notes, &stopped, error, error_bytes);
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
  unlink(notes.detail);
  unlink(notes.figures);
  free(missing);
  return end;
}
