/* tzinfo, the base of all time zones, and timezone, a fixed offset; and asking any zone, with what
 * it says checked. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/object/attribute.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

static struct timezone *timezone_of(struct object *o) { return (struct timezone *)o; }

struct object *zone_utc;

/* ---- Asking ---- */

/* Not strictly between minus a day and a day. */
static bool is_too_far(struct object *delta) {
  struct delta *d = delta_of(delta);
  return d->days < -1 || d->days >= 1 || (d->days == -1 && !d->seconds && !d->microseconds);
}
static struct object *ask_offset(struct object *zone, struct object *argument, enum name name,
                                 const char *text) {
  struct object *offset = call_method_one(zone, datetime_names[name], argument);
  if (!offset || offset == NONE)
    return offset;
  if (!is_delta(offset))
    error_format(ERROR_TYPE, "tzinfo.%s() must return None or timedelta, not '%N'", text, offset);
  else if (is_too_far(offset))
    error_format(ERROR_VALUE, "offset must be a timedelta strictly between "
                              "-timedelta(hours=24) and timedelta(hours=24).");
  else
    return offset;
  drop(offset);
  return NULL;
}
struct object *zone_utcoffset(struct object *zone, struct object *argument) {
  if (!zone)
    return hold(NONE);
  if (LIKELY(is_timezone(zone)))
    return hold(timezone_of(zone)->offset);
  return ask_offset(zone, argument, NAME_UTCOFFSET, "utcoffset");
}
struct object *zone_dst(struct object *zone, struct object *argument) {
  if (!zone || is_timezone(zone))
    return hold(NONE);
  return ask_offset(zone, argument, NAME_DST, "dst");
}
struct object *zone_name(struct object *zone, struct object *argument) {
  if (!zone)
    return hold(NONE);
  struct object *name = call_method_one(zone, datetime_names[NAME_TZNAME], argument);
  if (!name || name == NONE || is_any_str(name))
    return name;
  error_format(ERROR_TYPE, "tzinfo.tzname() must return None or a string, not '%N'", name);
  drop(name);
  return NULL;
}

/* ---- tzinfo ---- */

static struct object *zone_new_slot(struct type *t, struct object *const *args, size_t n,
                                    struct object *kwnames) {
  (void)args, (void)n, (void)kwnames;
  return type_generic_alloc(t);
}
static void *to_be_implemented(const char *name) {
  return error_format(ERROR_NOT_IMPLEMENTED, "a tzinfo subclass must implement %s()", name);
}
static struct object *base_tzname(struct object *o, struct object *argument) {
  return (void)o, (void)argument, to_be_implemented("tzname");
}
static struct object *base_utcoffset(struct object *o, struct object *argument) {
  return (void)o, (void)argument, to_be_implemented("utcoffset");
}
static struct object *base_dst(struct object *o, struct object *argument) {
  return (void)o, (void)argument, to_be_implemented("dst");
}

static bool check_fromutc(struct object *o, struct object *moment) {
  if (!is_moment(moment))
    error_format(ERROR_TYPE, "fromutc: argument must be a datetime");
  else if (moment_of(moment)->zone != o)
    error_format(ERROR_VALUE, "fromutc: dt.tzinfo is not self");
  else
    return true;
  return false;
}
/* What a constructor of a subclass made is to be a datetime where more is done to it. */
static bool check_moment(struct object *o) {
  if (!o || is_moment(o))
    return o != NULL;
  error_format(ERROR_TYPE, "fromutc: argument must be a datetime");
  return false;
}
static struct object *required(struct object *delta, const char *message) {
  if (delta != NONE)
    return delta;
  drop(delta);
  return error_format(ERROR_VALUE, "%s", message);
}
/* Local standard time first, then what daylight saving adds there. */
static struct object *base_fromutc(struct object *o, struct object *moment) {
  if (!check_fromutc(o, moment))
    return NULL;
  struct object *offset =
      required(zone_utcoffset(o, moment), "fromutc: non-None utcoffset() result required");
  struct object *dst =
      offset ? required(zone_dst(o, moment), "fromutc: non-None dst() result required") : NULL;
  struct object *standard = dst ? number_binary(offset, dst, NUMBER_SUBTRACT) : NULL;
  if (standard && !is_delta(standard)) {
    drop(standard);
    standard = error_format(ERROR_TYPE, "fromutc: offsets must be timedeltas");
  }
  drop_null(dst);
  drop_null(offset);
  struct object *result = standard ? moment_add_delta(moment, standard, 1) : NULL;
  drop_null(standard);
  if (!check_moment(result)) {
    drop_null(result);
    return NULL;
  }
  dst = required(zone_dst(moment_of(result)->zone, result),
                 "fromutc: tz.dst() gave inconsistent results; cannot convert");
  if (dst && !delta_is_zero(dst)) {
    struct object *later = moment_add_delta(result, dst, 1);
    drop(result);
    result = later;
  } else if (!dst) {
    drop(result);
    result = NULL;
  }
  drop_null(dst);
  return result;
}

