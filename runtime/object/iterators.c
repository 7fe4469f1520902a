/* enumerate, zip, map and filter: iterators over iterators. */
#include "runtime/object/iterators.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

static struct object *self(struct object *o) { return hold(o); }

/* For iterators that yield tuples: the one yielded last is filled again when nobody else has it.
 * `kept` is the iterator's slot for it; n items are taken (NULL: none). rc family only; elsewhere a
 * new tuple each time. */
static struct object *tuple_fill_again_taking(struct object *owner, struct object **kept,
                                              struct object *const *items, size_t n) {
  struct tuple *t = (struct tuple *)*kept;
  if (t && t->n == n && object_is_unshared(&t->head)) {
    hold(&t->head);
    if (!gc_is_tracked(&t->head)) /* a collection may have untracked it */
      gc_track(&t->head);
    for (size_t i = 0; i < n; i++)
      store(&t->head, &t->items[i], items[i]);
    return &t->head;
  }
  struct object *fresh = tuple_new(n);
  for (size_t i = 0; i < n; i++)
    if (fresh)
      tuple_init_taking(fresh, i, items[i]);
    else
      drop(items[i]);
  if (GC_RC && fresh && n)
    store(owner, kept, hold(fresh));
  return fresh;
}

struct object *iterator_reduce_list_taking(struct object *list, int status) {
  struct object *iter = NULL, *args = NULL, *result = NULL;
  if (status == 0 && error_pending() == ERROR_NONE && (iter = builtins_get("iter")))
    args = tuple_pack(1, list);
  if (args)
    result = tuple_pack(2, iter, args);
  drop_null(args);
  drop_null(iter);
  drop_null(list);
  return result;
}

/* (type, args) or, with a state, (type, args, state); takes args. */
static struct object *reduce_taking(struct object *o, struct object *args, struct object *state) {
  struct object *result = NULL;
  if (args)
    result = state ? tuple_pack(3, &type_of(o)->head, args, state)
                   : tuple_pack(2, &type_of(o)->head, args);
  drop_null(args);
  return result;
}

/* ---- enumerate ---- */

struct enumerate {
  struct object head;
  struct object *iterator, *pair;
  struct object *index; /* NULL: i counts; else it has become too large for that */
  int64_t i;
};
static struct object *enumerate_new(struct type *t, struct object *const *args, size_t n,
                                    struct object *kwnames) {
  static const char *const names[] = {"iterable", "start"};
  static const struct args_spec spec = {"enumerate", names, 2, 0, 2, 0};
  struct object *values[2];
  if (args_parse(&spec, args, call_count(n), kwnames, values) < 0)
    return NULL;
  if (!values[0])
    return error_format(ERROR_TYPE, "enumerate() missing required argument 'iterable'");
  struct object *start = values[1] ? number_index(values[1]) : int_from_i64(0);
  struct enumerate *e = start ? (struct enumerate *)type_generic_alloc(t) : NULL;
  if (e) {
    if (!int_to_i64(start, &e->i))
      store_first(&e->head, &e->index, hold(start));
    struct object *iterator = iterate(values[0]);
    if (iterator)
      store_first(&e->head, &e->iterator, iterator);
    else {
      drop(&e->head);
      e = NULL;
    }
  }
  drop_null(start);
  return (struct object *)e;
}
static struct object *enumerate_construct(struct object *type, struct object *const *args, size_t n,
                                          struct object *kwnames) {
  return enumerate_new((struct type *)type, args, n, kwnames);
}
/* The index, and the next one made ready. */
static struct object *count_on(struct enumerate *e) {
  if (LIKELY(!e->index)) {
    struct object *i = int_from_i64(e->i);
    if (UNLIKELY(e->i == INT64_MAX)) {
      struct object *next = i ? int_add(i, &int_small[1 - INT_SMALL_MIN].head) : NULL;
      if (!next) {
        drop_null(i);
        return NULL;
      }
      store_first(&e->head, &e->index, next);
    } else
      e->i++;
    return i;
  }
  struct object *next = int_add(e->index, &int_small[1 - INT_SMALL_MIN].head);
  if (!next)
    return NULL;
  struct object *i = hold(e->index);
  store(&e->head, &e->index, next);
  return i;
}
static int enumerate_next_pair(struct object *o, struct object **count, struct object **item) {
  struct enumerate *e = (struct enumerate *)o;
  struct object *next = iterator_step(e->iterator);
  if (UNLIKELY(!next))
    return 0;
  struct object *i = count_on(e);
  if (UNLIKELY(!i)) {
    drop(next);
    return 0;
  }
  *count = i;
  *item = next;
  return 1;
}
static struct object *enumerate_next(struct object *o) {
  struct object *i, *item;
  return enumerate_next_pair(o, &i, &item)
             ? tuple_pair_again_taking(o, &((struct enumerate *)o)->pair, i, item)
             : NULL;
}
static struct object *enumerate_reduce(struct object *o) {
  struct enumerate *e = (struct enumerate *)o;
  struct object *i = e->index ? hold(e->index) : int_from_i64(e->i);
  struct object *args = i ? tuple_pack(2, e->iterator, i) : NULL;
  drop_null(i);
  return reduce_taking(o, args, NULL);
}
static const struct method_def enumerate_methods[] = {
    METHOD_NOARGS_("__reduce__", enumerate_reduce, "Return state information for pickling."),
    METHOD_CLASS_GETITEM,
    {NULL}};
