/* How deep calls from C are nested in the current thread: what object_enter_call counts, for those
 * to whom a call to count a call is too much. */
#pragma once
#include "runtime/object/object.h"

extern _Thread_local unsigned call_depth;

ALWAYS_INLINE bool call_depth_enter(void) {
  if (UNLIKELY(call_depth >= OBJECT_DEPTH_MAX))
    return object_enter_call(); /* which tells the error */
  call_depth++;
  return true;
}
ALWAYS_INLINE void call_depth_leave(void) { call_depth--; }
