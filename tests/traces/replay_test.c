/* The replay: the same checksum under every allocator, the recorded order kept between threads, the
 * table of slots no larger than need be, and a fidelity that notices what is missing. */
#include "base/random.h"
#include "workloads/traces/registry.h"
#include "workloads/traces/replay.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* The C library's malloc is called behind the thread sanitizer's back, which then does not see what
 * orders a free and the next use of the address; our own allocators it sees. */
#if defined(__SANITIZE_THREAD__)
#define REFERENCE "pool"
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define REFERENCE "pool"
#endif
#endif
#ifndef REFERENCE
#define REFERENCE "malloc"
#endif

static char path[64], error[1024];

static int choose_path(void **state) {
  snprintf(path, sizeof path, "/dev/shm/replay-test.%d", (int)getpid());
  return 0;
}
static int remove_path(void **state) {
  unlink(path);
  return 0;
}

/* A program that is invented while its trace is written. */
struct block {
  uint64_t object, size;
  uint32_t thread;
};
struct invention {
  struct trace_writer *writer;
  struct block blocks[4096];
  size_t live;
};

static void begin(struct invention *v) {
  v->live = 0;
  v->writer = trace_create(path, NULL, 1, error, sizeof error);
  assert_non_null(v->writer);
}
static void end(struct invention *v) {
  if (!trace_finish(v->writer, NULL, error, sizeof error))
    fail_msg("%s", error);
}
static void allocate(struct invention *v, enum trace_kind kind, uint32_t thread, uint64_t size) {
  struct trace_event e = {.kind = kind, .thread = thread, .size = size};
  e.fresh = kind == TRACE_REALLOC;
  e.align_log2 = kind == TRACE_ALIGNED ? 8 : 0;
  assert_true(trace_write(v->writer, &e));
  v->blocks[v->live++] = (struct block){e.object, size, thread};
}
static void resize(struct invention *v, size_t which, uint32_t thread, uint64_t size) {
  struct block *b = &v->blocks[which];
  struct trace_event e = {.kind = TRACE_REALLOC, .thread = thread, .owner = b->thread};
  e.object = b->object;
  e.old_size = b->size;
  e.size = size;
  assert_true(trace_write(v->writer, &e));
  b->size = size;
  b->thread = thread;
}
static void release(struct invention *v, size_t which, uint32_t thread) {
  struct block b = v->blocks[which];
  struct trace_event e = {.kind = TRACE_FREE, .thread = thread, .owner = b.thread};
  e.object = b.object;
  e.size = b.size;
  assert_true(trace_write(v->writer, &e));
  v->blocks[which] = v->blocks[--v->live];
}

/* Threads that allocate, resize and free each other's blocks at random. */
static void invent_chaos(uint32_t threads, size_t n, uint64_t seed) {
  static struct invention v;
  struct random r;
  random_seed(&r, seed);
  begin(&v);
  uint32_t known = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t most = known < threads ? known + 1 : threads;
    uint32_t thread = (uint32_t)random_below(&r, most);
    uint64_t size = random_below(&r, (uint64_t)1 << random_below(&r, 14)),
             dice = random_below(&r, 10);
    known += thread == known;
    if (v.live == 4096 || (v.live && dice < 4))
      release(&v, (size_t)random_below(&r, v.live), thread);
    else if (v.live && dice < 6)
      resize(&v, (size_t)random_below(&r, v.live), thread, size);
    else
      allocate(&v, (enum trace_kind)(dice % 4), thread, size);
  }
  end(&v);
}

static struct program *load(void) {
  struct program *p = program_load(path, &(struct program_options){0}, error, sizeof error);
  if (!p)
    fail_msg("%s", error);
  return p;
}

static uint64_t replay(const struct program *p, const char *spec, enum replay_touch touch) {
  struct replay_result result;
  struct alloc *a = alloc_open(spec, error, sizeof error);
  if (!a)
    fail_msg("%s", error);
  replay_run(p, a, touch, &result);
  if (!result.fine)
    fail_msg("%s: %s", spec, result.error);
  if (!alloc_check(a, error, sizeof error))
    fail_msg("%s: %s", spec, error);
  alloc_close(a);
  return result.checksum;
}

