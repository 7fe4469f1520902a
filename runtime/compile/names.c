/* Maps from names to numbers, and the names of private attributes. */
#include "runtime/compile/names.h"
#include "runtime/object/str.h"
#include <string.h>

enum { SCAN_MOST = 8 };

static uint32_t spot_of(const struct object *key, uint32_t mask) {
  return (uint32_t)(((uintptr_t)key * 0x9e3779b97f4a7c15u) >> 32) & mask;
}

int64_t names_find(const struct names *names, const struct object *key) {
  if (!names->index) {
    for (uint32_t i = 0; i < names->n; i++)
      if (names->items[i].key == key)
        return i;
    return NAMES_NONE;
  }
  for (uint32_t at = spot_of(key, names->mask); names->index[at]; at = (at + 1) & names->mask)
    if (names->items[names->index[at] - 1].key == key)
      return names->index[at] - 1;
  return NAMES_NONE;
}

static void enter(struct names *names, uint32_t i) {
  uint32_t at = spot_of(names->items[i].key, names->mask);
  while (names->index[at])
    at = (at + 1) & names->mask;
  names->index[at] = i + 1;
}

static bool grow(struct names *names, struct tree *arena) {
  uint32_t capacity = names->capacity ? names->capacity * 2 : 4;
  struct names_entry *items = tree_alloc(arena, capacity * sizeof *items);
  if (!items)
    return false;
  if (names->n)
    memcpy(items, names->items, names->n * sizeof *items);
  if (capacity > SCAN_MOST) {
    uint32_t *index = tree_alloc(arena, 2 * capacity * sizeof *index);
    if (!index)
      return false;
    memset(index, 0, 2 * capacity * sizeof *index);
    names->index = index;
    names->mask = 2 * capacity - 1;
  }
  names->items = items;
  names->capacity = capacity;
  for (uint32_t i = 0; names->index && i < names->n; i++)
    enter(names, i);
  return true;
}

int64_t names_add(struct names *names, struct tree *arena, struct object *key) {
  int64_t found = names_find(names, key);
  if (found >= 0)
    return found;
  if (names->n == names->capacity && !grow(names, arena))
    return NAMES_NONE;
  names->items[names->n] = (struct names_entry){key, 0};
  if (names->index)
    enter(names, names->n);
  return names->n++;
}

struct object *names_mangle(struct object *private, struct object *name) {
  size_t n = str_length(name);
  if (!private || n < 2 || str_at(name, 0) != '_' || str_at(name, 1) != '_')
    return name;
  if (str_at(name, n - 1) == '_' && str_at(name, n - 2) == '_')
    return name;
  for (size_t i = 0; i < n; i++)
    if (str_at(name, i) == '.')
      return name;
  size_t skip = 0, private_n = str_length(private);
  while (skip < private_n && str_at(private, skip) == '_')
    skip++;
  if (skip == private_n)
    return name;
  struct object *stem = str_slice(private, skip, private_n);
  struct object *underscore = str_from_code_point('_');
  struct object *front = stem && underscore ? str_concat(underscore, stem) : NULL;
  struct object *whole = front ? str_concat(front, name) : NULL;
  drop_null(stem);
  drop_null(underscore);
  drop_null(front);
  if (!whole || !(whole = str_intern_taking(whole)))
    return NULL;
  drop(whole); /* interned strings are immortal */
  return whole;
}
