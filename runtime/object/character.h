/* What Unicode 14 says about single code points, as far as strings and names ask: two lookups in
 * tables that scripts/character-tables.py writes. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum character_flags { /* in the order of the script */
                       CHARACTER_ALPHA = 1 << 0,
                       CHARACTER_DECIMAL = 1 << 1,
                       CHARACTER_DIGIT = 1 << 2,
                       CHARACTER_NUMERIC = 1 << 3,
                       CHARACTER_SPACE = 1 << 4,
                       CHARACTER_LINE = 1 << 5, /* ends a line */
                       CHARACTER_LOWER = 1 << 6,
                       CHARACTER_UPPER = 1 << 7,
                       CHARACTER_TITLE = 1 << 8,
                       CHARACTER_PRINTABLE = 1 << 9,
                       CHARACTER_CASED = 1 << 10,
                       CHARACTER_IGNORABLE = 1 << 11, /* when looking for a cased neighbour */
                       CHARACTER_NAME_START = 1 << 12,
                       CHARACTER_NAME = 1 << 13,
                       CHARACTER_ALNUM = CHARACTER_ALPHA | CHARACTER_DECIMAL | CHARACTER_DIGIT |
                                         CHARACTER_NUMERIC,
};

enum character_case {
  CHARACTER_TO_LOWER,
  CHARACTER_TO_UPPER,
  CHARACTER_TO_TITLE,
  CHARACTER_TO_FOLD,
  CHARACTER_CASES_N
};

enum { CHARACTER_MAPPED_MAX = 3 }; /* code points that one may become */

uint32_t character_find_flags(uint32_t c);
extern const uint16_t character_ascii_flags[128];
/* enum character_flags; 0 above 0x10ffff */
static inline uint32_t character_flags(uint32_t c) {
  return c < 128 ? character_ascii_flags[c] : character_find_flags(c);
}
unsigned character_digit(uint32_t c); /* 0 to 9; meaningful with CHARACTER_DIGIT */
/* The full mapping: writes 1 to CHARACTER_MAPPED_MAX code points, returns how many. */
unsigned character_map(uint32_t c, enum character_case to, uint32_t *mapped);
/* Maps units of 1 << kind bytes as long as each becomes one that fits into as many and depends on
 * no others; returns how many those were. */
size_t character_map_run(const void *in, void *out, unsigned kind, size_t n,
                         enum character_case to);

static inline bool character_is(uint32_t c, uint32_t flags) {
  return (character_flags(c) & flags) != 0;
}
static inline bool character_is_space(uint32_t c) {
  return c < 128 ? c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31)
                 : character_is(c, CHARACTER_SPACE);
}
