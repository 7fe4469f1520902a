/* What bench-gc asks of each family: heaps of a given shape, and loops that cost what is measured.
 *
 * bench_gc.c belongs to no family and keeps the time; gc_shapes.c, compiled once per family, builds
 * the heaps. A heap is a list (the root) and `objects` containers; some are alive, held by the root
 * and referring to each other, the rest is garbage in cycles of two. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gc_bench_shape {
  GC_BENCH_LIST,     /* lists of one */
  GC_BENCH_INSTANCE, /* instances with two slots, one of them in use */
  GC_BENCH_DICT,     /* dicts with one string key */
  GC_BENCH_MIX,      /* these three in turn */
  GC_BENCH_RANDOM,   /* lists of four references to random others */
  GC_BENCH_CHAIN,    /* lists of one, the root holds only the first */
  GC_BENCH_SHAPES,
};

struct gc_bench_heap {
  enum gc_bench_shape shape;
  bool shuffled;    /* references go all over the heap instead of to the neighbour in memory */
  size_t objects;   /* containers, without the root */
  unsigned garbage; /* of them, percent */
  bool finalizer;   /* one more pair of garbage has a finaliser: bulk freeing is ruled out */
  uint64_t seed;
};

struct gc_bench_counts {
  size_t live, garbage; /* containers built; live with the root */
};

/* Loops, each about as long as `n` says. */
enum gc_bench_loop {
  GC_BENCH_TRACKED,   /* create a container of one reference, track it, drop it */
  GC_BENCH_UNTRACKED, /* the same, never tracked */
  GC_BENCH_LEAF,      /* create and drop an object without references, of the same size */
  GC_BENCH_HOLD_DROP, /* hold and drop, over 64 objects */
  GC_BENCH_STORE,     /* store a reference held for it into a slot, over 64 objects */
  GC_BENCH_BARRIER,   /* the same with a card mark (tracing; elsewhere no different) */
};

struct gc_bench {
  /* Builds a heap, with automatic collections off; leaves nothing of it on the stack. False with a
   * message when memory is exhausted. */
  bool (*build)(const struct gc_bench_heap *what, struct gc_bench_counts *counts, char *error,
                size_t error_bytes);
  void (*release)(void); /* lets go of the live part */
  /* `n` young lists with `edges` references each to others of them; cyclic: garbage in pairs
   * instead. young_release drops what survived. */
  bool (*young_build)(size_t n, unsigned edges, bool cyclic);
  void (*young_release)(void);
  bool (*loop)(enum gc_bench_loop which, uint64_t n);
};
extern const struct gc_bench gc_bench_of_family; /* gc_shapes.c; seen by family.c only */
