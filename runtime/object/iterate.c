/* Iteration: iterators over sequences and callables, collecting, unpacking. */
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list_internal.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/range.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type_slot_functions.h"
#include <stddef.h>

static struct object *self(struct object *o) { return hold(o); }

bool is_iterator(const struct object *o) {
  return type_of(o)->next && type_of(o)->next != type_slot_no_next;
}

struct object *iterate(struct object *o) {
  unary_fn *iter = type_of(o)->iter;
  if (LIKELY(iter != NULL)) {
    struct object *iterator = iter(o);
    if (LIKELY(!iterator || is_iterator(iterator)))
      return iterator;
    error_format(ERROR_TYPE, "iter() returned non-iterator of type '%N'", iterator);
    drop(iterator);
    return NULL;
  }
  if (is_sequence(o))
    return sequence_iterator_new(o);
  return error_format(ERROR_TYPE, "'%N' object is not iterable", o);
}

struct object *iterate_next(struct object *iterator) {
  struct object *next = type_of(iterator)->next(iterator);
  if (UNLIKELY(!next) && error_pending() != ERROR_NONE)
    error_clear_if(ERROR_STOP_ITERATION);
  return next;
}

/* ---- Iterators over what has items by position ---- */

struct object *sequence_iterator_new(struct object *sequence) {
  return sequence_iterator_at(&sequence_iterator_type, sequence, 0);
}
static struct object *sequence_next(struct object *o) {
  struct sequence_iterator *it = (struct sequence_iterator *)o;
  if (!it->sequence)
    return NULL;
  struct object *item = sequence_get_item(it->sequence, it->i);
  if (item) {
    it->i++;
    return item;
  }
  if (error_clear_if(ERROR_INDEX) || error_clear_if(ERROR_STOP_ITERATION))
    store(o, &it->sequence, NULL);
  return NULL;
}
static struct object *sequence_hint(struct object *o) {
  struct sequence_iterator *it = (struct sequence_iterator *)o;
  if (!it->sequence)
    return int_from_i64(0);
  if (!type_of(it->sequence)->sequence.length && !type_of(it->sequence)->mapping.length)
    return hold(NOT_IMPLEMENTED);
  int64_t length = object_length(it->sequence);
  return length < 0 ? NULL : int_from_i64(length > it->i ? length - it->i : 0);
}
static struct object *sequence_reduce(struct object *o) {
  return sequence_iterator_reduce_taking(o, builtins_get("iter"), tuple_new(0));
}
static struct object *sequence_setstate(struct object *o, struct object *state) {
  struct sequence_iterator *it = (struct sequence_iterator *)o;
  int64_t i;
  if (sequence_iterator_read_state(state, &i) < 0)
    return NULL;
  if (it->sequence)
    it->i = i < 0 ? 0 : i;
  return hold(NONE);
}
SEQUENCE_ITERATOR_METHODS(sequence_methods, sequence_hint, sequence_reduce, sequence_setstate);
SEQUENCE_ITERATOR_TYPE(sequence_iterator_type, "iterator", sequence_next, sequence_methods);

/* ---- iter(callable, sentinel) ---- */

struct callable_iterator {
  struct object head;
  struct object *callable, *sentinel; /* NULL: exhausted */
};
struct object *iterate_call_until(struct object *callable, struct object *sentinel) {
  struct callable_iterator *it =
      (struct callable_iterator *)gc_new_container(&callable_iterator_type, sizeof *it);
  if (!it)
    return error_no_memory();
  it->callable = hold(callable);
  it->sentinel = hold(sentinel);
  gc_track(&it->head);
  return &it->head;
}
static void finish(struct callable_iterator *it) {
  store(&it->head, &it->callable, NULL);
  store(&it->head, &it->sentinel, NULL);
}
static struct object *callable_next(struct object *o) {
  struct callable_iterator *it = (struct callable_iterator *)o;
  if (!it->callable)
    return NULL;
  struct object *value = call_none(it->callable);
  if (!value) {
    if (error_clear_if(ERROR_STOP_ITERATION))
      finish(it);
    return NULL;
  }
  if (!it->sentinel) {
    drop(value);
    return NULL;
  }
  int same = object_equal(value, it->sentinel);
  if (same == 0)
    return value;
  if (same > 0)
    finish(it);
  drop(value);
  return NULL;
}
static struct object *callable_reduce(struct object *o) {
  struct callable_iterator *it = (struct callable_iterator *)o;
  struct object *iter = builtins_get("iter"), *empty = NULL, *args = NULL, *result = NULL;
  if (iter && it->callable)
    args = tuple_pack(2, it->callable, it->sentinel);
  else if (iter && (empty = tuple_new(0)))
    args = tuple_pack(1, empty);
  if (args)
    result = tuple_pack(2, iter, args);
  drop_null(args);
  drop_null(empty);
  drop_null(iter);
  return result;
}
static const struct method_def callable_methods[] = {
    METHOD_NOARGS_("__reduce__", callable_reduce, "Return state information for pickling."),
    {NULL}};
