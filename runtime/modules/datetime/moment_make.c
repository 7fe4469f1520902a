/* Where datetimes come from: constructor, pickles, points in time, dates and times of day. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include <time.h>

static struct object *make(struct type *t, struct day d, struct clock c, struct object *zone,
                           int fold) {
  struct moment *m;
  if (LIKELY(t == &moment_type)) {
    m = (struct moment *)gc_new(t, sizeof *m);
    if (UNLIKELY(!m))
      return error_no_memory();
    m->zone = NULL;
  } else if (!(m = (struct moment *)type_generic_alloc(t)))
    return NULL;
  m->hash = -1;
  day_to_bytes(d, m->data);
  clock_to_bytes(c, m->data + DATE_BYTES);
  m->fold = (uint8_t)fold;
  if (zone && zone != NONE)
    store_first(&m->head, &m->zone, hold(zone));
  return &m->head;
}
struct object *moment_new(struct type *t, struct day d, struct clock c, struct object *zone,
                          int fold) {
  if (UNLIKELY(calendar_check_day(d) < 0) || UNLIKELY(calendar_check_clock(c, fold) < 0) ||
      (zone && UNLIKELY(arguments_check_zone(zone) < 0)))
    return NULL;
  return make(t, d, c, zone, fold);
}

/* A subclass's constructor is not told of the fold, as CPython has it. */
struct object *moment_make(struct type *t, struct day d, struct clock c, struct object *zone,
                           int fold) {
  if (LIKELY(t == &moment_type))
    return moment_new(t, d, c, zone, fold);
  struct object *args[] = {int_from_i64(d.year),        int_from_i64(d.month),
                           int_from_i64(d.day),         int_from_i64(c.hour),
                           int_from_i64(c.minute),      int_from_i64(c.second),
                           int_from_i64(c.microsecond), zone ? zone : NONE};
  bool made = true;
  for (size_t i = 0; i < 7; i++)
    made &= args[i] != NULL;
  struct object *o = made ? call_object(&t->head, args, ARRAY_SIZE(args), NULL) : NULL;
  for (size_t i = 0; i < 7; i++)
    drop_null(args[i]);
  return o;
}

/* ---- datetime(...) ---- */

static struct object *from_state(struct type *t, struct object *state, struct object *zone) {
  if (zone != NONE && !is_zone(zone))
    return error_format(ERROR_TYPE, "bad tzinfo state arg");
  struct day d = day_of_bytes(bytes_data(state));
  int fold = d.month >> 7;
  d.month &= 0x7f;
  return make(t, d, clock_of_bytes(bytes_data(state) + DATE_BYTES), zone, fold);
}
static const char *const names[] = {"year",   "month",       "day",    "hour", "minute",
                                    "second", "microsecond", "tzinfo", "fold"};
static struct object *from_arguments(struct type *t, const union argument *v) {
  return moment_new(t, (struct day){v[0].number, v[1].number, v[2].number},
                    (struct clock){v[3].number, v[4].number, v[5].number, v[6].number}, v[7].object,
                    v[8].number);
}
struct object *moment_new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  static const struct arguments spec = {NULL, names, "iiiiiiiOi", 3, 8};
  if (UNLIKELY(n == 1 || n == 2)) {
    struct object *state;
    int found = pickle_find_state(args[0], DATETIME_BYTES, 2, true, 1, 12, "datetime", &state);
    if (found < 0)
      return NULL;
    if (found) {
      struct object *o = from_state(t, state, n == 2 ? args[1] : NONE);
      drop(state);
      return o;
    }
  }
  union argument v[] = {{0}, {0}, {0}, {0}, {0}, {0}, {0}, {.object = NONE}, {0}};
  return UNLIKELY(arguments_read(&spec, args, n, kwnames, v) < 0) ? NULL : from_arguments(t, v);
}
struct object *moment_replace(struct object *o, struct object *const *args, size_t n,
                              struct object *kwnames) {
  static const struct arguments spec = {"replace", names, "iiiiiiiOi", 0, 8};
  struct day d = day_of(o);
  struct clock c = moment_clock(o);
  struct object *zone = moment_of(o)->zone;
  union argument v[] = {{d.year},
                        {d.month},
                        {d.day},
                        {c.hour},
                        {c.minute},
                        {c.second},
                        {c.microsecond},
                        {.object = zone ? zone : NONE},
                        {moment_of(o)->fold}};
  if (arguments_read(&spec, args, n, kwnames, v) < 0)
    return NULL;
  if ((unsigned)v[8].number > 1) /* before all else */
    return error_format(ERROR_VALUE, "fold must be either 0 or 1");
  return from_arguments(type_of(o), v);
}

