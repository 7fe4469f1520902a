/* Dicts. Looking up a string among strings runs no foreign code; any other comparison may, and may
 * change the dict meanwhile: then the search starts again. */
#include "runtime/object/dict_internal.h"
#include "runtime/object/exception.h"
#include "runtime/object/freelist.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

enum { INDEX_EMPTY = -1, INDEX_DELETED = -2, LOG2_LEAST = 3, PERTURB_SHIFT = 5 };

static struct freelist dict_free;

static void dict_destroy(struct object *o);
static void dict_release(struct object *o);
static int dict_equal(struct object *a, struct object *b);
static bool dict_check(const struct object *o, char *error, size_t error_bytes);

struct type dict_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_BUFFER,
              .flags = GC_CONTAINER | GC_PLAIN | GC_RELEASES | GC_UNTRACKS,
              .refs_offset = offsetof(struct dict, pairs),
              .n_offset = offsetof(struct dict, slots),
              .basic_bytes = sizeof(struct dict)},
    .name = "dict",
    .flags = TYPE_BASE | TYPE_IS_DICT | TYPE_MAPPING | TYPE_MATCH_SELF,
    .destroy = dict_destroy,
    .clear = dict_clear,
    .release = dict_release,
    .equal = dict_equal,
    .hash = type_unhashable,
    .check = dict_check,
    .base = &object_type,
    .construct = dict_construct,
    .new_ = dict_new_slot,
    .init = dict_init_slot,
    .repr = dict_repr_slot,
    .compare = dict_compare_slot,
    .iter = dict_iterate,
    .number = {.bit_or = dict_or_slot, .inplace_or = dict_inplace_or_slot},
    .sequence = {.contains = dict_contains_slot},
    .mapping = {.length = dict_length_slot, .get = dict_get_item, .set = dict_set_slot},
    .methods = dict_methods,
    .doc = "dict() -> an empty dict\ndict(mapping) -> the keys and values of a mapping\n"
           "dict(iterable) -> from pairs of a key and a value\ndict(**kwargs) -> from names; also "
           "behind one of the others",
};

void dict_open(void) { freelist_open(&dict_free, 80); }
void dict_release_caches(void) { freelist_release(&dict_free, sizeof(struct dict)); }

/* ---- The buffer ---- */

/* What every empty dict points to: an index of one free slot, room for no entry. Never written. */
static struct {
  int8_t index[8];
  struct object *pairs[2];
} no_table = {.index = {-1, -1, -1, -1, -1, -1, -1, -1}};

static size_t usable_of(unsigned log2) { return ((size_t)2 << log2) / 3; }
static unsigned width_of(unsigned log2) { return log2 < 8 ? 0 : log2 < 16 ? 1 : log2 < 32 ? 2 : 3; }
static size_t index_bytes(unsigned log2) { return (size_t)1 << (log2 + width_of(log2)); }
static size_t table_bytes(unsigned log2, bool strings) {
  return index_bytes(log2) + usable_of(log2) * (strings ? 16 : 24);
}
static int64_t *hashes_of(const struct dict *d) {
  return (int64_t *)(d->pairs + 2 * usable_of(d->log2));
}
/* Of all dicts: a cache that remembers the number of a table knows the dict by it. */
static uint32_t last_table;

static void forget_table(struct dict *d) {
  d->pairs = no_table.pairs;
  d->slots = d->used = 0;
  d->log2 = 0;
  d->strings = 1;
  d->table = ++last_table;
}
static void free_table(struct object **pairs, unsigned log2, bool strings) {
  if (pairs != no_table.pairs)
    gc_buffer_free((char *)pairs - index_bytes(log2), table_bytes(log2, strings));
}

