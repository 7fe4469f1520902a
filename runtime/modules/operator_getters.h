/* operator.itemgetter, attrgetter and methodcaller. */
#pragma once
#include "runtime/object/type.h"

extern struct type itemgetter_type, attrgetter_type, methodcaller_type;
