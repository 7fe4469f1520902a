/* Types. A type is an object; behind its header stands what the collector reads (gc/header.h), then
 * what the interpreter calls (slots), then what Python sees (bases, mro, dict).
 *
 * Static types are part of the program and immortal; they need only what differs from their base,
 * and inherit the rest when they are readied. Types made at run time live in the heap: each of
 * their instances holds a reference on them (GC_VISITS_TYPE).
 *
 * Slots and special methods are two views of one thing. Readying a static type puts a wrapper into
 * its dict for each slot it fills (`__add__` calls number.add); making a class, or setting a
 * special method on one, fills the slot with a function that calls the method, or with the C
 * function itself where the method found is such a wrapper.
 *
 * Slots return what functions do everywhere: a reference the caller owns, NULL or -1 with an error
 * set. Binary slots are called with either operand of their type and return NOT_IMPLEMENTED where
 * they don't know the other. */
#pragma once
#include "runtime/object/call.h"

enum compare_op { /* as in COMPARE_OP */
                  COMPARE_LT,
                  COMPARE_LE,
                  COMPARE_EQ,
                  COMPARE_NE,
                  COMPARE_GT,
                  COMPARE_GE
};

typedef struct object *unary_fn(struct object *o);
typedef struct object *binary_fn(struct object *a, struct object *b);
typedef struct object *ternary_fn(struct object *a, struct object *b, struct object *c);

struct type_number {
  binary_fn *add, *subtract, *multiply, *remainder, *divmod;
  ternary_fn *power; /* the third is NONE without a modulus */
  unary_fn *negative, *positive, *absolute;
  int (*truth)(struct object *o);
  unary_fn *invert;
  binary_fn *lshift, *rshift, *bit_and, *bit_xor, *bit_or;
  unary_fn *to_int, *to_float;
  binary_fn *inplace_add, *inplace_subtract, *inplace_multiply, *inplace_remainder;
  ternary_fn *inplace_power;
  binary_fn *inplace_lshift, *inplace_rshift, *inplace_and, *inplace_xor, *inplace_or;
  binary_fn *floor_divide, *true_divide, *inplace_floor_divide, *inplace_true_divide;
  unary_fn *index;
  binary_fn *matrix_multiply, *inplace_matrix_multiply;
};
struct type_sequence {
  int64_t (*length)(struct object *o);
  binary_fn *concat;
  struct object *(*repeat)(struct object *o, int64_t times);
  struct object *(*item)(struct object *o, int64_t i); /* i has been made positive, not checked */
  int (*set_item)(struct object *o, int64_t i, struct object *value); /* value NULL: delete */
  int (*contains)(struct object *o, struct object *value);
  binary_fn *inplace_concat;
  struct object *(*inplace_repeat)(struct object *o, int64_t times);
};
struct type_mapping {
  int64_t (*length)(struct object *o);
  binary_fn *get;
  int (*set)(struct object *o, struct object *key, struct object *value); /* NULL: delete */
};
struct type_async {
  unary_fn *await, *aiter, *anext;
  /* What `await` asks of an iterator, without a StopIteration: 1 and what it yields, 0 and its
   * value, -1. NULL: next, or the method send. */
  int (*send)(struct object *o, struct object *value, struct object **result);
};
struct buffer_view; /* protocol.h */
struct type_buffer {
  int (*get)(struct object *o, struct buffer_view *view, int flags);
  void (*release)(struct object *o, struct buffer_view *view);
};

/* An attribute that reads and writes by functions; a table ends with a name of NULL. */
struct getset_def {
  const char *name;
  struct object *(*get)(struct object *o, void *closure);
  int (*set)(struct object *o, struct object *value, void *closure); /* value NULL: delete; NULL:
                                                                        read-only */
  const char *doc;
  void *closure;
};
enum member_kind {
  MEMBER_OBJECT,    /* NULL reads as None */
  MEMBER_OBJECT_EX, /* NULL: AttributeError */
  MEMBER_INT32,
  MEMBER_UINT32,
  MEMBER_INT64,
  MEMBER_SIZE,
  MEMBER_BOOL,   /* one byte */
  MEMBER_STRING, /* const char *; NULL reads as None */
  MEMBER_DOUBLE,
};
enum { MEMBER_READONLY = 1 };
/* An attribute that is a field; a table ends with a name of NULL. */
struct member_def {
  const char *name;
  uint8_t kind; /* enum member_kind */
  uint8_t flags;
  uint16_t offset;
  const char *doc;
};

