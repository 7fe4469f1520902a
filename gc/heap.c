/* The door of the collectors: opens one from its spec, and brackets every collection with what is
 * the same for all of them: the host's callbacks, clocks, statistics, the record of pauses, and in
 * check builds the tests of every invariant. */
#include "gc/heap.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/nearest.h"
#include "base/options.h"
#include "gc/collector.h"
#include "gc/host.h"
#include <stdio.h>
#include <string.h>

enum { OPTIONS_MAX = 16, NAME_BYTES = 32, ERROR_BYTES = 256 };

struct gc_heap gc_heap;

const struct gc_option gc_common_options[] = {
    {"limit", "bytes the heap may hold (suffix K, M, G); 0: no limit", "0"},
    {"stress", "collect at every Nth allocation; 0: off", "0"},
    {"at", "where a due collection happens: safepoint or allocation", "safepoint"},
    {"verify", "trace the heap independently after each collection", OURO_CHECK ? "1" : "0"},
    {"pauses", "keep a record of every pause", "1"},
    {0},
};

/* ---- opening and closing ---- */

static const struct gc_collector *find_collector(const char *name, char *error,
                                                 size_t error_bytes) {
  struct nearest nearest;
  nearest_start(&nearest, name);
  for (size_t i = 0; gc_registry[i]; i++) {
    if (!strcmp(gc_registry[i]->name, name))
      return gc_registry[i];
    nearest_try(&nearest, gc_registry[i]->name);
  }
  const char *best = nearest_end(&nearest);
  const char *family = gc_registry[0]->family;
  if (best)
    snprintf(error, error_bytes, "unknown collector '%s' in the %s family, did you mean '%s'?",
             name, family, best);
  else
    snprintf(error, error_bytes, "unknown collector '%s' in the %s family", name, family);
  return NULL;
}

/* The options of all collectors, then the collector's own, in one table. */
static void join_options(const struct gc_collector *c, struct gc_option joined[OPTIONS_MAX]) {
  size_t n = 0;
  const struct gc_option *tables[] = {gc_common_options, c->options};
  for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
    for (const struct gc_option *row = tables[t]; row && row->key; row++) {
      if (n == OPTIONS_MAX - 1)
        fatal("collector '%s' has too many options", c->name);
      joined[n++] = *row;
    }
  joined[n] = (struct gc_option){0};
}

static bool read_options(const struct gc_collector *c, const char *text, char *error,
                         size_t error_bytes) {
  static const char *const places[] = {"safepoint", "allocation", NULL};
  struct gc_option joined[OPTIONS_MAX];
  join_options(c, joined);
  struct options o;
  options_open(&o, c->name, text, &joined->key, error, error_bytes);
  uint64_t limit = options_size(&o, "limit", 0, INT64_MAX);
  gc_heap.limit_bytes = limit ? limit : UINT64_MAX;
  gc_heap.stress = options_count(&o, "stress", 0, UINT64_MAX);
  gc_heap.at_allocation = options_choice(&o, "at", places) == 1;
  gc_heap.verify = options_flag(&o, "verify");
  gc_heap.record_pauses = options_flag(&o, "pauses");
  if (c->methods->configure)
    c->methods->configure(&o);
  return !o.failed;
}

bool gc_open(struct alloc *a, const char *spec, char *error, size_t error_bytes) {
  if (gc_heap.collector) {
    snprintf(error, error_bytes, "a heap is open already (%s)", gc_heap.collector->name);
    return false;
  }
  char name[NAME_BYTES];
  size_t length = strcspn(spec, ":");
  snprintf(name, sizeof name, "%.*s", (int)(length < NAME_BYTES ? length : NAME_BYTES - 1), spec);
  const struct gc_collector *c = find_collector(name, error, error_bytes);
  if (!c)
    return false;
  gc_heap = (struct gc_heap){.alloc = a, .enabled = true};
  if (!read_options(c, spec[length] ? spec + length + 1 : "", error, error_bytes) ||
      !c->methods->open(error, error_bytes))
    return false;
  gc_heap.collector = c;
  return true;
}

