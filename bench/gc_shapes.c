/* The heaps and loops of bench-gc, on the real object types. Compiled once per family. */
#include "base/random.h"
#include "bench/family.h"
#include "bench/gc_bench.h"
#include "os/map.h"
#include "runtime/object/dict.h"
#include "runtime/object/error.h"
#include "runtime/object/instance.h"
#include "runtime/object/list.h"
#include "runtime/object/root.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type.h"
#include <stdio.h>
#include <string.h>

enum { RANDOM_EDGES = 4, YOUNG_MOST = 1 << 16, WIPED_BYTES = 1 << 16 };

static struct object *root;         /* the list that holds what is alive */
static struct object *class, *name; /* of instances; the key of dicts */
static struct object *plain_class, *dying_class;

/* The heap under construction. Lies outside of what collectors read: automatic collections are off.
 */
static struct {
  struct object **nodes; /* all containers, in the order of their birth */
  uint32_t *live;        /* indices of those that stay, in the order of the references */
  size_t nodes_n, live_n;
} plan;

static void finalize_nothing(struct object *o) { (void)o; }

/* ---- one container ---- */

static enum gc_bench_shape kind_of(enum gc_bench_shape shape, size_t i) {
  static const enum gc_bench_shape turn[] = {GC_BENCH_LIST, GC_BENCH_INSTANCE, GC_BENCH_DICT};
  if (shape == GC_BENCH_MIX)
    return turn[i % ARRAY_SIZE(turn)];
  return shape == GC_BENCH_INSTANCE || shape == GC_BENCH_DICT ? shape : GC_BENCH_LIST;
}

static struct object *make(enum gc_bench_shape kind) {
  switch (kind) {
  case GC_BENCH_INSTANCE:
    return instance_new((struct type *)class);
  case GC_BENCH_DICT:
    return dict_new();
  default:
    return list_new(0);
  }
}

static bool refer(struct object *from, enum gc_bench_shape kind, struct object *to) {
  switch (kind) {
  case GC_BENCH_INSTANCE:
    instance_set_taking(from, 0, hold(to));
    return true;
  case GC_BENCH_DICT:
    return dict_set(from, name, to) >= 0;
  default:
    return list_append(from, to) >= 0;
  }
}

/* ---- a heap ---- */

/* Spreads `percent` evenly over the indices. */
static bool is_garbage(size_t i, unsigned percent) {
  return (i + 1) * percent / 100 != i * percent / 100;
}

static bool make_nodes(const struct gc_bench_heap *what) {
  for (size_t i = 0; i < what->objects; i++) {
    if (!(plan.nodes[i] = make(kind_of(what->shape, i))))
      return false;
    plan.nodes_n++;
    if (!is_garbage(i, what->garbage))
      plan.live[plan.live_n++] = (uint32_t)i;
  }
  return true;
}

static bool link_garbage(const struct gc_bench_heap *what) {
  size_t waiting = SIZE_MAX;
  for (size_t i = 0; i < what->objects; i++) {
    if (!is_garbage(i, what->garbage))
      continue;
    if (waiting == SIZE_MAX) {
      waiting = i;
      continue;
    }
    if (!refer(plan.nodes[i], kind_of(what->shape, i), plan.nodes[waiting]) ||
        !refer(plan.nodes[waiting], kind_of(what->shape, waiting), plan.nodes[i]))
      return false;
    waiting = SIZE_MAX;
  }
  /* An odd one is a cycle by itself. */
  return waiting == SIZE_MAX ||
         refer(plan.nodes[waiting], kind_of(what->shape, waiting), plan.nodes[waiting]);
}

