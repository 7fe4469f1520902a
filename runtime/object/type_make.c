/* Making classes: what the class statement asks of type(name, bases, namespace).
 *
 * The layout is the base's, then what is added here: see instance.h. The type is complete and in
 * the hands of the collector before any foreign code runs (__set_name__, __init_subclass__, mro).
 */
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type_internal.h"
#include "runtime/object/type_keys.h"
#include "runtime/object/weakref.h"
#include <string.h>

unsigned (*type_predict_attributes)(struct type *t, struct object **names, unsigned max);

/* ---- Layout ---- */

static unsigned subtype_spans(struct object *o, struct gc_span spans[GC_SPANS_MAX]) {
  const struct type *t = type_of(o);
  unsigned n = gc_spans_of(o, &t->builtin_base->shape, spans);
  CHECK(n < GC_SPANS_MAX);
  size_t offset = t->slots_offset;
  if (t->flags & TYPE_TAIL)
    offset = instance_base_bytes(o) + offset - TAIL_ORIGIN;
  spans[n] = (struct gc_span){instance_slot(o, offset), t->slots_n};
  if (UNLIKELY(t->flags & TYPE_MIXED) && instance_marked_bytes(instance_dict_slot(o)))
    spans[n].n -= t->inline_n;
  return n + 1;
}

static size_t tail_bytes(const struct object *o) {
  return instance_base_bytes(o) + type_of(o)->tail_bytes;
}

static void subtype_clear(struct object *o) {
  const struct type *t = type_of(o);
  if (t->builtin_base->clear)
    t->builtin_base->clear(o);
  struct gc_span spans[GC_SPANS_MAX];
  unsigned n = subtype_spans(o, spans), first = t->builtin_base->clear ? n - 1 : 0;
  for (unsigned s = first; s < n; s++)
    for (size_t i = 0; i < spans[s].n; i++) {
      struct object *referent = spans[s].first[i];
      spans[s].first[i] = NULL;
      drop_null(referent);
    }
}

/* Everything that depends on how many references stand behind the base part. */
static void set_slots_n(struct type *t, unsigned inline_n) {
  const struct type *base = t->builtin_base;
  bool has_own_dict = t->dict_offset && !base->dict_offset;
  t->inline_n = (uint16_t)inline_n;
  t->slots_n = t->members_n + has_own_dict + inline_n;
  size_t bytes = t->slots_n * sizeof(struct object *);
  if (t->flags & TYPE_TAIL) /* weak references last: the collector finds them from the end */
    t->tail_bytes =
        (uint16_t)(bytes + (t->shape.weak_offset == GC_WEAK_LAST ? sizeof(struct object *) : 0));
  else {
    t->shape.basic_bytes = (uint16_t)(t->slots_offset + bytes);
    if (t->shape.layout == GC_FIXED && base == &object_type)
      t->shape.refs_n = (uint16_t)t->slots_n;
  }
}

void type_lay_out(struct type *t) {
  if (t->flags & TYPE_LAID_OUT)
    return;
  t->flags |= TYPE_LAID_OUT;
  if (!(t->flags & TYPE_INLINE))
    return;
  /* The names of the base first, so that both agree about the order. */
  struct type *base = t->base;
  if (base->flags & TYPE_INLINE) {
    type_lay_out(base);
    for (unsigned i = 0; base->keys && i < base->keys->n; i++)
      if (type_keys_find(t->keys, base->keys->names[i]) < 0)
        type_keys_add(t, base->keys->names[i]);
  }
  if (type_predict_attributes) {
    struct object *names[INSTANCE_INLINE_MAX];
    unsigned n = type_predict_attributes(t, names, INSTANCE_INLINE_MAX);
    for (unsigned i = 0; i < n; i++)
      if (type_keys_find(t->keys, names[i]) < 0)
        type_keys_add(t, names[i]);
  }
  unsigned n = t->keys ? t->keys->n : 0;
  n = n ? n + (n > 3) : INSTANCE_INLINE_DEFAULT;
  set_slots_n(t, n < INSTANCE_INLINE_MAX ? n : INSTANCE_INLINE_MAX);
  /* Blocks are multiples of 16 bytes: what is left over is a slot for one more. */
  if (n < INSTANCE_INLINE_MAX && !(t->flags & TYPE_TAIL) && t->shape.basic_bytes % 16)
    set_slots_n(t, n + 1);
  bool hides = false;
  for (unsigned i = 0; t->keys && i < t->keys->n; i++)
    hides |= type_lookup_borrowed(t, t->keys->names[i]) != NULL;
  if (hides)
    type_modified(t);
}

