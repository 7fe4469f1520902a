/* The region, the table, and the bitmap of mapped arenas (see arena.h). */
#include "alloc/arena.h"
#include "base/check.h"
#include "os/map.h"
#include <stdlib.h>
#include <string.h>

bool (*arena_refuse)(void);

enum { RESERVE_LEAST_ARENAS = 16, HUGE_PAGE_BYTES = 2 << 20 };

static bool refused(void) { return UNLIKELY(arena_refuse != NULL) && arena_refuse(); }

static void reserve(struct arena_space *s, size_t bytes) {
  size_t alignment = s->arena_bytes > HUGE_PAGE_BYTES ? s->arena_bytes : HUGE_PAGE_BYTES;
  for (bytes = align_down(bytes, alignment); bytes >= RESERVE_LEAST_ARENAS * s->arena_bytes;
       bytes = align_down(bytes / 2, alignment)) {
    void *start = refused() ? NULL : map_reserve(bytes, alignment);
    if (start) {
      s->base = (uintptr_t)start;
      s->bytes = bytes;
      s->capacity = (uint32_t)(bytes >> s->arena_shift);
      return;
    }
  }
}

static bool open_table(struct arena_space *s, uint32_t arenas) {
  unsigned bits = ARENA_ADDRESS_BITS - s->arena_shift;
  s->leaf_bits = bits / 2;
  s->capacity = arenas;
  s->roots = calloc((size_t)1 << (bits - s->leaf_bits), sizeof *s->roots);
  s->starts = calloc(arenas, sizeof *s->starts);
  return s->roots && s->starts;
}

bool arena_open(struct arena_space *s, size_t arena_bytes, size_t reserve_bytes,
                uint32_t table_arenas) {
  *s = (struct arena_space){.arena_bytes = arena_bytes, .arena_shift = bit_lowest(arena_bytes)};
  reserve(s, reserve_bytes);
  bool fine = s->bytes || open_table(s, table_arenas);
  s->mapped = fine ? calloc((s->capacity + 63) / 64, sizeof *s->mapped) : NULL;
  if (s->mapped)
    return true;
  arena_close(s);
  return false;
}

void arena_close(struct arena_space *s) {
  if (s->bytes)
    map_release((void *)s->base, s->bytes);
  else if (s->mapped)
    for (uint32_t n = 0; n < s->highest; n++)
      if (arena_is_mapped(s, n))
        map_release((void *)s->starts[n], s->arena_bytes);
  if (s->roots)
    for (size_t i = 0; i < (size_t)1 << (ARENA_ADDRESS_BITS - s->arena_shift - s->leaf_bits); i++)
      free(s->roots[i]);
  free(s->roots);
  free(s->starts);
  free(s->mapped);
  *s = (struct arena_space){0};
}

/* The entry of an address in the table; NULL where there is no leaf (and none can be made). */
static uint32_t *table_entry(const struct arena_space *s, uintptr_t address, bool make) {
  if (address >> ARENA_ADDRESS_BITS)
    return NULL;
  size_t index = address >> s->arena_shift, leaf_items = (size_t)1 << s->leaf_bits;
  uint32_t **leaf = &s->roots[index >> s->leaf_bits];
  if (!*leaf && make)
    *leaf = calloc(leaf_items, sizeof **leaf);
  return *leaf ? &(*leaf)[index & (leaf_items - 1)] : NULL;
}

size_t arena_table_offset(const struct arena_space *s, const void *p) {
  const uint32_t *entry = table_entry(s, (uintptr_t)p, false);
  if (!entry || !*entry)
    return SIZE_MAX;
  return ((size_t)(*entry - 1) << s->arena_shift) | ((uintptr_t)p & (s->arena_bytes - 1));
}

static bool map_in_table(struct arena_space *s, uint32_t number) {
  void *start = map_anonymous(s->arena_bytes, s->arena_bytes);
  if (!start)
    return false;
  uint32_t *entry = table_entry(s, (uintptr_t)start, true);
  if (!entry) {
    map_release(start, s->arena_bytes);
    return false;
  }
  *entry = number + 1;
  s->starts[number] = (uintptr_t)start;
  return true;
}

static uint32_t lowest_free(struct arena_space *s) {
  for (size_t word = s->lowest / 64; word * 64 < s->capacity; word++)
    if (~s->mapped[word]) {
      uint32_t number = (uint32_t)(word * 64 + bit_lowest(~s->mapped[word]));
      return number < s->capacity ? number : ARENA_NONE;
    }
  return ARENA_NONE;
}

uint32_t arena_map(struct arena_space *s) {
  uint32_t number = lowest_free(s);
  if (number == ARENA_NONE || refused())
    return ARENA_NONE;
  bool fine =
      s->bytes ? map_commit(arena_start(s, number), s->arena_bytes) : map_in_table(s, number);
  if (!fine)
    return ARENA_NONE;
  s->mapped[number / 64] |= (uint64_t)1 << number % 64;
  s->lowest = number + 1;
  if (number >= s->highest)
    s->highest = number + 1;
  if (++s->n_mapped > s->peak_mapped)
    s->peak_mapped = s->n_mapped;
  s->created++;
  return number;
}

void arena_unmap(struct arena_space *s, uint32_t first, uint32_t n) {
  for (uint32_t number = first; number < first + n; number++) {
    CHECK(arena_is_mapped(s, number));
    if (!s->bytes) {
      *table_entry(s, s->starts[number], false) = 0;
      map_release((void *)s->starts[number], s->arena_bytes);
      s->starts[number] = 0;
    }
    s->mapped[number / 64] &= ~((uint64_t)1 << number % 64);
  }
  if (s->bytes)
    map_uncommit(arena_start(s, first), (size_t)n << s->arena_shift);
  if (first < s->lowest)
    s->lowest = first;
  s->n_mapped -= n;
  s->released += n;
}
