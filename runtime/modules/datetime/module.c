/* The module _datetime, from which the library's datetime.py takes its types. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/modules/import/import.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"

struct object *datetime_names[NAMES_N];

static int open_names(void) {
  static const char *const texts[NAMES_N] = {
      [NAME_UTCOFFSET] = "utcoffset",
      [NAME_TZNAME] = "tzname",
      [NAME_DST] = "dst",
      [NAME_FROMUTC] = "fromutc",
      [NAME_ISOFORMAT] = "isoformat",
      [NAME_STRFTIME] = "strftime",
      [NAME_TIMETUPLE] = "timetuple",
      [NAME_STRUCT_TIME] = "struct_time",
      [NAME_FROMTIMESTAMP] = "fromtimestamp",
      [NAME_TIME] = "time",
      [NAME_REPLACE] = "replace",
      [NAME_GETINITARGS] = "__getinitargs__",
      [NAME_RATIO] = "as_integer_ratio",
      [NAME_STRPTIME] = "_strptime_datetime",
  };
  for (size_t i = 0; i < NAMES_N; i++)
    if (!(datetime_names[i] = str_intern(texts[i])))
      return -1;
  return 0;
}

struct object *datetime_call(const char *module, enum name name, struct object *const *args,
                             size_t n) {
  struct object *imported = import_module(module);
  struct object *f = imported ? attribute_get(imported, datetime_names[name]) : NULL;
  drop_null(imported);
  struct object *result = f ? call_object(f, args, n, NULL) : NULL;
  drop_null(f);
  return result;
}

/* A second module of this name finds the types as they are. */
int datetime_add(struct type *t, const char *name, struct object *value) {
  struct object *key = value ? str_intern(name) : NULL;
  int status = key ? 0 : -1;
  if (key && !dict_get_borrowed(t->attributes, key))
    status = dict_set(t->attributes, key, value);
  drop_null(key);
  drop_null(value);
  return status;
}

static struct object *delta(int64_t days, int64_t seconds, int64_t us) {
  return delta_new(&delta_type, days, seconds, us);
}
static const struct clock first = {0, 0, 0, 0}, last = {23, 59, 59, 999999};
static const struct day first_day = {YEAR_MIN, 1, 1}, last_day = {YEAR_MAX, 12, 31};
static struct object *moment(struct day d, struct clock c) {
  return moment_new(&moment_type, d, c, NULL, 0);
}
static int add_limits(void) {
  if (datetime_add(&delta_type, "resolution", delta(0, 0, 1)) < 0 ||
      datetime_add(&delta_type, "min", delta(-DELTA_DAYS_MAX, 0, 0)) < 0 ||
      datetime_add(&delta_type, "max", delta(DELTA_DAYS_MAX, SECONDS_PER_DAY - 1, 999999)) < 0 ||
      datetime_add(&date_type, "min", date_new(&date_type, first_day)) < 0 ||
      datetime_add(&date_type, "max", date_new(&date_type, last_day)) < 0 ||
      datetime_add(&date_type, "resolution", delta(1, 0, 0)) < 0)
    return -1;
  if (datetime_add(&daytime_type, "min", daytime_new(&daytime_type, first, NULL, 0)) < 0 ||
      datetime_add(&daytime_type, "max", daytime_new(&daytime_type, last, NULL, 0)) < 0 ||
      datetime_add(&daytime_type, "resolution", delta(0, 0, 1)) < 0 ||
      datetime_add(&moment_type, "min", moment(first_day, first)) < 0 ||
      datetime_add(&moment_type, "max", moment(last_day, last)) < 0 ||
      datetime_add(&moment_type, "resolution", delta(0, 0, 1)) < 0)
    return -1;
  return 0;
}

int module_datetime_fill(struct object *module) {
  struct type *const types[] = {&date_type,  &moment_type, &daytime_type,
                                &delta_type, &zone_type,   &timezone_type};
  if (open_names() < 0)
    return -1;
  for (size_t i = 0; i < ARRAY_SIZE(types); i++)
    if (module_add_type(module, types[i]) < 0)
      return -1;
  if (type_ready(&iso_week_type) < 0 || zone_open() < 0 || add_limits() < 0)
    return -1;
  for (size_t i = 0; i < ARRAY_SIZE(types); i++)
    type_modified(types[i]);
  return module_add_int(module, "MINYEAR", YEAR_MIN) < 0 ||
                 module_add_int(module, "MAXYEAR", YEAR_MAX) < 0 ||
                 module_add(module, "UTC", zone_utc) < 0
             ? -1
             : module_add_text(module, "__doc__", "Fast implementation of the datetime type.");
}
