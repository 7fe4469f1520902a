/* Free lists: opening and giving back. */
#include "runtime/object/freelist.h"

void freelist_open(struct freelist *f, uint32_t max) {
  *f = (struct freelist){.max = GC_RC && object_options.freelists ? max : 0};
}

void freelist_release(struct freelist *f, size_t object_bytes) {
  for (struct object *o; (o = freelist_pop(f));)
    gc_delete(o, object_bytes);
}
