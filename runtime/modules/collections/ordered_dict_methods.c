/* OrderedDict as Python sees it: methods, views, iterators. */
#include "runtime/modules/argument.h"
#include "runtime/modules/collections/collections.h"
#include "runtime/modules/collections/ordered_dict.h"
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/iterators.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

static bool is_exact(const struct object *o) { return type_of(o) == &ordered_dict_type; }
static struct object *self(struct object *o) { return hold(o); }
static struct object *none_unless(int status) { return status < 0 ? NULL : hold(NONE); }

/* ---- Update, as mutable mappings have it: by the methods of others ---- */

static int add_pair(struct object *o, struct object *pair) {
  struct object *iterator = iterate(pair), *items[3] = {NULL};
  if (!iterator)
    return -1;
  size_t n = 0;
  while (n < 3 && (items[n] = iterate_next(iterator)))
    n++;
  drop(iterator);
  int status = -1;
  if (error_pending() == ERROR_NONE) {
    if (n == 2)
      status = object_set_item(o, items[0], items[1]);
    else if (n > 2)
      error_set(ERROR_VALUE, "too many values to unpack (expected 2)");
    else
      error_set(ERROR_VALUE, "need more than %zu value%s to unpack", n, n == 1 ? "" : "s");
  }
  while (n > 0)
    drop(items[--n]);
  return status;
}
static int add_pairs(struct object *o, struct object *pairs) {
  struct object *iterator = pairs ? iterate(pairs) : NULL, *pair;
  if (!iterator)
    return -1;
  int status = 0;
  while (status == 0 && (pair = iterate_next(iterator))) {
    status = add_pair(o, pair);
    drop(pair);
  }
  drop(iterator);
  return status < 0 || error_pending() != ERROR_NONE ? -1 : 0;
}
static int add_items(struct object *o, struct object *mapping) {
  struct object *items = call_method_none(mapping, NAME(plain_items));
  int status = add_pairs(o, items);
  drop_null(items);
  return status;
}
static int add_by_keys(struct object *o, struct object *mapping, struct object *keys) {
  struct object *iterator = keys ? iterate(keys) : NULL, *key;
  if (!iterator)
    return -1;
  int status = 0;
  while (status == 0 && (key = iterate_next(iterator))) {
    struct object *value = object_get_item(mapping, key);
    status = value ? object_set_item(o, key, value) : -1;
    drop_null(value);
    drop(key);
  }
  drop(iterator);
  return status < 0 || error_pending() != ERROR_NONE ? -1 : 0;
}
static int update_from(struct object *o, struct object *other) {
  struct object *method;
  if (is_dict(other)) {
    struct object *copy = dict_copy(other); /* its items as they are now */
    int status = copy ? add_items(o, copy) : -1;
    drop_null(copy);
    return status;
  }
  int found = attribute_find(other, NAME(plain_keys), &method);
  if (found > 0) {
    struct object *keys = call_none(method);
    drop(method);
    int status = add_by_keys(o, other, keys);
    drop_null(keys);
    return status;
  }
  if (found == 0)
    found = attribute_find(other, NAME(plain_items), &method);
  if (found > 0) {
    struct object *items = call_none(method);
    drop(method);
    int status = add_pairs(o, items);
    drop_null(items);
    return status;
  }
  return found < 0 ? -1 : add_pairs(o, other);
}
static int update_with(struct object *o, struct object *const *args, size_t n,
                       struct object *kwnames) {
  if (n && update_from(o, args[0]) < 0)
    return -1;
  for (size_t i = 0; kwnames && i < tuple_length(kwnames); i++)
    if (object_set_item(o, tuple_get_borrowed(kwnames, i), args[n + i]) < 0)
      return -1;
  return 0;
}
static struct object *update(struct object *o, struct object *const *args, size_t n,
                             struct object *kwnames) {
  if (n > 1)
    return error_format(ERROR_TYPE, "update() takes at most 1 positional argument (%zu given)", n);
  return none_unless(update_with(o, args, n, kwnames));
}
int ordered_dict_init(struct object *o, struct object *const *args, size_t n,
                      struct object *kwnames) {
  if (n > 1) {
    error_format(ERROR_TYPE, "expected at most 1 arguments, got %zu", n);
    return -1;
  }
  return update_with(o, args, n, kwnames);
}
struct object *ordered_dict_or(struct object *a, struct object *b) {
  struct type *t = type_of(is_any_ordered_dict(a) ? a : b);
  if (!is_any_dict(a) || !is_any_dict(b))
    return hold(NOT_IMPLEMENTED);
  struct object *result = call_one(&t->head, a);
  if (result && update_from(result, b) < 0) {
    drop(result);
    return NULL;
  }
  return result;
}
struct object *ordered_dict_inplace_or(struct object *a, struct object *b) {
  return update_from(a, b) < 0 ? NULL : hold(a);
}

