/* The syntax of str.format. */
#include "runtime/object/str_format_parse.h"
#include "runtime/object/character.h"
#include "runtime/object/exception.h"

static int fail(const char *message) {
  error_set(ERROR_VALUE, "%s", message);
  return -1;
}

/* [name][!conversion][:spec]}, *at behind the opening brace; then behind the closing one. */
static int read_field(struct object *text, size_t stop, size_t *at, struct format_piece *piece) {
  uint32_t c = 0;
  piece->name.start = *at;
  while (*at < stop) {
    c = str_at(text, (*at)++);
    if (c == '{')
      return fail("unexpected '{' in field name");
    if (c == '[')
      while (*at < stop && str_at(text, *at) != ']')
        (*at)++;
    else if (c == '}' || c == ':' || c == '!')
      break;
    c = 0;
  }
  piece->name.stop = c ? *at - 1 : *at;
  if (!c)
    return fail("expected '}' before end of string");
  if (c == '}')
    return 1;
  if (c == '!') {
    if (*at >= stop)
      return fail("end of string while looking for conversion specifier");
    piece->conversion = str_at(text, (*at)++);
    if (*at < stop) {
      c = str_at(text, (*at)++);
      if (c == '}')
        return 1;
      if (c != ':')
        return fail("expected ':' after conversion specifier");
    }
  }
  piece->spec.start = *at;
  for (int depth = 1; *at < stop;) {
    c = str_at(text, (*at)++);
    if (c == '{') {
      piece->spec_has_fields = true;
      depth++;
    } else if (c == '}' && --depth == 0) {
      piece->spec.stop = *at - 1;
      return 1;
    }
  }
  return fail("unmatched '{' in format spec");
}

int format_read_piece(struct object *text, struct format_part whole, size_t *at,
                      struct format_piece *piece) {
  *piece = (struct format_piece){.literal = {*at, *at}};
  if (*at >= whole.stop)
    return 0;
  uint32_t c = 0;
  if (LIKELY(str_kind(text) == 0)) {
    const unsigned char *data = str_data(text);
    size_t i = *at;
    while (i < whole.stop && data[i] != '{' && data[i] != '}')
      i++;
    if (i < whole.stop)
      c = data[i++];
    *at = i;
    if (c == '{' && i < whole.stop && data[i] == '}') { /* the shortest field */
      piece->literal.stop = i - 1;
      piece->has_field = true;
      piece->name = (struct format_part){i, i};
      *at = i + 1;
      return 1;
    }
  } else
    while (*at < whole.stop) {
      c = str_at(text, (*at)++);
      if (c == '{' || c == '}')
        break;
      c = 0;
    }
  piece->literal.stop = *at;
  if (!c)
    return 1;
  bool at_end = *at >= whole.stop;
  if (!at_end && str_at(text, *at) == c) { /* doubled: one of them is literal */
    (*at)++;
    return 1;
  }
  if (c == '}')
    return fail("Single '}' encountered in format string");
  if (at_end)
    return fail("Single '{' encountered in format string");
  piece->literal.stop--;
  piece->has_field = true;
  return read_field(text, whole.stop, at, piece);
}

int64_t format_read_index(struct object *text, struct format_part part) {
  int64_t value = 0;
  if (part.start == part.stop)
    return -1;
  for (size_t i = part.start; i < part.stop; i++) {
    uint32_t c = str_at(text, i);
    if (!character_is(c, CHARACTER_DECIMAL))
      return -1;
    int64_t digit = (int64_t)character_digit(c);
    if (value > (INT64_MAX - digit) / 10) {
      fail("Too many decimal digits in format string");
      return -2;
    }
    value = value * 10 + digit;
  }
  return value;
}

struct format_part format_first_name(struct object *text, struct format_part name) {
  size_t i = name.start;
  while (i < name.stop && str_at(text, i) != '.' && str_at(text, i) != '[')
    i++;
  return (struct format_part){name.start, i};
}

int format_read_step(struct object *text, struct format_part name, size_t *at,
                     struct format_step *step) {
  if (*at >= name.stop)
    return 0;
  uint32_t c = str_at(text, (*at)++);
  step->is_attribute = c == '.';
  step->index = -1;
  step->name.start = *at;
  if (c == '.') {
    while (*at < name.stop && str_at(text, *at) != '.' && str_at(text, *at) != '[')
      (*at)++;
    step->name.stop = *at;
  } else if (c == '[') {
    while (*at < name.stop && str_at(text, *at) != ']')
      (*at)++;
    if (*at >= name.stop)
      return fail("Missing ']' in format string");
    step->name.stop = (*at)++;
    if ((step->index = format_read_index(text, step->name)) == -2)
      return -1;
  } else
    return fail("Only '.' or '[' may follow ']' in format field specifier");
  return step->name.start == step->name.stop ? fail("Empty attribute in format string") : 1;
}
