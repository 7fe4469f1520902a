/* Generations 1 and 0: one dense vector in the order in which containers were tracked. */
#pragma once
#include "gc/rc_plan.h"

enum { YOUNG_MAX = GC_POS_DEAD };

bool young_open(void); /* containers are tracked from now on; false when memory is exhausted */
void young_close(void);
size_t young_mapped_bytes(void);
/* Makes room for one more; false when memory or positions are exhausted. */
bool young_grow(void);
