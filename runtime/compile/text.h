/* From a tree back to source text, one expression: what annotations are under
 * `from __future__ import annotations`. */
#pragma once
#include "runtime/compile/tree.h"

struct object *text_of_expression(const struct node *n); /* a new str; NULL: an error is pending */
struct object *text_of_constant(struct object *o);       /* its repr */
