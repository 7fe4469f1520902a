/* The arguments of split, rsplit and splitlines, of str and bytes. */
#pragma once
#include "runtime/object/object.h"

/* Of (sep=None, maxsplit=-1): *separator is NULL for white space, *limit SIZE_MAX for none. -1 with
 * an error. */
int text_split_parse(const char *function, struct object *const *args, size_t n,
                     struct object *kwnames, struct object **separator, size_t *limit);
/* Of splitlines(keepends=False). */
int text_splitlines_parse(struct object *const *args, size_t n, struct object *kwnames, int *keeps);