void type_lay_out_like(struct type *t, const struct type *other) {
  type_lay_out(t);
  if ((t->flags & TYPE_INLINE) && t->inline_n != other->inline_n)
    set_slots_n(t, other->inline_n);
}

static void shape_instances(struct type *t, bool adds_dict, bool adds_weakrefs) {
  struct type *base = t->base, *builtin = base->builtin_base;
  const struct gc_shape *from = &builtin->shape;
  t->builtin_base = builtin;
  bool varies = from->bytes || from->item_bytes;
  if (builtin == &type_type) { /* instances are types; they have all they need */
    t->shape = *from;
    t->shape.flags |= GC_VISITS_TYPE;
    t->destroy = builtin->destroy;
    t->release = builtin->release;
    t->dict_offset = builtin->dict_offset;
    t->flags |= TYPE_LAID_OUT;
    return;
  }
  t->shape = (struct gc_shape){
      .layout = builtin == &object_type ? GC_FIXED : GC_SPANS,
      .flags =
          (uint8_t)(GC_CONTAINER | GC_VISITS_TYPE | (from->flags & (GC_RELEASES | GC_FINALIZES)) |
                    (builtin == &object_type ? GC_PLAIN : from->flags & GC_PLAIN)),
      .weak_offset = from->weak_offset,
      .n_offset = from->n_offset,
      .item_bytes = 0,
      .bytes = varies ? tail_bytes : NULL,
      .spans = subtype_spans,
      .basic_bytes = from->basic_bytes};
  if (from->layout == GC_VISIT) {
    t->shape.layout = GC_VISIT;
    t->shape.visit = from->visit;
  }
  t->flags |= varies ? TYPE_TAIL : 0;
  size_t at = varies ? TAIL_ORIGIN : align_up(from->basic_bytes, sizeof(void *));
  if (varies && (adds_weakrefs || base->shape.weak_offset == GC_WEAK_LAST))
    t->shape.weak_offset = GC_WEAK_LAST;
  if (!varies && !from->weak_offset) { /* room for the head of a list, whether used or not */
    if (adds_weakrefs || base->shape.weak_offset)
      t->shape.weak_offset = (uint16_t)at;
    at += sizeof(void *);
  }
  if (t->shape.weak_offset)
    t->shape.flags |= GC_WEAKREFS;
  t->slots_offset = (uint16_t)at;
  t->shape.refs_offset = (uint16_t)at;
  at += t->members_n * sizeof(void *);
  if (builtin->dict_offset)
    t->dict_offset = builtin->dict_offset;
  else if (adds_dict || base->dict_offset) {
    t->dict_offset = (uint16_t)at;
    t->inline_offset = (uint16_t)(at + sizeof(void *));
    t->flags |= TYPE_INLINE;
  }
  t->destroy = type_destroy_generic;
  t->clear = builtin == &object_type ? NULL : subtype_clear;
  t->release = builtin->release;
  set_slots_n(t, 0);
}

/* ---- The best base ---- */

static bool adds_layout(const struct type *t) {
  const struct type *base = t->base;
  if (!base)
    return false;
  if (t->flags & TYPE_HEAP)
    return t->members_n > base->members_n;
  return t->shape.basic_bytes != base->shape.basic_bytes ||
         t->shape.item_bytes != base->shape.item_bytes || t->shape.bytes != base->shape.bytes;
}

struct type *type_solid_base(struct type *t) {
  while (t->base && !adds_layout(t))
    t = t->base;
  return t;
}

