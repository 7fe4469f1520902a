/* Walking the references of an object as runs of pointers: no call per reference.
 *
 * The three simple layouts are resolved without a branch; GC_SPANS costs a call per object.
 * GC_VISIT objects have no spans: whoever walks edges must also ask edges_by_visit. The reference
 * on the type (GC_VISITS_TYPE) is no edge here either. */
#pragma once
#include "gc/header.h"

ALWAYS_INLINE bool edges_by_visit(const struct gc_shape *shape) {
  return UNLIKELY(shape->layout == GC_VISIT);
}

/* The first span; *n says how many there are, and the others stand in more[1] and so on. */
ALWAYS_INLINE struct gc_span edges_first(struct object *o, const struct gc_shape *shape,
                                         struct gc_span more[GC_SPANS_MAX], unsigned *n) {
  unsigned layout = shape->layout;
  *n = 1;
  if (LIKELY(layout - GC_FIXED <= GC_BUFFER - GC_FIXED)) {
    char *inside = (char *)o + shape->refs_offset;
    size_t counted = *(size_t *)((char *)o + shape->n_offset);
    struct object **buffer = *(struct object ***)inside;
    return (struct gc_span){layout == GC_BUFFER ? buffer : (struct object **)inside,
                            layout == GC_FIXED ? shape->refs_n : counted};
  }
  if (layout == GC_SPANS && (*n = shape->spans(o, more)))
    return more[0];
  return (struct gc_span){NULL, 0};
}

/* Runs the statements for each slot that may hold a reference; adds their number to `counter`. */
#define EDGES_EACH(o, shape, slot, counter, ...)                                                   \
  do {                                                                                             \
    struct gc_span edges_more_[GC_SPANS_MAX];                                                      \
    unsigned edges_n_, edges_i_ = 1;                                                               \
    struct gc_span edges_now_ = edges_first(o, shape, edges_more_, &edges_n_);                     \
    for (;;) {                                                                                     \
      struct object **slot = edges_now_.first, **edges_end_ = slot + edges_now_.n;                 \
      counter += edges_now_.n;                                                                     \
      for (; slot != edges_end_; slot++) {                                                         \
        __VA_ARGS__                                                                                \
      }                                                                                            \
      if (LIKELY(edges_i_ >= edges_n_))                                                            \
        break;                                                                                     \
      edges_now_ = edges_more_[edges_i_++];                                                        \
    }                                                                                              \
  } while (0)

/* What NULL references are replaced by where a branch would cost more. Untracked, never dies. */
extern struct object edges_nobody; /* analysis.c */

ALWAYS_INLINE struct object *edges_target(struct object *const *slot) {
  struct object *t = *slot;
  return t ? t : &edges_nobody;
}

/* Starts loading what a visit of o will need: first its header and slots (two cache lines, for most
 * objects are small and lie across a border), some objects later the buffer they lead to. Any
 * address may be prefetched. */
ALWAYS_INLINE void edges_prefetch_header(const struct object *o) {
  __builtin_prefetch(o);
  __builtin_prefetch((const char *)o + 47);
}
ALWAYS_INLINE void edges_prefetch_buffer(const struct object *o) {
  const struct gc_shape *shape = gc_shape_of(o->type);
  if (shape->layout == GC_BUFFER)
    __builtin_prefetch(*(void *const *)((const char *)o + shape->refs_offset));
}
