/* Lists as Python sees them: making, items and slices, methods, comparison. */
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/list_internal.h"
#include "runtime/object/protocol.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

static struct list *list_of(struct object *o) { return (struct list *)o; }

/* ---- Making ---- */

struct object *list_new_slot(struct type *t, struct object *const *args, size_t n,
                             struct object *kwnames) {
  (void)args, (void)n, (void)kwnames;
  if (t == &list_type)
    return list_new(0);
  struct object *o = type_allocate(t, sizeof(struct list)); /* zeroed: an empty list */
  if (o)
    gc_track(o);
  return o;
}
int list_init_slot(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  if (type_of(o)->new_ == list_type.new_ && args_check_no_keywords("list", kwnames) < 0)
    return -1;
  if (args_check_count("list", n, 0, 1) < 0)
    return -1;
  if (list_of(o)->items)
    list_clear(o);
  return n ? list_extend(o, args[0]) : 0;
}
struct object *list_construct(struct object *type, struct object *const *args, size_t n,
                              struct object *kwnames) {
  (void)type;
  n = call_count(n);
  if (args_check_no_keywords("list", kwnames) < 0 || args_check_count("list", n, 0, 1) < 0)
    return NULL;
  return n ? iterate_to_list(args[0]) : list_new(0);
}

/* ---- Items ---- */

int64_t list_length_slot(struct object *o) { return (int64_t)list_length(o); }

struct object *list_item_slot(struct object *o, int64_t i) {
  if (UNLIKELY((uint64_t)i >= list_length(o)))
    return error_set(ERROR_INDEX, "list index out of range"), NULL;
  return hold(list_get_borrowed(o, (size_t)i));
}
int list_set_item_slot(struct object *o, int64_t i, struct object *value) {
  if (UNLIKELY((uint64_t)i >= list_length(o))) {
    error_set(ERROR_INDEX, "list assignment index out of range");
    return -1;
  }
  if (value)
    list_set_taking(o, (size_t)i, hold(value));
  else
    list_remove_range(o, (size_t)i, (size_t)i + 1);
  return 0;
}

static COLD int wrong_index(struct object *key) {
  error_format(ERROR_TYPE, "list indices must be integers or slices, not %N", key);
  return -1;
}

/* start, stop, step by the length the list has now. */
static int64_t fit(struct object *o, int64_t *start, int64_t *stop, int64_t step) {
  return slice_adjust((int64_t)list_length(o), start, stop, step);
}

static struct object *get_slice(struct object *o, struct object *key) {
  int64_t start, stop, step;
  if (slice_unpack(key, &start, &stop, &step) < 0)
    return NULL;
  int64_t n = fit(o, &start, &stop, step);
  if (n <= 0)
    return list_new(0);
  if (step == 1)
    return list_slice(o, (size_t)start, (size_t)stop);
  struct object *slice = list_new((size_t)n);
  if (!slice)
    return NULL;
  /* A finaliser may have shortened the list meanwhile. */
  int64_t last = start + step * (n - 1), length = (int64_t)list_length(o);
  if (UNLIKELY(start >= length || last >= length))
    return slice;
  struct list *to = list_of(slice);
  struct object *const *from = list_of(o)->items;
  for (int64_t k = 0, i = start; k < n; k++, i += step)
    store_first(slice, &to->items[k], hold(from[i]));
  to->n = (size_t)n;
  gc_keep(o);
  return slice;
}

struct object *list_get_slot(struct object *o, struct object *key) {
  int64_t i;
  if (LIKELY(type_of(key) == &int_type && int_is_compact(key)))
    i = int_value(key);
  else if (is_slice(key))
    return get_slice(o, key);
  else if (!type_of(key)->number.index)
    return wrong_index(key), NULL;
  else if (number_to_i64(key, &i, ERROR_INDEX) < 0)
    return NULL;
  return list_item_slot(o, i < 0 ? i + (int64_t)list_length(o) : i);
}

/* Takes every step-th item out, from the lowest; all are dropped when the list is whole again. */
static int delete_steps(struct object *o, int64_t start, int64_t step, int64_t n) {
  if (step < 0) {
    start += step * (n - 1);
    step = -step;
  }
  struct list *l = list_of(o);
  struct object *removed = list_new((size_t)n);
  if (!removed)
    return -1;
  int64_t length = (int64_t)l->n, stop = start + step * (n - 1);
  if (stop >= length) { /* a finaliser has shortened it */
    drop(removed);
    return 0;
  }
  int64_t to = start;
  for (int64_t from = start; from < length; from++)
    if (from <= stop && (from - start) % step == 0)
      list_append_taking(removed, l->items[from]);
    else
      l->items[to++] = l->items[from];
  l->n = (size_t)to;
  list_trim(o);
  drop(removed);
  return 0;
}

