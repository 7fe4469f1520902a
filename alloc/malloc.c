/* Backend `malloc`: the C library's own allocator. */
#include "alloc/alloc.h"
#include <malloc.h>
#include <stdlib.h>

static void *get(struct alloc *a, size_t bytes) { return malloc(bytes); }
static void *zget(struct alloc *a, size_t bytes) { return calloc(1, bytes); }
static void *resize(struct alloc *a, void *block, size_t bytes) {
  return realloc(block, bytes ? bytes : 1);
}
static void put(struct alloc *a, void *block) { free(block); }
static size_t usable(struct alloc *a, const void *block) {
  return malloc_usable_size((void *)(uintptr_t)block);
}
static void trim(struct alloc *a) { malloc_trim(0); }
static void close_(struct alloc *a) {}

static const struct alloc_table table = {.usable = usable, .trim = trim, .close = close_};

static struct alloc *open_(const struct alloc_backend *self, const char *options,
                           struct alloc *below, char *error, size_t error_bytes) {
  static struct alloc instance;
  instance = (struct alloc){get, zget, resize, put, &table, self, NULL};
  return &instance;
}

extern const struct alloc_backend alloc_malloc;
const struct alloc_backend alloc_malloc = {
    .name = "malloc",
    .summary = "the C library's allocator (glibc ptmalloc)",
    .library = "libc.so.6",
    .options = (const struct alloc_option[]){{0}},
    .open = open_,
};
