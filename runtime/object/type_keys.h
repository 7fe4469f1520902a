/* The names of the inline attributes of a class's instances: names[i] has slot i.
 *
 * Names are interned, hence never freed; keys only grow. index[h] - 1 is the number of a name whose
 * hash is h or, by open addressing, a little less; 0: none. */
#pragma once
#include "runtime/object/instance.h"

enum { KEYS_INDEX = 64, TAIL_ORIGIN = 8 };

struct type_keys {
  uint8_t n;
  uint8_t index[KEYS_INDEX];
  struct object *names[INSTANCE_INLINE_MAX];
};

int type_keys_find(const struct type_keys *keys, struct object *name); /* -1: not there */
int type_keys_add(struct type *t, struct object *name); /* -1: no room, or not interned; no error */
void type_keys_free(struct type *t);
/* Where what Python adds to an instance of a TYPE_TAIL type begins; its offsets count from there,
 * TAIL_ORIGIN up, so that 0 stays "none". */
size_t instance_base_bytes(const struct object *o);
