/* The module _posixsubprocess: what subprocess does between fork and exec.
 *
 * The child touches no object unless preexec_fn is given, and allocates nothing: its memory may be
 * the parent's (vfork). What goes wrong there is written to a pipe as "class:hex errno:where". */
#include "runtime/modules/argument.h"
#include "runtime/modules/fork.h"
#include "runtime/modules/module.h"
#include "runtime/modules/path.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct plan {
  char **programs, **argv, **envp; /* envp NULL: as it is */
  const char *cwd;                 /* NULL: stay */
  const int *keep;                 /* descriptors, ascending */
  size_t keep_n;
  int p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write;
  int umask, process_group; /* -1: none */
  bool close_fds, restore_signals, new_session, sets_gid, sets_uid, sets_groups, uses_vfork;
  gid_t gid;
  uid_t uid;
  const gid_t *groups;
  size_t groups_n;
  struct object *preexec; /* None: nothing */
  const sigset_t *mask;   /* vfork: to be restored in the child */
};

/* ---- In the child ---- */

static void set_inheritable(int fd, bool inheritable) {
  int flags = fcntl(fd, F_GETFD);
  if (flags >= 0)
    fcntl(fd, F_SETFD, inheritable ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC);
}

static void close_gap(unsigned first, unsigned last) {
  if (first > last || close_range(first, last, 0) == 0)
    return;
  long most = sysconf(_SC_OPEN_MAX);
  if (most < 0 || most > 1 << 20)
    most = 1 << 20;
  for (unsigned fd = first; fd <= last && fd < (unsigned)most; fd++)
    close((int)fd);
}
static void close_others(const struct plan *p) {
  unsigned next = 3;
  for (size_t i = 0; i < p->keep_n; i++) {
    unsigned fd = (unsigned)p->keep[i];
    if (fd < next)
      continue;
    close_gap(next, fd - 1);
    next = fd + 1;
  }
  close_gap(next, UINT_MAX);
}

/* In place as descriptor `to`; where it is that already, it only stays open. */
static int place(int fd, int to) {
  if (fd == to) {
    set_inheritable(fd, true);
    return 0;
  }
  return fd == -1 ? 0 : dup2(fd, to) < 0 ? -1 : 0;
}
static int redirect(const struct plan *p) {
  int out = p->c2pwrite, error = p->errwrite;
  if (p->p2cwrite >= 0 && close(p->p2cwrite) < 0)
    return -1;
  if (p->c2pread >= 0 && close(p->c2pread) < 0)
    return -1;
  if (p->errread >= 0 && close(p->errread) < 0)
    return -1;
  close(p->errpipe_read);
  /* Those that must survive what is put in their place first move away. */
  if (out == 0 && (out = dup(out)) < 0)
    return -1;
  while (error == 0 || error == 1)
    if ((error = dup(error)) < 0)
      return -1;
  return place(p->p2cread, 0) < 0 || place(out, 1) < 0 || place(error, 2) < 0 ? -1 : 0;
}

static int become(const struct plan *p) {
  if (p->cwd && chdir(p->cwd) < 0)
    return -1;
  if (p->umask >= 0)
    umask((mode_t)p->umask);
  if (p->restore_signals) {
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
  }
  if (p->mask && (errno = pthread_sigmask(SIG_SETMASK, p->mask, NULL)) != 0)
    return -1;
  if (p->new_session && setsid() < 0)
    return -1;
  if (p->process_group >= 0 && setpgid(0, p->process_group) < 0)
    return -1;
  if (p->sets_groups && setgroups(p->groups_n, p->groups) < 0)
    return -1;
  if (p->sets_gid && setregid(p->gid, p->gid) < 0)
    return -1;
  return p->sets_uid && setreuid(p->uid, p->uid) < 0 ? -1 : 0;
}

static void tell(int fd, const char *text) {
  ssize_t written = write(fd, text, strlen(text));
  (void)written;
}
static void tell_errno(int fd, int error_number, const char *where) {
  char hex[16], *p = hex + sizeof hex;
  *--p = 0;
  do
    *--p = "0123456789ABCDEF"[error_number % 16];
  while ((error_number /= 16) > 0);
  tell(fd, "OSError:");
  tell(fd, p);
  tell(fd, ":");
  tell(fd, where);
}

/* The signals that the parent handles are reset by exec; until then they must not run in memory
 * that is shared: vfork's caller has blocked them. */
