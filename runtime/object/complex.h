/* Complex numbers: two boxed IEEE doubles. */
#pragma once
#include "runtime/object/type.h"

extern struct type complex_type;

struct complex_object {
  struct object head;
  double real, imag;
};

struct object *complex_from(double real, double imag);
static inline bool is_complex(const struct object *o) { return type_of(o) == &complex_type; }
/* With complex numbers, floats and ints, exactly; 0 for all else. */
int complex_equal(struct object *a, struct object *b);
struct object *complex_repr(struct object *o);
