/* What layers share: the operations they hand down unchanged. A layer owns what it wraps. */
#pragma once
#include "alloc/alloc.h"
#include <stdio.h>
#include <stdlib.h>

static inline size_t layer_usable(struct alloc *a, const void *block) {
  return a->below->table->usable(a->below, block);
}
static inline void layer_stats(struct alloc *a, struct alloc_stats *out) {
  alloc_read_stats(a->below, out);
}
static inline void layer_walk(struct alloc *a, bool (*visit)(const struct alloc_region *, void *),
                              void *context) {
  if (a->below->table->walk)
    a->below->table->walk(a->below, visit, context);
}
static inline bool layer_check(struct alloc *a, char *error, size_t error_bytes) {
  return alloc_check(a->below, error, error_bytes);
}
static inline void layer_trim(struct alloc *a) { alloc_trim(a->below); }
static inline void layer_decay(struct alloc *a) { alloc_decay(a->below); }
static inline void layer_close(struct alloc *a) {
  alloc_close(a->below);
  free(a);
}
/* The instance of `backend` in a stack of layers, NULL where there is none. */
static inline struct alloc *layer_find(struct alloc *a, const struct alloc_backend *backend) {
  while (a && a->backend != backend)
    a = a->below;
  return a;
}
/* Zeroed memory for a layer's state; NULL with a message when memory is exhausted. */
static inline void *layer_new(const struct alloc_backend *self, size_t bytes, char *error,
                              size_t error_bytes) {
  void *layer = calloc(1, bytes);
  if (!layer)
    snprintf(error, error_bytes, "%s: out of memory", self->name);
  return layer;
}
