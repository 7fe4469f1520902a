/* Views of dicts: keys, values, items. Keys and items behave like sets, and their operators make
 * sets. */
#include "runtime/object/attribute.h"
#include "runtime/object/dict_internal.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

struct view {
  struct object head;
  struct object *dict;
};
static struct object *dict_of(struct object *o) { return ((struct view *)o)->dict; }

struct object *dict_view_dict_borrowed(struct object *view) {
  return dict_of(view);
}
struct object *dict_view_new(struct type *t, struct object *dict) {
  struct view *v = (struct view *)gc_new_container(t, sizeof *v);
  if (UNLIKELY(!v))
    return error_no_memory();
  v->dict = hold(dict);
  gc_track(&v->head);
  return &v->head;
}
struct object *dict_keys_new(struct object *dict) {
  return dict_view_new(&dict_keys_type, dict);
}
struct object *dict_values_new(struct object *dict) {
  return dict_view_new(&dict_values_type, dict);
}
struct object *dict_items_new(struct object *dict) {
  return dict_view_new(&dict_items_type, dict);
}

static bool is_keys(const struct object *o) { return object_is_instance(o, &dict_keys_type); }
static bool is_items(const struct object *o) { return object_is_instance(o, &dict_items_type); }
static bool is_set_view(const struct object *o) { return is_keys(o) || is_items(o); }

static int64_t length(struct object *o) { return (int64_t)dict_length(dict_of(o)); }
static struct object *keys_iterate(struct object *o) { return dict_iterate(dict_of(o)); }
static struct object *values_iterate(struct object *o) { return dict_iterate_values(dict_of(o)); }
static struct object *items_iterate(struct object *o) { return dict_iterate_items(dict_of(o)); }
static struct object *keys_reversed(struct object *o) {
  return dict_iterate_keys_reversed(dict_of(o));
}
static struct object *values_reversed(struct object *o) {
  return dict_iterate_values_reversed(dict_of(o));
}
static struct object *items_reversed(struct object *o) {
  return dict_iterate_items_reversed(dict_of(o));
}

static int keys_contain(struct object *o, struct object *key) {
  return dict_contains_slot(dict_of(o), key);
}
static int items_contain(struct object *o, struct object *pair) {
  struct object *value;
  if (!is_any_tuple(pair) || tuple_length(pair) != 2)
    return 0;
  int found = dict_find(dict_of(o), tuple_get_borrowed(pair, 0), &value);
  if (found <= 0)
    return found;
  hold(value);
  int equal = object_equal(value, tuple_get_borrowed(pair, 1));
  drop(value);
  return equal;
}

static struct object *repr(struct object *o) {
  int inside = repr_enter(o);
  if (inside)
    return inside < 0 ? NULL : str_intern("...");
  struct object *list = iterate_to_list(o);
  struct object *text = list ? str_format("%N(%R)", o, list) : NULL;
  drop_null(list);
  repr_leave(o);
  return text;
}

/* ---- As sets ---- */

/* Whether each item of a is in b; both have a length. */
static int all_in(struct object *a, struct object *b) {
  struct object *iterator = iterate(a), *each;
  if (!iterator)
    return -1;
  int inside = 1;
  while (inside > 0 && (each = iterate_next(iterator))) {
    inside = object_contains(b, each);
    drop(each);
  }
  drop(iterator);
  return inside > 0 && error_pending() != ERROR_NONE ? -1 : inside;
}
static struct object *compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if (!is_set_view(b) && !is_any_set(b))
    return hold(NOT_IMPLEMENTED);
  int64_t n = length(a), m = object_length(b);
  if (m < 0)
    return NULL;
  int result;
  switch (op) {
  case COMPARE_EQ:
  case COMPARE_NE:
    result = n == m ? all_in(a, b) : 0;
    if (op == COMPARE_NE && result >= 0)
      result = !result;
    break;
  case COMPARE_LT:
    result = n < m ? all_in(a, b) : 0;
    break;
  case COMPARE_LE:
    result = n <= m ? all_in(a, b) : 0;
    break;
  case COMPARE_GT:
    result = n > m ? all_in(b, a) : 0;
    break;
  default:
    result = n >= m ? all_in(b, a) : 0;
  }
  return result < 0 ? NULL : hold(bool_from(result));
}

