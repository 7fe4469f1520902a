/* Instances of run-time types: their death by count. */
#include "runtime/object/instance.h"
#include "runtime/object/weakref.h"

void instance_destroy(struct object *o) {
  struct instance *instance = (struct instance *)o;
  struct type *t = type_of(o);
  gc_untrack(o);
  if (UNLIKELY(instance->weakrefs != NULL))
    weakref_referent_dies(o);
  for (uint32_t i = 0; i < t->slots_n; i++)
    drop_null(instance->slots[i]);
  gc_delete(o, t->shape.basic_bytes);
  drop(&t->head);
}
