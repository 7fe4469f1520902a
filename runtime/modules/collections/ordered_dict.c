/* OrderedDict: the ring, and what changes it. */
#include "runtime/modules/collections/ordered_dict.h"
#include "runtime/modules/collections/collections.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include <stddef.h>
#include <string.h>

enum { NONE_ = ORDERED_DICT_NONE, LEAST_ROOM = 8 };

/* ---- Nodes ---- */

static struct ordered_dict_link *link_at(struct ordered_dict *d, uint32_t node) {
  return &d->links[node];
}
static void take_out(struct ordered_dict *d, uint32_t node) {
  struct ordered_dict_link *l = link_at(d, node);
  if (l->previous == NONE_)
    d->first = l->next;
  else
    link_at(d, l->previous)->next = l->next;
  if (l->next == NONE_)
    d->last = l->previous;
  else
    link_at(d, l->next)->previous = l->previous;
  d->state++;
}
static void put_last(struct ordered_dict *d, uint32_t node) {
  struct ordered_dict_link *l = link_at(d, node);
  l->previous = d->last;
  l->next = NONE_;
  if (d->last == NONE_)
    d->first = node;
  else
    link_at(d, d->last)->next = node;
  d->last = node;
  d->state++;
}
static void put_first(struct ordered_dict *d, uint32_t node) {
  struct ordered_dict_link *l = link_at(d, node);
  l->previous = NONE_;
  l->next = d->first;
  if (d->first == NONE_)
    d->last = node;
  else
    link_at(d, d->first)->previous = node;
  d->first = node;
  d->state++;
}
void ordered_dict_move(struct object *o, uint32_t node, bool last) {
  struct ordered_dict *d = ordered_dict_of(o);
  take_out(d, node);
  if (last)
    put_last(d, node);
  else
    put_first(d, node);
}

/* Both buffers, or none: false, and the collection for them may have run what changes the dict. */
static bool make_nodes(struct ordered_dict *d) {
  size_t before = d->room, room = before ? 2 * before : LEAST_ROOM;
  struct object **keys = room < NONE_ ? gc_buffer_try(room * sizeof *keys) : NULL;
  struct ordered_dict_link *links = keys ? gc_buffer_try(room * sizeof *links) : NULL;
  if (UNLIKELY(!links)) {
    gc_buffer_free(keys, room * sizeof *keys);
    return false;
  }
  if (before) {
    memcpy(keys, d->keys, before * sizeof *keys);
    memcpy(links, d->links, before * sizeof *links);
  }
  gc_buffer_free(d->keys, before * sizeof *keys);
  gc_buffer_free(d->links, before * sizeof *links);
  d->keys = keys;
  d->links = links;
  d->room = room;
  for (size_t i = room; i-- > before;) {
    keys[i] = NULL;
    links[i].next = d->free;
    d->free = (uint32_t)i;
  }
  return true;
}
/* The node is taken out of the ring already. Returns its key, which the caller drops. */
static struct object *give_back(struct ordered_dict *d, uint32_t node) {
  struct object *key = d->keys[node];
  d->keys[node] = NULL;
  link_at(d, node)->next = d->free;
  d->free = node;
  return key;
}

/* ---- From entries to nodes ---- */

/* Looking for a key may run foreign code, which may change everything: then again from the start.
 */
static int map_entries(struct object *o) {
  struct ordered_dict *d = ordered_dict_of(o);
again:;
  uint32_t table = d->dict.table;
  uint64_t state = d->state;
  size_t room = dict_entry_room(o);
  if (room > d->entry_room) {
    uint32_t *of_entry = gc_buffer_new(room * sizeof *of_entry);
    if (!of_entry)
      return error_no_memory(), -1;
    gc_buffer_free(d->of_entry, d->entry_room * sizeof *of_entry);
    d->of_entry = of_entry;
    d->entry_room = room;
    if (d->dict.table != table)
      goto again;
  }
  if (d->entry_room) /* else there is no buffer */
    memset(d->of_entry, 0xff, d->entry_room * sizeof *d->of_entry);
  for (uint32_t node = d->first; node != NONE_; node = link_at(d, node)->next) {
    size_t entry;
    struct object *key = hold(d->keys[node]);
    int found = dict_find_entry(o, key, link_at(d, node)->hash, &entry);
    drop(key);
    if (found < 0)
      return -1;
    if (d->dict.table != table || d->state != state)
      goto again;
    if (found)
      d->of_entry[entry] = node;
  }
  d->table = table;
  return 0;
}

