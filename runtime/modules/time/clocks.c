/* The module time, first part: reading and setting clocks, and sleeping. */
#include "runtime/modules/blocking.h"
#include "runtime/modules/time/time.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include <pthread.h>
#include <string.h>

int time_check_count(const char *function, size_t n, size_t least, size_t most) {
  if (LIKELY(n >= least && n <= most))
    return 0;
  size_t wanted = n < least ? least : most;
  error_format(ERROR_TYPE, "%s() takes %s %zu argument%s (%zu given)", function,
               least == most ? "exactly"
               : n < least   ? "at least"
                             : "at most",
               wanted, wanted == 1 ? "" : "s", n);
  return -1;
}

/* ---- Reading ---- */

static int64_t ns_of(const struct timespec *t) {
  return (int64_t)t->tv_sec * 1000000000 + (int64_t)t->tv_nsec;
}
static int read_clock(clockid_t clock, int64_t *ns) {
  struct timespec t;
  if (clock_gettime(clock, &t) < 0) {
    error_errno(errno, NULL, NULL);
    return -1;
  }
  *ns = ns_of(&t);
  return 0;
}
static struct object *as_float(clockid_t clock) {
  int64_t ns;
  return read_clock(clock, &ns) < 0 ? NULL : timestamp_float(ns);
}
static struct object *as_int(clockid_t clock) {
  int64_t ns;
  return read_clock(clock, &ns) < 0 ? NULL : int_from_i64(ns);
}

/* The clock behind each function. */
#define CLOCK(name, id)                                                                            \
  static struct object *name##_none(struct object *module) { return as_float(id); }                \
  static struct object *name##_ns_none(struct object *module) { return as_int(id); }
CLOCK(time, CLOCK_REALTIME)
CLOCK(monotonic, CLOCK_MONOTONIC)
CLOCK(perf_counter, CLOCK_MONOTONIC)
CLOCK(process_time, CLOCK_PROCESS_CPUTIME_ID)
CLOCK(thread_time, CLOCK_THREAD_CPUTIME_ID)

static struct object *gettime_one(struct object *module, struct object *o) {
  int clock;
  return argument_int(o, &clock) < 0 ? NULL : as_float(clock);
}
static struct object *gettime_ns_one(struct object *module, struct object *o) {
  int clock;
  return argument_int(o, &clock) < 0 ? NULL : as_int(clock);
}
static struct object *getres_one(struct object *module, struct object *o) {
  int clock;
  struct timespec t;
  if (argument_int(o, &clock) < 0)
    return NULL;
  if (clock_getres(clock, &t) < 0)
    return error_errno(errno, NULL, NULL);
  return float_from((double)t.tv_sec + (double)t.tv_nsec * 1e-9);
}
static struct object *set_clock(int clock, const struct timespec *t) {
  return clock_settime(clock, t) < 0 ? error_errno(errno, NULL, NULL) : hold(NONE);
}
static struct object *settime_fast(struct object *module, struct object *const *args, size_t n) {
  int clock;
  int64_t ns;
  if (time_check_count("clock_settime", n, 2, 2) < 0 || argument_int(args[0], &clock) < 0 ||
      timestamp_to_ns(args[1], &ns, TIMESTAMP_FLOOR) < 0)
    return NULL;
  struct timespec t = timestamp_timespec_of(ns);
  return set_clock(clock, &t);
}
static struct object *settime_ns_fast(struct object *module, struct object *const *args, size_t n) {
  int clock;
  int64_t ns;
  if (time_check_count("clock_settime_ns", n, 2, 2) < 0 || argument_int(args[0], &clock) < 0)
    return NULL;
  if (!is_any_int(args[1]))
    return error_format(ERROR_TYPE, "expect int, got %N", args[1]);
  if (!int_to_i64(args[1], &ns))
    return error_format(ERROR_OVERFLOW, "timestamp too large to convert to C _PyTime_t");
  struct timespec t = timestamp_timespec_of(ns);
  return set_clock(clock, &t);
}
static struct object *thread_clock_one(struct object *module, struct object *o) {
  clockid_t clock;
  struct object *index = number_index(o);
  int64_t thread;
  if (!index)
    return NULL;
  bool fits = int_to_i64(index, &thread);
  drop(index);
  if (!fits)
    return error_format(ERROR_OVERFLOW, "Python int too large to convert to C unsigned long");
  int error_number = pthread_getcpuclockid((pthread_t)thread, &clock);
  return error_number ? error_errno(error_number, NULL, NULL) : int_from_i64(clock);
}

/* ---- What clocks are ---- */

