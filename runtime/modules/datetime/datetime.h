/* The module _datetime: its objects, and what its files ask of each other.
 *
 * A date, a time of day and a datetime hold their fields as the bytes that pickles hold, so that
 * the order of the bytes is the order of the values:
 *
 *   date      year (2), month, day
 *   time      hour, minute, second, microsecond (3)
 *   datetime  both
 *
 * Pickled bytes are hardly checked, as in CPython: fields may be out of range, arithmetic on them
 * must only not go wrong. Only objects with a time zone refer to others; like CPython's they are no
 * containers, so a cycle through a time zone stays. */
#pragma once
#include "runtime/modules/argument.h"
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"
#include "runtime/object/str_builder.h"
#include <stddef.h>
#include <string.h>

enum {
  YEAR_MIN = 1,
  YEAR_MAX = 9999,
  ORDINAL_MAX = 3652059, /* of 9999-12-31 */
  DELTA_DAYS_MAX = 999999999,
  SECONDS_PER_DAY = 86400,
  US_PER_SECOND = 1000000,
  DATE_BYTES = 4,
  TIME_BYTES = 6,
  DATETIME_BYTES = 10,
};
__extension__ typedef __int128 wide_int;
#define US_PER_DAY ((wide_int)SECONDS_PER_DAY * US_PER_SECOND)

struct delta { /* normalized: 0 <= seconds < a day, 0 <= microseconds < a second */
  struct object head;
  int32_t days, seconds, microseconds;
};
struct date {
  struct object head;
  int64_t hash; /* -1: not computed yet */
  unsigned char data[DATE_BYTES];
};
struct daytime { /* the type `time` */
  struct object head;
  int64_t hash;
  unsigned char data[TIME_BYTES];
  uint8_t fold;
  struct object *zone; /* NULL: naive */
};
struct moment { /* the type `datetime`; begins like a date */
  struct object head;
  int64_t hash;
  unsigned char data[DATETIME_BYTES];
  uint8_t fold;
  struct object *zone; /* NULL: naive */
};
struct timezone {
  struct object head;
  struct object *offset; /* delta */
  struct object *name;   /* str; NULL: made from the offset */
};
extern struct type delta_type, date_type, daytime_type, moment_type, zone_type, timezone_type,
    iso_week_type;

static inline struct delta *delta_of(struct object *o) { return (struct delta *)o; }
static inline struct date *date_of(struct object *o) { return (struct date *)o; }
static inline struct daytime *daytime_of(struct object *o) { return (struct daytime *)o; }
static inline struct moment *moment_of(struct object *o) { return (struct moment *)o; }
static inline bool is_delta(struct object *o) { return object_is_instance(o, &delta_type); }
static inline bool is_date(struct object *o) { return object_is_instance(o, &date_type); }
static inline bool is_daytime(struct object *o) { return object_is_instance(o, &daytime_type); }
static inline bool is_moment(struct object *o) { return object_is_instance(o, &moment_type); }
static inline bool is_timezone(struct object *o) { return type_of(o) == &timezone_type; }
static inline bool is_zone(struct object *o) {
  return is_timezone(o) || object_is_instance(o, &zone_type);
}

/* ---- Fields ---- */

struct day {
  int year, month, day;
};
struct clock {
  int hour, minute, second, microsecond;
};
static inline struct day day_of_bytes(const unsigned char *data) {
  return (struct day){data[0] << 8 | data[1], data[2], data[3]};
}
static inline struct clock clock_of_bytes(const unsigned char *data) {
  return (struct clock){data[0], data[1], data[2], data[3] << 16 | data[4] << 8 | data[5]};
}
static inline void day_to_bytes(struct day d, unsigned char *data) {
  data[0] = (unsigned char)(d.year >> 8);
  data[1] = (unsigned char)d.year;
  data[2] = (unsigned char)d.month;
  data[3] = (unsigned char)d.day;
}
static inline void clock_to_bytes(struct clock c, unsigned char *data) {
  data[0] = (unsigned char)c.hour;
  data[1] = (unsigned char)c.minute;
  data[2] = (unsigned char)c.second;
  data[3] = (unsigned char)(c.microsecond >> 16);
  data[4] = (unsigned char)(c.microsecond >> 8);
  data[5] = (unsigned char)c.microsecond;
}
static inline struct day day_of(struct object *date) { return day_of_bytes(date_of(date)->data); }
static inline struct clock moment_clock(struct object *o) {
  return clock_of_bytes(moment_of(o)->data + DATE_BYTES);
}
static inline int clock_seconds(struct clock c) { return c.hour * 3600 + c.minute * 60 + c.second; }

