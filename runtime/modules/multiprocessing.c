/* The module _multiprocessing: SemLock, a semaphore with a name that processes share, which counts
 * how often this process holds it. */
#include "runtime/modules/argument.h"
#include "runtime/modules/blocking.h"
#include "runtime/modules/module.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/vm/thread.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <stddef.h>
#include <time.h>

enum { RECURSIVE, COUNTING }; /* kinds */

struct semlock {
  struct object head;
  struct object *name; /* str; NULL: it has been unlinked */
  sem_t *semaphore;    /* its address is the handle */
  uint64_t owner;      /* the thread that acquired it last */
  int32_t held;        /* acquired less released, by this process */
  int32_t most;
  int32_t kind;
};
static struct type semlock_type;
static struct semlock *semlock_of(struct object *o) { return (struct semlock *)o; }

static bool is_mine(const struct semlock *s) { return s->held > 0 && s->owner == vm_thread->ident; }
static void *fail(void) { return error_errno(errno, NULL, NULL); }

/* ---- Birth and death ---- */

/* Takes over the semaphore; a NULL is the error it was opened with. */
static struct object *make(struct type *t, sem_t *semaphore, int kind, int most,
                           struct object *name) {
  if (semaphore == SEM_FAILED)
    return fail();
  struct object *o = type_generic_alloc(t);
  if (!o) {
    sem_close(semaphore);
    return NULL;
  }
  struct semlock *s = semlock_of(o);
  s->semaphore = semaphore;
  s->kind = kind;
  s->most = most;
  if (name)
    store_first(o, &s->name, hold(name));
  return o;
}
static void close_semaphore(struct object *o) {
  if (semlock_of(o)->semaphore)
    sem_close(semlock_of(o)->semaphore);
}
static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  static const char *const names[] = {"kind", "value", "maxvalue", "name", "unlink"};
  static const struct args_spec spec = {"SemLock", names, 5, 0, 5, 5};
  struct object *v[5], *owner = NULL;
  int kind, value, most;
  bool unlinks;
  if (args_parse(&spec, args, n, kwnames, v) < 0 || argument_int(v[0], &kind) < 0 ||
      argument_int(v[1], &value) < 0 || argument_int(v[2], &most) < 0)
    return NULL;
  const char *name = argument_text(v[3], "SemLock() argument 'name'", &owner);
  if (!name)
    return NULL;
  struct object *result = NULL;
  if (argument_bool(v[4], &unlinks) < 0) {
  } else if (kind != RECURSIVE && kind != COUNTING)
    error_set(ERROR_VALUE, "unrecognized kind");
  else {
    sem_t *semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, value);
    if (semaphore != SEM_FAILED && unlinks && sem_unlink(name) < 0) {
      fail();
      sem_close(semaphore);
    } else
      result = make(t, semaphore, kind, most, unlinks ? NULL : v[3]);
  }
  drop_null(owner);
  return result;
}
static struct object *rebuild(struct object *type, struct object *const *args, size_t n) {
  int64_t handle;
  int kind, most;
  struct object *owner = NULL;
  if (args_check_count("_rebuild", n, 4, 4) < 0 || argument_long(args[0], &handle) < 0 ||
      argument_int(args[1], &kind) < 0 || argument_int(args[2], &most) < 0)
    return NULL;
  if (args[3] == NONE) /* inherited over a fork, as the parent's object */
    return make((struct type *)type, (sem_t *)(uintptr_t)handle, kind, most, NULL);
  const char *name = argument_text(args[3], "_rebuild() argument 4", &owner);
  struct object *result =
      name ? make((struct type *)type, sem_open(name, 0), kind, most, args[3]) : NULL;
  drop_null(owner);
  return result;
}

/* ---- Waiting ---- */

