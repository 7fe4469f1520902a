/* What every object has: the slots, methods and attributes of object itself. */
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
#include "runtime/object/type_internal.h"

/* ---- Birth ---- */

static int takes_no_arguments(struct type *t, bool is_new) {
  bool own_new = t->new_ != object_new_slot, own_init = t->init != object_init_slot;
  if (is_new ? own_new : own_init) {
    error_format(ERROR_TYPE,
                 is_new
                     ? "object.__new__() takes exactly one argument (the type to instantiate)"
                     : "object.__init__() takes exactly one argument (the instance to initialize)");
    return -1;
  }
  if (is_new ? !own_init : !own_new) {
    if (is_new)
      error_format(ERROR_TYPE, "%s() takes no arguments", type_short_name(t));
    else
      error_format(ERROR_TYPE,
                   "%s.__init__() takes exactly one argument (the instance to initialize)",
                   type_short_name(t));
    return -1;
  }
  return 0;
}

static struct object *abstract_error(struct type *t) {
  struct object *methods = type_lookup_borrowed(t, NAME(abstractmethods));
  struct object *list = methods ? iterate_to_list(methods) : list_new(0);
  if (!list)
    return NULL;
  size_t n = list_length(list);
  struct object *names = str_from_ascii("");
  for (size_t done = 0; names && done < n; done++) { /* in order of text */
    size_t least = 0;
    for (size_t i = 1; i < list_length(list); i++)
      if (is_str(list_get_borrowed(list, i)) && is_str(list_get_borrowed(list, least)) &&
          str_compare(list_get_borrowed(list, i), list_get_borrowed(list, least)) < 0)
        least = i;
    struct object *longer =
        str_format("%U%s%S", names, done ? ", " : "", list_get_borrowed(list, least));
    drop(names);
    names = longer;
    list_remove_range(list, least, least + 1);
  }
  if (names)
    error_format(ERROR_TYPE, "Can't instantiate abstract class %s with abstract method%s %U",
                 type_short_name(t), n > 1 ? "s" : "", names);
  drop_null(names);
  drop(list);
  return NULL;
}

struct object *object_new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  if ((n || (kwnames && tuple_length(kwnames))) && takes_no_arguments(t, true) < 0)
    return NULL;
  if (t->flags & TYPE_ABSTRACT)
    return abstract_error(t);
  return type_generic_alloc(t);
}
int object_init_slot(struct object *o, struct object *const *args, size_t n,
                     struct object *kwnames) {
  return n || (kwnames && tuple_length(kwnames)) ? takes_no_arguments(type_of(o), false) : 0;
}

/* ---- Slots ---- */

struct object *object_repr_slot(struct object *o) {
  struct type *t = type_of(o);
  struct object *module = type_module(t), *qualname = module ? type_qualname(t) : NULL;
  struct object *result = NULL;
  if (qualname)
    result = is_str(module) && !str_same_text(module, NAME(plain_builtins))
                 ? str_format("<%U.%U object at %p>", module, qualname, (void *)o)
                 : str_format("<%U object at %p>", qualname, (void *)o);
  drop_null(qualname);
  drop_null(module);
  return result;
}
struct object *object_str_slot(struct object *o) {
  struct object *(*repr)(struct object *) = type_of(o)->repr;
  return repr ? repr(o) : object_repr_slot(o);
}
struct object *object_compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if (op == COMPARE_EQ)
    return hold(a == b ? TRUE_ : NOT_IMPLEMENTED);
  if (op != COMPARE_NE)
    return hold(NOT_IMPLEMENTED);
  if (!type_of(a)->compare)
    return hold(NOT_IMPLEMENTED);
  struct object *equal = type_of(a)->compare(a, b, COMPARE_EQ);
  if (!equal || equal == NOT_IMPLEMENTED)
    return equal;
  int truth = object_truth(equal);
  drop(equal);
  return truth < 0 ? NULL : hold(bool_from(!truth));
}

const struct getset_def object_getsets[] = {
    {"__class__", class_of_get, class_of_set, "the object's class"}, {NULL}};

/* ---- __dir__ ---- */

