/* The contract of the door, over every backend and layer of the registry. */
#include "base/bits.h"
#include "base/random.h"
#include "specs.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static char error[512];

/* One case on one spec: `state` is the spec at first, then the instance. */
static int open_instance(void **state) {
  struct alloc *a = alloc_open(*state, error, sizeof error);
  if (!a)
    print_error("%s: %s\n", (const char *)*state, error);
  *state = a;
  return a ? 0 : -1;
}

static int close_instance(void **state) {
  alloc_close(*state);
  return 0;
}

static void assert_sound(struct alloc *a) {
  error[0] = '\0';
  if (!alloc_check(a, error, sizeof error))
    fail_msg("%s", error);
}

static void fill(void *block, size_t bytes, uint64_t seed) {
  for (size_t i = 0; i < bytes; i++)
    ((unsigned char *)block)[i] = (unsigned char)(seed + i * 7);
}

static bool is_filled(const void *block, size_t bytes, uint64_t seed) {
  for (size_t i = 0; i < bytes; i++)
    if (((const unsigned char *)block)[i] != (unsigned char)(seed + i * 7))
      return false;
  return true;
}

static bool is_zero(const void *block, size_t bytes) {
  for (size_t i = 0; i < bytes; i++)
    if (((const char *)block)[i])
      return false;
  return true;
}

static void blocks_are_aligned(void **state) {
  struct alloc *a = *state;
  void *blocks[64];
  for (size_t bytes = 0; bytes <= 70000; bytes += bytes < 1100 ? 1 : 997) {
    for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
      blocks[i] = i % 2 ? alloc_get(a, bytes) : a->zalloc(a, bytes);
      assert_non_null(blocks[i]);
      assert_int_equal((uintptr_t)blocks[i] % (bytes >= 16 ? 16 : 8), 0);
    }
    for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
      alloc_put(a, blocks[i]);
  }
  assert_sound(a);
}

static void zero_bytes_yield_distinct_blocks(void **state) {
  struct alloc *a = *state;
  void *blocks[100];
  for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
    blocks[i] = i % 2 ? alloc_get(a, 0) : a->zalloc(a, 0);
    assert_non_null(blocks[i]);
    for (size_t k = 0; k < i; k++)
      assert_ptr_not_equal(blocks[i], blocks[k]);
  }
  for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
    alloc_put(a, blocks[i]);
  alloc_put(a, NULL);
}

struct block {
  unsigned char *p;
  size_t bytes;
  uint64_t seed;
};

static size_t random_size(struct random *r) {
  static const size_t limits[] = {17, 64, 513, 4097, 40000, 300000};
  return random_below(r, limits[random_below(r, random_below(r, 20) ? 4 : ARRAY_SIZE(limits))]);
}

/* Random gets, zeroed gets, resizes and puts; every block is verified whenever it is touched. */
static void blocks_keep_their_contents(void **state) {
  struct alloc *a = *state;
  static struct block blocks[2000];
  struct random r;
  random_seed(&r, 42);
  memset(blocks, 0, sizeof blocks);
  for (unsigned step = 0; step < 60000; step++) {
    struct block *b = &blocks[random_below(&r, ARRAY_SIZE(blocks))];
    size_t bytes = random_size(&r);
    if (b->p)
      assert_true(is_filled(b->p, b->bytes, b->seed));
    if (b->p && random_below(&r, 3)) {
      alloc_put(a, b->p);
      b->p = NULL;
      continue;
    }
    if (b->p) {
      unsigned char *moved = a->realloc(a, b->p, bytes);
      assert_non_null(moved);
      assert_true(is_filled(moved, bytes < b->bytes ? bytes : b->bytes, b->seed));
      b->p = moved;
    } else if (random_below(&r, 2)) {
      b->p = a->zalloc(a, bytes);
      assert_non_null(b->p);
      assert_true(is_zero(b->p, bytes));
    } else {
      b->p = alloc_get(a, bytes);
      assert_non_null(b->p);
    }
    b->bytes = bytes;
    b->seed = random_next(&r);
    fill(b->p, bytes, b->seed);
    if (step % 20000 == 19999) {
      assert_sound(a);
      alloc_trim(a);
    }
  }
  for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
    if (blocks[i].p)
      assert_true(is_filled(blocks[i].p, blocks[i].bytes, blocks[i].seed));
    alloc_put(a, blocks[i].p);
  }
  assert_sound(a);
}

