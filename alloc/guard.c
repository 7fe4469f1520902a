/* Layer `guard`: finds overflow, underflow, double free, use of a freed block, and free of a
 * pointer that is no block; reports it with the size and the site that allocated, and aborts.
 *
 *     block of the backend   | zone: 0xfb ... | the user's bytes | zone: 0xfb ... |
 *
 * New blocks read as 0xa5, freed ones as 0xdd. A freed block waits in a queue (the quarantine) and
 * is examined when it leaves: a byte that is not 0xdd any more was written after the free. Resizing
 * always moves, so that old pointers are found. Red zones are examined when a block is freed or
 * resized, by check(), and when the layer is closed.
 *
 * Invariants: the table holds exactly the live and the waiting blocks, by address; a waiting block
 * is in the queue once; queue_bytes is the sum of what those occupy. All under one lock. */
#include "alloc/layer.h"
#include "base/check.h"
#include "base/options.h"
#include "base/vec.h"
#include "os/symbol.h"
#include <pthread.h>
#include <string.h>

enum { FRESH = 0xa5, FREED = 0xdd, ZONE = 0xfb, MESSAGE_BYTES = 512, SITE_BYTES = 128 };

struct record {
  unsigned char *block;                /* NULL: the slot is empty */
  size_t bytes;                        /* as requested */
  const void *allocated_by, *freed_by; /* return addresses; freed_by NULL: live */
};

struct guard {
  struct alloc head;
  size_t zone_bytes, queue_limit_bytes;
  pthread_mutex_t lock; /* guards all below */
  struct record *table; /* linear probing, at most half full */
  size_t n_records, table_mask;
  struct {
    VEC(unsigned char *);
  } queue; /* waiting blocks from queue_first on, oldest first */
  size_t queue_first, queue_bytes;
};

/* ---- the table ------------------------------------------------------------------------------- */

static size_t home_of(const struct guard *g, const void *block) {
  return ((uintptr_t)block >> 3) * 0x9e3779b97f4a7c15u >> 20 & g->table_mask;
}

static size_t occupied(const struct guard *g, const struct record *r) {
  return r->bytes + 2 * g->zone_bytes;
}

/* The record of a block, or the empty slot where it would be. */
static struct record *find(const struct guard *g, const void *block) {
  size_t i = home_of(g, block);
  while (g->table[i].block && g->table[i].block != block)
    i = (i + 1) & g->table_mask;
  return &g->table[i];
}

static bool grow(struct guard *g) {
  struct record *old = g->table;
  size_t old_slots = old ? g->table_mask + 1 : 0, slots = old ? old_slots * 2 : 1024;
  struct record *table = calloc(slots, sizeof *table);
  if (!table)
    return false;
  g->table = table;
  g->table_mask = slots - 1;
  for (size_t i = 0; i < old_slots; i++)
    if (old[i].block)
      *find(g, old[i].block) = old[i];
  free(old);
  return true;
}

static bool insert(struct guard *g, struct record record) {
  if (2 * (g->n_records + 1) > g->table_mask && !grow(g))
    return false;
  *find(g, record.block) = record;
  g->n_records++;
  return true;
}

/* Closes the gap by moving later records of the same run back (Knuth 6.4, algorithm R). */
static void erase(struct guard *g, struct record *record) {
  size_t gap = (size_t)(record - g->table), i = gap;
  g->n_records--;
  for (;;) {
    g->table[gap].block = NULL;
    size_t home;
    do {
      i = (i + 1) & g->table_mask;
      if (!g->table[i].block)
        return;
      home = home_of(g, g->table[i].block);
    } while (gap <= i ? gap < home && home <= i : gap < home || home <= i);
    g->table[gap] = g->table[i];
    gap = i;
  }
}

/* ---- examination and messages ------------------------------------------------------------------
 */

static const char *name_of(const void *site, char text[SITE_BYTES]) {
  symbol_describe(site, text, SITE_BYTES);
  return text;
}

/* The first byte of a range that differs from what it was filled with; `bytes` where none does. */
static size_t first_changed(const unsigned char *start, size_t bytes, unsigned char expected) {
  size_t i = 0;
  while (i < bytes && start[i] == expected)
    i++;
  return i;
}

