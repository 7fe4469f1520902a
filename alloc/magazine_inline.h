/* The fast paths of backend `magazine`, for inlining into what allocates most.
 *
 * Blocks that a thread freed wait in its magazines, one stack of addresses per size class.
 * Allocation pops, free pushes; neither needs a lock, and neither looks at the pool, nor even at
 * the block: a block that has gone cold costs its miss when it is used, not when it is passed on.
 * Only an empty or a full magazine calls the heap (magazine.c), which moves half of it at once.
 *
 *     cache     | heap, inlined, base, bytes, classes | loaded[0] | loaded[1] | ... | items ... |
 *     loaded    | items | n | limit |        items    | oldest | ... | newest | (room) |
 *
 * `magazine_get` and `magazine_put` work for every allocator: one well-predicted test says whether
 * the calling thread's cache is that of a heap opened as `magazine-inline`; if not, the call goes
 * through the door's table. So a `magazine` opened by its own name is never inlined, and the two
 * can be measured against each other.
 *
 * Invariants: n <= limit; loaded[0] is empty and without room, so that class 0 (no class, and a
 * request for 0 bytes) always leads to the slow path; `bytes` is 0 where the heap has no region. */
#pragma once
#include "alloc/alloc.h"
#include "base/bits.h"
#include "base/check.h"

enum {
  MAGAZINE_UNIT_SHIFT = 14,   /* a class byte tells for 16 KiB, the size of a small pool */
  MAGAZINE_SMALL_LIMIT = 512, /* up to here the class is computed, above it is looked up */
  MAGAZINE_CLASSES = 65,      /* class 0 is none */
};

struct magazine {
  void **items;
  uint32_t n, limit;
};

struct magazine_cache {
  struct alloc *heap;     /* whose blocks these are; NULL when it was closed. Atomic */
  struct alloc *inlined;  /* the same if opened as magazine-inline, else NULL. Atomic */
  uintptr_t base;         /* of the heap's region */
  size_t bytes;           /* of the heap's region */
  const uint8_t *classes; /* by unit */
  void *recent;           /* the block that the door gave out last, and its class */
  uint32_t recent_class;
  struct magazine loaded[MAGAZINE_CLASSES];
  struct magazine_cache *next_of_thread, *next_of_heap;
  void *items[];
};

/* The cache this thread used last; never NULL. */
extern __thread struct magazine_cache *magazine_here __attribute__((tls_model("initial-exec")));

/* The slow ends: an empty magazine, and a block that finds its magazine full. */
void *magazine_get_slow(struct alloc *a, size_t bytes);
void magazine_overflow(struct magazine_cache *c, uint32_t size_class, void *block);

/* The class of a request up to MAGAZINE_SMALL_LIMIT in a heap with classes 16 bytes apart. */
#define MAGAZINE_SMALL_CLASS(bytes) ((uint32_t)(((bytes) + 15) >> 4))

/* Pops; NULL when the magazine is empty. */
ALWAYS_INLINE void *magazine_pop(struct magazine_cache *c, uint32_t size_class) {
  struct magazine *m = &c->loaded[size_class];
  uint32_t n = m->n;
  if (UNLIKELY(!n))
    return NULL;
  m->n = n - 1;
  void *block = m->items[n - 1];
  if (!block)
    __builtin_unreachable(); /* spares the caller a second test */
  return block;
}

ALWAYS_INLINE void magazine_push(struct magazine_cache *c, uint32_t size_class, void *block) {
  struct magazine *m = &c->loaded[size_class];
  uint32_t n = m->n;
  if (UNLIKELY(n == m->limit)) {
    magazine_overflow(c, size_class, block);
    return;
  }
  m->items[n] = block;
  m->n = n + 1;
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
      LIKELY(bytes - 1 < MAGAZINE_SMALL_LIMIT)) {
    CHECK((uintptr_t)block - c->base >= c->bytes ||
          c->classes[((uintptr_t)block - c->base) >> MAGAZINE_UNIT_SHIFT] ==
              MAGAZINE_SMALL_CLASS(bytes));
    magazine_push(c, MAGAZINE_SMALL_CLASS(bytes), block);
  } else {
    a->free(a, block);
  }
}
