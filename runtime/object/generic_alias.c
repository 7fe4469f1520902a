/* list[int] and int | str: aliases of generic classes, and unions of types. */
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type_internal.h"
#include <stddef.h>

struct generic_alias {
  struct object head;
  struct object *origin, *args, *parameters; /* parameters NULL: not computed yet */
  struct object *weakrefs;
  bool is_starred; /* *tuple[int] */
};
static struct generic_alias *alias_of(struct object *o) { return (struct generic_alias *)o; }
static bool is_alias(const struct object *o) { return object_is_instance(o, &generic_alias_type); }

/* What only objects that are not classes are asked for: 1, 0, or -1. */
static int has(struct object *o, struct object *name) {
  return is_type(o) ? 0 : attribute_has(o, name);
}

static int add_once(struct object *list, struct object *value) {
  for (size_t i = 0; i < list_length(list); i++)
    if (list_get_borrowed(list, i) == value)
      return 0;
  return list_append(list, value);
}

/* Type variables in args, each once, in order: those that have __typing_subst__, and those of
 * nested aliases. */
static struct object *parameters_of(struct object *args) {
  struct object *list = list_new(0);
  int status = list ? 0 : -1;
  for (size_t i = 0; status == 0 && i < tuple_length(args); i++) {
    struct object *each = tuple_get_borrowed(args, i), *nested = NULL;
    if (is_type(each))
      continue;
    int found = has(each, NAME(typing_subst));
    if (found) {
      status = found < 0 ? -1 : add_once(list, each);
      continue;
    }
    found = attribute_find(each, NAME(parameters), &nested);
    status = found < 0 ? -1 : 0;
    if (found > 0 && is_any_tuple(nested))
      for (size_t k = 0; status == 0 && k < tuple_length(nested); k++)
        status = add_once(list, tuple_get_borrowed(nested, k));
    drop_null(nested);
  }
  struct object *tuple =
      status == 0 ? tuple_from(((struct list *)list)->items, list_length(list)) : NULL;
  drop_null(list);
  return tuple;
}

static struct object *new_of(struct type *t, struct object *origin, struct object *args) {
  struct object *tuple = is_any_tuple(args) ? hold(args) : tuple_pack(1, args);
  if (!tuple)
    return NULL;
  struct object *o = type_generic_alloc(t);
  if (!o) {
    drop(tuple);
    return NULL;
  }
  store_first(o, &alias_of(o)->origin, hold(origin));
  store_first(o, &alias_of(o)->args, tuple);
  return o;
}
struct object *generic_alias_new(struct object *origin, struct object *args) {
  return new_of(&generic_alias_type, origin, args);
}
struct object *generic_alias_class_getitem(struct object *cls, struct object *item) {
  return generic_alias_new(cls, item);
}
static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  if (args_check_no_keywords("GenericAlias", kwnames) < 0 ||
      args_check_count("GenericAlias", n, 2, 2) < 0)
    return NULL;
  return new_of(t, args[0], args[1]);
}

/* ---- Text: classes by their qualified names ---- */

static struct object *show(struct object *o) {
  if (o == ELLIPSIS)
    return str_from_ascii("...");
  if (o == &none_type.head)
    return str_from_ascii("None");
  struct object *qualname = NULL, *module = NULL, *result = NULL;
  int is_special = is_alias(o) ? 1 : has(o, NAME(origin));
  if (is_special < 0)
    return NULL;
  if (!is_special) {
    if (attribute_find(o, NAME(qualname), &qualname) < 0 ||
        (qualname && attribute_find(o, NAME(module), &module) < 0))
      goto done;
    if (module && module != NONE && is_any_str(qualname)) {
      result = is_any_str(module) && str_same_text(module, NAME(plain_builtins))
                   ? hold(qualname)
                   : str_format("%S.%U", module, qualname);
      goto done;
    }
  }
  result = object_repr(o);
done:
  drop_null(qualname);
  drop_null(module);
  return result;
}
static struct object *join(struct object *args, const char *separator) {
  struct object *text = str_from_ascii("");
  for (size_t i = 0; text && i < tuple_length(args); i++) {
    struct object *each = show(tuple_get_borrowed(args, i));
    struct object *longer = each ? str_format("%U%s%U", text, i ? separator : "", each) : NULL;
    drop_null(each);
    drop(text);
    text = longer;
  }
  return text;
}
static struct object *repr(struct object *o) {
  struct generic_alias *a = alias_of(o);
  struct object *origin = show(a->origin), *args = origin ? join(a->args, ", ") : NULL;
  struct object *result = NULL;
  if (args)
    result = str_format("%s%U[%U]", a->is_starred ? "*" : "", origin,
                        tuple_length(a->args) ? args : NAME(empty));
  if (result && !tuple_length(a->args)) {
    drop(result);
    result = str_format("%s%U[()]", a->is_starred ? "*" : "", origin);
  }
  drop_null(args);
  drop_null(origin);
  return result;
}

