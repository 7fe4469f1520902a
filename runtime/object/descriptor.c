/* Descriptors of types written in C: methods, class methods, members, getsets, slot wrappers and
 * their bound form, and __new__. All but the last share a head: the type they belong to and a name.
 */
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type_internal.h"
#include <stddef.h>
#include <string.h>

#define OWNER_SHAPE(struct_)                                                                       \
  {                                                                                                \
    .layout = GC_FIXED, .flags = GC_CONTAINER | GC_PLAIN, .refs_offset = offsetof(struct_, owner), \
    .refs_n = 1, .basic_bytes = sizeof(struct_)                                                    \
  }

static struct object *new (struct type *type, struct type *owner, const void *def) {
  struct descriptor *d = (struct descriptor *)gc_new_container(type, sizeof *d);
  if (!d)
    return error_no_memory();
  d->owner = hold(&owner->head);
  d->method = def;
  d->slot_offset = 0;
  gc_track(&d->head);
  return &d->head;
}
struct object *method_descriptor_new(struct type *t, const struct method_def *def) {
  return new (&method_descriptor_type, t, def);
}
struct object *classmethod_descriptor_new(struct type *t, const struct method_def *def) {
  return new (&classmethod_descriptor_type, t, def);
}
struct object *getset_descriptor_new(struct type *t, const struct getset_def *def) {
  return new (&getset_descriptor_type, t, def);
}
struct object *member_descriptor_new(struct type *t, const struct member_def *def) {
  return new (&member_descriptor_type, t, def);
}
struct object *member_descriptor_for_slot(struct type *t, struct object *name, size_t offset) {
  struct object *o = new (&member_descriptor_type, t, NULL);
  if (o) {
    ((struct descriptor *)o)->slot_name = name; /* interned, never freed */
    ((struct descriptor *)o)->slot_offset = offset;
  }
  return o;
}

/* ---- Names and what they say about themselves ---- */

static struct object *name_of(struct object *o) {
  struct descriptor *d = (struct descriptor *)o;
  if (type_of(o) == &slot_wrapper_type)
    return hold(model_names[((struct slot_wrapper *)o)->def->name_id]);
  if (d->slot_offset)
    return hold(d->slot_name);
  /* the name is the first member of each table's row */
  return str_intern(*(const char *const *)d->method);
}
static const char *doc_of(struct object *o) {
  struct descriptor *d = (struct descriptor *)o;
  const struct type *t = type_of(o);
  if (t == &slot_wrapper_type)
    return ((struct slot_wrapper *)o)->def->doc;
  if (t == &getset_descriptor_type)
    return d->getset->doc;
  if (t == &member_descriptor_type)
    return d->slot_offset ? NULL : d->member->doc;
  return d->method->doc;
}

/* "f($self, x)\n--\n\nText": the text, and what stands before it as "(...)". */
struct object *doc_text(const char *doc) {
  if (!doc)
    return hold(NONE);
  const char *end = strstr(doc, "--\n\n");
  if (end && (end == doc || end[-1] == '\n'))
    doc = end + 4;
  return *doc ? str_from_utf8(doc, strlen(doc)) : hold(NONE);
}
struct object *doc_signature(const char *doc) {
  const char *open = doc ? strchr(doc, '(') : NULL;
  const char *end = doc ? strstr(doc, "\n--\n\n") : NULL;
  if (!open || !end || open > end)
    return hold(NONE);
  return str_from_utf8(open, (size_t)(end - open));
}

static struct object *get_name(struct object *o, void *closure) { return name_of(o); }
static struct object *get_qualname(struct object *o, void *closure) {
  struct object *name = name_of(o);
  struct object *owner =
      name ? type_qualname((struct type *)((struct descriptor *)o)->owner) : NULL;
  struct object *result = owner ? str_format("%U.%U", owner, name) : NULL;
  drop_null(owner);
  drop_null(name);
  return result;
}
static struct object *get_doc(struct object *o, void *closure) { return doc_text(doc_of(o)); }
static struct object *get_signature(struct object *o, void *closure) {
  return doc_signature(doc_of(o));
}
static struct object *get_owner(struct object *o, void *closure) {
  return hold(((struct descriptor *)o)->owner);
}
static struct object *reduce(struct object *o) {
  struct object *f = builtins_get("getattr");
  struct object *name = f ? name_of(o) : NULL;
  struct object *args = name ? tuple_pack(2, ((struct descriptor *)o)->owner, name) : NULL;
  struct object *result = args ? tuple_pack(2, f, args) : NULL;
  drop_null(args);
  drop_null(name);
  drop_null(f);
  return result;
}

