/* How the system chooses what runs: policies, priorities, processors. */
#include "runtime/modules/posix/posix.h"
#include "runtime/object/float.h"
#include "runtime/object/protocol.h"
#include "runtime/object/set.h"
#include "runtime/object/tuple.h"
#include <limits.h>
#include <sched.h>

static const struct struct_sequence_field param_fields[] = {
    {"sched_priority", "the scheduling priority"}, {NULL}};
static struct struct_sequence_type param_type = STRUCT_SEQUENCE_TYPE;

/* Takes the field itself, not a sequence. */
static struct object *param_new(struct type *t, struct object *const *args, size_t n,
                                struct object *kwnames) {
  static const char *const names[] = {"sched_priority"};
  static const struct args_spec spec = {"sched_param", names, 1, 0, 1, 1};
  struct object *v[1];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  struct object *const values[] = {hold(v[0])};
  return struct_sequence_from_taking(&param_type, values, 1);
}

static const struct struct_sequence_def param_def = {
    .name = "posix.sched_param",
    .doc = "sched_param(sched_priority)\n--\n\nA scheduling priority as a tuple of one.",
    .fields = param_fields,
    .sequence_n = 1,
    .new_ = param_new};

int posix_read_sched_param(struct object *o, struct sched_param *param) {
  if (type_of(o) != &param_type.type) {
    error_format(ERROR_TYPE, "must have a sched_param object");
    return -1;
  }
  int64_t priority;
  struct object *given = struct_sequence_get_borrowed(o, 0);
  if (argument_long(given, &priority) < 0)
    return -1;
  if (priority > INT_MAX || priority < INT_MIN) {
    error_format(ERROR_OVERFLOW, "sched_priority out of range");
    return -1;
  }
  param->sched_priority = (int)priority;
  return 0;
}

FUNCTION(priority_max, "sched_get_priority_max", 0, 1, 1, "policy") {
  int policy;
  if (argument_int(v[0], &policy) < 0)
    return NULL;
  int value = sched_get_priority_max(policy);
  return value < 0 ? posix_done(-1) : int_from_i64(value);
}
FUNCTION(priority_min, "sched_get_priority_min", 0, 1, 1, "policy") {
  int policy;
  if (argument_int(v[0], &policy) < 0)
    return NULL;
  int value = sched_get_priority_min(policy);
  return value < 0 ? posix_done(-1) : int_from_i64(value);
}
static struct object *getscheduler_one(struct object *module, struct object *o) {
  int pid;
  if (argument_pid(o, &pid) < 0)
    return NULL;
  int policy = sched_getscheduler(pid);
  return policy < 0 ? posix_done(-1) : int_from_i64(policy);
}
static struct object *setscheduler_fast(struct object *module, struct object *const *args,
                                        size_t n) {
  int pid, policy;
  struct sched_param param;
  if (args_check_count("sched_setscheduler", n, 3, 3) < 0 || argument_pid(args[0], &pid) < 0 ||
      argument_int(args[1], &policy) < 0 || posix_read_sched_param(args[2], &param) < 0)
    return NULL;
  return posix_done(sched_setscheduler(pid, policy, &param));
}
static struct object *getparam_one(struct object *module, struct object *o) {
  int pid;
  struct sched_param param;
  if (argument_pid(o, &pid) < 0)
    return NULL;
  if (sched_getparam(pid, &param) < 0)
    return posix_done(-1);
  struct object *const values[] = {int_from_i64(param.sched_priority)};
  return struct_sequence_from_taking(&param_type, values, 1);
}
static struct object *setparam_fast(struct object *module, struct object *const *args, size_t n) {
  int pid;
  struct sched_param param;
  if (args_check_count("sched_setparam", n, 2, 2) < 0 || argument_pid(args[0], &pid) < 0 ||
      posix_read_sched_param(args[1], &param) < 0)
    return NULL;
  return posix_done(sched_setparam(pid, &param));
}
static struct object *interval_one(struct object *module, struct object *o) {
  int pid;
  struct timespec t;
  if (argument_pid(o, &pid) < 0)
    return NULL;
  if (sched_rr_get_interval(pid, &t) < 0)
    return posix_done(-1);
  return float_from((double)t.tv_sec + 1e-9 * (double)t.tv_nsec);
}
static struct object *yield_none(struct object *module) {
  int result = BLOCKING(sched_yield());
  return posix_done(result);
}

/* ---- Processors ---- */