/* ---- Behaviour ---- */

static struct object *parameters(struct object *o, void *closure) {
  if (!alias_of(o)->parameters) {
    struct object *tuple = parameters_of(alias_of(o)->args);
    if (!tuple)
      return NULL;
    store(o, &alias_of(o)->parameters, tuple);
  }
  return hold(alias_of(o)->parameters);
}

static size_t index_in(struct object *tuple, struct object *o) {
  size_t i = 0;
  while (i < tuple_length(tuple) && tuple_get_borrowed(tuple, i) != o)
    i++;
  return i;
}

/* What an alias in the arguments gets for its own parameters: a tuple. A parameter that can be
 * iterated over, as a pack can, stands for as many as it was given. */
static struct object *values_of(struct object *nested, struct object *names, struct object *items) {
  struct object *list = list_new(tuple_length(nested));
  int status = list ? 0 : -1;
  for (size_t i = 0; status == 0 && i < tuple_length(nested); i++) {
    struct object *each = tuple_get_borrowed(nested, i);
    size_t k = index_in(names, each);
    struct object *value = k < tuple_length(names) ? tuple_get_borrowed(items, k) : each;
    bool is_pack = value != each && type_of(each)->iter && is_any_tuple(value);
    status = is_pack ? list_extend(list, value) : list_append(list, value);
  }
  struct object *tuple =
      status == 0 ? tuple_from(((struct list *)list)->items, list_length(list)) : NULL;
  drop_null(list);
  return tuple;
}

/* One argument with the parameters replaced by items. */
static struct object *substitute_one(struct object *argument, struct object *names,
                                     struct object *items) {
  if (is_type(argument))
    return hold(argument);
  int found = has(argument, NAME(typing_subst));
  if (found)
    return found < 0 ? NULL
                     : call_method_one(argument, NAME(typing_subst),
                                       tuple_get_borrowed(items, index_in(names, argument)));
  struct object *nested;
  found = attribute_find(argument, NAME(parameters), &nested);
  if (found <= 0)
    return found < 0 ? NULL : hold(argument);
  if (!is_any_tuple(nested) || !tuple_length(nested)) {
    drop(nested);
    return hold(argument);
  }
  struct object *own = values_of(nested, names, items);
  struct object *result = own ? object_get_item(argument, own) : NULL;
  drop_null(own);
  drop(nested);
  return result;
}

/* The arguments of *tuple[...] and its like, unless their number is open: 1, 0 for anything else.
 */
static int arguments_of_unpacked(struct object *o, struct object **args) {
  *args = NULL;
  if (is_type(o))
    return 0;
  struct object *name = str_intern("__typing_unpacked_tuple_args__");
  int found = name ? attribute_find(o, name, args) : -1;
  drop_null(name);
  if (found <= 0)
    return found;
  size_t n = is_any_tuple(*args) ? tuple_length(*args) : 0;
  if (is_any_tuple(*args) && !(n && tuple_get_borrowed(*args, n - 1) == ELLIPSIS))
    return 1;
  drop(*args);
  *args = NULL;
  return 0;
}

/* What stands in the brackets, as a new tuple. */
static struct object *unpack_item(struct object *item) {
  bool several = is_any_tuple(item);
  size_t n = several ? tuple_length(item) : 1;
  struct object *list = list_new(n), *args;
  int status = list ? 0 : -1;
  for (size_t i = 0; status == 0 && i < n; i++) {
    struct object *each = several ? tuple_get_borrowed(item, i) : item;
    int unpacked = arguments_of_unpacked(each, &args);
    status = unpacked < 0 ? -1 : unpacked ? list_extend(list, args) : list_append(list, each);
    drop_null(args);
  }
  struct object *tuple =
      status == 0 ? tuple_from(((struct list *)list)->items, list_length(list)) : NULL;
  drop_null(list);
  return tuple;
}