static void check_everywhere(uint32_t threads) {
  struct program *p = load();
  assert_int_equal(p->n_threads, threads);
  for (int touch = REPLAY_TOUCH_NONE; touch <= REPLAY_TOUCH_ALL; touch++) {
    uint64_t expected = replay(p, REFERENCE, (enum replay_touch)touch);
    assert_int_equal(replay(p, REFERENCE, (enum replay_touch)touch), expected);
    assert_int_equal(replay(p, "pool", (enum replay_touch)touch), expected);
    assert_int_equal(replay(p, "magazine", (enum replay_touch)touch), expected);
    assert_int_equal(replay(p, "guard+pool", (enum replay_touch)touch), expected);
    assert_int_equal(replay(p, "bump", (enum replay_touch)touch), expected);
  }
  program_free(p);
}

/* ---- cases ---- */

static void one_thread(void **state) {
  invent_chaos(1, 30000, 1);
  check_everywhere(1);
}

static void four_threads_free_each_others_blocks(void **state) {
  invent_chaos(4, 30000, 2);
  check_everywhere(4);
}

static void a_producer_and_a_consumer(void **state) {
  static struct invention v;
  begin(&v);
  for (int i = 0; i < 20000; i++) {
    allocate(&v, TRACE_MALLOC, 0, 16 + (uint64_t)i % 200);
    if (i >= 50)
      release(&v, 0, 1);
  }
  end(&v);
  struct program *p = load();
  assert_true(p->n_slots <= 20000 / 50); /* used again, although another thread frees them */
  program_free(p);
  check_everywhere(2);
}

static void many_short_threads(void **state) {
  static struct invention v;
  begin(&v);
  for (uint32_t t = 0; t < 200; t++) {
    for (int i = 0; i < 10; i++)
      allocate(&v, TRACE_CALLOC, t, 100 + t);
    for (int i = 0; i < 9; i++)
      release(&v, v.live - 1, t);
  }
  while (v.live)
    release(&v, v.live - 1, 0);
  end(&v);
  check_everywhere(200);
}

static void slots_are_as_many_as_blocks_alive(void **state) {
  invent_chaos(1, 50000, 3);
  struct program *p = load();
  assert_int_equal(p->n_slots, p->totals.peak_live_blocks);
  assert_int_equal(p->left.n, p->totals.live_blocks);
  assert_int_equal(p->threads[0].ops.n, p->totals.events);
  program_free(p);
}

static void requests_beyond_two_gigabytes_keep_their_size(void **state) {
  static struct invention v;
  begin(&v);
  allocate(&v, TRACE_MALLOC, 0, 3ull << 30);
  resize(&v, 0, 0, (4ull << 30) + 5);
  release(&v, 0, 0);
  end(&v);
  struct program *p = load();
  assert_int_equal(p->threads[0].wide.n, 3);
  assert_int_equal(p->threads[0].wide.items[1].size, (4ull << 30) + 5);
  program_free(p);
}

static void a_refused_request_is_reported(void **state) {
  static const char *const specs[] = {"fault:after=500+" REFERENCE};
  for (uint32_t threads = 1; threads <= 4; threads += 3) {
    struct replay_result result;
    invent_chaos(threads, 5000, 4);
    struct program *p = load();
    struct alloc *a = alloc_open(specs[0], error, sizeof error);
    if (!a)
      fail_msg("%s", error);
    replay_run(p, a, REPLAY_TOUCH_FIRST, &result);
    assert_false(result.fine);
    assert_non_null(strstr(result.error, "out of memory"));
    alloc_close(a);
    program_free(p);
  }
}

