/* Dicts: a sparse table of small integers (8 to 64 bits by size) beside dense entries in insertion
 * order; open addressing with perturbed probing. Keys and values stand next to each other so that a
 * collector sees one span; hashes stand apart, and not at all where all keys are strings (these
 * keep their own). One buffer, `pairs` pointing into its middle:
 *
 *   | index[size - 1] ... index[0] | key 0, value 0 | key 1, value 1 | ... | hash 0 | hash 1 ... |
 *                                  ^ pairs
 *
 * Invariants: size is a power of two, at most two thirds of it are entries; index[i] is the number
 * of an entry, INDEX_EMPTY or INDEX_DELETED; each live entry is named by exactly one i, on the
 * probe path of its hash before any INDEX_EMPTY; a deleted entry has NULL for key and value. */
#pragma once
#include "runtime/object/type.h"

extern struct type dict_type;

struct dict {
  struct object head;
  struct object **pairs;
  size_t slots;    /* 2 * entries, live and deleted */
  size_t used;     /* live entries */
  uint8_t log2;    /* of the size of the index */
  uint8_t strings; /* 1: all keys are strings, there are no hashes */
  uint32_t table;  /* changes whenever the buffer does; no two dicts share one */
};

struct object *dict_new(void);
struct object *dict_new_sized(size_t entries); /* room for so many keys, taken to be strings */
static inline bool is_dict(const struct object *o) { return type_of(o) == &dict_type; }
static inline size_t dict_length(const struct object *dict) {
  return ((const struct dict *)dict)->used;
}
/* NULL without an error when the key is missing. */
struct object *dict_get_borrowed(struct object *dict, struct object *key);
int dict_set(struct object *dict, struct object *key, struct object *value);
int dict_delete(struct object *dict, struct object *key); /* 1: was there, 0: was not, -1: error */
/* Takes the value out: a reference the caller owns; NULL without an error when it is missing. */
struct object *dict_pop(struct object *dict, struct object *key);
/* Insertion order: start with *position = 0; false at the end. Key and value are borrowed. The dict
 * must not change meanwhile. */
bool dict_next(struct object *dict, size_t *position, struct object **key, struct object **value);
void dict_clear(struct object *dict);
struct object *dict_copy(struct object *dict);
bool dict_may_untrack(const struct object *dict); /* nothing in it may be tracked */

void dict_open(void);
void dict_release_caches(void);
