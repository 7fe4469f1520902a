/* The module time, second part: struct_time, and text. The system's struct tm counts years from
 * 1900, months and days of the year from 0, and weeks from Sunday; Python's tuples do not. */
#include "runtime/modules/time/time.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/struct_sequence.h"
#include "runtime/vm/vm.h"
#include <errno.h>
#include <limits.h>
#include <string.h>

static const struct struct_sequence_field fields[] = {
    {"tm_year", "year, for example, 1993"},
    {"tm_mon", "month of year, range [1, 12]"},
    {"tm_mday", "day of month, range [1, 31]"},
    {"tm_hour", "hours, range [0, 23]"},
    {"tm_min", "minutes, range [0, 59]"},
    {"tm_sec", "seconds, range [0, 61])"},
    {"tm_wday", "day of week, range [0, 6], Monday is 0"},
    {"tm_yday", "day of year, range [1, 366]"},
    {"tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"},
    {"tm_zone", "abbreviation of timezone name"},
    {"tm_gmtoff", "offset from UTC in seconds"},
    {NULL}};
static const struct struct_sequence_def def = {
    .name = "time.struct_time",
    .doc = "What gmtime(), localtime() and strptime() return, and asctime(), mktime() and "
           "strftime() take:\na sequence of nine integers. Years, months and days count as "
           "people count them.",
    .fields = fields,
    .sequence_n = 9};
static struct struct_sequence_type struct_time_type = STRUCT_SEQUENCE_TYPE;
enum { ZONE = 9, OFFSET = 10 };

static struct object *zone_name(const char *zone) {
  return zone ? str_decode_filename(zone, strlen(zone)) : hold(NONE);
}
static struct object *from_tm(const struct tm *t) {
  struct object *const values[] = {int_from_i64(t->tm_year + INT64_C(1900)),
                                   int_from_i64(t->tm_mon + 1),
                                   int_from_i64(t->tm_mday),
                                   int_from_i64(t->tm_hour),
                                   int_from_i64(t->tm_min),
                                   int_from_i64(t->tm_sec),
                                   int_from_i64((t->tm_wday + 6) % 7),
                                   int_from_i64(t->tm_yday + 1),
                                   int_from_i64(t->tm_isdst),
                                   zone_name(t->tm_zone),
                                   int_from_i64(t->tm_gmtoff)};
  return struct_sequence_from_taking(&struct_time_type, values, ARRAY_SIZE(values));
}

/* ---- Seconds to calendar ---- */

/* None or nothing: now. */
static int read_seconds(struct object *o, time_t *seconds) {
  if (o && o != NONE)
    return timestamp_to_seconds(o, seconds);
  *seconds = time(NULL);
  return 0;
}
static int split(time_t seconds, bool local, struct tm *t) {
  errno = 0;
  if (local ? localtime_r(&seconds, t) : gmtime_r(&seconds, t))
    return 0;
  error_errno(errno ? errno : EINVAL, NULL, NULL);
  return -1;
}
static struct object *convert(const char *function, struct object *const *args, size_t n,
                              bool local) {
  time_t seconds;
  struct tm t;
  if (time_check_count(function, n, 0, 1) < 0 || read_seconds(n ? args[0] : NULL, &seconds) < 0 ||
      split(seconds, local, &t) < 0)
    return NULL;
  return from_tm(&t);
}
static struct object *gmtime_fast(struct object *module, struct object *const *args, size_t n) {
  return convert("gmtime", args, n, false);
}
static struct object *localtime_fast(struct object *module, struct object *const *args, size_t n) {
  return convert("localtime", args, n, true);
}

/* ---- Tuples to struct tm ---- */

static int read_field(struct object *o, int *value) {
  struct object *index = number_index(o);
  if (!index)
    return -1;
  int64_t wide;
  bool fits = int_to_i64(index, &wide);
  bool negative = fits ? wide < 0 : int_wide_is_negative((const struct int_object *)index);
  drop(index);
  if (fits && wide >= INT_MIN && wide <= INT_MAX) {
    *value = (int)wide;
    return 0;
  }
  error_format(ERROR_OVERFLOW, "signed integer is %s",
               negative ? "less than minimum" : "greater than maximum");
  return -1;
}