static struct object *reduce(struct object *o) {
  struct object *method, *args;
  int found = attribute_find(o, datetime_names[NAME_GETINITARGS], &method);
  if (found < 0)
    return NULL;
  args = found ? call_none(method) : tuple_new(0);
  if (found)
    drop(method);
  struct object *state = args ? call_method_none(o, NAME(getstate)) : NULL;
  if (!state) {
    drop_null(args);
    return NULL;
  }
  return tuple_pack_taking(3, hold(&type_of(o)->head), args, state);
}

static const struct method_def zone_methods[] = {
    METHOD_ONE_("tzname", base_tzname, "datetime -> string name of time zone."),
    METHOD_ONE_("utcoffset", base_utcoffset,
                "datetime -> timedelta showing offset from UTC, negative values indicating West "
                "of UTC"),
    METHOD_ONE_("dst", base_dst, "datetime -> DST offset as timedelta positive east of UTC."),
    METHOD_ONE_("fromutc", base_fromutc, "datetime in UTC -> datetime in local time."),
    METHOD_NOARGS_("__reduce__", reduce, "-> (cls, state)"),
    {NULL}};
struct type zone_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .flags = GC_PLAIN, .basic_bytes = sizeof(struct object)},
    .name = "datetime.tzinfo",
    .flags = TYPE_BASE,
    .new_ = zone_new_slot,
    .methods = zone_methods,
    .doc = "Abstract base class for time zone info objects.",
    .base = &object_type};

/* ---- timezone ---- */

static struct object *make(struct object *offset, struct object *name) {
  struct timezone *z = (struct timezone *)gc_new(&timezone_type, sizeof *z);
  if (!z)
    return error_no_memory();
  z->offset = NULL;
  z->name = NULL;
  store_first(&z->head, &z->offset, hold(offset));
  if (name)
    store_first(&z->head, &z->name, hold(name));
  return &z->head;
}
struct object *zone_new(struct object *offset, struct object *name) {
  if (!name && delta_is_zero(offset))
    return hold(zone_utc);
  if (is_too_far(offset))
    return error_format(ERROR_VALUE,
                        "offset must be a timedelta strictly between -timedelta(hours=24) and "
                        "timedelta(hours=24), not %R.",
                        offset);
  return make(offset, name);
}
static struct object *timezone_new_slot(struct type *t, struct object *const *args, size_t n,
                                        struct object *kwnames) {
  (void)t;
  static const char *const names[] = {"offset", "name"};
  static const struct arguments spec = {"timezone", names, "OO", 1, 2};
  union argument v[2] = {{.object = NULL}};
  if (arguments_read(&spec, args, n, kwnames, v) < 0)
    return NULL;
  if (!is_delta(v[0].object))
    return args_wrong_type("timezone", "argument 1", "datetime.timedelta", v[0].object);
  if (v[1].object && !is_any_str(v[1].object))
    return args_wrong_type("timezone", "argument 2", "str", v[1].object);
  return zone_new(v[0].object, v[1].object);
}

