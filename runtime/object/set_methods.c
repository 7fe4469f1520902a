/* Sets and frozen sets as Python sees them: making, operators, methods, iteration. */
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/iterators.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/set_internal.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

static struct object *none_unless(int status) { return status < 0 ? NULL : hold(NONE); }
static struct object *truth(int status) { return status < 0 ? NULL : hold(bool_from(status)); }
static struct object *self(struct object *o) { return hold(o); }

/* ---- Making ---- */

struct object *set_new_slot(struct type *t, struct object *const *args, size_t n,
                            struct object *kwnames) {
  (void)args, (void)n, (void)kwnames;
  return set_new_of_type(t);
}
int set_init_slot(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  if (args_check_no_keywords("set", kwnames) < 0 ||
      args_check_count(type_short_name(type_of(o)), n, 0, 1) < 0)
    return -1;
  set_clear(o);
  return n ? set_update(o, args[0]) : 0;
}
struct object *set_construct(struct object *type, struct object *const *args, size_t n,
                             struct object *kwnames) {
  (void)type;
  n = call_count(n);
  if (args_check_no_keywords("set", kwnames) < 0 || args_check_count("set", n, 0, 1) < 0)
    return NULL;
  return n ? set_from_iterable(args[0]) : set_new();
}
struct object *frozenset_new_slot(struct type *t, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  if ((t == &frozenset_type || t->init == frozenset_type.init) &&
      args_check_no_keywords("frozenset", kwnames) < 0)
    return NULL;
  if (args_check_count(type_short_name(t), n, 0, 1) < 0)
    return NULL;
  if (n && t == &frozenset_type)
    return frozenset_from_iterable(args[0]);
  struct object *o = set_new_of_type(t);
  if (o && n && set_update(o, args[0]) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}

/* ---- Operators ---- */

int64_t set_length_slot(struct object *o) { return (int64_t)set_length(o); }

/* A set can't be hashed, but be asked for: then a frozen copy of it is. *frozen is owned, NULL
 * where none is needed; false: the error stays. */
static bool freeze(struct object *key, struct object **frozen) {
  *frozen = NULL;
  if (!object_has(key, TYPE_IS_SET) || !error_clear_if(ERROR_TYPE))
    return false;
  *frozen = frozenset_from_iterable(key);
  return *frozen != NULL;
}
int set_contains_slot(struct object *o, struct object *key) {
  struct object *frozen;
  int found = set_contains(o, key);
  if (UNLIKELY(found < 0) && freeze(key, &frozen)) {
    found = set_contains(o, frozen);
    drop(frozen);
  }
  return found;
}
static int discard_any(struct object *o, struct object *key) {
  struct object *frozen;
  int found = set_discard(o, key);
  if (UNLIKELY(found < 0) && freeze(key, &frozen)) {
    found = set_discard(o, frozen);
    drop(frozen);
  }
  return found;
}

static struct object *changed_copy(struct object *set, struct object *other,
                                   int (*change)(struct object *, struct object *)) {
  struct object *result = set_copy(set);
  if (result && change(result, other) < 0) {
    drop(result);
    return NULL;
  }
  return result;
}
static struct object *union_of(struct object *a, struct object *b) {
  return a == b ? set_copy(a) : changed_copy(a, b, set_update);
}
/* b first, so that what both have stands where b has it. */
static struct object *symmetric_difference(struct object *a, struct object *b) {
  struct object *result =
      set_new_of_type(object_has(a, TYPE_IS_FROZENSET) ? &frozenset_type : &set_type);
  if (result && (set_update(result, b) < 0 || set_symmetric_difference_update(result, a) < 0)) {
    drop(result);
    return NULL;
  }
  return result;
}
#define OPERATOR(name, function)                                                                   \
  struct object *name(struct object *a, struct object *b) {                                        \
    return is_any_set(a) && is_any_set(b) ? function(a, b) : hold(NOT_IMPLEMENTED);                \
  }
OPERATOR(set_or_slot, union_of)
OPERATOR(set_and_slot, set_intersection)
OPERATOR(set_subtract_slot, set_difference)
OPERATOR(set_xor_slot, symmetric_difference)

static int intersection_update(struct object *a, struct object *b) {
  struct object *both = set_intersection(a, b);
  if (!both)
    return -1;
  set_swap(a, both);
  drop(both);
  return 0;
}
#define INPLACE(name, function)                                                                    \
  struct object *name(struct object *a, struct object *b) {                                        \
    if (!is_any_set(b))                                                                            \
      return hold(NOT_IMPLEMENTED);                                                                \
    return function(a, b) < 0 ? NULL : hold(a);                                                    \
  }
INPLACE(set_inplace_or_slot, set_update)
INPLACE(set_inplace_and_slot, intersection_update)
INPLACE(set_inplace_subtract_slot, set_difference_update)
INPLACE(set_inplace_xor_slot, set_symmetric_difference_update)

struct object *set_compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if (!is_any_set(a) || !is_any_set(b))
    return hold(NOT_IMPLEMENTED);
  size_t n = set_length(a), m = set_length(b);
  switch (op) {
  case COMPARE_EQ:
    return truth(set_type.equal(a, b));
  case COMPARE_NE: {
    int equal = set_type.equal(a, b);
    return equal < 0 ? NULL : hold(bool_from(!equal));
  }
  case COMPARE_LE:
    return truth(set_is_subset(a, b));
  case COMPARE_GE:
    return truth(set_is_subset(b, a));
  case COMPARE_LT:
    return n < m ? truth(set_is_subset(a, b)) : hold(FALSE_);
  default:
    return n > m ? truth(set_is_subset(b, a)) : hold(FALSE_);
  }
}

