/* A small runtime of the tests' own: types of every layout, roots, weak references and finalisers,
 * behind gc/host.h. The tests of the collectors depend on nothing above gc/.
 *
 *   leaf    no references, `payload` bytes                    GC_LEAF
 *   pair    two references                                    GC_FIXED    plain
 *   row     n references inside the object                    GC_INLINE   plain
 *   shelf   n references in a buffer it owns                  GC_BUFFER   plain, releases
 *   split   a reference in front, a buffer of n behind        GC_SPANS    releases
 *   odd     two references, hidden from spans                 GC_VISIT
 *   mortal  two references, finaliser, weak references        GC_FIXED
 *   weak    a weak reference; `data` is strong                GC_FIXED
 *   class   a type made at run time; its instances have two references and hold it */
#pragma once
#include "gc/heap.h"
#include "gc/host.h"

struct leaf {
  struct object head;
  size_t n; /* bytes of payload */
  char payload[];
};
struct pair {
  struct object head;
  struct object *refs[2];
};
struct row {
  struct object head;
  size_t n;
  struct object *refs[];
};
struct shelf {
  struct object head;
  size_t n;
  struct object **items;
};
struct split {
  struct object head;
  struct object *front;
  size_t n;
  struct object **items;
};
struct mortal {
  struct object head;
  struct object *refs[2];
  struct object *weakrefs;
  uint64_t id;
};
struct weak {
  struct object head;
  struct object *data;
  struct object *referent;              /* NULL: cleared */
  struct weak *next, *previous;         /* of the same referent */
  struct weak *all_next, *all_previous; /* of all that refer to something */
  bool calls;                           /* it has a callback */
  uint64_t id;
};

struct type {
  struct object head;
  struct gc_shape shape;
  const char *name;
};

extern struct type type_type, leaf_type, pair_type, row_type, shelf_type, split_type, odd_type,
    mortal_type, weak_type;

/* Each returns a reference the caller owns, or NULL when memory is exhausted. References are NULL.
 */
struct object *leaf_new(size_t payload);
struct object *pair_new(void);
struct object *row_new(size_t n);
struct object *shelf_new(size_t n);
struct object *split_new(size_t n);
struct object *odd_new(void);
struct object *mortal_new(uint64_t id);
struct object *weak_new(struct object *mortal, bool calls, uint64_t id);
struct type *class_new(void);
struct object *instance_new(struct type *class);

/* The i-th reference of any container but weak. */
struct object **slot_of(struct object *o, size_t i);
size_t slots_of(const struct object *o);
/* Stores; takes over the caller's reference. */
void set(struct object *o, size_t i, struct object *value);

/* Precise roots. */
enum { HOST_ROOTS = 64 };
extern struct object *host_roots[HOST_ROOTS];
/* Stores into a root and drops what was there; takes over the caller's reference. */
void root_set(size_t i, struct object *value);

/* What happened, in order: finalisers as their mortal's id, callbacks as the weak's id + 1000. */
enum { HOST_EVENTS = 4096 };
extern uint64_t host_events[HOST_EVENTS];
extern size_t host_events_n;
/* Called by every finaliser and callback; NULL: nothing. */
extern void (*host_on_finalize)(struct mortal *m);
extern void (*host_on_callback)(struct weak *w);
extern bool (*host_on_may_untrack)(struct object *o, unsigned generation); /* NULL: never */
extern unsigned host_begun, host_ended, host_released_caches;

/* Opens the collector of this family that collects cycles (or the one named) over glibc's
 * allocator, or another; forgets roots and events. Fails the test when that fails. */
void host_open(const char *collector_and_options);
void host_open_over(const char *alloc_spec, const char *collector_and_options);
/* Empties roots and closes; returns what gc_close does. */
size_t host_close(void);
/* The collector of this family that collects cycles. */
#if GC_RC
#define HOST_COLLECTOR "three-generation"
#else
#define HOST_COLLECTOR "mark-sweep"
#endif
/* Calls f out of line and overwrites the stack it used, so that a conservative scan finds nothing
 * of it. */
void host_away(void (*f)(void *context), void *context);
/* A full collection with a clean stack. */
size_t host_collect(void);
