/* The set of objects that are about to die: suspects of a full collection, then those found dead,
 * whom host code may still bring back.
 *
 * While host code may run, the pos of items[i] is GC_POS_DEAD + i. order[i] is the position it had
 * where it came from: the order in which finalisers and weak references are treated. */
#pragma once
#include "gc/rc_plan.h"

struct dead_set {
  struct {
    VEC(struct object *);
  } members;
  struct {
    VEC(uint32_t);
  } order;
  size_t held_from; /* members from here on are held by the set */
};
extern struct dead_set dead_set;

bool dead_reserve(size_t n); /* room for n in all; false when memory is exhausted */
void dead_close(void);
size_t dead_mapped_bytes(void);

/* Room must be reserved. The member's pos stays what it is, until dead_place. */
ALWAYS_INLINE void dead_add(struct object *o, uint32_t order) {
  size_t i = dead_set.members.n++;
  dead_set.members.items[i] = o;
  dead_set.order.items[i] = order;
}
ALWAYS_INLINE void dead_place_at(struct object *o, size_t i) {
  o->pos = (o->pos & GC_POS_FINALIZED) | (GC_POS_DEAD + (uint32_t)i);
}
/* Tells the first n members their positions. Bulk freeing does without, which saves a visit. */
void dead_place(size_t n);

/* Frees the n objects at `items`: all plain, nothing special about them, reachable from nowhere,
 * and not in any other structure (their pos may be anything). What they alone held outside dies
 * when all of them are free. False when there is no memory for it: nothing has happened then. */
bool bulk_free(struct object *const *items, size_t n); /* bulk.c */

/* Weak references, finalisers, a second look at what they have left dead, then clearing or freeing.
 * Who lives again goes to `next` (1 or 2). Returns what gc.collect() counts. `plain`: all members
 * are known to be plain, and nothing special; only then their positions need not have been told. */
size_t dead_bury(unsigned next, bool plain);
/* o, which has a position here, is no longer tracked. */
void dead_forget(struct object *o);
/* Where objects go instead of dying (gc.DEBUG_SAVEALL); NULL: they die. */
void dead_save_all(void (*save)(struct object *o));
void dead_tell(void (*tell)(struct object *o)); /* gc_tell_unreachable */
