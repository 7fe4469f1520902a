/* The rc family's cold paths: what happens when room is used up, and how objects die.
 *
 * Invariant: live bytes = rc_heap.ceiling - rc_heap.room, at every moment.
 *
 * A death drops what the object held, which may be the last reference on the next one, and so on
 * down a chain of any length. From a depth of DEPTH_MAX on, the dying wait in a list until the
 * outer deaths are done. The list needs no memory: a dying object has no use for its count and
 * position, and its link takes their 64 bits:
 *
 *     63         | 62 .. 48 | 47 | 46 .. 0
 *     finalised  | ones     | 0  | address of the next
 *
 * The ones tell such an object from all others: whoever comes by a weak reference asks. */
#include "gc/header.h"
#if GC_RC
#include "base/check.h"
#include "gc/heap.h"
#include "gc/host.h"
#include "gc/rc_plan.h"
#include <string.h>

enum { DEPTH_MAX = 50 }; /* a death takes some 200 bytes of stack; CPython's limit */

struct rc_heap rc_heap;
struct rc_plan rc_plan;

static const int64_t endless = INT64_MAX / 4;

/* ---- room ---- */

int64_t rc_live_bytes(void) { return rc_heap.ceiling - rc_heap.room; }

static void note_peak(int64_t live) {
  if (live > 0 && (uint64_t)live > gc_heap.stats.peak_bytes)
    gc_heap.stats.peak_bytes = (uint64_t)live;
}

void rc_note_peak(void) { note_peak(rc_live_bytes()); }

static int64_t limit(void) {
  return gc_heap.limit_bytes < (uint64_t)endless ? (int64_t)gc_heap.limit_bytes : endless;
}

void rc_arm(void) {
  int64_t live = rc_live_bytes(), ceiling = limit();
  if (gc_heap.stress && rc_plan.due_generation)
    ceiling = -endless; /* each allocation is asked for, however much is freed in between */
  rc_heap.ceiling = ceiling;
  rc_heap.room = ceiling - live;
}

/* One more allocation under stress: is it the Nth? */
static bool stress_says_so(void) {
  if (!gc_heap.stress || !rc_plan.due_generation || ++rc_plan.stressed < gc_heap.stress)
    return false;
  rc_plan.stressed = 0;
  return !gc_heap.collecting;
}

/* A collection inside an allocation, which has not happened yet. */
static void collect_meanwhile(size_t bytes, bool emergency) {
  rc_heap.room += (int64_t)bytes;
  heap_collect(GC_GENERATIONS - 1, emergency);
  rc_heap.room -= (int64_t)bytes;
}

bool rc_make_room(size_t bytes) {
  if (stress_says_so()) {
    if (gc_heap.at_allocation)
      collect_meanwhile(bytes, false);
    else
      gc_heap.due = rc_plan.stress_due = true;
  }
  int64_t live = rc_live_bytes();
  bool granted = live <= limit();
  if (!granted) {
    collect_meanwhile(bytes, true);
    granted = heap_grants(live, rc_live_bytes(), rc_live_bytes() <= limit());
  }
  if (!granted)
    rc_heap.room += (int64_t)bytes;
  rc_note_peak();
  rc_arm();
  return granted;
}

void *rc_retry(size_t bytes) {
  collect_meanwhile(bytes, true);
  void *p = alloc_get(rc_heap.alloc, bytes);
  if (!p)
    rc_heap.room += (int64_t)bytes;
  return p;
}

bool rc_make_room_for_buffer(size_t bytes) {
  if (stress_says_so())
    gc_heap.due = rc_plan.stress_due = true;
  bool granted = rc_live_bytes() <= limit();
  if (!granted)
    rc_fail_buffer(bytes);
  rc_note_peak();
  rc_arm();
  return granted;
}

void rc_fail_buffer(size_t bytes) {
  collect_meanwhile(bytes, true);
  rc_heap.room += (int64_t)bytes;
}

