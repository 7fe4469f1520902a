/* collections.deque: the ring, its ends, and the type. */
#include "runtime/modules/collections/deque.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include <stddef.h>
#include <string.h>

enum { LEAST_CAPACITY = 8 };

/* ---- The ring ---- */

/* Moves the items to the start of a ring of at least so many slots. What the allocation makes run
 * may add and take items here: then there is more to hold, or enough room already. */
static int resize(struct deque *d, size_t capacity) {
  struct object **slots;
  for (;;) {
    slots =
        capacity <= SIZE_MAX / 4 / sizeof *slots ? gc_buffer_new(capacity * sizeof *slots) : NULL;
    if (UNLIKELY(!slots))
      return error_no_memory(), -1;
    if (LIKELY(d->n < capacity))
      break;
    gc_buffer_free(slots, capacity * sizeof *slots);
    capacity *= 2;
  }
  for (size_t i = 0; i < d->n; i++)
    slots[i] = *deque_slot(d, i);
  memset(slots + d->n, 0, (capacity - d->n) * sizeof *slots);
  struct object **before = d->slots;
  size_t capacity_before = d->capacity;
  d->slots = slots;
  d->capacity = capacity;
  d->first = 0;
  gc_buffer_free(before, capacity_before * sizeof *slots);
  return 0;
}
static int make_room(struct deque *d) {
  if (LIKELY(d->n < d->capacity))
    return 0;
  return resize(d, d->capacity ? 2 * d->capacity : LEAST_CAPACITY);
}
static void give_room_back(struct deque *d) {
  if (d->n < d->capacity / 8 && d->capacity > LEAST_CAPACITY && resize(d, d->capacity / 2) < 0)
    error_clear(); /* then it stays as large as it is */
}

int deque_append(struct object *o, struct object *value) {
  struct deque *d = deque_of(o);
  if (UNLIKELY(d->most == 0))
    return 0;
  if (UNLIKELY(make_room(d) < 0))
    return -1;
  store_first(o, deque_slot(d, d->n), hold(value));
  d->n++;
  d->state++;
  if (d->most >= 0 && d->n > (size_t)d->most)
    drop(deque_pop_left(o));
  return 0;
}
int deque_append_left(struct object *o, struct object *value) {
  struct deque *d = deque_of(o);
  if (UNLIKELY(d->most == 0))
    return 0;
  if (UNLIKELY(make_room(d) < 0))
    return -1;
  d->first = (d->first - 1) & (d->capacity - 1);
  store_first(o, deque_slot(d, 0), hold(value));
  d->n++;
  d->state++;
  if (d->most >= 0 && d->n > (size_t)d->most)
    drop(deque_pop(o));
  return 0;
}
struct object *deque_pop(struct object *o) {
  struct deque *d = deque_of(o);
  struct object **slot = deque_slot(d, d->n - 1), *value = *slot;
  *slot = NULL;
  d->n--;
  d->state++;
  give_room_back(d);
  return value;
}
struct object *deque_pop_left(struct object *o) {
  struct deque *d = deque_of(o);
  struct object **slot = deque_slot(d, 0), *value = *slot;
  *slot = NULL;
  d->first = (d->first + 1) & (d->capacity - 1);
  d->n--;
  d->state++;
  give_room_back(d);
  return value;
}

void deque_clear(struct object *o) {
  struct deque *d = deque_of(o);
  struct object **slots = d->slots;
  size_t capacity = d->capacity, first = d->first, n = d->n;
  d->slots = NULL;
  d->capacity = d->first = d->n = 0;
  d->state++;
  for (size_t i = 0; GC_RC && i < n; i++)
    drop(slots[(first + i) & (capacity - 1)]);
  gc_buffer_free(slots, capacity * sizeof *slots);
}

/* Item by item over the end that is nearer; a full ring turns by itself. */
void deque_rotate(struct object *o, int64_t steps) {
  struct deque *d = deque_of(o);
  if (d->n < 2)
    return;
  int64_t n = (int64_t)d->n;
  steps %= n;
  if (steps > n / 2)
    steps -= n;
  else if (steps < -(n / 2))
    steps += n;
  if (steps)
    d->state++;
  if (d->n == d->capacity) {
    d->first = (d->first - (size_t)steps) & (d->capacity - 1);
    return;
  }
  for (; steps > 0; steps--) {
    struct object **from = deque_slot(d, d->n - 1), *value = *from;
    *from = NULL;
    d->first = (d->first - 1) & (d->capacity - 1);
    store_first(o, deque_slot(d, 0), value);
  }
  for (; steps < 0; steps++) {
    struct object **from = deque_slot(d, 0), *value = *from;
    *from = NULL;
    d->first = (d->first + 1) & (d->capacity - 1);
    store_first(o, deque_slot(d, d->n - 1), value);
  }
}

int deque_insert(struct object *o, size_t i, struct object *value) {
  struct deque *d = deque_of(o);
  if (make_room(d) < 0)
    return -1;
  if (i > d->n)
    i = d->n; /* finalisers have taken items out meanwhile */
  if (i < d->n / 2) {
    d->first = (d->first - 1) & (d->capacity - 1);
    for (size_t k = 0; k < i; k++)
      *deque_slot(d, k) = *deque_slot(d, k + 1);
  } else
    for (size_t k = d->n; k > i; k--)
      *deque_slot(d, k) = *deque_slot(d, k - 1);
  store_first(o, deque_slot(d, i), hold(value));
  d->n++;
  d->state++;
  return 0;
}
struct object *deque_remove_at(struct object *o, size_t i) {
  struct deque *d = deque_of(o);
  struct object *value = *deque_slot(d, i);
  if (i < d->n / 2) {
    for (size_t k = i; k > 0; k--)
      *deque_slot(d, k) = *deque_slot(d, k - 1);
    *deque_slot(d, 0) = NULL;
    d->first = (d->first + 1) & (d->capacity - 1);
  } else {
    for (size_t k = i; k + 1 < d->n; k++)
      *deque_slot(d, k) = *deque_slot(d, k + 1);
    *deque_slot(d, d->n - 1) = NULL;
  }
  d->n--;
  d->state++;
  return value;
}

