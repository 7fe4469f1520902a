/* Iterators over dicts: keys, values or items, forward or backward. They notice when the dict
 * changes its size, and when it has more keys than it had (some were replaced). */
#include "runtime/object/dict_internal.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/iterators.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

struct dict_iterator {
  struct object head;
  struct object *dict; /* NULL: exhausted */
  struct object *pair; /* items: the tuple yielded last, used again if nobody has kept it */
  size_t used;         /* the dict's length at the beginning; SIZE_MAX: it has changed */
  size_t position;     /* of dict_next, or dict_previous */
  size_t left;
};
static struct dict_iterator *iterator_of(struct object *o) { return (struct dict_iterator *)o; }
static struct object *self(struct object *o) { return hold(o); }

static struct object *new_iterator(struct type *t, struct object *dict, size_t position) {
  struct dict_iterator *it = (struct dict_iterator *)gc_new_container(t, sizeof *it);
  if (UNLIKELY(!it))
    return error_no_memory();
  it->dict = hold(dict);
  it->pair = NULL;
  it->used = it->left = dict_length(dict);
  it->position = position;
  gc_track(&it->head);
  return &it->head;
}
struct object *dict_iterate(struct object *dict) {
  return new_iterator(&dict_key_iterator_type, dict, 0);
}
struct object *dict_iterate_values(struct object *dict) {
  return new_iterator(&dict_value_iterator_type, dict, 0);
}
struct object *dict_iterate_items(struct object *dict) {
  return new_iterator(&dict_item_iterator_type, dict, 0);
}
struct object *dict_iterate_keys_reversed(struct object *dict) {
  return new_iterator(&dict_reverse_key_iterator_type, dict, dict_entries(dict));
}
struct object *dict_iterate_values_reversed(struct object *dict) {
  return new_iterator(&dict_reverse_value_iterator_type, dict, dict_entries(dict));
}
struct object *dict_iterate_items_reversed(struct object *dict) {
  return new_iterator(&dict_reverse_item_iterator_type, dict, dict_entries(dict));
}

static void destroy(struct object *o) {
  gc_untrack(o);
  drop_null(iterator_of(o)->pair);
  drop_null(iterator_of(o)->dict);
  gc_delete(o, sizeof(struct dict_iterator));
}

/* The next entry; false at the end, with or without an error. */
ALWAYS_INLINE bool advance(struct object *o, bool backward, struct object **key,
                           struct object **value) {
  struct dict_iterator *it = iterator_of(o);
  struct object *dict = it->dict;
  if (UNLIKELY(!dict))
    return false;
  if (UNLIKELY(it->used != dict_length(dict))) {
    it->used = SIZE_MAX; /* for good */
    error_set(ERROR_RUNTIME, "dictionary changed size during iteration");
    return false;
  }
  if (backward ? dict_previous(dict, &it->position, key, value)
               : dict_next(dict, &it->position, key, value)) {
    if (LIKELY(it->left)) {
      it->left--;
      return true;
    }
    error_set(ERROR_RUNTIME, "dictionary keys changed during iteration");
  }
  store(o, &it->dict, NULL);
  return false;
}

ALWAYS_INLINE struct object *next_key(struct object *o, bool backward) {
  struct object *key, *value;
  return advance(o, backward, &key, &value) ? hold(key) : NULL;
}
ALWAYS_INLINE struct object *next_value(struct object *o, bool backward) {
  struct object *key, *value;
  return advance(o, backward, &key, &value) ? hold(value) : NULL;
}
ALWAYS_INLINE struct object *next_item(struct object *o, bool backward) {
  struct object *key, *value;
  if (!advance(o, backward, &key, &value))
    return NULL;
  return tuple_pair_again_taking(o, &iterator_of(o)->pair, hold(key), hold(value));
}
ALWAYS_INLINE int pair(struct object *o, bool backward, struct object **key,
                       struct object **value) {
  if (!advance(o, backward, key, value))
    return 0;
  hold(*key);
  hold(*value);
  return 1;
}
static int pair_next(struct object *o, struct object **key, struct object **value) {
  return pair(o, false, key, value);
}
static int pair_previous(struct object *o, struct object **key, struct object **value) {
  return pair(o, true, key, value);
}
static struct object *key_next(struct object *o) { return next_key(o, false); }
static struct object *value_next(struct object *o) { return next_value(o, false); }
static struct object *item_next(struct object *o) { return next_item(o, false); }
static struct object *key_previous(struct object *o) { return next_key(o, true); }
static struct object *value_previous(struct object *o) { return next_value(o, true); }
static struct object *item_previous(struct object *o) { return next_item(o, true); }

static struct object *hint(struct object *o) {
  struct dict_iterator *it = iterator_of(o);
  bool valid = it->dict && it->used == dict_length(it->dict);
  return int_from_i64(valid ? (int64_t)it->left : 0);
}
/* iter(list of what is left); the iterator stays where it is. */
static struct object *reduce(struct object *o) {
  struct dict_iterator *it = iterator_of(o);
  struct object *dict = it->dict ? hold(it->dict) : NULL;
  size_t used = it->used, position = it->position, left = it->left;
  struct object *list = list_new(0), *each;
  int status = list ? 0 : -1;
  while (status == 0 && (each = type_of(o)->next(o)))
    status = list_append_taking(list, each);
  store(o, &it->dict, dict);
  it->used = used;
  it->position = position;
  it->left = left;
  return iterator_reduce_list_taking(list, status);
}
static const struct method_def methods[] = {
    METHOD_NOARGS_("__length_hint__", hint,
                   "Private method returning an estimate of len(list(it))."),
    METHOD_NOARGS_("__reduce__", reduce, "Return state information for pickling."),
    {NULL}};

#define ITERATOR_TYPE(variable, name_, next_, next_pair_)                                          \
  struct type variable = {.head = OBJECT_STATIC(type_type),                                        \
                          .shape = {.layout = GC_FIXED,                                            \
                                    .flags = GC_CONTAINER | GC_PLAIN,                              \
                                    .refs_offset = offsetof(struct dict_iterator, dict),           \
                                    .refs_n = 2,                                                   \
                                    .basic_bytes = sizeof(struct dict_iterator)},                  \
                          .name = name_,                                                           \
                          .flags = TYPE_NO_INSTANCE,                                               \
                          .destroy = destroy,                                                      \
                          .iter = self,                                                            \
                          .next = next_,                                                           \
                          .next_pair = next_pair_,                                                 \
                          .methods = methods,                                                      \
                          .base = &object_type}
ITERATOR_TYPE(dict_key_iterator_type, "dict_keyiterator", key_next, NULL);
ITERATOR_TYPE(dict_value_iterator_type, "dict_valueiterator", value_next, NULL);
ITERATOR_TYPE(dict_item_iterator_type, "dict_itemiterator", item_next, pair_next);
ITERATOR_TYPE(dict_reverse_key_iterator_type, "dict_reversekeyiterator", key_previous, NULL);
ITERATOR_TYPE(dict_reverse_value_iterator_type, "dict_reversevalueiterator", value_previous, NULL);
ITERATOR_TYPE(dict_reverse_item_iterator_type, "dict_reverseitemiterator", item_previous,
              pair_previous);
