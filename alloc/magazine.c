/* Backend `magazine`: thread-local magazines over the pools, refill and flush, and the door.
 *
 * Structures and invariants: magazine.h. The name and the idea are Bonwick's (Magazines and Vmem,
 * USENIX 2001). His pair of magazines per class is here one stack with room for two: an overflow
 * returns the older half, a refill brings half, so a thread that allocates and frees around either
 * end does not call the heap each time. Below, bitmaps instead of lists through the blocks: the 64
 * updates of a flush do not depend on each other, so their cache misses overlap; a list is one
 * chain of misses, in a flush as in the allocations that follow. */
#include "alloc/magazine.h"
#include "base/check.h"
#include "base/options.h"
#include "os/map.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/single_threaded.h>

/* What a thread without a cache of its own has: nothing matches it. */
static struct magazine_cache nobody;
__thread struct magazine_cache *magazine_here __attribute__((tls_model("initial-exec"))) = &nobody;
static __thread struct magazine_cache *thread_caches;

/* Guards the ends of threads and of heaps against each other; taken before a heap's lock. */
static pthread_mutex_t ends = PTHREAD_MUTEX_INITIALIZER;
static struct magazine_heap *heaps; /* all that are open */
static pthread_key_t thread_end;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A mutex is passed by while the process has never had a second thread; see pool.c. */
bool magazine_lock(struct magazine_heap *h) {
  if (LIKELY(__libc_single_threaded))
    return false;
  pthread_mutex_lock(&h->lock);
  return true;
}
void magazine_unlock(struct magazine_heap *h, bool locked) {
  if (locked)
    pthread_mutex_unlock(&h->lock);
}

static struct alloc *heap_of(const struct magazine_cache *c) {
  return __atomic_load_n(&c->heap, __ATOMIC_RELAXED);
}

/* ---- lists of pools, by class; under the lock ---- */

static void link_partial(struct magazine_heap *h, uint32_t size_class, uint32_t pool) {
  struct magazine_pool *p = &h->pools[pool];
  p->prev = MAGAZINE_NONE;
  p->next = h->partial[size_class];
  if (p->next != MAGAZINE_NONE)
    h->pools[p->next].prev = pool;
  h->partial[size_class] = pool;
}

static void unlink_partial(struct magazine_heap *h, uint32_t size_class, uint32_t pool) {
  struct magazine_pool *p = &h->pools[pool];
  if (p->next != MAGAZINE_NONE)
    h->pools[p->next].prev = p->prev;
  if (p->prev != MAGAZINE_NONE)
    h->pools[p->prev].next = p->next;
  else
    h->partial[size_class] = p->next;
}

/* ---- flush ---- */

/* All blocks of the pool are back: one such pool per class is kept. */
static NO_INLINE void emptied(struct magazine_heap *h, uint32_t size_class, uint32_t pool) {
  unlink_partial(h, size_class, pool);
  if (h->empty[size_class] == MAGAZINE_NONE)
    h->empty[size_class] = pool;
  else
    magazine_give_pool(h, pool);
}

/* A pool has its first free block, or no live one any more. It has at least two blocks. */
static NO_INLINE void freed_first_or_last(struct magazine_heap *h, uint32_t size_class,
                                          uint32_t pool) {
  if (h->pools[pool].free == 1)
    link_partial(h, size_class, pool);
  else
    emptied(h, size_class, pool);
}

/* Gives blocks of one class back, each to its pool; under the lock. What the loop reads of the heap
 * is read once: the compiler can't know that setting bits doesn't change it. */