/* The dict itself stands for its keys: there the hashes are at hand. */
static struct object *to_set(struct object *o) {
  return set_from_iterable(is_keys(o) && is_dict(dict_of(o)) ? dict_of(o) : o);
}
/* Changes the set `result` by `other`; takes and returns it. */
static struct object *changed(struct object *result, struct object *other,
                              int (*change)(struct object *set, struct object *other)) {
  if (result && change(result, other) < 0) {
    drop(result);
    return NULL;
  }
  return result;
}
static struct object *subtract(struct object *a, struct object *b) {
  return changed(to_set(a), b, set_difference_update);
}
static struct object *unite(struct object *a, struct object *b) {
  return changed(to_set(a), b, set_update);
}
static struct object *intersect(struct object *a, struct object *b) {
  if (!is_set_view(a)) { /* the view stands on the right */
    struct object *c = a;
    a = b;
    b = c;
  }
  int64_t n = length(a);
  if (is_set(b) && n <= (int64_t)set_length(b))
    return set_intersection(b, a);
  if (is_set_view(b) && length(b) > n) {
    struct object *c = a;
    a = b;
    b = c;
  }
  struct object *result = set_new(), *iterator = result ? iterate(b) : NULL, *each;
  int status = iterator ? 0 : -1;
  while (status >= 0 && (each = iterate_next(iterator))) {
    int inside = is_keys(a) ? keys_contain(a, each) : items_contain(a, each);
    status = inside > 0 ? set_add(result, each) : inside;
    drop(each);
  }
  drop_null(iterator);
  if (status >= 0 && error_pending() == ERROR_NONE)
    return result;
  drop_null(result);
  return NULL;
}
static int add_pair(struct object *set, struct object *key, struct object *value) {
  struct object *pair = tuple_pack(2, key, value);
  int status = pair ? set_add(set, pair) : -1;
  drop_null(pair);
  return status;
}
/* Of two dicts' items: without making pairs of those that both have. */
static struct object *items_differ(struct object *a, struct object *b) {
  struct object *rest = dict_copy(b), *result = rest ? set_new() : NULL;
  struct object *key, *value, *other;
  int status = result ? 0 : -1;
  size_t position = 0;
  while (status >= 0 && dict_next(a, &position, &key, &value)) {
    hold(key), hold(value);
    int found = dict_find(rest, key, &other), same = found;
    if (found > 0) {
      hold(other);
      same = object_equal(value, other);
      drop(other);
    }
    status = same < 0 ? -1 : same ? dict_delete(rest, key) : add_pair(result, key, value);
    drop(value), drop(key);
  }
  position = 0;
  while (status >= 0 && dict_next(rest, &position, &key, &value))
    status = add_pair(result, key, value);
  drop_null(rest);
  if (status >= 0)
    return result;
  drop_null(result);
  return NULL;
}
static struct object *differ(struct object *a, struct object *b) {
  if (is_items(a) && is_items(b))
    return items_differ(dict_of(a), dict_of(b));
  return changed(to_set(a), b, set_symmetric_difference_update);
}
static struct object *is_disjoint(struct object *o, struct object *other) {
  if (o == other)
    return hold(bool_from(length(o) == 0));
  if (is_any_set(other) || is_set_view(other)) {
    int64_t m = object_length(other);
    if (m < 0)
      return NULL;
    if (m > length(o)) {
      struct object *c = o;
      o = other;
      other = c;
    }
  }
  struct object *iterator = iterate(other), *each;
  if (!iterator)
    return NULL;
  int inside = 0;
  while (!inside && (each = iterate_next(iterator))) {
    inside = object_contains(o, each);
    drop(each);
  }
  drop(iterator);
  return inside < 0 || error_pending() != ERROR_NONE ? NULL : hold(bool_from(!inside));
}

/* ---- The types ---- */

static struct object *get_mapping(struct object *o, void *closure) {
  (void)closure;
  return mappingproxy_new(dict_of(o));
}
static const struct getset_def getsets[] = {
    {"mapping", get_mapping, NULL, "dictionary that this view refers to", NULL}, {NULL}};

#define DISJOINT                                                                                   \
  METHOD_ONE_("isdisjoint", is_disjoint,                                                           \
              "Return True if the view and the given iterable have a null intersection.")
#define REVERSED(function, what)                                                                   \
  METHOD_NOARGS_("__reversed__", function, "Return a reverse iterator over the dict " what ".")
static const struct method_def keys_methods[] = {DISJOINT, REVERSED(keys_reversed, "keys"), {NULL}};
static const struct method_def items_methods[] = {
    DISJOINT, REVERSED(items_reversed, "items"), {NULL}};
static const struct method_def values_methods[] = {REVERSED(values_reversed, "values"), {NULL}};

#define VIEW_SHAPE                                                                                 \
  {                                                                                                \
    .layout = GC_FIXED, .flags = GC_CONTAINER | GC_PLAIN,                                          \
    .refs_offset = offsetof(struct view, dict), .refs_n = 1, .basic_bytes = sizeof(struct view)    \
  }
#define SET_OPERATORS                                                                              \
  { .subtract = subtract, .bit_and = intersect, .bit_or = unite, .bit_xor = differ }
struct type dict_keys_type = {.head = OBJECT_STATIC(type_type),
                              .shape = VIEW_SHAPE,
                              .name = "dict_keys",
                              .flags = TYPE_NO_INSTANCE,
                              .repr = repr,
                              .compare = compare_slot,
                              .iter = keys_iterate,
                              .number = SET_OPERATORS,
                              .sequence = {.length = length, .contains = keys_contain},
                              .methods = keys_methods,
                              .getsets = getsets,
                              .base = &object_type};
struct type dict_items_type = {.head = OBJECT_STATIC(type_type),
                               .shape = VIEW_SHAPE,
                               .name = "dict_items",
                               .flags = TYPE_NO_INSTANCE,
                               .repr = repr,
                               .compare = compare_slot,
                               .iter = items_iterate,
                               .number = SET_OPERATORS,
                               .sequence = {.length = length, .contains = items_contain},
                               .methods = items_methods,
                               .getsets = getsets,
                               .base = &object_type};
struct type dict_values_type = {.head = OBJECT_STATIC(type_type),
                                .shape = VIEW_SHAPE,
                                .name = "dict_values",
                                .flags = TYPE_NO_INSTANCE,
                                .repr = repr,
                                .iter = values_iterate,
                                .sequence = {.length = length},
                                .methods = values_methods,
                                .getsets = getsets,
                                .base = &object_type};
