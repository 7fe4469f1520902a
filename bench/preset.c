/* Presets.
 *
 * quick: every allocator under every collector on graphs chosen so that each stresses something
 * that the others do not, Python programs under the same pairings, and every trace under every
 * allocator; sized so that all of it together takes under four minutes on one core. full: every
 * graph at its natural size, every program, every benchmark. In both, some variants are there twice
 * under two names, so that what the machine alone makes of equal things is measured in the same run
 * (method: A/A before A/B). */
#include "bench/preset.h"
#include "base/bits.h"
#include "base/nearest.h"
#include "base/options.h"
#include "bench/command.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const allocators[] = {"pool",     "magazine", "malloc", "jemalloc",
                                         "mimalloc", "tcmalloc", "tbb"};
static const char *const collectors[] = {"refcount", "three-generation", "mark-sweep", "none"};
/* The allocators that have a twin, under the collector that is the default. */
static const char *const twins[] = {"magazine", "malloc"};
static const char twins_gc[] = "three-generation";
static const char empty_graph[] = "empty";
/* Each graph of a preset runs once more under these, as a kind of its own that is in no mean:
 * pauses, arenas, live bytes and requested sizes can only be had by looking inside, and who looks
 * inside does not measure time. */
static const char *const inside[][2] = {
    {"pool", "three-generation"}, {"pool", "mark-sweep"}, {"count+pool", "three-generation"}};

/* Graphs with threads of their own: one CPU would serialise them. */
static const char *const threaded[] = {"producer-consumer"};

/* The graphs of the quick preset, with the scale at which a cell takes some 40 ms. */
static const struct {
  const char *name, *scale;
} quick_graphs[] = {
    {"binary-trees", "1"},     {"random-graph", "1"}, {"json-document", "1"},
    {"service-sessions", "1"}, {"dict-churn", "1"},   {"lru-cache", "1"},
    {"fragmentation", "1"},    {"all-cycles", "1"},   {"producer-consumer", "1"},
};

/* The Python programs of the quick preset, at some 40 ms of CPython's time; of the full one, all.
 */
static const struct {
  const char *name, *scale;
} quick_programs[] = {
    {"task-scheduler", "0.1"}, {"word-frequency", "0.1"}, {"string-assembly", "0.1"},
    {"tree-nodes", "0.1"},     {"cyclic-garbage", "0.1"}, {"coroutine-chain", "0.1"},
};
static const char full_program_scale[] = "0.2";
static const char empty_program[] = "empty";

enum { QUICK_REPETITIONS = 5, FULL_REPETITIONS = 5 };

double preset_time_limit_seconds(bool full) { return full ? 600 : 30; }
uint64_t preset_memory_limit_bytes(bool full) { return (uint64_t)(full ? 8192 : 2048) << 20; }

struct filling {
  struct plan *plan;
  const struct preset_request *request;
};

static void add(struct filling *f, const struct plan_row *row, const char *alloc, const char *gc,
                unsigned twin) {
  struct plan_cell cell = {
      .row = *row, .alloc = (char *)(uintptr_t)alloc, .gc = (char *)(uintptr_t)gc, .twin = twin};
  char *name = plan_cell_name(&cell);
  if (!f->request->wants || f->request->wants(name, f->request->context))
    plan_add(f->plan, row, alloc, gc, twin);
  free(name);
}

/* The words asked for, or the preset's. */
static const char *word(const struct preset_words *asked, const char *const *fallback,
                        size_t n_fallback, size_t i) {
  if (asked->n)
    return i < asked->n ? asked->items[i] : NULL;
  return i < n_fallback ? fallback[i] : NULL;
}

static void add_variants(struct filling *f, const struct plan_row *row, bool has_gc) {
  const struct preset_request *r = f->request;
  const char *alloc, *gc;
  for (size_t i = 0; (alloc = word(&r->allocs, allocators, ARRAY_SIZE(allocators), i)); i++) {
    for (size_t j = 0; has_gc && (gc = word(&r->gcs, collectors, ARRAY_SIZE(collectors), j)); j++) {
      add(f, row, alloc, gc, 0);
      for (size_t t = 0; t < ARRAY_SIZE(twins); t++)
        if (!strcmp(alloc, twins[t]) && !strcmp(gc, twins_gc))
          add(f, row, alloc, gc, 1);
    }
    if (!has_gc)
      add(f, row, alloc, "", 0);
    for (size_t t = 0; !has_gc && t < ARRAY_SIZE(twins); t++)
      if (!strcmp(alloc, twins[t]))
        add(f, row, alloc, "", 1);
  }
}

