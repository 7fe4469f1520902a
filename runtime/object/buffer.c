/* The buffer protocol: views of an object's bytes. */
#include "runtime/object/exception.h"
#include "runtime/object/protocol.h"
#include <string.h>

bool has_buffer(const struct object *o) { return type_of(o)->buffer.get != NULL; }

int buffer_get(struct object *o, struct buffer_view *view, int flags) {
  view->object = NULL;
  if (!has_buffer(o)) {
    error_format(ERROR_TYPE, "a bytes-like object is required, not '%N'", o);
    return -1;
  }
  return type_of(o)->buffer.get(o, view, flags);
}

void buffer_release(struct buffer_view *view) {
  struct object *o = view->object;
  if (!o)
    return;
  view->object = NULL;
  if (type_of(o)->buffer.release)
    type_of(o)->buffer.release(o, view);
  drop(o);
}

int buffer_fill(struct buffer_view *view, struct object *o, void *data, int64_t bytes,
                bool is_readonly, int flags) {
  if ((flags & BUFFER_WRITABLE) && is_readonly) {
    error_set(ERROR_BUFFER, "Object is not writable.");
    return -1;
  }
  *view = (struct buffer_view){.data = data,
                               .object = hold(o),
                               .bytes = bytes,
                               .item_bytes = 1,
                               .is_readonly = is_readonly,
                               .dimensions = 1,
                               .format = flags & BUFFER_FORMAT ? "B" : NULL};
  if (flags & BUFFER_ND)
    view->shape = &view->bytes;
  if ((flags & BUFFER_STRIDES) == BUFFER_STRIDES)
    view->strides = &view->item_bytes;
  return 0;
}

/* ---- What a view covers ---- */

static bool is_contiguous(const struct buffer_view *v, bool from_last) {
  int64_t bytes = v->item_bytes;
  for (int k = 0; k < v->dimensions; k++) {
    int i = from_last ? v->dimensions - 1 - k : k;
    if (v->shape[i] > 1 && v->strides[i] != bytes)
      return false;
    bytes *= v->shape[i];
  }
  return true;
}
bool buffer_is_contiguous(const struct buffer_view *v, char order) {
  if (v->suboffsets)
    for (int i = 0; i < v->dimensions; i++)
      if (v->suboffsets[i] >= 0)
        return false;
  if (v->bytes == 0)
    return true;
  if (!v->strides || !v->shape)
    return order != 'F' || v->dimensions <= 1;
  bool in_c = is_contiguous(v, true);
  return order == 'C'   ? in_c
         : order == 'F' ? is_contiguous(v, false)
                        : in_c || is_contiguous(v, false);
}

static unsigned char *copy_dimension(unsigned char *to, const struct buffer_view *v, int dimension,
                                     const unsigned char *from) {
  if (dimension == v->dimensions) {
    memcpy(to, from, (size_t)v->item_bytes);
    return to + v->item_bytes;
  }
  for (int64_t i = 0; i < v->shape[dimension]; i++, from += v->strides[dimension]) {
    const unsigned char *item = from;
    if (v->suboffsets && v->suboffsets[dimension] >= 0)
      item = *(unsigned char *const *)(const void *)item + v->suboffsets[dimension];
    to = copy_dimension(to, v, dimension + 1, item);
  }
  return to;
}
void buffer_copy_out(void *to, const struct buffer_view *v) {
  if (buffer_is_contiguous(v, 'C'))
    memcpy(to, v->data, (size_t)v->bytes);
  else
    copy_dimension(to, v, 0, v->data);
}
