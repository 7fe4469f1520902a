/* Objects: what every type shares. See type.h for types, and one header per type beside it.
 *
 * Conventions. A function returns a reference the caller owns and borrows its arguments;
 * `_borrowed` marks a result that stays its container's, `_taking` an argument whose reference is
 * taken over (on failure too). A pointer result is NULL, an int result -1, when an error is set
 * (error.h); int results are otherwise 0 or 1. */
#pragma once
#include "base/check.h"
#include "gc/heap.h"
#include "runtime/object/error.h"

struct object_pair {
  struct object *first, *second;
};

/* An int. Bools are ints too, as in Python, so the layout stands here; int.h says what it means. */
struct int_object {
  struct object head;
  int64_t word;     /* bit 0 clear: the value times two. Set: sign and number of the limbs */
  uint64_t limbs[]; /* magnitude, least significant first */
};

/* The singletons; immortal. */
extern struct object object_none, object_ellipsis, object_not_implemented;
extern struct int_object object_true, object_false;
#define NONE            (&object_none)
#define TRUE_           (&object_true.head)
#define FALSE_          (&object_false.head)
#define ELLIPSIS        (&object_ellipsis)
#define NOT_IMPLEMENTED (&object_not_implemented)

/* Initialiser for the head of an object that is part of the program: immortal, never tracked. */
#if GC_RC
#define OBJECT_STATIC(type_)                                                                       \
  { .count = GC_IMMORTAL, .pos = GC_POS_UNTRACKED, .type = &(type_) }
#else
#define OBJECT_STATIC(type_)                                                                       \
  { .type = &(type_) }
#endif

static inline struct object *bool_from(bool b) { return b ? TRUE_ : FALSE_; }

/* Whether a caller who owns one reference owns the only one, so that it may change the object in
 * place. The tracing family can't know: false. */
static inline bool object_is_unshared(const struct object *o) {
#if GC_RC
  return o->count == 1;
#else
  return (void)o, false;
#endif
}

/* Whether containers are tracked: not in the tracing family, nor without a cycle collector. */
static inline bool object_is_tracking(void) {
#if GC_RC
  return rc_heap.young_step != 0;
#else
  return false;
#endif
}

/* Equality as containers test it: an object equals itself, whatever its type says. May call
 * arbitrary code. -1 with an error set, ERROR_RECURSION when the structure is too deep. */
int object_equal(struct object *a, struct object *b);
/* Never -1 but for an error (unhashable, too deep), as in CPython. */
int64_t object_hash(struct object *o);
/* The hash of an object by its address. */
int64_t object_hash_identity(const struct object *o);

/* Around every step down a structure that recurses in C: false with ERROR_RECURSION at
 * object_depth_limit steps (at most OBJECT_DEPTH_MAX: what the C stack bears). Each true needs one
 * object_leave. */
enum { OBJECT_DEPTH_MAX = 4000 };
extern unsigned object_depth_limit;
bool object_enter(void);
void object_leave(void);
/* The same around calls from C, which are counted apart: always up to OBJECT_DEPTH_MAX. */
bool object_enter_call(void);
void object_leave_call(void);

/* Recomputes the invariants of one object; false with the first violation. */
bool object_check(const struct object *o, char *error, size_t error_bytes);

/* Settings, read by object_open. */
struct object_options {
  bool freelists; /* rc family: keep dead floats, ints, tuples, lists and dicts for reuse (the
                     default); off: every birth and death reaches the allocator */
  const char *hash_seed; /* in the place of PYTHONHASHSEED; NULL: that is looked at */
};
extern struct object_options object_options;

/* The runtime over an open heap: static types, small ints, interned strings. Call after gc_open and
 * before gc_close. Hashes of strings are seeded by PYTHONHASHSEED: "random", or a number; without
 * it by 0, so that runs repeat. False when memory is exhausted or the seed is none (ERROR_VALUE).
 */
bool object_open(void);
/* Frees all that the runtime itself holds. Objects of the program must be dropped before. */
void object_close(void);