/* The index grows downwards from pairs, so that neither needs the other's size. */
ALWAYS_INLINE int64_t index_read(struct object *const *pairs, unsigned width, size_t i) {
  switch (width) {
  case 0:
    return ((const int8_t *)pairs)[~(intptr_t)i];
  case 1:
    return ((const int16_t *)pairs)[~(intptr_t)i];
  case 2:
    return ((const int32_t *)pairs)[~(intptr_t)i];
  default:
    return ((const int64_t *)pairs)[~(intptr_t)i];
  }
}
ALWAYS_INLINE void index_write(struct object **pairs, unsigned width, size_t i, int64_t entry) {
  switch (width) {
  case 0:
    ((int8_t *)pairs)[~(intptr_t)i] = (int8_t)entry;
    break;
  case 1:
    ((int16_t *)pairs)[~(intptr_t)i] = (int16_t)entry;
    break;
  case 2:
    ((int32_t *)pairs)[~(intptr_t)i] = (int32_t)entry;
    break;
  default:
    ((int64_t *)pairs)[~(intptr_t)i] = entry;
  }
}

/* The probe sequence of CPython: i = 5 i + perturb + 1, perturb losing 5 bits a step. */
struct probe {
  size_t i, perturb, mask;
};
ALWAYS_INLINE struct probe probe_start(unsigned log2, int64_t hash) {
  size_t mask = ((size_t)1 << log2) - 1;
  return (struct probe){(size_t)hash & mask, (size_t)hash, mask};
}
ALWAYS_INLINE void probe_next(struct probe *p) {
  p->perturb >>= PERTURB_SHIFT;
  p->i = (p->i * 5 + p->perturb + 1) & p->mask;
}

ALWAYS_INLINE int64_t hash_of_entry(const struct dict *d, size_t entry) {
  return d->strings ? ((const struct str *)d->pairs[2 * entry])->hash : hashes_of(d)[entry];
}

ALWAYS_INLINE void index_insert(struct object **pairs, unsigned log2, unsigned width, int64_t hash,
                                size_t entry) {
  struct probe p = probe_start(log2, hash);
  while (index_read(pairs, width, p.i) >= 0)
    probe_next(&p);
  index_write(pairs, width, p.i, (int64_t)entry);
}

/* An index of free slots. Small ones word by word, and so that no compiler makes `rep stos` of it,
 * which takes longer than all else about a small dict. */
ALWAYS_INLINE void fill_index(char *index, unsigned log2) {
  if (log2 >= 7) {
    memset(index, 0xff, index_bytes(log2));
    return;
  }
  uint64_t *words = (uint64_t *)index, *end = words + ((size_t)1 << log2) / sizeof *words;
  do {
    *words++ = UINT64_MAX;
    __asm__("" : "+r"(words));
  } while (words < end);
}

/* Moves the live entries into a buffer of another size or with hashes. False: there was no memory,
 * and the collection for it may have run what changes the dict: who looks again may try again. */
static bool resize(struct dict *d, unsigned log2, bool strings) {
  char *buffer = log2 < 58 ? gc_buffer_try(table_bytes(log2, strings)) : NULL;
  if (UNLIKELY(!buffer))
    return false;
  fill_index(buffer, log2);
  struct object **pairs = (struct object **)(buffer + index_bytes(log2)), **to = pairs;
  int64_t *hashes = (int64_t *)(pairs + 2 * usable_of(log2));
  unsigned width = width_of(log2);
  size_t live = 0;
  for (size_t entry = 0; entry < d->slots / 2; entry++) {
    struct object *key = d->pairs[2 * entry];
    if (!key)
      continue;
    int64_t hash = hash_of_entry(d, entry);
    to[0] = key;
    to[1] = d->pairs[2 * entry + 1];
    to += 2;
    if (!strings)
      hashes[live] = hash;
    index_insert(pairs, log2, width, hash, live++);
  }
  struct object **before = d->pairs;
  unsigned log2_before = d->log2, strings_before = d->strings;
  d->pairs = pairs;
  d->slots = 2 * live;
  d->log2 = (uint8_t)log2;
  d->strings = strings;
  d->table = ++last_table;
  free_table(before, log2_before, strings_before);
  return true;
}

