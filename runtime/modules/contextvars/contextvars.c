/* The module `_contextvars`: context variables, and the contexts in which they have values. */
#include "runtime/modules/contextvars/contextvars.h"
#include "runtime/modules/contextvars/map.h"
#include "runtime/modules/module.h"
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/thread.h"
#include <stddef.h>

struct context {
  struct object head;
  struct object *map;      /* struct context_map; NULL: empty */
  struct object *previous; /* the one that was current before it was entered; NULL */
  struct object *weakrefs;
  bool is_entered;
};
struct variable {
  struct object head;
  struct object *name, *fallback; /* str; NULL: no default */
  uint64_t number;                /* never used again */
};
struct token {
  struct object head;
  struct object *context, *variable, *before; /* before NULL: there was no value */
  bool is_used;
};

static struct type context_type, variable_type, token_type, missing_type;
static uint64_t last_number;
static struct object missing = OBJECT_STATIC(missing_type);

static uint64_t number_of(const struct object *key) {
  return ((const struct variable *)key)->number;
}
static struct context_map *map_of(const struct context *c) { return (struct context_map *)c->map; }

/* ---- Contexts ---- */

static struct context *context_make(struct object *map) {
  struct context *c = (struct context *)type_generic_alloc(&context_type);
  if (c && map)
    store_first(&c->head, &c->map, hold(map));
  return c;
}

/* The thread's own, made at the first need; borrowed. */
static struct context *current(void) {
  if (!vm_thread->context)
    vm_thread->context = (struct object *)context_make(NULL);
  return (struct context *)vm_thread->context;
}

static struct object *context_new(struct type *t, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  if (n || (kwnames && tuple_length(kwnames)))
    return error_format(ERROR_TYPE, "Context() does not accept any arguments");
  return (struct object *)context_make(NULL);
}

static struct object *copy_of(struct context *c) {
  return c ? (struct object *)context_make(c->map) : NULL;
}
static struct object *context_copy(struct object *o) { return copy_of((struct context *)o); }
struct object *context_copy_current(void) {
  return copy_of(current());
}
static struct object *copy_context(struct object *self) { return context_copy_current(); }

static struct object *run(struct object *o, struct object *const *args, size_t n,
                          struct object *kwnames) {
  struct context *c = (struct context *)o;
  if (n == 0)
    return error_format(ERROR_TYPE, "run() missing 1 required positional argument");
  if (c->is_entered)
    return error_format(ERROR_RUNTIME, "cannot enter context: %R is already entered", o);
  struct object *before = vm_thread->context; /* its reference goes into c->previous */
  c->is_entered = true;
  store(o, &c->previous, before);
  vm_thread->context = hold(o);
  struct object *result = call_object(args[0], args + 1, n - 1, kwnames);
  if (vm_thread->context != o) {
    drop_null(result);
    return error_format(ERROR_RUNTIME,
                        "cannot exit context: thread state references a different context object");
  }
  vm_thread->context = c->previous ? hold(c->previous) : NULL;
  store(o, &c->previous, NULL);
  c->is_entered = false;
  drop(o);
  return result;
}

static bool is_key(struct object *key) {
  if (type_of(key) == &variable_type)
    return true;
  error_format(ERROR_TYPE, "a ContextVar key was expected, got %R", key);
  return false;
}
/* NULL without an error: it is not there. */
static struct object *find(struct object *o, struct object *key) {
  return is_key(key) ? context_map_find_borrowed(map_of((struct context *)o), key, number_of(key))
                     : NULL;
}

static struct object *context_get_item(struct object *o, struct object *key) {
  struct object *value = find(o, key);
  if (value)
    return hold(value);
  return error_pending() == ERROR_NONE ? error_key(key) : NULL;
}
static int context_contains(struct object *o, struct object *key) {
  struct object *value = find(o, key);
  return value ? 1 : error_pending() == ERROR_NONE ? 0 : -1;
}
static int64_t context_length(struct object *o) {
  struct context_map *map = map_of((struct context *)o);
  return map ? map->count : 0;
}
static struct object *context_get(struct object *o, struct object *const *args, size_t n) {
  if (args_check_count("get", n, 1, 2) < 0)
    return NULL;
  struct object *value = find(o, args[0]);
  if (!value && error_pending() != ERROR_NONE)
    return NULL;
  return hold(value ? value : n > 1 ? args[1] : NONE);
}

static struct object *part_of(struct object *o, enum context_map_part part) {
  struct object *list = list_new((size_t)context_length(o));
  if (list && context_map_list(map_of((struct context *)o), part, list) < 0) {
    drop(list);
    list = NULL;
  }
  struct object *iterator = list ? iterate(list) : NULL;
  drop_null(list);
  return iterator;
}
static struct object *context_iter(struct object *o) { return part_of(o, CONTEXT_KEYS); }
static struct object *context_values(struct object *o) { return part_of(o, CONTEXT_VALUES); }
static struct object *context_items(struct object *o) { return part_of(o, CONTEXT_ITEMS); }

