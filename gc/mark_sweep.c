/* `mark-sweep`: everything reachable from the roots is marked, everything else is swept.
 *
 * Roots: what the host names (precise), and every word on the stacks and in the registers of
 * attached threads that points at or into an object (conservative). Marking follows references
 * exactly.
 *
 * Invariants. An object on the mark stack is marked. When the stack is empty and nothing
 * overflowed, no marked object refers to a valid unmarked one. After the sweep no mark is left, and
 * all user code a collection causes (weak-reference callbacks, finalisers) runs only then, on a
 * consistent heap.
 *
 * Order of dying, as far as CPython's allows: weak references to what is unreachable are cleared;
 * unreachable objects with a finaliser that has not run are marked again with all they reach; the
 * rest is swept; callbacks run; finalisers run in creation order. What they did not resurrect a
 * later collection reclaims. */
#include "gc/header.h"
#if GC_TRACING
#include "base/check.h"
#include "base/options.h"
#include "gc/heap.h"
#include "gc/host.h"
#include "gc/mapped.h"
#include "gc/trace.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  BATCH = 256,     /* dead blocks that go to the allocator at once */
  RING = 64,       /* objects, and spans, that memory has been asked for ahead of their turn */
  NEAR_BYTES = 31, /* of an object are read when its turn comes, mostly */
};

static struct {
  /* Options. */
  uint64_t least_budget; /* bytes to allocate between two collections, at least */
  double growth;         /* ... and as a multiple of live bytes */
  uint64_t stack_most;   /* bytes the mark stack may take */
  size_t cache_bytes;    /* heaps up to this size are marked without prefetching */

  /* The collection under way. */
  struct {
    VEC(struct object *);
  } stack;
  size_t stack_end; /* entries it may hold now */
  bool overflowed;  /* a marked object may have unmarked referents that are not on the stack */
  uint64_t visited, edges;
  struct {
    VEC(struct object *);
  } callbacks;         /* weak references whose callback is to be called */
  bool keep_referents; /* no memory for `callbacks`: weak references are strong this time */
  struct {
    VEC(struct object *);
  } saved; /* dead containers that are to live on */

  /* Debugging; NULL: off. */
  void (*save)(struct object *o);
  void (*tell)(struct object *o);
} ms;

/* What references to static objects and NULL look up: no bit is ever set in it. */
static struct side_leaf no_leaf;

/* ---- marking ---- */

/* Marks an object unless it is marked or none of ours; 1 if it was marked now. Without a branch: on
 * a random graph the outcome can't be predicted. */
ALWAYS_INLINE size_t shade(struct side_leaf *const *root, const struct object *o) {
  struct side_leaf *leaf = root[((uintptr_t)o >> SIDE_LEAF_SHIFT) & (SIDE_ROOT_SLOTS - 1)];
  leaf = leaf ? leaf : &no_leaf;
  struct side_word *word = &leaf->words[side_word_index(o)];
  uint64_t bit = side_bit(o), fresh = word->valid & ~word->mark & bit;
  word->mark |= fresh;
  return fresh != 0;
}

/* Makes room for `wanted` more entries, or for as many as are allowed and to be had. */
static void grow_stack(size_t wanted) {
  size_t most = ms.stack_most / sizeof *ms.stack.items;
  if (ms.stack.n + wanted > ms.stack.capacity && !mapped_reserve(&ms.stack, wanted))
    (void)mapped_reserve(&ms.stack, 1);
  ms.stack_end = ms.stack.capacity < most ? ms.stack.capacity : most;
}

static void push(struct object *o) {
  if (!shade(tracing.side.root, o))
    return;
  if (UNLIKELY(ms.stack.n == ms.stack_end)) {
    grow_stack(1);
    if (ms.stack.n == ms.stack_end) {
      ms.overflowed = true; /* it is marked: the rescan finds what it refers to */
      return;
    }
  }
  ms.stack.items[ms.stack.n++] = o;
}

static void push_visited(struct object *o, void *context) {
  (void)context;
  ms.edges++;
  if (o)
    push(o);
}

/* Marks and stacks what a span refers to. Returns how many entries are done: all, or fewer when the
 * stack is full. */
