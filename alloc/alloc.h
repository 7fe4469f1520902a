/* The allocator door: everything above asks for memory through this table of functions.
 *
 * An instance is opened from a spec, the same string everywhere (command line, environment,
 * benchmark names, plot legends):
 *
 *     spec    = { layer "+" } backend
 *     layer   = name [ ":" options ]            guard+pool
 *     backend = name [ ":" options ]            pool:preset=cpython-3.11,kept=4
 *             | "lib:" path [ "," options ]     lib:/usr/lib/libfoo.so
 *     options = key "=" value { "," key "=" value }
 *
 * Every backend pays the same price: one load and one indirect call. Backends and layers keep
 * their state behind the head (struct alloc is their first member). All of them accept a free from
 * another thread than the allocating one. Blocks of 16 bytes or more are aligned to 16 bytes,
 * smaller ones at least to 8, unless a backend's option says otherwise; a request for 0 bytes
 * yields a distinct block. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct alloc;
struct alloc_backend;
struct alloc_region;
struct alloc_stats;

/* Rarely called operations. NULL where a backend has nothing to say, except close. */
struct alloc_table {
  /* Bytes that the block can really hold. */
  size_t (*usable)(struct alloc *a, const void *block);
  void (*stats)(struct alloc *a, struct alloc_stats *out);
  /* Calls visit for each region (see struct alloc_region); stops when it returns false. */
  void (*walk)(struct alloc *a, bool (*visit)(const struct alloc_region *, void *), void *context);
  /* Recomputes every invariant; false with the first violation in `error`. */
  bool (*check)(struct alloc *a, char *error, size_t error_bytes);
  /* Gives back to the OS what can be given back. */
  void (*trim)(struct alloc *a);
  /* A quiet moment, or one after which less is needed than before: gives back some of what is only
   * kept because it might be needed again. Cheap; the next such moment gives back more. */
  void (*decay)(struct alloc *a);
  /* Frees n blocks, none of them NULL; quickest where neighbours in memory stand side by side.
   * NULL: one after the other (so that a layer sees each of them). */
  void (*free_many)(struct alloc *a, void *const *blocks, size_t n);
  /* What blocks of 16 bytes or more are aligned to, in bytes. NULL: 16. */
  size_t (*alignment)(const struct alloc *a);
  /* Returns all memory, whether its blocks were freed or not, and the instance itself. A foreign
   * library's live blocks can't be taken back: they leak, and its statistics say so. */
  void (*close)(struct alloc *a);
};

/* The head of every instance. The first four are the hot path and must never be NULL. */
struct alloc {
  void *(*alloc)(struct alloc *a, size_t bytes);                /* NULL when memory is exhausted */
  void *(*zalloc)(struct alloc *a, size_t bytes);               /* the same, zeroed */
  void *(*realloc)(struct alloc *a, void *block, size_t bytes); /* block may be NULL; on failure
                                                                   NULL, and the block stays */
  void (*free)(struct alloc *a, void *block);                   /* block may be NULL */
  const struct alloc_table *table;
  const struct alloc_backend *backend; /* of this instance: the layer where it is a layer */
  struct alloc *below;                 /* what a layer wraps; NULL in a backend */
};

/* Figures a backend may know about itself; UINT64_MAX where it does not. */
#define ALLOC_STATS(X)                                                                             \
  X(mapped_bytes, "address space mapped from the OS")                                              \
  X(peak_mapped_bytes, "the most mapped at any time")                                              \
  X(live_bytes, "bytes in live blocks, as rounded up to their class")                              \
  X(live_blocks, "live blocks")                                                                    \
  X(allocations, "blocks handed out since opening")                                                \
  X(frees, "blocks taken back since opening")                                                      \
  X(arenas_mapped, "arenas mapped now")                                                            \
  X(arenas_created, "arenas mapped since opening")                                                 \
  X(arenas_released, "arenas given back to the OS")                                                \
  X(pools_used, "pools that hold at least one live block")                                         \
  X(pools_free, "pools in mapped arenas without a live block")                                     \
  X(large_bytes, "bytes in live blocks above the small limit")

struct alloc_class_stats { /* one per size class of our own backends */
  uint32_t block_bytes;
  uint32_t pools; /* pools of this class */
  uint64_t live_blocks;
  uint64_t free_blocks;     /* in those pools, free or never carved */
  uint64_t requested_bytes; /* by the live blocks; UINT64_MAX unless the backend keeps count */
};

enum { ALLOC_CLASSES_MAX = 64 };

struct alloc_stats {
#define ALLOC_STATS_FIELD(name, meaning) uint64_t name;
  ALLOC_STATS(ALLOC_STATS_FIELD)
#undef ALLOC_STATS_FIELD
  uint32_t n_classes;
  struct alloc_class_stats classes[ALLOC_CLASSES_MAX];
};

/* What a walk reports, an arena before its pools: the material of the arena map. */
struct alloc_region {
  enum { ALLOC_REGION_ARENA, ALLOC_REGION_POOL } kind;
  const void *start;
  size_t bytes;
  uint32_t arena;       /* running number, in address order */
  uint32_t pool;        /* number within its arena */
  uint32_t block_bytes; /* size class; 0 in an arena and in a pool without a class */
  uint32_t live_blocks, capacity_blocks;
};

struct alloc_option {
  const char *key, *meaning, *fallback; /* fallback: the default, as text */
};

/* The static description of a backend or layer: what `ouro list` shows. */
struct alloc_backend {
  const char *name;
  const char *summary;
  const char *library; /* file name of the library it comes from; NULL for our own code */
  bool is_layer;
  const struct alloc_option *options; /* ends with a NULL key */
  /* `options` is the text after the colon ("" when none), `below` what a layer wraps (it then owns
   * it). NULL with a message on failure; `below` is then still the caller's. */
  struct alloc *(*open)(const struct alloc_backend *self, const char *options, struct alloc *below,
                        char *error, size_t error_bytes);
};

/* NULL-terminated, backends first, then layers. */
extern const struct alloc_backend *const alloc_registry[];
const struct alloc_backend *alloc_find(const char *name);

/* Opens a spec. NULL on failure, with a message (unknown names get "did you mean"). */
struct alloc *alloc_open(const char *spec, char *error, size_t error_bytes);
void alloc_close(struct alloc *a);

static inline void *alloc_get(struct alloc *a, size_t bytes) { return a->alloc(a, bytes); }
static inline void alloc_put(struct alloc *a, void *block) { a->free(a, block); }
static inline void alloc_put_many(struct alloc *a, void *const *blocks, size_t n) {
  if (a->table->free_many) {
    a->table->free_many(a, blocks, n);
    return;
  }
  for (size_t i = 0; i < n; i++)
    a->free(a, blocks[i]);
}
/* All fields UINT64_MAX where the backend knows nothing. */
void alloc_read_stats(struct alloc *a, struct alloc_stats *out);
/* True where the backend has no check. */
bool alloc_check(struct alloc *a, char *error, size_t error_bytes);
void alloc_trim(struct alloc *a);
void alloc_decay(struct alloc *a);
/* What blocks of 16 bytes or more are aligned to, in bytes: 16, or what a backend's option says. */
size_t alloc_alignment_bytes(const struct alloc *a);