struct type enumerate_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct enumerate, iterator),
              .refs_n = 3,
              .basic_bytes = sizeof(struct enumerate)},
    .name = "enumerate",
    .flags = TYPE_BASE,
    .construct = enumerate_construct,
    .new_ = enumerate_new,
    .iter = self,
    .next = enumerate_next,
    .next_pair = enumerate_next_pair,
    .methods = enumerate_methods,
    .doc = "enumerate(iterable, start=0)\n--\n\nPairs of a count and each item: (0, x0), (1, x1), "
           "...",
    .base = &object_type};

/* ---- zip ---- */

struct zip {
  struct object head;
  struct object *iterators, *row; /* tuple; the row yielded last */
  bool strict;
};
/* A tuple of iterators over the arguments. */
static struct object *iterate_each(struct object *const *args, size_t n) {
  struct object *iterators = tuple_new(n);
  for (size_t i = 0; iterators && i < n; i++) {
    struct object *iterator = iterate(args[i]);
    if (!iterator) {
      drop(iterators);
      return NULL;
    }
    tuple_init_taking(iterators, i, iterator);
  }
  return iterators;
}
static struct object *zip_new(struct type *t, struct object *const *args, size_t n,
                              struct object *kwnames) {
  static const char *const names[] = {"strict"};
  static const struct args_spec spec = {"zip", names, 1, 0, 0, 0};
  struct object *strict = NULL;
  n = call_count(n);
  if (kwnames && args_parse(&spec, args + n, 0, kwnames, &strict) < 0)
    return NULL;
  int is_strict = strict ? object_truth(strict) : 0;
  struct object *iterators = is_strict < 0 ? NULL : iterate_each(args, n);
  struct zip *z = iterators ? (struct zip *)type_generic_alloc(t) : NULL;
  if (!z) {
    drop_null(iterators);
    return NULL;
  }
  store_first(&z->head, &z->iterators, iterators);
  z->strict = is_strict;
  return &z->head;
}
static struct object *zip_construct(struct object *type, struct object *const *args, size_t n,
                                    struct object *kwnames) {
  return zip_new((struct type *)type, args, n, kwnames);
}
/* The i-th has come to its end; with strict=True all must be there together. */
static COLD struct object *zip_end(struct zip *z, size_t i) {
  if (iterate_failed() || !z->strict)
    return NULL;
  const char *word = "shorter";
  if (i == 0) {
    struct object *item = NULL;
    while (++i < tuple_length(z->iterators)) {
      struct object *iterator = tuple_get_borrowed(z->iterators, i);
      if ((item = iterate_next(iterator)))
        break;
      if (error_pending() != ERROR_NONE)
        return NULL;
    }
    if (!item)
      return NULL;
    drop(item);
    word = "longer";
  }
  return error_format(ERROR_VALUE, "zip() argument %zu is %s than argument%s%zu", i + 1, word,
                      i == 1 ? " " : "s 1-", i);
}
static struct object *zip_next_of_many(struct zip *z, size_t n);
ALWAYS_INLINE bool next_of_two(struct zip *z, struct object **first, struct object **second) {
  const struct tuple *iterators = (const struct tuple *)z->iterators;
  struct object *one = iterator_step(iterators->items[0]);
  if (UNLIKELY(!one))
    return zip_end(z, 0), false;
  struct object *two = iterator_step(iterators->items[1]);
  if (UNLIKELY(!two)) {
    drop(one);
    return zip_end(z, 1), false;
  }
  *first = one;
  *second = two;
  return true;
}
static struct object *zip_next(struct object *o) {
  struct zip *z = (struct zip *)o;
  size_t n = ((const struct tuple *)z->iterators)->n;
  if (UNLIKELY(n != 2))
    return zip_next_of_many(z, n);
  struct object *first, *second;
  return next_of_two(z, &first, &second) ? tuple_pair_again_taking(o, &z->row, first, second)
                                         : NULL;
}
static int zip_next_pair(struct object *o, struct object **first, struct object **second) {
  struct zip *z = (struct zip *)o;
  return LIKELY(((const struct tuple *)z->iterators)->n == 2) ? next_of_two(z, first, second) : -1;
}
/* Into the row that nobody else has: held meanwhile, so that an iterator that asks for the next row
 * itself gets another. */
