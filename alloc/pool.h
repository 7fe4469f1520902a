/* The structures of backend `pool`: arena -> pool -> block, the scheme of CPython's object
 * allocator. Only pool.c and its tests include this; docs/pool.md is the page to read first.
 *
 * Sizes are options. In a heap with 4 KiB pools and 1 MiB arenas:
 *
 *     arena   | pool 0 | pool 1 | ... | pool 255 |      mapped, aligned to its size
 *
 *     pool    | header 48 | block 0 | block 1 | ... | block n-1 | rest |
 *             ^ address & ~(pool_bytes - 1)
 *                          |<- carved: handed out at ->|<- never touched ->|
 *                              least once              ^ next_offset
 *
 *     block   | payload ... |                     while live
 *             | next free block of this pool | ...|   while free
 *
 * A block never yet used is taken by moving next_offset on; freed blocks form a LIFO list through
 * their first 8 bytes. A pool serves one size class at a time and is in one of three states:
 *
 *     used    0 < live < capacity     on the list of its class, heap->used[class]
 *     full    live == capacity        on no list
 *     empty   live == 0               on its arena's list of free pools, or not yet carved out of
 * it
 *
 * Invariants:
 *   - live + (length of free list) + (blocks from next_offset on) == capacity
 *   - a free list ends within its pool, without a block twice
 *   - an arena: free_pools == (length of free list) + (pools from next_pool on)
 *   - heap->usable holds exactly the arenas with free_pools > 0, in ascending order of free_pools:
 *     the fullest first. last_with[n] is the last among those with n free pools, NULL if none
 *   - at most `kept` arenas are idle (all pools free), counted by heap->idle
 *   - records of unmapped arenas are on heap->unused, and only those
 *   - an address is a block's if and only if its arena is mapped; larger requests are layer 0's */
#pragma once
#include "alloc/alloc.h"
#include "alloc/arena.h"
#include "alloc/raw.h"
#include <pthread.h>

struct pool {
  uint32_t live;       /* blocks handed out */
  uint32_t size_class; /* index: (class + 1) << shift is the size of its blocks */
  void *free;          /* the most recently freed block, NULL when none */
  struct pool *next;   /* on the used list of its class, or on its arena's list of free pools */
  struct pool *prev;   /* on the used list only */
  struct arena *arena;
  uint32_t next_offset; /* of the first block never used, from the start of the pool */
  uint32_t end_offset;  /* behind the last block */
};

/* A record outside the arena; 48 bytes. */
struct arena {
  char *start;     /* NULL while unmapped */
  char *next_pool; /* the first pool never carved */
  uint32_t free_pools;
  uint32_t number;    /* in the arena space; while mapped */
  struct pool *free;  /* pools given back */
  struct arena *next; /* on heap->usable or heap->unused */
  struct arena *prev; /* on heap->usable */
};

struct pool_heap {
  struct alloc head;
  size_t small_limit; /* bytes; larger requests go to layer 0 */
  unsigned shift;     /* log2 of the alignment, and of the distance between classes */
  size_t pool_bytes;
  struct arena_space space;
  struct pool *used[ALLOC_CLASSES_MAX]; /* the first is allocated from */
  struct arena *usable;                 /* fullest first */
  struct arena *unused;                 /* records without memory */
  struct arena **last_with;             /* by number of free pools, 0 .. arena_pools */
  uint32_t arena_pools;                 /* pools in an arena */
  uint32_t classes;
  uint32_t idle, kept; /* arenas; idle <= kept */
  uint32_t n_records;
  struct arena *chunks[32]; /* records live here: chunk i has ARENA_RECORDS_FIRST << i */
  struct raw raw;
  pthread_mutex_t lock;
};

enum {
  POOL_HEADER_BYTES = 48,
  ARENA_RECORDS_FIRST = 16,
  POOL_TABLE_ARENAS = 1 << 18, /* where the reservation fails */
};

_Static_assert(sizeof(struct pool) == POOL_HEADER_BYTES, "the header is 48 bytes");
_Static_assert(sizeof(struct arena) == 48, "a record is 48 bytes");

/* The examination of a heap (pool_check.c), for the table of operations. */
void pool_stats(struct alloc *a, struct alloc_stats *out);
void pool_walk(struct alloc *a, bool (*visit)(const struct alloc_region *, void *), void *context);
bool pool_check(struct alloc *a, char *error, size_t error_bytes);