static const struct getset_def callable_getsets[] = {
    {"__name__", get_name}, {"__objclass__", get_owner},           {"__qualname__", get_qualname},
    {"__doc__", get_doc},   {"__text_signature__", get_signature}, {NULL}};
static const struct getset_def data_getsets[] = {{"__name__", get_name},
                                                 {"__objclass__", get_owner},
                                                 {"__qualname__", get_qualname},
                                                 {"__doc__", get_doc},
                                                 {NULL}};
static const struct method_def callable_methods[] = {METHOD_NOARGS_("__reduce__", reduce, NULL),
                                                     {NULL}};

static struct object *repr(struct object *o, const char *what) {
  struct object *name = name_of(o);
  struct object *result =
      name ? str_format("<%s '%U' of '%T' objects>", what, name, ((struct descriptor *)o)->owner)
           : NULL;
  drop_null(name);
  return result;
}
static struct object *method_repr(struct object *o) { return repr(o, "method"); }
static struct object *member_repr(struct object *o) { return repr(o, "member"); }
static struct object *getset_repr(struct object *o) { return repr(o, "attribute"); }
static struct object *wrapper_repr(struct object *o) { return repr(o, "slot wrapper"); }

/* Whether o is an instance of the type the descriptor belongs to. */
static bool applies(struct object *descriptor, struct object *o) {
  struct type *owner = (struct type *)((struct descriptor *)descriptor)->owner;
  if (LIKELY(type_is_subtype(type_of(o), owner)))
    return true;
  struct object *name = name_of(descriptor);
  if (name)
    error_format(ERROR_TYPE, "descriptor '%U' for '%T' objects doesn't apply to a '%N' object",
                 name, owner, o);
  drop_null(name);
  return false;
}

/* ---- Methods ---- */

static struct object *method_get(struct object *d, struct object *o, struct object *owner) {
  if (!o)
    return hold(d);
  if (!applies(d, o))
    return NULL;
  return builtin_function_new(((struct descriptor *)d)->method, o, NULL);
}

static struct object *method_call(struct object *d, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  struct descriptor *descriptor = (struct descriptor *)d;
  n = call_count(n);
  if (UNLIKELY(n < 1)) {
    struct object *name = get_qualname(d, NULL);
    if (name)
      error_format(ERROR_TYPE, "unbound method %U() needs an argument", name);
    drop_null(name);
    return NULL;
  }
  if (UNLIKELY(type_of(args[0]) != (struct type *)descriptor->owner) && !applies(d, args[0]))
    return NULL;
  return method_def_call(descriptor->method, args[0], args + 1, n - 1, kwnames, d);
}

struct type method_descriptor_type = {.head = OBJECT_STATIC(type_type),
                                      .shape = OWNER_SHAPE(struct descriptor),
                                      .name = "method_descriptor",
                                      .flags = TYPE_METHOD | TYPE_NO_INSTANCE,
                                      .call = method_call,
                                      .repr = method_repr,
                                      .descr_get = method_get,
                                      .methods = callable_methods,
                                      .getsets = callable_getsets,
                                      .base = &object_type};

/* ---- Class methods ---- */

static struct object *classmethod_get(struct object *d, struct object *o, struct object *owner) {
  struct descriptor *descriptor = (struct descriptor *)d;
  if (!owner)
    owner = &type_of(o)->head;
  if (!is_type(owner) || !type_is_subtype((struct type *)owner, (struct type *)descriptor->owner)) {
    struct object *name = name_of(d);
    if (name)
      error_format(ERROR_TYPE, "descriptor '%U' requires a subtype of '%T' but received '%T'", name,
                   descriptor->owner, is_type(owner) ? (void *)owner : (void *)type_of(owner));
    drop_null(name);
    return NULL;
  }
  return builtin_function_new(descriptor->method, owner, NULL);
}
static struct object *classmethod_call(struct object *d, struct object *const *args, size_t n,
                                       struct object *kwnames) {
  n = call_count(n);
  if (n < 1)
    return error_format(ERROR_TYPE, "descriptor needs an argument");
  struct object *bound = classmethod_get(d, NULL, args[0]);
  struct object *result = bound ? call_object(bound, args + 1, n - 1, kwnames) : NULL;
  drop_null(bound);
  return result;
}
struct type classmethod_descriptor_type = {.head = OBJECT_STATIC(type_type),
                                           .shape = OWNER_SHAPE(struct descriptor),
                                           .name = "classmethod_descriptor",
                                           .flags = TYPE_NO_INSTANCE,
                                           .call = classmethod_call,
                                           .repr = method_repr,
                                           .descr_get = classmethod_get,
                                           .getsets = callable_getsets,
                                           .base = &object_type};

