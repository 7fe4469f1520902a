/* fromisoformat: what ISO 8601 allows, but for ordinal days and parts of dates:
 *
 *   date    YYYY-MM-DD | YYYYMMDD | YYYY-Www[-D] | YYYYWww[D]
 *   time    HH[[:]MM[[:]SS[(.|,)f+]]]
 *   offset  Z | (+|-) time
 *   both    date, any one character, time [offset]
 *
 * Where date and time meet is guessed by the date's form alone. The text is read as UTF-8 up to the
 * NUL behind it, as CPython does: that decides what is accepted at its end. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/object/bytes.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
/* Exactly n digits; NULL: they are not. */
static const char *digits(const char *p, int *value, size_t n) {
  *value = 0;
  for (; n; n--, p++) {
    if (!is_digit(*p))
      return NULL;
    *value = *value * 10 + (*p - '0');
  }
  return p;
}

/* ---- Dates ---- */

static bool read_week(const char *p, const char *end, bool has_dashes, int year, struct day *d) {
  int week, weekday = 1;
  if (!(p = digits(p, &week, 2)))
    return false;
  if (p < end) {
    if (has_dashes && *p++ != '-')
      return false;
    if (!digits(p, &weekday, 1))
      return false;
  }
  if (year == 0) { /* refused by what is made of it, unless the week is no week */
    *d = (struct day){YEAR_MIN, 0, 1};
    return week >= 1 && week <= 52 && weekday >= 1 && weekday <= 7;
  }
  return calendar_from_iso_week(year, week, weekday, d) == 0;
}
static bool read_date(const char *p, size_t n, struct day *d) {
  const char *end = p + n;
  if (!(p = digits(p, &d->year, 4)))
    return false;
  bool has_dashes = *p == '-';
  p += has_dashes;
  if (*p == 'W')
    return read_week(p + 1, end, has_dashes, d->year, d);
  if (!(p = digits(p, &d->month, 2)))
    return false;
  if (has_dashes && *p++ != '-')
    return false;
  return digits(p, &d->day, 2) != NULL;
}

/* ---- Times ---- */

/* 0: all up to `end` was read; 1: a time, but not all of the text; -1: none. */
static int read_fraction(const char *p, const char *end, int *microsecond) {
  size_t n = (size_t)(end - p) < 6 ? (size_t)(end - p) : 6;
  if (!(p = digits(p, microsecond, n)))
    return -1;
  for (; n < 6; n++)
    *microsecond *= 10;
  while (is_digit(*p))
    p++;
  return *p != 0;
}
static int read_clock(const char *p, const char *end, struct clock *c) {
  int *const fields[] = {&c->hour, &c->minute, &c->second};
  bool has_colons = true;
  *c = (struct clock){0, 0, 0, 0};
  for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
    if (!(p = digits(p, fields[i], 2)))
      return -1;
    char next = *p++;
    if (i == 0)
      has_colons = next == ':';
    if (p >= end)
      return next != 0;
    if (has_colons && next == ':')
      continue;
    if (next == '.' || next == ',')
      break;
    if (has_colons)
      return -1;
    p--;
  }
  return read_fraction(p, end, &c->microsecond);
}

/* A time of day and an offset; false: neither. */
static bool read_time(const char *p, size_t n, struct parsed *parts, bool *failed) {
  const char *end = p + n, *offset = p;
  do
    if (*offset == '+' || *offset == '-' || *offset == 'Z')
      break;
  while (++offset < end);
  int status = read_clock(p, offset, &parts->clock);
  if (status < 0)
    return false;
  if (offset == end)
    return status == 0;
  if (*offset == 'Z') {
    parts->zone = hold(zone_utc);
    return offset[1] == 0;
  }
  int sign = *offset == '-' ? -1 : 1;
  struct clock c;
  if (read_clock(offset + 1, end, &c) != 0)
    return false;
  int seconds = sign * clock_seconds(c);
  if (seconds == 0) {
    parts->zone = hold(zone_utc);
    return true;
  }
  struct object *delta = delta_new(&delta_type, 0, seconds, sign * c.microsecond);
  parts->zone = delta ? zone_new(delta, NULL) : NULL;
  drop_null(delta);
  *failed = !parts->zone;
  return true;
}

/* ---- Texts ---- */

static int invalid(struct object *text) {
  error_format(ERROR_VALUE, "Invalid isoformat string: %R", text);
  return -1;
}
static int check_text(struct object *text) {
  if (LIKELY(is_any_str(text)))
    return 0;
  error_format(ERROR_TYPE, "fromisoformat: argument must be str");
  return -1;
}
static bool is_surrogate(uint32_t c) { return c >= 0xd800 && c <= 0xdfff; }
/* The text as UTF-8: NULL, without an error unless memory ran out, when it has a surrogate
 * (other than at `except`, where any character will do). */
