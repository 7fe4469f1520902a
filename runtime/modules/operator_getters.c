/* itemgetter, attrgetter, methodcaller: callables that look something up in their argument. */
#include "runtime/modules/operator_getters.h"
#include "runtime/modules/module.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

/* What all three have first: the arguments they were made with. */
struct getter {
  struct object head;
  struct object *items; /* tuple */
};
static struct object *items_of(struct object *o) { return ((struct getter *)o)->items; }

static int expect_one(struct object *o, size_t n, struct object *kwnames) {
  if (LIKELY(n == 1 && !kwnames))
    return 0;
  const char *name = type_short_name(type_of(o));
  return args_check_no_keywords(name, kwnames) < 0 ? -1 : args_check_count(name, n, 1, 1);
}

/* "name(a, b, key=value)"; with `dotted`, items are shown as attribute paths. */
static struct object *show(struct object *o, struct object *items, struct object *kwargs) {
  int inside = repr_enter(o);
  if (inside)
    return inside < 0 ? NULL : str_format("%T(...)", type_of(o));
  struct object *name = type_qualname(type_of(o)), *module = name ? type_module(type_of(o)) : NULL;
  struct str_builder b = STR_BUILDER_EMPTY;
  struct object *key, *value;
  size_t position = 0;
  int status = module ? 0 : -1;
  if (status == 0 && is_any_str(module)) {
    str_builder_add(&b, module);
    str_builder_add_char(&b, '.');
  }
  if (status == 0) {
    str_builder_add(&b, name);
    str_builder_add_char(&b, '(');
  }
  for (size_t i = 0; status == 0 && i < tuple_length(items); i++) {
    struct object *text = object_repr(tuple_get_borrowed(items, i));
    if (i)
      str_builder_add_ascii(&b, ", ", 2);
    status = text ? str_builder_add(&b, text) : -1;
    drop_null(text);
  }
  while (status == 0 && kwargs && dict_next(kwargs, &position, &key, &value)) {
    struct object *text = str_format(", %S=%R", key, value);
    status = text ? str_builder_add(&b, text) : -1;
    drop_null(text);
  }
  drop_null(module);
  drop_null(name);
  repr_leave(o);
  if (status < 0) {
    str_builder_discard(&b);
    return NULL;
  }
  str_builder_add_char(&b, ')');
  return str_builder_finish(&b);
}
static struct object *repr(struct object *o) { return show(o, items_of(o), NULL); }
static struct object *reduce(struct object *o) {
  return tuple_pack(2, &type_of(o)->head, items_of(o));
}
static const struct method_def getter_methods[] = {
    METHOD_NOARGS_("__reduce__", reduce, "Return state information for pickling"), {NULL}};

#define GETTER_SHAPE(type_, refs_n_)                                                               \
  {                                                                                                \
    .layout = GC_FIXED, .flags = GC_CONTAINER | GC_PLAIN,                                          \
    .refs_offset = offsetof(struct getter, items), .refs_n = refs_n_, .basic_bytes = sizeof(type_) \
  }

/* One result, or a tuple of them. */
static struct object *get_each(struct object *items, struct object *from,
                               struct object *(*get)(struct object *from, struct object *item)) {
  size_t n = tuple_length(items);
  if (n == 1)
    return get(from, tuple_get_borrowed(items, 0));
  struct object *result = tuple_new(n);
  for (size_t i = 0; result && i < n; i++) {
    struct object *each = get(from, tuple_get_borrowed(items, i));
    if (!each) {
      drop(result);
      return NULL;
    }
    tuple_init_taking(result, i, each);
  }
  return result;
}

/* ---- itemgetter ---- */

static struct object *itemgetter_new(struct type *t, struct object *const *args, size_t n,
                                     struct object *kwnames) {
  if (args_check_no_keywords("itemgetter", kwnames) < 0 ||
      (n < 1 && args_check_count("itemgetter", n, 1, 1) < 0))
    return NULL;
  struct object *items = tuple_from(args, n), *o = items ? type_generic_alloc(t) : NULL;
  if (o)
    store_first(o, &((struct getter *)o)->items, items);
  else
    drop_null(items);
  return o;
}
static struct object *itemgetter_call(struct object *o, struct object *const *args, size_t n,
                                      struct object *kwnames) {
  if (UNLIKELY(expect_one(o, call_count(n), kwnames) < 0))
    return NULL;
  return get_each(items_of(o), args[0], object_get_item);
}
struct type itemgetter_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = GETTER_SHAPE(struct getter, 1),
    .name = "operator.itemgetter",
    .new_ = itemgetter_new,
    .call = itemgetter_call,
    .repr = repr,
    .methods = getter_methods,
    .doc = "itemgetter(item, ...) --> itemgetter object\n\nitemgetter(2)(r) is r[2]; "
           "itemgetter(2, 5)(r) is (r[2], r[5]).",
    .base = &object_type};

