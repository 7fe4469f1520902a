/* The type datetime: a date and a time of day, with or without a time zone. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/object/attribute.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include <stddef.h>

static void destroy(struct object *o) {
  drop_null(moment_of(o)->zone);
  gc_delete(o, sizeof(struct moment));
}
static struct object *construct(struct object *t, struct object *const *args, size_t n,
                                struct object *kwnames) {
  return moment_new_slot((struct type *)t, args, call_count(n), kwnames);
}
static struct object *zone_of(struct object *o) { return moment_of(o)->zone; }

/* ---- Arithmetic ---- */

struct object *moment_add_delta(struct object *o, struct object *delta, int sign) {
  struct delta *by = delta_of(delta);
  struct clock c = moment_clock(o);
  struct day d = day_of(o);
  int64_t us = c.microsecond + sign * by->microseconds;
  int64_t seconds = clock_seconds(c) + sign * by->seconds + carry(&us, US_PER_SECOND);
  int64_t days = sign * (int64_t)by->days + carry(&seconds, SECONDS_PER_DAY);
  if (days && UNLIKELY(!calendar_add(&d, days)))
    return error_format(ERROR_OVERFLOW, "date value out of range");
  int rest = (int)seconds;
  return moment_make(type_of(o), d, (struct clock){rest / 3600, rest / 60 % 60, rest % 60, (int)us},
                     zone_of(o), 0);
}
static struct object *add(struct object *a, struct object *b) {
  if (LIKELY(type_of(a) == &moment_type && type_of(b) == &delta_type))
    return moment_add_delta(a, b, 1);
  if (is_moment(a))
    return is_delta(b) ? moment_add_delta(a, b, 1) : hold(NOT_IMPLEMENTED);
  return is_delta(a) ? moment_add_delta(b, a, 1) : hold(NOT_IMPLEMENTED);
}
static struct object *subtract(struct object *a, struct object *b) {
  if (!is_moment(a))
    return hold(NOT_IMPLEMENTED);
  if (is_moment(b))
    return moment_subtract(a, b);
  return is_delta(b) ? moment_add_delta(a, b, -1) : hold(NOT_IMPLEMENTED);
}
static int equal(struct object *a, struct object *b) {
  if (LIKELY(type_of(b) == &moment_type && zone_of(a) == zone_of(b)))
    return !memcmp(moment_of(a)->data, moment_of(b)->data, DATETIME_BYTES);
  return compare_true(a, b, COMPARE_EQ);
}

/* ---- Text ---- */

static struct object *repr(struct object *o) {
  struct day d = day_of(o);
  struct clock c = moment_clock(o);
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder b = STR_BUILDER_IN(few);
  const int fields[] = {d.year, d.month, d.day, c.hour, c.minute, c.second, c.microsecond};
  text_begin_call(&b, type_of(o), fields, c.microsecond ? 7 : c.second ? 6 : 5);
  return text_end_call(&b, zone_of(o), moment_of(o)->fold, true);
}

