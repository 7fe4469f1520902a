/* Finds the family of a collector. */
#include "bench/family.h"
#include <string.h>

const struct family *family_of(const char *spec) {
  size_t n = strcspn(spec, ":");
  for (size_t i = 0; i < FAMILIES; i++)
    for (const struct gc_collector *const *c = families[i]->collectors; *c; c++)
      if (strlen((*c)->name) == n && memcmp((*c)->name, spec, n) == 0)
        return families[i];
  return NULL;
}
