/* The part of sys that is about threads, tracing and coroutines. */
#pragma once
#include "runtime/modules/module.h"

int sys_threads_fill(struct object *module);
