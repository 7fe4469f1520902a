/* The module _signal: handlers, and sending signals. How they run is in runtime/vm/signals.h. */
#include "runtime/modules/signal/signal.h"
#include "runtime/modules/argument.h"
#include "runtime/modules/blocking.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/vm/signals.h"
#include "runtime/vm/thread.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct object *default_handler, *ignore_handler, *int_handler; /* ints; a function */

int signal_number(struct object *o, int *number) {
  if (argument_int(o, number) < 0)
    return -1;
  if (*number >= 1 && *number < SIGNALS_N)
    return 0;
  error_set(ERROR_VALUE, "signal number out of range");
  return -1;
}

static int check_main(const char *what) {
  if (vm_thread == vm_main_thread)
    return 0;
  error_set(ERROR_VALUE, "%s only works in main thread of the main interpreter", what);
  return -1;
}

/* ---- Handlers ---- */

static int install(int number, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler};
  sigemptyset(&action.sa_mask);
  return sigaction(number, &action, NULL);
}

static void set_handler_taking(int number, struct object *handler) {
  struct object *before = signals_handlers[number];
  signals_handlers[number] = handler;
  drop_null(before);
}

/* Whether it is the int that stands for SIG_DFL or SIG_IGN. */
static bool is_constant(struct object *handler, int64_t which) {
  int64_t value;
  return is_any_int(handler) && int_to_i64(handler, &value) && value == which;
}

static struct object *signal_(struct object *self, struct object *const *args, size_t n) {
  int number;
  if (args_check_count("signal", n, 2, 2) < 0 || argument_int(args[0], &number) < 0 ||
      check_main("signal") < 0 || signal_number(args[0], &number) < 0)
    return NULL;
  void (*handler)(int) = signals_note;
  if (is_constant(args[1], 0))
    handler = SIG_DFL;
  else if (is_constant(args[1], 1))
    handler = SIG_IGN;
  else if (!is_callable(args[1]))
    return error_format(ERROR_TYPE, "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a "
                                    "callable object");
  if (vm_handle_signals() < 0) /* what came before goes to the old one */
    return NULL;
  if (install(number, handler) < 0)
    return error_errno(errno, NULL, NULL);
  struct object *before = signals_handlers[number];
  signals_handlers[number] = hold(args[1]);
  return before ? before : hold(NONE);
}

static struct object *getsignal(struct object *self, struct object *o) {
  int number;
  if (signal_number(o, &number) < 0)
    return NULL;
  struct object *handler = signals_handlers[number];
  return hold(handler ? handler : NONE);
}

static struct object *default_int_handler(struct object *self, struct object *const *args,
                                          size_t n) {
  int number;
  if (args_check_count("default_int_handler", n, 2, 2) < 0 || argument_int(args[0], &number) < 0)
    return NULL;
  error_set_object(&exception_type(ERROR_KEYBOARD_INTERRUPT)->head, NULL);
  return NULL;
}

static struct object *siginterrupt_(struct object *self, struct object *const *args, size_t n) {
  int number, flag;
  if (args_check_count("siginterrupt", n, 2, 2) < 0 || signal_number(args[0], &number) < 0 ||
      argument_int(args[1], &flag) < 0)
    return NULL;
  struct sigaction action;
  if (sigaction(number, NULL, &action) == 0) {
    if (flag)
      action.sa_flags &= ~SA_RESTART;
    else
      action.sa_flags |= SA_RESTART;
    if (sigaction(number, &action, NULL) == 0)
      return hold(NONE);
  }
  return error_errno(errno, NULL, NULL);
}

static struct object *set_wakeup_fd(struct object *self, struct object *const *args, size_t n,
                                    struct object *kwnames) {
  static const char *const names[] = {"", "warn_on_full_buffer"};
  static const struct args_spec spec = {"set_wakeup_fd", names, 2, 1, 1, 1};
  struct object *v[2];
  int fd, warns = 1;
  struct stat facts;
  if (args_parse(&spec, args, n, kwnames, v) < 0 || argument_int(v[0], &fd) < 0 ||
      (v[1] && (warns = object_truth(v[1])) < 0) || check_main("set_wakeup_fd") < 0)
    return NULL;
  if (fd != -1) {
    int flags;
    if (fstat(fd, &facts) < 0 || (flags = fcntl(fd, F_GETFL)) < 0)
      return error_errno(errno, NULL, NULL);
    if (!(flags & O_NONBLOCK))
      return error_format(ERROR_VALUE, "the fd %i must be in non-blocking mode", fd);
  }
  int before = signals_wakeup_fd;
  signals_wakeup_fd = fd;
  signals_wakeup_warns = warns;
  return int_from_i64(before);
}