struct object *set_repr_slot(struct object *o) {
  const char *name = type_short_name(type_of(o));
  if (!set_length(o))
    return str_format("%s()", name);
  int inside = repr_enter(o);
  if (inside)
    return inside < 0 ? NULL : str_format("%s(...)", name);
  struct object *keys = iterate_to_list(o), *text = keys ? object_repr(keys) : NULL;
  drop_null(keys);
  repr_leave(o);
  struct object *inner = text ? str_slice(text, 1, str_length(text) - 1) : NULL, *result = NULL;
  drop_null(text);
  if (inner)
    result = is_set(o) ? str_format("{%U}", inner) : str_format("%s({%U})", name, inner);
  drop_null(inner);
  return result;
}

/* ---- Methods: several others at once ---- */

static struct object *union_method(struct object *o, struct object *const *args, size_t n) {
  struct object *result = set_copy(o);
  for (size_t i = 0; result && i < n; i++)
    if (args[i] != o && set_update(result, args[i]) < 0) {
      drop(result);
      return NULL;
    }
  return result;
}
static struct object *intersection(struct object *o, struct object *const *args, size_t n) {
  if (n == 0)
    return set_copy(o);
  struct object *result = hold(o);
  for (size_t i = 0; result && i < n; i++) {
    struct object *next = set_intersection(result, args[i]);
    drop(result);
    result = next;
  }
  return result;
}
static struct object *difference(struct object *o, struct object *const *args, size_t n) {
  if (n == 0)
    return set_copy(o);
  struct object *result = set_difference(o, args[0]);
  for (size_t i = 1; result && i < n; i++)
    if (set_difference_update(result, args[i]) < 0) {
      drop(result);
      return NULL;
    }
  return result;
}
static struct object *update(struct object *o, struct object *const *args, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (set_update(o, args[i]) < 0)
      return NULL;
  return hold(NONE);
}
static struct object *intersection_update_method(struct object *o, struct object *const *args,
                                                 size_t n) {
  struct object *result = intersection(o, args, n);
  if (!result)
    return NULL;
  set_swap(o, result);
  drop(result);
  return hold(NONE);
}
static struct object *difference_update(struct object *o, struct object *const *args, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (set_difference_update(o, args[i]) < 0)
      return NULL;
  return hold(NONE);
}
static struct object *symmetric_difference_update(struct object *o, struct object *other) {
  return none_unless(set_symmetric_difference_update(o, other));
}

