/* Backend `pool`: arena -> pool -> block, as CPython's object allocator does it.
 *
 * Structures, states and invariants: pool.h. The scheme is pymalloc's (V. Marangozov and T. Peters,
 * CPython's Objects/obmalloc.c); this is an implementation of our own from its description.
 *
 * Threads: CPython runs it under the GIL, so a single-threaded program pays nothing for safety.
 * Here one mutex guards the heap, and is passed by while the C library says that the process has
 * never had a second thread (__libc_single_threaded): one predicted test of a byte. A thread
 * that is created while a call is in flight can't exist: the only thread is inside that call. */
#include "alloc/pool.h"
#include "base/check.h"
#include "base/options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/single_threaded.h>

static inline bool lock(struct pool_heap *h) {
  if (LIKELY(__libc_single_threaded))
    return false;
  pthread_mutex_lock(&h->lock);
  return true;
}
static inline void unlock(struct pool_heap *h, bool locked) {
  if (UNLIKELY(locked))
    pthread_mutex_unlock(&h->lock);
}

static inline struct pool *pool_of(const struct pool_heap *h, const void *block) {
  return (struct pool *)((uintptr_t)block & ~(h->pool_bytes - 1));
}
static inline uint32_t block_bytes(const struct pool_heap *h, uint32_t size_class) {
  return (size_class + 1) << h->shift;
}

/* ---- arenas ---- */

/* Makes more records, all unused. */
static bool grow_records(struct pool_heap *h) {
  size_t i = 0;
  while (i < ARRAY_SIZE(h->chunks) && h->chunks[i])
    i++;
  uint32_t n = (uint32_t)ARENA_RECORDS_FIRST << i;
  struct arena *chunk = i < ARRAY_SIZE(h->chunks) ? calloc(n, sizeof *chunk) : NULL;
  if (!chunk)
    return false;
  h->chunks[i] = chunk;
  h->n_records += n;
  for (uint32_t k = n; k--;) {
    chunk[k].next = h->unused;
    h->unused = &chunk[k];
  }
  return true;
}

static void link_after(struct pool_heap *h, struct arena *a, struct arena *before) {
  a->prev = before;
  a->next = before ? before->next : h->usable;
  if (a->next)
    a->next->prev = a;
  if (before)
    before->next = a;
  else
    h->usable = a;
}

static void unlink(struct pool_heap *h, struct arena *a) {
  if (a->prev)
    a->prev->next = a->next;
  else
    h->usable = a->next;
  if (a->next)
    a->next->prev = a->prev;
}

/* `a` is about to have another number of free pools: the last with the present number is then its
 * predecessor, if that has as many. */
static void leave_group(struct pool_heap *h, struct arena *a) {
  if (h->last_with[a->free_pools] == a)
    h->last_with[a->free_pools] = a->prev && a->prev->free_pools == a->free_pools ? a->prev : NULL;
}

/* Maps an arena and makes it the only usable one. */
static bool map_arena(struct pool_heap *h) {
  if (!h->unused && !grow_records(h))
    return false;
  uint32_t number = arena_map(&h->space);
  if (number == ARENA_NONE)
    return false;
  struct arena *a = h->unused;
  h->unused = a->next;
  char *start = arena_start(&h->space, number);
  *a = (struct arena){
      .start = start, .next_pool = start, .free_pools = h->arena_pools, .number = number};
  CHECK(!h->usable);
  link_after(h, a, NULL);
  h->last_with[h->arena_pools] = a;
  h->idle++;
  return true;
}

static void unmap_arena(struct pool_heap *h, struct arena *a) {
  leave_group(h, a);
  unlink(h, a);
  arena_unmap(&h->space, a->number, 1);
  *a = (struct arena){.next = h->unused};
  h->unused = a;
  h->idle--;
}

/* Takes a pool from the fullest usable arena, which keeps its place: no other has fewer. NULL when
 * memory is exhausted. A pool that was never carved comes zeroed from the kernel. */
