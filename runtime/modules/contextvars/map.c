/* See map.h. The depth is bounded by the 64 bits of a number: 13 nodes. */
#include "runtime/modules/contextvars/map.h"
#include "runtime/object/list.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

enum { STEP_BITS = 5, STEP_MASK = (1 << STEP_BITS) - 1 };

struct type context_map_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_INLINE,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct context_map, items),
              .n_offset = offsetof(struct context_map, n),
              .basic_bytes = sizeof(struct context_map),
              .item_bytes = sizeof(struct object *)},
    .name = "_contextvars.map",
    .flags = TYPE_NO_INSTANCE,
    .base = &object_type,
};

static struct context_map *new (size_t entries) {
  size_t bytes = sizeof(struct context_map) + 2 * entries * sizeof(struct object *);
  struct context_map *m = (struct context_map *)gc_new_container(&context_map_type, bytes);
  if (!m)
    return error_no_memory();
  m->present = m->count = 0;
  m->n = 2 * entries;
  for (size_t i = 0; i < m->n; i++)
    m->items[i] = NULL;
  gc_track(&m->head);
  return m;
}

static uint32_t bit_of(uint64_t number) { return UINT32_C(1) << (number & STEP_MASK); }
/* Where the entry of a bit stands or would stand. */
static size_t place_of(const struct context_map *m, uint32_t bit) {
  return 2 * bit_count(m->present & (bit - 1));
}
static struct context_map *child(const struct context_map *m, size_t place) {
  return m->items[place] ? NULL : (struct context_map *)m->items[place + 1];
}

struct object *context_map_find_borrowed(const struct context_map *m, const struct object *key,
                                         uint64_t number) {
  for (; m; number >>= STEP_BITS) {
    uint32_t bit = bit_of(number);
    if (!(m->present & bit))
      return NULL;
    size_t place = place_of(m, bit);
    if (m->items[place])
      return m->items[place] == key ? m->items[place + 1] : NULL;
    m = child(m, place);
  }
  return NULL;
}

static void fill_entry(struct context_map *m, size_t place, struct object *key,
                       struct object *value_taken) {
  if (key)
    store_first(&m->head, &m->items[place], hold(key));
  store_first(&m->head, &m->items[place + 1], value_taken);
}

/* Copies entries of `from` up to `end`, to places moved by `by`. */
static void copy_entries(struct context_map *to, const struct context_map *from, size_t start,
                         size_t end, ptrdiff_t by) {
  for (size_t i = start; i < end; i++)
    if (from->items[i])
      store_first(&to->head, &to->items[(size_t)((ptrdiff_t)i + by)], hold(from->items[i]));
}

/* The number of the variable in an entry, seen from this depth on. */
static uint64_t (*number_of_key)(const struct object *key);
void context_map_open(uint64_t (*number_of)(const struct object *key)) {
  number_of_key = number_of;
}

static struct context_map *with(struct context_map *m, struct object *key, uint64_t number,
                                unsigned depth, struct object *value) {
  uint32_t bit = bit_of(number >> depth * STEP_BITS);
  bool is_there = m && (m->present & bit);
  size_t place = m ? place_of(m, bit) : 0, entries = m ? m->n / 2 : 0;
  struct object *below = NULL; /* what the entry becomes, if not key and value */
  uint32_t added = 1;
  if (is_there && m->items[place] != key) {
    struct context_map *sub = child(m, place), *first = NULL;
    if (!sub) { /* another variable: both move one step down */
      struct object *other = m->items[place];
      first = sub = with(NULL, other, number_of_key(other), depth + 1, m->items[place + 1]);
      if (!sub)
        return NULL;
    }
    uint32_t before = sub->count;
    struct context_map *grown = with(sub, key, number, depth + 1, value);
    drop_null((struct object *)first);
    if (!grown)
      return NULL;
    added = grown->count - before;
    below = &grown->head;
  } else if (is_there)
    added = 0;
  struct context_map *result = new (entries + !is_there);
  if (!result) {
    drop_null(below);
    return NULL;
  }
  result->present = (m ? m->present : 0) | bit;
  result->count = (m ? m->count : 0) + added;
  if (m) {
    copy_entries(result, m, 0, place, 0);
    copy_entries(result, m, place + (is_there ? 2 : 0), m->n, is_there ? 0 : 2);
  }
  fill_entry(result, place, below ? NULL : key, below ? below : hold(value));
  return result;
}

struct context_map *context_map_with(struct context_map *m, struct object *key, uint64_t number,
                                     struct object *value) {
  return with(m, key, number, 0, value);
}

/* A node with a single variable is replaced by that in the node above. */
static struct context_map *without(struct context_map *m, const struct object *key, uint64_t number,
                                   unsigned depth) {
  uint32_t bit = bit_of(number >> depth * STEP_BITS);
  size_t place = place_of(m, bit);
  bool goes = m->items[place] != NULL;
  struct context_map *below = goes ? NULL : without(child(m, place), key, number, depth + 1);
  if (!goes && !below)
    return NULL;
  struct context_map *result = new (m->n / 2 - goes);
  if (result) {
    result->present = goes ? m->present & ~bit : m->present;
    result->count = m->count - 1;
    copy_entries(result, m, 0, place, 0);
    copy_entries(result, m, place + 2, m->n, goes ? -2 : 0);
    if (below && below->count == 1 && below->items[0])
      fill_entry(result, place, below->items[0], hold(below->items[1]));
    else if (below)
      fill_entry(result, place, NULL, hold(&below->head));
  }
  drop_null((struct object *)below);
  return result;
}

struct context_map *context_map_without(struct context_map *m, const struct object *key,
                                        uint64_t number, bool *empty) {
  *empty = m->count == 1;
  return *empty ? NULL : without(m, key, number, 0);
}

int context_map_list(const struct context_map *m, enum context_map_part part, struct object *list) {
  for (size_t i = 0; m && i < m->n; i += 2) {
    struct object *key = m->items[i], *value = m->items[i + 1];
    int done;
    if (!key)
      done = context_map_list((const struct context_map *)value, part, list);
    else if (part == CONTEXT_ITEMS) {
      struct object *pair = tuple_pack(2, key, value);
      done = pair ? list_append_taking(list, pair) : -1;
    } else
      done = list_append(list, part == CONTEXT_KEYS ? key : value);
    if (done < 0)
      return -1;
  }
  return 0;
}
