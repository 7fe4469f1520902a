/* Count analysis: subtract from every member's count the references that come from inside the set.
 * What is left is held from outside.
 *
 *   refs[i] = count of items[i] - held - references from members to it
 *
 * CPython makes two passes (copy the counts, subtract); here both are one, for unsigned sums don't
 * mind their order. References that leave the set land in a slot behind the last, so that no branch
 * asks about them.
 *
 * From those held the others are reached by going through the vector downwards once, for most
 * references lead to older objects, upwards once for those it has passed by, and by a queue for
 * what is then left. In a scan the next member doesn't depend on the one before, other than in a
 * queue, where a chain costs the latency of five loads for each of its links. The search ends as
 * soon as all have been reached: usually before it began. In the course of it, refs[i] is
 *
 *   0: not reached    VISITED: reached, and what it refers to as well    else: reached
 *
 *
 * Below PREFETCH_LEAST members all is in the cache, and prefetching costs more than it gains. */
#include "gc/header.h"
#if GC_RC
#include "gc/analysis.h"
#include "gc/edges.h"
#include <string.h>

enum { PREFETCH_LEAST = 8192, HEADER_AHEAD = 24, BUFFER_AHEAD = 12, ODD_MOST = 256 };
static const uint32_t VISITED = 0x7fffffff;

struct object edges_nobody = {.count = GC_IMMORTAL};

static struct { VEC(uint32_t); } refs, queue;

struct members {
  struct object *const *items;
  uint32_t *refs, *queue;
  uint32_t first, n;
};

/* How far the search has come. */
struct search {
  uint32_t reached;
  uint32_t low;  /* the lowest member that was reached after the way down had passed it */
  uint32_t tail; /* of the queue */
};

bool analysis_reserve(size_t n) {
  return mapped_reserve(&refs, n + 1) && mapped_reserve(&queue, n + 1);
}

void analysis_close(void) {
  mapped_free(&refs);
  mapped_free(&queue);
}

size_t analysis_mapped_bytes(void) { return (refs.capacity + queue.capacity) * sizeof(uint32_t); }

const uint32_t *analysis_refs(void) { return refs.items; }

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

ALWAYS_INLINE void prefetch_below(struct object *const *items, uint32_t i) {
  edges_prefetch_header(items[i - HEADER_AHEAD]);
  const struct object *next = items[i - BUFFER_AHEAD];
  if (LIKELY(next != NULL))
    edges_prefetch_buffer(next);
}

/* ---- in one pass ---- */

/* Whether a dead one must be looked at before it is freed: it is not plain, has a finaliser to run,
 * or weak references. */
ALWAYS_INLINE bool is_odd(const struct object *o, const struct gc_shape *shape) {
  if (LIKELY((shape->flags & (GC_PLAIN | GC_FINALIZES | GC_WEAKREFS)) == GC_PLAIN))
    return false;
  return !(shape->flags & GC_PLAIN) || ((shape->flags & GC_FINALIZES) && !gc_is_finalized(o)) ||
         ((shape->flags & GC_WEAKREFS) && *gc_weakrefs_of(o, shape));
}

/* Where references inside the set run one way (a list that grows at its head, a tree built from its
 * leaves: to older ones; a table that is filled: to newer ones), going that way once is enough.
 * When it is a member's turn all have been seen that refer to it: one that is alive among them, or
 * else their number against its count, tells its fate. refs[i] is
 *
 *   before its turn   ALIVE, or the number of references from dead members
 *   after it          ALIVE: reached    0: dead    else: the references that are not accounted for
 *
 * A reference against the direction is taken from what is not accounted for. Where that leaves
 * nothing, the member may have been taken for alive wrongly: then all is given up, and the general
 * way taken. Otherwise everything is exact: who counts as held is held from outside, who is reached
 * is so from those, and the dead are held by the dead alone. */
static const uint32_t ALIVE = 1u << 31;

struct settling {
  uint32_t *refs;
  uint32_t first, n, i;
  uint32_t from_dead; /* 1: the member whose turn it is is dead */
  bool upwards, failed;
};

ALWAYS_INLINE void settle_edge(struct settling *s, const struct object *t) {
  uint32_t k = index_of(t, s->first, s->n), before = s->refs[k];
  bool against = s->upwards ? (k <= s->i) | (k == s->n) : k >= s->i;
  uint32_t change = against ? UINT32_MAX : s->from_dead;
  uint32_t reached = against ? 0 : (s->from_dead - 1) & ALIVE;
  uint32_t after = (before + (change & ((before >> 31) - 1))) | reached;
  s->refs[k] = after;
  s->failed |= after == 0;
}

