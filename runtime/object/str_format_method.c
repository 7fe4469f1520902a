/* str.format, str.format_map, str.__format__. */
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/format_spec.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/str_format_parse.h"
#include "runtime/object/str_internal.h"
#include "runtime/object/tuple.h"

/* ---- __format__ ---- */

static int check_spec(const struct format_spec *spec) {
  const char *what = spec->sign == ' '     ? "Space not allowed"
                     : spec->sign          ? "Sign not allowed"
                     : spec->no_minus_zero ? "Negative zero coercion (z) not allowed"
                     : spec->alternate     ? "Alternate form (#) not allowed"
                     : spec->align == '='  ? "'=' alignment not allowed"
                                           : NULL;
  if (what)
    error_set(ERROR_VALUE, "%s in string format specifier", what);
  return what ? -1 : 0;
}

struct object *format_str(struct object *o, struct object *text) {
  struct format_spec spec;
  if (str_length(text) == 0)
    return is_str(o) ? hold(o) : object_str(o);
  if (format_spec_read(text, o, 's', '<', &spec) < 0)
    return NULL;
  if (spec.type != 's')
    return format_spec_unknown_type(spec.type, o);
  if (check_spec(&spec) < 0)
    return NULL;
  size_t n = str_length(o);
  if (spec.precision >= 0 && (size_t)spec.precision < n)
    n = (size_t)spec.precision;
  size_t missing = spec.width > (int64_t)n ? (size_t)spec.width - n : 0;
  if (!missing)
    return str_slice(o, 0, n);
  size_t left = spec.align == '>' ? missing : spec.align == '^' ? missing / 2 : 0;
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder b = STR_BUILDER_IN(few);
  if (left)
    str_builder_add_grow(&b, spec.fill, left);
  str_builder_add_part(&b, o, 0, n);
  if (missing - left)
    str_builder_add_grow(&b, spec.fill, missing - left);
  return str_builder_finish(&b);
}
struct object *str_format_special(struct object *o, struct object *spec) {
  if (!is_any_str(spec))
    return args_wrong_type("__format__", "argument", "str", spec);
  return format_str(o, spec);
}

/* ---- Fields ---- */

enum numbering { UNDECIDED, AUTOMATIC, MANUAL };
struct formatting {
  struct object *text;        /* the format */
  struct object *const *args; /* positional, then by name; unused with a mapping */
  size_t n;
  struct object *kwnames, *mapping;
  enum numbering numbering;
  int64_t next; /* the automatic number */
};
enum { FORMAT_DEPTH = 2 }; /* a format, and fields in the specifications of its fields */

static int check_numbering(struct formatting *f, bool is_empty) {
  enum numbering is = is_empty ? AUTOMATIC : MANUAL;
  if (f->numbering == UNDECIDED)
    f->numbering = is;
  if (f->numbering == is)
    return 0;
  error_set(ERROR_VALUE, is_empty ? "cannot switch from manual field specification to automatic "
                                    "field numbering"
                                  : "cannot switch from automatic field numbering to manual field "
                                    "specification");
  return -1;
}

static struct object *argument_named(struct formatting *f, struct object *name) {
  if (f->mapping)
    return object_get_item(f->mapping, name);
  for (size_t i = 0; f->kwnames && i < tuple_length(f->kwnames); i++)
    if (str_same_text(tuple_get_borrowed(f->kwnames, i), name))
      return hold(f->args[f->n + i]);
  return error_key(name);
}
static struct object *first_object(struct formatting *f, struct format_part first) {
  int64_t index = format_read_index(f->text, first);
  bool is_empty = first.start == first.stop;
  if (index == -2 || ((is_empty || index >= 0) && check_numbering(f, is_empty) < 0))
    return NULL;
  if (is_empty)
    index = f->next++;
  if (index < 0) {
    struct object *name = str_slice(f->text, first.start, first.stop);
    struct object *o = name ? argument_named(f, name) : NULL;
    drop_null(name);
    return o;
  }
  if (f->mapping)
    return error_format(ERROR_VALUE, "Format string contains positional fields");
  if ((uint64_t)index >= f->n)
    return error_format(ERROR_INDEX, "Replacement index %ld out of range for positional args tuple",
                        (long)index);
  return hold(f->args[index]);
}

