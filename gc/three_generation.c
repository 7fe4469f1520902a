/* `three-generation`: reference counts, and cycles found by a collector that looks at the young
 * often and at the old seldom. CPython 3.11's rules; see docs/three-generation.md for how.
 *
 * A collection of a generation includes all younger ones; who survives moves up one. A generation
 * is due when its count exceeds its threshold: count0 is containers born less those that died,
 * count1 and count2 are collections of the generation below since its own last. Generation 2 also
 * waits until `pending` (survivors that came since its last collection) reach a quarter of `total`
 * (those that survived it). */
#include "gc/header.h"
#if GC_RC
#include "base/check.h"
#include "gc/analysis.h"
#include "gc/dead.h"
#include "gc/heap.h"
#include "gc/host.h"
#include "gc/old.h"
#include "gc/young.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OLDEST = GC_GENERATIONS - 1, PREFETCH_AHEAD = 16, START_THRESHOLD = 20000 };

static uint32_t thresholds[GC_GENERATIONS];
static uint32_t counts[GC_GENERATIONS]; /* [0] lives in rc_heap */
static size_t pending, total;
static bool is_starting;

/* ---- when ---- */

static uint32_t threshold0(void) {
  return is_starting && thresholds[0] < START_THRESHOLD ? START_THRESHOLD : thresholds[0];
}

static void arm(void) {
  bool automatic = gc_heap.enabled && thresholds[0] && thresholds[0] < INT32_MAX;
  rc_heap.trigger0 = automatic ? (int32_t)threshold0() : INT32_MAX;
}

static unsigned due_generation(void) {
  counts[0] = (uint32_t)rc_heap.count0;
  if (!gc_heap.enabled || !thresholds[0])
    return GC_GENERATIONS;
  for (unsigned g = GC_GENERATIONS; g-- > 0;)
    if (counts[g] > (g ? thresholds[g] : threshold0()) && (g < OLDEST || pending >= total / 4))
      return g;
  return GC_GENERATIONS;
}

static void count_collection(unsigned generation) {
  if (generation < OLDEST)
    counts[generation + 1]++;
  for (unsigned g = 0; g <= generation; g++)
    counts[g] = 0;
  rc_heap.count0 = 0;
}

/* ---- young collections ---- */

static bool may_untrack(struct object *o, uint8_t flags, unsigned generation) {
  return UNLIKELY(flags & GC_UNTRACKS) && (gc_shape_of(o->type)->flags & GC_UNTRACKS) &&
         host_may_untrack(o, generation);
}

static struct analysis_result analyse_young(uint32_t start) {
  struct analysis_result found =
      analysis_run(rc_heap.young + start, start, rc_heap.young_n - start, 0);
  gc_heap.stats.objects_visited += found.live;
  gc_heap.stats.edges_visited += found.edges;
  return found;
}

/* Parts the vector from `start` on: the dead go to the dead set; survivors close the holes
 * (generation 0) or become old (1, 2). */
static void part_young(uint32_t start, struct analysis_result found, unsigned generation) {
  struct object **young = rc_heap.young;
  const uint32_t *refs = analysis_refs() - start;
  uint32_t kept = start, n = rc_heap.young_n;
  uint64_t promoted = 0;
  for (uint32_t i = start; i < n; i++) {
    if (i + PREFETCH_AHEAD < n && refs[i + PREFETCH_AHEAD])
      __builtin_prefetch(young[i + PREFETCH_AHEAD], 1); /* the dead are not touched here */
    struct object *o = young[i];
    if (!o)
      continue;
    if (UNLIKELY(!refs[i])) {
      dead_add(o, i);
      continue;
    }
    uint32_t finalized = o->pos & GC_POS_FINALIZED;
    if (may_untrack(o, found.any, generation)) {
      o->pos = finalized;
    } else if (generation) {
      promoted += old_add(o);
    } else {
      young[kept] = o;
      o->pos = finalized | kept++;
      promoted++;
    }
  }
  rc_heap.young_n = rc_heap.boundary = kept;
  gc_heap.stats.objects_promoted += promoted;
  pending += generation ? promoted : 0;
}