struct type *type_best_base_borrowed(struct object *bases) {
  struct type *winner = NULL, *best = NULL;
  for (size_t i = 0; i < tuple_length(bases); i++) {
    struct object *o = tuple_get_borrowed(bases, i);
    if (!is_type(o))
      return error_format(ERROR_TYPE, "bases must be types");
    struct type *base = (struct type *)o;
    if ((base->flags & TYPE_HEAP) && !base->mro) /* its metaclass's mro() is running */
      return error_format(ERROR_TYPE, "Cannot extend an incomplete type '%s'", base->name);
    if (!(base->flags & (TYPE_READY | TYPE_HEAP)) && type_ready(base) < 0)
      return NULL;
    if (!(base->flags & TYPE_BASE))
      return error_format(ERROR_TYPE, "type '%s' is not an acceptable base type", base->name);
    struct type *candidate = type_solid_base(base);
    if (!winner || (type_is_subtype(candidate, winner) && candidate != winner)) {
      winner = candidate;
      best = base;
    } else if (!type_is_subtype(winner, candidate))
      return error_format(ERROR_TYPE, "multiple bases have instance lay-out conflict");
  }
  return best;
}

struct type *type_calculate_metaclass_borrowed(struct type *metatype, struct object *bases) {
  struct type *winner = metatype;
  for (size_t i = 0; i < tuple_length(bases); i++) {
    struct type *each = type_of(tuple_get_borrowed(bases, i));
    if (type_is_subtype(winner, each))
      continue;
    if (!type_is_subtype(each, winner))
      return error_format(ERROR_TYPE,
                          "metaclass conflict: the metaclass of a derived class must be a "
                          "(non-strict) subclass of the metaclasses of all its bases");
    winner = each;
  }
  return winner;
}

/* ---- __slots__ ---- */

struct slots {
  struct object *names; /* list of str, mangled and sorted; NULL: no __slots__ */
  bool dict, weakrefs;
};

struct object *type_mangle(struct object *class_name, struct object *name) {
  size_t n = str_length(name), c = str_length(class_name), skip = 0;
  bool special = n < 2 || str_at(name, 0) != '_' || str_at(name, 1) != '_' ||
                 (str_at(name, n - 1) == '_' && str_at(name, n - 2) == '_');
  for (size_t i = 0; i < n && !special; i++)
    special = str_at(name, i) == '.';
  while (skip < c && str_at(class_name, skip) == '_')
    skip++;
  if (special || skip == c)
    return hold(name);
  struct object *stripped = str_slice(class_name, skip, c);
  struct object *result = stripped ? str_format("_%U%U", stripped, name) : NULL;
  drop_null(stripped);
  return result;
}

static int add_sorted(struct object *list, struct object *name) {
  size_t at = 0;
  while (at < list_length(list) && str_compare(list_get_borrowed(list, at), name) <= 0)
    at++;
  return list_insert(list, at, name);
}

/* Objects of varying size are not weakly referenced, but for those of subclasses of str. */
static bool takes_weakrefs(const struct type *base) {
  const struct gc_shape *shape = &base->builtin_base->shape;
  return type_has(base, TYPE_IS_STR) || (!shape->bytes && !shape->item_bytes);
}

static int one_slot(struct slots *slots, struct type *base, struct object *class_name,
                    struct object *namespace, struct object *name) {
  if (!is_any_str(name)) {
    error_format(ERROR_TYPE, "__slots__ items must be strings, not '%N'", name);
    return -1;
  }
  if (!str_is_identifier(name)) {
    error_format(ERROR_TYPE, "__slots__ must be identifiers");
    return -1;
  }
  if (str_same_text(name, NAME(dict))) {
    if (slots->dict || base->dict_offset || base == &type_type ||
        base->builtin_base == &type_type) {
      error_format(ERROR_TYPE, "__dict__ slot disallowed: we already got one");
      return -1;
    }
    slots->dict = true;
    return 0;
  }
  if (str_same_text(name, NAME(weakref))) {
    if (slots->weakrefs || base->shape.weak_offset || !takes_weakrefs(base)) {
      error_format(ERROR_TYPE, "__weakref__ slot disallowed: either we already got one, "
                               "or __itemsize__ != 0");
      return -1;
    }
    slots->weakrefs = true;
    return 0;
  }
  struct object *mangled = type_mangle(class_name, name);
  if (!mangled)
    return -1;
  mangled = str_intern_taking(mangled);
  if (!mangled)
    return -1;
  int status = 0;
  if (dict_get_borrowed(namespace, mangled) && !str_same_text(mangled, NAME(qualname)) &&
      !str_same_text(mangled, NAME(classcell))) {
    error_format(ERROR_VALUE, "%R in __slots__ conflicts with class variable", name);
    status = -1;
  } else
    status = add_sorted(slots->names, mangled);
  drop(mangled);
  return status;
}