/* The least size that holds `size` index slots. */
static unsigned log2_for(size_t size) {
  return size <= 1 << LOG2_LEAST ? LOG2_LEAST : bit_highest(size - 1) + 1;
}

/* ---- Searching ---- */

struct place {
  int64_t entry; /* -1: no such key */
  size_t i;      /* where the index names it */
};

ALWAYS_INLINE struct place find_string_in(const struct dict *d, const struct object *key,
                                          int64_t hash, unsigned width) {
  struct object *const *pairs = d->pairs;
  for (struct probe p = probe_start(d->log2, hash);; probe_next(&p)) {
    int64_t entry = index_read(pairs, width, p.i);
    if (LIKELY(entry >= 0)) {
      const struct object *each = pairs[2 * entry];
      if (LIKELY(each == key) ||
          (((const struct str *)each)->hash == hash && LIKELY(str_same_text(each, key))))
        return (struct place){entry, p.i};
    } else if (entry == INDEX_EMPTY)
      return (struct place){-1, p.i};
  }
}

static struct place find_string_wide(const struct dict *d, const struct object *key, int64_t hash) {
  switch (width_of(d->log2)) {
  case 1:
    return find_string_in(d, key, hash, 1);
  case 2:
    return find_string_in(d, key, hash, 2);
  default:
    return find_string_in(d, key, hash, 3);
  }
}

/* A string in a dict whose keys are all strings. */
ALWAYS_INLINE struct place find_string(const struct dict *d, const struct object *key,
                                       int64_t hash) {
  return LIKELY(d->log2 < 8) ? find_string_in(d, key, hash, 0) : find_string_wide(d, key, hash);
}

/* Any key: 1 if found, 0 if not, -1 when a comparison failed. */
static int find_any(struct dict *d, struct object *key, int64_t hash, struct place *place) {
restart:;
  unsigned width = width_of(d->log2);
  struct object **pairs = d->pairs;
  const int64_t *hashes = d->strings ? NULL : hashes_of(d);
  for (struct probe p = probe_start(d->log2, hash);; probe_next(&p)) {
    int64_t entry = index_read(pairs, width, p.i);
    if (entry == INDEX_EMPTY) {
      *place = (struct place){-1, p.i};
      return 0;
    }
    if (entry < 0)
      continue;
    struct object *each = pairs[2 * entry];
    bool same = each == key;
    if (!same && (hashes ? hashes[entry] : ((struct str *)each)->hash) == hash) {
      if (int_both_compact(each, key))
        same = ((struct int_object *)each)->word == ((struct int_object *)key)->word;
      else if (is_str(each) && is_str(key))
        same = str_same_text(each, key);
      else {
        uint32_t table = d->table;
        hold(each);
        int equal = object_equal(each, key);
        bool changed = d->table != table || d->pairs[2 * entry] != each;
        drop(each);
        if (equal < 0)
          return -1;
        if (changed || d->table != table)
          goto restart;
        same = equal;
      }
    }
    if (same) {
      *place = (struct place){entry, p.i};
      return 1;
    }
  }
}

/* Searches for a key and tells its hash. */
ALWAYS_INLINE int find(struct dict *d, struct object *key, int64_t *hash, struct place *place) {
  if (LIKELY(is_str(key))) {
    *hash = str_hash(key);
    if (LIKELY(d->strings)) {
      *place = find_string(d, key, *hash);
      return place->entry >= 0;
    }
  } else if (UNLIKELY((*hash = int_or_object_hash(key)) == -1))
    return -1;
  return find_any(d, key, *hash, place);
}
static int find_hashed(struct dict *d, struct object *key, int64_t hash, struct place *place) {
  if (!d->strings || !is_str(key))
    return find_any(d, key, hash, place);
  *place = find_string(d, key, hash);
  return place->entry >= 0;
}

