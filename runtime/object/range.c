/* range(): arithmetic on ints of any size, with short ways where all of it fits in 64 bits. */
#include "runtime/object/range.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

static struct range *range_of(struct object *o) { return (struct range *)o; }
static struct object *self(struct object *o) { return hold(o); }
static const struct object *zero(void) { return &int_small[-INT_SMALL_MIN].head; }
static struct object *one(void) { return &int_small[1 - INT_SMALL_MIN].head; }
static bool is_negative(const struct object *i) { return int_compare(i, zero()) < 0; }

/* Both taken (NULL: an error is pending). */
static struct object *add_taking(struct object *a, struct object *b) {
  struct object *sum = a && b ? int_add(a, b) : NULL;
  drop_null(a);
  drop_null(b);
  return sum;
}
/* start + i * step */
static struct object *item_at(struct object *start, struct object *i, struct object *step) {
  int64_t x, y, z, product, sum;
  if (int_to_i64(start, &x) && int_to_i64(i, &y) && int_to_i64(step, &z) &&
      !__builtin_mul_overflow(y, z, &product) && !__builtin_add_overflow(x, product, &sum))
    return int_from_i64(sum);
  return add_taking(hold(start), int_multiply(i, step));
}

/* How many numbers lie between. */
static struct object *length_of(struct object *start, struct object *stop, struct object *step) {
  int64_t low, high, by;
  if (int_to_i64(start, &low) && int_to_i64(stop, &high) && int_to_i64(step, &by)) {
    if (by > 0 ? low >= high : low <= high)
      return int_from_i64(0);
    uint64_t distance = by > 0 ? (uint64_t)high - (uint64_t)low : (uint64_t)low - (uint64_t)high;
    uint64_t stride = by > 0 ? (uint64_t)by : 0 - (uint64_t)by;
    uint64_t n = (distance - 1) / stride;
    return n == UINT64_MAX ? int_add_wide(int_from_u64(n), one()) : int_from_u64(n + 1);
  }
  bool backward = is_negative(step);
  if (backward ? int_compare(start, stop) <= 0 : int_compare(start, stop) >= 0)
    return int_from_i64(0);
  struct object *distance = backward ? int_subtract(start, stop) : int_subtract(stop, start);
  struct object *stride = backward ? int_negate(step) : hold(step);
  struct object *less = distance ? int_subtract(distance, one()) : NULL;
  struct object *n = less && stride ? number_binary(less, stride, NUMBER_FLOOR_DIVIDE) : NULL;
  drop_null(less);
  drop_null(stride);
  drop_null(distance);
  return n ? add_taking(n, hold(one())) : NULL;
}

static struct object *new_of_type(struct type *t, struct object *start, struct object *stop,
                                  struct object *step) {
  struct object *length = length_of(start, stop, step);
  struct range *r = length ? (struct range *)gc_new(t, sizeof *r) : NULL;
  if (!r) {
    if (length) {
      drop(length);
      error_no_memory();
    }
    return NULL;
  }
  r->start = hold(start);
  r->stop = hold(stop);
  r->step = hold(step);
  r->length = length;
  return &r->head;
}
struct object *range_new(struct object *start, struct object *stop, struct object *step) {
  return new_of_type(&range_type, start, stop, step);
}

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  n = call_count(n);
  if (args_check_no_keywords("range", kwnames) < 0 || args_check_count("range", n, 1, 3) < 0)
    return NULL;
  struct object *start = n > 1 ? number_index(args[0]) : int_from_i64(0), *result = NULL;
  struct object *stop = start ? number_index(args[n > 1]) : NULL;
  struct object *step = !stop ? NULL : n > 2 ? number_index(args[2]) : int_from_i64(1);
  if (step && int_compare(step, zero()) == 0)
    error_set(ERROR_VALUE, "range() arg 3 must not be zero");
  else if (step)
    result = new_of_type(t, start, stop, step);
  drop_null(step);
  drop_null(stop);
  drop_null(start);
  return result;
}
static struct object *construct(struct object *type, struct object *const *args, size_t n,
                                struct object *kwnames) {
  return new_slot((struct type *)type, args, n, kwnames);
}

/* ---- Items ---- */

static int64_t length(struct object *o) {
  int64_t n;
  if (int_to_i64(range_of(o)->length, &n))
    return n;
  error_set(ERROR_OVERFLOW, "Python int too large to convert to C ssize_t");
  return -1;
}
static int truth(struct object *o) { return int_compare(range_of(o)->length, zero()) != 0; }

