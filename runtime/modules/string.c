/* _string: the syntax of str.format for the library's string.Formatter. */
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/str_format_parse.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

struct parser { /* of both types */
  struct object head;
  struct object *text; /* str */
  struct format_part part;
  size_t at;
};

static struct object *parser_new(struct type *t, struct object *text, struct format_part part,
                                 size_t at) {
  struct parser *p = (struct parser *)gc_new_container(t, sizeof *p);
  if (!p)
    return error_no_memory();
  p->text = hold(text);
  p->part = part;
  p->at = at;
  gc_track(&p->head);
  return &p->head;
}

static struct object *itself(struct object *o) { return hold(o); }

/* (literal, name, spec, conversion); None for what is not there. */
static struct object *pieces_next(struct object *o) {
  struct parser *p = (struct parser *)o;
  struct format_piece piece;
  if (format_read_piece(p->text, p->part, &p->at, &piece) <= 0)
    return NULL;
  struct object *items[4] = {str_slice(p->text, piece.literal.start, piece.literal.stop)};
  struct object *result = NULL;
  if (items[0] && !piece.has_field)
    result = tuple_pack(4, items[0], NONE, NONE, NONE);
  else if (items[0] && (items[1] = str_slice(p->text, piece.name.start, piece.name.stop)) &&
           (items[2] = str_slice(p->text, piece.spec.start, piece.spec.stop)) &&
           (items[3] = piece.conversion ? str_from_code_point(piece.conversion) : hold(NONE)))
    result = tuple_pack(4, items[0], items[1], items[2], items[3]);
  for (size_t i = 0; i < 4; i++)
    drop_null(items[i]);
  return result;
}

/* (is_attribute, name or index) */
static struct object *steps_next(struct object *o) {
  struct parser *p = (struct parser *)o;
  struct format_step step;
  if (format_read_step(p->text, p->part, &p->at, &step) <= 0)
    return NULL;
  struct object *name = step.index >= 0 ? int_from_i64(step.index)
                                        : str_slice(p->text, step.name.start, step.name.stop);
  struct object *result = name ? tuple_pack(2, bool_from(step.is_attribute), name) : NULL;
  drop_null(name);
  return result;
}

#define PARSER_TYPE(name_, next_)                                                                  \
  {                                                                                                \
    .head = OBJECT_STATIC(type_type),                                                              \
    .shape = {.layout = GC_FIXED,                                                                  \
              .flags = GC_CONTAINER | GC_PLAIN,                                                    \
              .refs_offset = offsetof(struct parser, text),                                        \
              .refs_n = 1,                                                                         \
              .basic_bytes = sizeof(struct parser)},                                               \
    .name = name_, .flags = TYPE_NO_INSTANCE, .iter = itself, .next = next_, .base = &object_type  \
  }
static struct type pieces_type = PARSER_TYPE("formatteriterator", pieces_next);
static struct type steps_type = PARSER_TYPE("fieldnameiterator", steps_next);

static struct object *formatter_parser(struct object *module, struct object *text) {
  if (!is_any_str(text))
    return error_format(ERROR_TYPE, "expected str, got %N", text);
  return parser_new(&pieces_type, text, (struct format_part){0, str_length(text)}, 0);
}

static struct object *formatter_field_name_split(struct object *module, struct object *text) {
  if (!is_any_str(text))
    return error_format(ERROR_TYPE, "expected str, got %N", text);
  struct format_part name = {0, str_length(text)}, first = format_first_name(text, name);
  int64_t index = format_read_index(text, first);
  if (index == -2)
    return NULL;
  struct object *key = index >= 0 ? int_from_i64(index) : str_slice(text, first.start, first.stop);
  struct object *steps = key ? parser_new(&steps_type, text, name, first.stop) : NULL;
  struct object *result = steps ? tuple_pack(2, key, steps) : NULL;
  drop_null(steps);
  drop_null(key);
  return result;
}

static const struct method_def functions[] = {
    METHOD_ONE_("formatter_field_name_split", formatter_field_name_split,
                "split the argument as a field name"),
    METHOD_ONE_("formatter_parser", formatter_parser, "parse the argument as a format string"),
    {NULL}};

int module_string_fill(struct object *module) {
  if (type_ready(&pieces_type) < 0 || type_ready(&steps_type) < 0)
    return -1;
  return module_add_functions(module, functions);
}
