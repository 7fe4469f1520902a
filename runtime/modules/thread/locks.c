/* Lock and RLock: a semaphore of the C library each, waited for without the GIL. */
#include "runtime/modules/argument.h"
#include "runtime/modules/blocking.h"
#include "runtime/modules/thread/thread.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/weakref.h"
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <time.h>

struct lock {
  struct object head;
  struct object *weakrefs; /* not owned */
  sem_t semaphore;         /* 1: free */
  bool is_locked;
};
struct rlock {
  struct lock lock;
  uint64_t owner; /* thread; meaningful while depth > 0 */
  uint64_t depth; /* how often the owner has acquired it */
};

static struct lock *lock_of(struct object *o) { return (struct lock *)o; }
static struct rlock *rlock_of(struct object *o) { return (struct rlock *)o; }
static uint64_t me(void) { return (uint64_t)pthread_self(); }

static struct object *make(struct type *t) {
  struct object *o = type_generic_alloc(t);
  if (o)
    sem_init(&lock_of(o)->semaphore, 0, 1);
  return o;
}
struct object *lock_new(void) {
  return make(&lock_type);
}
static void release_semaphore(struct object *o) { sem_destroy(&lock_of(o)->semaphore); }

/* ---- Waiting ---- */

enum { FOREVER = -1000000000 }; /* ns: what acquire's default of -1 second comes to */

/* 1: acquired; 0: not in time; -1: the handler of a signal raised. */
static int wait(struct lock *l, int64_t ns) {
  if (sem_trywait(&l->semaphore) == 0) {
    l->is_locked = true;
    return 1;
  }
  if (ns == 0)
    return 0;
  struct timespec deadline = {0};
  if (ns > 0)
    deadline = timestamp_timespec_of(timestamp_deadline(ns));
  for (;;) {
    if (BLOCKING(ns > 0 ? sem_clockwait(&l->semaphore, CLOCK_MONOTONIC, &deadline)
                        : sem_wait(&l->semaphore)) == 0) {
      l->is_locked = true;
      return 1;
    }
    if (errno != EINTR)
      return 0;
    if (vm_handle_signals() < 0)
      return -1;
  }
}

/* acquire(blocking=True, timeout=-1) -> nanoseconds; FOREVER, 0: don't wait. */
static int read_timeout(struct object *const *args, size_t n, struct object *kwnames, int64_t *ns) {
  static const char *const names[] = {"blocking", "timeout"};
  static const struct args_spec spec = {"acquire", names, 2, 0, 2, 0};
  struct object *v[2];
  bool blocking = true;
  *ns = FOREVER;
  if (args_parse(&spec, args, n, kwnames, v) < 0 ||
      (v[0] && argument_int_bool(v[0], &blocking) < 0) ||
      (v[1] && timestamp_to_ns(v[1], ns, TIMESTAMP_AWAY) < 0))
    return -1;
  if (!blocking && *ns != FOREVER) {
    error_set(ERROR_VALUE, "can't specify a timeout for a non-blocking call");
    return -1;
  }
  if (*ns < 0 && *ns != FOREVER) {
    error_set(ERROR_VALUE, "timeout value must be positive");
    return -1;
  }
  if (!blocking)
    *ns = 0;
  return 0;
}

/* ---- Lock ---- */

static struct object *acquire(struct object *o, struct object *const *args, size_t n,
                              struct object *kwnames) {
  int64_t ns;
  if (read_timeout(args, n, kwnames, &ns) < 0)
    return NULL;
  int got = wait(lock_of(o), ns);
  return got < 0 ? NULL : hold(bool_from(got));
}
static void unlock(struct lock *l) {
  l->is_locked = false;
  sem_post(&l->semaphore);
}
void lock_release_quietly(struct object *o) {
  if (lock_of(o)->is_locked)
    unlock(lock_of(o));
}
static struct object *release(struct object *o) {
  if (!lock_of(o)->is_locked)
    return error_format(ERROR_RUNTIME, "release unlocked lock");
  unlock(lock_of(o));
  return hold(NONE);
}
static struct object *locked(struct object *o) { return hold(bool_from(lock_of(o)->is_locked)); }
static struct object *leave(struct object *o, struct object *const *args, size_t n) {
  return release(o);
}
static struct object *reset(struct object *o) {
  sem_destroy(&lock_of(o)->semaphore);
  sem_init(&lock_of(o)->semaphore, 0, 1);
  lock_of(o)->is_locked = false;
  return hold(NONE);
}
static struct object *lock_repr(struct object *o) {
  return str_format("<%s %s object at %p>", lock_of(o)->is_locked ? "locked" : "unlocked",
                    type_of(o)->name, (void *)o);
}

#define DOC_ACQUIRE                                                                                \
  "acquire(blocking=True, timeout=-1) -> bool\n\nLock the lock, waiting for it unless told not "   \
  "to."
#define DOC_RELEASE "release()\n\nRelease the lock."
static const struct method_def lock_methods[] = {
    METHOD_KEYWORDS_("acquire_lock", acquire, DOC_ACQUIRE),
    METHOD_KEYWORDS_("acquire", acquire, DOC_ACQUIRE),
    METHOD_NOARGS_("release_lock", release, DOC_RELEASE),
    METHOD_NOARGS_("release", release, DOC_RELEASE),
    METHOD_NOARGS_("locked_lock", locked, "locked() -> bool\n\nWhether the lock is held."),
    METHOD_NOARGS_("locked", locked, "locked() -> bool\n\nWhether the lock is held."),
    METHOD_KEYWORDS_("__enter__", acquire, "Lock the lock."),
    METHOD_FAST_("__exit__", leave, "Release the lock."),
    METHOD_NOARGS_("_at_fork_reinit", reset, NULL),
    {NULL}};

