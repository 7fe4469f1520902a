/* Backend `magazine`: magazines, records, budget, trim, and a check that finds corruption. */
#include "alloc/magazine.h"
#include "base/random.h"
#include "tests/alloc_ours/heap.h"
#include <malloc.h>

static void *big_array(size_t n) {
  void *blocks = calloc(n, sizeof(void *));
  assert_non_null(blocks);
  return blocks;
}
static struct magazine_pool *record_of(struct magazine_heap *h, const void *block) {
  return &h->pools[magazine_pool_of(h, arena_offset(&h->space, block))];
}

static void nothing_is_mapped_at_start(void **state) {
  struct magazine_heap *h = heap_open("magazine");
  assert_int_equal(h->space.n_mapped, 0);
  heap_close(h);
}

static void wrong_options_are_refused(void **state) {
  heap_expect_refused("magazine:align=12", "align");
  heap_expect_refused("magazine-inline:align=8", "inlined");
  heap_expect_refused("magazine:blocks=3", "blocks");
  heap_expect_refused("magazine:kept=1", "kept");
}

static void classes_are_16_or_8_bytes_apart_then_four_to_a_doubling(void **state) {
  struct magazine_heap *h = heap_open("magazine"), *eight = heap_open("magazine:align=8");
  static const size_t asked[] = {0, 1, 16, 17, 24, 256, 257, 512, 513, 640, 641, 8192};
  static const size_t got[] = {16, 16, 16, 32, 32, 256, 272, 512, 640, 640, 768, 8192};
  static const size_t got_8[] = {8, 8, 16, 24, 24, 256, 272, 512, 640, 640, 768, 8192};
  for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
    assert_int_equal(h->head.table->usable(&h->head, heap_get(h, asked[i])), got[i]);
    assert_int_equal(eight->head.table->usable(&eight->head, heap_get(eight, asked[i])), got_8[i]);
  }
  assert_true(eight->n_classes - 1 <= ALLOC_CLASSES_MAX);
  heap_close(eight);
  void *large = heap_get(h, 8193);
  assert_false(arena_owns(&h->space, large));
  alloc_put(&h->head, large);
  heap_close(h);
}

static void the_last_freed_block_comes_first(void **state) {
  struct magazine_heap *h = heap_open("magazine");
  void *a = heap_get(h, 32), *b = heap_get(h, 32);
  alloc_put(&h->head, a);
  alloc_put(&h->head, b);
  assert_ptr_equal(heap_get(h, 32), b);
  assert_ptr_equal(heap_get(h, 32), a);
  heap_close(h);
}

static void pools_have_no_header(void **state) {
  struct magazine_heap *h = heap_open("magazine");
  char *first = heap_get(h, 32);
  assert_int_equal((uintptr_t)first % MAGAZINE_UNIT_BYTES, 0);
  for (uint32_t i = 1; i < MAGAZINE_UNIT_BYTES / 32; i++)
    assert_ptr_equal(heap_get(h, 32), first + (size_t)i * 32);
  assert_int_equal(record_of(h, first)->free, 0);
  heap_close(h);
}

static void a_full_magazine_returns_its_older_half(void **state) {
  struct magazine_heap *h = heap_open("magazine:blocks=16");
  void *blocks[64];
  for (size_t i = 0; i < 64; i++)
    blocks[i] = heap_get(h, 64);
  struct magazine_pool *p = record_of(h, blocks[0]);
  uint32_t before = p->free;
  for (size_t i = 0; i < 16; i++)
    alloc_put(&h->head, blocks[i]);
  assert_int_equal(p->free, before); /* no pool has seen one */
  alloc_put(&h->head, blocks[16]);
  assert_int_equal(p->free, before + 8);
  const struct magazine *m = &magazine_find_cache(h)->loaded[4];
  assert_int_equal(m->n, 9);
  assert_ptr_equal(m->items[0], blocks[8]); /* the oldest that is left */
  assert_int_equal(*magazine_bitmap(h, 0) & 0xffff, 0xff);
  heap_check(h);
  heap_close(h);
}

