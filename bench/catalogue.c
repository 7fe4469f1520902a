/* Asking the programs. */
#include "bench/catalogue.h"
#include "base/check.h"
#include "base/nearest.h"
#include "workloads/python/programs.h"
#include "workloads/traces/registry.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Standard output of a program, freed by the caller; NULL with a message when it can't be started
 * or ends otherwise than with exit code 0. */
static char *capture(char *const *argv, char *error, size_t error_bytes) {
  int ends[2];
  pid_t pid;
  if (pipe2(ends, O_CLOEXEC) != 0) {
    snprintf(error, error_bytes, "pipe: %s", strerror(errno));
    return NULL;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  int failed = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failed) {
    close(ends[0]);
    snprintf(error, error_bytes, "cannot start %s: %s", argv[0], strerror(failed));
    return NULL;
  }
  size_t n = 0, capacity = 1 << 16;
  char *text = malloc(capacity);
  ssize_t got;
  while (text &&
         ((got = read(ends[0], text + n, capacity - n - 1)) > 0 || (got < 0 && errno == EINTR))) {
    n += got > 0 ? (size_t)got : 0;
    if (capacity - n < 2)
      text = realloc(text, capacity *= 2);
  }
  if (!text)
    fatal("out of memory");
  text[n] = 0;
  close(ends[0]);
  int status;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (status == 0)
    return text;
  free(text);
  if (WIFEXITED(status))
    snprintf(error, error_bytes, "%s ended with exit code %d", argv[0], WEXITSTATUS(status));
  else
    snprintf(error, error_bytes, "%s was ended by signal %d", argv[0], WTERMSIG(status));
  return NULL;
}

static json_t *describe_trace(const char *name) {
  const struct trace_entry *e = trace_registry_find(name);
  return json_pack("{s:s, s:s}", "name", name, "summary",
                   e ? e->summary : "a recording of a real program");
}

/* Takes "KIND/WORKLOAD[/alloc:SPEC][/gc:SPEC]" apart and enters it. */
static void enter_name(struct catalogue *catalogue, char *name) {
  char *gc = strstr(name, "/gc:"), *alloc = strstr(name, "/alloc:"), *slash = strchr(name, '/');
  if (gc)
    *gc = 0;
  if (alloc)
    *alloc = 0;
  if (!slash || !slash[1])
    return;
  *slash = 0;
  const char *workload = slash + 1;
  if (strcmp(name, "trace"))
    json_array_append_new(catalogue->benches,
                          json_pack("{s:s, s:s, s:s, s:s}", "kind", name, "workload", workload,
                                    "alloc", alloc ? alloc + strlen("/alloc:") : "", "gc",
                                    gc ? gc + strlen("/gc:") : ""));
  else if (!catalogue_find(catalogue->traces, workload))
    json_array_append_new(catalogue->traces, describe_trace(workload));
}

/* Enters all benchmarks of a program. */
static bool read_names(struct catalogue *catalogue, const char *folder, const char *name,
                       char *error, size_t error_bytes) {
  char program[PATH_MAX];
  snprintf(program, sizeof program, "%s/%s", folder, name);
  char *const argv[] = {program, (char *)"--benchmark_list_tests=true", NULL};
  char *text = capture(argv, error, error_bytes);
  if (!text)
    return false;
  char *rest;
  for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
    enter_name(catalogue, line);
  free(text);
  return true;
}

static bool read_programs(struct catalogue *catalogue, const char *folder, char *error,
                          size_t error_bytes) {
  struct python_programs all;
  char interpreter[PATH_MAX];
  snprintf(interpreter, sizeof interpreter, "%s/ouropy", folder);
  catalogue->has_interpreter = access(interpreter, X_OK) == 0;
  if (!python_programs_read(&all, error, error_bytes))
    return false;
  for (size_t i = 0; i < all.n; i++)
    json_array_append_new(catalogue->programs,
                          json_pack("{s:s, s:s, s:s}", "name", all.items[i].name, "summary",
                                    all.items[i].summary, "story", all.items[i].story));
  python_programs_close(&all);
  return true;
}

