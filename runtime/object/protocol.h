/* What can be done to any object: the abstract operations behind the interpreter's instructions and
 * the builtin functions. Messages are CPython's. */
#pragma once
#include "runtime/object/type.h"

/* ---- Numbers ---- */

/* The order is that of BINARY_OP's argument (enum opcode_binary). */
enum number_op {
  NUMBER_ADD,
  NUMBER_AND,
  NUMBER_FLOOR_DIVIDE,
  NUMBER_LSHIFT,
  NUMBER_MATRIX_MULTIPLY,
  NUMBER_MULTIPLY,
  NUMBER_REMAINDER,
  NUMBER_OR,
  NUMBER_POWER,
  NUMBER_RSHIFT,
  NUMBER_SUBTRACT,
  NUMBER_TRUE_DIVIDE,
  NUMBER_XOR,
  NUMBER_OPS
};
/* Reflected forms, priority of a subclass, sequences' concat and repeat for + and *. */
struct object *number_binary(struct object *a, struct object *b, enum number_op op);
struct object *number_inplace(struct object *a, struct object *b, enum number_op op);
struct object *number_divmod(struct object *a, struct object *b);
struct object *number_power(struct object *a, struct object *b, struct object *modulus);
struct object *number_negative(struct object *o);
struct object *number_positive(struct object *o);
struct object *number_invert(struct object *o);
struct object *number_absolute(struct object *o);
struct object *number_index(struct object *o); /* an exact int by __index__ */
struct object *number_int(struct object *o);   /* int(o): also strings and bytes */
bool is_number(const struct object *o); /* has __index__, __int__ or __float__, or is complex */
struct object *number_float(struct object *o); /* float(o): also strings and bytes */
/* By __index__: 0; -1 with the error where it is none or (exception != ERROR_NONE) too large: then
 * of that kind, "cannot fit 'X' into an index-sized integer". ERROR_NONE: clipped. */
int number_to_i64(struct object *o, int64_t *value, enum error_kind exception);
int number_to_double(struct object *o, double *value); /* by __float__ or __index__ */
/* How number_int and number_float read text: a str, or an object with bytes. */
struct object *number_int_from_text(struct object *text, int base);
struct object *number_float_from_text(struct object *text);

/* ---- Comparison, truth, hash ---- */

struct object *compare(struct object *a, struct object *b, enum compare_op op);
int compare_true(struct object *a, struct object *b, enum compare_op op); /* identity short cut for
                                                                            EQ and NE */
/* What a comparison says of two numbers. */
#define DEFINE_ORDERED(name, kind)                                                                 \
  ALWAYS_INLINE bool name(int op, kind x, kind y) {                                                \
    switch (op) {                                                                                  \
    case COMPARE_LT:                                                                               \
      return x < y;                                                                                \
    case COMPARE_LE:                                                                               \
      return x <= y;                                                                               \
    case COMPARE_EQ:                                                                               \
      return x == y;                                                                               \
    case COMPARE_NE:                                                                               \
      return x != y;                                                                               \
    case COMPARE_GT:                                                                               \
      return x > y;                                                                                \
    default:                                                                                       \
      return x >= y;                                                                               \
    }                                                                                              \
  }
DEFINE_ORDERED(ordered_words, int64_t)
DEFINE_ORDERED(ordered_doubles, double)
#undef DEFINE_ORDERED
int object_truth(struct object *o);
/* object_equal and object_hash: object.h. */

/* ---- Items ---- */

int64_t object_length(struct object *o);                        /* -1: error */
int64_t object_length_hint(struct object *o, int64_t fallback); /* __length_hint__ */
struct object *object_get_item(struct object *o, struct object *key);
int object_set_item(struct object *o, struct object *key, struct object *value); /* NULL: delete */
struct object *sequence_get_item(struct object *o, int64_t i); /* i may be negative */
int sequence_set_item(struct object *o, int64_t i, struct object *value);
int object_contains(struct object *container, struct object *value);
bool is_sequence(const struct object *o); /* has items by number; no dict */
bool is_mapping(const struct object *o);
struct object *mapping_keys(struct object *o); /* a list: o.keys() */

