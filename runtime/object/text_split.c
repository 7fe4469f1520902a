/* The arguments of split, rsplit and splitlines. */
#include "runtime/object/text_split.h"
#include "runtime/object/call.h"

int text_split_parse(const char *function, struct object *const *args, size_t n,
                     struct object *kwnames, struct object **separator, size_t *limit) {
  static const char *const names[] = {"sep", "maxsplit"};
  struct object *values[2] = {n ? args[0] : NULL, NULL};
  int64_t most = -1;
  if ((n > 1 || kwnames) &&
      args_parse(&(struct args_spec){function, names, 2, 0, 2, 0}, args, n, kwnames, values) < 0)
    return -1;
  if (values[1] && args_to_size(values[1], &most) < 0)
    return -1;
  *separator = values[0] == NONE ? NULL : values[0];
  *limit = most < 0 ? SIZE_MAX : (size_t)most;
  return 0;
}

int text_splitlines_parse(struct object *const *args, size_t n, struct object *kwnames,
                          int *keeps) {
  static const char *const names[] = {"keepends"};
  static const struct args_spec spec = {"splitlines", names, 1, 0, 1, 0};
  struct object *value;
  *keeps = 0;
  return args_parse(&spec, args, n, kwnames, &value) < 0 ? -1
         : value                                         ? args_to_c_int(value, keeps)
                                                         : 0;
}