static int add_keys(struct object *set_dict, struct object *dict) {
  struct object *key, *value;
  size_t position = 0;
  while (dict_next(dict, &position, &key, &value))
    if (dict_set(set_dict, key, NONE) < 0)
      return -1;
  return 0;
}
static int add_class_keys(struct object *names, struct type *t) {
  for (size_t i = 0; t->mro && i < tuple_length(t->mro); i++) {
    struct object *dict = ((struct type *)tuple_get_borrowed(t->mro, i))->attributes;
    if (dict && add_keys(names, dict) < 0)
      return -1;
  }
  return 0;
}
struct object *object_dir_of_class(struct type *t) {
  struct object *names = dict_new();
  struct object *list = names && add_class_keys(names, t) == 0 ? mapping_keys(names) : NULL;
  drop_null(names);
  return list;
}
static struct object *dir(struct object *o) {
  struct object *names = dict_new(), *dict, *cls;
  if (!names)
    return NULL;
  int found = attribute_find(o, NAME(dict), &dict);
  int status = found < 0 ? -1 : 0;
  if (found > 0 && is_any_dict(dict))
    status = add_keys(names, dict);
  drop_null(dict);
  if (status == 0) {
    found = attribute_find(o, NAME(class), &cls);
    status = found < 0 ? -1 : 0;
    if (found > 0 && is_type(cls))
      status = add_class_keys(names, (struct type *)cls);
    drop_null(cls);
  }
  struct object *list = status == 0 ? mapping_keys(names) : NULL;
  drop(names);
  return list;
}

struct object *object_dir(struct object *o) {
  bool apart;
  struct object *f = type_lookup_special(o, NAME(dir), &apart);
  if (!f)
    return error_pending() == ERROR_NONE
               ? error_format(ERROR_TYPE, "object does not provide __dir__")
               : NULL;
  struct object *args[] = {NULL, o};
  struct object *result = call_object(f, args + 1 + !apart, apart | CALL_SCRATCH, NULL);
  drop(f);
  struct object *list = result ? iterate_to_list(result) : NULL;
  drop_null(result);
  struct object *sorted = list ? call_method_none(list, NAME(plain_sort)) : NULL;
  if (!sorted) {
    drop_null(list);
    return NULL;
  }
  drop(sorted);
  return list;
}

/* ---- Pickling and copying ---- */

static struct object *copyreg(const char *name) {
  struct object *import = builtins_get("__import__");
  struct object *module_name = import ? str_intern("copyreg") : NULL;
  struct object *module = module_name ? call_one(import, module_name) : NULL;
  struct object *f = module ? attribute_get_ascii(module, name) : NULL;
  drop_null(module);
  drop_null(module_name);
  drop_null(import);
  return f;
}

/* Names of all __slots__ members of the class, through copyreg where that is needed at all. */
static struct object *slot_names(struct type *t) {
  struct object *own = t->attributes ? dict_get_borrowed(t->attributes, NAME(slotnames)) : NULL;
  if (own && own != NONE && !is_any_list(own))
    return error_format(ERROR_TYPE, "%s.__slotnames__ should be a list or None, not %N", t->name,
                        own);
  if (own)
    return hold(own);
  if (!t->members_n)
    return hold(NONE);
  struct object *f = copyreg("_slotnames");
  struct object *names = f ? call_one(f, &t->head) : NULL;
  drop_null(f);
  if (names && names != NONE && !is_any_list(names)) {
    drop(names);
    return error_format(ERROR_TYPE, "copyreg._slotnames didn't return a list or None");
  }
  return names;
}

/* __getattr__ may change the list: it is the class's own. */
static struct object *slots_state(struct object *o, struct object *names) {
  struct object *slots = dict_new();
  size_t n = names == NONE ? 0 : list_length(names);
  for (size_t i = 0; slots && i < n; i++) {
    struct object *name = hold(list_get_borrowed(names, i)), *value;
    int found = attribute_find(o, name, &value);
    if (found > 0)
      found = dict_set(slots, name, value);
    drop_null(value);
    drop(name);
    if (found >= 0 && list_length(names) != n) {
      error_format(ERROR_RUNTIME, "__slotsname__ changed size during iteration");
      found = -1;
    }
    if (found < 0) {
      drop(slots);
      return NULL;
    }
  }
  return slots;
}

