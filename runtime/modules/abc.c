/* The module `_abc`: abstract base classes. Each keeps four things in an object of its own: classes
 * registered with it, classes known to be subclasses and known not to be, and the state of all
 * registrations for which the latter holds. The sets hold weak references. */
#include "runtime/modules/abc.h"
#include "runtime/modules/module.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type_internal.h"
#include "runtime/object/weakref.h"
#include <stddef.h>

enum which { REGISTRY, CACHE, NEGATIVE, SETS_N };

struct abc {
  struct object head;
  struct object *sets[SETS_N];     /* of weak references; NULL: empty */
  struct object *removers[SETS_N]; /* callbacks of these; NULL: not made yet */
  struct object *weakrefs;
  uint64_t negative_version; /* of registrations, for which `negative` holds */
};

/* Changes with every register(): what was no subclass may be one now. */
static uint64_t registrations;
static struct object *name_impl;

static struct object *abc_new(struct type *t, struct object *const *args, size_t n,
                              struct object *kwnames) {
  struct abc *a = (struct abc *)type_generic_alloc(t);
  if (a)
    a->negative_version = registrations;
  return (struct object *)a;
}

static struct type abc_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN | GC_WEAKREFS,
              .refs_offset = offsetof(struct abc, sets),
              .refs_n = 2 * SETS_N,
              .weak_offset = offsetof(struct abc, weakrefs),
              .basic_bytes = sizeof(struct abc)},
    .name = "_abc._abc_data",
    .new_ = abc_new,
    .doc = "Internal state held by ABC machinery.",
    .base = &object_type,
};

/* A new reference. */
static struct abc *abc_of(struct object *cls) {
  struct object *o = attribute_get(cls, name_impl);
  if (!o || type_of(o) == &abc_type)
    return (struct abc *)o;
  drop(o);
  return error_format(ERROR_TYPE, "_abc_impl is set to a wrong type");
}

/* ---- Sets of weak references ---- */

/* `self` is a weak reference to the struct abc, so that a class and its callbacks are no cycle. */
static struct object *removes(struct object *self, struct object *weakref, enum which which) {
  struct abc *a = (struct abc *)weakref_get(self);
  int done = 0;
  if (a && a->sets[which]) {
    struct object *set = hold(a->sets[which]);
    done = set_discard(set, weakref);
    drop(set);
  }
  drop_null((struct object *)a);
  return done < 0 ? NULL : hold(NONE);
}
static struct object *remove_registered(struct object *self, struct object *weakref) {
  return removes(self, weakref, REGISTRY);
}
static struct object *remove_cached(struct object *self, struct object *weakref) {
  return removes(self, weakref, CACHE);
}
static struct object *remove_negative(struct object *self, struct object *weakref) {
  return removes(self, weakref, NEGATIVE);
}
static const struct method_def removers[] = {METHOD_ONE_("_destroy", remove_registered, NULL),
                                             METHOD_ONE_("_destroy", remove_cached, NULL),
                                             METHOD_ONE_("_destroy", remove_negative, NULL)};

bool abc_is_remover(const struct object *o) {
  if (type_of(o) != &builtin_function_type)
    return false;
  const struct method_def *def = builtin_function_def(o);
  return def >= removers && def < removers + ARRAY_SIZE(removers);
}

/* Classes that can't be weakly referenced are in no set. */
static int contains(struct abc *a, enum which which, struct object *cls) {
  if (!a->sets[which] || !set_length(a->sets[which]))
    return 0;
  struct object *weakref = weakref_new(cls, NULL, NULL);
  if (!weakref)
    return error_clear_if(ERROR_TYPE) ? 0 : -1;
  struct object *set = hold(a->sets[which]);
  int found = set_contains(set, weakref);
  drop(set);
  drop(weakref);
  return found;
}

static int add(struct abc *a, enum which which, struct object *cls) {
  if (!a->sets[which]) {
    struct object *set = set_new();
    if (!set)
      return -1;
    store(&a->head, &a->sets[which], set);
  }
  if (!a->removers[which]) {
    struct object *self = weakref_new(&a->head, NULL, NULL);
    struct object *remover = self ? builtin_function_new(&removers[which], self, NULL) : NULL;
    drop_null(self);
    if (!remover)
      return -1;
    store(&a->head, &a->removers[which], remover);
  }
  struct object *weakref = weakref_new_calling(cls, a->removers[which]);
  struct object *set = hold(a->sets[which]);
  int done = weakref ? set_add(set, weakref) : -1;
  drop(set);
  drop_null(weakref);
  return done < 0 ? -1 : 0;
}

/* ---- Making a class abstract ---- */

static int is_abstract(struct object *o) {
  struct object *value;
  int truth = attribute_find(o, NAME(isabstractmethod), &value);
  if (truth > 0) {
    truth = object_truth(value);
    drop(value);
  }
  return truth;
}