/* 1: acquired; 0: not in time; -1: an error. `seconds` NULL: as long as it takes. */
static int wait(sem_t *semaphore, bool blocks, const double *seconds) {
  int status;
  do {
    status = sem_trywait(semaphore);
  } while (status < 0 && errno == EINTR && vm_handle_signals() == 0);
  if (status == 0)
    return 1;
  if (errno == EINTR)
    return -1;
  if (errno == EAGAIN && blocks) {
    struct timespec deadline = {0};
    if (seconds)
      deadline = timestamp_timespec_of(
          timestamp_deadline(*seconds < 9e9 ? (int64_t)(*seconds * 1e9) : INT64_MAX / 4));
    bool raised = false;
    status = BLOCKING_RETRY(&raised, seconds ? sem_clockwait(semaphore, CLOCK_MONOTONIC, &deadline)
                                             : sem_wait(semaphore));
    if (raised)
      return -1;
    if (status == 0)
      return 1;
  }
  if (errno == EAGAIN || errno == ETIMEDOUT)
    return 0;
  fail();
  return -1;
}
static struct object *acquire_by(struct semlock *s, bool blocks, const double *seconds) {
  if (s->kind == RECURSIVE && is_mine(s)) {
    s->held++;
    return hold(TRUE_);
  }
  int got = wait(s->semaphore, blocks, seconds);
  if (got <= 0)
    return got < 0 ? NULL : hold(FALSE_);
  s->held++;
  s->owner = vm_thread->ident;
  return hold(TRUE_);
}
METHOD(acquire, "acquire", 0, 2, 0, "block", "timeout") {
  bool blocks = true, has_timeout = v[1] && v[1] != NONE;
  double seconds = 0;
  if ((v[0] && argument_bool(v[0], &blocks) < 0) ||
      (has_timeout && number_to_double(v[1], &seconds) < 0))
    return NULL;
  if (!(seconds >= 0))
    seconds = 0;
  return acquire_by(semlock_of(self), blocks, has_timeout ? &seconds : NULL);
}
static struct object *enter(struct object *o) { return acquire_by(semlock_of(o), true, NULL); }

static struct object *release(struct object *o) {
  struct semlock *s = semlock_of(o);
  int value;
  if (s->kind == RECURSIVE) {
    if (!is_mine(s))
      return error_format(ERROR_ASSERTION, "attempt to release recursive lock not owned by thread");
    if (s->held > 1) {
      s->held--;
      return hold(NONE);
    }
  } else {
    if (sem_getvalue(s->semaphore, &value) < 0)
      return fail();
    if (value >= s->most)
      return error_format(ERROR_VALUE, "semaphore or lock released too many times");
  }
  if (sem_post(s->semaphore) < 0)
    return fail();
  s->held--;
  return hold(NONE);
}
static struct object *leave(struct object *o, struct object *const *args, size_t n) {
  return args_check_count("__exit__", n, 0, 3) < 0 ? NULL : release(o);
}

/* ---- Questions ---- */

static struct object *count(struct object *o) { return int_from_i64(semlock_of(o)->held); }
static struct object *is_mine_none(struct object *o) {
  return hold(bool_from(is_mine(semlock_of(o))));
}
static struct object *get_value(struct object *o) {
  int value;
  if (sem_getvalue(semlock_of(o)->semaphore, &value) < 0)
    return fail();
  return int_from_i64(value < 0 ? 0 : value);
}
static struct object *is_zero(struct object *o) {
  int value;
  return sem_getvalue(semlock_of(o)->semaphore, &value) < 0 ? fail() : hold(bool_from(value == 0));
}
static struct object *after_fork(struct object *o) {
  semlock_of(o)->held = 0;
  return hold(NONE);
}