/* Which attributes the instances of a class keep inline: instance.h. */
struct type_keys;

enum type_flags {
  TYPE_READY = 1 << 0,
  TYPE_HEAP = 1 << 1,        /* made at run time; mutable */
  TYPE_BASE = 1 << 2,        /* can be derived from */
  TYPE_NO_INSTANCE = 1 << 3, /* can't be called: "cannot create 'X' instances" */
  TYPE_INLINE = 1 << 4,      /* instances have a dict word and inline attributes */
  TYPE_TAIL = 1 << 5,        /* what Python adds stands behind a base part of varying size */
  TYPE_METHOD = 1 << 6,      /* instances bind like functions: LOAD_METHOD may leave self apart */
  TYPE_SEQUENCE = 1 << 7,    /* matches [a, b] patterns */
  TYPE_MAPPING = 1 << 8,     /* matches {k: v} patterns */
  TYPE_MATCH_SELF = 1 << 9,  /* C(x) matches the subject itself with x */
  TYPE_ABSTRACT = 1 << 10,   /* has abstract methods: can't be instantiated */
  TYPE_GENERIC_GETATTR = 1 << 11, /* getattr is attribute_get_generic: set by readying */
  TYPE_GENERIC_SETATTR = 1 << 12,
  TYPE_IMMUTABLE = 1 << 13,
  TYPE_LAID_OUT = 1 << 14,    /* run-time type: inline_n is fixed */
  TYPE_STATIC_DICT = 1 << 15, /* static type with a dict field at dict_offset */
  TYPE_MIXED = 1 << 29,       /* some instances have blocks of other classes: class_of.c */
  /* What a type derives from, itself included; inherited. */
  TYPE_IS_INT = 1 << 16,
  TYPE_IS_STR = 1 << 17,
  TYPE_IS_BYTES = 1 << 18,
  TYPE_IS_TUPLE = 1 << 19,
  TYPE_IS_LIST = 1 << 20,
  TYPE_IS_DICT = 1 << 21,
  TYPE_IS_TYPE = 1 << 22,
  TYPE_IS_EXCEPTION = 1 << 23,
  TYPE_IS_FLOAT = 1 << 24,
  TYPE_IS_SET = 1 << 25,
  TYPE_IS_BYTEARRAY = 1 << 26,
  TYPE_IS_FROZENSET = 1 << 27,
  TYPE_IS_COMPLEX = 1 << 28,
  TYPE_IS_A = 0x1fff << 16,
};

struct type {
  struct object head;
  struct gc_shape shape; /* must be second: gc_shape_of */
  const char *name;      /* static types: "module.name" or "name"; else the text of __name__ */
  /* Life: see gc/host.h for the contracts of the first four. NULL: nothing to do. */
  void (*destroy)(struct object *o); /* rc: at count zero; never NULL once the runtime is open */
  void (*clear)(
      struct object *o); /* rc; NULL: each reference of the spans is taken out and dropped */
  void (*release)(struct object *o);
  void (*finalize)(struct object *o);
  bool (*wants_finalizer)(const struct object *o); /* static types; NULL: always */
  int (*equal)(struct object *a, struct object *b); /* a has this type; NULL: identity */
  int64_t (*hash)(struct object *o); /* NULL: by address; type_unhashable: an error */
  bool (*check)(const struct object *o, char *error, size_t error_bytes); /* its invariants */
  uint32_t version;          /* changes with every change of attributes here or above; never 0 */
  uint32_t flags;            /* enum type_flags */
  uint32_t slots_n;          /* references of an instance behind those of its static base */
  uint16_t dict_offset;      /* of the dict word; 0: none. With TYPE_TAIL: behind the base part */
  uint16_t inline_offset;    /* of the first inline attribute (TYPE_INLINE); TYPE_TAIL likewise */
  uint16_t inline_n;         /* how many; fixed with the first instance */
  uint16_t tail_bytes;       /* TYPE_TAIL: bytes behind the base part */
  uint16_t slots_offset;     /* of the first of slots_n: members of __slots__, dict, inline ones */
  uint16_t members_n;        /* __slots__ members, those of the bases included */
  uint32_t init_version;     /* `init_function` is of this version; 0: of none */
  struct type *builtin_base; /* the nearest static type; itself if static */
  struct object *init_function; /* the interpreter's: class_init; borrowed */
  struct type_keys *keys;    /* owned; NULL: none yet */

