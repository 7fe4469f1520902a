/* Floats and text: printing with a given number of digits, rounded correctly, and reading. What is
 * set by setlocale has no influence. */
#pragma once
#include "runtime/object/float.h"

enum float_print_flags {
  FLOAT_PRINT_ALTERNATE = 1, /* always a point; g keeps trailing zeros */
  FLOAT_PRINT_DOT = 2,       /* a whole number without exponent ends in ".0" */
  FLOAT_PRINT_NO_MINUS_ZERO = 4,
};

/* The text of a double in one of the forms e, E, f, F, g, G (with `precision`) or r (as repr; the
 * precision is ignored). The struct lives on the C stack and isn't copied. -1: no memory. */
struct float_text {
  const char *text; /* with a '-' if it is negative; not NUL-terminated */
  size_t n;
  char *room; /* item buffer; NULL: none */
  size_t room_bytes;
  char few[400]; /* what %f needs without many decimals */
};
int float_text_open(struct float_text *t, double value, char form, int precision, unsigned flags);
void float_text_close(struct float_text *t);

/* Reads a decimal number, "inf", "infinity" or "nan", with a sign or none, from NUL-terminated
 * text, correctly rounded (beyond the range: infinity). Returns where it ends; `text` itself when
 * there is no number. */
const char *float_read(const char *text, double *value);
/* The same of a number of few digits, read in place; NULL: any other text. */
const char *float_read_short(const char *text, double *value);
