/* The old generation: bits by address, the registry, marking from the roots.
 *
 * Invariants: an object is old exactly while its bit is valid in `old_table` or in `frozen`, and
 * its pos is then GC_POS_OLD or GC_POS_LISTED + its index in the registry. An entry of the registry
 * counts only while that holds: the dead are not looked up and struck out, their entries just stop
 * being true (an address that is used again has another position), and go when the registry is
 * full.
 *
 * Marking is an optimisation: it must find no dead object alive, but it may find too few alive. The
 * count analysis looks at the rest. So roots may be incomplete, and an object that finds no place
 * in a queue that can't grow is left unmarked. */
#include "gc/header.h"
#if GC_RC
#include "gc/dead.h"
#include "gc/edges.h"
#include "gc/host.h"
#include "gc/old.h"
#include "gc/side_table.h"
#include <stdio.h>
#include <string.h>

enum { HEADER_AHEAD = 32, BUFFER_AHEAD = 16 };

struct side_table old_table;
static struct side_table frozen;
static size_t old_n, frozen_n;
static struct { VEC(struct object *); } registry;

bool old_open(void) {
  old_n = frozen_n = 0;
  if (!side_open(&old_table))
    return false;
  if (side_open(&frozen))
    return true;
  side_close(&old_table);
  return false;
}

/* ---- coming and going ---- */

static bool entry_is_true(size_t i) {
  const struct object *o = registry.items[i];
  return (side_is_valid(&old_table, o) || (frozen_n && side_is_valid(&frozen, o))) &&
         (o->pos & GC_POS_MASK) == GC_POS_LISTED + i;
}

/* Strikes out the dead; true when that made room for a quarter. */
static bool compact_registry(void) {
  size_t kept = 0;
  for (size_t i = 0; i < registry.n; i++) {
    if (!entry_is_true(i))
      continue;
    struct object *o = registry.items[i];
    o->pos = (o->pos & GC_POS_FINALIZED) | (GC_POS_LISTED + (uint32_t)kept);
    registry.items[kept++] = o;
  }
  registry.n = kept;
  return kept < registry.capacity - registry.capacity / 4;
}

/* The position of a new old object. Without memory for an entry it is just old: it is treated after
 * all others, then. */
static uint32_t place_for(struct object *o) {
  if (LIKELY(!(gc_shape_of(o->type)->flags & (GC_FINALIZES | GC_WEAKREFS))))
    return GC_POS_OLD;
  if (UNLIKELY(registry.n == registry.capacity) && (!registry.n || !compact_registry()) &&
      !mapped_reserve(&registry, registry.capacity + 1) && registry.n == registry.capacity)
    return GC_POS_OLD;
  if (UNLIKELY(registry.n >= GC_POS_OLD - GC_POS_LISTED))
    return GC_POS_OLD;
  registry.items[registry.n] = o;
  return GC_POS_LISTED + (uint32_t)registry.n++;
}

bool old_add(struct object *o) {
  uint32_t finalized = o->pos & GC_POS_FINALIZED;
  if (UNLIKELY(!side_set_valid(&old_table, o))) {
    o->pos = finalized;
    return false;
  }
  o->pos = finalized | place_for(o);
  old_n++;
  return true;
}

void old_remove(struct object *o) {
  o->pos &= GC_POS_FINALIZED;
  if (LIKELY(!frozen_n) || side_is_valid(&old_table, o)) {
    side_clear_valid(&old_table, o);
    old_n--;
  } else {
    side_clear_valid(&frozen, o);
    frozen_n--;
  }
}

void old_strike(struct object *o) {
  side_clear_valid(&old_table, o);
  old_n--;
}

size_t old_count(void) { return old_n; }
size_t old_frozen_count(void) { return frozen_n; }

/* ---- marking ---- */

static struct {
  VEC(struct object *); /* [head, n) waits; behind n lie things of the past */
  size_t head;
} queue;

static struct marking {
  size_t marked;
  uint64_t edges;
} marking;

struct side_leaf old_no_leaf;

/* Room for `more` and for looking ahead. Entries before head are given up first. */
static bool make_room(size_t more) {
  more += HEADER_AHEAD;
  if (LIKELY(queue.capacity - queue.n >= more))
    return true;
  if (queue.head && queue.head >= queue.capacity / 2) {
    memmove(queue.items, queue.items + queue.head, (queue.n - queue.head) * sizeof *queue.items);
    queue.n -= queue.head;
    queue.head = 0;
  }
  return mapped_reserve(&queue, more);
}