static int add_own(struct object *cls, struct object *abstracts) {
  struct object *namespace = attribute_get(cls, NAME(dict));
  struct object *items = namespace ? call_method_none(namespace, NAME(plain_items)) : NULL;
  struct object *list = items ? iterate_to_list(items) : NULL;
  drop_null(namespace);
  drop_null(items);
  int done = list ? 0 : -1;
  for (size_t i = 0; done == 0 && i < list_length(list); i++) {
    struct object *item = list_get_borrowed(list, i);
    if (!is_any_tuple(item) || tuple_length(item) != 2) {
      error_set(ERROR_TYPE, "Iteration over dict.items() must yield tuples of two items");
      done = -1;
      break;
    }
    int abstract = is_abstract(tuple_get_borrowed(item, 1));
    if (abstract)
      done = abstract < 0 || set_add(abstracts, tuple_get_borrowed(item, 0)) < 0 ? -1 : 0;
  }
  drop_null(list);
  return done;
}

/* Of what a base had abstract, what still is. */
static int add_inherited(struct object *cls, struct object *base, struct object *abstracts) {
  struct object *names, *list, *value;
  int done = attribute_find(base, NAME(abstractmethods), &names);
  if (done <= 0)
    return done;
  list = iterate_to_list(names);
  drop(names);
  done = list ? 0 : -1;
  for (size_t i = 0; done == 0 && i < list_length(list); i++) {
    struct object *name = list_get_borrowed(list, i);
    int found = attribute_find(cls, name, &value);
    if (found > 0) {
      found = is_abstract(value);
      drop(value);
      if (found > 0)
        found = set_add(abstracts, name);
    }
    done = found < 0 ? -1 : 0;
  }
  drop_null(list);
  return done;
}

static int compute_abstract_methods(struct object *cls) {
  struct object *abstracts = frozenset_new(), *bases = NULL;
  int done = -1;
  if (abstracts && add_own(cls, abstracts) == 0 && (bases = attribute_get(cls, NAME(bases)))) {
    done = 0;
    if (!is_any_tuple(bases)) {
      error_set(ERROR_TYPE, "__bases__ is not tuple");
      done = -1;
    }
    for (size_t i = 0; done == 0 && i < tuple_length(bases); i++)
      done = add_inherited(cls, tuple_get_borrowed(bases, i), abstracts);
    if (done == 0)
      done = attribute_set(cls, NAME(abstractmethods), abstracts);
  }
  drop_null(bases);
  drop_null(abstracts);
  return done;
}

enum {
  PATTERN_FLAGS = TYPE_SEQUENCE | TYPE_MAPPING,
  FLAG_SEQUENCE = 1 << 5,
  FLAG_MAPPING = 1 << 6
};

/* __abc_tpflags__ says in which patterns instances match; it is taken out of the class. */
static int read_pattern_flags(struct object *cls) {
  struct type *t = (struct type *)cls;
  struct object *name = str_intern("__abc_tpflags__");
  struct object *flags = name ? dict_get_borrowed(t->attributes, name) : NULL;
  int done = name && error_pending() == ERROR_NONE ? 0 : -1;
  int64_t value;
  if (flags && is_any_int(flags) && int_to_i64(flags, &value)) {
    value &= FLAG_SEQUENCE | FLAG_MAPPING;
    if (value == (FLAG_SEQUENCE | FLAG_MAPPING)) {
      error_set(ERROR_TYPE,
                "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING");
      done = -1;
    } else {
      if (value) {
        t->flags &= ~(uint32_t)PATTERN_FLAGS;
        t->flags |= value == FLAG_SEQUENCE ? TYPE_SEQUENCE : TYPE_MAPPING;
      }
      done = type_set_attribute(t, name, NULL);
    }
  }
  drop_null(name);
  return done;
}

static struct object *abc_init(struct object *self, struct object *cls) {
  if (compute_abstract_methods(cls) < 0)
    return NULL;
  struct object *a = abc_new(&abc_type, NULL, 0, NULL);
  int done = a ? attribute_set(cls, name_impl, a) : -1;
  drop_null(a);
  if (done == 0 && is_type(cls))
    done = read_pattern_flags(cls);
  return done < 0 ? NULL : hold(NONE);
}

/* ---- Registering ---- */

static int set_pattern_flags(struct type *t, void *context) {
  uint32_t flags = *(const uint32_t *)context;
  if (!(t->flags & TYPE_HEAP) || (t->flags & TYPE_IMMUTABLE) || (t->flags & PATTERN_FLAGS) == flags)
    return 0;
  t->flags = (t->flags & ~(uint32_t)PATTERN_FLAGS) | flags;
  return type_each_subclass(t, set_pattern_flags, context);
}

