/* Iterators that choose among the items of another: compress, dropwhile, takewhile, filterfalse,
 * islice; and starmap, pairwise, accumulate, which make something of each. */
#include "runtime/modules/itertools/itertools.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/iterators.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

/* What most of them are. */
struct select {
  struct object head;
  struct object *function, *iterator;
  bool flag;
};
static struct select *select_of(struct object *o) { return (struct select *)o; }

/* An object of the two references, both taken (NULL: an error is pending). */
static struct object *new_taking(struct type *t, struct object *function, struct object *iterator) {
  struct object *o = function && iterator ? type_generic_alloc(t) : NULL;
  if (!o) {
    drop_null(function);
    drop_null(iterator);
    return NULL;
  }
  store_first(o, &select_of(o)->function, function);
  store_first(o, &select_of(o)->iterator, iterator);
  return o;
}
/* Of (function, iterable). */
static struct object *select_new(struct type *t, const struct type *base,
                                 struct object *const *args, size_t n, struct object *kwnames) {
  if (itertools_check(t, base, n, 2, 2, kwnames) < 0)
    return NULL;
  struct object *iterator = iterate(args[1]);
  return iterator ? new_taking(t, hold(args[0]), iterator) : NULL;
}
/* The truth of function(item). */
static int ask(struct object *function, struct object *item) {
  if (function == &bool_type.head)
    return object_truth(item);
  struct object *verdict = call_one(function, item);
  int truth = verdict ? object_truth(verdict) : -1;
  drop_null(verdict);
  return truth;
}
static struct object *reduce(struct object *o) {
  return itertools_reduce_taking(o, tuple_pack(2, select_of(o)->function, select_of(o)->iterator),
                                 NULL);
}
static struct object *reduce_flag(struct object *o) {
  struct object *flag = int_from_i64(select_of(o)->flag);
  return itertools_reduce_taking(o, tuple_pack(2, select_of(o)->function, select_of(o)->iterator),
                                 flag);
}
static struct object *set_flag(struct object *o, struct object *state) {
  int flag = object_truth(state);
  if (flag < 0)
    return NULL;
  select_of(o)->flag = flag;
  return hold(NONE);
}
static const struct method_def plain_methods[] = {ITERTOOLS_REDUCE(reduce), {NULL}};
static const struct method_def flag_methods[] = {
    ITERTOOLS_REDUCE(reduce_flag), ITERTOOLS_SET_STATE(set_flag), {NULL}};

#define SELECT_TYPE(identifier, methods_, doc_)                                                    \
  struct type itertools_##identifier##_type = {.head = OBJECT_STATIC(type_type),                   \
                                               ITERTOOLS_SHAPE(struct select, function, 2),        \
                                               .name = "itertools." #identifier,                   \
                                               .flags = TYPE_BASE,                                 \
                                               .new_ = identifier##_new,                           \
                                               .iter = itertools_self,                             \
                                               .next = identifier##_next,                          \
                                               .methods = methods_,                                \
                                               .doc = #identifier doc_,                            \
                                               .base = &object_type}
