/* Dicts as Python sees them: making, merging, methods, comparison. */
#include "runtime/object/attribute.h"
#include "runtime/object/dict_internal.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/set_internal.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/tuple.h"

static struct object *none_unless(int status) { return status < 0 ? NULL : hold(NONE); }

/* ---- Items ---- */

int64_t dict_length_slot(struct object *o) { return (int64_t)dict_length(o); }
int dict_contains_slot(struct object *o, struct object *key) {
  struct object *value;
  return dict_find(o, key, &value);
}
struct object *dict_get_item(struct object *o, struct object *key) {
  struct object *value;
  int found = dict_find(o, key, &value);
  if (LIKELY(found > 0))
    return hold(value);
  if (found < 0)
    return NULL;
  if (!is_dict(o)) {
    struct object *args[] = {NULL, o, key};
    value = call_special(NAME(missing), args + 1, 2 | CALL_SCRATCH);
    if (value || error_pending() != ERROR_NONE)
      return value;
  }
  return error_key(key);
}
int dict_set_slot(struct object *o, struct object *key, struct object *value) {
  if (value)
    return dict_set(o, key, value);
  int was_there = dict_delete(o, key);
  if (was_there == 0)
    error_key(key);
  return was_there > 0 ? 0 : -1;
}

/* ---- Merging ---- */

int dict_merge_mapping(struct object *to, struct object *from, enum dict_merge how) {
  if (is_any_dict(from) && type_of(from)->iter == dict_iterate)
    return dict_merge(to, from, how);
  struct object *keys = call_method_none(from, NAME(plain_keys));
  struct object *iterator = keys ? iterate(keys) : NULL, *key;
  drop_null(keys);
  if (!iterator)
    return -1;
  int status = 0;
  while (status == 0 && (key = iterate_next(iterator))) {
    int there = how == DICT_REPLACE ? 0 : dict_contains_slot(to, key);
    if (there > 0 && how == DICT_REFUSE)
      error_key(key);
    if (there < 0 || (there && how == DICT_REFUSE))
      status = -1;
    else if (!there) {
      struct object *value = object_get_item(from, key);
      status = value ? dict_set(to, key, value) : -1;
      drop_null(value);
    }
    drop(key);
  }
  drop(iterator);
  return status < 0 || error_pending() != ERROR_NONE ? -1 : 0;
}

/* The i-th element of what dict() was given: a pair of key and value. */
static int set_pair(struct object *to, struct object *element, size_t i) {
  struct object *const *items;
  size_t n;
  struct object *pair = sequence_fast(element, NULL, &items, &n);
  if (!pair) {
    if (error_clear_if(ERROR_TYPE))
      error_set(ERROR_TYPE, "cannot convert dictionary update sequence element #%zu to a sequence",
                i);
    return -1;
  }
  int status = -1;
  if (n == 2) {
    struct object *key = hold(items[0]), *value = hold(items[1]);
    status = dict_set(to, key, value);
    drop(value);
    drop(key);
  } else
    error_set(ERROR_VALUE, "dictionary update sequence element #%zu has length %zu; 2 is required",
              i, n);
  drop(pair);
  return status;
}

int dict_update(struct object *to, struct object *from) {
  if (is_dict(from))
    return dict_merge(to, from, DICT_REPLACE);
  struct object *keys;
  int is_map = attribute_find(from, NAME(plain_keys), &keys);
  if (is_map < 0)
    return -1;
  if (is_map) {
    drop(keys);
    return dict_merge_mapping(to, from, DICT_REPLACE);
  }
  struct object *iterator = iterate(from), *element;
  if (!iterator)
    return -1;
  int status = 0;
  for (size_t i = 0; status == 0 && (element = iterate_next(iterator)); i++) {
    status = set_pair(to, element, i);
    drop(element);
  }
  drop(iterator);
  return status < 0 || error_pending() != ERROR_NONE ? -1 : 0;
}

static int update_by_call(struct object *o, const char *name, struct object *const *args, size_t n,
                          struct object *kwnames) {
  if (args_check_count(name, n, 0, 1) < 0 || (n && dict_update(o, args[0]) < 0))
    return -1;
  for (size_t i = 0; kwnames && i < tuple_length(kwnames); i++)
    if (dict_set(o, tuple_get_borrowed(kwnames, i), args[n + i]) < 0)
      return -1;
  return 0;
}

/* ---- Making ---- */