static struct plan_row open_row(const struct preset_request *r, const char *kind, const char *name,
                                const char *scale) {
  struct plan_row row = {.kind = (char *)(uintptr_t)kind, .workload = (char *)(uintptr_t)name};
  char text[32];
  if (r->scale > 0) {
    snprintf(text, sizeof text, "%g", r->scale);
    scale = text;
  }
  plan_parameter_set(&row.parameters, "scale", scale);
  snprintf(text, sizeof text, "%llu", (unsigned long long)r->seed);
  plan_parameter_set(&row.parameters, "seed", text);
  return row;
}

/* A graph's own parameter, and a value that it takes? False with a message. */
static bool check_setting(const json_t *graph, const char *key, const char *value, char *error,
                          size_t error_bytes) {
  const char *name = json_string_value(json_object_get(graph, "name"));
  struct nearest nearest;
  nearest_start(&nearest, key);
  size_t i;
  json_t *parameter;
  json_array_foreach(json_object_get(graph, "parameters"), i, parameter) {
    const char *known = json_string_value(json_object_get(parameter, "key"));
    nearest_try(&nearest, known);
    if (strcmp(known, key))
      continue;
    json_int_t least = json_integer_value(json_object_get(parameter, "min"));
    json_int_t most = json_integer_value(json_object_get(parameter, "max"));
    uint64_t number;
    if (options_read_size(value, &number) && number <= INT64_MAX && (int64_t)number >= least &&
        (int64_t)number <= most)
      return true;
    snprintf(error, error_bytes, "--set=%s=%s: %s wants a number from %lld to %lld", key, value,
             name, (long long)least, (long long)most);
    return false;
  }
  const char *best = nearest_end(&nearest);
  snprintf(error, error_bytes, "--set=%s=%s: %s has no such parameter%s%s%s", key, value, name,
           best ? "; did you mean '" : "; name the graphs that have it", best ? best : "",
           best ? "'?" : "");
  return false;
}

static bool add_graph(struct filling *f, const struct catalogue *catalogue, const char *name,
                      const char *scale, bool looks_inside, char *error, size_t error_bytes) {
  /* The graph without work is a kind of its own, so that no mean over graphs has it in it. */
  const char *kind = strcmp(name, empty_graph) ? "graph" : "start";
  const json_t *entry = catalogue_find(catalogue->graphs, name);
  if (!entry) {
    snprintf(error, error_bytes, "the graph '%s' is in the preset, but bench-graph has none such",
             name);
    return false;
  }
  struct plan_row row = open_row(f->request, kind, name, scale);
  for (size_t i = 0; i < ARRAY_SIZE(threaded); i++)
    row.threads |= !strcmp(threaded[i], name);
  for (size_t i = 0; i < f->request->settings.n; i++) {
    const char *setting = f->request->settings.items[i], *equals = strchr(setting, '=');
    char key[64];
    if (!equals || equals == setting || (size_t)(equals - setting) >= sizeof key) {
      snprintf(error, error_bytes, "--set=%s wants KEY=VALUE", setting);
      plan_parameters_free(&row.parameters);
      return false;
    }
    snprintf(key, sizeof key, "%.*s", (int)(equals - setting), setting);
    if (!check_setting(entry, key, equals + 1, error, error_bytes)) {
      plan_parameters_free(&row.parameters);
      return false;
    }
    plan_parameter_set(&row.parameters, key, equals + 1);
  }
  add_variants(f, &row, true);
  row.kind = (char *)(uintptr_t) "inside";
  for (size_t i = 0; looks_inside && i < ARRAY_SIZE(inside); i++)
    add(f, &row, inside[i][0], inside[i][1], 0);
  plan_parameters_free(&row.parameters);
  return true;
}

static bool add_program(struct filling *f, const struct catalogue *catalogue, const char *name,
                        const char *scale, char *error, size_t error_bytes) {
  if (!catalogue_find(catalogue->programs, name)) {
    snprintf(error, error_bytes, "there is no Python program '%s'", name);
    return false;
  }
  /* As with graphs, the program without work is of a kind of its own. */
  bool empty = !strcmp(name, empty_program);
  struct plan_row row = {.kind = (char *)(uintptr_t)(empty ? "python-start" : "python"),
                         .workload = (char *)(uintptr_t)name};
  char text[32];
  snprintf(text, sizeof text, "%g", f->request->scale);
  if (!empty)
    plan_parameter_set(&row.parameters, "scale", f->request->scale > 0 ? text : scale);
  add_variants(f, &row, true);
  plan_parameters_free(&row.parameters);
  return true;
}

