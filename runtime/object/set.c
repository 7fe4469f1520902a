/* Sets. As in dicts a comparison may run foreign code that changes the set: then the search starts
 * again. */
#include "runtime/object/freelist.h"
#include "runtime/object/int.h"
#include "runtime/object/set_internal.h"
#include "runtime/object/str.h"
#include "runtime/object/weakref.h"
#include <stddef.h>
#include <string.h>

enum { LEAST_SLOTS = 8, LINEAR_PROBES = 9, PERTURB_SHIFT = 5 };

static void set_destroy(struct object *o);
static void set_release(struct object *o);
static int set_equal(struct object *a, struct object *b);
static int64_t frozenset_hash(struct object *o);
static bool set_check(const struct object *o, char *error, size_t error_bytes);

struct type set_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_BUFFER,
              .flags = GC_CONTAINER | GC_PLAIN | GC_RELEASES | GC_WEAKREFS,
              .refs_offset = offsetof(struct set, keys),
              .n_offset = offsetof(struct set, slots),
              .weak_offset = offsetof(struct set, weakrefs),
              .basic_bytes = sizeof(struct set)},
    .name = "set",
    .flags = TYPE_BASE | TYPE_IS_SET | TYPE_MATCH_SELF,
    .destroy = set_destroy,
    .clear = set_clear,
    .release = set_release,
    .equal = set_equal,
    .hash = type_unhashable,
    .check = set_check,
    .base = &object_type,
    .construct = set_construct,
    .new_ = set_new_slot,
    .init = set_init_slot,
    .repr = set_repr_slot,
    .compare = set_compare_slot,
    .iter = set_iterate,
    .sequence = {.length = set_length_slot, .contains = set_contains_slot},
    .number = {.bit_or = set_or_slot,
               .bit_and = set_and_slot,
               .subtract = set_subtract_slot,
               .bit_xor = set_xor_slot,
               .inplace_or = set_inplace_or_slot,
               .inplace_and = set_inplace_and_slot,
               .inplace_subtract = set_inplace_subtract_slot,
               .inplace_xor = set_inplace_xor_slot},
    .methods = set_methods,
    .doc = "set() -> an empty set\nset(iterable) -> the different items of an iterable",
};

struct type frozenset_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_BUFFER,
              .flags = GC_CONTAINER | GC_PLAIN | GC_RELEASES | GC_WEAKREFS,
              .refs_offset = offsetof(struct set, keys),
              .n_offset = offsetof(struct set, slots),
              .weak_offset = offsetof(struct set, weakrefs),
              .basic_bytes = sizeof(struct frozenset)},
    .name = "frozenset",
    .flags = TYPE_BASE | TYPE_IS_FROZENSET | TYPE_MATCH_SELF,
    .destroy = set_destroy,
    .clear = set_clear,
    .release = set_release,
    .equal = set_equal,
    .hash = frozenset_hash,
    .check = set_check,
    .base = &object_type,
    .new_ = frozenset_new_slot,
    .repr = set_repr_slot,
    .compare = set_compare_slot,
    .iter = set_iterate,
    .sequence = {.length = set_length_slot, .contains = set_contains_slot},
    .number = {.bit_or = set_or_slot,
               .bit_and = set_and_slot,
               .subtract = set_subtract_slot,
               .bit_xor = set_xor_slot},
    .methods = frozenset_methods,
    .doc = "frozenset() -> an empty frozenset\nfrozenset(iterable) -> the different items of an "
           "iterable, for good",
};

struct object set_deleted = OBJECT_STATIC(object_type);
/* What every set without a buffer points to. Never written. */
static struct object *no_keys[2 * LEAST_SLOTS];

static struct freelist set_free;

void set_open(void) {
  gc_immortalize(&set_deleted);
  freelist_open(&set_free, 80);
}
void set_release_caches(void) { freelist_release(&set_free, sizeof(struct set)); }

