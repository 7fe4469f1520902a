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
