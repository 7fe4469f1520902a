/* Slots and names: the table that pairs them, wrappers that make a slot callable from Python, and
 * keeping the slots of a class in step with its special methods. */
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type_slot_functions.h"

/* ---- From a call to a slot ---- */

#define WRAP(name)                                                                                 \
  static struct object *name(struct object *self, struct object *const *args, size_t n,            \
                             struct object *kwnames, void (*function)(void))

/* `before`: of some CPython tells with an empty name what they expect. */
static bool expect_after(const char *before, size_t n, size_t wanted) {
  if (n == wanted)
    return true;
  error_set(ERROR_TYPE, "%sexpected %zu argument%s, got %zu", before, wanted,
            wanted == 1 ? "" : "s", n);
  return false;
}
static bool expect(size_t n, size_t wanted) { return expect_after("", n, wanted); }
static bool expect_unnamed(size_t n, size_t wanted) { return expect_after(" ", n, wanted); }
static struct object *none_unless(int status) { return status < 0 ? NULL : hold(NONE); }

WRAP(wrap_unary) { return expect(n, 0) ? ((unary_fn *)function)(self) : NULL; }
WRAP(wrap_binary) { return expect(n, 1) ? ((binary_fn *)function)(self, args[0]) : NULL; }
WRAP(wrap_reflected) {
  return expect(n, 1) ? ((binary_fn *)function)(args[0], self) : NULL;
}
static bool expect_one_or_two(size_t n) {
  if (n == 1 || n == 2)
    return true;
  error_set(ERROR_TYPE, " expected at %s %d argument%s, got %zu", n < 1 ? "least" : "most",
            n < 1 ? 1 : 2, n < 1 ? "" : "s", n);
  return false;
}
WRAP(wrap_power) {
  return expect_one_or_two(n) ? ((ternary_fn *)function)(self, args[0], n > 1 ? args[1] : NONE)
                              : NULL;
}
WRAP(wrap_reflected_power) {
  return expect_one_or_two(n) ? ((ternary_fn *)function)(args[0], self, n > 1 ? args[1] : NONE)
                              : NULL;
}
WRAP(wrap_truth) {
  if (!expect(n, 0))
    return NULL;
  int truth = ((int (*)(struct object *))function)(self);
  return truth < 0 ? NULL : hold(bool_from(truth));
}
WRAP(wrap_length) {
  if (!expect(n, 0))
    return NULL;
  int64_t length = ((int64_t(*)(struct object *))function)(self);
  return length < 0 ? NULL : int_from_i64(length);
}
WRAP(wrap_hash) {
  if (!expect(n, 0))
    return NULL;
  int64_t hash = ((int64_t(*)(struct object *))function)(self);
  return hash == -1 ? NULL : int_from_i64(hash);
}
WRAP(wrap_contains) {
  if (!expect(n, 1))
    return NULL;
  int found = ((int (*)(struct object *, struct object *))function)(self, args[0]);
  return found < 0 ? NULL : hold(bool_from(found));
}
/* A position, made positive. */
static int position(struct object *self, struct object *index, int64_t *i) {
  if (number_to_i64(index, i, ERROR_OVERFLOW) < 0)
    return -1;
  if (*i < 0 && type_of(self)->sequence.length) {
    int64_t length = type_of(self)->sequence.length(self);
    if (length < 0)
      return -1;
    *i += length;
  }
  return 0;
}
WRAP(wrap_item) {
  int64_t i;
  if (!expect(n, 1) || position(self, args[0], &i) < 0)
    return NULL;
  return ((struct object * (*)(struct object *, int64_t)) function)(self, i);
}
typedef int store_item_fn(struct object *, int64_t, struct object *);
WRAP(wrap_store_item) {
  int64_t i;
  if (!expect_unnamed(n, 2) || position(self, args[0], &i) < 0)
    return NULL;
  return none_unless(((store_item_fn *)function)(self, i, args[1]));
}
WRAP(wrap_delete_item) {
  int64_t i;
  if (!expect(n, 1) || position(self, args[0], &i) < 0)
    return NULL;
  return none_unless(((store_item_fn *)function)(self, i, NULL));
}
WRAP(wrap_repeat) {
  int64_t times;
  if (!expect_unnamed(n, 1) || number_to_i64(args[0], &times, ERROR_OVERFLOW) < 0)
    return NULL;
  return ((struct object * (*)(struct object *, int64_t)) function)(self, times);
}
typedef int store_fn(struct object *, struct object *, struct object *);
WRAP(wrap_store) {
  return expect_unnamed(n, 2) ? none_unless(((store_fn *)function)(self, args[0], args[1])) : NULL;
}
WRAP(wrap_delete) {
  return expect(n, 1) ? none_unless(((store_fn *)function)(self, args[0], NULL)) : NULL;
}
/* object.__setattr__ must not reach around a type's own. */
static bool may_set(struct object *self, void (*function)(void), const char *what) {
  const struct type *t = type_of(self)->builtin_base;
  if (!t || !t->setattr || (void (*)(void))t->setattr == function)
    return true;
  error_format(ERROR_TYPE, "can't apply this %s to %N object", what, self);
  return false;
}
WRAP(wrap_setattr) {
  if (!expect_unnamed(n, 2) || !may_set(self, function, "__setattr__"))
    return NULL;
  return none_unless(((store_fn *)function)(self, args[0], args[1]));
}
WRAP(wrap_delattr) {
  if (!expect(n, 1) || !may_set(self, function, "__delattr__"))
    return NULL;
  return none_unless(((store_fn *)function)(self, args[0], NULL));
}
typedef struct object *compare_fn(struct object *, struct object *, enum compare_op);
WRAP(wrap_lt) {
  return expect(n, 1) ? ((compare_fn *)function)(self, args[0], COMPARE_LT) : NULL;
}
WRAP(wrap_le) {
  return expect(n, 1) ? ((compare_fn *)function)(self, args[0], COMPARE_LE) : NULL;
}
WRAP(wrap_eq) {
  return expect(n, 1) ? ((compare_fn *)function)(self, args[0], COMPARE_EQ) : NULL;
}
WRAP(wrap_ne) {
  return expect(n, 1) ? ((compare_fn *)function)(self, args[0], COMPARE_NE) : NULL;
}
WRAP(wrap_gt) {
  return expect(n, 1) ? ((compare_fn *)function)(self, args[0], COMPARE_GT) : NULL;
}
WRAP(wrap_ge) {
  return expect(n, 1) ? ((compare_fn *)function)(self, args[0], COMPARE_GE) : NULL;
}
WRAP(wrap_next) {
  if (!expect(n, 0))
    return NULL;
  struct object *next = ((unary_fn *)function)(self);
  return next || error_pending() != ERROR_NONE ? next : error_stop_iteration(NULL);
}
WRAP(wrap_call) { return ((call_fn *)function)(self, args, n, kwnames); }
WRAP(wrap_init) {
  return none_unless(((int (*)(struct object *, struct object *const *, size_t,
                               struct object *))function)(self, args, n, kwnames));
}
WRAP(wrap_descr_get) {
  if (!expect_one_or_two(n))
    return NULL;
  struct object *o = args[0] == NONE ? NULL : args[0];
  struct object *owner = n < 2 || args[1] == NONE ? NULL : args[1];
  if (!o && !owner)
    return error_set(ERROR_TYPE, "__get__(None, None) is invalid"), NULL;
  return ((ternary_fn *)function)(self, o, owner);
}
WRAP(wrap_finalize) {
  if (!expect(n, 0))
    return NULL;
  ((void (*)(struct object *))function)(self);
  return hold(NONE);
}

