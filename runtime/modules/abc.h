/* The module _abc, as the end of the program sees it. */
#pragma once
#include "runtime/object/object.h"

/* Whether this is what takes dead classes out of the sets of an abstract base class. */
bool abc_is_remover(const struct object *o);
