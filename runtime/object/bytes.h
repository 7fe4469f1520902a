/* Immutable byte strings, and bytearray: a growable buffer. */
#pragma once
#include "runtime/object/type.h"

extern struct type bytes_type, bytearray_type, bytes_iterator_type, bytearray_iterator_type;

struct bytes {
  struct object head;
  int64_t hash; /* -1: not computed yet */
  size_t n;
  unsigned char data[]; /* n bytes and a 0 */
};

struct bytearray { /* invariant: n <= capacity; data is NULL exactly when capacity is 0 */
  struct object head;
  size_t n;
  unsigned char *data; /* item buffer */
  size_t capacity;
  size_t exports; /* views on the buffer: while there are any, its size can't change */
};

struct object *bytes_from(const void *data, size_t n); /* data NULL: n zeroes */
struct object *bytes_new_open(size_t n); /* to be written by the caller; a 0 stands behind */
/* The first n of one made by bytes_new_open that nobody else has seen; what was too much is free at
 * once in both families. */
struct object *bytes_cut_taking(struct object *o, size_t n);
static inline bool is_bytes(const struct object *o) { return type_of(o) == &bytes_type; }
static inline size_t bytes_length(const struct object *o) { return ((const struct bytes *)o)->n; }
static inline const unsigned char *bytes_data(const struct object *o) {
  return ((const struct bytes *)o)->data;
}

struct object *bytes_repr(const struct object *o); /* a new str */
/* As the options -b say: 0 silent; else comparing with str or int, and str(), warn. */
extern int bytes_warning_level;

struct object *bytearray_new(size_t n); /* zeroed */
int bytearray_append(struct object *o, const void *data, size_t n);
int bytearray_resize(struct object *o, size_t n); /* what is new is zeroed */
static inline bool is_bytearray(const struct object *o) { return type_of(o) == &bytearray_type; }
static inline size_t bytearray_length(const struct object *o) {
  return ((const struct bytearray *)o)->n;
}
/* Until the next append or resize. NULL when empty. */
static inline unsigned char *bytearray_data(struct object *o) {
  return ((struct bytearray *)o)->data;
}

void bytes_open(void);
