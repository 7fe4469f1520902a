/* The rc family's own check of the counts: the references that all tracked objects hold, reachable
 * or not, are counted anew in a table by address, and compared with what the objects say. Slow, and
 * independent of positions, bits and spans' shortcuts. */
#include "gc/header.h"
#if GC_RC
#include "gc/gc.h"
#include "gc/old.h"
#include "gc/rc_plan.h"
#include "os/map.h"
#include <stdio.h>

struct found {
  const struct object *o; /* NULL: free */
  uint64_t references;
};

static struct table {
  struct found *slots; /* capacity is a power of two, at most half full */
  size_t capacity, n;
  bool exhausted;
  const struct object *untracked; /* one that is in a generation, and says it is in none */
} table;

static struct found *slot_for(struct found *slots, size_t capacity, const struct object *o) {
  size_t i = ((uintptr_t)o >> 4) * 0x9e3779b97f4a7c15u >> 16;
  while (slots[i & (capacity - 1)].o && slots[i & (capacity - 1)].o != o)
    i++;
  return &slots[i & (capacity - 1)];
}

static bool enlarge(void) {
  size_t capacity = table.capacity ? table.capacity * 2 : 1 << 12;
  struct found *slots = map_anonymous(capacity * sizeof *slots, 0);
  if (!slots)
    return false;
  for (size_t i = 0; i < table.capacity; i++)
    if (table.slots[i].o)
      *slot_for(slots, capacity, table.slots[i].o) = table.slots[i];
  if (table.slots)
    map_release(table.slots, table.capacity * sizeof *slots);
  table.slots = slots;
  table.capacity = capacity;
  return true;
}

static void count_reference(struct object *referent, void *context) {
  (void)context;
  if (2 * table.n >= table.capacity && !enlarge()) {
    table.exhausted = true;
    return;
  }
  struct found *f = slot_for(table.slots, table.capacity, referent);
  table.n += !f->o;
  f->o = referent;
  f->references++;
}

static void count_references_of(struct object *o, void *context) {
  if (!gc_is_tracked(o))
    table.untracked = o;
  gc_visit_references(o, count_reference, context);
}

bool rc_check_counts(char *error, size_t error_bytes) {
  table = (struct table){0};
  gc_visit_tracked(GC_GENERATIONS, count_references_of, NULL);
  old_visit_frozen(count_references_of, NULL);
  const struct object *short_of = NULL;
  for (size_t i = 0; i < table.capacity && !short_of; i++)
    if (table.slots[i].o && table.slots[i].o->count < table.slots[i].references)
      short_of = table.slots[i].o;
  if (short_of)
    snprintf(error, error_bytes, "%p: more references than its count of %u says",
             (const void *)short_of, short_of->count);
  else if (table.untracked)
    snprintf(error, error_bytes, "%p stands in a generation, and its pos says in none",
             (const void *)table.untracked);
  bool fine = !short_of && !table.untracked;
  if (fine && table.exhausted) {
    snprintf(error, error_bytes, "no memory to check the counts");
    fine = false;
  }
  if (table.slots)
    map_release(table.slots, table.capacity * sizeof *table.slots);
  return fine;
}
#endif