static struct object *substitute(struct object *o, struct object *args, struct object *names,
                                 struct object *item) {
  size_t names_n = tuple_length(names);
  if (!names_n)
    return error_format(ERROR_TYPE, "%R is not a generic class", o);
  struct object *items = unpack_item(item);
  for (size_t i = 0; items && i < names_n; i++) { /* parameter packs may regroup the items */
    struct object *prepare, *each = tuple_get_borrowed(names, i);
    int found = attribute_find(each, NAME(typing_prepare_subst), &prepare);
    if (found > 0) {
      struct object *regrouped = call_two(prepare, o, items);
      drop(prepare);
      drop(items);
      items = regrouped ? iterate_to_tuple(regrouped) : NULL;
      drop_null(regrouped);
    } else if (found < 0) {
      drop(items);
      items = NULL;
    }
  }
  if (!items)
    return NULL;
  size_t n = tuple_length(items);
  struct object *list = NULL;
  if (n != names_n)
    error_format(ERROR_TYPE, "Too %s arguments for %R; actual %zu, expected %zu",
                 n > names_n ? "many" : "few", o, n, names_n);
  else
    list = list_new(0);
  int status = list ? 0 : -1;
  for (size_t i = 0; status == 0 && i < tuple_length(args); i++) {
    struct object *argument = tuple_get_borrowed(args, i);
    struct object *one = substitute_one(argument, names, items);
    int is_several = !one                ? -1
                     : is_any_tuple(one) ? has(argument, NAME(typing_is_unpacked_typevartuple))
                                         : 0;
    if (is_several < 0)
      status = -1;
    else
      status = is_several ? list_extend(list, one) : list_append(list, one);
    drop_null(one);
  }
  struct object *result =
      status == 0 ? tuple_from(((struct list *)list)->items, list_length(list)) : NULL;
  drop_null(list);
  drop(items);
  return result;
}

static struct object *get_item(struct object *o, struct object *item) {
  struct object *names = parameters(o, NULL);
  struct object *args = names ? substitute(o, alias_of(o)->args, names, item) : NULL;
  struct object *result = args ? generic_alias_new(alias_of(o)->origin, args) : NULL;
  if (result)
    alias_of(result)->is_starred = alias_of(o)->is_starred;
  drop_null(args);
  drop_null(names);
  return result;
}
static struct object *call(struct object *o, struct object *const *args, size_t n,
                           struct object *kwnames) {
  struct object *result = call_object(alias_of(o)->origin, args, n, kwnames);
  if (!result)
    return NULL;
  struct object *name = str_intern("__orig_class__");
  if ((!name || attribute_set(result, name, o) < 0) && !error_clear_if(ERROR_ATTRIBUTE) &&
      !error_clear_if(ERROR_TYPE)) {
    drop_null(name);
    drop(result);
    return NULL;
  }
  drop_null(name);
  return result;
}

/* Attributes that are the alias's; all others are the origin's. */
static const char *const own[] = {
    "__class__",       "__origin__",     "__args__",
    "__unpacked__",    "__parameters__", "__typing_unpacked_tuple_args__",
    "__mro_entries__", "__reduce_ex__",  "__reduce__",
    "__copy__",        "__deepcopy__"};
