/* The collector door: one heap per process, run by one collector of the family it was compiled for.
 *
 * A collector is chosen by a spec of the same form as an allocator's:
 *     three-generation:threshold=700/10/10,at=safepoint,stress=0,limit=64M
 * Options every collector knows: limit (bytes the heap may hold, with suffix K, M, G; 0: no limit),
 * stress (collect at every Nth allocation; 0: off), at (safepoint | allocation: whether a due
 * collection waits for the next safepoint), verify (1: independent second trace after each
 * collection; default in check builds), pauses (1: keep a record of every pause; the default).
 *
 * Bookkeeping of the collectors is mapped from the OS, never taken from the allocator under test.
 */
#pragma once
#include "alloc/alloc.h"
#include "base/vec.h"
#include <stdbool.h>
#include <stdint.h>

enum { GC_GENERATIONS = 3 };

struct gc_option {
  const char *key, *meaning, *fallback;
};

struct gc_collector { /* static description: what `ouro list` shows */
  const char *name;
  const char *family; /* "rc" or "tracing" */
  const char *summary;
  const struct gc_option *options; /* its own, ends with a NULL key */
  const struct gc_methods *methods;
};

/* NULL-terminated: all collectors of this family, the default first. */
extern const struct gc_collector *const gc_registry[];
extern const struct gc_option gc_common_options[]; /* what all of them know */

#define GC_STATS(X)                                                                                \
  X(objects_created, "objects allocated since opening")                                            \
  X(objects_freed, "objects freed since opening")                                                  \
  X(live_objects, "objects allocated and not freed")                                               \
  X(live_bytes, "bytes of live objects and their buffers")                                         \
  X(peak_bytes, "the most of them at any collection, safepoint or limit")                          \
  X(objects_visited, "objects examined by collections")                                            \
  X(edges_visited, "references followed by collections")                                           \
  X(objects_reclaimed, "objects freed by collections")                                             \
  X(objects_promoted, "objects that moved up a generation")                                        \
  X(finalizers_run, "finalisers called by collections")                                            \
  X(weakrefs_cleared, "weak references cleared by collections")                                    \
  X(emergency_collections, "collections because memory or the limit was exhausted")                \
  X(collection_ns, "wall time in collections")                                                     \
  X(collection_cpu_ns, "CPU time in collections; of young ones one in eight is measured")          \
  X(metadata_bytes, "memory mapped for the collector's own bookkeeping")

struct gc_pause {
  uint64_t start_ns; /* wall clock (clock_wall_ns) */
  uint64_t wall_ns;
  uint64_t visited, reclaimed;
  uint32_t generation;
};

struct gc_stats {
#define GC_STATS_FIELD(name, meaning) uint64_t name;
  GC_STATS(GC_STATS_FIELD)
#undef GC_STATS_FIELD
  uint64_t
      collections[GC_GENERATIONS]; /* by the oldest generation collected; tracing: all in [2] */
  struct {
    VEC(struct gc_pause);
  } pauses;
};

/* Opens the heap over an allocator, which the heap then uses but does not own. False with a message
 * on an unknown collector or option. */
bool gc_open(struct alloc *a, const char *spec, char *error, size_t error_bytes);
/* Ends the heap. rc family: after a last full collection (not under `refcount`) whatever is alive
 * is a leak and stays counted in live_objects; tracing family: everything is released. Returns the
 * number of objects that were still alive (tracing: always 0). */
size_t gc_close(void);

/* Collects a generation and all younger ones (tracing: everything). Returns how many objects were
 * found unreachable, as gc.collect() does. */
size_t gc_collect(unsigned generation);
const struct gc_stats *gc_read_stats(void); /* valid until the next call or gc_close */
const struct gc_collector *gc_current(void);

/* gc.get_threshold and its relatives. Under a collector without generations thresholds do nothing
 * and read as zeros. */
void gc_set_thresholds(const uint32_t thresholds[GC_GENERATIONS]);
void gc_get_thresholds(uint32_t thresholds[GC_GENERATIONS]);
void gc_get_counts(uint32_t counts[GC_GENERATIONS]);
void gc_enable(bool enabled);
bool gc_is_enabled(void);
/* Around the start of a program, whose modules and classes live on: collections are seldom due, and
 * what lives at its end is old, as if a full one had found it alive. Only generations know this;
 * an end without a beginning does nothing. */
void gc_start_begins(void);
void gc_start_ended(void);
/* For what tells that the heap is full: so many bytes more may be in it from now on. */
void gc_raise_limit(size_t bytes);
bool gc_is_collecting(void); /* for signal handlers: whether one is under way */

/* Recomputes every invariant of the heap and traces it independently; false with the first
 * violation. Objects under construction must be in a traversable state. */
bool gc_check(char *error, size_t error_bytes);

/* ---- for the gc module; nothing and 0 where a collector has nothing to say ---- */

struct object;
typedef void gc_visit_fn(struct object *referent, void *context);

/* Moves everything tracked out of all generations, where no collection looks at it; and back into
 * the oldest. */
void gc_freeze(void);
void gc_unfreeze(void);
size_t gc_frozen_count(void);
/* Calls visit for each tracked object of a generation, or of all with GC_GENERATIONS (frozen ones
 * are in none). visit must not allocate, track or untrack. False: this collector tracks nothing. */
bool gc_visit_tracked(unsigned generation, gc_visit_fn *visit, void *context);
/* gc.DEBUG_SAVEALL: instead of dying, unreachable objects are given to save (which holds what it
 * wants to keep), and live on in the next generation. NULL: they die again. */
void gc_save_all(void (*save)(struct object *o));
/* gc.DEBUG_COLLECTABLE: tell is called for each unreachable object of a collection, before anything
 * happens to it; it must not allocate from the heap, nor hold. NULL: nobody is told. */
void gc_tell_unreachable(void (*tell)(struct object *o));
/* Calls visit for each reference o holds (its type's only where that counts): gc.get_referents. */
void gc_visit_references(struct object *o, gc_visit_fn *visit, void *context);
