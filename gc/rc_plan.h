/* What the collectors of the rc family share, below the inline paths of rc.h. */
#pragma once
#include "gc/collector.h"
#include "gc/mapped.h"
#include "gc/rc.h"

struct rc_plan {
  /* The generation that is due, or GC_GENERATIONS. NULL: nothing is ever collected. */
  unsigned (*due_generation)(void);
  uint64_t stressed;       /* allocations since the last collection by stress */
  bool stress_due;         /* that one is what the safepoint waits for */
  unsigned depth;          /* deaths that are nested now */
  struct object *deferred; /* chained by count and pos, see rc.c */
};
extern struct rc_plan rc_plan;

/* Starts the counters over gc_heap.alloc; containers are tracked only from young_open on. */
void rc_open(void);
size_t rc_close(void); /* objects still alive */
void rc_read_stats(struct gc_stats *stats);
int64_t rc_live_bytes(void);
void rc_note_peak(void);
/* Sets room anew; live bytes stay what they are. After every change of what it depends on. */
void rc_arm(void);
/* Whether no tracked object has fewer references counted than tracked objects hold on it. */
bool rc_check_counts(char *error, size_t error_bytes);
/* From here to rc_release, objects that die wait: their count is 0 and they are untracked, but
 * they are destroyed by rc_release only. */
void rc_defer(void);
void rc_release(void);