/* ---- Sending and waiting ---- */

static struct object *raise_signal(struct object *self, struct object *o) {
  int number;
  if (argument_int(o, &number) < 0)
    return NULL;
  if (BLOCKING(raise(number)) != 0)
    return error_errno(errno, NULL, NULL);
  return vm_handle_signals() < 0 ? NULL : hold(NONE);
}

static struct object *pause_(struct object *self) {
  (void)BLOCKING(pause());
  return vm_handle_signals() < 0 ? NULL : hold(NONE);
}

static struct object *pthread_kill_(struct object *self, struct object *const *args, size_t n) {
  int64_t ident;
  int number;
  if (args_check_count("pthread_kill", n, 2, 2) < 0)
    return NULL;
  if (!is_any_int(args[0]))
    return args_wrong_type("pthread_kill", "argument 1", "int", args[0]);
  if (number_to_i64(args[0], &ident, ERROR_OVERFLOW) < 0 || argument_int(args[1], &number) < 0)
    return NULL;
  int failed = pthread_kill((pthread_t)ident, number);
  if (failed)
    return error_errno(failed, NULL, NULL);
  return vm_handle_signals() < 0 ? NULL : hold(NONE);
}

static struct object *pidfd_send_signal(struct object *self, struct object *const *args, size_t n) {
  int fd, number, flags = 0;
  if (args_check_count("pidfd_send_signal", n, 2, 4) < 0 || argument_int(args[0], &fd) < 0 ||
      argument_int(args[1], &number) < 0 || (n > 3 && argument_int(args[3], &flags) < 0))
    return NULL;
  if (n > 2 && args[2] != NONE)
    return error_format(ERROR_TYPE, "siginfo must be None");
  if (syscall(SYS_pidfd_send_signal, fd, number, NULL, flags) < 0)
    return error_errno(errno, NULL, NULL);
  return hold(NONE);
}

static struct object *strsignal_(struct object *self, struct object *o) {
  int number;
  if (signal_number(o, &number) < 0)
    return NULL;
  errno = 0;
  const char *text = strsignal(number);
  if (errno || !text || strstr(text, "Unknown signal"))
    return hold(NONE);
  return str_from_utf8(text, strlen(text));
}

static const struct method_def functions[] = {
    METHOD_FAST_(
        "signal", signal_,
        DOC("signal", "$module, signalnum, handler, /", "Set the action for the given signal.")),
    METHOD_ONE_("getsignal", getsignal,
                DOC("getsignal", "$module, signalnum, /",
                    "Return the current action for the given signal.")),
    METHOD_FAST_("default_int_handler", default_int_handler,
                 DOC("default_int_handler", "$module, signalnum, frame, /",
                     "The default handler for SIGINT installed by Python.")),
    METHOD_FAST_("siginterrupt", siginterrupt_,
                 DOC("siginterrupt", "$module, signalnum, flag, /",
                     "Change system call restart behaviour.")),
    METHOD_KEYWORDS_("set_wakeup_fd", set_wakeup_fd,
                     "set_wakeup_fd(fd, *, warn_on_full_buffer=True) -> fd\n\nSets the fd to be "
                     "written to (with the signal number) when a signal\ncomes in."),
    METHOD_ONE_(
        "raise_signal", raise_signal,
        DOC("raise_signal", "$module, signalnum, /", "Send a signal to the executing process.")),
    METHOD_NOARGS_("pause", pause_, DOC("pause", "$module, /", "Wait until a signal arrives.")),
    METHOD_FAST_(
        "pthread_kill", pthread_kill_,
        DOC("pthread_kill", "$module, thread_id, signalnum, /", "Send a signal to a thread.")),
    METHOD_FAST_("pidfd_send_signal", pidfd_send_signal,
                 DOC("pidfd_send_signal", "$module, pidfd, signalnum, siginfo=None, flags=0, /",
                     "Send a signal to a process referred to by a pid file descriptor.")),
    METHOD_ONE_("strsignal", strsignal_,
                DOC("strsignal", "$module, signalnum, /",
                    "Return the system description of the given signal.")),
    {NULL}};

