/* Calling, and functions written in C. */
#include "runtime/object/call.h"
#include "runtime/object/attribute.h"
#include "runtime/object/call_depth.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/model.h"
#include "runtime/object/object.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type_internal.h"
#include "runtime/object/weakref.h"
#include <stddef.h>
#include <string.h>

/* A result and an error at once, or neither, is a bug of the callee. */
static COLD struct object *complain(struct object *callable, struct object *result) {
  if (result) {
    drop(result);
    error_set_from_pending(ERROR_SYSTEM, "%R returned a result with an exception set", callable);
  } else
    error_format(ERROR_SYSTEM, "%R returned NULL without setting an exception", callable);
  return NULL;
}

struct object *call_object(struct object *callable, struct object *const *args, size_t n,
                           struct object *kwnames) {
  call_fn *call = type_of(callable)->call;
  if (UNLIKELY(!call))
    return error_format(ERROR_TYPE, "'%N' object is not callable", callable);
  if (UNLIKELY(!call_depth_enter()))
    return NULL;
  struct object *result = call(callable, args, n, kwnames);
  call_depth_leave();
  if (UNLIKELY((result == NULL) != (error_thread.kind != ERROR_NONE)))
    return complain(callable, result);
  return result;
}

struct object *call_none(struct object *callable) {
  return call_object(callable, NULL, 0, NULL);
}
struct object *call_one(struct object *callable, struct object *argument) {
  const struct builtin_function *f = (const struct builtin_function *)callable;
  if (type_of(callable) == &builtin_function_type &&
      (f->def->flags & METHOD_FORM) == METHOD_ONE) { /* without a row of arguments */
    if (UNLIKELY(!call_depth_enter()))
      return NULL;
    struct object *result = f->def->one(f->self, argument);
    call_depth_leave();
    if (UNLIKELY((result == NULL) != (error_thread.kind != ERROR_NONE)))
      return complain(callable, result);
    return result;
  }
  struct object *args[] = {NULL, argument};
  return call_object(callable, args + 1, 1 | CALL_SCRATCH, NULL);
}
struct object *call_two(struct object *callable, struct object *first, struct object *second) {
  struct object *args[] = {NULL, first, second};
  return call_object(callable, args + 1, 2 | CALL_SCRATCH, NULL);
}
bool is_callable(const struct object *o) { return type_of(o)->call != NULL; }

struct object *call_prepended(struct object *callable, struct object *first,
                              struct object *const *args, size_t n, struct object *kwnames) {
  size_t count = call_count(n);
  if (n & CALL_SCRATCH) {
    struct object **row = (struct object **)args - 1, *before = row[0];
    row[0] = first;
    struct object *result = call_object(callable, row, count + 1, kwnames);
    row[0] = before;
    return result;
  }
  size_t total = count + (kwnames ? tuple_length(kwnames) : 0);
  struct object *few[10], **row = few;
  size_t bytes = (total + 2) * sizeof *row;
  if (total + 2 > ARRAY_SIZE(few) && !(row = gc_buffer_new(bytes)))
    return error_no_memory();
  row[0] = NULL;
  row[1] = first;
  if (total)
    memcpy(row + 2, args, total * sizeof *row);
  struct object *result = call_object(callable, row + 1, (count + 1) | CALL_SCRATCH, kwnames);
  if (row != few)
    gc_buffer_free(row, bytes);
  return result;
}

struct object *call_tuple_dict(struct object *callable, struct object *args,
                               struct object *kwargs) {
  size_t n = args ? tuple_length(args) : 0, named = kwargs ? dict_length(kwargs) : 0;
  if (!named)
    return call_object(callable, args ? ((struct tuple *)args)->items : NULL, n, NULL);
  size_t bytes = (n + named + 1) * sizeof(struct object *);
  struct object **row = gc_buffer_new(bytes), *key, *value;
  if (!row)
    return error_no_memory();
  struct object *kwnames = tuple_new(named), *values = kwnames ? tuple_new(named) : NULL;
  struct object *result = NULL;
  if (values) {
    size_t position = 0, i = 0;
    bool strings = true;
    if (n)
      memcpy(row + 1, ((struct tuple *)args)->items, n * sizeof *row);
    while (dict_next(kwargs, &position, &key, &value)) {
      strings &= is_any_str(key);
      tuple_init_taking(kwnames, i, hold(key));
      tuple_init_taking(values, i, hold(value));
      row[1 + n + i++] = value;
    }
    result = strings ? call_object(callable, row + 1, n | CALL_SCRATCH, kwnames)
                     : error_format(ERROR_TYPE, "keywords must be strings");
  }
  drop_null(values);
  drop_null(kwnames);
  gc_buffer_free(row, bytes);
  return result;
}

