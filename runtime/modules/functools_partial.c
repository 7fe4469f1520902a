/* functools.partial: a callable with some arguments given already. Without names among these a call
 * puts one row of arguments together and makes no tuple or dict. */
#include "runtime/modules/functools.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

struct partial {
  struct object head;
  struct object *function, *args, *kwargs; /* tuple, dict */
  struct object *dict;                     /* NULL: none yet */
  struct object *weakrefs;                 /* not owned */
};
static struct partial *partial_of(struct object *o) { return (struct partial *)o; }

static struct object *call(struct object *o, struct object *const *args, size_t n,
                           struct object *kwnames);

/* a + b, where b is a row. */
static struct object *joined(struct object *tuple, struct object *const *args, size_t n) {
  size_t given = tuple ? tuple_length(tuple) : 0;
  struct object *all = tuple_new(given + n);
  for (size_t i = 0; all && i < given + n; i++)
    tuple_init_taking(all, i, hold(i < given ? tuple_get_borrowed(tuple, i) : args[i - given]));
  return all;
}
/* A new dict: the one, then the names given. */
static struct object *merged(struct object *kwargs, struct object *const *values,
                             struct object *kwnames) {
  struct object *all = kwargs ? dict_copy(kwargs) : dict_new();
  for (size_t i = 0; all && kwnames && i < tuple_length(kwnames); i++)
    if (dict_set(all, tuple_get_borrowed(kwnames, i), values[i]) < 0) {
      drop(all);
      return NULL;
    }
  return all;
}

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  if (n < 1)
    return error_format(ERROR_TYPE, "type 'partial' takes at least one argument");
  struct object *function = args[0], *inner_args = NULL, *inner_kwargs = NULL;
  if (type_of(function)->call == call && !partial_of(function)->dict) {
    /* A partial of a partial calls what that calls. */
    struct partial *inner = partial_of(function);
    function = inner->function;
    inner_args = inner->args;
    inner_kwargs = inner->kwargs;
  }
  if (!is_callable(function))
    return error_format(ERROR_TYPE, "the first argument must be callable");
  struct object *o = type_generic_alloc(t);
  if (!o)
    return NULL;
  store_first(o, &partial_of(o)->function, hold(function));
  struct object *all = joined(inner_args, args + 1, n - 1);
  if (all)
    store_first(o, &partial_of(o)->args, all);
  struct object *kwargs = all ? merged(inner_kwargs, args + n, kwnames) : NULL;
  if (!kwargs) {
    drop(o);
    return NULL;
  }
  store_first(o, &partial_of(o)->kwargs, kwargs);
  return o;
}

/* All arguments by position that go in one row; names as the caller gives them. */
static struct object *call_in_row(struct partial *p, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  struct tuple *own = (struct tuple *)p->args;
  size_t named = kwnames ? tuple_length(kwnames) : 0;
  if (own->n == 0)
    return call_object(p->function, args, n, kwnames);
  struct object *few[12], **row = few;
  size_t bytes = (1 + own->n + n + named) * sizeof *row;
  if (bytes > sizeof few && !(row = gc_buffer_new(bytes)))
    return error_no_memory();
  row[0] = NULL;
  memcpy(row + 1, own->items, own->n * sizeof *row);
  if (n + named)
    memcpy(row + 1 + own->n, args, (n + named) * sizeof *row);
  /* The partial may be given another state while the call runs. */
  struct object *function = hold(p->function), *held = hold(&own->head);
  struct object *result = call_object(function, row + 1, (own->n + n) | CALL_SCRATCH, kwnames);
  gc_keep(held);
  drop(held);
  drop(function);
  if (row != few)
    gc_buffer_free(row, bytes);
  return result;
}
static struct object *call(struct object *o, struct object *const *args, size_t n,
                           struct object *kwnames) {
  struct partial *p = partial_of(o);
  if (LIKELY(dict_length(p->kwargs) == 0))
    return call_in_row(p, args, n & CALL_SCRATCH && !tuple_length(p->args) ? n : call_count(n),
                       kwnames);
  n = call_count(n);
  struct object *all = joined(p->args, args, n);
  struct object *kwargs = all ? merged(p->kwargs, args + n, kwnames) : NULL, *result = NULL;
  if (kwargs) {
    struct object *function = hold(p->function);
    result = call_tuple_dict(function, all, kwargs);
    drop(function);
  }
  drop_null(kwargs);
  drop_null(all);
  return result;
}

