/* The loads of bench-alloc: allocate, touch, free, in the patterns that tell allocators apart.
 *
 * Every load runs the same loop over every allocator; what differs is how a block is asked for: by
 * the door's table, by the inlined fast paths of `magazine-inline`, or by one of two floors. An
 * operation is one block allocated, its first 8 bytes written, and freed. */
#pragma once
#include "alloc/alloc.h"
#include "bench/gbench.h"

enum ladder_path {
  LADDER_DOOR,       /* alloc_get, alloc_put */
  LADDER_INLINE,     /* magazine_get, magazine_put */
  LADDER_FLOOR_LIST, /* one inlined free list, nothing else */
  LADDER_FLOOR_BUMP, /* an inlined pointer that moves on; freeing does nothing */
};

enum ladder_load {
  LADDER_ROUNDS, /* `live` blocks are allocated, then all freed in the order; again and again */
  LADDER_CHURN,  /* of `live` blocks a random one is freed and replaced */
  LADDER_BULK,   /* as rounds, but each starts from a trimmed heap, so that it pays for its pages */
  LADDER_CROSS,  /* one thread allocates, another frees */
};

enum ladder_order { LADDER_LIFO, LADDER_FIFO, LADDER_RANDOM, LADDER_ORDERS };

struct ladder {
  const char *spec; /* NULL for the floors */
  enum ladder_path path;
  enum ladder_load load;
  enum ladder_order order;
  size_t size; /* of each block; 0: mixed sizes (ladder_mixed_size) */
  size_t live;
  uint64_t seed;
};

/* Operations of a benchmark at a scale: a multiple of `live`, about 4 million where blocks are
 * small, never more than a GiB in all (what a floor that never frees would need). */
uint64_t ladder_operations(const struct ladder *l, double scale);
/* Runs it; the context is a struct ladder. */
gbench_fn ladder_run;
/* Releases what runs share. */
void ladder_close(void);

/* A size as object-heavy programs ask for them, from 32 random bits: 90% 16..128 bytes, 9% up to
 * 512, 1% up to 4096, in multiples of 8. */
size_t ladder_mixed_size(uint32_t random);
