/* What the layer `fault` did. */
#pragma once
#include "alloc/alloc.h"

struct fault_figures {
  uint64_t requests; /* that were inside the size filter */
  uint64_t failures; /* of those, made to fail */
};

/* Figures of the outermost `fault` in a stack of layers; false where there is none. */
bool fault_read(struct alloc *a, struct fault_figures *out);
/* Opened with wait=1, the outermost `fault` counts from now on. Nothing where there is none. */
void fault_arm(struct alloc *a);
