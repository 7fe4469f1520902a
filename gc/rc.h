/* The rc family's half of heap.h: references are counted, containers tracked in a dense vector.
 *
 * hold is an increment, drop a decrement and a test; what happens at zero is out of line. An
 * allocation costs a subtraction and a test for the bytes in front of the allocator's call, a
 * container one more increment and test for generation 0.
 *
 * `room` is what may still be allocated before anybody must think: the distance to the heap limit,
 * or 0 where every allocation is of interest (stress). Live bytes follow from it: ceiling - room.
 *
 * Where a container is tracked stands in `pos` (31 bits; the highest says it was finalised):
 *
 *     0          [1, 2^29)  [2^29, 2^30)  [2^30, ...)        0x7ffeffff  from 0x7fff0000
 *     untracked  index in   index among   index in the       old         waits for its death,
 *                young      the dead      registry, and old              see rc.c
 *
 * Generations 1 and 0 are the vector `young`: [1, boundary) and [boundary, young_n). Untracking
 * leaves a hole (NULL), for swapping the last one in would break order and boundary. Without a
 * cycle collector young_step is 0: the vector stays empty, every object untracked, and no test is
 * spent on it.
 *
 * Immortal objects have a high count that drifts with use but can't come near zero, so that no
 * hold or drop has to test for them. */
#pragma once
#include "base/check.h"
#include "gc/blocks.h"
#include "gc/collector.h"
#include "gc/header.h"

#define GC_POS_UNTRACKED 0u
#define GC_POS_DEAD      (1u << 29)
#define GC_POS_LISTED    (1u << 30)
#define GC_POS_OLD       0x7ffeffffu
#define GC_POS_DYING     0x7fff0000u
#define GC_POS_MASK      0x7fffffffu
#define GC_POS_FINALIZED (1u << 31)

struct rc_heap {
  int64_t room; /* bytes; below 0: rc_make_room decides */
  struct alloc *alloc;
  uint64_t created, freed; /* objects since opening */
  struct object **young;   /* [0] is never used */
  uint32_t young_n;
  uint32_t young_capacity;
  uint32_t young_step; /* 1: containers are tracked; 0: they are not */
  uint32_t boundary;   /* generation 1 lies below, generation 0 from here on */
  int32_t count0;      /* containers born less those that died since the last collection; >= 0 */
  int32_t trigger0;    /* a collection is due when count0 exceeds it */
  int64_t ceiling;     /* live bytes at which room is used up */
};
extern struct rc_heap rc_heap;

/* Room is used up and `bytes` have been taken from it: notes that a collection is due (stress), or
 * tries an emergency collection. False when the heap limit forbids the allocation; the bytes are
 * then given back. */
bool rc_make_room(size_t bytes) COLD;
/* The allocator is exhausted: collects and tries again. NULL if that does not help; `bytes` are
 * then given back. */
void *rc_retry(size_t bytes) COLD;
/* The same two for a buffer that is to grow by `bytes`: whom it belongs to may be changed by what a
 * collection runs, so that after one they fail. */
bool rc_make_room_for_buffer(size_t bytes) COLD;
void rc_fail_buffer(size_t bytes) COLD;
void rc_trigger(void) COLD; /* count0 exceeds trigger0 */
void rc_safepoint(void) COLD;
/* The vector is full: makes room and tracks o, or leaves it untracked when memory is exhausted. */
void rc_track(struct object *o) COLD;
void rc_untrack(struct object *o); /* one that is old or among the dead */
/* The count of o reached zero: untracks it and has it destroyed, at once or, where deaths are
 * nested deeply, when the outer ones are done. */
void rc_die(struct object *o) NO_INLINE;
/* For host_destroy: runs the finaliser of a dying object unless it ran before. True when that
 * brought the object back to life: it is tracked again, and must be left alone. */
bool gc_finalize_dying(struct object *o);

ALWAYS_INLINE struct object *hold(struct object *o) {
  o->count++;
  return o;
}
ALWAYS_INLINE void hold_many(struct object *o, size_t n) { o->count += (uint32_t)n; }
ALWAYS_INLINE void drop(struct object *o) {
  CHECK(o->count != 0);
  if (UNLIKELY(--o->count == 0))
    rc_die(o);
}
ALWAYS_INLINE void drop_null(struct object *o) {
  if (o)
    drop(o);
}
ALWAYS_INLINE void store(struct object *owner, struct object **slot, struct object *value) {
  (void)owner;
  struct object *before = *slot;
  *slot = value;
  drop_null(before);
}
ALWAYS_INLINE void store_first(struct object *owner, struct object **slot, struct object *value) {
  (void)owner;
  *slot = value;
}
ALWAYS_INLINE void gc_immortalize(struct object *o) { o->count = GC_IMMORTAL; }
/* Nothing holds o any more: it is about to be destroyed, and must not be held again. What a weak
 * reference refers to is tested by this. */
