/* Properties of single code points, from generated tables: two lookups to a record. */
#include "runtime/modules/unicodedata/database.h"

struct record {
  uint8_t category, bidirectional, combining, width, mirrored;
};
struct number {
  uint32_t c;
  double value;
};
#include "runtime/modules/unicodedata/records.inc"

static const struct record *record_of(uint32_t c, bool old) {
  const uint32_t within = c & ((1u << TABLE_SHIFT) - 1);
  if (old)
    return &records[old_blocks[(uint32_t)old_block_of[c >> TABLE_SHIFT] << TABLE_SHIFT | within]];
  return &records[now_blocks[(uint32_t)now_block_of[c >> TABLE_SHIFT] << TABLE_SHIFT | within]];
}

struct unicode_record unicode_record(uint32_t c, bool old) {
  const struct record *r = record_of(c, old);
  return (struct unicode_record){.category = categories[r->category],
                                 .bidirectional = bidirectional_classes[r->bidirectional],
                                 .width = widths[r->width],
                                 .combining = r->combining,
                                 .is_mirrored = r->mirrored,
                                 .is_assigned = r->category != CATEGORY_UNASSIGNED};
}
unsigned unicode_combining(uint32_t c, bool old) { return record_of(c, old)->combining; }

bool unicode_numeric(uint32_t c, bool old, double *value) {
  size_t low = 0, high = ARRAY_SIZE(numbers);
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (numbers[middle].c < c)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == ARRAY_SIZE(numbers) || numbers[low].c != c ||
      (old && record_of(c, true)->category == CATEGORY_UNASSIGNED))
    return false;
  *value = numbers[low].value;
  return true;
}
