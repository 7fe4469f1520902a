/* Random mutations of a graph of every kind of object, mirrored in a model that knows nothing of
 * memory; and the same program with memory running out at every possible point. Built twice. */
#include "base/random.h"
#include "tests/gc_contract/host.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NODES = 3000, EDGES = 6, ROOTS = 16 };

/* The model: node 0 stands for NULL. Objects are found again through it, but it is no root: it lies
 * in static memory, which no collector reads. */
struct model_node {
  struct object *o;
  uint32_t edges[EDGES];
  uint8_t edges_n;
  bool exists, reachable;
};
static struct model_node model[NODES];
static uint32_t model_roots[ROOTS];
static struct random rnd;

static struct object *make_kind(size_t kind) {
  switch (kind) {
  case 0:
    return pair_new();
  case 1:
    return odd_new();
  case 2:
    return row_new(EDGES);
  case 3:
    return shelf_new(3);
  case 4:
    return split_new(4);
  default:
    return mortal_new(0);
  }
}

static void mark_model(void) {
  static uint32_t stack[NODES];
  size_t n = 0;
  for (size_t i = 0; i < NODES; i++)
    model[i].reachable = false;
  for (size_t i = 0; i < ROOTS; i++)
    if (model_roots[i] && !model[model_roots[i]].reachable) {
      model[model_roots[i]].reachable = true;
      stack[n++] = model_roots[i];
    }
  while (n) {
    struct model_node *m = &model[stack[--n]];
    for (size_t i = 0; i < m->edges_n; i++) {
      uint32_t e = m->edges[i];
      if (e && !model[e].reachable) {
        model[e].reachable = true;
        stack[n++] = e;
      }
    }
  }
}

static size_t random_reachable(void) { /* 0 when unlucky */
  for (int tries = 0; tries < 20; tries++) {
    size_t i = random_below(&rnd, NODES);
    if (i && model[i].exists && model[i].reachable)
      return i;
  }
  return 0;
}

static void make_node(void) {
  size_t i = 1 + random_below(&rnd, NODES - 1);
  if (model[i].exists && model[i].reachable)
    return;
  struct object *o = make_kind(random_below(&rnd, 6));
  assert_non_null(o);
  model[i] = (struct model_node){
      .o = o, .edges_n = (uint8_t)slots_of(o), .exists = true, .reachable = true};
  size_t root = random_below(&rnd, ROOTS);
  if (model_roots[root] && !*slot_of(o, 0)) { /* the old root stays reachable through the new one */
    set(o, 0, hold(host_roots[root]));
    model[i].edges[0] = model_roots[root];
  }
  model_roots[root] = (uint32_t)i;
  root_set(root, o);
}

static void link_nodes(void) {
  size_t from = random_reachable(), to = random_reachable();
  if (!from || !to)
    return;
  size_t slot = random_below(&rnd, model[from].edges_n);
  set(model[from].o, slot, hold(model[to].o));
  model[from].edges[slot] = (uint32_t)to;
}

static void cut_edge(void) {
  size_t from = random_reachable();
  if (!from)
    return;
  size_t slot = random_below(&rnd, model[from].edges_n);
  model[from].edges[slot] = 0;
  set(model[from].o, slot, NULL);
}

static void cut_root(void) {
  size_t root = random_below(&rnd, ROOTS);
  model_roots[root] = 0;
  root_set(root, NULL);
}

static void mutate(void *context) {
  for (size_t step = 0; step < *(size_t *)context; step++) {
    uint64_t dice = random_below(&rnd, 100);
    if (dice < 45)
      make_node();
    else if (dice < 85)
      link_nodes();
    else if (dice < 99)
      cut_edge();
    else
      cut_root();
    if (dice >= 45)
      mark_model(); /* before a node that is gone could be named again */
    gc_safepoint();
  }
}

static void compare(void *context) {
  (void)context;
  mark_model();
  size_t reachable = 0;
  for (size_t i = 1; i < NODES; i++) {
    if (!model[i].exists || !model[i].reachable)
      continue;
    reachable++;
    assert_int_equal(slots_of(model[i].o), model[i].edges_n);
    for (size_t k = 0; k < model[i].edges_n; k++) {
      uint32_t e = model[i].edges[k];
      assert_ptr_equal(*slot_of(model[i].o, k), e ? model[e].o : NULL);
    }
  }
  assert_int_equal(gc_read_stats()->live_objects, reachable);
}

static void run_over(const char *alloc, const char *spec, uint64_t seed, size_t rounds,
                     size_t steps) {
  host_open_over(alloc, spec);
  memset(model, 0, sizeof model);
  memset(model_roots, 0, sizeof model_roots);
  random_seed(&rnd, seed);
  for (size_t i = 0; i < rounds; i++) {
    host_away(mutate, &steps);
    host_collect();
    host_collect(); /* what had a finaliser */
    host_away(compare, NULL);
  }
  host_close();
}

static void run_against_model(const char *spec, uint64_t seed, size_t rounds, size_t steps) {
  run_over("malloc", spec, seed, rounds, steps);
}

static void heap_equals_model(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 4; seed++)
    run_against_model(HOST_COLLECTOR ":verify=1", seed, 10, 3000);
}

static void heap_equals_model_under_stress(void **state) {
  (void)state;
  run_against_model(HOST_COLLECTOR ":verify=1,stress=1,at=allocation", 6, 3, 700);
  run_against_model(HOST_COLLECTOR ":verify=1,stress=7,at=safepoint", 7, 3, 2000);
}