static struct object *fill_row(struct zip *z, const struct tuple *iterators) {
  struct tuple *row = (struct tuple *)hold(z->row);
  if (UNLIKELY(!gc_is_tracked(&row->head)))
    gc_track(&row->head);
  for (size_t i = 0, n = row->n; i < n; i++) {
    struct object *item = iterator_step(iterators->items[i]);
    if (UNLIKELY(!item)) {
      drop(&row->head);
      return zip_end(z, i);
    }
    store(&row->head, &row->items[i], item);
  }
  return &row->head;
}
static struct object *zip_next_of_many(struct zip *z, size_t n) {
  if (z->row && object_is_unshared(z->row))
    return fill_row(z, (const struct tuple *)z->iterators);
  size_t i = 0;
  struct object *few[8], *row = NULL; /* row: of the many, at once */
  if (n == 0 || (n > ARRAY_SIZE(few) && !(row = tuple_new(n))))
    return NULL;
  for (; i < n; i++) {
    struct object *iterator = tuple_get_borrowed(z->iterators, i);
    struct object *item = iterator_step(iterator);
    if (UNLIKELY(!item))
      break;
    if (UNLIKELY(row != NULL))
      tuple_init_taking(row, i, item);
    else
      few[i] = item;
  }
  if (LIKELY(i == n))
    return row ? row : tuple_fill_again_taking(&z->head, &z->row, few, n);
  for (size_t k = 0; !row && k < i; k++)
    drop(few[k]);
  drop_null(row);
  return zip_end(z, i);
}
static struct object *zip_reduce(struct object *o) {
  struct zip *z = (struct zip *)o;
  return reduce_taking(o, hold(z->iterators), z->strict ? TRUE_ : NULL);
}
static struct object *zip_set_state(struct object *o, struct object *state) {
  int strict = object_truth(state);
  if (strict < 0)
    return NULL;
  ((struct zip *)o)->strict = strict;
  return hold(NONE);
}
static const struct method_def zip_methods[] = {
    METHOD_NOARGS_("__reduce__", zip_reduce, "Return state information for pickling."),
    METHOD_ONE_("__setstate__", zip_set_state, "Set state information for unpickling."),
    {NULL}};
struct type zip_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct zip, iterators),
              .refs_n = 2,
              .basic_bytes = sizeof(struct zip)},
    .name = "zip",
    .flags = TYPE_BASE,
    .construct = zip_construct,
    .new_ = zip_new,
    .iter = self,
    .next = zip_next,
    .next_pair = zip_next_pair,
    .methods = zip_methods,
    .doc = "zip(*iterables, strict=False) --> Yield tuples until an input is exhausted.\n\nWith "
           "strict, all inputs must be exhausted together.",
    .base = &object_type};

/* ---- map ---- */

struct map {
  struct object head;
  struct object *function, *iterators; /* tuple */
};
static struct object *map_new(struct type *t, struct object *const *args, size_t n,
                              struct object *kwnames) {
  n = call_count(n);
  if ((t == &map_type || t->init == map_type.init) && args_check_no_keywords("map", kwnames) < 0)
    return NULL;
  if (n < 2)
    return error_format(ERROR_TYPE, "map() must have at least two arguments.");
  struct object *iterators = iterate_each(args + 1, n - 1);
  struct map *m = iterators ? (struct map *)type_generic_alloc(t) : NULL;
  if (!m) {
    drop_null(iterators);
    return NULL;
  }
  store_first(&m->head, &m->iterators, iterators);
  store_first(&m->head, &m->function, hold(args[0]));
  return &m->head;
}
static struct object *map_construct(struct object *type, struct object *const *args, size_t n,
                                    struct object *kwnames) {
  return map_new((struct type *)type, args, n, kwnames);
}
static struct object *map_next_of_many(struct map *m, size_t n) {
  struct object *row = tuple_new(n), *result = NULL;
  for (size_t i = 0; row && i < n; i++) {
    struct object *iterator = tuple_get_borrowed(m->iterators, i);
    struct object *item = type_of(iterator)->next(iterator);
    if (!item) {
      drop(row);
      return NULL;
    }
    tuple_init_taking(row, i, item);
  }
  if (row)
    result = call_object(m->function, ((struct tuple *)row)->items, n, NULL);
  drop_null(row);
  return result;
}
static struct object *map_next(struct object *o) {
  struct map *m = (struct map *)o;
  struct tuple *iterators = (struct tuple *)m->iterators;
  size_t n = iterators->n, got = 0;
  struct object *row[6], *result = NULL; /* the first is for whom is called to write to */
  if (LIKELY(n == 1)) {
    struct object *item = iterator_step(iterators->items[0]);
    if (UNLIKELY(!item))
      return NULL;
    result = call_one(m->function, item);
    drop(item);
    return result;
  }
  if (UNLIKELY(n >= ARRAY_SIZE(row)))
    return map_next_of_many(m, n);
  row[0] = NULL;
  for (; got < n; got++)
    if (!(row[got + 1] = iterator_step(iterators->items[got])))
      break;
  if (got == n)
    result = call_object(m->function, row + 1, n | CALL_SCRATCH, NULL);
  while (got > 0)
    drop(row[got--]);
  return result;
}
static struct object *map_reduce(struct object *o) {
  struct map *m = (struct map *)o;
  size_t n = tuple_length(m->iterators);
  struct object *args = tuple_new(n + 1);
  if (args)
    tuple_init_taking(args, 0, hold(m->function));
  for (size_t i = 0; args && i < n; i++)
    tuple_init_taking(args, i + 1, hold(tuple_get_borrowed(m->iterators, i)));
  return reduce_taking(o, args, NULL);
}
static const struct method_def map_methods[] = {
    METHOD_NOARGS_("__reduce__", map_reduce, "Return state information for pickling."), {NULL}};