  /* Behaviour. */
  call_fn *call; /* calling an instance */
  call_fn
      *construct; /* calling the type itself, if it is quicker than new and init; not inherited */
  struct object *(*new_)(struct type *t, struct object *const *args, size_t n,
                         struct object *kwnames);
  int (*init)(struct object *o, struct object *const *args, size_t n, struct object *kwnames);
  struct object *(*getattr)(struct object *o, struct object *name);
  int (*setattr)(struct object *o, struct object *name, struct object *value); /* NULL: delete */
  struct object *(*repr)(struct object *o);
  struct object *(*str)(struct object *o);
  struct object *(*compare)(struct object *a, struct object *b, enum compare_op op);
  struct object *(*iter)(struct object *o);
  struct object *(*next)(struct object *o); /* NULL without an error: the end */
  /* For those who would unpack the pair that next gives: 1 and two new references; 0 where next is
   * NULL; -1: this one gives no pairs, nothing was taken. Not inherited. */
  int (*next_pair)(struct object *o, struct object **first, struct object **second);
  struct object *(*descr_get)(struct object *descriptor, struct object *o, /* o may be NULL */
                              struct object *owner);
  int (*descr_set)(struct object *descriptor, struct object *o, struct object *value);
  struct type_number number;
  struct type_sequence sequence;
  struct type_mapping mapping;
  struct type_async async;
  struct type_buffer buffer;

  /* Tables of a static type; NULL: none. */
  const struct method_def *methods;
  const struct member_def *members;
  const struct getset_def *getsets;
  const char *doc; /* with a signature in front, like a method's */

  /* The references of a type, one span: */
  struct type *base;         /* that determines the layout; NULL in object_type */
  struct object *attributes; /* dict; NULL: none yet */
  struct object *bases;      /* tuple of types; NULL: not readied */
  struct object *mro;        /* tuple of types, itself first */
  struct object *short_name; /* str: __name__ */
  struct object *qualname;   /* str: __qualname__ of a run-time type; NULL: as __name__ */
  struct object *subclasses; /* dict: address -> weakref; NULL: none */
  struct object *weakrefs;   /* list of weak references; not part of the span */
};

extern struct type type_type, object_type, none_type, bool_type, ellipsis_type,
    not_implemented_type;

enum { TYPE_SLOTS_MAX = 4096 };

static inline bool type_has(const struct type *t, uint32_t flags) {
  return (t->flags & flags) != 0;
}
static inline bool object_has(const struct object *o, uint32_t flags) {
  return (type_of(o)->flags & flags) != 0;
}
/* Instances of subclasses included (is_int, is_str, ... test for the exact types). */
static inline bool is_any_int(const struct object *o) { return object_has(o, TYPE_IS_INT); }
static inline bool is_any_str(const struct object *o) { return object_has(o, TYPE_IS_STR); }
static inline bool is_any_bytes(const struct object *o) { return object_has(o, TYPE_IS_BYTES); }
static inline bool is_any_tuple(const struct object *o) { return object_has(o, TYPE_IS_TUPLE); }
static inline bool is_any_list(const struct object *o) { return object_has(o, TYPE_IS_LIST); }
static inline bool is_any_dict(const struct object *o) { return object_has(o, TYPE_IS_DICT); }
static inline bool is_any_float(const struct object *o) { return object_has(o, TYPE_IS_FLOAT); }
static inline bool is_exception(const struct object *o) { return object_has(o, TYPE_IS_EXCEPTION); }
static inline bool is_type(const struct object *o) {
  return type_of(o) == &type_type || object_has(o, TYPE_IS_TYPE);
}

