/* The loops of the ladders. Each is written once, always inlined, with the way to ask for a block
 * as a parameter, so that all allocators run the same instructions around their own. */
#include "bench/ladder.h"
#include "alloc/magazine_inline.h"
#include "base/bits.h"
#include "base/check.h"
#include "base/random.h"
#include "os/map.h"
#include "os/usage.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SIZES = 1 << 14, BATCH = 256, BATCHES = 64 };

static const uint64_t BYTES_MAX = (uint64_t)1 << 30, OPERATIONS = 4000000;

size_t ladder_mixed_size(uint32_t random) {
  uint32_t kind = random % 100, rest = random / 100;
  size_t least = kind < 90 ? 16 : kind < 99 ? 136 : 520;
  size_t most = kind < 90 ? 128 : kind < 99 ? 512 : 4096;
  return least + rest % ((most - least) / 8 + 1) * 8;
}

static size_t mean_size(const struct ladder *l) { return l->size ? l->size : 120; }

uint64_t ladder_operations(const struct ladder *l, double scale) {
  double wanted = (double)OPERATIONS * (l->load == LADDER_CROSS ? 0.25 : 1) * scale;
  uint64_t most = BYTES_MAX / mean_size(l), n = wanted < (double)most ? (uint64_t)wanted : most;
  uint64_t unit = l->load == LADDER_CROSS ? BATCH : l->load == LADDER_CHURN ? 1 : l->live;
  uint64_t rounds = n / unit;
  return (rounds ? rounds : 1) * unit;
}

/* ---- what the runs share -----------------------------------------------------------------------
 */

/* Mapped once and touched, so that they cost no fault in a timed loop, and come from no allocator.
 */
static struct {
  void **blocks;
  uint32_t *order;
  size_t capacity;
  uint16_t sizes[SIZES]; /* mixed */
} shared;

void ladder_close(void) {
  if (shared.capacity) {
    map_release(shared.blocks, shared.capacity * sizeof *shared.blocks);
    map_release(shared.order, shared.capacity * sizeof *shared.order);
  }
  shared.capacity = 0;
}

static bool prepare(const struct ladder *l) {
  if (shared.capacity < l->live) {
    ladder_close();
    size_t n = align_up(l->live, map_page_bytes());
    shared.blocks = map_anonymous(n * sizeof *shared.blocks, 0);
    shared.order = map_anonymous(n * sizeof *shared.order, 0);
    if (!shared.blocks || !shared.order)
      return false;
    shared.capacity = n;
  }
  memset(shared.blocks, 1, l->live * sizeof *shared.blocks);
  struct random r;
  random_seed(&r, l->seed);
  for (size_t i = 0; i < l->live; i++)
    shared.order[i] = (uint32_t)(l->order == LADDER_LIFO ? l->live - 1 - i : i);
  if (l->order == LADDER_RANDOM)
    random_shuffle(&r, shared.order, l->live, sizeof *shared.order);
  for (size_t i = 0; i < SIZES; i++)
    shared.sizes[i] = (uint16_t)ladder_mixed_size((uint32_t)random_next(&r));
  return true;
}

/* ---- ways to ask for a block -------------------------------------------------------------------
 */

struct floor { /* of size * live bytes, touched once */
  void *first; /* list */
  char *next, *start;
  size_t bytes;
};

typedef void *get_fn(void *heap, size_t bytes);
typedef void put_fn(void *heap, void *block, size_t bytes);
typedef void reset_fn(void *heap);

