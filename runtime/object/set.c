/* Sets. As in dicts a comparison may run foreign code that changes the set: then the search starts
 * again. */
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

/* Where a key was. Held and dropped like a key. */
static struct object deleted = OBJECT_STATIC(object_type);
/* What every set without a buffer points to. Never written. */
static struct object *no_keys[2 * LEAST_SLOTS];

void set_open(void) { gc_immortalize(&deleted); }

static size_t bytes_for(size_t slots) {
  return slots * (sizeof(struct object *) + sizeof(int64_t));
}
static int64_t *hashes_of(const struct set *s) { return (int64_t *)(s->keys + s->slots); }
static bool is_key(const struct object *o) { return o && o != &deleted; }
static void forget_keys(struct set *s) {
  s->keys = no_keys;
  s->slots = LEAST_SLOTS;
  s->fill = s->used = 0;
  s->finger = 0;
}
static void free_keys(struct object **keys, size_t slots) {
  if (keys != no_keys)
    gc_buffer_free(keys, bytes_for(slots));
}

struct object *set_new(void) {
  struct set *s = (struct set *)gc_new_container(&set_type, sizeof *s);
  if (UNLIKELY(!s))
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

/* The probe sequence: up to 9 neighbours where they don't wrap around, then a jump as in dicts. */
struct probe {
  size_t at, i, perturb, mask;
  unsigned left;
};
ALWAYS_INLINE void look_around(struct probe *p) {
  p->at = p->i;
  p->left = p->i + LINEAR_PROBES <= p->mask ? LINEAR_PROBES : 0;
}
ALWAYS_INLINE struct probe probe_start(size_t mask, int64_t hash) {
  struct probe p = {.i = (size_t)hash & mask, .perturb = (size_t)hash, .mask = mask};
  look_around(&p);
  return p;
}
ALWAYS_INLINE void probe_next(struct probe *p) {
  if (p->left) {
    p->left--;
    p->at++;
    return;
  }
  p->perturb >>= PERTURB_SHIFT;
  p->i = (p->i * 5 + 1 + p->perturb) & p->mask;
  look_around(p);
}

static void insert_clean(struct object **keys, size_t slots, struct object *key, int64_t hash) {
  struct probe p = probe_start(slots - 1, hash);
  while (keys[p.at])
    probe_next(&p);
  keys[p.at] = key;
  ((int64_t *)(keys + slots))[p.at] = hash;
}

/* A new buffer for more than `least` keys, without the deleted marks. False when there is no
 * memory; the set is then as it was. */
static bool resize(struct set *s, size_t least) {
  size_t slots = LEAST_SLOTS;
  while (slots <= least)
    slots <<= 1;
  struct object **keys = slots < SIZE_MAX / 64 ? gc_buffer_new(bytes_for(slots)) : NULL;
  if (UNLIKELY(!keys))
    return false;
  memset(keys, 0, slots * sizeof *keys);
  for (size_t i = 0; i < s->slots; i++)
    if (is_key(s->keys[i]))
      insert_clean(keys, slots, s->keys[i], hashes_of(s)[i]);
    else if (s->keys[i])
      drop(s->keys[i]);
  struct object **before = s->keys;
  size_t slots_before = s->slots;
  s->keys = keys;
  s->slots = slots;
  s->fill = s->used;
  free_keys(before, slots_before);
  return true;
}

/* 1 and the slot of the key, or 0 and the slot where it belongs: the last deleted one on its path
 * (as in CPython), or else the free one at its end; -1 when a comparison failed. */
static int find(struct set *s, struct object *key, int64_t hash, size_t *slot) {
restart:;
  struct object **keys = s->keys;
  const int64_t *hashes = hashes_of(s);
  size_t reusable = SIZE_MAX;
  for (struct probe p = probe_start(s->slots - 1, hash);; probe_next(&p)) {
    struct object *each = keys[p.at];
    *slot = p.at;
    if (!each) {
      if (reusable != SIZE_MAX)
        *slot = reusable;
      return 0;
    }
    if (hashes[p.at] != hash) {
      if (each == &deleted)
        reusable = p.at;
      continue;
    }
    if (each == key)
      return 1;
    if (int_both_compact(each, key)) {
      if (((struct int_object *)each)->word == ((struct int_object *)key)->word)
        return 1;
    } else if (is_str(each) && is_str(key)) {
      if (str_same_text(each, key))
        return 1;
    } else {
      size_t slots = s->slots;
      hold(each);
      int equal = object_equal(each, key);
      bool changed = s->keys != keys || s->slots != slots || keys[p.at] != each;
      drop(each);
      if (equal < 0)
        return -1;
      if (changed)
        goto restart;
      if (equal)
        return 1;
    }
  }
}

ALWAYS_INLINE int64_t hash_of(struct object *key) {
  return is_str(key) ? str_hash(key) : int_or_object_hash(key);
}

int set_contains(struct object *set, struct object *key) {
  size_t slot;
  int64_t hash = hash_of(key);
  return hash == -1 ? -1 : find((struct set *)set, key, hash, &slot);
}

int set_contains_hashed(struct object *set, struct object *key, int64_t hash) {
  size_t slot;
  return find((struct set *)set, key, hash, &slot);
}

int set_add(struct object *set, struct object *key) {
  int64_t hash = hash_of(key);
  return hash == -1 ? -1 : set_add_hashed(set, key, hash);
}
int set_add_hashed(struct object *set, struct object *key, int64_t hash) {
  struct set *s = (struct set *)set;
  size_t slot;
  int found = find(s, key, hash, &slot);
  if (found)
    return found < 0 ? -1 : 0;
  bool reuses = s->keys[slot] == &deleted;
  if (UNLIKELY(s->keys == no_keys) || UNLIKELY(!reuses && s->fill + 2 > s->slots)) {
    if (!resize(s, s->used * 2))
      return error_no_memory(), -1;
    insert_clean(s->keys, s->slots, hold(key), hash);
    reuses = false;
  } else {
    store(set, &s->keys[slot], hold(key));
    hashes_of(s)[slot] = hash;
  }
  s->used++;
  if (reuses)
    return 1;
  s->fill++;
  /* Without memory the table gets fuller than it should be; the next key tries again. */
  if (s->fill * 5 >= (s->slots - 1) * 3)
    resize(s, s->used > 50000 ? s->used * 2 : s->used * 4);
  return 1;
}

int set_discard(struct object *set, struct object *key) {
  int64_t hash = hash_of(key);
  return hash == -1 ? -1 : set_discard_hashed(set, key, hash);
}
int set_discard_hashed(struct object *set, struct object *key, int64_t hash) {
  struct set *s = (struct set *)set;
  size_t slot;
  int found = find(s, key, hash, &slot);
  if (found <= 0)
    return found;
  hashes_of(s)[slot] = -1; /* no key's hash */
  s->used--;
  store(set, &s->keys[slot], hold(&deleted));
  return 1;
}

struct object *set_pop(struct object *set) {
  struct set *s = (struct set *)set;
  if (!s->used)
    return NULL;
  size_t at = s->finger & (s->slots - 1);
  while (!is_key(s->keys[at]))
    at = (at + 1) & (s->slots - 1);
  struct object *key = s->keys[at];
  hashes_of(s)[at] = -1;
  s->used--;
  store_first(set, &s->keys[at], hold(&deleted));
  s->finger = at + 1;
  return key;
}

int set_reserve(struct object *set, size_t more) {
  struct set *s = (struct set *)set;
  bool fits = (s->fill + more) * 5 < (s->slots - 1) * 3;
  if ((fits && s->keys != no_keys) || resize(s, fits ? 0 : (s->used + more) * 2))
    return 0;
  error_no_memory();
  return -1;
}

bool set_has_table(const struct object *set) { return ((const struct set *)set)->keys != no_keys; }

void set_fill(struct object *set, struct object *other) {
  struct set *s = (struct set *)set, *from = (struct set *)other;
  CHECK(s->fill == 0 && s->keys != no_keys && s->slots > from->used);
  bool alike = s->slots == from->slots && from->fill == from->used;
  for (size_t i = 0; i < from->slots; i++) {
    if (!is_key(from->keys[i]))
      continue;
    if (alike) { /* each in the same place */
      s->keys[i] = hold(from->keys[i]);
      hashes_of(s)[i] = hashes_of(from)[i];
    } else
      insert_clean(s->keys, s->slots, hold(from->keys[i]), hashes_of(from)[i]);
  }
  s->fill = s->used = from->used;
}

void set_shrink(struct object *set) {
  struct set *s = (struct set *)set;
  if (s->fill - s->used > (s->slots - 1) / 4) /* it may as well stay as it is */
    resize(s, s->used > 50000 ? s->used * 2 : s->used * 4);
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
}

bool set_next_hashed(struct object *set, size_t *position, struct object **key, int64_t *hash) {
  if (!set_next(set, position, key))
    return false;
  *hash = hashes_of((struct set *)set)[*position - 1];
  return true;
}

bool set_next(struct object *set, size_t *position, struct object **key) {
  struct set *s = (struct set *)set;
  for (size_t at = *position; at < s->slots; at++)
    if (is_key(s->keys[at])) {
      *position = at + 1;
      *key = s->keys[at];
      return true;
    }
  return false;
}

void set_clear(struct object *set) {
  struct set *s = (struct set *)set;
  struct object **keys = s->keys;
  size_t slots = s->slots;
  forget_keys(s);
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
  for (size_t i = 0; i < s->slots; i++)
    drop_null(s->keys[i]);
  set_release(o);
  gc_delete(o, is_set(o) ? sizeof *s : sizeof(struct frozenset));
}

static int set_equal(struct object *a, struct object *b) {
  struct set *s = (struct set *)a;
  if (!is_any_set(b) || set_length(a) != set_length(b))
    return 0;
  for (size_t i = 0; i < s->slots; i++) {
    if (!is_key(s->keys[i]))
      continue;
    struct object *key = hold(s->keys[i]);
    size_t slot;
    int found = find((struct set *)b, key, hashes_of(s)[i], &slot);
    drop(key);
    if (found <= 0)
      return found;
  }
  return 1;
}

/* CPython's: the hashes of the keys, shuffled and combined without regard to their order. */
static int64_t frozenset_hash(struct object *o) {
  struct frozenset *f = (struct frozenset *)o;
  if (f->hash != -1)
    return f->hash;
  uint64_t hash = 0;
  for (size_t i = 0; i < f->set.slots; i++)
    if (is_key(f->set.keys[i])) {
      uint64_t each = (uint64_t)hashes_of(&f->set)[i];
      hash ^= (each ^ 89869747u ^ each << 16) * 3644798167u;
    }
  hash ^= (f->set.used + 1) * 1927868237u;
  hash ^= hash >> 11 ^ hash >> 25;
  hash = hash * 69069u + 907133923u;
  return f->hash = hash == UINT64_MAX ? 590923713 : (int64_t)hash;
}

static bool set_check(const struct object *o, char *error, size_t error_bytes) {
  const struct set *s = (const struct set *)o;
  size_t used = 0, fill = 0;
  if (!is_power_of_two(s->slots) || s->fill >= s->slots)
    return check_failed(error, error_bytes, "set %p: %zu of %zu slots filled", (const void *)o,
                        s->fill, s->slots);
  for (size_t i = 0; i < s->slots; i++) {
    fill += s->keys[i] != NULL;
    used += is_key(s->keys[i]);
    if (!is_key(s->keys[i]))
      continue;
    if (is_str(s->keys[i]) && str_hash(s->keys[i]) != hashes_of(s)[i])
      return check_failed(error, error_bytes, "set %p: key %zu has a wrong hash", (const void *)o,
                          i);
    struct probe p = probe_start(s->slots - 1, hashes_of(s)[i]);
    while (s->keys[p.at] && p.at != i)
      probe_next(&p);
    if (p.at != i)
      return check_failed(error, error_bytes, "set %p: key %zu can't be found", (const void *)o, i);
  }
  if (used != s->used || fill != s->fill)
    return check_failed(error, error_bytes, "set %p: %zu used, %zu filled; counted %zu and %zu",
                        (const void *)o, s->used, s->fill, used, fill);
  return true;
}
