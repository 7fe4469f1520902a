/* A heap around each test. */
#include "heap_fixture.h"
#include "alloc/count.h"
#include "runtime/object/root.h"

struct fixture fixture;

static const char *collector_spec(void) {
  const char *spec = getenv("OURO_TEST_GC");
  return spec ? spec : gc_registry[0]->name;
}

bool fixture_open(const char *alloc_spec) {
  char error[256];
  memset(&fixture, 0, sizeof fixture);
  const char *seed = getenv("OURO_TEST_SEED");
  random_seed(&fixture.random, seed ? strtoull(seed, NULL, 10) : 1);
  fixture.alloc = alloc_open(alloc_spec, error, sizeof error);
  if (!fixture.alloc)
    fail_msg("%s", error);
  if (!gc_open(fixture.alloc, collector_spec(), error, sizeof error)) {
    if (!strstr(alloc_spec, "fault"))
      fail_msg("%s", error);
    alloc_close(fixture.alloc);
    return false;
  }
  bool opened = object_open();
  root_push(fixture.roots, FIXTURE_ROOTS);
  if (!opened)
    fixture_close();
  return opened;
}

void fixture_close(void) {
  for (size_t i = 0; i < FIXTURE_ROOTS; i++) {
    struct object *o = fixture.roots[i];
    fixture.roots[i] = NULL;
    drop_null(o);
  }
  root_pop(fixture.roots);
  gc_collect(GC_GENERATIONS - 1);
  object_close();
  struct count_figures count;
  uint64_t live_objects = gc_read_stats()->live_objects;
  size_t left = gc_close();
  assert_true(count_read(fixture.alloc, &count));
  alloc_close(fixture.alloc);
  if (GC_RC && !fixture.may_leak) {
    assert_int_equal(live_objects, 0);
    assert_int_equal(left, 0);
  }
  if (!fixture.may_leak)
    assert_int_equal(count.live_blocks, 0);
  assert_int_equal(error_pending(), ERROR_NONE);
}

int fixture_setup(void **state) { return fixture_open("count+malloc") ? 0 : -1; }

int fixture_teardown(void **state) {
  fixture_close();
  return 0;
}

void fixture_check(struct object *o) {
  char error[256];
  if (!object_check(o, error, sizeof error))
    fail_msg("%s", error);
}

void fixture_check_heap(void) {
  char error[256];
  if (!gc_check(error, sizeof error))
    fail_msg("%s", error);
}
