/* A growable array for the instrument's and the collectors' own bookkeeping.
 *
 * Its memory comes from the C library, never from the allocator under test, so that bookkeeping
 * doesn't show up in what is measured.  Declare  struct { VEC(T); } v = {0};  zero is empty. */
#pragma once
#include "base/bits.h"
#include <stdbool.h>
#include <stddef.h>

#define VEC(T)                                                                                     \
  T *items;                                                                                        \
  size_t n, capacity

/* Makes room for `more` items. False when memory is exhausted; the vector is then unchanged. */
#define vec_reserve(v, more)                                                                       \
  ((v)->capacity - (v)->n >= (size_t)(more) ||                                                     \
   vec_grow((void **)&(v)->items, &(v)->capacity, (v)->n + (size_t)(more), sizeof *(v)->items))
/* Appends; the second operand of && must not have side effects that matter on failure. */
#define vec_push(v, item) (LIKELY(vec_reserve(v, 1)) && ((v)->items[(v)->n++] = (item), true))
#define vec_pop(v)        ((v)->items[--(v)->n])
#define vec_free(v)       (vec_release((v)->items), (v)->items = NULL, (v)->n = (v)->capacity = 0)

bool vec_grow(void **items, size_t *capacity, size_t wanted, size_t item_bytes);
void vec_release(void *items);
