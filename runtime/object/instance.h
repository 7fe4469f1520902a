/* Instances of run-time types.
 *
 * What type_new makes has inline slots, and a list head for weak references:
 *
 *   | header | weakrefs | slots[0] ... slots[type->slots_n - 1] |
 *
 * A Python class (type_make) lays out what it adds behind its base; for one that derives from
 * object:
 *
 *   | header | weakrefs | members of __slots__ ... | dict | inline attribute 0 ... inline_n - 1 |
 *                                                  ^ dict_offset
 *
 * Attributes live in the inline slots; which name has which slot is said by type->keys, shared by
 * all instances. inline_n is taken from the stores in __init__ (type_predict_attributes) and fixed
 * when the first instance is made. The dict word is NULL until somebody asks for __dict__, a name
 * does not fit, or attributes are set in another order than that of the keys: then all move into a
 * real dict, for good. So, of one instance:
 *
 *   - dict == NULL: the attributes are the inline slots that are not NULL, in order of slots;
 *   - dict != NULL: all inline slots are NULL.
 *
 * Reading an attribute by a cached offset therefore needs no look at the dict word: a slot that is
 * not NULL is the attribute. Byte offsets are from the start of the object, so that a cache serves
 * members of __slots__ and inline attributes alike. Types that derive from a type of varying size
 * (int, str, tuple, bytes) have all this behind the items (TYPE_TAIL): no caches there, nor where
 * objects of other sizes have become instances (TYPE_MIXED: class_of.c).
 *
 * A type's version also changes when its keys gain a name that the class has too (the instance
 * attribute then hides a class attribute or a method). A cache of a class attribute that is no data
 * descriptor is valid while the version is the same and the instance's dict word, if it has one, is
 * NULL. */
#pragma once
#include "runtime/object/type.h"

struct instance {
  struct object head;
  struct object *weakrefs; /* list of weak references; not owned */
  struct object *slots[];  /* type->slots_n of them; NULL: not set */
};

void instance_destroy(struct object *o); /* of types without a finaliser, fixed layout */

/* All slots NULL, tracked. For types of type_new and classes with the plain layout above. */
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

/* ---- Attributes by offset: the interpreter's caches ---- */

static inline struct object **instance_slot(struct object *o, size_t offset) {
  return (struct object **)((char *)o + offset);
}
/* The value at a cached offset of an object whose type has the cached version; NULL: ask
 * attribute_get. Borrowed. */
static inline struct object *instance_read_borrowed(const struct object *o, size_t offset) {
  return *(struct object *const *)((const char *)o + offset);
}
/* Writes over an attribute that is there already, taking the value; false: it is not, use
 * instance_add_taking (or attribute_set). */
ALWAYS_INLINE bool instance_overwrite_taking(struct object *o, size_t offset,
                                             struct object *value) {
  struct object **slot = instance_slot(o, offset);
  if (UNLIKELY(!*slot))
    return false;
  store(o, slot, value);
  return true;
}
/* First write of an inline attribute of a TYPE_INLINE type: true when it was that simple (no dict,
 * nothing set in the slots behind); false: nothing was done, use attribute_set. */
ALWAYS_INLINE bool instance_add_taking(struct object *o, size_t offset, struct object *value) {
  const struct type *t = type_of(o);
  if (*instance_slot(o, t->dict_offset))
    return false;
  struct object **slot = instance_slot(o, offset),
                **end = instance_slot(o, t->inline_offset) + t->inline_n;
  for (struct object **behind = slot + 1; behind < end; behind++)
    if (*behind)
      return false;
  store_first(o, slot, value);
  return true;
}

bool instance_dict_lacks(struct object *dict, struct object *name);
/* Whether a cached class attribute or method of its type is not hidden by an attribute that the
 * instance has outside inline slots. Runs no code; when in doubt, false. */
static inline bool instance_hides_not(const struct object *o, struct object *name) {
  const struct type *t = type_of(o);
  if (!t->dict_offset)
    return true;
  if (t->flags & TYPE_TAIL)
    return false;
  struct object *dict = instance_read_borrowed(o, t->dict_offset);
  return LIKELY(!dict) || instance_dict_lacks(dict, name);
}

/* ---- The same by name ---- */

/* An object that has changed its class and keeps a block of another size (class_of.c): the first
 * inline slot says so. 0: it is no such object. */
static inline struct object *instance_block_mark(size_t bytes) {
  return (struct object *)((uintptr_t)bytes << 1 | 1);
}
static inline size_t instance_marked_bytes(struct object *const *dict_slot) {
  uintptr_t word = (uintptr_t)dict_slot[1];
  return word & 1 ? word >> 1 : 0;
}
/* Where a member of __slots__ is whose descriptor says `offset`. */
struct object **instance_member_slot(struct object *o, size_t offset);

/* The word that may hold the dict; NULL: instances have none. */
struct object **instance_dict_slot(struct object *o);
/* __dict__: the real dict, made now if there is none (attributes move into it). Borrowed; NULL with
 * an error, or without one when the object can't have one. */
struct object *instance_dict_borrowed(struct object *o);
/* Replaces the dict; value is a dict, or NULL for none. Inline attributes go. */
int instance_set_dict(struct object *o, struct object *value);
/* Attributes of the instance alone, without descriptors: value borrowed, NULL without an error when
 * there is none. Set: value NULL deletes: 1 done, 0 there was none, -1 error. */
struct object *instance_attribute_borrowed(struct object *o, struct object *name);
int instance_set_attribute(struct object *o, struct object *name, struct object *value);
/* The offset of an inline attribute of that name, 0 when the type has none. */
size_t instance_offset_of(const struct type *t, struct object *name);

/* Which attributes the instances of a class will have: sets names[0..max) to interned strings and
 * returns how many. Set by whoever can read code; called once per class before its first instance.
 */
extern unsigned (*type_predict_attributes)(struct type *t, struct object **names, unsigned max);
enum { INSTANCE_INLINE_MAX = 30, INSTANCE_INLINE_DEFAULT = 4 };