bool catalogue_read(struct catalogue *catalogue, const char *folder, char *error,
                    size_t error_bytes) {
  *catalogue = (struct catalogue){0};
  char *program = catalogue->program;
  snprintf(program, sizeof catalogue->program, "%s/../libexec/ouro-describe", folder);
  char *const argv[] = {program, NULL};
  char *text = capture(argv, error, error_bytes);
  if (!text)
    return false;
  json_error_t problem;
  json_t *json = json_loads(text, 0, &problem);
  free(text);
  if (!json ||
      json_unpack_ex(json, &problem, 0, "{s:O, s:O, s:O}", "allocators", &catalogue->allocators,
                     "collectors", &catalogue->collectors, "graphs", &catalogue->graphs) != 0) {
    snprintf(error, error_bytes, "%s printed no catalogue: %s", program, problem.text);
    json_decref(json);
    return false;
  }
  json_decref(json);
  catalogue->traces = json_array();
  catalogue->benches = json_array();
  catalogue->programs = json_array();
  bool ok = read_programs(catalogue, folder, error, error_bytes) &&
            read_names(catalogue, folder, "bench-alloc", error, error_bytes) &&
            read_names(catalogue, folder, "bench-gc", error, error_bytes);
  if (!ok)
    catalogue_close(catalogue);
  return ok;
}

void catalogue_close(struct catalogue *catalogue) {
  json_decref(catalogue->allocators);
  json_decref(catalogue->collectors);
  json_decref(catalogue->graphs);
  json_decref(catalogue->traces);
  json_decref(catalogue->programs);
  json_decref(catalogue->benches);
  *catalogue = (struct catalogue){0};
}

const json_t *catalogue_find(const json_t *entries, const char *name) {
  size_t i;
  json_t *entry;
  json_array_foreach(entries, i, entry) {
    const char *candidate = json_string_value(json_object_get(entry, "name"));
    if (candidate && !strcmp(candidate, name))
      return entry;
  }
  return NULL;
}

static bool check_name(const json_t *entries, const char *what, const char *name, size_t n,
                       char *error, size_t error_bytes) {
  char word[64];
  snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word - 1 ? n : sizeof word - 1), name);
  if (catalogue_find(entries, word))
    return true;
  struct nearest nearest;
  nearest_start(&nearest, word);
  size_t i;
  json_t *entry;
  json_array_foreach(entries, i, entry)
      nearest_try(&nearest, json_string_value(json_object_get(entry, "name")));
  const char *best = nearest_end(&nearest);
  snprintf(error, error_bytes, "unknown %s '%s'%s%s%s", what, word, best ? "; did you mean '" : "",
           best ? best : "", best ? "'?" : "; `ouro list` shows them");
  return false;
}

/* Opens the spec where that does no harm. */
static bool try_spec(const struct catalogue *catalogue, const char *what, const char *spec,
                     char *error, size_t error_bytes) {
  char *word, said[256];
  if (asprintf(&word, "%s=%s", what, spec) < 0)
    fatal("out of memory");
  char *const argv[] = {(char *)(uintptr_t)catalogue->program, word, NULL};
  char *text = capture(argv, said, sizeof said);
  free(word);
  if (!text) /* it died: that is an answer, too */
    snprintf(error, error_bytes, "%s=%s can't be opened: %s", what, spec, said);
  else
    snprintf(error, error_bytes, "%.*s", (int)strcspn(text, "\n"), text);
  bool ok = text && !*text;
  free(text);
  return ok;
}

static bool check_names(const struct catalogue *catalogue, const char *spec, char *error,
                        size_t error_bytes) {
  for (;;) {
    if (!strncmp(spec, "lib:", 4))
      return true;
    size_t name = strcspn(spec, ":+"), part = strcspn(spec, "+");
    if (!check_name(catalogue->allocators, "allocator", spec, name, error, error_bytes))
      return false;
    if (!spec[part])
      return true;
    spec += part + 1;
  }
}

bool catalogue_check_alloc(const struct catalogue *catalogue, const char *spec, char *error,
                           size_t error_bytes) {
  return check_names(catalogue, spec, error, error_bytes) &&
         try_spec(catalogue, "alloc", spec, error, error_bytes);
}

bool catalogue_check_gc(const struct catalogue *catalogue, const char *spec, char *error,
                        size_t error_bytes) {
  return check_name(catalogue->collectors, "collector", spec, strcspn(spec, ":"), error,
                    error_bytes) &&
         try_spec(catalogue, "gc", spec, error, error_bytes);
}