static void settle_visited(struct object *o, void *context) { settle_edge(context, o); }

/* False if the references inside the set do not all run this way. */
ALWAYS_INLINE bool settle(const struct members *m, uint32_t held, bool upwards, bool far,
                          struct analysis_result *result) {
  struct object *const *items = m->items;
  uint32_t n = m->n, live = 0, dead = 0;
  struct settling s = {.refs = m->refs, .first = m->first, .n = n, .upwards = upwards};
  struct settling visiting;
  uint64_t edges = 0;
  uint8_t any = 0;
  bool odd = false;
  s.refs[n] = ALIVE;
  for (uint32_t turn = 0; turn < n && !s.failed; turn++) {
    uint32_t i = s.i = upwards ? turn : n - 1 - turn;
    if (far && upwards)
      prefetch(items, i, n);
    else if (far && i >= HEADER_AHEAD)
      prefetch_below(items, i);
    struct object *o = items[i];
    if (UNLIKELY(!o))
      continue;
    const struct gc_shape *shape = gc_shape_of(o->type);
    any |= shape->flags;
    uint32_t known = s.refs[i], left = o->count - held - known;
    s.refs[i] = known & ALIVE ? ALIVE : left;
    s.from_dead = s.refs[i] == 0;
    odd |= is_odd(o, shape) & s.from_dead;
    dead += s.from_dead;
    live++;
    EDGES_EACH(o, shape, slot, edges, settle_edge(&s, edges_target(slot)););
    if (UNLIKELY(shape->flags & GC_VISITS_TYPE))
      settle_edge(&s, (struct object *)o->type);
    if (edges_by_visit(shape)) {
      visiting = s;
      shape->visit(o, settle_visited, &visiting);
      s.failed = visiting.failed;
    }
  }
  *result = (struct analysis_result){
      .live = live, .dead = dead, .any = any, .plain = !odd, .edges = edges};
  return !s.failed;
}

/* Which way to try next; after failures it is not tried for a while. Near and far sets apart. */
static struct settling_habit {
  bool upwards;
  uint32_t rest, failures;
} habits[2];

static bool settle_by_habit(const struct members *m, uint32_t held, bool far,
                            struct analysis_result *result) {
  enum { FAILURES_MAX = 7 };
  struct settling_habit *h = &habits[far];
  if (h->rest) {
    h->rest--;
    return false;
  }
  bool settled =
      h->upwards ? far ? settle(m, held, true, true, result) : settle(m, held, true, false, result)
      : far ? settle(m, held, false, true, result)
                 : settle(m, held, false, false, result);
  if (settled) {
    h->failures = 0;
    return true;
  }
  h->upwards = !h->upwards;
  h->failures += h->failures < FAILURES_MAX;
  h->rest = (1u << h->failures) / 2 - 1;
  return false;
}

/* ---- subtracting ---- */

/* The odd among the members; who is dead is not known yet. A heap's garbage is mostly plain even
 * where some of what lives is not, and plain garbage is freed without two visits more. */
struct odd {
  uint32_t n; /* may exceed what there is room for */
  uint32_t items[ODD_MOST];
};

static bool none_is_dead(const struct odd *odd, const uint32_t *sums) {
  for (uint32_t i = 0; i < odd->n; i++)
    if (i == ODD_MOST || !sums[odd->items[i]])
      return false;
  return true;
}

static void subtract_visited(struct object *o, void *context) {
  struct members *m = context;
  m->refs[index_of(o, m->first, m->n)]--;
}

ALWAYS_INLINE struct analysis_result subtract(struct members *m, uint32_t held, bool far,
                                              struct odd *odd) {
  struct object *const *items = m->items;
  uint32_t *const sums = m->refs, first = m->first, n = m->n, holes = 0;
  struct analysis_result result = {0};
  uint64_t edges = 0;
  uint8_t any = 0;
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
    if (UNLIKELY(is_odd(o, shape))) {
      if (odd->n < ODD_MOST)
        odd->items[odd->n] = i;
      odd->n++;
    }
    sums[i] += o->count - held;
    EDGES_EACH(o, shape, slot, edges, sums[index_of(edges_target(slot), first, n)]--;);
    if (UNLIKELY(shape->flags & GC_VISITS_TYPE))
      sums[index_of((struct object *)o->type, first, n)]--;
    if (edges_by_visit(shape))
      shape->visit(o, subtract_visited, m);
  }
  result.live = n - holes;
  result.any = any;
  result.edges = edges;
  return result;
}

/* ---- reaching ---- */

enum direction { DOWN, UP, QUEUED };

/* Member i refers to t. On the way down it is noted how far up t lies if that was passed; on the
 * way up, and from the queue, it is queued. */