struct object *moment_combine(struct object *cls, struct object *const *args, size_t n,
                              struct object *kwnames) {
  static const char *const own_names[] = {"date", "time", "tzinfo"};
  static const struct arguments spec = {"combine", own_names, "OOO", 2, 3};
  union argument v[3] = {{.object = NULL}};
  if (arguments_read(&spec, args, n, kwnames, v) < 0)
    return NULL;
  struct object *date = v[0].object, *time = v[1].object;
  if (!is_date(date))
    return args_wrong_type("combine", "argument 1", "datetime.date", date);
  if (!is_daytime(time))
    return args_wrong_type("combine", "argument 2", "datetime.time", time);
  struct object *zone = v[2].object ? v[2].object : daytime_of(time)->zone;
  return moment_make((struct type *)cls, day_of(date), clock_of_bytes(daytime_of(time)->data), zone,
                     daytime_of(time)->fold);
}

/* ---- From points in time ---- */

/* zone NONE and is_local: the fold is found out. */
static struct object *at(struct object *cls, int64_t seconds, int us, bool is_local,
                         struct object *zone) {
  struct local parts;
  int fold = 0;
  if (local_split(seconds, is_local, &parts) < 0 ||
      (is_local && zone == NONE && local_fold(seconds, &parts, &fold) < 0))
    return NULL;
  parts.clock.microsecond = us;
  return moment_make((struct type *)cls, parts.day, parts.clock, zone, fold);
}
static void read_clock(int64_t *seconds, int *us) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  *seconds = now.tv_sec;
  *us = (int)(now.tv_nsec / 1000);
}
/* In UTC as if it were the zone's time, which the zone puts right. */
static struct object *in_zone_taking(struct object *o, struct object *zone) {
  if (!o || zone == NONE)
    return o;
  struct object *result = call_method_one(zone, datetime_names[NAME_FROMUTC], o);
  drop(o);
  return result;
}

struct object *moment_now(struct object *cls, struct object *const *args, size_t n,
                          struct object *kwnames) {
  static const char *const own_names[] = {"tz"};
  static const struct arguments spec = {"now", own_names, "O", 0, 1};
  union argument zone = {.object = NONE};
  int64_t seconds;
  int us;
  if (arguments_read(&spec, args, n, kwnames, &zone) < 0 || arguments_check_zone(zone.object) < 0)
    return NULL;
  read_clock(&seconds, &us);
  return in_zone_taking(at(cls, seconds, us, zone.object == NONE, zone.object), zone.object);
}
struct object *moment_utcnow(struct object *cls) {
  int64_t seconds;
  int us;
  read_clock(&seconds, &us);
  return at(cls, seconds, us, false, NONE);
}
struct object *moment_fromtimestamp(struct object *cls, struct object *const *args, size_t n,
                                    struct object *kwnames) {
  static const char *const own_names[] = {"timestamp", "tz"};
  static const struct arguments spec = {"fromtimestamp", own_names, "OO", 1, 2};
  union argument v[] = {{.object = NULL}, {.object = NONE}};
  int64_t seconds;
  int us;
  if (arguments_read(&spec, args, n, kwnames, v) < 0 || arguments_check_zone(v[1].object) < 0 ||
      timestamp_to_us(v[0].object, &seconds, &us) < 0)
    return NULL;
  struct object *zone = v[1].object;
  return in_zone_taking(at(cls, seconds, us, zone == NONE, zone), zone);
}
struct object *moment_utcfromtimestamp(struct object *cls, struct object *timestamp) {
  int64_t seconds;
  int us;
  return timestamp_to_us(timestamp, &seconds, &us) < 0 ? NULL : at(cls, seconds, us, false, NONE);
}
