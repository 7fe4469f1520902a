/* collections.defaultdict: a dict that makes missing values. */
#include "runtime/modules/collections/collections.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

struct defaultdict {
  struct dict dict;
  struct object *factory; /* NULL: none */
};
static struct object *factory_of(struct object *o) {
  struct object *factory = ((struct defaultdict *)o)->factory;
  return factory ? factory : NONE;
}

static unsigned spans(struct object *o, struct gc_span found[GC_SPANS_MAX]) {
  struct defaultdict *d = (struct defaultdict *)o;
  found[0] = (struct gc_span){d->dict.pairs, d->dict.slots};
  found[1] = (struct gc_span){&d->factory, 1};
  return 2;
}
static void clear(struct object *o) {
  store(o, &((struct defaultdict *)o)->factory, NULL);
  dict_clear(o);
}

static int init_slot(struct object *o, struct object *const *args, size_t n,
                     struct object *kwnames) {
  struct object *factory = n ? args[0] : NONE;
  if (factory != NONE && !is_callable(factory)) {
    error_set(ERROR_TYPE, "first argument must be callable or None");
    return -1;
  }
  store(o, &((struct defaultdict *)o)->factory, factory == NONE ? NULL : hold(factory));
  return dict_type.init(o, args + (n != 0), n - (n != 0), kwnames);
}
static struct object *missing(struct object *o, struct object *key) {
  struct object *factory = factory_of(o);
  if (factory == NONE)
    return error_key(key);
  hold(factory);
  struct object *value = call_none(factory);
  drop(factory);
  if (value && object_set_item(o, key, value) < 0) {
    drop(value);
    return NULL;
  }
  return value;
}
/* type(o)(factory, contents) */
static struct object *new_like(struct object *o, struct object *contents) {
  return call_two(&type_of(o)->head, factory_of(o), contents);
}
static struct object *copy(struct object *o) { return new_like(o, o); }
static struct object *or_slot(struct object *a, struct object *b) {
  struct object *self = object_is_instance(a, &defaultdict_type) ? a : b;
  if (!is_any_dict(self == a ? b : a))
    return hold(NOT_IMPLEMENTED);
  struct object *result = new_like(self, a);
  if (result && dict_update(result, b) < 0) {
    drop(result);
    return NULL;
  }
  return result;
}
static struct object *repr(struct object *o) {
  struct object *contents = dict_type.repr(o), *factory = NULL, *result = NULL;
  int inside = contents ? repr_enter(factory_of(o)) : -1;
  if (inside == 0) {
    factory = object_repr(factory_of(o));
    repr_leave(factory_of(o));
  } else if (inside > 0)
    factory = str_intern("...");
  if (factory)
    result = str_format("%s(%U, %U)", type_short_name(type_of(o)), factory, contents);
  drop_null(factory);
  drop_null(contents);
  return result;
}
static struct object *reduce(struct object *o) {
  struct object *factory = factory_of(o), *result = NULL;
  struct object *args = factory != NONE ? tuple_pack(1, factory) : tuple_new(0);
  struct object *items = args ? call_method_none(o, NAME(plain_items)) : NULL;
  struct object *iterator = items ? iterate(items) : NULL;
  if (iterator)
    result = tuple_pack(5, &type_of(o)->head, args, NONE, NONE, iterator);
  drop_null(iterator);
  drop_null(items);
  drop_null(args);
  return result;
}

static const struct method_def methods[] = {
    METHOD_ONE_("__missing__", missing,
                "__missing__(key): called by d[key] for a missing key; without a default_factory "
                "a KeyError, else its result, which is kept under the key."),
    METHOD_NOARGS_("copy", copy, "D.copy() -> a shallow copy of D."),
    METHOD_NOARGS_("__copy__", copy, "D.copy() -> a shallow copy of D."),
    METHOD_NOARGS_("__reduce__", reduce, "Return state information for pickling."),
    METHOD_CLASS_GETITEM,
    {NULL}};
static const struct member_def members[] = {{"default_factory", MEMBER_OBJECT, 0,
                                             offsetof(struct defaultdict, factory),
                                             "Factory for default value called by __missing__()."},
                                            {NULL}};
struct type defaultdict_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_SPANS,
              .flags = GC_CONTAINER | GC_PLAIN | GC_RELEASES,
              .basic_bytes = sizeof(struct defaultdict),
              .spans = spans},
    .name = "collections.defaultdict",
    .flags = TYPE_BASE,
    .clear = clear,
    .init = init_slot,
    .repr = repr,
    .number = {.bit_or = or_slot},
    .methods = methods,
    .members = members,
    .doc = "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\nThe "
           "factory is called without arguments for the value of a key that is missing.",
    .base = &dict_type};

int defaultdict_open(void) {
  defaultdict_type.release = dict_type.release;
  defaultdict_type.check = dict_type.check;
  return type_ready(&defaultdict_type);
}
