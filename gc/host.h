/* The seam upwards: what a collector asks of the runtime. The runtime implements these
 * (runtime/object/host.c); nothing else in gc/ knows what is above it.
 *
 * Everything a collector does to a dying object, in CPython's order: weak references of the dead set
 * are cleared and their callbacks run, finalisers run, the dead set is examined again, and what is
 * still dead is cleared or, for plain types, freed in bulk. */
#pragma once
#include "gc/header.h"
#include <stdbool.h>

/* Calls visit for each precise root: frames, globals, registered slots. May be incomplete in the rc
 * family (references from C are found by the counts), never stale; the tracing family adds the C
 * stack and registers by itself. */
void host_visit_roots(gc_visit_fn *visit, void *context);

/* Whether the finaliser of a dead object would do anything; asked while nothing has been freed yet,
 * and runs no code. False: o may be freed without it. */
bool host_wants_finalizer(const struct object *o);
/* Runs the finaliser of o, if it has one. Errors in it are reported, not returned. */
void host_finalize(struct object *o);

/* rc family: drops the references o holds, and leaves it valid and empty. Breaks cycles. */
void host_clear(struct object *o);
/* Frees what o owns besides its references (item buffers, open files); not the block itself, and
 * touches no other object: those may be dead already. Nothing to do, and no need to call it, unless
 * the type has GC_RELEASES. */
void host_release(struct object *o);
/* rc family: the count of o reached zero. Drops its references, releases, and ends in gc_delete. */
void host_destroy(struct object *o);

/* rc family, types with GC_UNTRACKS only: whether o, which survived a collection of `generation`,
 * holds nothing that could ever be part of a cycle, so that tracking it is of no use. As in CPython
 * tuples are asked at every collection, dicts say no but at a full one. */
bool host_may_untrack(struct object *o, unsigned generation);

/* Weak references of a dead object: the head of the list is where gc_weakrefs_of says. */
struct object *host_weakref_next(struct object *weakref);
struct object *host_weakref_referent(struct object *weakref); /* borrowed; NULL: cleared */
struct object *host_weakref_callback(struct object *weakref); /* borrowed; NULL: none */
void host_weakref_clear(struct object *weakref); /* unlinks it; it then refers to nothing */
void host_weakref_call(struct object *weakref);  /* runs the callback with it; errors are reported */
/* tracing family: weak references are not found through their referent while that is alive; this
 * calls visit for every weak reference object that still refers to something, dead ones included (a
 * weak reference that dies is cleared by the collector before it is released). visit may clear the
 * one it is given. */
void host_visit_weakrefs(gc_visit_fn *visit, void *context);

/* Before and after each collection: gc.callbacks, debug output. */
void host_collection_begins(unsigned generation);
void host_collection_ended(unsigned generation, size_t collected, size_t uncollectable);
/* Memory is exhausted and a collection is about to be tried: free lists and caches go. */
void host_release_caches(void);
