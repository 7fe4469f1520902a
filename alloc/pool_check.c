/* The examination of a `pool` heap: walk, statistics, and the check of every invariant in pool.h.
 *
 * All three take the heap's lock for their whole duration. The check trusts nothing it has not
 * verified: a pointer is followed only after it was seen to lead to where it should, and lists are
 * bounded by what could be on them, so that a corrupted heap is reported and not run into. */
#include "alloc/pool.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pool *pool_at(const struct pool_heap *h, const struct arena *a, uint32_t i) {
  return (struct pool *)(a->start + i * h->pool_bytes);
}
static bool is_carved(const struct arena *a, const struct pool *p) {
  return (char *)p < a->next_pool;
}

static int by_address(const void *x, const void *y) {
  const struct arena *a = *(struct arena *const *)x, *b = *(struct arena *const *)y;
  return a->start < b->start ? -1 : a->start > b->start;
}

/* The records of all mapped arenas in address order; NULL when memory is exhausted. */
static struct arena **mapped_arenas(const struct pool_heap *h, size_t *n) {
  struct arena **all = malloc((h->n_records + 1) * sizeof(struct arena *));
  if (!all)
    return NULL;
  *n = 0;
  for (size_t i = 0; i < ARRAY_SIZE(h->chunks) && h->chunks[i]; i++)
    for (uint32_t k = 0; k < (uint32_t)ARENA_RECORDS_FIRST << i; k++)
      if (h->chunks[i][k].start)
        all[(*n)++] = &h->chunks[i][k];
  qsort(all, *n, sizeof *all, by_address);
  return all;
}

/* ---- walk and statistics ---- */

static bool visit_arena(const struct pool_heap *h, const struct arena *a, uint32_t number,
                        bool (*visit)(const struct alloc_region *, void *), void *context) {
  struct alloc_region region = {.kind = ALLOC_REGION_ARENA,
                                .start = a->start,
                                .bytes = h->space.arena_bytes,
                                .arena = number};
  for (uint32_t i = 0; i < h->arena_pools; i++) {
    const struct pool *p = pool_at(h, a, i);
    if (is_carved(a, p))
      region.live_blocks += p->live;
  }
  if (!visit(&region, context))
    return false;
  for (uint32_t i = 0; i < h->arena_pools; i++) {
    const struct pool *p = pool_at(h, a, i);
    region = (struct alloc_region){
        .kind = ALLOC_REGION_POOL, .start = p, .bytes = h->pool_bytes, .arena = number, .pool = i};
    if (is_carved(a, p) && p->live) {
      region.block_bytes = (p->size_class + 1) << h->shift;
      region.live_blocks = p->live;
      region.capacity_blocks = (p->end_offset - POOL_HEADER_BYTES) / region.block_bytes;
    }
    if (!visit(&region, context))
      return false;
  }
  return true;
}

static void walk(struct pool_heap *h, bool (*visit)(const struct alloc_region *, void *),
                 void *context) {
  size_t n;
  struct arena **arenas = mapped_arenas(h, &n);
  for (size_t i = 0; arenas && i < n; i++)
    if (!visit_arena(h, arenas[i], (uint32_t)i, visit, context))
      break;
  free(arenas);
}

void pool_walk(struct alloc *a, bool (*visit)(const struct alloc_region *, void *), void *context) {
  struct pool_heap *h = (struct pool_heap *)a;
  pthread_mutex_lock(&h->lock);
  walk(h, visit, context);
  pthread_mutex_unlock(&h->lock);
}

static bool add_region(const struct alloc_region *region, void *context) {
  struct alloc_stats *out = context;
  if (region->kind == ALLOC_REGION_ARENA)
    return true;
  if (!region->live_blocks) {
    out->pools_free++;
    return true;
  }
  out->pools_used++;
  out->live_blocks += region->live_blocks;
  out->live_bytes += (uint64_t)region->live_blocks * region->block_bytes;
  for (uint32_t i = 0; i < out->n_classes; i++)
    if (out->classes[i].block_bytes == region->block_bytes) {
      out->classes[i].pools++;
      out->classes[i].live_blocks += region->live_blocks;
      out->classes[i].free_blocks += region->capacity_blocks - region->live_blocks;
    }
  return true;
}

