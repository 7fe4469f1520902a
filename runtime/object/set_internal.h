/* What the files set*.c share: the table (set.c), operations on whole sets (set_operations.c), what
 * Python sees (set_methods.c). Where a hash is given, it is the key's. */
#pragma once
#include "runtime/object/set.h"

/* Where a key was. Held and dropped like a key; its hash is -1, which no key's is. */
extern struct object set_deleted;
ALWAYS_INLINE bool set_is_key(const struct object *o) { return o && o != &set_deleted; }
ALWAYS_INLINE int64_t *set_hashes(const struct set *s) { return (int64_t *)(s->keys + s->slots); }

/* A walk over the keys, which are borrowed. It goes by position: when the set is changed on the
 * way, it goes on in what the set then has. */
struct set_walk {
  size_t next;
};
ALWAYS_INLINE void set_walk_open(struct set_walk *w) { w->next = 0; }
/* The first slot with a key from `at` on; `slots`: none. Free ones are passed over by fours, for
 * half of a table is free, and of one that has just grown nearly all is. */
ALWAYS_INLINE size_t set_used_slot(struct object *const *keys, size_t at, size_t slots) {
  if (at < slots && LIKELY(set_is_key(keys[at])))
    return at;
  for (;;) {
    do
      if (at >= slots || set_is_key(keys[at]))
        return at;
    while (++at & 3);
    while (at < slots && !((uintptr_t)keys[at] | (uintptr_t)keys[at + 1] | (uintptr_t)keys[at + 2] |
                           (uintptr_t)keys[at + 3]))
      at += 4;
  }
}
ALWAYS_INLINE bool set_walk(struct set_walk *w, const struct object *set, struct object **key,
                            int64_t *hash) {
  const struct set *s = (const struct set *)set;
  size_t at = set_used_slot(s->keys, w->next, s->slots);
  if (at >= s->slots)
    return false;
  w->next = at + 1;
  *key = s->keys[at];
  *hash = set_hashes(s)[at];
  return true;
}

/* set.c. A key that is given may be one that only another set holds: where a comparison runs
 * foreign code, it is held for as long. */
int set_contains_hashed(struct object *set, struct object *key, int64_t hash);
int set_add_hashed(struct object *set, struct object *key, int64_t hash);
int set_discard_hashed(struct object *set, struct object *key, int64_t hash);
/* Room for `more` keys beyond those that are there, as CPython makes it before it adds many. */
int set_reserve(struct object *set, size_t more);
bool set_has_table(const struct object *set); /* false: empty, and without a buffer */
/* All keys of `from` into an empty set with enough room. */
void set_fill(struct object *set, struct object *from);
void set_shrink(struct object *set); /* makes the table anew where a quarter are deleted marks */
void set_swap(struct object *a, struct object *b); /* exchanges the keys */
/* An empty instance of t: set, frozenset, or derived from one of them. */
struct object *set_new_of_type(struct type *t);

/* set_methods.c */
extern const struct method_def set_methods[], frozenset_methods[];
struct object *set_construct(struct object *type, struct object *const *args, size_t n,
                             struct object *kwnames);
struct object *set_new_slot(struct type *t, struct object *const *args, size_t n,
                            struct object *kwnames);
int set_init_slot(struct object *o, struct object *const *args, size_t n, struct object *kwnames);
struct object *frozenset_new_slot(struct type *t, struct object *const *args, size_t n,
                                  struct object *kwnames);
struct object *set_repr_slot(struct object *o);
struct object *set_compare_slot(struct object *a, struct object *b, enum compare_op op);
struct object *set_iterate(struct object *set);
int64_t set_length_slot(struct object *o);
int set_contains_slot(struct object *o, struct object *key);
binary_fn set_or_slot, set_and_slot, set_subtract_slot, set_xor_slot, set_inplace_or_slot,
    set_inplace_and_slot, set_inplace_subtract_slot, set_inplace_xor_slot;
