/* A double is c * 2^e with c < 2^53. Times 10^places it is a fraction of two integers of 128 bits,
 * whose quotient and remainder say exactly which decimal is the nearest. */
#include "runtime/object/float_decimal.h"
#include "base/bits.h"
#include <stdint.h>
#include <string.h>

typedef unsigned __int128 wide;

static const uint64_t tens[] = {UINT64_C(1),
                                UINT64_C(10),
                                UINT64_C(100),
                                UINT64_C(1000),
                                UINT64_C(10000),
                                UINT64_C(100000),
                                UINT64_C(1000000),
                                UINT64_C(10000000),
                                UINT64_C(100000000),
                                UINT64_C(1000000000),
                                UINT64_C(10000000000),
                                UINT64_C(100000000000),
                                UINT64_C(1000000000000),
                                UINT64_C(10000000000000),
                                UINT64_C(100000000000000),
                                UINT64_C(1000000000000000),
                                UINT64_C(10000000000000000),
                                UINT64_C(100000000000000000),
                                UINT64_C(1000000000000000000),
                                UINT64_C(10000000000000000000)};

/* 10^n, n <= FLOAT_DECIMAL_PLACES: less than 2^74. */
static wide power(int n) { return n < 20 ? tens[n] : (wide)tens[19] * tens[n - 19]; }

static unsigned bits_of(wide x) {
  uint64_t high = (uint64_t)(x >> 64), low = (uint64_t)x;
  return high ? 65 + bit_highest(high) : low ? 1 + bit_highest(low) : 0;
}

static void take_apart(double value, uint64_t *c, int *e) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
  int biased = (int)(bits >> 52 & 2047);
  *c = biased ? fraction | UINT64_C(1) << 52 : fraction;
  *e = (biased ? biased : 1) - 1075;
}

/* c * 2^e * 10^places as the nearest integer. False where 128 bits do not suffice. */
static bool round_scaled(uint64_t c, int e, int places, wide *result) {
  if (places > FLOAT_DECIMAL_PLACES || places < -FLOAT_DECIMAL_PLACES)
    return false;
  wide quotient, rest, divisor;
  if (places >= 0) {
    wide x = (wide)c * (uint64_t)tens[places < 20 ? places : 19];
    if (places >= 20)
      x *= tens[places - 19]; /* below 2^53 * 2^74 */
    if (e >= 0) {
      *result = x << (e & 127);
      return (int)bits_of(x) + e <= 127;
    }
    if (e <= -128) { /* x is less than half of 2^128 */
      *result = 0;
      return true;
    }
    quotient = x >> -e;
    rest = x & (((wide)1 << -e) - 1);
    divisor = (wide)1 << -e;
    if (e == -127) { /* twice the rest has no room */
      *result = quotient + (rest > divisor >> 1);
      return true;
    }
  } else {
    wide x = c;
    divisor = power(-places);
    if (e >= 0) {
      if (e > 127 - 53)
        return false;
      x <<= e;
    } else {
      if ((int)bits_of(divisor) - e > 126)
        return false;
      divisor <<= -e;
    }
    quotient = x / divisor;
    rest = x % divisor;
  }
  rest *= 2;
  *result = quotient + (rest > divisor || (rest == divisor && (quotient & 1)));
  return true;
}

/* The digits of x, at least `least` of them; how many. */
static int write_digits(wide x, int least, char *out) {
  char reversed[FLOAT_DECIMAL_BYTES];
  char *end = reversed + sizeof reversed, *p = end;
  while (x >> 64) { /* 19 digits at a time, of which none may be lost */
    uint64_t part = (uint64_t)(x % tens[19]);
    x /= tens[19];
    for (int i = 0; i < 19; i++, part /= 10)
      *--p = (char)('0' + part % 10);
  }
  for (uint64_t rest = (uint64_t)x; rest; rest /= 10)
    *--p = (char)('0' + rest % 10);
  while (end - p < least)
    *--p = '0';
  memcpy(out, p, (size_t)(end - p));
  return (int)(end - p);
}

bool float_decimal_fixed(double value, int places, struct float_decimal *d) {
  uint64_t c;
  int e;
  wide x;
  take_apart(value, &c, &e);
  if (places < 0 || !round_scaled(c, e, places, &x))
    return false;
  d->n = write_digits(x, places + 1, d->digits);
  d->point = d->n - places;
  return true;
}

bool float_decimal_leading(double value, int n, struct float_decimal *d) {
  uint64_t c;
  int e;
  take_apart(value, &c, &e);
  if (n > FLOAT_DECIMAL_DIGITS)
    return false;
  d->n = n;
  d->point = 1;
  if (c == 0) {
    memset(d->digits, '0', (size_t)n);
    return true;
  }
  /* floor(log10(2^bits)) is the place of the first digit or one less, and rounding may carry to one
   * more. */
  int first = ((int)bit_highest(c) + e) * 1233;
  first = first >= 0 ? first >> 12 : -((-first + 4095) >> 12);
  wide x;
  do {
    if (!round_scaled(c, e, n - 1 - first, &x))
      return false;
    first++;
  } while (x >= tens[n]);
  d->point = first;
  int written = write_digits(x, n, d->digits);
  return written == n && *d->digits != '0';
}
