/* Which specs the tests of the door run over: every backend of the registry, and every layer over
 * one. A new backend or layer is in without a change here. */
#pragma once
#include "alloc/alloc.h"
#include <stdio.h>
#include <string.h>

enum { SPECS_MAX = 64, SPEC_BYTES = 256 };

/* What a backend or layer needs to be told before it can run at all. */
static inline const char *specs_required_options(const char *name) {
  if (!strcmp(name, "lib"))
    return ":libmimalloc.so.2"; /* any library will do */
  if (!strcmp(name, "fault"))
    return ":nth=1000000000";
  if (!strcmp(name, "log"))
    return ":file=/dev/null";
  return "";
}

/* Fills specs; `ours` leaves out the backends whose code is in a library. Returns how many. */
static inline size_t specs_list(char specs[SPECS_MAX][SPEC_BYTES], bool ours) {
  size_t n = 0;
  for (size_t i = 0; alloc_registry[i] && n < SPECS_MAX - 1; i++) {
    const struct alloc_backend *b = alloc_registry[i];
    if (ours && (b->library || !strcmp(b->name, "lib")))
      continue;
    snprintf(specs[n++], SPEC_BYTES, "%s%s%s", b->name, specs_required_options(b->name),
             b->is_layer ? "+pool" : "");
  }
  snprintf(specs[n++], SPEC_BYTES, "count+guard+pool");
  return n;
}