/* Objects then start at multiples of 8, in the middle of what one bit stands for. */
static void heap_equals_model_over_blocks_aligned_to_8(void **state) {
  (void)state;
  static const char *const allocs[] = {"pool:preset=cpython-2.7", "magazine:align=8"};
  for (size_t i = 0; i < ARRAY_SIZE(allocs); i++) {
    run_over(allocs[i], HOST_COLLECTOR ":verify=1", 21 + i, 5, 3000);
    run_over(allocs[i], HOST_COLLECTOR ":verify=1,stress=7,at=safepoint", 23 + i, 3, 1000);
  }
}

/* ---- memory that runs out ---- */

static struct { /* an allocator over another that refuses the nth request, and those that follow it
                 */
  struct alloc head;
  uint64_t left;    /* requests until then */
  uint64_t refused; /* of them, this many; then it gives again */
  int64_t blocks;   /* alive */
} scarce;

static bool refuse(void) {
  if (scarce.left) {
    scarce.left--;
    return false;
  }
  if (!scarce.refused)
    return false;
  scarce.refused--;
  return true;
}
static void *scarce_alloc(struct alloc *a, size_t bytes) {
  (void)a;
  void *p = refuse() ? NULL : malloc(bytes);
  scarce.blocks += p != NULL;
  return p;
}
static void *scarce_zalloc(struct alloc *a, size_t bytes) {
  void *p = scarce_alloc(a, bytes);
  return p ? memset(p, 0, bytes) : NULL;
}
static void *scarce_realloc(struct alloc *a, void *block, size_t bytes) {
  (void)a;
  void *p = refuse() ? NULL : realloc(block, bytes);
  scarce.blocks += p && !block;
  return p;
}
static void scarce_free(struct alloc *a, void *block) {
  (void)a;
  scarce.blocks -= block != NULL;
  free(block);
}
static void scarce_close(struct alloc *a) { (void)a; }
static const struct alloc_table scarce_table = {.close = scarce_close};
static const struct alloc_backend scarce_backend = {.name = "scarce"};

/* A program that notices every failure and goes on; returns how many there were. */
static size_t program(void) {
  size_t failures = 0;
  for (size_t i = 0; i < 60; i++) {
    struct object *o = make_kind(i % 6);
    if (!o) {
      failures++;
      continue;
    }
    struct object *l = leaf_new(i);
    failures += !l;
    if (l)
      set(o, 1, l);
    set(o, 0, hold(o));
    if (i % 6 == 5) {
      struct object *w = weak_new(o, i % 12 == 5, i);
      failures += !w;
      if (w)
        root_set(1 + i % 7, w);
    }
    if (i % 10 == 0)
      root_set(8 + i % 7, hold(o));
    size_t bytes = 64 + i;
    void *buffer = gc_buffer_new(bytes);
    failures += !buffer;
    if (buffer) {
      void *moved = gc_buffer_resize_own(buffer, bytes, 4 * bytes);
      failures += !moved;
      gc_buffer_free(moved ? moved : buffer, moved ? 4 * bytes : bytes);
    }
    drop(o);
    gc_safepoint();
  }
  return failures;
}

static void run_program(void *context) { *(size_t *)context = program(); }

static size_t run_scarcely(uint64_t after, uint64_t refused) {
  scarce.left = after;
  scarce.refused = refused;
  scarce.blocks = 0;
  size_t failures = 0;
  char error[256];
  memset(host_roots, 0, sizeof host_roots);
  assert_true(gc_open(&scarce.head, HOST_COLLECTOR ":verify=1", error, sizeof error));
  host_away(run_program, &failures);
  scarce.refused = 0;
  host_collect();
  if (!gc_check(error, sizeof error))
    fail_msg("%s", error);
  for (size_t i = 0; i < HOST_ROOTS; i++)
    root_set(i, NULL);
  assert_int_equal(gc_close(), 0);
  assert_int_equal(scarce.blocks, 0);
  return failures;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  host_open(HOST_COLLECTOR); /* resets the host */
  host_close();
  scarce.head =
      (struct alloc){scarce_alloc,    scarce_zalloc, scarce_realloc, scarce_free, &scarce_table,
                     &scarce_backend, NULL};
  assert_int_equal(run_scarcely(UINT64_MAX, 0), 0);
  bool failed = true;
  uint64_t nth;
  for (nth = 0; failed; nth++) {
    /* One refusal: the emergency collection's second attempt succeeds. Many: the program sees it.
     */
    assert_int_equal(run_scarcely(nth, 1), 0);
    failed = run_scarcely(nth, 5) != 0;
    assert_true(nth < 10000);
  }
  assert_in_range(nth, 200, 10000);
}

#if GC_RC
/* Most objects are old soon, and all three generations are collected all the time. */
static void heap_equals_model_with_small_generations(void **state) {
  (void)state;
  for (uint64_t seed = 11; seed <= 14; seed++) {
    run_against_model(HOST_COLLECTOR ":verify=1,threshold=7/2/2,at=allocation", seed, 4, 1500);
    run_against_model(HOST_COLLECTOR ":verify=1,threshold=50/3/1", seed, 4, 3000);
  }
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
#if GC_RC
    cmocka_unit_test(heap_equals_model_with_small_generations),
#endif
    cmocka_unit_test(heap_equals_model),
    cmocka_unit_test(heap_equals_model_under_stress),
    cmocka_unit_test(heap_equals_model_over_blocks_aligned_to_8),
    cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("gc_torture_" HOST_COLLECTOR, tests, NULL, NULL);
}
