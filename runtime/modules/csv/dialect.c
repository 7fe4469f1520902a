/* Dialects: how fields are divided and quoted. */
#include "runtime/modules/csv/csv.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

struct object *csv_error, *csv_dialects;

struct object *csv_find_dialect(struct object *name) {
  struct object *found = dict_get_borrowed(csv_dialects, name);
  if (found)
    return hold(found);
  return error_pending() == ERROR_NONE ? error_format_of(csv_error, "unknown dialect") : NULL;
}

/* ---- Making one ---- */

enum parameter {
  DELIMITER,
  DOUBLEQUOTE,
  ESCAPECHAR,
  LINETERMINATOR,
  QUOTECHAR,
  QUOTING,
  SKIPINITIALSPACE,
  STRICT,
  PARAMETERS_N
};
static const char *const names[PARAMETERS_N] = {"delimiter",        "doublequote", "escapechar",
                                                "lineterminator",   "quotechar",   "quoting",
                                                "skipinitialspace", "strict"};

static int wrong(const char *name, const char *wanted, struct object *given) {
  if (given)
    error_format(ERROR_TYPE, "\"%s\" must be %s, not %N", name, wanted, given);
  else
    error_format(ERROR_TYPE, "\"%s\" must be %s", name, wanted);
  return -1;
}

/* given NULL: the default. */
static int read_character(struct object *given, const char *name, bool may_be_none, uint32_t *c) {
  if (!given)
    return 0;
  if (may_be_none && given == NONE) {
    *c = CSV_NOT_SET;
    return 0;
  }
  if (!is_any_str(given))
    return wrong(name, may_be_none ? "string or None" : "string", given);
  if (str_length(given) != 1)
    return wrong(name, "a 1-character string", NULL);
  *c = str_at(given, 0);
  return 0;
}
static int read_bool(struct object *given, bool *value) {
  int truth = given ? object_truth(given) : *value;
  *value = truth > 0;
  return truth < 0 ? -1 : 0;
}
static int read_quoting(struct object *given, int32_t *quoting) {
  int64_t value;
  if (!given)
    return 0;
  if (type_of(given) != &int_type)
    return wrong("quoting", "an integer", NULL);
  if (!int_to_i64(given, &value) || value != (int32_t)value) {
    error_set(ERROR_OVERFLOW, "Python int too large to convert to C int");
    return -1;
  }
  *quoting = (int32_t)value;
  return 0;
}

static int fill(struct csv_dialect *d, struct object *const v[PARAMETERS_N]) {
  d->delimiter = ',';
  d->quotechar = '"';
  d->escapechar = CSV_NOT_SET;
  d->doublequote = true;
  if (read_character(v[DELIMITER], "delimiter", false, &d->delimiter) < 0 ||
      read_bool(v[DOUBLEQUOTE], &d->doublequote) < 0 ||
      read_character(v[ESCAPECHAR], "escapechar", true, &d->escapechar) < 0)
    return -1;
  struct object *end = v[LINETERMINATOR];
  if (end && end != NONE && !is_any_str(end))
    return wrong("lineterminator", "a string", NULL);
  if (end != NONE) {
    end = end ? hold(end) : str_from_ascii("\r\n");
    if (!end)
      return -1;
    store_first(&d->head, &d->lineterminator, end);
  }
  if (read_character(v[QUOTECHAR], "quotechar", true, &d->quotechar) < 0 ||
      read_quoting(v[QUOTING], &d->quoting) < 0 ||
      read_bool(v[SKIPINITIALSPACE], &d->skipinitialspace) < 0 ||
      read_bool(v[STRICT], &d->strict) < 0)
    return -1;
  const char *fault = NULL;
  if (d->quoting < CSV_QUOTE_MINIMAL || d->quoting > CSV_QUOTE_NONE)
    fault = "bad \"quoting\" value";
  if (!fault && v[QUOTECHAR] == NONE && !v[QUOTING])
    d->quoting = CSV_QUOTE_NONE;
  if (!fault && d->quoting != CSV_QUOTE_NONE && d->quotechar == CSV_NOT_SET)
    fault = "quotechar must be set if quoting enabled";
  if (!fault && !d->lineterminator)
    fault = "lineterminator must be set";
  if (fault)
    error_set(ERROR_TYPE, "%s", fault);
  return fault ? -1 : 0;
}

static int parameter_of(struct object *name) {
  for (int i = 0; i < PARAMETERS_N; i++)
    if (str_is(name, names[i]))
      return i;
  error_format(ERROR_TYPE, "'%U' is an invalid keyword argument for this function", name);
  return -1;
}

