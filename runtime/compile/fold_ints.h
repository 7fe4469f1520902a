/* Arithmetic on int constants of any size, within the limits of folding. */
#pragma once
#include "runtime/compile/tree.h"

enum { FOLD_INT_BITS = 128 }; /* of products, powers and shifts */

/* A new int (true division: a float), or NULL: no constant (no error pending), or ERROR_MEMORY. b
 * is not negative for powers. */
struct object *fold_ints(struct object *a, struct object *b, enum tree_operator operator);
struct object *fold_int_invert(struct object *a);
int fold_int_sign(const struct object *a);         /* -1, 0, 1 */
double fold_int_to_double(const struct object *a); /* rounded to even; infinite: too large */
