/* The calendar: dates as days counted from 0001-01-01, which is 1, a Monday.
 *
 * Years are counted from March in between, so that the leap day is the last of its year and months
 * have a regular length (Fliegel and Van Flandern's idea). */
#include "runtime/modules/datetime/datetime.h"

enum { DAYS_PER_400_YEARS = 146097, MARCH_FIRST_BEFORE = 306 /* days from 0000-03-01 to day 1 */ };

bool calendar_is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static const uint8_t lengths[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
int calendar_days_in_month(int year, int month) {
  if (month < 1 || month > 12)
    return 0;
  return month == 2 && calendar_is_leap(year) ? 29 : lengths[month];
}
int calendar_days_before_month(int year, int month) {
  static const uint16_t before[] = {0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  if (month < 1 || month > 12)
    return 0;
  return before[month] + (month > 2 && calendar_is_leap(year));
}

int calendar_ordinal(struct day d) {
  int before = d.year - 1;
  return before * 365 + before / 4 - before / 100 + before / 400 +
         calendar_days_before_month(d.year, d.month) + d.day;
}

struct day calendar_day(int ordinal) {
  int64_t days = (int64_t)ordinal - 1 + MARCH_FIRST_BEFORE; /* from 0000-03-01 */
  int64_t era = (days >= 0 ? days : days - (DAYS_PER_400_YEARS - 1)) / DAYS_PER_400_YEARS;
  unsigned in_era = (unsigned)(days - era * DAYS_PER_400_YEARS);
  unsigned year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
  unsigned in_year = in_era - (365 * year + year / 4 - year / 100);
  unsigned month = (5 * in_year + 2) / 153; /* March: 0 */
  struct day d = {.year = (int)((int64_t)year + era * 400) + (month >= 10),
                  .month = (int)(month < 10 ? month + 3 : month - 9),
                  .day = (int)(in_year - (153 * month + 2) / 5 + 1)};
  return d;
}

/* Mostly the month stays. */
bool calendar_add(struct day *d, int64_t days) {
  int64_t day = d->day + days;
  if (day >= 1 && day <= 28 && d->year >= YEAR_MIN && d->year <= YEAR_MAX) {
    d->day = (int)day;
    return true;
  }
  int64_t ordinal = calendar_ordinal(*d) + days;
  if (ordinal < 1 || ordinal > ORDINAL_MAX)
    return false;
  *d = calendar_day((int)ordinal);
  return true;
}

int calendar_weekday(struct day d) {
  int weekday = (calendar_ordinal(d) + 6) % 7;
  return weekday < 0 ? weekday + 7 : weekday;
}

/* ---- Weeks ---- */

/* The Monday of week 1, in which the first Thursday of the year is. */
static int first_monday(int year) {
  int first = calendar_ordinal((struct day){year, 1, 1}), weekday = (first + 6) % 7;
  return first - weekday + (weekday > 3 ? 7 : 0);
}

struct day calendar_iso_week(struct day d) {
  int ordinal = calendar_ordinal(d), year = d.year, monday = first_monday(year);
  if (ordinal < monday)
    monday = first_monday(--year);
  else if (ordinal >= monday + 52 * 7 && ordinal >= first_monday(year + 1))
    return (struct day){year + 1, 1, (ordinal - monday) % 7 + 1};
  int days = ordinal - monday;
  return (struct day){year, days / 7 + 1, days % 7 + 1};
}

static bool has_53_weeks(int year) {
  int weekday = calendar_weekday((struct day){year, 1, 1});
  return weekday == 3 || (weekday == 2 && calendar_is_leap(year));
}
int calendar_from_iso_week(int year, int week, int weekday, struct day *d) {
  if (week < 1 || week > 53 || (week == 53 && !has_53_weeks(year)))
    return -2;
  if (weekday < 1 || weekday > 7)
    return -3;
  *d = calendar_day(first_monday(year) + (week - 1) * 7 + weekday - 1);
  return 0;
}

/* ---- Errors ---- */

int calendar_check_day(struct day d) {
  if (UNLIKELY(d.year < YEAR_MIN || d.year > YEAR_MAX))
    error_format(ERROR_VALUE, "year %i is out of range", d.year);
  else if (UNLIKELY(d.month < 1 || d.month > 12))
    error_format(ERROR_VALUE, "month must be in 1..12");
  else if (UNLIKELY(d.day < 1 || (d.day > 28 && d.day > calendar_days_in_month(d.year, d.month))))
    error_format(ERROR_VALUE, "day is out of range for month");
  else
    return 0;
  return -1;
}
int calendar_check_clock(struct clock c, int fold) {
  if (UNLIKELY((unsigned)c.hour > 23))
    error_format(ERROR_VALUE, "hour must be in 0..23");
  else if (UNLIKELY((unsigned)c.minute > 59))
    error_format(ERROR_VALUE, "minute must be in 0..59");
  else if (UNLIKELY((unsigned)c.second > 59))
    error_format(ERROR_VALUE, "second must be in 0..59");
  else if (UNLIKELY((unsigned)c.microsecond > 999999))
    error_format(ERROR_VALUE, "microsecond must be in 0..999999");
  else if (UNLIKELY((unsigned)fold > 1))
    error_format(ERROR_VALUE, "fold must be either 0 or 1");
  else
    return 0;
  return -1;
}
