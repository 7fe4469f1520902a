/* Backend `jemalloc`, which stands inside the program (see jemalloc_library.h). */
#include "alloc/foreign.h"
#include "alloc/jemalloc_library.h"
#include "base/options.h"

static uint64_t read_figure(const char *name) {
  size_t value, value_bytes = sizeof value;
  return jemalloc_library.control(name, &value, &value_bytes, NULL, 0) ? UINT64_MAX : value;
}

static void stats(struct alloc *a, struct alloc_stats *out) {
  uint64_t epoch = 1;
  jemalloc_library.control("epoch", NULL, NULL, &epoch, sizeof epoch);
  out->mapped_bytes = read_figure("stats.mapped");
  /* 4096 stands for all arenas (MALLCTL_ARENAS_ALL). */
  uint64_t allocated = read_figure("stats.allocated");
  uint64_t cached = read_figure("stats.arenas.4096.tcache_bytes");
  out->live_bytes = cached < allocated ? allocated - cached : allocated;
}

static void trim(struct alloc *a) {
  jemalloc_library.control("thread.tcache.flush", NULL, NULL, NULL, 0);
  jemalloc_library.control("arena.4096.purge", NULL, NULL, NULL, 0);
}

static const struct alloc_table table = {
    .usable = foreign_usable, .stats = stats, .trim = trim, .close = foreign_close};

static struct alloc *open_(const struct alloc_backend *self, const char *options,
                           struct alloc *below, char *error, size_t error_bytes) {
  struct options o;
  options_open(&o, self->name, options, &self->options->key, error, error_bytes);
  if (o.failed)
    return NULL;
  const struct jemalloc_library *l = &jemalloc_library;
  struct foreign_functions functions = {l->malloc, l->free, l->realloc, l->calloc, l->usable};
  return foreign_new(self, &table, NULL, &functions, error, error_bytes);
}

extern const struct alloc_backend alloc_jemalloc;
const struct alloc_backend alloc_jemalloc = {
    .name = "jemalloc",
    .summary = "jemalloc: arenas, slabs by size class, caches per thread",
    .library = "libjemalloc_pic.a",
    .options = (const struct alloc_option[]){{0}},
    .open = open_,
};