static void realloc_follows_the_contract(void **state) {
  struct alloc *a = *state;
  char *p = a->realloc(a, NULL, 24);
  assert_non_null(p);
  fill(p, 24, 1);
  static const size_t sizes[] = {25, 100, 600, 512, 513, 5000, 2000000, 300, 16, 1};
  size_t kept = 24;
  for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
    p = a->realloc(a, p, sizes[i]);
    assert_non_null(p);
    kept = sizes[i] < kept ? sizes[i] : kept;
    assert_true(is_filled(p, kept, 1));
  }
  p = a->realloc(a, p, 0);
  assert_non_null(p); /* it shrinks, and is still a block */
  alloc_put(a, p);
  assert_sound(a);
}

static void failing_requests_return_null(void **state) {
  struct alloc *a = *state;
  static const size_t sizes[] = {
      SIZE_MAX,       SIZE_MAX - 7, SIZE_MAX - 64, SIZE_MAX - 4096, (size_t)PTRDIFF_MAX + 1,
      (size_t)1 << 60};
  static const size_t kept[] = {100, 1000, 3000000};
  for (size_t k = 0; k < ARRAY_SIZE(kept); k++) {
    char *p = alloc_get(a, kept[k]);
    assert_non_null(p);
    fill(p, kept[k], 9);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
      assert_null(alloc_get(a, sizes[i]));
      assert_null(a->zalloc(a, sizes[i]));
      assert_null(a->realloc(a, NULL, sizes[i]));
      assert_null(a->realloc(a, p, sizes[i]));
      assert_true(is_filled(p, kept[k], 9)); /* on failure the block stays */
    }
    alloc_put(a, p);
  }
  assert_sound(a);
}

static void zalloc_is_zero_after_reuse(void **state) {
  struct alloc *a = *state;
  static const size_t sizes[] = {1, 16, 32, 100, 512, 513, 4000, 32768, 200000, 3000000};
  for (size_t s = 0; s < ARRAY_SIZE(sizes); s++)
    for (int round = 0; round < 3; round++) {
      void *blocks[50];
      size_t n = sizes[s] > 100000 ? 4 : ARRAY_SIZE(blocks);
      for (size_t i = 0; i < n; i++) {
        blocks[i] = a->zalloc(a, sizes[s]);
        assert_non_null(blocks[i]);
        assert_true(is_zero(blocks[i], sizes[s]));
        memset(blocks[i], 0xff, sizes[s]);
      }
      for (size_t i = 0; i < n; i++)
        alloc_put(a, blocks[i]);
    }
}

static void usable_bytes_can_be_used(void **state) {
  struct alloc *a = *state;
  if (!a->table->usable)
    return; /* it has nothing to say */
  for (size_t bytes = 0; bytes <= 20000; bytes += bytes < 700 ? 1 : 331) {
    char *p = alloc_get(a, bytes), *q = alloc_get(a, bytes);
    size_t n = a->table->usable(a, p), m = a->table->usable(a, q);
    assert_true(n >= bytes && m >= bytes);
    fill(p, n, 3);
    fill(q, m, 5);
    assert_true(is_filled(p, n, 3));
    alloc_put(a, p);
    alloc_put(a, q);
  }
  assert_sound(a);
}

static void large_blocks_work(void **state) {
  struct alloc *a = *state;
  for (size_t bytes = 1 << 16; bytes <= (size_t)64 << 20; bytes *= 4) {
    char *p = alloc_get(a, bytes + 1), *q = a->zalloc(a, bytes);
    assert_non_null(p);
    assert_non_null(q);
    p[0] = q[0] = 1;
    p[bytes] = q[bytes - 1] = 2;
    assert_true(p + bytes < q || q + bytes <= p);
    assert_int_equal(p[0] + p[bytes], 3);
    alloc_put(a, p);
    alloc_put(a, q);
  }
  assert_sound(a);
}

enum { RING = 256, PASSED = 100000 };
struct ring {
  struct alloc *a;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  struct block items[RING];
  size_t head, tail;
  size_t broken;
};

