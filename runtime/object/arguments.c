/* Arguments of functions written in C, by a static description; messages are CPython's. */
#include "runtime/object/call.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str_internal.h"
#include "runtime/object/tuple.h"
#include <string.h>

int args_check_count(const char *function, size_t n, size_t least, size_t most) {
  if (LIKELY(n >= least && n <= most))
    return 0;
  bool few = n < least;
  size_t wanted = few ? least : most;
  error_format(ERROR_TYPE, "%s expected %s%zu argument%s, got %zu", function,
               least == most ? ""
               : few         ? "at least "
                             : "at most ",
               wanted, wanted == 1 ? "" : "s", n);
  return -1;
}

int args_check_no_keywords(const char *function, struct object *kwnames) {
  if (LIKELY(!kwnames || !tuple_length(kwnames)))
    return 0;
  error_format(ERROR_TYPE, "%s() takes no keyword arguments", function);
  return -1;
}

static bool is_name(struct object *s, const char *ascii) {
  size_t n = strlen(ascii);
  return str_length(s) == n && str_kind(s) == 0 && memcmp(str_data(s), ascii, n) == 0;
}

static int too_many(const struct args_spec *spec, size_t n, size_t named) {
  if (n + named > spec->n) {
    error_format(ERROR_TYPE, "%s() takes at most %d %sargument%s (%zu given)", spec->function,
                 spec->n, n == 0 ? "keyword " : "", spec->n == 1 ? "" : "s", n + named);
    return -1;
  }
  if (n <= spec->positional)
    return 0;
  if (spec->positional == 0)
    error_format(ERROR_TYPE, "%s() takes no positional arguments", spec->function);
  else
    error_format(ERROR_TYPE, "%s() takes %s %d positional argument%s (%zu given)", spec->function,
                 spec->required < spec->positional ? "at most" : "exactly", spec->positional,
                 spec->positional == 1 ? "" : "s", n);
  return -1;
}

/* The place of an argument's name; spec->n: it has none of that name. */
static size_t find_name(const struct args_spec *spec, struct object *name) {
  for (size_t i = spec->positional_only; i < spec->n; i++)
    if (is_name(name, spec->names[i]))
      return i;
  return spec->n;
}

/* Told after a missing argument: names that say what a position has said, and names of none. */
static int wrong_names(const struct args_spec *spec, size_t n, struct object *kwnames) {
  size_t named = tuple_length(kwnames);
  for (size_t k = 0; k < named; k++) {
    size_t i = find_name(spec, tuple_get_borrowed(kwnames, k));
    if (i < n) {
      error_format(ERROR_TYPE, "argument for %s() given by name ('%s') and position (%zu)",
                   spec->function, spec->names[i], i + 1);
      return -1;
    }
  }
  for (size_t k = 0; k < named; k++) {
    struct object *name = tuple_get_borrowed(kwnames, k);
    if (find_name(spec, name) == spec->n) {
      error_format(ERROR_TYPE, "'%U' is an invalid keyword argument for %s()", name,
                   spec->function);
      return -1;
    }
  }
  return 0;
}

int args_parse(const struct args_spec *spec, struct object *const *args, size_t n,
               struct object *kwnames, struct object **values) {
  size_t named = kwnames ? tuple_length(kwnames) : 0;
  if (UNLIKELY(n + named > spec->n || n > spec->positional) && too_many(spec, n, named) < 0)
    return -1;
  for (size_t i = 0; i < spec->n; i++)
    values[i] = i < n ? args[i] : NULL;
  size_t least = spec->required < spec->positional_only ? spec->required : spec->positional_only;
  if (UNLIKELY(n < least)) {
    error_format(ERROR_TYPE, "%s() takes %s %zu positional argument%s (%zu given)", spec->function,
                 spec->required < spec->positional ? "at least" : "exactly", least,
                 least == 1 ? "" : "s", n);
    return -1;
  }
  size_t found = 0;
  for (size_t k = 0; k < named; k++) {
    struct object *name = tuple_get_borrowed(kwnames, k);
    if (UNLIKELY(!is_any_str(name))) {
      error_set(ERROR_TYPE, "keywords must be strings");
      return -1;
    }
    size_t i = find_name(spec, name);
    if (i >= n && i < spec->n) {
      values[i] = args[n + k];
      found++;
    }
  }
  for (size_t i = n; i < spec->required; i++)
    if (UNLIKELY(!values[i])) {
      error_format(ERROR_TYPE, "%s() missing required argument '%s' (pos %zu)", spec->function,
                   spec->names[i], i + 1);
      return -1;
    }
  return UNLIKELY(found < named) ? wrong_names(spec, n, kwnames) : 0;
}

void *args_wrong_type(const char *function, const char *which, const char *wanted,
                      struct object *given) {
  if (given == NONE)
    return error_format(ERROR_TYPE, "%s() %s must be %s, not None", function, which, wanted);
  return error_format(ERROR_TYPE, "%s() %s must be %s, not %N", function, which, wanted, given);
}

static int to_integer(struct object *o, int64_t least, int64_t most, const char *c_type,
                      int64_t *value) {
  if (LIKELY(type_of(o) == &int_type && int_is_compact(o)))
    *value = int_value(o);
  else {
    struct object *index = number_index(o);
    if (!index)
      return -1;
    bool fits = int_to_i64(index, value);
    drop(index);
    if (!fits)
      goto too_large;
  }
  if (LIKELY(*value >= least && *value <= most))
    return 0;
too_large:
  error_set(ERROR_OVERFLOW, "Python int too large to convert to C %s", c_type);
  return -1;
}
int args_to_size(struct object *o, int64_t *value) {
  return to_integer(o, INT64_MIN, INT64_MAX, "ssize_t", value);
}
int args_to_c_int(struct object *o, int *value) {
  int64_t wide;
  if (to_integer(o, INT32_MIN, INT32_MAX, "int", &wide) < 0)
    return -1;
  *value = (int)wide;
  return 0;
}

const char *args_to_name(const char *function, const char *which, struct object *o) {
  if (!is_any_str(o))
    return args_wrong_type(function, which, "str", o);
  if (text_find_unit(str_units(o), 0) != TEXT_NOT_FOUND) {
    error_set(ERROR_VALUE, "embedded null character");
    return NULL;
  }
  return str_is_ascii(o) ? str_data(o) : codec_keep_name(o);
}