/* ---- Getsets ---- */

static struct object *getset_get(struct object *d, struct object *o, struct object *owner) {
  const struct getset_def *def = ((struct descriptor *)d)->getset;
  if (!o)
    return hold(d);
  if (!applies(d, o))
    return NULL;
  if (def->get)
    return def->get(o, def->closure);
  return error_format(ERROR_ATTRIBUTE, "attribute '%s' of '%T' objects is not readable", def->name,
                      ((struct descriptor *)d)->owner);
}
static int getset_set(struct object *d, struct object *o, struct object *value) {
  const struct getset_def *def = ((struct descriptor *)d)->getset;
  if (!applies(d, o))
    return -1;
  if (def->set)
    return def->set(o, value, def->closure);
  error_format(ERROR_ATTRIBUTE, "attribute '%s' of '%T' objects is not writable", def->name,
               ((struct descriptor *)d)->owner);
  return -1;
}
struct type getset_descriptor_type = {.head = OBJECT_STATIC(type_type),
                                      .shape = OWNER_SHAPE(struct descriptor),
                                      .name = "getset_descriptor",
                                      .flags = TYPE_NO_INSTANCE,
                                      .repr = getset_repr,
                                      .descr_get = getset_get,
                                      .descr_set = getset_set,
                                      .getsets = data_getsets,
                                      .base = &object_type};

/* ---- Members ---- */

size_t member_offset_of(const struct object *descriptor, const struct type *t) {
  const struct descriptor *d = (const struct descriptor *)descriptor;
  if (type_of(descriptor) != &member_descriptor_type || !d->slot_offset ||
      !type_is_subtype(t, (const struct type *)d->owner))
    return 0;
  return d->slot_offset;
}

static struct object *read_member(struct object *o, const struct member_def *def) {
  void *field = (char *)o + def->offset;
  switch (def->kind) {
  case MEMBER_OBJECT: {
    struct object *value = *(struct object **)field;
    return hold(value ? value : NONE);
  }
  case MEMBER_OBJECT_EX: {
    struct object *value = *(struct object **)field;
    return value ? hold(value)
                 : error_format(ERROR_ATTRIBUTE, "'%N' object has no attribute '%s'", o, def->name);
  }
  case MEMBER_INT32:
    return int_from_i64(*(int32_t *)field);
  case MEMBER_UINT32:
    return int_from_i64(*(uint32_t *)field);
  case MEMBER_INT64:
    return int_from_i64(*(int64_t *)field);
  case MEMBER_SIZE:
    return int_from_u64(*(size_t *)field);
  case MEMBER_BOOL:
    return hold(bool_from(*(bool *)field));
  case MEMBER_DOUBLE:
    return float_from(*(double *)field);
  default: {
    const char *text = *(const char **)field;
    return text ? str_from_utf8(text, strlen(text)) : hold(NONE);
  }
  }
}
static struct object *member_get(struct object *d, struct object *o, struct object *owner) {
  struct descriptor *descriptor = (struct descriptor *)d;
  if (!o)
    return hold(d);
  if (!applies(d, o))
    return NULL;
  if (!descriptor->slot_offset)
    return read_member(o, descriptor->member);
  struct object *value = *instance_member_slot(o, descriptor->slot_offset);
  return value ? hold(value) : attribute_error(o, descriptor->slot_name);
}
static int write_member(struct object *o, const struct member_def *def, struct object *value) {
  void *field = (char *)o + def->offset;
  int64_t number = 0;
  if (def->flags & MEMBER_READONLY || def->kind == MEMBER_STRING) {
    error_set(ERROR_ATTRIBUTE, "readonly attribute");
    return -1;
  }
  switch (def->kind) {
  case MEMBER_OBJECT:
  case MEMBER_OBJECT_EX:
    if (!value && def->kind == MEMBER_OBJECT_EX && !*(struct object **)field) {
      error_set(ERROR_ATTRIBUTE, "%s", def->name);
      return -1;
    }
    store(o, field, value ? hold(value) : NULL);
    return 0;
  case MEMBER_BOOL:
    if (value != TRUE_ && value != FALSE_) {
      error_set(ERROR_TYPE, "attribute value type must be bool");
      return -1;
    }
    *(bool *)field = value == TRUE_;
    return 0;
  default:
    break;
  }
  if (!value) {
    error_set(ERROR_TYPE, "can't delete numeric/char attribute");
    return -1;
  }
  if (!is_any_int(value) || !int_to_i64(value, &number)) {
    error_set(ERROR_TYPE, "an integer is required");
    return -1;
  }
  if (def->kind == MEMBER_INT32 || def->kind == MEMBER_UINT32)
    *(int32_t *)field = (int32_t)number;
  else
    *(int64_t *)field = number;
  return 0;
}
static int member_set(struct object *d, struct object *o, struct object *value) {
  struct descriptor *descriptor = (struct descriptor *)d;
  if (!applies(d, o))
    return -1;
  if (!descriptor->slot_offset)
    return write_member(o, descriptor->member, value);
  struct object **slot = instance_member_slot(o, descriptor->slot_offset);
  if (!value && !*slot) {
    error_format(ERROR_ATTRIBUTE, "%U", descriptor->slot_name);
    return -1;
  }
  store(o, slot, value ? hold(value) : NULL);
  return 0;
}
struct type member_descriptor_type = {.head = OBJECT_STATIC(type_type),
                                      .shape = OWNER_SHAPE(struct descriptor),
                                      .name = "member_descriptor",
                                      .flags = TYPE_NO_INSTANCE,
                                      .repr = member_repr,
                                      .descr_get = member_get,
                                      .descr_set = member_set,
                                      .getsets = data_getsets,
                                      .methods = callable_methods,
                                      .base = &object_type};

