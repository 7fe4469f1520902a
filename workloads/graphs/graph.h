/* Graph workloads: programs in C on the real object core, each with one shape of heap.
 *
 * A graph is described by a static table and does a fixed amount of work that only its parameters
 * and the seed decide. Its checksum is folded from values, never from addresses, counts or what
 * happens to be reclaimed already: it is equal under every allocator and collector.
 *
 * This header does not depend on the collector family; workload.h, for the graphs themselves, does.
 */
#pragma once
#include "base/histogram.h"
#include "gc/gc.h"

struct graph_context;

/* What --scale does to a parameter that was not set by hand. */
enum graph_scaling {
  GRAPH_CONSTANT,    /* nothing */
  GRAPH_LINEAR,      /* multiplies it */
  GRAPH_LOGARITHMIC, /* adds the scale's binary logarithm: depths of trees */
};

struct graph_param {
  const char *key, *meaning;
  int64_t fallback, min, max; /* the value at scale 1, and what is accepted */
  enum graph_scaling scaling;
};

enum { GRAPH_PARAMS_MAX = 8, GRAPH_COUNTERS_MAX = 12 };

struct graph {
  const char *name;                 /* the stable string used everywhere */
  const char *summary;              /* one line */
  const char *story;                /* a paragraph: what it stresses, and why it exists */
  const char *operation;            /* what is counted as one operation */
  const struct graph_param *params; /* at most GRAPH_PARAMS_MAX; ends with a NULL key */
  /* False with an error pending (error.h) when memory is exhausted; it has then dropped all it
   * held. */
  bool (*run)(struct graph_context *g);
};

/* NULL-terminated, in the order of listings and plots. */
extern const struct graph *const graph_registry[];
const struct graph *graph_find(const char *name);

enum graph_status {
  GRAPH_OK,
  GRAPH_USAGE,     /* unknown graph, parameter, allocator, collector or option */
  GRAPH_NO_MEMORY, /* memory or the heap limit was exhausted */
  GRAPH_FAILED,    /* any other error */
};

struct graph_request {
  const char *graph; /* name */
  const char *alloc; /* spec, see alloc.h */
  const char *gc;    /* spec, see gc.h */
  double scale;      /* 1: tens of milliseconds */
  uint64_t seed;
  const char *const *settings; /* n_settings texts of the form key=value, for this graph's
                                  parameters */
  size_t n_settings;
  /* Called when the workload proper begins (true) and when it has ended (false), so that a caller's
   * clock may leave out what is around it; may be NULL. */
  void (*on_work)(void *context, bool begins);
  void *context;
  /* Walk the allocator's arenas and pools at the graph's most telling moment, and follow live bytes
   * over time where the layer `count` is there to tell. */
  bool wants_inside;
};

struct graph_counter {
  const char *name; /* static text */
  double value;
};

struct graph_moment {
  uint64_t time_ns; /* clock_wall_ns */
  uint64_t live_bytes;
};
struct graph_moments {
  VEC(struct graph_moment);
};

struct graph_result {
  enum graph_status status;
  char error[256]; /* empty when status is GRAPH_OK */
  uint64_t checksum;
  uint64_t operations;
  /* The workload alone, and opening and closing of allocator, heap and runtime around it. */
  uint64_t wall_ns, cpu_ns;
  uint64_t open_cpu_ns, close_cpu_ns;
  /* Objects still allocated after everything was closed: leaks. `refcount` leaves the cycles. */
  uint64_t leaked;
  uint64_t leaked_blocks;   /* of the allocator, item buffers included; UINT64_MAX where it does not
                               know */
  struct gc_stats gc;       /* at the end of the workload; owns its copy of the pauses */
  struct alloc_stats alloc; /* the same moment */
  struct histogram pauses;  /* wall ns of each collection */
  /* Per-request latency in ns where the graph serves requests; empty elsewhere. Metered: as if
   * requests had arrived at a steady rate, so that a pause also delays those behind it. */
  struct histogram simple, metered;
  struct {
    VEC(uint64_t);
  } latencies; /* the simple ones, in the order of the requests */
  /* Figures of this graph only. They may depend on when garbage is reclaimed. */
  struct graph_counter counters[GRAPH_COUNTERS_MAX];
  size_t n_counters;
  /* The allocator in detail, when asked for: size classes and regions at the moment the graph
   * chose, else at its end. */
  struct {
    VEC(struct alloc_region);
  } regions;
  struct graph_moments moments; /* live bytes over time; only with the layer `count` */
  struct alloc_stats telling;
  bool has_telling;
};

/* Runs a graph in a fresh heap, on the calling thread, which must be the only one that uses the
 * runtime. True when the status is GRAPH_OK; fills `out` in any case. The same request gives the
 * same checksum, the same number of operations, and the same stream of allocations. */
bool graph_run(const struct graph_request *request, struct graph_result *out);
/* Are graph, scale and settings of a request in order? False with a message in `error`. */
bool graph_check(const struct graph_request *request, char *error, size_t error_bytes);
void graph_result_free(struct graph_result *result); /* what it owns; not itself */
/* The value a parameter takes under a request's scale, before its settings. */
int64_t graph_param_scaled(const struct graph_param *p, double scale);
