/* Iterators that may go on for ever, and chain: count, cycle, repeat, chain. */
#include "runtime/modules/itertools/itertools.h"
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

/* ---- count ---- */

struct count {
  struct object head;
  struct object *number, *step; /* number NULL: i counts, by 1 */
  int64_t i;
};
static struct object *one(void) { return &int_small[1 - INT_SMALL_MIN].head; }

static struct object *count_new(struct type *t, struct object *const *args, size_t n,
                                struct object *kwnames) {
  static const char *const names[] = {"start", "step"};
  static const struct args_spec spec = {"count", names, 2, 0, 2, 0};
  struct object *v[2];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  if ((v[0] && !is_number(v[0])) || (v[1] && !is_number(v[1])))
    return error_format(ERROR_TYPE, "a number is required");
  struct object *o = type_generic_alloc(t);
  struct count *c = (struct count *)o;
  if (!o)
    return NULL;
  store_first(o, &c->step, hold(v[1] ? v[1] : one()));
  bool by_one = !v[1] || (is_any_int(v[1]) && int_compare(v[1], one()) == 0);
  if (!by_one || (v[0] && (!is_any_int(v[0]) || !int_to_i64(v[0], &c->i) || c->i == INT64_MAX)))
    store_first(o, &c->number, v[0] ? hold(v[0]) : int_from_i64(0));
  return o;
}
static struct object *count_next(struct object *o) {
  struct count *c = (struct count *)o;
  if (LIKELY(!c->number)) {
    if (LIKELY(c->i < INT64_MAX))
      return int_from_i64(c->i++);
    struct object *number = int_from_i64(c->i);
    if (!number)
      return NULL;
    store_first(o, &c->number, number);
  }
  struct object *number = hold(c->number);
  struct object *next = number_binary(number, c->step, NUMBER_ADD);
  if (!next) {
    drop(number);
    return NULL;
  }
  store(o, &c->number, next);
  return number;
}
static struct object *count_repr(struct object *o) {
  struct count *c = (struct count *)o;
  const char *name = type_short_name(type_of(o));
  if (!c->number)
    return str_format("%s(%ld)", name, (long)c->i);
  if (is_any_int(c->step) && int_compare(c->step, one()) == 0)
    return str_format("%s(%R)", name, c->number);
  return str_format("%s(%R, %R)", name, c->number, c->step);
}
static struct object *count_reduce(struct object *o) {
  struct count *c = (struct count *)o;
  if (c->number)
    return itertools_reduce_taking(o, tuple_pack(2, c->number, c->step), NULL);
  struct object *i = int_from_i64(c->i), *args = i ? tuple_pack(1, i) : NULL;
  drop_null(i);
  return itertools_reduce_taking(o, args, NULL);
}
static const struct method_def count_methods[] = {ITERTOOLS_REDUCE(count_reduce), {NULL}};
struct type itertools_count_type = {
    .head = OBJECT_STATIC(type_type),
    ITERTOOLS_SHAPE(struct count, number, 2),
    .name = "itertools.count",
    .flags = TYPE_BASE,
    .new_ = count_new,
    .repr = count_repr,
    .iter = itertools_self,
    .next = count_next,
    .methods = count_methods,
    .doc = "count(start=0, step=1)\n--\n\nstart, start + step, start + 2 * step, ...",
    .base = &object_type};

/* ---- cycle ---- */

