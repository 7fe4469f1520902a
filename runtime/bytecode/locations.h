/* Places in the source, as co_linetable holds them: CPython 3.11's format.
 *
 * An entry covers 1 to 8 words of code. Its first byte is  1 cccc www : form c, words w + 1.
 *   0-9    short      columns within 80, same line: one more byte
 *   10-12  one line   0, 1 or 2 lines on: start and end column, a byte each
 *   13     no columns signed varint of lines on
 *   14     long       signed varint of lines on, varints: lines to the end, columns + 1
 *   15     none
 * A varint has 6 bits a byte, lowest first, bit 6 says that more follows; a signed one keeps the
 * sign in its lowest bit. "On" counts from the line of the entry before, at first co_firstlineno.
 */
#pragma once
#include "base/bits.h"
#include <stdbool.h>
#include <stddef.h>

struct location { /* lines from 1, columns are bytes from 0; line -1: none, column -1: not known */
  int32_t line, end_line, column, end_column;
};

/* False: code objects get lines alone, also those that are read (-X no_debug_ranges). */
extern bool location_keeps_columns;

enum { LOCATION_BYTES_MAX = 1 + 4 * 6 }; /* an entry takes no more */

/* Writes an entry for `words` (1 to 8) words of code and returns its length; *line is the line of
 * the entry before and becomes this one's. */
size_t location_encode(unsigned char *at, struct location where, unsigned words, int32_t *line);

struct location_reader {
  const unsigned char *at, *end;
  int32_t line;         /* of the entry last read that had one */
  uint32_t start, stop; /* words of code it covers */
};
static inline struct location_reader location_read(const unsigned char *table, size_t n,
                                                   int32_t first_line) {
  return (struct location_reader){.at = table, .end = table + n, .line = first_line};
}
/* The next entry; false at the end, or where the table is cut off. */
bool location_next(struct location_reader *reader, struct location *where);
/* The next entry whose line is not *line, which becomes it. Entries between are passed over. */
bool location_next_line(struct location_reader *reader, int32_t *line);
