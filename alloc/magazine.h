/* The structures of backend `magazine` behind its fast paths. Only magazine*.c and their tests
 * include this; docs/magazine.md is the page to read first.
 *
 *     thread   magazines (magazine_inline.h)    pop and push, no lock
 *                  |  refill                        ^  flush
 *     heap     pools of one class each, their records and bitmaps beside them       one lock
 *     arenas   fullest first; idle ones kept by a budget                            the same lock
 *
 * A pool is nothing but blocks: 16 KiB for classes up to 512 bytes, 64 KiB above. What there is
 * to know about it stands in a dense record of 16 bytes and a bitmap with a bit per block that the
 * heap holds, both found by its number: the number of 16 KiB units between the start of the region
 * and the pool. A byte per unit tells the class.
 *
 *     region   | arena 0: unit 0 | unit 1 | ... | arena 1: unit 128 | ...
 *     records  | record 0 | record 1 | ...      classes  | 3 | 3 | 17 | 0 | ...
 *     bitmaps  | 128 bytes of pool 0 | 128 bytes of pool 1 | ...
 *
 * The bit of a block is its distance from the start of the pool, shifted by the number of zeros
 * that all multiples of the class end with: no division, and 512 bits for 32-byte blocks, one cache
 * line. A refill takes the lowest set bits, so a fresh pool is handed out in address order and its
 * pages are touched when they are needed. Nothing reads or writes a free block.
 *
 * States of a pool, by the heap's books (blocks in magazines count as handed out):
 *     free      in its arena: on its list of free pools, or not yet taken from it; class byte 0
 *     empty     free == capacity: kept for its class, on no list
 *     partial   0 < free < capacity: on the list of its class
 *     full      free == 0
 *
 * Invariants:
 *   - free == number of set bits; only bits of blocks are set
 *   - at most one pool of a class is empty: heap->empty[class]
 *   - an arena stands in the bucket of its kind and number of free pools; without any in none; with
 *     nothing but free pools on the list of idle arenas
 *   - idle arenas have at most `budget` bytes, whenever the lock is free
 *   - every small block's memory is in an arena; larger requests are layer 0's */
#pragma once
#include "alloc/arena.h"
#include "alloc/magazine_inline.h"
#include "alloc/raw.h"
#include <pthread.h>

enum {
  MAGAZINE_UNIT_BYTES = 1 << MAGAZINE_UNIT_SHIFT,
  MAGAZINE_MID_UNITS = 4, /* in a pool of a class above the small limit */
  MAGAZINE_MID_LIMIT = 8192,
  MAGAZINE_ARENA_BYTES = 2 << 20, /* a huge page */
  MAGAZINE_ARENA_UNITS = MAGAZINE_ARENA_BYTES / MAGAZINE_UNIT_BYTES,
  MAGAZINE_TABLE_ARENAS = 4096, /* where the reservation fails */
};

#define MAGAZINE_NONE UINT32_MAX

struct magazine_pool { /* the record of a pool */
  uint32_t next, prev; /* by number: on the list of its class, or (next) of its arena */
  uint16_t free;       /* blocks in the bitmap */
  uint8_t size_class;  /* 0 while free */
  uint8_t is_free;     /* in its arena */
  uint8_t is_clean;    /* free and without memory: never touched, or purged */
  uint8_t unused[3];
};
_Static_assert(sizeof(struct magazine_pool) == 16, "a record is 16 bytes");

enum magazine_kind { MAGAZINE_SMALL, MAGAZINE_MID, MAGAZINE_KINDS };

struct magazine_arena {
  uint32_t free_first; /* pools given back, by number */
  uint16_t free_pools; /* with those never taken */
  uint16_t taken;      /* units ever taken: the next pool starts there */
  uint32_t next, prev; /* by number: in its bucket, or on the idle list */
  uint8_t kind;
  bool is_huge; /* huge pages are asked for */
};

struct magazine_class {
  uint32_t bytes;
  uint16_t capacity; /* blocks in a pool */
  uint16_t limit;    /* blocks in a magazine; half of them move at once */
  uint8_t shift;     /* of a distance in the pool, to its bit */
  enum magazine_kind kind;
};

