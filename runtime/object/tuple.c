/* Tuples: n references inside the object. */
#include "runtime/object/freelist.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/tuple_internal.h"
#include <stdarg.h>
#include <stddef.h>

enum { FREE_SIZES = 20, FREE_MAX = 2000 }; /* lengths that have a free list, and of what length */

static struct freelist free_of[FREE_SIZES + 1]; /* by length; 0 is unused */

static void tuple_destroy(struct object *o);
static void tuple_clear(struct object *o);
static int tuple_equal(struct object *a, struct object *b);
static int64_t tuple_hash(struct object *o);
static bool tuple_check(const struct object *o, char *error, size_t error_bytes);

struct type tuple_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_INLINE,
              .flags = GC_CONTAINER | GC_PLAIN | GC_UNTRACKS,
              .refs_offset = offsetof(struct tuple, items),
              .n_offset = offsetof(struct tuple, n),
              .basic_bytes = sizeof(struct tuple),
              .item_bytes = sizeof(struct object *)},
    .name = "tuple",
    .flags = TYPE_BASE | TYPE_IS_TUPLE | TYPE_SEQUENCE | TYPE_MATCH_SELF,
    .destroy = tuple_destroy,
    .clear = tuple_clear,
    .equal = tuple_equal,
    .hash = tuple_hash,
    .check = tuple_check,
    .base = &object_type,
    .construct = tuple_construct,
    .new_ = tuple_new_slot,
    .repr = tuple_repr_slot,
    .compare = tuple_compare_slot,
    .iter = tuple_iterate,
    .sequence = {.length = tuple_length_slot,
                 .concat = tuple_concat_slot,
                 .repeat = tuple_repeat_slot,
                 .item = tuple_item_slot,
                 .contains = tuple_contains_slot},
    .mapping = {.length = tuple_length_slot, .get = tuple_get_slot},
    .methods = tuple_methods,
    .doc = "tuple(iterable=(), /)\n--\n\nA row of items that never changes.\n\nOf a tuple it is "
           "that tuple itself.",
};

static struct tuple empty = {.head = OBJECT_STATIC(tuple_type)};

static size_t bytes_for(size_t n) { return sizeof(struct tuple) + n * sizeof(struct object *); }

void tuple_open(void) {
  gc_immortalize(&empty.head);
  for (size_t n = 1; n <= FREE_SIZES; n++)
    freelist_open(&free_of[n], FREE_MAX);
}

void tuple_release_caches(void) {
  for (size_t n = 1; n <= FREE_SIZES; n++)
    freelist_release(&free_of[n], bytes_for(n));
}

/* Untracked, items undefined. n > 0. */
ALWAYS_INLINE struct tuple *new (size_t n) {
  struct tuple *t = n <= FREE_SIZES ? (struct tuple *)freelist_pop(&free_of[n]) : NULL;
  if (!t) {
    if (LIKELY(n <= (SIZE_MAX - sizeof *t) / sizeof(struct object *) / 2))
      t = (struct tuple *)gc_new_container(&tuple_type, bytes_for(n));
    if (UNLIKELY(!t))
      return error_no_memory();
  }
  t->n = n;
  return t;
}

struct tuple *tuple_new_unfilled(size_t n) {
  return new (n);
}

struct object *tuple_new(size_t n) {
  if (n == 0)
    return hold(&empty.head);
  struct tuple *t = new (n);
  if (UNLIKELY(!t))
    return NULL;
  for (size_t i = 0; i < n; i++)
    t->items[i] = NULL;
  gc_track(&t->head);
  return &t->head;
}

struct object *tuple_from(struct object *const *items, size_t n) {
  if (n == 0)
    return hold(&empty.head);
  struct tuple *t = new (n);
  if (UNLIKELY(!t))
    return NULL;
  for (size_t i = 0; i < n; i++)
    store_first(&t->head, &t->items[i], hold(items[i]));
  gc_track(&t->head);
  return &t->head;
}

struct object *tuple_pair_taking(struct object *first, struct object *second) {
  struct tuple *t = new (2);
  if (UNLIKELY(!t)) {
    drop(first);
    drop(second);
    return NULL;
  }
  store_first(&t->head, &t->items[0], first);
  store_first(&t->head, &t->items[1], second);
  gc_track(&t->head);
  return &t->head;
}

struct object *tuple_pack(size_t n, ...) {
  struct object *o = tuple_new(n);
  if (!o)
    return NULL;
  va_list items;
  va_start(items, n);
  for (size_t i = 0; i < n; i++)
    tuple_init_taking(o, i, hold(va_arg(items, struct object *)));
  va_end(items);
  return o;
}

struct object *tuple_pack_taking(size_t n, ...) {
  va_list values;
  bool complete = true;
  va_start(values, n);
  for (size_t i = 0; i < n; i++)
    complete &= va_arg(values, struct object *) != NULL;
  va_end(values);
  struct object *tuple = complete ? tuple_new(n) : NULL;
  va_start(values, n);
  for (size_t i = 0; i < n; i++) {
    struct object *value = va_arg(values, struct object *);
    if (tuple)
      tuple_init_taking(tuple, i, value);
    else
      drop_null(value);
  }
  va_end(values);
  return tuple;
}

/* Items never change, not even for those who look at the tuple while it is garbage: a cycle through
 * it is cut at the object that was made a part of it later. */
static void tuple_clear(struct object *o) { (void)o; }

static void tuple_destroy(struct object *o) {
  struct tuple *t = (struct tuple *)o;
  size_t n = t->n;
  gc_untrack(o);
  for (size_t i = n; i-- > 0;)
    drop_null(t->items[i]);
  if (n > FREE_SIZES || !freelist_push(&free_of[n], o))
    gc_delete(o, bytes_for(n));
}

bool tuple_may_untrack(const struct object *o) {
  const struct tuple *t = (const struct tuple *)o;
  for (size_t i = 0; i < t->n; i++)
    if (!t->items[i] || tuple_may_track(t->items[i]))
      return false;
  return true;
}

static int tuple_equal(struct object *a, struct object *b) {
  if (!is_any_tuple(b) || tuple_length(a) != tuple_length(b))
    return 0;
  for (size_t i = 0; i < tuple_length(a); i++) {
    int equal = object_equal(tuple_get_borrowed(a, i), tuple_get_borrowed(b, i));
    if (equal <= 0)
      return equal;
  }
  return 1;
}

static int64_t tuple_hash(struct object *o) {
  const struct tuple *t = (const struct tuple *)o;
  uint64_t sum = TUPLE_HASH_BEGIN;
  for (size_t i = 0; i < t->n; i++) {
    int64_t item = object_hash(t->items[i]);
    if (item == -1)
      return -1;
    sum = tuple_hash_mix(sum, item);
  }
  return tuple_hash_end(sum, t->n);
}

static bool tuple_check(const struct object *o, char *error, size_t error_bytes) {
  const struct tuple *t = (const struct tuple *)o;
  if (t->n == 0 && is_tuple(o) && t != &empty)
    return check_failed(error, error_bytes, "there is a second empty tuple: %p", (const void *)o);
  if (object_is_tracking() && t->n && !gc_is_tracked(o) && !tuple_may_untrack(o))
    return check_failed(error, error_bytes, "tuple %p holds containers and is untracked",
                        (const void *)o);
  return true;
}
