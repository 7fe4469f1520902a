/* Sums and products of many numbers, and lengths of vectors. */
#include "runtime/modules/math/math.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* ---- fsum ---- */

/* The sum so far as numbers that do not overlap, by growing magnitude (Shewchuk): their exact sum
 * is the exact sum of all that was added. */
struct partials {
  double *items;
  size_t n, capacity;
  double few[32];
};

static int push(struct partials *p, double x) {
  if (p->n == p->capacity) {
    size_t capacity = p->capacity * 2;
    double *items = p->items == p->few ? gc_buffer_new(capacity * sizeof *items)
                                       : gc_buffer_resize_own(p->items, p->capacity * sizeof *items,
                                                              capacity * sizeof *items);
    if (!items)
      return error_no_memory(), -1;
    if (p->items == p->few)
      memcpy(items, p->few, sizeof p->few);
    p->items = items;
    p->capacity = capacity;
  }
  p->items[p->n++] = x;
  return 0;
}

/* Adds x to every partial in turn; what rounding loses at each becomes a partial. */
static double absorb(struct partials *p, double x) {
  size_t kept = 0;
  for (size_t i = 0; i < p->n; i++) {
    double y = p->items[i];
    if (fabs(x) < fabs(y)) {
      double t = x;
      x = y;
      y = t;
    }
    volatile double high = x + y, rounded = high - x;
    double low = y - rounded;
    if (low != 0)
      p->items[kept++] = low;
    x = high;
  }
  p->n = kept;
  return x;
}

/* The partials rounded to one double: from the largest down, as long as the sum is exact; then the
 * next decides a tie. */
static double total(const struct partials *p) {
  if (!p->n)
    return 0;
  size_t n = p->n;
  double high = p->items[--n], low = 0;
  while (n > 0) {
    double x = high, y = p->items[--n];
    volatile double sum = x + y, rounded = sum - x;
    high = sum;
    low = y - rounded;
    if (low != 0)
      break;
  }
  if (n > 0 && ((low < 0 && p->items[n - 1] < 0) || (low > 0 && p->items[n - 1] > 0))) {
    double y = low * 2;
    volatile double x = high + y, rounded = x - high;
    if (y == rounded)
      high = x;
  }
  return high;
}

struct special_sum {
  double all, infinities;
};

static int add_number(struct partials *p, struct special_sum *special, double x) {
  double original = x;
  x = absorb(p, x);
  if (x == 0)
    return 0;
  if (isfinite(x))
    return push(p, x);
  if (isfinite(original)) {
    error_set(ERROR_OVERFLOW, "intermediate overflow in fsum");
    return -1;
  }
  if (isinf(original))
    special->infinities += original;
  special->all += original;
  p->n = 0;
  return 0;
}

struct object *math_fsum(struct object *module, struct object *iterable) {
  struct object *iterator = iterate(iterable), *item;
  if (!iterator)
    return NULL;
  struct partials p = {.capacity = ARRAY_SIZE(p.few)};
  struct special_sum special = {0, 0};
  p.items = p.few;
  int status = 0;
  while (status == 0 && (item = iterate_next(iterator))) {
    double x;
    status = number_to_double(item, &x);
    drop(item);
    if (status == 0)
      status = add_number(&p, &special, x);
  }
  drop(iterator);
  struct object *result = NULL;
  if (status < 0 || error_pending() != ERROR_NONE)
    ;
  else if (special.all != 0) {
    if (isnan(special.infinities))
      error_set(ERROR_VALUE, "-inf + inf in fsum");
    else
      result = float_from(special.all);
  } else
    result = float_from(total(&p));
  if (p.items != p.few)
    gc_buffer_free(p.items, p.capacity * sizeof *p.items);
  return result;
}

/* ---- prod ---- */

struct object *math_prod(struct object *module, struct object *const *args, size_t n,
                         struct object *kwnames) {
  static const char *const names[] = {"", "start"};
  static const struct args_spec spec = {"prod", names, 2, 1, 1, 1};
  struct object *values[2], *item;
  if (args_parse(&spec, args, n, kwnames, values) < 0)
    return NULL;
  struct object *iterator = iterate(values[0]);
  if (!iterator)
    return NULL;
  struct object *result = values[1] ? hold(values[1]) : int_from_i64(1);
  while (result && (item = iterate_next(iterator))) {
    struct object *product;
    if (type_of(result) == &int_type && type_of(item) == &int_type)
      product = int_multiply(result, item);
    else if (is_float(result) && is_float(item))
      product = float_from(float_value(result) * float_value(item));
    else
      product = number_binary(result, item, NUMBER_MULTIPLY);
    drop(item);
    drop(result);
    result = product;
  }
  drop(iterator);
  if (result && error_pending() != ERROR_NONE) {
    drop(result);
    result = NULL;
  }
  return result;
}