#define SELECT_NEW(identifier)                                                                     \
  static struct object *identifier##_new(struct type *t, struct object *const *args, size_t n,     \
                                         struct object *kwnames) {                                 \
    return select_new(t, &itertools_##identifier##_type, args, n, kwnames);                        \
  }

/* ---- dropwhile, takewhile, filterfalse: flag tells that it is over ---- */

SELECT_NEW(dropwhile)
static struct object *dropwhile_next(struct object *o) {
  struct select *s = select_of(o);
  struct object *item;
  while ((item = iterate_next(s->iterator))) {
    if (s->flag)
      return item;
    int drops = ask(s->function, item);
    if (drops == 0) {
      s->flag = true;
      return item;
    }
    drop(item);
    if (drops < 0)
      break;
  }
  return NULL;
}
SELECT_TYPE(dropwhile, flag_methods,
            "(predicate, iterable, /)\n--\n\nAll items from the first on for which the predicate "
            "is false.");

SELECT_NEW(takewhile)
static struct object *takewhile_next(struct object *o) {
  struct select *s = select_of(o);
  struct object *item = s->flag ? NULL : iterate_next(s->iterator);
  if (!item)
    return NULL;
  int takes = ask(s->function, item);
  if (takes > 0)
    return item;
  if (takes == 0)
    s->flag = true;
  drop(item);
  return NULL;
}
SELECT_TYPE(takewhile, flag_methods,
            "(predicate, iterable, /)\n--\n\nItems up to the first for which the predicate is "
            "false.");

SELECT_NEW(filterfalse)
static struct object *filterfalse_next(struct object *o) {
  struct select *s = select_of(o);
  struct object *item;
  while ((item = iterate_next(s->iterator))) {
    int leaves_out = s->function == NONE ? object_truth(item) : ask(s->function, item);
    if (leaves_out == 0)
      return item;
    drop(item);
    if (leaves_out < 0)
      break;
  }
  return NULL;
}
SELECT_TYPE(filterfalse, plain_methods,
            "(function, iterable, /)\n--\n\nThe items for which the function, or the item itself, "
            "is false.");

/* ---- starmap ---- */

SELECT_NEW(starmap)
static struct object *starmap_next(struct object *o) {
  struct select *s = select_of(o);
  struct object *item = iterate_next(s->iterator);
  struct object *args = item ? iterate_to_tuple(item) : NULL;
  drop_null(item);
  struct object *result =
      args ? call_object(s->function, ((struct tuple *)args)->items, tuple_length(args), NULL)
           : NULL;
  gc_keep(args);
  drop_null(args);
  return result;
}
SELECT_TYPE(starmap, plain_methods,
            "(function, iterable, /)\n--\n\nThe function called with the items of each item.");

/* ---- compress: `function` is the data's iterator ---- */

static struct object *compress_new(struct type *t, struct object *const *args, size_t n,
                                   struct object *kwnames) {
  static const char *const names[] = {"data", "selectors"};
  static const struct args_spec spec = {"compress", names, 2, 0, 2, 2};
  struct object *v[2];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  struct object *data = iterate(v[0]);
  return data ? new_taking(t, data, iterate(v[1])) : NULL;
}
static struct object *compress_next(struct object *o) {
  struct select *s = select_of(o);
  struct object *item;
  while ((item = iterate_next(s->function))) {
    struct object *selector = iterate_next(s->iterator);
    int chosen = selector ? object_truth(selector) : -1;
    drop_null(selector);
    if (chosen > 0)
      return item;
    drop(item);
    if (chosen < 0)
      break;
  }
  return NULL;
}
SELECT_TYPE(compress, plain_methods,
            "(data, selectors)\n--\n\nThe items of data whose selector is true.");

/* ---- pairwise: `function` is the item before; NULL: none yet ---- */

static struct object *pairwise_new(struct type *t, struct object *const *args, size_t n,
                                   struct object *kwnames) {
  if (itertools_check(t, &itertools_pairwise_type, n, 1, 1, kwnames) < 0)
    return NULL;
  struct object *iterator = iterate(args[0]), *o = iterator ? type_generic_alloc(t) : NULL;
  if (o)
    store_first(o, &select_of(o)->iterator, iterator);
  else
    drop_null(iterator);
  return o;
}
static struct object *pairwise_next(struct object *o) {
  struct select *s = select_of(o);
  if (!s->iterator)
    return NULL;
  struct object *iterator = hold(s->iterator), *before = s->function ? hold(s->function) : NULL;
  struct object *item = NULL, *pair = NULL;
  if (!before && (before = iterate_next(iterator)))
    store(o, &s->function, hold(before));
  if (before && s->iterator)
    item = iterate_next(iterator);
  if (item) {
    pair = tuple_pack(2, before, item);
    store(o, &s->function, item);
  } else if (error_pending() == ERROR_NONE) {
    store(o, &s->iterator, NULL);
    store(o, &s->function, NULL);
  }
  drop_null(before);
  drop(iterator);
  return pair;
}
struct type itertools_pairwise_type = {
    .head = OBJECT_STATIC(type_type),
    ITERTOOLS_SHAPE(struct select, function, 2),
    .name = "itertools.pairwise",
    .flags = TYPE_BASE,
    .new_ = pairwise_new,
    .iter = itertools_self,
    .next = pairwise_next,
    .doc = "pairwise(iterable, /)\n--\n\nEach item with the one behind it: (x0, x1), (x1, x2), ...",
    .base = &object_type};

/* ---- islice ---- */

struct islice {
  struct object head;
  struct object *iterator;     /* NULL: exhausted */
  int64_t i, next, stop, step; /* i items are taken; stop -1: none */
};
static int slice_number(struct object *o, int64_t *value, const char *message) {
  if (o == NONE)
    return 0;
  if (number_to_i64(o, value, ERROR_OVERFLOW) == 0 && *value >= 0)
    return 0;
  error_clear();
  error_set(ERROR_VALUE, "%s", message);
  return -1;
}
static struct object *islice_new(struct type *t, struct object *const *args, size_t n,
                                 struct object *kwnames) {
  static const char stop_message[] =
      "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.",
                    indices_message[] =
                        "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.",
                    step_message[] = "Step for islice() must be a positive integer or None.";
  int64_t start = 0, stop = -1, step = 1;
  if (itertools_check(t, &itertools_islice_type, n, 2, 4, kwnames) < 0)
    return NULL;
  if (n == 2) {
    if (slice_number(args[1], &stop, stop_message) < 0)
      return NULL;
  } else {
    /* What is no number at all is told of first of the start, then of the stop. */
    int64_t given = 0;
    bool is_start = args[1] == NONE || number_to_i64(args[1], &start, ERROR_OVERFLOW) == 0;
    if (!is_start)
      error_clear();
    if (args[2] != NONE) {
      if (number_to_i64(args[2], &given, ERROR_OVERFLOW) < 0) {
        error_clear();
        error_set(ERROR_VALUE, "%s", stop_message);
        return NULL;
      }
      stop = given;
    }
    if (!is_start || start < 0 || (args[2] != NONE && stop < 0)) {
      error_set(ERROR_VALUE, "%s", indices_message);
      return NULL;
    }
  }
  if (n == 4 && (slice_number(args[3], &step, step_message) < 0 || step < 1)) {
    if (error_pending() == ERROR_NONE)
      error_set(ERROR_VALUE, "%s", step_message);
    return NULL;
  }
  struct object *iterator = iterate(args[0]), *o = iterator ? type_generic_alloc(t) : NULL;
  if (!o) {
    drop_null(iterator);
    return NULL;
  }
  struct islice *s = (struct islice *)o;
  store_first(o, &s->iterator, iterator);
  s->next = start;
  s->stop = stop;
  s->step = step;
  return o;
}
static struct object *islice_next(struct object *o) {
  struct islice *s = (struct islice *)o;
  if (!s->iterator)
    return NULL;
  struct object *iterator = hold(s->iterator), *item = NULL;
  bool more = true;
  while (more && s->i < s->next) {
    struct object *skipped = iterate_next(iterator);
    more = skipped != NULL;
    s->i += more;
    drop_null(skipped);
  }
  if (more && (s->stop < 0 || s->i < s->stop))
    item = iterate_next(iterator);
  if (item) {
    s->i++;
    if (__builtin_add_overflow(s->next, s->step, &s->next) || (s->stop >= 0 && s->next > s->stop))
      s->next = s->stop < 0 ? INT64_MAX : s->stop;
  } else
    store(o, &s->iterator, NULL);
  drop(iterator);
  return item;
}
static struct object *islice_reduce(struct object *o) {
  struct islice *s = (struct islice *)o;
  struct object *args = NULL, *zero = int_from_i64(0);
  if (!s->iterator) {
    struct object *list = list_new(0), *iterator = list ? iterate(list) : NULL;
    if (iterator)
      args = tuple_pack(2, iterator, zero);
    drop_null(iterator);
    drop_null(list);
    return itertools_reduce_taking(o, args, zero);
  }
  struct object *next = int_from_i64(s->next), *step = int_from_i64(s->step);
  struct object *stop = s->stop < 0 ? hold(NONE) : int_from_i64(s->stop);
  struct object *i = int_from_i64(s->i);
  if (next && step && stop && i)
    args = tuple_pack(4, s->iterator, next, stop, step);
  drop_null(stop);
  drop_null(step);
  drop_null(next);
  drop(zero);
  return itertools_reduce_taking(o, args, i);
}
static struct object *islice_set_state(struct object *o, struct object *state) {
  int64_t i;
  if (!is_any_int(state))
    return error_format(ERROR_TYPE, "an integer is required");
  if (number_to_i64(state, &i, ERROR_OVERFLOW) < 0)
    return NULL;
  ((struct islice *)o)->i = i;
  return hold(NONE);
}
static const struct method_def islice_methods[] = {
    ITERTOOLS_REDUCE(islice_reduce), ITERTOOLS_SET_STATE(islice_set_state), {NULL}};
struct type itertools_islice_type = {
    .head = OBJECT_STATIC(type_type),
    ITERTOOLS_SHAPE(struct islice, iterator, 1),
    .name = "itertools.islice",
    .flags = TYPE_BASE,
    .new_ = islice_new,
    .iter = itertools_self,
    .next = islice_next,
    .methods = islice_methods,
    .doc = "islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> "
           "islice object\n\nThe items that a slice of a sequence would have.",
    .base = &object_type};

/* ---- accumulate ---- */

struct accumulate {
  struct object head;
  struct object *total, *iterator, *function, *initial; /* NULL: none */
};
static struct object *accumulate_new(struct type *t, struct object *const *args, size_t n,
                                     struct object *kwnames) {
  static const char *const names[] = {"iterable", "func", "initial"};
  static const struct args_spec spec = {"accumulate", names, 3, 0, 2, 1};
  struct object *v[3];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  struct object *iterator = iterate(v[0]), *o = iterator ? type_generic_alloc(t) : NULL;
  if (!o) {
    drop_null(iterator);
    return NULL;
  }
  struct accumulate *a = (struct accumulate *)o;
  store_first(o, &a->iterator, iterator);
  if (v[1] && v[1] != NONE)
    store_first(o, &a->function, hold(v[1]));
  if (v[2] && v[2] != NONE)
    store_first(o, &a->initial, hold(v[2]));
  return o;
}
static struct object *accumulate_next(struct object *o) {
  struct accumulate *a = (struct accumulate *)o;
  if (a->initial) {
    struct object *initial = a->initial;
    a->initial = NULL;
    store(o, &a->total, hold(initial));
    return initial;
  }
  struct object *item = iterator_step(a->iterator);
  if (!item) {
    error_clear_if(ERROR_STOP_ITERATION);
    return NULL;
  }
  if (!a->total) {
    store(o, &a->total, hold(item));
    return item;
  }
  struct object *total = hold(a->total);
  struct object *sum =
      a->function ? call_two(a->function, total, item) : number_binary(total, item, NUMBER_ADD);
  drop(total);
  drop(item);
  if (sum)
    store(o, &a->total, hold(sum));
  return sum;
}
/* chain([first], iterator) */
static struct object *with_first(struct object *first, struct object *iterator) {
  struct object *list = list_new(1);
  if (!list || list_append(list, first) < 0) {
    drop_null(list);
    return NULL;
  }
  struct object *result = call_two(&itertools_chain_type.head, list, iterator);
  drop(list);
  return result;
}
static struct object *accumulate_reduce(struct object *o) {
  struct accumulate *a = (struct accumulate *)o;
  struct object *function = a->function ? a->function : NONE;
  if (!a->initial && a->total != NONE)
    return itertools_reduce_taking(o, tuple_pack(2, a->iterator, function),
                                   hold(a->total ? a->total : NONE));
  struct object *iterator = with_first(a->initial ? a->initial : a->total, a->iterator);
  if (!iterator)
    return NULL;
  struct object *args = tuple_pack(2, iterator, function);
  drop(iterator);
  if (a->initial)
    return itertools_reduce_taking(o, args, hold(NONE));
  /* A total of None would read as none at all: the sum that begins with it, without its first. */
  struct object *sums = args ? call_tuple_dict(&type_of(o)->head, args, NULL) : NULL;
  struct object *one = int_from_i64(1), *result = NULL;
  drop_null(args);
  args = sums ? tuple_pack(3, sums, one, NONE) : NULL;
  if (args)
    result = tuple_pack(2, &itertools_islice_type.head, args);
  drop_null(args);
  drop_null(sums);
  drop(one);
  return result;
}
static struct object *accumulate_set_state(struct object *o, struct object *state) {
  store(o, &((struct accumulate *)o)->total, hold(state));
  return hold(NONE);
}
static const struct method_def accumulate_methods[] = {
    ITERTOOLS_REDUCE(accumulate_reduce), ITERTOOLS_SET_STATE(accumulate_set_state), {NULL}};
struct type itertools_accumulate_type = {
    .head = OBJECT_STATIC(type_type),
    ITERTOOLS_SHAPE(struct accumulate, total, 4),
    .name = "itertools.accumulate",
    .flags = TYPE_BASE,
    .new_ = accumulate_new,
    .iter = itertools_self,
    .next = accumulate_next,
    .methods = accumulate_methods,
    .doc = "accumulate(iterable, func=None, *, initial=None)\n--\n\nSums of the items so far, or "
           "results of func(sum, item).",
    .base = &object_type};
