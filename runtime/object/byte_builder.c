/* Bytes made piece by piece. */
#include "runtime/object/byte_builder.h"
#include "runtime/object/bytes.h"
#include <string.h>

unsigned char *byte_builder_room(struct byte_builder *b, size_t more) {
  if (UNLIKELY(b->failed))
    return NULL;
  size_t need = b->n + more;
  if (need > b->capacity || !b->data) {
    size_t capacity = need + (need >> 1) + 16;
    unsigned char *data =
        need < SIZE_MAX / 4 ? gc_buffer_resize_own(b->data, b->capacity, capacity) : NULL;
    if (!data) {
      b->failed = true;
      return error_no_memory();
    }
    b->data = data;
    b->capacity = capacity;
  }
  return b->data + b->n;
}

int byte_builder_add(struct byte_builder *b, const void *data, size_t n) {
  unsigned char *room = byte_builder_room(b, n);
  if (!room)
    return -1;
  memcpy(room, data, n);
  b->n += n;
  return 0;
}

struct object *byte_builder_finish(struct byte_builder *b) {
  struct object *o = b->failed ? NULL : bytes_from(b->data ? b->data : (unsigned char *)"", b->n);
  byte_builder_discard(b);
  return o;
}

void byte_builder_discard(struct byte_builder *b) {
  if (b->data)
    gc_buffer_free(b->data, b->capacity);
  *b = BYTE_BUILDER_EMPTY;
}
