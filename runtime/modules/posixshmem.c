/* The module _posixshmem: shared memory by its name. */
#include "runtime/modules/argument.h"
#include "runtime/modules/blocking.h"
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

FUNCTION(shm_open_, "shm_open", 0, 3, 2, "path", "flags", "mode") {
  int flags, mode = 0777, fd;
  bool raised = false;
  struct object *owner = NULL;
  const char *name = argument_text(v[0], "shm_open() argument 'path'", &owner);
  if (!name)
    return NULL;
  struct object *result = NULL;
  if (argument_int(v[1], &flags) == 0 && (!v[2] || argument_int(v[2], &mode) == 0)) {
    fd = BLOCKING_RETRY(&raised, shm_open(name, flags, (mode_t)mode));
    result = fd >= 0 ? int_from_i64(fd) : raised ? NULL : error_errno(errno, v[0], NULL);
  }
  drop_null(owner);
  return result;
}
FUNCTION(shm_unlink_, "shm_unlink", 0, 1, 1, "path") {
  bool raised = false;
  struct object *owner = NULL;
  const char *name = argument_text(v[0], "shm_unlink() argument 'path'", &owner);
  if (!name)
    return NULL;
  int status = BLOCKING_RETRY(&raised, shm_unlink(name));
  struct object *result = status == 0 ? hold(NONE) : raised ? NULL : error_errno(errno, v[0], NULL);
  drop_null(owner);
  return result;
}

static const struct method_def functions[] = {
    METHOD_KEYWORDS_("shm_open", shm_open__call,
                     DOC("shm_open", "$module, /, path, flags, mode=511",
                         "Open shared memory: a file descriptor.")),
    METHOD_KEYWORDS_("shm_unlink", shm_unlink__call,
                     DOC("shm_unlink", "$module, /, path", "Remove the name of shared memory.")),
    {NULL}};

int module_posixshmem_fill(struct object *module) {
  return module_add_functions(module, functions);
}
