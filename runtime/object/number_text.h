/* Text that should be a number, made ready for reading: without white space around it, in ASCII,
 * NUL-terminated. */
#pragma once
#include "runtime/object/protocol.h"

struct number_text {
  const char *text;
  size_t n;   /* may contain NULs: then it is no number */
  char *room; /* item buffer; NULL: none */
  size_t room_bytes;
  char few[128];
};
/* Of a str (decimal digits of any script become ASCII, other characters '?') or an object with
 * bytes. -1 with an error. The struct lives on the C stack and isn't copied. */
int number_text_open(struct number_text *t, struct object *text);
void number_text_close(struct number_text *t);
/* Takes out the underscores that stand between digits; false where one stands elsewhere. */
bool number_text_drop_underscores(struct number_text *t);