/* ---- The table: rows of one slot stand together ---- */

#define ROW(member, name, generic_, wrap_, doc_)                                                   \
  {.offset = offsetof(struct type, member),                                                        \
   .name_id = NAME_##name,                                                                         \
   .generic = (void (*)(void))generic_,                                                            \
   .wrap = wrap_,                                                                                  \
   .doc = doc_},
/* What the operators' docstrings show; a and b are literals. */
#define SHOWN_add(a, b) a "+" b
#define SHOWN_subtract(a, b) a "-" b
#define SHOWN_multiply(a, b) a "*" b
#define SHOWN_remainder(a, b) a "%" b
#define SHOWN_lshift(a, b) a "<<" b
#define SHOWN_rshift(a, b) a ">>" b
#define SHOWN_bit_and(a, b) a "&" b
#define SHOWN_bit_xor(a, b) a "^" b
#define SHOWN_bit_or(a, b) a "|" b
#define SHOWN_floor_divide(a, b) a "//" b
#define SHOWN_true_divide(a, b) a "/" b
#define SHOWN_matrix_multiply(a, b) a "@" b
#define SHOWN_divmod(a, b) "divmod(" a ", " b ")"
#define SHOWN_negative "-self"
#define SHOWN_positive "+self"
#define SHOWN_absolute "abs(self)"
#define SHOWN_invert "~self"
#define SHOWN_to_int "int(self)"
#define SHOWN_to_float "float(self)"
#define SHOWN_index \
  "self converted to an integer, if self is suitable for use as an index into a list"