static bool is_own(struct object *name) {
  for (size_t i = 0; i < ARRAY_SIZE(own); i++)
    if (str_is(name, own[i]))
      return true;
  return false;
}
static struct object *getattr(struct object *o, struct object *name) {
  if (is_any_str(name) && !is_own(name))
    return attribute_get(alias_of(o)->origin, name);
  return attribute_get_generic(o, name);
}
static struct object *compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if (!is_alias(a) || !is_alias(b) || (op != COMPARE_EQ && op != COMPARE_NE))
    return hold(NOT_IMPLEMENTED);
  struct generic_alias *x = alias_of(a), *y = alias_of(b);
  int equal = x->is_starred == y->is_starred ? object_equal(x->origin, y->origin) : 0;
  if (equal > 0)
    equal = object_equal(x->args, y->args);
  return equal < 0 ? NULL : hold(bool_from(equal == (op == COMPARE_EQ)));
}
static int64_t hash(struct object *o) {
  int64_t x = object_hash(alias_of(o)->origin), y = x == -1 ? -1 : object_hash(alias_of(o)->args);
  if (y == -1)
    return -1;
  int64_t mixed = x ^ y;
  return mixed == -1 ? -2 : mixed;
}
static struct object *mro_entries(struct object *o, struct object *bases) {
  return tuple_pack(1, alias_of(o)->origin);
}
static struct object *instance_check(struct object *o, struct object *other) {
  return error_format(ERROR_TYPE, "isinstance() argument 2 cannot be a parameterized generic");
}
static struct object *subclass_check(struct object *o, struct object *other) {
  return error_format(ERROR_TYPE, "issubclass() argument 2 cannot be a parameterized generic");
}
static struct object *unpacked(struct object *o, void *closure) {
  return hold(bool_from(alias_of(o)->is_starred));
}
static struct object *unpacked_args(struct object *o, void *closure) {
  struct generic_alias *a = alias_of(o);
  return hold(a->is_starred && a->origin == &tuple_type.head ? a->args : NONE);
}
/* iter(tuple[int]) gives the starred alias once. */
struct alias_iterator {
  struct object head;
  struct object *alias; /* the one without star; NULL: at the end */
};
static struct object **alias_left(struct object *o) { return &((struct alias_iterator *)o)->alias; }

static struct object *iter(struct object *o) {
  struct object *iterator = type_generic_alloc(&generic_alias_iterator_type);
  if (iterator)
    store_first(iterator, alias_left(iterator), hold(o));
  return iterator;
}
static struct object *iterator_self(struct object *o) { return hold(o); }
static struct object *iterator_next(struct object *o) {
  struct object *alias = *alias_left(o);
  if (!alias)
    return NULL;
  struct object *starred = generic_alias_new(alias_of(alias)->origin, alias_of(alias)->args);
  if (!starred)
    return NULL;
  alias_of(starred)->is_starred = true;
  store(o, alias_left(o), NULL);
  return starred;
}
static struct object *iterator_reduce(struct object *o) {
  struct object *f = builtins_get("iter");
  struct object *over = !f ? NULL : *alias_left(o) ? hold(*alias_left(o)) : tuple_new(0);
  struct object *args = over ? tuple_pack(1, over) : NULL;
  struct object *result = args ? tuple_pack(2, f, args) : NULL;
  drop_null(args);
  drop_null(over);
  drop_null(f);
  return result;
}
static const struct method_def iterator_methods[] = {
    METHOD_NOARGS_("__reduce__", iterator_reduce, NULL), {NULL}};
struct type generic_alias_iterator_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct alias_iterator, alias),
              .refs_n = 1,
              .basic_bytes = sizeof(struct alias_iterator)},
    .name = "generic_alias_iterator",
    .flags = TYPE_NO_INSTANCE,
    .iter = iterator_self,
    .next = iterator_next,
    .methods = iterator_methods,
    .base = &object_type};

/* A starred alias is made by next(iter(alias)). */
static struct object *reduce_starred(struct object *o) {
  struct object *next = builtins_get("next");
  struct object *plain = next ? generic_alias_new(alias_of(o)->origin, alias_of(o)->args) : NULL;
  struct object *iterator = plain ? iter(plain) : NULL;
  drop_null(plain);
  struct object *args = iterator ? tuple_pack(1, iterator) : NULL;
  struct object *result = args ? tuple_pack(2, next, args) : NULL;
  drop_null(args);
  drop_null(iterator);
  drop_null(next);
  return result;
}
static struct object *reduce(struct object *o) {
  if (alias_of(o)->is_starred)
    return reduce_starred(o);
  struct object *args = tuple_pack(2, alias_of(o)->origin, alias_of(o)->args);
  struct object *result = args ? tuple_pack(2, &type_of(o)->head, args) : NULL;
  drop_null(args);
  return result;
}
static struct object *alias_dir(struct object *o) {
  struct object *list = object_dir(alias_of(o)->origin);
  for (size_t i = 0; list && i < ARRAY_SIZE(own); i++) {
    struct object *name = str_intern(own[i]);
    int there = name ? object_contains(list, name) : -1;
    if (there == 0)
      there = list_append(list, name);
    drop_null(name);
    if (there < 0) {
      drop(list);
      list = NULL;
    }
  }
  return list;
}
static const struct method_def methods[] = {METHOD_ONE_("__mro_entries__", mro_entries, NULL),
                                            METHOD_ONE_("__instancecheck__", instance_check, NULL),
                                            METHOD_ONE_("__subclasscheck__", subclass_check, NULL),
                                            METHOD_NOARGS_("__reduce__", reduce, NULL),
                                            METHOD_NOARGS_("__dir__", alias_dir, NULL),
                                            {NULL}};
