/* Layer 0: the C library or another backend (see raw.h). */
#include "alloc/raw.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool raw_open(struct raw *r, const char *spec, char *error, size_t error_bytes) {
  *r = (struct raw){0};
  if (!strcmp(spec, "malloc"))
    return true;
  r->other = alloc_open(spec, error, error_bytes);
  if (!r->other)
    return false;
  if (r->other->table->usable)
    return true;
  snprintf(error, error_bytes, "'%s' can't be layer 0: it can't tell the size of a block", spec);
  raw_close(r);
  return false;
}

void raw_close(struct raw *r) {
  alloc_close(r->other);
  r->other = NULL;
}

size_t raw_usable(struct raw *r, const void *block) {
  return r->other ? r->other->table->usable(r->other, block)
                  : malloc_usable_size((void *)(uintptr_t)block);
}

static void *count(struct raw *r, void *block, size_t bytes_before) {
  if (!block)
    return NULL;
  __atomic_add_fetch(&r->live_bytes, raw_usable(r, block) - bytes_before, __ATOMIC_RELAXED);
  if (!bytes_before)
    __atomic_add_fetch(&r->live_blocks, 1, __ATOMIC_RELAXED);
  return block;
}

void *raw_alloc(struct raw *r, size_t bytes) {
  return count(r, r->other ? r->other->alloc(r->other, bytes) : malloc(bytes), 0);
}

void *raw_zalloc(struct raw *r, size_t bytes) {
  return count(r, r->other ? r->other->zalloc(r->other, bytes) : calloc(1, bytes), 0);
}

void *raw_realloc(struct raw *r, void *block, size_t bytes) {
  size_t before = raw_usable(r, block);
  return count(r, r->other ? r->other->realloc(r->other, block, bytes) : realloc(block, bytes),
               before);
}

void raw_free(struct raw *r, void *block) {
  if (!block)
    return;
  __atomic_sub_fetch(&r->live_bytes, raw_usable(r, block), __ATOMIC_RELAXED);
  __atomic_sub_fetch(&r->live_blocks, 1, __ATOMIC_RELAXED);
  if (r->other)
    r->other->free(r->other, block);
  else
    free(block);
}
