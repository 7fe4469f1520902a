/* The module resource: what the process uses, and what it may use. */
#include "runtime/modules/resource.h"
#include "runtime/modules/argument.h"
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/struct_sequence.h"
#include <errno.h>
#include <unistd.h>

/* ---- Usage ---- */

static const struct struct_sequence_field usage_fields[] = {
    {"ru_utime", "user time used"},
    {"ru_stime", "system time used"},
    {"ru_maxrss", "max. resident set size"},
    {"ru_ixrss", "shared memory size"},
    {"ru_idrss", "unshared data size"},
    {"ru_isrss", "unshared stack size"},
    {"ru_minflt", "page faults not requiring I/O"},
    {"ru_majflt", "page faults requiring I/O"},
    {"ru_nswap", "number of swap outs"},
    {"ru_inblock", "block input operations"},
    {"ru_oublock", "block output operations"},
    {"ru_msgsnd", "IPC messages sent"},
    {"ru_msgrcv", "IPC messages received"},
    {"ru_nsignals", "signals received"},
    {"ru_nvcsw", "voluntary context switches"},
    {"ru_nivcsw", "involuntary context switches"},
    {NULL}};
static const struct struct_sequence_def usage_def = {
    .name = "resource.struct_rusage",
    .doc =
        "struct_rusage: Result from getrusage.\n\nA tuple of sixteen numbers that are attributes "
        "too.",
    .fields = usage_fields,
    .sequence_n = 16};
static struct struct_sequence_type usage_type = STRUCT_SEQUENCE_TYPE;

static struct object *seconds(struct timeval t) {
  return float_from((double)t.tv_sec + (double)t.tv_usec * 0.000001);
}
struct object *resource_usage(const struct rusage *u) {
  if (struct_sequence_ready(&usage_type, &usage_def) < 0)
    return NULL;
  struct object *const values[] = {
      seconds(u->ru_utime),        seconds(u->ru_stime),         int_from_i64(u->ru_maxrss),
      int_from_i64(u->ru_ixrss),   int_from_i64(u->ru_idrss),    int_from_i64(u->ru_isrss),
      int_from_i64(u->ru_minflt),  int_from_i64(u->ru_majflt),   int_from_i64(u->ru_nswap),
      int_from_i64(u->ru_inblock), int_from_i64(u->ru_oublock),  int_from_i64(u->ru_msgsnd),
      int_from_i64(u->ru_msgrcv),  int_from_i64(u->ru_nsignals), int_from_i64(u->ru_nvcsw),
      int_from_i64(u->ru_nivcsw)};
  return struct_sequence_from_taking(&usage_type, values, ARRAY_SIZE(values));
}

static struct object *getrusage_one(struct object *module, struct object *o) {
  int who;
  struct rusage usage;
  if (argument_int(o, &who) < 0)
    return NULL;
  if (getrusage(who, &usage) < 0)
    return errno == EINVAL ? error_format(ERROR_VALUE, "invalid who parameter")
                           : error_errno(errno, NULL, NULL);
  return resource_usage(&usage);
}

/* ---- Limits ---- */

/* The largest one is shown as -1. */
static struct object *limit(rlim_t value) {
  return value == RLIM_INFINITY ? int_from_i64(-1) : int_from_u64(value);
}
static struct object *pair(const struct rlimit *l) {
  struct object *soft = limit(l->rlim_cur), *hard = soft ? limit(l->rlim_max) : NULL;
  struct object *result = hard ? tuple_pack(2, soft, hard) : NULL;
  drop_null(hard);
  drop_null(soft);
  return result;
}
static int read_limits(struct object *o, struct rlimit *l) {
  struct object *tuple = iterate_to_tuple(o);
  if (!tuple)
    return -1;
  int status = -1;
  int64_t soft, hard;
  if (tuple_length(tuple) != 2)
    error_format(ERROR_VALUE, "expected a tuple of 2 integers");
  else if (argument_long(tuple_get_borrowed(tuple, 0), &soft) == 0 &&
           argument_long(tuple_get_borrowed(tuple, 1), &hard) == 0) {
    *l = (struct rlimit){(rlim_t)soft, (rlim_t)hard};
    status = 0;
  }
  drop(tuple);
  return status;
}
static int check_resource(int resource) {
  if (resource >= 0 && resource < RLIM_NLIMITS)
    return 0;
  error_format(ERROR_VALUE, "invalid resource specified");
  return -1;
}
static void *limit_error(void) {
  if (errno == EINVAL)
    return error_format(ERROR_VALUE, "current limit exceeds maximum limit");
  if (errno == EPERM)
    return error_format(ERROR_VALUE, "not allowed to raise maximum limit");
  return error_errno(errno, NULL, NULL);
}