static void flush_locked(struct magazine_heap *h, uint32_t size_class, void *const *blocks,
                         uint32_t n) {
  const struct magazine_class *k = &h->size_class[size_class];
  const uintptr_t base = h->space.base;
  const bool table_mode = !h->space.bytes;
  uint32_t units = magazine_pool_units(k->kind), mask = units * MAGAZINE_UNIT_BYTES - 1;
  uint32_t shift = k->shift, capacity = k->capacity;
  unsigned words_shift = bit_lowest(h->bitmap_words);
  struct magazine_pool *pools = h->pools;
  uint64_t *bitmaps = h->bitmaps;
  for (uint32_t i = 0; i < n; i++) {
    size_t offset = LIKELY(!table_mode) ? (uintptr_t)blocks[i] - base
                                        : arena_table_offset(&h->space, blocks[i]);
    uint32_t pool = (uint32_t)(offset >> MAGAZINE_UNIT_SHIFT) & ~(units - 1);
    struct magazine_pool *p = &pools[pool];
    uint32_t bit = ((uint32_t)offset & mask) >> shift;
    uint64_t *word = &bitmaps[((size_t)pool << words_shift) + bit / 64];

    CHECK(!(*word >> bit % 64 & 1));
    *word |= (uint64_t)1 << bit % 64;

    uint32_t is_free = p->free + 1u;
    p->free = (uint16_t)is_free;
    if (UNLIKELY(is_free - 2 >= capacity - 2)) /* 1, or all: one test for both */
      freed_first_or_last(h, size_class, pool);
  }
}

static void flush(struct magazine_heap *h, uint32_t size_class, void *const *blocks, uint32_t n) {
  bool locked = magazine_lock(h);
  flush_locked(h, size_class, blocks, n);
  magazine_unlock(h, locked);
}

/* Empties all magazines of a cache; under the lock. */
static void flush_cache(struct magazine_heap *h, struct magazine_cache *c) {
  for (uint32_t size_class = 1; size_class < h->n_classes; size_class++) {
    flush_locked(h, size_class, c->loaded[size_class].items, c->loaded[size_class].n);
    c->loaded[size_class].n = 0;
  }
}

/* The magazine is full: its older half goes back to the pools. */
NO_INLINE void magazine_overflow(struct magazine_cache *c, uint32_t size_class, void *block) {
  struct magazine_heap *h = (struct magazine_heap *)heap_of(c);
  struct magazine *m = &c->loaded[size_class];
  if (!size_class)
    fatal("%p was freed, but is no block", block);
  uint32_t half = m->limit / 2;
  flush(h, size_class, m->items, half);
  memmove(m->items, m->items + half, (m->limit - half) * sizeof *m->items);
  m->n = m->limit - half;
  m->items[m->n++] = block;
}

/* ---- refill ---- */

/* Puts a pool with free blocks on the empty list of a class. */
static bool find_pool(struct magazine_heap *h, uint32_t size_class) {
  uint32_t pool = h->empty[size_class];
  h->empty[size_class] = MAGAZINE_NONE;
  if (pool == MAGAZINE_NONE && (pool = magazine_take_pool(h, size_class)) == MAGAZINE_NONE)
    return false;
  link_partial(h, size_class, pool);
  return true;
}

/* Takes the lowest blocks of a pool, at most `want`, and writes them downwards from `end`, so that
 * they will be popped in address order. Returns their number. */
static uint32_t take_blocks(struct magazine_heap *h, uint32_t size_class, uint32_t pool, void **end,
                            uint32_t want) {
  struct magazine_pool *p = &h->pools[pool];
  char *start = magazine_pool_start(h, pool);
  uint64_t *words = magazine_bitmap(h, pool);
  uint32_t n = want < p->free ? want : p->free, shift = h->size_class[size_class].shift, w = 0;
  for (uint32_t left = n; left;) {
    uint64_t word = words[w];
    while (word && left) {
      *--end = start + ((size_t)(w * 64 + bit_lowest(word)) << shift);
      word &= word - 1;
      left--;
    }
    words[w] = word;
    w += left > 0;
  }

  p->free = (uint16_t)(p->free - n);
  if (!p->free)
    unlink_partial(h, size_class, pool);
  return n;
}

/* The magazine is empty: half of it is filled. Returns one more block; NULL when memory is
 * exhausted. */
static void *refill(struct magazine_heap *h, struct magazine_cache *c, uint32_t size_class) {
  struct magazine *m = &c->loaded[size_class];
  uint32_t want = m->limit / 2, n = 0;
  bool locked = magazine_lock(h);
  while (n < want) {
    if (h->partial[size_class] == MAGAZINE_NONE && (n || !find_pool(h, size_class)))
      break;
    n += take_blocks(h, size_class, h->partial[size_class], m->items + want - n, want - n);
  }
  magazine_unlock(h, locked);
  if (n < want)
    memmove(m->items, m->items + want - n, n * sizeof *m->items);
  m->n = n;
  return magazine_pop(c, size_class);
}

