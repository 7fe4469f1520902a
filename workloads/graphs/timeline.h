/* Live bytes over time: a thread that reads the layer `count` every millisecond. For runs of their
 * own: whoever counts at the door does not measure time. */
#pragma once
#include "alloc/alloc.h"
#include "workloads/graphs/graph.h"
#include <pthread.h>
#include <stdatomic.h>

struct timeline {
  struct alloc *allocator;
  struct graph_moments *moments;
  atomic_bool ends;
  bool runs;
  pthread_t thread;
};

/* Starts reading if there is such a layer; a thread that can't be started leaves no moments. */
void timeline_begin(struct timeline *t, struct alloc *allocator, struct graph_moments *moments);
void timeline_end(struct timeline *t); /* the last moment is read here */