/* What is in *rest of a larger unit, rounded down; leaves the rest, from 0. */
static inline int64_t carry(int64_t *rest, int64_t unit) {
  int64_t above = *rest / unit;
  *rest -= above * unit;
  if (*rest < 0) {
    *rest += unit;
    above--;
  }
  return above;
}

/* ---- calendar.c: the Gregorian calendar, extended to both sides; 1 is 0001-01-01 ---- */

bool calendar_is_leap(int year);
int calendar_days_in_month(int year, int month); /* 0: there is no such month */
int calendar_days_before_month(int year, int month);
int calendar_ordinal(struct day d);
struct day calendar_day(int ordinal);
bool calendar_add(struct day *d, int64_t days); /* false: out of range */
int calendar_weekday(struct day d);             /* Monday: 0 */
/* (year, week, weekday) by ISO 8601; and back: 0, or which of them is out of range: -2, -3. */
struct day calendar_iso_week(struct day d);
int calendar_from_iso_week(int year, int week, int weekday, struct day *d);
/* The errors of constructors. */
int calendar_check_day(struct day d);
int calendar_check_clock(struct clock c, int fold);

/* ---- arguments.c: arguments by position and name, converted one by one ---- */

union argument {
  int number;
  struct object *object; /* borrowed */
};
struct arguments {
  const char *function; /* as messages name it; NULL: "function" */
  const char *const *names;
  const char *kinds;            /* one each: i an int, O anything */
  uint8_t required, positional; /* so many must be given, can be given by position */
};
/* Values not given stay as they are. */
int arguments_read(const struct arguments *spec, struct object *const *args, size_t n,
                   struct object *kwnames, union argument *values);
int arguments_check_zone(struct object *zone); /* None or a tzinfo */

/* ---- pickle.c ---- */

/* Bytes of a pickle among the arguments of a constructor: n of them, of which the one at `at`,
 * without its top bit if has_fold, is from least to most. 1: in *state (owned); 0: none; -1. */
int pickle_find_state(struct object *o, size_t n, size_t at, bool has_fold, unsigned least,
                      unsigned most, const char *what, struct object **state);
/* (type, state): n fields, the fold as the top bit of the one at `at`; zone NULL: none. */
struct object *pickle_reduce(struct object *o, const unsigned char *fields, size_t n, size_t at,
                             bool fold, struct object *zone);
/* The argument of __reduce_ex__. */
int pickle_protocol(struct object *const *args, size_t n, int *protocol);

/* ---- delta.c, delta_make.c, delta_ratio.c ---- */

struct object *delta_new(struct type *t, int64_t days, int64_t seconds, int64_t us);
wide_int delta_us(const struct object *o);
struct object *delta_from_us(wide_int us);
struct object *delta_from_int(struct type *t, struct object *us); /* any int */
struct object *delta_to_int(wide_int us);                         /* an int */
int64_t delta_hash(struct object *o);
int delta_order(const struct object *a, const struct object *b); /* < 0, 0, > 0 */
static inline bool delta_is_zero(const struct object *o) {
  const struct delta *d = (const struct delta *)o;
  return !(d->days | d->seconds | d->microseconds);
}
struct object *delta_total_seconds(struct object *o);
struct object *delta_new_slot(struct type *t, struct object *const *args, size_t n,
                              struct object *kwnames);
