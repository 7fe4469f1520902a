/* The module time: clocks (clocks.c) and the calendar (calendar.c). */
#pragma once
#include "runtime/modules/argument.h"
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"

int time_fill_clocks(struct object *module);
int time_fill_calendar(struct object *module);
/* The count as functions with a format of arguments tell it: "gmtime() takes at most 1 argument (2
 * given)". */
int time_check_count(const char *function, size_t n, size_t least, size_t most);
