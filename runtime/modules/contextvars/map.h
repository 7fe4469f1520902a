/* The map behind a Context: from context variables to values, never changed once made. Setting
 * gives a new map that shares all but a path with the old one, so that copying a Context is holding
 * its map.
 *
 * A trie over the variables' serial numbers, five bits per step from the lowest. A node has an
 * entry for each bit that is set in `present`, in order: two references, a variable and its value,
 * or NULL and the node below. Two variables never have the same number, so nothing collides. */
#pragma once
#include "runtime/object/type.h"

extern struct type context_map_type;
/* Says how to read a variable's number. */
void context_map_open(uint64_t (*number_of)(const struct object *key));

struct context_map {
  struct object head;
  uint32_t present; /* bits */
  uint32_t count;   /* of variables in it and below */
  size_t n;         /* twice the bits */
  struct object *items[];
};

/* All may be given NULL for the empty map. */
struct object *context_map_find_borrowed(const struct context_map *map, const struct object *key,
                                         uint64_t number);
/* A new map with key set; NULL with ERROR_MEMORY. */
struct context_map *context_map_with(struct context_map *map, struct object *key, uint64_t number,
                                     struct object *value);
/* A new map without key, which is there. *empty: nothing is left, the result is NULL. */
struct context_map *context_map_without(struct context_map *map, const struct object *key,
                                        uint64_t number, bool *empty);
/* Appends keys, values, or tuples of both to a list. */
enum context_map_part { CONTEXT_KEYS, CONTEXT_VALUES, CONTEXT_ITEMS };
int context_map_list(const struct context_map *map, enum context_map_part part,
                     struct object *list);