struct object *dict_new_slot(struct type *t, struct object *const *args, size_t n,
                             struct object *kwnames) {
  (void)args, (void)n, (void)kwnames;
  return dict_new_of_type(t);
}
int dict_init_slot(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  return update_by_call(o, "dict", args, n, kwnames);
}
struct object *dict_construct(struct object *type, struct object *const *args, size_t n,
                              struct object *kwnames) {
  (void)type;
  struct object *o = n || !kwnames ? dict_new() : dict_new_sized(tuple_length(kwnames));
  if (o && update_by_call(o, "dict", args, call_count(n), kwnames) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}

static struct object *from_keys(struct object *cls, struct object *const *args, size_t n) {
  if (args_check_count("fromkeys", n, 1, 2) < 0)
    return NULL;
  struct object *value = n > 1 ? args[1] : NONE, *key, *other;
  struct object *o = call_none(cls);
  if (!o)
    return NULL;
  int status = 0;
  size_t position = 0;
  int64_t hash;
  if (is_dict(o) && (is_dict(args[0]) || is_set(args[0]) || is_frozenset(args[0]))) {
    /* Their hashes are known. */
    bool from_dict = is_dict(args[0]);
    struct set_walk walk;
    set_walk_open(&walk);
    while (status == 0 && (from_dict ? dict_next_hashed(args[0], &position, &key, &other, &hash)
                                     : set_walk(&walk, args[0], &key, &hash))) {
      hold(key);
      status = dict_set_hashed(o, key, hash, value);
      drop(key);
    }
    if (status == 0)
      return o;
    drop(o);
    return NULL;
  }
  struct object *iterator = iterate(args[0]);
  status = iterator ? 0 : -1;
  while (status == 0 && (key = iterate_next(iterator))) {
    status = is_dict(o) ? dict_set(o, key, value) : object_set_item(o, key, value);
    drop(key);
  }
  drop_null(iterator);
  if (status == 0 && error_pending() == ERROR_NONE)
    return o;
  drop_null(o);
  return NULL;
}

/* ---- Operators, comparison, repr ---- */

struct object *dict_or_slot(struct object *a, struct object *b) {
  if (!is_any_dict(a) || !is_any_dict(b))
    return hold(NOT_IMPLEMENTED);
  struct object *o = dict_copy(a);
  if (o && dict_update(o, b) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}
struct object *dict_inplace_or_slot(struct object *a, struct object *b) {
  return dict_update(a, b) < 0 ? NULL : hold(a);
}

struct object *dict_compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if (!is_any_dict(a) || !is_any_dict(b) || (op != COMPARE_EQ && op != COMPARE_NE))
    return hold(NOT_IMPLEMENTED);
  int equal = dict_type.equal(a, b);
  return equal < 0 ? NULL : hold(bool_from(equal == (op == COMPARE_EQ)));
}

static int add_repr(struct str_builder *b, struct object *o) {
  struct object *text = object_repr(o);
  int status = text ? str_builder_add(b, text) : -1;
  drop_null(text);
  return status;
}
struct object *dict_repr_slot(struct object *o) {
  if (!dict_length(o))
    return str_intern("{}");
  int inside = repr_enter(o);
  if (inside)
    return inside < 0 ? NULL : str_intern("{...}");
  struct str_builder b = STR_BUILDER_EMPTY;
  struct object *key, *value;
  size_t position = 0;
  int status = str_builder_add_char(&b, '{');
  while (status == 0 && dict_next(o, &position, &key, &value)) {
    hold(key), hold(value);
    if (b.n > 1)
      str_builder_add_ascii(&b, ", ", 2);
    status = add_repr(&b, key);
    if (status == 0)
      status = str_builder_add_ascii(&b, ": ", 2);
    if (status == 0)
      status = add_repr(&b, value);
    drop(value), drop(key);
  }
  repr_leave(o);
  if (status < 0) {
    str_builder_discard(&b);
    return NULL;
  }
  str_builder_add_char(&b, '}');
  return str_builder_finish(&b);
}

/* ---- Methods ---- */

static struct object *contains(struct object *o, struct object *key) {
  int found = dict_contains_slot(o, key);
  return found < 0 ? NULL : hold(bool_from(found));
}
static struct object *get(struct object *o, struct object *const *args, size_t n) {
  struct object *value;
  if (UNLIKELY(args_check_count("get", n, 1, 2) < 0))
    return NULL;
  int found = dict_find(o, args[0], &value);
  if (found < 0)
    return NULL;
  return hold(found ? value : n > 1 ? args[1] : NONE);
}
static struct object *set_default(struct object *o, struct object *const *args, size_t n) {
  if (args_check_count("setdefault", n, 1, 2) < 0)
    return NULL;
  return dict_set_default(o, args[0], n > 1 ? args[1] : NONE);
}
static struct object *pop(struct object *o, struct object *const *args, size_t n) {
  if (args_check_count("pop", n, 1, 2) < 0)
    return NULL;
  /* Of an empty dict nobody asks for the hash. */
  struct object *value = dict_length(o) ? dict_pop(o, args[0]) : NULL;
  if (value || error_pending() != ERROR_NONE)
    return value;
  return n > 1 ? hold(args[1]) : error_key(args[0]);
}
static struct object *pop_item(struct object *o) {
  struct object *pair = tuple_new(2), *key, *value; /* first, for it may fail */
  int popped = pair ? dict_pop_last(o, &key, &value) : -1;
  if (popped > 0) {
    tuple_init_taking(pair, 0, key);
    tuple_init_taking(pair, 1, value);
    return pair;
  }
  drop_null(pair);
  if (popped == 0)
    error_set(ERROR_KEY, "popitem(): dictionary is empty");
  return NULL;
}
static struct object *update(struct object *o, struct object *const *args, size_t n,
                             struct object *kwnames) {
  return none_unless(update_by_call(o, "update", args, n, kwnames));
}
static struct object *clear(struct object *o) {
  dict_clear(o);
  return hold(NONE);
}
static struct object *size_of(struct object *o) {
  return int_from_u64(type_of(o)->shape.basic_bytes + dict_table_bytes(o));
}

#define DOC(name, parameters, text) name "(" parameters ")\n--\n\n" text
const struct method_def dict_methods[] = {
    {.name = "__contains__",
     .flags = METHOD_ONE | METHOD_COEXIST,
     .one = contains,
     .doc = DOC("__contains__", "$self, key, /", "Whether there is such a key.")},
    {.name = "__getitem__",
     .flags = METHOD_ONE | METHOD_COEXIST,
     .one = dict_get_item,
     .doc = "x.__getitem__(y) <==> x[y]"},
    METHOD_NOARGS_("__sizeof__", size_of, "D.__sizeof__() -> bytes of D and its table"),
    METHOD_FAST_("get", get,
                 DOC("get", "$self, key, default=None, /",
                     "The value of a key, or the default where there is none.")),
    METHOD_FAST_("setdefault", set_default,
                 DOC("setdefault", "$self, key, default=None, /",
                     "The value of a key; the default becomes it where there is none.")),
    METHOD_FAST_(
        "pop", pop,
        "D.pop(k[,d]) -> takes a key out and returns its value, or d where there is none;\n"
        "without d a KeyError then."),
    METHOD_NOARGS_("popitem", pop_item,
                   DOC("popitem", "$self, /",
                       "Takes the newest key out and returns it with its value; KeyError if the "
                       "dict is empty.")),
    METHOD_NOARGS_("keys", dict_keys_new, "D.keys() -> a view of the keys, like a set"),
    METHOD_NOARGS_("items", dict_items_new,
                   "D.items() -> a view of pairs of keys and values, like a set"),
    METHOD_NOARGS_("values", dict_values_new, "D.values() -> a view of the values"),
    METHOD_KEYWORDS_("update", update,
                     "D.update([E, ]**F) -> None.  Puts in all keys and values of E, a mapping or "
                     "an\niterable of pairs, and then those of F."),
    {.name = "fromkeys",
     .flags = METHOD_FAST | METHOD_CLASS,
     .fast = from_keys,
     .doc = DOC("fromkeys", "$type, iterable, value=None, /",
                "A new dict in which all these keys have the same value.")},
    METHOD_NOARGS_("clear", clear, "D.clear() -> None.  Takes all keys out."),
    METHOD_NOARGS_("copy", dict_copy, "D.copy() -> a new dict with the same keys and values"),
    METHOD_NOARGS_(
        "__reversed__", dict_iterate_keys_reversed,
        DOC("__reversed__", "$self, /", "An iterator from the newest key to the oldest.")),
    {.name = "__class_getitem__",
     .flags = METHOD_ONE | METHOD_CLASS,
     .one = generic_alias_class_getitem,
     .doc = "dict[key type, value type]"},
    {NULL}};
