/* Function-like objects: functions of Python, bound methods, cells, modules; and the plain types
 * around generics. Builtin functions: call.h. Properties and their like: attribute.h. */
#pragma once
#include "runtime/object/type.h"

extern struct type function_type, method_type, cell_type, module_type, namespace_type,
    generic_alias_type, generic_alias_iterator_type, union_type;

/* A Python function. The code object belongs to runtime/bytecode; how a function is called, to the
 * interpreter, which sets function_call.
 *
 * version: changes with code, defaults or keyword defaults; never 0. Call caches compare it. */
struct function {
  struct object head;
  struct object *code, *globals, *builtins; /* builtins: dict */
  struct object *name, *qualname;           /* str */
  struct object *defaults;                  /* tuple; NULL: none */
  struct object *kwdefaults;                /* dict; NULL: none */
  struct object *closure;                   /* tuple of cells; NULL: none */
  struct object *annotations;               /* dict, or tuple of names and values; NULL: none */
  struct object *doc, *module;              /* NULL: none */
  struct object *dict;                      /* NULL: none yet */
  struct object *weakrefs;                  /* not owned */
  call_fn *entry; /* how the interpreter runs it: the type's call goes here */
  uint32_t version;
  uint32_t unused;
};
/* What a new function gets as its entry; ERROR_SYSTEM until the interpreter sets it. */
extern call_fn *function_entry;
/* The name, qualified name and first constant (docstring, NULL: none) of a code object, borrowed;
 * and how many free variables it has: set by the interpreter, for function(), __code__ and
 * __closure__. */
struct function_code_facts {
  struct object *name, *qualname, *doc;
  size_t free_n;
};
extern bool (*function_read_code)(struct object *code, struct function_code_facts *facts);

/* The function is about to get another code: what runs its present one is to hold it by itself. -1
 * with an error. Set by the interpreter. */
extern int (*function_code_changes)(struct object *function);

/* The builtins of functions whose globals name none: set by the interpreter; borrowed, may be NULL.
 */
extern struct object *(*function_default_builtins)(void);

/* qualname NULL: the code's. __module__ is taken from globals["__name__"]. */
struct object *function_new(struct object *code, struct object *globals, struct object *qualname);
static inline bool is_function(const struct object *o) { return type_of(o) == &function_type; }
/* Each NULL for none; takes a new version. */
void function_set_defaults_taking(struct object *function, struct object *tuple);
void function_set_kwdefaults_taking(struct object *function, struct object *dict);
void function_set_closure_taking(struct object *function, struct object *tuple);
void function_set_annotations_taking(struct object *function, struct object *annotations);

struct method {
  struct object head;
  struct object *function, *self;
  struct object *weakrefs; /* not owned */
};
struct object *method_new(struct object *function, struct object *self);
static inline bool is_method(const struct object *o) { return type_of(o) == &method_type; }

struct cell {
  struct object head;
  struct object *value; /* NULL: empty */
};
struct object *cell_new(struct object *value); /* NULL: empty */
static inline bool is_cell(const struct object *o) { return type_of(o) == &cell_type; }
static inline struct object *cell_get_borrowed(const struct object *cell) {
  return ((const struct cell *)cell)->value;
}
static inline void cell_set_taking(struct object *cell, struct object *value) {
  store(cell, &((struct cell *)cell)->value, value);
}

struct module {
  struct object head;
  struct object *dict; /* never NULL */
  struct object *weakrefs;
};
/* How modules show themselves: set by the import system, which knows loaders and specs. NULL
 * without an error, or no function: by name and file alone. */
extern struct object *(*module_repr_by_loader)(struct object *module);
struct object *module_new(struct object *name); /* __name__ and the usual Nones set */
struct object *module_new_ascii(const char *name);
struct object *module_dict_borrowed(const struct object *module);
/* attribute_find for one of module_type itself and a name that is a string. */
int module_find_attribute(struct object *module, struct object *name, struct object **value);
int module_add(struct object *module, const char *name, struct object *value);
int module_add_taking(struct object *module, const char *name, struct object *value); /* NULL: -1 */
/* All functions of a table, as builtins of that module. */
int module_add_functions(struct object *module, const struct method_def *methods);
static inline bool is_any_module(const struct object *o) {
  return type_of(o) == &module_type || type_is_subtype(type_of(o), &module_type);
}

struct object *namespace_new(struct object *dict); /* types.SimpleNamespace; copies; NULL: empty */
/* list[int]: args is a tuple or the one argument. */
struct object *generic_alias_new(struct object *origin, struct object *args);
/* For method tables: __class_getitem__ of a generic class. */
struct object *generic_alias_class_getitem(struct object *cls, struct object *item);
#define METHOD_CLASS_GETITEM                                                                       \
  {                                                                                                \
    .name = "__class_getitem__", .flags = METHOD_ONE | METHOD_CLASS,                               \
    .one = generic_alias_class_getitem, .doc = "See PEP 585"                                       \
  }
/* a | b of types, None and aliases; NOT_IMPLEMENTED for others. type's number.bit_or. */
struct object *union_or(struct object *a, struct object *b);

struct slice {
  struct object head;
  struct object *start, *stop, *step; /* NONE where left out */
};
extern struct type slice_type;
struct object *slice_new(struct object *start, struct object *stop,
                         struct object *step); /* NULL: NONE
                                                */
void slice_open(void);
void slice_release_caches(void);
static inline bool is_slice(const struct object *o) { return type_of(o) == &slice_type; }
/* The three as numbers, clipped to 64 bits; then fitted to a length, returning the item count. */
int slice_unpack(struct object *slice, int64_t *start, int64_t *stop, int64_t *step);
/* A position as a slice takes it, for start and stop arguments of methods: clipped to 64 bits. -1
 * with a TypeError when it is no number. */
int slice_index(struct object *o, int64_t *value);
/* (start, stop, step) fitted to a length, ints of any size: what slice.indices returns. */
struct object *slice_indices(struct object *slice, struct object *length);
int64_t slice_adjust(int64_t length, int64_t *start, int64_t *stop, int64_t step);