static int read_slots(struct slots *slots, struct type *base, struct object *bases,
                      struct object *class_name, struct object *namespace) {
  *slots = (struct slots){0};
  bool may_dict = !base->dict_offset && base->builtin_base != &type_type;
  const struct gc_shape *shape = &base->builtin_base->shape;
  bool varies = shape->bytes || shape->item_bytes || base->builtin_base == &type_type;
  bool may_weakrefs = !base->shape.weak_offset && takes_weakrefs(base);
  struct object *given = dict_get_borrowed(namespace, NAME(slots));
  if (!given) {
    slots->dict = may_dict;
    slots->weakrefs = may_weakrefs;
    return error_pending() == ERROR_NONE ? 0 : -1;
  }
  struct object *items = is_any_str(given) ? tuple_pack(1, given) : iterate_to_tuple(given);
  if (!items)
    return -1;
  slots->names = list_new(0);
  int status = slots->names ? 0 : -1;
  bool refuses = varies && tuple_length(items) && !type_has(base, TYPE_IS_STR);
  for (size_t i = 0; status == 0 && !refuses && i < tuple_length(items); i++)
    status = one_slot(slots, base, class_name, namespace, tuple_get_borrowed(items, i));
  if (status == 0 && refuses) {
    error_format(ERROR_TYPE, "nonempty __slots__ not supported for subtype of '%s'", base->name);
    status = -1;
  }
  drop(items);
  for (size_t i = 0; status == 0 && i < tuple_length(bases); i++) { /* what other bases have */
    struct type *other = (struct type *)tuple_get_borrowed(bases, i);
    if (other == base)
      continue;
    slots->dict |= may_dict && other->dict_offset;
    slots->weakrefs |= may_weakrefs && other->shape.weak_offset;
  }
  return status;
}

/* ---- Attributes of the new class ---- */

struct object *(*type_current_module)(void);

static int wrap_if_function(struct object *dict, struct object *name,
                            struct object *(*wrap)(struct object *)) {
  struct object *f = dict_get_borrowed(dict, name);
  if (!f || !is_function(f))
    return 0;
  struct object *wrapped = wrap(f);
  int status = wrapped ? dict_set(dict, name, wrapped) : -1;
  drop_null(wrapped);
  return status;
}

static int set_names_of_class(struct type *t) {
  struct object *dict = t->attributes;
  if (!dict_get_borrowed(dict, NAME(module)) && type_current_module) {
    struct object *module = type_current_module();
    if (!module && error_pending() != ERROR_NONE)
      return -1;
    if (module && dict_set(dict, NAME(module), module) < 0)
      return drop(module), -1;
    drop_null(module);
  }
  struct object *qualname = dict_get_borrowed(dict, NAME(qualname));
  if (qualname) {
    if (!is_any_str(qualname)) {
      error_format(ERROR_TYPE, "type __qualname__ must be a str, not %N", qualname);
      return -1;
    }
    store_first(&t->head, &t->qualname, hold(qualname));
    if (dict_delete(dict, NAME(qualname)) < 0)
      return -1;
  }
  if (wrap_if_function(dict, NAME(new), staticmethod_new) < 0 ||
      wrap_if_function(dict, NAME(init_subclass), classmethod_new) < 0 ||
      wrap_if_function(dict, NAME(class_getitem), classmethod_new) < 0)
    return -1;
  struct object *cell = dict_get_borrowed(dict, NAME(classcell));
  if (cell) {
    if (!is_cell(cell)) {
      error_format(ERROR_TYPE, "__classcell__ must be a nonlocal cell, not <class '%N'>", cell);
      return -1;
    }
    cell_set_taking(cell, hold(&t->head));
    if (dict_delete(dict, NAME(classcell)) < 0)
      return -1;
  }
  return 0;
}

/* What a class has without saying so, unless __slots__ names it. */
static int set_defaults_of_class(struct type *t) {
  struct object *dict = t->attributes;
  if (!dict_get_borrowed(dict, NAME(doc)) && dict_set(dict, NAME(doc), NONE) < 0)
    return -1;
  return dict_get_borrowed(dict, NAME(eq)) && !dict_get_borrowed(dict, NAME(hash))
             ? dict_set(dict, NAME(hash), NONE)
             : 0;
}

