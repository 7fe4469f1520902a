/* Backend `magazine`, below the blocks: pools from arenas, arenas from the kernel, and how much
 * idle memory is kept (structures and invariants: magazine.h). The caller holds the heap's lock.
 *
 * The budget for idle arenas guesses from the past. A program that gives memory back and soon asks
 * for it again pays 500 allocations for each page fault, so each time that happens the budget
 * doubles, up to the most the heap ever had; quiet moments halve it. "Soon" is counted in pools
 * taken, not in seconds, so that the same program keeps the same memory at any speed. */
#include "alloc/magazine.h"
#include "base/check.h"
#include "os/map.h"
#include <string.h>

enum { SOON_POOLS = 4096 };

/* ---- buckets of arenas by free pools, and the list of idle ones ---- */

void magazine_reset_arenas(struct magazine_heap *h) {
  memset(h->bucket, 0xff, sizeof h->bucket);
  memset(h->filled, 0, sizeof h->filled);
  h->idle_first = h->idle_last = MAGAZINE_NONE;
  h->n_idle = 0;
}

static uint16_t pools_of_kind(enum magazine_kind kind) {
  return (uint16_t)(MAGAZINE_ARENA_UNITS / magazine_pool_units(kind));
}

static void link_bucket(struct magazine_heap *h, uint32_t number) {
  struct magazine_arena *a = &h->arenas[number];
  if (!a->free_pools)
    return;
  uint32_t *first = &h->bucket[a->kind][a->free_pools];
  a->prev = MAGAZINE_NONE;
  a->next = *first;
  if (*first != MAGAZINE_NONE)
    h->arenas[*first].prev = number;
  *first = number;
  h->filled[a->kind][a->free_pools / 64] |= (uint64_t)1 << a->free_pools % 64;
}

static void unlink_bucket(struct magazine_heap *h, uint32_t number) {
  struct magazine_arena *a = &h->arenas[number];
  if (!a->free_pools)
    return;
  uint32_t *first = &h->bucket[a->kind][a->free_pools];
  if (a->next != MAGAZINE_NONE)
    h->arenas[a->next].prev = a->prev;
  if (a->prev != MAGAZINE_NONE)
    h->arenas[a->prev].next = a->next;
  else if ((*first = a->next) == MAGAZINE_NONE)
    h->filled[a->kind][a->free_pools / 64] &= ~((uint64_t)1 << a->free_pools % 64);
}

static uint32_t fullest_arena(const struct magazine_heap *h, enum magazine_kind kind) {
  for (size_t word = 0; word < ARRAY_SIZE(h->filled[kind]); word++)
    if (h->filled[kind][word])
      return h->bucket[kind][word * 64 + bit_lowest(h->filled[kind][word])];
  return MAGAZINE_NONE;
}

static void link_idle(struct magazine_heap *h, uint32_t number) {
  struct magazine_arena *a = &h->arenas[number];
  a->prev = MAGAZINE_NONE;
  a->next = h->idle_first;
  if (a->next != MAGAZINE_NONE)
    h->arenas[a->next].prev = number;
  else
    h->idle_last = number;
  h->idle_first = number;
  h->n_idle++;
}

static void unlink_idle(struct magazine_heap *h, uint32_t number) {
  struct magazine_arena *a = &h->arenas[number];
  if (a->prev != MAGAZINE_NONE)
    h->arenas[a->prev].next = a->next;
  else
    h->idle_first = a->next;
  if (a->next != MAGAZINE_NONE)
    h->arenas[a->next].prev = a->prev;
  else
    h->idle_last = a->prev;
  h->n_idle--;
}

/* ---- arenas ---- */

/* Nothing is taken from it yet; its records say so. */
static void prepare(struct magazine_heap *h, uint32_t number, enum magazine_kind kind,
                    bool is_clean) {
  h->arenas[number] = (struct magazine_arena){.free_first = MAGAZINE_NONE,
                                              .free_pools = pools_of_kind(kind),
                                              .kind = (uint8_t)kind,
                                              .is_huge = h->arenas[number].is_huge};
  struct magazine_pool *pool = &h->pools[(size_t)number * MAGAZINE_ARENA_UNITS];
  for (size_t i = 0; i < MAGAZINE_ARENA_UNITS; i++)
    pool[i] = (struct magazine_pool){.is_free = true, .is_clean = is_clean};
}

static void double_budget(struct magazine_heap *h, size_t most) {
  size_t doubled = 2 * h->budget < most ? 2 * h->budget : most;
  if (doubled > h->budget)
    h->budget = doubled;
}

static uint32_t map_arena(struct magazine_heap *h, enum magazine_kind kind) {
  uint32_t number = arena_map(&h->space);
  if (number == ARENA_NONE)
    return MAGAZINE_NONE;
  size_t mapped = (size_t)h->space.n_mapped * MAGAZINE_ARENA_BYTES;
  size_t peak = (size_t)h->space.peak_mapped * MAGAZINE_ARENA_BYTES;
  if (h->released_at && h->pools_taken - h->released_at < SOON_POOLS + peak / MAGAZINE_UNIT_BYTES)
    double_budget(h, peak);
  h->arenas[number].is_huge = mapped > h->huge_from;
  map_advise_huge(arena_start(&h->space, number), MAGAZINE_ARENA_BYTES, h->arenas[number].is_huge);
  prepare(h, number, kind, true);
  return number;
}

