/* Arrays as sequences: items and slices, comparison, iteration. */
#include "runtime/modules/array/array.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

static unsigned char *at(const struct array_object *a, int64_t i) {
  return a->data + i * a->code->bytes;
}
static void copy_items(struct array_object *to, int64_t i, const struct array_object *from,
                       int64_t k, int64_t n) {
  if (n > 0)
    memmove(at(to, i), at(from, k), (size_t)(n * to->code->bytes));
}

/* ---- Reading ---- */

static int64_t length(struct object *o) { return array_of(o)->n; }

static struct object *item(struct object *o, int64_t i) {
  if (UNLIKELY(i < 0 || i >= array_of(o)->n))
    return error_format(ERROR_INDEX, "array index out of range");
  return array_get(o, i);
}

struct object *array_slice_copy(struct object *o, int64_t start, int64_t step, int64_t n) {
  struct array_object *a = array_of(o);
  struct object *result = array_new(&array_type, a->code, n);
  if (!result)
    return NULL;
  int64_t left = n; /* a collection may have shortened it meanwhile */
  while (left > 0 && UNLIKELY(start >= a->n || start + (left - 1) * step >= a->n))
    left--;
  if (UNLIKELY(left < n) && array_resize(result, n = left) < 0) {
    drop(result);
    return NULL;
  }
  if (step == 1)
    copy_items(array_of(result), 0, a, start, n);
  else
    for (int64_t i = 0; i < n; i++)
      copy_items(array_of(result), i, a, start + i * step, 1);
  return result;
}

/* A position from an index; -1: the error. */
static int read_index(struct object *o, struct object *key, int64_t *i) {
  if (number_to_i64(key, i, ERROR_INDEX) < 0)
    return -1;
  if (*i < 0)
    *i += array_of(o)->n;
  return 0;
}
static COLD void *no_index(void) {
  return error_format(ERROR_TYPE, "array indices must be integers");
}

static struct object *get(struct object *o, struct object *key) {
  int64_t i, stop, step;
  if (is_any_int(key) || type_of(key)->number.index)
    return read_index(o, key, &i) < 0 ? NULL : item(o, i);
  if (!is_slice(key))
    return no_index();
  if (slice_unpack(key, &i, &stop, &step) < 0)
    return NULL;
  int64_t n = slice_adjust(array_of(o)->n, &i, &stop, step);
  return array_slice_copy(o, i, step, n);
}

/* ---- Writing ---- */

static int store_value(struct object *o, int64_t i, struct object *value) {
  struct array_object *a = array_of(o);
  unsigned char bytes[8];
  if (i >= 0 && i < a->n && array_code_read(a->code, value, bytes) < 0)
    return -1;
  if (i < 0 || i >= a->n) { /* from the start, or since the value was asked for its own */
    error_set(ERROR_INDEX, "array assignment index out of range");
    return -1;
  }
  memcpy(at(a, i), bytes, a->code->bytes);
  return 0;
}

/* Items from i to i + n are replaced by room for `wanted`. */
static int make_gap(struct object *o, int64_t i, int64_t n, int64_t wanted) {
  struct array_object *a = array_of(o);
  int64_t before = a->n, behind = before - i - n;
  if (a->exports && wanted != n)
    return array_resize(o, before - n + wanted);
  if (wanted < n)
    copy_items(a, i + wanted, a, i + n, behind);
  if (array_resize(o, before - n + wanted) < 0)
    return -1;
  if (wanted > n)
    copy_items(a, i + wanted, a, i + n, behind);
  return 0;
}

static int delete_slice(struct object *o, int64_t start, int64_t step, int64_t n) {
  struct array_object *a = array_of(o);
  if (n == 0)
    return 0;
  if (step == 1)
    return make_gap(o, start, n, 0);
  if (a->exports)
    return array_resize(o, a->n - n);
  if (step < 0) {
    start += step * (n - 1);
    step = -step;
  }
  for (int64_t k = 0; k < n; k++) { /* what stands between two deleted ones moves down */
    int64_t from = start + k * step + 1, end = k + 1 < n ? from + step - 1 : a->n;
    copy_items(a, from - k - 1, a, from, end - from);
  }
  return array_resize(o, a->n - n);
}