/* o[start:stop] = value, by positions that are fitted when the value's items are there. */
static int set_range(struct object *o, int64_t start, int64_t stop, struct object *value) {
  struct object *const *items;
  size_t n;
  struct object *copy = o == value ? list_slice(value, 0, list_length(value)) : hold(value);
  struct object *fast =
      copy ? sequence_fast(copy, "can only assign an iterable", &items, &n) : NULL;
  drop_null(copy);
  if (!fast)
    return -1;
  fit(o, &start, &stop, 1);
  if (stop < start)
    stop = start;
  int status = list_replace(o, (size_t)start, (size_t)stop, fast);
  drop(fast);
  return status;
}

/* o[start:stop:step] = value, likewise. */
static int set_steps(struct object *o, int64_t start, int64_t stop, int64_t step,
                     struct object *value) {
  struct object *const *items;
  size_t n;
  struct object *copy = o == value ? list_slice(value, 0, list_length(value)) : hold(value);
  struct object *fast =
      copy ? sequence_fast(copy, "must assign iterable to extended slice", &items, &n) : NULL;
  drop_null(copy);
  if (!fast)
    return -1;
  struct object *removed = list_new(n); /* dropped when all are in place */
  int status = removed ? 0 : -1;
  if (status == 0) {
    int64_t wanted = fit(o, &start, &stop, step);
    if (wanted != (int64_t)n) {
      error_format(ERROR_VALUE,
                   "attempt to assign sequence of size %zu to extended slice of size %ld", n,
                   (long)wanted);
      status = -1;
    }
  }
  for (size_t k = 0; status == 0 && k < n; k++) {
    struct object **slot = &list_of(o)->items[start + (int64_t)k * step];
    struct object *before = *slot;
    store_first(o, slot, hold(items[k]));
    list_append_taking(removed, before);
  }
  drop_null(removed);
  gc_keep(fast);
  drop(fast);
  return status;
}

static int set_slice(struct object *o, struct object *key, struct object *value) {
  int64_t start, stop, step;
  if (slice_unpack(key, &start, &stop, &step) < 0)
    return -1;
  if (value)
    return step == 1 ? set_range(o, start, stop, value) : set_steps(o, start, stop, step, value);
  int64_t n = fit(o, &start, &stop, step);
  if (n <= 0)
    return 0;
  if (step != 1)
    return delete_steps(o, start, step, n);
  list_remove_range(o, (size_t)start, (size_t)stop);
  return 0;
}

int list_set_slot(struct object *o, struct object *key, struct object *value) {
  int64_t i;
  if (LIKELY(type_of(key) == &int_type && int_is_compact(key)))
    i = int_value(key);
  else if (is_slice(key))
    return set_slice(o, key, value);
  else if (!type_of(key)->number.index)
    return wrong_index(key);
  else if (number_to_i64(key, &i, ERROR_INDEX) < 0)
    return -1;
  return list_set_item_slot(o, i < 0 ? i + (int64_t)list_length(o) : i, value);
}

/* Where `value` is from `i` on, before `stop` and the end; -1: nowhere, -2: an error. */
static int64_t find(struct object *o, struct object *value, uint64_t i, uint64_t stop) {
  for (; i < list_length(o) && i < stop; i++) {
    struct object *each = list_get_borrowed(o, i);
    if (each == value)
      return (int64_t)i;
    hold(each);
    int equal = object_equal(each, value);
    drop(each);
    if (equal)
      return equal < 0 ? -2 : (int64_t)i;
  }
  return -1;
}
int list_contains_slot(struct object *o, struct object *value) {
  int64_t at = find(o, value, 0, UINT64_MAX);
  return at == -2 ? -1 : at >= 0;
}

/* ---- Concatenation and repetition ---- */

struct object *list_concat_slot(struct object *a, struct object *b) {
  if (!is_any_list(b))
    return error_format(ERROR_TYPE, "can only concatenate list (not \"%N\") to list", b);
  size_t n = list_length(a), m = list_length(b);
  struct object *sum = list_new(n + m);
  if (UNLIKELY(!sum))
    return NULL;
  if (LIKELY(list_length(a) == n) && LIKELY(list_length(b) == m)) {
    list_copy_items(sum, list_of(a)->items, n);
    list_copy_items(sum, list_of(b)->items, m);
    gc_keep(a), gc_keep(b);
    return sum;
  }
  if (list_extend(sum, a) < 0 || list_extend(sum, b) < 0) { /* a finaliser has changed them */
    drop(sum);
    return NULL;
  }
  return sum;
}
struct object *list_inplace_concat_slot(struct object *a, struct object *b) {
  return list_extend(a, b) < 0 ? NULL : hold(a);
}

