/* Instances of run-time types: inline attribute slots, and a list head for weak references.
 *
 *   | header | weakrefs | slots[0] ... slots[type->slots_n - 1] | */
#pragma once
#include "runtime/object/type.h"

struct instance {
  struct object head;
  struct object *weakrefs; /* list of weak references; not owned */
  struct object *slots[];  /* type->slots_n of them; NULL: not set */
};

void instance_destroy(struct object *o); /* of types without a finaliser */

/* All slots NULL, tracked. */
static inline struct object *instance_new(struct type *type) {
  struct instance *o = (struct instance *)gc_new_container(type, type->shape.basic_bytes);
  if (UNLIKELY(!o))
    return error_no_memory();
  hold(&type->head);
  o->weakrefs = NULL;
  for (uint32_t i = 0; i < type->slots_n; i++)
    o->slots[i] = NULL;
  gc_track(&o->head);
  return &o->head;
}
static inline struct object *instance_get_borrowed(const struct object *o, size_t slot) {
  CHECK(slot < type_of(o)->slots_n);
  return ((const struct instance *)o)->slots[slot];
}
/* value may be NULL: the slot is then not set any more. */
static inline void instance_set_taking(struct object *o, size_t slot, struct object *value) {
  CHECK(slot < type_of(o)->slots_n);
  store(o, &((struct instance *)o)->slots[slot], value);
}
