/* bench-graph: graphs x allocators x collectors, `graph/NAME/alloc:SPEC/gc:SPEC`.
 *
 * One iteration is one whole run of a graph in a fresh heap: fixed work, so that memory does not
 * depend on speed. The clocks run while the graph does; opening and closing allocator, heap and
 * runtime are figures of their own. Both collector families are inside: see family.h. */
#include "alloc/alloc.h"
#include "base/options.h"
#include "base/vec.h"
#include "bench/bench_graph_detail.h"
#include "bench/family.h"
#include "bench/gbench.h"
#include "workloads/graphs/graph.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCALE, SEED, ALLOC, GC, SET, ITERATIONS };
static struct gbench_flag flags[] = {
    [SCALE] = {"scale", "size of the work; 1 is tens of milliseconds", "1", false},
    [SEED] = {"seed", "seed of all random numbers", "1", false},
    [ALLOC] = {"alloc", "run under this allocator only, with layers and options if given", NULL,
               false},
    [GC] = {"gc", "run under this collector only, with options if given", NULL, false},
    [SET] = {"set", "a graph's own parameter, key=value; may be repeated", NULL, true},
    [ITERATIONS] = {"iterations", "runs per benchmark, each in a fresh heap", "1", false},
    {0},
};

struct cell {
  const struct family *family;
  struct graph_request request;
};

static struct {
  double scale;
  uint64_t seed, iterations;
  const char **settings;
  size_t n_settings;
  struct {
    VEC(struct cell *);
  } cells;
} program_state;

/* ---- one benchmark ------------------------------------------------------------------------- */

static void on_work(void *context, bool begins) {
  if (begins)
    gbench_resume(context);
  else
    gbench_pause(context);
}

static void count(struct gbench_state *s, const char *name, double value) {
  gbench_counter(s, name, value, GBENCH_PLAIN);
}

/* Percentiles under PREFIX_p50_ns and so on, by the most that n values can tell. */
static void count_quantiles(struct gbench_state *s, const char *prefix, const struct histogram *h) {
  static const struct {
    const char *name;
    double q;
  } quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"p9999", 0.9999}};
  char name[64];
  if (!h->n)
    return;
  for (size_t i = 0; i < ARRAY_SIZE(quantiles); i++) {
    snprintf(name, sizeof name, "%s_%s_ns", prefix, quantiles[i].name);
    count(s, name, (double)histogram_quantile(h, quantiles[i].q));
  }
  snprintf(name, sizeof name, "%s_max_ns", prefix);
  count(s, name, (double)h->max);
  snprintf(name, sizeof name, "%s_mean_ns", prefix);
  count(s, name, histogram_mean(h));
}

static void count_collector(struct gbench_state *s, const struct graph_result *r) {
#define COUNT_GC(field, meaning) count(s, "gc_" #field, (double)r->gc.field);
  GC_STATS(COUNT_GC)
#undef COUNT_GC
  for (int i = 0; i < GC_GENERATIONS; i++) {
    char name[32];
    snprintf(name, sizeof name, "gc_collections_%d", i);
    count(s, name, (double)r->gc.collections[i]);
  }
  count(s, "gc_cpu_share", r->cpu_ns ? (double)r->gc.collection_cpu_ns / (double)r->cpu_ns : 0);
  count(s, "gc_pause_count", (double)r->pauses.n);
  count_quantiles(s, "gc_pause", &r->pauses);
}

