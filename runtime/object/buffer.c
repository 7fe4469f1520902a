/* The buffer protocol: views of an object's bytes. */
#include "runtime/object/exception.h"
#include "runtime/object/protocol.h"

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
