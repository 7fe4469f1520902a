/* `refcount`: objects die when nothing holds them, and cycles never do. What reference counting
 * costs by itself; what leaks is reported by gc_close. */
#include "gc/header.h"
#if GC_RC
#include "gc/rc_plan.h"

static bool open(char *error, size_t error_bytes) {
  (void)error, (void)error_bytes;
  rc_open();
  return true;
}

static size_t collect(unsigned generation) {
  (void)generation;
  return 0;
}

static const struct gc_option options[] = {{0}};
static const struct gc_methods methods = {
    .open = open,
    .close = rc_close,
    .collect = collect,
    .read_stats = rc_read_stats,
};

const struct gc_collector gc_refcount = {
    .name = "refcount",
    .family = "rc",
    .summary = "reference counts alone: cycles leak, and are reported at the end",
    .options = options,
    .methods = &methods,
};
#endif
