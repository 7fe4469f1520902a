/* Arguments of constructors and their like, converted in order, so that errors come in CPython's
 * order: an argument that is wrong is told of before one that is missing behind it. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <limits.h>

static const char *function_of(const struct arguments *spec) {
  return spec->function ? spec->function : "function";
}
static const char *brackets_of(const struct arguments *spec) { return spec->function ? "()" : ""; }

static struct object *named(const char *name, struct object *const *values,
                            struct object *kwnames) {
  for (size_t i = 0; i < tuple_length(kwnames); i++)
    if (str_is(tuple_get_borrowed(kwnames, i), name))
      return values[i];
  return NULL;
}

/* A C int by __index__. */
static int read_number(struct object *o, int *number) {
  int64_t value;
  if (LIKELY(type_of(o) == &int_type && int_is_compact(o)))
    value = int_value(o);
  else if (argument_long(o, &value) < 0)
    return -1;
  if (UNLIKELY(value < INT_MIN || value > INT_MAX)) {
    error_format(ERROR_OVERFLOW, "signed integer is %s",
                 value < 0 ? "less than minimum" : "greater than maximum");
    return -1;
  }
  *number = (int)value;
  return 0;
}

static int wrong_count(const struct arguments *spec, size_t most, const char *kind, size_t n) {
  error_format(ERROR_TYPE, "%s%s takes at most %zu %sargument%s (%zu given)", function_of(spec),
               brackets_of(spec), most, kind, most == 1 ? "" : "s", n);
  return -1;
}

/* Names that are none of the arguments, or of one given by position. */
static int check_names(const struct arguments *spec, size_t n, struct object *const *values,
                       struct object *kwnames) {
  size_t count = strlen(spec->kinds);
  for (size_t i = 0; i < n; i++)
    if (named(spec->names[i], values, kwnames)) {
      error_format(ERROR_TYPE, "argument for %s%s given by name ('%s') and position (%zu)",
                   function_of(spec), brackets_of(spec), spec->names[i], i + 1);
      return -1;
    }
  for (size_t k = 0; k < tuple_length(kwnames); k++) {
    struct object *name = tuple_get_borrowed(kwnames, k);
    bool known = false;
    for (size_t i = 0; i < count && !known; i++)
      known = str_is(name, spec->names[i]);
    if (!known) {
      error_format(ERROR_TYPE, "'%U' is an invalid keyword argument for %s%s", name,
                   spec->function ? spec->function : "this function", brackets_of(spec));
      return -1;
    }
  }
  return 0;
}

int arguments_read(const struct arguments *spec, struct object *const *args, size_t n,
                   struct object *kwnames, union argument *values) {
  size_t count = strlen(spec->kinds), names_n = kwnames ? tuple_length(kwnames) : 0;
  if (UNLIKELY(n + names_n > count))
    return wrong_count(spec, count, n ? "" : "keyword ", n + names_n);
  size_t left = names_n;
  for (size_t i = 0; i < count; i++) {
    if (UNLIKELY(i == spec->positional && n > i))
      return wrong_count(spec, i, "positional ", n);
    struct object *o = i < n ? args[i] : left ? named(spec->names[i], args + n, kwnames) : NULL;
    if (o) {
      if (spec->kinds[i] == 'O')
        values[i].object = o;
      else if (UNLIKELY(read_number(o, &values[i].number) < 0))
        return -1;
      left -= i >= n;
    } else if (UNLIKELY(i < spec->required)) {
      error_format(ERROR_TYPE, "%s%s missing required argument '%s' (pos %zu)", function_of(spec),
                   brackets_of(spec), spec->names[i], i + 1);
      return -1;
    } else if (!left)
      return 0;
  }
  return UNLIKELY(left) ? check_names(spec, n, args + n, kwnames) : 0;
}

int arguments_check_zone(struct object *zone) {
  if (LIKELY(zone == NONE || is_zone(zone)))
    return 0;
  error_format(ERROR_TYPE, "tzinfo argument must be None or of a tzinfo subclass, not type '%N'",
               zone);
  return -1;
}
