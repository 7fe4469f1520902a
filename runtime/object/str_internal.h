/* What the files str*.c share among themselves. */
#pragma once
#include "runtime/object/call.h"
#include "runtime/object/str.h"
#include "runtime/object/text_search.h"

static inline struct text_units str_units(const struct object *s) {
  return (struct text_units){str_data(s), str_length(s), str_kind(s)};
}
/* The flags of the narrowest string that holds the text of both. */
static inline unsigned str_joint_flags(const struct object *a, const struct object *b) {
  const struct str *x = (const struct str *)a, *y = (const struct str *)b;
  unsigned x_kind = x->shape & STR_KIND, y_kind = y->shape & STR_KIND;
  return (x_kind > y_kind ? x_kind : y_kind) | (unsigned)(x->shape & y->shape & STR_ASCII);
}
static inline void str_put(void *data, unsigned kind, size_t i, uint32_t c) {
  if (kind == 0)
    ((unsigned char *)data)[i] = (unsigned char)c;
  else if (kind == 1)
    ((uint16_t *)data)[i] = (uint16_t)c;
  else
    ((uint32_t *)data)[i] = c;
}
/* memcpy of runs that are mostly short: up to 32 bytes without a call. */
static inline void copy_bytes(void *to, const void *from, size_t n) {
  unsigned char *out = to;
  const unsigned char *in = from;
#define BOTH_ENDS(T)                                                                               \
  T first, last;                                                                                   \
  memcpy(&first, in, sizeof(T));                                                                   \
  memcpy(&last, in + n - sizeof(T), sizeof(T));                                                    \
  memcpy(out, &first, sizeof(T));                                                                  \
  memcpy(out + n - sizeof(T), &last, sizeof(T))
  if (n >= 16) {
    if (UNLIKELY(n > 32)) {
      memcpy(to, from, n);
      return;
    }
    BOTH_ENDS(unsigned __int128);
  } else if (n >= 8) {
    BOTH_ENDS(uint64_t);
  } else if (n >= 4) {
    BOTH_ENDS(uint32_t);
  } else if (n) {
    /* 1: all the same byte; 2 and 3: the middle one is one of the ends. */
    out[0] = in[0];
    out[n / 2] = in[n / 2];
    out[n - 1] = in[n - 1];
  }
#undef BOTH_ENDS
}
/* An exact str of the same text: itself, unless its type is derived. */
struct object *str_exact(struct object *s);
/* A string being made whose kind and STR_ASCII are known to be right: finished by str_settle_taking
 * once its n code points are written. */
struct object *str_new_settled(size_t n, unsigned flags);
static inline struct object *str_settle_taking(struct object *s) {
  return LIKELY(str_length(s) > 1) ? s : str_seal_taking(s, false);
}

typedef struct object *str_noargs_fn(struct object *self);
typedef struct object *str_one_fn(struct object *self, struct object *argument);
typedef struct object *str_fast_fn(struct object *self, struct object *const *args, size_t n);
typedef struct object *str_keywords_fn(struct object *self, struct object *const *args, size_t n,
                                       struct object *kwnames);

/* Slots. */
struct object *str_new_slot(struct type *t, struct object *const *args, size_t n,
                            struct object *kwnames);
call_fn str_construct;
struct object *str_compare_slot(struct object *a, struct object *b, enum compare_op op);
struct object *str_repeat(struct object *s, int64_t times);
struct object *str_item(struct object *s, int64_t i);
int str_contains(struct object *s, struct object *what);
int64_t str_length_slot(struct object *s);
binary_fn str_concat_slot, str_subscript, str_percent;
unary_fn str_iter, str_str_slot;

/* Methods, by file. */
extern const struct method_def str_methods[];
str_fast_fn str_find, str_rfind, str_index, str_rindex, str_count, str_startswith, str_endswith,
    str_replace;
str_one_fn str_removeprefix, str_removesuffix;
str_noargs_fn str_capitalize, str_casefold, str_lower, str_upper, str_title, str_swapcase;
str_noargs_fn str_isalnum, str_isalpha, str_isascii, str_isdecimal, str_isdigit, str_isidentifier,
    str_islower, str_isnumeric, str_isprintable, str_isspace, str_istitle, str_isupper;
str_keywords_fn str_split, str_rsplit, str_splitlines;
str_fast_fn str_strip, str_lstrip, str_rstrip;
str_one_fn str_partition, str_rpartition, str_join;
str_fast_fn str_center, str_ljust, str_rjust;
str_one_fn str_zfill;
str_keywords_fn str_expandtabs;
str_one_fn str_translate;
str_fast_fn str_maketrans;
str_keywords_fn str_format_with;
str_one_fn str_format_map, str_format_special;