/* ---- Iteration ---- */

enum { SHOWS_KEY = 1, SHOWS_VALUE = 2, BACKWARD = 4 };
struct iterator {
  struct object head;
  struct object *dict;    /* NULL: it has ended with an error, or at the end */
  struct object *current; /* the key that comes next; NULL: none */
  size_t used;            /* SIZE_MAX: the length has changed */
  uint64_t state;
  unsigned shows;
};
static struct iterator *iterator_of(struct object *o) { return (struct iterator *)o; }

static struct object *iterate_by(struct object *dict, unsigned shows) {
  struct ordered_dict *d = ordered_dict_of(dict);
  struct iterator *it =
      (struct iterator *)gc_new_container(&ordered_dict_iterator_type, sizeof *it);
  if (!it)
    return error_no_memory();
  uint32_t node = shows & BACKWARD ? d->last : d->first;
  it->dict = hold(dict);
  it->current = node == ORDERED_DICT_NONE ? NULL : hold(d->keys[node]);
  it->used = dict_length(dict);
  it->state = d->state;
  it->shows = shows;
  gc_track(&it->head);
  return &it->head;
}
static struct object *end(struct object *o) {
  store(o, &iterator_of(o)->dict, NULL);
  return NULL;
}
static struct object *next_key(struct object *o) {
  struct iterator *it = iterator_of(o);
  if (!it->dict || !it->current)
    return it->dict ? end(o) : NULL;
  struct ordered_dict *d = ordered_dict_of(it->dict);
  if (d->state != it->state) {
    error_set(ERROR_RUNTIME, "OrderedDict mutated during iteration");
    return end(o);
  }
  if (it->used != dict_length(it->dict)) {
    error_set(ERROR_RUNTIME, "OrderedDict changed size during iteration");
    it->used = SIZE_MAX;
    return end(o);
  }
  struct object *key = it->current, *dict = hold(it->dict);
  it->current = NULL;
  uint32_t node;
  int64_t hash = object_hash(key);
  int found = hash == -1 ? -1 : ordered_dict_find(dict, key, hash, &node);
  if (found > 0) {
    const struct ordered_dict_link *l = &d->links[node];
    uint32_t next = it->shows & BACKWARD ? l->previous : l->next;
    if (next != ORDERED_DICT_NONE)
      store(o, &it->current, hold(d->keys[next]));
  } else {
    if (found == 0)
      error_key(key);
    drop(key);
    key = NULL;
  }
  drop(dict);
  return key;
}
static struct object *next(struct object *o) {
  struct iterator *it = iterator_of(o);
  if (!(it->shows & SHOWS_VALUE))
    return next_key(o);
  struct object *dict = it->dict ? hold(it->dict) : NULL; /* comparing keys may end the iterator */
  struct object *key = next_key(o), *value, *result = NULL;
  if (!key) {
    drop_null(dict);
    return NULL;
  }
  int found = dict_find(dict, key, &value);
  if (found > 0) {
    hold(value);
    result = it->shows & SHOWS_KEY ? tuple_pack(2, key, value) : hold(value);
    drop(value);
  } else if (found == 0)
    error_key(key);
  drop(key);
  drop(dict);
  if (!result)
    store(o, &it->current, NULL);
  return result;
}
/* iter(list of what is left); the iterator stays where it is. */
static struct object *iterator_reduce(struct object *o) {
  struct iterator *it = iterator_of(o);
  struct object *dict = it->dict ? hold(it->dict) : NULL;
  struct object *current = it->current ? hold(it->current) : NULL, *list = list_new(0), *each;
  size_t used = it->used;
  int status = list ? 0 : -1;
  while (status == 0 && (each = next(o)))
    status = list_append_taking(list, each);
  store(o, &it->dict, dict);
  store(o, &it->current, current);
  it->used = used;
  return iterator_reduce_list_taking(list, status);
}
static const struct method_def iterator_methods[] = {
    METHOD_NOARGS_("__reduce__", iterator_reduce, "Return state information for pickling"), {NULL}};