static size_t bytes_for(size_t slots) {
  return slots * (sizeof(struct object *) + sizeof(int64_t));
}
static void forget_keys(struct set *s) {
  s->keys = no_keys;
  s->slots = LEAST_SLOTS;
  s->fill = s->used = 0;
  s->finger = s->first = 0;
}
static void free_keys(struct object **keys, size_t slots) {
  if (keys != no_keys)
    gc_buffer_free(keys, bytes_for(slots));
}

struct object *set_new(void) {
  struct set *s = (struct set *)freelist_pop(&set_free);
  if (!s && UNLIKELY(!(s = (struct set *)gc_new_container(&set_type, sizeof *s))))
    return error_no_memory();
  forget_keys(s);
  s->weakrefs = NULL;
  gc_track(&s->head);
  return &s->head;
}

struct object *frozenset_new(void) {
  struct frozenset *s = (struct frozenset *)gc_new_container(&frozenset_type, sizeof *s);
  if (UNLIKELY(!s))
    return error_no_memory();
  forget_keys(&s->set);
  s->set.weakrefs = NULL;
  s->hash = -1;
  gc_track(&s->set.head);
  return &s->set.head;
}

struct object *set_new_of_type(struct type *t) {
  if (t == &set_type)
    return set_new();
  if (t == &frozenset_type)
    return frozenset_new();
  bool frozen = type_has(t, TYPE_IS_FROZENSET);
  struct object *o = type_allocate(t, frozen ? sizeof(struct frozenset) : sizeof(struct set));
  if (!o)
    return NULL;
  forget_keys((struct set *)o);
  if (frozen)
    ((struct frozenset *)o)->hash = -1;
  gc_track(o);
  return o;
}

/* The probe sequence: up to 9 neighbours where they don't wrap around, then a jump as in dicts. In
 * the body, which leaves by return, `at` is the slot. */
#define PROBE(mask, hash, at, body)                                                                \
  do {                                                                                             \
    size_t start_ = (size_t)(hash) & (mask), perturb_ = (size_t)(hash);                            \
    for (;;) {                                                                                     \
      size_t last_ = start_ + LINEAR_PROBES <= (mask) ? start_ + LINEAR_PROBES : start_;           \
      for (size_t at = start_; at <= last_; at++)                                                  \
        body perturb_ >>= PERTURB_SHIFT;                                                           \
      start_ = (start_ * 5 + 1 + perturb_) & (mask);                                               \
    }                                                                                              \
  } while (0)

/* The slot of a key in a table that has no equal one, and no deleted marks. */
ALWAYS_INLINE size_t free_slot(struct object *const *keys, size_t slots, int64_t hash) {
  PROBE(slots - 1, hash, at, {
    if (!keys[at])
      return at;
  });
}
ALWAYS_INLINE void insert_clean(struct object **keys, size_t slots, struct object *key,
                                int64_t hash) {
  size_t at = free_slot(keys, slots, hash);
  keys[at] = key;
  ((int64_t *)(keys + slots))[at] = hash;
}

static void drop_marks(const struct set *s) {
  for (size_t n = s->fill - s->used; n > 0; n--)
    drop(&set_deleted);
}

/* A new buffer for more than `least` keys, without the deleted marks. False: there was no memory,
 * and the collection for it may have run what changes the set: who looks again may try again. */
static bool resize(struct set *s, size_t least) {
  size_t slots = LEAST_SLOTS;
  while (slots <= least)
    slots <<= 1;
  struct object **keys = slots < SIZE_MAX / 64 ? gc_buffer_try(bytes_for(slots)) : NULL;
  if (UNLIKELY(!keys))
    return false;
  memset(keys, 0, slots * sizeof *keys);
  size_t left = s->used;
  for (size_t at = 0; left > 0; at++, left--) {
    at = set_used_slot(s->keys, at, s->slots);
    insert_clean(keys, slots, s->keys[at], set_hashes(s)[at]);
  }
  drop_marks(s);
  struct object **before = s->keys;
  size_t slots_before = s->slots;
  s->keys = keys;
  s->slots = slots;
  s->first = 0;
  s->fill = s->used;
  free_keys(before, slots_before);
  return true;
}

