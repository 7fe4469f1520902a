/* Lists: a contiguous buffer of references that grows by CPython's pattern
 * (0, 4, 8, 16, 24, 32, 40, 52, 64, 76, ...). */
#pragma once
#include "runtime/object/object.h"

extern struct type list_type;

struct object *list_new(size_t capacity); /* empty */
size_t list_length(const struct object *list);
struct object *list_get_borrowed(const struct object *list, size_t i); /* i < length */
void list_set_taking(struct object *list, size_t i, struct object *value); /* i < length */
int list_append(struct object *list, struct object *value);
int list_append_taking(struct object *list, struct object *value);
struct object *list_pop(struct object *list); /* the last; must not be empty */
int list_insert(struct object *list, size_t i, struct object *value);
void list_remove_range(struct object *list, size_t start, size_t stop);
void list_clear(struct object *list);