static struct object *format_iso(struct object *o, uint32_t separator, const char *timespec) {
  char text[64], *end = text_put_date(text, day_of(o));
  size_t before = (size_t)(end - text);
  bool is_ascii = separator < 128;
  if (is_ascii)
    *end++ = (char)separator;
  end = text_put_clock(end, moment_clock(o), timespec);
  if (end && zone_of(o)) {
    struct object *offset = zone_utcoffset(zone_of(o), o);
    end = offset ? text_put_offset(end, offset, true) : NULL;
    drop_null(offset);
  }
  if (!end)
    return NULL;
  size_t n = (size_t)(end - text);
  return LIKELY(is_ascii) ? str_from_ascii_units(text, n) : text_joined(text, before, separator, n);
}
static struct object *isoformat(struct object *o, struct object *const *args, size_t n,
                                struct object *kwnames) {
  static const char *const names[] = {"sep", "timespec"};
  static const struct arguments spec = {"isoformat", names, "OO", 0, 2};
  union argument v[2] = {{.object = NULL}, {.object = NULL}};
  char timespec[TEXT_TIMESPEC_BYTES];
  if (LIKELY(!n && !kwnames))
    return format_iso(o, 'T', NULL);
  if (arguments_read(&spec, args, n, kwnames, v) < 0)
    return NULL;
  struct object *separator = v[0].object;
  if (separator && (!is_any_str(separator) || str_length(separator) != 1))
    return error_format(ERROR_TYPE, "isoformat() argument 1 must be a unicode character, not %s",
                        separator == NONE ? "None" : type_of(separator)->name);
  if (v[1].object && text_timespec(v[1].object, "isoformat() argument 2", timespec) < 0)
    return NULL;
  return format_iso(o, separator ? str_at(separator, 0) : 'T', v[1].object ? timespec : NULL);
}
static struct object *str(struct object *o) {
  if (LIKELY(type_of(o) == &moment_type))
    return format_iso(o, ' ', NULL);
  struct object *space = str_from_byte(' ');
  struct object *text = call_method_one(o, datetime_names[NAME_ISOFORMAT], space);
  drop(space);
  return text;
}
static struct object *ctime_none(struct object *o) {
  return date_ctime(day_of(o), moment_clock(o));
}
static struct object *strptime(struct object *cls, struct object *const *args, size_t n) {
  if (n != 2)
    return error_format(ERROR_TYPE, "strptime() takes exactly 2 arguments (%zu given)", n);
  if (!is_any_str(args[0]))
    return args_wrong_type("strptime", "argument 1", "str", args[0]);
  if (!is_any_str(args[1]))
    return args_wrong_type("strptime", "argument 2", "str", args[1]);
  struct object *row[] = {cls, args[0], args[1]};
  return datetime_call("_strptime", NAME_STRPTIME, row, 3);
}
static struct object *fromisoformat(struct object *cls, struct object *text) {
  struct parsed parts;
  if (parse_moment(text, &parts) < 0)
    return NULL;
  struct object *o = moment_make((struct type *)cls, parts.day, parts.clock, parts.zone, 0);
  drop_null(parts.zone);
  return o;
}

/* ---- Parts ---- */

static struct object *date(struct object *o) { return date_new(&date_type, day_of(o)); }
static struct object *time_none(struct object *o) {
  return daytime_new(&daytime_type, moment_clock(o), NULL, moment_of(o)->fold);
}
static struct object *timetz(struct object *o) {
  return daytime_new(&daytime_type, moment_clock(o), zone_of(o), moment_of(o)->fold);
}
static struct object *timetuple(struct object *o) {
  int flag = -1;
  if (zone_of(o)) {
    struct object *dst = zone_dst(zone_of(o), o);
    if (!dst)
      return NULL;
    if (dst != NONE)
      flag = !delta_is_zero(dst);
    drop(dst);
  }
  return date_timetuple(day_of(o), moment_clock(o), flag);
}
static struct object *utctimetuple(struct object *o) {
  struct object *offset = zone_utcoffset(zone_of(o), o);
  if (!offset)
    return NULL;
  struct object *utc = offset == NONE ? hold(o) : moment_add_delta(o, offset, -1);
  drop(offset);
  if (utc && !is_moment(utc)) {
    drop(utc);
    return error_format(ERROR_TYPE, "a datetime is required");
  }
  struct object *parts = utc ? date_timetuple(day_of(utc), moment_clock(utc), 0) : NULL;
  drop_null(utc);
  return parts;
}
static struct object *utcoffset(struct object *o) { return zone_utcoffset(zone_of(o), o); }
static struct object *tzname(struct object *o) { return zone_name(zone_of(o), o); }
static struct object *dst(struct object *o) { return zone_dst(zone_of(o), o); }

/* ---- Pickles ---- */

static struct object *state_of(struct object *o, int protocol) {
  struct moment *m = moment_of(o);
  return pickle_reduce(o, m->data, DATETIME_BYTES, 2, m->fold && protocol > 3, m->zone);
}
static struct object *reduce_ex(struct object *o, struct object *const *args, size_t n) {
  int protocol;
  return pickle_protocol(args, n, &protocol) < 0 ? NULL : state_of(o, protocol);
}
static struct object *reduce(struct object *o) { return state_of(o, 2); }

/* ---- The type ---- */

CLOCK_GETSETS(getsets, moment_clock, moment_of)
#define OF_CLASS(name_, form, flag, function, doc_)                                                \
  { .name = name_, .flags = flag | METHOD_CLASS, .form = function, .doc = doc_ }