/* 1 and the slot of the key, or 0 and the slot where it belongs: the last deleted one on its path
 * (as in CPython), or else the free one at its end. Of ints and strings that is known at once;
 * UNKNOWN: a comparison may run foreign code. */
enum { UNKNOWN = 2 };
ALWAYS_INLINE int find_known(const struct set *s, const struct object *key, int64_t hash,
                             size_t *slot) {
  struct object *const *keys = s->keys;
  const int64_t *hashes = set_hashes(s);
  size_t reusable = SIZE_MAX;
  PROBE(s->slots - 1, hash, at, {
    const struct object *each = keys[at];
    if (!each) {
      *slot = reusable != SIZE_MAX ? reusable : at;
      return 0;
    }
    if (hashes[at] == hash) {
      *slot = at;
      if (each == key)
        return 1;
      if (int_both_compact(each, key)) {
        if (((const struct int_object *)each)->word == ((const struct int_object *)key)->word)
          return 1;
      } else if (is_str(each) && is_str(key)) {
        if (str_same_text(each, key))
          return 1;
      } else
        return UNKNOWN;
    } else if (UNLIKELY(each == &set_deleted))
      reusable = at;
  });
}

/* One pass over the path of a key: as find_known, or -1 when a comparison failed, or UNKNOWN when
 * one changed the set. */
static int find_once(struct set *s, struct object *key, int64_t hash, size_t *slot) {
  struct object **keys = s->keys;
  size_t reusable = SIZE_MAX, slots = s->slots;
  PROBE(slots - 1, hash, at, {
    struct object *each = keys[at];
    if (!each) {
      *slot = reusable != SIZE_MAX ? reusable : at;
      return 0;
    }
    if (set_hashes(s)[at] != hash) {
      if (each == &set_deleted)
        reusable = at;
      continue;
    }
    *slot = at;
    if (each == key)
      return 1;
    hold(each);
    int equal = object_equal(each, key);
    bool changed = s->keys != keys || s->slots != slots || keys[at] != each;
    drop(each);
    if (equal < 0)
      return -1;
    if (changed)
      return UNKNOWN;
    if (equal)
      return 1;
  });
}
static int find(struct set *s, struct object *key, int64_t hash, size_t *slot) {
  int found;
  do
    found = find_once(s, key, hash, slot);
  while (found == UNKNOWN);
  return found;
}

ALWAYS_INLINE int64_t hash_of(struct object *key) {
  return is_str(key) ? str_hash(key) : int_or_object_hash(key);
}

static NO_INLINE int contains_compared(struct set *s, struct object *key, int64_t hash) {
  size_t slot;
  hold(key);
  int found = find(s, key, hash, &slot);
  drop(key);
  return found;
}
static NO_INLINE int contains_searched(struct set *s, struct object *key, int64_t hash) {
  size_t slot;
  int found = find_known(s, key, hash, &slot);
  return LIKELY(found != UNKNOWN) ? found : contains_compared(s, key, hash);
}
/* What the first slot of a path tells, which mostly is all: 0, 1, or UNKNOWN. */
ALWAYS_INLINE int find_first(const struct set *s, const struct object *key, int64_t hash) {
  size_t at = (size_t)hash & (s->slots - 1);
  const struct object *each = s->keys[at];
  if (!each)
    return 0;
  if (set_hashes(s)[at] != hash)
    return UNKNOWN;
  return each == key || (int_both_compact(each, key) && ((const struct int_object *)each)->word ==
                                                            ((const struct int_object *)key)->word)
             ? 1
             : UNKNOWN;
}
ALWAYS_INLINE int contains(struct object *set, struct object *key, int64_t hash) {
  int found = find_first((struct set *)set, key, hash);
  return found != UNKNOWN ? found : contains_searched((struct set *)set, key, hash);
}
int set_contains(struct object *set, struct object *key) {
  int64_t hash = hash_of(key);
  return UNLIKELY(hash == -1) ? -1 : contains(set, key, hash);
}
int set_contains_hashed(struct object *set, struct object *key, int64_t hash) {
  return contains(set, key, hash);
}

