/* Dates, times of day and offsets as text, by ISO 8601. All but a separator is ASCII. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/object/codec.h"
#include "runtime/object/protocol.h"

/* The lowest `digits` of a value, from the right. */
char *text_put(char *to, unsigned value, unsigned digits) {
  for (unsigned i = digits; i-- > 0; value /= 10)
    to[i] = (char)('0' + value % 10);
  return to + digits;
}
static char *put_pair(char *to, unsigned value) {
  to[0] = (char)('0' + value / 10 % 10);
  to[1] = (char)('0' + value % 10);
  return to + 2;
}

char *text_put_date(char *to, struct day d) {
  if (UNLIKELY(d.year > YEAR_MAX)) /* of a pickle */
    to = text_put(to, (unsigned)d.year, 5);
  else {
    to = put_pair(to, (unsigned)d.year / 100);
    to = put_pair(to, (unsigned)d.year % 100);
  }
  *to++ = '-';
  to = put_pair(to, (unsigned)d.month);
  *to++ = '-';
  return d.day > 99 ? text_put(to, (unsigned)d.day, 3) : put_pair(to, (unsigned)d.day);
}

static char *put_field(char *to, int value) {
  return UNLIKELY(value > 99) ? text_put(to, (unsigned)value, 3) : put_pair(to, (unsigned)value);
}
/* More than six digits are possible in pickles. */
char *text_put_microsecond(char *to, int us) {
  return text_put(to, (unsigned)us, us >= 10000000 ? 8 : us >= US_PER_SECOND ? 7 : 6);
}
char *text_put_clock(char *to, struct clock c, const char *timespec) {
  enum { HOURS = 1, MINUTES, SECONDS, MILLISECONDS, MICROSECONDS } last;
  if (LIKELY(!timespec || !strcmp(timespec, "auto")))
    last = c.microsecond ? MICROSECONDS : SECONDS;
  else if (!strcmp(timespec, "hours"))
    last = HOURS;
  else if (!strcmp(timespec, "minutes"))
    last = MINUTES;
  else if (!strcmp(timespec, "seconds"))
    last = SECONDS;
  else if (!strcmp(timespec, "milliseconds"))
    last = MILLISECONDS;
  else if (!strcmp(timespec, "microseconds"))
    last = MICROSECONDS;
  else
    return error_format(ERROR_VALUE, "Unknown timespec value");
  to = put_field(to, c.hour);
  if (last >= MINUTES) {
    *to++ = ':';
    to = put_field(to, c.minute);
  }
  if (last >= SECONDS) {
    *to++ = ':';
    to = put_field(to, c.second);
  }
  if (last == MILLISECONDS) {
    *to++ = '.';
    unsigned ms = (unsigned)c.microsecond / 1000;
    to = text_put(to, ms, ms > 999 ? 5 : 3);
  } else if (last == MICROSECONDS) {
    *to++ = '.';
    to = text_put_microsecond(to, c.microsecond);
  }
  return to;
}

int text_timespec(struct object *o, const char *what, char timespec[TEXT_TIMESPEC_BYTES]) {
  if (is_any_str(o) && !str_is_ascii(o)) {
    struct object *utf8 = codec_utf8_encode(o, NULL);
    if (!utf8)
      return -1;
    drop(utf8);
  }
  struct object *owner;
  const char *text = argument_text(o, what, &owner);
  if (!text)
    return -1;
  strncpy(timespec, text, TEXT_TIMESPEC_BYTES - 1); /* what is cut is none anyway */
  timespec[TEXT_TIMESPEC_BYTES - 1] = 0;
  drop_null(owner);
  return 0;
}

/* ---- Offsets ---- */

char *text_put_offset(char *to, struct object *offset, bool has_colons) {
  if (offset == NONE)
    return to;
  struct delta *d = delta_of(offset);
  int64_t us = ((int64_t)d->days * SECONDS_PER_DAY + d->seconds) * US_PER_SECOND + d->microseconds;
  *to++ = us < 0 ? '-' : '+';
  us = us < 0 ? -us : us;
  unsigned seconds = (unsigned)(us / US_PER_SECOND), rest = (unsigned)(us % US_PER_SECOND);
  to = put_pair(to, seconds / 3600);
  if (has_colons)
    *to++ = ':';
  to = put_pair(to, seconds / 60 % 60);
  if (seconds % 60 || rest) {
    if (has_colons)
      *to++ = ':';
    to = put_pair(to, seconds % 60);
  }
  if (rest) {
    *to++ = '.';
    to = text_put(to, rest, 6);
  }
  return to;
}

/* ---- Calls, as reprs show them ---- */

void text_begin_call(struct str_builder *b, const struct type *t, const int *numbers, size_t n) {
  const char *name = t->name;
  size_t bytes = strlen(name);
  if (!(t->flags & TYPE_HEAP))
    str_builder_add_ascii(b, name, bytes);
  else {
    struct object *text = str_from_utf8(name, bytes);
    if (text)
      str_builder_add(b, text);
    else
      b->failed = true;
    drop_null(text);
  }
  for (size_t i = 0; i < n; i++) {
    str_builder_add_ascii(b, i ? ", " : "(", i ? 2 : 1);
    str_builder_add_int(b, numbers[i]);
  }
}
struct object *text_end_call(struct str_builder *b, struct object *zone, bool fold,
                             bool fold_first) {
  static const char folded[] = ", fold=1", zoned[] = ", tzinfo=";
  if (fold && fold_first)
    str_builder_add_ascii(b, folded, sizeof folded - 1);
  if (zone) {
    struct object *text = object_repr(zone);
    if (!text) {
      str_builder_discard(b);
      return NULL;
    }
    str_builder_add_ascii(b, zoned, sizeof zoned - 1);
    str_builder_add(b, text);
    drop(text);
  }
  if (fold && !fold_first)
    str_builder_add_ascii(b, folded, sizeof folded - 1);
  str_builder_add_char(b, ')');
  return str_builder_finish(b);
}

/* ---- Joining ---- */

struct object *text_joined(const char *text, size_t before, uint32_t separator, size_t n) {
  enum { MOST = 96 };
  uint32_t units[MOST];
  CHECK(n < MOST);
  for (size_t i = 0; i < before; i++)
    units[i] = (unsigned char)text[i];
  units[before] = separator;
  for (size_t i = before; i < n; i++)
    units[i + 1] = (unsigned char)text[i];
  return str_from_data(units, n + 1, 2);
}
