/* Tuples as Python sees them. What subclasses hold is copied into an object of their own size. */
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/tuple_internal.h"

static struct tuple *tuple_of(struct object *o) { return (struct tuple *)o; }

/* ---- Making ---- */

struct object *tuple_construct(struct object *type, struct object *const *args, size_t n,
                               struct object *kwnames) {
  (void)type;
  n = call_count(n);
  if (args_check_no_keywords("tuple", kwnames) < 0 || args_check_count("tuple", n, 0, 1) < 0)
    return NULL;
  return n ? iterate_to_tuple(args[0]) : tuple_new(0);
}
struct object *tuple_new_of_type(struct type *t, struct object *items) {
  if (t == &tuple_type)
    return hold(items);
  size_t n = tuple_length(items);
  struct object *o = type_allocate(t, sizeof(struct tuple) + n * sizeof(struct object *));
  if (!o)
    return NULL;
  tuple_of(o)->n = n;
  for (size_t i = 0; i < n; i++)
    tuple_init_taking(o, i, hold(tuple_get_borrowed(items, i)));
  gc_track(o);
  return o;
}
struct object *tuple_new_slot(struct type *t, struct object *const *args, size_t n,
                              struct object *kwnames) {
  if ((t == &tuple_type || t->init == tuple_type.init) &&
      args_check_no_keywords("tuple", kwnames) < 0)
    return NULL;
  if (args_check_count("tuple", n, 0, 1) < 0)
    return NULL;
  struct object *items = n ? iterate_to_tuple(args[0]) : tuple_new(0);
  struct object *o = items ? tuple_new_of_type(t, items) : NULL;
  drop_null(items);
  return o;
}

/* ---- Items ---- */

int64_t tuple_length_slot(struct object *o) { return (int64_t)tuple_length(o); }
struct object *tuple_item_slot(struct object *o, int64_t i) {
  if (UNLIKELY((uint64_t)i >= tuple_length(o)))
    return error_set(ERROR_INDEX, "tuple index out of range"), NULL;
  return hold(tuple_get_borrowed(o, (size_t)i));
}
struct object *tuple_slice(struct object *o, size_t start, size_t stop) {
  if (start == 0 && stop == tuple_length(o) && is_tuple(o))
    return hold(o);
  return tuple_from(tuple_of(o)->items + start, stop > start ? stop - start : 0);
}
struct object *tuple_get_slot(struct object *o, struct object *key) {
  int64_t i, stop, step;
  if (LIKELY(type_of(key) == &int_type && int_is_compact(key)))
    i = int_value(key);
  else if (is_slice(key)) {
    if (slice_unpack(key, &i, &stop, &step) < 0)
      return NULL;
    int64_t n = slice_adjust((int64_t)tuple_length(o), &i, &stop, step);
    if (n <= 0)
      return tuple_new(0);
    if (step == 1)
      return tuple_slice(o, (size_t)i, (size_t)stop);
    struct object *slice = tuple_new((size_t)n);
    for (int64_t k = 0; slice && k < n; k++)
      tuple_init_taking(slice, (size_t)k, hold(tuple_get_borrowed(o, (size_t)(i + k * step))));
    return slice;
  } else if (!type_of(key)->number.index)
    return error_format(ERROR_TYPE, "tuple indices must be integers or slices, not %N", key);
  else if (number_to_i64(key, &i, ERROR_INDEX) < 0)
    return NULL;
  return tuple_item_slot(o, i < 0 ? i + (int64_t)tuple_length(o) : i);
}

/* Where `value` is in [i, stop); -1: nowhere, -2: an error. */
static int64_t find(struct object *o, struct object *value, size_t i, size_t stop) {
  for (; i < stop; i++) {
    int equal = object_equal(tuple_get_borrowed(o, i), value);
    if (equal)
      return equal < 0 ? -2 : (int64_t)i;
  }
  return -1;
}
int tuple_contains_slot(struct object *o, struct object *value) {
  int64_t at = find(o, value, 0, tuple_length(o));
  return at == -2 ? -1 : at >= 0;
}

struct object *tuple_concat_slot(struct object *a, struct object *b) {
  if (tuple_length(a) == 0 && is_tuple(b))
    return hold(b);
  if (!is_any_tuple(b))
    return error_format(ERROR_TYPE, "can only concatenate tuple (not \"%N\") to tuple", b);
  size_t n = tuple_length(a), m = tuple_length(b);
  if (m == 0 && is_tuple(a))
    return hold(a);
  struct object *sum = tuple_new(n + m);
  for (size_t i = 0; sum && i < n + m; i++)
    tuple_init_taking(sum, i,
                      hold(i < n ? tuple_get_borrowed(a, i) : tuple_get_borrowed(b, i - n)));
  return sum;
}
struct object *tuple_repeat_slot(struct object *o, int64_t times) {
  size_t n = tuple_length(o), total;
  if ((n == 0 || times == 1) && is_tuple(o))
    return hold(o);
  if (n == 0 || times <= 0)
    return tuple_new(0);
  if (__builtin_mul_overflow(n, (size_t)times, &total))
    return error_no_memory();
  struct object *result = tuple_new(total);
  for (size_t i = 0; result && i < total; i += n)
    for (size_t k = 0; k < n; k++)
      tuple_init_taking(result, i + k, hold(tuple_get_borrowed(o, k)));
  return result;
}

