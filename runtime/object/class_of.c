/* __class__: which class an object has, and giving it another.
 *
 * Classes may take each other's objects when they lay them out alike, as in CPython; only in the
 * number of inline attributes may they differ. The attributes then move into a dict, and the object
 * keeps its block, which has not the size its new class says. Such an object is marked: its first
 * inline slot says how many bytes it has (instance_block_mark), which no reference looks like. Its
 * class becomes TYPE_MIXED, for good: its shape asks each object for size and references, and no
 * cache knows its inline slots by their offsets, as a marked object may not have as many. */
#include "runtime/object/attribute.h"
#include "runtime/object/audit.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/instance.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type_internal.h"
#include "runtime/object/type_keys.h"

struct object *class_of_get(struct object *o, void *closure) {
  return hold(&type_of(o)->head);
}

/* ---- Which classes agree ---- */

/* The nearest class that adds members, a dict or weak references to its base. */
static const struct type *layer_of(const struct type *t) {
  while ((t->flags & TYPE_HEAP) && t->base && t->members_n == t->base->members_n &&
         !t->dict_offset == !t->base->dict_offset &&
         t->shape.weak_offset == t->base->shape.weak_offset)
    t = t->base;
  return t;
}

/* Whether all members that a itself adds stand at the same place under the same name in b. */
static bool same_members(const struct type *a, const struct type *b) {
  struct object *name, *value;
  size_t position = 0;
  while (a->attributes && dict_next(a->attributes, &position, &name, &value)) {
    size_t offset = member_offset_of(value, a);
    struct object *other = offset ? dict_get_borrowed(b->attributes, name) : NULL;
    if (offset && (!other || member_offset_of(other, b) != offset))
      return false;
  }
  return true;
}

static bool same_slots(const struct type *a, const struct type *b) {
  a = layer_of(a);
  b = layer_of(b);
  if (a == b || !((a->flags & b->flags) & TYPE_HEAP))
    return true;
  /* CPython finds no dicts that stand behind items: int, tuple, bytes. */
  bool hidden = (a->flags & TYPE_TAIL) && !type_has(a, TYPE_IS_STR);
  return !hidden && a->base == b->base && same_members(a, b);
}

/* Static types have no place for slots. */
static bool same_layout(const struct type *a, const struct type *b) {
  bool both = (a->flags & TYPE_HEAP) && (b->flags & TYPE_HEAP);
  return a->builtin_base == b->builtin_base && a->members_n == b->members_n &&
         a->shape.weak_offset == b->shape.weak_offset && a->dict_offset == b->dict_offset &&
         (both ? a->slots_offset == b->slots_offset && same_slots(a, b)
               : a->shape.basic_bytes == b->shape.basic_bytes);
}

/* ---- Blocks of other sizes ---- */

static size_t natural_bytes(const struct object *o, const struct type *t) {
  return t->flags & TYPE_TAIL ? instance_base_bytes(o) + t->tail_bytes : t->shape.basic_bytes;
}

static size_t mixed_bytes(const struct object *o) {
  size_t marked = instance_marked_bytes(instance_dict_slot((struct object *)(uintptr_t)o));
  return marked ? marked : natural_bytes(o, type_of(o));
}

/* Objects that are there already keep what they have: their first slot is no mark. */
static void make_mixed(struct type *t) {
  if (t->flags & TYPE_MIXED)
    return;
  t->flags |= TYPE_MIXED;
  t->shape.layout = GC_SPANS;
  t->shape.bytes = mixed_bytes;
  if (t->destroy == instance_destroy)
    t->destroy = type_destroy_generic;
  type_modified(t);
}

/* o has its attributes in a dict and is about to be of class t. */
static void fit_block(struct object *o, struct type *t) {
  size_t bytes = gc_object_bytes(o);
  struct object **dict = instance_dict_slot(o);
  bool fits = bytes == natural_bytes(o, t);
  if (!fits)
    make_mixed(t);
  dict[1] = fits ? NULL : instance_block_mark(bytes);
}

/* ---- Another class ---- */

static int differs(const struct type *from, const struct type *to) {
  error_format(ERROR_TYPE, "__class__ assignment: '%s' object layout differs from '%s'",
               type_short_name(to), type_short_name(from));
  return -1;
}

/* 0: it has changed its class meanwhile. */
static int change(struct object *o, struct type *from, struct type *to) {
  if (!same_layout(from, to))
    return differs(from, to);
  if (from->flags & TYPE_HEAP)
    type_lay_out(from);
  if ((to->flags & TYPE_HEAP) && !(to->flags & TYPE_LAID_OUT))
    type_lay_out_like(to, from);
  CHECK((from->flags & TYPE_INLINE) == (to->flags & TYPE_INLINE));
  /* Slots mean other names there: the attributes move into a dict. */
  if ((from->flags & TYPE_INLINE) && !instance_dict_borrowed(o))
    return -1;
  if (type_of(o) != from)
    return 0;
  if (to->flags & TYPE_INLINE)
    fit_block(o, to);
  if (to->shape.flags & GC_VISITS_TYPE)
    hold(&to->head);
  o->type = to;
  if (from->shape.flags & GC_VISITS_TYPE)
    drop(&from->head);
  return 1;
}

int class_of_set(struct object *o, struct object *value, void *closure) {
  if (!value) {
    error_format(ERROR_TYPE, "can't delete __class__ attribute");
    return -1;
  }
  if (!is_type(value)) {
    error_format(ERROR_TYPE, "__class__ must be set to a class, not '%N' object", value);
    return -1;
  }
  if (AUDIT_FAILS("object.__setattr__",
                  tuple_pack_taking(3, hold(o), str_intern("__class__"), hold(value))))
    return -1;
  struct type *to = (struct type *)value;
  int changed = 0;
  while (!changed && type_of(o) != to) {
    struct type *from = type_of(o);
    bool modules = type_is_subtype(to, &module_type) && type_is_subtype(from, &module_type);
    if (!modules && (!(from->flags & TYPE_HEAP) || !(to->flags & TYPE_HEAP))) {
      error_format(ERROR_TYPE,
                   "__class__ assignment only supported for mutable types or ModuleType "
                   "subclasses");
      return -1;
    }
    changed = change(o, from, to);
  }
  return changed < 0 ? -1 : 0;
}
