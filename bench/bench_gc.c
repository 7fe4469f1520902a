/* bench-gc: what collections cost per object, and what mutators pay for them.
 *
 *   collect/shape:S/order:O/objects:N/garbage:G[/free:single]/gc:C
 *              a full collection of a heap of N containers of which G percent are garbage. With
 *              G = 0 the heap is built and collected once before, and then collected as it is;
 *              otherwise each iteration builds it anew. free:single rules bulk freeing out (rc).
 *   mark/shape:S/objects:N/gc:C          marking alone: all is alive (tracing)
 *   young/survivors-edges:E/objects:N/gc:C, young/garbage:cyclic/objects:N/gc:C
 *              a collection of generation 0 (rc)
 *   count/create:K/gc:C                  create and let go: K = tracked, untracked, leaf
 *   count/hold-drop/gc:C, count/store/gc:C, count/store-barrier/gc:C
 *              a reference taken and let go; a store, and one with a card mark (tracing)
 *
 * Only the collection is timed, in CPU time of the thread (of generation 0, which takes
 * microseconds, by the wall clock): that is what both columns of time show. Counters are medians
 * over iterations. Every iteration checks that exactly the garbage was reclaimed.
 * bench/cpython_gc.py measures the same shapes with CPython's collector under the same names, with
 * gc:cpython. */
#include "base/bits.h"
#include "base/clock.h"
#include "base/options.h"
#include "bench/family.h"
#include "bench/gbench.h"
#include "bench/gc_bench.h"
#include "os/map.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OBJECTS, YOUNG, ALLOC, GC, OPTIONS, SEED, ITERATIONS };
static struct gbench_flag flags[] = {
    [OBJECTS] = {"objects", "containers in a heap", "1000000", false},
    [YOUNG] = {"young", "containers in a young generation", "700", false},
    [ALLOC] = {"alloc", "allocator under the heap", "magazine", false},
    [GC] = {"gc", "measure this collector only", NULL, false},
    [OPTIONS] = {"options", "options for every collector, as in its spec", "", false},
    [SEED] = {"seed", "seed of shapes and orders", "1", false},
    [ITERATIONS] = {"iterations", "collections per benchmark", "5", false},
    {0},
};

enum {
  STACK_BYTES = 8 << 20,
  ERROR_BYTES = 256,
  SPEC_BYTES = 256,
  YOUNG_ROUNDS = 400,
  CASES_MAX = 512
};
enum { LOOPS = 20000000 };

enum kind { COLLECT, YOUNG_SURVIVORS, YOUNG_GARBAGE, LOOP };

struct gc_case {
  enum kind kind;
  const struct family *family;
  char spec[SPEC_BYTES];
  struct gc_bench_heap heap;
  unsigned edges;
  enum gc_bench_loop loop;
};