/* ---- Lengths ---- */

/* A sum of squares in three columns: halves of a number are multiplied exactly, and what the main
 * sum loses is kept beside it. */
struct squares {
  double sum, lost_high, lost_cross, low;
};

static void add_product(double *sum, double *lost, double x) {
  double before = *sum;
  *sum = before + x;
  *lost += (before - *sum) + x;
}
static void add_square(struct squares *s, double x, double sign) {
  const double splitter = 134217729.0; /* 2^27 + 1: Veltkamp */
  double t = x * splitter, high = t - (t - x), low = x - high;
  add_product(&s->sum, &s->lost_high, sign * high * high);
  add_product(&s->sum, &s->lost_cross, sign * 2.0 * high * low);
  if (sign > 0)
    s->low += low * low; /* too small to reach the sum */
  else
    add_product(&s->sum, &s->low, -low * low);
}
/* The sum began with 1, which keeps it the largest term. */
static double sum_of(const struct squares *s) {
  return s->sum - 1.0 + (s->lost_high + s->lost_cross + s->low);
}

/* The square root of the sum of squares; the numbers are scaled so that the largest is near 1, and
 * the root is corrected once by what its own square misses. `items` are magnitudes. */
static double length_of(double *items, size_t n, double largest, bool found_nan) {
  if (isinf(largest))
    return largest;
  if (found_nan)
    return NAN;
  if (largest == 0 || n <= 1)
    return largest;
  int exponent;
  frexp(largest, &exponent);
  struct squares s = {.sum = 1.0};
  if (exponent < -1023) { /* the scale would overflow */
    for (size_t i = 0; i < n; i++) {
      double x = items[i] / largest;
      add_product(&s.sum, &s.lost_high, x * x);
    }
    return largest * sqrt(s.sum - 1.0 + s.lost_high);
  }
  double scale = ldexp(1.0, -exponent);
  for (size_t i = 0; i < n; i++)
    add_square(&s, items[i] * scale, 1.0);
  double root = sqrt(sum_of(&s));
  add_square(&s, root, -1.0);
  return (root + sum_of(&s) / (2.0 * root)) / scale;
}

struct vector {
  double *items;
  size_t n;
  double largest;
  bool found_nan;
  double few[16];
};
static bool vector_open(struct vector *v, size_t n) {
  v->n = n;
  v->largest = 0;
  v->found_nan = false;
  v->items = n <= ARRAY_SIZE(v->few) ? v->few : gc_buffer_new(n * sizeof *v->items);
  return v->items != NULL || (error_no_memory(), false);
}
static void vector_set(struct vector *v, size_t i, double x) {
  v->items[i] = fabs(x);
  v->found_nan |= isnan(x);
  if (v->items[i] > v->largest)
    v->largest = v->items[i];
}
static void vector_close(struct vector *v) {
  if (v->items != v->few)
    gc_buffer_free(v->items, v->n * sizeof *v->items);
}

struct object *math_hypot(struct object *module, struct object *const *args, size_t n) {
  struct vector v;
  if (!vector_open(&v, n))
    return NULL;
  int status = 0;
  for (size_t i = 0; i < n && status == 0; i++) {
    double x;
    status = number_to_double(args[i], &x);
    if (status == 0)
      vector_set(&v, i, x);
  }
  struct object *result =
      status < 0 ? NULL : float_from(length_of(v.items, n, v.largest, v.found_nan));
  vector_close(&v);
  return result;
}

struct object *math_dist(struct object *module, struct object *const *args, size_t n) {
  if (args_check_count("dist", n, 2, 2) < 0)
    return NULL;
  struct object *p = is_any_tuple(args[0]) ? hold(args[0]) : iterate_to_tuple(args[0]);
  struct object *q = !p ? NULL : is_any_tuple(args[1]) ? hold(args[1]) : iterate_to_tuple(args[1]);
  struct object *result = NULL;
  struct vector v;
  if (q && tuple_length(p) != tuple_length(q))
    error_set(ERROR_VALUE, "both points must have the same number of dimensions");
  else if (q && vector_open(&v, tuple_length(p))) {
    int status = 0;
    for (size_t i = 0; i < v.n && status == 0; i++) {
      double x, y;
      status = number_to_double(tuple_get_borrowed(p, i), &x);
      if (status == 0)
        status = number_to_double(tuple_get_borrowed(q, i), &y);
      if (status == 0)
        vector_set(&v, i, x - y);
    }
    if (status == 0)
      result = float_from(length_of(v.items, v.n, v.largest, v.found_nan));
    vector_close(&v);
  }
  drop_null(p);
  drop_null(q);
  return result;
}
