/* Floats: boxed IEEE doubles. */
#pragma once
#include "runtime/object/freelist.h"
#include "runtime/object/type.h"

extern struct type float_type;

struct float_object {
  struct object head;
  double value;
};

extern struct freelist float_free;

static inline struct object *float_from(double value) {
  struct object *o = freelist_pop(&float_free);
  if (!o && UNLIKELY(!(o = gc_new(&float_type, sizeof(struct float_object)))))
    return error_no_memory();
  ((struct float_object *)o)->value = value;
  return o;
}
static inline bool is_float(const struct object *o) { return type_of(o) == &float_type; }
static inline double float_value(const struct object *o) {
  return ((const struct float_object *)o)->value;
}
/* With floats and ints, exactly; 0 for all else. */
int float_equal(struct object *a, struct object *b);
/* The hash of a double that is no NaN: of the equal int, if there is one. */
int64_t float_hash_double(double value);

/* The shortest decimal that reads back as the value, as repr shows it; add_dot: whole numbers end
 * in
 * ".0" (those of a complex number do not). Returns its length; text ends in a NUL. */
enum { FLOAT_TEXT_BYTES = 40 };
size_t float_write(double value, char text[FLOAT_TEXT_BYTES], bool add_dot);
struct object *float_repr(double value);

/* For the type. */
void float_destroy(struct object *o);
int64_t float_hash(struct object *o);
/* Python's quotient and remainder of doubles; b is not 0. */
double float_floor_divide(double a, double b, double *remainder);
/* a ** b, a float or (a negative root) a complex; the errors are Python's. */
struct object *float_power(double a, double b);
void *float_out_of_range(void) __attribute__((cold)); /* OverflowError(34, ...); NULL */

void float_open(void);
void float_release_caches(void);