static const struct method_def methods[] = {
    OF_CLASS("now", keywords, METHOD_KEYWORDS, moment_now,
             DOC("now", "$type, /, tz=None",
                 "Returns new datetime object representing current time local to tz.\n\n  tz\n    "
                 "Timezone object.\n\nIf no tz is specified, uses local timezone.")),
    OF_CLASS("utcnow", noargs, METHOD_NOARGS, moment_utcnow,
             "Return a new datetime representing UTC day and time."),
    OF_CLASS("fromtimestamp", keywords, METHOD_KEYWORDS, moment_fromtimestamp,
             "timestamp[, tz] -> tz's local time from POSIX timestamp."),
    OF_CLASS("utcfromtimestamp", one, METHOD_ONE, moment_utcfromtimestamp,
             "Construct a naive UTC datetime from a POSIX timestamp."),
    OF_CLASS("strptime", fast, METHOD_FAST, strptime,
             "string, format -> new datetime parsed from a string (like time.strptime())."),
    OF_CLASS("combine", keywords, METHOD_KEYWORDS, moment_combine,
             "date, time -> datetime with same date and time fields"),
    OF_CLASS("fromisoformat", one, METHOD_ONE, fromisoformat,
             "string -> datetime from a string in most ISO 8601 formats"),
    METHOD_NOARGS_("date", date, "Return date object with same year, month and day."),
    METHOD_NOARGS_("time", time_none, "Return time object with same time but with tzinfo=None."),
    METHOD_NOARGS_("timetz", timetz, "Return time object with same time and tzinfo."),
    METHOD_NOARGS_("ctime", ctime_none, "Return ctime() style string."),
    METHOD_NOARGS_("timetuple", timetuple, "Return time tuple, compatible with time.localtime()."),
    METHOD_NOARGS_("timestamp", moment_timestamp, "Return POSIX timestamp as float."),
    METHOD_NOARGS_("utctimetuple", utctimetuple,
                   "Return UTC time tuple, compatible with time.localtime()."),
    METHOD_KEYWORDS_("isoformat", isoformat,
                     "[sep] -> string in ISO 8601 format, "
                     "YYYY-MM-DDT[HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].\nsep is used to separate the "
                     "year from the time, and defaults to 'T'.\nThe optional argument timespec "
                     "specifies the number of additional terms\nof the time to include. Valid "
                     "options are 'auto', 'hours', 'minutes',\n'seconds', 'milliseconds' and "
                     "'microseconds'.\n"),
    METHOD_NOARGS_("utcoffset", utcoffset, "Return self.tzinfo.utcoffset(self)."),
    METHOD_NOARGS_("tzname", tzname, "Return self.tzinfo.tzname(self)."),
    METHOD_NOARGS_("dst", dst, "Return self.tzinfo.dst(self)."),
    METHOD_KEYWORDS_("replace", moment_replace, "Return datetime with new specified fields."),
    METHOD_KEYWORDS_("astimezone", moment_astimezone,
                     "tz -> convert to local time in new timezone tz\n"),
    METHOD_FAST_("__reduce_ex__", reduce_ex, "__reduce_ex__(proto) -> (cls, state)"),
    METHOD_NOARGS_("__reduce__", reduce, "__reduce__() -> (cls, state)"),
    {NULL}};
struct type moment_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_PLAIN,
              .refs_offset = offsetof(struct moment, zone),
              .refs_n = 1,
              .basic_bytes = sizeof(struct moment)},
    .name = "datetime.datetime",
    .flags = TYPE_BASE,
    .destroy = destroy,
    .equal = equal,
    .hash = moment_hash,
    .construct = construct,
    .new_ = moment_new_slot,
    .repr = repr,
    .str = str,
    .compare = moment_compare,
    .number = {.add = add, .subtract = subtract},
    .methods = methods,
    .getsets = getsets,
    .doc = "datetime(year, month, day[, hour[, minute[, second[, "
           "microsecond[,tzinfo]]]]])\n\nThe year, month and day arguments are required. tzinfo "
           "may be None, or an\ninstance of a tzinfo subclass. The remaining arguments may be "
           "ints.\n",
    .base = &date_type};