/* ---- Slot wrappers, and bound ones ---- */

struct object *slot_wrapper_new(struct type *owner, const struct slot_def *def,
                                void (*function)(void)) {
  struct slot_wrapper *w = (struct slot_wrapper *)gc_new_container(&slot_wrapper_type, sizeof *w);
  if (!w)
    return error_no_memory();
  w->owner = hold(&owner->head);
  w->def = def;
  w->function = function;
  gc_track(&w->head);
  return &w->head;
}
/* Only what is called or made takes keywords. */
static struct object *call_wrapped(const struct slot_wrapper *w, struct object *self,
                                   struct object *const *args, size_t n, struct object *kwnames) {
  struct object *name = model_names[w->def->name_id];
  if (kwnames && tuple_length(kwnames) && name != NAME(call) && name != NAME(init))
    return error_format(ERROR_TYPE, "wrapper %U() takes no keyword arguments", name);
  return w->def->wrap(self, args, n, kwnames, w->function);
}
static struct object *wrapper_call(struct object *d, struct object *const *args, size_t n,
                                   struct object *kwnames) {
  struct slot_wrapper *w = (struct slot_wrapper *)d;
  n = call_count(n);
  if (n < 1)
    return error_format(ERROR_TYPE, "descriptor '%U' of '%T' object needs an argument",
                        model_names[w->def->name_id], w->owner);
  if (!type_is_subtype(type_of(args[0]), (struct type *)w->owner))
    return error_format(ERROR_TYPE, "descriptor '%U' requires a '%T' object but received a '%N'",
                        model_names[w->def->name_id], w->owner, args[0]);
  return call_wrapped(w, args[0], args + 1, n - 1, kwnames);
}

struct method_wrapper {
  struct object head;
  struct object *wrapper, *self;
};
static struct object *wrapper_get(struct object *d, struct object *o, struct object *owner) {
  if (!o)
    return hold(d);
  if (!applies(d, o))
    return NULL;
  struct method_wrapper *m =
      (struct method_wrapper *)gc_new_container(&method_wrapper_type, sizeof *m);
  if (!m)
    return error_no_memory();
  m->wrapper = hold(d);
  m->self = hold(o);
  gc_track(&m->head);
  return &m->head;
}
struct type slot_wrapper_type = {.head = OBJECT_STATIC(type_type),
                                 .shape = OWNER_SHAPE(struct slot_wrapper),
                                 .name = "wrapper_descriptor",
                                 .flags = TYPE_METHOD | TYPE_NO_INSTANCE,
                                 .call = wrapper_call,
                                 .repr = wrapper_repr,
                                 .descr_get = wrapper_get,
                                 .methods = callable_methods,
                                 .getsets = callable_getsets,
                                 .base = &object_type};

