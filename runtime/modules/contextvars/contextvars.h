/* Contexts, for those who keep one for later. */
#pragma once
#include "runtime/object/object.h"

/* A copy of the running thread's context: contextvars.copy_context(). NULL with an error. */
struct object *context_copy_current(void);
