/* Arrays double, and their old half is given back at once. */
#include "gc/mapped.h"
#include "os/map.h"
#include <stdint.h>
#include <string.h>

enum { SMALLEST_BYTES = 1 << 16 };

static size_t array_bytes(size_t capacity, size_t item_bytes) {
  return align_up(capacity * item_bytes, map_page_bytes());
}

bool mapped_grow(void **items, size_t *capacity, size_t n, size_t wanted, size_t item_bytes) {
  if (wanted > SIZE_MAX / 4 / item_bytes)
    return false;
  size_t bytes = SMALLEST_BYTES;
  while (bytes / item_bytes < wanted)
    bytes *= 2;
  void *grown = map_anonymous(bytes, 0);
  if (!grown)
    return false;
  if (n)
    memcpy(grown, *items, n * item_bytes);
  mapped_release(*items, *capacity, item_bytes);
  *items = grown;
  *capacity = bytes / item_bytes;
  return true;
}

void mapped_release(void *items, size_t capacity, size_t item_bytes) {
  if (items)
    map_release(items, array_bytes(capacity, item_bytes));
}
