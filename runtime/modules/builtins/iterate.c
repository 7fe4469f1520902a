/* Functions over iterables: all, any, iter, next, len, max, min, sorted, sum. */
#include "runtime/modules/builtins/builtins.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/iterators.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/range.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/generator.h"

/* Whether any (wanted 1) or not all (wanted 0) items have that truth. */
static struct object *search_truth(struct object *iterable, int wanted) {
  struct object *it = iterate(iterable), *item;
  if (!it)
    return NULL;
  int truth = !wanted;
  while (truth == !wanted && (item = iterator_step(it))) {
    truth = item == TRUE_ ? 1 : item == FALSE_ ? 0 : object_truth(item);
    drop(item);
  }
  drop(it);
  if (truth < 0 || iterate_failed())
    return NULL;
  return hold(bool_from(truth));
}
static struct object *all(struct object *self, struct object *iterable) {
  return search_truth(iterable, 0);
}
static struct object *any(struct object *self, struct object *iterable) {
  return search_truth(iterable, 1);
}

static struct object *iter(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("iter", n, 1, 2) < 0)
    return NULL;
  if (n == 1)
    return iterate(args[0]);
  if (!is_callable(args[0]))
    return error_format(ERROR_TYPE, "iter(v, w): v must be callable");
  return iterate_call_until(args[0], args[1]);
}

static struct object *next(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("next", n, 1, 2) < 0)
    return NULL;
  if (!is_iterator(args[0]))
    return error_format(ERROR_TYPE, "'%N' object is not an iterator", args[0]);
  struct object *item = type_of(args[0])->next(args[0]);
  if (item)
    return item;
  if (n == 2) {
    if (iterate_failed())
      return NULL;
    return hold(args[1]);
  }
  return error_pending() != ERROR_NONE ? NULL : error_stop_iteration(NULL);
}

static struct object *aiter(struct object *self, struct object *o) {
  unary_fn *f = type_of(o)->async.aiter;
  if (!f)
    return error_format(ERROR_TYPE, "'%N' object is not an async iterable", o);
  struct object *it = f(o);
  if (it && !type_of(it)->async.anext) {
    error_format(ERROR_TYPE, "aiter() returned not an async iterator of type '%N'", it);
    drop(it);
    return NULL;
  }
  return it;
}

static struct object *anext(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("anext", n, 1, 2) < 0)
    return NULL;
  unary_fn *f = type_of(args[0])->async.anext;
  if (!f)
    return error_format(ERROR_TYPE, "'%N' object is not an async iterator", args[0]);
  struct object *awaitable = f(args[0]);
  if (!awaitable || n == 1)
    return awaitable;
  struct object *result = async_generator_anext_default(awaitable, args[1]);
  drop(awaitable);
  return result;
}

static struct object *len(struct object *self, struct object *o) {
  int64_t n = object_length(o);
  return n < 0 ? NULL : int_from_i64(n);
}

/* ---- max and min ---- */

