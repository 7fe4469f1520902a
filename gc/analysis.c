/* Count analysis: subtract from every member's count the references that come from inside the set.
 * What is left is held from outside.
 *
 *   refs[i] = count of items[i] - held - references from members to it
 *
 * CPython makes two passes (copy the counts, subtract); here both are one, for unsigned sums don't
 * mind their order. References that leave the set land in a slot behind the last, so that no branch
 * asks about them. The members reached are kept in a queue, each once, and the walk ends as soon as
 * all have been reached: usually before it began.
 *
 * Below PREFETCH_LEAST members all is in the cache, and prefetching costs more than it gains. */
#include "gc/header.h"
#if GC_RC
#include "gc/analysis.h"
#include "gc/edges.h"
#include <string.h>

enum { PREFETCH_LEAST = 8192, HEADER_AHEAD = 24, BUFFER_AHEAD = 12 };

struct object edges_nobody = {.count = GC_IMMORTAL};

static struct { VEC(uint32_t); } refs, queue;

struct members {
  struct object *const *items;
  uint32_t *refs, *queue;
  uint32_t first, n;
  uint32_t tail; /* of the queue; only for analysis by visit */
};

bool analysis_reserve(size_t n) {
  return mapped_reserve(&refs, n + 1) && mapped_reserve(&queue, n + 1);
}

void analysis_close(void) {
  mapped_free(&refs);
  mapped_free(&queue);
}

size_t analysis_mapped_bytes(void) { return (refs.capacity + queue.capacity) * sizeof(uint32_t); }

uint32_t *analysis_refs(void) { return refs.items; }

/* The index of an object in the set, or n. */
ALWAYS_INLINE uint32_t index_of(const struct object *o, uint32_t first, uint32_t n) {
  uint32_t i = (o->pos - first) & GC_POS_MASK;
  return i < n ? i : n;
}

ALWAYS_INLINE void prefetch(struct object *const *items, uint32_t i, uint32_t n) {
  if (i + HEADER_AHEAD < n) {
    edges_prefetch_header(items[i + HEADER_AHEAD]);
    const struct object *next = items[i + BUFFER_AHEAD];
    if (LIKELY(next != NULL))
      edges_prefetch_buffer(next);
  }
}

/* ---- subtracting ---- */

static bool is_special(const struct object *o, const struct gc_shape *shape) {
  return ((shape->flags & GC_FINALIZES) && !gc_is_finalized(o)) ||
         ((shape->flags & GC_WEAKREFS) &&
          *(struct object *const *)((const char *)o + shape->weak_offset));
}

static void subtract_visited(struct object *o, void *context) {
  struct members *m = context;
  m->refs[index_of(o, m->first, m->n)]--;
}

ALWAYS_INLINE struct analysis_result subtract(struct members *m, uint32_t held, bool far) {
  struct object *const *items = m->items;
  uint32_t *const sums = m->refs, first = m->first, n = m->n, holes = 0;
  struct analysis_result result = {0};
  uint64_t edges = 0;
  uint8_t any = 0, all = UINT8_MAX;
  for (uint32_t i = 0; i < n; i++) {
    if (far)
      prefetch(items, i, n);
    struct object *o = items[i];
    if (UNLIKELY(!o)) {
      holes++;
      continue;
    }
    const struct gc_shape *shape = gc_shape_of(o->type);
    any |= shape->flags;
    all &= shape->flags;
    if (shape->flags & (GC_FINALIZES | GC_WEAKREFS))
      result.special |= is_special(o, shape);
    sums[i] += o->count - held;
    EDGES_EACH(o, shape, slot, edges, sums[index_of(edges_target(slot), first, n)]--;);
    if (UNLIKELY(shape->flags & GC_VISITS_TYPE))
      sums[index_of((struct object *)o->type, first, n)]--;
    if (edges_by_visit(shape))
      shape->visit(o, subtract_visited, m);
  }
  result.live = n - holes;
  result.any = any;
  result.all = all;
  result.edges = edges;
  return result;
}

/* ---- reaching ---- */

ALWAYS_INLINE uint32_t reach(const struct object *t, uint32_t *sums, uint32_t *places,
                             uint32_t tail, uint32_t first, uint32_t n) {
  uint32_t i = index_of(t, first, n);
  places[tail] = i;
  tail += sums[i] != ANALYSIS_REACHED;
  sums[i] = ANALYSIS_REACHED;
  return tail;
}

static void reach_visited(struct object *o, void *context) {
  struct members *m = context;
  m->tail = reach(o, m->refs, m->queue, m->tail, m->first, m->n);
}

/* All members held from outside, in order. */
static uint32_t find_held(struct members *m) {
  uint32_t *const sums = m->refs, *const places = m->queue, n = m->n, tail = 0;
  for (uint32_t i = 0; i < n; i++) {
    bool held = sums[i] != 0;
    places[tail] = i;
    tail += held;
    sums[i] = held ? ANALYSIS_REACHED : 0;
  }
  sums[n] = ANALYSIS_REACHED; /* those outside are never queued */
  return tail;
}

/* Returns how many were reached. */
ALWAYS_INLINE uint32_t spread(struct members *m, uint32_t tail, uint32_t live, bool far) {
  struct object *const *items = m->items;
  uint32_t *const sums = m->refs, *const places = m->queue, first = m->first, n = m->n;
  uint64_t edges = 0;
  for (uint32_t head = 0; head < tail && tail < live; head++) {
    if (far && head + HEADER_AHEAD < tail) {
      edges_prefetch_header(items[places[head + HEADER_AHEAD]]);
      edges_prefetch_buffer(items[places[head + BUFFER_AHEAD]]);
    }
    struct object *o = items[places[head]];
    const struct gc_shape *shape = gc_shape_of(o->type);
    EDGES_EACH(o, shape, slot, edges,
               tail = reach(edges_target(slot), sums, places, tail, first, n););
    if (UNLIKELY(shape->flags & GC_VISITS_TYPE))
      tail = reach((struct object *)o->type, sums, places, tail, first, n);
    if (edges_by_visit(shape)) {
      m->tail = tail;
      shape->visit(o, reach_visited, m);
      tail = m->tail;
    }
  }
  return tail;
}

struct analysis_result analysis_run(struct object *const *items, uint32_t first, uint32_t n,
                                    uint32_t held) {
  struct members m = {items, refs.items, queue.items, first, n, 0};
  memset(m.refs, 0, ((size_t)n + 1) * sizeof *m.refs);
  bool far = n >= PREFETCH_LEAST;
  struct analysis_result result = far ? subtract(&m, held, true) : subtract(&m, held, false);
  uint32_t tail = find_held(&m);
  tail = far ? spread(&m, tail, result.live, true) : spread(&m, tail, result.live, false);
  result.dead = result.live - tail;
  return result;
}
#endif
