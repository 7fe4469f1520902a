/* Growth of vectors: by half again, at least 16 items. */
#include "base/vec.h"
#include <stdlib.h>

bool vec_grow(void **items, size_t *capacity, size_t wanted, size_t item_bytes) {
  size_t grown = *capacity + *capacity / 2 + 16;
  if (grown < wanted)
    grown = wanted;
  void *moved = grown <= SIZE_MAX / item_bytes ? realloc(*items, grown * item_bytes) : NULL;
  if (!moved)
    return false;
  *items = moved;
  *capacity = grown;
  return true;
}

void vec_release(void *items) { free(items); }
