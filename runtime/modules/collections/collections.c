/* The module `_collections`: counting, the getters of named tuples; deque and defaultdict stand in
 * files of their own. */
#include "runtime/modules/collections/collections.h"
#include "runtime/modules/module.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

/* ---- Counting ---- */

static struct object *one(void) { return &int_small[1 - INT_SMALL_MIN].head; }

static int count_in_dict(struct object *dict, struct object *key) {
  struct object *value;
  int64_t hash = object_hash(key);
  int found = hash == -1 ? -1 : dict_find_hashed(dict, key, hash, &value);
  if (found <= 0)
    return found < 0 ? -1 : dict_set_hashed(dict, key, hash, one());
  hold(value);
  struct object *sum = number_binary(value, one(), NUMBER_ADD);
  drop(value);
  int status = sum ? dict_set_hashed(dict, key, hash, sum) : -1;
  drop_null(sum);
  return status;
}
static int count_in_mapping(struct object *mapping, struct object *get, struct object *key) {
  struct object *value = call_two(get, key, &int_small[-INT_SMALL_MIN].head);
  struct object *sum = value ? number_binary(value, one(), NUMBER_ADD) : NULL;
  drop_null(value);
  int status = sum ? object_set_item(mapping, key, sum) : -1;
  drop_null(sum);
  return status;
}
static bool uses_dicts_own(struct object *mapping, struct object *name) {
  return type_lookup_borrowed(type_of(mapping), name) == type_lookup_borrowed(&dict_type, name);
}
static struct object *count_elements(struct object *module, struct object *const *args, size_t n) {
  (void)module;
  if (args_check_count("_count_elements", n, 2, 2) < 0)
    return NULL;
  struct object *mapping = args[0], *get = NULL, *key;
  bool plain = is_any_dict(mapping) && uses_dicts_own(mapping, NAME(plain_get)) &&
               uses_dicts_own(mapping, NAME(setitem));
  struct object *iterator = iterate(args[1]);
  if (iterator && !plain && !(get = attribute_get(mapping, NAME(plain_get)))) {
    drop(iterator);
    return NULL;
  }
  if (!iterator)
    return NULL;
  int status = 0;
  while (status == 0 && (key = iterate_next(iterator))) {
    status = plain ? count_in_dict(mapping, key) : count_in_mapping(mapping, get, key);
    drop(key);
  }
  drop_null(get);
  drop(iterator);
  return status < 0 || error_pending() != ERROR_NONE ? NULL : hold(NONE);
}

/* ---- _tuplegetter: the descriptor of a field of a named tuple ---- */

struct tuplegetter {
  struct object head;
  struct object *doc;
  int64_t i;
};
static struct object *getter_new(struct type *t, struct object *const *args, size_t n,
                                 struct object *kwnames) {
  int64_t i;
  if (args_check_no_keywords("_tuplegetter", kwnames) < 0 ||
      args_check_count("_tuplegetter", n, 2, 2) < 0 ||
      number_to_i64(args[0], &i, ERROR_OVERFLOW) < 0)
    return NULL;
  struct object *o = type_generic_alloc(t);
  if (!o)
    return NULL;
  store_first(o, &((struct tuplegetter *)o)->doc, hold(args[1]));
  ((struct tuplegetter *)o)->i = i;
  return o;
}
static struct object *getter_get(struct object *o, struct object *instance, struct object *owner) {
  (void)owner;
  int64_t i = ((struct tuplegetter *)o)->i;
  if (!instance || instance == NONE)
    return hold(o);
  if (!is_any_tuple(instance))
    return error_format(ERROR_TYPE,
                        "descriptor for index '%ld' for tuple subclasses doesn't apply to '%N' "
                        "object",
                        (long)i, instance);
  if ((uint64_t)i >= tuple_length(instance))
    return error_set(ERROR_INDEX, "tuple index out of range"), NULL;
  return hold(tuple_get_borrowed(instance, (size_t)i));
}
static int getter_set(struct object *o, struct object *instance, struct object *value) {
  (void)o, (void)instance;
  error_set(ERROR_ATTRIBUTE, value ? "can't set attribute" : "can't delete attribute");
  return -1;
}
static struct object *getter_reduce(struct object *o) {
  struct object *i = int_from_i64(((struct tuplegetter *)o)->i);
  struct object *args = i ? tuple_pack(2, i, ((struct tuplegetter *)o)->doc) : NULL;
  struct object *result = args ? tuple_pack(2, &type_of(o)->head, args) : NULL;
  drop_null(args);
  drop_null(i);
  return result;
}
static struct object *getter_repr(struct object *o) {
  struct tuplegetter *g = (struct tuplegetter *)o;
  return str_format("%s(%ld, %R)", type_short_name(type_of(o)), (long)g->i, g->doc);
}
static const struct method_def getter_methods[] = {
    METHOD_NOARGS_("__reduce__", getter_reduce, NULL), {NULL}};
static const struct member_def getter_members[] = {
    {"__doc__", MEMBER_OBJECT, 0, offsetof(struct tuplegetter, doc), NULL}, {NULL}};
struct type tuplegetter_type = {.head = OBJECT_STATIC(type_type),
                                .shape = {.layout = GC_FIXED,
                                          .flags = GC_CONTAINER | GC_PLAIN,
                                          .refs_offset = offsetof(struct tuplegetter, doc),
                                          .refs_n = 1,
                                          .basic_bytes = sizeof(struct tuplegetter)},
                                .name = "_collections._tuplegetter",
                                .new_ = getter_new,
                                .descr_get = getter_get,
                                .descr_set = getter_set,
                                .repr = getter_repr,
                                .methods = getter_methods,
                                .members = getter_members,
                                .base = &object_type};

static const struct method_def functions[] = {
    METHOD_FAST_("_count_elements", count_elements,
                 "_count_elements($module, mapping, iterable, /)\n--\n\nAdds to the mapping how "
                 "often each element occurs."),
    {NULL}};

int module_collections_fill(struct object *module) {
  struct type *const types[] = {&deque_type,          &defaultdict_type,
                                &deque_iterator_type, &deque_reverse_iterator_type,
                                &tuplegetter_type,    &ordered_dict_type};
  if (module_add_text(module, "__doc__", "Types of containers beyond the builtin ones.") < 0 ||
      module_add_functions(module, functions) < 0 || defaultdict_open() < 0 ||
      ordered_dict_open() < 0)
    return -1;
  for (size_t i = 0; i < ARRAY_SIZE(types); i++)
    if (module_add_type(module, types[i]) < 0)
      return -1;
  return 0;
}
