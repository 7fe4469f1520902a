/* Backend `malloc`: the C library's own allocator.
 *
 * Its functions are looked up in libc.so.6 itself: a preloaded or linked allocator that takes over
 * the name `malloc` in this process does not get in between. Statistics are those of the whole
 * process, with what the program itself took from the C library. */
#include "alloc/foreign.h"
#include <malloc.h>
#include <string.h>

static void stats(struct alloc *a, struct alloc_stats *out) {
  struct mallinfo2 (*read)(void);
  void *symbol = foreign_symbol(((struct foreign *)a)->handle, "mallinfo2");
  if (!symbol)
    return;
  memcpy(&read, &symbol, sizeof symbol);
  struct mallinfo2 info = read();
  out->mapped_bytes = info.arena + info.hblkhd;
  /* Blocks in a thread's cache count as live: the library does not tell them apart. */
  out->live_bytes = info.uordblks + info.hblkhd;
}

static void trim(struct alloc *a) {
  int (*release)(size_t);
  void *symbol = foreign_symbol(((struct foreign *)a)->handle, "malloc_trim");
  if (!symbol)
    return;
  memcpy(&release, &symbol, sizeof symbol);
  release(0);
}

static const struct alloc_table table = {
    .usable = foreign_usable, .stats = stats, .trim = trim, .close = foreign_close};

static struct alloc *open_(const struct alloc_backend *self, const char *options,
                           struct alloc *below, char *error, size_t error_bytes) {
  static const struct foreign_names names = {"malloc", "calloc", "realloc", "free",
                                             "malloc_usable_size"};
  return foreign_open(self, options, "libc6", &names, &table, error, error_bytes);
}

extern const struct alloc_backend alloc_malloc;
const struct alloc_backend alloc_malloc = {
    .name = "malloc",
    .summary = "the C library's allocator (glibc, ptmalloc)",
    .library = "libc.so.6",
    .options = (const struct alloc_option[]){{0}},
    .open = open_,
};
