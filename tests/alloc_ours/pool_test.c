/* Backend `pool`: every promise about arenas, pools and blocks, and a check that finds corruption.
 */
#include "alloc/pool.h"
#include "tests/alloc_ours/heap.h"

enum { SMALL_ARENA_POOLS = 16 };
#define SMALL_ARENA "pool:arena=64K,pool=4K,kept=1"

static struct pool *pool_of(const struct pool_heap *h, const void *block) {
  return (struct pool *)((uintptr_t)block & ~(h->pool_bytes - 1));
}
static uint32_t capacity(const struct pool_heap *h, size_t bytes) {
  return (uint32_t)((h->pool_bytes - POOL_HEADER_BYTES) / bytes);
}

/* Fills whole pools with blocks of `bytes`. */
static void fill(struct pool_heap *h, void **blocks, size_t n, size_t bytes) {
  for (size_t i = 0; i < n; i++)
    blocks[i] = heap_get(h, bytes);
}
static void drain(struct pool_heap *h, void **blocks, size_t n) {
  for (size_t i = 0; i < n; i++)
    alloc_put(&h->head, blocks[i]);
}

static void no_arena_at_start(void **state) {
  struct pool_heap *h = heap_open("pool");
  assert_int_equal(h->space.n_mapped, 0);
  assert_null(h->usable);
  void *p = heap_get(h, 1);
  assert_int_equal(h->space.n_mapped, 1);
  assert_non_null(h->usable);
  alloc_put(&h->head, p);
  heap_close(h);
}