/* ---- Methods of one key ---- */

static struct object *contains(struct object *o, struct object *key) {
  return truth(set_contains_slot(o, key));
}
static struct object *add(struct object *o, struct object *key) {
  return none_unless(set_add(o, key));
}
static struct object *discard(struct object *o, struct object *key) {
  return none_unless(discard_any(o, key));
}
static struct object *remove_key(struct object *o, struct object *key) {
  int found = discard_any(o, key);
  return found ? none_unless(found) : error_key(key);
}
static struct object *pop(struct object *o) {
  struct object *key = set_pop(o);
  if (!key)
    error_set(ERROR_KEY, "pop from an empty set");
  return key;
}
static struct object *clear(struct object *o) {
  set_clear(o);
  return hold(NONE);
}
static struct object *frozen_copy(struct object *o) {
  return is_frozenset(o) ? hold(o) : set_copy(o);
}
static struct object *is_disjoint(struct object *o, struct object *other) {
  return truth(set_is_disjoint(o, other));
}
static struct object *is_subset(struct object *o, struct object *other) {
  return truth(set_is_subset(o, other));
}
static struct object *is_superset(struct object *o, struct object *other) {
  if (is_any_set(other))
    return truth(set_is_subset(other, o));
  struct object *iterator = iterate(other), *key;
  if (!iterator)
    return NULL;
  int inside = 1;
  while (inside > 0 && (key = iterate_next(iterator))) {
    inside = set_contains(o, key);
    drop(key);
  }
  drop(iterator);
  return inside > 0 && error_pending() != ERROR_NONE ? NULL : truth(inside);
}
static struct object *reduce(struct object *o) {
  struct object *keys = iterate_to_list(o), *args = keys ? tuple_pack(1, keys) : NULL;
  struct object *state = args ? call_method_none(o, NAME(getstate)) : NULL;
  struct object *result = state ? tuple_pack(3, &type_of(o)->head, args, state) : NULL;
  drop_null(state);
  drop_null(args);
  drop_null(keys);
  return result;
}
static struct object *size_of(struct object *o) {
  size_t table = set_has_table(o) ? ((struct set *)o)->slots * 16 : 0;
  return int_from_i64((int64_t)(type_of(o)->shape.basic_bytes + table));
}

#define SHARED_METHODS                                                                             \
  {.name = "__contains__",                                                                         \
   .flags = METHOD_ONE | METHOD_COEXIST,                                                           \
   .one = contains,                                                                                \
   .doc = "x.__contains__(y) <==> y in x."},                                                       \
      METHOD_FAST_("union", union_method, "A new set with the elements of all of these."),         \
      METHOD_FAST_("intersection", intersection, "A new set with what all of these have."),        \
      METHOD_FAST_("difference", difference, "A new set with what none of the others has."),       \
      METHOD_ONE_("symmetric_difference", symmetric_difference,                                    \
                  "A new set with what exactly one of the two has."),                              \
      METHOD_ONE_("isdisjoint", is_disjoint, "Whether the two have no element in common."),        \
      METHOD_ONE_("issubset", is_subset, "Whether the other has all elements of this set."),       \
      METHOD_ONE_("issuperset", is_superset, "Whether this set has all elements of the other."),   \
      METHOD_NOARGS_("__reduce__", reduce, "Return state information for pickling."),              \
      METHOD_NOARGS_("__sizeof__", size_of, "S.__sizeof__() -> size of S in memory, in bytes"),    \
      {.name = "__class_getitem__",                                                                \
       .flags = METHOD_ONE | METHOD_CLASS,                                                         \
       .one = generic_alias_class_getitem,                                                         \
       .doc = "See PEP 585"},                                                                      \
  {                                                                                                \
    NULL                                                                                           \
  }
const struct method_def frozenset_methods[] = {
    METHOD_NOARGS_("copy", frozen_copy, "A set with the same elements."), SHARED_METHODS};
