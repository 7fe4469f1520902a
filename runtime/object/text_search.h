/* Searching in runs of 1, 2 or 4 byte units: the one search under str, bytes and bytearray.
 *
 * The haystack's units are at least as wide as the needle's (a needle in a wider kind can't occur:
 * strings are in their narrowest kind). Both may be empty. Forward searches are linear in time,
 * whatever the input: a quick filter that skips by the last unit, and two-way matching once the
 * filter does not pay. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define TEXT_NOT_FOUND SIZE_MAX

struct text_units {
  const void *data;
  size_t n;
  unsigned kind; /* log2 of the bytes of a unit */
};

/* Structs of three words would be passed in memory. */
size_t text_find_in(const void *in, size_t n, unsigned kind, const void *what, size_t what_n,
                    unsigned what_kind);
size_t text_find_unit_in(const void *in, size_t n, unsigned kind, uint32_t unit);
static inline size_t text_find(struct text_units in, struct text_units what) {
  return text_find_in(in.data, in.n, in.kind, what.data, what.n, what.kind);
}
size_t text_find_last(struct text_units in, struct text_units what);
/* Occurrences that do not overlap, at most `limit`; the empty one n + 1 times. */
size_t text_count(struct text_units in, struct text_units what, size_t limit);
static inline size_t text_find_unit(struct text_units in, uint32_t unit) {
  return text_find_unit_in(in.data, in.n, in.kind, unit);
}
size_t text_find_unit_last(struct text_units in, uint32_t unit);
static inline uint32_t text_unit(struct text_units in, size_t i) {
  return in.kind == 0   ? ((const unsigned char *)in.data)[i]
         : in.kind == 1 ? ((const uint16_t *)in.data)[i]
                        : ((const uint32_t *)in.data)[i];
}
static inline struct text_units text_part(struct text_units in, size_t start, size_t stop) {
  return (struct text_units){(const char *)in.data + (start << in.kind), stop - start, in.kind};
}