/* ---- Making, reading and changing ---- */

struct object *dict_new(void) {
  struct dict *d = (struct dict *)freelist_pop(&dict_free);
  if (!d && UNLIKELY(!(d = (struct dict *)gc_new_container(&dict_type, sizeof *d))))
    return error_no_memory();
  d->table = 0;
  forget_table(d);
  return &d->head;
}

struct object *dict_new_sized(size_t entries) {
  struct object *o = dict_new();
  if (o && entries) {
    size_t size = entries < SIZE_MAX / 8 ? (entries * 3 + 1) / 2 : SIZE_MAX / 2;
    if (!resize((struct dict *)o, log2_for(size), true) &&
        !resize((struct dict *)o, log2_for(size), true)) {
      drop(o);
      return error_no_memory();
    }
  }
  return o;
}

struct object *dict_get_borrowed(struct object *dict, struct object *key) {
  struct dict *d = (struct dict *)dict;
  int64_t hash;
  struct place place;
  int found = find(d, key, &hash, &place);
  return found > 0 ? d->pairs[2 * place.entry + 1] : NULL;
}

struct object *dict_new_of_type(struct type *t) {
  if (t == &dict_type)
    return dict_new();
  struct object *o = type_allocate(t, sizeof(struct dict));
  if (!o)
    return NULL;
  forget_table((struct dict *)o);
  gc_track(o);
  return o;
}

int dict_find(struct object *dict, struct object *key, struct object **value) {
  struct dict *d = (struct dict *)dict;
  int64_t hash;
  struct place place;
  int found = find(d, key, &hash, &place);
  *value = found > 0 ? d->pairs[2 * place.entry + 1] : NULL;
  return found;
}

/* rc family: a dict is tracked from the first key or value on that may be part of a cycle. */
ALWAYS_INLINE void maintain_tracking(struct dict *d, const struct object *o) {
  if (GC_RC && tuple_may_track(o) && !gc_is_tracked(&d->head))
    gc_track(&d->head);
}

ALWAYS_INLINE bool has_room(const struct dict *d, const struct object *key) {
  return LIKELY(d->slots / 2 < usable_of(d->log2)) && LIKELY(!d->strings || is_str(key));
}
/* Room for one more entry; as resize. */
static NO_INLINE bool make_room(struct dict *d, const struct object *key) {
  bool strings = d->strings && is_str(key);
  if (d->slots / 2 < usable_of(d->log2))
    return resize(d, d->log2, strings);
  return resize(d, log2_for(d->used * 3), strings);
}

static int insert_after_collection(struct dict *d, struct object *key, int64_t hash,
                                   struct object *value);

/* A key that is not there. */
static int insert(struct dict *d, struct object *key, int64_t hash, struct object *value) {
  if (!has_room(d, key) && UNLIKELY(!make_room(d, key)))
    return insert_after_collection(d, key, hash, value);
  size_t entry = d->slots / 2;
  index_insert(d->pairs, d->log2, width_of(d->log2), hash, entry);
  store_first(&d->head, &d->pairs[2 * entry], hold(key));
  store_first(&d->head, &d->pairs[2 * entry + 1], hold(value));
  if (!d->strings)
    hashes_of(d)[entry] = hash;
  d->slots += 2;
  d->used++;
  maintain_tracking(d, key);
  maintain_tracking(d, value);
  return 0;
}
/* The key may be there now. */
static COLD int insert_after_collection(struct dict *d, struct object *key, int64_t hash,
                                        struct object *value) {
  struct place place;
  int found = find_hashed(d, key, hash, &place);
  if (found > 0) {
    maintain_tracking(d, value);
    store(&d->head, &d->pairs[2 * place.entry + 1], hold(value));
  }
  if (found)
    return found < 0 ? -1 : 0;
  if (!has_room(d, key) && !make_room(d, key))
    return error_no_memory(), -1;
  return insert(d, key, hash, value);
}

