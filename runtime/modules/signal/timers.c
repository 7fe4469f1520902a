/* _signal: timers that send signals. */
#include "runtime/modules/argument.h"
#include "runtime/modules/signal/signal.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <errno.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static struct object *itimer_error; /* signal.ItimerError: an OSError */

static struct object *alarm_(struct object *self, struct object *o) {
  int seconds;
  return argument_int(o, &seconds) < 0 ? NULL : int_from_i64(alarm((unsigned)seconds));
}

static struct object *fail(void) {
  struct object *number = int_from_i64(errno);
  struct object *text = number ? str_from_ascii(strerror(errno)) : NULL;
  struct object *args = text ? tuple_pack(2, number, text) : NULL;
  if (args)
    error_set_object(itimer_error, args);
  drop_null(args);
  drop_null(text);
  drop_null(number);
  return NULL;
}

static int read_time(struct object *o, struct timeval *t) {
  int64_t ns;
  if (!o) {
    *t = (struct timeval){0};
    return 0;
  }
  if (timestamp_to_ns(o, &ns, TIMESTAMP_CEILING) < 0)
    return -1;
  int64_t us = ns / 1000 + (ns % 1000 > 0);
  t->tv_sec = us / 1000000;
  t->tv_usec = us % 1000000;
  if (t->tv_usec < 0) {
    t->tv_usec += 1000000;
    t->tv_sec--;
  }
  return 0;
}

static struct object *seconds_of(const struct timeval *t) {
  return float_from((double)t->tv_sec + (double)t->tv_usec / 1e6);
}
static struct object *timer_tuple(const struct itimerval *timer) {
  struct object *value = seconds_of(&timer->it_value);
  struct object *interval = value ? seconds_of(&timer->it_interval) : NULL;
  struct object *tuple = interval ? tuple_pack(2, value, interval) : NULL;
  drop_null(interval);
  drop_null(value);
  return tuple;
}

static struct object *setitimer_(struct object *self, struct object *const *args, size_t n) {
  int which;
  struct itimerval timer, before;
  if (args_check_count("setitimer", n, 2, 3) < 0 || argument_int(args[0], &which) < 0 ||
      read_time(args[1], &timer.it_value) < 0 ||
      read_time(n > 2 ? args[2] : NULL, &timer.it_interval) < 0)
    return NULL;
  return setitimer((__itimer_which_t)which, &timer, &before) < 0 ? fail() : timer_tuple(&before);
}

static struct object *getitimer_(struct object *self, struct object *o) {
  int which;
  struct itimerval timer;
  if (argument_int(o, &which) < 0)
    return NULL;
  return getitimer((__itimer_which_t)which, &timer) < 0 ? fail() : timer_tuple(&timer);
}

const struct method_def signal_timer_functions[] = {
    METHOD_ONE_("alarm", alarm_,
                DOC("alarm", "$module, seconds, /",
                    "Arrange for SIGALRM to arrive after the given number of seconds.")),
    METHOD_FAST_("setitimer", setitimer_,
                 DOC("setitimer", "$module, which, seconds, interval=0.0, /",
                     "Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF).")),
    METHOD_ONE_("getitimer", getitimer_,
                DOC("getitimer", "$module, which, /", "Returns current value of given itimer.")),
    {NULL}};

int signal_timers_fill(struct object *module) {
  struct object *type =
      module_new_exception("signal.itimer_error", &exception_type(ERROR_OS)->head);
  if (!type || module_root(&itimer_error) < 0) {
    drop_null(type);
    return -1;
  }
  itimer_error = type;
  return module_add(module, "ItimerError", type) < 0 ||
                 module_add_int(module, "ITIMER_REAL", ITIMER_REAL) < 0 ||
                 module_add_int(module, "ITIMER_VIRTUAL", ITIMER_VIRTUAL) < 0 ||
                 module_add_int(module, "ITIMER_PROF", ITIMER_PROF) < 0
             ? -1
             : 0;
}
