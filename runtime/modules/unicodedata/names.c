/* Names of code points. They are stored as words, each name with what it shares with the one
 * before; Hangul syllables and ideographs have names by rule. The other way goes through an index
 * by hash, which is made when it is first asked for. */
#include "runtime/modules/unicodedata/database.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct name_range {
  uint32_t start, stop, first; /* code points; the number of the first one's name */
};
struct alias {
  const char *name;
  uint32_t c;
};
struct sequence {
  const char *name;
  size_t n;
  uint32_t points[UNICODE_SEQUENCE_MAX];
};
#include "runtime/modules/unicodedata/names.inc"
_Static_assert((int)NAME_BYTES_MAX < (int)UNICODE_NAME_ROOM, "a name has room");

/* ---- Reading ---- */

struct reader { /* names in their order, from the beginning of a block */
  const uint8_t *at;
  uint16_t words[NAME_WORDS_MAX];
  unsigned n;
};
static void read_next(struct reader *r) {
  unsigned shared = *r->at >> 4, more = *r->at & 15;
  r->at++;
  for (unsigned i = 0; i < more; i++) {
    unsigned word = *r->at++;
    if (word >= 128)
      word = (word & 127) << 8 | *r->at++;
    r->words[shared + i] = (uint16_t)word;
  }
  r->n = shared + more;
}
static size_t write_name(const struct reader *r, char *name) {
  size_t n = 0;
  for (unsigned i = 0; i < r->n; i++) {
    uint32_t at = word_at[r->words[i]], length = word_at[r->words[i] + 1] - at;
    if (i && words[at] != '-')
      name[n++] = ' ';
    memcpy(name + n, words + at, length);
    n += length;
  }
  name[n] = 0;
  return n;
}
static const struct name_range *range_of(uint32_t c) {
  size_t low = 0, high = ARRAY_SIZE(name_ranges);
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (name_ranges[middle].stop <= c)
      low = middle + 1;
    else
      high = middle;
  }
  return low < ARRAY_SIZE(name_ranges) && name_ranges[low].start <= c ? &name_ranges[low] : NULL;
}
static size_t name_of_number(uint32_t i, char *name) {
  struct reader r = {.at = name_data + name_starts[i / NAME_BLOCK]};
  for (uint32_t k = 0; k <= i % NAME_BLOCK; k++)
    read_next(&r);
  return write_name(&r, name);
}

/* ---- By rule ---- */

static const char *const leadings[] = {"G",  "GG", "N", "D",  "DD", "R", "M", "B", "BB", "S",
                                       "SS", "",   "J", "JJ", "C",  "K", "T", "P", "H"};
static const char *const vowels[] = {"A",   "AE", "YA", "YAE", "EO", "E",  "YEO",
                                     "YE",  "O",  "WA", "WAE", "OE", "YO", "U",
                                     "WEO", "WE", "WI", "YU",  "EU", "YI", "I"};
static const char *const trailings[] = {"",   "G",  "GG", "GS", "N",  "NJ", "NH", "D", "L",  "LG",
                                        "LM", "LB", "LS", "LT", "LP", "LH", "M",  "B", "BS", "S",
                                        "SS", "NG", "J",  "C",  "K",  "T",  "P",  "H"};
enum { SYLLABLE = 0xac00, VOWELS_N = 21, TRAILING_N = 28, SYLLABLES_N = 19 * 21 * 28 };
static const char syllable[] = "HANGUL SYLLABLE ", ideograph[] = "CJK UNIFIED IDEOGRAPH-";

static bool is_ideograph(uint32_t c) {
  for (size_t i = 0; i < ARRAY_SIZE(ideographs); i++)
    if (c >= ideographs[i].start && c < ideographs[i].stop)
      return true;
  return false;
}

bool unicode_name(uint32_t c, char name[UNICODE_NAME_ROOM]) {
  if (c - SYLLABLE < SYLLABLES_N) {
    uint32_t i = c - SYLLABLE;
    snprintf(name, UNICODE_NAME_ROOM, "%s%s%s%s", syllable, leadings[i / (VOWELS_N * TRAILING_N)],
             vowels[i / TRAILING_N % VOWELS_N], trailings[i % TRAILING_N]);
    return true;
  }
  if (is_ideograph(c)) {
    snprintf(name, UNICODE_NAME_ROOM, "%s%X", ideograph, c);
    return true;
  }
  const struct name_range *range = range_of(c);
  if (!range)
    return false;
  name_of_number(range->first + (c - range->start), name);
  return true;
}