static void reset_handlers(void) {
  for (int number = 1; number < NSIG; number++) {
    struct sigaction action;
    if (number == SIGKILL || number == SIGSTOP || sigaction(number, NULL, &action) < 0 ||
        action.sa_handler == SIG_IGN || action.sa_handler == SIG_DFL)
      continue;
    signal(number, SIG_DFL);
  }
}

static __attribute__((noreturn, noinline)) void run_child(const struct plan *p) {
  const char *where = "noexec"; /* nothing of the program itself has failed */
  int error_number = 0;
  for (size_t i = 0; i < p->keep_n; i++)
    if (p->keep[i] != p->errpipe_write)
      set_inheritable(p->keep[i], true);
  if (p->mask)
    reset_handlers();
  if (redirect(p) < 0 || become(p) < 0) {
    tell_errno(p->errpipe_write, errno, where);
    _exit(255);
  }
  if (p->preexec != NONE) {
    struct object *result = call_none(p->preexec);
    if (!result) {
      tell(p->errpipe_write, "SubprocessError:0:Exception occurred in preexec_fn.");
      _exit(255);
    }
    drop(result);
  }
  if (p->close_fds)
    close_others(p);
  for (char **program = p->programs; *program; program++) {
    if (p->envp)
      execve(*program, p->argv, p->envp);
    else
      execv(*program, p->argv);
    if (errno != ENOENT && errno != ENOTDIR && !error_number)
      error_number = errno;
  }
  tell_errno(p->errpipe_write, error_number ? error_number : errno, "");
  _exit(255);
}

/* ---- In the parent ---- */

static pid_t start_plainly(const struct plan *p) {
  bool runs_python = p->preexec != NONE;
  pid_t pid = runs_python ? fork_process() : fork();
  if (pid == 0)
    run_child(p);
  return pid;
}
/* No signal may be handled in the child while it has our memory. */
static __attribute__((noinline)) pid_t start_sharing(struct plan *p) {
  sigset_t all, before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_BLOCK, &all, &before))
    return start_plainly(p);
  p->mask = &before;
  pid_t pid = vfork();
  if (pid == 0)
    run_child(p);
  int error_number = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = error_number;
  return pid;
}

/* ---- Arguments ---- */

enum argument {
  ARGS,
  PROGRAMS,
  CLOSE_FDS,
  KEEP,
  CWD,
  ENVIRONMENT,
  P2CREAD,
  ERRPIPE_WRITE = P2CREAD + 7,
  RESTORE_SIGNALS,
  NEW_SESSION,
  PROCESS_GROUP,
  GID,
  GROUPS,
  UID,
  UMASK,
  PREEXEC,
  USE_VFORK,
  ARGUMENTS_N
};

struct owners {
  struct path_list programs, argv, envp;
  struct object *cwd;
  int *keep;
  gid_t *groups;
};