struct magazine_heap {
  struct alloc head;
  uint8_t class_of[MAGAZINE_MID_LIMIT / 8 + 1]; /* by (bytes + 7) / 8 */
  struct arena_space space;
  struct magazine_pool *pools; /* by number */
  uint64_t *bitmaps;           /* by number: bitmap_words each */
  size_t bitmap_words;
  uint8_t *classes;              /* by unit */
  struct magazine_arena *arenas; /* by number */
  size_t side_bytes[4];          /* mapped for those four */
  struct magazine_class size_class[MAGAZINE_CLASSES];
  uint32_t n_classes; /* with class 0 */
  uint32_t partial[MAGAZINE_CLASSES], empty[MAGAZINE_CLASSES];

  uint32_t bucket[MAGAZINE_KINDS][MAGAZINE_ARENA_UNITS + 1];      /* by number of free pools */
  uint64_t filled[MAGAZINE_KINDS][MAGAZINE_ARENA_UNITS / 64 + 1]; /* buckets that are not empty */
  uint32_t idle_first, idle_last, n_idle;                         /* the most recent first */
  size_t budget;        /* bytes of idle arenas; doubles and decays */
  size_t floor;         /* the least it can be */
  uint64_t pools_taken; /* since opening: the clock of the budget */
  uint64_t released_at; /* pools_taken when an arena was last released for the budget */
  size_t huge_from;     /* mapped bytes above which arenas ask for huge pages */

  bool inlined;                  /* opened as magazine-inline */
  struct magazine_cache *caches; /* of all threads */
  struct magazine_heap *next;    /* open heaps */
  struct raw raw;
  pthread_mutex_t lock;
};

/* True if it had to be taken. */
bool magazine_lock(struct magazine_heap *h);
void magazine_unlock(struct magazine_heap *h, bool locked);

static inline char *magazine_pool_start(const struct magazine_heap *h, uint32_t pool) {
  return arena_start(&h->space, pool / MAGAZINE_ARENA_UNITS) +
         (size_t)(pool % MAGAZINE_ARENA_UNITS) * MAGAZINE_UNIT_BYTES;
}
static inline uint64_t *magazine_bitmap(const struct magazine_heap *h, uint32_t pool) {
  return h->bitmaps + pool * h->bitmap_words;
}
static inline uint32_t magazine_pool_units(enum magazine_kind kind) {
  return kind == MAGAZINE_MID ? MAGAZINE_MID_UNITS : 1;
}
/* The pool of a block, given its distance from the start of the region. */
static inline uint32_t magazine_pool_of(const struct magazine_heap *h, size_t offset) {
  uint32_t unit = (uint32_t)(offset >> MAGAZINE_UNIT_SHIFT);
  return h->size_class[h->classes[unit]].kind == MAGAZINE_MID ? align_down(unit, MAGAZINE_MID_UNITS)
                                                              : unit;
}

/* Pools and arenas (magazine_arena.c); all under the lock.
 * Takes a pool for a class from the fullest arena; MAGAZINE_NONE when memory is exhausted. */
uint32_t magazine_take_pool(struct magazine_heap *h, uint32_t size_class);
void magazine_give_pool(struct magazine_heap *h, uint32_t pool);
/* Releases idle arenas until the budget is kept. */
void magazine_release_idle(struct magazine_heap *h, size_t budget);
/* Releases all idle arenas, and the memory of free pools in the others. */
void magazine_purge(struct magazine_heap *h);
/* Empties the lists, for a new heap. */
void magazine_reset_arenas(struct magazine_heap *h);

/* The cache of the calling thread for this heap; NULL if it has none. */
struct magazine_cache *magazine_find_cache(struct magazine_heap *h);

/* The examination of a heap (magazine_check.c). */
void magazine_stats(struct alloc *a, struct alloc_stats *out);
void magazine_walk(struct alloc *a, bool (*visit)(const struct alloc_region *, void *),
                   void *context);
bool magazine_check(struct alloc *a, char *error, size_t error_bytes);
