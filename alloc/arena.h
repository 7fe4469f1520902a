/* Address space for arenas: maps them, gives them back, and knows which addresses are theirs.
 *
 * One idea: all arenas of a heap stand in one reserved region, so that "is this block ours?" is one
 * subtraction and one comparison. Where the kernel refuses the reservation (a limit on address
 * space), arenas are mapped wherever there is room and a two-level table answers the question.
 *
 * An arena is known by its number: its place in the region, or its entry in the table. Numbers are
 * given out lowest first, and again after the arena was unmapped.
 *
 *     region   base                base + n * arena_bytes                base + bytes
 *              | arena 0 | arena 1 | (unmapped) | arena 3 | ...          |
 *
 *     table    address bits  47 ........ | ........ arena_shift | ... 0
 *                            `roots` index  leaf index            inside the arena
 *
 * Not thread-safe: the heap's lock protects it, except arena_owns while `bytes` is not 0.
 *
 * Invariants: number n is mapped if and only if its bit in `mapped` is set; n_mapped counts the
 * bits; all bits below `lowest` are set; created - released == n_mapped. */
#pragma once
#include "base/bits.h"

enum { ARENA_ADDRESS_BITS = 48 };

struct arena_space {
  uintptr_t base;     /* of the region; 0 in table mode */
  size_t bytes;       /* of the region; 0 in table mode, where no address is inside */
  size_t arena_bytes; /* a power of two */
  unsigned arena_shift;
  uint32_t capacity; /* numbers are below */
  uint32_t highest;  /* numbers ever used are below */
  uint32_t lowest;   /* the search for a free number starts here */
  uint32_t n_mapped;
  uint32_t peak_mapped;
  uint64_t created, released; /* arenas, since opening */
  uint64_t *mapped;           /* a bit per number */
  unsigned leaf_bits;         /* table mode only, as are the next two */
  uint32_t **roots;           /* leaf[index] == number + 1 */
  uintptr_t *starts;          /* by number */
};

#define ARENA_NONE UINT32_MAX

/* Prepares a space whose arenas have `arena_bytes` (a power of two, at least a page). Reserves
 * `reserve_bytes` of addresses, or half of it and so on while refused; with 0 or when nothing is
 * left to halve, a table for `table_arenas` arenas takes its place. Maps no arena. False when
 * memory is exhausted. */
bool arena_open(struct arena_space *s, size_t arena_bytes, size_t reserve_bytes,
                uint32_t table_arenas);
/* Unmaps everything. */
void arena_close(struct arena_space *s);

/* Maps one arena, zeroed, aligned to its size. ARENA_NONE when refused. */
uint32_t arena_map(struct arena_space *s);
/* Gives arenas first .. first + n - 1 back, with as few calls as possible. Touching them faults. */
void arena_unmap(struct arena_space *s, uint32_t first, uint32_t n);

/* The address in table mode: the distance that it would have from `base` in a region. SIZE_MAX for
 * an address outside all arenas. */
size_t arena_table_offset(const struct arena_space *s, const void *p);

static inline bool arena_is_mapped(const struct arena_space *s, uint32_t number) {
  return number < s->capacity && (s->mapped[number / 64] >> number % 64 & 1);
}

static inline char *arena_start(const struct arena_space *s, uint32_t number) {
  return (char *)(s->bytes ? s->base + ((uintptr_t)number << s->arena_shift) : s->starts[number]);
}

/* The distance of `p` from the start of the region; at least `bytes` for a foreign address. */
static inline size_t arena_offset(const struct arena_space *s, const void *p) {
  return LIKELY(s->bytes) ? (uintptr_t)p - s->base : arena_table_offset(s, p);
}

/* Is p inside an arena? */
static inline bool arena_owns(const struct arena_space *s, const void *p) {
  return s->bytes ? (uintptr_t)p - s->base < s->bytes : arena_table_offset(s, p) != SIZE_MAX;
}

/* For tests: when set, it is asked before each mapping, and true refuses it. */
extern bool (*arena_refuse)(void);
