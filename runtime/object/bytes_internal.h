/* What bytes and bytearray share: most methods are the same, with results of their own type. */
#pragma once
#include "runtime/object/bytes.h"
#include "runtime/object/protocol.h"
#include "runtime/object/text_search.h"

/* Of either, subclasses included. Valid until foreign code runs: it may resize a bytearray. */
static inline struct text_units bytes_units(const struct object *o) {
  if (LIKELY(is_any_bytes(o)))
    return (struct text_units){bytes_data(o), bytes_length(o), 0};
  const struct bytearray *b = (const struct bytearray *)o;
  return (struct text_units){b->n ? (const void *)b->data : "", b->n, 0};
}
static inline bool is_any_bytearray(const struct object *o) {
  return object_has(o, TYPE_IS_BYTEARRAY);
}
static inline const unsigned char *bytes_at(struct text_units in) { return in.data; }

/* Between these a bytearray that was measured keeps its size, whatever a collection runs. */
static inline void bytes_pin(const struct object *o) {
  if (is_any_bytearray(o))
    ((struct bytearray *)(uintptr_t)o)->exports++;
}
static inline void bytes_unpin(const struct object *o) {
  if (is_any_bytearray(o))
    ((struct bytearray *)(uintptr_t)o)->exports--;
}

/* A bytes-like argument: the bytes of anything that has a buffer, until it is released. The struct
 * lives on the C stack. */
struct bytes_argument {
  struct text_units units;
  struct buffer_view view; /* unused for bytes */
};
int bytes_argument_get(struct object *o, struct bytes_argument *a);
static inline void bytes_argument_release(struct bytes_argument *a) { buffer_release(&a->view); }

/* A new object of the kind of `like` (bytes or bytearray) with these bytes. */
struct object *bytes_make_like(const struct object *like, const void *data, size_t n);
/* The same with bytes to be written by the caller. */
struct object *bytes_make_open_like(const struct object *like, size_t n, unsigned char **data);
/* The object itself if it is exact bytes, else a copy. */
struct object *bytes_same(struct object *o);
struct object *bytearray_from(const void *data, size_t n);
/* 0 to 255 from an int, or -1 with "byte must be in range(0, 256)". */
int bytes_value(struct object *o);

/* Takes bytes out of the range and puts others in; they must not be its own. BufferError while
 * exported, unless the length stays. */
int bytearray_replace(struct object *o, size_t start, size_t stop, const void *data, size_t n);

/* As a literal. bytearray escapes single quotes even within double ones. */
struct object *bytes_repr_of(const unsigned char *data, size_t n, bool escapes_single);
/* sep NULL: none. bytes.hex, bytearray.hex, memoryview.hex. */
struct object *bytes_hex_of(const unsigned char *data, size_t n, struct object *sep,
                            int bytes_per_sep);
struct object *bytes_hex(struct object *self, struct object *const *args, size_t n,
                         struct object *kwnames);
/* By their bytes. */
struct object *bytes_compare_units(struct text_units a, struct text_units b, enum compare_op op);

typedef struct object *bytes_noargs_fn(struct object *self);
typedef struct object *bytes_one_fn(struct object *self, struct object *argument);
typedef struct object *bytes_fast_fn(struct object *self, struct object *const *args, size_t n);
typedef struct object *bytes_keywords_fn(struct object *self, struct object *const *args, size_t n,
                                         struct object *kwnames);

/* Slots. */
struct object *bytes_new_slot(struct type *t, struct object *const *args, size_t n,
                              struct object *kwnames);
struct object *bytearray_new_slot(struct type *t, struct object *const *args, size_t n,
                                  struct object *kwnames);
int bytearray_init_slot(struct object *o, struct object *const *args, size_t n,
                        struct object *kwnames);
struct object *bytes_compare_slot(struct object *a, struct object *b, enum compare_op op);
struct object *bytearray_compare_slot(struct object *a, struct object *b, enum compare_op op);
int64_t bytes_length_slot(struct object *o);
struct object *bytes_item_slot(struct object *o, int64_t i);
struct object *bytes_repeat_slot(struct object *o, int64_t times);
int bytes_contains_slot(struct object *o, struct object *value);
binary_fn bytes_concat_slot, bytes_subscript_slot, bytes_percent_slot;
unary_fn bytes_iter_slot, bytes_repr_slot, bytes_str_slot;
int bytearray_set_item_slot(struct object *o, int64_t i, struct object *value);
int bytearray_set_slot(struct object *o, struct object *key, struct object *value);
binary_fn bytearray_inplace_concat_slot;
struct object *bytearray_inplace_repeat_slot(struct object *o, int64_t times);

/* Methods, by file. */
extern const struct method_def bytes_methods[], bytearray_methods[];
bytes_fast_fn bytes_find, bytes_rfind, bytes_index, bytes_rindex, bytes_count, bytes_startswith,
    bytes_endswith, bytes_replace;
bytes_one_fn bytes_removeprefix, bytes_removesuffix;
bytes_keywords_fn bytes_decode, bytes_split, bytes_rsplit, bytes_splitlines, bytes_expandtabs,
    bytes_translate;
bytes_fast_fn bytes_strip, bytes_lstrip, bytes_rstrip;
bytes_one_fn bytes_partition, bytes_rpartition, bytes_join;
bytes_noargs_fn bytes_capitalize, bytes_lower, bytes_upper, bytes_title, bytes_swapcase;
bytes_noargs_fn bytes_isalnum, bytes_isalpha, bytes_isascii, bytes_isdigit, bytes_islower,
    bytes_isspace, bytes_istitle, bytes_isupper;
bytes_fast_fn bytes_center, bytes_ljust, bytes_rjust, bytes_maketrans;
bytes_one_fn bytes_zfill, bytes_fromhex;
