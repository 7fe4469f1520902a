/* What happens to the dead, in CPython's order:
 *
 *   1. weak references to them are cleared; then the callbacks of those that are not dead
 *      themselves are called
 *   2. finalisers that have not run yet are called
 *   3. if any code ran, the counts are analysed again: who is reachable now lives on
 *   4. the rest is freed in bulk (bulk.c) where all are plain, and else cleared one by one
 *
 * From before the first call of host code until its own end, each dead object is held by the set,
 * so that nothing the code does can free it. Weak references and finalisers are treated in the
 * order in which their objects were tracked.
 */
#include "gc/header.h"
#if GC_RC
#include "gc/analysis.h"
#include "gc/dead.h"
#include "gc/edges.h"
#include "gc/host.h"
#include "gc/old.h"
#include "gc/young.h"

enum { AHEAD = 16 };

struct dead_set dead_set;
static void (*save_all)(struct object *o);
static void (*tell_unreachable)(struct object *o);

static struct {
  VEC(uint64_t); /* order << 32 | index: those with a finaliser to run or weak references */
} special, scratch;
static struct { VEC(struct object *); } callbacks; /* weak references to call, held */

/* What has to be done for the members. */
static struct traits { bool weakly_referenced, finalizable, plain; } traits;

bool dead_reserve(size_t n) {
  size_t have = dead_set.members.n;
  return n <= GC_POS_LISTED - GC_POS_DEAD &&
         (n <= have || (mapped_reserve(&dead_set.members, n - have) &&
                        (dead_set.order.n = have, mapped_reserve(&dead_set.order, n - have))));
}

void dead_close(void) {
  mapped_free(&dead_set.members);
  mapped_free(&dead_set.order);
  mapped_free(&special);
  mapped_free(&scratch);
  mapped_free(&callbacks);
}

size_t dead_mapped_bytes(void) {
  return dead_set.members.capacity * sizeof(struct object *) +
         dead_set.order.capacity * sizeof(uint32_t) +
         (special.capacity + scratch.capacity) * sizeof(uint64_t) +
         callbacks.capacity * sizeof(struct object *);
}

void dead_place(size_t n) {
  struct object **items = dead_set.members.items;
  for (size_t i = 0; i < n; i++) {
    if (i + AHEAD < n)
      __builtin_prefetch(items[i + AHEAD], 1);
    dead_place_at(items[i], i);
  }
}

void dead_save_all(void (*save)(struct object *o)) { save_all = save; }
void dead_tell(void (*tell)(struct object *o)) { tell_unreachable = tell; }

static size_t index_of(const struct object *o) { return (o->pos & GC_POS_MASK) - GC_POS_DEAD; }
static bool is_member(const struct object *o) { return index_of(o) < dead_set.members.n; }

void dead_forget(struct object *o) {
  size_t i = index_of(o);
  if (i < dead_set.held_from)
    dead_set.members.items[i] = NULL;
  o->pos &= GC_POS_FINALIZED;
}

/* ---- what they need ---- */

static struct object *weakrefs_of(const struct object *o, const struct gc_shape *shape) {
  return shape->flags & GC_WEAKREFS ? *gc_weakrefs_of(o, shape) : NULL;
}
static bool must_finalize(const struct object *o, const struct gc_shape *shape) {
  return (shape->flags & GC_FINALIZES) && !gc_is_finalized(o);
}

static void note_traits(void) {
  traits = (struct traits){.plain = true};
  for (size_t i = 0; i < dead_set.members.n; i++) {
    if (i + AHEAD < dead_set.members.n)
      edges_prefetch_header(dead_set.members.items[i + AHEAD]);
    const struct object *o = dead_set.members.items[i];
    const struct gc_shape *shape = gc_shape_of(o->type);
    traits.plain &= (shape->flags & GC_PLAIN) != 0;
    if (UNLIKELY(shape->flags & (GC_WEAKREFS | GC_FINALIZES))) {
      traits.weakly_referenced |= weakrefs_of(o, shape) != NULL;
      traits.finalizable |= must_finalize(o, shape);
    }
  }
}

