/* Writing rows. */
#include "runtime/modules/csv/csv.h"
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/str_builder.h"
#include <stddef.h>

struct writer {
  struct object head;
  struct object *write, *dialect;
};

static bool is_in(struct object *text, uint32_t c) {
  for (size_t i = 0; i < str_length(text); i++)
    if (str_at(text, i) == c)
      return true;
  return false;
}
static bool is_special(const struct csv_dialect *d, uint32_t c) {
  return c == d->delimiter || c == d->escapechar || c == d->quotechar ||
         is_in(d->lineterminator, c);
}

/* Whether the field has to be quoted because of what is in it. */
static bool wants_quotes(const struct csv_dialect *d, struct object *text) {
  if (d->quoting == CSV_QUOTE_NONE)
    return false;
  for (size_t i = 0; i < str_length(text); i++) {
    uint32_t c = str_at(text, i);
    if (is_special(d, c) && c != d->escapechar && (c != d->quotechar || d->doublequote))
      return true;
  }
  return false;
}

static int add_field(const struct csv_dialect *d, struct str_builder *b, struct object *text,
                     bool quoted) {
  quoted = quoted || wants_quotes(d, text);
  if (quoted)
    str_builder_add_char(b, d->quotechar);
  size_t n = str_length(text), from = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t c = str_at(text, i);
    if (!is_special(d, c))
      continue;
    uint32_t before = CSV_NOT_SET;
    if (d->quoting == CSV_QUOTE_NONE || c == d->escapechar ||
        (c == d->quotechar && !d->doublequote)) {
      before = d->escapechar;
      if (before == CSV_NOT_SET) {
        error_format_of(csv_error, "need to escape, but no escapechar set");
        return -1;
      }
    } else if (c == d->quotechar) {
      before = d->quotechar;
    }
    if (before != CSV_NOT_SET) {
      str_builder_add_part(b, text, from, i);
      str_builder_add_char(b, before);
      from = i;
    }
  }
  if (n > from)
    str_builder_add_part(b, text, from, n);
  return quoted ? str_builder_add_char(b, d->quotechar) : 0;
}

static bool is_numeric(const struct object *o) {
  const struct type_number *number = &type_of(o)->number;
  return number->index || number->to_int || number->to_float || object_has(o, TYPE_IS_COMPLEX);
}

/* One value; *is_empty: it has become nothing, not even quotes. */
static int add_value(const struct csv_dialect *d, struct str_builder *b, struct object *value,
                     bool *is_empty) {
  bool quoted =
      d->quoting == CSV_QUOTE_ALL || (d->quoting == CSV_QUOTE_NONNUMERIC && !is_numeric(value));
  struct object *text = value == NONE ? str_from_ascii("") : object_str(value);
  if (!text)
    return -1;
  *is_empty = !quoted && str_length(text) == 0;
  int status = add_field(d, b, text, quoted);
  drop(text);
  return status;
}

static struct object *row_text(const struct csv_dialect *d, struct object *row) {
  struct object *values = iterate(row), *value;
  if (!values) {
    if (error_clear_if(ERROR_TYPE))
      error_format_of(csv_error, "iterable expected, not %N", row);
    return NULL;
  }
  struct str_builder b = STR_BUILDER_EMPTY;
  size_t n = 0;
  bool is_empty = false;
  while ((value = iterate_next(values))) {
    if (n++)
      str_builder_add_char(&b, d->delimiter);
    int status = add_value(d, &b, value, &is_empty);
    drop(value);
    if (status < 0)
      break;
  }
  drop(values);
  if (value || error_pending() != ERROR_NONE) {
    str_builder_discard(&b);
    return NULL;
  }
  if (n == 1 && is_empty) { /* would read back as a row without fields */
    if (d->quoting == CSV_QUOTE_NONE) {
      str_builder_discard(&b);
      return error_format_of(csv_error, "single empty field record must be quoted");
    }
    str_builder_add_char(&b, d->quotechar);
    str_builder_add_char(&b, d->quotechar);
  }
  str_builder_add(&b, d->lineterminator);
  return str_builder_finish(&b);
}

static struct object *write_row(struct object *o, struct object *row) {
  struct writer *w = (struct writer *)o;
  struct object *text = row_text((const struct csv_dialect *)w->dialect, row);
  struct object *result = text ? call_one(w->write, text) : NULL;
  drop_null(text);
  return result;
}
static struct object *write_rows(struct object *o, struct object *rows) {
  struct object *each = iterate(rows), *row;
  if (!each)
    return NULL;
  while ((row = iterate_next(each))) {
    struct object *result = write_row(o, row);
    drop(row);
    if (!result)
      break;
    drop(result);
  }
  drop(each);
  return row || error_pending() != ERROR_NONE ? NULL : hold(NONE);
}

struct object *csv_writer_new(struct object *module, struct object *const *args, size_t n,
                              struct object *kwnames) {
  struct object *write = NULL, *name = str_intern("write");
  if (!name || args_check_count("", n, 1, 2) < 0)
    return NULL;
  if (attribute_find(args[0], name, &write) < 0)
    return NULL;
  if (!write || !is_callable(write)) {
    drop_null(write);
    return error_format(ERROR_TYPE, "argument 1 must have a \"write\" method");
  }
  struct object *dialect = csv_dialect_new(n > 1 ? args[1] : NULL, args + n, kwnames);
  struct object *o = dialect ? type_generic_alloc(&csv_writer_type) : NULL;
  if (!o) {
    drop_null(dialect);
    drop(write);
    return NULL;
  }
  store_first(o, &((struct writer *)o)->write, write);
  store_first(o, &((struct writer *)o)->dialect, dialect);
  return o;
}

static const struct method_def methods[] = {
    METHOD_ONE_("writerow", write_row,
                "writerow(iterable)\n\nWrites the values of the iterable as one row."),
    METHOD_ONE_("writerows", write_rows,
                "writerows(iterable of iterables)\n\nWrites each of them as a row."),
    {NULL}};
static const struct member_def members[] = {
    {"dialect", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct writer, dialect), NULL}, {NULL}};
struct type csv_writer_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct writer, write),
              .refs_n = 2,
              .basic_bytes = sizeof(struct writer)},
    .name = "_csv.writer",
    .flags = TYPE_BASE | TYPE_NO_INSTANCE,
    .methods = methods,
    .members = members,
    .doc = "CSV writer\n\nWriter objects are responsible for generating tabular data\nin CSV "
           "format from sequence input.",
    .base = &object_type,
};
