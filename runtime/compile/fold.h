/* Folding: expressions of constants become constants before anything is compiled, by the rules and
 * within the limits of CPython's. */
#pragma once
#include "runtime/compile/tree.h"

struct fold_options {
  int optimize;            /* __debug__ is False from 1 on */
  bool future_annotations; /* annotations become text: they stay as they are */
  uint32_t depth_max;
};

/* Changes the tree in place. -1: an error is pending. */
int fold_tree(struct tree *tree, const struct fold_options *options);

/* Values of constants, in fold_values.c. A new object, or NULL: no constant comes of it (no error
 * pending), or memory is exhausted (ERROR_MEMORY). */
struct object *fold_binary(struct object *a, struct object *b, enum tree_operator operator);
struct object *fold_unary(struct object *a, enum tree_unaryop operator);
struct object *fold_subscript(struct object *a, struct object *index);