/* *zone keeps the text of tm_zone; to be dropped. */
static int read_tuple(const char *function, struct object *o, struct tm *t, struct object **zone) {
  *zone = NULL;
  *t = (struct tm){0};
  if (!is_any_tuple(o)) {
    error_format(ERROR_TYPE, "Tuple or struct_time argument required");
    return -1;
  }
  if (tuple_length(o) != 9) {
    error_format(ERROR_TYPE, "%s(): illegal time tuple argument", function);
    return -1;
  }
  int *const to[] = {&t->tm_year, &t->tm_mon,  &t->tm_mday, &t->tm_hour, &t->tm_min,
                     &t->tm_sec,  &t->tm_wday, &t->tm_yday, &t->tm_isdst};
  for (size_t i = 0; i < ARRAY_SIZE(to); i++)
    if (read_field(tuple_get_borrowed(o, i), to[i]) < 0)
      return -1;
  if (t->tm_year < INT_MIN + 1900) {
    error_format(ERROR_OVERFLOW, "year out of range");
    return -1;
  }
  t->tm_year -= 1900;
  t->tm_mon = (int)((unsigned)t->tm_mon - 1);
  t->tm_wday = (int)(((int64_t)t->tm_wday + 1) % 7);
  t->tm_yday = (int)((unsigned)t->tm_yday - 1);
  if (type_of(o) != &struct_time_type.type)
    return 0;
  struct object *name = struct_sequence_get_borrowed(o, ZONE);
  struct object *offset = struct_sequence_get_borrowed(o, OFFSET);
  if (name && name != NONE) {
    if (!is_any_str(name)) {
      error_format(ERROR_TYPE, "bad argument type for built-in operation");
      return -1;
    }
    *zone = str_encode_filename(name);
    if (!*zone)
      return -1;
    t->tm_zone = (const char *)bytes_data(*zone);
  }
  int64_t seconds;
  if (offset && offset != NONE) {
    if (argument_long(offset, &seconds) < 0) {
      drop_null(*zone);
      *zone = NULL;
      return -1;
    }
    t->tm_gmtoff = seconds;
  }
  return 0;
}

/* What the system's functions would read tables by. 0 stands for the first month or day. */
static int check(struct tm *t) {
  const char *what = NULL;
  if (t->tm_mon == -1)
    t->tm_mon = 0;
  else if (t->tm_mon < 0 || t->tm_mon > 11)
    what = "month";
  if (t->tm_mday == 0)
    t->tm_mday = 1;
  else if (!what && (t->tm_mday < 0 || t->tm_mday > 31))
    what = "day of month";
  if (!what && (t->tm_hour < 0 || t->tm_hour > 23))
    what = "hour";
  if (!what && (t->tm_min < 0 || t->tm_min > 59))
    what = "minute";
  if (!what && (t->tm_sec < 0 || t->tm_sec > 61))
    what = "seconds";
  if (!what && t->tm_wday < 0)
    what = "day of week";
  if (t->tm_yday == -1)
    t->tm_yday = 0;
  else if (!what && (t->tm_yday < 0 || t->tm_yday > 365))
    what = "day of year";
  if (!what)
    return 0;
  error_format(ERROR_VALUE, "%s out of range", what);
  return -1;
}

/* ---- Text ---- */

static struct object *fixed_text(const struct tm *t) {
  static const char days[] = "SunMonTueWedThuFriSat";
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  return str_format("%.3s %.3s%3d %.2d:%.2d:%.2d %lld", days + 3 * t->tm_wday,
                    months + 3 * t->tm_mon, t->tm_mday, t->tm_hour, t->tm_min, t->tm_sec,
                    (long long)t->tm_year + 1900);
}
static struct object *asctime_fast(struct object *module, struct object *const *args, size_t n) {
  struct tm t;
  struct object *zone = NULL;
  if (args_check_count("asctime", n, 0, 1) < 0)
    return NULL;
  if (n ? read_tuple("asctime", args[0], &t, &zone) < 0 : split(time(NULL), true, &t) < 0)
    return NULL;
  struct object *result = n && check(&t) < 0 ? NULL : fixed_text(&t);
  drop_null(zone);
  return result;
}
static struct object *ctime_fast(struct object *module, struct object *const *args, size_t n) {
  time_t seconds;
  struct tm t;
  if (time_check_count("ctime", n, 0, 1) < 0 || read_seconds(n ? args[0] : NULL, &seconds) < 0 ||
      split(seconds, true, &t) < 0)
    return NULL;
  return fixed_text(&t);
}

/* An empty result may be right; past so much room per character of the format it is. */
enum { ROOM_FIRST = 1024, ROOM_PER_CHARACTER = 256 };
static struct object *format_time(const char *format, size_t n, const struct tm *t) {
  for (size_t room = ROOM_FIRST;; room += room) {
    char *text = gc_buffer_new(room);
    if (!text)
      return error_no_memory();
    size_t length = strftime(text, room, format, t);
    bool done = length > 0 || room >= ROOM_PER_CHARACTER * n;
    struct object *result = done ? str_decode_filename(text, length) : NULL;
    gc_buffer_free(text, room);
    if (done)
      return result;
  }
}
static struct object *strftime_fast(struct object *module, struct object *const *args, size_t n) {
  struct tm t;
  struct object *zone = NULL, *result = NULL;
  if (time_check_count("strftime", n, 1, 2) < 0)
    return NULL;
  if (!is_any_str(args[0]))
    return error_format(ERROR_TYPE, "strftime() argument 1 must be str, not %s",
                        args[0] == NONE ? "None" : type_of(args[0])->name);
  if (n < 2 ? split(time(NULL), true, &t) < 0
            : read_tuple("strftime", args[1], &t, &zone) < 0 || check(&t) < 0)
    return drop_null(zone), NULL;
  t.tm_isdst = t.tm_isdst < -1 ? -1 : t.tm_isdst > 1 ? 1 : t.tm_isdst;
  struct object *format = str_encode_filename(args[0]);
  if (format) {
    const char *text = (const char *)bytes_data(format);
    if (memchr(text, 0, bytes_length(format)))
      error_format(ERROR_VALUE, "embedded null character");
    else
      result = format_time(text, bytes_length(format), &t);
  }
  drop_null(format);
  drop_null(zone);
  return result;
}