static struct object *timezone_text(struct object *o) {
  struct timezone *z = timezone_of(o);
  if (z->name)
    return hold(z->name);
  if (o == zone_utc || delta_is_zero(z->offset))
    return str_from_ascii("UTC");
  char text[TEXT_OFFSET_BYTES + 4] = "UTC";
  char *end = text_put_offset(text + 3, z->offset, true);
  return str_from_ascii_units(text, (size_t)(end - text));
}
static struct object *timezone_repr(struct object *o) {
  struct timezone *z = timezone_of(o);
  if (o == zone_utc)
    return str_from_ascii("datetime.timezone.utc");
  return z->name ? str_format("%s(%R, %R)", type_of(o)->name, z->offset, z->name)
                 : str_format("%s(%R)", type_of(o)->name, z->offset);
}
static struct object *timezone_compare(struct object *a, struct object *b, enum compare_op op) {
  if ((op != COMPARE_EQ && op != COMPARE_NE) || !is_timezone(b))
    return hold(NOT_IMPLEMENTED);
  int order = delta_order(timezone_of(a)->offset, timezone_of(b)->offset);
  return hold(bool_from((order == 0) == (op == COMPARE_EQ)));
}
static int64_t timezone_hash(struct object *o) { return delta_hash(timezone_of(o)->offset); }

static bool check_argument(struct object *argument, const char *function) {
  if (argument == NONE || is_moment(argument))
    return true;
  error_format(ERROR_TYPE, "%s(dt) argument must be a datetime instance or None, not %N", function,
               argument);
  return false;
}
static struct object *timezone_tzname(struct object *o, struct object *argument) {
  return check_argument(argument, "tzname") ? timezone_text(o) : NULL;
}
static struct object *timezone_utcoffset(struct object *o, struct object *argument) {
  return check_argument(argument, "utcoffset") ? hold(timezone_of(o)->offset) : NULL;
}
static struct object *timezone_dst(struct object *o, struct object *argument) {
  (void)o;
  return check_argument(argument, "dst") ? hold(NONE) : NULL;
}
static struct object *timezone_fromutc(struct object *o, struct object *moment) {
  return check_fromutc(o, moment) ? moment_add_delta(moment, timezone_of(o)->offset, 1) : NULL;
}
static struct object *timezone_arguments(struct object *o) {
  struct timezone *z = timezone_of(o);
  return z->name ? tuple_pack(2, z->offset, z->name) : tuple_pack(1, z->offset);
}
static const struct method_def timezone_methods[] = {
    METHOD_ONE_("tzname", timezone_tzname,
                "If name is specified when timezone is created, returns the name.  Otherwise "
                "returns offset as 'UTC(+|-)HH:MM'."),
    METHOD_ONE_("utcoffset", timezone_utcoffset, "Return fixed offset."),
    METHOD_ONE_("dst", timezone_dst, "Return None."),
    METHOD_ONE_("fromutc", timezone_fromutc, "datetime in UTC -> datetime in local time."),
    METHOD_NOARGS_("__getinitargs__", timezone_arguments, "pickle support"),
    {NULL}};
struct type timezone_type = {.head = OBJECT_STATIC(type_type),
                             .shape = {.layout = GC_FIXED,
                                       .flags = GC_PLAIN,
                                       .refs_offset = offsetof(struct timezone, offset),
                                       .refs_n = 2,
                                       .basic_bytes = sizeof(struct timezone)},
                             .name = "datetime.timezone",
                             .hash = timezone_hash,
                             .new_ = timezone_new_slot,
                             .repr = timezone_repr,
                             .str = timezone_text,
                             .compare = timezone_compare,
                             .methods = timezone_methods,
                             .doc = "Fixed offset from UTC implementation of tzinfo.",
                             .base = &zone_type};

static int add_timezone(const char *name, int32_t seconds) {
  struct object *offset = delta_new(&delta_type, 0, seconds, 0);
  struct object *zone = offset ? make(offset, NULL) : NULL;
  drop_null(offset);
  return datetime_add(&timezone_type, name, zone);
}
int zone_open(void) {
  if (module_root(&zone_utc) < 0)
    return -1;
  if (!zone_utc) {
    struct object *zero = delta_new(&delta_type, 0, 0, 0);
    zone_utc = zero ? make(zero, NULL) : NULL;
    drop_null(zero);
  }
  if (!zone_utc)
    return -1;
  const int32_t most = SECONDS_PER_DAY - 60;
  return datetime_add(&timezone_type, "utc", hold(zone_utc)) < 0 ||
                 add_timezone("min", -most) < 0 || add_timezone("max", most) < 0
             ? -1
             : 0;
}
