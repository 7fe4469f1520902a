/* Describing the surroundings of a run. */
#include "bench/environment.h"
#include "base/bits.h"
#include "base/check.h"
#include "build.h"
#include "commit.h"
#include "os/file.h"
#include "os/machine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

/* The libraries whose version decides results: our name, Debian's package. */
static const char *const packages[][2] = {
    {"glibc", "libc6"},
    {"jemalloc", "libjemalloc-dev"},
    {"mimalloc", "libmimalloc2.0"},
    {"tcmalloc", "libtcmalloc-minimal4"},
    {"tbb", "libtbbmalloc2"},
    {"benchmark", "libbenchmark1debian"},
};

/* Environment variables that change how allocators, collectors and the loader behave. */
static const char *const knobs[] = {"MALLOC_",  "MIMALLOC_",      "TCMALLOC_", "TBB_MALLOC",
                                    "JEMALLOC", "GLIBC_TUNABLES", "LD_",       "OURO_",
                                    "JE_",      "_RJEM_",         "PYTHON"};

static json_t *text(const char *value) { return *value ? json_string(value) : json_null(); }

/* One pass over dpkg's list of what is installed. */
static json_t *describe_libraries(void) {
  json_t *libraries = json_object();
  FILE *status = fopen("/var/lib/dpkg/status", "re");
  char line[1024], package[sizeof line] = "";
  while (status && fgets(line, sizeof line, status)) {
    line[strcspn(line, "\n")] = 0;
    if (!strncmp(line, "Package: ", 9))
      snprintf(package, sizeof package, "%s", line + 9);
    if (strncmp(line, "Version: ", 9))
      continue;
    for (size_t i = 0; i < ARRAY_SIZE(packages); i++)
      if (!strcmp(packages[i][1], package))
        json_object_set_new(libraries, packages[i][0],
                            json_pack("{s:s, s:s}", "package", package, "version", line + 9));
  }
  if (status)
    fclose(status);
  return libraries;
}

static json_t *describe_knobs(void) {
  json_t *set = json_object();
  for (char **e = environ; *e; e++)
    for (size_t i = 0; i < ARRAY_SIZE(knobs); i++)
      if (!strncmp(*e, knobs[i], strlen(knobs[i]))) {
        size_t n = strcspn(*e, "=");
        char *key = strndup(*e, n);
        if (key && (*e)[n])
          json_object_set_new(set, key, json_string((*e) + n + 1));
        free(key);
        break;
      }
  return set;
}

static json_t *describe_caches(const struct machine *m) {
  json_t *caches = json_array();
  for (size_t i = 0; i < m->n_caches; i++)
    json_array_append_new(caches,
                          json_pack("{s:i, s:s, s:I}", "level", m->caches[i].level, "type",
                                    m->caches[i].type, "bytes", (json_int_t)m->caches[i].bytes));
  return caches;
}

static json_t *describe_words(char *const *words) {
  json_t *array = json_array();
  for (; words && *words; words++)
    json_array_append_new(array, json_string(*words));
  return array;
}

json_t *environment_describe(const struct environment_run *run) {
  struct machine m;
  machine_read(&m);
  json_t *host = json_pack("{s:o, s:o, s:o, s:o, s:o}", "name", text(m.host), "kernel",
                           text(m.kernel), "machine", text(m.architecture), "distribution",
                           text(m.distribution), "virtual", text(m.hypervisor));
  json_t *cpu =
      json_pack("{s:o, s:i, s:i, s:f, s:o, s:o, s:o, s:o}", "model", text(m.cpu_model), "count",
                m.cpus, "online", m.allowed_cpus, "mhz", m.mhz, "governor", text(m.governor),
                "turbo", text(m.turbo), "smt", text(m.smt), "caches", describe_caches(&m));
  json_t *memory = json_pack("{s:I, s:I, s:I, s:I}", "total_bytes", (json_int_t)m.memory_bytes,
                             "available_bytes", (json_int_t)m.available_bytes, "swap_bytes",
                             (json_int_t)m.swap_bytes, "page_bytes", (json_int_t)m.page_bytes);
  json_t *settings = json_pack("{s:o, s:o, s:o, s:[f,f,f], s:o, s:o}", "transparent_hugepage",
                               text(m.transparent_hugepage), "aslr", text(m.aslr), "overcommit",
                               text(m.overcommit), "load_average", m.load[0], m.load[1], m.load[2],
                               "cgroup_cpu_max", text(m.cgroup_cpu_max), "cgroup_memory_max",
                               text(m.cgroup_memory_max));
  json_t *build = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "compiler", BUILD_COMPILER, "flags",
                            BUILD_FLAGS, "type", BUILD_TYPE, "version", BUILD_VERSION, "commit",
                            BUILD_COMMIT, "dirty", strstr(BUILD_COMMIT, "-dirty") != NULL);
  json_t *this_run = json_pack("{s:I, s:i, s:i, s:o}", "seed", (json_int_t)run->plan->seed, "cpu",
                               run->cpu, "repetitions", (int)run->plan->repetitions, "command",
                               describe_words(run->command));
  json_t *json = json_pack(
      "{s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "format", "ouroboros-environment",
      "version", 1, "host", host, "cpu", cpu, "memory", memory, "settings", settings, "libraries",
      describe_libraries(), "knobs", describe_knobs(), "build", build, "run", this_run);
  if (!json)
    fatal("out of memory");
  return json;
}

bool environment_write(const struct environment_run *run, const char *path, char *error,
                       size_t error_bytes) {
  json_t *json = environment_describe(run);
  char *dump = json_dumps(json, JSON_INDENT(1));
  if (!dump)
    fatal("out of memory");
  bool ok = file_write_atomic(path, dump, strlen(dump), error, error_bytes);
  free(dump);
  json_decref(json);
  return ok;
}