struct object *delta_multiply(struct object *a, struct object *b);
struct object *delta_true_divide(struct object *a, struct object *b);
struct object *delta_floor_divide(struct object *a, struct object *b);
struct object *delta_remainder(struct object *a, struct object *b);
struct object *delta_divmod(struct object *a, struct object *b);
bool wide_from_int(const struct object *o, wide_int *value); /* false: beyond 2^126 */

/* ---- date.c, iso_week.c ---- */

/* An instance of t, whatever its constructor says; checked. */
struct object *date_new(struct type *t, struct day d);
/* By the constructor, if t is a class of its own. */
struct object *date_make(struct type *t, struct day d);
enum { ROW_N = 9 };
struct object *date_row(const int fields[ROW_N]); /* as a tuple: what struct_time holds */
struct object *date_timetuple(struct day d, struct clock c, int dst);
struct object *date_ctime(struct day d, struct clock c);
struct object *date_format(struct object *o, struct object *spec); /* __format__ of all three */
struct object *iso_week_new(struct day week);

/* ---- daytime.c ---- */

/* What times and datetimes show of their fields: the getters and their table. */
#define CLOCK_GETTER_(name, value)                                                                 \
  static struct object *get_##name(struct object *o, void *closure) { return (void)closure, value; }
#define CLOCK_GETSETS(table, clock, of)                                                            \
  CLOCK_GETTER_(hour, int_from_i64(clock(o).hour))                                                 \
  CLOCK_GETTER_(minute, int_from_i64(clock(o).minute))                                             \
  CLOCK_GETTER_(second, int_from_i64(clock(o).second))                                             \
  CLOCK_GETTER_(microsecond, int_from_i64(clock(o).microsecond))                                   \
  CLOCK_GETTER_(tzinfo, hold(of(o)->zone ? of(o)->zone : NONE))                                    \
  CLOCK_GETTER_(fold, int_from_i64(of(o)->fold))                                                   \
  static const struct getset_def table[] = {{"hour", get_hour, NULL, NULL, NULL},                  \
                                            {"minute", get_minute, NULL, NULL, NULL},              \
                                            {"second", get_second, NULL, NULL, NULL},              \
                                            {"microsecond", get_microsecond, NULL, NULL, NULL},    \
                                            {"tzinfo", get_tzinfo, NULL, NULL, NULL},              \
                                            {"fold", get_fold, NULL, NULL, NULL},                  \
                                            {NULL}};

/* zone NULL: none. */
struct object *daytime_new(struct type *t, struct clock c, struct object *zone, int fold);

/* ---- moment.c, moment_make.c, moment_compare.c, moment_zone.c ---- */

struct object *moment_new(struct type *t, struct day d, struct clock c, struct object *zone,
                          int fold);
struct object *moment_make(struct type *t, struct day d, struct clock c, struct object *zone,
                           int fold);
struct object *moment_add_delta(struct object *moment, struct object *delta, int sign);
struct object *moment_subtract(struct object *a, struct object *b);
/* The same of two moments, as microseconds. -1: an error. */
int moment_difference(struct object *a, struct object *b, wide_int *us);
struct object *moment_compare(struct object *a, struct object *b, enum compare_op op);
int64_t moment_hash(struct object *o);
struct object *moment_new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames);
struct object *moment_replace(struct object *o, struct object *const *args, size_t n,
                              struct object *kwnames);
struct object *moment_combine(struct object *cls, struct object *const *args, size_t n,
                              struct object *kwnames);
struct object *moment_timestamp(struct object *o);
struct object *moment_astimezone(struct object *o, struct object *const *args, size_t n,
                                 struct object *kwnames);
struct object *moment_now(struct object *cls, struct object *const *args, size_t n,
                          struct object *kwnames);
struct object *moment_utcnow(struct object *cls);
struct object *moment_fromtimestamp(struct object *cls, struct object *const *args, size_t n,
                                    struct object *kwnames);