static int set_slice(struct object *o, int64_t start, int64_t stop, int64_t step, int64_t n,
                     struct object *value) {
  struct array_object *a = array_of(o);
  if (!value)
    return delete_slice(o, start, step, n);
  if (!is_array(value)) {
    error_format(ERROR_TYPE, "can only assign array (not \"%N\") to array slice", value);
    return -1;
  }
  if (array_of(value)->code != a->code) {
    error_set(ERROR_TYPE, "bad argument type for built-in operation");
    return -1;
  }
  const struct array_object *b = array_of(value);
  int status = 0;
  if (step == 1) {
    status = make_gap(o, start, n, b->n);
    if (status == 0)
      copy_items(a, start, b, 0, b->n);
  } else if (b->n != n) {
    error_format(ERROR_VALUE, "attempt to assign array of size %lld to extended slice of size %lld",
                 (long long)b->n, (long long)n);
    status = -1;
  } else
    for (int64_t k = 0; k < n; k++)
      copy_items(a, start + k * step, b, k, 1);
  return status;
}

static int set(struct object *o, struct object *key, struct object *value) {
  int64_t i, stop, step;
  if (is_any_int(key) || type_of(key)->number.index) {
    if (read_index(o, key, &i) < 0)
      return -1;
    if (value)
      return store_value(o, i, value);
    if (i < 0 || i >= array_of(o)->n) {
      error_set(ERROR_INDEX, "array assignment index out of range");
      return -1;
    }
    return make_gap(o, i, 1, 0);
  }
  if (!is_slice(key))
    return no_index(), -1;
  if (slice_unpack(key, &i, &stop, &step) < 0)
    return -1;
  if (value == o) { /* it would move under our hands */
    if (!(value = array_slice_copy(o, 0, 1, array_of(o)->n)))
      return -1;
  } else if (value)
    hold(value);
  int64_t n = slice_adjust(array_of(o)->n, &i, &stop, step);
  int status = set_slice(o, i, stop, step, n, value);
  drop_null(value);
  return status;
}
static int set_item(struct object *o, int64_t i, struct object *value) {
  if (value)
    return store_value(o, i, value);
  if (i >= 0 && i < array_of(o)->n)
    return make_gap(o, i, 1, 0);
  error_set(ERROR_INDEX, "array assignment index out of range");
  return -1;
}

static int contains(struct object *o, struct object *value) {
  for (int64_t i = 0; i < array_of(o)->n; i++) {
    struct object *each = array_get(o, i);
    int found = each ? object_equal(each, value) : -1;
    drop_null(each);
    if (found)
      return found;
  }
  return 0;
}

/* ---- Whole arrays ---- */

static struct object *concat(struct object *a, struct object *b) {
  if (!is_array(b))
    return error_format(ERROR_TYPE, "can only append array (not \"%N\") to array", b);
  if (array_of(a)->code != array_of(b)->code)
    return error_format(ERROR_TYPE, "bad argument type for built-in operation");
  struct object *result = array_slice_copy(a, 0, 1, array_of(a)->n);
  if (result && array_extend(result, b) < 0) {
    drop(result);
    return NULL;
  }
  return result;
}

static int repeat_within(struct object *o, int64_t times) {
  struct array_object *a = array_of(o);
  int64_t n = a->n, all;
  if (__builtin_mul_overflow(n, times > 0 ? times : 0, &all) ||
      all > INT64_MAX / 2 / a->code->bytes)
    return error_no_memory(), -1;
  if (array_resize(o, all) < 0)
    return -1;
  for (int64_t done = n; done < all; done *= 2)
    copy_items(a, done, a, 0, done < all - done ? done : all - done);
  return 0;
}
static struct object *repeat(struct object *o, int64_t times) {
  struct object *result = array_slice_copy(o, 0, 1, array_of(o)->n);
  if (result && repeat_within(result, times) < 0) {
    drop(result);
    return NULL;
  }
  return result;
}
static struct object *inplace_repeat(struct object *o, int64_t times) {
  if (array_of(o)->n > 0 && times != 1 && repeat_within(o, times) < 0)
    return NULL;
  return hold(o);
}
static struct object *inplace_concat(struct object *o, struct object *other) {
  if (!is_array(other))
    return error_format(ERROR_TYPE, "can only extend array with array (not \"%N\")", other);
  return array_extend(o, other) < 0 ? NULL : hold(o);
}

