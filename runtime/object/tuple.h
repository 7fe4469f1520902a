/* Tuples: n references inside the object. The empty tuple exists once. */
#pragma once
#include "runtime/object/type.h"

extern struct type tuple_type;

struct tuple {
  struct object head;
  size_t n;
  struct object *items[];
};

struct object *tuple_new(size_t n); /* n NULLs; fill by tuple_init_taking before others see it */
struct object *tuple_pack(size_t n, ...); /* holds each of the n objects */
/* Takes each of them, on failure too; fails if one is NULL. */
struct object *tuple_pack_taking(size_t n, ...);
struct object *tuple_pair_taking(struct object *first, struct object *second);
struct object *tuple_from(struct object *const *items, size_t n); /* holds each of them */
/* An instance of t, which is tuple or derives from it, with the items of an exact tuple. */
struct object *tuple_new_of_type(struct type *t, struct object *items);
struct object *tuple_slice(struct object *tuple, size_t start, size_t stop);

/* Whether a < b, or another comparison, of two tuples; -1: an error. */
int tuple_compare_true(struct object *a, struct object *b, enum compare_op op);

static inline bool is_tuple(const struct object *o) { return type_of(o) == &tuple_type; }
static inline void tuple_init_taking(struct object *tuple, size_t i, struct object *value) {
  CHECK(i < ((struct tuple *)tuple)->n && !((struct tuple *)tuple)->items[i]);
  store_first(tuple, &((struct tuple *)tuple)->items[i], value);
}
static inline size_t tuple_length(const struct object *tuple) {
  return ((const struct tuple *)tuple)->n;
}
static inline struct object *tuple_get_borrowed(const struct object *tuple, size_t i) {
  CHECK(i < ((const struct tuple *)tuple)->n);
  return ((const struct tuple *)tuple)->items[i];
}

/* rc family: whether o could ever be part of a cycle: a container, but no untracked tuple. */
static inline bool tuple_may_track(const struct object *o) {
  return (type_of(o)->shape.flags & GC_CONTAINER) && (!is_tuple(o) || gc_is_tracked(o));
}
bool tuple_may_untrack(const struct object *o); /* complete, and nothing in it may be tracked */

/* The hash of a tuple from those of its items, none of which is -1: begins with TUPLE_HASH_BEGIN,
 * mixes them in, in order, and ends. CPython's since 3.8: xxHash64 (Yann Collet). */
#define TUPLE_HASH_BEGIN UINT64_C(2870177450012600261)
static inline uint64_t tuple_hash_mix(uint64_t sum, int64_t item) {
  sum += (uint64_t)item * UINT64_C(14029467366897019727);
  return (sum << 31 | sum >> 33) * UINT64_C(11400714785074694791);
}
static inline int64_t tuple_hash_end(uint64_t sum, size_t n) {
  sum += n ^ (TUPLE_HASH_BEGIN ^ 3527539u);
  return sum == UINT64_MAX ? 1546275796 : (int64_t)sum;
}

void tuple_open(void);
void tuple_release_caches(void);