/* ---- Comparison and repr ---- */

/* Whether the tuples differ in an item that both have, and in which; -1: an error. */
ALWAYS_INLINE int first_difference(struct object *a, struct object *b, struct object **x,
                                   struct object **y) {
  size_t n = tuple_length(a), m = tuple_length(b);
  for (size_t i = 0; i < n && i < m; i++) {
    *x = tuple_get_borrowed(a, i);
    *y = tuple_get_borrowed(b, i);
    if (*x == *y)
      continue;
    int equal = int_both_compact(*x, *y)
                    ? ((struct int_object *)*x)->word == ((struct int_object *)*y)->word
                    : object_equal(*x, *y);
    if (equal <= 0)
      return equal < 0 ? -1 : 1;
  }
  return 0;
}
struct object *tuple_compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if (!is_any_tuple(a) || !is_any_tuple(b))
    return hold(NOT_IMPLEMENTED);
  struct object *x, *y;
  int differ = first_difference(a, b, &x, &y);
  if (differ < 0)
    return NULL;
  if (differ && op != COMPARE_EQ && op != COMPARE_NE)
    return compare(x, y, op);
  return hold(
      bool_from(differ ? op == COMPARE_NE : sequence_order(tuple_length(a), tuple_length(b), op)));
}
int tuple_compare_true(struct object *a, struct object *b, enum compare_op op) {
  if (!object_enter())
    return -1;
  struct object *x, *y;
  int result = first_difference(a, b, &x, &y);
  if (result == 0)
    result = sequence_order(tuple_length(a), tuple_length(b), op);
  else if (result > 0)
    result = op == COMPARE_EQ || op == COMPARE_NE ? op == COMPARE_NE : compare_true(x, y, op);
  object_leave();
  return result;
}

struct object *tuple_repr_slot(struct object *o) {
  size_t n = tuple_length(o);
  if (!n)
    return str_intern("()");
  int inside = repr_enter(o);
  if (inside)
    return inside < 0 ? NULL : str_intern("(...)");
  struct str_builder b = STR_BUILDER_EMPTY;
  int status = str_builder_add_char(&b, '(');
  for (size_t i = 0; status == 0 && i < n; i++) {
    if (i)
      str_builder_add_ascii(&b, ", ", 2);
    struct object *text = object_repr(tuple_get_borrowed(o, i));
    status = text ? str_builder_add(&b, text) : -1;
    drop_null(text);
  }
  repr_leave(o);
  if (status < 0) {
    str_builder_discard(&b);
    return NULL;
  }
  str_builder_add_ascii(&b, n == 1 ? ",)" : ")", n == 1 ? 2 : 1);
  return str_builder_finish(&b);
}

/* ---- Methods ---- */

static struct object *count(struct object *o, struct object *value) {
  int64_t n = 0;
  for (size_t i = 0; i < tuple_length(o); i++) {
    int equal = object_equal(tuple_get_borrowed(o, i), value);
    if (equal < 0)
      return NULL;
    n += equal;
  }
  return int_from_i64(n);
}
static struct object *index_of(struct object *o, struct object *const *args, size_t n) {
  int64_t start = 0, stop = INT64_MAX;
  if (args_check_count("index", n, 1, 3) < 0 || (n > 1 && slice_index(args[1], &start) < 0) ||
      (n > 2 && slice_index(args[2], &stop) < 0))
    return NULL;
  size_t length = tuple_length(o);
  int64_t at = find(o, args[0], sequence_clip(start, length), sequence_clip(stop, length));
  if (at == -1)
    error_set(ERROR_VALUE, "tuple.index(x): x not in tuple");
  return at < 0 ? NULL : int_from_i64(at);
}
static struct object *getnewargs(struct object *o) {
  struct object *items = tuple_from(tuple_of(o)->items, tuple_length(o));
  struct object *result = items ? tuple_pack(1, items) : NULL;
  drop_null(items);
  return result;
}
const struct method_def tuple_methods[] = {
    METHOD_NOARGS_("__getnewargs__", getnewargs, "__getnewargs__($self, /)\n--\n\n"),
    METHOD_FAST_(
        "index", index_of,
        "index($self, value, start=0, stop=sys.maxsize, /)\n--\n\nThe position of the first "
        "item that equals the value; ValueError if none does."),
    METHOD_ONE_("count", count, "count($self, value, /)\n--\n\nHow many items equal the value."),
    METHOD_CLASS_GETITEM,
    {NULL}};