static struct gc_case cases[CASES_MAX];
static size_t cases_n;
static uint64_t objects, young_objects, seed, iterations;

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, size_t n) {
  qsort(values, n, sizeof *values, compare);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static double sum(const double *values, size_t n) {
  double total = 0;
  for (size_t i = 0; i < n; i++)
    total += values[i];
  return total;
}

/* ---- a full collection ---- */

struct measured {
  double ns;
  uint64_t visited, edges, reclaimed;
};

/* False with a message when it reclaimed anything but the garbage. */
static bool collect_once(const struct family *f, size_t garbage, struct measured *m, char *error,
                         size_t error_bytes) {
  const struct gc_stats *s = f->read_stats();
  uint64_t reclaimed = s->objects_reclaimed, visited = s->objects_visited, edges = s->edges_visited;
  uint64_t start = clock_thread_ns();
  f->collect(GC_GENERATIONS - 1);
  m->ns = (double)(clock_thread_ns() - start);
  s = f->read_stats();
  m->visited = s->objects_visited - visited;
  m->edges = s->edges_visited - edges;
  m->reclaimed = s->objects_reclaimed - reclaimed;
  if (m->reclaimed == garbage)
    return true;
  snprintf(error, error_bytes, "%llu objects reclaimed instead of %zu",
           (unsigned long long)m->reclaimed, garbage);
  return false;
}

static bool collect_dead(const struct gc_case *c, struct measured *m, char *error,
                         size_t error_bytes) {
  struct gc_bench_counts counts;
  if (!c->family->gc_benches->build(&c->heap, &counts, error, error_bytes))
    return false;
  bool ok = collect_once(c->family, counts.garbage, m, error, error_bytes);
  c->family->gc_benches->release();
  c->family->collect(GC_GENERATIONS - 1); /* tracing: what was let go of */
  return ok;
}

static void report_collections(struct gbench_state *s, const struct gc_case *c,
                               const struct measured *m, double *ns, size_t n) {
  double typical = median(ns, n);
  gbench_counter(s, "ns_per_object", typical / (double)c->heap.objects, GBENCH_PLAIN);
  if (m->visited)
    gbench_counter(s, "ns_per_visited", typical / (double)m->visited, GBENCH_PLAIN);
  if (m->edges)
    gbench_counter(s, "ns_per_edge", typical / (double)m->edges, GBENCH_PLAIN);
  if (m->reclaimed)
    gbench_counter(s, "ns_per_reclaimed", typical / (double)m->reclaimed, GBENCH_PLAIN);
  gbench_counter(s, "visited", (double)m->visited, GBENCH_PLAIN);
  gbench_counter(s, "edges", (double)m->edges, GBENCH_PLAIN);
  gbench_counter(s, "reclaimed", (double)m->reclaimed, GBENCH_PLAIN);
}

static bool run_collect(struct gbench_state *s, const struct gc_case *c, char *error,
                        size_t error_bytes) {
  const struct gc_bench *b = c->family->gc_benches;
  size_t n = gbench_iterations(s), done = 0;
  double *ns = calloc(n, sizeof *ns);
  struct measured m = {0};
  if (!ns)
    return snprintf(error, error_bytes, "no memory for %zu figures", n), false;
  bool ok = true;
  if (c->heap.garbage) {
    for (; ok && done < n; done++) {
      ok = collect_dead(c, &m, error, error_bytes);
      ns[done] = m.ns;
    }
  } else {
    struct gc_bench_counts counts;
    ok = b->build(&c->heap, &counts, error, error_bytes);
    if (ok) {
      ok = collect_once(c->family, 0, &m, error, error_bytes); /* everything is old from here on */
      for (; ok && done < n; done++) {
        ok = collect_once(c->family, 0, &m, error, error_bytes);
        ns[done] = m.ns;
      }
      b->release();
    }
  }
  if (ok) {
    gbench_begin(s);
    gbench_set_seconds(s, sum(ns, n) / 1e9);
    gbench_end(s);
    report_collections(s, c, &m, ns, n);
  }
  free(ns);
  return ok;
}

/* ---- generation 0 ---- */

static bool run_young(struct gbench_state *s, const struct gc_case *c, char *error,
                      size_t error_bytes) {
  const struct gc_bench *b = c->family->gc_benches;
  bool cyclic = c->kind == YOUNG_GARBAGE;
  size_t n = gbench_iterations(s);
  double *ns = calloc(n, sizeof *ns);
  if (!ns)
    return snprintf(error, error_bytes, "no memory for %zu figures", n), false;
  bool ok = true;
  for (size_t i = 0; ok && i < n; i++) {
    c->family->collect(GC_GENERATIONS - 1);
    if (!b->young_build(young_objects, c->edges, cyclic)) {
      snprintf(error, error_bytes, "no memory for a young generation");
      ok = false;
      break;
    }
    uint64_t before = c->family->read_stats()->objects_reclaimed;
    uint64_t start = clock_wall_ns(); /* the thread's clock is a system call: too slow for this */
    c->family->collect(0);
    ns[i] = (double)(clock_wall_ns() - start);
    uint64_t reclaimed = c->family->read_stats()->objects_reclaimed - before;
    if (reclaimed != (cyclic ? young_objects : 0)) {
      snprintf(error, error_bytes, "%llu objects reclaimed of %llu young ones",
               (unsigned long long)reclaimed, (unsigned long long)young_objects);
      ok = false;
    }
    b->young_release();
  }
  if (ok) {
    gbench_begin(s);
    gbench_set_seconds(s, sum(ns, n) / 1e9);
    gbench_end(s);
    double typical = median(ns, n);
    gbench_counter(s, "ns_per_object", typical / (double)young_objects, GBENCH_PLAIN);
    gbench_counter(s, cyclic ? "ns_per_reclaimed" : "ns_per_visited",
                   typical / (double)young_objects, GBENCH_PLAIN);
  }
  free(ns);
  return ok;
}

/* Collectors that find cycles; the others have no collections to measure. */
static bool collects(const char *spec) {
  size_t n = strcspn(spec, ":");
  return strncmp(spec, "none", n) != 0 && strncmp(spec, "refcount", n) != 0;
}

/* ---- what mutators pay ---- */

static bool run_loop(struct gbench_state *s, const struct gc_case *c, char *error,
                     size_t error_bytes) {
  const struct gc_bench *b = c->family->gc_benches;
  /* Where nothing is freed memory is new all the time: fewer, or there is not enough of it. */
  uint64_t n = collects(c->spec) || c->loop >= GC_BENCH_LEAF ? LOOPS : LOOPS / 20;
  bool ok = b->loop(c->loop, n / 20); /* warms up */
  uint64_t start = clock_thread_ns();
  ok = ok && b->loop(c->loop, n);
  double ns = (double)(clock_thread_ns() - start);
  if (!ok)
    return snprintf(error, error_bytes, "memory is exhausted"), false;
  gbench_begin(s);
  gbench_set_seconds(s, ns / 1e9);
  gbench_end(s);
  gbench_counter(s, "ns_per_operation", ns / (double)n, GBENCH_PLAIN);
  return true;
}

/* ---- one benchmark ---- */

struct running {
  struct gbench_state *state;
  const struct gc_case *c;
  bool ok;
  char error[ERROR_BYTES];
};

static void *run_case(void *context) {
  struct running *r = context;
  const struct gc_case *c = r->c;
  struct alloc *a = alloc_open(flags[ALLOC].value, r->error, sizeof r->error);
  if (!a)
    return NULL;
  if (c->family->open(a, c->spec, r->error, sizeof r->error)) {
    r->ok = c->kind == COLLECT ? run_collect(r->state, c, r->error, sizeof r->error)
            : c->kind == LOOP  ? run_loop(r->state, c, r->error, sizeof r->error)
                               : run_young(r->state, c, r->error, sizeof r->error);
    c->family->close();
  }
  alloc_close(a);
  return NULL;
}

/* On a fresh stack: what earlier benchmarks left on one would be references to a conservative scan,
 * for the allocators under test like to hand out the same addresses again. */
static void run(struct gbench_state *s, void *context) {
  struct running r = {.state = s, .c = context};
  pthread_attr_t attributes;
  pthread_t thread;
  void *stack = map_anonymous(STACK_BYTES, 0);
  if (!stack) {
    gbench_fail(s, "no memory for a stack");
    return;
  }
  int refused = pthread_attr_init(&attributes);
  refused = refused ? refused : pthread_attr_setstack(&attributes, stack, STACK_BYTES);
  refused = refused ? refused : pthread_create(&thread, &attributes, run_case, &r);
  if (refused) {
    snprintf(r.error, sizeof r.error, "no thread: %s", strerror(refused));
  } else {
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
  }
  map_release(stack, STACK_BYTES);
  if (!r.ok)
    gbench_fail(s, r.error);
}

/* ---- the rows ---- */

static bool add_case(const struct gc_case *c, const char *name, uint64_t n) {
  if (!gbench_is_wanted(name))
    return true;
  if (cases_n == CASES_MAX)
    return false;
  cases[cases_n] = *c;
  gbench_add(&(struct gbench_case){
      .name = name, .run = run, .context = &cases[cases_n++], .iterations = n, .manual_cpu = true});
  return true;
}

static const char *const shape_names[GC_BENCH_SHAPES] = {"list", "instance", "dict",
                                                         "mix",  "random",   "chain"};

static bool add_collect(struct gc_case *c, const char *collector, bool rc) {
  static const unsigned shares[] = {0, 50, 100};
  char name[160];
  c->kind = COLLECT;
  for (int shape = 0; shape < GC_BENCH_SHAPES; shape++)
    for (int shuffled = 0; shuffled <= 1; shuffled++)
      for (size_t g = 0; g < ARRAY_SIZE(shares); g++)
        for (int single = 0; single <= (rc && shares[g]); single++) {
          c->heap = (struct gc_bench_heap){.shape = (enum gc_bench_shape)shape,
                                           .shuffled = shuffled,
                                           .objects = objects,
                                           .garbage = shares[g],
                                           .finalizer = single,
                                           .seed = seed};
          snprintf(name, sizeof name, "collect/shape:%s/order:%s/objects:%llu/garbage:%u%s/gc:%s",
                   shape_names[shape], shuffled ? "shuffled" : "allocation",
                   (unsigned long long)objects, shares[g], single ? "/free:single" : "", collector);
          if (!add_case(c, name, iterations))
            return false;
        }
  return true;
}

static bool add_mark(struct gc_case *c, const char *collector) {
  char name[160];
  c->kind = COLLECT;
  for (int shape = 0; shape < GC_BENCH_SHAPES; shape++) {
    c->heap = (struct gc_bench_heap){.shape = (enum gc_bench_shape)shape,
                                     .shuffled = shape == GC_BENCH_RANDOM,
                                     .objects = objects,
                                     .seed = seed};
    snprintf(name, sizeof name, "mark/shape:%s/objects:%llu/gc:%s", shape_names[shape],
             (unsigned long long)objects, collector);
    if (!add_case(c, name, iterations))
      return false;
  }
  return true;
}

static bool add_young(struct gc_case *c, const char *collector) {
  static const unsigned edges[] = {1, 5};
  char name[160];
  c->kind = YOUNG_SURVIVORS;
  for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
    c->edges = edges[i];
    snprintf(name, sizeof name, "young/survivors-edges:%u/objects:%llu/gc:%s", edges[i],
             (unsigned long long)young_objects, collector);
    if (!add_case(c, name, YOUNG_ROUNDS))
      return false;
  }
  c->kind = YOUNG_GARBAGE;
  c->edges = 1;
  snprintf(name, sizeof name, "young/garbage:cyclic/objects:%llu/gc:%s",
           (unsigned long long)young_objects, collector);
  return add_case(c, name, YOUNG_ROUNDS);
}