/* None for an object without attributes of its own; new reference. */
static struct object *dict_state(struct object *o) {
  struct object **slot = instance_dict_slot(o), *dict = NULL;
  if (!slot || (*slot && is_any_dict(*slot) && dict_length(*slot) == 0))
    return hold(NONE);
  if (attribute_find(o, NAME(dict), &dict) < 0)
    return NULL;
  if (dict && is_any_dict(dict) && dict_length(dict) == 0) {
    drop(dict);
    dict = NULL;
  }
  return dict ? dict : hold(NONE);
}

static struct object *getstate(struct object *o) {
  struct object *state = dict_state(o);
  if (!state)
    return NULL;
  struct object *names = slot_names(type_of(o));
  struct object *slots = names ? slots_state(o, names) : NULL;
  drop_null(names);
  if (slots && dict_length(slots)) {
    struct object *pair = tuple_pack(2, state, slots);
    drop(state);
    state = pair;
  } else if (!slots) {
    drop(state);
    state = NULL;
  }
  drop_null(slots);
  return state;
}

static int check_new_arguments(struct object *pair) {
  if (!is_any_tuple(pair))
    error_format(ERROR_TYPE, "__getnewargs_ex__ should return a tuple, not '%N'", pair);
  else if (tuple_length(pair) != 2)
    error_format(ERROR_VALUE, "__getnewargs_ex__ should return a tuple of length 2, not %zu",
                 tuple_length(pair));
  else if (!is_any_tuple(tuple_get_borrowed(pair, 0)))
    error_format(ERROR_TYPE,
                 "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '%N'",
                 tuple_get_borrowed(pair, 0));
  else if (!is_any_dict(tuple_get_borrowed(pair, 1)))
    error_format(ERROR_TYPE,
                 "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '%N'",
                 tuple_get_borrowed(pair, 1));
  else
    return 0;
  return -1;
}

/* o.__getnewargs_ex__() or o.__getnewargs__(): 1, 0 if it has neither. */
static int new_arguments(struct object *o, struct object **args, struct object **kwargs) {
  *args = *kwargs = NULL;
  struct object *given = call_special(NAME(getnewargs_ex), &o, 1);
  if (given) {
    if (check_new_arguments(given) < 0)
      return drop(given), -1;
    *args = hold(tuple_get_borrowed(given, 0));
    *kwargs = hold(tuple_get_borrowed(given, 1));
    drop(given);
    return 1;
  }
  if (error_pending() == ERROR_NONE)
    given = call_special(NAME(getnewargs), &o, 1);
  if (!given)
    return error_pending() == ERROR_NONE ? 0 : -1;
  if (!is_any_tuple(given)) {
    error_format(ERROR_TYPE, "__getnewargs__ should return a tuple, not '%N'", given);
    return drop(given), -1;
  }
  *args = given;
  return 1;
}

static struct object *new_object_arguments(struct object *o, struct object *args) {
  size_t n = args ? tuple_length(args) : 0;
  struct object *all = tuple_new(n + 1);
  if (!all)
    return NULL;
  tuple_init_taking(all, 0, hold(&type_of(o)->head));
  for (size_t i = 0; i < n; i++)
    tuple_init_taking(all, i + 1, hold(tuple_get_borrowed(args, i)));
  return all;
}

/* Without arguments for __new__ and without a state of its own, an object is made anew from its
 * attributes: there must be nothing else to it. */
static int check_plain(struct object *o) {
  const struct type *builtin = type_of(o)->builtin_base;
  const struct gc_shape *shape = &builtin->shape;
  if (type_lookup_borrowed(type_of(o), NAME(getstate)) !=
      dict_get_borrowed(object_type.attributes, NAME(getstate)))
    return 0;
  size_t known = sizeof(struct object) + (builtin->dict_offset != 0) * sizeof(void *) +
                 (shape->weak_offset != 0) * sizeof(void *);
  if (shape->item_bytes || shape->bytes)
    error_format(ERROR_TYPE, "cannot pickle %N objects", o);
  else if (shape->basic_bytes > known || builtin == &module_type)
    error_format(ERROR_TYPE, "cannot pickle '%N' object", o);
  else
    return 0;
  return -1;
}

