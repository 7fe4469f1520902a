/* groupby and its groups, which share one iterator; tee, whose branches share what was read.
 *
 * A tee reads into links of a chain, LINK_ITEMS in each. A branch holds the link it stands in, so a
 * link dies when the last branch has left it. */
#include "runtime/modules/itertools/itertools.h"
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

/* ---- groupby ---- */

struct groupby {
  struct object head;
  struct object *iterator, *function; /* function NONE: items are their own keys */
  struct object *target;              /* key of the group given out last; NULL: none */
  struct object *key, *value;         /* read, and not given out yet; NULL: none */
  const struct object *group;         /* the group given out last; only compared, never used */
};
struct grouper {
  struct object head;
  struct object *parent, *target;
};
static struct groupby *groupby_of(struct object *o) { return (struct groupby *)o; }

static struct object *groupby_new(struct type *t, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  static const char *const names[] = {"iterable", "key"};
  static const struct args_spec spec = {"groupby", names, 2, 0, 2, 1};
  struct object *v[2];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  struct object *iterator = iterate(v[0]), *o = iterator ? type_generic_alloc(t) : NULL;
  if (!o) {
    drop_null(iterator);
    return NULL;
  }
  store_first(o, &groupby_of(o)->iterator, iterator);
  store_first(o, &groupby_of(o)->function, hold(v[1] ? v[1] : NONE));
  return o;
}
/* Reads one item and its key. False at the end or with an error. */
static bool step(struct object *o) {
  struct groupby *g = groupby_of(o);
  struct object *value = iterate_next(g->iterator);
  if (!value)
    return false;
  struct object *key = g->function == NONE ? hold(value) : call_one(g->function, value);
  if (!key) {
    drop(value);
    return false;
  }
  store(o, &g->value, value);
  store(o, &g->key, key);
  return true;
}
/* Both are held while compared: keys may have an opinion about this iterator. */
static int same_key(struct object *a, struct object *b) {
  hold(a), hold(b);
  int same = object_equal(a, b);
  drop(b), drop(a);
  return same;
}
static struct object *grouper_create(struct object *parent, struct object *target) {
  struct grouper *g = (struct grouper *)gc_new_container(&itertools_grouper_type, sizeof *g);
  if (!g)
    return error_no_memory();
  g->parent = hold(parent);
  g->target = hold(target);
  groupby_of(parent)->group = &g->head;
  gc_track(&g->head);
  return &g->head;
}
static struct object *groupby_next(struct object *o) {
  struct groupby *g = groupby_of(o);
  g->group = NULL;
  for (;;) { /* up to the first item with another key */
    if (g->key && !g->target)
      break;
    if (g->key) {
      int same = same_key(g->target, g->key);
      if (same < 0)
        return NULL;
      if (!same && g->key) /* comparing may have read on */
        break;
    }
    if (!step(o))
      return NULL;
  }
  struct object *key = hold(g->key);
  store(o, &g->target, hold(key));
  struct object *group = grouper_create(o, key);
  if (LIKELY(group != NULL))
    return tuple_pair_taking(key, group);
  drop(key);
  return NULL;
}
static struct object *groupby_reduce(struct object *o) {
  struct groupby *g = groupby_of(o);
  struct object *args = tuple_pack(2, g->iterator, g->function), *state = NULL;
  if (args && g->target && g->key && g->value &&
      !(state = tuple_pack(3, g->key, g->value, g->target))) {
    drop(args);
    return NULL;
  }
  return itertools_reduce_taking(o, args, state);
}
static struct object *groupby_set_state(struct object *o, struct object *state) {
  struct object *const *items = itertools_state(state, 3);
  if (!items)
    return NULL;
  store(o, &groupby_of(o)->key, hold(items[0]));
  store(o, &groupby_of(o)->value, hold(items[1]));
  store(o, &groupby_of(o)->target, hold(items[2]));
  return hold(NONE);
}
static const struct method_def groupby_methods[] = {
    ITERTOOLS_REDUCE(groupby_reduce), ITERTOOLS_SET_STATE(groupby_set_state), {NULL}};
struct type itertools_groupby_type = {
    .head = OBJECT_STATIC(type_type),
    ITERTOOLS_SHAPE(struct groupby, iterator, 5),
    .name = "itertools.groupby",
    .flags = TYPE_BASE,
    .new_ = groupby_new,
    .iter = itertools_self,
    .next = groupby_next,
    .methods = groupby_methods,
    .doc = "groupby(iterable, key=None)\n--\n\nPairs of a key and an iterator over the items in a "
           "row that have it.",
    .base = &object_type};