/* The table has no room for a key at the slot where it belongs. */
ALWAYS_INLINE bool is_full(const struct set *s, size_t slot) {
  return UNLIKELY(s->keys == no_keys) ||
         (s->keys[slot] != &set_deleted && UNLIKELY(s->fill + 2 > s->slots));
}
static int add_at(struct set *s, struct object *key, int64_t hash, size_t slot);

/* Into a table that is as full as it may be, or none. Takes the key. */
static NO_INLINE int add_growing(struct set *s, struct object *key, int64_t hash) {
  int found = 0;
  for (int attempt = 0; attempt < 2 && found == 0; attempt++) {
    if (LIKELY(resize(s, s->used * 2))) {
      insert_clean(s->keys, s->slots, key, hash);
      s->first = 0;
      s->used++;
      s->fill++;
      return 1;
    }
    size_t slot;
    found = find(s, key, hash, &slot);
    if (found == 0 && !is_full(s, slot))
      return add_at(s, key, hash, slot);
  }
  drop(key);
  if (found == 0)
    error_no_memory();
  return found > 0 ? 0 : -1;
}
static bool grow(struct set *s) { return resize(s, s->used > 50000 ? s->used * 2 : s->used * 4); }
/* Without memory the table gets fuller than it should be; the next key tries again. */
static NO_INLINE void grow_early(struct set *s) {
  if (UNLIKELY(!grow(s)))
    grow(s);
}
/* A key that is not there at the slot where it belongs. Takes it. */
ALWAYS_INLINE int add_at(struct set *s, struct object *key, int64_t hash, size_t slot) {
  bool reuses = s->keys[slot] == &set_deleted;
  if (is_full(s, slot))
    return add_growing(s, key, hash);
  store(&s->head, &s->keys[slot], key);
  set_hashes(s)[slot] = hash;
  s->used++;
  if (slot < s->first)
    s->first = (uint32_t)slot;
  if (reuses)
    return 1;
  s->fill++;
  if (UNLIKELY(s->fill * 5 >= (s->slots - 1) * 3))
    grow_early(s);
  return 1;
}
static NO_INLINE int add_compared(struct set *s, struct object *key, int64_t hash) {
  size_t slot;
  hold(key);
  int found = find(s, key, hash, &slot);
  if (found == 0)
    return add_at(s, key, hash, slot);
  drop(key);
  return found < 0 ? -1 : 0;
}
static NO_INLINE int add_searched(struct set *s, struct object *key, int64_t hash) {
  size_t slot;
  int found = find_known(s, key, hash, &slot);
  if (UNLIKELY(found == UNKNOWN))
    return add_compared(s, key, hash);
  return found ? 0 : add_at(s, hold(key), hash, slot);
}
ALWAYS_INLINE int add(struct object *set, struct object *key, int64_t hash) {
  struct set *s = (struct set *)set;
  int found = find_first(s, key, hash);
  if (found == 1)
    return 0;
  /* One that is added here leaves the table with enough room for another. */
  if (found == UNKNOWN || UNLIKELY((s->fill + 1) * 5 >= (s->slots - 1) * 3) ||
      UNLIKELY(s->keys == no_keys))
    return add_searched(s, key, hash);
  size_t slot = (size_t)hash & (s->slots - 1);
  store_first(set, &s->keys[slot], hold(key));
  set_hashes(s)[slot] = hash;
  s->used++;
  s->fill++;
  if (slot < s->first)
    s->first = (uint32_t)slot;
  return 1;
}
int set_add(struct object *set, struct object *key) {
  int64_t hash = hash_of(key);
  return UNLIKELY(hash == -1) ? -1 : add(set, key, hash);
}
int set_add_hashed(struct object *set, struct object *key, int64_t hash) {
  return add(set, key, hash);
}