static int extend(struct object *o, struct object *iterable,
                  int (*append)(struct object *, struct object *)) {
  struct object *own = o == iterable ? iterate_to_list(iterable) : hold(iterable);
  struct object *iterator = own ? iterate(own) : NULL, *item;
  drop_null(own);
  if (!iterator)
    return -1;
  int status = 0;
  while (status == 0 && (item = iterate_next(iterator))) {
    status = append(o, item);
    drop(item);
  }
  drop(iterator);
  return status < 0 || error_pending() != ERROR_NONE ? -1 : 0;
}
int deque_extend(struct object *o, struct object *iterable) {
  return extend(o, iterable, deque_append);
}
int deque_extend_left(struct object *o, struct object *iterable) {
  return extend(o, iterable, deque_append_left);
}

void deque_release(struct object *o) {
  gc_buffer_free(deque_of(o)->slots, deque_of(o)->capacity * sizeof(struct object *));
}

/* ---- The type ---- */

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  (void)args, (void)n, (void)kwnames;
  struct object *o = type_generic_alloc(t); /* zeroed: an empty ring */
  if (o)
    deque_of(o)->most = -1;
  return o;
}
static int init_slot(struct object *o, struct object *const *args, size_t n,
                     struct object *kwnames) {
  static const char *const names[] = {"iterable", "maxlen"};
  static const struct args_spec spec = {"deque", names, 2, 0, 2, 0};
  struct object *v[2];
  int64_t most = -1;
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return -1;
  if (v[1] && v[1] != NONE) {
    if (!is_any_int(v[1])) {
      error_set(ERROR_TYPE, "an integer is required");
      return -1;
    }
    if (!int_to_i64(v[1], &most)) {
      error_set(ERROR_OVERFLOW, "Python int too large to convert to C ssize_t");
      return -1;
    }
    if (most < 0) {
      error_set(ERROR_VALUE, "maxlen must be non-negative");
      return -1;
    }
  }
  deque_of(o)->most = most;
  if (deque_of(o)->n)
    deque_clear(o);
  return v[0] ? deque_extend(o, v[0]) : 0;
}

static int64_t length(struct object *o) { return (int64_t)deque_of(o)->n; }
static struct object *item(struct object *o, int64_t i) {
  if ((uint64_t)i >= deque_of(o)->n)
    return error_set(ERROR_INDEX, "deque index out of range"), NULL;
  return hold(*deque_slot(deque_of(o), (size_t)i));
}
static int set_item(struct object *o, int64_t i, struct object *value) {
  if ((uint64_t)i >= deque_of(o)->n) {
    error_set(ERROR_INDEX, "deque index out of range");
    return -1;
  }
  if (value)
    store(o, deque_slot(deque_of(o), (size_t)i), hold(value));
  else
    drop(deque_remove_at(o, (size_t)i));
  return 0;
}
static struct object *get_most(struct object *o, void *closure) {
  (void)closure;
  return deque_of(o)->most < 0 ? hold(NONE) : int_from_i64(deque_of(o)->most);
}
static const struct getset_def getsets[] = {
    {"maxlen", get_most, NULL, "maximum size of a deque or None if unbounded", NULL}, {NULL}};
bool deque_check(const struct object *o, char *error, size_t error_bytes) {
  const struct deque *d = (const struct deque *)o;
  size_t items = 0;
  for (size_t i = 0; i < d->capacity; i++)
    items += d->slots[i] != NULL;
  for (size_t i = 0; i < d->n && items == d->n; i++)
    if (!*deque_slot(d, i))
      items = SIZE_MAX;
  if (items == d->n && (d->capacity == 0 || is_power_of_two(d->capacity)))
    return true;
  return check_failed(error, error_bytes, "deque %p: %zu items in a ring of %zu", (const void *)o,
                      d->n, d->capacity);
}
struct type deque_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_BUFFER,
              .flags = GC_CONTAINER | GC_PLAIN | GC_RELEASES | GC_WEAKREFS,
              .refs_offset = offsetof(struct deque, slots),
              .n_offset = offsetof(struct deque, capacity),
              .weak_offset = offsetof(struct deque, weakrefs),
              .basic_bytes = sizeof(struct deque)},
    .name = "collections.deque",
    .flags = TYPE_BASE | TYPE_SEQUENCE,
    .clear = deque_clear,
    .release = deque_release,
    .hash = type_unhashable,
    .check = deque_check,
    .new_ = new_slot,
    .init = init_slot,
    .repr = deque_repr,
    .compare = deque_compare,
    .iter = deque_iterate,
    .sequence = {.length = length,
                 .concat = deque_concat,
                 .repeat = deque_repeat,
                 .item = item,
                 .set_item = set_item,
                 .contains = deque_contains,
                 .inplace_concat = deque_inplace_concat,
                 .inplace_repeat = deque_inplace_repeat},
    .methods = deque_methods,
    .getsets = getsets,
    .doc =
        "deque([iterable[, maxlen]]) --> deque object\n\nA list-like sequence optimized for data "
        "accesses near its endpoints.",
    .base = &object_type};