static size_t collect_young(unsigned generation) {
  uint32_t start = generation ? 1 : rc_heap.boundary, n = rc_heap.young_n - start;
  if (!analysis_reserve(n))
    return 0;
  struct analysis_result found = analyse_young(start);
  if (!dead_reserve(found.dead))
    return 0;
  if (!generation && found.live == n && !found.dead && !(found.any & GC_UNTRACKS)) {
    rc_heap.boundary = rc_heap.young_n;
    gc_heap.stats.objects_promoted += n;
    return 0;
  }
  part_young(start, found, generation);
  if (!found.plain)
    dead_place(dead_set.members.n);
  return dead_bury(generation + 1, found.plain);
}

/* ---- full collections ---- */

static void promote_young(void) {
  struct object **young = rc_heap.young;
  for (uint32_t i = 1; i < rc_heap.young_n; i++)
    if (young[i])
      gc_heap.stats.objects_promoted += old_add(young[i]);
  rc_heap.young_n = rc_heap.boundary = 1;
}

/* Parts the suspects: who was reached gets the position back, the dead move up. */
static void part_suspects(struct analysis_result found) {
  struct object **items = dead_set.members.items;
  uint32_t *order = dead_set.order.items;
  const uint32_t *refs = analysis_refs();
  size_t n = dead_set.members.n, kept = 0;
  for (size_t i = 0; i < n; i++) {
    if (i + PREFETCH_AHEAD < n)
      __builtin_prefetch(items[i + PREFETCH_AHEAD], 1);
    struct object *o = items[i];
    bool was_old = (order[i] & GC_POS_MASK) >= GC_POS_LISTED;
    if (!refs[i]) {
      if (was_old)
        old_strike(o);
      items[kept] = o;
      order[kept] = order[i];
      dead_place_at(o, kept++);
      continue;
    }
    CHECK(was_old);
    o->pos = order[i];
    if (may_untrack(o, found.any, OLDEST))
      rc_untrack(o);
  }
  dead_set.members.n = kept;
}

/* First the young by themselves: most garbage is there, and found in one pass. Who is dead among
 * them is dead for good, as nothing old holds it, but joins the suspects: it may hold something old
 * that is dead, too. Without memory for either step that part of the heap waits for another time.
 */
static size_t collect_all(void) {
  struct analysis_result found = {.plain = true};
  if (analysis_reserve(rc_heap.young_n - 1)) {
    found = analyse_young(1);
    if (dead_reserve(found.dead))
      part_young(1, found, OLDEST);
  }
  promote_young(); /* who is left: nobody, if there was memory */
  pending = 0;
  size_t young_dead = dead_set.members.n;
  if (analysis_reserve(young_dead + old_count()) && old_suspect() &&
      dead_set.members.n > young_dead) {
    dead_place(young_dead);
    uint32_t n = (uint32_t)dead_set.members.n;
    found = analysis_run(dead_set.members.items, GC_POS_DEAD, n, 0);
    gc_heap.stats.objects_visited += n - young_dead;
    gc_heap.stats.edges_visited += found.edges;
    part_suspects(found);
  } else if (!found.plain) {
    dead_place(young_dead);
  }
  total = old_count();
  return dead_bury(OLDEST, found.plain);
}

static size_t collect(unsigned generation) {
  rc_note_peak();
  count_collection(generation);
  return generation == OLDEST ? collect_all() : collect_young(generation);
}

/* ---- the start of a program ---- */

static void start_begins(void) {
  is_starting = true;
  arm();
}

static void start_ended(void) {
  if (!is_starting)
    return;
  is_starting = false;
  promote_young();
  memset(counts, 0, sizeof counts);
  rc_heap.count0 = 0;
  pending = 0;
  total = old_count();
  arm();
}

