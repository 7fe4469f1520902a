/* What the words of attributes and globals remember. A word that ran once is replaced by the form
 * that fits what it met; the form falls back to the general way, and is fitted anew, when it meets
 * something else. The first cache word holds a type's version and an offset or a flag. */
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/range.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/vm/frame.h"
#include "runtime/vm/generator.h"
#include "runtime/vm/places.h"

static void rewrite(uint64_t *at, enum word word) {
  at[0] = (at[0] & ~(uint64_t)UINT32_MAX) | word_handlers[word];
}
/* How often the word has been fitted anew stands above the key. */
enum { REFITS_SHIFT = 48, REFITS_FEW = 2 };
static uint64_t refits(const uint64_t *at) { return at[1] >> REFITS_SHIFT; }
static void remember(uint64_t *at, uint32_t version, uint16_t key, struct object *value) {
  at[1] = refits(at) << REFITS_SHIFT | (uint64_t)key << 32 | version;
  at[2] = (uint64_t)(uintptr_t)value;
}

/* Nothing fits: the next so many runs do not try. */
enum { PATIENCE = 60 };
static void give_up(uint64_t *at, enum word general) {
  at[1] = refits(at) << REFITS_SHIFT | PATIENCE;
  rewrite(at, general);
}

/* ---- Words that meet many types ---- */

struct place places_load[1 << PLACES_LOG2], places_store[1 << PLACES_LOG2];

static void enter_place(struct place *entry, struct object *name,
                        const struct attribute_place *place, struct object *value) {
  *entry = (struct place){.name = name,
                          .value = value,
                          .version = place->version,
                          .offset = place->offset,
                          .kind = (uint8_t)place->kind,
                          .is_inline = place->is_inline,
                          .is_hideable = place->is_hideable};
}

static struct object *plain_getter(const struct attribute_place *place);

void place_remember_load(struct object *o, struct object *name) {
  struct attribute_place place;
  attribute_locate(o, name, &place);
  struct object *value = place.value;
  if (place.kind == ATTRIBUTE_PROPERTY && !(value = plain_getter(&place)))
    place.kind = ATTRIBUTE_UNCACHED;
  enter_place(place_in(places_load, place.version, name), name, &place, value);
}

void place_remember_store(struct object *o, struct object *name) {
  struct attribute_place place;
  attribute_locate_store(o, name, &place);
  enter_place(place_in(places_store, place.version, name), name, &place, NULL);
}

/* A word that had to be fitted again and again is left to the shared cache. */
static bool share(uint64_t *at, enum word many) {
  if (refits(at) < REFITS_FEW)
    return false;
  rewrite(at, many);
  return true;
}

/* A name in the dict of a module whose type looks nowhere else for what is there. */
static bool remember_in_module(uint64_t *at, struct object *o, struct object *name,
                               enum word word) {
  if (type_of(o) != &module_type || type_lookup_borrowed(&module_type, name))
    return false;
  int64_t pair = dict_pair_of(module_dict_borrowed(o), name);
  if (pair < 0)
    return false;
  at[2] = (uint64_t)pair;
  rewrite(at, word);
  return true;
}

static bool remember_in_type(uint64_t *at, struct object *o, struct object *name, enum word word) {
  struct attribute_place place;
  if (type_of(o) != &type_type)
    return false;
  attribute_locate_in_type((struct type *)o, name, &place);
  if (place.kind != ATTRIBUTE_CLASS)
    return false;
  remember(at, place.version, 0, place.value);
  rewrite(at, word);
  return true;
}

static bool remember_in_dict(uint64_t *at, struct object *o, struct object *name,
                             const struct attribute_place *place, enum word word) {
  int64_t pair = dict_pair_of(instance_read_borrowed(o, place->offset), name);
  if (pair < 0)
    return false;
  remember(at, place->version, place->offset, NULL);
  at[2] = (uint64_t)pair;
  rewrite(at, word);
  return true;
}

/* A function in Python whose variables begin with just what a call of n arguments gives it. */
static bool takes_as_it_stands(const struct function *function, size_t n) {
  const struct code *code = (const struct code *)function->code;
  return function->entry == vm_call_function && (size_t)code->argcount == n &&
         !code->kwonlyargcount && !(code->flags & (CODE_VARARGS | CODE_VARKEYWORDS));
}

