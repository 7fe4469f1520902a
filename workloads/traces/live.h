/* The blocks that are alive at one point of a recording: a table from a key (an address while
 * recording, an object's number while reading) to what is known about the block.
 *
 * Open addressing with linear probing; removal shifts back, so that there are no tombstones and the
 * table's size follows the most blocks ever alive, not the number of events. Its memory comes from
 * the C library. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct live_block {
  uint64_t key;    /* plus one, so that 0 means an empty place */
  uint64_t object; /* number in the trace */
  uint64_t size;   /* bytes requested */
  uint32_t thread; /* that allocated it */
};

/* Invariant: capacity is 0 or a power of two, and n <= capacity / 2. */
struct live {
  struct live_block *places;
  size_t n, capacity;
};

/* The block under `key`, or NULL. Valid until the next put or remove. */
struct live_block *live_find(const struct live *live, uint64_t key);
/* Puts a block; one under the same key is replaced. False when memory is exhausted. */
bool live_put(struct live *live, uint64_t key, uint64_t object, uint64_t size, uint32_t thread);
/* Takes the block under `key` out and stores it; false when there is none. */
bool live_take(struct live *live, uint64_t key, struct live_block *out);
/* False when memory is exhausted; `to` is then empty. */
bool live_copy(struct live *to, const struct live *from);
void live_clear(struct live *live);
