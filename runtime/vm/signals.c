/* Signals that have arrived, and everything else that waits for a safepoint. */
#include "runtime/vm/signals.h"
#include "runtime/object/call.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/vm/thread.h"
#include "runtime/vm/vm.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

struct object *signals_handlers[SIGNALS_N];
volatile int signals_wakeup_fd = -1;
bool signals_wakeup_warns = true;

static volatile sig_atomic_t arrived[SIGNALS_N], any_arrived;
static volatile sig_atomic_t wakeup_error; /* errno of the last byte that could not be written */

void signals_note(int number) {
  int saved = errno;
  arrived[number] = 1;
  any_arrived = 1;
  vm_attention.event = true;
  int fd = signals_wakeup_fd;
  unsigned char byte = (unsigned char)number;
  if (fd >= 0 && write(fd, &byte, 1) < 0 &&
      (signals_wakeup_warns || (errno != EWOULDBLOCK && errno != EAGAIN)))
    wakeup_error = errno;
  errno = saved;
}

bool signals_are_pending(void) { return any_arrived || wakeup_error; }

void signals_after_fork(void) {
  any_arrived = 0;
  for (int i = 0; i < SIGNALS_N; i++)
    arrived[i] = 0;
}

void signals_visit_roots(gc_visit_fn *visit, void *context) {
  for (int i = 0; i < SIGNALS_N; i++)
    if (signals_handlers[i])
      visit(signals_handlers[i], context);
}

void signals_close(void) {
  for (int i = 1; i < SIGNALS_N; i++) {
    struct object *handler = signals_handlers[i];
    struct sigaction now;
    if (handler && sigaction(i, NULL, &now) == 0 && now.sa_handler == signals_note)
      signal(i, SIG_DFL);
    signals_handlers[i] = NULL;
    drop_null(handler);
  }
  signals_wakeup_fd = -1;
}

/* ---- Running the handlers ---- */

static void report_wakeup_error(void) {
  int number = wakeup_error;
  wakeup_error = 0;
  struct error_saved saved;
  error_save(&saved);
  error_errno(number, NULL, NULL);
  error_report("when trying to write to the signal wakeup fd");
  error_restore(&saved);
}

static int run_handler(int number) {
  struct object *handler = signals_handlers[number];
  if (!handler || is_any_int(handler)) {
    struct error_saved saved;
    error_save(&saved);
    error_format(ERROR_OS, "Signal %i ignored due to race condition", number);
    error_report("a signal handler");
    error_restore(&saved);
    return 0;
  }
  struct object *frame = vm_frame(0), *value = NULL, *result = NULL;
  if (!frame && error_pending() == ERROR_NONE)
    frame = hold(NONE);
  hold(handler);
  if (frame && (value = int_from_i64(number)))
    result = call_two(handler, value, frame);
  drop(handler);
  drop_null(value);
  drop_null(frame);
  drop_null(result);
  return result ? 0 : -1;
}

int vm_handle_signals(void) {
  if (LIKELY(!signals_are_pending()) || vm_thread != vm_main_thread)
    return 0;
  if (wakeup_error)
    report_wakeup_error();
  any_arrived = 0;
  for (int i = 1; i < SIGNALS_N; i++) {
    if (!arrived[i])
      continue;
    arrived[i] = 0;
    if (run_handler(i) < 0) {
      any_arrived = 1; /* others may be waiting behind the one that raised */
      vm_attention.event = true;
      return -1;
    }
  }
  return 0;
}

/* ---- Safepoints ---- */

void interrupt_look_again(void) {
  if ((signals_are_pending() && vm_thread == vm_main_thread) || vm_thread->raise)
    vm_attention.event = true;
}

int interrupt_handle(void) {
  vm_attention.event = false;
  if (vm_handle_signals() < 0)
    return -1;
  if (gil_is_wanted())
    gil_give_turn();
  struct object *exception = vm_thread->raise;
  if (exception) {
    vm_thread->raise = NULL;
    error_set_object(exception, NULL);
    drop(exception);
    return -1;
  }
  return 0;
}