/* v: what was given, NULL where nothing was; borrowed. */
static struct object *make(struct type *t, struct object *base, struct object **v) {
  bool is_plain = true;
  struct object *named = NULL, *owned[PARAMETERS_N] = {NULL};
  for (int i = 0; i < PARAMETERS_N; i++)
    is_plain = is_plain && !v[i];
  if (base && is_any_str(base) && !(base = named = csv_find_dialect(base)))
    return NULL;
  if (base && is_plain && type_of(base) == t) {
    hold(base);
    drop_null(named);
    return base;
  }
  struct object *o = NULL;
  for (int i = 0; base && i < PARAMETERS_N; i++)
    if (!v[i]) {
      struct object *name = str_intern(names[i]);
      if (!name)
        goto done;
      if (attribute_find(base, name, &owned[i]) < 0)
        error_clear();
      v[i] = owned[i];
    }
  o = type_generic_alloc(t);
  if (o && fill((struct csv_dialect *)o, v) < 0) {
    drop(o);
    o = NULL;
  }
done:
  for (int i = 0; i < PARAMETERS_N; i++)
    drop_null(owned[i]);
  drop_null(named);
  return o;
}

static int by_name(struct object *const *values, struct object *kwnames, struct object **v,
                   struct object **base) {
  for (size_t i = 0; kwnames && i < tuple_length(kwnames); i++) {
    struct object *name = tuple_get_borrowed(kwnames, i);
    if (str_is(name, "dialect")) {
      if (*base) {
        error_set(ERROR_TYPE, "argument for function given by name ('dialect') and position (1)");
        return -1;
      }
      *base = values[i];
      continue;
    }
    int parameter = parameter_of(name);
    if (parameter < 0)
      return -1;
    v[parameter] = values[i];
  }
  return 0;
}

struct object *csv_dialect_new(struct object *base, struct object *const *values,
                               struct object *kwnames) {
  struct object *v[PARAMETERS_N] = {NULL};
  return by_name(values, kwnames, v, &base) < 0 ? NULL : make(&csv_dialect_type, base, v);
}

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  struct object *v[PARAMETERS_N] = {NULL}, *base = n ? args[0] : NULL;
  if (n > PARAMETERS_N + 1)
    return error_format(ERROR_TYPE, "function takes at most %d arguments (%zu given)",
                        PARAMETERS_N + 1, n);
  for (size_t i = 1; i < n; i++)
    v[i - 1] = args[i];
  return by_name(args + n, kwnames, v, &base) < 0 ? NULL : make(t, base, v);
}

/* ---- Attributes ---- */

static struct csv_dialect *dialect_of(struct object *o) { return (struct csv_dialect *)o; }
static struct object *character(uint32_t c) {
  return c == CSV_NOT_SET ? hold(NONE) : str_from_code_point(c);
}
static struct object *delimiter(struct object *o, void *closure) {
  return character(dialect_of(o)->delimiter);
}
static struct object *escapechar(struct object *o, void *closure) {
  return character(dialect_of(o)->escapechar);
}
static struct object *quotechar(struct object *o, void *closure) {
  return character(dialect_of(o)->quotechar);
}
static struct object *lineterminator(struct object *o, void *closure) {
  return hold(dialect_of(o)->lineterminator);
}
static struct object *quoting(struct object *o, void *closure) {
  return int_from_i64(dialect_of(o)->quoting);
}
static struct object *no_pickle(struct object *o, struct object *const *args, size_t n) {
  return error_format(ERROR_TYPE, "cannot pickle '%s' instances", type_short_name(type_of(o)));
}

static const struct method_def methods[] = {
    METHOD_FAST_("__reduce__", no_pickle, "raises an exception to avoid pickling"),
    METHOD_FAST_("__reduce_ex__", no_pickle, "raises an exception to avoid pickling"),
    {NULL}};
static const struct getset_def getsets[] = {{"delimiter", delimiter, NULL, NULL, NULL},
                                            {"escapechar", escapechar, NULL, NULL, NULL},
                                            {"lineterminator", lineterminator, NULL, NULL, NULL},
                                            {"quotechar", quotechar, NULL, NULL, NULL},
                                            {"quoting", quoting, NULL, NULL, NULL},
                                            {NULL}};
static const struct member_def members[] = {
    {"skipinitialspace", MEMBER_BOOL, MEMBER_READONLY,
     offsetof(struct csv_dialect, skipinitialspace), NULL},
    {"doublequote", MEMBER_BOOL, MEMBER_READONLY, offsetof(struct csv_dialect, doublequote), NULL},
    {"strict", MEMBER_BOOL, MEMBER_READONLY, offsetof(struct csv_dialect, strict), NULL},
    {NULL}};

struct type csv_dialect_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct csv_dialect, lineterminator),
              .refs_n = 1,
              .basic_bytes = sizeof(struct csv_dialect)},
    .name = "_csv.Dialect",
    .flags = TYPE_BASE,
    .new_ = new_slot,
    .methods = methods,
    .members = members,
    .getsets = getsets,
    .doc = "CSV dialect\n\nThe Dialect type records CSV parsing and generation options.",
    .base = &object_type,
};
