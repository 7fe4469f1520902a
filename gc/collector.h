/* Between heap.c and the collectors: the state both families share, and what a collector
 * implements.
 *
 * heap.c parses the spec, and brackets every collection (clock, pauses, statistics, the host's
 * callbacks, the second trace); a collector does what happens in between. The family's header
 * (rc.h, tracing.h) keeps its hot counters in a structure of its own and reports them in
 * read_stats. */
#pragma once
#include "base/options.h"
#include "gc/gc.h"
#include "gc/header.h"

struct gc_heap {
  struct alloc *alloc;
  const struct gc_collector *collector; /* NULL: no heap is open */
  bool due;                             /* a collection waits for the next safepoint */
  bool collecting;                      /* nothing starts a second one meanwhile */
  bool enabled;                         /* gc.enable: automatic collections happen */
  bool at_allocation;                   /* they happen inside the allocation that makes them due */
  bool verify;                          /* independent second trace after each collection */
  bool record_pauses;
  uint64_t limit_bytes; /* the heap may hold; UINT64_MAX: no limit */
  unsigned in_vain;     /* emergency collections in a row that freed next to nothing */
  uint64_t stress;      /* collect at every Nth allocation; 0: off */
  uint32_t serial;      /* of the last collection that has begun */
  struct gc_stats stats;
};
extern struct gc_heap gc_heap; /* heap.c */

/* What a collector implements. NULL where it has nothing to say, except open, close, collect and
 * read_stats. gc_heap's fields are set before any of them is called. */
struct gc_methods {
  /* Reads its own options (with fallbacks) and complains through options_fail; before open. The
   * table behind `o` holds the common options and its own. */
  void (*configure)(struct options *o);
  bool (*open)(char *error, size_t error_bytes);
  size_t (*close)(void); /* frees what the family frees at the end; returns objects still alive */
  /* Between host_collection_begins and _ended, gc_heap.collecting set. Adds visited, edges,
   * reclaimed and so on to gc_heap.stats; returns how many objects were found unreachable. */
  size_t (*collect)(unsigned generation);
  void (*read_stats)(struct gc_stats *stats);     /* fills the fields kept in hot counters */
  bool (*check)(char *error, size_t error_bytes); /* its own invariants */
  void (*settings_changed)(void);                 /* enabled changed */
  void (*start_begins)(void);
  void (*start_ended)(void);
  void (*set_thresholds)(const uint32_t thresholds[GC_GENERATIONS]);
  void (*get_thresholds)(uint32_t thresholds[GC_GENERATIONS]);
  void (*get_counts)(uint32_t counts[GC_GENERATIONS]);
  /* For the gc module, see gc.h. */
  void (*freeze)(void);
  void (*unfreeze)(void);
  size_t (*frozen_count)(void);
  void (*visit_tracked)(unsigned generation, gc_visit_fn *visit, void *context);
  void (*save_all)(void (*save)(struct object *o));
  void (*tell_unreachable)(void (*tell)(struct object *o));
};

/* heap.c: runs a collection with everything around it, unless one is running already (then 0).
 * Used for due, stress and emergency collections; gc_collect is this with emergency false. An
 * emergency one calls host_release_caches first and is counted as such. */
size_t heap_collect(unsigned generation, bool emergency);

/* heap.c: an emergency collection at the limit took live bytes from `before` to `after`; `granted`
 * says whether the allocation fits now. Whether it may succeed: not when several in a row freed
 * next to nothing, for a heap in which all is alive would be collected for every few allocations.
 */
bool heap_grants(int64_t before, int64_t after, bool granted);

/* verify.c: traces the heap independently of the collectors, for both families. With
 * after_collection, everything reachable must also have been kept and no mark be left. */
bool verify_heap(bool after_collection, char *error, size_t error_bytes);