/* An arena with free pools of this kind: the fullest, the most recent idle one, or a new one. */
static uint32_t find_arena(struct magazine_heap *h, enum magazine_kind kind) {
  uint32_t number = fullest_arena(h, kind);
  if (number != MAGAZINE_NONE) {
    unlink_bucket(h, number);
    return number;
  }
  number = h->idle_first;
  if (number == MAGAZINE_NONE)
    return map_arena(h, kind);
  unlink_idle(h, number);
  if (h->arenas[number].kind != kind)
    prepare(h, number, kind, false);
  return number;
}

void magazine_release_idle(struct magazine_heap *h, size_t budget) {
  while ((size_t)h->n_idle * MAGAZINE_ARENA_BYTES > budget) {
    uint32_t number = h->idle_last;
    unlink_idle(h, number);
    arena_unmap(&h->space, number, 1);
    h->released_at = h->pools_taken;
  }
}

/* ---- pools ---- */

/* All blocks are free. Their bits are `step` apart. */
static void fill_bitmap(struct magazine_heap *h, uint32_t pool, const struct magazine_class *k) {
  uint64_t *words = magazine_bitmap(h, pool);
  uint32_t step = k->bytes >> k->shift, bits = k->capacity * step;
  if (step == 1) {
    for (uint32_t w = 0; w < bits / 64; w++)
      words[w] = ~(uint64_t)0;
    if (bits % 64)
      words[bits / 64] = ((uint64_t)1 << bits % 64) - 1;
    return;
  }
  memset(words, 0, (bits + 63) / 64 * sizeof *words);
  for (uint32_t bit = 0; bit < bits; bit += step)
    words[bit / 64] |= (uint64_t)1 << bit % 64;
}

uint32_t magazine_take_pool(struct magazine_heap *h, uint32_t size_class) {
  enum magazine_kind kind = h->size_class[size_class].kind;
  uint32_t number = find_arena(h, kind);
  if (number == MAGAZINE_NONE)
    return MAGAZINE_NONE;
  struct magazine_arena *a = &h->arenas[number];
  uint32_t pool = a->free_first;
  if (pool != MAGAZINE_NONE) {
    a->free_first = h->pools[pool].next;
  } else {
    pool = number * MAGAZINE_ARENA_UNITS + a->taken;
    a->taken = (uint16_t)(a->taken + magazine_pool_units(kind));
  }
  a->free_pools--;
  link_bucket(h, number);
  struct magazine_pool *p = &h->pools[pool];
  if (p->is_clean && kind == MAGAZINE_SMALL && !a->is_huge) /* of these all is soon in use */
    map_populate(magazine_pool_start(h, pool), MAGAZINE_UNIT_BYTES);
  *p = (struct magazine_pool){.size_class = (uint8_t)size_class,
                              .free = h->size_class[size_class].capacity};
  fill_bitmap(h, pool, &h->size_class[size_class]);
  memset(h->classes + pool, (int)size_class, magazine_pool_units(kind));
  h->pools_taken++;
  return pool;
}

void magazine_give_pool(struct magazine_heap *h, uint32_t pool) {
  uint32_t number = pool / MAGAZINE_ARENA_UNITS;
  struct magazine_arena *a = &h->arenas[number];
  struct magazine_pool *p = &h->pools[pool];
  memset(h->classes + pool, 0, magazine_pool_units(a->kind));
  unlink_bucket(h, number);
  *p = (struct magazine_pool){.next = a->free_first, .is_free = true};
  a->free_first = pool;
  a->free_pools++;
  if (a->free_pools < pools_of_kind(a->kind)) {
    link_bucket(h, number);
    return;
  }
  link_idle(h, number);
  magazine_release_idle(h, h->budget);
}

/* ---- giving memory back ---- */

/* Purges the free pools of an arena, each run of neighbours with one call. */
static void purge_pools(struct magazine_heap *h, uint32_t number) {
  struct magazine_arena *a = &h->arenas[number];
  uint32_t first = number * MAGAZINE_ARENA_UNITS, units = magazine_pool_units(a->kind), run = 0;
  for (uint32_t i = 0; i <= a->taken; i += units) {
    struct magazine_pool *p = &h->pools[first + i];
    if (i < a->taken && p->is_free && !p->is_clean) {
      *p = (struct magazine_pool){.next = p->next, .is_free = true, .is_clean = true};
      run += units;
    } else if (run) {
      map_purge(magazine_pool_start(h, first + i - run), (size_t)run * MAGAZINE_UNIT_BYTES);
      run = 0;
    }
  }
}

void magazine_purge(struct magazine_heap *h) {
  while (h->n_idle) { /* runs of idle neighbours with one call */
    uint32_t first = h->idle_first, n = 0;
    while (first && arena_is_mapped(&h->space, first - 1) &&
           h->arenas[first - 1].free_pools == pools_of_kind(h->arenas[first - 1].kind))
      first--;
    while (arena_is_mapped(&h->space, first + n) &&
           h->arenas[first + n].free_pools == pools_of_kind(h->arenas[first + n].kind))
      unlink_idle(h, first + n++);
    arena_unmap(&h->space, first, n);
  }
  for (uint32_t number = 0; number < h->space.highest; number++)
    if (arena_is_mapped(&h->space, number))
      purge_pools(h, number);
}