struct type map_type = {.head = OBJECT_STATIC(type_type),
                        .shape = {.layout = GC_FIXED,
                                  .flags = GC_CONTAINER | GC_PLAIN,
                                  .refs_offset = offsetof(struct map, function),
                                  .refs_n = 2,
                                  .basic_bytes = sizeof(struct map)},
                        .name = "map",
                        .flags = TYPE_BASE,
                        .construct = map_construct,
                        .new_ = map_new,
                        .iter = self,
                        .next = map_next,
                        .methods = map_methods,
                        .doc = "map(func, *iterables) --> map object\n\nCalls the function with "
                               "one item of each of the iterables, until one is exhausted.",
                        .base = &object_type};

/* ---- filter ---- */

struct filter {
  struct object head;
  struct object *function, *iterator;
};
static struct object *filter_new(struct type *t, struct object *const *args, size_t n,
                                 struct object *kwnames) {
  n = call_count(n);
  if ((t == &filter_type || t->init == filter_type.init) &&
      args_check_no_keywords("filter", kwnames) < 0)
    return NULL;
  if (args_check_count("filter", n, 2, 2) < 0)
    return NULL;
  struct object *iterator = iterate(args[1]);
  struct filter *f = iterator ? (struct filter *)type_generic_alloc(t) : NULL;
  if (!f) {
    drop_null(iterator);
    return NULL;
  }
  store_first(&f->head, &f->function, hold(args[0]));
  store_first(&f->head, &f->iterator, iterator);
  return &f->head;
}
static struct object *filter_construct(struct object *type, struct object *const *args, size_t n,
                                       struct object *kwnames) {
  return filter_new((struct type *)type, args, n, kwnames);
}
static struct object *filter_next(struct object *o) {
  struct filter *f = (struct filter *)o;
  bool as_it_is = f->function == NONE || f->function == &bool_type.head;
  struct object *item;
  while ((item = iterator_step(f->iterator))) {
    int truth;
    if (as_it_is)
      truth = object_truth(item);
    else {
      struct object *verdict = call_one(f->function, item);
      truth = verdict ? object_truth(verdict) : -1;
      drop_null(verdict);
    }
    if (truth > 0)
      return item;
    drop(item);
    if (truth < 0)
      return NULL;
  }
  return NULL;
}
static struct object *filter_reduce(struct object *o) {
  struct filter *f = (struct filter *)o;
  return reduce_taking(o, tuple_pack(2, f->function, f->iterator), NULL);
}
static const struct method_def filter_methods[] = {
    METHOD_NOARGS_("__reduce__", filter_reduce, "Return state information for pickling."), {NULL}};
struct type filter_type = {.head = OBJECT_STATIC(type_type),
                           .shape = {.layout = GC_FIXED,
                                     .flags = GC_CONTAINER | GC_PLAIN,
                                     .refs_offset = offsetof(struct filter, function),
                                     .refs_n = 2,
                                     .basic_bytes = sizeof(struct filter)},
                           .name = "filter",
                           .flags = TYPE_BASE,
                           .construct = filter_construct,
                           .new_ = filter_new,
                           .iter = self,
                           .next = filter_next,
                           .methods = filter_methods,
                           .doc = "filter(function or None, iterable) --> filter object\n\nThe "
                                  "items for which the function, or the item itself, is true.",
                           .base = &object_type};
