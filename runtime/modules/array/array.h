/* The module `array`: rows of numbers of one C type. */
#pragma once
#include "runtime/object/type.h"

/* What a type code says. Values go through 8 bytes, of which the first `bytes` count. */
struct array_code {
  char code;
  uint8_t bytes; /* of an item */
  bool is_float, is_signed;
  const char *format; /* in buffers */
  const char *name;   /* as messages tell it */
};
extern const struct array_code array_codes[];            /* ends with a code of 0 */
const struct array_code *array_code_find(uint32_t code); /* NULL: none */

/* One value, checked. May run __index__ or __float__. -1 with the error. */
int array_code_read(const struct array_code *code, struct object *value, unsigned char item[8]);
struct object *array_code_get(const struct array_code *code, const unsigned char *item);

struct array_object {
  struct object head;
  int64_t n; /* items */
  struct object *weakrefs;
  unsigned char *data; /* item buffer of capacity * code->bytes; NULL when capacity is 0 */
  int64_t capacity;    /* items */
  int64_t exports;     /* views: while there are any, the size can't change */
  const struct array_code *code;
};
extern struct type array_type, array_iterator_type;
static inline struct array_object *array_of(struct object *o) { return (struct array_object *)o; }
static inline bool is_array(const struct object *o) { return object_is_instance(o, &array_type); }

/* n items, not set. t is array_type or below. */
struct object *array_new(struct type *t, const struct array_code *code, int64_t n);
int array_resize(struct object *o, int64_t n); /* BufferError while there are views */
int array_append(struct object *o, struct object *value);
int array_extend_bytes(struct object *o, const void *data, int64_t bytes);
int array_extend_text(struct object *o, struct object *text); /* 'u': code points */
int array_extend(struct object *o, struct object *iterable);
static inline struct object *array_get(struct object *o, int64_t i) {
  const struct array_object *a = array_of(o);
  return array_code_get(a->code, a->data + i * a->code->bytes);
}

/* sequence.c */
extern const struct type_sequence array_sequence;
extern const struct type_mapping array_mapping;
struct object *array_compare(struct object *a, struct object *b, enum compare_op op);
struct object *array_iterate(struct object *o);
struct object *array_slice_copy(struct object *o, int64_t start, int64_t step, int64_t n);

/* methods.c */
extern const struct method_def array_methods[];
extern const struct getset_def array_getsets[];

/* reconstruct.c: pickling. */
struct object *array_reduce_ex(struct object *o, struct object *protocol);
extern struct object *array_reconstructor; /* the module's function */
struct object *array_reconstruct(struct object *module, struct object *const *args, size_t n);
