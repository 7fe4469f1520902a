/* Floats to text with a given number of digits, and back. Where 128 bits give no digits they are
 * the C library's, whose conversions are exact for any precision; around them stands a C locale, so
 * that the point is one. */
#include "runtime/object/float_text.h"
#include "runtime/object/float_decimal.h"
#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;
static void make_locale(void) { c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); }

/* ---- Printing from digits ---- */

static char *put(char *p, const char *digits, int n) {
  memcpy(p, digits, (size_t)n);
  return p + n;
}
static char *put_sign(struct float_text *t, double value) {
  t->text = t->few;
  t->few[0] = '-';
  return t->few + (signbit(value) != 0);
}
static void end_at(struct float_text *t, const char *p) { t->n = (size_t)(p - t->few); }

/* Digits of which `point`, at least 1, stand in front of the point. */
static char *put_fixed(char *p, const char *digits, int n, int point, bool alternate) {
  p = put(p, digits, point);
  if (n > point || alternate)
    *p++ = '.';
  return put(p, digits + point, n - point);
}

static char *put_exponent(char *p, const struct float_decimal *d, int n, bool alternate,
                          bool upper) {
  int exponent = d->point - 1;
  unsigned magnitude = (unsigned)abs(exponent);
  p = put_fixed(p, d->digits, n, 1, alternate);
  *p++ = upper ? 'E' : 'e';
  *p++ = exponent < 0 ? '-' : '+';
  if (magnitude >= 100)
    *p++ = (char)('0' + magnitude / 100);
  *p++ = (char)('0' + magnitude / 10 % 10);
  *p++ = (char)('0' + magnitude % 10);
  return p;
}

static bool write_fixed(struct float_text *t, double value, int precision, bool alternate) {
  struct float_decimal d;
  if (!float_decimal_fixed(value, precision, &d))
    return false;
  end_at(t, put_fixed(put_sign(t, value), d.digits, d.n, d.point, alternate));
  return true;
}
static bool write_exponent(struct float_text *t, double value, int precision, bool alternate,
                           bool upper) {
  struct float_decimal d;
  if (precision >= FLOAT_DECIMAL_DIGITS || !float_decimal_leading(value, precision + 1, &d))
    return false;
  end_at(t, put_exponent(put_sign(t, value), &d, d.n, alternate, upper));
  return true;
}

/* g: the exponent form for large and small numbers; one digit earlier where ".0" takes one. */
static bool write_general(struct float_text *t, double value, bool upper, int precision,
                          unsigned flags) {
  bool alternate = flags & FLOAT_PRINT_ALTERNATE, dot = flags & FLOAT_PRINT_DOT;
  struct float_decimal d;
  if (precision > FLOAT_DECIMAL_DIGITS || !float_decimal_leading(value, precision, &d))
    return false;
  char *p = put_sign(t, value);
  int n = d.n;
  while (!alternate && n > 1 && d.digits[n - 1] == '0')
    n--;
  if (d.point < -3 || d.point > precision - dot) {
    end_at(t, put_exponent(p, &d, n, alternate, upper));
    return true;
  }
  if (d.point <= 0) {
    *p++ = '0', *p++ = '.';
    for (int i = d.point; i < 0; i++)
      *p++ = '0';
    p = put(p, d.digits, n);
  } else {
    p = put_fixed(p, d.digits, n > d.point ? n : d.point, d.point, alternate);
    if (dot && n <= d.point) /* never the alternate form, which keeps all digits */
      p = put(p, ".0", 2);
  }
  end_at(t, p);
  return true;
}

/* ---- Printing by the C library ---- */

/* snprintf's result in the C locale, in t->few or a buffer of the size it asks for. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static int print(struct float_text *t, const char *format, int precision, double value) {
  pthread_once(&c_locale_once, make_locale);
  locale_t before = uselocale(c_locale);
  size_t room = sizeof t->few - 2; /* for ".0" */
  int n = snprintf(t->few, room, format, precision, value);
  t->text = t->few;
  if (n >= (int)room) {
    t->room_bytes = (size_t)n + 3;
    t->room = gc_buffer_new(t->room_bytes);
    if (t->room)
      n = snprintf(t->room, (size_t)n + 1, format, precision, value);
    t->text = t->room;
  }
  uselocale(before);
  if (n < 0 || !t->text) {
    float_text_close(t);
    error_no_memory();
    return -1;
  }
  t->n = (size_t)n;
  return 0;
}
#pragma GCC diagnostic pop