ALWAYS_INLINE struct search reach(struct search s, const struct object *t, uint32_t i,
                                  const struct members *m, enum direction direction) {
  uint32_t k = index_of(t, m->first, m->n);
  uint32_t fresh = m->refs[k] == 0;
  m->refs[k] += fresh;
  s.reached += fresh;
  if (direction == DOWN) {
    uint32_t passed = (fresh & (k > i)) ? k : UINT32_MAX;
    s.low = passed < s.low ? passed : s.low;
  } else {
    m->queue[s.tail] = k;
    s.tail += direction == UP ? fresh & (k < i) : fresh;
  }
  return s;
}

struct visiting {
  struct search search;
  const struct members *members;
  uint32_t i;
  enum direction direction;
};

static void reach_visited(struct object *o, void *context) {
  struct visiting *v = context;
  v->search = reach(v->search, o, v->i, v->members, v->direction);
}

static NO_INLINE struct search reach_by_visit(struct search s, uint32_t i, const struct members *m,
                                              enum direction direction) {
  struct visiting v = {s, m, i, direction};
  struct object *o = m->items[i];
  gc_shape_of(o->type)->visit(o, reach_visited, &v);
  return v.search;
}

ALWAYS_INLINE struct search visit(struct search s, uint32_t i, const struct members *m,
                                  enum direction direction) {
  struct object *o = m->items[i];
  const struct gc_shape *shape = gc_shape_of(o->type);
  uint64_t edges = 0;
  m->refs[i] = VISITED;
  EDGES_EACH(o, shape, slot, edges, s = reach(s, edges_target(slot), i, m, direction););
  (void)edges;
  if (UNLIKELY(shape->flags & GC_VISITS_TYPE))
    s = reach(s, (struct object *)o->type, i, m, direction);
  if (edges_by_visit(shape))
    s = reach_by_visit(s, i, m, direction);
  return s;
}

/* What is next, and is going to be visited. */
ALWAYS_INLINE void prefetch_reached(const struct members *m, uint32_t header, uint32_t buffer) {
  if (header < m->n && m->refs[header])
    edges_prefetch_header(m->items[header]);
  if (buffer < m->n && m->refs[buffer])
    edges_prefetch_buffer(m->items[buffer]);
}

ALWAYS_INLINE struct search search(const struct members m, uint32_t held, uint32_t live, bool far) {
  struct search s = {.reached = held, .low = UINT32_MAX};
  m.refs[m.n] = VISITED; /* those outside are never fresh */
  for (uint32_t i = m.n; i-- > 0 && s.reached < live;) {
    if (far)
      prefetch_reached(&m, i - HEADER_AHEAD, i - BUFFER_AHEAD);
    if (m.refs[i])
      s = visit(s, i, &m, DOWN);
  }
  for (uint32_t i = s.low; i < m.n && s.reached < live; i++) {
    if (far)
      prefetch_reached(&m, i + HEADER_AHEAD, i + BUFFER_AHEAD);
    if (m.refs[i] - 1 < VISITED - 1)
      s = visit(s, i, &m, UP);
  }
  for (uint32_t head = 0; head < s.tail && s.reached < live; head++) {
    if (far && head + HEADER_AHEAD < s.tail)
      prefetch_reached(&m, m.queue[head + HEADER_AHEAD], m.queue[head + BUFFER_AHEAD]);
    s = visit(s, m.queue[head], &m, QUEUED);
  }
  return s;
}

static uint32_t count_held(const uint32_t *sums, uint32_t n) {
  uint32_t held = 0;
  for (uint32_t i = 0; i < n; i++)
    held += sums[i] != 0;
  return held;
}

struct analysis_result analysis_run(struct object *const *items, uint32_t first, uint32_t n,
                                    uint32_t held) {
  struct members m = {items, refs.items, queue.items, first, n};
  memset(m.refs, 0, ((size_t)n + 1) * sizeof *m.refs);
  bool far = n >= PREFETCH_LEAST;
  struct analysis_result settled;
  if (settle_by_habit(&m, held, far, &settled))
    return settled;
  memset(m.refs, 0, ((size_t)n + 1) * sizeof *m.refs);
  struct odd odd;
  odd.n = 0;
  struct analysis_result result =
      far ? subtract(&m, held, true, &odd) : subtract(&m, held, false, &odd);
  uint32_t held_n = count_held(m.refs, n);
  struct search s =
      far ? search(m, held_n, result.live, true) : search(m, held_n, result.live, false);
  result.dead = result.live - s.reached;
  result.plain = !result.dead || none_is_dead(&odd, m.refs);
  return result;
}
#endif
