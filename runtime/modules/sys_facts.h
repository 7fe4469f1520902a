/* What sys says about the language, the machine and the start of the program. */
#pragma once
#include "runtime/modules/module.h"

enum { SYS_DIGITS_THRESHOLD = 640, SYS_DIGITS_DEFAULT = 4300 };
int sys_facts_fill(struct object *module);
