/* Backend `magazine`: thread-local magazines over the pools, refill and flush, and the door.
 *
 * Structures and invariants: magazine.h. The names are Bonwick's (Magazines and Vmem, USENIX 2001):
 * two magazines per class, so that a thread that allocates and frees around a full or an empty one
 * does not call the heap each time. His are arrays; these are lists through the blocks, because
 * then a refill takes a pool's whole free list by moving two pointers, and a flush gives a run of
 * blocks of one pool back the same way. */
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
__thread struct magazine_cache *magazine_here = &nobody;
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

static void link_partial(struct magazine_heap *h, uint32_t class, uint32_t pool) {
  struct magazine_pool *p = &h->pools[pool];
  p->prev = MAGAZINE_NONE;
  p->next = h->partial[class];
  if (p->next != MAGAZINE_NONE)
    h->pools[p->next].prev = pool;
  h->partial[class] = pool;
}

static void unlink_partial(struct magazine_heap *h, uint32_t class, uint32_t pool) {
  struct magazine_pool *p = &h->pools[pool];
  if (p->next != MAGAZINE_NONE)
    h->pools[p->next].prev = p->prev;
  if (p->prev != MAGAZINE_NONE)
    h->pools[p->prev].next = p->next;
  else
    h->partial[class] = p->next;
}

/* ---- flush ---- */

/* All blocks of the pool are back: one such pool per class is kept. Its list is forgotten and it
 * will be carved anew, because blocks that were freed in random order would come back in random
 * order, a cache miss each: 32 B, 1M live, random frees take 13 instead of 33 ns. */
static NO_INLINE void emptied(struct magazine_heap *h, uint32_t class, uint32_t pool) {
  struct magazine_pool *p = &h->pools[pool];
  unlink_partial(h, class, pool);
  p->first = NULL;
  p->free = p->carved = 0;
  if (h->carving[class] == pool)
    h->carving[class] = MAGAZINE_NONE;
  if (h->empty[class] == MAGAZINE_NONE)
    h->empty[class] = pool;
  else
    magazine_give_pool(h, pool);
}

/* Gives a list of blocks of one class back, each to its pool. Looking for runs of blocks of one pool,
 * to move them at once, costs more than it saves: with a few pools per class the end of a run can't
 * be predicted (random frees of mixed sizes). */
static void flush_list(struct magazine_heap *h, uint32_t class, void *block) {
  uint32_t mask = h->class[class].kind == MAGAZINE_MID ? ~(MAGAZINE_MID_UNITS - 1u) : ~0u;
  while (block) {
    void *next = *(void **)block;
    size_t offset = arena_offset(&h->space, block);
    uint32_t pool = (uint32_t)(offset >> MAGAZINE_UNIT_SHIFT) & mask;
    struct magazine_pool *p = &h->pools[pool];
    *(void **)block = p->first;
    if (UNLIKELY(!p->first)) {
      p->last = block;
      link_partial(h, class, pool);
    }
    p->first = block;
    if (UNLIKELY(++p->free == p->carved))
      emptied(h, class, pool);
    block = next;
  }
}

static void flush(struct magazine_heap *h, uint32_t class, void *list) {
  bool locked = magazine_lock(h);
  flush_list(h, class, list);
  magazine_unlock(h, locked);
}

/* Empties all magazines of a cache; under the lock. */
static void flush_cache(struct magazine_heap *h, struct magazine_cache *c) {
  for (uint32_t class = 1; class < h->n_classes; class ++) {
    flush_list(h, class, c->loaded[class].first);
    flush_list(h, class, c->second[class]);
    c->loaded[class] = (struct magazine){NULL, h->class[class].limit};
    c->second[class] = NULL;
  }
}

/* The loaded magazine holds one block more than its limit. It becomes the second; if there is one
 * already, that is flushed first. */
NO_INLINE void magazine_overflow(struct magazine_cache *c, uint32_t class) {
  struct magazine_heap *h = (struct magazine_heap *)heap_of(c);
  if (!class)
    fatal("%p was freed, but is no block", c->loaded[0].first);
  if (c->second[class])
    flush(h, class, c->second[class]);
  c->second[class] = c->loaded[class].first;
  c->loaded[class] = (struct magazine){NULL, h->class[class].limit};
}

/* ---- refill ---- */