/* What %g leaves of a mantissa: no zeros at its end, nor a point. */
static void drop_zeros(struct float_text *t, char *text) {
  char *e = text + t->n;
  while ((e[-1] | 0x20) != 'e')
    e--;
  e--;
  char *end = e;
  if (memchr(text, '.', (size_t)(e - text))) {
    while (end[-1] == '0')
      end--;
    if (end[-1] == '.')
      end--;
  }
  memmove(end, e, (size_t)(text + t->n - e));
  t->n -= (size_t)(e - end);
}

/* A number with ".0" behind it takes one digit more: g then chooses the exponent one earlier. */
static bool wants_exponent(const struct float_text *t, double value, int precision) {
  size_t whole = 0, at = t->text[0] == '-';
  while (at + whole < t->n && isdigit((unsigned char)t->text[at + whole]))
    whole++;
  return whole >= (size_t)precision && !(t->text[at] == '0' && value != 0);
}

static int print_general(struct float_text *t, double value, char form, int precision,
                         unsigned flags) {
  bool alternate = flags & FLOAT_PRINT_ALTERNATE, upper = form == 'G';
  if (precision == 0)
    precision = 1;
  if (write_general(t, value, upper, precision, flags))
    return 0;
  const char *format = upper ? alternate ? "%#.*G" : "%.*G" : alternate ? "%#.*g" : "%.*g";
  if (print(t, format, precision, value) < 0)
    return -1;
  if (!(flags & FLOAT_PRINT_DOT) || memchr(t->text, upper ? 'E' : 'e', t->n))
    return 0;
  if (wants_exponent(t, value, precision)) {
    float_text_close(t);
    format = upper ? alternate ? "%#.*E" : "%.*E" : alternate ? "%#.*e" : "%.*e";
    if (print(t, format, precision - 1, value) < 0)
      return -1;
    if (!alternate)
      drop_zeros(t, (char *)(uintptr_t)t->text);
  } else if (!memchr(t->text, '.', t->n)) {
    memcpy((char *)(uintptr_t)t->text + t->n, ".0", 2);
    t->n += 2;
  }
  return 0;
}

static int print_shortest(struct float_text *t, double value, unsigned flags) {
  t->n = float_write(value, t->few, flags & FLOAT_PRINT_DOT);
  t->text = t->few;
  if (!(flags & FLOAT_PRINT_ALTERNATE) || memchr(t->few, '.', t->n))
    return 0;
  char *end = t->few + t->n, *e = memchr(t->few, 'e', t->n);
  if (!e)
    e = end;
  memmove(e + 1, e, (size_t)(end - e));
  *e = '.';
  t->n++;
  return 0;
}

static int print_form(struct float_text *t, double value, char form, int precision,
                      unsigned flags) {
  bool alternate = flags & FLOAT_PRINT_ALTERNATE;
  switch (form) {
  case 'r':
    return print_shortest(t, value, flags);
  case 'g':
  case 'G':
    return print_general(t, value, form, precision, flags);
  case 'e':
    if (write_exponent(t, value, precision, alternate, false))
      return 0;
    return print(t, alternate ? "%#.*e" : "%.*e", precision, value);
  case 'E':
    if (write_exponent(t, value, precision, alternate, true))
      return 0;
    return print(t, alternate ? "%#.*E" : "%.*E", precision, value);
  default:
    if (write_fixed(t, value, precision, alternate))
      return 0;
    return print(t, alternate ? "%#.*f" : "%.*f", precision, value);
  }
}

static bool is_zero(const char *text, size_t n) {
  for (size_t i = 0; i < n && (text[i] | 0x20) != 'e'; i++)
    if (text[i] >= '1' && text[i] <= '9')
      return false;
  return true;
}

