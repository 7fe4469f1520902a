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

static int64_t complex_hash(struct object *o) {
  const struct complex_object *c = (const struct complex_object *)o;
  uint64_t hash =
      (uint64_t)hash_part(o, c->real) + HASH_IMAGINARY * (uint64_t)hash_part(o, c->imag);
  return hash == (uint64_t)-1 ? -2 : (int64_t)hash;
}

static void complex_destroy(struct object *o) { gc_delete(o, sizeof(struct complex_object)); }

struct type complex_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .basic_bytes = sizeof(struct complex_object)},
    .name = "complex",
    .destroy = complex_destroy,
    .equal = complex_equal,
    .hash = complex_hash,
    .base = &object_type,
};

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
  if (is_complex(b)) {
    const struct complex_object *d = (const struct complex_object *)b;
    return c->real == d->real && c->imag == d->imag;
  }
  if (c->imag != 0)
    return 0;
  if (is_float(b))
    return c->real == float_value(b);
  if (!is_int(b))
    return 0;
  /* A float on the stack would do for the exact comparison, were it not for its header. */
  struct float_object real = {.head = OBJECT_STATIC(float_type), .value = c->real};
  return float_equal(&real.head, b);
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
