/* A string that grows: pieces are appended, the kind widens when a piece needs it. The struct lives
 * on the C stack; every path ends in finish or discard. After an error (-1, error set) appending on
 * goes on to fail, so that only the last result need be tested. */
#pragma once
#include "runtime/object/str.h"

struct str_builder {
  unsigned char *data; /* item buffer, or the caller's */
  size_t n, capacity;  /* in code points */
  unsigned kind;
  bool is_ascii, failed;
  bool is_lent; /* data is the caller's */
};

#define STR_BUILDER_EMPTY ((struct str_builder){.is_ascii = true})
/* One that begins in an array of the caller's, of bytes aligned as uint32_t: no buffer is needed
 * for texts that fit. */
#define STR_BUILDER_IN(array)                                                                      \
  ((struct str_builder){                                                                           \
      .data = (array), .capacity = sizeof(array), .is_ascii = true, .is_lent = true})
/* The same, for a text that will be of this kind. */
#define STR_BUILDER_OF_KIND(array, kind_)                                                          \
  ((struct str_builder){.data = (array),                                                           \
                        .capacity = sizeof(array) >> (kind_),                                      \
                        .kind = (kind_),                                                           \
                        .is_ascii = true,                                                          \
                        .is_lent = true})
enum { STR_BUILDER_FEW = 128 }; /* bytes of such an array */
#define STR_BUILDER_FEW_BYTES(name) _Alignas(uint32_t) unsigned char name[STR_BUILDER_FEW]

/* Room for n more code points of a kind, where they are known to come. */
int str_builder_reserve(struct str_builder *b, size_t n, unsigned kind);
int str_builder_add(struct str_builder *b, struct object *s); /* any str */
int str_builder_add_part(struct str_builder *b, struct object *s, size_t start, size_t stop);
int str_builder_add_ascii(struct str_builder *b, const char *text, size_t n);
/* What str() says of any object, without making a str of the numbers. An error of str() is only in
 * this result. */
int str_builder_add_str_of(struct str_builder *b, struct object *o);
int str_builder_add_int(struct str_builder *b, int64_t value); /* in decimal */
/* Room for n bytes that the caller writes, all ASCII, and counts (b->n); NULL: add them instead. */
static inline char *str_builder_ascii_room(struct str_builder *b, size_t n) {
  bool fits = b->kind == 0 && b->capacity - b->n >= n && !b->failed;
  return LIKELY(fits) ? (char *)b->data + b->n : NULL;
}
int str_builder_add_units(struct str_builder *b, const void *data, size_t n, unsigned kind,
                          bool is_ascii);
int str_builder_add_grow(struct str_builder *b, uint32_t c, size_t times);
static inline int str_builder_add_char(struct str_builder *b, uint32_t c) {
  static const uint32_t most[] = {0xff, 0xffff, UINT32_MAX};
  if (LIKELY(b->n < b->capacity && c <= most[b->kind] && !b->failed)) {
    if (b->kind == 0)
      b->data[b->n++] = (unsigned char)c;
    else if (b->kind == 1)
      ((uint16_t *)b->data)[b->n++] = (uint16_t)c;
    else
      ((uint32_t *)b->data)[b->n++] = c;
    b->is_ascii &= c < 128;
    return 0;
  }
  return str_builder_add_grow(b, c, 1);
}
/* The string; NULL with the error of the piece that failed. Frees the buffer. */
struct object *str_builder_finish(struct str_builder *b);
void str_builder_discard(struct str_builder *b);