struct utf8 {
  const char *text;
  size_t n;
  struct object *owner;
};
static int open_utf8(struct object *text, size_t except, struct utf8 *u) {
  u->owner = NULL;
  if (LIKELY(str_is_ascii(text))) {
    u->text = str_data(text);
    u->n = str_length(text);
    return 1;
  }
  for (size_t i = 0; i < str_length(text); i++)
    if (is_surrogate(str_at(text, i)) && i != except)
      return 0;
  u->owner = str_encode_utf8(text);
  if (!u->owner)
    return -1;
  u->text = (const char *)bytes_data(u->owner);
  u->n = bytes_length(u->owner);
  return 1;
}

/* What the three have in common around reading: nothing is left of a zone on failure. */
static int close_utf8(struct utf8 *u, struct object *text, bool is_valid, bool failed,
                      struct parsed *parts) {
  drop_null(u->owner);
  if (is_valid && !failed)
    return 0;
  drop_null(parts->zone);
  parts->zone = NULL;
  return failed ? -1 : invalid(text);
}

int parse_date(struct object *text, struct parsed *parts) {
  struct utf8 u;
  *parts = (struct parsed){.zone = NULL};
  if (check_text(text) < 0)
    return -1;
  int opened = open_utf8(text, SIZE_MAX, &u);
  if (opened <= 0)
    return opened < 0 ? -1 : invalid(text);
  bool is_valid = (u.n == 7 || u.n == 8 || u.n == 10) && read_date(u.text, u.n, &parts->day);
  return close_utf8(&u, text, is_valid, false, parts);
}

int parse_daytime(struct object *text, struct parsed *parts) {
  struct utf8 u;
  *parts = (struct parsed){.zone = NULL};
  if (check_text(text) < 0)
    return -1;
  int opened = open_utf8(text, SIZE_MAX, &u);
  if (opened <= 0)
    return opened < 0 ? -1 : invalid(text);
  size_t skipped = u.n && *u.text == 'T';
  bool failed = false, is_valid = read_time(u.text + skipped, u.n - skipped, parts, &failed);
  return close_utf8(&u, text, is_valid, failed, parts);
}

/* How long the date is by its form; 0: it can't be one. n is at least 7. */
static size_t date_length(const char *p, size_t n) {
  if (n == 7)
    return 7;
  if (p[4] == '-') {
    if (p[5] != 'W')
      return 10;
    if (n == 8 || p[8] != '-')
      return 8;
    if (n == 9)
      return 0;
    /* YYYY-Www-D, or a dash between a week and a time: a time has two digits. */
    return n > 10 && is_digit(p[10]) ? 8 : 10;
  }
  if (p[4] != 'W')
    return 8;
  size_t end = 7;
  while (end < n && is_digit(p[end]))
    end++;
  if (end < 9)
    return end;
  return end % 2 ? 8 : 7; /* the digits of a time come in pairs */
}
static size_t bytes_of_character(char c) {
  unsigned char first = (unsigned char)c;
  return first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
}
/* A surrogate may stand between date and time, where it may be anything. */
static size_t surrogate_between(struct object *text) {
  static const size_t places[] = {7, 8, 10};
  for (size_t i = 0; i < ARRAY_SIZE(places); i++)
    if (places[i] < str_length(text) && is_surrogate(str_at(text, places[i])))
      return places[i];
  return SIZE_MAX;
}
int parse_moment(struct object *text, struct parsed *parts) {
  struct utf8 u;
  *parts = (struct parsed){.zone = NULL};
  if (check_text(text) < 0)
    return -1;
  size_t except = str_is_ascii(text) ? SIZE_MAX : surrogate_between(text);
  int opened = str_length(text) < 7 ? 0 : open_utf8(text, except, &u);
  if (opened <= 0)
    return opened < 0 ? -1 : invalid(text);
  bool failed = false, is_valid = false;
  size_t date = u.n < 7 ? 0 : date_length(u.text, u.n);
  if (date && read_date(u.text, date, &parts->day)) {
    is_valid = true;
    if (u.n > date) {
      size_t at = date + bytes_of_character(u.text[date]);
      is_valid = at <= u.n && read_time(u.text + at, u.n - at, parts, &failed);
    }
  }
  return close_utf8(&u, text, is_valid, failed, parts);
}
