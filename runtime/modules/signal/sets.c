/* _signal: sets of signals, masks, and waiting for a signal of a set. */
#include "runtime/modules/argument.h"
#include "runtime/modules/blocking.h"
#include "runtime/modules/signal/signal.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/set.h"
#include "runtime/object/struct_sequence.h"
#include "runtime/vm/signals.h"
#include <errno.h>
#include <time.h>

/* ---- Sets ---- */

static int read_set(struct object *iterable, sigset_t *set) {
  struct object *iterator = iterate(iterable), *item;
  if (!iterator)
    return -1;
  sigemptyset(set);
  int done = 0;
  while (done == 0 && (item = iterate_next(iterator))) {
    int64_t number = 0;
    done = number_to_i64(item, &number, ERROR_OVERFLOW);
    drop(item);
    if (done < 0 && error_clear_if(ERROR_OVERFLOW))
      error_format(ERROR_VALUE, "signal number out of range [1; %i]", SIGNALS_N - 1);
    if (done == 0 && (number < 1 || number >= SIGNALS_N)) {
      error_format(ERROR_VALUE, "signal number %lld out of range [1; %i]", (long long)number,
                   SIGNALS_N - 1);
      done = -1;
    } else if (done == 0) {
      (void)sigaddset(set, (int)number); /* those of the C library itself are left out */
    }
  }
  drop(iterator);
  return done < 0 || error_pending() != ERROR_NONE ? -1 : 0;
}

static struct object *set_from(const sigset_t *signals) {
  struct object *set = set_new();
  for (int number = 1; set && number < SIGNALS_N; number++) {
    if (sigismember(signals, number) != 1)
      continue;
    struct object *item = int_from_i64(number);
    int done = item ? set_add(set, item) : -1;
    drop_null(item);
    if (done < 0) {
      drop(set);
      return NULL;
    }
  }
  return set;
}

static struct object *valid_signals(struct object *self) {
  sigset_t all;
  sigfillset(&all);
  return set_from(&all);
}

static struct object *pthread_sigmask_(struct object *self, struct object *const *args, size_t n) {
  int how;
  sigset_t set, before;
  if (args_check_count("pthread_sigmask", n, 2, 2) < 0 || argument_int(args[0], &how) < 0 ||
      read_set(args[1], &set) < 0)
    return NULL;
  int failed = pthread_sigmask(how, &set, &before);
  if (failed)
    return error_errno(failed, NULL, NULL);
  return vm_handle_signals() < 0 ? NULL : set_from(&before);
}

static struct object *sigpending_(struct object *self) {
  sigset_t set;
  return sigpending(&set) < 0 ? error_errno(errno, NULL, NULL) : set_from(&set);
}

/* ---- Waiting ---- */

static struct object *sigwait_(struct object *self, struct object *o) {
  sigset_t set;
  int number;
  if (read_set(o, &set) < 0)
    return NULL;
  int failed = BLOCKING(sigwait(&set, &number));
  return failed ? error_errno(failed, NULL, NULL) : int_from_i64(number);
}

static struct struct_sequence_type siginfo_type = STRUCT_SEQUENCE_TYPE;
static const struct struct_sequence_field siginfo_fields[] = {
    {"si_signo", "signal number"},
    {"si_code", "signal code"},
    {"si_errno", "errno associated with this signal"},
    {"si_pid", "sending process ID"},
    {"si_uid", "real user ID of sending process"},
    {"si_status", "exit value or signal"},
    {"si_band", "band event for SIGPOLL"},
    {NULL}};
static const struct struct_sequence_def siginfo_def = {
    .name = "signal.struct_siginfo",
    .doc = "struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\nThis object may be "
           "accessed either as a tuple of\n(si_signo, si_code, si_errno, si_pid, si_uid, "
           "si_status, si_band),\nor via the attributes si_signo, si_code, and so on.",
    .fields = siginfo_fields,
    .sequence_n = 7,
};

static struct object *siginfo(const siginfo_t *info) {
  struct object *const values[] = {int_from_i64(info->si_signo), int_from_i64(info->si_code),
                                   int_from_i64(info->si_errno), int_from_i64(info->si_pid),
                                   int_from_i64(info->si_uid),   int_from_i64(info->si_status),
                                   int_from_i64(info->si_band)};
  return struct_sequence_from_taking(&siginfo_type, values, ARRAY_SIZE(values));
}

static struct object *sigwaitinfo_(struct object *self, struct object *o) {
  sigset_t set;
  siginfo_t info;
  bool raised = false;
  if (read_set(o, &set) < 0)
    return NULL;
  if (BLOCKING_RETRY(&raised, sigwaitinfo(&set, &info)) < 0)
    return raised ? NULL : error_errno(errno, NULL, NULL);
  return siginfo(&info);
}

static struct object *sigtimedwait_(struct object *self, struct object *const *args, size_t n) {
  sigset_t set;
  siginfo_t info;
  int64_t left;
  if (args_check_count("sigtimedwait", n, 2, 2) < 0 ||
      timestamp_to_ns(args[1], &left, TIMESTAMP_CEILING) < 0)
    return NULL;
  if (left < 0)
    return error_format(ERROR_VALUE, "timeout must be non-negative");
  if (read_set(args[0], &set) < 0)
    return NULL;
  for (int64_t deadline = timestamp_deadline(left);; left = timestamp_left(deadline)) {
    struct timespec t = timestamp_timespec_of(left);
    if (BLOCKING(sigtimedwait(&set, &info, &t)) >= 0)
      return siginfo(&info);
    if (errno == EAGAIN)
      return hold(NONE);
    if (errno != EINTR)
      return error_errno(errno, NULL, NULL);
    if (vm_handle_signals() < 0)
      return NULL;
  }
}

const struct method_def signal_set_functions[] = {
    METHOD_NOARGS_("valid_signals", valid_signals,
                   DOC("valid_signals", "$module, /",
                       "Return a set of valid signal numbers on this platform.")),
    METHOD_FAST_("pthread_sigmask", pthread_sigmask_,
                 DOC("pthread_sigmask", "$module, how, mask, /",
                     "Fetch and/or change the signal mask of the calling thread.")),
    METHOD_NOARGS_("sigpending", sigpending_,
                   DOC("sigpending", "$module, /", "Examine pending signals.")),
    METHOD_ONE_("sigwait", sigwait_, DOC("sigwait", "$module, sigset, /", "Wait for a signal.")),
    METHOD_ONE_("sigwaitinfo", sigwaitinfo_,
                DOC("sigwaitinfo", "$module, sigset, /",
                    "Wait synchronously until one of the signals in *sigset* is delivered.")),
    METHOD_FAST_("sigtimedwait", sigtimedwait_,
                 DOC("sigtimedwait", "$module, sigset, timeout, /",
                     "Like sigwaitinfo(), but with a timeout.")),
    {NULL}};

int signal_sets_fill(struct object *module) {
  if (struct_sequence_ready(&siginfo_type, &siginfo_def) < 0)
    return -1;
  return module_add(module, "struct_siginfo", &siginfo_type.type.head);
}
