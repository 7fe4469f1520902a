/* The examination of a `magazine` heap: walk, statistics, and the check of every invariant in
 * magazine.h.
 *
 * Blocks in the magazines of the calling thread are known as free: they are counted by pool first.
 * Those in other threads' magazines are theirs alone to read, and count as live. All functions hold
 * the heap's lock; the check follows no pointer that it has not verified. */
#include "alloc/magazine.h"
#include "base/check.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct view {
  struct magazine_heap *h;
  uint32_t *arenas; /* mapped ones, in address order */
  uint32_t n_arenas;
  uint32_t *cached; /* by pool number: blocks in the caller's magazines */
};

static void close_view(struct view *v) {
  free(v->arenas);
  free(v->cached);
}

static uint32_t pool_of_block(const struct magazine_heap *h, const void *block) {
  return magazine_pool_of(h, arena_offset(&h->space, block));
}

/* In table mode numbers say nothing about addresses; arenas are few then. */
static void sort_by_address(struct view *v) {
  const struct arena_space *s = &v->h->space;
  for (uint32_t i = 1; i < v->n_arenas; i++) {
    uint32_t number = v->arenas[i], k = i;
    for (; k && arena_start(s, v->arenas[k - 1]) > arena_start(s, number); k--)
      v->arenas[k] = v->arenas[k - 1];
    v->arenas[k] = number;
  }
}

/* Under the lock. False when memory is exhausted. */
static bool open_view(struct view *v, struct magazine_heap *h) {
  *v = (struct view){.h = h};
  v->arenas = malloc((h->space.n_mapped + 1) * sizeof *v->arenas);
  v->cached = calloc((size_t)h->space.highest * MAGAZINE_ARENA_UNITS + 1, sizeof *v->cached);
  if (!v->arenas || !v->cached) {
    close_view(v);
    return false;
  }
  for (uint32_t number = 0; number < h->space.highest; number++)
    if (arena_is_mapped(&h->space, number))
      v->arenas[v->n_arenas++] = number;
  if (!h->space.bytes)
    sort_by_address(v);
  return true;
}

static void count_cached(struct view *v) {
  const struct magazine_cache *c = magazine_find_cache(v->h);
  for (uint32_t size_class = 1; c && size_class < v->h->n_classes; size_class++)
    for (uint32_t i = 0; i < c->loaded[size_class].n; i++)
      v->cached[pool_of_block(v->h, c->loaded[size_class].items[i])]++;
}

/* ---- walk and statistics ---- */

static bool visit_pools(const struct view *v, uint32_t i, bool report_arena,
                        struct alloc_region *arena,
                        bool (*visit)(const struct alloc_region *, void *), void *context) {
  const struct magazine_heap *h = v->h;
  uint32_t number = v->arenas[i];
  uint32_t units = magazine_pool_units(h->arenas[number].kind);
  for (uint32_t unit = 0; unit < MAGAZINE_ARENA_UNITS; unit += units) {
    uint32_t pool = number * MAGAZINE_ARENA_UNITS + unit;
    const struct magazine_pool *p = &h->pools[pool];
    struct alloc_region region = {.kind = ALLOC_REGION_POOL,
                                  .start = magazine_pool_start(h, pool),
                                  .bytes = (size_t)units * MAGAZINE_UNIT_BYTES,
                                  .arena = i,
                                  .pool = unit / units};
    if (!p->is_free) {
      region.block_bytes = h->size_class[p->size_class].bytes;
      region.capacity_blocks = h->size_class[p->size_class].capacity;
      region.live_blocks = region.capacity_blocks - p->free - v->cached[pool];
    }
    if (report_arena)
      arena->live_blocks += region.live_blocks;
    else if (!visit(&region, context))
      return false;
  }
  return !report_arena || visit(arena, context);
}

static void walk(const struct view *v, bool (*visit)(const struct alloc_region *, void *),
                 void *context) {
  for (uint32_t i = 0; i < v->n_arenas; i++) {
    struct alloc_region arena = {.kind = ALLOC_REGION_ARENA,
                                 .start = arena_start(&v->h->space, v->arenas[i]),
                                 .bytes = MAGAZINE_ARENA_BYTES,
                                 .arena = i};
    if (!visit_pools(v, i, true, &arena, visit, context) ||
        !visit_pools(v, i, false, &arena, visit, context))
      return;
  }
}

