/* Attributes of any object, in the documented order:
 *
 *   data descriptor on the type > the instance's own > other descriptor or value on the type >
 *   __getattr__
 *
 * Names are strings; attribute_get and its relatives raise TypeError "attribute name must be
 * string, not 'X'" otherwise. */
#pragma once
#include "runtime/object/instance.h"

struct object *attribute_get(struct object *o, struct object *name);
struct object *attribute_get_ascii(struct object *o, const char *name);
/* 0 and *value NULL: there is none (AttributeError was cleared or never raised); 1: found, owned.
 */
int attribute_find(struct object *o, struct object *name, struct object **value);
/* The same, by the generic way whatever the type says; the name is a string. */
int attribute_find_generic(struct object *o, struct object *name, struct object **value);
int attribute_set(struct object *o, struct object *name, struct object *value); /* NULL: delete */
int attribute_set_ascii(struct object *o, const char *name, struct object *value);
int attribute_has(struct object *o, struct object *name);

/* For calls: the attribute without binding where that can be left out. *self_apart: call the result
 * with o in front; else call it as it is. */
struct object *attribute_get_method(struct object *o, struct object *name, bool *self_apart);

/* The defaults of types: object.__getattribute__, object.__setattr__; type's own and module's. */
struct object *attribute_get_generic(struct object *o, struct object *name);
int attribute_set_generic(struct object *o, struct object *name, struct object *value);
struct object *attribute_get_of_type(struct object *type, struct object *name);
int attribute_set_of_type(struct object *type, struct object *name, struct object *value);

/* ---- What an inline cache may remember ---- */

enum attribute_place_kind {
  ATTRIBUTE_UNCACHED, /* ask attribute_get each time */
  ATTRIBUTE_SLOT,   /* at `offset` of the instance: instance_read_borrowed; if that is NULL, ask */
  ATTRIBUTE_CLASS,  /* `value` as it is, while instance_hides_not (if hideable) */
  ATTRIBUTE_METHOD, /* `value`, to be called with the object in front; likewise */
  ATTRIBUTE_DICT,   /* in the instance's real dict, whose word is at `offset` */
  ATTRIBUTE_PROPERTY, /* `value` is the property: call property_getter_borrowed(value) with o */
};
struct attribute_place {
  enum attribute_place_kind kind;
  uint32_t version;     /* type_of(o)->version for which it holds */
  uint16_t offset;      /* ATTRIBUTE_SLOT: in bytes */
  bool is_inline;       /* ATTRIBUTE_SLOT: an inline attribute, not a member of __slots__ */
  bool is_hideable;     /* ATTRIBUTE_CLASS, _METHOD: test instance_hides_not too */
  struct object *value; /* borrowed from the class */
};
/* Where o's attribute of that name is found; never fails. For storing: ATTRIBUTE_SLOT or
 * ATTRIBUTE_UNCACHED only (the slot may be NULL yet: instance_add_taking). */
void attribute_locate(struct object *o, struct object *name, struct attribute_place *place);
void attribute_locate_store(struct object *o, struct object *name, struct attribute_place *place);
/* A class attribute of a type object: ATTRIBUTE_CLASS with the version of the type itself. */
void attribute_locate_in_type(struct type *t, struct object *name, struct attribute_place *place);

/* ---- Errors ---- */

/* AttributeError "'X' object has no attribute 'name'" with name and obj set; for types and modules
 * their own wording. Return NULL. */
void *attribute_error(struct object *o, struct object *name);
/* Fills in name and obj of a pending AttributeError; returns NULL. */
void *error_set_attribute_place(struct object *o, struct object *name);

/* ---- Descriptors ---- */

extern struct type property_type, classmethod_type, staticmethod_type, super_type,
    mappingproxy_type, method_descriptor_type, classmethod_descriptor_type, member_descriptor_type,
    getset_descriptor_type, slot_wrapper_type, method_wrapper_type;

/* Of methods, getsets and members of static types, and members of __slots__. */
struct descriptor {
  struct object head;
  struct object *owner; /* type */
  union {
    const struct method_def *method;
    const struct getset_def *getset;
    const struct member_def *member;
    struct {
      struct object *slot_name; /* interned: member of __slots__, with slot_offset */
    };
  };
  size_t slot_offset; /* 0: no member of __slots__ */
};

struct object *property_new(struct object *get, struct object *set, struct object *delete_,
                            struct object *doc);                        /* each may be NULL */
struct object *property_getter_borrowed(const struct object *property); /* NULL: none */
struct object *classmethod_new(struct object *callable);
struct object *staticmethod_new(struct object *callable);
struct object *mappingproxy_new(struct object *mapping);
struct object *method_descriptor_new(struct type *t, const struct method_def *def);
struct object *classmethod_descriptor_new(struct type *t, const struct method_def *def);
struct object *getset_descriptor_new(struct type *t, const struct getset_def *def);
struct object *member_descriptor_new(struct type *t, const struct member_def *def);
/* The offset of the slot that a descriptor of __slots__ reads in objects of type t; 0: it is no
 * such descriptor, or not of t. */
size_t member_offset_of(const struct object *descriptor, const struct type *t);
/* super(start, o).name; o is an instance of start, or a subclass of it. LOAD of super().name
 * without making the super object. */
struct object *super_get_attribute(struct type *start, struct object *o, struct object *name);
/* How super() without arguments finds (class, self) in the caller's frame: set by the interpreter.
 * 0, both borrowed; or -1 with a RuntimeError. */
extern int (*super_find_arguments)(struct type **start, struct object **o);

/* __class__, __dir__, __format__, __reduce_ex__, ...: the methods of object. */
struct object *object_dir(struct object *o); /* o.__dir__() as a sorted list: dir(o) */
