/* What a graph is written with: its parameters, its random numbers, its checksum.
 *
 * Rules for graphs. A reference that is owned sits in a C local (the tracing family finds it on the
 * stack), in an object, or in slots registered by root_push. Every owned reference is dropped on
 * every path, errors too. gc_safepoint() once per operation. Nothing that is folded into the
 * checksum may depend on addresses, on the family, or on what was reclaimed when. */
#pragma once
#include "base/clock.h"
#include "base/mix.h"
#include "base/random.h"
#include "runtime/object/error.h"
#include "runtime/object/object.h"
#include "workloads/graphs/graph.h"

struct graph_context {
  const int64_t *value; /* of the parameters, in the order of the graph's table */
  struct random random; /* seeded by the request */
  uint64_t checksum;
  uint64_t operations;
  struct alloc *allocator; /* the one under the heap, for graphs without objects */
  const struct graph_request *request;
  struct graph_result *result;
  struct {
    uint64_t *ends_ns; /* when each request ended; mapped from the OS */
    size_t n, capacity, mapped_bytes;
    uint64_t start_ns;
  } requests;
};

static inline void graph_mix(struct graph_context *g, uint64_t value) {
  g->checksum = mix(g->checksum, value);
}
static inline uint64_t graph_below(struct graph_context *g, uint64_t n) {
  return random_below(&g->random, n);
}
/* Uniform in [low, high]. */
static inline uint64_t graph_between(struct graph_context *g, uint64_t low, uint64_t high) {
  return low + random_below(&g->random, high - low + 1);
}
static inline bool graph_percent(struct graph_context *g, uint64_t percent) {
  return random_below(&g->random, 100) < percent;
}
/* One operation is done. */
static inline void graph_step(struct graph_context *g) {
  g->operations++;
  gc_safepoint();
}

/* Reports a figure; `name` is static text. */
void graph_count(struct graph_context *g, const char *name, double value);
/* Reports RSS and, where the allocator knows, mapped bytes as rss_after_PHASE and
 * mapped_after_PHASE; both names are static text. */
void graph_count_memory(struct graph_context *g, const char *rss_name, const char *mapped_name);

/* The moment at which the allocator's inside says most about this graph; the first call counts. */
void graph_telling_moment(struct graph_context *g);

/* Latencies: one request ends where the next begins. False with an error when memory for so many
 * time stamps is refused. */
bool graph_requests_begin(struct graph_context *g, size_t most);
static inline void graph_request_done(struct graph_context *g) {
  g->requests.ends_ns[g->requests.n++] = clock_wall_ns();
}
/* Fills the histograms of the result. Call on every path after a successful begin. */
void graph_requests_end(struct graph_context *g);
