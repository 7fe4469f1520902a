/* Properties of code points. */
#include "runtime/object/character.h"

struct record {
  uint16_t flags;
  uint8_t digit;
  /* By enum character_case: what to add, or MAPPED_TEXT | place in mapped_texts << 4 | length. */
  int32_t cases[CHARACTER_CASES_N];
};
enum { MAPPED_TEXT = 1 << 24 }; /* above all differences */

#include "runtime/object/character_tables.inc"

static const struct record *record_of(uint32_t c) {
  if (c > 0x10ffff)
    c = 0x10ffff;
  return &records[blocks[((uint32_t)block_of[c >> TABLE_SHIFT] << TABLE_SHIFT) |
                         (c & ((1u << TABLE_SHIFT) - 1))]];
}

uint32_t character_find_flags(uint32_t c) { return record_of(c)->flags; }
unsigned character_digit(uint32_t c) { return record_of(c)->digit; }

unsigned character_map(uint32_t c, enum character_case to, uint32_t *mapped) {
  int32_t difference = record_of(c)->cases[to];
  if (difference < MAPPED_TEXT) {
    *mapped = (uint32_t)((int32_t)c + difference);
    return 1;
  }
  const uint16_t *text = mapped_texts + (difference - MAPPED_TEXT) / 16;
  unsigned n = (unsigned)difference & 15;
  for (unsigned i = 0; i < n; i++)
    mapped[i] = text[i];
  return n;
}

enum { CAPITAL_SIGMA = 0x3a3 }; /* its small letter depends on what stands around it */

#define MAP_RUN(T)                                                                                 \
  for (; i < n; i++) {                                                                             \
    uint32_t c = ((const T *)in)[i];                                                               \
    int32_t difference = record_of(c)->cases[to];                                                  \
    uint32_t mapped = (uint32_t)((int32_t)c + difference);                                         \
    if (difference >= MAPPED_TEXT || mapped != (T)mapped ||                                        \
        (c == CAPITAL_SIGMA && to == CHARACTER_TO_LOWER))                                          \
      break;                                                                                       \
    ((T *)out)[i] = (T)mapped;                                                                     \
  }                                                                                                \
  return i

size_t character_map_run(const void *in, void *out, unsigned kind, size_t n,
                         enum character_case to) {
  size_t i = 0;
  if (kind == 0) {
    MAP_RUN(uint8_t);
  }
  if (kind == 1) {
    MAP_RUN(uint16_t);
  }
  MAP_RUN(uint32_t);
}
#undef MAP_RUN
