/* Backend `tbb`: oneTBB's scalable allocator. It keeps no figures about itself. */
#include "alloc/foreign.h"
#include <string.h>

/* scalable_allocation_command's number for handing back all buffers of all threads. */
enum { CLEAN_ALL_BUFFERS = 0 };

static void trim(struct alloc *a) {
  int (*command)(int, void *);
  void *symbol = foreign_symbol(((struct foreign *)a)->handle, "scalable_allocation_command");
  if (!symbol)
    return;
  memcpy(&command, &symbol, sizeof symbol);
  command(CLEAN_ALL_BUFFERS, NULL);
}

static const struct alloc_table table = {
    .usable = foreign_usable, .trim = trim, .close = foreign_close};

static struct alloc *open_(const struct alloc_backend *self, const char *options,
                           struct alloc *below, char *error, size_t error_bytes) {
  static const struct foreign_names names = {"scalable_malloc", "scalable_calloc",
                                             "scalable_realloc", "scalable_free", "scalable_msize"};
  return foreign_open(self, options, "libtbbmalloc2", &names, &table, error, error_bytes);
}

extern const struct alloc_backend alloc_tbb;
const struct alloc_backend alloc_tbb = {
    .name = "tbb",
    .summary = "oneTBB's scalable allocator: slabs owned by threads",
    .library = "libtbbmalloc.so.2",
    .options = (const struct alloc_option[]){{0}},
    .open = open_,
};
