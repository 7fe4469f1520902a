/* Complex numbers: equality with the other numbers, and CPython's hash. */
#include "runtime/object/complex.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include <math.h>

enum { HASH_IMAGINARY = 1000003 };

static int64_t hash_part(struct object *o, double value) {
  return isnan(value) ? object_hash_identity(o) : float_hash_double(value);
}

int64_t complex_hash(struct object *o) {
  const struct complex_object *c = (const struct complex_object *)o;
  uint64_t hash =
      (uint64_t)hash_part(o, c->real) + HASH_IMAGINARY * (uint64_t)hash_part(o, c->imag);
  return hash == (uint64_t)-1 ? -2 : (int64_t)hash;
}

void complex_destroy(struct object *o) { gc_delete(o, sizeof(struct complex_object)); }

struct object *complex_from(double real, double imag) {
  struct complex_object *c =
      (struct complex_object *)gc_new(&complex_type, sizeof(struct complex_object));
  if (UNLIKELY(!c))
    return error_no_memory();
  c->real = real;
  c->imag = imag;
  return &c->head;
}

int complex_equal(struct object *a, struct object *b) {
  const struct complex_object *c = (const struct complex_object *)a;
  if (is_any_complex(b)) {
    const struct complex_object *d = (const struct complex_object *)b;
    return c->real == d->real && c->imag == d->imag;
  }
  if (c->imag != 0)
    return 0;
  if (is_any_float(b))
    return c->real == float_value(b);
  return is_any_int(b) && !isnan(c->real) && int_compare_double(b, c->real) == 0;
}

struct object *complex_repr(struct object *o) {
  const struct complex_object *c = (const struct complex_object *)o;
  char text[2 * FLOAT_TEXT_BYTES + 4], *p = text;
  /* A real part of +0 is left out; -0 is not, so that the text reads back. */
  bool has_real = c->real != 0 || signbit(c->real);
  if (has_real) {
    *p++ = '(';
    p += float_write(c->real, p, false);
    if (!signbit(c->imag) || isnan(c->imag))
      *p++ = '+';
  }
  p += float_write(c->imag, p, false);
  *p++ = 'j';
  if (has_real)
    *p++ = ')';
  return str_from_data(text, (size_t)(p - text), 0);
}
