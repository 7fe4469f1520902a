/* The module posix: what os is made of. Its parts fill it one after the other. */
#include "runtime/modules/posix/posix.h"

int module_posix_fill(struct object *module) {
  static module_fill_fn *const parts[] = {
      posix_fill_stat,       posix_fill_directories, posix_fill_scan,        posix_fill_names,
      posix_fill_attributes, posix_fill_extended,    posix_fill_descriptors, posix_fill_transfer,
      posix_fill_fork,       posix_fill_process,     posix_fill_spawn,       posix_fill_identity,
      posix_fill_schedule,   posix_fill_system,      posix_fill_limits,      posix_fill_constants};
  for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
    if (parts[i](module) < 0)
      return -1;
  return module_add(module, "error", &exception_type(ERROR_OS)->head);
}
