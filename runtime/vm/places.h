/* Where attributes of many types are found: the cache behind words that have met several types,
 * shared by all of them. The word has the name, the object the version of its type; an entry is
 * true while a type has that version (versions are never given twice, interned names never freed),
 * so nothing has to be removed. */
#pragma once
#include "runtime/object/attribute.h"

enum { PLACES_LOG2 = 10 };
struct place {
  struct object *name; /* NULL: no entry */
  struct object
      *value; /* ATTRIBUTE_CLASS, _METHOD: borrowed from the class. _PROPERTY: the getter */
  uint32_t version;
  uint16_t offset;
  uint8_t kind; /* enum attribute_place_kind */
  bool is_inline : 1, is_hideable : 1;
};
extern struct place places_load[1 << PLACES_LOG2], places_store[1 << PLACES_LOG2];

static inline struct place *place_in(struct place *table, uint32_t version,
                                     const struct object *name) {
  uint64_t mixed = (uint64_t)version * 0x9e3779b1u ^ (uintptr_t)name >> 4;
  return &table[(mixed ^ mixed >> PLACES_LOG2) & ((1 << PLACES_LOG2) - 1)];
}
/* NULL: not known. */
static inline const struct place *place_find(struct place *table, uint32_t version,
                                             const struct object *name) {
  const struct place *place = place_in(table, version, name);
  return place->name == name && place->version == version ? place : NULL;
}
/* Never fail. */
void place_remember_load(struct object *o, struct object *name);
void place_remember_store(struct object *o, struct object *name);