const struct method_def set_methods[] = {
    METHOD_NOARGS_("copy", set_copy, "A new set with the same elements."),
    METHOD_ONE_("add", add, "Add an element; nothing happens if it is there already."),
    METHOD_ONE_("discard", discard, "Remove an element if it is there."),
    METHOD_ONE_("remove", remove_key, "Remove an element; KeyError if it is not there."),
    METHOD_NOARGS_("pop", pop, "Remove some element and return it; KeyError if there is none."),
    METHOD_NOARGS_("clear", clear, "Remove all elements."),
    METHOD_FAST_("update", update, "Add the elements of all the others."),
    METHOD_FAST_("intersection_update", intersection_update_method,
                 "Keep only what all the others have too."),
    METHOD_FAST_("difference_update", difference_update, "Remove what any of the others has."),
    METHOD_ONE_("symmetric_difference_update", symmetric_difference_update,
                "Keep what one of the two has, and not both."),
    SHARED_METHODS};

/* ---- Iteration ---- */

struct set_iterator {
  struct object head;
  struct object *set; /* NULL: exhausted */
  size_t used;        /* the set's length at the beginning; SIZE_MAX: it has changed */
  size_t position, left;
};
static struct set_iterator *iterator_of(struct object *o) { return (struct set_iterator *)o; }

struct object *set_iterate(struct object *set) {
  struct set_iterator *it = (struct set_iterator *)gc_new_container(&set_iterator_type, sizeof *it);
  if (UNLIKELY(!it))
    return error_no_memory();
  it->set = hold(set);
  it->used = it->left = set_length(set);
  it->position = 0;
  gc_track(&it->head);
  return &it->head;
}
static struct object *next(struct object *o) {
  struct set_iterator *it = iterator_of(o);
  struct set *s = (struct set *)it->set;
  if (UNLIKELY(!s))
    return NULL;
  if (UNLIKELY(it->used != s->used)) {
    it->used = SIZE_MAX;
    error_set(ERROR_RUNTIME, "Set changed size during iteration");
    return NULL;
  }
  bool begins = it->left == it->used;
  size_t at = set_used_slot(s->keys, begins ? s->first : it->position, s->slots);
  if (at < s->slots) {
    if (begins) /* the next one need not search again: taking out the first again and again */
      s->first = at < UINT32_MAX ? (uint32_t)at : UINT32_MAX;
    it->position = at + 1;
    it->left--;
    return hold(s->keys[at]);
  }
  store(o, &it->set, NULL);
  return NULL;
}
static struct object *hint(struct object *o) {
  struct set_iterator *it = iterator_of(o);
  bool valid = it->set && it->used == set_length(it->set);
  return int_from_i64(valid ? (int64_t)it->left : 0);
}
static struct object *iterator_reduce(struct object *o) {
  struct set_iterator *it = iterator_of(o), before = *it;
  struct object *set = it->set ? hold(it->set) : NULL, *list = list_new(0), *each;
  int status = list ? 0 : -1;
  while (status == 0 && (each = next(o)))
    status = list_append_taking(list, each);
  store(o, &it->set, set);
  it->used = before.used;
  it->position = before.position;
  it->left = before.left;
  return iterator_reduce_list_taking(list, status);
}
static const struct method_def iterator_methods[] = {
    METHOD_NOARGS_("__length_hint__", hint,
                   "Private method returning an estimate of len(list(it))."),
    METHOD_NOARGS_("__reduce__", iterator_reduce, "Return state information for pickling."),
    {NULL}};
struct type set_iterator_type = {.head = OBJECT_STATIC(type_type),
                                 .shape = {.layout = GC_FIXED,
                                           .flags = GC_CONTAINER | GC_PLAIN,
                                           .refs_offset = offsetof(struct set_iterator, set),
                                           .refs_n = 1,
                                           .basic_bytes = sizeof(struct set_iterator)},
                                 .name = "set_iterator",
                                 .flags = TYPE_NO_INSTANCE,
                                 .iter = self,
                                 .next = next,
                                 .methods = iterator_methods,
                                 .base = &object_type};