/* The __dict__ of the static base, if that has its own idea of it: types, modules, exceptions. Set
 * without an error when there is none to ask. New reference. */
static struct object *dict_descriptor_of_base(struct object *o) {
  struct type *base = type_of(o)->builtin_base;
  struct object *found = base && (base->dict_offset || base == &type_type)
                             ? type_lookup_borrowed(base, NAME(dict))
                             : NULL;
  return found ? hold(found) : NULL;
}

static struct object *get_dict(struct object *o, void *closure) {
  struct object *descriptor = dict_descriptor_of_base(o);
  if (descriptor) {
    ternary_fn *get = type_of(descriptor)->descr_get;
    struct object *result = get ? get(descriptor, o, &type_of(o)->head) : hold(descriptor);
    drop(descriptor);
    return result;
  }
  struct object *dict = instance_dict_borrowed(o);
  if (!dict && error_pending() == ERROR_NONE)
    return error_format(ERROR_ATTRIBUTE, "This object has no __dict__");
  return dict ? hold(dict) : NULL;
}
static int set_dict(struct object *o, struct object *value, void *closure) {
  struct object *descriptor = dict_descriptor_of_base(o);
  if (descriptor) {
    int (*set)(struct object *, struct object *, struct object *) = type_of(descriptor)->descr_set;
    int status = -1;
    if (set)
      status = set(descriptor, o, value);
    else
      error_format(ERROR_TYPE, "this __dict__ descriptor does not support '%N' objects", o);
    drop(descriptor);
    return status;
  }
  if (value && !is_any_dict(value)) {
    error_format(ERROR_TYPE, "__dict__ must be set to a dictionary, not a '%N'", value);
    return -1;
  }
  return instance_set_dict(o, value);
}
static struct object *get_weakrefs(struct object *o, void *closure) {
  bool has_list = type_of(o)->shape.flags & GC_WEAKREFS;
  struct object *first = has_list ? *weakref_list_of(o, type_of(o)) : NULL;
  return hold(first ? first : NONE);
}
const struct getset_def type_dict_getset = {"__dict__", get_dict, set_dict,
                                            "dictionary for instance variables (if defined)", NULL};
static const struct getset_def weakref_getset = {
    "__weakref__", get_weakrefs, NULL, "list of weak references to the object (if defined)", NULL};

static int add_descriptor(struct type *t, struct object *name, struct object *descriptor) {
  int status = descriptor ? 0 : -1;
  if (descriptor && !dict_get_borrowed(t->attributes, name))
    status = dict_set(t->attributes, name, descriptor);
  drop_null(descriptor);
  return status;
}

/* The definition of a member goes with its descriptor: see descriptor.c. */
static int add_members(struct type *t, const struct slots *slots) {
  for (size_t i = 0; slots->names && i < list_length(slots->names); i++) {
    struct object *name = list_get_borrowed(slots->names, i);
    size_t offset =
        t->slots_offset + (t->members_n - list_length(slots->names) + i) * sizeof(struct object *);
    if (add_descriptor(t, name, member_descriptor_for_slot(t, name, offset)) < 0)
      return -1;
  }
  if (slots->dict && add_descriptor(t, NAME(dict), getset_descriptor_new(t, &type_dict_getset)) < 0)
    return -1;
  if (slots->weakrefs &&
      add_descriptor(t, NAME(weakref), getset_descriptor_new(t, &weakref_getset)) < 0)
    return -1;
  return 0;
}

/* ---- The whole ---- */

static struct type *allocate(struct type *metatype, struct object *name) {
  struct object *text = codec_encode(name, NULL, NULL);
  if (!text)
    return NULL;
  size_t bytes = bytes_length(text);
  char *own = NULL;
  if (memchr(bytes_data(text), 0, bytes))
    error_set(ERROR_VALUE, "type name must not contain null characters");
  else if (!(own = gc_buffer_new(bytes + 1)))
    error_no_memory();
  else
    memcpy(own, bytes_data(text), bytes + 1);
  drop(text);
  struct type *t = own ? (struct type *)gc_new_container(metatype, sizeof *t) : NULL;
  if (!t) {
    if (own) {
      gc_buffer_free(own, bytes + 1);
      error_no_memory();
    }
    return NULL;
  }
  memset((char *)t + sizeof(struct object), 0, sizeof *t - sizeof(struct object));
  if (metatype->shape.flags & GC_VISITS_TYPE)
    hold(&metatype->head);
  /* What the collector reads must be there before anything else is allocated. */
  t->shape.basic_bytes = sizeof(struct object);
  t->name = own;
  t->version = type_next_version();
  t->destroy = type_destroy_generic;
  t->builtin_base = &object_type;
  gc_track(&t->head);
  return t;
}

