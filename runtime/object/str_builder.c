/* Strings made piece by piece. */
#include "runtime/object/str_builder.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str_internal.h"
#include <string.h>

static int fail(struct str_builder *b) {
  if (!b->failed)
    error_no_memory();
  b->failed = true;
  return -1;
}

static NO_INLINE int grow(struct str_builder *b, size_t need, unsigned wider) {
  if (need > SIZE_MAX / 32)
    return fail(b);
  size_t capacity = need <= b->capacity ? b->capacity : need + (need >> 1) + 16;
  if (wider == b->kind && !b->is_lent) {
    unsigned char *data =
        gc_buffer_resize_own(b->data, b->capacity << b->kind, capacity << b->kind);
    if (!data)
      return fail(b);
    b->data = data;
  } else {
    unsigned char *data = gc_buffer_new(capacity << wider);
    if (!data)
      return fail(b);
    str_copy_units(data, wider, b->data, b->kind, b->n);
    if (!b->is_lent)
      gc_buffer_free(b->data, b->capacity << b->kind);
    b->data = data;
    b->kind = wider;
    b->is_lent = false;
  }
  b->capacity = capacity;
  return 0;
}

/* Room for `more` code points of this kind. */
static inline int prepare(struct str_builder *b, size_t more, unsigned kind) {
  if (UNLIKELY(b->failed))
    return -1;
  if (LIKELY(more <= b->capacity - b->n && kind <= b->kind))
    return 0;
  return grow(b, b->n + more, kind > b->kind ? kind : b->kind);
}

int str_builder_reserve(struct str_builder *b, size_t n, unsigned kind) {
  return prepare(b, n, kind);
}

int str_builder_add_units(struct str_builder *b, const void *data, size_t n, unsigned kind,
                          bool is_ascii) {
  if (n == 0)
    return b->failed ? -1 : 0;
  if (prepare(b, n, kind) < 0)
    return -1;
  if (LIKELY(b->kind == 0))
    copy_bytes(b->data + b->n, data, n);
  else
    str_copy_units(b->data + (b->n << b->kind), b->kind, data, kind, n);
  b->n += n;
  b->is_ascii &= is_ascii;
  return 0;
}

int str_builder_add(struct str_builder *b, struct object *s) {
  return str_builder_add_units(b, str_data(s), str_length(s), str_kind(s), str_is_ascii(s));
}

int str_builder_add_part(struct str_builder *b, struct object *s, size_t start, size_t stop) {
  unsigned kind = str_kind(s);
  return str_builder_add_units(b, (const char *)str_data(s) + (start << kind), stop - start, kind,
                               str_is_ascii(s));
}

int str_builder_add_ascii(struct str_builder *b, const char *text, size_t n) {
  return str_builder_add_units(b, text, n, 0, true);
}

int str_builder_add_grow(struct str_builder *b, uint32_t c, size_t times) {
  unsigned kind = c < 0x100 ? 0 : c < 0x10000 ? 1 : 2;
  if (times > SIZE_MAX / 64)
    return fail(b);
  if (prepare(b, times, kind) < 0)
    return -1;
  if (b->kind == 0)
    memset(b->data + b->n, (int)c, times);
  else
    for (size_t i = b->n; i < b->n + times; i++)
      str_put(b->data, b->kind, i, c);
  b->n += times;
  b->is_ascii &= c < 128;
  return 0;
}

int str_builder_add_int(struct str_builder *b, int64_t value) {
  char few[INT_DECIMAL_BYTES], *room = str_builder_ascii_room(b, sizeof few);
  size_t n = int_write_decimal(value, room ? room : few);
  if (!room)
    return str_builder_add_ascii(b, few, n);
  b->n += n;
  return 0;
}

int str_builder_add_str_of(struct str_builder *b, struct object *o) {
  if (is_str(o))
    return str_builder_add(b, o);
  if (type_of(o) == &int_type && int_is_compact(o))
    return str_builder_add_int(b, int_value(o));
  if (is_float(o)) {
    char text[FLOAT_TEXT_BYTES];
    return str_builder_add_ascii(b, text, float_write(float_value(o), text, true));
  }
  struct object *text = object_str(o);
  if (!text)
    return -1;
  int status = str_builder_add(b, text);
  drop(text);
  return status;
}

struct object *str_builder_finish(struct str_builder *b) {
  struct object *s = NULL;
  if (LIKELY(!b->failed))
    s = b->is_ascii && b->kind == 0 ? str_from_ascii_units(b->data, b->n)
                                    : str_from_data(b->data, b->n, b->kind);
  str_builder_discard(b);
  return s;
}

void str_builder_discard(struct str_builder *b) {
  if (b->data && !b->is_lent)
    gc_buffer_free(b->data, b->capacity << b->kind);
  *b = STR_BUILDER_EMPTY;
}