/* ---- caches ---- */

/* A thread ends: its blocks go back to their pools. */
static void end_thread(void *unused) {
  struct magazine_cache *next;
  pthread_mutex_lock(&ends);
  for (struct magazine_cache *c = thread_caches; c; c = next) {
    struct magazine_heap *h = (struct magazine_heap *)heap_of(c);
    next = c->next_of_thread;
    if (h) {
      pthread_mutex_lock(&h->lock);
      flush_cache(h, c);
      struct magazine_cache **link = &h->caches;
      while (*link != c)
        link = &(*link)->next_of_heap;
      *link = c->next_of_heap;
      pthread_mutex_unlock(&h->lock);
    }
    free(c);
  }
  pthread_mutex_unlock(&ends);
  thread_caches = NULL;
  magazine_here = &nobody;
}

/* A forked child has only the forking thread, and needs the locks free. Its other threads' caches
 * stay as they were: what is in them is lost to the child, as all that those threads held. */
static void before_fork(void) {
  pthread_mutex_lock(&ends);
  for (struct magazine_heap *h = heaps; h; h = h->next)
    pthread_mutex_lock(&h->lock);
}
static void after_fork(void) {
  for (struct magazine_heap *h = heaps; h; h = h->next)
    pthread_mutex_unlock(&h->lock);
  pthread_mutex_unlock(&ends);
}

static void start(void) {
  if (pthread_key_create(&thread_end, end_thread) ||
      pthread_atfork(before_fork, after_fork, after_fork))
    fatal("magazine: no room for a thread key");
}

struct magazine_cache *magazine_find_cache(struct magazine_heap *h) {
  for (struct magazine_cache *c = thread_caches; c; c = c->next_of_thread)
    if (heap_of(c) == &h->head)
      return c;
  return NULL;
}

/* Frees this thread's caches of heaps that were closed. Under `ends`, since close_ still reads a
 * cache that it has just cut off. */
static void free_orphans(void) {
  pthread_mutex_lock(&ends);
  for (struct magazine_cache **link = &thread_caches; *link;) {
    struct magazine_cache *c = *link;
    if (heap_of(c)) {
      link = &c->next_of_thread;
      continue;
    }
    *link = c->next_of_thread;
    if (magazine_here == c)
      magazine_here = &nobody;
    free(c);
  }
  pthread_mutex_unlock(&ends);
}

static struct magazine_cache *new_cache(struct magazine_heap *h) {
  free_orphans();
  size_t items = 0;
  for (uint32_t size_class = 1; size_class < h->n_classes; size_class++)
    items += h->size_class[size_class].limit;
  struct magazine_cache *c = calloc(1, sizeof *c + items * sizeof *c->items);
  if (!c)
    return NULL;
  *c = (struct magazine_cache){.heap = &h->head,
                               .inlined = h->inlined ? &h->head : NULL,
                               .base = h->space.base,
                               .bytes = h->space.bytes,
                               .classes = h->classes,
                               .next_of_thread = thread_caches};
  void **next = c->items;
  for (uint32_t size_class = 1; size_class < h->n_classes; size_class++) {
    c->loaded[size_class] = (struct magazine){next, 0, h->size_class[size_class].limit};
    next += h->size_class[size_class].limit;
  }
  thread_caches = c;
  pthread_setspecific(thread_end, c);
  pthread_mutex_lock(&h->lock);
  c->next_of_heap = h->caches;
  h->caches = c;
  pthread_mutex_unlock(&h->lock);
  return c;
}

/* This thread's cache for the heap, from now on the current one. NULL when memory is exhausted. */
static struct magazine_cache *cache_of(struct magazine_heap *h) {
  struct magazine_cache *c = magazine_here;
  if (LIKELY(heap_of(c) == &h->head))
    return c;
  c = magazine_find_cache(h);
  if (!c && !(c = new_cache(h)))
    return NULL;
  return magazine_here = c;
}