ALWAYS_INLINE size_t mark(struct object *t, struct object **items, size_t tail) {
  struct side_leaf *leaf = side_leaf_of(&old_table, t);
  leaf = leaf ? leaf : &old_no_leaf;
  struct side_word *word = &leaf->words[side_word_index(t)];
  uint64_t fresh = word->valid & ~word->mark & side_bit(t);
  word->mark |= fresh;
  items[tail] = t;
  return tail + (fresh != 0);
}

/* With room for none but this one, or not even that: then it is left to the count analysis. */
static void mark_visited(struct object *t, void *context) {
  (void)context;
  if (make_room(1))
    queue.n = mark(t, queue.items, queue.n);
}

/* A span for which the queue has no room: those that find none are left to the count analysis. */
static COLD void mark_tightly(struct gc_span span) {
  for (size_t k = 0; k < span.n; k++)
    mark_visited(span.first[k], NULL);
}

/* Marks what one object refers to. Its type takes a place of the queue, too. */
ALWAYS_INLINE void mark_references(struct object *o, const struct gc_shape *shape) {
  struct gc_span more[GC_SPANS_MAX];
  unsigned n, i = 1;
  struct gc_span span = edges_first(o, shape, more, &n);
  for (;; span = more[i++]) {
    marking.edges += span.n;
    if (LIKELY(queue.capacity - queue.n > span.n + HEADER_AHEAD) || make_room(span.n + 1)) {
      struct object **items = queue.items;
      size_t tail = queue.n;
      for (struct object **slot = span.first, **end = slot + span.n; slot != end; slot++)
        tail = mark(*slot, items, tail);
      if (shape->flags & GC_VISITS_TYPE)
        tail = mark((struct object *)o->type, items, tail);
      queue.n = tail;
    } else {
      mark_tightly(span);
    }
    if (LIKELY(i >= n))
      break;
  }
  if (edges_by_visit(shape)) {
    shape->visit(o, mark_visited, NULL);
    if (shape->flags & GC_VISITS_TYPE)
      mark_visited((struct object *)o->type, NULL);
  }
}

static void untrack_idle(struct object *o) {
  if (!host_may_untrack(o, GC_GENERATIONS - 1))
    return;
  side_leaf_of(&old_table, o)->words[side_word_index(o)].mark &= ~side_bit(o);
  old_remove(o);
  marking.marked--;
}

static void mark_from_roots(void) {
  marking = (struct marking){0};
  queue.n = queue.head = 0;
  host_visit_roots(mark_visited, NULL);
  while (queue.head < queue.n) {
    struct object **at = queue.items + queue.head++;
    if (LIKELY(at + HEADER_AHEAD < queue.items + queue.n)) {
      edges_prefetch_header(at[HEADER_AHEAD]);
      edges_prefetch_buffer(at[BUFFER_AHEAD]);
    }
    struct object *o = *at;
    const struct gc_shape *shape = gc_shape_of(o->type);
    marking.marked++;
    mark_references(o, shape);
    if (UNLIKELY(shape->flags & GC_UNTRACKS))
      untrack_idle(o);
  }
}

/* ---- the rest ---- */

static void clear_marks(void) {
  for (struct side_leaf *leaf = old_table.leaves; leaf; leaf = leaf->next)
    for (size_t s = 0; s < SIDE_LEAF_STRETCHES; s++)
      for (size_t w = 0; leaf->used[s] && w < SIDE_STRETCH_WORDS; w++)
        leaf->words[s * SIDE_STRETCH_WORDS + w].mark = 0;
}

static void suspect_word(struct side_leaf *leaf, size_t w) {
  struct side_word *word = &leaf->words[w];
  uint64_t suspects = word->valid & ~word->mark;
  word->mark = 0;
  for (; suspects; suspects &= suspects - 1) {
    struct object *o = side_address(leaf, w, bit_lowest(suspects));
    dead_add(o, o->pos);
    dead_place_at(o, dead_set.members.n - 1);
  }
}

bool old_suspect(void) {
  mark_from_roots();
  gc_heap.stats.edges_visited += marking.edges;
  gc_heap.stats.objects_visited += marking.marked;
  if (!dead_reserve(dead_set.members.n + old_n - marking.marked)) {
    clear_marks();
    return false;
  }
  for (struct side_leaf *leaf = old_table.leaves; leaf; leaf = leaf->next)
    for (size_t s = 0; s < SIDE_LEAF_STRETCHES; s++)
      for (size_t w = 0; leaf->used[s] && w < SIDE_STRETCH_WORDS; w++)
        suspect_word(leaf, s * SIDE_STRETCH_WORDS + w);
  return true;
}

/* ---- freezing ---- */