struct type callable_iterator_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct callable_iterator, callable),
              .refs_n = 2,
              .basic_bytes = sizeof(struct callable_iterator)},
    .name = "callable_iterator",
    .flags = TYPE_NO_INSTANCE,
    .iter = self,
    .next = callable_next,
    .methods = callable_methods,
    .base = &object_type};

/* ---- Collecting ---- */

/* The length is read again: `from` may be changed by a finaliser that the allocation runs, and may
 * be the list itself. */
static int extend_by_items(struct object *list, struct object *from) {
  bool other = is_list(from);
  size_t n = other ? list_length(from) : tuple_length(from);
  if (n == 0)
    return 0;
  if (list_reserve(list, list_length(list) + n) < 0)
    return -1;
  if (other && UNLIKELY(list_length(from) < n))
    n = list_length(from);
  if (((struct list *)list)->capacity - list_length(list) < n) /* a finaliser has taken the room */
    return extend_by_items(list, from);
  list_copy_items(list, other ? ((struct list *)from)->items : ((struct tuple *)from)->items, n);
  gc_keep(from);
  return 0;
}
/* By the keys of a dict or set: no foreign code runs but in allocations. */
static int extend_by_keys(struct object *list, struct object *from) {
  bool dict = is_dict(from);
  size_t n = dict ? dict_length(from) : set_length(from), position = 0;
  struct object *key, *value;
  if (n == 0)
    return 0;
  int status = list_reserve(list, list_length(list) + n);
  while (status == 0 &&
         (dict ? dict_next(from, &position, &key, &value) : set_next(from, &position, &key)))
    status = list_append(list, key);
  gc_keep(from);
  return status;
}
int list_extend(struct object *list, struct object *iterable) {
  if (is_list(iterable) || is_tuple(iterable))
    return extend_by_items(list, iterable);
  if (is_dict(iterable) || is_set(iterable) || is_frozenset(iterable))
    return extend_by_keys(list, iterable);
  struct object *iterator = iterate(iterable), *item;
  if (!iterator)
    return -1;
  int64_t hint = object_length_hint(iterable, 8);
  int status = hint < 0 ? -1 : 0;
  /* A hint beyond reason is not followed; the items will show. */
  if (status == 0 && hint > 0 && (uint64_t)hint < SIZE_MAX / 32 - list_length(list))
    status = list_reserve(list, list_length(list) + (size_t)hint);
  unary_fn *next = type_of(iterator)->next;
  if (type_of(iterator) == &range_iterator_type)
    while (status == 0 && (item = range_iterator_next(iterator)))
      status = list_append_taking(list, item);
  else
    while (status == 0 && (item = next(iterator)))
      status = list_append_taking(list, item);
  drop(iterator);
  if (status < 0 || iterate_failed())
    return -1;
  list_trim(list);
  return 0;
}
struct object *iterate_to_list(struct object *iterable) {
  struct object *list = list_new(0);
  if (list && list_extend(list, iterable) < 0) {
    drop(list);
    return NULL;
  }
  return list;
}
static struct object *range_to_tuple(struct object *range) {
  struct object *iterator = iterate(range), *tuple = NULL, *list = NULL;
  if (iterator && type_of(iterator) == &range_iterator_type) {
    size_t n = (size_t)((struct range_iterator *)iterator)->n;
    tuple = tuple_new(n);
    for (size_t i = 0; tuple && i < n; i++) {
      struct object *item = range_iterator_next(iterator);
      if (UNLIKELY(!item)) {
        drop(tuple);
        tuple = NULL;
      } else
        tuple_init_taking(tuple, i, item);
    }
  } else if (iterator && (list = iterate_to_list(iterator)))
    tuple = list_to_tuple(list);
  drop_null(list);
  drop_null(iterator);
  return tuple;
}
struct object *iterate_to_tuple(struct object *iterable) {
  if (is_tuple(iterable))
    return hold(iterable);
  if (is_range(iterable))
    return range_to_tuple(iterable);
  struct object *list = is_list(iterable) ? hold(iterable) : iterate_to_list(iterable);
  struct object *tuple = list ? list_to_tuple(list) : NULL;
  drop_null(list);
  return tuple;
}

