/* Bits by address, beside the heap: for every 16 bytes a valid-object bit, a mark bit, one that
 * says the object was finalised, and one that says it starts in the middle of them.
 *
 * A two-level table over the 47-bit address space: the root has one pointer per 64 MiB; a leaf is
 * mapped the first time an object in its range is born and holds the bits of 4 Mi granules.
 *
 *   address = | root index (21 bits) | word (16 bits) | bit (6 bits) | 4 bits inside the granule |
 *
 * Valid and mark stand beside each other, so that `valid & ~mark` (what marking tests for each
 * reference, and what a sweep frees) costs one cache line per 4 KiB of heap. Pages of a leaf that
 * no object's bits lie in are never touched.
 *
 * Objects are aligned to 8 bytes and have at least 16, so that no two start in one granule, and one
 * bit is enough for either. Under allocators that align to 16 none starts in the middle: `halved`
 * is then false in every leaf, and `half` is never touched.
 *
 * Invariants: valid is set exactly while the object that starts there lives (in the rc family:
 * while it is in the old generation); mark implies valid, and no mark is set outside a collection;
 * a word that is not zero lies in a stretch whose `used` is set. The root itself is never scanned:
 * live leaves are kept in a list. Buffers have no bits. half implies valid, and that the leaf is
 * `halved`. */
#pragma once
#include "base/bits.h"
#include <stdbool.h>

enum {
  SIDE_GRANULE_SHIFT = 4,
  SIDE_GRANULE_BYTES = 1 << SIDE_GRANULE_SHIFT, /* no object is smaller */
  SIDE_LEAF_SHIFT = 26,
  SIDE_LEAF_GRANULES = 1 << (SIDE_LEAF_SHIFT - SIDE_GRANULE_SHIFT),
  SIDE_LEAF_WORDS = SIDE_LEAF_GRANULES / 64,
  SIDE_ROOT_SLOTS = 1 << (47 - SIDE_LEAF_SHIFT),
  SIDE_STRETCH_WORDS = 64, /* words of one `used` byte: 64 KiB of heap */
  SIDE_LEAF_STRETCHES = SIDE_LEAF_WORDS / SIDE_STRETCH_WORDS,
};

struct side_word { /* 64 granules: 1 KiB of heap */
  uint64_t valid, mark;
};

struct side_leaf {
  uintptr_t base;                    /* first address of its range */
  struct side_leaf *next;            /* list of all leaves */
  bool halved;                       /* an object started in the middle of a granule */
  uint8_t used[SIDE_LEAF_STRETCHES]; /* 1: the stretch may have valid bits */
  _Alignas(64) struct side_word words[SIDE_LEAF_WORDS];
  uint64_t finalized[SIDE_LEAF_WORDS];
  uint64_t half[SIDE_LEAF_WORDS]; /* the object starts 8 bytes behind the granule's start */
};

struct side_table {
  struct side_leaf **root; /* SIDE_ROOT_SLOTS pointers, mapped, mostly untouched */
  struct side_leaf *leaves;
  size_t mapped_bytes;
};

bool side_open(struct side_table *t); /* false when memory is exhausted */
void side_close(struct side_table *t);
/* Maps the leaf of an address, or returns the one there is; NULL when memory is exhausted. */
struct side_leaf *side_leaf_new(struct side_table *t, uintptr_t address);
/* The object with a valid bit that starts at p or nearest below it, at most `reach` bytes away;
 * NULL if there is none. What it is and whether it extends to p the caller must ask. */
void *side_find_start(const struct side_table *t, const void *p, size_t reach);

ALWAYS_INLINE struct side_leaf *side_leaf_of(const struct side_table *t, const void *p) {
  return t->root[((uintptr_t)p >> SIDE_LEAF_SHIFT) & (SIDE_ROOT_SLOTS - 1)];
}
ALWAYS_INLINE size_t side_word_index(const void *p) {
  return ((uintptr_t)p >> (SIDE_GRANULE_SHIFT + 6)) & (SIDE_LEAF_WORDS - 1);
}
ALWAYS_INLINE uint64_t side_bit(const void *p) {
  return 1ull << (((uintptr_t)p >> SIDE_GRANULE_SHIFT) & 63);
}
ALWAYS_INLINE bool side_is_half(const void *p) {
  return (uintptr_t)p & (SIDE_GRANULE_BYTES / 2);
}
/* How far behind its granule's start the object of a bit starts. */
ALWAYS_INLINE uintptr_t side_offset(const struct side_leaf *leaf, size_t word, unsigned bit) {
  return UNLIKELY(leaf->halved) ? (leaf->half[word] >> bit & 1) * (SIDE_GRANULE_BYTES / 2) : 0;
}
/* The object of bit `bit` in word `word` of a leaf. */
ALWAYS_INLINE void *side_address(const struct side_leaf *leaf, size_t word, unsigned bit) {
  return (void *)(leaf->base + ((uintptr_t)(word * 64 + bit) << SIDE_GRANULE_SHIFT) +
                  side_offset(leaf, word, bit));
}
/* p may point anywhere: true only where an object starts just there. */
ALWAYS_INLINE bool side_is_valid(const struct side_table *t, const void *p) {
  const struct side_leaf *leaf = side_leaf_of(t, p);
  size_t word = side_word_index(p);
  return leaf && (leaf->words[word].valid & side_bit(p)) &&
         (LIKELY(!leaf->halved) || !(leaf->half[word] & side_bit(p)) == !side_is_half(p));
}
ALWAYS_INLINE bool side_is_marked(const struct side_table *t, const void *p) {
  const struct side_leaf *leaf = side_leaf_of(t, p);
  return leaf && (leaf->words[side_word_index(p)].mark & side_bit(p));
}
/* Sets the valid bit of an object that is born; false when memory for the leaf is exhausted. */
ALWAYS_INLINE bool side_set_valid(struct side_table *t, const void *p) {
  struct side_leaf *leaf = side_leaf_of(t, p);
  if (UNLIKELY(!leaf) && !(leaf = side_leaf_new(t, (uintptr_t)p)))
    return false;
  size_t word = side_word_index(p);
  leaf->words[word].valid |= side_bit(p);
  leaf->used[word / SIDE_STRETCH_WORDS] = 1;
  if (UNLIKELY(side_is_half(p))) {
    leaf->half[word] |= side_bit(p);
    leaf->halved = true;
  }
  return true;
}
/* Its leaf must exist. */
ALWAYS_INLINE void side_clear_valid(struct side_table *t, const void *p) {
  struct side_leaf *leaf = side_leaf_of(t, p);
  size_t word = side_word_index(p);
  leaf->words[word].valid &= ~side_bit(p);
  if (UNLIKELY(side_is_half(p)))
    leaf->half[word] &= ~side_bit(p);
}
/* After whole words of valid bits changed: what is no longer valid is no half either. */
ALWAYS_INLINE void side_trim_half(struct side_leaf *leaf, size_t word) {
  if (UNLIKELY(leaf->halved))
    leaf->half[word] &= leaf->words[word].valid;
}