/* The getter of a property where that is a plain function of one argument; NULL: it is not. */
static struct object *plain_getter(const struct attribute_place *place) {
  struct object *getter = property_getter_borrowed(place->value);
  return getter && is_function(getter) && takes_as_it_stands((struct function *)getter, 1) ? getter
                                                                                           : NULL;
}

static bool remember_getter(uint64_t *at, const struct attribute_place *place) {
  struct object *getter = plain_getter(place);
  if (!getter)
    return false;
  remember(at, place->version, 0, getter);
  rewrite(at, WORD_LOAD_ATTR_PROPERTY);
  return true;
}

void specialize_attribute(uint64_t *at, struct object *o, struct object *name) {
  struct attribute_place place;
  attribute_locate(o, name, &place);
  if (place.kind != ATTRIBUTE_UNCACHED && place.kind != ATTRIBUTE_DICT &&
      share(at, WORD_LOAD_ATTR_MANY))
    return;
  switch (place.kind) {
  case ATTRIBUTE_SLOT:
    remember(at, place.version, place.offset, NULL);
    rewrite(at, WORD_LOAD_ATTR_SLOT);
    return;
  case ATTRIBUTE_CLASS:
    remember(at, place.version, place.is_hideable, place.value);
    rewrite(at, WORD_LOAD_ATTR_CLASS);
    return;
  case ATTRIBUTE_DICT:
    if (remember_in_dict(at, o, name, &place, WORD_LOAD_ATTR_DICT))
      return;
    break;
  case ATTRIBUTE_PROPERTY:
    if (remember_getter(at, &place))
      return;
    break;
  default:
    if (remember_in_module(at, o, name, WORD_LOAD_ATTR_MODULE) ||
        remember_in_type(at, o, name, WORD_LOAD_ATTR_TYPE))
      return;
  }
  give_up(at, WORD_LOAD_ATTR);
}

void specialize_method(uint64_t *at, struct object *o, struct object *name) {
  struct attribute_place place;
  attribute_locate(o, name, &place);
  if ((place.kind == ATTRIBUTE_METHOD || place.kind == ATTRIBUTE_SLOT) &&
      share(at, WORD_LOAD_METHOD_MANY))
    return;
  if (place.kind == ATTRIBUTE_METHOD) {
    remember(at, place.version, place.is_hideable, place.value);
    rewrite(at, WORD_LOAD_METHOD_CACHED);
  } else if (place.kind == ATTRIBUTE_SLOT) {
    remember(at, place.version, place.offset, NULL);
    rewrite(at, WORD_LOAD_METHOD_SLOT);
  } else if (!remember_in_module(at, o, name, WORD_LOAD_METHOD_MODULE) &&
             !remember_in_type(at, o, name, WORD_LOAD_METHOD_TYPE))
    give_up(at, WORD_LOAD_METHOD);
}

void specialize_store(uint64_t *at, struct object *o, struct object *name) {
  struct attribute_place place;
  attribute_locate_store(o, name, &place);
  if (place.kind == ATTRIBUTE_SLOT) {
    if (share(at, WORD_STORE_ATTR_MANY))
      return;
    remember(at, place.version, place.offset, NULL);
    at[2] = place.is_inline ? STORE_INLINE : STORE_MEMBER;
    rewrite(at, WORD_STORE_ATTR_SLOT);
  } else if (place.kind != ATTRIBUTE_DICT ||
             !remember_in_dict(at, o, name, &place, WORD_STORE_ATTR_DICT))
    give_up(at, WORD_STORE_ATTR);
}

void specialize_global(uint64_t *at, struct object *globals, struct object *builtins,
                       struct object *name) {
  if (!is_dict(globals) || !is_dict(builtins))
    return;
  int64_t i = dict_pair_of(globals, name);
  if (i >= 0) {
    at[2] = (uint64_t)i;
    rewrite(at, WORD_LOAD_GLOBAL_MODULE);
    return;
  }
  const struct dict *g = (const struct dict *)globals;
  if ((i = dict_pair_of(builtins, name)) < 0 || dict_get_borrowed(globals, name) ||
      g->slots > UINT32_MAX)
    return;
  at[1] = (uint64_t)g->table << 32 | (uint32_t)g->slots;
  at[2] = (uint64_t)i;
  rewrite(at, WORD_LOAD_GLOBAL_BUILTIN);
}