static struct object *step_from(struct formatting *f, struct object *o,
                                const struct format_step *step) {
  if (step->index >= 0 && is_sequence(o))
    return sequence_get_item(o, step->index);
  struct object *key = step->index >= 0 ? int_from_i64(step->index)
                                        : str_slice(f->text, step->name.start, step->name.stop);
  struct object *value = NULL;
  if (key)
    value = step->is_attribute ? attribute_get(o, key) : object_get_item(o, key);
  drop_null(key);
  return value;
}
static struct object *field_object(struct formatting *f, struct format_part name) {
  if (LIKELY(name.start == name.stop && f->numbering != MANUAL && !f->mapping &&
             f->next < (int64_t)f->n)) {
    f->numbering = AUTOMATIC;
    return hold(f->args[f->next++]);
  }
  struct format_part first = format_first_name(f->text, name);
  struct object *o = first_object(f, first);
  size_t at = first.stop;
  struct format_step step;
  int more = 0;
  while (o && (more = format_read_step(f->text, name, &at, &step)) > 0) {
    struct object *value = step_from(f, o, &step);
    drop(o);
    o = value;
  }
  if (o && more < 0) {
    drop(o);
    o = NULL;
  }
  return o;
}

static struct object *convert_taking(struct object *o, uint32_t conversion) {
  struct object *text = NULL;
  if (!conversion)
    return o;
  if (conversion == 'r')
    text = object_repr(o);
  else if (conversion == 's')
    text = object_str(o);
  else if (conversion == 'a')
    text = object_ascii(o);
  else if (conversion > 32 && conversion < 127)
    error_format(ERROR_VALUE, "Unknown conversion specifier %c", (int)conversion);
  else
    error_format(ERROR_VALUE, "Unknown conversion specifier \\x%x", conversion);
  drop(o);
  return text;
}

static int build(struct formatting *f, struct format_part whole, int depth, struct str_builder *b);

static struct object *spec_of(struct formatting *f, const struct format_piece *piece, int depth) {
  if (!piece->spec_has_fields)
    return str_slice(f->text, piece->spec.start, piece->spec.stop);
  struct str_builder b = STR_BUILDER_EMPTY;
  if (build(f, piece->spec, depth - 1, &b) < 0 && !b.failed) {
    str_builder_discard(&b);
    return NULL;
  }
  return str_builder_finish(&b);
}

/* Whether format(o, "") is known to be str(o). */
static inline bool formats_as_str(const struct object *o) {
  return is_str(o) || type_of(o) == &int_type || is_float(o);
}
static int add_field(struct formatting *f, const struct format_piece *piece, int depth,
                     struct str_builder *b) {
  struct object *o = field_object(f, piece->name);
  if (o)
    o = convert_taking(o, piece->conversion);
  if (!o)
    return -1;
  struct object *text = NULL, *spec = NULL;
  if (piece->spec.start == piece->spec.stop && formats_as_str(o)) {
    int added = str_builder_add_str_of(b, o);
    drop(o);
    return added;
  }
  if ((spec = spec_of(f, piece, depth)))
    text = object_format(o, spec);
  drop_null(spec);
  drop(o);
  int status = text ? str_builder_add(b, text) : -1;
  drop_null(text);
  return status;
}

static int build(struct formatting *f, struct format_part whole, int depth, struct str_builder *b) {
  if (depth <= 0) {
    error_set(ERROR_VALUE, "Max string recursion exceeded");
    return -1;
  }
  size_t at = whole.start;
  struct format_piece piece;
  int more;
  while ((more = format_read_piece(f->text, whole, &at, &piece)) > 0)
    if (str_builder_add_part(b, f->text, piece.literal.start, piece.literal.stop) < 0 ||
        (piece.has_field && add_field(f, &piece, depth, b) < 0))
      return -1;
  return more;
}

static struct object *run(struct formatting *f) {
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder b = STR_BUILDER_IN(few);
  if (text_find_unit(str_units(f->text), '{') == TEXT_NOT_FOUND &&
      text_find_unit(str_units(f->text), '}') == TEXT_NOT_FOUND)
    return hold(f->text); /* even if its type is derived, as CPython has it */
  if (build(f, (struct format_part){0, str_length(f->text)}, FORMAT_DEPTH, &b) < 0 && !b.failed) {
    str_builder_discard(&b);
    return NULL;
  }
  return str_builder_finish(&b);
}
struct object *str_format_with(struct object *self, struct object *const *args, size_t n,
                               struct object *kwnames) {
  struct formatting f = {.text = self, .args = args, .n = n, .kwnames = kwnames};
  return run(&f);
}
struct object *str_format_map(struct object *self, struct object *mapping) {
  struct formatting f = {.text = self, .mapping = mapping};
  return run(&f);
}
