/* Deques: a ring of slots, a power of two of them (or none). The i-th item is in the slot (first +
 * i) modulo capacity; slots without an item are NULL, so that a collector may look at all.
 *
 * `state` changes with every change of length or place: iterators compare it. */
#pragma once
#include "runtime/object/type.h"

struct deque {
  struct object head;
  struct object **slots; /* item buffer */
  size_t capacity, first, n;
  int64_t most; /* maxlen; -1: none */
  uint64_t state;
  struct object *weakrefs; /* not owned */
};

extern struct type deque_type;
static inline bool is_any_deque(const struct object *o) {
  return object_is_instance(o, &deque_type);
}
static inline struct deque *deque_of(struct object *o) { return (struct deque *)o; }
static inline struct object **deque_slot(const struct deque *d, size_t i) {
  return &d->slots[(d->first + i) & (d->capacity - 1)];
}

/* Drops from the other end what maxlen forbids. */
int deque_append(struct object *o, struct object *value);
int deque_append_left(struct object *o, struct object *value);
struct object *deque_pop(struct object *o); /* must not be empty */
struct object *deque_pop_left(struct object *o);
void deque_clear(struct object *o);
void deque_rotate(struct object *o, int64_t steps);
int deque_insert(struct object *o, size_t i, struct object *value); /* room below maxlen is there */
struct object *deque_remove_at(struct object *o, size_t i);         /* what was there */
int deque_extend(struct object *o, struct object *iterable);
int deque_extend_left(struct object *o, struct object *iterable);
void deque_release(struct object *o);
bool deque_check(const struct object *o, char *error, size_t error_bytes);

/* deque_methods.c */
extern const struct method_def deque_methods[];
struct object *deque_concat(struct object *a, struct object *b);
struct object *deque_inplace_concat(struct object *a, struct object *b);
struct object *deque_repeat(struct object *o, int64_t times);
struct object *deque_inplace_repeat(struct object *o, int64_t times);
struct object *deque_compare(struct object *a, struct object *b, enum compare_op op);
struct object *deque_repr(struct object *o);
int deque_contains(struct object *o, struct object *value);
struct object *deque_iterate(struct object *o);