static const struct method_def methods[] = {
    METHOD_KEYWORDS_("acquire", acquire_call,
                     DOC("acquire", "$self, /, block=True, timeout=None",
                         "Acquire the semaphore; whether that came about.")),
    METHOD_NOARGS_("release", release, DOC("release", "$self, /", "Release the semaphore.")),
    METHOD_NOARGS_("_count", count,
                   DOC("_count", "$self, /", "Acquired less released, by this process.")),
    METHOD_NOARGS_("_is_mine", is_mine_none,
                   DOC("_is_mine", "$self, /", "Whether this thread holds it.")),
    METHOD_NOARGS_("_get_value", get_value,
                   DOC("_get_value", "$self, /", "The value of the semaphore.")),
    METHOD_NOARGS_("_is_zero", is_zero, DOC("_is_zero", "$self, /", "Whether that is zero.")),
    METHOD_NOARGS_("_after_fork", after_fork,
                   DOC("_after_fork", "$self, /", "A new process holds nothing yet.")),
    METHOD_NOARGS_("__enter__", enter, DOC("__enter__", "$self, /", "Acquire the semaphore.")),
    METHOD_FAST_("__exit__", leave,
                 DOC("__exit__", "$self, exc_type=None, exc_value=None, exc_tb=None, /",
                     "Release the semaphore.")),
    {.name = "_rebuild",
     .flags = METHOD_FAST | METHOD_CLASS,
     .fast = rebuild,
     .doc = DOC("_rebuild", "$type, handle, kind, maxvalue, name, /",
                "The semaphore that another process described.")},
    {.name = NULL}};
static const struct member_def members[] = {
    {"handle", MEMBER_INT64, MEMBER_READONLY, offsetof(struct semlock, semaphore), NULL},
    {"kind", MEMBER_INT32, MEMBER_READONLY, offsetof(struct semlock, kind), NULL},
    {"maxvalue", MEMBER_INT32, MEMBER_READONLY, offsetof(struct semlock, most), NULL},
    {"name", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct semlock, name), NULL},
    {NULL}};

static struct type semlock_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_RELEASES,
              .refs_offset = offsetof(struct semlock, name),
              .refs_n = 1,
              .basic_bytes = sizeof(struct semlock)},
    .name = "_multiprocessing.SemLock",
    .flags = TYPE_BASE,
    .base = &object_type,
    .new_ = new_slot,
    .release = close_semaphore,
    .methods = methods,
    .members = members,
    .doc = "Semaphore/Mutex type",
};

/* ---- The module ---- */

static struct object *unlink_one(struct object *module, struct object *o) {
  struct object *owner = NULL;
  const char *name = argument_text(o, "sem_unlink() argument", &owner);
  if (!name)
    return NULL;
  int status = sem_unlink(name);
  struct object *result = status < 0 ? fail() : hold(NONE);
  drop_null(owner);
  return result;
}
static const struct method_def functions[] = {
    METHOD_ONE_("sem_unlink", unlink_one,
                DOC("sem_unlink", "$module, name, /", "Remove the name of a semaphore.")),
    {NULL}};

static int add_flags(struct object *module) {
  static const char *const flags[] = {"HAVE_SEM_OPEN", "HAVE_SEM_TIMEDWAIT"};
  struct object *dict = dict_new(), *one = int_from_i64(1);
  int status = dict && one ? 0 : -1;
  for (size_t i = 0; status == 0 && i < ARRAY_SIZE(flags); i++) {
    struct object *name = str_intern(flags[i]);
    status = name ? dict_set(dict, name, one) : -1;
    drop_null(name);
  }
  if (status == 0)
    status = module_add(module, "flags", dict);
  drop_null(one);
  drop_null(dict);
  return status;
}

int module_multiprocessing_fill(struct object *module) {
  if (module_add_type(module, &semlock_type) < 0 || add_flags(module) < 0)
    return -1;
  struct object *most = int_from_i64(SEM_VALUE_MAX), *name = str_intern("SEM_VALUE_MAX");
  int status = most && name ? dict_set(semlock_type.attributes, name, most) : -1;
  drop_null(name);
  drop_null(most);
  return status < 0 ? -1 : module_add_functions(module, functions);
}
