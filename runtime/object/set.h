/* Sets: the hashing of dicts without values.
 *
 * CPython's table, so that sets iterate in the same order: open addressing, 9 neighbours probed
 * before each jump, a fixed mark for deleted keys. The buffer holds the keys, then their hashes. */
#pragma once
#include "runtime/object/type.h"

extern struct type set_type, frozenset_type;

struct set {
  struct object head;
  struct object **keys;    /* NULL: free; the deleted mark is a static object */
  size_t slots;            /* a power of two */
  size_t fill;             /* keys and deleted marks; < slots */
  size_t used;             /* keys */
  uint32_t finger;         /* where set_pop goes on searching, modulo 2^32 */
  uint32_t first;          /* no slot before has a key: where iterating may begin */
  struct object *weakrefs; /* not owned */
};

struct frozenset { /* what a set has, and: */
  struct set set;
  int64_t hash; /* -1: not computed yet */
};

struct object *set_new(void);
/* Empty. set_add may fill it as long as nobody else has seen it. */
struct object *frozenset_new(void);
static inline bool is_frozenset(const struct object *o) { return type_of(o) == &frozenset_type; }
static inline bool is_set(const struct object *o) { return type_of(o) == &set_type; }
/* What follows takes sets and, where it does not change them, frozen ones. */
static inline size_t set_length(const struct object *set) {
  return ((const struct set *)set)->used;
}
/* Instances of subclasses too. */
static inline bool is_any_set(const struct object *o) {
  return object_has(o, TYPE_IS_SET | TYPE_IS_FROZENSET);
}
int set_contains(struct object *set, struct object *key);
int set_add(struct object *set, struct object *key);     /* 1: added, 0: was there */
int set_discard(struct object *set, struct object *key); /* 1: removed, 0: was not there */
/* Start with *position = 0; false at the end. The key is borrowed; the set must not change. */
bool set_next(struct object *set, size_t *position, struct object **key);
void set_clear(struct object *set);

/* Takes some key out: a reference the caller owns; NULL without an error when it is empty. */
struct object *set_pop(struct object *set);

/* ---- Operations; `other` is any iterable ---- */

struct object *set_from_iterable(struct object *iterable); /* a new set */
struct object *frozenset_from_iterable(struct object *iterable);
int set_update(struct object *set, struct object *other);
int set_difference_update(struct object *set, struct object *other);
int set_symmetric_difference_update(struct object *set, struct object *other);
/* A new set, or frozenset, as `set` is. */
struct object *set_copy(struct object *set);
struct object *set_intersection(struct object *set, struct object *other);
struct object *set_difference(struct object *set, struct object *other);
int set_is_disjoint(struct object *set, struct object *other);
int set_is_subset(struct object *set, struct object *other);

extern struct type set_iterator_type;

void set_open(void);
void set_release_caches(void);
