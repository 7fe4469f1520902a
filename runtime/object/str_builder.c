/* Strings made piece by piece. */
#include "runtime/object/str_builder.h"
#include <string.h>

static int fail(struct str_builder *b) {
  if (!b->failed)
    error_no_memory();
  b->failed = true;
  return -1;
}

/* Room for `more` code points of this kind. */
static int prepare(struct str_builder *b, size_t more, unsigned kind) {
  if (UNLIKELY(b->failed))
    return -1;
  size_t need = b->n + more;
  unsigned wider = kind > b->kind ? kind : b->kind;
  if (need <= b->capacity && wider == b->kind)
    return 0;
  if (need > SIZE_MAX / 32)
    return fail(b);
  size_t capacity = need <= b->capacity ? b->capacity : need + (need >> 1) + 16;
  if (wider == b->kind) {
    unsigned char *data = gc_buffer_resize(b->data, b->capacity << b->kind, capacity << b->kind);
    if (!data)
      return fail(b);
    b->data = data;
  } else {
    unsigned char *data = gc_buffer_new(capacity << wider);
    if (!data)
      return fail(b);
    str_copy_units(data, wider, b->data, b->kind, b->n);
    gc_buffer_free(b->data, b->capacity << b->kind);
    b->data = data;
    b->kind = wider;
  }
  b->capacity = capacity;
  return 0;
}

int str_builder_add_units(struct str_builder *b, const void *data, size_t n, unsigned kind,
                          bool is_ascii) {
  if (n == 0)
    return b->failed ? -1 : 0;
  if (prepare(b, n, kind) < 0)
    return -1;
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
  for (size_t i = b->n; i < b->n + times; i++)
    if (b->kind == 0)
      b->data[i] = (unsigned char)c;
    else if (b->kind == 1)
      ((uint16_t *)b->data)[i] = (uint16_t)c;
    else
      ((uint32_t *)b->data)[i] = c;
  b->n += times;
  b->is_ascii &= c < 128;
  return 0;
}

struct object *str_builder_finish(struct str_builder *b) {
  struct object *s = NULL;
  if (!b->failed)
    s = str_from_data(b->data, b->n, b->kind);
  str_builder_discard(b);
  return s;
}

void str_builder_discard(struct str_builder *b) {
  if (b->data)
    gc_buffer_free(b->data, b->capacity << b->kind);
  *b = STR_BUILDER_EMPTY;
}
