/* enumerate, zip, map and filter. */
#pragma once
#include "runtime/object/type.h"

extern struct type enumerate_type, zip_type, map_type, filter_type;

/* For iterators that yield tuples: the one yielded last is filled again when nobody else has it.
 * `kept` is the iterator's slot for it; n items are taken (NULL: none). rc family only; elsewhere a
 * new tuple each time. */
struct object *tuple_fill_again_taking(struct object *owner, struct object **kept,
                                       struct object *const *items, size_t n);