static const struct member_def members[] = {
    {"__origin__", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct generic_alias, origin), NULL},
    {"__args__", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct generic_alias, args), NULL},
    {NULL}};
static const struct getset_def getsets[] = {
    {"__parameters__", parameters, NULL, "Type variables in the GenericAlias."},
    {"__unpacked__", unpacked},
    {"__typing_unpacked_tuple_args__", unpacked_args},
    {NULL}};
struct type generic_alias_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN | GC_WEAKREFS,
              .refs_offset = offsetof(struct generic_alias, origin),
              .refs_n = 3,
              .weak_offset = offsetof(struct generic_alias, weakrefs),
              .basic_bytes = sizeof(struct generic_alias)},
    .name = "types.GenericAlias",
    .flags = TYPE_BASE,
    .new_ = new_slot,
    .call = call,
    .getattr = getattr,
    .repr = repr,
    .compare = compare_slot,
    .hash = hash,
    .iter = iter,
    .number = {.bit_or = union_or},
    .mapping = {.get = get_item},
    .methods = methods,
    .members = members,
    .getsets = getsets,
    .doc = "GenericAlias(origin, args, /)\n--\n\nRepresent a PEP 585 generic type\n\nE.g. for t = "
           "list[int], t.__origin__ is list and t.__args__ is (int,).",
    .base = &object_type};

/* ---- Unions ---- */

struct union_object {
  struct object head;
  struct object *args, *parameters;
};
static struct union_object *union_of(struct object *o) { return (struct union_object *)o; }

static bool can_be_member(struct object *o) {
  return o == NONE || is_type(o) || is_alias(o) || type_of(o) == &union_type;
}

/* The members of a and b, unions opened, each once. */
static int add_member(struct object *list, struct object *o) {
  if (o == NONE)
    o = &none_type.head;
  if (type_of(o) == &union_type) {
    struct object *args = union_of(o)->args;
    for (size_t i = 0; i < tuple_length(args); i++)
      if (add_member(list, tuple_get_borrowed(args, i)) < 0)
        return -1;
    return 0;
  }
  for (size_t i = 0; i < list_length(list); i++) {
    struct object *each = list_get_borrowed(list, i);
    if (each == o)
      return 0;
    bool aliases = is_alias(each) && is_alias(o);
    int same = aliases ? object_equal(each, o) : 0;
    if (same)
      return same < 0 ? -1 : 0;
  }
  return list_append(list, o);
}
static struct object *union_of_list(struct object *list) {
  if (list_length(list) == 1)
    return hold(list_get_borrowed(list, 0));
  struct object *args = tuple_from(((struct list *)list)->items, list_length(list));
  struct object *o = args ? type_generic_alloc(&union_type) : NULL;
  if (o)
    store_first(o, &union_of(o)->args, hold(args));
  drop_null(args);
  return o;
}
struct object *union_or(struct object *a, struct object *b) {
  if (!can_be_member(a) || !can_be_member(b))
    return hold(NOT_IMPLEMENTED);
  struct object *list = list_new(2), *result = NULL;
  if (list && add_member(list, a) == 0 && add_member(list, b) == 0)
    result = union_of_list(list);
  drop_null(list);
  return result;
}
struct object *type_or_slot(struct object *a, struct object *b) {
  return union_or(a, b);
}

