/* Reading rows: a machine that is fed characters and, with LINE_END, the ends of lines. */
#include "runtime/modules/csv/csv.h"
#include "runtime/object/exception.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/str_builder.h"
#include <stddef.h>

int64_t csv_field_limit;

enum state {
  START_RECORD,
  START_FIELD,
  ESCAPED,
  IN_FIELD,
  IN_QUOTED,
  ESCAPED_IN_QUOTED,
  QUOTE_IN_QUOTED,
  AFTER_RECORD, /* only the rest of the line's end may follow */
  AFTER_ESCAPED_NEWLINE,
};
#define LINE_END (UINT32_MAX - 1) /* no code point, and not CSV_NOT_SET */

struct reader {
  struct object head;
  struct object *input, *dialect;
  struct object *fields; /* list, of the row being read; NULL behind a complete one */
  struct str_builder field;
  uint64_t line_number;
  enum state state;
  bool is_numeric; /* the field is to become a float */
};
static struct reader *reader_of(struct object *o) { return (struct reader *)o; }

static int save_field(struct reader *r) {
  struct object *text = str_builder_finish(&r->field);
  r->field = STR_BUILDER_EMPTY;
  if (text && r->is_numeric) {
    struct object *number = number_float(text);
    drop(text);
    text = number;
  }
  r->is_numeric = false;
  return text ? list_append_taking(r->fields, text) : -1;
}
static int add(struct reader *r, uint32_t c) {
  if ((int64_t)r->field.n >= csv_field_limit) {
    error_format_of(csv_error, "field larger than field limit (%lld)", (long long)csv_field_limit);
    return -1;
  }
  return str_builder_add_char(&r->field, c);
}

static bool ends_line(uint32_t c) { return c == '\n' || c == '\r' || c == LINE_END; }
static int end_field_and_row(struct reader *r, uint32_t c) {
  r->state = c == LINE_END ? START_RECORD : AFTER_RECORD;
  return save_field(r);
}
static int end_field(struct reader *r) {
  r->state = START_FIELD;
  return save_field(r);
}

static int begin_field(struct reader *r, const struct csv_dialect *d, uint32_t c) {
  if (ends_line(c))
    return end_field_and_row(r, c);
  if (c == d->quotechar && d->quoting != CSV_QUOTE_NONE) {
    r->state = IN_QUOTED;
  } else if (c == d->escapechar) {
    r->state = ESCAPED;
  } else if (c == ' ' && d->skipinitialspace) {
    r->state = START_FIELD;
  } else if (c == d->delimiter) {
    return end_field(r);
  } else {
    r->is_numeric = d->quoting == CSV_QUOTE_NONNUMERIC;
    r->state = IN_FIELD;
    return add(r, c);
  }
  return 0;
}
static int in_field(struct reader *r, const struct csv_dialect *d, uint32_t c) {
  if (ends_line(c))
    return end_field_and_row(r, c);
  if (c == d->escapechar) {
    r->state = ESCAPED;
    return 0;
  }
  if (c == d->delimiter)
    return end_field(r);
  r->state = IN_FIELD;
  return add(r, c);
}
static int behind_quote(struct reader *r, const struct csv_dialect *d, uint32_t c) {
  if (d->quoting != CSV_QUOTE_NONE && c == d->quotechar) {
    r->state = IN_QUOTED;
    return add(r, c);
  }
  if (c == d->delimiter)
    return end_field(r);
  if (ends_line(c))
    return end_field_and_row(r, c);
  if (!d->strict) {
    r->state = IN_FIELD;
    return add(r, c);
  }
  error_format_of(csv_error, "'%c' expected after '%c'", d->delimiter, d->quotechar);
  return -1;
}

static int feed(struct reader *r, const struct csv_dialect *d, uint32_t c) {
  switch (r->state) {
  case START_RECORD:
    if (c == LINE_END)
      return 0;
    if (ends_line(c)) {
      r->state = AFTER_RECORD;
      return 0;
    }
    return begin_field(r, d, c);
  case START_FIELD:
    return begin_field(r, d, c);
  case ESCAPED:
    r->state = c == '\n' || c == '\r' ? AFTER_ESCAPED_NEWLINE : IN_FIELD;
    return add(r, c == LINE_END ? '\n' : c);
  case AFTER_ESCAPED_NEWLINE:
    return c == LINE_END ? 0 : in_field(r, d, c);
  case IN_FIELD:
    return in_field(r, d, c);
  case IN_QUOTED:
    if (c == LINE_END)
      return 0;
    if (c == d->escapechar) {
      r->state = ESCAPED_IN_QUOTED;
      return 0;
    }
    if (c == d->quotechar && d->quoting != CSV_QUOTE_NONE) {
      r->state = d->doublequote ? QUOTE_IN_QUOTED : IN_FIELD;
      return 0;
    }
    return add(r, c);
  case ESCAPED_IN_QUOTED:
    r->state = IN_QUOTED;
    return add(r, c == LINE_END ? '\n' : c);
  case QUOTE_IN_QUOTED:
    return behind_quote(r, d, c);
  default: /* AFTER_RECORD */
    if (c == LINE_END)
      r->state = START_RECORD;
    else if (!ends_line(c)) {
      error_format_of(csv_error,
                      "new-line character seen in unquoted field - do you need to open the file in "
                      "universal-newline mode?");
      return -1;
    }
    return 0;
  }
}

