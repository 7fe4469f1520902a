/* Floats: boxed IEEE doubles. */
#pragma once
#include "runtime/object/object.h"

extern struct type float_type;

struct object *float_from(double value);
bool is_float(const struct object *o);
double float_value(const struct object *o);
