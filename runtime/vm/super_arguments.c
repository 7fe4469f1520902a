/* super() without arguments: the class from the cell __class__ of the running function, and its
 * first argument. */
#include "runtime/object/bytes.h"
#include "runtime/object/model.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/frame.h"

static int fail(const char *message) {
  error_set(ERROR_RUNTIME, "super(): %s", message);
  return -1;
}

int super_arguments_of_frame(struct type **start, struct object **o) {
  struct frame *f = vm_stack.top;
  if (!f)
    return fail("no current frame");
  const struct code *code = f->code;
  if (code->argcount == 0)
    return fail("no arguments");
  const unsigned char *kinds = bytes_data(code->localspluskinds);
  struct object *first = f->locals[0];
  if (first && (kinds[0] & CODE_CELL) && is_cell(first))
    first = cell_get_borrowed(first);
  if (!first)
    return fail("arg[0] deleted");
  for (size_t i = tuple_length(code->localsplusnames); i-- > 0 && (kinds[i] & CODE_FREE);) {
    if (!str_same_text(tuple_get_borrowed(code->localsplusnames, i), NAME(class)))
      continue;
    struct object *cell = f->locals[i];
    if (!cell || !is_cell(cell))
      return fail("bad __class__ cell");
    struct object *class = cell_get_borrowed(cell);
    if (!class)
      return fail("empty __class__ cell");
    if (!is_type(class)) {
      error_set(ERROR_RUNTIME, "super(): __class__ is not a type (%s)", type_of(class)->name);
      return -1;
    }
    *start = (struct type *)class;
    *o = first;
    return 0;
  }
  return fail("__class__ cell not found");
}
