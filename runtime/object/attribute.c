/* Attribute lookup in the documented order, and where an inline cache may find an attribute. */
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/model.h"
#include "runtime/object/str.h"
#include "runtime/object/type_internal.h"
#include "runtime/object/type_keys.h"

static bool check_name(struct object *name) {
  if (LIKELY(is_any_str(name)))
    return true;
  error_format(ERROR_TYPE, "attribute name must be string, not '%N'", name);
  return false;
}

void *attribute_error(struct object *o, struct object *name) {
  if (is_type(o))
    error_format(ERROR_ATTRIBUTE, "type object '%s' has no attribute '%U'",
                 ((struct type *)o)->name, name);
  else
    error_format(ERROR_ATTRIBUTE, "'%N' object has no attribute '%U'", o, name);
  return error_set_attribute_place(o, name);
}

/* ---- Instances ---- */

/* The result of a descriptor or class attribute that was found on the type. */
static struct object *bind(struct object *found, struct object *o) {
  ternary_fn *get = type_of(found)->descr_get;
  return get ? get(found, o, &type_of(o)->head) : hold(found);
}

/* found: on the type, held by the caller or NULL. NULL without an error when there is nothing. */
static struct object *get_after_lookup(struct object *o, struct object *name,
                                       struct object *found) {
  if (found && type_of(found)->descr_set && type_of(found)->descr_get)
    return bind(found, o);
  struct object *own = instance_attribute_borrowed(o, name);
  if (own)
    return hold(own);
  if (error_pending() != ERROR_NONE)
    return NULL;
  return found ? bind(found, o) : NULL;
}

struct object *attribute_get_generic(struct object *o, struct object *name) {
  if (!check_name(name))
    return NULL;
  struct object *found = type_lookup_borrowed(type_of(o), name);
  if (found)
    hold(found);
  struct object *result = get_after_lookup(o, name, found);
  drop_null(found);
  return result || error_pending() != ERROR_NONE ? result : attribute_error(o, name);
}

int attribute_set_generic(struct object *o, struct object *name, struct object *value) {
  if (!check_name(name))
    return -1;
  struct object *found = type_lookup_borrowed(type_of(o), name);
  if (found && type_of(found)->descr_set) {
    hold(found);
    int status = type_of(found)->descr_set(found, o, value);
    drop(found);
    return status;
  }
  int done = instance_set_attribute(o, name, value);
  if (done)
    return done < 0 ? -1 : 0;
  if (found && !instance_dict_slot(o)) {
    error_format(ERROR_ATTRIBUTE, "'%N' object attribute '%U' is read-only", o, name);
    error_set_attribute_place(o, name);
  } else
    attribute_error(o, name);
  return -1;
}

/* ---- Types ---- */

/* NULL without an error: there is none. */
static struct object *get_of_type(struct object *type, struct object *name) {
  struct type *t = (struct type *)type;
  struct object *meta = type_lookup_borrowed(type_of(type), name);
  if (meta)
    hold(meta);
  struct object *result = NULL;
  if (meta && type_of(meta)->descr_set && type_of(meta)->descr_get)
    result = bind(meta, type);
  else {
    struct object *found = type_lookup_borrowed(t, name);
    if (found) {
      ternary_fn *get = type_of(found)->descr_get;
      hold(found);
      if (get) {
        result = get(found, NULL, type);
        drop(found);
      } else
        result = found;
    } else if (meta)
      result = bind(meta, type);
  }
  drop_null(meta);
  return result;
}

struct object *attribute_get_of_type(struct object *type, struct object *name) {
  if (!check_name(name))
    return NULL;
  struct object *result = get_of_type(type, name);
  return result || error_pending() != ERROR_NONE ? result : attribute_error(type, name);
}

