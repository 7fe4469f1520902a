/* Generation 2, and what is frozen: valid bits by address, and a registry of the order in which
 * objects with finalisers or weak references came here. */
#pragma once
#include "gc/rc_plan.h"
#include "gc/side_table.h"

extern struct side_table old_table; /* the frozen are in another */
/* Where addresses lead that have no leaf, so that no branch asks: its bits are never set. */
extern struct side_leaf old_no_leaf;

bool old_open(void); /* false when memory is exhausted */
void old_close(void);
size_t old_mapped_bytes(void);
/* Adds an untracked object or one that is just leaving the young vector. False when no memory is
 * left for its bit: it is untracked then. */
bool old_add(struct object *o);
void old_remove(struct object *o); /* its bit and position */
size_t old_count(void);            /* without what is frozen */
size_t old_frozen_count(void);

/* Marks what is reachable from the host's roots (as far as memory for the queue goes), then adds
 * those not marked to the set of suspects (dead.h), and tells them their positions. Objects marked
 * that hold nothing of interest are untracked. False when there is no memory for the suspects: then
 * none is added. */
bool old_suspect(void);
/* A suspect turned out to be dead: takes its bit. (One that is alive just gets its pos back.) */
void old_strike(struct object *o);

void old_freeze(void);
void old_unfreeze(void);
void old_visit(gc_visit_fn *visit, void *context); /* without what is frozen */
void old_visit_frozen(gc_visit_fn *visit, void *context);
bool old_check(char *error, size_t error_bytes);
