/* The young vector: its memory, tracking and untracking.
 *
 * Address space for it is reserved at once and committed by doubling, so that growing copies
 * nothing. Where even address space is short, less is reserved; a container that finds no room
 * stays untracked, which costs no more than that a cycle through it is not found. */
#include "gc/header.h"
#if GC_RC
#include "gc/dead.h"
#include "gc/old.h"
#include "gc/young.h"
#include "os/map.h"
#include <stdio.h>

enum { COMMIT_LEAST = 16 << 10 };
static const size_t reserve_most = (size_t)YOUNG_MAX * sizeof(struct object *);

static size_t reserved_bytes, committed_bytes;

bool young_open(void) {
  struct object **items = NULL;
  for (reserved_bytes = reserve_most; reserved_bytes >= COMMIT_LEAST; reserved_bytes /= 2)
    if ((items = map_reserve(reserved_bytes, 0)))
      break;
  if (!items)
    return false;
  committed_bytes = COMMIT_LEAST;
  if (!map_commit(items, committed_bytes)) {
    map_release(items, reserved_bytes);
    return false;
  }
  rc_heap.young = items;
  rc_heap.young_n = rc_heap.boundary = 1;
  rc_heap.young_capacity = (uint32_t)(committed_bytes / sizeof *items);
  rc_heap.young_step = 1;
  return true;
}

void young_close(void) {
  map_release(rc_heap.young, reserved_bytes);
  reserved_bytes = committed_bytes = 0;
}

size_t young_mapped_bytes(void) { return committed_bytes; }

static bool grow(void) {
  if (committed_bytes >= reserved_bytes ||
      !map_commit((char *)rc_heap.young + committed_bytes, committed_bytes))
    return false;
  committed_bytes *= 2;
  rc_heap.young_capacity = (uint32_t)(committed_bytes / sizeof *rc_heap.young);
  return true;
}

ALWAYS_INLINE void place(struct object *o, uint32_t i) {
  rc_heap.young[i] = o;
  o->pos = (o->pos & GC_POS_FINALIZED) | i;
}

static void close_holes(void) {
  uint32_t kept = 1, boundary = rc_heap.boundary;
  for (uint32_t i = 1; i < rc_heap.young_n; i++) {
    if (i == boundary)
      rc_heap.boundary = kept;
    struct object *o = rc_heap.young[i];
    if (o)
      place(o, kept++);
  }
  if (boundary == rc_heap.young_n)
    rc_heap.boundary = kept;
  rc_heap.young_n = kept;
}

/* Room for n more. Where objects die as fast as they are born, no collection comes to close the
 * holes: it is done here when they are half of the vector, which costs one move a birth at most. */
static bool make_room(size_t n) {
  if (rc_heap.young_capacity - rc_heap.young_n >= n)
    return true;
  close_holes();
  while (rc_heap.young_capacity / 2 < rc_heap.young_n + n)
    if (!grow())
      break;
  return rc_heap.young_capacity - rc_heap.young_n >= n;
}

void rc_track(struct object *o) {
  if (make_room(1))
    gc_track(o);
}

void rc_untrack(struct object *o) {
  if ((o->pos & GC_POS_MASK) < GC_POS_LISTED)
    dead_forget(o);
  else
    old_remove(o);
}

void young_readmit(struct object *const *items, size_t n) {
  if (!n || !make_room(n))
    return;
  uint32_t boundary = rc_heap.boundary, more = (uint32_t)n;
  for (uint32_t i = rc_heap.young_n; i-- > boundary;) {
    struct object *o = rc_heap.young[i];
    rc_heap.young[i + more] = NULL;
    if (o)
      place(o, i + more);
  }
  for (uint32_t i = 0; i < more; i++)
    place(items[i], boundary + i);
  rc_heap.boundary += more;
  rc_heap.young_n += more;
}

size_t young_count(unsigned generation) {
  uint32_t first = generation ? 1 : rc_heap.boundary;
  uint32_t end = generation ? rc_heap.boundary : rc_heap.young_n;
  size_t n = 0;
  for (uint32_t i = first; i < end; i++)
    n += rc_heap.young[i] != NULL;
  return n;
}

bool young_check(char *error, size_t error_bytes) {
  if (rc_heap.boundary < 1 || rc_heap.boundary > rc_heap.young_n ||
      rc_heap.young_n > rc_heap.young_capacity) {
    snprintf(error, error_bytes, "the young vector's boundary %u, end %u, capacity %u",
             rc_heap.boundary, rc_heap.young_n, rc_heap.young_capacity);
    return false;
  }
  for (uint32_t i = 1; i < rc_heap.young_n; i++) {
    const struct object *o = rc_heap.young[i];
    if (o && (o->pos & GC_POS_MASK) != i) {
      snprintf(error, error_bytes, "%p stands in the young vector at %u, its pos says %u",
               (const void *)o, i, o->pos & GC_POS_MASK);
      return false;
    }
  }
  return true;
}
#endif