/* Takes the index. */
static struct object *item_taking(struct object *o, struct object *i) {
  struct range *r = range_of(o);
  if (i && is_negative(i))
    i = add_taking(i, hold(r->length));
  if (!i)
    return NULL;
  struct object *item = NULL;
  if (is_negative(i) || int_compare(i, r->length) >= 0)
    error_set(ERROR_INDEX, "range object index out of range");
  else
    item = item_at(r->start, i, r->step);
  drop(i);
  return item;
}
static struct object *item(struct object *o, int64_t i) {
  if (i >= 0)
    return item_taking(o, int_from_i64(i));
  return error_set(ERROR_INDEX, "range object index out of range"), NULL;
}
static struct object *slice_of_range(struct object *o, struct object *slice) {
  struct range *r = range_of(o);
  struct object *indices = slice_indices(slice, r->length), *result = NULL;
  if (!indices)
    return NULL;
  struct object *step = int_multiply(r->step, tuple_get_borrowed(indices, 2));
  struct object *start = step ? item_at(r->start, tuple_get_borrowed(indices, 0), r->step) : NULL;
  struct object *stop = start ? item_at(r->start, tuple_get_borrowed(indices, 1), r->step) : NULL;
  if (stop)
    result = range_new(start, stop, step);
  drop_null(stop);
  drop_null(start);
  drop_null(step);
  drop(indices);
  return result;
}
static struct object *get(struct object *o, struct object *key) {
  if (is_slice(key))
    return slice_of_range(o, key);
  if (!type_of(key)->number.index)
    return error_format(ERROR_TYPE, "range indices must be integers or slices, not %N", key);
  return item_taking(o, number_index(key));
}

/* Where the int is: 1 and *index (owned), 0: nowhere, -1: error. */
static int find_int(struct object *o, struct object *value, struct object **index) {
  struct range *r = range_of(o);
  bool backward = is_negative(r->step);
  int to_start = int_compare(value, r->start), to_stop = int_compare(value, r->stop);
  if (backward ? to_start > 0 || to_stop <= 0 : to_start < 0 || to_stop >= 0)
    return 0;
  int64_t x, start, step, distance;
  if (int_to_i64(value, &x) && int_to_i64(r->start, &start) && int_to_i64(r->step, &step) &&
      step != -1 && !__builtin_sub_overflow(x, start, &distance)) {
    if (distance % step)
      return 0;
    *index = int_from_i64(distance / step);
    return *index ? 1 : -1;
  }
  struct object *difference = int_subtract(value, r->start), *quotient, *rest;
  struct object *pair = difference ? number_divmod(difference, r->step) : NULL;
  drop_null(difference);
  if (!pair)
    return -1;
  quotient = tuple_get_borrowed(pair, 0);
  rest = tuple_get_borrowed(pair, 1);
  int found = int_compare(rest, zero()) == 0;
  if (found)
    *index = hold(quotient);
  drop(pair);
  return found;
}
/* Anything else is compared with each number: how many are equal (all: count on), or the position
 * of the first. -1: none, -2: error. */
static int64_t search(struct object *o, struct object *value, bool all) {
  struct object *iterator = iterate(o), *each;
  if (!iterator)
    return -2;
  int64_t found = all ? 0 : -1;
  for (int64_t i = 0; found < 0 || all; i++) {
    if (!(each = iterate_next(iterator)))
      break;
    int equal = object_equal(each, value);
    drop(each);
    if (equal < 0) {
      found = -2;
      break;
    }
    if (equal)
      found = all ? found + 1 : i;
  }
  drop(iterator);
  return error_pending() != ERROR_NONE ? -2 : found;
}
static int contains(struct object *o, struct object *value) {
  if (is_int(value)) {
    struct object *i = NULL;
    int found = find_int(o, value, &i);
    drop_null(i);
    return found;
  }
  int64_t at = search(o, value, false);
  return at == -2 ? -1 : at >= 0;
}
static struct object *count(struct object *o, struct object *value) {
  if (is_int(value)) {
    int found = contains(o, value);
    return found < 0 ? NULL : int_from_i64(found);
  }
  int64_t n = search(o, value, true);
  return n < 0 ? NULL : int_from_i64(n);
}
static struct object *index_of(struct object *o, struct object *value) {
  struct object *i;
  if (is_int(value)) {
    int found = find_int(o, value, &i);
    if (!found)
      error_format(ERROR_VALUE, "%R is not in range", value);
    return found > 0 ? i : NULL;
  }
  int64_t at = search(o, value, false);
  if (at == -1)
    error_set(ERROR_VALUE, "sequence.index(x): x not in sequence");
  return at < 0 ? NULL : int_from_i64(at);
}

/* ---- Comparison, hash, repr ---- */

