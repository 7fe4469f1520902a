/* The slow half of the side table: mapping its parts, and searching backwards. */
#include "gc/side_table.h"
#include "os/map.h"

#define LEAF_BYTES align_up(sizeof(struct side_leaf), 4096)
#define ROOT_BYTES (SIDE_ROOT_SLOTS * sizeof(struct side_leaf *))

bool side_open(struct side_table *t) {
  *t = (struct side_table){0};
  t->root = map_anonymous(ROOT_BYTES, 0);
  if (!t->root)
    return false;
  /* A huge page for a table of which a few words are used would cost 2 MiB of memory. */
  map_advise_huge(t->root, ROOT_BYTES, false);
  t->mapped_bytes = ROOT_BYTES;
  return true;
}

void side_close(struct side_table *t) {
  for (struct side_leaf *leaf = t->leaves, *next; leaf; leaf = next) {
    next = leaf->next;
    map_release(leaf, LEAF_BYTES);
  }
  if (t->root)
    map_release(t->root, ROOT_BYTES);
  *t = (struct side_table){0};
}

struct side_leaf *side_leaf_new(struct side_table *t, uintptr_t address) {
  struct side_leaf **slot = &t->root[(address >> SIDE_LEAF_SHIFT) & (SIDE_ROOT_SLOTS - 1)];
  if (*slot)
    return *slot;
  struct side_leaf *leaf = map_anonymous(LEAF_BYTES, 0);
  if (!leaf)
    return NULL;
  map_advise_huge(leaf, LEAF_BYTES, false);
  leaf->base = address & ~(((uintptr_t)1 << SIDE_LEAF_SHIFT) - 1);
  leaf->next = t->leaves;
  t->leaves = leaf;
  t->mapped_bytes += LEAF_BYTES;
  return *slot = leaf;
}

void *side_find_start(const struct side_table *t, const void *p, size_t reach) {
  if ((uintptr_t)p >> 47)
    return NULL;
  uintptr_t granule = (uintptr_t)p >> SIDE_GRANULE_SHIFT;
  uintptr_t lowest = (uintptr_t)p > reach ? ((uintptr_t)p - reach) >> SIDE_GRANULE_SHIFT : 0;
  uint64_t below = ~0ull >> (63 - (granule & 63)); /* the granule itself and those before it */
  for (uintptr_t word = granule / 64; word + 1 > lowest / 64; word--, below = ~0ull) {
    const void *start = (const void *)(word << (SIDE_GRANULE_SHIFT + 6));
    const struct side_leaf *leaf = side_leaf_of(t, start);
    /* A leaf that is not there, and a stretch that nothing was born in, are passed in one step. */
    if (!leaf || !leaf->used[side_word_index(start) / SIDE_STRETCH_WORDS]) {
      word &= ~(uintptr_t)((leaf ? SIDE_STRETCH_WORDS : SIDE_LEAF_WORDS) - 1);
      if (word == 0)
        break;
      continue;
    }
    uint64_t found = leaf->words[side_word_index(start)].valid & below;
    while (found) {
      unsigned bit = bit_highest(found);
      granule = word * 64 + bit;
      void *object = (void *)((granule << SIDE_GRANULE_SHIFT) +
                              side_offset(leaf, side_word_index(start), bit));
      if (object <= p)
        return granule < lowest ? NULL : object;
      found ^= 1ull << bit; /* it starts behind p, in the same granule */
    }
    if (word == 0)
      break;
  }
  return NULL;
}
