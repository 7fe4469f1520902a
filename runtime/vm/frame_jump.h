/* Setting f_lineno: a trace function makes the frame go on at another line. */
#pragma once
#include "runtime/vm/frame.h"

/* -1 with CPython's ValueError where that is not possible. */
int frame_jump(struct frame_object *fo, struct object *line);