static struct object *grouper_new(struct type *t, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  if (itertools_check(t, &itertools_grouper_type, n, 2, 2, kwnames) < 0)
    return NULL;
  if (!object_is_instance(args[0], &itertools_groupby_type))
    return error_format(ERROR_TYPE, "_grouper() argument 1 must be itertools.groupby, not %N",
                        args[0]);
  return grouper_create(args[0], args[1]);
}
static struct object *grouper_next(struct object *o) {
  struct grouper *own = (struct grouper *)o;
  struct object *parent = own->parent;
  struct groupby *g = groupby_of(parent);
  if (g->group != o || (!g->value && !step(parent)))
    return NULL;
  if (same_key(own->target, g->key) <= 0 || !g->value)
    return NULL;
  struct object *value = g->value;
  g->value = NULL;
  store(parent, &g->key, NULL);
  return value;
}
static struct object *grouper_reduce(struct object *o) {
  struct grouper *own = (struct grouper *)o;
  if (groupby_of(own->parent)->group == o)
    return itertools_reduce_taking(o, tuple_pack(2, own->parent, own->target), NULL);
  struct object *iter = builtins_get("iter"), *empty = iter ? tuple_new(0) : NULL;
  struct object *args = empty ? tuple_pack(1, empty) : NULL;
  struct object *result = args ? tuple_pack(2, iter, args) : NULL;
  drop_null(args);
  drop_null(empty);
  drop_null(iter);
  return result;
}
static const struct method_def grouper_methods[] = {ITERTOOLS_REDUCE(grouper_reduce), {NULL}};
struct type itertools_grouper_type = {.head = OBJECT_STATIC(type_type),
                                      ITERTOOLS_SHAPE(struct grouper, parent, 2),
                                      .name = "itertools._grouper",
                                      .new_ = grouper_new,
                                      .iter = itertools_self,
                                      .next = grouper_next,
                                      .methods = grouper_methods,
                                      .base = &object_type};

/* ---- tee ---- */

enum { LINK_ITEMS = 57 };
struct tee_link {
  struct object head;
  struct object *iterator, *next; /* next: link; NULL: not needed yet */
  struct object *items[LINK_ITEMS];
  int64_t n; /* items read */
  bool is_reading;
};
struct tee {
  struct object head;
  struct object *link;
  struct object *weakrefs; /* not owned */
  int64_t i;               /* in the link */
};

static struct tee_link *link_of(struct object *o) { return (struct tee_link *)o; }
static struct tee *tee_of(struct object *o) { return (struct tee *)o; }

static struct object *link_create(struct object *iterator) {
  struct object *o = type_generic_alloc(&itertools_tee_data_type);
  if (o)
    store_first(o, &link_of(o)->iterator, hold(iterator));
  return o;
}
static struct object *link_next(struct object *o) {
  struct tee_link *l = link_of(o);
  if (!l->next) {
    struct object *next = link_create(l->iterator);
    if (!next)
      return NULL;
    store_first(o, &l->next, next);
  }
  return hold(l->next);
}
static struct object *link_item(struct object *o, int64_t i) {
  struct tee_link *l = link_of(o);
  if (i < l->n)
    return hold(l->items[i]);
  if (l->is_reading)
    return error_format(ERROR_RUNTIME, "cannot re-enter the tee iterator");
  l->is_reading = true;
  struct object *item = iterate_next(l->iterator);
  l->is_reading = false;
  if (item) {
    store_first(o, &l->items[i], hold(item));
    l->n++;
  }
  return item;
}
static struct object *link_reduce(struct object *o) {
  struct tee_link *l = link_of(o);
  struct object *items = list_new((size_t)l->n), *args = NULL;
  for (int64_t i = 0; items && i < l->n; i++)
    list_append(items, l->items[i]); /* there is room */
  if (items)
    args = tuple_pack(3, l->iterator, items, l->next ? l->next : NONE);
  drop_null(items);
  return itertools_reduce_taking(o, args, NULL);
}
static struct object *link_new(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  if (args_check_no_keywords("teedataobject", kwnames) < 0 ||
      args_check_count("teedataobject", n, 3, 3) < 0)
    return NULL;
  if (!is_any_list(args[1]))
    return args_wrong_type("teedataobject", "argument 2", "list", args[1]);
  size_t length = list_length(args[1]);
  bool valid = length == LINK_ITEMS ? args[2] == NONE || type_of(args[2]) == t
                                    : length < LINK_ITEMS && args[2] == NONE;
  if (!valid)
    return error_format(ERROR_VALUE, "Invalid arguments");
  struct object *o = link_create(args[0]);
  if (!o)
    return NULL;
  for (size_t i = 0; i < length; i++)
    store_first(o, &link_of(o)->items[i], hold(list_get_borrowed(args[1], i)));
  link_of(o)->n = (int64_t)length;
  if (args[2] != NONE)
    store_first(o, &link_of(o)->next, hold(args[2]));
  return o;
}
static const struct method_def link_methods[] = {ITERTOOLS_REDUCE(link_reduce), {NULL}};
struct type itertools_tee_data_type = {.head = OBJECT_STATIC(type_type),
                                       ITERTOOLS_SHAPE(struct tee_link, iterator, 2 + LINK_ITEMS),
                                       .name = "itertools._tee_dataobject",
                                       .new_ = link_new,
                                       .methods = link_methods,
                                       .doc =
                                           "teedataobject(iterable, values, next, /)\n--\n\nData "
                                           "container common to multiple tee objects.",
                                       .base = &object_type};

