/* What the files functools*.c share: the types of the module `_functools`. */
#pragma once
#include "runtime/object/type.h"

extern struct type partial_type, lru_cache_type, lru_link_type;
int functools_cache_open(void); /* the mark that keys with names contain */

/* __dict__ of objects with a plain dict slot, for their tables. */
struct object *functools_get_dict(struct object *o, void *closure);
int functools_set_dict(struct object *o, struct object *value, void *closure);
