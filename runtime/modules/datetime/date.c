/* The type date. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"

/* ---- Making ---- */

static struct object *make(struct type *t, struct day d) {
  struct date *date;
  if (LIKELY(t == &date_type)) {
    date = (struct date *)gc_new(t, sizeof *date);
    if (UNLIKELY(!date))
      return error_no_memory();
  } else if (!(date = (struct date *)type_generic_alloc(t)))
    return NULL;
  date->hash = -1;
  day_to_bytes(d, date->data);
  return &date->head;
}
struct object *date_new(struct type *t, struct day d) {
  return UNLIKELY(calendar_check_day(d) < 0) ? NULL : make(t, d);
}
struct object *date_make(struct type *t, struct day d) {
  if (LIKELY(t == &date_type))
    return date_new(t, d);
  if (t == &moment_type)
    return moment_new(t, d, (struct clock){0, 0, 0, 0}, NULL, 0);
  struct object *args[] = {int_from_i64(d.year), int_from_i64(d.month), int_from_i64(d.day)};
  struct object *o = args[0] && args[1] && args[2] ? call_object(&t->head, args, 3, NULL) : NULL;
  for (size_t i = 0; i < ARRAY_SIZE(args); i++)
    drop_null(args[i]);
  return o;
}
static void destroy(struct object *o) { gc_delete(o, sizeof(struct date)); }

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  static const char *const names[] = {"year", "month", "day"};
  static const struct arguments spec = {NULL, names, "iii", 3, 3};
  if (UNLIKELY(n == 1)) {
    struct object *state;
    int found = pickle_find_state(args[0], DATE_BYTES, 2, false, 1, 12, "date", &state);
    if (found < 0)
      return NULL;
    if (found) {
      struct object *o = make(t, day_of_bytes(bytes_data(state)));
      drop(state);
      return o;
    }
  }
  union argument v[3];
  if (UNLIKELY(arguments_read(&spec, args, n, kwnames, v) < 0))
    return NULL;
  return date_new(t, (struct day){v[0].number, v[1].number, v[2].number});
}
static struct object *construct(struct object *t, struct object *const *args, size_t n,
                                struct object *kwnames) {
  return new_slot((struct type *)t, args, call_count(n), kwnames);
}

/* A class method's class. */
static struct type *class_of(struct object *cls) { return (struct type *)cls; }

static struct object *fromtimestamp(struct object *cls, struct object *timestamp) {
  int64_t seconds;
  struct local parts;
  if (timestamp_to_seconds(timestamp, &seconds) < 0 || local_split(seconds, true, &parts) < 0)
    return NULL;
  return date_make(class_of(cls), parts.day);
}
static struct object *today(struct object *cls) {
  struct object *now = datetime_call("time", NAME_TIME, NULL, 0);
  struct object *o = now ? call_method_one(cls, datetime_names[NAME_FROMTIMESTAMP], now) : NULL;
  drop_null(now);
  return o;
}
static struct object *fromordinal(struct object *cls, struct object *const *args, size_t n) {
  if (n != 1)
    return error_format(ERROR_TYPE, "fromordinal() takes exactly 1 argument (%zu given)", n);
  static const char *const names[] = {""};
  static const struct arguments spec = {"fromordinal", names, "i", 1, 1};
  union argument ordinal;
  if (arguments_read(&spec, args, n, NULL, &ordinal) < 0)
    return NULL;
  if (ordinal.number < 1)
    return error_format(ERROR_VALUE, "ordinal must be >= 1");
  return date_make(class_of(cls), calendar_day(ordinal.number));
}
static struct object *fromisoformat(struct object *cls, struct object *text) {
  struct parsed parts;
  return parse_date(text, &parts) < 0 ? NULL : date_make(class_of(cls), parts.day);
}
static struct object *fromisocalendar(struct object *cls, struct object *const *args, size_t n,
                                      struct object *kwnames) {
  static const char *const names[] = {"year", "week", "day"};
  static const struct arguments spec = {"fromisocalendar", names, "iii", 3, 3};
  union argument v[3];
  if (arguments_read(&spec, args, n, kwnames, v) < 0) {
    if (error_matches(ERROR_OVERFLOW)) {
      error_clear();
      error_format(ERROR_VALUE, "ISO calendar component out of range");
    }
    return NULL;
  }
  int year = v[0].number, week = v[1].number, weekday = v[2].number;
  if (year < YEAR_MIN || year > YEAR_MAX)
    return error_format(ERROR_VALUE, "Year is out of range: %d", year);
  struct day d;
  switch (calendar_from_iso_week(year, week, weekday, &d)) {
  case -2:
    return error_format(ERROR_VALUE, "Invalid week: %d", week);
  case -3:
    return error_format(ERROR_VALUE, "Invalid day: %d (range is [1, 7])", weekday);
  default:
    return date_make(class_of(cls), d);
  }
}

/* ---- Text ---- */

