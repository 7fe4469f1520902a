/* What str % and bytes % share: reading conversions, and taking arguments for them. */
#pragma once
#include "runtime/object/format_percent.h"
#include "runtime/object/text_search.h"

struct percent { /* on the C stack */
  struct object *format;
  struct text_units text; /* of the format */
  size_t at;
  bool is_bytes;
  struct object *args;    /* a tuple, or the one argument; held while it is a mapping's value */
  struct object *mapping; /* NULL: the arguments are none */
  struct object *value_of_key; /* owned; NULL: none */
  bool is_tuple;
  size_t next; /* how many arguments are taken */
};
struct percent_conversion {
  unsigned flags;           /* enum format_percent_flags */
  int64_t width, precision; /* -1: not given */
  uint32_t type;            /* code point */
};

struct percent percent_begin(struct object *format, struct text_units text, bool is_bytes,
                             struct object *args);
/* Behind a '%': whether another one follows, which is then passed over. */
static inline bool percent_take_sign(struct percent *p) {
  bool is = p->at < p->text.n && text_unit(p->text, p->at) == '%';
  p->at += is;
  return is;
}
/* Reads one conversion; p->at stands behind the '%' and is moved behind it. -1 with an error. */
int percent_read(struct percent *p, struct percent_conversion *c);
struct object *percent_next_borrowed(struct percent *p); /* NULL: TypeError */
/* -1: arguments are left over. */
int percent_end(struct percent *p);
void percent_close(struct percent *p); /* always */
/* ValueError about c->type; returns NULL. */
void *percent_unsupported(const struct percent *p, const struct percent_conversion *c);
static inline bool percent_is_number(uint32_t type) {
  switch (type) {
  case 'd':
  case 'i':
  case 'u':
  case 'o':
  case 'x':
  case 'X':
  case 'e':
  case 'E':
  case 'f':
  case 'F':
  case 'g':
  case 'G':
    return true;
  default:
    return false;
  }
}