ALWAYS_INLINE int set_at(struct dict *d, int found, struct place place, struct object *key,
                         int64_t hash, struct object *value) {
  if (UNLIKELY(found < 0))
    return -1;
  if (!found)
    return insert(d, key, hash, value);
  maintain_tracking(d, value);
  store(&d->head, &d->pairs[2 * place.entry + 1], hold(value));
  return 0;
}
int dict_set(struct object *dict, struct object *key, struct object *value) {
  struct dict *d = (struct dict *)dict;
  int64_t hash;
  struct place place;
  int found = find(d, key, &hash, &place);
  return set_at(d, found, place, key, hash, value);
}
int dict_find_hashed(struct object *dict, struct object *key, int64_t hash, struct object **value) {
  struct dict *d = (struct dict *)dict;
  struct place place;
  int found = find_hashed(d, key, hash, &place);
  *value = found > 0 ? d->pairs[2 * place.entry + 1] : NULL;
  return found;
}
int dict_find_entry(struct object *dict, struct object *key, int64_t hash, size_t *entry) {
  struct place place;
  int found = find_hashed((struct dict *)dict, key, hash, &place);
  if (found > 0)
    *entry = (size_t)place.entry;
  return found;
}
size_t dict_table_bytes(const struct object *dict) {
  const struct dict *d = (const struct dict *)dict;
  return d->log2 ? table_bytes(d->log2, d->strings) : 0;
}
size_t dict_entry_room(const struct object *dict) {
  return usable_of(((const struct dict *)dict)->log2);
}
int dict_set_hashed(struct object *dict, struct object *key, int64_t hash, struct object *value) {
  struct dict *d = (struct dict *)dict;
  struct place place;
  int found = find_hashed(d, key, hash, &place);
  return set_at(d, found, place, key, hash, value);
}

int64_t dict_pair_of(const struct object *dict, const struct object *name) {
  const struct dict *d = (const struct dict *)dict;
  for (size_t i = 0; i < d->slots; i += 2)
    if (d->pairs[i] == name)
      return (int64_t)i;
  return -1;
}

void dict_overwrite_taking(struct object *dict, size_t pair, struct object *value) {
  struct dict *d = (struct dict *)dict;
  maintain_tracking(d, value);
  store(dict, &d->pairs[pair + 1], value);
}

struct object *dict_set_default(struct object *dict, struct object *key, struct object *value) {
  struct dict *d = (struct dict *)dict;
  int64_t hash;
  struct place place;
  int found = find(d, key, &hash, &place);
  if (found < 0 || (!found && insert(d, key, hash, value) < 0))
    return NULL;
  return hold(found ? d->pairs[2 * place.entry + 1] : value);
}

int dict_add_hashed(struct object *dict, struct object *key, int64_t hash, struct object *value) {
  struct dict *d = (struct dict *)dict;
  struct place place;
  int found = find_hashed(d, key, hash, &place);
  if (found)
    return found < 0 ? -1 : 0;
  return insert(d, key, hash, value) < 0 ? -1 : 1;
}

static void take_out(struct dict *d, struct place place, struct object **key,
                     struct object **value) {
  struct object **pair = &d->pairs[2 * place.entry];
  *key = pair[0];
  *value = pair[1];
  pair[0] = pair[1] = NULL;
  index_write(d->pairs, width_of(d->log2), place.i, INDEX_DELETED);
  d->used--;
}

struct object *dict_pop(struct object *dict, struct object *key) {
  struct dict *d = (struct dict *)dict;
  int64_t hash;
  struct place place;
  if (find(d, key, &hash, &place) <= 0)
    return NULL;
  struct object *own_key, *value;
  take_out(d, place, &own_key, &value);
  drop(own_key);
  return value;
}