static int set_name_of(struct type *t, struct object *key, struct object *value) {
  bool apart;
  struct object *f = type_lookup_special(value, NAME(set_name), &apart);
  if (!f)
    return error_pending() == ERROR_NONE ? 0 : -1;
  struct object *args[] = {NULL, value, &t->head, key};
  struct object *result = call_object(f, args + 2 - apart, (2 + apart) | CALL_SCRATCH, NULL);
  drop(f);
  if (!result) {
    error_set_from_pending(ERROR_RUNTIME, "Error calling __set_name__ on '%N' instance %R in '%s'",
                           value, key, t->name);
    return -1;
  }
  drop(result);
  return 0;
}

static int set_names(struct type *t) {
  struct object *copy = dict_copy(t->attributes), *key, *value;
  if (!copy)
    return -1;
  size_t position = 0;
  int status = 0;
  while (status == 0 && dict_next(copy, &position, &key, &value))
    status = set_name_of(t, key, value);
  drop(copy);
  return status;
}

static int init_subclass(struct type *t, struct object *const *kwvalues, struct object *kwnames) {
  struct object *f = super_get_attribute(t, &t->head, NAME(init_subclass));
  struct object *result = f ? call_object(f, kwvalues, 0, kwnames) : NULL;
  drop_null(f);
  if (!result)
    return -1;
  drop(result);
  return 0;
}

/* A docstring is to be text that can be shown. */
static int check_doc(struct object *namespace) {
  struct object *doc = dict_get_borrowed(namespace, NAME(doc));
  if (!doc)
    return error_pending() == ERROR_NONE ? 0 : -1;
  struct object *bytes =
      is_any_str(doc) && !str_is_ascii(doc) ? codec_encode(doc, NULL, NULL) : hold(doc);
  drop_null(bytes);
  return bytes ? 0 : -1;
}

static int complete(struct type *t, struct object *name, struct object *bases, struct type *base,
                    struct object *namespace, const struct slots *slots) {
  t->base = (struct type *)hold(&base->head);
  store_first(&t->head, &t->bases, hold(bases));
  store_first(&t->head, &t->short_name, hold(name));
  struct object *dict = dict_new();
  if (!dict)
    return -1;
  store_first(&t->head, &t->attributes, dict);
  if (dict_merge_mapping(dict, namespace, DICT_REPLACE) < 0 || check_doc(dict) < 0)
    return -1;
  t->flags = TYPE_HEAP | TYPE_BASE | (base->flags & (TYPE_IS_A | TYPE_SEQUENCE | TYPE_MAPPING));
  t->members_n = (uint16_t)(base->members_n + (slots->names ? list_length(slots->names) : 0));
  shape_instances(t, slots->dict, slots->weakrefs);
  t->check = base->builtin_base->check;
  if (set_names_of_class(t) < 0 || add_members(t, slots) < 0 || set_defaults_of_class(t) < 0 ||
      type_set_mro(t) < 0)
    return -1;
  type_inherit_slots(t, base);
  type_fix_slots(t);
  t->flags |= TYPE_READY;
  for (size_t i = 0; i < tuple_length(bases); i++)
    if (type_add_subclass((struct type *)tuple_get_borrowed(bases, i), t) < 0)
      return -1;
  t->flags &= ~(uint32_t)(TYPE_SEQUENCE | TYPE_MAPPING); /* the first in the mro that is either */
  for (size_t i = 0; i < tuple_length(t->mro) && !(t->flags & (TYPE_SEQUENCE | TYPE_MAPPING)); i++)
    t->flags |=
        ((struct type *)tuple_get_borrowed(t->mro, i))->flags & (TYPE_SEQUENCE | TYPE_MAPPING);
  if (t->destroy == type_destroy_generic && !t->finalize && t->builtin_base == &object_type &&
      t->slots_offset == offsetof(struct instance, slots))
    t->destroy = instance_destroy;
  return 0;
}

