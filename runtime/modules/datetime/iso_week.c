/* What isocalendar() returns: a tuple of year, week and weekday with names. Pickled as a tuple. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/object/int.h"
#include "runtime/object/tuple.h"

static struct object *make(struct type *t, int year, int week, int weekday) {
  struct object *const items[] = {int_from_i64(year), int_from_i64(week), int_from_i64(weekday)};
  struct object *o = items[0] && items[1] && items[2]
                         ? type_allocate(t, sizeof(struct tuple) + sizeof items)
                         : NULL;
  if (UNLIKELY(!o)) {
    for (size_t i = 0; i < ARRAY_SIZE(items); i++)
      drop_null(items[i]);
    return NULL;
  }
  ((struct tuple *)o)->n = ARRAY_SIZE(items);
  for (size_t i = 0; i < ARRAY_SIZE(items); i++)
    tuple_init_taking(o, i, items[i]);
  gc_track(o);
  return o;
}
struct object *iso_week_new(struct day week) {
  return make(&iso_week_type, week.year, week.month, week.day);
}
static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  static const char *const names[] = {"year", "week", "weekday"};
  static const struct arguments spec = {"IsoCalendarDate", names, "iii", 3, 3};
  union argument v[3];
  if (arguments_read(&spec, args, n, kwnames, v) < 0)
    return NULL;
  return make(t, v[0].number, v[1].number, v[2].number);
}
static struct object *repr(struct object *o) {
  return str_format("%s(year=%S, week=%S, weekday=%S)", type_of(o)->name, tuple_get_borrowed(o, 0),
                    tuple_get_borrowed(o, 1), tuple_get_borrowed(o, 2));
}
static struct object *reduce(struct object *o) {
  struct object *items = tuple_from(((struct tuple *)o)->items, tuple_length(o));
  return items ? tuple_pack_taking(2, hold(&tuple_type.head), tuple_pack_taking(1, items)) : NULL;
}
static struct object *get(struct object *o, void *closure) {
  return hold(tuple_get_borrowed(o, (size_t)(uintptr_t)closure));
}
static const struct getset_def getsets[] = {{"year", get, NULL, NULL, (void *)0},
                                            {"week", get, NULL, NULL, (void *)1},
                                            {"weekday", get, NULL, NULL, (void *)2},
                                            {NULL}};
static const struct method_def methods[] = {
    METHOD_NOARGS_("__reduce__", reduce, "__reduce__() -> (cls, state)"), {NULL}};
struct type iso_week_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_INLINE,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct tuple, items),
              .n_offset = offsetof(struct tuple, n),
              .basic_bytes = sizeof(struct tuple),
              .item_bytes = sizeof(struct object *)},
    .name = "datetime.IsoCalendarDate",
    .new_ = new_slot,
    .repr = repr,
    .methods = methods,
    .getsets = getsets,
    .doc = "The result of date.isocalendar() or datetime.isocalendar()\n\nThis object may be "
           "accessed either as a tuple of\n  ((year, week, weekday)\nor via the object attributes "
           "as named in the above tuple.",
    .base = &tuple_type};
