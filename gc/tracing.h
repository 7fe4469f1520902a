/* The tracing family's half of heap.h: allocation inline, references for free.
 *
 * An allocation costs what the allocator asks, a subtraction and a test for the bytes, and a bit in
 * the side table. hold and drop compile to nothing, store to an assignment (with GC_BARRIER=1 it
 * also tells the collector which object was written).
 *
 * `room` is what may still be allocated before anybody must think: the distance to the next
 * collection, to the heap limit, or 0 where every allocation is of interest (stress). Live bytes
 * follow from it: `ceiling - room`.
 *
 * Threads take turns, as under a GIL: only one of the attached ones may be inside the heap. */
#pragma once
#include "gc/blocks.h"
#include "gc/collector.h"
#include "gc/header.h"
#include "gc/side_table.h"

struct tracing_heap {
  int64_t room;    /* bytes; below 0: tracing_make_room decides */
  int64_t ceiling; /* live bytes at which room is used up */
  struct alloc *alloc;
  uint64_t created, freed; /* objects since opening */
  struct side_table side;
  size_t largest_bytes; /* of all objects so far: how far an interior pointer may lie inside one */
};
extern struct tracing_heap tracing;

enum { TRACING_LARGE_BYTES = 64 << 10 }; /* largest_bytes starts here, and is not kept below */

/* Room is used up and `bytes` have been taken from it: collects, or notes that a collection is due.
 * False when the heap limit forbids the allocation; the bytes are then given back. */
bool tracing_make_room(size_t bytes) COLD;
/* The allocator is exhausted: collects and tries again. NULL if that does not help; `bytes` are
 * then given back. */
void *tracing_retry(size_t bytes) COLD;
/* The same two for a buffer that is to grow by `bytes`: whom it belongs to may be changed by what a
 * collection runs, so that after one they fail. */
bool tracing_make_room_for_buffer(size_t bytes) COLD;
void tracing_fail_buffer(size_t bytes) COLD;
/* What is rare about a birth: large objects, and those of types with finalisers. False when memory
 * is exhausted. */
bool tracing_register(struct object *o, const struct gc_shape *shape, size_t bytes) COLD;
void tracing_unregister(struct object *o) COLD;
void tracing_undo(struct object *o, size_t bytes) COLD;
void tracing_safepoint(void) COLD;

/* Mutator threads other than the one that called gc_open attach before they first touch the heap
 * and detach before they end. Around everything that lets another thread into the heap (giving up
 * the GIL), a thread calls park and unpark: its registers and the part of its stack in use are
 * published in between. */
void gc_thread_attach(void);
void gc_thread_detach(void);
void gc_thread_park(void);
void gc_thread_unpark(void);
void gc_thread_before_fork(void);
void gc_thread_after_fork_parent(void);
void gc_thread_after_fork_child(void); /* the other threads are gone */

/* The write barrier is a card mark: one byte per 512 bytes of address space, in a table that wraps
 * around. No collector here reads it; it is there so that what a generational one would cost its
 * mutators can be measured (bench-gc: count/store against count/store-barrier, or a whole build
 * with -DGC_BARRIER=1). */
enum { TRACING_CARD_SHIFT = 9, TRACING_CARDS = 1 << 20 };
extern uint8_t tracing_cards[TRACING_CARDS];

ALWAYS_INLINE void tracing_mark_card(const void *owner) {
  tracing_cards[((uintptr_t)owner >> TRACING_CARD_SHIFT) & (TRACING_CARDS - 1)] = 1;
}
ALWAYS_INLINE void tracing_barrier(const void *owner) {
  if (GC_BARRIER)
    tracing_mark_card(owner);
}

ALWAYS_INLINE struct object *hold(struct object *o) { return o; }
ALWAYS_INLINE void hold_many(struct object *o, size_t n) { (void)o, (void)n; }
/* A reference that is given back has kept its object alive up to there: the compiler may otherwise
 * forget it when it needs no more than a pointer into a buffer of the object, which falls with it.
 */
ALWAYS_INLINE void drop(struct object *o) { __asm__ volatile("" : : "g"(o)); }
ALWAYS_INLINE void drop_null(struct object *o) { __asm__ volatile("" : : "g"(o)); }
ALWAYS_INLINE void store(struct object *owner, struct object **slot, struct object *value) {
  *slot = value;
  tracing_barrier(owner);
}
ALWAYS_INLINE void store_first(struct object *owner, struct object **slot, struct object *value) {
  *slot = value;
  tracing_barrier(owner);
}
/* Immortal objects are roots of whoever made them so, or static. */
ALWAYS_INLINE void gc_immortalize(struct object *o) { (void)o; }
ALWAYS_INLINE void gc_track(struct object *o) { (void)o; }
ALWAYS_INLINE void gc_untrack(struct object *o) { (void)o; }
ALWAYS_INLINE bool gc_is_tracked(const struct object *o) { return (void)o, false; }
ALWAYS_INLINE void gc_keep(const void *o) { __asm__ volatile("" : : "r"(o) : "memory"); }