static struct object *extreme(const char *name, enum compare_op op, struct object *const *args,
                              size_t n, struct object *kwnames) {
  struct object *key = NULL, *fallback = NULL;
  if (!n)
    return error_format(ERROR_TYPE, "%s expected at least 1 argument, got 0", name);
  for (size_t i = 0; kwnames && i < tuple_length(kwnames); i++) {
    struct object *each = tuple_get_borrowed(kwnames, i);
    if (str_same_text(each, NAME(plain_key)))
      key = args[n + i];
    else if (str_same_text(each, NAME(plain_default)))
      fallback = args[n + i];
    else
      return error_format(ERROR_TYPE, "'%U' is an invalid keyword argument for %s()", each, name);
  }
  if (n > 1 && fallback)
    return error_format(
        ERROR_TYPE, "Cannot specify a default for %s() with multiple positional arguments", name);
  if (key == NONE)
    key = NULL;
  struct object *it = n == 1 ? iterate(args[0]) : NULL;
  if (n == 1 && !it)
    return NULL;
  struct object *best = NULL, *best_rank = NULL, *item; /* the rank is best itself without a key */
  int wins = 0;
  for (size_t i = 0; wins >= 0; i++) {
    item = it ? iterator_step(it) : i < n ? hold(args[i]) : NULL;
    if (!item)
      break;
    struct object *rank = key ? call_one(key, item) : item;
    wins = !rank ? -1 : !best ? 1 : compare_true(rank, best_rank, op);
    if (wins > 0) {
      if (key)
        drop_null(best_rank);
      drop_null(best);
      best = item;
      best_rank = rank;
    } else {
      if (key)
        drop_null(rank);
      drop(item);
    }
  }
  drop_null(it);
  if (key)
    drop_null(best_rank);
  if (wins < 0 || iterate_failed()) {
    drop_null(best);
    return NULL;
  }
  if (best)
    return best;
  return fallback ? hold(fallback)
                  : error_format(ERROR_VALUE, "%s() arg is an empty sequence", name);
}
static struct object *max(struct object *self, struct object *const *args, size_t n,
                          struct object *kwnames) {
  return extreme("max", COMPARE_GT, args, n, kwnames);
}
static struct object *min(struct object *self, struct object *const *args, size_t n,
                          struct object *kwnames) {
  return extreme("min", COMPARE_LT, args, n, kwnames);
}

static struct object *sorted(struct object *self, struct object *const *args, size_t n,
                             struct object *kwnames) {
  if (n != 1)
    return error_format(ERROR_TYPE, "sorted expected 1 argument, got %zu", n);
  struct object *list = iterate_to_list(args[0]);
  struct object *done = list ? list_sort_method(list, args + 1, 0, kwnames) : NULL;
  if (!done) {
    drop_null(list);
    return NULL;
  }
  drop(done);
  return list;
}

/* ---- sum: numbers are added in C as long as all of them are ints, then floats ---- */

/* What is left of a range, without its items; nothing is done where the sum is too large. */
static void sum_range(struct range_iterator *it, int64_t *total) {
  if (it->i >= it->n)
    return;
  __int128 n = it->n - it->i, all = n * range_iterator_value(it), steps = n * (n - 1) / 2;
  if (__builtin_mul_overflow(steps, (__int128)it->step, &steps) ||
      __builtin_add_overflow(all, steps, &all) || __builtin_add_overflow(all, *total, &all) ||
      all > INT_COMPACT_MAX || all < INT_COMPACT_MIN)
    return;
  *total = (int64_t)all;
  it->i = it->n;
}
/* Takes `sum`; continues with it in *sum. 1: the next item is in *item; 0: the end; -1: error. */
static int sum_ints(struct object *it, struct object **sum, struct object **item) {
  int64_t total = int_value(*sum);
  if (type_of(it) == &range_iterator_type)
    sum_range((struct range_iterator *)it, &total);
  while ((*item = iterator_step(it))) {
    int64_t value, more;
    if (type_of(*item) != &int_type && type_of(*item) != &bool_type)
      break;
    if (LIKELY(int_is_compact(*item)))
      value = int_value(*item);
    else if (!int_to_i64(*item, &value))
      break;
    if (__builtin_add_overflow(total, value, &more) || more > INT_COMPACT_MAX ||
        more < INT_COMPACT_MIN)
      break;
    total = more;
    drop(*item);
  }
  if (!*item && iterate_failed())
    return -1;
  struct object *result = int_from_i64(total);
  if (!result) {
    drop_null(*item);
    return -1;
  }
  drop(*sum);
  *sum = result;
  return *item != NULL;
}
static int sum_floats(struct object *it, struct object **sum, struct object **item) {
  double total = float_value(*sum);
  do {
    if (is_float(*item))
      total += float_value(*item);
    else if (is_int(*item) && int_is_compact(*item))
      total += (double)int_value(*item);
    else
      break;
    drop(*item);
  } while ((*item = iterator_step(it)));
  if (!*item && iterate_failed())
    return -1;
  struct object *result = float_from(total);
  if (!result) {
    drop_null(*item);
    return -1;
  }
  drop(*sum);
  *sum = result;
  return *item != NULL;
}

