/* Unbounded integers. Those from -5 to 256 exist once and are immortal. */
#pragma once
#include "runtime/object/object.h"

extern struct type int_type;

struct object *int_from_i64(int64_t value); /* always a reference the caller owns */
bool is_int(const struct object *o);
/* The value of an int that fits; overflow is a fatal error in check builds, wraps elsewhere. */
int64_t int_value(const struct object *o);
