/* Operations on whole sets. The order in which keys are added is CPython's, and with it the order
 * in which results iterate. A loop over a set that runs foreign code (comparisons) goes by position
 * and holds the key, for the set may change under it. */
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/set_internal.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"

static struct type *basic_type(const struct object *o) {
  return object_has(o, TYPE_IS_FROZENSET) ? &frozenset_type : &set_type;
}
static struct object *unless(int status, struct object *result) {
  if (status >= 0)
    return result;
  drop_null(result);
  return NULL;
}

/* Calls change(set, key, hash) for each key of another set, until -1. */
ALWAYS_INLINE int for_each(struct object *other, struct object *set,
                           int (*change)(struct object *, struct object *, int64_t)) {
  struct set_walk walk;
  struct object *key;
  int64_t hash;
  int status = 0;
  for (set_walk_open(&walk); status >= 0 && set_walk(&walk, other, &key, &hash);)
    status = change(set, key, hash);
  return status < 0 ? -1 : 0;
}
/* The same for each key of a dict. */
ALWAYS_INLINE int for_each_key(struct object *dict, struct object *set,
                               int (*change)(struct object *, struct object *, int64_t)) {
  size_t position = 0;
  struct object *key, *value;
  int64_t hash;
  int status = 0;
  while (status >= 0 && dict_next_hashed(dict, &position, &key, &value, &hash)) {
    hold(key);
    status = change(set, key, hash);
    drop(key);
  }
  return status < 0 ? -1 : 0;
}
ALWAYS_INLINE int64_t hash_of(struct object *key) {
  return is_str(key) ? str_hash(key) : int_or_object_hash(key);
}
/* The same for each item of a tuple or list, which may change on the way. */
ALWAYS_INLINE int for_each_at(struct object *sequence, struct object *set,
                              int (*change)(struct object *, struct object *, int64_t)) {
  int status = 0;
  bool tuple = is_tuple(sequence);
  for (size_t i = 0; status >= 0 && i < (tuple ? tuple_length(sequence) : list_length(sequence));
       i++) {
    struct object *key =
        hold(tuple ? tuple_get_borrowed(sequence, i) : list_get_borrowed(sequence, i));
    int64_t hash = hash_of(key);
    status = hash == -1 ? -1 : change(set, key, hash);
    drop(key);
  }
  return status < 0 ? -1 : 0;
}
/* The same for each item of any iterable. */
ALWAYS_INLINE int for_each_item(struct object *iterable, struct object *set,
                                int (*change)(struct object *, struct object *, int64_t)) {
  if (is_tuple(iterable) || is_list(iterable))
    return for_each_at(iterable, set, change);
  struct object *iterator = iterate(iterable), *key;
  if (!iterator)
    return -1;
  unary_fn *next = type_of(iterator)->next;
  int status = 0;
  while (status >= 0 && (key = next(iterator))) {
    int64_t hash = hash_of(key);
    status = hash == -1 ? -1 : change(set, key, hash);
    drop(key);
  }
  drop(iterator);
  if (status < 0 || iterate_failed())
    return -1;
  return 0;
}
ALWAYS_INLINE int for_each_of(struct object *other, struct object *set,
                              int (*change)(struct object *, struct object *, int64_t)) {
  return is_any_set(other) ? for_each(other, set, change) : for_each_item(other, set, change);
}

/* ---- Changing ---- */

static int merge(struct object *set, struct object *other) {
  const struct set *s = (const struct set *)set, *from = (const struct set *)other;
  if (set == other || from->used == 0)
    return 0;
  if (set_reserve(set, from->used) < 0)
    return -1;
  if (s->fill == 0 && s->slots > from->used) { /* else a finaliser has added to it */
    set_fill(set, other);
    return 0;
  }
  return for_each(other, set, set_add_hashed);
}
int set_update(struct object *set, struct object *other) {
  if (is_any_set(other))
    return merge(set, other);
  if (!is_dict(other))
    return for_each_item(other, set, set_add_hashed);
  return set_reserve(set, dict_length(other)) < 0 ? -1 : for_each_key(other, set, set_add_hashed);
}

int set_difference_update(struct object *set, struct object *other) {
  if (set == other) {
    set_clear(set);
    return 0;
  }
  struct object *smaller = NULL;
  if (is_any_set(other) && set_length(other) >> 3 > set_length(set)) {
    /* Of a much larger set only what both have matters. */
    if (!(smaller = set_intersection(set, other)))
      return -1;
    other = smaller;
  }
  int status = for_each_of(other, set, set_discard_hashed);
  drop_null(smaller);
  if (status == 0)
    set_shrink(set);
  return status;
}