static struct pool *take_pool(struct pool_heap *h) {
  if (!h->usable && !map_arena(h))
    return NULL;
  struct arena *a = h->usable;
  struct pool *p = a->free;
  if (a->free_pools == h->arena_pools)
    h->idle--;
  leave_group(h, a);
  a->free_pools--;
  if (a->free_pools)
    h->last_with[a->free_pools] = a;
  else
    unlink(h, a);
  if (p) {
    a->free = p->next;
    return p;
  }
  p = (struct pool *)a->next_pool;
  a->next_pool += h->pool_bytes;
  p->arena = a;
  p->size_class = UINT32_MAX;
  return p;
}

/* An empty pool goes back to its arena, the arena to its new place on the list: behind the last of
 * those that had as many free pools as it had, since they have one less now. */
static void give_pool(struct pool_heap *h, struct pool *p) {
  struct arena *a = p->arena;
  p->next = a->free;
  a->free = p;
  struct arena *last = h->last_with[a->free_pools];
  if (a->free_pools)
    leave_group(h, a);
  a->free_pools++;
  if (a->free_pools == 1)
    link_after(h, a, NULL);
  else if (last != a) {
    unlink(h, a);
    link_after(h, a, last);
  }
  if (!h->last_with[a->free_pools])
    h->last_with[a->free_pools] = a;
  if (a->free_pools == h->arena_pools && h->idle++ == h->kept)
    unmap_arena(h, a);
}

/* ---- pools ---- */

static void link_used(struct pool_heap *h, struct pool *p) {
  struct pool *first = h->used[p->size_class];
  p->prev = NULL;
  p->next = first;
  if (first)
    first->prev = p;
  h->used[p->size_class] = p;
}

static void unlink_used(struct pool_heap *h, struct pool *p) {
  if (p->prev)
    p->prev->next = p->next;
  else
    h->used[p->size_class] = p->next;
  if (p->next)
    p->next->prev = p->prev;
}

/* No pool of the class has a free block: puts one on its list. A pool that served the same class
 * before is taken up as it was left. */
static NO_INLINE struct pool *new_pool(struct pool_heap *h, uint32_t size_class) {
  struct pool *p = take_pool(h);
  if (!p)
    return NULL;
  if (p->size_class != size_class) {
    uint32_t bytes = block_bytes(h, size_class);
    uint32_t capacity = (uint32_t)(h->pool_bytes - POOL_HEADER_BYTES) / bytes;
    p->size_class = size_class;
    p->free = NULL;
    p->next_offset = POOL_HEADER_BYTES;
    p->end_offset = POOL_HEADER_BYTES + capacity * bytes;
  }
  link_used(h, p);
  return p;
}

static NO_INLINE void *carve(struct pool_heap *h, struct pool *p) {
  void *block = (char *)p + p->next_offset;
  p->next_offset += block_bytes(h, p->size_class);
  if (p->next_offset >= p->end_offset)
    unlink_used(h, p);
  return block;
}

ALWAYS_INLINE void *take(struct pool_heap *h, uint32_t size_class) {
  struct pool *p = h->used[size_class];
  if (UNLIKELY(!p) && !(p = new_pool(h, size_class)))
    return NULL;
  p->live++;
  void *block = p->free;
  if (UNLIKELY(!block))
    return carve(h, p);
  p->free = *(void **)block;
  if (UNLIKELY(!p->free) && p->next_offset >= p->end_offset)
    unlink_used(h, p);
  return block;
}

static NO_INLINE void emptied(struct pool_heap *h, struct pool *p) {
  unlink_used(h, p);
  give_pool(h, p);
}

ALWAYS_INLINE void give(struct pool_heap *h, void *block) {
  struct pool *p = pool_of(h, block);
  void *first = p->free;
  *(void **)block = first;
  p->free = block;
  p->live--;
  if (UNLIKELY(!first) && p->next_offset >= p->end_offset)
    link_used(h, p); /* it was full */
  if (UNLIKELY(!p->live))
    emptied(h, p);
}

/* ---- the door ---- */

static NO_INLINE void *get_locked(struct pool_heap *h, uint32_t size_class) {
  bool locked = lock(h);
  void *block = take(h, size_class);
  unlock(h, locked);
  return block;
}

static NO_INLINE void *get_unusual(struct pool_heap *h, size_t bytes) {
  return bytes ? raw_alloc(&h->raw, bytes) : get_locked(h, 0);
}

