/* Instances of run-time types: inline attribute slots, and a list head for weak references. */
#pragma once
#include "runtime/object/type.h"

struct instance {
  struct object head;
  struct object *weakrefs;
  struct object *slots[]; /* type->slots_n of them; NULL: not set */
};

struct object *instance_new(struct type *type); /* all slots NULL, tracked */
static inline struct object *instance_get_borrowed(const struct object *o, size_t slot) {
  return ((const struct instance *)o)->slots[slot];
}
static inline void instance_set_taking(struct object *o, size_t slot, struct object *value) {
  store(o, &((struct instance *)o)->slots[slot], value);
}