/* Links the next blocks never used of a pool that has no free ones; under the lock. */
static void carve(struct magazine_heap *h, uint32_t class, uint32_t pool) {
  const struct magazine_class *k = &h->class[class];
  struct magazine_pool *p = &h->pools[pool];
  uint32_t n = k->capacity - p->carved < k->batch ? k->capacity - p->carved : k->batch;
  char *block = magazine_pool_start(h, pool) + (size_t)p->carved * k->bytes;
  p->first = block;
  for (uint32_t i = 1; i < n; i++, block += k->bytes)
    *(void **)block = block + k->bytes;
  *(void **)block = NULL;
  p->last = block;
  p->carved = (uint16_t)(p->carved + n);
  p->free = (uint16_t)n;
  h->carving[class] = p->carved < k->capacity ? pool : MAGAZINE_NONE;
}

/* Puts a pool with free blocks on the empty list of a class. */
static bool find_pool(struct magazine_heap *h, uint32_t class) {
  uint32_t pool = h->carving[class];
  if (pool == MAGAZINE_NONE) {
    pool = h->empty[class];
    h->empty[class] = MAGAZINE_NONE;
  }
  if (pool == MAGAZINE_NONE && (pool = magazine_take_pool(h, class)) == MAGAZINE_NONE)
    return false;
  carve(h, class, pool);
  link_partial(h, class, pool);
  return true;
}

/* Takes whole free lists, from as few pools as give half a magazine; the blocks' list and their
 * number. NULL when memory is exhausted. */
static void *gather(struct magazine_heap *h, uint32_t class, uint32_t *n) {
  void *list = NULL;
  uint32_t want = (h->class[class].limit + 1u) / 2;
  *n = 0;
  while (*n < want) {
    uint32_t pool = h->partial[class];
    if (pool == MAGAZINE_NONE) {
      if (list || !find_pool(h, class))
        break;
      pool = h->partial[class];
    }
    struct magazine_pool *p = &h->pools[pool];
    unlink_partial(h, class, pool);
    *(void **)p->last = list;
    list = p->first;
    *n += p->free;
    p->first = NULL;
    p->free = 0;
  }
  return list;
}

