/* Types: the static ones without behaviour of their own, types made at run time, and what happens
 * to an object whose type says nothing special. */
#include "runtime/object/type.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/instance.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type_internal.h"
#include "runtime/object/type_keys.h"
#include "runtime/object/warning.h"
#include "runtime/object/weakref.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static uint32_t last_version;
uint32_t type_next_version(void) { return ++last_version; }

static void type_destroy(struct object *o);
static void type_release(struct object *o);
static bool type_check(const struct object *o, char *error, size_t error_bytes);
static int64_t hash_identity(struct object *o) { return object_hash_identity(o); }

struct type type_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_IS_TYPE | GC_RELEASES | GC_WEAKREFS,
              .refs_offset = offsetof(struct type, base),
              .refs_n = 7,
              .weak_offset = offsetof(struct type, weakrefs),
              .basic_bytes = sizeof(struct type)},
    .name = "type",
    .flags = TYPE_BASE | TYPE_IS_TYPE,
    .destroy = type_destroy,
    .release = type_release,
    .check = type_check,
    .base = &object_type,
    .call = type_call_slot,
    .new_ = type_new_slot,
    .init = type_init_slot,
    .getattr = attribute_get_of_type,
    .setattr = attribute_set_of_type,
    .repr = type_repr_slot,
    .number = {.bit_or = type_or_slot},
    .methods = type_methods,
    .getsets = type_getsets,
    .members = type_members,
    .doc = "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
};

/* Types whose objects are nothing but a header. */
#define BARE(variable, name_, ...)                                                                 \
  struct type variable = {.head = OBJECT_STATIC(type_type),                                        \
                          .shape = {.layout = GC_LEAF, .basic_bytes = sizeof(struct object)},      \
                          .name = name_,                                                           \
                          .base = &object_type,                                                    \
                          __VA_ARGS__}
struct type object_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .basic_bytes = sizeof(struct object)},
    .name = "object",
    .flags = TYPE_BASE,
    .new_ = object_new_slot,
    .init = object_init_slot,
    .getattr = attribute_get_generic,
    .setattr = attribute_set_generic,
    .repr = object_repr_slot,
    .str = object_str_slot,
    .hash = hash_identity,
    .compare = object_compare_slot,
    .methods = object_methods,
    .getsets = object_getsets,
    .doc = "object()\n--\n\nThe base class of the class hierarchy.\n\nWhen called, it accepts no "
           "arguments and returns a new featureless\ninstance that has no instance attributes and "
           "cannot be given any.\n",
};

static struct object *none_repr(struct object *o) { return str_intern("None"); }
static struct object *ellipsis_repr(struct object *o) { return str_intern("Ellipsis"); }
static struct object *not_implemented_repr(struct object *o) {
  return str_intern("NotImplemented");
}
static int none_truth(struct object *o) { return 0; }
static int not_implemented_truth(struct object *o) {
  return warning_format(ERROR_DEPRECATION_WARNING, 1,
                        "NotImplemented should not be used in a boolean context") < 0
             ? -1
             : 1;
}
static struct object *new_singleton(struct type *t, size_t n, struct object *kwnames,
                                    struct object *singleton) {
  if (n || (kwnames && tuple_length(kwnames)))
    return error_format(ERROR_TYPE, "%s takes no arguments", t->name);
  return hold(singleton);
}
static struct object *none_new(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  return new_singleton(t, n, kwnames, NONE);
}
static struct object *ellipsis_new(struct type *t, struct object *const *args, size_t n,
                                   struct object *kwnames) {
  return new_singleton(t, n, kwnames, ELLIPSIS);
}
static struct object *not_implemented_new(struct type *t, struct object *const *args, size_t n,
                                          struct object *kwnames) {
  return new_singleton(t, n, kwnames, NOT_IMPLEMENTED);
}
static const struct method_def ellipsis_methods[] = {
    METHOD_NOARGS_("__reduce__", ellipsis_repr, NULL), {NULL}};
static const struct method_def not_implemented_methods[] = {
    METHOD_NOARGS_("__reduce__", not_implemented_repr, NULL), {NULL}};
BARE(none_type, "NoneType", .repr = none_repr, .new_ = none_new, .number = {.truth = none_truth});
BARE(ellipsis_type, "ellipsis", .repr = ellipsis_repr, .new_ = ellipsis_new,
     .methods = ellipsis_methods);
