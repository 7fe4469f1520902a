/* What objects look like: repr, str, ascii, format; and the guard against reprs that contain
 * themselves. */
#include "base/vec.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/format_spec.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"

static struct object *show(struct object *o, unary_fn *f, const char *name) {
  if (!f)
    return str_format("<%N object at %p>", o, (void *)o);
  const struct type *t = type_of(o);
  struct object *result;
  if (!(t->shape.flags & GC_CONTAINER) && !type_has(t, TYPE_HEAP))
    result = f(o); /* refers to nothing, so no depth is to be feared */
  else {
    if (!object_enter())
      return NULL;
    result = f(o);
    object_leave();
  }
  if (!result || is_any_str(result))
    return result;
  error_format(ERROR_TYPE, "%s returned non-string (type %N)", name, result);
  drop(result);
  return NULL;
}
struct object *object_repr(struct object *o) {
  return show(o, type_of(o)->repr, "__repr__");
}
struct object *object_str(struct object *o) {
  if (is_str(o))
    return hold(o);
  if (type_of(o) == &int_type)
    return int_repr(o);
  return type_of(o)->str ? show(o, type_of(o)->str, "__str__") : object_repr(o);
}

struct object *object_ascii(struct object *o) {
  struct object *repr = object_repr(o);
  if (!repr || str_is_ascii(repr))
    return repr;
  struct object *result = codec_ascii_from(repr);
  drop(repr);
  return result;
}

struct object *object_format(struct object *o, struct object *spec) {
  if (spec && !is_any_str(spec))
    return error_format(ERROR_SYSTEM, "Format specifier must be a string, not %N", spec);
  if (!spec)
    spec = NAME(empty);
  if (!str_length(spec) && is_str(o))
    return hold(o);
  if (is_str(spec)) { /* what the method of the exact type does */
    if (type_of(o) == &int_type)
      return format_int(o, spec);
    if (is_float(o))
      return format_float(o, spec);
    if (is_str(o))
      return format_str(o, spec);
  }
  struct object *args[] = {o, spec};
  struct object *result = call_special(NAME(format), args, 2);
  if (!result)
    return error_pending() != ERROR_NONE
               ? NULL
               : error_format(ERROR_TYPE, "Type %N doesn't define __format__", o);
  if (is_any_str(result))
    return result;
  error_format(ERROR_TYPE, "__format__ must return a str, not %N", result);
  drop(result);
  return NULL;
}

/* ---- Containers in themselves: borrowed, held by their reprs' callers. ---- */

static _Thread_local struct { VEC(struct object *); } showing;

int repr_enter(struct object *o) {
  for (size_t i = 0; i < showing.n; i++)
    if (showing.items[i] == o)
      return 1;
  if (!vec_push(&showing, o))
    return error_no_memory(), -1;
  return 0;
}
void repr_leave(struct object *o) {
  for (size_t i = showing.n; i-- > 0;)
    if (showing.items[i] == o) {
      for (size_t k = i + 1; k < showing.n; k++)
        showing.items[k - 1] = showing.items[k];
      showing.n--;
      break;
    }
  if (!showing.n)
    vec_free(&showing);
}
