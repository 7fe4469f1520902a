/* Strings: immutable, 1, 2 or 4 bytes per code point by the largest, the hash cached.
 *
 *   | header | hash | length and flags | code points ... 0 |
 *
 * Invariants: a string has the narrowest kind that holds its largest code point, and STR_ASCII
 * exactly when that is below 128, so that equal strings have equal bytes and flags; behind the last
 * code point stands a 0. Each code point below 256 exists once as a string of its own, as does the
 * empty string. */
#pragma once
#include "runtime/object/type.h"
#include <string.h>

extern struct type str_type, str_iterator_type, str_ascii_iterator_type;

enum str_flags {
  STR_KIND = 3,          /* log2 of the bytes per code point: 0, 1, 2 */
  STR_ASCII = 1 << 2,    /* all code points are below 128 */
  STR_INTERNED = 1 << 3, /* the one of its text that all identifiers share; immortal */
  STR_GROWN = 1 << 4,    /* has room for str_room(length) code points: appending may be in place */
  STR_LENGTH_SHIFT = 8,
};

struct str {
  struct object head;
  int64_t hash;   /* -1: not computed yet */
  uint64_t shape; /* length << STR_LENGTH_SHIFT | flags */
  unsigned char data[];
};

struct object *str_from_utf8(const char *utf8, size_t bytes); /* ERROR_VALUE if it is no UTF-8 */
struct object *str_from_ascii(const char *text);              /* NUL-terminated, below 128 */
struct object *str_from_code_point(uint32_t code_point);
/* The strings of one code point below 256. */
struct str_latin {
  struct object head;
  int64_t hash;
  uint64_t shape;
  unsigned char data[8];
};
extern struct str_latin str_latin[256];
static inline struct object *str_from_byte(unsigned char c) { return hold(&str_latin[c].head); }
struct object *str_from_ascii_units(const void *data, size_t n); /* n bytes, all below 128 */
/* From n code points of 1 << kind bytes, in any kind that holds them. */
struct object *str_from_data(const void *data, size_t n, unsigned kind);
/* The interned string of n ASCII bytes, found without making one if it is there already. */
struct object *str_intern_ascii(const char *text, size_t n);
struct object *str_intern(const char *ascii); /* one immortal object per text */
/* Replaces a string by the interned one of its text; takes and returns a reference. */
struct object *str_intern_taking(struct object *s);
struct object *str_concat(struct object *a, struct object *b);
struct object *str_concat_all(struct object *const *parts, size_t n); /* of n strs */
/* Appends in place where nobody else can see it (rc: count 1), else a new one; takes `a`. */
struct object *str_append_taking(struct object *a, struct object *b);
/* The same to the string in *slot, which stays as it is on failure: false. */
bool str_append(struct object **slot, struct object *b);
struct object *str_slice(struct object *s, size_t start, size_t stop); /* start <= stop <= length */

static inline bool is_str(const struct object *o) { return type_of(o) == &str_type; }
static inline size_t str_length(const struct object *s) { /* code points */
  return ((const struct str *)s)->shape >> STR_LENGTH_SHIFT;
}
static inline unsigned str_kind(const struct object *s) {
  return ((const struct str *)s)->shape & STR_KIND;
}
static inline bool str_is_ascii(const struct object *s) {
  return (((const struct str *)s)->shape & STR_ASCII) != 0;
}
static inline const void *str_data(const struct object *s) { return ((const struct str *)s)->data; }
static inline uint32_t str_at(const struct object *s, size_t i) {
  CHECK(i < str_length(s));
  switch (str_kind(s)) {
  case 0:
    return ((const unsigned char *)str_data(s))[i];
  case 1:
    return ((const uint16_t *)str_data(s))[i];
  default:
    return ((const uint32_t *)str_data(s))[i];
  }
}

/* As a literal, quoted; what is not printable is escaped. A new str. */
struct object *str_repr(struct object *s);

int64_t str_compute_hash(struct str *s);
static inline int64_t str_hash(struct object *o) {
  struct str *s = (struct str *)o;
  return LIKELY(s->hash != -1) ? s->hash : str_compute_hash(s);
}
/* Both are strings. */
bool str_same_text(const struct object *a, const struct object *b);
/* Whether a str is this text. */
static inline bool str_is(const struct object *s, const char *ascii) {
  size_t n = strlen(ascii);
  return str_length(s) == n && str_is_ascii(s) && !memcmp(str_data(s), ascii, n);
}
int str_compare(const struct object *a, const struct object *b); /* by code points: -1, 0, 1 */
/* The seeded hash of strings and bytes; 0 for no bytes, never -1. */
int64_t str_hash_bytes(const void *data, size_t n);

/* A string being made: n units of 1 << kind bytes to be written to str_room, not to be shown to
 * anybody before it is sealed, which finds its narrowest kind. */
struct object *str_new_open(size_t n, unsigned kind);
static inline void *str_room(struct object *s) { return ((struct str *)s)->data; }
/* `is_ascii`: the caller knows that all of it is. */
struct object *str_seal_taking(struct object *s, bool is_ascii);
/* Copies n code points from one kind into the same or a wider one. */
void str_copy_units(void *to, unsigned to_kind, const void *from, unsigned from_kind, size_t n);

struct object *str_copy_exactly(struct object *s); /* without room to grow */
bool str_is_identifier(const struct object *s);
/* Whether s is one of the strings that are part of the program: empty, or one code point below 256.
 */
static inline bool str_is_static(const struct object *s) {
  return str_length(s) == 0 || (str_length(s) == 1 && str_kind(s) == 0);
}

void str_open(uint64_t hash_seed);
void str_close(void);
void str_intern_open(uint64_t hash_seed);
void str_intern_close(void);
uint64_t str_random_seed(void);
void str_visit_interned(gc_visit_fn *visit, void *context);