static void add_trace(struct filling *f, const char *name) {
  struct plan_row row = {.kind = (char *)(uintptr_t) "trace", .workload = (char *)(uintptr_t)name};
  add_variants(f, &row, false);
}

static bool is_asked(const struct preset_words *asked, const char *spec) {
  bool found = !asked->n || !*spec;
  for (size_t i = 0; i < asked->n; i++)
    found |= !strcmp(asked->items[i], spec);
  return found;
}

/* Adds the benchmarks of bench-alloc and bench-gc whose kind, or kind and workload, is `named`
 * (NULL: all of them). Each is there under the variants that its program lists. How many were
 * added. */
static size_t add_benches(struct filling *f, const struct catalogue *catalogue, const char *named) {
  size_t i, n = 0;
  json_t *entry;
  json_array_foreach(catalogue->benches, i, entry) {
    const char *kind, *workload, *alloc, *gc;
    json_unpack(entry, "{s:s, s:s, s:s, s:s}", "kind", &kind, "workload", &workload, "alloc",
                &alloc, "gc", &gc);
    size_t length = strlen(kind);
    bool whole = named && !strncmp(named, kind, length) && named[length] == '/' &&
                 !strcmp(named + length + 1, workload);
    if (named && !whole && strcmp(named, kind))
      continue;
    n++;
    struct plan_row row = {.kind = (char *)(uintptr_t)kind,
                           .workload = (char *)(uintptr_t)workload,
                           .threads = !strcmp(kind, "cross")};
    if (command_program(kind) && is_asked(&f->request->allocs, alloc) &&
        is_asked(&f->request->gcs, gc))
      add(f, &row, alloc, gc, 0);
  }
  return n;
}

static const char *name_of(const json_t *entry) {
  return json_string_value(json_object_get(entry, "name"));
}

static bool add_preset_programs(struct filling *f, const struct catalogue *catalogue, char *error,
                                size_t error_bytes) {
  size_t i;
  json_t *entry;
  if (!catalogue->has_interpreter) {
    fputs("ouro: there is no ouropy beside ouro: the preset's Python programs are left out\n",
          stderr);
    return true;
  }
  bool ok = f->request->full || add_program(f, catalogue, empty_program, "", error, error_bytes);
  if (f->request->full)
    json_array_foreach(catalogue->programs, i, entry) ok =
        ok && add_program(f, catalogue, name_of(entry), full_program_scale, error, error_bytes);
  for (i = 0; i < ARRAY_SIZE(quick_programs) && !f->request->full; i++)
    ok = ok && add_program(f, catalogue, quick_programs[i].name, quick_programs[i].scale, error,
                           error_bytes);
  return ok;
}

static bool add_preset(struct filling *f, const struct catalogue *catalogue, char *error,
                       size_t error_bytes) {
  size_t i;
  json_t *entry;
  if (f->request->full) {
    json_array_foreach(catalogue->graphs, i, entry) {
      if (!add_graph(f, catalogue, name_of(entry), "1", true, error, error_bytes))
        return false;
    }
  } else {
    if (!add_graph(f, catalogue, empty_graph, "1", false, error, error_bytes))
      return false;
    for (size_t g = 0; g < ARRAY_SIZE(quick_graphs); g++)
      if (!add_graph(f, catalogue, quick_graphs[g].name, quick_graphs[g].scale, true, error,
                     error_bytes))
        return false;
  }
  json_array_foreach(catalogue->traces, i, entry) add_trace(f, name_of(entry));
  if (f->request->full)
    add_benches(f, catalogue, NULL);
  return add_preset_programs(f, catalogue, error, error_bytes);
}

/* The name without `kind/` in front; NULL where another kind stands there. */
static const char *name_in(const char *named, const char *kind) {
  size_t n = strlen(kind);
  if (!strncmp(named, kind, n) && named[n] == '/')
    return named + n + 1;
  return strchr(named, '/') ? NULL : named;
}

