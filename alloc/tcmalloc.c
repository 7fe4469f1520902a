/* Backend `tcmalloc`: gperftools, the variant without profiler and heap checker. */
#include "alloc/foreign.h"
#include <string.h>

static void stats(struct alloc *a, struct alloc_stats *out) {
  int (*read)(const char *, size_t *);
  void *symbol =
      foreign_symbol(((struct foreign *)a)->handle, "MallocExtension_GetNumericProperty");
  if (!symbol)
    return;
  memcpy(&read, &symbol, sizeof symbol);
  size_t heap, unmapped, live;
  if (read("generic.heap_size", &heap) && read("tcmalloc.pageheap_unmapped_bytes", &unmapped))
    out->mapped_bytes = heap - unmapped;
  if (read("generic.current_allocated_bytes", &live))
    out->live_bytes = live;
}

static void trim(struct alloc *a) {
  void (*release)(void);
  void *symbol = foreign_symbol(((struct foreign *)a)->handle, "MallocExtension_ReleaseFreeMemory");
  if (!symbol)
    return;
  memcpy(&release, &symbol, sizeof symbol);
  release();
}

static const struct alloc_table table = {
    .usable = foreign_usable, .stats = stats, .trim = trim, .close = foreign_close};

static struct alloc *open_(const struct alloc_backend *self, const char *options,
                           struct alloc *below, char *error, size_t error_bytes) {
  static const struct foreign_names names = {"tc_malloc", "tc_calloc", "tc_realloc", "tc_free",
                                             "tc_malloc_size"};
  return foreign_open(self, options, "libtcmalloc-minimal4", &names, &table, error, error_bytes);
}

extern const struct alloc_backend alloc_tcmalloc;
const struct alloc_backend alloc_tcmalloc = {
    .name = "tcmalloc",
    .summary = "gperftools' tcmalloc: caches per thread over central free lists",
    .library = "libtcmalloc_minimal.so.4",
    .options = (const struct alloc_option[]){{0}},
    .open = open_,
};
