/* Times given by Python, as floats or ints of seconds, in the system's forms; and back. */
#pragma once
#include "runtime/object/object.h"
#include <time.h>

enum timestamp_rounding {
  TIMESTAMP_FLOOR,   /* points in time */
  TIMESTAMP_CEILING, /* timeouts: never wake up too early */
  TIMESTAMP_AWAY,    /* timeouts whose sign matters: away from zero */
  TIMESTAMP_NEAREST, /* dates: ties to even */
};
/* 0; -1: TypeError, ValueError for NaN, OverflowError. */
int timestamp_to_seconds(struct object *o, time_t *seconds);
int timestamp_to_timespec(struct object *o, struct timespec *t);
/* Seconds and, from 0, microseconds, the nearest. */
int timestamp_to_us(struct object *o, time_t *seconds, int *us);
int timestamp_to_ns(struct object *o, int64_t *ns, enum timestamp_rounding rounding);
/* The same from milliseconds; whole ones. */
int timestamp_ms_to_ns(struct object *o, int64_t *ns, enum timestamp_rounding rounding);
/* An int of nanoseconds since the epoch. */
int timestamp_split_ns(struct object *o, struct timespec *t);
/* Of a duration that was rounded to milliseconds; rounds up (away from zero), clipped to an int. */
int timestamp_ms_from_ns(int64_t ns);
struct timespec timestamp_timespec_of(int64_t ns);

struct object *timestamp_float(int64_t ns); /* in seconds */

/* Deadlines, by the monotonic clock: the one so many nanoseconds ahead (at most the last there is),
 * and what is left until then, 0 when it has passed. */
int64_t timestamp_deadline(int64_t ns);
int64_t timestamp_left(int64_t deadline);
