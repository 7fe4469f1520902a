/* System calls that may wait: other threads run meanwhile, and signals that interrupt them are
 * handled before they are made again (PEP 475). Nothing between touches an object. */
#pragma once
#include "runtime/vm/gil.h"
#include <errno.h>

/* The value of an expression that is computed without the GIL. errno survives. */
#define BLOCKING(expression)                                                                       \
  __extension__({                                                                                  \
    gil_release();                                                                                 \
    __auto_type blocking_result = (expression);                                                    \
    gil_acquire();                                                                                 \
    blocking_result;                                                                               \
  })

/* The same until it is not interrupted: *raised becomes true where the handler of a signal raised
 * (the result is -1 then, and the error is set). */
#define BLOCKING_RETRY(raised, expression)                                                         \
  __extension__({                                                                                  \
    __auto_type blocking_value = BLOCKING(expression);                                             \
    while (blocking_value == -1 && errno == EINTR && !(*(raised) = vm_handle_signals() < 0))       \
      blocking_value = BLOCKING(expression);                                                       \
    blocking_value;                                                                                \
  })
