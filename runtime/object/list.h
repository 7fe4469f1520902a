/* Lists: a contiguous buffer of references that grows by CPython's pattern
 * (0, 4, 8, 16, 24, 32, 40, 52, 64, 76, ...).
 *
 * Invariant: n <= capacity; items is NULL exactly when capacity is 0. */
#pragma once
#include "runtime/object/type.h"

extern struct type list_type;

struct list {
  struct object head;
  size_t n;
  struct object **items; /* item buffer of `capacity` references, the first n of them valid */
  size_t capacity;
};

struct object *list_new(size_t capacity); /* empty */
int list_append_grow_taking(struct object *list, struct object *value);
struct object *list_pop(struct object *list); /* the last; must not be empty */
int list_insert(struct object *list, size_t i, struct object *value); /* before i <= length */
void list_remove_range(struct object *list, size_t start, size_t stop);
void list_clear(struct object *list);
struct object *list_slice(struct object *list, size_t start, size_t stop); /* a new list */
struct object *list_to_tuple(struct object *list);
void list_reverse(struct object *list);
/* list.sort(key=key, reverse=reverse): stable; key may be NULL or NONE. The list is empty while the
 * order is made; ERROR_VALUE when somebody changed it meanwhile. */
int list_sort(struct object *list, struct object *key, bool reverse);

struct object *list_iterate(struct object *list); /* iter(list) */

static inline bool is_list(const struct object *o) { return type_of(o) == &list_type; }
static inline size_t list_length(const struct object *list) {
  return ((const struct list *)list)->n;
}
static inline struct object *list_get_borrowed(const struct object *list,
                                               size_t i) { /* i < length */
  CHECK(i < ((const struct list *)list)->n);
  return ((const struct list *)list)->items[i];
}
static inline void list_set_taking(struct object *list, size_t i, struct object *value) {
  CHECK(i < ((struct list *)list)->n);
  store(list, &((struct list *)list)->items[i], value);
}
static inline int list_append_taking(struct object *list, struct object *value) {
  struct list *l = (struct list *)list;
  if (UNLIKELY(l->n == l->capacity))
    return list_append_grow_taking(list, value);
  store_first(list, &l->items[l->n], value);
  l->n++;
  return 0;
}
static inline int list_append(struct object *list, struct object *value) {
  return list_append_taking(list, hold(value));
}

struct object *list_append_method(struct object *list, struct object *value); /* list.append */
/* list.sort */
struct object *list_sort_method(struct object *o, struct object *const *args, size_t n,
                                struct object *kwnames);

void list_open(void);
void list_release_caches(void);