static void suggest(const struct catalogue *catalogue, const char *named, char *error,
                    size_t error_bytes) {
  const json_t *lists[] = {catalogue->graphs, catalogue->traces, catalogue->programs};
  const char *slash = strchr(named, '/');
  struct nearest nearest;
  nearest_start(&nearest, slash ? slash + 1 : named);
  size_t i;
  json_t *entry;
  for (size_t l = 0; l < ARRAY_SIZE(lists); l++)
    json_array_foreach(lists[l], i, entry) nearest_try(&nearest, name_of(entry));
  const char *best = nearest_end(&nearest);
  snprintf(error, error_bytes, "unknown workload '%s'%s%s%s", named, best ? "; did you mean '" : "",
           best ? best : "", best ? "'?" : "; `ouro list` shows them");
}

/* A workload named on the command line, with or without its kind; `python` alone is all programs.
 */
static bool add_named(struct filling *f, const struct catalogue *catalogue, const char *named,
                      char *error, size_t error_bytes) {
  const char *name;
  if ((name = name_in(named, "graph")) && catalogue_find(catalogue->graphs, name))
    return add_graph(f, catalogue, name, "1", false, error, error_bytes);
  if ((name = name_in(named, "trace")) && catalogue_find(catalogue->traces, name)) {
    add_trace(f, name);
    return true;
  }
  if ((name = name_in(named, "python")) && catalogue_find(catalogue->programs, name))
    return add_program(f, catalogue, name, "1", error, error_bytes);
  if (!strcmp(named, "python")) {
    size_t i;
    json_t *entry;
    json_array_foreach(catalogue->programs, i,
                       entry) if (!add_program(f, catalogue, name_of(entry), "1", error,
                                               error_bytes)) return false;
    return true;
  }
  if (add_benches(f, catalogue, named))
    return true;
  suggest(catalogue, named, error, error_bytes);
  return false;
}

/* Something that was asked for must mean something to a cell at least. */
static bool check_meaning(const struct plan *plan, const struct preset_request *request,
                          char *error, size_t error_bytes) {
  bool scaled = false, graphs = false, collected = false;
  for (size_t i = 0; i < plan->cells.n; i++) {
    const struct plan_cell *cell = &plan->cells.items[i];
    scaled |= cell->row.parameters.n > 0;
    graphs |= plan_parameter_get(&cell->row.parameters, "seed") != NULL;
    collected |= *cell->gc != 0;
  }
  if (request->scale > 0 && !scaled)
    snprintf(error, error_bytes, "--scale is for graphs and Python programs: none is asked for");
  else if (request->settings.n && !graphs)
    snprintf(error, error_bytes, "--set is for graphs: none is asked for");
  else if (request->gcs.n && !collected)
    snprintf(error, error_bytes, "--gc: nothing that is asked for has a collector");
  else
    return true;
  return false;
}

bool preset_plan(struct plan *plan, const struct preset_request *request,
                 const struct catalogue *catalogue, char *error, size_t error_bytes) {
  unsigned repetitions = request->repetitions ? request->repetitions
                         : request->full      ? FULL_REPETITIONS
                                              : QUICK_REPETITIONS;
  bool ok = true;
  for (size_t i = 0; ok && i < request->allocs.n; i++)
    ok = catalogue_check_alloc(catalogue, request->allocs.items[i], error, error_bytes);
  for (size_t i = 0; ok && i < request->gcs.n; i++)
    ok = catalogue_check_gc(catalogue, request->gcs.items[i], error, error_bytes);
  if (!ok)
    return false;
  plan_open(plan, request->full ? "full" : "quick", request->seed, repetitions);
  struct filling filling = {plan, request};
  if (!request->workloads.n)
    ok = add_preset(&filling, catalogue, error, error_bytes);
  for (size_t i = 0; ok && i < request->workloads.n; i++)
    ok = add_named(&filling, catalogue, request->workloads.items[i], error, error_bytes);
  if (ok && !plan->cells.n) {
    snprintf(error, error_bytes, "no cell is left: nothing fits all of what is asked for");
    ok = false;
  }
  ok = ok && check_meaning(plan, request, error, error_bytes);
  if (!ok) {
    plan_close(plan);
    return false;
  }
  plan_freeze(plan);
  return true;
}

const char *preset_order(size_t i) {
  if (i < ARRAY_SIZE(allocators))
    return allocators[i];
  i -= ARRAY_SIZE(allocators);
  return i < ARRAY_SIZE(collectors) ? collectors[i] : NULL;
}
