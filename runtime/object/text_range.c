/* The optional start and end of find, count, startswith and their like. */
#include "runtime/object/text_range.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"

static int read(struct object *o, int64_t *value) {
  if (o == NONE)
    return 0;
  if (LIKELY(type_of(o) == &int_type && int_is_compact(o))) {
    *value = int_value(o);
    return 0;
  }
  if (!is_any_int(o) && !type_of(o)->number.index) {
    error_set(ERROR_TYPE, "slice indices must be integers or None or have an __index__ method");
    return -1;
  }
  return number_to_i64(o, value, ERROR_NONE);
}

static size_t place(int64_t i, size_t length) {
  if (i < 0)
    i += (int64_t)length;
  return i < 0 ? 0 : (size_t)i;
}

int text_range_parse(const char *function, struct object *const *args, size_t n, size_t length,
                     struct text_range *range) {
  int64_t start = 0, stop = INT64_MAX;
  if (n == 0 || n > 3) {
    error_format(ERROR_TYPE, "%s() takes at %s %d argument%s (%zu given)", function,
                 n ? "most" : "least", n ? 3 : 1, n ? "s" : "", n);
    return -1;
  }
  if ((n > 1 && read(args[1], &start) < 0) || (n > 2 && read(args[2], &stop) < 0))
    return -1;
  range->start = place(start, length);
  range->stop = place(stop, length);
  if (range->stop > length)
    range->stop = length;
  return 0;
}
