/* from __future__ import ...: what a program asks for at its beginning. */
#pragma once
#include "runtime/compile/parse.h"

struct future {
  uint32_t features; /* CODE_FUTURE_* */
  int32_t last_line; /* of the last such statement; -1: none */
};

int future_read(struct future *future, const struct node *root, struct syntax_error *error);
/* The docstring of a body: the constant str its first statement is; NULL: none. */
struct object *future_docstring_borrowed(const struct tree_nodes *body);
