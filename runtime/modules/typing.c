/* The module `_typing`. */
#include "runtime/modules/module.h"

static struct object *identity(struct object *self, struct object *o) { return hold(o); }

static const struct method_def methods[] = {
    METHOD_ONE_("_idfunc", identity, "_idfunc($module, x, /)\n--\n\n"), {NULL}};

int module__typing_fill(struct object *module) {
  if (module_add_functions(module, methods) < 0)
    return -1;
  return module_add_text(module, "__doc__", "Accelerators for the typing module.\n");
}
