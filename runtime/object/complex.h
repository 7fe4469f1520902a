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
static inline bool is_any_complex(const struct object *o) {
  return type_of(o) == &complex_type || object_has(o, TYPE_IS_COMPLEX);
}
/* With complex numbers, floats and ints, exactly; 0 for all else. */
int complex_equal(struct object *a, struct object *b);
struct object *complex_repr(struct object *o);

struct complex_number {
  double real, imag;
};
/* What complex() and cmath take for a number: __complex__, __float__, __index__. -1 with the
 * TypeError. */
int number_to_complex(struct object *o, struct complex_number *c);
/* Division by Smith's method; false: by zero. */
bool complex_divide(struct complex_number a, struct complex_number b,
                    struct complex_number *result);
/* (a + bi) ** (c + di) as a new complex, with Python's errors. */
struct object *complex_power(double a, double b, double c, double d);

/* For the type. */
int64_t complex_hash(struct object *o);
void complex_destroy(struct object *o);
