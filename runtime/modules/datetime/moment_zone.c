/* Datetimes as points in time: timestamp() and astimezone(). */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"

/* Of an aware one: since the epoch. */
static int since_epoch(struct object *o, wide_int *us) {
  struct object *epoch =
      moment_new(&moment_type, (struct day){1970, 1, 1}, (struct clock){0, 0, 0, 0}, zone_utc, 0);
  int status = epoch ? moment_difference(o, epoch, us) : -1;
  drop_null(epoch);
  return status;
}

struct object *moment_timestamp(struct object *o) {
  struct moment *m = moment_of(o);
  if (m->zone) {
    wide_int us;
    struct object *delta = since_epoch(o, &us) < 0 ? NULL : delta_from_us(us);
    struct object *seconds = delta ? delta_total_seconds(delta) : NULL;
    drop_null(delta);
    return seconds;
  }
  int64_t seconds;
  struct clock c = moment_clock(o);
  if (local_join(day_of(o), c, m->fold, &seconds) < 0)
    return NULL;
  return float_from((double)seconds + c.microsecond / 1e6);
}

static struct object *zone_here(struct object *o) {
  int64_t seconds;
  if (local_join(day_of(o), moment_clock(o), moment_of(o)->fold, &seconds) < 0)
    return NULL;
  return local_zone(seconds);
}
/* The local zone at the point in time of an aware one. */
static struct object *zone_then(struct object *o) {
  wide_int us;
  if (since_epoch(o, &us) < 0)
    return NULL;
  int64_t seconds = (int64_t)(us / US_PER_SECOND);
  return local_zone(us % US_PER_SECOND < 0 ? seconds - 1 : seconds);
}

/* Its own zone, and the offset; the system's zone where it has no offset. *own is owned. */
static struct object *offset_of(struct object *o, struct object *zone, struct object **own) {
  *own = moment_of(o)->zone ? hold(moment_of(o)->zone) : NULL;
  if (*own && *own == zone)
    return hold(NONE);
  struct object *offset = *own ? zone_utcoffset(*own, o) : hold(NONE);
  if (offset != NONE)
    return offset;
  drop(offset);
  drop_null(*own);
  *own = zone_here(o);
  if (!*own)
    return NULL;
  return *own == zone ? hold(NONE) : zone_utcoffset(*own, o);
}

/* The same point in time, marked as UTC and then as the new zone's: what its fromutc expects. */
static struct object *moved(struct object *utc, struct object *zone) {
  if (!is_moment(utc))
    return error_format(ERROR_TYPE, "fromutc: argument must be a datetime");
  struct moment *m = moment_of(utc);
  store(utc, &m->zone, hold(zone_utc));
  struct object *target = zone == NONE ? zone_then(utc) : hold(zone);
  if (!target)
    return NULL;
  m->hash = -1;
  store(utc, &m->zone, hold(target));
  struct object *result = call_method_one(target, datetime_names[NAME_FROMUTC], utc);
  drop(target);
  return result;
}
struct object *moment_astimezone(struct object *o, struct object *const *args, size_t n,
                                 struct object *kwnames) {
  static const char *const names[] = {"tz"};
  static const struct arguments spec = {"astimezone", names, "O", 0, 1};
  union argument zone = {.object = NONE};
  struct object *own;
  if (arguments_read(&spec, args, n, kwnames, &zone) < 0 || arguments_check_zone(zone.object) < 0)
    return NULL;
  struct object *offset = offset_of(o, zone.object, &own), *result = NULL;
  if (offset && own == zone.object)
    result = hold(o);
  else if (offset) {
    struct object *utc = moment_add_delta(o, offset, -1);
    if (utc)
      result = moved(utc, zone.object);
    drop_null(utc);
  }
  drop_null(offset);
  drop_null(own);
  return result;
}