struct object *call_method(struct object *name, struct object *const *args, size_t n,
                           struct object *kwnames) {
  bool apart;
  struct object *f = attribute_get_method(args[0], name, &apart);
  if (!f)
    return NULL;
  struct object *result =
      apart ? call_object(f, args, n, kwnames)
            : call_object(f, args + 1, (call_count(n) - 1) | CALL_SCRATCH, kwnames);
  drop(f);
  return result;
}
struct object *call_method_none(struct object *o, struct object *name) {
  struct object *args[] = {NULL, o};
  return call_method(name, args + 1, 1 | CALL_SCRATCH, NULL);
}
struct object *call_method_one(struct object *o, struct object *name, struct object *argument) {
  struct object *args[] = {NULL, o, argument};
  return call_method(name, args + 1, 2 | CALL_SCRATCH, NULL);
}
struct object *call_special(struct object *name, struct object *const *args, size_t n) {
  bool apart;
  struct object *f = type_lookup_special(args[0], name, &apart);
  if (!f)
    return NULL;
  struct object *result = apart ? call_object(f, args, call_count(n), NULL)
                                : call_object(f, args + 1, call_count(n) - 1, NULL);
  drop(f);
  return result;
}

struct object *call_kwargs_dict(struct object *const *values, struct object *kwnames) {
  struct object *dict = dict_new();
  for (size_t i = 0; dict && kwnames && i < tuple_length(kwnames); i++)
    if (dict_set(dict, tuple_get_borrowed(kwnames, i), values[i]) < 0) {
      drop(dict);
      return NULL;
    }
  return dict;
}

/* ---- Builtin functions ---- */

struct object *builtin_function_new(const struct method_def *def, struct object *self,
                                    struct object *module) {
  struct builtin_function *f =
      (struct builtin_function *)gc_new_container(&builtin_function_type, sizeof *f);
  if (!f)
    return error_no_memory();
  f->self = self ? hold(self) : NULL;
  f->module = module ? hold(module) : NULL;
  f->def = def;
  f->weakrefs = NULL;
  gc_track(&f->head);
  return &f->head;
}
const struct method_def *builtin_function_def(const struct object *o) {
  return ((const struct builtin_function *)o)->def;
}
struct object *builtin_function_self_borrowed(const struct object *o) {
  return ((const struct builtin_function *)o)->self;
}

/* How messages name what is called: "list.append()", "len()". */
static COLD struct object *wrong_count(struct object *callable, const char *wanted, size_t n) {
  struct object *name = function_name_for_message(callable);
  if (name)
    error_format(ERROR_TYPE, "%U %s (%zu given)", name, wanted, n);
  drop_null(name);
  return NULL;
}

struct object *function_name_for_message(struct object *callable) {
  struct object *qualname, *module = NULL;
  int found = attribute_find(callable, NAME(qualname), &qualname);
  if (found < 0)
    return NULL;
  if (!found)
    return object_str(callable);
  if (attribute_find(callable, NAME(module), &module) < 0) {
    drop(qualname);
    return NULL;
  }
  bool named = module && is_any_str(module) && !str_same_text(module, NAME(plain_builtins));
  struct object *result =
      named ? str_format("%U.%S()", module, qualname) : str_format("%S()", qualname);
  drop_null(module);
  drop(qualname);
  return result;
}

struct object *method_def_call(const struct method_def *def, struct object *self,
                               struct object *const *args, size_t n, struct object *kwnames,
                               struct object *callable) {
  unsigned form = def->flags & METHOD_FORM;
  if (UNLIKELY(kwnames && form != METHOD_KEYWORDS && tuple_length(kwnames))) {
    struct object *name = function_name_for_message(callable);
    if (name)
      error_format(ERROR_TYPE, "%U takes no keyword arguments", name);
    drop_null(name);
    return NULL;
  }
  switch (form) {
  case METHOD_NOARGS:
    return LIKELY(n == 0) ? def->noargs(self) : wrong_count(callable, "takes no arguments", n);
  case METHOD_ONE:
    return LIKELY(n == 1) ? def->one(self, args[0])
                          : wrong_count(callable, "takes exactly one argument", n);
  case METHOD_FAST:
    return def->fast(self, args, n);
  default:
    return def->keywords(self, args, n, kwnames);
  }
}

static struct object *function_call(struct object *o, struct object *const *args, size_t n,
                                    struct object *kwnames) {
  struct builtin_function *f = (struct builtin_function *)o;
  return method_def_call(f->def, f->self, args, call_count(n), kwnames, o);
}

static bool self_is_module(const struct object *self) {
  return !self || (strcmp(type_short_name(type_of(self)), "module") == 0);
}

