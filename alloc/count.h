/* What the layer `count` knows: the blocks that are alive as their users asked for them. */
#pragma once
#include "alloc/alloc.h"

enum { COUNT_HISTOGRAM = 48 };

struct count_figures {
  uint64_t live_bytes, live_blocks; /* now, in requested bytes */
  uint64_t peak_bytes, peak_blocks; /* the most at any time, each on its own */
  uint64_t allocations, frees;      /* a resized block counts as neither */
  uint64_t resizes, failures;
  uint64_t total_bytes; /* requested by all allocations and growing resizes */
  /* Requests by size: [0] 0 bytes, [i] 2^(i-1) .. 2^i - 1 bytes, the last one also all above. */
  uint64_t histogram[COUNT_HISTOGRAM];
};

/* Figures of the outermost `count` in a stack of layers; false where there is none. */
bool count_read(struct alloc *a, struct count_figures *out);
/* Lets peak_bytes and peak_blocks start again from what is alive now. */
void count_reset_peak(struct alloc *a);