/* True when the zones and, of a freed block, the poison are untouched. */
static bool examine(const struct guard *g, const struct record *r, char *message,
                    size_t message_bytes) {
  char by[SITE_BYTES], freed_by[SITE_BYTES];
  const unsigned char *front = r->block - g->zone_bytes;
  size_t before = first_changed(front, g->zone_bytes, ZONE);
  size_t behind = first_changed(r->block + r->bytes, g->zone_bytes, ZONE);
  if (before < g->zone_bytes) {
    snprintf(message, message_bytes,
             "guard: underflow: byte -%zu of a block of %zu bytes at %p was overwritten; allocated "
             "by %s",
             g->zone_bytes - before, r->bytes, (void *)r->block, name_of(r->allocated_by, by));
    return false;
  }
  if (behind < g->zone_bytes) {
    snprintf(
        message, message_bytes,
        "guard: overflow: byte %zu of a block of %zu bytes at %p was overwritten; allocated by "
        "%s",
        r->bytes + behind, r->bytes, (void *)r->block, name_of(r->allocated_by, by));
    return false;
  }
  size_t changed = r->freed_by ? first_changed(r->block, r->bytes, FREED) : r->bytes;
  if (changed < r->bytes) {
    snprintf(message, message_bytes,
             "guard: use after free: byte %zu of a freed block of %zu bytes at %p was overwritten; "
             "allocated by %s, freed by %s",
             changed, r->bytes, (void *)r->block, name_of(r->allocated_by, by),
             name_of(r->freed_by, freed_by));
    return false;
  }
  return true;
}

static void examine_or_die(const struct guard *g, const struct record *r) {
  char message[MESSAGE_BYTES];
  if (!examine(g, r, message, sizeof message))
    fatal("%s", message);
}

/* The block, live or waiting, that an address lies in; NULL where there is none. */
static const struct record *find_around(const struct guard *g, const void *address) {
  const unsigned char *p = address;
  for (size_t i = 0; i <= g->table_mask; i++) {
    const struct record *r = &g->table[i];
    if (r->block && p >= r->block - g->zone_bytes && p < r->block + r->bytes + g->zone_bytes)
      return r;
  }
  return NULL;
}

static _Noreturn void die_of_no_block(const struct guard *g, const char *what, const void *block,
                                      const void *site) {
  char by[SITE_BYTES], caller[SITE_BYTES];
  const struct record *r = find_around(g, block);
  name_of(site, caller);
  if (r)
    fatal("guard: %s of %p by %s: it points to byte %td of a block of %zu bytes; allocated by %s",
          what, block, caller, (const unsigned char *)block - r->block, r->bytes,
          name_of(r->allocated_by, by));
  fatal("guard: %s of %p by %s: no block of this allocator starts there", what, block, caller);
}

/* The record of a live block whose zones are intact; dies otherwise. */
static struct record *live_or_die(const struct guard *g, const char *what, const void *block,
                                  const void *site) {
  char by[SITE_BYTES], freed_by[SITE_BYTES], caller[SITE_BYTES];
  struct record *r = find(g, block);
  if (!r->block)
    die_of_no_block(g, what, block, site);
  if (r->freed_by)
    fatal("guard: %s of a freed block of %zu bytes at %p by %s; allocated by %s, freed by %s", what,
          r->bytes, block, name_of(site, caller), name_of(r->allocated_by, by),
          name_of(r->freed_by, freed_by));
  examine_or_die(g, r);
  return r;
}

/* ---- operations --------------------------------------------------------------------------------
 */

/* The lock is held. Lets the oldest waiting blocks go until the quarantine is within `limit`. */
static void drain(struct guard *g, size_t limit) {
  while (g->queue_first < g->queue.n && g->queue_bytes > limit) {
    unsigned char *block = g->queue.items[g->queue_first++];
    struct record *r = find(g, block);
    examine_or_die(g, r);
    g->queue_bytes -= occupied(g, r);
    erase(g, r);
    g->head.below->free(g->head.below, block - g->zone_bytes);
  }
  if (g->queue_first > 4096 && g->queue_first > g->queue.n / 2) {
    g->queue.n -= g->queue_first;
    memmove(g->queue.items, g->queue.items + g->queue_first, g->queue.n * sizeof *g->queue.items);
    g->queue_first = 0;
  }
}

static void *get_for(struct guard *g, size_t bytes, unsigned char fill, const void *site) {
  if (bytes > SIZE_MAX - 2 * g->zone_bytes)
    return NULL;
  struct alloc *below = g->head.below;
  unsigned char *start = below->alloc(below, bytes + 2 * g->zone_bytes);
  if (!start)
    return NULL;
  unsigned char *block = start + g->zone_bytes;
  memset(start, ZONE, g->zone_bytes);
  memset(block, fill, bytes);
  memset(block + bytes, ZONE, g->zone_bytes);
  pthread_mutex_lock(&g->lock);
  bool known = insert(g, (struct record){block, bytes, site, NULL});
  pthread_mutex_unlock(&g->lock);
  if (known)
    return block;
  below->free(below, start);
  return NULL;
}

static void put_for(struct guard *g, const char *what, unsigned char *block, const void *site) {
  pthread_mutex_lock(&g->lock);
  struct record *r = live_or_die(g, what, block, site);
  memset(block, FREED, r->bytes);
  r->freed_by = site;
  if (vec_push(&g->queue, block)) {
    g->queue_bytes += occupied(g, r);
    drain(g, g->queue_limit_bytes);
  } else { /* no memory to remember it: it can't wait */
    erase(g, r);
    g->head.below->free(g->head.below, block - g->zone_bytes);
  }
  pthread_mutex_unlock(&g->lock);
}