void rc_trigger(void) {
  if (gc_heap.collecting || !rc_plan.due_generation)
    return;
  if (!gc_heap.at_allocation) {
    gc_heap.due = true;
    return;
  }
  unsigned generation = rc_plan.due_generation();
  if (generation < GC_GENERATIONS)
    heap_collect(generation, false);
}

void rc_safepoint(void) {
  if (gc_heap.collecting)
    return;
  rc_note_peak();
  unsigned generation = rc_plan.stress_due ? GC_GENERATIONS - 1 : rc_plan.due_generation();
  gc_heap.due = rc_plan.stress_due = false;
  if (generation < GC_GENERATIONS)
    heap_collect(generation, false);
}

/* ---- death ---- */

static const uint64_t link_finalized = 1ull << 63, link_dying = (uint64_t)GC_POS_DYING << 32;

static void push_deferred(struct object *o) {
  uint64_t link = (uint64_t)(uintptr_t)rc_plan.deferred | link_dying;
  if (gc_is_finalized(o))
    link |= link_finalized;
  memcpy(o, &link, sizeof link);
  rc_plan.deferred = o;
}

static struct object *pop_deferred(void) {
  struct object *o = rc_plan.deferred;
  if (!o)
    return NULL;
  uint64_t link;
  memcpy(&link, o, sizeof link);
  rc_plan.deferred = (struct object *)(uintptr_t)(link & ~(link_dying | link_finalized));
  o->count = 0;
  o->pos = link & link_finalized ? GC_POS_FINALIZED : 0;
  return o;
}

static void destroy_deferred(void) {
  struct object *o;
  while ((o = pop_deferred())) {
    rc_plan.depth++;
    host_destroy(o);
    rc_plan.depth--;
  }
}

void rc_die(struct object *o) {
  /* What holds nothing and is observed by nobody takes nothing else along. */
  if (!(gc_shape_of(o->type)->flags & (GC_CONTAINER | GC_FINALIZES | GC_WEAKREFS | GC_RELEASES))) {
    host_destroy(o);
    return;
  }
  gc_untrack(o);
  if (UNLIKELY(rc_plan.depth >= DEPTH_MAX)) {
    push_deferred(o);
    return;
  }
  rc_plan.depth++;
  host_destroy(o);
  rc_plan.depth--;
  if (UNLIKELY(rc_plan.deferred != NULL) && rc_plan.depth == 0)
    destroy_deferred();
}

void rc_defer(void) { rc_plan.depth += DEPTH_MAX; }

void rc_release(void) {
  rc_plan.depth -= DEPTH_MAX;
  if (rc_plan.depth == 0)
    destroy_deferred();
}

bool gc_finalize_dying(struct object *o) {
  const struct gc_shape *shape = gc_shape_of(o->type);
  if (!(shape->flags & GC_FINALIZES) || gc_is_finalized(o))
    return false;
  gc_set_finalized(o);
  o->count = 1;
  host_finalize(o);
  if (LIKELY(--o->count == 0)) {
    gc_untrack(o);
    return false;
  }
  if ((shape->flags & GC_CONTAINER) && !gc_is_tracked(o))
    gc_track(o);
  return true;
}

/* ---- life of the family ---- */

void rc_open(void) {
  static struct object *nowhere[1]; /* what tracking writes to while nothing is tracked */
  rc_heap = (struct rc_heap){
      .alloc = gc_heap.alloc,
      .young = nowhere,
      .young_capacity = 1,
      .trigger0 = INT32_MAX,
  };
  rc_plan = (struct rc_plan){0};
  rc_arm();
}

size_t rc_close(void) { return rc_heap.created - rc_heap.freed; }

void rc_read_stats(struct gc_stats *stats) {
  rc_note_peak();
  stats->objects_created = rc_heap.created;
  stats->objects_freed = rc_heap.freed;
  stats->live_objects = rc_heap.created - rc_heap.freed;
  stats->live_bytes = (uint64_t)rc_live_bytes();
  stats->metadata_bytes = 0;
}
#endif