static struct object *reduce_two(struct object *o) {
  struct object *args, *kwargs;
  if (type_has(type_of(o), TYPE_NO_INSTANCE))
    return error_format(ERROR_TYPE, "cannot pickle '%N' object", o);
  int given = new_arguments(o, &args, &kwargs);
  if (given < 0 || (!given && !is_any_list(o) && !is_any_dict(o) && check_plain(o) < 0))
    return NULL;
  bool named = kwargs && is_any_dict(kwargs) && dict_length(kwargs);
  struct object *f = copyreg(named ? "__newobj_ex__" : "__newobj__");
  struct object *new_args = NULL;
  if (f)
    new_args =
        named ? tuple_pack(3, &type_of(o)->head, args, kwargs) : new_object_arguments(o, args);
  drop_null(args);
  drop_null(kwargs);
  struct object *state = new_args ? call_method_none(o, NAME(getstate)) : NULL;
  struct object *list_items = NULL, *dict_items = NULL, *result = NULL;
  if (state) {
    list_items = is_any_list(o) ? iterate(o) : hold(NONE);
    if (is_any_dict(o)) {
      struct object *items = call_method_none(o, NAME(plain_items));
      dict_items = items ? iterate(items) : NULL;
      drop_null(items);
    } else
      dict_items = hold(NONE);
  }
  if (list_items && dict_items)
    result = tuple_pack(5, f, new_args, state, list_items, dict_items);
  drop_null(list_items);
  drop_null(dict_items);
  drop_null(state);
  drop_null(new_args);
  drop_null(f);
  return result;
}

static struct object *reduce_common(struct object *o, int64_t protocol) {
  if (protocol >= 2)
    return reduce_two(o);
  struct object *f = copyreg("_reduce_ex"), *number = f ? int_from_i64(protocol) : NULL;
  struct object *result = number ? call_two(f, o, number) : NULL;
  drop_null(number);
  drop_null(f);
  return result;
}
static struct object *reduce(struct object *o) { return reduce_common(o, 0); }
static struct object *reduce_ex(struct object *o, struct object *protocol) {
  int64_t number;
  if (number_to_i64(protocol, &number, ERROR_OVERFLOW) < 0)
    return NULL;
  struct object *own = type_lookup_borrowed(type_of(o), NAME(reduce));
  if (own && own != dict_get_borrowed(object_type.attributes, NAME(reduce)))
    return call_method_none(o, NAME(reduce));
  return reduce_common(o, number);
}

/* ---- The rest ---- */

static struct object *format(struct object *o, struct object *spec) {
  if (!is_any_str(spec))
    return args_wrong_type("__format__", "argument", "str", spec);
  if (str_length(spec))
    return error_format(ERROR_TYPE, "unsupported format string passed to %N.__format__", o);
  return object_str(o);
}
static struct object *size_of(struct object *o) { return int_from_u64(gc_object_bytes(o)); }
static struct object *init_subclass(struct object *cls) { return hold(NONE); }
static struct object *subclass_hook(struct object *cls, struct object *other) {
  return hold(NOT_IMPLEMENTED);
}

const struct method_def object_methods[] = {
    METHOD_ONE_("__reduce_ex__", reduce_ex, "($self, protocol, /)\n--\n\nHelper for pickle."),
    METHOD_NOARGS_("__reduce__", reduce, "($self, /)\n--\n\nHelper for pickle."),
    METHOD_NOARGS_("__getstate__", getstate, "($self, /)\n--\n\nHelper for pickle."),
    METHOD_ONE_("__format__", format, "($self, format_spec, /)\n--\n\nDefault object formatter."),
    METHOD_NOARGS_("__sizeof__", size_of, "($self, /)\n--\n\nSize of object in memory, in bytes."),
    METHOD_NOARGS_("__dir__", dir, "($self, /)\n--\n\nDefault dir() implementation."),
    {"__init_subclass__", METHOD_NOARGS | METHOD_CLASS, .noargs = init_subclass,
     .doc = "This method is called when a class is subclassed.\n\nThe default implementation does "
            "nothing. It may be\noverridden to extend subclasses.\n"},
    {"__subclasshook__", METHOD_ONE | METHOD_CLASS, .one = subclass_hook,
     .doc = "Abstract classes can override this to customize issubclass().\n"},
    {NULL}};