ALWAYS_INLINE size_t scan(struct object **first, size_t n) {
  size_t top = ms.stack.n;
  if (UNLIKELY(ms.stack_end - top < n)) {
    grow_stack(n);
    if (ms.stack_end - top < n)
      n = ms.stack_end - top;
  }
  struct object **stack = ms.stack.items;
  struct side_leaf *const *root = tracing.side.root; /* the stores below can't change it */
  for (size_t i = 0; i < n; i++) {
    struct object *o = first[i];
    stack[top] = o;
    top += shade(root, o);
  }
  ms.stack.n = top;
  ms.edges += n;
  return n;
}

ALWAYS_INLINE void scan_whole(struct object **first, size_t n) {
  size_t done = scan(first, n);
  if (UNLIKELY(done < n))
    ms.overflowed = true;
}

/* All references of an object but that on its type. */
static void visit_foreign(struct object *o, const struct gc_shape *shape) {
  shape->visit(o, push_visited, NULL);
}

static void scan_spans(struct object *o, const struct gc_shape *shape) {
  struct gc_span spans[GC_SPANS_MAX];
  unsigned n = shape->spans(o, spans);
  for (unsigned i = 0; i < n; i++)
    scan_whole(spans[i].first, spans[i].n);
}

ALWAYS_INLINE void scan_inside(struct object *o, const struct gc_shape *shape) {
  struct gc_span spans[GC_SPANS_MAX] = {{0}};
  if (shape->flags & GC_VISITS_TYPE)
    push((struct object *)o->type);
  switch (shape->layout) {
  case GC_LEAF:
    break;
  case GC_VISIT:
    visit_foreign(o, shape);
    break;
  case GC_SPANS:
    scan_spans(o, shape);
    break;
  default:
    gc_spans_of(o, shape, spans);
    scan_whole(spans[0].first, spans[0].n);
  }
}

/* Depth first: what was found last is most likely in the cache. */
static void drain_stack(void) {
  while (ms.stack.n) {
    struct object *o = ms.stack.items[--ms.stack.n];
    ms.visited++;
    scan_inside(o, gc_shape_of(o->type));
  }
}

/* A first-in-first-out queue stands between the stack and the scanning, so that an object has been
 * asked for from memory long before it is read (Cher, Hosking and Vitek, 2004); buffers and what
 * spans() has to read wait in a second one. Both are counted: on a chain they hold one entry. */
static void drain_prefetching(void) {
  struct object *objects[RING];
  struct gc_span spans[RING];
  size_t head = 0, tail = 0, span_head = 0, span_tail = 0;
  for (;;) {
    while (tail - head < RING && ms.stack.n) {
      struct object *o = ms.stack.items[--ms.stack.n];
      __builtin_prefetch(o);
      __builtin_prefetch((char *)o + NEAR_BYTES); /* many lie across the border of two lines */
      objects[tail++ % RING] = o;
    }
    if (UNLIKELY(head == tail)) {
      if (span_head == span_tail)
        return;
      struct gc_span s = spans[span_head++ % RING];
      scan_whole(s.first, s.n);
      continue;
    }
    struct object *o = objects[head++ % RING];
    const struct gc_shape *shape = gc_shape_of(o->type);
    ms.visited++;
    if (shape->layout != GC_BUFFER) {
      scan_inside(o, shape);
      continue;
    }
    if (shape->flags & GC_VISITS_TYPE)
      push((struct object *)o->type);
    if (span_tail - span_head == RING) {
      struct gc_span s = spans[span_head++ % RING];
      scan_whole(s.first, s.n);
    }
    gc_spans_of(o, shape, &spans[span_tail % RING]);
    __builtin_prefetch(spans[span_tail++ % RING].first);
  }
}

static void drain(void) {
  if (tracing_live_bytes() > (int64_t)ms.cache_bytes)
    drain_prefetching();
  else
    drain_stack();
}

/* Scans an object again after an overflow, draining as often as its references fill the stack. */
static void rescan_span(struct object **first, size_t n) {
  while (n) {
    size_t done = scan(first, n);
    first += done;
    n -= done;
    drain();
  }
}

static void push_draining(struct object *o, void *context) {
  push_visited(o, context);
  drain();
}

