/* Floats as the shortest text that reads back as the same value. */
#include "runtime/object/float.h"
#include "runtime/object/str.h"
#include <gmp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct decimal {
  char digits[24];
  int n, exponent; /* 0.DIGITS * 10^exponent */
};

/* ---- Powers of ten ---- */

enum { POWER_LEAST = -293, POWER_MOST = 325 };

/* The smallest 128-bit number not below 10^e, times that power of two which makes its highest bit
 * the 128th. Made when first asked for. */
struct power {
  uint64_t high, low; /* high 0: not made yet */
};
static struct power powers[POWER_MOST - POWER_LEAST + 1];

enum { LIMBS = 14 }; /* 5^325 has 755 bits, and a power of two above it 129 more */

static void make_power(int e, struct power *power) {
  mp_limb_t five[LIMBS] = {1}, top[LIMBS] = {0};
  mp_size_t n = 1;
  for (int i = abs(e); i > 0; i--) {
    mp_limb_t carry = mpn_mul_1(five, five, n, 5);
    if (carry)
      five[n++] = carry;
  }
  bool inexact = false;
  if (e >= 0) {
    mp_size_t rest = n > 2 ? n - 2 : 0;
    mp_limb_t three[3] = {0, 0, 0}; /* the top 128 bits of the upper three limbs */
    for (mp_size_t i = 0; i < 3 && i < n; i++)
      three[2 - i] = five[n - 1 - i];
    unsigned shift = 63 - bit_highest(three[2]);
    if (shift)
      mpn_lshift(three, three, 3, shift);
    inexact = three[0] != 0;
    for (mp_size_t i = 0; i + 1 < rest; i++)
      inexact |= five[i] != 0;
    power->high = three[2];
    power->low = three[1];
  } else {
    mp_limb_t dividend[LIMBS + 3] = {0}, rest[LIMBS];
    size_t bits = (size_t)(n - 1) * 64 + bit_highest(five[n - 1]) + 1, at = bits + 127;
    dividend[at / 64] = (mp_limb_t)1 << at % 64;
    mp_size_t m = (mp_size_t)(at / 64) + 1;
    mpn_tdiv_qr(top, rest, 0, dividend, m, five, n);
    power->high = top[1];
    power->low = top[0];
    inexact = true; /* no power of five divides one of two */
  }
  if (inexact && ++power->low == 0)
    power->high++;
}

/* ---- The shortest digits ---- */

/* The highest 64 bits of a product of 192, with the lowest of them set where anything but 0 or 1
 * unit of the next word was lost: enough to tell on which side of a boundary it lies. */
static uint64_t product_to_odd(const struct power *g, uint64_t x) {
  unsigned __int128 low = (unsigned __int128)g->low * x, high = (unsigned __int128)g->high * x;
  uint64_t middle = (uint64_t)high + (uint64_t)(low >> 64), top = (uint64_t)(high >> 64);
  top += middle < (uint64_t)high;
  return top | (middle > 1);
}

/* R. Giulietti, "The Schubfach way to render doubles": among the decimals with a unit in the last
 * place that lies between a tenth of and the whole width of the interval that rounds to the value,
 * two or three candidates stand at the value; one of the coarser unit is taken if it is inside.
 * value = digits * 10^*exponent. */
static uint64_t shortest(double value, int *exponent) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
  int biased = (int)(bits >> 52 & 2047);
  uint64_t c = biased ? fraction | UINT64_C(1) << 52 : fraction;
  int q = (biased ? biased : 1) - 1075;
  bool is_even = !(c & 1), is_power = fraction == 0 && biased > 1; /* below it, steps are halved */
  int k = (q * 1262611 - (is_power ? 524031 : 0)) >> 22; /* floor(log10(2^q)), or of 3/4 of it */
  int h = q + ((-k * 1741647) >> 19) + 1;
  struct power *g = &powers[-k - POWER_LEAST];
  if (UNLIKELY(!g->high))
    make_power(-k, g);
  uint64_t lower = product_to_odd(g, (4 * c - 2 + is_power) << h) + !is_even;
  uint64_t middle = product_to_odd(g, (4 * c) << h);
  uint64_t upper = product_to_odd(g, (4 * c + 2) << h) - !is_even;
  uint64_t s = middle / 4;
  *exponent = k;
  if (s >= 10) {
    uint64_t coarse = s / 10;
    bool below = lower <= 40 * coarse, above = 40 * coarse + 40 <= upper;
    if (below != above) {
      ++*exponent;
      return coarse + above;
    }
  }
  bool below = lower <= 4 * s, above = 4 * s + 4 <= upper;
  if (below != above)
    return s + above;
  uint64_t half = 4 * s + 2;
  return s + (middle > half || (middle == half && (s & 1)));
}

static void find_digits(double value, struct decimal *d) {
  int exponent;
  uint64_t digits = shortest(value, &exponent);
  while (digits % 10 == 0) {
    digits /= 10;
    exponent++;
  }
  char reversed[24];
  int n = 0;
  do
    reversed[n++] = (char)('0' + digits % 10);
  while (digits /= 10);
  for (int i = 0; i < n; i++)
    d->digits[i] = reversed[n - 1 - i];
  d->n = n;
  d->exponent = exponent + n;
}

static char *append(char *p, const char *digits, int n) {
  memcpy(p, digits, (size_t)n);
  return p + n;
}
static char *append_zeros(char *p, int n) {
  memset(p, '0', (size_t)n);
  return p + n;
}

size_t float_write(double value, char text[FLOAT_TEXT_BYTES], bool add_dot) {
  char *p = text;
  if (isnan(value))
    return (size_t)sprintf(p, "nan");
  if (signbit(value)) {
    *p++ = '-';
    value = -value;
  }
  if (isinf(value))
    return (size_t)(p - text) + (size_t)sprintf(p, "inf");
  struct decimal d = {.digits = "0", .n = 1, .exponent = 1};
  if (value != 0)
    find_digits(value, &d);
  int point = d.exponent; /* digits in front of it */
  if (point > 16 || point < -3) {
    *p++ = d.digits[0];
    if (d.n > 1) {
      *p++ = '.';
      p = append(p, d.digits + 1, d.n - 1);
    }
    p += sprintf(p, "e%c%02d", point > 0 ? '+' : '-', abs(point - 1));
  } else if (point <= 0) {
    *p++ = '0', *p++ = '.';
    p = append(append_zeros(p, -point), d.digits, d.n);
  } else if (point >= d.n) {
    p = append_zeros(append(p, d.digits, d.n), point - d.n);
    if (add_dot)
      *p++ = '.', *p++ = '0';
  } else {
    p = append(p, d.digits, point);
    *p++ = '.';
    p = append(p, d.digits + point, d.n - point);
  }
  *p = 0;
  return (size_t)(p - text);
}

struct object *float_repr(double value) {
  char text[FLOAT_TEXT_BYTES];
  size_t n = float_write(value, text, true);
  return str_from_data(text, n, 0);
}