/* ---- the door ---- */

NO_INLINE void *magazine_get_slow(struct alloc *a, size_t bytes) {
  struct magazine_heap *h = (struct magazine_heap *)a;
  if (bytes > MAGAZINE_MID_LIMIT)
    return raw_alloc(&h->raw, bytes);
  struct magazine_cache *c = cache_of(h);
  if (UNLIKELY(!c))
    return NULL;
  uint32_t size_class = h->class_of[(bytes + 7) / 8];
  void *block = magazine_pop(c, size_class);
  return block ? block : refill(h, c, size_class);
}

static NO_INLINE void *get_by_table(struct alloc *a, size_t bytes) {
  struct magazine_heap *h = (struct magazine_heap *)a;
  struct magazine_cache *c = magazine_here;
  if (LIKELY(heap_of(c) == a && bytes <= MAGAZINE_MID_LIMIT)) {
    void *block = magazine_pop(c, h->class_of[(bytes + 7) / 8]);
    if (LIKELY(block != NULL))
      return block;
  }
  return magazine_get_slow(a, bytes);
}

static void *get(struct alloc *a, size_t bytes) {
  struct magazine_cache *c = magazine_here;
  if (UNLIKELY(bytes > MAGAZINE_SMALL_LIMIT))
    return get_by_table(a, bytes);
  if (LIKELY(heap_of(c) == a)) {
    uint32_t size_class = MAGAZINE_SMALL_CLASS(bytes);
    void *block = magazine_pop(c, size_class);
    if (LIKELY(block != NULL)) {
      c->recent = block;
      c->recent_class = size_class;
      return block;
    }
  }
  return magazine_get_slow(a, bytes);
}

static void *zget(struct alloc *a, size_t bytes) {
  if (bytes > MAGAZINE_MID_LIMIT)
    return raw_zalloc(&((struct magazine_heap *)a)->raw, bytes);
  void *block = a->alloc(a, bytes);
  return block ? memset(block, 0, bytes) : NULL;
}

/* The distance of a small block from the start of the region, or SIZE_MAX. */
static size_t offset_of(struct magazine_heap *h, const void *block) {
  if (h->space.bytes) {
    size_t offset = arena_offset(&h->space, block);
    return offset < h->space.bytes ? offset : SIZE_MAX;
  }
  bool locked = magazine_lock(h);
  size_t offset = arena_offset(&h->space, block);
  magazine_unlock(h, locked);
  return offset;
}

static NO_INLINE void put_slow(struct magazine_heap *h, void *block) {
  size_t offset = offset_of(h, block);
  if (offset == SIZE_MAX) {
    raw_free(&h->raw, block);
    return;
  }
  uint32_t size_class = h->classes[offset >> MAGAZINE_UNIT_SHIFT];
  struct magazine_cache *c = cache_of(h);
  if (LIKELY(c != NULL))
    magazine_push(c, size_class, block);
  else /* no memory for a cache: straight to the pool */
    flush(h, size_class, &block, 1);
}

/* Where the last block given out is the next to be freed, pair follows pair in one chain: block,
 * class byte, magazine, block. A predicted branch cuts it (32 B, 1 live: 8.1 -> 4 ns a pair). */
static void put(struct alloc *a, void *block) {
  struct magazine_cache *c = magazine_here;
  size_t offset = (uintptr_t)block - c->base;
  if (UNLIKELY(heap_of(c) != a || offset >= c->bytes)) {
    put_slow((struct magazine_heap *)a, block);
    return;
  }
  uint32_t size_class = c->classes[offset >> MAGAZINE_UNIT_SHIFT];
  if (block == c->recent) {
    uint32_t guess = c->recent_class, same = guess;
    __asm__("" : "+r"(same)); /* equal numbers: the compiler would use the one that comes late */
    if (LIKELY(same == size_class)) {
      magazine_push(c, guess, block);
      return;
    }
  }
  magazine_push(c, size_class, block);
}

/* Takes the blocks at the head of `blocks` that lie in one pool back into its bitmap, past the
 * magazines; under the lock. Returns how many. */
