/* Types. A type is an object; behind its header stands what the collector reads (gc/header.h). */
#pragma once
#include "runtime/object/object.h"

struct dict;
struct tuple;

struct type {
  struct object head;
  struct gc_shape shape; /* must be second: gc_shape_of */
  const char *name;
  struct type *base;
  /* Life: see gc/host.h for the contracts of the first four. NULL: nothing to do. */
  void (*destroy)(struct object *o); /* rc: at count zero; NULL: drop all spans, release, delete */
  void (*clear)(struct object *o);   /* rc: NULL: each reference of the spans is taken out and dropped */
  void (*release)(struct object *o);
  void (*finalize)(struct object *o);
  int (*equal)(struct object *a, struct object *b); /* a has this type; NULL: identity */
  int64_t (*hash)(struct object *o);                /* NULL: by address; type_unhashable: an error */
  /* Types made at run time. */
  struct object *attributes;  /* dict */
  uint32_t slots_n;           /* inline attribute slots of an instance */
  uint32_t version;           /* changes with every change of attributes here or above */
};

extern struct type type_type, object_type, none_type, bool_type, ellipsis_type, not_implemented_type;

int64_t type_unhashable(struct object *o);
/* A run-time type like Python's `class NAME: __slots__ = ...`: its instances have slots_n inline
 * references. `finalize` (may be NULL) is their __del__. */
struct type *type_new(const char *name, uint32_t slots_n, void (*finalize)(struct object *));