static void a_refill_takes_the_lowest_blocks_from_several_pools(void **state) {
  struct magazine_heap *h = heap_open("magazine:blocks=16");
  enum { N = 2 * MAGAZINE_UNIT_BYTES / 64 };
  void *blocks[N] = {NULL};
  for (size_t i = 0; i < N; i++)
    blocks[i] = heap_get(h, 64);
  struct magazine_pool *first = record_of(h, blocks[0]), *second = record_of(h, blocks[N - 1]);
  for (size_t i = 0; i < 5; i++)
    alloc_put(&h->head, blocks[9 - i]);
  for (size_t i = 0; i < 12; i++)
    alloc_put(&h->head, blocks[N - 1 - i]);
  assert_int_equal(first->free + second->free, 8);
  for (size_t i = 0; i < 9; i++)
    heap_get(h, 64);
  assert_int_equal(first->free + second->free, 8);
  assert_ptr_equal(heap_get(h, 64), blocks[N - 3]); /* of the pool freed to last, the lowest */
  assert_int_equal(first->free + second->free, 0);
  heap_check(h);
  heap_close(h);
}

static void an_emptied_pool_serves_another_class(void **state) {
  struct magazine_heap *h = heap_open("magazine");
  void **blocks = big_array(1024), *anchor = heap_get(h, 16);
  for (size_t i = 0; i < 1024; i++)
    blocks[i] = heap_get(h, 32);
  uint64_t taken = h->pools_taken;
  for (size_t i = 0; i < 1024; i++)
    alloc_put(&h->head, blocks[i]);
  alloc_trim(&h->head);
  char *b = heap_get(h, 500);
  assert_int_equal(h->pools_taken, taken + 1);
  assert_true(b >= (char *)blocks[0] - MAGAZINE_UNIT_BYTES && b <= (char *)blocks[1023]);
  alloc_put(&h->head, anchor);
  free(blocks);
  heap_close(h);
}

/* The budget doubles when memory is wanted again soon after its release, and decays. */
static void the_budget_learns_and_forgets(void **state) {
  struct magazine_heap *h = heap_open("magazine");
  enum { N = 500000 };
  void **blocks = big_array(N);
  size_t budgets[3];
  uint32_t idle[3];
  for (size_t round = 0; round < 3; round++) {
    for (size_t i = 0; i < N; i++)
      blocks[i] = heap_get(h, 64);
    budgets[round] = h->budget;
    for (size_t i = 0; i < N; i++)
      alloc_put(&h->head, blocks[i]);
    idle[round] = h->n_idle;
    heap_check(h);
  }
  assert_int_equal(budgets[0], 4 << 20);
  assert_true(budgets[1] > budgets[0]);
  assert_true(idle[1] > idle[0]);
  uint64_t created = h->space.created;
  assert_true(created < 3u * h->space.peak_mapped);
  for (size_t i = 0; i < 8; i++)
    alloc_decay(&h->head);
  assert_int_equal(h->budget, 4 << 20);
  assert_true(h->n_idle <= 2);
  free(blocks);
  heap_close(h);
}

static void trim_gives_back_what_random_frees_left(void **state) {
  struct magazine_heap *h = heap_open("magazine");
  enum { N = 200000 };
  void **blocks = big_array(N);
  struct random r;
  random_seed(&r, 5);
  for (size_t i = 0; i < N; i++)
    blocks[i] = heap_get(h, 64);
  random_shuffle(&r, blocks, N, sizeof *blocks);
  for (size_t i = 1; i < N; i++)
    alloc_put(&h->head, blocks[i]);
  alloc_trim(&h->head);
  heap_check(h);
  assert_int_equal(h->space.n_mapped, 1); /* one block lives */
  uint32_t dirty = 0;
  for (uint32_t i = 0; i < h->space.highest * MAGAZINE_ARENA_UNITS; i++)
    dirty += arena_is_mapped(&h->space, i / MAGAZINE_ARENA_UNITS) && !h->pools[i].is_clean;
  assert_int_equal(dirty, 1);
  alloc_put(&h->head, blocks[0]);
  alloc_trim(&h->head);
  assert_int_equal(h->space.n_mapped, 0);
  free(blocks);
  heap_close(h);
}

static void a_refused_mapping_is_an_empty_hand(void **state) {
  struct magazine_heap *h = heap_open("magazine");
  arena_refuse = heap_refuse_all;
  assert_null(alloc_get(&h->head, 32));
  assert_null(alloc_get(&h->head, 3000));
  arena_refuse = NULL;
  void *p = heap_get(h, 32);
  arena_refuse = heap_refuse_all;
  while (alloc_get(&h->head, 512)) {
  }
  assert_null(h->head.realloc(&h->head, p, 500));
  arena_refuse = NULL;
  assert_non_null(alloc_get(&h->head, 512));
  heap_close(h);
}

