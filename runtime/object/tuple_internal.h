/* What the files tuple*.c and list.c share. */
#pragma once
#include "runtime/object/tuple.h"

/* tuple.c: n items (not 0) that the caller fills in, to track it then, before anything is allocated
 * or dropped. */
struct tuple *tuple_new_unfilled(size_t n);

/* tuple_methods.c */
extern const struct method_def tuple_methods[];
struct object *tuple_construct(struct object *type, struct object *const *args, size_t n,
                               struct object *kwnames);
struct object *tuple_new_slot(struct type *t, struct object *const *args, size_t n,
                              struct object *kwnames);
int64_t tuple_length_slot(struct object *o);
struct object *tuple_item_slot(struct object *o, int64_t i);
struct object *tuple_get_slot(struct object *o, struct object *key);
int tuple_contains_slot(struct object *o, struct object *value);
struct object *tuple_concat_slot(struct object *a, struct object *b);
struct object *tuple_repeat_slot(struct object *o, int64_t times);
struct object *tuple_compare_slot(struct object *a, struct object *b, enum compare_op op);
struct object *tuple_repr_slot(struct object *o);
