/* Signals of a process that can't go on: it says where it is, and then dies of the signal as it
 * would have. The handlers run on a stack of their own, for one of the reasons is that the usual
 * one is used up. */
#include "runtime/modules/faulthandler/faulthandler.h"
#include "runtime/object/exception.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
  const int number;
  const char *const name;
  bool is_ours;
  struct sigaction before;
} handlers[] = {{SIGBUS, "Bus error"},
                {SIGILL, "Illegal instruction"},
                {SIGFPE, "Floating point exception"},
                {SIGABRT, "Aborted"},
                {SIGSEGV, "Segmentation fault"}}; /* the likeliest last */
static bool is_enabled, all;
static int output = -1;

enum { STACK_BYTES = 1 << 16 };

bool fatal_open_stack(void) {
  static char room[STACK_BYTES] __attribute__((aligned(16)));
  static bool is_open;
  stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
  is_open = is_open || sigaltstack(&stack, NULL) == 0;
  return is_open;
}

bool fatal_owns(int number) {
  for (size_t i = 0; i < ARRAY_SIZE(handlers); i++)
    if (handlers[i].number == number)
      return true;
  return false;
}

static void restore(size_t i) {
  if (handlers[i].is_ours)
    sigaction(handlers[i].number, &handlers[i].before, NULL);
  handlers[i].is_ours = false;
}

static void die(int number) {
  int saved = errno;
  size_t i = 0;
  while (handlers[i].number != number && i < ARRAY_SIZE(handlers) - 1)
    i++;
  restore(i); /* whatever happens from here on is the end */
  dump_text(output, "Fatal Python error: ");
  dump_text(output, handlers[i].name);
  dump_text(output, "\n\n");
  if (all)
    dump_all_threads(output);
  else
    dump_this_thread(output);
  errno = saved;
  raise(number);
}

int fatal_enable(int fd, bool all_threads) {
  output = fd;
  all = all_threads;
  is_enabled = true;
  bool has_stack = fatal_open_stack();
  for (size_t i = 0; i < ARRAY_SIZE(handlers); i++) {
    if (handlers[i].is_ours)
      continue;
    struct sigaction action = {.sa_handler = die,
                               .sa_flags = SA_NODEFER | (has_stack ? SA_ONSTACK : 0)};
    sigemptyset(&action.sa_mask);
    if (sigaction(handlers[i].number, &action, &handlers[i].before) < 0)
      return error_errno(errno, NULL, NULL), -1;
    handlers[i].is_ours = true;
  }
  return 0;
}

bool fatal_disable(void) {
  bool was = is_enabled;
  is_enabled = false;
  for (size_t i = 0; i < ARRAY_SIZE(handlers); i++)
    restore(i);
  return was;
}

void fatal_error(const char *message) {
  fatal_disable(); /* the end is told once */
  dump_text(STDERR_FILENO, "Fatal Python error: ");
  dump_text(STDERR_FILENO, message);
  dump_text(STDERR_FILENO, "\nPython runtime state: initialized\n\n");
  dump_all_threads(STDERR_FILENO);
  abort();
}

bool fatal_is_enabled(void) { return is_enabled; }
