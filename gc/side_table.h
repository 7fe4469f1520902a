/* Bits by address, beside the heap: one valid-object bit and one mark bit per 16 bytes.
 *
 * A two-level table over the 47-bit address space: the root has one pointer per 64 MiB; a leaf is
 * mapped the first time an object in its range is born and holds 4 Mi granules of two bitmaps.
 *
 *   address = | root index (21 bits) | granule (22 bits) | 4 bits inside the granule |
 *
 * Invariants: a bit is valid exactly while the object that starts there lives; mark implies valid
 * during a collection, and no mark is set outside one. The root itself is never scanned: live leaves
 * are kept in a list. Buffers have no bits. */
#pragma once
#include "base/bits.h"
#include <stdbool.h>

enum {
  SIDE_GRANULE_SHIFT = 4,
  SIDE_LEAF_SHIFT = 26,
  SIDE_LEAF_GRANULES = 1 << (SIDE_LEAF_SHIFT - SIDE_GRANULE_SHIFT),
  SIDE_LEAF_WORDS = SIDE_LEAF_GRANULES / 64,
  SIDE_ROOT_SLOTS = 1 << (47 - SIDE_LEAF_SHIFT),
};

struct side_leaf {
  uintptr_t base;        /* first address of its range */
  struct side_leaf *next; /* list of all leaves */
  uint32_t low, high;    /* words [low, high) are all that can be non-zero in `valid` */
  uint64_t valid[SIDE_LEAF_WORDS];
  uint64_t mark[SIDE_LEAF_WORDS];
};

struct side_table {
  struct side_leaf **root;   /* SIDE_ROOT_SLOTS pointers, mapped, mostly untouched */
  struct side_leaf *leaves;
  size_t mapped_bytes;
};

bool side_open(struct side_table *t); /* false when memory is exhausted */
void side_close(struct side_table *t);
/* Maps the leaf of an address; NULL when memory is exhausted. */
struct side_leaf *side_leaf_new(struct side_table *t, uintptr_t address);

ALWAYS_INLINE struct side_leaf *side_leaf_of(const struct side_table *t, const void *p) {
  return t->root[((uintptr_t)p >> SIDE_LEAF_SHIFT) & (SIDE_ROOT_SLOTS - 1)];
}
ALWAYS_INLINE size_t side_granule(const void *p) {
  return ((uintptr_t)p >> SIDE_GRANULE_SHIFT) & (SIDE_LEAF_GRANULES - 1);
}
ALWAYS_INLINE bool side_is_valid(const struct side_table *t, const void *p) {
  const struct side_leaf *leaf = side_leaf_of(t, p);
  size_t g = side_granule(p);
  return leaf && (leaf->valid[g / 64] >> (g % 64) & 1);
}
ALWAYS_INLINE bool side_is_marked(const struct side_table *t, const void *p) {
  const struct side_leaf *leaf = side_leaf_of(t, p);
  size_t g = side_granule(p);
  return leaf && (leaf->mark[g / 64] >> (g % 64) & 1);
}