static void *consume(void *context) {
  struct ring *ring = context;
  for (size_t i = 0; i < PASSED; i++) {
    pthread_mutex_lock(&ring->lock);
    while (ring->head == ring->tail)
      pthread_cond_wait(&ring->changed, &ring->lock);
    struct block b = ring->items[ring->tail++ % RING];
    pthread_cond_signal(&ring->changed);
    pthread_mutex_unlock(&ring->lock);
    ring->broken += !is_filled(b.p, b.bytes, b.seed);
    alloc_put(ring->a, b.p);
  }
  return NULL;
}

static void another_thread_may_free(void **state) {
  struct ring ring = {
      .a = *state, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
  struct random r;
  random_seed(&r, 7);
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, consume, &ring), 0);
  for (size_t i = 0; i < PASSED; i++) {
    struct block b = {.bytes = random_below(&r, 200), .seed = i};
    b.p = alloc_get(ring.a, b.bytes);
    assert_non_null(b.p);
    fill(b.p, b.bytes, b.seed);
    pthread_mutex_lock(&ring.lock);
    while (ring.head - ring.tail == RING)
      pthread_cond_wait(&ring.changed, &ring.lock);
    ring.items[ring.head++ % RING] = b;
    pthread_cond_signal(&ring.changed);
    pthread_mutex_unlock(&ring.lock);
  }
  pthread_join(thread, NULL);
  assert_int_equal(ring.broken, 0);
  assert_sound(ring.a);
}

static bool known(uint64_t figure) { return figure != UINT64_MAX; }

static void statistics_follow_what_happens(void **state) {
  struct alloc *a = *state;
  enum { N = 20000, BYTES = 112 };
  struct alloc_stats before, during, after;
  static void *blocks[N];
  alloc_read_stats(a, &before);
  for (size_t i = 0; i < N; i++)
    memset(blocks[i] = alloc_get(a, BYTES), 1, BYTES);
  alloc_read_stats(a, &during);
  for (size_t i = 0; i < N; i++)
    alloc_put(a, blocks[i]);
  alloc_trim(a);
  alloc_read_stats(a, &after);
  if (known(during.mapped_bytes))
    assert_true(during.mapped_bytes >= (uint64_t)N * BYTES);
  if (known(during.peak_mapped_bytes))
    assert_true(during.peak_mapped_bytes >= during.mapped_bytes);
  if (known(during.live_bytes)) {
    assert_true(during.live_bytes >= before.live_bytes + (uint64_t)N * BYTES);
    assert_true(after.live_bytes <= during.live_bytes);
    /* no backend counts more than double of what is asked for at this size */
    assert_true(during.live_bytes - before.live_bytes < (uint64_t)2 * N * BYTES);
  }
  if (known(during.live_blocks))
    assert_int_equal(during.live_blocks, before.live_blocks + N);
  if (known(during.allocations))
    assert_true(during.allocations >= before.allocations + N);
  if (known(after.frees))
    assert_true(after.frees >= during.frees);
  if (known(after.allocations) && known(after.frees) && known(after.live_blocks))
    assert_int_equal(after.allocations - after.frees, after.live_blocks);
  uint64_t live_in_classes = 0;
  for (uint32_t i = 0; i < during.n_classes; i++)
    live_in_classes += during.classes[i].live_blocks;
  if (during.n_classes)
    assert_true(live_in_classes >= N);
}

static bool count_region(const struct alloc_region *region, void *context) {
  size_t *blocks = context;
  assert_non_null(region->start);
  assert_true(region->bytes > 0);
  if (region->kind == ALLOC_REGION_POOL) {
    assert_true(region->live_blocks <= region->capacity_blocks);
    *blocks += region->live_blocks;
  }
  return true;
}

static void a_walk_finds_live_blocks(void **state) {
  struct alloc *a = *state;
  if (!a->table->walk)
    return; /* it has nothing to say */
  enum { N = 3000 };
  static void *blocks[N];
  size_t found = 0, empty = 0;
  for (size_t i = 0; i < N; i++)
    blocks[i] = alloc_get(a, 48);
  a->table->walk(a, count_region, &found);
  for (size_t i = 0; i < N; i++)
    alloc_put(a, blocks[i]);
  alloc_trim(a);
  a->table->walk(a, count_region, &empty);
  assert_true(found == 0 || found >= N + empty);
}

