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

static void count_list(struct view *v, const void *block) {
  for (; block; block = *(void *const *)block)
    v->cached[pool_of_block(v->h, block)]++;
}

static void count_cached(struct view *v) {
  const struct magazine_cache *c = magazine_find_cache(v->h);
  for (uint32_t class = 1; c && class < v->h->n_classes; class ++) {
    count_list(v, c->loaded[class].first);
    count_list(v, c->second[class]);
  }
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
      region.block_bytes = h->class[p->class].bytes;
      region.capacity_blocks = h->class[p->class].capacity;
      region.live_blocks = p->carved - p->free - v->cached[pool];
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
      out->classes[i] = (struct alloc_class_stats){.block_bytes = h->class[i + 1].bytes,
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
  uint64_t
      seen[MAGAZINE_MID_UNITS * MAGAZINE_UNIT_BYTES / 8 / 64]; /* a bit per 8 bytes of a pool */
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

/* Is this the start of a block of the class that was carved? */
static bool is_block(const struct magazine_heap *h, const void *block, uint32_t class) {
  size_t offset = arena_offset(&h->space, block);
  if (offset >> MAGAZINE_UNIT_SHIFT >= (size_t)h->space.highest * MAGAZINE_ARENA_UNITS ||
      !arena_is_mapped(&h->space, (uint32_t)(offset >> h->space.arena_shift)) ||
      h->classes[offset >> MAGAZINE_UNIT_SHIFT] != class)
    return false;
  uint32_t pool = magazine_pool_of(h, offset);
  size_t inside = (size_t)((const char *)block - magazine_pool_start(h, pool));
  return inside % h->class[class].bytes == 0 &&
         inside / h->class[class].bytes < h->pools[pool].carved;
}

static bool check_magazine(struct examination *e, const void *block, uint32_t class) {
  uint32_t n = 0;
  for (; block; block = *(void *const *)block) {
    if (!is_block(e->view.h, block, class))
      return violated(e, "magazine of class %u: %p is no block of it", class, block);
    uint32_t pool = pool_of_block(e->view.h, block);
    e->view.cached[pool]++;
    if (e->view.cached[pool] > e->view.h->pools[pool].carved || n++ > 1 << 20)
      return violated(e, "magazine of class %u: a block is in it twice", class);
  }
  return true;
}

static bool check_magazines(struct examination *e) {
  const struct magazine_cache *c = magazine_find_cache(e->view.h);
  if (!c)
    return true;
  if (c->loaded[0].first || c->loaded[0].room || c->second[0])
    return violated(e, "the magazine of class 0 is not empty");
  for (uint32_t class = 1; class < e->view.h->n_classes; class ++) {
    if (c->loaded[class].room < 0)
      return violated(e, "magazine of class %u: room for %lld", class,
                      (long long)c->loaded[class].room);
    if (!check_magazine(e, c->loaded[class].first, class) ||
        !check_magazine(e, c->second[class], class))
      return false;
  }
  return true;
}

/* The free list of a pool in use or kept in its arena: length, end, carved blocks only, none twice.
 */
static bool check_list(struct examination *e, uint32_t pool, const struct magazine_pool *p) {
  const struct magazine_heap *h = e->view.h;
  const struct magazine_class *k = &h->class[p->class];
  const char *start = magazine_pool_start(h, pool);
  const void *last = NULL;
  uint32_t n = 0;
  memset(e->seen, 0, sizeof e->seen);
  for (const void *block = p->first; block; block = *(void *const *)block) {
    size_t inside = (size_t)((const char *)block - start);
    if (inside >= (size_t)p->carved * k->bytes || inside % k->bytes)
      return violated(e, "pool %u: its free list leads to %p, which is no carved block of it", pool,
                      block);
    if (e->seen[inside / 512] >> inside / 8 % 64 & 1)
      return violated(e, "pool %u: block %p is twice on the free list", pool, block);
    e->seen[inside / 512] |= (uint64_t)1 << inside / 8 % 64;
    last = block;
    n++;
  }
  if (n != p->free || p->free > p->carved || p->carved > k->capacity)
    return violated(e, "pool %u: %u blocks on the free list, %u noted, %u of %u carved", pool, n,
                    p->free, p->carved, k->capacity);
  if (n && last != p->last)
    return violated(e, "pool %u: its free list ends at %p, not at %p", pool, last, p->last);
  return true;
}

static bool check_pool(struct examination *e, uint32_t pool, uint32_t units) {
  const struct magazine_heap *h = e->view.h;
  const struct magazine_pool *p = &h->pools[pool];
  if (p->class >= h->n_classes || (!p->class && (!p->is_free || p->first || p->carved)) ||
      (p->class && h->class[p->class].kind != h->arenas[pool / MAGAZINE_ARENA_UNITS].kind))
    return violated(e, "pool %u: class %u can't be", pool, p->class);
  for (uint32_t i = 0; i < units; i++)
    if (h->classes[pool + i] != (p->is_free ? 0 : p->class))
      return violated(e, "pool %u: class %u, but the byte of unit %u says %u", pool, p->class,
                      pool + i, h->classes[pool + i]);
  if (p->class && !check_list(e, pool, p))
    return false;
  if (p->free + e->view.cached[pool] > p->carved)
    return violated(e, "pool %u: %u free and %u in magazines of %u carved", pool, p->free,
                    e->view.cached[pool], p->carved);
  if (p->is_free)
    return !p->carved || violated(e, "pool %u: in its arena with live blocks", pool);
  e->partial[p->class] += p->free > 0;
  if (p->carved ? p->free == p->carved : h->empty[p->class] != pool)
    return violated(e, "pool %u: empty, but not given back", pool);
  if (p->carved && p->carved < h->class[p->class].capacity && h->carving[p->class] != pool)
    return violated(e, "pool %u: not fully carved, but not the one being carved", pool);
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
  for (uint32_t class = 1; class < h->n_classes; class ++) {
    uint32_t before = MAGAZINE_NONE, n = 0;
    for (uint32_t pool = h->partial[class]; pool != MAGAZINE_NONE; pool = h->pools[pool].next) {
      if (pool / MAGAZINE_ARENA_UNITS >= h->space.highest ||
          !arena_is_mapped(&h->space, pool / MAGAZINE_ARENA_UNITS))
        return violated(e, "class %u: %u on its list is no pool", class, pool);
      const struct magazine_pool *p = &h->pools[pool];
      if (p->class != class || p->is_free || !p->first || p->prev != before ||
          n++ == e->partial[class])
        return violated(e, "class %u: pool %u can't stand where it does on its list", class, pool);
      before = pool;
    }
    if (n != e->partial[class])
      return violated(e, "class %u: %u pools on its list, but %u have free blocks", class, n,
                      e->partial[class]);
    uint32_t empty = h->empty[class];
    if (empty != MAGAZINE_NONE &&
        (h->pools[empty].is_free || h->pools[empty].class != class || h->pools[empty].carved))
      return violated(e, "class %u: pool %u is noted as empty", class, empty);
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