struct object *dict_pop_hashed(struct object *dict, struct object *key, int64_t hash) {
  struct dict *d = (struct dict *)dict;
  struct place place;
  if (find_hashed(d, key, hash, &place) <= 0)
    return NULL;
  struct object *own_key, *value;
  take_out(d, place, &own_key, &value);
  drop(own_key);
  return value;
}

int dict_delete(struct object *dict, struct object *key) {
  struct dict *d = (struct dict *)dict;
  int64_t hash;
  struct place place;
  int found = find(d, key, &hash, &place);
  if (found <= 0)
    return found;
  struct object *own_key, *value;
  take_out(d, place, &own_key, &value);
  drop(own_key);
  drop(value);
  return 1;
}

bool dict_next_hashed(struct object *dict, size_t *position, struct object **key,
                      struct object **value, int64_t *hash) {
  if (!dict_next(dict, position, key, value))
    return false;
  *hash = hash_of_entry((struct dict *)dict, *position - 1);
  return true;
}

bool dict_previous(struct object *dict, size_t *position, struct object **key,
                   struct object **value) {
  struct dict *d = (struct dict *)dict;
  size_t at = *position < d->slots / 2 ? *position : d->slots / 2;
  while (at-- > 0)
    if (d->pairs[2 * at]) {
      *position = at;
      *key = d->pairs[2 * at];
      *value = d->pairs[2 * at + 1];
      return true;
    }
  return false;
}

/* Where the index names an entry: no comparison is needed, its hash is known. */
static size_t index_of_entry(const struct dict *d, size_t entry) {
  struct probe p = probe_start(d->log2, hash_of_entry(d, entry));
  unsigned width = width_of(d->log2);
  while (index_read(d->pairs, width, p.i) != (int64_t)entry)
    probe_next(&p);
  return p.i;
}

/* Without deleted entries the index has no deleted marks (both go when the buffer is made anew),
 * and the newest entry stands where the probing of no older one passed: its place can become empty
 * again, and its entry be used again. Otherwise it leaves a hole; many holes at the end are cleared
 * away, so that popping all takes linear time. */
int dict_pop_last(struct object *dict, struct object **key, struct object **value) {
  enum { HOLES_MAX = 32 };
  struct dict *d = (struct dict *)dict;
  size_t last;
  for (int attempt = 0;; attempt++) {
    if (d->used == 0)
      return 0;
    size_t holes = 0;
    for (last = d->slots / 2 - 1; !d->pairs[2 * last]; last--)
      holes++;
    if (holes <= HOLES_MAX)
      break;
    if (LIKELY(resize(d, d->log2, d->strings))) {
      last = d->used - 1;
      break;
    }
    if (attempt)
      return error_no_memory(), -1;
  }
  bool whole = d->slots == 2 * d->used;
  struct place place = {(int64_t)last, index_of_entry(d, last)};
  take_out(d, place, key, value);
  if (whole) {
    index_write(d->pairs, width_of(d->log2), place.i, INDEX_EMPTY);
    d->slots -= 2;
  }
  return 1;
}

/* Makes an empty dict's buffer a copy of another's, deleted entries included; as resize. */
static bool clone(struct dict *to, const struct dict *from) {
  size_t slots = from->slots;
  unsigned log2 = from->log2;
  bool strings = from->strings;
  char *buffer = gc_buffer_try(table_bytes(log2, strings));
  if (UNLIKELY(!buffer))
    return false;
  memcpy(buffer, (char *)from->pairs - index_bytes(log2),
         index_bytes(log2) + slots * sizeof *from->pairs);
  struct object **pairs = (struct object **)(buffer + index_bytes(log2));
  if (!strings)
    memcpy(pairs + 2 * usable_of(log2), hashes_of(from), slots / 2 * sizeof(int64_t));
  for (size_t i = 0; GC_RC && i < slots; i++)
    if (pairs[i])
      hold(pairs[i]);
  struct object **before = to->pairs;
  unsigned log2_before = to->log2, strings_before = to->strings;
  to->pairs = pairs;
  to->slots = slots;
  to->used = from->used;
  to->log2 = (uint8_t)log2;
  to->strings = strings;
  to->table = ++last_table;
  free_table(before, log2_before, strings_before);
  if (gc_is_tracked(&from->head) && !gc_is_tracked(&to->head))
    gc_track(&to->head);
  return true;
}

