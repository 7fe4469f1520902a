/* Floats as hexadecimal text, and rounding to decimals. */
#include "runtime/object/exception.h"
#include "runtime/object/float_text.h"
#include "runtime/object/float_type.h"
#include "runtime/object/number_text.h"
#include "runtime/object/str.h"
#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Rounding ---- */

/* To a multiple of 10^zeros by the exact digits of the whole part; what is behind the point decides
 * a tie only. */
static double round_to_power(double value, int zeros) {
  double whole, part = modf(fabs(value), &whole);
  char digits[400];
  int n = snprintf(digits, sizeof digits, "%.0f", whole), kept = n - zeros;
  if (kept < 0)
    return copysign(0.0, value);
  bool up = digits[kept] > '5';
  if (digits[kept] == '5') {
    up = part != 0 || strspn(digits + kept + 1, "0") != (size_t)(n - kept - 1);
    if (!up) /* a tie */
      up = kept && (digits[kept - 1] - '0') % 2 == 1;
  }
  char text[416] = "0";
  memcpy(text + 1, digits, (size_t)kept);
  int last = kept;
  if (up) {
    while (text[last] == '9')
      text[last--] = '0';
    text[last]++;
  }
  snprintf(text + 1 + kept, sizeof text - 1 - (size_t)kept, "e%d", zeros);
  double rounded;
  float_read(text, &rounded);
  return copysign(rounded, value);
}

int float_round(double value, int places, double *rounded) {
  if (places < 0) {
    *rounded = round_to_power(value, -places);
    return 0;
  }
  struct float_text t;
  char text[800]; /* 309 digits, the point, 323 decimals */
  if (float_text_open(&t, value, 'f', places, 0) < 0)
    return -1;
  memcpy(text, t.text, t.n);
  text[t.n] = 0;
  float_read(text, rounded);
  float_text_close(&t);
  return 0;
}

/* ---- Hexadecimal ---- */

struct object *float_hex(double value) {
  if (!isfinite(value))
    return float_repr(value);
  char text[40];
  const char *sign = signbit(value) ? "-" : "";
  if (value == 0)
    snprintf(text, sizeof text, "%s0x0.0p+0", sign);
  else {
    int exponent;
    double mantissa = frexp(fabs(value), &exponent);
    int shift = exponent < DBL_MIN_EXP ? 1 - (DBL_MIN_EXP - exponent) : 1;
    uint64_t bits = (uint64_t)ldexp(mantissa, shift + 52); /* 53 bits, the highest is the whole */
    exponent -= shift;
    snprintf(text, sizeof text, "%s0x%d.%013llxp%+d", sign, (int)(bits >> 52),
             (unsigned long long)(bits & ((UINT64_C(1) << 52) - 1)), exponent);
  }
  return str_from_ascii(text);
}

static size_t hex_digits(const char *p) {
  size_t n = 0;
  while (isxdigit((unsigned char)p[n]))
    n++;
  return n;
}

/* [0x] digits [. digits] [p exponent]: where it ends, NULL if it is none. */
static const char *scan_hex(const char *p) {
  size_t digits = hex_digits(p);
  p += digits;
  if (*p == '.') {
    size_t behind = hex_digits(++p);
    digits += behind;
    p += behind;
  }
  if (!digits)
    return NULL;
  if (*p == 'p' || *p == 'P') {
    p++;
    if (*p == '+' || *p == '-')
      p++;
    if (!isdigit((unsigned char)*p))
      return NULL;
    while (isdigit((unsigned char)*p))
      p++;
  }
  return p;
}

/* mantissa * 2^exponent to the nearest double, ties to even; the highest bit of mantissa is set,
 * the lowest stands for all below it. (The C library's reader rounds subnormals wrongly.) */
static double round_scaled(uint64_t mantissa, int64_t exponent) {
  int64_t top = exponent + 63; /* the exponent of the highest bit */
  if (top >= DBL_MAX_EXP)
    return INFINITY;
  int64_t kept = top >= DBL_MIN_EXP - 1 ? DBL_MANT_DIG : DBL_MANT_DIG - (DBL_MIN_EXP - 1 - top);
  if (kept < 0)
    return 0;
  unsigned cut = (unsigned)(64 - kept);
  uint64_t half = UINT64_C(1) << (cut - 1);
  uint64_t whole = cut < 64 ? mantissa >> cut : 0, rest = mantissa & (half | (half - 1));
  if (rest > half || (rest == half && (whole & 1)))
    whole++;
  return ldexp((double)whole, (int)(exponent + cut));
}

/* Of a text that scan_hex has passed. */
static double value_of_hex(const char *p) {
  uint64_t mantissa = 0;
  int64_t exponent = 0;
  bool lost = false, behind_point = false;
  for (; isxdigit((unsigned char)*p) || *p == '.'; p++) {
    if (*p == '.') {
      behind_point = true;
      continue;
    }
    unsigned digit =
        *p <= '9' ? (unsigned)(*p - '0') : ((unsigned)(unsigned char)*p | 0x20) - 'a' + 10;
    exponent -= behind_point ? 4 : 0;
    if (mantissa >> 60) {
      lost |= digit != 0;
      exponent += 4;
    } else
      mantissa = mantissa << 4 | digit;
  }
  if (!mantissa)
    return 0;
  if (*p) {
    bool negative = p[1] == '-';
    int64_t given = 0;
    for (p += 1 + (p[1] == '-' || p[1] == '+'); *p; p++)
      given = given < INT64_C(1) << 58 ? given * 10 + (*p - '0') : given;
    exponent += negative ? -given : given;
  }
  unsigned shift = 63 - bit_highest(mantissa);
  return round_scaled(mantissa << shift | lost, exponent - shift);
}

/* 1: read; 0: no such text; -1: an error is set. */
static int read_hex(const char *text, size_t n, double *value) {
  const char *p = text;
  bool negative = *p == '-';
  if (*p == '-' || *p == '+')
    p++;
  if ((*p | 0x20) == 'i' || (*p | 0x20) == 'n')
    return float_read(text, value) == text + n;
  const char *digits = p[0] == '0' && (p[1] | 0x20) == 'x' ? p + 2 : p;
  if (scan_hex(digits) != text + n)
    return 0;
  double magnitude = value_of_hex(digits);
  if (isinf(magnitude)) {
    error_set(ERROR_OVERFLOW, "hexadecimal value too large to represent as a float");
    return -1;
  }
  *value = negative ? -magnitude : magnitude;
  return 1;
}

struct object *float_from_hex(struct object *text) {
  if (!is_any_str(text))
    return error_format(ERROR_TYPE, "bad argument type for built-in operation");
  struct number_text t;
  if (!str_is_ascii(text)) /* here digits and spaces are those of ASCII */
    return error_format(ERROR_VALUE, "invalid hexadecimal floating-point string");
  if (number_text_open(&t, text) < 0)
    return NULL;
  double value;
  int found = strlen(t.text) == t.n ? read_hex(t.text, t.n, &value) : 0;
  number_text_close(&t);
  if (found > 0)
    return float_from(value);
  return found < 0 ? NULL : error_format(ERROR_VALUE, "invalid hexadecimal floating-point string");
}
