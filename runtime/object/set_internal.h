/* What the files set*.c share: the table (set.c), operations on whole sets (set_operations.c), what
 * Python sees (set_methods.c). Where a hash is given, it is the key's. */
#pragma once
#include "runtime/object/set.h"

/* set.c */
bool set_next_hashed(struct object *set, size_t *position, struct object **key, int64_t *hash);
int set_contains_hashed(struct object *set, struct object *key, int64_t hash);
int set_add_hashed(struct object *set, struct object *key, int64_t hash);
int set_discard_hashed(struct object *set, struct object *key, int64_t hash);
/* Room for `more` keys beyond those that are there, as CPython makes it before it adds many. */
int set_reserve(struct object *set, size_t more);
bool set_has_table(const struct object *set); /* false: empty, and without a buffer */
/* All keys of `from` into an empty set with enough room. */
void set_fill(struct object *set, struct object *from);
void set_shrink(struct object *set); /* makes the table anew where a quarter are deleted marks */
void set_swap(struct object *a, struct object *b); /* exchanges the keys */
/* An empty instance of t: set, frozenset, or derived from one of them. */
struct object *set_new_of_type(struct type *t);

/* set_methods.c */
extern const struct method_def set_methods[], frozenset_methods[];
struct object *set_construct(struct object *type, struct object *const *args, size_t n,
                             struct object *kwnames);
struct object *set_new_slot(struct type *t, struct object *const *args, size_t n,
                            struct object *kwnames);
int set_init_slot(struct object *o, struct object *const *args, size_t n, struct object *kwnames);
struct object *frozenset_new_slot(struct type *t, struct object *const *args, size_t n,
                                  struct object *kwnames);
struct object *set_repr_slot(struct object *o);
struct object *set_compare_slot(struct object *a, struct object *b, enum compare_op op);
struct object *set_iterate(struct object *set);
int64_t set_length_slot(struct object *o);
int set_contains_slot(struct object *o, struct object *key);
binary_fn set_or_slot, set_and_slot, set_subtract_slot, set_xor_slot, set_inplace_or_slot,
    set_inplace_and_slot, set_inplace_subtract_slot, set_inplace_xor_slot;