static bool same(struct object *a, struct object *b) {
  struct range *x = range_of(a), *y = range_of(b);
  if (int_compare(x->length, y->length) != 0)
    return false;
  if (int_compare(x->length, zero()) == 0)
    return true;
  return int_compare(x->start, y->start) == 0 &&
         (int_compare(x->length, one()) == 0 || int_compare(x->step, y->step) == 0);
}
static int equal(struct object *a, struct object *b) { return is_range(b) && same(a, b); }
static struct object *compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if (!is_range(a) || !is_range(b) || (op != COMPARE_EQ && op != COMPARE_NE))
    return hold(NOT_IMPLEMENTED);
  return hold(bool_from(same(a, b) == (op == COMPARE_EQ)));
}
/* That of the tuple (length, start, step), None for what does not matter. */
static int64_t hash(struct object *o) {
  struct range *r = range_of(o);
  bool empty = int_compare(r->length, zero()) == 0, single = int_compare(r->length, one()) == 0;
  struct object *key =
      tuple_pack(3, r->length, empty ? NONE : r->start, empty || single ? NONE : r->step);
  int64_t result = key ? object_hash(key) : -1;
  drop_null(key);
  return result;
}
static struct object *repr(struct object *o) {
  struct range *r = range_of(o);
  if (int_compare(r->step, one()) == 0)
    return str_format("range(%R, %R)", r->start, r->stop);
  return str_format("range(%R, %R, %R)", r->start, r->stop, r->step);
}

/* ---- Iteration ---- */

struct long_range_iterator {
  struct object head;
  struct object *i, *n, *start, *step;
};

static struct object *new_iterator(int64_t start, int64_t step, int64_t n) {
  struct range_iterator *it = (struct range_iterator *)gc_new(&range_iterator_type, sizeof *it);
  if (UNLIKELY(!it))
    return error_no_memory();
  it->i = 0;
  it->n = n;
  it->start = start;
  it->step = step;
  return &it->head;
}
static struct object *new_long_iterator(struct object *start, struct object *step,
                                        struct object *n) {
  struct long_range_iterator *it =
      (struct long_range_iterator *)gc_new(&long_range_iterator_type, sizeof *it);
  if (!it)
    return error_no_memory();
  it->i = int_from_i64(0);
  it->n = hold(n);
  it->start = hold(start);
  it->step = hold(step);
  return &it->head;
}
/* Everything the iterator computes, the end included, must fit. */
static bool is_short(const struct range *r, int64_t *start, int64_t *step, int64_t *n) {
  int64_t stop, end;
  return int_to_i64(r->start, start) && int_to_i64(r->step, step) && int_to_i64(r->length, n) &&
         int_to_i64(r->stop, &stop) && !__builtin_mul_overflow(*n, *step, &end) &&
         !__builtin_add_overflow(*start, end, &end);
}
static struct object *iterate_range(struct object *o) {
  struct range *r = range_of(o);
  int64_t start, step, n;
  return is_short(r, &start, &step, &n) ? new_iterator(start, step, n)
                                        : new_long_iterator(r->start, r->step, r->length);
}
static struct object *reversed(struct object *o) {
  struct range *r = range_of(o);
  int64_t start, step, n, last;
  if (is_short(r, &start, &step, &n) && step != INT64_MIN) {
    last = (int64_t)((uint64_t)start + (uint64_t)(n - 1) * (uint64_t)step);
    return new_iterator(last, -step, n);
  }
  struct object *i = int_subtract(r->length, one());
  struct object *from = i ? item_at(r->start, i, r->step) : NULL;
  struct object *back = from ? int_negate(r->step) : NULL;
  struct object *result = back ? new_long_iterator(from, back, r->length) : NULL;
  drop_null(back);
  drop_null(from);
  drop_null(i);
  return result;
}

static struct object *hint(struct object *o) {
  struct range_iterator *it = (struct range_iterator *)o;
  return int_from_i64(it->n - it->i);
}
/* (iter, (range,), i); takes the four. */
static struct object *reduce_taking(struct object *start, struct object *step, struct object *n,
                                    struct object *i) {
  struct object *result = NULL, *stop = start && step && n && i ? item_at(start, n, step) : NULL;
  struct object *range = stop ? range_new(start, stop, step) : NULL;
  struct object *args = range ? tuple_pack(1, range) : NULL;
  struct object *iter = args ? builtins_get("iter") : NULL;
  if (iter)
    result = tuple_pack(3, iter, args, i);
  struct object *const used[] = {iter, args, range, stop, i, n, step, start};
  for (size_t k = 0; k < ARRAY_SIZE(used); k++)
    drop_null(used[k]);
  return result;
}
static struct object *reduce_iterator(struct object *o) {
  struct range_iterator *it = (struct range_iterator *)o;
  return reduce_taking(int_from_i64(it->start), int_from_i64(it->step), int_from_i64(it->n),
                       int_from_i64(it->i));
}
static struct object *set_state(struct object *o, struct object *state) {
  struct range_iterator *it = (struct range_iterator *)o;
  int64_t i;
  if (number_to_i64(state, &i, ERROR_OVERFLOW) < 0)
    return NULL;
  it->i = i < 0 ? 0 : i > it->n ? it->n : i;
  return hold(NONE);
}
static struct object *next(struct object *o) { return range_iterator_next(o); }