static size_t put_run(struct magazine_heap *h, void *const *blocks, size_t n) {
  const uintptr_t base = h->space.base;
  uint32_t unit = (uint32_t)(((uintptr_t)blocks[0] - base) >> MAGAZINE_UNIT_SHIFT);
  uint32_t size_class = h->classes[unit];
  if (UNLIKELY(!size_class))
    fatal("%p was freed, but is no block", blocks[0]);
  const struct magazine_class *k = &h->size_class[size_class];
  uint32_t units = magazine_pool_units(k->kind), pool = unit & ~(units - 1), shift = k->shift;
  size_t start = (size_t)pool << MAGAZINE_UNIT_SHIFT, bytes = (size_t)units * MAGAZINE_UNIT_BYTES;
  uint64_t *words = magazine_bitmap(h, pool);
  size_t run = 0, at = 0;
  uint64_t word = words[0]; /* words[at], in a register while neighbours come */
  for (size_t offset; run < n && (offset = (uintptr_t)blocks[run] - base - start) < bytes; run++) {
    size_t bit = offset >> shift;
    if (bit / 64 != at) {
      words[at] = word;
      at = bit / 64;
      word = words[at];
    }
    CHECK(!(word >> bit % 64 & 1));
    word |= (uint64_t)1 << bit % 64;
  }
  words[at] = word;
  struct magazine_pool *p = &h->pools[pool];
  if (!p->free)
    link_partial(h, size_class, pool);
  p->free = (uint16_t)(p->free + run);
  if (p->free == k->capacity)
    emptied(h, size_class, pool);
  return run;
}

/* Blocks that die together are not the next to be wanted: they need not pass through a magazine. */
static void put_many(struct alloc *a, void *const *blocks, size_t n) {
  struct magazine_heap *h = (struct magazine_heap *)a;
  if (!h->space.bytes) {
    for (size_t i = 0; i < n; i++)
      a->free(a, blocks[i]);
    return;
  }
  bool locked = magazine_lock(h);
  for (size_t i = 0; i < n;) {
    if (LIKELY((uintptr_t)blocks[i] - h->space.base < h->space.bytes))
      i += put_run(h, blocks + i, n - i);
    else
      raw_free(&h->raw, blocks[i++]);
  }
  magazine_unlock(h, locked);
}

/* The size of a small block; 0 for one of layer 0. */
static size_t small_bytes(struct magazine_heap *h, const void *block) {
  size_t offset = offset_of(h, block);
  return offset == SIZE_MAX ? 0 : h->size_class[h->classes[offset >> MAGAZINE_UNIT_SHIFT]].bytes;
}

static size_t usable(struct alloc *a, const void *block) {
  struct magazine_heap *h = (struct magazine_heap *)a;
  size_t bytes = small_bytes(h, block);
  return bytes ? bytes : raw_usable(&h->raw, block);
}

/* Stays in place unless it has to grow or would shrink by a quarter or more, as in `pool`. */
static void *resize(struct alloc *a, void *block, size_t bytes) {
  struct magazine_heap *h = (struct magazine_heap *)a;
  if (!block)
    return a->alloc(a, bytes);
  size_t before = small_bytes(h, block);
  if (!before && bytes > MAGAZINE_MID_LIMIT)
    return raw_realloc(&h->raw, block, bytes);
  if (bytes <= before && 4 * bytes > 3 * before)
    return block;
  if (!before)
    before = raw_usable(&h->raw, block);
  void *moved = a->alloc(a, bytes);
  if (!moved)
    return NULL;
  memcpy(moved, block, bytes < before ? bytes : before);
  a->free(a, block);
  return moved;
}

/* The calling thread's magazines are flushed; those of others are theirs to touch. */
static void trim(struct alloc *a) {
  struct magazine_heap *h = (struct magazine_heap *)a;
  struct magazine_cache *c = magazine_find_cache(h);
  bool locked = magazine_lock(h);
  if (c)
    flush_cache(h, c);
  for (uint32_t size_class = 1; size_class < h->n_classes; size_class++) {
    uint32_t pool = h->empty[size_class];
    if (pool == MAGAZINE_NONE)
      continue;
    h->empty[size_class] = MAGAZINE_NONE;
    magazine_give_pool(h, pool);
  }
  magazine_purge(h);
  h->budget = h->floor;
  magazine_unlock(h, locked);
}

