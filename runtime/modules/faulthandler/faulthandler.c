/* The module faulthandler: where a program is, told when it crashes, hangs, or gets a signal. */
#include "runtime/modules/faulthandler/faulthandler.h"
#include "runtime/modules/argument.h"
#include "runtime/modules/import/import.h"
#include "runtime/modules/module.h"
#include "runtime/modules/signal/signal.h"
#include "runtime/modules/sys.h"
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/vm/gil.h"
#include "runtime/vm/signals.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static struct object *fatal_owner; /* the file of enable() */

/* ---- Files ---- */

static int fd_of(struct object *file) {
  struct object *number = call_method_none(file, NAME(plain_fileno)), *done;
  int64_t fd = -1;
  if (!number)
    return -1;
  bool fits = is_any_int(number) && int_to_i64(number, &fd) && fd >= 0 && fd <= INT_MAX;
  drop(number);
  if (!fits) {
    error_format(ERROR_RUNTIME, "file.fileno() is not a valid file descriptor");
    return -1;
  }
  done = call_method_none(file, NAME(plain_flush));
  if (!done)
    error_clear();
  drop_null(done);
  return (int)fd;
}

int faulthandler_file(struct object *file, struct object **owner) {
  *owner = NULL;
  if (file && file != NONE && is_any_int(file)) {
    int fd;
    if (argument_int(file, &fd) < 0)
      return -1;
    if (fd < 0)
      error_format(ERROR_VALUE, "file is not a valid file descripter");
    return fd < 0 ? -1 : fd;
  }
  if (!file || file == NONE) {
    file = sys_get_borrowed("stderr");
    if (!file || file == NONE) {
      error_format(ERROR_RUNTIME, file ? "sys.stderr is None" : "unable to get sys.stderr");
      return -1;
    }
  }
  hold(file);
  int fd = fd_of(file);
  if (fd < 0)
    drop(file);
  else
    *owner = file;
  return fd;
}

/* ---- Crashes ---- */

static void keep(struct object **slot, struct object *owner) {
  struct object *before = *slot;
  *slot = owner;
  drop_null(before);
}

/* (file=sys.stderr, all_threads=True): the descriptor, or -1 with an error. */
static int read_where(struct object *const *v, struct object **owner, bool *all) {
  *all = true;
  if (v[1] && argument_int_bool(v[1], all) < 0)
    return -1;
  return faulthandler_file(v[0], owner);
}

FUNCTION(dump_traceback, "dump_traceback", 0, 2, 0, "file", "all_threads") {
  struct object *owner;
  bool all;
  int fd = read_where(v, &owner, &all);
  if (fd < 0)
    return NULL;
  if (all)
    dump_all_threads(fd);
  else
    dump_this_thread(fd);
  drop_null(owner);
  return vm_handle_signals() < 0 ? NULL : hold(NONE);
}

FUNCTION(enable, "enable", 0, 2, 0, "file", "all_threads") {
  struct object *owner;
  bool all;
  int fd = read_where(v, &owner, &all);
  if (fd < 0)
    return NULL;
  keep(&fatal_owner, owner);
  return fatal_enable(fd, all) < 0 ? NULL : hold(NONE);
}

static struct object *disable(struct object *module) {
  bool was = fatal_disable();
  keep(&fatal_owner, NULL);
  return hold(bool_from(was));
}

static struct object *is_enabled(struct object *module) {
  return hold(bool_from(fatal_is_enabled()));
}

/* ---- Signals of the user's choice ---- */

static struct user_signal {
  bool is_ours, all, chains;
  int fd;
  struct sigaction before;
} users[SIGNALS_N];
static struct object *user_owners[SIGNALS_N];

static void tell(int number);

static int install(int number) {
  struct user_signal *u = &users[number];
  /* Without SA_NODEFER a chained handler could not raise the signal once more. */
  struct sigaction action = {.sa_handler = tell,
                             .sa_flags = SA_RESTART | (u->chains ? SA_NODEFER : 0) |
                                         (fatal_open_stack() ? SA_ONSTACK : 0)};
  sigemptyset(&action.sa_mask);
  return sigaction(number, &action, u->is_ours ? NULL : &u->before);
}

static void tell(int number) {
  int saved = errno;
  struct user_signal *u = &users[number];
  if (!u->is_ours)
    return;
  if (u->all)
    dump_all_threads(u->fd);
  else
    dump_this_thread(u->fd);
  if (u->chains) {
    sigaction(number, &u->before, NULL);
    errno = saved;
    raise(number);
    saved = errno;
    install(number);
  }
  errno = saved;
}

static int user_number(struct object *o, int *number) {
  if (argument_int(o, number) < 0)
    return -1;
  if (fatal_owns(*number)) {
    error_format(ERROR_RUNTIME, "signal %i cannot be registered, use enable() instead", *number);
    return -1;
  }
  return signal_number(o, number);
}

FUNCTION(register_, "register", 0, 4, 1, "signum", "file", "all_threads", "chain") {
  int number;
  bool all = true, chains = false;
  struct object *owner;
  if (user_number(v[0], &number) < 0 || (v[2] && argument_int_bool(v[2], &all) < 0) ||
      (v[3] && argument_int_bool(v[3], &chains) < 0))
    return NULL;
  int fd = faulthandler_file(v[1], &owner);
  if (fd < 0)
    return NULL;
  struct user_signal *u = &users[number];
  u->chains = chains;
  if (!u->is_ours && install(number) < 0) {
    drop_null(owner);
    return error_errno(errno, NULL, NULL);
  }
  u->fd = fd;
  u->all = all;
  u->is_ours = true;
  keep(&user_owners[number], owner);
  return hold(NONE);
}

