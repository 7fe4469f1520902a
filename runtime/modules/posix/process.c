/* Processes: starting programs in place of this one, signalling others, waiting for children. */
#include "runtime/modules/posix/posix.h"
#include "runtime/modules/resource.h"
#include "runtime/object/audit.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* ---- The end ---- */

FUNCTION(exit, "_exit", 0, 1, 1, "status") {
  int status;
  if (argument_int(v[0], &status) < 0)
    return NULL;
  _exit(status);
}
static struct object *abort_none(struct object *module) { abort(); }

/* ---- Other programs ---- */

static int check_argv(struct object *argv, const char *who) {
  if (!is_any_list(argv) && !is_any_tuple(argv)) {
    error_format(ERROR_TYPE, "%s must be a tuple or list", who);
    return -1;
  }
  if (object_length(argv) < 1) {
    error_format(ERROR_VALUE, "%s must not be empty", who);
    return -1;
  }
  return 0;
}
static int check_first(struct path_list *argv, const char *who) {
  if (argv->n && argv->items[0][0])
    return 0;
  error_format(ERROR_VALUE, "%s first element cannot be empty", who);
  path_list_close(argv);
  return -1;
}

static struct object *execv_fast(struct object *module, struct object *const *args, size_t n) {
  struct path p = {.function = "execv"};
  struct path_list argv;
  if (args_check_count("execv", n, 2, 2) < 0 || path_take(&p, args[0]) < 0)
    return NULL;
  if (check_argv(args[1], "execv() arg 2") < 0 || path_list_open(&argv, args[1]) < 0 ||
      check_first(&argv, "execv() arg 2") < 0)
    return path_close(&p), NULL;
  if (AUDIT_FAILS("os.exec", tuple_pack(3, args[0], args[1], NONE)))
    return path_list_close(&argv), path_close(&p), NULL;
  execv(p.narrow, argv.items);
  int error_number = errno;
  path_list_close(&argv);
  path_close(&p);
  return error_errno(error_number, NULL, NULL);
}
FUNCTION(execve, "execve", 0, 3, 3, "path", "argv", "env") {
  struct path p = {.function = "execve", .allow_fd = true};
  struct path_list argv, environment;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (check_argv(v[1], "execve: argv") < 0)
    return path_close(&p), NULL;
  if (!is_mapping(v[2])) {
    error_format(ERROR_TYPE, "execve: environment must be a mapping object");
    return path_close(&p), NULL;
  }
  if (path_list_open(&argv, v[1]) < 0 || check_first(&argv, "execve: argv") < 0)
    return path_close(&p), NULL;
  if (path_list_open_environment(&environment, v[2]) < 0)
    return path_list_close(&argv), path_close(&p), NULL;
  if (p.narrow)
    execve(p.narrow, argv.items, environment.items);
  else
    fexecve(p.fd, argv.items, environment.items);
  int error_number = errno;
  path_list_close(&environment);
  path_list_close(&argv);
  errno = error_number;
  return path_error(&p);
}

FUNCTION(system, "system", 0, 1, 1, "command") {
  struct object *command = path_to_bytes(v[0]);
  if (!command)
    return NULL;
  if (AUDIT_FAILS("os.system", tuple_pack(1, command)))
    return drop(command), NULL;
  int status = BLOCKING(system((const char *)bytes_data(command)));
  drop(command);
  return int_from_i64(status);
}

/* ---- Signals to others ---- */

static struct object *signal_fast(const char *function, struct object *const *args, size_t n,
                                  int (*send)(pid_t, int)) {
  int pid, number;
  if (args_check_count(function, n, 2, 2) < 0 || argument_pid(args[0], &pid) < 0 ||
      argument_int(args[1], &number) < 0)
    return NULL;
  if (AUDIT_FAILS(send == kill ? "os.kill" : "os.killpg",
                  tuple_pack_taking(2, int_from_i64(pid), int_from_i64(number))))
    return NULL;
  if (send(pid, number) < 0)
    return posix_done(-1);
  return vm_handle_signals() < 0 ? NULL : hold(NONE); /* it may have been this process */
}
static struct object *kill_fast(struct object *module, struct object *const *args, size_t n) {
  return signal_fast("kill", args, n, kill);
}
static struct object *killpg_fast(struct object *module, struct object *const *args, size_t n) {
  return signal_fast("killpg", args, n, killpg);
}
FUNCTION(pidfd_open, "pidfd_open", 0, 2, 1, "pid", "flags") {
  int pid;
  unsigned flags = 0;
  if (argument_pid(v[0], &pid) < 0 || (v[1] && argument_unsigned(v[1], &flags) < 0))
    return NULL;
  int fd = (int)syscall(SYS_pidfd_open, pid, flags);
  return fd < 0 ? posix_done(-1) : int_from_i64(fd);
}