static struct object *strptime_fast(struct object *module, struct object *const *args, size_t n) {
  struct object *name = str_intern("_strptime"), *result = NULL;
  struct object *library = name && vm_import ? vm_import(name, NONE, NONE, NONE, 0) : NULL;
  struct object *f = library ? attribute_get_ascii(library, "_strptime_time") : NULL;
  if (f)
    result = call_object(f, args, n, NULL);
  drop_null(f);
  drop_null(library);
  drop_null(name);
  return result;
}

/* ---- Calendar to seconds ---- */

/* -1 is a time like others; tm_wday tells it from an error. */
static struct object *mktime_one(struct object *module, struct object *o) {
  struct tm t;
  struct object *zone;
  if (read_tuple("mktime", o, &t, &zone) < 0)
    return NULL;
  drop_null(zone);
  t.tm_zone = NULL;
  t.tm_wday = -1;
  time_t seconds = mktime(&t);
  if (seconds == (time_t)-1 && t.tm_wday == -1)
    return error_format(ERROR_OVERFLOW, "mktime argument out of range");
  return float_from((double)seconds);
}

/* ---- The time zone ---- */

/* Winter and summer, by what is said at the beginning and in the middle of a year. */
static int add_zone(struct object *module) {
  const time_t year = (365 * 24 + 6) * 3600;
  time_t winter = time(NULL) / year * year, summer = winter + year / 2;
  struct tm a, b;
  if (split(winter, true, &a) < 0 || split(summer, true, &b) < 0)
    return -1;
  if (-a.tm_gmtoff < -b.tm_gmtoff) { /* in the south, winter is in July */
    struct tm other = a;
    a = b;
    b = other;
  }
  struct object *first = zone_name(a.tm_zone), *second = first ? zone_name(b.tm_zone) : NULL;
  struct object *names = second ? tuple_pack(2, first, second) : NULL;
  drop_null(second);
  drop_null(first);
  return module_add_int(module, "timezone", -a.tm_gmtoff) < 0 ||
                 module_add_int(module, "altzone", -b.tm_gmtoff) < 0 ||
                 module_add_int(module, "daylight", a.tm_gmtoff != b.tm_gmtoff) < 0
             ? (drop_null(names), -1)
             : module_add_taking(module, "tzname", names);
}
static struct object *tzset_none(struct object *module) {
  tzset();
  return add_zone(module) < 0 ? NULL : hold(NONE);
}

static const struct method_def functions[] = {
    METHOD_FAST_("gmtime", gmtime_fast,
                 "gmtime([seconds]) -> (tm_year, tm_mon, tm_mday, tm_hour, tm_min,\n               "
                 "        tm_sec, tm_wday, tm_yday, tm_isdst)\n\nSeconds since the Epoch (now, "
                 "if left out) as UTC."),
    METHOD_FAST_("localtime", localtime_fast,
                 "localtime([seconds]) -> (tm_year,tm_mon,tm_mday,tm_hour,tm_min,\n                "
                 "          tm_sec,tm_wday,tm_yday,tm_isdst)\n\nThe same as local time."),
    METHOD_FAST_("asctime", asctime_fast,
                 "asctime([tuple]) -> string\n\nA time like 'Sat Jun 06 16:26:11 1998'."),
    METHOD_FAST_("ctime", ctime_fast,
                 "ctime(seconds) -> string\n\nThe same of seconds since the Epoch."),
    METHOD_ONE_("mktime", mktime_one,
                "mktime(tuple) -> floating point number\n\nLocal time as seconds since the "
                "Epoch."),
    METHOD_FAST_("strftime", strftime_fast,
                 "strftime(format[, tuple]) -> string\n\nA time as a format asks for it."),
    METHOD_FAST_("strptime", strptime_fast,
                 "strptime(string, format) -> struct_time\n\nA time read by a format."),
    METHOD_NOARGS_("tzset", tzset_none,
                   "tzset()\n\nFollow a change of the environment variable TZ."),
    {NULL}};

int time_fill_calendar(struct object *module) {
  tzset();
  if (struct_sequence_ready(&struct_time_type, &def) < 0 ||
      module_add(module, "struct_time", &struct_time_type.type.head) < 0 || add_zone(module) < 0)
    return -1;
  return module_add_functions(module, functions);
}