static void rescan(struct object *o) {
  const struct gc_shape *shape = gc_shape_of(o->type);
  if (shape->flags & GC_VISITS_TYPE)
    push_draining((struct object *)o->type, NULL);
  if (shape->layout == GC_VISIT) {
    shape->visit(o, push_draining, NULL);
    return;
  }
  struct gc_span spans[GC_SPANS_MAX];
  unsigned n = gc_spans_of(o, shape, spans);
  for (unsigned i = 0; i < n; i++)
    rescan_span(spans[i].first, spans[i].n);
}

/* Marks everything that is reachable from what is on the stack. An overflow is repaired by going
 * over all marked objects until none has an unmarked referent; every round marks at least one more.
 */
static void complete(void) {
  drain();
  while (UNLIKELY(ms.overflowed)) {
    ms.overflowed = false;
    for (struct side_leaf *leaf = tracing.side.leaves; leaf; leaf = leaf->next)
      for (size_t w = 0; w < SIDE_LEAF_WORDS; w++) {
        if (!leaf->used[w / SIDE_STRETCH_WORDS]) {
          w |= SIDE_STRETCH_WORDS - 1;
          continue;
        }
        for (uint64_t bits = leaf->words[w].mark; bits; bits &= bits - 1)
          rescan(side_address(leaf, w, bit_lowest(bits)));
      }
  }
}

/* A word from a stack: a reference if it points at an object or inside one. */
static void push_ambiguous(uintptr_t word, void *context) {
  (void)context;
  struct object *o = side_find_start(&tracing.side, (void *)word, tracing.largest_bytes);
  if (o && word - (uintptr_t)o < gc_object_bytes(o))
    push(o);
}

/* ---- weak references and finalisers ---- */

static void count_weakref(struct object *weakref, void *context) {
  (void)weakref;
  ++*(size_t *)context;
}

static void push_referent(struct object *weakref, void *context) {
  (void)context;
  struct object *referent = host_weakref_referent(weakref);
  if (referent)
    push(referent);
}

static bool is_dead(const struct object *o) {
  return side_is_valid(&tracing.side, o) && !side_is_marked(&tracing.side, o);
}

/* A weak reference whose referent is dead is cleared, and its callback noted if it is alive itself;
 * a dead one leaves its referent's list while both can still be read. */
static void clear_weakref(struct object *weakref, void *context) {
  (void)context;
  struct object *referent = host_weakref_referent(weakref);
  bool weakref_dead = is_dead(weakref);
  if (!weakref_dead && !(referent && is_dead(referent)))
    return;
  if (!weakref_dead && host_weakref_callback(weakref))
    ms.callbacks.items[ms.callbacks.n++] = weakref;
  gc_heap.stats.weakrefs_cleared += !weakref_dead;
  host_weakref_clear(weakref);
}

/* An entry of the registry with the lowest bit set: its finaliser is to be run by this collection.
 */
static struct object *pending(struct object *o) { return (struct object *)((uintptr_t)o | 1); }

/* Marks again what is dead and has a finaliser to run, with everything it reaches; drops from the
 * registry what has nothing to expect any more, dead ones whose finaliser would do nothing among
 * them. Returns how many are pending. */
static size_t keep_finalizable(void) {
  size_t kept = 0, n_pending = 0, n_idle = 0;
  struct object **items = tracing_plan.finalizable.items;
  for (size_t i = 0; i < tracing_plan.finalizable.n; i++) {
    struct object *o = items[i];
    if (!o || gc_is_finalized(o))
      continue;
    bool dead = is_dead(o), is_pending = dead && host_wants_finalizer(o);
    n_pending += is_pending;
    n_idle += dead && !is_pending;
    items[kept++] = is_pending ? pending(o) : o;
  }
  tracing_plan.finalizable.n = kept;
  if (n_pending) {
    for (size_t i = 0; i < kept; i++)
      if ((uintptr_t)items[i] & 1)
        push((struct object *)((uintptr_t)items[i] & ~(uintptr_t)1));
    complete();
  }
  if (n_idle) { /* what a pending one reaches lives on, and may want its finaliser later */
    size_t left = 0;
    for (size_t i = 0; i < kept; i++)
      if (((uintptr_t)items[i] & 1) || !is_dead(items[i]))
        items[left++] = items[i];
    tracing_plan.finalizable.n = left;
  }
  return n_pending;
}