static bool link_live(const struct gc_bench_heap *what, struct random *r) {
  bool chain = what->shape == GC_BENCH_CHAIN;
  for (size_t k = 0; k < plan.live_n; k++) {
    uint32_t i = plan.live[k], next = plan.live[k + 1 < plan.live_n ? k + 1 : 0];
    struct object *o = plan.nodes[i];
    if ((!chain || k == 0) && list_append(root, o) < 0)
      return false;
    if (what->shape != GC_BENCH_RANDOM) {
      if (!refer(o, kind_of(what->shape, i), plan.nodes[next]))
        return false;
      continue;
    }
    for (size_t e = 0; e < RANDOM_EDGES; e++)
      if (!refer(o, GC_BENCH_LIST, plan.nodes[plan.live[random_below(r, plan.live_n)]]))
        return false;
  }
  return true;
}

static bool make_finalizable(void) {
  struct object *a = instance_new((struct type *)dying_class);
  struct object *b = a ? instance_new((struct type *)dying_class) : NULL;
  if (b) {
    instance_set_taking(a, 0, hold(b));
    instance_set_taking(b, 0, hold(a));
  }
  drop_null(a);
  drop_null(b);
  return b != NULL;
}

static bool build_here(const struct gc_bench_heap *what) {
  struct random r;
  random_seed(&r, what->seed);
  plan.nodes_n = plan.live_n = 0;
  if (!(root = list_new(0)))
    return false;
  root_push(&root, 1);
  bool ok = make_nodes(what);
  if (ok && what->shuffled)
    random_shuffle(&r, plan.live, plan.live_n, sizeof *plan.live);
  ok = ok && link_garbage(what) && link_live(what, &r) && (!what->finalizer || make_finalizable());
  for (size_t i = 0; i < plan.nodes_n; i++)
    drop(plan.nodes[i]);
  return ok;
}

/* What a frame of the builder left on the stack would look like a reference to the tracing family.
 */
static NO_INLINE void wipe_stack(void) {
  volatile char *below = __builtin_alloca(WIPED_BYTES);
  for (size_t i = 0; i < WIPED_BYTES; i++)
    below[i] = 0;
}

static bool open_classes(void) {
  name = str_intern("a");
  plain_class = (struct object *)type_new("Plain", 2, NULL);
  dying_class = (struct object *)type_new("Dying", 2, finalize_nothing);
  class = plain_class;
  if (plain_class)
    root_push(&plain_class, 1);
  if (dying_class)
    root_push(&dying_class, 1);
  return name && plain_class && dying_class;
}

static void close_classes(void) {
  if (dying_class)
    root_pop(&dying_class);
  if (plain_class)
    root_pop(&plain_class);
  drop_null(dying_class);
  drop_null(plain_class);
  dying_class = plain_class = class = NULL;
}

static NO_INLINE bool build_away(const struct gc_bench_heap *what) {
  return open_classes() && build_here(what);
}

static void release(void) {
  if (root) {
    root_pop(&root);
    struct object *o = root;
    root = NULL;
    drop(o);
  }
  close_classes();
  wipe_stack();
}

static bool build(const struct gc_bench_heap *what, struct gc_bench_counts *counts, char *error,
                  size_t error_bytes) {
  gc_enable(false);
  size_t bytes =
      align_up(what->objects * (sizeof *plan.nodes + sizeof *plan.live), map_page_bytes());
  plan.nodes = map_anonymous(bytes, 0);
  bool ok = plan.nodes != NULL;
  if (ok) {
    plan.live = (uint32_t *)(plan.nodes + what->objects);
    ok = build_away(what);
    *counts = (struct gc_bench_counts){plan.live_n + 1,
                                       what->objects - plan.live_n + 2 * what->finalizer};
    map_release(plan.nodes, bytes);
  }
  wipe_stack();
  if (ok)
    return true;
  snprintf(error, error_bytes, "no memory for the heap to be measured (%s)", error_message());
  error_clear();
  release();
  return false;
}

/* ---- the young ---- */

static struct object *young[YOUNG_MOST];
static size_t young_n;

static void young_release(void) {
  for (size_t i = 0; i < young_n; i++) {
    struct object *o = young[i];
    young[i] = NULL;
    drop_null(o);
  }
  if (young_n)
    root_pop(young);
  young_n = 0;
}