size_t gc_close(void) {
  if (!gc_heap.collector)
    return 0;
  size_t alive = gc_heap.collector->methods->close();
  vec_free(&gc_heap.stats.pauses);
  gc_heap = (struct gc_heap){0};
  return alive;
}

const struct gc_collector *gc_current(void) { return gc_heap.collector; }

/* ---- collecting ---- */

static bool check(bool after_collection, char *error, size_t error_bytes) {
  const struct gc_methods *m = gc_heap.collector->methods;
  return (!m->check || m->check(error, error_bytes)) &&
         verify_heap(after_collection, error, error_bytes);
}

static void record_pause(const struct gc_stats *before, uint64_t start_ns, uint64_t wall_ns,
                         unsigned generation) {
  struct gc_stats *s = &gc_heap.stats;
  struct gc_pause pause = {
      .start_ns = start_ns,
      .wall_ns = wall_ns,
      .visited = s->objects_visited - before->objects_visited,
      .reclaimed = s->objects_reclaimed - before->objects_reclaimed,
      .generation = generation,
  };
  if (!vec_push(&s->pauses, pause))
    fatal("no memory left for the record of %zu pauses; pauses=0 does without it", s->pauses.n);
}

/* The thread's CPU clock is a system call, a tenth of a young collection: from the SAMPLED'th of a
 * generation on one in SAMPLED is measured, and counts for all of them. Wall time would not do: one
 * collection that is preempted takes as long as a hundred others. */
static unsigned cpu_weight(unsigned generation) {
  enum { SAMPLED = 8 };
  uint64_t nth = gc_heap.stats.collections[generation];
  return generation == GC_GENERATIONS - 1 || nth < SAMPLED ? 1 : nth % SAMPLED ? 0 : SAMPLED;
}

static size_t collect_timed(unsigned generation) {
  struct gc_stats *s = &gc_heap.stats, before = *s;
  unsigned weight = cpu_weight(generation);
  uint64_t cpu_start = weight ? clock_thread_ns() : 0, start = clock_wall_ns();
  size_t unreachable = gc_heap.collector->methods->collect(generation);
  uint64_t wall = clock_wall_ns() - start;
  s->collections[generation]++;
  s->collection_ns += wall;
  s->collection_cpu_ns += weight ? weight * (clock_thread_ns() - cpu_start) : 0;
  if (gc_heap.record_pauses)
    record_pause(&before, start, wall, generation);
  return unreachable;
}

size_t heap_collect(unsigned generation, bool emergency) {
  if (gc_heap.collecting)
    return 0;
  if (GC_TRACING) /* there are no generations: every collection is a full one */
    generation = GC_GENERATIONS - 1;
  gc_heap.collecting = true;
  gc_heap.serial++;
  gc_heap.due = false;
  if (emergency) {
    host_release_caches();
    gc_heap.stats.emergency_collections++;
  }
  host_collection_begins(generation);
  size_t unreachable = collect_timed(generation);
  if (generation == GC_GENERATIONS - 1)
    alloc_decay(gc_heap.alloc);
  host_collection_ended(generation, unreachable, 0);
  gc_heap.collecting = false;
  char error[ERROR_BYTES];
  if (gc_heap.verify && !check(true, error, sizeof error))
    fatal("after a collection of generation %u: %s", generation, error);
  return unreachable;
}

bool heap_grants(int64_t before, int64_t after, bool granted) {
  enum { IN_VAIN_MOST = 4, WORTH_PERCENT = 2 };
  bool worth_it = (before - after) * 100 >= before * WORTH_PERCENT;
  gc_heap.in_vain = granted && !worth_it ? gc_heap.in_vain + 1 : 0;
  if (gc_heap.in_vain < IN_VAIN_MOST)
    return granted;
  gc_heap.in_vain = 0; /* who handles the error gets a new chance */
  return false;
}