int set_discard(struct object *set, struct object *key) {
  int64_t hash = hash_of(key);
  return hash == -1 ? -1 : set_discard_hashed(set, key, hash);
}
int set_discard_hashed(struct object *set, struct object *key, int64_t hash) {
  struct set *s = (struct set *)set;
  size_t slot;
  int found = find_known(s, key, hash, &slot);
  if (UNLIKELY(found == UNKNOWN)) {
    hold(key);
    found = find(s, key, hash, &slot);
    drop(key);
  }
  if (found <= 0)
    return found;
  set_hashes(s)[slot] = -1;
  s->used--;
  store(set, &s->keys[slot], hold(&set_deleted));
  return 1;
}

struct object *set_pop(struct object *set) {
  struct set *s = (struct set *)set;
  if (!s->used)
    return NULL;
  size_t at = s->finger & (s->slots - 1);
  while (!set_is_key(s->keys[at]))
    at = (at + 1) & (s->slots - 1);
  struct object *key = s->keys[at];
  set_hashes(s)[at] = -1;
  s->used--;
  store_first(set, &s->keys[at], hold(&set_deleted));
  s->finger = (uint32_t)(at + 1);
  return key;
}

int set_reserve(struct object *set, size_t more) {
  struct set *s = (struct set *)set;
  for (int attempt = 0; attempt < 2; attempt++) {
    bool fits = (s->fill + more) * 5 < (s->slots - 1) * 3;
    if ((fits && s->keys != no_keys) || resize(s, fits ? 0 : (s->used + more) * 2))
      return 0;
  }
  error_no_memory();
  return -1;
}

bool set_has_table(const struct object *set) { return ((const struct set *)set)->keys != no_keys; }

void set_fill(struct object *set, struct object *other) {
  struct set *s = (struct set *)set, *from = (struct set *)other;
  CHECK(s->fill == 0 && s->keys != no_keys && s->slots > from->used);
  size_t slots = from->slots;
  struct object **keys = s->keys, **others = from->keys;
  if (s->slots == slots && from->fill == from->used) { /* each in the same place */
    for (size_t i = 0; i < slots; i++) {
      struct object *key = others[i];
      keys[i] = key ? hold(key) : NULL;
    }
    memcpy(set_hashes(s), set_hashes(from), slots * sizeof(int64_t));
  } else
    for (size_t at = 0, left = from->used; left > 0; at++, left--) {
      at = set_used_slot(others, at, slots);
      insert_clean(keys, s->slots, hold(others[at]), set_hashes(from)[at]);
    }
  s->fill = s->used = from->used;
}

void set_shrink(struct object *set) {
  struct set *s = (struct set *)set;
  if (s->fill - s->used > (s->slots - 1) / 4) /* it may as well stay as it is */
    grow_early(s);
}

void set_swap(struct object *a, struct object *b) {
  struct set *s = (struct set *)a, *t = (struct set *)b, before = *s;
  s->keys = t->keys;
  s->slots = t->slots;
  s->fill = t->fill;
  s->used = t->used;
  t->keys = before.keys;
  t->slots = before.slots;
  t->fill = before.fill;
  t->used = before.used;
  s->first = t->first;
  t->first = before.first;
}

bool set_next(struct object *set, size_t *position, struct object **key) {
  const struct set *s = (const struct set *)set;
  size_t at = set_used_slot(s->keys, *position, s->slots);
  if (at >= s->slots)
    return false;
  *position = at + 1;
  *key = s->keys[at];
  return true;
}

