/* Backend `mimalloc`. The shared library also defines malloc; loaded locally, nothing uses that. */
#include "alloc/foreign.h"
#include <string.h>

static void stats(struct alloc *a, struct alloc_stats *out) {
  void (*read)(size_t *, size_t *, size_t *, size_t *, size_t *, size_t *, size_t *, size_t *);
  void *symbol = foreign_symbol(((struct foreign *)a)->handle, "mi_process_info");
  if (!symbol)
    return;
  memcpy(&read, &symbol, sizeof symbol);
  size_t committed = 0, peak = 0;
  read(NULL, NULL, NULL, NULL, NULL, &committed, &peak, NULL);
  out->mapped_bytes = committed;
  out->peak_mapped_bytes = peak;
}

static void trim(struct alloc *a) {
  void (*collect)(bool force);
  void *symbol = foreign_symbol(((struct foreign *)a)->handle, "mi_collect");
  if (!symbol)
    return;
  memcpy(&collect, &symbol, sizeof symbol);
  collect(true);
}

static const struct alloc_table table = {
    .usable = foreign_usable, .stats = stats, .trim = trim, .close = foreign_close};

static struct alloc *open_(const struct alloc_backend *self, const char *options,
                           struct alloc *below, char *error, size_t error_bytes) {
  static const struct foreign_names names = {"mi_malloc", "mi_calloc", "mi_realloc", "mi_free",
                                             "mi_usable_size"};
  return foreign_open(self, options, "libmimalloc2.0", &names, &table, error, error_bytes);
}

extern const struct alloc_backend alloc_mimalloc;
const struct alloc_backend alloc_mimalloc = {
    .name = "mimalloc",
    .summary = "Microsoft's mimalloc: free lists per page, sharded by thread",
    .library = "libmimalloc.so.2",
    .options = (const struct alloc_option[]){{0}},
    .open = open_,
};
