/* Growable arrays for collectors' bookkeeping, in memory mapped from the OS: never from the C
 * library or the allocator under test.  Declare  struct { VEC(T); } v = {0};  as for base/vec.h. */
#pragma once
#include "base/vec.h"

/* Makes room for `more` items; false when memory is exhausted, the array is then unchanged. */
#define mapped_reserve(v, more)                                                                    \
  ((v)->capacity - (v)->n >= (size_t)(more) ||                                                     \
   mapped_grow((void **)&(v)->items, &(v)->capacity, (v)->n, (v)->n + (size_t)(more),              \
               sizeof *(v)->items))
#define mapped_push(v, item) (LIKELY(mapped_reserve(v, 1)) && ((v)->items[(v)->n++] = (item), true))
#define mapped_free(v)                                                                             \
  (mapped_release((v)->items, (v)->capacity, sizeof *(v)->items), (v)->items = NULL,               \
   (v)->n = (v)->capacity = 0)

bool mapped_grow(void **items, size_t *capacity, size_t n, size_t wanted, size_t item_bytes);
void mapped_release(void *items, size_t capacity, size_t item_bytes);