/* ---- attrgetter ---- */

struct attrgetter {
  struct getter getter;
  struct object *paths; /* tuple: of each name, itself, or a tuple of the names between dots */
};

/* "a.b" as ("a", "b"); a name without dots as it is. */
static struct object *path_of(struct object *name) {
  size_t n = str_length(name), start = 0;
  struct object *parts = NULL;
  for (size_t i = 0; i <= n; i++) {
    if (i < n && str_at(name, i) != '.')
      continue;
    if (i == n && !parts) {
      hold(name);
      return is_str(name) ? str_intern_taking(name) : name;
    }
    if (!parts && !(parts = list_new(2)))
      return NULL;
    struct object *part = str_slice(name, start, i);
    part = part ? str_intern_taking(part) : NULL;
    if (!part || list_append_taking(parts, part) < 0) {
      drop(parts);
      return NULL;
    }
    start = i + 1;
  }
  struct object *path = list_to_tuple(parts);
  drop(parts);
  return path;
}
static struct object *attrgetter_new(struct type *t, struct object *const *args, size_t n,
                                     struct object *kwnames) {
  if (args_check_no_keywords("attrgetter", kwnames) < 0 ||
      (n < 1 && args_check_count("attrgetter", n, 1, 1) < 0))
    return NULL;
  struct object *paths = tuple_new(n);
  for (size_t i = 0; paths && i < n; i++) {
    struct object *path = is_any_str(args[i])
                              ? path_of(args[i])
                              : error_format(ERROR_TYPE, "attribute name must be a string");
    if (!path) {
      drop(paths);
      return NULL;
    }
    tuple_init_taking(paths, i, path);
  }
  struct object *items = paths ? tuple_from(args, n) : NULL;
  struct attrgetter *g = items ? (struct attrgetter *)type_generic_alloc(t) : NULL;
  if (!g) {
    drop_null(items);
    drop_null(paths);
    return NULL;
  }
  store_first(&g->getter.head, &g->getter.items, items);
  store_first(&g->getter.head, &g->paths, paths);
  return &g->getter.head;
}
static struct object *follow(struct object *from, struct object *path) {
  if (!is_tuple(path))
    return attribute_get(from, path);
  hold(from);
  for (size_t i = 0; from && i < tuple_length(path); i++) {
    struct object *next = attribute_get(from, tuple_get_borrowed(path, i));
    drop(from);
    from = next;
  }
  return from;
}
static struct object *attrgetter_call(struct object *o, struct object *const *args, size_t n,
                                      struct object *kwnames) {
  if (UNLIKELY(expect_one(o, call_count(n), kwnames) < 0))
    return NULL;
  return get_each(((struct attrgetter *)o)->paths, args[0], follow);
}
struct type attrgetter_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = GETTER_SHAPE(struct attrgetter, 2),
    .name = "operator.attrgetter",
    .new_ = attrgetter_new,
    .call = attrgetter_call,
    .repr = repr,
    .methods = getter_methods,
    .doc = "attrgetter(attr, ...) --> attrgetter object\n\nattrgetter('name')(r) is r.name; with "
           "more names a tuple; names may have dots.",
    .base = &object_type};

/* ---- methodcaller ---- */