static void *get(struct alloc *a, size_t bytes) {
  return get_for((struct guard *)a, bytes, FRESH, __builtin_return_address(0));
}
static void *zget(struct alloc *a, size_t bytes) {
  return get_for((struct guard *)a, bytes, 0, __builtin_return_address(0));
}
static void put(struct alloc *a, void *block) {
  if (block)
    put_for((struct guard *)a, "free", block, __builtin_return_address(0));
}

static void *resize(struct alloc *a, void *block, size_t bytes) {
  struct guard *g = (struct guard *)a;
  const void *site = __builtin_return_address(0);
  size_t before = 0;
  if (block) {
    pthread_mutex_lock(&g->lock);
    before = live_or_die(g, "realloc", block, site)->bytes;
    pthread_mutex_unlock(&g->lock);
  }
  void *moved = get_for(g, bytes, FRESH, site);
  if (moved && block) {
    memcpy(moved, block, bytes < before ? bytes : before);
    put_for(g, "realloc", block, site);
  }
  return moved;
}

static size_t usable(struct alloc *a, const void *block) {
  struct guard *g = (struct guard *)a;
  pthread_mutex_lock(&g->lock);
  size_t bytes = live_or_die(g, "usable", block, __builtin_return_address(0))->bytes;
  pthread_mutex_unlock(&g->lock);
  return bytes;
}

static bool check(struct alloc *a, char *error, size_t error_bytes) {
  struct guard *g = (struct guard *)a;
  bool intact = true;
  size_t n = 0, waiting = 0;
  pthread_mutex_lock(&g->lock);
  for (size_t i = 0; i <= g->table_mask && intact; i++)
    if (g->table[i].block) {
      n++;
      waiting += g->table[i].freed_by ? occupied(g, &g->table[i]) : 0;
      intact = examine(g, &g->table[i], error, error_bytes);
    }
  if (intact && (n != g->n_records || waiting != g->queue_bytes)) {
    snprintf(error, error_bytes,
             "guard: %zu of %zu blocks and %zu of %zu waiting bytes are in the table", n,
             g->n_records, waiting, g->queue_bytes);
    intact = false;
  }
  pthread_mutex_unlock(&g->lock);
  return intact && layer_check(a, error, error_bytes);
}

static void trim(struct alloc *a) {
  struct guard *g = (struct guard *)a;
  pthread_mutex_lock(&g->lock);
  drain(g, 0);
  pthread_mutex_unlock(&g->lock);
  layer_trim(a);
}

static void close_(struct alloc *a) {
  struct guard *g = (struct guard *)a;
  for (size_t i = 0; i <= g->table_mask; i++)
    if (g->table[i].block)
      examine_or_die(g, &g->table[i]);
  drain(g, 0);
  vec_free(&g->queue);
  free(g->table);
  pthread_mutex_destroy(&g->lock);
  layer_close(a);
}

static const struct alloc_table table = {.usable = usable,
                                         .stats = layer_stats,
                                         .walk = layer_walk,
                                         .check = check,
                                         .trim = trim,
                                         .decay = layer_decay,
                                         .close = close_};

static struct alloc *open_(const struct alloc_backend *self, const char *text, struct alloc *below,
                           char *error, size_t error_bytes) {
  struct options o;
  options_open(&o, self->name, text, &self->options->key, error, error_bytes);
  size_t zone = options_size(&o, "zone", 16, 1 << 20),
         wait = options_size(&o, "quarantine", 0, SIZE_MAX);
  if (!o.failed && zone % 16)
    options_fail(&o, "option 'zone' must be a multiple of 16, not %zu", zone);
  struct guard *g = o.failed ? NULL : layer_new(self, sizeof *g, error, error_bytes);
  if (!g)
    return NULL;
  if (!grow(g)) {
    free(g);
    snprintf(error, error_bytes, "guard: out of memory");
    return NULL;
  }
  g->head = (struct alloc){get, zget, resize, put, &table, self, below};
  g->zone_bytes = zone;
  g->queue_limit_bytes = wait;
  pthread_mutex_init(&g->lock, NULL);
  return &g->head;
}

extern const struct alloc_backend alloc_guard;
const struct alloc_backend alloc_guard = {
    .name = "guard",
    .summary = "finds overflow, double free, use after free and free of foreign pointers; aborts",
    .is_layer = true,
    .options =
        (const struct alloc_option[]){
            {"zone", "bytes on either side of a block, a multiple of 16", "16"},
            {"quarantine", "bytes of freed blocks that wait before they are reused", "1M"},
            {0}},
    .open = open_,
};