BARE(not_implemented_type, "NotImplementedType", .repr = not_implemented_repr,
     .new_ = not_implemented_new, .number = {.truth = not_implemented_truth},
     .methods = not_implemented_methods);

bool check_failed(char *error, size_t error_bytes, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error, error_bytes, format, arguments);
  va_end(arguments);
  return false;
}

int64_t type_unhashable(struct object *o) {
  error_set(ERROR_TYPE, "unhashable type: '%s'", type_of(o)->name);
  return -1;
}

/* Most static types: references at one place, and nothing else that their objects own. */
static void destroy_plain(struct object *o) {
  const struct gc_shape *shape = &type_of(o)->shape;
  struct object **refs = (struct object **)((char *)o + shape->refs_offset);
  gc_untrack(o);
  for (size_t i = 0, n = shape->refs_n; i < n; i++)
    drop_null(refs[i]);
  gc_delete(o, shape->basic_bytes);
}
static bool is_plain(const struct type *t) {
  const unsigned special = GC_FINALIZES | GC_WEAKREFS | GC_VISITS_TYPE | GC_RELEASES;
  return t->shape.layout == GC_FIXED && !(t->shape.flags & special) && !t->shape.bytes &&
         !t->shape.item_bytes && !t->release && !t->finalize;
}

void type_open(struct type *t) {
  gc_immortalize(&t->head);
  if (!t->destroy)
    t->destroy = is_plain(t) ? destroy_plain : type_destroy_generic;
  t->version = ++last_version;
}

void type_close(struct type *t) {
  struct object *attributes = t->attributes;
  t->attributes = NULL;
  drop_null(attributes);
}

/* ---- Death by count ---- */

static bool finalizer_resurrects(struct object *o) {
#if GC_RC
  return gc_finalize_dying(o);
#else
  return (void)o, false;
#endif
}

/* In CPython's order: what a class adds goes before what its base holds, items of tuples and lists
 * from the last to the first. */
static void drop_spans(const struct type *t, const struct gc_span *spans, unsigned n) {
  bool items_backwards = type_has(t, TYPE_IS_TUPLE | TYPE_IS_LIST);
  for (unsigned k = 0; k < n; k++) {
    unsigned s = type_has(t, TYPE_HEAP) ? n - 1 - k : k;
    bool backwards = items_backwards && s == 0;
    for (size_t i = 0; i < spans[s].n; i++)
      drop_null(spans[s].first[backwards ? spans[s].n - 1 - i : i]);
  }
}

void type_destroy_generic(struct object *o) {
  if (UNLIKELY(type_of(o)->shape.flags & GC_FINALIZES) && finalizer_resurrects(o))
    return;
  struct type *t = type_of(o); /* the finaliser may have given it another class */
  unsigned flags = t->shape.flags;
  if (flags & GC_CONTAINER)
    gc_untrack(o);
  if ((flags & GC_WEAKREFS) && UNLIKELY(*weakref_list_of(o, t) != NULL))
    weakref_referent_dies(o);
  size_t bytes = gc_object_bytes(o);
  struct gc_span spans[GC_SPANS_MAX];
  drop_spans(t, spans, gc_spans_of(o, &t->shape, spans));
  if (t->release)
    t->release(o);
  gc_delete(o, bytes);
  if (flags & GC_VISITS_TYPE)
    drop(&t->head);
}

void type_clear_generic(struct object *o) {
  struct gc_span spans[GC_SPANS_MAX];
  unsigned spans_n = gc_spans_of(o, &type_of(o)->shape, spans);
  for (unsigned s = 0; s < spans_n; s++)
    for (size_t i = 0; i < spans[s].n; i++) {
      struct object *referent = spans[s].first[i];
      spans[s].first[i] = NULL;
      drop_null(referent);
    }
}

/* ---- Types made at run time ---- */

static void type_release(struct object *o) {
  struct type *t = (struct type *)o;
  if (t->name)
    gc_buffer_free((char *)(uintptr_t)t->name, strlen(t->name) + 1);
  type_keys_free(t);
}

