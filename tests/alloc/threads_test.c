/* Threads on the backends whose code is ours, and on every layer: each thread allocates, resizes
 * and frees, and passes blocks on for another thread to free. Passes under a thread sanitizer. */
#include "base/bits.h"
#include "base/random.h"
#include "specs.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { THREADS = 4, STEPS = 20000, SEATS = 64 };

struct work {
  struct alloc *a;
  uint64_t seed;
  size_t broken;
};

/* Blocks on their way to whoever takes them. The first bytes of each repeat its size. */
static _Atomic(size_t *) seats[SEATS];

static size_t *make(struct alloc *a, size_t bytes) {
  size_t *block = alloc_get(a, bytes);
  if (block)
    *block = bytes;
  return block;
}

static void *run(void *context) {
  struct work *w = context;
  struct random r;
  random_seed(&r, w->seed);
  size_t *own[32] = {0};
  for (unsigned step = 0; step < STEPS; step++) {
    size_t i = random_below(&r, ARRAY_SIZE(own)), bytes = 8 + random_below(&r, 600);
    if (own[i] && random_below(&r, 4) == 0) {
      size_t before = *own[i], *moved = w->a->realloc(w->a, own[i], bytes);
      w->broken += !moved || *moved != before;
      if (moved)
        *(own[i] = moved) = bytes;
    } else if (own[i] && random_below(&r, 2)) {
      own[i] = atomic_exchange(&seats[random_below(&r, SEATS)], own[i]);
      w->broken += own[i] && (*own[i] < 8 || *own[i] >= 608);
    } else {
      alloc_put(w->a, own[i]);
      own[i] = make(w->a, bytes);
      w->broken += !own[i];
    }
  }
  for (size_t i = 0; i < ARRAY_SIZE(own); i++)
    alloc_put(w->a, own[i]);
  return NULL;
}

static void threads_share_an_instance(void **state) {
  char error[512] = "";
  struct alloc *a = alloc_open(*state, error, sizeof error);
  if (!a)
    fail_msg("%s", error);
  pthread_t threads[THREADS];
  struct work work[THREADS];
  for (size_t i = 0; i < THREADS; i++) {
    work[i] = (struct work){a, i + 1, 0};
    assert_int_equal(pthread_create(&threads[i], NULL, run, &work[i]), 0);
  }
  for (size_t i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    assert_int_equal(work[i].broken, 0);
  }
  for (size_t i = 0; i < SEATS; i++)
    alloc_put(a, atomic_exchange(&seats[i], NULL));
  if (!alloc_check(a, error, sizeof error))
    fail_msg("%s", error);
  struct alloc_stats stats;
  alloc_read_stats(a, &stats);
  /* What waits in a guard's quarantine is alive for those below it. */
  if (stats.live_blocks != UINT64_MAX && !strstr(*state, "guard+"))
    assert_int_equal(stats.live_blocks, 0);
  alloc_close(a);
}

int main(void) {
  static char specs[SPECS_MAX][SPEC_BYTES];
  static struct CMUnitTest tests[SPECS_MAX];
  size_t n = specs_list(specs, true);
  for (size_t i = 0; i < n; i++)
    tests[i] = (struct CMUnitTest){specs[i], threads_share_an_instance, NULL, NULL, specs[i]};
  return _cmocka_run_group_tests("threads", tests, n, NULL, NULL);
}