/* Into an empty dict: the keys differ, nothing needs to be compared. 1: done; 0: as resize; -1: an
 * error. */
static int try_fill(struct dict *to, const struct dict *from) {
  /* Where few of the entries are deleted, the table as it is. */
  if (from->used * 3 >= from->slots)
    return clone(to, from);
  if (UNLIKELY(!resize(to, log2_for((from->used * 3 + 1) / 2), from->strings)))
    return 0;
  for (size_t at = 0; at < from->slots / 2; at++)
    if (from->pairs[2 * at] &&
        insert(to, from->pairs[2 * at], hash_of_entry(from, at), from->pairs[2 * at + 1]) < 0)
      return -1;
  return 1;
}

int dict_merge(struct object *to, struct object *other, enum dict_merge how) {
  struct dict *d = (struct dict *)to, *from = (struct dict *)other;
  for (int attempt = 0;; attempt++) {
    if (d == from || from->used == 0)
      return 0;
    int filled = 0;
    if (d->used == 0 && (filled = try_fill(d, from)) != 0)
      return filled < 0 ? -1 : 0;
    if (d->used != 0 &&
        (usable_of(d->log2) - d->slots / 2 >= from->used ||
         resize(d, log2_for(((d->used + from->used) * 3 + 1) / 2), d->strings && from->strings)))
      break;
    if (attempt)
      return error_no_memory(), -1;
  }
  for (size_t at = 0; at < from->slots / 2; at++) {
    if (!from->pairs[2 * at])
      continue;
    struct object *key = hold(from->pairs[2 * at]), *value = hold(from->pairs[2 * at + 1]);
    int64_t hash = hash_of_entry(from, at);
    uint32_t table = from->table;
    size_t used = from->used;
    struct place place;
    int status = d->strings && is_str(key) ? (place = find_string(d, key, hash), place.entry >= 0)
                                           : find_any(d, key, hash, &place);
    if (status == 0)
      status = insert(d, key, hash, value);
    else if (status > 0 && how == DICT_REPLACE) {
      maintain_tracking(d, value);
      store(to, &d->pairs[2 * place.entry + 1], hold(value));
      status = 0;
    } else if (status > 0 && how == DICT_REFUSE) {
      error_key(key);
      status = -1;
    }
    drop(value);
    drop(key);
    if (status >= 0 && UNLIKELY(from->table != table || from->used != used)) {
      error_set(ERROR_RUNTIME, "dict mutated during update");
      status = -1;
    }
    if (status < 0)
      return -1;
  }
  return 0;
}

void dict_clear(struct object *dict) {
  struct dict *d = (struct dict *)dict;
  struct object **pairs = d->pairs;
  size_t slots = d->slots;
  unsigned log2 = d->log2, strings = d->strings;
  forget_table(d);
  for (size_t i = 0; GC_RC && i < slots; i++)
    drop_null(pairs[i]);
  free_table(pairs, log2, strings);
}

