/* Asserts and fatal errors.
 *
 * CHECK(condition) states an invariant: tested in check builds (meson -Dcheck=true), compiled but
 * never run elsewhere, so that it can't rot. fatal() is for what no caller could handle. */
#pragma once
#include <stdbool.h>

#ifndef OURO_CHECK
#define OURO_CHECK 0
#endif

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (OURO_CHECK && !(condition))                                                                \
      fatal("%s:%d: check failed: %s", __FILE__, __LINE__, #condition);                            \
  } while (0)

/* Prints "ouro: MESSAGE" on standard error and aborts. */
_Noreturn void fatal(const char *format, ...) __attribute__((format(printf, 1, 2), cold));