/* The longest of the parts that the text begins with. */
static int longest(const char *const *parts, size_t parts_n, const char **text) {
  int best = -1;
  size_t best_n = 0;
  for (size_t i = 0; i < parts_n; i++) {
    size_t n = strlen(parts[i]);
    if ((best < 0 || n > best_n) && !strncmp(*text, parts[i], n)) {
      best = (int)i;
      best_n = n;
    }
  }
  *text += best_n;
  return best;
}
static bool named_by_rule(const char *name, uint32_t *c) {
  if (!strncmp(name, syllable, sizeof syllable - 1)) {
    const char *at = name + sizeof syllable - 1;
    int leading = longest(leadings, ARRAY_SIZE(leadings), &at);
    int vowel = leading < 0 ? -1 : longest(vowels, ARRAY_SIZE(vowels), &at);
    int trailing = vowel < 0 ? -1 : longest(trailings, ARRAY_SIZE(trailings), &at);
    if (trailing < 0 || *at)
      return false;
    *c = SYLLABLE + ((uint32_t)leading * VOWELS_N + (uint32_t)vowel) * TRAILING_N +
         (uint32_t)trailing;
    return true;
  }
  if (strncmp(name, ideograph, sizeof ideograph - 1))
    return false;
  const char *digits = name + sizeof ideograph - 1;
  size_t n = strlen(digits);
  if (n < 4 || n > 5 || strspn(digits, "0123456789ABCDEF") != n)
    return false;
  *c = (uint32_t)strtoul(digits, NULL, 16);
  return is_ideograph(*c);
}

/* ---- By name ---- */

enum { INDEX_SIZE = 1 << 17 };
static uint16_t *index_; /* by hash: the number of the name and one; 0: free. NULL: not made yet */

static uint32_t hash(const char *name, size_t n) {
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < n; i++)
    h = (h ^ (unsigned char)name[i]) * 16777619u;
  return h ^ h >> 15;
}
static void make_index(void) {
  if (!(index_ = gc_buffer_new(INDEX_SIZE * sizeof *index_)))
    return;
  memset(index_, 0, INDEX_SIZE * sizeof *index_);
  struct reader r;
  char name[UNICODE_NAME_ROOM];
  for (uint32_t i = 0; i < NAMES_N; i++) {
    if (i % NAME_BLOCK == 0)
      r = (struct reader){.at = name_data + name_starts[i / NAME_BLOCK]};
    read_next(&r);
    size_t n = write_name(&r, name);
    uint32_t place = hash(name, n);
    while (index_[place & (INDEX_SIZE - 1)])
      place++;
    index_[place & (INDEX_SIZE - 1)] = (uint16_t)(i + 1);
  }
}
void unicode_names_close(void) {
  if (index_)
    gc_buffer_free(index_, INDEX_SIZE * sizeof *index_);
  index_ = NULL;
}

static uint32_t code_point_of_number(uint32_t i) {
  size_t low = 0, high = ARRAY_SIZE(name_ranges);
  while (high - low > 1) {
    size_t middle = (low + high) / 2;
    if (name_ranges[middle].first <= i)
      low = middle;
    else
      high = middle;
  }
  return name_ranges[low].start + (i - name_ranges[low].first);
}
static bool is_number_named(uint32_t i, const char *name, size_t n) {
  char its[UNICODE_NAME_ROOM];
  return name_of_number(i, its) == n && !memcmp(its, name, n);
}
static bool named_by_index(const char *name, size_t n, uint32_t *c) {
  if (!index_)
    make_index();
  for (uint32_t place = hash(name, n); index_; place++) {
    uint16_t entry = index_[place & (INDEX_SIZE - 1)];
    if (!entry)
      return false;
    if (is_number_named(entry - 1u, name, n)) {
      *c = code_point_of_number(entry - 1u);
      return true;
    }
  }
  /* No memory for an index. */
  for (uint32_t i = 0; i < NAMES_N; i++)
    if (is_number_named(i, name, n)) {
      *c = code_point_of_number(i);
      return true;
    }
  return false;
}

static bool upper(const char *name, size_t n, char *out) {
  if (n >= UNICODE_NAME_ROOM)
    return false;
  for (size_t i = 0; i < n; i++) {
    unsigned char c = (unsigned char)name[i];
    if (c == 0 || c >= 128)
      return false;
    out[i] = (char)((unsigned char)(c - 'a') < 26 ? c - 32 : c);
  }
  out[n] = 0;
  return true;
}

bool unicode_named(const char *given, size_t n, uint32_t *c) {
  char name[UNICODE_NAME_ROOM];
  if (!upper(given, n, name))
    return false;
  if (named_by_index(name, n, c))
    return true;
  memcpy(name, given, n); /* names by rule are read as they stand */
  return named_by_rule(name, c);
}

bool unicode_alias(const char *given, size_t n, uint32_t *c) {
  char name[UNICODE_NAME_ROOM];
  if (!upper(given, n, name))
    return false;
  size_t low = 0, high = ARRAY_SIZE(aliases);
  while (low < high) {
    size_t middle = (low + high) / 2;
    int order = strcmp(aliases[middle].name, name);
    if (order == 0) {
      *c = aliases[middle].c;
      return true;
    }
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return false;
}

size_t unicode_named_sequence(const char *given, size_t n, uint32_t points[UNICODE_SEQUENCE_MAX]) {
  char name[UNICODE_NAME_ROOM];
  if (!upper(given, n, name))
    return 0;
  for (size_t i = 0; i < ARRAY_SIZE(sequences); i++)
    if (!strcmp(sequences[i].name, name)) {
      memcpy(points, sequences[i].points, sizeof sequences[i].points);
      return sequences[i].n;
    }
  return 0;
}