struct object *dict_copy(struct object *dict) {
  struct object *o = dict_new();
  if (o && dict_merge(o, dict, DICT_REPLACE) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}

bool dict_may_untrack(const struct object *dict) {
  const struct dict *d = (const struct dict *)dict;
  for (size_t i = 0; i < d->slots; i++)
    if (d->pairs[i] && tuple_may_track(d->pairs[i]))
      return false;
  return true;
}

/* ---- Death, equality, check ---- */

static void dict_release(struct object *o) {
  struct dict *d = (struct dict *)o;
  free_table(d->pairs, d->log2, d->strings);
}

static void dict_destroy(struct object *o) {
  struct dict *d = (struct dict *)o;
  gc_untrack(o);
  struct object **pairs = d->pairs;
  for (size_t i = 0, n = d->slots; i < n; i++)
    drop_null(pairs[i]);
  dict_release(o);
  if (!freelist_push(&dict_free, o))
    gc_delete(o, sizeof *d);
}

static int dict_equal(struct object *a, struct object *b) {
  struct dict *d = (struct dict *)a, *e = (struct dict *)b;
  if (!is_any_dict(b) || d->used != e->used)
    return 0;
  for (size_t at = 0; at < d->slots / 2; at++) {
    if (!d->pairs[2 * at])
      continue;
    struct object *key = hold(d->pairs[2 * at]), *value = hold(d->pairs[2 * at + 1]);
    struct place place;
    int equal = find_any(e, key, hash_of_entry(d, at), &place);
    if (equal > 0) {
      struct object *other = hold(e->pairs[2 * place.entry + 1]);
      equal = object_equal(value, other);
      drop(other);
    }
    drop(key);
    drop(value);
    if (equal <= 0)
      return equal;
  }
  return 1;
}

static bool entry_check(const struct dict *d, size_t entry, char *error, size_t error_bytes) {
  const struct object *key = d->pairs[2 * entry], *value = d->pairs[2 * entry + 1];
  if (!key != !value)
    return check_failed(error, error_bytes, "dict %p: entry %zu is half there", (const void *)d,
                        entry);
  if (!key)
    return true;
  if (d->strings && !is_str(key))
    return check_failed(error, error_bytes, "dict %p: entry %zu is no string", (const void *)d,
                        entry);
  int64_t hash = hash_of_entry(d, entry);
  if (is_str(key) && hash != str_hash((struct object *)(uintptr_t)key))
    return check_failed(error, error_bytes, "dict %p: entry %zu has a wrong hash", (const void *)d,
                        entry);
  if (object_is_tracking() && !gc_is_tracked(&d->head) &&
      (tuple_may_track(key) || tuple_may_track(value)))
    return check_failed(error, error_bytes, "dict %p holds containers and is untracked",
                        (const void *)d);
  unsigned width = width_of(d->log2);
  struct probe p = probe_start(d->log2, hash);
  for (size_t steps = 0;; steps++, probe_next(&p)) {
    int64_t named = index_read(d->pairs, width, p.i);
    if (named == (int64_t)entry)
      return true;
    if (named == INDEX_EMPTY || steps > 2 * p.mask + 64)
      return check_failed(error, error_bytes, "dict %p: entry %zu can't be found", (const void *)d,
                          entry);
  }
}

static bool dict_check(const struct object *o, char *error, size_t error_bytes) {
  const struct dict *d = (const struct dict *)o;
  size_t live = 0, named = 0;
  if (d->slots % 2 || d->slots / 2 > usable_of(d->log2))
    return check_failed(error, error_bytes, "dict %p: %zu slots in a table of 2^%u",
                        (const void *)o, d->slots, d->log2);
  for (size_t entry = 0; entry < d->slots / 2; entry++) {
    if (!entry_check(d, entry, error, error_bytes))
      return false;
    live += d->pairs[2 * entry] != NULL;
  }
  for (size_t i = 0; i >> d->log2 == 0; i++) {
    int64_t entry = index_read(d->pairs, width_of(d->log2), i);
    if (entry < INDEX_DELETED || entry >= (int64_t)(d->slots / 2))
      return check_failed(error, error_bytes, "dict %p: index %zu names entry %ld", (const void *)o,
                          i, (long)entry);
    named += entry >= 0;
  }
  if (live != d->used || named != d->used)
    return check_failed(error, error_bytes, "dict %p: %zu used, %zu live, %zu in the index",
                        (const void *)o, d->used, live, named);
  return true;
}