struct type lock_type = {.head = OBJECT_STATIC(type_type),
                         .shape = {.layout = GC_LEAF,
                                   .flags = GC_WEAKREFS | GC_RELEASES,
                                   .weak_offset = offsetof(struct lock, weakrefs),
                                   .basic_bytes = sizeof(struct lock)},
                         .name = "_thread.lock",
                         .flags = TYPE_NO_INSTANCE,
                         .base = &object_type,
                         .release = release_semaphore,
                         .repr = lock_repr,
                         .methods = lock_methods,
                         .doc = "A lock object is a synchronization primitive."};

/* ---- RLock ---- */

static struct object *rlock_new_slot(struct type *t, struct object *const *args, size_t n,
                                     struct object *kwnames) {
  return make(t);
}
static bool is_mine(const struct rlock *r) { return r->depth && r->owner == me(); }

static struct object *rlock_acquire(struct object *o, struct object *const *args, size_t n,
                                    struct object *kwnames) {
  struct rlock *r = rlock_of(o);
  int64_t ns;
  if (read_timeout(args, n, kwnames, &ns) < 0)
    return NULL;
  if (is_mine(r)) {
    if (r->depth == UINT64_MAX)
      return error_format(ERROR_OVERFLOW, "Internal lock count overflowed");
    r->depth++;
    return hold(TRUE_);
  }
  int got = wait(&r->lock, ns);
  if (got > 0) {
    r->owner = me();
    r->depth = 1;
  }
  return got < 0 ? NULL : hold(bool_from(got));
}
static struct object *rlock_release(struct object *o) {
  struct rlock *r = rlock_of(o);
  if (!is_mine(r))
    return error_format(ERROR_RUNTIME, "cannot release un-acquired lock");
  if (--r->depth == 0) {
    r->owner = 0;
    unlock(&r->lock);
  }
  return hold(NONE);
}
static struct object *rlock_leave(struct object *o, struct object *const *args, size_t n) {
  return rlock_release(o);
}
static struct object *is_owned(struct object *o) { return hold(bool_from(is_mine(rlock_of(o)))); }
static struct object *release_save(struct object *o) {
  struct rlock *r = rlock_of(o);
  if (!r->depth)
    return error_format(ERROR_RUNTIME, "cannot release un-acquired lock");
  struct object *depth = int_from_u64(r->depth), *owner = depth ? int_from_u64(r->owner) : NULL;
  struct object *state = owner ? tuple_pack(2, depth, owner) : NULL;
  drop_null(owner);
  drop_null(depth);
  if (state) {
    r->depth = 0;
    r->owner = 0;
    unlock(&r->lock);
  }
  return state;
}
static struct object *acquire_restore(struct object *o, struct object *state) {
  struct rlock *r = rlock_of(o);
  int64_t depth, owner;
  if (!is_any_tuple(state) || tuple_length(state) != 2 ||
      !is_any_int(tuple_get_borrowed(state, 0)) || !is_any_int(tuple_get_borrowed(state, 1)) ||
      !int_to_i64(tuple_get_borrowed(state, 0), &depth) ||
      !int_to_i64(tuple_get_borrowed(state, 1), &owner))
    return error_format(ERROR_TYPE, "_acquire_restore() takes what _release_save() returned");
  int got = wait(&r->lock, FOREVER);
  if (got < 0)
    return NULL;
  r->depth = (uint64_t)depth;
  r->owner = (uint64_t)owner;
  return hold(NONE);
}
static struct object *rlock_reset(struct object *o) {
  rlock_of(o)->depth = rlock_of(o)->owner = 0;
  return reset(o);
}
static struct object *rlock_repr(struct object *o) {
  struct rlock *r = rlock_of(o);
  return str_format("<%s %N object owner=%llu count=%llu at %p>", r->depth ? "locked" : "unlocked",
                    o, (unsigned long long)r->owner, (unsigned long long)r->depth, (void *)o);
}

static const struct method_def rlock_methods[] = {
    METHOD_KEYWORDS_("acquire", rlock_acquire, DOC_ACQUIRE),
    METHOD_NOARGS_("release", rlock_release, DOC_RELEASE),
    METHOD_NOARGS_("_is_owned", is_owned, "_is_owned() -> bool\n\nFor internal use."),
    METHOD_ONE_("_acquire_restore", acquire_restore,
                "_acquire_restore(state)\n\nFor internal use."),
    METHOD_NOARGS_("_release_save", release_save, "_release_save() -> tuple\n\nFor internal use."),
    METHOD_KEYWORDS_("__enter__", rlock_acquire, DOC_ACQUIRE),
    METHOD_FAST_("__exit__", rlock_leave, DOC_RELEASE),
    METHOD_NOARGS_("_at_fork_reinit", rlock_reset, NULL),
    {NULL}};

struct type rlock_type = {.head = OBJECT_STATIC(type_type),
                          .shape = {.layout = GC_LEAF,
                                    .flags = GC_WEAKREFS | GC_RELEASES,
                                    .weak_offset = offsetof(struct rlock, lock.weakrefs),
                                    .basic_bytes = sizeof(struct rlock)},
                          .name = "_thread.RLock",
                          .flags = TYPE_BASE,
                          .base = &object_type,
                          .new_ = rlock_new_slot,
                          .release = release_semaphore,
                          .repr = rlock_repr,
                          .methods = rlock_methods};
