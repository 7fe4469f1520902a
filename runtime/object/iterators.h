/* enumerate, zip, map and filter. */
#pragma once
#include "runtime/object/list.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/tuple.h"

extern struct type enumerate_type, zip_type, map_type, filter_type;

/* What its type's next does; for one over a list without a call. */
ALWAYS_INLINE struct object *iterator_step(struct object *iterator) {
  if (type_of(iterator) == &list_iterator_type) {
    struct sequence_iterator *it = (struct sequence_iterator *)iterator;
    const struct list *l = (const struct list *)it->sequence;
    if (LIKELY(l != NULL) && LIKELY((uint64_t)it->i < l->n))
      return hold(l->items[it->i++]);
  }
  return type_of(iterator)->next(iterator);
}

/* (iter, (list,)), for __reduce__ by what is left; takes the list (NULL: none). Negative status, or
 * an error that is pending: NULL. */
struct object *iterator_reduce_list_taking(struct object *list, int status);
/* The same for pairs; neither is NULL. */
ALWAYS_INLINE struct object *tuple_pair_again_taking(struct object *owner, struct object **kept,
                                                     struct object *first, struct object *second) {
  struct tuple *t = (struct tuple *)*kept;
  if (t && LIKELY(object_is_unshared(&t->head))) {
    CHECK(t->n == 2);
    hold(&t->head);
    if (UNLIKELY(!gc_is_tracked(&t->head)))
      gc_track(&t->head);
    struct object *before[] = {t->items[0], t->items[1]};
    t->items[0] = first;
    t->items[1] = second;
    drop(before[0]);
    drop(before[1]);
    return &t->head;
  }
  struct object *fresh = tuple_pair_taking(first, second);
  if (GC_RC && fresh)
    store(owner, kept, hold(fresh));
  return fresh;
}