/* Appends the first n items of the list `more` times; there is room for them. */
static void repeat_into(struct object *to, size_t n, size_t more) {
  struct list *l = list_of(to);
  struct object **end = l->items + l->n;
  if (n == 1) {
    struct object *item = l->items[0];
    for (size_t i = 0; i < more; i++)
      store_first(to, &end[i], item);
  } else
    for (size_t i = 0, total = n * more; i < total; i++) /* from what is there or has been added */
      store_first(to, &end[i], end[(ptrdiff_t)i - (ptrdiff_t)n]);
  for (size_t i = 0; GC_RC && i < n; i++)
    hold_many(l->items[i], more);
  l->n += n * more;
}
struct object *list_repeat_slot(struct object *o, int64_t times) {
  size_t n = list_length(o), total;
  if (times <= 0 || n == 0)
    return list_new(0);
  if (__builtin_mul_overflow(n, (size_t)times, &total))
    return error_no_memory();
  struct object *result = list_new(total);
  if (!result || list_extend(result, o) < 0) {
    drop_null(result);
    return NULL;
  }
  if (list_length(result) == n)
    repeat_into(result, n, (size_t)times - 1);
  return result;
}
struct object *list_inplace_repeat_slot(struct object *o, int64_t times) {
  size_t n = list_length(o), total;
  if (times <= 0)
    list_clear(o);
  else if (times > 1 && n) {
    if (__builtin_mul_overflow(n, (size_t)times, &total))
      return error_no_memory();
    if (list_reserve(o, total) < 0)
      return NULL;
    if (list_length(o) == n) /* else a finaliser has changed it */
      repeat_into(o, n, (size_t)times - 1);
  }
  return hold(o);
}

/* ---- Comparison and repr ---- */

struct object *list_compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if (!is_any_list(a) || !is_any_list(b))
    return hold(NOT_IMPLEMENTED);
  bool by_equality = op == COMPARE_EQ || op == COMPARE_NE;
  if (by_equality && list_length(a) != list_length(b))
    return hold(bool_from(op == COMPARE_NE));
  for (size_t i = 0; i < list_length(a) && i < list_length(b); i++) {
    struct object *x = list_get_borrowed(a, i), *y = list_get_borrowed(b, i);
    if (x == y)
      continue;
    hold(x), hold(y);
    int equal = object_equal(x, y);
    struct object *result = NULL;
    if (equal == 0 && (i >= list_length(a) || i >= list_length(b))) {
      drop(x), drop(y); /* comparing has shortened one of them: only lengths are left to compare */
      break;
    }
    if (equal == 0)
      result = by_equality ? hold(bool_from(op == COMPARE_NE)) : compare(x, y, op);
    drop(x), drop(y);
    if (equal <= 0)
      return result;
  }
  return hold(bool_from(sequence_order(list_length(a), list_length(b), op)));
}

struct object *list_repr_slot(struct object *o) {
  if (!list_length(o))
    return str_intern("[]");
  int inside = repr_enter(o);
  if (inside)
    return inside < 0 ? NULL : str_intern("[...]");
  struct str_builder b = STR_BUILDER_EMPTY;
  int status = str_builder_add_char(&b, '[');
  for (size_t i = 0; status == 0 && i < list_length(o); i++) {
    struct object *each = hold(list_get_borrowed(o, i)); /* the comma may cost a collection */
    if (i)
      str_builder_add_ascii(&b, ", ", 2);
    struct object *text = object_repr(each);
    drop(each);
    status = text ? str_builder_add(&b, text) : -1;
    drop_null(text);
  }
  repr_leave(o);
  if (status < 0) {
    str_builder_discard(&b);
    return NULL;
  }
  str_builder_add_char(&b, ']');
  return str_builder_finish(&b);
}

/* ---- Methods ---- */

static struct object *none_unless(int status) { return status < 0 ? NULL : hold(NONE); }

