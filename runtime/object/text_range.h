/* The optional start and end of find, count, startswith and their like, of str and bytes. */
#pragma once
#include "runtime/object/object.h"

/* Positions as a slice means them: stop <= length; start may lie behind stop, which is a range that
 * holds nothing, not even the empty text. */
struct text_range {
  size_t start, stop;
};
static inline bool text_range_is_none(struct text_range r) { return r.start > r.stop; }

/* Of (what[, start[, end]]); -1 with an error of the count or of an index. */
int text_range_parse(const char *function, struct object *const *args, size_t n, size_t length,
                     struct text_range *range);