/* ---- Waiting ---- */

static struct object *ended(pid_t pid, int status, const struct rusage *usage) {
  struct object *id = int_from_i64(pid), *code = id ? int_from_i64(status) : NULL;
  struct object *used = usage && code ? resource_usage(usage) : NULL, *result = NULL;
  if (code)
    result = !usage ? tuple_pack(2, id, code) : used ? tuple_pack(3, id, code, used) : NULL;
  drop_null(used);
  drop_null(code);
  drop_null(id);
  return result;
}
static struct object *wait_with(pid_t pid, int options, bool with_usage) {
  int status = 0;
  bool raised = false;
  struct rusage usage = {0};
  pid_t found = BLOCKING_RETRY(&raised, wait4(pid, &status, options, &usage));
  if (found < 0)
    return raised ? NULL : posix_done(-1);
  return ended(found, status, with_usage ? &usage : NULL);
}
static struct object *wait_none(struct object *module) { return wait_with(-1, 0, false); }
static struct object *waitpid_fast(struct object *module, struct object *const *args, size_t n) {
  int pid, options;
  if (args_check_count("waitpid", n, 2, 2) < 0 || argument_pid(args[0], &pid) < 0 ||
      argument_int(args[1], &options) < 0)
    return NULL;
  return wait_with(pid, options, false);
}
FUNCTION(wait3, "wait3", 0, 1, 1, "options") {
  int options;
  return argument_int(v[0], &options) < 0 ? NULL : wait_with(-1, options, true);
}
FUNCTION(wait4, "wait4", 0, 2, 2, "pid", "options") {
  int pid, options;
  if (argument_pid(v[0], &pid) < 0 || argument_int(v[1], &options) < 0)
    return NULL;
  return wait_with(pid, options, true);
}

static const struct struct_sequence_field waitid_fields[] = {
    {"si_pid", NULL},    {"si_uid", NULL},  {"si_signo", NULL},
    {"si_status", NULL}, {"si_code", NULL}, {NULL}};
static const struct struct_sequence_def waitid_def = {
    .name = "posix.waitid_result",
    .doc = "waitid_result: Result from waitid.\n\nA tuple of (si_pid, si_uid, si_signo, "
           "si_status, si_code).",
    .fields = waitid_fields,
    .sequence_n = 5};
static struct struct_sequence_type waitid_type = STRUCT_SEQUENCE_TYPE;

static struct object *waitid_fast(struct object *module, struct object *const *args, size_t n) {
  int kind, id, options;
  bool raised = false;
  if (args_check_count("waitid", n, 3, 3) < 0 || argument_int(args[0], &kind) < 0 ||
      argument_int(args[1], &id) < 0 || argument_int(args[2], &options) < 0)
    return NULL;
  siginfo_t info = {0};
  int result = BLOCKING_RETRY(&raised, waitid((idtype_t)kind, (id_t)id, &info, options));
  if (result < 0)
    return raised ? NULL : posix_done(-1);
  if (!info.si_pid)
    return hold(NONE);
  struct object *const values[] = {int_from_i64(info.si_pid), int_from_i64(info.si_uid),
                                   int_from_i64(info.si_signo), int_from_i64(info.si_status),
                                   int_from_i64(info.si_code)};
  return struct_sequence_from_taking(&waitid_type, values, ARRAY_SIZE(values));
}

/* ---- What a status says ---- */

#define STATUS(macro, convert)                                                                     \
  FUNCTION(macro##_, #macro, 0, 1, 1, "status") {                                                  \
    int status;                                                                                    \
    return argument_int(v[0], &status) < 0 ? NULL : convert(macro(status));                        \
  }
