/* Items of sequences and mappings: length, reading, writing, membership. */
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type_slot_functions.h"

int64_t object_length(struct object *o) {
  const struct type *t = type_of(o);
  if (t->sequence.length)
    return t->sequence.length(o);
  if (t->mapping.length)
    return t->mapping.length(o);
  error_format(ERROR_TYPE, "object of type '%N' has no len()", o);
  return -1;
}

int64_t object_length_hint(struct object *o, int64_t fallback) {
  if (type_of(o)->sequence.length || type_of(o)->mapping.length) {
    int64_t length = object_length(o);
    if (length >= 0)
      return length;
    if (!error_clear_if(ERROR_TYPE))
      return -1;
  }
  struct object *args[] = {o};
  struct object *result = call_special(NAME(length_hint), args, 1);
  if (!result)
    return error_pending() == ERROR_NONE || error_clear_if(ERROR_TYPE) ? fallback : -1;
  int64_t hint = fallback;
  if (result == NOT_IMPLEMENTED) {
    drop(result);
    return fallback;
  }
  if (!is_any_int(result)) {
    error_format(ERROR_TYPE, "__length_hint__ must be an integer, not %N", result);
    hint = -1;
  } else if (number_to_i64(result, &hint, ERROR_OVERFLOW) < 0)
    hint = -1;
  else if (hint < 0) {
    error_format(ERROR_VALUE, "__length_hint__() should return >= 0");
    hint = -1;
  }
  drop(result);
  return hint;
}

bool is_sequence(const struct object *o) {
  return !is_any_dict(o) && type_of(o)->sequence.item != NULL;
}
bool is_mapping(const struct object *o) { return type_of(o)->mapping.get != NULL; }

/* ---- By position ---- */

/* A negative position counts from the end, where the sequence has a length. */
static int from_end(struct object *o, int64_t *i) {
  int64_t (*length)(struct object *) = type_of(o)->sequence.length;
  if (*i >= 0 || !length)
    return 0;
  int64_t n = length(o);
  if (n < 0)
    return -1;
  *i += n;
  return 0;
}
struct object *sequence_get_item(struct object *o, int64_t i) {
  const struct type *t = type_of(o);
  if (t->sequence.item)
    return from_end(o, &i) < 0 ? NULL : t->sequence.item(o, i);
  if (t->mapping.get)
    return error_format(ERROR_TYPE, "%N is not a sequence", o);
  return error_format(ERROR_TYPE, "'%N' object does not support indexing", o);
}
int sequence_set_item(struct object *o, int64_t i, struct object *value) {
  const struct type *t = type_of(o);
  if (t->sequence.set_item)
    return from_end(o, &i) < 0 ? -1 : t->sequence.set_item(o, i, value);
  error_format(ERROR_TYPE,
               value ? "'%N' object does not support item assignment"
                     : "'%N' object doesn't support item deletion",
               o);
  return -1;
}

/* ---- By key ---- */

static struct object *class_item(struct object *cls, struct object *key) {
  if (cls == &type_type.head) /* type[int] */
    return generic_alias_new(cls, key);
  struct object *f;
  int found = attribute_find(cls, NAME(class_getitem), &f);
  if (found < 0)
    return NULL;
  if (found && f == NONE) {
    drop(f);
    found = 0;
  }
  if (!found)
    return error_format(ERROR_TYPE, "type '%s' is not subscriptable", ((struct type *)cls)->name);
  struct object *result = call_one(f, key);
  drop(f);
  return result;
}

struct object *object_get_item(struct object *o, struct object *key) {
  const struct type *t = type_of(o);
  if (LIKELY(t->mapping.get != NULL))
    return t->mapping.get(o, key);
  if (t->sequence.item) {
    int64_t i;
    if (!type_of(key)->number.index)
      return error_format(ERROR_TYPE, "sequence index must be integer, not '%N'", key);
    return number_to_i64(key, &i, ERROR_INDEX) < 0 ? NULL : sequence_get_item(o, i);
  }
  if (is_type(o))
    return class_item(o, key);
  return error_format(ERROR_TYPE, "'%N' object is not subscriptable", o);
}
int object_set_item(struct object *o, struct object *key, struct object *value) {
  const struct type *t = type_of(o);
  if (LIKELY(t->mapping.set != NULL))
    return t->mapping.set(o, key, value);
  int64_t i;
  if (type_acts_as_sequence(t) && type_of(key)->number.index)
    return number_to_i64(key, &i, ERROR_INDEX) < 0 ? -1 : sequence_set_item(o, i, value);
  if (t->sequence.set_item) {
    error_format(ERROR_TYPE, "sequence index must be integer, not '%N'", key);
    return -1;
  }
  error_format(ERROR_TYPE, "'%N' object does not support item %s", o,
               value ? "assignment" : "deletion");
  return -1;
}

int sequence_contains_by_iteration(struct object *o, struct object *value) {
  bool may_iterate = type_of(o)->iter || type_of(o)->sequence.item;
  struct object *iterator = may_iterate ? iterate(o) : NULL, *each;
  if (!may_iterate || (!iterator && error_clear_if(ERROR_TYPE))) /* whatever was wrong */
    error_format(ERROR_TYPE, "argument of type '%N' is not iterable", o);
  if (!iterator)
    return -1;
  int found = 0;
  while (!found && (each = iterate_next(iterator))) {
    found = object_equal(each, value);
    drop(each);
  }
  drop(iterator);
  return !found && error_pending() != ERROR_NONE ? -1 : found;
}
int object_contains(struct object *o, struct object *value) {
  int (*contains)(struct object *, struct object *) = type_of(o)->sequence.contains;
  return contains ? contains(o, value) : sequence_contains_by_iteration(o, value);
}

struct object *mapping_keys(struct object *o) {
  if (is_dict(o)) {
    struct object *list = list_new(dict_length(o)), *key, *value;
    size_t position = 0;
    while (list && dict_next(o, &position, &key, &value))
      if (list_append(list, key) < 0) {
        drop(list);
        return NULL;
      }
    return list;
  }
  struct object *keys = call_method_none(o, NAME(plain_keys));
  if (!keys)
    return NULL;
  struct object *list = NULL;
  if (type_of(keys)->iter || is_sequence(keys))
    list = iterate_to_list(keys);
  else
    error_format(ERROR_TYPE, "%N.keys() returned a non-iterable (type %N)", o, keys);
  drop(keys);
  return list;
}