static struct object *get_name(struct object *o, void *closure) {
  return str_intern(((struct builtin_function *)o)->def->name);
}
static struct object *get_qualname(struct object *o, void *closure) {
  struct builtin_function *f = (struct builtin_function *)o;
  if (self_is_module(f->self))
    return get_name(o, NULL);
  struct type *t = is_type(f->self) ? (struct type *)f->self : type_of(f->self);
  struct object *owner = type_qualname(t);
  struct object *result = owner ? str_format("%U.%s", owner, f->def->name) : NULL;
  drop_null(owner);
  return result;
}
static struct object *get_doc(struct object *o, void *closure) {
  return doc_text(((struct builtin_function *)o)->def->doc);
}
static struct object *get_signature(struct object *o, void *closure) {
  return doc_signature(((struct builtin_function *)o)->def->doc);
}
static struct object *get_self(struct object *o, void *closure) {
  struct object *self = ((struct builtin_function *)o)->self;
  bool is_static = ((struct builtin_function *)o)->def->flags & METHOD_STATIC;
  return hold(self && !is_static ? self : NONE);
}
static struct object *get_module(struct object *o, void *closure) {
  struct object *module = ((struct builtin_function *)o)->module;
  return hold(module ? module : NONE);
}
static struct object *function_repr(struct object *o) {
  struct builtin_function *f = (struct builtin_function *)o;
  if (self_is_module(f->self))
    return str_format("<built-in function %s>", f->def->name);
  return str_format("<built-in method %s of %N object at %p>", f->def->name, f->self,
                    (void *)f->self);
}
static struct object *function_compare(struct object *a, struct object *b, enum compare_op op) {
  if (type_of(a) != type_of(b) || (op != COMPARE_EQ && op != COMPARE_NE))
    return hold(NOT_IMPLEMENTED);
  struct builtin_function *f = (struct builtin_function *)a, *g = (struct builtin_function *)b;
  return hold(bool_from((f->self == g->self && f->def == g->def) == (op == COMPARE_EQ)));
}
static int64_t function_hash(struct object *o) {
  struct builtin_function *f = (struct builtin_function *)o;
  int64_t hash = (int64_t)((uintptr_t)f->self >> 4) ^ (int64_t)((uintptr_t)f->def >> 3);
  return hash == -1 ? -2 : hash;
}
static struct object *function_reduce(struct object *o) {
  struct builtin_function *f = (struct builtin_function *)o;
  if (self_is_module(f->self))
    return get_name(o, NULL);
  struct object *get = builtins_get("getattr"), *name = get ? get_name(o, NULL) : NULL;
  struct object *args = name ? tuple_pack(2, f->self, name) : NULL;
  struct object *result = args ? tuple_pack(2, get, args) : NULL;
  drop_null(args);
  drop_null(name);
  drop_null(get);
  return result;
}
static const struct method_def function_methods[] = {
    METHOD_NOARGS_("__reduce__", function_reduce, NULL), {NULL}};
static const struct getset_def function_getsets[] = {{"__name__", get_name},
                                                     {"__qualname__", get_qualname},
                                                     {"__doc__", get_doc},
                                                     {"__text_signature__", get_signature},
                                                     {"__self__", get_self},
                                                     {"__module__", get_module},
                                                     {NULL}};

/* Bound ones come and go with every `o.method` that is not called at once. */
static void function_destroy(struct object *o) {
  struct builtin_function *f = (struct builtin_function *)o;
  gc_untrack(o);
  if (UNLIKELY(f->weakrefs != NULL))
    weakref_referent_dies(o);
  struct object *self = f->self, *module = f->module;
  gc_delete(o, sizeof *f);
  drop_null(self);
  drop_null(module);
}

struct type builtin_function_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN | GC_WEAKREFS,
              .refs_offset = offsetof(struct builtin_function, self),
              .refs_n = 2,
              .weak_offset = offsetof(struct builtin_function, weakrefs),
              .basic_bytes = sizeof(struct builtin_function)},
    .name = "builtin_function_or_method",
    .flags = TYPE_NO_INSTANCE,
    .destroy = function_destroy,
    .call = function_call,
    .compare = function_compare,
    .hash = function_hash,
    .repr = function_repr,
    .methods = function_methods,
    .getsets = function_getsets,
    .base = &object_type};

struct object *(*builtins_find)(const char *name);
struct object *builtins_get(const char *name) {
  struct object *found = builtins_find ? builtins_find(name) : NULL;
  if (!found && error_pending() == ERROR_NONE)
    error_format(ERROR_RUNTIME, "builtins has no %s", name);
  return found;
}
