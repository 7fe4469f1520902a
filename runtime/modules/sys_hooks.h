/* Hooks of sys that C code calls: errors nobody can catch, breakpoints. */
#pragma once
#include "runtime/object/call.h"

extern const struct method_def sys_hooks_functions[];
int sys_hooks_open(struct object *module); /* -1 with an error */
void sys_hooks_close(void);