int64_t type_unhashable(struct object *o);
/* A run-time type like Python's `class NAME: __slots__ = ...`: its instances have slots_n inline
 * references, all of them settable, and can be weakly referenced. `finalize` (may be NULL) is their
 * __del__. NULL when memory is exhausted or slots_n is above TYPE_SLOTS_MAX (ERROR_VALUE). */
struct type *type_new(const char *name, uint32_t slots_n, void (*finalize)(struct object *));

/* type(name, bases, namespace, **kwargs): the class statement's work, with metaclass calculation,
 * __slots__, __set_name__, __init_subclass__. `metatype` is the metaclass asked for. The namespace
 * is copied. kwargs by kwnames, may be NULL. */
struct object *type_make(struct type *metatype, struct object *name, struct object *bases,
                         struct object *namespace, struct object *const *kwvalues,
                         struct object *kwnames);
/* The most derived of metatype and the types of the bases; NULL with "metaclass conflict: ...". */
struct type *type_calculate_metaclass_borrowed(struct type *metatype, struct object *bases);

/* ---- Readying ---- */

/* Completes a static type: base, mro, inherited slots, dict with methods and wrappers. Bases first.
 * -1 when memory is exhausted. Types of other folders call it once the runtime is open; it is
 * registered for closing. Idempotent. */
int type_ready(struct type *t);
/* All types of this folder: see model.h. */

/* ---- Lookup ---- */

/* In the dicts of the mro, through the method cache; borrowed, NULL WITHOUT an error when there is
 * none. Never runs foreign code (names are strings). */
struct object *type_lookup_borrowed(struct type *t, struct object *name);
/* The same, bound to o unless it is a plain function or other TYPE_METHOD (then *self_apart is set
 * and the caller puts o in front). NULL without an error when there is none. */
struct object *type_lookup_special(struct object *o, struct object *name, bool *self_apart);
/* Whether CPython's type has a table of sequences, if only with __contains__: classes always do. */
static inline bool type_acts_as_sequence(const struct type *t) {
  const struct type_sequence *s = &t->sequence;
  return (t->flags & TYPE_HEAP) || s->length || s->item || s->contains || s->concat || s->repeat;
}
bool type_is_subtype(const struct type *t, const struct type *base); /* by the mro */
static inline bool object_is_instance(const struct object *o, const struct type *t) {
  return type_of(o) == t || type_is_subtype(type_of(o), t);
}
/* Attributes changed: new versions for t and all below. */
void type_modified(struct type *t);

/* Attributes of the type itself or, when looked up, of its bases. Setting one gives the type a new
 * version and updates its slots; value NULL deletes (ERROR_ATTRIBUTE when it is not there). NULL
 * without an error when there is none of that name. */
int type_set_attribute(struct type *t, struct object *name, struct object *value);
struct object *type_get_attribute_borrowed(struct type *t, struct object *name);

/* The name without the module; of static types the part behind the last dot. */
const char *type_short_name(const struct type *t);
struct object *type_module(struct type *t);   /* __module__; new reference */
struct object *type_qualname(struct type *t); /* new reference, str */
/* A zeroed, tracked instance of a type of fixed size: what `new_` of such types begins with. */
struct object *type_generic_alloc(struct type *t);
/* The same for any type, not tracked yet: base_bytes is what the static base wants for this object
 * (items included). The caller fills in its length at once, before the next allocation, and then
 * tracks it (gc_track if the type is a GC_CONTAINER). */
struct object *type_allocate(struct type *t, size_t base_bytes);
/* __name mangled for a class: _Class__name. */
struct object *type_mangle(struct object *class_name, struct object *name);
/* __name__ of the module that runs, for classes made without one; set by the interpreter. A new
 * reference, or NULL. */
extern struct object *(*type_current_module)(void);

/* rc family: what happens at count zero to an object whose references are its spans, in CPython's
 * order: finaliser (which may resurrect it), weak references, references, what it owns, the block.
 */
void type_destroy_generic(struct object *o);
void type_clear_generic(struct object *o);
/* Prepares a static type for use, and forgets what it gathered. */
void type_open(struct type *t);
void type_close(struct type *t);

/* Fills `error` like snprintf and returns false: how check functions report. */
bool check_failed(char *error, size_t error_bytes, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));