static struct object *getrlimit_one(struct object *module, struct object *o) {
  int resource;
  struct rlimit l;
  if (argument_int(o, &resource) < 0 || check_resource(resource) < 0)
    return NULL;
  return getrlimit((unsigned)resource, &l) < 0 ? error_errno(errno, NULL, NULL) : pair(&l);
}
static struct object *setrlimit_fast(struct object *module, struct object *const *args, size_t n) {
  int resource;
  struct rlimit l;
  if (args_check_count("setrlimit", n, 2, 2) < 0 || argument_int(args[0], &resource) < 0 ||
      check_resource(resource) < 0 || read_limits(args[1], &l) < 0)
    return NULL;
  return setrlimit((unsigned)resource, &l) < 0 ? limit_error() : hold(NONE);
}
static struct object *prlimit_fast(struct object *module, struct object *const *args, size_t n) {
  int pid, resource;
  struct rlimit before, l;
  if (args_check_count("prlimit", n, 2, 3) < 0 || argument_int(args[0], &pid) < 0 ||
      argument_int(args[1], &resource) < 0 || check_resource(resource) < 0)
    return NULL;
  bool sets = n > 2 && args[2] != NONE;
  if (sets && read_limits(args[2], &l) < 0)
    return NULL;
  if (prlimit(pid, (unsigned)resource, sets ? &l : NULL, &before) < 0)
    return errno == EINVAL ? error_format(ERROR_VALUE, "current limit exceeds maximum limit")
                           : error_errno(errno, NULL, NULL);
  return pair(&before);
}
static struct object *getpagesize_none(struct object *module) {
  return int_from_i64(sysconf(_SC_PAGESIZE));
}

static const struct method_def functions[] = {
    METHOD_ONE_("getrusage", getrusage_one,
                DOC("getrusage", "$module, who, /", "What was used so far, a struct_rusage.")),
    METHOD_ONE_("getrlimit", getrlimit_one,
                DOC("getrlimit", "$module, resource, /", "A limit: (soft, hard).")),
    METHOD_FAST_("setrlimit", setrlimit_fast,
                 DOC("setrlimit", "$module, resource, limits, /", "Set a limit.")),
    METHOD_FAST_("prlimit", prlimit_fast,
                 "prlimit(pid, resource, [limits])\n\nGet or set a limit of a process."),
    METHOD_NOARGS_("getpagesize", getpagesize_none,
                   DOC("getpagesize", "$module, /", "Bytes of a page.")),
    {NULL}};

static const struct module_int constants[] = {
    CONSTANT(RLIMIT_CPU),        CONSTANT(RLIMIT_FSIZE),   CONSTANT(RLIMIT_DATA),
    CONSTANT(RLIMIT_STACK),      CONSTANT(RLIMIT_CORE),    CONSTANT(RLIMIT_NOFILE),
    CONSTANT(RLIMIT_OFILE),      CONSTANT(RLIMIT_AS),      CONSTANT(RLIMIT_RSS),
    CONSTANT(RLIMIT_NPROC),      CONSTANT(RLIMIT_MEMLOCK), CONSTANT(RLIMIT_MSGQUEUE),
    CONSTANT(RLIMIT_NICE),       CONSTANT(RLIMIT_RTPRIO),  CONSTANT(RLIMIT_RTTIME),
    CONSTANT(RLIMIT_SIGPENDING), CONSTANT(RUSAGE_SELF),    CONSTANT(RUSAGE_CHILDREN),
    CONSTANT(RUSAGE_THREAD),
};

int module_resource_fill(struct object *module) {
  if (module_add_ints(module, constants, ARRAY_SIZE(constants)) < 0)
    return -1;
  if (struct_sequence_ready(&usage_type, &usage_def) < 0 ||
      module_add(module, "struct_rusage", &usage_type.type.head) < 0 ||
      module_add(module, "error", &exception_type(ERROR_OS)->head) < 0 ||
      module_add_int(module, "RLIM_INFINITY", -1) < 0)
    return -1;
  return module_add_functions(module, functions);
}
