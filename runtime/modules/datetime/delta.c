/* timedelta: days, seconds and microseconds, of which only the days may be negative. Arithmetic is
 * done on the sum of microseconds, which fits 68 bits. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/int_limbs.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"

struct object *delta_new(struct type *t, int64_t days, int64_t seconds, int64_t us) {
  if ((uint64_t)us >= US_PER_SECOND)
    seconds += carry(&us, US_PER_SECOND);
  if ((uint64_t)seconds >= SECONDS_PER_DAY)
    days += carry(&seconds, SECONDS_PER_DAY);
  if (UNLIKELY(days < -DELTA_DAYS_MAX || days > DELTA_DAYS_MAX))
    return error_format(ERROR_OVERFLOW, "days=%lld; must have magnitude <= %d", (long long)days,
                        DELTA_DAYS_MAX);
  struct delta *d;
  if (LIKELY(t == &delta_type)) {
    d = (struct delta *)gc_new(t, sizeof *d);
    if (UNLIKELY(!d))
      return error_no_memory();
  } else if (!(d = (struct delta *)type_generic_alloc(t)))
    return NULL;
  d->days = (int32_t)days;
  d->seconds = (int32_t)seconds;
  d->microseconds = (int32_t)us;
  return &d->head;
}
static void destroy(struct object *o) { gc_delete(o, sizeof(struct delta)); }

/* ---- Microseconds ---- */

wide_int delta_us(const struct object *o) {
  const struct delta *d = (const struct delta *)o;
  int64_t seconds = (int64_t)d->days * SECONDS_PER_DAY + d->seconds;
  return (wide_int)seconds * US_PER_SECOND + d->microseconds;
}

/* The days are first to be a C int. */
static struct object *from_wide(struct type *t, wide_int us) {
  int64_t few;
  if (LIKELY(us >= INT64_MIN && us <= INT64_MAX)) {
    few = (int64_t)us;
    int64_t days = carry(&few, (int64_t)SECONDS_PER_DAY * US_PER_SECOND);
    return delta_new(t, days, 0, few);
  }
  wide_int days = us / US_PER_DAY, rest = us % US_PER_DAY;
  if (rest < 0) {
    rest += US_PER_DAY;
    days--;
  }
  if (days < INT32_MIN || days > INT32_MAX)
    return error_format(ERROR_OVERFLOW, "Python int too large to convert to C int");
  return delta_new(t, (int64_t)days, 0, (int64_t)rest);
}
struct object *delta_from_us(wide_int us) {
  return from_wide(&delta_type, us);
}

bool wide_from_int(const struct object *o, wide_int *value) {
  struct int_few few;
  if (!int_read_few(o, &few) || few.magnitude >> 126)
    return false;
  *value = few.negative ? -(wide_int)few.magnitude : (wide_int)few.magnitude;
  return true;
}
struct object *delta_from_int(struct type *t, struct object *us) {
  wide_int value;
  if (!wide_from_int(us, &value))
    return error_format(ERROR_OVERFLOW, "Python int too large to convert to C int");
  return from_wide(t, value);
}
struct object *delta_to_int(wide_int us) {
  if (LIKELY(us >= INT64_MIN && us <= INT64_MAX))
    return int_from_i64((int64_t)us);
  return int_from_few(us < 0 ? -(int_u128)us : (int_u128)us, us < 0);
}

/* ---- Order, hash ---- */

int delta_order(const struct object *a, const struct object *b) {
  const struct delta *x = (const struct delta *)a, *y = (const struct delta *)b;
  if (x->days != y->days)
    return x->days < y->days ? -1 : 1;
  if (x->seconds != y->seconds)
    return x->seconds < y->seconds ? -1 : 1;
  return (x->microseconds > y->microseconds) - (x->microseconds < y->microseconds);
}
static struct object *compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if (!is_delta(b))
    return hold(NOT_IMPLEMENTED);
  return hold(bool_from(ordered_words(op, delta_order(a, b), 0)));
}
static int equal(struct object *a, struct object *b) {
  if (LIKELY(type_of(b) == &delta_type))
    return delta_order(a, b) == 0;
  return compare_true(a, b, COMPARE_EQ);
}

/* That of the tuple of the three ints. */
int64_t delta_hash(struct object *o) {
  struct delta *d = delta_of(o);
  const int32_t fields[] = {d->days, d->seconds, d->microseconds};
  uint64_t sum = TUPLE_HASH_BEGIN;
  for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
    sum = tuple_hash_mix(sum, int_hash_i64(fields[i]));
  return tuple_hash_end(sum, ARRAY_SIZE(fields));
}
static int truth(struct object *o) { return !delta_is_zero(o); }

/* ---- Sums ---- */

static struct object *add(struct object *a, struct object *b) {
  if (!is_delta(a) || !is_delta(b))
    return hold(NOT_IMPLEMENTED);
  struct delta *x = delta_of(a), *y = delta_of(b);
  return delta_new(&delta_type, (int64_t)x->days + y->days, x->seconds + y->seconds,
                   x->microseconds + y->microseconds);
}
static struct object *subtract(struct object *a, struct object *b) {
  if (!is_delta(a) || !is_delta(b))
    return hold(NOT_IMPLEMENTED);
  struct delta *x = delta_of(a), *y = delta_of(b);
  return delta_new(&delta_type, (int64_t)x->days - y->days, x->seconds - y->seconds,
                   x->microseconds - y->microseconds);
}
static struct object *negative(struct object *o) {
  struct delta *d = delta_of(o);
  return delta_new(&delta_type, -(int64_t)d->days, -d->seconds, -d->microseconds);
}
static struct object *positive(struct object *o) {
  struct delta *d = delta_of(o);
  return delta_new(&delta_type, d->days, d->seconds, d->microseconds);
}
static struct object *absolute(struct object *o) {
  return delta_of(o)->days < 0 ? negative(o) : positive(o);
}