ALWAYS_INLINE void *get(struct alloc *a, size_t bytes, unsigned shift) {
  struct pool_heap *h = (struct pool_heap *)a;
  if (UNLIKELY(bytes - 1 >= h->small_limit))
    return get_unusual(h, bytes);
  uint32_t size_class = (uint32_t)(bytes - 1) >> shift;
  return LIKELY(__libc_single_threaded) ? take(h, size_class) : get_locked(h, size_class);
}
/* The alignment is an option; each has its function, so that the shift is a constant. */
static void *get_8(struct alloc *a, size_t bytes) { return get(a, bytes, 3); }
static void *get_16(struct alloc *a, size_t bytes) { return get(a, bytes, 4); }

static void *zget(struct alloc *a, size_t bytes) {
  struct pool_heap *h = (struct pool_heap *)a;
  if (bytes > h->small_limit)
    return raw_zalloc(&h->raw, bytes);
  void *block = a->alloc(a, bytes);
  return block ? memset(block, 0, bytes) : NULL;
}

static NO_INLINE void put_locked(struct pool_heap *h, void *block) {
  bool locked = lock(h), owned = arena_owns(&h->space, block);
  if (owned)
    give(h, block);
  unlock(h, locked);
  if (!owned)
    raw_free(&h->raw, block);
}

static void put(struct alloc *a, void *block) {
  struct pool_heap *h = (struct pool_heap *)a;
  if (LIKELY((uintptr_t)block - h->space.base < h->space.bytes && __libc_single_threaded))
    give(h, block);
  else
    put_locked(h, block);
}

/* The size of a small block; 0 for one of layer 0. */
static size_t small_bytes(struct pool_heap *h, const void *block) {
  bool locked = lock(h);
  size_t bytes = arena_owns(&h->space, block) ? block_bytes(h, pool_of(h, block)->size_class) : 0;
  unlock(h, locked);
  return bytes;
}

static size_t usable(struct alloc *a, const void *block) {
  struct pool_heap *h = (struct pool_heap *)a;
  size_t bytes = small_bytes(h, block);
  return bytes ? bytes : raw_usable(&h->raw, block);
}

/* A small block stays where it is unless it has to grow or would shrink by a quarter or more, as
 * in CPython; a block of layer 0 stays there unless it becomes small. */
