/* Loading of libraries and the hot path of the backends over them. */
#include "alloc/foreign.h"
#include "base/bits.h"
#include "base/options.h"
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *get(struct alloc *a, size_t bytes) {
  return ((struct foreign *)a)->call.malloc(bytes);
}

static void *zget(struct alloc *a, size_t bytes) {
  return ((struct foreign *)a)->call.calloc(1, bytes);
}

/* Most libraries free a block that is resized to 0 bytes; at the door it shrinks. oneTBB 2021.8
 * wraps around at sizes that no object can have, and returns the old block. */
static void *resize(struct alloc *a, void *block, size_t bytes) {
  if (UNLIKELY(bytes > PTRDIFF_MAX))
    return NULL;
  return ((struct foreign *)a)->call.realloc(block, bytes + !bytes);
}

static void put(struct alloc *a, void *block) { ((struct foreign *)a)->call.free(block); }

size_t foreign_usable(struct alloc *a, const void *block) {
  return ((struct foreign *)a)->call.usable(block);
}

void foreign_close(struct alloc *a) { free(a); }

/* A leak checker's, where there is one: what a library allocates as it is loaded stays. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static void *load_without_leak_check(const char *library) {
  if (__lsan_disable)
    __lsan_disable();
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (__lsan_enable)
    __lsan_enable();
  return handle;
}

void *foreign_load(const char *who, const char *library, const char *package, char *error,
                   size_t error_bytes) {
  void *handle = load_without_leak_check(library);
  if (handle)
    return handle;
  const char *reason = dlerror();
  int n = snprintf(error, error_bytes, "%s: can't load %s: %s", who, library, reason);
  if (n < 0 || (size_t)n >= error_bytes)
    return NULL;
  if (strstr(reason, "static TLS"))
    snprintf(error + n, error_bytes - (size_t)n,
             " (start with GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384 to make room)");
  else if (package)
    snprintf(error + n, error_bytes - (size_t)n, " (Debian package %s)", package);
  return NULL;
}

/* dladdr would tell the same after a search of the library's whole symbol table. */
void *foreign_symbol(void *handle, const char *name) {
  void *symbol = dlsym(handle, name);
  struct link_map *map;
  struct dl_find_object found;
  if (!symbol || dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || _dl_find_object(symbol, &found) != 0)
    return NULL;
  return found.dlfo_link_map == map ? symbol : NULL;
}

/* dlsym returns objects; the detour over memory is POSIX's way to a function. */
static bool resolve(void *handle, const char *name, void *function) {
  void *symbol = foreign_symbol(handle, name);
  memcpy(function, &symbol, sizeof symbol);
  return symbol != NULL;
}

bool foreign_resolve(void *handle, const struct foreign_names *names, struct foreign_functions *f,
                     const char **missing) {
  *missing = NULL;
  if (!resolve(handle, names->malloc, &f->malloc))
    *missing = names->malloc;
  else if (!resolve(handle, names->free, &f->free))
    *missing = names->free;
  else if (!resolve(handle, names->realloc, &f->realloc))
    *missing = names->realloc;
  else if (!resolve(handle, names->calloc, &f->calloc))
    *missing = names->calloc;
  else if (names->usable && !resolve(handle, names->usable, &f->usable))
    *missing = names->usable;
  return !*missing;
}

struct alloc *foreign_new(const struct alloc_backend *self, const struct alloc_table *table,
                          void *handle, const struct foreign_functions *functions, char *error,
                          size_t error_bytes) {
  struct foreign *f = malloc(sizeof *f);
  if (!f) {
    snprintf(error, error_bytes, "%s: out of memory", self->name);
    return NULL;
  }
  *f = (struct foreign){
      .head = {get, zget, resize, put, table, self, NULL}, .call = *functions, .handle = handle};
  return &f->head;
}

struct alloc *foreign_open(const struct alloc_backend *self, const char *options,
                           const char *package, const struct foreign_names *names,
                           const struct alloc_table *table, char *error, size_t error_bytes) {
  struct options o;
  options_open(&o, self->name, options, &self->options->key, error, error_bytes);
  if (o.failed)
    return NULL;
  void *handle = foreign_load(self->name, self->library, package, error, error_bytes);
  if (!handle)
    return NULL;
  struct foreign_functions functions = {0};
  const char *missing;
  if (!foreign_resolve(handle, names, &functions, &missing)) {
    snprintf(error, error_bytes, "%s: %s has no %s of its own", self->name, self->library, missing);
    return NULL;
  }
  return foreign_new(self, table, handle, &functions, error, error_bytes);
}