/* ---- opening and closing ---- */

static void close_(struct alloc *a) {
  struct magazine_heap *h = (struct magazine_heap *)a;
  pthread_mutex_lock(&ends);
  for (struct magazine_cache *c = h->caches; c; c = c->next_of_heap) {
    __atomic_store_n(&c->heap, NULL, __ATOMIC_RELAXED);
    __atomic_store_n(&c->inlined, NULL, __ATOMIC_RELAXED);
  }
  struct magazine_heap **link = &heaps;
  while (*link && *link != h)
    link = &(*link)->next;
  if (*link)
    *link = h->next;
  pthread_mutex_unlock(&ends);
  void *const side[] = {h->pools, h->bitmaps, h->classes, h->arenas};
  for (size_t i = 0; i < ARRAY_SIZE(side); i++)
    if (side[i])
      map_release(side[i], h->side_bytes[i]);
  arena_close(&h->space);
  raw_close(&h->raw);
  pthread_mutex_destroy(&h->lock);
  free(h);
}

static size_t alignment(const struct alloc *a) {
  return ((const struct magazine_heap *)a)->size_class[1].bytes;
}

static void decay(struct alloc *a) {
  struct magazine_heap *h = (struct magazine_heap *)a;
  bool locked = magazine_lock(h);
  h->budget = h->budget / 2 > h->floor ? h->budget / 2 : h->floor;
  magazine_release_idle(h, h->budget);
  magazine_unlock(h, locked);
}

static const struct alloc_table table = {.usable = usable,
                                         .stats = magazine_stats,
                                         .walk = magazine_walk,
                                         .check = magazine_check,
                                         .trim = trim,
                                         .decay = decay,
                                         .free_many = put_many,
                                         .alignment = alignment,
                                         .close = close_};

static const struct alloc_option option_table[] = {
    {"align", "alignment of blocks: 16, or 8 with classes 8 bytes apart up to 256", "16"},
    {"blocks", "most blocks in a magazine", "128"},
    {"bytes", "most bytes in a magazine", "16K"},
    {"keep", "idle arenas are kept up to so many bytes at least; doubles on demand", "4M"},
    {"huge", "mapped bytes above which arenas ask for huge pages", "32M"},
    {"reserve", "address space reserved for arenas; 0 maps each where there is room", "64G"},
    {"raw", "layer 0: the allocator of larger requests", "malloc"},
    {0},
};

/* Classes 16 bytes apart (or 8 up to 256) to the small limit, then four to each doubling. */
static void set_classes(struct magazine_heap *h, bool eight, uint64_t blocks, uint64_t bytes) {
  uint32_t n = 0, size = 0;
  h->size_class[n++] = (struct magazine_class){0};
  while (size < MAGAZINE_MID_LIMIT) {
    if (size < MAGAZINE_SMALL_LIMIT)
      size += eight && size < 256 ? 8 : 16;
    else
      size += 1u << (bit_highest(size) - 2);
    enum magazine_kind kind = size > MAGAZINE_SMALL_LIMIT ? MAGAZINE_MID : MAGAZINE_SMALL;
    uint32_t capacity = magazine_pool_units(kind) * MAGAZINE_UNIT_BYTES / size;
    uint64_t limit = bytes / size < blocks ? bytes / size : blocks;
    h->size_class[n++] = (struct magazine_class){.bytes = size,
                                                 .capacity = (uint16_t)capacity,
                                                 .limit = (uint16_t)(limit < 4 ? 4 : limit),
                                                 .shift = (uint8_t)bit_lowest(size),
                                                 .kind = kind};
  }
  h->bitmap_words = MAGAZINE_UNIT_BYTES / (eight ? 8 : 16) / 64;
  h->n_classes = n;
  for (uint32_t i = 0, size_class = 1; i < ARRAY_SIZE(h->class_of); i++) {
    size_class += i * 8 > h->size_class[size_class].bytes;
    h->class_of[i] = (uint8_t)size_class;
  }
}

