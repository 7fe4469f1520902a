/* What sequences share: their iterators, reversed(), and small arithmetic of positions. */
#pragma once
#include "runtime/object/protocol.h"
#include "runtime/object/type.h"
#include <stddef.h>

/* An iterator over a list, tuple, str, bytes, or anything with items by number. Forward: i is the
 * next position. Backward: likewise, -1 at the end. */
struct sequence_iterator {
  struct object head;
  struct object *sequence; /* NULL: exhausted */
  int64_t i;
};
extern struct type list_iterator_type, list_reverse_iterator_type, tuple_iterator_type,
    reversed_type;
struct object *list_iterate_reversed(struct object *list);
struct object *tuple_iterate(struct object *tuple);

/* For the iterators of other types: one at position i, and what they have in common. */
struct object *sequence_iterator_at(struct type *t, struct object *sequence, int64_t i);
void sequence_iterator_destroy(struct object *o);
struct object *sequence_iterator_self(struct object *o);
struct object *sequence_iterator_exhaust(struct object *o); /* NULL */
struct object *sequence_iterator_hint(struct object *o);
/* (function, (sequence,), i), or (function, (empty,)) when nothing is left; takes both. */
struct object *sequence_iterator_reduce_taking(struct object *o, struct object *function,
                                               struct object *empty);
int sequence_iterator_read_state(struct object *state, int64_t *i);
struct object *sequence_iterator_set_state(struct object *o, struct object *state);

#define SEQUENCE_ITERATOR_METHODS(table, hint_, reduce_, set_state_)                               \
  static const struct method_def table[] = {                                                       \
      METHOD_NOARGS_("__length_hint__", hint_,                                                     \
                     "Private method returning an estimate of len(list(it))."),                    \
      METHOD_NOARGS_("__reduce__", reduce_, "Return state information for pickling."),             \
      METHOD_ONE_("__setstate__", set_state_, "Set state information for unpickling."),            \
      {NULL}}
#define SEQUENCE_ITERATOR_TYPE(variable, name_, next_, methods_)                                   \
  struct type variable = {.head = OBJECT_STATIC(type_type),                                        \
                          .shape = {.layout = GC_FIXED,                                            \
                                    .flags = GC_CONTAINER | GC_PLAIN,                              \
                                    .refs_offset = offsetof(struct sequence_iterator, sequence),   \
                                    .refs_n = 1,                                                   \
                                    .basic_bytes = sizeof(struct sequence_iterator)},              \
                          .name = name_,                                                           \
                          .flags = TYPE_NO_INSTANCE,                                               \
                          .destroy = sequence_iterator_destroy,                                    \
                          .iter = sequence_iterator_self,                                          \
                          .next = next_,                                                           \
                          .methods = methods_,                                                     \
                          .base = &object_type}

/* A position given by the user, negative from the end, cut to [0, length]. */
static inline size_t sequence_clip(int64_t i, size_t length) {
  if (i < 0)
    i += (int64_t)length;
  return i < 0 ? 0 : (uint64_t)i < length ? (size_t)i : length;
}
/* Which of two sequences comes first where one is the start of the other. */
static inline bool sequence_order(size_t a, size_t b, enum compare_op op) {
  return ordered_words(op, (int64_t)a, (int64_t)b);
}
