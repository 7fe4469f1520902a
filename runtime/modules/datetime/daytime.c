/* The type time: a time of day, with or without a time zone. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include <stddef.h>

static struct clock clock_of(struct object *o) { return clock_of_bytes(daytime_of(o)->data); }
static struct object *offset_of(struct object *o) {
  return zone_utcoffset(daytime_of(o)->zone, NONE);
}

/* ---- Making ---- */

static struct object *make(struct type *t, struct clock c, struct object *zone, int fold) {
  struct daytime *o;
  if (LIKELY(t == &daytime_type)) {
    o = (struct daytime *)gc_new(t, sizeof *o);
    if (UNLIKELY(!o))
      return error_no_memory();
    o->zone = NULL;
  } else if (!(o = (struct daytime *)type_generic_alloc(t)))
    return NULL;
  o->hash = -1;
  clock_to_bytes(c, o->data);
  o->fold = (uint8_t)fold;
  if (zone && zone != NONE)
    store_first(&o->head, &o->zone, hold(zone));
  return &o->head;
}
struct object *daytime_new(struct type *t, struct clock c, struct object *zone, int fold) {
  if (UNLIKELY(calendar_check_clock(c, fold) < 0) ||
      (zone && UNLIKELY(arguments_check_zone(zone) < 0)))
    return NULL;
  return make(t, c, zone, fold);
}
static void destroy(struct object *o) {
  drop_null(daytime_of(o)->zone);
  gc_delete(o, sizeof(struct daytime));
}

static struct object *from_state(struct type *t, struct object *state, struct object *zone) {
  if (zone != NONE && !is_zone(zone))
    return error_format(ERROR_TYPE, "bad tzinfo state arg");
  struct clock c = clock_of_bytes(bytes_data(state));
  int fold = c.hour >> 7;
  c.hour &= 0x7f;
  return make(t, c, zone, fold);
}
static const char *const names[] = {"hour", "minute", "second", "microsecond", "tzinfo", "fold"};
static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  static const struct arguments spec = {NULL, names, "iiiiOi", 0, 5};
  if (n == 1 || n == 2) {
    struct object *state;
    int found = pickle_find_state(args[0], TIME_BYTES, 0, true, 0, 23, "time", &state);
    if (found < 0)
      return NULL;
    if (found) {
      struct object *o = from_state(t, state, n == 2 ? args[1] : NONE);
      drop(state);
      return o;
    }
  }
  union argument v[] = {{0}, {0}, {0}, {0}, {.object = NONE}, {0}};
  if (UNLIKELY(arguments_read(&spec, args, n, kwnames, v) < 0))
    return NULL;
  return daytime_new(t, (struct clock){v[0].number, v[1].number, v[2].number, v[3].number},
                     v[4].object, v[5].number);
}
static struct object *construct(struct object *t, struct object *const *args, size_t n,
                                struct object *kwnames) {
  return new_slot((struct type *)t, args, call_count(n), kwnames);
}
static struct object *replace(struct object *o, struct object *const *args, size_t n,
                              struct object *kwnames) {
  static const struct arguments spec = {"replace", names, "iiiiOi", 0, 5};
  struct clock c = clock_of(o);
  struct object *zone = daytime_of(o)->zone;
  union argument v[] = {{c.hour},
                        {c.minute},
                        {c.second},
                        {c.microsecond},
                        {.object = zone ? zone : NONE},
                        {daytime_of(o)->fold}};
  if (arguments_read(&spec, args, n, kwnames, v) < 0)
    return NULL;
  return daytime_new(type_of(o), (struct clock){v[0].number, v[1].number, v[2].number, v[3].number},
                     v[4].object, v[5].number);
}
static struct object *fromisoformat(struct object *cls, struct object *text) {
  struct parsed parts;
  if (parse_daytime(text, &parts) < 0)
    return NULL;
  struct object *o, *zone = parts.zone ? parts.zone : hold(NONE);
  struct clock c = parts.clock;
  if (cls == &daytime_type.head)
    o = daytime_new(&daytime_type, c, zone, 0);
  else {
    struct object *args[] = {int_from_i64(c.hour), int_from_i64(c.minute), int_from_i64(c.second),
                             int_from_i64(c.microsecond), zone};
    bool made = args[0] && args[1] && args[2] && args[3];
    o = made ? call_object(cls, args, ARRAY_SIZE(args), NULL) : NULL;
    for (size_t i = 0; i < 4; i++)
      drop_null(args[i]);
  }
  drop(zone);
  return o;
}

