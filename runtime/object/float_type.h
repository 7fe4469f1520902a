/* What the parts of float share: rounding, hexadecimal text. */
#pragma once
#include "runtime/object/object.h"

struct object *float_to_int(double value); /* cut; errors for NaN and infinity */
/* Rounded correctly to so many decimals (negative: to a power of ten), ties to even: infinite when
 * that is out of range. The value is finite, -308 <= places <= 323. -1: no memory. */
int float_round(double value, int places, double *rounded);
struct object *float_hex(double value);
struct object *float_from_hex(struct object *text);