struct object *sequence_fast(struct object *iterable, const char *message,
                             struct object *const **items, size_t *n) {
  struct object *o;
  if (is_list(iterable) || is_tuple(iterable))
    o = hold(iterable);
  else {
    struct object *iterator = iterate(iterable);
    if (!iterator) {
      if (message && error_clear_if(ERROR_TYPE))
        error_set(ERROR_TYPE, "%s", message);
      return NULL;
    }
    o = iterate_to_list(iterator);
    drop(iterator);
    if (!o)
      return NULL;
  }
  *items = is_list(o) ? ((struct list *)o)->items : ((struct tuple *)o)->items;
  *n = is_list(o) ? list_length(o) : tuple_length(o);
  return o;
}

/* ---- Unpacking ---- */

static int give_back(struct object **items, size_t n) {
  while (n)
    drop(items[--n]);
  return -1;
}

/* `first, *rest = list`, without an iterator: `total` items are enough. */
static int unpack_with_rest(struct object *o, size_t total, struct object **items, size_t n,
                            size_t after) {
  struct object *rest = list_new(total - n - after);
  if (!rest)
    return -1;
  if (UNLIKELY(is_list(o) && list_length(o) != total)) { /* a collection has changed it */
    drop(rest);
    return iterate_unpack(o, items, n, (int)after);
  }
  for (size_t i = 0; i < total; i++) {
    struct object *item = hold(is_list(o) ? list_get_borrowed(o, i) : tuple_get_borrowed(o, i));
    if (i < n)
      items[i] = item;
    else if (i < total - after)
      list_append_taking(rest, item); /* has room */
    else
      items[i - (total - after) + n + 1] = item;
  }
  items[n] = rest;
  return 0;
}

int iterate_unpack(struct object *iterable, struct object **items, size_t n, int after) {
  if (after >= 0 && (is_list(iterable) || is_tuple(iterable))) {
    size_t total = is_list(iterable) ? list_length(iterable) : tuple_length(iterable);
    if (total >= n + (size_t)after)
      return unpack_with_rest(iterable, total, items, n, (size_t)after);
  }
  if (!type_of(iterable)->iter && !is_sequence(iterable)) {
    error_format(ERROR_TYPE, "cannot unpack non-iterable %N object", iterable);
    return -1;
  }
  struct object *iterator = iterate(iterable);
  if (!iterator)
    return -1;
  size_t got = 0;
  int status = 0;
  while (got < n && (items[got] = iterate_next(iterator)))
    got++;
  if (got < n) {
    if (error_pending() == ERROR_NONE)
      error_set(ERROR_VALUE,
                after < 0 ? "not enough values to unpack (expected %zu, got %zu)"
                          : "not enough values to unpack (expected at least %zu, got %zu)",
                after < 0 ? n : n + (size_t)after, got);
    status = give_back(items, got);
  } else if (after < 0) {
    struct object *more = iterate_next(iterator);
    if (more) {
      drop(more);
      error_set(ERROR_VALUE, "too many values to unpack (expected %zu)", n);
    }
    if (more || error_pending() != ERROR_NONE)
      status = give_back(items, got);
  } else {
    struct object *list = iterate_to_list(iterator);
    if (list && list_length(list) < (size_t)after) {
      error_set(ERROR_VALUE, "not enough values to unpack (expected at least %zu, got %zu)",
                n + (size_t)after, n + list_length(list));
      drop(list);
      list = NULL;
    }
    if (list) {
      items[n] = list;
      for (size_t i = (size_t)after; i-- > 0;)
        items[n + 1 + i] = list_pop(list);
    } else
      status = give_back(items, got);
  }
  drop(iterator);
  return status;
}
