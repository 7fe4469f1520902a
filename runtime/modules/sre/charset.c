/* Single code points: categories, sets, and what is the same without regard to case. */
#include "runtime/modules/sre/sre.h"
#include "runtime/object/character.h"
#include <ctype.h>

uint32_t sre_lower_ascii(uint32_t c) { return c - 'A' < 26 ? c + 32 : c; }
uint32_t sre_lower_unicode(uint32_t c) {
  if (c < 128)
    return sre_lower_ascii(c);
  uint32_t mapped[CHARACTER_MAPPED_MAX];
  character_map(c, CHARACTER_TO_LOWER, mapped);
  return mapped[0];
}
static uint32_t upper_unicode(uint32_t c) {
  uint32_t mapped[CHARACTER_MAPPED_MAX];
  character_map(c, CHARACTER_TO_UPPER, mapped);
  return mapped[0];
}
uint32_t sre_lower_locale(uint32_t c) { return c < 256 ? (uint32_t)tolower((int)c) : c; }
static uint32_t upper_locale(uint32_t c) { return c < 256 ? (uint32_t)toupper((int)c) : c; }

bool sre_is_cased_ascii(uint32_t c) { return (c | 32) - 'a' < 26; }
bool sre_is_cased_unicode(uint32_t c) { return c != sre_lower_unicode(c) || c != upper_unicode(c); }

static bool is_ascii_word(uint32_t c) { return c - '0' < 10 || (c | 32) - 'a' < 26 || c == '_'; }
static bool is_locale_word(uint32_t c) { return c == '_' || (c < 256 && isalnum((int)c)); }
static bool is_unicode_word(uint32_t c) {
  return c < 128 ? is_ascii_word(c) : character_is(c, CHARACTER_ALNUM);
}

bool sre_in_category(uint32_t category, uint32_t c) {
  bool is_in;
  switch (category & ~1u) {
  case SRE_CATEGORY_DIGIT:
    is_in = c - '0' < 10;
    break;
  case SRE_CATEGORY_SPACE:
    is_in = c == ' ' || c - 9 < 5;
    break;
  case SRE_CATEGORY_WORD:
    is_in = is_ascii_word(c);
    break;
  case SRE_CATEGORY_LINEBREAK:
    is_in = c == '\n';
    break;
  case SRE_CATEGORY_LOC_WORD:
    is_in = is_locale_word(c);
    break;
  case SRE_CATEGORY_UNI_DIGIT:
    is_in = character_is(c, CHARACTER_DECIMAL);
    break;
  case SRE_CATEGORY_UNI_SPACE:
    is_in = character_is_space(c);
    break;
  case SRE_CATEGORY_UNI_WORD:
    is_in = is_unicode_word(c);
    break;
  default:
    is_in = character_is(c, CHARACTER_LINE);
  }
  return is_in != (category & 1);
}

bool sre_is_word(uint32_t at, uint32_t c) {
  switch (at) {
  case SRE_AT_BOUNDARY:
  case SRE_AT_NON_BOUNDARY:
    return is_ascii_word(c);
  case SRE_AT_LOC_BOUNDARY:
  case SRE_AT_LOC_NON_BOUNDARY:
    return is_locale_word(c);
  default:
    return is_unicode_word(c);
  }
}

static bool bit(const uint32_t *bits, uint32_t c) { return bits[c >> 5] >> (c & 31) & 1; }

bool sre_in_set(const uint32_t *set, uint32_t c) {
  bool found = true;
  for (;;) {
    switch (*set++) {
    case SRE_FAILURE:
      return !found;
    case SRE_NEGATE:
      found = !found;
      break;
    case SRE_LITERAL:
      if (c == set[0])
        return found;
      set++;
      break;
    case SRE_CATEGORY:
      if (sre_in_category(set[0], c))
        return found;
      set++;
      break;
    case SRE_CHARSET:
      if (c < 256 && bit(set, c))
        return found;
      set += 8;
      break;
    case SRE_RANGE:
      if (set[0] <= c && c <= set[1])
        return found;
      set += 2;
      break;
    case SRE_RANGE_UNI_IGNORE: {
      if (set[0] <= c && c <= set[1])
        return found;
      uint32_t upper = upper_unicode(c);
      if (set[0] <= upper && upper <= set[1])
        return found;
      set += 2;
      break;
    }
    default: { /* BIGCHARSET: <blocks> <which block for each high byte> <blocks> */
      uint32_t blocks_n = *set++;
      if (c < 65536) {
        uint32_t block = ((const uint8_t *)set)[c >> 8];
        if (bit(set + 64 + block * 8, c & 255))
          return found;
      }
      set += 64 + blocks_n * 8;
    }
    }
  }
}

static bool same_in_locale(uint32_t c, uint32_t wanted) {
  return c == wanted || sre_lower_locale(c) == wanted || upper_locale(c) == wanted;
}
static bool in_set_by_locale(const uint32_t *set, uint32_t c) {
  uint32_t lower = sre_lower_locale(c), upper = upper_locale(c);
  return sre_in_set(set, lower) || (upper != lower && sre_in_set(set, upper));
}

bool sre_unit_matches(const uint32_t *code, uint32_t c) {
  switch (code[0]) {
  case SRE_ANY:
    return c != '\n';
  case SRE_ANY_ALL:
    return true;
  case SRE_CATEGORY:
    return sre_in_category(code[1], c);
  case SRE_LITERAL:
    return c == code[1];
  case SRE_NOT_LITERAL:
    return c != code[1];
  case SRE_LITERAL_IGNORE:
    return sre_lower_ascii(c) == code[1];
  case SRE_NOT_LITERAL_IGNORE:
    return sre_lower_ascii(c) != code[1];
  case SRE_LITERAL_UNI_IGNORE:
    return sre_lower_unicode(c) == code[1];
  case SRE_NOT_LITERAL_UNI_IGNORE:
    return sre_lower_unicode(c) != code[1];
  case SRE_LITERAL_LOC_IGNORE:
    return same_in_locale(c, code[1]);
  case SRE_NOT_LITERAL_LOC_IGNORE:
    return !same_in_locale(c, code[1]);
  case SRE_IN:
    return sre_in_set(code + 2, c);
  case SRE_IN_IGNORE:
    return sre_in_set(code + 2, sre_lower_ascii(c));
  case SRE_IN_UNI_IGNORE:
    return sre_in_set(code + 2, sre_lower_unicode(c));
  default:
    return in_set_by_locale(code + 2, c);
  }
}