ALWAYS_INLINE void *get_door(void *heap, size_t bytes) { return alloc_get(heap, bytes); }
ALWAYS_INLINE void put_door(void *heap, void *block, size_t bytes) { alloc_put(heap, block); }
ALWAYS_INLINE void *get_inline(void *heap, size_t bytes) { return magazine_get(heap, bytes); }
ALWAYS_INLINE void put_inline(void *heap, void *block, size_t bytes) { magazine_put(heap, block); }
ALWAYS_INLINE void put_sized(void *heap, void *block, size_t bytes) {
  magazine_put_sized(heap, block, bytes);
}
ALWAYS_INLINE void *get_bump(void *heap, size_t bytes) {
  struct floor *f = heap;
  char *block = f->next;
  f->next = block + bytes;
  return block;
}
ALWAYS_INLINE void put_bump(void *heap, void *block, size_t bytes) {}
ALWAYS_INLINE void reset_bump(void *heap) {
  ((struct floor *)heap)->next = ((struct floor *)heap)->start;
}
ALWAYS_INLINE void *get_list(void *heap, size_t bytes) {
  struct floor *f = heap;
  void *block = f->first;
  if (UNLIKELY(!block))
    return get_bump(heap, bytes);
  f->first = *(void **)block;
  return block;
}
ALWAYS_INLINE void put_list(void *heap, void *block, size_t bytes) {
  struct floor *f = heap;
  *(void **)block = f->first;
  f->first = block;
}
ALWAYS_INLINE void reset_none(void *heap) {}

/* Writes the block, and makes the compiler believe that anything may have happened to memory. */
ALWAYS_INLINE bool touch(void *block, size_t value) {
  if (UNLIKELY(!block))
    return false;
  *(volatile size_t *)block = value;
  __asm__ volatile("" : : "r"(block) : "memory");
  return true;
}

/* ---- loops: false when memory is exhausted ------------------------------------------------------
 */

ALWAYS_INLINE bool rounds(get_fn get, put_fn put, reset_fn reset, void *heap, size_t size,
                          size_t live, uint64_t n) {
  if (live == 1) {
    for (uint64_t i = 0; i < n; i++) {
      void *block = get(heap, size);
      if (!touch(block, i))
        return false;
      put(heap, block, size);
      reset(heap);
    }
    return true;
  }
  void **blocks = shared.blocks;
  const uint32_t *order = shared.order;
  for (uint64_t done = 0; done < n; done += live) {
    for (size_t i = 0; i < live; i++)
      if (!touch(blocks[i] = get(heap, size ? size : shared.sizes[(done + i) % SIZES]), i))
        return false;
    for (size_t i = 0; i < live; i++)
      put(heap, blocks[order[i]], size);
    reset(heap);
  }
  return true;
}

/* Before the first replacement all `live` blocks have to be there: fill. */
ALWAYS_INLINE bool churn(get_fn get, put_fn put, void *heap, size_t size, size_t live, uint64_t n,
                         uint64_t seed) {
  void **blocks = shared.blocks;
  uint64_t x = seed * 2 + 1;
  for (uint64_t i = 0; i < n; i++) {
    x = x * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
    size_t slot = (size_t)((x >> 32) * live >> 32);
    put(heap, blocks[slot], size);
    if (!touch(blocks[slot] = get(heap, size ? size : shared.sizes[i % SIZES]), i))
      return false;
  }
  return true;
}

static NO_INLINE bool door_rounds(struct alloc *a, size_t size, size_t live, uint64_t n) {
  return rounds(get_door, put_door, reset_none, a, size, live, n);
}
static NO_INLINE bool door_churn(struct alloc *a, const struct ladder *l, uint64_t n) {
  return churn(get_door, put_door, a, l->size, l->live, n, l->seed);
}
static NO_INLINE bool list_rounds(struct floor *f, size_t size, size_t live, uint64_t n) {
  return rounds(get_list, put_list, reset_none, f, size, live, n);
}
static NO_INLINE bool bump_rounds(struct floor *f, size_t size, size_t live, uint64_t n) {
  return rounds(get_bump, put_bump, reset_bump, f, size, live, n);
}

/* Inlined users know the size when they are compiled: one copy of the loop for each. */
static NO_INLINE bool inline_rounds(struct alloc *a, size_t size, size_t live, uint64_t n) {
#define SIZE(bytes)                                                                                \
  case bytes:                                                                                      \
    return rounds(get_inline, put_sized, reset_none, a, bytes, live, n);
  switch (size) {
    SIZE(16)
    SIZE(24)
    SIZE(32)
    SIZE(64)
    SIZE(128)
    SIZE(256)
    SIZE(512)
  }
#undef SIZE
  return rounds(get_inline, put_inline, reset_none, a, size, live, n);
}
static NO_INLINE bool inline_churn(struct alloc *a, const struct ladder *l, uint64_t n) {
#define SIZE(bytes)                                                                                \
  case bytes:                                                                                      \
    return churn(get_inline, put_sized, a, bytes, l->live, n, l->seed);
  switch (l->size) {
    SIZE(32)
    SIZE(64)
    SIZE(512)
  }
#undef SIZE
  return churn(get_inline, put_inline, a, l->size, l->live, n, l->seed);
}