void specialize_loop(uint64_t *at, const struct object *iterator) {
  const struct type *t = type_of(iterator);
  bool stores = (uint32_t)at[1] == word_handlers[WORD_STORE_FAST];
  if (t == &list_iterator_type)
    rewrite(at, stores ? WORD_FOR_ITER_LIST_STORE : WORD_FOR_ITER_LIST);
  else if (t == &tuple_iterator_type)
    rewrite(at, stores ? WORD_FOR_ITER_TUPLE_STORE : WORD_FOR_ITER_TUPLE);
  else if (t == &range_iterator_type)
    rewrite(at, stores ? WORD_FOR_ITER_RANGE_STORE : WORD_FOR_ITER_RANGE);
  else if (t == &generator_type)
    rewrite(at, WORD_FOR_ITER_GENERATOR);
  else if (t->next_pair && (uint32_t)at[1] == word_handlers[WORD_UNPACK_STORE_TWO])
    rewrite(at, WORD_FOR_ITER_PAIR_STORE);
  else if (t->next_pair && (uint32_t)at[1] == word_handlers[WORD_UNPACK_SEQUENCE] &&
           word_argument(at[1]) == 2)
    rewrite(at, WORD_FOR_ITER_PAIR);
  else
    rewrite(at, WORD_FOR_ITER_NEXT);
}

/* A method in C of just this class, called on an object of it. */
static enum word word_for_method(const uint64_t *at, const struct descriptor *method,
                                 const struct object *o, size_t n) {
  if (method->owner != &type_of(o)->head)
    return WORD_CALL_ANY;
  switch (method->method->flags & METHOD_FORM) {
  case METHOD_NOARGS:
    return n == 0 ? WORD_CALL_METHOD_NOARGS : WORD_CALL_ANY;
  case METHOD_ONE:
    if (n != 1)
      return WORD_CALL_ANY;
    return method->method->one == list_append_method &&
                   (uint32_t)at[1] == word_handlers[WORD_POP_TOP]
               ? WORD_CALL_LIST_APPEND
               : WORD_CALL_METHOD_ONE;
  case METHOD_FAST:
    return WORD_CALL_METHOD_FAST;
  default:
    return WORD_CALL_ANY;
  }
}
static enum word word_for_builtin(const struct builtin_function *function, size_t n) {
  switch (function->def->flags & METHOD_FORM) {
  case METHOD_ONE:
    return n == 1 ? WORD_CALL_C_ONE : WORD_CALL_ANY;
  case METHOD_FAST:
    return WORD_CALL_C_FAST;
  default:
    return WORD_CALL_ANY;
  }
}

struct function *class_init(struct type *t) {
  if (type_of(&t->head) != &type_type)
    return NULL;
  if (LIKELY(t->init_version == t->version))
    return (struct function *)t->init_function;
  if (!(t->flags & TYPE_HEAP) || t->construct || t->new_ != object_type.new_ ||
      t->flags & TYPE_ABSTRACT)
    return NULL;
  struct object *init = type_lookup_borrowed(t, NAME(init));
  if (!init || !is_function(init) || ((struct function *)init)->entry != vm_call_function)
    return NULL;
  t->init_function = init;
  t->init_version = t->version;
  return (struct function *)init;
}

void specialize_call(uint64_t *at, struct object *const *base, size_t n) {
  struct object *callable = base[0] ? base[0] : base[1];
  enum word word = WORD_CALL_ANY;
  if (is_function(callable))
    word = takes_as_it_stands((const struct function *)callable, n + (base[0] != NULL))
               ? WORD_CALL_PYTHON
               : WORD_CALL_ANY;
  else if (base[0] && type_of(callable) == &method_descriptor_type)
    word = word_for_method(at, (const struct descriptor *)callable, base[1], n);
  else if (!base[0] && type_of(callable) == &builtin_function_type)
    word = word_for_builtin((const struct builtin_function *)callable, n);
  else if (!base[0] && type_of(callable) == &type_type)
    word = ((struct type *)callable)->construct  ? WORD_CALL_TYPE
           : class_init((struct type *)callable) ? WORD_CALL_CLASS
                                                 : WORD_CALL_ANY;
  rewrite(at, word);
}