/* Moves every bit of one table into the other; whole leaves where the other has none, so that no
 * memory is needed. */
static void move_bits(struct side_table *from, struct side_table *to) {
  const size_t leaf_bytes = align_up(sizeof(struct side_leaf), 4096);
  struct side_leaf *kept = NULL;
  for (struct side_leaf *leaf = from->leaves, *next; leaf; leaf = next) {
    next = leaf->next;
    size_t slot = leaf->base >> SIDE_LEAF_SHIFT;
    struct side_leaf *there = to->root[slot];
    if (there) {
      for (size_t w = 0; w < SIDE_LEAF_WORDS; w++)
        if (leaf->used[w / SIDE_STRETCH_WORDS]) {
          there->words[w].valid |= leaf->words[w].valid;
          there->used[w / SIDE_STRETCH_WORDS] = 1;
          leaf->words[w].valid = 0;
          if (leaf->halved) {
            there->half[w] |= leaf->half[w];
            leaf->half[w] = 0;
            there->halved = true;
          }
        }
      leaf->next = kept;
      kept = leaf;
      continue;
    }
    from->root[slot] = NULL;
    to->root[slot] = leaf;
    leaf->next = to->leaves;
    to->leaves = leaf;
    from->mapped_bytes -= leaf_bytes;
    to->mapped_bytes += leaf_bytes;
  }
  from->leaves = kept;
}

void old_freeze(void) {
  move_bits(&old_table, &frozen);
  frozen_n += old_n;
  old_n = 0;
}

void old_unfreeze(void) {
  move_bits(&frozen, &old_table);
  old_n += frozen_n;
  frozen_n = 0;
}

/* ---- looking ---- */

static void visit_table(const struct side_table *t, gc_visit_fn *visit, void *context) {
  for (const struct side_leaf *leaf = t->leaves; leaf; leaf = leaf->next)
    for (size_t w = 0; w < SIDE_LEAF_WORDS; w++) {
      if (!leaf->used[w / SIDE_STRETCH_WORDS]) {
        w |= SIDE_STRETCH_WORDS - 1;
        continue;
      }
      for (uint64_t bits = leaf->words[w].valid; bits; bits &= bits - 1)
        visit(side_address(leaf, w, bit_lowest(bits)), context);
    }
}

void old_visit(gc_visit_fn *visit, void *context) { visit_table(&old_table, visit, context); }
void old_visit_frozen(gc_visit_fn *visit, void *context) { visit_table(&frozen, visit, context); }

static bool fail(char *error, size_t error_bytes, const char *message, const void *o) {
  snprintf(error, error_bytes, "%s: %p", message, o);
  return false;
}

static bool check_table(const struct side_table *t, size_t n, char *error, size_t error_bytes) {
  size_t counted = 0;
  for (const struct side_leaf *leaf = t->leaves; leaf; leaf = leaf->next)
    for (size_t w = 0; w < SIDE_LEAF_WORDS; w++) {
      const struct side_word *word = &leaf->words[w];
      if ((word->valid | word->mark) && !leaf->used[w / SIDE_STRETCH_WORDS])
        return fail(error, error_bytes, "bits in a stretch that is not in use",
                    side_address(leaf, w, 0));
      if (word->mark)
        return fail(error, error_bytes, "a mark outside a collection",
                    side_address(leaf, w, bit_lowest(word->mark)));
      for (uint64_t bits = word->valid; bits; bits &= bits - 1) {
        const struct object *o = side_address(leaf, w, bit_lowest(bits));
        uint32_t pos = o->pos & GC_POS_MASK;
        if (pos < GC_POS_LISTED)
          return fail(error, error_bytes, "an old object with another position", o);
        if (pos != GC_POS_OLD &&
            (pos - GC_POS_LISTED >= registry.n || registry.items[pos - GC_POS_LISTED] != o))
          return fail(error, error_bytes, "an old object that is not where the registry has it", o);
        counted++;
      }
    }
  if (counted != n)
    return fail(error, error_bytes, "the old generation's bits and its number differ",
                (void *)(uintptr_t)counted);
  return true;
}

bool old_check(char *error, size_t error_bytes) {
  return check_table(&old_table, old_n, error, error_bytes) &&
         check_table(&frozen, frozen_n, error, error_bytes);
}

size_t old_mapped_bytes(void) {
  return old_table.mapped_bytes + frozen.mapped_bytes +
         (registry.capacity + queue.capacity) * sizeof(struct object *);
}

void old_close(void) {
  side_close(&old_table);
  side_close(&frozen);
  mapped_free(&registry);
  mapped_free(&queue);
}
#endif
