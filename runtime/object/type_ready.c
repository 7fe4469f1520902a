/* Readying static types: base, mro, inherited slots, and the dict with everything their tables say.
 */
#include "base/vec.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type_internal.h"
#include <string.h>

static struct { VEC(struct type *); } ready; /* static types, in order; bookkeeping */

void model_visit_types(void (*visit)(struct type *, void *), void *context) {
  for (size_t i = 0; i < ready.n; i++)
    visit(ready.items[i], context);
}

/* ---- Equality for containers ---- */

static int equal_by_compare(struct object *a, struct object *b) {
  return compare_true(a, b, COMPARE_EQ);
}

static struct object *compare_by_equal(struct object *a, struct object *b, enum compare_op op) {
  if (op != COMPARE_EQ && op != COMPARE_NE)
    return hold(NOT_IMPLEMENTED);
  int (*equal)(struct object *, struct object *) = type_of(a)->equal;
  int same = equal ? equal(a, b) : a == b;
  if (same < 0)
    return NULL;
  if (!same && type_of(a) != type_of(b)) /* the other may know better */
    return hold(NOT_IMPLEMENTED);
  return hold(bool_from((op == COMPARE_EQ) == same));
}

/* The equality of containers (type.equal) of a class goes with the compare it has. */
void type_derive_equal(struct type *t) {
  if (t->compare == object_compare_slot) {
    t->equal = NULL;
    return;
  }
  for (struct type *base = t->base; base; base = base->base)
    if (base->compare == t->compare && !(base->flags & TYPE_HEAP)) {
      t->equal = base->equal;
      return;
    }
  t->equal = equal_by_compare;
}

/* ---- Dict ---- */

static int add_taking(struct type *t, const char *name, struct object *value) {
  struct object *key = value ? str_intern(name) : NULL;
  int status = key ? 0 : -1;
  if (key && !dict_get_borrowed(t->attributes, key))
    status = dict_set(t->attributes, key, value);
  drop_null(key);
  drop_null(value);
  return status;
}

/* Methods that a wrapper must not stand for. */
static int add_instead_of_wrappers(struct type *t) {
  for (const struct method_def *def = t->methods; def && def->name; def++)
    if ((def->flags & METHOD_COEXIST) &&
        add_taking(t, def->name, method_descriptor_new(t, def)) < 0)
      return -1;
  return 0;
}

int type_add_tables(struct type *t) {
  for (const struct method_def *def = t->methods; def && def->name; def++) {
    struct object *o;
    if (def->flags & METHOD_CLASS)
      o = classmethod_descriptor_new(t, def);
    else if (def->flags & METHOD_STATIC) {
      struct object *f = builtin_function_new(def, &t->head, NULL);
      o = f ? staticmethod_new(f) : NULL;
      drop_null(f);
    } else
      o = method_descriptor_new(t, def);
    if (add_taking(t, def->name, o) < 0)
      return -1;
  }
  for (const struct member_def *def = t->members; def && def->name; def++)
    if (add_taking(t, def->name, member_descriptor_new(t, def)) < 0)
      return -1;
  for (const struct getset_def *def = t->getsets; def && def->name; def++)
    if (add_taking(t, def->name, getset_descriptor_new(t, def)) < 0)
      return -1;
  return 0;
}

enum { SOME_WRAPPERS = 4 };

/* The text behind the signature of a docstring: "f(x)\n--\n\nText". */
static const char *text_of_doc(const char *doc) {
  const char *end = strstr(doc, "\n--\n\n");
  const char *line = strchr(doc, '\n');
  return end && end == line ? end + 5 : doc;
}

/* Room for the tables, and for some wrappers where there are any; most types have few names. */
static size_t entries_of(const struct type *t) {
  size_t n = 0;
  for (const struct method_def *def = t->methods; def && def->name; def++)
    n++;
  for (const struct member_def *def = t->members; def && def->name; def++)
    n++;
  for (const struct getset_def *def = t->getsets; def && def->name; def++)
    n++;
  return n ? n + SOME_WRAPPERS : 0;
}

static int fill_dict(struct type *t) {
  if (!t->attributes) {
    struct object *dict = dict_new_sized(entries_of(t));
    if (!dict)
      return -1;
    store_first(&t->head, &t->attributes, dict);
  }
  if (t->new_ && !type_has(t, TYPE_NO_INSTANCE) && (!t->base || t->new_ != t->base->new_) &&
      add_taking(t, "__new__", new_wrapper_new(t)) < 0)
    return -1;
  if (add_instead_of_wrappers(t) < 0 || type_add_wrappers(t) < 0 || type_add_tables(t) < 0)
    return -1;
  const char *doc = t->doc ? text_of_doc(t->doc) : NULL;
  if (add_taking(t, "__doc__", doc ? str_from_utf8(doc, strlen(doc)) : hold(NONE)) < 0)
    return -1;
  if (t->hash == type_unhashable && !dict_get_borrowed(t->attributes, NAME(hash)) &&
      dict_set(t->attributes, NAME(hash), NONE) < 0)
    return -1;
  return 0;
}