static bool add_loops(struct gc_case *c, const char *collector) {
  static const char *const names[] = {[GC_BENCH_TRACKED] = "create:tracked",
                                      [GC_BENCH_UNTRACKED] = "create:untracked",
                                      [GC_BENCH_LEAF] = "create:leaf",
                                      [GC_BENCH_HOLD_DROP] = "hold-drop",
                                      [GC_BENCH_STORE] = "store",
                                      [GC_BENCH_BARRIER] = "store-barrier"};
  char name[160];
  c->kind = LOOP;
  bool tracing = !strcmp(c->family->name, "tracing");
  for (size_t i = 0; i < ARRAY_SIZE(names) - !tracing; i++) {
    c->loop = (enum gc_bench_loop)i;
    snprintf(name, sizeof name, "count/%s/gc:%s", names[i], collector);
    if (!add_case(c, name, 1))
      return false;
  }
  return true;
}

static bool read_count(int flag, uint64_t least, uint64_t most, uint64_t *n, char *error,
                       size_t error_bytes) {
  char *end;
  *n = strtoull(flags[flag].value, &end, 10);
  if (*flags[flag].value && !*end && *flags[flag].value != '-' && *n >= least && *n <= most)
    return true;
  snprintf(error, error_bytes, "--%s wants a number from %llu to %llu, not '%s'", flags[flag].name,
           (unsigned long long)least, (unsigned long long)most, flags[flag].value);
  return false;
}