static struct object *repr(struct object *o) {
  struct day d = day_of(o);
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder b = STR_BUILDER_IN(few);
  const int fields[] = {d.year, d.month, d.day};
  text_begin_call(&b, type_of(o), fields, ARRAY_SIZE(fields));
  return text_end_call(&b, NULL, false, false);
}
static struct object *isoformat(struct object *o) {
  char text[16];
  return str_from_ascii_units(text, (size_t)(text_put_date(text, day_of(o)) - text));
}
static struct object *str(struct object *o) {
  return LIKELY(type_of(o) == &date_type) ? isoformat(o)
                                          : call_method_none(o, datetime_names[NAME_ISOFORMAT]);
}
struct object *date_ctime(struct day d, struct clock c) {
  static const char days[][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return str_format("%s %s %2d %02d:%02d:%02d %04d", days[calendar_weekday(d)], months[d.month - 1],
                    d.day, c.hour, c.minute, c.second, d.year);
}
static const struct clock midnight = {0, 0, 0, 0};
static struct object *ctime_none(struct object *o) { return date_ctime(day_of(o), midnight); }

static struct object *strftime_keywords(struct object *o, struct object *const *args, size_t n,
                                        struct object *kwnames) {
  struct object *format = format_argument_borrowed(args, n, kwnames);
  struct object *parts = format ? call_method_none(o, datetime_names[NAME_TIMETUPLE]) : NULL;
  if (!parts)
    return NULL;
  struct object *text =
      is_moment(o) ? format_time(format, parts, moment_clock(o).microsecond, moment_of(o)->zone, o)
                   : format_time(format, parts, 0, NULL, o);
  drop(parts);
  return text;
}
struct object *date_format(struct object *o, struct object *spec) {
  if (!is_any_str(spec))
    return args_wrong_type("__format__", "argument 1", "str", spec);
  return str_length(spec) ? call_method_one(o, datetime_names[NAME_STRFTIME], spec) : object_str(o);
}

struct object *date_row(const int fields[ROW_N]) {
  struct object *row = tuple_new(ROW_N);
  for (size_t i = 0; row && i < ROW_N; i++) {
    struct object *field = int_from_i64(fields[i]);
    if (field)
      tuple_init_taking(row, i, field);
    else {
      drop(row);
      row = NULL;
    }
  }
  return row;
}
struct object *date_timetuple(struct day d, struct clock c, int dst) {
  int day_of_year = calendar_days_before_month(d.year, d.month) + d.day;
  const int fields[ROW_N] = {
      d.year, d.month, d.day, c.hour, c.minute, c.second, calendar_weekday(d), day_of_year, dst};
  struct object *row = date_row(fields);
  struct object *result = row ? datetime_call("time", NAME_STRUCT_TIME, &row, 1) : NULL;
  drop_null(row);
  return result;
}
static struct object *timetuple(struct object *o) {
  return date_timetuple(day_of(o), midnight, -1);
}

/* ---- Numbers ---- */

static struct object *toordinal(struct object *o) {
  return int_from_i64(calendar_ordinal(day_of(o)));
}
static struct object *weekday(struct object *o) {
  return int_from_i64(calendar_weekday(day_of(o)));
}
static struct object *isoweekday(struct object *o) {
  return int_from_i64(calendar_weekday(day_of(o)) + 1);
}
static struct object *isocalendar(struct object *o) {
  return iso_week_new(calendar_iso_week(day_of(o)));
}
static struct object *replace(struct object *o, struct object *const *args, size_t n,
                              struct object *kwnames) {
  static const char *const names[] = {"year", "month", "day"};
  static const struct arguments spec = {"replace", names, "iii", 0, 3};
  struct day d = day_of(o);
  union argument v[] = {{d.year}, {d.month}, {d.day}};
  if (arguments_read(&spec, args, n, kwnames, v) < 0)
    return NULL;
  return date_new(type_of(o), (struct day){v[0].number, v[1].number, v[2].number});
}

static struct object *add_days(struct object *o, int64_t days) {
  struct day d = day_of(o);
  if (UNLIKELY(!calendar_add(&d, days)))
    return error_format(ERROR_OVERFLOW, "date value out of range");
  return date_make(type_of(o), d);
}
static struct object *add(struct object *a, struct object *b) {
  if (LIKELY(type_of(a) == &date_type && type_of(b) == &delta_type))
    return add_days(a, delta_of(b)->days);
  if (is_moment(a) || is_moment(b))
    return hold(NOT_IMPLEMENTED);
  if (is_date(a))
    return is_delta(b) ? add_days(a, delta_of(b)->days) : hold(NOT_IMPLEMENTED);
  return is_delta(a) ? add_days(b, delta_of(a)->days) : hold(NOT_IMPLEMENTED);
}
static struct object *days_between(struct object *a, struct object *b) {
  return delta_new(&delta_type, calendar_ordinal(day_of(a)) - calendar_ordinal(day_of(b)), 0, 0);
}
static struct object *subtract(struct object *a, struct object *b) {
  if (LIKELY(type_of(a) == &date_type && type_of(b) == &date_type))
    return days_between(a, b);
  if (is_moment(a) || is_moment(b) || !is_date(a))
    return hold(NOT_IMPLEMENTED);
  if (is_date(b))
    return days_between(a, b);
  return is_delta(b) ? add_days(a, -(int64_t)delta_of(b)->days) : hold(NOT_IMPLEMENTED);
}

static struct object *compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if (!is_date(b))
    return hold(NOT_IMPLEMENTED);
  return hold(
      bool_from(ordered_words(op, memcmp(date_of(a)->data, date_of(b)->data, DATE_BYTES), 0)));
}
static int equal(struct object *a, struct object *b) {
  if (LIKELY(type_of(b) == &date_type))
    return !memcmp(date_of(a)->data, date_of(b)->data, DATE_BYTES);
  return compare_true(a, b, COMPARE_EQ);
}
static int64_t hash(struct object *o) {
  struct date *d = date_of(o);
  if (d->hash == -1)
    d->hash = str_hash_bytes(d->data, DATE_BYTES);
  return d->hash;
}
static struct object *reduce(struct object *o) {
  return pickle_reduce(o, date_of(o)->data, DATE_BYTES, 0, false, NULL);
}

