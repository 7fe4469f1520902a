/* What the module gc adds to the collectors' questions (gc/host.h). */
#pragma once
#include "gc/gc.h"

/* Around each collection; NULL: nobody wants to know. They may run Python code. */
extern void (*host_begins_hook)(unsigned generation);
extern void (*host_ended_hook)(unsigned generation, size_t collected, size_t uncollectable);
/* What collections have found since the program began, by the oldest generation collected. */
struct host_collections {
  uint64_t n, collected, uncollectable;
};
extern struct host_collections host_collections[GC_GENERATIONS];
