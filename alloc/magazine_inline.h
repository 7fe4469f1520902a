/* The fast paths of backend `magazine`, for inlining into what allocates most.
 *
 * Blocks that a thread freed wait in its magazines, one pair per size class: LIFO lists through the
 * blocks' first 8 bytes. Allocation pops, free pushes; neither needs a lock, and neither looks at
 * the pool. Only an empty or an overflowing pair calls the heap (magazine.c).
 *
 *     cache   | heap, inlined, base, bytes, classes | loaded[0] | loaded[1] | ... | second[0] | ...
 *     loaded  | first | room |      a list, and how many more frees it takes
 *
 * `magazine_get` and `magazine_put` work for every allocator: one well-predicted test says whether
 * the calling thread's cache is that of a heap opened as `magazine-inline`; if not, the call goes
 * through the door's table. So a `magazine` opened by its own name is never inlined, and the two
 * can be measured against each other.
 *
 * Invariants: loaded[0] and second[0] are empty and without room, so that class 0 (no class, and a
 * request for 0 bytes) always leads to the slow path; `bytes` is 0 where the heap has no region. */
#pragma once
#include "alloc/alloc.h"
#include "base/bits.h"

enum {
  MAGAZINE_UNIT_SHIFT = 14,   /* a class byte tells for 16 KiB, the size of a small pool */
  MAGAZINE_SMALL_LIMIT = 512, /* up to here the class is computed, above it is looked up */
  MAGAZINE_CLASSES = 65,      /* class 0 is none */
};

struct magazine {
  void *first;
  int64_t room; /* frees until the list is full; clamped to 0 when a refill brings more than fit */
};

struct magazine_cache {
  struct alloc *heap;     /* whose blocks these are; NULL when it was closed. Atomic */
  struct alloc *inlined;  /* the same if opened as magazine-inline, else NULL. Atomic */
  uintptr_t base;         /* of the heap's region */
  size_t bytes;           /* of the heap's region */
  const uint8_t *classes; /* by unit */
  struct magazine loaded[MAGAZINE_CLASSES];
  void *second[MAGAZINE_CLASSES]; /* a whole magazine in reserve, NULL when none */
  struct magazine_cache *next_of_thread, *next_of_heap;
};

/* The cache this thread used last; never NULL. */
extern __thread struct magazine_cache *magazine_here __attribute__((tls_model("initial-exec")));

/* The slow ends: an empty magazine, and one that has just taken one block too many. */
void *magazine_get_slow(struct alloc *a, size_t bytes);
void magazine_overflow(struct magazine_cache *c, uint32_t class);

/* The class of a request up to MAGAZINE_SMALL_LIMIT in a heap with classes 16 bytes apart. */
#define MAGAZINE_SMALL_CLASS(bytes) ((uint32_t)(((bytes) + 15) >> 4))

/* Pops; NULL when the loaded magazine is empty. */
ALWAYS_INLINE void *magazine_pop(struct magazine_cache *c, uint32_t class) {
  struct magazine *m = &c->loaded[class];
  void *block = m->first;
  if (LIKELY(block != NULL)) {
    m->first = *(void **)block;
    m->room++;
  }
  return block;
}

ALWAYS_INLINE void magazine_push(struct magazine_cache *c, uint32_t class, void *block) {
  struct magazine *m = &c->loaded[class];
  *(void **)block = m->first;
  m->first = block;
  if (UNLIKELY(--m->room < 0))
    magazine_overflow(c, class);
}

/* As alloc_get, from any allocator. With a constant size the class is a constant too. */
ALWAYS_INLINE void *magazine_get(struct alloc *a, size_t bytes) {
  struct magazine_cache *c = magazine_here;
  if (LIKELY(__atomic_load_n(&c->inlined, __ATOMIC_RELAXED) == a) &&
      LIKELY(bytes <= MAGAZINE_SMALL_LIMIT)) {
    void *block = magazine_pop(c, MAGAZINE_SMALL_CLASS(bytes));
    return LIKELY(block != NULL) ? block : magazine_get_slow(a, bytes);
  }
  return a->alloc(a, bytes);
}

/* As alloc_put, to any allocator. */
ALWAYS_INLINE void magazine_put(struct alloc *a, void *block) {
  struct magazine_cache *c = magazine_here;
  size_t offset = (uintptr_t)block - c->base;
  if (LIKELY(__atomic_load_n(&c->inlined, __ATOMIC_RELAXED) == a) && LIKELY(offset < c->bytes))
    magazine_push(c, c->classes[offset >> MAGAZINE_UNIT_SHIFT], block);
  else
    a->free(a, block);
}

/* As magazine_put where the block is not NULL and the caller knows what size it asked for (exactly,
 * or another one of the same class): nothing needs to be looked up. */
ALWAYS_INLINE void magazine_put_sized(struct alloc *a, void *block, size_t bytes) {
  struct magazine_cache *c = magazine_here;
  if (LIKELY(__atomic_load_n(&c->inlined, __ATOMIC_RELAXED) == a) &&
      LIKELY(bytes - 1 < MAGAZINE_SMALL_LIMIT))
    magazine_push(c, MAGAZINE_SMALL_CLASS(bytes), block);
  else
    a->free(a, block);
}
