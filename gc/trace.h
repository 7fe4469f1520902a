/* What the collectors of the tracing family share, below the inline paths of tracing.h. */
#pragma once
#include "gc/collector.h"
#include "gc/mapped.h"
#include "gc/tracing.h"

struct tracing_plan {
  int64_t trigger;    /* live bytes above which a collection is due */
  bool collects;      /* false: the plan never frees anything before the end */
  uint64_t stressed;  /* allocations since the last collection by stress */
  size_t stack_bytes; /* mapped for the collector's own stacks */
  struct {
    VEC(struct object *);
  } finalizable; /* in creation order; NULL: died early */
};
extern struct tracing_plan tracing_plan;

typedef void tracing_word_fn(uintptr_t word, void *context);

bool tracing_open(bool collects, char *error, size_t error_bytes);
/* Containers, reachable or not; all are in the oldest generation. */
void tracing_visit_tracked(unsigned generation, gc_visit_fn *visit, void *context);
size_t tracing_close(void); /* releases every object; returns 0 */
void tracing_read_stats(struct gc_stats *stats);
bool tracing_check(char *error, size_t error_bytes);
int64_t tracing_live_bytes(void);
/* Sets room anew; live bytes stay what they are. After every change of what it depends on. */
void tracing_arm(void);
/* Calls visit for each word of the stacks and registers of all attached threads. */
void tracing_visit_stacks(tracing_word_fn *visit, void *context);