int ordered_dict_find(struct object *o, struct object *key, int64_t hash, uint32_t *node) {
  struct ordered_dict *d = ordered_dict_of(o);
  size_t entry;
  if (d->first == NONE_)
    return 0;
  for (;;) {
    if (d->table != d->dict.table && map_entries(o) < 0)
      return -1;
    int found = dict_find_entry(o, key, hash, &entry);
    if (found <= 0)
      return found;
    if (LIKELY(d->table == d->dict.table))
      break;
  }
  *node = d->of_entry[entry];
  /* The entry may have been given to another key behind our back. */
  return *node != NONE_ && d->keys[*node] && link_at(d, *node)->hash == hash;
}

/* A node for a key that the dict has now, unless it has one. What comparisons run, and collections
 * where memory is exhausted, may change everything: then again from the start. */
static int add_node(struct object *o, struct object *key, int64_t hash) {
  struct ordered_dict *d = ordered_dict_of(o);
  uint32_t node;
  size_t entry;
  for (int failures = 0;;) {
    uint64_t state = d->state;
    int found = ordered_dict_find(o, key, hash, &node);
    if (found)
      return found < 0 ? -1 : 0;
    if (d->free == NONE_ && !make_nodes(d)) {
      if (failures++)
        return error_no_memory(), -1;
      continue;
    }
    if (d->table != d->dict.table && map_entries(o) < 0)
      return -1;
    found = dict_find_entry(o, key, hash, &entry);
    if (found < 0)
      return -1;
    if (found == 0) {
      error_key(key);
      return -1;
    }
    if (LIKELY(d->state == state && d->table == d->dict.table))
      break;
  }
  node = d->free;
  d->free = link_at(d, node)->next;
  link_at(d, node)->hash = hash;
  store_first(o, &d->keys[node], hold(key));
  put_last(d, node);
  if (d->table == d->dict.table)
    d->of_entry[entry] = node;
  return 0;
}

/* ---- Changing ---- */

static int64_t hash_of(struct object *key) {
  return is_str(key) ? str_hash(key) : int_or_object_hash(key);
}
int ordered_dict_set(struct object *o, struct object *key, struct object *value) {
  int64_t hash = hash_of(key);
  if (hash == -1 || dict_set_hashed(o, key, hash, value) < 0)
    return -1;
  if (LIKELY(add_node(o, key, hash) == 0))
    return 0;
  /* A key without a node would not be shown. */
  struct error_saved saved;
  error_save(&saved);
  struct object *back = dict_pop_hashed(o, key, hash);
  drop_null(back);
  error_clear();
  error_restore(&saved);
  return -1;
}
/* Takes the key's node away, if it has one. The entry that led to it goes next, or leads to a free
 * node. */
static int remove_node(struct object *o, struct object *key, int64_t hash) {
  struct ordered_dict *d = ordered_dict_of(o);
  uint32_t node;
  int found = ordered_dict_find(o, key, hash, &node);
  if (found <= 0)
    return found;
  take_out(d, node);
  drop(give_back(d, node));
  return 1;
}
int ordered_dict_delete(struct object *o, struct object *key) {
  int64_t hash = hash_of(key);
  if (hash == -1 || remove_node(o, key, hash) < 0)
    return -1;
  struct object *value = dict_pop_hashed(o, key, hash);
  if (!value && error_pending() == ERROR_NONE)
    error_key(key);
  drop_null(value);
  return value ? 0 : -1;
}
struct object *ordered_dict_pop(struct object *o, struct object *key, int64_t hash,
                                struct object *fallback) {
  int removed = remove_node(o, key, hash);
  if (removed < 0)
    return NULL;
  struct object *value = removed ? dict_pop_hashed(o, key, hash) : NULL;
  if (value || error_pending() != ERROR_NONE)
    return value;
  return fallback ? hold(fallback) : error_key(key);
}