static void *resize(struct alloc *a, void *block, size_t bytes) {
  struct pool_heap *h = (struct pool_heap *)a;
  if (!block)
    return a->alloc(a, bytes);
  size_t before = small_bytes(h, block);
  if (!before && bytes > h->small_limit)
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

static void trim(struct alloc *a) {
  struct pool_heap *h = (struct pool_heap *)a;
  bool locked = lock(h);
  struct arena *next;
  for (struct arena *arena = h->last_with[h->arena_pools]; arena; arena = next) {
    next = arena->prev && arena->prev->free_pools == h->arena_pools ? arena->prev : NULL;
    unmap_arena(h, arena);
  }
  unlock(h, locked);
}

static void close_(struct alloc *a) {
  struct pool_heap *h = (struct pool_heap *)a;
  arena_close(&h->space);
  raw_close(&h->raw);
  for (size_t i = 0; i < ARRAY_SIZE(h->chunks); i++)
    free(h->chunks[i]);
  free(h->last_with);
  pthread_mutex_destroy(&h->lock);
  free(h);
}

static size_t alignment(const struct alloc *a) {
  return (size_t)1 << ((const struct pool_heap *)a)->shift;
}

static const struct alloc_table table = {.usable = usable,
                                         .stats = pool_stats,
                                         .walk = pool_walk,
                                         .check = pool_check,
                                         .trim = trim,
                                         .alignment = alignment,
                                         .close = close_};

/* ---- opening ---- */

static const struct alloc_option option_table[] = {
    {"preset",
     "the figures of a CPython version: none, cpython-3.11, cpython-3.9, cpython-2.7; "
     "options beside it win",
     "none"},
    {"arena", "bytes of an arena, a power of two", "1M"},
    {"pool", "bytes of a pool, a power of two", "4K"},
    {"limit", "largest request served from pools, in bytes", "512"},
    {"align", "alignment of blocks and distance between size classes: 8 or 16", "16"},
    {"kept", "idle arenas kept for reuse", "4"},
    {"reserve", "address space reserved for arenas; 0 maps each where there is room", "64G"},
    {"raw", "layer 0: the allocator of larger requests", "malloc"},
    {0},
};

struct preset {
  uint64_t arena, pool, limit, align, kept;
};
static const char *const preset_names[] = {"none", "cpython-3.11", "cpython-3.9", "cpython-2.7",
                                           NULL};
static const struct preset presets[] = {
    {0},
    {1 << 20, 16 << 10, 512, 16, 1},
    {256 << 10, 4 << 10, 512, 16, 1},
    {256 << 10, 4 << 10, 256, 8, 1},
};

/* What is given wins over the preset, the preset over the fallback. */
static uint64_t figure(struct options *o, const char *key, uint64_t preset, uint64_t least,
                       uint64_t most) {
  return preset && !options_given(o, key) ? preset : options_size(o, key, least, most);
}

static bool read_options(struct pool_heap *h, const char *text, char *error, size_t error_bytes) {
  struct options o;
  options_open(&o, "pool", text, &option_table->key, error, error_bytes);
  const struct preset *p = &presets[options_choice(&o, "preset", preset_names)];
  uint64_t arena = figure(&o, "arena", p->arena, 4 << 10, 64 << 20);
  h->pool_bytes = figure(&o, "pool", p->pool, 1 << 10, 1 << 20);
  h->small_limit = figure(&o, "limit", p->limit, 8, 8 << 10);
  uint64_t align = figure(&o, "align", p->align, 8, 16);
  bool kept_preset = p->kept && !options_given(&o, "kept");
  h->kept = (uint32_t)(kept_preset ? p->kept : options_count(&o, "kept", 0, 1 << 20));
  uint64_t reserve = options_size(&o, "reserve", 0, (uint64_t)1 << 46);
  char raw[256];
  options_text(&o, "raw", raw, sizeof raw);
  if (!is_power_of_two(arena) || !is_power_of_two(h->pool_bytes))
    options_fail(&o, "'arena' and 'pool' must be powers of two");
  if (arena < h->pool_bytes)
    options_fail(&o, "an arena can't be smaller than a pool");
  if (!is_power_of_two(align))
    options_fail(&o, "option 'align' must be 8 or 16");
  if (!o.failed && (h->small_limit % align || h->small_limit / align > ALLOC_CLASSES_MAX))
    options_fail(&o, "option 'limit' must be a multiple of 'align', up to %d times as much",
                 ALLOC_CLASSES_MAX);
  if ((h->pool_bytes - POOL_HEADER_BYTES) / 2 < h->small_limit)
    options_fail(&o, "a pool must hold at least two blocks of the largest class");
  if (o.failed)
    return false;
  h->shift = bit_lowest(align);
  h->classes = (uint32_t)(h->small_limit >> h->shift);
  h->arena_pools = (uint32_t)(arena / h->pool_bytes);
  h->last_with = calloc(h->arena_pools + 1, sizeof *h->last_with);
  if (!h->last_with || !arena_open(&h->space, arena, reserve, POOL_TABLE_ARENAS)) {
    snprintf(error, error_bytes, "pool: out of memory");
    return false;
  }
  return raw_open(&h->raw, raw, error, error_bytes);
}

static struct alloc *open_(const struct alloc_backend *self, const char *options,
                           struct alloc *below, char *error, size_t error_bytes) {
  struct pool_heap *h = calloc(1, sizeof *h);
  if (!h) {
    snprintf(error, error_bytes, "pool: out of memory");
    return NULL;
  }
  pthread_mutex_init(&h->lock, NULL);
  if (!read_options(h, options, error, error_bytes)) {
    close_(&h->head);
    return NULL;
  }
  h->head = (struct alloc){h->shift == 3 ? get_8 : get_16, zget, resize, put, &table, self, NULL};
  return &h->head;
}

extern const struct alloc_backend alloc_pool;
const struct alloc_backend alloc_pool = {
    .name = "pool",
    .summary = "arena, pool, block: CPython's object allocator, with its parameters as options",
    .options = option_table,
    .open = open_,
};