int attribute_set_of_type(struct object *type, struct object *name, struct object *value) {
  struct type *t = (struct type *)type;
  if (!check_name(name))
    return -1;
  if (!(t->flags & TYPE_HEAP)) {
    error_format(ERROR_TYPE, "cannot set %R attribute of immutable type '%s'", name, t->name);
    return -1;
  }
  struct object *meta = type_lookup_borrowed(type_of(type), name);
  if (meta && type_of(meta)->descr_set) {
    hold(meta);
    int status = type_of(meta)->descr_set(meta, type, value);
    drop(meta);
    return status;
  }
  struct object *own = is_str(name) ? str_intern_taking(hold(name)) : hold(name);
  if (!own)
    return -1;
  int status = type_set_attribute(t, own, value);
  drop(own);
  return status;
}

/* ---- Any object ---- */

struct object *attribute_get(struct object *o, struct object *name) {
  const struct type *t = type_of(o);
  if (LIKELY(t->flags & TYPE_GENERIC_GETATTR))
    return attribute_get_generic(o, name);
  if (UNLIKELY(!check_name(name)))
    return NULL;
  if (UNLIKELY(!t->getattr))
    return attribute_get_generic(o, name);
  struct object *value = t->getattr(o, name);
  if (UNLIKELY(!value) && error_matches(ERROR_ATTRIBUTE))
    error_set_attribute_place(o, name); /* __getattr__ seldom says of what */
  return value;
}

int attribute_set(struct object *o, struct object *name, struct object *value) {
  const struct type *t = type_of(o);
  if (UNLIKELY(!check_name(name)))
    return -1;
  return t->setattr ? t->setattr(o, name, value) : attribute_set_generic(o, name, value);
}

static int found_or_not(const struct object *value) {
  if (value)
    return 1;
  return error_pending() == ERROR_NONE || error_clear_if(ERROR_ATTRIBUTE) ? 0 : -1;
}

int attribute_find_generic(struct object *o, struct object *name, struct object **value) {
  struct object *found = type_lookup_borrowed(type_of(o), name);
  if (found)
    hold(found);
  *value = get_after_lookup(o, name, found);
  drop_null(found);
  return found_or_not(*value);
}

int attribute_find(struct object *o, struct object *name, struct object **value) {
  if (type_of(o)->flags & TYPE_GENERIC_GETATTR && is_any_str(name))
    return attribute_find_generic(o, name, value);
  if (type_of(o) == &module_type && is_any_str(name))
    return module_find_attribute(o, name, value);
  bool is_of_type = type_of(o)->getattr == attribute_get_of_type && is_any_str(name);
  *value = is_of_type ? get_of_type(o, name) : attribute_get(o, name);
  return found_or_not(*value);
}

int attribute_has(struct object *o, struct object *name) {
  struct object *value;
  int found = attribute_find(o, name, &value);
  drop_null(value);
  return found;
}

struct object *attribute_get_ascii(struct object *o, const char *name) {
  struct object *key = str_intern(name);
  struct object *value = key ? attribute_get(o, key) : NULL;
  drop_null(key);
  return value;
}

int attribute_set_ascii(struct object *o, const char *name, struct object *value) {
  struct object *key = str_intern(name);
  int status = key ? attribute_set(o, key, value) : -1;
  drop_null(key);
  return status;
}

struct object *attribute_get_method(struct object *o, struct object *name, bool *self_apart) {
  *self_apart = false;
  if (!(type_of(o)->flags & TYPE_GENERIC_GETATTR) || !is_str(name))
    return attribute_get(o, name);
  struct object *found = type_lookup_borrowed(type_of(o), name);
  if (found && (type_of(found)->flags & TYPE_METHOD)) {
    struct object *own = instance_attribute_borrowed(o, name);
    if (own)
      return hold(own);
    if (error_pending() != ERROR_NONE)
      return NULL;
    *self_apart = true;
    return hold(found);
  }
  return attribute_get_generic(o, name);
}

/* ---- Places for caches ---- */

/* Its class may be given __get__ or __set__ later, which no version of the owner tells. */
static bool may_become_descriptor(const struct object *found) {
  return !type_has(type_of(found), TYPE_IMMUTABLE);
}