struct cycle {
  struct object head;
  struct object *iterator, *saved; /* iterator NULL: it has ended; list */
  size_t i;
  bool is_saved; /* items of the iterator are in the list already */
};
static struct object *cycle_new(struct type *t, struct object *const *args, size_t n,
                                struct object *kwnames) {
  if (itertools_check(t, &itertools_cycle_type, n, 1, 1, kwnames) < 0)
    return NULL;
  struct object *iterator = iterate(args[0]), *saved = iterator ? list_new(0) : NULL;
  struct object *o = saved ? type_generic_alloc(t) : NULL;
  if (!o) {
    drop_null(saved);
    drop_null(iterator);
    return NULL;
  }
  store_first(o, &((struct cycle *)o)->iterator, iterator);
  store_first(o, &((struct cycle *)o)->saved, saved);
  return o;
}
static struct object *cycle_next(struct object *o) {
  struct cycle *c = (struct cycle *)o;
  if (c->iterator) {
    struct object *item = iterate_next(c->iterator);
    if (item && !c->is_saved && list_append(c->saved, item) < 0) {
      drop(item);
      return NULL;
    }
    if (item || error_pending() != ERROR_NONE)
      return item;
    store(o, &c->iterator, NULL);
  }
  size_t n = list_length(c->saved);
  if (c->i >= n)
    c->i = 0;
  return n ? hold(list_get_borrowed(c->saved, c->i++)) : NULL;
}
static struct object *cycle_reduce(struct object *o) {
  struct cycle *c = (struct cycle *)o;
  struct object *iterator = c->iterator ? hold(c->iterator) : iterate(c->saved);
  if (iterator && !c->iterator && c->i && c->i < list_length(c->saved)) {
    struct object *i = int_from_i64((int64_t)c->i);
    struct object *done = i ? call_method_one(iterator, NAME(setstate), i) : NULL;
    drop_null(i);
    if (!done) {
      drop(iterator);
      return NULL;
    }
    drop(done);
  }
  struct object *args = iterator ? tuple_pack(1, iterator) : NULL;
  struct object *state =
      args ? tuple_pack(2, c->saved, c->iterator ? bool_from(c->is_saved) : TRUE_) : NULL;
  drop_null(iterator);
  if (!state) {
    drop_null(args);
    return NULL;
  }
  return itertools_reduce_taking(o, args, state);
}
static struct object *cycle_set_state(struct object *o, struct object *state) {
  struct cycle *c = (struct cycle *)o;
  struct object *const *items = itertools_state(state, 2);
  int64_t is_saved;
  if (!items)
    return NULL;
  if (!is_any_list(items[0]))
    return error_format(ERROR_TYPE, "argument 1 must be list, not %N", items[0]);
  if (number_to_i64(items[1], &is_saved, ERROR_OVERFLOW) < 0)
    return NULL;
  store(o, &c->saved, hold(items[0]));
  c->is_saved = is_saved != 0;
  c->i = 0;
  return hold(NONE);
}
static const struct method_def cycle_methods[] = {
    ITERTOOLS_REDUCE(cycle_reduce), ITERTOOLS_SET_STATE(cycle_set_state), {NULL}};
struct type itertools_cycle_type = {
    .head = OBJECT_STATIC(type_type),
    ITERTOOLS_SHAPE(struct cycle, iterator, 2),
    .name = "itertools.cycle",
    .flags = TYPE_BASE,
    .new_ = cycle_new,
    .iter = itertools_self,
    .next = cycle_next,
    .methods = cycle_methods,
    .doc = "cycle(iterable, /)\n--\n\nThe items of the iterable, again and again.",
    .base = &object_type};

/* ---- repeat ---- */

struct repeat {
  struct object head;
  struct object *item;
  int64_t left; /* -1: no end */
};
static struct object *repeat_new(struct type *t, struct object *const *args, size_t n,
                                 struct object *kwnames) {
  static const char *const names[] = {"object", "times"};
  static const struct args_spec spec = {"repeat", names, 2, 0, 2, 1};
  struct object *v[2];
  int64_t times = -1;
  if (args_parse(&spec, args, n, kwnames, v) < 0 ||
      (v[1] && number_to_i64(v[1], &times, ERROR_OVERFLOW) < 0))
    return NULL;
  struct object *o = type_generic_alloc(t);
  if (!o)
    return NULL;
  store_first(o, &((struct repeat *)o)->item, hold(v[0]));
  ((struct repeat *)o)->left = v[1] && times < 0 ? 0 : times;
  return o;
}
static struct object *repeat_next(struct object *o) {
  struct repeat *r = (struct repeat *)o;
  if (r->left == 0)
    return NULL;
  if (r->left > 0)
    r->left--;
  return hold(r->item);
}
static struct object *repeat_repr(struct object *o) {
  struct repeat *r = (struct repeat *)o;
  const char *name = type_short_name(type_of(o));
  return r->left < 0 ? str_format("%s(%R)", name, r->item)
                     : str_format("%s(%R, %ld)", name, r->item, (long)r->left);
}
static struct object *repeat_reduce(struct object *o) {
  struct repeat *r = (struct repeat *)o;
  if (r->left < 0)
    return itertools_reduce_taking(o, tuple_pack(1, r->item), NULL);
  struct object *left = int_from_i64(r->left), *args = left ? tuple_pack(2, r->item, left) : NULL;
  drop_null(left);
  return itertools_reduce_taking(o, args, NULL);
}
static struct object *repeat_hint(struct object *o) {
  struct repeat *r = (struct repeat *)o;
  return r->left < 0 ? error_format(ERROR_TYPE, "len() of unsized object") : int_from_i64(r->left);
}
static const struct method_def repeat_methods[] = {
    METHOD_NOARGS_("__length_hint__", repeat_hint,
                   "Private method returning an estimate of len(list(it))."),
    ITERTOOLS_REDUCE(repeat_reduce),
    {NULL}};
