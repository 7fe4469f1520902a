/* Free lists: blocks of dead objects of one type and size, kept for the next birth of the same.
 *
 * A layer in front of the allocator as CPython has one. To the collector's counts a kept block is
 * still an object: they, like CPython's count0, don't see births and deaths that pass through here.
 * host_release_caches empties all lists; object_options.freelists switches them off. The tracing
 * family has none, for nothing dies by itself there.
 *
 * Invariant: a kept object is untracked, holds nothing, and its first word behind the header links
 * to the next. */
#pragma once
#include "runtime/object/object.h"

struct freelist {
  struct object *first;
  uint32_t n;
  uint32_t max; /* 0 while free lists are switched off */
};

static inline struct object **freelist_link(struct object *o) { return (struct object **)(o + 1); }

/* An object with count 1, untracked, its type set and the rest undefined; NULL when there is none.
 */
ALWAYS_INLINE struct object *freelist_pop(struct freelist *f) {
  struct object *o = f->first;
  if (!GC_RC || UNLIKELY(!o))
    return NULL;
  f->first = *freelist_link(o);
  f->n--;
#if GC_RC
  o->count = 1;
  o->pos = GC_POS_UNTRACKED;
#endif
  return o;
}

/* False when the list is full: the caller then frees the block. */
ALWAYS_INLINE bool freelist_push(struct freelist *f, struct object *o) {
  if (!GC_RC || UNLIKELY(f->n >= f->max))
    return false;
  *freelist_link(o) = f->first;
  f->first = o;
  f->n++;
  return true;
}

void freelist_open(struct freelist *f, uint32_t max); /* empty; max is kept only if they are on */
void freelist_release(struct freelist *f, size_t object_bytes); /* frees what it keeps */