/* ---- floors ------------------------------------------------------------------------------------
 */

static void run_floor(struct gbench_state *s, const struct ladder *l) {
  struct floor f = {.bytes = align_up(l->size * l->live, map_page_bytes())};
  f.next = f.start = map_anonymous(f.bytes, 0);
  if (!f.start) {
    gbench_fail(s, "out of memory");
    return;
  }
  bool (*run)(struct floor *, size_t, size_t, uint64_t) =
      l->path == LADDER_FLOOR_LIST ? list_rounds : bump_rounds;
  run(&f, l->size, l->live, l->live); /* touches all, and lays out the list */
  run(&f, l->size, l->live, gbench_begin(s));
  gbench_end(s);
  map_release(f.start, f.bytes);
}

/* ---- bulk --------------------------------------------------------------------------------------
 */

static uint64_t resident_bytes(void) {
  struct usage_smaps smaps = {0};
  usage_read_smaps(getpid(), &smaps);
  return smaps.rss_bytes;
}

/* Every round starts from a trimmed heap. One more, untimed, tells the memory figures; they are
 * those of the whole process, so true where one benchmark runs alone in it. */
static bool run_bulk(struct gbench_state *s, struct alloc *a, const struct ladder *l) {
  bool (*run)(struct alloc *, size_t, size_t, uint64_t) =
      l->path == LADDER_INLINE ? inline_rounds : door_rounds;
  bool ok = true;
  alloc_trim(a);
  uint64_t n = gbench_begin(s);
  for (uint64_t done = 0; done < n && ok; done += l->live) {
    ok = run(a, l->size, l->live, l->live);
    gbench_pause(s);
    alloc_trim(a);
    gbench_resume(s);
  }
  gbench_end(s);
  struct random r;
  random_seed(&r, l->seed);
  random_shuffle(&r, shared.order, l->live, sizeof *shared.order);
  uint64_t before = resident_bytes();
  for (size_t i = 0; i < l->live && ok; i++)
    ok = touch(shared.blocks[i] = alloc_get(a, l->size), i);
  uint64_t full = resident_bytes();
  for (size_t i = 0; i < l->live && ok; i++)
    alloc_put(a, shared.blocks[shared.order[i]]);
  alloc_trim(a);
  uint64_t after = resident_bytes();
  gbench_counter(s, "bytes_per_object", ((double)full - (double)before) / (double)l->live,
                 GBENCH_PLAIN);
  gbench_counter(s, "bytes_left", (double)after - (double)before, GBENCH_PLAIN);
  return ok;
}

/* ---- a producer and a consumer ------------------------------------------------------------------
 */

/* Batches of blocks on their way, so that handing over costs little against allocating. */
struct belt {
  struct alloc *a;
  size_t size;
  bool inlined;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  uint64_t made, used; /* batches; made - used <= BATCHES */
  bool ended;
  void *blocks[BATCHES][BATCH];
};

ALWAYS_INLINE void *consume(struct belt *b, put_fn put) {
  for (;;) {
    pthread_mutex_lock(&b->lock);
    while (b->made == b->used && !b->ended)
      pthread_cond_wait(&b->changed, &b->lock);
    bool more = b->made != b->used;
    pthread_mutex_unlock(&b->lock);
    if (!more)
      return NULL;
    void **batch = b->blocks[b->used % BATCHES];
    for (size_t i = 0; i < BATCH; i++)
      put(b->a, batch[i], b->size);
    pthread_mutex_lock(&b->lock);
    b->used++;
    if (b->made - b->used == BATCHES / 2)
      pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
  }
}

static void *consume_all(void *context) {
  struct belt *b = context;
  return b->inlined ? consume(b, put_sized) : consume(b, put_door);
}

