/* Local time by the system's rules. A local time is a number too: seconds since 0001-01-01 as if it
 * were UTC's, so that the offset is a difference. Where clocks are put back a local time comes
 * twice: `fold` says which of the two is meant. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/object/codec.h"
#include <errno.h>
#include <time.h>

static const int64_t epoch = INT64_C(719163) * SECONDS_PER_DAY;
enum { FOLD_MOST = 24 * 3600 }; /* by how much clocks are put back at most */

int local_split(int64_t seconds, bool is_local, struct local *parts) {
  struct tm t;
  time_t time = seconds;
  errno = 0;
  if (!(is_local ? localtime_r(&time, &t) : gmtime_r(&time, &t))) {
    error_errno(errno ? errno : EINVAL, NULL, NULL);
    return -1;
  }
  /* A year beyond an int was refused by the system; the sum may still be too large by 1900. */
  int year;
  if (__builtin_add_overflow(t.tm_year, 1900, &year))
    year = INT32_MAX;
  *parts = (struct local){{year, t.tm_mon + 1, t.tm_mday},
                          {t.tm_hour, t.tm_min, t.tm_sec < 59 ? t.tm_sec : 59, 0},
                          t.tm_gmtoff,
                          t.tm_zone};
  return 0;
}

static int count(struct day d, struct clock c, int64_t *seconds) {
  if (d.year < YEAR_MIN || d.year > YEAR_MAX) {
    error_format(ERROR_VALUE, "year %i is out of range", d.year);
    return -1;
  }
  *seconds = (int64_t)calendar_ordinal(d) * SECONDS_PER_DAY + clock_seconds(c);
  return 0;
}
/* The local time at a number of UTC. */
static int local_at(int64_t utc, int64_t *local) {
  struct local parts;
  return local_split(utc - epoch, true, &parts) < 0 ? -1 : count(parts.day, parts.clock, local);
}

/* 1 where the same local time was shown before. */
int local_fold(int64_t seconds, const struct local *parts, int *fold) {
  int64_t here, before, again;
  *fold = 0;
  if (count(parts->day, parts->clock, &here) < 0 ||
      local_at(epoch + seconds - FOLD_MOST, &before) < 0)
    return -1;
  int64_t change = here - before - FOLD_MOST;
  if (change < 0) {
    if (local_at(epoch + seconds + change, &again) < 0)
      return -1;
    *fold = again == here;
  }
  return 0;
}

/* Tries the offsets before and after a change that may be near. In a gap, where no time is right,
 * the one is taken as if the clocks had not been put forward, or (fold) had been before. */
int local_join(struct day d, struct clock c, int fold, int64_t *seconds) {
  int64_t wanted, shown, first, second, at_first, at_second, other;
  if (count(d, c, &wanted) < 0 || local_at(wanted, &shown) < 0)
    return -1;
  int64_t offset = shown - wanted;
  first = wanted - offset;
  if (local_at(first, &at_first) < 0)
    return -1;
  if (at_first == wanted) {
    int64_t far = first + (fold ? FOLD_MOST : -FOLD_MOST);
    if (local_at(far, &shown) < 0)
      return -1;
    other = shown - far;
    if (other == offset) {
      *seconds = first - epoch;
      return 0;
    }
  } else
    other = at_first - first;
  second = wanted - other;
  if (local_at(second, &at_second) < 0)
    return -1;
  if (at_second == wanted)
    *seconds = second - epoch;
  else if (at_first == wanted)
    *seconds = first - epoch;
  else
    *seconds = ((first < second) == (fold != 0) ? first : second) - epoch;
  return 0;
}

struct object *local_zone(int64_t seconds) {
  struct local parts;
  if (local_split(seconds, true, &parts) < 0)
    return NULL;
  struct object *name = NULL;
  if (parts.name && !(name = str_decode_filename(parts.name, strlen(parts.name))))
    return NULL;
  struct object *offset = delta_new(&delta_type, 0, parts.offset, 0);
  struct object *zone = offset ? zone_new(offset, name) : NULL;
  drop_null(offset);
  drop_null(name);
  return zone;
}