/* Only the heap of its own name is inlined, and the other paths give the same blocks. */
static void inlined_code_serves_every_allocator(void **state) {
  static const char *const specs[] = {"magazine-inline", "magazine", "pool", "malloc"};
  for (size_t i = 0; i < 4; i++) {
    struct alloc *a = heap_open(specs[i]);
    void *sized = magazine_get(a, 48), *small = magazine_get(a, 48), *large = magazine_get(a, 9000);
    assert_true(sized && small && large);
    bool inlined = magazine_here->inlined == a;
    assert_int_equal(inlined, i == 0);
    magazine_put_sized(a, sized, 48);
    assert_true(i || magazine_get(a, 40) == sized);
    magazine_put(a, small);
    magazine_put(a, large);
    magazine_put(a, NULL);
    heap_close(a);
  }
}

static void check_finds_corruption(void **state) {
  struct magazine_heap *h = heap_open("magazine:blocks=8");
  void *blocks[300];
  for (size_t i = 0; i < 300; i++)
    blocks[i] = heap_get(h, 48);
  for (size_t i = 0; i < 20; i++)
    alloc_put(&h->head, blocks[i]);
  struct magazine_pool *p = record_of(h, blocks[0]);
  struct magazine_cache *c = magazine_find_cache(h);
  struct magazine *m = &c->loaded[3];
  uint64_t *words = magazine_bitmap(h, 0);
  assert_true(p->free > 4 && m->n > 1);
#define CORRUPT(place, value, what)                                                                \
  do {                                                                                             \
    __typeof__(place) before = (place);                                                            \
    (place) = (value);                                                                             \
    heap_expect_violation(h, what);                                                                \
    (place) = before;                                                                              \
    heap_check(h);                                                                                 \
  } while (0)
  CORRUPT(p->free, (uint16_t)(p->free + 1), "free");
  CORRUPT(p->size_class, 40, "class");
  CORRUPT(p->prev, 7, "list");

  CORRUPT(words[0], words[0] | 2, "no block's");
  CORRUPT(words[0], words[0] & (words[0] - 1), "bits");
  CORRUPT(m->items[0], m->items[1], "twice");
  CORRUPT(m->items[0], (char *)m->items[0] + 16, "no block");
  CORRUPT(m->items[0], blocks[0], "no block"); /* it is free */
  CORRUPT(m->n, 9, "magazine");
  CORRUPT(h->partial[3], MAGAZINE_NONE, "class 3");
  CORRUPT(h->empty[3], 0, "empty");
  CORRUPT(h->classes[0], 9, "no block");
  CORRUPT(h->arenas[0].free_pools, 5, "free pools");
  CORRUPT(h->filled[0][0], ~h->filled[0][0], "bit");
  CORRUPT(h->n_idle, 1, "idle");
  CORRUPT(c->loaded[0].limit, 1, "class 0");
#undef CORRUPT
  heap_close(h);
}

/* A heap's magazines go with it: those of this thread at the next heap it uses. */
static void closed_heaps_leave_nothing_behind(void **state) {
  size_t before = 0;
  for (int i = 0; i < 200; i++) {
    struct magazine_heap *h = heap_open("magazine"), *other = heap_open("magazine");
    alloc_put(&h->head, heap_get(h, 32));
    alloc_put(&other->head, heap_get(other, 32));
    heap_close(h);
    alloc_put(&other->head, heap_get(other, 32));
    heap_close(other);
    if (i == 10)
      before = mallinfo2().uordblks;
  }
  assert_true(mallinfo2().uordblks < before + 100000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_mapped_at_start),
      cmocka_unit_test(wrong_options_are_refused),
      cmocka_unit_test(classes_are_16_or_8_bytes_apart_then_four_to_a_doubling),
      cmocka_unit_test(the_last_freed_block_comes_first),
      cmocka_unit_test(pools_have_no_header),
      cmocka_unit_test(a_full_magazine_returns_its_older_half),
      cmocka_unit_test(a_refill_takes_the_lowest_blocks_from_several_pools),
      cmocka_unit_test(an_emptied_pool_serves_another_class),
      cmocka_unit_test(the_budget_learns_and_forgets),
      cmocka_unit_test(trim_gives_back_what_random_frees_left),
      cmocka_unit_test(a_refused_mapping_is_an_empty_hand),
      cmocka_unit_test(inlined_code_serves_every_allocator),
      cmocka_unit_test(check_finds_corruption),
      cmocka_unit_test(closed_heaps_leave_nothing_behind),
  };
  return cmocka_run_group_tests_name("magazine", tests, NULL, NULL);
}
