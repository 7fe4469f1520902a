/* Generations 1 and 0: one dense vector in the order in which containers were tracked. */
#pragma once
#include "gc/rc_plan.h"

enum { YOUNG_MAX = GC_POS_DEAD };

bool young_open(void); /* containers are tracked from now on; false when memory is exhausted */
void young_close(void);
size_t young_mapped_bytes(void);
/* Generation 1 gets n untracked objects back. Who finds no room stays untracked. */
void young_readmit(struct object *const *items, size_t n);
/* Counts objects, without holes: generation 0 or 1. */
size_t young_count(unsigned generation);
bool young_check(char *error, size_t error_bytes);