static void print_special(struct float_text *t, double value, bool upper) {
  const char *text = isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
  t->n = strlen(text);
  for (size_t i = 0; i < t->n; i++)
    t->few[i] = (char)(upper ? toupper((unsigned char)text[i]) : text[i]);
  t->text = t->few;
}

int float_text_open(struct float_text *t, double value, char form, int precision, unsigned flags) {
  t->room = NULL;
  if (!isfinite(value)) {
    print_special(t, value, form == 'E' || form == 'F' || form == 'G');
    return 0;
  }
  if (print_form(t, value, form, precision, flags) < 0)
    return -1;
  if ((flags & FLOAT_PRINT_NO_MINUS_ZERO) && t->text[0] == '-' && is_zero(t->text, t->n))
    t->text++, t->n--;
  return 0;
}

void float_text_close(struct float_text *t) {
  if (t->room)
    gc_buffer_free(t->room, t->room_bytes);
  t->room = NULL;
}

/* ---- Reading ---- */

static const char *skip_word(const char *p, const char *word) {
  size_t n = strlen(word);
  return strncasecmp(p, word, n) == 0 ? p + n : NULL;
}

/* At most 15 digits with a point or none and a small exponent or none: they are an integer and a
 * power of ten that doubles hold exactly, so that their product or quotient is the nearest double.
 * NULL: another number. */
static const char *read_plain(const char *p, double *value) {
  static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  enum { POWER_MAX = ARRAY_SIZE(powers) - 1 };
  uint64_t digits = 0;
  const char *start = p;
  while (*p >= '0' && *p <= '9' && p - start <= 15)
    digits = digits * 10 + (uint64_t)(*p++ - '0');
  ptrdiff_t n = p - start, decimals = 0;
  if (*p == '.') {
    const char *point = p++;
    while (*p >= '0' && *p <= '9' && n + (p - point - 1) <= 15)
      digits = digits * 10 + (uint64_t)(*p++ - '0');
    decimals = p - point - 1;
    n += decimals;
  }
  if (n < 1 || n > 15 || (*p >= '0' && *p <= '9'))
    return NULL;
  ptrdiff_t exponent = -decimals;
  if (UNLIKELY((*p | 0x20) == 'e')) {
    bool negative = *++p == '-';
    p += negative || *p == '+';
    if (p[0] < '0' || p[0] > '9')
      return NULL;
    int written = *p++ - '0';
    if (*p >= '0' && *p <= '9')
      written = written * 10 + (*p++ - '0');
    if (*p >= '0' && *p <= '9')
      return NULL;
    exponent += negative ? -written : written;
  }
  if (exponent > POWER_MAX || exponent < -POWER_MAX)
    return NULL;
  *value = exponent < 0 ? (double)digits / powers[-exponent] : (double)digits * powers[exponent];
  return p;
}

const char *float_read_short(const char *text, double *value) {
  bool negative = *text == '-';
  const char *end = read_plain(text + negative, value);
  if (end && negative)
    *value = -*value;
  return end;
}

const char *float_read(const char *text, double *value) {
  const char *p = text, *end;
  bool negative = *p == '-';
  if (*p == '+' || *p == '-')
    p++;
  if (!isdigit((unsigned char)*p) &&
      *p != '.') { /* the words, and not strtod's own, like "nan(1)" */
    if ((end = skip_word(p, "nan")))
      *value = negative ? -NAN : NAN;
    else if ((end = skip_word(p, "infinity")) || (end = skip_word(p, "inf")))
      *value = negative ? -INFINITY : INFINITY;
    else
      return text;
    return end;
  }
  if (p[0] == '0' && (p[1] | 0x20) == 'x') { /* no hexadecimal numbers: the zero alone */
    *value = negative ? -0.0 : 0.0;
    return p + 1;
  }
  double plain;
  if ((end = read_plain(p, &plain))) {
    *value = negative ? -plain : plain;
    return end;
  }
  pthread_once(&c_locale_once, make_locale);
  char *stop;
  double magnitude = strtod_l(p, &stop, c_locale);
  if (stop == p)
    return text;
  *value = negative ? -magnitude : magnitude;
  return stop;
}
