/* Replays of recordings as benchmarks: see bench_alloc_traces.h. */
#include "bench/bench_alloc_traces.h"
#include "base/vec.h"
#include "bench/gbench.h"
#include "workloads/traces/registry.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cell {
  char *path, *spec;
  enum replay_touch touch;
};

static struct { VEC(struct cell *); } cells;

/* The recording that was read last: benchmarks of one recording follow each other. */
static struct {
  char *path;
  struct program *program;
} loaded;

static struct program *load(const char *path, char *error, size_t error_bytes) {
  if (loaded.program && !strcmp(loaded.path, path))
    return loaded.program;
  program_free(loaded.program);
  free(loaded.path);
  loaded.program = NULL;
  loaded.path = strdup(path);
  if (!loaded.path) {
    snprintf(error, error_bytes, "out of memory");
    return NULL;
  }
  loaded.program = program_load(path, &(struct program_options){0}, error, error_bytes);
  return loaded.program;
}

static void count(struct gbench_state *s, const char *name, uint64_t value) {
  gbench_counter(s, name, (double)value, GBENCH_PLAIN);
}

static void report(struct gbench_state *s, const struct program *p, const struct replay_result *r) {
  char label[40];
  snprintf(label, sizeof label, "checksum=0x%016llx", (unsigned long long)r->checksum);
  gbench_label(s, label);
  count(s, "operations", p->totals.events);
  count(s, "objects", p->totals.objects);
  count(s, "recorded_threads", p->totals.threads);
  gbench_counter(s, "cpu_ns_per_event", (double)r->cpu_ns / (double)p->totals.events, GBENCH_PLAIN);
  count(s, "work_cpu_ns", r->cpu_ns);
  count(s, "close_cpu_ns", r->drain_ns);
  count(s, "live_peak_bytes", p->totals.peak_live_bytes);
  count(s, "live_peak_blocks", p->totals.peak_live_blocks);
  if (r->peak_rss_bytes >= r->before_rss_bytes)
    count(s, "rss_growth_bytes", r->peak_rss_bytes - r->before_rss_bytes);
  count(s, "work_minor_faults", r->minor_faults);
}

/* One replay in an allocator of its own. False with a message. */
static bool replay_once(const struct cell *cell, const struct program *p, struct replay_result *r,
                        char *error, size_t error_bytes) {
  struct alloc *a = alloc_open(cell->spec, error, error_bytes);
  if (!a)
    return false;
  replay_run(p, a, cell->touch, r);
  alloc_close(a);
  if (!r->fine)
    snprintf(error, error_bytes, "%s", r->error);
  return r->fine;
}

static void run(struct gbench_state *s, void *context) {
  const struct cell *cell = context;
  char error[512] = "";
  struct replay_result result = {0};
  double seconds = 0;
  uint64_t checksum = 0;
  const struct program *p = load(cell->path, error, sizeof error);
  if (!p) {
    gbench_fail(s, error);
    return;
  }
  bool fine = true;
  uint64_t n = gbench_begin(s);
  for (uint64_t i = 0; i < n && fine; i++) {
    fine = replay_once(cell, p, &result, error, sizeof error);
    seconds += (double)result.cpu_ns * 1e-9;
    if (fine && i && checksum != result.checksum) {
      snprintf(error, sizeof error, "two equal replays had different checksums");
      fine = false;
    }
    checksum = result.checksum;
  }
  gbench_set_seconds(s, seconds);
  gbench_end(s);
  if (fine)
    report(s, p, &result);
  else
    gbench_fail(s, error);
}

static bool add_cell(const struct bench_alloc_traces *settings, const char *name, const char *path,
                     const char *spec, char *error, size_t error_bytes) {
  char whole[512];
  int n = snprintf(whole, sizeof whole, "trace/%s/alloc:%s", name, spec);
  if (n < 0 || (size_t)n >= sizeof whole) {
    snprintf(error, error_bytes, "the name of a benchmark would be too long: %s", whole);
    return false;
  }
  if (!gbench_is_wanted(whole))
    return true;
  struct cell *cell = calloc(1, sizeof *cell);
  if (cell)
    *cell = (struct cell){strdup(path), strdup(spec), settings->touch};
  if (!cell || !cell->path || !cell->spec || !vec_push(&cells, cell)) {
    snprintf(error, error_bytes, "out of memory");
    return false;
  }
  gbench_add(&(struct gbench_case){.name = whole,
                                   .run = run,
                                   .context = cell,
                                   .iterations = settings->iterations ? settings->iterations : 1,
                                   .process_time = true,
                                   .manual_cpu = true});
  return true;
}

static bool add_recording(const struct bench_alloc_traces *settings, const char *name,
                          const char *path, char *error, size_t error_bytes) {
  for (const char *const *spec = settings->specs; *spec; spec++)
    if (!add_cell(settings, name, path, *spec, error, error_bytes))
      return false;
  return true;
}

bool bench_alloc_traces_add(const struct bench_alloc_traces *settings, char *error,
                            size_t error_bytes) {
  char path[PATH_MAX];
  for (const struct trace_entry *e = trace_registry; e->name; e++) {
    /* A recording that is missing fails when it is run, not when others are. */
    if (!trace_registry_path(e->name, path, sizeof path, error, error_bytes))
      snprintf(path, sizeof path, "%s", e->file);
    if (!add_recording(settings, e->name, path, error, error_bytes))
      return false;
  }
  if (!settings->trace)
    return true;
  const char *slash = strrchr(settings->trace, '/');
  return add_recording(settings, slash ? slash + 1 : settings->trace, settings->trace, error,
                       error_bytes);
}

void bench_alloc_traces_close(void) {
  for (size_t i = 0; i < cells.n; i++) {
    free(cells.items[i]->path);
    free(cells.items[i]->spec);
    free(cells.items[i]);
  }
  vec_free(&cells);
  program_free(loaded.program);
  free(loaded.path);
  loaded.program = NULL;
  loaded.path = NULL;
}