/* Sorts by the upper halves: least significant digit first, stable. */
static bool sort_special(void) {
  enum { DIGIT = 11, DIGITS = 1 << DIGIT };
  scratch.n = 0;
  if (!mapped_reserve(&scratch, special.n))
    return false;
  uint64_t *from = special.items, *to = scratch.items;
  for (unsigned shift = 32; shift < 64; shift += DIGIT) {
    size_t starts[DIGITS] = {0}, sum = 0;
    for (size_t i = 0; i < special.n; i++)
      starts[from[i] >> shift & (DIGITS - 1)]++;
    for (size_t d = 0; d < DIGITS; d++) {
      size_t n = starts[d];
      starts[d] = sum;
      sum += n;
    }
    for (size_t i = 0; i < special.n; i++)
      to[starts[from[i] >> shift & (DIGITS - 1)]++] = from[i];
    uint64_t *swap = from;
    from = to;
    to = swap;
  }
  if (from != special.items) /* an odd number of digits */
    for (size_t i = 0; i < special.n; i++)
      special.items[i] = from[i];
  return true;
}

static bool list_special(void) {
  special.n = 0;
  bool sorted = true;
  for (size_t i = 0; i < dead_set.members.n; i++) {
    struct object *o = dead_set.members.items[i];
    const struct gc_shape *shape = gc_shape_of(o->type);
    if (!weakrefs_of(o, shape) && !must_finalize(o, shape))
      continue;
    uint64_t key = (uint64_t)(dead_set.order.items[i] & GC_POS_MASK) << 32 | i;
    sorted &= !special.n || special.items[special.n - 1] < key;
    if (!mapped_push(&special, key))
      return false;
  }
  return sorted || sort_special();
}

static struct object *special_member(size_t i) {
  return dead_set.members.items[(uint32_t)special.items[i]];
}

/* Makes room for every callback there may be. */
static bool reserve_callbacks(void) {
  size_t n = 0;
  for (size_t i = 0; i < special.n; i++) {
    struct object *o = special_member(i);
    for (struct object *w = weakrefs_of(o, gc_shape_of(o->type)); w; w = host_weakref_next(w))
      n += host_weakref_callback(w) != NULL;
  }
  callbacks.n = 0;
  return mapped_reserve(&callbacks, n);
}

/* ---- host code ---- */

static void clear_weakrefs(void) {
  for (size_t i = 0; i < special.n; i++) {
    struct object *o = special_member(i), *next;
    for (struct object *w = weakrefs_of(o, gc_shape_of(o->type)); w; w = next) {
      next = host_weakref_next(w);
      bool called = host_weakref_callback(w) && !is_member(w);
      host_weakref_clear(w);
      gc_heap.stats.weakrefs_cleared++;
      if (called)
        callbacks.items[callbacks.n++] = hold(w);
    }
  }
}

/* Returns how many of the weak references died of it: CPython counts them as collected. */
static size_t call_callbacks(void) {
  size_t died = 0;
  for (size_t i = 0; i < callbacks.n; i++) {
    struct object *w = callbacks.items[i];
    host_weakref_call(w);
    died += w->count == 1;
    drop(w);
  }
  return died;
}

static void run_finalizers(void) {
  for (size_t i = 0; i < special.n; i++) {
    struct object *o = special_member(i);
    if (!must_finalize(o, gc_shape_of(o->type)))
      continue;
    gc_set_finalized(o);
    gc_heap.stats.finalizers_run++;
    host_finalize(o);
  }
}

/* ---- life after death ---- */

/* To the next generation. */
static void give_back(struct object **items, size_t n, unsigned next) {
  for (size_t i = 0; i < n; i++)
    items[i]->pos &= GC_POS_FINALIZED;
  if (next < GC_GENERATIONS - 1)
    young_readmit(items, n);
  else
    for (size_t i = 0; i < n; i++)
      old_add(items[i]);
}

/* Held by the set: who was untracked meanwhile is none of our business any more, who is reachable
 * goes to the next generation, the others move up. The reference on those who leave is dropped
 * when the set is in order again. */