static int read_keep(struct plan *p, struct owners *own, struct object *tuple) {
  size_t n = is_any_tuple(tuple) ? tuple_length(tuple) : 0;
  if (!is_any_tuple(tuple)) {
    args_wrong_type("fork_exec", "argument 4", "tuple", tuple);
    return -1;
  }
  own->keep = gc_buffer_new((n + 1) * sizeof *own->keep);
  if (!own->keep)
    return error_no_memory(), -1;
  p->keep = own->keep;
  p->keep_n = n;
  int64_t last = -1, fd;
  for (size_t i = 0; i < n; i++) {
    struct object *each = tuple_get_borrowed(tuple, i);
    if (!is_any_int(each) || !int_to_i64(each, &fd) || fd < 0 || fd <= last || fd > INT_MAX) {
      error_format(ERROR_VALUE, "bad value(s) in fds_to_keep");
      return -1;
    }
    own->keep[i] = (int)fd;
    last = fd;
  }
  return 0;
}
static int read_groups(struct plan *p, struct owners *own, struct object *o) {
  if (o == NONE)
    return 0;
  if (!is_sequence(o)) {
    error_format(ERROR_TYPE, "setgroups argument must be a sequence");
    return -1;
  }
  struct object *tuple = iterate_to_tuple(o);
  if (!tuple)
    return -1;
  size_t n = tuple_length(tuple);
  int status = -1;
  own->groups = gc_buffer_new((n + 1) * sizeof *own->groups);
  p->groups = own->groups;
  p->groups_n = n;
  p->sets_groups = true;
  if (!own->groups)
    error_no_memory();
  else
    status = 0;
  for (size_t i = 0; status == 0 && i < n; i++) {
    struct object *each = tuple_get_borrowed(tuple, i);
    if (!is_any_int(each)) {
      error_format(ERROR_TYPE, "groups must be integers");
      status = -1;
    } else if (argument_gid(each, &own->groups[i]) < 0) {
      error_format(ERROR_VALUE, "invalid group id");
      status = -1;
    }
  }
  drop(tuple);
  return status;
}
static int read_ids(struct plan *p, struct owners *own, struct object *const *args) {
  if (read_groups(p, own, args[GROUPS]) < 0)
    return -1;
  if (args[GID] != NONE) {
    p->sets_gid = true;
    if (argument_gid(args[GID], &p->gid) < 0)
      return -1;
  }
  if (args[UID] != NONE) {
    p->sets_uid = true;
    if (argument_uid(args[UID], &p->uid) < 0)
      return -1;
  }
  return 0;
}
static int read_plan(struct plan *p, struct owners *own, struct object *const *args) {
  int *const descriptors[] = {&p->p2cread, &p->p2cwrite, &p->c2pread,      &p->c2pwrite,
                              &p->errread, &p->errwrite, &p->errpipe_read, &p->errpipe_write};
  p->preexec = args[PREEXEC];
  if (argument_bool(args[CLOSE_FDS], &p->close_fds) < 0)
    return -1;
  for (size_t i = 0; i < ARRAY_SIZE(descriptors); i++)
    if (argument_int(args[P2CREAD + i], descriptors[i]) < 0)
      return -1;
  if (argument_bool(args[RESTORE_SIGNALS], &p->restore_signals) < 0 ||
      argument_bool(args[NEW_SESSION], &p->new_session) < 0 ||
      argument_int(args[PROCESS_GROUP], &p->process_group) < 0 ||
      argument_int(args[UMASK], &p->umask) < 0 ||
      argument_bool(args[USE_VFORK], &p->uses_vfork) < 0)
    return -1;
  if (p->close_fds && p->errpipe_write < 3) {
    error_format(ERROR_VALUE, "errpipe_write must be >= 3");
    return -1;
  }
  if (read_keep(p, own, args[KEEP]) < 0 || path_list_open(&own->programs, args[PROGRAMS]) < 0)
    return -1;
  p->programs = own->programs.items;
  if (args[ARGS] != NONE) {
    if (path_list_open(&own->argv, args[ARGS]) < 0)
      return -1;
    p->argv = own->argv.items;
  }
  if (args[ENVIRONMENT] != NONE) {
    if (path_list_open(&own->envp, args[ENVIRONMENT]) < 0)
      return -1;
    p->envp = own->envp.items;
  }
  if (args[CWD] != NONE) {
    own->cwd = path_to_bytes(args[CWD]);
    if (!own->cwd)
      return -1;
    p->cwd = (const char *)bytes_data(own->cwd);
  }
  return read_ids(p, own, args);
}

static struct object *fork_exec_fast(struct object *module, struct object *const *args, size_t n) {
  if (n != ARGUMENTS_N)
    return error_format(ERROR_TYPE, "fork_exec() takes exactly %d arguments (%zu given)",
                        ARGUMENTS_N, n);
  struct plan p = {0};
  struct owners own = {0};
  struct object *result = NULL;
  if (read_plan(&p, &own, args) == 0) {
    bool shares = p.uses_vfork && p.preexec == NONE && !p.sets_groups && !p.sets_gid && !p.sets_uid;
    pid_t pid = shares ? start_sharing(&p) : start_plainly(&p);
    result = pid < 0 ? error_errno(errno, NULL, NULL) : int_from_i64(pid);
  }
  if (own.keep)
    gc_buffer_free(own.keep, (p.keep_n + 1) * sizeof *own.keep);
  if (own.groups)
    gc_buffer_free(own.groups, (p.groups_n + 1) * sizeof *own.groups);
  drop_null(own.cwd);
  path_list_close(&own.envp);
  path_list_close(&own.argv);
  path_list_close(&own.programs);
  return result;
}

static const struct method_def functions[] = {
    METHOD_FAST_(
        "fork_exec", fork_exec_fast,
        "fork_exec(args, executable_list, close_fds, pass_fds, cwd, env,\n          "
        "p2cread, p2cwrite, c2pread, c2pwrite,\n          errread, errwrite, errpipe_read, "
        "errpipe_write,\n          restore_signals, call_setsid, pgid_to_set,\n          "
        "gid, groups_list, uid,\n          preexec_fn)\n\nRun a program in a new process "
        "as subprocess wants it; returns its id."),
    {NULL}};

int module_posixsubprocess_fill(struct object *module) {
  return module_add_functions(module, functions);
}