static void count_allocator(struct gbench_state *s, const struct graph_result *r) {
#define COUNT_ALLOC(field, meaning)                                                                \
  if (r->alloc.field != UINT64_MAX)                                                                \
    count(s, "alloc_" #field, (double)r->alloc.field);
  ALLOC_STATS(COUNT_ALLOC)
#undef COUNT_ALLOC
}

static void report(struct gbench_state *s, const struct graph_result *r) {
  char label[40];
  snprintf(label, sizeof label, "checksum=0x%016llx", (unsigned long long)r->checksum);
  gbench_label(s, label);
  count(s, "operations", (double)r->operations);
  count(s, "objects", (double)r->gc.objects_created);
  count(s, "leaked_objects", (double)r->leaked);
  count(s, "work_cpu_ns", (double)r->cpu_ns);
  count(s, "open_cpu_ns", (double)r->open_cpu_ns);
  count(s, "close_cpu_ns", (double)r->close_cpu_ns);
  count_collector(s, r);
  count_allocator(s, r);
  count_quantiles(s, "latency", &r->simple);
  count_quantiles(s, "metered", &r->metered);
  for (size_t i = 0; i < r->n_counters; i++)
    count(s, r->counters[i].name, r->counters[i].value);
}

/* Runs the graph n times. False with a message. */
static bool run_all(const struct family *family, const struct graph_request *request, uint64_t n,
                    struct graph_result *r, double *seconds, char *error, size_t error_bytes) {
  uint64_t checksum = 0;
  *seconds = 0;
  for (uint64_t i = 0; i < n; i++) {
    if (i > 0)
      family->graph_result_free(r);
    if (!family->graph_run(request, r)) {
      snprintf(error, error_bytes, "%s", r->error);
      return false;
    }
    *seconds += (double)r->wall_ns * 1e-9;
    if (i > 0 && r->checksum != checksum) {
      snprintf(error, error_bytes, "%s: checksum 0x%016llx after 0x%016llx in an equal run",
               request->graph, (unsigned long long)r->checksum, (unsigned long long)checksum);
      return false;
    }
    checksum = r->checksum;
  }
  return true;
}

static void run(struct gbench_state *s, void *context) {
  const struct cell *cell = context;
  static struct graph_result result; /* large: three histograms */
  char error[512] = "";
  double seconds;
  const char *detail = getenv("OURO_DETAIL");
  struct graph_request request = cell->request;
  request.on_work = on_work;
  request.context = s;
  request.wants_inside = detail && *detail;
  uint64_t n = gbench_begin(s);
  gbench_pause(s);
  bool ok = run_all(cell->family, &request, n, &result, &seconds, error, sizeof error);
  gbench_resume(s);
  gbench_set_seconds(s, seconds);
  gbench_end(s);
  if (ok)
    report(s, &result);
  if (ok && detail && *detail)
    ok = bench_graph_write_detail(detail, &result, error, sizeof error);
  if (!ok)
    gbench_fail(s, error);
  cell->family->graph_result_free(&result);
}

/* ---- what there is to run ------------------------------------------------------------------ */

static bool add_cell(const struct family *family, const char *graph, const char *alloc,
                     const char *gc, char *error, size_t error_bytes) {
  char name[512];
  int length = snprintf(name, sizeof name, "graph/%s/alloc:%s/gc:%s", graph, alloc, gc);
  if (length < 0 || (size_t)length >= sizeof name)
    return snprintf(error, error_bytes, "specs are too long for a name"), false;
  if (!gbench_is_wanted(name))
    return true;
  struct cell *cell = calloc(1, sizeof *cell);
  if (!cell || !vec_push(&program_state.cells, cell)) {
    free(cell);
    return snprintf(error, error_bytes, "out of memory"), false;
  }
  cell->family = family;
  cell->request = (struct graph_request){.graph = graph,
                                         .alloc = alloc,
                                         .gc = gc,
                                         .scale = program_state.scale,
                                         .seed = program_state.seed,
                                         .settings = program_state.settings,
                                         .n_settings = program_state.n_settings};
  if (!family->graph_check(&cell->request, error, error_bytes))
    return false;
  gbench_add(&(struct gbench_case){.name = name,
                                   .run = run,
                                   .context = cell,
                                   .iterations = program_state.iterations,
                                   .process_time = true,
                                   .manual_time = true});
  return true;
}

/* Backends whose name alone is a spec; `lib` wants a path. */
static bool stands_alone(const struct alloc_backend *backend) {
  return !backend->is_layer && strcmp(backend->name, "lib") != 0;
}

static bool add_allocators(const struct family *family, const char *graph, const char *gc,
                           char *error, size_t error_bytes) {
  if (flags[ALLOC].value)
    return add_cell(family, graph, flags[ALLOC].value, gc, error, error_bytes);
  for (const struct alloc_backend *const *b = alloc_registry; *b; b++)
    if (stands_alone(*b) && !add_cell(family, graph, (*b)->name, gc, error, error_bytes))
      return false;
  return true;
}

static bool add_collectors(const char *graph, char *error, size_t error_bytes) {
  if (flags[GC].value)
    return add_allocators(family_of(flags[GC].value), graph, flags[GC].value, error, error_bytes);
  for (size_t f = 0; f < FAMILIES; f++)
    for (const struct gc_collector *const *c = families[f]->collectors; *c; c++)
      if (!add_allocators(families[f], graph, (*c)->name, error, error_bytes))
        return false;
  return true;
}

/* ---- flags --------------------------------------------------------------------------------- */

/* Cuts "a=1,b=2" into settings. */
static bool read_settings(char *error, size_t error_bytes) {
  if (!flags[SET].value)
    return true;
  char *text = strdup(flags[SET].value);
  program_state.settings = calloc(strlen(flags[SET].value) + 1, sizeof *program_state.settings);
  if (!text || !program_state.settings)
    return snprintf(error, error_bytes, "out of memory"), false;
  for (char *rest = text, *one; (one = strsep(&rest, ","));)
    program_state.settings[program_state.n_settings++] = one;
  return true;
}

static bool read_numbers(char *error, size_t error_bytes) {
  char *end;
  errno = 0;
  program_state.scale = strtod(flags[SCALE].value, &end);
  if (errno || *end || end == flags[SCALE].value)
    return snprintf(error, error_bytes, "--scale wants a number, not '%s'", flags[SCALE].value),
           false;
  program_state.seed = strtoull(flags[SEED].value, &end, 0);
  if (errno || *end || end == flags[SEED].value || *flags[SEED].value == '-')
    return snprintf(error, error_bytes, "--seed wants a number, not '%s'", flags[SEED].value),
           false;
  if (!options_read_size(flags[ITERATIONS].value, &program_state.iterations) ||
      !program_state.iterations)
    return snprintf(error, error_bytes, "--iterations wants a number above 0, not '%s'",
                    flags[ITERATIONS].value),
           false;
  return true;
}

/* Specs that were given by hand are tried once, so that a mistake is one message and not a table of
 * failures. */
static bool check_specs(char *error, size_t error_bytes) {
  const char *gc = flags[GC].value;
  if (gc && !family_of(gc)) {
    int n = snprintf(error, error_bytes, "unknown collector '%s' (collectors:", gc);
    for (size_t f = 0; f < FAMILIES; f++)
      for (const struct gc_collector *const *c = families[f]->collectors; *c; c++)
        if (n > 0 && (size_t)n < error_bytes)
          n += snprintf(error + n, error_bytes - (size_t)n, " %s", (*c)->name);
    if (n > 0 && (size_t)n < error_bytes)
      snprintf(error + n, error_bytes - (size_t)n, ")");
    return false;
  }
  bool try_gc = gc && strchr(gc, ':');
  if (!flags[ALLOC].value && !try_gc)
    return true;
  struct alloc *a =
      alloc_open(flags[ALLOC].value ? flags[ALLOC].value : "malloc", error, error_bytes);
  if (!a)
    return false;
  bool ok = true;
  if (try_gc) {
    ok = family_of(gc)->open(a, gc, error, error_bytes);
    if (ok)
      family_of(gc)->close();
  }
  alloc_close(a);
  return ok;
}

static bool add(char *error, size_t error_bytes) {
  if (!read_numbers(error, error_bytes) || !read_settings(error, error_bytes) ||
      !check_specs(error, error_bytes))
    return false;
  gbench_add_context("scale", flags[SCALE].value);
  gbench_add_context("seed", flags[SEED].value);
  if (flags[SET].value)
    gbench_add_context("set", flags[SET].value);
  for (const struct graph *const *g = families[0]->graphs; *g; g++)
    if (!add_collectors((*g)->name, error, error_bytes))
      return false;
  return true;
}

static void close_all(void) {
  for (size_t i = 0; i < program_state.cells.n; i++)
    free(program_state.cells.items[i]);
  vec_free(&program_state.cells);
  if (program_state.settings)
    free((char *)(uintptr_t)program_state.settings[0]);
  free(program_state.settings);
}

/* Of some fifty counters, those that tell how it went. */
static const char *const few_counters[] = {
    "objects",         "gc_cpu_share",  "gc_pause_count", "gc_pause_p99_ns",
    "gc_pause_max_ns", "gc_peak_bytes", "leaked_objects", NULL};

int main(int argc, char **argv) {
  struct gbench_program program = {.name = "bench-graph",
                                   .summary = "object graphs under every allocator and collector",
                                   .flags = flags,
                                   .add = add,
                                   .close = close_all,
                                   .few_counters = few_counters};
  return gbench_main(argc, argv, &program);
}
