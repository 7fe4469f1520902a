/* All collectors of this family; the first is the default. */
#include "gc/gc.h"
#include "gc/header.h"

#if GC_TRACING
extern const struct gc_collector gc_mark_sweep, gc_none;
const struct gc_collector *const gc_registry[] = {&gc_mark_sweep, &gc_none, NULL};
#endif

#if GC_RC
extern const struct gc_collector gc_three_generation, gc_refcount;
const struct gc_collector *const gc_registry[] = {&gc_three_generation, &gc_refcount, NULL};
#endif