#define SHOWN_inplace_add "self+=value"
#define SHOWN_inplace_subtract "self-=value"
#define SHOWN_inplace_multiply "self*=value"
#define SHOWN_inplace_remainder "self%=value"
#define SHOWN_inplace_lshift "self<<=value"
#define SHOWN_inplace_rshift "self>>=value"
#define SHOWN_inplace_and "self&=value"
#define SHOWN_inplace_xor "self^=value"
#define SHOWN_inplace_or "self|=value"
#define SHOWN_inplace_floor_divide "self//=value"
#define SHOWN_inplace_true_divide "self/=value"
#define SHOWN_inplace_matrix_multiply "self@=value"
#define BINARY(member, name, reflected)                                                            \
  ROW(number.member, name, type_slot_##member, wrap_binary,                                        \
      "($self, value, /)\n--\n\nReturn " SHOWN_##member("self", "value") ".")                      \
  ROW(number.member, reflected, type_slot_##member, wrap_reflected,                                \
      "($self, value, /)\n--\n\nReturn " SHOWN_##member("value", "self") ".")
#define UNARY(member, name)                                                                        \
  ROW(number.member, name, type_slot_##member, wrap_unary,                                         \
      "($self, /)\n--\n\nReturn " SHOWN_##member ".")
#define INPLACE(member, name)                                                                      \
  ROW(number.member, name, type_slot_##member, wrap_binary,                                        \
      "($self, value, /)\n--\n\nReturn " SHOWN_##member ".")

static const struct slot_def rows[] = {
    ROW(getattr, getattribute, type_slot_getattr, wrap_binary, "($self, name, /)\n--\n\nReturn getattr(self, name).") ROW(
        getattr,
        getattr,
        type_slot_getattr, NULL, NULL) ROW(setattr, setattr, type_slot_setattr, wrap_setattr,
                                           "($self, name, value, /)\n--\n\nImplement setattr(self, "
                                           "name, value).") ROW(setattr, delattr, type_slot_setattr, wrap_delattr, "($self, name, /)\n--\n\nImplement delattr(self, name).")
        ROW(repr, repr, type_slot_repr, wrap_unary, "($self, /)\n--\n\nReturn repr(self).") ROW(
            hash, hash,
            type_slot_hash,
            wrap_hash,
            "($self, /)\n--\n\nReturn hash(self).") ROW(call, call, type_slot_call, wrap_call, "($self, /, *args, **kwargs)\n--\n\nCall self as a function.")
            ROW(str, str, type_slot_str, wrap_unary, "($self, /)\n--\n\nReturn str(self).") ROW(
                compare,
                lt,
                type_slot_compare, wrap_lt,
                "($self, value, /)\n--\n\nReturn self<value.") ROW(compare, le, type_slot_compare, wrap_le, "($self, value, /)\n--\n\nReturn self<=value.")
                ROW(compare, eq, type_slot_compare, wrap_eq, "($self, value, /)\n--\n\nReturn self==value.") ROW(
                    compare,
                    ne,
                    type_slot_compare, wrap_ne,
                    "($self, value, /)\n--\n\nReturn self!=value.") ROW(compare, gt, type_slot_compare, wrap_gt, "($self, value, /)\n--\n\nReturn self>value.")
                    ROW(compare, ge, type_slot_compare, wrap_ge, "($self, value, /)\n--\n\nReturn self>=value.") ROW(
                        iter, iter,
                        type_slot_iter,
                        wrap_unary,
                        "($self, /)\n--\n\nImplement iter(self).") ROW(next, next, type_slot_next, wrap_next, "($self, /)\n--\n\nImplement next(self).")
                        ROW(descr_get, get, type_slot_descr_get, wrap_descr_get, "($self, instance, owner=None, /)\n--\n\nReturn an attribute of instance, which is of type owner.") ROW(
                            descr_set, set,
                            type_slot_descr_set,
                            wrap_store,
                            "($self, instance, value, /)\n--\n\nSet an attribute of instance to "
                            "value.") ROW(descr_set, delete, type_slot_descr_set, wrap_delete,
                                          "($self, instance, /)\n--\n\nDelete an attribute of "
                                          "instance.") ROW(init, init, type_slot_init, wrap_init,
                                                           "($self, /, *args, "
                                                           "**kwargs)\n--\n\nInitialize self.  See "
                                                           "help(type(self)) for accurate "
                                                           "signature.")
                            ROW(new_, new, type_slot_new, NULL,
                                NULL) ROW(finalize, del, type_slot_finalize, wrap_finalize,
                                          "($self, /)\n--\n\n") TYPE_SLOT_BINARY(BINARY)
                                ROW(number.power, pow, type_slot_power, wrap_power,
                                    "($self, value, mod=None, /)\n--\n\nReturn pow(self, value, "
                                    "mod).")
                                    ROW(number.power, rpow, type_slot_power, wrap_reflected_power,
                                        "($self, value, mod=None, /)\n--\n\nReturn pow(value, "
                                        "self, mod).") ROW(number.inplace_power, ipow, type_slot_inplace_power,
                                                           wrap_power,
                                                           "($self, value, /)\n--\n\nReturn "
                                                           "self**=value.") ROW(number.truth, bool, type_slot_truth, wrap_truth, "($self, /)\n--\n\nTrue if self else False")
                                        TYPE_SLOT_UNARY(UNARY) TYPE_SLOT_INPLACE(
                                            INPLACE) ROW(mapping.length, len, type_slot_length,
                                                         wrap_length, "($self, /)\n--\n\nReturn len(self).")
                                            ROW(mapping.get, getitem, type_slot_get_item, wrap_binary, "($self, key, /)\n--\n\nReturn self[key].") ROW(
                                                mapping.set, setitem, type_slot_set_item,
                                                wrap_store,
                                                "($self, key, value, /)\n--\n\nSet self[key] to "
                                                "value.") ROW(mapping.set, delitem,
                                                              type_slot_set_item,
                                                              wrap_delete,
                                                              "($self, key, /)\n--\n\nDelete "
                                                              "self[key].")
                                                ROW(sequence.length, len, type_slot_length,
                                                    wrap_length, "($self, /)\n--\n\nReturn len(self).")
                                                    ROW(sequence.concat, add, NULL, wrap_binary,
                                                        "($self, value, /)\n--\n\nReturn "
                                                        "self+value.")
                                                        ROW(sequence.repeat, mul, NULL, wrap_repeat,
                                                            "($self, value, /)\n--\n\nReturn "
                                                            "self*value.")
                                                            ROW(sequence.repeat, rmul, NULL,
                                                                wrap_repeat,
                                                                "($self, value, /)\n--\n\nReturn "
                                                                "value*self.") ROW(sequence.item,
                                                                                   getitem,
                                                                                   type_slot_item,
                                                                                   wrap_item,
                                                                                   "($self, key, "
                                                                                   "/)\n--"
                                                                                   "\n\nReturn "
                                                                                   "self[key].")
                                                                ROW(sequence.set_item, setitem,
                                                                    type_slot_store_item,
                                                                    wrap_store_item,
                                                                    "($self, key, value, "
                                                                    "/)\n--\n\nSet self[key] to "
                                                                    "value.") ROW(sequence.set_item,
                                                                                  delitem,
                                                                                  type_slot_store_item,
                                                                                  wrap_delete_item,
                                                                                  "($self, key, "
                                                                                  "/)\n--"
                                                                                  "\n\nDelete "
                                                                                  "self[key].")
                                                                    ROW(sequence.contains, contains,
                                                                        type_slot_contains,
                                                                        wrap_contains,
                                                                        "($self, key, "
                                                                        "/)\n--\n\nReturn key in "
                                                                        "self.") ROW(sequence
                                                                                         .inplace_concat,
                                                                                     iadd, NULL,
                                                                                     wrap_binary,
                                                                                     "($self, "
                                                                                     "value, "
                                                                                     "/)\n--"
                                                                                     "\n\nImplement"
                                                                                     " self+="
                                                                                     "value.")
                                                                        ROW(sequence.inplace_repeat,
                                                                            imul, NULL,
                                                                            wrap_repeat,
                                                                            "($self, value, "
                                                                            "/)\n--\n\nImplement "
                                                                            "self*=value.")
                                                                            ROW(async.await, await,
                                                                                type_slot_await,
                                                                                wrap_unary,
                                                                                "($self, "
                                                                                "/)\n--\n\nReturn "
                                                                                "an iterator to be "
                                                                                "used in await "
                                                                                "expression.")
                                                                                ROW(async.aiter,
                                                                                    aiter,
                                                                                    type_slot_aiter,
                                                                                    wrap_unary,
                                                                                    "($self, "
                                                                                    "/)\n--"
                                                                                    "\n\nReturn an "
                                                                                    "awaitable, "
                                                                                    "that resolves "
                                                                                    "in "
                                                                                    "asynchronous "
                                                                                    "iterator.")
                                                                                    ROW(async.anext,
                                                                                        anext,
                                                                                        type_slot_anext,
                                                                                        wrap_unary,
                                                                                        "($self, "
                                                                                        "/)\n--"
                                                                                        "\n\nReturn"
                                                                                        " a value "
                                                                                        "or raise "
                                                                                        "StopAsyncI"
                                                                                        "teration"
                                                                                        ".")};

typedef void (*any_fn)(void);
static any_fn *slot_at(struct type *t, size_t offset) { return (any_fn *)((char *)t + offset); }

/* ---- From slots to names: static types ---- */

int type_add_wrappers(struct type *t) {
  for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
    const struct slot_def *row = &rows[i];
    any_fn function = *slot_at(t, row->offset);
    struct object *name = model_names[row->name_id];
    if (!row->wrap || !function || (t->base && function == *slot_at(t->base, row->offset)))
      continue;
    if (dict_get_borrowed(t->attributes, name))
      continue;
    bool unhashable = row->name_id == NAME_hash && function == (any_fn)type_unhashable;
    struct object *wrapper = unhashable ? hold(NONE) : slot_wrapper_new(t, row, function);
    if (!wrapper || dict_set(t->attributes, name, wrapper) < 0)
      return drop_null(wrapper), -1;
    drop(wrapper);
  }
  return 0;
}

#define EACH_PLAIN_SLOT(X)                                                                         \
  X(call)                                                                                          \
  X(new_) X(init) X(getattr) X(setattr) X(repr) X(str) X(iter) X(next) X(descr_get) X(descr_set)   \
      X(buffer.get) X(buffer.release) X(finalize)

/* The tables of numbers, sequences, mappings and async are runs of functions. */
static void inherit_run(struct type *t, const struct type *base, size_t offset, size_t bytes) {
  for (size_t at = offset; at < offset + bytes; at += sizeof(any_fn)) {
    any_fn *slot = slot_at(t, at);
    if (!*slot)
      *slot = *(any_fn const *)((const char *)base + at);
  }
}

void type_inherit_slots(struct type *t, const struct type *base) {
#define INHERIT(member)                                                                            \
  if (!t->member)                                                                                  \
    t->member = base->member;
  EACH_PLAIN_SLOT(INHERIT)
  inherit_run(t, base, offsetof(struct type, number), sizeof t->number);
  inherit_run(t, base, offsetof(struct type, sequence), sizeof t->sequence);
  inherit_run(t, base, offsetof(struct type, mapping), sizeof t->mapping);
  inherit_run(t, base, offsetof(struct type, async), sizeof t->async);
  if (!t->compare && !t->equal && !t->hash) {
    t->compare = base->compare;
    t->equal = base->equal;
    t->hash = base->hash;
  } else if (!t->compare && !t->equal) { /* a hash of its own, equality of the base */
    t->compare = base->compare;
    t->equal = base->equal;
  }
}

/* ---- From names to slots: classes ---- */

static any_fn choose(struct type *t, const struct slot_def *row, const struct slot_def *end) {
  any_fn specific = NULL, generic = NULL;
  bool needs_generic = false;
  size_t offset = row->offset;
  for (; row < end && row->offset == offset; row++) {
    struct object *found = type_lookup_borrowed(t, model_names[row->name_id]);
    if (!found)
      continue;
    if (type_of(found) == &slot_wrapper_type) {
      struct slot_wrapper *w = (struct slot_wrapper *)found;
      if (w->def->name_id == row->name_id) {
        struct type *owner = (struct type *)w->owner;
        if (w->def != row) { /* the name belongs to another slot there: this one goes with it */
          if (!type_is_subtype(t, owner)) { /* must refuse what it is called with */
            needs_generic = true;
            generic = row->generic;
          } else if (*slot_at(owner, offset))
            specific = *slot_at(owner, offset);
          continue;
        }
        generic = row->generic;
        if ((!specific || specific == w->function) && type_is_subtype(t, (struct type *)w->owner))
          specific = w->function;
        else
          needs_generic = true;
        continue;
      }
    } else if (row->name_id == NAME_new && is_new_wrapper(found, NULL)) {
      specific = (any_fn)t->base->new_;
      continue;
    } else if (row->name_id == NAME_hash && found == NONE) {
      specific = (any_fn)type_unhashable;
      continue;
    }
    needs_generic = true;
    generic = row->generic;
  }
  return specific && !needs_generic ? specific : generic;
}

static void refill(struct type *t, const struct slot_def *first) {
  any_fn chosen = choose(t, first, rows + ARRAY_SIZE(rows));
  /* Iterators of the class may be in use, and nobody asks them again whether they are some. */
  if (!chosen && first->offset == offsetof(struct type, next) && t->next)
    chosen = (any_fn)type_slot_no_next;
  *slot_at(t, first->offset) = chosen;
}

static void after_refill(struct type *t) {
  t->flags &= ~(uint32_t)(TYPE_GENERIC_GETATTR | TYPE_GENERIC_SETATTR);
  if (t->getattr == attribute_get_generic)
    t->flags |= TYPE_GENERIC_GETATTR;
  if (t->setattr == attribute_set_generic)
    t->flags |= TYPE_GENERIC_SETATTR;
  if (t->finalize)
    t->shape.flags |= GC_FINALIZES;
  type_derive_equal(t);
}

/* Whether a lookup through the class, where it finds nothing in the class itself, is one through
 * its base. */
static bool adds_to_base(const struct type *t) {
  size_t n = tuple_length(t->base->mro);
  if (tuple_length(t->mro) != n + 1 || tuple_get_borrowed(t->mro, 0) != &t->head)
    return false;
  for (size_t i = 0; i < n; i++)
    if (tuple_get_borrowed(t->mro, i + 1) != tuple_get_borrowed(t->base->mro, i))
      return false;
  return true;
}

static bool defines_any(const struct type *t, const struct slot_def *row) {
  for (size_t offset = row->offset; row < rows + ARRAY_SIZE(rows) && row->offset == offset; row++)
    if (dict_get_borrowed(t->attributes, model_names[row->name_id]))
      return true;
  return false;
}

/* Most classes define few of the names, and what they don't define they have from their base: the
 * slots of a class are what its names say already; those of object's direct children, which say
 * nothing themselves, are found once. */
void type_fix_slots(struct type *t) {
  static any_fn of_object[ARRAY_SIZE(rows)];
  static bool is_known[ARRAY_SIZE(rows)];
  bool adds = adds_to_base(t), is_of_class = t->base->flags & TYPE_HEAP;
  for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
    if (i && rows[i].offset == rows[i - 1].offset)
      continue;
    bool inherits = adds && (is_of_class || t->base == &object_type) && !defines_any(t, &rows[i]);
    any_fn *slot = slot_at(t, rows[i].offset);
    if (inherits && is_of_class)
      *slot = *slot_at(t->base, rows[i].offset);
    else if (inherits && is_known[i])
      *slot = of_object[i];
    else
      refill(t, &rows[i]);
    if (inherits && !is_of_class) {
      of_object[i] = *slot;
      is_known[i] = true;
    }
  }
  t->buffer = t->base->buffer;
  after_refill(t);
}

struct update {
  struct object *name;
};
static int update(struct type *t, void *context) {
  struct object *name = ((struct update *)context)->name;
  for (size_t i = 0, first = 0; i < ARRAY_SIZE(rows); i++) {
    if (rows[i].offset != rows[first].offset)
      first = i;
    if (str_same_text(model_names[rows[i].name_id], name))
      refill(t, &rows[first]);
  }
  after_refill(t);
  return type_each_subclass(t, update, context);
}

/* Most attributes that are set on classes are none: the names of slots are __so__. */
static bool may_be_of_slot(const struct object *name) {
  size_t n = str_length(name);
  if (n <= 4 || !str_is_ascii(name))
    return false;
  const char *text = str_data(name);
  return text[0] == '_' && text[1] == '_' && text[n - 1] == '_' && text[n - 2] == '_';
}

bool type_update_slot(struct type *t, struct object *name) {
  if (!may_be_of_slot(name))
    return false;
  for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
    if (str_same_text(model_names[rows[i].name_id], name)) {
      update(t, &(struct update){name});
      return true;
    }
  return false;
}