/* ---- Iteration ---- */

extern struct type sequence_iterator_type, callable_iterator_type;
struct object *iterate(struct object *o); /* iter(o) */
bool is_iterator(const struct object *o);
/* NULL without an error at the end; a StopIteration that was raised is cleared. */
struct object *iterate_next(struct object *iterator);
struct object *iterate_call_until(struct object *callable,
                                  struct object *sentinel); /* iter(f, x) */
struct object *iterate_to_list(struct object *iterable);
struct object *iterate_to_tuple(struct object *iterable);
/* A list or tuple as it is (held), anything else as a new list: *items and *n are valid while it
 * lives and does not change. `message` of the TypeError when it can't be iterated; NULL: the usual.
 */
struct object *sequence_fast(struct object *iterable, const char *message,
                             struct object *const **items, size_t *n);
int list_extend(struct object *list, struct object *iterable);
/* Exactly n items into items[0..n), owned, with the messages of unpacking; after >= 0: star target,
 * items[n] is a list, followed by `after` more. */
int iterate_unpack(struct object *iterable, struct object **items, size_t n, int after);

/* ---- Text ---- */

struct object *object_repr(struct object *o);
struct object *object_str(struct object *o);
struct object *object_ascii(struct object *o);
struct object *object_format(struct object *o, struct object *spec); /* spec NULL: "" */
struct object *object_bytes(struct object *o); /* of __bytes__, a buffer, or an iterable of ints */
/* repr of recursive containers: 1 when o's repr is being made by this thread already (say "[...]"),
 * -1 error, 0: go on, and leave it at the end. */
int repr_enter(struct object *o);
void repr_leave(struct object *o);

/* ---- Classes ---- */

int object_is_instance_of(struct object *o, struct object *classes);   /* isinstance */
int object_is_subclass_of(struct object *cls, struct object *classes); /* issubclass */
/* Without __instancecheck__: what type.__instancecheck__ does. */
int object_is_real_instance(struct object *o, struct object *cls);
int object_is_real_subclass(struct object *derived, struct object *cls);

/* ---- Buffers ---- */

enum buffer_flags {
  BUFFER_SIMPLE = 0,
  BUFFER_WRITABLE = 1,
  BUFFER_FORMAT = 4,
  BUFFER_ND = 8,
  BUFFER_STRIDES = 0x10 | BUFFER_ND,
  BUFFER_C_CONTIGUOUS = 0x20 | BUFFER_STRIDES,
  BUFFER_F_CONTIGUOUS = 0x40 | BUFFER_STRIDES,
  BUFFER_ANY_CONTIGUOUS = 0x80 | BUFFER_STRIDES,
  BUFFER_INDIRECT = 0x100 | BUFFER_STRIDES,
  BUFFER_FULL_READ = BUFFER_INDIRECT | BUFFER_FORMAT, /* all that any exporter can say */
};
struct buffer_view {
  void *data;
  struct object *object; /* owned; NULL: released */
  int64_t bytes, item_bytes;
  bool is_readonly;
  int dimensions;
  const char *format; /* NULL: "B" */
  int64_t *shape, *strides, *suboffsets;
  void *internal; /* the exporter's */
};
/* The struct must live on the C stack or have `object` registered as a root. */
int buffer_get(struct object *o, struct buffer_view *view, int flags);
void buffer_release(struct buffer_view *view);
bool has_buffer(const struct object *o);
/* All items of a view in C order, view->bytes of them. */
void buffer_copy_out(void *to, const struct buffer_view *view);
bool buffer_is_contiguous(const struct buffer_view *view, char order); /* 'C', 'F' or 'A' */
/* For exporters of plain bytes: fills the view, holding o. */
int buffer_fill(struct buffer_view *view, struct object *o, void *data, int64_t bytes,
                bool is_readonly, int flags);
