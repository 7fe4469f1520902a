/* Exceptions as text: what the interpreter prints when nobody caught one. */
#include "runtime/bytecode/code.h"
#include "runtime/modules/sys.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/vm/frame.h"
#include <stdio.h>

int traceback_write(struct object *text, struct object *file) {
  if (file) {
    struct object *done = call_method_one(file, NAME(plain_write), text);
    drop_null(done);
    return done ? 0 : -1;
  }
  struct object *utf8 = str_encode_utf8(text);
  if (!utf8)
    return -1;
  fwrite(bytes_data(utf8), 1, bytes_length(utf8), stderr);
  drop(utf8);
  return 0;
}
int traceback_write_text(const char *ascii, struct object *file) {
  struct object *text = str_from_ascii(ascii);
  int done = text ? traceback_write(text, file) : -1;
  drop_null(text);
  return done;
}
static int write_taking(struct object *text, struct object *file) {
  int done = text ? traceback_write(text, file) : -1;
  drop_null(text);
  return done;
}

int traceback_print(struct object *e, struct object *file) {
  struct object *tb = exception_traceback_borrowed(e);
  if (tb && traceback_write_text("Traceback (most recent call last):\n", file) < 0)
    return -1;
  for (; tb && tb != NONE; tb = ((struct traceback *)tb)->next) {
    struct traceback *t = (struct traceback *)tb;
    struct code *code = (struct code *)((struct frame_object *)t->frame)->code;
    if (write_taking(
            str_format("  File \"%U\", line %d, in %U\n", code->filename, t->line, code->name),
            file) < 0)
      return -1;
  }
  return write_taking(str_format("%N: %S\n", e, e), file);
}