static struct object *abc_register(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("_abc_register", n, 2, 2) < 0)
    return NULL;
  struct object *cls = args[0], *subclass = args[1];
  if (!is_type(subclass))
    return error_format(ERROR_TYPE, "Can only register classes");
  int known = object_is_subclass_of(subclass, cls);
  if (known)
    return known < 0 ? NULL : hold(subclass);
  int reversed = object_is_subclass_of(cls, subclass);
  if (reversed > 0)
    return error_format(ERROR_RUNTIME, "Refusing to create an inheritance cycle");
  struct abc *a = reversed < 0 ? NULL : abc_of(cls);
  if (!a)
    return NULL;
  int done = add(a, REGISTRY, subclass);
  drop(&a->head);
  if (done < 0)
    return NULL;
  registrations++;
  uint32_t flags = is_type(cls) ? ((struct type *)cls)->flags & PATTERN_FLAGS : 0;
  if (flags && set_pattern_flags((struct type *)subclass, &flags) < 0)
    return NULL;
  return hold(subclass);
}

/* ---- Asking ---- */

static int ask_method(struct object *cls, struct object *subclass, struct object **answer) {
  *answer = call_method_one(cls, NAME(subclasscheck), subclass);
  return *answer ? object_truth(*answer) : -1;
}

static struct object *instance_check(struct object *cls, struct object *instance, struct abc *a) {
  struct object *subclass = attribute_get(instance, NAME(class)), *answer = NULL;
  if (!subclass)
    return NULL;
  struct object *type = &type_of(instance)->head;
  int found = contains(a, CACHE, subclass);
  if (found > 0)
    answer = hold(TRUE_);
  else if (found == 0 && subclass == type) {
    found = a->negative_version == registrations ? contains(a, NEGATIVE, subclass) : 0;
    if (found > 0)
      answer = hold(FALSE_);
    else if (found == 0)
      answer = call_method_one(cls, NAME(subclasscheck), subclass);
  } else if (found == 0) {
    int truth = ask_method(cls, subclass, &answer);
    if (truth <= 0) {
      drop_null(answer);
      answer = truth < 0 ? NULL : call_method_one(cls, NAME(subclasscheck), type);
    }
  }
  drop(subclass);
  return answer;
}

static struct object *abc_instancecheck(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("_abc_instancecheck", n, 2, 2) < 0)
    return NULL;
  struct abc *a = abc_of(args[0]);
  struct object *answer = a ? instance_check(args[0], args[1], a) : NULL;
  drop_null((struct object *)a);
  return answer;
}

static int is_subclass_of_one(struct object *subclass, struct object *list) {
  for (size_t i = 0; i < list_length(list); i++) {
    int is = object_is_subclass_of(subclass, list_get_borrowed(list, i));
    if (is)
      return is;
  }
  return 0;
}

/* Live classes of the registry, as a new list. */
static struct object *registered(struct abc *a) {
  struct object *list = list_new(0), *weakref, *copy = NULL;
  size_t position = 0;
  if (list && a->sets[REGISTRY] && !(copy = iterate_to_list(a->sets[REGISTRY]))) {
    drop(list);
    return NULL;
  }
  for (; list && copy && position < list_length(copy); position++) {
    weakref = list_get_borrowed(copy, position);
    struct object *cls = weakref_get(weakref);
    if (cls && list_append_taking(list, cls) < 0) {
      drop(list);
      list = NULL;
    }
  }
  drop_null(copy);
  return list;
}

/* 1, 0, -1; *is_known: the answer stands in a cache already. */
static int subclass_check(struct object *cls, struct object *subclass, struct abc *a,
                          bool *is_known) {
  *is_known = true;
  int found = contains(a, CACHE, subclass);
  if (found)
    return found;
  if (a->negative_version < registrations) {
    if (a->sets[NEGATIVE])
      set_clear(a->sets[NEGATIVE]);
    a->negative_version = registrations;
  } else if ((found = contains(a, NEGATIVE, subclass)))
    return found < 0 ? -1 : 0;
  *is_known = false;
  struct object *ok = call_method_one(cls, NAME(subclasshook), subclass);
  if (!ok)
    return -1;
  drop(ok); /* only its identity is of interest, and the singletons are immortal */
  if (ok == TRUE_ || ok == FALSE_)
    return ok == TRUE_;
  if (ok != NOT_IMPLEMENTED) {
    error_set(ERROR_ASSERTION,
              "__subclasshook__ must return either False, True, or NotImplemented");
    return -1;
  }
  if (is_type(cls) && type_is_subtype((struct type *)subclass, (struct type *)cls))
    return 1;
  if ((found = contains(a, REGISTRY, subclass)))
    return found;
  struct object *list = registered(a);
  if (!list)
    return -1;
  found = is_subclass_of_one(subclass, list);
  drop(list);
  if (found || !(list = call_method_none(cls, NAME(subclasses))))
    return list || found ? found : -1;
  if (!is_any_list(list)) {
    error_set(ERROR_TYPE, "__subclasses__() must return a list");
    found = -1;
  } else
    found = is_subclass_of_one(subclass, list);
  drop(list);
  return found;
}