/* ---- Text ---- */

static struct object *repr(struct object *o) {
  struct clock c = clock_of(o);
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder b = STR_BUILDER_IN(few);
  const int fields[] = {c.hour, c.minute, c.second, c.microsecond};
  text_begin_call(&b, type_of(o), fields, c.microsecond ? 4 : c.second ? 3 : 2);
  return text_end_call(&b, daytime_of(o)->zone, daytime_of(o)->fold, false);
}
static struct object *format_iso(struct object *o, const char *timespec) {
  char text[64];
  char *end = text_put_clock(text, clock_of(o), timespec);
  if (end && daytime_of(o)->zone) {
    struct object *offset = offset_of(o);
    end = offset ? text_put_offset(end, offset, true) : NULL;
    drop_null(offset);
  }
  return end ? str_from_ascii_units(text, (size_t)(end - text)) : NULL;
}
static struct object *isoformat(struct object *o, struct object *const *args, size_t n,
                                struct object *kwnames) {
  static const char *const own_names[] = {"timespec"};
  static const struct arguments spec = {"isoformat", own_names, "O", 0, 1};
  union argument v = {.object = NULL};
  char timespec[TEXT_TIMESPEC_BYTES];
  if (arguments_read(&spec, args, n, kwnames, &v) < 0 ||
      (v.object && text_timespec(v.object, "isoformat() argument 1", timespec) < 0))
    return NULL;
  return format_iso(o, v.object ? timespec : NULL);
}
static struct object *str(struct object *o) {
  return LIKELY(type_of(o) == &daytime_type) ? format_iso(o, NULL)
                                             : call_method_none(o, datetime_names[NAME_ISOFORMAT]);
}
static struct object *strftime_keywords(struct object *o, struct object *const *args, size_t n,
                                        struct object *kwnames) {
  struct object *format = format_argument_borrowed(args, n, kwnames);
  if (!format)
    return NULL;
  struct clock c = clock_of(o);
  const int fields[ROW_N] = {1900, 1, 1, c.hour, c.minute, c.second, 0, 1, -1};
  struct object *row = date_row(fields);
  struct object *text =
      row ? format_time(format, row, c.microsecond, daytime_of(o)->zone, NONE) : NULL;
  drop_null(row);
  return text;
}

/* ---- Order, hash ---- */

static int64_t seconds_at(struct object *o, struct object *offset) {
  struct delta *d = delta_of(offset);
  return clock_seconds(clock_of(o)) - ((int64_t)d->days * SECONDS_PER_DAY + d->seconds);
}
static struct object *compare_offsets(struct object *a, struct object *b, struct object *x,
                                      struct object *y, enum compare_op op) {
  int64_t difference;
  if (x == y || (x != NONE && y != NONE && delta_order(x, y) == 0))
    difference = memcmp(daytime_of(a)->data, daytime_of(b)->data, TIME_BYTES);
  else if (x != NONE && y != NONE) {
    difference = seconds_at(a, x) - seconds_at(b, y);
    if (difference == 0)
      difference = clock_of(a).microsecond - clock_of(b).microsecond;
  } else if (op == COMPARE_EQ || op == COMPARE_NE)
    difference = 1;
  else
    return error_format(ERROR_TYPE, "can't compare offset-naive and offset-aware times");
  return hold(bool_from(ordered_words(op, difference, 0)));
}
static struct object *compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if (!is_daytime(b))
    return hold(NOT_IMPLEMENTED);
  if (daytime_of(a)->zone == daytime_of(b)->zone)
    return hold(bool_from(
        ordered_words(op, memcmp(daytime_of(a)->data, daytime_of(b)->data, TIME_BYTES), 0)));
  struct object *x = offset_of(a), *y = x ? offset_of(b) : NULL;
  struct object *result = y ? compare_offsets(a, b, x, y, op) : NULL;
  drop_null(y);
  drop_null(x);
  return result;
}
static int64_t hash(struct object *o) {
  struct daytime *t = daytime_of(o);
  if (t->hash != -1)
    return t->hash;
  if (t->fold && calendar_check_clock(clock_of(o), 0) < 0) /* of a pickle: only then, as CPython */
    return -1;
  if (!t->zone)
    return t->hash = str_hash_bytes(t->data, TIME_BYTES);
  struct object *offset = offset_of(o);
  if (!offset)
    return -1;
  if (offset == NONE)
    t->hash = str_hash_bytes(t->data, TIME_BYTES);
  else {
    struct delta *d = delta_of(offset);
    struct clock c = clock_of(o);
    struct object *since =
        delta_new(&delta_type, -(int64_t)d->days, (int64_t)clock_seconds(c) - d->seconds,
                  (int64_t)c.microsecond - d->microseconds);
    if (since)
      t->hash = delta_hash(since);
    drop_null(since);
  }
  drop(offset);
  return t->hash;
}

