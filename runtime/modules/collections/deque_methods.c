/* Deques as Python sees them: methods, operators, iterators. */
#include "runtime/modules/collections/collections.h"
#include "runtime/modules/collections/deque.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

static struct object *none_unless(int status) { return status < 0 ? NULL : hold(NONE); }
static struct object *self(struct object *o) { return hold(o); }

/* ---- Searching ---- */

/* Where `value` is in [i, stop); -1: nowhere, -2: an error, and one of `kind` if comparing changes
 * the deque. With `count`, how often. */
static int64_t search(struct object *o, struct object *value, size_t i, size_t stop,
                      enum error_kind kind, const char *message, bool all) {
  struct deque *d = deque_of(o);
  uint64_t state = d->state;
  int64_t count = 0;
  for (; i < stop; i++) {
    struct object *each = hold(*deque_slot(d, i));
    int equal = object_equal(each, value);
    drop(each);
    if (equal < 0)
      return -2;
    if (equal && !all)
      return (int64_t)i;
    count += equal;
    if (state != d->state) {
      error_set(kind, "%s", message);
      return -2;
    }
  }
  return all ? count : -1;
}
static const char mutated[] = "deque mutated during iteration";

int deque_contains(struct object *o, struct object *value) {
  int64_t at = search(o, value, 0, deque_of(o)->n, ERROR_RUNTIME, mutated, false);
  return at == -2 ? -1 : at >= 0;
}
static struct object *count(struct object *o, struct object *value) {
  int64_t n = search(o, value, 0, deque_of(o)->n, ERROR_RUNTIME, mutated, true);
  return n < 0 ? NULL : int_from_i64(n);
}
static struct object *index_of(struct object *o, struct object *const *args, size_t n) {
  int64_t start = 0, stop = INT64_MAX;
  if (args_check_count("index", n, 1, 3) < 0 || (n > 1 && slice_index(args[1], &start) < 0) ||
      (n > 2 && slice_index(args[2], &stop) < 0))
    return NULL;
  size_t length = deque_of(o)->n;
  int64_t at = search(o, args[0], sequence_clip(start, length), sequence_clip(stop, length),
                      ERROR_RUNTIME, mutated, false);
  if (at == -1)
    error_format(ERROR_VALUE, "%R is not in deque", args[0]);
  return at < 0 ? NULL : int_from_i64(at);
}
static struct object *remove_value(struct object *o, struct object *value) {
  struct deque *d = deque_of(o);
  uint64_t state = d->state;
  int64_t at = search(o, value, 0, d->n, ERROR_INDEX, mutated, false);
  if (at == -1)
    error_format(ERROR_VALUE, "%R is not in deque", value);
  else if (at >= 0 && state != d->state)
    error_set(ERROR_INDEX, "%s", mutated);
  if (at < 0 || state != d->state)
    return NULL;
  drop(deque_remove_at(o, (size_t)at));
  return hold(NONE);
}

/* ---- Methods ---- */

static struct object *append(struct object *o, struct object *value) {
  return none_unless(deque_append(o, value));
}
static struct object *append_left(struct object *o, struct object *value) {
  return none_unless(deque_append_left(o, value));
}
static struct object *extend(struct object *o, struct object *iterable) {
  return none_unless(deque_extend(o, iterable));
}
static struct object *extend_left(struct object *o, struct object *iterable) {
  return none_unless(deque_extend_left(o, iterable));
}
static struct object *pop(struct object *o) {
  if (!deque_of(o)->n)
    return error_set(ERROR_INDEX, "pop from an empty deque"), NULL;
  return deque_pop(o);
}
static struct object *pop_left(struct object *o) {
  if (!deque_of(o)->n)
    return error_set(ERROR_INDEX, "pop from an empty deque"), NULL;
  return deque_pop_left(o);
}
static struct object *clear(struct object *o) {
  deque_clear(o);
  return hold(NONE);
}
static struct object *rotate(struct object *o, struct object *const *args, size_t n) {
  int64_t steps = 1;
  if (args_check_count("rotate", n, 0, 1) < 0 ||
      (n && number_to_i64(args[0], &steps, ERROR_OVERFLOW) < 0))
    return NULL;
  deque_rotate(o, steps);
  return hold(NONE);
}
static struct object *reverse(struct object *o) {
  struct deque *d = deque_of(o);
  for (size_t i = 0, k = d->n; i + 1 < k; i++) {
    struct object **a = deque_slot(d, i), **b = deque_slot(d, --k), *value = *a;
    *a = *b;
    *b = value;
  }
  return hold(NONE);
}
static struct object *insert(struct object *o, struct object *const *args, size_t n) {
  struct deque *d = deque_of(o);
  int64_t i;
  if (args_check_count("insert", n, 2, 2) < 0 || number_to_i64(args[0], &i, ERROR_OVERFLOW) < 0)
    return NULL;
  if (d->most >= 0 && d->n >= (size_t)d->most)
    return error_set(ERROR_INDEX, "deque already at its maximum size"), NULL;
  return none_unless(deque_insert(o, sequence_clip(i, d->n), args[1]));
}