/* 1, 0, -1. Values are compared, with whatever code that runs. */
static int same(struct object *a, struct object *b) {
  if (a == b)
    return 1;
  if (context_length(a) != context_length(b))
    return 0;
  struct object *list = list_new((size_t)context_length(a));
  if (!list || context_map_list(map_of((struct context *)a), CONTEXT_ITEMS, list) < 0) {
    drop_null(list);
    return -1;
  }
  int equal = 1;
  for (size_t i = 0; equal > 0 && i < list_length(list); i++) {
    struct object *pair = list_get_borrowed(list, i);
    struct object *other = find(b, tuple_get_borrowed(pair, 0));
    if (!other)
      equal = 0;
    else {
      hold(other);
      equal = compare_true(tuple_get_borrowed(pair, 1), other, COMPARE_EQ);
      drop(other);
    }
  }
  drop(list);
  return equal;
}
static struct object *context_compare(struct object *a, struct object *b, enum compare_op op) {
  if (type_of(a) != &context_type || type_of(b) != &context_type ||
      (op != COMPARE_EQ && op != COMPARE_NE))
    return hold(NOT_IMPLEMENTED);
  int equal = same(a, b);
  return equal < 0 ? NULL : hold(bool_from(equal == (op == COMPARE_EQ)));
}

static const struct method_def context_methods[] = {
    METHOD_FAST_("get", context_get,
                 "get($self, key, default=None, /)\n--\n\n"
                 "Return the value for `key` if `key` has the value in the context object."),
    METHOD_NOARGS_("items", context_items,
                   "items($self, /)\n--\n\nReturn all variables and their values."),
    METHOD_NOARGS_("keys", context_iter,
                   "keys($self, /)\n--\n\nReturn a list of all variables in the context object."),
    METHOD_NOARGS_("values", context_values,
                   "values($self, /)\n--\n\nReturn a list of all variables' values."),
    METHOD_NOARGS_("copy", context_copy,
                   "copy($self, /)\n--\n\nReturn a shallow copy of the context object."),
    METHOD_KEYWORDS_("run", run, NULL),
    {NULL}};

static struct type context_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN | GC_WEAKREFS,
              .refs_offset = offsetof(struct context, map),
              .refs_n = 2,
              .weak_offset = offsetof(struct context, weakrefs),
              .basic_bytes = sizeof(struct context)},
    .name = "_contextvars.Context",
    .new_ = context_new,
    .compare = context_compare,
    .hash = type_unhashable,
    .iter = context_iter,
    .mapping = {.length = context_length, .get = context_get_item},
    .sequence = {.contains = context_contains},
    .methods = context_methods,
    .base = &object_type,
};

/* ---- Variables ---- */

static struct object *variable_new(struct type *t, struct object *const *args, size_t n,
                                   struct object *kwnames) {
  static const char *const names[] = {"", "default"};
  static const struct args_spec spec = {"ContextVar", names, 2, 1, 1, 1};
  struct object *v[2];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  if (!is_any_str(v[0]))
    return error_format(ERROR_TYPE, "context variable name must be a str");
  struct variable *o = (struct variable *)type_generic_alloc(t);
  if (!o)
    return NULL;
  store_first(&o->head, &o->name, hold(v[0]));
  if (v[1])
    store_first(&o->head, &o->fallback, hold(v[1]));
  o->number = ++last_number;
  return &o->head;
}

static struct object *variable_get(struct object *o, struct object *const *args, size_t n) {
  if (args_check_count("get", n, 0, 1) < 0)
    return NULL;
  const struct context *c = (const struct context *)vm_thread->context;
  struct object *value = c ? context_map_find_borrowed(map_of(c), o, number_of(o)) : NULL;
  if (!value)
    value = n ? args[0] : ((struct variable *)o)->fallback;
  if (value)
    return hold(value);
  error_set_object(&exception_type(ERROR_LOOKUP)->head, o);
  return NULL;
}

static int set_value(struct context *c, struct object *variable, struct object *value) {
  struct context_map *map = context_map_with(map_of(c), variable, number_of(variable), value);
  if (!map)
    return -1;
  store(&c->head, &c->map, &map->head);
  return 0;
}

static struct object *variable_set(struct object *o, struct object *value) {
  struct context *c = current();
  struct token *t = c ? (struct token *)type_generic_alloc(&token_type) : NULL;
  if (!t)
    return NULL;
  struct object *before = context_map_find_borrowed(map_of(c), o, number_of(o));
  store_first(&t->head, &t->context, hold(&c->head));
  store_first(&t->head, &t->variable, hold(o));
  if (before)
    store_first(&t->head, &t->before, hold(before));
  if (set_value(c, o, value) < 0) {
    drop(&t->head);
    return NULL;
  }
  return &t->head;
}