/* ---- Methods ---- */

static struct object *utcoffset(struct object *o) { return offset_of(o); }
static struct object *tzname(struct object *o) { return zone_name(daytime_of(o)->zone, NONE); }
static struct object *dst(struct object *o) { return zone_dst(daytime_of(o)->zone, NONE); }

static struct object *state_of(struct object *o, int protocol) {
  struct daytime *t = daytime_of(o);
  return pickle_reduce(o, t->data, TIME_BYTES, 0, t->fold && protocol > 3, t->zone);
}
static struct object *reduce_ex(struct object *o, struct object *const *args, size_t n) {
  int protocol;
  return pickle_protocol(args, n, &protocol) < 0 ? NULL : state_of(o, protocol);
}
static struct object *reduce(struct object *o) { return state_of(o, 2); }

CLOCK_GETSETS(getsets, clock_of, daytime_of)
static const struct method_def methods[] = {
    METHOD_KEYWORDS_("isoformat", isoformat,
                     "Return string in ISO 8601 format, [HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].\n\nThe "
                     "optional argument timespec specifies the number of additional terms\nof the "
                     "time to include. Valid options are 'auto', 'hours', 'minutes',\n'seconds', "
                     "'milliseconds' and 'microseconds'.\n"),
    METHOD_KEYWORDS_("strftime", strftime_keywords, "format -> strftime() style string."),
    METHOD_ONE_("__format__", date_format, "Formats self with strftime."),
    METHOD_NOARGS_("utcoffset", utcoffset, "Return self.tzinfo.utcoffset(self)."),
    METHOD_NOARGS_("tzname", tzname, "Return self.tzinfo.tzname(self)."),
    METHOD_NOARGS_("dst", dst, "Return self.tzinfo.dst(self)."),
    METHOD_KEYWORDS_("replace", replace, "Return time with new specified fields."),
    {.name = "fromisoformat",
     .flags = METHOD_ONE | METHOD_CLASS,
     .one = fromisoformat,
     .doc = "string -> time from a string in ISO 8601 format"},
    METHOD_FAST_("__reduce_ex__", reduce_ex, "__reduce_ex__(proto) -> (cls, state)"),
    METHOD_NOARGS_("__reduce__", reduce, "__reduce__() -> (cls, state)"),
    {NULL}};
struct type daytime_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_PLAIN,
              .refs_offset = offsetof(struct daytime, zone),
              .refs_n = 1,
              .basic_bytes = sizeof(struct daytime)},
    .name = "datetime.time",
    .flags = TYPE_BASE,
    .destroy = destroy,
    .hash = hash,
    .construct = construct,
    .new_ = new_slot,
    .repr = repr,
    .str = str,
    .compare = compare_slot,
    .methods = methods,
    .getsets = getsets,
    .doc = "time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time object\n\nAll "
           "arguments are optional. tzinfo may be None, or an instance of\na tzinfo subclass. The "
           "remaining arguments may be ints.\n",
    .base = &object_type};
