/* Maps from names to numbers, in order of their first use. Keys are compared as pointers: interned
 * strings, or constants of which there is one each. Small maps are searched as they stand.
 *
 * Memory comes from the arena of a tree and goes with it. */
#pragma once
#include "runtime/compile/tree.h"

struct names_entry {
  struct object *key; /* borrowed */
  uint32_t value;
};
struct names {
  struct names_entry *items; /* in order of adding */
  uint32_t n, capacity;
  uint32_t *index; /* open addressing: number of an entry + 1; 0: free. NULL in small maps */
  uint32_t mask;
};

enum { NAMES_NONE = -1 };

int64_t names_find(const struct names *names, const struct object *key); /* or NAMES_NONE */
/* The number of the entry, which is made with value 0 where there is none; NAMES_NONE with
 * ERROR_MEMORY. */
int64_t names_add(struct names *names, struct tree *arena, struct object *key);

/* A name as it reads inside class `private` (NULL: none): __x is _class__x. Interned; NULL on
 * error.
 */
struct object *names_mangle(struct object *private, struct object *name);