void magazine_walk(struct alloc *a, bool (*visit)(const struct alloc_region *, void *),
                   void *context) {
  struct magazine_heap *h = (struct magazine_heap *)a;
  struct view v;
  pthread_mutex_lock(&h->lock);
  if (open_view(&v, h)) {
    count_cached(&v);
    walk(&v, visit, context);
    close_view(&v);
  }
  pthread_mutex_unlock(&h->lock);
}

struct tally {
  const struct magazine_heap *h;
  struct alloc_stats *out;
};

static bool add_region(const struct alloc_region *region, void *context) {
  struct tally *t = context;
  struct alloc_stats *out = t->out;
  if (region->kind == ALLOC_REGION_ARENA)
    return true;
  out->pools_used += region->live_blocks > 0;
  out->pools_free += region->live_blocks == 0;
  if (!region->block_bytes)
    return true;
  struct alloc_class_stats *k = &out->classes[t->h->class_of[(region->block_bytes + 7) / 8] - 1];
  out->live_blocks += region->live_blocks;
  out->live_bytes += (uint64_t)region->live_blocks * region->block_bytes;
  k->pools++;
  k->live_blocks += region->live_blocks;
  k->free_blocks += region->capacity_blocks - region->live_blocks;
  return true;
}

void magazine_stats(struct alloc *a, struct alloc_stats *out) {
  struct magazine_heap *h = (struct magazine_heap *)a;
  struct view v;
  pthread_mutex_lock(&h->lock);
  out->mapped_bytes = (uint64_t)h->space.n_mapped * MAGAZINE_ARENA_BYTES;
  out->peak_mapped_bytes = (uint64_t)h->space.peak_mapped * MAGAZINE_ARENA_BYTES;
  out->arenas_mapped = h->space.n_mapped;
  out->arenas_created = h->space.created;
  out->arenas_released = h->space.released;
  if (open_view(&v, h)) {
    out->pools_used = out->pools_free = out->live_blocks = out->live_bytes = 0;
    out->n_classes = h->n_classes - 1;
    for (uint32_t i = 0; i < out->n_classes; i++)
      out->classes[i] = (struct alloc_class_stats){.block_bytes = h->size_class[i + 1].bytes,
                                                   .requested_bytes = UINT64_MAX};
    count_cached(&v);
    walk(&v, add_region, &(struct tally){h, out});
    close_view(&v);
    out->large_bytes = __atomic_load_n(&h->raw.live_bytes, __ATOMIC_RELAXED);
    out->live_bytes += out->large_bytes;
    out->live_blocks += __atomic_load_n(&h->raw.live_blocks, __ATOMIC_RELAXED);
  }
  pthread_mutex_unlock(&h->lock);
}

/* ---- check ---- */

struct examination {
  struct view view;
  void *sorted[1024];                 /* the magazine in hand */
  uint32_t partial[MAGAZINE_CLASSES]; /* pools that must be on the class's list */
  uint32_t idle;
  char *error;
  size_t error_bytes;
};