struct methodcaller {
  struct getter getter;              /* items: the name, then positional arguments */
  struct object *kwargs;             /* dict; NULL: none */
  struct object *kwnames, *kwvalues; /* tuples, of the same */
};
static struct object *methodcaller_new(struct type *t, struct object *const *args, size_t n,
                                       struct object *kwnames) {
  if (n < 1)
    return error_format(ERROR_TYPE, "methodcaller needs at least one argument, the method name");
  if (!is_any_str(args[0]))
    return error_format(ERROR_TYPE, "method name must be a string");
  struct methodcaller *m = (struct methodcaller *)type_generic_alloc(t);
  struct object *o = (struct object *)m;
  if (!m)
    return NULL;
  struct object *items = tuple_new(n);
  if (items)
    store_first(o, &m->getter.items, items);
  struct object *name = hold(args[0]);
  name = is_str(name) ? str_intern_taking(name) : name;
  if (items && name) {
    tuple_init_taking(items, 0, name);
    for (size_t i = 1; i < n; i++)
      tuple_init_taking(items, i, hold(args[i]));
  } else {
    drop_null(name);
    drop(o);
    return NULL;
  }
  if (kwnames && tuple_length(kwnames)) {
    struct object *kwargs = call_kwargs_dict(args + n, kwnames);
    struct object *values = kwargs ? tuple_from(args + n, tuple_length(kwnames)) : NULL;
    if (!values) {
      drop_null(kwargs);
      drop(o);
      return NULL;
    }
    store_first(o, &m->kwargs, kwargs);
    store_first(o, &m->kwvalues, values);
    store_first(o, &m->kwnames, hold(kwnames));
  }
  return o;
}
static struct object *methodcaller_call(struct object *o, struct object *const *args, size_t n,
                                        struct object *kwnames) {
  struct methodcaller *m = (struct methodcaller *)o;
  if (UNLIKELY(expect_one(o, call_count(n), kwnames) < 0))
    return NULL;
  const struct tuple *items = (const struct tuple *)m->getter.items;
  size_t given = items->n - 1, named = m->kwvalues ? tuple_length(m->kwvalues) : 0;
  struct object *few[10], **row = few;
  size_t bytes = (given + named + 2) * sizeof *row;
  if (bytes > sizeof few && !(row = gc_buffer_new(bytes)))
    return error_no_memory();
  row[0] = NULL;
  row[1] = args[0];
  memcpy(row + 2, items->items + 1, given * sizeof *row);
  if (named)
    memcpy(row + 2 + given, ((struct tuple *)m->kwvalues)->items, named * sizeof *row);
  struct object *result =
      call_method(items->items[0], row + 1, (given + 1) | CALL_SCRATCH, m->kwnames);
  if (row != few)
    gc_buffer_free(row, bytes);
  return result;
}
static struct object *methodcaller_repr(struct object *o) {
  struct methodcaller *m = (struct methodcaller *)o;
  return show(o, m->getter.items, m->kwargs);
}
/* With names: partial(methodcaller, name, **kwargs) of the rest, as that can be pickled. */
static struct object *methodcaller_reduce(struct object *o) {
  struct methodcaller *m = (struct methodcaller *)o;
  if (!m->kwargs)
    return reduce(o);
  struct object *module = NULL, *partial = NULL, *constructor = NULL, *rest = NULL, *result = NULL;
  struct object *import = builtins_get("__import__"), *name = str_intern("functools");
  if (import && name)
    module = call_one(import, name);
  if (module)
    partial = attribute_get_ascii(module, "partial");
  struct object *first =
      partial ? tuple_pack(2, &type_of(o)->head, tuple_get_borrowed(m->getter.items, 0)) : NULL;
  if (first)
    constructor = call_tuple_dict(partial, first, m->kwargs);
  if (constructor)
    rest = tuple_slice(m->getter.items, 1, tuple_length(m->getter.items));
  if (rest)
    result = tuple_pack(2, constructor, rest);
  drop_null(rest);
  drop_null(constructor);
  drop_null(first);
  drop_null(partial);
  drop_null(module);
  drop_null(name);
  drop_null(import);
  return result;
}
static const struct method_def methodcaller_methods[] = {
    METHOD_NOARGS_("__reduce__", methodcaller_reduce, "Return state information for pickling"),
    {NULL}};
struct type methodcaller_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = GETTER_SHAPE(struct methodcaller, 4),
    .name = "operator.methodcaller",
    .new_ = methodcaller_new,
    .call = methodcaller_call,
    .repr = methodcaller_repr,
    .methods = methodcaller_methods,
    .doc = "methodcaller(name, ...) --> methodcaller object\n\nmethodcaller('m', 1)(r) is r.m(1).",
    .base = &object_type};
