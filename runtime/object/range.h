/* range objects: start, stop, step and length, ints of any size; and their iterators, one for
 * numbers of 64 bits, one for others. */
#pragma once
#include "runtime/object/int.h"

extern struct type range_type, range_iterator_type, long_range_iterator_type;

struct range {
  struct object head;
  struct object *start, *stop, *step, *length; /* exact ints */
};
struct range_iterator {
  struct object head;
  int64_t i, n; /* the next is start + i * step, while i < n */
  int64_t start, step;
};

static inline bool is_range(const struct object *o) { return type_of(o) == &range_type; }
/* Each an int; step is not 0. */
struct object *range_new(struct object *start, struct object *stop, struct object *step);

/* The next number, while i < n. */
static inline int64_t range_iterator_value(const struct range_iterator *it) {
  return (int64_t)((uint64_t)it->start + (uint64_t)it->i * (uint64_t)it->step);
}
/* next() without the call. */
static inline struct object *range_iterator_next(struct object *o) {
  struct range_iterator *it = (struct range_iterator *)o;
  if (UNLIKELY(it->i >= it->n))
    return NULL;
  struct object *value = int_from_i64(range_iterator_value(it));
  it->i += value != NULL;
  return value;
}