void attribute_locate(struct object *o, struct object *name, struct attribute_place *place) {
  struct type *t = type_of(o);
  *place = (struct attribute_place){.version = t->version};
  if (!(t->flags & TYPE_GENERIC_GETATTR) || !is_str(name))
    return;
  struct object *found = type_lookup_borrowed(t, name);
  place->value = found;
  if (found && may_become_descriptor(found))
    return;
  if (found && type_of(found)->descr_set) {
    if (type_of(found) == &property_type && property_getter_borrowed(found))
      place->kind = ATTRIBUTE_PROPERTY;
    else if (!(t->flags & TYPE_TAIL) && (place->offset = (uint16_t)member_offset_of(found, t)))
      place->kind = ATTRIBUTE_SLOT;
    return;
  }
  struct object *own = instance_attribute_borrowed(o, name);
  if (own) {
    struct object **dict = instance_dict_slot(o);
    place->offset = (uint16_t)instance_offset_of(t, name);
    place->is_inline = true;
    if (place->offset && dict && !*dict)
      place->kind = ATTRIBUTE_SLOT;
    else if (dict && *dict && is_dict(*dict) && !(t->flags & TYPE_TAIL)) {
      place->kind = ATTRIBUTE_DICT;
      place->offset = t->dict_offset;
    }
    return;
  }
  if (!found || (t->flags & TYPE_TAIL && t->dict_offset))
    return;
  if ((t->flags & TYPE_MIXED) && type_keys_find(t->keys, name) >= 0) /* others may hide it */
    return;
  if ((place->offset = (uint16_t)instance_offset_of(t, name))) { /* others hide the class's */
    place->is_inline = true;
    place->kind = ATTRIBUTE_SLOT;
    return;
  }
  place->is_hideable = t->dict_offset != 0;
  if (!instance_hides_not(o, name))
    return;
  if (type_of(found)->flags & TYPE_METHOD)
    place->kind = ATTRIBUTE_METHOD;
  else if (!type_of(found)->descr_get)
    place->kind = ATTRIBUTE_CLASS;
}

void attribute_locate_store(struct object *o, struct object *name, struct attribute_place *place) {
  struct type *t = type_of(o);
  *place = (struct attribute_place){.version = t->version};
  if (!(t->flags & TYPE_GENERIC_SETATTR) || !is_str(name))
    return;
  struct object *found = type_lookup_borrowed(t, name);
  if (found && may_become_descriptor(found))
    return;
  if (found && type_of(found)->descr_set) {
    if (!(t->flags & TYPE_TAIL) && (place->offset = (uint16_t)member_offset_of(found, t)))
      place->kind = ATTRIBUTE_SLOT;
    return;
  }
  struct object **dict = instance_dict_slot(o);
  place->offset = (uint16_t)instance_offset_of(t, name);
  place->is_inline = true;
  if (place->offset && dict && !*dict)
    place->kind = ATTRIBUTE_SLOT;
  else if (dict && *dict && is_dict(*dict) && !(t->flags & TYPE_TAIL)) {
    place->kind = ATTRIBUTE_DICT;
    place->offset = t->dict_offset;
  }
}

void attribute_locate_in_type(struct type *t, struct object *name, struct attribute_place *place) {
  *place = (struct attribute_place){.version = t->version};
  if (type_of(&t->head)->getattr != attribute_get_of_type || !is_str(name))
    return;
  struct object *meta = type_lookup_borrowed(type_of(&t->head), name);
  if (meta && type_of(meta)->descr_set)
    return;
  struct object *found = type_lookup_borrowed(t, name);
  if (!found || may_become_descriptor(found) ||
      (type_of(found)->descr_get && !is_function(found) &&
       type_of(found) != &method_descriptor_type))
    return;
  place->kind = ATTRIBUTE_CLASS;
  place->value = found;
}