static void examine_again(unsigned next) {
  struct object **items = dead_set.members.items;
  size_t n = dead_set.members.n, kept = 0, leaving = 0, untracked = 0;
  for (size_t i = 0; i < n; i++) /* holes are not analysed */
    if ((items[i]->pos & GC_POS_MASK) != GC_POS_DEAD + i) {
      special.items[untracked++] = (uint64_t)(uintptr_t)items[i];
      items[i] = NULL;
    }
  gc_heap.stats.objects_visited += n;
  analysis_run(items, GC_POS_DEAD, (uint32_t)n, 1);
  const uint32_t *refs = analysis_refs();
  struct object **left = callbacks.items;
  for (size_t i = 0; i < n; i++) {
    struct object *o = items[i];
    if (!o)
      continue;
    if (refs[i]) {
      left[leaving++] = o;
      continue;
    }
    dead_place_at(o, kept);
    items[kept++] = o;
  }
  dead_set.members.n = kept;
  for (size_t i = 0; i < leaving; i++)
    left[i]->count--;
  give_back(left, leaving, next);
  for (size_t i = 0; i < untracked; i++)
    drop((struct object *)(uintptr_t)special.items[i]);
}

/* ---- the end ---- */

/* Each is cleared while the set holds it, and let go then. Who is alive in the end is still
 * reachable, as when clear leaves references in place; returns how many. */
static size_t clear_one_by_one(unsigned next) {
  struct object **items = dead_set.members.items;
  size_t n = dead_set.members.n, alive = 0;
  for (size_t i = 0; i < n; i++) {
    dead_set.held_from = i + 1;
    struct object *o = items[i];
    host_clear(o);
    drop(o);
  }
  for (size_t i = 0; i < n; i++) {
    struct object *o = items[i];
    if (o)
      items[alive++] = o;
  }
  give_back(items, alive, next);
  return alive;
}

static void hold_all(void) {
  for (size_t i = 0; i < dead_set.members.n; i++)
    dead_set.members.items[i]->count++;
  dead_set.held_from = 0;
}

static void save_members(unsigned next) {
  size_t n = dead_set.members.n;
  for (size_t i = 0; i < n; i++)
    save_all(dead_set.members.items[i]);
  give_back(dead_set.members.items, n, next);
  for (size_t i = 0; i < n; i++)
    drop(dead_set.members.items[i]);
}

/* Weak references and finalisers. False when there is no memory for it: then all live on. */
static bool say_farewell(unsigned next, size_t *died) {
  size_t n = dead_set.members.n;
  if (!list_special() || !reserve_callbacks() || !mapped_reserve(&callbacks, n) ||
      (special.n < n && !mapped_reserve(&special, n - special.n)))
    return false;
  hold_all();
  clear_weakrefs();
  bool code_ran = callbacks.n || traits.finalizable;
  *died = call_callbacks();
  run_finalizers();
  if (code_ran) {
    examine_again(next);
    note_traits();
  } else {
    traits.weakly_referenced = false;
  }
  return true;
}

size_t dead_bury(unsigned next, bool plain) {
  size_t died = 0, found = dead_set.members.n, alive = 0;
  if (!found)
    return 0;
  for (size_t i = 0; UNLIKELY(tell_unreachable != NULL) && i < found; i++)
    tell_unreachable(dead_set.members.items[i]);
  traits = (struct traits){.plain = true};
  if (!plain)
    note_traits();
  bool held = traits.weakly_referenced || traits.finalizable;
  if (held && !say_farewell(next, &died)) {
    give_back(dead_set.members.items, found, next);
    dead_set.members.n = 0;
    return 0;
  }
  found = dead_set.members.n;
  bool in_bulk = traits.plain && !traits.weakly_referenced && !save_all;
  if (!in_bulk || !bulk_free(dead_set.members.items, found)) {
    if (plain)
      dead_place(found);
    if (!held)
      hold_all();
    if (save_all)
      save_members(next), alive = found;
    else
      alive = clear_one_by_one(next);
  }
  gc_heap.stats.objects_reclaimed += found - alive;
  dead_set.members.n = 0;
  return found + died;
}
#endif
