/* Floats as the shortest text that reads back as the same value. */
#include "runtime/object/float.h"
#include "runtime/object/str.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct decimal {
  char digits[24];
  int n, exponent; /* 0.DIGITS * 10^exponent */
};

static void round_to(double value, int n, struct decimal *d) {
  char text[40];
  snprintf(text, sizeof text, "%.*e", n - 1, value);
  char *e = strchr(text, 'e');
  d->digits[0] = text[0];
  if (n > 1)
    memcpy(d->digits + 1, text + 2, (size_t)n - 1);
  d->n = n;
  d->exponent = atoi(e + 1) + 1;
}

static bool reads_back(const struct decimal *d, double value) {
  char text[48];
  snprintf(text, sizeof text, "0.%.*se%d", d->n, d->digits, d->exponent);
  return strtod(text, NULL) == value;
}

/* One more in the last place. */
static void step_up(struct decimal *d) {
  int i = d->n - 1;
  while (i >= 0 && d->digits[i] == '9')
    d->digits[i--] = '0';
  if (i >= 0)
    d->digits[i]++;
  else {
    d->digits[0] = '1'; /* 99 became 100 */
    d->exponent++;
  }
}

/* The nearest decimal of n digits reads back if any of n digits does, but for powers of two: their
 * neighbour below is only half as far away, so the next decimal above may do where the nearest,
 * below, does not. 15 digits always survive the way to a double and back. */
static void shortest(double value, struct decimal *d) {
  int unused;
  bool is_power_of_two = frexp(value, &unused) == 0.5;
  for (int n = 15; n <= 17; n++) {
    round_to(value, n, d);
    if (reads_back(d, value))
      break;
    if (is_power_of_two) {
      step_up(d);
      if (reads_back(d, value))
        break;
    }
  }
  /* Subnormals have fewer digits than 15 that matter. */
  if (d->n == 15 && value < 2.2250738585072014e-308)
    for (int n = 1; n < 15; n++) {
      struct decimal shorter;
      round_to(value, n, &shorter);
      if (reads_back(&shorter, value)) {
        *d = shorter;
        break;
      }
    }
  while (d->n > 1 && d->digits[d->n - 1] == '0')
    d->n--;
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
    shortest(value, &d);
  int point = d.exponent; /* digits in front of it */
  if (point > 16 || point < -3) {
    *p++ = d.digits[0];
    if (d.n > 1)
      p += sprintf(p, ".%.*s", d.n - 1, d.digits + 1);
    p += sprintf(p, "e%c%02d", point > 0 ? '+' : '-', abs(point - 1));
  } else if (point <= 0) {
    p += sprintf(p, "0.%.*s%.*s", -point, "000", d.n, d.digits);
  } else if (point >= d.n) {
    p += sprintf(p, "%.*s%.*s%s", d.n, d.digits, point - d.n, "0000000000000000",
                 add_dot ? ".0" : "");
  } else {
    p += sprintf(p, "%.*s.%.*s", point, d.digits, d.n - point, d.digits + point);
  }
  return (size_t)(p - text);
}

struct object *float_repr(double value) {
  char text[FLOAT_TEXT_BYTES];
  size_t n = float_write(value, text, true);
  return str_from_data(text, n, 0);
}
