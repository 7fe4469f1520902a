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
/* The same where an error must be told apart: 1 and the value borrowed, 0, or -1. */
int dict_find(struct object *dict, struct object *key, struct object **value);
int dict_set(struct object *dict, struct object *key, struct object *value);
/* The same for a caller who has asked the key for its hash already. */
int dict_find_hashed(struct object *dict, struct object *key, int64_t hash, struct object **value);
/* The number of its entry: 1 and *entry, 0, or -1. It stays while dict.table does, unless the key
 * is taken out. Numbers are below dict_entry_room. */
int dict_find_entry(struct object *dict, struct object *key, int64_t hash, size_t *entry);
size_t dict_entry_room(const struct object *dict);
int dict_set_hashed(struct object *dict, struct object *key, int64_t hash, struct object *value);
int dict_add_hashed(struct object *dict, struct object *key, int64_t hash,
                    struct object *value); /* 1: added; 0: the key is there, with another value */
struct object *dict_pop_hashed(struct object *dict, struct object *key, int64_t hash);
/* The value that is there, or else `value`, which then is; a reference the caller owns. */
struct object *dict_set_default(struct object *dict, struct object *key, struct object *value);
/* For caches: where the pair of a key stands in `pairs`, found by identity (-1: not there as this
 * very object); the key and the value at that place; writing over the value. */
int64_t dict_pair_of(const struct object *dict, const struct object *name);
static inline struct object *dict_pair_value_borrowed(const struct object *dict, size_t pair,
                                                      const struct object *name) {
  const struct dict *d = (const struct dict *)dict;
  return LIKELY(pair < d->slots) && LIKELY(d->pairs[pair] == name) ? d->pairs[pair + 1] : NULL;
}
void dict_overwrite_taking(struct object *dict, size_t pair, struct object *value);
int dict_delete(struct object *dict, struct object *key); /* 1: was there, 0: was not, -1: error */
/* Takes the value out: a reference the caller owns; NULL without an error when it is missing. */
struct object *dict_pop(struct object *dict, struct object *key);
/* Insertion order: start with *position = 0; false at the end. Key and value are borrowed. The dict
 * must not change meanwhile. */
static inline bool dict_next(struct object *dict, size_t *position, struct object **key,
                             struct object **value) {
  const struct dict *d = (const struct dict *)dict;
  struct object *const *pairs = d->pairs;
  for (size_t at = *position, n = d->slots / 2; at < n; at++)
    if (LIKELY(pairs[2 * at] != NULL)) {
      *position = at + 1;
      *key = pairs[2 * at];
      *value = pairs[2 * at + 1];
      return true;
    }
  return false;
}
bool dict_next_hashed(struct object *dict, size_t *position, struct object **key,
                      struct object **value, int64_t *hash);
/* Likewise backwards: start with *position = dict_entries(dict). */
bool dict_previous(struct object *dict, size_t *position, struct object **key,
                   struct object **value);
static inline size_t dict_entries(const struct object *dict) {
  return ((const struct dict *)dict)->slots / 2;
}
/* Takes the newest entry out, both references now the caller's: 1; 0: empty; -1: no memory. */
int dict_pop_last(struct object *dict, struct object **key, struct object **value);
/* All of `from` into `to`. Keys that are there: DICT_KEEP, DICT_REPLACE, or DICT_REFUSE:
 * KeyError(key). ERROR_RUNTIME when `from` changes meanwhile. */
enum dict_merge { DICT_KEEP, DICT_REPLACE, DICT_REFUSE };
int dict_merge(struct object *to, struct object *from, enum dict_merge how);
/* The same from any mapping (that has keys()), and what dict.update does with anything. */
int dict_merge_mapping(struct object *to, struct object *from, enum dict_merge how);
int dict_update(struct object *to, struct object *from);
/* type(): an empty instance of dict or a type that derives from it. */
struct object *dict_new_of_type(struct type *t);
/* d[key] as Python has it: __missing__ of subclasses is asked, KeyError. */
struct object *dict_get_item(struct object *dict, struct object *key);
void dict_clear(struct object *dict);
struct object *dict_copy(struct object *dict);
bool dict_may_untrack(const struct object *dict); /* nothing in it may be tracked */

void dict_open(void);
void dict_release_caches(void);

extern struct type dict_keys_type, dict_values_type, dict_items_type;
extern struct type dict_key_iterator_type, dict_value_iterator_type, dict_item_iterator_type,
    dict_reverse_key_iterator_type, dict_reverse_value_iterator_type,
    dict_reverse_item_iterator_type;
/* For types that derive from views: an object of theirs, and the dict it shows. */
struct object *dict_view_new(struct type *t, struct object *dict);
struct object *dict_view_dict_borrowed(struct object *view);
