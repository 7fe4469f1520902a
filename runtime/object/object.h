/* Objects: what every type shares. See type.h for types, and one header per type beside it.
 *
 * Conventions. A function returns a reference the caller owns and borrows its arguments; `_borrowed`
 * marks a result that stays its container's, `_taking` an argument whose reference is taken over (on
 * failure too). A pointer result is NULL, an int result -1, when an error is set (error.h); int
 * results are otherwise 0 or 1. */
#pragma once
#include "gc/heap.h"

struct object_pair {
  struct object *first, *second;
};

/* The singletons; immortal. */
extern struct object object_none, object_true, object_false, object_ellipsis, object_not_implemented;
#define NONE  (&object_none)
#define TRUE_ (&object_true)
#define FALSE_ (&object_false)

static inline struct object *bool_from(bool b) { return b ? TRUE_ : FALSE_; }

/* Structural equality and hash, by the type's own functions; -1 with an error set (unhashable). */
int object_equal(struct object *a, struct object *b);
int64_t object_hash(struct object *o); /* never -1 but for an error, as in CPython */

/* The runtime over an open heap: static types, small ints, interned strings. Call after gc_open and
 * before gc_close. False when memory is exhausted. */
bool object_open(void);
void object_close(void);