ALWAYS_INLINE void *tracing_take(size_t bytes) {
  if (UNLIKELY((tracing.room -= (int64_t)bytes) < 0) && UNLIKELY(!tracing_make_room(bytes)))
    return NULL;
  void *p = blocks_get(tracing.alloc, bytes);
  return LIKELY(p != NULL) ? p : tracing_retry(bytes);
}

/* An object smaller than a granule: two of them must not start in one. */
COLD struct object *tracing_new_tiny(struct type *type, size_t bytes);

ALWAYS_INLINE struct object *gc_new(struct type *type, size_t bytes) {
  if (UNLIKELY(bytes < SIDE_GRANULE_BYTES))
    return tracing_new_tiny(type, bytes);
  struct object *o = tracing_take(bytes);
  if (UNLIKELY(!o))
    return NULL;
  o->type = type;
  const struct gc_shape *shape = gc_shape_of(type);
  if (UNLIKELY(!side_set_valid(&tracing.side, o)) ||
      (UNLIKELY((shape->flags & GC_FINALIZES) || bytes > TRACING_LARGE_BYTES) &&
       !tracing_register(o, shape, bytes))) {
    tracing_undo(o, bytes);
    return NULL;
  }
  tracing.created++;
  return o;
}
ALWAYS_INLINE struct object *gc_new_container(struct type *type, size_t bytes) {
  return gc_new(type, bytes);
}

ALWAYS_INLINE void gc_delete(struct object *o, size_t bytes) {
  if (UNLIKELY(gc_shape_of(o->type)->flags & GC_FINALIZES))
    tracing_unregister(o);
  side_clear_valid(&tracing.side, o);
  tracing.freed++;
  tracing.room += (int64_t)bytes;
  blocks_put_sized(tracing.alloc, o, bytes);
}

ALWAYS_INLINE bool gc_is_finalized(const struct object *o) {
  const struct side_leaf *leaf = side_leaf_of(&tracing.side, o);
  return leaf && (leaf->finalized[side_word_index(o)] & side_bit(o));
}
ALWAYS_INLINE void gc_set_finalized(struct object *o) {
  struct side_leaf *leaf = side_leaf_of(&tracing.side, o);
  if (LIKELY(leaf != NULL)) /* a static object is never finalised by a collector */
    leaf->finalized[side_word_index(o)] |= side_bit(o);
}

ALWAYS_INLINE void *gc_buffer_new(size_t bytes) { return tracing_take(bytes); }
ALWAYS_INLINE void gc_buffer_free(void *p, size_t bytes) {
  if (p) {
    tracing.room += (int64_t)bytes;
    blocks_put(tracing.alloc, p);
  }
}
ALWAYS_INLINE void *gc_buffer_try(size_t bytes) {
  if (UNLIKELY((tracing.room -= (int64_t)bytes) < 0) &&
      UNLIKELY(!tracing_make_room_for_buffer(bytes)))
    return NULL;
  void *p = blocks_get(tracing.alloc, bytes);
  if (UNLIKELY(!p))
    tracing_fail_buffer(bytes);
  return p;
}
ALWAYS_INLINE void *gc_buffer_resize(void *p, size_t old_bytes, size_t bytes) {
  size_t more = bytes > old_bytes ? bytes - old_bytes : 0;
  if (UNLIKELY((tracing.room -= (int64_t)more) < 0) &&
      UNLIKELY(!tracing_make_room_for_buffer(more)))
    return NULL;
  void *moved = tracing.alloc->realloc(tracing.alloc, p, bytes);
  if (UNLIKELY(!moved))
    tracing_fail_buffer(more);
  else if (bytes < old_bytes)
    tracing.room += (int64_t)(old_bytes - bytes);
  return moved;
}

ALWAYS_INLINE void *gc_scratch_new(size_t bytes) { return blocks_get(tracing.alloc, bytes); }
ALWAYS_INLINE void gc_scratch_free(void *p) { blocks_put(tracing.alloc, p); }

ALWAYS_INLINE void gc_safepoint(void) {
  if (UNLIKELY(gc_heap.due))
    tracing_safepoint();
}