/* ---- what the gc module asks ---- */

static void freeze(void) {
  promote_young();
  old_freeze();
  memset(counts, 0, sizeof counts);
  rc_heap.count0 = 0;
}

static void visit_tracked(unsigned generation, gc_visit_fn *visit, void *context) {
  if (generation >= OLDEST)
    old_visit(visit, context);
  uint32_t first = generation == 0 ? rc_heap.boundary : 1;
  uint32_t end = generation == 1 ? rc_heap.boundary : rc_heap.young_n;
  for (uint32_t i = first; i < end && generation != OLDEST; i++)
    if (rc_heap.young[i])
      visit(rc_heap.young[i], context);
}

/* ---- the collector ---- */

static void configure(struct options *o) {
  char text[64], *at = text;
  options_text(o, "threshold", text, sizeof text);
  for (unsigned g = 0; g < GC_GENERATIONS; g++) {
    char *end = at;
    unsigned long n = *at >= '0' && *at <= '9' ? strtoul(at, &end, 10) : 0;
    if (end == at || n > INT32_MAX || *end != (g < OLDEST ? '/' : '\0')) {
      options_fail(o, "threshold '%s' is not of the form N/N/N", text);
      return;
    }
    thresholds[g] = (uint32_t)n;
    at = end + 1;
  }
}

static bool open(char *error, size_t error_bytes) {
  memset(counts, 0, sizeof counts);
  pending = total = 0;
  is_starting = false;
  rc_open();
  if (old_open()) {
    if (young_open()) {
      rc_plan.due_generation = due_generation;
      rc_arm();
      arm();
      return true;
    }
    old_close();
  }
  snprintf(error, error_bytes, "no memory for the collector's tables");
  return false;
}

static size_t close(void) {
  old_unfreeze();
  dead_save_all(NULL);
  dead_tell(NULL);
  heap_collect(OLDEST, false);
  host_release_caches(); /* what died just now may have gone into free lists */
  young_close();
  old_close();
  dead_close();
  analysis_close();
  return rc_close();
}

static void read_stats(struct gc_stats *stats) {
  rc_read_stats(stats);
  stats->metadata_bytes +=
      young_mapped_bytes() + old_mapped_bytes() + dead_mapped_bytes() + analysis_mapped_bytes();
}

static bool check(char *error, size_t error_bytes) {
  return young_check(error, error_bytes) && old_check(error, error_bytes) &&
         rc_check_counts(error, error_bytes);
}

static void set_thresholds(const uint32_t wanted[GC_GENERATIONS]) {
  memcpy(thresholds, wanted, sizeof thresholds);
  arm();
}
static void get_thresholds(uint32_t out[GC_GENERATIONS]) {
  memcpy(out, thresholds, sizeof thresholds);
}
static void get_counts(uint32_t out[GC_GENERATIONS]) {
  counts[0] = (uint32_t)rc_heap.count0;
  memcpy(out, counts, sizeof counts);
}

static const struct gc_option options[] = {
    {"threshold", "counts above which generations 0/1/2 are collected", "700/10/10"},
    {0},
};
static const struct gc_methods methods = {
    .configure = configure,
    .open = open,
    .close = close,
    .collect = collect,
    .read_stats = read_stats,
    .check = check,
    .settings_changed = arm,
    .start_begins = start_begins,
    .start_ended = start_ended,
    .set_thresholds = set_thresholds,
    .get_thresholds = get_thresholds,
    .get_counts = get_counts,
    .freeze = freeze,
    .unfreeze = old_unfreeze,
    .frozen_count = old_frozen_count,
    .visit_tracked = visit_tracked,
    .tell_unreachable = dead_tell,
    .save_all = dead_save_all,
};

const struct gc_collector gc_three_generation = {
    .name = "three-generation",
    .family = "rc",
    .summary = "CPython's: reference counts, and cycles collected by generation",
    .options = options,
    .methods = &methods,
};
#endif
