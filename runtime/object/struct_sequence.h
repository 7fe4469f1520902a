/* Struct sequences: tuples whose items are attributes too (time.struct_time, os.stat_result).
 *
 *   | header | n | item 0 ... item n-1 | further fields, attributes only |
 *                  what the tuple shows    n_fields in all
 *
 * Each such type is one static struct struct_sequence_type, filled in from a description. */
#pragma once
#include "runtime/object/tuple.h"

struct struct_sequence_field {
  const char *name; /* STRUCT_SEQUENCE_UNNAMED: an item without attribute */
  const char *doc;
};
#define STRUCT_SEQUENCE_UNNAMED ""

struct struct_sequence_def {
  const char *name; /* "module.name" */
  const char *doc;
  const struct struct_sequence_field *fields; /* ends with a name of NULL */
  uint8_t sequence_n;                         /* the first so many are items */
  bool is_closed;                             /* can't be called: sys.flags */
  /* After the constructor has filled o from a sequence; may be NULL. -1: error. */
  int (*complete)(struct object *o);
  /* Instead of the usual constructor; may be NULL. */
  struct object *(*new_)(struct type *t, struct object *const *args, size_t n,
                         struct object *kwnames);
};

enum { STRUCT_SEQUENCE_FIELDS_MAX = 24 };
struct struct_sequence_type {
  struct type type;
  const struct struct_sequence_def *def;
  uint8_t fields_n, unnamed_n;
  struct member_def members[STRUCT_SEQUENCE_FIELDS_MAX + 1]; /* without the unnamed fields */
};
#define STRUCT_SEQUENCE_TYPE                                                                       \
  {                                                                                                \
    .type = {.head = OBJECT_STATIC(type_type) }                                                    \
  }

/* Readies the type; does nothing if it is ready. The type lives in static storage. */
int struct_sequence_ready(struct struct_sequence_type *t, const struct struct_sequence_def *def);
/* All fields unset; they are to be set by struct_sequence_set_taking before others see the object,
 * those left out read as None. */
struct object *struct_sequence_new(struct struct_sequence_type *t);
/* False where value is NULL (an error is set), so that steps can be chained. */
static inline bool struct_sequence_set_taking(struct object *o, size_t i, struct object *value) {
  if (UNLIKELY(!value))
    return false;
  store(o, &((struct tuple *)o)->items[i], value);
  return true;
}
/* From the first n values; takes them all, on failure too, and fails if one is NULL. */
struct object *struct_sequence_from_taking(struct struct_sequence_type *t,
                                           struct object *const *values, size_t n);
/* Any field, items included; borrowed, NULL: not set. */
static inline struct object *struct_sequence_get_borrowed(const struct object *o, size_t i) {
  return ((const struct tuple *)o)->items[i];
}