static void forget_nodes(struct ordered_dict *d) {
  d->keys = NULL;
  d->links = NULL;
  d->of_entry = NULL;
  d->room = d->entry_room = 0;
  d->first = d->last = d->free = NONE_;
  d->table = 0;
}
void ordered_dict_clear(struct object *o) {
  struct ordered_dict *d = ordered_dict_of(o);
  struct ordered_dict before = *d;
  forget_nodes(d);
  d->state++;
  dict_clear(o);
  for (size_t i = 0; GC_RC && i < before.room; i++)
    drop_null(before.keys[i]);
  gc_buffer_free(before.keys, before.room * sizeof *before.keys);
  gc_buffer_free(before.links, before.room * sizeof *before.links);
  gc_buffer_free(before.of_entry, before.entry_room * sizeof *before.of_entry);
}

/* ---- The type ---- */

struct object *ordered_dict_new(struct type *t) {
  struct object *o = dict_new_of_type(t);
  if (o)
    forget_nodes(ordered_dict_of(o));
  return o;
}
static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  (void)args, (void)n, (void)kwnames;
  return ordered_dict_new(t);
}
static unsigned spans(struct object *o, struct gc_span found[GC_SPANS_MAX]) {
  struct ordered_dict *d = ordered_dict_of(o);
  found[0] = (struct gc_span){d->dict.pairs, d->dict.slots};
  found[1] = (struct gc_span){d->keys, d->room};
  found[2] = (struct gc_span){&d->attributes, 1};
  return 3;
}
static void clear(struct object *o) {
  ordered_dict_clear(o);
  store(o, &ordered_dict_of(o)->attributes, NULL);
}
static void release(struct object *o) {
  struct ordered_dict *d = ordered_dict_of(o);
  gc_buffer_free(d->keys, d->room * sizeof *d->keys);
  gc_buffer_free(d->links, d->room * sizeof *d->links);
  gc_buffer_free(d->of_entry, d->entry_room * sizeof *d->of_entry);
  dict_type.release(o);
}
static int set_slot(struct object *o, struct object *key, struct object *value) {
  return value ? ordered_dict_set(o, key, value) : ordered_dict_delete(o, key);
}

struct type ordered_dict_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_SPANS,
              .flags = GC_CONTAINER | GC_PLAIN | GC_RELEASES | GC_WEAKREFS,
              .weak_offset = offsetof(struct ordered_dict, weakrefs),
              .basic_bytes = sizeof(struct ordered_dict),
              .spans = spans},
    .name = "collections.OrderedDict",
    .flags = TYPE_BASE | TYPE_STATIC_DICT,
    .dict_offset = offsetof(struct ordered_dict, attributes),
    .clear = clear,
    .release = release,
    .hash = type_unhashable,
    .new_ = new_slot,
    .init = ordered_dict_init,
    .repr = ordered_dict_repr,
    .compare = ordered_dict_compare,
    .iter = ordered_dict_iterate,
    .number = {.bit_or = ordered_dict_or, .inplace_or = ordered_dict_inplace_or},
    .mapping = {.set = set_slot},
    .methods = ordered_dict_methods,
    .getsets = ordered_dict_getsets,
    .doc = "Dictionary that remembers insertion order",
    .base = &dict_type};

int ordered_dict_open(void) {
  ordered_dict_type.check = dict_type.check;
  struct type *const others[] = {&ordered_dict_iterator_type, &ordered_dict_keys_type,
                                 &ordered_dict_values_type, &ordered_dict_items_type};
  for (size_t i = 0; i < ARRAY_SIZE(others); i++)
    if (type_ready(others[i]) < 0)
      return -1;
  return type_ready(&ordered_dict_type);
}