static int64_t processor_number(struct object *o) {
  int64_t cpu;
  if (!is_any_int(o)) {
    error_format(ERROR_TYPE, "expected an iterator of ints, but iterator yielded %R",
                 &type_of(o)->head);
    return -1;
  }
  if (argument_long(o, &cpu) < 0)
    return -1;
  if (cpu < 0)
    error_format(ERROR_VALUE, "negative CPU number");
  else if (cpu > INT_MAX - 1)
    error_format(ERROR_OVERFLOW, "CPU number too large");
  else
    return cpu;
  return -1;
}
static struct object *setaffinity_fast(struct object *module, struct object *const *args,
                                       size_t n) {
  int pid;
  if (args_check_count("sched_setaffinity", n, 2, 2) < 0 || argument_pid(args[0], &pid) < 0)
    return NULL;
  struct object *numbers = iterate_to_tuple(args[1]);
  if (!numbers)
    return NULL;
  int64_t largest = 0;
  for (size_t i = 0; i < tuple_length(numbers); i++) {
    int64_t cpu = processor_number(tuple_get_borrowed(numbers, i));
    if (cpu < 0)
      return drop(numbers), NULL;
    if (cpu > largest)
      largest = cpu;
  }
  size_t bytes = CPU_ALLOC_SIZE((size_t)largest + 1);
  cpu_set_t *set = gc_buffer_new(bytes);
  if (!set)
    return drop(numbers), error_no_memory();
  CPU_ZERO_S(bytes, set);
  for (size_t i = 0; i < tuple_length(numbers); i++)
    CPU_SET_S((size_t)int_value(tuple_get_borrowed(numbers, i)), bytes, set);
  struct object *result = posix_done(sched_setaffinity(pid, bytes, set));
  gc_buffer_free(set, bytes);
  drop(numbers);
  return result;
}
static struct object *getaffinity_one(struct object *module, struct object *o) {
  int pid;
  if (argument_pid(o, &pid) < 0)
    return NULL;
  for (size_t room = 1024; room <= 1 << 20; room *= 2) {
    size_t bytes = CPU_ALLOC_SIZE(room);
    cpu_set_t *set = gc_buffer_new(bytes);
    if (!set)
      return error_no_memory();
    int result = sched_getaffinity(pid, bytes, set);
    struct object *numbers = result == 0 ? set_new() : NULL;
    for (size_t cpu = 0; numbers && cpu < bytes * 8; cpu++) {
      if (!CPU_ISSET_S(cpu, bytes, set))
        continue;
      struct object *number = int_from_i64((int64_t)cpu);
      if (!number || set_add(numbers, number) < 0) {
        drop(numbers);
        numbers = NULL;
      }
      drop_null(number);
    }
    gc_buffer_free(set, bytes);
    if (result == 0)
      return numbers;
    if (errno != EINVAL)
      break;
  }
  return posix_done(-1);
}

static const struct method_def functions[] = {
    METHOD_KEYWORDS_("sched_get_priority_max", priority_max_call,
                     DOC("sched_get_priority_max", "$module, /, policy", "Highest priority.")),
    METHOD_KEYWORDS_("sched_get_priority_min", priority_min_call,
                     DOC("sched_get_priority_min", "$module, /, policy", "Lowest priority.")),
    METHOD_ONE_("sched_getscheduler", getscheduler_one,
                DOC("sched_getscheduler", "$module, pid, /", "The policy of a process.")),
    METHOD_FAST_("sched_setscheduler", setscheduler_fast,
                 DOC("sched_setscheduler", "$module, pid, policy, param, /", "Set the policy.")),
    METHOD_ONE_("sched_getparam", getparam_one,
                DOC("sched_getparam", "$module, pid, /", "The priority of a process.")),
    METHOD_FAST_("sched_setparam", setparam_fast,
                 DOC("sched_setparam", "$module, pid, param, /", "Set the priority.")),
    METHOD_ONE_("sched_rr_get_interval", interval_one,
                DOC("sched_rr_get_interval", "$module, pid, /", "The time slice, in seconds.")),
    METHOD_NOARGS_("sched_yield", yield_none, DOC("sched_yield", "$module, /", "Let others run.")),
    METHOD_FAST_(
        "sched_setaffinity", setaffinity_fast,
        DOC("sched_setaffinity", "$module, pid, mask, /", "Set the processors a process may use.")),
    METHOD_ONE_(
        "sched_getaffinity", getaffinity_one,
        DOC("sched_getaffinity", "$module, pid, /", "The set of processors a process may use.")),
    {NULL}};

int posix_fill_schedule(struct object *module) {
  if (struct_sequence_ready(&param_type, &param_def) < 0)
    return -1;
  if (module_add(module, "sched_param", &param_type.type.head) < 0)
    return -1;
  return module_add_functions(module, functions);
}