static bool unregister_number(int number) {
  if (!users[number].is_ours)
    return false;
  users[number].is_ours = false;
  sigaction(number, &users[number].before, NULL);
  keep(&user_owners[number], NULL);
  return true;
}
static struct object *unregister(struct object *module, struct object *o) {
  int number;
  return user_number(o, &number) < 0 ? NULL : hold(bool_from(unregister_number(number)));
}

/* ---- For tests: ways to crash ---- */

/* A crash is asked for: no core is to be written of it. */
static void without_core(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_CORE, &limit) == 0) {
    limit.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &limit);
  }
}

static struct object *read_null(struct object *module) {
  without_core();
  int *volatile nowhere = NULL;
  return int_from_i64(*nowhere);
}
static struct object *crash_by(int number) {
  without_core();
  for (;;) /* until the default action, which our handler leads to */
    raise(number);
  return NULL;
}
static struct object *sigsegv(struct object *module, struct object *const *args, size_t n) {
  bool releases = false;
  if (args_check_count("_sigsegv", n, 0, 1) < 0 || (n && argument_int_bool(args[0], &releases) < 0))
    return NULL;
  if (releases)
    gil_release();
  return crash_by(SIGSEGV);
}
static struct object *sigfpe(struct object *module) { return crash_by(SIGFPE); }
static struct object *sigabrt(struct object *module) {
  without_core();
  abort();
}

static void *give_up_in_thread(void *nothing) {
  (void)nothing;
  without_core();
  fatal_error("faulthandler_fatal_error_thread: in new thread");
}
static struct object *fatal_error_c_thread(struct object *module) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, give_up_in_thread, NULL))
    return error_format(ERROR_RUNTIME, "unable to start the thread");
  gil_release(); /* it will not end, but everything else */
  pthread_join(thread, NULL);
  gil_acquire();
  return hold(NONE);
}

static volatile uintptr_t depth_max = UINTPTR_MAX; /* farther than any stack reaches */
static NO_INLINE uintptr_t use_stack(uintptr_t depth) {
  if (depth == depth_max)
    return 0;
  volatile char room[4096];
  room[0] = (char)depth;
  room[sizeof room - 1] = room[0];
  return use_stack(depth + 1) + (uintptr_t)room[0];
}
static struct object *stack_overflow(struct object *module) {
  without_core();
  return int_from_u64(use_stack(1));
}

static const struct method_def functions[] = {
    METHOD_KEYWORDS_("enable", enable_call,
                     "enable(file=sys.stderr, all_threads=True): enable the fault handler"),
    METHOD_NOARGS_("disable", disable, "disable(): disable the fault handler"),
    METHOD_NOARGS_("is_enabled", is_enabled, "is_enabled()->bool: check if the handler is enabled"),
    METHOD_KEYWORDS_("dump_traceback", dump_traceback_call,
                     "dump_traceback(file=sys.stderr, all_threads=True): dump the traceback of the "
                     "current thread, or of all threads if all_threads is True, into file"),
    METHOD_KEYWORDS_("register", register__call,
                     "register(signum, file=sys.stderr, all_threads=True, chain=False): register a "
                     "handler for the signal 'signum': dump the traceback of the current thread, "
                     "or of all threads if all_threads is True, into file"),
    METHOD_ONE_("unregister", unregister,
                "unregister(signum): unregister the handler of the signal 'signum' registered by "
                "register()"),
    METHOD_NOARGS_("_read_null", read_null, "_read_null(): read from NULL"),
    METHOD_FAST_("_sigsegv", sigsegv, "_sigsegv(release_gil=False): raise a SIGSEGV signal"),
    METHOD_NOARGS_("_fatal_error_c_thread", fatal_error_c_thread,
                   "_fatal_error_c_thread(): crash in a thread that Python does not know"),
    METHOD_NOARGS_("_sigabrt", sigabrt, "_sigabrt(): raise a SIGABRT signal"),
    METHOD_NOARGS_("_sigfpe", sigfpe, "_sigfpe(): raise a SIGFPE signal"),
    METHOD_NOARGS_("_stack_overflow", stack_overflow, "_stack_overflow(): use up the stack"),
    {NULL}};

/* ---- The module ---- */

int module_faulthandler_fill(struct object *module) {
  for (size_t i = 0; i < SIGNALS_N; i++)
    if (module_root(&user_owners[i]) < 0)
      return -1;
  return module_root(&fatal_owner) < 0 || watchdog_open() < 0 ||
                 module_add_functions(module, functions) < 0 ||
                 module_add_functions(module, watchdog_functions) < 0
             ? -1
             : 0;
}

int faulthandler_start(void) {
  struct object *module = import_module("faulthandler");
  struct object *f = module ? attribute_get_ascii(module, "enable") : NULL;
  struct object *done = f ? call_none(f) : NULL;
  drop_null(f);
  drop_null(module);
  drop_null(done);
  return done ? 0 : -1;
}

void faulthandler_close(void) {
  watchdog_close();
  for (int number = 1; number < SIGNALS_N; number++)
    unregister_number(number);
  fatal_disable();
  keep(&fatal_owner, NULL);
}