static struct object *sum(struct object *self, struct object *const *args, size_t n,
                          struct object *kwnames) {
  static const char *const names[] = {"", "start"};
  static const struct args_spec spec = {"sum", names, 2, 1, 2, 1};
  struct object *v[2];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  struct object *it = iterate(v[0]), *item = NULL;
  if (!it)
    return NULL;
  struct object *total = v[1] ? hold(v[1]) : int_from_i64(0);
  const char *joined = !v[1]                ? NULL
                       : is_any_str(v[1])   ? "strings [use ''.join(seq) instead]"
                       : is_any_bytes(v[1]) ? "bytes [use b''.join(seq) instead]"
                       : object_has(v[1], TYPE_IS_BYTEARRAY)
                           ? "bytearray [use b''.join(seq) instead]"
                           : NULL;
  int more = total ? 1 : -1;
  if (joined) {
    error_format(ERROR_TYPE, "sum() can't sum %s", joined);
    more = -1;
  } else if (more > 0 && type_of(total) == &int_type && int_is_compact(total)) {
    more = sum_ints(it, &total, &item);
  } else if (more > 0) {
    more = (item = iterate_next(it)) ? 1 : error_pending() != ERROR_NONE ? -1 : 0;
  }
  while (more > 0) {
    if (is_float(total) && is_float(item)) {
      more = sum_floats(it, &total, &item);
      continue;
    }
    struct object *result = number_binary(total, item, NUMBER_ADD);
    drop(item);
    if (!result) {
      more = -1;
      break;
    }
    drop(total);
    total = result;
    more = (item = iterate_next(it)) ? 1 : error_pending() != ERROR_NONE ? -1 : 0;
  }
  drop(it);
  if (more < 0) {
    drop_null(total);
    return NULL;
  }
  return total;
}

const struct method_def builtins_iterate_functions[] = {
    METHOD_ONE_("all", all,
                "($module, iterable, /)\n--\n\nReturn True if bool(x) is True for all values x in "
                "the iterable."),
    METHOD_ONE_("any", any,
                "($module, iterable, /)\n--\n\nReturn True if bool(x) is True for any x in the "
                "iterable."),
    METHOD_ONE_("aiter", aiter,
                "($module, async_iterable, /)\n--\n\nReturn an AsyncIterator for an AsyncIterable "
                "object."),
    METHOD_FAST_("anext", anext,
                 "async anext(aiterator[, default])\n--\n\nReturn the next item from the async "
                 "iterator."),
    METHOD_FAST_("iter", iter,
                 "iter(iterable) -> iterator\niter(callable, sentinel) -> iterator\n\nGet an "
                 "iterator from an object."),
    METHOD_ONE_("len", len, "($module, obj, /)\n--\n\nReturn the number of items in a container."),
    METHOD_KEYWORDS_("max", max,
                     "max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, "
                     "*[, key=func]) -> value\n\nThe largest item or argument."),
    METHOD_KEYWORDS_("min", min,
                     "min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, "
                     "*[, key=func]) -> value\n\nThe smallest item or argument."),
    METHOD_FAST_("next", next,
                 "next(iterator[, default])\n\nReturn the next item from the iterator, or the "
                 "default when it is exhausted."),
    METHOD_KEYWORDS_("sorted", sorted,
                     "($module, iterable, /, *, key=None, reverse=False)\n--\n\nReturn a new list "
                     "containing all items from the iterable in ascending order."),
    METHOD_KEYWORDS_("sum", sum,
                     "($module, iterable, /, start=0)\n--\n\nReturn the sum of a 'start' value "
                     "(default: 0) plus an iterable of numbers"),
    {NULL}};