static struct object *new_like(struct object *o) {
  struct object *copy = deque_type.new_(&deque_type, NULL, 0, NULL);
  if (copy)
    deque_of(copy)->most = deque_of(o)->most;
  return copy;
}
static struct object *copy(struct object *o) {
  struct deque *d = deque_of(o);
  if (type_of(o) == &deque_type) {
    struct object *result = new_like(o);
    for (size_t i = 0; result && i < d->n; i++)
      if (deque_append(result, *deque_slot(d, i)) < 0) {
        drop(result);
        return NULL;
      }
    return result;
  }
  struct object *result, *most = d->most < 0 ? NULL : int_from_i64(d->most);
  if (d->most < 0)
    result = call_one(&type_of(o)->head, o);
  else
    result = most ? call_two(&type_of(o)->head, o, most) : NULL;
  drop_null(most);
  if (result && !is_any_deque(result)) {
    error_format(ERROR_TYPE, "%N() must return a deque, not %N", o, result);
    drop(result);
    return NULL;
  }
  return result;
}
static struct object *reduce(struct object *o) {
  struct object *state = call_method_none(o, NAME(getstate)), *args = NULL, *result = NULL;
  struct object *iterator = state ? iterate(o) : NULL;
  if (iterator && deque_of(o)->most < 0)
    args = tuple_new(0);
  else if (iterator) {
    struct object *empty = tuple_new(0), *most = int_from_i64(deque_of(o)->most);
    if (empty && most)
      args = tuple_pack(2, empty, most);
    drop_null(most);
    drop_null(empty);
  }
  if (args)
    result = tuple_pack(4, &type_of(o)->head, args, state, iterator);
  drop_null(args);
  drop_null(iterator);
  drop_null(state);
  return result;
}
static struct object *size_of(struct object *o) {
  return int_from_i64(
      (int64_t)(type_of(o)->shape.basic_bytes + deque_of(o)->capacity * sizeof(struct object *)));
}

/* ---- Operators ---- */

struct object *deque_concat(struct object *a, struct object *b) {
  if (!is_any_deque(b))
    return error_format(ERROR_TYPE, "can only concatenate deque (not \"%N\") to deque", b);
  struct object *sum = copy(a);
  if (sum && deque_extend(sum, b) < 0) {
    drop(sum);
    return NULL;
  }
  return sum;
}
struct object *deque_inplace_concat(struct object *a, struct object *b) {
  return deque_extend(a, b) < 0 ? NULL : hold(a);
}
/* With a maxlen only what stays at the end is appended. */
struct object *deque_inplace_repeat(struct object *o, int64_t times) {
  struct deque *d = deque_of(o);
  size_t n = d->n, total;
  if (n == 0 || times == 1)
    return hold(o);
  if (times <= 0) {
    deque_clear(o);
    return hold(o);
  }
  if (d->most >= 0 && (uint64_t)times > (uint64_t)d->most / n + 1)
    times = d->most / (int64_t)n + 2;
  if (__builtin_mul_overflow(n, (size_t)times, &total) || total > SIZE_MAX / 64)
    return error_no_memory();
  struct object *items = iterate_to_list(o);
  if (!items)
    return NULL;
  int status = 0;
  for (int64_t i = 1; i < times && status == 0; i++)
    for (size_t k = 0; k < list_length(items) && status == 0; k++)
      status = deque_append(o, list_get_borrowed(items, k));
  drop(items);
  return status < 0 ? NULL : hold(o);
}
struct object *deque_repeat(struct object *o, int64_t times) {
  struct object *result = copy(o);
  if (!result)
    return NULL;
  struct object *same = deque_inplace_repeat(result, times);
  drop(result);
  return same;
}