static struct object *abc_subclasscheck(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("_abc_subclasscheck", n, 2, 2) < 0)
    return NULL;
  if (!is_type(args[1]))
    return error_format(ERROR_TYPE, "issubclass() arg 1 must be a class");
  struct abc *a = abc_of(args[0]);
  if (!a)
    return NULL;
  bool is_known;
  int answer = subclass_check(args[0], args[1], a, &is_known);
  if (answer >= 0 && !is_known && add(a, answer ? CACHE : NEGATIVE, args[1]) < 0)
    answer = -1;
  drop(&a->head);
  return answer < 0 ? NULL : hold(bool_from(answer));
}

/* ---- For tests ---- */

static struct object *reset_registry(struct object *self, struct object *cls) {
  struct abc *a = abc_of(cls);
  if (!a)
    return NULL;
  if (a->sets[REGISTRY])
    set_clear(a->sets[REGISTRY]);
  drop(&a->head);
  return hold(NONE);
}

static struct object *reset_caches(struct object *self, struct object *cls) {
  struct abc *a = abc_of(cls);
  if (!a)
    return NULL;
  for (enum which i = CACHE; i < SETS_N; i++)
    if (a->sets[i])
      set_clear(a->sets[i]);
  drop(&a->head);
  return hold(NONE);
}

static struct object *copy_of(struct object *set) {
  struct object *copy = set_new(), *list = copy && set ? iterate_to_list(set) : NULL;
  bool complete = !set || list;
  for (size_t i = 0; complete && list && i < list_length(list); i++)
    complete = set_add(copy, list_get_borrowed(list, i)) >= 0;
  drop_null(list);
  if (complete)
    return copy;
  drop_null(copy);
  return NULL;
}

static struct object *get_dump(struct object *self, struct object *cls) {
  struct abc *a = abc_of(cls);
  if (!a)
    return NULL;
  struct object *version = int_from_u64(a->negative_version), *result = NULL;
  struct object *sets[SETS_N] = {NULL};
  bool complete = version != NULL;
  for (enum which i = 0; i < SETS_N; i++)
    complete = complete && (sets[i] = copy_of(a->sets[i]));
  if (complete)
    result = tuple_pack(4, sets[0], sets[1], sets[2], version);
  for (enum which i = 0; i < SETS_N; i++)
    drop_null(sets[i]);
  drop_null(version);
  drop(&a->head);
  return result;
}

static struct object *get_cache_token(struct object *self) { return int_from_u64(registrations); }

static const struct method_def methods[] = {
    METHOD_NOARGS_("get_cache_token", get_cache_token,
                   "get_cache_token($module, /)\n--\n\nReturns the current ABC cache token."),
    METHOD_ONE_("_abc_init", abc_init,
                "_abc_init($module, self, /)\n--\n\nInternal ABC helper for class set-up."),
    METHOD_ONE_("_reset_registry", reset_registry,
                "_reset_registry($module, self, /)\n--\n\nInternal ABC helper to reset registry of "
                "a given class."),
    METHOD_ONE_("_reset_caches", reset_caches,
                "_reset_caches($module, self, /)\n--\n\nInternal ABC helper to reset both caches "
                "of a given class."),
    METHOD_ONE_("_get_dump", get_dump,
                "_get_dump($module, self, /)\n--\n\nInternal ABC helper for cache and registry "
                "debugging."),
    METHOD_FAST_("_abc_register", abc_register,
                 "_abc_register($module, self, subclass, /)\n--\n\nInternal ABC helper for "
                 "subclasss registration."),
    METHOD_FAST_("_abc_instancecheck", abc_instancecheck,
                 "_abc_instancecheck($module, self, instance, /)\n--\n\nInternal ABC helper for "
                 "instance checks."),
    METHOD_FAST_("_abc_subclasscheck", abc_subclasscheck,
                 "_abc_subclasscheck($module, self, subclass, /)\n--\n\nInternal ABC helper for "
                 "subclasss checks."),
    {NULL}};

int module__abc_fill(struct object *module) {
  if (module_root(&name_impl) < 0 || (!name_impl && !(name_impl = str_intern("_abc_impl"))) ||
      type_ready(&abc_type) < 0 || module_add_functions(module, methods) < 0)
    return -1;
  return module_add_text(module, "__doc__",
                         "Module contains faster C implementation of abc.ABCMeta");
}
