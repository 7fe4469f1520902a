/* Normal forms (UAX 15): decomposed all the way, marks in order of their combining classes, and for
 * the composed forms put together again. */
#include "runtime/modules/unicodedata/database.h"
#include "runtime/object/str.h"

struct composition {
  uint32_t first, second, c;
};
#include "runtime/modules/unicodedata/decompositions.inc"
enum { TABLE_SHIFT = 7 };

size_t unicode_decomposition(uint32_t c, bool old, const char **tag, const uint32_t **points) {
  uint32_t within = c & ((1u << TABLE_SHIFT) - 1);
  uint32_t at =
      decomposition_blocks[(uint32_t)decomposition_block_of[c >> TABLE_SHIFT] << TABLE_SHIFT |
                           within];
  size_t n = decompositions[at] & 0xff;
  if (n == 0 || (old && !unicode_record(c, true).is_assigned))
    return 0;
  *tag = tags[decompositions[at] >> 8];
  *points = decompositions + at + 1;
  return n;
}

uint32_t unicode_compose(uint32_t first, uint32_t second) {
  size_t low = 0, high = ARRAY_SIZE(compositions);
  while (low < high) {
    size_t middle = (low + high) / 2;
    const struct composition *c = &compositions[middle];
    if (c->first < first || (c->first == first && c->second < second))
      low = middle + 1;
    else
      high = middle;
  }
  if (low < ARRAY_SIZE(compositions) && compositions[low].first == first &&
      compositions[low].second == second)
    return compositions[low].c;
  return 0;
}

/* ---- Hangul: syllables are made of a leading, a vowel and perhaps a trailing part ---- */

enum {
  SYLLABLE = 0xac00,
  LEADING = 0x1100,
  VOWEL = 0x1161,
  TRAILING = 0x11a7, /* one in front of the first: none */
  LEADING_N = 19,
  VOWELS_N = 21,
  TRAILING_N = 28,
  SYLLABLES_N = LEADING_N * VOWELS_N * TRAILING_N
};

/* ---- Forms ---- */

struct points { /* grows as item buffers do */
  uint32_t *items;
  size_t n, capacity;
};
static int add(struct points *p, uint32_t c) {
  if (p->n == p->capacity) {
    size_t capacity = p->capacity * 2 + 32;
    uint32_t *items =
        gc_buffer_resize_own(p->items, p->capacity * sizeof *items, capacity * sizeof *items);
    if (!items)
      return error_no_memory(), -1;
    p->items = items;
    p->capacity = capacity;
  }
  p->items[p->n++] = c;
  return 0;
}

static int decompose(struct points *out, uint32_t c, bool compatibly, bool old) {
  const char *tag;
  const uint32_t *points;
  if (c < 0x80)
    return add(out, c);
  if (c - SYLLABLE < SYLLABLES_N) {
    uint32_t i = c - SYLLABLE, trailing = i % TRAILING_N;
    if (add(out, LEADING + i / (VOWELS_N * TRAILING_N)) < 0 ||
        add(out, VOWEL + i % (VOWELS_N * TRAILING_N) / TRAILING_N) < 0)
      return -1;
    return trailing ? add(out, TRAILING + trailing) : 0;
  }
  size_t n = unicode_decomposition(c, old, &tag, &points);
  if (n == 0 || (*tag && !compatibly))
    return add(out, c);
  for (size_t i = 0; i < n; i++)
    if (decompose(out, points[i], compatibly, old) < 0)
      return -1;
  return 0;
}

/* Stable, by combining class, within runs of those that are not 0. */
static void sort_marks(struct points *p, bool old) {
  for (size_t i = 1; i < p->n; i++) {
    uint32_t c = p->items[i];
    unsigned class = unicode_combining(c, old);
    if (!class)
      continue;
    size_t k = i;
    while (k > 0 && unicode_combining(p->items[k - 1], old) > class) {
      p->items[k] = p->items[k - 1];
      k--;
    }
    p->items[k] = c;
  }
}

static uint32_t compose_two(uint32_t first, uint32_t second) {
  if (first - LEADING < LEADING_N && second - VOWEL < VOWELS_N)
    return SYLLABLE + ((first - LEADING) * VOWELS_N + (second - VOWEL)) * TRAILING_N;
  if (first - SYLLABLE < SYLLABLES_N && (first - SYLLABLE) % TRAILING_N == 0 &&
      second - TRAILING - 1 < TRAILING_N - 1)
    return first + (second - TRAILING);
  return unicode_compose(first, second);
}

/* A mark combines with the last starter, unless another of its class or higher, or a starter,
 * stands between them. */
static void compose(struct points *p, bool old) {
  size_t starter = SIZE_MAX, to = 0;
  unsigned last_class = 0;
  for (size_t i = 0; i < p->n; i++) {
    uint32_t c = p->items[i], whole = 0;
    unsigned class = unicode_combining(c, old);
    if (starter != SIZE_MAX && (to == starter + 1 || last_class < class))
      whole = compose_two(p->items[starter], c);
    if (whole) {
      p->items[starter] = whole;
      continue;
    }
    if (class == 0)
      starter = to;
    last_class = class;
    p->items[to++] = c;
  }
  p->n = to;
}

static bool is_plain(struct object *text, enum unicode_form form) {
  if (str_is_ascii(text))
    return true;
  return form == UNICODE_NFC && str_kind(text) == 0; /* Latin-1 is composed */
}

struct object *unicode_normalize(struct object *text, enum unicode_form form, bool old) {
  if (is_plain(text, form))
    return is_str(text) ? hold(text) : str_copy_exactly(text);
  struct points p = {0};
  size_t n = str_length(text);
  int status = 0;
  for (size_t i = 0; i < n && status == 0; i++)
    status = decompose(&p, str_at(text, i), form == UNICODE_NFKC || form == UNICODE_NFKD, old);
  struct object *result = NULL;
  if (status == 0) {
    sort_marks(&p, old);
    if (form == UNICODE_NFC || form == UNICODE_NFKC)
      compose(&p, old);
    bool same = p.n == n && is_str(text);
    for (size_t i = 0; same && i < n; i++)
      same = p.items[i] == str_at(text, i);
    result = same ? hold(text) : str_from_data(p.items, p.n, 2);
  }
  if (p.items)
    gc_buffer_free(p.items, p.capacity * sizeof *p.items);
  return result;
}