/* Objects born meanwhile are appended behind `n`, and may move the registry. */
static void run_finalizers(void) {
  size_t n = tracing_plan.finalizable.n;
  for (size_t i = 0; i < n; i++) {
    struct object *o = tracing_plan.finalizable.items[i];
    if (!((uintptr_t)o & 1))
      continue;
    o = (struct object *)((uintptr_t)o & ~(uintptr_t)1);
    tracing_plan.finalizable.items[i] = NULL;
    gc_set_finalized(o);
    gc_heap.stats.finalizers_run++;
    host_finalize(o);
  }
}

/* ---- debugging ---- */

static void each_dead_container(gc_visit_fn *visit) {
  for (struct side_leaf *leaf = tracing.side.leaves; leaf; leaf = leaf->next)
    for (size_t w = 0; w < SIDE_LEAF_WORDS; w++) {
      if (!leaf->used[w / SIDE_STRETCH_WORDS]) {
        w |= SIDE_STRETCH_WORDS - 1;
        continue;
      }
      for (uint64_t bits = leaf->words[w].valid & ~leaf->words[w].mark; bits; bits &= bits - 1) {
        struct object *o = side_address(leaf, w, bit_lowest(bits));
        if (gc_shape_of(o->type)->flags & GC_CONTAINER)
          visit(o, NULL);
      }
    }
}

static void tell_dead(struct object *o, void *context) {
  (void)context;
  ms.tell(o);
}
static void count_dead(struct object *o, void *context) {
  (void)o, (void)context;
  ms.saved.n++;
}
static void note_dead(struct object *o, void *context) {
  (void)context;
  ms.saved.items[ms.saved.n++] = o;
}

/* Marks again all containers that are dead, with what they reach. Without memory for a list of them
 * they die after all. */
static void keep_saved(void) {
  ms.saved.n = 0;
  each_dead_container(count_dead);
  size_t n = ms.saved.n;
  ms.saved.n = 0;
  if (!n || !mapped_reserve(&ms.saved, n))
    return;
  each_dead_container(note_dead);
  for (size_t i = 0; i < n; i++)
    push(ms.saved.items[i]);
  complete();
}

/* Whoever saves may allocate: nothing is collected meanwhile. */
static void give_saved(void) {
  for (size_t i = 0; i < ms.saved.n; i++)
    ms.save(ms.saved.items[i]);
  ms.saved.n = 0;
}

static void set_save(void (*save)(struct object *o)) { ms.save = save; }
static void set_tell(void (*tell)(struct object *o)) { ms.tell = tell; }

/* ---- sweeping ---- */

/* Dead blocks in address order, as the allocator takes them back most cheaply. */
struct batch {
  size_t n;
  int64_t bytes;
  const struct type *plain; /* the last type seen whose objects are nothing but a block ... */
  int64_t plain_bytes;      /* ... of this size: most dead are boxes, and stand beside their like */
  void *blocks[BATCH];
};

static void flush_batch(struct batch *b) {
  alloc_put_many(tracing.alloc, b->blocks, b->n);
  tracing.room += b->bytes;
  b->n = 0;
  b->bytes = 0;
}

ALWAYS_INLINE void put_in_batch(struct batch *b, void *block) {
  b->blocks[b->n++] = block;
  if (UNLIKELY(b->n == BATCH))
    flush_batch(b);
}

/* Frees an object whose valid bit the caller clears. */
ALWAYS_INLINE void reclaim(struct side_leaf *leaf, size_t w, uint64_t bit, struct object *o,
                           const struct gc_shape *shape, struct batch *b) {
  b->bytes += (int64_t)gc_object_bytes(o);
  if (shape->flags & GC_RELEASES)
    host_release(o);
  if (UNLIKELY(shape->flags & GC_FINALIZES))
    leaf->finalized[w] &= ~bit;
  if (!(shape->flags & (GC_RELEASES | GC_FINALIZES | GC_IS_TYPE)) && !shape->bytes &&
      !shape->item_bytes) {
    b->plain = o->type;
    b->plain_bytes = shape->basic_bytes;
  }
  put_in_batch(b, o);
}