const struct type_sequence array_sequence = {.length = length,
                                             .concat = concat,
                                             .repeat = repeat,
                                             .item = item,
                                             .set_item = set_item,
                                             .contains = contains,
                                             .inplace_concat = inplace_concat,
                                             .inplace_repeat = inplace_repeat};
const struct type_mapping array_mapping = {.length = length, .get = get, .set = set};

/* ---- Comparison ---- */

struct object *array_compare(struct object *a, struct object *b, enum compare_op op) {
  if (!is_array(a) || !is_array(b))
    return hold(NOT_IMPLEMENTED);
  struct array_object *x = array_of(a), *y = array_of(b);
  if (x->n != y->n && (op == COMPARE_EQ || op == COMPARE_NE))
    return hold(bool_from(op == COMPARE_NE));
  /* Equal bytes are equal numbers, but for NaN; equal codes of ints differ first where they differ.
   */
  int64_t i = 0, n = x->n < y->n ? x->n : y->n;
  if (x->code == y->code && !x->code->is_float)
    while (i < n && !memcmp(at(x, i), at(y, i), x->code->bytes))
      i++;
  for (; i < x->n && i < y->n; i++) {
    struct object *v = array_get(a, i), *w = v ? array_get(b, i) : NULL;
    struct object *result = NULL;
    int same = w ? compare_true(v, w, COMPARE_EQ) : -1;
    if (same == 0)
      result = op == COMPARE_EQ || op == COMPARE_NE ? hold(bool_from(op == COMPARE_NE))
                                                    : compare(v, w, op);
    drop_null(v);
    drop_null(w);
    if (same <= 0)
      return result;
  }
  return hold(bool_from(sequence_order((size_t)x->n, (size_t)y->n, op)));
}

/* ---- Iteration ---- */

struct array_iterator {
  struct object head;
  struct object *array; /* NULL: at the end */
  int64_t i;
};
static struct array_iterator *iterator_of(struct object *o) { return (struct array_iterator *)o; }

struct object *array_iterate(struct object *o) {
  struct object *iterator = type_generic_alloc(&array_iterator_type);
  if (iterator)
    store_first(iterator, &iterator_of(iterator)->array, hold(o));
  return iterator;
}
static struct object *self(struct object *o) { return hold(o); }
static struct object *next(struct object *o) {
  struct array_iterator *it = iterator_of(o);
  if (!it->array)
    return NULL;
  if (it->i < array_of(it->array)->n)
    return array_get(it->array, it->i++);
  store(o, &it->array, NULL);
  return NULL;
}
static struct object *reduce(struct object *o) {
  struct array_iterator *it = iterator_of(o);
  struct object *iter = builtins_get("iter"), *result = NULL;
  if (!iter)
    return NULL;
  struct object *of = it->array ? hold(it->array) : tuple_new(0);
  struct object *args = of ? tuple_pack(1, of) : NULL, *i = NULL;
  if (args && it->array)
    i = int_from_i64(it->i);
  if (args)
    result = i ? tuple_pack(3, iter, args, i) : it->array ? NULL : tuple_pack(2, iter, args);
  drop_null(i);
  drop_null(args);
  drop_null(of);
  drop(iter);
  return result;
}
static struct object *setstate(struct object *o, struct object *state) {
  struct array_iterator *it = iterator_of(o);
  int64_t i;
  if (number_to_i64(state, &i, ERROR_OVERFLOW) < 0)
    return NULL;
  if (it->array)
    it->i = i < 0 ? 0 : i > array_of(it->array)->n ? array_of(it->array)->n : i;
  return hold(NONE);
}
static const struct method_def iterator_methods[] = {
    METHOD_NOARGS_("__reduce__", reduce,
                   "($self, /)\n--\n\nReturn state information for pickling."),
    METHOD_ONE_("__setstate__", setstate,
                "($self, state, /)\n--\n\nSet state information for unpickling."),
    {NULL}};
struct type array_iterator_type = {.head = OBJECT_STATIC(type_type),
                                   .shape = {.layout = GC_FIXED,
                                             .flags = GC_CONTAINER | GC_PLAIN,
                                             .refs_offset = offsetof(struct array_iterator, array),
                                             .refs_n = 1,
                                             .basic_bytes = sizeof(struct array_iterator)},
                                   .name = "array.arrayiterator",
                                   .flags = TYPE_NO_INSTANCE,
                                   .iter = self,
                                   .next = next,
                                   .methods = iterator_methods,
                                   .base = &object_type};
