/* enumerate, zip, map and filter. */
#pragma once
#include "runtime/object/type.h"

extern struct type enumerate_type, zip_type, map_type, filter_type;

/* For iterators that yield tuples: the one yielded last is filled again when nobody else has it.
 * `kept` is the iterator's slot for it; n items are taken (NULL: none). rc family only; elsewhere a
 * new tuple each time. */
struct object *tuple_fill_again_taking(struct object *owner, struct object **kept,
                                       struct object *const *items, size_t n);
/* (iter, (list,)), for __reduce__ by what is left; takes the list (NULL: none). Negative status, or
 * an error that is pending: NULL. */
struct object *iterator_reduce_list_taking(struct object *list, int status);
