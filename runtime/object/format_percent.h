/* The conversions of numbers in printf-style formatting: what str % and bytes % share. */
#pragma once
#include "runtime/object/str_builder.h"

enum format_percent_flags {
  PERCENT_LEFT = 1,           /* - */
  PERCENT_SIGN = 2,           /* + */
  PERCENT_SPACE = 4,          /* blank */
  PERCENT_ALTERNATE = 8,      /* # */
  PERCENT_ZERO = 16,          /* 0 */
  PERCENT_NO_MINUS_ZERO = 64, /* z: of floats */
  PERCENT_BYTES = 32,         /* for bytes: messages say so */
};

/* A str, all ASCII, padded to the width: conversion is one of d i u o x X e E f F g G; width and
 * precision are -1 where not given. The value may have __index__, __int__ or __float__ called. */
int number_put_percent(struct str_builder *out, struct object *value, char conversion,
                       unsigned flags, int64_t width, int64_t precision);
/* The same as a new str. */
struct object *number_format_percent(struct object *value, char conversion, unsigned flags,
                                     int64_t width, int64_t precision);