/* The loaded magazine is empty: the second one takes its place, or blocks from the pools. */
static void *refill(struct magazine_heap *h, struct magazine_cache *c, uint32_t class) {
  struct magazine *m = &c->loaded[class];
  CHECK(!m->first);
  if (c->second[class]) {
    *m = (struct magazine){c->second[class], 0};
    c->second[class] = NULL;
  } else {
    uint32_t n;
    bool locked = magazine_lock(h);
    void *list = gather(h, class, &n);
    magazine_unlock(h, locked);
    if (!list)
      return NULL;
    *m = (struct magazine){list, n < h->class[class].limit ? h->class[class].limit - n : 0};
  }
  return magazine_pop(c, class);
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

static struct magazine_cache *new_cache(struct magazine_heap *h) {
  struct magazine_cache *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  *c = (struct magazine_cache){.heap = &h->head,
                               .inlined = h->inlined ? &h->head : NULL,
                               .base = h->space.base,
                               .bytes = h->space.bytes,
                               .classes = h->classes,
                               .next_of_thread = thread_caches};
  for (uint32_t class = 1; class < h->n_classes; class ++)
    c->loaded[class].room = h->class[class].limit;
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
  uint32_t class = h->class_of[(bytes + 7) / 8];
  void *block = magazine_pop(c, class);
  return block ? block : refill(h, c, class);
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
    void *block = magazine_pop(c, MAGAZINE_SMALL_CLASS(bytes));
    if (LIKELY(block != NULL))
      return block;
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
  uint32_t class = h->classes[offset >> MAGAZINE_UNIT_SHIFT];
  struct magazine_cache *c = cache_of(h);
  if (LIKELY(c != NULL)) {
    magazine_push(c, class, block);
  } else { /* no memory for a cache: straight to the pool */
    *(void **)block = NULL;
    flush(h, class, block);
  }
}

static void put(struct alloc *a, void *block) {
  struct magazine_cache *c = magazine_here;
  size_t offset = (uintptr_t)block - c->base;
  if (LIKELY(heap_of(c) == a && offset < c->bytes))
    magazine_push(c, c->classes[offset >> MAGAZINE_UNIT_SHIFT], block);
  else
    put_slow((struct magazine_heap *)a, block);
}

/* The size of a small block; 0 for one of layer 0. */
static size_t small_bytes(struct magazine_heap *h, const void *block) {
  size_t offset = offset_of(h, block);
  return offset == SIZE_MAX ? 0 : h->class[h->classes[offset >> MAGAZINE_UNIT_SHIFT]].bytes;
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
  for (uint32_t class = 1; class < h->n_classes; class ++) {
    uint32_t pool = h->empty[class];
    if (pool == MAGAZINE_NONE)
      continue;
    h->empty[class] = MAGAZINE_NONE;
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
  void *const side[] = {h->pools, h->classes, h->arenas};
  for (size_t i = 0; i < ARRAY_SIZE(side); i++)
    if (side[i])
      map_release(side[i], h->side_bytes[i]);
  arena_close(&h->space);
  raw_close(&h->raw);
  pthread_mutex_destroy(&h->lock);
  free(h);
}

static const struct alloc_table table = {.usable = usable,
                                         .stats = magazine_stats,
                                         .walk = magazine_walk,
                                         .check = magazine_check,
                                         .trim = trim,
                                         .close = close_};

void magazine_decay(struct alloc *a) {
  if (a->table != &table)
    return;
  struct magazine_heap *h = (struct magazine_heap *)a;
  bool locked = magazine_lock(h);
  h->budget = h->budget / 2 > h->floor ? h->budget / 2 : h->floor;
  magazine_release_idle(h, h->budget);
  magazine_unlock(h, locked);
}

static const struct alloc_option option_table[] = {
    {"align", "alignment of blocks: 16, or 8 with classes 8 bytes apart up to 256", "16"},
    {"blocks", "most blocks in a magazine", "64"},
    {"bytes", "most bytes in a magazine", "8K"},
    {"keep", "idle arenas are kept up to so many bytes at least; doubles on demand", "4M"},
    {"huge", "mapped bytes above which arenas ask for huge pages", "32M"},
    {"reserve", "address space reserved for arenas; 0 maps each where there is room", "64G"},
    {"raw", "layer 0: the allocator of larger requests", "malloc"},
    {0},
};

/* Classes 16 bytes apart (or 8 up to 256) to the small limit, then four to each doubling. */
static void set_classes(struct magazine_heap *h, bool eight, uint64_t blocks, uint64_t bytes) {
  uint32_t n = 0, size = 0;
  h->class[n++] = (struct magazine_class){0};
  while (size < MAGAZINE_MID_LIMIT) {
    if (size < MAGAZINE_SMALL_LIMIT)
      size += eight && size < 256 ? 8 : 16;
    else
      size += 1u << (bit_highest(size) - 2);
    enum magazine_kind kind = size > MAGAZINE_SMALL_LIMIT ? MAGAZINE_MID : MAGAZINE_SMALL;
    uint32_t capacity = magazine_pool_units(kind) * MAGAZINE_UNIT_BYTES / size;
    uint64_t limit = bytes / size < blocks ? bytes / size : blocks;
    if (limit < 2)
      limit = 2;
    h->class[n++] = (struct magazine_class){.bytes = size,
                                            .capacity = (uint16_t)capacity,
                                            .limit = (uint16_t)limit,
                                            .batch = (uint16_t)limit,
                                            .kind = kind};
  }
  h->n_classes = n;
  for (uint32_t i = 0, class = 1; i < ARRAY_SIZE(h->class_of); i++) {
    class += i * 8 > h->class[class].bytes;
    h->class_of[i] = (uint8_t) class;
  }
}

/* Records, class bytes and arena records for `arenas` arenas: addresses now, memory when touched.
 */
static bool map_side(struct magazine_heap *h, uint32_t arenas) {
  size_t units = (size_t)arenas * MAGAZINE_ARENA_UNITS;
  const size_t bytes[] = {units * sizeof *h->pools, units, arenas * sizeof *h->arenas};
  void *side[] = {NULL, NULL, NULL};
  for (size_t i = 0; i < ARRAY_SIZE(side); i++) {
    h->side_bytes[i] = align_up(bytes[i], map_page_bytes());
    side[i] = map_reserve(h->side_bytes[i], 0);
    if (side[i] && !map_commit(side[i], h->side_bytes[i])) {
      map_release(side[i], h->side_bytes[i]);
      side[i] = NULL;
    }
  }
  h->pools = side[0];
  h->classes = side[1];
  h->arenas = side[2];
  return side[0] && side[1] && side[2];
}

static bool read_options(struct magazine_heap *h, const char *text, char *error,
                         size_t error_bytes) {
  struct options o;
  options_open(&o, h->inlined ? "magazine-inline" : "magazine", text, &option_table->key, error,
               error_bytes);
  uint64_t align = options_count(&o, "align", 8, 16);
  uint64_t blocks = options_count(&o, "blocks", 2, 1024);
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
  memset(h->carving, 0xff, sizeof h->carving);
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
  bool eight = h->class[1].bytes == 8;
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