static bool violated(struct examination *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool violated(struct examination *e, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(e->error, e->error_bytes, format, args);
  va_end(args);
  return false;
}

/* Is this the start of a block of the class that the heap has handed out? */
static bool is_block(const struct magazine_heap *h, const void *block, uint32_t size_class) {
  size_t offset = arena_offset(&h->space, block);
  if (offset >> MAGAZINE_UNIT_SHIFT >= (size_t)h->space.highest * MAGAZINE_ARENA_UNITS ||
      !arena_is_mapped(&h->space, (uint32_t)(offset >> h->space.arena_shift)) ||
      h->classes[offset >> MAGAZINE_UNIT_SHIFT] != size_class)
    return false;
  uint32_t pool = magazine_pool_of(h, offset);
  size_t inside = (size_t)((const char *)block - magazine_pool_start(h, pool));
  size_t bit = inside >> h->size_class[size_class].shift;
  return inside % h->size_class[size_class].bytes == 0 &&
         inside / h->size_class[size_class].bytes < h->size_class[size_class].capacity &&
         !(magazine_bitmap(h, pool)[bit / 64] >> bit % 64 & 1);
}

static int by_address(const void *x, const void *y) {
  const char *a = *(char *const *)x, *b = *(char *const *)y;
  return a < b ? -1 : a > b;
}

static bool check_magazine(struct examination *e, const struct magazine *m, uint32_t size_class) {
  if (m->n > m->limit || m->limit != e->view.h->size_class[size_class].limit)
    return violated(e, "magazine of class %u: %u blocks of %u", size_class, m->n, m->limit);
  for (uint32_t i = 0; i < m->n; i++) {
    if (!is_block(e->view.h, m->items[i], size_class))
      return violated(e, "magazine of class %u: %p is no block of it", size_class, m->items[i]);
    e->view.cached[pool_of_block(e->view.h, m->items[i])]++;
  }
  memcpy(e->sorted, m->items, m->n * sizeof *m->items);
  qsort(e->sorted, m->n, sizeof *e->sorted, by_address);
  for (uint32_t i = 1; i < m->n; i++)
    if (e->sorted[i] == e->sorted[i - 1])
      return violated(e, "magazine of class %u: block %p is in it twice", size_class, e->sorted[i]);
  return true;
}

static bool check_magazines(struct examination *e) {
  const struct magazine_cache *c = magazine_find_cache(e->view.h);
  if (!c)
    return true;
  if (c->loaded[0].n || c->loaded[0].limit)
    return violated(e, "the magazine of class 0 is not empty");
  for (uint32_t size_class = 1; size_class < e->view.h->n_classes; size_class++)
    if (!check_magazine(e, &c->loaded[size_class], size_class))
      return false;
  return true;
}

/* The bitmap of a pool in use: the number of bits, and none that is no block's. */
static bool check_bitmap(struct examination *e, uint32_t pool, const struct magazine_pool *p) {
  const struct magazine_heap *h = e->view.h;
  const struct magazine_class *k = &h->size_class[p->size_class];
  const uint64_t *words = magazine_bitmap(h, pool);
  uint32_t step = k->bytes >> k->shift, bits = k->capacity * step, n = 0;
  for (uint32_t w = 0; w < (bits + 63) / 64; w++)
    for (uint64_t word = words[w]; word; word &= word - 1, n++) {
      uint32_t bit = w * 64 + bit_lowest(word);
      if (bit % step || bit >= bits)
        return violated(e, "pool %u: bit %u is no block's", pool, bit);
    }
  if (n != p->free)
    return violated(e, "pool %u: %u bits are set, %u noted as free", pool, n, p->free);
  return true;
}

static bool check_pool(struct examination *e, uint32_t pool, uint32_t units) {
  const struct magazine_heap *h = e->view.h;
  const struct magazine_pool *p = &h->pools[pool];
  if (p->size_class >= h->n_classes || !p->size_class != (bool)p->is_free ||
      (p->size_class &&
       h->size_class[p->size_class].kind != h->arenas[pool / MAGAZINE_ARENA_UNITS].kind))
    return violated(e, "pool %u: class %u can't be", pool, p->size_class);
  for (uint32_t i = 0; i < units; i++)
    if (h->classes[pool + i] != (p->is_free ? 0 : p->size_class))
      return violated(e, "pool %u: class %u, but the byte of unit %u says %u", pool, p->size_class,
                      pool + i, h->classes[pool + i]);
  if (p->is_free)
    return true;
  uint32_t capacity = h->size_class[p->size_class].capacity;
  if (!check_bitmap(e, pool, p))
    return false;
  if (p->free + e->view.cached[pool] > capacity)
    return violated(e, "pool %u: %u free and %u in magazines of %u", pool, p->free,
                    e->view.cached[pool], capacity);
  if ((p->free == capacity) != (h->empty[p->size_class] == pool))
    return violated(e, "pool %u: empty, but not kept as such", pool);
  e->partial[p->size_class] += p->free > 0 && p->free < capacity;
  return true;
}

static bool check_arena(struct examination *e, uint32_t number) {
  const struct magazine_heap *h = e->view.h;
  const struct magazine_arena *a = &h->arenas[number];
  uint32_t units = magazine_pool_units(a->kind), first = number * MAGAZINE_ARENA_UNITS;
  uint32_t is_free = 0, listed = 0;
  for (uint32_t i = 0; i < a->taken; i += units) {
    if (!check_pool(e, first + i, units))
      return false;
    is_free += h->pools[first + i].is_free;
  }
  for (uint32_t pool = a->free_first; pool != MAGAZINE_NONE; pool = h->pools[pool].next, listed++)
    if (pool - first >= a->taken || pool % units || !h->pools[pool].is_free || listed == is_free)
      return violated(e, "arena %u: pool %u can't be on its list", number, pool);
  uint32_t untouched = (MAGAZINE_ARENA_UNITS - a->taken) / units;
  if (listed != is_free || a->free_pools != is_free + untouched)
    return violated(e, "arena %u: %u free pools, but %u are free, %u listed, %u untouched", number,
                    a->free_pools, is_free, listed, untouched);
  e->idle += a->free_pools == MAGAZINE_ARENA_UNITS / units;
  return true;
}

static bool check_partial(struct examination *e) {
  const struct magazine_heap *h = e->view.h;
  for (uint32_t size_class = 1; size_class < h->n_classes; size_class++) {
    uint32_t before = MAGAZINE_NONE, n = 0;
    for (uint32_t pool = h->partial[size_class]; pool != MAGAZINE_NONE;
         pool = h->pools[pool].next) {
      if (pool / MAGAZINE_ARENA_UNITS >= h->space.highest ||
          !arena_is_mapped(&h->space, pool / MAGAZINE_ARENA_UNITS))
        return violated(e, "class %u: %u on its list is no pool", size_class, pool);
      const struct magazine_pool *p = &h->pools[pool];
      if (p->size_class != size_class || p->is_free || !p->free || p->prev != before ||
          n++ == e->partial[size_class])
        return violated(e, "class %u: pool %u can't stand where it does on its list", size_class,
                        pool);
      before = pool;
    }
    if (n != e->partial[size_class])
      return violated(e, "class %u: %u pools on its list, but %u have free blocks", size_class, n,
                      e->partial[size_class]);
    uint32_t empty = h->empty[size_class];
    if (empty != MAGAZINE_NONE &&
        (h->pools[empty].is_free || h->pools[empty].size_class != size_class ||
         h->pools[empty].free != h->size_class[size_class].capacity))
      return violated(e, "class %u: pool %u is noted as empty", size_class, empty);
  }
  return true;
}

/* Each arena with free pools is in its bucket, or idle; buckets hold nothing else. */
static bool check_buckets(struct examination *e) {
  const struct magazine_heap *h = e->view.h;
  uint32_t expected = 0, n = 0;
  for (uint32_t i = 0; i < e->view.n_arenas; i++)
    expected += h->arenas[e->view.arenas[i]].free_pools > 0;
  for (uint32_t kind = 0; kind < MAGAZINE_KINDS; kind++)
    for (uint32_t f = 0; f <= MAGAZINE_ARENA_UNITS; f++) {
      uint32_t before = MAGAZINE_NONE, number = h->bucket[kind][f];
      if ((h->filled[kind][f / 64] >> f % 64 & 1) != (number != MAGAZINE_NONE))
        return violated(e, "bucket %u of kind %u: its bit is wrong", f, kind);
      for (; number != MAGAZINE_NONE; before = number, number = h->arenas[number].next)
        if (!arena_is_mapped(&h->space, number) || h->arenas[number].kind != kind || !f ||
            h->arenas[number].free_pools != f || h->arenas[number].prev != before ||
            n++ == expected)
          return violated(e, "arena %u can't be in bucket %u", number, f);
    }
  uint32_t idle = 0, before = MAGAZINE_NONE;
  for (uint32_t a = h->idle_first; a != MAGAZINE_NONE; before = a, a = h->arenas[a].next)
    if (!arena_is_mapped(&h->space, a) || h->arenas[a].prev != before || idle++ == h->n_idle ||
        h->arenas[a].free_pools * magazine_pool_units(h->arenas[a].kind) != MAGAZINE_ARENA_UNITS)
      return violated(e, "arena %u can't be among the idle", a);
  if (idle != h->n_idle || idle != e->idle || h->idle_last != before || n + idle != expected)
    return violated(e, "%u idle arenas, %u noted, %u listed; %u in buckets of %u", e->idle,
                    h->n_idle, idle, n, expected);
  if ((size_t)idle * MAGAZINE_ARENA_BYTES > h->budget || h->budget < h->floor)
    return violated(e, "%u idle arenas with a budget of %zu bytes", idle, h->budget);
  return true;
}

static bool check_all(struct examination *e) {
  if (!check_magazines(e))
    return false;
  for (uint32_t i = 0; i < e->view.n_arenas; i++)
    if (!check_arena(e, e->view.arenas[i]))
      return false;
  return check_partial(e) && check_buckets(e);
}

bool magazine_check(struct alloc *a, char *error, size_t error_bytes) {
  struct magazine_heap *h = (struct magazine_heap *)a;
  static const char no_memory[] = "out of memory while checking";
  struct examination *e = calloc(1, sizeof *e);
  bool fine = false;
  if (!e) {
    snprintf(error, error_bytes, "%s", no_memory);
    return false;
  }
  e->error = error;
  e->error_bytes = error_bytes;
  pthread_mutex_lock(&h->lock);
  if (open_view(&e->view, h)) {
    fine = check_all(e);
    close_view(&e->view);
  } else {
    violated(e, "%s", no_memory);
  }
  pthread_mutex_unlock(&h->lock);
  free(e);
  return fine;
}