/* Dead types stay, and are the only ones marked when this returns: what their dead instances own
 * and how large they are is theirs to tell. */
static uint64_t sweep_leaf(struct side_leaf *leaf, uint64_t *dead_types, struct batch *b) {
  uint64_t reclaimed = 0;
  for (size_t stretch = 0; stretch < SIDE_LEAF_STRETCHES; stretch++) {
    if (!leaf->used[stretch])
      continue;
    uint64_t left = 0;
    size_t end = (stretch + 1) * SIDE_STRETCH_WORDS;
    for (size_t w = end - SIDE_STRETCH_WORDS; w < end; w++) {
      struct side_word *word = &leaf->words[w];
      uint64_t dead = word->valid & ~word->mark, types = 0;
      left |= word->valid &= word->mark;
      for (uint64_t bits = dead; bits; bits &= bits - 1) {
        struct object *o = side_address(leaf, w, bit_lowest(bits));
        if (LIKELY(o->type == b->plain)) {
          b->bytes += b->plain_bytes;
          put_in_batch(b, o);
          continue;
        }
        const struct gc_shape *shape = gc_shape_of(o->type);
        if (UNLIKELY(shape->flags & GC_IS_TYPE))
          types |= bits & -bits;
        else
          reclaim(leaf, w, bits & -bits, o, shape, b);
      }
      reclaimed += bit_count(dead ^ types);
      left |= word->valid |= types;
      side_trim_half(leaf, w);
      word->mark = types;
      *dead_types += bit_count(types);
    }
    leaf->used[stretch] = left != 0;
  }
  return reclaimed;
}

/* A class and its metaclass may die together. So all let go what they own, and tell their size,
 * which then stands in place of their type, before any of them is freed. */
static void release_types(struct side_leaf *leaf) {
  for (size_t w = 0; w < SIDE_LEAF_WORDS; w++) {
    if (!leaf->used[w / SIDE_STRETCH_WORDS]) {
      w |= SIDE_STRETCH_WORDS - 1;
      continue;
    }
    for (uint64_t dead = leaf->words[w].mark; dead; dead &= dead - 1) {
      struct object *o = side_address(leaf, w, bit_lowest(dead));
      size_t bytes = gc_object_bytes(o);
      unsigned flags = gc_shape_of(o->type)->flags;
      if (flags & GC_RELEASES)
        host_release(o);
      if (flags & GC_FINALIZES)
        leaf->finalized[w] &= ~(dead & -dead);
      o->type = (struct type *)bytes;
    }
  }
}

static void sweep_types(struct side_leaf *leaf, struct batch *b) {
  for (size_t w = 0; w < SIDE_LEAF_WORDS; w++) {
    if (!leaf->used[w / SIDE_STRETCH_WORDS]) {
      w |= SIDE_STRETCH_WORDS - 1;
      continue;
    }
    uint64_t dead = leaf->words[w].mark;
    leaf->words[w].mark = 0;
    leaf->words[w].valid &= ~dead;
    for (; dead; dead &= dead - 1) {
      struct object *o = side_address(leaf, w, bit_lowest(dead));
      b->bytes += (int64_t)(uintptr_t)o->type;
      put_in_batch(b, o);
    }
    side_trim_half(leaf, w);
  }
}

static uint64_t sweep(void) {
  uint64_t reclaimed = 0, dead_types = 0;
  struct batch batch;
  batch.n = 0;
  batch.bytes = 0;
  batch.plain = NULL;
  for (struct side_leaf *leaf = tracing.side.leaves; leaf; leaf = leaf->next)
    reclaimed += sweep_leaf(leaf, &dead_types, &batch);
  for (struct side_leaf *leaf = tracing.side.leaves; dead_types && leaf; leaf = leaf->next)
    release_types(leaf);
  for (struct side_leaf *leaf = tracing.side.leaves; dead_types && leaf; leaf = leaf->next)
    sweep_types(leaf, &batch);
  flush_batch(&batch);
  tracing.freed += reclaimed + dead_types;
  return reclaimed + dead_types;
}