void set_clear(struct object *set) {
  struct set *s = (struct set *)set;
  struct object **keys = s->keys;
  size_t slots = s->slots;
  uint32_t finger = s->finger;
  forget_keys(s);
  s->finger = finger; /* as in CPython */
  for (size_t i = 0; GC_RC && i < slots; i++)
    drop_null(keys[i]);
  free_keys(keys, slots);
}

static void set_release(struct object *o) {
  struct set *s = (struct set *)o;
  free_keys(s->keys, s->slots);
}

static void set_destroy(struct object *o) {
  struct set *s = (struct set *)o;
  gc_untrack(o);
  if (UNLIKELY(s->weakrefs != NULL))
    weakref_referent_dies(o);
  struct object **keys = s->keys;
  size_t slots = s->slots;
  if (keys != no_keys)
    for (size_t at = 0, left = s->used; left > 0; at++, left--)
      drop(keys[at = set_used_slot(keys, at, slots)]);
  drop_marks(s);
  set_release(o);
  if (!is_set(o))
    gc_delete(o, sizeof(struct frozenset));
  else if (!freelist_push(&set_free, o))
    gc_delete(o, sizeof *s);
}

static int set_equal(struct object *a, struct object *b) {
  if (!is_any_set(b) || set_length(a) != set_length(b))
    return 0;
  struct set_walk walk;
  struct object *key;
  int64_t hash;
  int found = 1;
  for (set_walk_open(&walk); found > 0 && set_walk(&walk, a, &key, &hash);)
    found = contains(b, key, hash);
  return found;
}

/* CPython's: the hashes of the keys, shuffled and combined without regard to their order. */
static int64_t frozenset_hash(struct object *o) {
  struct frozenset *f = (struct frozenset *)o;
  if (f->hash != -1)
    return f->hash;
  uint64_t hash = 0;
  for (size_t i = 0; i < f->set.slots; i++)
    if (set_is_key(f->set.keys[i])) {
      uint64_t each = (uint64_t)set_hashes(&f->set)[i];
      hash ^= (each ^ 89869747u ^ each << 16) * 3644798167u;
    }
  hash ^= (f->set.used + 1) * 1927868237u;
  hash ^= hash >> 11 ^ hash >> 25;
  hash = hash * 69069u + 907133923u;
  return f->hash = hash == UINT64_MAX ? 590923713 : (int64_t)hash;
}

static bool is_on_path(const struct set *s, size_t slot) {
  PROBE(s->slots - 1, set_hashes(s)[slot], at, {
    if (!s->keys[at] || at == slot)
      return at == slot;
  });
}
static bool set_check(const struct object *o, char *error, size_t error_bytes) {
  const struct set *s = (const struct set *)o;
  size_t used = 0, fill = 0;
  if (!is_power_of_two(s->slots) || s->fill >= s->slots)
    return check_failed(error, error_bytes, "set %p: %zu of %zu slots filled", (const void *)o,
                        s->fill, s->slots);
  for (size_t i = 0; i < s->slots; i++) {
    fill += s->keys[i] != NULL;
    used += set_is_key(s->keys[i]);
    if (!set_is_key(s->keys[i]))
      continue;
    if (is_str(s->keys[i]) && str_hash(s->keys[i]) != set_hashes(s)[i])
      return check_failed(error, error_bytes, "set %p: key %zu has a wrong hash", (const void *)o,
                          i);
    if (!is_on_path(s, i))
      return check_failed(error, error_bytes, "set %p: key %zu can't be found", (const void *)o, i);
  }
  for (size_t i = 0; i < s->first && i < s->slots; i++)
    if (set_is_key(s->keys[i]))
      return check_failed(error, error_bytes, "set %p: key %zu in front of the first, %u",
                          (const void *)o, i, s->first);
  if (used != s->used || fill != s->fill)
    return check_failed(error, error_bytes, "set %p: %zu used, %zu filled; counted %zu and %zu",
                        (const void *)o, s->used, s->fill, used, fill);
  return true;
}