static struct object *tee_create(struct object *link, int64_t i) {
  struct object *o = type_generic_alloc(&itertools_tee_type);
  if (o) {
    store_first(o, &tee_of(o)->link, hold(link));
    tee_of(o)->i = i;
  }
  return o;
}
static struct object *tee_next(struct object *o) {
  struct tee *t = tee_of(o);
  if (t->i >= LINK_ITEMS) {
    struct object *next = link_next(t->link);
    if (!next)
      return NULL;
    store(o, &t->link, next);
    t->i = 0;
  }
  struct object *link = hold(t->link), *item = link_item(link, t->i);
  drop(link);
  if (item)
    t->i++;
  return item;
}
static struct object *tee_copy(struct object *o) {
  return tee_create(tee_of(o)->link, tee_of(o)->i);
}
static struct object *tee_from(struct object *iterable) {
  struct object *iterator = iterate(iterable);
  if (!iterator)
    return NULL;
  struct object *link = NULL, *o = NULL;
  if (type_of(iterator) == &itertools_tee_type)
    o = tee_copy(iterator);
  else if ((link = link_create(iterator)))
    o = tee_create(link, 0);
  drop_null(link);
  drop(iterator);
  return o;
}
static struct object *tee_new(struct type *t, struct object *const *args, size_t n,
                              struct object *kwnames) {
  (void)t;
  if (args_check_no_keywords("_tee", kwnames) < 0 || args_check_count("_tee", n, 1, 1) < 0)
    return NULL;
  return tee_from(args[0]);
}
static struct object *tee_reduce(struct object *o) {
  struct object *i = int_from_i64(tee_of(o)->i), *empty = tuple_new(0);
  struct object *state = i ? tuple_pack(2, tee_of(o)->link, i) : NULL;
  struct object *args = state && empty ? tuple_pack(1, empty) : NULL;
  drop_null(empty);
  drop_null(i);
  if (args)
    return itertools_reduce_taking(o, args, state);
  drop_null(state);
  return NULL;
}
static struct object *tee_set_state(struct object *o, struct object *state) {
  struct object *const *items = itertools_state(state, 2);
  int64_t i;
  if (!items)
    return NULL;
  if (type_of(items[0]) != &itertools_tee_data_type)
    return error_format(ERROR_TYPE, "argument 1 must be itertools._tee_dataobject, not %N",
                        items[0]);
  if (number_to_i64(items[1], &i, ERROR_OVERFLOW) < 0)
    return NULL;
  if (i < 0 || i > LINK_ITEMS)
    return error_format(ERROR_VALUE, "Index out of range");
  store(o, &tee_of(o)->link, hold(items[0]));
  tee_of(o)->i = i;
  return hold(NONE);
}
static const struct method_def tee_methods[] = {
    METHOD_NOARGS_("__copy__", tee_copy, "Returns an independent iterator."),
    ITERTOOLS_REDUCE(tee_reduce),
    ITERTOOLS_SET_STATE(tee_set_state),
    {NULL}};
struct type itertools_tee_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN | GC_WEAKREFS,
              .refs_offset = offsetof(struct tee, link),
              .refs_n = 1,
              .weak_offset = offsetof(struct tee, weakrefs),
              .basic_bytes = sizeof(struct tee)},
    .name = "itertools._tee",
    .new_ = tee_new,
    .iter = itertools_self,
    .next = tee_next,
    .methods = tee_methods,
    .doc = "_tee(iterable, /)\n--\n\nIterator wrapped to make it copyable.",
    .base = &object_type};

/* Iterators that can be copied are; others get a tee around them. */
struct object *itertools_tee(struct object *module, struct object *const *args, size_t n) {
  int64_t count = 2;
  (void)module;
  if (args_check_count("tee", n, 1, 2) < 0 ||
      (n > 1 && number_to_i64(args[1], &count, ERROR_OVERFLOW) < 0))
    return NULL;
  if (count < 0)
    return error_format(ERROR_VALUE, "n must be >= 0");
  struct object *result = tuple_new((size_t)count);
  if (count == 0 || !result)
    return result;
  struct object *first = iterate(args[0]), *copy = NULL;
  int found = first ? attribute_find(first, NAME(copy), &copy) : -1;
  if (found == 0) {
    struct object *wrapped = tee_from(first);
    drop(first);
    first = wrapped;
    found = first ? attribute_find(first, NAME(copy), &copy) : -1;
  }
  if (found > 0) {
    tuple_init_taking(result, 0, hold(first));
    for (size_t i = 1; i < (size_t)count; i++) {
      struct object *each = call_none(copy);
      if (!each) {
        found = -1;
        break;
      }
      tuple_init_taking(result, i, each);
    }
  }
  drop_null(copy);
  drop_null(first);
  if (found > 0)
    return result;
  drop(result);
  return NULL;
}
