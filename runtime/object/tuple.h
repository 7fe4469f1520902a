/* Tuples: n references inside the object. The empty tuple exists once. */
#pragma once
#include "runtime/object/object.h"

extern struct type tuple_type;

struct object *tuple_new(size_t n); /* n NULLs; fill by tuple_init_taking before others see it */
void tuple_init_taking(struct object *tuple, size_t i, struct object *value);
struct object *tuple_pack(size_t n, ...); /* holds each of the n objects */
size_t tuple_length(const struct object *tuple);
struct object *tuple_get_borrowed(const struct object *tuple, size_t i);
