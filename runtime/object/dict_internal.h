/* What the files dict*.c share: the core (dict.c), what Python sees of it (dict_methods.c), views
 * and iterators (dict_views.c, dict_iterators.c). */
#pragma once
#include "runtime/object/dict.h"

/* dict.c */
size_t dict_table_bytes(const struct object *dict); /* 0: none of its own */

/* dict_methods.c */
extern const struct method_def dict_methods[];
struct object *dict_construct(struct object *type, struct object *const *args, size_t n,
                              struct object *kwnames);
struct object *dict_new_slot(struct type *t, struct object *const *args, size_t n,
                             struct object *kwnames);
int dict_init_slot(struct object *o, struct object *const *args, size_t n, struct object *kwnames);
struct object *dict_repr_slot(struct object *o);
struct object *dict_compare_slot(struct object *a, struct object *b, enum compare_op op);
struct object *dict_or_slot(struct object *a, struct object *b);
struct object *dict_inplace_or_slot(struct object *a, struct object *b);
int64_t dict_length_slot(struct object *o);
int dict_set_slot(struct object *o, struct object *key, struct object *value);
int dict_contains_slot(struct object *o, struct object *key);

/* dict_iterators.c: which of an entry they yield. */
struct object *dict_iterate(struct object *dict); /* keys */
struct object *dict_iterate_values(struct object *dict);
struct object *dict_iterate_items(struct object *dict);
struct object *dict_iterate_keys_reversed(struct object *dict);
struct object *dict_iterate_values_reversed(struct object *dict);
struct object *dict_iterate_items_reversed(struct object *dict);

/* dict_views.c */
struct object *dict_keys_new(struct object *dict);
struct object *dict_values_new(struct object *dict);
struct object *dict_items_new(struct object *dict);
