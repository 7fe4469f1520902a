/* Integers from and to digits. Both ways are mpn's, which are sub-quadratic. */
#include "runtime/object/int_limbs.h"
#include "runtime/object/str.h"
#include <string.h>

size_t int_text_digits = 4300;
enum { ALWAYS_ALLOWED = 640 }; /* no limit is below: such a text is not worth a check */

static unsigned digit_value(char c) {
  return c <= '9' ? (unsigned)(c - '0') : ((unsigned)c | 0x20) - 'a' + 10;
}

static bool exceeds_limit(size_t digits) {
  if (digits <= ALWAYS_ALLOWED || !int_text_digits || digits <= int_text_digits)
    return false;
  error_set(ERROR_VALUE,
            "Exceeds the limit (%zu digits) for integer string conversion: value has %zu digits; "
            "use sys.set_int_max_str_digits() to increase the limit",
            int_text_digits, digits);
  return true;
}

static struct object *from_many(const char *digits, size_t n, unsigned base) {
  /* Digit values, and behind them room for the limbs: less than 6 bits a digit. */
  size_t limbs_at = align_up(n, 8), limbs_n = n * 6 / 64 + 2;
  size_t bytes = limbs_at + limbs_n * sizeof(mp_limb_t);
  _Alignas(mp_limb_t) unsigned char few[256], *room = few;
  if (bytes > sizeof few && !(room = gc_buffer_new(bytes)))
    return error_no_memory();
  size_t values_n = 0;
  for (size_t i = 0; i < n; i++)
    if (digits[i] != '_')
      room[values_n++] = (unsigned char)digit_value(digits[i]);
  mp_limb_t *limbs = (mp_limb_t *)(room + limbs_at);
  mp_size_t used = mpn_set_str(limbs, room, values_n, (int)base);
  struct object *result = int_from_limbs((const uint64_t *)limbs, (size_t)used, false);
  if (room != few)
    gc_buffer_free(room, bytes);
  return result;
}

/* At most DECIMAL_MAX digits, eighteen at a time. */
enum { DECIMAL_MAX = 38 }; /* 10^38 < 2^127 */
static struct object *from_decimal(const char *digits, size_t n) {
  unsigned __int128 value = 0;
  uint64_t part = 0, scale = 1;
  for (size_t i = 0; i < n; i++) {
    if (UNLIKELY(digits[i] == '_'))
      continue;
    part = part * 10 + (uint64_t)(digits[i] - '0');
    scale *= 10;
    if (UNLIKELY(scale == UINT64_C(1000000000000000000))) {
      value = value * scale + part;
      part = 0;
      scale = 1;
    }
  }
  value = value * scale + part;
  if (LIKELY(value <= INT_COMPACT_MAX))
    return int_from_i64((int64_t)value);
  const uint64_t limbs[] = {(uint64_t)value, (uint64_t)(value >> 64)};
  return int_from_limbs(limbs, 2, false);
}

struct object *int_from_text(const char *digits, size_t n, unsigned base) {
  while (n > 1 && (*digits == '0' || *digits == '_'))
    digits++, n--;
  if (base == 10 && n <= DECIMAL_MAX)
    return from_decimal(digits, n);
  if (n <= 12) { /* 36^12 < 2^63 */
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
      if (digits[i] != '_')
        value = value * base + digit_value(digits[i]);
    return int_from_i64((int64_t)value);
  }
  size_t significant = n;
  for (const char *p = digits; (p = memchr(p, '_', (size_t)(digits + n - p))); p++)
    significant--;
  if ((base & (base - 1)) && exceeds_limit(significant))
    return NULL;
  return from_many(digits, n, base);
}

/* ---- To digits ---- */

static COLD int text_too_long(void) {
  error_set(ERROR_VALUE,
            "Exceeds the limit (%zu digits) for integer string conversion; use "
            "sys.set_int_max_str_digits() to increase the limit",
            int_text_digits);
  return -1;
}

static const char digit_signs[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static int open_wide(struct int_digits *d, const struct int_object *i, unsigned base) {
  size_t n = int_limbs_n(i), limbs_bytes = n * sizeof(uint64_t);
  bool limited = base == 10 && int_text_digits;
  /* The shortest such value has 19.26 digits a limb, less one limb. */
  if (limited && (n - 1) * 19 > int_text_digits && int_text_digits >= ALWAYS_ALLOWED)
    return text_too_long();
  unsigned bits = bit_highest(base); /* of a digit, at least */
  d->room_bytes = limbs_bytes + n * 64 / bits + 2;
  if (!(d->room = gc_buffer_new(d->room_bytes))) {
    error_no_memory();
    return -1;
  }
  memcpy(d->room, i->limbs, limbs_bytes); /* mpn_get_str destroys its operand */
  unsigned char *digits = (unsigned char *)d->room + limbs_bytes;
  size_t length = mpn_get_str(digits, (int)base, (mp_limb_t *)d->room, (mp_size_t)n), zeros = 0;
  while (zeros + 1 < length && digits[zeros] == 0)
    zeros++;
  for (size_t k = zeros; k < length; k++)
    digits[k] = (unsigned char)digit_signs[digits[k]];
  d->text = (char *)digits + zeros;
  d->n = length - zeros;
  if (!limited || d->n <= int_text_digits || d->n <= ALWAYS_ALLOWED)
    return 0;
  int_digits_close(d);
  return text_too_long();
}

/* The eight decimal digits of a value below 10^8, the first in the lowest byte: halves of four
 * digits, quarters of two and single digits are parted in all lanes of the word at once. */
static inline uint64_t eight_digits(uint64_t value) {
  uint64_t high = value / 10000, fours = high | (value - 10000 * high) << 32;
  uint64_t hundreds = (fours * 10486 >> 20) & UINT64_C(0x0000007f0000007f); /* exact below 10^4 */
  uint64_t twos = hundreds | (fours - 100 * hundreds) << 16;
  uint64_t tens = (twos * 103 >> 10) & UINT64_C(0x000f000f000f000f); /* exact below 100 */
  return tens | (twos - 10 * tens) << 8;
}
/* Stores the lowest n bytes of a word, 1 to 8, in that order. */
static inline void put_bytes(char *out, uint64_t word, size_t n) {
  if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && n >= 4) {
    uint32_t first = (uint32_t)word, last = (uint32_t)(word >> (8 * n - 32));
    memcpy(out, &first, 4);
    memcpy(out + n - 4, &last, 4);
    return;
  }
  for (size_t i = 0; i < n; i++)
    out[i] = (char)(word >> 8 * i);
}
static const uint64_t zeros_of_eight = UINT64_C(0x3030303030303030);
enum { EIGHT_DIGITS = 100000000 };

