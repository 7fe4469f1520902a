/* Byte strings, immutable and growable. */
#include "runtime/object/bytes_internal.h"
#include "runtime/object/str.h"
#include <stddef.h>
#include <string.h>

static void bytes_destroy(struct object *o) {
  gc_delete(o, sizeof(struct bytes) + 1 + bytes_length(o));
}
static void view(const struct object *o, const unsigned char **data, size_t *n) {
  if (is_bytes(o)) {
    *data = bytes_data(o);
    *n = bytes_length(o);
  } else {
    *data = ((const struct bytearray *)o)->data;
    *n = bytearray_length(o);
  }
}
static int equal(struct object *a, struct object *b) {
  if (!is_bytes(b) && !is_bytearray(b))
    return 0;
  const unsigned char *x, *y;
  size_t x_n, y_n;
  view(a, &x, &x_n);
  view(b, &y, &y_n);
  return x_n == y_n && (x_n == 0 || memcmp(x, y, x_n) == 0);
}
static int64_t hash(struct object *o) {
  struct bytes *b = (struct bytes *)o;
  if (b->hash == -1)
    b->hash = str_hash_bytes(b->data, b->n);
  return b->hash;
}
static bool bytes_check(const struct object *o, char *error, size_t error_bytes) {
  const struct bytes *b = (const struct bytes *)o;
  if (b->data[b->n] != 0)
    return check_failed(error, error_bytes, "bytes %p have no 0 at their end", (const void *)o);
  if (b->hash != -1 && b->hash != str_hash_bytes(b->data, b->n))
    return check_failed(error, error_bytes, "bytes %p have the hash of others", (const void *)o);
  return true;
}

static int bytes_get_buffer(struct object *o, struct buffer_view *view_, int flags) {
  return buffer_fill(view_, o, ((struct bytes *)o)->data, (int64_t)bytes_length(o), true, flags);
}

struct type bytes_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF,
              .n_offset = offsetof(struct bytes, n),
              .basic_bytes = sizeof(struct bytes) + 1,
              .item_bytes = 1},
    .name = "bytes",
    .flags = TYPE_BASE | TYPE_IS_BYTES | TYPE_MATCH_SELF,
    .destroy = bytes_destroy,
    .equal = equal,
    .hash = hash,
    .check = bytes_check,
    .new_ = bytes_new_slot,
    .repr = bytes_repr_slot,
    .str = bytes_str_slot,
    .compare = bytes_compare_slot,
    .iter = bytes_iter_slot,
    .number = {.remainder = bytes_percent_slot},
    .sequence = {.length = bytes_length_slot,
                 .concat = bytes_concat_slot,
                 .repeat = bytes_repeat_slot,
                 .item = bytes_item_slot,
                 .contains = bytes_contains_slot},
    .mapping = {.length = bytes_length_slot, .get = bytes_subscript_slot},
    .buffer = {.get = bytes_get_buffer},
    .methods = bytes_methods,
    .doc = "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\n"
           "bytes(bytes_or_buffer) -> copy\nbytes(int) -> so many zeros\nbytes() -> empty\n\n"
           "An immutable row of bytes.",
    .base = &object_type,
};

/* ---- Shared ones: the empty, and those of a single byte ---- */

static union {
  struct bytes head;
  unsigned char room[sizeof(struct bytes) + 8]; /* with a byte and its 0 */
} single[256], empty;

void bytes_open(void) {
  empty.head.head = (struct object)OBJECT_STATIC(bytes_type);
  gc_immortalize(&empty.head.head);
  empty.head.hash = -1;
  for (unsigned c = 0; c < 256; c++) {
    single[c].head.head = (struct object)OBJECT_STATIC(bytes_type);
    gc_immortalize(&single[c].head.head);
    single[c].head.hash = -1;
    single[c].head.n = 1;
    single[c].head.data[0] = (unsigned char)c;
  }
}

struct object *bytes_new_open(size_t n) {
  if (UNLIKELY(n == 0))
    return hold(&empty.head.head);
  struct bytes *b = NULL;
  if (LIKELY(n < SIZE_MAX / 4))
    b = (struct bytes *)gc_new(&bytes_type, sizeof *b + 1 + n);
  if (UNLIKELY(!b))
    return error_no_memory();
  b->hash = -1;
  b->n = n;
  b->data[n] = 0;
  return &b->head;
}

struct object *bytes_from(const void *data, size_t n) {
  if (n == 1 && data) /* without data the caller is going to write */
    return hold(&single[*(const unsigned char *)data].head.head);
  struct object *b = bytes_new_open(n);
  if (!b)
    return NULL;
  if (data)
    memcpy(((struct bytes *)b)->data, data, n);
  else
    memset(((struct bytes *)b)->data, 0, n);
  return b;
}

struct object *bytes_cut_taking(struct object *o, size_t n) {
  size_t room = bytes_length(o);
  if (n >= room)
    return o;
  struct object *cut = bytes_from(bytes_data(o), n);
  gc_delete(o, sizeof(struct bytes) + 1 + room);
  return cut;
}

