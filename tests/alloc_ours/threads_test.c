/* Our own backends under threads: blocks are passed round and freed by others; threads come and go.
 */
#include "base/random.h"
#include "tests/alloc_ours/heap.h"
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, SLOTS = 512, STEPS = 20000, GENERATIONS = 3 };

/* A slot holds NULL or a block that nobody owns: who exchanges it takes it over. */
struct exchange {
  struct alloc *a;
  void *slots[SLOTS];
};
struct worker {
  struct exchange *exchange;
  uint64_t seed;
};

static void *work(void *argument) {
  struct worker *w = argument;
  struct alloc *a = w->exchange->a;
  struct random r;
  random_seed(&r, w->seed);
  for (size_t i = 0; i < STEPS; i++) {
    size_t bytes = 16 + random_below(&r, 1000);
    unsigned char *mine = a->alloc(a, bytes);
    if (!mine)
      return w;
    mine[0] = mine[15] = mine[bytes - 1] = (unsigned char)bytes;
    void **slot = &w->exchange->slots[random_below(&r, SLOTS)];
    unsigned char *other = __atomic_exchange_n(slot, mine, __ATOMIC_ACQ_REL);
    if (other && other[0] != other[15])
      return w;
    a->free(a, other);
  }
  return NULL;
}

static void blocks_wander_between_threads(void **state) {
  static struct exchange exchange;
  memset(&exchange, 0, sizeof exchange);
  struct alloc *a = exchange.a = heap_open(*state);
  for (uint64_t generation = 0; generation < GENERATIONS; generation++) {
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    for (uint64_t i = 0; i < THREADS; i++) {
      workers[i] = (struct worker){&exchange, generation * THREADS + i};
      assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
      void *failed;
      pthread_join(threads[i], &failed);
      assert_null(failed);
    }
    heap_check(a);
  }
  uint64_t live = 0;
  for (size_t i = 0; i < SLOTS; i++)
    live += exchange.slots[i] != NULL;
  struct alloc_stats stats;
  alloc_read_stats(a, &stats);
  assert_int_equal(stats.live_blocks, live); /* ended threads left nothing in their magazines */
  for (size_t i = 0; i < SLOTS; i++)
    a->free(a, exchange.slots[i]);
  alloc_trim(a);
  alloc_read_stats(a, &stats);
  assert_int_equal(stats.live_blocks, 0);
  assert_int_equal(stats.mapped_bytes, 0);
  heap_close(a);
}

static void *free_one(void *block) {
  struct alloc *a = *(struct alloc **)block;
  a->free(a, block);
  return NULL;
}

/* A thread whose cache belongs to a closed heap must not take it for one of the next heap. */
static void heaps_come_and_go_under_a_living_thread(void **state) {
  for (size_t i = 0; i < 20; i++) {
    struct alloc *a = heap_open(*state), *b = heap_open(*state);
    void *x = heap_get(a, 40), *y = heap_get(b, 40);
    a->free(a, x);
    *(struct alloc **)y = b;
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, free_one, y), 0);
    pthread_join(t, NULL);
    heap_close(a);
    assert_non_null(heap_get(b, 40));
    heap_close(b);
  }
}

int main(void) {
  static const char *const specs[] = {"pool",
                                      "pool:reserve=0,kept=0",
                                      "magazine",
                                      "magazine-inline",
                                      "magazine:blocks=4,keep=0",
                                      "magazine:reserve=0"};
  struct CMUnitTest tests[2 * sizeof specs / sizeof *specs];
  size_t n = 0;
  for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
    void *spec = (void *)(uintptr_t)specs[i];
    static char names[2 * sizeof specs / sizeof *specs][80];
    CMUnitTestFunction functions[] = {blocks_wander_between_threads,
                                      heaps_come_and_go_under_a_living_thread};
    for (size_t k = 0; k < 2; k++, n++) {
      snprintf(names[n], sizeof names[n], "%s under %s", k ? "heaps come and go" : "blocks wander",
               specs[i]);
      tests[n] = (struct CMUnitTest){names[n], functions[k], NULL, NULL, spec};
    }
  }
  return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