struct object *list_append_method(struct object *o, struct object *value) {
  return none_unless(list_append(o, value));
}
static struct object *clear(struct object *o) {
  list_clear(o);
  return hold(NONE);
}
static struct object *copy(struct object *o) { return list_slice(o, 0, list_length(o)); }
static struct object *count(struct object *o, struct object *value) {
  int64_t n = 0;
  for (size_t i = 0; i < list_length(o); i++) {
    struct object *each = list_get_borrowed(o, i);
    if (each == value) {
      n++;
      continue;
    }
    hold(each);
    int equal = object_equal(each, value);
    drop(each);
    if (equal < 0)
      return NULL;
    n += equal;
  }
  return int_from_i64(n);
}
static struct object *extend(struct object *o, struct object *iterable) {
  return none_unless(list_extend(o, iterable));
}
static struct object *index_of(struct object *o, struct object *const *args, size_t n) {
  int64_t start = 0, stop = INT64_MAX;
  if (args_check_count("index", n, 1, 3) < 0 || (n > 1 && slice_index(args[1], &start) < 0) ||
      (n > 2 && slice_index(args[2], &stop) < 0))
    return NULL;
  int64_t at =
      find(o, args[0], sequence_clip(start, list_length(o)), sequence_clip(stop, list_length(o)));
  if (at == -1)
    error_format(ERROR_VALUE, "%R is not in list", args[0]);
  return at < 0 ? NULL : int_from_i64(at);
}
static struct object *insert(struct object *o, struct object *const *args, size_t n) {
  int64_t i;
  if (args_check_count("insert", n, 2, 2) < 0 || args_to_size(args[0], &i) < 0)
    return NULL;
  return none_unless(list_insert(o, sequence_clip(i, list_length(o)), args[1]));
}
static struct object *pop(struct object *o, struct object *const *args, size_t n) {
  int64_t i = -1;
  if (args_check_count("pop", n, 0, 1) < 0 || (n && args_to_size(args[0], &i) < 0))
    return NULL;
  size_t length = list_length(o);
  if (!length)
    return error_set(ERROR_INDEX, "pop from empty list"), NULL;
  if (i < 0)
    i += (int64_t)length;
  if ((uint64_t)i >= length)
    return error_set(ERROR_INDEX, "pop index out of range"), NULL;
  if ((size_t)i == length - 1)
    return list_pop(o);
  struct object *value = hold(list_get_borrowed(o, (size_t)i));
  list_remove_range(o, (size_t)i, (size_t)i + 1);
  return value;
}
static struct object *remove_value(struct object *o, struct object *value) {
  int64_t at = find(o, value, 0, UINT64_MAX);
  if (at == -1)
    error_set(ERROR_VALUE, "list.remove(x): x not in list");
  if (at < 0)
    return NULL;
  if ((size_t)at < list_length(o)) /* comparing may have shortened it */
    list_remove_range(o, (size_t)at, (size_t)at + 1);
  return hold(NONE);
}
static struct object *reverse(struct object *o) {
  list_reverse(o);
  return hold(NONE);
}
static struct object *size_of(struct object *o) {
  struct list *l = list_of(o);
  return int_from_i64((int64_t)(type_of(o)->shape.basic_bytes + l->capacity * sizeof *l->items));
}

#define DOC(name, parameters, text) name "(" parameters ")\n--\n\n" text
const struct method_def list_methods[] = {
    {.name = "__getitem__",
     .flags = METHOD_ONE | METHOD_COEXIST,
     .one = list_get_slot,
     .doc = "x.__getitem__(y) <==> x[y]"},
    METHOD_NOARGS_("__reversed__", list_iterate_reversed,
                   DOC("__reversed__", "$self, /", "An iterator from the last item to the first.")),
    METHOD_NOARGS_("__sizeof__", size_of,
                   DOC("__sizeof__", "$self, /", "Bytes of the list and its buffer.")),
    METHOD_NOARGS_("clear", clear, DOC("clear", "$self, /", "Takes all items out.")),
    METHOD_NOARGS_("copy", copy, DOC("copy", "$self, /", "A new list of the same items.")),
    METHOD_ONE_("append", list_append_method,
                DOC("append", "$self, object, /", "Puts an item at the end.")),
    METHOD_FAST_("insert", insert,
                 DOC("insert", "$self, index, object, /", "Puts an item in front of a position.")),
    METHOD_ONE_("extend", extend,
                DOC("extend", "$self, iterable, /", "Puts all items of an iterable at the end.")),
    METHOD_FAST_("pop", pop,
                 DOC("pop", "$self, index=-1, /",
                     "Takes an item out and returns it; IndexError if there is none.")),
    METHOD_ONE_("remove", remove_value,
                DOC("remove", "$self, value, /",
                    "Takes the first item that equals the value out; ValueError if none does.")),
    METHOD_FAST_("index", index_of,
                 DOC("index", "$self, value, start=0, stop=sys.maxsize, /",
                     "The position of the first item that equals the value; ValueError if none "
                     "does.")),
    METHOD_ONE_("count", count, DOC("count", "$self, value, /", "How many items equal the value.")),
    METHOD_NOARGS_("reverse", reverse,
                   DOC("reverse", "$self, /", "Turns the order round, in place.")),
    METHOD_KEYWORDS_("sort", list_sort_method,
                     DOC("sort", "$self, /, *, key=None, reverse=False",
                         "Puts the items in rising (or falling) order, in place; equal ones keep "
                         "theirs.\n\nThe key function is called once for each item.")),
    {.name = "__class_getitem__",
     .flags = METHOD_ONE | METHOD_CLASS,
     .one = generic_alias_class_getitem,
     .doc = "list[item type]"},
    {NULL}};