/* ---- Bases ---- */

/* What a metaclass's mro() says is trusted only with classes whose methods find their fields. */
static bool check_in_mro(struct type *t, struct object *each) {
  if (!is_type(each))
    error_format(ERROR_TYPE, "mro() returned a non-class ('%N')", each);
  else if (!type_is_subtype(type_solid_base(t), type_solid_base((struct type *)each)))
    error_format(ERROR_TYPE, "mro() returned base with unsuitable layout ('%s')",
                 ((struct type *)each)->name);
  else
    return true;
  return false;
}

int type_set_mro(struct type *t) {
  struct object *mro;
  bool apart;
  struct object *f = NULL;
  if (type_of(&t->head) != &type_type)
    f = type_lookup_special(&t->head, NAME(plain_mro), &apart);
  if (f) {
    struct object *args[] = {NULL, &t->head};
    struct object *result = call_object(f, args + 1 + !apart, apart | CALL_SCRATCH, NULL);
    drop(f);
    if (!result)
      return -1;
    mro = iterate_to_tuple(result);
    drop(result);
    for (size_t i = 0; mro && i < tuple_length(mro); i++) {
      struct object *each = tuple_get_borrowed(mro, i);
      if (!check_in_mro(t, each)) {
        drop(mro);
        mro = NULL;
      }
    }
  } else {
    if (error_pending() != ERROR_NONE)
      return -1;
    mro = type_linearize(t);
  }
  if (!mro)
    return -1;
  store(&t->head, &t->mro, mro);
  type_modified(t);
  return 0;
}

static int set_bases(struct type *t) {
  if (!t->base && t != &object_type)
    t->base = &object_type;
  if (!t->bases) {
    struct object *bases = t->base ? tuple_pack(1, t->base) : tuple_new(0);
    if (!bases)
      return -1;
    store_first(&t->head, &t->bases, bases);
  }
  struct object *mro = type_linearize(t);
  if (!mro)
    return -1;
  store(&t->head, &t->mro, mro);
  return t->base ? type_add_subclass(t->base, t) : 0;
}

static const struct {
  struct type *type;
  uint32_t flag;
} kinds[] = {{&type_type, TYPE_IS_TYPE}};

static void inherit_from_base(struct type *t) {
  const struct type *base = t->base;
  t->builtin_base = t;
  for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
    if (kinds[i].type == t)
      t->flags |= kinds[i].flag;
  if (!base)
    return;
  t->flags |= base->flags & (TYPE_IS_A | TYPE_SEQUENCE | TYPE_MAPPING);
  if (!t->dict_offset)
    t->dict_offset = base->dict_offset;
  if (!t->shape.weak_offset && base->shape.weak_offset) {
    t->shape.weak_offset = base->shape.weak_offset;
    t->shape.flags |= GC_WEAKREFS;
  }
  type_inherit_slots(t, base);
}

int type_ready(struct type *t) {
  if (t->flags & TYPE_READY)
    return 0;
  if (t->base && type_ready(t->base) < 0)
    return -1;
  type_open(t);
  if (!vec_push(&ready, t))
    return error_no_memory(), -1;
  t->flags |= TYPE_READY | TYPE_IMMUTABLE;
  const char *dot = strrchr(t->name, '.');
  struct object *name = str_intern(dot ? dot + 1 : t->name);
  if (!name)
    return -1;
  store(&t->head, &t->short_name, name);
  if (t->equal && !t->compare)
    t->compare = compare_by_equal;
  if (t->compare && !t->equal && t != &object_type)
    t->equal = equal_by_compare;
  if ((t->compare || t->equal) && !t->hash && t->base)
    t->hash = type_unhashable;
  if (set_bases(t) < 0)
    return -1;
  inherit_from_base(t);
  if (fill_dict(t) < 0)
    return -1;
  if (t->getattr == attribute_get_generic)
    t->flags |= TYPE_GENERIC_GETATTR;
  if (t->setattr == attribute_set_generic)
    t->flags |= TYPE_GENERIC_SETATTR;
  type_modified(t);
  return 0;
}

static void forget(struct type *t) {
  struct object **const fields[] = {&t->attributes, &t->mro,      &t->short_name,
                                    &t->subclasses, &t->qualname, &t->bases};
  for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
    struct object *o = *fields[i];
    *fields[i] = NULL;
    drop_null(o);
  }
  t->flags &= ~(uint32_t)TYPE_READY;
}

void type_close_ready(void) {
  while (ready.n)
    forget(ready.items[--ready.n]);
  vec_free(&ready);
  type_forget_cache();
}

void type_visit_ready(gc_visit_fn *visit, void *context) {
  for (size_t i = 0; i < ready.n; i++) {
    struct type *t = ready.items[i];
    struct object *const fields[] = {t->attributes, t->mro,      t->short_name,
                                     t->subclasses, t->qualname, t->bases};
    for (size_t k = 0; k < ARRAY_SIZE(fields); k++)
      if (fields[k])
        visit(fields[k], context);
  }
}
