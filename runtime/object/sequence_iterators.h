/* What sequences share: iterators over lists and tuples, reversed(), and small arithmetic of
 * positions. */
#pragma once
#include "runtime/object/type.h"

/* An iterator over a list or tuple. Forward: i is the next position. Backward: likewise, -1 at the
 * end. */
struct list_iterator {
  struct object head;
  struct object *sequence; /* NULL: exhausted */
  int64_t i;
};
extern struct type list_iterator_type, list_reverse_iterator_type, tuple_iterator_type,
    reversed_type;
struct object *list_iterate_reversed(struct object *list);
struct object *tuple_iterate(struct object *tuple);

/* A position given by the user, negative from the end, cut to [0, length]. */
static inline size_t sequence_clip(int64_t i, size_t length) {
  if (i < 0)
    i += (int64_t)length;
  return i < 0 ? 0 : (uint64_t)i < length ? (size_t)i : length;
}
/* Which of two sequences comes first where one is the start of the other. */
static inline bool sequence_order(size_t a, size_t b, enum compare_op op) {
  switch (op) {
  case COMPARE_LT:
    return a < b;
  case COMPARE_LE:
    return a <= b;
  case COMPARE_EQ:
    return a == b;
  case COMPARE_NE:
    return a != b;
  case COMPARE_GT:
    return a > b;
  default:
    return a >= b;
  }
}