static void fidelity_is_whole(void **state) {
  static struct invention v;
  struct replay_fidelity f;
  begin(&v);
  for (int i = 0; i < 3000; i++)
    allocate(&v, (enum trace_kind)(i % 3), 0, (uint64_t)i);
  while (v.live > 100)
    release(&v, v.live - 1, 0);
  end(&v);
  struct program *p = load();
  struct alloc *a = alloc_open("pool", error, sizeof error);
  assert_non_null(a);
  assert_true(replay_measure_fidelity(p, a, &f, error, sizeof error));
  assert_true(f.figure == 1);
  assert_int_equal(f.padded_bytes, 0);
  /* A replay of something else must not look faithful: the original is said to be twice as big. */
  p->totals.peak_live_bytes *= 2;
  p->totals.classes[3] += 3000;
  assert_true(replay_measure_fidelity(p, a, &f, error, sizeof error));
  assert_true(f.peak_bytes == 0.5);
  assert_true(f.figure <= 0.5);
  assert_true(f.classes < 1);
  alloc_close(a);
  program_free(p);
}

static void fidelity_between_threads(void **state) {
  struct replay_fidelity f;
  invent_chaos(4, 20000, 6);
  struct program *p = load();
  struct alloc *a = alloc_open("magazine", error, sizeof error);
  assert_non_null(a);
  assert_true(replay_measure_fidelity(p, a, &f, error, sizeof error));
  assert_true(f.events == 1);
  assert_true(f.foreign == 1);
  assert_true(p->totals.foreign_frees > 1000);
  assert_true(f.curve > 0.5);
  alloc_close(a);
  program_free(p);
}

static void a_prefix_can_be_replayed(void **state) {
  struct program_options options = {.events = 1000};
  invent_chaos(3, 5000, 7);
  struct program *p = program_load(path, &options, error, sizeof error);
  assert_non_null(p);
  assert_int_equal(p->totals.events, 1000);
  assert_false(p->whole);
  replay(p, REFERENCE, REPLAY_TOUCH_ALL);
  program_free(p);
}

static void a_damaged_recording_is_refused_or_partly_replayed(void **state) {
  struct program_options partial = {.partial = true};
  struct stat file;
  invent_chaos(1, 150000, 8);
  assert_int_equal(stat(path, &file), 0);
  assert_int_equal(truncate(path, file.st_size / 2), 0); /* in the second of three blocks */
  assert_null(program_load(path, &(struct program_options){0}, error, sizeof error));
  assert_non_null(strstr(error, "cut off in a block"));
  struct program *p = program_load(path, &partial, error, sizeof error);
  assert_non_null(p);
  assert_true(p->damaged);
  assert_int_equal(p->totals.events, 65536);
  replay(p, REFERENCE, REPLAY_TOUCH_FIRST);
  program_free(p);
  assert_int_equal(truncate(path, 10), 0);
  assert_null(program_load(path, &partial, error, sizeof error));
}

static void names_of_recordings(void **state) {
  char found[4096];
  for (const struct trace_entry *e = trace_registry; e->name; e++)
    if (!trace_registry_path(e->name, found, sizeof found, error, sizeof error))
      fail_msg("%s", error);
  assert_false(trace_registry_path("sqlte", found, sizeof found, error, sizeof error));
  assert_non_null(strstr(error, "did you mean 'sqlite'?"));
  assert_true(trace_registry_path("a/b", found, sizeof found, error, sizeof error));
  assert_string_equal(found, "a/b");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_thread),
      cmocka_unit_test(four_threads_free_each_others_blocks),
      cmocka_unit_test(a_producer_and_a_consumer),
      cmocka_unit_test(many_short_threads),
      cmocka_unit_test(slots_are_as_many_as_blocks_alive),
      cmocka_unit_test(requests_beyond_two_gigabytes_keep_their_size),
      cmocka_unit_test(a_refused_request_is_reported),
      cmocka_unit_test(fidelity_is_whole),
      cmocka_unit_test(fidelity_between_threads),
      cmocka_unit_test(a_prefix_can_be_replayed),
      cmocka_unit_test(a_damaged_recording_is_refused_or_partly_replayed),
      cmocka_unit_test(names_of_recordings),
  };
  return cmocka_run_group_tests(tests, choose_path, remove_path);
}