ALWAYS_INLINE bool gc_is_dying(const struct object *o) {
  return o->count == 0 || (o->pos & GC_POS_MASK) >= GC_POS_DYING;
}
ALWAYS_INLINE void gc_keep(const void *o) { __asm__ volatile("" : : "r"(o) : "memory"); }

ALWAYS_INLINE bool gc_is_tracked(const struct object *o) { return (o->pos & GC_POS_MASK) != 0; }
ALWAYS_INLINE void gc_track(struct object *o) {
  CHECK(!gc_is_tracked(o));
  uint32_t n = rc_heap.young_n;
  if (UNLIKELY(n == rc_heap.young_capacity)) {
    rc_track(o);
    return;
  }
  rc_heap.young[n] = o;
  o->pos |= n;
  rc_heap.young_n = n + rc_heap.young_step;
}
ALWAYS_INLINE void gc_untrack(struct object *o) {
  uint32_t pos = o->pos & GC_POS_MASK;
  if (!pos)
    return;
  if (UNLIKELY(pos >= GC_POS_DEAD)) {
    rc_untrack(o);
    return;
  }
  rc_heap.young[pos] = NULL;
  rc_heap.young_n -= (pos == rc_heap.young_n - 1) & (pos >= rc_heap.boundary);
  o->pos &= GC_POS_FINALIZED;
}
ALWAYS_INLINE bool gc_is_finalized(const struct object *o) {
  return (o->pos & GC_POS_FINALIZED) != 0;
}
ALWAYS_INLINE void gc_set_finalized(struct object *o) { o->pos |= GC_POS_FINALIZED; }

ALWAYS_INLINE void *rc_take(size_t bytes) {
  if (UNLIKELY((rc_heap.room -= (int64_t)bytes) < 0) && UNLIKELY(!rc_make_room(bytes)))
    return NULL;
  void *p = blocks_get(rc_heap.alloc, bytes);
  return LIKELY(p != NULL) ? p : rc_retry(bytes);
}
ALWAYS_INLINE struct object *gc_new(struct type *type, size_t bytes) {
  struct object *o = rc_take(bytes);
  if (UNLIKELY(!o))
    return NULL;
  o->count = 1;
  o->pos = GC_POS_UNTRACKED;
  o->type = type;
  rc_heap.created++;
  return o;
}
ALWAYS_INLINE struct object *gc_new_container(struct type *type, size_t bytes) {
  struct object *o = gc_new(type, bytes);
  if (LIKELY(o != NULL) && UNLIKELY(++rc_heap.count0 > rc_heap.trigger0))
    rc_trigger();
  return o;
}
/* Reads the type of o, which must not be freed before it. */
ALWAYS_INLINE void gc_delete(struct object *o, size_t bytes) {
  if (UNLIKELY(o->pos & GC_POS_MASK))
    gc_untrack(o);
  bool container = gc_shape_of(o->type)->flags & GC_CONTAINER;
  rc_heap.count0 -= container & (rc_heap.count0 > 0);
  rc_heap.freed++;
  rc_heap.room += (int64_t)bytes;
  blocks_put_sized(rc_heap.alloc, o, bytes);
}

ALWAYS_INLINE void *gc_buffer_new(size_t bytes) { return rc_take(bytes); }
ALWAYS_INLINE void gc_buffer_free(void *p, size_t bytes) {
  if (p) {
    rc_heap.room += (int64_t)bytes;
    blocks_put(rc_heap.alloc, p);
  }
}
ALWAYS_INLINE void *gc_buffer_try(size_t bytes) {
  if (UNLIKELY((rc_heap.room -= (int64_t)bytes) < 0) && UNLIKELY(!rc_make_room_for_buffer(bytes)))
    return NULL;
  void *p = blocks_get(rc_heap.alloc, bytes);
  if (UNLIKELY(!p))
    rc_fail_buffer(bytes);
  return p;
}
ALWAYS_INLINE void *gc_buffer_resize(void *p, size_t old_bytes, size_t bytes) {
  size_t more = bytes > old_bytes ? bytes - old_bytes : 0;
  if (UNLIKELY((rc_heap.room -= (int64_t)more) < 0) && UNLIKELY(!rc_make_room_for_buffer(more)))
    return NULL;
  void *moved = rc_heap.alloc->realloc(rc_heap.alloc, p, bytes);
  if (UNLIKELY(!moved))
    rc_fail_buffer(more);
  else if (bytes < old_bytes)
    rc_heap.room += (int64_t)(old_bytes - bytes);
  return moved;
}

ALWAYS_INLINE void *gc_scratch_new(size_t bytes) { return blocks_get(rc_heap.alloc, bytes); }
ALWAYS_INLINE void gc_scratch_free(void *p) { blocks_put(rc_heap.alloc, p); }

ALWAYS_INLINE void gc_safepoint(void) {
  if (UNLIKELY(gc_heap.due))
    rc_safepoint();
}