void pool_stats(struct alloc *a, struct alloc_stats *out) {
  struct pool_heap *h = (struct pool_heap *)a;
  pthread_mutex_lock(&h->lock);
  out->mapped_bytes = (uint64_t)h->space.n_mapped * h->space.arena_bytes;
  out->peak_mapped_bytes = (uint64_t)h->space.peak_mapped * h->space.arena_bytes;
  out->arenas_mapped = h->space.n_mapped;
  out->arenas_created = h->space.created;
  out->arenas_released = h->space.released;
  out->pools_used = out->pools_free = out->live_blocks = out->live_bytes = 0;
  out->n_classes = h->classes;
  for (uint32_t i = 0; i < h->classes; i++)
    out->classes[i] = (struct alloc_class_stats){.block_bytes = (i + 1) << h->shift,
                                                 .requested_bytes = UINT64_MAX};
  walk(h, add_region, out);
  pthread_mutex_unlock(&h->lock);
  out->large_bytes = __atomic_load_n(&h->raw.live_bytes, __ATOMIC_RELAXED);
  out->live_bytes += out->large_bytes;
  out->live_blocks += __atomic_load_n(&h->raw.live_blocks, __ATOMIC_RELAXED);
}

/* ---- check ---- */

struct examination {
  const struct pool_heap *h;
  uint64_t *seen;                         /* a bit per block of the pool in hand */
  uint32_t used_pools[ALLOC_CLASSES_MAX]; /* by class: pools that must be on its list */
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

/* A pool with a class, used or full: offsets, free list, and the equation of its blocks. */
static bool check_blocks(struct examination *e, const struct pool *p) {
  const struct pool_heap *h = e->h;
  if (p->size_class >= h->classes)
    return violated(e, "pool %p: class %u of %u", (const void *)p, p->size_class, h->classes);
  uint32_t bytes = (p->size_class + 1) << h->shift;
  uint32_t capacity = (uint32_t)(h->pool_bytes - POOL_HEADER_BYTES) / bytes;
  uint32_t carved = (p->next_offset - POOL_HEADER_BYTES) / bytes;
  if (p->end_offset != POOL_HEADER_BYTES + capacity * bytes || p->next_offset > p->end_offset ||
      p->next_offset != POOL_HEADER_BYTES + carved * bytes)
    return violated(e, "pool %p: offsets %u and %u do not fit blocks of %u bytes", (const void *)p,
                    p->next_offset, p->end_offset, bytes);
  memset(e->seen, 0, (h->pool_bytes >> h->shift) / 8 + 8);
  uint32_t n = 0;
  for (const void *block = p->free; block; block = *(void *const *)block) {
    size_t offset = (uintptr_t)block - (uintptr_t)p - POOL_HEADER_BYTES, i = offset / bytes;
    if (offset >= (size_t)carved * bytes || offset % bytes)
      return violated(e, "pool %p: its free list leads to %p, which is no carved block of it",
                      (const void *)p, block);
    if (e->seen[i / 64] >> i % 64 & 1)
      return violated(e, "pool %p: block %p is twice on the free list", (const void *)p, block);
    e->seen[i / 64] |= (uint64_t)1 << i % 64;
    n++;
  }
  if (p->live + n != carved)
    return violated(e, "pool %p: %u live and %u free blocks, but %u carved", (const void *)p,
                    p->live, n, carved);
  if (p->live && p->live < capacity)
    e->used_pools[p->size_class]++;
  return true;
}

static bool check_arena(struct examination *e, const struct arena *a) {
  const struct pool_heap *h = e->h;
  size_t carved_bytes = (size_t)(a->next_pool - a->start);
  if (!arena_is_mapped(&h->space, a->number) || arena_start(&h->space, a->number) != a->start)
    return violated(e, "arena %p: number %u is not mapped there", (void *)a->start, a->number);
  if (carved_bytes > h->space.arena_bytes || carved_bytes % h->pool_bytes)
    return violated(e, "arena %p: next pool at %p", (void *)a->start, (void *)a->next_pool);
  uint32_t empty = 0, listed = 0;
  for (uint32_t i = 0; i < carved_bytes / h->pool_bytes; i++) {
    const struct pool *p = pool_at(h, a, i);
    if (p->arena != a)
      return violated(e, "pool %p: its arena is not %p", (const void *)p, (void *)a->start);
    if (!check_blocks(e, p))
      return false;
    empty += !p->live;
  }
  for (const struct pool *p = a->free; p; p = p->next, listed++) {
    size_t offset = (size_t)((const char *)p - a->start);
    if (offset >= carved_bytes || offset % h->pool_bytes || p->live || listed == empty)
      return violated(e, "arena %p: %p can't be on its list of free pools", (void *)a->start,
                      (const void *)p);
  }
  uint32_t untouched = h->arena_pools - (uint32_t)(carved_bytes / h->pool_bytes);
  if (listed != empty || a->free_pools != empty + untouched)
    return violated(e, "arena %p: %u free pools, but %u empty, %u listed, %u untouched",
                    (void *)a->start, a->free_pools, empty, listed, untouched);
  return true;
}

/* The list of each class holds exactly its used pools. */
static bool check_used(struct examination *e) {
  const struct pool_heap *h = e->h;
  for (uint32_t size_class = 0; size_class < ALLOC_CLASSES_MAX; size_class++) {
    const struct pool *before = NULL;
    uint32_t n = 0;
    for (const struct pool *p = h->used[size_class]; p; before = p, p = p->next, n++) {
      size_t offset = arena_offset(&h->space, p);
      if (offset % h->pool_bytes || offset >> h->space.arena_shift >= h->space.capacity ||
          !arena_is_mapped(&h->space, (uint32_t)(offset >> h->space.arena_shift)))
        return violated(e, "class %u: %p on its list is no pool", size_class, (const void *)p);
      uint32_t capacity = (p->end_offset - POOL_HEADER_BYTES) / ((size_class + 1) << h->shift);
      if (p->size_class != size_class || !p->live || p->live >= capacity || p->prev != before ||
          n == e->used_pools[size_class])
        return violated(e, "class %u: pool %p can't stand where it does on its list", size_class,
                        (const void *)p);
    }
    if (n != e->used_pools[size_class])
      return violated(e, "class %u: %u pools on its list, but %u are used", size_class, n,
                      e->used_pools[size_class]);
  }
  return true;
}

static bool is_record(const struct pool_heap *h, const struct arena *a) {
  for (size_t i = 0; i < ARRAY_SIZE(h->chunks) && h->chunks[i]; i++) {
    size_t distance = (uintptr_t)a - (uintptr_t)h->chunks[i];
    if (distance < (sizeof *a * ARENA_RECORDS_FIRST) << i)
      return distance % sizeof *a == 0;
  }
  return false;
}

/* The order of usable arenas, the groups within it, idle arenas, and the list of unused records. */
static bool check_lists(struct examination *e, size_t mapped, size_t with_free, uint32_t idle) {
  const struct pool_heap *h = e->h;
  const struct arena *before = NULL;
  size_t n = 0;
  uint32_t groups = 0;
  for (const struct arena *a = h->usable; a; before = a, a = a->next, n++) {
    if (!is_record(h, a) || !a->start || !a->free_pools || a->prev != before || n == with_free)
      return violated(e, "record %p can't stand where it does among the usable arenas",
                      (const void *)a);
    if (before && before->free_pools > a->free_pools)
      return violated(e, "arena %p with %u free pools stands behind one with %u", (void *)a->start,
                      a->free_pools, before->free_pools);
    if (!a->next || a->next->free_pools != a->free_pools) {
      groups++;
      if (h->last_with[a->free_pools] != a)
        return violated(e, "arena %p is the last with %u free pools, but not noted as such",
                        (void *)a->start, a->free_pools);
    }
  }
  if (n != with_free)
    return violated(e, "%zu usable arenas, but %zu have free pools", n, with_free);
  for (uint32_t i = 0; i <= h->arena_pools; i++)
    if (h->last_with[i] && !groups--)
      return violated(e, "no arena has %u free pools, but one is noted", i);
  if (idle != h->idle || idle > h->kept)
    return violated(e, "%u idle arenas, %u noted, %u may be kept", idle, h->idle, h->kept);
  n = 0;
  for (const struct arena *a = h->unused; a; a = a->next, n++)
    if (!is_record(h, a) || a->start || n == h->n_records - mapped)
      return violated(e, "record %p can't be among the unused", (const void *)a);
  if (n != h->n_records - mapped)
    return violated(e, "%zu unused records of %u, but %zu arenas", n, h->n_records, mapped);
  if (mapped != h->space.n_mapped || h->space.created - h->space.released != mapped)
    return violated(e, "%zu arenas, but %u mapped", mapped, h->space.n_mapped);
  return true;
}

static bool check_all(struct examination *e) {
  size_t n, with_free = 0;
  uint32_t idle = 0;
  struct arena **arenas = mapped_arenas(e->h, &n);
  e->seen = malloc((e->h->pool_bytes >> e->h->shift) / 8 + 8);
  bool fine = arenas && e->seen ? true : violated(e, "out of memory while checking");
  for (size_t i = 0; fine && i < n; i++) {
    fine = check_arena(e, arenas[i]);
    with_free += arenas[i]->free_pools != 0;
    idle += arenas[i]->free_pools == e->h->arena_pools;
  }
  fine = fine && check_used(e) && check_lists(e, n, with_free, idle);
  free(arenas);
  free(e->seen);
  return fine;
}

bool pool_check(struct alloc *a, char *error, size_t error_bytes) {
  struct pool_heap *h = (struct pool_heap *)a;
  struct examination e = {.h = h, .error = error, .error_bytes = error_bytes};
  pthread_mutex_lock(&h->lock);
  bool fine = check_all(&e);
  pthread_mutex_unlock(&h->lock);
  return fine;
}
