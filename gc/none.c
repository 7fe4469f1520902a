/* `none`: nothing is freed before the end. The baseline that every cost of memory management is
 * measured against: what a program costs when nobody looks after its garbage, and how much memory
 * that takes. Mutators run the same code as under mark-sweep, down to the valid bits. */
#include "gc/header.h"
#if GC_TRACING
#include "gc/trace.h"

static bool open(char *error, size_t error_bytes) {
  return tracing_open(false, error, error_bytes);
}

static size_t collect(unsigned generation) {
  (void)generation;
  return 0;
}

static const struct gc_option options[] = {{0}};
static const struct gc_methods methods = {
    .open = open,
    .close = tracing_close,
    .collect = collect,
    .read_stats = tracing_read_stats,
    .check = tracing_check,
    .settings_changed = tracing_arm,
    .visit_tracked = tracing_visit_tracked,
};

const struct gc_collector gc_none = {
    .name = "none",
    .family = "tracing",
    .summary = "never frees anything: the baseline every cost is measured against",
    .options = options,
    .methods = &methods,
};
#endif
