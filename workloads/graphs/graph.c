/* Runs a graph: opens allocator, heap and runtime, times the workload alone, and reads the figures
 * before everything is closed again. */
#include "workloads/graphs/graph.h"
#include "base/check.h"
#include "base/nearest.h"
#include "base/options.h"
#include "os/map.h"
#include "workloads/graphs/timeline.h"
#include "workloads/graphs/workload.h"
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct graph *graph_find(const char *name) {
  for (const struct graph *const *p = graph_registry; *p; p++)
    if (!strcmp((*p)->name, name))
      return *p;
  return NULL;
}

static bool fail(struct graph_result *out, enum graph_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool fail(struct graph_result *out, enum graph_status status, const char *format, ...) {
  out->status = status;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(out->error, sizeof out->error, format, arguments);
  va_end(arguments);
  return false;
}

int64_t graph_param_scaled(const struct graph_param *p, double scale) {
  double value = (double)p->fallback;
  if (p->scaling == GRAPH_LINEAR)
    value *= scale;
  else if (p->scaling == GRAPH_LOGARITHMIC)
    value += log2(scale);
  value = floor(value + 0.5);
  return value < (double)p->min ? p->min : value > (double)p->max ? p->max : (int64_t)value;
}

static size_t params_n(const struct graph *graph) {
  size_t n = 0;
  while (graph->params[n].key)
    n++;
  return n;
}

static bool apply_setting(const struct graph *graph, const char *text, int64_t *values,
                          struct graph_result *out) {
  const char *equals = strchr(text, '=');
  if (!equals)
    return fail(out, GRAPH_USAGE, "%s: \"%s\" is not of the form key=value", graph->name, text);
  char key[64];
  snprintf(key, sizeof key, "%.*s", (int)(equals - text), text);
  struct nearest nearest;
  nearest_start(&nearest, key);
  for (size_t i = 0; i < params_n(graph); i++) {
    const struct graph_param *p = &graph->params[i];
    nearest_try(&nearest, p->key);
    if (strcmp(p->key, key))
      continue;
    uint64_t value;
    if (!options_read_size(equals + 1, &value) || value > INT64_MAX || (int64_t)value < p->min ||
        (int64_t)value > p->max)
      return fail(out, GRAPH_USAGE, "%s: %s must be a number from %lld to %lld, not \"%s\"",
                  graph->name, key, (long long)p->min, (long long)p->max, equals + 1);
    values[i] = (int64_t)value;
    return true;
  }
  const char *near = nearest_end(&nearest);
  return fail(out, GRAPH_USAGE, "%s: unknown parameter \"%s\"%s%s%s", graph->name, key,
              near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* Parameters from scale and settings. */
static bool read_values(const struct graph *graph, const struct graph_request *request,
                        int64_t values[GRAPH_PARAMS_MAX], struct graph_result *out) {
  if (!(request->scale > 0) || request->scale > 1e6)
    return fail(out, GRAPH_USAGE, "scale must be above 0 and at most 1000000, not %g",
                request->scale);
  for (size_t i = 0; i < params_n(graph); i++)
    values[i] = graph_param_scaled(&graph->params[i], request->scale);
  for (size_t i = 0; i < request->n_settings; i++)
    if (!apply_setting(graph, request->settings[i], values, out))
      return false;
  return true;
}

static const struct graph *find_or_suggest(const char *name, struct graph_result *out) {
  const struct graph *graph = graph_find(name);
  if (graph)
    return graph;
  struct nearest nearest;
  nearest_start(&nearest, name);
  for (const struct graph *const *p = graph_registry; *p; p++)
    nearest_try(&nearest, (*p)->name);
  const char *near = nearest_end(&nearest);
  fail(out, GRAPH_USAGE, "unknown graph \"%s\"%s%s%s", name, near ? "; did you mean \"" : "",
       near ? near : "", near ? "\"?" : "");
  return NULL;
}

/* Copies the collector's figures, which end with the heap, into the result. */
static bool take_stats(struct graph_result *out) {
  out->gc = *gc_read_stats();
  size_t n = out->gc.pauses.n;
  const struct gc_pause *pauses = out->gc.pauses.items;
  out->gc.pauses.items = NULL;
  out->gc.pauses.n = out->gc.pauses.capacity = 0;
  if (n && !vec_reserve(&out->gc.pauses, n))
    return fail(out, GRAPH_NO_MEMORY, "out of memory for the record of %zu pauses", n);
  for (size_t i = 0; i < n; i++) {
    histogram_add(&out->pauses, pauses[i].wall_ns);
    out->gc.pauses.items[out->gc.pauses.n++] = pauses[i];
  }
  return true;
}

/* The workload alone, timed, in an open runtime. */
static NO_INLINE bool run_open(const struct graph *graph, struct graph_context *g) {
  struct graph_result *out = g->result;
  error_clear();
  if (g->request->on_work)
    g->request->on_work(g->request->context, true);
  uint64_t cpu = clock_process_ns(), wall = clock_wall_ns();
  bool done = graph->run(g);
  out->wall_ns = clock_wall_ns() - wall;
  out->cpu_ns = clock_process_ns() - cpu;
  if (g->request->on_work)
    g->request->on_work(g->request->context, false);
  out->checksum = g->checksum;
  out->operations = g->operations;
  if (done)
    return true;
  enum error_kind kind = error_pending();
  fail(out, kind == ERROR_MEMORY ? GRAPH_NO_MEMORY : GRAPH_FAILED, "%s: %s", graph->name,
       kind == ERROR_NONE ? "failed without an error"
       : *error_message() ? error_message()
                          : error_name(kind));
  error_clear();
  return false;
}

bool graph_run(const struct graph_request *request, struct graph_result *out) {
  *out = (struct graph_result){0};
  int64_t values[GRAPH_PARAMS_MAX];
  const struct graph *graph = find_or_suggest(request->graph, out);
  if (!graph || !read_values(graph, request, values, out))
    return false;

  uint64_t start = clock_process_ns();
  struct alloc *allocator = alloc_open(request->alloc, out->error, sizeof out->error);
  if (!allocator)
    return out->status = GRAPH_USAGE, false;
  if (!gc_open(allocator, request->gc, out->error, sizeof out->error)) {
    alloc_close(allocator);
    return out->status = GRAPH_USAGE, false;
  }
  struct graph_context g = {.value = values,
                            .checksum = MIX_START,
                            .allocator = allocator,
                            .request = request,
                            .result = out};
  random_seed(&g.random, request->seed);
  bool done;
  if (object_open()) {
    out->open_cpu_ns = clock_process_ns() - start;
    struct timeline timeline = {0};
    if (request->wants_inside)
      timeline_begin(&timeline, allocator, &out->moments);
    done = run_open(graph, &g);
    timeline_end(&timeline);
    done = take_stats(out) && done;
    alloc_read_stats(allocator, &out->alloc);
    graph_telling_moment(&g);
    start = clock_process_ns();
    object_close();
  } else {
    done = fail(out, GRAPH_NO_MEMORY, "out of memory while opening the runtime");
    error_clear();
    start = clock_process_ns();
  }
  out->leaked = gc_close();
  struct alloc_stats end;
  alloc_read_stats(allocator, &end);
  out->leaked_blocks = end.live_blocks;
  alloc_close(allocator);
  out->close_cpu_ns = clock_process_ns() - start;
  return done;
}

bool graph_check(const struct graph_request *request, char *error, size_t error_bytes) {
  struct graph_result result = {0};
  int64_t values[GRAPH_PARAMS_MAX];
  const struct graph *graph = find_or_suggest(request->graph, &result);
  if (graph && read_values(graph, request, values, &result))
    return true;
  snprintf(error, error_bytes, "%s", result.error);
  return false;
}

void graph_result_free(struct graph_result *result) {
  vec_free(&result->regions);
  vec_free(&result->moments);
  vec_free(&result->gc.pauses);
  vec_free(&result->latencies);
}

void graph_count(struct graph_context *g, const char *name, double value) {
  struct graph_result *out = g->result;
  CHECK(out->n_counters < GRAPH_COUNTERS_MAX);
  if (out->n_counters < GRAPH_COUNTERS_MAX)
    out->counters[out->n_counters++] = (struct graph_counter){name, value};
}

/* Resident bytes of this process; 0 where the kernel does not say. */
static uint64_t rss_bytes(void) {
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return 0;
  char text[128];
  ssize_t n = read(file, text, sizeof text - 1);
  close(file);
  if (n <= 0)
    return 0;
  text[n] = 0;
  unsigned long long size, resident;
  if (sscanf(text, "%llu %llu", &size, &resident) != 2)
    return 0;
  return resident * map_page_bytes();
}

void graph_count_memory(struct graph_context *g, const char *rss_name, const char *mapped_name) {
  struct alloc_stats stats;
  alloc_read_stats(g->allocator, &stats);
  graph_count(g, rss_name, (double)rss_bytes());
  if (stats.mapped_bytes != UINT64_MAX)
    graph_count(g, mapped_name, (double)stats.mapped_bytes);
}

static bool take_region(const struct alloc_region *region, void *context) {
  struct graph_result *out = context;
  return vec_push(&out->regions, *region);
}

void graph_telling_moment(struct graph_context *g) {
  struct graph_result *out = g->result;
  if (!g->request->wants_inside || out->has_telling)
    return;
  out->has_telling = true;
  alloc_read_stats(g->allocator, &out->telling);
  if (g->allocator->table->walk)
    g->allocator->table->walk(g->allocator, take_region, out);
}

bool graph_requests_begin(struct graph_context *g, size_t most) {
  size_t bytes = align_up(most * sizeof(uint64_t), map_page_bytes());
  g->requests.ends_ns = map_anonymous(bytes, 0);
  if (!g->requests.ends_ns) {
    error_no_memory();
    return false;
  }
  g->requests.mapped_bytes = bytes;
  g->requests.capacity = most;
  g->requests.n = 0;
  g->requests.start_ns = clock_wall_ns();
  return true;
}

/* Metered latency: the time from when a request would have begun at a steady rate (or did, if that
 * was earlier) until it ended; Blackburn and others, DaCapo Chopin. */
void graph_requests_end(struct graph_context *g) {
  struct graph_result *out = g->result;
  size_t n = g->requests.n;
  uint64_t first = g->requests.start_ns, begin = first;
  double interval = n ? (double)(g->requests.ends_ns[n - 1] - first) / (double)n : 0;
  bool keep = vec_reserve(&out->latencies, n);
  for (size_t i = 0; i < n; i++) {
    uint64_t end = g->requests.ends_ns[i];
    uint64_t steady = first + (uint64_t)(interval * (double)i);
    histogram_add(&out->simple, end - begin);
    histogram_add(&out->metered, end - (steady < begin ? steady : begin));
    if (keep)
      out->latencies.items[out->latencies.n++] = end - begin;
    begin = end;
  }
  map_release(g->requests.ends_ns, g->requests.mapped_bytes);
  g->requests.ends_ns = NULL;
}
