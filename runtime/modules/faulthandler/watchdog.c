/* dump_traceback_later: a thread that waits, and tells where the others are if nobody calls it off
 * in time. It never touches an object: what it needs is copied when it starts. */
#include "runtime/modules/argument.h"
#include "runtime/modules/faulthandler/faulthandler.h"
#include "runtime/modules/module.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/exception.h"
#include "runtime/object/protocol.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { NS_PER_US = 1000, US_PER_SECOND = 1000000 };

static struct {
  pthread_t thread;
  pid_t process; /* whose thread it is; 0: none is waiting */
  int fd;
  bool repeats, exits;
  int64_t timeout_ns;
  char header[64];
} watchdog;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t called_off;
static bool is_called_off;   /* under the lock */
static struct object *owner; /* keeps the file open */

/* True: the time is over. */
static bool wait_for(int64_t ns) {
  struct timespec until = timestamp_timespec_of(timestamp_deadline(ns));
  int status = 0;
  pthread_mutex_lock(&lock);
  while (!is_called_off && status != ETIMEDOUT)
    status = pthread_cond_timedwait(&called_off, &lock, &until);
  bool over = !is_called_off;
  pthread_mutex_unlock(&lock);
  return over;
}

static void *watch(void *nothing) {
  (void)nothing;
  do {
    if (!wait_for(watchdog.timeout_ns))
      return NULL;
    dump_text(watchdog.fd, watchdog.header);
    dump_all_threads(watchdog.fd);
    if (watchdog.exits)
      _exit(1);
  } while (watchdog.repeats);
  return NULL;
}

static void call_off(void) {
  if (watchdog.process == getpid()) { /* in a child it has stayed behind */
    pthread_mutex_lock(&lock);
    is_called_off = true;
    pthread_cond_signal(&called_off);
    pthread_mutex_unlock(&lock);
    pthread_join(watchdog.thread, NULL);
  }
  watchdog.process = 0;
  struct object *before = owner;
  owner = NULL;
  drop_null(before);
}

static int start(void) {
  pthread_condattr_t by_monotonic_clock;
  pthread_condattr_init(&by_monotonic_clock);
  pthread_condattr_setclock(&by_monotonic_clock, CLOCK_MONOTONIC);
  pthread_cond_init(&called_off, &by_monotonic_clock);
  pthread_condattr_destroy(&by_monotonic_clock);
  pthread_mutex_init(&lock, NULL);
  is_called_off = false;
  sigset_t every, before;
  sigfillset(&every); /* signals are for the program's threads */
  pthread_sigmask(SIG_SETMASK, &every, &before);
  int failed = pthread_create(&watchdog.thread, NULL, watch, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (failed) {
    error_format(ERROR_RUNTIME, "unable to start watchdog thread");
    return -1;
  }
  watchdog.process = getpid();
  return 0;
}

/* "Timeout (0:00:01.500000)!" */
static void write_header(int64_t ns) {
  int64_t us = ns / NS_PER_US, seconds = us / US_PER_SECOND;
  us %= US_PER_SECOND;
  int n = snprintf(watchdog.header, sizeof watchdog.header, "Timeout (%lld:%02d:%02d",
                   (long long)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
  if (us)
    n += snprintf(watchdog.header + n, sizeof watchdog.header - (size_t)n, ".%06d", (int)us);
  snprintf(watchdog.header + n, sizeof watchdog.header - (size_t)n, ")!\n");
}

FUNCTION(dump_traceback_later, "dump_traceback_later", 0, 4, 1, "timeout", "repeat", "file",
         "exit") {
  int64_t ns;
  bool repeats = false, exits = false;
  if (timestamp_to_ns(v[0], &ns, TIMESTAMP_AWAY) < 0 ||
      (v[1] && argument_int_bool(v[1], &repeats) < 0) ||
      (v[3] && argument_int_bool(v[3], &exits) < 0))
    return NULL;
  if (ns < NS_PER_US)
    return error_format(ERROR_VALUE, "timeout must be greater than 0");
  struct object *held;
  int fd = faulthandler_file(v[2], &held);
  if (fd < 0)
    return NULL;
  call_off();
  owner = held;
  watchdog.fd = fd;
  watchdog.repeats = repeats;
  watchdog.exits = exits;
  watchdog.timeout_ns = ns;
  write_header(ns);
  if (start() < 0) {
    call_off();
    return NULL;
  }
  return hold(NONE);
}

static struct object *cancel(struct object *module) {
  call_off();
  return hold(NONE);
}

const struct method_def watchdog_functions[] = {
    METHOD_KEYWORDS_("dump_traceback_later", dump_traceback_later_call,
                     "dump_traceback_later(timeout, repeat=False, file=sys.stderr, "
                     "exit=False):\ndump the traceback of all threads in timeout seconds,\nor each "
                     "timeout seconds if repeat is True. If exit is True, call _exit(1)\nwhich is "
                     "not safe."),
    METHOD_NOARGS_(
        "cancel_dump_traceback_later", cancel,
        "cancel_dump_traceback_later():\ncancel the previous call to dump_traceback_later()."),
    {NULL}};

int watchdog_open(void) { return module_root(&owner); }
void watchdog_close(void) { call_off(); }
