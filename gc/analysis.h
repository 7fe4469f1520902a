/* Which of a set of objects are reachable from outside the set, told by their reference counts.
 *
 * The set is a vector whose members know their place: items[i]->pos is first + i (the finalised bit
 * aside); NULL items are holes. Members nobody outside the set holds, and that no such member leads
 * to, are dead. */
#pragma once
#include "gc/rc_plan.h"

struct analysis_result {
  uint32_t live, dead; /* members; holes are neither */
  uint8_t any;         /* the flags of the members' types, or'ed */
  bool plain; /* the dead are GC_PLAIN without finalisers to run or weak references: known so */
  uint64_t edges;
};

/* Room for sets of n; false when memory is exhausted. */
bool analysis_reserve(size_t n);
void analysis_close(void);
size_t analysis_mapped_bytes(void);
/* `held` references on each member are the collector's own and don't count. Room must be reserved.
 */
struct analysis_result analysis_run(struct object *const *items, uint32_t first, uint32_t n,
                                    uint32_t held);
/* After a run: [i] is 0 where items[i] is dead (or a hole). */
const uint32_t *analysis_refs(void);