static bool add(char *error, size_t error_bytes) {
  if (!read_count(OBJECTS, 2, 1u << 30, &objects, error, error_bytes) ||
      !read_count(YOUNG, 2, 1 << 15, &young_objects, error, error_bytes) ||
      !read_count(SEED, 0, UINT64_MAX, &seed, error, error_bytes) ||
      !read_count(ITERATIONS, 1, 1000, &iterations, error, error_bytes))
    return false;
  if (young_objects % 2)
    return snprintf(error, error_bytes, "--young wants an even number"), false;
  if (flags[GC].value && !family_of(flags[GC].value))
    return snprintf(error, error_bytes, "unknown collector '%s'", flags[GC].value), false;
  struct alloc *a = alloc_open(flags[ALLOC].value, error, error_bytes);
  if (!a)
    return false;
  alloc_close(a);
  gbench_add_context("alloc", flags[ALLOC].value);
  gbench_add_context("seed", flags[SEED].value);
  bool room = true;
  for (size_t f = 0; f < FAMILIES; f++)
    for (const struct gc_collector *const *each = families[f]->collectors; *each; each++) {
      const char *name = (*each)->name;
      bool rc = !strcmp(families[f]->name, "rc");
      struct gc_case c = {.family = families[f]};
      if (flags[GC].value && strcmp(flags[GC].value, name) != 0)
        continue;
      snprintf(c.spec, sizeof c.spec, "%s%s%s", name, *flags[OPTIONS].value ? ":" : "",
               flags[OPTIONS].value);
      if (collects(name)) {
        room = room && add_collect(&c, name, rc);
        room = room && (rc ? add_young(&c, name) : add_mark(&c, name));
      }
      room = room && add_loops(&c, name);
    }
  if (!room)
    snprintf(error, error_bytes, "more than %d benchmarks", CASES_MAX);
  return room;
}

int main(int argc, char **argv) {
  struct gbench_program program = {.name = "bench-gc",
                                   .summary =
                                       "the cost of collections and of the duties of mutators",
                                   .flags = flags,
                                   .add = add};
  return gbench_main(argc, argv, &program);
}
