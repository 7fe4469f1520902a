/* The syntax of str.format: literals and replacement fields, and the names in fields. */
#pragma once
#include "runtime/object/str.h"

/* Part of a string; start > stop never. */
struct format_part {
  size_t start, stop;
};
struct format_piece {
  struct format_part literal;
  bool has_field;
  struct format_part name, spec; /* of the field */
  uint32_t conversion;           /* 0: none */
  bool spec_has_fields;
};
/* The piece at *at within `whole`: literal text, then perhaps a field. 1; 0 at the end; -1 with a
 * ValueError. */
int format_read_piece(struct object *text, struct format_part whole, size_t *at,
                      struct format_piece *piece);

/* The value of decimal digits, any script; -1: it is none; -2 with a ValueError: too large. */
int64_t format_read_index(struct object *text, struct format_part part);
/* What stands in front of the first '.' or '['. */
struct format_part format_first_name(struct object *text, struct format_part name);
struct format_step {
  bool is_attribute;
  struct format_part name;
  int64_t index; /* of an item; -1: by name */
};
/* The next ".name" or "[name]" at *at within `name`: 1; 0 at the end; -1 with a ValueError. */
int format_read_step(struct object *text, struct format_part name, size_t *at,
                     struct format_step *step);
