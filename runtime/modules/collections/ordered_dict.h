/* OrderedDict: a dict, and a ring of nodes that says in which order its keys are shown.
 *
 * Nodes are numbered; node i is keys[i] and links[i], and free where keys[i] is NULL. A dict's
 * entries are numbered too, so that a key leads to its node by way of its entry: of_entry[entry].
 * These numbers hold while the dict has the same table, and are found anew when it has another.
 *
 * Methods of dict, called on an OrderedDict by force, know nothing of the ring. Then a node has a
 * key that the dict has not (KeyError when its turn comes), or a key has no node (it is not shown).
 */
#pragma once
#include "runtime/object/dict.h"

enum { ORDERED_DICT_NONE = UINT32_MAX }; /* no node */

struct ordered_dict_link {
  int64_t hash;            /* of the key */
  uint32_t previous, next; /* free nodes: next */
};
struct ordered_dict {
  struct dict dict;
  struct object **keys; /* item buffer of `room` references */
  size_t room;
  struct ordered_dict_link *links; /* item buffer of `room` */
  uint32_t first, last, free;
  uint32_t table;     /* of the dict for which of_entry is right */
  uint32_t *of_entry; /* item buffer of entry_room */
  size_t entry_room;
  uint64_t state;            /* changes with every change of the ring */
  struct object *attributes; /* __dict__; NULL: none yet */
  struct object *weakrefs;   /* not owned */
};
static inline struct ordered_dict *ordered_dict_of(struct object *o) {
  return (struct ordered_dict *)o;
}
static inline bool is_any_ordered_dict(const struct object *o) {
  extern struct type ordered_dict_type;
  return object_is_instance(o, &ordered_dict_type);
}

struct object *ordered_dict_new(struct type *t);
/* The node of a key: 1 and *node, 0: it has none, -1: error. */
int ordered_dict_find(struct object *o, struct object *key, int64_t hash, uint32_t *node);
int ordered_dict_set(struct object *o, struct object *key, struct object *value);
int ordered_dict_delete(struct object *o, struct object *key); /* KeyError */
void ordered_dict_clear(struct object *o);
/* The value, taken out with its node; where the key has no node, `fallback` (held), or KeyError. */
struct object *ordered_dict_pop(struct object *o, struct object *key, int64_t hash,
                                struct object *fallback);
void ordered_dict_move(struct object *o, uint32_t node, bool last);

/* ordered_dict_methods.c */
extern const struct method_def ordered_dict_methods[];
extern const struct getset_def ordered_dict_getsets[];
int ordered_dict_init(struct object *o, struct object *const *args, size_t n,
                      struct object *kwnames);
struct object *ordered_dict_iterate(struct object *o);
struct object *ordered_dict_repr(struct object *o);
struct object *ordered_dict_compare(struct object *a, struct object *b, enum compare_op op);
struct object *ordered_dict_or(struct object *a, struct object *b);
struct object *ordered_dict_inplace_or(struct object *a, struct object *b);
