/* The table of one family: compiled once for each. */
#include "bench/family.h"
#include "bench/gc_bench.h"
#include "gc/header.h"
#include "runtime/object/object.h"
#include "workloads/graphs/graph.h"
#include <stdio.h>

static bool open(struct alloc *a, const char *spec, char *error, size_t error_bytes) {
  if (!gc_open(a, spec, error, error_bytes))
    return false;
  if (object_open())
    return true;
  snprintf(error, error_bytes, "no memory for the runtime's own objects");
  gc_close();
  return false;
}

static size_t close(void) {
  object_close();
  return gc_close();
}

#if GC_RC
#define FAMILY family_rc
#else
#define FAMILY family_tracing
#endif

const struct family FAMILY = {
    .name = GC_RC ? "rc" : "tracing",
    .collectors = gc_registry,
    .open = open,
    .close = close,
    .collect = gc_collect,
    .read_stats = gc_read_stats,
    .check = gc_check,
    .gc_benches = &gc_bench_of_family,
    .graphs = graph_registry,
    .graph_check = graph_check,
    .graph_run = graph_run,
    .graph_result_free = graph_result_free,
};