static struct object *repr(struct object *o) {
  struct partial *p = partial_of(o);
  int inside = repr_enter(o);
  if (inside)
    return inside < 0 ? NULL : str_intern("...");
  struct str_builder b = STR_BUILDER_EMPTY;
  struct object *args = hold(p->args), *kwargs = hold(p->kwargs), *key, *value;
  struct object *text = str_format("%s(%R", type_of(o)->name, p->function);
  int status = text ? str_builder_add(&b, text) : -1;
  drop_null(text);
  for (size_t i = 0; status == 0 && i < tuple_length(args); i++) {
    text = str_format(", %R", tuple_get_borrowed(args, i));
    status = text ? str_builder_add(&b, text) : -1;
    drop_null(text);
  }
  size_t position = 0;
  while (status == 0 && dict_next(kwargs, &position, &key, &value)) {
    hold(key), hold(value);
    text = str_format(", %S=%R", key, value);
    status = text ? str_builder_add(&b, text) : -1;
    drop_null(text);
    drop(value), drop(key);
  }
  drop(kwargs);
  drop(args);
  repr_leave(o);
  if (status < 0) {
    str_builder_discard(&b);
    return NULL;
  }
  str_builder_add_char(&b, ')');
  return str_builder_finish(&b);
}

static struct object *reduce(struct object *o) {
  struct partial *p = partial_of(o);
  struct object *args = tuple_pack(1, p->function);
  struct object *state =
      args ? tuple_pack(4, p->function, p->args, p->kwargs, p->dict ? p->dict : NONE) : NULL;
  struct object *result = state ? tuple_pack(3, &type_of(o)->head, args, state) : NULL;
  drop_null(state);
  drop_null(args);
  return result;
}
static struct object *set_state(struct object *o, struct object *state) {
  struct partial *p = partial_of(o);
  struct object *function = NULL, *args = NULL, *kwargs = NULL, *dict = NULL;
  bool valid = is_any_tuple(state) && tuple_length(state) == 4;
  if (valid) {
    function = tuple_get_borrowed(state, 0);
    args = tuple_get_borrowed(state, 1);
    kwargs = tuple_get_borrowed(state, 2);
    dict = tuple_get_borrowed(state, 3);
    valid = is_callable(function) && is_any_tuple(args) &&
            (kwargs == NONE || is_any_dict(kwargs)) && (dict == NONE || is_any_dict(dict));
  }
  if (!valid)
    return error_format(ERROR_TYPE, "invalid partial state");
  args =
      is_tuple(args) ? hold(args) : tuple_from(((struct tuple *)args)->items, tuple_length(args));
  if (!args)
    return NULL;
  kwargs = kwargs == NONE ? dict_new() : is_dict(kwargs) ? hold(kwargs) : dict_copy(kwargs);
  if (!kwargs) {
    drop(args);
    return NULL;
  }
  store(o, &p->function, hold(function));
  store(o, &p->args, args);
  store(o, &p->kwargs, kwargs);
  store(o, &p->dict, dict == NONE ? NULL : hold(dict));
  return hold(NONE);
}

static const struct method_def methods[] = {METHOD_NOARGS_("__reduce__", reduce, NULL),
                                            METHOD_ONE_("__setstate__", set_state, NULL),
                                            METHOD_CLASS_GETITEM,
                                            {NULL}};
static const struct member_def members[] = {
    {"func", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct partial, function),
     "function object to use in future partial calls"},
    {"args", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct partial, args),
     "tuple of arguments to future partial calls"},
    {"keywords", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct partial, kwargs),
     "dictionary of keyword arguments to future partial calls"},
    {NULL}};
static const struct getset_def getsets[] = {
    {"__dict__", functools_get_dict, functools_set_dict, NULL, NULL}, {NULL}};
struct type partial_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN | GC_WEAKREFS,
              .refs_offset = offsetof(struct partial, function),
              .refs_n = 4,
              .weak_offset = offsetof(struct partial, weakrefs),
              .basic_bytes = sizeof(struct partial)},
    .name = "functools.partial",
    .flags = TYPE_BASE | TYPE_STATIC_DICT,
    .dict_offset = offsetof(struct partial, dict),
    .new_ = new_slot,
    .call = call,
    .repr = repr,
    .methods = methods,
    .members = members,
    .getsets = getsets,
    .doc = "partial(func, *args, **keywords) - new function with partial application\n    of the "
           "given arguments and keywords.\n",
    .base = &object_type};