/* The plain characters of a field from `at` on, taken at once; where they end. */
static size_t take_run(struct reader *r, const struct csv_dialect *d, struct object *line,
                       size_t at) {
  size_t n = str_length(line), end = at;
  bool quoted = r->state == IN_QUOTED;
  if (!quoted && r->state != IN_FIELD)
    return at;
  int64_t room = csv_field_limit - (int64_t)r->field.n;
  for (; end < n && (int64_t)(end - at) < room; end++) {
    uint32_t c = str_at(line, end);
    if (c == d->escapechar || (quoted ? c == d->quotechar && d->quoting != CSV_QUOTE_NONE
                                      : c == d->delimiter || c == '\n' || c == '\r'))
      break;
  }
  if (end > at)
    str_builder_add_part(&r->field, line, at, end); /* a failure shows when the field is saved */
  return end;
}
static int feed_line(struct reader *r, struct object *line) {
  const struct csv_dialect *d = (const struct csv_dialect *)r->dialect;
  for (size_t i = 0; (i = take_run(r, d, line, i)) < str_length(line); i++)
    if (feed(r, d, str_at(line, i)) < 0)
      return -1;
  return feed(r, d, LINE_END);
}

static int begin_row(struct reader *r) {
  struct object *fields = list_new(0);
  if (!fields)
    return -1;
  store(&r->head, &r->fields, fields);
  str_builder_discard(&r->field);
  r->field = STR_BUILDER_EMPTY;
  r->state = START_RECORD;
  r->is_numeric = false;
  return 0;
}
/* 1: a row is complete; 0: there is no more; -1 */
static int read_row(struct reader *r) {
  if (begin_row(r) < 0)
    return -1;
  do {
    struct object *line = iterate_next(r->input);
    if (!line) {
      if (error_pending() != ERROR_NONE)
        return -1;
      if (!r->field.n && r->state != IN_QUOTED)
        return 0;
      if (((const struct csv_dialect *)r->dialect)->strict)
        return error_format_of(csv_error, "unexpected end of data"), -1;
      return save_field(r) < 0 ? -1 : 1;
    }
    if (!is_any_str(line)) {
      error_format_of(
          csv_error,
          "iterator should return strings, not %N (the file should be opened in text mode)", line);
      drop(line);
      return -1;
    }
    if (!r->fields) { /* the iterator has read from the reader meanwhile */
      drop(line);
      return error_format_of(csv_error, "iterator has already advanced the reader"), -1;
    }
    r->line_number++;
    int status = feed_line(r, line);
    drop(line);
    if (status < 0)
      return -1;
  } while (r->state != START_RECORD);
  return 1;
}
static struct object *next(struct object *o) {
  struct reader *r = reader_of(o);
  if (read_row(r) <= 0)
    return NULL;
  struct object *fields = r->fields;
  r->fields = NULL;
  return fields;
}
static struct object *iter(struct object *o) { return hold(o); }

struct object *csv_reader_new(struct object *module, struct object *const *args, size_t n,
                              struct object *kwnames) {
  if (args_check_count("", n, 1, 2) < 0)
    return NULL;
  struct object *o = type_generic_alloc(&csv_reader_type);
  if (!o)
    return NULL;
  struct reader *r = reader_of(o);
  r->field = STR_BUILDER_EMPTY;
  struct object *input = iterate(args[0]);
  if (input)
    store_first(o, &r->input, input);
  struct object *dialect =
      input ? csv_dialect_new(n > 1 ? args[1] : NULL, args + n, kwnames) : NULL;
  if (!dialect) {
    drop(o);
    return NULL;
  }
  store_first(o, &r->dialect, dialect);
  return o;
}
static void release(struct object *o) { str_builder_discard(&reader_of(o)->field); }

static const struct member_def members[] = {
    {"dialect", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct reader, dialect), NULL},
    {"line_num", MEMBER_SIZE, MEMBER_READONLY, offsetof(struct reader, line_number), NULL},
    {NULL}};
struct type csv_reader_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN | GC_RELEASES,
              .refs_offset = offsetof(struct reader, input),
              .refs_n = 3,
              .basic_bytes = sizeof(struct reader)},
    .name = "_csv.reader",
    .flags = TYPE_BASE | TYPE_NO_INSTANCE,
    .release = release,
    .iter = iter,
    .next = next,
    .members = members,
    .doc = "CSV reader\n\nReader objects are responsible for reading and parsing tabular data\nin "
           "CSV format.",
    .base = &object_type,
};
