/* Types. A type is an object; behind its header stands what the collector reads (gc/header.h).
 *
 * Static types are part of the program and immortal. Types made at run time live in the heap: each
 * of their instances holds a reference on them (GC_VISITS_TYPE). */
#pragma once
#include "runtime/object/object.h"

struct type {
  struct object head;
  struct gc_shape shape; /* must be second: gc_shape_of */
  const char *name;      /* static, or owned by the type where made at run time */
  /* Life: see gc/host.h for the contracts of the first four. NULL: nothing to do. */
  void (*destroy)(struct object *o); /* rc: at count zero; never NULL once the runtime is open */
  void (*clear)(
      struct object *o); /* rc; NULL: each reference of the spans is taken out and dropped */
  void (*release)(struct object *o);
  void (*finalize)(struct object *o);
  int (*equal)(struct object *a, struct object *b); /* a has this type; NULL: identity */
  int64_t (*hash)(struct object *o); /* NULL: by address; type_unhashable: an error */
  bool (*check)(const struct object *o, char *error, size_t error_bytes); /* its invariants */
  /* The references of a type, one span: */
  struct type *base;         /* NULL in object_type */
  struct object *attributes; /* dict; NULL: none yet */
  uint32_t slots_n;          /* inline attribute slots of an instance */
  uint32_t version;          /* changes with every change of attributes here or above; never 0 */
};

extern struct type type_type, object_type, none_type, bool_type, ellipsis_type,
    not_implemented_type;

enum { TYPE_SLOTS_MAX = 4096 };

int64_t type_unhashable(struct object *o);
/* A run-time type like Python's `class NAME: __slots__ = ...`: its instances have slots_n inline
 * references, all of them settable, and can be weakly referenced. `finalize` (may be NULL) is their
 * __del__. NULL when memory is exhausted or slots_n is above TYPE_SLOTS_MAX (ERROR_VALUE). */
struct type *type_new(const char *name, uint32_t slots_n, void (*finalize)(struct object *));
static inline bool is_type(const struct object *o) { return type_of(o) == &type_type; }

/* Attributes of the type itself or, when looked up, of its bases. Setting one gives the type a new
 * version. NULL without an error when there is none of that name. */
int type_set_attribute(struct type *t, struct object *name, struct object *value);
struct object *type_get_attribute_borrowed(struct type *t, struct object *name);

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