static int toggle(struct object *set, struct object *key, int64_t hash) {
  hold(key);
  int status = set_discard_hashed(set, key, hash);
  if (status == 0)
    status = set_add_hashed(set, key, hash);
  drop(key);
  return status;
}
int set_symmetric_difference_update(struct object *set, struct object *other) {
  if (set == other) {
    set_clear(set);
    return 0;
  }
  if (is_any_set(other))
    return for_each(other, set, toggle);
  if (is_dict(other))
    return for_each_key(other, set, toggle);
  struct object *once = set_new(); /* what occurs twice counts once */
  int status = once ? set_update(once, other) : -1;
  if (status == 0)
    status = for_each(once, set, toggle);
  drop_null(once);
  return status;
}

/* ---- Making ---- */

static struct object *new_from(struct type *t, struct object *iterable) {
  struct object *o = set_new_of_type(t);
  return o ? unless(set_update(o, iterable), o) : NULL;
}
struct object *set_from_iterable(struct object *iterable) {
  return new_from(&set_type, iterable);
}
struct object *frozenset_from_iterable(struct object *iterable) {
  return is_frozenset(iterable) ? hold(iterable) : new_from(&frozenset_type, iterable);
}
struct object *set_copy(struct object *set) {
  return new_from(basic_type(set), set);
}

struct object *set_intersection(struct object *set, struct object *other) {
  if (set == other)
    return set_copy(set);
  struct object *result = set_new_of_type(basic_type(set)), *key;
  if (!result)
    return NULL;
  int status = 0;
  if (is_any_set(other)) {
    if (set_length(other) > set_length(set)) {
      struct object *larger = other;
      other = set;
      set = larger;
    }
    struct set_walk walk;
    int64_t hash;
    for (set_walk_open(&walk); status >= 0 && set_walk(&walk, other, &key, &hash);) {
      hold(key);
      status = set_contains_hashed(set, key, hash);
      if (status > 0)
        status = set_add_hashed(result, key, hash);
      drop(key);
    }
    return unless(status, result);
  }
  struct object *iterator = iterate(other);
  if (!iterator)
    return unless(-1, result);
  while (status >= 0 && (key = iterate_next(iterator))) {
    int64_t hash = hash_of(key);
    status = hash == -1 ? -1 : set_contains_hashed(set, key, hash);
    if (status > 0)
      status = set_add_hashed(result, key, hash);
    drop(key);
    if (status > 0 && set_length(result) >= set_length(set)) /* it has them all */
      break;
  }
  drop(iterator);
  return unless(status >= 0 && error_pending() != ERROR_NONE ? -1 : status, result);
}

struct object *set_difference(struct object *set, struct object *other) {
  bool is_set_too = is_any_set(other);
  size_t other_n = is_set_too ? set_length(other) : is_dict(other) ? dict_length(other) : 0;
  if ((!is_set_too && !is_dict(other)) || set_length(set) >> 2 > other_n) {
    struct object *result = set_copy(set);
    return result ? unless(set_difference_update(result, other), result) : NULL;
  }
  struct object *result = set_new_of_type(basic_type(set)), *key, *value;
  struct set_walk walk;
  int64_t hash;
  int status = result ? 0 : -1;
  for (set_walk_open(&walk); status >= 0 && set_walk(&walk, set, &key, &hash);) {
    hold(key);
    status = is_set_too ? set_contains_hashed(other, key, hash)
                        : dict_find_hashed(other, key, hash, &value);
    if (status == 0)
      status = set_add_hashed(result, key, hash);
    drop(key);
  }
  return unless(status, result);
}

/* ---- Asking ---- */

int set_is_disjoint(struct object *set, struct object *other) {
  if (set == other)
    return set_length(set) == 0;
  int inside = 0;
  struct object *key;
  if (is_set(other) || is_frozenset(other)) {
    if (set_length(other) > set_length(set)) {
      struct object *larger = other;
      other = set;
      set = larger;
    }
    struct set_walk walk;
    int64_t hash;
    for (set_walk_open(&walk); !inside && set_walk(&walk, other, &key, &hash);)
      inside = set_contains_hashed(set, key, hash);
    return inside < 0 ? -1 : !inside;
  }
  struct object *iterator = iterate(other);
  if (!iterator)
    return -1;
  while (!inside && (key = iterate_next(iterator))) {
    inside = set_contains(set, key);
    drop(key);
  }
  drop(iterator);
  return inside < 0 || error_pending() != ERROR_NONE ? -1 : !inside;
}

int set_is_subset(struct object *set, struct object *other) {
  if (!is_any_set(other)) {
    struct object *made = set_from_iterable(other);
    int result = made ? set_is_subset(set, made) : -1;
    drop_null(made);
    return result;
  }
  if (set_length(set) > set_length(other))
    return 0;
  struct set_walk walk;
  struct object *key;
  int64_t hash;
  int inside = 1;
  for (set_walk_open(&walk); inside > 0 && set_walk(&walk, set, &key, &hash);)
    inside = set_contains_hashed(other, key, hash);
  return inside;
}