/* The digits of a value below 10^8 without leading zeros, in the lowest bytes; how many. */
static inline size_t leading_digits(uint64_t value, uint64_t *word) {
  uint64_t digits = eight_digits(value);
  unsigned zeros = bit_lowest(digits | UINT64_C(1) << 56) / 8;
  *word = (digits | zeros_of_eight) >> 8 * zeros;
  return 8 - zeros;
}

size_t int_write_decimal(int64_t value, char out[INT_DECIMAL_BYTES]) {
  uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value, word;
  uint64_t eights[2]; /* the last digits */
  size_t eights_n = 0;
  char *p = out;
  if (value < 0)
    *p++ = '-';
  while (UNLIKELY(rest >= EIGHT_DIGITS)) {
    eights[eights_n++] = eight_digits(rest % EIGHT_DIGITS) | zeros_of_eight;
    rest /= EIGHT_DIGITS;
  }
  size_t n = leading_digits(rest, &word);
  put_bytes(p, word, n);
  for (p += n; eights_n > 0; p += 8)
    put_bytes(p, eights[--eights_n], 8);
  return (size_t)(p - out);
}

static char *write_small(uint64_t value, unsigned base, char *p) {
  if (LIKELY(!(base & (base - 1)))) {
    unsigned shift = bit_lowest(base);
    do
      *--p = digit_signs[value & (base - 1)];
    while (value >>= shift);
    return p;
  }
  do
    *--p = digit_signs[value % base];
  while (value /= base);
  return p;
}

int int_digits_open(struct int_digits *d, const struct object *o, unsigned base) {
  d->room = NULL;
  if (UNLIKELY(!int_is_compact(o))) {
    d->is_negative = int_wide_is_negative((const struct int_object *)o);
    return open_wide(d, (const struct int_object *)o, base);
  }
  int64_t value = int_value(o);
  d->is_negative = value < 0;
  if (base == 10) {
    size_t n = int_write_decimal(value, d->few);
    d->text = d->few + d->is_negative;
    d->n = n - d->is_negative;
    return 0;
  }
  char *end = d->few + sizeof d->few;
  char *p = write_small(value < 0 ? -(uint64_t)value : (uint64_t)value, base, end);
  d->text = p;
  d->n = (size_t)(end - p);
  return 0;
}

void int_digits_close(struct int_digits *d) {
  if (d->room)
    gc_buffer_free(d->room, d->room_bytes);
  d->room = NULL;
}

struct object *int_repr(struct object *o) {
  if (LIKELY(int_is_compact(o))) {
    int64_t value = int_value(o);
    uint64_t word;
    if (LIKELY(value >= 0 && value < EIGHT_DIGITS)) {
      size_t n = leading_digits((uint64_t)value, &word);
      if (n == 1)
        return str_from_code_point((uint32_t)word);
      struct object *result = str_new_open(n, 0);
      if (LIKELY(result != NULL))
        put_bytes(str_room(result), word, n);
      return result;
    }
    char digits[INT_DECIMAL_BYTES];
    return str_from_ascii_units(digits, int_write_decimal(value, digits));
  }
  struct int_digits d;
  if (int_digits_open(&d, o, 10) < 0)
    return NULL;
  struct object *result = str_new_open(d.n + d.is_negative, 0);
  if (result) {
    char *out = str_room(result);
    if (d.is_negative)
      *out++ = '-';
    memcpy(out, d.text, d.n);
    result = str_seal_taking(result, true);
  }
  int_digits_close(&d);
  return result;
}

struct object *int_repr_in_base(struct object *o, unsigned base) {
  struct int_digits d;
  if (int_digits_open(&d, o, base) < 0)
    return NULL;
  struct object *result = str_new_open(d.n + 2 + d.is_negative, 0);
  if (result) {
    char *out = str_room(result);
    if (d.is_negative)
      *out++ = '-';
    *out++ = '0';
    *out++ = base == 2 ? 'b' : base == 8 ? 'o' : 'x';
    memcpy(out, d.text, d.n);
  }
  int_digits_close(&d);
  return result;
}