static bool young_make(size_t n, unsigned edges, bool cyclic) {
  for (; young_n < n; young_n++)
    if (!(young[young_n] = list_new(edges)))
      return false;
  for (size_t i = 0; i < n; i++)
    for (unsigned e = 0; e < edges; e++)
      if (list_append(young[i], young[cyclic ? i ^ 1 : (i + 1 + e * 7) % n]) < 0)
        return false;
  if (!cyclic)
    return true;
  for (size_t i = 0; i < n; i++) {
    drop(young[i]);
    young[i] = NULL;
  }
  return true;
}

static bool young_build(size_t n, unsigned edges, bool cyclic) {
  if (n > YOUNG_MOST || n % 2)
    return false;
  gc_enable(false);
  root_push(young, n);
  return young_make(n, edges, cyclic);
}

/* ---- loops ---- */

enum { OVER = 64 };

#if GC_RC
#define mark_card(o) ((void)(o))
#else
#define mark_card(o) tracing_mark_card(o)
#endif

/* A tuple of one, as tuple_new makes it, without its free list. */
ALWAYS_INLINE bool make_tuple(bool track) {
  struct tuple *t = (struct tuple *)gc_new_container(&tuple_type, sizeof *t + sizeof *t->items);
  if (UNLIKELY(!t))
    return false;
  t->n = 1;
  t->items[0] = NULL;
  if (track)
    gc_track(&t->head);
  drop(&t->head);
  gc_safepoint();
  return true;
}

static bool loop_leaf(uint64_t n) {
  /* A string's size varies: an object of object_type with the tuple's size is freed by it alone. */
  while (n--) {
    struct object *o = gc_new(&object_type, sizeof(struct object));
    if (UNLIKELY(!o))
      return false;
    gc_delete(o, sizeof(struct object));
  }
  return true;
}

/* A store into each of 64 objects in turn: the next one becomes its only item. */
ALWAYS_INLINE void store_over(struct object *owner, uint64_t n, bool barrier) {
  for (uint64_t i = 0; i < n; i++) {
    struct object *o = list_get_borrowed(owner, i % OVER);
    list_set_taking(o, 0, hold(list_get_borrowed(owner, (i + 7) % OVER)));
    if (barrier)
      mark_card(o);
    __asm__ volatile("" : : : "memory");
  }
}

static bool loop_over_objects(enum gc_bench_loop which, uint64_t n) {
  struct object *owner = list_new(0);
  if (!owner)
    return false;
  root_push(&owner, 1);
  bool ok = true;
  for (int i = 0; ok && i < OVER; i++) {
    struct object *o = list_new(0);
    ok = o && list_append(o, NONE) >= 0 && list_append_taking(owner, o) >= 0;
  }
  if (ok && which == GC_BENCH_HOLD_DROP)
    for (uint64_t i = 0; i < n; i++) {
      struct object *o = list_get_borrowed(owner, i % OVER);
      hold(o);
      __asm__ volatile("" : : "r"(o) : "memory");
      drop(o);
    }
  if (ok && which == GC_BENCH_STORE)
    store_over(owner, n, false);
  if (ok && which == GC_BENCH_BARRIER)
    store_over(owner, n, true);
  root_pop(&owner);
  drop(owner);
  return ok;
}

static bool loop(enum gc_bench_loop which, uint64_t n) {
  bool ok = true;
  switch (which) {
  case GC_BENCH_TRACKED:
    while (n-- && ok)
      ok = make_tuple(true);
    return ok;
  case GC_BENCH_UNTRACKED:
    while (n-- && ok)
      ok = make_tuple(false);
    return ok;
  case GC_BENCH_LEAF:
    return loop_leaf(n);
  default:
    return loop_over_objects(which, n);
  }
}

const struct gc_bench gc_bench_of_family = {
    .build = build,
    .release = release,
    .young_build = young_build,
    .young_release = young_release,
    .loop = loop,
};