/* Records, bitmaps, class bytes and arena records for `arenas` arenas: addresses now, memory when
 * touched.
 */
static bool map_side(struct magazine_heap *h, uint32_t arenas) {
  size_t units = (size_t)arenas * MAGAZINE_ARENA_UNITS;
  const size_t bytes[] = {units * sizeof *h->pools, units * h->bitmap_words * sizeof *h->bitmaps,
                          units, arenas * sizeof *h->arenas};
  void *side[] = {NULL, NULL, NULL, NULL};
  for (size_t i = 0; i < ARRAY_SIZE(side); i++) {
    h->side_bytes[i] = align_up(bytes[i], map_page_bytes());
    side[i] = map_reserve(h->side_bytes[i], 0);
    if (side[i] && !map_commit(side[i], h->side_bytes[i])) {
      map_release(side[i], h->side_bytes[i]);
      side[i] = NULL;
    }
  }
  h->pools = side[0];
  h->bitmaps = side[1];
  h->classes = side[2];
  h->arenas = side[3];
  return side[0] && side[1] && side[2] && side[3];
}

static bool read_options(struct magazine_heap *h, const char *text, char *error,
                         size_t error_bytes) {
  struct options o;
  options_open(&o, h->inlined ? "magazine-inline" : "magazine", text, &option_table->key, error,
               error_bytes);
  uint64_t align = options_count(&o, "align", 8, 16);
  uint64_t blocks = options_count(&o, "blocks", 4, 1024);
  uint64_t bytes = options_size(&o, "bytes", 1024, 1 << 20);
  h->floor = h->budget = options_size(&o, "keep", 0, (uint64_t)1 << 40);
  h->huge_from = options_size(&o, "huge", 0, UINT64_MAX);
  uint64_t reserve = options_size(&o, "reserve", 0, (uint64_t)1 << 44);
  char raw[256];
  options_text(&o, "raw", raw, sizeof raw);
  if (!is_power_of_two(align))
    options_fail(&o, "option 'align' must be 8 or 16");
  if (align == 8 && h->inlined)
    options_fail(&o, "inlined code computes classes 16 bytes apart: 'align' can't be 8");
  if (o.failed)
    return false;
  set_classes(h, align == 8, blocks, bytes);
  if (!arena_open(&h->space, MAGAZINE_ARENA_BYTES, reserve, MAGAZINE_TABLE_ARENAS) ||
      !map_side(h, h->space.capacity)) {
    options_fail(&o, "out of memory");
    return false;
  }
  magazine_reset_arenas(h);
  memset(h->partial, 0xff, sizeof h->partial);
  memset(h->empty, 0xff, sizeof h->empty);
  return raw_open(&h->raw, raw, error, error_bytes);
}

extern const struct alloc_backend alloc_magazine, alloc_magazine_inline;

static struct alloc *open_(const struct alloc_backend *self, const char *options,
                           struct alloc *below, char *error, size_t error_bytes) {
  struct magazine_heap *h = calloc(1, sizeof *h);
  if (!h) {
    snprintf(error, error_bytes, "%s: out of memory", self->name);
    return NULL;
  }
  pthread_once(&once, start);
  pthread_mutex_init(&h->lock, NULL);
  h->inlined = self == &alloc_magazine_inline;
  if (!read_options(h, options, error, error_bytes)) {
    close_(&h->head);
    return NULL;
  }
  bool eight = h->size_class[1].bytes == 8;
  h->head = (struct alloc){eight ? get_by_table : get, zget, resize, put, &table, self, NULL};
  pthread_mutex_lock(&ends);
  h->next = heaps;
  heaps = h;
  pthread_mutex_unlock(&ends);
  return &h->head;
}

const struct alloc_backend alloc_magazine = {
    .name = "magazine",
    .summary = "pools without headers under thread-local magazines",
    .options = option_table,
    .open = open_,
};

const struct alloc_backend alloc_magazine_inline = {
    .name = "magazine-inline",
    .summary = "the same heap, its fast paths inlined into the runtime",
    .options = option_table,
    .open = open_,
};