static void it_can_be_opened_again(void **state) {
  struct alloc *a = *state;
  void *live = alloc_get(a, 100);
  assert_non_null(live); /* closing with live blocks is allowed */
  for (int i = 0; i < 20; i++) {
    struct alloc *b = alloc_open("pool", error, sizeof error);
    assert_non_null(b);
    void *p = alloc_get(b, 100);
    assert_non_null(p);
    memset(p, 1, 100);
    memset(live, 2, 100);
    alloc_close(b);
  }
}

static int compare_addresses(const void *a, const void *b) {
  uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
  return (x > y) - (x < y);
}

/* In address order as a sweep has them, and in any other; what lives beside them stays whole. */
static void many_blocks_are_freed_at_once(void **state) {
  struct alloc *a = *state;
  static void *dead[3000];
  static struct block alive[ARRAY_SIZE(dead)];
  struct random r;
  random_seed(&r, 7);
  alloc_put_many(a, NULL, 0);
  for (unsigned round = 0; round < 6; round++) {
    for (size_t i = 0; i < ARRAY_SIZE(dead); i++) {
      size_t bytes = round % 3 ? random_size(&r) : 24;
      dead[i] = alloc_get(a, bytes);
      assert_non_null(dead[i]);
      fill(dead[i], bytes, i);
      alive[i] = (struct block){NULL, random_below(&r, 200), i};
      if (random_below(&r, 4) == 0) {
        assert_non_null(alive[i].p = alloc_get(a, alive[i].bytes));
        fill(alive[i].p, alive[i].bytes, i);
      }
    }
    if (round % 2)
      qsort(dead, ARRAY_SIZE(dead), sizeof *dead, compare_addresses);
    for (size_t i = 0; i < ARRAY_SIZE(dead); i += 100) {
      alloc_put_many(a, dead + i, 100);
      assert_sound(a);
    }
    for (size_t i = 0; i < ARRAY_SIZE(alive); i++)
      if (alive[i].p) {
        assert_true(is_filled(alive[i].p, alive[i].bytes, alive[i].seed));
        alloc_put(a, alive[i].p);
      }
    assert_sound(a);
  }
  struct alloc_stats stats;
  alloc_read_stats(a, &stats);
  if (!a->below && stats.live_blocks != UINT64_MAX) /* `guard` keeps some in its quarantine */
    assert_int_equal(stats.live_blocks, 0);
}

static const struct {
  const char *name;
  void (*run)(void **state);
} cases[] = {
#define CASE(name)                                                                                 \
  { #name, name }
    CASE(blocks_are_aligned),
    CASE(zero_bytes_yield_distinct_blocks),
    CASE(blocks_keep_their_contents),
    CASE(realloc_follows_the_contract),
    CASE(failing_requests_return_null),
    CASE(zalloc_is_zero_after_reuse),
    CASE(usable_bytes_can_be_used),
    CASE(large_blocks_work),
    CASE(another_thread_may_free),
    CASE(statistics_follow_what_happens),
    CASE(a_walk_finds_live_blocks),
    CASE(it_can_be_opened_again),
    CASE(many_blocks_are_freed_at_once),
};

/* With arguments: these specs only. */
int main(int argc, char **argv) {
  static char specs[SPECS_MAX][SPEC_BYTES];
  static struct CMUnitTest tests[SPECS_MAX * ARRAY_SIZE(cases)];
  static char names[SPECS_MAX * ARRAY_SIZE(cases)][SPEC_BYTES + 64];
  size_t n_specs = 0, n = 0;
  for (int i = 1; i < argc && n_specs < SPECS_MAX; i++)
    snprintf(specs[n_specs++], SPEC_BYTES, "%s", argv[i]);
  if (!n_specs)
    n_specs = specs_list(specs, false);
  for (size_t s = 0; s < n_specs; s++)
    for (size_t c = 0; c < ARRAY_SIZE(cases); c++, n++) {
      snprintf(names[n], sizeof names[n], "%.*s: %s", SPEC_BYTES, specs[s], cases[c].name);
      tests[n] =
          (struct CMUnitTest){names[n], cases[c].run, open_instance, close_instance, specs[s]};
    }
  return _cmocka_run_group_tests("contract", tests, n, NULL, NULL);
}