struct type ordered_dict_iterator_type = {.head = OBJECT_STATIC(type_type),
                                          .shape = {.layout = GC_FIXED,
                                                    .flags = GC_CONTAINER | GC_PLAIN,
                                                    .refs_offset = offsetof(struct iterator, dict),
                                                    .refs_n = 2,
                                                    .basic_bytes = sizeof(struct iterator)},
                                          .name = "odict_iterator",
                                          .flags = TYPE_NO_INSTANCE,
                                          .iter = self,
                                          .next = next,
                                          .methods = iterator_methods,
                                          .base = &object_type};

struct object *ordered_dict_iterate(struct object *o) {
  return iterate_by(o, SHOWS_KEY);
}
static struct object *reversed(struct object *o) { return iterate_by(o, SHOWS_KEY | BACKWARD); }

/* A view by its name, what its iterators show, and the type of dict's view that it derives from. */
#define VIEW(kind, shows)                                                                          \
  static struct object *kind##_iterate(struct object *o) {                                         \
    return iterate_by(dict_view_dict_borrowed(o), shows);                                          \
  }                                                                                                \
  static struct object *kind##_reversed(struct object *o) {                                        \
    return iterate_by(dict_view_dict_borrowed(o), (shows) | BACKWARD);                             \
  }                                                                                                \
  static const struct method_def kind##_methods[] = {                                              \
      METHOD_NOARGS_("__reversed__", kind##_reversed, NULL), {NULL}};                              \
  struct type ordered_dict_##kind##_type = {                                                       \
      .head = OBJECT_STATIC(type_type),                                                            \
      .shape = {.layout = GC_FIXED,                                                                \
                .flags = GC_CONTAINER | GC_PLAIN,                                                  \
                .refs_offset = sizeof(struct object),                                              \
                .refs_n = 1,                                                                       \
                .basic_bytes = sizeof(struct object) + sizeof(struct object *)},                   \
      .name = "odict_" #kind,                                                                      \
      .flags = TYPE_NO_INSTANCE,                                                                   \
      .iter = kind##_iterate,                                                                      \
      .methods = kind##_methods,                                                                   \
      .base = &dict_##kind##_type};                                                                \
  static struct object *kind(struct object *o) {                                                   \
    return dict_view_new(&ordered_dict_##kind##_type, o);                                          \
  }
VIEW(keys, SHOWS_KEY)
VIEW(values, SHOWS_VALUE)
VIEW(items, SHOWS_KEY | SHOWS_VALUE)

/* ---- Comparison and repr ---- */

/* Whether the keys stand in the same order. */
static int same_order(struct object *a, struct object *b) {
  struct object *x = iterate_by(a, SHOWS_KEY), *y = x ? iterate_by(b, SHOWS_KEY) : NULL;
  int same = y ? 1 : -1;
  while (same > 0) {
    struct object *p = next(x), *q = error_pending() == ERROR_NONE ? next(y) : NULL;
    if (error_pending() != ERROR_NONE)
      same = -1;
    else if (!p || !q)
      same = p == q ? 2 : 0;
    else
      same = object_equal(p, q);
    drop_null(q);
    drop_null(p);
    if (same == 2)
      break;
  }
  drop_null(y);
  drop_null(x);
  return same == 2 ? 1 : same;
}
struct object *ordered_dict_compare(struct object *a, struct object *b, enum compare_op op) {
  if (!is_any_ordered_dict(a) || !is_any_dict(b))
    return hold(NOT_IMPLEMENTED);
  struct object *result = dict_type.compare(a, b, op);
  bool equal = result == (op == COMPARE_EQ ? TRUE_ : FALSE_);
  if (!result || result == NOT_IMPLEMENTED || !equal || !is_any_ordered_dict(b))
    return result;
  drop(result);
  int same = same_order(a, b);
  return same < 0 ? NULL : hold(bool_from(same == (op == COMPARE_EQ)));
}
struct object *ordered_dict_repr(struct object *o) {
  const char *name = type_short_name(type_of(o));
  if (!dict_length(o))
    return str_format("%s()", name);
  int inside = repr_enter(o);
  if (inside)
    return inside < 0 ? NULL : str_intern("...");
  struct object *items =
      is_exact(o) ? iterate_by(o, SHOWS_KEY | SHOWS_VALUE) : call_method_none(o, NAME(plain_items));
  struct object *list = items ? iterate_to_list(items) : NULL;
  struct object *text = list ? str_format("%s(%R)", name, list) : NULL;
  drop_null(list);
  drop_null(items);
  repr_leave(o);
  return text;
}

/* ---- Methods ---- */

METHOD(move_to_end, "move_to_end", 0, 2, 1, "key", "last") {
  struct ordered_dict *d = ordered_dict_of(self);
  int last = v[1] ? object_truth(v[1]) : 1;
  if (last < 0)
    return NULL;
  if (d->first == ORDERED_DICT_NONE)
    return error_key(v[0]);
  int64_t hash = object_hash(v[0]);
  uint32_t node;
  int found = hash == -1 ? -1 : ordered_dict_find(self, v[0], hash, &node);
  if (found <= 0)
    return found < 0 ? NULL : error_key(v[0]);
  if (node != (last ? d->last : d->first))
    ordered_dict_move(self, node, last);
  return hold(NONE);
}
METHOD(pop, "pop", 0, 2, 1, "key", "default") {
  int64_t hash = object_hash(v[0]);
  return hash == -1 ? NULL : ordered_dict_pop(self, v[0], hash, v[1]);
}
METHOD(popitem, "popitem", 0, 1, 0, "last") {
  struct ordered_dict *d = ordered_dict_of(self);
  int last = v[0] ? object_truth(v[0]) : 1;
  if (last < 0)
    return NULL;
  if (d->first == ORDERED_DICT_NONE)
    return error_set(ERROR_KEY, "dictionary is empty"), NULL;
  uint32_t node = last ? d->last : d->first;
  struct object *key = hold(d->keys[node]);
  struct object *value = ordered_dict_pop(self, key, d->links[node].hash, NULL);
  struct object *item = value ? tuple_pack(2, key, value) : NULL;
  drop_null(value);
  drop(key);
  return item;
}
METHOD(setdefault, "setdefault", 0, 2, 1, "key", "default") {
  struct object *fallback = v[1] ? v[1] : NONE, *value;
  int found = is_exact(self) ? dict_find(self, v[0], &value) : object_contains(self, v[0]);
  if (found < 0)
    return NULL;
  if (found)
    return is_exact(self) ? hold(value) : object_get_item(self, v[0]);
  int status = is_exact(self) ? ordered_dict_set(self, v[0], fallback)
                              : object_set_item(self, v[0], fallback);
  return status < 0 ? NULL : hold(fallback);
}
METHOD(fromkeys, "fromkeys", 0, 2, 1, "iterable", "value") {
  struct object *o = call_none(self), *iterator = o ? iterate(v[0]) : NULL, *key;
  int status = iterator ? 0 : -1;
  while (status == 0 && (key = iterate_next(iterator))) {
    status = object_set_item(o, key, v[1] ? v[1] : NONE);
    drop(key);
  }
  drop_null(iterator);
  if (status == 0 && error_pending() == ERROR_NONE)
    return o;
  drop_null(o);
  return NULL;
}
static struct object *clear(struct object *o) {
  ordered_dict_clear(o);
  return hold(NONE);
}
static struct object *copy(struct object *o) {
  bool exact = is_exact(o);
  struct object *result =
      exact ? ordered_dict_new(&ordered_dict_type) : call_none(&type_of(o)->head);
  struct object *iterator = result ? iterate_by(o, SHOWS_KEY) : NULL, *key, *found;
  int status = iterator ? 0 : -1;
  while (status == 0 && (key = next(iterator))) {
    struct object *value = NULL;
    if (!exact)
      value = object_get_item(o, key);
    else if (dict_find(o, key, &found) > 0)
      value = hold(found);
    else if (error_pending() == ERROR_NONE)
      error_key(key);
    status = !value  ? -1
             : exact ? ordered_dict_set(result, key, value)
                     : object_set_item(result, key, value);
    drop_null(value);
    drop(key);
  }
  drop_null(iterator);
  if (status == 0 && error_pending() == ERROR_NONE)
    return result;
  drop_null(result);
  return NULL;
}
static struct object *reduce(struct object *o) {
  struct object *state = call_method_none(o, NAME(getstate)), *args = state ? tuple_new(0) : NULL;
  struct object *shown = args ? call_method_none(o, NAME(plain_items)) : NULL;
  struct object *iterator = shown ? iterate(shown) : NULL;
  struct object *result =
      iterator ? tuple_pack(5, &type_of(o)->head, args, state, NONE, iterator) : NULL;
  drop_null(iterator);
  drop_null(shown);
  drop_null(args);
  drop_null(state);
  return result;
}
static struct object *size_of(struct object *o) {
  const struct ordered_dict *d = ordered_dict_of(o);
  struct object *args[] = {NULL, o};
  struct object *method = type_lookup_borrowed(&dict_type, NAME(sizeof));
  struct object *plain = call_object(method, args + 1, 1 | CALL_SCRATCH, NULL);
  struct object *ring =
      plain ? int_from_i64((int64_t)(d->room * (sizeof *d->keys + sizeof *d->links) +
                                     d->entry_room * sizeof *d->of_entry))
            : NULL;
  struct object *sum = ring ? int_add(plain, ring) : NULL;
  drop_null(ring);
  drop_null(plain);
  return sum;
}
static struct object *get_attributes(struct object *o, void *closure) {
  (void)closure;
  struct object *dict = instance_dict_borrowed(o);
  return dict ? hold(dict) : NULL;
}
const struct getset_def ordered_dict_getsets[] = {{"__dict__", get_attributes, NULL, NULL, NULL},
                                                  {NULL}};

const struct method_def ordered_dict_methods[] = {
    {.name = "fromkeys",
     .flags = METHOD_KEYWORDS | METHOD_CLASS,
     .keywords = fromkeys_call,
     .doc = DOC("fromkeys", "$type, /, iterable, value=None",
                "A new ordered dict in which all these keys have the same value.")},
    METHOD_NOARGS_("__sizeof__", size_of, NULL),
    METHOD_NOARGS_("__reduce__", reduce, "Return state information for pickling"),
    METHOD_KEYWORDS_("setdefault", setdefault_call,
                     DOC("setdefault", "$self, /, key, default=None",
                         "The value of a key; the default becomes it where there is none.")),
    METHOD_KEYWORDS_(
        "pop", pop_call,
        DOC("pop", "$self, /, key, default=<unrepresentable>",
            "Takes a key out and returns its value, or the default where there is none "
            "(without one: KeyError).")),
    METHOD_KEYWORDS_("popitem", popitem_call,
                     DOC("popitem", "$self, /, last=True",
                         "Takes the last key, or the first, out and returns it with its value.")),
    METHOD_NOARGS_("keys", keys, NULL),
    METHOD_NOARGS_("values", values, NULL),
    METHOD_NOARGS_("items", items, NULL),
    METHOD_KEYWORDS_("update", update, NULL),
    METHOD_NOARGS_("clear", clear, "od.clear() -> None.  Takes all keys out."),
    METHOD_NOARGS_("copy", copy, "od.copy() -> a new one with the same keys and values"),
    METHOD_NOARGS_("__reversed__", reversed, "od.__reversed__() <==> reversed(od)"),
    METHOD_KEYWORDS_("move_to_end", move_to_end_call,
                     DOC("move_to_end", "$self, /, key, last=True",
                         "Moves a key to the end, or to the beginning; KeyError if it is not "
                         "there.")),
    {NULL}};