struct object *moment_utcfromtimestamp(struct object *cls, struct object *timestamp);

/* ---- zone.c ---- */

extern struct object *zone_utc;                                      /* datetime.timezone.utc */
struct object *zone_new(struct object *offset, struct object *name); /* name NULL: none */
/* What the zone says of `argument` (a datetime, or None): a timedelta, or None. zone NULL: None. */
struct object *zone_utcoffset(struct object *zone, struct object *argument);
struct object *zone_dst(struct object *zone, struct object *argument);
struct object *zone_name(struct object *zone, struct object *argument);
int zone_open(void);

/* ---- local.c: local time by the system ---- */

struct local { /* parts of a time */
  struct day day;
  struct clock clock;
  int64_t offset;   /* east of UTC, in seconds */
  const char *name; /* valid until the next call */
};
int local_split(int64_t seconds, bool is_local, struct local *parts); /* of the epoch */
int local_fold(int64_t seconds, const struct local *parts, int *fold);
/* Seconds of the epoch of a local time. */
int local_join(struct day d, struct clock c, int fold, int64_t *seconds);
struct object *local_zone(int64_t seconds); /* a timezone */

/* ---- text.c, parse.c, format.c ---- */

enum { TEXT_OFFSET_BYTES = 20 };
char *text_put(char *to, unsigned value, unsigned digits);
char *text_put_date(char *to, struct day d);
/* What `timespec` (NULL: auto) asks for; NULL: there is no such. */
char *text_put_clock(char *to, struct clock c, const char *timespec);
enum { TEXT_TIMESPEC_BYTES = 16, TEXT_MICROSECOND_BYTES = 8 };
char *text_put_microsecond(char *to, int us);
/* The argument, as a text that is too long for any where it is. */
int text_timespec(struct object *o, const char *what, char timespec[TEXT_TIMESPEC_BYTES]);
/* Sign, hours, minutes, and what else is not 0. Nothing for None. NULL: an error. */
char *text_put_offset(char *to, struct object *offset, bool has_colons);
/* Begins a repr: "name(1, 2", of n numbers. */
void text_begin_call(struct str_builder *b, const struct type *t, const int *numbers, size_t n);
/* And ends it: a time zone (may be NULL) and its fold, in one order or the other. */
struct object *text_end_call(struct str_builder *b, struct object *zone, bool fold,
                             bool fold_first);
/* Both in one string, `separator` between them. */
struct object *text_joined(const char *text, size_t before, uint32_t separator, size_t n);

struct parsed {
  struct day day;
  struct clock clock;
  struct object *zone; /* owned; NULL: none */
};
int parse_date(struct object *text, struct parsed *parts);
int parse_daytime(struct object *text, struct parsed *parts);
int parse_moment(struct object *text, struct parsed *parts);

struct object *format_argument_borrowed(struct object *const *args, size_t n,
                                        struct object *kwnames); /* of strftime: a str */
/* strftime: what only this module knows is put in, the rest is time.strftime's. zone NULL: none. */
struct object *format_time(struct object *format, struct object *timetuple, int microsecond,
                           struct object *zone, struct object *zone_argument);

/* ---- module.c ---- */

enum name {
  NAME_UTCOFFSET,
  NAME_TZNAME,
  NAME_DST,
  NAME_FROMUTC,
  NAME_ISOFORMAT,
  NAME_STRFTIME,
  NAME_TIMETUPLE,
  NAME_STRUCT_TIME,
  NAME_FROMTIMESTAMP,
  NAME_TIME,
  NAME_REPLACE,
  NAME_GETINITARGS,
  NAME_RATIO,
  NAME_STRPTIME,
  NAMES_N
};
extern struct object *datetime_names[NAMES_N]; /* interned */
struct object *datetime_call(const char *module, enum name name, struct object *const *args,
                             size_t n);                                   /* module.name(*args) */
int datetime_add(struct type *t, const char *name, struct object *value); /* takes it */
