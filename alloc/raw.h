/* Layer 0 under our own backends: where requests above the small limit go.
 *
 * The C library's allocator, called directly, or any other backend behind its door. It keeps the
 * one figure that layer 0 can't tell by itself: the bytes in the blocks that came through here.
 * Thread-safe as the allocator under it is. */
#pragma once
#include "alloc/alloc.h"

struct raw {
  struct alloc *other;  /* owned; NULL for the C library */
  uint64_t live_bytes;  /* usable bytes; atomic */
  uint64_t live_blocks; /* atomic */
};

/* `spec` is "malloc" or the spec of another backend that can tell the size of a block. False with a
 * message on failure. */
bool raw_open(struct raw *r, const char *spec, char *error, size_t error_bytes);
/* Blocks of the C library that were not freed stay where they are: they belong to the process. */
void raw_close(struct raw *r);
void *raw_alloc(struct raw *r, size_t bytes);
void *raw_zalloc(struct raw *r, size_t bytes);
void *raw_realloc(struct raw *r, void *block, size_t bytes); /* block is not NULL, bytes not 0 */
void raw_free(struct raw *r, void *block);                   /* block may be NULL */
size_t raw_usable(struct raw *r, const void *block);
