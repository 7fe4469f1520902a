/* The decimal digits of doubles, rounded correctly (half to even) to a given place, as far as 128
 * bits hold the numbers that are divided: that is nearly all that programs print. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum { FLOAT_DECIMAL_PLACES = 22, FLOAT_DECIMAL_DIGITS = 17, FLOAT_DECIMAL_BYTES = 40 };

struct float_decimal {
  char digits[FLOAT_DECIMAL_BYTES]; /* the first is a 0 only if the number is 0 or below 1 */
  int n;
  int point; /* digits in front of it, at least 1 */
};
/* |value| with `places` digits behind the point. False: not with 128 bits. */
bool float_decimal_fixed(double value, int places, struct float_decimal *d);
/* |value| in n digits, d->point as in 0.DIGITS * 10^point (1 for zero); n is at least 1. */
bool float_decimal_leading(double value, int n, struct float_decimal *d);
