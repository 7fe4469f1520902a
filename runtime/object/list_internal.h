/* What the files list*.c share: the core (list.c), what Python sees of it (list_methods.c), sorting
 * (list_sort.c). */
#pragma once
#include "runtime/object/list.h"

/* list.c */
int list_reserve(struct object *list, size_t n); /* room for n items in all */
void list_fit(struct object *list);  /* the same down to a little more than what it has */
void list_trim(struct object *list); /* gives back room after a generous reserve */
/* Puts the items of another list or a tuple in the place of [start, stop). */
int list_replace(struct object *list, size_t start, size_t stop, struct object *from);

/* Appends n items, borrowed from elsewhere; there is room for them. */
ALWAYS_INLINE void list_copy_items(struct object *list, struct object *const *items, size_t n) {
  struct list *l = (struct list *)list;
  struct object **to = l->items + l->n;
  l->n += n;
  for (size_t i = 0; i < n; i++)
    store_first(list, &to[i], hold(items[i]));
}

/* list_methods.c: the slots and the table. */
extern const struct method_def list_methods[];
struct object *list_construct(struct object *type, struct object *const *args, size_t n,
                              struct object *kwnames);
struct object *list_new_slot(struct type *t, struct object *const *args, size_t n,
                             struct object *kwnames);
int list_init_slot(struct object *o, struct object *const *args, size_t n, struct object *kwnames);
struct object *list_repr_slot(struct object *o);
struct object *list_compare_slot(struct object *a, struct object *b, enum compare_op op);
struct object *list_concat_slot(struct object *a, struct object *b);
struct object *list_inplace_concat_slot(struct object *a, struct object *b);
struct object *list_repeat_slot(struct object *o, int64_t times);
struct object *list_inplace_repeat_slot(struct object *o, int64_t times);
struct object *list_item_slot(struct object *o, int64_t i);
int list_set_item_slot(struct object *o, int64_t i, struct object *value);
int list_contains_slot(struct object *o, struct object *value);
int64_t list_length_slot(struct object *o);
struct object *list_get_slot(struct object *o, struct object *key);
int list_set_slot(struct object *o, struct object *key, struct object *value);
