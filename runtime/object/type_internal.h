/* What the files type*.c share among themselves. */
#pragma once
#include "runtime/object/type.h"

uint32_t type_next_version(void);
void type_open_cache(void);
void type_forget_cache(void);

/* type_lookup.c: who derives from whom (weakly), and the linearisation as a new tuple. */
int type_add_subclass(struct type *base, struct type *t);
void type_remove_subclass(struct type *base, struct type *t);
/* Stops at the first result that is not 0. */
int type_each_subclass(struct type *t, int (*visit)(struct type *subclass, void *context),
                       void *context);
struct object *type_linearize(struct type *t);

/* type_slots.c */
/* Fills slots of t that are empty from its base (static types) or from all of its mro. */
void type_inherit_slots(struct type *t, const struct type *base);
/* Puts wrappers for the slots of t that differ from its base's into its dict. */
int type_add_wrappers(struct type *t);
/* Makes all slots of a run-time type those that its special methods ask for. */
void type_fix_slots(struct type *t);
/* The same for the slots of one name, in t and all that inherit it. False: no slot has that name.
 */
bool type_update_slot(struct type *t, struct object *name);

/* type_ready.c */
/* mro, via the metaclass's mro() if that is overridden. */
int type_set_mro(struct type *t);
int type_add_tables(struct type *t);
/* Equality for containers follows compare. */
void type_derive_equal(struct type *t);

/* type_make.c */
struct type *type_solid_base(struct type *t); /* the nearest that adds to the layout */
void type_lay_out(struct type *t);            /* fixes inline_n; before the first instance */
struct type *type_best_base_borrowed(struct object *bases);       /* NULL with the error */
void type_lay_out_like(struct type *t, const struct type *other); /* with as many inline slots */

extern const struct getset_def type_dict_getset; /* __dict__ of instances */
struct object *member_descriptor_for_slot(struct type *t, struct object *name, size_t offset);

/* class_of.c */
struct object *class_of_get(struct object *o, void *closure);
int class_of_set(struct object *o, struct object *value, void *closure);

/* type_attributes.c: the tables of type itself. */
extern const struct method_def type_methods[];
extern const struct getset_def type_getsets[];
extern const struct member_def type_members[];
struct object *type_call_slot(struct object *type, struct object *const *args, size_t n,
                              struct object *kwnames);
struct object *type_new_slot(struct type *t, struct object *const *args, size_t n,
                             struct object *kwnames);
int type_init_slot(struct object *o, struct object *const *args, size_t n, struct object *kwnames);
struct object *type_repr_slot(struct object *o);
struct object *type_or_slot(struct object *a, struct object *b); /* union.c */

/* object_methods.c */
extern const struct method_def object_methods[];
extern const struct getset_def object_getsets[];
struct object *object_new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames);
int object_init_slot(struct object *o, struct object *const *args, size_t n,
                     struct object *kwnames);
struct object *object_repr_slot(struct object *o);
struct object *object_str_slot(struct object *o);
struct object *object_dir_of_class(struct type *t);
struct object *object_compare_slot(struct object *a, struct object *b, enum compare_op op);

/* descriptor.c: what the slot machinery needs of its wrappers. */
struct slot_def;
struct slot_wrapper {
  struct object head;
  struct object *owner; /* the type it belongs to */
  const struct slot_def *def;
  void (*function)(void); /* what the slot held */
};
typedef struct object *slot_wrap_fn(struct object *self, struct object *const *args, size_t n,
                                    struct object *kwnames, void (*function)(void));
struct slot_def {
  uint16_t offset;       /* of the slot in struct type */
  uint16_t name_id;      /* enum model_name */
  void (*generic)(void); /* the slot's function that calls the special method; NULL: none */
  slot_wrap_fn *wrap;    /* NULL: no wrapper under this name */
  const char *doc;
};
struct object *slot_wrapper_new(struct type *owner, const struct slot_def *def,
                                void (*function)(void));
struct object *new_wrapper_new(struct type *owner); /* __new__ of a static type */
bool is_new_wrapper(const struct object *o, struct type **owner);

/* type_ready.c: all static types that were readied lose what they gathered; and what they hold. */
void type_close_ready(void);
void type_visit_ready(gc_visit_fn *visit, void *context);
