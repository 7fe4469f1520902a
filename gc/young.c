/* The young vector: its memory, tracking and untracking.
 *
 * Address space for it is reserved at once and committed by doubling, so that growing copies
 * nothing. Where even address space is short, less is reserved; a container that finds no room
 * stays untracked, which costs no more than that a cycle through it is not found. */
#include "gc/header.h"
#if GC_RC
#include "gc/young.h"
#include "os/map.h"

enum { COMMIT_LEAST = 64 << 10 };
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

bool young_grow(void) {
  if (committed_bytes >= reserved_bytes ||
      !map_commit((char *)rc_heap.young + committed_bytes, committed_bytes))
    return false;
  committed_bytes *= 2;
  rc_heap.young_capacity = (uint32_t)(committed_bytes / sizeof *rc_heap.young);
  return true;
}

void rc_track(struct object *o) {
  if (rc_heap.young_n == rc_heap.young_capacity && !young_grow())
    return;
  gc_track(o);
}

void rc_untrack(struct object *o) {
  uint32_t pos = o->pos & GC_POS_MASK, last = rc_heap.young_n - 1;
  rc_heap.young[pos] = NULL;
  rc_heap.young_n -= (pos == last) & (pos >= rc_heap.boundary);
  o->pos &= GC_POS_FINALIZED;
}
#endif