size_t gc_collect(unsigned generation) {
  return heap_collect(generation < GC_GENERATIONS ? generation : GC_GENERATIONS - 1, false);
}

/* ---- looking and setting ---- */

const struct gc_stats *gc_read_stats(void) {
  gc_heap.collector->methods->read_stats(&gc_heap.stats);
  return &gc_heap.stats;
}

void gc_set_thresholds(const uint32_t thresholds[GC_GENERATIONS]) {
  if (gc_heap.collector->methods->set_thresholds)
    gc_heap.collector->methods->set_thresholds(thresholds);
}

void gc_get_thresholds(uint32_t thresholds[GC_GENERATIONS]) {
  memset(thresholds, 0, GC_GENERATIONS * sizeof *thresholds);
  if (gc_heap.collector->methods->get_thresholds)
    gc_heap.collector->methods->get_thresholds(thresholds);
}

void gc_get_counts(uint32_t counts[GC_GENERATIONS]) {
  memset(counts, 0, GC_GENERATIONS * sizeof *counts);
  if (gc_heap.collector->methods->get_counts)
    gc_heap.collector->methods->get_counts(counts);
}

void gc_enable(bool enabled) {
  gc_heap.enabled = enabled;
  if (gc_heap.collector->methods->settings_changed)
    gc_heap.collector->methods->settings_changed();
}

void gc_raise_limit(size_t bytes) {
  if (gc_heap.limit_bytes < UINT64_MAX - bytes)
    gc_heap.limit_bytes += bytes;
}

void gc_start_begins(void) {
  if (gc_heap.collector->methods->start_begins)
    gc_heap.collector->methods->start_begins();
}

void gc_start_ended(void) {
  if (gc_heap.collector->methods->start_ended)
    gc_heap.collector->methods->start_ended();
}

bool gc_is_enabled(void) { return gc_heap.enabled; }
bool gc_is_collecting(void) { return gc_heap.collecting; }

bool gc_check(char *error, size_t error_bytes) { return check(false, error, error_bytes); }

/* ---- for the gc module ---- */

void gc_freeze(void) {
  if (gc_heap.collector->methods->freeze)
    gc_heap.collector->methods->freeze();
}

void gc_unfreeze(void) {
  if (gc_heap.collector->methods->unfreeze)
    gc_heap.collector->methods->unfreeze();
}

size_t gc_frozen_count(void) {
  const struct gc_methods *m = gc_heap.collector->methods;
  return m->frozen_count ? m->frozen_count() : 0;
}

bool gc_visit_tracked(unsigned generation, gc_visit_fn *visit, void *context) {
  if (!gc_heap.collector->methods->visit_tracked)
    return false;
  gc_heap.collector->methods->visit_tracked(generation, visit, context);
  return true;
}

void gc_save_all(void (*save)(struct object *o)) {
  if (gc_heap.collector->methods->save_all)
    gc_heap.collector->methods->save_all(save);
}

void gc_tell_unreachable(void (*tell)(struct object *o)) {
  if (gc_heap.collector->methods->tell_unreachable)
    gc_heap.collector->methods->tell_unreachable(tell);
}

void gc_visit_references(struct object *o, gc_visit_fn *visit, void *context) {
  const struct gc_shape *shape = gc_shape_of(o->type);
  struct gc_span spans[GC_SPANS_MAX];
  unsigned n = gc_spans_of(o, shape, spans);
  for (unsigned s = 0; s < n; s++)
    for (size_t i = 0; i < spans[s].n; i++)
      if (spans[s].first[i])
        visit(spans[s].first[i], context);
  if (shape->layout == GC_VISIT)
    shape->visit(o, visit, context);
  if (shape->flags & GC_VISITS_TYPE)
    visit((struct object *)o->type, context);
}