struct object *deque_compare(struct object *a, struct object *b, enum compare_op op) {
  if (!is_any_deque(a) || !is_any_deque(b))
    return hold(NOT_IMPLEMENTED);
  struct deque *d = deque_of(a), *e = deque_of(b);
  if ((op == COMPARE_EQ || op == COMPARE_NE) && (a == b || d->n != e->n))
    return hold(bool_from((a == b) == (op == COMPARE_EQ)));
  uint64_t state = d->state, other_state = e->state;
  for (size_t i = 0; i < d->n && i < e->n; i++) {
    struct object *x = hold(*deque_slot(d, i)), *y = hold(*deque_slot(e, i));
    int equal = object_equal(x, y), order = 0;
    if (equal == 0)
      order = op == COMPARE_EQ ? 0 : op == COMPARE_NE ? 1 : compare_true(x, y, op);
    drop(x), drop(y);
    if (equal <= 0)
      return equal < 0 || order < 0 ? NULL : hold(bool_from(order));
    if (state != d->state || other_state != e->state)
      return error_set(ERROR_RUNTIME, "%s", mutated), NULL;
  }
  return hold(bool_from(sequence_order(d->n, e->n, op)));
}

struct object *deque_repr(struct object *o) {
  int inside = repr_enter(o);
  if (inside)
    return inside < 0 ? NULL : str_intern("[...]");
  struct object *list = iterate_to_list(o), *text = NULL;
  if (list)
    text = deque_of(o)->most < 0 ? str_format("%s(%R)", type_short_name(type_of(o)), list)
                                 : str_format("%s(%R, maxlen=%ld)", type_short_name(type_of(o)),
                                              list, (long)deque_of(o)->most);
  drop_null(list);
  repr_leave(o);
  return text;
}

/* ---- Iterators ---- */

struct deque_iterator {
  struct object head;
  struct object *deque;
  uint64_t state;
  size_t i, left; /* i: from the end where it goes */
};
static struct deque_iterator *iterator_of(struct object *o) { return (struct deque_iterator *)o; }

static struct object *new_iterator(struct type *t, struct object *deque) {
  struct deque_iterator *it = (struct deque_iterator *)gc_new_container(t, sizeof *it);
  if (!it)
    return error_no_memory();
  it->deque = hold(deque);
  it->state = deque_of(deque)->state;
  it->i = 0;
  it->left = deque_of(deque)->n;
  gc_track(&it->head);
  return &it->head;
}
struct object *deque_iterate(struct object *o) {
  return new_iterator(&deque_iterator_type, o);
}
static struct object *reversed(struct object *o) {
  return new_iterator(&deque_reverse_iterator_type, o);
}
ALWAYS_INLINE struct object *next_in(struct object *o, bool backward) {
  struct deque_iterator *it = iterator_of(o);
  struct deque *d = deque_of(it->deque);
  if (UNLIKELY(it->state != d->state)) {
    it->left = 0;
    return error_set(ERROR_RUNTIME, "%s", mutated), NULL;
  }
  if (UNLIKELY(it->left == 0))
    return NULL;
  it->left--;
  size_t i = it->i++;
  return hold(*deque_slot(d, backward ? d->n - 1 - i : i));
}
static struct object *next(struct object *o) { return next_in(o, false); }
static struct object *previous(struct object *o) { return next_in(o, true); }

