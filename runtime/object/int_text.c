/* Integers from and to digits. Both ways are mpn's, which are sub-quadratic. */
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include <gmp.h>
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
  unsigned char *room = gc_buffer_new(bytes);
  if (!room)
    return error_no_memory();
  size_t values_n = 0;
  for (size_t i = 0; i < n; i++)
    if (digits[i] != '_')
      room[values_n++] = (unsigned char)digit_value(digits[i]);
  mp_limb_t *limbs = (mp_limb_t *)(room + limbs_at);
  mp_size_t used = mpn_set_str(limbs, room, values_n, (int)base);
  struct object *result = int_from_limbs((const uint64_t *)limbs, (size_t)used, false);
  gc_buffer_free(room, bytes);
  return result;
}

struct object *int_from_text(const char *digits, size_t n, unsigned base) {
  while (n > 1 && (*digits == '0' || *digits == '_'))
    digits++, n--;
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

static struct object *repr_wide(struct int_object *i) {
  size_t n = int_limbs_n(i);
  size_t digits_most = n * 20 + 2, limbs_bytes = n * sizeof(uint64_t);
  /* The shortest such value has 19.26 digits a limb, less one limb. */
  if (int_text_digits && (n - 1) * 19 > int_text_digits && int_text_digits >= ALWAYS_ALLOWED) {
    error_set(ERROR_VALUE,
              "Exceeds the limit (%zu digits) for integer string conversion; use "
              "sys.set_int_max_str_digits() to increase the limit",
              int_text_digits);
    return NULL;
  }
  size_t bytes = limbs_bytes + 8 + digits_most;
  unsigned char *room = gc_buffer_new(bytes);
  if (!room)
    return error_no_memory();
  memcpy(room, i->limbs, limbs_bytes); /* mpn_get_str destroys its operand */
  unsigned char *digits = room + limbs_bytes + 8;
  size_t length = mpn_get_str(digits, 10, (mp_limb_t *)room, (mp_size_t)n), zeros = 0;
  while (zeros + 1 < length && digits[zeros] == 0)
    zeros++;
  for (size_t k = zeros; k < length; k++)
    digits[k] = (unsigned char)(digits[k] + '0');
  unsigned char *first = digits + zeros;
  if (int_wide_is_negative(i))
    *--first = '-';
  struct object *result = NULL;
  if (int_text_digits && length - zeros > int_text_digits && length - zeros > ALWAYS_ALLOWED)
    error_set(ERROR_VALUE,
              "Exceeds the limit (%zu digits) for integer string conversion; use "
              "sys.set_int_max_str_digits() to increase the limit",
              int_text_digits);
  else
    result = str_from_data(first, (size_t)(digits + length - first), 0);
  gc_buffer_free(room, bytes);
  return result;
}

struct object *int_repr(struct object *o) {
  if (!int_is_compact(o))
    return repr_wide((struct int_object *)o);
  char digits[24], *p = digits + sizeof digits;
  int64_t value = int_value(o);
  uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
  do
    *--p = (char)('0' + rest % 10);
  while (rest /= 10);
  if (value < 0)
    *--p = '-';
  return str_from_data(p, (size_t)(digits + sizeof digits - p), 0);
}
