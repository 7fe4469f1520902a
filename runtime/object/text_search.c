/* Finding a text in another.
 *
 * Two-way matching (Crochemore and Perrin, 1991): the needle is cut where its two parts repeat
 * least (critical factorisation); the right part is compared forwards, then the left; a mismatch in
 * the right part moves on behind it, one in the left by the needle's period. It needs 2n
 * comparisons at most but starts slower than looking for the needle's last unit and skipping by a
 * Bloom filter of its units, which goes first, on a budget. Where units are bytes, the C library's
 * memchr is tried before, and finds short needles by memmem. */
#include "runtime/object/text_search.h"
#include "base/bits.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* ---- Single units ---- */

size_t text_find_unit_in(const void *data, size_t n, unsigned kind, uint32_t unit) {
  struct text_units in = {data, n, kind};
  const void *found = NULL;
  if (in.n == 0)
    return TEXT_NOT_FOUND;
  if (in.kind == 0) {
    if (unit > 0xff || !(found = memchr(in.data, (int)unit, in.n)))
      return TEXT_NOT_FOUND;
    return (size_t)((const char *)found - (const char *)in.data);
  }
  if (in.kind == 2) {
    if (!(found = wmemchr(in.data, (wchar_t)unit, in.n)))
      return TEXT_NOT_FOUND;
    return (size_t)((const uint32_t *)found - (const uint32_t *)in.data);
  }
  if (unit > 0xffff)
    return TEXT_NOT_FOUND;
  /* By the byte of the unit that is rarer in text (the lower one, if it is not 0), as vector code
   * finds it; false hits are paid one by one, so after some the rest is scanned plainly. */
  const uint16_t *p = in.data, *end = p + in.n;
  unsigned char low = (unsigned char)unit;
  for (int tries = 0; low && tries < 16 && end - p > 32; tries++) {
    const unsigned char *hit = memchr(p, low, (size_t)(end - p) * 2);
    if (!hit)
      return TEXT_NOT_FOUND;
    p += (size_t)(hit - (const unsigned char *)p) / 2;
    if (*p == unit)
      return (size_t)(p - (const uint16_t *)in.data);
    p++;
  }
  for (; p < end; p++)
    if (*p == unit)
      return (size_t)(p - (const uint16_t *)in.data);
  return TEXT_NOT_FOUND;
}

size_t text_find_unit_last(struct text_units in, uint32_t unit) {
  if (in.n == 0)
    return TEXT_NOT_FOUND;
  if (in.kind == 0) {
    const char *found = unit > 0xff ? NULL : memrchr(in.data, (int)unit, in.n);
    return found ? (size_t)(found - (const char *)in.data) : TEXT_NOT_FOUND;
  }
  for (size_t i = in.n; i-- > 0;)
    if (text_unit(in, i) == unit)
      return i;
  return TEXT_NOT_FOUND;
}

/* ---- Needles of units of one width ---- */

enum { FILTER_LEAST = 4 }; /* bytes of a needle by which more is skipped than memmem reads on */

#define UNIT        uint8_t
#define NAMED(name) name##_1
#include "runtime/object/text_search.inc"
#undef UNIT
#undef NAMED
#define UNIT        uint16_t
#define NAMED(name) name##_2
#include "runtime/object/text_search.inc"
#undef UNIT
#undef NAMED
#define UNIT        uint32_t
#define NAMED(name) name##_4
#include "runtime/object/text_search.inc"
#undef UNIT
#undef NAMED

/* The needle in the haystack's width. Needles are short: on the stack, where they fit. */
enum { WIDENED_ON_STACK = 64 };
struct widened {
  uint32_t room[WIDENED_ON_STACK];
};

/* Occurrences in units of different widths: found by the first unit and compared one by one. Only
 * long needles come here, when there is no memory needed that could be missing. */
static bool matches(struct text_units in, size_t at, struct text_units what) {
  for (size_t i = 0; i < what.n; i++)
    if (text_unit(in, at + i) != text_unit(what, i))
      return false;
  return true;
}

static size_t find_mixed(struct text_units in, struct text_units what) {
  uint32_t first = text_unit(what, 0);
  for (size_t at = 0; at + what.n <= in.n; at++) {
    size_t next = text_find_unit(text_part(in, at, in.n - what.n + 1), first);
    if (next == TEXT_NOT_FOUND)
      return TEXT_NOT_FOUND;
    at += next;
    if (matches(in, at, what))
      return at;
  }
  return TEXT_NOT_FOUND;
}

/* what in in.kind, in w; false: too long for it. */
static bool widen(struct text_units *what, unsigned kind, struct widened *w) {
  if (what->kind == kind)
    return true;
  if (what->n > WIDENED_ON_STACK)
    return false;
  for (size_t i = 0; i < what->n; i++)
    if (kind == 1)
      ((uint16_t *)w->room)[i] = (uint16_t)text_unit(*what, i);
    else
      w->room[i] = text_unit(*what, i);
  what->data = w->room;
  what->kind = kind;
  return true;
}

size_t text_find_in(const void *data, size_t n, unsigned kind, const void *what_data, size_t what_n,
                    unsigned what_kind) {
  struct text_units in = {data, n, kind}, what = {what_data, what_n, what_kind};
  if (what.n == 0)
    return 0;
  if (what.n > in.n || what.kind > in.kind)
    return TEXT_NOT_FOUND;
  if (what.n == 1)
    return text_find_unit(in, text_unit(what, 0));
  struct widened w;
  if (!widen(&what, in.kind, &w))
    return find_mixed(in, what);
  if (in.kind == 0)
    return find_1(in.data, in.n, what.data, what.n);
  return in.kind == 1 ? find_2(in.data, in.n, what.data, what.n)
                      : find_4(in.data, in.n, what.data, what.n);
}

size_t text_find_last(struct text_units in, struct text_units what) {
  if (what.n == 0)
    return in.n;
  if (what.n > in.n || what.kind > in.kind)
    return TEXT_NOT_FOUND;
  if (what.n == 1)
    return text_find_unit_last(in, text_unit(what, 0));
  struct widened w;
  if (!widen(&what, in.kind, &w)) {
    for (size_t at = in.n - what.n + 1; at-- > 0;)
      if (matches(in, at, what))
        return at;
    return TEXT_NOT_FOUND;
  }
  if (in.kind == 0)
    return find_last_1(in.data, in.n, what.data, what.n);
  return in.kind == 1 ? find_last_2(in.data, in.n, what.data, what.n)
                      : find_last_4(in.data, in.n, what.data, what.n);
}

VECTORIZED static size_t count_unit(struct text_units in, uint32_t unit) {
  size_t n = 0;
#define COUNT(T)                                                                                   \
  for (const T *p = in.data, *end = p + in.n; p < end; p++)                                        \
  n += *p == unit
  if (in.kind == 0)
    COUNT(uint8_t);
  else if (in.kind == 1)
    COUNT(uint16_t);
  else
    COUNT(uint32_t);
#undef COUNT
  return n;
}

size_t text_count(struct text_units in, struct text_units what, size_t limit) {
  if (what.n == 0)
    return smaller(in.n + 1, limit);
  if (what.n > in.n || what.kind > in.kind)
    return 0;
  if (what.n == 1)
    return smaller(count_unit(in, text_unit(what, 0)), limit);
  size_t n = 0;
  for (size_t at = 0; n < limit; n++) {
    size_t next = text_find(text_part(in, at, in.n), what);
    if (next == TEXT_NOT_FOUND)
      break;
    at += next + what.n;
  }
  return n;
}
