/* The mini-language of format specifications: [[fill]align][sign][z][#][0][width][,_][.precision]
 * [type]; and how a number is laid out by one. Strings use the same specification. */
#pragma once
#include "runtime/object/str_builder.h"

struct format_spec {
  uint32_t fill;  /* code point */
  char align;     /* '<' '>' '^' '=' */
  char sign;      /* '+' '-' ' '; 0: not given */
  char separator; /* ',' '_' between groups; 0: none */
  bool no_minus_zero, alternate;
  int64_t width, precision; /* -1: not given */
  uint32_t type;            /* code point; the default where none is given */
};

/* Reads all of `text` (a str); default_align is '<' or '>'; o is named in errors. -1: ValueError.
 */
int format_spec_read(struct object *text, struct object *o, uint32_t default_type,
                     char default_align, struct format_spec *spec);
/* "Unknown format code 'X' for object of type 'T'"; returns NULL. */
void *format_spec_unknown_type(uint32_t type, struct object *o) __attribute__((cold));

/* The parts of a number's text in their order; all ASCII. */
struct format_number {
  char sign;          /* '-'; 0: not negative */
  const char *prefix; /* "0x"; "": none */
  const char *digits; /* in front of the point: grouped */
  size_t digits_n;
  bool has_point;
  const char *rest; /* behind the point; or all of it, where there are no digits ("inf") */
  size_t rest_n;
  bool by_locale; /* point and groups are those of LC_NUMERIC */
};
/* Appends a number, padded to the width. -1: no memory. */
int format_spec_put_number(const struct format_spec *spec, const struct format_number *number,
                           struct str_builder *out);

/* What __format__ of the types does, with a spec that is a str. */
struct object *format_int(struct object *o, struct object *spec);
struct object *format_float(struct object *o, struct object *spec);
struct object *format_complex(struct object *o, struct object *spec);
struct object *format_str(struct object *o, struct object *spec);
