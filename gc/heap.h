/* What the runtime calls on its hot paths: allocation, references, tracking, safepoints.
 *
 * The contract is the same in both families; what a family does not need compiles to nothing.
 *
 *   struct object *hold(o)              one more reference; returns o
 *   void hold_many(o, n)                n more
 *   void drop(o) / drop_null(o)         one less; may destroy o (drop_null accepts NULL)
 *   void store(owner, slot, value)      *slot = value, then drops what was there; takes over the
 *                                       caller's reference on value (which may be NULL)
 *   void store_first(owner, slot, value)   the same into a slot that holds nothing yet
 *   void gc_immortalize(o)              o never dies
 *
 *   struct object *gc_new(t, bytes)            a leaf: count 1, NULL when memory is exhausted even
 *                                              after an emergency collection; type and header are
 *                                              set, the rest is NOT zeroed
 *   struct object *gc_new_container(t, bytes)  an object of a GC_CONTAINER type: as above, counted
 *                                              for generation 0, untracked, references zeroed by the
 *                                              caller BEFORE the next allocation or safepoint
 *   void gc_delete(o, bytes)                   frees the block of an untracked or tracked object that
 *                                              holds nothing any more (both families, any type)
 *   void gc_track(o), gc_untrack(o), bool gc_is_tracked(o)     rc family; tracing: nothing, false
 *   bool gc_is_finalized(o), gc_set_finalized(o)
 *   void *gc_buffer_new(bytes), gc_buffer_free(p, bytes)
 *                                              item buffers: counted in the heap's bytes, no header
 *   void *gc_buffer_resize(p, old, bytes)      NULL: the buffer is as it was, or has been changed by what
 *                                              a collection ran, for memory was exhausted and is perhaps
 *                                              not any more: who reads again where the buffer is may try
 *                                              again. When it succeeds nothing was collected meanwhile.
 *                                              p may be NULL (old is then 0)
 *   void *gc_buffer_try(bytes)                 gc_buffer_new with the promise of gc_buffer_resize: for
 *                                              the tables of what a program can reach
 *   void *gc_scratch_new(bytes), gc_scratch_free(p)
 *                                              blocks of the allocator that libraries work in: in no
 *                                              statistics of the heap, and nothing is collected for
 *                                              them; NULL: the allocator has none
 *   void gc_safepoint(void)                    at function entry and backward jumps: one predicted
 *                                              test; a due collection happens here
 *   bool gc_is_dying(o)                        nothing holds o any more: a weak reference to it must
 *                                              not be followed (tracing: never true)
 *   bool gc_finalize_dying(o)                  rc family, for host_destroy: runs the finaliser unless
 *                                              it ran before; true: o lives again, leave it alone
 *   void gc_keep(o)                            keeps o alive up to here: the compiler may otherwise
 *                                              hold an interior pointer outside the object only
 *
 *   void gc_thread_attach(), gc_thread_detach(), gc_thread_park(), gc_thread_unpark()
 *                               threads take turns in the heap, as under a GIL. One other than
 *                               gc_open's attaches before (it is parked then) and detaches after; it
 *                               unparks on entering the heap (taking the GIL), and parks before it
 *                               lets another thread in
 *   void gc_thread_before_fork(), gc_thread_after_fork_parent(), gc_thread_after_fork_child()
 *                               around fork, by the thread that is in the heap
 *
 * Ownership: functions return a reference the caller owns and borrow their arguments, unless the
 * name says `_borrowed` (result) or `_taking` (argument). An object's references must be
 * traversable (NULL or valid) whenever something is allocated. */
#pragma once
#include "gc/gc.h"
#include "gc/header.h"

#if GC_RC
#include "gc/rc.h"
/* Reference counts need nobody's stack. */
static inline void gc_thread_attach(void) {}
static inline void gc_thread_detach(void) {}
static inline void gc_thread_park(void) {}
static inline void gc_thread_unpark(void) {}
static inline void gc_thread_before_fork(void) {}
static inline void gc_thread_after_fork_parent(void) {}
static inline void gc_thread_after_fork_child(void) {}
#else
#include "gc/tracing.h"
static inline bool gc_is_dying(const struct object *o) { return (void)o, false; }
#endif

/* gc_buffer_resize for a buffer that no program can reach, and nothing that a collection runs can
 * change. */
static inline void *gc_buffer_resize_own(void *p, size_t old_bytes, size_t bytes) {
  void *moved = gc_buffer_resize(p, old_bytes, bytes);
  return LIKELY(moved != NULL) ? moved : gc_buffer_resize(p, old_bytes, bytes);
}

/* Changes with each collection: what was read of objects that programs can reach may have been
 * changed by what it ran, if this is not what it was. */
static inline uint32_t gc_serial(void) { return gc_heap.serial; }

static inline struct type *type_of(const struct object *o) { return o->type; }