/* ---- The module ---- */

static const struct module_int constants[] = {
    {"NSIG", SIGNALS_N},          {"SIG_BLOCK", SIG_BLOCK},  {"SIG_UNBLOCK", SIG_UNBLOCK},
    {"SIG_SETMASK", SIG_SETMASK},
#define SIGNAL_CONSTANT(name)                                                                      \
  { #name, name }
    SIGNAL_CONSTANT(SIGHUP),      SIGNAL_CONSTANT(SIGINT),   SIGNAL_CONSTANT(SIGQUIT),
    SIGNAL_CONSTANT(SIGILL),      SIGNAL_CONSTANT(SIGTRAP),  SIGNAL_CONSTANT(SIGIOT),
    SIGNAL_CONSTANT(SIGABRT),     SIGNAL_CONSTANT(SIGFPE),   SIGNAL_CONSTANT(SIGKILL),
    SIGNAL_CONSTANT(SIGBUS),      SIGNAL_CONSTANT(SIGSEGV),  SIGNAL_CONSTANT(SIGSYS),
    SIGNAL_CONSTANT(SIGPIPE),     SIGNAL_CONSTANT(SIGALRM),  SIGNAL_CONSTANT(SIGTERM),
    SIGNAL_CONSTANT(SIGUSR1),     SIGNAL_CONSTANT(SIGUSR2),  {"SIGCLD", SIGCHLD},
    SIGNAL_CONSTANT(SIGCHLD),     SIGNAL_CONSTANT(SIGPWR),   SIGNAL_CONSTANT(SIGIO),
    SIGNAL_CONSTANT(SIGURG),      SIGNAL_CONSTANT(SIGWINCH), SIGNAL_CONSTANT(SIGPOLL),
    SIGNAL_CONSTANT(SIGSTOP),     SIGNAL_CONSTANT(SIGTSTP),  SIGNAL_CONSTANT(SIGCONT),
    SIGNAL_CONSTANT(SIGTTIN),     SIGNAL_CONSTANT(SIGTTOU),  SIGNAL_CONSTANT(SIGVTALRM),
    SIGNAL_CONSTANT(SIGPROF),     SIGNAL_CONSTANT(SIGXCPU),  SIGNAL_CONSTANT(SIGXFSZ),
    SIGNAL_CONSTANT(SIGSTKFLT)};

/* What the process had when it began; SIGINT becomes KeyboardInterrupt unless it was ignored. */
static int read_handlers(void) {
  for (int number = 1; number < SIGNALS_N; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) < 0 || signals_handlers[number])
      continue;
    if (action.sa_handler == SIG_DFL)
      set_handler_taking(number, hold(default_handler));
    else if (action.sa_handler == SIG_IGN)
      set_handler_taking(number, hold(ignore_handler));
  }
  if (signals_handlers[SIGINT] == default_handler) {
    if (install(SIGINT, signals_note) < 0)
      return error_errno(errno, NULL, NULL), -1;
    set_handler_taking(SIGINT, hold(int_handler));
  }
  return 0;
}

int module_signal_fill(struct object *module) {
  if (module_root(&default_handler) < 0 || module_root(&ignore_handler) < 0 ||
      module_root(&int_handler) < 0 || module_add_functions(module, functions) < 0 ||
      module_add_functions(module, signal_set_functions) < 0 ||
      module_add_functions(module, signal_timer_functions) < 0 || signal_sets_fill(module) < 0 ||
      signal_timers_fill(module) < 0)
    return -1;
  if (module_add_ints(module, constants, ARRAY_SIZE(constants)) < 0)
    return -1;
  if (module_add_int(module, "SIGRTMIN", SIGRTMIN) < 0 ||
      module_add_int(module, "SIGRTMAX", SIGRTMAX) < 0)
    return -1;
  struct object *name = str_intern("default_int_handler");
  struct object *found = name ? dict_get_borrowed(module_dict_borrowed(module), name) : NULL;
  if (!found || !(default_handler = int_from_i64(0)) || !(ignore_handler = int_from_i64(1)) ||
      module_add(module, "SIG_DFL", default_handler) < 0 ||
      module_add(module, "SIG_IGN", ignore_handler) < 0)
    return -1;
  int_handler = hold(found);
  return read_handlers();
}
