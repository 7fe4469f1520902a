/* Sets: the hashing of dicts without values. */
#pragma once
#include "runtime/object/object.h"

extern struct type set_type;

struct object *set_new(void);
size_t set_length(const struct object *set);
int set_contains(struct object *set, struct object *key);
int set_add(struct object *set, struct object *key);     /* 1: added, 0: was there */
int set_discard(struct object *set, struct object *key); /* 1: removed, 0: was not there */
bool set_next(struct object *set, size_t *position, struct object **key);