static struct object *bound_call(struct object *o, struct object *const *args, size_t n,
                                 struct object *kwnames) {
  struct method_wrapper *m = (struct method_wrapper *)o;
  struct slot_wrapper *w = (struct slot_wrapper *)m->wrapper;
  return call_wrapped(w, m->self, args, call_count(n), kwnames);
}
static struct object *bound_compare(struct object *a, struct object *b, enum compare_op op) {
  if (type_of(a) != type_of(b) || (op != COMPARE_EQ && op != COMPARE_NE))
    return hold(NOT_IMPLEMENTED);
  struct method_wrapper *x = (struct method_wrapper *)a, *y = (struct method_wrapper *)b;
  return hold(bool_from((x->wrapper == y->wrapper && x->self == y->self) == (op == COMPARE_EQ)));
}
static int64_t bound_hash(struct object *o) {
  struct method_wrapper *m = (struct method_wrapper *)o;
  int64_t hash = object_hash_identity(m->wrapper) ^ object_hash_identity(m->self);
  return hash == -1 ? -2 : hash;
}
static struct object *bound_repr(struct object *o) {
  struct method_wrapper *m = (struct method_wrapper *)o;
  return str_format("<method-wrapper '%U' of %N object at %p>",
                    model_names[((struct slot_wrapper *)m->wrapper)->def->name_id], m->self,
                    (void *)m->self);
}
static struct object *bound_self(struct object *o, void *closure) {
  return hold(((struct method_wrapper *)o)->self);
}
static struct object *bound_attribute(struct object *o, void *closure) {
  struct object *(*get)(struct object *, void *) =
      (struct object * (*)(struct object *, void *)) closure;
  return get(((struct method_wrapper *)o)->wrapper, NULL);
}
static const struct getset_def bound_getsets[] = {
    {"__self__", bound_self},
    {"__objclass__", bound_attribute, NULL, NULL, (void *)get_owner},
    {"__name__", bound_attribute, NULL, NULL, (void *)get_name},
    {"__qualname__", bound_attribute, NULL, NULL, (void *)get_qualname},
    {"__doc__", bound_attribute, NULL, NULL, (void *)get_doc},
    {"__text_signature__", bound_attribute, NULL, NULL, (void *)get_signature},
    {NULL}};
static struct object *bound_reduce(struct object *o) {
  struct object *f = builtins_get("getattr");
  struct object *name = f ? name_of(((struct method_wrapper *)o)->wrapper) : NULL;
  struct object *args = name ? tuple_pack(2, ((struct method_wrapper *)o)->self, name) : NULL;
  struct object *result = args ? tuple_pack(2, f, args) : NULL;
  drop_null(args);
  drop_null(name);
  drop_null(f);
  return result;
}
static const struct method_def bound_methods[] = {METHOD_NOARGS_("__reduce__", bound_reduce, NULL),
                                                  {NULL}};
struct type method_wrapper_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct method_wrapper, wrapper),
              .refs_n = 2,
              .basic_bytes = sizeof(struct method_wrapper)},
    .name = "method-wrapper",
    .flags = TYPE_NO_INSTANCE,
    .call = bound_call,
    .compare = bound_compare,
    .hash = bound_hash,
    .repr = bound_repr,
    .methods = bound_methods,
    .getsets = bound_getsets,
    .base = &object_type};

/* ---- __new__ of static types: a builtin function whose self is the type ---- */

static struct object *call_new(struct object *self, struct object *const *args, size_t n,
                               struct object *kwnames) {
  struct type *t = (struct type *)self;
  if (n < 1)
    return error_format(ERROR_TYPE, "%s.__new__(): not enough arguments", t->name);
  if (!is_type(args[0]))
    return error_format(ERROR_TYPE, "%s.__new__(X): X is not a type object (%N)", t->name, args[0]);
  struct type *wanted = (struct type *)args[0];
  if (!type_is_subtype(wanted, t))
    return error_format(ERROR_TYPE, "%s.__new__(%s): %s is not a subtype of %s", t->name,
                        wanted->name, wanted->name, t->name);
  struct type *builtin = wanted->builtin_base;
  if (builtin && ((builtin->new_ && builtin->new_ != t->new_) ||
                  (builtin != t && type_has(builtin, TYPE_NO_INSTANCE))))
    return error_format(ERROR_TYPE, "%s.__new__(%s) is not safe, use %s.__new__()", t->name,
                        wanted->name, builtin->name);
  return t->new_(wanted, args + 1, n - 1, kwnames);
}
static const struct method_def new_def = {
    .name = "__new__",
    .flags = METHOD_KEYWORDS,
    .keywords = call_new,
    .doc = "($type, *args, **kwargs)\n--\n\nCreate and return a new object.  See help(type) for "
           "accurate signature."};

struct object *new_wrapper_new(struct type *owner) {
  return builtin_function_new(&new_def, &owner->head, NULL);
}
bool is_new_wrapper(const struct object *o, struct type **owner) {
  if (type_of(o) != &builtin_function_type || builtin_function_def(o) != &new_def)
    return false;
  if (owner)
    *owner = (struct type *)builtin_function_self_borrowed(o);
  return true;
}
