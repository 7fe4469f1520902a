/* Random allocation, resizing and freeing against a shadow model: what every configuration of our
 * own backends must survive.
 *
 * The model knows each live block, its size and its fill: a byte pattern from its number. A block
 * that overlaps another, loses its content or is misaligned is found when it is freed or resized;
 * check() recomputes the heap's invariants every few thousand steps; statistics are compared with
 * the model's count. OURO_TEST_SEED and OURO_TEST_STEPS repeat or lengthen a run. */
#include "alloc/alloc.h"
#include "base/random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LIVE_MAX = 20000, CHECK_EVERY = 5000 };

struct block {
  unsigned char *start;
  size_t bytes;
  unsigned char fill;
};

struct model {
  struct alloc *a;
  struct random random;
  struct block blocks[LIVE_MAX];
  size_t n, target; /* live blocks now, and where the present phase drifts to */
  size_t largest;   /* bytes */
};

static void fill(struct block *b) { memset(b->start, b->fill, b->bytes); }

static void verify(const struct block *b, size_t bytes) {
  for (size_t i = 0; i < bytes; i++)
    if (b->start[i] != b->fill)
      fail_msg("byte %zu of a block of %zu was overwritten", i, b->bytes);
}

/* Mostly small, sometimes around the limits, rarely large. */
static size_t random_bytes(struct model *m) {
  uint64_t dice = random_below(&m->random, 100);
  if (dice < 60)
    return random_below(&m->random, 129);
  if (dice < 90)
    return random_below(&m->random, 1025);
  if (dice < 99)
    return random_below(&m->random, 9000);
  return random_below(&m->random, 200000);
}

static void check_heap(struct model *m) {
  char error[256] = "";
  if (!alloc_check(m->a, error, sizeof error))
    fail_msg("%s", error);
  struct alloc_stats stats;
  alloc_read_stats(m->a, &stats);
  assert_int_equal(stats.live_blocks, m->n);
  assert_true(stats.mapped_bytes <= stats.peak_mapped_bytes);
}

static void step_alloc(struct model *m) {
  struct block *b = &m->blocks[m->n++];
  b->bytes = random_bytes(m);
  b->fill = (unsigned char)random_next(&m->random);
  bool zeroed = random_below(&m->random, 8) == 0;
  b->start = zeroed ? m->a->zalloc(m->a, b->bytes) : m->a->alloc(m->a, b->bytes);
  assert_non_null(b->start);
  assert_int_equal((uintptr_t)b->start % (b->bytes >= 16 ? 8 : 1), 0);
  assert_true(m->a->table->usable(m->a, b->start) >= b->bytes);
  if (zeroed)
    for (size_t i = 0; i < b->bytes; i++)
      assert_int_equal(b->start[i], 0);
  fill(b);
}

static void step_free(struct model *m) {
  struct block *b = &m->blocks[random_below(&m->random, m->n)];
  if (random_below(&m->random, 4) == 0) /* the newest: stacks are common */
    b = &m->blocks[m->n - 1];
  verify(b, b->bytes);
  m->a->free(m->a, b->start);
  *b = m->blocks[--m->n];
}

static void step_resize(struct model *m) {
  struct block *b = &m->blocks[random_below(&m->random, m->n)];
  size_t bytes = random_bytes(m);
  unsigned char *start = m->a->realloc(m->a, b->start, bytes);
  assert_non_null(start);
  b->start = start;
  verify(b, bytes < b->bytes ? bytes : b->bytes);
  b->bytes = bytes;
  fill(b);
}

static void step(struct model *m) {
  if (random_below(&m->random, 10000) == 0)
    m->target = random_below(&m->random, LIVE_MAX);
  if (random_below(&m->random, 50000) == 0)
    alloc_trim(m->a);
  bool grow = random_below(&m->random, 100) < (m->n < m->target ? 60u : 40u);
  if (m->n && random_below(&m->random, 16) == 0)
    step_resize(m);
  else if (m->n < LIVE_MAX && (grow || !m->n))
    step_alloc(m);
  else
    step_free(m);
}

static uint64_t setting(const char *name, uint64_t fallback) {
  const char *text = getenv(name);
  return text ? strtoull(text, NULL, 0) : fallback;
}

static void torture(void **state) {
  static struct model m;
  char error[256] = "";
  memset(&m, 0, sizeof m);
  m.a = alloc_open(*state, error, sizeof error);
  if (!m.a)
    fail_msg("%s", error);
  random_seed(&m.random, setting("OURO_TEST_SEED", 1));
  uint64_t steps = setting("OURO_TEST_STEPS", 200000);
  m.target = LIVE_MAX / 2;
  for (uint64_t i = 0; i < steps; i++) {
    step(&m);
    if (i % CHECK_EVERY == 0)
      check_heap(&m);
  }
  while (m.n)
    step_free(&m);
  check_heap(&m);
  alloc_trim(m.a);
  check_heap(&m);
  struct alloc_stats stats;
  alloc_read_stats(m.a, &stats);
  assert_int_equal(stats.live_bytes, 0);
  assert_int_equal(stats.mapped_bytes, 0);
  alloc_close(m.a);
}

int main(void) {
  static const char *const specs[] = {
      "pool",
      "pool:preset=cpython-3.11",
      "pool:preset=cpython-3.9",
      "pool:preset=cpython-2.7",
      "pool:kept=0,arena=4K,pool=4K",
      "pool:pool=1K,arena=64K,limit=256,kept=1",
      "pool:reserve=0",
      "pool:raw=mimalloc",
      "magazine",
      "magazine-inline",
      "magazine:align=8",
      "magazine:blocks=4,bytes=1024,keep=0",
      "magazine:huge=0,keep=64M",
      "magazine:reserve=0,raw=mimalloc",
  };
  struct CMUnitTest tests[sizeof specs / sizeof *specs];
  for (size_t i = 0; i < sizeof specs / sizeof *specs; i++)
    tests[i] = (struct CMUnitTest){
        .name = specs[i], .test_func = torture, .initial_state = (void *)(uintptr_t)specs[i]};
  return cmocka_run_group_tests_name("torture", tests, NULL, NULL);
}