static void bytearray_release(struct object *o) {
  struct bytearray *b = (struct bytearray *)o;
  gc_buffer_free(b->data, b->capacity);
}
static void bytearray_destroy(struct object *o) {
  bytearray_release(o);
  gc_delete(o, sizeof(struct bytearray));
}
static bool bytearray_check(const struct object *o, char *error, size_t error_bytes) {
  const struct bytearray *b = (const struct bytearray *)o;
  if (b->n > b->capacity || (b->data == NULL) != (b->capacity == 0))
    return check_failed(error, error_bytes, "bytearray %p: %zu bytes in room for %zu at %p",
                        (const void *)o, b->n, b->capacity, (void *)b->data);
  return true;
}

/* A view of no bytes points somewhere, too. */
static int bytearray_get_buffer(struct object *o, struct buffer_view *view_, int flags) {
  static unsigned char nothing;
  struct bytearray *b = (struct bytearray *)o;
  if (buffer_fill(view_, o, b->n ? b->data : &nothing, (int64_t)b->n, false, flags) < 0)
    return -1;
  b->exports++;
  return 0;
}
static void bytearray_release_buffer(struct object *o, struct buffer_view *view_) {
  ((struct bytearray *)o)->exports--;
}

struct type bytearray_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .flags = GC_RELEASES, .basic_bytes = sizeof(struct bytearray)},
    .name = "bytearray",
    .flags = TYPE_BASE | TYPE_IS_BYTEARRAY | TYPE_MATCH_SELF,
    .destroy = bytearray_destroy,
    .release = bytearray_release,
    .equal = equal,
    .hash = type_unhashable,
    .check = bytearray_check,
    .new_ = bytearray_new_slot,
    .init = bytearray_init_slot,
    .repr = bytes_repr_slot,
    .str = bytes_str_slot,
    .compare = bytearray_compare_slot,
    .iter = bytes_iter_slot,
    .number = {.remainder = bytes_percent_slot},
    .sequence = {.length = bytes_length_slot,
                 .concat = bytes_concat_slot,
                 .repeat = bytes_repeat_slot,
                 .item = bytes_item_slot,
                 .set_item = bytearray_set_item_slot,
                 .contains = bytes_contains_slot,
                 .inplace_concat = bytearray_inplace_concat_slot,
                 .inplace_repeat = bytearray_inplace_repeat_slot},
    .mapping = {.length = bytes_length_slot,
                .get = bytes_subscript_slot,
                .set = bytearray_set_slot},
    .buffer = {.get = bytearray_get_buffer, .release = bytearray_release_buffer},
    .methods = bytearray_methods,
    .doc = "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> "
           "bytearray\nbytearray(bytes_or_buffer) -> copy\nbytearray(int) -> so many zeros\n"
           "bytearray() -> empty\n\nA row of bytes that can change and grow.",
    .base = &object_type,
};

struct object *bytearray_new(size_t n) {
  struct bytearray *b = (struct bytearray *)gc_new(&bytearray_type, sizeof *b);
  if (UNLIKELY(!b))
    return error_no_memory();
  b->n = b->capacity = b->exports = 0;
  b->data = NULL;
  if (bytearray_resize(&b->head, n) < 0) {
    drop(&b->head);
    return NULL;
  }
  return &b->head;
}

/* Growing takes an eighth more and a little, so that n appends cost n; the first size is followed
 * exactly. The buffer stays while it is at least half full. */
static int make_room(struct bytearray *b, size_t n) {
  if (n <= b->capacity && n >= b->capacity / 2)
    return 0;
  if (n == 0) {
    gc_buffer_free(b->data, b->capacity);
    b->data = NULL;
    b->capacity = 0;
    return 0;
  }
  /* What a collection runs where memory is exhausted may resize it, or take a view. */
  for (int attempt = 0; attempt < 2 && !b->exports && n <= SIZE_MAX / 4; attempt++) {
    if (attempt && n <= b->capacity)
      return 0;
    size_t capacity = n > b->capacity && b->capacity ? n + (n >> 3) + (n < 9 ? 3 : 6) : n;
    unsigned char *data = gc_buffer_resize(b->data, b->capacity, capacity);
    if (LIKELY(data != NULL)) {
      b->data = data;
      b->capacity = capacity;
      return 0;
    }
    if (n <= b->capacity) /* giving back may fail without harm */
      return 0;
  }
  return error_no_memory(), -1;
}

static bool is_exported(const struct bytearray *b) {
  if (b->exports)
    error_set(ERROR_BUFFER, "Existing exports of data: object cannot be re-sized");
  return b->exports != 0;
}

int bytearray_resize(struct object *o, size_t n) {
  struct bytearray *b = (struct bytearray *)o;
  if (n == b->n)
    return 0;
  if (is_exported(b) || make_room(b, n) < 0)
    return -1;
  if (n > b->n)
    memset(b->data + b->n, 0, n - b->n);
  b->n = n;
  return 0;
}

int bytearray_append(struct object *o, const void *data, size_t n) {
  struct bytearray *b = (struct bytearray *)o;
  if (n == 0)
    return 0;
  if (is_exported(b))
    return -1;
  if (n > SIZE_MAX / 4)
    return error_no_memory(), -1;
  do { /* for n more than there are then */
    if (make_room(b, b->n + n) < 0)
      return -1;
  } while (UNLIKELY(n > b->capacity - b->n));
  memcpy(b->data + b->n, data, n);
  b->n += n;
  return 0;
}
