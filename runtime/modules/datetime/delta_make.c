/* timedelta(...): the sum of seven numbers, ints of any size and floats, exact to the microsecond.
 *
 * Whole parts are summed up as ints. Of a float's fraction the whole microseconds are added too,
 * and what remains of all of them is rounded once, at the end, half to even. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/int_limbs.h"
#include <math.h>

struct sum {
  wide_int us;
  struct object *more; /* an int, what was too large for the other; NULL: 0 */
  double rest;         /* parts of microseconds */
};

static int add_int(struct sum *sum, struct object *number, int64_t unit) {
  if (LIKELY(int_is_compact(number))) { /* seven of these stay far from 127 bits */
    sum->us += (wide_int)int_value(number) * unit;
    return 0;
  }
  struct object *factor = int_from_i64(unit);
  struct object *product = factor ? int_multiply(number, factor) : NULL;
  drop_null(factor);
  if (product && sum->more) {
    struct object *both = int_add(sum->more, product);
    drop(product);
    product = both;
  }
  if (!product)
    return -1;
  drop_null(sum->more);
  sum->more = product;
  return 0;
}
static int add_float(struct sum *sum, double number, int64_t unit) {
  if (isnan(number)) {
    error_format(ERROR_VALUE, "cannot convert float NaN to integer");
    return -1;
  }
  if (isinf(number)) {
    error_format(ERROR_OVERFLOW, "cannot convert float infinity to integer");
    return -1;
  }
  double whole, part = modf(number, &whole);
  if (LIKELY(fabs(whole) < 0x1p62))
    sum->us += (wide_int)(int64_t)whole * unit;
  else {
    struct object *i = int_from_double(whole);
    int status = i ? add_int(sum, i, unit) : -1;
    drop_null(i);
    if (status < 0)
      return -1;
  }
  if (part == 0)
    return 0;
  part = modf(part * (double)unit, &whole);
  sum->us += (wide_int)whole;
  sum->rest += part;
  return 0;
}
static int add(struct sum *sum, struct object *number, int64_t unit, const char *name) {
  if (is_any_int(number))
    return add_int(sum, number, unit);
  if (is_any_float(number))
    return add_float(sum, float_value(number), unit);
  error_format(ERROR_TYPE, "unsupported type for timedelta %s component: %N", name, number);
  return -1;
}

static void round_rest(struct sum *sum) {
  double whole = round(sum->rest);
  if (fabs(whole - sum->rest) == 0.5) {
    bool odd = (sum->us & 1) ^ (sum->more && int_is_odd(sum->more));
    whole = 2.0 * round((sum->rest + odd) * 0.5) - odd;
  }
  sum->us += (wide_int)whole;
}

static struct object *finish(struct type *t, struct sum *sum) {
  if (sum->rest != 0)
    round_rest(sum);
  struct object *us = delta_to_int(sum->us);
  if (us && sum->more) {
    struct object *both = int_add(us, sum->more);
    drop(us);
    us = both;
  }
  drop_null(sum->more);
  struct object *result = us ? delta_from_int(t, us) : NULL;
  drop_null(us);
  return result;
}

struct object *delta_new_slot(struct type *t, struct object *const *args, size_t n,
                              struct object *kwnames) {
  static const char *const names[] = {"days",    "seconds", "microseconds", "milliseconds",
                                      "minutes", "hours",   "weeks"};
  static const struct arguments spec = {"__new__", names, "OOOOOOO", 0, 7};
  /* CPython's order, from the smallest to the largest. */
  static const struct {
    uint8_t at;
    int64_t unit;
  } units[] = {{2, 1},
               {3, 1000},
               {1, US_PER_SECOND},
               {4, INT64_C(60) * US_PER_SECOND},
               {5, INT64_C(3600) * US_PER_SECOND},
               {0, INT64_C(86400) * US_PER_SECOND},
               {6, INT64_C(604800) * US_PER_SECOND}};
  union argument v[7] = {{.object = NULL}};
  if (arguments_read(&spec, args, n, kwnames, v) < 0)
    return NULL;
  struct sum sum = {0, NULL, 0};
  for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
    struct object *number = v[units[i].at].object;
    if (number && UNLIKELY(add(&sum, number, units[i].unit, names[units[i].at]) < 0)) {
      drop_null(sum.more);
      return NULL;
    }
  }
  if (LIKELY(!sum.more)) {
    if (sum.rest != 0)
      round_rest(&sum);
    if (t == &delta_type)
      return delta_from_us(sum.us);
    sum.rest = 0;
  }
  return finish(t, &sum);
}
