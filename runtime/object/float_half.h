/* IEEE half precision. */
#pragma once
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* Rounded to the nearest, ties to even; false when that is out of range. */
static inline bool float_to_half(double x, uint16_t *half) {
  uint16_t sign = signbit(x) ? 0x8000 : 0;
  double magnitude = fabs(x);
  if (isnan(x) || isinf(x)) {
    *half = sign | (isnan(x) ? 0x7e00 : 0x7c00);
    return true;
  }
  if (magnitude >= 65520.0)
    return false;
  /* In units of the last place: 2^-24 for subnormals, else by the exponent. rint() rounds ties to
   * even; a carry goes into the exponent by itself. */
  int exponent = 0;
  frexp(magnitude, &exponent);
  if (exponent < -13)
    exponent = -13;
  uint32_t units = (uint32_t)rint(ldexp(magnitude, 11 - exponent));
  *half = (uint16_t)(sign | (units < 0x400 ? units : (uint32_t)((exponent + 13) << 10) + units));
  return true;
}

static inline double float_from_half(uint16_t half) {
  int exponent = half >> 10 & 31, mantissa = half & 0x3ff;
  double x;
  if (exponent == 31)
    x = mantissa ? NAN : INFINITY;
  else
    x = exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24);
  return half & 0x8000 ? -x : x;
}