struct type itertools_repeat_type = {
    .head = OBJECT_STATIC(type_type),
    ITERTOOLS_SHAPE(struct repeat, item, 1),
    .name = "itertools.repeat",
    .flags = TYPE_BASE,
    .new_ = repeat_new,
    .repr = repeat_repr,
    .iter = itertools_self,
    .next = repeat_next,
    .methods = repeat_methods,
    .doc = "repeat(object [,times]) -> the object, so many times, or without end.",
    .base = &object_type};

/* ---- chain ---- */

struct chain {
  struct object head;
  struct object *source; /* iterator over iterables; NULL: exhausted */
  struct object *active; /* iterator over one of them; NULL: none */
};
static struct object *chain_over(struct type *t, struct object *iterables) {
  struct object *source = iterate(iterables), *o = source ? type_generic_alloc(t) : NULL;
  if (o)
    store_first(o, &((struct chain *)o)->source, source);
  else
    drop_null(source);
  return o;
}
static struct object *chain_new(struct type *t, struct object *const *args, size_t n,
                                struct object *kwnames) {
  if (itertools_check(t, &itertools_chain_type, n, 0, SIZE_MAX, kwnames) < 0)
    return NULL;
  struct object *iterables = tuple_from(args, n);
  struct object *o = iterables ? chain_over(t, iterables) : NULL;
  drop_null(iterables);
  return o;
}
static struct object *from_iterable(struct object *cls, struct object *iterable) {
  return chain_over((struct type *)cls, iterable);
}
static struct object *chain_next(struct object *o) {
  struct chain *c = (struct chain *)o;
  while (c->source) {
    if (!c->active) {
      struct object *iterable = iterate_next(c->source);
      struct object *active = iterable ? iterate(iterable) : NULL;
      drop_null(iterable);
      if (!active) {
        store(o, &c->source, NULL);
        return NULL;
      }
      store(o, &c->active, active);
    }
    struct object *active = c->active, *item = type_of(active)->next(active);
    if (LIKELY(item != NULL))
      return item;
    if (iterate_failed())
      return NULL;
    store(o, &c->active, NULL);
  }
  return NULL;
}
static struct object *chain_reduce(struct object *o) {
  struct chain *c = (struct chain *)o;
  struct object *args = tuple_new(0), *state = NULL;
  if (args && c->source) {
    state = c->active ? tuple_pack(2, c->source, c->active) : tuple_pack(1, c->source);
    if (!state) {
      drop(args);
      return NULL;
    }
  }
  return itertools_reduce_taking(o, args, state);
}
static struct object *chain_set_state(struct object *o, struct object *state) {
  struct chain *c = (struct chain *)o;
  if (!is_any_tuple(state))
    return error_format(ERROR_TYPE, "state is not a tuple");
  size_t n = tuple_length(state);
  if (n < 1 || n > 2)
    return error_format(ERROR_TYPE, "function takes at %s %d argument%s (%zu given)",
                        n < 1 ? "least" : "most", n < 1 ? 1 : 2, n < 1 ? "" : "s", n);
  struct object *source = tuple_get_borrowed(state, 0);
  struct object *active = n > 1 ? tuple_get_borrowed(state, 1) : NULL;
  if (!is_iterator(source) || (active && !is_iterator(active)))
    return error_format(ERROR_TYPE, "Arguments must be iterators.");
  store(o, &c->source, hold(source));
  store(o, &c->active, active ? hold(active) : NULL);
  return hold(NONE);
}
static const struct method_def chain_methods[] = {
    {.name = "from_iterable",
     .flags = METHOD_ONE | METHOD_CLASS,
     .one = from_iterable,
     .doc = "from_iterable($type, iterable, /)\n--\n\nThe chain of all iterables that an iterable "
            "yields."},
    ITERTOOLS_REDUCE(chain_reduce),
    ITERTOOLS_SET_STATE(chain_set_state),
    METHOD_CLASS_GETITEM,
    {NULL}};
struct type itertools_chain_type = {
    .head = OBJECT_STATIC(type_type),
    ITERTOOLS_SHAPE(struct chain, source, 2),
    .name = "itertools.chain",
    .flags = TYPE_BASE,
    .new_ = chain_new,
    .iter = itertools_self,
    .next = chain_next,
    .methods = chain_methods,
    .doc = "chain(*iterables) --> chain object\n\nThe items of the first iterable, then those of "
           "the next, and so on.",
    .base = &object_type};