static const struct {
  const char *name, *implementation;
  clockid_t id;
  bool is_monotonic, is_adjustable;
} clocks[] = {
    {"time", "clock_gettime(CLOCK_REALTIME)", CLOCK_REALTIME, false, true},
    {"monotonic", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false},
    {"perf_counter", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false},
    {"process_time", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", CLOCK_PROCESS_CPUTIME_ID, true,
     false},
    {"thread_time", "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", CLOCK_THREAD_CPUTIME_ID, true, false},
};
static int add_taking(struct object *dict, const char *name, struct object *value) {
  struct object *key = value ? str_intern(name) : NULL;
  int status = key ? dict_set(dict, key, value) : -1;
  drop_null(key);
  drop_null(value);
  return status;
}
static struct object *get_clock_info_fast(struct object *module, struct object *const *args,
                                          size_t n) {
  struct object *owner;
  if (time_check_count("get_clock_info", n, 1, 1) < 0)
    return NULL;
  const char *name = argument_text(args[0], "get_clock_info() argument 1", &owner);
  if (!name)
    return NULL;
  size_t i = 0;
  while (i < ARRAY_SIZE(clocks) && strcmp(clocks[i].name, name))
    i++;
  drop_null(owner);
  if (i == ARRAY_SIZE(clocks))
    return error_format(ERROR_VALUE, "unknown clock");
  struct timespec t;
  if (clock_getres(clocks[i].id, &t) < 0)
    return error_errno(errno, NULL, NULL);
  struct object *dict = dict_new(), *result = NULL;
  if (dict && add_taking(dict, "implementation", str_from_ascii(clocks[i].implementation)) == 0 &&
      add_taking(dict, "monotonic", hold(bool_from(clocks[i].is_monotonic))) == 0 &&
      add_taking(dict, "adjustable", hold(bool_from(clocks[i].is_adjustable))) == 0 &&
      add_taking(dict, "resolution", float_from((double)t.tv_sec + (double)t.tv_nsec * 1e-9)) == 0)
    result = namespace_new(dict);
  drop_null(dict);
  return result;
}

/* ---- Sleeping ---- */

static struct object *sleep_one(struct object *module, struct object *o) {
  int64_t ns, now;
  if (timestamp_to_ns(o, &ns, TIMESTAMP_AWAY) < 0)
    return NULL;
  if (ns < 0)
    return error_format(ERROR_VALUE, "sleep length must be non-negative");
  if (read_clock(CLOCK_MONOTONIC, &now) < 0)
    return NULL;
  if (__builtin_add_overflow(now, ns, &ns))
    return error_format(ERROR_OVERFLOW, "timestamp too large to convert to C _PyTime_t");
  struct timespec until = timestamp_timespec_of(ns);
  for (;;) {
    int error_number = BLOCKING(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
    if (!error_number)
      return hold(NONE);
    if (error_number != EINTR)
      return error_errno(error_number, NULL, NULL);
    if (vm_handle_signals() < 0)
      return NULL;
  }
}

static const struct method_def functions[] = {
    METHOD_NOARGS_("time", time_none,
                   "time() -> floating point number\n\nSeconds since the Epoch."),
    METHOD_NOARGS_("time_ns", time_ns_none, "time_ns() -> int\n\nNanoseconds since the Epoch."),
    METHOD_ONE_("clock_gettime", gettime_one,
                "clock_gettime(clk_id) -> float\n\nThe time of a clock, in seconds."),
    METHOD_ONE_("clock_gettime_ns", gettime_ns_one,
                "clock_gettime_ns(clk_id) -> int\n\nThe time of a clock, in nanoseconds."),
    METHOD_FAST_("clock_settime", settime_fast,
                 "clock_settime(clk_id, time)\n\nSet a clock, in seconds."),
    METHOD_FAST_("clock_settime_ns", settime_ns_fast,
                 "clock_settime_ns(clk_id, time)\n\nSet a clock, in nanoseconds."),
    METHOD_ONE_("clock_getres", getres_one,
                "clock_getres(clk_id) -> floating point number\n\nThe resolution of a clock."),
    METHOD_ONE_("pthread_getcpuclockid", thread_clock_one,
                "pthread_getcpuclockid(thread_id) -> int\n\nThe clock of a thread."),
    METHOD_ONE_("sleep", sleep_one, "sleep(seconds)\n\nWait; the seconds may have a fraction."),
    METHOD_NOARGS_("monotonic", monotonic_none,
                   "monotonic() -> float\n\nA clock that can't go backward."),
    METHOD_NOARGS_("monotonic_ns", monotonic_ns_none,
                   "monotonic_ns() -> int\n\nThe same in nanoseconds."),
    METHOD_NOARGS_("process_time", process_time_none,
                   "process_time() -> float\n\nProcessor time of the process, in seconds."),
    METHOD_NOARGS_("process_time_ns", process_time_ns_none,
                   "process_time() -> int\n\nThe same in nanoseconds."),
    METHOD_NOARGS_("thread_time", thread_time_none,
                   "thread_time() -> float\n\nProcessor time of the thread, in seconds."),
    METHOD_NOARGS_("thread_time_ns", thread_time_ns_none,
                   "thread_time() -> int\n\nThe same in nanoseconds."),
    METHOD_NOARGS_("perf_counter", perf_counter_none,
                   "perf_counter() -> float\n\nThe clock to measure short times with."),
    METHOD_NOARGS_("perf_counter_ns", perf_counter_ns_none,
                   "perf_counter_ns() -> int\n\nThe same in nanoseconds."),
    METHOD_FAST_("get_clock_info", get_clock_info_fast,
                 "get_clock_info(name: str) -> dict\n\nWhat is known of a clock."),
    {NULL}};

int time_fill_clocks(struct object *module) {
  static const struct module_int constants[] = {CONSTANT(CLOCK_REALTIME),
                                                CONSTANT(CLOCK_MONOTONIC),
                                                CONSTANT(CLOCK_MONOTONIC_RAW),
                                                CONSTANT(CLOCK_PROCESS_CPUTIME_ID),
                                                CONSTANT(CLOCK_THREAD_CPUTIME_ID),
                                                CONSTANT(CLOCK_BOOTTIME),
                                                CONSTANT(CLOCK_TAI),
                                                {"_STRUCT_TM_ITEMS", 11}};
  if (module_add_ints(module, constants, ARRAY_SIZE(constants)) < 0)
    return -1;
  return module_add_functions(module, functions);
}

int module_time_fill(struct object *module) {
  return time_fill_clocks(module) < 0 ? -1 : time_fill_calendar(module);
}
