/* The functions of type_slots.c, for the table in type_wrappers.c; and rows of both. */
#pragma once
#include "runtime/object/type_internal.h"

/* X(member of type_number, name, name of the reflected method) */
#define TYPE_SLOT_BINARY(X)                                                                        \
  X(add, add, radd)                                                                                \
  X(subtract, sub, rsub)                                                                           \
  X(multiply, mul, rmul)                                                                           \
  X(remainder, mod, rmod)                                                                          \
  X(divmod, divmod, rdivmod)                                                                       \
  X(lshift, lshift, rlshift)                                                                       \
  X(rshift, rshift, rrshift)                                                                       \
  X(bit_and, and, rand)                                                                            \
  X(bit_xor, xor, rxor)                                                                            \
  X(bit_or, or, ror)                                                                               \
  X(floor_divide, floordiv, rfloordiv)                                                             \
  X(true_divide, truediv, rtruediv)                                                                \
  X(matrix_multiply, matmul, rmatmul)
/* X(member, name) */
#define TYPE_SLOT_UNARY(X)                                                                         \
  X(negative, neg)                                                                                 \
  X(positive, pos)                                                                                 \
  X(absolute, abs)                                                                                 \
  X(invert, invert)                                                                                \
  X(to_int, int)                                                                                   \
  X(to_float, float)                                                                               \
  X(index, index)
#define TYPE_SLOT_INPLACE(X)                                                                       \
  X(inplace_add, iadd)                                                                             \
  X(inplace_subtract, isub)                                                                        \
  X(inplace_multiply, imul)                                                                        \
  X(inplace_remainder, imod)                                                                       \
  X(inplace_lshift, ilshift)                                                                       \
  X(inplace_rshift, irshift)                                                                       \
  X(inplace_and, iand)                                                                             \
  X(inplace_xor, ixor)                                                                             \
  X(inplace_or, ior)                                                                               \
  X(inplace_floor_divide, ifloordiv)                                                               \
  X(inplace_true_divide, itruediv)                                                                 \
  X(inplace_matrix_multiply, imatmul)

#define DECLARE_BINARY(member, name, reflected) binary_fn type_slot_##member;
#define DECLARE_UNARY(member, name)             unary_fn type_slot_##member;
#define DECLARE_INPLACE(member, name)           binary_fn type_slot_##member;
TYPE_SLOT_BINARY(DECLARE_BINARY)
TYPE_SLOT_UNARY(DECLARE_UNARY)
TYPE_SLOT_INPLACE(DECLARE_INPLACE)
#undef DECLARE_BINARY
#undef DECLARE_UNARY
#undef DECLARE_INPLACE

ternary_fn type_slot_power, type_slot_inplace_power;
int type_slot_truth(struct object *o);
int64_t type_slot_length(struct object *o);
binary_fn type_slot_get_item, type_slot_getattr;
int type_slot_set_item(struct object *o, struct object *key, struct object *value);
struct object *type_slot_item(struct object *o, int64_t i);
int type_slot_store_item(struct object *o, int64_t i, struct object *value);
int type_slot_contains(struct object *o, struct object *value);
unary_fn type_slot_repr, type_slot_str, type_slot_iter, type_slot_next, type_slot_await,
    type_slot_aiter, type_slot_anext;
int64_t type_slot_hash(struct object *o);
struct object *type_slot_compare(struct object *a, struct object *b, enum compare_op op);
call_fn type_slot_call;
int type_slot_setattr(struct object *o, struct object *name, struct object *value);
ternary_fn type_slot_descr_get;
int type_slot_descr_set(struct object *descriptor, struct object *o, struct object *value);
int type_slot_init(struct object *o, struct object *const *args, size_t n, struct object *kwnames);
struct object *type_slot_new(struct type *t, struct object *const *args, size_t n,
                             struct object *kwnames);
void type_slot_finalize(struct object *o);
/* What `next` is once __next__ has been taken from a class that had it: a TypeError. */
struct object *type_slot_no_next(struct object *o);

/* protocol: what objects without __contains__ or __iter__ do. */
int sequence_contains_by_iteration(struct object *o, struct object *value);
struct object *sequence_iterator_new(struct object *sequence);
