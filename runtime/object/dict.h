/* Dicts: a sparse table of small integers (8 to 64 bits by size) beside dense entries in insertion
 * order; open addressing with perturbed probing. Keys and values stand next to each other so that a
 * collector sees one span; hashes stand apart, and not at all where all keys are strings. */
#pragma once
#include "runtime/object/object.h"

extern struct type dict_type;

struct object *dict_new(void);
size_t dict_length(const struct object *dict);
/* NULL without an error when the key is missing. */
struct object *dict_get_borrowed(struct object *dict, struct object *key);
int dict_set(struct object *dict, struct object *key, struct object *value);
int dict_delete(struct object *dict, struct object *key); /* 1: was there, 0: was not, -1: error */
/* Insertion order: start with *position = 0; false at the end. Key and value are borrowed. The dict
 * must not change meanwhile. */
bool dict_next(struct object *dict, size_t *position, struct object **key, struct object **value);
void dict_clear(struct object *dict);