static struct object *iterator_new(struct type *t, struct object *const *args, size_t n,
                                   struct object *kwnames) {
  const char *name = type_short_name(t);
  int64_t skip = 0;
  if (args_check_no_keywords(name, kwnames) < 0 || args_check_count(name, n, 1, 2) < 0)
    return NULL;
  if (!is_any_deque(args[0]))
    return error_format(ERROR_TYPE, "argument 1 must be collections.deque, not %N", args[0]);
  if (n > 1 && number_to_i64(args[1], &skip, ERROR_OVERFLOW) < 0)
    return NULL;
  struct object *o = new_iterator(t, args[0]);
  while (o && skip-- > 0 && iterator_of(o)->left) {
    iterator_of(o)->left--;
    iterator_of(o)->i++;
  }
  return o;
}
static struct object *hint(struct object *o) { return int_from_i64((int64_t)iterator_of(o)->left); }
static struct object *iterator_reduce(struct object *o) {
  struct deque_iterator *it = iterator_of(o);
  struct object *i = int_from_i64((int64_t)(deque_of(it->deque)->n - it->left));
  struct object *args = i ? tuple_pack(2, it->deque, i) : NULL;
  struct object *result = args ? tuple_pack(2, &type_of(o)->head, args) : NULL;
  drop_null(args);
  drop_null(i);
  return result;
}
static const struct method_def iterator_methods[] = {
    METHOD_NOARGS_("__length_hint__", hint,
                   "Private method returning an estimate of len(list(it))."),
    METHOD_NOARGS_("__reduce__", iterator_reduce, "Return state information for pickling."),
    {NULL}};
#define ITERATOR_TYPE(variable, name_, next_)                                                      \
  struct type variable = {.head = OBJECT_STATIC(type_type),                                        \
                          .shape = {.layout = GC_FIXED,                                            \
                                    .flags = GC_CONTAINER | GC_PLAIN,                              \
                                    .refs_offset = offsetof(struct deque_iterator, deque),         \
                                    .refs_n = 1,                                                   \
                                    .basic_bytes = sizeof(struct deque_iterator)},                 \
                          .name = name_,                                                           \
                          .new_ = iterator_new,                                                    \
                          .iter = self,                                                            \
                          .next = next_,                                                           \
                          .methods = iterator_methods,                                             \
                          .base = &object_type}
ITERATOR_TYPE(deque_iterator_type, "_collections._deque_iterator", next);
ITERATOR_TYPE(deque_reverse_iterator_type, "_collections._deque_reverse_iterator", previous);

const struct method_def deque_methods[] = {
    METHOD_ONE_("append", append, "Add an element to the right side of the deque."),
    METHOD_ONE_("appendleft", append_left, "Add an element to the left side of the deque."),
    METHOD_NOARGS_("clear", clear, "Remove all elements from the deque."),
    METHOD_NOARGS_("__copy__", copy, "Return a shallow copy of a deque."),
    METHOD_NOARGS_("copy", copy, "Return a shallow copy of a deque."),
    METHOD_ONE_("count", count, "D.count(value) -- return number of occurrences of value"),
    METHOD_ONE_("extend", extend, "Extend the right side with elements of the iterable"),
    METHOD_ONE_("extendleft", extend_left, "Extend the left side with elements of the iterable"),
    METHOD_FAST_("index", index_of,
                 "D.index(value, [start, [stop]]) -- return first index of value.\nRaises "
                 "ValueError if the value is not present."),
    METHOD_FAST_("insert", insert, "D.insert(index, object) -- insert object before index"),
    METHOD_NOARGS_("pop", pop, "Remove and return the rightmost element."),
    METHOD_NOARGS_("popleft", pop_left, "Remove and return the leftmost element."),
    METHOD_NOARGS_("__reduce__", reduce, "Return state information for pickling."),
    METHOD_ONE_("remove", remove_value, "D.remove(value) -- remove first occurrence of value."),
    METHOD_NOARGS_("__reversed__", reversed,
                   "D.__reversed__() -- return a reverse iterator over the deque"),
    METHOD_NOARGS_("reverse", reverse, "D.reverse() -- reverse *IN PLACE*"),
    METHOD_FAST_("rotate", rotate,
                 "Rotate the deque n steps to the right (default n=1).  If n is negative, to the "
                 "left."),
    METHOD_NOARGS_("__sizeof__", size_of, "D.__sizeof__() -- size of D in memory, in bytes"),
    METHOD_CLASS_GETITEM,
    {NULL}};