ALWAYS_INLINE bool produce(struct belt *b, get_fn get, uint64_t n) {
  bool ok = true;
  for (uint64_t done = 0; done < n && ok; done += BATCH) {
    pthread_mutex_lock(&b->lock);
    while (b->made - b->used == BATCHES)
      pthread_cond_wait(&b->changed, &b->lock);
    pthread_mutex_unlock(&b->lock);
    void **batch = b->blocks[b->made % BATCHES];
    for (size_t i = 0; i < BATCH; i++)
      ok &= touch(batch[i] = get(b->a, b->size), i);
    pthread_mutex_lock(&b->lock);
    b->made++;
    if (b->made - b->used == BATCHES / 2 || b->made - b->used == 1)
      pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
  }
  /* The clock runs until the last block is freed. */
  pthread_mutex_lock(&b->lock);
  b->ended = true;
  pthread_cond_signal(&b->changed);
  pthread_mutex_unlock(&b->lock);
  return ok;
}

static bool run_cross(struct gbench_state *s, struct alloc *a, const struct ladder *l) {
  static struct belt b;
  b.a = a;
  b.size = l->size;
  b.inlined = l->path == LADDER_INLINE;
  b.made = b.used = 0;
  b.ended = false;
  pthread_mutex_init(&b.lock, NULL);
  pthread_cond_init(&b.changed, NULL);
  pthread_t consumer;
  uint64_t n = gbench_begin(s);
  if (pthread_create(&consumer, NULL, consume_all, &b) != 0)
    fatal("bench-alloc: can't start a thread");
  bool ok = b.inlined ? produce(&b, get_inline, n) : produce(&b, get_door, n);
  pthread_join(consumer, NULL);
  gbench_end(s);
  pthread_cond_destroy(&b.changed);
  pthread_mutex_destroy(&b.lock);
  return ok;
}

/* ---- one benchmark ------------------------------------------------------------------------------
 */

/* The first round, untimed, brings the heap into the state it then keeps. */
static bool run_rounds(struct gbench_state *s, struct alloc *a, const struct ladder *l) {
  bool (*run)(struct alloc *, size_t, size_t, uint64_t) =
      l->path == LADDER_INLINE ? inline_rounds : door_rounds;
  bool ok = run(a, l->size, l->live, l->live > 1 ? l->live : 1000);
  uint64_t n = gbench_begin(s);
  ok = ok && run(a, l->size, l->live, n);
  gbench_end(s);
  return ok;
}

static bool run_churn(struct gbench_state *s, struct alloc *a, const struct ladder *l) {
  bool (*run)(struct alloc *, const struct ladder *, uint64_t) =
      l->path == LADDER_INLINE ? inline_churn : door_churn;
  bool ok = true;
  for (size_t i = 0; i < l->live && ok; i++)
    ok = touch(shared.blocks[i] = alloc_get(a, l->size ? l->size : shared.sizes[i % SIZES]), i);
  ok = ok && run(a, l, l->live);
  uint64_t n = gbench_begin(s);
  ok = ok && run(a, l, n);
  gbench_end(s);
  for (size_t i = 0; i < l->live && ok; i++)
    alloc_put(a, shared.blocks[i]);
  return ok;
}

typedef bool load_fn(struct gbench_state *s, struct alloc *a, const struct ladder *l);
static load_fn *const loads[] = {[LADDER_ROUNDS] = run_rounds,
                                 [LADDER_CHURN] = run_churn,
                                 [LADDER_BULK] = run_bulk,
                                 [LADDER_CROSS] = run_cross};

void ladder_run(struct gbench_state *s, void *context) {
  const struct ladder *l = context;
  char error[512];
  if (!prepare(l)) {
    gbench_fail(s, "out of memory");
    return;
  }
  if (!l->spec) {
    run_floor(s, l);
    return;
  }
  struct alloc *a = alloc_open(l->spec, error, sizeof error);
  if (!a) {
    gbench_fail(s, error);
    return;
  }
  if (!loads[l->load](s, a, l))
    gbench_fail(s, "out of memory");
  alloc_close(a);
}