/* ---- Text ---- */

static struct object *repr(struct object *o) {
  struct delta *d = delta_of(o);
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder b = STR_BUILDER_IN(few);
  text_begin_call(&b, type_of(o), NULL, 0);
  const struct {
    const char *name;
    int32_t value;
  } parts[] = {{"days=", d->days}, {"seconds=", d->seconds}, {"microseconds=", d->microseconds}};
  const char *separator = "(";
  for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
    if (parts[i].value) {
      str_builder_add_ascii(&b, separator, strlen(separator));
      str_builder_add_ascii(&b, parts[i].name, strlen(parts[i].name));
      str_builder_add_int(&b, parts[i].value);
      separator = ", ";
    }
  if (delta_is_zero(o))
    str_builder_add_ascii(&b, "(0", 2);
  str_builder_add_char(&b, ')');
  return str_builder_finish(&b);
}
static struct object *str(struct object *o) {
  struct delta *d = delta_of(o);
  char text[64], *at = text;
  if (d->days) {
    at += int_write_decimal(d->days, at);
    const char *days = d->days == 1 || d->days == -1 ? " day, " : " days, ";
    size_t n = strlen(days);
    memcpy(at, days, n);
    at += n;
  }
  unsigned hours = (unsigned)d->seconds / 3600;
  at = text_put(at, hours, hours < 10 ? 1 : 2);
  *at++ = ':';
  at = text_put(at, (unsigned)d->seconds / 60 % 60, 2);
  *at++ = ':';
  at = text_put(at, (unsigned)d->seconds % 60, 2);
  if (d->microseconds) {
    *at++ = '.';
    at = text_put(at, (unsigned)d->microseconds, 6);
  }
  return str_from_ascii_units(text, (size_t)(at - text));
}

/* ---- Methods ---- */

/* The nearest double of the quotient; -0x1p53 to 0x1p53 are exact. */
struct object *delta_total_seconds(struct object *o) {
  wide_int us = delta_us(o);
  if (LIKELY(us >= -(INT64_C(1) << 53) && us <= INT64_C(1) << 53))
    return float_from((double)(int64_t)us / 1e6);
  struct object *whole = delta_to_int(us), *unit = whole ? int_from_i64(US_PER_SECOND) : NULL;
  struct object *result = unit ? int_true_divide(whole, unit) : NULL;
  drop_null(unit);
  drop_null(whole);
  return result;
}
static struct object *reduce(struct object *o) {
  struct delta *d = delta_of(o);
  struct object *fields = tuple_pack_taking(3, int_from_i64(d->days), int_from_i64(d->seconds),
                                            int_from_i64(d->microseconds));
  return fields ? tuple_pair_taking(hold(&type_of(o)->head), fields) : NULL;
}

static const struct method_def methods[] = {
    METHOD_NOARGS_("total_seconds", delta_total_seconds, "Total seconds in the duration."),
    METHOD_NOARGS_("__reduce__", reduce, "__reduce__() -> (cls, state)"),
    {NULL}};
static const struct member_def members[] = {
    {"days", MEMBER_INT32, MEMBER_READONLY, offsetof(struct delta, days), "Number of days."},
    {"seconds", MEMBER_INT32, MEMBER_READONLY, offsetof(struct delta, seconds),
     "Number of seconds (>= 0 and less than 1 day)."},
    {"microseconds", MEMBER_INT32, MEMBER_READONLY, offsetof(struct delta, microseconds),
     "Number of microseconds (>= 0 and less than 1 second)."},
    {NULL}};
static struct object *construct(struct object *t, struct object *const *args, size_t n,
                                struct object *kwnames) {
  return delta_new_slot((struct type *)t, args, call_count(n), kwnames);
}
struct type delta_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .flags = GC_PLAIN, .basic_bytes = sizeof(struct delta)},
    .name = "datetime.timedelta",
    .flags = TYPE_BASE,
    .destroy = destroy,
    .equal = equal,
    .hash = delta_hash,
    .construct = construct,
    .new_ = delta_new_slot,
    .repr = repr,
    .str = str,
    .compare = compare_slot,
    .number = {.add = add,
               .subtract = subtract,
               .multiply = delta_multiply,
               .remainder = delta_remainder,
               .divmod = delta_divmod,
               .negative = negative,
               .positive = positive,
               .absolute = absolute,
               .truth = truth,
               .floor_divide = delta_floor_divide,
               .true_divide = delta_true_divide},
    .methods = methods,
    .members = members,
    .doc = "Difference between two datetime values.\n\ntimedelta(days=0, seconds=0, "
           "microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)\n\nAll arguments are "
           "optional and default to 0.\nArguments may be integers or floats, and may be positive "
           "or negative.",
    .base = &object_type};
