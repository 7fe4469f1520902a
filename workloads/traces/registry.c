/* The recordings that come with the suite: see registry.h. recorded/ is filled by record_all.sh. */
#include "workloads/traces/registry.h"
#include "base/nearest.h"
#include "os/file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef TRACES_FOLDER
#define TRACES_FOLDER "workloads/traces/recorded"
#endif

const struct trace_entry trace_registry[] = {
    {"cc1", "cc1.otrace", "gcc 12's C compiler proper on a source file of this repository, -O2",
     "bursts of small blocks that die together, large vectors that grow, many passes"},
    {"python-objects", "python-objects.otrace",
     "python3.11 with PYTHONMALLOC=malloc: records, dicts, a cyclic graph, strings",
     "every object is seen: millions of blocks under 512 bytes, most die young, dicts that grow"},
    {"sqlite", "sqlite.otrace", "the sqlite3 shell: a table is loaded, indexed, joined and grouped",
     "few sizes, short lives, over a cache of pages that stays"},
    {"gnuplot", "gnuplot.otrace", "gnuplot draws curves, a surface and bars as SVG",
     "arrays of points that grow by realloc, beside short strings"},
    {NULL}};

const struct trace_entry *trace_registry_find(const char *name) {
  for (const struct trace_entry *e = trace_registry; e->name; e++)
    if (!strcmp(e->name, name))
      return e;
  return NULL;
}

static bool look_in(const char *folder, size_t folder_bytes, const char *file, char *path,
                    size_t path_bytes) {
  int n = snprintf(path, path_bytes, "%.*s/%s", (int)folder_bytes, folder, file);
  return n > 0 && (size_t)n < path_bytes && !access(path, R_OK);
}

static bool look_everywhere(const char *file, char *path, size_t path_bytes) {
  const char *given = getenv("OURO_TRACES");
  for (const char *at = given; at && *at;) {
    size_t n = strcspn(at, ":");
    if (look_in(at, n, file, path, path_bytes))
      return true;
    at += n + (at[n] == ':');
  }
  if (look_in(TRACES_FOLDER, strlen(TRACES_FOLDER), file, path, path_bytes))
    return true;
  char folder[2048];
  if (!file_program_folder(folder, sizeof folder - 64))
    return false;
  strcat(folder, "/../share/ouroboros/traces");
  return look_in(folder, strlen(folder), file, path, path_bytes);
}

bool trace_registry_path(const char *name, char *path, size_t path_bytes, char *error,
                         size_t error_bytes) {
  size_t n = strlen(name);
  if (strchr(name, '/') || (n > 7 && !strcmp(name + n - 7, ".otrace")) || !strcmp(name, "-"))
    return snprintf(path, path_bytes, "%s", name) < (int)path_bytes;
  const struct trace_entry *e = trace_registry_find(name);
  if (!e) {
    struct nearest near;
    nearest_start(&near, name);
    for (e = trace_registry; e->name; e++)
      nearest_try(&near, e->name);
    const char *best = nearest_end(&near);
    snprintf(error, error_bytes, "no recording is called '%s'%s%s%s", name,
             best ? "; did you mean '" : "", best ? best : "", best ? "'?" : "");
    return false;
  }
  if (look_everywhere(e->file, path, path_bytes))
    return true;
  snprintf(error, error_bytes, "%s: its file %s is in none of the folders for recordings", name,
           e->file);
  return false;
}
