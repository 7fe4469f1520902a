/* Order, equality and hash of datetimes. Those with offsets are compared as points in time; but one
 * whose offset depends on `fold` (it is near a change of clocks) equals none in another zone, so
 * that equal ones have equal hashes. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/object/protocol.h"

static struct object *offset_of(struct object *o) { return zone_utcoffset(moment_of(o)->zone, o); }
static int order_fields(struct object *a, struct object *b) {
  return memcmp(moment_of(a)->data, moment_of(b)->data, DATETIME_BYTES);
}

static wide_int fields_us(struct object *o) {
  int64_t seconds =
      (int64_t)calendar_ordinal(day_of(o)) * SECONDS_PER_DAY + clock_seconds(moment_clock(o));
  return (wide_int)seconds * US_PER_SECOND + moment_clock(o).microsecond;
}
/* Asks for the offsets, in order. */
int moment_difference(struct object *a, struct object *b, wide_int *us) {
  *us = fields_us(a) - fields_us(b);
  if (moment_of(a)->zone == moment_of(b)->zone)
    return 0;
  struct object *x = offset_of(a), *y = x ? offset_of(b) : NULL;
  int status = y ? 0 : -1;
  if (y && (x == NONE) != (y == NONE)) {
    error_format(ERROR_TYPE, "can't subtract offset-naive and offset-aware datetimes");
    status = -1;
  } else if (y && x != NONE)
    *us -= delta_us(x) - delta_us(y);
  drop_null(y);
  drop_null(x);
  return status;
}
struct object *moment_subtract(struct object *a, struct object *b) {
  if (LIKELY(moment_of(a)->zone == moment_of(b)->zone)) {
    struct clock x = moment_clock(a), y = moment_clock(b);
    return delta_new(&delta_type, calendar_ordinal(day_of(a)) - calendar_ordinal(day_of(b)),
                     clock_seconds(x) - clock_seconds(y), x.microsecond - y.microsecond);
  }
  wide_int us;
  return moment_difference(a, b, &us) < 0 ? NULL : delta_from_us(us);
}

/* Whether the offset is another one with the other fold. -1: an error. */
static int depends_on_fold(struct object *o, struct object *offset) {
  struct object *flipped =
      moment_new(&moment_type, day_of(o), moment_clock(o), moment_of(o)->zone, !moment_of(o)->fold);
  struct object *other = flipped ? offset_of(flipped) : NULL;
  drop_null(flipped);
  if (!other)
    return -1;
  bool same =
      other == offset || (other != NONE && offset != NONE && delta_order(other, offset) == 0);
  drop(other);
  return !same;
}

static struct object *compare_offsets(struct object *a, struct object *b, struct object *x,
                                      struct object *y, enum compare_op op) {
  bool for_equality = op == COMPARE_EQ || op == COMPARE_NE;
  int order;
  if (x == y || (x != NONE && y != NONE && delta_order(x, y) == 0))
    order = order_fields(a, b);
  else if (x != NONE && y != NONE) {
    wide_int us; /* asks again, as CPython does */
    if (moment_difference(a, b, &us) < 0)
      return NULL;
    order = us < 0 ? -1 : us > 0;
  } else if (for_equality)
    order = 1;
  else
    return error_format(ERROR_TYPE, "can't compare offset-naive and offset-aware datetimes");
  if (for_equality && order == 0) {
    int depends = depends_on_fold(a, x);
    if (depends == 0)
      depends = depends_on_fold(b, y);
    if (depends < 0)
      return NULL;
    order = depends;
  }
  return hold(bool_from(ordered_words(op, order, 0)));
}

struct object *moment_compare(struct object *a, struct object *b, enum compare_op op) {
  if (UNLIKELY(!is_moment(b))) {
    if (!is_date(b))
      return hold(NOT_IMPLEMENTED);
    if (op == COMPARE_EQ || op == COMPARE_NE)
      return hold(bool_from(op == COMPARE_NE));
    return error_format(ERROR_TYPE, "can't compare %N to %N", a, b);
  }
  if (LIKELY(moment_of(a)->zone == moment_of(b)->zone))
    return hold(bool_from(ordered_words(op, order_fields(a, b), 0)));
  struct object *x = offset_of(a), *y = x ? offset_of(b) : NULL;
  struct object *result = y ? compare_offsets(a, b, x, y, op) : NULL;
  drop_null(y);
  drop_null(x);
  return result;
}

/* As with fold=0: both readings of one local time have one hash. */
int64_t moment_hash(struct object *o) {
  struct moment *m = moment_of(o);
  if (m->hash != -1)
    return m->hash;
  if (!m->zone && !m->fold)
    return m->hash = str_hash_bytes(m->data, DATETIME_BYTES);
  struct object *first =
      m->fold ? moment_new(&moment_type, day_of(o), moment_clock(o), m->zone, 0) : hold(o);
  struct object *offset = first ? offset_of(first) : NULL;
  drop_null(first);
  if (!offset)
    return -1;
  if (offset == NONE)
    m->hash = str_hash_bytes(m->data, DATETIME_BYTES);
  else {
    wide_int us = fields_us(o) - delta_us(offset);
    struct object *since = delta_from_us(us);
    if (since)
      m->hash = delta_hash(since);
    drop_null(since);
  }
  drop(offset);
  return m->hash;
}
