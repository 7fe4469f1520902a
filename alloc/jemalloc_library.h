/* jemalloc inside the program, under no name that could replace anything.
 *
 * jemalloc keeps 2.6 KB of thread-local state with static addressing, more than the dynamic linker
 * leaves free for libraries loaded later ("cannot allocate memory in static TLS block"). Therefore
 * its static archive is linked into one object whose names are local but for this table
 * (embed.sh). The archive's constructor is left out, so a process that never asks for a block from
 * it pays nothing; as a library of its own it cost each process 0.15 ms to find and map. */
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

extern const struct jemalloc_library jemalloc_library;
