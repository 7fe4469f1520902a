/* The module `_functools`: reduce and cmp_to_key; partial and the cache stand in files of their
 * own. */
#include "runtime/modules/functools.h"
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include <stddef.h>

struct object *functools_get_dict(struct object *o, void *closure) {
  (void)closure;
  struct object *dict = instance_dict_borrowed(o);
  return dict ? hold(dict) : NULL;
}
int functools_set_dict(struct object *o, struct object *value, void *closure) {
  (void)closure;
  if (!value || !is_any_dict(value)) {
    if (value)
      error_format(ERROR_TYPE, "__dict__ must be set to a dictionary, not a '%N'", value);
    else
      error_set(ERROR_TYPE, "cannot delete __dict__");
    return -1;
  }
  return instance_set_dict(o, value);
}

/* ---- reduce ---- */

static struct object *reduce(struct object *module, struct object *const *args, size_t n) {
  (void)module;
  if (args_check_count("reduce", n, 2, 3) < 0)
    return NULL;
  struct object *result = n > 2 ? hold(args[2]) : NULL, *item;
  struct object *iterator = iterate(args[1]);
  if (!iterator) {
    if (error_clear_if(ERROR_TYPE))
      error_set(ERROR_TYPE, "reduce() arg 2 must support iteration");
    drop_null(result);
    return NULL;
  }
  while ((item = iterate_next(iterator))) {
    if (result) {
      struct object *next = call_two(args[0], result, item);
      drop(item);
      drop(result);
      result = next;
      if (!result)
        break;
    } else
      result = item;
  }
  drop(iterator);
  if (error_pending() != ERROR_NONE) {
    drop_null(result);
    return NULL;
  }
  if (!result)
    error_set(ERROR_TYPE, "reduce() of empty iterable with no initial value");
  return result;
}

/* ---- cmp_to_key ---- */

struct key {
  struct object head;
  struct object *compare;
  struct object *object; /* NULL: the factory of keys */
};
static struct type key_type;

static struct object *new_key(struct object *compare_function, struct object *object) {
  struct key *k = (struct key *)gc_new_container(&key_type, sizeof *k);
  if (!k)
    return error_no_memory();
  k->compare = hold(compare_function);
  k->object = object ? hold(object) : NULL;
  gc_track(&k->head);
  return &k->head;
}
static struct object *key_call(struct object *o, struct object *const *args, size_t n,
                               struct object *kwnames) {
  static const char *const names[] = {"obj"};
  static const struct args_spec spec = {"K", names, 1, 0, 1, 1};
  struct object *object;
  if (args_parse(&spec, args, call_count(n), kwnames, &object) < 0)
    return NULL;
  return new_key(((struct key *)o)->compare, object);
}
static struct object *key_compare(struct object *a, struct object *b, enum compare_op op) {
  if (type_of(b) != &key_type)
    return error_format(ERROR_TYPE, "other argument must be K instance");
  struct object *x = ((struct key *)a)->object, *y = ((struct key *)b)->object;
  if (!x || !y)
    return error_format(ERROR_ATTRIBUTE, "object");
  struct object *order = call_two(((struct key *)a)->compare, x, y);
  if (!order)
    return NULL;
  struct object *result = compare(order, &int_small[-INT_SMALL_MIN].head, op);
  drop(order);
  return result;
}
static const struct member_def key_members[] = {
    {"obj", MEMBER_OBJECT, 0, offsetof(struct key, object), "Value wrapped by a key function."},
    {NULL}};
static struct type key_type = {.head = OBJECT_STATIC(type_type),
                               .shape = {.layout = GC_FIXED,
                                         .flags = GC_CONTAINER | GC_PLAIN,
                                         .refs_offset = offsetof(struct key, compare),
                                         .refs_n = 2,
                                         .basic_bytes = sizeof(struct key)},
                               .name = "functools.KeyWrapper",
                               .flags = TYPE_NO_INSTANCE,
                               .call = key_call,
                               .compare = key_compare,
                               .members = key_members,
                               .base = &object_type};

static struct object *cmp_to_key(struct object *module, struct object *const *args, size_t n,
                                 struct object *kwnames) {
  static const char *const names[] = {"mycmp"};
  static const struct args_spec spec = {"cmp_to_key", names, 1, 0, 1, 1};
  struct object *function;
  (void)module;
  return args_parse(&spec, args, n, kwnames, &function) < 0 ? NULL : new_key(function, NULL);
}

static const struct method_def functions[] = {
    METHOD_FAST_("reduce", reduce,
                 "reduce(function, iterable[, initial]) -> value\n\nreduce(f, [a, b, c]) is f(f(a, "
                 "b), c); with an initial value, that stands in front of the items."),
    METHOD_KEYWORDS_("cmp_to_key", cmp_to_key, "Convert a cmp= function into a key= function."),
    {NULL}};

int module_functools_fill(struct object *module) {
  if (module_add_text(module, "__doc__", "Tools that operate on functions.") < 0 ||
      module_add_functions(module, functions) < 0 || type_ready(&key_type) < 0 ||
      type_ready(&lru_link_type) < 0 || functools_cache_open() < 0 ||
      module_add_type(module, &partial_type) < 0)
    return -1;
  return module_add_type(module, &lru_cache_type);
}