static void type_destroy(struct object *o) {
  struct type *t = (struct type *)o, *metatype = type_of(o);
  gc_untrack(o);
  if (t->weakrefs)
    weakref_referent_dies(o);
  struct object *refs[] = {t->base ? &t->base->head : NULL,
                           t->attributes,
                           t->bases,
                           t->mro,
                           t->short_name,
                           t->qualname,
                           t->subclasses};
  type_release(o);
  gc_delete(o, sizeof *t);
  for (size_t i = ARRAY_SIZE(refs); i-- > 0;)
    drop_null(refs[i]);
  if (metatype->shape.flags & GC_VISITS_TYPE)
    drop(&metatype->head);
}

struct type *type_new(const char *name, uint32_t slots_n, void (*finalize)(struct object *)) {
  if (slots_n > TYPE_SLOTS_MAX) {
    error_set(ERROR_VALUE, "%u slots are too many for a type, the limit is %d", slots_n,
              TYPE_SLOTS_MAX);
    return NULL;
  }
  size_t name_bytes = strlen(name) + 1;
  char *own_name = gc_buffer_new(name_bytes);
  if (!own_name)
    return error_no_memory();
  memcpy(own_name, name, name_bytes);
  struct type *t = (struct type *)gc_new_container(&type_type, sizeof *t);
  if (!t) {
    gc_buffer_free(own_name, name_bytes);
    return error_no_memory();
  }
  memset((char *)t + sizeof(struct object), 0, sizeof *t - sizeof(struct object));
  t->shape = (struct gc_shape){
      .layout = GC_FIXED,
      .flags = (uint8_t)(GC_CONTAINER | GC_PLAIN | GC_WEAKREFS | GC_VISITS_TYPE |
                         (finalize ? GC_FINALIZES : 0)),
      .refs_offset = offsetof(struct instance, slots),
      .refs_n = (uint16_t)slots_n,
      .weak_offset = offsetof(struct instance, weakrefs),
      .basic_bytes = (uint16_t)(sizeof(struct instance) + slots_n * sizeof(struct object *))};
  t->name = own_name;
  t->destroy = finalize ? type_destroy_generic : instance_destroy;
  t->finalize = finalize;
  t->base = (struct type *)hold(&object_type.head);
  t->slots_n = slots_n;
  t->slots_offset = offsetof(struct instance, slots);
  t->builtin_base = &object_type;
  t->version = ++last_version;
  gc_track(&t->head);
  return t;
}

int type_set_attribute(struct type *t, struct object *name, struct object *value) {
  if (!t->attributes) {
    struct object *attributes = dict_new();
    if (!attributes)
      return -1;
    store_first(&t->head, &t->attributes, attributes);
  }
  int status = value ? dict_set(t->attributes, name, value) : dict_delete(t->attributes, name);
  if (status < 0)
    return -1;
  if (!value && !status) {
    attribute_error(&t->head, name);
    return -1;
  }
  type_modified(t);
  if ((t->flags & TYPE_READY) && is_str(name))
    type_update_slot(t, name);
  return 0;
}

struct object *type_get_attribute_borrowed(struct type *t, struct object *name) {
  return type_lookup_borrowed(t, name);
}

const char *type_short_name(const struct type *t) {
  if (t->flags & TYPE_HEAP)
    return t->name;
  const char *dot = strrchr(t->name, '.');
  return dot ? dot + 1 : t->name;
}

static bool type_check(const struct object *o, char *error, size_t error_bytes) {
  const struct type *t = (const struct type *)o;
  const struct gc_shape *s = &t->shape;
  if (!t->name)
    return check_failed(error, error_bytes, "type %p has no name", (const void *)o);
  if (s->basic_bytes < sizeof(struct object))
    return check_failed(error, error_bytes, "type %s: %u bytes are no object", t->name,
                        s->basic_bytes);
  if (t->version == 0)
    return check_failed(error, error_bytes, "type %s has no version", t->name);
  if (s->layout == GC_FIXED && s->refs_n &&
      s->refs_offset + s->refs_n * sizeof(void *) > s->basic_bytes)
    return check_failed(error, error_bytes, "type %s: references beyond the object", t->name);
  if (((s->flags & GC_WEAKREFS) != 0) != (s->weak_offset != 0))
    return check_failed(error, error_bytes, "type %s: weak references without a list", t->name);
  if (t->attributes && type_of(t->attributes) != &dict_type)
    return check_failed(error, error_bytes, "type %s: attributes are no dict", t->name);
  return true;
}