static struct object *variable_reset(struct object *o, struct object *argument) {
  if (type_of(argument) != &token_type)
    return error_format(ERROR_TYPE, "expected an instance of Token, got %R", argument);
  struct token *t = (struct token *)argument;
  if (t->is_used)
    return error_format(ERROR_RUNTIME, "%R has already been used once", argument);
  if (t->variable != o)
    return error_format(ERROR_VALUE, "%R was created by a different ContextVar", argument);
  struct context *c = current();
  if (!c)
    return NULL;
  if (t->context != &c->head)
    return error_format(ERROR_VALUE, "%R was created in a different Context", argument);
  t->is_used = true;
  if (t->before)
    return set_value(c, o, t->before) < 0 ? NULL : hold(NONE);
  if (!context_map_find_borrowed(map_of(c), o, number_of(o)))
    return error_key(o);
  bool empty;
  struct context_map *map = context_map_without(map_of(c), o, number_of(o), &empty);
  if (!map && !empty)
    return NULL;
  store(&c->head, &c->map, (struct object *)map);
  return hold(NONE);
}

static struct object *variable_repr(struct object *o) {
  const struct variable *v = (const struct variable *)o;
  int again = repr_enter(o);
  if (again)
    return again < 0 ? NULL : str_from_ascii("...");
  struct object *text = v->fallback ? str_format("<ContextVar name=%R default=%R at %p>", v->name,
                                                 v->fallback, (void *)o)
                                    : str_format("<ContextVar name=%R at %p>", v->name, (void *)o);
  repr_leave(o);
  return text;
}

static const struct method_def variable_methods[] = {
    METHOD_FAST_("get", variable_get,
                 "Return a value for the context variable for the current "
                 "context."),
    METHOD_ONE_("set", variable_set,
                "set($self, value, /)\n--\n\n"
                "Call to set a new value for the context variable in the current context."),
    METHOD_ONE_("reset", variable_reset,
                "reset($self, token, /)\n--\n\nReset the context variable."),
    METHOD_CLASS_GETITEM,
    {NULL}};
static const struct member_def variable_members[] = {
    {"name", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct variable, name), NULL}, {NULL}};

static struct type variable_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct variable, name),
              .refs_n = 2,
              .basic_bytes = sizeof(struct variable)},
    .name = "_contextvars.ContextVar",
    .new_ = variable_new,
    .repr = variable_repr,
    .methods = variable_methods,
    .members = variable_members,
    .base = &object_type,
};

/* ---- Tokens ---- */

static struct object *token_new(struct type *t, struct object *const *args, size_t n,
                                struct object *kwnames) {
  return error_format(ERROR_RUNTIME, "Tokens can only be created by ContextVars");
}
static struct object *token_repr(struct object *o) {
  const struct token *t = (const struct token *)o;
  return str_format("<Token%s var=%R at %p>", t->is_used ? " used" : "", t->variable, (void *)o);
}
static struct object *token_variable(struct object *o, void *closure) {
  return hold(((struct token *)o)->variable);
}
static struct object *token_before(struct object *o, void *closure) {
  struct object *before = ((struct token *)o)->before;
  return hold(before ? before : &missing);
}
static const struct getset_def token_getsets[] = {
    {"var", token_variable}, {"old_value", token_before}, {NULL}};
static const struct method_def token_methods[] = {METHOD_CLASS_GETITEM, {NULL}};

static struct type token_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct token, context),
              .refs_n = 3,
              .basic_bytes = sizeof(struct token)},
    .name = "_contextvars.Token",
    .new_ = token_new,
    .repr = token_repr,
    .hash = type_unhashable,
    .methods = token_methods,
    .getsets = token_getsets,
    .base = &object_type,
};

static struct object *missing_repr(struct object *o) { return str_from_ascii("<Token.MISSING>"); }
static struct type missing_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .basic_bytes = sizeof(struct object)},
    .name = "Token.MISSING",
    .flags = TYPE_NO_INSTANCE,
    .repr = missing_repr,
    .base = &object_type,
};

/* ---- The module ---- */

static const struct method_def methods[] = {
    METHOD_NOARGS_("copy_context", copy_context, "copy_context($module, /)\n--\n\n"), {NULL}};

int module__contextvars_fill(struct object *module) {
  context_map_open(number_of);
  struct object *name = str_intern("MISSING");
  gc_immortalize(&missing);
  int done = name && type_ready(&context_map_type) == 0 && type_ready(&missing_type) == 0 &&
                     module_add_type(module, &context_type) == 0 &&
                     module_add_type(module, &variable_type) == 0 &&
                     module_add_type(module, &token_type) == 0 &&
                     type_set_attribute(&token_type, name, &missing) == 0
                 ? module_add_functions(module, methods)
                 : -1;
  drop_null(name);
  return done < 0 ? -1 : module_add_text(module, "__doc__", "Context Variables");
}
