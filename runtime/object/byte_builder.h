/* Bytes that grow: appended piece by piece, made a bytes object at the end. The struct lives on the
 * C stack; every path ends in finish or discard. After an error (-1, error set) appending on goes
 * on to fail, so that only the last result need be tested. */
#pragma once
#include "runtime/object/object.h"

struct byte_builder {
  unsigned char *data; /* item buffer */
  size_t n, capacity;
  bool failed;
};
#define BYTE_BUILDER_EMPTY ((struct byte_builder){0})

/* Room for `more` bytes behind the n, which the caller writes and counts; NULL with an error. */
unsigned char *byte_builder_room(struct byte_builder *b, size_t more);
int byte_builder_add(struct byte_builder *b, const void *data, size_t n);
static inline int byte_builder_add_byte(struct byte_builder *b, unsigned char byte) {
  if (LIKELY(b->n < b->capacity && !b->failed)) {
    b->data[b->n++] = byte;
    return 0;
  }
  return byte_builder_add(b, &byte, 1);
}
struct object *byte_builder_finish(struct byte_builder *b); /* bytes; NULL with the error */
void byte_builder_discard(struct byte_builder *b);