static struct object *union_repr(struct object *o) { return join(union_of(o)->args, " | "); }
static struct object *union_parameters(struct object *o, void *closure) {
  if (!union_of(o)->parameters) {
    struct object *tuple = parameters_of(union_of(o)->args);
    if (!tuple)
      return NULL;
    store(o, &union_of(o)->parameters, tuple);
  }
  return hold(union_of(o)->parameters);
}
static struct object *union_get_item(struct object *o, struct object *item) {
  struct object *names = union_parameters(o, NULL);
  struct object *args = names ? substitute(o, union_of(o)->args, names, item) : NULL;
  drop_null(names);
  if (!args)
    return NULL;
  struct object *result = hold(tuple_get_borrowed(args, 0));
  for (size_t i = 1; result && i < tuple_length(args); i++) {
    struct object *longer = number_binary(result, tuple_get_borrowed(args, i), NUMBER_OR);
    drop(result);
    result = longer;
  }
  drop(args);
  return result;
}
static struct object *frozen(struct object *args) {
  struct object *set = set_new();
  for (size_t i = 0; set && i < tuple_length(args); i++)
    if (set_add(set, tuple_get_borrowed(args, i)) < 0) {
      drop(set);
      return NULL;
    }
  return set;
}
static struct object *union_compare(struct object *a, struct object *b, enum compare_op op) {
  if (type_of(a) != &union_type || type_of(b) != &union_type ||
      (op != COMPARE_EQ && op != COMPARE_NE))
    return hold(NOT_IMPLEMENTED);
  struct object *x = frozen(union_of(a)->args), *y = x ? frozen(union_of(b)->args) : NULL;
  int equal = y ? object_equal(x, y) : -1;
  drop_null(y);
  drop_null(x);
  return equal < 0 ? NULL : hold(bool_from(equal == (op == COMPARE_EQ)));
}
/* That of typing.Union of the same: the frozenset's. */
static int64_t union_hash(struct object *o) {
  struct object *set = call_one(&frozenset_type.head, union_of(o)->args);
  int64_t hash = set ? object_hash(set) : -1;
  drop_null(set);
  return hash;
}
/* isinstance(x, A | B) is any of them, asked in their order: a parameterised member is an error
 * only where it is reached. */
static struct object *check_each(struct object *o, struct object *value, bool instance) {
  struct object *args = union_of(o)->args;
  for (size_t i = 0; i < tuple_length(args); i++) {
    struct object *each = tuple_get_borrowed(args, i);
    int found = instance ? object_is_instance_of(value, each) : object_is_subclass_of(value, each);
    if (found)
      return found < 0 ? NULL : hold(TRUE_);
  }
  return hold(FALSE_);
}
static struct object *union_instance_check(struct object *o, struct object *value) {
  return check_each(o, value, true);
}
static struct object *union_subclass_check(struct object *o, struct object *value) {
  return check_each(o, value, false);
}
static struct object *union_getattr(struct object *o, struct object *name) {
  if (is_any_str(name) && str_same_text(name, NAME(module)))
    return attribute_get(&union_type.head, name);
  return attribute_get_generic(o, name);
}
static const struct method_def union_methods[] = {
    METHOD_ONE_("__instancecheck__", union_instance_check, NULL),
    METHOD_ONE_("__subclasscheck__", union_subclass_check, NULL),
    {NULL}};
static const struct member_def union_members[] = {
    {"__args__", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct union_object, args), NULL},
    {NULL}};
static const struct getset_def union_getsets[] = {
    {"__parameters__", union_parameters, NULL, "Type variables in the types.UnionType."}, {NULL}};
struct type union_type = {.head = OBJECT_STATIC(type_type),
                          .shape = {.layout = GC_FIXED,
                                    .flags = GC_CONTAINER | GC_PLAIN,
                                    .refs_offset = offsetof(struct union_object, args),
                                    .refs_n = 2,
                                    .basic_bytes = sizeof(struct union_object)},
                          .name = "types.UnionType",
                          .flags = TYPE_NO_INSTANCE,
                          .getattr = union_getattr,
                          .repr = union_repr,
                          .compare = union_compare,
                          .hash = union_hash,
                          .number = {.bit_or = union_or},
                          .mapping = {.get = union_get_item},
                          .methods = union_methods,
                          .members = union_members,
                          .getsets = union_getsets,
                          .doc = "Represent a PEP 604 union type\n\nE.g. for int | str",
                          .base = &object_type};
