/* Weak references, linked into a list that the referent heads. */
#pragma once
#include "runtime/object/object.h"

extern struct type weakref_type;

/* callback: called once with `data` after the referent died and while the weakref object lives;
 * may be NULL. */
struct object *weakref_new(struct object *referent, void (*callback)(struct object *weakref, void *data),
                           void *data);
struct object *weakref_get(struct object *weakref); /* a new reference, or NULL without an error */