/* ---- the collection ---- */

static void set_trigger(void) {
  int64_t live = tracing_live_bytes();
  double budget = (double)live * ms.growth;
  if (budget < (double)ms.least_budget)
    budget = (double)ms.least_budget;
  tracing_plan.trigger = budget < 0x1p60 ? live + (int64_t)budget : INT64_MAX / 4;
}

/* While objects are saved, a second round finds those whose finalisers ran in the first. */
static size_t collect(unsigned generation) {
  size_t weakrefs = 0;
  host_visit_weakrefs(count_weakref, &weakrefs);
  ms.callbacks.n = 0;
  ms.keep_referents = !mapped_reserve(&ms.callbacks, weakrefs);
  ms.visited = ms.edges = 0;

  host_visit_roots(push_visited, NULL);
  tracing_visit_stacks(push_ambiguous, NULL);
  if (UNLIKELY(ms.keep_referents))
    host_visit_weakrefs(push_referent, NULL);
  complete();
  uint64_t reachable = ms.visited;
  if (UNLIKELY(ms.tell != NULL))
    each_dead_container(tell_dead);
  if (weakrefs)
    host_visit_weakrefs(clear_weakref, NULL);
  size_t n_pending = tracing_plan.finalizable.n ? keep_finalizable() : 0;
  uint64_t kept = ms.visited - reachable;
  bool saves = ms.save != NULL;
  if (UNLIKELY(saves))
    keep_saved();
  uint64_t saved = ms.visited - reachable - kept;
  uint64_t reclaimed = sweep();

  gc_heap.stats.objects_visited += ms.visited;
  gc_heap.stats.edges_visited += ms.edges;
  gc_heap.stats.objects_reclaimed += reclaimed;
  tracing_plan.stack_bytes =
      (ms.stack.capacity + ms.callbacks.capacity + ms.saved.capacity) * sizeof(struct object *);
  set_trigger();
  tracing_arm();
  if (UNLIKELY(saves))
    give_saved();
  for (size_t i = 0; i < ms.callbacks.n; i++)
    host_weakref_call(ms.callbacks.items[i]);
  if (n_pending)
    run_finalizers();
  if (UNLIKELY(saves) && n_pending)
    return (size_t)(reclaimed + saved) + collect(generation);
  return (size_t)(reclaimed + kept + saved);
}

static void configure(struct options *o) {
  ms.least_budget = options_size(o, "trigger", 1, UINT64_MAX / 4);
  ms.growth = options_real(o, "growth", 0, 1000);
  ms.stack_most = options_size(o, "stack", 4096, UINT64_MAX / 4);
}

static bool start(char *error, size_t error_bytes) {
  if (!tracing_open(true, error, error_bytes))
    return false;
  long cache = sysconf(_SC_LEVEL2_CACHE_SIZE);
  ms.cache_bytes = cache > 0 ? (size_t)cache : 1 << 20;
  ms.overflowed = false;
  set_trigger();
  tracing_arm();
  return true;
}

static size_t finish(void) {
  mapped_free(&ms.stack);
  mapped_free(&ms.callbacks);
  mapped_free(&ms.saved);
  ms.save = ms.tell = NULL;
  ms.stack_end = 0;
  return tracing_close();
}

static const struct gc_option options[] = {
    {"trigger", "bytes that are allocated between two collections, at least", "4M"},
    {"growth", "and as a multiple of the bytes alive after the last one", "1"},
    {"stack", "bytes the mark stack may take; a full one costs a pass over the marked", "1G"},
    {0},
};
static const struct gc_methods methods = {
    .configure = configure,
    .open = start,
    .close = finish,
    .collect = collect,
    .read_stats = tracing_read_stats,
    .check = tracing_check,
    .settings_changed = tracing_arm,
    .visit_tracked = tracing_visit_tracked,
    .save_all = set_save,
    .tell_unreachable = set_tell,
};

const struct gc_collector gc_mark_sweep = {
    .name = "mark-sweep",
    .family = "tracing",
    .summary = "marks what is reachable, sweeps the rest; bits beside the heap, prefetched marking",
    .options = options,
    .methods = &methods,
};
#endif
