/* What libouro-jemalloc.so offers: jemalloc, under no name that could replace anything.
 *
 * jemalloc keeps 2.6 KB of thread-local state with static addressing, more than the dynamic linker
 * leaves free for libraries loaded later ("cannot allocate memory in static TLS block"). Therefore
 * its static archive is wrapped in a library that programs are linked to and that exports this
 * table only. The archive's constructor is left out, so a process that never asks for a block from
 * it pays for the mapping, not for its initialisation. */
#pragma once
#include <stddef.h>

struct jemalloc_library {
  void *(*malloc)(size_t bytes);
  void *(*calloc)(size_t n, size_t bytes);
  void *(*realloc)(void *block, size_t bytes);
  void (*free)(void *block);
  size_t (*usable)(const void *block);
  /* As in jemalloc's manual: 0 on success, an errno value otherwise. */
  int (*control)(const char *name, void *old, size_t *old_bytes, void *new, size_t new_bytes);
};

extern __attribute__((visibility("default"))) const struct jemalloc_library jemalloc_library;
