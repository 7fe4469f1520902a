/* The end of a process whose state can't be trusted any more. */
#include "base/check.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void fatal(const char *format, ...) {
  va_list args;
  va_start(args, format);
  fputs("ouro: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  abort();
}