static struct object *long_next(struct object *o) {
  struct long_range_iterator *it = (struct long_range_iterator *)o;
  if (int_compare(it->i, it->n) >= 0)
    return NULL;
  struct object *value = item_at(it->start, it->i, it->step);
  struct object *i = value ? int_add(it->i, one()) : NULL;
  if (i)
    store(o, &it->i, i);
  else
    drop_null(value);
  return i ? value : NULL;
}
static struct object *long_hint(struct object *o) {
  struct long_range_iterator *it = (struct long_range_iterator *)o;
  return int_subtract(it->n, it->i);
}
static struct object *long_reduce(struct object *o) {
  struct long_range_iterator *it = (struct long_range_iterator *)o;
  return reduce_taking(hold(it->start), hold(it->step), hold(it->n), hold(it->i));
}
static struct object *long_set_state(struct object *o, struct object *state) {
  struct long_range_iterator *it = (struct long_range_iterator *)o;
  if (!is_any_int(state))
    return error_format(ERROR_TYPE, "state must be an int, not %N", state);
  struct object *i = number_index(state);
  if (i && is_negative(i)) {
    drop(i);
    i = int_from_i64(0);
  } else if (i && int_compare(i, it->n) > 0) {
    drop(i);
    i = hold(it->n);
  }
  if (!i)
    return NULL;
  store(o, &it->i, i);
  return hold(NONE);
}

/* ---- The types ---- */

SEQUENCE_ITERATOR_METHODS(iterator_methods, hint, reduce_iterator, set_state);
SEQUENCE_ITERATOR_METHODS(long_iterator_methods, long_hint, long_reduce, long_set_state);

struct type range_iterator_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .flags = GC_PLAIN, .basic_bytes = sizeof(struct range_iterator)},
    .name = "range_iterator",
    .flags = TYPE_NO_INSTANCE,
    .iter = self,
    .next = next,
    .methods = iterator_methods,
    .base = &object_type};
struct type long_range_iterator_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_PLAIN,
              .refs_offset = offsetof(struct long_range_iterator, i),
              .refs_n = 4,
              .basic_bytes = sizeof(struct long_range_iterator)},
    .name = "longrange_iterator",
    .flags = TYPE_NO_INSTANCE,
    .iter = self,
    .next = long_next,
    .methods = long_iterator_methods,
    .base = &object_type};

static struct object *reduce(struct object *o) {
  struct range *r = range_of(o);
  struct object *args = tuple_pack(3, r->start, r->stop, r->step);
  struct object *result = args ? tuple_pack(2, &range_type.head, args) : NULL;
  drop_null(args);
  return result;
}
static const struct method_def methods[] = {
    METHOD_NOARGS_("__reversed__", reversed, "Return a reverse iterator."),
    METHOD_NOARGS_("__reduce__", reduce, NULL),
    METHOD_ONE_("count", count, "How often the range has a value: 0 or 1 for ints."),
    METHOD_ONE_("index", index_of, "The position of a value; ValueError if it is not there."),
    {NULL}};
static const struct member_def members[] = {
    {"start", MEMBER_OBJECT_EX, MEMBER_READONLY, offsetof(struct range, start), NULL},
    {"stop", MEMBER_OBJECT_EX, MEMBER_READONLY, offsetof(struct range, stop), NULL},
    {"step", MEMBER_OBJECT_EX, MEMBER_READONLY, offsetof(struct range, step), NULL},
    {NULL}};
struct type range_type = {.head = OBJECT_STATIC(type_type),
                          .shape = {.layout = GC_FIXED,
                                    .flags = GC_PLAIN,
                                    .refs_offset = offsetof(struct range, start),
                                    .refs_n = 4,
                                    .basic_bytes = sizeof(struct range)},
                          .name = "range",
                          .flags = TYPE_SEQUENCE,
                          .equal = equal,
                          .hash = hash,
                          .construct = construct,
                          .new_ = new_slot,
                          .repr = repr,
                          .compare = compare_slot,
                          .iter = iterate_range,
                          .number = {.truth = truth},
                          .sequence = {.length = length, .item = item, .contains = contains},
                          .mapping = {.length = length, .get = get},
                          .methods = methods,
                          .members = members,
                          .doc = "range(stop) -> range object\nrange(start, stop[, step]) -> range "
                                 "object\n\nThe ints from start (0) up to, not including, stop, "
                                 "step (1) apart.",
                          .base = &object_type};
