/* The registry and the parser of specs. */
#include "alloc/alloc.h"
#include <stdio.h>
#include <string.h>

extern const struct alloc_backend alloc_malloc;

const struct alloc_backend *const alloc_registry[] = {&alloc_malloc, NULL};

const struct alloc_backend *alloc_find(const char *name) {
  for (size_t i = 0; alloc_registry[i]; i++)
    if (!strcmp(alloc_registry[i]->name, name))
      return alloc_registry[i];
  return NULL;
}

struct alloc *alloc_open(const char *spec, char *error, size_t error_bytes) {
  const struct alloc_backend *backend = alloc_find(spec);
  if (!backend) {
    snprintf(error, error_bytes, "unknown allocator '%s'", spec);
    return NULL;
  }
  return backend->open(backend, "", NULL, error, error_bytes);
}

void alloc_close(struct alloc *a) {
  if (a)
    a->table->close(a);
}

void alloc_read_stats(struct alloc *a, struct alloc_stats *out) {
  memset(out, 0xff, sizeof *out);
  out->n_classes = 0;
  if (a->table->stats)
    a->table->stats(a, out);
}

bool alloc_check(struct alloc *a, char *error, size_t error_bytes) {
  return !a->table->check || a->table->check(a, error, error_bytes);
}

void alloc_trim(struct alloc *a) {
  if (a->table->trim)
    a->table->trim(a);
}