static void presets_set_the_figures(void **state) {
  static const struct {
    const char *spec;
    size_t arena, pool, limit;
    unsigned shift;
    uint32_t classes, kept;
  } rows[] = {
      {"pool", 1 << 20, 4096, 512, 4, 32, 4},
      {"pool:preset=cpython-3.11", 1 << 20, 16384, 512, 4, 32, 1},
      {"pool:preset=cpython-3.9", 256 << 10, 4096, 512, 4, 32, 1},
      {"pool:preset=cpython-2.7", 256 << 10, 4096, 256, 3, 32, 1},
      {"pool:preset=cpython-2.7,pool=8K,kept=0", 256 << 10, 8192, 256, 3, 32, 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct pool_heap *h = heap_open(rows[i].spec);
    assert_int_equal(h->space.arena_bytes, rows[i].arena);
    assert_int_equal(h->pool_bytes, rows[i].pool);
    assert_int_equal(h->small_limit, rows[i].limit);
    assert_int_equal(h->shift, rows[i].shift);
    assert_int_equal(h->classes, rows[i].classes);
    assert_int_equal(h->kept, rows[i].kept);
    heap_close(h);
  }
}

static void wrong_options_are_refused(void **state) {
  heap_expect_refused("pool:preset=cpython-3.12", "preset");
  heap_expect_refused("pool:arena=100000", "powers of two");
  heap_expect_refused("pool:arena=4K,pool=8K", "smaller than a pool");
  heap_expect_refused("pool:align=12", "align");
  heap_expect_refused("pool:limit=500", "limit");
  heap_expect_refused("pool:limit=2048", "limit");
  heap_expect_refused("pool:limit=512,pool=1K", "two blocks");
  heap_expect_refused("pool:size=1", "size");
  heap_expect_refused("pool:raw=nothing", "nothing");
}

static void classes_round_up_and_large_goes_to_layer_0(void **state) {
  struct pool_heap *h = heap_open("pool");
  const struct alloc_table *t = h->head.table;
  for (size_t bytes = 0; bytes <= 512; bytes++) {
    void *p = heap_get(h, bytes);
    assert_int_equal(t->usable(&h->head, p), bytes ? (bytes + 15) / 16 * 16 : 16);
    assert_int_equal((uintptr_t)p % 16, 0);
    assert_int_equal(pool_of(h, p)->size_class, bytes ? (bytes - 1) / 16 : 0);
    alloc_put(&h->head, p);
  }
  void *p = heap_get(h, 513);
  assert_false(arena_owns(&h->space, p));
  struct alloc_stats stats;
  alloc_read_stats(&h->head, &stats);
  assert_true(stats.large_bytes >= 513);
  alloc_put(&h->head, p);
  alloc_read_stats(&h->head, &stats);
  assert_int_equal(stats.large_bytes, 0);
  heap_close(h);
}

static void blocks_are_carved_one_after_another(void **state) {
  struct pool_heap *h = heap_open("pool");
  char *first = heap_get(h, 32);
  struct pool *p = pool_of(h, first);
  assert_ptr_equal(first, (char *)p + POOL_HEADER_BYTES);
  for (uint32_t i = 1; i < 5; i++) {
    assert_null(p->free);
    assert_int_equal(p->next_offset, POOL_HEADER_BYTES + i * 32);
    assert_ptr_equal(heap_get(h, 32), first + (size_t)i * 32);
  }
  heap_close(h);
}

static void the_last_freed_block_comes_first(void **state) {
  struct pool_heap *h = heap_open("pool");
  void *blocks[8];
  fill(h, blocks, 8, 48);
  for (size_t i = 1; i < 8; i++)
    alloc_put(&h->head, blocks[i]);
  struct pool *p = pool_of(h, blocks[0]);
  assert_ptr_equal(p->free, blocks[7]);
  assert_ptr_equal(*(void **)blocks[7], blocks[6]); /* the link is in the first 8 bytes */
  for (size_t i = 8; --i;)
    assert_ptr_equal(heap_get(h, 48), blocks[i]);
  heap_close(h);
}

static void a_full_pool_leaves_its_list_and_returns_on_the_first_free(void **state) {
  struct pool_heap *h = heap_open("pool");
  void *blocks[4096] = {NULL};
  uint32_t n = capacity(h, 64);
  fill(h, blocks, n, 64);
  assert_null(h->used[3]);
  void *other = heap_get(h, 64);
  assert_ptr_equal(h->used[3], pool_of(h, other));
  alloc_put(&h->head, blocks[0]);
  assert_ptr_equal(h->used[3], pool_of(h, blocks[0])); /* in front */
  assert_ptr_equal(h->used[3]->next, pool_of(h, other));
  heap_close(h);
}

static void an_empty_pool_serves_another_class(void **state) {
  struct pool_heap *h = heap_open("pool");
  void *blocks[4096] = {NULL}, *anchor = heap_get(h, 16);
  uint32_t n = capacity(h, 64);
  fill(h, blocks, n, 64);
  struct pool *p = pool_of(h, blocks[0]);
  drain(h, blocks, n);
  assert_int_equal(p->live, 0);
  assert_ptr_equal(p->arena->free, p);
  void *b = heap_get(h, 500);
  assert_ptr_equal(pool_of(h, b), p);
  assert_int_equal(p->size_class, 31);
  alloc_put(&h->head, b);
  alloc_put(&h->head, anchor);
  heap_close(h);
}

static void the_fullest_arena_is_used_first(void **state) {
  struct pool_heap *h = heap_open(SMALL_ARENA);
  enum { ARENAS = 3 };
  uint32_t per_pool = capacity(h, 512), per_arena = per_pool * SMALL_ARENA_POOLS;
  void **blocks = calloc(ARENAS * per_arena, sizeof *blocks);
  assert_non_null(blocks);
  fill(h, blocks, ARENAS * per_arena, 512);
  assert_null(h->usable); /* all full */
  assert_int_equal(h->space.n_mapped, ARENAS);
  static const uint32_t pools_freed[ARENAS] = {5, 2, 9};
  struct arena *arenas[ARENAS];
  for (size_t i = 0; i < ARENAS; i++) {
    arenas[i] = pool_of(h, blocks[i * per_arena])->arena;
    drain(h, blocks + i * per_arena, pools_freed[i] * per_pool);
    heap_check(h);
  }
  assert_ptr_equal(h->usable, arenas[1]);
  assert_ptr_equal(h->usable->next, arenas[0]);
  assert_ptr_equal(h->usable->next->next, arenas[2]);
  assert_null(arenas[2]->next);
  for (uint32_t i = 0; i < 2 + 5 + 9; i++) { /* a new pool each */
    struct arena *expected = i < 2 ? arenas[1] : i < 7 ? arenas[0] : arenas[2];
    void *b = heap_get(h, 512);
    assert_ptr_equal(pool_of(h, b)->arena, expected);
    for (uint32_t k = 1; k < per_pool; k++)
      heap_get(h, 512);
  }
  assert_null(h->usable);
  assert_int_equal(h->space.n_mapped, ARENAS);
  free(blocks);
  heap_close(h);
}

static void idle_arenas_are_kept_up_to_a_number(void **state) {
  static const struct {
    const char *spec;
    uint32_t kept;
  } rows[] = {{"pool:arena=64K,kept=0", 0}, {"pool:arena=64K,kept=2", 2}, {SMALL_ARENA, 1}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct pool_heap *h = heap_open(rows[i].spec);
    uint32_t n = 5 * capacity(h, 256) * SMALL_ARENA_POOLS;
    void **blocks = calloc(n, sizeof *blocks);
    fill(h, blocks, n, 256);
    assert_int_equal(h->space.n_mapped, 5);
    drain(h, blocks, n);
    assert_int_equal(h->space.n_mapped, rows[i].kept);
    assert_int_equal(h->idle, rows[i].kept);
    assert_int_equal(h->space.released, 5 - rows[i].kept);
    heap_check(h);
    fill(h, blocks, n, 256); /* unused records are taken again */
    assert_int_equal(h->n_records, ARENA_RECORDS_FIRST);
    assert_int_equal(h->space.created, 5 + 5 - rows[i].kept);
    drain(h, blocks, n);
    alloc_trim(&h->head);
    assert_int_equal(h->space.n_mapped, 0);
    free(blocks);
    heap_close(h);
  }
}

static bool count_region(const struct alloc_region *region, void *context) {
  uint32_t *counts = context;
  counts[region->kind]++;
  if (region->kind == ALLOC_REGION_POOL)
    counts[2] += region->live_blocks;
  return true;
}

static void the_walk_sees_every_arena_and_pool(void **state) {
  struct pool_heap *h = heap_open(SMALL_ARENA);
  uint32_t n = 2 * capacity(h, 512) * SMALL_ARENA_POOLS - 3, counts[3] = {0};
  for (uint32_t i = 0; i < n; i++)
    heap_get(h, 512);
  h->head.table->walk(&h->head, count_region, counts);
  assert_int_equal(counts[ALLOC_REGION_ARENA], 2);
  assert_int_equal(counts[ALLOC_REGION_POOL], 2 * SMALL_ARENA_POOLS);
  assert_int_equal(counts[2], n);
  struct alloc_stats stats;
  alloc_read_stats(&h->head, &stats);
  assert_int_equal(stats.live_blocks, n);
  assert_int_equal(stats.live_bytes, (uint64_t)n * 512);
  assert_int_equal(stats.classes[31].live_blocks, n);
  assert_int_equal(stats.classes[31].free_blocks, 3);
  assert_int_equal(stats.pools_used, 2 * SMALL_ARENA_POOLS);
  heap_close(h);
}

static void a_refused_mapping_is_an_empty_hand(void **state) {
  static const char *const specs[] = {"pool", "pool:reserve=0"};
  for (size_t i = 0; i < 2; i++) {
    struct pool_heap *h = heap_open(specs[i]);
    arena_refuse = heap_refuse_all;
    assert_null(alloc_get(&h->head, 32));
    assert_null(h->head.zalloc(&h->head, 32));
    arena_refuse = NULL;
    void *p = heap_get(h, 512);
    memset(p, 7, 512);
    arena_refuse = heap_refuse_all;
    while (alloc_get(&h->head, 32)) {
    }
    assert_null(h->head.realloc(&h->head, p, 20)); /* fails, and the block stays */
    assert_int_equal(((char *)p)[511], 7);
    arena_refuse = NULL;
    assert_non_null(alloc_get(&h->head, 32));
    heap_close(h);
  }
}

/* Each corruption is undone, so that the same heap shows all of them. */
static void check_finds_corruption(void **state) {
  struct pool_heap *h = heap_open(SMALL_ARENA);
  void *blocks[10], *large[64];
  fill(h, blocks, 10, 32);
  fill(h, large, 64, 512);
  drain(h, blocks, 4);
  struct pool *p = pool_of(h, blocks[9]);
#define CORRUPT(place, value, what)                                                                \
  do {                                                                                             \
    __typeof__(place) before = (place);                                                            \
    (place) = (value);                                                                             \
    heap_expect_violation(h, what);                                                                \
    (place) = before;                                                                              \
    heap_check(h);                                                                                 \
  } while (0)
  CORRUPT(p->live, p->live + 1, "live");
  CORRUPT(p->size_class, 99, "class");
  CORRUPT(p->next_offset, p->next_offset + 8, "offsets");
  CORRUPT(p->arena, NULL, "arena");
  CORRUPT(p->prev, p, "list");
  CORRUPT(p->next, p, "list");
  CORRUPT(*(void **)blocks[3], blocks[3], "twice");
  CORRUPT(*(void **)blocks[3], (char *)blocks[2] + 8, "no carved block");
  CORRUPT(*(void **)blocks[3], NULL, "live");
  CORRUPT(h->used[1], NULL, "class 1");
  CORRUPT(h->used[5], p, "class 5");
  CORRUPT(h->usable, NULL, "usable");
  CORRUPT(h->usable->free_pools, h->usable->free_pools + 1, "free pools");
  CORRUPT(h->last_with[h->usable->free_pools], NULL, "last");
  CORRUPT(h->last_with[0], h->usable, "noted");
  CORRUPT(h->idle, 1, "idle");
  CORRUPT(h->unused, NULL, "unused");
  CORRUPT(h->space.n_mapped, 9, "mapped");
#undef CORRUPT
  heap_close(h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_arena_at_start),
      cmocka_unit_test(presets_set_the_figures),
      cmocka_unit_test(wrong_options_are_refused),
      cmocka_unit_test(classes_round_up_and_large_goes_to_layer_0),
      cmocka_unit_test(blocks_are_carved_one_after_another),
      cmocka_unit_test(the_last_freed_block_comes_first),
      cmocka_unit_test(a_full_pool_leaves_its_list_and_returns_on_the_first_free),
      cmocka_unit_test(an_empty_pool_serves_another_class),
      cmocka_unit_test(the_fullest_arena_is_used_first),
      cmocka_unit_test(idle_arenas_are_kept_up_to_a_number),
      cmocka_unit_test(the_walk_sees_every_arena_and_pool),
      cmocka_unit_test(a_refused_mapping_is_an_empty_hand),
      cmocka_unit_test(check_finds_corruption),
  };
  return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