#define TRUTH(value) hold(bool_from(value))
STATUS(WIFCONTINUED, TRUTH)
STATUS(WIFSTOPPED, TRUTH)
STATUS(WIFSIGNALED, TRUTH)
STATUS(WIFEXITED, TRUTH)
STATUS(WEXITSTATUS, int_from_i64)
STATUS(WTERMSIG, int_from_i64)
STATUS(WSTOPSIG, int_from_i64)
static struct object *WCOREDUMP_one(struct object *module, struct object *o) {
  int status;
  return argument_int(o, &status) < 0 ? NULL : TRUTH(WCOREDUMP(status));
}
FUNCTION(waitstatus_to_exitcode, "waitstatus_to_exitcode", 0, 1, 1, "status") {
  int status;
  if (argument_int(v[0], &status) < 0)
    return NULL;
  if (WIFEXITED(status))
    return int_from_i64(WEXITSTATUS(status));
  if (WIFSIGNALED(status))
    return int_from_i64(-WTERMSIG(status));
  if (WIFSTOPPED(status))
    return error_format(ERROR_VALUE, "process stopped by delivery of signal %d", WSTOPSIG(status));
  return error_format(ERROR_VALUE, "invalid wait status: %d", status);
}

#define STATUS_ROW(macro, text)                                                                    \
  METHOD_KEYWORDS_(#macro, macro##__call, DOC(#macro, "$module, /, status", text))
static const struct method_def functions[] = {
    METHOD_KEYWORDS_("_exit", exit_call,
                     DOC("_exit", "$module, /, status", "End the process at once.")),
    METHOD_NOARGS_("abort", abort_none, DOC("abort", "$module, /", "End it by SIGABRT.")),
    METHOD_FAST_("execv", execv_fast,
                 DOC("execv", "$module, path, argv, /", "Run a program in place of this one.")),
    METHOD_KEYWORDS_("execve", execve_call,
                     DOC("execve", "$module, /, path, argv, env",
                         "Run a program in place of this one, in an environment.")),
    METHOD_KEYWORDS_("system", system_call,
                     DOC("system", "$module, /, command", "Run a command in a shell.")),
    METHOD_FAST_("kill", kill_fast,
                 DOC("kill", "$module, pid, signal, /", "Send a signal to a process.")),
    METHOD_FAST_("killpg", killpg_fast,
                 DOC("killpg", "$module, pgid, signal, /", "Send a signal to a group.")),
    METHOD_KEYWORDS_(
        "pidfd_open", pidfd_open_call,
        DOC("pidfd_open", "$module, /, pid, flags=0", "A descriptor that stands for a process.")),
    METHOD_NOARGS_("wait", wait_none,
                   DOC("wait", "$module, /", "Wait for a child: (pid, status).")),
    METHOD_FAST_("waitpid", waitpid_fast,
                 DOC("waitpid", "$module, pid, options, /", "Wait for that child: (pid, status).")),
    METHOD_KEYWORDS_(
        "wait3", wait3_call,
        DOC("wait3", "$module, /, options", "Wait for a child: (pid, status, rusage).")),
    METHOD_KEYWORDS_(
        "wait4", wait4_call,
        DOC("wait4", "$module, /, pid, options", "Wait for that child: (pid, status, rusage).")),
    METHOD_FAST_("waitid", waitid_fast,
                 DOC("waitid", "$module, idtype, id, options, /",
                     "Wait for children; None if nothing happened.")),
    STATUS_ROW(WIFCONTINUED, "Whether the process went on."),
    STATUS_ROW(WIFSTOPPED, "Whether the process was stopped."),
    STATUS_ROW(WIFSIGNALED, "Whether a signal ended the process."),
    STATUS_ROW(WIFEXITED, "Whether the process ended by itself."),
    STATUS_ROW(WEXITSTATUS, "The exit code."),
    STATUS_ROW(WTERMSIG, "The signal that ended it."),
    STATUS_ROW(WSTOPSIG, "The signal that stopped it."),
    METHOD_ONE_("WCOREDUMP", WCOREDUMP_one,
                DOC("WCOREDUMP", "$module, status, /", "Whether a core was dumped.")),
    METHOD_KEYWORDS_("waitstatus_to_exitcode", waitstatus_to_exitcode_call,
                     DOC("waitstatus_to_exitcode", "$module, /, status",
                         "The exit code, or the signal that ended it as a negative number.")),
    {NULL}};

int posix_fill_process(struct object *module) {
  if (struct_sequence_ready(&waitid_type, &waitid_def) < 0 ||
      module_add(module, "waitid_result", &waitid_type.type.head) < 0)
    return -1;
  return module_add_functions(module, functions);
}
