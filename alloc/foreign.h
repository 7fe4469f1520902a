/* Backends whose blocks come from a library: loading, proof of origin, and the door's hot path.
 *
 * Every foreign backend pays the same: the door's indirect call, then one tail jump through a
 * pointer that was resolved when it was opened (two moves and a jump). Libraries are loaded with
 * RTLD_LOCAL, so that none of them replaces the process's own malloc, and are never unloaded.
 *
 * Invariant: each of the four functions lies in the library the backend names. The dynamic linker
 * would otherwise hand out libc's silently: dlsym(handle, "malloc") also searches what the library
 * depends on. */
#pragma once
#include "alloc/alloc.h"

/* What a library calls its entry points. */
struct foreign_names {
  const char *malloc, *calloc, *realloc, *free;
  const char *usable; /* NULL where there is none */
};

struct foreign_functions {
  void *(*malloc)(size_t bytes);
  void (*free)(void *block);
  void *(*realloc)(void *block, size_t bytes);
  void *(*calloc)(size_t n, size_t bytes);
  size_t (*usable)(const void *block); /* NULL where there is none */
};

struct foreign {
  struct alloc head;
  struct foreign_functions call;
  void *handle; /* of the library; NULL where it is linked */
};

/* Loads `library` (a file name as dlopen takes it). NULL with a message on failure; `package` names
 * where it is usually found, NULL where that is unknown. */
void *foreign_load(const char *who, const char *library, const char *package, char *error,
                   size_t error_bytes);
/* A function of this library itself, not of what it depends on; NULL where it has none. */
void *foreign_symbol(void *handle, const char *name);
/* Resolves all functions; false with the first that is missing (or only in a dependency). */
bool foreign_resolve(void *handle, const struct foreign_names *names,
                     struct foreign_functions *functions, const char **missing);

/* A new instance over resolved functions; NULL with a message when memory is exhausted. */
struct alloc *foreign_new(const struct alloc_backend *self, const struct alloc_table *table,
                          void *handle, const struct foreign_functions *functions, char *error,
                          size_t error_bytes);
/* All of the above for a backend without options: checks that there are none, loads
 * self->library, resolves. */
struct alloc *foreign_open(const struct alloc_backend *self, const char *options,
                           const char *package, const struct foreign_names *names,
                           const struct alloc_table *table, char *error, size_t error_bytes);
/* For the tables of backends: the library's own answer, and the end of the instance. */
size_t foreign_usable(struct alloc *a, const void *block);
void foreign_close(struct alloc *a);