static struct object *make(struct type *metatype, struct object *name, struct object *bases,
                           struct object *namespace, struct object *const *kwvalues,
                           struct object *kwnames) {
  struct type *base = type_best_base_borrowed(bases);
  if (!base)
    return NULL;
  struct slots slots;
  struct type *t = NULL;
  if (read_slots(&slots, base, bases, name, namespace) == 0 &&
      (t = allocate(metatype, name)) != NULL) {
    if (complete(t, name, bases, base, namespace, &slots) < 0 || set_names(t) < 0 ||
        init_subclass(t, kwvalues, kwnames) < 0) {
      drop(&t->head);
      t = NULL;
    }
  }
  drop_null(slots.names);
  return (struct object *)t;
}

struct object *type_make(struct type *metatype, struct object *name, struct object *bases,
                         struct object *namespace, struct object *const *kwvalues,
                         struct object *kwnames) {
  struct object *own_bases =
      tuple_length(bases) ? hold(bases) : tuple_pack(1, (struct object *)&object_type);
  if (!own_bases)
    return NULL;
  for (size_t i = 0; i < tuple_length(own_bases); i++) {
    struct object *each = tuple_get_borrowed(own_bases, i), *entries;
    if (is_type(each))
      continue;
    int found = attribute_find(each, NAME(mro_entries), &entries);
    drop_null(found > 0 ? entries : NULL);
    if (found > 0)
      error_format(ERROR_TYPE, "type() doesn't support MRO entry resolution; "
                               "use types.new_class()");
    else if (found == 0)
      error_format(ERROR_TYPE, "bases must be types");
    drop(own_bases);
    return NULL;
  }
  struct type *winner = type_calculate_metaclass_borrowed(metatype, own_bases);
  struct object *result = NULL;
  if (winner && winner != metatype && winner->new_ != type_new_slot) {
    size_t n = kwnames ? tuple_length(kwnames) : 0;
    struct object **args = gc_buffer_new((3 + n) * sizeof *args);
    if (args) {
      args[0] = name;
      args[1] = bases;
      args[2] = namespace;
      memcpy(args + 3, kwvalues, n * sizeof *args);
      result = winner->new_(winner, args, 3, kwnames);
      gc_buffer_free(args, (3 + n) * sizeof *args);
    } else
      error_no_memory();
  } else if (winner)
    result = make(winner, name, own_bases, namespace, kwvalues, kwnames);
  drop(own_bases);
  return result;
}

/* ---- Instances ---- */

struct object *type_generic_alloc(struct type *t) {
  if (!(t->flags & TYPE_LAID_OUT) && (t->flags & TYPE_HEAP))
    type_lay_out(t);
  size_t bytes = t->shape.basic_bytes;
  struct object *o = t->shape.flags & GC_CONTAINER ? gc_new_container(t, bytes) : gc_new(t, bytes);
  if (UNLIKELY(!o))
    return error_no_memory();
  memset(o + 1, 0, bytes - sizeof *o);
  if (t->shape.flags & GC_VISITS_TYPE)
    hold(&t->head);
  if (t->shape.flags & GC_CONTAINER)
    gc_track(o);
  return o;
}

struct object *type_allocate(struct type *t, size_t base_bytes) {
  if (!(t->flags & TYPE_LAID_OUT) && (t->flags & TYPE_HEAP))
    type_lay_out(t);
  size_t start = align_up(base_bytes, sizeof(void *));
  size_t bytes = t->flags & TYPE_TAIL ? start + t->tail_bytes : base_bytes;
  if (!(t->flags & TYPE_TAIL) && t->shape.basic_bytes > bytes)
    bytes = t->shape.basic_bytes;
  struct object *o = t->shape.flags & GC_CONTAINER ? gc_new_container(t, bytes) : gc_new(t, bytes);
  if (UNLIKELY(!o))
    return error_no_memory();
  memset(o + 1, 0, bytes - sizeof *o);
  if (t->shape.flags & GC_VISITS_TYPE)
    hold(&t->head);
  return o;
}