/* ---- The type ---- */

static struct object *get_year(struct object *o, void *closure) {
  return (void)closure, int_from_i64(day_of(o).year);
}
static struct object *get_month(struct object *o, void *closure) {
  return (void)closure, int_from_i64(day_of(o).month);
}
static struct object *get_day(struct object *o, void *closure) {
  return (void)closure, int_from_i64(day_of(o).day);
}
static const struct getset_def getsets[] = {{"year", get_year, NULL, NULL, NULL},
                                            {"month", get_month, NULL, NULL, NULL},
                                            {"day", get_day, NULL, NULL, NULL},
                                            {NULL}};
static const struct method_def methods[] = {
    {.name = "fromtimestamp",
     .flags = METHOD_ONE | METHOD_CLASS,
     .one = fromtimestamp,
     .doc = DOC("fromtimestamp", "$type, timestamp, /",
                "Create a date from a POSIX timestamp.\n\nThe timestamp is a number, e.g. created "
                "via time.time(), that is interpreted\nas local time.")},
    {.name = "fromordinal",
     .flags = METHOD_FAST | METHOD_CLASS,
     .fast = fromordinal,
     .doc = "int -> date corresponding to a proleptic Gregorian ordinal."},
    {.name = "fromisoformat",
     .flags = METHOD_ONE | METHOD_CLASS,
     .one = fromisoformat,
     .doc = "str -> Construct a date from a string in ISO 8601 format."},
    {.name = "fromisocalendar",
     .flags = METHOD_KEYWORDS | METHOD_CLASS,
     .keywords = fromisocalendar,
     .doc = "int, int, int -> Construct a date from the ISO year, week number and weekday.\n\nThis "
            "is the inverse of the date.isocalendar() function"},
    {.name = "today",
     .flags = METHOD_NOARGS | METHOD_CLASS,
     .noargs = today,
     .doc = "Current date or datetime:  same as self.__class__.fromtimestamp(time.time())."},
    METHOD_NOARGS_("ctime", ctime_none, "Return ctime() style string."),
    METHOD_KEYWORDS_("strftime", strftime_keywords, "format -> strftime() style string."),
    METHOD_ONE_("__format__", date_format, "Formats self with strftime."),
    METHOD_NOARGS_("timetuple", timetuple, "Return time tuple, compatible with time.localtime()."),
    METHOD_NOARGS_("isocalendar", isocalendar,
                   "Return a named tuple containing ISO year, week number, and weekday."),
    METHOD_NOARGS_("isoformat", isoformat, "Return string in ISO 8601 format, YYYY-MM-DD."),
    METHOD_NOARGS_("isoweekday", isoweekday,
                   "Return the day of the week represented by the date.\nMonday == 1 ... Sunday "
                   "== 7"),
    METHOD_NOARGS_("toordinal", toordinal,
                   "Return proleptic Gregorian ordinal.  January 1 of year 1 is day 1."),
    METHOD_NOARGS_("weekday", weekday,
                   "Return the day of the week represented by the date.\nMonday == 0 ... Sunday "
                   "== 6"),
    METHOD_KEYWORDS_("replace", replace, "Return date with new specified fields."),
    METHOD_NOARGS_("__reduce__", reduce, "__reduce__() -> (cls, state)"),
    {NULL}};
struct type date_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .flags = GC_PLAIN, .basic_bytes = sizeof(struct date)},
    .name = "datetime.date",
    .flags = TYPE_BASE,
    .destroy = destroy,
    .equal = equal,
    .hash = hash,
    .construct = construct,
    .new_ = new_slot,
    .repr = repr,
    .str = str,
    .compare = compare_slot,
    .number = {.add = add, .subtract = subtract},
    .methods = methods,
    .getsets = getsets,
    .doc = "date(year, month, day) --> date object",
    .base = &object_type};
