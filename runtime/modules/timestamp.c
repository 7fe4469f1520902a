/* Times given by Python, in the system's forms. Everything is counted in nanoseconds of 64 bits. */
#include "runtime/modules/timestamp.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <limits.h>
#include <math.h>

enum { NS_PER_SECOND = 1000000000, NS_PER_MS = 1000000, US_PER_SECOND = 1000000 };

static double round_double(double x, enum timestamp_rounding rounding) {
  switch (rounding) {
  case TIMESTAMP_FLOOR:
    return floor(x);
  case TIMESTAMP_CEILING:
    return ceil(x);
  case TIMESTAMP_NEAREST:
    return rint(x);
  default:
    return x >= 0 ? ceil(x) : floor(x);
  }
}

static int no_nan(double value) {
  if (!isnan(value))
    return 0;
  error_format(ERROR_VALUE, "Invalid value NaN (not a number)");
  return -1;
}
static int out_of_range(void) {
  error_format(ERROR_OVERFLOW, "timestamp out of range for platform time_t");
  return -1;
}

static int read_int(struct object *o, int64_t *value, int (*too_large)(void)) {
  struct object *index = number_index(o);
  if (!index)
    return -1;
  bool fits = int_to_i64(index, value);
  drop(index);
  return fits ? 0 : too_large();
}

/* 2^63 itself does not fit; as doubles the limits are exact. */
static bool fits_i64(double x) { return x >= -0x1p63 && x < 0x1p63; }

int timestamp_to_seconds(struct object *o, time_t *seconds) {
  if (!is_any_float(o))
    return read_int(o, seconds, out_of_range);
  double value = float_value(o);
  if (no_nan(value) < 0)
    return -1;
  value = floor(value);
  if (!fits_i64(value))
    return out_of_range();
  *seconds = (time_t)value;
  return 0;
}

/* Whole seconds, and of the next one how many of `units`. */
static int split(struct object *o, int units, enum timestamp_rounding rounding, time_t *seconds,
                 int *part) {
  *part = 0;
  if (!is_any_float(o))
    return read_int(o, seconds, out_of_range);
  if (no_nan(float_value(o)) < 0)
    return -1;
  double whole, rest = round_double(modf(float_value(o), &whole) * units, rounding);
  if (rest >= units) {
    rest -= units;
    whole += 1;
  } else if (rest < 0) {
    rest += units;
    whole -= 1;
  }
  if (!fits_i64(whole))
    return out_of_range();
  *seconds = (time_t)whole;
  *part = (int)rest;
  return 0;
}
int timestamp_to_timespec(struct object *o, struct timespec *t) {
  int ns, status = split(o, NS_PER_SECOND, TIMESTAMP_FLOOR, &t->tv_sec, &ns);
  t->tv_nsec = ns;
  return status;
}
int timestamp_to_us(struct object *o, time_t *seconds, int *us) {
  return split(o, US_PER_SECOND, TIMESTAMP_NEAREST, seconds, us);
}

static int too_large(void) {
  error_format(ERROR_OVERFLOW, "timestamp too large to convert to C _PyTime_t");
  return -1;
}
static int to_ns(struct object *o, int64_t *ns, enum timestamp_rounding rounding, int64_t unit) {
  if (!is_any_float(o)) {
    int64_t value;
    if (read_int(o, &value, too_large) < 0)
      return -1;
    return __builtin_mul_overflow(value, unit, ns) ? too_large() : 0;
  }
  if (no_nan(float_value(o)) < 0)
    return -1;
  double value = round_double(float_value(o) * (double)unit, rounding);
  if (!fits_i64(value))
    return too_large();
  *ns = (int64_t)value;
  return 0;
}
int timestamp_to_ns(struct object *o, int64_t *ns, enum timestamp_rounding rounding) {
  return to_ns(o, ns, rounding, NS_PER_SECOND);
}
int timestamp_ms_to_ns(struct object *o, int64_t *ns, enum timestamp_rounding rounding) {
  return to_ns(o, ns, rounding, NS_PER_MS);
}

int timestamp_split_ns(struct object *o, struct timespec *t) {
  struct object *unit = int_from_i64(NS_PER_SECOND);
  struct object *pair = unit ? number_divmod(o, unit) : NULL;
  drop_null(unit);
  if (!pair)
    return -1;
  int status = -1;
  int64_t nanoseconds;
  if (!is_any_tuple(pair) || tuple_length(pair) != 2)
    error_format(ERROR_TYPE, "%N.__divmod__() must return a 2-tuple, not %N", o, pair);
  else if (read_int(tuple_get_borrowed(pair, 0), &t->tv_sec, out_of_range) == 0 &&
           read_int(tuple_get_borrowed(pair, 1), &nanoseconds, out_of_range) == 0) {
    t->tv_nsec = (long)nanoseconds;
    status = 0;
  }
  drop(pair);
  return status;
}

int timestamp_ms_from_ns(int64_t ns) {
  int64_t ms = ns / NS_PER_MS, rest = ns % NS_PER_MS;
  ms += rest > 0 ? 1 : rest < 0 ? -1 : 0;
  return ms > INT_MAX ? INT_MAX : ms < INT_MIN ? INT_MIN : (int)ms;
}
struct timespec timestamp_timespec_of(int64_t ns) {
  struct timespec t = {.tv_sec = ns / NS_PER_SECOND, .tv_nsec = ns % NS_PER_SECOND};
  if (t.tv_nsec < 0) {
    t.tv_nsec += NS_PER_SECOND;
    t.tv_sec--;
  }
  return t;
}

/* Whole seconds are divided as an int, so that large ones stay exact. */
struct object *timestamp_float(int64_t ns) {
  return float_from(ns % NS_PER_SECOND ? (double)ns / 1e9 : (double)(ns / NS_PER_SECOND));
}

static int64_t monotonic(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}
int64_t timestamp_deadline(int64_t ns) {
  int64_t deadline;
  return __builtin_add_overflow(monotonic(), ns, &deadline) ? INT64_MAX : deadline;
}
int64_t timestamp_left(int64_t deadline) {
  int64_t left = deadline - monotonic();
  return left > 0 ? left : 0;
}
